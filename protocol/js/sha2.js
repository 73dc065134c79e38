// SHA-256, SHA-512 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). A page that came over plain http:// has no
// crypto.subtle, and draws want thousands of short hashes at once: so they are computed here, synchronously.

import { concat } from './bytes.js';

// The constants are defined as the first bits of the fractional parts of roots of primes; they are computed from
// that definition, so that there is no table to mistype. SHA-256 takes the first 32 of SHA-512's 64 bits.
function primes(count) {
    const found = [];
    for (let n = 2; found.length < count; n++) {
        if (found.every((p) => n % p !== 0)) found.push(n);
    }
    return found;
}

/** The first 64 bits of the fractional part of the power-th root of n. */
function rootBits(n, power) {
    const target = BigInt(n) << BigInt(64 * power);
    let low = 0n, high = 1n << 70n;
    while (low < high) {
        const middle = (low + high + 1n) >> 1n;
        if (middle ** BigInt(power) <= target) low = middle;
        else high = middle - 1n;
    }
    return low & 0xffffffffffffffffn;
}

const halves = (numbers) => Int32Array.from(
    numbers.reduce((all, x) => all.concat(Number(x >> 32n) | 0, Number(x & 0xffffffffn) | 0), []));

const FIRST = primes(80);
const K = halves(FIRST.map((p) => rootBits(p, 3))); // 80 pairs: high, low
const START = halves(FIRST.slice(0, 8).map((p) => rootBits(p, 2)));
const K256 = Int32Array.from({ length: 64 }, (_, i) => K[2 * i]);
const START256 = Int32Array.from({ length: 8 }, (_, i) => START[2 * i]);

/** The message, 0x80, zeros, and its length in bits, to a multiple of the block. */
function padded(bytes, block, lengthBytes) {
    const total = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
    const out = new Uint8Array(total);
    out.set(bytes);
    out[bytes.length] = 0x80;
    const view = new DataView(out.buffer);
    view.setUint32(total - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(total - 4, bytes.length * 8 >>> 0);
    return view;
}

function output(words) {
    const out = new Uint8Array(4 * words.length);
    const view = new DataView(out.buffer);
    words.forEach((word, i) => view.setInt32(4 * i, word));
    return out;
}

const W = new Int32Array(64); // overwritten for every block

function blocks256(state, view, from) {
    for (let at = from; at < view.byteLength; at += 64) {
        for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
        for (let i = 16; i < 64; i++) {
            const x = W[i - 15], y = W[i - 2];
            const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
            const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
            W[i] = W[i - 16] + s0 + W[i - 7] + s1;
        }
        let a = state[0], b = state[1], c = state[2], d = state[3];
        let e = state[4], f = state[5], g = state[6], h = state[7];
        for (let i = 0; i < 64; i++) {
            const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
            const t1 = h + s1 + (e & f ^ ~e & g) + K256[i] + W[i] | 0;
            const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
            const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
            h = g;
            g = f;
            f = e;
            e = d + t1 | 0;
            d = c;
            c = b;
            b = a;
            a = t1 + t2 | 0;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
    return state;
}

/** H of encoding-11, over the arguments joined. */
export function sha256(...parts) {
    const bytes = parts.length === 1 ? parts[0] : concat(...parts);
    return output(blocks256(START256.slice(), padded(bytes, 64, 8), 0));
}

/** M of encoding-11; returns a function of the message, which keeps the two states that only the key decides. */
export function hmac256Key(key) {
    const block = new Uint8Array(64);
    block.set(key.length > 64 ? sha256(key) : key);
    const inner = block.map((byte) => byte ^ 0x36), outer = block.map((byte) => byte ^ 0x5c);
    const innerState = blocks256(START256.slice(), new DataView(inner.buffer), 0);
    const outerState = blocks256(START256.slice(), new DataView(outer.buffer), 0);
    return (...message) => {
        const hash = blocks256(innerState.slice(), padded(concat(inner, ...message), 64, 8), 64);
        return output(blocks256(outerState.slice(), padded(concat(outer, output(hash)), 64, 8), 64));
    };
}

export function hmac256(key, ...message) {
    return hmac256Key(key)(...message);
}

const HI = new Int32Array(80), LO = new Int32Array(80);
const carry = (sum) => sum / 0x100000000 | 0; // sum of a few unsigned 32-bit numbers, exact in a double

export function sha512(...parts) {
    const view = padded(concat(...parts), 128, 16);
    const state = START.slice();
    for (let at = 0; at < view.byteLength; at += 128) {
        for (let i = 0; i < 16; i++) {
            HI[i] = view.getInt32(at + 8 * i);
            LO[i] = view.getInt32(at + 8 * i + 4);
        }
        for (let i = 16; i < 80; i++) {
            const xh = HI[i - 15], xl = LO[i - 15], yh = HI[i - 2], yl = LO[i - 2];
            const s0h = (xh >>> 1 | xl << 31) ^ (xh >>> 8 | xl << 24) ^ xh >>> 7;
            const s0l = (xl >>> 1 | xh << 31) ^ (xl >>> 8 | xh << 24) ^ (xl >>> 7 | xh << 25);
            const s1h = (yh >>> 19 | yl << 13) ^ (yl >>> 29 | yh << 3) ^ yh >>> 6;
            const s1l = (yl >>> 19 | yh << 13) ^ (yh >>> 29 | yl << 3) ^ (yl >>> 6 | yh << 26);
            const low = (LO[i - 16] >>> 0) + (s0l >>> 0) + (LO[i - 7] >>> 0) + (s1l >>> 0);
            LO[i] = low;
            HI[i] = HI[i - 16] + s0h + HI[i - 7] + s1h + carry(low);
        }
        const s = state.slice(); // a..h, high and low halves in turn
        for (let i = 0; i < 80; i++) {
            const eh = s[8], el = s[9], ah = s[0], al = s[1];
            const s1h = (eh >>> 14 | el << 18) ^ (eh >>> 18 | el << 14) ^ (el >>> 9 | eh << 23);
            const s1l = (el >>> 14 | eh << 18) ^ (el >>> 18 | eh << 14) ^ (eh >>> 9 | el << 23);
            const chh = eh & s[10] ^ ~eh & s[12], chl = el & s[11] ^ ~el & s[13];
            const t1 = (s[15] >>> 0) + (s1l >>> 0) + (chl >>> 0) + (K[2 * i + 1] >>> 0) + (LO[i] >>> 0);
            const t1h = s[14] + s1h + chh + K[2 * i] + HI[i] + carry(t1) | 0;
            const s0h = (ah >>> 28 | al << 4) ^ (al >>> 2 | ah << 30) ^ (al >>> 7 | ah << 25);
            const s0l = (al >>> 28 | ah << 4) ^ (ah >>> 2 | al << 30) ^ (ah >>> 7 | al << 25);
            const majh = ah & s[2] ^ ah & s[4] ^ s[2] & s[4], majl = al & s[3] ^ al & s[5] ^ s[3] & s[5];
            const eLow = (s[7] >>> 0) + (t1 >>> 0);
            const e2h = s[6] + t1h + carry(eLow);
            const aLow = (t1 >>> 0) + (s0l >>> 0) + (majl >>> 0);
            const a2h = t1h + s0h + majh + carry(aLow);
            s.copyWithin(2, 0, 14);
            s[0] = a2h;
            s[1] = aLow;
            s[8] = e2h;
            s[9] = eLow;
        }
        for (let i = 0; i < 16; i += 2) {
            const low = (state[i + 1] >>> 0) + (s[i + 1] >>> 0);
            state[i + 1] = low;
            state[i] += s[i] + carry(low);
        }
    }
    return output(state);
}
