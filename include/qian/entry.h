/* entry.h - one business act: a signed header and its parts.   Spec: protocol/spec/entry.md
 *
 * The header is public for ever and holds no personal data; the parts hold the rows. What is
 * committed is what is stored and travels. Ownership: a decoded header borrows from its bytes.
 *
 *   u8 version 1   u8 algorithm 1   u8 len, origin   u64 seq   u64 time_ms   u8 lane   u8 kind
 *   u16 schema version   hash[32]
 *   u8 ndeps  { u8 len, origin   u64 size   root[32] }
 *   u16 nparts { u8 audience  u8 codec  u8 reach  u8 len, to  u32 stored  u32 raw  commitment[32] }
 *
 * At least one part; no two parts for the same (audience, reach, to); no two deps with one origin, none
 * with the entry's own.                                                                            */
#ifndef QIAN_ENTRY_H
#define QIAN_ENTRY_H

#include "qian/base.h"
#include "qian/cert.h"
#include "qian/registry.h"

#define QN_HEADER_MAX      65535 /* a leaf of tlog-tiles */
#define QN_DEPS            8
#define QN_PARTS           256 /* audience x addressee in one act; 256 x 60 bytes stay far below a leaf */
#define QN_PART_MAX        (1024 * 1024) /* bytes of one changeset, and of one part as stored */
#define QN_PART_ROWS       5000
#define QN_SALT            32
#define QN_SEAL_BYTES      48                  /* what crypto_box_seal adds to a restricted part */
#define QN_SEQ_END         (UINT64_C(1) << 35) /* seq of an entry < this; sizes of logs <= this */
#define QN_TIME_END        UINT64_C(253402300800000) /* claimed ms < this: the year 10000 */
#define QN_TAGGED_MAX      65535 /* bytes one tagged signature covers; more is hashed first */
#define QN_ENTRY_ALGORITHM 1     /* SHA-256 with Ed25519 */
#define QN_ENTRY_VERSION   1     /* first byte of headers, certificates, requests and HAVEs */

/* What the act is; a reader treats a kind it does not know as rows like all others. */
enum qn_kind {
    QN_KIND_CERTIFICATE = 1,
    QN_KIND_TABLES = 2,
    QN_KIND_PLAN = 3,
    QN_KIND_ACCEPT = 4,
    QN_KIND_ROSTER = 5,
    QN_KIND_ROSTER_CLOSE = 6,
    QN_KIND_FREEZE = 7,
    QN_KIND_ORDER = 8,
    QN_KIND_DRAW = 9,
    QN_KIND_EXC = 10,
    QN_KIND_RELEASE = 11,
    QN_KIND_RESULT = 12,
    QN_KIND_PUBLISH = 13,
    QN_KIND_VERDICT = 14,
    QN_KIND_REFUSAL = 15,
    QN_KIND_SUPERSEDE = 16,
    QN_KIND_WAIVER = 17,
    QN_KIND_ABANDONED = 18,
    QN_KIND_REDACTION = 19,
    QN_KIND_PURGE = 20,
    QN_KIND_PURGE_REPORT = 21,
    QN_KIND_BEACON = 22,
    QN_KIND_ENROL = 23,
    QN_KIND_REGISTER = 24,
    QN_KIND_TRAIL = 25,
};
enum qn_reach { QN_TO_OFFICE = 0, QN_TO_SUBTREE = 1 };
/* A header may name a codec that this library does not know: the part is kept, its rows wait (entry-12). */
enum qn_codec { QN_RAW = 0, QN_ZSTD = 1 };

struct qn_dep {
    struct qn_span origin;
    uint64_t size;
    uint8_t root[QN_HASH];
};
struct qn_part {
    enum qn_audience audience;
    enum qn_codec codec;
    enum qn_reach reach;
    struct qn_span to;
    uint32_t stored, raw;
    uint8_t commitment[QN_HASH];
};
struct qn_header {
    struct qn_span origin;
    uint64_t seq, time_ms;
    enum qn_lane lane;
    uint8_t kind;
    uint16_t schema;
    uint8_t schema_hash[QN_HASH];
    unsigned ndeps, nparts;
    struct qn_dep dep[QN_DEPS];
    struct qn_part part[QN_PARTS];
};
/* The caller's own header, within the bounds above. */
void qn_header_encode(struct qn_buf *out, const struct qn_header *h);
QN_MUST_USE enum qn_code qn_header_decode(struct qn_header *out, struct qn_span in,
                                          struct qn_err *err);
/* Ed25519 over "qian/header/1\0" || bytes. */
void qn_header_sign(uint8_t sig[QN_SIG], struct qn_span header, const uint8_t sk[64]);
QN_MUST_USE enum qn_code qn_header_verify(struct qn_span header, const uint8_t sig[QN_SIG],
                                          const uint8_t key[QN_PUBKEY], struct qn_err *err);
/* The author's copy (entry-22) of an entry: the number of the restricted part that is addressed to the author, where
 * there are restricted parts for others; QN_NO_COPY: it has none.                                            */
#define QN_NO_COPY QN_PARTS
unsigned qn_header_copy(const struct qn_header *h);
/* The parts that an order to forget part `no` names (cursors-32): all that hold its rows. */
void qn_header_forget(bool named[QN_PARTS], const struct qn_header *h, unsigned no);
/* SHA-256("qian/part/1\0" || salt || stored) */
void qn_part_commit(uint8_t out[QN_HASH], const uint8_t salt[QN_SALT], struct qn_span stored);
/* QN_UNVERIFIED when length or commitment differ. */
QN_MUST_USE enum qn_code qn_part_check(const struct qn_part *part, const uint8_t salt[QN_SALT],
                                       struct qn_span stored, struct qn_err *err);

/* Signatures over anything that is not a note: "qian/<kind>/1\0" || bytes, at most QN_TAGGED_MAX of them. */
void qn_sign_tagged(uint8_t sig[QN_SIG], const char *kind, struct qn_span bytes,
                    const uint8_t sk[64]);
bool qn_verify_tagged(const uint8_t sig[QN_SIG], const char *kind, struct qn_span bytes,
                      const uint8_t key[QN_PUBKEY]);

/* Row ids: epoch * 2^51 + seq * 2^16 + n; printed "epoch-seq-n". epoch 1..4095, seq < QN_SEQ_END. */
#define QN_ROW_ID_MIN (INT64_C(1) << 51) /* smaller numbers are no row ids, all others are */
#define QN_EPOCH_MAX  4095
int64_t qn_row_id(uint16_t epoch, uint64_t seq, uint16_t n);
void qn_row_id_split(int64_t id, uint16_t *epoch, uint64_t *seq, uint16_t *n);
void qn_row_id_text(char out[40], int64_t id);
QN_MUST_USE enum qn_code qn_row_id_parse(int64_t *out, struct qn_span text, struct qn_err *err);
#endif
