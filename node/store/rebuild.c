#include "node/store/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/apply.h"
#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/files.h"
#include "node/store/internal.h"
#include "node/store/purge.h"
#include "node/store/rebuild_parts.h"
#include "node/store/replay.h"
#include "node/store/settle.h"
#include "node/store/tree.h"
#include "qian/note.h"

#define DIR_NAME  "rebuild"
#define COMMIT_AT 2000 /* entries between two commits of the copy */

static void unsound(struct making *m, const char *table, bool own, const struct qn_err *why,
                    const char *fmt, ...) QN_PRINTF(5, 6);
static void unsound(struct making *m, const char *table, bool own, const struct qn_err *why,
                    const char *fmt, ...)
{
    struct rebuild_finding f = {.what = REBUILD_UNSOUND, .own = own, .why = *why};
    va_list ap;
    snprintf(f.table, sizeof(f.table), "%s", table);
    va_start(ap, fmt);
    vsnprintf(f.key, sizeof(f.key), fmt, ap);
    va_end(ap);
    m->out->found++;
    m->out->unsound_own += own;
    if (m->o->found)
        m->o->found(m->o->ctx, &f);
}

/* A verdict on what is held, or a failure that ends the work. */
static bool is_verdict(enum qn_code rc)
{
    return rc && rc != QN_IO && rc != QN_NOMEM;
}

/* ---- the rest, as it is --------------------------------------------------------------------------------------- */

static bool is_derived(const struct store *st, const char *table)
{
    static const char *const derived[] = {"cert",   "log",  "entry",     "node",       "part",
                                          "cursor", "fate", "log_clock", "clock_back", "damage"};
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
        if (strcmp(derived[i], table) == 0)
            return true;
    return qn_registry_table(st->reg, qn_str(table)) != NULL;
}

static void stmt_auto(sqlite3_stmt **q)
{
    sqlite3_finalize(*q);
}

/* The rows that `sql` selects of the one, into a table of the other with the same columns. */
static enum qn_code copy(struct making *m, const char *sql, const char *table, uint64_t *n,
                         struct qn_err *err)
{
    QN_AUTO(stmt) sqlite3_stmt *r = NULL;
    QN_AUTO(stmt) sqlite3_stmt *w = NULL;
    QN_AUTO(qn_buf) struct qn_buf put = {0};
    qn_buf_init(&put, 4096);
    if (sqlite3_prepare_v2(m->from->db, sql, -1, &r, NULL) != SQLITE_OK)
        return store_sqlite_fail(m->from, sql, err);
    int columns = sqlite3_column_count(r), rc;
    qn_put_fmt(&put, "INSERT OR REPLACE INTO \"%s\" VALUES(", table);
    for (int i = 0; i < columns; i++)
        qn_put_str(&put, i ? ",?" : "?");
    qn_put_str(&put, ")");
    if (put.failed ||
        sqlite3_prepare_v2(m->to->db, (const char *)put.p, (int)put.n, &w, NULL) != SQLITE_OK)
        return store_sqlite_fail(m->to, table, err);
    while ((rc = sqlite3_step(r)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            sqlite3_bind_value(w, i + 1, sqlite3_column_value(r, i));
        if (sqlite3_step(w) != SQLITE_DONE)
            return store_sqlite_fail(m->to, table, err);
        sqlite3_reset(w);
        *n += 1;
    }
    return rc == SQLITE_DONE ? QN_OK : store_sqlite_fail(m->from, table, err);
}

static enum qn_code copy_rest(struct making *m, struct qn_err *err)
{
    QN_AUTO(stmt) sqlite3_stmt *q = NULL;
    static const char list[] =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    enum qn_code rc = QN_OK;
    if (sqlite3_prepare_v2(m->to->db, list, -1, &q, NULL) != SQLITE_OK)
        return store_sqlite_fail(m->to, list, err);
    while (!rc && sqlite3_step(q) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(q, 0);
        char sql[128];
        uint64_t n = 0;
        snprintf(sql, sizeof(sql), "SELECT * FROM \"%.60s\"", table);
        if (!is_derived(m->to, table))
            rc = copy(m, sql, table, &n, err);
    }
    return rc ? rc : files_look_anew(m->to, err);
}

/* ---- certificates and logs --------------------------------------------------------------------------------------- */

/* Logs first: the rest names them by their number. */
static enum qn_code copy_logs(struct making *m, struct qn_err *err)
{
    return copy(m, "SELECT no, origin, office, epoch, 0, 0, 0 FROM log ORDER BY no", "log",
                &m->out->logs, err);
}

static enum qn_code copy_certs(struct making *m, struct qn_err *err)
{
    QN_AUTO(stmt) sqlite3_stmt *q = NULL;
    static const char sql[] =
        "SELECT bytes, office, epoch, serial FROM cert ORDER BY level, office, epoch, serial";
    if (sqlite3_prepare_v2(m->from->db, sql, -1, &q, NULL) != SQLITE_OK)
        return store_sqlite_fail(m->from, sql, err);
    int step;
    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        struct qn_span bytes = {sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)};
        const char *office = (const char *)sqlite3_column_text(q, 1);
        struct qn_err why;
        enum qn_code rc = tree_keep_cert(m->to, bytes, &why);
        if (is_verdict(rc)) {
            unsound(m, "cert", strcmp(office, m->from->self.office) == 0, &why, "%s %d %d", office,
                    sqlite3_column_int(q, 2), sqlite3_column_int(q, 3));
        } else if (rc) {
            *err = why;
            return rc;
        }
    }
    return step == SQLITE_DONE ? QN_OK : store_sqlite_fail(m->from, sql, err);
}

/* ---- headers and parts --------------------------------------------------------------------------------------------- */

/* Hash, signature and place of a header as held. */
static enum qn_code check_entry(const struct log_entry *e, const struct log *log, uint64_t seq,
                                const struct qn_cert *signer, struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    struct qn_span bytes = qn_buf_span(&e->bytes);
    qn_leaf_hash(leaf, bytes);
    if (memcmp(leaf, e->leaf, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "rebuild.leaf", "log=%s|seq=%llu", log->origin,
                       (unsigned long long)seq);
    if (e->h.seq != seq || !qn_span_is(e->h.origin, log->origin))
        return qn_fail(err, QN_UNVERIFIED, "rebuild.place", "log=%s|seq=%llu", log->origin,
                       (unsigned long long)seq);
    return qn_header_verify(bytes, e->sig, signer->log, err);
}

static enum qn_code copy_parts(struct making *m, const struct log *log, const struct log_entry *e,
                               bool own, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < e->h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        struct qn_err why;
        rc = log_part_get(&part, m->from, log, e->h.seq, i, &why);
        if (rc == QN_ABSENT && strcmp(why.id, "log.no-part") == 0) {
            rc = QN_OK;
            continue;
        }
        if (!rc)
            rc = qn_part_check(&e->h.part[i], part.salt, qn_buf_span(&part.stored), &why);
        if (is_verdict(rc)) {
            unsound(m, "part", own, &why, "%s %llu %u", log->origin, (unsigned long long)e->h.seq,
                    i);
            rc = QN_OK;
            continue;
        }
        if (rc) {
            *err = why;
            return rc;
        }
        QN_AUTO(query) struct query q = query_start(m->to, SQL_PART_PUT);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)e->h.seq);
        q_bind_int(&q, i);
        q_bind_blob(&q, part.salt, QN_SALT);
        q_bind_blob(&q, part.stored.p, part.stored.n);
        rc = store_run(&q, err);
        m->out->parts++;
        if (!rc)
            rc = rebuild_note_sealed(m, log, &e->h, i, qn_buf_span(&part.stored), err);
    }
    return rc;
}

/* The largest size that a checkpoint of the log's own key stands for, as before. */
static enum qn_code find_verified(uint64_t *out, struct making *m, const struct log *log,
                                  uint64_t most, const struct qn_cert *signer, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *out = 0;
    while (!rc && most && !*out) {
        uint64_t size;
        {
            QN_AUTO(query) struct query q = query_start(m->to, SQL_CHECKPOINT_NEWEST);
            q_bind_int(&q, log->no);
            q_bind_int(&q, (int64_t)most);
            size = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
            rc = query_end(&q, err);
        }
        if (rc || !size)
            return rc;
        QN_AUTO(qn_buf) struct qn_buf bytes = {0};
        struct qn_note note;
        struct qn_checkpoint c;
        struct qn_err none;
        uint8_t root[QN_HASH];
        qn_buf_init(&bytes, QN_NOTE_MAX);
        rc = log_root(m->to, log, size, root, err);
        if (!rc)
            rc = log_checkpoint_note(&bytes, m->to, log, size, err);
        if (!rc && qn_note_parse(&note, qn_buf_span(&bytes), &none) == QN_OK &&
            qn_checkpoint_parse(&c, note.text, &none) == QN_OK &&
            memcmp(c.root, root, QN_HASH) == 0) {
            struct qn_note one = {.text = note.text, .nsigs = 1};
            one.sig[0] = note.sig[0]; /* the log's own line stands first */
            if (qn_note_verify(&one, qn_str(log->origin), signer->log, &none) == QN_OK)
                *out = size;
        }
        most = size - 1;
    }
    return rc;
}

static enum qn_code copy_log(struct making *m, const struct log *log, struct qn_err *err)
{
    struct log to = *log;
    struct qn_cert signer;
    struct qn_err why = {0};
    bool own = strcmp(log->office, m->from->self.office) == 0;
    uint64_t verified;
    enum qn_code rc = QN_OK;
    to.size = to.verified = 0;
    if (!log->size)
        return QN_OK;
    rc = tree_cert_at(&signer, m->to, log->office, log->epoch, &why);
    if (rc) { /* said with its certificate */
        if (is_verdict(rc))
            return QN_OK;
        *err = why;
        return rc;
    }
    bool cut = false;
    while (!rc && !cut && to.size < log->size) {
        QN_AUTO(tx) struct tx tx = {0};
        rc = tx_begin(&tx, m->to, err);
        for (unsigned i = 0; !rc && !cut && i < COMMIT_AT && to.size < log->size; i++) {
            QN_AUTO(log_entry) struct log_entry e = {0};
            enum qn_code sound = log_entry_get(&e, m->from, log, to.size, &why);
            if (!sound)
                sound = check_entry(&e, log, to.size, &signer, &why);
            if (is_verdict(sound)) { /* what is behind it cannot be told from a forgery */
                unsound(m, "entry", own, &why, "%s %llu", log->origin, (unsigned long long)to.size);
                cut = true;
                continue;
            }
            if (sound) {
                *err = why;
                return sound;
            }
            rc = log_append(m->to, &to, qn_buf_span(&e.bytes), e.sig, &e.h, err);
            if (!rc)
                rc = copy_parts(m, log, &e, own, err);
            m->out->entries++;
        }
        if (!rc)
            rc = tx_commit(&tx, err);
        if (!rc)
            qn_say(m->o->report, "rebuild.at", "log=%s|done=%llu|of=%llu", log->origin,
                   (unsigned long long)to.size, (unsigned long long)log->size);
    }
    if (!rc)
        rc = find_verified(&verified, m, &to, to.size, &signer, err);
    return rc ? rc : log_set_verified(m->to, &to, verified, err);
}

/* ---- what follows ---------------------------------------------------------------------------------------------------- */

/* The own log piece by piece; where a piece has an entry that gives no rows, entry by entry, and what that is is said. */
static enum qn_code own_rows(struct making *m, const struct log *log, struct ingest_tally *tally,
                             struct qn_err *err)
{
    for (uint64_t from = 0; from < log->size;) {
        struct log part = *log;
        struct qn_err why;
        uint64_t lacks = 0;
        part.size = log->size - from > COMMIT_AT ? from + COMMIT_AT : log->size;
        enum qn_code rc = QN_OK;
        {
            QN_AUTO(tx) struct tx tx = {0};
            rc = tx_begin(&tx, m->to, err);
            if (rc)
                return rc;
            rc = apply_own(m->to, &part, from, tally, &lacks, &why);
            if (!rc)
                rc = tx_commit(&tx, &why);
        }
        bool each = is_verdict(rc) || (lacks && m->last);
        for (uint64_t seq = from; each && !(rc && !is_verdict(rc)) && seq < part.size; seq++) {
            struct log one = *log;
            one.size = seq + 1;
            rc = apply_own(m->to, &one, seq, tally, &lacks, &why);
            if (!rc && lacks)
                rc = qn_fail(&why, QN_ABSENT, "replay.lacks", "log=%s|n=1", log->origin);
            if (is_verdict(rc) && m->last)
                unsound(m, "entry", true, &why, "%s %llu", log->origin, (unsigned long long)seq);
        }
        if (rc && !is_verdict(rc)) {
            *err = why;
            return rc;
        }
        m->lacks = m->lacks || each || lacks;
        from = part.size;
    }
    return QN_OK;
}

static enum qn_code each_log(struct making *m, struct store *of,
                             enum qn_code (*f)(struct making *, const struct log *,
                                               struct qn_err *),
                             struct qn_err *err)
{
    int64_t no = -1;
    for (;;) {
        struct log log;
        bool found;
        {
            QN_AUTO(query) struct query q = query_start(of, SQL_LOG_AFTER);
            q_bind_int(&q, no);
            found = q_step(&q);
            if (found)
                log_from_row(&log, &q);
            enum qn_code rc = query_end(&q, err);
            if (rc || !found)
                return rc;
        }
        no = log.no;
        enum qn_code rc = f(m, &log, err);
        if (rc)
            return rc;
    }
}

static enum qn_code own_log(struct making *m, const struct log *log, struct qn_err *err)
{
    struct ingest_tally tally = {0};
    if (strcmp(log->office, m->to->self.office) != 0)
        return QN_OK;
    enum qn_code rc = own_rows(m, log, &tally, err);
    m->out->rows += tally.rows;
    return rc;
}

/* SPEC cursors-20: "superseded, waived and kept are taken over where a row of `waiver` or `supersede` names the entry" */
#define DECIDED \
    "state IN ('superseded', 'waived', 'kept') AND EXISTS (SELECT 1 FROM log l WHERE l.no = " \
    "fate.log AND (EXISTS (SELECT 1 FROM waiver w WHERE w.origin = l.origin AND w.seq = " \
    "fate.seq) OR EXISTS (SELECT 1 FROM supersede s WHERE s.origin = l.origin AND s.seq = " \
    "fate.seq)))"

/* SPEC cursors-20: "refused is taken over where a part of the entry is forgotten" */
#define FORGOTTEN \
    "state = 'refused' AND EXISTS (SELECT 1 FROM log l WHERE l.no = fate.log AND (EXISTS (SELECT " \
    "1 " \
    "FROM redaction r WHERE r.origin = l.origin AND r.seq = fate.seq) OR EXISTS (SELECT 1 FROM " \
    "purge_report r JOIN purge p ON p.office = r.purge_office AND p.id = r.purge_id AND p.rev = " \
    "r.purge_rev WHERE r.office = p.holder AND p.subject = l.office AND NOT (l.epoch > r.epoch " \
    "AND " \
    "EXISTS (SELECT 1 FROM cert c WHERE c.office = l.office AND c.epoch = l.epoch AND c.issuer = " \
    "p.holder)))))"

/* What the order of arrival decided (replay.h), and what others said of the own log. */
static enum qn_code seed_fates(struct making *m, struct qn_err *err)
{
    char sql[1600];
    uint64_t n = 0;
    snprintf(sql, sizeof(sql),
             "SELECT * FROM fate WHERE " DECIDED " OR " FORGOTTEN
             " OR log IN (SELECT no FROM log WHERE office = '%s')",
             m->from->self.office);
    enum qn_code rc = copy(m, sql, "fate", &n, err);
    /* How far the own log came back from elsewhere, where it did: its entries are not applied by these otherwise. */
    snprintf(sql, sizeof(sql),
             "SELECT * FROM cursor WHERE log IN (SELECT no FROM log WHERE office = '%s')",
             m->from->self.office);
    return rc ? rc : copy(m, sql, "cursor", &n, err);
}

/* A fate taken over must rest on a signed row: nobody hides an entry by a word in one table. What is kept of a revoked key
 * was derived from the revocation (rotation-23), and is compared. */
static enum qn_code check_seeds(struct making *m, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(m->to, SQL_FATE_BASELESS);
    while (q_step(&q)) {
        struct rebuild_finding f = {.what = REBUILD_EXTRA, .table = "fate"};
        snprintf(f.key, sizeof(f.key), "%s %lld", q_text(&q, 0), (long long)q_int(&q, 1));
        m->out->found++;
        if (m->o->found)
            m->o->found(m->o->ctx, &f);
    }
    return query_end(&q, err);
}

static enum qn_code derive(struct making *m, struct qn_err *err)
{
    struct ingest_tally tally = {0};
    enum qn_code rc = seed_fates(m, err);
    if (!rc)
        rc = rebuild_carry_sealed(m, err);
    if (!rc)
        rc = each_log(m, m->to, own_log, err);
    if (!rc)
        rc = replay_others(m->to, &tally, m->o->report, err);
    m->last = true;
    if (!rc &&
        m->lacks) /* a part may have been forgotten at the word of a later entry, or of an office above */
        rc = each_log(m, m->to, own_log, err);
    if (!rc)
        rc = rebuild_carry_revisions(m, err);
    m->out->rows += tally.rows;
    if (rc)
        return rc;
    /* Since when something stands still, and what was said of it, is the old database's to tell. */
    uint64_t n = 0;
    QN_AUTO(query) struct query q = query_start(m->to, SQL_LOG_CALM);
    rc = store_run(&q, err);
    if (!rc)
        rc = copy(m, "SELECT * FROM fate WHERE " DECIDED, "fate", &n, err);
    return rc ? rc : check_seeds(m, err);
}

static enum qn_code fill(struct making *m, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, m->to, err);
    if (!rc)
        rc = copy_rest(m, err);
    if (!rc)
        rc = copy_logs(m, err);
    if (!rc)
        rc = store_reload(m->to, err);
    if (!rc)
        rc = copy_certs(m, err);
    if (!rc)
        rc = store_reload(m->to, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        rc = each_log(m, m->from, copy_log, err);
    return rc ? rc : derive(m, err);
}

/* ---- the file ---------------------------------------------------------------------------------------------------------- */

static const char *const pieces[] = {"qian.db", "qian.db-wal", "qian.db-shm", "lock"};

void rebuild_drop(struct store *st)
{
    char path[FILE_PATH_MAX + 64];
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        snprintf(path, sizeof(path), "%s/" DIR_NAME "/%s", st->dir, pieces[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/" DIR_NAME, st->dir);
    rmdir(path);
}

enum qn_code rebuild_make(struct rebuild_result *out, struct store *st,
                          const struct rebuild_options *o, struct qn_err *err)
{
    char dir[FILE_PATH_MAX];
    QN_AUTO(store) struct store *to = NULL;
    /* By the program that this database is of: a newer one would have other tables, and read what this one cannot. */
    const struct store_world world = {
        .ctx = st->world.ctx, .now_ms = st->world.now_ms, .as = st->world.as};
    *out = (struct rebuild_result){0};
    if (!st->has_self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", st->dir);
    /* What came and is not applied yet would be told as a difference. */
    if (st->nclaims)
        return qn_fail(err, QN_LATER, "rebuild.settling", "");
    enum qn_code rc =
        st->world.scratch ? QN_OK : duty_act(st, duty_of(DUTY_REBUILD), NULL, "", err);
    if (!rc && !st->world.scratch)
        rc = settle_resume(st, o->report, err);
    /* So would what is half purged. */
    if (!rc && !st->world.scratch)
        rc = purge_by_itself(st, NULL, NULL, o->report, err);
    if (!rc && purge_under_way(st))
        rc = qn_fail(err, QN_LATER, "rebuild.purging", "");
    if (rc)
        return rc;
    rebuild_drop(st);
    rc = file_join(dir, st->dir, DIR_NAME, err);
    if (!rc)
        rc = store_open_in(&to, dir, STORE_CREATE, &world, err);
    if (!rc)
        rc = store_exec(to, "PRAGMA synchronous=OFF", err); /* synced once, before it is used */
    if (rc)
        return rc;
    store_lend_keys(to, st->keys);
    to->before = st;
    struct making m = {.from = st, .to = to, .out = out, .o = o};
    rc = fill(&m, err);
    if (!rc)
        rc = rebuild_compare(out, st, to, o, err);
    free(m.sealed);
    free(m.carried);
    return rc;
}

static enum qn_code sync_file(const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good ? QN_OK
                : qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
}

enum qn_code rebuild_replace(char aside[64], struct store *st, const struct rebuild_result *made,
                             struct qn_err *err)
{
    char fresh[FILE_PATH_MAX], when[20];
    if (made->unsound_own)
        return qn_fail(err, QN_DENIED, "rebuild.own-unsound", "n=%llu",
                       (unsigned long long)made->unsound_own);
    enum qn_code rc = file_join(fresh, st->dir, DIR_NAME "/qian.db", err);
    if (!rc)
        rc = sync_file(fresh, err);
    clock_local(st, when);
    snprintf(aside, 64, "qian.db.before-%.19s", when);
    if (!rc)
        rc = store_swap(st, fresh, aside, err);
    if (!rc)
        rebuild_drop(st);
    return rc;
}
