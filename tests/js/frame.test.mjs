// Frames, HAVE, receipts, evidence of a fork, successions, requests to witnesses, heads of bundles.

import { concat, equal, u32, u64, u8, utf8 } from '../../protocol/js/bytes.js';
import { decodeBundleHead, encodeBundleHead } from '../../protocol/js/bundle.js';
import { encodePolicy, parsePolicy } from '../../protocol/js/cert.js';
import { tagged } from '../../protocol/js/ed25519.js';
import { encodeHeader } from '../../protocol/js/entry.js';
import {
    decodeFork, decodeHave, encodeFork, encodeFrame, encodeHave, isNewerReceipt, openHave, openReceipt, readEndFrame, readFileFrame,
    readKeptFrame, readOfferFrame, readPartFrame, readWantFrame, receiptText, splitFrames, verifyFork,
} from '../../protocol/js/frame.js';
import { EMPTY_ROOT } from '../../protocol/js/merkle.js';
import { checkpointText } from '../../protocol/js/note.js';
import { encodeSuccession, governingCert, parseSuccession, verifySuccession } from '../../protocol/js/rotation.js';
import { sha256 } from '../../protocol/js/sha2.js';
import { encodeWitnessRequest, parseVerifierKey, parseWitnessRequest, verifierKey } from '../../protocol/js/witness.js';
import { DEPLOYMENT, custodians, keyPair, office, policyBytes, signedNote } from './office.mjs';
import { is, refuses, test, verdictOf } from './tap.mjs';

const province = office('140000', 1), city = office('140600', 2, province), county = office('140602', 3, city);
const { log } = city.fields.keys, hash = (n) => sha256(u32(n));

test('a stream is cut after any whole frame (exchange-3)', () => {
    const stream = concat(encodeFrame(10, u8(1)), encodeFrame(77, u8(1, 2, 3)), encodeFrame(2, new Uint8Array(20)));
    for (let i = 0; i <= stream.length; i++) {
        const { frames, rest } = splitFrames(stream.subarray(0, i));
        is(frames.length, i < 6 ? 0 : i < 14 ? 1 : i < stream.length ? 2 : 3);
        is(equal(concat(...frames.map((f) => encodeFrame(f.type, f.payload)), rest), stream.subarray(0, i)), true);
    }
    is(splitFrames(stream).frames[1].name, undefined);
    refuses('frame.type', () => splitFrames(concat(u8(0), u32(0))));
    refuses('frame.length', () => splitFrames(concat(u8(10), u32(2))));
    refuses('frame.length', () => splitFrames(concat(u8(77), u32(1052673))));
    is(splitFrames(concat(u8(77), u32(1052672))).frames.length, 0);
});

test('payloads of PART, FILE, WANT and END', () => {
    const part = (seq, no, length) => concat(u8(city.origin.length), utf8(city.origin), u64(seq), u8(no >> 8, no & 255), new Uint8Array(32 + length));
    is(readPartFrame(part(2 ** 35 - 1, 255, 1)).seq, 2 ** 35 - 1);
    refuses('part.seq', () => readPartFrame(part(2 ** 35, 0, 1)));
    refuses('part.number', () => readPartFrame(part(0, 256, 1)));
    refuses('part.length', () => readPartFrame(part(0, 0, 0)));
    const name = (size) => concat(u8(6), utf8('140602'), hash(1), hash(2), u64(size));
    const piece = (size, offset, length) => concat(name(size), u64(offset), u8(0), new Uint8Array(length));
    is(readFileFrame(piece(268435456, 268435455, 1)).offset, 268435455);
    is(readFileFrame(piece(300000, 262144, 37856)).name.office, '140602');
    for (const [id, ...numbers] of [['file.size', 0, 0, 1], ['file.size', 268435457, 0, 1], ['file.length', 9, 0, 0],
        ['file.length', 300000, 262000, 200], ['file.offset', 9, 9, 1], ['file.offset', 9, 5, 5],
        ['file.offset', 9, 2n ** 64n - 1n, 1]]) refuses(id, () => readFileFrame(piece(...numbers)));
    is(readWantFrame(concat(name(9), u64(8))).offset, 8);
    refuses('want.offset', () => readWantFrame(concat(name(9), u64(9))));
    is(readOfferFrame(name(9)).name.size, 9);
    refuses('offer.left-over', () => readOfferFrame(concat(name(9), u8(0))));
    is(readKeptFrame(concat(name(9), u8(3))).fate, 3);
    refuses('kept.fate', () => readKeptFrame(concat(name(9), u8(4))));
    is(readEndFrame(u8(1)).more, true);
    refuses('end.more', () => readEndFrame(u8(2)));
    refuses('end.more', () => readEndFrame(u8()));
});

function have(changes = {}) {
    const fields = Object.assign({ from: '140600', to: '140000', time: 1, nonce: hash(3).subarray(0, 16), able: 0, schema: 0, logs: [
        { origin: 'shanxi.example/140600/1', size: 9, root: hash(4), cursors: [9, 0, 1, 2, 3], witnesses: [{ office: '140000', size: 12 }] },
        { origin: 'shanxi.example/140602/1', size: 0, root: EMPTY_ROOT, cursors: [0, 0, 0, 0, 0], witnesses: [] },
    ], signature: new Uint8Array(64) }, changes);
    const bytes = encodeHave(fields), body = bytes.subarray(0, bytes.length - 64);
    return concat(body, city.secrets.log.sign(tagged('have', sha256(body))));
}

test('a HAVE opens for its reader, under its sender\'s key, and is written again', () => {
    is(encodeHave(openHave(have(), log, '140000')), have());
    refuses('have.other-office', () => openHave(have(), log, '150000'));
    refuses('have.signature', () => openHave(have(), county.fields.keys.log, '140000'));
    for (let i = 0; i < have().length; i += 5) {
        const bad = have();
        bad[i] ^= 1;
        is(verdictOf(() => openHave(bad, log, '140000')) === 'ok', false, 'byte ' + i);
    }
    for (let i = 0; i < have().length; i++) refuses('have.short', () => decodeHave(have().subarray(0, i)));
    const logs = decodeHave(have()).logs, more = (change) => have({ logs: [Object.assign({}, logs[0], change)] });
    refuses('have.order', () => decodeHave(have({ logs: [logs[1], logs[0]] })));
    refuses('have.cursor', () => decodeHave(more({ cursors: [10, 0, 0, 0, 0] })));
    refuses('have.root', () => decodeHave(more({ size: 0, cursors: [0, 0, 0, 0, 0] })));
    refuses('have.size', () => decodeHave(more({ size: 2 ** 35 + 1 })));
    refuses('have.witness-order', () => decodeHave(more({ witnesses: [{ office: '1406', size: 1 }, { office: '14', size: 1 }] })));
    refuses('have.to', () => decodeHave(have({ to: '140600' })));
});

test('a receipt by the receiver\'s log key', () => {
    const receipt = { from: city.origin, log: county.origin, size: 3, root: hash(1), time: 5, lanes: [0, 1, 2, 3, 3].map((n) => ({ stored: n, applied: n })),
        refused: [{ seq: 1, id: 'change.text' }], held: [] };
    is(openReceipt(signedNote(city, receiptText(receipt)), log).refused[0].seq, 1);
    refuses('note.unsigned', () => openReceipt(signedNote(county, receiptText(receipt)), log));
    is(isNewerReceipt(Object.assign({}, receipt, { time: 6 }), receipt), true);
    is(isNewerReceipt(Object.assign({}, receipt, { time: 6 }), Object.assign({}, receipt, { size: 4 })), false);
});

test('two checkpoints of one size, or two headers of one seq, are evidence (exchange-14)', () => {
    const note = (size, root, by = city) => signedNote(by, checkpointText({ origin: city.origin, size, root }));
    const header = (time) => {
        const bytes = encodeHeader({ origin: city.origin, seq: 5, time, lane: 2, kind: 9, schema: 0, schemaHash: hash(0), deps: [],
            parts: [{ audience: 1, codec: 0, reach: 0, to: '140600', stored: 1, raw: 1, commitment: hash(2) }] });
        return concat(city.secrets.log.sign(tagged('header', bytes)), bytes);
    };
    const judge = (what, ...items) => verdictOf(() => {
        const fork = decodeFork(encodeFork({ what, items }));
        verifyFork(fork, city.origin, log);
    });
    is(judge(1, note(5, hash(1)), note(5, hash(2))), 'ok');
    is(judge(2, header(1), header(2)), 'ok');
    is(judge(1, note(5, hash(1)), note(5, hash(1))), 'fork.no-contradiction');
    is(judge(1, note(5, hash(1)), note(6, hash(2))), 'fork.no-contradiction');
    is(judge(2, header(1), header(1)), 'fork.no-contradiction');
    is(judge(1, note(5, hash(1)), note(5, hash(2), county)), 'note.unsigned');
    is(judge(3, u8(1), u8(1)), 'fork.what');
    is(judge(2, u8(), u8(1)), 'fork.length');
});

test('a succession of the root policy (rotation-13 to rotation-15)', () => {
    const policy = parsePolicy(policyBytes);
    const fresh = ['new1', 'new2'].map(keyPair).sort((a, b) => Buffer.compare(a.publicKey, b.publicKey));
    const nextBytes = encodePolicy({ deployment: DEPLOYMENT, threshold: 2, keys: fresh.map((k) => k.publicKey) });
    const make = (olds, news, changes = {}) => {
        const s = Object.assign({ from: policy.hash, policyBytes: nextBytes, old: [], new: [] }, changes);
        const message = tagged('root', encodeSuccession(s));
        s.old = olds.map((key) => ({ key, signature: custodians[key].sign(message) }));
        s.new = news.map((key) => ({ key, signature: fresh[key].sign(message) }));
        return encodeSuccession(s);
    };
    const judge = (bytes) => verdictOf(() => verifySuccession(parseSuccession(bytes), policy));
    is(judge(make([0, 2], [0, 1])), 'ok');
    is(encodeSuccession(parseSuccession(make([0, 2], [0, 1]))), make([0, 2], [0, 1]));
    is(judge(make([1], [0, 1])), 'succession.threshold');
    is(judge(make([0, 1], [1])), 'succession.threshold');
    is(judge(make([2, 0], [0, 1])), 'succession.order');
    is(judge(make([0, 2], [])), 'succession.signatures');
    is(judge(make([0, 2], [0, 1], { from: hash(1) })), 'succession.from');
    is(judge(make([0, 2], [0, 1], { policyBytes })), 'succession.same');
    const bad = make([0, 2], [0, 1]);
    bad[bad.length - 20] = bad[bad.length - 20] === 0x30 ? 0x31 : 0x30;
    is(judge(bad), 'succession.signature');
});

test('which certificate governs an entry (rotation-8 to rotation-11)', () => {
    const cert = (serial, time, lanes = 31, firstDay = 0, lastDay = 100) => ({ time, cert: { serial, lanes, firstDay, lastDay, office: '14' } });
    const certs = [cert(1, 100), cert(2, 200, 3), cert(3, 300, 0)];
    is(governingCert(certs, 50).cert.serial, 1);
    is(governingCert(certs, 199).cert.serial, 1);
    is(governingCert(certs, 200).cert.serial, 2);
    refuses('cert.revoked', () => governingCert(certs, 300));
    refuses('cert.revoked', () => governingCert(certs, undefined, 400));
    is(governingCert(certs, 299).covered, true);
    const next = 101 * 86400 - 8 * 3600; // the first second of day 101 (encoding-15)
    is(governingCert([cert(1, 0)], next - 1).covered, true);
    is(governingCert([cert(1, 0)], next).covered, false);
});

test('a request to a witness, and the witness\'s key', () => {
    const note = signedNote(city, checkpointText({ origin: city.origin, size: 9, root: hash(1) }));
    const bytes = encodeWitnessRequest({ old: 4n, path: [hash(2), hash(3)], note });
    const read = parseWitnessRequest(bytes);
    is(encodeWitnessRequest(read), bytes);
    is(read.checkpoint.size, 9n);
    const text = new TextDecoder().decode(bytes);
    for (const [from, to] of [['old 4', 'old 04'], ['old 4', 'old 9223372036854775808'], ['old 4', 'size 4'], ['old 4\n', 'old 4\nAAAA\n'], ['\n\n', '\n']]) {
        is(verdictOf(() => parseWitnessRequest(utf8(text.replace(from, to)))) === 'ok', false, from + ' -> ' + to);
    }
    const key = verifierKey({ name: 'witness.example/w', key: city.fields.keys.witness });
    is(verifierKey(parseVerifierKey(key)), key);
    refuses('witness.key-id', () => parseVerifierKey(key.replace('witness.', 'witless.')));
});

test('the head of a bundle', () => {
    const bytes = encodeBundleHead({ from: '140602', to: '140600', created: 5, needs: 0, streamHeader: new Uint8Array(24),
        recipients: [{ office: '140600', sealedKey: new Uint8Array(80) }, { office: '140602', sealedKey: new Uint8Array(80) }] });
    is(decodeBundleHead(concat(bytes, u8(1, 2))).length, bytes.length);
    is(encodeBundleHead(decodeBundleHead(bytes)), bytes);
    for (let i = 14; i < bytes.length; i += 9) refuses('bundle.short', () => decodeBundleHead(bytes.subarray(0, i)));
    refuses('bundle.magic', () => decodeBundleHead(utf8('qian-bundle/2\n')));
});
