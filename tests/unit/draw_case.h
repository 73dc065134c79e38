/* draw_case.h - a family of offices on the way to a draw: a plan, rosters, orders of any kind, a draw. */
#ifndef QIAN_TESTS_DRAW_CASE_H
#define QIAN_TESTS_DRAW_CASE_H

#include "qian/uscc.h"
#include "tests/unit/family.h"
#include "tests/unit/swap.h"

#include <sodium.h>

#include "node/draw/release.h"
#include "node/draw/run.h"
#include "node/draw/show.h"
#include "node/draw/verify.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "node/text/text.h"
#include "qian/note.h"

#define OBJECTS    24
#define INSPECTORS 5

/* 25 % of what is in business; a complaint (reason 1) makes a must. */
#define RULES \
    "draw-rules/1\n" \
    "slot 1406 2021 T1 1\n" \
    "type both\n" \
    "population eq(status,0)\n" \
    "stratum 1 1/2 1 ge(class,3)\n" \
    "stratum 2 1/4 1 true\n" \
    "total -\n" \
    "must 1\n" \
    "exclude -\n" \
    "cap -\n" \
    "role 1 2 101\n" \
    "pool 2\n" \
    "load -\n" \
    "age 30\n" \
    "witness 24\n" \
    "return 30\n" \
    "supp 0\n" \
    "level unwitnessed\n"

/* T1 asks for two with qualification 101, T2 for one with 103: a visit for both has three. T2 draws a third of all. */
#define JOINED \
    "draw-rules/1\n" \
    "slot 1406 2021 T2 1\n" \
    "type both\n" \
    "population eq(status,0)\n" \
    "stratum 1 1/3 1 true\n" \
    "total -\n" \
    "must -\n" \
    "exclude -\n" \
    "cap -\n" \
    "role 1 1 103\n" \
    "role 2 1 101\n" \
    "pool 2\n" \
    "load -\n" \
    "age 20\n" \
    "witness 12\n" \
    "return 40\n" \
    "supp 0\n" \
    "level unwitnessed\n"

static inline void day(char out[11], int32_t from_today)
{
    char today[11];
    clock_today(NULL, today);
    wire_day_text(wire_day(qn_str(today)) + from_today, out);
}

/* ---- the plan ---- */

struct plan_case {
    const char *rules;  /* NULL: RULES */
    const char *task;   /* NULL: T1 */
    const char *type;   /* NULL: both */
    const char *drawer; /* NULL: 140602 */
    const char
        *joined; /* rules of a second task, T2, that is drawn together with the first; NULL: none */
    int32_t from, to; /* days from today; both 0: -10 to +20 */
    bool retired;     /* all inspectors of the roster */
};

/* One task of the plan: its slot and its rules. */
static inline void put_planned(struct act *a, int64_t plan, const struct plan_case *pc,
                               const char *task, const char *rules)
{
    char from[11], to[11];
    struct qn_row row;
    bool usual = !pc->from && !pc->to;
    day(from, usual ? -10 : pc->from);
    day(to, usual ? 20 : pc->to);
    row_start(&row, a, "slot", act_id(a), 1);
    row_int(&row, "plan_id", plan);
    row_text(&row, "task", task);
    row_int(&row, "round", 1);
    row_text(&row, "type", pc->type ? pc->type : "both");
    row_text(&row, "drawer", pc->drawer ? pc->drawer : "140602");
    row_text(&row, "window_from", from);
    row_text(&row, "window_to", to);
    row_text(&row, "joint", pc->joined ? "together" : NULL);
    MUST(act_put(a, &row, &offices_err));
    row_start(&row, a, "slot_rules", act_id(a), 1);
    row_int(&row, "plan_id", plan);
    row_text(&row, "task", task);
    row_int(&row, "round", 1);
    row_text(&row, "rules", rules);
    MUST(act_put(a, &row, &offices_err));
}

static inline void object_id(char out[32], int i)
{
    char prefix[40], code[QN_USCC + 1];
    snprintf(prefix, sizeof(prefix), "91140602MA0K%04dX", i);
    assert_true(qn_uscc_make(code, prefix));
    snprintf(out, 32, "E:%s", code);
}

/* The leaf of the plan's entry, in which its issuer says that object 5 must be inspected, for a complaint. */
static uint8_t must_source[QN_HASH] = {9};

static inline void put_basis(struct act *a, const char *drawer, const char *object, int kind,
                             int reason, const char *scope, const char *until)
{
    struct qn_row row;
    MUST(act_part(a, QN_SYSTEM, QN_TO_OFFICE, drawer, &offices_err));
    row_start(&row, a, "mark_basis", act_id(a), 1);
    row_text(&row, "drawer", drawer);
    row_text(&row, "object_id", object);
    row_int(&row, "kind", kind);
    row_int(&row, "reason_code", reason);
    row_text(&row, "scope", scope);
    row_text(&row, "until", until);
    row_text(&row, "title", "转办");
    row_text(&row, "doc_no", "12");
    row_text(&row, "given_on", "2021-08-15");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    MUST(act_put(a, &row, &offices_err));
}

static inline int64_t write_plan(struct test_office *issuer, const struct plan_case *pc)
{
    static const uint8_t digest[QN_HASH] = {7};
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, issuer->st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
    int64_t plan = act_id(&a);
    row_start(&row, &a, "plan", plan, 1);
    row_text(&row, "series", "2021");
    row_text(&row, "title", "plan");
    row_text(&row, "doc_no", "1");
    row_text(&row, "issued_on", "2021-03-05");
    row_int(&row, "year", 2021);
    row_text(&row, "deadline", "2021-12-20");
    row_int(&row, "publication_days", 20);
    row_text(&row, "publication_clock", "inspection_completed");
    row_blob(&row, "source_digest", digest, sizeof(digest));
    MUST(act_put(&a, &row, &offices_err));
    put_planned(&a, plan, pc, pc->task ? pc->task : "T1", pc->rules ? pc->rules : RULES);
    if (pc->joined)
        put_planned(&a, plan, pc, "T2", pc->joined);
    const char *self = store_self(issuer->st)->office, *drawer = pc->drawer ? pc->drawer : "140602";
    char oid[32];
    object_id(oid, 5);
    if (strcmp(self, drawer) == 0 || tree_is_above(issuer->st, self, drawer))
        put_basis(&a, drawer, oid, 1, 1, "", NULL);
    MUST(act_commit(&a, NULL, must_source, &offices_err));
    return plan;
}

/* ---- the roster ---- */

static inline void put_common(struct qn_row *row, int64_t version)
{
    row_int(row, "roster", version);
    row_text(row, "acted_by", "tester");
    row_text(row, "recorded_on", "2021-08-16T09:00:00");
}

static inline void put_object(struct act *a, int64_t id, int64_t rev, int64_t version, int i,
                              const char *status, const char *station)
{
    struct qn_row row;
    char oid[32], name[48];
    object_id(oid, i);
    snprintf(name, sizeof(name), "企业%d|foreign=-", i); /* a name may be anything */
    row_start(&row, a, "object", id, rev);
    put_common(&row, version);
    row_text(&row, "object_id", oid);
    row_text(&row, "name", name);
    row_text(&row, "address", "路");
    row_text(&row, "inspecting_office", "140602");
    row_text(&row, "station", station);
    row_text(&row, "tags", i % 2 ? "101,102" : "");
    row_text(&row, "status", status);
    row_text(&row, "risk_class", i % 3 == 0 ? "C" : "A");
    row_int(&row, "complaints", i);
    row_int(&row, "inspected_this_year", 0);
    if (rev > 1)
        row_text(&row, "reason", "test");
    MUST(act_put(a, &row, &offices_err));
}

static inline void put_inspector(struct act *a, int64_t version, int i, const char *status)
{
    struct qn_row row;
    char insp[48], cert[32], name[48];
    snprintf(cert, sizeof(cert), "JS%03d", i);
    snprintf(insp, sizeof(insp), "140602/%s", cert);
    snprintf(name, sizeof(name), "检查员%d", i);
    row_start(&row, a, "inspector", act_id(a), 1);
    put_common(&row, version);
    row_text(&row, "insp_id", insp);
    row_text(&row, "name", name);
    row_text(&row, "cert_no", cert);
    row_text(&row, "quals", i == 0 ? "" : "101,103");
    row_text(&row, "status", status);
    row_int(&row, "available", 1);
    row_int(&row, "load0", 0);
    MUST(act_put(a, &row, &offices_err));
}

static inline void close_roster(struct test_office *o, int64_t version, int64_t earlier)
{
    static const uint8_t root[QN_HASH] = {1};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    put_common(&row, version);
    row_int(&row, "entries", 1);
    row_int(&row, "rows", OBJECTS);
    row_blob(&row, "root", root, sizeof(root));
    if (earlier)
        row_int(&row, "earlier", earlier);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

/* Version 1: all objects in business, a must mark on object 5, a recusal, closed. Gives the id of object 0's row. */
static inline int64_t write_roster_of(struct test_office *o, const char *station,
                                      const char *inspectors)
{
    int64_t first = 0;
    char oid[32];
    struct qn_row row;
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        for (int i = 0; i < OBJECTS; i++) {
            int64_t id = act_id(&a);
            first = i ? first : id;
            put_object(&a, id, 1, 1, i, "in_business", i % 4 == 0 ? station : NULL);
        }
        for (int i = 0; i < INSPECTORS; i++)
            put_inspector(&a, 1, i, inspectors);
        object_id(oid, 5);
        row_start(&row, &a, "mark", act_id(&a), 1);
        put_common(&row, 1);
        row_text(&row, "object_id", oid);
        row_int(&row, "kind", 1);
        row_int(&row, "reason_code", 1);
        row_text(&row, "scope", "");
        row_blob(&row, "source", must_source, sizeof(must_source));
        row_int(&row, "active", 1);
        MUST(act_put(&a, &row, &offices_err));
        row_start(&row, &a, "recusal", act_id(&a), 1);
        put_common(&row, 1);
        row_text(&row, "insp_id", "140602/JS001");
        row_text(&row, "object_id", oid);
        row_int(&row, "active", 1);
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    close_roster(o, 1, 0);
    return first;
}

static inline int64_t write_roster(struct test_office *o, const char *station)
{
    return write_roster_of(o, station, "active");
}

/* One object with another status, as a new closed version. */
static inline void revise_object(struct test_office *o, int64_t id, int64_t rev, int64_t version,
                                 int i, const char *status)
{
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        put_object(&a, id, rev, version, i, status, NULL);
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    close_roster(o, version, 0);
}

/* What somebody with the sqlite3 shell does to a database. */
static inline void edit(struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- the way to a draw ---- */

/* Plan at the city, roster and freeze at the county, all exchanged: ready for an order. */
static inline void prepare(struct family *f, const struct plan_case *pc)
{
    struct freeze_made made;
    write_plan(&f->c, pc);
    carry(&f->c, &f->k);
    write_roster_of(&f->k, NULL, pc->retired ? "retired" : "active");
    MUST(freeze_make(&made, f->k.st, &offices_err));
    assert_true(made.made);
    carry(&f->k, &f->c);
}

static inline size_t issue(struct test_office *o, const struct order_options *options,
                           struct qn_err *why)
{
    static const struct order_options usual = {.ahead_days = -1};
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    size_t issued = 0;
    MUST(order_issue(&all, o->st, options ? options : &usual, &offices_err));
    for (size_t i = 0; i < all.n; i++) {
        issued += all.at[i].issued;
        if (!all.at[i].issued && why)
            *why = all.at[i].why;
    }
    return issued;
}

/* Everything known everywhere. */
static inline void settle(struct family *f)
{
    for (int round = 0; round < 2; round++) {
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        carry(&f->p, &f->c);
        carry(&f->c, &f->k);
    }
}

/* The one order held at the county. */
static inline struct order_line only_order(struct test_office *o)
{
    QN_AUTO(order_lines) struct order_lines l = {0};
    MUST(order_list(&l, o->st, NULL, &offices_err));
    assert_int_equal(l.n, 1);
    return l.at[0];
}

/* Draws what is open; the outcome of the first order. */
static inline struct draw_outcome draw_first(struct test_office *o)
{
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    MUST(draw_run(&all, o->st, NULL, NULL, &offices_err));
    assert_true(all.n > 0);
    return all.at[0];
}

/* Up to the order, which the county holds. */
static inline void ordered(struct family *f, const struct plan_case *pc)
{
    static const struct plan_case usual = {0};
    prepare(f, pc ? pc : &usual);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
}

/* ---- orders that no honest parent writes ---- */

struct odd_order {
    int32_t from, to; /* window, days from today; both 0: -1 to +5 */
    const uint8_t *nonce;
    const uint8_t *vrf;
    const uint8_t *cokey; /* NULL: none */
    const uint8_t *leaf;  /* of the freeze */
    const uint8_t *rules_hash;
    struct test_office *signer; /* NULL: by the writer's own key */
    const char *drawer_column;  /* NULL: as in the text */
};

static inline void write_order(struct test_office *parent, const char *drawer,
                               const struct odd_order *odd)
{
    struct qn_order o = {.nslots = 1, .level = QN_OFFLINE, .has_freeze = true, .nkeys = 1};
    struct qn_cert cert;
    struct log log;
    struct qn_rules rules;
    uint64_t size, time_s;
    QN_AUTO(log_entry) struct log_entry e = {0};
    bool usual = !odd->from && !odd->to;
    MUST(tree_cert(&cert, parent->st, drawer, &offices_err));
    MUST(log_of_office(&log, parent->st, drawer, &offices_err));
    MUST(qn_rules_parse(&rules, qn_str(RULES), &offices_err));
    strcpy(o.parent, store_origin(parent->st));
    strcpy(o.office_origin, log.origin);
    strcpy(o.slot[0].issuer, "1406");
    strcpy(o.slot[0].series, "2021");
    strcpy(o.slot[0].task, "T1");
    o.slot[0].round = 1;
    o.slot[0].type = QN_BOTH;
    memcpy(o.slot[0].rules_hash, odd->rules_hash ? odd->rules_hash : rules.hash, QN_HASH);
    MUST(freeze_newest(parent->st, &log, &o.freeze.index, &offices_err));
    MUST(log_entry_get(&e, parent->st, &log, o.freeze.index, &offices_err));
    MUST(log_first_cosigned(parent->st, &log, o.freeze.index, code_of(parent), &size, &time_s,
                            &offices_err));
    strcpy(o.freeze.origin, log.origin);
    memcpy(o.freeze.leaf, odd->leaf ? odd->leaf : e.leaf, QN_HASH);
    strcpy(o.freeze_head.origin, log.origin);
    o.freeze_head.size = size;
    MUST(log_root(parent->st, &log, size, o.freeze_head.root, &offices_err));
    memcpy(o.vrf[0], odd->vrf ? odd->vrf : cert.vrf, QN_PUBKEY);
    if (odd->cokey)
        memcpy(o.vrf[o.nkeys++], odd->cokey, QN_PUBKEY);
    day(o.window_from, usual ? -1 : odd->from);
    day(o.window_to, usual ? 5 : odd->to);
    if (odd->nonce)
        memcpy(o.nonce, odd->nonce, sizeof(o.nonce));
    else
        randombytes_buf(o.nonce, sizeof(o.nonce));
    QN_AUTO(qn_buf) struct qn_buf text, note;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_order_text(&text, &o);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(store_origin(parent->st)),
                 keys_log_sk(odd->signer ? odd->signer->keys : parent->keys));
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, parent->st, QN_KIND_ORDER, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, drawer, &offices_err));
    row_start(&row, &a, "draw_order", act_id(&a), 1);
    row_text(&row, "drawer", odd->drawer_column ? odd->drawer_column : drawer);
    row_text(&row, "issuer", "1406");
    row_text(&row, "series", "2021");
    row_text(&row, "task", "T1");
    row_int(&row, "round", 1);
    row_text(&row, "type", "both");
    row_int(&row, "attempt", 0);
    row_int(&row, "supp", 0);
    row_span(&row, "note", qn_buf_span(&note));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

/* ---- results of visits ---- */

/* Who is sent to an object; "" when nobody is. */
static inline void sent_to(char out[400], struct test_office *o, const char *draw_office,
                           int64_t draw_id, struct qn_span object)
{
    out[0] = 0;
    QN_AUTO(query) struct query q = query_start(o->st, SQL_DISPATCH_OF);
    q_bind_text(&q, draw_office);
    q_bind_int(&q, draw_id);
    while (q_step(&q))
        if (qn_span_eq(q_span(&q, 0), object))
            assert_true(qn_text_copy(out, 400, q_span(&q, 4)));
}

struct visit_case {
    const char *inspectors; /* NULL: those sent */
    int32_t on;             /* days from today */
    bool untold;            /* without an inspection row */
    int64_t id, rev;        /* of a correction; rev 0: a new result */
    const char *task;       /* NULL: T1 */
};

static inline void write_visit(struct test_office *o, const char *draw_office, int64_t draw_id,
                               struct qn_span object, const struct visit_case *vc)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char today[11], sent[400];
    day(today, vc->on);
    sent_to(sent, o, draw_office, draw_id, object);
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = vc->rev ? vc->id : act_id(&a), rev = vc->rev ? vc->rev : 1;
    row_start(&row, &a, "inspection_result", id, rev);
    row_text(&row, "draw_office", draw_office);
    row_int(&row, "draw_id", draw_id);
    row_text(&row, "task", vc->task ? vc->task : "T1");
    row_int(&row, "round", 1);
    row_span(&row, "object_id", object);
    row_text(&row, "object_name", "企业");
    row_text(&row, "completed_on", today);
    row_text(&row, "codes", "R01");
    row_text(&row, "result_text", "未发现问题");
    MUST(act_put(&a, &row, &offices_err));
    if (!vc->untold) {
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        row_start(&row, &a, "inspection", id, rev);
        row_text(&row, "draw_office", draw_office);
        row_int(&row, "draw_id", draw_id);
        row_int(&row, "slot_no", 1);
        row_span(&row, "object_id", object);
        row_text(&row, "inspectors", vc->inspectors ? vc->inspectors : sent);
        row_text(&row, "started", today);
        row_text(&row, "completed", today);
        row_int(&row, "visit_id", 1);
        row_text(&row, "acted_by", "tester");
        row_text(&row, "recorded_on", "2021-08-16T09:00:00");
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static inline void write_result(struct test_office *o, const char *draw_office, int64_t draw_id,
                                struct qn_span object)
{
    write_visit(o, draw_office, draw_id, object, &(struct visit_case){0});
}

static inline void visit_all(struct test_office *o, int64_t draw_id, size_t but)
{
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, o->st, code_of(o), draw_id, &offices_err));
    assert_true(r.npicks > but);
    for (size_t i = but; i < r.npicks; i++)
        write_result(o, code_of(o), draw_id, record_object(&r, i));
}

/* ---- what a verification says ---- */

/* Both sentences get all the values that they name. */
static inline void expect_sentences(const struct finding *x)
{
    for (int lang = TEXT_ZH; lang <= TEXT_EN; lang++) {
        QN_AUTO(qn_buf) struct qn_buf args, text;
        qn_buf_init(&args, 65536);
        qn_buf_init(&text, 65536);
        finding_args(&args, x);
        text_put(&text, (enum text_lang)lang, verdict_code_id(x->code), (const char *)args.p);
        if (memchr(text.p, '{', text.n))
            fail_msg("%.*s", (int)text.n, (const char *)text.p);
    }
}

/* "draw: CODE CODE" of every verdict with findings, joined by "; ". */
static inline void verdicts(char out[2000], struct test_office *o)
{
    static const char *const about[] = {"draw", "rival", "waiting", "no-draw", "no-order", "rows"};
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, o->st, NULL, 0, NULL, &offices_err));
    out[0] = 0;
    for (size_t i = 0; i < r.n; i++) {
        const struct verdict *v = &r.at[i];
        if (!v->f.n)
            continue;
        snprintf(out + strlen(out), 2000 - strlen(out), "%s%s:", out[0] ? "; " : "",
                 about[v->about]);
        for (size_t k = 0; k < v->f.n; k++)
            expect_sentences(&v->f.at[k]);
        for (int c = 0; c < V_CODES; c++)
            if (findings_has(&v->f, (enum verdict_code)c))
                snprintf(out + strlen(out), 2000 - strlen(out), " %s",
                         verdict_code_name((enum verdict_code)c));
    }
}

static inline void expect_verdicts(struct test_office *o, const char *want)
{
    char got[2000];
    verdicts(got, o);
    assert_string_equal(got, want);
}
#endif
