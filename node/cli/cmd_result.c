/* cmd_result.c - results: recorded one by one or from a spreadsheet, corrected, listed, shown with all revisions. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/notices.h"
#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/files.h"
#include "node/work/record.h"
#include "node/work/result.h"
#include "node/work/target.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* "ITEM=TEXT": a '=' may stand in the text, not in what the item is called. */
struct pair {
    char item[412];
    const char *text;
};

/* What stands behind --item, --problem and --disposal: pairs once there are items, else one text for the whole. */
struct found {
    const char *item[RESULT_ITEMS], *problem[RESULT_ITEMS], *disposal[RESULT_ITEMS];
    unsigned nitems, nproblems, ndisposals;
    struct pair pair[RESULT_ITEMS];
};

static enum qn_code split(struct pair *out, const char *word, struct qn_err *err)
{
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : 0;
    if (!n || n >= sizeof(out->item))
        return qn_fail(err, QN_MALFORMED, "result.item", "value=%.80s", word);
    memcpy(out->item, word, n);
    out->item[n] = 0;
    out->text = eq + 1;
    return QN_OK;
}

static enum qn_code put_behind(struct result_item *items, unsigned n, const char *const *word,
                               unsigned words, bool problem, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < words; i++) {
        struct pair p;
        unsigned at = 0;
        rc = split(&p, word[i], err);
        while (!rc && at < n && strcmp(items[at].item, p.item) != 0)
            at++;
        if (!rc && at == n)
            rc = qn_fail(err, QN_MALFORMED, "result.no-item", "value=%.80s", word[i]);
        if (!rc)
            *(problem ? &items[at].problem : &items[at].disposal) = p.text;
    }
    return rc;
}

static enum qn_code read_found(struct found *f, struct result_item *items, unsigned *n,
                               const char **codes, const char **problem, const char **disposal,
                               struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (!f->nitems) {
        *problem = f->nproblems ? f->problem[0] : NULL;
        *disposal = f->ndisposals ? f->disposal[0] : NULL;
        *codes = *codes ? *codes : "";
        return f->nproblems > 1 || f->ndisposals > 1
                   ? qn_fail(err, QN_MALFORMED, "result.no-item", "value=%.80s",
                             f->nproblems > 1 ? f->problem[1] : f->disposal[1])
                   : QN_OK;
    }
    for (; !rc && *n < f->nitems; ++*n) {
        rc = split(&f->pair[*n], f->item[*n], err);
        items[*n] = (struct result_item){f->pair[*n].item, f->pair[*n].text, NULL, NULL};
    }
    if (!rc)
        rc = put_behind(items, *n, f->problem, f->nproblems, true, err);
    return rc ? rc : put_behind(items, *n, f->disposal, f->ndisposals, false, err);
}

#define FOUND_OPTS(o, f) \
    {.name = "codes", .value = &(o).codes}, \
        {.name = "item", .value = (f).item, .many = RESULT_ITEMS, .count = &(f).nitems}, \
        {.name = "problem", .value = (f).problem, .many = RESULT_ITEMS, .count = &(f).nproblems}, \
    { \
        .name = "disposal", .value = (f).disposal, .many = RESULT_ITEMS, .count = &(f).ndisposals \
    }

int work_result_record(struct cli *c, int argc, char **argv)
{
    struct result_record o = {.draw = NULL};
    struct found f = {.nitems = 0};
    const char *photo[RESULT_PHOTOS];
    struct opt opts[] = {
        {.name = "draw", .value = &o.draw, .required = true},
        {.name = "object", .value = &o.object, .required = true},
        FOUND_OPTS(o, f),
        {.name = "by", .value = &o.by, .required = true},
        {.name = "task", .value = &o.task},
        {.name = "visit", .value = &o.visit},
        {.name = "representative", .value = &o.representative},
        {.name = "refusal", .value = &o.refusal},
        {.name = "witness", .value = &o.witness},
        {.name = "nobody", .flag = &o.nobody},
        {.name = "over-cap", .value = &o.over_cap},
        {.name = "place", .value = &o.place},
        {.name = "started", .value = &o.started, .kind = OPT_TIME},
        {.name = "completed", .value = &o.completed, .kind = OPT_TIME},
        {.name = "photo", .value = photo, .many = RESULT_PHOTOS, .count = &o.nphotos}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char(*paths)[1024] = calloc(RESULT_PHOTOS, sizeof(*paths)), name[80];
    int64_t id;
    enum qn_code rc = paths ? QN_OK : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = read_found(&f, o.item, &o.nitems, &o.codes, &o.problem, &o.disposal, &err);
    for (unsigned i = 0; !rc && i < o.nphotos; i++) {
        rc = cli_path(c, paths[i], photo[i], &err);
        o.photo[i] = paths[i];
    }
    if (!rc)
        rc = result_record(c->office->st, &o, &id, &err);
    free(paths);
    if (rc)
        return cli_fail(c, &err);
    work_name(name, store_self(c->office->st)->office, id);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s}", "result", name, "object", o.object));
    else
        cli_say(c, "work.recorded", "result=%s|object=%s", name, o.object);
    return 0;
}

int work_result_import(struct cli *c, int argc, char **argv)
{
    struct list_said said = {.nmap = 0};
    struct result_import o = {.cwd = c->cwd, .lang = c->lang, .confined = c->listens != NULL};
    struct opt opts[] = {{.name = "", .value = &o.path, .required = true},
                         {.name = "rejects", .value = &o.rejects},
                         {.name = "dry-run", .flag = &o.dry_run},
                         LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct result_imported r;
    struct notices notices;
    char room[2][1024];
    notices_begin(&notices, c);
    enum qn_code rc = work_path(c, room[0], &o.path, &err);
    if (!rc)
        rc = work_path(c, room[1], &o.rejects, &err);
    if (!rc)
        rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = result_import(c->office->st, &o, &r, &notices.report, &err);
    if (rc) {
        notices_drop(&notices);
        return cli_fail(c, &err);
    }
    if (c->json) {
        json_t *told = json_pack("{s:I, s:I, s:I, s:I, s:b}", "recorded", (json_int_t)r.recorded,
                                 "issues", (json_int_t)r.with_issue, "photos", (json_int_t)r.photos,
                                 "rejected", (json_int_t)r.rejected, "dry_run", o.dry_run);
        notices_put(&notices, told);
        work_print_json(c, told);
    } else {
        cli_say(c, o.dry_run ? "work.results-dry" : "work.results",
                "recorded=%u|issues=%u|photos=%u|rejected=%u", r.recorded, r.with_issue, r.photos,
                r.rejected);
    }
    return r.rejected ? 1 : 0;
}

int work_result_correct(struct cli *c, int argc, char **argv)
{
    struct result_correct o = {.result = NULL};
    struct found f = {.nitems = 0};
    struct opt opts[] = {
        {.name = "", .value = &o.result, .required = true},
        FOUND_OPTS(o, f),
        {.name = "reason", .value = &o.reason, .required = true},
        {.name = "by", .value = &o.by, .required = true},
        {.name = "if-rev", .kind = OPT_NUMBER, .number = &o.seen, .min = 1, .max = INT32_MAX}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    int64_t rev;
    if (read_found(&f, o.item, &o.nitems, &o.codes, &o.problem, &o.disposal, &err) ||
        result_correct(c->office->st, &o, &rev, &err))
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:I}", "result", o.result, "rev", (json_int_t)rev));
    else
        cli_say(c, "work.corrected", "result=%s|rev=%lld", o.result, (long long)rev);
    return 0;
}

/* SPEC figures-11: "a problem without any follow-up is open" */
static bool is_unfollowed(struct store *st, struct query *r)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FOLLOW_UPS_OF);
    q_bind_text(&q, q_text(r, 0));
    q_bind_int(&q, q_int(r, 1));
    return !q_step(&q) && figure_is_problem(st, q_span(r, 9));
}

int work_result_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.result", "head.task",      "head.object",
                                        "head.name",   "head.completed", "head.outcome",
                                        "head.rev"};
    const char *wanted = NULL;
    bool unfollowed = false;
    struct opt opts[] = {{.name = "state", .value = &wanted},
                         {.name = "unfollowed", .flag = &unfollowed}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    enum qn_code rc = QN_OK;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_RESULTS);
    q_bind_text(&q, store_self(c->office->st)->office);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    while (!rc && q_step(&q)) {
        char name[80], draw[80], said[401], state[RECORD_STATE] = "";
        struct target t = {.draw = q_int(&q, 4)};
        if (unfollowed && !is_unfollowed(c->office->st, &q))
            continue;
        if (wanted || c->json)
            rc = record_state(state, c->office->st, record_type("inspection"), q_text(&q, 0),
                              q_int(&q, 1), &err);
        if (rc || (wanted && strcmp(wanted, state) != 0))
            continue;
        work_name(name, q_text(&q, 0), q_int(&q, 1));
        work_name(draw, q_text(&q, 3), q_int(&q, 4));
        if (c->json) {
            qn_text_copy(t.office, sizeof(t.office), q_span(&q, 3));
            qn_text_copy(t.task, sizeof(t.task), q_span(&q, 5));
            rc = target_task_name(said, c->office->st, &t, &err);
            json_array_append_new(
                list, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "result",
                                name, "rev", (json_int_t)q_int(&q, 2), "draw", draw, "task",
                                q_text(&q, 5), "task_name", rc ? "" : said, "object", q_text(&q, 6), "name", q_text(&q, 7),
                                "completed_on", q_text(&q, 8), "codes", q_text(&q, 9), "text",
                                q_text(&q, 10), "reason", q_text(&q, 11), "state", state));
            continue;
        }
        cli_table_cell(c, "%s", name);
        cli_table_cell(c, "%s", q_text(&q, 5));
        cli_table_cell(c, "%s", q_text(&q, 6));
        cli_table_cell(c, "%s", q_text(&q, 7));
        cli_table_cell(c, "%s", q_text(&q, 8));
        cli_table_cell(c, "%s %s", q_text(&q, 9), q_text(&q, 10));
        cli_table_cell(c, "%lld", (long long)q_int(&q, 2));
    }
    if (!rc)
        rc = query_end(&q, &err);
    if (c->json && !rc)
        work_print_json(c, QN_STEAL(list));
    else if (!c->json)
        cli_table_end(c);
    json_decref(list);
    return rc ? cli_fail(c, &err) : 0;
}

/* ---- one result, all its revisions ------------------------------------------------------------------------------- */

/* Labels and columns of WORK_REVISIONS; what is blank is not shown. */
static const struct {
    const char *label, *key;
    int col;
} shown[] = {{"head.rev", "rev", 0},
             {"head.task", "task", 1},
             {"head.object", "object", 2},
             {"head.name", "name", 3},
             {"head.inspectors", "inspectors", 4},
             {"head.started", "started", 5},
             {"head.finished", "completed", 6},
             {"head.place", "place", 7},
             {"head.outcome", "codes", 8},
             {"head.result-text", "text", 9},
             {"head.problem", "problem", 10},
             {"head.disposal", "disposal", 11},
             {"head.by", "by", 12},
             {"head.recorded", "recorded", 13},
             {"head.reason", "reason", 14}};

/* What was found of each item of a revision, by what the item is called. */
static enum qn_code show_items(struct cli *c, const char *office, int64_t id, int64_t rev,
                               json_t *items, struct qn_err *err)
{
    static const char *const heads[] = {"head.item",    "head.outcome",  "head.result-text",
                                        "head.problem", "head.disposal", "head.record"};
    if (!items)
        cli_table_begin(c, COUNT(heads), heads);
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_ITEMS_SHOWN);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_int(&q, rev);
    while (q_step(&q)) {
        char number[80] = "";
        if (q_int(&q, 1))
            work_name(number, q_text(&q, 0), q_int(&q, 1));
        if (items) {
            json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "item", number,
                                                   "name", q_text(&q, 2), "codes", q_text(&q, 3),
                                                   "text", q_text(&q, 4), "problem", q_text(&q, 5),
                                                   "disposal", q_text(&q, 6)));
            continue;
        }
        for (int col = 2; col < 7; col++)
            cli_table_cell(c, "%s", q_text(&q, col));
        cli_table_cell(c, "%s", number);
    }
    if (!items)
        cli_table_end(c);
    return query_end(&q, err);
}

/* What the party did at the visit: signed, or why not and who saw it. */
static void show_signature(struct cli *c, const char *office, struct query *q, json_t *o)
{
    static const struct {
        const char *label, *key;
        int col;
    } lines[] = {{"field.representative", "representative", 16},
                 {"field.refusal", "refusal", 17},
                 {"field.witness", "witness", 18}};
    char id[48], said[96], visit[80];
    if (!*q_text(q, 15)) /* no visit of it is here */
        return;
    work_name(visit, office, q_int(q, 19));
    snprintf(id, sizeof(id), "word.signature.%.20s", q_text(q, 15));
    text_render(said, sizeof(said), c->lang, id, "");
    if (o) {
        json_object_set_new(o, "visit", json_string(visit));
        json_object_set_new(o, "signature", json_string(q_text(q, 15)));
    } else {
        cli_field(c, "field.visit", visit);
        cli_field(c, "field.signature", said);
    }
    for (size_t i = 0; i < COUNT(lines); i++)
        if (o)
            json_object_set_new(o, lines[i].key, json_string(q_text(q, lines[i].col)));
        else if (*q_text(q, lines[i].col))
            cli_field(c, lines[i].label, q_text(q, lines[i].col));
}

/* Which draw it is of, and what the plan calls its task. */
static enum qn_code put_task(json_t *o, struct store *st, struct query *q, struct qn_err *err)
{
    char draw[80], said[401];
    struct target t = {.draw = q_int(q, 21)};
    qn_text_copy(t.office, sizeof(t.office), q_span(q, 20));
    qn_text_copy(t.task, sizeof(t.task), q_span(q, 22));
    work_name(draw, t.office, t.draw);
    json_object_set_new(o, "draw", json_string(draw));
    enum qn_code rc = target_task_name(said, st, &t, err);
    if (!rc)
        json_object_set_new(o, "task_name", json_string(said));
    return rc;
}

static enum qn_code show_revision(struct cli *c, const char *office, int64_t id, struct query *q,
                                  json_t *revisions, struct qn_err *err)
{
    json_t *o = revisions ? json_object() : NULL, *items = revisions ? json_array() : NULL;
    for (size_t i = 0; i < COUNT(shown); i++) {
        if (o)
            json_object_set_new(o, shown[i].key,
                                shown[i].col ? json_string(q_text(q, shown[i].col))
                                             : json_integer(q_int(q, 0)));
        if (o || !*q_text(q, shown[i].col))
            continue;
        cli_field(c, shown[i].label, q_text(q, shown[i].col));
    }
    show_signature(c, office, q, o);
    enum qn_code rc = o ? put_task(o, c->office->st, q, err) : QN_OK;
    if (!rc)
        rc = show_items(c, office, id, q_int(q, 0), items, err);
    if (o) {
        json_object_set_new(o, "items", items);
        json_array_append_new(revisions, o);
    } else {
        fputc('\n', c->out);
    }
    return rc;
}

static void say_photo(struct cli *c, const char *kind, struct query *q, const char *hex,
                      const char *state)
{
    const char *note = q_text(q, 10);
    char text[1800];
    snprintf(text, sizeof(text), "%s%s%.1200s, %lld B, %s%s%s", kind, *note ? " " : "", note,
             (long long)q_int(q, 5), hex, *state ? ", " : "", state);
    cli_field(c, "head.photo", text);
}

static enum qn_code show_photos(struct cli *c, const char *office, int64_t id, json_t *photos,
                                struct qn_err *err)
{
    long long here = 0, all = 0;
    enum qn_code rc = files_look(c->office->st, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_FILES_LIST);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_text(&q, "");
    q_bind_int(&q, 0);
    q_bind_int(&q, INT32_MAX);
    for (; q_step(&q); all++) {
        char hex[2 * QN_HASH + 1] = "", state[128] = "", kind[PHOTO_KIND];
        struct qn_span digest = q_span(&q, 4);
        bool came = q_int(&q, 7) == FILES_HERE;
        here += came;
        if (digest.n == QN_HASH)
            qn_hex(hex, digest.p, QN_HASH);
        if (!came)
            text_render(state, sizeof(state), c->lang, "files-state.awaited", "");
        if (photos)
            json_array_append_new(photos,
                                  json_pack("{s:s, s:s, s:I, s:s, s:b, s:s, s:s}", "kind",
                                            q_text(&q, 3), "sha256", hex, "size",
                                            (json_int_t)q_int(&q, 5), "media", q_text(&q, 6),
                                            "here", came, "note", q_text(&q, 10), "captured_on",
                                            q_text(&q, 11)));
        else
            say_photo(c, work_photo_kind(c, kind, q_text(&q, 3)), &q, hex, state);
    }
    rc = query_end(&q, err);
    if (!rc && !photos && here < all)
        cli_say(c, "evidence.awaited", "here=%lld|named=%lld", here, all);
    return rc;
}

/* Which revisions are public, and since when. */
static enum qn_code published(struct cli *c, const char *office, int64_t id, json_t *list,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_PUBLISHED);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    while (q_step(&q))
        json_array_append_new(
            list, json_pack("{s:I, s:s}", "rev", (json_int_t)q_int(&q, 0), "on", q_text(&q, 1)));
    return query_end(&q, err);
}

int work_result_show(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    unsigned n = 0;
    enum qn_code rc = result_name(name, office, &id, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *revisions = c->json ? json_array() : NULL, *photos = c->json ? json_array() : NULL;
    json_t *public = c->json ? json_array() : NULL;
    {
        QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_REVISIONS);
        q_bind_text(&q, office);
        q_bind_int(&q, id);
        for (; !rc && q_step(&q); n++)
            rc = show_revision(c, office, id, &q, revisions, &err);
        if (!rc)
            rc = query_end(&q, &err);
    }
    if (!rc && !n)
        rc = qn_fail(&err, QN_ABSENT, "result.unknown", "result=%s", name);
    if (!rc)
        rc = show_photos(c, office, id, photos, &err);
    if (!rc && public)
        rc = published(c, office, id, public, &err);
    if (!rc && c->json)
        work_print_json(c, json_pack("{s:s, s:O, s:O, s:O}", "result", name, "revisions", revisions,
                                     "photos", photos, "published", public));
    json_decref(public);
    json_decref(revisions);
    json_decref(photos);
    return rc ? cli_fail(c, &err) : 0;
}
