/* keyset.h - the keys met in one file: the second of a kind is rejected, whether or not the first changed anything.
 *
 * Keeps a 128-bit hash of each key, so that a million rows cost 32 MiB. Two keys with one hash do not occur.
 * Ownership: a zeroed set is empty; keyset_release() frees it and leaves it empty.                          */
#ifndef QIAN_NODE_WORK_KEYSET_H
#define QIAN_NODE_WORK_KEYSET_H

#include "qian/base.h"

#define KEYSET_HASH 16
struct keyset {
    uint8_t (*key)[KEYSET_HASH]; /* open addressing, at most half full; all zero: free */
    size_t n, cap;
};
/* fresh: whether the key is met for the first time. */
QN_MUST_USE enum qn_code keyset_meet(struct keyset *s, const char *key, bool *fresh,
                                     struct qn_err *err);
void keyset_release(struct keyset *s);
#endif
