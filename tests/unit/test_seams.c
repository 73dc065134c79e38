/* test_seams.c - what one part of an office's life does to the others: keys, root policy, revocation, oblivion against
 * the rows derived again from the logs, a look at everything on the disk, and a copy of it all. */
#include "tests/unit/clue.h"
#include "tests/unit/rotate.h"

#include <unistd.h>

#include "node/store/purge.h"
#include "node/store/rebuild.h"
#include "node/store/recheck.h"
#include "node/store/redact.h"
#include "node/sync/certify.h"
#include "node/sync/succession.h"

static void found(void *ctx, const struct rebuild_finding *f)
{
    unsigned *n = ctx;
    if (++*n < 8)
        print_error("%d %s %s: %s %s\n", (int)f->what, f->table, f->key, f->why.id, f->why.args);
}

/* Nothing differs from what the logs say, and nothing on the disk is damaged. */
static void whole(struct test_office *o)
{
    unsigned n = 0;
    struct rebuild_result r;
    struct recheck_tally t = {0};
    struct rebuild_options opt = {.found = found, .ctx = &n};
    MUST(rebuild_make(&r, o->st, &opt, &offices_err));
    rebuild_drop(o->st);
    if (r.found)
        fail_msg("%s: %u differences", o->dir, n);
    MUST(recheck_all(&t, o->st, NULL, &offices_err));
    assert_int_equal(t.damaged, 0);
    assert_true(t.entries > 0 || count(o, "SELECT sum(verified) FROM log") == 0);
}

static void all_whole(struct family *f)
{
    whole(&f->p);
    whole(&f->c);
    whole(&f->k);
    whole(&f->k2);
}

static void round_trip(struct family *f)
{
    for (int i = 0; i < 2; i++) {
        carry(&f->k, &f->c);
        carry(&f->k2, &f->c);
        carry(&f->c, &f->p);
        carry(&f->p, &f->c);
        carry(&f->c, &f->k);
        carry(&f->c, &f->k2);
    }
}

static void story(struct family *f)
{
    static int64_t version;
    write_one(&f->k, ++version);
    write_one(&f->k2, ++version);
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    MUST(write_clue(&f->k, "1406", "to the city", &offices_err));
    MUST(write_clue(&f->c, "140602", "to the county", &offices_err));
    round_trip(f);
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static void after_rotations(void **state)
{
    struct family *f = *state;
    story(f);
    rotate(&f->k, &f->c, true);
    all_whole(f);
    story(f);
    all_whole(f);
    rotate(&f->c, &f->p, true);
    story(f);
    rotate(&f->k2, &f->c, true);
    story(f);
    all_whole(f);
}

/* ---- the root policy ------------------------------------------------------------------------------------------ */

/* The first two custodians and a new one follow the three: the third one signed the province's certificate. */
static void succession_of(struct qn_buf *out, struct family *f, struct qn_policy *next)
{
    struct keys *fresh;
    struct qn_request r;
    uint8_t sig[2][QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf draft = {0};
    MUST(keys_create(&fresh, KEYS_ROOT, &offices_err));
    keys_public(fresh, &r);
    keys_free(fresh);
    *next = f->all.parsed;
    memcpy(next->key[2], r.log, QN_PUBKEY);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = i + 1; k < 3; k++)
            if (memcmp(next->key[i], next->key[k], QN_PUBKEY) > 0) {
                uint8_t t[QN_PUBKEY];
                memcpy(t, next->key[i], QN_PUBKEY);
                memcpy(next->key[i], next->key[k], QN_PUBKEY);
                memcpy(next->key[k], t, QN_PUBKEY);
            }
    qn_buf_init(&draft, QN_SUCCESSION_MAX);
    qn_buf_init(out, QN_SUCCESSION_MAX);
    MUST(succession_draft(&draft, &f->all.parsed, next, &offices_err));
    MUST(succession_sign(sig[0], qn_buf_span(&draft), f->all.root[0], &offices_err));
    MUST(succession_sign(sig[1], qn_buf_span(&draft), f->all.root[1], &offices_err));
    MUST(succession_seal(out, &f->all.parsed, qn_buf_span(&draft), (const uint8_t(*)[QN_SIG])sig, 2,
                         &offices_err));
}

/* Certificates that were given under the policy before are sound, as long as nobody signed them again and after. */
static void after_a_succession(void **state)
{
    struct family *f = *state;
    struct test_office *all[] = {&f->p, &f->c, &f->k, &f->k2};
    struct qn_policy next;
    struct succession_followed told;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    story(f);
    succession_of(&text, f, &next);
    for (size_t i = 0; i < 4; i++)
        MUST(succession_follow(&told, all[i]->st, qn_buf_span(&text), NULL, &offices_err));
    all_whole(f);
    story(f);
    all_whole(f);
    rotate(&f->k, &f->c, true);
    story(f);
    all_whole(f);
}

/* ---- certificates that gave more than their issuer's gives now ---------------------------------------------------- */

static void after_a_revocation(void **state)
{
    struct family *f = *state;
    struct qn_cert made;
    story(f);
    sleep(1); /* cosignatures have seconds */
    MUST(certify_revoke(f->p.st, "1406", 0, "stolen", &made, &offices_err));
    all_whole(f);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    all_whole(f);
    /* It begins anew; the county, whose certificate stands under the revoked one, takes in a chain that holds it. */
    rotate(&f->c, &f->p, true);
    carry(&f->c, &f->k);
    rotate(&f->k, &f->c, true);
    story(f);
    all_whole(f);
}

/* ---- oblivion ------------------------------------------------------------------------------------------------------- */

static void order(struct test_office *by, const char *log, uint64_t seq)
{
    struct redact_order o = {
        .log = log, .seq = seq, .basis = "PIPL 47", .reason = "withdrawn", .by = "tester"};
    MUST(redact_order(NULL, by->st, &o, &offices_err));
}

/* A part of a log that is over, and a part of the own log at the word of an office above. */
static void forgotten_of_an_earlier_epoch(void **state)
{
    struct family *f = *state;
    story(f);
    rotate(&f->k, &f->c, true);
    story(f);
    order(&f->c, "test.example/140602/1", 0);
    round_trip(f);
    all_whole(f);
    order(&f->k, "test.example/140602/1", 1); /* by the author, in a later epoch */
    order(&f->p, "140602", 0);
    round_trip(f);
    all_whole(f);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close WHERE office = '140602'"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 0);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM fate"), 0);
}

/* The keys that opened it are lost, and the rows that it brought go all the same. */
static void forgotten_though_it_opens_no_more(void **state)
{
    struct family *f = *state;
    struct qn_cert made;
    story(f);
    sleep(1);
    MUST(certify_revoke(f->p.st, "1406", 0, "burnt", &made, &offices_err));
    rotate(&f->c, &f->p, false);
    round_trip(f); /* the county seals to the new key */
    story(f);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE office = '140602'"), 2);
    order(&f->k, "140602", 1);
    round_trip(f);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE office = '140602'"), 1);
    whole(&f->p);
    whole(&f->c);
}

/* A stream that is not at its end: what it brought stands on the disk, and is applied before anything is compared. */
static void in_the_middle_of_a_stream(void **state)
{
    struct family *f = *state;
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    story(f);
    write_one(&f->k, 5000);
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    MUST(exchange_stream_open(&s, f->c.st, "140602", NULL, &offices_err));
    MUST(exchange_stream_feed(s, qn_buf_span(&b), &offices_err));
    MUST(exchange_stream_pause(s, &offices_err));
    whole(&f->c);
    MUST(exchange_stream_finish(s, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE roster = 5000"), 1);
    whole(&f->c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_rotations, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(after_a_succession, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(after_a_revocation, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(forgotten_of_an_earlier_epoch, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(in_the_middle_of_a_stream, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(forgotten_though_it_opens_no_more, family_setup,
                                        family_teardown),
    };
    return cmocka_run_group_tests_name("seams", tests, NULL, NULL);
}
