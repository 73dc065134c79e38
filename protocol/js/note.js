// Signed notes, checkpoints, cosignatures and proof files (protocol/spec/note.md).

import {
    concat, equal, fail, malformed, need, parseBase64, parseDecimal, parseOrigin, parseUtf8,
    Reader, toBase64, u64, u8, unverified, utf8,
} from './bytes.js';
import { verifyEd25519 } from './ed25519.js';
import { verifyInclusion } from './merkle.js';
import { sha256 } from './sha2.js';

export const NOTE_MAX = 131072;
export const TYPE_ED25519 = 0x01;
export const TYPE_COSIGNATURE = 0x04;

// note-2: Unicode's White_Space, U+0000 to U+001F, U+007F and "+". JavaScript's \s is another set.
const NOT_IN_NAME = /[\0-\x20\x7f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

export function isKeyName(name) {
    return name.length > 0 && !NOT_IN_NAME.test(name);
}

/** note-2: `— <key name> <base64>`, without its newline. */
export function parseSignatureLine(line) {
    const match = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line);
    if (!match || !isKeyName(match[1])) malformed('note.signature-line');
    const bytes = parseBase64(match[2]);
    if (!bytes || bytes.length < 5) malformed('note.signature-line');
    return { name: match[1], keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

export function signatureLine({ name, keyId, signature }) {
    return '\u2014 ' + name + ' ' + toBase64(concat(keyId, signature)) + '\n';
}

/** note-1: {text, signatures}, the text with its last newline. */
export function parseNote(bytes) {
    need(bytes.length <= NOTE_MAX, 'note.too-long', { have: bytes.length });
    const whole = parseUtf8(bytes);
    need(whole !== undefined && !/[\x01-\x09\x0b-\x1f]/.test(whole), 'note.characters');
    // The signatures follow the last empty line.
    const at = whole.lastIndexOf('\n\n');
    need(at >= 1, 'note.no-signatures'); // the text has two bytes at least
    const text = whole.slice(0, at + 1), rest = whole.slice(at + 2);
    need(rest.endsWith('\n'), 'note.no-signatures');
    const lines = rest.slice(0, -1).split('\n');
    need(lines.length <= 32, 'note.signatures', { have: lines.length });
    return { text, signatures: lines.map(parseSignatureLine) };
}

export function encodeNote({ text, signatures }) {
    return utf8(text + '\n' + signatures.map(signatureLine).join(''));
}

/** note-3: the first four bytes of SHA-256(name, newline, type, key). */
export function keyIdOf(name, type, key) {
    return sha256(utf8(name), u8(0x0a, type), key).slice(0, 4);
}

/** note-9: `good` says whether one line verifies; what it returns for the lines that do, in their order. Refuses
 *  when no line has the key (unsigned) and when such lines are but none verifies. */
function goodLines(note, name, type, key, good) {
    const keyId = keyIdOf(name, type, key);
    const lines = note.signatures.filter((line) => line.name === name && equal(line.keyId, keyId));
    if (lines.length === 0) fail('unverified', 'note.unsigned', { name });
    const found = lines.map(good).filter((value) => value !== undefined);
    if (found.length === 0) unverified('note.signature', { name });
    return found;
}

/** note-3: refuses unless a line of type 0x01 by this key verifies. */
export function verifyNote(note, name, key) {
    const message = utf8(note.text);
    goodLines(note, name, TYPE_ED25519, key,
        (line) => (verifyEd25519(key, message, line.signature) ? true : undefined));
}

/** note-6: the earliest time, a BigInt of seconds, at which this witness cosigned; refuses when it did not. */
export function verifyCosignature(note, name, key) {
    const times = goodLines(note, name, TYPE_COSIGNATURE, key, ({ signature }) => {
        if (signature.length !== 72) return undefined;
        const time = new Reader(signature).u64();
        if (time >= 1n << 63n) return undefined; // "a time of 2^63 or more is none"
        const message = utf8('cosignature/v1\ntime ' + time + '\n' + note.text);
        return verifyEd25519(key, message, signature.subarray(8)) ? time : undefined;
    });
    return times.reduce((least, time) => (time < least ? time : least));
}

export function cosignatureBytes(time, signature) {
    return concat(u64(time), signature);
}

/** note-6: "The witness's key name is its origin followed by /witness". */
export function witnessName(origin) {
    return origin + '/witness';
}

/** note-4: {origin, size, root, extensions} of a checkpoint's text. */
export function parseCheckpoint(text) {
    need(text.endsWith('\n'), 'checkpoint.lines');
    const lines = text.slice(0, -1).split('\n');
    need(lines.length >= 3, 'checkpoint.lines');
    const [origin, sizeText, rootText, ...extensions] = lines;
    need(isKeyName(origin) && utf8(origin).length <= 96, 'checkpoint.origin');
    const size = parseDecimal(sizeText, (1n << 63n) - 1n);
    need(size !== undefined, 'checkpoint.size');
    const root = parseBase64(rootText);
    need(root !== undefined && root.length === 32, 'checkpoint.root');
    need(extensions.every((line) => line !== ''), 'checkpoint.extension');
    return { origin, size, root, extensions };
}

export function checkpointText({ origin, size, root, extensions = [] }) {
    return [origin, size, toBase64(root), ...extensions].map((line) => line + '\n').join('');
}

/** note-5: a checkpoint's first line has exactly two "/". */
export function isCheckpointText(text) {
    return text.split('\n', 1)[0].split('/').length === 3;
}

/** A checkpoint note whose log signature holds, of a log of ours: {origin, size, root, note}. */
export function openCheckpoint(bytes, logKey, origin) {
    const note = parseNote(bytes);
    const checkpoint = parseCheckpoint(note.text);
    if (checkpoint.origin !== origin || !parseOrigin(origin)) unverified('checkpoint.other-log', { origin });
    verifyNote(note, origin, logKey);
    return Object.assign(checkpoint, { note });
}

const PROOF_HEAD = 'c2sp.org/tlog-proof@v1';

/** note-8: {index, path, note (bytes)} of a proof file. */
export function parseProof(bytes) {
    const whole = parseUtf8(bytes);
    need(whole !== undefined, 'proof.characters');
    const end = whole.indexOf('\n\n');
    need(end > 0, 'proof.lines');
    const [head, indexLine, ...hashes] = whole.slice(0, end).split('\n');
    need(head === PROOF_HEAD, 'proof.head');
    need(indexLine !== undefined && indexLine.startsWith('index '), 'proof.index');
    const index = parseDecimal(indexLine.slice(6), (1n << 63n) - 1n);
    need(index !== undefined, 'proof.index');
    need(hashes.length <= 63, 'proof.hashes', { have: hashes.length });
    const path = hashes.map(parseBase64);
    need(path.every((hash) => hash && hash.length === 32), 'proof.hash');
    return { index, path, note: utf8(whole.slice(end + 2)) };
}

export function encodeProof({ index, path, note }) {
    const lines = [PROOF_HEAD, 'index ' + index, ...path.map(toBase64), ''];
    return concat(utf8(lines.map((line) => line + '\n').join('')), note);
}

/** A proof file for this leaf of this log: the checkpoint it leads to. */
export function openProof(bytes, logKey, origin, index, leaf) {
    const proof = parseProof(bytes);
    need(proof.index === BigInt(index), 'proof.other-index', { have: proof.index, want: index });
    const checkpoint = openCheckpoint(proof.note, logKey, origin);
    verifyInclusion(proof.index, checkpoint.size, leaf, proof.path, checkpoint.root);
    return checkpoint;
}
