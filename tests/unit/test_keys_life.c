/* test_keys_life.c - an office changes its keys: what is sealed, signed, sent and certified before and after. */
#include "node/work/clue.h"
#include "tests/unit/clue.h"
#include "tests/unit/rotate.h"

#include <unistd.h>

#include "node/store/ingest.h"
#include "node/sync/certs.h"

#define CLUES "SELECT count(*) FROM clue"

static enum qn_code again(struct store *st, const char *clue, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    return clue_again(st, clue, "tester", &d, err);
}

static void round_trip(struct family *f)
{
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    carry(&f->c, &f->k2);
}

static uint64_t applied(struct test_office *at, const char *office, uint16_t epoch,
                        enum qn_lane lane)
{
    struct log log;
    uint64_t relayable, done;
    MUST(log_at(&log, at->st, office, epoch, &offices_err));
    MUST(ingest_cursor(at->st, &log, lane, &relayable, &done, &offices_err));
    return done;
}

/* The county: its old log stays, its new one begins at 0, and both are relayed. */
static void county(void **state)
{
    struct family *f = *state;
    write_one(&f->k, 1);
    round_trip(f);
    write_one(&f->k, 2); /* the city has not seen it when the keys change */
    rotate(&f->k, &f->c, true);
    assert_string_equal(store_origin(f->k.st), "test.example/140602/2");
    write_one(&f->k, 3);
    round_trip(f);
    assert_int_equal(applied(&f->p, "140602", 1, QN_LANE_BULK), 2);
    assert_int_equal(applied(&f->p, "140602", 2, QN_LANE_BULK), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 3);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM fate"), 0);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM fate"), 0);
    /* a receipt of the new log comes back */
    assert_int_equal(
        count(&f->k, "SELECT count(*) FROM receipt r JOIN log l ON l.no = r.log WHERE l.epoch = 2"),
        2);
}

/* The certificate is known before it is taken in: the office goes on in its old epoch, is heard and is read. */
static void not_taken_in_yet(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct rotation r;
    round_trip(f);
    rotation_ask(&r, &f->k, true);
    MUST(rotation_approve(&r, &f->c, &err));
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    assert_string_equal(store_origin(f->k.st), "test.example/140602/1");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM cert WHERE office = '140602'"), 2);
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    MUST(write_clue(&f->c, "140602", "sealed to keys that wait", &err));
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, CLUES), 0);
    assert_int_equal(
        count(&f->k, "SELECT count(*) FROM fate WHERE state = 'held' AND rule = 'apply.seal-keys'"),
        1);
    rotation_accept(&r, false);
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, CLUES), 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM fate"), 0);
    rotation_release(&r);
}

/* Sealed to the old box key, and read after the change: by the office itself, with the one file of its new keys. */
static void sealed_before(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    round_trip(f);
    MUST(write_clue(&f->c, "140602", "sealed to the first key", &err));
    rotate(&f->k, &f->c, true);
    rotate(&f->k, &f->c, true);
    keys_free(f->k.keys);
    char path[512];
    snprintf(path, sizeof(path), "%s/keys-3", f->k.dir);
    MUST(keys_open(&f->k.keys, path, qn_str("test"), &offices_err));
    store_lend_keys(f->k.st, f->k.keys);
    carry(&f->c, &f->k);
    assert_int_equal(
        count(&f->k, "SELECT count(*) FROM clue WHERE facts = 'sealed to the first key'"), 1);
    MUST(write_clue(&f->c, "140602", "sealed to the third", &err));
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, CLUES), 2);
}

/* The city: those below it get its new certificate with its first answer, and certificates count from 1 again. */
static void city(void **state)
{
    struct family *f = *state;
    round_trip(f);
    rotate(&f->c, &f->p, true);
    carry(&f->p, &f->c);
    carry(&f->c,
          &f->k); /* signed by a key that the county has never seen: its certificate comes along */
    assert_int_equal(count(&f->k, "SELECT count(*) FROM cert WHERE office = '1406' AND epoch = 2"),
                     1);
    write_one(&f->k, 1);
    round_trip(f);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 1);
    rotate(&f->k, &f->c, true);
    rotate(&f->k2, &f->c, true);
    assert_int_equal(
        count(&f->c, "SELECT max(serial) FROM cert WHERE issuer = '1406' AND issuer_epoch = 2"), 2);
    write_one(&f->k, 2);
    round_trip(f);
    assert_int_equal(
        count(&f->p, "SELECT count(*) FROM cert WHERE issuer = '1406' AND issuer_epoch = 2"), 2);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 2);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM fate"), 0);
}

/* An office that enrols under a city of the second epoch, and one under its first: both chains hold. */
static void chains(void **state)
{
    struct family *f = *state;
    struct test_office fresh;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    round_trip(f);
    rotate(&f->c, &f->p, true);
    office_make(&fresh, &f->all, &f->c, "140603", QN_COUNTY);
    assert_int_equal(count(&fresh, "SELECT count(*) FROM cert WHERE office = '1406'"), 2);
    qn_buf_init(&chain, ENROL_FILE_MAX);
    MUST(enrol_chain(&chain, f->c.st, "140602", &offices_err));
    assert_int_equal(enrol_accept(fresh.st, f->k.keys, (struct qn_span){NULL, 0}, &offices_err),
                     QN_UNVERIFIED);
    MUST(enrol_accept(f->k.st, f->k.keys, qn_buf_span(&chain), &offices_err));
    office_close_test(&fresh);
}

static void refused(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct rotation r, lost;
    uint16_t epoch;
    char path[1024];
    round_trip(f);
    rotation_ask(&lost, &f->k, false);
    assert_int_equal(rotation_approve(&lost, &f->c, &err),
                     QN_DENIED); /* the old key did not sign it */
    assert_string_equal(err.id, "enrol.not-continued");
    assert_int_equal(rotation_approve(&lost, &f->p, &err), QN_CONFLICT); /* not its parent */
    assert_string_equal(err.id, "enrol.taken");
    rotation_ask(&r, &f->k, true); /* the same new keys, now with the old one's signature */
    MUST(rotation_approve(&r, &f->c, &err));
    assert_int_equal(rotation_approve(&lost, &f->c, &err),
                     QN_OK); /* of the keys that are certified: a renewal */
    carry(&f->c, &f->k);
    struct enrol_rotate again = {
        .keys = f->k.keys, .passphrase = qn_str("test"), .kdf_mib = KEYS_KDF_MIB_MIN};
    assert_int_equal(enrol_rotate(f->k.st, &again, &epoch, path, &err), QN_CONFLICT);
    assert_string_equal(err.id, "enrol.not-taken");
    assert_int_equal(enrol_accept(f->k.st, f->k.keys, (struct qn_span){NULL, 0}, &err),
                     QN_UNVERIFIED);
    rotation_accept(&r, true);
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    rotation_release(&lost);
    rotation_release(&r);
}

static void key_rings(void **state)
{
    (void)state;
    struct keys *k[KEYS_EARLIER + 2];
    const uint8_t *pk, *sk;
    unsigned n = 0;
    for (unsigned i = 0; i < KEYS_EARLIER + 2; i++) {
        MUST(keys_create(&k[i], KEYS_OFFICE, &offices_err));
        if (i)
            keys_remember(k[i], k[i - 1]);
    }
    while (keys_box(k[KEYS_EARLIER + 1], n, &pk, &sk)) {
        struct qn_request of;
        keys_public(k[KEYS_EARLIER + 1 - n], &of);
        assert_memory_equal(pk, of.box, 32);
        assert_non_null(keys_vrf_seed_of(k[KEYS_EARLIER + 1], of.vrf));
        n++;
    }
    assert_int_equal(n, KEYS_EARLIER + 1);
    struct qn_request first;
    keys_public(k[0], &first);
    assert_null(keys_vrf_seed_of(k[KEYS_EARLIER + 1], first.vrf));
    for (unsigned i = 0; i < KEYS_EARLIER + 2; i++)
        keys_free(k[i]);
}

/* ---- dates ------------------------------------------------------------------------------------------------- */

static const struct cert_line *line_of(const struct cert_lines *all, const char *office)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->line[i].c.office, office) == 0)
            return &all->line[i];
    fail_msg("no certificate of %s", office);
    return NULL;
}

static uint64_t today_ms;
static uint64_t told_now(void *ctx)
{
    (void)ctx;
    return today_ms;
}

/* Amber 60 days before the last day, red after it, and an act at any time. */
static void dates(void **state)
{
    struct family *f = *state;
    static const struct {
        int before; /* days */
        enum cert_state state;
        const char *own, *child;
    } rows[] = {
        {61, CERT_VALID, NULL, NULL},
        {60, CERT_ENDING, "certs.own-ending", "certs.child-ending"},
        {0, CERT_ENDING, "certs.own-ending", "certs.child-ending"},
        {-1, CERT_ENDED, "certs.own-ended", "certs.child-ended"},
        {-400, CERT_ENDED, "certs.own-ended", "certs.child-ended"},
    };
    struct qn_cert k = *store_self(f->k.st);
    struct store_world world = {.now_ms = told_now};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char args[400];
        QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
        today_ms = (uint64_t)(k.to_day - rows[i].before) * 86400000 + 3600000;
        store_close(f->k.st);
        MUST(store_open_in(&f->k.st, f->k.dir, STORE_OPEN, &world, &offices_err));
        store_lend_keys(f->k.st, f->k.keys);
        MUST(certs_read(&all, f->k.st, NULL, true, &offices_err));
        const struct cert_line *l = line_of(&all, "140602");
        assert_int_equal(l->state, rows[i].state);
        assert_int_equal(l->days, rows[i].before);
        const char *id = certs_warning(args, store_self(f->k.st), l);
        assert_string_equal(id ? id : "none", rows[i].own ? rows[i].own : "none");
        id = certs_warning(args, store_self(f->c.st), l);
        assert_string_equal(id ? id : "none", rows[i].child ? rows[i].child : "none");
        id = certs_warning(args, store_self(f->p.st), l);
        assert_string_equal(id ? id : "none", !rows[i].own              ? "none"
                                              : l->state == CERT_ENDING ? "certs.other-ending"
                                                                        : "certs.other-ended");
        write_one(&f->k, (int64_t)i + 1); /* nothing stops */
    }
    /* renewed: valid again, and what was written meanwhile counts at once */
    struct certify_renew o = {.office = "140602", .until = "2099-12-31"};
    struct qn_cert made;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    today_ms = (uint64_t)k.from_day * 86400000 + 3600000;
    MUST(certify_renew(f->c.st, &o, &made, &chain, &offices_err));
    carry(&f->c, &f->k);
    MUST(certs_read(&all, f->k.st, "140602", false, &offices_err));
    assert_int_equal(all.n, 2);
    assert_int_equal(all.line[0].state, CERT_REPLACED);
    assert_int_equal(all.line[1].state, CERT_VALID);
}

static void revoked(void **state)
{
    struct family *f = *state;
    struct qn_cert made;
    struct qn_err err;
    struct rotation r;
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    write_one(&f->k, 1);
    round_trip(f);
    assert_int_equal(certify_revoke(f->c.st, "140602", 0, "", &made, &err), QN_MALFORMED);
    assert_int_equal(certify_revoke(f->p.st, "140602", 0, "not mine", &made, &err), QN_DENIED);
    assert_int_equal(certify_revoke(f->c.st, "14", 0, "above me", &made, &err), QN_DENIED);
    sleep(1); /* cosignatures have seconds */
    MUST(certify_revoke(f->c.st, "140602", 0, "stolen", &made, &err));
    assert_int_equal(certify_revoke(f->c.st, "140602", 0, "again", &made, &err), QN_CONFLICT);
    write_one(&f->k, 2); /* it has not heard of it */
    sleep(1);
    round_trip(f);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 1);
    assert_int_equal(
        count(&f->c,
              "SELECT count(*) FROM fate WHERE state = 'quarantined' AND rule = 'cert.revoked'"),
        1);
    assert_int_equal(
        count(&f->p,
              "SELECT count(*) FROM fate WHERE state = 'quarantined' AND rule = 'cert.revoked'"),
        1);
    MUST(store_reload(f->k.st, &offices_err));
    QN_AUTO(act) struct act a = {0};
    assert_int_equal(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    assert_string_equal(err.id, "act.revoked");
    MUST(certs_read(&all, f->c.st, "140602", true, &offices_err));
    assert_int_equal(all.line[0].state, CERT_REVOKED);
    assert_string_equal(all.line[0].reason, "stolen");
    assert_true(all.line[0].given_s > 0);
    /* the thief's signature on a request is worth nothing, and none is needed */
    rotation_ask(&r, &f->k, true);
    struct enrol_request q;
    MUST(enrol_request_read(&q, f->c.st, qn_buf_span(&r.request), &err));
    assert_true(q.known && !q.continues);
    MUST(rotation_approve(&r, &f->c, &err));
    rotation_accept(&r, true);
    write_one(&f->k, 3);
    round_trip(f);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close"), 2);
    rotation_release(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
/* What is under way to an office whose keys are lost: refused with its own reason, handed over again, and nobody seals to
 * a key that is revoked. */
static void sealed_to_lost_keys(void **state)
{
    struct family *f = *state;
    struct qn_cert made;
    struct qn_err err;
    char name[80], text[40];
    round_trip(f);
    MUST(write_clue(&f->c, "140602", "to keys that are lost", &err));
    assert_int_equal(again(f->k.st, "1406:1-2-0", &err), QN_DENIED);
    assert_string_equal(err.id, "records.not-own");
    assert_int_equal(again(f->c.st, "1406:1-2-7", &err), QN_ABSENT);
    sleep(1);
    MUST(certify_revoke(f->c.st, "140602", 0, "lost", &made, &err));
    assert_int_equal(write_clue(&f->c, "140602", "to a revoked key", &err), QN_DENIED);
    assert_string_equal(err.id, "act.addressee-revoked");
    rotate(&f->k, &f->c, false);
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, CLUES), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM fate WHERE state = 'refused' AND rule = "
                                  "'apply.seal-lost' AND args = 'office=140602|epoch=1'"),
                     1);
    qn_row_id_text(text, count(&f->c, "SELECT max(id) FROM clue WHERE office = '1406'"));
    snprintf(name, sizeof(name), "1406:%s", text);
    MUST(again(f->c.st, name, &err));
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM clue WHERE facts = 'to keys that are lost' "
                                  "AND reason LIKE 'again 1406:%'"),
                     1);
    assert_int_equal(count(&f->c, CLUES), 2);
}

/* The newest epoch is revoked and the one before is not: its key is sealed to, and opens. */
static void sealed_to_what_is_not_revoked(void **state)
{
    struct family *f = *state;
    struct qn_cert made;
    struct qn_err err;
    round_trip(f);
    rotate(&f->k, &f->c, true);
    sleep(1);
    MUST(certify_revoke(f->c.st, "140602", 2, "stolen", &made, &err));
    MUST(write_clue(&f->c, "140602", "to the first key", &err));
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, CLUES), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(county),
                                       T(not_taken_in_yet),
                                       T(sealed_before),
                                       T(city),
                                       T(chains),
                                       T(refused),
                                       cmocka_unit_test(key_rings),
                                       T(dates),
                                       T(revoked),
                                       T(sealed_to_lost_keys),
                                       T(sealed_to_what_is_not_revoked)};
    return cmocka_run_group_tests_name("keys' life", tests, NULL, NULL);
}
