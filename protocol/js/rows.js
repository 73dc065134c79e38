// From roster rows to the records of a freeze (protocol/spec/rows.md). A row is an object by column name, with
// `table` (change.js, rowObject): integers are BigInts, absent values null.

import { compareText, isCode, isName, need, parseDate, parseNumber } from './bytes.js';
import { KIND_LETTERS, ORDERS, isInspectorId, isObjectId } from './roster.js';

const STATUSES = ['in_business', 'suspended', 'deregistered', 'revoked', 'rescinded', 'moved_out']; // rows-5

/** rows-1, rows-2: the versions whose rows count at a closed version. */
export function visibleVersions(rows, version) {
    const closes = new Map();
    for (const row of rows) {
        if (row.table !== 'roster_close') continue;
        const first = closes.get(row.roster);
        if (!first || row.id < first.id) closes.set(row.roster, row);
    }
    const numbers = Array.from(closes.keys()).sort((a, b) => (a < b ? -1 : 1)), visible = new Set();
    for (let at = BigInt(version); at !== undefined;) {
        const close = closes.get(at), here = at;
        need(close !== undefined, 'roster.not-closed', { roster: at });
        if (close.earlier === null) {
            visible.add(at);
            at = numbers.filter((n) => n < here).pop();
        } else {
            need(close.earlier < at, 'roster.earlier', { roster: at });
            at = close.earlier;
        }
    }
    return visible;
}

/** rows-3: of the rows that count and have one key, the one with the highest rev, then the highest id. */
function currentRows(rows, table, columns, visible) {
    const current = new Map();
    for (const row of rows) {
        if (row.table !== table || !visible.has(row.roster)) continue;
        const key = columns.map((column) => String(row[column])).join('\n'), known = current.get(key);
        if (!known || row.rev > known.rev || (row.rev === known.rev && row.id > known.id)) current.set(key, row);
    }
    return Array.from(current.values());
}

/** Counters saturate at the largest value of their width. */
function cut(number, most) {
    return number < 0n ? 0 : number > BigInt(most) ? most : Number(number);
}

/** rows-6: decimals, ascending, joined by commas; empty for none. */
function numberList(text, id, args) {
    const numbers = text === '' ? [] : text.split(',').map((field) => parseNumber(field, 65535));
    need(numbers.length <= 64 && numbers.every((n, i) => n !== undefined && (i === 0 || numbers[i - 1] < n)), id, args);
    return numbers;
}

function objectOf(row, date) {
    const args = { object: row.object_id };
    const status = STATUSES.indexOf(row.status), office = row.inspecting_office;
    need(isObjectId(row.object_id), 'roster.object-id', args);
    need(row.risk_class === null || /^[ABCD]$/.test(row.risk_class), 'roster.class', args);
    need(status >= 0, 'roster.status', args);
    need(office === '' || isCode(office), 'roster.office', args);
    const last = row.last_inspected_on === null ? 0 : parseDate(row.last_inspected_on);
    need(last !== undefined, 'roster.date', args);
    // rows-7: the count belongs to the calendar year of the last inspection, or of the row where that is absent.
    const year = (row.last_inspected_on === null ? row.recorded_on : row.last_inspected_on).slice(0, 4);
    return {
        id: row.object_id, kind: KIND_LETTERS.indexOf(row.object_id[0]) + 1,
        class: row.risk_class === null ? 0 : 'ABCD'.indexOf(row.risk_class) + 1, status,
        complaints: cut(row.complaints, 65535), last, office,
        inspected: year === date.slice(0, 4) ? cut(row.inspected_this_year, 65535) : 0,
        tags: numberList(row.tags, 'roster.tags', args),
    };
}

function inspectorOf(row, date) {
    const args = { inspector: row.insp_id };
    need(isInspectorId(row.insp_id), 'roster.inspector-id', args);
    need(row.cert_valid_to === null || parseDate(row.cert_valid_to) !== undefined, 'roster.date', args);
    const valid = row.cert_valid_to === null || compareText(row.cert_valid_to, date) >= 0; // rows-8
    return {
        id: row.insp_id, quals: numberList(row.quals, 'roster.quals', args),
        available: row.available !== 0n && row.status === 'active' && valid ? 1 : 0, load0: cut(row.load0, 0xffffffff),
    };
}

function markOf(row) {
    const args = { object: row.object_id }, names = row.scope.split('/');
    need(isObjectId(row.object_id), 'roster.object-id', args);
    need(row.kind === 1n || row.kind === 2n, 'roster.mark', args); // rows-9
    need(row.reason_code >= 0n && row.reason_code <= 255n && row.source.length === 32, 'roster.mark', args);
    need(row.scope === '' || (names.length === 2 && names.every(isName)), 'roster.mark', args);
    return {
        id: row.object_id, kind: Number(row.kind), reason: Number(row.reason_code), scope: row.scope,
        source: row.source,
    };
}

function recusalOf(row) {
    need(isInspectorId(row.insp_id), 'roster.inspector-id', { inspector: row.insp_id });
    need(isObjectId(row.object_id), 'roster.object-id', { object: row.object_id });
    return { inspector: row.insp_id, object: row.object_id };
}

/** The records of a freeze (roster.js) that an office's rows make at a closed version, as of a date; in order. */
export function recordsOfRows(rows, version, date) {
    const visible = visibleVersions(rows, version);
    const current = (table, ...columns) => currentRows(rows, table, columns, visible);
    const active = (row) => row.active !== 0n; // rows-4
    return {
        objects: current('object', 'object_id').map((row) => objectOf(row, date)).sort(ORDERS.objects),
        marks: current('mark', 'object_id', 'kind', 'reason_code', 'scope').filter(active).map(markOf)
            .sort(ORDERS.marks),
        inspectors: current('inspector', 'insp_id').map((row) => inspectorOf(row, date)).sort(ORDERS.inspectors),
        recusals: current('recusal', 'insp_id', 'object_id').filter(active).map(recusalOf).sort(ORDERS.recusals),
    };
}
