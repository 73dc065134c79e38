/* exception_case.h - a draw after which something happens: by an honest office, or written by hand. */
#ifndef QIAN_TESTS_EXCEPTION_CASE_H
#define QIAN_TESTS_EXCEPTION_CASE_H

#include "tests/unit/draw_case.h"

#include "node/draw/chain.h"
#include "node/draw/dispatch.h"
#include "node/draw/exception.h"
#include "node/draw/supplement.h"

/* supp 2: two successors a slot line. */
static inline struct plan_case with_supp(struct qn_buf *rules, const char *supp)
{
    qn_buf_init(rules, QN_RULES_MAX);
    swap_in(rules, RULES, "supp 0", supp);
    qn_put_uint(rules, 0, 1);
    return (struct plan_case){.rules = (const char *)rules->p};
}

/* Up to the draw, which everyone holds; its id. */
static inline int64_t drawn_at(struct family *f, enum qn_draw_level level, const char *supp)
{
    QN_AUTO(qn_buf) struct qn_buf rules;
    struct plan_case pc = with_supp(&rules, supp);
    const struct order_options o = {.ahead_days = -1, .level = level};
    prepare(f, &pc);
    assert_int_equal(issue(&f->c, &o, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_first(&f->k);
    assert_true(d.drawn);
    settle(f);
    return d.made.id;
}

/* The n-th target of this mode, from 0. */
static inline void target(char out[QN_OBJECT_ID_MAX + 1], struct test_office *o, int64_t draw_id,
                          enum qn_picked mode, size_t n)
{
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, o->st, code_of(o), draw_id, &offices_err));
    for (size_t i = 0; i < r.npicks; i++)
        if (r.pick[i].mode == mode && n-- == 0) {
            assert_true(qn_text_copy(out, QN_OBJECT_ID_MAX + 1, record_object(&r, i)));
            return;
        }
    fail();
}

/* The id of the inspector at a place among those sent to the object, from 0. */
static inline void sent_at(char out[80], struct test_office *o, int64_t draw_id, const char *object,
                           unsigned place)
{
    char all[400];
    sent_to(all, o, code_of(o), draw_id, qn_str(object));
    char *p = all;
    for (; place; place--) {
        p = strchr(p, ';');
        assert_non_null(p);
        p++;
    }
    assert_true(strcspn(p, " ;") > 0);
    snprintf(out, 80, "%.*s", (int)strcspn(p, " ;"), p);
}

static inline void evidence_file(char out[600], struct test_office *o)
{
    snprintf(out, 600, "%s/../record-%s.pdf", o->dir, code_of(o));
    FILE *to = fopen(out, "w");
    assert_non_null(to);
    fputs("%PDF-1.4 the record, signed by both\n", to);
    fclose(to);
}

static inline enum qn_code try_exception(struct exception_made *m, struct test_office *o,
                                         int64_t draw_id, const struct exception_options *given,
                                         struct qn_err *err)
{
    static const char *const usual[] = {
        [QN_EXC_VOID] = "not_found",
        [QN_EXC_ABSENCE] = "sick",
        [QN_EXC_RECUSAL] = "kinship",
        [QN_EXC_REPLACE] = "retired",
        [QN_EXC_APPOINT] = EXC_DIRECT_APPOINTMENT,
        [QN_EXC_RETURN] = "district",
        [QN_EXC_REASSIGN] = "returned",
        [QN_EXC_RECEIVE] = "reassigned",
    };
    char name[DRAW_NAME_MAX], path[600];
    struct exception_options x = *given;
    draw_name(name, code_of(o), draw_id);
    evidence_file(path, o);
    x.draw = x.draw ? x.draw : name;
    x.reason = x.reason ? x.reason : usual[x.kind];
    x.by = x.by ? x.by : "张三";
    if ((x.kind == QN_EXC_VOID || x.kind == QN_EXC_RETURN) && !x.evidence)
        x.evidence = path;
    if (x.evidence && !*x.evidence)
        x.evidence = NULL;
    return exception_record(m, o->st, &x, err);
}

static inline struct exception_made except(struct test_office *o, int64_t draw_id,
                                           enum qn_exc_kind kind, const char *object,
                                           const char *inspector)
{
    struct exception_made m;
    const struct exception_options x = {.kind = kind, .object = object, .inspector = inspector};
    MUST(try_exception(&m, o, draw_id, &x, &offices_err));
    return m;
}

/* Supplements that a parent gives; *why of the last that waits. */
static inline size_t supplement(struct test_office *o, struct qn_err *why)
{
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    size_t issued = 0;
    MUST(supplement_issue(&all, o->st, &(struct order_options){0}, &offices_err));
    for (size_t i = 0; i < all.n; i++) {
        issued += all.at[i].issued;
        if (!all.at[i].issued && why)
            *why = all.at[i].why;
    }
    return issued;
}

/* Draws what is open and is the last outcome. */
static inline struct draw_outcome draw_open(struct test_office *o)
{
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    MUST(draw_run(&all, o->st, NULL, NULL, &offices_err));
    assert_true(all.n > 0);
    return all.at[all.n - 1];
}

/* ---- exceptions that no honest office writes -------------------------------------------------------------------- */

/* An EXC entry with this text, a dispatch row for `next` when sent is given; gives the row's id. */
static inline int64_t write_exception(struct test_office *o, int64_t draw_id,
                                      const struct qn_exc *x, const char *sent)
{
    QN_AUTO(act) struct act a = {0};
    QN_AUTO(qn_buf) struct qn_buf text;
    struct qn_row row;
    qn_buf_init(&text, 4000);
    qn_exc_text(&text, x);
    MUST(act_open(&a, o->st, QN_KIND_EXC, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "draw_exc", id, 1);
    row_int(&row, "draw_id", draw_id);
    row_int(&row, "slot_no", x->slot);
    row_text(&row, "kind", qn_exc_kind_name(x->kind));
    row_text(&row, "object_id", x->object);
    row_span(&row, "text", qn_buf_span(&text));
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    if (sent) {
        struct dispatch d = {.draw_id = draw_id, .slot_no = x->slot, .round = 1};
        if (x->kind == QN_EXC_VOID) {
            strcpy(d.task, "T1");
            strcpy(d.object, x->next);
            strcpy(d.name, "企业");
            strcpy(d.to, code_of(o));
            day(d.window_to, 20);
        } else {
            MUST(dispatch_read(&d, o->st, code_of(o), draw_id, x->slot, x->object, &offices_err));
            d.rev++;
        }
        MUST(dispatch_put(&a, &d, qn_str(sent), &offices_err));
    }
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}

/* A text about a target of this draw, as it should be but for what the caller changes. */
static inline struct qn_exc exception_of(struct test_office *o, int64_t draw_id,
                                         enum qn_exc_kind kind, const char *object,
                                         const char *inspector)
{
    QN_AUTO(record) struct record r = {.rival = false};
    struct qn_exc x = {.kind = kind, .slot = 1, .has_evidence = false};
    MUST(record_read(&r, o->st, code_of(o), draw_id, &offices_err));
    strcpy(x.origin, store_origin(o->st));
    strcpy(x.draw.origin, r.log.origin);
    x.draw.index = r.seq;
    memcpy(x.draw.leaf, r.leaf, QN_HASH);
    strcpy(x.object, object);
    strcpy(x.inspector, inspector ? inspector : "");
    strcpy(x.reason, kind == QN_EXC_VOID ? "not_found" : "sick");
    day(x.date, 0);
    return x;
}
#endif
