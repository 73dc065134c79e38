#include "qian/rules.h"

#include <string.h>

#include "protocol/lines.h"

static const char *const type_names[] = {
    [QN_BOTH] = "both", [QN_OBJECTS] = "objects", [QN_PAIRS] = "pairs"};
static const char *const level_names[] = {
    [QN_WITNESSED] = "witnessed", [QN_OFFLINE] = "offline", [QN_UNWITNESSED] = "unwitnessed"};

const char *qn_slot_type_name(enum qn_slot_type t)
{
    return t >= QN_BOTH && t <= QN_PAIRS ? type_names[t] : "?";
}

const char *qn_draw_level_name(enum qn_draw_level l)
{
    return l >= QN_WITNESSED && l <= QN_UNWITNESSED ? level_names[l] : "?";
}

/* ---- fields ------------------------------------------------------------------------------------- */

void lines_type(struct lines *t, enum qn_slot_type *out)
{
    struct qn_span f = rd_field(&t->line);
    for (int v = QN_BOTH; v <= QN_PAIRS; v++)
        if (qn_span_is(f, type_names[v])) {
            *out = (enum qn_slot_type)v;
            return;
        }
    t->line.failed = true;
}

void lines_level(struct lines *t, enum qn_draw_level *out)
{
    struct qn_span f = rd_field(&t->line);
    for (int v = QN_WITNESSED; v <= QN_UNWITNESSED; v++)
        if (qn_span_is(f, level_names[v])) {
            *out = (enum qn_draw_level)v;
            return;
        }
    t->line.failed = true;
}

/* One decimal line: "<word> <n>". */
static uint32_t read_number(struct lines *t, const char *word, uint32_t min)
{
    lines_word(t, word);
    uint64_t v = rd_dec(&t->line, UINT32_MAX);
    if (v < min)
        t->line.failed = true;
    return (uint32_t)v;
}

/* "<word> <n>|-", n from 1 */
static bool read_bound(struct lines *t, const char *word, uint32_t *out)
{
    lines_word(t, word);
    if (lines_absent(t))
        return false;
    *out = (uint32_t)rd_dec(&t->line, UINT32_MAX);
    if (*out == 0)
        t->line.failed = true;
    return true;
}

/* SPEC rules-5: "den from 1 and num at most den" */
static void read_ratio(struct lines *t, uint32_t *num, uint32_t *den)
{
    struct qn_span f = rd_field(&t->line);
    const uint8_t *slash = f.n ? memchr(f.p, '/', f.n) : NULL;
    if (!slash) {
        t->line.failed = true;
        return;
    }
    size_t n = (size_t)(slash - f.p);
    struct rd left = {.in = {f.p, n}}, right = {.in = {slash + 1, f.n - n - 1}};
    *num = (uint32_t)rd_dec(&left, UINT32_MAX);
    *den = (uint32_t)rd_dec(&right, UINT32_MAX);
    if (!rd_end(&left) || !rd_end(&right) || *den == 0 || *num > *den)
        t->line.failed = true;
}

static void read_reasons(struct lines *t, const char *word, uint8_t out[QN_REASONS], unsigned *n)
{
    uint16_t codes[QN_REASONS];
    lines_word(t, word);
    /* SPEC rules-7: "the reason codes 1..255 of marks that these rules accept" */
    if (!lines_list(rd_field(&t->line), codes, QN_REASONS, UINT8_MAX, n) || (*n && codes[0] == 0)) {
        t->line.failed = true;
        return;
    }
    for (unsigned i = 0; i < *n; i++)
        out[i] = (uint8_t)codes[i];
}

/* ---- lines -------------------------------------------------------------------------------------- */

static enum qn_code read_strata(struct lines *t, struct qn_rules *r, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    while (!rc && r->nstrata < QN_STRATA && (r->nstrata == 0 || lines_ahead(t, "stratum"))) {
        struct qn_stratum *s = &r->stratum[r->nstrata];
        lines_word(t, "stratum");
        s->no = (uint8_t)rd_dec(&t->line, UINT8_MAX);
        read_ratio(t, &s->num, &s->den);
        s->min = (uint32_t)rd_dec(&t->line, UINT32_MAX);
        rc = lines_expr(t, r, &s->expr, err);
        /* SPEC rules-4: "numbers 1..255, ascending from line to line" */
        if (s->no <= (r->nstrata ? s[-1].no : 0))
            t->line.failed = true;
        r->nstrata++;
    }
    return rc;
}

static void read_total(struct lines *t, struct qn_rules *r)
{
    lines_word(t, "total");
    if (lines_absent(t)) {
        r->total_kind = QN_TOTAL_NONE;
        return;
    }
    const struct rd before = t->line;
    if (qn_span_is(rd_field(&t->line), "count")) {
        r->total_kind = QN_TOTAL_COUNT;
        r->total_num = (uint32_t)rd_dec(&t->line, UINT32_MAX);
        return;
    }
    t->line = before;
    r->total_kind = QN_TOTAL_RATIO;
    read_ratio(t, &r->total_num, &r->total_den);
}

bool qn_role_same(const struct qn_role *a, const struct qn_role *b)
{
    return a->nquals == b->nquals && memcmp(a->qual, b->qual, a->nquals * sizeof(a->qual[0])) == 0;
}

static void read_roles(struct lines *t, struct qn_rules *r)
{
    unsigned sum = 0;
    while (!t->bad && r->nroles < QN_ROLES && (r->nroles == 0 || lines_ahead(t, "role"))) {
        struct qn_role *role = &r->role[r->nroles];
        lines_word(t, "role");
        role->no = (uint8_t)rd_dec(&t->line, UINT8_MAX);
        role->k = (uint8_t)rd_dec(&t->line, QN_VISIT_SLOTS);
        bool ok = lines_list(rd_field(&t->line), role->qual, QN_QUALS, UINT16_MAX, &role->nquals);
        sum += role->k;
        /* SPEC rules-9: "No two roles have the same qualifications" */
        for (unsigned i = 0; i < r->nroles; i++)
            ok = ok && !qn_role_same(&r->role[i], role);
        if (!ok || role->k == 0 || role->no <= (r->nroles ? role[-1].no : 0))
            t->line.failed = true;
        r->nroles++;
    }
    /* SPEC rules-9: "The sum of k is at least 2 and at most 4" */
    if (sum < 2 || sum > QN_VISIT_SLOTS)
        t->line.failed = true;
}

static enum qn_code read_all(struct lines *t, struct qn_rules *r, struct qn_err *err)
{
    lines_word(t, "slot");
    lines_code(t, r->issuer);
    lines_name(t, r->series);
    lines_name(t, r->task);
    r->round = (uint32_t)rd_dec(&t->line, UINT32_MAX);
    if (r->round == 0) /* SPEC rules-3: "round from 1" */
        t->line.failed = true;
    lines_word(t, "type");
    lines_type(t, &r->type);
    lines_word(t, "population");
    enum qn_code rc = lines_expr(t, r, &r->population, err);
    if (!rc)
        rc = read_strata(t, r, err);
    if (rc)
        return rc;
    read_total(t, r);
    read_reasons(t, "must", r->must, &r->nmust);
    read_reasons(t, "exclude", r->exclude, &r->nexclude);
    r->has_cap = read_bound(t, "cap", &r->cap);
    read_roles(t, r);
    r->pool = read_number(t, "pool", 0);
    r->has_load = read_bound(t, "load", &r->load);
    r->age_days = read_number(t, "age", 0);
    r->witness_hours = read_number(t, "witness", 0);
    r->return_days = read_number(t, "return", 0);
    r->supp = read_number(t, "supp", 0);
    lines_word(t, "level");
    lines_level(t, &r->level);
    return QN_OK;
}

/* SPEC rules-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_rules *r, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_RULES_MAX);
    qn_rules_text(&again, r);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "rules.form", "line=%u", line) : QN_OK;
}

enum qn_code qn_rules_parse(struct qn_rules *out, struct qn_span text, struct qn_err *err)
{
    struct qn_rules r = {0};
    struct lines t;
    if (text.n > QN_RULES_MAX)
        return qn_fail(err, QN_LIMIT, "rules.size", "max=%d", QN_RULES_MAX);
    lines_open(&t, text, "draw-rules/1");
    enum qn_code rc = read_all(&t, &r, err);
    if (rc)
        return rc;
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "rules.form", "line=%u", t.bad);
    rc = judge(&r, text, err);
    if (rc)
        return rc;
    wire_sha256(r.hash, &text, 1);
    *out = r;
    return QN_OK;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_list(struct qn_buf *out, const uint16_t *codes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        qn_put_fmt(out, i ? ",%u" : "%u", codes[i]);
    qn_put_str(out, n ? "\n" : "-\n");
}

static void put_reasons(struct qn_buf *out, const char *word, const uint8_t *reason, unsigned n)
{
    uint16_t codes[QN_REASONS];
    for (unsigned i = 0; i < n && i < QN_REASONS; i++)
        codes[i] = reason[i];
    qn_put_fmt(out, "%s ", word);
    put_list(out, codes, n < QN_REASONS ? n : QN_REASONS);
}

static void put_bound(struct qn_buf *out, const char *word, bool has, uint32_t n)
{
    if (has)
        qn_put_fmt(out, "%s %u\n", word, n);
    else
        qn_put_fmt(out, "%s -\n", word);
}

static void put_total(struct qn_buf *out, const struct qn_rules *r)
{
    if (r->total_kind == QN_TOTAL_RATIO)
        qn_put_fmt(out, "total %u/%u\n", r->total_num, r->total_den);
    else if (r->total_kind == QN_TOTAL_COUNT)
        qn_put_fmt(out, "total count %u\n", r->total_num);
    else
        qn_put_str(out, "total -\n");
}

void qn_rules_text(struct qn_buf *out, const struct qn_rules *r)
{
    qn_put_fmt(out, "draw-rules/1\nslot %s %s %s %u\ntype %s\npopulation ", r->issuer, r->series,
               r->task, r->round, qn_slot_type_name(r->type));
    qn_expr_text(out, r, r->population);
    for (unsigned i = 0; i < r->nstrata; i++) {
        const struct qn_stratum *s = &r->stratum[i];
        qn_put_fmt(out, "\nstratum %u %u/%u %u ", s->no, s->num, s->den, s->min);
        qn_expr_text(out, r, s->expr);
    }
    qn_put_str(out, "\n");
    put_total(out, r);
    put_reasons(out, "must", r->must, r->nmust);
    put_reasons(out, "exclude", r->exclude, r->nexclude);
    put_bound(out, "cap", r->has_cap, r->cap);
    for (unsigned i = 0; i < r->nroles; i++) {
        qn_put_fmt(out, "role %u %u ", r->role[i].no, r->role[i].k);
        put_list(out, r->role[i].qual, r->role[i].nquals);
    }
    qn_put_fmt(out, "pool %u\n", r->pool);
    put_bound(out, "load", r->has_load, r->load);
    qn_put_fmt(out, "age %u\nwitness %u\nreturn %u\nsupp %u\nlevel %s\n", r->age_days,
               r->witness_hours, r->return_days, r->supp, qn_draw_level_name(r->level));
}
