/* test_note.c - notes, checkpoints, cosignatures, proof files; Tessera's public test log when it is at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
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
    sodium_bin2base64(text, sodium_base64_ENCODED_LEN(sizeof(raw), sodium_base64_VARIANT_ORIGINAL),
                      raw, sizeof(raw), sodium_base64_VARIANT_ORIGINAL);
    qn_put_fmt(&b, "\xe2\x80\x94 pq.example %s\n", text);
    free(text);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(n.nsigs, 2);
    assert_int_equal(n.sig[1].key_id, 0x09000000);
    assert_int_equal(n.sig[1].body_n, 0);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_OK);
}

#define A60 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A64 A60 "AAAA"

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
    {"tab in the text", "te\txt\n\n" SIG},
    {"carriage return", "text\r\n\n" SIG},
    {"ideographic space in the name", "text\n\n\xe2\x80\x94 n\xe3\x80\x80m AAAAAAA=\n"},
    {"no-break space in the name", "text\n\n\xe2\x80\x94 n\xc2\xa0m AAAAAAA=\n"},
    {"thin space in the name", "text\n\n\xe2\x80\x94 n\xe2\x80\x89m AAAAAAA=\n"},
    {"line separator in the name", "text\n\n\xe2\x80\x94 n\xe2\x80\xa8m AAAAAAA=\n"},
    {"name not UTF-8", "text\n\n\xe2\x80\x94 n\xff AAAAAAA=\n"},
    {"base64 without padding", "text\n\n\xe2\x80\x94 n AAAAAAA\n"},
    {"byte above 0x7f in base64", "text\n\n\xe2\x80\x94 n AAAA\xc1\x41\x41=\n"},
    {"base64 of the URL kind", "text\n\n\xe2\x80\x94 n AAAAA_A=\n"},
    {"long, not base64", "text\n\n\xe2\x80\x94 n " A64 A64 "AAAA*AAA\n"},
    {"long, padded in the middle", "text\n\n\xe2\x80\x94 n " A60 "AAA=" A64 "AAAA\n"},
    {"long, padding alone at the end", "text\n\n\xe2\x80\x94 n " A64 "====\n"},
    {"empty line among the signatures", "text\n\n" SIG "\n"},
};

static void refused(void **state)
{
    const struct bad *b = *state;
    struct qn_note n;
    struct qn_err err;
    assert_int_equal(qn_note_parse(&n, qn_str(b->bytes), &err), QN_MALFORMED);
}

/* A line that bears the name and key id of another but does not verify takes nothing away. */
static void one_good_line_is_enough(void **state)
{
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    qn_buf_init(&b, QN_NOTE_MAX);
    qn_put_str(&b, "text\n\n");
    qn_note_sign(&b, qn_str("other\n"), qn_str(NAME), sk);
    qn_note_sign(&b, qn_str("text\n"), qn_str(NAME), sk2);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_UNVERIFIED);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk2, &err), QN_OK);
    qn_note_sign(&b, qn_str("text\n"), qn_str(NAME), sk);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_OK);
}

/* The text may hold empty lines: the signatures follow the last one. */
static void text_with_empty_lines(void **state)
{
    static const char text[] = "one\n\n" SIG "\ntwo\n";
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    sign(&b, text);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_true(qn_span_is(n.text, text));
    assert_int_equal(qn_note_verify(&n, qn_str(NAME), pk, &err), QN_OK);
}

static void limits(void **state)
{
    struct qn_note n;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
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

#define ROOT    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define LONG_10 "0123456789"
#define LONG_80 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10

static struct checkpoint {
    const char *name, *text;
    bool ok;
} points[] = {
    {"plain checkpoint", "log.example/14/1\n7\n" ROOT "\n", true},
    {"size 0", "log.example/14/1\n0\n" ROOT "\n", true},
    {"largest size", "log.example/14/1\n9223372036854775807\n" ROOT "\n", true},
    {"origin of 96 bytes", LONG_80 LONG_10 "/ab/1z\n7\n" ROOT "\n", true},
    {"origin of 97 bytes", LONG_80 LONG_10 "/ab/1zz\n7\n" ROOT "\n", false},
    {"extension line", "log.example/14/1\n7\n" ROOT "\nmore\n", true},
    {"empty extension", "log.example/14/1\n7\n" ROOT "\n\n", false},
    {"extension without end", "log.example/14/1\n7\n" ROOT "\nmore", false},
    {"one slash, as other notes have", "draw-order/1\n7\n" ROOT "\n", false},
    {"no slash", "log.example\n7\n" ROOT "\n", false},
    {"three slashes", "log.example/14/1/witness\n7\n" ROOT "\n", false},
    {"space in the origin", "log.example/1 4/1\n7\n" ROOT "\n", false},
    {"plus in the origin", "log.example/1+4/1\n7\n" ROOT "\n", false},
    {"leading zero", "log.example/14/1\n07\n" ROOT "\n", false},
    {"no size", "log.example/14/1\n\n" ROOT "\n", false},
    {"negative size", "log.example/14/1\n-7\n" ROOT "\n", false},
    {"two sizes", "log.example/14/1\n7 8\n" ROOT "\n", false},
    {"size of 2^63", "log.example/14/1\n9223372036854775808\n" ROOT "\n", false},
    {"short root", "log.example/14/1\n7\nAAAA\n", false},
    {"root of 33 bytes", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
     false},
    {"root not canonical", "log.example/14/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
     false},
    {"no origin", "\n7\n" ROOT "\n", false},
    {"two lines", "log.example/14/1\n7\n", false},
    {"unended", "log.example/14/1\n7\n" ROOT, false},
};

static void checkpoint_parses(void **state)
{
    const struct checkpoint *row = *state;
    struct qn_checkpoint c = {.size = 77};
    struct qn_err err;
    enum qn_code rc = qn_checkpoint_parse(&c, qn_str(row->text), &err);
    assert_int_equal(rc, row->ok ? QN_OK : QN_MALFORMED);
    if (rc) {
        assert_string_equal(err.id, "note.checkpoint");
        assert_int_equal(c.size, 77);
    }
}

static void cosigned(void **state)
{
    struct qn_note n;
    struct qn_err err;
    uint8_t root[QN_HASH] = {5};
    uint64_t t = 0;
    QN_AUTO(qn_buf) struct qn_buf text = {0}, b = {0};
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
    /* Of several times the earliest counts, whatever the order of the lines; one from 2^63 on is none. */
    qn_cosign(&b, qn_buf_span(&text), qn_str(NAME "/witness"), 1626049700, sk2);
    qn_cosign(&b, qn_buf_span(&text), qn_str(NAME "/witness"), 1626049900, sk2);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_cosign_verify(&n, qn_str(NAME "/witness"), pk2, &t, &err), QN_OK);
    assert_int_equal(t, 1626049700);
    b.n = text.n + 1;
    qn_cosign(&b, qn_buf_span(&text), qn_str(NAME "/witness"), UINT64_C(1) << 63, sk2);
    assert_int_equal(qn_note_parse(&n, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(qn_cosign_verify(&n, qn_str(NAME "/witness"), pk2, &t, &err), QN_UNVERIFIED);
    assert_int_equal(t, 1626049700);
    /* A log signature is no cosignature and the other way round: the key ids differ by type. */
    assert_int_not_equal(qn_key_id(qn_str("x"), QN_NOTE_ED25519, pk),
                         qn_key_id(qn_str("x"), QN_NOTE_COSIGNER, pk));
}

#define PROOF "c2sp.org/tlog-proof@v1\n"
#define HASH  "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static struct proof_row {
    const char *name, *text;
} proofs[] = {
    {"proof: nothing", ""},
    {"proof: first line only", PROOF},
    {"proof: another version", "c2sp.org/tlog-proof@v2\nindex 3\n\nnote"},
    {"proof: no index", PROOF HASH "\nnote"},
    {"proof: index 03", PROOF "index 03\n\nnote"},
    {"proof: index of 2^63", PROOF "index 9223372036854775808\n\nnote"},
    {"proof: two indexes", PROOF "index 3 4\n\nnote"},
    {"proof: short hash", PROOF "index 3\nAAAA\n\nnote"},
    {"proof: byte above 0x7f", PROOF "index 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc1"
                                     "AAAAAA=\n\nnote"},
    {"proof: no empty line", PROOF "index 3\n" HASH "note"},
    {"proof: no note", PROOF "index 3\n\n"},
    {"proof: extra line", PROOF "extra AAAA\nindex 3\n" HASH "\nnote"},
};

static void proof_refused(void **state)
{
    const struct proof_row *row = *state;
    struct qn_proof p = {.n = 77};
    struct qn_span note = {NULL, 7};
    struct qn_err err;
    uint64_t index = 77;
    assert_int_equal(qn_proof_parse(&index, &p, &note, qn_str(row->text), &err), QN_MALFORMED);
    assert_string_equal(err.id, "note.proof");
    assert_true(index == 77 && p.n == 77 && note.n == 7);
}

static void proof_files(void **state)
{
    static const size_t lines[] = {0, 1, QN_TREE_LEVELS};
    struct qn_proof p = {.n = 0}, q;
    struct qn_err err;
    struct qn_span note;
    uint64_t index;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    qn_buf_init(&b, QN_NOTE_MAX);
    for (size_t i = 0; i < QN_TREE_LEVELS; i++)
        memset(p.hash[i], (int)i + 1, QN_HASH);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        b.n = 0;
        p.n = lines[i];
        qn_proof_write(&b, 3, &p, qn_str("note"));
        assert_int_equal(qn_proof_parse(&index, &q, &note, qn_buf_span(&b), &err), QN_OK);
        assert_int_equal(index, 3);
        assert_int_equal(q.n, p.n);
        assert_memory_equal(q.hash, p.hash, p.n * QN_HASH);
        assert_true(qn_span_is(note, "note"));
    }
    b.n = 0; /* a line too many */
    qn_put_str(&b, PROOF "index 3\n");
    for (size_t i = 0; i <= QN_TREE_LEVELS; i++)
        qn_put_str(&b, HASH);
    qn_put_str(&b, "\nnote");
    assert_int_equal(qn_proof_parse(&index, &q, &note, qn_buf_span(&b), &err), QN_MALFORMED);
}

/* ---- public vectors, when they are at hand ------------------------------------------------------- */

static FILE *open_vector(const char *name)
{
    char path[512];
    const char *base = getenv("QIAN_TLOG_VECTORS");
    snprintf(path, sizeof(path), "%s/%s", base ? base : "../shared/tlog-vectors", name);
    return fopen(path, "rb");
}

static size_t read_vector(const char *name, uint8_t *out, size_t cap)
{
    FILE *f = open_vector(name);
    assert_non_null(f);
    size_t n = fread(out, 1, cap, f);
    fclose(f);
    return n;
}

/* Every checkpoint of a log that others made: signed by the key in the vectors' README, with the root of
 * as many of the leaf hashes in its tile.                                                             */
static void tessera(void **state)
{
    static const char vkey[] = "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    uint8_t key[33], bytes[4096], leaf[15 * QN_HASH], root[QN_HASH];
    struct qn_frontier f = {0};
    size_t n = 0;
    (void)state;
    FILE *there = open_vector("tessera-testlog/testdata/log/checkpoint");
    if (!there)
        skip();
    fclose(there);
    assert_int_equal(sodium_base642bin(key, sizeof(key), vkey, strlen(vkey), NULL, &n, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(key[0], QN_NOTE_ED25519);
    assert_int_equal(qn_key_id(qn_str("example.com/log/testdata"), QN_NOTE_ED25519, key + 1),
                     0x33d7b496);
    assert_int_equal(
        read_vector("tessera-testlog/testdata/log/tile/0/000.p/15", leaf, sizeof(leaf)),
        sizeof(leaf));
    for (unsigned size = 0; size <= 15; size++) {
        char name[64];
        struct qn_note note;
        struct qn_checkpoint c;
        struct qn_err err;
        snprintf(name, sizeof(name), "tessera-testlog/testdata/log/checkpoint.%u", size);
        n = read_vector(name, bytes, sizeof(bytes));
        assert_int_equal(qn_note_parse(&note, (struct qn_span){bytes, n}, &err), QN_OK);
        assert_int_equal(qn_note_verify(&note, qn_str("example.com/log/testdata"), key + 1, &err),
                         QN_OK);
        assert_int_equal(qn_checkpoint_parse(&c, note.text, &err), QN_OK);
        assert_true(qn_span_is(c.origin, "example.com/log/testdata"));
        assert_int_equal(c.size, size);
        qn_frontier_root(&f, root);
        assert_memory_equal(c.root, root, QN_HASH);
        if (size < 15)
            qn_frontier_append(&f, leaf + size * QN_HASH, NULL, NULL);
    }
}

/* The corner cases of Ed25519 on which libraries differ: this one takes 43 of the 914. An entry must count
 * for all or for none, so a library with another verdict must be noticed.                                */
static void ed25519_corner_cases(void **state)
{
    json_error_t why;
    json_t *item;
    size_t i, accepted = 0;
    (void)state;
    FILE *f = open_vector("ed25519-cctv/ed25519vectors.json");
    if (!f)
        skip();
    json_t *all = json_loadf(f, 0, &why);
    fclose(f);
    assert_non_null(all);
    json_array_foreach(all, i, item)
    {
        uint8_t key[32];
        struct qn_note n = {.nsigs = 1};
        assert_true(
            qn_hex_decode(key, 32, qn_str(json_string_value(json_object_get(item, "key")))));
        assert_true(qn_hex_decode(n.sig[0].body, 64,
                                  qn_str(json_string_value(json_object_get(item, "sig")))));
        n.text = qn_str(json_string_value(json_object_get(item, "msg")));
        n.sig[0].name = qn_str(NAME);
        n.sig[0].body_n = 64;
        n.sig[0].key_id = qn_key_id(qn_str(NAME), QN_NOTE_ED25519, key);
        accepted += qn_note_verify(&n, qn_str(NAME), key, NULL) == QN_OK;
    }
    json_decref(all);
    assert_int_equal(i, 914);
    assert_int_equal(accepted, 43);
}

#define ROWS(table, run) \
    for (size_t i = 0; i < sizeof(table) / sizeof((table)[0]); i++) \
        tests[n++] = (struct CMUnitTest) \
        { \
            (table)[i].name, run, NULL, NULL, &(table)[i] \
        }

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(signed_and_changed),
        cmocka_unit_test(other_signatures_are_kept),
        cmocka_unit_test(one_good_line_is_enough),
        cmocka_unit_test(text_with_empty_lines),
        cmocka_unit_test(limits),
        cmocka_unit_test(cosigned),
        cmocka_unit_test(proof_files),
        cmocka_unit_test(tessera),
        cmocka_unit_test(ed25519_corner_cases),
    };
    static struct CMUnitTest
        tests[sizeof(plain) / sizeof(plain[0]) + sizeof(bads) / sizeof(bads[0]) +
              sizeof(points) / sizeof(points[0]) + sizeof(proofs) / sizeof(proofs[0])];
    size_t n = sizeof(plain) / sizeof(plain[0]);
    memcpy(tests, plain, sizeof(plain));
    ROWS(bads, refused);
    ROWS(points, checkpoint_parses);
    ROWS(proofs, proof_refused);
    return cmocka_run_group_tests_name("note", tests, setup, NULL);
}
