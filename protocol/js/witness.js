// C2SP's add-checkpoint (protocol/spec/witness.md): the request, the answer, the witness's verifier key.

import {
    concat, equal, fail, malformed, need, parseBase64, parseDecimal, parseHex, parseUtf8, toBase64, toHex, u8, unverified,
    utf8,
} from './bytes.js';
import { TYPE_COSIGNATURE, TYPE_ED25519, isKeyName, keyIdOf, parseCheckpoint, parseNote, parseSignatureLine, verifyCosignature } from './note.js';

const REQUEST_MAX = 135168;
const ANSWER_MAX = 65536;
const SIZE_MAX = (1n << 63n) - 1n;

/** witness-1: {old, path, note (bytes), checkpoint}. */
export function parseWitnessRequest(bytes) {
    need(bytes.length <= REQUEST_MAX, 'witness.too-long', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined, 'witness.utf8');
    const end = text.indexOf('\n\n');
    need(end >= 0, 'witness.lines');
    const [first, ...hashes] = text.slice(0, end).split('\n');
    const old = first.startsWith('old ') ? parseDecimal(first.slice(4), SIZE_MAX) : undefined;
    need(old !== undefined, 'witness.old');
    need(hashes.length <= 63, 'witness.hashes', { have: hashes.length });
    const path = hashes.map(parseBase64);
    need(path.every((hash) => hash && hash.length === 32), 'witness.hash');
    const note = utf8(text.slice(end + 2));
    return { old, path, note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

export function encodeWitnessRequest({ old, path, note }) {
    const lines = ['old ' + old, ...path.map(toBase64), ''];
    return concat(utf8(lines.map((line) => line + '\n').join('')), note);
}

/** witness-6: the signature lines of an answer. */
export function parseWitnessAnswer(bytes) {
    if (bytes.length > ANSWER_MAX) fail('limit', 'witness.answer-long', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'witness.answer');
    const lines = text.slice(0, -1).split('\n');
    need(lines.length <= 32, 'witness.answer', { have: lines.length });
    return lines.map((line, i) => {
        try {
            return parseSignatureLine(line);
        } catch (e) {
            if (e.name !== 'QnError') throw e;
            return malformed('witness.answer', { line: i + 1 });
        }
    });
}

/** witness-6: {line, time} of the asker's witness among the lines, the earliest of several that hold. */
export function takeWitnessAnswer(bytes, text, { name, type, key }) {
    const lines = parseWitnessAnswer(bytes)
        .filter((line) => line.name === name && equal(line.keyId, keyIdOf(name, type, key)));
    if (lines.length === 0) unverified('witness.no-signature', { name });
    let taken;
    for (const line of lines) {
        const time = cosignedAt({ text, signatures: [line] }, name, key);
        if (time !== undefined && (taken === undefined || time < taken.time)) taken = { line, time };
    }
    return taken || unverified('witness.bad-signature', { name });
}

function cosignedAt(note, name, key) {
    try {
        return verifyCosignature(note, name, key);
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        return undefined;
    }
}

/** witness-3: the size that the body of a 409 names. */
export function parseWitnessSize(bytes) {
    const text = parseUtf8(bytes) || '';
    const size = text.endsWith('\n') ? parseDecimal(text.slice(0, -1), SIZE_MAX) : undefined;
    need(size !== undefined, 'witness.size', { bytes: bytes.length });
    return size;
}

/** witness-7: `<name>+<key id>+<base64 of type and key>`, of type 0x01 or 0x04: {name, type, key}. */
export function parseVerifierKey(text) {
    const [name, idText, ...rest] = text.split('+');
    const typed = parseBase64(rest.join('+')), id = parseHex(idText || '', 4);
    need(isKeyName(name) && utf8(name).length <= 255, 'witness.key-name');
    const known = typed && typed.length === 33 && [TYPE_ED25519, TYPE_COSIGNATURE].includes(typed[0]);
    need(known && id !== undefined, 'witness.key');
    const [type] = typed, key = typed.slice(1);
    need(equal(id, keyIdOf(name, type, key)), 'witness.key-id');
    return { name, type, key };
}

export function verifierKey({ name, type = TYPE_COSIGNATURE, key }) {
    return [name, toHex(keyIdOf(name, type, key)), toBase64(concat(u8(type), key))].join('+');
}
