#include "node/draw/supplement.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/beacon.h"
#include "node/draw/chain.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* ---- the draw --------------------------------------------------------------------------------------------------- */

/* The main draw that an order of this office follows; 0: none. */
static int64_t main_draw(const struct order_lines *all, const struct qn_order *o)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct order_line *l = &all->at[i];
        if (l->genuine && !l->supp && l->attempt == o->attempt && l->draw_id &&
            slot_key_same(&l->key, &o->slot[0]))
            return l->draw_id;
    }
    return 0;
}

static enum qn_code list_changes(struct draw_job *job, const struct chain *c, struct qn_err *err)
{
    const struct replay *r = &job->r;
    job->changed = calloc(r->pairs.nvisits * QN_ORDER_SLOTS + 1, sizeof(*job->changed));
    if (!job->changed)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < r->pairs.nvisits; i++) {
        size_t object = r->pairs.visit[i].object;
        QN_AUTO(qn_buf) struct qn_buf who = {0};
        enum qn_code rc = chain_visitors(&who, c, object, &r->pairs.visit[i], err);
        if (rc)
            return rc;
        for (size_t t = chain_open_target(c, object, 0); t != CHAIN_NONE;
             t = chain_open_target(c, object, t + 1)) {
            struct draw_change *change = &job->changed[job->nchanged++];
            *change = (struct draw_change){.object = object,
                                           .slot_no = c->target[t].slot_no,
                                           .draw_id = c->draw[c->target[t].draw].r.id};
            qn_text_copy(change->who, sizeof(change->who), qn_buf_span(&who));
        }
    }
    return QN_OK;
}

enum qn_code supplement_compute(struct draw_job *job, struct store *st, const struct ground *g,
                                const struct betas *betas, struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(ground) struct ground ground = {.loaded = false};
    QN_AUTO(chain) struct chain c = {.st = NULL};
    struct qn_draw_keys keys;
    struct chain_draw *d = NULL;
    qn_draw_seed(job->r.seed, betas->n, betas->at);
    qn_draw_keys(&keys, job->r.seed);
    enum qn_code rc = order_list(&all, st, store_self(st)->office, err);
    int64_t of = rc ? 0 : main_draw(&all, &job->order.o);
    if (!rc)
        rc = chain_load(&c, st, store_self(st)->office, of, &all, &ground, err);
    if (!rc)
        rc = chain_draft(&c, &job->order.o, &keys, &d, err);
    if (rc)
        return rc;
    /* SPEC exc-10: "supp = 1 for the first, one more for each further" */
    if (!c.witnessed || !d->repeats || d->strange || !job->order.o.nexc ||
        d->supp_want != job->order.o.supp || c.g->seq != g->seq ||
        strcmp(c.g->log.origin, g->log.origin) != 0)
        return qn_fail(err, QN_DENIED, "exc.supplement", "log=%s|seq=%llu|supp=%u|want=%u",
                       job->order.log.origin, (unsigned long long)job->order.seq, job->order.o.supp,
                       d->supp_want);
    uint8_t seed[32];
    memcpy(seed, job->r.seed, sizeof(seed));
    job->r = d->should;
    d->should = (struct replay){.paired = false};
    memcpy(job->r.seed, seed, sizeof(seed));
    for (size_t i = 0; i < job->r.nlisted; i++) /* the chain ends here, the job goes on */
        job->r.listed[i].id = listing_id(&job->listing, i);
    return list_changes(job, &c, err);
}

/* ---- the order -------------------------------------------------------------------------------------------------- */

struct answer {
    struct store *st;
    struct order_outcomes out;
    size_t cap;
    char today[11];
    const char *beacon; /* as the caller gave it; NULL: none */
    char beacon_source[QN_NAME32], beacon_event[QN_NAME32];
    struct ground ground;
};

static bool is_wanted(const struct order_options *o, const struct order_line *l)
{
    bool named = o->noffice == 0;
    for (unsigned k = 0; k < o->noffice; k++)
        named = named || strcmp(o->office[k], l->drawer) == 0;
    return named && (!o->series || strcmp(o->series, l->key.series) == 0);
}

static struct order_outcome *add_outcome(struct answer *a, const struct order_line *l,
                                         struct qn_err *err)
{
    if (a->out.n == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 16;
        struct order_outcome *more = realloc(a->out.at, a->cap * sizeof(*more));
        if (!more) {
            (void)qn_fail(err, QN_NOMEM, "base.no-memory", "");
            return NULL;
        }
        a->out.at = more;
    }
    struct order_outcome *o = &a->out.at[a->out.n++];
    *o = (struct order_outcome){.level = l->level};
    memcpy(o->slot, l->slots, sizeof(o->slot));
    memcpy(o->drawer, l->drawer, sizeof(o->drawer));
    return o;
}

/* The last supplement of this slot that was given, as far as held here; 0: none. waits: it is not drawn. */
static uint32_t last_supp(const struct order_lines *all, const struct order_line *l, bool *waits)
{
    uint32_t last = 0;
    *waits = false;
    for (size_t i = 0; i < all->n; i++) {
        const struct order_line *o = &all->at[i];
        if (!o->genuine || !o->supp || o->attempt != l->attempt ||
            strcmp(o->drawer, l->drawer) != 0 || !slot_key_same(&o->key, &l->key))
            continue;
        last = o->supp > last ? o->supp : last;
        *waits = *waits || !o->draw_id;
    }
    return last;
}

static int by_line(const void *x, const void *y)
{
    const struct qn_leaf_ref *a = x, *b = y;
    QN_AUTO(qn_buf) struct qn_buf one = {0}, two = {0};
    qn_buf_init(&one, 1024);
    qn_buf_init(&two, 1024);
    qn_put_fmt(&one, "%s %llu ", a->origin, (unsigned long long)a->index);
    qn_put_fmt(&two, "%s %llu ", b->origin, (unsigned long long)b->index);
    return qn_span_cmp(qn_buf_span(&one), qn_buf_span(&two));
}

/* The drawer's log as this office cosigned it: with the exceptions. */
static enum qn_code head_of(struct qn_head_ref *head, struct store *st, const char *office,
                            struct qn_err *err)
{
    struct log log;
    enum qn_code rc = log_of_office(&log, st, office, err);
    if (rc)
        return rc;
    memcpy(head->origin, log.origin, sizeof(head->origin));
    head->size = log.verified;
    return log_root(st, &log, log.verified, head->root, err);
}

static enum qn_code write_supplement(struct answer *a, const struct chain *c, const size_t *open,
                                     size_t n, uint32_t supp, struct order_outcome *out,
                                     struct qn_err *err)
{
    struct qn_order *o = malloc(sizeof(*o));
    struct qn_head_ref head;
    if (!o)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *o = c->draw[0].o.o;
    memcpy(o->parent, store_origin(a->st), sizeof(o->parent));
    o->supp = supp;
    o->nexc = 0;
    /* SPEC exc-10: "It names a beacon if and only if the main order does" */
    if (o->has_beacon) {
        memcpy(o->beacon_source, a->beacon_source, sizeof(o->beacon_source));
        memcpy(o->beacon_event, a->beacon_event, sizeof(o->beacon_event));
    }
    /* What is beyond the limit waits for the next one. */
    for (size_t i = 0; i < n && o->nexc < QN_ORDER_EXC; i++) {
        const struct chain_exc *e = &c->exc[open[i]];
        struct qn_leaf_ref *line = &o->exc[o->nexc++];
        memcpy(line->origin, e->origin, sizeof(line->origin));
        line->index = e->seq;
        memcpy(line->leaf, e->leaf, QN_HASH);
    }
    qsort(o->exc, o->nexc, sizeof(o->exc[0]), by_line);
    memcpy(o->window_from, out->window_from, sizeof(o->window_from));
    memcpy(o->window_to, out->window_to, sizeof(o->window_to));
    randombytes_buf(o->nonce, sizeof(o->nonce));
    enum qn_code rc = head_of(&head, a->st, out->drawer, err);
    if (!rc)
        rc = order_write(a->st, o, out->drawer, &head, &out->seq, err);
    free(o);
    return rc;
}

/* *open: there is something to answer. */
static enum qn_code answer_chain(struct answer *a, const struct order_lines *all,
                                 const struct order_line *l, struct qn_err *err)
{
    QN_AUTO(chain) struct chain c = {.st = NULL};
    struct qn_err why;
    bool needed, waits;
    enum qn_code rc = chain_is_needed(&needed, a->st, l->drawer, all, l->draw_id, err);
    if (rc || !needed)
        return rc;
    rc = chain_load(&c, a->st, l->drawer, l->draw_id, all, &a->ground, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(err, rc, why.id, "%s", why.args);
    size_t *open = rc ? NULL : calloc(c.nexcs + 1, sizeof(*open));
    if (!rc && !open)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    size_t n = rc ? 1 : chain_open(&c, open);
    struct order_outcome *out = n ? add_outcome(a, l, err) : NULL;
    if (!n || !out) {
        free(open);
        return n ? QN_NOMEM : QN_OK;
    }
    int32_t last = slot_last_day(l->window_to, rc ? 0 : c.rules.return_days);
    memcpy(out->window_from, a->today, sizeof(out->window_from));
    if (strcmp(a->today, l->window_to) <= 0)
        memcpy(out->window_to, l->window_to, sizeof(out->window_to));
    else
        wire_day_text(last, out->window_to);
    uint32_t supp = last_supp(all, l, &waits);
    if (rc)
        out->why = why;
    else if (waits)
        rc = qn_fail(&out->why, QN_LATER, "exc.waits", "office=%s|supp=%u", l->drawer, supp);
    /* SPEC exc-10: "the main order's window and return days are not over" */
    else if (wire_day(qn_str(a->today)) > last)
        rc =
            qn_fail(&out->why, QN_DENIED, "exc.over", "office=%s|to=%s", l->drawer, out->window_to);
    else if (c.lost)
        rc = qn_fail(&out->why, QN_UNVERIFIED, "exc.lost", "office=%s", l->drawer);
    else if (c.draw[0].o.o.has_beacon && !a->beacon)
        rc = qn_fail(&out->why, QN_LATER, "exc.beacon", "office=%s", l->drawer);
    else
        rc = write_supplement(a, &c, open, n, supp + 1, out, &out->why);
    out->issued = !rc;
    free(open);
    if (rc != QN_IO && rc != QN_NOMEM)
        return QN_OK;
    if (err)
        *err = out->why;
    return rc;
}

/* What a look depends on: SPEC verdicts-51: "once on one day while no exception and no draw of the child has come" */
static enum qn_code seen_already(bool *out, const struct answer *a, const char *office,
                                 char now[96], char name[40], struct qn_err *err)
{
    char then[96];
    QN_AUTO(query) struct query q = query_start(a->st, SQL_EXCEPTION_NEWEST);
    q_bind_text(&q, office);
    long long exc = 0, draw = 0;
    if (q_step(&q)) {
        exc = (long long)q_int(&q, 0);
        draw = (long long)q_int(&q, 1);
    }
    snprintf(name, 40, "supp-tried.%s", office);
    snprintf(now, 96, "%s %lld %lld", a->today, exc, draw);
    *out = !exc || (store_get(a->st, name, then, sizeof(then)) && strcmp(now, then) == 0);
    return query_end(&q, err);
}

enum qn_code supplement_due(size_t *issued, struct store *st, const char *office,
                            struct qn_err *err)
{
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    struct answer a = {.st = st};
    const struct order_options o = {.office = &office, .noffice = 1};
    char now[96], name[40];
    bool seen;
    *issued = 0;
    clock_today(st, a.today);
    enum qn_code rc = seen_already(&seen, &a, office, now, name, err);
    if (rc || seen)
        return rc;
    rc = supplement_issue(&all, st, &o, err);
    for (size_t i = 0; !rc && i < all.n; i++)
        *issued += all.at[i].issued;
    return rc ? rc : store_set(st, name, now, err);
}

enum qn_code supplement_issue(struct order_outcomes *out, struct store *st,
                              const struct order_options *o, struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(order_lines) struct order_lines all = {0};
    struct answer a = {.st = st, .beacon = o->beacon};
    clock_today(st, a.today);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && o->beacon)
        rc = beacon_event_new(a.beacon_source, a.beacon_event, st, o->beacon, err);
    if (!rc)
        rc = order_list(&all, st, NULL, err);
    for (size_t i = 0; !rc && i < all.n; i++) {
        const struct order_line *l = &all.at[i];
        if (l->slot_no == 1 && l->genuine && !l->supp && l->draw_id && l->level == QN_WITNESSED &&
            strcmp(l->parent, store_self(st)->office) == 0 && is_wanted(o, l))
            rc = answer_chain(&a, &all, l, err);
    }
    ground_release(&a.ground);
    if (rc) {
        order_outcomes_free(&a.out);
        return rc;
    }
    *out = a.out;
    return QN_OK;
}
