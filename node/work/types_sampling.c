/* types_sampling.c - product sampling up to the sealed sample: labs and their staff, tasks with products and quotas, the
 * sampling sheet, refusals. SPEC: protocol/spec/sampling.md                                                         */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/work/sampling_ask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is(const struct record_draft *d, const char *field, const char *word)
{
    return strcmp(record_text(d, field), word) == 0;
}

/* ---- labs and their staff ------------------------------------------------------------------------------------------ */

static const struct record_field lab_fields[] = {
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "uscc", .kind = FIELD_TEXT},
    {.name = "cert_no", .kind = FIELD_TEXT},
    {.name = "cert_valid_to", .kind = FIELD_DATE},
};
const struct record_type record_lab = {
    .name = "lab",
    .table = {"lab"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "name",
    .nfields = COUNT(lab_fields),
    .field = lab_fields,
    .withdraw = record_unreferred,
};

static enum qn_code check_lab_person(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const struct sampling_ask same = {.sql = SQL_SAMPLING_STAFF_NO,
                                      .n = {record_number(d, "lab"), d->id},
                                      .count = 2,
                                      .last = record_text(d, "staff_no")};
    enum qn_code rc = sampling_ask(n, d->st, &same, err);
    /* SPEC sampling-2: "A staff number is one person's in a lab" */
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_CONFLICT, "sampling.staff-no", "value=%s",
                                 record_text(d, "staff_no"));
}

static const struct record_field person_fields[] = {
    {.name = "lab", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "lab"},
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "staff_no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "duty", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "sampler|tester|both"},
    {.name = "valid_to", .kind = FIELD_DATE},
};
const struct record_type record_lab_person = {
    .name = "lab_person",
    .table = {"lab_person"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .called = "staff_no",
    .within = "lab",
    .shown_to = ROLE_SAMPLER | ROLE_TESTER,
    .nfields = COUNT(person_fields),
    .field = person_fields,
    .check = check_lab_person,
};

/* ---- tasks --------------------------------------------------------------------------------------------------------- */

/* SPEC sampling-3: "`scheme_filing` and `rules_filing`, each of its kind" */
static enum qn_code check_filing_of(const struct record_draft *d, const char *field,
                                    const char *kind, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft filing = {0};
    if (!*record_text(d, field))
        return QN_OK;
    enum qn_code rc = record_referred(&filing, d, field, err);
    if (!rc && !is(&filing, "subject_kind", kind))
        rc = qn_fail(err, QN_DENIED, "sampling.other-filing", "field=sampling_task.%s|value=%s",
                     field, record_text(d, field));
    /* SPEC sampling-3: "of the rules that the task names, where both say their digest" */
    if (!rc && strcmp(kind, "rules") == 0 && *record_text(&filing, "document") &&
        *record_text(d, "rules_digest") &&
        strcmp(record_text(&filing, "document"), record_text(d, "rules_digest")) != 0)
        rc = qn_fail(err, QN_DENIED, "sampling.other-rules", "value=%.16s|filed=%.16s",
                     record_text(d, "rules_digest"), record_text(&filing, "document"));
    return rc;
}

/* The days of a task to object, as a revision of it says. */
static int64_t days_of(const char *days)
{
    const int64_t n = *days ? strtoll(days, NULL, 10) : 0;
    return n >= 1 && n <= SAMPLING_OBJECTION_MAX ? n : SAMPLING_OBJECTION_DAYS;
}

/* SPEC sampling-32: "are never fewer once a report was sent to a party or producer" */
static enum qn_code check_not_shorter(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const int64_t was = days_of(record_was(d, "objection_days")),
                  now = days_of(record_text(d, "objection_days"));
    if (d->rev == 1 || now >= was)
        return QN_OK;
    enum qn_code rc = sampling_ask(
        n, d->st, &(struct sampling_ask){.sql = SQL_SAMPLING_TASK_SERVED, .n = {d->id}, .count = 1},
        err);
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_DENIED, "sampling.objection-shorter",
                                 "was=%lld|value=%lld|reports=%lld", (long long)was, (long long)now,
                                 (long long)n[0]);
}

static enum qn_code check_task(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc =
        *record_text(d, "scheme_approval") ? record_needs(d, "scheme_approved_on", err) : QN_OK;
    if (!rc)
        rc = check_filing_of(d, "scheme_filing", "scheme", err);
    if (!rc)
        rc = check_filing_of(d, "rules_filing", "rules", err);
    if (!rc)
        rc = check_not_shorter(d, err);
    return rc ? rc : record_in_order(d, "issued_on", "service_until", err);
}

static const struct record_field task_fields[] = {
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "issued_on", .kind = FIELD_DATE},
    {.name = "scope", .kind = FIELD_LINES},
    {.name = "scheme_approval", .kind = FIELD_TEXT},
    {.name = "scheme_approved_on", .kind = FIELD_DATE},
    {.name = "scheme_filing", .kind = FIELD_RECORD, .of = "filing"},
    {.name = "rules_filing", .kind = FIELD_RECORD, .of = "filing"},
    {.name = "rules_title", .kind = FIELD_TEXT},
    {.name = "rules_digest", .kind = FIELD_DIGEST},
    {.name = "rules_published_on", .kind = FIELD_DATE},
    {.name = "service_until", .kind = FIELD_DATE},
    {.name = "ecqs_until", .kind = FIELD_DATE},
    {.name = "report_until", .kind = FIELD_DATE},
    {.name = "objection_days", .kind = FIELD_NUMBER, .least = 1, .most = SAMPLING_OBJECTION_MAX},
};
const struct record_type record_sampling_task = {
    .name = "sampling_task",
    .table = {"sampling_task"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "doc_no",
    .nfields = COUNT(task_fields),
    .field = task_fields,
    .check = check_task,
    .withdraw = record_unreferred,
};

static enum qn_code check_product(const struct record_draft *d, struct qn_err *err)
{
    int64_t given[2];
    const struct sampling_ask sum = {
        .sql = SQL_SAMPLING_PRODUCT_GIVEN, .n = {d->id, 0}, .count = 2};
    if (d->rev == 1)
        return QN_OK;
    enum qn_code rc = sampling_ask(given, d->st, &sum, err);
    return rc || given[0] <= record_number(d, "batches")
               ? rc
               : qn_fail(err, QN_DENIED, "sampling.product-given", "have=%lld|batches=%s",
                         (long long)given[0], record_text(d, "batches"));
}

static const struct record_field product_fields[] = {
    {.name = "task",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_task"},
    {.name = "no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "category", .kind = FIELD_TEXT},
    {.name = "name", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "batches", .kind = FIELD_NUMBER, .flags = FIELD_MUST, .least = 1, .most = 1000000},
    {.name = "scope", .kind = FIELD_TEXT},
};
const struct record_type record_sampling_product = {
    .name = "sampling_product",
    .table = {"sampling_product"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .called = "name",
    .within = "task",
    .nfields = COUNT(product_fields),
    .field = product_fields,
    .check = check_product,
    .withdraw = record_unreferred,
};

static enum qn_code check_quota(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const int64_t product = record_number(d, "product"), lab = record_number(d, "lab"),
                  batches = record_number(d, "batches");
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "product", err);
    if (!rc && record_number(&of, "task") != record_number(d, "task"))
        rc = qn_fail(err, QN_DENIED, "sampling.other-task", "value=%s", record_text(&of, "name"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_QUOTA_SAME,
                                                 .n = {product, lab, d->id},
                                                 .count = 3},
                          err);
    if (!rc && n[0])
        rc =
            qn_fail(err, QN_CONFLICT, "sampling.quota-twice", "value=%s", record_text(&of, "name"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){
                              .sql = SQL_SAMPLING_PRODUCT_GIVEN, .n = {product, d->id}, .count = 2},
                          err);
    /* SPEC sampling-1: "The quotas of a product are together never more than its batches" */
    if (!rc && n[0] + batches > record_number(&of, "batches"))
        rc = qn_fail(err, QN_DENIED, "sampling.quota-sum", "value=%s|have=%lld|batches=%lld",
                     record_text(&of, "name"), (long long)(n[0] + batches),
                     (long long)record_number(&of, "batches"));
    if (!rc)
        rc = sampling_ask(
            n, d->st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_USED, .n = {product, lab, 0}, .count = 3},
            err);
    if (!rc && n[0] > batches)
        rc = qn_fail(err, QN_DENIED, "sampling.quota-used", "have=%lld|batches=%lld",
                     (long long)n[0], (long long)batches);
    return rc;
}

/* SPEC sampling-35: "nor a quota while a sheet uses a batch of it" */
static enum qn_code withdraw_quota(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = sampling_ask(
        n, d->st,
        &(struct sampling_ask){.sql = SQL_SAMPLING_USED,
                               .n = {record_number(d, "product"), record_number(d, "lab"), 0},
                               .count = 3},
        err);
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_DENIED, "sampling.quota-used", "have=%lld|batches=0",
                                 (long long)n[0]);
}

static const struct record_field quota_fields[] = {
    {.name = "task",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_task"},
    {.name = "product",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_product"},
    {.name = "sampling_lab", .kind = FIELD_RECORD, .flags = FIELD_MUST, .of = "lab"},
    {.name = "lab", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "lab"},
    {.name = "batches", .kind = FIELD_NUMBER, .flags = FIELD_MUST, .least = 1, .most = 1000000},
    {.name = "basis", .kind = FIELD_TEXT},
};
const struct record_type record_sampling_quota = {
    .name = "sampling_quota",
    .table = {"sampling_quota"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(quota_fields),
    .field = quota_fields,
    .check = check_quota,
    .withdraw = withdraw_quota,
};

/* ---- the sampling sheet -------------------------------------------------------------------------------------------- */

#define PAPERS "notice|identity|authority"
#define COPIES "notice|sheet|sealing"

/* SPEC sampling-3: "by which the office above approved them" */
static enum qn_code check_approved(const struct record_draft *task, const char *field,
                                   const char *parent, const char *day, struct qn_err *err)
{
    const struct qn_cert *self = store_self(task->st);
    char on[11];
    if (!*record_text(task, field))
        return qn_fail(err, QN_DENIED, "sampling.not-filed", "field=sampling_task.%s|value=%s",
                       field, record_text(task, "doc_no"));
    QN_AUTO(query) struct query q = query_start(task->st, SQL_SAMPLING_APPROVED);
    q_bind_text(&q, self ? self->office : "");
    q_bind_text(&q, parent);
    q_bind_int(&q, record_number(task, field));
    snprintf(on, sizeof(on), "%s", q_step(&q) ? q_text(&q, 0) : "");
    enum qn_code rc = query_end(&q, err);
    if (rc || (*on && strcmp(day, on) >= 0))
        return rc;
    if (!*on)
        return qn_fail(err, QN_DENIED, "sampling.not-answered",
                       "field=sampling_task.%s|value=%s|office=%s", field, record_text(task, field),
                       parent);
    return qn_fail(err, QN_DENIED, "sampling.approved-later",
                   "field=sampling_task.%s|value=%s|office=%s|on=%s|approved=%s", field,
                   record_text(task, field), parent, day, on);
}

/* SPEC sampling-3: "No sheet is of a day before" */
static enum qn_code check_allowed(const struct record_draft *d, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    char parent[QN_CODE_MAX + 1];
    const char *day = record_text(d, "sampled_on");
    QN_AUTO(record_draft) struct record_draft task = {0};
    enum qn_code rc = record_referred(&task, d, "task", err);
    if (rc)
        return rc;
    const char *approved = record_text(&task, "scheme_approved_on"),
               *published = record_text(&task, "rules_published_on");
    const bool above = self && tree_parent(d->st, self->office, parent);
    if (above) {
        rc = check_approved(&task, "scheme_filing", parent, day, err);
        if (!rc)
            rc = check_approved(&task, "rules_filing", parent, day, err);
        if (rc)
            return rc;
    } else if (!*approved || strcmp(day, approved) < 0)
        return qn_fail(err, QN_DENIED, "sampling.not-approved", "value=%s|on=%s",
                       record_text(&task, "doc_no"), day);
    if (!*published || strcmp(day, published) < 0)
        return qn_fail(err, QN_DENIED, "sampling.rules-not-public", "value=%s|on=%s",
                       record_text(&task, "doc_no"), day);
    return QN_OK;
}

/* SPEC sampling-5: "never beyond the lab's quota" */
static enum qn_code check_share(const struct record_draft *d, struct qn_err *err)
{
    int64_t quota[2], used[2];
    const int64_t product = record_number(d, "product"), lab = record_number(d, "lab");
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "product", err);
    if (!rc && record_number(&of, "task") != record_number(d, "task"))
        rc = qn_fail(err, QN_DENIED, "sampling.other-task", "value=%s", record_text(&of, "name"));
    if (!rc)
        rc = sampling_ask(
            quota, d->st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_QUOTA, .n = {product, lab}, .count = 2},
            err);
    if (!rc && !quota[0])
        rc = qn_fail(err, QN_DENIED, "sampling.no-quota", "value=%s", record_text(&of, "name"));
    if (!rc)
        rc = sampling_ask(used, d->st,
                          &(struct sampling_ask){
                              .sql = SQL_SAMPLING_USED, .n = {product, lab, d->id}, .count = 3},
                          err);
    if (!rc && (is(d, "outcome", "sampled") || is(d, "outcome", "refused")) && used[0] >= quota[0])
        rc = qn_fail(err, QN_DENIED, "sampling.quota-full", "value=%s|batches=%lld",
                     record_text(&of, "name"), (long long)quota[0]);
    return rc ? rc : sampling_staff(d, "samplers", quota[1], "sampler", err);
}

/* SPEC sampling-6: "one batch of a product and two batches in all" */
static enum qn_code check_burden(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = sampling_ask(
        n, d->st,
        &(struct sampling_ask){.sql = SQL_SAMPLING_OF_PARTY,
                               .text = record_text(d, "party"),
                               .n = {record_number(d, "task"), record_number(d, "product"), d->id},
                               .count = 3,
                               .last = record_text(d, "party_uscc")},
        err);
    if (rc || *record_text(d, "extra_reason"))
        return rc;
    if (n[1] >= 1)
        return qn_fail(err, QN_DENIED, "sampling.same-product", "value=%s",
                       record_text(d, "party"));
    return n[0] < 2 ? QN_OK
                    : qn_fail(err, QN_DENIED, "sampling.third-batch", "value=%s|have=%lld",
                              record_text(d, "party"), (long long)n[0]);
}

/* SPEC sampling-7: "A sheet of a taken sample has" */
static enum qn_code check_taken(const struct record_draft *d, struct qn_err *err)
{
    static const char *const needed[] = {
        "place",        "producer",        "batch_no",      "quantity",    "stock",
        "price",        "price_basis",     "papers",        "photo_place", "photo_storage",
        "photo_label",  "photo_stock",     "photo_process", "test_seal",   "backup_seal",
        "backup_place", "party_signature", "copies_left"};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < COUNT(needed); i++)
        rc = record_needs(d, needed[i], err);
    if (!rc && strcmp(record_text(d, "papers"), "notice,identity,authority") != 0)
        rc = qn_fail(err, QN_DENIED, "sampling.papers", "value=%s", record_text(d, "papers"));
    if (!rc && strcmp(record_text(d, "test_seal"), record_text(d, "backup_seal")) == 0)
        rc = qn_fail(err, QN_DENIED, "sampling.one-seal", "value=%s", record_text(d, "test_seal"));
    if (!rc && is(d, "backup_place", "party"))
        rc = record_needs(d, "backup_approval", err);
    if (!rc && is(d, "party_signature", "refused"))
        rc = record_needs(d, "note", err);
    if (!rc && strncmp(record_text(d, "copies_left"), "notice,sheet", 12) != 0)
        rc = qn_fail(err, QN_DENIED, "sampling.copies", "value=%s", record_text(d, "copies_left"));
    if (!rc && is(d, "backup_place", "party") && !strstr(record_text(d, "copies_left"), "sealing"))
        rc = qn_fail(err, QN_DENIED, "sampling.copies", "value=%s", record_text(d, "copies_left"));
    return rc ? rc : check_burden(d, err);
}

/* SPEC sampling-8: "Any other sheet says in `note` what happened, and has no seals" */
static enum qn_code check_not_taken(const struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = record_needs(d, "note", err);
    return rc || !(*record_text(d, "test_seal") || *record_text(d, "backup_seal"))
               ? rc
               : qn_fail(err, QN_DENIED, "sampling.seal-of-nothing", "value=%s",
                         record_text(d, "sheet_no"));
}

/* SPEC sampling-30: "outcome, lab, day, samplers, party and seals stay as they were" */
static enum qn_code check_bound(const struct record_draft *d, struct qn_err *err)
{
    static const char *const kept[] = {"outcome", "lab",        "sampled_on", "samplers",
                                       "party",   "party_uscc", "test_seal",  "backup_seal"};
    int64_t n[2] = {0};
    enum qn_code rc =
        d->rev > 1
            ? sampling_ask(
                  n, d->st,
                  &(struct sampling_ask){.sql = SQL_SAMPLING_BOUND, .n = {d->id}, .count = 1}, err)
            : QN_OK;
    for (size_t i = 0; !rc && n[0] && i < COUNT(kept); i++)
        if (strcmp(record_text(d, kept[i]), record_was(d, kept[i])) != 0)
            rc = qn_fail(err, QN_DENIED, "sampling.bound", "field=sample.%s|value=%s", kept[i],
                         record_text(d, "sheet_no"));
    return rc;
}

static enum qn_code check_sample(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = check_bound(d, err);
    if (!rc)
        rc = check_allowed(d, err);
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_SHEET,
                                                 .text = record_text(d, "sheet_no"),
                                                 .n = {d->id},
                                                 .count = 1},
                          err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.sheet-twice", "value=%s",
                     record_text(d, "sheet_no"));
    if (!rc)
        rc = check_share(d, err);
    if (!rc)
        rc = record_in_order(d, "sampled_on", "shipped_on", err);
    if (rc)
        return rc;
    return is(d, "outcome", "sampled") ? check_taken(d, err) : check_not_taken(d, err);
}

static const struct record_field sample_fields[] = {
    {.name = "task",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_task"},
    {.name = "product",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_product"},
    {.name = "lab", .kind = FIELD_RECORD, .flags = FIELD_MUST, .of = "lab"},
    {.name = "sheet_no", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "county", .kind = FIELD_OFFICE, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "outcome",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "sampled|refused|none_available|terminated"},
    {.name = "stage", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "production|circulation"},
    {.name = "sampled_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "place", .kind = FIELD_TEXT},
    {.name = "party", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "party_uscc", .kind = FIELD_TEXT},
    {.name = "producer", .kind = FIELD_TEXT},
    {.name = "model", .kind = FIELD_TEXT},
    {.name = "trademark", .kind = FIELD_TEXT},
    {.name = "batch_no", .kind = FIELD_TEXT},
    {.name = "quantity", .kind = FIELD_TEXT},
    {.name = "stock", .kind = FIELD_TEXT},
    {.name = "price", .kind = FIELD_TEXT},
    {.name = "price_basis", .kind = FIELD_WORD, .of = "marked|market"},
    {.name = "samplers", .kind = FIELD_STAFF, .flags = FIELD_MUST, .of = "sampled_on", .least = 2},
    {.name = "papers", .kind = FIELD_WORD, .flags = FIELD_MANY, .of = PAPERS},
    {.name = "photo_place", .kind = FIELD_DIGEST},
    {.name = "photo_storage", .kind = FIELD_DIGEST},
    {.name = "photo_label", .kind = FIELD_DIGEST},
    {.name = "photo_stock", .kind = FIELD_DIGEST},
    {.name = "photo_process", .kind = FIELD_DIGEST},
    {.name = "test_seal", .kind = FIELD_TEXT},
    {.name = "backup_seal", .kind = FIELD_TEXT},
    {.name = "backup_place", .kind = FIELD_WORD, .of = "lab|party"},
    {.name = "backup_approval", .kind = FIELD_TEXT},
    {.name = "party_signature", .kind = FIELD_WORD, .of = "signed|refused"},
    {.name = "witness", .kind = FIELD_TEXT},
    {.name = "copies_left", .kind = FIELD_WORD, .flags = FIELD_MANY, .of = COPIES},
    {.name = "extra_reason", .kind = FIELD_TEXT},
    {.name = "shipped_on", .kind = FIELD_DATE, .flags = FIELD_DONE},
    {.name = "waybill", .kind = FIELD_TEXT},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_sample = {
    .name = "sample",
    .table = {"sample"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_SAMPLER,
    .reach = REACH_FIELD,
    .reach_field = "county",
    .called = "sheet_no",
    .nfields = COUNT(sample_fields),
    .field = sample_fields,
    .check = check_sample,
    .state = sampling_state,
};

/* ---- refusals ------------------------------------------------------------------------------------------------------ */

static enum qn_code check_determination(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc && !is(&sample, "outcome", "refused"))
        rc = qn_fail(err, QN_DENIED, "sampling.not-refused", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc && strcmp(record_text(d, "determined_on"), record_text(&sample, "sampled_on")) < 0)
        rc = qn_fail(err, QN_MALFORMED, "sampling.before-sampling", "value=%s|on=%s",
                     record_text(d, "determined_on"), record_text(&sample, "sampled_on"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_REFUSAL_SAME,
                                                 .n = {record_number(d, "sample"), d->id},
                                                 .count = 2},
                          err);
    return rc || !n[0] ? rc
                       : qn_fail(err, QN_CONFLICT, "sampling.refusal-twice", "value=%s",
                                 record_text(&sample, "sheet_no"));
}

static const struct record_field determination_fields[] = {
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "facts", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "determined_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
};
const struct record_type record_refusal_determination = {
    .name = "refusal_determination",
    .table = {"refusal_determination"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_SAMPLER | ROLE_FOLLOW_UP | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "sample.county",
    .called = "doc_no",
    .nfields = COUNT(determination_fields),
    .field = determination_fields,
    .check = check_determination,
};

/* SPEC sampling-9: "Only the county office of the sheet co-signs" */
static enum qn_code check_cosign(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const struct qn_cert *self = store_self(d->st);
    char office[QN_CODE_MAX + 1];
    int64_t id;
    QN_AUTO(record_draft) struct record_draft of = {0};
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&of, d, "determination", err);
    if (!rc)
        rc = record_referred(&sample, &of, "sample", err);
    if (!rc && (!self || strcmp(record_text(&sample, "county"), self->office) != 0))
        rc = qn_fail(err, QN_DENIED, "sampling.not-the-county", "value=%s",
                     record_text(&sample, "county"));
    if (!rc)
        rc = record_name(record_text(d, "determination"), d->st, office, &id, err);
    if (!rc)
        rc = sampling_ask(
            n, d->st,
            &(struct sampling_ask){
                .sql = SQL_SAMPLING_COSIGN_SAME, .text = office, .n = {id, d->id}, .count = 2},
            err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.cosign-twice", "value=%s",
                     record_text(&of, "doc_no"));
    if (!rc && is(d, "outcome", "disputed"))
        rc = record_needs(d, "note", err);
    return rc;
}

static const struct record_field cosign_fields[] = {
    {.name = "determination",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "refusal_determination"},
    {.name = "outcome", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "agreed|disputed"},
    {.name = "cosigned_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "note", .kind = FIELD_LINES},
};
const struct record_type record_refusal_cosign = {
    .name = "refusal_cosign",
    .table = {"refusal_cosign"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_FOLLOW_UP | ROLE_INSPECTOR | ROLE_HEAD,
    .reach = REACH_FIELD,
    .reach_field = "determination",
    .nfields = COUNT(cosign_fields),
    .field = cosign_fields,
    .check = check_cosign,
};
