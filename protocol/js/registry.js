// Which tables travel, and for whom (protocol/spec/registry.md).

import { compare, need, parseNumber, parseUtf8, utf8 } from './bytes.js';
import { sha256 } from './sha2.js';

export const AUDIENCES = [undefined, 'public', 'system', 'restricted']; // numbers of entry-10
export const LANES = ['control', 'plan', 'draw', 'result', 'bulk']; // numbers of entry-6
export const LEVELS = [undefined, 'p', 'c', 'k', 's']; // numbers of cert-2, letters of registry-5

const NAME = /^[a-z][a-z0-9_]{0,30}$/; // registry-3
const KEY = 'office:T:16 id:I rev:I'; // registry-7

function parseColumn(field) {
    const match = /^([^:]+):([IRTBirtb])(?::([0-9]+))?(?::([pd]))?$/.exec(field);
    need(match && NAME.test(match[1]), 'registry.column', { column: field });
    const type = match[2].toUpperCase(); // registry-6
    const sized = type === 'T' || type === 'B';
    need(sized === (match[3] !== undefined), 'registry.column', { column: field });
    const max = sized ? parseNumber(match[3], 1048576) : undefined;
    need(!sized || max >= 1, 'registry.column', { column: field });
    return { name: match[1], type, max, nullable: match[2] !== type, mark: match[4] };
}

function parseTable(line) {
    const [word, name, audience, lane, levels, ...columns] = line.split(' ');
    need(word === 'table' && levels !== undefined, 'registry.line', { line });
    need(NAME.test(name) && !name.startsWith('sqlite_'), 'registry.table-name', { name }); // registry-3
    need(AUDIENCES.indexOf(audience) > 0, 'registry.audience', { audience }); // registry-4
    need(LANES.includes(lane), 'registry.lane', { lane });
    need(/^(?:p?c?k?s?|P?C?K?S?)$/.test(levels) && levels !== '', 'registry.levels', { levels }); // registry-5
    need(columns.length >= 3 && columns.length <= 48, 'registry.columns', { have: columns.length }); // registry-7
    need(columns.slice(0, 3).join(' ') === KEY, 'registry.key', { table: name });
    const parsed = columns.map(parseColumn);
    need(new Set(parsed.map((c) => c.name)).size === parsed.length, 'registry.column-twice', { table: name });
    // registry-11: "A public table has no column `:p`".
    need(audience !== 'public' || parsed.every((c) => c.mark !== 'p'), 'registry.personal', { table: name });
    // registry-5: "all of them capitals when its records are written once".
    const once = levels === levels.toUpperCase();
    return { name, audience: AUDIENCES.indexOf(audience), lane: LANES.indexOf(lane), levels: levels.toLowerCase(), once,
        columns: parsed };
}

/** {version, hash, tables (a Map by name)} of a registry's text. */
export function parseRegistry(bytes) {
    need(bytes.length <= 131072, 'registry.too-long', { have: bytes.length }); // registry-1
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'registry.line');
    const [head, ...lines] = text.slice(0, -1).split('\n');
    const version = head.startsWith('qian-registry/') ? parseNumber(head.slice(14), 65535) : undefined;
    need(version !== undefined, 'registry.head');
    need(lines.length >= 1 && lines.length <= 256, 'registry.tables', { have: lines.length }); // registry-2
    const tables = new Map();
    let before;
    for (const table of lines.map(parseTable)) {
        const name = utf8(table.name);
        need(before === undefined || compare(before, name) < 0, 'registry.order', { table: table.name });
        before = name;
        tables.set(table.name, table);
    }
    return { version, hash: sha256(bytes), tables };
}

export function encodeRegistry({ version, tables }) {
    const column = ({ name, type, max, nullable, mark }) => (
        name + ':' + (nullable ? type.toLowerCase() : type) + (max === undefined ? '' : ':' + max) +
        (mark === undefined ? '' : ':' + mark));
    const levels = (table) => (table.once ? table.levels.toUpperCase() : table.levels);
    const lines = Array.from(tables.values(), (table) => ['table', table.name, AUDIENCES[table.audience],
        LANES[table.lane], levels(table), ...table.columns.map(column)].join(' '));
    return utf8(['qian-registry/' + version, ...lines].map((line) => line + '\n').join(''));
}
