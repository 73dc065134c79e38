// The texts of a draw, slot rules, registries, receipts: what is right is written again to the same bytes, and what
// each rule forbids is refused.

import { toHex, utf8 } from '../../protocol/js/bytes.js';
import { parseReceipt, receiptText } from '../../protocol/js/frame.js';
import { EMPTY_ROOT } from '../../protocol/js/merkle.js';
import { encodeRegistry, parseRegistry } from '../../protocol/js/registry.js';
import { isInspectorId, isObjectId } from '../../protocol/js/roster.js';
import { encodeRules, parseRules } from '../../protocol/js/rules.js';
import {
    encodeException, encodeFreeze, encodeOrder, encodePairs, encodeRelease, encodeResult, parseException, parseFreeze, parseOrder, parsePairs,
    parseRelease, parseResult,
} from '../../protocol/js/texts.js';
import { file } from './files.mjs';
import { is, test, verdictOf } from './tap.mjs';

const H1 = '11'.repeat(32), H2 = '22'.repeat(32), H3 = '33'.repeat(32), NONE = toHex(EMPTY_ROOT), PI = 'ab'.repeat(80);
const CITY = 'shanxi.example/140600/1', COUNTY = 'shanxi.example/140602/1';

const freeze = `draw-freeze/1
${COUNTY}
roster 3 17
date 2021-07-12
objects 5 ${H1}
marks 0 ${NONE}
inspectors 2 ${H2}
recusals 0 ${NONE}
register ${CITY} 77
source ${CITY} 9 ${H3}
`;
const order = `draw-order/1
${CITY}
office ${COUNTY}
slot 140600 2021 10 1 both ${H1}
slot 140600 2021 9 1 both ${H1}
attempt 0 supp 1
level witnessed
freeze ${COUNTY} 4 ${H1} 9 ${H2}
vrf 03 ${H3}
vrf 03 ${H1}
vrf 03 ${H2}
beacon ssq 2021080
exc ${COUNTY} 3 ${H1}
window 2021-07-12 2021-07-12
nonce ${H1}
`;
const result = `draw-result/1
${COUNTY}
order ${CITY} 8 ${H1}
freeze ${COUNTY} 4 ${H1}
seen ${CITY} 9 ${H2}
beacon ssq 2021080 01 05 12 18 22 30+07
vrf ${H3} ${PI}
stratum 1 1 10 5 2 ${H1}
stratum 1 10 3 0 0 -
stratum 2 1 0 0 0 -
selected 1 3 ${H2}
selected 2 0 ${NONE}
`;
const release = `draw-release/1
${COUNTY}
part ${COUNTY} 10 0
part ${COUNTY} 9 1
`;
const E1 = 'E:91140600MA0GRYH60X', E2 = 'I:140602600123456';
const pairs = `draw-pairs/1
${COUNTY}
order ${H1}
visit 1,2 ${E1} 0:140602/A01 1:-
visit 2 ${E2} 0:140602/A:2 1:140602/签3
`;
const appointment = `draw-exc/1
${COUNTY}
draw ${COUNTY} 9 ${H1}
appoint 1 ${E1} 140622/JS009 2021-08-20
reason neighbour_pool
evidence -
next -
`;
const exc = `draw-exc/1
${COUNTY}
draw ${COUNTY} 9 ${H1}
absence 2 ${E1} 140602/A01 2021-08-20
reason sick
evidence ${H2}
next 140602/A02
`;
const rules = `draw-rules/1
slot 140600 2021 21 1
type both
population and(eq(kind,1),not(eq(status,1)))
stratum 1 5/100 1 or(ge(class,3),has(tag,65535))
stratum 7 0/1 0 true
total count 12
must 1,2
exclude -
cap 2
role 1 1 3,5
role 2 1 -
pool 2
load 40
age 30
witness 24
return 10
supp 3
level offline
`;
const receipt = `qian-receipt/1
from ${CITY}
for ${COUNTY}
headers 9 ${H1}
time 1626000000
lane 0 9 9
lane 1 9 8
lane 2 0 0
lane 3 9 0
lane 4 1 1
refused 3 change.text
held 4 entry.dep
held 8 cert.not-covered
`;

// [text, reader to bytes, what makes it wrong: [what is replaced, by what]].
const TABLES = {
    freeze: [freeze, (b) => encodeFreeze(parseFreeze(b)), [
        ['freeze/1', 'freeze/2'], ['roster 3', 'roster 03'], ['2021-07-12', '2021-02-29'], ['2021-07-12', '1969-12-31'],
        [`marks 0 ${NONE}`, `marks 0 ${H1}`], ['objects 5', 'objects  5'], [`register ${CITY} 77`, 'register'],
        [`source ${CITY} 9`, `source ${COUNTY} 9`], ['9 ' + H3, '0 ' + H3],
        [`source ${CITY} 9 ${H3}\n`, `source ${CITY} 9 ${H3}\nsource ${CITY} 9 ${H3}\n`],
        [`source ${CITY} 9 ${H3}\n`, `source ${CITY} 9 ${H2}\nsource ${CITY} 9 ${H3}\n`],
        [H1, H1.toUpperCase().replace('11', 'AA')], ['shanxi.example/140602/1', 'shanxi.example/140602/0'],
    ]],
    order: [order, (b) => encodeOrder(parseOrder(b)), [
        ['2021 10 1 both', '2021 10 0 both'], ['2021 10 1 both', '2021 10 1 pairs'], ['2021 10 1', '2021 91 1'],
        ['2021 10 1 both', '2021 9 1 both'], ['supp 1', 'supp 0'], ['level witnessed', 'level unwitnessed'],
        [`freeze ${COUNTY} 4 ${H1} 9 ${H2}`, 'freeze -'], ['4 ' + H1 + ' 9', '9 ' + H1 + ' 9'],
        [`freeze ${COUNTY}`, `freeze ${CITY}`], ['vrf 03 ' + H1, 'vrf 03 ' + H3], ['vrf 03 ' + H2, 'vrf 03 ' + H1],
        ['vrf 03 ' + H3, 'vrf 3 ' + H3], [`vrf 03 ${H1}\nvrf 03 ${H2}`, `vrf 03 ${H2}\nvrf 03 ${H1}`],
        ['ssq 2021080', 'ssq 202108'], ['ssq', 'dlt'], ['window 2021-07-12', 'window 2021-07-13'],
        [`office ${COUNTY}`, `office ${CITY}`], ['nonce ' + H1, 'nonce ' + H1 + ' '], ['attempt 0', 'attempt 4294967296'],
        ['slot 140600 2021 9 1 both ' + H1 + '\n', 'slot 140600 2021 9 1 both ' + H1 + '\nlist ' + CITY + ' 1 ' + H1 + '\n'],
    ]],
    result: [result, (b) => encodeResult(parseResult(b)), [
        ['seen ' + CITY + ' 9', 'seen ' + CITY + ' 8'], ['01 05', '05 05'], ['+07', '+17'], ['01 05', '00 05'],
        ['stratum 1 10', 'stratum 1 1'], ['stratum 1 10', 'stratum 1 256'], ['10 5 2', '10 11 2'], ['10 5 2', '10 1 2'],
        [`5 2 ${H1}`, '5 2 -'], ['3 0 0 -', '3 0 0 ' + H1], ['selected 1 3', 'selected 1 1'], ['selected 2', 'selected 3'],
        ['stratum 2 1 0 0 0 -\n', ''], [`selected 2 0 ${NONE}\n`, ''], [PI, PI.slice(2)], ['vrf ' + H3, 'vrf 03 ' + H3],
    ]],
    release: [release, (b) => encodeRelease(parseRelease(b)), [
        [`${COUNTY} 9 1`, `${COUNTY} 10 0`], ['9 1', '9 65536'], [`part ${COUNTY} 10 0\npart ${COUNTY} 9 1\n`, ''],
        ['part ' + COUNTY + ' 9', 'part ' + COUNTY + ' 09'],
    ]],
    exc: [exc, (b) => encodeException(parseException(b)), [
        ['absence 2', 'void 2'], ['absence 2', 'absence 0'], ['absence 2', 'absence 17'], ['absence', 'cancel'], [E1, 'X:1'],
        [`${E1} 140602/A01`, `${E1} -`], ['2021-08-20', '2021-08-32'], ['reason sick', 'reason very sick'], ['draw ' + COUNTY, 'draw ' + CITY],
        ['evidence ' + H2, 'evidence 1'], ['next 140602/A02\n', ''], ['next 140602/A02', 'next 140602/A02 140602/A03'],
    ]],
    appointment: [appointment, (b) => encodeException(parseException(b)), [
        ['next -', 'next 140622/JS010'], ['140622/JS009', '-'], ['appoint 1', 'void 1'],
    ]],
    pairs: [pairs, (b) => encodePairs(parsePairs(b)), [
        ['1,2', '2,1'], ['1,2', '1,1'], ['1,2', '-'], ['1:-', '2:-'], ['0:140602/A01', '0:'], [E2, E1],
        [' 0:140602/A01 1:-', ''], ['visit 2', 'visit 17'], [E1, 'X:1'],
    ]],
    rules: [rules, (b) => encodeRules(parseRules(b)), [
        ['5/100', '101/100'], ['5/100', '5/0'], ['stratum 7', 'stratum 1'], ['stratum 7', 'stratum 256'], ['must 1,2', 'must 2,1'],
        ['must 1,2', 'must 0'], ['cap 2', 'cap 0'], ['role 2 1 -', 'role 2 1 3,5'], ['role 2 1 -', 'role 2 4 -'],
        ['role 2 1 -\n', ''], ['has(tag,65535)', 'has(tag,65536)'], ['eq(kind,1)', 'eq(kind, 1)'], ['eq(kind,1)', 'eq(age,1)'],
        ['eq(kind,1)', 'eq(kind,4294967296)'], ['true\n', 'true()\n'], ['true\n', 'not(true\n'],
        ['total count 12', 'total 1/2/3'], ['2021 21 1', '2021 21 0'], ['type both', 'type all'],
        ['true\n', 'not('.repeat(16) + 'true' + ')'.repeat(16) + '\n'],
    ]],
    receipt: [receipt, (b) => utf8(receiptText(parseReceipt(new TextDecoder().decode(b)))), [
        ['for ' + COUNTY, 'for ' + CITY], ['lane 1 9 8', 'lane 1 9 10'], ['lane 0 9 9', 'lane 0 10 9'], ['held 8', 'held 9'],
        ['held 8', 'held 4'], ['change.text', 'Change.text'], ['lane 4 1 1\n', ''], ['time 1626000000', 'time 253402300800'],
        ['refused 3 change.text\nheld 4 entry.dep\n', 'held 4 entry.dep\nrefused 3 change.text\n'],
        ['change.text', 'a'.repeat(48)],
    ]],
};

for (const name of Object.keys(TABLES)) {
    const [text, again, wrongs] = TABLES[name];
    test(name + ': written again', () => is(again(utf8(text)), utf8(text)));
    test(name + ': ' + wrongs.length + ' texts that are wrong in one place', () => {
        for (const [from, to] of wrongs) {
            is(text.includes(from), true, from);
            is(verdictOf(() => again(utf8(text.replace(from, to)))) === 'ok', false, from + ' -> ' + to);
        }
    });
    test(name + ': a line less, twice, or behind the last, a blank, no last newline', () => {
        const lines = text.split('\n').slice(0, -1);
        is(verdictOf(() => again(utf8(text.slice(0, -1)))) === 'ok', false);
        is(verdictOf(() => again(utf8(text + '\n'))) === 'ok', false);
        is(verdictOf(() => again(utf8(text + 'x\n'))) === 'ok', false);
        is(verdictOf(() => again(utf8(text.replace(/\n/g, '\r\n')))) === 'ok', false);
        is(verdictOf(() => again(utf8(''))) === 'ok', false);
        for (let i = 0; i < lines.length; i++) {
            const twice = lines.slice(0, i + 1).concat(lines.slice(i)).map((line) => line + '\n').join('');
            // No rule of the DRAW text alone forbids a key twice; public-8 compares with the order's keys.
            if (name !== 'result' || !lines[i].startsWith('vrf ')) is(verdictOf(() => again(utf8(twice))) === 'ok', false, 'twice: ' + lines[i]);
            const blank = lines.map((line, at) => (at === i ? line + ' ' : line) + '\n').join('');
            is(verdictOf(() => again(utf8(blank))) === 'ok', false, 'a blank behind: ' + lines[i]);
        }
    });
}

test('the registry of version 1, and what makes it wrong', () => {
    const bytes = file('protocol/registry-1.txt'), text = new TextDecoder().decode(bytes);
    const registry = parseRegistry(bytes);
    is(registry.version, 1);
    is(encodeRegistry(registry), bytes);
    is(registry.tables.get('draw_order').columns.length, 12);
    for (const [from, to] of [['qian-registry/1', 'qian-registry/65536'], ['public plan pck', 'public plan kcp'], ['public control PCK', 'public control PcK'], ['id:I', 'id:i'],
        ['list:T:32', 'list:T:0'], ['list:T:32', 'list:T:1048577'], ['list:T:32', 'list:T'], ['table code', 'table sqlite_x'],
        ['table code', 'table code2 public'], ['table code', 'table zzz'], ['code:T:32', 'list:T:32'], ['subject:T', 'subject:X']]) {
        is(text.includes(from), true, from);
        is(verdictOf(() => parseRegistry(utf8(text.replace(from, to)))) === 'ok', false, from + ' -> ' + to);
    }
});

test('ids of objects and inspectors (roster-11 to roster-16)', () => {
    for (const id of [E1, E2, 'T:GB/T19001-2016', 'P:140602600123456/ABC-1', 'O:140602/X1', 'L:91140600MA0GRYH60X/场所(1)']) {
        is(isObjectId(id), true, id);
    }
    for (const id of ['', 'E:', 'E:91140600MA0GRYH60I', 'E:9114', 'T:a', 'T:x y', 'T:', 'P:140602600123456', 'P:140602600123456/',
        'O:140602/', 'O:140602/x', 'Z:1', 'T:GB／T1', 'T:１', 'L:140602600123456/a', 'T:' + 'A'.repeat(129)]) {
        is(isObjectId(id), false, id);
    }
    is(isInspectorId('140602/晋A 1'), false);
    is(isInspectorId('140602/晋A1'), true);
    for (const number of ['晋a1', '晋A\u200b1', '晋A1\u0332', '晋A\ufe631', '晋Ａ1', ''])
        is(isInspectorId('140602/' + number), false, number);
});
