// Who may write what: the questions of authority.md in their order, and ids of rows (entry-17, entry-18).

import { authorise } from '../../protocol/js/change.js';
import { parseRowId, printRowId, rowId } from '../../protocol/js/entry.js';
import { parseRegistry } from '../../protocol/js/registry.js';
import { file } from './files.mjs';
import { is, refuses, test, verdictOf } from './tap.mjs';

const { tables } = parseRegistry(file('protocol/registry-1.txt'));
const header = { lane: 3, seq: 50 }, cert = { office: '140602', epoch: 2, level: 3, lanes: 31 };
const id = (epoch, seq, n = 0) => rowId({ epoch, seq, n });
const row = (table, office, rowsId, rev) => ({ table: tables.get(table), values: [office, rowsId, rev] });
const RESULT = 'inspection_result';

for (const [name, want, table, office, rowsId, rev, changes] of [
    ['a record made here', 'ok', RESULT, '140602', id(2, 50, 65535), 1n],
    ['an older record revised', 'ok', RESULT, '140602', id(2, 49), 2n],
    ['a record of an earlier epoch revised', 'ok', RESULT, '140602', id(1, 2 ** 35 - 1), 2n],
    ['a record revised where it was made', 'ok', RESULT, '140602', id(2, 50), 2n],
    ['another office\'s row', 'authority.office', RESULT, '140622', id(2, 50), 1n],
    ['a table of another level', 'authority.level', 'consolidated', '140602', id(2, 50), 1n],
    ['a table of another lane', 'authority.lane', 'slot', '140602', id(2, 50), 1n],
    ['business that was not given', 'authority.grant', RESULT, '140602', id(2, 50), 1n, { lanes: 23 }],
    ['a new record with an older id', 'authority.id-new', RESULT, '140602', id(2, 49), 1n],
    ['a new record with another epoch', 'authority.id-new', RESULT, '140602', id(1, 50), 1n],
    ['a revision of what comes later', 'authority.id-later', RESULT, '140602', id(2, 51), 2n],
    ['a revision of a later epoch', 'authority.id-later', RESULT, '140602', id(3, 0), 2n],
]) {
    test(name + ': ' + want, () => {
        is(verdictOf(() => authorise(row(table, office, rowsId, rev), header, Object.assign({}, cert, changes))), want);
    });
}

test('an act is written once (changeset-22)', () => {
    const draw = { lane: 2, seq: 50 };
    authorise(row('draw_result', '140602', id(2, 50), 1n), draw, cert);
    refuses('authority.once', () => authorise(row('draw_result', '140602', id(2, 49), 2n), draw, cert));
});

test('row ids print as decimals and read back', () => {
    is(id(1, 0), 1n << 51n);
    is(id(4095, 2 ** 35 - 1, 65535), (1n << 63n) - 1n);
    is(printRowId(id(1, 45, 7)), '1-45-7');
    is(parseRowId('4095-34359738367-65535'), (1n << 63n) - 1n);
    for (const bad of ['0-1-1', '4096-1-1', '1-34359738368-0', '1-1-65536', '1-01-1', '1-1', '1-1-1-1', '']) {
        refuses('entry.row-id', () => parseRowId(bad));
    }
});
