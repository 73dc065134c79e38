#include "node/backup/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/backup/aside.h"
#include "node/backup/content.h"
#include "node/store/clock.h"
#include "node/store/copy.h"
#include "node/store/log.h"
#include "node/store/office.h"
#include "node/store/program.h"

static enum qn_code io_fail(struct qn_err *err, const char *path)
{
    return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
}

/* ---- what is backed up ------------------------------------------------------------------------------------------ */

/* Who the office is and how long its log: from the copy, so that the header tells of what is inside. */
static enum qn_code read_copy(struct backup_head *h, const char *aside, struct qn_err *err)
{
    QN_AUTO(store) struct store *st = NULL;
    struct log own;
    enum qn_code rc = store_open(&st, aside, STORE_PEEK, err);
    if (!rc && !store_self(st))
        rc = qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", aside);
    if (!rc)
        rc = log_find(&own, st, store_origin(st), err);
    if (!rc)
        rc = log_root(st, &own, own.size, h->root, err);
    if (rc)
        return rc;
    memcpy(h->office, store_self(st)->office, sizeof(h->office));
    memcpy(h->origin, own.origin, sizeof(h->origin));
    h->size = own.size;
    h->registry = store_registry(st)->version;
    memcpy(h->registry_hash, store_registry(st)->hash, QN_HASH);
    h->schema = store_schema(st);
    return QN_OK;
}

/* A passphrase with a slip in it would make a file that nobody opens again. */
static enum qn_code check_passphrase(const struct backup_create *o, struct keys_kdf *kdf,
                                     struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    QN_AUTO(keys) struct keys *k = NULL;
    enum qn_code rc = office_key_path(path, o->dir, o->epoch, err);
    if (!rc)
        rc = keys_open(&k, path, o->passphrase, err);
    return rc ? rc : keys_kdf_like(kdf, path, err);
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

struct file {
    char path[FILE_PATH_MAX], aside[FILE_PATH_MAX];
    int fd;
};

static void file_auto(struct file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    if (f->aside[0])
        unlink(f->aside);
}

/* Its final name: in a directory the office and the time make one, so that a timer needs no name of its own. */
static enum qn_code name_file(struct file *f, const struct backup_create *o,
                              const struct backup_head *h, struct qn_err *err)
{
    struct stat s;
    char name[64];
    const char *t = h->time;
    if (stat(o->path, &s) != 0 || !S_ISDIR(s.st_mode))
        return qn_text_copy(f->path, sizeof(f->path), qn_str(o->path))
                   ? QN_OK
                   : qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", o->path);
    snprintf(name, sizeof(name), "%s-%.4s%.2s%.2s-%.2s%.2s%.2s.qian-backup", h->office, t, t + 5,
             t + 8, t + 11, t + 14, t + 17);
    return file_join(f->path, o->path, name, err);
}

static enum qn_code begin_file(struct file *f, struct qn_err *err)
{
    if (access(f->path, F_OK) == 0)
        return qn_fail(err, QN_CONFLICT, "file.exists", "path=%s", f->path);
    if (snprintf(f->aside, sizeof(f->aside), "%s.XXXXXX", f->path) >= (int)sizeof(f->aside)) {
        f->aside[0] = 0;
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", f->path);
    }
    f->fd = mkostemp(f->aside, O_CLOEXEC);
    if (f->fd >= 0)
        return QN_OK;
    f->aside[0] = 0;
    return io_fail(err, f->path);
}

/* Under its name, without covering another. Where a medium knows no links (FAT), the look before is all there is. */
static enum qn_code finish_file(struct file *f, struct qn_err *err)
{
    if (link(f->aside, f->path) != 0) {
        if (errno == EEXIST || access(f->path, F_OK) == 0)
            return qn_fail(err, QN_CONFLICT, "file.exists", "path=%s", f->path);
        if (rename(f->aside, f->path) != 0)
            return io_fail(err, f->path);
        f->aside[0] = 0;
    }
    return file_sync_dir(f->path, err);
}

/* SPEC backup-8: "Who made a backup has read it back from the medium before saying that there is one" */
static enum qn_code read_back(const struct file *f, const struct backup_create *o,
                              struct qn_err *err)
{
    QN_AUTO(backup_in) struct backup_in *in = NULL;
    struct backup_head h;
    qn_say(o->report, "backup.reading-back", "path=%s", f->path);
    /* What was flushed is dropped from memory, so that the bytes come from the medium where the system allows it. */
    (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
    enum qn_code rc = backup_in_open(&in, &h, f->fd, f->path, o->passphrase, err);
    if (!rc)
        backup_in_on_stop(in, o->stop, o->stop_ctx);
    return rc ? rc : backup_unpack(in, NULL, BACKUP_ALL, NULL, NULL, err);
}

static enum qn_code write_file(struct file *f, struct backup_head *h,
                               const struct backup_content *c, const struct backup_create *o,
                               struct qn_err *err)
{
    QN_AUTO(backup_out) struct backup_out *out = NULL;
    enum qn_code rc = begin_file(f, err);
    if (!rc)
        rc = backup_out_open(&out, f->fd, f->path, h, o->passphrase, err);
    if (!rc)
        rc = backup_put(out, c, o, err);
    if (!rc)
        rc = backup_out_end(out, err);
    if (!rc && fsync(f->fd) != 0)
        rc = io_fail(err, f->path);
    if (!rc)
        rc = backup_wanted(o, err);
    if (!rc)
        rc = read_back(f, o, err);
    return rc ? rc : finish_file(f, err);
}

/* The list of the backup before, by which its files are left out of this one. */
static enum qn_code read_since(struct qn_buf *list, const struct backup_create *o,
                               struct qn_err *err)
{
    QN_AUTO(backup_in) struct backup_in *in = NULL;
    struct backup_head h;
    qn_buf_init(list, BACKUP_LIST_MAX);
    if (!o->since)
        return QN_OK;
    int fd = open(o->since, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", o->since, file_why(errno));
    enum qn_code rc = backup_in_open(&in, &h, fd, o->since, o->passphrase, err);
    if (!rc)
        rc = backup_unpack(in, NULL, BACKUP_LIST, list, NULL, err);
    close(fd);
    return rc;
}

enum qn_code backup_create(struct backup_made *out, const struct backup_create *o,
                           struct qn_err *err)
{
    QN_AUTO(aside) struct aside aside = {.fd = 0};
    QN_AUTO(file) struct file f = {.fd = -1};
    QN_AUTO(backup_content) struct backup_content c = {.n = 0};
    QN_AUTO(qn_buf) struct qn_buf since = {0};
    struct backup_made made = {.bytes = 0};
    struct backup_head *h = &made.head;
    char copy[FILE_PATH_MAX];
    snprintf(h->program, sizeof(h->program), "%s", QIAN_VERSION);
    clock_utc(h->time, o->now_ms);
    enum qn_code rc = check_passphrase(o, &h->kdf, err);
    if (!rc)
        rc = read_since(&since, o, err);
    if (!rc)
        rc = aside_open(&aside, o->dir, "backup-aside", err);
    if (!rc)
        rc = file_join(copy, aside.path, "qian.db", err);
    if (!rc)
        rc = copy_make(o->dir, copy, o->report, o->stop, o->stop_ctx, err);
    if (!rc)
        rc = backup_wanted(o, err);
    if (!rc)
        rc = read_copy(h, aside.path, err);
    if (!rc)
        rc = name_file(&f, o, h, err);
    if (!rc)
        rc = backup_gather(&c, o->dir, copy, o->with_files, qn_buf_span(&since), err);
    if (!rc)
        rc = backup_digest(h, &c, o, err);
    if (!rc)
        rc = write_file(&f, h, &c, o, err);
    struct stat s;
    if (!rc && fstat(f.fd, &s) != 0)
        rc = io_fail(err, f.path);
    if (rc)
        return rc;
    made.bytes = (uint64_t)s.st_size;
    memcpy(made.path, f.path, sizeof(made.path));
    *out = made;
    return QN_OK;
}
