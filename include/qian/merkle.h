/* merkle.h - the tree of an office's log: RFC 6962 hashing, append, proofs.  Spec: protocol/spec/log.md
 *
 * leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right), root of none = SHA-256("").
 * A frontier is all that appending needs; proofs read stored nodes through a callback.
 * No allocation, no state outside the arguments.                                                 */
#ifndef QIAN_MERKLE_H
#define QIAN_MERKLE_H

#include "qian/base.h"

#define QN_TREE_LEVELS 63 /* sizes are below 2^63; no proof is longer (tlog-proof: 63 lines) */

/* The complete subtrees of a tree of `size` leaves, largest first: one for each 1 bit of size. */
struct qn_frontier {
    uint64_t size;
    uint8_t node[QN_TREE_LEVELS][QN_HASH];
};

void qn_leaf_hash(uint8_t out[QN_HASH], struct qn_span data);
void qn_node_hash(uint8_t out[QN_HASH], const uint8_t left[QN_HASH], const uint8_t right[QN_HASH]);

/* Appends one leaf hash. made: if not NULL, is told every node that became complete, leaf included:
 * level 0 = the leaf itself, level k covers 2^k leaves, index counts nodes of that level.          */
typedef void qn_node_made(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH]);
void qn_frontier_append(struct qn_frontier *f, const uint8_t leaf[QN_HASH], qn_node_made *made,
                        void *ctx);
void qn_frontier_root(const struct qn_frontier *f, uint8_t out[QN_HASH]);

/* Reads one complete node; false when it is not held. */
typedef bool qn_node_get(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH]);

/* The root and frontier of the first `size` leaves of a larger tree. */
QN_MUST_USE enum qn_code qn_tree_root(uint64_t size, qn_node_get *get, void *ctx,
                                      uint8_t out[QN_HASH], struct qn_err *err);
QN_MUST_USE enum qn_code qn_tree_frontier(uint64_t size, qn_node_get *get, void *ctx,
                                          struct qn_frontier *out, struct qn_err *err);

/* Proofs in the order of RFC 6962; at most QN_TREE_LEVELS hashes. */
struct qn_proof {
    size_t n;
    uint8_t hash[QN_TREE_LEVELS][QN_HASH];
};
QN_MUST_USE enum qn_code qn_prove_inclusion(uint64_t index, uint64_t size, qn_node_get *get,
                                            void *ctx, struct qn_proof *out, struct qn_err *err);
QN_MUST_USE enum qn_code qn_prove_consistency(uint64_t from, uint64_t to, qn_node_get *get,
                                              void *ctx, struct qn_proof *out, struct qn_err *err);
/* QN_UNVERIFIED when the proof does not lead to the root. A consistency proof from size 0 is
 * refused as useless; for equal sizes it is empty and the roots are equal, of size 0 the empty root. */
QN_MUST_USE enum qn_code qn_check_inclusion(const uint8_t leaf[QN_HASH], uint64_t index,
                                            uint64_t size, const struct qn_proof *proof,
                                            const uint8_t root[QN_HASH], struct qn_err *err);
QN_MUST_USE enum qn_code qn_check_consistency(uint64_t from, const uint8_t from_root[QN_HASH],
                                              uint64_t to, const uint8_t to_root[QN_HASH],
                                              const struct qn_proof *proof, struct qn_err *err);
#endif
