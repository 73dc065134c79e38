// Root policy, fingerprints, certificates, chains, requests (protocol/spec/certificate.md).

import {
    compareText, concat, equal, isCode, isDeployment, latin, malformed, need, parseHex, parseNumber, parseUtf8,
    Reader, short, toHex, u16, u32, u8, unverified, utf8,
} from './bytes.js';
import { decodeKey, isSmallOrderX25519, verifyTagged } from './ed25519.js';
import { readVersion } from './entry.js';
import { sha256 } from './sha2.js';

export const CERT_MAX = 2048;
export const KEY_NAMES = ['log', 'witness', 'vrf', 'tls', 'box'];
const LAST_DAY = 2932896; // 9999-12-31
const STATION_LANES = 1 | 8; // cert-14: control and result

// ---- root policy

/** cert-9: {deployment, threshold, keys, hash}. */
export function parsePolicy(bytes) {
    need(bytes.length <= 1024, 'policy.too-long', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'policy.line');
    const lines = text.slice(0, -1).split('\n');
    need(lines[0] === 'qian-root-policy/1', 'policy.head');
    const [, deploymentLine = '', thresholdLine = '', ...keyLines] = lines;
    const deployment = deploymentLine.slice(11);
    need(deploymentLine.startsWith('deployment ') && isDeployment(deployment), 'policy.deployment');
    const threshold = thresholdLine.startsWith('threshold ') ? parseNumber(thresholdLine.slice(10), 5) : undefined;
    need(threshold >= 1, 'policy.threshold');
    need(keyLines.length >= 1 && keyLines.length <= 5, 'policy.keys', { have: keyLines.length });
    const keys = keyLines.map((line) => {
        const key = line.startsWith('key ') ? parseHex(line.slice(4), 32) : undefined;
        need(key !== undefined, 'policy.key');
        need(decodeKey(key) !== undefined, 'policy.key');
        return key;
    });
    need(keyLines.every((line, i) => i === 0 || compareText(keyLines[i - 1], line) < 0), 'policy.order');
    need(threshold <= keys.length, 'policy.threshold');
    return { deployment, threshold, keys, hash: sha256(bytes) };
}

export function encodePolicy({ deployment, threshold, keys }) {
    const lines = ['qian-root-policy/1', 'deployment ' + deployment, 'threshold ' + threshold,
        ...keys.map((key) => 'key ' + toHex(key))];
    return utf8(lines.map((line) => line + '\n').join(''));
}

// ---- fingerprints

const FINGERPRINT_CHARS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Multiplication in GF(2^5) with x^5 = x^2 + 1 (cert-12). */
function timesX(value, times) {
    for (; times > 0; times--) value = value << 1 ^ (value & 16 ? 0b100101 : 0);
    return value;
}

/** cert-12: the check value of a group of four values; groups count from 1. */
function checkValue([a, b, c, d], group) {
    return timesX(a, 4) ^ timesX(b, 3) ^ timesX(c, 2) ^ timesX(d, 1) ^ group;
}

/** cert-11: the first 160 bits of a hash as eight groups of four characters and a check character. */
export function fingerprint(hash) {
    let bits = '';
    for (const byte of hash.subarray(0, 20)) bits += (byte + 256).toString(2).slice(1);
    const groups = [];
    for (let group = 0; group < 8; group++) {
        const values = [0, 1, 2, 3].map((i) => parseInt(bits.substr(group * 20 + i * 5, 5), 2));
        values.push(checkValue(values, group + 1));
        groups.push(values.map((value) => FINGERPRINT_CHARS[value]).join(''));
    }
    return groups.join('-');
}

/** cert-13: refuses unless what was typed is the fingerprint of this hash. */
export function checkFingerprint(typed, hash) {
    // toUpperCase would also turn letters of other alphabets into these.
    const runs = typed.split(/[ -]+/).filter((run) => run !== '');
    const characters = runs.join('').replace(/[a-z]/g, (c) => c.toUpperCase());
    need(characters.length === 40, 'fingerprint.length', { have: characters.length });
    need(runs.every((run) => run.length % 5 === 0), 'fingerprint.group-length'); // nothing stands within a group
    const values = Array.from(characters, (c) => FINGERPRINT_CHARS.indexOf(c));
    const bad = values.indexOf(-1);
    need(bad < 0, 'fingerprint.character', { character: characters[bad] });
    for (let group = 0; group < 8; group++) {
        const five = values.slice(5 * group, 5 * group + 5);
        need(checkValue(five, group + 1) === five[4], 'fingerprint.group', { group: group + 1 });
    }
    if (fingerprint(hash).replace(/-/g, '') !== characters) unverified('fingerprint.other');
}

// ---- certificates

// cert-15: what must not stand in a name that is compared by eye.
const NOT_IN_OFFICE_NAME = /[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function readName(reader, area) {
    const bytes = reader.short();
    need(bytes.length >= 1 && bytes.length <= 120, area + '.name');
    const name = parseUtf8(bytes);
    need(name !== undefined && !NOT_IN_OFFICE_NAME.test(name), area + '.name');
    return name;
}

/** The five keys, by name. */
function readKeys(reader) {
    const keys = {};
    for (const name of KEY_NAMES) keys[name] = reader.take(32);
    return keys;
}

/** cert-4. */
function checkKeys(keys, area) {
    for (let i = 0; i < KEY_NAMES.length; i++) {
        for (let j = 0; j < i; j++) {
            need(!equal(keys[KEY_NAMES[i]], keys[KEY_NAMES[j]]), area + '.keys-equal', { key: KEY_NAMES[i] });
        }
    }
    for (const name of KEY_NAMES.slice(0, 4)) {
        need(decodeKey(keys[name]) !== undefined, area + '.key', { key: name });
    }
    need(!isSmallOrderX25519(keys.box), area + '.key', { key: 'box' });
}

function readCode(reader, id) {
    const code = latin(reader.short());
    need(isCode(code), id, { code });
    return code;
}

function readDeployment(reader, id) {
    const deployment = latin(reader.short());
    need(isDeployment(deployment), id, { deployment });
    return deployment;
}

function readEpoch(reader, id) {
    const epoch = reader.u16();
    need(epoch >= 1 && epoch <= 4095, id, { epoch });
    return epoch;
}

function readScopes(reader) {
    const count = reader.u8();
    need(count >= 1 && count <= 32, 'cert.scopes', { have: count });
    const scopes = [];
    for (let i = 0; i < count; i++) {
        const scope = latin(reader.short());
        need(/^[0-9A-Z]{1,16}$/.test(scope), 'cert.scope', { scope });
        need(i === 0 || compareText(scopes[i - 1], scope) < 0, 'cert.scopes-order', { scope });
        scopes.push(scope);
    }
    return scopes;
}

/** cert-3: the signatures behind the body; [{key, signature}], key undefined for an issuer's. */
function readSignatures(reader) {
    const form = reader.u8();
    if (form === 1) return { form, signatures: [{ signature: reader.take(64) }] };
    need(form === 2, 'cert.form', { have: form });
    const count = reader.u8();
    need(count >= 1 && count <= 5, 'cert.signatures', { have: count });
    const signatures = [];
    for (let i = 0; i < count; i++) {
        const key = reader.u8();
        need(key < 5 && (i === 0 || signatures[i - 1].key < key), 'cert.key-number', { key });
        signatures.push({ key, signature: reader.take(64) });
    }
    return { form, signatures };
}

/** cert-1 to cert-5, cert-14, cert-15: the certificate, with `body` as the bytes that are signed. */
export function decodeCert(bytes) {
    need(bytes.length <= CERT_MAX, 'cert.too-long', { have: bytes.length });
    const reader = new Reader(bytes, 'cert.short');
    readVersion(reader, 'cert.version', 'cert.algorithm');
    const deployment = readDeployment(reader, 'cert.deployment');
    const issuer = latin(reader.short());
    need(issuer === '' || isCode(issuer), 'cert.issuer', { issuer });
    const issuerEpoch = reader.u16();
    const epochFits = issuer === '' ? issuerEpoch === 0 : issuerEpoch >= 1 && issuerEpoch <= 4095;
    need(epochFits, 'cert.issuer-epoch', { issuerEpoch });
    const office = readCode(reader, 'cert.office');
    const name = readName(reader, 'cert');
    const level = reader.u8();
    need(level >= 1 && level <= 4, 'cert.level', { level });
    need((level === 1) === (issuer === ''), 'cert.level', { level }); // cert-3
    const epoch = readEpoch(reader, 'cert.epoch');
    const lanes = reader.u8();
    need(lanes < 32, 'cert.lanes', { lanes });
    need(level !== 4 || (lanes & ~STATION_LANES) === 0, 'cert.station-lanes', { lanes }); // cert-14
    const serial = reader.u32(), firstDay = reader.u32(), lastDay = reader.u32();
    need(serial >= 1, 'cert.serial');
    need(firstDay <= lastDay && lastDay <= LAST_DAY, 'cert.days', { firstDay, lastDay });
    const scopes = readScopes(reader);
    const keys = readKeys(reader);
    const body = bytes.slice(0, reader.at);
    const { form, signatures } = readSignatures(reader);
    need((form === 2) === (issuer === ''), 'cert.form', { have: form }); // cert-3
    need(reader.left === 0, 'cert.left-over', { have: reader.left }); // cert-5
    checkKeys(keys, 'cert'); // cert-4
    return { deployment, issuer, issuerEpoch, office, name, level, epoch, lanes, serial, firstDay, lastDay, scopes,
        keys, body, signatures, origin: [deployment, office, epoch].join('/') };
}

export function encodeCert(cert) {
    const body = concat(u8(1, 1), short(cert.deployment), short(cert.issuer), u16(cert.issuerEpoch), short(cert.office),
        short(cert.name), u8(cert.level), u16(cert.epoch), u8(cert.lanes), u32(cert.serial), u32(cert.firstDay),
        u32(cert.lastDay), u8(cert.scopes.length), ...cert.scopes.map(short),
        ...KEY_NAMES.map((name) => cert.keys[name]));
    if (cert.issuer !== '') return concat(body, u8(1), cert.signatures[0].signature);
    return concat(body, u8(2, cert.signatures.length),
        ...cert.signatures.map(({ key, signature }) => concat(u8(key), signature)));
}

const inScope = (cert, code) => cert.scopes.some((scope) => code.startsWith(scope));

/** cert-6. */
export function verifyRootCert(cert, policy) {
    if (cert.issuer !== '') unverified('cert.not-root', { office: cert.office });
    if (cert.deployment !== policy.deployment) unverified('cert.deployment', { deployment: cert.deployment });
    for (const { key, signature } of cert.signatures) {
        if (key >= policy.keys.length) unverified('cert.key-number', { key });
        if (!verifyTagged(policy.keys[key], 'cert', cert.body, signature)) unverified('cert.signature', { key });
    }
    if (cert.signatures.length < policy.threshold) {
        unverified('cert.threshold', { have: cert.signatures.length, need: policy.threshold });
    }
    if (!inScope(cert, cert.office)) unverified('cert.scope', { office: cert.office });
}

/** cert-7. */
export function verifyChildCert(cert, parent) {
    const bad = (id) => unverified(id, { office: cert.office, issuer: parent.office });
    if (cert.issuer !== parent.office || cert.issuerEpoch !== parent.epoch) bad('cert.issuer');
    if (!verifyTagged(parent.keys.log, 'cert', cert.body, cert.signatures[0].signature)) bad('cert.signature');
    if (cert.deployment !== parent.deployment) bad('cert.deployment');
    if (cert.level <= parent.level) bad('cert.level');
    if (!cert.scopes.every((scope) => inScope(parent, scope))) bad('cert.scope');
    if (!inScope(parent, cert.office) || !inScope(cert, cert.office)) bad('cert.scope');
    if (cert.office === parent.office) bad('cert.office');
    if (cert.lanes & ~parent.lanes) bad('cert.lanes');
}

/** cert-8: certificates from the province down. */
export function verifyChain(certs, policy) {
    if (certs.length < 1 || certs.length > 4) malformed('cert.chain', { have: certs.length });
    verifyRootCert(certs[0], policy);
    for (let i = 1; i < certs.length; i++) verifyChildCert(certs[i], certs[i - 1]);
}

/** cert-10: the request, with its hash. */
export function decodeRequest(bytes) {
    need(bytes.length <= CERT_MAX, 'request.too-long', { have: bytes.length });
    const reader = new Reader(bytes, 'request.short');
    readVersion(reader, 'request.version', 'request.algorithm');
    const deployment = readDeployment(reader, 'request.deployment');
    const office = readCode(reader, 'request.office');
    const name = readName(reader, 'request');
    const epoch = readEpoch(reader, 'request.epoch');
    const keys = readKeys(reader);
    const body = bytes.slice(0, reader.at);
    const signature = reader.take(64);
    const continued = epoch > 1 && reader.left === 64; // cert-16
    const continuation = continued ? reader.take(64) : undefined;
    need(reader.left === 0, 'request.left-over', { have: reader.left });
    checkKeys(keys, 'request');
    if (!verifyTagged(keys.log, 'request', body, signature)) unverified('request.signature', { office });
    return { deployment, office, name, epoch, keys, signature, continuation, hash: sha256(bytes) };
}

/** cert-16: whether the log key of an earlier epoch signed this request too. */
export function requestContinues(bytes, logKey) {
    const { continuation } = decodeRequest(bytes);
    return continuation !== undefined && verifyTagged(logKey, 'continue', bytes.slice(0, -64), continuation);
}

export function encodeRequest(request) {
    return concat(u8(1, 1), short(request.deployment), short(request.office), short(request.name), u16(request.epoch),
        ...KEY_NAMES.map((name) => request.keys[name]), request.signature, request.continuation || new Uint8Array(0));
}
