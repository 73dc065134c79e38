/* cokey.h - a second custodian's VRF key in an office's draws.                  Spec: protocol/spec/cokey.md
 *
 * The key lives on the custodian's own machine; what goes there and back is one line each, short enough for a QR code.
 * Whoever orders an office's draws says whose key counts: an office that named its own second custodian would name itself. */
#ifndef QIAN_NODE_DRAW_COKEY_H
#define QIAN_NODE_DRAW_COKEY_H

#include "node/draw/job.h"
#include "node/keys/keys.h"

#define COKEYS         (QN_ORDER_KEYS - 1)
#define COKEY_LINE     640   /* bytes of an answer, or of a question's first line */
#define COKEY_QUESTION 32768 /* with its order; one of 16 slots and 32 exceptions has some 8,000 */

/* ---- naming keys: the office that orders ---- */
QN_MUST_USE enum qn_code cokey_add(struct store *st, const char *office,
                                   const uint8_t key[QN_PUBKEY], const char *title,
                                   struct qn_err *err);
QN_MUST_USE enum qn_code cokey_remove(struct store *st, const char *office,
                                      const uint8_t key[QN_PUBKEY], const char *reason,
                                      struct qn_err *err);
/* The keys that `by` names for an office now, ascending. */
QN_MUST_USE enum qn_code cokeys_of(uint8_t out[COKEYS][QN_PUBKEY], unsigned *n, struct store *st,
                                   const char *by, const char *office, struct qn_err *err);
struct cokey_line {
    char office[QN_CODE_MAX + 1], by[QN_CODE_MAX + 1], title[401];
    uint8_t key[QN_PUBKEY];
    bool active;
};
QN_MUST_USE enum qn_code cokey_list(struct store *st,
                                    void (*each)(void *ctx, const struct cokey_line *l), void *ctx,
                                    struct qn_err *err);

/* ---- asking and taking: the office that draws ---- */
QN_MUST_USE enum qn_code cokey_ask(char out[COKEY_QUESTION], struct store *st, const char *slot,
                                   struct qn_err *err);
/* The same as a link that a phone's camera opens: page '#' question. */
QN_MUST_USE enum qn_code cokey_link(char out[COKEY_QUESTION], const char *page,
                                    const char *question, struct qn_err *err);
/* missing: answers that the order still lacks. */
QN_MUST_USE enum qn_code cokey_take(unsigned *missing, struct store *st, const char *answer,
                                    struct qn_err *err);
/* The answers to an order into its job; QN_LATER "draw.answers" while some are missing. */
QN_MUST_USE enum qn_code cokey_answers(struct draw_job *j, struct store *st, struct qn_err *err);

/* What an answer says; QN_MALFORMED "cokey.answer". Whether the proof holds is looked at elsewhere. */
struct cokey_proof {
    uint8_t order_id[QN_HASH], freeze[QN_HASH], key[QN_PUBKEY], pi[QN_VRF_PROOF],
        bound[QN_VRF_PROOF];
};
QN_MUST_USE enum qn_code cokey_proof_parse(struct cokey_proof *out, const char *line,
                                           struct qn_err *err);

/* Both proofs hold under the key that the answer names: on the order with the beacon digest, and on the freeze. */
bool cokey_proof_holds(const struct cokey_proof *a, const uint8_t bd[32]);

/* An act of the row of a proof that holds; whose answers are asked for is the caller's to know. */
QN_MUST_USE enum qn_code cokey_log_answer(struct store *st, const struct cokey_proof *a,
                                          struct qn_err *err);

/* ---- answering: the custodian's machine, which has no office ---- */
struct cokey_question {
    uint8_t order_id[QN_HASH], freeze[QN_HASH];
    char beacon[QN_BEACON_MAX + 1]; /* "" none */
};
/* text: a question or its link. order: the one that it names, QN_UNVERIFIED "cokey.other-order" when it is another.  */
QN_MUST_USE enum qn_code cokey_question_parse(struct cokey_question *out, struct qn_order *order,
                                              const char *text, struct qn_err *err);
void cokey_question_line(char out[COKEY_LINE], const struct cokey_question *k);
/* The whole question: its line, then the text of the order. */
void cokey_question_put(struct qn_buf *out, const struct cokey_question *k,
                        const struct qn_order *order);
/* record: the file of what this key was asked; a question of an order that differs from the one recorded is QN_CONFLICT
 * "cokey.asked", the same one gets the same answer.                                                              */
QN_MUST_USE enum qn_code cokey_answer(char out[COKEY_LINE], const char *question,
                                      const struct keys *keys, const char *record,
                                      const char *today, struct qn_err *err);
#endif
