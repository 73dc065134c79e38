/* cert.h - root policy, office certificates, chains.   Spec: protocol/spec/certificate.md
 *
 * A certificate is standalone signed bytes: the parent's log key says which five keys, level, epoch,
 * scope and lanes an office has. The province's is signed by k of the root policy's n keys.
 * Ownership: decoded objects hold copies; nothing borrows.                                       */
#ifndef QIAN_CERT_H
#define QIAN_CERT_H

#include "qian/base.h"
#include "qian/note.h"

#define QN_CODE_MAX       16 /* office code [0-9A-Z]{2,16} */
#define QN_DEPLOYMENT_MAX 64 /* dns-like, [a-z0-9.-]{1,64} */
#define QN_NAME_MAX       120 /* bytes of an office's name, UTF-8 */
#define QN_SCOPES         32 /* code prefixes in one certificate */
#define QN_ROOT_KEYS      5
#define QN_CHAIN_MAX      4 /* province, city, county, station */
#define QN_CERT_MAX       2048 /* bytes of one signed certificate */
#define QN_POLICY_MAX     1024
#define QN_FINGERPRINT    48 /* eight groups of five, seven '-', NUL */

enum qn_level { QN_PROVINCE = 1, QN_CITY = 2, QN_COUNTY = 3, QN_STATION = 4 };

enum qn_lane { QN_LANE_CONTROL, QN_LANE_PLAN, QN_LANE_DRAW, QN_LANE_RESULT, QN_LANE_BULK, QN_LANES };

/* qian-root-policy/1 text: deployment, threshold, keys in ascending order. */
struct qn_policy {
    char deployment[QN_DEPLOYMENT_MAX + 1];
    unsigned k, n;
    uint8_t key[QN_ROOT_KEYS][QN_PUBKEY];
};
QN_MUST_USE enum qn_code qn_policy_parse(struct qn_policy *out, struct qn_span text,
                                         struct qn_err *err);
void qn_policy_text(struct qn_buf *out, const struct qn_policy *p);
void qn_policy_hash(uint8_t out[QN_HASH], const struct qn_policy *p);

/* 160 bits of a hash as eight groups of four base-32 characters, each with a check character. */
void qn_fingerprint(char out[QN_FINGERPRINT], const uint8_t hash[QN_HASH]);
/* Upper or lower case, '-' or blanks between groups; QN_MALFORMED names the mistyped group. */
QN_MUST_USE enum qn_code qn_fingerprint_check(const char *typed, const uint8_t hash[QN_HASH],
                                              struct qn_err *err);

struct qn_cert {
    char deployment[QN_DEPLOYMENT_MAX + 1];
    char issuer[QN_CODE_MAX + 1]; /* "" in the province's own: the root policy signs it */
    uint16_t issuer_epoch;        /* 0 there */
    char office[QN_CODE_MAX + 1];
    char name[QN_NAME_MAX + 1];
    enum qn_level level;
    uint16_t epoch; /* 1..4095 */
    uint8_t lanes;  /* bit (1 << enum qn_lane) */
    uint32_t serial; /* rises with every certificate the issuer gives */
    int32_t from_day, to_day; /* days since 1970-01-01; expiry warns, never blocks (design) */
    unsigned nscopes;
    char scope[QN_SCOPES][QN_CODE_MAX + 1]; /* ascending prefixes of office codes */
    uint8_t log[QN_PUBKEY], witness[QN_PUBKEY], vrf[QN_PUBKEY], tls[QN_PUBKEY], box[QN_PUBKEY];
};

/* The bytes that are signed, without signatures. */
void qn_cert_body(struct qn_buf *out, const struct qn_cert *c);
/* A body alone, as the root ceremony passes it round; checks the form, and that it re-encodes the same. */
QN_MUST_USE enum qn_code qn_cert_body_decode(struct qn_cert *out, struct qn_span body, struct qn_err *err);
/* body || signatures: one by the issuer's log key, or policy signatures {u8 key index, sig}. */
void qn_cert_seal(struct qn_buf *out, const struct qn_cert *c, const uint8_t issuer_sk[64]);
void qn_cert_seal_root(struct qn_buf *out, const struct qn_cert *c, unsigned nsigs,
                       const uint8_t index[], const uint8_t sig[][QN_SIG]);
/* What a root key holder signs: "qian/cert/1\0" || body. */
void qn_cert_root_sign(uint8_t sig[QN_SIG], const struct qn_cert *c, const uint8_t sk[64]);
/* Decodes and checks the form; signatures are checked by the two functions below. */
QN_MUST_USE enum qn_code qn_cert_decode(struct qn_cert *out, struct qn_span in, struct qn_err *err);
QN_MUST_USE enum qn_code qn_cert_verify_root(struct qn_cert *out, struct qn_span in,
                                             const struct qn_policy *policy, struct qn_err *err);
/* Signature, deployment, issuer and its epoch, level below, scope and lanes within the parent's. */
QN_MUST_USE enum qn_code qn_cert_verify(struct qn_cert *out, struct qn_span in,
                                        const struct qn_cert *parent, struct qn_err *err);

/* ---- how certificates follow each other.   Spec: protocol/spec/rotation.md ------------------------------------ */

/* Whether c, with these bytes, is the issuer's next certificate. last: the newest one's serial, 0 for none, and
 * SHA-256 of its bytes. QN_DENIED tells a recycled number, a regression and a gap apart; the newest one's own
 * bytes once more are QN_OK.                                                                              */
QN_MUST_USE enum qn_code qn_cert_follows(const struct qn_cert *c, struct qn_span bytes, uint32_t last,
                                         const uint8_t last_hash[QN_HASH], struct qn_err *err);
struct qn_cert_given {
    const struct qn_cert *cert;
    uint64_t time_s; /* when the issuer's own witness first cosigned it into its log; 0 from the root policy */
};
/* Which of an office's certificates of one epoch judges an entry that the parent first cosigned at time_s.
 * given: in any order, n from 1, all of one office, epoch and log key. QN_DENIED when the key was revoked by
 * then; QN_LATER while no certificate covers that day.                                                    */
QN_MUST_USE enum qn_code qn_cert_governing(const struct qn_cert **out, const struct qn_cert_given *given,
                                           size_t n, uint64_t time_s, struct qn_err *err);

#define QN_SUCCESSION_MAX 4096 /* bytes: two policies' worth of signatures in hexadecimal, twice */
/* The text of a succession before its first signature line: what custodians of both policies sign. */
void qn_succession_body(struct qn_buf *out, const uint8_t from[QN_HASH], const struct qn_policy *next);
void qn_succession_sign(uint8_t sig[QN_SIG], struct qn_span body, const uint8_t sk[64]);
struct qn_custodian_sig {
    bool is_new; /* by a key of the policy that follows */
    uint8_t number;
    uint8_t sig[QN_SIG];
};
/* Signature lines behind the body; in the order of rotation-13. */
void qn_succession_lines(struct qn_buf *out, const struct qn_custodian_sig *sigs, size_t n);
/* The policy that follows `old`, when enough custodians of both signed. */
QN_MUST_USE enum qn_code qn_succession_verify(struct qn_policy *next, struct qn_span text,
                                              const struct qn_policy *old, struct qn_err *err);

/* "<deployment>/<office>/<epoch>" */
void qn_cert_origin(char out[QN_ORIGIN_MAX + 1], const struct qn_cert *c);
QN_MUST_USE enum qn_code qn_origin_parse(struct qn_span origin, char deployment[QN_DEPLOYMENT_MAX + 1],
                                         char office[QN_CODE_MAX + 1], uint16_t *epoch,
                                         struct qn_err *err);

/* Enrolment request: the child's name for itself and its five public keys, signed by its log key
 * ("qian/request/1"); the issuer's level, scope, lanes and serial are not the child's to say.     */
struct qn_request {
    char deployment[QN_DEPLOYMENT_MAX + 1];
    char office[QN_CODE_MAX + 1];
    char name[QN_NAME_MAX + 1];
    uint16_t epoch;
    uint8_t log[QN_PUBKEY], witness[QN_PUBKEY], vrf[QN_PUBKEY], tls[QN_PUBKEY], box[QN_PUBKEY];
    bool continued; /* a signature by the key of an earlier epoch follows: qn_request_continues judges it */
};
void qn_request_seal(struct qn_buf *out, const struct qn_request *r, const uint8_t log_sk[64]);
QN_MUST_USE enum qn_code qn_request_verify(struct qn_request *out, struct qn_span in,
                                           struct qn_err *err);
/* Adds the signature of the log key of the epoch before to a sealed request of a later epoch. */
void qn_request_continue(struct qn_buf *request, const uint8_t log_sk[64]);
/* Whether the log key of an earlier epoch signed this request too; in: one that qn_request_verify passed. */
bool qn_request_continues(struct qn_span in, const uint8_t log[QN_PUBKEY]);
void qn_request_hash(uint8_t out[QN_HASH], struct qn_span in);
#endif
