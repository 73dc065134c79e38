#include "node/backup/judge.h"

#include <string.h>

#include "node/store/copy.h"
#include "node/store/file.h"
#include "node/store/log.h"
#include "node/store/office.h"
#include "node/store/rebuild.h"

static enum qn_code wrong(struct qn_err *err, const char *id, const struct log *log, uint64_t seq)
{
    return qn_fail(err, QN_UNVERIFIED, id, "log=%s|seq=%llu", log->origin, (unsigned long long)seq);
}

/* One part that is here; those that are not were never here, or were dropped, and the log holds without them. */
static enum qn_code judge_part(struct backup_found *f, struct store *st, const struct log *log,
                               const struct qn_header *h, unsigned no, struct qn_err *err)
{
    QN_AUTO(log_part) struct log_part part = {0};
    uint8_t commitment[QN_HASH];
    enum qn_code rc = log_part_get(&part, st, log, h->seq, no, err);
    if (rc == QN_ABSENT)
        return QN_OK;
    if (rc)
        return rc;
    qn_part_commit(commitment, part.salt, qn_buf_span(&part.stored));
    if (part.stored.n != h->part[no].stored ||
        memcmp(commitment, h->part[no].commitment, QN_HASH) != 0)
        return wrong(err, "backup.bad-part", log, h->seq);
    f->parts++;
    return QN_OK;
}

static enum qn_code judge_entry(struct backup_found *f, struct qn_frontier *tree, struct store *st,
                                const struct log *log, uint64_t seq, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    uint8_t leaf[QN_HASH];
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (rc)
        return rc;
    qn_leaf_hash(leaf, qn_buf_span(&e.bytes));
    if (memcmp(leaf, e.leaf, QN_HASH) != 0 || e.h.seq != seq)
        return wrong(err, "backup.bad-leaf", log, seq);
    qn_frontier_append(tree, leaf, NULL, NULL);
    f->entries++;
    for (unsigned i = 0; !rc && i < e.h.nparts; i++)
        rc = judge_part(f, st, log, &e.h, i, err);
    return rc;
}

/* The root that the log's own key signed for what is verified here. */
static enum qn_code judge_root(const struct qn_frontier *tree, struct store *st,
                               const struct log *log, struct qn_err *err)
{
    uint8_t root[QN_HASH];
    qn_frontier_root(tree, root);
    QN_AUTO(query) struct query q = query_start(st, SQL_CHECKPOINT_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)log->verified);
    struct qn_span signed_root = q_step(&q) ? q_span(&q, 0) : (struct qn_span){NULL, 0};
    bool same = qn_span_eq(signed_root, QN_SPAN(root));
    enum qn_code rc = query_end(&q, err);
    return rc || same ? rc : wrong(err, "backup.bad-root", log, log->verified);
}

static enum qn_code judge_log(struct backup_found *f, struct store *st, const struct log *log,
                              struct qn_err *err)
{
    struct qn_frontier tree = {.size = 0};
    bool own = strcmp(log->origin, store_origin(st)) == 0;
    enum qn_code rc = QN_OK;
    for (uint64_t seq = 0; !rc && seq < log->size; seq++) {
        rc = judge_entry(f, &tree, st, log, seq, err);
        if (!rc && seq + 1 == log->verified)
            rc = judge_root(&tree, st, log, err);
    }
    if (rc || !own)
        return rc;
    uint8_t root[QN_HASH];
    qn_frontier_root(&tree, root);
    /* SPEC backup-12: "size and root of the header are those of the own log in the database" */
    if (log->size != f->head.size || memcmp(root, f->head.root, QN_HASH) != 0)
        return wrong(err, "backup.bad-head", log, f->head.size);
    return QN_OK;
}

static enum qn_code judge_logs(struct backup_found *f, struct store *st, struct qn_err *err)
{
    struct log log;
    enum qn_code rc = QN_OK;
    for (int64_t last = 0; !rc;) {
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_BACKUP_LOG_NEXT);
            q_bind_int(&q, last);
            bool more = q_step(&q);
            if (more)
                log_from_row(&log, &q);
            rc = query_end(&q, err);
            if (rc || !more)
                return rc;
        }
        last = log.no;
        f->logs++;
        rc = judge_log(f, st, &log, err);
    }
    return rc;
}

static enum qn_code judge_keys(struct keys **out, struct store *st, const char *dir,
                               struct qn_span passphrase, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = office_key_path(path, dir, store_self(st) ? store_self(st)->epoch : 0, err);
    if (!rc)
        rc = keys_open(out, path, passphrase, err);
    if (!rc && (!store_self(st) || !keys_match(*out, store_self(st))))
        rc = qn_fail(err, QN_UNVERIFIED, "office.wrong-keys", "dir=%s|office=%s", dir,
                     store_self(st) ? store_self(st)->office : "-");
    return rc;
}

/* Data of an older program is upgraded, as a restore would do it next; other data is only looked at. */
static enum qn_code open_copy(struct store **st, const char *dir, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = store_open(st, dir, STORE_PEEK, &why);
    if (rc && strcmp(why.id, "store.older") == 0)
        return store_open_in(st, dir, STORE_OPEN, &(struct store_world){.scratch = true}, err);
    if (rc && err)
        *err = why;
    return rc;
}

/* The rows once more, from the logs alone. In a store of its own, since the one that judged only reads. */
static enum qn_code judge_rows(struct backup_found *f, const char *dir, const struct keys *keys,
                               const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(store) struct store *st = NULL;
    struct rebuild_options o = {.report = report};
    struct rebuild_result r;
    qn_say(report, "backup.deriving", "");
    enum qn_code rc =
        store_open_in(&st, dir, STORE_OPEN, &(struct store_world){.scratch = true}, err);
    if (rc)
        return rc;
    store_lend_keys(st, keys);
    rc = rebuild_make(&r, st, &o, err);
    rebuild_drop(st);
    if (!rc && r.found)
        rc = qn_fail(err, QN_UNVERIFIED, "backup.rows", "count=%llu", (unsigned long long)r.found);
    if (!rc) {
        f->rows = r.rows;
        f->sealed = r.sealed;
    }
    return rc;
}

enum qn_code backup_judge(struct backup_found *f, const char *dir, const struct backup_open *o,
                          struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(store) struct store *st = NULL;
    enum qn_code rc = file_join(path, dir, "qian.db", err);
    qn_say(o->report, "backup.checking", "");
    if (!rc)
        rc = copy_check(path, err);
    if (!rc)
        rc = open_copy(&st, dir, err);
    if (!rc && (strcmp(store_origin(st), f->head.origin) != 0 || !store_self(st) ||
                strcmp(store_self(st)->office, f->head.office) != 0))
        rc = qn_fail(err, QN_UNVERIFIED, "backup.other-office", "have=%s|want=%s", store_origin(st),
                     f->head.origin);
    if (!rc)
        rc = judge_logs(f, st, err);
    if (!rc)
        rc = judge_keys(&keys, st, dir, o->passphrase, err);
    if (rc || !o->rebuild)
        return rc;
    store_close(QN_STEAL(st));
    return judge_rows(f, dir, keys, o->report, err);
}
