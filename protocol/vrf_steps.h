/* vrf_steps.h - the inner steps of the VRF, apart so that RFC 9381's intermediates can be tested. */
#ifndef QIAN_PROTOCOL_VRF_STEPS_H
#define QIAN_PROTOCOL_VRF_STEPS_H

#include "qian/base.h"

bool vrf_encode_to_curve(uint8_t h[32], unsigned *counter, const uint8_t pk[32],
                         struct qn_span alpha);
void vrf_nonce(uint8_t k[32], const uint8_t prefix[32], const uint8_t h[32]);
void vrf_challenge(uint8_t c[16], const uint8_t pk[32], const uint8_t h[32],
                   const uint8_t gamma[32], const uint8_t u[32], const uint8_t v[32]);

#endif
