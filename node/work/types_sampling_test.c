/* types_sampling_test.c - product sampling in the lab: reception, blind numbers, tests, conclusions, reports.
 * SPEC: protocol/spec/sampling.md                                                                                   */
#include <string.h>

#include "node/work/blind.h"
#include "node/work/sampling_ask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is(const struct record_draft *d, const char *field, const char *word)
{
    return strcmp(record_text(d, field), word) == 0;
}

/* ---- reception ----------------------------------------------------------------------------------------------------- */

/* SPEC sampling-10: "A sample whose seal is broken or that does not match the sheet is rejected" */
static enum qn_code check_reception(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft sample = {0};
    const bool sound = is(d, "seal", "intact") && is(d, "matches", "yes"),
               doubt = is(d, "licence", "suspected");
    const char *due = !sound ? "rejected" : doubt ? "terminated" : "received";
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc && !is(&sample, "outcome", "sampled"))
        rc = qn_fail(err, QN_DENIED, "sampling.nothing-taken", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && strcmp(record_text(d, "received_on"), record_text(&sample, "sampled_on")) < 0)
        rc = qn_fail(err, QN_MALFORMED, "sampling.before-sampling", "value=%s|on=%s",
                     record_text(d, "received_on"), record_text(&sample, "sampled_on"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_RECEPTION_SAME,
                                                 .n = {record_number(d, "sample"), d->id},
                                                 .count = 2},
                          err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.reception-twice", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && n[1])
        rc = qn_fail(err, QN_DENIED, "sampling.numbered-already", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && !is(d, "licence_kind", "none"))
        rc = record_needs(d, "licence", err);
    if (!rc && !is(d, "licence_kind", "none") && !doubt)
        rc = record_needs(d, "licence_no", err);
    if (!rc && strcmp(record_text(d, "outcome"), due) != 0)
        rc = qn_fail(err, QN_DENIED, "sampling.reception", "value=%s|due=%s",
                     record_text(d, "outcome"), due);
    return rc || is(d, "outcome", "received") ? rc : record_needs(d, "note", err);
}

static const struct record_field reception_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "received_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "outcome",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "received|rejected|terminated"},
    {.name = "seal", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "intact|broken"},
    {.name = "matches", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "yes|no"},
    {.name = "looks", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "licence_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "none|production_licence|ccc"},
    {.name = "licence_no", .kind = FIELD_TEXT},
    {.name = "licence", .kind = FIELD_WORD, .of = "valid|suspected"},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_sample_reception = {
    .name = "sample_reception",
    .table = {"sample_reception"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .nfields = COUNT(reception_fields),
    .field = reception_fields,
    .check = check_reception,
};

/* ---- blind numbers --------------------------------------------------------------------------------------------------- */

static const struct record_field mark_fields[] = {
    {.name = "digest", .kind = FIELD_DIGEST, .flags = FIELD_MUST | FIELD_FIXED},
};
const struct record_type record_blind_mark = {
    .name = "blind_mark",
    .table = {"blind_mark"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN,
    .find = blind_find,
    .nfields = COUNT(mark_fields),
    .field = mark_fields,
    .check = blind_check_mark,
};

static const struct record_field reveal_fields[] = {
    {.name = "mark", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "blind_mark"},
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "number", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "salt", .kind = FIELD_DIGEST, .flags = FIELD_MUST | FIELD_FIXED},
};
const struct record_type record_blind_reveal = {
    .name = "blind_reveal",
    .table = {"blind_reveal"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_CUSTODIAN,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .nfields = COUNT(reveal_fields),
    .field = reveal_fields,
    .check = blind_check_reveal,
};

/* ---- tests ----------------------------------------------------------------------------------------------------------- */

static enum qn_code not_concluded(const struct record_draft *d, int64_t test, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = sampling_ask(
        n, d->st, &(struct sampling_ask){.sql = SQL_SAMPLING_CONCLUDED, .n = {test}, .count = 1},
        err);
    return rc || !n[0] ? rc : qn_fail(err, QN_DENIED, "sampling.concluded", "");
}

/* SPEC sampling-13: "Nobody tests a sample whose sampler the same person was" */
static enum qn_code check_testers(const struct record_draft *d, const struct record_draft *sample,
                                  struct qn_err *err)
{
    enum qn_code rc = sampling_staff(d, "testers", record_number(sample, "lab"), "tester", err);
    if (rc || is(d, "mode", "on_site"))
        return rc;
    const char *testers = record_text(d, "testers");
    int64_t tester, sampler;
    while (sampling_staff_next(&testers, &tester))
        for (const char *took = record_text(sample, "samplers");
             sampling_staff_next(&took, &sampler);)
            if (tester == sampler)
                return qn_fail(err, QN_DENIED, "sampling.self-test", "");
    for (const char *p = record_text(sample, "samplers"); *p;) { /* nor writes it down */
        const char *name = p + strcspn(p, " ;");
        size_t n = strcspn(name += *name == ' ', ";");
        if (n && n == strlen(d->by) && memcmp(name, d->by, n) == 0)
            return qn_fail(err, QN_DENIED, "sampling.self-test", "");
        p = name + n + (name[n] == ';');
    }
    return QN_OK;
}

static enum qn_code check_lab_test(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const bool blind = is(d, "mode", "blind");
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_needs(d, blind ? "mark" : "sample", err);
    if (!rc && *record_text(d, blind ? "sample" : "mark"))
        rc = qn_fail(err, QN_DENIED, "sampling.test-of-both", "");
    if (!rc)
        rc = blind ? blind_sample(&sample, d->st, record_number(d, "mark"), err)
                   : record_referred(&sample, d, "sample", err);
    if (!rc && !is(&sample, "outcome", "sampled"))
        rc = qn_fail(err, QN_DENIED, "sampling.nothing-taken", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && !blind && !is(&sample, "sampled_on", record_text(d, "started_on")))
        rc = qn_fail(err, QN_DENIED, "sampling.not-on-site", "value=%s|on=%s",
                     record_text(d, "started_on"), record_text(&sample, "sampled_on"));
    if (!rc)
        rc = sampling_ask(
            n, d->st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_TEST_SAME,
                                   .n = {record_number(d, "mark"), blind ? 0 : sample.id, d->id},
                                   .count = 3},
            err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.test-twice", "");
    if (!rc && d->rev > 1)
        rc = not_concluded(d, d->id, err);
    return rc ? rc : check_testers(d, &sample, err);
}

static const struct record_field test_fields[] = {
    {.name = "mode", .kind = FIELD_WORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "blind|on_site"},
    {.name = "mark", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "blind_mark"},
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_FIXED, .of = "sample"},
    {.name = "started_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "testers", .kind = FIELD_STAFF, .flags = FIELD_MUST, .of = "started_on", .least = 1},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_lab_test = {
    .name = "lab_test",
    .table = {"lab_test"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_TESTER,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .find = blind_find_test,
    .nfields = COUNT(test_fields),
    .field = test_fields,
    .check = check_lab_test,
};

/* SPEC sampling-14: "Nothing of a test is written or changed behind its conclusion" */
static enum qn_code check_item(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = not_concluded(d, record_number(d, "test"), err);
    if (!rc)
        rc = sampling_ask(
            n, d->st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_ITEM_SAME,
                                   .n = {record_number(d, "test"), record_number(d, "no"), d->id},
                                   .count = 3},
            err);
    return rc || !n[0]
               ? rc
               : qn_fail(err, QN_CONFLICT, "sampling.item-twice", "value=%s", record_text(d, "no"));
}

static const struct record_field item_fields[] = {
    {.name = "test", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "lab_test"},
    {.name = "no", .kind = FIELD_NUMBER, .flags = FIELD_MUST, .least = 1, .most = 9999},
    {.name = "item", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "requirement", .kind = FIELD_TEXT},
    {.name = "measured", .kind = FIELD_TEXT},
    {.name = "verdict", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "pass|fail|not_applicable"},
};
const struct record_type record_test_item = {
    .name = "test_item",
    .table = {"test_item"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_TESTER,
    .nfields = COUNT(item_fields),
    .field = item_fields,
    .check = check_item,
};

/* SPEC sampling-15: "conforming when items were judged and none fails" */
static enum qn_code check_conclusion(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2]; /* judged, failing */
    const int64_t test = record_number(d, "test");
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "test", err);
    if (!rc)
        rc = not_concluded(d, test, err);
    if (!rc && strcmp(record_text(d, "ended_on"), record_text(&of, "started_on")) < 0)
        rc = qn_fail(err, QN_MALFORMED, "sampling.ended-before", "value=%s|on=%s",
                     record_text(d, "ended_on"), record_text(&of, "started_on"));
    if (!rc)
        rc = sampling_ask(
            n, d->st, &(struct sampling_ask){.sql = SQL_SAMPLING_ITEMS, .n = {test}, .count = 1},
            err);
    if (rc)
        return rc;
    if (is(d, "conclusion", "conforming") && (!n[0] || n[1]))
        return qn_fail(err, QN_DENIED, "sampling.conclusion", "judged=%lld|failing=%lld",
                       (long long)n[0], (long long)n[1]);
    if (is(d, "conclusion", "nonconforming"))
        return n[1] ? record_needs(d, "failed_items", err)
                    : qn_fail(err, QN_DENIED, "sampling.conclusion", "judged=%lld|failing=%lld",
                              (long long)n[0], (long long)n[1]);
    return is(d, "conclusion", "conforming") ? QN_OK : record_needs(d, "note", err);
}

static const struct record_field conclusion_fields[] = {
    {.name = "test", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "lab_test"},
    {.name = "conclusion",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "conforming|nonconforming|testing_terminated|cannot_be_tested"},
    {.name = "ended_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "failed_items", .kind = FIELD_LINES},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_test_conclusion = {
    .name = "test_conclusion",
    .table = {"test_conclusion"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_TESTER,
    .nfields = COUNT(conclusion_fields),
    .field = conclusion_fields,
    .check = check_conclusion,
};

/* SPEC sampling-16: "`conclusion` as in the test of its revealed mark, or of its on-site test" */
static enum qn_code check_report(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    char conclusion[40], ended[11];
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc)
        rc = sampling_tested(conclusion, ended, d->st, record_number(d, "sample"), err);
    if (!rc && !conclusion[0])
        rc = qn_fail(err, QN_DENIED, "sampling.not-tested", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && !is(d, "conclusion", conclusion))
        rc = qn_fail(err, QN_DENIED, "sampling.other-conclusion", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && strcmp(record_text(d, "issued_on"), ended) < 0)
        rc = qn_fail(err, QN_MALFORMED, "sampling.ended-before", "value=%s|on=%s",
                     record_text(d, "issued_on"), ended);
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_REPORT_SAME,
                                                 .n = {record_number(d, "sample"), d->id},
                                                 .count = 2},
                          err);
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_CONFLICT, "sampling.report-twice", "value=%s",
                                 record_text(&sample, "sheet_no"));
}

/* SPEC sampling-33: "is not withdrawn" */
static enum qn_code withdraw_report(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2]; /* services that were received, what its conclusion was used for */
    enum qn_code rc = sampling_ask(n, d->st,
                                   &(struct sampling_ask){.sql = SQL_SAMPLING_REPORT_USED,
                                                          .n = {d->id, record_number(d, "sample")},
                                                          .count = 2},
                                   err);
    if (!rc && (n[0] || n[1]))
        rc = qn_fail(err, QN_DENIED, n[0] ? "sampling.report-served" : "sampling.report-used",
                     "value=%s", record_text(d, "report_no"));
    return rc;
}

static const struct record_field report_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "conclusion",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "conforming|nonconforming"},
    {.name = "report_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "digest", .kind = FIELD_DIGEST, .flags = FIELD_MUST},
    {.name = "issued_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
};
const struct record_type record_test_report = {
    .name = "test_report",
    .table = {"test_report"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_TESTER | ROLE_CUSTODIAN,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .called = "report_no",
    .nfields = COUNT(report_fields),
    .field = report_fields,
    .check = check_report,
    .withdraw = withdraw_report,
};
