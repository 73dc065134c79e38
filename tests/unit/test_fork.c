/* Evidence of a fork: who signed two things for one place of its log. */
#include "qian/frame.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t pk[32], sk[64], other_sk[64];
static struct qn_cert signer;

struct side { /* what one item of the evidence says */
    const char *origin;
    uint64_t place;
    uint8_t what;       /* first byte of the root, or the kind of the entry */
    const uint8_t *key; /* whose signature */
};

static void put_side(struct qn_buf *out, enum qn_fork_what what, const struct side *s)
{
    struct qn_buf text;
    qn_buf_init(out, QN_NOTE_MAX);
    qn_buf_init(&text, QN_NOTE_MAX);
    if (what == QN_FORK_CHECKPOINTS) {
        uint8_t root[QN_HASH] = {s->what};
        qn_checkpoint_text(&text, qn_str(s->origin), s->place, root);
        qn_put_span(out, qn_buf_span(&text));
        qn_put_str(out, "\n");
        qn_note_sign(out, qn_buf_span(&text), qn_str(s->origin), s->key);
    } else {
        struct qn_header *h = calloc(1, sizeof(*h));
        uint8_t sig[QN_SIG];
        assert_non_null(h);
        *h = (struct qn_header){
            .origin = qn_str(s->origin), .seq = s->place, .kind = s->what, .nparts = 1};
        h->part[0] =
            (struct qn_part){.audience = QN_PUBLIC, .to = qn_str("14"), .stored = 1, .raw = 1};
        qn_header_encode(&text, h);
        qn_header_sign(sig, qn_buf_span(&text), s->key);
        qn_put(out, sig, QN_SIG);
        qn_put_span(out, qn_buf_span(&text));
        free(h);
    }
    qn_buf_release(&text);
}

static struct fork_row {
    const char *name;
    struct side a, b;
    const char *want;
} fork_rows[] = {
    {"contradiction",
     {"shanxi.example/140107/2", 5, 1, sk},
     {"shanxi.example/140107/2", 5, 2, sk},
     ""},
    {"the same twice",
     {"shanxi.example/140107/2", 5, 1, sk},
     {"shanxi.example/140107/2", 5, 1, sk},
     "fork.agrees"},
    {"two places",
     {"shanxi.example/140107/2", 5, 1, sk},
     {"shanxi.example/140107/2", 6, 2, sk},
     "fork.places"},
    {"another's log first",
     {"shanxi.example/140108/2", 5, 1, sk},
     {"shanxi.example/140107/2", 5, 2, sk},
     "fork.origin"},
    {"another epoch second",
     {"shanxi.example/140107/2", 5, 1, sk},
     {"shanxi.example/140107/1", 5, 2, sk},
     "fork.origin"},
    {"the first forged",
     {"shanxi.example/140107/2", 5, 1, other_sk},
     {"shanxi.example/140107/2", 5, 2, sk},
     "fork.signature"},
    {"the second forged",
     {"shanxi.example/140107/2", 5, 1, sk},
     {"shanxi.example/140107/2", 5, 2, other_sk},
     "fork.signature"},
};

static void judge_fork(const struct fork_row *r, enum qn_fork_what what)
{
    struct qn_buf a, b, bytes;
    struct qn_fork f, back;
    struct qn_err err = {.code = QN_OK};
    uint64_t place = 777;
    put_side(&a, what, &r->a);
    put_side(&b, what, &r->b);
    f = (struct qn_fork){what, qn_buf_span(&a), qn_buf_span(&b)};
    qn_buf_init(&bytes, 2 * QN_NOTE_MAX);
    qn_fork_encode(&bytes, &f);
    assert_int_equal(qn_fork_decode(&back, qn_buf_span(&bytes), &err), QN_OK);
    assert_int_equal(back.what, what);
    assert_true(qn_span_eq(back.a, f.a) && qn_span_eq(back.b, f.b));
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(qn_fork_decode(&back, (struct qn_span){bytes.p, n}, NULL), QN_MALFORMED);
    enum qn_code rc = qn_fork_verify(&f, &signer, &place, &err);
    assert_string_equal(err.id, r->want);
    assert_int_equal(rc, r->want[0] ? QN_UNVERIFIED : QN_OK);
    assert_int_equal(place, rc ? 777 : 5);
    qn_buf_release(&a);
    qn_buf_release(&b);
    qn_buf_release(&bytes);
}
static void forked_checkpoints(void **state)
{
    judge_fork(*state, QN_FORK_CHECKPOINTS);
}
static void forked_headers(void **state)
{
    judge_fork(*state, QN_FORK_HEADERS);
}

static struct fork_bytes {
    const char *name;
    struct qn_span in;
    const char *want;
} fork_bytes[] = {
    {"kind 0", {(const uint8_t *)"\0\0\0\0\1a\0\0\0\1b", 11}, "fork.what"},
    {"kind 3", {(const uint8_t *)"\3\0\0\0\1a\0\0\0\1b", 11}, "fork.what"},
    {"an empty first item", {(const uint8_t *)"\1\0\0\0\0\0\0\0\1b", 10}, "fork.items"},
    {"an empty second item", {(const uint8_t *)"\1\0\0\0\1a\0\0\0\0", 10}, "fork.items"},
    {"a byte over", {(const uint8_t *)"\1\0\0\0\1a\0\0\0\1bc", 12}, "fork.items"},
    {"headers shorter than a signature",
     {(const uint8_t *)"\2\0\0\0\1a\0\0\0\1b", 11},
     "fork.items"},
    {"a length of 2^32 - 1", {(const uint8_t *)"\1\xff\xff\xff\xff", 5}, "fork.items"},
};
static void fork_decodes(void **state)
{
    const struct fork_bytes *r = *state;
    struct qn_fork f;
    struct qn_err err;
    assert_int_equal(qn_fork_decode(&f, r->in, &err), QN_MALFORMED);
    assert_string_equal(err.id, r->want);
}

/* Other cosignatures under the same text contradict nothing. */
static void two_sets_of_signatures(void **state)
{
    struct side s = {"shanxi.example/140107/2", 5, 1, sk};
    struct qn_buf a, b;
    uint64_t place;
    struct qn_err err;
    (void)state;
    put_side(&a, QN_FORK_CHECKPOINTS, &s);
    put_side(&b, QN_FORK_CHECKPOINTS, &s);
    struct qn_note note;
    assert_int_equal(qn_note_parse(&note, qn_buf_span(&b), &err), QN_OK);
    struct qn_buf line;
    qn_buf_init(&line, 1000);
    qn_cosign(&line, note.text, qn_str("somebody"), 1735689600, other_sk);
    qn_put_span(&b, qn_buf_span(&line));
    struct qn_fork f = {QN_FORK_CHECKPOINTS, qn_buf_span(&a), qn_buf_span(&b)};
    assert_int_equal(qn_fork_verify(&f, &signer, &place, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "fork.agrees");
    qn_buf_release(&a);
    qn_buf_release(&b);
    qn_buf_release(&line);
}

/* Items of exactly so many bytes. */
static struct fork_size {
    const char *name;
    enum qn_fork_what what;
    size_t a, b;
    enum qn_code want;
} fork_sizes[] = {
    {"notes of one byte", QN_FORK_CHECKPOINTS, 1, 1, QN_OK},
    {"notes of 128 KiB", QN_FORK_CHECKPOINTS, QN_NOTE_MAX, QN_NOTE_MAX, QN_OK},
    {"a first note of a byte more", QN_FORK_CHECKPOINTS, QN_NOTE_MAX + 1, 1, QN_MALFORMED},
    {"a second note of a byte more", QN_FORK_CHECKPOINTS, 1, QN_NOTE_MAX + 1, QN_MALFORMED},
    {"headers of one byte", QN_FORK_HEADERS, 65, 65, QN_OK},
    {"a first header of none", QN_FORK_HEADERS, 64, 65, QN_MALFORMED},
    {"a second header of none", QN_FORK_HEADERS, 65, 64, QN_MALFORMED},
    {"headers of 65,535 bytes", QN_FORK_HEADERS, 65599, 65599, QN_OK},
    {"a first header of a byte more", QN_FORK_HEADERS, 65600, 65, QN_MALFORMED},
    {"a second header of a byte more", QN_FORK_HEADERS, 65, 65600, QN_MALFORMED},
};
static void fork_bounds(void **state)
{
    const struct fork_size *r = *state;
    static uint8_t space[QN_NOTE_MAX + 1];
    struct qn_fork f = {r->what, {space, r->a}, {space, r->b}}, back;
    struct qn_buf b;
    qn_buf_init(&b, 4 * QN_NOTE_MAX);
    qn_fork_encode(&b, &f);
    assert_int_equal(qn_fork_decode(&back, qn_buf_span(&b), NULL), r->want);
    qn_buf_release(&b);
}

/* Whoever builds one by hand gets a refusal as well. */
static void not_decoded(void **state)
{
    uint8_t space[64] = {0};
    uint64_t place;
    struct qn_err err;
    (void)state;
    for (size_t n = 0; n <= sizeof(space); n += 64) {
        struct qn_fork f = {QN_FORK_HEADERS, {space, n}, {space, n}};
        assert_int_equal(qn_fork_verify(&f, &signer, &place, &err), QN_MALFORMED);
        assert_string_equal(err.id, "fork.items");
    }
}

int main(void)
{
    static const uint8_t seed[32] = {3}, other[32] = {4};
    struct CMUnitTest
        test[2 * ARRAY_LEN(fork_rows) + ARRAY_LEN(fork_bytes) + ARRAY_LEN(fork_sizes) + 2];
    uint8_t other_pk[32];
    size_t n = 0;
    if (sodium_init() < 0)
        return 1;
    crypto_sign_seed_keypair(pk, sk, seed);
    crypto_sign_seed_keypair(other_pk, other_sk, other);
    signer = (struct qn_cert){.deployment = "shanxi.example", .office = "140107", .epoch = 2};
    memcpy(signer.log, pk, 32);
    for (size_t i = 0; i < ARRAY_LEN(fork_rows); i++) {
        test[n++] =
            (struct CMUnitTest){fork_rows[i].name, forked_checkpoints, NULL, NULL, &fork_rows[i]};
        test[n++] =
            (struct CMUnitTest){fork_rows[i].name, forked_headers, NULL, NULL, &fork_rows[i]};
    }
    for (size_t i = 0; i < ARRAY_LEN(fork_bytes); i++)
        test[n++] =
            (struct CMUnitTest){fork_bytes[i].name, fork_decodes, NULL, NULL, &fork_bytes[i]};
    for (size_t i = 0; i < ARRAY_LEN(fork_sizes); i++)
        test[n++] =
            (struct CMUnitTest){fork_sizes[i].name, fork_bounds, NULL, NULL, &fork_sizes[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(not_decoded);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(two_sets_of_signatures);
    return _cmocka_run_group_tests("fork", test, n, NULL, NULL);
}
