/* publish_family.h - a province, a city and two counties with one plan: draws, results, releases, all real.
 * Every private column holds the word CANARY, so that a test can look for it in what is public.              */
#ifndef QIAN_TESTS_PUBLISH_FAMILY_H
#define QIAN_TESTS_PUBLISH_FAMILY_H

#include "tests/unit/family.h"

#include "node/draw/freeze.h"
#include "node/draw/order.h"
#include "node/draw/release.h"
#include "node/draw/run.h"
#include "node/draw/verify.h"
#include "node/publish/check.h"
#include "node/publish/owner.h"
#include "node/publish/publication.h"
#include "node/publish/site.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "qian/uscc.h"

#define OBJECTS 40

static inline void object_id(char out[32], const struct test_office *o, int i)
{
    char prefix[40], code[QN_USCC + 1];
    snprintf(prefix, sizeof(prefix), "91%.6sMA00000%02u", code_of(o), (unsigned)i % 100);
    assert_true(qn_uscc_make(code, prefix));
    snprintf(out, 32, "E:%s", code);
}

static inline void release_seq(struct test_office *o, uint64_t seq)
{
    MUST(release_own(o->st, duty_of(DUTY_PUBLISH), NULL, &(struct release_ref){.seq = seq}, 1, &offices_err));
}

static inline void days_from_today(char out[11], int days)
{
    char today[11];
    clock_today(NULL, today);
    wire_day_text(wire_day(qn_str(today)) + days, out);
}

/* ---- codes, plan -------------------------------------------------------------------------------- */

static inline void make_codes(struct test_office *p)
{
    static const char *const codes[][3] = {{"R01", "未发现问题", ""},
                                           {"R05", "发现问题已责令改正", "issue"}};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    uint64_t seq;
    MUST(act_open(&a, p->st, QN_KIND_TABLES, QN_LANE_CONTROL, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
    for (size_t i = 0; i < 2; i++) {
        row_start(&row, &a, "code", act_id(&a), 1);
        row_text(&row, "list", "result");
        row_text(&row, "code", codes[i][0]);
        row_text(&row, "name_zh", codes[i][1]);
        row_text(&row, "name_en", codes[i][0]);
        row_text(&row, "flags", codes[i][2]);
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_commit(&a, &seq, NULL, &offices_err));
    release_seq(p, seq);
}

static inline void put_task(struct act *a, int64_t plan, const char *no,
                            const char *const drawers[2])
{
    struct qn_row row;
    char from[11], to[11], text[1000];
    days_from_today(from, -30);
    days_from_today(to, 30);
    row_start(&row, a, "plan_task", act_id(a), 1);
    row_int(&row, "plan_id", plan);
    row_text(&row, "no", no);
    row_text(&row, "name", no[0] == '1' ? "计量器具抽查" : "广告<b>抽查</b>");
    row_text(&row, "draw_type", "定向");
    row_text(&row, "items", "抽查内容");
    row_text(&row, "object_scope", "企业");
    row_text(&row, "quantity_text", "不低于10%");
    row_text(&row, "window_text", "4月-11月");
    row_text(&row, "window_from", from);
    row_text(&row, "window_to", to);
    row_text(&row, "inspecting_levels", "county");
    row_text(&row, "note", "CANARY");
    MUST(act_put(a, &row, &offices_err));
    snprintf(text, sizeof(text),
             "draw-rules/1\nslot 1406 2021 %s 1\ntype both\npopulation true\nstratum 1 1/2 1 "
             "eq(class,4)\n"
             "stratum 2 1/5 0 true\ntotal -\nmust 1\nexclude 64\ncap 3\nrole 1 2 -\npool 2\nload "
             "-\nage 30\n"
             "witness 24\nreturn 10\nsupp 2\nlevel offline\n",
             no);
    row_start(&row, a, "slot_rules", act_id(a), 1);
    row_int(&row, "plan_id", plan);
    row_text(&row, "task", no);
    row_int(&row, "round", 1);
    row_text(&row, "rules", text);
    MUST(act_put(a, &row, &offices_err));
    for (size_t i = 0; i < 2; i++) {
        row_start(&row, a, "slot", act_id(a), 1);
        row_int(&row, "plan_id", plan);
        row_text(&row, "task", no);
        row_int(&row, "round", 1);
        row_text(&row, "type", "both");
        row_text(&row, "drawer", drawers[i]);
        row_text(&row, "window_from", from);
        row_text(&row, "window_to", to);
        MUST(act_put(a, &row, &offices_err));
    }
}

static inline void make_plan(struct family *f)
{
    static const uint8_t digest[QN_HASH] = {0};
    const char *const drawers[2] = {code_of(&f->k), code_of(&f->k2)};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    uint64_t seq;
    MUST(act_open(&a, f->c.st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "plan", id, 1);
    row_text(&row, "series", "2021");
    row_text(&row, "title", "2021年度双随机抽查工作计划");
    row_text(&row, "doc_no", "市监〔2021〕26号");
    row_text(&row, "issued_on", "2021-03-05");
    row_int(&row, "year", 2021);
    row_text(&row, "deadline", "2021-12-20");
    row_int(&row, "publication_days", 20);
    row_text(&row, "publication_clock", "inspection_completed");
    row_blob(&row, "source_digest", digest, sizeof(digest));
    row_text(&row, "reason", "CANARY");
    MUST(act_put(&a, &row, &offices_err));
    put_task(&a, id, "1", drawers);
    put_task(&a, id, "2", drawers);
    MUST(act_commit(&a, &seq, NULL, &offices_err));
    release_seq(&f->c, seq);
}

/* ---- roster ------------------------------------------------------------------------------------- */

static inline void acted(struct qn_row *row)
{
    row_text(row, "acted_by", "CANARY");
    row_text(row, "recorded_on", "2021-08-01T09:00:00");
}

static inline void put_object(struct act *a, const struct test_office *o, int i)
{
    char id[32], name[64];
    struct qn_row row;
    object_id(id, o, i);
    snprintf(name, sizeof(name), "企业%02d有限公司", i);
    row_start(&row, a, "object", act_id(a), 1);
    row_int(&row, "roster", 1);
    row_text(&row, "object_id", id);
    row_text(&row, "name", name);
    row_text(&row, "address", "CANARY");
    row_text(&row, "inspecting_office", code_of(o));
    row_text(&row, "tags", "");
    row_text(&row, "status", "in_business");
    row_text(&row, "risk_class", i % 4 == 0 ? "D" : "B");
    row_int(&row, "complaints", i);
    row_int(&row, "inspected_this_year", 0);
    acted(&row);
    MUST(act_put(a, &row, &offices_err));
}

/* What an office above says about an object, without which the mark is one that nobody authorised (roster-19). */
static inline void put_ground(struct act *a, const struct test_office *drawer, int i, int kind,
                              int reason)
{
    char id[32];
    struct qn_row row;
    object_id(id, drawer, i);
    row_start(&row, a, "mark_basis", act_id(a), 1);
    row_text(&row, "drawer", code_of(drawer));
    row_text(&row, "object_id", id);
    row_int(&row, "kind", kind);
    row_int(&row, "reason_code", reason);
    row_text(&row, "scope", "");
    row_text(&row, "title", "转办");
    row_text(&row, "doc_no", "12");
    row_text(&row, "given_on", "2021-08-15");
    acted(&row);
    MUST(act_put(a, &row, &offices_err));
}

static inline void put_mark(struct act *a, const struct test_office *o, int i, int kind, int reason,
                            const uint8_t source[QN_HASH])
{
    char id[32];
    struct qn_row row;
    object_id(id, o, i);
    row_start(&row, a, "mark", act_id(a), 1);
    row_int(&row, "roster", 1);
    row_text(&row, "object_id", id);
    row_int(&row, "kind", kind);
    row_int(&row, "reason_code", reason);
    row_text(&row, "scope", "");
    row_blob(&row, "source", source, QN_HASH);
    row_int(&row, "active", 1);
    acted(&row);
    MUST(act_put(a, &row, &offices_err));
}

/* Object 0 is a must, object 1 is excluded, by a document of the office above. */
static inline void make_roster(struct test_office *above, struct test_office *o)
{
    static const uint8_t root[QN_HASH] = {1};
    uint8_t source[QN_HASH];
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, above->st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, code_of(o), &offices_err));
    put_ground(&a, o, 0, 1, 1);
    put_ground(&a, o, 1, 2, 64);
    MUST(act_commit(&a, NULL, source, &offices_err));
    MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    for (int i = 0; i < OBJECTS; i++)
        put_object(&a, o, i);
    put_mark(&a, o, 0, 1, 1, source);
    put_mark(&a, o, 1, 2, 64, source);
    for (int i = 0; i < 6; i++) {
        char id[32];
        snprintf(id, sizeof(id), "%s/JS%03d", code_of(o), i);
        row_start(&row, &a, "inspector", act_id(&a), 1);
        row_int(&row, "roster", 1);
        row_text(&row, "insp_id", id);
        row_text(&row, "name", "CANARY");
        row_text(&row, "cert_no", "CANARY");
        row_text(&row, "quals", "");
        row_text(&row, "status", "active");
        row_int(&row, "available", 1);
        row_int(&row, "load0", 0);
        acted(&row);
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    MUST(act_open(&a, o->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", 1);
    row_int(&row, "entries", 1);
    row_int(&row, "rows", OBJECTS + 8);
    row_blob(&row, "root", root, sizeof(root));
    acted(&row);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

/* ---- draws and results -------------------------------------------------------------------------- */

static inline void sync_all(struct family *f)
{
    carry(&f->k, &f->c);
    carry(&f->k2, &f->c);
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    carry(&f->c, &f->k2);
}

static inline void draw_all(struct family *f)
{
    struct freeze_made z;
    make_codes(&f->p);
    make_plan(f);
    make_roster(&f->c, &f->k);
    make_roster(&f->c, &f->k2);
    MUST(freeze_make(&z, f->k.st, &offices_err));
    MUST(freeze_make(&z, f->k2.st, &offices_err));
    sync_all(f);
    sync_all(f);
    QN_AUTO(order_outcomes) struct order_outcomes orders = {0};
    MUST(order_issue(&orders, f->c.st,
                     &(struct order_options){.level = QN_WITNESSED, .ahead_days = -1},
                     &offices_err));
    for (size_t i = 0; i < orders.n; i++)
        if (!orders.at[i].issued)
            fail_msg("order %s: %s %s", orders.at[i].slot, orders.at[i].why.id,
                     orders.at[i].why.args);
    assert_int_equal(orders.n, 4);
    sync_all(f);
    struct test_office *const county[2] = {&f->k, &f->k2};
    for (size_t k = 0; k < 2; k++) {
        QN_AUTO(draw_outcomes) struct draw_outcomes draws = {0};
        MUST(draw_run(&draws, county[k]->st, NULL, NULL, &offices_err));
        assert_int_equal(draws.n, 2);
        for (size_t i = 0; i < draws.n; i++)
            if (!draws.at[i].drawn)
                fail_msg("draw %s: %s %s", draws.at[i].slot, draws.at[i].why.id,
                         draws.at[i].why.args);
    }
    sync_all(f);
    sync_all(f);
}

/* The draw of a task: its result row. */
static inline int64_t draw_of(struct test_office *o, const char *task)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "SELECT r.id FROM draw_result r JOIN draw_order d ON r.order_seq = (d.id >> 16) & ((1 "
             "<< 35) - 1) "
             "WHERE d.task = '%s' AND d.drawer = '%s' AND r.office = '%s'",
             task, code_of(o), code_of(o));
    return count(o, sql);
}

static inline void draw_text(char out[64], struct test_office *o, const char *task)
{
    char id[40];
    qn_row_id_text(id, draw_of(o, task));
    snprintf(out, 64, "%s:%s", code_of(o), id);
}

/* Calls `take` with every selected object of a draw, ascending. */
static inline size_t selected(struct test_office *o, int64_t draw, char out[][32], size_t max)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT object_id FROM draw_selected WHERE office = ?1 AND draw_id = ?2 "
                           "ORDER BY object_id",
                           -1, &q, NULL),
        SQLITE_OK);
    sqlite3_bind_text(q, 1, code_of(o), -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, draw);
    while (sqlite3_step(q) == SQLITE_ROW && n < max)
        snprintf(out[n++], 32, "%s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* Who was sent to an object: "140602/JS001 CANARY;...". */
static inline void sent_to(char out[400], struct test_office *o, int64_t draw, const char *object)
{
    QN_AUTO(query) struct query q = query_start(o->st, SQL_DISPATCH_OF);
    q_bind_text(&q, code_of(o));
    q_bind_int(&q, draw);
    out[0] = 0;
    while (q_step(&q))
        if (qn_span_is(q_span(&q, 0), object))
            assert_true(qn_text_copy(out, 400, q_span(&q, 4)));
}

/* One result; id 0 makes a new one, else a further revision. */
static inline int64_t write_result(struct test_office *o, int64_t id, int64_t rev, int64_t draw,
                                   const char *task, const char *object, const char *name,
                                   const char *codes)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char today[11], sent[400];
    clock_today(NULL, today);
    sent_to(sent, o, draw, object);
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    if (!id)
        id = act_id(&a);
    row_start(&row, &a, "inspection_result", id, rev);
    row_text(&row, "draw_office", code_of(o));
    row_int(&row, "draw_id", draw);
    row_text(&row, "task", task);
    row_int(&row, "round", 1);
    row_text(&row, "object_id", object);
    row_text(&row, "object_name", name);
    row_text(&row, "completed_on", today);
    row_text(&row, "codes", codes);
    row_text(&row, "result_text", strcmp(codes, "R01") == 0 ? "未发现问题" : "发现问题已责令改正");
    row_text(&row, "reason", rev > 1 ? "录入<i>有误</i>" : NULL);
    MUST(act_put(&a, &row, &offices_err));
    int64_t item = act_id(&a);
    row_start(&row, &a, "item_result", item, 1);
    row_int(&row, "inspection_id", id);
    row_int(&row, "inspection_rev", rev);
    row_text(&row, "name", rev > 1 ? "事项<i>更正</i>" : "事项<i>原来</i>");
    row_text(&row, "codes", codes);
    row_text(&row, "result_text", strcmp(codes, "R01") == 0 ? "未发现问题" : "发现问题已责令改正");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "inspection", id, rev);
    row_text(&row, "draw_office", code_of(o));
    row_int(&row, "draw_id", draw);
    row_int(&row, "slot_no", 1);
    row_text(&row, "object_id", object);
    row_text(&row, "inspectors", sent);
    row_text(&row, "started", today);
    row_text(&row, "completed", today);
    int64_t visit = act_id(&a);
    row_int(&row, "visit_id", visit);
    acted(&row);
    MUST(act_put(&a, &row, &offices_err));
    row_start(&row, &a, "visit", visit, 1);
    row_text(&row, "object_id", object);
    row_text(&row, "inspectors", sent);
    row_text(&row, "started", today);
    row_text(&row, "completed", today);
    row_text(&row, "method", "现场检查");
    row_text(&row, "signature", "refused");
    static const char *const personal[] = {"experts", "place",   "representative", "refusal",
                                           "witness", "advice", "over_cap"};
    for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
        row_text(&row, personal[i], "CANARY");
    acted(&row);
    MUST(act_put(&a, &row, &offices_err));
    row_start(&row, &a, "item_finding", item, 1);
    row_int(&row, "inspection_id", id);
    row_int(&row, "inspection_rev", rev);
    row_text(&row, "problem", "CANARY");
    acted(&row);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}

/* Every target of the draw is inspected; every third has a problem. */
static inline size_t inspect_all(struct test_office *o, const char *task)
{
    char object[OBJECTS][32], name[64];
    int64_t draw = draw_of(o, task);
    size_t n = selected(o, draw, object, OBJECTS);
    assert_true(n > 4);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%s有限公司", object[i]);
        write_result(o, 0, 1, draw, task, object[i], name, i % 3 == 0 ? "R05" : "R01");
    }
    return n;
}

static inline void release_task(struct test_office *o, const char *task)
{
    QN_AUTO(release_outcomes) struct release_outcomes out = {0};
    MUST(draw_release(&out, o->st, draw_of(o, task), false, &offices_err));
    assert_int_equal(out.n, 1);
    if (!out.at[0].released)
        fail_msg("release: %s %s", out.at[0].why.id, out.at[0].why.args);
}

/* Task 1 of county k goes all the way; its task 2 stays sealed, and so does all of k2. */
static inline int published_setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    struct published p;
    draw_all(f);
    inspect_all(&f->k, "1");
    release_task(&f->k, "1");
    MUST(publish_results(&p, f->k.st, NULL, &offices_err));
    char object[OBJECTS][32];
    selected(&f->k, draw_of(&f->k, "1"), object, OBJECTS);
    write_result(&f->k, count(&f->k, "SELECT min(id) FROM inspection_result"), 2,
                 draw_of(&f->k, "1"), "1", object[0], "更正后的名称", "R01");
    MUST(publish_results(&p, f->k.st, NULL, &offices_err));
    assert_int_equal(p.corrected, 1);
    sync_all(f);
    QN_AUTO(verify) struct verify_result v = {0};
    size_t recorded;
    MUST(verify_run(&v, f->p.st, NULL, 0, NULL, &offices_err));
    MUST(verify_record(f->p.st, &v, &recorded, &offices_err));
    assert_int_equal(recorded, 4);
    sync_all(f);
    return 0;
}
#endif
