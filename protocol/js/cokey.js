// The second custodian's side of a draw (protocol/spec/cokey.md): a question is read, recorded, and answered once.

import {
    equal, fail, label, malformed, need, parseDate, parseHex, parseNumber, toHex, unverified, utf8,
} from './bytes.js';
import { alphaOf, beaconDigest, boundOf } from './draw.js';
import { prove, publicKeyOf } from './prove.js';
import { hmac256, hmac256Key } from './sha2.js';
import { isBeaconLine, parseOrder } from './texts.js';

const QUESTION = /^draw-ask\/1 ([0-9a-f]{64}) ([0-9a-f]{64}) (-|ssq [0-9 +]+)$/;
const HEAD = 'cokey-keep/1';
const ROUNDS_MOST = 10000000;

// ---- the question (cokey-4, cokey-11)

function readLine(line) {
    const [, id, freeze, beacon] = QUESTION.exec(line) || malformed('cokey.question');
    need(beacon === '-' || isBeaconLine(beacon), 'cokey.question');
    return { line, orderId: parseHex(id, 32), freeze: parseHex(freeze, 32), beacon: beacon === '-' ? undefined : beacon };
}

/** cokey-11: the text behind the "#" of a link, or a text as it stands. */
function plain(text) {
    const at = text.indexOf('#');
    return at < 0 ? text.replace(/\r/g, '') : text.slice(at + 1).replace(/,/g, ' ').replace(/;/g, '\n');
}

/** cokey-4: the question with its order, which must be the one that it names. */
export function parseQuestion(text) {
    const [first, ...rest] = plain(text).trim().split('\n');
    const question = readLine(first);
    need(rest.length > 0, 'cokey.question');
    let order;
    try {
        order = parseOrder(utf8(rest.join('\n') + '\n'));
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        malformed('cokey.question');
    }
    const { beacon } = order;
    if (!equal(order.id, question.orderId) || (order.freeze && !equal(order.freeze.hash, question.freeze)) ||
        Boolean(beacon) !== Boolean(question.beacon) ||
        (beacon && !question.beacon.startsWith(beacon.source + ' ' + beacon.event + ' '))) {
        unverified('cokey.other-order');
    }
    return Object.assign(question, { order });
}

// ---- what a custodian keeps (cokey-12): the sealed key, and every question that was answered

/** cokey-12: PBKDF2-HMAC-SHA-256 (RFC 8018) of 32 bytes, and what seals the seed and tags it. */
function stretch(passphrase, salt, rounds) {
    const mac = hmac256Key(utf8(passphrase)), stretched = mac(salt, new Uint8Array([0, 0, 0, 1]));
    for (let n = 1, u = stretched; n < rounds; n++) {
        u = mac(u);
        for (let k = 0; k < 32; k++) stretched[k] ^= u[k];
    }
    return ['seal', 'tag'].map((use) => hmac256(stretched, label('cokey-keep/1/' + use)));
}

const tagOf = (macKey, publicKey, sealed) => hmac256(macKey, publicKey, sealed);

/** A new keep. seed and salt are random, 32 and 16 bytes; passphrase is a text. */
export function newKeep(seed, passphrase, salt, rounds) {
    const [pad, macKey] = stretch(passphrase, salt, rounds), publicKey = publicKeyOf(seed);
    const sealed = seed.map((byte, i) => byte ^ pad[i]);
    return { publicKey, salt, rounds, sealed, tag: tagOf(macKey, publicKey, sealed), asked: [] };
}

/** The seed; a refusal when the passphrase is another. */
export function openKeep(keep, passphrase) {
    const [pad, macKey] = stretch(passphrase, keep.salt, keep.rounds);
    if (!equal(tagOf(macKey, keep.publicKey, keep.sealed), keep.tag)) unverified('cokey.passphrase');
    return keep.sealed.map((byte, i) => byte ^ pad[i]);
}

export function keepText(keep) {
    const key = ['key', toHex(keep.publicKey), toHex(keep.salt), keep.rounds, toHex(keep.sealed), toHex(keep.tag)];
    return [HEAD, key.join(' '), ...keep.asked.map(({ date, line }) => date + ' ' + line), ''].join('\n');
}

export function parseKeep(text) {
    const lines = text.replace(/\r/g, '').split('\n');
    const [head, key] = [lines.shift(), (lines.shift() || '').split(' ')];
    const [word, publicKey, salt, rounds, sealed, tag] = key;
    const keep = {
        publicKey: parseHex(publicKey || '', 32), salt: parseHex(salt || '', 16),
        rounds: parseNumber(rounds || '', ROUNDS_MOST), sealed: parseHex(sealed || '', 32), tag: parseHex(tag || '', 32),
    };
    need(head === HEAD && word === 'key' && key.length === 6 && keep.publicKey && keep.salt && keep.rounds &&
        keep.sealed && keep.tag && lines.pop() === '', 'cokey.keep');
    keep.asked = lines.map((line) => {
        need(line[10] === ' ' && parseDate(line.slice(0, 10)) !== undefined, 'cokey.keep');
        return { date: line.slice(0, 10), line: readLine(line.slice(11)).line };
    });
    return keep;
}

/** Two keeps of one key as one: a copy that was put aside forgets nothing that was answered since. */
export function joinKeeps(keep, other) {
    if (!equal(keep.publicKey, other.publicKey)) unverified('cokey.other-key');
    return Object.assign({}, keep, { asked: other.asked.reduce((all, { date, line }) => withAsked(all, date, line), keep.asked) });
}

const orderOf = (line) => line.split(' ')[1];

/** cokey-5, cokey-6: the record with this question in it; a question of an order that was asked otherwise is refused. */
function withAsked(asked, date, line) {
    const was = asked.find((one) => orderOf(one.line) === orderOf(line));
    if (was && was.line !== line) fail('conflict', 'cokey.asked', { date: was.date, was: was.line });
    return was ? asked : asked.concat({ date, line });
}

/** What was answered of the question's order before, or undefined. */
export function askedBefore(keep, question) {
    return keep.asked.find(({ line }) => orderOf(line) === orderOf(question.line));
}

/** cokey-5: the keep with the question recorded, which is to be stored before answerTo() is called. */
export function recordQuestion(keep, question, date) {
    if (!question.order.keys.slice(1).some((key) => equal(key, keep.publicKey))) unverified('cokey.not-asked');
    return Object.assign({}, keep, { asked: withAsked(keep.asked, date, question.line) });
}

export function answerTo(keep, question, seed) {
    need(askedBefore(keep, question) !== undefined && equal(publicKeyOf(seed), keep.publicKey), 'cokey.keep');
    const pi = prove(seed, keep.publicKey, alphaOf(question.orderId, beaconDigest(question.beacon)));
    const bound = prove(seed, keep.publicKey, boundOf(question.orderId, question.freeze));
    return ['draw-answer/1', toHex(question.orderId), toHex(question.freeze), toHex(keep.publicKey), toHex(pi), toHex(bound)].join(' ');
}
