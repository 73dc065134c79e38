// The texts of a draw: FREEZE, ORDER, DRAW, RELEASE, EXC and the pairs (protocol/spec/draw-texts.md). Indexes, sizes and
// counts are BigInts. Each has a parser of its bytes and a writer; what was read writes again to the same bytes.

import { compare, compareText, equal, isCode, parseOrigin, toHex, utf8 } from './bytes.js';
import { Lines, listText } from './lines.js';
import { EMPTY_ROOT } from './merkle.js';
import { isObjectId } from './roster.js';
import { LEVELS, TYPES } from './rules.js';
import { sha256 } from './sha2.js';

const TEXT_MAX = 1048576; // texts-1
const U16_MAX = 65535;

const join = (...fields) => fields.join(' ');
const leafText = ({ origin, index, hash }) => join(origin, index, toHex(hash));
const headText = ({ origin, size, root }) => join(origin, size, toHex(root));
const encode = (lines) => utf8(lines.map((line) => line + '\n').join(''));

/** A field or fields, or `-` for none. */
function orNone(lines, word, count, read) {
    const fields = lines.fields(word, 1, count);
    if (fields.length === 1 && fields[0] === '-') return undefined;
    lines.need(fields.length === count, word);
    return read(fields);
}

function sameOffice(a, b) {
    const [x, y] = [parseOrigin(a), parseOrigin(b)];
    return x.deployment === y.deployment && x.office === y.office;
}

// ---- FREEZE (texts-5 to texts-8)

const LISTS = ['objects', 'marks', 'inspectors', 'recusals'];

export function parseFreeze(bytes) {
    const lines = new Lines(bytes, 'freeze', TEXT_MAX);
    lines.head('draw-freeze/1');
    const freeze = { origin: lines.origin(lines.whole('office'), 'office') };
    const [roster, seq] = lines.fields('roster', 2);
    freeze.roster = lines.number64(roster, 'roster');
    freeze.seq = lines.number64(seq, 'roster');
    freeze.date = lines.date(lines.fields('date', 1)[0], 'date');
    for (const list of LISTS) {
        const [count, root] = lines.fields(list, 2);
        freeze[list] = { count: lines.number64(count, list), root: lines.hex(root, 32, list) };
        // texts-6: "a list of count 0 has the root of no leaves".
        lines.need(freeze[list].count > 0n || equal(freeze[list].root, EMPTY_ROOT), 'empty-root');
    }
    freeze.register = orNone(lines, 'register', 2, ([origin, snapshot]) => (
        { origin: lines.origin(origin, 'register'), snapshot: lines.number64(snapshot, 'register') }));
    const texts = [];
    freeze.sources = lines.every('source', 3, 0, 4096, (fields, line) => {
        texts.push(line);
        return lines.treeHead(fields, 'source');
    });
    lines.ascending(texts, compareText, 'order');
    const origins = freeze.sources.map((source) => source.origin);
    // texts-7: "A source is another log, named once, with a size from 1."
    lines.need(new Set(origins).size === origins.length && !origins.includes(freeze.origin), 'source-twice');
    lines.need(freeze.sources.every((source) => source.size >= 1n), 'source');
    lines.end();
    return freeze;
}

export function encodeFreeze(freeze) {
    return encode([
        'draw-freeze/1', freeze.origin, join('roster', freeze.roster, freeze.seq), join('date', freeze.date),
        ...LISTS.map((list) => join(list, freeze[list].count, toHex(freeze[list].root))),
        'register ' + (freeze.register ? join(freeze.register.origin, freeze.register.snapshot) : '-'),
        ...freeze.sources.map((source) => 'source ' + headText(source)),
    ]);
}

// ---- ORDER (texts-9 to texts-15)

function readSlot(lines, [issuer, series, task, round, type, hash]) {
    return {
        issuer: lines.code(issuer, 'slot'), series: lines.name(series, 'slot'), task: lines.name(task, 'slot'),
        round: lines.number32(round, 'slot', 1), type: lines.oneOf(type, TYPES, 'slot'),
        rulesHash: lines.hex(hash, 32, 'slot'),
    };
}

const slotKey = (slot) => join(slot.issuer, slot.series, slot.task, slot.round);

function readSlots(lines) {
    const texts = [];
    const slots = lines.every('slot', 6, 1, 16, (fields, line) => {
        texts.push(line);
        return readSlot(lines, fields);
    });
    lines.ascending(texts, compareText, 'order');
    lines.need(slots.every((slot) => slot.type === slots[0].type), 'slot-types'); // texts-10
    lines.need(new Set(slots.map(slotKey)).size === slots.length, 'slot-twice');
    return slots;
}

function readOrderFreeze(lines, order) {
    order.freeze = orNone(lines, 'freeze', 5, (fields) => {
        const freeze = lines.leaf(fields, 'freeze');
        freeze.size = lines.number64(fields[3], 'freeze');
        freeze.root = lines.hex(fields[4], 32, 'freeze');
        return freeze;
    });
    // texts-11.
    lines.need((order.freeze === undefined) === (order.level === 'unwitnessed'), 'freeze-level');
    if (order.freeze) {
        lines.need(order.freeze.index < order.freeze.size, 'freeze-size');
        lines.need(sameOffice(order.freeze.origin, order.office), 'freeze-office');
    }
}

/** `vrf 03 <pk>`; texts-12. */
function readOrderKeys(lines) {
    const keys = lines.every('vrf', 2, 1, 3, ([suite, key]) => {
        lines.need(suite === '03', 'vrf');
        return lines.hex(key, 32, 'vrf');
    });
    lines.ascending(keys.slice(1), compare, 'key-order');
    lines.need(keys.slice(1).every((key) => !equal(key, keys[0])), 'key-twice');
    return keys;
}

function readExceptions(lines, supp) {
    const texts = [];
    const exceptions = lines.every('exc', 3, 0, 64, (fields, line) => {
        texts.push(line);
        return lines.leaf(fields, 'exc');
    });
    lines.ascending(texts, compareText, 'order');
    lines.need(exceptions.length === 0 || supp > 0, 'exc-supp');
    return exceptions;
}

/** The order of a note's text; `id` is its order_id (texts-9). */
export function parseOrder(bytes) {
    const lines = new Lines(bytes, 'order', TEXT_MAX);
    lines.head('draw-order/1');
    const order = { id: sha256(bytes), parent: lines.origin(lines.whole('parent'), 'parent') };
    order.office = lines.origin(lines.fields('office', 1)[0], 'office');
    order.slots = readSlots(lines);
    order.type = order.slots[0].type;
    const listed = order.type === 'pairs' ? order.slots.length : 0;
    order.lists = lines.every('list', 3, listed, listed, (fields) => lines.leaf(fields, 'list'));
    const [attempt, word, supp] = lines.fields('attempt', 3);
    lines.need(word === 'supp', 'attempt');
    order.attempt = lines.number32(attempt, 'attempt');
    order.supp = lines.number32(supp, 'attempt');
    order.level = lines.oneOf(lines.fields('level', 1)[0], LEVELS, 'level');
    readOrderFreeze(lines, order);
    order.keys = readOrderKeys(lines);
    order.beacon = orNone(lines, 'beacon', 2, ([source, event]) => {
        lines.need(source === 'ssq' && /^[0-9]{7}$/.test(event), 'beacon'); // texts-13
        return { source, event };
    });
    order.exceptions = readExceptions(lines, order.supp);
    order.window = lines.fields('window', 2).map((day) => lines.date(day, 'window'));
    lines.need(order.window[0] <= order.window[1], 'window'); // texts-14
    order.nonce = lines.hex(lines.fields('nonce', 1)[0], 32, 'nonce');
    lines.end();
    // texts-15: an office that orders its own slots.
    if (parseOrigin(order.parent).office === parseOrigin(order.office).office) {
        lines.need(order.beacon || order.level === 'unwitnessed', 'own');
        lines.need(order.level !== 'witnessed', 'own');
    }
    return order;
}

export function encodeOrder(order) {
    const freeze = order.freeze
        ? join(leafText(order.freeze), order.freeze.size, toHex(order.freeze.root)) : '-';
    return encode([
        'draw-order/1', order.parent, 'office ' + order.office,
        ...order.slots.map((slot) => join('slot', slotKey(slot), slot.type, toHex(slot.rulesHash))),
        ...order.lists.map((leaf) => 'list ' + leafText(leaf)),
        join('attempt', order.attempt, 'supp', order.supp), 'level ' + order.level, 'freeze ' + freeze,
        ...order.keys.map((key) => 'vrf 03 ' + toHex(key)),
        'beacon ' + (order.beacon ? join(order.beacon.source, order.beacon.event) : '-'),
        ...order.exceptions.map((leaf) => 'exc ' + leafText(leaf)),
        join('window', ...order.window), 'nonce ' + toHex(order.nonce),
    ]);
}

// ---- DRAW (texts-16 to texts-20)

/** texts-17: whether these fields are a beacon line. */
export function isBeaconLine(line) {
    if (!/^ssq [0-9]{7}(?: [0-9]{2}){6}\+[0-9]{2}$/.test(line)) return false;
    const numbers = line.slice(12).split(/[ +]/).map(Number), last = numbers.pop();
    return numbers.every((n, i) => n >= 1 && n <= 33 && (i === 0 || numbers[i - 1] < n)) && last >= 1 && last <= 16;
}

function readStratum(lines, [slot, no, base, pool, quota, cutOff]) {
    const stratum = {
        slot: lines.number32(slot, 'stratum', 1, 16), no: lines.number32(no, 'stratum', 1, 255),
        base: lines.number64(base, 'stratum'), pool: lines.number64(pool, 'stratum'),
        quota: lines.number64(quota, 'stratum'),
        cutOff: cutOff === '-' ? undefined : lines.hex(cutOff, 32, 'stratum'),
    };
    // texts-19.
    lines.need(stratum.quota <= stratum.pool && stratum.pool <= stratum.base, 'stratum-numbers');
    lines.need((stratum.cutOff === undefined) === (stratum.quota === 0n), 'cut-off');
    return stratum;
}

/** texts-18: one selected line for each slot from 1 on, each of them with a stratum line, or none of either. */
function checkSlots(lines, result) {
    result.selected.forEach((line, i) => lines.need(line.slot === i + 1, 'selected-slot'));
    lines.ascending(result.strata, (a, b) => a.slot - b.slot || a.no - b.no, 'stratum-order');
    lines.need(result.strata.every((stratum) => stratum.slot <= result.selected.length), 'stratum-slot');
    for (const { slot, count } of result.selected) {
        const own = result.strata.filter((stratum) => stratum.slot === slot);
        lines.need(own.length > 0, 'stratum-missing');
        lines.need(count >= own.reduce((sum, stratum) => sum + stratum.quota, 0n), 'count'); // texts-19
    }
}

export function parseResult(bytes) {
    const lines = new Lines(bytes, 'result', TEXT_MAX);
    lines.head('draw-result/1');
    const result = { origin: lines.origin(lines.whole('office'), 'office') };
    const order = lines.leaf(lines.fields('order', 3), 'order');
    result.order = { origin: order.origin, index: order.index, id: order.hash };
    result.freeze = lines.leaf(lines.fields('freeze', 3), 'freeze');
    result.seen = lines.treeHead(lines.fields('seen', 3), 'seen');
    // texts-20.
    lines.need(result.seen.origin !== order.origin || result.seen.size > order.index, 'seen');
    const beacon = lines.fields('beacon', 1, 8).join(' ');
    lines.need(beacon === '-' || isBeaconLine(beacon), 'beacon');
    result.beacon = beacon === '-' ? undefined : beacon;
    result.proofs = lines.every('vrf', 2, 1, 3,
        ([key, pi]) => ({ key: lines.hex(key, 32, 'vrf'), pi: lines.hex(pi, 80, 'vrf') }));
    result.strata = lines.every('stratum', 6, 0, 512, (fields) => readStratum(lines, fields));
    result.selected = lines.every('selected', 3, 0, 16, ([slot, count, root]) => ({
        slot: lines.number32(slot, 'selected', 1, 16), count: lines.number64(count, 'selected'),
        root: lines.hex(root, 32, 'selected'),
    }));
    checkSlots(lines, result);
    lines.end();
    return result;
}

export function encodeResult(result) {
    const { order } = result;
    return encode([
        'draw-result/1', result.origin, join('order', order.origin, order.index, toHex(order.id)),
        'freeze ' + leafText(result.freeze), 'seen ' + headText(result.seen), 'beacon ' + (result.beacon || '-'),
        ...result.proofs.map(({ key, pi }) => join('vrf', toHex(key), toHex(pi))),
        ...result.strata.map((s) => (
            join('stratum', s.slot, s.no, s.base, s.pool, s.quota, s.cutOff ? toHex(s.cutOff) : '-'))),
        ...result.selected.map((s) => join('selected', s.slot, s.count, toHex(s.root))),
    ]);
}

// ---- RELEASE (texts-21)

export function parseRelease(bytes) {
    const lines = new Lines(bytes, 'release', TEXT_MAX), texts = [];
    lines.head('draw-release/1');
    const release = { origin: lines.origin(lines.whole('office'), 'office') };
    release.parts = lines.every('part', 3, 1, Infinity, ([origin, seq, part], line) => {
        texts.push(line);
        return { origin: lines.origin(origin, 'part'), seq: lines.number64(seq, 'part'),
            part: lines.number32(part, 'part', 0, U16_MAX) };
    });
    lines.ascending(texts, compareText, 'order');
    lines.end();
    return release;
}

export function encodeRelease({ origin, parts }) {
    return encode(['draw-release/1', origin, ...parts.map((part) => join('part', part.origin, part.seq, part.part))]);
}

// ---- EXC (texts-26, texts-27)

const WITHOUT_INSPECTOR = ['void', 'return', 'reassign', 'receive'];
const KINDS = ['absence', 'recusal', 'replace', 'appoint', ...WITHOUT_INSPECTOR];

/** texts-27: an inspector id; undefined where `-` stands. */
function readInspector(lines, field, what) {
    if (field === '-') return undefined;
    lines.need(utf8(field).length <= 255, what);
    return field;
}

/** texts-27: who follows, an object, an office or an inspector; undefined where `-` stands. */
function readNext(lines, kind, field) {
    if (kind === 'void' && field !== '-') lines.need(isObjectId(field), 'next');
    if (kind === 'reassign') lines.need(isCode(field), 'next');
    // texts-27: "Nobody follows an appointment, a return or a receipt"
    if (['appoint', 'return', 'receive'].includes(kind)) lines.need(field === '-', 'next');
    return readInspector(lines, field, 'next');
}

export function parseException(bytes) {
    const lines = new Lines(bytes, 'exc', TEXT_MAX);
    lines.head('draw-exc/1');
    const exc = { origin: lines.origin(lines.whole('office'), 'office') };
    exc.draw = lines.leaf(lines.fields('draw', 3), 'draw');
    const [kind, ...fields] = lines.need(lines.whole('kind').split(' '), 'kind');
    exc.kind = lines.oneOf(kind, KINDS, 'kind');
    lines.need(fields.length === 4 && fields.every((field) => field !== ''), 'kind');
    const [slot, id, who, day] = fields;
    exc.slot = lines.number32(slot, 'kind', 1, 16);
    lines.need(isObjectId(id), 'kind');
    exc.object = id;
    lines.need((who === '-') === WITHOUT_INSPECTOR.includes(kind), 'kind');
    exc.inspector = readInspector(lines, who, 'kind');
    exc.date = lines.date(day, 'kind');
    exc.reason = lines.name(lines.fields('reason', 1)[0], 'reason');
    exc.evidence = orNone(lines, 'evidence', 1, ([hash]) => lines.hex(hash, 32, 'evidence'));
    exc.next = readNext(lines, kind, lines.fields('next', 1)[0]);
    lines.need(exc.evidence || !['reassign', 'receive'].includes(kind), 'next'); // texts-27: their evidence is never `-`
    lines.end();
    if (!sameOffice(exc.origin, exc.draw.origin)) lines.refuse('draw');
    return exc;
}

export function encodeException(exc) {
    return encode([
        'draw-exc/1', exc.origin, 'draw ' + leafText(exc.draw),
        join(exc.kind, exc.slot, exc.object, exc.inspector || '-', exc.date), 'reason ' + exc.reason,
        'evidence ' + (exc.evidence ? toHex(exc.evidence) : '-'), 'next ' + (exc.next || '-'),
    ]);
}

// ---- pairs (texts-22, texts-23)

function readVisit(lines, [slots, id, ...positions]) {
    const visit = { slots: lines.list(slots, 1, 16, 16, 'visit'), id };
    lines.need(visit.slots.length >= 1 && isObjectId(id), 'visit');
    visit.chosen = positions.map((field, position) => {
        const head = position + ':', who = field.slice(head.length);
        const fits = who !== '' && utf8(who).length <= 255; // texts-25: whose id it is, the verdict says
        lines.need(field.startsWith(head) && fits, 'visit');
        return who === '-' ? undefined : who;
    });
    return visit;
}

export function parsePairs(bytes) {
    const lines = new Lines(bytes, 'pairs', TEXT_MAX);
    lines.head('draw-pairs/1');
    const pairs = { origin: lines.origin(lines.whole('office'), 'office') };
    pairs.orderId = lines.hex(lines.fields('order', 1)[0], 32, 'order');
    pairs.visits = lines.every('visit', [3, 6], 0, Infinity, (fields) => readVisit(lines, fields));
    lines.ascending(pairs.visits, (a, b) => compareText(a.id, b.id), 'order');
    lines.end();
    return pairs;
}

export function encodePairs({ origin, orderId, visits }) {
    const positions = (visit) => visit.chosen.map((who, i) => i + ':' + (who || '-'));
    return encode(['draw-pairs/1', origin, 'order ' + toHex(orderId),
        ...visits.map((visit) => join('visit', listText(visit.slots), visit.id, ...positions(visit)))]);
}
