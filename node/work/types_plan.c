/* types_plan.c - what surrounds a plan: the items of its tasks, what is filed with the office above, its answer. */
#include <string.h>

#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- plan and task: written by their own commands (plan_import.h, plan_revise.h) ------------------------------------- */

static const struct record_field plan_fields[] = {
    {.name = "series", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
};
const struct record_type record_plan = {
    .name = "plan",
    .table = {"plan"},
    .kind = QN_KIND_PLAN,
    .called = "series",
    .nfields = COUNT(plan_fields),
    .field = plan_fields,
};

static const struct record_field task_fields[] = {
    {.name = "no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
};
const struct record_type record_plan_task = {
    .name = "plan_task",
    .table = {"plan_task"},
    .kind = QN_KIND_PLAN,
    .nfields = COUNT(task_fields),
    .field = task_fields,
};

/* ---- what a task inspects -------------------------------------------------------------------------------------------- */

static const struct record_field task_item_fields[] = {
    {.name = "task", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "plan_task"},
    {.name = "item", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "item"},
};
const struct record_type record_task_item = {
    .name = "task_item",
    .table = {"task_item"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(task_item_fields),
    .field = task_item_fields,
};

/* ---- filing ---------------------------------------------------------------------------------------------------------- */

static bool is_kind(const struct record_draft *d, const char *word)
{
    return strcmp(record_text(d, "subject_kind"), word) == 0;
}

/* SPEC plans-2: "A plan is named by its record, in the revision that is filed; anything else by its title" */
static enum qn_code check_filing(const struct record_draft *d, struct qn_err *err)
{
    if (!is_kind(d, "plan") && !is_kind(d, "revision"))
        return record_needs(d, "subject", err);
    enum qn_code rc = record_needs(d, "plan", err);
    int64_t rev = record_rev(d, "plan");
    if (!rc && is_kind(d, "revision") && rev < 2)
        rc = qn_fail(err, QN_MALFORMED, "filing.no-revision", "value=%s", record_text(d, "plan"));
    return rc;
}

static const struct record_field filing_fields[] = {
    {.name = "subject_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "plan|revision|scheme|rules"},
    {.name = "plan", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "plan"},
    {.name = "subject", .kind = FIELD_TEXT},
    {.name = "document", .kind = FIELD_DIGEST},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "sent_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_filing = {
    .name = "filing",
    .table = {"filing"},
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_PARENT,
    .nfields = COUNT(filing_fields),
    .field = filing_fields,
    .check = check_filing,
};

/* The office and number that a reference names. */
static enum qn_code referred(char office[QN_CODE_MAX + 1], int64_t *id,
                             const struct record_draft *d, const char *field, struct qn_err *err)
{
    return record_name(record_text(d, field), d->st, office, id, err);
}

/* Another answer to the same filing that stands. */
static enum qn_code check_first(const struct record_draft *d, const char *office, int64_t id,
                                struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    const struct rows_query q = {.table = "filing_answer",
                                 .office = self ? self->office : "",
                                 .where = {{"filing_office", office, 0}, {"filing_id", NULL, id}},
                                 .nwhere = 2};
    QN_AUTO(rows) struct rows r = {0};
    bool other = false;
    enum qn_code rc = rows_open(&r, d->st, &q, err);
    while (!rc && rows_step(&r))
        other = other || (rows_null(&r, "withdrawn") && rows_int(&r, "id") != d->id);
    if (!rc)
        rc = rows_end(&r, err);
    return rc || !other
               ? rc
               : qn_fail(err, QN_CONFLICT, "filing.answered", "value=%s", record_text(d, "filing"));
}

static enum qn_code check_filing_answer(const struct record_draft *d, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    int64_t id;
    const struct qn_cert *self = store_self(d->st);
    QN_AUTO(record_draft) struct record_draft filing = {0};
    bool returned = strcmp(record_text(d, "outcome"), "returned") == 0;
    enum qn_code rc = referred(office, &id, d, "filing", err);
    /* SPEC plans-3: "The office above answers, and no other" */
    if (!rc && (!self || !tree_parent(d->st, office, parent) || strcmp(parent, self->office) != 0))
        rc = qn_fail(err, QN_DENIED, "filing.not-above", "office=%s", office);
    if (!rc)
        rc = check_first(d, office, id, err);
    if (!rc)
        rc = record_load(&filing, d->st, &record_filing, office, id, 0, err);
    if (rc)
        return rc;
    if (strcmp(record_text(d, "answered_on"), record_text(&filing, "sent_on")) < 0)
        return qn_fail(err, QN_MALFORMED, "value.order", "field=%s|other=%s|value=%s",
                       "filing_answer.answered_on", "filing.sent_on",
                       record_text(d, "answered_on"));
    /* SPEC plans-4: "A sampling scheme and its rules are approved or returned; to acknowledge them is not enough" */
    if ((is_kind(&filing, "scheme") || is_kind(&filing, "rules")) &&
        strcmp(record_text(d, "outcome"), "acknowledged") == 0)
        return qn_fail(err, QN_DENIED, "filing.needs-approval", "value=%s",
                       record_text(d, "filing"));
    /* SPEC plans-3: "an acknowledgement or an approval has its receipt number, a return says why in `note`" */
    return record_needs(d, returned ? "note" : "receipt_no", err);
}

static const struct record_field filing_answer_fields[] = {
    {.name = "filing", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "filing"},
    {.name = "outcome",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "acknowledged|approved|returned"},
    {.name = "receipt_no", .kind = FIELD_TEXT},
    {.name = "answered_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_filing_answer = {
    .name = "filing_answer",
    .table = {"filing_answer"},
    .kind = QN_KIND_ACCEPT,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "filing",
    .nfields = COUNT(filing_answer_fields),
    .field = filing_answer_fields,
    .check = check_filing_answer,
};
