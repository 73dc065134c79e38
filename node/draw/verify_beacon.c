/* verify_beacon.c - the public lottery: were its numbers those that a draw used, and did they come after the order? */
#include <stdio.h>
#include <string.h>

#include "node/draw/beacon.h"
#include "node/draw/verify_internal.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"

static const enum verdict_code codes[] = {V_BEACON_WRONG, V_BEACON_MISMATCH, V_BEACON_BEFORE_ORDER};

static struct finding *beacon_finding(struct facts *x, enum verdict_code code)
{
    const struct qn_order *o = &x->order.o;
    struct finding *f = findings_add(x->f, code, x->r->log.origin, x->r->seq, x->r->leaf);
    finding_put(x->f, f, "event", "%s %s", o->beacon_source, o->beacon_event);
    return f;
}

/* ---- which numbers ------------------------------------------------------------------------------------------------- */

static void wrong(struct facts *x, const char *want)
{
    const struct qn_result *res = x->r->res;
    struct finding *f = findings_add(x->f, V_BEACON_WRONG, x->r->log.origin, x->r->seq, x->r->leaf);
    finding_put(x->f, f, "line", "%s", res->has_beacon ? res->beacon : "-");
    finding_put(x->f, f, "want", "%s", want);
}

static bool names_event(const struct qn_result *res, const struct qn_order *o)
{
    char prefix[2 * QN_NAME32 + 2];
    int n = snprintf(prefix, sizeof(prefix), "%s %s ", o->beacon_source, o->beacon_event);
    return res->has_beacon && strncmp(res->beacon, prefix, (size_t)n) == 0;
}

/* All that an office put on its control lane, as far as its log is known here, has been read. */
static bool is_read(struct facts *x, const struct log *log, uint64_t beyond)
{
    uint64_t received, applied;
    struct qn_err none;
    return strcmp(log->office, store_self(x->v->st)->office) == 0 ||
           (ingest_cursor(x->v->st, log, QN_LANE_CONTROL, &received, &applied, &none) == QN_OK &&
            log->verified > beyond && applied >= log->verified);
}

/* SPEC beacon-9: "or fewer than two persons wrote the event down, and the judging office has read the control lanes of the
 * drawer's log and of its parent's" */
static void unsettled(struct facts *x, const struct beacon_told *all)
{
    struct qn_err none;
    struct log parent;
    bool known =
        all->persons >= 2 || (is_read(x, &x->r->log, x->r->seq) &&
                              log_find(&parent, x->v->st, x->order.log.origin, &none) == QN_OK &&
                              is_read(x, &parent, x->order.seq));
    if (!known) {
        findings_skip(x->f, V_BEACON_MISMATCH, "verdict.skip.beacon-rows");
        return;
    }
    struct finding *f = beacon_finding(x, V_BEACON_MISMATCH);
    finding_put(x->f, f, "told", "%s", all->all[0] ? all->all : "-");
}

/* ---- and when -------------------------------------------------------------------------------------------------------- */

/* Whether somebody had written the event down before the order, by the parent's clock. */
static enum qn_code was_known(bool *out, struct facts *x, uint64_t order_s)
{
    const struct qn_order *o = &x->order.o;
    *out = false;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_BEACON_COPIES);
    q_bind_text(&q, o->beacon_source);
    q_bind_text(&q, o->beacon_event);
    while (q_step(&q) && !*out) {
        char office[QN_CODE_MAX + 1];
        struct log log;
        struct qn_err none;
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(q_int(&q, 4), &epoch, &seq, &n);
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) ||
            !verify_log_at(&log, x->v->st, office, epoch, &none))
            continue;
        uint64_t s = first_cosigned_s(x->v->st, &log, seq, x->parent);
        /* The order itself says how long the drawer's log was. */
        bool below = o->has_freeze && strcmp(log.origin, o->freeze_head.origin) == 0 &&
                     seq < o->freeze_head.size;
        *out = below || (log.no == x->order.log.no ? seq < x->order.seq : s && s < order_s);
    }
    return query_end(&q, x->v->err);
}

/* SPEC beacon-10: "on or before the day of the parent's first cosignature of the order" */
static enum qn_code check_time(struct facts *x, const struct beacon_told *truth)
{
    uint64_t order_s = first_cosigned_s(x->v->st, &x->order.log, x->order.seq, x->parent);
    char day[11];
    bool known;
    if (!order_s) {
        findings_skip(x->f, V_BEACON_BEFORE_ORDER, "verdict.skip.cosignature");
        return QN_OK;
    }
    enum qn_code rc = was_known(&known, x, order_s);
    if (rc)
        return rc;
    int32_t ordered = wire_day_at(order_s);
    wire_day_text(ordered, day);
    x->beacon_early = known || (truth && wire_day(qn_str(truth->drawn_on)) <= ordered);
    if (x->beacon_early) {
        struct finding *f = beacon_finding(x, V_BEACON_BEFORE_ORDER);
        finding_put(x->f, f, "drawn", "%s", truth ? truth->drawn_on : "-");
        finding_put(x->f, f, "order", "%s", day);
    } else if (!truth) {
        findings_skip(x->f, V_BEACON_BEFORE_ORDER, "verdict.skip.beacon-rows");
    }
    return QN_OK;
}

static enum qn_code check_numbers(struct facts *x)
{
    const struct qn_order *o = &x->order.o;
    const struct qn_result *res = x->r->res;
    const char *drawer = x->r->log.office;
    struct beacon_told above, all;
    char event[2 * QN_NAME32 + 2];
    enum qn_code rc = beacon_read(&above, x->v->st, o->beacon_source, o->beacon_event, drawer,
                                  BEACON_OF_ABOVE, x->v->err);
    if (!rc)
        rc = beacon_read(&all, x->v->st, o->beacon_source, o->beacon_event, drawer, BEACON_OF_ALL,
                         x->v->err);
    if (rc)
        return rc;
    /* SPEC beacon-8: "the numbers that the offices above the drawer settled, else those that all of them did" */
    const struct beacon_told *truth = above.settled ? &above : all.settled ? &all : NULL;
    snprintf(event, sizeof(event), "%s %s", o->beacon_source, o->beacon_event);
    if (!names_event(res, o))
        wrong(x, truth ? truth->line : event);
    else if (truth && strcmp(truth->line, res->beacon) != 0)
        wrong(x, truth->line);
    else if (!above.settled)
        findings_skip(x->f, V_BEACON_WRONG,
                      truth ? "verdict.skip.beacon-own" : "verdict.skip.beacon-rows");
    if (!truth)
        unsettled(x, &all);
    return check_time(x, truth);
}

enum qn_code verify_beacon(struct facts *x)
{
    if (!x->has_order) {
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
            findings_skip(x->f, codes[i], "verdict.skip.order");
        return QN_OK;
    }
    if (x->order.o.has_beacon)
        return check_numbers(x);
    if (x->r->res->has_beacon)
        wrong(x, "-");
    return QN_OK;
}
