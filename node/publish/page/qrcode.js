// A text as a QR code (ISO/IEC 18004): byte mode, error correction M, versions 1 to 20.

const ECC = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]; // bytes of a block, by version
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

// ---- bytes

const EXP = [], LOG = []; // of GF(256) with x^8 + x^4 + x^3 + x^2 + 1
for (let i = 0, x = 1; i < 255; i++, x = x << 1 ^ (x > 127 ? 0x11d : 0)) {
    EXP[i] = x;
    LOG[x] = i;
}

const times = (a, b) => (a && b ? EXP[(LOG[a] + LOG[b]) % 255] : 0);

/** The remainder of data times x^n by the product of (x - 2^i), i < n. */
function correction(data, n) {
    let divisor = [1];
    for (let i = 0; i < n; i++) {
        divisor = [...divisor, 0].map((c, k) => c ^ (k > 0 ? times(divisor[k - 1], EXP[i]) : 0));
    }
    const rest = new Array(n).fill(0);
    for (const byte of data) {
        const factor = byte ^ rest.shift();
        rest.push(0);
        for (let k = 0; k < n; k++) rest[k] ^= times(divisor[k + 1], factor);
    }
    return rest;
}

function alignments(version) {
    if (version === 1) return [];
    const count = Math.floor(version / 7) + 2, last = 4 * version + 10;
    const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
    const at = [6];
    for (let i = count - 2; i >= 0; i--) at.push(last - i * step);
    return at;
}

/** Bytes that a symbol holds, correction included. */
function capacity(version) {
    const side = 4 * version + 17, n = alignments(version).length;
    const patterns = 3 * 64 + 2 * (side - 16) + 31 + (version > 6 ? 36 : 0) + (n ? 25 * (n * n - 3) - 10 * (n - 2) : 0);
    return (side * side - patterns) >> 3;
}

/** The data with its length, filled up, in blocks with their correction, one byte of each block in turn. */
function codewords(bytes, version) {
    const total = capacity(version), blocks = BLOCKS[version - 1], ecc = ECC[version - 1];
    const bits = [];
    const put = (value, n) => {
        for (let i = n - 1; i >= 0; i--) bits.push(value >> i & 1);
    };
    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    bytes.forEach((byte) => put(byte, 8));
    const room = 8 * (total - blocks * ecc);
    put(0, Math.min(4, room - bits.length));
    put(0, -bits.length & 7);
    for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
    const data = [];
    for (let i = 0; i < room; i += 8) data.push(parseInt(bits.slice(i, i + 8).join(''), 2));
    const size = Math.floor(data.length / blocks), short = blocks - data.length % blocks, parts = [];
    for (let b = 0, at = 0; b < blocks; b++) {
        const part = data.slice(at, at += size + (b < short ? 0 : 1));
        parts.push([part, correction(part, ecc)]);
    }
    const out = [];
    for (const [which, length] of [[0, size + 1], [1, ecc]]) {
        for (let i = 0; i < length; i++) parts.forEach((part) => i < part[which].length && out.push(part[which][i]));
    }
    return out;
}

// ---- modules

/** value with the remainder of its division by a generator of degree n behind it. */
function withCheck(value, generator, n) {
    let rest = value << n;
    for (let bit = 31; bit >= n; bit--) if (rest >>> bit & 1) rest ^= generator << (bit - n);
    return value << n | rest;
}

// Which modules a mask turns over, by its number.
const MASKS = [
    (x, y) => (x + y) % 2 === 0, (x, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0, (x, y) => x * y % 2 + x * y % 3 === 0,
    (x, y) => (x * y % 2 + x * y % 3) % 2 === 0, (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0,
];

class Symbol {
    constructor(version, mask) {
        this.mask = MASKS[mask];
        this.side = 4 * version + 17;
        this.dark = Array.from({ length: this.side }, () => new Array(this.side).fill(undefined));
        this.timing();
        [[3, 3], [this.side - 4, 3], [3, this.side - 4]].forEach(([x, y]) => this.finder(x, y));
        const at = alignments(version), last = at.length - 1;
        at.forEach((x, i) => at.forEach((y, k) => {
            if (!(i === 0 && k === 0) && !(i === 0 && k === last) && !(i === last && k === 0)) this.square(x, y, 2);
        }));
        this.format(mask);
        if (version > 6) this.version(version);
    }

    set(x, y, dark) {
        if (y >= 0 && x >= 0 && y < this.side && x < this.side) this.dark[y][x] = Boolean(dark);
    }

    /** Rings around a point: dark but for the second from outside, and, of a finder, the outermost. */
    square(cx, cy, radius) {
        for (let y = -radius; y <= radius; y++) {
            for (let x = -radius; x <= radius; x++) {
                const ring = Math.max(Math.abs(x), Math.abs(y));
                this.set(cx + x, cy + y, radius === 2 ? ring !== 1 : ring !== 2 && ring !== 4);
            }
        }
    }

    finder(x, y) {
        this.square(x, y, 4);
    }

    timing() {
        for (let i = 0; i < this.side; i++) {
            this.set(6, i, i % 2 === 0);
            this.set(i, 6, i % 2 === 0);
        }
    }

    /** Level M is 00. */
    format(mask) {
        const bits = withCheck(mask, 0x537, 10) ^ 0x5412, at = (i) => bits >> i & 1, end = this.side - 1;
        for (let i = 0; i < 15; i++) {
            this.set(8, i < 6 ? i : i < 8 ? i + 1 : end - 14 + i, at(i));
            this.set(i < 8 ? end - i : i < 9 ? 7 : 14 - i, 8, at(i));
        }
        this.set(8, this.side - 8, true);
    }

    version(version) {
        const bits = withCheck(version, 0x1f25, 12);
        for (let i = 0; i < 18; i++) {
            const a = this.side - 11 + i % 3, b = Math.floor(i / 3);
            this.set(a, b, bits >> i & 1);
            this.set(b, a, bits >> i & 1);
        }
    }

    /** Two columns at a time from the right, up and down in turn, past the upright timing line. */
    fill(bytes) {
        let i = 0;
        for (let right = this.side - 1; right > 0; right -= 2) {
            if (right === 6) right = 5;
            const upward = (right + 1 & 2) === 0;
            for (let step = 0; step < this.side; step++) {
                const y = upward ? this.side - 1 - step : step;
                for (const x of [right, right - 1]) {
                    if (this.dark[y][x] !== undefined) continue;
                    const bit = i < 8 * bytes.length ? bytes[i >> 3] >> (7 - (i & 7)) & 1 : 0;
                    this.dark[y][x] = Boolean(bit) !== this.mask(x, y);
                    i++;
                }
            }
        }
        return this.dark;
    }
}

/** How much a symbol looks like what readers search for, or has of one colour: the standard's sum of four. */
function penalty(rows) {
    const side = rows.length, lines = rows.map((row) => row.map((dark) => (dark ? '1' : '0')).join(''));
    for (let x = 0; x < side; x++) lines.push(rows.map((row) => (row[x] ? '1' : '0')).join(''));
    let sum = 0, dark = 0;
    for (const line of lines) {
        for (const run of line.match(/0{5,}|1{5,}/g) || []) sum += run.length - 2;
        for (let i = 0; i + 11 <= side; i++) {
            const part = line.slice(i, i + 11);
            if (part === '10111010000' || part === '00001011101') sum += 40;
        }
    }
    for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
            dark += rows[y][x];
            if (x && y && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y - 1][x - 1]) sum += 3;
        }
    }
    return sum + 10 * Math.floor(Math.abs(20 * dark / side / side - 10));
}

/** Rows of modules, true for dark, without the quiet zone; undefined when the bytes are too many. */
export function qrModules(bytes) {
    for (let version = 1; version <= 20; version++) {
        const room = capacity(version) - BLOCKS[version - 1] * ECC[version - 1] - (version < 10 ? 2 : 3);
        if (bytes.length > room) continue;
        const words = codewords(bytes, version);
        return MASKS.map((_, mask) => new Symbol(version, mask).fill(words))
            .reduce((best, rows) => (penalty(rows) < penalty(best) ? rows : best));
    }
    return undefined;
}

/** The same as the path of an SVG with a quiet zone of four modules: [side, path]. */
export function qrPath(bytes) {
    const rows = qrModules(bytes);
    let path = '';
    (rows || []).forEach((row, y) => {
        for (let x = 0; x < row.length; x++) {
            let n = 0;
            while (row[x + n]) n++;
            if (n) path += 'M' + (x + 4) + ' ' + (y + 4) + 'h' + n + 'v1h-' + n + 'z';
            x += n;
        }
    });
    return rows ? [rows.length + 8, path] : undefined;
}
