// VRF proofs of an honest owner of the secret (vrf-1 to vrf-3), for tests only: it takes no care to be constant in time.

import { concat, u8 } from '../../protocol/js/bytes.js';
import { BASE, ORDER, combine, encodePoint, fromLittle, toLittle } from '../../protocol/js/ed25519.js';
import { sha512 } from '../../protocol/js/sha2.js';
import { hashToCurve } from '../../protocol/js/vrf.js';

export function prove(secret, publicKey, alpha) {
    const hash = sha512(secret), clamped = hash.slice(0, 32);
    clamped[0] &= 248;
    clamped[31] = clamped[31] & 127 | 64;
    const x = fromLittle(clamped), h = hashToCurve(publicKey, alpha), hBytes = encodePoint(h);
    const k = fromLittle(sha512(hash.subarray(32), hBytes)) % ORDER;
    const gamma = encodePoint(combine([x % ORDER, h]));
    const [u, v] = [BASE, h].map((point) => encodePoint(combine([k, point])));
    const c = sha512(u8(3, 2), publicKey, hBytes, gamma, u, v, u8(0)).subarray(0, 16);
    return concat(gamma, c, toLittle((k + fromLittle(c) * x) % ORDER, 32));
}
