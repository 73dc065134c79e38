// Edwards25519 and the verification of Ed25519 signatures, as encoding-13 wants it. Only public data is handled, so
// nothing here has to take constant time. A field element is a BigInt in [0, P); a point is [X, Y, Z, T] with
// x = X/Z, y = Y/Z, xy = T/Z (extended coordinates), for which the addition below has no exceptions.

import { concat, label, u8, unverified } from './bytes.js';
import { sha512 } from './sha2.js';

const P = (1n << 255n) - 19n;
export const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
const MASK = (1n << 255n) - 1n;

/** Any integer, negative ones too, to [0, P). */
function mod(a) {
    const r = a % P;
    return r < 0n ? r + P : r;
}

function power2(x, times) {
    for (; times > 0; times--) x = x * x % P;
    return x;
}

/** x^(2^252 - 3), the one long power that inversion and square roots share; its exponent is 250 ones, a 0 and a 1. */
function power252(x) {
    const x2 = power2(x, 1) * x % P;
    const x4 = power2(x2, 2) * x2 % P;
    const x5 = power2(x4, 1) * x % P;
    const x10 = power2(x5, 5) * x5 % P;
    const x20 = power2(x10, 10) * x10 % P;
    const x40 = power2(x20, 20) * x20 % P;
    const x50 = power2(x40, 10) * x10 % P;
    const x100 = power2(x50, 50) * x50 % P;
    const x200 = power2(x100, 100) * x100 % P;
    const x250 = power2(x200, 50) * x50 % P;
    return power2(x250, 2) * x % P;
}

/** x^(P - 2): P - 2 = 8 (2^252 - 3) + 3. */
function invert(x) {
    return power2(power252(x), 3) * (x * x % P) % P * x % P;
}

const D = mod(-121665n * invert(121666n));
const D2 = 2n * D % P;
/** A square root of -1: 2^((P-1)/4), where (P - 1)/4 = 2 (2^252 - 3) + 1. */
const ROOT = power2(power252(2n), 1) * 2n % P;

export const IDENTITY = [0n, 1n, 1n, 0n];

export function add(p, q) {
    const a = (p[1] - p[0]) * (q[1] - q[0]);
    const b = (p[1] + p[0]) * (q[1] + q[0]);
    const c = p[3] * D2 % P * q[3];
    const d = 2n * p[2] * q[2];
    const e = mod(b - a), f = mod(d - c), g = mod(d + c), h = mod(b + a);
    return [e * f % P, g * h % P, f * g % P, e * h % P];
}

export function double(p) {
    const a = p[0] * p[0], b = p[1] * p[1], s = p[0] + p[1];
    const h = mod(a + b), g = mod(a - b);
    const e = mod(h - s * s), f = mod(2n * p[2] * p[2] + g);
    return [e * f % P, g * h % P, f * g % P, e * h % P];
}

export function negate(p) {
    return [mod(-p[0]), p[1], p[2], mod(-p[3])];
}

/** 8p. */
export function timesCofactor(p) {
    return double(double(double(p)));
}

export function isIdentity(p) {
    return p[0] === 0n && p[1] === p[2];
}

/** [0p, 1p .. 15p]. */
function multiples(p) {
    const table = [IDENTITY, p];
    for (let i = 2; i < 16; i++) table.push(i % 2 ? add(table[i - 1], p) : double(table[i / 2]));
    return table;
}

/** The sum of scalar x point over [scalar, point] pairs: one chain of doublings for all, four bits at a time. */
export function combine(...terms) {
    const tables = terms.map(([scalar, point]) => [scalar.toString(16).padStart(64, '0'), multiples(point)]);
    let sum = IDENTITY;
    for (let i = 0; i < 64; i++) {
        if (!isIdentity(sum)) sum = double(double(double(double(sum))));
        for (const [digits, table] of tables) {
            const digit = parseInt(digits[i], 16);
            if (digit) sum = add(sum, table[digit]);
        }
    }
    return sum;
}

export function fromLittle(bytes) {
    let hex = '';
    for (let i = bytes.length - 1; i >= 0; i--) hex += (bytes[i] + 256).toString(16).slice(1);
    return BigInt('0x' + (hex || '0'));
}

export function toLittle(number, length) {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++, number >>= 8n) out[i] = Number(number & 255n);
    return out;
}

/** RFC 8032 section 5.1.3; undefined when the bytes are no point or not its canonical encoding. */
export function decodePoint(bytes) {
    const number = fromLittle(bytes);
    const y = number & MASK, sign = number >> 255n;
    if (bytes.length !== 32 || y >= P) return undefined;
    const y2 = y * y % P;
    const u = mod(y2 - 1n), v = (D * y2 + 1n) % P;
    const v3 = v * v % P * v % P;
    let x = u * v3 % P * power252(u * v3 % P * v3 % P * v % P) % P; // u v^3 (u v^7)^((P-5)/8)
    const check = v * x % P * x % P;
    if (check !== u) {
        if (check !== mod(-u)) return undefined;
        x = x * ROOT % P;
    }
    if (x === 0n && sign === 1n) return undefined;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, x * y % P];
}

export function encodePoint(p) {
    const z = invert(p[2]);
    const x = p[0] * z % P, y = p[1] * z % P;
    return toLittle(y | (x & 1n) << 255n, 32);
}

export function isSmallOrder(p) {
    return isIdentity(timesCofactor(p));
}

export function inPrimeSubgroup(p) {
    return isIdentity(combine([ORDER, p]));
}

export const BASE = decodePoint(concat(u8(0x58), new Uint8Array(31).fill(0x66)));

/** A public key that certificates and policies may hold: a canonical point of the prime-order subgroup, not the
 *  identity (cert-4, cert-9, vrf-6); undefined for other bytes. */
export function decodeKey(bytes) {
    const point = decodePoint(bytes);
    return point && !isIdentity(point) && inPrimeSubgroup(point) ? point : undefined;
}

/** cert-4: X25519 with this key and any scalar does not give zeros. Scalars are multiples of 8, so this is whether
 *  8 times the u-coordinate, on the curve or its twist, is the point at infinity. */
export function isSmallOrderX25519(bytes) {
    let x = (fromLittle(bytes) & MASK) % P, z = 1n;
    for (let i = 0; i < 3; i++) {
        const xx = x * x % P, zz = z * z % P, xz = x * z % P;
        x = mod(xx - zz) ** 2n % P;
        z = 4n * xz * (xx + 486662n * xz + zz) % P;
    }
    return z === 0n;
}

/** encoding-13: "S below the group order, no public key and no R of small order, both canonical, the equation
 *  without cofactor". */
export function verifyEd25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const rBytes = signature.subarray(0, 32), s = fromLittle(signature.subarray(32));
    if (s >= ORDER) return false;
    const a = decodePoint(publicKey), r = decodePoint(rBytes);
    if (!a || !r || isSmallOrder(a) || isSmallOrder(r)) return false;
    const h = fromLittle(sha512(rBytes, publicKey, message)) % ORDER;
    // R = sB - hA, compared without dividing: the difference is the identity.
    return isIdentity(add(combine([s, BASE], [h, negate(a)]), negate(r)));
}

/** encoding-12: what is signed of anything that is not a note. */
export function tagged(kind, bytes) {
    return concat(label('qian/' + kind + '/1'), bytes);
}

export function verifyTagged(publicKey, kind, bytes, signature) {
    return bytes.length <= 65535 && verifyEd25519(publicKey, tagged(kind, bytes), signature);
}

/** Refuses as unverified unless the signature holds. */
export function requireTagged(publicKey, kind, bytes, signature, id, args) {
    if (!verifyTagged(publicKey, kind, bytes, signature)) unverified(id, args);
}
