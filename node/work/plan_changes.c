/* plan_changes.c - what a revision of a plan changed, field by field, from the rows alone: so the office above reads the
 * same as the one that revised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/rows.h"
#include "node/work/plan_revise.h"

struct changes {
    struct store *st;
    const char *office;
    int64_t id, rev;
    plan_change_fn *each;
    void *ctx;
    struct touched { /* tasks of which the revision says something */
        char no[33];
        bool added;
    } * task;
    size_t n;
};

static void changes_auto(struct changes *c)
{
    free(c->task);
}

static struct touched *touched(struct changes *c, const char *no)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->task[i].no, no) == 0)
            return &c->task[i];
    return NULL;
}

static enum qn_code touch(struct changes *c, const char *no, bool added, struct qn_err *err)
{
    struct touched *more = touched(c, no) ? c->task : realloc(c->task, (c->n + 1) * sizeof(*more));
    if (!more)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    c->task = more;
    if (touched(c, no))
        return QN_OK;
    more[c->n] = (struct touched){.added = added};
    snprintf(more[c->n++].no, sizeof(more->no), "%s", no);
    return QN_OK;
}

static void tell(struct changes *c, const struct plan_change *change)
{
    c->each(c->ctx, change);
}

/* ---- fields ---------------------------------------------------------------------------------------------------------- */

static const char *text_of(struct rows *r, const struct qn_column *c, char room[24])
{
    if (c->type != QN_INTEGER)
        return rows_text(r, c->name);
    if (rows_null(r, c->name))
        return "";
    snprintf(room, 24, "%lld", (long long)rows_int(r, c->name));
    return room;
}

/* Columns that differ, those apart that every revision has of its own. */
static void compare(struct changes *c, const char *task, struct rows *before, struct rows *after)
{
    static const char *const own[] = {"reason", "source_digest", "plan_rev", "plan_id"};
    for (unsigned i = QN_KEY_COLUMNS; i < after->table->ncols; i++) {
        const struct qn_column *col = &after->table->col[i];
        char room[2][24];
        bool skip = false;
        for (size_t k = 0; k < sizeof(own) / sizeof(own[0]); k++)
            skip = skip || strcmp(col->name, own[k]) == 0;
        if (skip)
            continue;
        const char *a = text_of(before, col, room[0]), *b = text_of(after, col, room[1]);
        if (strcmp(a, b) != 0)
            tell(c, &(struct plan_change){.kind = *task ? CHANGE_TASK : CHANGE_PLAN,
                                          .task = task,
                                          .drawer = "",
                                          .field = col->name,
                                          .before = a,
                                          .after = b});
    }
}

static enum qn_code earlier(struct rows *out, struct changes *c, const char *table, int64_t id,
                            int64_t rev, bool *found, struct qn_err *err)
{
    const struct rows_query q = {.table = table, .office = c->office, .id = id, .rev = rev};
    enum qn_code rc = rows_open(out, c->st, &q, err);
    *found = !rc && rows_step(out);
    return rc;
}

static enum qn_code changed_plan(struct changes *c, struct qn_err *err)
{
    bool old, now;
    QN_AUTO(rows) struct rows before = {0};
    QN_AUTO(rows) struct rows after = {0};
    enum qn_code rc = earlier(&before, c, "plan", c->id, c->rev - 1, &old, err);
    if (!rc)
        rc = earlier(&after, c, "plan", c->id, c->rev, &now, err);
    if (!rc && old && now)
        compare(c, "", &before, &after);
    return rc;
}

/* Every row of the plan in a table that this revision wrote. */
static enum qn_code written(struct changes *c, const char *table,
                            enum qn_code (*one)(struct changes *c, struct rows *r,
                                                struct qn_err *err),
                            struct qn_err *err)
{
    const struct rows_query q = {.table = table,
                                 .office = c->office,
                                 .where = {{"plan_id", NULL, c->id}, {"plan_rev", NULL, c->rev}},
                                 .nwhere = 2,
                                 .history = true};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, c->st, &q, err);
    while (!rc && rows_step(&r))
        rc = one(c, &r, err);
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code task_row(struct changes *c, struct rows *r, struct qn_err *err)
{
    bool found, added = rows_int(r, "rev") == 1;
    const char *no = rows_text(r, "no"), *name = rows_text(r, "name");
    struct plan_change it = {.task = no, .drawer = "", .field = "", .before = "", .after = ""};
    enum qn_code rc = touch(c, no, added, err);
    if (rc)
        return rc;
    if (added || !rows_null(r, "withdrawn")) {
        it.kind = added ? CHANGE_TASK_ADDED : CHANGE_TASK_DROPPED;
        *(added ? &it.after : &it.before) = *name ? name : rows_text(r, "items");
        tell(c, &it);
        return QN_OK;
    }
    QN_AUTO(rows) struct rows before = {0};
    rc = earlier(&before, c, "plan_task", rows_int(r, "id"), rows_int(r, "rev") - 1, &found, err);
    if (!rc && found)
        compare(c, no, &before, r);
    return rc;
}

/* ---- rules ----------------------------------------------------------------------------------------------------------- */

/* "stratum 1 5/100 0 true": the lines of two texts by their first word and, of numbered ones, its number. */
static size_t line_key(const char *line)
{
    size_t n = strcspn(line, " \n");
    if ((n == 7 && memcmp(line, "stratum", n) == 0) || (n == 4 && memcmp(line, "role", n) == 0))
        n += 1 + strcspn(line + n + 1, " \n");
    return n;
}

static const char *line_like(const char *text, const char *line, size_t key)
{
    while (*text) {
        if (line_key(text) == key && strncmp(text, line, key) == 0)
            return text;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return "";
}

static void rules_lines(struct changes *c, struct plan_change *it, const char *of,
                        const char *other, bool forward)
{
    for (const char *p = of; *p;) {
        char field[40], here[400], there[400];
        size_t n = strcspn(p, "\n"), key = line_key(p);
        const char *like = line_like(other, p, key);
        snprintf(field, sizeof(field), "%.*s", (int)key, p);
        snprintf(here, sizeof(here), "%.*s", (int)n, p);
        snprintf(there, sizeof(there), "%.*s", (int)strcspn(like, "\n"), like);
        it->field = field;
        it->before = forward ? here : there;
        it->after = forward ? there : here;
        if (forward ? strcmp(here, there) != 0 : !*there)
            tell(c, it);
        p += n + (p[n] == '\n');
    }
}

static enum qn_code rules_row(struct changes *c, struct rows *r, struct qn_err *err)
{
    bool found;
    struct plan_change it = {.kind = CHANGE_RULES,
                             .task = rows_text(r, "task"),
                             .round = rows_int(r, "round"),
                             .drawer = ""};
    QN_AUTO(rows) struct rows before = {0};
    if (rows_int(r, "rev") == 1)
        return QN_OK; /* with the slots that are added */
    enum qn_code rc = touch(c, it.task, false, err);
    if (!rc)
        rc = earlier(&before, c, "slot_rules", rows_int(r, "id"), rows_int(r, "rev") - 1, &found,
                     err);
    if (rc || !found)
        return rc;
    rules_lines(c, &it, rows_text(&before, "rules"), rows_text(r, "rules"), true);
    rules_lines(c, &it, rows_text(r, "rules"), rows_text(&before, "rules"), false);
    return QN_OK;
}

/* ---- slots ----------------------------------------------------------------------------------------------------------- */

static void window_text(char out[64], struct rows *r)
{
    const char *joint = rows_text(r, "joint");
    snprintf(out, 64, "%s…%s%s%s", rows_text(r, "window_from"), rows_text(r, "window_to"),
             *joint ? " " : "", joint);
}

static enum qn_code slot_row(struct changes *c, struct rows *r, struct qn_err *err)
{
    bool found = false, added = rows_int(r, "rev") == 1, gone = !rows_null(r, "withdrawn");
    char before[64] = "", after[64] = "";
    struct plan_change it = {.kind = added  ? CHANGE_SLOT_ADDED
                                     : gone ? CHANGE_SLOT_DROPPED
                                            : CHANGE_SLOT,
                             .task = rows_text(r, "task"),
                             .round = rows_int(r, "round"),
                             .drawer = rows_text(r, "drawer"),
                             .field = rows_text(r, "type"),
                             .before = before,
                             .after = after};
    const struct touched *t = touched(c, it.task);
    if (t && t->added) /* told with the task */
        return QN_OK;
    enum qn_code rc = touch(c, it.task, false, err);
    QN_AUTO(rows) struct rows old = {0};
    if (!rc && !added)
        rc = earlier(&old, c, "slot", rows_int(r, "id"), rows_int(r, "rev") - 1, &found, err);
    if (rc)
        return rc;
    if (found)
        window_text(before, &old);
    if (!gone)
        window_text(after, r);
    tell(c, &it);
    return QN_OK;
}

/* SPEC plans-9: "A slot that has an order, or may have one, stays as it was ordered" */
static enum qn_code kept_slots(struct changes *c, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->st, SQL_WORK_SLOTS_KEPT);
    q_bind_text(&q, c->office);
    q_bind_int(&q, c->id);
    q_bind_int(&q, c->rev);
    while (q_step(&q)) {
        const struct touched *t = touched(c, q_text(&q, 0));
        if (!t || t->added)
            continue;
        char window[64];
        snprintf(window, sizeof(window), "%s…%s", q_text(&q, 4), q_text(&q, 5));
        tell(c, &(struct plan_change){.kind = CHANGE_SLOT_KEPT,
                                      .task = q_text(&q, 0),
                                      .round = q_int(&q, 1),
                                      .drawer = q_text(&q, 2),
                                      .field = q_text(&q, 3),
                                      .before = window,
                                      .after = window});
    }
    return query_end(&q, err);
}

enum qn_code plan_changes(struct store *st, const char *office, int64_t id, int64_t *rev,
                          plan_change_fn *each, void *ctx, struct qn_err *err)
{
    QN_AUTO(changes)
    struct changes c = {.st = st, .office = office, .id = id, .each = each, .ctx = ctx};
    const struct rows_query q = {.table = "plan", .office = office, .id = id};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, st, &q, err);
    if (rc)
        return rc;
    int64_t newest = rows_step(&r) ? rows_int(&r, "rev") : 0;
    c.rev = *rev ? *rev : newest;
    rc = rows_end(&r, err);
    if (!rc && (c.rev < 2 || c.rev > newest))
        rc = qn_fail(err, QN_ABSENT, "plan.no-revision", "rev=%lld|newest=%lld", (long long)c.rev,
                     (long long)newest);
    *rev = c.rev;
    if (!rc)
        rc = changed_plan(&c, err);
    if (!rc)
        rc = written(&c, "plan_task", task_row, err);
    if (!rc)
        rc = written(&c, "slot_rules", rules_row, err);
    if (!rc)
        rc = written(&c, "slot", slot_row, err);
    return rc ? rc : kept_slots(&c, err);
}
