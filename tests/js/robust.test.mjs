// Bytes that are cut, changed, doubled and exchanged: every reader returns or refuses, never fails in another way;
// and what it accepts encodes again to the same bytes (encoding-2). And the sources keep to what old browsers have.

import { readdirSync } from 'fs';
import { concat, equal, u32, utf8 } from '../../protocol/js/bytes.js';
import { decodeCert, decodeRequest, encodeCert, encodePolicy, encodeRequest, parsePolicy } from '../../protocol/js/cert.js';
import { decodeChangeset, encodeChangeset } from '../../protocol/js/change.js';
import { decodeHeader, encodeHeader } from '../../protocol/js/entry.js';
import { decodeFork, decodeHave, encodeFork, encodeHave, parseReceipt, receiptText, splitFrames } from '../../protocol/js/frame.js';
import { encodeNote, encodeProof, parseNote, parseProof } from '../../protocol/js/note.js';
import { encodeRegistry, parseRegistry } from '../../protocol/js/registry.js';
import { encodeRules, parseRules } from '../../protocol/js/rules.js';
import { sha256 } from '../../protocol/js/sha2.js';
import { encodeSlip, parseSlip } from '../../protocol/js/slip.js';
import { encodeFreeze, encodeOrder, encodeResult, parseFreeze, parseOrder, parseResult } from '../../protocol/js/texts.js';
import { file, text, url, vectors } from './files.mjs';
import { city, province, rulesBytes, smallSite } from './small-site.mjs';
import { certBytes, policyBytes } from './office.mjs';
import { is, test, verdictOf } from './tap.mjs';

const site = smallSite(), at = (name) => site.files.get(site.directory + name);
const registry = parseRegistry(file('tests/vectors/change-registry.txt'));
const lane0 = { lane: 0, audience: 1 };
const keys = { log: 'log', witness: 'witness', vrf: 'vrf', tls: 'tls', box: 'box' };
for (const name of Object.keys(keys)) keys[name] = city.fields.keys[name];
const request = encodeRequest({ deployment: 'a', office: '14', name: '省局', epoch: 1, keys, signature: new Uint8Array(64) });
const have = encodeHave({ from: '14', to: '15', time: 1, nonce: new Uint8Array(16), able: 0, schema: 0, signature: new Uint8Array(64),
    logs: [{ origin: city.origin, size: 9, root: sha256(u32(1)), cursors: [1, 2, 3, 4, 5], witnesses: [{ office: '14', size: 3 }] }] });
const receipt = utf8(`qian-receipt/1\nfrom ${city.origin}\nfor ${province.origin}\nheaders 9 ${'11'.repeat(32)}\ntime 5\n` +
    [0, 1, 2, 3, 4].map((lane) => `lane ${lane} 9 ${lane}\n`).join('') + 'refused 3 change.text\nheld 4 entry.dep\n');
const words = (bytes) => new TextDecoder().decode(bytes);

const FORMATS = {
    header: [vectors('tests/vectors/header.txt')[4].input, (b) => encodeHeader(decodeHeader(b))],
    changeset: [vectors('tests/vectors/change.txt')[3].input, (b) => encodeChangeset(decodeChangeset(b, registry, lane0))],
    registry: [file('tests/vectors/change-registry.txt'), (b) => encodeRegistry(parseRegistry(b))],
    policy: [policyBytes, (b) => encodePolicy(parsePolicy(b))],
    certificate: [certBytes(city), (b) => encodeCert(decodeCert(b))],
    'root certificate': [certBytes(province), (b) => encodeCert(decodeCert(b))],
    request: [request, (b) => encodeRequest(decodeRequest(b))],
    note: [at('order.txt'), (b) => encodeNote(parseNote(b))],
    proof: [at('draw.140600.proof'), (b) => encodeProof(parseProof(b))],
    rules: [rulesBytes, (b) => encodeRules(parseRules(b))],
    freeze: [at('freeze.txt'), (b) => encodeFreeze(parseFreeze(b))],
    order: [utf8(parseNote(at('order.txt')).text), (b) => encodeOrder(parseOrder(b))],
    result: [at('result.txt'), (b) => encodeResult(parseResult(b))],
    receipt: [receipt, (b) => utf8(receiptText(parseReceipt(words(b))))],
    have: [have, (b) => encodeHave(decodeHave(b))],
    fork: [encodeFork({ what: 1, items: [utf8('a'), utf8('b')] }), (b) => encodeFork(decodeFork(b))],
    frames: [at('entries.frames'), (b) => { splitFrames(b); }],
    slip: [site.slip(site.objects[0]), (b) => encodeSlip(parseSlip(b))],
};

/** A number in [0, n), the same in every run. */
function numbers(seed) {
    let state = sha256(utf8(seed)), used = 0;
    return (n) => {
        if (used === 32) {
            state = sha256(state);
            used = 0;
        }
        used += 4;
        return new DataView(state.buffer).getUint32(used - 4) % n;
    };
}

function spoil(bytes, next) {
    const from = next(bytes.length), to = from + next(Math.min(40, bytes.length - from) + 1), bad = bytes.slice();
    switch (next(6)) {
    case 0:
        bad[from] ^= 1 << next(8);
        return bad;
    case 1:
        bad[from] = [0, 0xff, 0x20, 0x0a, 0x2d, 0x30][next(6)];
        return bad;
    case 2:
        return bad.slice(0, from);
    case 3:
        return concat(bytes.subarray(0, from), bytes.subarray(to));
    case 4:
        return concat(bytes.subarray(0, to), bytes.subarray(from));
    default: {
        const elsewhere = next(bytes.length);
        return concat(bytes.subarray(0, elsewhere), bytes.subarray(from, to), bytes.subarray(elsewhere));
    }
    }
}

for (const name of Object.keys(FORMATS)) {
    const [bytes, again] = FORMATS[name];
    test(name + ': 400 spoilt ones are refused or written again as they are', () => {
        if (name !== 'request') is(verdictOf(() => again(bytes)), 'ok');
        const next = numbers(name);
        for (let i = 0; i < 400; i++) {
            let bad = spoil(bytes, next);
            if (i % 4 === 0) bad = spoil(bad.length > 0 ? bad : bytes, next);
            let out;
            if (verdictOf(() => { out = again(bad); }) === 'ok' && out) is(equal(out, bad), true, words(bad));
        }
    });
}

test('the sources run in Chromium 86 and Firefox 78, are pure, and short', () => {
    const forbidden = /\?\?=|\|\|=|&&=|\.at\(|static \{|structuredClone|replaceAll|hasOwn\(|#[a-z]+\s*[(=;]|\bBuffer\b|\bprocess\b|crypto\.|\bconsole\b|Math\.random|Date\.now|new Date\(\)|fetch\(|\bwindow\.|document\./;
    for (const name of readdirSync(url('protocol/js/'))) {
        const lines = text('protocol/js/' + name).split('\n');
        is(lines.length <= 501, true, name + ' has ' + lines.length + ' lines');
        lines.forEach((line, i) => {
            is(forbidden.test(line.replace(/\/\/.*|^ *\/?\*.*/, '')), false, name + ':' + (i + 1) + ' ' + line);
            if (/^(import|export).* from /.test(line)) is(/ from '\.\/[a-z0-9]+\.js';$/.test(line), true, line);
            is(/^await|^ {0}for await/.test(line), false, line);
        });
    }
});
