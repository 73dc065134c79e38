/* test_vectors.c - the vector files of tests/vectors, one operation each: the verdict, and where an encoder exists
 * the same bytes again. change.txt, header.txt and draw.txt have tests of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/draw.h"
#include "qian/frame.h"
#include "qian/merkle.h"
#include "qian/note.h"
#include "qian/slip.h"
#include "qian/vrf.h"
#include "qian/witness.h"
#include "tests/unit/vectors.h"

/* One vector as its operation sees it. again: what the decoded object encodes to; left empty where the format has no
 * encoder of its own. */
struct run {
    const struct vector *v;
    struct qn_span in;
    struct qn_buf again;
    struct qn_err err;
};
typedef enum qn_code operation(struct run *r);

/* ---- inputs ------------------------------------------------------------------------------------------------ */

static uint8_t lent[4][65536];

/* The bytes of a key, lent until the next call with the same place. */
static struct qn_span bytes_of(const struct run *r, const char *key, unsigned place)
{
    struct qn_buf b;
    if (!vector_bytes(&b, r->v, key) || b.n > sizeof(lent[0]))
        fail_msg("%s: no bytes in %s", r->v->name, key);
    memcpy(lent[place], b.p ? b.p : (const uint8_t *)"", b.n);
    struct qn_span s = {lent[place], b.n};
    qn_buf_release(&b);
    return s;
}

static const uint8_t *fixed(const struct run *r, const char *key, unsigned place, size_t n)
{
    struct qn_span s = bytes_of(r, key, place);
    if (s.n != n)
        fail_msg("%s: %zu bytes in %s", r->v->name, s.n, key);
    return s.p;
}

static uint64_t number(const struct run *r, const char *key)
{
    const char *text = vector_get(r->v, key, NULL);
    if (!text)
        fail_msg("%s: no %s", r->v->name, key);
    return strtoull(text, NULL, 10);
}

static void policy_of(struct run *r, struct qn_policy *p)
{
    if (qn_policy_parse(p, bytes_of(r, "policy", 0), &r->err))
        fail_msg("%s: its policy: %s", r->v->name, r->err.id);
}

static void proof_of(const struct run *r, struct qn_proof *p)
{
    struct qn_span s = bytes_of(r, "proof", 2);
    assert_true(s.n % QN_HASH == 0 && s.n / QN_HASH <= QN_TREE_LEVELS);
    p->n = s.n / QN_HASH;
    memcpy(p->hash, s.p, s.n);
}

static void note_of(struct run *r, struct qn_note *n)
{
    if (qn_note_parse(n, r->in, &r->err))
        fail_msg("%s: its note: %s", r->v->name, r->err.id);
}

/* ---- notes and trees --------------------------------------------------------------------------------------- */

static enum qn_code op_note(struct run *r)
{
    struct qn_note n;
    return qn_note_parse(&n, r->in, &r->err);
}

static enum qn_code op_note_by(struct run *r)
{
    struct qn_note n;
    note_of(r, &n);
    return qn_note_verify(&n, bytes_of(r, "signer", 0), fixed(r, "key", 1, QN_PUBKEY), &r->err);
}

static enum qn_code op_cosigned_by(struct run *r)
{
    struct qn_note n;
    uint64_t time_s = 0;
    note_of(r, &n);
    enum qn_code rc = qn_cosign_verify(&n, bytes_of(r, "signer", 0), fixed(r, "key", 1, QN_PUBKEY),
                                       &time_s, &r->err);
    if (!rc)
        assert_true(time_s == number(r, "out.time"));
    return rc;
}

static enum qn_code op_checkpoint(struct run *r)
{
    struct qn_checkpoint c;
    return qn_checkpoint_parse(&c, r->in, &r->err);
}

static enum qn_code op_proof(struct run *r)
{
    uint64_t index;
    struct qn_proof p;
    struct qn_span note;
    enum qn_code rc = qn_proof_parse(&index, &p, &note, r->in, &r->err);
    if (!rc)
        qn_proof_write(&r->again, index, &p, note);
    return rc;
}

static enum qn_code op_inclusion(struct run *r)
{
    struct qn_proof p;
    proof_of(r, &p);
    return qn_check_inclusion(fixed(r, "leaf", 0, QN_HASH), number(r, "index"), number(r, "size"),
                              &p, fixed(r, "root", 1, QN_HASH), &r->err);
}

static enum qn_code op_consistency(struct run *r)
{
    struct qn_proof p;
    proof_of(r, &p);
    return qn_check_consistency(number(r, "from"), fixed(r, "from-root", 0, QN_HASH),
                                number(r, "to"), fixed(r, "to-root", 1, QN_HASH), &p, &r->err);
}

static enum qn_code op_witness_request(struct run *r)
{
    struct qn_witness_request w;
    enum qn_code rc = qn_witness_parse(&w, r->in, &r->err);
    if (!rc)
        qn_witness_write(&r->again, w.old, &w.proof, w.bytes);
    return rc;
}

static enum qn_code op_witness_size(struct run *r)
{
    uint64_t size;
    enum qn_code rc = qn_witness_size_parse(&size, r->in, &r->err);
    if (!rc)
        qn_put_fmt(&r->again, "%llu\n", (unsigned long long)size);
    return rc;
}

static enum qn_code op_vkey(struct run *r)
{
    struct qn_vkey k;
    enum qn_code rc = qn_vkey_parse(&k, r->in, &r->err);
    if (!rc)
        qn_vkey_write(&r->again, &k);
    return rc;
}

/* ---- certificates -------------------------------------------------------------------------------------------- */

static enum qn_code op_policy(struct run *r)
{
    struct qn_policy p;
    enum qn_code rc = qn_policy_parse(&p, r->in, &r->err);
    if (!rc)
        qn_policy_text(&r->again, &p);
    return rc;
}

static enum qn_code op_fingerprint(struct run *r)
{
    char typed[512];
    assert_true(qn_text_copy(typed, sizeof(typed), r->in));
    return qn_fingerprint_check(typed, fixed(r, "hash", 0, QN_HASH), &r->err);
}

/* The body again; the signatures behind it were read in the one form there is. */
static void cert_again(struct run *r, const struct qn_cert *c)
{
    qn_cert_body(&r->again, c);
    qn_put_span(&r->again, (struct qn_span){r->in.p + r->again.n, r->in.n - r->again.n});
}

static enum qn_code op_cert_root(struct run *r)
{
    struct qn_policy p;
    struct qn_cert c;
    policy_of(r, &p);
    enum qn_code rc = qn_cert_verify_root(&c, r->in, &p, &r->err);
    if (!rc)
        cert_again(r, &c);
    return rc;
}

static enum qn_code op_cert_under(struct run *r)
{
    struct qn_cert parent, c;
    if (qn_cert_body_decode(&parent, bytes_of(r, "parent", 0), &r->err))
        fail_msg("%s: its parent: %s", r->v->name, r->err.id);
    enum qn_code rc = qn_cert_verify(&c, r->in, &parent, &r->err);
    if (!rc)
        cert_again(r, &c);
    return rc;
}

static enum qn_code op_request(struct run *r)
{
    struct qn_request q;
    return qn_request_verify(&q, r->in, &r->err);
}

static enum qn_code op_origin(struct run *r)
{
    struct qn_cert c = {.epoch = 0};
    char origin[QN_ORIGIN_MAX + 1];
    enum qn_code rc = qn_origin_parse(r->in, c.deployment, c.office, &c.epoch, &r->err);
    if (!rc) {
        qn_cert_origin(origin, &c);
        qn_put_str(&r->again, origin);
    }
    return rc;
}

static enum qn_code op_serial(struct run *r)
{
    struct qn_cert c = {.issuer = "14", .office = "1406", .serial = (uint32_t)number(r, "serial")};
    return qn_cert_follows(&c, r->in, (uint32_t)number(r, "last"),
                           fixed(r, "last-hash", 0, QN_HASH), &r->err);
}

static enum qn_code op_succession(struct run *r)
{
    struct qn_policy old, next;
    policy_of(r, &old);
    return qn_succession_verify(&next, r->in, &old, &r->err);
}

/* ---- entries and tables ---------------------------------------------------------------------------------------- */

static enum qn_code op_header_by(struct run *r)
{
    return qn_header_verify(r->in, fixed(r, "sig", 0, QN_SIG), fixed(r, "key", 1, QN_PUBKEY),
                            &r->err);
}

static enum qn_code op_part(struct run *r)
{
    struct qn_part p = {.stored = (uint32_t)number(r, "stored")};
    memcpy(p.commitment, fixed(r, "commitment", 0, QN_HASH), QN_HASH);
    return qn_part_check(&p, fixed(r, "salt", 1, QN_SALT), r->in, &r->err);
}

static enum qn_code op_row_id(struct run *r)
{
    int64_t id;
    char text[40];
    enum qn_code rc = qn_row_id_parse(&id, r->in, &r->err);
    if (!rc) {
        qn_row_id_text(text, id);
        qn_put_str(&r->again, text);
    }
    return rc;
}

static enum qn_code op_registry(struct run *r)
{
    struct qn_registry *reg = malloc(sizeof(*reg));
    assert_non_null(reg);
    enum qn_code rc = qn_registry_parse(reg, r->in, &r->err);
    if (!rc)
        qn_registry_text(&r->again, reg);
    free(reg);
    return rc;
}

/* ---- exchange -------------------------------------------------------------------------------------------------- */

static enum qn_code op_frame(struct run *r)
{
    struct qn_span in = r->in, payload;
    enum qn_frame_type type;
    size_t need;
    enum qn_code rc = qn_frame_take(&in, &type, &payload, &need, &r->err);
    if (!rc) {
        qn_frame_put(&r->again, type, payload);
        qn_put_span(&r->again, in);
    }
    return rc;
}

static enum qn_code op_part_frame(struct run *r)
{
    struct qn_part_frame p;
    enum qn_code rc = qn_part_frame_decode(&p, r->in, &r->err);
    if (!rc)
        qn_part_frame_encode(&r->again, &p);
    return rc;
}

static enum qn_code op_file_frame(struct run *r)
{
    struct qn_file_frame f;
    enum qn_code rc = qn_file_frame_decode(&f, r->in, &r->err);
    if (!rc)
        qn_file_frame_encode(&r->again, &f);
    return rc;
}

static enum qn_code op_run_frame(struct run *r)
{
    struct qn_run_frame f;
    enum qn_code rc = qn_run_frame_decode(&f, r->in, &r->err);
    if (!rc)
        qn_run_frame_encode(&r->again, &f);
    return rc;
}

static enum qn_code op_told_frame(struct run *r)
{
    struct qn_told_frame f;
    enum qn_code rc = qn_told_frame_decode(&f, r->in, &r->err);
    if (!rc)
        qn_told_frame_encode(&r->again, &f);
    return rc;
}

static enum qn_code op_want(struct run *r)
{
    struct qn_want w;
    enum qn_code rc = qn_want_decode(&w, r->in, &r->err);
    if (!rc)
        qn_want_encode(&r->again, &w);
    return rc;
}

static enum qn_code op_offer(struct run *r)
{
    struct qn_file_name n;
    enum qn_code rc = qn_offer_decode(&n, r->in, &r->err);
    if (!rc)
        qn_offer_encode(&r->again, &n);
    return rc;
}

static enum qn_code op_kept(struct run *r)
{
    struct qn_kept k;
    enum qn_code rc = qn_kept_decode(&k, r->in, &r->err);
    if (!rc)
        qn_kept_encode(&r->again, &k);
    return rc;
}

static enum qn_code op_end(struct run *r)
{
    bool more;
    enum qn_code rc = qn_end_decode(&more, r->in, &r->err);
    if (!rc)
        qn_end_encode(&r->again, more);
    return rc;
}

/* Under another key the signature is another: all before it is compared. */
static enum qn_code op_have(struct run *r)
{
    static const uint8_t seed[32] = {7};
    uint8_t pk[QN_PUBKEY], sk[64];
    struct qn_have h;
    enum qn_code rc = qn_have_decode(&h, r->in, &r->err);
    if (rc)
        return rc;
    crypto_sign_seed_keypair(pk, sk, seed);
    qn_have_seal(&r->again, &h, sk);
    qn_have_release(&h);
    assert_int_equal(r->again.n, r->in.n);
    memcpy(r->again.p + r->again.n - QN_SIG, r->in.p + r->in.n - QN_SIG, QN_SIG);
    return rc;
}

static enum qn_code op_fork(struct run *r)
{
    struct qn_fork f;
    enum qn_code rc = qn_fork_decode(&f, r->in, &r->err);
    if (!rc)
        qn_fork_encode(&r->again, &f);
    return rc;
}

static enum qn_code op_fork_of(struct run *r)
{
    struct qn_fork f;
    struct qn_cert c = {.epoch = 0};
    uint64_t place;
    enum qn_code rc = qn_fork_decode(&f, r->in, &r->err);
    if (rc)
        return rc;
    if (qn_origin_parse(bytes_of(r, "origin", 0), c.deployment, c.office, &c.epoch, &r->err))
        fail_msg("%s: its origin: %s", r->v->name, r->err.id);
    memcpy(c.log, fixed(r, "key", 1, QN_PUBKEY), QN_PUBKEY);
    return qn_fork_verify(&f, &c, &place, &r->err);
}

static enum qn_code op_receipt(struct run *r)
{
    struct qn_receipt *receipt = malloc(sizeof(*receipt));
    assert_non_null(receipt);
    enum qn_code rc = qn_receipt_parse(receipt, r->in, &r->err);
    if (!rc)
        qn_receipt_text(&r->again, receipt);
    free(receipt);
    return rc;
}

/* ---- the draw -------------------------------------------------------------------------------------------------- */

static enum qn_code op_rules(struct run *r)
{
    struct qn_rules *rules = malloc(sizeof(*rules));
    assert_non_null(rules);
    enum qn_code rc = qn_rules_parse(rules, r->in, &r->err);
    if (!rc)
        qn_rules_text(&r->again, rules);
    free(rules);
    return rc;
}

static enum qn_code op_freeze(struct run *r)
{
    struct qn_freeze f = {.nsources = 0};
    enum qn_code rc = qn_freeze_parse(&f, r->in, &r->err);
    if (!rc)
        qn_freeze_text(&r->again, &f);
    qn_freeze_release(&f);
    return rc;
}

static enum qn_code op_order(struct run *r)
{
    struct qn_order o;
    enum qn_code rc = qn_order_parse(&o, r->in, &r->err);
    if (!rc)
        qn_order_text(&r->again, &o);
    return rc;
}

static enum qn_code op_result(struct run *r)
{
    struct qn_result *result = malloc(sizeof(*result));
    assert_non_null(result);
    enum qn_code rc = qn_result_parse(result, r->in, &r->err);
    if (!rc)
        qn_result_text(&r->again, result);
    free(result);
    return rc;
}

static enum qn_code op_pairs(struct run *r)
{
    struct qn_pairs p = {.nvisits = 0};
    enum qn_code rc = qn_pairs_parse(&p, r->in, &r->err);
    qn_pairs_release(&p);
    return rc;
}

static enum qn_code op_exc(struct run *r)
{
    struct qn_exc x;
    enum qn_code rc = qn_exc_parse(&x, r->in, &r->err);
    if (!rc)
        qn_exc_text(&r->again, &x);
    return rc;
}

static enum qn_code op_release(struct run *r)
{
    struct qn_release release = {.nparts = 0};
    enum qn_code rc = qn_release_parse(&release, r->in, &r->err);
    if (!rc)
        qn_release_text(&r->again, &release);
    qn_release_release(&release);
    return rc;
}

static enum qn_code op_object_id(struct run *r)
{
    return qn_object_id_check(r->in, &r->err);
}

static enum qn_code op_slip(struct run *r)
{
    struct qn_slip *s = malloc(sizeof(*s));
    assert_non_null(s);
    enum qn_code rc = qn_slip_parse(s, r->in, &r->err);
    size_t remarks = 0; /* are not part of what is read */
    while (!rc && r->in.p[remarks] == '#')
        while (r->in.p[remarks++] != '\n')
            ;
    if (!rc)
        qn_slip_text(&r->again, s, (struct qn_span){r->in.p, 0});
    if (!rc && remarks) /* the sum is over them too */
        r->again.n = 0;
    free(s);
    return rc;
}

static enum qn_code op_attributes(struct run *r)
{
    struct qn_object_attr a;
    return qn_attributes_decode(&a, r->in, &r->err);
}

static enum qn_code op_vrf(struct run *r)
{
    uint8_t beta[QN_VRF_BETA];
    enum qn_code rc =
        qn_vrf_verify(beta, fixed(r, "key", 0, QN_PUBKEY), r->in, bytes_of(r, "alpha", 1), &r->err);
    if (!rc)
        assert_memory_equal(beta, fixed(r, "out.beta", 2, QN_VRF_BETA), QN_VRF_BETA);
    return rc;
}

/* ---- the files -------------------------------------------------------------------------------------------------- */

/* keys: what a vector of the file may have besides name, hex and want. */
static const struct file {
    const char *name;
    operation *op;
    const char *keys;
} files[] = {
    {"note", op_note, ""},
    {"note-by", op_note_by, "signer key"},
    {"cosigned-by", op_cosigned_by, "signer key out.time"},
    {"checkpoint", op_checkpoint, ""},
    {"proof", op_proof, ""},
    {"inclusion", op_inclusion, "leaf index size proof root"},
    {"consistency", op_consistency, "from-root from to proof to-root"},
    {"witness-request", op_witness_request, ""},
    {"witness-size", op_witness_size, ""},
    {"vkey", op_vkey, ""},
    {"policy", op_policy, ""},
    {"fingerprint", op_fingerprint, "hash"},
    {"cert-root", op_cert_root, "policy"},
    {"cert-under", op_cert_under, "parent"},
    {"request", op_request, ""},
    {"origin", op_origin, ""},
    {"serial", op_serial, "serial last last-hash"},
    {"succession", op_succession, "policy"},
    {"header-by", op_header_by, "sig key"},
    {"part", op_part, "stored commitment salt"},
    {"row-id", op_row_id, ""},
    {"registry", op_registry, ""},
    {"frame", op_frame, ""},
    {"part-frame", op_part_frame, ""},
    {"file-frame", op_file_frame, ""},
    {"want", op_want, ""},
    {"offer", op_offer, ""},
    {"kept", op_kept, ""},
    {"run-frame", op_run_frame, ""},
    {"told-frame", op_told_frame, ""},
    {"end", op_end, ""},
    {"have", op_have, ""},
    {"fork", op_fork, ""},
    {"fork-of", op_fork_of, "origin key"},
    {"receipt", op_receipt, ""},
    {"rules", op_rules, ""},
    {"freeze", op_freeze, ""},
    {"order", op_order, ""},
    {"result", op_result, ""},
    {"pairs", op_pairs, ""},
    {"release", op_release, ""},
    {"exc", op_exc, ""},
    {"object-id", op_object_id, ""},
    {"slip", op_slip, ""},
    {"attributes", op_attributes, ""},
    {"vrf", op_vrf, "key alpha out.beta"},
};

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; n && (at = strstr(at, word)) != NULL; at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
            return true;
    return false;
}

static void check_keys(const struct file *f, const struct vector *v)
{
    for (unsigned i = 0; i < v->nkeys; i++)
        if (!has_word(f->keys, v->key[i]))
            fail_msg("%s: unknown key %s", v->name, v->key[i]);
}

static void check_vector(const struct file *f, const struct vector *v)
{
    struct run r = {.v = v, .in = vector_in(v), .err = {.code = QN_OK}};
    qn_buf_init(&r.again, VECTOR_VALUE);
    check_keys(f, v);
    enum qn_code rc = f->op(&r);
    if (strcmp(rc ? r.err.id : "ok", v->want) != 0)
        fail_msg("%s: %s", v->name, rc ? r.err.id : "ok");
    if (!rc && r.again.n && !qn_span_eq(qn_buf_span(&r.again), r.in))
        fail_msg("%s: encodes to other bytes", v->name);
    qn_buf_release(&r.again);
}

static void file(void **state)
{
    const struct file *f = *state;
    char path[200];
    size_t sound = 0;
    vectors_release(); /* what a file that failed left behind */
    snprintf(path, sizeof(path), "tests/vectors/%s.txt", f->name);
    assert_int_equal(vectors_read(path), 0);
    for (size_t i = 0; i < nvectors; i++) {
        check_vector(f, &vectors[i]);
        sound += strcmp(vectors[i].want, "ok") == 0;
    }
    print_message("# %zu vectors, %zu of them refused\n", nvectors, nvectors - sound);
    assert_true(sound >= 1 && sound < nvectors);
    vectors_release();
}

int main(void)
{
    static struct CMUnitTest tests[sizeof(files) / sizeof(files[0])];
    const size_t n = sizeof(files) / sizeof(files[0]);
    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < n; i++)
        tests[i] =
            (struct CMUnitTest){files[i].name, file, NULL, NULL, (void *)(uintptr_t)&files[i]};
    return _cmocka_run_group_tests("vectors", tests, n, NULL, NULL);
}
