/* Headers (tests/vectors/header.txt), signatures, commitments, row ids. */
#include "qian/entry.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vectors.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- headers ---------------------------------------------------------------------------------------- */

static enum qn_code decode_and_encode(struct qn_header *h, struct qn_span bytes, struct qn_err *err)
{
    uint8_t *p = malloc(bytes.n ? bytes.n : 1); /* exactly as long, so that a read beyond is seen */
    assert_non_null(p);
    if (bytes.n)
        memcpy(p, bytes.p, bytes.n);
    struct qn_span in = {p, bytes.n};
    enum qn_code rc = qn_header_decode(h, in, err);
    if (!rc) {
        struct qn_buf again;
        qn_buf_init(&again, QN_HEADER_MAX);
        qn_header_encode(&again, h);
        assert_int_equal(qn_buf_check(&again, NULL), QN_OK);
        assert_true(qn_span_eq(qn_buf_span(&again), in));
        qn_buf_release(&again);
    }
    free(p);
    return rc;
}

static struct qn_header *new_header(void)
{
    struct qn_header *h = malloc(sizeof(*h));
    assert_non_null(h);
    memset(h, 0x5a, sizeof(*h));
    return h;
}

static void vector(void **state)
{
    const struct vector *v = *state;
    struct qn_err err = {.code = QN_OK};
    struct qn_header *h = new_header(), *before = new_header();
    enum qn_code rc = decode_and_encode(h, vector_in(v), &err);
    if (strcmp(v->want, "ok") == 0) {
        if (rc)
            fail_msg("%s %s", err.id, err.args);
    } else {
        assert_string_equal(err.id, v->want);
        assert_true(rc == QN_MALFORMED || rc == QN_LIMIT ||
                    (rc == QN_LATER && v->in.n > 1 && (v->in.p[0] > 1 || v->in.p[1] > 1)));
        assert_memory_equal(h, before, sizeof(*h));
    }
    free(h);
    free(before);
}

/* Every beginning of a sound header is refused; any byte changed is refused or encodes to itself. */
static void mutations(void **state)
{
    static const uint8_t with[] = {0, 1, 2, 4, 0x7f, 0x80, 0xff, '/', 'A'};
    struct qn_header *h = new_header();
    unsigned refused = 0, read = 0;
    (void)state;
    for (size_t i = 0; i < nvectors; i++) {
        struct qn_span in = vector_in(&vectors[i]);
        uint8_t bytes[2048];
        if (strcmp(vectors[i].want, "ok") != 0 || in.n > sizeof(bytes))
            continue;
        for (size_t n = 0; n < in.n; n++)
            assert_int_not_equal(decode_and_encode(h, (struct qn_span){in.p, n}, NULL), QN_OK);
        memcpy(bytes, in.p, in.n);
        for (size_t at = 0; at < in.n; at++) {
            for (size_t k = 0; k < ARRAY_LEN(with); k++) {
                bytes[at] = with[k];
                if (decode_and_encode(h, (struct qn_span){bytes, in.n}, NULL))
                    refused++;
                else
                    read++;
            }
            bytes[at] = in.p[at];
        }
    }
    assert_true(refused > 1000);
    assert_true(read > 1000);
    free(h);
}

static void largest(void **state)
{
    struct qn_header *h = calloc(1, sizeof(*h)), *again = new_header();
    char code[QN_PARTS][QN_CODE_MAX + 1], origin[QN_DEPS][QN_ORIGIN_MAX + 1];
    struct qn_buf b;
    struct qn_err err;
    (void)state;
    assert_non_null(h);
    *h = (struct qn_header){
        .origin = qn_str("d/14/1"), .kind = 1, .ndeps = QN_DEPS, .nparts = QN_PARTS};
    for (unsigned i = 0; i < QN_DEPS; i++) {
        snprintf(origin[i], sizeof(origin[0]), "%064d/%016u/4095", 0, i);
        h->dep[i] = (struct qn_dep){.origin = qn_str(origin[i]), .size = 1};
    }
    for (unsigned i = 0; i < QN_PARTS; i++) {
        snprintf(code[i], sizeof(code[0]), "%016u", i);
        h->part[i] =
            (struct qn_part){.audience = QN_SYSTEM, .to = qn_str(code[i]), .stored = 1, .raw = 1};
    }
    qn_buf_init(&b, QN_HEADER_MAX);
    qn_header_encode(&b, h);
    assert_int_equal(qn_buf_check(&b, &err), QN_OK);
    assert_true(b.n < QN_HEADER_MAX / 3);
    if (qn_header_decode(again, qn_buf_span(&b), &err))
        fail_msg("%s %s", err.id, err.args);
    assert_int_equal(again->nparts, QN_PARTS);
    assert_true(qn_span_is(again->part[255].to, "0000000000000255"));
    qn_buf_release(&b);
    free(h);
    free(again);
}

/* Which part is the author's copy, and what an order that points at a part has to name. */
static void copies(void **state)
{
    static const struct {
        const char *vector;
        unsigned copy, no;
        uint8_t named; /* bit (1 << part) */
    } rows[] = {
        {"a restricted part for another and the author's copy", 1, 0, 3},
        {"a restricted part for another and the author's copy", 1, 1, 3},
        {"a restricted part for another and the author's copy", 1, 2, 4},
        {"restricted parts for three, the copy between them", 1, 0, 3},
        {"restricted parts for three, the copy between them", 1, 1, 7},
        {"restricted parts for three, the copy between them", 1, 2, 6},
        {"a restricted part of 1,048,576 bytes stored", QN_NO_COPY, 0, 1},
        {"parts of each audience, to an office and to a subtree", QN_NO_COPY, 2, 4},
        {"parts of each audience, to an office and to a subtree", QN_NO_COPY, 0, 1},
    };
    struct qn_header *h = new_header();
    (void)state;
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        bool named[QN_PARTS], found = false;
        for (size_t i = 0; i < nvectors; i++)
            if (strcmp(vectors[i].name, rows[k].vector) == 0) {
                assert_int_equal(qn_header_decode(h, vector_in(&vectors[i]), NULL), QN_OK);
                found = true;
            }
        if (!found || qn_header_copy(h) != rows[k].copy)
            fail_msg("row %zu: %s", k, rows[k].vector);
        qn_header_forget(named, h, rows[k].no);
        for (unsigned i = 0; i < QN_PARTS; i++)
            if (named[i] != (i < 8 && (rows[k].named >> i & 1)))
                fail_msg("row %zu: part %u", k, i);
    }
    free(h);
}

static void fields_arrive(void **state)
{
    struct qn_header *h = new_header();
    (void)state;
    for (size_t i = 0; i < nvectors; i++)
        if (strcmp(vectors[i].name, "parts of each audience, to an office and to a subtree") == 0)
            assert_int_equal(qn_header_decode(h, vector_in(&vectors[i]), NULL), QN_OK);
    assert_true(qn_span_is(h->origin, "shanxi.example/140107/1"));
    assert_int_equal(h->seq, 7);
    assert_true(h->time_ms == UINT64_C(1735689600000));
    assert_int_equal(h->lane, QN_LANE_DRAW);
    assert_int_equal(h->kind, QN_KIND_DRAW);
    assert_int_equal(h->nparts, 5);
    assert_int_equal(h->part[2].audience, QN_RESTRICTED);
    assert_int_equal(h->part[2].stored, 148);
    assert_int_equal(h->part[2].raw, 100);
    assert_int_equal(h->part[3].reach, QN_TO_SUBTREE);
    assert_true(qn_span_is(h->part[4].to, "1401"));
    assert_int_equal(h->part[4].commitment[31], 0xaa);
    free(h);
}

/* ---- signatures -------------------------------------------------------------------------------------- */

static uint8_t pk[32], sk[64];

static void signatures(void **state)
{
    uint8_t sig[QN_SIG], wrong[QN_SIG], other_pk[32], other_sk[64];
    static const uint8_t seed[32] = {9};
    struct qn_span bytes = qn_str("a header");
    struct qn_err err;
    (void)state;
    crypto_sign_seed_keypair(other_pk, other_sk, seed);
    qn_header_sign(sig, bytes, sk);
    assert_int_equal(qn_header_verify(bytes, sig, pk, &err), QN_OK);
    /* The message is the tag, a zero byte and the bytes: made here by hand. */
    assert_int_equal(
        crypto_sign_verify_detached(sig, (const uint8_t *)"qian/header/1\0a header", 22, pk), 0);
    assert_true(qn_verify_tagged(sig, "header", bytes, pk));
    assert_false(qn_verify_tagged(sig, "cert", bytes, pk));
    assert_false(qn_verify_tagged(sig, "header/1", bytes, pk));
    assert_false(qn_verify_tagged(sig, "header", qn_str("a header "), pk));
    assert_false(qn_verify_tagged(sig, "header", bytes, other_pk));
    assert_int_equal(qn_header_verify(bytes, sig, other_pk, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "entry.signature");
    for (size_t i = 0; i < QN_SIG; i++) {
        memcpy(wrong, sig, QN_SIG);
        wrong[i] ^= 1;
        assert_int_equal(qn_header_verify(bytes, wrong, pk, NULL), QN_UNVERIFIED);
    }
}

static void signature_bounds(void **state)
{
    static uint8_t bytes[QN_TAGGED_MAX + 1];
    uint8_t sig[QN_SIG];
    (void)state;
    qn_sign_tagged(sig, "test", (struct qn_span){bytes, QN_TAGGED_MAX}, sk);
    assert_true(qn_verify_tagged(sig, "test", (struct qn_span){bytes, QN_TAGGED_MAX}, pk));
    /* One byte more is not verified though the signature is right. */
    static uint8_t message[12 + sizeof(bytes)] = "qian/test/1";
    crypto_sign_detached(sig, NULL, message, 12 + QN_TAGGED_MAX + 1, sk);
    assert_int_equal(crypto_sign_verify_detached(sig, message, 12 + QN_TAGGED_MAX + 1, pk), 0);
    assert_false(qn_verify_tagged(sig, "test", (struct qn_span){bytes, QN_TAGGED_MAX + 1}, pk));
    qn_sign_tagged(sig, "test", (struct qn_span){NULL, 0}, sk);
    assert_true(qn_verify_tagged(sig, "test", (struct qn_span){NULL, 0}, pk));
}

/* ---- parts ------------------------------------------------------------------------------------------- */

static void commitments(void **state)
{
    uint8_t salt[QN_SALT] = {1}, want[QN_HASH];
    struct qn_span stored = qn_str("rows");
    struct qn_part p = {.audience = QN_SYSTEM, .stored = 4, .raw = 4};
    struct qn_err err;
    uint8_t message[12 + QN_SALT + 4] = "qian/part/1";
    (void)state;
    memcpy(message + 12, salt, QN_SALT);
    memcpy(message + 12 + QN_SALT, "rows", 4);
    crypto_hash_sha256(want, message, sizeof(message));
    qn_part_commit(p.commitment, salt, stored);
    assert_memory_equal(p.commitment, want, QN_HASH);
    assert_int_equal(qn_part_check(&p, salt, stored, &err), QN_OK);
    assert_int_equal(qn_part_check(&p, salt, qn_str("row"), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "entry.part-length");
    assert_string_equal(err.args, "have=3|need=4");
    assert_int_equal(qn_part_check(&p, salt, qn_str("rowS"), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "entry.commitment");
    salt[31] ^= 1;
    assert_int_equal(qn_part_check(&p, salt, stored, &err), QN_UNVERIFIED);
    salt[31] ^= 1;
    p.commitment[0] ^= 1;
    assert_int_equal(qn_part_check(&p, salt, stored, &err), QN_UNVERIFIED);
}

/* ---- row ids ----------------------------------------------------------------------------------------- */

static struct id {
    const char *text;
    int64_t want; /* 0: refused */
} ids[] = {
    {"1-0-0", QN_ROW_ID_MIN},
    {"1-0-1", QN_ROW_ID_MIN + 1},
    {"1-1-0", QN_ROW_ID_MIN + 65536},
    {"2-40-5", 2 * QN_ROW_ID_MIN + 40 * 65536 + 5},
    {"4095-34359738367-65535", INT64_MAX},
    {"0-1-1", 0},
    {"4096-0-0", 0},
    {"1-34359738368-0", 0},
    {"1-0-65536", 0},
    {"1-0", 0},
    {"1", 0},
    {"", 0},
    {"1-0-0-0", 0},
    {"1--0", 0},
    {"-1-0-0", 0},
    {"1-0-", 0},
    {"01-0-0", 0},
    {"1-00-0", 0},
    {"1-0-0 ", 0},
    {" 1-0-0", 0},
    {"1 0 0", 0},
    {"1-0-0\n", 0},
    {"1-a-0", 0},
    {"1-18446744073709551616-0", 0},
};
static void row_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        int64_t id = 77;
        struct qn_err err;
        enum qn_code rc = qn_row_id_parse(&id, qn_str(ids[i].text), &err);
        if (rc != (ids[i].want ? QN_OK : QN_MALFORMED) || id != (ids[i].want ? ids[i].want : 77))
            fail_msg("\"%s\"", ids[i].text);
        if (rc) {
            assert_string_equal(err.id, "entry.row-id");
            continue;
        }
        char text[40];
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_text(text, id);
        assert_string_equal(text, ids[i].text);
        qn_row_id_split(id, &epoch, &seq, &n);
        assert_true(qn_row_id(epoch, seq, n) == id);
    }
    char text[40];
    qn_row_id_text(text, -1); /* no id, but what a program prints of it must fit */
    assert_string_equal(text, "8191-34359738367-65535");
}

int main(void)
{
    static const struct CMUnitTest rest[] = {
        cmocka_unit_test(mutations),        cmocka_unit_test(largest),
        cmocka_unit_test(fields_arrive),    cmocka_unit_test(copies),
        cmocka_unit_test(signatures),       cmocka_unit_test(commitments),
        cmocka_unit_test(signature_bounds), cmocka_unit_test(row_ids),
    };
    static const uint8_t seed[32] = {7};
    struct CMUnitTest test[VECTORS_MAX + ARRAY_LEN(rest)];
    size_t n = 0;
    if (sodium_init() < 0 || vectors_read("tests/vectors/header.txt"))
        return 1;
    crypto_sign_seed_keypair(pk, sk, seed);
    for (; n < nvectors; n++)
        test[n] = (struct CMUnitTest){vectors[n].name, vector, NULL, NULL, &vectors[n]};
    for (size_t i = 0; i < ARRAY_LEN(rest); i++)
        test[n++] = rest[i];
    int failed = _cmocka_run_group_tests("entry", test, n, NULL, NULL);
    vectors_release();
    return failed;
}
