/* witness.h - C2SP tlog-witness, add-checkpoint: the request, its judgement, the answer.   Spec: protocol/spec/witness.md
 *
 * request "old <size>\n", a hash in base64 a line, "\n", a checkpoint note; answer: signature lines.
 * Ownership: a parsed request borrows from the bytes it was parsed from.
 * Errors: QN_MALFORMED and QN_LIMIT for the form, those of note.h among them.                    */
#ifndef QIAN_WITNESS_H
#define QIAN_WITNESS_H

#include "qian/note.h"

#define QN_WITNESS_REQUEST_MAX (QN_NOTE_MAX + 4096) /* a note, 63 hashes of 45 bytes, one line */
#define QN_WITNESS_ANSWER_MAX  65536 /* of a witness: room for 32 long signature lines */
#define QN_VKEY_NAME           256   /* a verifier key's name and NUL */

struct qn_witness_request {
    uint64_t old;
    struct qn_proof proof;
    struct qn_span bytes; /* the checkpoint note as it came; the two below are what it says */
    struct qn_note note;
    struct qn_checkpoint checkpoint;
};
QN_MUST_USE enum qn_code qn_witness_parse(struct qn_witness_request *out, struct qn_span in,
                                          struct qn_err *err);
void qn_witness_write(struct qn_buf *out, uint64_t old, const struct qn_proof *proof,
                      struct qn_span checkpoint_note);

/* What a witness answers; the numbers are HTTP's. */
enum qn_witness_outcome {
    QN_WITNESS_COSIGN = 200,       /* sound; cosigned as soon as it is stored */
    QN_WITNESS_MALFORMED = 400,    /* the form, or old above the checkpoint's size */
    QN_WITNESS_UNSIGNED = 403,     /* the log's key did not sign it */
    QN_WITNESS_UNKNOWN = 404,      /* no log that this witness watches */
    QN_WITNESS_STALE = 409,        /* old is not what it cosigned last */
    QN_WITNESS_INCONSISTENT = 422, /* the proof does not hold */
    QN_WITNESS_LATER = 503,        /* sound, but not stored yet; never the judgement below */
    QN_WITNESS_SPLIT = 1409        /* sent as 409: the size it cosigned last, with another root */
};
/* A log as its witness knows it. */
struct qn_witness_log {
    uint8_t key[QN_PUBKEY]; /* the log's */
    uint64_t size;          /* cosigned last, 0 for never */
    uint8_t root[QN_HASH];  /* at that size; of size 0 not read */
};
/* log: the one that the checkpoint's origin names, NULL for one that is not watched. */
enum qn_witness_outcome qn_witness_judge(const struct qn_witness_request *r,
                                         const struct qn_witness_log *log);

/* The body of a 409: a size in decimal and a newline. */
QN_MUST_USE enum qn_code qn_witness_size_parse(uint64_t *out, struct qn_span in,
                                               struct qn_err *err);

/* "<name>+<key id, 8 hex digits>+base64(type || key)", C2SP signed-note. */
struct qn_vkey {
    char name[QN_VKEY_NAME];
    uint8_t type; /* QN_NOTE_ED25519 or QN_NOTE_COSIGNER */
    uint8_t key[QN_PUBKEY];
};
QN_MUST_USE enum qn_code qn_vkey_parse(struct qn_vkey *out, struct qn_span in, struct qn_err *err);
void qn_vkey_write(struct qn_buf *out, const struct qn_vkey *k);

/* The line of that witness in an answer about this checkpoint text: lent from the answer, '\n' included; the
 * earliest when there are several. QN_ABSENT when no line has the key, QN_UNVERIFIED when those that have do
 * not hold.                                                                                         */
QN_MUST_USE enum qn_code qn_witness_answer(struct qn_span *line, uint64_t *time_s,
                                           struct qn_span checkpoint_text, struct qn_span answer,
                                           const struct qn_vkey *witness, struct qn_err *err);
#endif
