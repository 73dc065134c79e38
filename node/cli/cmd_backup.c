/* cmd_backup.c - an office in one file: made, looked at, tried out, put back. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/backup/record.h"
#include "node/cli/sync_commands.h"
#include "node/store/clock.h"
#include "node/store/file.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define RESTORE_FILES 64 /* earlier backups that a restore takes evidence files from */

static json_int_t num(uint64_t v)
{
    return (json_int_t)v;
}

static json_t *head_json(const struct backup_head *h)
{
    char root[2 * QN_HASH + 1], digest[2 * QN_HASH + 1];
    qn_hex(root, h->root, QN_HASH);
    qn_hex(digest, h->digest, QN_HASH);
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:s}", "office", h->office,
                     "origin", h->origin, "size", num(h->size), "root", root, "time", h->time,
                     "program", h->program, "schema", (int)h->schema, "registry", (int)h->registry,
                     "files", num(h->files), "files_inside", num(h->contained), "digest", digest);
}

static json_t *found_json(const struct backup_found *f)
{
    json_t *o = head_json(&f->head);
    json_object_set_new(o, "bytes", json_integer(num(f->bytes)));
    json_object_set_new(o, "logs", json_integer(num(f->logs)));
    json_object_set_new(o, "entries", json_integer(num(f->entries)));
    json_object_set_new(o, "parts", json_integer(num(f->parts)));
    json_object_set_new(o, "rows", json_integer(num(f->rows)));
    json_object_set_new(o, "files_missing", json_integer(num(f->missing)));
    json_object_set_new(o, "ms", json_integer(num(f->ms)));
    return o;
}

static void say_head(struct cli *c, const struct backup_head *h)
{
    cli_say(c, "backup.head-office", "office=%s|log=%s|size=%llu|time=%s", h->office, h->origin,
            (unsigned long long)h->size, h->time);
    cli_say(c, "backup.head-program", "program=%s|schema=%u|registry=%u", h->program, h->schema,
            h->registry);
    if (h->files)
        cli_say(c, "backup.head-files", "files=%llu|inside=%llu", (unsigned long long)h->files,
                (unsigned long long)h->contained);
}

static void say_found(struct cli *c, const struct backup_found *f)
{
    say_head(c, &f->head);
    cli_say(c, "backup.sound", "logs=%llu|entries=%llu|parts=%llu|seconds=%.1f",
            (unsigned long long)f->logs, (unsigned long long)f->entries,
            (unsigned long long)f->parts, (double)f->ms / 1000);
    if (f->missing)
        cli_say(c, "backup.files-missing", "files=%llu", (unsigned long long)f->missing);
}

/* ---- create ---------------------------------------------------------------------------------------------------- */

int cmd_backup_create(struct cli *c, int argc, char **argv)
{
    const char *out = NULL, *since = NULL;
    bool with_files = false;
    struct opt opts[] = {{.name = "out", .value = &out, .required = true},
                         {.name = "with-files", .flag = &with_files},
                         {.name = "since", .value = &since}};
    char path[FILE_PATH_MAX], before[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_made made;
    struct qn_span pass = {NULL, 0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc && since)
        rc = cli_path(c, before, since, &err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    struct backup_create o = {.dir = store_dir(c->office->st),
                              .path = path,
                              .passphrase = pass,
                              .with_files = with_files || since,
                              .since = since ? before : NULL,
                              .now_ms = clock_now_ms(c->office->st),
                              .report = &c->report};
    if (store_self(c->office->st))
        o.epoch = store_self(c->office->st)->epoch;
    if (!rc) { /* the office goes on meanwhile */
        pthread_mutex_unlock(&c->office->lock);
        rc = backup_create(&made, &o, &err);
        pthread_mutex_lock(&c->office->lock);
    }
    sodium_free((void *)(uintptr_t)pass.p);
    if (!rc)
        rc = backup_record_made(c->office->st, &made, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *j = head_json(&made.head);
        json_object_set_new(j, "path", json_string(made.path));
        json_object_set_new(j, "bytes", json_integer(num(made.bytes)));
        return cli_print_json(c, j);
    }
    cli_say(c, "backup.made", "path=%s|mib=%llu|size=%llu", made.path,
            (unsigned long long)((made.bytes + 0xFFFFF) >> 20), (unsigned long long)made.head.size);
    if (made.head.files > made.head.contained)
        cli_say(c, "backup.files-outside", "files=%llu",
                (unsigned long long)(made.head.files - made.head.contained));
    return 0;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

int cmd_backup_show(struct cli *c, int argc, char **argv)
{
    const char *file = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_head h;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = backup_look(&h, path, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, head_json(&h));
    say_head(c, &h);
    cli_say(c, "backup.outside", "");
    return 0;
}

int cmd_backup_verify(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *work = NULL, *usual = getenv("TMPDIR");
    struct opt opts[] = {{.name = "", .value = &file, .required = true},
                         {.name = "work", .value = &work}};
    char path[FILE_PATH_MAX], where[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_found found;
    struct qn_span pass = {NULL, 0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    /* Not /tmp, which is memory on many machines: a database is large. */
    enum qn_code rc = cli_path(c, where, work ? work : usual && *usual ? usual : "/var/tmp", &err);
    if (!rc)
        rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    struct backup_open o = {.path = path, .passphrase = pass, .work = where, .report = &c->report};
    if (!rc)
        rc = backup_verify(&found, &o, &err);
    sodium_free((void *)(uintptr_t)pass.p);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, found_json(&found));
    say_found(c, &found);
    return 0;
}

int cmd_backup_drill(struct cli *c, int argc, char **argv)
{
    const char *file = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_found found;
    struct qn_span pass = {NULL, 0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    struct backup_open o = {.path = path,
                            .passphrase = pass,
                            .work = store_dir(c->office->st),
                            .name = "drill-aside",
                            .rebuild = true,
                            .report = &c->report};
    /* Seen from outside first: the proof takes its time. */
    if (!rc)
        rc = backup_look(&found.head, path, &err);
    if (!rc && strcmp(found.head.origin, store_origin(c->office->st)) != 0)
        rc = qn_fail(&err, QN_DENIED, "backup.other-office", "have=%s|want=%s", found.head.origin,
                     store_origin(c->office->st));
    if (!rc) {
        pthread_mutex_unlock(&c->office->lock);
        rc = backup_verify(&found, &o, &err);
        pthread_mutex_lock(&c->office->lock);
    }
    sodium_free((void *)(uintptr_t)pass.p);
    /* A drill of another office's backup says nothing of this one's. */
    if (!rc && strcmp(found.head.origin, store_origin(c->office->st)) != 0)
        rc = qn_fail(&err, QN_DENIED, "backup.other-office", "have=%s|want=%s",
                     found.head.origin, store_origin(c->office->st));
    if (!rc)
        rc = backup_record_drill(c->office->st, &found, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, found_json(&found));
    say_found(c, &found);
    cli_say(c, "backup.drilled", "rows=%llu|seconds=%.1f", (unsigned long long)found.rows,
            (double)found.ms / 1000);
    return 0;
}

/* ---- restore ------------------------------------------------------------------------------------------------------ */

int cmd_backup_restore(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *files[RESTORE_FILES];
    unsigned nfiles = 0;
    struct opt opts[] = {
        {.name = "", .value = &file, .required = true},
        {.name = "files", .value = files, .many = RESTORE_FILES, .count = &nfiles}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_found found;
    struct qn_span pass = {NULL, 0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    struct backup_open o = {
        .path = path, .passphrase = pass, .files = files, .nfiles = nfiles, .report = &c->report};
    if (!rc)
        rc = backup_restore(&found, &o, c->dir, &err);
    sodium_free((void *)(uintptr_t)pass.p);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, found_json(&found));
    say_found(c, &found);
    cli_say(c, "backup.restored", "dir=%s|time=%s|size=%llu", c->dir, found.head.time,
            (unsigned long long)found.head.size);
    return 0;
}
