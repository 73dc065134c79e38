/* vrf.h - RFC 9381 ECVRF-EDWARDS25519-SHA512-TAI (suite 0x03), strict.   Spec: protocol/spec/vrf.md
 *
 * Strict: pk and Gamma must be canonical points of the prime-order subgroup (validate_key = TRUE and
 * more, so that every implementation gives one verdict). pi is malleable by its owner: compare beta. */
#ifndef QIAN_VRF_H
#define QIAN_VRF_H

#include "qian/base.h"

#define QN_VRF_PROOF 80
#define QN_VRF_BETA  64

/* seed: the 32-byte secret of RFC 8032. */
void qn_vrf_public(uint8_t pk[QN_PUBKEY], const uint8_t seed[32]);
QN_MUST_USE enum qn_code qn_vrf_prove(uint8_t pi[QN_VRF_PROOF], uint8_t beta[QN_VRF_BETA],
                                      const uint8_t seed[32], struct qn_span alpha,
                                      struct qn_err *err);
/* beta is written only on QN_OK. */
QN_MUST_USE enum qn_code qn_vrf_verify(uint8_t beta[QN_VRF_BETA], const uint8_t pk[QN_PUBKEY],
                                       struct qn_span pi, struct qn_span alpha,
                                       struct qn_err *err);
#endif
