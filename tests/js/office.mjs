// Made-up offices with keys, certificates and signatures, for tests. Keys come from names, so that every run gives
// the same bytes; Node signs, protocol/js only verifies.

import { createPrivateKey, createPublicKey, sign } from 'crypto';
import { concat, parseHex, utf8 } from '../../protocol/js/bytes.js';
import { encodeCert, encodePolicy } from '../../protocol/js/cert.js';
import { tagged } from '../../protocol/js/ed25519.js';
import {
    TYPE_COSIGNATURE, TYPE_ED25519, cosignatureBytes, encodeNote, keyIdOf, witnessName,
} from '../../protocol/js/note.js';
import { sha256 } from '../../protocol/js/sha2.js';

const PKCS8 = parseHex('302e020100300506032b657004220420');

export function keyPair(name) {
    const secret = createPrivateKey({ key: Buffer.from(concat(PKCS8, sha256(utf8(name)))), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
    return { publicKey: new Uint8Array(spki.subarray(spki.length - 32)), sign: (m) => new Uint8Array(sign(null, m, secret)) };
}

export const DEPLOYMENT = 'shanxi.example';
export const custodians = ['root1', 'root2', 'root3'].map(keyPair)
    .sort((a, b) => Buffer.compare(a.publicKey, b.publicKey));
export const policyBytes = encodePolicy({ deployment: DEPLOYMENT, threshold: 2, keys: custodians.map((k) => k.publicKey) });

/** An office with its keys and the fields of its certificate; `issuer` is such an office or undefined. */
export function office(code, level, issuer, changes = {}) {
    const secrets = {}, keys = {};
    for (const name of ['log', 'witness', 'vrf', 'tls', 'box']) {
        secrets[name] = keyPair(code + ' ' + name);
        keys[name] = secrets[name].publicKey;
    }
    const fields = Object.assign({
        deployment: DEPLOYMENT, issuer: issuer ? issuer.fields.office : '', issuerEpoch: issuer ? issuer.fields.epoch : 0,
        office: code, name: '市场监督管理局' + code, level, epoch: 1, lanes: level === 4 ? 9 : 31, serial: 1,
        firstDay: 18000, lastDay: 22000, scopes: [code.replace(/0+$/, '')], keys,
    }, changes);
    const origin = [fields.deployment, fields.office, fields.epoch].join('/');
    return { fields, secrets, origin, issuer };
}

/** The certificate's bytes; a province's by the custodians whose numbers are given. */
export function certBytes(who, { signers = [0, 2], fields = who.fields } = {}) {
    const blank = new Uint8Array(64), root = fields.issuer === '';
    const unsigned = root ? signers.map((key) => ({ key, signature: blank })) : [{ signature: blank }];
    const whole = encodeCert(Object.assign({}, fields, { signatures: unsigned }));
    const tail = root ? 2 + 65 * signers.length : 65;
    const message = tagged('cert', whole.subarray(0, whole.length - tail));
    const signatures = root ? signers.map((key) => ({ key, signature: custodians[key].sign(message) }))
        : [{ signature: who.issuer.secrets.log.sign(message) }];
    return encodeCert(Object.assign({}, fields, { signatures }));
}

export function noteLine(name, key, text) {
    return { name, keyId: keyIdOf(name, TYPE_ED25519, key.publicKey), signature: key.sign(utf8(text)) };
}

export function cosignature(who, time, text) {
    const name = witnessName(who.origin), key = who.secrets.witness;
    const signature = key.sign(utf8('cosignature/v1\ntime ' + time + '\n' + text));
    return { name, keyId: keyIdOf(name, TYPE_COSIGNATURE, key.publicKey), signature: cosignatureBytes(time, signature) };
}

export function signedNote(who, text, ...more) {
    return encodeNote({ text, signatures: [noteLine(who.origin, who.secrets.log, text), ...more] });
}
