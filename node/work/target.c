#include "node/work/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/work/record.h"
#include "node/work/result.h"
#include "qian/rules.h"

static const char *self(struct store *st)
{
    const struct qn_cert *cert = store_self(st);
    return cert ? cert->office : "";
}

/* ---- found ------------------------------------------------------------------------------------------------------------ */

/* "3" or "3/1", as the list of tasks says it. */
static bool is_task(const char *wanted, struct qn_span task, int64_t round)
{
    char full[64];
    snprintf(full, sizeof(full), "%.*s/%lld", (int)task.n, (const char *)task.p, (long long)round);
    return !wanted || !*wanted || qn_span_is(task, wanted) || strcmp(full, wanted) == 0;
}

static void take(struct target *t, struct query *q, const char *object)
{
    t->slot = q_int(q, 0);
    t->round = q_int(q, 2);
    t->is_void = q_int(q, 5) == 1;
    t->is_returned = q_int(q, 5) == 2;
    t->result = q_int(q, 6);
    qn_text_copy(t->task, sizeof(t->task), q_span(q, 1));
    qn_text_copy(t->name, sizeof(t->name), q_span(q, 3));
    qn_text_copy(t->inspectors, sizeof(t->inspectors), q_span(q, 4));
    qn_text_copy(t->result_office, sizeof(t->result_office), q_span(q, 7));
    qn_text_copy(t->object, sizeof(t->object), qn_str(object));
}

/* In a joint draw one object is a target of several tasks, each with a result of its own. */
enum qn_code target_named(struct target *t, struct store *st, const char *draw, const char *object,
                          const char *task, struct qn_err *err)
{
    char tasks[200] = "";
    unsigned n = 0;
    *t = (struct target){.slot = 0};
    enum qn_code rc = result_name(draw, t->office, &t->draw, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_ROWS);
    q_bind_text(&q, self(st));
    q_bind_text(&q, t->office);
    q_bind_int(&q, t->draw);
    q_bind_text(&q, object);
    while (q_step(&q)) {
        if (!is_task(task, q_span(&q, 1), q_int(&q, 2)))
            continue;
        size_t used = strlen(tasks);
        snprintf(tasks + used, sizeof(tasks) - used, "%s%s/%lld", n ? ", " : "", q_text(&q, 1),
                 (long long)q_int(&q, 2));
        if (!n++)
            take(t, &q, object);
    }
    rc = query_end(&q, err);
    if (!rc && n > 1)
        rc = qn_fail(err, QN_MALFORMED, "result.which-task", "object=%s|tasks=%s", object, tasks);
    return rc || n ? rc
                   : qn_fail(err, QN_ABSENT, "result.no-target", "draw=%s|object=%s", draw, object);
}

/* A failed read is a no: the write that asked for it fails by itself. */
static bool found(struct query *q)
{
    struct qn_err why;
    bool yes = q_step(q);
    return query_end(q, &why) == QN_OK && yes;
}

bool target_is_ours(struct store *st, const char *object)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_OURS);
    q_bind_text(&q, self(st));
    q_bind_text(&q, object);
    return found(&q);
}

bool target_of_draw(struct store *st, const char *draw, const char *object)
{
    char office[QN_CODE_MAX + 1];
    int64_t id;
    struct qn_err why;
    if (record_name(draw, st, office, &id, &why))
        return false;
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_OF_DRAW);
    q_bind_text(&q, self(st));
    q_bind_text(&q, object);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    return found(&q);
}

enum qn_code target_task_name(char out[401], struct store *st, const struct target *t,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_TASK_NAME);
    q_bind_text(&q, t->office);
    q_bind_int(&q, t->draw);
    q_bind_text(&q, t->task);
    bool named = q_step(&q) && qn_text_copy(out, 401, q_span(&q, 0));
    if (!named)
        snprintf(out, 401, "%s", t->task);
    return query_end(&q, err);
}

/* ---- how often a year ------------------------------------------------------------------------------------------------- */

enum qn_code target_cap(unsigned *cap, struct store *st, const char *object, const char *day,
                        struct qn_err *err)
{
    struct qn_rules *rules = malloc(sizeof(*rules));
    if (!rules)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *cap = 0;
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_RULES);
        q_bind_text(&q, self(st));
        q_bind_text(&q, object);
        q_bind_int(&q, strtol(day, NULL, 10));
        while (q_step(&q)) {
            struct qn_err
                why; /* rules that do not parse limit nothing; the verdicts tell of them */
            if (qn_rules_parse(rules, q_span(&q, 0), &why) == QN_OK && rules->has_cap &&
                (!*cap || rules->cap < *cap))
                *cap = rules->cap;
        }
        rc = query_end(&q, err);
    }
    free(rules);
    return rc;
}

enum qn_code target_visited(unsigned *days, struct store *st, const char *object, const char *day,
                            struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_VISITED);
    q_bind_text(&q, self(st));
    q_bind_text(&q, object);
    q_bind_text(&q, day);
    *days = q_step(&q) ? q_u32(&q, 0) : 0;
    return query_end(&q, err);
}

/* ---- states ------------------------------------------------------------------------------------------------------------ */

struct standing {
    char office[QN_CODE_MAX + 1]; /* of its result */
    int64_t result;               /* 0: none */
    bool published, notified;
    char review[20], answer[20];
};

static enum qn_code read_standing(struct standing *s, struct store *st, const struct target *t,
                                  struct qn_err *err)
{
    *s = (struct standing){.result = 0};
    QN_AUTO(query) struct query q = query_start(st, SQL_TARGET_STANDING);
    q_bind_text(&q, self(st));
    q_bind_text(&q, t->office);
    q_bind_int(&q, t->draw);
    q_bind_text(&q, t->task);
    q_bind_int(&q, t->round);
    q_bind_text(&q, t->object);
    if (q_step(&q)) {
        qn_text_copy(s->office, sizeof(s->office), q_span(&q, 0));
        s->result = q_int(&q, 1);
        s->published = q_int(&q, 2);
        snprintf(s->review, sizeof(s->review), "%s", q_text(&q, 3));
        snprintf(s->answer, sizeof(s->answer), "%s", q_text(&q, 4));
        s->notified = q_int(&q, 5);
    }
    return query_end(&q, err);
}

/* "follow_up" while one is open, "closed" when all are, else what stood. */
static enum qn_code follow_ups(char out[TARGET_STATE], struct store *st, const struct standing *s,
                               struct qn_err *err)
{
    const struct record_type *type = record_type("follow_up");
    unsigned all = 0, closed = 0;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_FOLLOW_UPS_OF);
    q_bind_text(&q, s->office);
    q_bind_int(&q, s->result);
    for (; !rc && q_step(&q); all++) {
        char state[RECORD_STATE];
        rc = record_state(state, st, type, q_text(&q, 0), q_int(&q, 1), err);
        closed += strcmp(state, "closed") == 0;
    }
    if (all)
        snprintf(out, TARGET_STATE, "%s", closed == all ? "closed" : "follow_up");
    enum qn_code end = query_end(&q, err);
    return rc ? rc : end;
}

/* SPEC visits-17: "the first that applies" */
enum qn_code target_state(char out[TARGET_STATE], struct store *st, const struct target *t,
                          struct qn_err *err)
{
    struct standing s;
    enum qn_code rc = read_standing(&s, st, t, err);
    if (rc)
        return rc;
    const char *state = s.published                                      ? "published"
                        : s.result && !strcmp(s.review, "sent_back")     ? "sent_back"
                        : s.result && *s.review                          ? "reviewed"
                        : s.result                                       ? "recorded"
                        : t->is_void                                     ? "void"
                        : t->is_returned                                 ? "returned"
                        : *s.answer && strcmp(s.answer, "accepted") != 0 ? s.answer
                        : s.notified                                     ? "notified"
                        : *s.answer                                      ? "accepted"
                                                                         : "waiting";
    snprintf(out, TARGET_STATE, "%s", state);
    return s.published ? follow_ups(out, st, &s, err) : QN_OK;
}
