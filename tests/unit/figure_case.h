/* figure_case.h - a year small enough to count by hand: a city and two counties, one plan of two tasks, of which one object
 * (S) was drawn by both counties. Rows are written by their owners' acts and carried; the clock is the test's.
 *
 *          county  class  inspected   codes  published                          besides
 *   A      k       A      2021-09-06  R01    2021-09-10, received that week
 *   B      k       B      2021-09-06  R05    -                                  a follow-up with an order, open
 *   S      k       D      2021-09-06  R01    2021-12-01, behind its last day
 *   V      k       B      -                                                     void
 *   Q      k       -      2021-09-06  R01    -                                  equipment of A, in task 2
 *   C      k2      C      2021-09-07  R01    2021-09-20, received in December
 *   S      k2      C      2021-09-07  R05    -                                  no follow-up
 *   W      k2      C      -                                                                                        */
#ifndef QIAN_TESTS_FIGURE_CASE_H
#define QIAN_TESTS_FIGURE_CASE_H

#include "tests/unit/family.h"

#include "node/store/clock.h"
#include "node/work/figure.h"
#include "node/work/record.h"
#include "node/work/workdays_import.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t case_now_ms;

static inline uint64_t case_clock(void *ctx)
{
    (void)ctx;
    return case_now_ms += 1000;
}

static inline void case_day(const char *day)
{
    case_now_ms = (wire_day_start(wire_day(qn_str(day))) + 9 * 3600) * 1000;
}

/* A row of this office under `id` (0: a new one), from "column=value"; what must not be NULL and is not told is empty. */
static inline int64_t case_put(struct test_office *o, const char *name, int64_t id, int64_t rev,
                               const char *const *value)
{
    static const uint8_t zero[QN_HASH];
    const struct qn_table *t = qn_registry_table(store_registry(o->st), qn_str(name));
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    assert_non_null(t);
    MUST(act_open(&a, o->st, QN_KIND_RESULT, t->lane, &offices_err));
    const bool down = t->audience == QN_PUBLIC && store_self(o->st)->level < QN_COUNTY;
    MUST(act_part(&a, t->audience, down ? QN_TO_SUBTREE : QN_TO_OFFICE, NULL, &offices_err));
    if (!id)
        id = act_id(&a);
    row_start(&row, &a, name, id, rev);
    for (unsigned i = QN_KEY_COLUMNS; i < t->ncols; i++) {
        const struct qn_column *c = &t->col[i];
        const char *said = NULL;
        for (const char *const *v = value; *v; v++)
            if (strncmp(*v, c->name, strlen(c->name)) == 0 && (*v)[strlen(c->name)] == '=')
                said = *v + strlen(c->name) + 1;
        if (!said && c->nullable)
            continue;
        if (c->type == QN_INTEGER)
            row_int(&row, c->name, said ? strtoll(said, NULL, 10) : 0);
        else if (c->type == QN_BLOB)
            row_blob(&row, c->name, zero, sizeof(zero));
        else if (said)
            row_text(&row, c->name, said);
        else
            row_span(&row, c->name, qn_str(""));
    }
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}
#define PUT(o, table, ...) case_put(o, table, 0, 1, (const char *const[]){__VA_ARGS__, NULL})

static inline const char *case_text(char out[80], const char *column, int64_t value)
{
    snprintf(out, 80, "%s=%lld", column, (long long)value);
    return out;
}

struct figure_case {
    int64_t plan, draw[3];   /* of k task 1, k2 task 1, k task 2 */
    int64_t result[8], last; /* A, B, S of k, Q, C, S of k2; the follow-up */
};
static struct figure_case fc;

/* The order of the city and the draw of the county that answers it. */
static inline int64_t case_draw(struct family *f, struct test_office *k, const char *task)
{
    char drawer[40], text[40], origin[200], seq[80];
    uint16_t epoch, n;
    uint64_t at;
    snprintf(drawer, sizeof(drawer), "drawer=%s", code_of(k));
    snprintf(text, sizeof(text), "task=%s", task);
    int64_t order = PUT(&f->c, "draw_order", drawer, "issuer=1406", "series=2021", text, "round=1",
                        "type=both");
    qn_row_id_split(order, &epoch, &at, &n);
    snprintf(origin, sizeof(origin), "order_origin=%s", store_origin(f->c.st));
    return PUT(k, "draw_result", origin, case_text(seq, "order_seq", (int64_t)at));
}

static inline void case_object(struct test_office *o, const char *object, const char *risk,
                               const char *code, const char *roster)
{
    char id[64], c[64], r[40], v[40];
    snprintf(id, sizeof(id), "object_id=%s", object);
    snprintf(c, sizeof(c), "uscc=%s", code);
    snprintf(r, sizeof(r), "risk_class=%s", risk);
    snprintf(v, sizeof(v), "roster=%s", roster);
    PUT(o, "object", id, r, c, v, "status=in_business");
}

static inline void case_dispatch(struct test_office *o, int64_t draw, const char *task,
                                 const char *object)
{
    char d[80], t[40], id[80], name[80], to[40];
    snprintf(t, sizeof(t), "task=%s", task);
    snprintf(id, sizeof(id), "object_id=%s", object);
    snprintf(name, sizeof(name), "object_name=%s", object);
    snprintf(to, sizeof(to), "inspecting_office=%s", code_of(o));
    PUT(o, "dispatch", case_text(d, "draw_id", draw), "slot_no=1", t, "round=1", id, name, to,
        "window_to=2021-12-20");
}

static inline int64_t case_result(struct test_office *o, int64_t draw, const char *task,
                                  const char *object, const char *on, const char *codes)
{
    char d[80], t[40], id[80], day[40], code[40], office[40];
    snprintf(t, sizeof(t), "task=%s", task);
    snprintf(id, sizeof(id), "object_id=%s", object);
    snprintf(day, sizeof(day), "completed_on=%s", on);
    snprintf(code, sizeof(code), "codes=%s", codes);
    snprintf(office, sizeof(office), "draw_office=%s", code_of(o));
    return PUT(o, "inspection_result", office, case_text(d, "draw_id", draw), t, "round=1", id, day,
               code);
}

static inline void case_publish(struct test_office *o, int64_t result, const char *on)
{
    char id[80], day[40], office[40];
    snprintf(office, sizeof(office), "result_office=%s", code_of(o));
    snprintf(day, sizeof(day), "published_on=%s", on);
    PUT(o, "publication", office, case_text(id, "result_id", result), "result_rev=1",
        "channel=website", day);
}

static inline void case_up(struct family *f)
{
    carry(&f->k, &f->c);
    carry(&f->k2, &f->c);
    carry(&f->c, &f->p);
}

#define E(x) "E:91140600MA000000" x "0"
static inline void case_drawn(struct family *f)
{
    static const char *const codes[] = {"code=R01", "flags=", "code=R05", "flags=issue"};
    struct workdays_imported got;
    const struct workdays_import in = {.path = "tests/data/workdays-cn.json", .by = "李四"};
    MUST(workdays_import(f->p.st, &in, &got, &offices_err));
    for (size_t i = 0; i < COUNT(codes); i += 2)
        PUT(&f->p, "code", "list=result", codes[i], codes[i + 1]);
    carry(&f->p, &f->c);
    fc.plan = PUT(&f->c, "plan", "series=2021", "title=计划", "doc_no=26", "issued_on=2021-03-05",
                  "year=2021", "deadline=2021-12-20", "publication_days=20",
                  "publication_clock=inspection_completed", "coverage_num=10", "coverage_den=100");
    char plan[80];
    case_text(plan, "plan_id", fc.plan);
    PUT(&f->c, "plan_task", plan, "no=1", "name=甲", "departments=税务局", "window_from=2021-04-01",
        "window_to=2021-12-20");
    PUT(&f->c, "plan_task", plan, "no=2", "name=乙", "window_from=2021-04-01",
        "window_to=2021-12-20");
    case_object(&f->k, E("A"), "A", "", "1");
    case_object(&f->k, E("B"), "B", "", "1");
    case_object(&f->k, E("S"), "D", "", "1");
    case_object(&f->k, E("V"), "B", "", "1");
    case_object(&f->k, "Q:123", "", E("A") + 2, "1");
    case_object(&f->k2, E("C"), "C", "", "1");
    case_object(&f->k2, E("S"), "C", "", "1");
    case_object(&f->k2, E("W"), "C", "", "1");
    PUT(&f->k, "draw_freeze", "roster=1");
    PUT(&f->k2, "draw_freeze", "roster=1");
    fc.draw[0] = case_draw(f, &f->k, "1");
    fc.draw[1] = case_draw(f, &f->k2, "1");
    fc.draw[2] = case_draw(f, &f->k, "2");
    case_dispatch(&f->k, fc.draw[0], "1", E("A"));
    case_dispatch(&f->k, fc.draw[0], "1", E("B"));
    case_dispatch(&f->k, fc.draw[0], "1", E("S"));
    case_dispatch(&f->k, fc.draw[0], "1", E("V"));
    case_dispatch(&f->k, fc.draw[2], "2", "Q:123");
    case_dispatch(&f->k2, fc.draw[1], "1", E("C"));
    case_dispatch(&f->k2, fc.draw[1], "1", E("S"));
    case_dispatch(&f->k2, fc.draw[1], "1", E("W"));
    /* What the province says of A later does not change what was drawn. */
    case_object(&f->k, E("A"), "D", "", "2");
}

static inline void case_exception(struct test_office *o, int64_t draw, const char *object,
                                  const char *kind, const char *reason)
{
    char d[80], id[80], k[40], r[60];
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    (void)case_text(d, "draw_id", draw);
    snprintf(id, sizeof(id), "%s", object);
    snprintf(k, sizeof(k), "%s", kind);
    snprintf(r, sizeof(r), "%s", reason);
    MUST(act_open(&a, o->st, QN_KIND_EXC, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "draw_exc", act_id(&a), 1);
    row_int(&row, "draw_id", draw);
    row_int(&row, "slot_no", 1);
    row_text(&row, "kind", k);
    row_text(&row, "object_id", id);
    row_text(&row, "text", "-");
    row_text(&row, "acted_by", "李四");
    row_text(&row, "recorded_on", "2021-09-05T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "draw_exc_reason", act_id(&a), 1);
    row_int(&row, "draw_id", draw);
    row_text(&row, "kind", k);
    row_text(&row, "reason", r);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static inline void case_followed(struct family *f)
{
    char result[80], follow[80];
    fc.last = PUT(&f->k, "follow_up", "result_office=140602",
                  case_text(result, "result_id", fc.result[1]), "result_rev=1", "disposal=D03",
                  "opened_on=2021-09-08");
    case_text(follow, "follow_up_id", fc.last);
    PUT(&f->k, "correction_order", follow, "doc_no=1", "issued_on=2021-09-08", "due_on=2021-09-30");
    PUT(&f->k, "case_file", follow, "outcome=filed", "doc_no=2", "filed_on=2021-09-09");
    PUT(&f->k, "case_file", follow, "outcome=not_filed", "note=情节轻微");
    PUT(&f->k, "transfer", follow, "receiver_kind=police", "receiver=公安", "doc_no=3",
        "sent_on=2021-09-09");
}

/* The whole year, carried up as it went. */
static inline void case_year(struct family *f)
{
    case_day("2021-09-01");
    case_drawn(f);
    case_up(f);
    case_exception(&f->k, fc.draw[0], E("V"), "void", "closed");
    case_exception(&f->k, fc.draw[0], E("A"), "absence", "sick");
    case_exception(&f->k, fc.draw[0], E("B"), "appoint", "direct_appointment");
    case_exception(&f->k2, fc.draw[1], E("C"), "appoint", "neighbour_pool");
    case_day("2021-09-08");
    fc.result[0] = case_result(&f->k, fc.draw[0], "1", E("A"), "2021-09-06", "R01");
    fc.result[1] = case_result(&f->k, fc.draw[0], "1", E("B"), "2021-09-06", "R05");
    fc.result[2] = case_result(&f->k, fc.draw[0], "1", E("S"), "2021-09-06", "R01");
    fc.result[3] = case_result(&f->k, fc.draw[2], "2", "Q:123", "2021-09-06", "R01");
    fc.result[4] = case_result(&f->k2, fc.draw[1], "1", E("C"), "2021-09-07", "R01");
    fc.result[5] = case_result(&f->k2, fc.draw[1], "1", E("S"), "2021-09-07", "R05");
    case_followed(f);
    case_day("2021-09-10");
    case_publish(&f->k, fc.result[0], "2021-09-10");
    case_day("2021-09-12");
    case_up(f);
    char draw[80];
    PUT(&f->c, "draw_verdict", "draw_office=140622", case_text(draw, "draw_id", fc.draw[1]),
        "outcome=disputed");
    case_day("2021-12-02");
    case_publish(&f->k, fc.result[2], "2021-12-01");
    case_publish(&f->k2, fc.result[4], "2021-09-20");
    case_up(f);
}

static inline int case_setup(void **state)
{
    static const struct store_world world = {.now_ms = case_clock};
    struct family *f = calloc(1, sizeof(*f));
    offices_init(&f->all);
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    office_make(&f->k2, &f->all, &f->c, "140622", QN_COUNTY);
    struct test_office *all[] = {&f->p, &f->c, &f->k, &f->k2};
    for (size_t i = 0; i < COUNT(all); i++) {
        store_close(all[i]->st);
        MUST(store_open_in(&all[i]->st, all[i]->dir, STORE_OPEN, &world, &offices_err));
        store_lend_keys(all[i]->st, all[i]->keys);
    }
    case_year(f);
    *state = f;
    return 0;
}

#endif
