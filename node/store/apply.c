#include "node/store/apply.h"

#include <string.h>

#include "node/store/govern.h"
#include "node/store/internal.h"
#include "node/store/judge.h"
#include "node/store/own.h"
#include "node/store/part.h"
#include "node/store/redact.h"
#include "node/store/seal.h"
#include "node/store/skip.h"
#include "node/store/standing.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* ---- one entry --------------------------------------------------------------------------------------- */

/* One log being applied: what the entries of all its lanes share. */
struct run {
    struct store *st;
    const struct log *log;
    struct ingest_tally *tally;
    struct apply_piece *piece;
    struct govern govern;
    bool own;  /* this office's log, which comes back */
    bool rows; /* some were added */
};

static void spend(struct apply_piece *p, uint64_t n)
{
    p->left -= n < p->left ? n : p->left;
}

struct rows {
    struct judge judge; /* first: judge_row is called with it */
    uint64_t n;
};

/* What a row does beyond standing in its table. */
static enum qn_code row_acts(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    if (row->table->lane != QN_LANE_CONTROL)
        return QN_OK;
    if (strcmp(row->table->name, "certificate") == 0)
        return tree_take_cert(st, row, err);
    if (strcmp(row->table->name, "redaction") == 0)
        return redact_take_row(st, row, err);
    return skip_take_row(st, row, err);
}

/* A row that everybody accepts still has to fit what is held here: QN_LATER waits for a row or certificate,
 * QN_CONFLICT is for a person. The insert then must add exactly one row.                                   */
static enum qn_code take_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct rows *r = ctx;
    struct store *st = r->judge.st;
    enum qn_code rc = judge_row(&r->judge, row, err);
    if (rc)
        return rc;
    if (row->col[2].i > 1) {
        bool there = false;
        rc = store_has_previous(st, row, &there, err);
        /* SPEC cursors-27: "A revision whose forerunner is not here is applied all the same" */
        if (!rc && !there)
            rc = redact_forerunner(&there, st, row, err);
        if (rc)
            return rc;
        if (!there) {
            fate_wait(r->judge.f, FATE_DEPENDENCY, (uint64_t)row->col[1].i, "row %s %s %lld", r->judge.signer->office,
                      row->table->name, (long long)row->col[2].i - 1);
            char id[40];
            qn_row_id_text(id, row->col[1].i);
            return qn_fail(err, QN_LATER, "apply.revision", "table=%s|id=%s|rev=%lld", row->table->name, id,
                           (long long)row->col[2].i);
        }
    }
    rc = standing_check(st, row, r->judge.h->seq, r->judge.signer->epoch, err);
    if (!rc)
        rc = store_insert(st, row, err);
    if (!rc) {
        rc = row_acts(st, row, err);
        if (rc == QN_LIMIT) /* a bound of this office, not of the entry */
            rc = QN_CONFLICT;
    }
    r->n++;
    return rc;
}

/* Own rows are not judged again: they stand in the tables whatever offices above say of them (cursors-11). */
static enum qn_code take_own_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct rows *r = ctx;
    struct store *st = r->judge.st;
    enum row_held held;
    if (!qn_span_is(row->col[0].s, st->self.office))
        return qn_fail(err, QN_DENIED, "apply.own-office", "office=%s|seq=%llu", st->self.office,
                       (unsigned long long)r->judge.h->seq);
    enum qn_code rc = store_held(st, row, &held, err);
    if (rc || held == ROW_SAME)
        return rc;
    if (held == ROW_OTHER)
        return qn_fail(err, QN_CONFLICT, "apply.own-differs", "table=%s|id=%lld|rev=%lld", row->table->name,
                       (long long)row->col[1].i, (long long)row->col[2].i);
    rc = store_insert(st, row, err);
    r->n += !rc;
    return rc ? rc : row_acts(st, row, err);
}

static enum qn_code check_deps(struct store *st, const struct qn_header *h, struct fate *f, struct qn_err *err)
{
    for (unsigned i = 0; i < h->ndeps; i++) {
        char origin[QN_ORIGIN_MAX + 1];
        struct log log;
        struct qn_err inner;
        uint8_t root[QN_HASH];
        if (!qn_text_copy(origin, sizeof(origin), h->dep[i].origin) ||
            log_find(&log, st, origin, &inner) != QN_OK || log.verified < h->dep[i].size) {
            fate_wait(f, FATE_DEPENDENCY, h->dep[i].size, "log %.*s", (int)h->dep[i].origin.n,
                      (const char *)h->dep[i].origin.p);
            return qn_fail(err, QN_LATER, "apply.dependency", "log=%.*s|size=%llu", (int)h->dep[i].origin.n,
                           (const char *)h->dep[i].origin.p, (unsigned long long)h->dep[i].size);
        }
        enum qn_code rc = log_root(st, &log, h->dep[i].size, root, err);
        if (rc)
            return rc;
        if (memcmp(root, h->dep[i].root, QN_HASH) != 0)
            return qn_fail(err, QN_CONFLICT, "apply.split-view", "log=%s|size=%llu", origin,
                           (unsigned long long)h->dep[i].size);
    }
    return QN_OK;
}

static enum qn_code take_parts(struct rows *r, const struct log *log, const struct log_entry *e, qn_row_fn *take,
                               struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < e->h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded = {NULL, 0};
        if (!seal_reads(r->judge.st, &e->h.part[i], log->office))
            continue;
        bool gone;
        rc = judge_part(&part, &gone, r->judge.st, log, e, i, err);
        if (gone)
            continue;
        if (!rc)
            rc = judge_open(&coded, &opened, &r->judge, i, qn_buf_span(&part.stored), err);
        /* SPEC recovery-13: "A copy that none of the office's keys opens gives no rows, and the entry counts as applied" */
        if (rc == QN_UNVERIFIED && strcmp(log->office, r->judge.st->self.office) == 0 &&
            e->h.part[i].audience == QN_RESTRICTED) {
            rc = QN_OK;
            continue;
        }
        if (!rc)
            rc = part_rows(r->judge.st->reg, &e->h, i, coded, &room, take, r, NULL, err);
    }
    return rc;
}

/* SPEC recovery-9: "nor do they wait for what their entry rests on" - all of it is told by the own log alone. In the
 * caller's savepoint. f: what it waits for, when that is the own keys.                                       */
static enum qn_code own_entry(struct store *st, const struct log *log, const struct log_entry *e, uint64_t *rows,
                              struct fate *f, struct qn_err *err)
{
    struct rows r = {.judge = {.st = st, .h = &e->h, .signer = &st->self, .f = f}};
    enum qn_code rc = take_parts(&r, log, e, take_own_row, err);
    *rows = rc ? 0 : r.n;
    return rc;
}

static bool concerns_us(struct store *st, const struct log *log, const struct qn_header *h)
{
    for (unsigned i = 0; i < h->nparts; i++)
        if (seal_reads(st, &h->part[i], log->office))
            return true;
    return false;
}

static bool is_refusal(enum qn_code rc)
{
    return rc == QN_MALFORMED || rc == QN_UNVERIFIED || rc == QN_DENIED || rc == QN_LIMIT;
}

/* SPEC rotation-24: "is refused for what its certificate does not give only when" - the parent may have given more, and the
 * certificate be on its way. true: it waits.                                                             */
static bool may_have_more(struct run *run, const struct qn_cert *signer, uint64_t seq, const struct qn_err *why,
                          struct fate *f)
{
    static const char *const rules[] = {"authority.grant", "cert.scope", "cert.lanes"};
    struct log issuer;
    struct qn_err none;
    uint64_t size, time_s, relayable, applied;
    bool depends = false;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        depends = depends || strcmp(why->id, rules[i]) == 0;
    if (!depends || !signer->issuer[0] || strcmp(signer->issuer, run->st->self.office) == 0)
        return false;
    if (log_first_cosigned(run->st, run->log, seq, signer->issuer, &size, &time_s, &none) != QN_OK) {
        fate_wait(f, FATE_CERTIFICATE, 0, "log %s", run->log->origin);
        return true;
    }
    if (log_of_office(&issuer, run->st, signer->issuer, &none) != QN_OK ||
        ingest_cursor(run->st, &issuer, QN_LANE_CONTROL, &relayable, &applied, &none) != QN_OK ||
        applied >= issuer.verified)
        return false;
    fate_wait(f, FATE_CERTIFICATE, 0, "log %s", issuer.origin);
    return true;
}

/* What becomes of an entry that was not applied, and what it waits for. */
static void say_fate(struct fate *f, const struct log *log, const struct qn_header *h, enum qn_code rc,
                     const struct qn_err *why)
{
    f->state = is_refusal(rc) ? FATE_REFUSED : rc == QN_CONFLICT ? FATE_QUARANTINED : FATE_HELD;
    if (f->state != FATE_HELD) {
        f->reason = FATE_NO_REASON;
        f->on[0] = 0;
    } else if (!f->on[0] && (strcmp(why->id, "apply.schema") == 0 || strcmp(why->id, "entry.codec") == 0)) {
        char hash[17];
        qn_hex(hash, h->schema_hash, 8);
        fate_wait(f, FATE_SCHEMA, 0, "schema %u %s", h->schema, hash);
    } else if (!f->on[0]) {
        fate_wait(f, FATE_DEPENDENCY, 0, "log %s", log->origin);
    }
}

/* SPEC cursors-20: "How far a log of a revoked key was applied is taken over too" */
static bool was_applied(struct run *run, const struct log_entry *e)
{
    uint64_t relayable, applied;
    struct qn_err none;
    return run->st->before &&
           ingest_cursor(run->st->before, run->log, e->h.lane, &relayable, &applied, &none) == QN_OK &&
           e->h.seq < applied;
}

/* QN_OK: applied, in the caller's savepoint. QN_IO, QN_NOMEM: nothing is known. Else f says what becomes of it. */
static enum qn_code apply_entry(struct run *run, uint64_t seq, uint64_t *rows, struct fate *f, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    struct store *st = run->st;
    struct rows r = {.judge = {.st = st, .h = &e.h, .f = f}};
    enum qn_code rc = log_entry_get(&e, st, run->log, seq, err);
    if (rc)
        return rc;
    if (run->own) {
        rc = own_entry(st, run->log, &e, rows, f, err);
        if (rc)
            say_fate(f, run->log, &e.h, rc, err);
        return rc;
    }
    bool ours = concerns_us(st, run->log, &e.h);
    rc = govern_entry(&r.judge.signer, &run->govern, seq, f, err);
    if (rc == QN_DENIED && was_applied(run, &e) && govern_unrevoked(&r.judge.signer, &run->govern)) {
        rc = QN_OK;
        *f = (struct fate){.state = FATE_NONE};
    }
    /* SPEC entry-20: "counts as applied there, unless its key was revoked (rotation-9)" */
    if (!ours && (rc == QN_OK || rc == QN_LATER))
        return QN_OK;
    if (rc) {
        f->state = rc == QN_DENIED ? FATE_QUARANTINED : FATE_HELD;
        return rc;
    }
    rc = check_deps(st, &e.h, f, err);
    if (!rc)
        rc = take_parts(&r, run->log, &e, take_row, err);
    /* SPEC cursors-7: "an entry that both breaks a rule and waits for something is refused" */
    if (rc == QN_LATER || rc == QN_ABSENT || rc == QN_CONFLICT) {
        struct qn_err why;
        struct fate other = *f;
        struct judge j = r.judge;
        j.f = &other;
        enum qn_code pure = judge_entry(&j, run->log, &e, &why);
        if (pure) {
            rc = pure;
            *f = other;
            *err = why;
        }
    }
    if (rc == QN_DENIED && may_have_more(run, r.judge.signer, seq, err, f)) {
        f->state = FATE_HELD;
        return QN_LATER;
    }
    say_fate(f, run->log, &e.h, rc, err);
    *rows = r.n;
    return rc;
}

/* go: false when the lane stands still here. clear: whether the entry has a fate that ends with this. */
static enum qn_code settle(struct run *run, uint64_t seq, bool clear, bool *go, struct qn_err *err)
{
    struct store *st = run->st;
    struct fate f = {.state = FATE_NONE};
    uint64_t rows = 0;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (rc)
        return rc;
    enum qn_code verdict = apply_entry(run, seq, &rows, &f, &f.why);
    if (verdict == QN_IO || verdict == QN_NOMEM) {
        if (err)
            *err = f.why;
        return verdict;
    }
    *go = verdict == QN_OK || f.state == FATE_REFUSED;
    spend(run->piece, 1 + rows);
    if (verdict == QN_OK) {
        if (clear)
            rc = fate_clear(st, run->log->no, seq, err);
        if (!rc)
            rc = tx_commit(&tx, err);
        if (!rc) {
            run->tally->applied++;
            run->tally->rows += rows;
            run->rows = run->rows || rows;
        }
        return rc;
    }
    tx_end(&tx);
    f.untold = f.state == FATE_REFUSED && skip_is_ours(st, run->log, seq);
    return fate_put(st, run->log->no, seq, &f, err);
}

/* ---- lanes ---------------------------------------------------------------------------------------------- */

static enum qn_code next_of_lane(struct store *st, const struct log *log, enum qn_lane lane, uint64_t from,
                                 uint64_t to, uint64_t *seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_OF_LANE);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)from);
    q_bind_int(&q, (int64_t)to);
    *seq = q_step(&q) ? (uint64_t)q_int(&q, 0) : to;
    return query_end(&q, err);
}

static bool part_held(struct store *st, const struct log *log, uint64_t seq, unsigned part)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PART_HELD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, part);
    return q_step(&q);
}

/* What keeps an entry from being passed on. */
enum lack { WHOLE, LACKS_PARTS, LACKS_ADDRESSEE };

static enum qn_code complete(struct store *st, const struct log *log, uint64_t seq, enum lack *out,
                             char office[QN_CODE_MAX + 1], struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    *out = WHOLE;
    for (unsigned i = 0; !rc && i < e.h.nparts && *out != LACKS_PARTS; i++) {
        if (tree_part_is_for(st, &e.h.part[i], log->office, st->self.office)) {
            bool gone = true; /* SPEC cursors-26: "For the cursors it counts as stored, and its rows as applied." */
            if (!part_held(st, log, seq, i))
                rc = redact_gone(&gone, st, log, &e.h, i, err);
            if (!gone)
                *out = LACKS_PARTS;
        } else if (*out == WHOLE && tree_part_unknown(st, &e.h.part[i], log->office)) {
            *out = LACKS_ADDRESSEE;
            qn_text_copy(office, QN_CODE_MAX + 1, e.h.part[i].to);
        }
    }
    return rc;
}

enum qn_code ingest_cursor(struct store *st, const struct log *log, enum qn_lane lane, uint64_t *relayable,
                           uint64_t *applied, struct qn_err *err)
{
    /* SPEC recovery-10: "every own entry counts as here and applied, since it was applied as it was written" */
    if (strcmp(log->origin, st->origin) == 0 && !own_comes_back(st)) {
        *relayable = *applied = log->size;
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_CURSOR_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    bool found = q_step(&q);
    *relayable = found ? (uint64_t)q_int(&q, 0) : 0;
    *applied = found ? (uint64_t)q_int(&q, 1) : 0;
    return query_end(&q, err);
}

enum qn_code ingest_cursors(struct ingest_cursors *out, struct store *st, const struct log *log, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *out = (struct ingest_cursors){.received = log->size, .verified = log->verified};
    for (int lane = 0; !rc && lane < QN_LANES; lane++)
        rc = ingest_cursor(st, log, (enum qn_lane)lane, &out->relayable[lane], &out->applied[lane], err);
    return rc;
}

/* Notes why the entry at seq is not passed on, unless that is known. skipped: it is not waited for any more. */
static enum qn_code stop_at(struct run *run, uint64_t seq, enum lack lack, const char *office, bool *skipped,
                            struct qn_err *err)
{
    const struct log *log = run->log;
    struct fate f = {.state = FATE_HELD};
    struct fate_at had;
    enum qn_code rc = fate_next(&had, run->st, log->no, seq, err);
    bool known = had.seq == seq;
    /* SPEC cursors-31: "A waiver ends this standstill like any other" - the author's, who may be hostile, is the fault */
    *skipped = known && lack == LACKS_ADDRESSEE && (had.state == FATE_WAIVED || had.state == FATE_SUPERSEDED);
    if (rc || *skipped || (known && (had.state != FATE_HELD || (had.gap == (lack == LACKS_PARTS) && !had.ready))))
        return rc;
    if (lack == LACKS_PARTS) {
        fate_wait(&f, FATE_GAP, seq, "part %s", log->origin);
        qn_fail(&f.why, QN_LATER, "apply.gap", "log=%s|seq=%llu", log->origin, (unsigned long long)seq);
    } else {
        fate_wait(&f, FATE_CERTIFICATE, 0, "office %s", office);
        qn_fail(&f.why, QN_LATER, "apply.addressee", "log=%s|seq=%llu|office=%s", log->origin, (unsigned long long)seq,
                office);
    }
    return fate_put(run->st, log->no, seq, &f, err);
}

/* Entries whose every part is here can be passed on, applied or not. The first that is not whole is a gap. */
static enum qn_code gather(struct run *run, enum qn_lane lane, uint64_t *relayable, struct qn_err *err)
{
    const struct log *log = run->log;
    uint64_t at = *relayable, seq;
    while (at < log->verified && run->piece->left) {
        enum lack lack = WHOLE;
        bool skipped = false;
        char office[QN_CODE_MAX + 1] = "";
        enum qn_code rc = next_of_lane(run->st, log, lane, at, log->verified, &seq, err);
        if (!rc && seq < log->verified)
            rc = complete(run->st, log, seq, &lack, office, err);
        if (!rc && lack != WHOLE)
            rc = stop_at(run, seq, lack, office, &skipped, err);
        if (rc)
            return rc;
        if (lack != WHOLE && !skipped) {
            *relayable = seq;
            return QN_OK;
        }
        at = seq < log->verified ? seq + 1 : log->verified;
        spend(run->piece, 1);
    }
    *relayable = at;
    return QN_OK;
}

/* SPEC cursors-4: "At a held or quarantined entry its lane stands still" */
static enum qn_code go_on(struct run *run, enum qn_lane lane, uint64_t relayable, uint64_t *applied,
                          struct qn_err *err)
{
    struct fate_at fate = {.seq = 0};
    enum qn_code rc = fate_next(&fate, run->st, run->log->no, *applied, err);
    while (!rc && *applied < relayable && run->piece->left) {
        uint64_t seq;
        bool go = true;
        rc = next_of_lane(run->st, run->log, lane, *applied, relayable, &seq, err);
        if (!rc && fate.seq < seq)
            rc = fate_next(&fate, run->st, run->log->no, seq, err);
        if (rc || seq >= relayable) {
            *applied = rc ? *applied : relayable;
            break;
        }
        bool had = fate.seq == seq;
        bool skipped = had && (fate.state == FATE_SUPERSEDED || fate.state == FATE_WAIVED);
        /* Only a replay meets one: what it was refused for is forgotten, and nobody can judge it again. */
        skipped = skipped || (had && fate.state == FATE_REFUSED && !fate.ready);
        bool kept = had && fate.state == FATE_KEPT; /* a replay (replay.h): it was applied before it was to be skipped */
        bool stands = had && (fate.state == FATE_HELD || fate.state == FATE_QUARANTINED);
        /* SPEC cursors-6: "and is not tried before" */
        bool waits = had && !skipped && !kept && !fate.ready && !fate.gap;
        if (run->own) { /* what others said of an own entry is shown, and changes nothing in its rows */
            skipped = false;
            waits = waits && stands;
        }
        if (!skipped && !waits)
            rc = settle(run, seq, run->own ? stands : had && !kept, &go, err);
        if (rc || waits || !go) {
            *applied = seq;
            break;
        }
        *applied = seq + 1;
    }
    return rc;
}

static enum qn_code advance(struct run *run, enum qn_lane lane, struct qn_err *err)
{
    uint64_t relayable, applied;
    enum qn_code rc = ingest_cursor(run->st, run->log, lane, &relayable, &applied, err);
    uint64_t had_relayable = relayable, had_applied = applied;
    if (!rc)
        rc = gather(run, lane, &relayable, err);
    if (!rc)
        rc = go_on(run, lane, relayable, &applied, err);
    /* Whether anything is left of a lane that ended with the piece, the next piece will tell. */
    run->piece->more = run->piece->more || !run->piece->left;
    if (rc || (relayable == had_relayable && applied == had_applied))
        return rc;
    QN_AUTO(query) struct query q = query_start(run->st, SQL_CURSOR_SET);
    q_bind_int(&q, run->log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)relayable);
    q_bind_int(&q, (int64_t)applied);
    return store_run(&q, err);
}

/* SPEC rotation-23: "what was applied stays, and is *kept* (cursors-4)" */
#define KEPT_MAX 1024 /* of one log; a thief's thousands are seen by the first */
static enum qn_code review(struct run *run, struct qn_err *err)
{
    bool revoked;
    uint64_t from, seq, relayable, applied, n = 0;
    const struct qn_cert *signer;
    enum qn_code rc = govern_revoked(&revoked, &from, &run->govern, err);
    if (rc == QN_ABSENT || rc || !revoked)
        return rc == QN_ABSENT ? QN_OK : rc;
    {
        QN_AUTO(query) struct query q = query_start(run->st, SQL_FATE_UNKEEP);
        q_bind_int(&q, run->log->no);
        rc = store_run(&q, err);
    }
    for (int lane = 0; !rc && lane < QN_LANES; lane++) {
        rc = ingest_cursor(run->st, run->log, (enum qn_lane)lane, &relayable, &applied, err);
        for (uint64_t at = from; !rc && at < applied && n < KEPT_MAX; at = seq + 1) {
            struct fate f = {.state = FATE_NONE};
            struct fate_at had = {.seq = UINT64_MAX};
            rc = next_of_lane(run->st, run->log, (enum qn_lane)lane, at, applied, &seq, err);
            if (rc || seq >= applied)
                break;
            rc = fate_next(&had, run->st, run->log->no, seq, err);
            if (rc || had.seq == seq)
                continue;
            rc = govern_entry(&signer, &run->govern, seq, &f, &f.why);
            if (rc == QN_DENIED) {
                f.state = FATE_KEPT;
                n++;
                rc = fate_put(run->st, run->log->no, seq, &f, err);
            } else if (rc == QN_LATER) {
                rc = QN_OK;
            } else if (rc && err) {
                *err = f.why;
            }
        }
    }
    return rc;
}

enum qn_code apply_log(struct store *st, const struct log *log, struct apply_piece *piece, struct ingest_tally *tally,
                       struct qn_err *err)
{
    struct run run = {.st = st, .log = log, .tally = tally, .piece = piece, .govern = {.st = st, .log = log}};
    enum qn_code rc = QN_OK;
    piece->more = false;
    run.own = strcmp(log->origin, st->origin) == 0;
    if (run.own && !own_comes_back(st))
        return QN_OK;
    for (int lane = 0; !rc && lane < QN_LANES && !piece->more; lane++)
        rc = advance(&run, (enum qn_lane)lane, err);
    if (!rc && !run.own && !piece->more)
        rc = review(&run, err);
    govern_release(&run.govern);
    return rc || !run.rows ? rc : fate_wake_rows(st, log->office, err);
}

enum qn_code apply_own(struct store *st, const struct log *log, uint64_t from, struct ingest_tally *tally,
                       uint64_t *lacks, struct qn_err *err)
{
    uint64_t rows = 0;
    *lacks = 0;
    for (uint64_t seq = from; seq < log->size; seq++) {
        QN_AUTO(tx) struct tx tx = {0};
        QN_AUTO(log_entry) struct log_entry e = {0};
        struct fate f = {.state = FATE_NONE};
        struct qn_err why;
        uint64_t n = 0;
        enum qn_code rc = tx_begin(&tx, st, &why);
        if (!rc)
            rc = log_entry_get(&e, st, log, seq, &why);
        if (!rc)
            rc = own_entry(st, log, &e, &n, &f, &why);
        if (!rc)
            rc = tx_commit(&tx, &why);
        rows += rc ? 0 : n;
        if (rc == QN_ABSENT && strcmp(why.id, "log.no-part") == 0) {
            ++*lacks;
        } else if (rc) {
            if (err)
                *err = why;
            return rc;
        } else {
            tally->applied++;
        }
    }
    tally->rows += rows;
    return rows ? fate_wake_rows(st, log->office, err) : QN_OK;
}
