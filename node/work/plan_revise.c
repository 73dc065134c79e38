#include "node/work/plan_revise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/joint.h"
#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/work/plan_write.h"
#include "node/work/record_types.h"
#include "protocol/wire.h"
#include "qian/rules.h"

#define AHEAD_DAYS 31 /* an order is given at most so long before its window (order.h) */

/* A slot as it stands, and as it will. */
struct standing {
    int64_t id, rev;
    char task[33], drawer[QN_CODE_MAX + 1], from[11], to[11], joint[33];
    uint32_t round;
    enum qn_slot_type type;
    bool fixed; /* it has an order, or may have one */
    bool gone;  /* withdrawn, before or by this revision */
    bool touched;
};
struct standing_rules {
    int64_t id, rev;
    char task[33];
    uint32_t round;
    enum qn_slot_type type;
    char *text;
};
struct revision {
    const struct plan_revise *o;
    struct plan_writer w;
    struct plan_read *p;
    char today[11];
    struct standing *slot;
    size_t nslots, slots_cap;
    struct standing_rules *rules;
    size_t nrules;
    struct plan_round round;
    unsigned written; /* rows */
};

static void revision_free(struct revision *v)
{
    for (size_t i = 0; v && i < v->nrules; i++)
        free(v->rules[i].text);
    if (v) {
        act_end(&v->w.act);
        plan_read_free(v->p);
        free(v->rules);
        free(v->slot);
    }
    free(v);
}
QN_DEFINE_AUTO(struct revision *, revision, revision_free)

/* ---- what stands ----------------------------------------------------------------------------------------------------- */

static enum qn_code find_plan(struct revision *v, struct qn_err *err)
{
    const char *slash = strchr(v->o->plan, '/');
    const char *self = store_self(v->w.st)->office;
    size_t n = slash ? (size_t)(slash - v->o->plan) : 0;
    if (!slash)
        return qn_fail(err, QN_MALFORMED, "plan.name", "plan=%s", v->o->plan);
    if (n != strlen(self) || memcmp(self, v->o->plan, n) != 0)
        return qn_fail(err, QN_DENIED, "plan.not-ours", "plan=%s|office=%.*s", v->o->plan, (int)n,
                       v->o->plan);
    const struct rows_query q = {
        .table = "plan", .office = self, .where = {{"series", slash + 1, 0}}, .nwhere = 1};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, v->w.st, &q, err);
    if (rc)
        return rc;
    bool found = rows_step(&r);
    if (found) {
        v->w.id = rows_int(&r, "id");
        v->w.rev = rows_int(&r, "rev") + 1;
        v->w.year = (unsigned)rows_int(&r, "year");
        snprintf(v->w.deadline, sizeof(v->w.deadline), "%s", rows_text(&r, "deadline"));
        v->w.series = slash + 1;
    }
    rc = rows_end(&r, err);
    if (!rc && found && v->o->seen && v->w.rev - 1 != v->o->seen)
        return qn_fail(err, QN_CONFLICT, "records.moved", "value=%s|rev=%lld|seen=%u", v->o->plan,
                       (long long)v->w.rev - 1, v->o->seen);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "plan.unknown", "plan=%s", v->o->plan);
}

static bool type_of(enum qn_slot_type *out, const char *name)
{
    for (int t = QN_BOTH; t <= QN_PAIRS; t++)
        if (strcmp(name, qn_slot_type_name((enum qn_slot_type)t)) == 0) {
            *out = (enum qn_slot_type)t;
            return true;
        }
    return false;
}

/* SPEC plans-9: "A slot that has an order, or may have one, stays as it was ordered" */
static enum qn_code judge_fixed(struct revision *v, struct standing *s, struct qn_err *err)
{
    char orderer[QN_CODE_MAX + 1];
    const char *self = store_self(v->w.st)->office;
    QN_AUTO(query) struct query q = query_start(v->w.st, SQL_SLOT_ORDERED);
    q_bind_text(&q, s->drawer);
    q_bind_text(&q, self);
    q_bind_text(&q, v->w.series);
    q_bind_text(&q, s->task);
    q_bind_int(&q, s->round);
    q_bind_text(&q, qn_slot_type_name(s->type));
    s->fixed = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    bool unseen = tree_orderer(v->w.st, s->drawer, orderer) && strcmp(orderer, self) != 0 &&
                  wire_day(qn_str(s->from)) <= wire_day(qn_str(v->today)) + AHEAD_DAYS;
    s->fixed = s->fixed || (unseen && !v->o->none_given);
    return rc;
}

static enum qn_code read_slots(struct revision *v, struct qn_err *err)
{
    const struct rows_query q = {.table = "slot",
                                 .office = store_self(v->w.st)->office,
                                 .where = {{"plan_id", NULL, v->w.id}},
                                 .nwhere = 1};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, v->w.st, &q, err);
    while (!rc && rows_step(&r)) {
        if (v->nslots == v->slots_cap) {
            v->slots_cap = v->slots_cap ? v->slots_cap * 2 : 64;
            struct standing *more = realloc(v->slot, v->slots_cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            v->slot = more;
        }
        struct standing *s = &v->slot[v->nslots];
        *s = (struct standing){.id = rows_int(&r, "id"),
                               .rev = rows_int(&r, "rev"),
                               .round = (uint32_t)rows_int(&r, "round"),
                               .gone = !rows_null(&r, "withdrawn")};
        snprintf(s->task, sizeof(s->task), "%s", rows_text(&r, "task"));
        snprintf(s->drawer, sizeof(s->drawer), "%s", rows_text(&r, "drawer"));
        snprintf(s->from, sizeof(s->from), "%s", rows_text(&r, "window_from"));
        snprintf(s->to, sizeof(s->to), "%s", rows_text(&r, "window_to"));
        snprintf(s->joint, sizeof(s->joint), "%s", rows_text(&r, "joint"));
        if (!type_of(&s->type, rows_text(&r, "type")))
            continue;
        rc = judge_fixed(v, s, err);
        v->nslots++;
    }
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code read_rules(struct revision *v, struct qn_err *err)
{
    const struct rows_query q = {.table = "slot_rules",
                                 .office = store_self(v->w.st)->office,
                                 .where = {{"plan_id", NULL, v->w.id}},
                                 .nwhere = 1};
    QN_AUTO(rows) struct rows r = {0};
    struct qn_rules *parsed = malloc(sizeof(*parsed));
    struct qn_err why;
    enum qn_code rc =
        parsed ? rows_open(&r, v->w.st, &q, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    while (!rc && rows_step(&r)) {
        struct standing_rules *more = realloc(v->rules, (v->nrules + 1) * sizeof(*more));
        if (more)
            v->rules = more;
        char *text = more ? strdup(rows_text(&r, "rules")) : NULL;
        if (!text) {
            rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
            break;
        }
        struct standing_rules *s = &v->rules[v->nrules++];
        *s = (struct standing_rules){.id = rows_int(&r, "id"),
                                     .rev = rows_int(&r, "rev"),
                                     .round = (uint32_t)rows_int(&r, "round"),
                                     .text = text};
        snprintf(s->task, sizeof(s->task), "%s", rows_text(&r, "task"));
        if (qn_rules_parse(parsed, qn_str(text), &why) == QN_OK)
            s->type = parsed->type;
    }
    free(parsed);
    return rc ? rc : rows_end(&r, err);
}

/* ---- rows of slots --------------------------------------------------------------------------------------------------- */

static enum qn_code revise_slot(struct revision *v, struct standing *s, const struct plan_slot *to,
                                struct qn_err *err)
{
    const struct rows_query q = {
        .table = "slot", .office = store_self(v->w.st)->office, .id = s->id, .rev = s->rev};
    struct qn_row row;
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, v->w.st, &q, err);
    if (rc || !rows_step(&r))
        return rc;
    rows_again(&r, &row, &v->w.act, s->rev + 1);
    if (to) {
        memcpy(s->from, to->from, sizeof(s->from));
        memcpy(s->to, to->to, sizeof(s->to));
        row_text(&row, "window_from", s->from);
        row_text(&row, "window_to", s->to);
    } else {
        row_int(&row, "withdrawn", 1);
        s->gone = true;
    }
    row_int(&row, "plan_rev", v->w.rev);
    s->touched = true;
    v->written++;
    rc = act_put(&v->w.act, &row, err);
    return rc ? rc : rows_end(&r, err);
}

static bool is_in(const struct standing *s, const char *task, uint32_t round)
{
    return !s->gone && s->round == round && strcmp(s->task, task) == 0;
}

static const struct plan_slot *wanted(const struct plan_round *r, const struct standing *s)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->slot[i].type == s->type && strcmp(r->slot[i].drawer, s->drawer) == 0)
            return &r->slot[i];
    return NULL;
}

/* Slots of a round that are not fixed get the round's window, or end where the round has none for them. */
static enum qn_code move_slots(struct revision *v, const char *task, uint32_t round,
                               const struct plan_round *to, bool drop, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->nslots; i++) {
        struct standing *s = &v->slot[i];
        if (!is_in(s, task, round) || s->fixed)
            continue;
        const struct plan_slot *w = wanted(to, s);
        const struct plan_slot *window = w ? w : !drop && to->n ? &to->slot[0] : NULL;
        if (!window || strcmp(window->from, s->from) != 0 || strcmp(window->to, s->to) != 0)
            rc = revise_slot(v, s, window, err);
    }
    return rc;
}

static enum qn_code add_slots(struct revision *v, const struct plan_task *t, uint32_t round,
                              const struct plan_round *to, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t k = 0; !rc && k < to->n; k++) {
        bool have = false;
        for (size_t i = 0; i < v->nslots; i++)
            have = have || (is_in(&v->slot[i], t->text[P_NO], round) &&
                            v->slot[i].type == to->slot[k].type &&
                            strcmp(v->slot[i].drawer, to->slot[k].drawer) == 0);
        if (!have) {
            v->written++;
            rc = plan_put_slot(&v->w, t->text[P_NO], round, &to->slot[k], t->scope[S_JOINT], err);
        }
    }
    return rc;
}

/* ---- rules ----------------------------------------------------------------------------------------------------------- */

static struct standing_rules *rules_of(struct revision *v, const char *task, uint32_t round,
                                       enum qn_slot_type type)
{
    for (size_t i = 0; i < v->nrules; i++)
        if (v->rules[i].round == round && v->rules[i].type == type &&
            strcmp(v->rules[i].task, task) == 0)
            return &v->rules[i];
    return NULL;
}

/* One type of a round: says whether the text differs, and writes it when asked to. */
static enum qn_code rules_step(struct revision *v, const struct plan_task *t, uint32_t round,
                               enum qn_slot_type type, bool write, bool *differ, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct standing_rules *old = rules_of(v, t->text[P_NO], round, type);
    enum qn_code rc = plan_rules_text(&text, &v->w, t, round, type, err);
    struct qn_span now = qn_buf_span(&text);
    bool same = !rc && old && qn_span_is(now, old->text);
    *differ = *differ || (!rc && !same);
    if (rc || same || !write)
        return rc;
    v->written++;
    return plan_put_rules(&v->w, t->text[P_NO], round, old ? old->id : 0, old ? old->rev + 1 : 1,
                          now, err);
}

static enum qn_code rules_round(struct revision *v, const struct plan_task *t, uint32_t round,
                                bool write, bool *differ, struct qn_err *err)
{
    const struct plan_round *r = &v->round;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < r->n; i++)
        if (i == 0 || r->slot[i].type != r->slot[i - 1].type)
            rc = rules_step(v, t, round, r->slot[i].type, write, differ, err);
    return rc;
}

/* ---- tasks ----------------------------------------------------------------------------------------------------------- */

/* SPEC plans-9: "The rules of a round are one text for all who draw it: they change only while none of its slots has an
 * order" */
static enum qn_code revise_round(struct revision *v, const struct plan_task *t, uint32_t round,
                                 struct qn_err *err)
{
    bool differ = false, fixed = false;
    enum qn_code rc = QN_OK;
    v->round.n = 0;
    if (round <= t->times)
        rc = plan_round_of(&v->round, &v->w, t, round, err);
    for (size_t i = 0; i < v->nslots; i++)
        fixed = fixed || (is_in(&v->slot[i], t->text[P_NO], round) && v->slot[i].fixed);
    if (!rc)
        rc = rules_round(v, t, round, false, &differ, err);
    bool stays = fixed && differ;
    if (!rc && differ && !stays)
        rc = rules_round(v, t, round, true, &differ, err);
    if (!rc)
        rc = move_slots(v, t->text[P_NO], round, &v->round, !stays, err);
    return rc || stays ? rc : add_slots(v, t, round, &v->round, err);
}

/* Whether a row says what stands, its place in the plan's history apart. */
static bool row_same(const struct qn_row *row, struct rows *r)
{
    for (unsigned i = QN_KEY_COLUMNS; i < r->table->ncols; i++) {
        const struct qn_column *c = &r->table->col[i];
        const struct qn_value *now = &row->col[i];
        if (strcmp(c->name, "plan_rev") == 0)
            continue;
        if (rows_null(r, c->name) != (now->type == QN_NULL))
            return false;
        if (now->type != QN_NULL &&
            (c->type == QN_INTEGER ? now->i != rows_int(r, c->name)
                                   : !qn_span_eq(now->s, rows_span(r, c->name))))
            return false;
    }
    return true;
}

static enum qn_code revise_task(struct revision *v, const struct plan_task *t, struct rows *r,
                                struct qn_err *err)
{
    struct qn_row row;
    char from[11], to[11];
    int64_t id = rows_int(r, "id");
    uint32_t rounds = t->times;
    if (!rows_null(r, "withdrawn"))
        return qn_fail(err, QN_DENIED, "plan.dropped-no", "line=%u|task=%s", t->line,
                       t->text[P_NO]);
    plan_task_row(&row, &v->w, t, id, rows_int(r, "rev") + 1, from, to);
    enum qn_code rc = QN_OK;
    if (!row_same(&row, r)) {
        v->written++;
        rc = plan_put(&v->w, &row, t, err);
    }
    for (size_t i = 0; i < v->nslots; i++)
        if (strcmp(v->slot[i].task, t->text[P_NO]) == 0 && v->slot[i].round > rounds)
            rounds = v->slot[i].round;
    for (uint32_t round = 1; !rc && round <= rounds; round++)
        rc = revise_round(v, t, round, err);
    return rc || !v->p->has_items ? rc : plan_put_items(&v->w, t, id, &v->written, err);
}

static enum qn_code drop_task(struct revision *v, struct rows *r, struct qn_err *err)
{
    struct qn_row row;
    const struct plan_round none = {.n = 0};
    char no[33];
    enum qn_code rc = QN_OK;
    if (!rows_null(r, "withdrawn"))
        return QN_OK;
    snprintf(no, sizeof(no), "%s", rows_text(r, "no"));
    rows_again(r, &row, &v->w.act, rows_int(r, "rev") + 1);
    row_int(&row, "withdrawn", 1);
    row_int(&row, "plan_rev", v->w.rev);
    v->written++;
    rc = act_put(&v->w.act, &row, err);
    for (uint32_t round = 1; !rc && round <= 12; round++)
        rc = move_slots(v, no, round, &none, true, err);
    return rc;
}

static const struct plan_task *task_in_file(const struct plan_read *p, const char *no)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->task[i].text[P_NO], no) == 0)
            return &p->task[i];
    return NULL;
}

static enum qn_code revise_tasks(struct revision *v, bool *known, struct qn_err *err)
{
    const struct rows_query q = {.table = "plan_task",
                                 .office = store_self(v->w.st)->office,
                                 .where = {{"plan_id", NULL, v->w.id}},
                                 .nwhere = 1};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, v->w.st, &q, err);
    while (!rc && rows_step(&r)) {
        if (rows_int(&r, "plan_rev") == v->w.rev) /* written by this revision */
            continue;
        const struct plan_task *t = task_in_file(v->p, rows_text(&r, "no"));
        if (t)
            known[t - v->p->task] = true;
        rc = t ? revise_task(v, t, &r, err) : drop_task(v, &r, err);
        if (!rc)
            rc = act_part(&v->w.act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    }
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code add_tasks(struct revision *v, const bool *known, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->p->n; i++) {
        int64_t id;
        unsigned slots = 0;
        if (known[i])
            continue;
        v->written++;
        rc = plan_put_new(&v->w, &v->p->task[i], &id, &slots, err);
        if (!rc)
            rc = plan_put_items(&v->w, &v->p->task[i], id, &v->written, err);
        if (!rc)
            rc = act_part(&v->w.act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    }
    return rc;
}

/* ---- the plan -------------------------------------------------------------------------------------------------------- */

static bool put_field(struct qn_row *row, struct rows *r, const char *column, const char *value)
{
    if (!value || strcmp(value, rows_text(r, column)) == 0)
        return false;
    row_text(row, column, value);
    return true;
}

static enum qn_code revise_plan(struct revision *v, struct qn_err *err)
{
    struct qn_row row;
    uint8_t digest[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    QN_AUTO(rows) struct rows r = {0};
    const struct rows_query q = {
        .table = "plan", .office = store_self(v->w.st)->office, .id = v->w.id, .rev = v->w.rev - 1};
    enum qn_code rc = file_read(&file, v->o->table, PLAN_FILE_MAX, err);
    if (!rc)
        rc = rows_open(&r, v->w.st, &q, err);
    if (rc || !rows_step(&r))
        return rc;
    struct qn_span bytes = qn_buf_span(&file);
    wire_sha256(digest, &bytes, 1);
    rows_again(&r, &row, &v->w.act, v->w.rev);
    v->written += put_field(&row, &r, "doc_no", v->o->doc_no);
    v->written += put_field(&row, &r, "issued_on", v->o->issued_on);
    v->written += put_field(&row, &r, "deadline", v->o->deadline);
    row_blob(&row, "source_digest", digest, sizeof(digest));
    row_text(&row, "reason", v->o->reason);
    rc = plan_put(&v->w, &row, NULL, err);
    return rc ? rc : rows_end(&r, err);
}

/* ---- what is drawn together ------------------------------------------------------------------------------------------ */

static bool joined(const struct standing *a, const struct standing *b)
{
    return !a->gone && !b->gone && a->joint[0] && strcmp(a->joint, b->joint) == 0 &&
           a->round == b->round && a->type == b->type && strcmp(a->drawer, b->drawer) == 0;
}

static enum qn_code check_group(struct revision *v, size_t first, struct qn_err *err)
{
    struct joint_member m[JOINT_MOST + 1];
    size_t n = 0;
    for (size_t i = first; i < v->nslots && n <= JOINT_MOST; i++) {
        const struct standing *s = &v->slot[i];
        const struct standing_rules *r = rules_of(v, s->task, s->round, s->type);
        if (!joined(&v->slot[first], s) || !r)
            continue;
        m[n] = (struct joint_member){.task = s->task, .round = s->round, .rules = r->text};
        memcpy(m[n].from, s->from, sizeof(m[n].from));
        memcpy(m[n++].to, s->to, sizeof(m[0].to));
    }
    return joint_check(v->slot[first].joint, m, n, err);
}

/* As they stand behind the revision: a window that moved may leave a group no day in common. */
static enum qn_code check_groups(struct revision *v, struct qn_err *err)
{
    for (size_t i = 0; i < v->nrules; i++)
        free(v->rules[i].text);
    v->nrules = v->nslots = 0;
    enum qn_code rc = read_rules(v, err);
    if (!rc)
        rc = read_slots(v, err);
    for (size_t i = 0; !rc && i < v->nslots; i++) {
        bool first = v->slot[i].joint[0] && !v->slot[i].gone && !v->slot[i].fixed;
        for (size_t k = 0; first && k < i; k++)
            first = !joined(&v->slot[k], &v->slot[i]);
        if (first)
            rc = check_group(v, i, err);
    }
    return rc;
}

/* ---- the act --------------------------------------------------------------------------------------------------------- */

static enum qn_code write_all(struct revision *v, struct qn_err *err)
{
    bool *known = calloc(v->p->n + 1, sizeof(*known));
    enum qn_code rc = known ? act_begin(&v->w.act, v->w.st, duty_of(DUTY_PLAN_REVISE), v->o->by,
                                        QN_KIND_PLAN, QN_LANE_PLAN, err)
                            : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = act_part(&v->w.act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (!rc)
        rc = revise_plan(v, err);
    if (!rc)
        rc = revise_tasks(v, known, err);
    if (!rc)
        rc = add_tasks(v, known, err);
    free(known);
    if (!rc && !v->written)
        rc = qn_fail(err, QN_CONFLICT, "plan.same", "plan=%s", v->o->plan);
    return rc ? rc : plan_put_journal(&v->w, err);
}

static enum qn_code read_all(struct revision *v, struct qn_err *err)
{
    const struct plan_revise *o = v->o;
    const char *const dates[] = {o->issued_on, o->deadline};
    enum qn_code rc = duty_may(v->w.st, duty_of(DUTY_PLAN_REVISE), o->by, err);
    if (!rc && !(o->reason && *o->reason))
        rc = qn_fail(err, QN_MALFORMED, "records.reason", "value=%s", o->plan);
    for (size_t i = 0; !rc && i < sizeof(dates) / sizeof(dates[0]); i++)
        if (dates[i] && !wire_is_date(qn_str(dates[i])))
            rc = qn_fail(err, QN_MALFORMED, "plan.date", "value=%s", dates[i]);
    if (!rc)
        rc = find_plan(v, err);
    if (!rc)
        rc = plan_read_files(&v->p, v->w.st,
                             &(struct plan_files){o->table, o->scopes, o->use, o->scopes_sheet},
                             v->w.year, err);
    if (!rc && o->deadline)
        memcpy(v->w.deadline, o->deadline, sizeof(v->w.deadline));
    if (!rc)
        rc = plan_find_counties(&v->w, err);
    if (!rc)
        rc = read_rules(v, err);
    return rc ? rc : read_slots(v, err);
}

enum qn_code plan_revise(struct store *st, const struct plan_revise *o, int64_t *rev,
                         struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(revision) struct revision *v = calloc(1, sizeof(*v));
    enum qn_code rc =
        v ? store_signer(st, &keys, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (rc)
        return rc;
    v->o = o;
    v->w.st = st;
    v->w.by = o->by;
    clock_today(st, v->today);
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = read_all(v, err);
    if (!rc)
        rc = write_all(v, err);
    if (!rc)
        rc = check_groups(v, err);
    *rev = v->w.rev;
    if (!rc && o->each)
        rc = plan_changes(st, store_self(st)->office, v->w.id, rev, o->each, o->ctx, err);
    if (!rc && !o->dry_run) /* a plan is public as it is issued */
        rc = record_commit(&v->w.act, &record_task_item, err);
    act_end(&v->w.act);
    return rc || o->dry_run ? rc : tx_commit(&tx, err);
}
