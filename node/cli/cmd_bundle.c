/* cmd_bundle.c - exchange by file: bundles made, looked at, taken in and answered. */
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "node/cli/sync_commands.h"
#include "node/store/file.h"
#include "node/sync/bundle.h"
#include "node/sync/freight.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static json_int_t num(uint64_t v)
{
    return (json_int_t)v;
}

static json_t *sent_json(const struct exchange_sent *s)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:b}", "frames", num(s->news), "headers",
                     num(s->frames[QN_FRAME_HEADER]), "parts", num(s->frames[QN_FRAME_PART]),
                     "bytes", num(s->bytes), "more", s->more);
}

static void say_made(struct cli *c, const char *path, const char *to,
                     const struct exchange_sent *sent)
{
    cli_say(c, "bundle.made", "path=%s|to=%s|headers=%llu|parts=%llu|bytes=%llu", path, to,
            (unsigned long long)sent->frames[QN_FRAME_HEADER],
            (unsigned long long)sent->frames[QN_FRAME_PART], (unsigned long long)sent->bytes);
    if (!sent->news)
        cli_say(c, "bundle.nothing-new", "to=%s", to);
    if (sent->more)
        cli_say(c, "bundle.not-all", "to=%s", to);
}

/* "up.qb" -> "up-2.qb": the further ones stand beside the first. */
static enum qn_code path_of(char out[FILE_PATH_MAX], const char *path, unsigned k,
                            struct qn_err *err)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t stem = dot && dot > (slash ? slash + 1 : path) ? (size_t)(dot - path) : strlen(path);
    int n = k == 1 ? snprintf(out, FILE_PATH_MAX, "%s", path)
                   : snprintf(out, FILE_PATH_MAX, "%.*s-%u%s", (int)stem, path, k, path + stem);
    return n < FILE_PATH_MAX ? QN_OK
                             : qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", path);
}

/* One bundle, and with --files as many as the files take: each on a stick of its own. */
static enum qn_code make_all(struct cli *c, struct bundle_make *o, const char *shown, json_t *list,
                             struct qn_err *err)
{
    QN_AUTO(freight) struct freight f = {.st = NULL};
    char path[FILE_PATH_MAX], name[FILE_PATH_MAX];
    const char *first = o->path;
    enum qn_code rc = freight_init(&f, c->office->st, err);
    o->freight = &f;
    o->path = path;
    for (unsigned k = 1; !rc && (k == 1 || f.left); k++) {
        struct exchange_sent sent;
        uint64_t before = f.files;
        rc = path_of(path, first, k, err);
        if (!rc)
            rc = path_of(name, shown, k, err);
        o->files_only = k > 1;
        if (!rc)
            rc = bundle_make(c->office->st, o, &sent, err);
        if (rc)
            break;
        if (list) {
            json_t *j = sent_json(&sent);
            json_object_set_new(j, "path", json_string(path));
            json_object_set_new(j, "to", json_string(o->to));
            json_object_set_new(j, "files", json_integer(num(f.files - before)));
            json_array_append_new(list, j);
            continue;
        }
        say_made(c, name, o->to, &sent);
        if (f.files > before)
            cli_say(c, "bundle.with-files", "path=%s|files=%llu", name,
                    (unsigned long long)(f.files - before));
    }
    if (!rc && f.too_long)
        qn_say(&c->report, "bundle.files-too-long", "files=%llu", (unsigned long long)f.too_long);
    return rc;
}

int cmd_bundle_make(struct cli *c, int argc, char **argv)
{
    const char *to = NULL, *out = NULL;
    bool all = false, files = false;
    unsigned mib = 0;
    struct opt opts[] = {
        {.name = "to", .value = &to, .required = true, .kind = OPT_CODE},
        {.name = "out", .value = &out, .required = true},
        {.name = "all", .flag = &all},
        {.name = "files", .flag = &files},
        {.name = "size", .kind = OPT_NUMBER, .number = &mib, .min = 1, .max = 2048}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    struct bundle_make o = {.to = to,
                            .path = path,
                            .all = all,
                            .files = files,
                            .size_max = (uint64_t)mib << 20,
                            .report = &c->report};
    json_t *list = c->json ? json_array() : NULL;
    if (!rc)
        rc = make_all(c, &o, out, list, &err);
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    if (!c->json)
        return 0;
    /* The first one is the object that it always was; with --files it names them all. */
    json_t *j = json_incref(json_array_get(list, 0));
    if (files)
        json_object_set(j, "bundles", json_deep_copy(list));
    json_decref(list);
    return cli_print_json(c, j);
}

static json_t *info_json(const struct bundle_info *i)
{
    json_t *recipients = json_array();
    for (unsigned k = 0; k < i->nrecipients; k++)
        json_array_append_new(recipients, json_string(i->recipient[k]));
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:o, s:b, s:b}", "from", i->from, "to", i->to,
                          "created_ms", num(i->created_ms), "size", num(i->size), "recipients",
                          recipients, "opened", i->opened, "whole", i->whole);
    /* What was not opened has no count, not a count of 0. */
    if (o && i->opened) {
        json_object_set_new(o, "frames", json_integer(num(i->frames)));
        json_object_set_new(o, "bytes", json_integer(num(i->bytes)));
        json_object_set_new(o, "headers", json_integer(num(i->count[QN_FRAME_HEADER])));
        json_object_set_new(o, "parts", json_integer(num(i->count[QN_FRAME_PART])));
    } else if (o) {
        json_object_set_new(o, "chunks", json_integer(num(i->chunks)));
    }
    return o;
}

/* What would go back, so that the clerk knows whether to carry the stick home with something on it. */
static void offer_return(struct cli *c, const char *to)
{
    struct exchange_sent sent;
    struct qn_err err;
    enum qn_code rc = bundle_preview(c->office->st, to, &sent, &err);
    if (rc) {
        qn_say(&c->report, err.id, "%s", err.args);
        return;
    }
    cli_say(c, sent.news || sent.frames[QN_FRAME_RECEIPT] ? "bundle.return" : "bundle.return-none",
            "to=%s|headers=%llu|parts=%llu|receipts=%llu", to,
            (unsigned long long)sent.frames[QN_FRAME_HEADER],
            (unsigned long long)sent.frames[QN_FRAME_PART],
            (unsigned long long)sent.frames[QN_FRAME_RECEIPT]);
}

/* The return bundle. A name that leads to the very file that came would replace it before it was carried on. */
static int make_reply(struct cli *c, const char *came, const char *path, const char *shown,
                      const char *to)
{
    struct stat a, b;
    struct exchange_sent sent;
    struct qn_err err;
    enum qn_code rc = QN_OK;
    if (stat(came, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        rc = qn_fail(&err, QN_DENIED, "bundle.reply-same", "path=%s", shown);
    struct bundle_make o = {.to = to, .path = path, .report = &c->report};
    if (!rc)
        rc = bundle_make(c->office->st, &o, &sent, &err);
    if (rc)
        return cli_fail(c, &err);
    if (!c->json)
        say_made(c, shown, to, &sent);
    return 0;
}

int cmd_bundle_import(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *reply = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true},
                         {.name = "reply", .value = &reply}};
    char path[FILE_PATH_MAX], reply_path[FILE_PATH_MAX];
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (cli_path(c, path, file, &err) != QN_OK ||
        (reply && cli_path(c, reply_path, reply, &err) != QN_OK))
        return cli_fail(c, &err);
    enum qn_code rc = bundle_import(c->office->st, path, &c->report, &info, &t, &err);
    if (rc && !info.frames)
        return cli_fail(c, &err);
    if (!c->json) {
        cli_say(c, "bundle.imported",
                "from=%s|frames=%llu|headers=%llu|parts=%llu|rows=%llu|applied=%llu", info.from,
                (unsigned long long)info.frames, (unsigned long long)t.headers,
                (unsigned long long)t.new_parts, (unsigned long long)t.rows,
                (unsigned long long)t.applied);
        if (info.file_bytes)
            cli_say(c, "bundle.files-came", "files=%llu|bytes=%llu", (unsigned long long)info.files,
                    (unsigned long long)info.file_bytes);
        if (!reply)
            offer_return(c, info.from);
    }
    /* Also when not all could be taken: the answer tells the sender how far it came. */
    int exit_code = reply ? make_reply(c, path, reply_path, reply, info.from) : 0;
    if (rc)
        return cli_fail(c, &err);
    if (exit_code || !c->json)
        return exit_code;
    json_t *j = info_json(&info);
    json_object_set_new(j, "rows", json_integer(num(t.rows)));
    json_object_set_new(j, "applied", json_integer(num(t.applied)));
    json_object_set_new(j, "held", json_integer(num(t.held)));
    json_object_set_new(j, "quarantined", json_integer(num(t.quarantined)));
    json_object_set_new(j, "refused", json_integer(num(t.refused)));
    json_object_set_new(j, "forks", json_integer(num(t.forks)));
    json_object_set_new(j, "files", json_integer(num(info.files)));
    json_object_set_new(j, "file_bytes", json_integer(num(info.file_bytes)));
    if (reply)
        json_object_set_new(j, "reply", json_string(reply_path));
    return cli_print_json(c, j);
}

static enum qn_code open_with(struct cli *c, const char *keys_path, const char *path,
                              struct bundle_info *info, struct qn_err *err)
{
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    char full[FILE_PATH_MAX];
    enum qn_code rc = cli_path(c, full, keys_path, err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, err);
    if (!rc)
        rc = keys_open(&keys, full, pass, err);
    return rc ? rc : bundle_open(&(struct bundle_opener){.keys = keys}, path, info, err);
}

static void say_outside(struct cli *c, const struct bundle_info *i)
{
    char when[32], who[BUNDLE_RECIPIENTS * (QN_CODE_MAX + 2)] = "";
    size_t n = 0;
    cli_time(when, i->created_ms);
    for (unsigned k = 0; k < i->nrecipients; k++)
        n += (size_t)snprintf(who + n, sizeof(who) - n, k ? " %s" : "%s", i->recipient[k]);
    cli_say(c, "bundle.outside", "from=%s|to=%s|created=%s|bytes=%llu|chunks=%llu|recipients=%s",
            i->from, i->to, when, (unsigned long long)i->size, (unsigned long long)i->chunks, who);
}

static void say_inside(struct cli *c, const struct bundle_info *i)
{
    char when[32];
    cli_time(when, i->created_ms);
    cli_say(c, i->whole ? "bundle.whole" : "bundle.partial",
            "from=%s|to=%s|created=%s|frames=%llu|headers=%llu|parts=%llu|bytes=%llu", i->from,
            i->to, when, (unsigned long long)i->frames,
            (unsigned long long)i->count[QN_FRAME_HEADER],
            (unsigned long long)i->count[QN_FRAME_PART], (unsigned long long)i->bytes);
}

int cmd_bundle_verify(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *keys = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true},
                         {.name = "keys", .value = &keys, .alone = true}};
    char path[FILE_PATH_MAX];
    struct bundle_info info = {.opened = false};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = keys        ? open_with(c, keys, path, &info, &err)
             : c->office ? bundle_verify(c->office->st, path, &info, &err)
                         : bundle_look(path, &info, &err);
    if (rc && !info.frames)
        return cli_fail(c, &err);
    if (c->json && !rc)
        return cli_print_json(c, info_json(&info));
    if (!c->json && info.opened)
        say_inside(c, &info);
    else if (!c->json)
        say_outside(c, &info);
    return rc ? cli_fail(c, &err) : 0;
}
