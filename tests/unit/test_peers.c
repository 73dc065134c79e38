/* The table of peers: in which order they are called, and what a success does to a failure. */
#include "tests/unit/family.h"

static struct test_office *office_of(struct family *f, const char *code)
{
    struct test_office *all[] = {&f->p, &f->c, &f->k, &f->k2};
    for (size_t i = 0; i < 4; i++)
        if (strcmp(code_of(all[i]), code) == 0)
            return all[i];
    fail_msg("%s is not in the family", code);
    return NULL;
}

struct order {
    const char *name, *self, *set[3], *want;
};
static const struct order orders[] = {
    {"the parent before the province", "140602", {"14", "1406"}, "1406 14"},
    {"the parent before its other children",
     "1406",
     {"140622", "140602", "14"},
     "14 140602 140622"},
    {"the province has no parent", "14", {"140602", "1406"}, "1406 140602"},
    {"no address of the parent", "140602", {"14"}, "14"},
    {"nobody", "140602", {NULL}, ""},
};

static void ordered(void **state)
{
    struct family *f = *state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const struct order *o = &orders[i];
        char got[128] = "", dir[32];
        struct test_office one;
        QN_AUTO(peers) struct peers all = {NULL, 0};
        snprintf(dir, sizeof(dir), "order-%zu", i);
        copy_office(&one, f, office_of(f, o->self), dir);
        for (size_t k = 0; k < 3 && o->set[k]; k++)
            MUST(peer_set(one.st, o->set[k], "https://127.0.0.1:9", &offices_err));
        MUST(peer_list(&all, one.st, &offices_err));
        for (size_t k = 0, n = 0; k < all.n; k++)
            n += (size_t)snprintf(got + n, sizeof(got) - n, k ? " %s" : "%s", all.peer[k].office);
        if (strcmp(got, o->want) != 0)
            fail_msg("%s: %s, wanted %s", o->name, got, o->want);
        store_close(one.st);
    }
}

/* What ails the line is not mended by a stick. */
static void by_file(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    struct qn_err failure;
    struct peer p;
    qn_fail(&failure, QN_LATER, "sync.unreachable", "office=1406|url=https://127.0.0.1:9");
    MUST(peer_set(st, "1406", "https://127.0.0.1:9", &offices_err));
    MUST(peer_done(st, "1406", &failure, &offices_err));
    MUST(peer_done_by_file(st, "1406", &offices_err));
    MUST(peer_get(&p, st, "1406", &offices_err));
    assert_string_equal(p.last_error, "sync.unreachable office=1406|url=https://127.0.0.1:9");
    assert_int_equal(p.failures, 1);
    assert_true(p.last_ok_ms > 0);
    MUST(peer_done(st, "1406", NULL, &offices_err));
    MUST(peer_get(&p, st, "1406", &offices_err));
    assert_string_equal(p.last_error, "");
    assert_int_equal(p.failures, 0);
    MUST(peer_done_by_file(st, "140622", &offices_err)); /* one that only sends bundles */
    MUST(peer_get(&p, st, "140622", &offices_err));
    assert_true(p.last_ok_ms > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
    const struct CMUnitTest tests[] = {T(ordered), T(by_file)};
    return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
