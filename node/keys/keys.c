#include "node/keys/keys.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "protocol/wire.h"
#include "qian/vrf.h"

enum { LOG, WITNESS, VRF, TLS, BOX, SEEDS };

struct keys {
    enum keys_kind kind;
    unsigned nearlier;
    uint8_t seed[SEEDS + 2 * KEYS_EARLIER][32]; /* the five, then of each earlier epoch the box and the VRF seed */
    uint8_t log_sk[64], witness_sk[64];
    uint8_t log_pk[32], witness_pk[32], vrf_pk[32], tls_pk[32], box_pk[32], box_sk[32];
    struct {
        uint8_t box_pk[32], box_sk[32], vrf_pk[32];
    } earlier[KEYS_EARLIER];
};

#define KEYS_MAGIC   "qian-key/1\n"
#define KEYS_FILE    4096 /* bytes of a key file; one is below 300 */
#define KEYS_OPS     3    /* Argon2id passes: OWASP's row for 256 MiB asks for 1 or more */
#define PASSPHRASE_N 1024

static size_t seeds_of(enum keys_kind kind)
{
    return kind == KEYS_OFFICE ? SEEDS : 1;
}

static uint8_t *earlier_box(struct keys *k, unsigned i)
{
    return k->seed[SEEDS + 2 * i];
}

static uint8_t *earlier_vrf(struct keys *k, unsigned i)
{
    return k->seed[SEEDS + 2 * i + 1];
}

static void derive(struct keys *k)
{
    uint8_t sk[64];
    if (k->kind == KEYS_COKEY) /* its one seed never signs: a signature beside a proof would give it away */
        qn_vrf_public(k->vrf_pk, k->seed[0]);
    else
        crypto_sign_seed_keypair(k->log_pk, k->log_sk, k->seed[LOG]);
    if (k->kind == KEYS_OFFICE) {
        crypto_sign_seed_keypair(k->witness_pk, k->witness_sk, k->seed[WITNESS]);
        crypto_sign_seed_keypair(k->tls_pk, sk, k->seed[TLS]);
        crypto_box_seed_keypair(k->box_pk, k->box_sk, k->seed[BOX]);
        qn_vrf_public(k->vrf_pk, k->seed[VRF]);
    }
    for (unsigned i = 0; i < k->nearlier; i++) {
        crypto_box_seed_keypair(k->earlier[i].box_pk, k->earlier[i].box_sk, earlier_box(k, i));
        qn_vrf_public(k->earlier[i].vrf_pk, earlier_vrf(k, i));
    }
    sodium_memzero(sk, sizeof(sk));
}

static struct keys *blank(enum keys_kind kind)
{
    struct keys *k = sodium_malloc(sizeof(*k));
    if (k) {
        memset(k, 0, sizeof(*k));
        k->kind = kind;
    }
    return k;
}

enum qn_code keys_create(struct keys **out, enum keys_kind kind, struct qn_err *err)
{
    struct keys *k = blank(kind);
    if (!k)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < seeds_of(kind); i++)
        randombytes_buf(k->seed[i], sizeof(k->seed[i]));
    derive(k);
    *out = k;
    return QN_OK;
}

enum qn_code keys_of_vrf(struct keys **out, const uint8_t seed[32], struct qn_err *err)
{
    struct keys *k = blank(KEYS_COKEY);
    if (!k)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(k->seed[0], seed, sizeof(k->seed[0]));
    derive(k);
    *out = k;
    return QN_OK;
}

void keys_remember(struct keys *k, const struct keys *earlier)
{
    k->nearlier = 1;
    memcpy(earlier_box(k, 0), earlier->seed[BOX], 32);
    memcpy(earlier_vrf(k, 0), earlier->seed[VRF], 32);
    for (unsigned i = 0; i < earlier->nearlier && k->nearlier < KEYS_EARLIER; i++) {
        memcpy(earlier_box(k, k->nearlier), earlier->seed[SEEDS + 2 * i], 32);
        memcpy(earlier_vrf(k, k->nearlier), earlier->seed[SEEDS + 2 * i + 1], 32);
        k->nearlier++;
    }
    derive(k);
}

void keys_free(struct keys *k)
{
    sodium_free(k); /* wipes first */
}

bool keys_kdf_sane(const struct keys_kdf *kdf)
{
    return kdf->mem_kib >= KEYS_KDF_MIB_MIN * 1024 && kdf->mem_kib <= 4096u * 1024 && kdf->ops >= 1 && kdf->ops <= 100;
}

enum qn_code keys_stretch(uint8_t key[32], struct qn_span pass, const struct keys_kdf *kdf, struct qn_err *err)
{
    if (crypto_pwhash(key, 32, (const char *)pass.p, pass.n, kdf->salt, kdf->ops, (size_t)kdf->mem_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return qn_fail(err, QN_NOMEM, "keys.no-memory", "mib=%u", kdf->mem_kib / 1024);
    return QN_OK;
}

enum qn_code keys_save(const struct keys *k, const char *path, struct qn_span pass, unsigned kdf_mib,
                       struct qn_err *err)
{
    if (kdf_mib < KEYS_KDF_MIB_MIN || kdf_mib > 4096)
        return qn_fail(err, QN_LIMIT, "keys.kdf", "mib=%u|min=%d", kdf_mib, KEYS_KDF_MIB_MIN);
    uint8_t nonce[24], key[32], sealed[sizeof(k->seed) + 16];
    struct keys_kdf kdf = {.ops = KEYS_OPS, .mem_kib = kdf_mib * 1024};
    randombytes_buf(kdf.salt, sizeof(kdf.salt));
    randombytes_buf(nonce, sizeof(nonce));
    enum qn_code rc = keys_stretch(key, pass, &kdf, err);
    if (rc)
        return rc;
    size_t seeds = seeds_of(k->kind) + 2 * (size_t)k->nearlier;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, KEYS_FILE);
    qn_put_str(&b, KEYS_MAGIC);
    qn_put_uint(&b, k->kind, 1);
    qn_put_uint(&b, kdf.ops, 4);
    qn_put_uint(&b, kdf.mem_kib, 4);
    qn_put(&b, kdf.salt, sizeof(kdf.salt));
    qn_put(&b, nonce, sizeof(nonce));
    unsigned long long n = 0;
    /* The header is the associated data: nobody can weaken the parameters of a file that still opens. */
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, &n, k->seed[0], seeds * 32, b.p, b.n,
                                               NULL, nonce, key);
    sodium_memzero(key, sizeof(key));
    qn_put(&b, sealed, (size_t)n);
    rc = qn_buf_check(&b, err);
    return rc ? rc : file_write(path, qn_buf_span(&b), 0600, false, err);
}

/* A key file taken apart; the spans borrow from its bytes. */
struct key_file {
    struct qn_buf bytes;
    uint64_t kind;
    struct keys_kdf kdf;
    struct qn_span head, nonce, sealed;
};

static enum qn_code read_file(struct key_file *f, const char *path, struct qn_err *err)
{
    enum qn_code rc = file_read(&f->bytes, path, KEYS_FILE, err);
    if (rc)
        return rc;
    struct rd r = {.in = qn_buf_span(&f->bytes)};
    struct qn_span magic = rd_span(&r, sizeof(KEYS_MAGIC) - 1);
    f->kind = rd_uint(&r, 1);
    f->kdf.ops = (uint32_t)rd_uint(&r, 4);
    f->kdf.mem_kib = (uint32_t)rd_uint(&r, 4);
    rd_copy(&r, f->kdf.salt, sizeof(f->kdf.salt));
    f->nonce = rd_span(&r, 24);
    f->head = (struct qn_span){f->bytes.p, f->bytes.n - r.in.n};
    f->sealed = r.in;
    if (r.failed || !qn_span_is(magic, KEYS_MAGIC) || (f->kind < KEYS_OFFICE || f->kind > KEYS_COKEY) ||
        r.in.n < seeds_of((enum keys_kind)f->kind) * 32 + 16 || !keys_kdf_sane(&f->kdf))
        return qn_fail(err, QN_MALFORMED, "keys.malformed", "path=%s", path);
    size_t more = r.in.n - 16 - seeds_of((enum keys_kind)f->kind) * 32;
    if (more % 64 || more / 64 > (f->kind == KEYS_OFFICE ? KEYS_EARLIER : 0))
        return qn_fail(err, QN_MALFORMED, "keys.malformed", "path=%s", path);
    return QN_OK;
}

enum qn_code keys_kdf_like(struct keys_kdf *out, const char *path, struct qn_err *err)
{
    struct key_file f = {0};
    enum qn_code rc = read_file(&f, path, err);
    if (!rc) {
        *out = f.kdf;
        randombytes_buf(out->salt, sizeof(out->salt));
    }
    qn_buf_release(&f.bytes);
    return rc;
}

static enum qn_code unseal(struct keys **out, const struct key_file *f, const char *path, struct qn_span pass,
                           struct qn_err *err)
{
    uint8_t key[32];
    enum qn_code rc = keys_stretch(key, pass, &f->kdf, err);
    if (rc)
        return rc;
    struct keys *k = blank((enum keys_kind)f->kind);
    if (!k)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(k->seed[0], NULL, NULL, f->sealed.p, f->sealed.n, f->head.p,
                                                         f->head.n, f->nonce.p, key);
    sodium_memzero(key, sizeof(key));
    if (bad) {
        keys_free(k);
        return qn_fail(err, QN_UNVERIFIED, "keys.passphrase", "path=%s", path);
    }
    k->nearlier = (unsigned)((f->sealed.n - 16 - seeds_of((enum keys_kind)f->kind) * 32) / 64);
    derive(k);
    *out = k;
    return QN_OK;
}

enum qn_code keys_open(struct keys **out, const char *path, struct qn_span pass, struct qn_err *err)
{
    struct key_file f = {0};
    enum qn_code rc = read_file(&f, path, err);
    if (!rc)
        rc = unseal(out, &f, path, pass, err);
    qn_buf_release(&f.bytes);
    return rc;
}

const uint8_t *keys_log_sk(const struct keys *k)
{
    return k->log_sk;
}
const uint8_t *keys_witness_sk(const struct keys *k)
{
    return k->witness_sk;
}
const uint8_t *keys_vrf_seed(const struct keys *k)
{
    return k->seed[k->kind == KEYS_COKEY ? 0 : VRF];
}
const uint8_t *keys_box_sk(const struct keys *k)
{
    return k->box_sk;
}
const uint8_t *keys_tls_seed(const struct keys *k)
{
    return k->seed[TLS];
}

bool keys_box(const struct keys *k, unsigned i, const uint8_t **pk, const uint8_t **sk)
{
    if (i > k->nearlier)
        return false;
    *pk = i ? k->earlier[i - 1].box_pk : k->box_pk;
    *sk = i ? k->earlier[i - 1].box_sk : k->box_sk;
    return true;
}

const uint8_t *keys_vrf_seed_of(const struct keys *k, const uint8_t vrf[QN_PUBKEY])
{
    if (memcmp(k->vrf_pk, vrf, QN_PUBKEY) == 0)
        return k->seed[VRF];
    for (unsigned i = 0; i < k->nearlier; i++)
        if (memcmp(k->earlier[i].vrf_pk, vrf, QN_PUBKEY) == 0)
            return k->seed[SEEDS + 2 * i + 1];
    return NULL;
}

void keys_public(const struct keys *k, struct qn_request *r)
{
    memcpy(r->log, k->log_pk, 32);
    memcpy(r->witness, k->witness_pk, 32);
    memcpy(r->vrf, k->vrf_pk, 32);
    memcpy(r->tls, k->tls_pk, 32);
    memcpy(r->box, k->box_pk, 32);
}

bool keys_match(const struct keys *k, const struct qn_cert *c)
{
    return memcmp(k->log_pk, c->log, 32) == 0 && memcmp(k->witness_pk, c->witness, 32) == 0 &&
           memcmp(k->vrf_pk, c->vrf, 32) == 0 && memcmp(k->tls_pk, c->tls, 32) == 0 &&
           memcmp(k->box_pk, c->box, 32) == 0;
}

enum qn_code keys_passphrase_new(struct qn_span passphrase, struct qn_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < passphrase.n; i++)
        n += (passphrase.p[i] & 0xc0) != 0x80; /* the bytes that begin a character of UTF-8 */
    return n >= KEYS_PASSPHRASE_MIN
               ? QN_OK
               : qn_fail(err, QN_DENIED, "keys.passphrase-short", "min=%d", KEYS_PASSPHRASE_MIN);
}

enum qn_code keys_passphrase(struct qn_span *out, const char *path, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = file_read(&b, path, PASSPHRASE_N, err);
    if (rc)
        return rc;
    size_t n = 0;
    while (n < b.n && b.p[n] != '\n' && b.p[n] != '\r')
        n++;
    uint8_t *p = n ? sodium_malloc(n) : NULL;
    if (!p) {
        sodium_memzero(b.p, b.n);
        return n ? qn_fail(err, QN_NOMEM, "base.no-memory", "")
                 : qn_fail(err, QN_MALFORMED, "keys.passphrase-empty", "path=%s", path);
    }
    memcpy(p, b.p, n);
    sodium_memzero(b.p, b.n);
    *out = (struct qn_span){p, n};
    return QN_OK;
}
