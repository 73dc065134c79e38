/* test_hole.c - what a HAVE tells of parts that are held behind a missing one: its bytes, and that nothing is sent twice. */
#include "tests/unit/meddle.h"

#include <sodium.h>

#include "node/sync/hole.h"
#include "node/sync/peer.h"

#define ROWS "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602'"
#define LOSE(seqs) \
    "DELETE FROM part WHERE log = (SELECT no FROM log WHERE office = '140602') AND seq IN (" seqs \
    ")"

/* ---- bytes ------------------------------------------------------------------------------------------------- */

static uint8_t pk[32], sk[64];

static struct row {
    const char *name;
    struct qn_have_hole hole;
    struct qn_have_held held[3];
    const char *want; /* "" : sound */
} rows[] = {
    {"nothing is held in it", {5, 12, 0, 0}, {{0, 0, 0}}, ""},
    {"of the length of an entry", {5, 6, 0, 1}, {{5, 6, 255}}, ""},
    {"three stretches", {5, 12, 0, 3}, {{6, 9, 0}, {6, 8, 1}, {10, 12, 0}}, ""},
    {"two that overlap", {5, 12, 0, 2}, {{6, 9, 0}, {7, 12, 0}}, ""},
    {"below the cursor", {4, 12, 0, 0}, {{0, 0, 0}}, "have.hole"},
    {"of no length", {6, 6, 0, 0}, {{0, 0, 0}}, "have.hole"},
    {"above the size", {5, 13, 0, 0}, {{0, 0, 0}}, "have.hole"},
    {"a stretch before it", {6, 12, 0, 1}, {{5, 7, 0}}, "have.hole"},
    {"a stretch behind it", {5, 8, 0, 1}, {{6, 9, 0}}, "have.hole"},
    {"a stretch of no length", {5, 12, 0, 1}, {{6, 6, 0}}, "have.hole"},
    {"stretches that descend", {5, 12, 0, 2}, {{7, 9, 0}, {6, 7, 0}}, "have.hole"},
    {"parts that descend", {5, 12, 0, 2}, {{6, 9, 1}, {6, 9, 0}}, "have.hole"},
    {"a stretch twice", {5, 12, 0, 2}, {{6, 9, 0}, {6, 8, 0}}, "have.hole"},
};

static void sound(struct qn_have *h, struct qn_have_origin *o, struct qn_have_held *held)
{
    *h = (struct qn_have){
        .from = "140107", .to = "1401", .n = 1, .origin = o, .held = held, .able = QN_ABLE_RUN};
    *o = (struct qn_have_origin){.origin = "shanxi.example/1401/1", .size = 12};
    for (int l = 0; l < QN_LANES; l++)
        o->cursor[l] = 12;
    o->cursor[QN_LANE_BULK] = 5;
}

static void bytes(void **state)
{
    const struct row *r = *state;
    struct qn_have h, back = {.n = 777};
    struct qn_have_origin o;
    struct qn_have_held held[3];
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again = {0};
    struct qn_err err = {.code = QN_OK};
    memcpy(held, r->held, sizeof(held));
    sound(&h, &o, held);
    o.hole[QN_LANE_BULK] = r->hole;
    h.nheld = r->hole.n;
    qn_buf_init(&b, 10000);
    qn_buf_init(&again, 10000);
    qn_have_seal(&b, &h, sk);
    enum qn_code rc = qn_have_decode(&back, qn_buf_span(&b), &err);
    assert_string_equal(err.id, r->want);
    if (rc) {
        assert_int_equal(rc, QN_MALFORMED);
        assert_int_equal(back.n, 777);
        return;
    }
    assert_int_equal(back.able, QN_ABLE_RUN | QN_ABLE_HOLES);
    assert_int_equal(back.nheld, r->hole.n);
    assert_int_equal(back.origin[0].hole[QN_LANE_BULK].to, r->hole.to);
    assert_int_equal(back.origin[0].hole[QN_LANE_PLAN].to, 0);
    qn_have_seal(&again, &back, sk);
    assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
    for (size_t n = 0; n < b.n; n++) {
        struct qn_have none;
        assert_int_not_equal(qn_have_decode(&none, (struct qn_span){b.p, n}, NULL), QN_OK);
    }
    qn_have_release(&back);
}

/* What the encoder cannot be made to write. */
static void other_bytes(void **state)
{
    struct qn_have h, none;
    struct qn_have_origin o;
    struct qn_have_held held[1] = {{6, 9, 0}};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err err;
    (void)state;
    sound(&h, &o, held);
    o.hole[QN_LANE_CONTROL] = (struct qn_have_hole){12, 12, 0, 0};
    o.hole[QN_LANE_BULK] = (struct qn_have_hole){5, 12, 0, 1};
    o.cursor[QN_LANE_CONTROL] = 5;
    o.hole[QN_LANE_CONTROL].from = 5;
    h.nheld = 1;
    qn_buf_init(&b, 10000);
    qn_have_seal(&b, &h, sk);
    size_t second = b.n - QN_SIG - 17 - 19, first = second - 19;
    struct {
        size_t at;
        uint8_t byte;
    } bad[] = {
        {first - 1, 6},            /* more holes than lanes */
        {first, QN_LANE_BULK},     /* a lane twice */
        {second, QN_LANE_CONTROL}, /* the same */
        {second, QN_LANES},        /* no lane */
        {second + 17, 0xff},       /* stretches without end */
        {second + 18, 2},          /* one more than there are */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t was = b.p[bad[i].at];
        assert_int_not_equal(was, bad[i].byte);
        b.p[bad[i].at] = bad[i].byte;
        assert_int_equal(qn_have_decode(&none, qn_buf_span(&b), &err), QN_MALFORMED);
        assert_string_equal(err.id, "have.hole");
        b.p[bad[i].at] = was;
    }
    /* The bit without a hole. */
    b.n = 0;
    memset(o.hole, 0, sizeof(o.hole));
    h.nheld = 0;
    qn_have_seal(&b, &h, sk);
    b.p[1 + 7 + 5 + 8 + 16 + 3] |= QN_ABLE_HOLES;
    memmove(b.p + b.n - QN_SIG, "\0",
            1); /* no hole of the one log; the signature is then one byte too short */
    b.n -= QN_SIG - 1;
    qn_put(&b, sk, QN_SIG);
    assert_int_equal(qn_have_decode(&none, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.hole");
}

/* ---- two offices ------------------------------------------------------------------------------------------- */

/* A part is gone for good: the machine that had it is. Those behind it are sent once, and new ones still arrive. */
static void nothing_is_sent_twice(void **state)
{
    struct family *f = *state;
    for (int i = 1; i <= 5; i++)
        write_one(&f->k, i);
    meddle(&f->k, LOSE("1, 3"));
    assert_true(carry(&f->k, &f->c) > 0);
    assert_int_equal(count(&f->c, ROWS), 3);
    assert_int_equal(carry(&f->k, &f->c), 0);
    carry(&f->c, &f->p);
    assert_int_equal(carry(&f->c, &f->p), 0);
    write_one(&f->k, 6);
    assert_int_equal(carry(&f->k, &f->c), 3); /* one checkpoint, one header, one part */
    assert_int_equal(count(&f->c, ROWS), 4);
    carry(&f->c, &f->k);
    assert_int_equal(carry(&f->k, &f->c), 0);
}

/* A message that was lost in the middle: what is missing comes, and nothing else. */
static void what_is_missing_comes(void **state)
{
    struct family *f = *state;
    for (int i = 1; i <= 6; i++)
        write_one(&f->k, i);
    carry(&f->k, &f->c);
    meddle(&f->c, LOSE("1, 4") ";UPDATE cursor SET relayable = 1, applied = 1 WHERE relayable > 1 "
                               "AND log = (SELECT no FROM "
                               "log WHERE office = '140602')");
    assert_int_equal(carry(&f->k, &f->c), 2);
    assert_int_equal(count(&f->c, ROWS), 6);
    assert_int_equal(carry(&f->k, &f->c), 0);
    QN_AUTO(qn_have) struct qn_have h = {0};
    have_of(&h, &f->c, &f->k);
    assert_int_equal(h.able & QN_ABLE_HOLES, 0);
}

/* Of an entry with two parts one is lost. */
static void half_an_entry(void **state)
{
    struct family *f = *state;
    for (int i = 0; i < 3; i++)
        write_addressed(&f->c, "140602", "a", "140622", "b");
    meddle(&f->c, "DELETE FROM part WHERE log = (SELECT no FROM log WHERE office = '1406') AND "
                  "part = 0 AND seq = (SELECT "
                  "min(seq) FROM entry WHERE log = part.log AND lane = 1)");
    carry(&f->c, &f->p);
    assert_int_equal(carry(&f->c, &f->p), 0);
    QN_AUTO(qn_have) struct qn_have h = {0};
    have_of(&h, &f->p, &f->c);
    struct log log;
    MUST(log_of_office(&log, f->p.st, "1406", &offices_err));
    const struct qn_have_origin *o = exchange_have_of(&h, log.origin);
    const struct qn_have_hole *hole = &o->hole[QN_LANE_PLAN];
    assert_int_equal(hole->from, o->cursor[QN_LANE_PLAN]);
    assert_int_equal(hole->to, o->size);
    assert_int_equal(hole->n, 2); /* of either part one stretch, whatever stands between */
    assert_int_equal(h.held[hole->at].part, 1);
    assert_int_equal(h.held[hole->at].first, hole->from);
    assert_int_equal(h.held[hole->at].end, o->size);
    assert_int_equal(h.held[hole->at + 1].part, 0);
    assert_true(h.held[hole->at + 1].first > hole->from);
}

static uint64_t says_witness(struct test_office *of, struct test_office *to, const char *office)
{
    QN_AUTO(qn_have) struct qn_have h = {0};
    struct log log;
    have_of(&h, of, to);
    MUST(log_of_office(&log, of->st, "140602", &offices_err));
    const struct qn_have_origin *o = exchange_have_of(&h, log.origin);
    for (unsigned i = 0; i < o->nwitness; i++)
        if (strcmp(o->witness[i].office, office) == 0)
            return o->witness[i].size;
    return 0;
}

static void hears(struct test_office *at, struct test_office *of, const char *office)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_FRAME_MAX);
    MUST(exchange_have(&b, of->st, store_self(at->st)->office, NULL, &offices_err));
    MUST(peer_heard(at->st, office, qn_buf_span(&b), true, &offices_err));
}

/* The author was set back, and what its parent's parent had cosigned of it is lost: who still holds that cosignature must not say
 * so to an author that has less, or what it holds instead would not be seen, and come at every call. */
static void a_cosignature_of_what_is_lost(void **state)
{
    struct family *f = *state;
    for (int i = 1; i <= 3; i++)
        write_one(&f->k, i);
    carry(&f->k, &f->c);
    uint64_t n = (uint64_t)count(&f->c, "SELECT size FROM log WHERE office = '140602'");
    assert_int_equal(says_witness(&f->c, &f->k, "1406"), n);
    meddle(&f->c,
           "INSERT INTO cosignature_pending SELECT l.no, l.size + 2, zeroblob(32), w.office, 0, "
           "'x' FROM log l, (SELECT '14' AS office UNION ALL SELECT '1406') w WHERE "
           "l.office = '140602'");
    assert_int_equal(says_witness(&f->c, &f->k, "1406"), n + 2); /* nobody said anything */
    hears(&f->c, &f->k, "140602");
    assert_int_equal(says_witness(&f->c, &f->k, "1406"), n);
    assert_int_equal(says_witness(&f->c, &f->k, "14"), 0);
    assert_int_equal(says_witness(&f->c, &f->p, "14"), n + 2); /* who may hold it is told */
    for (int i = 4; i <= 5; i++)
        write_one(&f->k, i);
    hears(&f->c, &f->k, "140602");
    assert_int_equal(says_witness(&f->c, &f->k, "1406"), n + 2);
}

/* More stretches than one HAVE tells of: a question asks about some of them, and several about all. */
static void many_holes(void **state)
{
    struct family *f = *state;
    struct log log;
    enum { ENTRIES = 700 };
    for (int i = 0; i < ENTRIES; i++)
        write_one(&f->k, i);
    carry(&f->k, &f->c);
    meddle(&f->c, "DELETE FROM part WHERE log = (SELECT no FROM log WHERE office = '140602') AND "
                  "seq % 2 = 1;UPDATE cursor SET "
                  "relayable = 1, applied = 1 WHERE log = (SELECT no FROM log WHERE office = "
                  "'140602') AND relayable > 1");
    int64_t lost = ENTRIES - count(&f->c, ROWS), came = 0;
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    for (uint8_t odd = 0; odd < 2; odd++) { /* the same nonce begins at the same place */
        const uint8_t nonce[16] = {[11] = 1, [12] = 144, [13] = odd};
        QN_AUTO(qn_have) struct qn_have h = {0};
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_FRAME_MAX);
        MUST(exchange_have(&b, f->c.st, "140602", nonce, &offices_err));
        MUST(qn_have_decode(&h, qn_buf_span(&b), &offices_err));
        const struct qn_have_hole *hole = &exchange_have_of(&h, log.origin)->hole[QN_LANE_BULK];
        assert_int_equal(hole->n, odd ? 149 : 256);
        assert_int_equal(hole->from, odd ? 401 : 1);
        assert_int_equal(hole->to, odd ? 700 : 514);
    }
    assert_int_equal(lost, ENTRIES / 2);
    /* Nothing is sent that is here, whichever window the question has. */
    for (int round = 0; came < lost; round++) {
        assert_true(round < 64);
        came += (int64_t)carry(&f->k, &f->c);
        assert_int_equal(count(&f->c, ROWS), ENTRIES - lost + came);
    }
    assert_int_equal(carry(&f->k, &f->c), 0);
}

/* Which entries are asked about. */
static void asked(void **state)
{
    (void)state;
    struct qn_have_held held[] = {{6, 9, 0}, {6, 8, 1}, {10, 12, 0}};
    struct qn_have_origin o = {.size = 20};
    struct qn_have h = {.held = held, .nheld = 3};
    struct hole none = hole_of(&h, &o, QN_LANE_BULK);
    assert_int_equal(hole_next(&none, 3), 3);
    assert_false(hole_held(&none, 6, 0));
    none = hole_of(&h, NULL, QN_LANE_BULK);
    assert_int_equal(hole_next(&none, 0), 0);
    o.hole[QN_LANE_BULK] = (struct qn_have_hole){5, 12, 0, 3};
    struct hole hole = hole_of(&h, &o, QN_LANE_BULK);
    assert_int_equal(hole_next(&hole, 3), 5);
    assert_int_equal(hole_next(&hole, 11), 11);
    assert_int_equal(hole_next(&hole, 12), 20);
    assert_int_equal(hole_next(&hole, 25), 25);
    assert_false(hole_held(&hole, 5, 0));
    assert_true(hole_held(&hole, 6, 0) && hole_held(&hole, 6, 1) && !hole_held(&hole, 6, 2));
    assert_true(hole_held(&hole, 8, 0) && !hole_held(&hole, 8, 1) && !hole_held(&hole, 9, 0));
    assert_true(hole_held(&hole, 11, 0) && !hole_held(&hole, 12, 0));
}

int main(void)
{
    static const uint8_t seed[32] = {3};
    static const struct CMUnitTest rest[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
        cmocka_unit_test(other_bytes),    cmocka_unit_test(asked), T(nothing_is_sent_twice),
        T(what_is_missing_comes),         T(half_an_entry),        T(many_holes),
        T(a_cosignature_of_what_is_lost),
    };
    struct CMUnitTest test[32];
    size_t n = 0;
    if (sodium_init() < 0)
        return 1;
    crypto_sign_seed_keypair(pk, sk, seed);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, bytes, NULL, NULL, &rows[i]};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        test[n++] = rest[i];
    return _cmocka_run_group_tests("hole", test, n, NULL, NULL);
}
