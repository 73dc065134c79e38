/* types_sampling_after.c - product sampling behind the report: service, objections, retests, what becomes of samples and of
 * failing products, e-CQS. SPEC: protocol/spec/sampling.md                                                          */
#include <string.h>

#include "node/work/sampling_ask.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is(const struct record_draft *d, const char *field, const char *word)
{
    return strcmp(record_text(d, field), word) == 0;
}

/* `days` calendar days behind a day, which is not counted. */
static void behind(char out[11], const char *day, int64_t days)
{
    wire_day_text(wire_day_after(qn_str(day), days), out);
}

/* ---- service ------------------------------------------------------------------------------------------------------- */

static enum qn_code check_service(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft report = {0};
    enum qn_code rc = record_referred(&report, d, "report", err);
    if (!rc && strcmp(record_text(d, "sent_on"), record_text(&report, "issued_on")) < 0)
        rc = qn_fail(err, QN_MALFORMED, "sampling.ended-before", "value=%s|on=%s",
                     record_text(d, "sent_on"), record_text(&report, "issued_on"));
    if (!rc && is(d, "mode", "ems"))
        rc = record_needs(d, "waybill", err);
    return rc ? rc : record_in_order(d, "sent_on", "received_on", err);
}

/* SPEC sampling-33: "while an objection rests on it" */
static enum qn_code withdraw_service(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2]; /* objections of that receiver, other services on which they can rest */
    enum qn_code rc = sampling_ask(n, d->st,
                                   &(struct sampling_ask){.sql = SQL_SAMPLING_SERVICE_USED,
                                                          .text = record_text(d, "receiver_kind"),
                                                          .n = {record_number(d, "report"), d->id},
                                                          .count = 2},
                                   err);
    return rc || !n[0] || n[1] ? rc
                               : qn_fail(err, QN_CONFLICT, "sampling.service-objected", "value=%s",
                                         record_text(d, "receiver"));
}

static const struct record_field service_fields[] = {
    {.name = "report",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "test_report"},
    {.name = "receiver_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "party|producer|office"},
    {.name = "receiver", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "mode", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "direct|ems"},
    {.name = "waybill", .kind = FIELD_TEXT},
    {.name = "sent_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "received_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_report_service = {
    .name = "report_service",
    .table = {"report_service"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN | ROLE_TESTER | ROLE_FOLLOW_UP,
    .reach = REACH_FIELD,
    .reach_field = "report.sample.county",
    .nfields = COUNT(service_fields),
    .field = service_fields,
    .check = check_service,
    .withdraw = withdraw_service,
};

/* ---- objection ----------------------------------------------------------------------------------------------------- */

static enum qn_code days_to_object(int64_t *days, const struct record_draft *report,
                                   struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft sample = {0};
    QN_AUTO(record_draft) struct record_draft task = {0};
    enum qn_code rc = record_referred(&sample, report, "sample", err);
    if (!rc)
        rc = record_referred(&task, &sample, "task", err);
    int64_t own = rc ? 0 : record_number(&task, "objection_days");
    *days = own >= 1 && own <= SAMPLING_OBJECTION_MAX ? own : SAMPLING_OBJECTION_DAYS;
    return rc;
}

/* SPEC sampling-18: "the day of receipt is not counted" */
static enum qn_code check_in_time(const struct record_draft *d, const struct record_draft *report,
                                  struct qn_err *err)
{
    char served[11], last[11];
    int64_t days;
    enum qn_code rc = days_to_object(&days, report, err);
    if (!rc)
        rc = sampling_served(served, d->st, record_number(d, "report"), record_text(d, "objector"),
                             err);
    if (rc)
        return rc;
    const char *received = record_text(d, "received_on");
    if (!served[0] || strcmp(received, served) < 0)
        return qn_fail(err, QN_DENIED, "sampling.not-served", "value=%s",
                       record_text(report, "report_no"));
    behind(last, served, days);
    if (strcmp(received, last) > 0 && !is(d, "decision", "rejected"))
        return qn_fail(err, QN_DENIED, "sampling.objection-late", "value=%s|last=%s", received,
                       last);
    return QN_OK;
}

/* SPEC sampling-36: "A retest answers an objection on the conclusion, and nothing else does but that it is rejected" */
static enum qn_code check_decision(const struct record_draft *d, const struct record_draft *report,
                                   struct qn_err *err)
{
    bool concludes = strstr(record_text(d, "subject"), "conclusion") != NULL;
    if (is(d, "decision", "retest") && !concludes)
        return qn_fail(err, QN_DENIED, "sampling.retest-subject", "value=%s",
                       record_text(report, "report_no"));
    if (is(d, "decision", "accepted") && is(d, "subject", "conclusion"))
        return qn_fail(err, QN_DENIED, "sampling.accepted-conclusion", "value=%s",
                       record_text(report, "report_no"));
    return QN_OK;
}

static enum qn_code check_objection(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft report = {0};
    enum qn_code rc = record_referred(&report, d, "report", err);
    if (!rc)
        rc = check_in_time(d, &report, err);
    if (rc || !*record_text(d, "decision"))
        return rc;
    rc = record_needs(d, "decided_on", err);
    if (!rc)
        rc = record_needs(d, "answer", err);
    if (!rc)
        rc = check_decision(d, &report, err);
    return rc ? rc : record_in_order(d, "received_on", "decided_on", err);
}

static const struct record_field objection_fields[] = {
    {.name = "report",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "test_report"},
    {.name = "received_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "objector",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "party|producer"},
    {.name = "objector_name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "subject",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_MANY,
     .of = "sampling|authenticity|conclusion"},
    {.name = "text", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "decision", .kind = FIELD_WORD, .of = "accepted|rejected|retest"},
    {.name = "decided_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "answer", .kind = FIELD_LINES},
};
const struct record_type record_objection = {
    .name = "objection",
    .table = {"objection"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "report.sample.county",
    .nfields = COUNT(objection_fields),
    .field = objection_fields,
    .check = check_objection,
};

/* ---- retest -------------------------------------------------------------------------------------------------------- */

/* SPEC sampling-19: "the objector when it is that of the report, else the office" */
static enum qn_code check_concluded(const struct record_draft *d, const struct record_draft *report,
                                    struct qn_err *err)
{
    static const char *const needed[] = {"concluded_on", "report_no", "report_digest", "payer"};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < COUNT(needed); i++)
        rc = record_needs(d, needed[i], err);
    const char *payer =
        is(d, "conclusion", record_text(report, "conclusion")) ? "objector" : "office";
    return rc || is(d, "payer", payer) ? rc
                                       : qn_fail(err, QN_DENIED, "sampling.payer",
                                                 "value=%s|due=%s", record_text(d, "payer"), payer);
}

static enum qn_code check_retest(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft objection = {0};
    QN_AUTO(record_draft) struct record_draft report = {0};
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&objection, d, "objection", err);
    if (!rc)
        rc = record_referred(&report, &objection, "report", err);
    if (!rc)
        rc = record_referred(&sample, &report, "sample", err);
    if (!rc && !is(&objection, "decision", "retest"))
        rc = qn_fail(err, QN_DENIED, "sampling.no-retest", "value=%s",
                     record_text(&report, "report_no"));
    if (!rc && record_number(d, "lab") == record_number(&sample, "lab"))
        rc = qn_fail(err, QN_DENIED, "sampling.same-lab", "value=%s",
                     record_text(&report, "report_no"));
    if (!rc && !is(d, "backup_seal", record_text(&sample, "backup_seal")))
        rc = qn_fail(err, QN_DENIED, "sampling.other-seal", "value=%s|due=%s",
                     record_text(d, "backup_seal"), record_text(&sample, "backup_seal"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_RETEST_SAME,
                                                 .n = {record_number(d, "objection"), d->id},
                                                 .count = 2},
                          err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.retest-twice", "value=%s",
                     record_text(&report, "report_no"));
    if (!rc)
        rc = record_in_order(d, "notified_on", "formalities_on", err);
    if (!rc)
        rc = record_in_order(d, "formalities_on", "lab_named_on", err);
    if (!rc)
        rc = record_in_order(d, "notified_on", "concluded_on", err);
    return rc || !*record_text(d, "conclusion") ? rc : check_concluded(d, &report, err);
}

static const struct record_field retest_fields[] = {
    {.name = "objection",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "objection"},
    {.name = "lab", .kind = FIELD_RECORD, .flags = FIELD_MUST, .of = "lab"},
    {.name = "backup_seal", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "notified_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "formalities_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "lab_named_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "conclusion", .kind = FIELD_WORD, .of = "conforming|nonconforming"},
    {.name = "concluded_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "report_no", .kind = FIELD_TEXT},
    {.name = "report_digest", .kind = FIELD_DIGEST},
    {.name = "payer", .kind = FIELD_WORD, .of = "objector|office"},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_retest = {
    .name = "retest",
    .table = {"retest"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "objection.report.sample.county",
    .settled = "conclusion|concluded_on|lab|backup_seal",
    .nfields = COUNT(retest_fields),
    .field = retest_fields,
    .check = check_retest,
};

/* ---- what becomes of the samples ------------------------------------------------------------------------------------- */

/* SPEC sampling-21: "Not before it is final" */
static enum qn_code check_disposal(const struct record_draft *d, struct qn_err *err)
{
    struct sampling_end end;
    char last[11];
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc && !is(&sample, "outcome", "sampled"))
        rc = qn_fail(err, QN_DENIED, "sampling.nothing-taken", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc)
        rc = sampling_end(&end, d->st, record_number(d, "sample"), err);
    if (rc)
        return rc;
    if (!end.without_report) {
        if (!end.reported || !end.served || end.under_way || end.open)
            return qn_fail(err, QN_DENIED, "sampling.not-final", "value=%s",
                           record_text(&sample, "sheet_no"));
        behind(last, end.last_served, end.days);
        if (strcmp(record_text(d, "done_on"), last) <= 0)
            return qn_fail(err, QN_DENIED, "sampling.disposal-early", "value=%s|last=%s",
                           record_text(&sample, "sheet_no"), last);
    }
    if (is(d, "manner", "return") && !is(d, "part", "test") &&
        strcmp(end.conclusion, "nonconforming") == 0)
        return qn_fail(err, QN_DENIED, "sampling.no-return", "value=%s",
                       record_text(&sample, "sheet_no"));
    return record_needs(d, is(d, "manner", "other") ? "note" : "receiver", err);
}

static const struct record_field disposal_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "part", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "test|backup|both"},
    {.name = "manner", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "return|hand_over|other"},
    {.name = "done_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "receiver", .kind = FIELD_TEXT},
    {.name = "doc_no", .kind = FIELD_TEXT},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_sample_disposal = {
    .name = "sample_disposal",
    .table = {"sample_disposal"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .nfields = COUNT(disposal_fields),
    .field = disposal_fields,
    .check = check_disposal,
};

/* ---- failing products -------------------------------------------------------------------------------------------------- */

/* SPEC sampling-22: "not before the day of the report that says so, or of the county's co-signature" */
static enum qn_code check_sent(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(d->st, SQL_SAMPLING_SINCE);
    q_bind_text(&q, store_self(d->st)->office);
    q_bind_int(&q, record_number(d, "sample"));
    enum qn_code rc = q_step(&q) ? record_since(d, "sent_on", q_text(&q, 0), err) : QN_OK;
    return rc ? rc : query_end(&q, err);
}

/* SPEC sampling-22: "for a conclusion that is nonconforming or a refusal of sampling-20" */
static enum qn_code check_dispatch(const struct record_draft *d, struct qn_err *err)
{
    struct sampling_end end;
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc)
        rc = sampling_end(&end, d->st, record_number(d, "sample"), err);
    if (rc)
        return rc;
    if (is(&sample, "outcome", "terminated") || strcmp(end.conclusion, "nonconforming") == 0)
        return check_sent(d, err);
    return qn_fail(err, QN_DENIED, "sampling.not-failing", "value=%s",
                   record_text(&sample, "sheet_no"));
}

static const struct record_field dispatch_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "handler", .kind = FIELD_OFFICE, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "sent_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_product_dispatch = {
    .name = "product_dispatch",
    .table = {"product_dispatch"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "handler",
    .called = "doc_no",
    .nfields = COUNT(dispatch_fields),
    .field = dispatch_fields,
    .check = check_dispatch,
};

static enum qn_code check_proposal(const struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft report = {0};
    enum qn_code rc = record_referred(&report, d, "report", err);
    return rc || is(&report, "conclusion", "nonconforming")
               ? rc
               : qn_fail(err, QN_DENIED, "sampling.not-failing", "value=%s",
                         record_text(&report, "report_no"));
}

static const struct record_field proposal_fields[] = {
    {.name = "report",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "test_report"},
    {.name = "failed_items", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "problem_description", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "cause_analysis", .kind = FIELD_LINES},
    {.name = "improvement_advice", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "remark", .kind = FIELD_LINES},
    {.name = "lab_seal", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "issued_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
};
const struct record_type record_improvement_proposal = {
    .name = "improvement_proposal",
    .table = {"improvement_proposal"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_TESTER | ROLE_CUSTODIAN,
    .reach = REACH_FIELD,
    .reach_field = "report.sample.county",
    .nfields = COUNT(proposal_fields),
    .field = proposal_fields,
    .check = check_proposal,
};

/* ---- what a lab reports on the task ------------------------------------------------------------------------------------- */

/* SPEC sampling-31: "one of a lab that tests for the task" */
static enum qn_code check_lab_report(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2]; /* quotas of the lab in the task, other reports */
    QN_AUTO(record_draft) struct record_draft lab = {0};
    enum qn_code rc = record_referred(&lab, d, "lab", err);
    if (!rc)
        rc = sampling_ask(
            n, d->st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_LAB_REPORT,
                                   .n = {record_number(d, "task"), record_number(d, "lab"), d->id},
                                   .count = 3},
            err);
    if (!rc && !n[0])
        rc = qn_fail(err, QN_DENIED, "sampling.lab-not-of-task", "value=%s",
                     record_text(&lab, "name"));
    if (!rc && n[1])
        rc = qn_fail(err, QN_CONFLICT, "sampling.lab-report-twice", "value=%s",
                     record_text(&lab, "name"));
    return rc;
}

static const struct record_field lab_report_fields[] = {
    {.name = "task",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_task"},
    {.name = "lab", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "lab"},
    {.name = "received_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "digest", .kind = FIELD_DIGEST, .flags = FIELD_MUST},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_lab_report = {
    .name = "lab_report",
    .table = {"lab_report"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN | ROLE_PLANNER | ROLE_HEAD,
    .nfields = COUNT(lab_report_fields),
    .field = lab_report_fields,
    .check = check_lab_report,
};

/* ---- e-CQS ------------------------------------------------------------------------------------------------------------- */

/* The same data of the same sample: what is entered once stands once, and is revised when it is entered anew. */
static enum qn_code entry_held(const struct record_draft *d, int64_t *id, struct qn_err *err)
{
    int64_t n[2];
    const struct sampling_ask of_sample = {.sql = SQL_ECQS_HELD,
                                           .text = record_text(d, "data"),
                                           .n = {record_number(d, "sample")},
                                           .count = 1},
                              of_retest = {.sql = SQL_ECQS_HELD_RETEST,
                                           .n = {record_number(d, "retest")},
                                           .count = 1};
    enum qn_code rc =
        sampling_ask(n, d->st, is(d, "data", "retest") ? &of_retest : &of_sample, err);
    *id = rc ? 0 : n[0];
    return rc;
}

/* SPEC exports-12: "of a result for which there is a report it names the report, which is of that sample" */
static enum qn_code check_report_of(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft report = {0};
    enum qn_code rc = sampling_ask(n, d->st,
                                   &(struct sampling_ask){.sql = SQL_SAMPLING_REPORT_SAME,
                                                          .n = {record_number(d, "sample"), 0},
                                                          .count = 2},
                                   err);
    if (rc || !n[0])
        return rc;
    rc = record_needs(d, "report", err);
    if (!rc)
        rc = record_referred(&report, d, "report", err);
    if (!rc && record_number(&report, "sample") != record_number(d, "sample"))
        rc = qn_fail(err, QN_DENIED, "sampling.other-report", "value=%s|sample=%s",
                     record_text(&report, "report_no"), record_text(d, "sample"));
    return rc;
}

/* SPEC exports-12: "of a retest it names the retest, which is of that sample and concluded" */
static enum qn_code check_retest_of(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft retest = {0}, objection = {0}, report = {0};
    enum qn_code rc = record_needs(d, "retest", err);
    if (!rc)
        rc = record_referred(&retest, d, "retest", err);
    if (!rc)
        rc = record_referred(&objection, &retest, "objection", err);
    if (!rc)
        rc = record_referred(&report, &objection, "report", err);
    if (!rc && record_number(&report, "sample") != record_number(d, "sample"))
        rc = qn_fail(err, QN_DENIED, "sampling.other-retest", "value=%s|sample=%s",
                     record_text(d, "retest"), record_text(d, "sample"));
    if (!rc && !*record_text(&retest, "conclusion"))
        rc = qn_fail(err, QN_DENIED, "sampling.retest-open", "value=%s", record_text(d, "retest"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_ENTERED_RETEST,
                                                 .n = {record_number(d, "retest"), d->id},
                                                 .count = 2},
                          err);
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_CONFLICT, "sampling.entered-twice", "value=%s",
                                 record_text(d, "retest"));
}

static enum qn_code check_entry(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    char conclusion[40], ended[11];
    if (is(d, "data", "retest"))
        return check_retest_of(d, err);
    if (*record_text(d, "retest"))
        return qn_fail(err, QN_DENIED, "sampling.other-retest", "value=%s|sample=%s",
                       record_text(d, "retest"), record_text(d, "sample"));
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_ENTERED,
                                                 .text = record_text(d, "data"),
                                                 .n = {record_number(d, "sample"), d->id},
                                                 .count = 2},
                          err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.entered-twice", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (rc || is(d, "data", "sampling"))
        return rc;
    rc = sampling_tested(conclusion, ended, d->st, record_number(d, "sample"), err);
    if (!rc && !conclusion[0])
        rc = qn_fail(err, QN_DENIED, "sampling.not-tested", "value=%s",
                     record_text(&sample, "sheet_no"));
    return rc ? rc : check_report_of(d, err);
}

static const struct record_field entry_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "data",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling|test|retest"},
    {.name = "entered_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "ecqs_no", .kind = FIELD_TEXT},
    {.name = "report", .kind = FIELD_RECORD, .of = "test_report"},
    {.name = "retest", .kind = FIELD_RECORD, .of = "retest"},
};
const struct record_type record_ecqs_entry = {
    .name = "ecqs_entry",
    .table = {"ecqs_entry"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_SAMPLER | ROLE_TESTER | ROLE_CUSTODIAN,
    .ticked = "entered_on",
    .held = entry_held,
    .nfields = COUNT(entry_fields),
    .field = entry_fields,
    .check = check_entry,
};
