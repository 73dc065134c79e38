/* blind.h - what is told of a blind number before it may be known.         Spec: protocol/spec/sampling.md
 *
 * The digest of sample, number and salt binds whoever wrote it; with the three at hand anyone computes it again.    */
#ifndef QIAN_BLIND_H
#define QIAN_BLIND_H

#include "qian/base.h"

#define QN_BLIND_SALT 32
/* sample: its name, "OFFICE:epoch-seq-n"; neither it nor the number has a zero byte. */
void qn_blind_digest(uint8_t out[QN_HASH], struct qn_span sample, struct qn_span number,
                     const uint8_t salt[QN_BLIND_SALT]);
#endif
