/* test_witness.c - add-checkpoint: requests, the judgement, answers, verifier keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/entry.h"
#include "qian/witness.h"

#define ORIGIN  "test.example/140602/1"
#define WITNESS "witness.example/w1"
#define LEAVES  16

static uint8_t log_pk[32], log_sk[64], pk[32], sk[64], pk2[32], sk2[64];
static uint8_t leaf[LEAVES][QN_HASH];

static int setup(void **state)
{
    uint8_t seed[32] = {1};
    (void)state;
    if (sodium_init() < 0)
        return -1;
    crypto_sign_seed_keypair(log_pk, log_sk, seed);
    seed[0] = 2;
    crypto_sign_seed_keypair(pk, sk, seed);
    seed[0] = 3;
    crypto_sign_seed_keypair(pk2, sk2, seed);
    for (uint8_t i = 0; i < LEAVES; i++)
        qn_leaf_hash(leaf[i], (struct qn_span){&i, 1});
    return 0;
}

/* ---- a tree of 16 leaves -------------------------------------------------------------------------- */

static bool get(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    uint8_t left[QN_HASH], right[QN_HASH];
    if (level == 0) {
        memcpy(hash, leaf[index], QN_HASH);
        return true;
    }
    get(ctx, level - 1, 2 * index, left);
    get(ctx, level - 1, 2 * index + 1, right);
    qn_node_hash(hash, left, right);
    return true;
}

static void root_of(uint64_t size, uint8_t root[QN_HASH])
{
    assert_int_equal(qn_tree_root(size, get, NULL, root, NULL), QN_OK);
}

static void put_note(struct qn_buf *out, const char *origin, uint64_t size,
                     const uint8_t root[QN_HASH], const char *extension, const uint8_t key[64])
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 4096);
    qn_checkpoint_text(&text, qn_str(origin), size, root);
    qn_put_str(&text, extension);
    qn_put_span(out, qn_buf_span(&text));
    qn_put_str(out, "\n");
    qn_note_sign(out, qn_buf_span(&text), qn_str(origin), key);
}

/* ---- the judgement --------------------------------------------------------------------------------- */

/* One request of a log of 16 entries, and what the witness knows of it. */
static struct judged {
    const char *name;
    uint64_t last, old, size; /* cosigned last; the request's */
    enum qn_witness_outcome want;
    enum {
        SOUND,
        BAD_PROOF,
        EXTRA_PROOF,
        NO_PROOF,
        BAD_ROOT,
        BAD_LAST,
        OTHER_KEY,
        EXTENSION,
        NO_LOG
    } how;
} judged[] = {
    {"the first checkpoint", 0, 0, 5, QN_WITNESS_COSIGN, SOUND},
    {"a longer one", 5, 5, 9, QN_WITNESS_COSIGN, SOUND},
    {"one entry more", 7, 7, 8, QN_WITNESS_COSIGN, SOUND},
    {"from a whole tree", 8, 8, 16, QN_WITNESS_COSIGN, SOUND},
    {"the same again", 5, 5, 5, QN_WITNESS_COSIGN, SOUND},
    {"an empty log", 0, 0, 0, QN_WITNESS_COSIGN, SOUND},
    {"an empty log with a root", 0, 0, 0, QN_WITNESS_SPLIT, BAD_ROOT},
    {"no such log", 5, 5, 9, QN_WITNESS_UNKNOWN, NO_LOG},
    {"no such log, and all else wrong", 5, 10, 9, QN_WITNESS_UNKNOWN, NO_LOG},
    {"signed by another key", 5, 5, 9, QN_WITNESS_UNSIGNED, OTHER_KEY},
    {"by another key, old too large", 5, 10, 9, QN_WITNESS_UNSIGNED, OTHER_KEY},
    {"old above the size", 5, 10, 9, QN_WITNESS_MALFORMED, NO_PROOF},
    {"old above the size, which is what was cosigned", 10, 10, 9, QN_WITNESS_MALFORMED, NO_PROOF},
    {"an extension line", 5, 5, 9, QN_WITNESS_MALFORMED, EXTENSION},
    {"old below what was cosigned", 5, 4, 9, QN_WITNESS_STALE, SOUND},
    {"old above what was cosigned", 5, 6, 9, QN_WITNESS_STALE, SOUND},
    {"old 0, but it was cosigned", 5, 0, 9, QN_WITNESS_STALE, SOUND},
    {"old 5, but it never was", 0, 5, 9, QN_WITNESS_STALE, SOUND},
    {"stale comes before the proof", 5, 4, 9, QN_WITNESS_STALE, BAD_PROOF},
    {"one size, two roots", 5, 5, 5, QN_WITNESS_SPLIT, BAD_ROOT},
    {"one size, two roots, and a proof", 5, 5, 5, QN_WITNESS_SPLIT, BAD_LAST},
    {"one size with a proof", 5, 5, 5, QN_WITNESS_INCONSISTENT, EXTRA_PROOF},
    {"from nothing with a proof", 0, 0, 5, QN_WITNESS_INCONSISTENT, EXTRA_PROOF},
    {"another hash in the proof", 5, 5, 9, QN_WITNESS_INCONSISTENT, BAD_PROOF},
    {"a hash too many", 5, 5, 9, QN_WITNESS_INCONSISTENT, EXTRA_PROOF},
    {"no proof", 5, 5, 9, QN_WITNESS_INCONSISTENT, NO_PROOF},
    {"the proof of another tree", 5, 5, 9, QN_WITNESS_INCONSISTENT, BAD_ROOT},
    {"another root was cosigned", 5, 5, 9, QN_WITNESS_INCONSISTENT, BAD_LAST},
};

static void judge(void **state)
{
    const struct judged *j = *state;
    struct qn_witness_log known = {.size = j->last};
    struct qn_witness_request r;
    struct qn_proof proof = {.n = 0};
    struct qn_err err;
    uint8_t root[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf note = {0}, body = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_buf_init(&body, QN_WITNESS_REQUEST_MAX);
    memcpy(known.key, log_pk, sizeof(known.key));
    root_of(j->last, known.root);
    root_of(j->size, root);
    if (j->old && j->old <= j->size && j->how != NO_PROOF)
        assert_int_equal(qn_prove_consistency(j->old, j->size, get, NULL, &proof, &err), QN_OK);
    if (j->how == BAD_PROOF)
        proof.hash[0][0] ^= 1;
    if (j->how == EXTRA_PROOF)
        memcpy(proof.hash[proof.n++], root, QN_HASH);
    if (j->how == BAD_ROOT)
        root[31] ^= 1;
    if (j->how == BAD_LAST)
        known.root[0] ^= 1;
    put_note(&note, ORIGIN, j->size, root, j->how == EXTENSION ? "more\n" : "",
             j->how == OTHER_KEY ? sk : log_sk);
    qn_witness_write(&body, j->old, &proof, qn_buf_span(&note));
    assert_int_equal(body.failed, QN_OK);
    assert_int_equal(qn_witness_parse(&r, qn_buf_span(&body), &err), QN_OK);
    assert_int_equal(r.old, j->old);
    assert_int_equal(r.proof.n, proof.n);
    assert_memory_equal(r.proof.hash, proof.hash, proof.n * QN_HASH);
    assert_true(qn_span_eq(r.bytes, qn_buf_span(&note)));
    assert_int_equal(r.checkpoint.size, j->size);
    assert_int_equal(qn_witness_judge(&r, j->how == NO_LOG ? NULL : &known), j->want);
}

/* A size that no log of ours reaches is refused before anything is computed. */
static void a_size_beyond_all_logs(void **state)
{
    struct qn_witness_log known = {.size = 0};
    struct qn_witness_request r;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    (void)state;
    qn_buf_init(&body, QN_WITNESS_REQUEST_MAX);
    memcpy(known.key, log_pk, sizeof(known.key));
    for (uint64_t over = 0; over < 2; over++) {
        body.n = 0;
        qn_put_str(&body, "old 0\n\n");
        put_note(&body, ORIGIN, QN_SEQ_END + over, leaf[0], "", log_sk);
        assert_int_equal(qn_witness_parse(&r, qn_buf_span(&body), &err), QN_OK);
        assert_int_equal(qn_witness_judge(&r, &known),
                         over ? QN_WITNESS_MALFORMED : QN_WITNESS_COSIGN);
    }
}

/* ---- the form of requests -------------------------------------------------------------------------- */

#define H32  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define NOTE ORIGIN "\n5\n" H32 "\n\xe2\x80\x94 " ORIGIN " AAAAAAA=\n"

static struct form {
    const char *name, *bytes, *id; /* id NULL: it is one */
} forms[] = {
    {"no proof", "old 0\n\n" NOTE, NULL},
    {"one hash", "old 3\n" H32 "\n" NOTE, NULL},
    {"the largest old", "old 9223372036854775807\n\n" NOTE, NULL},
    {"nothing", "", "witness.request"},
    {"no end", "old 0", "witness.request"},
    {"only the first line", "old 0\n", "witness.request"},
    {"no empty line", "old 0\n" NOTE, "witness.request"},
    {"no note", "old 0\n\n", "note.form"},
    {"no old line", H32 "\n" NOTE, "witness.request"},
    {"another word", "new 0\n\n" NOTE, "witness.request"},
    {"a capital", "Old 0\n\n" NOTE, "witness.request"},
    {"no size", "old\n\n" NOTE, "witness.request"},
    {"two blanks", "old  0\n\n" NOTE, "witness.request"},
    {"a blank at the end", "old 0 \n\n" NOTE, "witness.request"},
    {"a leading zero", "old 03\n\n" NOTE, "witness.request"},
    {"a sign", "old +3\n\n" NOTE, "witness.request"},
    {"a negative size", "old -1\n\n" NOTE, "witness.request"},
    {"2^63", "old 9223372036854775808\n\n" NOTE, "witness.request"},
    {"hexadecimal", "old 0x3\n\n" NOTE, "witness.request"},
    {"a carriage return", "old 3\r\n\n" NOTE, "witness.request"},
    {"a hash of 31 bytes", "old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n\n" NOTE,
     "witness.request"},
    {"a hash of 33 bytes", "old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" NOTE,
     "witness.request"},
    {"a hash without padding", "old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" NOTE,
     "witness.request"},
    {"a hash not canonical", "old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\n" NOTE,
     "witness.request"},
    {"a hash of the URL kind", "old 3\nAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" NOTE,
     "witness.request"},
    {"a byte above 0x7f",
     "old 3\nAAAA\xc1\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41"
     "\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41\x41="
     "\n\n" NOTE,
     "witness.request"},
    {"a blank before a hash", "old 3\n " H32 "\n" NOTE, "witness.request"},
    {"two empty lines", "old 0\n\n\n" NOTE, "note.checkpoint"},
    {"a note that is no checkpoint", "old 0\n\ntext\n\n\xe2\x80\x94 n AAAAAAA=\n",
     "note.checkpoint"},
    {"a bad signature line", "old 0\n\n" NOTE "\xe2\x80\x94 n\n", "note.signature-line"},
};

static void form(void **state)
{
    const struct form *f = *state;
    struct qn_witness_request r = {.old = 77};
    struct qn_err err = {.code = QN_OK};
    struct qn_span in = qn_str(f->bytes);
    enum qn_code rc = qn_witness_parse(&r, in, &err);
    if (f->id) {
        assert_int_equal(rc, QN_MALFORMED);
        assert_string_equal(err.id, f->id);
        assert_int_equal(r.old, 77);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_WITNESS_REQUEST_MAX);
    assert_int_equal(rc, QN_OK);
    qn_witness_write(&again, r.old, &r.proof, r.bytes);
    assert_true(qn_span_eq(qn_buf_span(&again), in));
}

static void as_many_hashes_as_allowed(void **state)
{
    struct qn_witness_request r;
    struct qn_err err;
    (void)state;
    for (size_t n = QN_TREE_LEVELS; n <= QN_TREE_LEVELS + 1; n++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, 65536);
        qn_put_str(&b, "old 3\n");
        for (size_t i = 0; i < n; i++)
            qn_put_str(&b, H32);
        qn_put_str(&b, "\n" NOTE);
        assert_int_equal(qn_witness_parse(&r, qn_buf_span(&b), &err),
                         n == QN_TREE_LEVELS ? QN_OK : QN_MALFORMED);
    }
    assert_string_equal(err.args, "line=65");
}

static void too_long_a_request(void **state)
{
    struct qn_witness_request r;
    struct qn_err err;
    uint8_t *p = calloc(1, QN_WITNESS_REQUEST_MAX + 1);
    (void)state;
    assert_non_null(p);
    assert_int_equal(qn_witness_parse(&r, (struct qn_span){p, QN_WITNESS_REQUEST_MAX + 1}, &err),
                     QN_LIMIT);
    assert_string_equal(err.id, "witness.request-long");
    assert_int_equal(qn_witness_parse(&r, (struct qn_span){p, QN_WITNESS_REQUEST_MAX}, &err),
                     QN_MALFORMED);
    free(p);
}

/* ---- sizes -------------------------------------------------------------------------------------------- */

static struct sized {
    const char *name, *bytes;
    uint64_t size;
    bool ok;
} sizes[] = {
    {"zero", "0\n", 0, true},
    {"a size", "20852014\n", 20852014, true},
    {"the largest", "9223372036854775807\n", INT64_MAX, true},
    {"none", "", 0, false},
    {"an empty line", "\n", 0, false},
    {"no newline", "5", 0, false},
    {"a newline too many", "5\n\n", 0, false},
    {"a leading zero", "05\n", 0, false},
    {"a blank", "5 \n", 0, false},
    {"a sign", "-5\n", 0, false},
    {"2^63", "9223372036854775808\n", 0, false},
    {"a page", "<html>\n", 0, false},
};

static void size_of_a_conflict(void **state)
{
    const struct sized *s = *state;
    struct qn_err err = {.code = QN_OK};
    uint64_t got = 77;
    enum qn_code rc = qn_witness_size_parse(&got, qn_str(s->bytes), &err);
    assert_int_equal(rc, s->ok ? QN_OK : QN_MALFORMED);
    assert_int_equal(got, s->ok ? s->size : 77);
    if (!s->ok)
        assert_string_equal(err.id, "witness.size");
}

/* ---- answers -------------------------------------------------------------------------------------------- */

/* What an answer is made of, a letter a line: g good at 100, e good at 50, o by the other key of that name, n by
 * another name, b with a broken signature, t with another time than was signed, l a longer kind, x no line,
 * - a line without a newline (the last one).                                                                */
static struct answer {
    const char *name, *lines;
    enum qn_code want;
    const char *id;
    unsigned time_s, at; /* of the line that is taken */
} answers[] = {
    {"one line", "g", QN_OK, NULL, 100, 0},
    {"the earliest of two", "ge", QN_OK, NULL, 50, 1},
    {"the earliest comes first", "eg", QN_OK, NULL, 50, 0},
    {"among others", "nolg", QN_OK, NULL, 100, 3},
    {"behind a broken one", "bg", QN_OK, NULL, 100, 1},
    {"none", "", QN_MALFORMED, "witness.answer", 0, 0},
    {"no line", "x", QN_MALFORMED, "witness.answer", 0, 0},
    {"a good one, then junk", "gx", QN_MALFORMED, "witness.answer", 0, 0},
    {"no newline", "-", QN_MALFORMED, "witness.answer", 0, 0},
    {"another name", "n", QN_ABSENT, "witness.no-signature", 0, 0},
    {"another key", "o", QN_ABSENT, "witness.no-signature", 0, 0},
    {"a longer kind", "l", QN_ABSENT, "witness.no-signature", 0, 0},
    {"broken", "b", QN_UNVERIFIED, "witness.bad-signature", 0, 0},
    {"another time", "t", QN_UNVERIFIED, "witness.bad-signature", 0, 0},
    {"32 lines", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnng", QN_OK, NULL, 100, 31},
    {"33 lines", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnng", QN_MALFORMED, "witness.answer", 0, 0},
};

static void put_line(struct qn_buf *b, struct qn_span text, char kind)
{
    size_t from = b->n;
    switch (kind) {
    case 'e':
        qn_cosign(b, text, qn_str(WITNESS), 50, sk);
        return;
    case 'o':
        qn_cosign(b, text, qn_str(WITNESS), 100, sk2);
        return;
    case 'n':
        qn_cosign(b, text, qn_str("witness.example/w2"), 100, sk);
        return;
    case 'l':
        qn_put_str(b, "\xe2\x80\x94 " WITNESS " ");
        for (int i = 0; i < 800; i++)
            qn_put_str(b, "AAAA");
        qn_put_str(b, "\n");
        return;
    case 'x':
        qn_put_str(b, "<html>\n");
        return;
    default:
        qn_cosign(b, text, qn_str(WITNESS), 100, sk);
    }
    /* Behind the name stand the key id in 5 1/3 letters, the time up to 16, then the signature. */
    size_t body = from + 4 + strlen(WITNESS) + 1;
    if (kind == 'b')
        b->p[body + 60] = b->p[body + 60] == 'A' ? 'B' : 'A';
    if (kind == 't')
        b->p[body + 12] = b->p[body + 12] == 'A' ? 'B' : 'A';
    if (kind == '-')
        b->n--;
}

static void answer(void **state)
{
    const struct answer *a = *state;
    struct qn_vkey key = {.name = WITNESS, .type = QN_NOTE_COSIGNER};
    struct qn_err err = {.code = QN_OK};
    struct qn_span line = {NULL, 77};
    uint64_t time_s = 77;
    size_t start[64] = {0};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, got = {0};
    qn_buf_init(&text, 4096);
    qn_buf_init(&got, QN_WITNESS_ANSWER_MAX);
    memcpy(key.key, pk, sizeof(key.key));
    qn_checkpoint_text(&text, qn_str(ORIGIN), 5, leaf[0]);
    for (size_t i = 0; a->lines[i]; i++) {
        start[i] = got.n;
        put_line(&got, qn_buf_span(&text), a->lines[i]);
    }
    assert_int_equal(
        qn_witness_answer(&line, &time_s, qn_buf_span(&text), qn_buf_span(&got), &key, &err),
        a->want);
    if (a->want) {
        assert_string_equal(err.id, a->id);
        assert_true(time_s == 77 && line.n == 77);
        return;
    }
    assert_int_equal(time_s, a->time_s);
    assert_ptr_equal(line.p, got.p + start[a->at]);
    assert_int_equal(line.n, (a->lines[a->at + 1] ? start[a->at + 1] : got.n) - start[a->at]);
}

/* A good cosignature is good for the text it was made for, and no other. */
static void answer_about_another_checkpoint(void **state)
{
    struct qn_vkey key = {.name = WITNESS, .type = QN_NOTE_COSIGNER};
    struct qn_err err;
    struct qn_span line;
    uint64_t time_s;
    QN_AUTO(qn_buf) struct qn_buf text = {0}, other = {0}, got = {0};
    (void)state;
    qn_buf_init(&text, 4096);
    qn_buf_init(&other, 4096);
    qn_buf_init(&got, 4096);
    memcpy(key.key, pk, sizeof(key.key));
    qn_checkpoint_text(&text, qn_str(ORIGIN), 5, leaf[0]);
    qn_checkpoint_text(&other, qn_str(ORIGIN), 6, leaf[0]);
    qn_cosign(&got, qn_buf_span(&other), qn_str(WITNESS), 100, sk);
    assert_int_equal(
        qn_witness_answer(&line, &time_s, qn_buf_span(&text), qn_buf_span(&got), &key, &err),
        QN_UNVERIFIED);
    uint8_t *p = calloc(1, QN_WITNESS_ANSWER_MAX + 1);
    assert_non_null(p);
    assert_int_equal(qn_witness_answer(&line, &time_s, qn_buf_span(&text),
                                       (struct qn_span){p, QN_WITNESS_ANSWER_MAX + 1}, &key, &err),
                     QN_LIMIT);
    free(p);
}

/* ---- verifier keys ------------------------------------------------------------------------------------------ */

#define TESSERA "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

static struct vkey {
    const char *name, *text, *id;
} vkeys[] = {
    {"a log's, with a plus inside", TESSERA, NULL},
    {"nothing", "", "witness.vkey"},
    {"a name", "example.com", "witness.vkey"},
    {"no key", "example.com/log/testdata+33d7b496", "witness.vkey"},
    {"an empty key", "example.com/log/testdata+33d7b496+", "witness.vkey"},
    {"no name", "+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", "witness.vkey"},
    {"a blank in the name",
     "example.com/log testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey"},
    {"a wide blank in the name",
     "a\xe3\x80\x80z+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", "witness.vkey"},
    {"a newline in the name", "a\nz+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey"},
    {"another name",
     "example.com/log/testdatb+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey-id"},
    {"another id", "example.com/log/testdata+33d7b497+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey-id"},
    {"an id in capitals",
     "example.com/log/testdata+33D7B496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey"},
    {"a short id", "example.com/log/testdata+33d7b49+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey"},
    {"another type",
     "example.com/log/testdata+33d7b496+BOHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
     "witness.vkey-id"},
    {"a short key",
     "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkk==",
     "witness.vkey"},
    {"something behind", TESSERA "AAAA", "witness.vkey"},
    {"a newline behind", TESSERA "\n", "witness.vkey"},
};

static void vkey(void **state)
{
    const struct vkey *v = *state;
    struct qn_vkey k = {.type = 77};
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_vkey_parse(&k, qn_str(v->text), &err);
    if (v->id) {
        assert_int_equal(rc, QN_MALFORMED);
        assert_string_equal(err.id, v->id);
        assert_int_equal(k.type, 77);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, 1024);
    assert_int_equal(rc, QN_OK);
    qn_vkey_write(&again, &k);
    assert_true(qn_span_is(qn_buf_span(&again), v->text));
}

/* A type that is none of ours, with an id that fits it. */
static void an_unknown_type(void **state)
{
    struct qn_vkey k = {.name = "a", .type = 2}, got;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    (void)state;
    qn_buf_init(&text, 1024);
    qn_vkey_write(&text, &k);
    assert_int_equal(qn_vkey_parse(&got, qn_buf_span(&text), &err), QN_MALFORMED);
    assert_string_equal(err.id, "witness.vkey-id");
    k.type = QN_NOTE_COSIGNER;
    text.n = 0;
    qn_vkey_write(&text, &k);
    assert_int_equal(qn_vkey_parse(&got, qn_buf_span(&text), &err), QN_OK);
    assert_int_equal(got.type, QN_NOTE_COSIGNER);
}

#define LEN(table) (sizeof(table) / sizeof((table)[0]))
#define ROWS(table, run) \
    for (size_t i = 0; i < LEN(table); i++) \
        tests[n++] = (struct CMUnitTest) \
        { \
            (table)[i].name, run, NULL, NULL, &(table)[i] \
        }

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(a_size_beyond_all_logs), cmocka_unit_test(as_many_hashes_as_allowed),
        cmocka_unit_test(too_long_a_request),     cmocka_unit_test(answer_about_another_checkpoint),
        cmocka_unit_test(an_unknown_type),
    };
    static struct CMUnitTest
        tests[LEN(plain) + LEN(judged) + LEN(forms) + LEN(sizes) + LEN(answers) + LEN(vkeys)];
    size_t n = LEN(plain);
    memcpy(tests, plain, sizeof(plain));
    ROWS(judged, judge);
    ROWS(forms, form);
    ROWS(sizes, size_of_a_conflict);
    ROWS(answers, answer);
    ROWS(vkeys, vkey);
    return cmocka_run_group_tests_name("witness", tests, setup, NULL);
}
