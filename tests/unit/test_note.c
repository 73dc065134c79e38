/* test_note.c - notes, checkpoints, cosignatures, proof files; Tessera's public test log when it is at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/note.h"

static uint8_t pk[32], sk[64], pk2[32], sk2[64];
#define NAME "test.example/14/1"
#define SIG  "\xe2\x80\x94 " NAME " AAAAAAA=\n"

static int setup(void **state)
{
    uint8_t seed[32] = {1};
    (void)state;
    if (sodium_init() < 0)
        return -1;
    crypto_sign_seed_keypair(pk, sk, seed);
    seed[0] = 2;
    crypto_sign_seed_keypair(pk2, sk2, seed);
    return 0;
}

static void sign(struct qn_buf *b, const char *text)
{
    qn_buf_init(b, QN_NOTE_MAX);
    qn_put_str(b, text);
    qn_put_str(b, "\n");
    qn_note_sign(b, qn_str(text), qn_str(NAME), sk);
    assert_int_equal(b->failed, QN_OK);
}

static void signed_and_changed(void **state)
{
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    sign(&b, "a note\nof two lines\n");
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_true(qn_span_is(n.text, "a note\nof two lines\n"));
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_OK);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk2, &err), QN_ABSENT);
    assert_int_equal(qn_note_verify(&n, qn_str("test.example/15/1"), pk, &err), QN_ABSENT);
    b.p[2] ^= 1;
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "note.signature");
}

static void other_signatures_are_kept(void **state)
{
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    sign(&b, "text\n");
    /* A longer kind than we know: 2,420 bytes, as ML-DSA-44's. */
    uint8_t raw[2424] = {9};
    char *text = malloc(sodium_base64_ENCODED_LEN(sizeof(raw), sodium_base64_VARIANT_ORIGINAL));
    assert_non_null(text);
    sodium_bin2base64(text, sodium_base64_ENCODED_LEN(sizeof(raw), sodium_base64_VARIANT_ORIGINAL), raw, sizeof(raw),
                      sodium_base64_VARIANT_ORIGINAL);
    qn_put_fmt(&b, "\xe2\x80\x94 pq.example %s\n", text);
    free(text);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(n.nsigs, 2);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_OK);
}

static struct bad {
    const char *name, *bytes;
} bads[] = {
    {"nothing", ""},
    {"text only", "text\n"},
    {"no signature", "text\n\n"},
    {"no empty line", "text\n" SIG},
    {"no text", "\n\n" SIG},
    {"signature without end", "text\n\n\xe2\x80\x94 n AAAAAAA="},
    {"hyphen for a dash", "text\n\n- n AAAAAAA=\n"},
    {"no name", "text\n\n\xe2\x80\x94 AAAAAAA=\n"},
    {"two blanks", "text\n\n\xe2\x80\x94 n  AAAAAAA=\n"},
    {"plus in the name", "text\n\n\xe2\x80\x94 n+m AAAAAAA=\n"},
    {"not base64", "text\n\n\xe2\x80\x94 n AAAA*AA=\n"},
    {"base64 not canonical", "text\n\n\xe2\x80\x94 n AAAAAAB=\n"},
    {"key id alone", "text\n\n\xe2\x80\x94 n AAAAAA==\n"},
    {"third field", "text\n\n\xe2\x80\x94 n AAAAAAA= x\n"},
    {"not UTF-8", "te\xffxt\n\n" SIG},
};

static void refused(void **state)
{
    const struct bad *b = *state;
    struct qn_note n;
    struct qn_err err;
    assert_int_equal(qn_note_parse(&n, qn_str(b->bytes), &err), QN_MALFORMED);
}

static void limits(void **state)
{
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b;
    (void)state;
    qn_buf_init(&b, 2 * QN_NOTE_MAX);
    qn_put_str(&b, "text\n\n");
    for (int i = 0; i < QN_NOTE_SIGS; i++)
        qn_put_str(&b, SIG);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    qn_put_str(&b, SIG);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_LIMIT);
    while (b.n <= QN_NOTE_MAX)
        qn_put_str(&b, SIG);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_LIMIT);
    assert_string_equal(err.id, "note.too-long");
}

static void checkpoints(void **state)
{
    static const struct {
        const char *name, *text;
        bool ok;
    } rows[] = {
        {"plain", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", true},
        {"extension line", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n", true},
        {"empty extension", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n", false},
        {"leading zero", "log.example/14/1\n07\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false},
        {"no size", "log.example/14/1\n\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false},
        {"size over 2^63", "log.example/14/1\n9223372036854775808\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false},
        {"short root", "log.example/14/1\n7\nAAAA\n", false},
        {"no origin", "\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false},
        {"two lines", "log.example/14/1\n7\n", false},
        {"unended", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct qn_checkpoint c;
        struct qn_err err;
        if ((qn_checkpoint_parse(&c, qn_str(rows[i].text), &err) == QN_OK) != rows[i].ok)
            fail_msg("%s", rows[i].name);
    }
}

static void cosigned(void **state)
{
    struct qn_note n;
    struct qn_err err;
    uint8_t root[QN_HASH] = {5};
    uint64_t t = 0;
    QN_AUTO(qn_buf) struct qn_buf text, b;
    (void)state;
    qn_buf_init(&text, 1024);
    qn_buf_init(&b, QN_NOTE_MAX);
    qn_checkpoint_text(&text, qn_str(NAME), 9, root);
    qn_put_span(&b, qn_buf_span(&text));
    qn_put_str(&b, "\n");
    qn_note_sign(&b, qn_buf_span(&text), qn_str(NAME), sk);
    qn_cosign(&b, qn_buf_span(&text), qn_str(NAME "/witness"), 1626049800, sk2);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_cosign_verify(&n, qn_str(NAME "/witness"), pk2, &t, &err), QN_OK);
    assert_int_equal(t, 1626049800);
    assert_int_equal(qn_cosign_verify(&n, qn_str(NAME "/witness"), pk, &t, &err), QN_ABSENT);
    n.sig[1].body[7] ^= 1; /* another time */
    assert_int_equal(qn_cosign_verify(&n, qn_str(NAME "/witness"), pk2, &t, &err), QN_UNVERIFIED);
    /* A log signature is no cosignature and the other way round: the key ids differ by type. */
    assert_int_not_equal(qn_key_id(qn_str("x"), QN_NOTE_ED25519, pk), qn_key_id(qn_str("x"), QN_NOTE_COSIGNER, pk));
}

static void proof_files(void **state)
{
    struct qn_proof p = {.n = 2, .hash = {{1}, {2}}}, q;
    struct qn_err err;
    struct qn_span note;
    uint64_t index;
    QN_AUTO(qn_buf) struct qn_buf b;
    (void)state;
    qn_buf_init(&b, QN_NOTE_MAX);
    qn_proof_write(&b, 3, &p, qn_str("note"));
    assert_int_equal(qn_proof_parse(&index, &q, &note, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(index, 3);
    assert_int_equal(q.n, 2);
    assert_memory_equal(q.hash, p.hash, 2 * QN_HASH);
    assert_true(qn_span_is(note, "note"));
    static const char *const wrong[] = {
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 3\n\nnote", "c2sp.org/tlog-proof@v1\nindex 03\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 3\nAAAA\n\nnote", "c2sp.org/tlog-proof@v1\nindex 3\n\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(qn_proof_parse(&index, &q, &note, qn_str(wrong[i]), &err), QN_MALFORMED);
}

/* A checkpoint of a log that others made, by the key in the vectors' README. */
static void tessera(void **state)
{
    static const char vkey[] = "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    char path[512];
    uint8_t key[33], bytes[4096];
    size_t n = 0;
    struct qn_note note;
    struct qn_checkpoint c;
    struct qn_err err;
    const char *base = getenv("QIAN_TLOG_VECTORS");
    (void)state;
    snprintf(path, sizeof(path), "%s/tessera-testlog/testdata/log/checkpoint", base ? base : "../shared/tlog-vectors");
    FILE *f = fopen(path, "rb");
    if (!f)
        skip();
    n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    assert_int_equal(qn_note_parse(&note, (struct qn_span){bytes, n}, &err), QN_OK);
    assert_int_equal(qn_checkpoint_parse(&c, note.text, &err), QN_OK);
    assert_int_equal(sodium_base642bin(key, sizeof(key), vkey, strlen(vkey), NULL, &n, NULL,
                                       sodium_base64_VARIANT_ORIGINAL), 0);
    assert_int_equal(qn_note_verify(&note, qn_str("example.com/log/testdata"), key + 1, &err), QN_OK);
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(signed_and_changed), cmocka_unit_test(other_signatures_are_kept), cmocka_unit_test(limits),
        cmocka_unit_test(checkpoints),        cmocka_unit_test(cosigned),                  cmocka_unit_test(proof_files),
        cmocka_unit_test(tessera)};
    struct CMUnitTest tests[sizeof(plain) / sizeof(plain[0]) + sizeof(bads) / sizeof(bads[0])];
    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
        tests[sizeof(plain) / sizeof(plain[0]) + i] = (struct CMUnitTest){bads[i].name, refused, NULL, NULL, &bads[i]};
    return cmocka_run_group_tests_name("note", tests, setup, NULL);
}
