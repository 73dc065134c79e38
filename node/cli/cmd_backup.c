/* cmd_backup.c - an office in one file: made, looked at, tried out, put back. */
#include <jansson.h>
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

/* The header tells UTC; people read the same time as everywhere else. */
static void made_at(char out[32], const struct backup_head *h)
{
    cli_time(out, clock_utc_read(h->time));
}

static void say_head(struct cli *c, const struct backup_head *h)
{
    char when[32];
    made_at(when, h);
    cli_say(c, "backup.head-office", "office=%s|log=%s|size=%llu|time=%s", h->office, h->origin,
            (unsigned long long)h->size, when);
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

/* A backup that a command names, and the passphrase that opens it, which the caller wipes. */
static enum qn_code named(struct cli *c, struct backup_open *o, char path[FILE_PATH_MAX],
                          const char *file, struct qn_err *err)
{
    o->path = path;
    o->report = &c->report;
    enum qn_code rc = cli_path(c, path, file, err);
    return rc ? rc : office_passphrase(&o->passphrase, c->passphrase_file, err);
}

/* What was found, or why not. Gives the exit code; the caller may have more to say after a success in words. */
static int tell(struct cli *c, enum qn_code rc, const struct backup_found *f,
                const struct qn_err *err)
{
    if (rc)
        return cli_fail(c, err);
    if (c->json)
        return cli_print_json(c, found_json(f));
    say_found(c, f);
    return 0;
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
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
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
                              .report = &c->report,
                              .stop = c->stop,
                              .stop_ctx = c->stop_ctx};
    if (store_self(c->office->st))
        o.epoch = store_self(c->office->st)->epoch;
    if (!rc)
        rc = backup_allowed(c->office->st, out, &err);
    if (!rc) { /* the office goes on meanwhile */
        struct store_work own;
        office_leave(c->office, &own);
        rc = backup_create(&made, &o, &err);
        office_return(c->office, &own);
    }
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
    struct backup_open o = {.work = where};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    /* Not /tmp, which is memory on many machines: a database is large. */
    enum qn_code rc = cli_path(c, where, work ? work : usual && *usual ? usual : "/var/tmp", &err);
    if (!rc)
        rc = named(c, &o, path, file, &err);
    if (!rc)
        rc = backup_verify(&found, &o, &err);
    secret_auto(&o.passphrase);
    return tell(c, rc, &found, &err);
}

/* A drill of another office's backup says nothing of this one's; of an earlier epoch it does, as its logs are still ours. */
static enum qn_code of_this_office(struct cli *c, const struct backup_found *f, struct qn_err *err)
{
    const char *own = store_origin(c->office->st);
    char deployment[2][QN_DEPLOYMENT_MAX + 1], office[2][QN_CODE_MAX + 1];
    uint16_t epoch[2];
    bool ours = qn_origin_parse(qn_str(f->head.origin), deployment[0], office[0], &epoch[0],
                                NULL) == QN_OK &&
                qn_origin_parse(qn_str(own), deployment[1], office[1], &epoch[1], NULL) == QN_OK &&
                strcmp(deployment[0], deployment[1]) == 0 && strcmp(office[0], office[1]) == 0 &&
                epoch[0] <= epoch[1];
    return ours ? QN_OK
                : qn_fail(err, QN_DENIED, "backup.other-office", "have=%s|want=%s", f->head.origin,
                          own);
}

int cmd_backup_drill(struct cli *c, int argc, char **argv)
{
    const char *file = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    struct backup_found found;
    struct backup_open o = {.name = "drill-aside", .rebuild = true};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    o.work = store_dir(c->office->st);
    enum qn_code rc = named(c, &o, path, file, &err);
    if (!rc) /* seen from outside first: the proof takes its time */
        rc = backup_look(&found.head, path, &err);
    if (!rc)
        rc = of_this_office(c, &found, &err);
    if (!rc)
        rc = backup_allowed(c->office->st, file, &err);
    if (!rc) {
        struct store_work own;
        office_leave(c->office, &own);
        rc = backup_verify(&found, &o, &err);
        office_return(c->office, &own);
    }
    secret_auto(&o.passphrase);
    if (!rc) /* what the proof read */
        rc = of_this_office(c, &found, &err);
    if (!rc)
        rc = backup_record_drill(c->office->st, &found, &err);
    int exit_code = tell(c, rc, &found, &err);
    if (!rc && !c->json)
        cli_say(c, "backup.drilled", "rows=%llu|seconds=%.1f", (unsigned long long)found.rows,
                (double)found.ms / 1000);
    if (!rc && !c->json && found.sealed)
        cli_say(c, "rebuild.unreadable", "n=%llu", (unsigned long long)found.sealed);
    return exit_code;
}

/* ---- restore ------------------------------------------------------------------------------------------------------ */

int cmd_backup_restore(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *files[RESTORE_FILES];
    struct backup_open o = {.files = files};
    struct opt opts[] = {
        {.name = "", .value = &file, .required = true},
        {.name = "files", .value = files, .many = RESTORE_FILES, .count = &o.nfiles}};
    char path[FILE_PATH_MAX], when[32];
    struct qn_err err;
    struct backup_found found;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = named(c, &o, path, file, &err);
    if (!rc)
        rc = backup_restore(&found, &o, c->dir, &err);
    secret_auto(&o.passphrase);
    int exit_code = tell(c, rc, &found, &err);
    if (rc || c->json)
        return exit_code;
    made_at(when, &found.head);
    cli_say(c, "backup.restored", "dir=%s|time=%s|size=%llu", c->dir, when,
            (unsigned long long)found.head.size);
    return 0;
}
