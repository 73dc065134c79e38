/* types_item.c - what may be inspected and by which law: item lists, legal bases, checklists (domain.md, items). */
#include <string.h>

#include "node/work/record_types.h"
#include "node/work/sampling_ask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum qn_code check_validity(const struct record_draft *d, struct qn_err *err)
{
    return record_in_order(d, "valid_from", "valid_to", err);
}

static const struct record_field list_fields[] = {
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "version", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "valid_from", .kind = FIELD_DATE},
    {.name = "valid_to", .kind = FIELD_DATE},
};
const struct record_type record_item_list = {
    .name = "item_list",
    .table = {"item_list"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "title",
    .nfields = COUNT(list_fields),
    .field = list_fields,
    .check = check_validity,
};

/* SPEC records-22: "is that item" */
static enum qn_code item_held(const struct record_draft *d, int64_t *id, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = sampling_ask(n, d->st,
                                   &(struct sampling_ask){.sql = SQL_ITEM_HELD,
                                                          .text = record_text(d, "name"),
                                                          .n = {record_number(d, "list")},
                                                          .count = 1,
                                                          .last = record_text(d, "no")},
                                   err);
    *id = rc ? 0 : n[0];
    return rc;
}

static enum qn_code basis_held(const struct record_draft *d, int64_t *id, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc =
        sampling_ask(n, d->st,
                     &(struct sampling_ask){.sql = SQL_ITEM_BASIS_HELD,
                                            .n = {record_number(d, "item"), record_number(d, "no")},
                                            .count = 2},
                     err);
    *id = rc ? 0 : n[0];
    return rc;
}

/* A printed list has items without a number: `no` may be empty. */
static const struct record_field item_fields[] = {
    {.name = "list", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "item_list"},
    {.name = "no", .kind = FIELD_TEXT},
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "item_class", .kind = FIELD_WORD, .of = "key|general"},
    {.name = "content", .kind = FIELD_LINES},
    {.name = "methods", .kind = FIELD_LINES},
    {.name = "objects_text", .kind = FIELD_LINES},
    {.name = "remark", .kind = FIELD_LINES},
};
const struct record_type record_item = {
    .name = "item",
    .table = {"item"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "name",
    .held = item_held,
    .nfields = COUNT(item_fields),
    .field = item_fields,
};

static const struct record_field basis_fields[] = {
    {.name = "item", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "item"},
    {.name = "no", .kind = FIELD_NUMBER, .flags = FIELD_MUST, .least = 1, .most = 999},
    {.name = "law", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "article", .kind = FIELD_TEXT},
    {.name = "text", .kind = FIELD_LINES},
    {.name = "valid_to", .kind = FIELD_DATE},
};
const struct record_type record_item_basis = {
    .name = "item_basis",
    .table = {"item_basis"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .held = basis_held,
    .nfields = COUNT(basis_fields),
    .field = basis_fields,
};

static const struct record_field checklist_fields[] = {
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "version", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "item", .kind = FIELD_RECORD, .of = "item"},
    {.name = "valid_from", .kind = FIELD_DATE},
    {.name = "valid_to", .kind = FIELD_DATE},
};
const struct record_type record_checklist = {
    .name = "checklist",
    .table = {"checklist"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "title",
    .nfields = COUNT(checklist_fields),
    .field = checklist_fields,
    .check = check_validity,
};

static const struct record_field point_fields[] = {
    {.name = "checklist",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "checklist"},
    {.name = "no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "text", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "answer_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "yes_no|yes_no_na|number|text"},
    {.name = "evidence", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "none|if_wrong|always"},
};
const struct record_type record_check_point = {
    .name = "check_point",
    .table = {"check_point"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(point_fields),
    .field = point_fields,
};
