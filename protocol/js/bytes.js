// Bytes, numbers and texts as protocol/spec/encoding.md has them. Everything here is pure: bytes in, a value out,
// or a QnError thrown.

/** A refusal (encoding-14): what to do next (code), what happened (id), and the values it names (args). */
export class QnError extends Error {
    constructor(code, id, args) {
        super(id);
        this.name = 'QnError';
        this.code = code;
        this.id = id;
        this.args = args || {};
    }
}

export function fail(code, id, args) {
    throw new QnError(code, id, args);
}

export function malformed(id, args) {
    throw new QnError('malformed', id, args);
}

export function unverified(id, args) {
    throw new QnError('unverified', id, args);
}

export function need(condition, id, args) {
    if (!condition) malformed(id, args);
}

// ---- byte strings

export function concat(...parts) {
    let length = 0;
    for (const part of parts) length += part.length;
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
        out.set(part, at);
        at += part.length;
    }
    return out;
}

/** encoding-10: the first differing byte decides, and of two of which one begins the other the shorter comes first. */
export function compare(a, b) {
    const n = Math.min(a.length, b.length);
    for (let i = 0; i < n; i++) {
        if (a[i] !== b[i]) return a[i] - b[i];
    }
    return a.length - b.length;
}

export function equal(a, b) {
    return a.length === b.length && compare(a, b) === 0;
}

const HEX = Array.from({ length: 256 }, (_, i) => (i + 256).toString(16).slice(1));

export function toHex(bytes) {
    let out = '';
    for (const byte of bytes) out += HEX[byte];
    return out;
}

/** encoding-5: lower case, two digits a byte; undefined when it is not that, or not `length` bytes. */
export function parseHex(text, length) {
    if (!/^(?:[0-9a-f]{2})*$/.test(text) || (length !== undefined && text.length !== 2 * length)) return undefined;
    const out = new Uint8Array(text.length / 2);
    for (let i = 0; i < out.length; i++) out[i] = parseInt(text.substr(2 * i, 2), 16);
    return out;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function toBase64(bytes) {
    let out = '';
    for (let i = 0; i < bytes.length; i += 3) {
        const left = bytes.length - i;
        const group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] : 0) << 8 | (left > 2 ? bytes[i + 2] : 0);
        out += BASE64[group >> 18] + BASE64[group >> 12 & 63];
        out += left > 1 ? BASE64[group >> 6 & 63] : '=';
        out += left > 2 ? BASE64[group & 63] : '=';
    }
    return out;
}

/** RFC 4648 section 4, padded; undefined for any other form, also where unused bits are not 0. */
export function parseBase64(text) {
    if (text.length % 4 !== 0 || !/^[0-9A-Za-z+/]*={0,2}$/.test(text)) return undefined;
    const digits = text.replace(/=+$/, '');
    const out = new Uint8Array(Math.floor(digits.length * 6 / 8));
    let bits = 0, held = 0, at = 0;
    for (const digit of digits) {
        held = (held << 6 | BASE64.indexOf(digit)) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[at++] = held >> bits & 255;
        }
    }
    // Writing it again finds every second spelling of the same bytes.
    return toBase64(out) === text ? out : undefined;
}

// ---- texts

const encoder = new TextEncoder();
// `fatal` refuses all that is not well-formed by table 3-7 of Unicode; ignoreBOM keeps U+FEFF as a character.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text) {
    return encoder.encode(text);
}

/** encoding-6: well-formed and without U+0000; else undefined. */
export function parseUtf8(bytes) {
    let text;
    try {
        text = decoder.decode(bytes);
    } catch (e) {
        return undefined;
    }
    return text.includes('\0') ? undefined : text;
}

/** The bytes of a label of a hash or signature: its characters and one 0x00. */
export function label(text) {
    return utf8(text + '\0');
}

/** encoding-10 for texts: JavaScript compares UTF-16 units, the protocol bytes. */
export function compareText(a, b) {
    return compare(utf8(a), utf8(b));
}

const U64_MAX = (1n << 64n) - 1n;

/** encoding-4: digits without a leading zero, at most `max`; a BigInt, or undefined. */
export function parseDecimal(text, max = U64_MAX) {
    if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
    const value = BigInt(text);
    return value <= BigInt(max) ? value : undefined;
}

/** The same as a Number, for bounds below 2^53. */
export function parseNumber(text, max) {
    const value = parseDecimal(text, max);
    return value === undefined ? undefined : Number(value);
}

/** encoding-7: the day number of a date YYYY-MM-DD from 1970-01-01 to 9999-12-31; else undefined. */
export function parseDate(text) {
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return undefined;
    const [year, month, day] = text.split('-').map(Number);
    const time = Date.UTC(year, month - 1, day);
    const days = time / 86400000;
    // Date.UTC carries 30 February over into March: only a real day prints as it was written.
    if (year < 1970 || new Date(time).toISOString().slice(0, 10) !== text) return undefined;
    return days;
}

/** encoding-15: the day number of a moment in seconds. */
export const dayAt = (time) => Math.floor((Number(time) + 8 * 3600) / 86400);

export const isCode = (text) => /^[0-9A-Z]{2,16}$/.test(text); // encoding-8
export const isName = (text) => /^[0-9A-Za-z._-]{1,32}$/.test(text); // encoding-9
export const isDeployment = (text) => /^[a-z0-9.-]{1,64}$/.test(text); // cert-2

/** entry-3: `<deployment>/<office code>/<epoch>`, at most 96 bytes; {deployment, office, epoch} or undefined. */
export function parseOrigin(text) {
    const fields = text.split('/');
    if (text.length > 96 || fields.length !== 3) return undefined;
    const epoch = parseNumber(fields[2], 4095);
    if (!isDeployment(fields[0]) || !isCode(fields[1]) || !epoch) return undefined;
    return { deployment: fields[0], office: fields[1], epoch };
}

// ---- reading and writing

/** Reads fields from the front; whatever ends early is refused with the id given. */
export class Reader {
    constructor(bytes, shortId) {
        this.bytes = bytes;
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.at = 0;
        this.shortId = shortId;
    }

    get left() {
        return this.bytes.length - this.at;
    }

    advance(n) {
        if (n > this.left) malformed(this.shortId, { have: this.bytes.length, need: this.at + n });
        const from = this.at;
        this.at += n;
        return from;
    }

    u8() {
        return this.bytes[this.advance(1)];
    }

    u16() {
        return this.view.getUint16(this.advance(2));
    }

    u32() {
        return this.view.getUint32(this.advance(4));
    }

    /** A BigInt: a Number would lose digits above 2^53. */
    u64() {
        return this.view.getBigUint64(this.advance(8));
    }

    take(n) {
        const from = this.advance(n);
        return this.bytes.slice(from, from + n);
    }

    /** u8 length, then as many bytes. */
    short() {
        return this.take(this.u8());
    }
}

export function u8(...numbers) {
    return Uint8Array.from(numbers);
}

export function u16(number) {
    return u8(number >> 8 & 255, number & 255);
}

export function u32(number) {
    return u8(number >>> 24, number >>> 16 & 255, number >>> 8 & 255, number & 255);
}

export function u64(number) {
    const out = new Uint8Array(8);
    new DataView(out.buffer).setBigUint64(0, BigInt(number));
    return out;
}

/** u8 length and the bytes of a text. */
export function short(text) {
    const bytes = utf8(text);
    return concat(u8(bytes.length), bytes);
}

/** The characters of bytes that are to be ASCII: bytes above 0x7e give a character that no pattern here takes. */
export function latin(bytes) {
    let out = '';
    for (const byte of bytes) out += String.fromCharCode(byte);
    return out;
}
