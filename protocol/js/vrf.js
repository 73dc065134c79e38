// ECVRF-EDWARDS25519-SHA512-TAI of RFC 9381, verified as strictly as protocol/spec/vrf.md wants.

import { equal, malformed, u8, unverified } from './bytes.js';
import {
    BASE, ORDER, combine, decodeKey, decodePoint, encodePoint, fromLittle, isIdentity, negate, timesCofactor,
} from './ed25519.js';
import { sha512 } from './sha2.js';

const SUITE = 3;

/** vrf-2: H is eight times the first candidate that is a point and whose eightfold is not the identity. */
export function hashToCurve(publicKey, alpha) {
    for (let counter = 0; counter < 256; counter++) {
        const hash = sha512(u8(SUITE, 1), publicKey, alpha, u8(counter, 0));
        const candidate = decodePoint(hash.subarray(0, 32));
        if (!candidate) continue;
        const h = timesCofactor(candidate);
        if (!isIdentity(h)) return h;
    }
    return unverified('vrf.hash-to-curve');
}

function challenge(publicKey, h, gamma, u, v) {
    const points = [h, gamma, u, v].map(encodePoint);
    return sha512(u8(SUITE, 2), publicKey, ...points, u8(0)).subarray(0, 16);
}

/** vrf-4: beta of a Gamma. */
function betaOf(gamma) {
    return sha512(u8(SUITE, 3), encodePoint(timesCofactor(gamma)), u8(0));
}

/** vrf-5 to vrf-8: beta of a proof that holds under the key on alpha; else a refusal. */
export function verifyVrf(publicKey, alpha, pi) {
    if (pi.length !== 80) malformed('vrf.proof-length', { have: pi.length }); // vrf-5
    const y = decodeKey(publicKey);
    if (!y) unverified('vrf.key'); // vrf-6
    const gamma = decodeKey(pi.subarray(0, 32));
    if (!gamma) unverified('vrf.gamma'); // vrf-6
    const cBytes = pi.subarray(32, 48);
    const c = fromLittle(cBytes), s = fromLittle(pi.subarray(48));
    if (s >= ORDER || s === 0n || c === 0n) unverified('vrf.scalar'); // vrf-7
    const h = hashToCurve(publicKey, alpha);
    const u = combine([s, BASE], [c, negate(y)]);
    const v = combine([s, h], [c, negate(gamma)]);
    if (!equal(challenge(publicKey, h, gamma, u, v), cBytes)) unverified('vrf.proof'); // vrf-8
    return betaOf(gamma);
}
