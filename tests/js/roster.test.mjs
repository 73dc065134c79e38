// Roster rows to records (rows.md), credit codes (uscc.md), working days (calendar.md).

import { parseDate } from '../../protocol/js/bytes.js';
import { dueDate, makeCalendar } from '../../protocol/js/calendar.js';
import { decodeAttributes, encodeAttributes, freezeRoots } from '../../protocol/js/roster.js';
import { recordsOfRows } from '../../protocol/js/rows.js';
import { judgeUscc } from '../../protocol/js/uscc.js';
import { text } from './files.mjs';
import { is, refuses, test } from './tap.mjs';

// ---- rows

const E = (n) => 'E:9114060200000000' + String(n).padStart(2, '0');
const close = (roster, earlier = null, id = 100n + roster) => ({ table: 'roster_close', id, rev: 1n, roster, earlier });
const object = (changes) => Object.assign({ table: 'object', id: 1n, rev: 1n, roster: 1n, object_id: E(1), tags: '', status: 'in_business',
    risk_class: null, complaints: 0n, inspected_this_year: 0n, last_inspected_on: null, recorded_on: '2021-03-01T09:00:00', inspecting_office: '' }, changes);
const inspector = (changes) => Object.assign({ table: 'inspector', id: 1n, rev: 1n, roster: 1n, insp_id: '140602/A1', quals: '', status: 'active',
    available: 1n, cert_valid_to: null, load0: 0n }, changes);
const at = (rows, version, date = '2021-07-12') => recordsOfRows(rows, version, date);
const one = (changes, date) => at([close(1n), object(changes)], 1n, date).objects[0];

test('the highest revision among the versions that are visible counts (rows-1 to rows-3)', () => {
    const rows = [close(1n), close(2n), close(3n, 1n), close(4n), object({ complaints: 1n }), object({ rev: 2n, roster: 2n, complaints: 2n }),
        object({ rev: 3n, roster: 4n, object_id: E(2), id: 9n })];
    const complaints = (version) => at(rows, version).objects.map((o) => o.id.slice(-1) + ':' + o.complaints).join(' ');
    is(complaints(1n), '1:1');
    is(complaints(2n), '1:2');
    is(complaints(3n), '1:1', 'version 3 goes back to 1');
    is(complaints(4n), '1:1 2:0', 'what the revert hid stays hidden');
    refuses('roster.not-closed', () => at(rows, 5n));
    refuses('roster.earlier', () => at([close(1n), close(2n, 2n)], 2n));
    // The first close of a number counts: the one with the lowest id.
    is(at([close(1n), close(2n, null, 5n), close(2n, 1n, 6n), object({ roster: 2n })], 2n).objects.length, 1);
    is(at([close(1n), object({ id: 5n, complaints: 5n }), object({ id: 4n, complaints: 4n })], 1n).objects[0].complaints, 5);
});

test('columns become fields (rows-5 to rows-7)', () => {
    is(one({ complaints: 70000n }).complaints, 65535);
    is(one({ complaints: -1n }).complaints, 0);
    is(one({ inspected_this_year: 3n }).inspected, 3);
    is(one({ inspected_this_year: 3n }, '2022-01-01').inspected, 0);
    is(one({ inspected_this_year: 3n, last_inspected_on: '2020-12-31' }).inspected, 0);
    is(one({ last_inspected_on: '1970-01-02' }).last, 1);
    is(one({ risk_class: 'D' }).class, 4);
    is(one({ tags: '1,20' }).tags.length, 2);
    for (const [id, changes] of [['roster.tags', { tags: '20,1' }], ['roster.tags', { tags: '1,1' }], ['roster.tags', { tags: '01' }],
        ['roster.tags', { tags: '65536' }], ['roster.class', { risk_class: 'E' }], ['roster.status', { status: 'open' }],
        ['roster.object-id', { object_id: 'E:1' }], ['roster.office', { inspecting_office: 'x' }], ['roster.date', { last_inspected_on: '2021-02-30' }]]) {
        refuses(id, () => one(changes));
    }
});

test('inspectors, marks and recusals (rows-4, rows-8, rows-9)', () => {
    const available = (changes) => at([close(1n), inspector(changes)], 1n).inspectors[0].available;
    is(available({}), 1);
    is(available({ cert_valid_to: '2021-07-12' }), 1);
    is(available({ cert_valid_to: '2021-07-11' }), 0);
    is(available({ status: 'retired' }), 0);
    is(available({ available: 0n }), 0);
    const mark = { table: 'mark', id: 1n, rev: 1n, roster: 1n, object_id: E(1), kind: 1n, reason_code: 2n, scope: '', source: new Uint8Array(32), active: 1n };
    const withdrawn = Object.assign({}, mark, { rev: 2n, active: 0n });
    is(at([close(1n), mark], 1n).marks.length, 1);
    is(at([close(1n), mark, withdrawn], 1n).marks.length, 0);
    refuses('roster.mark', () => at([close(1n), Object.assign({}, mark, { kind: 3n })], 1n));
    refuses('roster.mark', () => at([close(1n), Object.assign({}, mark, { scope: 'a' })], 1n));
    const recusal = { table: 'recusal', id: 1n, rev: 1n, roster: 1n, insp_id: '140602/A1', object_id: E(1), active: 1n };
    is(at([close(1n), recusal], 1n).recusals[0].object, E(1));
});

test('lists of a freeze ascend by their keys; attributes read back', () => {
    const o = one({ tags: '3,9', complaints: 7n, inspecting_office: '140602' });
    is(JSON.stringify(decodeAttributes(encodeAttributes(o))), JSON.stringify({ kind: 1, class: 0, status: 0, complaints: 7, inspected: 0, last: 0, office: '140602', tags: [3, 9] }));
    const roster = { objects: [o, o], marks: [], inspectors: [], recusals: [] };
    refuses('roster.unsorted', () => freezeRoots(roster, new Uint8Array(32)));
});

// ---- credit codes and working days, by the lists of tests/data

function csv(path) {
    return text(path).split('\n').slice(1).filter((line) => line).map((line) => line.match(/("[^"]*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, '').replace(/^"|"$/g, '')));
}

test('the codes of tests/data/uscc-test-vectors.csv', () => {
    for (const [code, expected, reason] of csv('tests/data/uscc-test-vectors.csv')) {
        const got = judgeUscc(code);
        // `normalize`: valid once in normal form; `override`: issued although its check character does not fit.
        is(got.verdict, { normalize: 'valid', override: 'invalid' }[expected] || expected, code);
        if (expected === 'invalid') is(got.reason, reason.replace('_', ' '), code);
    }
    is(judgeUscc('91140225IA0KX0013B').position, 9);
});

test('the due dates of tests/data/workday-test-vectors.csv', () => {
    const days = JSON.parse(text('tests/data/workdays-cn.json'));
    const calendar = makeCalendar({ from: parseDate(days.covered_from), to: parseDate(days.covered_to),
        holidays: days.holidays.map(parseDate), makeups: days.makeup_workdays.map(parseDate) });
    for (const [start, n, due, status] of csv('tests/data/workday-test-vectors.csv')) {
        const got = dueDate(calendar, parseDate(start), Number(n));
        is(got.day, parseDate(due), start);
        is(got.provisional, status === 'provisional', start);
    }
    refuses('calendar.days', () => dueDate(calendar, 20000, 3661));
    refuses('calendar.makeup-weekday', () => makeCalendar({ from: 0, to: 9, holidays: [], makeups: [0] }));
    refuses('calendar.both', () => makeCalendar({ from: 0, to: 9, holidays: [2], makeups: [2] }));
});
