/* note.h - signed notes, checkpoints, cosignatures, proof files.   Spec: protocol/spec/note.md
 *
 * C2SP signed-note, tlog-checkpoint, tlog-cosignature (cosignature/v1), tlog-proof@v1. A note is its
 * text, an empty line, and signature lines "— <key name> base64(key id u32 || signature)".
 * Ownership: a parsed note borrows from the bytes it was parsed from.                             */
#ifndef QIAN_NOTE_H
#define QIAN_NOTE_H

#include "qian/base.h"
#include "qian/merkle.h"

#define QN_NOTE_MAX        (128 * 1024) /* bytes of a whole note */
#define QN_NOTE_SIGS       32           /* signature lines read */
#define QN_ORIGIN_MAX      96           /* "<deployment>/<office code>/<epoch>": 64 + 1 + 16 + 1 + 4, rounded */
#define QN_NOTE_ED25519    0x01         /* key type of log keys */
#define QN_NOTE_COSIGNER   0x04         /* key type of witness keys, cosignature/v1 */

struct qn_note_sig {
    struct qn_span name; /* key name, no spaces, no '+' */
    uint32_t key_id;
    uint8_t body[80]; /* 64 for type 1; time u64 || 64 for type 4; longer ones of other kinds: body_n 0 */
    size_t body_n;
};
struct qn_note {
    struct qn_span text; /* up to and including the last '\n' before the empty line */
    size_t nsigs;
    struct qn_note_sig sig[QN_NOTE_SIGS];
};

/* First four bytes of SHA-256(name || 0x0A || type || key). */
uint32_t qn_key_id(struct qn_span name, uint8_t type, const uint8_t key[QN_PUBKEY]);

QN_MUST_USE enum qn_code qn_note_parse(struct qn_note *out, struct qn_span in, struct qn_err *err);
/* One signature line, '\n' included; sk is libsodium's 64-byte secret key. */
void qn_note_sign(struct qn_buf *out, struct qn_span text, struct qn_span name,
                  const uint8_t sk[64]);
/* QN_OK when some line with this name and key id verifies; QN_ABSENT when none has that key, else
 * QN_UNVERIFIED. So too below, where the earliest time of those that verify is given.             */
QN_MUST_USE enum qn_code qn_note_verify(const struct qn_note *note, struct qn_span name,
                                        const uint8_t key[QN_PUBKEY], struct qn_err *err);

/* checkpoint text: "<origin>\n<size>\n<base64 root>\n" and extension lines, which are kept. The origin
 * has exactly two '/': that keeps a checkpoint apart from every other note.                         */
struct qn_checkpoint {
    struct qn_span origin;
    uint64_t size;
    uint8_t root[QN_HASH];
};
QN_MUST_USE enum qn_code qn_checkpoint_parse(struct qn_checkpoint *out, struct qn_span text,
                                             struct qn_err *err);
void qn_checkpoint_text(struct qn_buf *out, struct qn_span origin, uint64_t size,
                        const uint8_t root[QN_HASH]);

/* cosignature/v1: signs "cosignature/v1\ntime <seconds>\n" || checkpoint text. Appends one line. */
void qn_cosign(struct qn_buf *out, struct qn_span checkpoint_text, struct qn_span name,
               uint64_t time_s, const uint8_t sk[64]);
QN_MUST_USE enum qn_code qn_cosign_verify(const struct qn_note *note, struct qn_span name,
                                          const uint8_t key[QN_PUBKEY], uint64_t *time_s,
                                          struct qn_err *err);

/* tlog-proof@v1: "c2sp.org/tlog-proof@v1\nindex <n>\n<base64 hash>\n...\n\n<checkpoint note>". */
void qn_proof_write(struct qn_buf *out, uint64_t index, const struct qn_proof *proof,
                    struct qn_span checkpoint_note);
QN_MUST_USE enum qn_code qn_proof_parse(uint64_t *index, struct qn_proof *proof,
                                        struct qn_span *checkpoint_note, struct qn_span in,
                                        struct qn_err *err);
#endif
