/* test_redact.c - parts that are forgotten: everywhere, in any order, with nothing of them left in any file. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/clue.h"
#include "tests/unit/freight_family.h"
#include "tests/unit/meddle.h"

#include "node/store/ingest.h"
#include "node/store/rebuild.h"
#include "node/store/redact.h"

#define WHY    "Li Si asks for it" /* names a person, too */
#define SECRET "\xe5\xbc\xa0\xe4\xb8\x89 13912345678" /* a name and a number */

/* Whether bytes stand in any file of the office's directory. */
static bool on_disk(struct test_office *o, const char *bytes)
{
    char cmd[700];
    snprintf(cmd, sizeof(cmd), "grep -rqaF -- '%s' '%s'", bytes, o->dir);
    return system(cmd) == 0;
}

static void write_secret(struct test_office *o, const char *to, const char *text)
{
    write_addressed(o, to, text, "14", "innocent");
}

static enum qn_code order(struct test_office *by, const char *log, uint64_t seq, unsigned part,
                          struct qn_err *err)
{
    struct redact_order o = {.log = log,
                             .seq = seq,
                             .part = part,
                             .basis = "PIPL 47",
                             .reason = WHY,
                             .by = "tester"};
    return redact_order(NULL, by->st, &o, err);
}

static uint64_t newest(struct test_office *o)
{
    struct log log;
    MUST(log_find(&log, o->st, store_origin(o->st), &offices_err));
    return log.size - 1;
}

static void everybody(struct family *f)
{
    struct test_office *counties[] = {&f->k, &f->k2};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++)
            carry(counties[k], &f->c);
        carry(&f->c, &f->p);
        carry(&f->p, &f->c);
        for (int k = 0; k < 2; k++)
            carry(&f->c, counties[k]);
    }
}

static void same_when_rebuilt(struct test_office *o)
{
    struct rebuild_result r;
    MUST(rebuild_make(&r, o->st, &(struct rebuild_options){.ctx = NULL}, &offices_err));
    rebuild_drop(o->st);
    assert_int_equal(r.found, 0);
}

static void erased_everywhere(void **state)
{
    struct family *f = *state;
    struct test_office *all[] = {&f->p, &f->c, &f->k};
    write_secret(&f->c, "140602", SECRET);
    uint64_t seq = newest(&f->c);
    everybody(f);
    for (size_t i = 0; i < 3; i++)
        assert_true(on_disk(all[i], SECRET));
    assert_false(on_disk(&f->k2, SECRET));
    MUST(order(&f->c, "1406", seq, 0, &offices_err));
    assert_false(on_disk(&f->c, SECRET));
    everybody(f);
    for (size_t i = 0; i < 3; i++) {
        assert_false(on_disk(all[i], SECRET));
        assert_int_equal(count(all[i], "SELECT count(*) FROM redaction"), 1);
        assert_int_equal(count(all[i], "SELECT count(*) FROM fate"), 0);
        assert_int_equal(
            count(all[i], "SELECT count(*) FROM plan_accept WHERE reason = 'innocent'"),
            all[i] == &f->k ? 0 : 1);
        /* the author, those above, and the office of the log know why */
        assert_int_equal(count(all[i], "SELECT count(*) FROM redaction_case"), all[i] != &f->k);
        assert_int_equal(on_disk(all[i], WHY), all[i] != &f->k);
        same_when_rebuilt(all[i]);
    }
    assert_false(on_disk(&f->k2, WHY));
    write_one(&f->k, 100); /* all goes on */
    write_secret(&f->c, "140602", "later");
    everybody(f);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept WHERE reason = 'later'"), 1);
}

/* A part that comes behind the order is not stored; the log goes on without it. */
static void the_order_comes_first(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf old = {0}, fresh = {0};
    struct exchange_sent sent;
    everybody(f);
    write_secret(&f->c, "140602", SECRET);
    uint64_t seq = newest(&f->c);
    MUST(stream_from(&old, &f->c, &f->k, 0, &sent, NULL, &offices_err));
    MUST(order(&f->c, "1406", seq, 0, &offices_err));
    write_secret(&f->c, "140602", "later");
    MUST(stream_from(&fresh, &f->c, &f->k, 0, &sent, NULL, &offices_err));
    take(&f->k, "1406", qn_buf_span(&fresh), 0, NULL);
    take(&f->k, "1406", qn_buf_span(&old), 0, NULL);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM fate"), 0);
    assert_int_equal(count(&f->k, "SELECT min(applied) FROM cursor WHERE log = (SELECT no FROM log "
                                  "WHERE office = '1406')"),
                     (int64_t)newest(&f->c) + 1);
    assert_false(on_disk(&f->k, SECRET));
    same_when_rebuilt(&f->k);
}

/* The province has a part of a county forgotten; and of the own log a part that an office above names is gone too. */
static void from_two_above(void **state)
{
    struct family *f = *state;
    write_one(&f->k, 100);
    write_one(&f->k, 200);
    everybody(f);
    everybody(f);
    MUST(order(&f->p, "140602", 0, 0, &offices_err));
    everybody(f);
    struct test_office *all[] = {&f->p, &f->c, &f->k};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(count(all[i], "SELECT sum(roster) FROM roster_close"), 200);
        same_when_rebuilt(all[i]);
    }
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM redaction"), 0);
}

static void who_may_not(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    write_one(&f->k, 100);
    write_secret(&f->c, "140602", SECRET);
    everybody(f);
    assert_int_equal(order(&f->k, "1406", newest(&f->c), 0, &err), QN_DENIED);
    assert_string_equal(err.id, "authority.redaction");
    assert_int_equal(order(&f->c, "1406", 0, 0, &err), QN_DENIED); /* the certificate of a county */
    assert_string_equal(err.id, "redact.control");
    assert_int_equal(order(&f->c, "140602", 0, 1, &err), QN_ABSENT);
    assert_string_equal(err.id, "redact.no-part");
    assert_int_equal(order(&f->c, "140602", 9, 0, &err), QN_ABSENT);
    assert_int_equal(order(&f->c, "150000", 0, 0, &err), QN_ABSENT);
    MUST(order(&f->c, "140602", 0, 0, &offices_err));
    assert_int_equal(order(&f->c, "140602", 0, 0, &err), QN_CONFLICT);
    assert_string_equal(err.id, "redact.done");
}

/* Its rows lie in two parts, sealed to the addressee and to the author: an order that points at either names both, whoever
 * gives it. */
static void sealed_to_another(void **state)
{
    for (unsigned part = 0; part < 2; part++)
        for (int by = 0; by < 3; by++) {
            struct family *f = *state;
            struct test_office *who[] = {&f->k, &f->c, &f->p};
            struct qn_err err;
            family_fresh(f);
            MUST(write_clue(&f->k, "1406", SECRET, &offices_err));
            uint64_t seq = newest(&f->k);
            MUST(write_clue(&f->k, "1406", "another", &offices_err));
            everybody(f);
            assert_int_equal(count(&f->c, "SELECT count(*) FROM clue"), 2);
            assert_int_equal(count(&f->p, "SELECT count(*) FROM part JOIN entry USING (log, seq) "
                                          "WHERE lane = 3"),
                             4);
            MUST(order(who[by], "140602", seq, part, &offices_err));
            assert_int_equal(order(who[by], "140602", seq, !part, &err), QN_CONFLICT);
            assert_string_equal(err.id, "redact.done");
            everybody(f);
            for (int i = 0; i < 3; i++) {
                assert_int_equal(count(who[i], "SELECT count(*) FROM redaction"), 2);
                assert_int_equal(count(who[i], "SELECT count(*) FROM part JOIN entry USING (log, "
                                               "seq) WHERE lane = 3"),
                                 2);
                assert_int_equal(count(who[i], "SELECT count(*) FROM clue"), i < 2);
                assert_false(on_disk(who[i], SECRET));
                same_when_rebuilt(who[i]);
            }
            assert_int_equal(count(&f->k, "SELECT count(*) FROM clue WHERE facts = 'another'"), 1);
            assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE facts = 'another'"), 1);
        }
}

/* A province has no copy: its rows go with the part that it sealed to another. */
static void sealed_by_the_province(void **state)
{
    struct family *f = *state;
    everybody(f);
    MUST(write_clue(&f->p, "1406", SECRET, &offices_err));
    uint64_t seq = newest(&f->p);
    everybody(f);
    MUST(order(&f->p, "14", seq, 0, &offices_err));
    everybody(f);
    struct test_office *at[] = {&f->p, &f->c};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(count(at[i], "SELECT count(*) FROM clue"), 0);
        assert_int_equal(count(at[i], "SELECT count(*) FROM redaction"), 1);
        assert_false(on_disk(at[i], SECRET));
        same_when_rebuilt(at[i]);
    }
}

/* A photograph goes with the last row that names it. */
static void a_file_named_there(void **state)
{
    struct family *f = *state;
    struct qn_file_name once, twice;
    photograph(&once, f, &f->k, 1, 5000);
    uint64_t first = newest(&f->k);
    photograph(&twice, f, &f->k, 2, 6000);
    uint64_t second = newest(&f->k);
    name_file(&f->k, &twice);
    assert_true(same_bytes(&f->k, &f->k, &once));
    MUST(order(&f->k, "140602", first, 0, &offices_err));
    MUST(order(&f->k, "140602", second, 0, &offices_err));
    struct vault_file v = {.size = 0};
    struct qn_err err;
    assert_int_equal(vault_measure(&v, f->k.dir, once.sha256, &err), QN_ABSENT);
    assert_true(same_bytes(&f->k, &f->k, &twice));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM evidence"), 1);
    MUST(files_look(f->k.st, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM file"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(erased_everywhere, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(the_order_comes_first, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(from_two_above, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(who_may_not, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(a_file_named_there, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(sealed_to_another, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(sealed_by_the_province, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
