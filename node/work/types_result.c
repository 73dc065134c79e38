/* types_result.c - what a visit found: the result of a target, item by item, the answers to the checklist, the review
 * (domain.md, inspection). Results and items are written by result.h alone, which derives the one from the others.
 *                                                                           Spec: protocol/spec/visits.md */
#include <string.h>

#include "node/store/tree.h"
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is(const struct record_draft *d, const char *field, const char *word)
{
    return strcmp(record_text(d, field), word) == 0;
}

/* ---- the result of a target -------------------------------------------------------------------------------------------- */

/* Written with the draw; others refer to it by its number. */
const struct record_type record_draw_result = {
    .name = "draw_result",
    .table = {"draw_result"},
    .kind = QN_KIND_DRAW,
    .command = "draw run",
};

static const struct record_field inspection_fields[] = {
    {.name = "draw",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED | FIELD_LOOSE,
     .of = "draw_result"},
    {.name = "slot_no", .kind = FIELD_NUMBER, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "task", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "round", .kind = FIELD_NUMBER, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "object_id", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "object_name", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "visit", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "visit"},
    {.name = "inspectors", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "started", .kind = FIELD_TIME, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "completed", .kind = FIELD_TIME, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "completed_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "codes", .kind = FIELD_CODES, .flags = FIELD_MUST | FIELD_MANY, .of = "result"},
    {.name = "result_text", .kind = FIELD_TEXT, .flags = FIELD_MUST},
};
const struct record_type record_inspection = {
    .name = "inspection",
    .table = {"inspection", "inspection_result"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_CLERK,
    .command = "result record",
    .nfields = COUNT(inspection_fields),
    .field = inspection_fields,
};

static const struct record_field item_fields[] = {
    {.name = "inspection",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "inspection"},
    {.name = "item", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "item"},
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "codes", .kind = FIELD_CODES, .flags = FIELD_MUST | FIELD_MANY, .of = "result"},
    {.name = "result_text", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "problem", .kind = FIELD_LINES},
    {.name = "disposal", .kind = FIELD_CODES, .of = "disposal"},
};
const struct record_type record_item_result = {
    .name = "item_result",
    .table = {"item_finding", "item_result"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_CLERK,
    .command = "result record",
    .nfields = COUNT(item_fields),
    .field = item_fields,
};

/* ---- answers to a checklist ---------------------------------------------------------------------------------------------- */

/* SPEC visits-12: "of the checklist as it is in force on the day of the visit" */
static enum qn_code check_in_force(const struct record_draft *d, const struct record_draft *point,
                                   const char *office, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft list = {0}, result = {0};
    const char *self = store_self(d->st)->office;
    enum qn_code rc = record_load(&list, d->st, &record_checklist, office,
                                  record_number(point, "checklist"), 0, err);
    if (!rc)
        rc = record_load(&result, d->st, &record_inspection, self, record_number(d, "inspection"),
                         0, err);
    if (rc)
        return rc;
    const char *day = record_text(&result, "completed_on");
    if (list.withdrawn || strcmp(record_text(&list, "valid_from"), day) > 0 ||
        (*record_text(&list, "valid_to") && strcmp(record_text(&list, "valid_to"), day) < 0))
        return qn_fail(err, QN_DENIED, "answer.not-in-force", "value=%s|version=%s|on=%s",
                       record_text(&list, "title"), record_text(&list, "version"), day);
    return QN_OK;
}

static bool digits(const char *s)
{
    size_t n = strspn(s, "0123456789"), m = s[n] == '.' ? strspn(s + n + 1, "0123456789") + 1 : 0;
    return n && m != 1 && !s[n + m];
}

/* SPEC visits-12: "A point to be filled in has an `answer` unless it was not checked or does not apply" */
static enum qn_code check_kind(const struct record_draft *d, const char *kind, struct qn_err *err)
{
    bool judged = is(d, "judged", "right") || is(d, "judged", "wrong");
    bool filled = strcmp(kind, "number") == 0 || strcmp(kind, "text") == 0;
    if (is(d, "judged", "not_applicable") && strcmp(kind, "yes_no") == 0)
        return qn_fail(err, QN_MALFORMED, "answer.applies", "");
    if (filled && judged && !*record_text(d, "answer"))
        return record_needs(d, "answer", err);
    if (strcmp(kind, "number") == 0 && *record_text(d, "answer") &&
        !digits(record_text(d, "answer")))
        return qn_fail(err, QN_MALFORMED, "answer.number", "value=%.40s", record_text(d, "answer"));
    return is(d, "judged", "wrong") ? record_needs(d, "note", err) : QN_OK;
}

/* SPEC visits-13: "Evidence that an answer names is of the same result" */
static enum qn_code check_evidence(const struct record_draft *d, const char *wanted,
                                   struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    const char *hex = record_text(d, "evidence");
    bool must = strcmp(wanted, "always") == 0
                    ? !is(d, "judged", "not_checked")
                    : strcmp(wanted, "if_wrong") == 0 && is(d, "judged", "wrong");
    if (!*hex)
        return must ? record_needs(d, "evidence", err) : QN_OK;
    if (!qn_hex_decode(digest, sizeof(digest), qn_str(hex)))
        return QN_OK; /* the field took it, so it is one */
    QN_AUTO(query) struct query q = query_start(d->st, SQL_EVIDENCE_OF);
    q_bind_text(&q, store_self(d->st)->office);
    q_bind_int(&q, record_number(d, "inspection"));
    q_bind_blob(&q, digest, sizeof(digest));
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "answer.evidence", "value=%.16s", hex);
}

static enum qn_code check_once(const struct record_draft *d, const char *office, const char *no,
                               struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(d->st, SQL_POINT_ANSWERED);
    q_bind_text(&q, store_self(d->st)->office);
    q_bind_int(&q, record_number(d, "inspection"));
    q_bind_text(&q, office);
    q_bind_int(&q, record_number(d, "point"));
    q_bind_int(&q, d->id);
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || !found ? rc : qn_fail(err, QN_CONFLICT, "answer.twice", "value=%s", no);
}

static enum qn_code check_check_answer(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft point = {0};
    char office[QN_CODE_MAX + 1];
    int64_t id;
    enum qn_code rc = record_name(record_text(d, "point"), d->st, office, &id, err);
    if (!rc)
        rc = record_load(&point, d->st, &record_check_point, office, id, 0, err);
    if (!rc)
        rc = check_in_force(d, &point, office, err);
    if (!rc)
        rc = check_kind(d, record_text(&point, "answer_kind"), err);
    if (!rc)
        rc = check_evidence(d, record_text(&point, "evidence"), err);
    return rc ? rc : check_once(d, office, record_text(&point, "no"), err);
}

static const struct record_field answer_fields[] = {
    {.name = "inspection",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "inspection"},
    {.name = "point", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "check_point"},
    {.name = "judged",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "right|wrong|not_applicable|not_checked"},
    {.name = "answer", .kind = FIELD_TEXT},
    {.name = "evidence", .kind = FIELD_DIGEST},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_check_answer = {
    .name = "check_answer",
    .table = {"check_answer"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR,
    .nfields = COUNT(answer_fields),
    .field = answer_fields,
    .check = check_check_answer,
};

/* ---- review ---------------------------------------------------------------------------------------------------------------- */

/* SPEC visits-14: "Nobody reviews what he wrote or found himself" */
static enum qn_code check_reviewer(const struct record_draft *d, const char *office, int64_t id,
                                   struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(d->st, SQL_RESULT_OWN);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_text(&q, d->by);
    bool own = *d->by && q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || !own ? rc : qn_fail(err, QN_DENIED, "review.own", "name=%s", d->by);
}

/* SPEC visits-15: "that it was recorded what the party signed" */
static enum qn_code check_signed(const struct record_draft *result, const char *office,
                                 struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft visit = {0};
    enum qn_code rc = record_load(&visit, result->st, &record_visit, office,
                                  record_number(result, "visit"), 0, err);
    return rc || strcmp(record_text(&visit, "signature"), "unrecorded") != 0
               ? rc
               : qn_fail(err, QN_DENIED, "review.unsigned", "value=%s",
                         record_text(&visit, "object_id"));
}

/* SPEC visits-15: "An approval needs an answer to each point" */
static enum qn_code check_answered(const struct record_draft *d, const char *office, int64_t id,
                                   struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft result = {0};
    enum qn_code rc = record_load(&result, d->st, &record_inspection, office, id, 0, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(d->st, SQL_POINT_UNANSWERED);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_int(&q, result.rev);
    q_bind_text(&q, record_text(&result, "completed_on"));
    if (q_step(&q))
        return qn_fail(err, QN_DENIED, "review.unanswered", "value=%.120s|point=%s", q_text(&q, 0),
                       q_text(&q, 1));
    rc = query_end(&q, err);
    return rc ? rc : check_signed(&result, office, err);
}

/* SPEC records-31: "a review not before the day of the result" */
static enum qn_code check_day(const struct record_draft *d, const char *office, int64_t id,
                              struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft result = {0};
    enum qn_code rc = record_load(&result, d->st, &record_inspection, office, id, 0, err);
    return rc ? rc : record_since(d, "reviewed_on", record_text(&result, "completed_on"), err);
}

static enum qn_code check_review(const struct record_draft *d, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    const char *self = store_self(d->st)->office;
    int64_t id;
    enum qn_code rc = record_name(record_text(d, "inspection"), d->st, office, &id, err);
    if (rc)
        return rc;
    /* A station's results are reviewed by its county. */
    if (strcmp(office, self) != 0 &&
        (!tree_parent(d->st, office, parent) || strcmp(parent, self) != 0))
        return qn_fail(err, QN_DENIED, "records.not-own", "value=%s", record_text(d, "inspection"));
    if (is(d, "outcome", "sent_back"))
        rc = record_needs(d, "note", err);
    if (!rc)
        rc = check_day(d, office, id, err);
    if (!rc)
        rc = check_reviewer(d, office, id, err);
    return rc || !is(d, "outcome", "approved") ? rc : check_answered(d, office, id, err);
}

static const struct record_field review_fields[] = {
    {.name = "inspection",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "inspection"},
    {.name = "outcome", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "approved|sent_back"},
    {.name = "reviewed_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_result_review = {
    .name = "result_review",
    .table = {"result_review"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_REVIEWER,
    .reach = REACH_FIELD, /* a station is told what its county found */
    .reach_field = "inspection",
    .nfields = COUNT(review_fields),
    .field = review_fields,
    .check = check_review,
};
