/* cmd_evidence.c - photographs and scans: which are here, which are still to come, checked, copied out, fetched. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/file.h"
#include "node/store/tree.h"
#include "node/sync/peer.h"
#include "node/work/evidence.h"
#include "node/work/result.h"
#include "node/work/thumb.h"
#include "node/work/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST_MAX 100000 /* lines: a county's photos of a year */

static json_int_t num(uint64_t v)
{
    return (json_int_t)v;
}

void evidence_say(struct cli *c, const struct files_standing *s)
{
    cli_say(c, "evidence.standing", "here=%llu|named=%llu|here_bytes=%llu|named_bytes=%llu",
            (unsigned long long)s->here, (unsigned long long)s->named,
            (unsigned long long)(s->here_bytes + s->coming_bytes),
            (unsigned long long)s->named_bytes);
    if (s->here < s->named)
        cli_say(c, "evidence.to-come", "missing=%llu|bytes=%llu",
                (unsigned long long)(s->named - s->here),
                (unsigned long long)(s->named_bytes - s->here_bytes - s->coming_bytes));
    if (s->up)
        cli_say(c, "evidence.to-go", "count=%llu|bytes=%llu", (unsigned long long)s->up,
                (unsigned long long)s->up_bytes);
    if (s->over_quota)
        cli_say(c, "evidence.over-quota", "count=%llu", (unsigned long long)s->over_quota);
    if (s->over_room)
        cli_say(c, "evidence.over-room", "count=%llu", (unsigned long long)s->over_room);
}

json_t *evidence_json(const struct files_standing *s)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "named",
                     num(s->named), "named_bytes", num(s->named_bytes), "here", num(s->here),
                     "here_bytes", num(s->here_bytes), "coming_bytes", num(s->coming_bytes), "up",
                     num(s->up), "up_bytes", num(s->up_bytes), "over_quota", num(s->over_quota),
                     "over_room", num(s->over_room), "came", num(s->came), "came_bytes",
                     num(s->came_bytes), "came_twice_bytes", num(s->twice), "sent_bytes",
                     num(s->sent_bytes));
}

static enum qn_code read_standing(struct cli *c, struct files_standing *s)
{
    struct qn_err err;
    enum qn_code rc = files_standing(s, c->office->st, &err);
    if (rc)
        qn_say(&c->report, err.id, "%s", err.args);
    return rc;
}

/* ---- list, show ------------------------------------------------------------------------------------------------ */

static const char *state_id(int64_t state, bool above, int64_t fate, bool province)
{
    static const char *const fates[] = {"files-state.to-go", "files-state.quota",
                                        "files-state.room"};
    if (state < FILES_HERE)
        return state == FILES_COMING ? "files-state.coming" : "files-state.awaited";
    if (province)
        return "files-state.here";
    return above ? "files-state.above" : fates[fate >= 0 && fate <= 2 ? fate : 0];
}

const char *work_photo_kind(const struct cli *c, char out[PHOTO_KIND], const char *kind)
{
    char id[80];
    snprintf(id, sizeof(id), "photo-kind.%s", kind);
    if (text_has(id))
        text_render(out, PHOTO_KIND, c->lang, id, "");
    else
        snprintf(out, PHOTO_KIND, "%s", kind);
    return out;
}

struct line {
    char result[80], hex[2 * QN_HASH + 1];
    const char *state;
};

static void read_line(struct line *l, struct query *q, bool province)
{
    struct qn_span digest = q_span(q, 4);
    work_name(l->result, q_text(q, 0), q_int(q, 2));
    l->hex[0] = 0;
    if (digest.n == QN_HASH)
        qn_hex(l->hex, digest.p, QN_HASH);
    l->state = state_id(q_int(q, 7), q_int(q, 8) != 0, q_int(q, 9), province);
}

static json_t *line_json(const struct line *l, struct query *q)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:b, s:b, s:s, s:s, s:s}", "sha256", l->hex,
                     "result", l->result, "kind", q_text(q, 3), "size", (json_int_t)q_int(q, 5),
                     "media", q_text(q, 6), "here", q_int(q, 7) == FILES_HERE, "above",
                     q_int(q, 8) != 0, "state", l->state, "captured_on", q_text(q, 11), "by",
                     q_text(q, 12));
}

int work_evidence_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.digest", "head.result", "head.kind",
                                        "head.size",   "head.media",  "head.state"};
    const char *result = NULL;
    bool missing = false;
    struct opt opts[] = {{.name = "result", .value = &result},
                         {.name = "missing", .flag = &missing}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct store *st = c->office->st;
    struct qn_err err;
    char office[QN_CODE_MAX + 1] = "", parent[QN_CODE_MAX + 1];
    int64_t id = 0;
    struct files_standing s;
    enum qn_code rc = result ? result_name(result, office, &id, &err) : QN_OK;
    if (!rc)
        rc = files_standing(&s, st, &err);
    if (rc)
        return cli_fail(c, &err);
    bool province = !tree_parent(st, store_self(st)->office, parent);
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LIST);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_text(&q, "");
    q_bind_int(&q, missing);
    q_bind_int(&q, LIST_MAX);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&q)) {
        struct line l;
        char state[96], kind[PHOTO_KIND];
        read_line(&l, &q, province);
        if (c->json) {
            json_array_append_new(list, line_json(&l, &q));
            continue;
        }
        text_render(state, sizeof(state), c->lang, l.state, "");
        cli_table_cell(c, "%.16s", l.hex);
        cli_table_cell(c, "%s", l.result);
        cli_table_cell(c, "%s", work_photo_kind(c, kind, q_text(&q, 3)));
        cli_table_cell(c, "%lld", (long long)q_int(&q, 5));
        cli_table_cell(c, "%s", q_text(&q, 6));
        cli_table_cell(c, "%s", state);
    }
    rc = query_end(&q, &err);
    if (c->json) {
        json_t *o = json_pack("{s:o, s:o}", "files", list, "standing", evidence_json(&s));
        work_print_json(c, o);
    } else {
        cli_table_end(c);
        if (s.named)
            evidence_say(c, &s);
    }
    return rc ? cli_fail(c, &err) : 0;
}

int work_evidence_show(struct cli *c, int argc, char **argv)
{
    const char *digest = NULL;
    struct opt opts[] = {{.name = "", .value = &digest, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    static const struct {
        const char *label;
        int col;
    } shown[] = {{"head.kind", 3},  {"head.size", 5},      {"head.media", 6},
                 {"head.note", 10}, {"head.captured", 11}, {"head.by", 12}};
    struct store *st = c->office->st;
    struct qn_err err;
    uint8_t sha256[QN_HASH];
    char hex[2 * QN_HASH + 1], upper[2 * QN_HASH + 1] = "", parent[QN_CODE_MAX + 1];
    enum qn_code rc = files_look(st, &err);
    if (!rc)
        rc = evidence_find(sha256, st, digest, &err);
    if (rc)
        return cli_fail(c, &err);
    qn_hex(hex, sha256, QN_HASH);
    for (size_t i = 0; i < sizeof(hex); i++)
        upper[i] = hex[i] >= 'a' ? (char)(hex[i] - 'a' + 'A') : hex[i];
    bool province = !tree_parent(st, store_self(st)->office, parent);
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LIST);
    q_bind_text(&q, "");
    q_bind_int(&q, 0);
    q_bind_text(&q, upper);
    q_bind_int(&q, 0);
    q_bind_int(&q, LIST_MAX);
    while (q_step(&q)) {
        struct line l;
        char state[96], kind[PHOTO_KIND];
        read_line(&l, &q, province);
        if (c->json) {
            json_array_append_new(list, line_json(&l, &q));
            continue;
        }
        fprintf(c->out, "SHA-256: %s\n", l.hex);
        cli_field(c, "head.result", l.result);
        for (size_t i = 0; i < COUNT(shown); i++) {
            const char *value = q_text(&q, shown[i].col);
            if (*value)
                cli_field(c, shown[i].label,
                          shown[i].col == 3 ? work_photo_kind(c, kind, value) : value);
        }
        text_render(state, sizeof(state), c->lang, l.state, "");
        cli_field(c, "head.state", state);
        fputc('\n', c->out);
    }
    rc = query_end(&q, &err);
    if (c->json)
        work_print_json(c, list);
    return rc ? cli_fail(c, &err) : 0;
}

/* ---- added, checked, copied out, fetched ------------------------------------------------------------------------ */

int work_evidence_add(struct cli *c, int argc, char **argv)
{
    const char *result = NULL, *photo[RESULT_PHOTOS];
    struct evidence_put o = {.photo = photo};
    struct opt opts[] = {
        {.name = "", .value = &result, .required = true},
        {.name = "photo", .value = photo, .many = RESULT_PHOTOS, .count = &o.n, .required = true},
        {.name = "by", .value = &o.by, .required = true},
        {.name = "captured", .value = &o.captured_on, .kind = OPT_TIME},
        {.name = "note", .value = &o.note}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char when[24];
    if (o.captured_on && words_when(when, qn_str(o.captured_on), false))
        o.captured_on = when;
    char(*paths)[1024] = calloc(RESULT_PHOTOS, sizeof(*paths));
    enum qn_code rc = paths ? QN_OK : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < o.n; i++) {
        rc = cli_path(c, paths[i], photo[i], &err);
        photo[i] = paths[i];
    }
    if (!rc)
        rc = evidence_add(c->office->st, result, &o, &err);
    free(paths);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:i}", "result", result, "added", (int)o.n));
    else
        cli_say(c, "evidence.added", "result=%s|count=%u", result, o.n);
    return 0;
}

int work_evidence_verify(struct cli *c, int argc, char **argv)
{
    struct evidence_verified v;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (evidence_verify(c->office->st, &v, &c->report, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "sound", num(v.sound),
                                     "bytes", num(v.bytes), "missing", num(v.missing), "damaged",
                                     num(v.damaged), "found", num(v.found), "orphans",
                                     num(v.orphans)));
    else
        cli_say(c, "evidence.verified",
                "sound=%llu|bytes=%llu|missing=%llu|damaged=%llu|found=%llu|orphans=%llu",
                (unsigned long long)v.sound, (unsigned long long)v.bytes,
                (unsigned long long)v.missing, (unsigned long long)v.damaged,
                (unsigned long long)v.found, (unsigned long long)v.orphans);
    return v.damaged ? 1 : 0;
}

int work_evidence_export(struct cli *c, int argc, char **argv)
{
    const char *digest = NULL, *out = NULL;
    struct opt opts[] = {{.name = "", .value = &digest, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    uint8_t sha256[QN_HASH];
    char path[FILE_PATH_MAX];
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc)
        rc = files_look(c->office->st, &err);
    if (!rc)
        rc = evidence_find(sha256, c->office->st, digest, &err);
    if (!rc)
        rc = evidence_export(c->office->st, sha256, path, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s}", "path", path));
    else
        cli_say(c, "evidence.exported", "path=%s", out);
    return 0;
}

/* Whether it can be the beginning of a digest; all else is the name of a file. */
static bool is_digest(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return n >= 8 && n <= (size_t)2 * QN_HASH && !s[n];
}

int work_evidence_thumb(struct cli *c, int argc, char **argv)
{
    const char *photo = NULL, *out = NULL;
    struct opt opts[] = {{.name = "", .value = &photo, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    QN_AUTO(qn_buf) struct qn_buf small = {0}, bytes = {0};
    struct store *st = c->office->st;
    struct qn_err err;
    uint8_t sha256[QN_HASH];
    char path[FILE_PATH_MAX], from[FILE_PATH_MAX];
    enum thumb told = THUMB_NONE;
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc && is_digest(photo)) {
        rc = files_look(st, &err);
        if (!rc)
            rc = evidence_find(sha256, st, photo, &err);
        if (!rc)
            rc = thumb_of(&small, &told, store_dir(st), sha256, true, &err);
    } else if (!rc) {
        rc = cli_path(c, from, photo, &err);
        if (!rc)
            rc = file_read(&bytes, from, THUMB_FROM_MAX, &err);
        if (!rc)
            told = thumb_make(&small, qn_buf_span(&bytes), NULL);
        rc = rc == QN_LIMIT ? QN_OK : rc; /* too large for a small one */
    }
    if (!rc && told == THUMB_MADE)
        rc = file_write(path, qn_buf_span(&small), 0600, false, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, told == THUMB_MADE
                               ? json_pack("{s:s}", "path", path)
                               : json_pack("{s:n, s:s}", "path", "why", thumb_id(told)));
    else
        cli_say(c, thumb_id(told), "path=%s", told == THUMB_MADE ? out : photo);
    return 0;
}

int work_evidence_fetch(struct cli *c, int argc, char **argv)
{
    struct qn_err err;
    uint64_t missing;
    char parent[QN_CODE_MAX + 1];
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    enum qn_code rc = files_look(c->office->st, &err);
    if (!rc)
        rc = files_ask_now(c->office->st, &missing, &err);
    if (rc)
        return cli_fail(c, &err);
    if (!c->json)
        cli_say(c, missing ? "evidence.asking" : "evidence.all-here", "count=%llu",
                (unsigned long long)missing);
    struct peer p;
    struct qn_err none;
    /* What offices below have comes when they call; the one above is called now. */
    if (missing && peer_parent(c->office->st, parent) &&
        peer_get(&p, c->office->st, parent, &none) == QN_OK && p.url[0]) {
        struct network_result r;
        struct network_sync o = {
            .office = c->office, .peer = parent, .lang = c->lang, .report = &c->report};
        if (c->network->sync(&o, &r, &err) != QN_OK)
            return cli_fail(c, &err);
    }
    struct files_standing s;
    if (read_standing(c, &s) != QN_OK)
        return 1;
    if (c->json)
        work_print_json(
            c, json_pack("{s:I, s:o}", "asked", num(missing), "standing", evidence_json(&s)));
    else if (missing)
        evidence_say(c, &s);
    return 0;
}

int work_evidence_limits(struct cli *c, int argc, char **argv)
{
    struct files_limits l;
    struct qn_err err;
    unsigned quota = UINT_MAX, floor = UINT_MAX; /* as it is */
    struct opt opts[] = {{.name = "quota", .kind = OPT_NUMBER, .number = &quota, .max = INT32_MAX},
                         {.name = "floor", .kind = OPT_NUMBER, .number = &floor, .max = INT32_MAX}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    files_limits(c->office->st, &l);
    l.quota_mib = quota == UINT_MAX ? l.quota_mib : quota;
    l.floor_mib = floor == UINT_MAX ? l.floor_mib : floor;
    if (argc && files_set_limits(c->office->st, &l, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:I, s:I}", "quota_mib", num(l.quota_mib), "floor_mib",
                                     num(l.floor_mib)));
    else
        cli_say(c, "evidence.limits", "quota=%llu|floor=%llu", (unsigned long long)l.quota_mib,
                (unsigned long long)l.floor_mib);
    return 0;
}
