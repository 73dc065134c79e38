// Changesets of SQLite's session extension that hold INSERTs only (protocol/spec/changeset.md), read without
// SQLite; and who may write what (authority.md).

import { concat, fail, isCode, latin, need, parseOrigin, parseUtf8, Reader, u8, utf8 } from './bytes.js';
import { SEQ_END } from './entry.js';
import { LEVELS } from './registry.js';

export const CHANGESET_MAX = 1048576;
export const ROWS_MAX = 5000; // changeset-13
const INSERT = 0x12, UPDATE = 0x17, DELETE = 0x09;
const TABLE = 0x54;
const TYPES = { 1: 'I', 2: 'R', 3: 'T', 4: 'B' };

/** changeset-3. */
function readVarint(reader) {
    let value = 0;
    for (let n = 1; ; n++) {
        const byte = reader.u8();
        need(n <= 5 && !(n === 1 && byte === 0x80), 'change.varint');
        value = value * 128 + (byte & 0x7f);
        if (byte < 0x80) break;
        need(n < 5, 'change.varint');
    }
    need(value <= 0x7fffffff, 'change.varint');
    return value;
}

function varint(value) {
    const groups = [value & 0x7f];
    for (value >>>= 7; value > 0; value >>>= 7) groups.unshift(value & 0x7f | 0x80);
    return Uint8Array.from(groups);
}

/** changeset-5 to changeset-7: the head of a table, up to its first row. */
function readTableHead(reader, registry, lane, audience, seen) {
    const n = readVarint(reader);
    const flags = reader.take(n);
    const end = reader.bytes.indexOf(0, reader.at);
    need(end >= 0, 'change.cut');
    const name = latin(reader.take(end - reader.at));
    reader.u8();
    const table = registry.tables.get(name);
    need(table !== undefined, 'change.table', { table: name });
    need(table.audience === audience, 'change.audience', { table: name }); // changeset-6
    need(table.lane === lane, 'change.lane', { table: name });
    need(!seen.has(name), 'change.table-twice', { table: name }); // changeset-7
    seen.add(name);
    need(n === table.columns.length, 'change.columns', { table: name, have: n });
    need(flags.every((flag, i) => flag === (i < 3 ? i + 1 : 0)), 'change.key', { table: name });
    need(reader.left > 0 && reader.bytes[reader.at] !== TABLE, 'change.no-rows', { table: name });
    return table;
}

/** changeset-4, changeset-10. */
function readBytes(reader, column) {
    const length = readVarint(reader);
    need(length <= reader.left, 'change.cut');
    need(length <= column.max, 'change.long', { column: column.name, have: length });
    return reader.take(length);
}

function readValue(reader, column, isKey) {
    const typeByte = reader.u8();
    need(typeByte >= 1 && typeByte <= 5, 'change.type-byte', { column: column.name }); // changeset-9
    if (typeByte === 5) {
        need(column.nullable && !isKey, 'change.null', { column: column.name });
        return null;
    }
    need(TYPES[typeByte] === column.type, 'change.type', { column: column.name });
    switch (column.type) {
    case 'I':
        return BigInt.asIntN(64, reader.u64());
    case 'R': {
        const value = reader.view.getFloat64(reader.advance(8));
        need(Number.isFinite(value), 'change.real', { column: column.name }); // changeset-11
        return value;
    }
    case 'B':
        return readBytes(reader, column);
    default: {
        const text = parseUtf8(readBytes(reader, column));
        need(text !== undefined, 'change.text', { column: column.name }); // changeset-10
        return text;
    }
    }
}

function readRow(reader, table) {
    // A row that ends behind its first byte ends early, whatever that byte says.
    const operation = reader.u8(), indirect = reader.u8();
    need(operation !== UPDATE, 'change.update', { table: table.name }); // changeset-8
    need(operation !== DELETE, 'change.delete', { table: table.name });
    need(operation === INSERT, 'change.operation', { table: table.name });
    need(indirect === 0, 'change.indirect', { table: table.name });
    const values = table.columns.map((column, i) => readValue(reader, column, i < 3));
    const [, id, rev] = values; // judged behind the last value: changeset-23
    need(id >= 1n << 51n, 'change.id', { id }); // changeset-12
    need(rev >= 1n && rev <= 0x7fffffffn, 'change.rev', { rev });
    return { table, values };
}

/** The rows of a part, in their order: [{table, values}]. Integers are BigInts, blobs Uint8Arrays, NULL null. */
export function decodeChangeset(bytes, registry, { lane, audience, rowsMax = ROWS_MAX }) {
    need(bytes.length > 0, 'change.empty'); // changeset-1
    need(bytes.length <= CHANGESET_MAX, 'change.too-long', { have: bytes.length });
    need(bytes[0] !== 0x50, 'change.patchset'); // changeset-2
    need(bytes[0] === TABLE, 'change.start');
    const reader = new Reader(bytes, 'change.cut'), rows = [], seen = new Set();
    let table;
    while (reader.left > 0) {
        if (bytes[reader.at] === TABLE) {
            reader.u8();
            table = readTableHead(reader, registry, lane, audience, seen);
        } else {
            need(rows.length < rowsMax, 'change.rows', { most: rowsMax }); // changeset-13
            rows.push(readRow(reader, table));
        }
    }
    return rows;
}

function encodeValue(value, column) {
    if (value === null) return u8(5);
    const number = new DataView(new ArrayBuffer(8));
    switch (column.type) {
    case 'I':
        number.setBigInt64(0, value);
        return concat(u8(1), new Uint8Array(number.buffer));
    case 'R':
        number.setFloat64(0, value);
        return concat(u8(2), new Uint8Array(number.buffer));
    default: {
        const bytes = column.type === 'T' ? utf8(value) : value;
        return concat(u8(column.type === 'T' ? 3 : 4), varint(bytes.length), bytes);
    }
    }
}

/** The changeset that these rows came from: a table begins wherever the row before is of another one. */
export function encodeChangeset(rows) {
    const out = [];
    let before;
    for (const { table, values } of rows) {
        if (table !== before) {
            const n = table.columns.length;
            out.push(u8(TABLE), varint(n), u8(1, 2, 3), new Uint8Array(n - 3), utf8(table.name), u8(0));
            before = table;
        }
        out.push(u8(INSERT, 0), ...values.map((value, i) => encodeValue(value, table.columns[i])));
    }
    return concat(...out);
}

/** A row as an object by column name, with its table's name in `table`. */
export function rowObject({ table, values }) {
    const out = { table: table.name };
    table.columns.forEach((column, i) => {
        out[column.name] = values[i];
    });
    return out;
}

/** changeset-14 to changeset-18, changeset-22: refuses a row that the signer of the header may not write. */
export function authorise({ table, values }, header, cert) {
    const [office, id, rev] = values, denied = (ruleId) => fail('denied', ruleId, { table: table.name, office });
    if (office !== cert.office) denied('authority.office'); // changeset-14
    if (!table.levels.includes(LEVELS[cert.level])) denied('authority.level'); // changeset-15
    if (table.lane !== header.lane) denied('authority.lane'); // changeset-16
    if (!(cert.lanes >> table.lane & 1)) denied('authority.grant');
    const place = id >> 16n; // epoch and seq of the id, comparable in one
    const here = BigInt(cert.epoch) << 35n | BigInt(header.seq);
    if (table.once && rev !== 1n) denied('authority.once'); // changeset-22
    if (rev === 1n && place !== here) denied('authority.id-new'); // changeset-17
    if (rev > 1n && place > here) denied('authority.id-later'); // changeset-18
}

/** cursors-12, cursors-14, recovery-19: whether a row of `supersede`, `waiver` or `abandoned` may name this entry.
 *  header, cert: of the row's entry; subject: the certificate of the named log's office and epoch, for a waiver. */
export function authoriseSkip(table, { origin, seq }, header, cert, subject) {
    const log = parseOrigin(origin), number = BigInt(seq);
    const place = log && log.deployment === cert.deployment && number >= 0n && number < BigInt(SEQ_END);
    const may = {
        supersede: () => log.office === cert.office &&
            (log.epoch < cert.epoch || (log.epoch === cert.epoch && number < BigInt(header.seq))),
        waiver: () => log.office === subject.office && log.epoch === subject.epoch && subject.issuer === cert.office,
        abandoned: () => log.office === cert.office && log.epoch < cert.epoch,
    };
    if (!place || !may[table]()) fail('denied', 'authority.' + table, { seq });
}

/** cursors-23: whether a row of `redaction` may name this part. above: the offices above the named one. */
export function authoriseRedaction({ origin, seq, part }, header, cert, above) {
    const log = parseOrigin(origin), number = BigInt(seq), at = BigInt(part);
    const place = log && log.deployment === cert.deployment && number >= 0n && number < BigInt(SEQ_END) &&
        at >= 0n && at < 256n;
    const before = () => log.epoch < cert.epoch || (log.epoch === cert.epoch && number < BigInt(header.seq));
    const may = place && (log.office === cert.office ? before() : above.includes(cert.office));
    if (!may) fail('denied', 'authority.redaction', { seq });
}

/** cursors-28: whether the signer may have `holder` forget `subject`. given: it gave holder a certificate. */
export function authorisePurge({ holder, subject }, cert, given) {
    const codes = isCode(holder) && isCode(subject);
    if (!given || !codes || new Set([holder, subject, cert.office]).size !== 3) fail('denied', 'authority.purge', {});
}
