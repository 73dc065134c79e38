/* frame.h - what travels between two nodes, over HTTP or in a file: one stream of frames.
 * Spec: protocol/spec/exchange.md
 *
 * frame = u8 type || u32 length || payload. Everything inside is signed by somebody; the stream itself
 * is only a vehicle. A stream may end after any whole frame; what came is kept.                     */
#ifndef QIAN_FRAME_H
#define QIAN_FRAME_H

#include "qian/base.h"
#include "qian/entry.h"

#define QN_FRAME_MAX  (QN_PART_MAX + 4096) /* one part and its name */
#define QN_FRAME_HEAD 5
#define QN_RUN_MAX    (1024 * 1024) /* bytes of the frames in one RUN */
#define QN_RUN_RATIO  16            /* times what they are packed into */
#define QN_FILE_PIECE (256 * 1024)  /* bytes of a piece: what a leaf of a file's tree stands for */
#define QN_FILE_MAX   (256 * 1024 * 1024) /* bytes of one evidence file */
#define QN_FILE_PATH  10                  /* hashes from a leaf to the root: 1,024 pieces */

enum qn_frame_type {
    QN_FRAME_HAVE = 1,       /* who asks, and what it holds; signed, tag "have" */
    QN_FRAME_CERT = 2,       /* a certificate as signed: one link, chains are sent top down */
    QN_FRAME_CHECKPOINT = 3, /* a checkpoint note, log signature and cosignatures */
    QN_FRAME_HEADER = 4,     /* signature[64] || header */
    QN_FRAME_PART = 5,       /* u8 len, origin, u64 seq, u16 part number, salt[32], stored bytes */
    QN_FRAME_RECEIPT = 6,    /* a receipt note */
    QN_FRAME_FORK = 7, /* evidence of equivocation: two checkpoints or headers for one place */
    QN_FRAME_FILE = 8, /* bytes of an evidence file, within one of its pieces */
    QN_FRAME_WANT = 9, /* send me this file from there */
    QN_FRAME_END = 10, /* u8 more: 1 = ask again, 0 = that is all there is */
    QN_FRAME_RUN =
        11, /* u32 raw length, one zstd frame: whole frames, packed; only to readers that say so */
    QN_FRAME_OFFER = 12, /* this file is here, if you want it */
    QN_FRAME_KEPT = 13,  /* what became of a file that was offered or sent */
    QN_FRAME_TOLD = 14,  /* how far the writer has told of a forked log: the reader's next HAVE says it back */
};
#define QN_FRAME_TYPES 15 /* one more than the last: arrays by type */
void qn_frame_put(struct qn_buf *out, enum qn_frame_type type, struct qn_span payload);
/* Takes one whole frame off the front. QN_ABSENT: not whole yet, `*in` untouched, *need says how many
 * bytes it takes in all (QN_FRAME_HEAD when even that is missing). QN_LIMIT / QN_MALFORMED: it never will
 * be one; told from the head alone. A type that this version does not name is taken too, to be skipped. */
QN_MUST_USE enum qn_code qn_frame_take(struct qn_span *in, enum qn_frame_type *type,
                                       struct qn_span *payload, size_t *need, struct qn_err *err);

/* HAVE: u8 version 1, from, to (office codes, u8 len), u64 time_ms, nonce[16], u32 able, u16 schema, u16 n, n x
 * { origin, u64 size, root[32], QN_LANES x u64 cursor, u8 m, m x { witness code, u64 size } }, sig[64].
 * Origins ascend, and so do the witnesses of each. The signature is tagged "have", over SHA-256 of all
 * bytes before it.
 * cursor[l]: every part of lane l addressed to the sender, in entries below it, is held.
 * witness: the largest size of this log whose cosignature by that office the sender holds.
 * With QN_ABLE_HOLES in able each log ends with u8 k, k x { u8 lane, u64 from, u64 to, u16 j, j x { u64 first,
 * u64 end, u8 part } }: behind the cursor of that lane something is held; of it only what lies in [from, to) is
 * asked for, less what is held. With QN_ABLE_TOLD it then ends with u8 t, t bytes: what the newest TOLD of the office
 * that the HAVE is for said of this log.                                                              */
#define QN_HAVE_ORIGINS   1024
#define QN_HAVE_WITNESSES 4
#define QN_HAVE_HOLES     256  /* of all logs */
#define QN_HAVE_HELD      2048 /* of all holes */
#define QN_ABLE_RUN       1u   /* reads RUN */
#define QN_ABLE_HOLES     2u   /* tells of holes; qn_have_seal sets it where there is one */
#define QN_ABLE_TOLD      4u   /* says back what it was TOLD; likewise */
#define QN_TOLD_MAX       64   /* bytes, that only the writer of a TOLD understands */
struct qn_have_held { /* every part of this number in entries of the lane from first up to end */
    uint64_t first, end;
    uint8_t part;
};
struct qn_have_hole {
    uint64_t from, to; /* 0, 0: none */
    size_t at, n;      /* of qn_have.held, ascending by first, then part */
};
struct qn_have_origin {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t size;
    uint8_t root[QN_HASH];
    uint64_t cursor[QN_LANES];
    struct qn_have_hole hole[QN_LANES];
    uint8_t told[QN_TOLD_MAX];
    size_t ntold; /* 0: nothing was */
    unsigned nwitness;
    struct {
        char office[QN_CODE_MAX + 1];
        uint64_t size;
    } witness[QN_HAVE_WITNESSES];
};
struct qn_have {
    char from[QN_CODE_MAX + 1], to[QN_CODE_MAX + 1];
    uint64_t time_ms;
    uint8_t nonce[16];
    uint32_t able;   /* bits of abilities beyond version 1: QN_ABLE_* */
    uint16_t schema; /* the newest registry version it can apply */
    size_t n;
    struct qn_have_origin *origin; /* QN_HAVE_ORIGINS at most; owned: qn_have_release() */
    size_t nheld;
    struct qn_have_held *held; /* of all holes, in the order of the logs and lanes; owned as well */
};
void qn_have_release(struct qn_have *h);
static inline void qn_have_auto(struct qn_have *h)
{
    qn_have_release(h);
}
void qn_have_seal(struct qn_buf *out, const struct qn_have *h, const uint8_t log_sk[64]);
QN_MUST_USE enum qn_code qn_have_decode(struct qn_have *out, struct qn_span in, struct qn_err *err);
bool qn_have_verify(struct qn_span in, const uint8_t log_key[QN_PUBKEY]);

struct qn_part_frame {
    struct qn_span origin;
    uint64_t seq;
    uint16_t part;
    const uint8_t *salt; /* QN_SALT bytes */
    struct qn_span stored;
};
void qn_part_frame_encode(struct qn_buf *out, const struct qn_part_frame *p);
QN_MUST_USE enum qn_code qn_part_frame_decode(struct qn_part_frame *out, struct qn_span in,
                                              struct qn_err *err);

struct qn_told_frame {
    struct qn_span origin, told;
};
void qn_told_frame_encode(struct qn_buf *out, const struct qn_told_frame *t);
QN_MUST_USE enum qn_code qn_told_frame_decode(struct qn_told_frame *out, struct qn_span in,
                                              struct qn_err *err);

/* Evidence files (files.md). A file is named by the office whose row names it, and by what the row says of it:
 * u8 len, office; sha256[32] of the whole; tree[32], the RFC 6962 root over its pieces; u64 size.
 * FILE: name, u64 offset, u8 n, n x 32 bytes (from the piece's leaf to the root), bytes that end within the
 * piece. WANT: name, u64 offset. OFFER: name. KEPT: name, u8 fate.                                        */
struct qn_file_name {
    char office[QN_CODE_MAX + 1];
    uint8_t sha256[QN_HASH], tree[QN_HASH];
    uint64_t size;
};
bool qn_file_name_eq(const struct qn_file_name *a, const struct qn_file_name *b);
uint64_t qn_file_pieces(uint64_t size); /* how many pieces it has */
struct qn_file_frame {
    struct qn_file_name name;
    uint64_t offset;
    unsigned npath;
    const uint8_t *path; /* npath x QN_HASH */
    struct qn_span bytes;
};
void qn_file_frame_encode(struct qn_buf *out, const struct qn_file_frame *f);
QN_MUST_USE enum qn_code qn_file_frame_decode(struct qn_file_frame *out, struct qn_span in,
                                              struct qn_err *err);
struct qn_want {
    struct qn_file_name name;
    uint64_t offset;
};
void qn_want_encode(struct qn_buf *out, const struct qn_want *w);
QN_MUST_USE enum qn_code qn_want_decode(struct qn_want *out, struct qn_span in, struct qn_err *err);
void qn_offer_encode(struct qn_buf *out, const struct qn_file_name *n);
QN_MUST_USE enum qn_code qn_offer_decode(struct qn_file_name *out, struct qn_span in,
                                         struct qn_err *err);
enum qn_fate_of_file {
    QN_FILE_HERE = 0, /* whole */
    QN_FILE_QUOTA,    /* its office has used up what it may */
    QN_FILE_ROOM,     /* the disk has none to spare */
    QN_FILE_NOT_HERE, /* of one that was wanted: who was asked does not hold it */
    QN_FILE_FATES
};
struct qn_kept {
    struct qn_file_name name;
    enum qn_fate_of_file fate;
};
void qn_kept_encode(struct qn_buf *out, const struct qn_kept *k);
QN_MUST_USE enum qn_code qn_kept_decode(struct qn_kept *out, struct qn_span in, struct qn_err *err);

/* END: whether to ask again. */
/* RUN: the outer bounds; what is coded, and the frames in it, a node unpacks. */
struct qn_run_frame {
    uint32_t raw; /* 1 to QN_RUN_MAX */
    struct qn_span coded;
};
void qn_run_frame_encode(struct qn_buf *out, const struct qn_run_frame *r);
QN_MUST_USE enum qn_code qn_run_frame_decode(struct qn_run_frame *out, struct qn_span in,
                                             struct qn_err *err);
void qn_end_encode(struct qn_buf *out, bool more);
QN_MUST_USE enum qn_code qn_end_decode(bool *more, struct qn_span in, struct qn_err *err);

/* FORK: u8 what (1 checkpoints, 2 headers), then two items, u32 length each: a checkpoint note, or
 * signature[64] || header. Both are signed by the origin's log key and cannot both be true: two roots
 * at one size, or two headers at one seq. Verifiable by itself with the certificate.                  */
enum qn_fork_what { QN_FORK_CHECKPOINTS = 1, QN_FORK_HEADERS = 2 };
struct qn_fork {
    enum qn_fork_what what;
    struct qn_span a, b;
};
void qn_fork_encode(struct qn_buf *out, const struct qn_fork *f);
QN_MUST_USE enum qn_code qn_fork_decode(struct qn_fork *out, struct qn_span in, struct qn_err *err);
/* QN_OK only when both are the origin's and contradict each other. place: the size or seq. */
QN_MUST_USE enum qn_code qn_fork_verify(const struct qn_fork *f, const struct qn_cert *signer,
                                        uint64_t *place, struct qn_err *err);

/* RECEIPT: note text, first line "qian-receipt/1", by the receiving office's log key:
 *   qian-receipt/1 / from <receiver origin> / for <origin> / headers <size> <root hex> / time <seconds> /
 *   lane <0..4> <stored> <applied> (five lines) / refused <seq> <id> (0..64, ascending) / held <seq> <id>
 *   (0..64, ascending). "/" stands for the end of a line. applied <= stored <= size, every seq < size.     */
#define QN_RECEIPT_NOTES 64
struct qn_fate {
    uint64_t seq;
    char id[48]; /* of the refusal or of why it is held */
};
struct qn_receipt {
    char from[QN_ORIGIN_MAX + 1], about[QN_ORIGIN_MAX + 1];
    uint64_t size, time_s;
    uint8_t root[QN_HASH];
    uint64_t stored[QN_LANES], applied[QN_LANES]; /* every entry of the lane below this seq */
    unsigned nrefused, nheld;
    struct qn_fate refused[QN_RECEIPT_NOTES], held[QN_RECEIPT_NOTES];
};
void qn_receipt_text(struct qn_buf *out, const struct qn_receipt *r);
/* What orders two receipts of one office about one log (exchange-20). */
uint64_t qn_receipt_told(const struct qn_receipt *r);
QN_MUST_USE enum qn_code qn_receipt_parse(struct qn_receipt *out, struct qn_span text,
                                          struct qn_err *err);
#endif
