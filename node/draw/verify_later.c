/* verify_later.c - what the office itself says, later, of what it recorded after a draw.   Spec: protocol/spec/exceptions.md */
#include <string.h>

#include "node/draw/verify_internal.h"

/* SPEC exc-21: "between the day on which the parent first cosigned the order and that on which it first cosigned the
 * exception, else the nearer of the two" - by a day of its own choice an office would decide what contradicts it */
void verify_exc_day(char out[11], const struct facts *x, const struct chain_exc *e)
{
    int32_t day = wire_day(qn_str(e->x.date));
    struct log log;
    struct qn_err none;
    uint64_t told_s = log_find(&log, x->v->st, e->origin, &none) == QN_OK
                          ? first_cosigned_s(x->v->st, &log, e->seq, x->parent)
                          : 0;
    if (told_s && day > wire_day_at(told_s))
        day = wire_day_at(told_s);
    if (x->order_s && day < wire_day_at(x->order_s))
        day = wire_day_at(x->order_s);
    wire_day_text(day, out);
}

#define REMAINS_DAYS 30

/* The first freeze after the exception and more than REMAINS_DAYS after its day: its roster, its date. 0: there is none. */
static enum qn_code freeze_after(int64_t *version, char date[11], struct facts *x,
                                 const struct chain_exc *e)
{
    char day[11];
    struct qn_err none;
    *version = 0;
    verify_exc_day(day, x, e);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_FREEZES_AFTER);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, e->id);
    while (!*version && q_step(&q)) {
        struct qn_freeze f = {.nsources = 0};
        if (qn_freeze_parse(&f, q_span(&q, 0), &none) == QN_OK &&
            wire_day(qn_str(f.date)) > wire_day(qn_str(day)) + REMAINS_DAYS) {
            *version = (int64_t)f.roster_version;
            memcpy(date, f.date, 11);
        }
        qn_freeze_release(&f);
    }
    return query_end(&q, x->v->err);
}

/* Whether the roster of that version has it so. */
static enum qn_code roster_says(bool *out, struct facts *x, enum sql sql, const char *id,
                                int64_t version)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, sql);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, id);
    q_bind_int(&q, version);
    *out = q_step(&q) && q_int(&q, 0) != 0;
    return query_end(&q, x->v->err);
}

/* SPEC exc-21: "or more than 30 days after that day a freeze has it in business, where it was `closed`, `deregistered` or
 * `moved_out`" */
enum qn_code verify_open_again(bool *out, struct facts *x, const struct chain_exc *e)
{
    char date[11];
    int64_t version = 0;
    *out = false;
    if (strcmp(e->x.reason, "not_found") == 0)
        return QN_OK;
    enum qn_code rc = freeze_after(&version, date, x, e);
    return rc || !version ? rc : roster_says(out, x, SQL_IN_BUSINESS_AT, e->x.object, version);
}

/* SPEC exc-28: "is available in a freeze more than 30 days later" */
enum qn_code verify_remains(struct facts *x, const struct chain_exc *e)
{
    char date[11];
    int64_t version = 0;
    bool there = false;
    if (e->x.kind != QN_EXC_REPLACE || strcmp(e->x.reason, "certificate") == 0)
        return QN_OK;
    enum qn_code rc = freeze_after(&version, date, x, e);
    if (!rc && version)
        rc = roster_says(&there, x, SQL_AVAILABLE_AT, e->x.inspector, version);
    if (!rc && there) {
        struct finding *f = findings_add(x->f, V_REPLACED_REMAINS, e->origin, e->seq, e->leaf);
        finding_put(x->f, f, "inspector", "%s", e->x.inspector);
        finding_put(x->f, f, "date", "%s", e->x.date);
        finding_put(x->f, f, "freeze", "%s", date);
    }
    return rc;
}

/* SPEC exc-29: "that was void in an earlier draw of the office" */
enum qn_code verify_repeated(struct facts *x, const struct chain_exc *e)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_VOIDS_BEFORE);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, e->x.object);
    q_bind_int(&q, x->chain.draw[0].r.id);
    int64_t n = q_step(&q) ? q_int(&q, 0) : 0;
    if (n) {
        struct finding *f = findings_add(x->f, V_VOID_REPEATED, e->origin, e->seq, e->leaf);
        finding_put(x->f, f, "object", "%s", e->x.object);
        finding_put(x->f, f, "n", "%lld", (long long)n + 1);
    }
    return query_end(&q, x->v->err);
}

/* ---- returned --------------------------------------------------------------------------------------------------- */

/* SPEC exc-34: "the office has a result of the object for the draw that the return names or for the one that sent it, or
 * one of any draw on the return's day or in the 30 days after it" - it kept what it gave away; or it goes there all the
 * same, when other inspectors were drawn. */
static enum qn_code inspected_all_the_same(bool *out, struct facts *x, const struct chain_exc *e)
{
    const struct qn_slot_key *k = &x->order.o.slot[e->x.slot - 1];
    const struct list_source *list = &x->chain.listing.source[e->x.slot - 1];
    char from[11], until[11];
    verify_exc_day(from, x, e);
    wire_day_text(wire_day(qn_str(from)) + REMAINS_DAYS, until);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RESULT_OF_RETURNED);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, e->x.object);
    q_bind_int(&q, x->r->id);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_text(&q, from);
    q_bind_text(&q, until);
    q_bind_text(&q, list->office);
    q_bind_int(&q, list->id);
    *out = q_step(&q);
    return query_end(&q, x->v->err);
}

enum qn_code verify_returned(struct facts *x, const struct chain_exc *e)
{
    char date[11];
    int64_t version = 0;
    bool found;
    enum qn_code rc = inspected_all_the_same(&found, x, e);
    /* SPEC exc-34: "with `district`, a freeze of the office more than 30 days after that day has it in business, to be
     * inspected by the office itself" */
    if (!rc && !found && strcmp(e->x.reason, "district") == 0)
        rc = freeze_after(&version, date, x, e);
    if (!rc && version)
        rc = roster_says(&found, x, SQL_INSPECTED_BY_AT, e->x.object, version);
    if (!rc && found) {
        struct finding *f = findings_add(x->f, V_RETURN_CONTRADICTED, e->origin, e->seq, e->leaf);
        finding_put(x->f, f, "object", "%s", e->x.object);
        finding_put(x->f, f, "reason", "%s", e->x.reason);
        finding_put(x->f, f, "date", "%s", e->x.date);
    }
    return rc;
}
