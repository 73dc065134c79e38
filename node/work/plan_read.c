#include "node/work/plan_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/work/forms.h"
#include "protocol/wire.h"
#include "qian/rules.h"

static const struct sheet_column plan_columns[P_COLUMNS] = {
    [P_NO] = {"no", true, -1},
    [P_NAME] = {"name", true, -1},
    [P_TYPE] = {"type", true, -1},
    [P_ITEMS] = {"items", true, -1},
    [P_SCOPE] = {"object_scope", true, -1},
    [P_QUANTITY] = {"quantity_text", true, -1},
    [P_RATIO_OP] = {"ratio_op", true, -1},
    [P_RATIO] = {"min_ratio", true, -1},
    [P_COUNT] = {"quantity", true, -1},
    [P_TIMES] = {"times_per_year", true, -1},
    [P_WINDOW] = {"draw_window_text", true, -1},
    [P_FROM] = {"draw_from_month", true, -1},
    [P_TO] = {"draw_to_month", true, -1},
    [P_INITIATOR_TEXT] = {"initiator_guidance_text", true, -1},
    [P_INITIATOR] = {"initiator", true, -1},
    [P_GUIDANCE] = {"guidance_unit", true, -1},
    [P_LEVEL_TEXT] = {"inspecting_level_text", true, -1},
    [P_LEVELS] = {"inspecting_levels", true, -1},
    [P_MERGED] = {"likely_merged_with_no", true, -1},
    [P_NOTE] = {"note", true, -1},
    [P_DEPARTMENTS] = {"departments", false, -1},
};

static const struct sheet_column scope_columns[S_COLUMNS] = {
    [S_TASK] = {"task", true, -1},        [S_POPULATION] = {"population", true, -1},
    [S_STRATA] = {"strata", true, -1},    [S_ROLES] = {"roles", true, -1},
    [S_JOINT] = {"joint", false, -1},     [S_DRAW] = {"draw", false, -1},
    [S_TOTAL] = {"total", false, -1},     [S_MUST] = {"must", false, -1},
    [S_EXCLUDE] = {"exclude", false, -1}, [S_CAP] = {"cap", false, -1},
    [S_POOL] = {"pool", false, -1},       [S_LOAD] = {"load", false, -1},
    [S_ITEMS] = {"items", false, -1}};
const struct sheet_form plan_form = {"plan import --plan", "form.plan", plan_columns, P_COLUMNS};
const struct sheet_form scope_form = {"plan import --scopes", "form.scopes", scope_columns,
                                      S_COLUMNS};

static enum qn_code refuse(struct qn_err *err, const struct plan_task *t, enum plan_text column,
                           const char *rule)
{
    return qn_fail(err, QN_MALFORMED, rule, "line=%u|task=%s|column=%s|value=%.80s", t->line,
                   t->text[P_NO], plan_columns[column].heading, t->text[column]);
}

/* "0.05" -> 5/100: the digits as printed, so that nothing is rounded. Above 0, at most max. */
static bool ratio(const char *text, uint32_t max, uint32_t *num, uint32_t *den)
{
    uint64_t n = 0, d = 1;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && n < 1000; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    if (p == text)
        return false;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9' && d < 1000000; p++) {
            n = n * 10 + (uint64_t)(*p - '0');
            d *= 10;
        }
    if (*p || n == 0 || n > max * d)
        return false;
    *num = (uint32_t)n;
    *den = (uint32_t)d;
    return true;
}

static bool month(const char *text, unsigned *out)
{
    struct rd r = {.in = qn_str(text)};
    *out = (unsigned)rd_dec(&r, 12);
    return rd_end(&r) && *out >= 1;
}

/* The printed window "4月-11月" must say the months that the data gives. */
static bool window_agrees(const struct plan_task *t)
{
    unsigned from, to;
    int used = 0;
    return sscanf(t->text[P_WINDOW], "%2u月-%2u月%n", &from, &to, &used) == 2 &&
           !t->text[P_WINDOW][used] && from == t->from_month && to == t->to_month && from <= to;
}

/* SPEC tables-20: "不低于, a percentage, and ，n次/年" */
static bool print_agrees(const struct plan_task *t)
{
    static const char at_least[] = "不低于", comma[] = "，";
    const char *p = t->text[P_QUANTITY];
    bool ge = strncmp(p, at_least, sizeof(at_least) - 1) == 0;
    uint32_t num, den, times = 1;
    char percent[12];
    int used = 0;
    p += ge ? sizeof(at_least) - 1 : 0;
    size_t n = strspn(p, "0123456789.");
    if (!n || n >= sizeof(percent) || p[n] != '%' || (ge && strcmp(t->text[P_RATIO_OP], "ge") != 0))
        return false;
    memcpy(percent, p, n);
    percent[n] = 0;
    p += n + 1;
    if (*p && (strncmp(p, comma, sizeof(comma) - 1) != 0 ||
               sscanf(p + sizeof(comma) - 1, "%2u次/年%n", &times, &used) != 1 || !used ||
               p[sizeof(comma) - 1 + (size_t)used]))
        return false;
    return times == t->times && ratio(percent, 100, &num, &den) &&
           (uint64_t)num * t->den == (uint64_t)den * 100 * t->num;
}

/* SPEC tables-33: "a number is printed in `quantity_text` as it stands in `quantity`" */
static bool count_agrees(const struct plan_task *t)
{
    const char *count = t->text[P_COUNT], *p = t->text[P_QUANTITY];
    struct rd r = {.in = qn_str(count)};
    if (rd_dec(&r, 1000000) < 1 || !rd_end(&r))
        return false;
    for (; *p; p += strspn(p, "0123456789")) {
        p += strcspn(p, "0123456789");
        size_t n = strspn(p, "0123456789");
        if (n == strlen(count) && p[n] != '%' && p[n] != '.' && strncmp(p, count, n) == 0)
            return true;
    }
    return false;
}

static enum qn_code check_task(struct plan_task *t, struct qn_err *err)
{
    if (!wire_is_name(qn_str(t->text[P_NO])))
        return refuse(err, t, P_NO, "plan.task-no");
    static const enum plan_text printed[] = {P_TYPE, P_ITEMS, P_SCOPE, P_QUANTITY, P_WINDOW};
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        if (!*t->text[printed[i]])
            return refuse(err, t, printed[i], "plan.blank");
    bool number = *t->text[P_COUNT] != 0, share = *t->text[P_RATIO] || *t->text[P_RATIO_OP];
    t->den = 1;
    if (number && !count_agrees(t))
        return refuse(err, t, P_COUNT, "plan.quantity");
    if ((share || !number) && strcmp(t->text[P_RATIO_OP], "ge") != 0 &&
        strcmp(t->text[P_RATIO_OP], "eq") != 0)
        return refuse(err, t, P_RATIO_OP, "plan.ratio-op");
    if ((share || !number) && !ratio(t->text[P_RATIO], 1, &t->num, &t->den))
        return refuse(err, t, P_RATIO, "plan.ratio");
    if (!month(t->text[P_FROM], &t->from_month))
        return refuse(err, t, P_FROM, "plan.month");
    if (!month(t->text[P_TO], &t->to_month))
        return refuse(err, t, P_TO, "plan.month");
    if (!window_agrees(t))
        return refuse(err, t, P_WINDOW, "plan.window");
    t->times = 1;
    if (*t->text[P_TIMES]) {
        struct rd r = {.in = qn_str(t->text[P_TIMES])};
        t->times = (uint32_t)rd_dec(&r, 12);
        if (!rd_end(&r) || t->times < 1 || t->times > t->to_month - t->from_month + 1)
            return refuse(err, t, P_TIMES, "plan.times");
    }
    return number || print_agrees(t) ? QN_OK : refuse(err, t, P_QUANTITY, "plan.print");
}

static bool keep(char **to, const char *const *cell, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = strdup(cell[i]);
        if (!to[i])
            return false;
    }
    return true;
}

/* SPEC tables-42: "words in place of" */
static bool in_letters(char **cell, size_t n, const char *const (*words)[2])
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(*cell, words[i][0]) == 0) {
            char *plain = strdup(words[i][1]);
            if (!plain)
                return false;
            free(*cell);
            *cell = plain;
            return true;
        }
    return true;
}

static bool plain_words(struct plan_task *t)
{
    static const char *const op[][2] = {{"不低于", "ge"}, {"等于", "eq"}};
    static const char *const levels[][2] = {{"市级", "city"},
                                            {"县级", "county"},
                                            {"市级、县级", "city;county"},
                                            {"市级；县级", "city;county"}};
    return in_letters(&t->text[P_RATIO_OP], sizeof(op) / sizeof(op[0]), op) &&
           in_letters(&t->text[P_LEVELS], sizeof(levels) / sizeof(levels[0]), levels);
}

static struct plan_task *find(struct plan_read *p, const char *no)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->task[i].text[P_NO], no) == 0)
            return &p->task[i];
    return NULL;
}

static enum qn_code take_task(void *ctx, const struct sheet_row *raw, const char *const *cell,
                              struct qn_err *err)
{
    struct plan_read *p = ctx;
    if (p->n == PLAN_TASKS)
        return qn_fail(err, QN_LIMIT, "plan.tasks", "max=%d", PLAN_TASKS);
    enum qn_code rc = sheet_check(raw, err);
    if (rc)
        return rc;
    if (find(p, cell[P_NO]))
        return qn_fail(err, QN_CONFLICT, "plan.twice", "line=%u|task=%.40s", raw->line, cell[P_NO]);
    struct plan_task *t = &p->task[p->n++];
    t->line = raw->line;
    if (!keep(t->text, cell, P_COLUMNS) || !plain_words(t))
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    return check_task(t, err);
}

static enum qn_code take_scope(void *ctx, const struct sheet_row *raw, const char *const *cell,
                               struct qn_err *err)
{
    struct plan_read *p = ctx;
    enum qn_code rc = sheet_check(raw, err);
    if (rc)
        return rc;
    struct plan_task *t = find(p, cell[S_TASK]);
    if (!t || t->scope[S_TASK])
        return qn_fail(err, QN_MALFORMED, "plan.scope-task", "line=%u|task=%.40s", raw->line,
                       cell[S_TASK]);
    /* SPEC tables-32: "`objects` in the scopes" */
    t->draw = strcmp(cell[S_DRAW], "objects") == 0 ? DRAW_OBJECTS
              : strcmp(cell[S_DRAW], "given") == 0 ? DRAW_GIVEN
                                                   : DRAW_BOTH;
    if (t->draw == DRAW_BOTH && *cell[S_DRAW] && strcmp(cell[S_DRAW], "both") != 0)
        return qn_fail(err, QN_MALFORMED, "plan.scope-draw", "line=%u|task=%.40s|value=%.40s",
                       raw->line, cell[S_TASK], cell[S_DRAW]);
    return keep(t->scope, cell, S_COLUMNS) ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* Blank cells of a merged block mean what the block's first row says; the data names that row. */
static enum qn_code resolve(struct plan_read *p, struct plan_task *t, struct qn_err *err)
{
    t->meant = t;
    for (size_t hops = 0; !*t->meant->text[P_LEVELS]; hops++) {
        const struct plan_task *above = find(p, t->meant->text[P_MERGED]);
        if (!*t->meant->text[P_MERGED] || !above || hops == p->n)
            return refuse(err, t, P_LEVELS, "plan.levels");
        t->meant = above;
    }
    const char *levels = t->meant->text[P_LEVELS];
    t->city = strcmp(levels, "city") == 0 || strcmp(levels, "city;county") == 0;
    t->county = strcmp(levels, "county") == 0 || strcmp(levels, "city;county") == 0;
    return t->city || t->county ? QN_OK : refuse(err, t, P_LEVELS, "plan.levels");
}

void plan_read_free(struct plan_read *p)
{
    for (size_t i = 0; p && i < p->n; i++) {
        for (size_t k = 0; k < P_COLUMNS; k++)
            free(p->task[i].text[k]);
        for (size_t k = 0; k < S_COLUMNS; k++)
            free(p->task[i].scope[k]);
    }
    free(p);
}

enum qn_code plan_read_files(struct plan_read **out, struct store *st,
                             const struct plan_files *files, unsigned year, struct qn_err *err)
{
    QN_AUTO(plan_read) struct plan_read *p = calloc(1, sizeof(*p));
    struct sheet_column columns[P_COLUMNS];
    struct sheet_column scope_wanted[S_COLUMNS];
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (year < 2000 || year > 2099)
        return qn_fail(err, QN_MALFORMED, "plan.year", "year=%u", year);
    memcpy(columns, plan_columns, sizeof(columns));
    memcpy(scope_wanted, scope_columns, sizeof(scope_wanted));
    const struct sheet_column *const lists[] = {columns, scope_wanted};
    const size_t n[] = {P_COLUMNS, S_COLUMNS};
    struct sheet_file plan_file = {.path = files->plan, .columns = columns, .n = P_COLUMNS};
    struct sheet_file scope_file = {.path = files->scopes, .columns = scope_wanted, .n = S_COLUMNS};
    struct list_use scopes = files->use;
    scopes.sheet = files->scopes_sheet;
    enum qn_code rc = mapping_check(&files->use.from, lists, n, 2, err);
    if (!rc)
        rc = list_read(st, &files->use, "plan", &plan_file, take_task, p, err);
    if (!rc && !p->n)
        rc = qn_fail(err, QN_MALFORMED, "plan.empty", "path=%s", files->plan);
    if (!rc)
        rc = list_read(st, &scopes, "scopes", &scope_file, take_scope, p, err);
    p->has_items = scope_wanted[S_ITEMS].at >= 0;
    for (size_t i = 0; !rc && i < p->n; i++) {
        rc = resolve(p, &p->task[i], err);
        if (!rc && !p->task[i].scope[S_TASK])
            rc = qn_fail(err, QN_ABSENT, "plan.no-scope", "task=%s|path=%s", p->task[i].text[P_NO],
                         files->scopes);
    }
    if (!rc)
        *out = QN_STEAL(p);
    return rc;
}

void plan_window(const struct plan_task *t, uint32_t round, unsigned year, const char *deadline,
                 char from[11], char to[11])
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    /* Earlier rounds take the odd month: 7 months in two rounds are 4 and 3. */
    unsigned months = t->to_month - t->from_month + 1, at = t->from_month, share = 0;
    for (uint32_t r = 1; r <= round; r++) {
        at += share;
        share = (months + t->times - r) / (t->times - r + 1);
        months -= share;
    }
    unsigned last = at + share - 1, day = days[last - 1];
    char text[48];
    if (last == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
        day = 29;
    snprintf(text, sizeof(text), "%04u-%02u-01", year, at);
    memcpy(from, text, 11);
    snprintf(text, sizeof(text), "%04u-%02u-%02u", year, last, day);
    memcpy(to, strcmp(text, deadline) > 0 ? deadline : text, 11);
}

/* "1 2;1 -" -> role lines; "num/den min expr;…" -> stratum lines. */
static void numbered(struct qn_buf *out, const char *word, const char *list)
{
    unsigned no = 1;
    for (const char *p = list; *p; no++) {
        size_t n = strcspn(p, ";");
        qn_put_fmt(out, "%s %u %.*s\n", word, no, (int)n, p);
        p += n + (p[n] == ';');
    }
}

/* Where every stratum's ratio is below the printed one, so is what they draw together. */
static bool reaches(const struct qn_rules *r, uint32_t num, uint32_t den)
{
    for (unsigned i = 0; i < r->nstrata; i++)
        if ((uint64_t)r->stratum[i].num * den >= (uint64_t)num * r->stratum[i].den)
            return true;
    return false;
}

/* SPEC tables-33: "what the scopes leave blank" */
static const char *stated(const struct plan_task *t, enum scope_text column, const char *otherwise)
{
    return *t->scope[column] ? t->scope[column] : otherwise;
}

/* Names the line that does not hold: its first word is the column of the scopes that it comes from. */
static enum qn_code rules_fail(struct qn_err *err, const struct plan_task *t, struct qn_span text,
                               const struct qn_err *why)
{
    const char *at = strstr(why->args, "line="), *p = (const char *)text.p, *end = p + text.n;
    for (unsigned long n = at ? strtoul(at + 5, NULL, 10) : 0; n > 1 && p < end; n--) {
        const char *next = memchr(p, '\n', (size_t)(end - p));
        p = next ? next + 1 : end;
    }
    const char *stop = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    int n = at && stop ? (int)(stop - p) : 0;
    return qn_fail(err, QN_MALFORMED, "plan.rules", "task=%s|rule=%s|text=%.*s", t->text[P_NO],
                   why->id, n < 160 ? n : 160, p);
}

enum qn_code plan_rules(struct qn_buf *out, const struct plan_task *t, const char *issuer,
                        const char *series, uint32_t round, enum qn_slot_type type,
                        struct qn_err *err)
{
    struct qn_err why;
    qn_put_fmt(out, "draw-rules/1\nslot %s %s %s %u\ntype %s\npopulation %s\n", issuer, series,
               t->text[P_NO], round, qn_slot_type_name(type), t->scope[S_POPULATION]);
    if (*t->scope[S_STRATA])
        numbered(out, "stratum", t->scope[S_STRATA]);
    else
        qn_put_fmt(out, "stratum 1 %u/%u 0 true\n", t->num, t->den);
    if (*t->scope[S_TOTAL])
        qn_put_fmt(out, "total %s\n", t->scope[S_TOTAL]);
    else
        qn_put_fmt(out, "total %s%s\n", *t->text[P_COUNT] ? "count " : "-", t->text[P_COUNT]);
    qn_put_fmt(out, "must %s\nexclude %s\ncap %s\n", stated(t, S_MUST, "-"),
               stated(t, S_EXCLUDE, "-"), stated(t, S_CAP, "-"));
    numbered(out, "role", t->scope[S_ROLES]);
    /* Settings of this edition: a freeze up to 60 days old, a witnessed draw within a day of its order, two weeks
     * for a stick to come back, and no draw below offline.                                                       */
    qn_put_fmt(out, "pool %s\nload %s\nage 60\nwitness 24\nreturn 14\nsupp 10\nlevel offline\n",
               stated(t, S_POOL, "2"), stated(t, S_LOAD, "-"));
    enum qn_code rc = qn_buf_check(out, err);
    if (rc)
        return rc;
    struct qn_rules *parsed = malloc(sizeof(*parsed));
    if (!parsed)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    rc = qn_rules_parse(parsed, qn_buf_span(out), &why);
    bool enough = !rc && reaches(parsed, t->num, t->den);
    free(parsed);
    if (rc)
        return rules_fail(err, t, qn_buf_span(out), &why);
    return enough ? QN_OK
                  : qn_fail(err, QN_MALFORMED, "plan.strata", "task=%s|value=%.40s", t->text[P_NO],
                            t->text[P_RATIO]);
}
