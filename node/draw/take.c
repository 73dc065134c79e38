#include "node/draw/take.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/beacon.h"
#include "node/draw/forgotten.h"
#include "node/draw/freeze.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

static bool part_is_held(struct store *st, const struct log *log, uint64_t seq, unsigned part)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PART_HELD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, part);
    return q_step(&q);
}

/* SPEC verdicts-5: "reads every ORDER header addressed to it up to that checkpoint and refuses when a part is
 * missing or a key repeats" */
static enum qn_code check_parts_of(struct store *st, const struct log *parent, struct qn_err *err)
{
    const char *self = store_self(st)->office;
    struct qn_header *h = malloc(sizeof(*h));
    enum qn_code rc = h ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRIES_OF_KIND);
    q_bind_int(&q, parent->no);
    q_bind_int(&q, QN_LANE_DRAW);
    q_bind_int(&q, QN_KIND_ORDER);
    q_bind_int(&q, (int64_t)parent->verified);
    while (!rc && q_step(&q)) {
        uint64_t seq = (uint64_t)q_int(&q, 0);
        rc = qn_header_decode(h, q_span(&q, 1), err);
        for (unsigned i = 0; !rc && i < h->nparts; i++)
            if (qn_span_is(h->part[i].to, self) && !part_is_held(st, parent, seq, i))
                rc = qn_fail(err, QN_LATER, "draw.order-missing", "log=%s|seq=%llu", parent->origin,
                             (unsigned long long)seq);
    }
    free(h);
    if (rc)
        return rc;
    return query_end(&q, err);
}

/* Of all its epochs: an order of the one before is an order still. */
static enum qn_code check_parts(struct store *st, const struct log *parent, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned epoch = 1; !rc && epoch <= UINT16_MAX; epoch++) {
        struct log log;
        struct qn_err none;
        if (log_at(&log, st, parent->office, (uint16_t)epoch, &none) == QN_OK)
            rc = check_parts_of(st, &log, err);
        else if (epoch > parent->epoch)
            break;
    }
    return rc;
}

static enum qn_code check_single(struct store *st, const struct order *o,
                                 const struct qn_slot_key *k, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ORDERS_OF_KEY);
    q_bind_text(&q, o->log.office);
    q_bind_text(&q, o->drawer);
    q_bind_text(&q, k->issuer);
    q_bind_text(&q, k->series);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_text(&q, qn_slot_type_name(k->type));
    q_bind_int(&q, o->o.supp);
    int64_t n = q_step(&q) ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, err);
    if (!rc && n > 1) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, k);
        rc = qn_fail(err, QN_CONFLICT, "draw.order-duplicate", "slot=%s|orders=%lld", name,
                     (long long)n);
    }
    return rc;
}

static enum qn_code check_drawn(struct store *st, const struct order *o, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RESULTS_OF_ORDER);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, o->log.origin);
    q_bind_int(&q, (int64_t)o->seq);
    bool found = q_step(&q);
    char name[DRAW_NAME_MAX] = "";
    if (found)
        draw_name(name, store_self(st)->office, q_int(&q, 0));
    enum qn_code rc = query_end(&q, err);
    if (rc || found)
        return rc ? rc : qn_fail(err, QN_CONFLICT, "draw.done", "draw=%s", name);
    char origin[QN_ORIGIN_MAX + 1] = "";
    uint64_t seq = 0;
    rc = draw_was_made(&found, origin, &seq, st,
                       &(struct draw_on){.office = store_self(st)->office,
                                         .order_origin = o->log.origin,
                                         .order_seq = o->seq,
                                         .task = o->o.slot[0].task,
                                         .round = o->o.slot[0].round},
                       err);
    return rc || !found ? rc
                        : qn_fail(err, QN_CONFLICT, "draw.forgotten", "log=%s|seq=%llu", origin,
                                  (unsigned long long)seq);
}

/* The order is addressed to us, by our parent, in a form that this program draws on. */
static enum qn_code check_addressed(const struct draw_job *j, struct store *st, struct qn_err *err)
{
    char parent[QN_CODE_MAX + 1];
    const struct qn_order *o = &j->order.o;
    const char *self = store_self(st)->office;
    if (strcmp(o->office, self) != 0)
        return qn_fail(err, QN_DENIED, "draw.not-ours", "office=%s", o->office);
    if (!tree_orderer(st, self, parent) || strcmp(parent, j->order.log.office) != 0)
        return qn_fail(err, QN_DENIED, "draw.not-parent", "office=%s", j->order.log.office);
    enum qn_code rc = order_check_signature(&j->order, st, err);
    if (rc)
        return qn_fail(err, rc, "draw.order-signature", "log=%s|seq=%llu", j->order.log.origin,
                       (unsigned long long)j->order.seq);
    return QN_OK;
}

/* A slot and its rules are those of the plan that we hold. */
static enum qn_code check_slot(const struct draw_job *j, unsigned i, struct store *st,
                               struct qn_err *err)
{
    const struct qn_slot_key *k = &j->order.o.slot[i];
    QN_AUTO(query) struct query q = query_start(st, SQL_SLOT_OF_WINDOW);
    q_bind_text(&q, k->issuer);
    q_bind_int(&q, j->rules.at[i].plan_id);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_text(&q, qn_slot_type_name(k->type));
    q_bind_text(&q, j->order.o.office);
    q_bind_text(&q, j->order.o.window_from);
    q_bind_text(&q, j->order.o.window_to);
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, k);
        rc = qn_fail(err, QN_ABSENT, "draw.not-planned", "slot=%s", name);
    }
    return rc;
}

static enum qn_code check_plan(struct draw_job *j, struct store *st, struct qn_err *err)
{
    enum qn_code rc = order_rules_find(&j->rules, st, &j->order.o, err);
    for (unsigned i = 0; !rc && i < j->order.o.nslots; i++)
        rc = check_slot(j, i, st, err);
    return rc;
}

/* SPEC verdicts-33: "no part of a DRAW of that log that is addressed to it is missing" */
static enum qn_code check_list_parts(struct store *st, const struct log *log, struct qn_err *err)
{
    const char *self = store_self(st)->office;
    struct qn_header *h = malloc(sizeof(*h));
    enum qn_code rc = h ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRIES_OF_KIND);
    q_bind_int(&q, log->no);
    q_bind_int(&q, QN_LANE_DRAW);
    q_bind_int(&q, QN_KIND_DRAW);
    q_bind_int(&q, (int64_t)log->verified);
    while (!rc && q_step(&q)) {
        uint64_t seq = (uint64_t)q_int(&q, 0);
        rc = qn_header_decode(h, q_span(&q, 1), err);
        for (unsigned i = 0; !rc && i < h->nparts; i++)
            if (qn_span_is(h->part[i].to, self) && !part_is_held(st, log, seq, i))
                rc = qn_fail(err, QN_LATER, "draw.list-missing", "log=%s|seq=%llu", log->origin,
                             (unsigned long long)seq);
    }
    free(h);
    return rc ? rc : query_end(&q, err);
}

static enum qn_code check_list(struct draw_job *j, struct store *st, struct qn_err *err)
{
    const struct qn_order *o = &j->order.o;
    enum qn_code rc = QN_OK;
    if (o->slot[0].type != QN_PAIRS)
        return QN_OK;
    for (unsigned i = 0; !rc && i < o->nslots; i++) {
        struct log log;
        if (log_find(&log, st, o->list[i].origin, err) == QN_OK)
            rc = check_list_parts(st, &log, err);
    }
    return rc ? rc : listing_load(&j->listing, st, o, err);
}

static enum qn_code check_freeze(struct draw_job *j, struct store *st, struct qn_err *err)
{
    const struct qn_order *o = &j->order.o;
    struct log log;
    QN_AUTO(log_entry) struct log_entry e = {0};
    uint8_t root[QN_HASH];
    if (!o->has_freeze) { /* level unwitnessed: the newest freeze, and the result names it */
        struct freeze_made m;
        enum qn_code rc = freeze_make(&m, st, err);
        j->freeze_seq = m.seq;
        memcpy(j->freeze_origin, store_origin(st), sizeof(j->freeze_origin));
        return rc;
    }
    if (log_find(&log, st, o->freeze.origin, err) != QN_OK ||
        strcmp(log.office, store_self(st)->office) != 0 ||
        log_entry_get(&e, st, &log, o->freeze.index, err) != QN_OK || e.h.kind != QN_KIND_FREEZE ||
        memcmp(e.leaf, o->freeze.leaf, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "draw.freeze-not-ours", "log=%s|seq=%llu",
                       o->freeze.origin, (unsigned long long)o->freeze.index);
    if (o->freeze_head.size > log.size || o->freeze_head.size <= o->freeze.index ||
        log_root(st, &log, o->freeze_head.size, root, err) != QN_OK ||
        memcmp(root, o->freeze_head.root, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "draw.freeze-head", "log=%s|size=%llu", o->freeze.origin,
                       (unsigned long long)o->freeze_head.size);
    j->freeze_seq = o->freeze.index;
    memcpy(j->freeze_origin, o->freeze.origin, sizeof(j->freeze_origin));
    return QN_OK;
}

static enum qn_code check_key_and_window(struct draw_job *j, struct store *st, struct qn_err *err)
{
    const struct keys *keys;
    const struct qn_order *o = &j->order.o;
    char today[11];
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    if (!keys_vrf_seed_of(
            keys, o->vrf[0])) /* an order may have been given before the keys were changed */
        return qn_fail(err, QN_UNVERIFIED, "draw.key", "log=%s|seq=%llu", j->order.log.origin,
                       (unsigned long long)j->order.seq);
    clock_today(st, today);
    if (strcmp(today, o->window_from) < 0)
        return qn_fail(err, QN_LATER, "draw.window-ahead", "from=%s|today=%s", o->window_from,
                       today);
    j->late = wire_day(qn_str(today)) > slot_last_day(o->window_to, j->rules.return_days);
    return QN_OK;
}

/* SPEC beacon-6: "waits until the numbers are settled" */
static enum qn_code check_beacon(struct draw_job *j, struct store *st, struct qn_err *err)
{
    const struct qn_order *o = &j->order.o;
    struct beacon_told told;
    if (!o->has_beacon)
        return QN_OK;
    enum qn_code rc = beacon_read(&told, st, o->beacon_source, o->beacon_event,
                                  store_self(st)->office, BEACON_OF_ALL, err);
    if (rc)
        return rc;
    if (told.settled) {
        memcpy(j->beacon, told.line, sizeof(j->beacon));
        return QN_OK;
    }
    return told.persons < 2
               ? qn_fail(err, QN_LATER, "draw.beacon-waiting", "event=%s %s|have=%u",
                         o->beacon_source, o->beacon_event, told.persons)
               : qn_fail(err, QN_CONFLICT, "draw.beacon-differs", "event=%s %s|told=%s",
                         o->beacon_source, o->beacon_event, told.all);
}

enum qn_code draw_take(struct draw_job *out, struct store *st, const char *origin, uint64_t seq,
                       struct qn_err *err)
{
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = order_read(&j.order, st, origin, seq, err);
    if (!rc)
        rc = check_addressed(&j, st, err);
    if (!rc)
        rc = check_drawn(st, &j.order, err);
    if (!rc)
        rc = check_plan(&j, st, err);
    if (!rc)
        rc = check_parts(st, &j.order.log, err);
    for (unsigned i = 0; !rc && i < j.order.o.nslots; i++)
        rc = check_single(st, &j.order, &j.order.o.slot[i], err);
    if (!rc)
        rc = check_list(&j, st, err);
    if (!rc)
        rc = check_key_and_window(&j, st, err);
    if (!rc)
        rc = check_beacon(&j, st, err);
    if (!rc)
        rc = check_freeze(&j, st, err);
    if (rc)
        return rc;
    *out = j;
    j = (struct draw_job){.late = false};
    return QN_OK;
}
