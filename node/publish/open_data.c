/* open_data.c - the data files of the site: results and tasks by plan, the code tables, and the page that lists them.
 *                                                                          Spec: protocol/spec/exports.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/open_set.h"
#include "node/publish/site_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REST \
    "rest" /* results of draws that are not released: which plan they are of is not public yet */

/* ---- one set of files ------------------------------------------------------------------------------------------------ */

static enum qn_code no_memory(struct site *s)
{
    return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
}

static enum qn_code begin_set(struct site *s, struct open_set *set, const struct open_column *c,
                              size_t n, const struct site_data *d)
{
    char path[SITE_PATH], full[1024 + SITE_PATH], title[FINDING_WORD];
    snprintf(path, sizeof(path), "%s/%s%s", d->dir, d->name, open_ending[0]);
    enum qn_code rc = site_room(s, path);
    snprintf(full, sizeof(full), "%s/%s", s->aside, d->dir);
    finding_word(title, TEXT_ZH, "data.%s", d->name);
    return rc ? rc : open_set_begin(set, c, n, full, d->name, title, s->err);
}

/* SPEC exports-8: "all of them in the manifest of the site" */
static enum qn_code end_set(struct site *s, struct open_set *set, struct site_data *d)
{
    char path[SITE_PATH], title[FINDING_WORD], english[FINDING_WORD];
    QN_AUTO(qn_buf) struct qn_buf schema = {0};
    qn_buf_init(&schema, 1u << 20);
    enum qn_code rc = open_set_end(set, s->err);
    for (int i = 0; !rc && i < OPEN_FORMATS; i++) {
        snprintf(path, sizeof(path), "%s/%s%s", d->dir, d->name, open_ending[i]);
        rc = site_take(s, path, &d->bytes[i]);
    }
    finding_word(title, TEXT_ZH, "data.%s", d->name);
    finding_word(english, TEXT_EN, "data.%s", d->name);
    if (!rc)
        rc = open_set_schema(&schema, set->column, set->n, title, english,
                             strchr(d->dir, '/') ? "../codes.json" : "codes.json", s->err);
    snprintf(path, sizeof(path), "%s/%s.schema.json", d->dir, d->name);
    if (!rc)
        rc = site_write(s, path, &schema);
    d->rows = set->rows;
    return rc;
}

static struct site_data *add_data(struct site *s, const struct m_plan *p, const char *dir,
                                  const char *name)
{
    struct site_data *d = list_add(&s->data, sizeof(*d));
    if (!d)
        return NULL;
    d->plan = p;
    snprintf(d->dir, sizeof(d->dir), "%s", dir);
    snprintf(d->name, sizeof(d->name), "%s", name);
    return d;
}

/* ---- results --------------------------------------------------------------------------------------------------------- */

/* In which order, and what is always there: finding.c has the rest. */
static const struct {
    enum finding_value value;
    bool always;
    const char *words;
} shown[] = {
    {FIND_PLAN_NO, false, NULL},
    {FIND_PLAN_NAME, false, NULL},
    {FIND_ISSUER, false, NULL},
    {FIND_ISSUER_NAME, false, NULL},
    {FIND_SERIES, false, NULL},
    {FIND_YEAR, false, NULL},
    {FIND_TASK_NO, true, NULL},
    {FIND_TASK_NAME, true, NULL},
    {FIND_ROUND, true, NULL},
    {FIND_DRAW_TYPE, false, NULL},
    {FIND_OFFICE, true, NULL},
    {FIND_OFFICE_NAME, true, NULL},
    {FIND_OBJECT_KIND, true, "E|I|C|N|S|P|Q|T|L"},
    {FIND_OBJECT_CODE, true, NULL},
    {FIND_OBJECT_NAME, true, NULL},
    {FIND_COMPLETED, true, NULL},
    {FIND_ITEM, true, NULL},
    {FIND_CODES, true, NULL},
    {FIND_RESULT, true, NULL},
    {FIND_PROBLEM, true, "是|否"},
    {FIND_PUBLISHED, true, NULL},
    {FIND_REVISION, true, NULL},
    {FIND_RECORD, true, NULL},
};

static void put_finding(void *ctx, const struct finding *f)
{
    for (size_t i = 0; i < COUNT(shown); i++)
        open_set_cell(ctx, finding_text(f, shown[i].value));
}

struct of_plan {
    const struct m_plan *plan; /* NULL: not public yet */
    const struct site_result *r;
};

/* By plan as they are in the model; those without one last; within a plan as the site lists results. */
static int by_plan(const void *a, const void *b)
{
    const struct of_plan *x = a, *y = b;
    if (x->plan != y->plan)
        return !x->plan ? 1 : !y->plan ? -1 : x->plan < y->plan ? -1 : 1;
    return x->r < y->r ? -1 : x->r > y->r;
}

static void plan_dir(char out[OPEN_DIR], const struct m_plan *p)
{
    if (p)
        snprintf(out, OPEN_DIR, "data/%.*s-%.*s", (int)p->key.office.n,
                 (const char *)p->key.office.p, (int)p->series.n, (const char *)p->series.p);
    else
        snprintf(out, OPEN_DIR, "data/%s", REST);
}

static enum qn_code put_results(struct site *s, const struct of_plan *of, size_t n)
{
    struct open_column column[COUNT(shown)];
    char dir[OPEN_DIR];
    QN_AUTO(open_set) struct open_set set = {.rows = 0};
    QN_AUTO(finding) struct finding f;
    for (size_t i = 0; i < COUNT(shown); i++) {
        const struct finding_column *c = &finding_column[shown[i].value];
        column[i] = (struct open_column){c->key,          c->number, c->date,
                                         shown[i].always, c->codes,  shown[i].words};
    }
    finding_init(&f, s->st, &s->m);
    plan_dir(dir, of->plan);
    struct site_data *d = add_data(s, of->plan, dir, "results");
    if (!d)
        return no_memory(s);
    enum qn_code rc = begin_set(s, &set, column, COUNT(shown), d);
    for (size_t i = 0; !rc && i < n; i++) {
        struct finding_of one = {.r = of[i].r->r, .p = of[i].r->p};
        if (of->plan) {
            one.issuer = of->plan->key.office;
            one.series = of->plan->series;
        }
        rc = finding_each(&f, &one, put_finding, &set, s->err);
    }
    return rc ? rc : end_set(s, &set, d);
}

static enum qn_code results_by_plan(struct site *s)
{
    const struct site_result *r = s->results.at;
    enum qn_code rc = QN_OK;
    struct of_plan *of = calloc(s->results.n + 1, sizeof(*of));
    if (!of)
        return no_memory(s);
    for (size_t i = 0; i < s->results.n; i++) {
        const struct site_draw *d = site_draw_of(s, r[i].r);
        of[i] = (struct of_plan){d ? model_plan(&s->m, d->issuer, d->series) : NULL, &r[i]};
    }
    qsort(of, s->results.n, sizeof(*of), by_plan);
    for (size_t i = 0, n; !rc && i < s->results.n; i += n) {
        for (n = 1; i + n < s->results.n && of[i + n].plan == of[i].plan;)
            n++;
        rc = put_results(s, &of[i], n);
    }
    free(of);
    return rc;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------------ */

static const struct open_column task_columns[] = {
    {.key = "task_no", .always = true},
    {.key = "task_name"},
    {.key = "draw_type", .always = true},
    {.key = "items", .always = true},
    {.key = "object_scope", .always = true},
    {.key = "quantity_text", .always = true},
    {.key = "window_text", .always = true},
    {.key = "window_from", .date = true, .always = true},
    {.key = "window_to", .date = true, .always = true},
    {.key = "initiator_guidance"},
    {.key = "inspecting_level"},
};

static void put_span(struct open_set *set, struct qn_buf *room, struct qn_span v)
{
    room->n = 0;
    if (v.n)
        qn_put_span(room, v);
    qn_put(room, "", 1);
    open_set_cell(set, (const char *)room->p);
}

static enum qn_code put_tasks(struct site *s, const struct m_plan *p)
{
    char dir[OPEN_DIR];
    QN_AUTO(open_set) struct open_set set = {.rows = 0};
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    qn_buf_init(&room, 1u << 20);
    plan_dir(dir, p);
    struct site_data *d = add_data(s, p, dir, "tasks");
    if (!d)
        return no_memory(s);
    enum qn_code rc = begin_set(s, &set, task_columns, COUNT(task_columns), d);
    const struct m_task *last = NULL;
    while (!rc) {
        const struct m_task *t = site_next_task(s, p, last);
        if (!t)
            break;
        const struct qn_span v[COUNT(task_columns)] = {t->no,
                                                       t->name,
                                                       t->draw_type,
                                                       t->items,
                                                       t->object_scope,
                                                       t->quantity_text,
                                                       t->window_text,
                                                       t->window_from,
                                                       t->window_to,
                                                       t->initiator_guidance,
                                                       t->inspecting_level};
        for (size_t i = 0; i < COUNT(v); i++)
            put_span(&set, &room, v[i]);
        rc = qn_buf_check(&room, s->err);
        last = t;
    }
    return rc ? rc : end_set(s, &set, d);
}

/* ---- code tables ------------------------------------------------------------------------------------------------------ */

static const struct open_column code_columns[] = {
    {.key = "code_list", .always = true},
    {.key = "code", .always = true},
    {.key = "name_zh", .always = true},
    {.key = "name_en", .always = true},
};

static enum qn_code put_codes(struct site *s)
{
    QN_AUTO(open_set) struct open_set set = {.rows = 0};
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    qn_buf_init(&room, 1u << 20);
    struct site_data *d = add_data(s, NULL, "data", "codes");
    if (!d)
        return no_memory(s);
    enum qn_code rc = begin_set(s, &set, code_columns, COUNT(code_columns), d);
    for (size_t i = 0; !rc && i < model_count(&s->m, M_CODE); i++) {
        const struct m_code *c = model_at(&s->m, M_CODE, i);
        if (!model_newest(&s->m, M_CODE, i))
            continue;
        const struct qn_span v[COUNT(code_columns)] = {c->list, c->code, c->name_zh, c->name_en};
        for (size_t k = 0; k < COUNT(v); k++)
            put_span(&set, &room, v[k]);
        rc = qn_buf_check(&room, s->err);
    }
    return rc ? rc : end_set(s, &set, d);
}

/* ---- the page --------------------------------------------------------------------------------------------------------- */

static void put_file(struct html_table *t, unsigned depth, const struct site_data *d, int i)
{
    char path[SITE_PATH], size[32];
    snprintf(path, sizeof(path), "%s/%s%s", d->dir, d->name, open_ending[i]);
    html_cell(t, NULL);
    snprintf(size, sizeof(size), "%.1f KB", (double)d->bytes[i] / 1024);
    html_link(t->b, depth, path, qn_str(size));
}

static void put_sets(struct site *s, struct qn_buf *b, unsigned depth, const struct m_plan *p,
                     bool all)
{
    static const char *const heads[] = {"site.data-set",   "site.data-rows", "site.data-csv",
                                        "site.data-gb",    "site.data-xlsx", "site.data-json",
                                        "site.data-schema"};
    const struct site_data *d = s->data.at;
    struct html_table t;
    html_table_begin(&t, b, heads, COUNT(heads));
    for (size_t i = 0; i < s->data.n; i++) {
        char path[SITE_PATH], name[FINDING_WORD];
        if (!all && d[i].plan != p)
            continue;
        finding_word(name, TEXT_ZH, "data.%s", d[i].name);
        html_cell(&t, "title");
        html_str(b, name);
        if (all && d[i].plan) {
            qn_put_str(b, " <small>");
            html_span(b, d[i].plan->title);
            qn_put_str(b, "</small>");
        } else if (all && strchr(d[i].dir, '/')) {
            qn_put_str(b, " <small>");
            html_say(b, "site.data-rest", "");
            qn_put_str(b, "</small>");
        }
        html_number(&t, d[i].rows);
        for (int k = 0; k < OPEN_FORMATS; k++)
            put_file(&t, depth, &d[i], k);
        html_cell(&t, NULL);
        snprintf(path, sizeof(path), "%s/%s.schema.json", d[i].dir, d[i].name);
        html_link(b, depth, path, qn_str("JSON Schema"));
    }
    html_table_end(&t);
}

void site_data_section(struct site *s, struct qn_buf *b, unsigned depth, const struct m_plan *p)
{
    const struct site_data *d = s->data.at;
    for (size_t i = 0; i < s->data.n; i++)
        if (d[i].plan == p) {
            html_el(b, "h2", NULL, "site.h-download", "");
            put_sets(s, b, depth, p, false);
            return;
        }
}

static enum qn_code data_page(struct site *s)
{
    struct qn_buf b;
    char title[FINDING_WORD];
    text_render(title, sizeof(title), TEXT_ZH, "site.h-download", "");
    struct html_page page = {.depth = 1, .title = title, .english = "site.en-data"};
    site_page(s, &page, &b);
    html_el(&b, "p", "lead", "site.data-intro", "");
    put_sets(s, &b, 1, NULL, true);
    html_el(&b, "p", "note", "site.data-how", "");
    return site_page_done(s, &page, &b, "data/index.html");
}

enum qn_code site_open_data(struct site *s)
{
    enum qn_code rc = results_by_plan(s);
    for (size_t i = 0; !rc && i < model_count(&s->m, M_PLAN); i++) {
        const struct m_plan *p = model_at(&s->m, M_PLAN, i);
        if (p == model_plan(&s->m, p->key.office, p->series))
            rc = put_tasks(s, p);
    }
    if (!rc)
        rc = put_codes(s);
    return rc ? rc : data_page(s);
}
