#include "node/sync/hole.h"

#include <stdlib.h>

#include "node/store/redact.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define STEPS      1024  /* from part to entry and back, in search of the last one held */
#define LOOK_LANE  4096  /* entries of one lane that are looked at for one HAVE */
#define LOOK_MAX   16384 /* of all lanes */
#define HELD_MAX   256   /* told of one lane; what one entry needs at most */
#define PART_COUNT 256

/* ---- what we hold ---------------------------------------------------------------------------------------- */

struct room {
    struct qn_have *h;
    struct store *st;
    unsigned holes;
    uint64_t looked;
};

static enum qn_code last(uint64_t *out, struct store *st, enum sql sql, const struct log *log,
                         int lane, uint64_t below, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, sql);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)below);
    if (lane >= 0)
        q_bind_int(&q, lane);
    *out = q_step(&q) && !q_null(&q, 0) ? (uint64_t)q_int(&q, 0) : UINT64_MAX;
    return query_end(&q, err);
}

/* One above the last entry of the lane, from the cursor on, of which a part is here; 0: there is none. Entries and parts are
 * met from the end in turn, each time passing over what the other has not: what is only missing, as in every backlog,
 * takes two steps.                                                                                             */
static enum qn_code reach(uint64_t *out, struct store *st, const struct log *log, int lane,
                          uint64_t cursor, struct qn_err *err)
{
    uint64_t below = log->size;
    *out = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t entry, part;
        enum qn_code rc = last(&entry, st, SQL_HOLE_ENTRY, log, lane, below, err);
        if (rc || entry == UINT64_MAX || entry < cursor)
            return rc;
        rc = last(&part, st, SQL_HOLE_PART, log, -1, entry + 1, err);
        if (rc || part == UINT64_MAX || part < cursor)
            return rc;
        if (part == entry) {
            *out = entry + 1;
            return QN_OK;
        }
        below = part + 1;
    }
    return QN_OK;
}

enum holding { NOT_OURS, HELD, MISSING };

static enum qn_code holding(enum holding *out, struct room *r, const struct log *log,
                            const struct qn_header *h, uint64_t seq, unsigned part,
                            struct qn_err *err)
{
    bool here, gone = false;
    *out = NOT_OURS;
    if (!tree_part_is_for(r->st, &h->part[part], log->office, r->h->from)) {
        if (tree_part_unknown(r->st, &h->part[part], log->office))
            *out = MISSING; /* it may be ours once its certificate is here */
        return QN_OK;
    }
    {
        QN_AUTO(query) struct query q = query_start(r->st, SQL_PART_HELD);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)seq);
        q_bind_int(&q, part);
        here = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    enum qn_code rc = here ? QN_OK : redact_gone(&gone, r->st, log, h, part, err);
    *out = here || gone ? HELD : MISSING;
    return rc;
}

/* One lane, entry by entry: for each number of a part the stretch that is held and goes on. */
struct walk {
    struct room *room;
    struct qn_have_hole *hole;
    unsigned open;
    uint64_t first[PART_COUNT]; /* UINT64_MAX: none goes on */
};

static void end_stretch(struct walk *w, unsigned part, uint64_t end)
{
    struct qn_have *h = w->room->h;
    if (w->first[part] != UINT64_MAX) {
        if (w->first[part] < end) {
            h->held[h->nheld++] = (struct qn_have_held){w->first[part], end, (uint8_t)part};
            w->hole->n++;
        }
        w->first[part] = UINT64_MAX;
        w->open--;
    }
}

/* *fits is false when no stretch more may be begun: this entry is then not told of. */
static enum qn_code look(struct walk *w, const struct log *log, uint64_t seq, bool *fits,
                         struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    enum qn_code rc = log_entry_get(&e, w->room->st, log, seq, err);
    for (unsigned i = 0; !rc && *fits && i < e.h.nparts; i++) {
        enum holding holds;
        rc = holding(&holds, w->room, log, &e.h, seq, i, err);
        if (rc)
            break;
        if (holds == MISSING)
            end_stretch(w, i, seq);
        else if (holds == HELD && w->first[i] == UINT64_MAX) {
            *fits = w->hole->n + w->open < HELD_MAX;
            if (*fits) {
                w->first[i] = seq;
                w->open++;
            }
        }
    }
    return rc;
}

static int by_first(const void *a, const void *b)
{
    const struct qn_have_held *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static enum qn_code walk(struct qn_have_hole *out, struct room *r, const struct log *log, int lane,
                         uint64_t from, uint64_t end, struct qn_err *err)
{
    struct walk w = {.room = r, .hole = out};
    uint64_t seq = from;
    bool fits = true;
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; i < PART_COUNT; i++)
        w.first[i] = UINT64_MAX;
    *out = (struct qn_have_hole){.from = from, .at = r->h->nheld};
    for (unsigned n = 0; !rc && fits && seq < end && n < LOOK_LANE; n++) {
        QN_AUTO(query) struct query q = query_start(r->st, SQL_ENTRY_OF_LANE);
        q_bind_int(&q, log->no);
        q_bind_int(&q, lane);
        q_bind_int(&q, (int64_t)seq);
        q_bind_int(&q, (int64_t)end);
        bool found = q_step(&q);
        seq = found ? (uint64_t)q_int(&q, 0) : end;
        rc = query_end(&q, err);
        if (!rc && found)
            rc = look(&w, log, seq, &fits, err);
        seq += found && fits;
        r->looked++;
    }
    for (unsigned i = 0; i < PART_COUNT; i++)
        end_stretch(&w, i, seq);
    out->to = seq >= end ? log->size : seq; /* behind the last one that is held all is missing */
    qsort(r->h->held + out->at, out->n, sizeof(*r->h->held), by_first);
    return rc;
}

/* SPEC exchange-32: "every other question, by chance, begins elsewhere behind the cursor" - one that could not tell of all */
static uint64_t elsewhere(const uint8_t nonce[16], uint64_t cursor, uint64_t end)
{
    struct rd in = {.in = {nonce + 8, 5}};
    return nonce[13] & 1 ? cursor + rd_uint(&in, 5) % (end - cursor) : cursor;
}

static enum qn_code lane_hole(struct room *r, struct qn_have_origin *o, const struct log *log,
                              int lane, struct qn_err *err)
{
    uint64_t end, cursor = o->cursor[lane];
    size_t nheld = r->h->nheld;
    if (cursor >= o->size || r->holes == QN_HAVE_HOLES || r->looked > LOOK_MAX - LOOK_LANE ||
        nheld > QN_HAVE_HELD - HELD_MAX)
        return QN_OK;
    enum qn_code rc = reach(&end, r->st, log, lane, cursor, err);
    if (rc || !end)
        return rc;
    if (!r->h->held)
        r->h->held = calloc(QN_HAVE_HELD, sizeof(*r->h->held));
    if (!r->h->held)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    struct qn_have_hole hole;
    rc = walk(&hole, r, log, lane, cursor, end, err);
    uint64_t from = elsewhere(r->h->nonce, cursor, end);
    if (!rc && hole.to < o->size && from != cursor) {
        r->h->nheld = nheld;
        rc = walk(&hole, r, log, lane, from, end, err);
    }
    if (rc)
        return rc;
    o->hole[lane] = hole;
    r->holes++;
    return QN_OK;
}

enum qn_code hole_tell(struct qn_have *h, struct store *st, struct qn_err *err)
{
    struct room r = {.h = h, .st = st};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < h->n; i++) {
        struct qn_have_origin *o = &h->origin[i];
        struct log log = {.size = 0};
        bool whole = true;
        for (int lane = 0; lane < QN_LANES; lane++)
            whole = whole && o->cursor[lane] >= o->size;
        if (!whole)
            rc = log_find(&log, st, o->origin, err);
        for (int lane = 0; !rc && !whole && lane < QN_LANES; lane++)
            rc = lane_hole(&r, o, &log, lane, err);
    }
    return rc;
}

/* ---- what a reader holds ----------------------------------------------------------------------------------- */

struct hole hole_of(const struct qn_have *h, const struct qn_have_origin *o, enum qn_lane lane)
{
    struct hole hole = {.have = h};
    if (o && o->hole[lane].to) {
        hole.told = &o->hole[lane];
        hole.size = o->size;
    }
    return hole;
}

/* SPEC exchange-31: "Of its entries below size only those in [from, to) are asked about" */
uint64_t hole_next(const struct hole *hole, uint64_t seq)
{
    const struct qn_have_hole *t = hole->told;
    if (!t || seq >= hole->size)
        return seq;
    if (seq < t->from)
        return t->from;
    return seq < t->to ? seq : hole->size;
}

bool hole_held(const struct hole *hole, uint64_t seq, unsigned part)
{
    const struct qn_have_hole *t = hole->told;
    for (size_t i = 0; t && i < t->n; i++) {
        const struct qn_have_held *held = &hole->have->held[t->at + i];
        if (held->first > seq) /* they ascend */
            break;
        if (held->part == part && seq < held->end)
            return true;
    }
    return false;
}
