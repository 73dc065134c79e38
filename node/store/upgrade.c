#include "node/store/upgrade.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/copy.h"
#include "node/store/file.h"
#include "node/store/ingest.h"
#include "node/store/internal.h"
#include "node/store/program.h"
#include "protocol/embedded.h"

/* By what a directory was last written. */
struct written {
    int schema; /* 0: an empty database */
    unsigned registry;
    char hash[2 * QN_HASH + 1]; /* "" where nobody noted it */
    char program[32];
};

/* ---- looking -------------------------------------------------------------------------------------------------- */

/* One text from a statement that stands in no list, as the lists are made for tables that are here. "": no row. */
static enum qn_code ask(struct store *st, const char *sql, const char *about, char *out, size_t cap,
                        struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    enum qn_code code = QN_OK;
    out[0] = 0;
    int rc = sqlite3_prepare_v2(st->db, sql, -1, &q, NULL);
    if (rc == SQLITE_OK && about)
        rc = sqlite3_bind_text(q, 1, about, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        snprintf(out, cap, "%s", (const char *)sqlite3_column_text(q, 0));
    else if (rc != SQLITE_DONE)
        code = store_sqlite_fail(st, sql, err);
    sqlite3_finalize(q);
    return code;
}

static enum qn_code look(struct written *w, struct store *st, struct qn_err *err)
{
    char text[200];
    *w = (struct written){.schema = 0};
    enum qn_code rc = ask(st, "PRAGMA user_version", NULL, text, sizeof(text), err);
    w->schema = (int)strtol(text, NULL, 10);
    if (rc || w->schema == 0)
        return rc;
    rc = ask(st, "SELECT value FROM setting WHERE name = 'written-by'", NULL, text, sizeof(text),
             err);
    if (!rc && sscanf(text, "%u %64s %31s", &w->registry, w->hash, w->program) != 3)
        *w = (struct written){.schema = w->schema}; /* from before anybody noted it: registry 0 */
    return rc;
}

static const char *schema_text(int version)
{
    char name[48];
    size_t n;
    snprintf(name, sizeof(name), "node/store/schema-%d.sql", version);
    return (const char *)embedded_get(name, &n);
}

static int schema_newest(const struct store *st)
{
    int v = 1;
    if (st->world.as)
        return st->world.as->schema;
    while (schema_text(v + 1))
        v++;
    return v;
}

/* SPEC versions-6: "refuses to open it, changes nothing, and names the program that is needed" */
static enum qn_code check(const struct written *w, struct store *st, struct qn_err *err)
{
    char hash[2 * QN_HASH + 1];
    const struct qn_registry *known;
    struct qn_err none;
    if (w->schema > schema_newest(st) || w->registry > st->reg->version)
        return qn_fail(err, QN_DENIED, "store.newer", "dir=%s|program=%s|found=%d.%u|known=%d.%u",
                       st->dir, w->program[0] ? w->program : "?", w->schema, w->registry,
                       schema_newest(st), st->reg->version);
    if (!w->hash[0])
        return QN_OK;
    if (qn_registry_get(&known, (uint16_t)w->registry, &none) == QN_OK)
        qn_hex(hash, known->hash, QN_HASH);
    /* SPEC versions-5: "its text never changes" - but of a draft, which is not carried along. */
    return strcmp(hash, w->hash) == 0
               ? QN_OK
               : qn_fail(err, QN_DENIED, "store.draft", "dir=%s|registry=%u|program=%s", st->dir,
                         w->registry, w->program);
}

/* The travelling tables are as the registry says, to the letter: SQLite keeps the text of a table that was made so, and a
 * column that was added stands in it as if it had always been there.                                            */
static enum qn_code check_tables(struct store *st, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf want = {0};
    qn_buf_init(&want, QN_REGISTRY_MAX);
    char *have = malloc(QN_REGISTRY_MAX);
    enum qn_code rc = have ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < st->reg->ntables; i++) {
        const struct qn_table *t = &st->reg->table[i];
        want.n = 0;
        qn_registry_ddl(&want, t);
        rc = ask(st,
                 "SELECT sql || char(59, 10) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                 t->name, have, QN_REGISTRY_MAX, err);
        if (!rc)
            rc = qn_buf_check(&want, err);
        if (!rc && !qn_span_is(qn_buf_span(&want), have))
            rc = qn_fail(err, QN_DENIED, "store.table", "dir=%s|table=%s|registry=%u", st->dir,
                         t->name, st->reg->version);
    }
    free(have);
    return rc;
}

/* ---- the copy ------------------------------------------------------------------------------------------------- */

static enum qn_code set_aside(const struct written *w, struct store *st, struct qn_err *err)
{
    char path[FILE_PATH_MAX], part[FILE_PATH_MAX], name[64];
    snprintf(name, sizeof(name), "before-upgrade-%d-%u.db", w->schema, w->registry);
    qn_say(st->world.report, "store.upgrading", "dir=%s|from=%d.%u|to=%d.%u", st->dir, w->schema,
           w->registry, schema_newest(st), st->reg->version);
    enum qn_code rc = file_join(path, st->dir, name, err);
    if (!rc)
        rc = file_join(part, st->dir, "before-upgrade.part", err);
    if (rc)
        return rc;
    unlink(part); /* of an upgrade that was interrupted */
    rc = copy_make(st->dir, part, st->world.report, NULL, NULL, err);
    if (!rc)
        rc = copy_check(part, err);
    if (!rc && rename(part, path) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    if (rc)
        unlink(part);
    return rc ? rc : file_sync_dir(path, err);
}

/* ---- changing ------------------------------------------------------------------------------------------------- */

static enum qn_code create(struct store *st, const struct qn_table *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf ddl = {0};
    qn_buf_init(&ddl, QN_REGISTRY_MAX);
    qn_registry_ddl(&ddl, t);
    qn_put_uint(&ddl, 0, 1);
    enum qn_code rc = qn_buf_check(&ddl, err);
    return rc ? rc : store_exec(st, (const char *)ddl.p, err);
}

/* SPEC registry-9: "new columns behind those of a table, all of which may be NULL" */
static enum qn_code widen(struct store *st, const struct qn_table *t, unsigned from,
                          struct qn_err *err)
{
    static const char *const types[] = {
        [QN_INTEGER] = "INTEGER", [QN_REAL] = "REAL", [QN_TEXT] = "TEXT", [QN_BLOB] = "BLOB"};
    enum qn_code rc = QN_OK;
    for (unsigned i = from; !rc && i < t->ncols; i++) {
        char sql[2 * QN_TABLE_NAME + QN_COLUMN_NAME + 40];
        snprintf(sql, sizeof(sql), "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", t->name,
                 t->col[i].name, types[t->col[i].type]);
        rc = store_exec(st, sql, err);
    }
    return rc;
}

static enum qn_code travelling(const struct written *w, struct store *st, struct qn_err *err)
{
    const struct qn_registry *was = NULL;
    enum qn_code rc = w->schema ? qn_registry_get(&was, (uint16_t)w->registry, err) : QN_OK;
    for (unsigned i = 0; !rc && i < st->reg->ntables; i++) {
        const struct qn_table *t = &st->reg->table[i];
        const struct qn_table *old = was ? qn_registry_table(was, qn_str(t->name)) : NULL;
        rc = old ? widen(st, t, old->ncols, err) : create(st, t, err);
    }
    return rc;
}

/* Everything, or nothing: also what says by which program it was written. */
static enum qn_code change(const struct written *w, struct store *st, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    char sql[200], hash[2 * QN_HASH + 1];
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = travelling(w, st, err);
    for (int v = w->schema + 1; !rc && v <= schema_newest(st); v++)
        rc = store_exec(st, schema_text(v), err);
    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", schema_newest(st));
    if (!rc)
        rc = store_exec(st, sql, err);
    qn_hex(hash, st->reg->hash, QN_HASH);
    snprintf(sql, sizeof(sql),
             "INSERT OR REPLACE INTO setting(name, value) VALUES('written-by', '%u %s %s')",
             st->reg->version, hash, QIAN_VERSION);
    if (!rc)
        rc = store_exec(st, sql, err);
    if (!rc)
        rc = check_tables(st, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code upgrade_tables(struct store *st, bool may_change, struct qn_err *err)
{
    struct written w;
    enum qn_code rc = look(&w, st, err);
    if (!rc)
        rc = check(&w, st, err);
    if (rc)
        return rc;
    bool older = w.schema < schema_newest(st) || w.registry < st->reg->version;
    st->schema = (unsigned)schema_newest(st);
    if (older && !may_change)
        return qn_fail(err, QN_DENIED, "store.older", "dir=%s", st->dir);
    /* SPEC versions-8: "first makes a copy of the database and checks it" */
    if (older && w.schema && !st->world.scratch && !st->world.vfs)
        rc = set_aside(&w, st, err);
    if (!rc && (older || (may_change && !w.hash[0])))
        rc = change(&w, st, err);
    else if (!rc)
        rc = check_tables(st, err);
    if (!rc && older && w.schema)
        qn_say(st->world.report, "store.upgraded", "dir=%s|from=%d.%u|to=%d.%u", st->dir, w.schema,
               w.registry, schema_newest(st), st->reg->version);
    return rc;
}

/* ---- what waited ------------------------------------------------------------------------------------------------ */

enum qn_code upgrade_replay(struct store *st, const struct qn_report *report, struct qn_err *err)
{
    char had[2 * QN_HASH + 1], now[2 * QN_HASH + 1];
    qn_hex(now, st->reg->hash, QN_HASH);
    if (!store_self(st) || !store_get(st, "settled-by", had, sizeof(had)) || strcmp(had, now) == 0)
        return QN_OK;
    QN_AUTO(ingest) struct ingest *in = NULL;
    enum qn_code rc = ingest_open(&in, st, err);
    if (!rc)
        rc = ingest_finish(in, report, err);
    if (!rc && ingest_tally(in)->applied)
        qn_say(report, "store.replayed", "applied=%llu|rows=%llu",
               (unsigned long long)ingest_tally(in)->applied,
               (unsigned long long)ingest_tally(in)->rows);
    return rc;
}
