/* test_verify_spread.c - offices judged side by side: the same is found, in the same order, as by one. */
#include "tests/unit/draw_case.h"

#define SECOND \
    "draw-rules/1\n" \
    "slot 1406 2021 T2 1\n" \
    "type both\n" \
    "population eq(status,0)\n" \
    "stratum 1 1/3 1 true\n" \
    "total -\n" \
    "must -\n" \
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

/* The first county draws another than it should, the second as it should. */
static void cheat(struct family *f)
{
    struct draw_made written;
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    struct order_line line = only_order(&f->k);
    MUST(order_read(&j.order, f->k.st, line.origin, line.seq, &offices_err));
    MUST(order_rules_find(&j.rules, f->k.st, &j.order.o, &offices_err));
    MUST(ground_load(&g, f->k.st, j.order.o.freeze.origin, j.order.o.freeze.index, &offices_err));
    MUST(draw_compute(&j, f->k.st, &g, &offices_err));
    j.r.sel[0].stratum[0].base--;
    MUST(draw_write(&written, f->k.st, &j, &g, &offices_err));
}

static int two_counties(void **state)
{
    static const struct plan_case second = {.rules = SECOND, .task = "T2", .drawer = "140622"};
    if (family_setup(state))
        return -1;
    struct family *f = *state, other;
    ordered(f, NULL);
    cheat(f);
    settle(f);
    other = *f;
    other.k = f->k2;
    ordered(&other, &second);
    assert_true(draw_first(&other.k).drawn);
    settle(&other);
    return 0;
}

struct told {
    unsigned lines, offices; /* a bit each */
};

static void say(void *ctx, const char *id, const char *args)
{
    struct told *t = ctx;
    assert_string_equal(id, "verify.progress");
    t->lines++;
    t->offices |= strstr(args, "140602") ? 1u : strstr(args, "140622") ? 2u : 0;
}

static void as_by_one(void **state)
{
    struct family *f = *state;
    const struct verify_watch one = {.threads = 1};
    QN_AUTO(verify) struct verify_result want = {.at = NULL};
    MUST(verify_watched(&want, f->p.st, NULL, 0, &one, NULL, &offices_err));
    assert_int_equal(want.draws, 2);
    assert_int_equal(want.clean, 1);
    for (unsigned threads = 2; threads <= 4; threads++) { /* four offices */
        struct told told = {0};
        const struct qn_report report = {say, &told};
        const struct verify_watch many = {.threads = threads};
        QN_AUTO(verify) struct verify_result got = {.at = NULL};
        MUST(verify_watched(&got, f->p.st, NULL, 0, &many, &report, &offices_err));
        assert_int_equal(told.lines, 2);
        assert_int_equal(told.offices, 3);
        assert_int_equal(got.n, want.n);
        assert_int_equal(got.draws, want.draws);
        assert_int_equal(got.clean, want.clean);
        assert_int_equal(got.waiting, want.waiting);
        assert_int_equal(got.forgotten, want.forgotten);
        assert_memory_equal(&got.checks, &want.checks, sizeof(want.checks));
        for (size_t i = 0; i < want.n; i++) {
            const struct verdict *a = &got.at[i], *b = &want.at[i];
            assert_int_equal(a->about, b->about);
            assert_string_equal(a->draw, b->draw);
            assert_string_equal(a->slot, b->slot);
            assert_memory_equal(a->leaf, b->leaf, QN_HASH);
            assert_int_equal(a->f.n, b->f.n);
            assert_memory_equal(a->f.state, b->f.state, sizeof(b->f.state));
            for (size_t k = 0; k < b->f.n; k++)
                assert_string_equal(a->f.at[k].against, b->f.at[k].against);
        }
    }
}

/* What is written and not committed would not be seen by another connection. */
static void one_within_a_transaction(void **state)
{
    struct family *f = *state;
    const struct verify_watch many = {.threads = 3};
    struct store *other = NULL;
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(store_reader(&other, f->p.st, &offices_err));
    assert_non_null(other);
    assert_string_equal(store_self(other)->office, "14");
    store_close(other);
    QN_AUTO(tx) struct tx tx = {0};
    MUST(tx_begin(&tx, f->p.st, &offices_err));
    MUST(store_reader(&other, f->p.st, &offices_err));
    assert_null(other);
    MUST(verify_watched(&r, f->p.st, NULL, 0, &many, NULL, &offices_err));
    assert_int_equal(r.draws, 2);
}

/* One office that cannot be judged stops all, and says why. */
static void what_stops_one_stops_all(void **state)
{
    struct family *f = *state;
    const struct verify_watch many = {.threads = 3};
    struct qn_err err = {.id = ""};
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    edit(&f->p, "DROP TRIGGER entry_no_update; UPDATE entry SET header = x'00' WHERE log = "
                "(SELECT no FROM log WHERE origin LIKE '%/140622/1')");
    assert_int_not_equal(verify_watched(&r, f->p.st, NULL, 0, &many, NULL, &err), QN_OK);
    assert_string_not_equal(err.id, "");
    assert_null(r.at);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test_setup_teardown(as_by_one, two_counties, family_teardown),
        cmocka_unit_test_setup_teardown(one_within_a_transaction, two_counties, family_teardown),
        cmocka_unit_test_setup_teardown(what_stops_one_stops_all, two_counties, family_teardown),
    };
    return cmocka_run_group_tests_name("verify_spread", test, NULL, NULL);
}
