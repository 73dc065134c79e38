/* escrow.h - the VRF key of an office in two halves, and a withheld draw that two custodians complete.
 *                                                                     Spec: protocol/spec/escrow.md
 * Each half by itself says nothing of the key (XOR with random bytes). Both are sealed to custodians on machines of their
 * own; what goes to them is one file, what comes back one line, the same that a co-key's custodian answers.
 * The same order and the same key have one output, so who completes a draw gets what the office would have got. */
#ifndef QIAN_NODE_DRAW_ESCROW_H
#define QIAN_NODE_DRAW_ESCROW_H

#include <sodium.h>

#include "node/draw/cokey.h"
#include "node/draw/freeze.h"
#include "node/draw/verify.h"

#define ESCROW_CASE_MAX \
    (COKEY_QUESTION + \
     1024) /* bytes of the file that goes to the custodians: the question, the halves */

/* A half as it is sealed, 144 bytes: of the VRF key `vrf`, bound to the other custodian's key where it is stored, and to
 * the id of the order where it is handed on. False: `to` is no key. */
#define ESCROW_SEALED (QN_PUBKEY + 32 + 32 + crypto_box_SEALBYTES)
QN_MUST_USE bool escrow_seal(uint8_t out[ESCROW_SEALED], const uint8_t vrf[QN_PUBKEY],
                             const uint8_t bound[32], const uint8_t half[32],
                             const uint8_t to[QN_PUBKEY]);

/* A custodian's public key for sealing, from a key file of `cokey key`. */
void escrow_public(uint8_t pk[QN_PUBKEY], const struct keys *keys);

/* ---- the office ---- */
struct escrow_custodian {
    uint8_t key[QN_PUBKEY];
    const char *title; /* who holds it, no person */
};
/* Halves of the present VRF key, once for each key and pair of custodians. */
QN_MUST_USE enum qn_code escrow_make(struct store *st, const struct escrow_custodian two[2],
                                     struct qn_err *err);

/* ---- the office that ordered ---- */
/* For an order that was withheld, or whose key was lost, and for no other: QN_DENIED "escrow.not-due". The asking is
 * logged. slot: ISSUER/SERIES/TASK/ROUND. out: the file, initialised here.                                       */
QN_MUST_USE enum qn_code escrow_ask(struct qn_buf *out, struct store *st, const char *office,
                                    const char *slot, struct qn_err *err);
/* An answer of the joined key, or of a co-key of the order; *missing: answers that it still lacks. */
QN_MUST_USE enum qn_code escrow_take(unsigned *missing, struct store *st, const char *answer,
                                     struct qn_err *err);

/* ---- a custodian's machine, which has no office ---- */
/* The first one opens its half and seals it to the other: one line. */
QN_MUST_USE enum qn_code escrow_open(char out[COKEY_LINE], const char *file,
                                     const struct keys *keys, struct qn_err *err);
/* The other one joins both and answers the order; the joined key is wiped. record, today: as of cokey_answer. */
QN_MUST_USE enum qn_code escrow_join(char out[COKEY_LINE], const char *file, const char *half,
                                     const struct keys *keys, const char *record, const char *today,
                                     struct qn_err *err);

/* ---- whoever holds the logs ---- */
/* Whether the parent's log holds answers of all keys of an order that prove. where: "1406#45", the last of them. */
QN_MUST_USE enum qn_code escrow_completed(bool *out, char where[QN_ORIGIN_MAX + 24],
                                          struct betas *betas, struct store *st,
                                          const struct order *order, struct qn_err *err);
/* What the draw would have been: computed from order, freeze and answers. */
struct escrow_draw {
    struct order order;
    struct order_rules rules;
    struct listing listing;
    struct ground ground;
    struct replay r;
    char where[QN_ORIGIN_MAX + 24];
};
QN_MUST_USE enum qn_code escrow_compute(struct escrow_draw *out, struct store *st,
                                        const char *office, const char *slot, struct qn_err *err);
void escrow_draw_release(struct escrow_draw *d);
static inline void escrow_draw_auto(struct escrow_draw *d)
{
    escrow_draw_release(d);
}
#endif
