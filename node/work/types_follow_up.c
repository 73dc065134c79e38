/* types_follow_up.c - what follows a problem: correction, recheck, case, transfer (domain.md, follow-up). */
#include <string.h>

#include "node/store/rows.h"
#include "node/work/record_types.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- follow-up ----------------------------------------------------------------------------------------------------- */

/* SPEC records-31: "an order, a filed case and a transfer not before their follow-up was opened" */
static enum qn_code since_opened(const struct record_draft *d, const char *field,
                                 struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft follow = {0};
    enum qn_code rc = record_referred(&follow, d, "follow_up", err);
    return rc ? rc : record_since(d, field, record_text(&follow, "opened_on"), err);
}

/* What came from another office went to this one: the notice of a failing product, a transfer. */
static enum qn_code check_came(const struct record_draft *d, const char *field, const char *to,
                               const char *id, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    QN_AUTO(record_draft) struct record_draft of = {0};
    if (!*record_text(d, field))
        return QN_OK;
    enum qn_code rc = record_referred(&of, d, field, err);
    if (rc)
        return rc;
    return self && strcmp(record_text(&of, to), self->office) == 0
               ? record_since(d, "opened_on", record_text(&of, "sent_on"), err)
               : qn_fail(err, QN_DENIED, id, "value=%s", record_text(&of, to));
}

/* SPEC records-31: "a follow-up not before the day on which the result was found" */
static enum qn_code check_found(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft result = {0};
    if (!*record_text(d, "result"))
        return QN_OK;
    enum qn_code rc = record_referred(&result, d, "result", err);
    return rc ? rc : record_since(d, "opened_on", record_text(&result, "completed_on"), err);
}

/* SPEC records-9: "or from a transfer to this office, from one of them alone" */
static enum qn_code check_follow_up(const struct record_draft *d, struct qn_err *err)
{
    static const char *const from[] = {"result", "dispatch", "transfer"};
    unsigned n = 0;
    for (size_t i = 0; i < COUNT(from); i++)
        n += *record_text(d, from[i]) != 0;
    enum qn_code rc = n ? QN_OK : record_needs(d, "result", err);
    if (n > 1)
        rc = qn_fail(err, QN_DENIED, "follow.of-both", "");
    if (!rc)
        rc = check_came(d, "dispatch", "handler", "follow.not-the-handler", err);
    if (!rc)
        rc = check_came(d, "transfer", "receiver_office", "follow.not-the-receiver", err);
    if (!rc)
        rc = check_found(d, err);
    /* SPEC records-21: "says why in `due_reason`" */
    if (!rc && !*record_text(d, "due_on") != !*record_text(d, "due_reason"))
        rc = qn_fail(err, QN_DENIED, "follow.due-reason", "");
    return rc ? rc : record_in_order(d, "opened_on", "due_on", err);
}

static const struct record_field follow_up_fields[] = {
    {.name = "result", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "inspection"},
    {.name = "dispatch", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "product_dispatch"},
    {.name = "transfer", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "transfer"},
    {.name = "disposal", .kind = FIELD_CODES, .flags = FIELD_MUST, .of = "disposal"},
    {.name = "opened_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "due_on", .kind = FIELD_DATE},
    {.name = "due_reason", .kind = FIELD_TEXT},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_follow_up = {
    .name = "follow_up",
    .table = {"follow_up"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_INSPECTOR,
    .nfields = COUNT(follow_up_fields),
    .field = follow_up_fields,
    .check = check_follow_up,
};

/* ---- correction order ---------------------------------------------------------------------------------------------- */

#define PRODUCT_DAYS 60 /* to put a failing product right */

/* SPEC sampling-22: "its order has `due_on` within 60 days of `issued_on`" */
static enum qn_code check_product_order(const struct record_draft *d, struct qn_err *err)
{
    char last[11];
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "follow_up", err);
    if (rc || !*record_text(&of, "dispatch"))
        return rc;
    wire_day_text(wire_day_after(qn_str(record_text(d, "issued_on")), PRODUCT_DAYS), last);
    return strcmp(record_text(d, "due_on"), last) <= 0
               ? QN_OK
               : qn_fail(err, QN_DENIED, "follow.product-days", "value=%s|last=%s",
                         record_text(d, "due_on"), last);
}

static enum qn_code check_order(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = record_in_order(d, "issued_on", "served_on", err);
    if (!rc)
        rc = record_in_order(d, "issued_on", "due_on", err);
    if (!rc)
        rc = since_opened(d, "issued_on", err);
    if (!rc && *record_text(d, "served_on"))
        rc = record_needs(d, "received_by", err);
    /* SPEC records-9: "A revision of an order may put its last day off, never forward" */
    if (!rc && d->rev > 1 && strcmp(record_text(d, "due_on"), record_was(d, "due_on")) < 0)
        rc = qn_fail(err, QN_DENIED, "follow.sooner", "was=%s|value=%s", record_was(d, "due_on"),
                     record_text(d, "due_on"));
    return rc ? rc : check_product_order(d, err);
}

static const struct record_field order_fields[] = {
    {.name = "follow_up",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "follow_up"},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "matter", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "issued_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "due_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "served_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "received_by", .kind = FIELD_TEXT},
};
const struct record_type record_correction_order = {
    .name = "correction_order",
    .table = {"correction_order"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP,
    .called = "doc_no",
    .nfields = COUNT(order_fields),
    .field = order_fields,
    .check = check_order,
};

/* ---- recheck ------------------------------------------------------------------------------------------------------- */

static const struct record_field recheck_fields[] = {
    {.name = "follow_up",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "follow_up"},
    {.name = "order", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "correction_order"},
    {.name = "done_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "inspectors",
     .kind = FIELD_INSPECTORS,
     .flags = FIELD_MUST,
     .of = "done_on",
     .least = 2},
    {.name = "outcome", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "corrected|not_corrected"},
    {.name = "evidence", .kind = FIELD_DIGEST},
    {.name = "note", .kind = FIELD_LINES},
};
/* Whether this office has a file of that digest as evidence of its record. */
static enum qn_code has_evidence(bool *out, const struct record_draft *d, int64_t of,
                                 const uint8_t digest[QN_HASH], struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(d->st, SQL_EVIDENCE_OF);
    q_bind_text(&q, store_self(d->st)->office);
    q_bind_int(&q, of);
    q_bind_blob(&q, digest, QN_HASH);
    *out = q_step(&q);
    return query_end(&q, err);
}

/* SPEC records-10: "a file that is evidence of the follow-up, or of the result where that is the office's own" */
static enum qn_code check_corrected(const struct record_draft *d, const struct record_draft *follow,
                                    struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    char office[QN_CODE_MAX + 1];
    int64_t result;
    bool found = false;
    const struct qn_cert *self = store_self(d->st);
    const char *hex = record_text(d, "evidence");
    enum qn_code rc = record_needs(d, "evidence", err);
    if (rc || !self || !qn_hex_decode(digest, sizeof(digest), qn_str(hex)))
        return rc;
    rc = has_evidence(&found, d, record_number(d, "follow_up"), digest, err);
    if (!rc && !found && *record_text(follow, "result")) {
        rc = record_name(record_text(follow, "result"), d->st, office, &result, err);
        if (!rc && strcmp(office, self->office) == 0)
            rc = has_evidence(&found, d, result, digest, err);
    }
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "follow.evidence", "value=%.16s", hex);
}

static enum qn_code check_recheck(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft follow = {0}, order = {0};
    const char *on = record_text(d, "done_on"), *from;
    enum qn_code rc = record_referred(&follow, d, "follow_up", err);
    if (rc)
        return rc;
    from = record_text(&follow, "opened_on");
    if (*record_text(d, "order")) {
        rc = record_referred(&order, d, "order", err);
        if (!rc && record_number(&order, "follow_up") != record_number(d, "follow_up"))
            rc = qn_fail(err, QN_DENIED, "follow.other-order", "value=%s",
                         record_text(&order, "doc_no"));
        if (rc)
            return rc;
        from = record_text(&order, "issued_on");
    }
    /* SPEC records-10: "not before the follow-up was opened, nor before its order was issued" */
    if (strcmp(on, from) < 0)
        return qn_fail(err, QN_MALFORMED, "follow.recheck-early", "value=%s|from=%s", on, from);
    return strcmp(record_text(d, "outcome"), "corrected") == 0 ? check_corrected(d, &follow, err)
                                                               : record_needs(d, "note", err);
}
const struct record_type record_recheck = {
    .name = "recheck",
    .table = {"recheck"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_INSPECTOR,
    .nfields = COUNT(recheck_fields),
    .field = recheck_fields,
    .check = check_recheck,
};

/* ---- case ---------------------------------------------------------------------------------------------------------- */

/* SPEC records-11: "A case is filed, with its number and day, or the office says why none is" */
static enum qn_code check_case(const struct record_draft *d, struct qn_err *err)
{
    if (strcmp(record_text(d, "outcome"), "filed") != 0)
        return record_needs(d, "note", err);
    enum qn_code rc = record_needs(d, "doc_no", err);
    if (!rc)
        rc = record_needs(d, "filed_on", err);
    if (!rc)
        rc = record_in_order(d, "filed_on", "decided_on", err);
    if (!rc)
        rc = since_opened(d, "filed_on", err);
    if (!rc && *record_text(d, "decided_on"))
        rc = record_needs(d, "decision", err);
    return rc;
}

static const struct record_field case_fields[] = {
    {.name = "follow_up",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "follow_up"},
    {.name = "outcome", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "filed|not_filed"},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "filed_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "decided_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "decision", .kind = FIELD_LINES},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_case_file = {
    .name = "case_file",
    .table = {"case_file"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP,
    .nfields = COUNT(case_fields),
    .field = case_fields,
    .check = check_case,
};

/* ---- transfer ------------------------------------------------------------------------------------------------------ */

static enum qn_code check_transfer(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = since_opened(d, "sent_on", err);
    return rc || strcmp(record_text(d, "receiver_kind"), "office") != 0
               ? rc
               : record_needs(d, "receiver_office", err);
}

/* Discipline inspection is not among the receivers: that is a clue (tables-24), which nobody else may read. */
static const struct record_field transfer_fields[] = {
    {.name = "follow_up",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "follow_up"},
    {.name = "receiver_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "office|enforcement_team|department|police|judicial"},
    {.name = "receiver_office", .kind = FIELD_OFFICE, .flags = FIELD_FIXED},
    {.name = "receiver", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "sent_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "materials", .kind = FIELD_LINES},
};
const struct record_type record_transfer = {
    .name = "transfer",
    .table = {"transfer"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP,
    .reach = REACH_FIELD,
    .reach_field = "receiver_office",
    .called = "doc_no",
    .nfields = COUNT(transfer_fields),
    .field = transfer_fields,
    .check = check_transfer,
};

/* What the receiver did about it is over, too. */
static enum qn_code check_own_closed(const struct record_draft *d, const char *office, int64_t id,
                                     struct qn_err *err)
{
    char state[RECORD_STATE], name[80];
    const struct qn_cert *self = store_self(d->st);
    const struct rows_query q = {
        .table = "follow_up",
        .office = self ? self->office : "",
        .where = {{"transfer_office", office, 0}, {"transfer_id", NULL, id}},
        .nwhere = 2};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, d->st, &q, err);
    while (!rc && rows_step(&r)) {
        if (!rows_null(&r, "withdrawn"))
            continue;
        record_name_text(name, rows_text(&r, "office"), rows_int(&r, "id"));
        rc = record_state(state, d->st, record_type("follow_up"), rows_text(&r, "office"),
                          rows_int(&r, "id"), err);
        if (!rc && strcmp(state, "closed") != 0)
            rc = qn_fail(err, QN_DENIED, "follow.still-open", "value=%s", name);
    }
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code check_answer(const struct record_draft *d, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    char office[QN_CODE_MAX + 1];
    int64_t id;
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "transfer", err);
    if (!rc)
        rc = record_name(record_text(d, "transfer"), d->st, office, &id, err);
    if (rc)
        return rc;
    /* SPEC records-12: "by the receiver, or by the sender where the receiver is no office and answered on paper" */
    const char *receiver = record_text(&of, "receiver_office");
    if (!self || strcmp(self->office, *receiver ? receiver : office) != 0)
        return qn_fail(err, QN_DENIED, "follow.not-the-receiver", "value=%s",
                       *receiver ? receiver : office);
    if (!*receiver) {
        rc = record_needs(d, "doc_no", err);
        if (rc)
            return rc;
    }
    if (strcmp(record_text(d, "answered_on"), record_text(&of, "sent_on")) < 0)
        return qn_fail(err, QN_MALFORMED, "follow.before-transfer", "value=%s|sent=%s",
                       record_text(d, "answered_on"), record_text(&of, "sent_on"));
    if (strcmp(record_text(d, "outcome"), "returned") == 0)
        return record_needs(d, "note", err);
    return strcmp(record_text(d, "outcome"), "closed") == 0 ? check_own_closed(d, office, id, err)
                                                            : QN_OK;
}

static const struct record_field answer_fields[] = {
    {.name = "transfer", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "transfer"},
    {.name = "outcome", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "accepted|returned|closed"},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "answered_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_transfer_answer = {
    .name = "transfer_answer",
    .table = {"transfer_answer"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP,
    .reach = REACH_FIELD,
    .reach_field = "transfer",
    .nfields = COUNT(answer_fields),
    .field = answer_fields,
    .check = check_answer,
};
