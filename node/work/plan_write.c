#include "node/work/plan_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/work/record_types.h"
#include "qian/rules.h"

enum qn_code plan_find_counties(struct plan_writer *w, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_CERT_CHILDREN);
    q_bind_text(&q, store_self(w->st)->office);
    while (q_step(&q)) {
        if (q_int(&q, 1) != QN_COUNTY)
            continue;
        if (w->ncounties == PLAN_DRAWERS)
            return qn_fail(err, QN_LIMIT, "plan.drawers", "max=%d", PLAN_DRAWERS);
        qn_text_copy(w->county[w->ncounties++], QN_CODE_MAX + 1, q_span(&q, 0));
    }
    return query_end(&q, err);
}

/* What the registry would refuse at the end is told here by the row of the file. */
enum qn_code plan_put(struct plan_writer *w, const struct qn_row *row, const struct plan_task *t,
                      struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return t ? qn_fail(err, QN_MALFORMED, "plan.too-long",
                               "line=%u|task=%s|column=%s|max=%u", t->line, t->text[P_NO],
                               row->table->col[c].name, row->table->col[c].max)
                     : qn_fail(err, QN_MALFORMED, "work.too-long", "column=%s|max=%u",
                               row->table->col[c].name, row->table->col[c].max);
    return act_put(&w->act, row, err);
}

void plan_task_row(struct qn_row *row, struct plan_writer *w, const struct plan_task *t, int64_t id,
                   int64_t rev, char from[11], char to[11])
{
    char rest[11];
    plan_window(t, 1, w->year, w->deadline, from, rest);
    plan_window(t, t->times, w->year, w->deadline, rest, to);
    row_start(row, &w->act, "plan_task", id, rev);
    row_int(row, "plan_id", w->id);
    row_text(row, "no", t->text[P_NO]);
    row_text(row, "name", t->text[P_NAME]);
    row_text(row, "draw_type", t->text[P_TYPE]);
    row_text(row, "items", t->text[P_ITEMS]);
    row_text(row, "object_scope", t->text[P_SCOPE]);
    row_text(row, "quantity_text", t->text[P_QUANTITY]);
    if (*t->text[P_RATIO]) {
        row_text(row, "ratio_op", t->text[P_RATIO_OP]);
        row_int(row, "ratio_num", t->num);
        row_int(row, "ratio_den", t->den);
    }
    if (*t->text[P_COUNT])
        row_int(row, "quantity", strtol(t->text[P_COUNT], NULL, 10));
    if (*t->text[P_TIMES])
        row_int(row, "times_per_year", t->times);
    row_text(row, "window_text", t->text[P_WINDOW]);
    row_text(row, "window_from", from);
    row_text(row, "window_to", to);
    row_text(row, "initiator_guidance_text", t->text[P_INITIATOR_TEXT]);
    row_text(row, "initiator", t->meant->text[P_INITIATOR]);
    row_text(row, "guidance_unit", t->meant->text[P_GUIDANCE]);
    row_text(row, "inspecting_level_text", t->text[P_LEVEL_TEXT]);
    row_text(row, "inspecting_levels", t->meant->text[P_LEVELS]);
    if (t->meant != t)
        row_text(row, "merged_from", t->meant->text[P_NO]);
    row_text(row, "note", t->text[P_NOTE]);
    row_text(row, "departments", t->text[P_DEPARTMENTS]);
    row_int(row, "plan_rev", w->rev);
}

/* ---- rules ----------------------------------------------------------------------------------------------------------- */

/* Whether `code` is in the table; yes where no line of any table is held yet. */
static enum qn_code know_code(struct plan_writer *w, const char *list, unsigned code,
                              const char *task, struct qn_err *err)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", code);
    QN_AUTO(query) struct query q = query_start(w->st, SQL_WORK_CODE_KNOWN);
    q_bind_text(&q, list);
    q_bind_text(&q, text);
    bool known = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || known
               ? rc
               : qn_fail(err, QN_ABSENT, "plan.tag", "task=%s|list=%s|code=%u", task, list, code);
}

/* A tag that no table has draws nobody, and nobody would notice before the draw. */
static enum qn_code check_tags(struct plan_writer *w, struct qn_span rules, const char *task,
                               struct qn_err *err)
{
    struct qn_rules *r = malloc(sizeof(*r));
    enum qn_code rc =
        r ? qn_rules_parse(r, rules, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < r->nnodes; i++)
        if (r->node[i].op == QN_HAS)
            rc = know_code(w, "tag", r->node[i].n, task, err);
    for (unsigned i = 0; !rc && i < r->nroles; i++)
        for (unsigned k = 0; !rc && k < r->role[i].nquals; k++)
            rc = know_code(w, "qualification", r->role[i].qual[k], task, err);
    free(r);
    return rc;
}

enum qn_code plan_rules_text(struct qn_buf *out, struct plan_writer *w, const struct plan_task *t,
                             uint32_t round, enum qn_slot_type type, struct qn_err *err)
{
    qn_buf_init(out, QN_RULES_MAX - 1);
    enum qn_code rc = plan_rules(out, t, store_self(w->st)->office, w->series, round, type, err);
    return rc || round > 1 ? rc : check_tags(w, qn_buf_span(out), t->text[P_NO], err);
}

enum qn_code plan_put_rules(struct plan_writer *w, const char *task, uint32_t round, int64_t id,
                            int64_t rev, struct qn_span text, struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, &w->act, "slot_rules", id ? id : act_id(&w->act), rev);
    row_int(&row, "plan_id", w->id);
    row_text(&row, "task", task);
    row_int(&row, "round", round);
    row_span(&row, "rules", text);
    row_int(&row, "plan_rev", w->rev);
    return act_put(&w->act, &row, err);
}

/* ---- slots ----------------------------------------------------------------------------------------------------------- */

enum qn_code plan_put_slot(struct plan_writer *w, const char *task, uint32_t round,
                           const struct plan_slot *s, const char *joint, struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, &w->act, "slot", act_id(&w->act), 1);
    row_int(&row, "plan_id", w->id);
    row_text(&row, "task", task);
    row_int(&row, "round", round);
    row_text(&row, "type", qn_slot_type_name(s->type));
    row_text(&row, "drawer", s->drawer);
    row_text(&row, "window_from", s->from);
    row_text(&row, "window_to", s->to);
    if (*joint)
        row_text(&row, "joint", joint);
    row_int(&row, "plan_rev", w->rev);
    return act_put(&w->act, &row, err);
}

static void add_slot(struct plan_round *r, enum qn_slot_type type, const char *drawer,
                     const char from[11], const char to[11])
{
    struct plan_slot *s = &r->slot[r->n++];
    s->type = type;
    s->drawer = drawer;
    memcpy(s->from, from, sizeof(s->from));
    memcpy(s->to, to, sizeof(s->to));
}

/* Where city and county both inspect, the counties draw; the city draws what it alone inspects.
 * SPEC tables-32: "the issuer draws the objects and each inspecting office draws who goes" */
enum qn_code plan_round_of(struct plan_round *out, struct plan_writer *w, const struct plan_task *t,
                           uint32_t round, struct qn_err *err)
{
    const char *self = store_self(w->st)->office;
    const enum qn_slot_type type = t->draw == DRAW_BOTH ? QN_BOTH : QN_PAIRS;
    char from[11], to[11];
    out->n = 0;
    if (t->county && !w->ncounties)
        return qn_fail(err, QN_ABSENT, "plan.no-county", "task=%s", t->text[P_NO]);
    plan_window(t, round, w->year, w->deadline, from, to);
    if (strcmp(from, to) > 0)
        return qn_fail(err, QN_MALFORMED, "plan.deadline", "task=%s|round=%u|from=%s|deadline=%s",
                       t->text[P_NO], round, from, w->deadline);
    if (t->draw == DRAW_OBJECTS)
        add_slot(out, QN_OBJECTS, self, from, to);
    for (size_t i = 0; t->county && i < w->ncounties; i++)
        add_slot(out, type, w->county[i], from, to);
    if (!t->county || (t->draw != DRAW_BOTH && t->city))
        add_slot(out, type, self, from, to);
    return QN_OK;
}

static enum qn_code put_round(struct plan_writer *w, const struct plan_task *t, uint32_t round,
                              const struct plan_round *r, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < r->n; i++) {
        if (i == 0 || r->slot[i].type != r->slot[i - 1].type) {
            QN_AUTO(qn_buf) struct qn_buf text = {0};
            rc = plan_rules_text(&text, w, t, round, r->slot[i].type, err);
            if (!rc)
                rc = plan_put_rules(w, t->text[P_NO], round, 0, 1, qn_buf_span(&text), err);
        }
        if (!rc)
            rc = plan_put_slot(w, t->text[P_NO], round, &r->slot[i], t->scope[S_JOINT], err);
    }
    return rc;
}

enum qn_code plan_put_new(struct plan_writer *w, const struct plan_task *t, int64_t *id,
                          unsigned *slots, struct qn_err *err)
{
    struct qn_row row;
    char from[11], to[11];
    struct plan_round *r = malloc(sizeof(*r));
    enum qn_code rc = r ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *id = act_id(&w->act);
    plan_task_row(&row, w, t, *id, 1, from, to);
    if (!rc)
        rc = plan_put(w, &row, t, err);
    for (uint32_t round = 1; !rc && round <= t->times; round++) {
        rc = plan_round_of(r, w, t, round, err);
        if (!rc)
            rc = put_round(w, t, round, r, err);
        *slots += rc ? 0 : (unsigned)r->n;
    }
    free(r);
    return rc;
}

/* ---- items ----------------------------------------------------------------------------------------------------------- */

#define TASK_ITEMS 64

struct named { /* the items that the scopes name for one task */
    char name[TASK_ITEMS][80];
    unsigned n;
};

static bool is_named(const struct named *all, const char *name)
{
    for (unsigned i = 0; i < all->n; i++)
        if (strcmp(all->name[i], name) == 0)
            return true;
    return false;
}

/* What the task has that is not named any more is withdrawn; what it has stays. have: names of those. */
static enum qn_code drop_items(struct plan_writer *w, int64_t task, const struct named *all,
                               struct named *have, unsigned *written, struct qn_err *err)
{
    const struct rows_query q = {.table = "task_item",
                                 .office = store_self(w->st)->office,
                                 .where = {{"task_id", NULL, task}},
                                 .nwhere = 1};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, w->st, &q, err);
    while (!rc && rows_step(&r)) {
        char name[80], own[80];
        QN_AUTO(record_draft) struct record_draft d = {0};
        if (!rows_null(&r, "withdrawn"))
            continue;
        record_name_text(name, rows_text(&r, "item_office"), rows_int(&r, "item_id"));
        record_name_text(own, rows_text(&r, "office"), rows_int(&r, "id"));
        if (is_named(all, name)) {
            memcpy(have->name[have->n++], name, sizeof(name));
            continue;
        }
        rc = record_revise(&d, w->st, &record_task_item, own, w->by, "plan", err);
        d.withdrawn = true;
        ++*written;
        if (!rc)
            rc = record_put(&d, &w->act, err);
    }
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code name_item(struct plan_writer *w, const struct plan_task *t, int64_t task,
                              struct qn_span called, struct record_draft *d, struct qn_err *err)
{
    char name[80];
    struct qn_err why;
    record_name_text(name, store_self(w->st)->office, task);
    enum qn_code rc = record_start(d, w->st, &record_task_item, w->by, err);
    if (!rc)
        rc = record_set(d, "task", qn_str(name), err);
    if (!rc && record_set(d, "item", called, &why) != QN_OK)
        rc = qn_fail(err, why.code, "plan.item", "line=%u|task=%s|value=%.*s", t->line,
                     t->text[P_NO], (int)(called.n > 200 ? 200 : called.n), (const char *)called.p);
    return rc;
}

/* The next name of a list joined by ';': names of items hold commas and 、 */
static struct qn_span next_item(const char **list)
{
    static const char wide[] = "；";
    const char *p = *list, *end = p + strcspn(p, ";"), *other = strstr(p, wide);
    size_t mark = *end ? 1 : 0;
    if (other && other < end) {
        end = other;
        mark = sizeof(wide) - 1;
    }
    *list = end + mark;
    return (struct qn_span){(const uint8_t *)p, (size_t)(end - p)};
}

static enum qn_code name_items(struct named *all, struct plan_writer *w, const struct plan_task *t,
                               int64_t task, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (const char *p = t->scope[S_ITEMS]; !rc && *p;) {
        QN_AUTO(record_draft) struct record_draft d = {0};
        if (all->n == TASK_ITEMS)
            return qn_fail(err, QN_LIMIT, "plan.items", "task=%s|max=%d", t->text[P_NO],
                           TASK_ITEMS);
        rc = name_item(w, t, task, next_item(&p), &d, err);
        if (!rc && !is_named(all, record_text(&d, "item")))
            snprintf(all->name[all->n++], sizeof(all->name[0]), "%s", record_text(&d, "item"));
    }
    return rc;
}

enum qn_code plan_put_items(struct plan_writer *w, const struct plan_task *t, int64_t task,
                            unsigned *written, struct qn_err *err)
{
    struct named *all = calloc(2, sizeof(*all)), *have = all ? all + 1 : NULL;
    enum qn_code rc =
        all ? name_items(all, w, t, task, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = drop_items(w, task, all, have, written, err);
    for (unsigned i = 0; !rc && i < all->n; i++) {
        QN_AUTO(record_draft) struct record_draft d = {0};
        if (is_named(have, all->name[i]))
            continue;
        rc = name_item(w, t, task, qn_str(all->name[i]), &d, err);
        ++*written;
        if (!rc)
            rc = record_put(&d, &w->act, err);
    }
    free(all);
    return rc;
}

/* ---- who ------------------------------------------------------------------------------------------------------------- */

/* A revision has a line here where the one before it has: rows of one record come without gaps. */
enum qn_code plan_put_journal(struct plan_writer *w, struct qn_err *err)
{
    struct qn_row row;
    char now[20];
    bool before = true;
    enum qn_code rc = QN_OK;
    if (w->rev > 1) {
        const struct rows_query q = {.table = "plan_journal",
                                     .office = store_self(w->st)->office,
                                     .id = w->id,
                                     .rev = w->rev - 1};
        QN_AUTO(rows) struct rows r = {0};
        rc = rows_open(&r, w->st, &q, err);
        before = !rc && rows_step(&r);
        if (!rc)
            rc = rows_end(&r, err);
    }
    if (!rc && before)
        rc = act_part(&w->act, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc || !before)
        return rc;
    clock_local(w->st, now);
    row_start(&row, &w->act, "plan_journal", w->id, w->rev);
    row_text(&row, "kind", "plan");
    row_text(&row, "acted_by", w->by);
    row_text(&row, "recorded_on", now);
    return act_put(&w->act, &row, err);
}
