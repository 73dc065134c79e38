/* tree.h - the offices known here, by their verified certificates: who is above whom, what is for whom. */
#ifndef QIAN_NODE_STORE_TREE_H
#define QIAN_NODE_STORE_TREE_H

#include "node/store/store.h"
#include "qian/change.h"

/* Stores a certificate after checking it against its issuer's (held already) or the root policy. Idempotent. */
QN_MUST_USE enum qn_code tree_add_cert(struct store *st, struct qn_span cert, struct qn_err *err);
/* The same for one that this office held before, in another database: what came later does not undo it (rotation-25). */
QN_MUST_USE enum qn_code tree_keep_cert(struct store *st, struct qn_span cert, struct qn_err *err);
/* What a row of the table `certificate` must be whoever reads it: a pure function of the row and its signer's. */
QN_MUST_USE enum qn_code tree_judge_cert(const struct qn_row *row, const struct qn_cert *signer, struct qn_err *err);
/* Stores the certificate of a row so judged, which must be its issuer's next one (rotation-1). */
QN_MUST_USE enum qn_code tree_take_cert(struct store *st, const struct qn_row *row, struct qn_err *err);
/* The newest certificate of an office (highest epoch, then serial). QN_ABSENT "tree.unknown-office". */
QN_MUST_USE enum qn_code tree_cert(struct qn_cert *out, struct store *st, const char *office, struct qn_err *err);
QN_MUST_USE enum qn_code tree_cert_at(struct qn_cert *out, struct store *st, const char *office, uint16_t epoch,
                                      struct qn_err *err);
/* The certificate whose box key a part for that office is sealed to: its newest one of an epoch that is not revoked.
 * QN_DENIED "act.addressee-revoked" when there is none.                                                      */
QN_MUST_USE enum qn_code tree_cert_box(struct qn_cert *out, struct store *st, const char *office, struct qn_err *err);
/* Decodes, or remembers: which of the newest ones were decoded before is kept. */
QN_MUST_USE enum qn_code tree_cert_decode(struct qn_cert *out, struct store *st, struct qn_span bytes,
                                          struct qn_err *err);
/* The newest certificate of the office, of this epoch or an earlier one, that names this VRF key; QN_ABSENT when none does. */
QN_MUST_USE enum qn_code tree_cert_vrf(struct qn_cert *out, struct store *st, const char *office, uint16_t epoch,
                                       const uint8_t vrf[QN_PUBKEY], struct qn_err *err);
/* Certificate bytes as signed. */
QN_MUST_USE enum qn_code tree_cert_bytes(struct qn_buf *out, struct store *st, const char *office, uint16_t epoch,
                                         struct qn_err *err);
/* The certificates whose log and TLS keys speak for an office now: the newest of each of its epochs, the newest first,
 * but of an earlier epoch none that was revoked. QN_ABSENT "tree.unknown-office".                            */
#define TREE_SPEAKERS 8
QN_MUST_USE enum qn_code tree_speakers(struct qn_cert out[TREE_SPEAKERS], unsigned *n, struct store *st,
                                       const char *office, struct qn_err *err);
/* The first day of the first certificate of an office, in any epoch. QN_ABSENT "tree.unknown-office". */
QN_MUST_USE enum qn_code tree_since(int32_t *day, struct store *st, const char *office, struct qn_err *err);
bool tree_parent(struct store *st, const char *office, char parent[QN_CODE_MAX + 1]); /* false: the province, or unknown */
/* Who orders an office's draws: its parent, of the province itself. false: unknown. */
bool tree_orderer(struct store *st, const char *office, char orderer[QN_CODE_MAX + 1]);
bool tree_is_above(struct store *st, const char *above, const char *office); /* strictly */
bool tree_knows(struct store *st, const char *office);
/* Whether `reader` gets this part of `author`'s entry: author itself, every ancestor of the author (upward all
 * goes), and downward whom `to` covers or who has somebody below it that `to` covers.                     */
/* Whether it cannot be told yet, as the addressee may be an office below this one whose certificate has not come. */
bool tree_part_unknown(struct store *st, const struct qn_part *part, const char *author);
bool tree_part_is_for(struct store *st, const struct qn_part *part, const char *author, const char *reader);
/* Whether the two exchange this log at all: reader == author, or one is above the other. */
bool tree_log_is_for(struct store *st, const char *author, const char *reader);
#endif
