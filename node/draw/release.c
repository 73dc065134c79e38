#include "node/draw/release.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/chain.h"
#include "node/draw/order.h"
#include "node/draw/visits.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "protocol/wire.h"

#define REFS_MAX 4096 /* entries of one draw: ENTRY_ROWS each */

enum qn_code draw_is_released(bool *out, struct store *st, const char *office, const char *origin,
                              uint64_t seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RELEASES_OF);
    q_bind_text(&q, office);
    *out = false;
    while (!*out && q_step(&q)) {
        struct qn_release r = {.part = NULL};
        struct qn_err none;
        if (qn_release_parse(&r, q_span(&q, 1), &none) != QN_OK)
            continue;
        for (size_t i = 0; i < r.nparts && !*out; i++)
            *out = r.part[i].seq == seq && strcmp(r.part[i].origin, origin) == 0;
        qn_release_release(&r);
    }
    return query_end(&q, err);
}

/* ---- which parts ------------------------------------------------------------------------------------------------ */

#define LOGS_MAX 64 /* epochs of one office in which exceptions of one draw were recorded */

struct refs {
    struct release_ref at[REFS_MAX];
    size_t n;
    struct log log[LOGS_MAX]; /* whose origins the refs borrow */
    size_t nlogs;
};

/* Every public part of one entry. */
static enum qn_code add_entry(struct refs *r, struct store *st, const struct log *log, uint64_t seq,
                              struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
        if (e.h.part[i].audience != QN_PUBLIC)
            continue;
        if (r->n == REFS_MAX)
            return qn_fail(err, QN_LIMIT, "release.parts", "max=%d", REFS_MAX);
        r->at[r->n++] =
            (struct release_ref){.origin = log->origin, .seq = seq, .part = (uint16_t)i};
    }
    return rc;
}

/* The draw's own entry, and those in which a long list goes on. */
static enum qn_code add_draw(struct refs *r, struct store *st, const struct record *rec,
                             struct qn_err *err)
{
    enum qn_code rc = add_entry(r, st, &rec->log, rec->seq, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_SELECTED_ENTRIES);
    q_bind_text(&q, rec->log.office);
    q_bind_int(&q, rec->id);
    while (!rc && q_step(&q))
        if ((uint64_t)q_int(&q, 0) != rec->seq)
            rc = add_entry(r, st, &rec->log, (uint64_t)q_int(&q, 0), err);
    return rc ? rc : query_end(&q, err);
}

/* Of its exceptions the reasons. */
static enum qn_code add_exceptions(struct refs *r, struct store *st, const struct record *rec,
                                   struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTIONS);
    q_bind_text(&q, rec->log.office);
    while (!rc && q_step(&q)) {
        size_t at = 0;
        uint16_t epoch, n;
        uint64_t seq;
        if (q_int(&q, 1) != rec->id)
            continue;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        while (at < r->nlogs && r->log[at].epoch != epoch)
            at++;
        if (at == LOGS_MAX)
            return qn_fail(err, QN_LIMIT, "release.parts", "max=%d", REFS_MAX);
        if (at == r->nlogs)
            rc = log_at(&r->log[r->nlogs++], st, rec->log.office, epoch, err);
        if (!rc)
            rc = add_entry(r, st, &r->log[at], seq, err);
    }
    return rc ? rc : query_end(&q, err);
}

static enum qn_code release_parts(struct store *st, const struct record *rec,
                                  const struct order *order, struct qn_err *err)
{
    struct log freeze;
    struct refs *r = calloc(1, sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = add_entry(r, st, &order->log, order->seq, err);
    if (!rc)
        rc = log_find(&freeze, st, rec->res->freeze.origin, err);
    if (!rc)
        rc = add_entry(r, st, &freeze, rec->res->freeze.index, err);
    if (!rc)
        rc = add_draw(r, st, rec, err);
    if (!rc)
        rc = add_exceptions(r, st, rec, err);
    if (!rc)
        rc = release_own(st, duty_of(DUTY_DRAW_RELEASE), NULL, r->at, r->n, err);
    free(r);
    return rc;
}

/* ---- when ---------------------------------------------------------------------------------------------------------- */

/* SPEC exc-20: "when it has a result (verdicts-14), or when it is void and nothing follows" */
static enum qn_code count_chain(struct release_outcome *o, struct store *st,
                                const struct record *rec, const struct order_lines *orders,
                                struct qn_err *err)
{
    QN_AUTO(ground) struct ground ground = {.loaded = false};
    QN_AUTO(chain) struct chain c = {.st = NULL};
    enum qn_code rc = chain_load(&c, st, rec->log.office, rec->id, orders, &ground, err);
    if (rc)
        return rc;
    size_t at = chain_draw_of(&c, rec->id);
    struct visits *visits = calloc(c.ndraws, sizeof(*visits));
    if (!visits)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < c.ndraws; i++)
        rc = visits_load(&visits[i], st, rec->log.office, c.draw[i].r.id, &c.draw[i].o.o, err);
    o->targets = 0;
    for (size_t i = 0; !rc && i < c.ntargets; i++) {
        o->targets += c.target[i].draw == at;
        o->open += c.target[i].draw == at && !chain_closed(&c, i, visits, INT64_MAX);
    }
    for (size_t i = 0; i < c.ndraws; i++)
        visits_release(&visits[i]);
    free(visits);
    return rc;
}

static enum qn_code count_open(struct release_outcome *o, struct store *st,
                               const struct record *rec, const struct qn_order *order,
                               struct qn_err *err)
{
    QN_AUTO(visits) struct visits visits = {.n = 0};
    QN_AUTO(order_lines) struct order_lines orders = {0};
    bool followed;
    enum qn_code rc = order_list(&orders, st, rec->log.office, err);
    if (!rc)
        rc = chain_is_needed(&followed, st, rec->log.office, &orders, rec->id, err);
    if (!rc && followed)
        return count_chain(o, st, rec, &orders, err);
    if (!rc)
        rc = visits_load(&visits, st, rec->log.office, rec->id, order, err);
    o->targets = rec->npicks;
    for (size_t i = 0; !rc && i < rec->npicks; i++)
        o->open += !visits_has(&visits, record_object(rec, i), rec->pick[i].slot_no, INT64_MAX);
    return rc;
}

/* SPEC verdicts-14: "every target has a result, or the window and the return days are over" */
static enum qn_code judge_time(struct release_outcome *o, struct store *st,
                               const struct order *order, bool early, struct qn_err *err)
{
    QN_AUTO(order_rules) struct order_rules rules = {.n = 0};
    char today[11], last[11];
    enum qn_code rc = order_rules_find(&rules, st, &order->o, err);
    if (rc)
        return rc;
    clock_today(st, today);
    int32_t last_day = slot_last_day(order->o.window_to, rules.return_days);
    o->early = o->open > 0 && wire_day(qn_str(today)) <= last_day;
    wire_day_text(last_day, last);
    return o->early && !early
               ? qn_fail(err, QN_LATER, "release.early", "draw=%s|open=%zu|targets=%zu|until=%s",
                         o->draw, o->open, o->targets, last)
               : QN_OK;
}

/* had: it was released before, and nothing is done. */
static enum qn_code release_one(struct release_outcome *o, struct store *st, bool early, bool *had,
                                struct qn_err *err)
{
    QN_AUTO(record) struct record rec = {.rival = false};
    QN_AUTO(order) struct order order = {.seq = 0};
    *had = false;
    enum qn_code rc = record_read(&rec, st, store_self(st)->office, o->id, err);
    if (!rc)
        rc = draw_is_released(had, st, rec.log.office, rec.log.origin, rec.seq, err);
    if (rc || *had)
        return rc;
    if (!rec.res)
        return qn_fail(err, QN_MALFORMED, rec.why.id, "%s", rec.why.args);
    rc = order_read(&order, st, rec.order_origin, rec.order_seq, err);
    if (!rc) {
        order_slots_name(o->slot, &order.o);
        rc = count_open(o, st, &rec, &order.o, err);
    }
    if (!rc)
        rc = judge_time(o, st, &order, early, err);
    if (!rc)
        rc = release_parts(st, &rec, &order, err);
    o->released = !rc;
    return rc;
}

/* ---- all ------------------------------------------------------------------------------------------------------------- */

void release_outcomes_free(struct release_outcomes *o)
{
    free(o->at);
    *o = (struct release_outcomes){0};
}

static enum qn_code own_draws(struct release_outcomes *out, struct store *st, int64_t only,
                              struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_RESULTS_OF_OFFICE);
    q_bind_text(&q, store_self(st)->office);
    while (q_step(&q)) {
        if (only && q_int(&q, 0) != only)
            continue;
        if (out->n == cap) {
            cap = cap ? cap * 2 : 64;
            struct release_outcome *more = realloc(out->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->at = more;
        }
        struct release_outcome *o = &out->at[out->n++];
        *o = (struct release_outcome){.id = q_int(&q, 0)};
        draw_name(o->draw, store_self(st)->office, o->id);
    }
    return query_end(&q, err);
}

enum qn_code draw_release(struct release_outcomes *out, struct store *st, int64_t draw_id,
                          bool early, struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(release_outcomes) struct release_outcomes all = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = own_draws(&all, st, draw_id, err);
    if (!rc && draw_id && !all.n) {
        char name[DRAW_NAME_MAX];
        draw_name(name, store_self(st)->office, draw_id);
        rc = qn_fail(err, QN_ABSENT, "draw.unknown", "draw=%s", name);
    }
    size_t kept = 0;
    for (size_t i = 0; !rc && i < all.n; i++) {
        struct release_outcome o = all.at[i];
        bool had;
        enum qn_code one = release_one(&o, st, early, &had, &o.why);
        all.had += had;
        if (one == QN_IO || one == QN_NOMEM) {
            if (err)
                *err = o.why;
            rc = one;
        }
        if (!had)
            all.at[kept++] = o;
    }
    all.n = kept;
    if (rc)
        return rc;
    *out = all;
    all = (struct release_outcomes){0};
    return QN_OK;
}
