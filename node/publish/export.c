#include "node/publish/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/store/duty.h"

/* SPEC exports-4: "plan number and name, task number and name, type, authority, day of completion, object, item, result" */
static const struct export_layout layouts[] = {
    {"gsxt",
     11,
     {FIND_PLAN_NO, FIND_PLAN_NAME, FIND_TASK_NO, FIND_TASK_NAME, FIND_DRAW_TYPE, FIND_OFFICE_NAME,
      FIND_COMPLETED, FIND_OBJECT_CODE, FIND_OBJECT_NAME, FIND_ITEM, FIND_RESULT}},
    {"platform", 20, {FIND_YEAR,        FIND_ISSUER,      FIND_ISSUER_NAME, FIND_PLAN_NO,
                      FIND_PLAN_NAME,   FIND_SERIES,      FIND_TASK_NO,     FIND_TASK_NAME,
                      FIND_ROUND,       FIND_DRAW_TYPE,   FIND_OFFICE,      FIND_OFFICE_NAME,
                      FIND_OBJECT_KIND, FIND_OBJECT_CODE, FIND_OBJECT_NAME, FIND_COMPLETED,
                      FIND_ITEM,        FIND_CODES,       FIND_RESULT,      FIND_PUBLISHED}},
};
const char *const export_state_name[EXPORT_STATES] = {
    [EXPORT_OPEN] = "open", [EXPORT_CHANGED] = "changed", [EXPORT_ENTERED] = "entered"};

const struct export_layout *export_layout(const char *name)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (strcmp(layouts[i].name, name) == 0)
            return &layouts[i];
    return NULL;
}

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

void export_heading(struct export_headings *h, const char *key, const char *id, bool number)
{
    if (id)
        text_render(h->text[h->n], FINDING_WORD, TEXT_ZH, id, "");
    else
        finding_word(h->text[h->n], TEXT_ZH, "column.%s", key);
    h->at[h->n] = (struct sheet_heading){key, h->text[h->n], number};
    h->n++;
}

void export_state_word(char out[FINDING_WORD], enum export_state s)
{
    finding_word(out, TEXT_ZH, "export.%s", export_state_name[s]);
}

/* ---- which plan a draw belongs to ------------------------------------------------------------------------------------- */

enum qn_code export_plan_of(struct export_plan *out, struct store *st, struct qn_span draw_office,
                            int64_t draw_id, struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1] = "", deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    int64_t seq = 0;
    struct qn_err none;
    *out = (struct export_plan){"", ""};
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_DRAW_ORDER);
    q_bind_span(&q, draw_office);
    q_bind_int(&q, draw_id);
    if (q_step(&q)) {
        (void)qn_text_copy(origin, sizeof(origin), q_span(&q, 0));
        seq = q_int(&q, 1);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc || qn_origin_parse(qn_str(origin), deployment, office, &epoch, &none) != QN_OK)
        return rc;
    QN_AUTO(query) struct query o = query_start(st, SQL_PUB_ORDER_SLOT);
    const int64_t first = qn_row_id(epoch, (uint64_t)seq, 0);
    q_bind_text(&o, office);
    q_bind_int(&o, first);
    q_bind_int(&o, first + 0x10000); /* n < 2^16: the rows of one entry */
    if (q_step(&o)) {                /* slots that are drawn together are of one plan (tables-30) */
        (void)qn_text_copy(out->issuer, sizeof(out->issuer), q_span(&o, 0));
        (void)qn_text_copy(out->series, sizeof(out->series), q_span(&o, 1));
    }
    return query_end(&o, err);
}

/* ---- what is listed ----------------------------------------------------------------------------------------------------- */

struct line {
    struct finding_of of;
    size_t plan;     /* in plans */
    int64_t entered; /* the tick, by its place among them; -1 */
    enum export_state state;
};
struct plan_of_draw {
    struct qn_span office;
    int64_t id;
    struct export_plan plan;
};
struct tick {
    int64_t publication;
    char entered_on[11], outside_no[65];
};
struct work {
    struct store *st;
    const struct export_layout *l;
    const struct export_ask *o;
    struct export_made *made;
    struct model m;
    struct list lines, plans, ticks; /* struct line, plan_of_draw, tick */
    struct sheet_out *out;
    const struct line *at; /* whose rows are being written */
    struct qn_err *err;
};

static void work_auto(struct work *w)
{
    list_free(&w->lines);
    list_free(&w->plans);
    list_free(&w->ticks);
    model_free(&w->m);
    if (w->out)
        sheet_out_drop(w->out);
}

static enum qn_code plan_of(struct work *w, const struct m_result *r, size_t *at)
{
    struct plan_of_draw *p = w->plans.at;
    for (size_t i = w->plans.n; i > 0; i--) /* the same draw, most of the time */
        if (p[i - 1].id == r->draw_id && qn_span_eq(p[i - 1].office, r->draw_office)) {
            *at = i - 1;
            return QN_OK;
        }
    p = list_add(&w->plans, sizeof(*p));
    if (!p)
        return no_memory(w->err);
    p->office = r->draw_office;
    p->id = r->draw_id;
    *at = w->plans.n - 1;
    return export_plan_of(&p->plan, w->st, p->office, p->id, w->err);
}

static bool is_series(const char *asked, const struct export_plan *p)
{
    const char *slash = asked ? strchr(asked, '/') : NULL;
    size_t n = slash ? (size_t)(slash - asked) : 0;
    if (!asked)
        return true;
    return strcmp(slash ? slash + 1 : asked, p->series) == 0 &&
           (!slash || (strlen(p->issuer) == n && memcmp(p->issuer, asked, n) == 0));
}

static bool series_known(const struct work *w)
{
    for (size_t i = 0; i < model_count(&w->m, M_PLAN); i++) {
        const struct m_plan *p = model_at(&w->m, M_PLAN, i);
        struct export_plan name;
        if (qn_text_copy(name.issuer, sizeof(name.issuer), p->key.office) &&
            qn_text_copy(name.series, sizeof(name.series), p->series) &&
            is_series(w->o->series, &name))
            return true;
    }
    return false;
}

static int by_result(const void *a, const void *b)
{
    const struct m_publication *x = *(const struct m_publication *const *)a,
                               *y = *(const struct m_publication *const *)b;
    struct m_ref p = {x->result_office, x->result_id, x->result_rev},
                 q = {y->result_office, y->result_id, y->result_rev};
    int c = m_ref_cmp(&p, &q);
    return c ? c : (x->key.id > y->key.id) - (x->key.id < y->key.id);
}

static int64_t tick_of(const struct work *w, const struct m_publication *p)
{
    const struct tick *t = w->ticks.at;
    size_t lo = 0, hi = w->ticks.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t[mid].publication < p->key.id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < w->ticks.n && t[lo].publication == p->key.id ? (int64_t)lo : -1;
}

/* The publications of one result, the newest last. */
static enum qn_code add_line(struct work *w, const struct m_publication *const *p, size_t n)
{
    const struct m_publication *now = p[n - 1];
    const struct m_result *r =
        model_find(&w->m, M_RESULT, now->result_office, now->result_id, now->result_rev);
    struct line l = {.of = {.r = r, .p = now}, .entered = -1};
    if (!r || !publish_stands(w->st, now->result_office, now->result_id) ||
        (w->o->task && !qn_span_is(r->task, w->o->task)))
        return QN_OK;
    enum qn_code rc = plan_of(w, r, &l.plan);
    if (rc || !is_series(w->o->series, &((struct plan_of_draw *)w->plans.at)[l.plan].plan))
        return rc;
    /* SPEC exports-7: "the newest publication of it has no entry and an earlier one has" */
    for (size_t i = n; i > 0 && l.entered < 0; i--) {
        l.entered = tick_of(w, p[i - 1]);
        if (l.entered >= 0)
            l.state = i == n ? EXPORT_ENTERED : EXPORT_CHANGED;
    }
    struct line *at = list_add(&w->lines, sizeof(*at));
    if (!at)
        return no_memory(w->err);
    *at = l;
    w->made->state[l.state]++;
    return QN_OK;
}

static enum qn_code gather(struct work *w)
{
    QN_AUTO(list) struct list pubs = {0};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; i < model_count(&w->m, M_PUBLICATION); i++) {
        const struct m_publication *p = model_at(&w->m, M_PUBLICATION, i), **to;
        if (!qn_span_is(p->key.office, store_self(w->st)->office))
            continue;
        to = list_add(&pubs, sizeof(*to));
        if (!to)
            return no_memory(w->err);
        *to = p;
    }
    const struct m_publication **p = pubs.at;
    if (pubs.n)
        qsort(p, pubs.n, sizeof(*p), by_result);
    for (size_t i = 0, n; !rc && i < pubs.n; i += n) {
        for (n = 1; i + n < pubs.n && p[i]->result_id == p[i + n]->result_id &&
                    qn_span_eq(p[i]->result_office, p[i + n]->result_office);)
            n++;
        rc = add_line(w, &p[i], n);
    }
    struct plan_of_draw *plans = w->plans.at; /* no longer moves */
    struct line *l = w->lines.at;
    for (size_t i = 0; i < w->lines.n; i++) {
        l[i].of.issuer = qn_str(plans[l[i].plan].plan.issuer);
        l[i].of.series = qn_str(plans[l[i].plan].plan.series);
    }
    return rc;
}

static enum qn_code load_ticks(struct work *w)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_EXPORT_TICKS);
    q_bind_text(&q, store_self(w->st)->office);
    q_bind_text(&q, w->l->name);
    while (q_step(&q)) {
        struct tick *t = list_add(&w->ticks, sizeof(*t));
        if (!t)
            return no_memory(w->err);
        t->publication = q_int(&q, 0);
        snprintf(t->entered_on, sizeof(t->entered_on), "%s", q_text(&q, 1));
        snprintf(t->outside_no, sizeof(t->outside_no), "%s", q_text(&q, 2));
    }
    return query_end(&q, w->err);
}

/* ---- the list ------------------------------------------------------------------------------------------------------------ */

/* "10" after "9": tasks are numbered by people. */
static int by_number(struct qn_span x, struct qn_span y)
{
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return qn_span_cmp(x, y);
}

static int by_task(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int c = qn_span_cmp(x->of.issuer, y->of.issuer);
    c = c ? c : qn_span_cmp(x->of.series, y->of.series);
    c = c ? c : by_number(x->of.r->task, y->of.r->task);
    c = c ? c : (x->of.r->round > y->of.r->round) - (x->of.r->round < y->of.r->round);
    c = c ? c : qn_span_cmp(x->of.r->completed_on, y->of.r->completed_on);
    c = c ? c : qn_span_cmp(x->of.r->object_id, y->of.r->object_id);
    return c ? c : (x->of.p->key.id > y->of.p->key.id) - (x->of.p->key.id < y->of.p->key.id);
}

static void put_row(void *ctx, const struct finding *f)
{
    struct work *w = ctx;
    const struct tick *t =
        w->at->entered < 0 ? NULL : &((const struct tick *)w->ticks.at)[w->at->entered];
    char word[FINDING_WORD], id[40], name[80];
    for (unsigned i = 0; i < w->l->n; i++)
        sheet_out_cell(w->out, finding_text(f, w->l->column[i]));
    export_state_word(word, w->at->state);
    sheet_out_cell(w->out, word);
    finding_word(word, TEXT_ZH, "word.system.%s", w->l->name);
    sheet_out_cell(w->out, word);
    qn_row_id_text(id, w->at->of.p->key.id);
    snprintf(name, sizeof(name), "%s:%s", store_self(w->st)->office, id);
    sheet_out_cell(w->out, name);
    /* What was entered before a correction is told, but the day of the new entry is still to be filled in. */
    sheet_out_cell(w->out, t && w->at->state == EXPORT_ENTERED ? t->entered_on : "");
    sheet_out_cell(w->out, t ? t->outside_no : "");
    sheet_out_end_row(w->out);
    w->made->rows++;
}

static enum qn_code write_list(struct work *w)
{
    struct export_headings h = {0};
    char title[FINDING_WORD];
    finding_word(title, TEXT_ZH, "export.title.%s", w->l->name);
    for (unsigned i = 0; i < w->l->n; i++)
        export_heading(&h, finding_column[w->l->column[i]].key, NULL,
                       finding_column[w->l->column[i]].number);
    export_heading(&h, "state", NULL, false);
    export_heading(&h, "system", "field.system", false);
    export_heading(&h, "publication", "field.publication", false);
    export_heading(&h, "entered_on", "field.entered-on", false);
    export_heading(&h, "outside_no", "field.outside-no", false);
    struct sheet_how how = w->o->how;
    how.title = title;
    enum qn_code rc = sheet_out_start(&w->out, w->o->path, &how, w->err);
    if (rc)
        return rc;
    sheet_out_headings(w->out, h.at, h.n);
    QN_AUTO(finding) struct finding f;
    finding_init(&f, w->st, &w->m);
    const struct line *l = w->lines.at;
    for (size_t i = 0; !rc && i < w->lines.n; i++) {
        w->at = &l[i];
        if (!w->o->due || l[i].state != EXPORT_ENTERED)
            rc = finding_each(&f, &l[i].of, put_row, w, w->err);
    }
    if (!rc)
        rc = store_goes_on(w->st, w->err);
    return rc ? rc : sheet_out_close(&w->out, w->err);
}

enum qn_code export_results(struct export_made *out, struct store *st,
                            const struct export_layout *l, const struct export_ask *o,
                            struct qn_err *err)
{
    QN_AUTO(work) struct work w = {.st = st, .l = l, .o = o, .made = out, .err = err};
    *out = (struct export_made){0};
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = duty_act(st, duty_of(DUTY_EXPORT), NULL, l->name, err);
    /* SPEC exports-2: "Rows of results are made from released parts alone" */
    if (!rc)
        rc = model_load(&w.m, st, FINDING_LISTS, err);
    if (!rc && o->series && !series_known(&w))
        rc = qn_fail(err, QN_ABSENT, "export.no-series", "series=%.60s", o->series);
    if (!rc)
        rc = load_ticks(&w);
    if (!rc)
        rc = gather(&w);
    if (!rc && w.lines.n)
        qsort(w.lines.at, w.lines.n, sizeof(struct line), by_task);
    return rc ? rc : write_list(&w);
}
