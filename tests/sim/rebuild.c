/* rebuild.c - I5: what is here follows from the logs alone. All logs but the own go once more into a copy that holds
 * nothing of others; the rows of the own log were compared with its parts when they were written (model.c).       */
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "tests/sim/sim.h"

/* With their cosignatures: they are what entries are dated by. */
static void replay_checkpoints(struct sim *s, struct ingest *in, struct node *n,
                               const struct log *log)
{
    char sql[120];
    snprintf(sql, sizeof(sql), "SELECT size FROM checkpoint WHERE log = %lld AND size <= %llu",
             (long long)log->no, (unsigned long long)log->verified);
    sqlite3_stmt *q = look(s, n->db, sql);
    while (sqlite3_step(q) == SQLITE_ROW) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_NOTE_MAX);
        SIM_MUST(s,
                 log_checkpoint_note(&b, n->st, log, (uint64_t)sqlite3_column_int64(q, 0), &must));
        SIM_MUST(s, ingest_frame(in, QN_FRAME_CHECKPOINT, qn_buf_span(&b), &must));
    }
    sqlite3_finalize(q);
}

static void replay_log(struct sim *s, struct ingest *in, struct node *n, const struct node *author,
                       const char *origin)
{
    struct log log;
    struct qn_err err;
    if (author == n || !*origin || log_find(&log, n->st, origin, &err) != QN_OK || !log.verified)
        return;
    for (uint64_t seq = 0; seq < log.verified; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        QN_AUTO(qn_buf) struct qn_buf h = {0};
        qn_buf_init(&h, QN_HEADER_MAX + QN_SIG);
        SIM_MUST(s, log_entry_get(&e, n->st, &log, seq, &must));
        qn_put(&h, e.sig, QN_SIG);
        qn_put_span(&h, qn_buf_span(&e.bytes));
        SIM_MUST(s, ingest_frame(in, QN_FRAME_HEADER, qn_buf_span(&h), &must));
        for (unsigned i = 0; i < e.h.nparts; i++) {
            QN_AUTO(log_part) struct log_part part = {0};
            QN_AUTO(qn_buf) struct qn_buf f = {0};
            qn_buf_init(&f, QN_FRAME_MAX);
            if (log_part_get(&part, n->st, &log, seq, i, &err) != QN_OK)
                continue;
            struct qn_part_frame p = {qn_str(log.origin), seq, (uint16_t)i, part.salt,
                                      qn_buf_span(&part.stored)};
            qn_part_frame_encode(&f, &p);
            SIM_MUST(s, ingest_frame(in, QN_FRAME_PART, qn_buf_span(&f), &must));
        }
    }
    replay_checkpoints(s, in, n, &log);
}

static void replay_certs(struct sim *s, struct ingest *in, struct node *n)
{
    sqlite3_stmt *q =
        look(s, n->db, "SELECT bytes FROM cert ORDER BY level, office, epoch, serial");
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct qn_span bytes = {sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)};
        SIM_MUST(s, ingest_frame(in, QN_FRAME_CERT, bytes, &must));
    }
    sqlite3_finalize(q);
}

/* SQL that empties everything but who this office is and its own log. */
static void forget_sql(struct sim *s, struct qn_buf *sql, sqlite3 *db, const char *own)
{
    static const char *const of_logs[] = {"part", "entry", "node", "checkpoint", "cosignature"};
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                           "('setting', 'cert', 'certificate', 'log', 'entry', 'node', 'part', "
                           "'checkpoint', 'cosignature') AND name NOT LIKE 'sqlite%'",
                           -1, &q, NULL) != SQLITE_OK)
        sim_fail(s, "I5", "%s", sqlite3_errmsg(db));
    qn_buf_init(sql, 65536);
    qn_put_str(sql, "DROP TRIGGER entry_no_delete; DROP TRIGGER trail_no_delete;");
    while (sqlite3_step(q) == SQLITE_ROW)
        qn_put_fmt(sql, "DELETE FROM \"%s\";", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    for (size_t i = 0; i < sizeof(of_logs) / sizeof(of_logs[0]); i++)
        qn_put_fmt(sql, "DELETE FROM %s WHERE log IN (SELECT no FROM log WHERE office <> '%s');",
                   of_logs[i], own);
    /* When it gave its children their certificates an office reads from its own rows. */
    qn_put_fmt(sql, "DELETE FROM certificate WHERE office <> '%s';", own);
    qn_put_fmt(sql, "UPDATE log SET verified = 0, size = 0 WHERE office <> '%s';", own);
    qn_put_uint(sql, 0, 1);
}

static void fresh_copy(struct sim *s, struct node *fresh, const struct node *n)
{
    QN_AUTO(qn_buf) struct qn_buf sql = {0};
    char path[FILE_PATH_MAX], *why = NULL;
    struct store_world world = {.vfs = "memdb"};
    /* The store wants to see a file of the name; the database itself is in memory. */
    snprintf(fresh->dir, sizeof(fresh->dir), "%.100s/again-%llu-%s", s->dir,
             (unsigned long long)s->seed, n->code);
    SIM_MUST(s, file_mkdir(fresh->dir, &must));
    SIM_MUST(s, file_join(path, fresh->dir, "qian.db", &must));
    SIM_MUST(s, file_write(path, qn_str(""), 0600, true, &must));
    memcpy(fresh->code, n->code, sizeof(fresh->code));
    fresh->no = n->no;
    fresh->db = node_memory(path);
    sqlite3_backup *b = sqlite3_backup_init(fresh->db, "main", n->db, "main");
    if (!b || sqlite3_backup_step(b, -1) != SQLITE_DONE || sqlite3_backup_finish(b) != SQLITE_OK)
        sim_fail(s, "I5", "%s cannot be copied", n->code);
    forget_sql(s, &sql, fresh->db, n->code);
    if (sqlite3_exec(fresh->db, (const char *)sql.p, NULL, NULL, &why) != SQLITE_OK)
        sim_fail(s, "I5", "%s", why);
    SIM_MUST(s, store_open_in(&fresh->st, fresh->dir, STORE_OPEN, &world, &must));
    store_lend_keys(fresh->st, n->keys);
}

void check_rebuild(struct sim *s, struct node *n)
{
    struct node fresh = {0};
    uint64_t was[NODES_MAX], is[NODES_MAX];
    struct ingest *in = NULL;
    fresh_copy(s, &fresh, n);
    SIM_MUST(s, ingest_open(&in, fresh.st, &must));
    replay_certs(s, in, n);
    for (unsigned a = 0; a < s->n; a++)
        for (unsigned b = 0; b < 2; b++)
            replay_log(s, in, n, &s->node[a], b ? s->node[a].origin : s->node[a].before[0].origin);
    SIM_MUST(s, ingest_finish(in, NULL, &must));
    ingest_free(in);
    check_unsettled_in(s, &fresh);
    check_rows(s, n, was);
    check_rows(s, &fresh, is);
    for (unsigned a = 0; a < s->n; a++)
        if ((int)a != n->no && was[a] != is[a] && check_whole(s, &s->node[a], s->node[a].origin))
            sim_fail(s, "I5", "from its logs %s has %llu rows of %s, not %llu", n->code,
                     (unsigned long long)is[a], s->node[a].code, (unsigned long long)was[a]);
    sqlite3_stmt *q =
        look(s, fresh.db, "SELECT f.rule, f.args, l.origin FROM fate f JOIN log l ON l.no = f.log");
    while (sqlite3_step(q) == SQLITE_ROW)
        if (check_whole(s, check_of_origin(s, (const char *)sqlite3_column_text(q, 2)),
                        (const char *)sqlite3_column_text(q, 2)))
            sim_fail(s, "I5", "from its logs %s does not apply an entry: %s %s", n->code,
                     (const char *)sqlite3_column_text(q, 0),
                     (const char *)sqlite3_column_text(q, 1));
    sqlite3_finalize(q);
    store_close(fresh.st);
    sqlite3_close(fresh.db);
}
