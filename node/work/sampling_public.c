#include "node/work/sampling_public.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/work/sampling_ask.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT_ONCE  500 /* records in one entry: a few hundred kilobytes */

/* ---- the record ------------------------------------------------------------------------------------------------------- */

/* SPEC sampling-28: "and no objection or retest is open" */
static bool is_final(const struct sampling_end *e, const char *today)
{
    char last[11];
    if (!e->reported) /* a refusal: sampling-20 */
        return e->conclusion[0] != 0;
    if (!e->served || e->under_way || e->open || !e->conclusion[0])
        return false;
    wire_day_text(wire_day_after(qn_str(e->last_served), e->days), last);
    return strcmp(last, today) < 0;
}

static enum qn_code check_public(const struct record_draft *d, struct qn_err *err)
{
    struct sampling_end end;
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft sample = {0};
    enum qn_code rc = record_referred(&sample, d, "sample", err);
    if (!rc)
        rc = sampling_end(&end, d->st, record_number(d, "sample"), err);
    if (!rc && !is_final(&end, d->today))
        rc = qn_fail(err, QN_DENIED, "sampling.public-early", "value=%s",
                     record_text(&sample, "sheet_no"));
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_SAMPLING_PUBLIC_SAME,
                                                 .n = {record_number(d, "sample"), d->id},
                                                 .count = 2},
                          err);
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "sampling.public-twice", "value=%s",
                     record_text(&sample, "sheet_no"));
    return rc;
}

static const struct record_field public_fields[] = {
    {.name = "task",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "sampling_task"},
    {.name = "sample", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "sample"},
    {.name = "product", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "model", .kind = FIELD_TEXT},
    {.name = "trademark", .kind = FIELD_TEXT},
    {.name = "batch_no", .kind = FIELD_TEXT},
    {.name = "producer", .kind = FIELD_TEXT},
    {.name = "party", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "party_uscc", .kind = FIELD_TEXT},
    {.name = "stage", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "production|circulation"},
    {.name = "sampled_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "lab", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "report_no", .kind = FIELD_TEXT},
    {.name = "conclusion",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "conforming|nonconforming|refused"},
    {.name = "failed_items", .kind = FIELD_LINES},
    {.name = "published_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
};
const struct record_type record_sample_publication = {
    .name = "sample_publication",
    .table = {"sample_publication"},
    .kind = QN_KIND_PUBLISH,
    .roles = ROLE_REVIEWER | ROLE_HEAD,
    .command = "publish samples",
    .published = true,
    .nfields = COUNT(public_fields),
    .field = public_fields,
    .check = check_public,
};

/* ---- the act ---------------------------------------------------------------------------------------------------------- */

struct publishing {
    struct store *st;
    const char *by, *reason;
    struct act act;
    unsigned open; /* records in the act that is open */
    struct sampling_public *out;
    const struct sampling_rehearsal *only_shown;
    struct qn_err *err;
};

static void show(struct publishing *p, struct query *q, const char *conclusion, bool correction)
{
    p->only_shown->each(p->only_shown->ctx, q_text(q, 1), q_text(q, 2), q_text(q, 7), conclusion,
                        correction);
}

/* The columns of SAMPLING_FACTS in their order; what a sheet leaves empty stays so. */
static const char *const facts[] = {"product",    "model", "trademark",  "batch_no",
                                    "producer",   "party", "party_uscc", "stage",
                                    "sampled_on", "lab",   "report_no",  "failed_items"};

static enum qn_code fill(struct record_draft *d, struct query *q, const char *conclusion,
                         struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < COUNT(facts); i++) {
        /* What a retest or a refusal decides does not fail by an item of the first test. */
        bool none =
            strcmp(facts[i], "failed_items") == 0 && strcmp(conclusion, "nonconforming") != 0;
        rc = record_set(d, facts[i], none ? qn_str("") : q_span(q, (int)i + 2), err);
    }
    return rc ? rc : record_set(d, "conclusion", qn_str(conclusion), err);
}

static bool differs(const struct record_draft *d)
{
    for (size_t i = 0; i < COUNT(facts); i++)
        if (strcmp(record_text(d, facts[i]), record_was(d, facts[i])) != 0)
            return true;
    return strcmp(record_text(d, "conclusion"), record_was(d, "conclusion")) != 0;
}

static enum qn_code write(struct publishing *p, struct record_draft *d)
{
    enum qn_code rc = record_set(d, "published_on", qn_str(d->today), p->err);
    if (!rc && p->open == AT_ONCE) {
        rc = record_commit(&p->act, &record_sample_publication, p->err);
        p->open = 0;
    }
    if (!rc && !p->open)
        rc = record_act(&p->act, p->st, &record_sample_publication, p->by, p->err);
    if (!rc)
        rc = record_put(d, &p->act, p->err);
    p->open++;
    return rc;
}

/* SPEC sampling-29: "the next revision of its record, with its reason" */
static enum qn_code correct(struct publishing *p, struct query *q, int64_t was,
                            const char *conclusion)
{
    char name[80];
    QN_AUTO(record_draft) struct record_draft d = {0};
    record_name_text(name, store_self(p->st)->office, was);
    enum qn_code rc = record_revise(&d, p->st, &record_sample_publication, name, p->by,
                                    p->reason && *p->reason ? p->reason : "-", p->err);
    if (!rc)
        rc = fill(&d, q, conclusion, p->err);
    if (rc || !differs(&d))
        return rc;
    p->out->corrected++;
    if (p->only_shown) {
        show(p, q, conclusion, true);
        return QN_OK;
    }
    if (!p->reason || !*p->reason)
        return qn_fail(p->err, QN_MALFORMED, "sampling.public-reason", "value=%s|was=%s|now=%s",
                       q_text(q, 1), record_was(&d, "conclusion"), conclusion);
    return write(p, &d);
}

static enum qn_code publish(struct publishing *p, struct query *q, const char *task,
                            const char *conclusion)
{
    char name[80];
    p->out->published++;
    if (p->only_shown) {
        show(p, q, conclusion, false);
        return QN_OK;
    }
    QN_AUTO(record_draft) struct record_draft d = {0};
    record_name_text(name, store_self(p->st)->office, q_int(q, 0));
    enum qn_code rc = record_start(&d, p->st, &record_sample_publication, p->by, p->err);
    if (!rc)
        rc = record_set(&d, "task", qn_str(task), p->err);
    if (!rc)
        rc = record_set(&d, "sample", qn_str(name), p->err);
    if (!rc)
        rc = fill(&d, q, conclusion, p->err);
    return rc ? rc : write(p, &d);
}

/* SPEC sampling-34: "only when they say something else" */
static enum qn_code was_withdrawn(bool *out, struct publishing *p, struct query *q, int64_t id,
                                  const char *conclusion)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    *out = false;
    if (!id)
        return QN_OK;
    enum qn_code rc = record_load(&d, p->st, &record_sample_publication, store_self(p->st)->office,
                                  id, 0, p->err);
    memcpy(d.before, d.value, sizeof(d.before));
    if (!rc)
        rc = fill(&d, q, conclusion, p->err);
    *out = !rc && !differs(&d);
    return rc;
}

static enum qn_code each(struct publishing *p, struct query *q, const char *task, const char *today)
{
    struct sampling_end end;
    enum qn_code rc = sampling_end(&end, p->st, q_int(q, 0), p->err);
    if (rc)
        return rc;
    if (!is_final(&end, today)) {
        p->out->waiting += !end.without_report;
        return QN_OK;
    }
    const char *conclusion = end.reported ? end.conclusion : "refused";
    int64_t was = q_int(q, 2 + (int)COUNT(facts));
    bool gone = false;
    if (!was)
        rc = was_withdrawn(&gone, p, q, q_int(q, 3 + (int)COUNT(facts)), conclusion);
    p->out->withdrawn += gone;
    if (rc || gone)
        return rc;
    return was ? correct(p, q, was, conclusion) : publish(p, q, task, conclusion);
}

static enum qn_code run(struct publishing *p, const char *task, int64_t task_id)
{
    char today[11];
    clock_today(p->st, today);
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(p->st, SQL_SAMPLING_FACTS);
    q_bind_text(&q, store_self(p->st)->office);
    q_bind_int(&q, task_id);
    while (!rc && q_step(&q))
        rc = each(p, &q, task, today);
    if (!rc)
        rc = query_end(&q, p->err);
    return rc || !p->open ? rc : record_commit(&p->act, &record_sample_publication, p->err);
}

static enum qn_code publish_task(struct sampling_public *out, struct store *st, const char *task,
                                 const char *by, const char *reason,
                                 const struct sampling_rehearsal *only_shown, struct qn_err *err)
{
    struct sampling_public made = {0};
    char name[80];
    QN_AUTO(record_draft) struct record_draft d = {0};
    QN_AUTO(tx) struct tx tx = {0};
    struct publishing p = {
        .st = st, .by = by, .reason = reason, .out = &made, .only_shown = only_shown, .err = err};
    enum qn_code rc = record_start(&d, st, &record_sample_publication, by, err);
    if (!rc)
        rc = record_set(&d, "task", qn_str(task), err);
    if (rc)
        return rc;
    record_name_text(name, store_self(st)->office, record_number(&d, "task"));
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = run(&p, name, record_number(&d, "task"));
    act_end(&p.act);
    if (!rc && !only_shown)
        rc = tx_commit(&tx, err);
    if (!rc)
        *out = made;
    return rc;
}

enum qn_code sampling_publish(struct sampling_public *out, struct store *st, const char *task,
                              const char *by, const char *reason, struct qn_err *err)
{
    return publish_task(out, st, task, by, reason, NULL, err);
}

/* SPEC sampling-39: "nothing is written, and no reason is asked for" */
enum qn_code sampling_publish_shown(struct sampling_public *out, struct store *st, const char *task,
                                    const char *by, const struct sampling_rehearsal *shown,
                                    struct qn_err *err)
{
    return publish_task(out, st, task, by, NULL, shown, err);
}

enum qn_code sampling_unpublish(struct store *st, const char *task, const char *sheet,
                                const char *by, const char *reason, struct qn_err *err)
{
    char name[80];
    int64_t n[2];
    QN_AUTO(record_draft) struct record_draft at = {0}, d = {0};
    enum qn_code rc = record_start(&at, st, &record_sample_publication, by, err);
    if (!rc && !(reason && *reason))
        rc = qn_fail(err, QN_MALFORMED, "sampling.public-why", "value=%.80s", sheet);
    if (!rc)
        rc = record_set(&at, "task", qn_str(task), err);
    if (!rc)
        rc = record_set(&at, "sample", qn_str(sheet), err);
    if (!rc)
        rc = sampling_ask(
            n, st,
            &(struct sampling_ask){.sql = SQL_SAMPLING_PUBLIC_OF,
                                   .n = {record_number(&at, "task"), record_number(&at, "sample")},
                                   .count = 2},
            err);
    if (!rc && !n[0])
        rc = qn_fail(err, QN_ABSENT, "sampling.not-public", "value=%.80s", sheet);
    if (rc)
        return rc;
    record_name_text(name, store_self(st)->office, n[0]);
    rc = record_revise(&d, st, &record_sample_publication, name, by, reason, err);
    if (!rc)
        rc = record_set(&d, "published_on", qn_str(d.today), err);
    d.withdrawn = true;
    return rc ? rc : record_write(&d, err);
}
