#include "node/work/given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "node/sheet/sheet.h"
#include "node/work/forms.h"
#include "protocol/wire.h"
#include "qian/roster.h"

enum { G_ID, G_NAME, G_ADDRESS, G_COLUMNS };

static const struct sheet_column given_columns[G_COLUMNS] = {
    [G_ID] = {"对象编号", true, -1}, [G_NAME] = {"对象名称", true, -1}, [G_ADDRESS] = {"地址", false, -1}};
const struct sheet_form given_form = {"plan give-list", "form.given", given_columns, G_COLUMNS};

struct object {
    char *id, *name, *address;
};
struct giving {
    struct store *st;
    const struct given_list *o;
    char issuer[QN_CODE_MAX + 1], series[33], task[33];
    int64_t round, plan_id;
    struct object *object;
    size_t n;
};

static void giving_auto(struct giving *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->object[i].id);
        free(g->object[i].name);
        free(g->object[i].address);
    }
    free(g->object);
}

/* ---- which slot -------------------------------------------------------------------------------------------------------- */

static enum qn_code split(struct giving *g, struct qn_err *err)
{
    const char *slash = strchr(g->o->plan, '/'), *round = strchr(g->o->task, '/');
    size_t n = round ? (size_t)(round - g->o->task) : strlen(g->o->task);
    struct rd r = {.in = qn_str(round ? round + 1 : "1")};
    g->round = (int64_t)rd_dec(&r, 12);
    if (!slash ||
        !qn_text_copy(g->issuer, sizeof(g->issuer),
                      (struct qn_span){(const uint8_t *)g->o->plan, (size_t)(slash - g->o->plan)}) ||
        !qn_text_copy(g->series, sizeof(g->series), qn_str(slash + 1)))
        return qn_fail(err, QN_MALFORMED, "plan.name", "plan=%s", g->o->plan);
    if (!rd_end(&r) || g->round < 1 ||
        !qn_text_copy(g->task, sizeof(g->task), (struct qn_span){(const uint8_t *)g->o->task, n}))
        return qn_fail(err, QN_ABSENT, "plan.no-task", "task=%s", g->o->task);
    return QN_OK;
}

static enum qn_code find_slot(struct giving *g, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(g->st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, g->issuer);
    q_bind_text(&q, g->series);
    bool found = q_step(&q);
    g->plan_id = found ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "plan.unknown", "plan=%s", g->o->plan);
    if (rc)
        return rc;
    QN_AUTO(query) struct query s = query_start(g->st, SQL_SLOT_PLANNED);
    q_bind_text(&s, g->issuer);
    q_bind_int(&s, g->plan_id);
    q_bind_text(&s, g->task);
    q_bind_int(&s, g->round);
    q_bind_text(&s, "pairs");
    q_bind_text(&s, g->o->office);
    found = q_step(&s);
    rc = query_end(&s, err);
    return rc || found ? rc
                       : qn_fail(err, QN_ABSENT, "given.no-slot", "plan=%s|task=%s/%lld|office=%s", g->o->plan,
                                 g->task, (long long)g->round, g->o->office);
}

static enum qn_code check_unordered(struct giving *g, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(g->st, SQL_SLOT_ORDERED);
    q_bind_text(&q, g->o->office);
    q_bind_text(&q, g->issuer);
    q_bind_text(&q, g->series);
    q_bind_text(&q, g->task);
    q_bind_int(&q, g->round);
    q_bind_text(&q, "pairs");
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || !found ? rc
                        : qn_fail(err, QN_CONFLICT, "given.ordered", "task=%s/%lld|office=%s", g->task,
                                  (long long)g->round, g->o->office);
}

static enum qn_code check_words(struct giving *g, struct qn_err *err)
{
    const struct given_list *o = g->o;
    if (!tree_knows(g->st, o->office) || !tree_is_above(g->st, store_self(g->st)->office, o->office))
        return qn_fail(err, QN_DENIED, "given.not-below", "office=%s", o->office);
    if (strcmp(o->source, "parent") != 0 && strcmp(o->source, "external") != 0)
        return qn_fail(err, QN_MALFORMED, "given.source", "value=%.40s", o->source);
    if (!*o->title || !*o->doc_no || !*o->by || !wire_is_date(qn_str(o->given_on)))
        return qn_fail(err, QN_MALFORMED, "given.untitled", "date=%.20s", o->given_on);
    return QN_OK;
}

/* ---- the file ---------------------------------------------------------------------------------------------------------- */

static enum qn_code take(void *ctx, const struct sheet_row *raw, const char *const *cell, struct qn_err *err)
{
    struct giving *g = ctx;
    struct qn_err why;
    enum qn_code rc = sheet_check(raw, err);
    if (rc)
        return rc;
    if (qn_object_id_check(qn_str(cell[G_ID]), &why) != QN_OK || !*cell[G_NAME])
        return qn_fail(err, QN_MALFORMED, "given.object", "line=%u|object=%.80s", raw->line, cell[G_ID]);
    if (g->n == GIVEN_MOST)
        return qn_fail(err, QN_LIMIT, "given.many", "max=%d", GIVEN_MOST);
    struct object *more = realloc(g->object, (g->n + 1) * sizeof(*more));
    if (!more)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    g->object = more;
    struct object *to = &g->object[g->n++];
    *to = (struct object){strdup(cell[G_ID]), strdup(cell[G_NAME]), strdup(cell[G_ADDRESS])};
    return to->id && to->name && to->address ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct object *)a)->id, ((const struct object *)b)->id);
}

static enum qn_code read_file(struct giving *g, const struct qn_report *report, struct qn_err *err)
{
    struct sheet_column columns[G_COLUMNS];
    memcpy(columns, given_columns, sizeof(columns));
    struct sheet_file file = {
        .path = g->o->path, .columns = columns, .n = G_COLUMNS, .report = report};
    const struct sheet_column *const all = columns;
    const size_t ncolumns = G_COLUMNS;
    enum qn_code rc = mapping_check(&g->o->use.from, &all, &ncolumns, 1, err);
    if (!rc)
        rc = list_read(g->st, &g->o->use, "given", &file, take, g, err);
    if (!rc && !g->n)
        rc = qn_fail(err, QN_MALFORMED, "given.empty", "path=%s", g->o->path);
    if (rc)
        return rc;
    qsort(g->object, g->n, sizeof(*g->object), by_id);
    for (size_t i = 1; i < g->n; i++)
        if (by_id(&g->object[i - 1], &g->object[i]) == 0)
            return qn_fail(err, QN_CONFLICT, "given.twice", "object=%s", g->object[i].id);
    return QN_OK;
}

/* ---- the rows ---------------------------------------------------------------------------------------------------------- */

/* What the registry would refuse at the end is told here by the clerk's own field. */
static enum qn_code put(struct act *a, const struct qn_row *row, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return qn_fail(err, QN_MALFORMED, "work.too-long", "column=%s|max=%u", row->table->col[c].name,
                           row->table->col[c].max);
    return act_put(a, row, err);
}

static enum qn_code write_list(struct giving *g, int64_t *id, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20];
    clock_local(g->st, now);
    enum qn_code rc = act_begin(&a, g->st, duty_of(DUTY_GIVEN_LIST), g->o->by, QN_KIND_PLAN, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, g->o->office, err);
    if (rc)
        return rc;
    *id = act_id(&a);
    row_start(&row, &a, "given_list", *id, 1);
    row_text(&row, "issuer", g->issuer);
    row_text(&row, "series", g->series);
    row_text(&row, "task", g->task);
    row_int(&row, "round", g->round);
    row_text(&row, "drawer", g->o->office);
    row_text(&row, "source", g->o->source);
    row_text(&row, "title", g->o->title);
    row_text(&row, "doc_no", g->o->doc_no);
    row_text(&row, "given_on", g->o->given_on);
    row_text(&row, "acted_by", g->o->by);
    row_text(&row, "recorded_on", now);
    rc = put(&a, &row, err);
    for (size_t i = 0; !rc && i < g->n; i++) {
        row_start(&row, &a, "given_object", act_id(&a), 1);
        row_int(&row, "list_id", *id);
        row_text(&row, "object_id", g->object[i].id);
        row_text(&row, "object_name", g->object[i].name);
        row_text(&row, "address", g->object[i].address);
        rc = put(&a, &row, err);
    }
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code given_import(struct store *st, const struct given_list *o, int64_t *id, size_t *objects,
                          const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(giving) struct giving g = {.st = st, .o = o};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = check_words(&g, err);
    if (!rc)
        rc = split(&g, err);
    if (!rc)
        rc = find_slot(&g, err);
    if (!rc)
        rc = check_unordered(&g, err);
    QN_AUTO(tx) struct tx tx = {0};
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = read_file(&g, report, err);
    for (size_t i = 0; !rc && o->each && i < g.n; i++)
        o->each(o->ctx, g.object[i].id, g.object[i].name, g.object[i].address);
    if (!rc)
        rc = write_list(&g, id, err);
    if (!rc && !o->dry_run)
        rc = tx_commit(&tx, err);
    *objects = g.n;
    return rc;
}
