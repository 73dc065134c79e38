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
#include "node/store/name_index.h"
#include "node/store/placing.h"
#include "node/store/tree.h"
#include "node/store/upgrade.h"

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

enum qn_code store_lock(int *fd, const char *dir, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    *fd = -1;
    enum qn_code rc = file_join(path, dir, "lock", err);
    if (rc)
        return rc;
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return qn_fail(err, QN_LATER, "store.locked", "dir=%s", dir);
    }
    *fd = lock;
    return QN_OK;
}

/* Records that stand, as SQL of rules, states and figures reads them: for each table whose rows can be withdrawn the view
 * NAME_now of its current revisions that are not. Made at each opening, so that the file holds nothing of it.       */
static enum qn_code make_views(struct store *st, struct qn_err *err)
{
    enum qn_code rc = store_exec(st, "PRAGMA temp_store=MEMORY", err);
    for (unsigned t = 0; !rc && t < st->reg->ntables; t++) {
        const struct qn_table *table = &st->reg->table[t];
        bool can = false;
        char sql[400];
        for (unsigned i = QN_KEY_COLUMNS; i < table->ncols; i++)
            can = can || strcmp(table->col[i].name, "withdrawn") == 0;
        snprintf(sql, sizeof(sql),
                 "CREATE TEMP VIEW \"%s_now\" AS SELECT * FROM main.\"%s\" AS t WHERE t.withdrawn IS NULL AND NOT EXISTS "
                 "(SELECT 1 FROM main.\"%s\" AS n WHERE n.office = t.office AND n.id = t.id AND n.rev = t.rev + 1)",
                 table->name, table->name, table->name);
        if (can)
            rc = store_exec(st, sql, err);
    }
    return rc;
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
    if (!rc)
        rc = upgrade_tables(st, mode != STORE_PEEK, err);
    if (!rc)
        rc = make_views(st, err);
    return rc;
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
    st->reads = mode == STORE_PEEK;
    if (snprintf(st->dir, sizeof(st->dir), "%s", dir) >= (int)sizeof(st->dir))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    rc = qn_registry_get(&st->reg, world->as ? world->as->registry : QN_REGISTRY_CURRENT, err);
    if (!rc && mode == STORE_CREATE)
        rc = file_mkdir(dir, err);
    if (!rc && mode == STORE_OPEN) {
        char path[FILE_PATH_MAX];
        rc = file_join(path, dir, "qian.db", err);
        if (!rc && access(path, F_OK) != 0)
            rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", dir);
    }
    if (!rc && mode != STORE_PEEK)
        rc = store_lock(&st->lock_fd, st->dir, err);
    if (mode == STORE_PEEK)
        placing_reads();
    if (!rc)
        rc = open_db(st, mode, err);
    if (!rc)
        rc = store_reload(st, err);
    if (mode == STORE_PEEK)
        placing_over();
    st->world.report = NULL; /* it was the caller's for this long */
    if (!rc)
        *out = QN_STEAL(st);
    return rc;
}

enum qn_code store_reader(struct store **out, const struct store *of, struct qn_err *err)
{
    *out = NULL;
    return of->depth ? QN_OK : store_beside(out, of, of->keys, err);
}

/* Nothing is read of the other one that changes while it is open. */
enum qn_code store_beside(struct store **out, const struct store *of, const struct keys *keys, struct qn_err *err)
{
    const struct store_world world = {.ctx = of->world.ctx, .now_ms = of->world.now_ms, .as = of->world.as};
    *out = NULL;
    if (of->world.vfs)
        return QN_OK;
    enum qn_code rc = store_open_in(out, of->dir, STORE_PEEK, &world, err);
    if (!rc)
        (*out)->keys = keys;
    return rc;
}

bool store_reads(const struct store *st)
{
    return st->reads;
}

bool store_wanted(const struct store *st)
{
    return st->wanted;
}

static void close_db(struct store *st)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(st->stmt[i]);
        st->stmt[i] = NULL;
    }
    for (unsigned i = 0; i < QN_TABLES; i++) {
        sqlite3_finalize(st->insert[i]);
        sqlite3_finalize(st->look[i]);
        st->insert[i] = st->look[i] = NULL;
    }
    sqlite3_close(st->db);
    st->db = NULL;
    st->frontier_log = -1;
    st->certs++;
}

/* All that the database holds is in its one file, so that the file can be moved. */
static enum qn_code empty_wal(struct store *st, struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool done = sqlite3_prepare_v2(st->db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &q, NULL) == SQLITE_OK &&
                sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 0;
    sqlite3_finalize(q);
    return done ? QN_OK : qn_fail(err, QN_LATER, "store.busy", "dir=%s", st->dir);
}

static enum qn_code sync_dir(const struct store *st, struct qn_err *err)
{
    int fd = open(st->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return good ? QN_OK : qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", st->dir, file_why(why));
}

enum qn_code store_swap(struct store *st, const char *path, const char *aside, struct qn_err *err)
{
    name_index_forget(st->dir);
    char used[FILE_PATH_MAX], kept[FILE_PATH_MAX], wal[FILE_PATH_MAX];
    assert(st->depth == 0);
    enum qn_code rc = file_join(used, st->dir, "qian.db", err);
    if (!rc)
        rc = file_join(kept, st->dir, aside, err);
    if (!rc)
        rc = file_join(wal, st->dir, "qian.db-wal", err);
    if (!rc)
        rc = empty_wal(st, err);
    if (rc)
        return rc;
    placing_begins();
    close_db(st);
    if (access(wal, F_OK) == 0) /* somebody else has it open: its WAL would be read into the new one */
        rc = qn_fail(err, QN_LATER, "store.busy", "dir=%s", st->dir);
    else if (link(used, kept) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", kept, file_why(errno));
    else
        rc = sync_dir(st, err);
    if (!rc && rename(path, used) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", used, file_why(errno));
    if (!rc)
        rc = sync_dir(st, err);
    struct qn_err again;
    enum qn_code opened = open_db(st, STORE_OPEN, &again);
    if (!opened)
        opened = store_reload(st, &again);
    placing_over();
    if (!rc && opened) {
        rc = opened;
        if (err)
            *err = again;
    }
    return rc;
}

void store_close(struct store *st)
{
    if (!st)
        return;
    close_db(st);
    anchor_close(st);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    free(st->claim);
    free(st);
}

enum qn_code store_reload(struct store *st, struct qn_err *err)
{
    char text[QN_POLICY_MAX + 1], office[QN_CODE_MAX + 1], epoch[8];
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
        /* SPEC rotation-22: "It begins to sign in the new one when it takes in the certificate and has the keys" */
        bool chosen = store_get(st, "epoch", epoch, sizeof(epoch));
        enum qn_code rc = tree_cert_at(&st->self, st, office, chosen ? (uint16_t)strtoul(epoch, NULL, 10) : 0, err);
        if (rc)
            return rc;
        st->has_self = true;
        qn_cert_origin(st->origin, &st->self);
    }
    return QN_OK;
}
