#include "node/store/recheck.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/redact.h"
#include "node/store/seal.h"
#include "node/store/skip.h"
#include "node/store/tree.h"

#define RECHECK_NOTE_MS 3600000u
#define TOLD_EVERY      1000 /* entries between two words of progress */

/* ---- one entry ------------------------------------------------------------------------------------------------------ */

static enum qn_code broken(struct qn_err *why, const char *id, const struct log *log, uint64_t seq)
{
    return qn_fail(why, QN_UNVERIFIED, id, "log=%s|seq=%llu", log->origin, (unsigned long long)seq);
}

static enum qn_code check_header(const struct log_entry *e, struct store *st, const struct log *log,
                                 uint64_t seq, struct qn_err *why)
{
    uint8_t leaf[QN_HASH];
    struct qn_cert signer;
    struct qn_span bytes = qn_buf_span(&e->bytes);
    bool columns;
    qn_leaf_hash(leaf, bytes);
    if (memcmp(leaf, e->leaf, QN_HASH) != 0)
        return broken(why, "rebuild.leaf", log, seq);
    if (e->h.seq != seq || !qn_span_is(e->h.origin, log->origin))
        return broken(why, "rebuild.place", log, seq);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_COLUMNS);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)seq);
        columns = q_step(&q) && q_int(&q, 0) == (int64_t)e->h.lane && q_int(&q, 1) == e->h.kind;
        enum qn_code rc = query_end(&q, why);
        if (rc)
            return rc;
    }
    if (!columns)
        return broken(why, "recheck.columns", log, seq);
    enum qn_code rc = tree_cert_at(&signer, st, log->office, log->epoch, why);
    return rc ? rc : qn_header_verify(bytes, e->sig, signer.log, why);
}

/* Nodes that are complete and stand over this entry, each from the two below it. */
static enum qn_code check_nodes(struct store *st, const struct log *log, uint64_t seq,
                                struct qn_err *why)
{
    for (unsigned level = 1; level < QN_TREE_LEVELS; level++) {
        uint64_t idx = seq >> level;
        uint8_t below[2][QN_HASH], node[QN_HASH], made[QN_HASH];
        if ((idx + 1) << level > log->size)
            return QN_OK;
        for (unsigned i = 0; i < 3; i++) {
            unsigned at = i < 2 ? level - 1 : level;
            QN_AUTO(query) struct query q = query_start(st, at ? SQL_NODE_GET : SQL_ENTRY_LEAF);
            q_bind_int(&q, log->no);
            if (at)
                q_bind_int(&q, at);
            q_bind_int(&q, (int64_t)(i < 2 ? 2 * idx + i : idx));
            bool found = q_step(&q) && q_span(&q, 0).n == QN_HASH;
            if (found)
                memcpy(i < 2 ? below[i] : node, q_span(&q, 0).p, QN_HASH);
            enum qn_code rc = query_end(&q, why);
            if (rc)
                return rc;
            if (!found)
                return broken(why, "recheck.node", log, seq);
        }
        qn_node_hash(made, below[0], below[1]);
        if (memcmp(made, node, QN_HASH) != 0)
            return broken(why, "recheck.node", log, seq);
    }
    return QN_OK;
}

struct rows {
    struct store *st;
    const struct log *log;
    uint64_t seq, n;
};

static enum qn_code check_row(void *ctx, const struct qn_row *row, struct qn_err *why)
{
    struct rows *r = ctx;
    enum row_held held;
    enum qn_code rc = store_held(r->st, row, &held, why);
    r->n++;
    return rc ? rc
           : held == ROW_SAME
               ? QN_OK
               : qn_fail(why, QN_UNVERIFIED, "recheck.row", "log=%s|seq=%llu|table=%s",
                         r->log->origin, (unsigned long long)r->seq, row->table->name);
}

static enum qn_code check_part(struct recheck_tally *t, struct store *st, const struct log *log,
                               const struct log_entry *e, unsigned no, bool applied,
                               struct qn_err *why)
{
    QN_AUTO(log_part) struct log_part part = {0};
    QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
    struct qn_span coded;
    struct qn_err none;
    bool gone;
    enum qn_code rc = log_part_get(&part, st, log, e->h.seq, no, &none);
    if (rc == QN_ABSENT) {
        rc = redact_gone(&gone, st, log, &e->h, no, why);
        bool due = applied && tree_part_is_for(st, &e->h.part[no], log->office, st->self.office);
        return rc || gone || !due ? rc : broken(why, "recheck.part-lost", log, e->h.seq);
    }
    if (rc) {
        *why = none;
        return rc;
    }
    t->parts++;
    rc = qn_part_check(&e->h.part[no], part.salt, qn_buf_span(&part.stored), why);
    if (rc || !applied || !seal_reads(st, &e->h.part[no], log->office) ||
        seal_open(&coded, &opened, st, &e->h.part[no], qn_buf_span(&part.stored), &none) != QN_OK)
        return rc;
    struct rows r = {.st = st, .log = log, .seq = e->h.seq};
    rc = part_rows(st->reg, &e->h, no, coded, &room, check_row, &r, NULL, why);
    t->rows += r.n;
    return rc == QN_LATER ? QN_OK : rc; /* of a newer program: not read here yet */
}

static enum qn_code look(struct recheck_tally *t, struct store *st, const struct log *log,
                         uint64_t seq, struct qn_err *why)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    bool applied = false;
    enum qn_code rc = log_entry_get(&e, st, log, seq, why);
    if (!rc)
        rc = check_header(&e, st, log, seq, why);
    if (!rc)
        rc = check_nodes(st, log, seq, why);
    if (!rc)
        rc = skip_applied(&applied, st, log, seq, 0, why);
    for (unsigned i = 0; !rc && i < e.h.nparts; i++)
        rc = check_part(t, st, log, &e, i, applied, why);
    return rc;
}

enum qn_code recheck_entry(struct recheck_tally *t, struct store *st, const struct log *log,
                           uint64_t seq, struct qn_err *err)
{
    struct qn_err why = {0};
    enum qn_code rc = look(t, st, log, seq, &why);
    t->entries++;
    if (rc == QN_IO ||
        rc ==
            QN_NOMEM) { /* the disk does not even give the bytes: that is damage too, but not of one entry */
        *err = why;
        return rc;
    }
    bool known = false;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_DAMAGE_KNOWN);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)seq);
        known = q_step(&q);
        enum qn_code bad = query_end(&q, err);
        if (bad)
            return bad;
    }
    if (!rc && !known)
        return QN_OK;
    t->damaged += rc != QN_OK;
    QN_AUTO(query) struct query q = query_start(st, rc ? SQL_DAMAGE_PUT : SQL_DAMAGE_DROP);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    if (rc) {
        q_bind_text(&q, why.id);
        q_bind_text(&q, why.args);
        q_bind_int(&q, (int64_t)clock_now_ms(st));
    }
    return store_run(&q, err);
}

/* ---- many -------------------------------------------------------------------------------------------------------------- */

/* The entry at place `at` of all logs behind each other. */
static enum qn_code pick(struct log *out, uint64_t *seq, bool *found, struct store *st, uint64_t at,
                         struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_ALL);
    *found = false;
    while (!*found && q_step(&q)) {
        log_from_row(out, &q);
        *found = at < out->verified;
        *seq = at;
        at -= *found ? 0 : out->verified;
    }
    return query_end(&q, err);
}

/* Once an hour is enough for people, and spares the disk. */
static enum qn_code note_time(struct store *st, uint64_t now_ms, struct qn_err *err)
{
    char text[24];
    if (now_ms < recheck_last(st) + RECHECK_NOTE_MS)
        return QN_OK;
    snprintf(text, sizeof(text), "%llu", (unsigned long long)now_ms);
    return store_set(st, "recheck-last", text, err);
}

uint64_t recheck_last(struct store *st)
{
    char text[24];
    return store_get(st, "recheck-last", text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

enum qn_code recheck_some(struct recheck_tally *t, struct store *st, unsigned n, unsigned ms,
                          struct qn_err *err)
{
    uint64_t all,
        until = clock_now_ms(st) + ms; /* n bounds it too: a clock that is set changes little */
    enum qn_code rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_RECHECK_ALL);
        all = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
        rc = query_end(&q, err);
    }
    for (unsigned i = 0; !rc && all && st->has_self && i < n && clock_now_ms(st) <= until; i++) {
        struct log log;
        uint64_t lot, seq;
        bool found;
        randombytes_buf(&lot, sizeof(lot));
        rc = pick(&log, &seq, &found, st, lot % all, err);
        if (!rc && found)
            rc = recheck_entry(t, st, &log, seq, err);
    }
    return rc || !all ? rc : note_time(st, clock_now_ms(st), err);
}

enum qn_code recheck_all(struct recheck_tally *t, struct store *st, const struct qn_report *report,
                         struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int64_t no = -1; !rc;) {
        struct log log;
        bool found;
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_LOG_AFTER);
            q_bind_int(&q, no);
            found = q_step(&q);
            if (found)
                log_from_row(&log, &q);
            rc = query_end(&q, err);
        }
        if (rc || !found)
            break;
        no = log.no;
        for (uint64_t seq = 0; !rc && seq < log.verified; seq++) {
            rc = recheck_entry(t, st, &log, seq, err);
            if (!rc && ((seq + 1) % TOLD_EVERY == 0 || seq + 1 == log.verified))
                qn_say(report, "rebuild.at", "log=%s|done=%llu|of=%llu", log.origin,
                       (unsigned long long)(seq + 1), (unsigned long long)log.verified);
        }
    }
    return rc ? rc : note_time(st, clock_now_ms(st), err);
}

enum qn_code recheck_known(uint64_t *all, uint64_t *own, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_DAMAGE_COUNT);
    q_bind_text(&q, st->origin);
    *all = *own = 0;
    if (q_step(&q)) {
        *all = (uint64_t)q_int(&q, 0);
        *own = (uint64_t)q_int(&q, 1);
    }
    return query_end(&q, err);
}
