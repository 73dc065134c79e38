#include "node/draw/beacon.h"

#include <stdio.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define PERSONS_MAX 32 /* who write one event down, as far as they are counted */

enum qn_code beacon_event_parse(char source[QN_NAME32], char event[QN_NAME32], const char *text,
                                struct qn_err *err)
{
    const char *space = strchr(text, ' ');
    size_t n = space ? (size_t)(space - text) : 0;
    if (n != 3 || memcmp(text, "ssq", 3) != 0 || strlen(space + 1) != 7 ||
        strspn(space + 1, "0123456789") != 7)
        return qn_fail(err, QN_MALFORMED, "beacon.event", "event=%s", text);
    memcpy(source, "ssq", 4);
    memcpy(event, space + 1, 8);
    return QN_OK;
}

/* SPEC beacon-2: "The event is one that nobody knows yet" */
enum qn_code beacon_event_new(char source[QN_NAME32], char event[QN_NAME32], struct store *st,
                              const char *text, struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    enum qn_code rc = beacon_event_parse(source, event, text, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_BEACON_COPIES);
    q_bind_text(&q, source);
    q_bind_text(&q, event);
    bool known = q_step(&q);
    rc = query_end(&q, err);
    return rc || (!known && memcmp(event, today, 4) >= 0)
               ? rc
               : qn_fail(err, QN_DENIED, "beacon.known", "event=%s", text);
}

/* ---- what was written down -------------------------------------------------------------------------------------- */

struct copy {
    char office[QN_CODE_MAX + 1], by[65];
    char line[QN_BEACON_MAX + 1], drawn_on[11];
};

/* SPEC beacon-3: "those of the drawing office and of the offices above it" */
static bool counts(struct store *st, const char *office, const char *drawer, enum beacon_of of)
{
    char parent[QN_CODE_MAX + 1];
    bool own = strcmp(office, drawer) == 0;
    /* SPEC beacon-7: "The root office is its own office above" */
    if (own)
        return of == BEACON_OF_ALL || !tree_parent(st, drawer, parent);
    return tree_is_above(st, office, drawer);
}

static bool take(struct copy *c, struct query *q)
{
    return qn_text_copy(c->office, sizeof(c->office), q_span(q, 0)) &&
           qn_text_copy(c->line, sizeof(c->line), q_span(q, 1)) &&
           qn_text_copy(c->drawn_on, sizeof(c->drawn_on), q_span(q, 2)) &&
           qn_text_copy(c->by, sizeof(c->by), q_span(q, 3)) &&
           qn_beacon_check(qn_str(c->line), NULL) == QN_OK && wire_is_date(qn_str(c->drawn_on));
}

static bool same_words(const struct copy *a, const struct copy *b)
{
    return strcmp(a->line, b->line) == 0 && strcmp(a->drawn_on, b->drawn_on) == 0;
}

/* SPEC beacon-4: "Of one person's rows of an event the first counts" */
static bool is_known(const struct copy *all, unsigned n, const struct copy *c)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(all[i].office, c->office) == 0 && strcmp(all[i].by, c->by) == 0)
            return true;
    return false;
}

/* SPEC beacon-5: "two persons or more wrote them, and more than wrote anything else" */
static void decide(struct beacon_told *out, const struct copy *c, unsigned n)
{
    unsigned most = 0, next = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned same = 0;
        bool seen = false;
        for (unsigned k = 0; k < n; k++) {
            same += same_words(&c[i], &c[k]);
            seen = seen || (k < i && same_words(&c[i], &c[k]));
        }
        if (seen)
            continue;
        size_t at = strlen(out->all);
        snprintf(out->all + at, sizeof(out->all) - at, "%s%s (%s, %u)", at ? "; " : "", c[i].line,
                 c[i].drawn_on, same);
        if (same > most) {
            next = most;
            most = same;
            memcpy(out->line, c[i].line, sizeof(out->line));
            memcpy(out->drawn_on, c[i].drawn_on, sizeof(out->drawn_on));
        } else if (same > next) {
            next = same;
        }
    }
    out->settled = most >= 2 && most > next;
}

enum qn_code beacon_read(struct beacon_told *out, struct store *st, const char *source,
                         const char *event, const char *drawer, enum beacon_of of,
                         struct qn_err *err)
{
    struct copy all[PERSONS_MAX];
    char prefix[2 * QN_NAME32 + 2];
    *out = (struct beacon_told){.persons = 0};
    int n = snprintf(prefix, sizeof(prefix), "%s %s ", source, event);
    QN_AUTO(query) struct query q = query_start(st, SQL_BEACON_COPIES);
    q_bind_text(&q, source);
    q_bind_text(&q, event);
    while (q_step(&q) && out->persons < PERSONS_MAX) {
        struct copy *c = &all[out->persons];
        if (take(c, &q) && strncmp(c->line, prefix, (size_t)n) == 0 &&
            counts(st, c->office, drawer, of) && !is_known(all, out->persons, c))
            out->persons++;
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        decide(out, all, out->persons);
    return rc;
}

/* ---- writing one down ---------------------------------------------------------------------------------------------- */

static enum qn_code check(const struct beacon_copy *o, struct store *st, struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    enum qn_code rc = qn_beacon_check(qn_str(o->line), err);
    if (rc)
        return rc;
    if (!o->by[0] || strlen(o->by) > 64)
        return qn_fail(err, QN_MALFORMED, "beacon.by", "max=64");
    if (!wire_is_date(qn_str(o->drawn_on)) || strcmp(o->drawn_on, today) > 0)
        return qn_fail(err, QN_DENIED, "beacon.drawn-on", "date=%s|today=%s", o->drawn_on, today);
    return QN_OK;
}

static enum qn_code check_first(struct store *st, const char *source, const char *event,
                                const char *by, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_BEACON_BY);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, source);
    q_bind_text(&q, event);
    q_bind_text(&q, by);
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || !found
               ? rc
               : qn_fail(err, QN_CONFLICT, "beacon.twice", "event=%s %s|by=%s", source, event, by);
}

static enum qn_code write_copy(struct store *st, const char *source, const char *event,
                               const struct beacon_copy *o, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20];
    clock_local(st, now);
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_BEACON), o->by, QN_KIND_BEACON, QN_LANE_CONTROL, err);
    if (!rc) /* whoever draws below may draw on it */
        rc = act_part(&a, QN_SYSTEM, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "beacon", act_id(&a), 1);
    row_text(&row, "source", source);
    row_text(&row, "event", event);
    row_text(&row, "line", o->line);
    row_text(&row, "drawn_on", o->drawn_on);
    row_text(&row, "acted_by", o->by);
    row_text(&row, "recorded_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code beacon_record(struct beacon_told *now, struct store *st, const struct beacon_copy *o,
                           struct qn_err *err)
{
    char source[QN_NAME32] = "ssq", event[QN_NAME32] = "";
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = check(o, st, err);
    if (rc)
        return rc;
    memcpy(event, o->line + 4, 7); /* the line was checked */
    rc = check_first(st, source, event, o->by, err);
    if (!rc)
        rc = write_copy(st, source, event, o, err);
    return rc ? rc
              : beacon_read(now, st, source, event, store_self(st)->office, BEACON_OF_ALL, err);
}

enum qn_code beacon_list(struct store *st, void (*each)(void *ctx, const struct beacon_line *l),
                         void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_BEACONS);
    while (q_step(&q)) {
        struct beacon_line l;
        if (qn_text_copy(l.source, sizeof(l.source), q_span(&q, 0)) &&
            qn_text_copy(l.event, sizeof(l.event), q_span(&q, 1)) &&
            qn_text_copy(l.line, sizeof(l.line), q_span(&q, 2)) &&
            qn_text_copy(l.drawn_on, sizeof(l.drawn_on), q_span(&q, 3)) &&
            qn_text_copy(l.office, sizeof(l.office), q_span(&q, 4)) &&
            qn_text_copy(l.by, sizeof(l.by), q_span(&q, 5)) &&
            qn_text_copy(l.recorded_on, sizeof(l.recorded_on), q_span(&q, 6)))
            each(ctx, &l);
    }
    return query_end(&q, err);
}
