// The second custodian's side in JavaScript: keeps, records, and what is refused. Questions with real orders: tests/t/custodian.sh.

import { pbkdf2Sync, createHmac } from 'crypto';
import { qrModules } from '../../node/publish/page/qrcode.js';
import { toHex, utf8 } from '../../protocol/js/bytes.js';
import { askedBefore, joinKeeps, keepText, newKeep, openKeep, parseKeep, parseQuestion } from '../../protocol/js/cokey.js';
import { publicKeyOf } from '../../protocol/js/prove.js';
import { is, refuses, test } from './tap.mjs';

const SEED = new Uint8Array(32).fill(7), SALT = new Uint8Array(16).fill(1);
const A = 'draw-ask/1 ' + 'a'.repeat(64) + ' ' + 'b'.repeat(64) + ' -';
const B = 'draw-ask/1 ' + 'c'.repeat(64) + ' ' + 'b'.repeat(64) + ' ssq 2026133 01 05 12 18 22 30+07';
const OTHER = A.replace('b', 'd');
const keep = newKeep(SEED, 'correct horse', SALT, 50);
const withAsked = (...lines) => parseKeep(keepText(keep) + lines.map((line) => '2026-11-21 ' + line + '\n').join(''));

test('a seed is sealed as the rule says', () => {
    const stretched = pbkdf2Sync('correct horse', SALT, 50, 32, 'sha256');
    const use = (name) => createHmac('sha256', stretched).update('cokey-keep/1/' + name + '\0').digest();
    is(toHex(keep.sealed), use('seal').map((byte) => byte ^ 7).toString('hex'));
    is(toHex(keep.tag), createHmac('sha256', use('tag')).update(publicKeyOf(SEED)).update(keep.sealed).digest('hex'));
    is(openKeep(parseKeep(keepText(keep)), 'correct horse'), SEED);
    refuses('cokey.passphrase', () => openKeep(keep, 'correct hors'));
});

test('what is kept is written and read', () => {
    const text = keepText(withAsked(A, B));
    is(keepText(parseKeep(text)), text);
    is(askedBefore(withAsked(A, B), { line: OTHER }).line, A);
    is(askedBefore(withAsked(B), { line: OTHER }), undefined);
    const spoilt = [
        '', 'cokey-keep/2' + text.slice(12), text.slice(0, -1), text + 'x\n', text.replace(' 50 ', ' 0 '), text.replace(' 50 ', ' 99999999 '),
        text.replace('key ', 'key 0'), text.replace('2026-11-21', '2026-02-30'), text.replace('draw-ask/1', 'draw-ask/2'),
    ];
    spoilt.forEach((bad) => refuses(/draw-ask\/2/.test(bad) ? 'cokey.question' : 'cokey.keep', () => parseKeep(bad)));
});

test('a copy forgets nothing, and contradicts nothing', () => {
    is(keepText(joinKeeps(withAsked(A), withAsked(B, A))), keepText(withAsked(A, B)));
    refuses('cokey.asked', () => joinKeeps(withAsked(A), withAsked(OTHER)));
    refuses('cokey.other-key', () => joinKeeps(keep, newKeep(SALT.slice().fill(3, 0, 1), 'correct horse', SALT, 50)));
});

test('what is no question', () => {
    for (const bad of ['', A, A + '\n', A + '\ndraw-order/1\n', A.slice(0, -1), A.toUpperCase(), 'https://x.example/#' + A, B.replace('30', '34')]) {
        refuses('cokey.question', () => parseQuestion(bad));
    }
});

test('a code has its corners, its quiet size, and an end', () => {
    const rows = qrModules(utf8('1'.repeat(369)));
    is(rows.length, 77);
    [[0, 0], [70, 0], [0, 70]].forEach(([x, y]) => is(rows[y].slice(x, x + 7).every(Boolean), true));
    is(rows.every((row) => row.every((dark) => typeof dark === 'boolean')), true);
    is(qrModules(utf8('1'.repeat(666))).length, 97);
    is(qrModules(utf8('1'.repeat(667))), undefined);
});
