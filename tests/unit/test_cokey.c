/* test_cokey.c - a second custodian: named from above, asked, answering once, missed when absent. */
#include "tests/unit/draw_case.h"

#include <stdio.h>

#include "node/draw/cokey.h"

#define SLOT "1406/2021/T1/1"

static struct keys *custodian(uint8_t pk[QN_PUBKEY])
{
    struct keys *k;
    struct qn_request pub;
    MUST(keys_create(&k, KEYS_COKEY, &offices_err));
    keys_public(k, &pub);
    memcpy(pk, pub.vrf, QN_PUBKEY);
    return k;
}

static void record_path(char out[200], struct family *f)
{
    snprintf(out, 200, "%s/co.asked", f->all.dir);
}

static void named_at(struct family *f, const uint8_t pk[QN_PUBKEY], enum qn_draw_level level)
{
    static const struct plan_case usual = {0};
    MUST(cokey_add(f->c.st, "140602", pk, "纪检监察组", &offices_err));
    prepare(f, &usual);
    assert_int_equal(issue(&f->c, &(struct order_options){.ahead_days = -1, .level = level}, NULL),
                     1);
    carry(&f->c, &f->k);
}

static void named(struct family *f, const uint8_t pk[QN_PUBKEY])
{
    named_at(f, pk, 0);
}

static void flip(char *digit)
{
    *digit = *digit == '0' ? '1' : '0';
}

static void a_draw_waits_for_the_answer(void **state)
{
    struct family *f = *state;
    uint8_t pk[QN_PUBKEY], pk2[QN_PUBKEY];
    char question[COKEY_QUESTION], other[COKEY_QUESTION], answer[COKEY_LINE], again[COKEY_LINE],
        record[200];
    unsigned missing;
    struct qn_err err;
    QN_AUTO(keys) struct keys *co = custodian(pk), *stranger = custodian(pk2);
    named(f, pk);
    record_path(record, f);
    struct draw_outcome o = draw_first(&f->k);
    assert_string_equal(o.why.id, "draw.answers");
    assert_int_equal(o.why.code, QN_LATER);
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err));
    MUST(cokey_answer(answer, question, co, record, "2021-08-16", &offices_err));
    MUST(cokey_answer(again, question, co, record, "2021-08-17", &offices_err));
    assert_string_equal(answer, again);
    strcpy(other, question); /* another order */
    flip(other + 20);
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err,
                   "cokey.other-order");
    strcpy(other, question); /* another freeze than the order's */
    flip(other + 90);
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err,
                   "cokey.other-order");
    strcpy(other, question); /* numbers that the order does not ask for */
    char *end = strchr(other, '\n');
    strcpy(end - 1, "ssq 2026133 01 05 12 18 22 30+07");
    strcat(other, strchr(question, '\n'));
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err,
                   "cokey.other-order");
    *strchr(strcpy(other, question), '\n') = 0; /* no order */
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err,
                   "cokey.question");
    FILE *torn =
        fopen(record, "a"); /* the power went while a line was written: nothing was answered */
    assert_non_null(torn);
    fputs("2021-08-17 draw-ask/1 7f", torn);
    fclose(torn);
    MUST(cokey_link(other, "https://example.cn/cokey.html", question, &offices_err));
    MUST(cokey_answer(again, other, co, record, "2021-08-18", &offices_err));
    assert_string_equal(answer, again);
    expect_verdict(cokey_link(other, "https://example.cn/#a", question, &err), &err, "cokey.page");
    expect_verdict(cokey_answer(again, "draw-ask/1 00 -", co, record, "2021-08-17", &err), &err,
                   "cokey.question");
    expect_verdict(cokey_answer(again, question, stranger, record, "2021-08-16", &err), &err,
                   "cokey.not-asked");
    strcpy(again, answer); /* another key's name on it */
    qn_hex(strrchr(again, ' ') - 2 * QN_PUBKEY, pk2, QN_PUBKEY);
    again[strlen(answer) - 2 * QN_VRF_PROOF - 1] = ' ';
    expect_verdict(cokey_take(&missing, f->k.st, again, &err), &err, "cokey.answer-wrong");
    strcpy(again, answer);
    again[strlen(again) - 20] ^= 1; /* one digit of the proof, still a digit or none */
    assert_int_not_equal(cokey_take(&missing, f->k.st, again, &err), QN_OK);
    expect_verdict(cokey_take(&missing, f->k.st, "draw-answer/1 00", &err), &err, "cokey.answer");
    assert_string_equal(draw_first(&f->k).why.id, "draw.answers");
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
    assert_int_equal(missing, 0);
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_answer"), 1);
    o = draw_first(&f->k);
    assert_true(o.drawn);
    settle(f);
    expect_verdicts(&f->p, "");
    QN_AUTO(draw_view) struct draw_view view = {.has_order = false};
    MUST(draw_show(&view, f->p.st, "140602", o.made.id, &offices_err));
    assert_true(view.has_seed);
}

/* Without a freeze in the order the custodian's record fixes it: the roster cannot be changed after the answer. */
static void the_roster_is_fixed_by_the_answer(void **state)
{
    struct family *f = *state;
    uint8_t pk[QN_PUBKEY];
    char question[COKEY_QUESTION], answer[COKEY_LINE], again[COKEY_LINE], record[200];
    unsigned missing;
    struct qn_err err;
    QN_AUTO(keys) struct keys *co = custodian(pk);
    named_at(f, pk, QN_UNWITNESSED);
    record_path(record, f);
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err));
    MUST(cokey_answer(answer, question, co, record, "2021-08-16", &offices_err));
    char *freeze = question + strlen("draw-ask/1 ") + 2 * QN_HASH + 1;
    flip(freeze);
    expect_verdict(cokey_answer(again, question, co, record, "2021-08-17", &err), &err,
                   "cokey.asked");
    flip(freeze);
    revise_object(&f->k, count(&f->k, "SELECT min(id) FROM object"), 2, 2, 0, "deregistered");
    struct freeze_made made;
    MUST(freeze_make(&made, f->k.st, &offices_err));
    assert_true(made.made);
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err)); /* now of the new freeze */
    expect_verdict(cokey_answer(again, question, co, record, "2021-08-17", &err), &err,
                   "cokey.asked");
    struct draw_outcome o = draw_first(&f->k);
    QN_AUTO(record) struct record r = {.rival = false};
    if (o.drawn) { /* on the freeze that the custodian recorded, or not at all */
        MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
        char hex[2 * QN_HASH + 1];
        qn_hex(hex, r.res->freeze.leaf, QN_HASH);
        assert_memory_equal(hex, answer + strlen("draw-answer/1 ") + 2 * QN_HASH + 1, 2 * QN_HASH);
    } else {
        assert_string_equal(o.why.id, "draw.roster-changed");
    }
}

static void who_may_name_which(void **state)
{
    struct family *f = *state;
    uint8_t pk[4][QN_PUBKEY];
    const uint8_t bad[QN_PUBKEY] = {1};
    struct qn_err err;
    struct qn_cert cert;
    for (int i = 0; i < 4; i++) {
        QN_AUTO(keys) struct keys *k = custodian(pk[i]);
        assert_non_null(k);
    }
    MUST(tree_cert(&cert, f->c.st, "140602", &offices_err));
    expect_verdict(cokey_add(f->k.st, "140602", pk[0], "x", &err), &err, "cokey.not-ours");
    expect_verdict(cokey_add(f->p.st, "140602", pk[0], "x", &err), &err, "cokey.not-ours");
    expect_verdict(cokey_add(f->c.st, "140602", bad, "x", &err), &err, "cokey.key");
    expect_verdict(cokey_add(f->c.st, "140602", cert.vrf, "x", &err), &err, "cokey.key");
    expect_verdict(cokey_remove(f->c.st, "140602", pk[0], "gone", &err), &err, "cokey.unknown");
    MUST(cokey_add(f->c.st, "140602", pk[0], "x", &offices_err));
    expect_verdict(cokey_add(f->c.st, "140602", pk[0], "x", &err), &err, "cokey.twice");
    MUST(cokey_add(f->c.st, "140602", pk[1], "y", &offices_err));
    expect_verdict(cokey_add(f->c.st, "140602", pk[2], "z", &err), &err, "cokey.most");
    MUST(cokey_remove(f->c.st, "140602", pk[0], "gone", &offices_err));
    MUST(cokey_add(f->c.st, "140602", pk[2], "z", &offices_err));
}

/* ---- cheats --------------------------------------------------------------------------------------------------------- */

static void answered(struct family *f, const struct keys *co)
{
    char question[COKEY_QUESTION], answer[COKEY_LINE], record[200];
    unsigned missing;
    record_path(record, f);
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err));
    MUST(cokey_answer(answer, question, co, record, "2021-08-16", &offices_err));
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
}

/* The first finding is this code, held against this office. */
static void held_against(struct test_office *o, enum verdict_code code, const char *office)
{
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, o->st, NULL, 0, NULL, &offices_err));
    assert_true(r.n > 0 && r.at[0].f.n > 0);
    assert_int_equal(r.at[0].f.at[0].code, code);
    assert_string_equal(r.at[0].f.at[0].against, office);
}

static void left_out(struct draw_job *j)
{
    j->order.o.nkeys = 1;
}

static void spoilt(struct draw_job *j)
{
    j->pi[1][70] ^= 1;
}

static struct cheat {
    const char *name;
    void (*spoil)(struct draw_job *j);
    const char *want;
} cheats[] = {
    {"drawn without the custodian", left_out, "draw: CONTRIBUTOR_MISSING"},
    {"a proof that does not hold", spoilt, "draw: VRF_INVALID"},
};

/* The county changes its program. */
static void the_county_cheats(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    uint8_t pk[QN_PUBKEY];
    family_setup(&made);
    struct family *f = made;
    QN_AUTO(keys) struct keys *co = custodian(pk);
    named(f, pk);
    answered(f, co);
    {
        QN_AUTO(draw_job) struct draw_job j = {.late = false};
        QN_AUTO(ground) struct ground g = {.loaded = false};
        struct draw_made written;
        struct order_line line = only_order(&f->k);
        MUST(draw_take(&j, f->k.st, line.origin, line.seq, &offices_err));
        MUST(cokey_answers(&j, f->k.st, &offices_err));
        MUST(ground_load(&g, f->k.st, j.freeze_origin, j.freeze_seq, &offices_err));
        MUST(draw_compute(&j, f->k.st, &g, &offices_err));
        row->spoil(&j);
        MUST(draw_write(&written, f->k.st, &j, &g, &offices_err));
    }
    settle(f);
    expect_verdicts(&f->p, row->want);
    if (row->spoil == left_out)
        held_against(&f->p, V_CONTRIBUTOR_MISSING, "140602");
    family_teardown(&made);
}

/* What the city does in turn: names the key (+), ends it (-), gives an order with it (O) or without (o). */
static struct enrolment {
    const char *name, *does;
    const char *want;
} enrolments[] = {
    {"named, then ordered with it", "+O", ""},
    {"an order without any", "o", ""},
    {"named, then ordered without it", "+o", "draw: CONTRIBUTOR_MISSING"},
    {"named after the order", "o+", ""},
    {"ended, then ordered without it", "+-o", ""},
    {"ended after the order", "+O-", ""},
    {"ended after an order without it", "+o-", "draw: CONTRIBUTOR_MISSING"},
    {"named again, then ordered without it", "+-+o", "draw: CONTRIBUTOR_MISSING"},
    {"named again, then ordered with it", "+-+O", ""},
    {"a key that nobody named", "O", "draw: KEY_NOT_ENROLLED"},
    {"a key that was ended", "+-O", "draw: KEY_NOT_ENROLLED"},
    {"a key named after the order with it", "O+", "draw: KEY_ENROLLED_LATE"},
};

static void the_city_enrols(void **state)
{
    static const struct plan_case usual = {0};
    struct enrolment *row = *state;
    void *made = NULL;
    uint8_t pk[QN_PUBKEY];
    bool with = strchr(row->does, 'O') != NULL;
    family_setup(&made);
    struct family *f = made;
    QN_AUTO(keys) struct keys *co = custodian(pk);
    prepare(f, &usual);
    for (const char *p = row->does; *p; p++) {
        if (*p == '+')
            MUST(cokey_add(f->c.st, "140602", pk, "纪检监察组", &offices_err));
        else if (*p == '-')
            MUST(cokey_remove(f->c.st, "140602", pk, "moved", &offices_err));
        else
            write_order(&f->c, "140602", &(struct odd_order){.cokey = with ? pk : NULL});
    }
    carry(&f->c, &f->k);
    if (with)
        answered(f, co);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, row->want);
    expect_verdicts(&f->c, row->want);
    if (strstr(row->want, "CONTRIBUTOR_MISSING"))
        held_against(&f->p, V_CONTRIBUTOR_MISSING, "1406");
    family_teardown(&made);
}

/* Whoever has not read so far what the city says of keys accuses nobody. */
static void what_is_not_read_is_not_checked(void **state)
{
    struct family *f = *state;
    uint8_t pk[QN_PUBKEY];
    static const struct plan_case usual = {0};
    QN_AUTO(keys) struct keys *co = custodian(pk);
    prepare(f, &usual);
    MUST(cokey_add(f->c.st, "140602", pk, "纪检监察组", &offices_err));
    write_order(&f->c, "140602", &(struct odd_order){.cokey = NULL});
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    edit(&f->p, "DELETE FROM cokey");
    edit(&f->p, "UPDATE cursor SET applied = 1 WHERE lane = 0");
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, f->p.st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.at[0].f.n, 0);
    assert_int_equal(r.at[0].f.state[V_CONTRIBUTOR_MISSING], CHECK_SKIPPED);
    assert_string_equal(r.at[0].f.why[V_CONTRIBUTOR_MISSING], "verdict.skip.enrolment");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest plain[] = {CASE(a_draw_waits_for_the_answer), CASE(who_may_name_which),
                                       CASE(the_roster_is_fixed_by_the_answer),
                                       CASE(what_is_not_read_is_not_checked)};
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(cheats) + ARRAY_LEN(enrolments)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(cheats); i++)
        test[n++] = (struct CMUnitTest){cheats[i].name, the_county_cheats, NULL, NULL, &cheats[i]};
    for (size_t i = 0; i < ARRAY_LEN(enrolments); i++)
        test[n++] =
            (struct CMUnitTest){enrolments[i].name, the_city_enrols, NULL, NULL, &enrolments[i]};
    return cmocka_run_group_tests_name("co-key", test, NULL, NULL);
}
