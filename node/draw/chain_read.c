/* chain_read.c - what a chain is worked through from: the draws, orders and exceptions as they were logged. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/chain_internal.h"

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- exceptions ------------------------------------------------------------------------------------------------- */

static enum qn_code read_exceptions(struct chain *c, const char *office, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_EXCEPTIONS);
    q_bind_text(&q, office);
    while (q_step(&q)) {
        struct qn_err none;
        struct log log;
        uint16_t epoch, n;
        if (c->nexcs == cap) {
            cap = cap ? cap * 2 : 16;
            struct chain_exc *more = realloc(c->exc, cap * sizeof(*more));
            if (!more)
                return no_memory(err);
            c->exc = more;
        }
        struct chain_exc *e = &c->exc[c->nexcs];
        *e = (struct chain_exc){.id = q_int(&q, 0),
                                .draw_id = q_int(&q, 1),
                                .want = QN_NOBODY,
                                .next = QN_NOBODY,
                                .answer = CHAIN_NONE};
        qn_row_id_split(e->id, &epoch, &e->seq, &n);
        QN_AUTO(log_entry) struct log_entry entry = {0};
        /* SPEC exc-1: "`draw_id`, `slot_no`, `kind` and `object_id` of both rows" */
        if (qn_exc_parse(&e->x, q_span(&q, 5), &none) != QN_OK ||
            log_at(&log, c->st, office, epoch, &none) != QN_OK ||
            log_entry_get(&entry, c->st, &log, e->seq, &none) != QN_OK ||
            entry.h.kind != QN_KIND_EXC || strcmp(e->x.origin, log.origin) != 0 ||
            e->x.slot != q_int(&q, 2) || !qn_span_is(q_span(&q, 3), qn_exc_kind_name(e->x.kind)) ||
            !qn_span_is(q_span(&q, 4), e->x.object) ||
            !qn_text_copy(e->acted_by, sizeof(e->acted_by), q_span(&q, 6)) ||
            !qn_text_copy(e->person, sizeof(e->person), q_span(&q, 7)))
            continue;
        memcpy(e->origin, log.origin, sizeof(e->origin));
        memcpy(e->leaf, entry.leaf, QN_HASH);
        c->nexcs++;
    }
    return query_end(&q, err);
}

/* ---- orders and draws ------------------------------------------------------------------------------------------- */

static bool same_chain(const struct order_line *a, const struct order_line *b)
{
    return a->genuine && b->genuine && a->attempt == b->attempt &&
           order_same_slot(&(struct order_line){.key = a->key},
                           &(struct order_line){.key = b->key}) &&
           strcmp(a->drawer, b->drawer) == 0 && strcmp(a->parent, b->parent) == 0;
}

static const struct order_line *line_of_draw(const struct order_lines *orders, const char *office,
                                             int64_t draw_id)
{
    for (size_t i = 0; i < orders->n; i++)
        if (orders->at[i].draw_id == draw_id && strcmp(orders->at[i].drawer, office) == 0)
            return &orders->at[i];
    return NULL;
}

/* The main order's line, of which this draw is or which its supplement follows. */
static const struct order_line *main_line(const struct order_lines *orders, const char *office,
                                          int64_t draw_id)
{
    const struct order_line *mine = line_of_draw(orders, office, draw_id);
    if (!mine || !mine->supp)
        return mine;
    for (size_t i = 0; i < orders->n; i++)
        if (!orders->at[i].supp && orders->at[i].draw_id && same_chain(&orders->at[i], mine))
            return &orders->at[i];
    return NULL;
}

static bool has_keys(struct chain_draw *d)
{
    struct qn_err none;
    const struct betas *betas = &d->betas;
    if (!d->r.res || draw_betas(&d->betas, &d->o.o, d->r.res, &none) != QN_OK)
        return false;
    qn_draw_seed(d->should.seed, betas->n, betas->at);
    qn_draw_keys(&d->should.keys, d->should.seed);
    return true;
}

static enum qn_code add_draw(struct chain *c, const char *office, int64_t draw_id,
                             struct qn_err *err)
{
    struct chain_draw *more = realloc(c->draw, (c->ndraws + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    c->draw = more;
    struct chain_draw *d = &more[c->ndraws++];
    *d = (struct chain_draw){.supp_want = (unsigned)c->ndraws - 1};
    enum qn_code rc = record_read(&d->r, c->st, office, draw_id, err);
    if (!rc)
        rc = order_read(&d->o, c->st, d->r.order_origin, d->r.order_seq, err);
    if (rc)
        return rc;
    d->has_order = true;
    d->has_keys = has_keys(d);
    return QN_OK;
}

/* The draws on supplements, in the order of the log. */
static enum qn_code add_supplements(struct chain *c, const struct order_line *of,
                                    const struct order_lines *orders, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int64_t last = of->draw_id; !rc;) {
        int64_t next = 0;
        for (size_t i = 0; i < orders->n; i++) {
            const struct order_line *o = &orders->at[i];
            if (o->supp && o->draw_id > last && (!next || o->draw_id < next) && same_chain(o, of))
                next = o->draw_id;
        }
        if (!next)
            break;
        rc = add_draw(c, of->drawer, next, err);
        last = next;
    }
    return rc;
}

/* ---- the main draw ---------------------------------------------------------------------------------------------- */

static enum qn_code start(struct chain *c, struct ground *ground, struct qn_err *err)
{
    struct chain_draw *d = &c->draw[0];
    if (!d->r.res)
        return qn_fail(err, QN_MALFORMED, d->r.why.id, "%s", d->r.why.args);
    enum qn_code rc = order_rules_find(&c->rules, c->st, &d->o.o, err);
    bool listed = !rc && c->rules.at[0].rules.type == QN_PAIRS;
    if (listed)
        rc = listing_load(&c->listing, c->st, &d->o.o, err);
    if (!rc)
        rc = ground_reuse(ground, c->st, d->r.res->freeze.origin, d->r.res->freeze.index, err);
    if (!rc && !d->has_keys)
        rc = qn_fail(err, QN_UNVERIFIED, "exc.proof", "log=%s|seq=%llu", d->r.log.origin,
                     (unsigned long long)d->r.seq);
    if (rc)
        return rc;
    c->g = ground;
    c->witnessed = d->o.o.level == QN_WITNESSED;
    rc = replay_run(&d->should, &c->rules, &ground->roster.r, &c->listing, &d->betas, err);
    if (rc)
        return rc;
    c->roster = replay_roster(&d->should, &ground->roster.r);
    struct qn_after_slot slot[QN_ORDER_SLOTS];
    for (unsigned s = 0; s < c->rules.n; s++)
        slot[s] = (struct qn_after_slot){&c->rules.at[s].rules, listed ? NULL : &d->should.sel[s]};
    rc = qn_after_start(&c->after, c->rules.n, slot, d->should.paired ? &d->should.pairs : NULL,
                        &c->roster, err);
    return rc;
}

enum qn_code chain_read(struct chain *c, const char *office, int64_t draw_id,
                        const struct order_lines *orders, struct ground *ground, struct qn_err *err)
{
    const struct order_line *of = main_line(orders, office, draw_id);
    if (!of) {
        char name[DRAW_NAME_MAX];
        draw_name(name, office, draw_id);
        return qn_fail(err, QN_ABSENT, "exc.no-main", "draw=%s", name);
    }
    enum qn_code rc = add_draw(c, office, of->draw_id, err);
    if (!rc)
        rc = read_exceptions(c, office, err);
    if (!rc)
        rc = add_supplements(c, of, orders, err);
    return rc ? rc : start(c, ground, err);
}

enum qn_code chain_is_needed(bool *out, struct store *st, const char *office,
                             const struct order_lines *orders, int64_t draw_id, struct qn_err *err)
{
    const struct order_line *mine = line_of_draw(orders, office, draw_id);
    *out = false;
    for (size_t i = 0; mine && !*out && i < orders->n; i++)
        *out = orders->at[i].supp && same_chain(&orders->at[i], mine);
    if (*out)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTION_ANY);
    q_bind_text(&q, office);
    *out = q_step(&q);
    return query_end(&q, err);
}
