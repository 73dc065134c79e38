// Which certificate judges an entry, and how one root policy follows another (protocol/spec/rotation.md).

import { concat, dayAt, equal, malformed, need, parseHex, parseNumber, parseUtf8, toHex, unverified, utf8 } from './bytes.js';
import { parsePolicy } from './cert.js';
import { verifyTagged } from './ed25519.js';

const SUCCESSION_MAX = 4096;

/** rotation-8 to rotation-11: of `certs`, [{cert, time}] of one office and epoch, the one that governs an entry of
 *  this time (seconds; undefined when nobody above has cosigned it: judged as of `now`). */
export function governingCert(certs, entryTime, now) {
    const time = entryTime === undefined ? now : entryTime;
    const bySerial = certs.slice()
        .sort((a, b) => a.cert.issuerEpoch - b.cert.issuerEpoch || a.cert.serial - b.cert.serial);
    const before = bySerial.filter((c) => c.time !== undefined && c.time <= time);
    const governing = (before.length > 0 ? before[before.length - 1] : bySerial[0]).cert;
    if (governing.lanes === 0) unverified('cert.revoked', { office: governing.office }); // rotation-9
    const day = dayAt(time); // rotation-11
    const covers = ({ cert }) => cert.lanes !== 0 && cert.firstDay <= day && day <= cert.lastDay;
    return { cert: governing, covered: certs.some(covers) };
}

function readSignature(line, word) {
    const [first, number, hex, ...more] = line.split(' ');
    const key = parseNumber(number || '', 4), signature = parseHex(hex || '', 64);
    need(first === word && more.length === 0 && key !== undefined && signature !== undefined, 'succession.signature');
    return { key, signature };
}

/** rotation-13: {from, policyBytes, policy, old, new, signed}. */
export function parseSuccession(bytes) {
    need(bytes.length <= SUCCESSION_MAX, 'succession.too-long', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'succession.line');
    const lines = text.slice(0, -1).split('\n');
    need(lines[0] === 'qian-root-succession/1', 'succession.head');
    const from = lines.length > 1 && lines[1].startsWith('from ') ? parseHex(lines[1].slice(5), 32) : undefined;
    need(from !== undefined, 'succession.from');
    const at = (word) => lines.findIndex((line, i) => i > 1 && line.startsWith(word + ' '));
    const oldAt = at('old'), newAt = at('new');
    need(oldAt > 1 && newAt > oldAt, 'succession.signatures');
    const policyBytes = utf8(lines.slice(2, oldAt).map((line) => line + '\n').join(''));
    const succession = {
        from, policyBytes, policy: parsePolicy(policyBytes),
        old: lines.slice(oldAt, newAt).map((line) => readSignature(line, 'old')),
        new: lines.slice(newAt).map((line) => readSignature(line, 'new')),
        signed: utf8(lines.slice(0, oldAt).map((line) => line + '\n').join('')), // rotation-14
    };
    for (const list of [succession.old, succession.new]) {
        need(list.every(({ key }, i) => i === 0 || list[i - 1].key < key), 'succession.order');
    }
    return succession;
}

export function encodeSuccession(succession) {
    const lines = (word) => succession[word]
        .map(({ key, signature }) => [word, key, toHex(signature)].join(' ') + '\n');
    return concat(utf8('qian-root-succession/1\nfrom ' + toHex(succession.from) + '\n'), succession.policyBytes,
        utf8(lines('old').concat(lines('new')).join('')));
}

/** rotation-15: the policy that follows; else a refusal. */
export function verifySuccession(succession, policy) {
    const { policy: next, signed } = succession;
    if (!equal(succession.from, policy.hash)) unverified('succession.from');
    if (next.deployment !== policy.deployment) unverified('succession.deployment');
    if (equal(next.hash, policy.hash)) malformed('succession.same');
    for (const [list, by] of [[succession.old, policy], [succession.new, next]]) {
        for (const { key, signature } of list) {
            if (key >= by.keys.length) unverified('succession.key-number', { key });
            const good = verifyTagged(by.keys[key], 'root', signed, signature);
            if (!good) unverified('succession.signature', { key });
        }
        if (list.length < by.threshold) unverified('succession.threshold', { have: list.length, need: by.threshold });
    }
    return next;
}
