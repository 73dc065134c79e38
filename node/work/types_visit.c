/* types_visit.c - before and during a visit: who may go, who approved it, who was told, what happened at the door
 * (domain.md, inspection).                                                      Spec: protocol/spec/visits.md */
#include <stdio.h>
#include <string.h>

#include "node/store/rows.h"
#include "node/work/inspector.h"
#include "node/work/record_types.h"
#include "node/work/target.h"
#include "node/work/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is(const struct record_draft *d, const char *field, const char *word)
{
    return strcmp(record_text(d, field), word) == 0;
}

/* ---- who may go ---------------------------------------------------------------------------------------------------- */

/* SPEC visits-1: "any other status says since when" */
static enum qn_code check_cert(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = record_in_order(d, "valid_from", "valid_to", err);
    return rc || is(d, "status", "valid") ? rc : record_needs(d, "status_on", err);
}

static const struct record_field cert_fields[] = {
    {.name = "inspector",
     .kind = FIELD_INSPECTORS,
     .flags = FIELD_MUST | FIELD_FIXED,
     .least = 1,
     .most = 1},
    {.name = "cert_kind", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "cert_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "issuer", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "valid_from", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "valid_to", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "fields", .kind = FIELD_CODES, .flags = FIELD_MANY, .of = "qualification"},
    {.name = "status",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "valid|suspended|revoked|returned"},
    {.name = "status_on", .kind = FIELD_DATE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_inspector_cert = {
    .name = "inspector_cert",
    .table = {"inspector_cert"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_ROSTER,
    .called = "cert_no",
    .nfields = COUNT(cert_fields),
    .field = cert_fields,
    .check = check_cert,
};

static enum qn_code check_expert(const struct record_draft *d, struct qn_err *err)
{
    return record_in_order(d, "valid_from", "valid_to", err);
}

static const struct record_field expert_fields[] = {
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "body", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "fields", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "valid_from", .kind = FIELD_DATE},
    {.name = "valid_to", .kind = FIELD_DATE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_expert = {
    .name = "expert",
    .table = {"expert"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_ROSTER,
    .called = "name",
    .nfields = COUNT(expert_fields),
    .field = expert_fields,
    .check = check_expert,
};

/* ---- a target is taken or given back -------------------------------------------------------------------------------- */

static enum qn_code check_target_answer(const struct record_draft *d, struct qn_err *err)
{
    struct target t;
    enum qn_code rc = is(d, "outcome", "accepted") ? QN_OK : record_needs(d, "note", err);
    if (!rc)
        rc = target_named(&t, d->st, record_text(d, "draw"), record_text(d, "object_id"),
                          record_text(d, "task"), err);
    /* SPEC visits-4: "What has a result is neither given back nor called impossible" */
    if (!rc && t.result && !is(d, "outcome", "accepted"))
        rc = qn_fail(err, QN_CONFLICT, "target.has-result", "object=%.80s", t.object);
    return rc;
}

static const struct record_field target_answer_fields[] = {
    {.name = "draw",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED | FIELD_LOOSE,
     .of = "draw_result"},
    {.name = "task", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "object_id", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "outcome",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "accepted|returned|not_inspectable"},
    {.name = "answered_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_target_answer = {
    .name = "target_answer",
    .table = {"target_answer"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "draw",
    .nfields = COUNT(target_answer_fields),
    .field = target_answer_fields,
    .check = check_target_answer,
};

/* ---- approval and notice --------------------------------------------------------------------------------------------- */

static enum qn_code check_approval(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = record_in_order(d, "from_on", "to_on", err);
    if (!rc && !*record_text(d, "draw"))
        rc = record_needs(d, "object_id", err);
    if (!rc && *record_text(d, "object_id") && !target_is_ours(d->st, record_text(d, "object_id")))
        rc =
            qn_fail(err, QN_ABSENT, "visit.no-target", "object=%.80s", record_text(d, "object_id"));
    /* SPEC visits-5: "`unannounced` says why in `basis`" */
    if (!rc && is(d, "announced", "unannounced"))
        rc = record_needs(d, "basis", err);
    return rc;
}

static const struct record_field approval_fields[] = {
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "draw", .kind = FIELD_RECORD, .flags = FIELD_FIXED | FIELD_LOOSE, .of = "draw_result"},
    {.name = "object_id", .kind = FIELD_TEXT, .flags = FIELD_FIXED},
    {.name = "items", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "from_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "to_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "method", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "approved_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "announced", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "announced|unannounced"},
    {.name = "basis", .kind = FIELD_LINES},
};
const struct record_type record_visit_approval = {
    .name = "visit_approval",
    .table = {"visit_approval"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_HEAD,
    .called = "doc_no",
    .nfields = COUNT(approval_fields),
    .field = approval_fields,
    .check = check_approval,
};

/* Whether the approval that the field `approval` names is of this object: by name, or with all of a draw. */
static enum qn_code load_approval(struct record_draft *a, const struct record_draft *d,
                                  struct qn_err *err)
{
    const char *object = record_text(d, "object_id");
    enum qn_code rc = record_load(a, d->st, &record_visit_approval, store_self(d->st)->office,
                                  record_number(d, "approval"), 0, err);
    if (rc)
        return rc;
    bool covers = *record_text(a, "object_id")
                      ? strcmp(record_text(a, "object_id"), object) == 0
                      : target_of_draw(d->st, record_text(a, "draw"), object);
    return covers ? QN_OK
                  : qn_fail(err, QN_DENIED, "visit.other-object", "value=%s|object=%.80s",
                            record_text(a, "doc_no"), object);
}

/* SPEC visits-5: "A notice is of an approval that says `announced`, and not served before it" */
static enum qn_code check_notice(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft a = {0};
    enum qn_code rc = load_approval(&a, d, err);
    if (rc)
        return rc;
    if (!is(&a, "announced", "announced"))
        return qn_fail(err, QN_DENIED, "visit.unannounced", "value=%s", record_text(&a, "doc_no"));
    if (strcmp(record_text(d, "served_on"), record_text(&a, "approved_on")) < 0)
        return qn_fail(err, QN_MALFORMED, "visit.notice-early", "value=%s|approved=%s",
                       record_text(d, "served_on"), record_text(&a, "approved_on"));
    return QN_OK;
}

static const struct record_field notice_fields[] = {
    {.name = "approval",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "visit_approval"},
    {.name = "object_id", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "served_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "received_by", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "mode", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "direct|post|electronic"},
    {.name = "materials", .kind = FIELD_LINES},
};
const struct record_type record_visit_notice = {
    .name = "visit_notice",
    .table = {"visit_notice"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_HEAD,
    .called = "doc_no",
    .nfields = COUNT(notice_fields),
    .field = notice_fields,
    .check = check_notice,
};

/* ---- the visit -------------------------------------------------------------------------------------------------------- */

/* SPEC visits-6: "on a day of its period, not before it was approved, and where it says `announced` not before the notice
 * that the visit names was served" */
static enum qn_code check_approved(const struct record_draft *d, const char *day,
                                   struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft a = {0}, n = {0};
    if (!*record_text(d, "approval"))
        return QN_OK;
    enum qn_code rc = load_approval(&a, d, err);
    if (rc)
        return rc;
    if (strcmp(day, record_text(&a, "from_on")) < 0 || strcmp(day, record_text(&a, "to_on")) > 0 ||
        strcmp(day, record_text(&a, "approved_on")) < 0)
        return qn_fail(err, QN_DENIED, "visit.not-approved", "value=%s|on=%s|from=%s|to=%s",
                       record_text(&a, "doc_no"), day, record_text(&a, "from_on"),
                       record_text(&a, "to_on"));
    if (!is(&a, "announced", "announced"))
        return QN_OK;
    if (!*record_text(d, "notice"))
        return qn_fail(err, QN_MALFORMED, "visit.no-notice", "value=%s", record_text(&a, "doc_no"));
    rc = record_load(&n, d->st, &record_visit_notice, store_self(d->st)->office,
                     record_number(d, "notice"), 0, err);
    if (!rc && (record_number(&n, "approval") != record_number(d, "approval") ||
                strcmp(record_text(&n, "object_id"), record_text(d, "object_id")) != 0))
        rc = qn_fail(err, QN_DENIED, "visit.other-object", "value=%s|object=%.80s",
                     record_text(&n, "doc_no"), record_text(d, "object_id"));
    if (!rc && strcmp(day, record_text(&n, "served_on")) < 0)
        rc = qn_fail(err, QN_DENIED, "visit.before-notice", "value=%s|on=%s|served=%s",
                     record_text(&n, "doc_no"), day, record_text(&n, "served_on"));
    return rc;
}

/* SPEC visits-3: "An expert assists: one of the office's records, in time, and never one of the inspectors" */
static enum qn_code check_experts(const struct record_draft *d, const char *day, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (const char *p = record_text(d, "experts"); !rc && *p;) {
        char name[200];
        size_t mark, n = words_item(p, true, &mark);
        bool found = false;
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        p += n + mark;
        if (inspector_among(record_text(d, "inspectors"), name))
            return qn_fail(err, QN_DENIED, "visit.expert-inspects", "value=%s", name);
        QN_AUTO(rows) struct rows r = {0};
        const struct rows_query q = {.table = "expert",
                                     .office = store_self(d->st)->office,
                                     .where = {{"name", name, 0}},
                                     .nwhere = 1};
        rc = rows_open(&r, d->st, &q, err);
        while (!rc && rows_step(&r))
            found = found ||
                    (rows_null(&r, "withdrawn") && strcmp(rows_text(&r, "valid_from"), day) <= 0 &&
                     (rows_null(&r, "valid_to") || strcmp(rows_text(&r, "valid_to"), day) >= 0));
        if (!rc)
            rc = rows_end(&r, err);
        if (!rc && !found)
            rc = qn_fail(err, QN_ABSENT, "visit.no-expert", "value=%s|on=%s", name, day);
    }
    return rc;
}

/* SPEC visits-7: "`signed` names the `representative` who signed"
 * SPEC visits-7: "Where it is `refused`, or `nobody` was there to sign, `refusal` says why and `witness` who saw it" */
static enum qn_code check_signature(const struct record_draft *d, struct qn_err *err)
{
    if (is(d, "signature", "unrecorded"))
        return QN_OK;
    if (is(d, "signature", "signed"))
        return record_needs(d, "representative", err);
    enum qn_code rc = record_needs(d, "refusal", err);
    if (!rc)
        rc = record_needs(d, "witness", err);
    if (!rc && inspector_among(record_text(d, "inspectors"), record_text(d, "witness")))
        rc = qn_fail(err, QN_DENIED, "visit.witness-inspects", "value=%s",
                     record_text(d, "witness"));
    return rc;
}

/* SPEC visits-8: "A visit beyond the cap says why in `over_cap`" */
static enum qn_code check_cap(const struct record_draft *d, const char *day, struct qn_err *err)
{
    unsigned cap, before;
    const char *object = record_text(d, "object_id");
    if (*record_text(d, "over_cap"))
        return QN_OK;
    enum qn_code rc = target_cap(&cap, d->st, object, day, err);
    if (!rc)
        rc = target_visited(&before, d->st, object, day, err);
    return rc || !cap || before < cap ? rc
                                      : qn_fail(err, QN_DENIED, "visit.over-cap",
                                                "object=%.80s|have=%u|cap=%u", object, before, cap);
}

static enum qn_code check_visit(const struct record_draft *d, struct qn_err *err)
{
    const char *list = record_text(d, "inspectors");
    struct inspector who;
    char day[11];
    snprintf(day, sizeof(day), "%.10s", record_text(d, "started"));
    enum qn_code rc = record_in_order(d, "started", "completed", err);
    /* SPEC visits-6: "begun and completed on one day" */
    if (!rc && strncmp(record_text(d, "completed"), day, 10) != 0)
        rc = qn_fail(err, QN_MALFORMED, "visit.one-day", "started=%s|completed=%s",
                     record_text(d, "started"), record_text(d, "completed"));
    if (!rc && !target_is_ours(d->st, record_text(d, "object_id")))
        rc =
            qn_fail(err, QN_ABSENT, "visit.no-target", "object=%.80s", record_text(d, "object_id"));
    while (!rc && d->rev == 1 && inspector_next(&who, &list))
        rc = inspector_not_recused(d->st, &who, record_text(d, "object_id"), err);
    if (!rc)
        rc = check_signature(d, err);
    if (!rc)
        rc = check_experts(d, day, err);
    if (!rc)
        rc = check_approved(d, day, err);
    return rc ? rc : check_cap(d, day, err);
}

static const struct record_field visit_fields[] = {
    {.name = "object_id", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "started", .kind = FIELD_TIME, .flags = FIELD_MUST | FIELD_FIXED | FIELD_DONE},
    {.name = "completed", .kind = FIELD_TIME, .flags = FIELD_MUST | FIELD_FIXED | FIELD_DONE},
    {.name = "inspectors",
     .kind = FIELD_INSPECTORS,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "started",
     .least = 2},
    {.name = "experts", .kind = FIELD_TEXT},
    {.name = "place", .kind = FIELD_TEXT},
    {.name = "method", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "approval", .kind = FIELD_RECORD, .of = "visit_approval"},
    {.name = "notice", .kind = FIELD_RECORD, .of = "visit_notice"},
    {.name = "representative", .kind = FIELD_TEXT},
    {.name = "signature",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "signed|refused|nobody|unrecorded"},
    {.name = "refusal", .kind = FIELD_TEXT},
    {.name = "witness", .kind = FIELD_TEXT},
    {.name = "advice", .kind = FIELD_LINES},
    {.name = "over_cap", .kind = FIELD_TEXT},
};
const struct record_type record_visit = {
    .name = "visit",
    .table = {"visit"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_CLERK,
    .nfields = COUNT(visit_fields),
    .field = visit_fields,
    .check = check_visit,
};
