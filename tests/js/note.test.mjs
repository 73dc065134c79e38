// Notes, checkpoints, cosignatures, proof files (note.md).

import { concat, equal, toBase64, u64, utf8 } from '../../protocol/js/bytes.js';
import { inclusionProof, leafHash, rootOf } from '../../protocol/js/merkle.js';
import {
    checkpointText, encodeNote, encodeProof, isKeyName, openCheckpoint, openProof, parseCheckpoint, parseNote, parseProof,
    verifyCosignature, verifyNote, witnessName,
} from '../../protocol/js/note.js';
import { cosignature, keyPair, noteLine, office, signedNote } from './office.mjs';
import { is, refuses, test, verdictOf } from './tap.mjs';

const province = office('140000', 1), city = office('140600', 2, province);
const leaves = Array.from({ length: 11 }, (_, i) => leafHash(u64(i)));
const text = checkpointText({ origin: city.origin, size: 11, root: rootOf(leaves) });
const note = signedNote(city, text, cosignature(province, 1700000005, text), cosignature(city, 1700000001, text));

test('a checkpoint with cosignatures opens and is written again', () => {
    const opened = openCheckpoint(note, city.fields.keys.log, city.origin);
    is(opened.size, 11n);
    is(equal(opened.root, rootOf(leaves)), true);
    is(encodeNote(opened.note), note);
    is(verifyCosignature(opened.note, witnessName(province.origin), province.fields.keys.witness), 1700000005n);
});

test('of several good cosignatures the earliest counts, and bad ones beside them do no harm (note-9)', () => {
    const bad = cosignature(province, 1600000000, text + 'x');
    const several = parseNote(signedNote(city, text, cosignature(province, 9, text), bad, cosignature(province, 7, text)));
    is(verifyCosignature(several, witnessName(province.origin), province.fields.keys.witness), 7n);
    const alone = parseNote(signedNote(city, text, bad));
    refuses('note.signature', () => verifyCosignature(alone, witnessName(province.origin), province.fields.keys.witness));
    refuses('note.unsigned', () => verifyNote(alone, city.origin, keyPair('somebody').publicKey));
});

test('a time of 2^63 is none (note-6)', () => {
    const late = parseNote(signedNote(city, text, cosignature(province, 2n ** 63n, text)));
    refuses('note.signature', () => verifyCosignature(late, witnessName(province.origin), province.fields.keys.witness));
});

const line = (name, bytes) => '\u2014 ' + name + ' ' + toBase64(bytes) + '\n';
const sig = new Uint8Array(68).fill(7);
for (const [name, bytes, id] of [
    ['no text', utf8('\n\n' + line('a', sig)), 'note.no-signatures'],
    ['nothing at all', utf8(''), 'note.no-signatures'],
    ['no empty line', utf8('a\n' + line('a', sig)), 'note.no-signatures'],
    ['no signature', utf8('a\n\n'), 'note.no-signatures'],
    ['no newline at the end', utf8('a\n\n' + line('a', sig)).slice(0, -1), 'note.no-signatures'],
    ['33 signatures', utf8('a\n\n' + line('a', sig).repeat(33)), 'note.signatures'],
    ['32 signatures', utf8('a\n\n' + line('a', sig).repeat(32)), 'ok'],
    ['a control character', utf8('a\x01\n\n' + line('a', sig)), 'note.characters'],
    ['bytes that are no UTF-8', concat(Uint8Array.of(0xff), utf8('\n\n' + line('a', sig))), 'note.characters'],
    ['a hyphen for the dash', utf8('a\n\n' + line('a', sig).replace('\u2014', '-')), 'note.signature-line'],
    ['a name with +', utf8('a\n\n' + line('a+b', sig)), 'note.signature-line'],
    ['a name with a Unicode space', utf8('a\n\n' + line('a\u3000b', sig)), 'note.signature-line'],
    ['a signature of no byte', utf8('a\n\n' + line('a', sig.slice(0, 4))), 'note.signature-line'],
    ['a signature of one byte', utf8('a\n\n' + line('a', sig.slice(0, 5))), 'ok'],
    ['base64 whose unused bits are set', utf8('a\n\n\u2014 a AAAAAAB=\n'), 'note.signature-line'],
    ['base64 without its padding', utf8('a\n\n\u2014 a AAAAAAA\n'), 'note.signature-line'],
]) {
    test('a note with ' + name, () => refuses(id, () => parseNote(bytes)));
}

for (const [name, bad] of [['a leading zero', text.replace('\n11\n', '\n011\n')], ['a size of 2^63', text.replace('\n11\n', '\n9223372036854775808\n')],
    ['a root of 31 bytes', text.replace(/\n[^\n]*\n$/, '\n' + toBase64(sig.slice(0, 31)) + '\n')],
    ['an empty extension', text + '\n'], ['no root', text.split('\n').slice(0, 2).join('\n') + '\n']]) {
    test('a checkpoint with ' + name + ' is refused', () => is(verdictOf(() => parseCheckpoint(bad)).startsWith('checkpoint.'), true));
}

test('extension lines are kept (note-4)', () => {
    is(checkpointText(parseCheckpoint(text + 'more\n')), text + 'more\n');
});

test('a proof file leads to the checkpoint, and only from its own leaf', () => {
    const proof = encodeProof({ index: 4, path: inclusionProof(4, leaves), note });
    openProof(proof, city.fields.keys.log, city.origin, 4, leaves[4]);
    const { index, path, note: inside } = parseProof(proof);
    is(encodeProof({ index, path, note: inside }), proof);
    refuses('merkle.inclusion', () => openProof(proof, city.fields.keys.log, city.origin, 4, leaves[5]));
    refuses('proof.other-index', () => openProof(proof, city.fields.keys.log, city.origin, 5, leaves[5]));
    refuses('checkpoint.other-log', () => openProof(proof, province.fields.keys.log, province.origin, 4, leaves[4]));
    const words = new TextDecoder().decode(proof);
    refuses('proof.hash', () => parseProof(utf8(words.replace('index 4\n', 'index 4\nextra AAAA\n'))));
    refuses('proof.index', () => parseProof(utf8(words.replace('index 4', 'index 04'))));
    refuses('proof.head', () => parseProof(utf8(words.replace('@v1', '@v2'))));
});

test('key names', () => {
    for (const good of ['a', 'shanxi.example/140000/1', '签', 'a\ufeff']) is(isKeyName(good), true, good);
    for (const bad of ['', 'a b', 'a\u00a0', 'a\u0085', 'a\u2003', 'a+', 'a\u007f', 'a\t']) is(isKeyName(bad), false, bad);
    is(noteLine('a', keyPair('k'), 'x\n').keyId.length, 4);
});
