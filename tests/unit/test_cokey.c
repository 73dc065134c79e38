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

static void named(struct family *f, const uint8_t pk[QN_PUBKEY])
{
    static const struct plan_case usual = {0};
    MUST(cokey_add(f->c.st, "140602", pk, "纪检监察组", &offices_err));
    prepare(f, &usual);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
}

static void a_draw_waits_for_the_answer(void **state)
{
    struct family *f = *state;
    uint8_t pk[QN_PUBKEY], pk2[QN_PUBKEY];
    char question[COKEY_LINE], other[COKEY_LINE], answer[COKEY_LINE], again[COKEY_LINE],
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
    strcpy(other, question); /* another freeze */
    other[90] = other[90] == '0' ? '1' : '0';
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err, "cokey.asked");
    strcpy(other, question);
    strcpy(strrchr(other, ' '), " ssq 2026133 01 05 12 18 22 30+07");
    expect_verdict(cokey_answer(again, other, co, record, "2021-08-17", &err), &err, "cokey.asked");
    FILE *torn =
        fopen(record, "a"); /* the power went while a line was written: nothing was answered */
    assert_non_null(torn);
    fputs("2021-08-17 draw-ask/1 7f", torn);
    fclose(torn);
    strcpy(other, question); /* another order */
    other[20] = other[20] == '0' ? '1' : '0';
    MUST(cokey_answer(again, other, co, record, "2021-08-18", &offices_err));
    MUST(cokey_answer(again, question, co, record, "2021-08-18", &offices_err));
    assert_string_equal(answer, again);
    expect_verdict(cokey_answer(again, "draw-ask/1 00 -", co, record, "2021-08-17", &err), &err,
                   "cokey.question");
    strcat(record, "2");
    MUST(cokey_answer(again, question, stranger, record, "2021-08-16", &offices_err));
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

static struct cheat {
    const char *name;
    enum { LEFT_OUT, SPOILT, NOT_NAMED, LATE } how;
    const char *want;
} cheats[] = {
    {"drawn without the custodian", LEFT_OUT, "draw: CONTRIBUTOR_MISSING"},
    {"a proof that does not hold", SPOILT, "draw: VRF_INVALID"},
    {"a key that nobody named", NOT_NAMED, "draw: KEY_NOT_ENROLLED"},
    {"a key named after the order", LATE, "draw: KEY_ENROLLED_LATE"},
};

static void a_cheat_is_found(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    uint8_t pk[QN_PUBKEY];
    char question[COKEY_LINE], answer[COKEY_LINE], record[200];
    unsigned missing;
    family_setup(&made);
    struct family *f = made;
    QN_AUTO(keys) struct keys *co = custodian(pk);
    named(f, pk);
    record_path(record, f);
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err));
    MUST(cokey_answer(answer, question, co, record, "2021-08-16", &offices_err));
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
    {
        QN_AUTO(draw_job) struct draw_job j = {.late = false};
        QN_AUTO(ground) struct ground g = {.loaded = false};
        struct draw_made written;
        struct order_line line = only_order(&f->k);
        MUST(draw_take(&j, f->k.st, line.origin, line.seq, &offices_err));
        MUST(cokey_answers(&j, f->k.st, &offices_err));
        MUST(ground_load(&g, f->k.st, j.freeze_origin, j.freeze_seq, &offices_err));
        MUST(draw_compute(&j, f->k.st, &g, &offices_err));
        if (row->how == LEFT_OUT)
            j.order.o.nkeys = 1;
        if (row->how == SPOILT)
            j.pi[1][70] ^= 1;
        MUST(draw_write(&written, f->k.st, &j, &g, &offices_err));
    }
    settle(f);
    if (row->how == NOT_NAMED)
        edit(&f->p, "DELETE FROM cokey");
    if (row->how == LATE)
        edit(&f->p, "UPDATE cokey SET id = id + (1000 << 16)");
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest plain[] = {CASE(a_draw_waits_for_the_answer), CASE(who_may_name_which)};
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(cheats)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(cheats); i++)
        test[n++] = (struct CMUnitTest){cheats[i].name, a_cheat_is_found, NULL, NULL, &cheats[i]};
    return cmocka_run_group_tests_name("co-key", test, NULL, NULL);
}
