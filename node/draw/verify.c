#include "node/draw/verify.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

void facts_release(struct facts *x)
{
    order_release(&x->order);
    order_rules_release(&x->rules);
    listing_release(&x->listing);
    replay_release(&x->replay);
    for (size_t i = 0; x->visits && i < x->chain.ndraws; i++)
        visits_release(&x->visits[i]);
    free(x->visits);
    chain_release(&x->chain);
}

/* ---- one draw ------------------------------------------------------------------------------------------------------- */

static void malformed(struct facts *x, const char *why)
{
    struct finding *f =
        findings_add(x->f, V_DRAW_MALFORMED, x->r->log.origin, x->r->seq, x->r->leaf);
    finding_put(x->f, f, "why", "%s", why);
}

/* A text that is no draw result, or that is not about this entry, cannot be judged further. */
static bool is_readable(struct facts *x)
{
    const struct record *r = x->r;
    if (!r->res)
        malformed(x, r->why.id);
    else if (strcmp(r->res->origin, r->log.origin) != 0)
        malformed(x, r->res->origin);
    else if (strcmp(r->res->order.origin, r->order_origin) != 0 ||
             r->res->order.index != r->order_seq)
        malformed(x, r->order_origin);
    else
        return true;
    return false;
}

static enum qn_code run_checks(struct facts *x)
{
    static enum qn_code (*const check[])(struct facts *) = {
        verify_order,  verify_plan, verify_key,    verify_list,  verify_beacon,   verify_freeze,
        verify_roster, verify_draw, verify_visits, verify_chain, verify_forgotten};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(check) / sizeof(check[0]); i++)
        rc = check[i](x);
    return rc;
}

static void skip_rest(struct findings *f, const char *why)
{
    for (int c = 0; c < V_CODES; c++)
        if (f->state[c] == CHECK_OPEN)
            findings_skip(f, (enum verdict_code)c, why);
}

static void facts_auto(struct facts *x)
{
    facts_release(x);
}

static enum qn_code judge(void *ctx, const struct record *r, struct qn_err *err)
{
    struct verify *v = ctx;
    QN_AUTO(facts) struct facts x = {.v = v, .r = r};
    x.to = verify_add(v, r->rival ? VERDICT_RIVAL : VERDICT_DRAW, r->log.office);
    if (!x.to)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    x.f = &x.to->f;
    x.to->draw_id = r->id;
    x.to->seq = r->seq;
    memcpy(x.to->origin, r->log.origin, sizeof(x.to->origin));
    memcpy(x.to->leaf, r->leaf, QN_HASH);
    draw_name(x.to->draw, r->log.office, r->id);
    enum qn_code rc = store_goes_on(v->st, err);
    if (rc)
        return rc;
    if (!tree_orderer(v->st, r->log.office, x.parent)) {
        skip_rest(x.f, "verdict.skip.order"); /* an office that is not known here */
    } else if (!is_readable(&x)) {
        if (r->rival) {
            struct finding *f = findings_add(x.f, V_LOG_FORK, r->log.origin, r->seq, r->leaf);
            finding_put(x.f, f, "log", "%s", r->log.origin);
            finding_put(x.f, f, "seq", "%llu", (unsigned long long)r->seq);
        }
        skip_rest(x.f, "verdict.skip.malformed");
    } else {
        rc = run_checks(&x);
        if (!rc && v->watch && v->watch->draw && !r->rival && x.replay.paired) {
            struct qn_roster roster = replay_roster(&x.replay, &v->ground.roster.r);
            rc = v->watch->draw(v->watch->ctx, x.to, &x.replay, &roster, err);
        }
    }
    if (!rc)
        rc = findings_finish(x.f, err);
    if (rc)
        return rc;
    findings_count(&v->out->checks, x.f);
    if (!r->rival) {
        v->out->draws++;
        /* SPEC verdicts-41: "is neither clean nor disputed" */
        bool forgotten = x.f->n == 0 && findings_forgotten(x.f);
        v->out->forgotten += forgotten;
        v->out->clean += x.f->n == 0 && x.to->has_order && !forgotten;
    }
    return QN_OK;
}

static enum qn_code judge_draw(struct verify *v, const char *office, int64_t draw_id)
{
    QN_AUTO(record) struct record r = {.rival = false};
    enum qn_code rc = record_read(&r, v->st, office, draw_id, v->err);
    return rc ? rc : judge(v, &r, v->err);
}

/* ---- offices -------------------------------------------------------------------------------------------------------------- */

struct ids {
    int64_t *at;
    size_t n, cap;
};
static void ids_auto(struct ids *l)
{
    free(l->at);
}

static enum qn_code draws_of(struct ids *out, struct verify *v, const char *office, int64_t only)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_RESULTS_OF_OFFICE);
    q_bind_text(&q, office);
    while (q_step(&q)) {
        if (only && q_int(&q, 0) != only)
            continue;
        if (out->n == out->cap) {
            size_t cap = out->cap ? out->cap * 2 : 64;
            int64_t *more = realloc(out->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
            out->at = more;
            out->cap = cap;
        }
        out->at[out->n++] = q_int(&q, 0);
    }
    return query_end(&q, v->err);
}

struct only {
    struct verify *v;
    int64_t draw_id; /* 0: all */
};

static enum qn_code judge_rival(void *ctx, const struct record *r, struct qn_err *err)
{
    struct only *o = ctx;
    return o->draw_id && o->draw_id != r->id ? QN_OK : judge(o->v, r, err);
}

static enum qn_code rivals_of(struct verify *v, const char *office, int64_t only)
{
    QN_AUTO(ids) struct ids epochs = {0};
    struct only o = {v, only};
    {
        QN_AUTO(query) struct query q = query_start(v->st, SQL_LOGS_WITH_RIVALS);
        q_bind_text(&q, office);
        while (q_step(&q)) {
            int64_t *more = realloc(epochs.at, (epochs.n + 1) * sizeof(*more));
            if (!more)
                return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
            epochs.at = more;
            epochs.at[epochs.n++] = q_int(&q, 0);
        }
        enum qn_code rc = query_end(&q, v->err);
        if (rc)
            return rc;
    }
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < epochs.n; i++) {
        char origin[QN_ORIGIN_MAX + 1] = "";
        struct log log;
        {
            QN_AUTO(query) struct query q = query_start(v->st, SQL_LOG_OF_EPOCH);
            q_bind_text(&q, office);
            q_bind_int(&q, epochs.at[i]);
            if (q_step(&q))
                qn_text_copy(origin, sizeof(origin), q_span(&q, 0));
        }
        rc = log_find(&log, v->st, origin, v->err);
        if (!rc)
            rc = record_rivals(v->st, &log, judge_rival, &o, v->err);
    }
    return rc;
}

enum qn_code verify_office(struct verify *v, const char *office, int64_t only)
{
    QN_AUTO(ids) struct ids draws = {0};
    enum qn_code rc = draws_of(&draws, v, office, only);
    if (!rc && draws.n)
        qn_say(v->report, "verify.progress", "office=%s|draws=%zu", office, draws.n);
    for (size_t i = 0; !rc && i < draws.n; i++)
        rc = judge_draw(v, office, draws.at[i]);
    if (!rc)
        rc = rivals_of(v, office, only);
    return rc ? rc : store_goes_on(v->st, v->err);
}

static void offices_auto(struct verify_offices *o)
{
    free(o->code);
}

/* This office and all below it, as far as their certificates are known. */
static enum qn_code all_offices(struct verify_offices *out, struct verify *v)
{
    const char *self = store_self(v->st)->office;
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_CERT_OFFICES);
    while (q_step(&q)) {
        if (out->n == cap) {
            cap = cap ? cap * 2 : 64;
            void *more = realloc(out->code, cap * sizeof(*out->code));
            if (!more)
                return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
            out->code = more;
        }
        out->n += qn_text_copy(out->code[out->n], sizeof(out->code[0]), q_span(&q, 0));
    }
    enum qn_code rc = query_end(&q, v->err);
    size_t kept = 0;
    for (size_t i = 0; !rc && i < out->n; i++)
        if (strcmp(out->code[i], self) == 0 || tree_is_above(v->st, self, out->code[i]))
            memmove(out->code[kept++], out->code[i], sizeof(out->code[0]));
    out->n = kept;
    return rc;
}

static enum qn_code check_scope(struct store *st, const char *office, int64_t draw_id,
                                struct qn_err *err)
{
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    const char *self = store_self(st)->office;
    if (office && strcmp(office, self) != 0 && !tree_is_above(st, self, office))
        return qn_fail(err, QN_DENIED, "verify.not-below", "office=%s|self=%s", office, self);
    if (!draw_id)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_RESULT_GET);
    q_bind_text(&q, office);
    q_bind_int(&q, draw_id);
    bool found = q_step(&q);
    char name[DRAW_NAME_MAX];
    draw_name(name, office, draw_id);
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "draw.unknown", "draw=%s", name);
}

/* SPEC verdicts-20: "Any other row of `draw_order` is no order" */
static enum qn_code split_orders(struct verify *v)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    enum qn_code rc = order_list_all(&all, v->st, v->err);
    if (rc || !all.n)
        return rc;
    v->forged.at = calloc(all.n, sizeof(*all.at));
    if (!v->forged.at)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    size_t kept = 0;
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].genuine)
            all.at[kept++] = all.at[i];
        else
            v->forged.at[v->forged.n++] = all.at[i];
    v->orders = (struct order_lines){all.at, kept};
    all = (struct order_lines){0};
    return QN_OK;
}

enum qn_code verify_run(struct verify_result *out, struct store *st, const char *office,
                        int64_t draw_id, const struct qn_report *report, struct qn_err *err)
{
    return verify_watched(out, st, office, draw_id, NULL, report, err);
}

enum qn_code verify_watched(struct verify_result *out, struct store *st, const char *office,
                            int64_t draw_id, const struct verify_watch *watch,
                            const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(verify) struct verify_result made = {.at = NULL};
    QN_AUTO(offices) struct verify_offices offices = {.n = 0};
    struct verify v = {.st = st, .report = report, .out = &made, .watch = watch, .err = err};
    char today[11];
    clock_today(st, today);
    v.today = wire_day(qn_str(today));
    enum qn_code rc = check_scope(st, office, draw_id, err);
    if (!rc)
        rc = split_orders(&v);
    if (!rc && !office)
        rc = all_offices(&offices, &v);
    unsigned threads = rc || office ? 1 : verify_threads(&v, &offices);
    if (!rc && office)
        rc = verify_office(&v, office, draw_id);
    else if (!rc && threads > 1)
        rc = verify_spread(&v, &offices, threads);
    for (size_t i = 0; !rc && threads == 1 && i < offices.n; i++)
        rc = verify_office(&v, offices.code[i], 0);
    if (!rc && !draw_id)
        rc = verify_missing(&v, office);
    if (!rc && !draw_id)
        rc = verify_rows(&v, office);
    if (!rc && !draw_id)
        rc = verify_sampling(&v, office);
    if (!rc)
        rc = verify_blame(&v);
    if (!rc)
        rc = store_goes_on(st, err);
    order_lines_free(&v.orders);
    order_lines_free(&v.forged);
    ground_release(&v.ground);
    publish_notes_free(v.notes);
    if (rc)
        return rc;
    for (size_t i = 0; i < made.n; i++)
        made.waiting += made.at[i].about == VERDICT_WAITING;
    *out = made;
    made = (struct verify_result){.at = NULL};
    return QN_OK;
}

/* Counts and totals anew, of what is left. */
static void count_again(struct verify_result *r)
{
    r->draws = r->clean = r->waiting = r->forgotten = 0;
    r->checks = (struct findings_totals){.ok = 0};
    for (size_t i = 0; i < r->n; i++) {
        const struct verdict *v = &r->at[i];
        bool forgotten = v->f.n == 0 && findings_forgotten(&v->f);
        r->waiting += v->about == VERDICT_WAITING;
        if (v->about == VERDICT_DRAW || v->about == VERDICT_RIVAL)
            findings_count(&r->checks, &v->f);
        if (v->about != VERDICT_DRAW)
            continue;
        r->draws++;
        r->forgotten += forgotten;
        r->clean += v->f.n == 0 && v->has_order && !forgotten;
    }
}

void verify_keep_plan(struct verify_result *r, const char *plan)
{
    size_t kept = 0, n = strlen(plan);
    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->at[i].slot, plan, n) == 0 && r->at[i].slot[n] == '/')
            r->at[kept++] = r->at[i];
        else
            findings_release(&r->at[i].f);
    r->n = kept;
    count_again(r);
}
