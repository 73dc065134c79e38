#include "node/draw/freeze.h"

#include <sodium.h>
#include <string.h>

#include "node/draw/carry.h"
#include "node/draw/granted.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/own.h"
#include "node/store/register.h"
#include "protocol/wire.h"

void entry_ids(int64_t *from, int64_t *to, uint16_t epoch, uint64_t seq)
{
    *from = qn_row_id(epoch, seq, 0);
    *to = qn_row_id(epoch, seq, UINT16_MAX);
}

enum qn_code freeze_newest(struct store *st, const struct log *log, uint64_t *seq,
                           struct qn_err *err)
{
    uint16_t epoch, n;
    QN_AUTO(query) struct query q = query_start(st, SQL_FREEZE_NEWEST);
    q_bind_text(&q, log->office);
    q_bind_int(&q, qn_row_id(log->epoch, 0, 0));
    q_bind_int(&q, qn_row_id(log->epoch, log->size, 0));
    bool found = q_step(&q) && !q_null(&q, 0);
    if (found)
        qn_row_id_split(q_int(&q, 0), &epoch, seq, &n);
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "freeze.none", "office=%s", log->office);
    return rc;
}

enum qn_code freeze_text(struct qn_freeze *out, int64_t *id, struct store *st,
                         const struct log *log, uint64_t seq, struct qn_err *err)
{
    int64_t from, to;
    entry_ids(&from, &to, log->epoch, seq);
    QN_AUTO(qn_freeze) struct qn_freeze f = {.source = NULL};
    QN_AUTO(query) struct query q = query_start(st, SQL_FREEZE_AT);
    q_bind_text(&q, log->office);
    q_bind_int(&q, from);
    q_bind_int(&q, to);
    enum qn_code rc = QN_OK;
    bool found = q_step(&q);
    if (found) {
        *id = q_int(&q, 0);
        rc = qn_freeze_parse(&f, q_span(&q, 1), err);
    }
    if (!rc)
        rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "freeze.unknown", "log=%s|seq=%llu", log->origin,
                     (unsigned long long)seq);
    if (!rc && (f.seq != seq || strcmp(f.origin, log->origin) != 0))
        rc = qn_fail(err, QN_MALFORMED, "freeze.place", "log=%s|seq=%llu", log->origin,
                     (unsigned long long)seq);
    if (rc)
        return rc;
    *out = f;
    f = (struct qn_freeze){.source = NULL};
    return QN_OK;
}

/* SPEC verdicts-23: "not more than one day after the day of the parent's first cosignature of it, nor more than `age`
 * days before it" - an office without a line brings its freeze by stick, days after it was made */
bool freeze_date_fits(const char *date, int32_t cosigned, uint32_t age_days)
{
    int32_t day = wire_day(qn_str(date));
    return day <= cosigned + 1 && (int64_t)day + age_days >= cosigned;
}

/* ---- making one ------------------------------------------------------------------------------------------- */

/* The newest freeze of the own log: its version and date, "" before the first. */
struct last {
    uint64_t seq, version;
    char date[11];
};

static enum qn_code read_last(struct last *out, struct store *st, const struct log *log,
                              struct qn_err *err)
{
    struct qn_err none;
    QN_AUTO(qn_freeze) struct qn_freeze f = {.source = NULL};
    int64_t id;
    *out = (struct last){.seq = 0};
    enum qn_code rc = freeze_newest(st, log, &out->seq, &none);
    if (rc == QN_ABSENT)
        return QN_OK;
    if (rc)
        return qn_fail(err, rc, none.id, "%s", none.args);
    rc = freeze_text(&f, &id, st, log, out->seq, err);
    if (!rc) {
        out->version = f.roster_version;
        memcpy(out->date, f.date, sizeof(out->date));
    }
    return rc;
}

/* SPEC verdicts-2: "iff a roster version was closed or the date changed since the last one" */
static enum qn_code is_current(struct store *st, const struct log *log, struct freeze_made *m,
                               bool *current, struct qn_err *err)
{
    struct last last;
    QN_AUTO(log_entry) struct log_entry e = {0};
    *current = false;
    enum qn_code rc = read_last(&last, st, log, err);
    if (rc || last.version != m->version || strcmp(last.date, m->date) != 0)
        return rc;
    rc = log_entry_get(&e, st, log, last.seq, err);
    if (rc)
        return rc;
    *current = true;
    m->seq = last.seq;
    memcpy(m->leaf, e.leaf, QN_HASH);
    return QN_OK;
}

enum qn_code freeze_is_due(struct freeze_due *out, struct store *st, struct qn_err *err)
{
    struct freeze_due d = {.due = false};
    struct log log;
    struct last last;
    struct qn_err why;
    enum qn_code rc = log_find(&log, st, store_origin(st), err);
    if (rc)
        return rc;
    clock_today(st, d.date);
    rc = roster_newest(st, log.office, &d.version, &why);
    if (rc == QN_ABSENT) {
        *out = d;
        return QN_OK;
    }
    rc = rc ? qn_fail(err, rc, why.id, "%s", why.args) : read_last(&last, st, &log, err);
    if (rc)
        return rc;
    /* SPEC verdicts-44: "never for an earlier date than that of the last one" - a clock that was set back for an hour
     * must not give two freezes a day. */
    int later = strcmp(d.date, last.date);
    d.due = later > 0 || (later == 0 && d.version != last.version);
    *out = d;
    return QN_OK;
}

/* SPEC register-6: "It names the log of the row's epoch and depends on that log as the office has it verified" */
static enum qn_code name_register(struct qn_freeze *f, struct act *a, struct qn_err *err)
{
    struct register_snapshot s;
    struct log log;
    uint8_t root[QN_HASH];
    uint16_t epoch, n;
    uint64_t seq;
    enum qn_code rc = register_find(&s, a->st, store_self(a->st)->office, UINT64_MAX, err);
    if (rc || !s.office[0])
        return rc;
    qn_row_id_split(s.id, &epoch, &seq, &n);
    rc = log_at(&log, a->st, s.office, epoch, err);
    if (rc)
        return rc;
    f->has_register = true;
    f->register_id = (uint64_t)s.id;
    memcpy(f->register_origin, log.origin, sizeof(f->register_origin));
    if (strcmp(log.origin, store_origin(a->st)) == 0)
        return QN_OK; /* the root office's own: an entry does not depend on its own log */
    rc = log_root(a->st, &log, log.verified, root, err);
    return rc ? rc : act_dep(a, log.origin, log.verified, root, err);
}

static enum qn_code put_rows(struct act *a, const struct qn_freeze *f, const uint8_t salt_key[32],
                             struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_freeze_text(&text, f);
    enum qn_code rc = qn_buf_check(&text, err);
    int64_t id = act_id(a);
    struct qn_row row;
    if (!rc)
        rc = act_part(a, QN_PUBLIC, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, "draw_freeze", id, 1);
    row_int(&row, "roster", (int64_t)f->roster_version);
    row_span(&row, "text", qn_buf_span(&text));
    rc = act_put(a, &row, err);
    if (!rc)
        rc = act_part(a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, "freeze_salt", id, 1);
    row_blob(&row, "salt_key", salt_key, 32);
    return act_put(a, &row, err);
}

enum qn_code freeze_make(struct freeze_made *out, struct store *st, struct qn_err *err)
{
    const struct keys *keys;
    struct log log;
    struct freeze_made m = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc) /* before marks are carried over */
        rc = duty_may(st, duty_of(DUTY_FREEZE), NULL, err);
    if (!rc && own_state(st, err) != OWN_SIGNS) /* before a million rows are read for nothing */
        return QN_DENIED;
    if (!rc)
        rc = log_find(&log, st, store_origin(st), err);
    clock_today(st, m.date);
    int64_t carried;
    if (!rc)
        rc = carry_over(&carried, st, err);
    if (!rc)
        rc = granted_marks(&carried, st, err);
    if (!rc)
        rc = roster_newest(st, log.office, &m.version, err);
    bool current;
    if (!rc)
        rc = is_current(st, &log, &m, &current, err);
    if (rc)
        return rc;
    if (current) {
        *out = m;
        return QN_OK;
    }
    QN_AUTO(roster) struct roster roster = {0};
    struct qn_freeze f = {.roster_version = m.version}; /* no source lines: nothing to release */
    uint8_t salt_key[32];
    randombytes_buf(salt_key, sizeof(salt_key));
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, duty_of(DUTY_FREEZE), NULL, QN_KIND_FREEZE, QN_LANE_DRAW, err);
    if (!rc)
        rc = name_register(&f, &a, err);
    if (!rc)
        rc = roster_load(&roster, st, log.office, m.version, m.date, err);
    if (!rc)
        rc = qn_roster_roots(&f.roots, &roster.r, salt_key, err);
    if (rc)
        return rc;
    memcpy(f.origin, log.origin, sizeof(f.origin));
    memcpy(f.date, m.date, sizeof(f.date));
    f.seq = a.seq;
    rc = put_rows(&a, &f, salt_key, err);
    if (!rc)
        rc = act_commit(&a, &m.seq, m.leaf, err);
    if (rc)
        return rc;
    m.made = true;
    m.objects = f.roots.objects;
    m.marks = f.roots.marks;
    m.inspectors = f.roots.inspectors;
    m.recusals = f.roots.recusals;
    *out = m;
    return QN_OK;
}

/* ---- the ground of a draw ------------------------------------------------------------------------------------ */

void ground_release(struct ground *g)
{
    roster_release(&g->roster);
    qn_freeze_release(&g->freeze);
    *g = (struct ground){.loaded = false};
}

static enum qn_code read_salt(struct ground *g, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FREEZE_SALT);
    q_bind_text(&q, g->log.office);
    q_bind_int(&q, g->id);
    bool found = q_step(&q) && q_span(&q, 0).n == sizeof(g->salt_key);
    if (found)
        memcpy(g->salt_key, q_span(&q, 0).p, sizeof(g->salt_key));
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "freeze.no-salt", "log=%s|seq=%llu", g->log.origin,
                     (unsigned long long)g->seq);
    return rc;
}

enum qn_code ground_load(struct ground *out, struct store *st, const char *origin, uint64_t seq,
                         struct qn_err *err)
{
    QN_AUTO(ground) struct ground g = {.loaded = true, .seq = seq};
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_find(&g.log, st, origin, err);
    if (!rc)
        rc = log_entry_get(&e, st, &g.log, seq, err);
    if (!rc)
        rc = freeze_text(&g.freeze, &g.id, st, &g.log, seq, err);
    if (!rc)
        rc = read_salt(&g, st, err);
    if (!rc)
        rc = roster_load(&g.roster, st, g.log.office, g.freeze.roster_version, g.freeze.date, err);
    if (!rc)
        rc = qn_roster_roots(&g.roots, &g.roster.r, g.salt_key, err);
    if (rc)
        return rc;
    memcpy(g.leaf, e.leaf, QN_HASH);
    *out = g;
    g = (struct ground){.loaded = false};
    return QN_OK;
}

enum qn_code ground_reuse(struct ground *g, struct store *st, const char *origin, uint64_t seq,
                          struct qn_err *err)
{
    if (g->loaded && g->seq == seq && strcmp(g->log.origin, origin) == 0)
        return QN_OK;
    ground_release(g);
    return ground_load(g, st, origin, seq, err);
}

enum qn_code ground_check(const struct ground *g, struct qn_err *err)
{
    const struct qn_roster_roots *then = &g->freeze.roots, *now = &g->roots;
    const struct {
        const char *list;
        uint64_t then, now;
        const uint8_t *then_root, *now_root;
    } lists[] = {
        {"objects", then->objects, now->objects, then->object_root, now->object_root},
        {"marks", then->marks, now->marks, then->mark_root, now->mark_root},
        {"inspectors", then->inspectors, now->inspectors, then->inspector_root,
         now->inspector_root},
        {"recusals", then->recusals, now->recusals, then->recusal_root, now->recusal_root},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (lists[i].then != lists[i].now ||
            memcmp(lists[i].then_root, lists[i].now_root, QN_HASH) != 0)
            return qn_fail(err, QN_UNVERIFIED, "freeze.roots",
                           "log=%s|seq=%llu|list=%s|frozen=%llu|now=%llu", g->log.origin,
                           (unsigned long long)g->seq, lists[i].list,
                           (unsigned long long)lists[i].then, (unsigned long long)lists[i].now);
    return QN_OK;
}
