/* verify_record.c - verdicts as rows: one VERDICT entry a draw, so that each can be released with its draw. */
#include <string.h>

#include "node/draw/verify.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/tree.h"

#define CODES_MAX 2000 /* bytes of the columns, registry */

struct recorded {
    bool found;
    int64_t id, rev;
    char level[17], outcome[17];
    struct qn_buf codes, not_checked;
};
static void recorded_auto(struct recorded *r)
{
    qn_buf_release(&r->codes);
    qn_buf_release(&r->not_checked);
}

static enum qn_code read_newest(struct recorded *r, struct store *st, const struct verdict *v,
                                struct qn_err *err)
{
    qn_buf_init(&r->codes, CODES_MAX);
    qn_buf_init(&r->not_checked, CODES_MAX);
    QN_AUTO(query) struct query q = query_start(st, SQL_VERDICT_NEWEST);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, v->office);
    q_bind_int(&q, v->draw_id);
    r->found = q_step(&q);
    if (r->found) {
        r->id = q_int(&q, 0);
        r->rev = q_int(&q, 1);
        qn_text_copy(r->level, sizeof(r->level), q_span(&q, 2));
        qn_text_copy(r->outcome, sizeof(r->outcome), q_span(&q, 3));
        qn_put_span(&r->codes, q_span(&q, 4));
        qn_put_span(&r->not_checked, q_span(&q, 5));
    }
    return query_end(&q, err);
}

/* The rivals of this draw's place, each code with the word before it. */
static void add_rivals(struct qn_buf *codes, const struct verify_result *r,
                       const struct verdict *of)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct verdict *v = &r->at[i];
        if (v->about != VERDICT_RIVAL || v->seq != of->seq || strcmp(v->origin, of->origin) != 0)
            continue;
        for (int c = 0; c < V_CODES; c++)
            if (findings_has(&v->f, (enum verdict_code)c))
                qn_put_fmt(codes, "%srival:%s", codes->n ? " " : "",
                           verdict_code_name((enum verdict_code)c));
    }
}

static bool is_alone(const struct verify_result *r, const struct verdict *rival)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].about == VERDICT_DRAW && r->at[i].seq == rival->seq &&
            strcmp(r->at[i].origin, rival->origin) == 0)
            return false;
    return true;
}

static enum qn_code write_one(struct store *st, const struct verify_result *r,
                              const struct verdict *v, bool *written, struct qn_err *err)
{
    QN_AUTO(recorded) struct recorded was = {.found = false};
    QN_AUTO(qn_buf) struct qn_buf codes = {0}, not_checked = {0};
    char today[11];
    qn_buf_init(&codes, CODES_MAX);
    qn_buf_init(&not_checked, CODES_MAX);
    if (v->about == VERDICT_DRAW) {
        findings_codes(&codes, &v->f, CHECK_FOUND);
        findings_codes(&not_checked, &v->f, CHECK_SKIPPED);
    }
    add_rivals(&codes, r, v);
    const char *level = v->shown ? qn_draw_level_name(v->shown) : "unknown";
    /* SPEC verdicts-19: "`verified` only when nothing was found, nothing that it rests on was forgotten and the order was found in the parent's log" */
    const char *outcome = v->about == VERDICT_RIVAL   ? "rival"
                          : codes.n                   ? "disputed"
                          : findings_forgotten(&v->f) ? "forgotten"
                          : v->has_order              ? "verified"
                                                      : "open";
    enum qn_code rc = qn_buf_check(&codes, err);
    if (!rc)
        rc = qn_buf_check(&not_checked, err);
    if (!rc)
        rc = read_newest(&was, st, v, err);
    *written = false;
    if (rc || (was.found && strcmp(was.level, level) == 0 && strcmp(was.outcome, outcome) == 0 &&
               qn_span_eq(qn_buf_span(&was.codes), qn_buf_span(&codes)) &&
               qn_span_eq(qn_buf_span(&was.not_checked), qn_buf_span(&not_checked))))
        return rc;
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    rc = act_begin(&a, st, duty_of(DUTY_VERDICT), NULL, QN_KIND_VERDICT, QN_LANE_DRAW, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, v->office, err);
    if (rc)
        return rc;
    clock_today(st, today);
    row_start(&row, &a, "draw_verdict", was.found ? was.id : act_id(&a),
              was.found ? was.rev + 1 : 1);
    row_text(&row, "draw_office", v->office);
    row_int(&row, "draw_id", v->draw_id);
    row_text(&row, "level", level);
    row_text(&row, "outcome", outcome);
    row_span(&row, "codes", qn_buf_span(&codes));
    row_span(&row, "not_checked", qn_buf_span(&not_checked));
    row_text(&row, "judged_on", today);
    rc = act_put(&a, &row, err);
    *written = true;
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code verify_record(struct store *st, const struct verify_result *r, size_t *recorded,
                           struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    size_t n = 0;
    enum qn_code rc = duty_may(st, duty_of(DUTY_VERDICT), NULL, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    for (size_t i = 0; !rc && i < r->n; i++) {
        const struct verdict *v = &r->at[i];
        bool written,
            wanted = v->about == VERDICT_DRAW || (v->about == VERDICT_RIVAL && is_alone(r, v));
        if (!wanted || !tree_is_above(st, store_self(st)->office, v->office))
            continue;
        rc = write_one(st, r, v, &written, err);
        n += !rc && written;
    }
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        *recorded = n;
    return rc;
}
