#include "node/publish/finding.h"

#include <stdio.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/store/tree.h"

/* SPEC exports-1: "No other value of any row is ever written to such a list." */
const struct finding_column finding_column[FIND_VALUES] = {
    [FIND_PLAN_NO] = {.key = "plan_no"},
    [FIND_PLAN_NAME] = {.key = "plan_name"},
    [FIND_ISSUER] = {.key = "plan_office"},
    [FIND_ISSUER_NAME] = {.key = "plan_office_name"},
    [FIND_SERIES] = {.key = "series"},
    [FIND_YEAR] = {.key = "year", .number = true},
    [FIND_TASK_NO] = {.key = "task_no"},
    [FIND_TASK_NAME] = {.key = "task_name"},
    [FIND_ROUND] = {.key = "round", .number = true},
    [FIND_DRAW_TYPE] = {.key = "draw_type"},
    [FIND_OFFICE] = {.key = "office"},
    [FIND_OFFICE_NAME] = {.key = "office_name"},
    [FIND_OBJECT_KIND] = {.key = "object_kind"},
    [FIND_OBJECT_CODE] = {.key = "object_code"},
    [FIND_OBJECT_NAME] = {.key = "object_name"},
    [FIND_COMPLETED] = {.key = "completed_on", .date = true},
    [FIND_ITEM] = {.key = "item"},
    [FIND_CODES] = {.key = "result_codes", .codes = "result"},
    [FIND_RESULT] = {.key = "result"},
    [FIND_PROBLEM] = {.key = "problem"},
    [FIND_PUBLISHED] = {.key = "published_on", .date = true},
    [FIND_REVISION] = {.key = "revision", .number = true},
    [FIND_RECORD] = {.key = "record"},
};

void finding_word(char out[FINDING_WORD], enum text_lang lang, const char *family, const char *key)
{
    char id[96];
    snprintf(id, sizeof(id), family, key);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, FINDING_WORD, lang, id, "");
}

void finding_init(struct finding *f, struct store *st, const struct model *m)
{
    *f = (struct finding){.st = st, .m = m};
    qn_buf_init(&f->text, 1u << 20); /* the longest column of all has 64 KiB */
}

void finding_auto(struct finding *f)
{
    qn_buf_release(&f->text);
}

const char *finding_text(const struct finding *f, enum finding_value v)
{
    return (const char *)f->text.p + f->at[v];
}

/* ---- values ---------------------------------------------------------------------------------------------------------- */

static void begin(struct finding *f, enum finding_value v)
{
    f->at[v] = f->text.n;
}

static void end(struct finding *f)
{
    qn_put(&f->text, "", 1);
}

static void put(struct finding *f, enum finding_value v, struct qn_span s)
{
    begin(f, v);
    if (s.n)
        qn_put_span(&f->text, s);
    end(f);
}

static void put_number(struct finding *f, enum finding_value v, int64_t n)
{
    begin(f, v);
    qn_put_fmt(&f->text, "%lld", (long long)n);
    end(f);
}

static void put_office(struct finding *f, enum finding_value code, enum finding_value name, int at,
                       struct qn_span office)
{
    char asked[QN_CODE_MAX + 1] = "";
    struct qn_cert c;
    struct qn_err none;
    (void)qn_text_copy(asked, sizeof(asked), office);
    if (*asked && strcmp(asked, f->known[at].office) != 0) {
        memcpy(f->known[at].office, asked, sizeof(asked));
        f->known[at].name[0] = 0;
        if (tree_cert(&c, f->st, asked, &none) == QN_OK)
            memcpy(f->known[at].name, c.name, sizeof(c.name));
    }
    put(f, code, office);
    put(f, name, qn_str(*asked ? f->known[at].name : ""));
}

/* The wording that was published; where an office gave none, the names of the codes. */
static void put_wording(struct finding *f, struct qn_span text, struct qn_span codes)
{
    begin(f, FIND_RESULT);
    if (text.n)
        qn_put_span(&f->text, text);
    for (size_t i = 0, n; !text.n && i < codes.n; i += n + 1) {
        for (n = 0; i + n < codes.n && codes.p[i + n] != ',';)
            n++;
        struct qn_span code = {codes.p + i, n}, said = code;
        for (size_t k = 0; k < model_count(f->m, M_CODE); k++) {
            const struct m_code *c = model_at(f->m, M_CODE, k);
            if (qn_span_is(c->list, "result") && qn_span_eq(c->code, code))
                said = c->name_zh;
        }
        qn_put_str(&f->text, i ? "；" : "");
        qn_put_span(&f->text, said);
    }
    end(f);
}

/* "E:9114…": the letter of the kind, then the code. */
static void put_object(struct finding *f, const struct m_result *r)
{
    struct qn_span id = r->object_id;
    bool kind = id.n > 2 && id.p[1] == ':';
    put(f, FIND_OBJECT_KIND, (struct qn_span){id.p, kind ? 1 : 0});
    put(f, FIND_OBJECT_CODE, kind ? (struct qn_span){id.p + 2, id.n - 2} : id);
    put(f, FIND_OBJECT_NAME, r->object_name);
}

static void put_plan(struct finding *f, const struct finding_of *of)
{
    static const struct qn_span none = {NULL, 0};
    const struct m_plan *p = of->series.n ? model_plan(f->m, of->issuer, of->series) : NULL;
    const struct m_task *t = p ? model_task(f->m, p, of->r->task) : NULL;
    put(f, FIND_PLAN_NO, p ? p->doc_no : none);
    put(f, FIND_PLAN_NAME, p ? p->title : none);
    put_office(f, FIND_ISSUER, FIND_ISSUER_NAME, 0, of->issuer);
    put(f, FIND_SERIES, of->series);
    if (p)
        put_number(f, FIND_YEAR, p->year);
    else
        put(f, FIND_YEAR, none);
    put(f, FIND_TASK_NO, of->r->task);
    put(f, FIND_TASK_NAME, t && t->name.n ? t->name : of->r->task);
    put(f, FIND_DRAW_TYPE, t ? t->draw_type : none);
}

static void put_result(struct finding *f, const struct finding_of *of)
{
    char id[40], record[80];
    put_number(f, FIND_ROUND, of->r->round);
    put_office(f, FIND_OFFICE, FIND_OFFICE_NAME, 1, of->r->key.office);
    put_object(f, of->r);
    put(f, FIND_COMPLETED, of->r->completed_on);
    put(f, FIND_PUBLISHED, of->p->published_on);
    put_number(f, FIND_REVISION, of->r->key.rev);
    qn_row_id_text(id, of->r->key.id);
    snprintf(record, sizeof(record), "%.*s:%s", (int)of->r->key.office.n,
             (const char *)of->r->key.office.p, id);
    put(f, FIND_RECORD, qn_str(record));
}

/* name NULL: that of the task. */
static void put_item(struct finding *f, const struct qn_span *name, struct qn_span codes,
                     struct qn_span text)
{
    char problem[FINDING_WORD];
    if (name)
        put(f, FIND_ITEM, *name);
    else
        f->at[FIND_ITEM] = f->at[FIND_TASK_NAME];
    put(f, FIND_CODES, codes);
    put_wording(f, text, codes);
    text_render(problem, sizeof(problem), TEXT_ZH,
                publish_is_problem(f->st, codes) ? "export.yes" : "export.no", "");
    put(f, FIND_PROBLEM, qn_str(problem));
}

enum qn_code finding_each(struct finding *f, const struct finding_of *of,
                          void (*row)(void *ctx, const struct finding *f), void *ctx,
                          struct qn_err *err)
{
    size_t n, told = 0;
    const struct m_item *item =
        model_items(f->m, of->r->key.office, of->r->key.id, of->r->key.rev, &n);
    f->text.n = 0;
    put_plan(f, of);
    put_result(f, of);
    const size_t common = f->text.n;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        if (item[i].withdrawn)
            continue;
        f->text.n = common;
        put_item(f, &item[i].name, item[i].codes, item[i].text);
        rc = qn_buf_check(&f->text, err);
        if (!rc)
            row(ctx, f);
        told++;
    }
    if (rc || told)
        return rc;
    /* Results of before visits-10 have no items: the task is the one that was looked at. */
    put_item(f, NULL, of->r->codes, of->r->text);
    rc = qn_buf_check(&f->text, err);
    if (!rc)
        row(ctx, f);
    return rc;
}
