/* types_clue.c - what an office hands to another in confidence, and what became of it: rows of restricted tables, sealed to
 * one office, read there and here, nowhere between.                                  Spec: protocol/spec/tables.md */
#include <stdio.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/work/clue.h"
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* SPEC tables-24: "The part is addressed to the one office that holds it for that body, or is it" */
static enum qn_code check_clue(const struct record_draft *d, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    const char *to = record_text(d, "receiver_office");
    if (self && strcmp(self->office, to) == 0)
        return qn_fail(err, QN_DENIED, "clue.self", "office=%s", to);
    return !self || tree_log_is_for(d->st, self->office, to)
               ? QN_OK
               : qn_fail(err, QN_DENIED, "clue.addressee", "office=%s", to);
}

static const struct record_field clue_fields[] = {
    {.name = "receiver_office", .kind = FIELD_OFFICE, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "receiver_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "discipline|police|judicial|department|office"},
    {.name = "receiver", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "sent_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "facts", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "persons", .kind = FIELD_LINES},
    {.name = "materials", .kind = FIELD_LINES},
    {.name = "inspection", .kind = FIELD_RECORD, .of = "inspection"},
    {.name = "object_id", .kind = FIELD_OBJECT},
    {.name = "object_name", .kind = FIELD_TEXT},
};
const struct record_type record_clue = {
    .name = "clue",
    .table = {"clue"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "receiver_office",
    .called = "doc_no",
    .nfields = COUNT(clue_fields),
    .field = clue_fields,
    .check = check_clue,
};

/* SPEC tables-25: "by the office it was addressed to" - whoever is below may write of any clue. */
static enum qn_code check_answer(const struct record_draft *d, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "clue", err);
    if (rc)
        return rc;
    if (!self || strcmp(self->office, record_text(&of, "receiver_office")) != 0)
        return qn_fail(err, QN_DENIED, "clue.not-the-receiver", "clue=%s|office=%s",
                       record_text(d, "clue"), record_text(&of, "receiver_office"));
    rc = record_since(d, "answered_on", record_text(&of, "sent_on"), err);
    /* SPEC tables-25: "A returned clue has a `note` that says why" */
    return rc || strcmp(record_text(d, "outcome"), "returned") != 0 ? rc
                                                                    : record_needs(d, "note", err);
}

static const struct record_field answer_fields[] = {
    {.name = "clue", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "clue"},
    {.name = "outcome",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "accepted|returned|filed|closed"},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "answered_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_clue_answer = {
    .name = "clue_answer",
    .table = {"clue_answer"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "clue",
    .nfields = COUNT(answer_fields),
    .field = answer_fields,
    .check = check_answer,
};

enum qn_code clue_again(struct store *st, const char *clue, const char *by,
                        struct record_draft *out, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], why[100];
    int64_t id;
    const struct qn_cert *self = store_self(st);
    QN_AUTO(record_draft) struct record_draft old = {0};
    enum qn_code rc = record_start(out, st, &record_clue, by, err);
    if (!rc)
        rc = record_name(clue, st, office, &id, err);
    if (!rc && (!self || strcmp(self->office, office) != 0))
        rc = qn_fail(err, QN_DENIED, "records.not-own", "value=%s", clue);
    if (!rc)
        rc = record_load(&old, st, &record_clue, office, id, 0, err);
    if (!rc && old.withdrawn)
        rc = qn_fail(err, QN_DENIED, "records.withdrawn", "value=%s", clue);
    for (unsigned i = 0; !rc && i < COUNT(clue_fields); i++)
        rc = record_set(out, clue_fields[i].name, qn_str(record_text(&old, clue_fields[i].name)),
                        err);
    snprintf(why, sizeof(why), "again %.80s", clue); /* SPEC tables-24: "its `reason` is `again` and the name of the first" */
    out->reason = why;
    rc = rc ? rc : record_write(out, err);
    out->reason = NULL;
    return rc;
}
