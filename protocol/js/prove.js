// VRF keys and proofs (vrf-1 to vrf-3) for a custodian's own device, where nobody else measures how long it takes:
// nothing here takes constant time.

import { concat, u8 } from './bytes.js';
import { BASE, ORDER, combine, encodePoint, fromLittle, toLittle } from './ed25519.js';
import { sha512 } from './sha2.js';
import { hashToCurve } from './vrf.js';

/** vrf-1: x of a 32-byte seed. */
function scalarOf(hash) {
    const clamped = hash.slice(0, 32);
    clamped[0] &= 248;
    clamped[31] = clamped[31] & 127 | 64;
    return fromLittle(clamped);
}

export function publicKeyOf(seed) {
    return encodePoint(combine([scalarOf(sha512(seed)) % ORDER, BASE]));
}

export function prove(seed, publicKey, alpha) {
    const hash = sha512(seed), x = scalarOf(hash);
    const h = hashToCurve(publicKey, alpha), hBytes = encodePoint(h);
    const k = fromLittle(sha512(hash.subarray(32), hBytes)) % ORDER;
    const gamma = encodePoint(combine([x % ORDER, h]));
    const [u, v] = [BASE, h].map((point) => encodePoint(combine([k, point])));
    const c = sha512(u8(3, 2), publicKey, hBytes, gamma, u, v, u8(0)).subarray(0, 16);
    return concat(gamma, c, toLittle((k + fromLittle(c) * x) % ORDER, 32));
}
