// C2SP's add-checkpoint (protocol/spec/witness.md): the request, the answer, the witness's verifier key.

import {
    concat, equal, need, parseBase64, parseDecimal, parseHex, parseUtf8, toBase64, toHex, u8, utf8,
} from './bytes.js';
import { TYPE_COSIGNATURE, TYPE_ED25519, isKeyName, keyIdOf, parseCheckpoint, parseNote, parseSignatureLine } from './note.js';

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
    need(bytes.length <= ANSWER_MAX, 'witness.answer', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'witness.answer');
    const lines = text.slice(0, -1).split('\n');
    need(lines.length <= 32, 'witness.answer', { have: lines.length });
    return lines.map(parseSignatureLine);
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
