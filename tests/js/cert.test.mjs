// Root policy, fingerprints, certificates: what holds, and what each rule refuses (certificate.md).

import { compareText, concat, u32, u8, utf8 } from '../../protocol/js/bytes.js';
import {
    checkFingerprint, decodeCert, decodeRequest, encodeCert, encodePolicy, encodeRequest, fingerprint, parsePolicy,
    verifyChain,
} from '../../protocol/js/cert.js';
import { tagged } from '../../protocol/js/ed25519.js';
import { sha256 } from '../../protocol/js/sha2.js';
import { certBytes, custodians, keyPair, office, policyBytes } from './office.mjs';
import { is, refuses, test, verdictOf } from './tap.mjs';

const policy = parsePolicy(policyBytes);
const province = office('140000', 1), city = office('140600', 2, province), county = office('140602', 3, city);
const station = office('140602S1', 4, county, { scopes: ['140602S1'] });
const chain = [province, city, county, station];
const decodeAll = (offices) => offices.map((who) => decodeCert(certBytes(who)));

test('a chain of four holds, and every certificate encodes again to its bytes', () => {
    for (const who of chain) is(encodeCert(decodeCert(certBytes(who))), certBytes(who));
    verifyChain(decodeAll(chain), policy);
});

const childRules = [
    ['a parent of another epoch', city, { issuerEpoch: 2 }, 'cert.issuer'],
    ['a level that is the parent\'s', city, { level: 1 }, 'cert.level'],
    ['a scope outside the parent\'s', city, { scopes: ['1406', '15'] }, 'cert.scope'],
    ['an office outside its own scope', city, { scopes: ['1407'] }, 'cert.scope'],
    ['the parent\'s own code', city, { office: '140000', scopes: ['14'] }, 'cert.office'],
    ['another deployment', city, { deployment: 'hebei.example' }, 'cert.deployment'],
];
for (const [name, who, changes, id] of childRules) {
    test('refused: ' + name, () => refuses(id, () => {
        const fields = Object.assign({}, who.fields, changes);
        verifyChain([decodeCert(certBytes(province)), decodeCert(certBytes(who, { fields }))], policy);
    }));
}

test('refused: lanes that the parent has not', () => {
    const narrow = office('140600', 2, province, { lanes: 15 });
    const below = office('140602', 3, narrow);
    refuses('cert.lanes', () => verifyChain(decodeAll([province, narrow, below]), policy));
});

test('the province needs as many custodians as the threshold, each with its own key', () => {
    verifyChain([decodeCert(certBytes(province, { signers: [0, 1, 2] }))], policy);
    refuses('cert.threshold', () => verifyChain([decodeCert(certBytes(province, { signers: [1] }))], policy));
    const bytes = certBytes(province, { signers: [0, 1] });
    bytes[bytes.length - 65] = 2; // the number of the second key
    refuses('cert.signature', () => verifyChain([decodeCert(bytes)], policy));
});

test('every byte of a certificate counts', () => {
    const parent = decodeCert(certBytes(province)), bytes = certBytes(city);
    for (let i = 0; i < bytes.length; i += 3) {
        const bad = bytes.slice();
        bad[i] ^= 1;
        is(verdictOf(() => verifyChain([parent, decodeCert(bad)], policy)) === 'ok', false, 'byte ' + i);
    }
    for (let i = 0; i < bytes.length; i++) refuses('cert.short', () => decodeCert(bytes.subarray(0, i)));
    refuses('cert.left-over', () => decodeCert(concat(bytes, u8(0))));
});

test('what a later program writes is later, and 0 is malformed (versions-1)', () => {
    for (const [at, value, code] of [[0, 2, 'later'], [0, 0, 'malformed'], [1, 2, 'later'], [1, 0, 'malformed']]) {
        const bad = certBytes(city);
        bad[at] = value;
        let got;
        try {
            decodeCert(bad);
        } catch (e) {
            got = e.code;
        }
        is(got, code);
    }
});

test('keys: pairwise different, points of the prime-order subgroup, a box key that is not small', () => {
    const keys = (changes) => certBytes(city, { fields: Object.assign({}, city.fields,
        { keys: Object.assign({}, city.fields.keys, changes) }) });
    const { log } = city.fields.keys;
    refuses('cert.keys-equal', () => decodeCert(keys({ box: log })));
    refuses('cert.key', () => decodeCert(keys({ vrf: concat(u8(1), new Uint8Array(31)) })));
    refuses('cert.key', () => decodeCert(keys({ tls: new Uint8Array(32).fill(0xff) })));
    refuses('cert.key', () => decodeCert(keys({ box: new Uint8Array(32) })));
});

test('a name for the eye has no characters that turn or hide (cert-15)', () => {
    for (const bad of ['', 'a\u202eb', 'a\nb', 'a\u200f', 'a\u0085', '局'.repeat(41)]) {
        refuses('cert.name', () => decodeCert(certBytes(city, { fields: Object.assign({}, city.fields, { name: bad }) })));
    }
});

test('a station has no lanes but control and result (cert-14)', () => {
    const fields = Object.assign({}, station.fields, { lanes: 5 });
    refuses('cert.station-lanes', () => decodeCert(certBytes(station, { fields })));
});

test('a request holds under its own log key', () => {
    const fields = { deployment: 'shanxi.example', office: '140602', name: '朔城区', epoch: 1, keys: county.fields.keys };
    const body = encodeRequest(Object.assign({ signature: u8() }, fields));
    const signature = county.secrets.log.sign(tagged('request', body));
    const bytes = encodeRequest(Object.assign({ signature }, fields));
    is(encodeRequest(decodeRequest(bytes)), bytes);
    is(decodeRequest(bytes).hash, sha256(bytes));
    bytes[20] ^= 1;
    is(verdictOf(() => decodeRequest(bytes)) === 'ok', false);
});

test('the root policy in its one form', () => {
    is(encodePolicy(policy), policyBytes);
    const text = new TextDecoder().decode(policyBytes), lines = text.split('\n');
    const bad = {
        'policy.head': text.replace('policy/1', 'policy/2'),
        'policy.deployment': text.replace('shanxi', 'Shanxi'),
        'policy.threshold': text.replace('threshold 2', 'threshold 4'),
        'policy.order': [...lines.slice(0, 3), lines[4], lines[3], lines[5], ''].join('\n'),
        'policy.keys': lines.slice(0, 3).join('\n') + '\n',
        'policy.key': text.replace(/key [0-9a-f]{64}/, 'key ' + '00'.repeat(32)),
        'policy.line': text.slice(0, -1),
    };
    for (const id of Object.keys(bad)) refuses(id, () => parsePolicy(utf8(bad[id])));
    is(custodians.length, 3);
    is(compareText(lines[3], lines[4]) < 0, true);
});

test('a fingerprint names the group that is wrong before anything is compared', () => {
    const right = fingerprint(policy.hash);
    checkFingerprint(right, policy.hash);
    checkFingerprint(right.toLowerCase().replace(/-/g, ' '), policy.hash);
    checkFingerprint(right.replace(/-/g, ''), policy.hash);
    refuses('fingerprint.other', () => checkFingerprint(fingerprint(sha256(u32(1))), policy.hash));
    refuses('fingerprint.length', () => checkFingerprint(right.slice(1), policy.hash));
    refuses('fingerprint.character', () => checkFingerprint('U' + right.slice(1), policy.hash));
    const groups = right.split('-');
    // One wrong character, wherever it is; two groups exchanged; two neighbours in a group exchanged.
    for (let i = 0; i < right.length; i++) {
        if (right[i] === '-') continue;
        const other = right[i] === 'Z' ? '0' : 'Z';
        refuses('fingerprint.group', () => checkFingerprint(right.slice(0, i) + other + right.slice(i + 1), policy.hash));
    }
    refuses('fingerprint.group', () => checkFingerprint([groups[1], groups[0], ...groups.slice(2)].join('-'), policy.hash));
    is(keyPair('x').publicKey.length, 32);
});
