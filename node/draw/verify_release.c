/* verify_release.c - whether a draw was released in its time: not before, and not never. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/draw/visits.h"
#include "node/store/release.h"
#include "protocol/wire.h"

static bool is_open(const struct facts *x, size_t target, const struct visits *visits,
                    int64_t before, bool chain)
{
    const struct chain_target *t = &x->chain.target[target];
    if (chain)
        return !chain_closed(&x->chain, target, x->visits, before);
    bool is_void = t->void_by != CHAIN_NONE && x->chain.exc[t->void_by].id < before;
    return !is_void && !visits_has(visits, chain_object(&x->chain, t->object), t->slot_no, before);
}

/* SPEC exc-33: "Until it is taken on, VISIT_MISSING counts it as a target of the draw on the main order" */
static void add_waiting(const struct facts *x, struct name_list *open)
{
    for (size_t i = 0; x->has_listing && !x->order.o.supp && i < x->listing.n; i++)
        for (uint8_t slot = 1; slot <= x->order.o.nslots; slot++) {
            bool waits = x->listing.at[i].sent_on >> (slot - 1) & 1;
            if (x->has_chain ? chain_waits_for(&x->chain, slot, i) : waits)
                name_list_add(open, listing_id(&x->listing, i));
        }
}

void verify_open_targets(const struct facts *x, const struct visits *visits, int64_t before,
                         bool chain, struct name_list *open)
{
    for (size_t i = 0; !x->has_chain && i < x->r->npicks; i++)
        if (!visits_has(visits, record_object(x->r, i), x->r->pick[i].slot_no, before))
            name_list_add(open, record_object(x->r, i));
    for (size_t i = 0; x->has_chain && i < x->chain.ntargets; i++)
        if (x->chain.target[i].draw == x->chain_at && is_open(x, i, visits, before, chain))
            name_list_add(open, chain_object(&x->chain, x->chain.target[i].object));
    if (!chain)
        add_waiting(x, open);
}

/* ---- too early --------------------------------------------------------------------------------------------------------- */

/* Of a freeze nothing is said: other draws that stand on it may have been released before. */
static bool is_of_draw(const struct facts *x, const struct qn_release_part *part)
{
    if (strcmp(part->origin, x->order.log.origin) == 0 && part->seq == x->order.seq)
        return true;
    if (strcmp(part->origin, x->r->log.origin) != 0)
        return false;
    for (size_t i = 0; i < x->r->npicks; i++) {
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(x->r->pick[i].row, &epoch, &seq, &n);
        if (seq == part->seq)
            return true;
    }
    return part->seq == x->r->seq;
}

/* The first RELEASE of a part of the draw's entries or of its order's, by its office. */
static enum qn_code first_release(struct facts *x, bool *found, uint64_t *seq)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RELEASES_OF);
    q_bind_text(&q, x->r->log.office);
    *found = false;
    while (!*found && q_step(&q)) {
        struct qn_release rel = {.part = NULL};
        struct qn_err none;
        uint16_t epoch, n;
        if (qn_release_parse(&rel, q_span(&q, 1), &none) != QN_OK)
            continue;
        for (size_t i = 0; i < rel.nparts && !*found; i++)
            *found = is_of_draw(x, &rel.part[i]);
        qn_row_id_split(q_int(&q, 0), &epoch, seq, &n);
        qn_release_release(&rel);
    }
    return query_end(&q, x->v->err);
}

static enum qn_code check_early(struct facts *x, const struct visits *visits, int32_t last_day)
{
    bool found;
    uint64_t seq;
    enum qn_code rc = first_release(x, &found, &seq);
    if (rc || !found)
        return rc;
    QN_AUTO(name_list) struct name_list open;
    name_list_init(&open);
    verify_open_targets(x, visits, qn_row_id(x->r->log.epoch, seq, 0), true, &open);
    uint64_t cosigned_s = first_cosigned_s(x->v->st, &x->r->log, seq, x->parent);
    int32_t day = cosigned_s ? wire_day_at(cosigned_s) : x->v->today;
    if (open.n && day <= last_day) {
        struct finding *f = findings_add(x->f, V_RELEASE_EARLY, x->r->log.origin, seq, NULL);
        finding_put(x->f, f, "n", "%zu", open.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&open));
    }
    return QN_OK;
}

/* ---- never ------------------------------------------------------------------------------------------------------------- */

/* SPEC verdicts-14: "within 30 days after the window and the return days" */
#define RELEASE_DAYS 30

struct wanted {
    const char *origin;
    uint64_t seq;
    uint16_t part;
    bool named;
};
struct wants {
    struct wanted *at;
    size_t n, cap;
};
static void wants_auto(struct wants *w)
{
    free(w->at);
}

static enum qn_code want_entry(struct wants *w, struct facts *x, const struct log *log,
                               uint64_t seq)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, x->v->st, log, seq, x->v->err);
    for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
        if (e.h.part[i].audience != QN_PUBLIC)
            continue;
        if (w->n == w->cap) {
            size_t cap = w->cap ? w->cap * 2 : 16;
            struct wanted *more = realloc(w->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
            w->at = more;
            w->cap = cap;
        }
        w->at[w->n++] = (struct wanted){log->origin, seq, (uint16_t)i, false};
    }
    return rc;
}

/* SPEC verdicts-14: "those of the exceptions that name the draw and were recorded before" */
static enum qn_code want_exceptions(struct wants *w, struct facts *x)
{
    bool released;
    uint64_t seq = 0;
    enum qn_code rc = first_release(x, &released, &seq);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_EXCEPTIONS);
    q_bind_text(&q, x->r->log.office);
    while (!rc && q_step(&q)) {
        uint16_t epoch, n;
        uint64_t at;
        qn_row_id_split(q_int(&q, 0), &epoch, &at, &n);
        /* Of another epoch they cannot be told from those that came later. */
        if (q_int(&q, 1) == x->r->id && epoch == x->r->log.epoch && (!released || at < seq) &&
            at < x->r->log.size)
            rc = want_entry(w, x, &x->r->log, at);
    }
    return rc ? rc : query_end(&q, x->v->err);
}

/* SPEC verdicts-14: "all public parts of the ORDER's, the FREEZE's and the DRAW's entries" */
static enum qn_code want_all(struct wants *w, struct facts *x)
{
    enum qn_code rc = want_entry(w, x, &x->order.log, x->order.seq);
    if (!rc)
        rc = want_exceptions(w, x);
    if (!rc && x->freeze_log.origin[0])
        rc = want_entry(w, x, &x->freeze_log, x->freeze_seq);
    if (!rc)
        rc = want_entry(w, x, &x->r->log, x->r->seq);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_SELECTED_ENTRIES);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    while (!rc && q_step(&q))
        if ((uint64_t)q_int(&q, 0) != x->r->seq && (uint64_t)q_int(&q, 0) < x->r->log.size)
            rc = want_entry(w, x, &x->r->log, (uint64_t)q_int(&q, 0));
    return rc ? rc : query_end(&q, x->v->err);
}

static void name_parts(struct wants *w, const struct qn_release *rel)
{
    for (size_t i = 0; i < rel->nparts; i++)
        for (size_t k = 0; k < w->n; k++)
            if (rel->part[i].seq == w->at[k].seq && rel->part[i].part == w->at[k].part &&
                strcmp(rel->part[i].origin, w->at[k].origin) == 0)
                w->at[k].named = true;
}

static enum qn_code check_missing(struct facts *x, int32_t last_day)
{
    QN_AUTO(wants) struct wants w = {.at = NULL};
    size_t missing = 0;
    char until[11];
    if (x->v->today <= last_day + RELEASE_DAYS) {
        findings_skip(x->f, V_RELEASE_MISSING, "verdict.skip.not-due");
        return QN_OK;
    }
    enum qn_code rc = want_all(&w, x);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RELEASES_OF);
    q_bind_text(&q, x->r->log.office);
    while (q_step(&q)) {
        struct qn_release rel = {.part = NULL};
        struct qn_err none;
        if (qn_release_parse(&rel, q_span(&q, 1), &none) != QN_OK)
            continue;
        name_parts(&w, &rel);
        qn_release_release(&rel);
    }
    for (size_t k = 0; k < w.n; k++)
        missing += !w.at[k].named;
    if (missing) {
        wire_day_text(last_day + RELEASE_DAYS, until);
        struct finding *f =
            findings_add(x->f, V_RELEASE_MISSING, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "n", "%zu", missing);
        finding_put(x->f, f, "until", "%s", until);
    }
    return query_end(&q, x->v->err);
}

enum qn_code verify_release_of(struct facts *x, const struct visits *visits, int32_t last_day)
{
    enum qn_code rc = check_early(x, visits, last_day);
    return rc ? rc : check_missing(x, last_day);
}
