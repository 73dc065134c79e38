/* open.c - opening a data directory: lock, library, schema, statements, and who this office is. */
#include "node/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/tree.h"
#include "protocol/embedded.h"

#define SCHEMA_NEWEST 1

static enum qn_code check_library(struct qn_err *err)
{
    /* Nobody asks SQLite how much memory it uses, and counting takes a lock for each of its allocations. It is refused
     * and changes nothing once SQLite is in use.                                                                  */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static const char *const needed[] = {"ENABLE_SESSION", "ENABLE_PREUPDATE_HOOK"};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (!sqlite3_compileoption_used(needed[i]))
            return qn_fail(err, QN_IO, "store.library", "version=%s|option=%s", sqlite3_libversion(), needed[i]);
    return QN_OK;
}

static enum qn_code take_lock(struct store *st, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, st->dir, "lock", err);
    if (rc)
        return rc;
    st->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (st->lock_fd < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    if (flock(st->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return qn_fail(err, QN_LATER, "store.locked", "dir=%s", st->dir);
    return QN_OK;
}

static enum qn_code apply_schema(struct store *st, int from, struct qn_err *err)
{
    for (int v = from + 1; v <= SCHEMA_NEWEST; v++) {
        char name[48], version[48];
        snprintf(name, sizeof(name), "node/store/schema-%d.sql", v);
        size_t n;
        const char *sql = (const char *)embedded_get(name, &n);
        assert(sql); /* built in */
        QN_AUTO(tx) struct tx tx = {0};
        enum qn_code rc = tx_begin(&tx, st, err);
        for (unsigned i = 0; !rc && v == 1 && i < st->reg->ntables; i++) {
            QN_AUTO(qn_buf) struct qn_buf ddl;
            qn_buf_init(&ddl, 65536);
            qn_registry_ddl(&ddl, &st->reg->table[i]);
            qn_put_uint(&ddl, 0, 1);
            rc = qn_buf_check(&ddl, err);
            if (!rc)
                rc = store_exec(st, (const char *)ddl.p, err);
        }
        if (!rc)
            rc = store_exec(st, sql, err);
        snprintf(version, sizeof(version), "PRAGMA user_version = %d", v);
        if (!rc)
            rc = store_exec(st, version, err);
        if (!rc)
            rc = tx_commit(&tx, err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

static enum qn_code prepare_all(struct store *st, struct qn_err *err)
{
    for (int i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(st->db, sql_text((enum sql)i), -1, SQLITE_PREPARE_PERSISTENT, &st->stmt[i], NULL) !=
            SQLITE_OK)
            return store_sqlite_fail(st, sql_text((enum sql)i), err);
    for (unsigned t = 0; t < st->reg->ntables; t++) {
        const struct qn_table *table = &st->reg->table[t];
        QN_AUTO(qn_buf) struct qn_buf sql;
        qn_buf_init(&sql, 8192);
        qn_put_fmt(&sql, "INSERT INTO \"%s\" VALUES(", table->name);
        for (unsigned c = 0; c < table->ncols; c++)
            qn_put_fmt(&sql, c ? ",?%u" : "?%u", c + 1);
        qn_put_str(&sql, ")");
        enum qn_code rc = qn_buf_check(&sql, err);
        if (rc)
            return rc;
        if (sqlite3_prepare_v3(st->db, (const char *)sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, &st->insert[t],
                               NULL) != SQLITE_OK)
            return store_sqlite_fail(st, table->name, err);
        char look[QN_TABLE_NAME + 80];
        snprintf(look, sizeof(look), "SELECT * FROM \"%s\" WHERE office = ?1 AND id = ?2 AND rev = ?3", table->name);
        if (sqlite3_prepare_v3(st->db, look, -1, SQLITE_PREPARE_PERSISTENT, &st->look[t], NULL) != SQLITE_OK)
            return store_sqlite_fail(st, table->name, err);
    }
    return QN_OK;
}

static enum qn_code user_version(struct store *st, int *out, struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK ||
        sqlite3_step(q) != SQLITE_ROW) {
        sqlite3_finalize(q);
        return store_sqlite_fail(st, "user_version", err);
    }
    *out = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return QN_OK;
}

static enum qn_code open_db(struct store *st, enum store_open_mode mode, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, st->dir, "qian.db", err);
    if (rc)
        return rc;
    if (mode != STORE_CREATE && access(path, F_OK) != 0)
        return qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", st->dir);
    int flags = SQLITE_OPEN_NOMUTEX | (mode == STORE_PEEK ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path, &st->db, flags, st->world.vfs) != SQLITE_OK)
        return store_sqlite_fail(st, "open", err);
    sqlite3_extended_result_codes(st->db, 1);
    sqlite3_busy_timeout(st->db, 10000); /* ms; a reader's shared lock is short, a second writer cannot be */
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    rc = store_exec(st,
              "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
              err);
    if (!rc && mode != STORE_PEEK)
        rc = store_exec(st, STORE_PRAGMAS, err);
    int version = 0;
    if (!rc)
        rc = user_version(st, &version, err);
    if (!rc && version > SCHEMA_NEWEST)
        rc = qn_fail(err, QN_DENIED, "store.newer", "dir=%s|found=%d|known=%d", st->dir, version, SCHEMA_NEWEST);
    if (!rc && mode != STORE_PEEK)
        rc = apply_schema(st, version, err);
    st->schema = SCHEMA_NEWEST;
    return rc ? rc : prepare_all(st, err);
}

enum qn_code store_open(struct store **out, const char *dir, enum store_open_mode mode, struct qn_err *err)
{
    return store_open_in(out, dir, mode, &(struct store_world){.vfs = NULL}, err);
}

enum qn_code store_open_in(struct store **out, const char *dir, enum store_open_mode mode,
                           const struct store_world *world, struct qn_err *err)
{
    enum qn_code rc = check_library(err);
    if (rc)
        return rc;
    QN_AUTO(store) struct store *st = calloc(1, sizeof(*st));
    if (!st)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    st->world = *world;
    st->lock_fd = st->anchor.fd = -1;
    st->frontier_log = -1;
    if (snprintf(st->dir, sizeof(st->dir), "%s", dir) >= (int)sizeof(st->dir))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    rc = qn_registry_get(&st->reg, QN_REGISTRY_CURRENT, err);
    if (!rc && mode == STORE_CREATE)
        rc = file_mkdir(dir, err);
    if (!rc && mode == STORE_OPEN) {
        char path[FILE_PATH_MAX];
        rc = file_join(path, dir, "qian.db", err);
        if (!rc && access(path, F_OK) != 0)
            rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", dir);
    }
    if (!rc && mode != STORE_PEEK)
        rc = take_lock(st, err);
    if (!rc)
        rc = open_db(st, mode, err);
    if (!rc)
        rc = store_reload(st, err);
    if (!rc)
        *out = QN_STEAL(st);
    return rc;
}

void store_close(struct store *st)
{
    if (!st)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(st->stmt[i]);
    for (unsigned i = 0; i < QN_TABLES; i++) {
        sqlite3_finalize(st->insert[i]);
        sqlite3_finalize(st->look[i]);
    }
    sqlite3_close(st->db);
    anchor_close(st);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    free(st->claim);
    free(st);
}

enum qn_code store_reload(struct store *st, struct qn_err *err)
{
    char text[QN_POLICY_MAX + 1], office[QN_CODE_MAX + 1];
    st->has_policy = st->has_self = false;
    st->origin[0] = 0;
    if (store_get(st, "policy", text, sizeof(text))) {
        /* Each exchange comes by here, and parsing tests a point of a curve for each key: the same text is parsed once. */
        bool same = strcmp(text, st->policy_text) == 0;
        enum qn_code rc = same ? QN_OK : qn_policy_parse(&st->policy, qn_str(text), err);
        if (rc)
            return rc;
        memcpy(st->policy_text, text, sizeof(text));
        st->has_policy = true;
    }
    if (store_get(st, "office", office, sizeof(office)) && tree_knows(st, office)) {
        enum qn_code rc = tree_cert(&st->self, st, office, err);
        if (rc)
            return rc;
        st->has_self = true;
        qn_cert_origin(st->origin, &st->self);
    }
    return QN_OK;
}
