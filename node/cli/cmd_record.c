/* cmd_record.c - every kind of record by the same seven commands, made from the table of kinds (record.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/notices.h"
#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/rows.h"
#include "node/work/record.h"
#include "node/work/record_import.h"
#include "node/work/record_mask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LABEL    240
#define PAGE     50 /* records of one list, unless --limit says more */
#define SHOWN    4  /* columns of a list behind name and state */

/* "record.correction-order", "field.due-on": what the catalogue calls it; a name of its own where it calls it nothing. */
static const char *label(struct cli *c, char out[LABEL], const char *family, const char *of,
                         const char *name)
{
    char id[2 * LABEL];
    for (int own = *of != 0; own >= 0; own--) {
        snprintf(id, sizeof(id), "%s%s%s%s", family, own ? of : "", own ? "." : "", name);
        for (char *p = id; *p; p++)
            *p = *p == '_' ? '-' : *p;
        if (text_has(id)) {
            text_render(out, LABEL, c->lang, id, "");
            return out;
        }
    }
    snprintf(out, LABEL, "%s", name);
    return out;
}

static enum qn_code find_type(const struct record_type **out, const char *name, struct qn_err *err)
{
    *out = record_type(name);
    return *out && (*out)->roles ? QN_OK
                                 : qn_fail(err, QN_ABSENT, "records.kind", "value=%.40s", name);
}

/* Of a kind that these commands write. */
static enum qn_code find_written(const struct record_type **out, const char *name,
                                 struct qn_err *err)
{
    enum qn_code rc = find_type(out, name, err);
    return rc || !(*out)->command ? rc
                                  : qn_fail(err, QN_DENIED, "records.command",
                                            "record=%s|command=%s", name, (*out)->command);
}

/* A field by its name or by what the catalogue calls it. */
static const struct record_field *find_field(struct cli *c, const struct record_type *t,
                                             struct qn_span name)
{
    for (unsigned i = 0; i < t->nfields; i++) {
        char said[LABEL];
        if (qn_span_is(name, t->field[i].name) ||
            qn_span_is(name, label(c, said, "field.", t->name, t->field[i].name)))
            return &t->field[i];
    }
    return NULL;
}

/* A value as people read it: a word in words, the rest as it is. */
/* "D02 现场整改": as people write them, with what they are called */
static const char *codes_shown(struct cli *c, char out[LABEL], const char *list, const char *codes)
{
    size_t at = 0;
    out[0] = 0;
    for (const char *p = codes; *p && at < LABEL;) {
        size_t n = strcspn(p, ",");
        QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_CODE);
        q_bind_text(&q, list);
        q_bind_span(&q, (struct qn_span){(const uint8_t *)p, n});
        bool named = q_step(&q);
        at += (size_t)snprintf(out + at, LABEL - at, "%s%.*s%s%s", at ? "、" : "", (int)n, p,
                               named ? " " : "", named ? q_text(&q, 0) : "");
        p += n + (p[n] == ',');
    }
    return at < LABEL ? out : codes;
}

static const char *shown(struct cli *c, char out[LABEL], const struct record_field *f,
                         const char *value)
{
    char family[LABEL], word[LABEL], said[LABEL];
    if (f->kind == FIELD_CODES && *value)
        return codes_shown(c, out, f->of, value);
    if (f->kind != FIELD_WORD || !*value)
        return value;
    snprintf(family, sizeof(family), "word.%s.", f->name);
    for (char *p = family; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (!strchr(value, ','))
        return label(c, out, family, "", value);
    size_t at = 0;
    out[0] = 0;
    for (const char *p = value; *p && at < LABEL;) { /* several */
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        at += (size_t)snprintf(out + at, LABEL - at, "%s%s", at ? "、" : "",
                               label(c, said, family, "", word));
        p += n + (p[n] == ',');
    }
    return out;
}

static const char *state_shown(struct cli *c, char out[LABEL], const struct record_type *t,
                               const char *state)
{
    return *state ? label(c, out, "state.", t->name, state) : "";
}

/* ---- kinds and their fields ------------------------------------------------------------------------------------------ */

static void roles_text(struct cli *c, struct qn_buf *out, unsigned roles)
{
    for (unsigned i = 0; i < ROLES; i++)
        if (roles & (1u << i)) {
            char said[LABEL];
            qn_put_fmt(out, "%s%s", out->n ? "、" : "",
                       label(c, said, "role.", "", person_role_name[i]));
        }
    qn_put(out, "", 1);
}

int work_record_kinds(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.kind", "head.name", "head.roles"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    json_t *list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    const struct record_type *t;
    for (unsigned i = 0; (t = record_type_at(i)); i++) {
        char said[LABEL];
        if (!t->roles)
            continue;
        QN_AUTO(qn_buf) struct qn_buf roles = {0};
        qn_buf_init(&roles, 1024);
        roles_text(c, &roles, t->roles);
        json_array_append_new(list, work_kind_json(t, label(c, said, "record.", "", t->name)));
        if (c->json)
            continue;
        cli_table_cell(c, "%s", t->name);
        cli_table_cell(c, "%s", label(c, said, "record.", "", t->name));
        cli_table_cell(c, "%s", (const char *)roles.p);
    }
    if (!c->json)
        cli_table_end(c);
    return c->json ? cli_print_json(c, list) : (json_decref(list), 0);
}

/* What may stand in a field: its words, the list of its codes, the kind of record it names. */
static void field_accepts(struct cli *c, struct qn_buf *out, const struct record_field *f)
{
    static const char *const kinds[] = {
        [FIELD_TEXT] = "accepts.text",     [FIELD_LINES] = "accepts.lines",
        [FIELD_DATE] = "accepts.date",     [FIELD_TIME] = "accepts.time",
        [FIELD_NUMBER] = "accepts.number", [FIELD_WORD] = "accepts.word",
        [FIELD_CODES] = "accepts.codes",   [FIELD_OFFICE] = "accepts.office",
        [FIELD_OBJECT] = "accepts.object", [FIELD_RECORD] = "accepts.record",
        [FIELD_DIGEST] = "accepts.digest", [FIELD_INSPECTORS] = "accepts.inspectors",
        [FIELD_STAFF] = "accepts.staff",
    };
    char said[LABEL];
    text_put(out, c->lang, kinds[f->kind], "");
    if (f->kind == FIELD_RECORD)
        qn_put_fmt(out, " %s", label(c, said, "record.", "", f->of));
    for (const char *p = f->kind == FIELD_WORD ? f->of : ""; *p;) {
        char word[LABEL], sentence[LABEL];
        size_t n = strcspn(p, "|");
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        const char *name = shown(c, sentence, f, word);
        qn_put_fmt(out, "%s%s", p == f->of ? " " : "、", name);
        if (strcmp(name, word) != 0)
            qn_put_fmt(out, c->lang == TEXT_ZH ? "（%s）" : " (%s)", word);
        p += n + (p[n] == '|');
    }
    qn_put(out, "", 1);
}

int work_record_fields(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.field", "head.name", "head.required", "head.accepts"};
    const char *kind = NULL;
    struct opt opts[] = {{.name = "", .value = &kind, .required = true}};
    const struct record_type *t;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (find_type(&t, kind, &err))
        return cli_fail(c, &err);
    json_t *list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; i < t->nfields; i++) {
        const struct record_field *f = &t->field[i];
        char said[LABEL];
        QN_AUTO(qn_buf) struct qn_buf accepts = {0};
        qn_buf_init(&accepts, 4096);
        field_accepts(c, &accepts, f);
        json_t *o = json_pack("{s:s, s:s, s:b, s:b, s:s}", "field", f->name, "name",
                              label(c, said, "field.", t->name, f->name), "required",
                              (f->flags & FIELD_MUST) != 0, "fixed", (f->flags & FIELD_FIXED) != 0,
                              "accepts", (const char *)accepts.p);
        work_field_json(o, f);
        json_array_append_new(list, o);
        if (c->json)
            continue;
        cli_table_cell(c, "%s", f->name);
        cli_table_cell(c, "%s", label(c, said, "field.", t->name, f->name));
        cli_table_cell(c, "%s", f->flags & FIELD_MUST ? "✓" : "");
        cli_table_cell(c, "%s", (const char *)accepts.p);
    }
    if (!c->json)
        cli_table_end(c);
    return c->json ? cli_print_json(c, list) : (json_decref(list), 0);
}

/* ---- written --------------------------------------------------------------------------------------------------------- */

struct words { /* "KIND" or "RECORD", then "FIELD=VALUE" … */
    const char *word[RECORD_FIELDS + 2];
    unsigned n;
};

/* FIELD=@FILE takes the text of a file: a matter of several lines is not typed in a shell. Inspectors come last, behind
 * the day on which they must be valid. */
static enum qn_code set_values_of(struct cli *c, struct record_draft *d, const struct words *w,
                                  unsigned from, bool inspectors, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = from; !rc && i < w->n; i++) {
        const char *eq = strchr(w->word[i], '=');
        struct qn_span name = {(const uint8_t *)w->word[i], eq ? (size_t)(eq - w->word[i]) : 0};
        const struct record_field *f = eq ? find_field(c, d->type, name) : NULL;
        QN_AUTO(qn_buf) struct qn_buf file = {0};
        if (!f)
            return qn_fail(err, QN_MALFORMED, "records.field", "record=%s|name=%.40s",
                           d->type->name, w->word[i]);
        if ((f->kind == FIELD_INSPECTORS) != inspectors)
            continue;
        if (eq[1] == '@')
            rc = cli_read(c, &file, eq + 2, RECORD_TEXT, err);
        if (!rc)
            rc = record_set(d, f->name, eq[1] == '@' ? qn_buf_span(&file) : qn_str(eq + 1), err);
    }
    return rc;
}

static enum qn_code set_values(struct cli *c, struct record_draft *d, const struct words *w,
                               unsigned from, struct qn_err *err)
{
    enum qn_code rc = set_values_of(c, d, w, from, false, err);
    return rc ? rc : set_values_of(c, d, w, from, true, err);
}

static int written(struct cli *c, const struct record_draft *d, const char *id)
{
    char name[80];
    record_name_text(name, store_self(d->st)->office, d->id);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s, s:I}", "record", name, "kind", d->type->name,
                                           "rev", (json_int_t)d->rev));
    if (strcmp(id, "records.added") == 0)
        cli_say(c, "records.added", "record=%s|name=%s", d->type->name, name);
    else
        cli_say(c, "records.revised", "record=%s|name=%s|rev=%lld", d->type->name, name,
                (long long)d->rev);
    return 0;
}

int work_record_add(struct cli *c, int argc, char **argv)
{
    struct words w = {.n = 0};
    const char *by = NULL;
    struct opt opts[] = {
        {.name = "", .value = w.word, .many = COUNT(w.word), .count = &w.n, .required = true},
        {.name = "by", .value = &by, .required = true}};
    const struct record_type *t;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = find_written(&t, w.word[0], &err);
    if (!rc)
        rc = record_start(&d, c->office->st, t, by, &err);
    if (!rc)
        rc = set_values(c, &d, &w, 1, &err);
    if (!rc)
        rc = record_write(&d, &err);
    return rc ? cli_fail(c, &err) : written(c, &d, "records.added");
}

static int change(struct cli *c, int argc, char **argv, bool withdraw)
{
    struct words w = {.n = 0};
    unsigned seen = 0;
    const char *by = NULL, *reason = NULL;
    struct opt opts[] = {
        {.name = "",
         .value = w.word,
         .many = COUNT(w.word),
         .count = &w.n,
         .required = true,
         .least = 2},
        {.name = "by", .value = &by, .required = true},
        {.name = "reason", .value = &reason, .required = true},
        {.name = "if-rev", .kind = OPT_NUMBER, .number = &seen, .min = 1, .max = INT32_MAX}};
    const struct record_type *t;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = find_written(&t, w.word[0], &err);
    if (!rc)
        rc = record_revise(&d, c->office->st, t, w.word[1], by, reason, &err);
    if (!rc)
        rc = record_seen(&d, w.word[1], seen, &err);
    if (!rc)
        rc = set_values(c, &d, &w, 2, &err);
    d.withdrawn = withdraw;
    if (!rc)
        rc = record_write(&d, &err);
    return rc ? cli_fail(c, &err) : written(c, &d, "records.revised");
}

int work_record_revise(struct cli *c, int argc, char **argv)
{
    return change(c, argc, argv, false);
}

int work_record_withdraw(struct cli *c, int argc, char **argv)
{
    return change(c, argc, argv, true);
}

/* "FIELD=TEXT": the field by its name or label. */
static enum qn_code read_values(struct cli *c, const struct record_type *t, const char *const *word,
                                unsigned n, struct record_import *o, struct qn_err *err)
{
    for (unsigned i = 0; i < n; i++) {
        const char *eq = strchr(word[i], '=');
        struct qn_span name = {(const uint8_t *)word[i], eq ? (size_t)(eq - word[i]) : 0};
        const struct record_field *f = eq ? find_field(c, t, name) : NULL;
        if (!f)
            return qn_fail(err, QN_MALFORMED, "records.field", "record=%s|name=%.40s", t->name,
                           word[i]);
        o->set[o->nset++] = (struct record_import_pair){f->name, eq + 1};
    }
    return QN_OK;
}

/* "THEIRS=OURS", OURS being a field by its name or label: kept by its heading. */
static enum qn_code read_headings(struct cli *c, const struct record_type *t,
                                  const char *const *word, unsigned n, struct mapping *m,
                                  struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < n; i++) {
        char heading[RECORD_HEADING], pair[MAPPING_TEXT + RECORD_HEADING + 2];
        const char *eq = strrchr(word[i], '=');
        const struct record_field *f = eq ? find_field(c, t, qn_str(eq + 1)) : NULL;
        if (!f)
            return qn_fail(err, QN_MALFORMED, "records.field", "record=%s|name=%.40s", t->name,
                           word[i]);
        record_heading(heading, t, f->name);
        if (snprintf(pair, sizeof(pair), "%.*s=%s", (int)(eq - word[i]), word[i], heading) >=
            (int)sizeof(pair))
            return qn_fail(err, QN_MALFORMED, "mapping.pair", "value=%.100s", word[i]);
        rc = mapping_add(m, pair, err);
    }
    return rc;
}

int work_record_import(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL}, *set[RECORD_IMPORT_SET], *map[RECORD_FIELDS];
    unsigned n = 0, nset = 0, nmap = 0;
    struct mapping given = {.n = 0};
    struct record_import o = {.lang = c->lang, .from = {.given = &given}};
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .count = &n, .required = true, .least = 2},
        {.name = "by", .value = &o.by, .required = true},
        {.name = "reason", .value = &o.reason},
        {.name = "charset", .value = &o.charset},
        {.name = "rejects", .value = &o.rejects},
        {.name = "set", .value = set, .many = COUNT(set), .count = &nset},
        {.name = "map", .value = map, .many = COUNT(map), .count = &nmap},
        {.name = "from", .value = &o.from.sender},
        {.name = "sheet", .value = &o.sheet},
        {.name = "dry-run", .flag = &o.dry_run}};
    struct record_imported got;
    struct notices notices;
    char room[2][1024];
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    o.path = word[1];
    notices_begin(&notices, c);
    enum qn_code rc = find_written(&o.type, word[0], &err);
    if (!rc)
        rc = read_values(c, o.type, set, nset, &o, &err);
    if (!rc)
        rc = read_headings(c, o.type, map, nmap, &given, &err);
    if (!rc)
        rc = work_path(c, room[0], &o.path, &err);
    if (!rc)
        rc = work_path(c, room[1], &o.rejects, &err);
    if (!rc)
        rc = record_import(c->office->st, &o, &got, &notices.report, &err);
    if (rc) {
        notices_drop(&notices);
        return cli_fail(c, &err);
    }
    if (c->json) {
        json_t *told = json_pack("{s:i, s:i, s:i, s:i, s:i, s:b}", "added", got.added, "revised",
                                 got.revised, "same", got.same, "rejected", got.rejected, "blank",
                                 got.blank, "dry_run", o.dry_run);
        notices_put(&notices, told);
        cli_print_json(c, told);
    } else {
        cli_say(c, o.dry_run ? "records.rehearsed" : "records.imported",
                "record=%s|added=%u|revised=%u|same=%u|rejected=%u", o.type->name, got.added,
                got.revised, got.same, got.rejected);
    }
    if (got.blank && !c->json)
        cli_say(c, "records.not-ticked", "rows=%u", got.blank);
    return got.rejected ? 1 : 0;
}

/* ---- read ------------------------------------------------------------------------------------------------------------ */

/* A value, or what stands in its place for somebody who is not shown it. */
static const char *unless_masked(const struct record_draft *d, bool all, const char *field,
                                 const char *value)
{
    return all || !*value || !record_personal(d->st, d->type, field) ? value : RECORD_MASKED;
}

static json_t *values_json(const struct record_draft *d, bool all)
{
    json_t *o = json_object();
    for (unsigned i = 0; i < d->type->nfields; i++) {
        const char *field = d->type->field[i].name;
        if (d->value[i].n)
            json_object_set_new(o, field,
                                json_string(unless_masked(d, all, field, record_text(d, field))));
    }
    return o;
}

/* The columns of a list: the first fields that every record has and that stand on one line. */
static unsigned columns(const struct record_type *t, const struct record_field *out[SHOWN])
{
    unsigned n = 0;
    for (unsigned i = 0; i < t->nfields && n < SHOWN; i++)
        if ((t->field[i].flags & FIELD_MUST) && t->field[i].kind != FIELD_LINES)
            out[n++] = &t->field[i];
    return n;
}

struct listing {
    struct cli *c;
    const struct record_type *t;
    const struct record_field *col[SHOWN];
    unsigned ncols;
    bool all; /* personal fields too */
    json_t *list;
};

static enum qn_code list_one(struct listing *l, const char *office, int64_t id, struct qn_err *err)
{
    char name[80], state[RECORD_STATE], said[LABEL];
    QN_AUTO(record_draft) struct record_draft d = {0};
    struct store *st = l->c->office->st;
    enum qn_code rc = record_load(&d, st, l->t, office, id, 0, err);
    if (!rc)
        rc = record_state(state, st, l->t, office, id, err);
    if (rc)
        return rc;
    record_name_text(name, office, id);
    if (l->c->json) {
        json_t *o = values_json(&d, l->all);
        json_object_set_new(o, "record", json_string(name));
        json_object_set_new(o, "rev", json_integer(d.rev));
        if (*state)
            json_object_set_new(o, "state", json_string(state));
        if (d.withdrawn)
            json_object_set_new(o, "withdrawn", json_true());
        return json_array_append_new(l->list, o) ? qn_fail(err, QN_NOMEM, "base.no-memory", "")
                                                 : QN_OK;
    }
    cli_table_cell(l->c, "%s", name);
    cli_table_cell(l->c, "%s",
                   d.withdrawn ? label(l->c, said, "state.", "", "withdrawn")
                               : state_shown(l->c, said, l->t, state));
    for (unsigned i = 0; i < l->ncols; i++) {
        const char *field = l->col[i]->name;
        cli_table_cell(
            l->c, "%s",
            shown(l->c, said, l->col[i], unless_masked(&d, l->all, field, record_text(&d, field))));
    }
    return QN_OK;
}

int work_record_list(struct cli *c, int argc, char **argv)
{
    const char *kind = NULL, *where = NULL, *past = NULL;
    char office[QN_CODE_MAX + 1], field[QN_COLUMN_NAME + 8], ids[SHOWN][LABEL];
    unsigned limit = PAGE;
    struct opt opts[] = {
        {.name = "", .value = &kind, .required = true},
        {.name = "where", .value = &where},
        {.name = "past", .value = &past},
        {.name = "limit", .kind = OPT_NUMBER, .number = &limit, .min = 1, .max = 100000}};
    struct listing l = {.c = c};
    struct rows_query q = {.downward = true};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = find_type(&l.t, kind, &err);
    if (!rc && past && !(rc = record_name(past, c->office->st, office, &q.past_id, &err)))
        q.past_office = office;
    if (rc)
        return cli_fail(c, &err);
    q.table = l.t->table[0];
    q.limit = limit;
    l.all = record_unmasked(c->office->st, l.t);
    QN_AUTO(record_draft) struct record_draft filter = {.st = c->office->st, .type = l.t};
    qn_buf_init(&filter.text, RECORD_TEXT);
    if (where) { /* read as it would be in a record, so that its label and words are understood */
        const char *eq = strchr(where, '=');
        const struct record_field *f =
            eq ? find_field(c, l.t, (struct qn_span){(const uint8_t *)where, (size_t)(eq - where)})
               : NULL;
        rc = f ? record_set(&filter, f->name, qn_str(eq + 1), &err)
               : qn_fail(&err, QN_MALFORMED, "records.field", "record=%s|name=%.40s", l.t->name,
                         where);
        /* SPEC records-18: "nor is it looked for by them" */
        if (!rc && !l.all && record_personal(c->office->st, l.t, f->name))
            rc = qn_fail(&err, QN_DENIED, "records.masked", "field=%s.%s", l.t->name, f->name);
        if (rc)
            return cli_fail(c, &err);
        snprintf(field, sizeof(field), "%s%s", f->name, f->kind == FIELD_RECORD ? "_id" : "");
        q.where[q.nwhere++] = (struct rows_where){field,
                                                  f->kind == FIELD_RECORD || f->kind == FIELD_NUMBER
                                                      ? NULL
                                                      : record_text(&filter, f->name),
                                                  record_number(&filter, f->name)};
    }
    const char *heads[2 + SHOWN] = {"head.record", "head.state"};
    l.ncols = columns(l.t, l.col);
    for (unsigned i = 0; i < l.ncols; i++) {
        snprintf(ids[i], LABEL, "field.%s", l.col[i]->name);
        for (char *p = ids[i]; *p; p++)
            *p = *p == '_' ? '-' : *p;
        heads[2 + i] = ids[i];
    }
    l.list = json_array();
    if (!c->json)
        cli_table_begin(c, 2 + l.ncols, heads);
    QN_AUTO(rows) struct rows r = {0};
    rc = rows_open(&r, c->office->st, &q, &err);
    while (!rc && rows_step(&r))
        rc = list_one(&l, rows_text(&r, "office"), rows_int(&r, "id"), &err);
    if (!rc)
        rc = rows_end(&r, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc || !c->json)
        json_decref(l.list);
    return rc ? cli_fail(c, &err) : c->json ? cli_print_json(c, l.list) : 0;
}

/* What a revision has of these; a publication says neither who wrote it nor when, but on which day it became public. */
static const char *if_any(struct rows *r, const char *column, const char *other)
{
    return rows_has(r, column)           ? rows_text(r, column)
           : other && rows_has(r, other) ? rows_text(r, other)
                                         : "";
}

/* Who wrote a revision: it stands in the record, or beside it where all of that is public; to those it is not told to: "". */
static enum qn_code writer(char by[PERSON_NAME + 1], struct store *st, const struct record_type *t,
                           struct rows *r, struct qn_err *err)
{
    by[0] = 0;
    if (!t->journal) {
        snprintf(by, PERSON_NAME + 1, "%s", if_any(r, "acted_by", NULL));
        return QN_OK;
    }
    const struct rows_query q = {.table = t->journal,
                                 .office = rows_text(r, "office"),
                                 .id = rows_int(r, "id"),
                                 .rev = rows_int(r, "rev")};
    QN_AUTO(rows) struct rows journal = {0};
    enum qn_code rc = rows_open(&journal, st, &q, err);
    if (!rc && rows_step(&journal))
        snprintf(by, PERSON_NAME + 1, "%s", rows_text(&journal, "acted_by"));
    return rc ? rc : rows_end(&journal, err);
}

static json_t *history_json(struct store *st, const struct record_type *t, const char *office,
                            int64_t id, bool all, enum qn_code *rc, struct qn_err *err)
{
    json_t *list = json_array();
    const struct rows_query q = {.table = t->table[0], .office = office, .id = id, .history = true};
    QN_AUTO(rows) struct rows r = {0};
    *rc = rows_open(&r, st, &q, err);
    while (!*rc && rows_step(&r)) {
        char by[PERSON_NAME + 1];
        QN_AUTO(record_draft) struct record_draft d = {0};
        *rc = record_load(&d, st, t, office, id, rows_int(&r, "rev"), err);
        if (!*rc)
            *rc = writer(by, st, t, &r, err);
        if (*rc)
            break;
        json_array_append_new(
            list, json_pack("{s:I, s:s, s:s, s:s, s:b, s:o}", "rev", (json_int_t)d.rev, "by",
                            unless_masked(&d, all, "acted_by", by), "recorded_on",
                            if_any(&r, "recorded_on", "published_on"), "reason",
                            unless_masked(&d, all, "reason", if_any(&r, "reason", NULL)),
                            "withdrawn", d.withdrawn, "values", values_json(&d, all)));
    }
    if (!*rc)
        *rc = rows_end(&r, err);
    return list;
}

static void say_record(struct cli *c, const struct record_type *t, const char *name,
                       const char *state, json_t *history)
{
    static const char *const heads[] = {"head.field", "head.value"};
    static const char *const revs[] = {"head.rev", "head.by", "head.recorded", "head.reason"};
    char said[LABEL], word[LABEL];
    size_t n = json_array_size(history);
    const json_t *values = json_object_get(json_array_get(history, n - 1), "values");
    cli_table_begin(c, COUNT(heads), heads);
    cli_table_cell(c, "%s", label(c, said, "record.", "", t->name));
    cli_table_cell(c, "%s", name);
    if (*state) {
        text_render(said, sizeof(said), c->lang, "head.state", "");
        cli_table_cell(c, "%s", said);
        cli_table_cell(c, "%s", state_shown(c, word, t, state));
    }
    for (unsigned i = 0; i < t->nfields; i++) {
        const char *v = json_string_value(json_object_get(values, t->field[i].name));
        if (!v)
            continue;
        cli_table_cell(c, "%s", label(c, said, "field.", t->name, t->field[i].name));
        cli_table_cell(c, "%s", shown(c, word, &t->field[i], v));
    }
    cli_table_end(c);
    cli_table_begin(c, COUNT(revs), revs);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(history, i);
        cli_table_cell(c, "%lld", (long long)json_integer_value(json_object_get(o, "rev")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(o, "by")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(o, "recorded_on")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(o, "reason")));
    }
    cli_table_end(c);
}

int work_record_show(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL};
    unsigned n = 0;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .count = &n, .required = true, .least = 2}};
    char office[QN_CODE_MAX + 1], state[RECORD_STATE] = "", name[80];
    const struct record_type *t;
    int64_t id;
    struct qn_err err;
    json_t *history = NULL;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = find_type(&t, word[0], &err);
    if (!rc)
        rc = record_name(word[1], c->office->st, office, &id, &err);
    if (!rc)
        rc = record_state(state, c->office->st, t, office, id, &err);
    if (!rc)
        history = history_json(c->office->st, t, office, id, record_unmasked(c->office->st, t), &rc,
                               &err);
    if (!rc && !json_array_size(history))
        rc = qn_fail(&err, QN_ABSENT, "records.absent", "record=%s|value=%.80s", t->name, word[1]);
    if (rc) {
        json_decref(history);
        return cli_fail(c, &err);
    }
    record_name_text(name, office, id);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s, s:s, s:o}", "record", name, "kind", t->name,
                                           "state", state, "revisions", history));
    say_record(c, t, name, state, history);
    json_decref(history);
    return 0;
}
