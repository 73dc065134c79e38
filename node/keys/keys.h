/* keys.h - the office's secret keys: made, kept encrypted, lent for signing.   Spec: protocol/spec/certificate.md
 *
 * Five seeds, one per purpose (log, witness, VRF, TLS, box), in memory that libsodium guards. The file
 * is outside the database: "qian-key/1\n", u8 kind, u32 opslimit, u32 memlimit KiB, salt[16], nonce[24],
 * XChaCha20-Poly1305 of the seeds under Argon2id of the passphrase; mode 0600, written aside and renamed.
 * A root custodian's file holds one seed (kind 2), a second custodian's the VRF seed alone (kind 3). An office's of a later epoch holds behind its five the box and VRF
 * seeds of the epochs before, the newest first, so that one file opens all that was sealed to the office.          */
#ifndef QIAN_NODE_KEYS_H
#define QIAN_NODE_KEYS_H

#include "qian/base.h"
#include "qian/cert.h"

struct keys; /* owned: keys_free() wipes it */

enum keys_kind { KEYS_OFFICE = 1, KEYS_ROOT = 2, KEYS_COKEY = 3 };
#define KEYS_KDF_MIB     256 /* OWASP's highest Argon2id row; smaller machines choose less at init */
#define KEYS_KDF_MIB_MIN 8

QN_MUST_USE enum qn_code keys_create(struct keys **out, enum keys_kind kind, struct qn_err *err);
/* A second custodian's keys of this VRF seed, which was joined of its halves; never saved. */
QN_MUST_USE enum qn_code keys_of_vrf(struct keys **out, const uint8_t seed[32], struct qn_err *err);
/* Takes the box and VRF keys of the epochs before into new keys; those of the office's first epochs are dropped
 * beyond KEYS_EARLIER.                                                                                       */
#define KEYS_EARLIER 15
void keys_remember(struct keys *k, const struct keys *earlier);
/* QN_CONFLICT when the file exists: a key is never overwritten. */
QN_MUST_USE enum qn_code keys_save(const struct keys *k, const char *path, struct qn_span passphrase,
                                   unsigned kdf_mib, struct qn_err *err);
QN_MUST_USE enum qn_code keys_open(struct keys **out, const char *path, struct qn_span passphrase,
                                   struct qn_err *err);
void keys_free(struct keys *k);
QN_DEFINE_AUTO(struct keys *, keys, keys_free)

/* Lent until keys_free. */
const uint8_t *keys_log_sk(const struct keys *k);     /* 64 bytes, libsodium's form; a root file's only key */
const uint8_t *keys_witness_sk(const struct keys *k); /* 64 bytes */
const uint8_t *keys_vrf_seed(const struct keys *k);   /* 32 bytes */
const uint8_t *keys_box_sk(const struct keys *k);     /* 32 bytes, X25519 */
const uint8_t *keys_tls_seed(const struct keys *k);   /* 32 bytes */
/* The five public keys into a request or, for a root file, only r->log. */
void keys_public(const struct keys *k, struct qn_request *r);
/* The box keys that open what was sealed to this office, from the present one to the earliest; false: no more. */
bool keys_box(const struct keys *k, unsigned i, const uint8_t **pk, const uint8_t **sk);
/* The seed of a VRF key of this or an earlier epoch; NULL: none of ours. */
const uint8_t *keys_vrf_seed_of(const struct keys *k, const uint8_t vrf[QN_PUBKEY]);
/* Whether a certificate names exactly these keys. */
bool keys_match(const struct keys *k, const struct qn_cert *c);

#define KEYS_PASSPHRASE_MIN 8 /* characters, of what shall guard a new key */
QN_MUST_USE enum qn_code keys_passphrase_new(struct qn_span passphrase, struct qn_err *err);
/* How a passphrase becomes a key: Argon2id. */
struct keys_kdf {
    uint32_t ops, mem_kib;
    uint8_t salt[16];
};
bool keys_kdf_sane(const struct keys_kdf *kdf); /* no file may ask for more than a machine can give */
/* The cost that this key file asks for, with a salt of its own: what is kept beside it is guarded no worse. */
QN_MUST_USE enum qn_code keys_kdf_like(struct keys_kdf *out, const char *path, struct qn_err *err);
QN_MUST_USE enum qn_code keys_stretch(uint8_t key[32], struct qn_span passphrase, const struct keys_kdf *kdf,
                                      struct qn_err *err);
/* Reads a passphrase file (first line, without its end); sodium_malloc'd, free with sodium_free. */
QN_MUST_USE enum qn_code keys_passphrase(struct qn_span *out, const char *path, struct qn_err *err);

#endif
