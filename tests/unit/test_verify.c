/* test_verify.c - what an office above finds: each row spoils one thing and names all the codes that follow. */
#include "tests/unit/draw_case.h"

#include "node/draw/forgotten.h"
#include "node/store/redact.h"

/* A clean draw in the city's and the province's books, ready to be spoilt. */
static int64_t drawn(struct family *f, const struct plan_case *pc)
{
    ordered(f, pc);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    settle(f);
    return o.made.id;
}

/* ---- the office cheats: a job is changed between computing and writing --------------------------------------- */

/* Takes the only order without any of the office's own checks, and computes. */
static void force(struct draw_job *j, struct ground *g, struct test_office *o)
{
    struct order_line line = only_order(o);
    *j = (struct draw_job){.late = false};
    MUST(order_read(&j->order, o->st, line.origin, line.seq, &offices_err));
    MUST(order_rules_find(&j->rules, o->st, &j->order.o, &offices_err));
    MUST(ground_load(g, o->st, j->order.o.freeze.origin, j->order.o.freeze.index, &offices_err));
    MUST(draw_compute(j, o->st, g, &offices_err));
}

static void favour_another(struct draw_job *j, struct ground *g)
{
    bool taken[OBJECTS] = {false};
    for (size_t i = 0; i < j->r.sel[0].npicks; i++)
        taken[j->r.sel[0].pick[i].object] = true;
    for (size_t i = 1; i < g->roster.r.nobjects; i++)
        if (!taken[i] && taken[i - 1]) /* keeps the list in order */
            for (size_t k = 0; k < j->r.sel[0].npicks; k++)
                if (j->r.sel[0].pick[k].object == i - 1 && j->r.sel[0].pick[k].mode == QN_LOT) {
                    j->r.sel[0].pick[k].object = i;
                    return;
                }
    fail();
}

static void draw_fewer(struct draw_job *j, struct ground *g)
{
    (void)g;
    for (size_t i = 0; i < j->r.sel[0].npicks; i++)
        if (j->r.sel[0].pick[i].mode == QN_LOT && j->r.sel[0].pick[i].stratum == 2) {
            memmove(&j->r.sel[0].pick[i], &j->r.sel[0].pick[i + 1],
                    (j->r.sel[0].npicks - i - 1) * sizeof(j->r.sel[0].pick[0]));
            break;
        }
    j->r.sel[0].npicks--;
    j->r.sel[0].stratum[1].quota--;
}

static void shrink_base(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->r.sel[0].stratum[0].base--;
    j->r.sel[0].stratum[0].pool--;
}

static void hide_a_stratum(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->r.sel[0].nstrata = 1;
}

static void lower_a_cut_off(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->r.sel[0].stratum[0].cutoff[0] ^= 1;
}

static void call_a_lot_a_must(struct draw_job *j, struct ground *g)
{
    (void)g;
    for (size_t i = 0; i < j->r.sel[0].npicks; i++)
        if (j->r.sel[0].pick[i].mode == QN_LOT) {
            j->r.sel[0].pick[i].mode = QN_MUST;
            return;
        }
}

static void spoil_the_proof(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->pi[0][70] ^= 1;
}

static void name_another_order(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->order.o.id[0] ^= 1;
}

static void name_another_key(struct draw_job *j, struct ground *g)
{
    (void)g;
    qn_vrf_public(j->order.o.vrf[0], (const uint8_t[32]){42});
}

static void name_an_order_that_is_none(struct draw_job *j, struct ground *g)
{
    (void)g;
    j->order.seq = 0;
}

static void name_another_freeze(struct draw_job *j, struct ground *g)
{
    (void)j;
    g->leaf[0] ^= 1;
}

static void send_another_inspector(struct draw_job *j, struct ground *g)
{
    struct qn_visit *v = &j->r.pairs.visit[0];
    for (int32_t i = 0; i < (int32_t)g->roster.r.ninspectors; i++)
        if (i != v->inspector[0] && i != v->inspector[1]) {
            v->inspector[0] = i;
            return;
        }
}

static struct cheat {
    const char *name;
    void (*spoil)(struct draw_job *j, struct ground *g);
    const char *want;
} cheats[] = {
    {"another object in the list", favour_another, "draw: SELECT_MISMATCH"},
    {"one object fewer", draw_fewer, "draw: QUOTA_WRONG SELECT_MISMATCH"},
    {"a smaller base", shrink_base, "draw: QUOTA_WRONG"},
    {"a stratum left out", hide_a_stratum, "draw: QUOTA_WRONG"},
    {"a cut-off that is not", lower_a_cut_off, "draw: SELECT_MISMATCH"},
    {"a lot called a must", call_a_lot_a_must, "draw: SELECT_MISMATCH"},
    {"a proof that does not hold", spoil_the_proof, "draw: VRF_INVALID"},
    {"another order id", name_another_order, "draw: ALPHA_MISMATCH PAIR_MISMATCH"},
    {"another key", name_another_key, "draw: CONTRIBUTOR_MISSING"},
    {"an entry that is no order", name_an_order_that_is_none, "draw: ORDER_NOT_LOGGED"},
    {"another freeze", name_another_freeze, "draw: ROOT_MISMATCH"},
    {"an inspector of one's choice", send_another_inspector, "draw: PAIR_MISMATCH"},
};

static void a_cheat_is_found(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    struct draw_made written;
    char got[2000];
    family_setup(&made);
    struct family *f = made;
    ordered(f, NULL);
    {
        QN_AUTO(draw_job) struct draw_job j;
        QN_AUTO(ground) struct ground g = {.loaded = false};
        force(&j, &g, &f->k);
        row->spoil(&j, &g);
        MUST(draw_write(&written, f->k.st, &j, &g, &offices_err));
    }
    settle(f);
    verdicts(got, &f->p);
    /* An order that the draw does not name stays open: that it waits is no finding. */
    assert_string_equal(got, row->want);
    family_teardown(&made);
}

/* ---- orders that no honest parent signs, drawn by an office that does not look ----------------------------------- */

static struct odd {
    const char *name;
    struct odd_order order;
    bool foreign_key, twice, before_plan;
    const char *want;
} odds[] = {
    {"a key of nobody's",
     {.vrf = (const uint8_t[32]){1}},
     false,
     false,
     false,
     "draw: KEY_INVALID KEY_NOT_ENROLLED VRF_INVALID"},
    {"a freeze that is not logged",
     {.leaf = (const uint8_t[32]){1}},
     false,
     false,
     false,
     "draw: FREEZE_NOT_LOGGED LEVEL_FALSE"},
    {"signed by another", {0}, true, false, false, "draw: ORDER_SIG_BAD"},
    {"two orders for the slot",
     {0},
     false,
     true,
     false,
     "draw: ORDER_DUPLICATE NONCE_REUSED; waiting: ORDER_DUPLICATE NONCE_REUSED"},
    /* The plan that is written anew names the ground of the must mark too late. */
    {"before the plan", {0}, false, false, true, "draw: PLAN_AFTER_ORDER MUST_UNAUTHORISED"},
};

static void an_odd_order_is_found(void **state)
{
    struct odd *row = *state;
    static const uint8_t nonce[32] = {3};
    void *made = NULL;
    struct freeze_made frozen;
    struct draw_made written;
    struct odd_order order = row->order;
    family_setup(&made);
    struct family *f = made;
    if (!row->before_plan)
        write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&frozen, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    order.signer = row->foreign_key ? &f->p : NULL;
    order.nonce = row->twice ? nonce : NULL;
    write_order(&f->c, "140602", &order);
    carry(&f->c, &f->k);
    if (row->before_plan)
        write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    {
        QN_AUTO(draw_job) struct draw_job j;
        QN_AUTO(ground) struct ground g = {.loaded = false};
        force(&j, &g, &f->k);
        if (row->order.leaf)
            memcpy(g.leaf, row->order.leaf, QN_HASH);
        MUST(draw_write(&written, f->k.st, &j, &g, &offices_err));
    }
    if (row->twice)
        write_order(&f->c, "140602", &order);
    settle(f);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* ---- what the books say: the province's own copy is changed, as other facts would have made it ---------------------- */

#define TEXT(from, to) "UPDATE draw_result SET text = replace(text, '" from "', '" to "')"
#define COSIGNED(what) "UPDATE cosignature SET time_s = time_s " what
#define COUNTY         "log = (SELECT no FROM log WHERE office = '140602')"
#define CITY           "log = (SELECT no FROM log WHERE office = '1406')"
#define WITH_FREEZE \
    COUNTY " AND size <= (SELECT min(size) FROM cosignature WHERE office = '1406' AND " COUNTY \
           " AND size > (SELECT min(seq) FROM entry WHERE kind = 7 AND " COUNTY "))"

static struct book {
    const char *name, *edit;
    bool at_city; /* else at the province */
    const char *want;
} books[] = {
    {"another class in the roster",
     "UPDATE object SET risk_class = 'B' WHERE object_id LIKE '%K0003X%'", false,
     "draw: ROOT_MISMATCH"},
    {"a roster row that no record can be made of",
     "UPDATE object SET status = '' WHERE object_id LIKE '%K0003X%'", false, "draw: ROOT_MISMATCH"},
    {"the salt is gone at the office that ordered", "DELETE FROM freeze_salt", true,
     "draw: FREEZE_DATA_MISSING"},
    {"the salt is gone further up", "DELETE FROM freeze_salt", false, ""},
    {"no plan", "DELETE FROM slot_rules", false, "draw: PLAN_NOT_LOGGED"},
    {"a slot of another office", "UPDATE slot SET drawer = '140622'", false,
     "draw: PLAN_NOT_LOGGED"},
    {"a text that is none", TEXT("draw-result/1", "draw-result/2"), false, "draw: DRAW_MALFORMED"},
    {"a text of another log", TEXT("test.example/140602/1", "test.example/140622/1"), false,
     "draw: DRAW_MALFORMED"},
    {"an order column beside the text", "UPDATE draw_result SET order_seq = order_seq + 1", false,
     "draw: DRAW_MALFORMED"},
    {"a beacon that nobody asked for", TEXT("beacon -", "beacon ssq 2026133 01 05 12 18 22 30+07"),
     false, "draw: BEACON_WRONG"},
    {"a list out of order",
     "UPDATE draw_selected SET object_id = CASE id WHEN (SELECT min(id) FROM draw_selected) THEN "
     "(SELECT object_id FROM "
     "draw_selected ORDER BY id LIMIT 1 OFFSET 1) WHEN (SELECT min(id) + 1 FROM draw_selected) "
     "THEN (SELECT object_id "
     "FROM draw_selected ORDER BY id LIMIT 1) ELSE object_id END",
     false, "draw: UNSORTED_OR_DUP SELECT_MISMATCH"},
    {"a list with a line fewer",
     "DELETE FROM draw_selected WHERE id = (SELECT min(id) FROM draw_selected)", false,
     "draw: SELECT_MISMATCH"},
    {"no pairs", "DELETE FROM draw_pairs", false, "draw: PAIR_MISMATCH"},
    {"a signature that does not hold",
     "UPDATE draw_order SET note = replace(note, 'attempt 0', 'attempt 1'), attempt = 1", false,
     "draw: ORDER_SIG_BAD ALPHA_MISMATCH VRF_INVALID"},
    {"an order's columns beside its text", "UPDATE draw_order SET task = 'T2'", false,
     "draw: ORDER_SIG_BAD"},
    {"the order's part is not here", "DELETE FROM draw_order", false, ""},
    {"no cosignature of the freeze", "DELETE FROM cosignature WHERE office = '1406' AND " COUNTY,
     false, "draw: FREEZE_NOT_WITNESSED LEVEL_FALSE"},
    {"a freeze older than the rules allow", COSIGNED("- 31 * 86400 WHERE " WITH_FREEZE), false,
     "draw: FREEZE_STALE FREEZE_DATE"},
    {"a freeze cosigned after the order", COSIGNED("+ 600 WHERE " WITH_FREEZE), false,
     "draw: LEVEL_FALSE ORDER_BEFORE_FREEZE"},
    {"a draw cosigned a month after its window",
     COSIGNED("+ 60 * 86400 WHERE " COUNTY " AND NOT (" WITH_FREEZE ")"), false, "draw: DRAW_LATE"},
    {"a key enrolled after the order",
     "UPDATE certificate SET id = id + (1000 << 16) WHERE subject = '140602'", false,
     "draw: KEY_ENROLLED_LATE"},
};

static void the_books_are_read(void **state)
{
    struct book *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    drawn(f, NULL);
    struct test_office *at = row->at_city ? &f->c : &f->p;
    expect_verdicts(at, "");
    edit(at, row->edit);
    expect_verdicts(at, row->want);
    family_teardown(&made);
}

/* ---- rules that show something ------------------------------------------------------------------------------------------ */

static struct flagged {
    const char *name, *what, *with, *want;
} flags[] = {
    {"too few inspectors", "pool 2", "pool 6", "draw: POOL_TOO_SMALL"},
    {"nobody with the qualification", "role 1 2 101", "role 1 2 999", "draw: PAIR_UNFILLED"},
    {"more visits than the load", "load -", "load 1", "draw: OVERCAP"},
};

static void a_flag_is_raised(void **state)
{
    struct flagged *row = *state;
    void *made = NULL;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, row->what, row->with);
    qn_put_uint(&rules, 0, 1);
    family_setup(&made);
    drawn(made, &(struct plan_case){.rules = (const char *)rules.p});
    expect_verdicts(&((struct family *)made)->p, row->want);
    family_teardown(&made);
}

/* ---- the level ------------------------------------------------------------------------------------------------------------- */

static void the_level_follows_the_evidence(void **state)
{
    struct family *f = *state;
    static const struct {
        int hours;
        enum qn_draw_level shown;
        const char *want;
    } rows[] = {{23, QN_WITNESSED, ""}, {2, QN_OFFLINE, "draw: LEVEL_FALSE"}};
    prepare(f, &(struct plan_case){0});
    assert_int_equal(
        issue(&f->c, &(struct order_options){.level = QN_WITNESSED, .ahead_days = -1}, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char sql[600];
        snprintf(sql, sizeof(sql),
                 COSIGNED("+ %d * 3600 WHERE ") COUNTY " AND NOT (" WITH_FREEZE ")", rows[i].hours);
        edit(&f->p, sql);
        QN_AUTO(verify) struct verify_result r = {.at = NULL};
        MUST(verify_run(&r, f->p.st, "140602", 0, NULL, &offices_err));
        assert_int_equal(r.at[0].claimed, QN_WITNESSED);
        assert_int_equal(r.at[0].shown, rows[i].shown);
        expect_verdicts(&f->p, rows[i].want);
    }
}

/* ---- what is not there ------------------------------------------------------------------------------------------------------ */

static void an_order_without_a_draw(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -30});
    settle(f);
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, f->p.st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.waiting, 1); /* the last of the return days */
    expect_verdicts(&f->p, "");
}

static void an_order_that_is_withheld(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31});
    settle(f);
    expect_verdicts(&f->p, "no-draw: DRAW_WITHHELD");
}

static void a_key_changed_under_an_order(void **state)
{
    struct family *f = *state;
    uint8_t other[QN_PUBKEY];
    qn_vrf_public(other, (const uint8_t[32]){42});
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31, .vrf = other});
    settle(f);
    expect_verdicts(&f->p, "no-draw: KEY_CHANGED_OPEN_ORDER DRAW_WITHHELD");
}

static void a_slot_that_was_never_ordered(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){0});
    settle(f);
    expect_verdicts(&f->p, "");
    edit(&f->p, COSIGNED("- 11 * 86400"));
    expect_verdicts(&f->p, ""); /* a freeze of eleven days later than it came */
    char before[11], sql[200];
    day(before, -11);
    snprintf(sql, sizeof(sql),
             "UPDATE draw_freeze SET text = substr(text, 1, instr(text, 'date ') + 4) || '%s' || "
             "substr(text, instr(text, 'date ') + 15)",
             before);
    edit(&f->p, sql);
    expect_verdicts(&f->p, "no-order: ORDER_MISSING");
}

static void rules_changed_after_the_order(void **state)
{
    struct family *f = *state;
    drawn(f, NULL);
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "pool 2", "pool 3");
    int64_t id = count(&f->c, "SELECT id FROM slot_rules"),
            plan = count(&f->c, "SELECT id FROM plan");
    {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        MUST(act_open(&a, f->c.st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
        MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
        row_start(&row, &a, "slot_rules", id, 2);
        row_int(&row, "plan_id", plan);
        row_text(&row, "task", "T1");
        row_int(&row, "round", 1);
        row_span(&row, "rules", qn_buf_span(&rules));
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    settle(f);
    expect_verdicts(&f->p, "draw: SLOT_REISSUED");
    /* A second order by the new rules is one too many. */
    assert_int_equal(issue(&f->c, NULL, NULL), 0);
}

static void rules_revised_before_the_order(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "pool 2", "pool 3");
    int64_t plan = write_plan(&f->c, &(struct plan_case){0});
    int64_t id = count(&f->c, "SELECT id FROM slot_rules");
    {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        MUST(act_open(&a, f->c.st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
        MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
        row_start(&row, &a, "slot_rules", id, 2);
        row_int(&row, "plan_id", plan);
        row_text(&row, "task", "T1");
        row_int(&row, "round", 1);
        row_span(&row, "rules", qn_buf_span(&rules));
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    struct freeze_made m;
    carry(&f->c, &f->k);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, "");
}

static void visits_that_do_not_fit(void **state)
{
    struct family *f = *state;
    char oid[32], sql[400], before[11], today[11];
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "cap -", "cap 1");
    qn_put_uint(&rules, 0, 1);
    int64_t id = drawn(f, &(struct plan_case){.rules = (const char *)rules.p});
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", id, &offices_err));
    for (int i = 0; i < OBJECTS; i++) {
        bool taken = false;
        object_id(oid, i);
        for (size_t k = 0; k < r.npicks; k++)
            taken = taken || qn_span_is(record_object(&r, k), oid);
        if (!taken)
            break;
    }
    write_result(&f->k, "140602", id, qn_str(oid));
    settle(f);
    expect_verdicts(&f->p, "draw: VISIT_EXTRA");
    /* The same visit, before the freeze and of an object that was then drawn by lot although its cap was reached. */
    day(before, -1);
    day(today, 0);
    if (memcmp(before, today, 4) != 0)
        skip();
    size_t lot = 0;
    while (r.pick[lot].mode != QN_LOT)
        lot++;
    struct qn_span drawn_id = record_object(&r, lot);
    snprintf(sql, sizeof(sql),
             "UPDATE inspection_result SET completed_on = '%s', object_id = '%.*s'", before,
             (int)drawn_id.n, (const char *)drawn_id.p);
    edit(&f->p, sql);
    expect_verdicts(&f->p, "draw: CAP_WRONG VISIT_INSPECTORS VISIT_BEFORE_DRAW");
}

/* ---- a fork ------------------------------------------------------------------------------------------------------------------ */

/* A copy made before the draw; its rows are edited, and a node without the check repeats the draw. */
static void a_fork_is_named(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct draw_made made;
    char sql[200];
    ordered(f, NULL);
    copy_office(&copy, f, &f->k, "copy");
    struct draw_outcome honest = draw_first(&f->k);
    assert_true(honest.drawn);
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", honest.made.id, &offices_err));
    size_t spare = 0;
    while (r.pick[spare].mode != QN_LOT)
        spare++;
    struct qn_span spared = record_object(&r, spare);
    snprintf(sql, sizeof(sql), "UPDATE object SET status = 'deregistered' WHERE object_id = '%.*s'",
             (int)spared.n, (const char *)spared.p);
    edit(&copy, sql);
    struct draw_outcome refused = draw_first(&copy);
    assert_string_equal(refused.why.id, "draw.roster-changed");
    {
        QN_AUTO(draw_job) struct draw_job j;
        QN_AUTO(ground) struct ground g = {.loaded = false};
        force(&j, &g, &copy);
        MUST(draw_write(&made, copy.st, &j, &g, &offices_err));
    }
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    MUST(stream_from(&b, &copy, &f->c, 0, &sent, NULL,
                     &offices_err)); /* on a stick, made before ... */
    settle(f);                       /* ... the true draw is known */
    (void)take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
    static const char want[] =
        "draw: LOG_FORK; rival: LOG_FORK QUOTA_WRONG SELECT_MISMATCH PAIR_MISMATCH DRAW_DUPLICATE";
    char got[2000];
    verdicts(got, &f->c);
    assert_string_equal(got, want);
    carry(&f->c, &f->p);
    expect_verdicts(&f->p, want);
    QN_AUTO(verify) struct verify_result v = {.at = NULL};
    MUST(verify_run(&v, f->p.st, "140602", 0, NULL, &offices_err));
    assert_int_equal(v.draws, 1);
    assert_int_equal(v.at[1].about, VERDICT_RIVAL);
    snprintf(sql, sizeof(sql), "Left out: %.*s", (int)spared.n, (const char *)spared.p);
    bool told = false;
    for (size_t i = 0; i < v.at[1].f.n; i++) {
        QN_AUTO(qn_buf) struct qn_buf args = {0}, text = {0};
        qn_buf_init(&args, 65536);
        qn_buf_init(&text, 65536);
        if (v.at[1].f.at[i].code != V_SELECT_MISMATCH)
            continue;
        finding_args(&args, &v.at[1].f.at[i]);
        text_put(&text, TEXT_EN, "verdict.select-mismatch", (const char *)args.p);
        qn_put_uint(&text, 0, 1);
        assert_non_null(strstr((const char *)text.p, sql)); /* who was to be spared is named */
        assert_non_null(strstr((const char *)text.p, "foreign: E:"));
        told = true;
    }
    assert_true(told);
    store_close(copy.st);
}

/* The city signs another order at the same place of its log, for whoever it shows that branch to. */
static void a_parents_fork_is_named(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    prepare(f, &(struct plan_case){0});
    carry(&f->c, &f->p);
    copy_office(&copy, f, &f->c, "copy");
    assert_int_equal(issue(&copy, NULL, NULL), 1);
    MUST(stream_from(&b, &copy, &f->p, 0, &sent, NULL, &offices_err));
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, "");
    (void)take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    expect_verdicts(&f->p, "draw: LOG_FORK");
    store_close(copy.st);
}

/* ---- verdicts as rows -------------------------------------------------------------------------------------------------------- */

static size_t record(struct test_office *o)
{
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    size_t n = 99;
    MUST(verify_run(&r, o->st, NULL, 0, NULL, &offices_err));
    MUST(verify_record(o->st, &r, &n, &offices_err));
    return n;
}

static void a_verdict_is_recorded_once(void **state)
{
    struct family *f = *state;
    drawn(f, NULL);
    assert_int_equal(record(&f->p), 1);
    assert_int_equal(record(&f->p), 0);
    assert_int_equal(record(&f->k), 0); /* nobody judges himself */
    edit(&f->p, "DELETE FROM draw_pairs");
    assert_int_equal(record(&f->p), 1);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    assert_int_equal(
        count(&f->k,
              "SELECT count(*) FROM draw_verdict WHERE office = '14' AND draw_office = '140602'"),
        2);
    assert_int_equal(count(&f->k,
                           "SELECT count(*) FROM draw_verdict WHERE rev = 1 AND outcome = "
                           "'verified' AND codes = ''"
                           " AND level = 'witnessed' AND not_checked LIKE '%ROSTER_OMISSION%'"),
                     1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_verdict WHERE rev = 2 AND outcome = "
                                  "'disputed' AND codes = 'PAIR_MISMATCH'"),
                     1);
}

/* What a part held that is forgotten is not held against anybody, and is told as not checked; a lie elsewhere is. */
static void what_was_forgotten(void **state)
{
    static const struct {
        const char *entry, *skipped;
    } rows[] = {
        {"SELECT max(seq) FROM entry WHERE kind = 5", "ROOT_MISMATCH"},
        {"SELECT max(seq) FROM entry WHERE kind = 7 AND log = (SELECT no FROM log WHERE office = "
         "'140602')",
         "ROOT_MISMATCH"},
        {"SELECT max(seq) FROM entry WHERE kind = 3 AND log = (SELECT no FROM log WHERE office = "
         "'1406')",
         "PLAN_NOT_LOGGED"},
        {"SELECT min(seq) FROM entry WHERE kind = 9", "DRAW_WITHHELD"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct family *f = *state;
        family_fresh(f);
        drawn(f, NULL);
        bool citys = strstr(rows[i].entry, "'1406'") != NULL;
        uint64_t seq = (uint64_t)count(&f->c, rows[i].entry);
        for (unsigned part = 0; part < 2; part++) {
            struct qn_err err;
            struct redact_order o = {.log = citys ? "1406" : "140602", .seq = seq, .part = part,
                                     .basis = "PIPL 47", .reason = "test", .by = "tester"};
            enum qn_code rc = redact_order(NULL, f->c.st, &o, &err);
            assert_true(rc == QN_OK || (part && rc == QN_ABSENT));
        }
        carry(&f->c, &f->p);
        struct test_office *at[] = {&f->c, &f->p};
        for (size_t k = 0; k < 2; k++) {
            QN_AUTO(verify) struct verify_result r = {.at = NULL};
            MUST(verify_run(&r, at[k]->st, NULL, 0, NULL, &offices_err));
            bool told = false, own = false;
            for (size_t v = 0; v < r.n; v++) {
                for (size_t x = 0; x < r.at[v].f.n; x++)
                    if (citys && r.at[v].f.at[x].code == V_EVIDENCE_FORGOTTEN)
                        own = true; /* by its own order */
                    else
                        fail_msg("row %zu: %s", i, verdict_code_name(r.at[v].f.at[x].code));
                for (int c = 0; c < V_CODES; c++)
                    told = told || (r.at[v].f.state[c] == CHECK_SKIPPED && r.at[v].f.why[c] &&
                                    strcmp(r.at[v].f.why[c], "verdict.skip.forgotten") == 0);
            }
            assert_int_equal(own, citys);
            assert_int_equal(r.clean, 0); /* what could not be checked is not verified */
            assert_int_equal(r.forgotten, r.draws);
            if (!told && strcmp(rows[i].skipped, "DRAW_WITHHELD") != 0)
                fail_msg("row %zu: nothing is told as forgotten", i);
        }
    }
}

/* An office hides its draw and draws again: the same draw stands, and all above are told that the first is gone. */
static void who_hides_its_own_draw(void **state)
{
    struct family *f = *state;
    drawn(f, NULL);
    struct redact_order o = {.log = "140602", .seq = (uint64_t)count(&f->k, "SELECT min(seq) FROM entry WHERE kind = 9"),
                             .basis = "PIPL 47", .reason = "test", .by = "tester"};
    MUST(redact_order(NULL, f->k.st, &o, &offices_err));
    for (int again = 0; again < 2; again++) {
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        struct test_office *at[] = {&f->c, &f->p, &f->k};
        for (size_t k = 0; k < 3; k++) {
            QN_AUTO(verify) struct verify_result r = {.at = NULL};
            MUST(verify_run(&r, at[k]->st, NULL, 0, NULL, &offices_err));
            size_t hidden = 0;
            for (size_t v = 0; v < r.n; v++)
                if (findings_has(&r.at[v].f, V_DRAW_FORGOTTEN)) {
                    assert_string_equal(r.at[v].office, "140602");
                    assert_int_equal(r.at[v].seq, o.seq);
                    hidden++;
                }
            assert_int_equal(hidden, 1);
        }
        QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
        MUST(draw_run(&all, f->k.st, NULL, NULL, &offices_err));
        assert_int_equal(all.n, 1); /* it knows of no draw on the order, and makes none */
        assert_false(all.at[0].drawn);
        assert_string_equal(all.at[0].why.id, "draw.forgotten");
        assert_int_equal(count(&f->k, "SELECT count(DISTINCT seq) FROM entry WHERE kind = 9 AND log = (SELECT no FROM log WHERE office = '140602')"), 1);
        assert_int_equal(issue(&f->c, NULL, NULL), 0); /* nor is it ordered again */
    }
}

/* What is left of the draw shows its slot: orders of other slots are drawn as ever. And an order is not forgotten. */
static void only_the_forgotten_draw_is_barred(void **state)
{
    struct family *f = *state;
    drawn(f, NULL);
    struct qn_err err;
    struct redact_order o = {.log = "140602", .seq = (uint64_t)count(&f->k, "SELECT min(seq) FROM entry WHERE kind = 9"),
                             .basis = "PIPL 47", .reason = "test", .by = "tester"};
    MUST(redact_order(NULL, f->k.st, &o, &offices_err));
    struct draw_on on = {.office = "140602", .round = 1};
    char order[QN_ORIGIN_MAX + 1], log[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    bool made;
    qn_text_copy(order, sizeof(order), qn_str(store_origin(f->c.st)));
    on.order_origin = order;
    on.order_seq = (uint64_t)count(&f->k, "SELECT max(seq) FROM entry WHERE kind = 8");
    on.task = "T1";
    on.round = count(&f->k, "SELECT round FROM dispatch LIMIT 1");
    MUST(draw_was_made(&made, log, &seq, f->k.st, &on, &offices_err));
    assert_true(made);
    assert_int_equal(seq, o.seq);
    on.round += 1;
    MUST(draw_was_made(&made, log, &seq, f->k.st, &on, &offices_err));
    assert_false(made); /* the dispatch rows of the entry are of another round */
    o.part = 1;
    MUST(redact_order(NULL, f->k.st, &o, &offices_err));
    MUST(draw_was_made(&made, log, &seq, f->k.st, &on, &offices_err));
    assert_true(made); /* without them nobody knows */
    on.order_seq = 1000000;
    MUST(draw_was_made(&made, log, &seq, f->k.st, &on, &offices_err));
    assert_false(made); /* but an order that was not there yet */
    o = (struct redact_order){.log = "1406", .seq = (uint64_t)count(&f->c, "SELECT max(seq) FROM entry WHERE kind = 8"),
                              .basis = "PIPL 47", .reason = "test", .by = "tester"};
    expect_verdict(redact_order(NULL, f->c.st, &o, &err), &err, "redact.draw-order");
    expect_verdict(redact_order(NULL, f->p.st, &o, &err), &err, "redact.draw-order");
}

/* A verdict row says what the table says. */
static void the_row_does_not_call_it_verified(void **state)
{
    struct family *f = *state;
    drawn(f, NULL);
    assert_int_equal(record(&f->p), 1);
    struct redact_order o = {.log = "140602", .seq = (uint64_t)count(&f->p, "SELECT max(seq) FROM entry WHERE kind = 5"),
                             .basis = "PIPL 47", .reason = "test", .by = "tester"};
    MUST(redact_order(NULL, f->p.st, &o, &offices_err));
    assert_int_equal(record(&f->p), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM draw_verdict WHERE rev = 2 AND outcome = 'forgotten' AND codes = '' AND "
                                  "not_checked LIKE '%SELECT_MISMATCH%'"), 1);
    assert_int_equal(record(&f->p), 0);
}

static void only_offices_below_are_verified(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    expect_verdict(verify_run(&r, f->k.st, "1406", 0, NULL, &err), &err, "verify.not-below");
    expect_verdict(verify_run(&r, f->c.st, "140602", 5, NULL, &err), &err, "draw.unknown");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
#define ROWS(f, rows) \
    for (size_t i_ = 0; i_ < ARRAY_LEN(rows); i_++) \
        test[n++] = (struct CMUnitTest) \
        { \
            rows[i_].name, f, NULL, NULL, &rows[i_] \
        }

int main(void)
{
    const struct CMUnitTest plain[] = {
        CASE(the_level_follows_the_evidence),
        CASE(an_order_without_a_draw),
        CASE(an_order_that_is_withheld),
        CASE(a_key_changed_under_an_order),
        CASE(a_slot_that_was_never_ordered),
        CASE(rules_changed_after_the_order),
        CASE(rules_revised_before_the_order),
        CASE(visits_that_do_not_fit),
        CASE(a_fork_is_named),
        CASE(a_parents_fork_is_named),
        CASE(a_verdict_is_recorded_once),
        CASE(what_was_forgotten),
        CASE(only_the_forgotten_draw_is_barred),
        CASE(the_row_does_not_call_it_verified),
        CASE(who_hides_its_own_draw),
        CASE(only_offices_below_are_verified),
    };
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(cheats) + ARRAY_LEN(odds) +
                           ARRAY_LEN(books) + ARRAY_LEN(flags)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    ROWS(a_cheat_is_found, cheats);
    ROWS(an_odd_order_is_found, odds);
    ROWS(the_books_are_read, books);
    ROWS(a_flag_is_raised, flags);
    return cmocka_run_group_tests_name("verify", test, NULL, NULL);
}
