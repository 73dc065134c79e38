// Frames, HAVE, receipts and evidence of a fork (protocol/spec/exchange.md).

import {
    compareText, concat, equal, isCode, latin, malformed, need, parseDecimal, parseHex, parseNumber, parseOrigin,
    Reader, short, toHex, u16, u32, u64, u8, unverified,
} from './bytes.js';
import { verifyTagged } from './ed25519.js';
import { HEADER_MAX, PART_MAX, SEQ_END, TIME_END, openHeader, readVersion } from './entry.js';
import { EMPTY_ROOT } from './merkle.js';
import { NOTE_MAX, openCheckpoint, parseNote, verifyNote } from './note.js';
import { sha256 } from './sha2.js';

const FRAME_MAX = 1052672;
const FILE_MAX = 268435456;
const FILE_PIECE = 262144;

// exchange-1, exchange-2: the name of each type and its longest payload.
export const FRAMES = {
    1: ['HAVE', 392067], 2: ['CERT', 2048], 3: ['CHECKPOINT', NOTE_MAX], 4: ['HEADER', 65599], 5: ['PART', 1048715],
    6: ['RECEIPT', NOTE_MAX], 7: ['FORK', 262153], 8: ['FILE', 262562], 9: ['WANT', 97], 10: ['END', 1],
    11: ['RUN', 1048580], 12: ['OFFER', 89], 13: ['KEPT', 90],
    14: ['TOLD', 161],
};

/** The whole frames at the front of bytes: {frames: [{type, name, payload}], rest}. A stream may end after any whole
 *  frame (exchange-3); types that are not in the table have no name and are for skipping (exchange-1). */
export function splitFrames(bytes) {
    const frames = [], reader = new Reader(bytes, 'frame.short');
    while (reader.left >= 5) {
        const type = reader.u8(), length = reader.u32();
        need(type !== 0, 'frame.type');
        const [name, most] = FRAMES[type] || [undefined, FRAME_MAX];
        need(length <= most, 'frame.length', { type, have: length, most });
        if (length > reader.left) {
            reader.at -= 5;
            break;
        }
        frames.push({ type, name, payload: reader.take(length) });
    }
    return { frames, rest: bytes.slice(reader.at) };
}

export function encodeFrame(type, payload) {
    return concat(u8(type), u32(payload.length), payload);
}

// ---- payloads

/** HEADER: signature, header bytes. */
export function readHeaderFrame(payload) {
    need(payload.length > 64, 'frame.header', { have: payload.length });
    return { signature: payload.slice(0, 64), header: payload.slice(64) };
}

/** exchange-5: PART. */
export function readPartFrame(payload) {
    const reader = new Reader(payload, 'part.short');
    const origin = latin(reader.short());
    need(parseOrigin(origin) !== undefined, 'part.origin', { origin });
    const seq = reader.u64(), part = reader.u16();
    need(seq < SEQ_END, 'part.seq', { seq });
    need(part <= 255, 'part.number', { part });
    const salt = reader.take(32), stored = reader.take(reader.left);
    need(stored.length >= 1 && stored.length <= PART_MAX, 'part.length', { have: stored.length });
    return { origin, seq: Number(seq), part, salt, stored };
}

export function encodePartFrame({ origin, seq, part, salt, stored }) {
    return concat(short(origin), u64(seq), u16(part), salt, stored);
}

/** files-6: the name of a file. */
function readFileName(reader) {
    const office = latin(reader.short()), digest = reader.take(32), tree = reader.take(32), size = reader.u64();
    need(isCode(office), 'file.office', { office });
    need(size >= 1n && size <= FILE_MAX, 'file.size', { size });
    return { office, digest, tree, size: Number(size) };
}

export function encodeFileName({ office, digest, tree, size }) {
    return concat(short(office), digest, tree, u64(size));
}

/** files-7: FILE. */
export function readFileFrame(payload) {
    const reader = new Reader(payload, 'file.short');
    const name = readFileName(reader), offset = reader.u64(), hashes = reader.u8();
    need(hashes <= 10, 'file.path', { hashes });
    const path = reader.take(32 * hashes), bytes = reader.take(reader.left);
    need(offset < BigInt(name.size), 'file.offset', { offset });
    const from = Number(offset);
    need(bytes.length >= 1 && bytes.length <= FILE_PIECE - from % FILE_PIECE, 'file.length', { have: bytes.length });
    need(from + bytes.length <= name.size, 'file.offset', { offset });
    return { name, offset: from, path, bytes };
}

/** files-8: WANT. */
export function readWantFrame(payload) {
    const reader = new Reader(payload, 'want.short');
    const name = readFileName(reader), offset = reader.u64();
    need(reader.left === 0, 'want.left-over');
    need(offset < BigInt(name.size), 'want.offset', { offset });
    return { name, offset: Number(offset) };
}

/** files-8: OFFER. */
export function readOfferFrame(payload) {
    const reader = new Reader(payload, 'offer.short');
    const name = readFileName(reader);
    need(reader.left === 0, 'offer.left-over');
    return { name };
}

/** files-9: KEPT. */
export function readKeptFrame(payload) {
    const reader = new Reader(payload, 'kept.short');
    const name = readFileName(reader), fate = reader.u8();
    need(reader.left === 0, 'kept.left-over');
    need(fate <= 3, 'kept.fate', { fate });
    return { name, fate };
}

/** exchange-22: RUN, as it is packed: who reads published files never meets one. */
export function readRunFrame(payload) {
    const reader = new Reader(payload, 'run.short');
    const raw = reader.u32(), coded = reader.take(reader.left);
    need(raw >= 1 && raw <= 1048576 && coded.length >= 1 && coded.length < raw && raw <= 16 * coded.length,
        'run.length', { raw });
    return { raw, coded };
}

/** exchange-6: END. */
export function readEndFrame(payload) {
    need(payload.length === 1 && payload[0] <= 1, 'end.more');
    return { more: payload[0] === 1 };
}

/** exchange-33: TOLD. */
export function readToldFrame(payload) {
    const reader = new Reader(payload, 'told.short');
    const origin = latin(reader.short());
    need(parseOrigin(origin) !== undefined, 'told.origin', { origin });
    const told = reader.take(reader.left);
    need(told.length >= 1 && told.length <= 64, 'told.length', { have: told.length });
    return { origin, told };
}

// ---- HAVE (exchange-7 to exchange-11, exchange-31, exchange-34)

function readCode(reader, id) {
    const code = latin(reader.short());
    need(isCode(code), id, { code });
    return code;
}

function readHaveLog(reader, before) {
    const origin = latin(reader.short());
    need(parseOrigin(origin) !== undefined, 'have.origin', { origin });
    need(before === undefined || compareText(before.origin, origin) < 0, 'have.order', { origin });
    const size = reader.u64(), root = reader.take(32);
    need(size <= SEQ_END, 'have.size', { size });
    need(size > 0n || equal(root, EMPTY_ROOT), 'have.root', { origin }); // exchange-8
    const cursors = [0, 1, 2, 3, 4].map(() => reader.u64());
    need(cursors.every((cursor) => cursor <= size), 'have.cursor', { origin }); // exchange-9
    const count = reader.u8(), witnesses = [];
    need(count <= 4, 'have.witnesses', { have: count });
    for (let i = 0; i < count; i++) {
        const office = readCode(reader, 'have.witness'), seen = reader.u64();
        need(i === 0 || compareText(witnesses[i - 1].office, office) < 0, 'have.witness-order', { office });
        need(seen <= SEQ_END, 'have.witness-size', { office }); // exchange-10
        witnesses.push({ office, size: Number(seen) });
    }
    return { origin, size: Number(size), root, cursors: cursors.map(Number), witnesses };
}

/** exchange-31: the holes of one log. room counts down what the whole HAVE may still tell of. */
function readHoles(reader, log, room) {
    const count = reader.u8(), holes = [];
    room.holes -= count;
    need(room.holes >= 0, 'have.hole', { have: count });
    for (let i = 0; i < count; i++) {
        const lane = reader.u8(), from = reader.u64(), to = reader.u64(), stretches = reader.u16(), held = [];
        need(lane < 5 && (i === 0 || holes[i - 1].lane < lane), 'have.hole', { lane });
        need(BigInt(log.cursors[lane]) <= from && from < to && to <= BigInt(log.size), 'have.hole', { lane });
        room.held -= stretches;
        need(room.held >= 0, 'have.hole', { have: stretches });
        for (let k = 0; k < stretches; k++) {
            const first = reader.u64(), end = reader.u64(), part = reader.u8(), before = held[k - 1];
            need(from <= first && first < end && end <= to, 'have.hole', { first });
            need(k === 0 || before.first < first || (before.first === Number(first) && before.part < part), 'have.hole', { first });
            held.push({ first: Number(first), end: Number(end), part });
        }
        holes.push({ lane, from: Number(from), to: Number(to), held });
    }
    return holes;
}

export function decodeHave(bytes) {
    need(bytes.length <= FRAMES[1][1], 'have.too-long', { have: bytes.length });
    const reader = new Reader(bytes, 'have.short');
    readVersion(reader, 'have.version');
    const from = readCode(reader, 'have.from'), to = readCode(reader, 'have.to');
    need(from !== to, 'have.to', { to });
    const time = reader.u64();
    need(time < TIME_END, 'have.time', { time });
    const nonce = reader.take(16), able = reader.u32(), schema = reader.u16(), count = reader.u16();
    need(count <= 1024, 'have.logs', { have: count });
    const logs = [];
    const tells = (able & 2) !== 0, room = { holes: 256, held: 2048 }, saysBack = (able & 4) !== 0;
    for (let i = 0; i < count; i++) {
        const log = readHaveLog(reader, logs[i - 1]);
        logs.push(log);
        log.holes = tells ? readHoles(reader, log, room) : [];
        log.told = saysBack ? reader.short() : new Uint8Array(0);
        need(log.told.length <= 64, 'have.told', { have: log.told.length });
    }
    need(!tells || room.holes < 256, 'have.hole');
    need(!saysBack || logs.some((log) => log.told.length > 0), 'have.told');
    const signature = reader.take(64);
    need(reader.left === 0, 'have.left-over', { have: reader.left });
    return { from, to, time: Number(time), nonce, able, schema, logs, signature };
}

function holeBytes(hole) {
    return concat(u8(hole.lane), u64(hole.from), u64(hole.to), u16(hole.held.length),
        ...hole.held.map((held) => concat(u64(held.first), u64(held.end), u8(held.part))));
}

function haveBody(have) {
    const logs = have.logs.map((log) => concat(short(log.origin), u64(log.size), log.root, ...log.cursors.map(u64),
        u8(log.witnesses.length), ...log.witnesses.map((w) => concat(short(w.office), u64(w.size))),
        ...((have.able & 2) !== 0 ? [u8(log.holes.length), ...log.holes.map(holeBytes)] : []),
        ...((have.able & 4) !== 0 ? [concat(Uint8Array.of(log.told.length), log.told)] : [])));
    return concat(u8(1), short(have.from), short(have.to), u64(have.time), have.nonce, u32(have.able), u16(have.schema),
        u16(logs.length), ...logs);
}

export function encodeHave(have) {
    return concat(haveBody(have), have.signature);
}

/** exchange-11: a HAVE for this office, signed by the sender's log key over H of all bytes before the signature. */
export function openHave(bytes, logKey, to) {
    const have = decodeHave(bytes);
    if (have.to !== to) unverified('have.other-office', { to: have.to });
    const digest = sha256(bytes.subarray(0, bytes.length - 64));
    if (!verifyTagged(logKey, 'have', digest, have.signature)) unverified('have.signature', { from: have.from });
    return have;
}

// ---- RECEIPT (exchange-15 to exchange-18)

/** Reads `refused` or `held` lines from the front of lines. */
function readFates(lines, word, size) {
    const fates = [];
    while (lines.length > 0 && lines[0].startsWith(word + ' ')) {
        const [, seqText, id, ...more] = lines.shift().split(' ');
        const seq = parseNumber(seqText, SEQ_END);
        need(more.length === 0 && seq !== undefined && /^[a-z0-9.-]{1,47}$/.test(id || ''), 'receipt.' + word);
        need(seq < size && (fates.length === 0 || fates[fates.length - 1].seq < seq), 'receipt.' + word, { seq });
        fates.push({ seq, id });
    }
    need(fates.length <= 64, 'receipt.' + word);
    return fates;
}

/** The receipt in a note's text. */
export function parseReceipt(text) {
    need(text.endsWith('\n'), 'receipt.line');
    const lines = text.slice(0, -1).split('\n');
    const field = (word, pattern) => {
        const match = new RegExp('^' + word + ' ' + pattern + '$').exec(lines.shift() || '');
        return match ? match.slice(1) : malformed('receipt.' + word);
    };
    need(lines.shift() === 'qian-receipt/1', 'receipt.head');
    const [from] = field('from', '(.*)'), [log] = field('for', '(.*)');
    need(parseOrigin(from) && parseOrigin(log) && from !== log, 'receipt.origin', { from, log }); // exchange-16
    const [sizeText, rootText] = field('headers', '([0-9]+) ([0-9a-f]+)');
    const size = parseNumber(sizeText, SEQ_END), root = parseHex(rootText, 32);
    need(size !== undefined && root !== undefined, 'receipt.headers');
    const time = parseDecimal(field('time', '([0-9]+)')[0], TIME_END / 1000 - 1);
    need(time !== undefined, 'receipt.time');
    const lanes = [0, 1, 2, 3, 4].map((lane) => {
        const [stored, applied] = field('lane', lane + ' ([0-9]+) ([0-9]+)').map((n) => parseNumber(n, size));
        need(stored !== undefined && applied !== undefined, 'receipt.lane', { lane });
        need(applied <= stored, 'receipt.lane', { lane }); // exchange-17
        return { stored, applied };
    });
    const refused = readFates(lines, 'refused', size), held = readFates(lines, 'held', size);
    need(lines.length === 0, 'receipt.line');
    return { from, log, size, root, time: Number(time), lanes, refused, held };
}

export function receiptText(receipt) {
    const fates = (word, list) => list.map(({ seq, id }) => [word, seq, id].join(' '));
    return ['qian-receipt/1', 'from ' + receipt.from, 'for ' + receipt.log,
        ['headers', receipt.size, toHex(receipt.root)].join(' '), 'time ' + receipt.time,
        ...receipt.lanes.map(({ stored, applied }, lane) => ['lane', lane, stored, applied].join(' ')),
        ...fates('refused', receipt.refused), ...fates('held', receipt.held)].map((line) => line + '\n').join('');
}

/** A receipt note by the log key of the office that received. */
export function openReceipt(bytes, logKey) {
    const note = parseNote(bytes), receipt = parseReceipt(note.text);
    verifyNote(note, receipt.from, logKey);
    return receipt;
}

/** exchange-20: whether receipt a of one office about one log is newer than b. */
export function isNewerReceipt(a, b) {
    const told = (receipt) => receipt.lanes.reduce((sum, lane) => sum + lane.stored + lane.applied, receipt.size);
    return told(a) !== told(b) ? told(a) > told(b) : a.time > b.time;
}

// ---- FORK (exchange-13, exchange-14)

const FORK_CHECKPOINTS = 1, FORK_HEADERS = 2;

export function decodeFork(bytes) {
    const reader = new Reader(bytes, 'fork.short');
    const what = reader.u8();
    need(what === FORK_CHECKPOINTS || what === FORK_HEADERS, 'fork.what', { what });
    const most = what === FORK_CHECKPOINTS ? NOTE_MAX : HEADER_MAX + 64;
    const items = [0, 1].map(() => {
        const length = reader.u32();
        need(length >= 1 && length <= most, 'fork.length', { have: length });
        return reader.take(length);
    });
    need(reader.left === 0, 'fork.left-over', { have: reader.left });
    return { what, items };
}

export function encodeFork({ what, items }) {
    return concat(u8(what), ...items.map((item) => concat(u32(item.length), item)));
}

/** exchange-14: refuses unless the two items are the log's own and contradict each other. */
export function verifyFork({ what, items }, origin, logKey) {
    if (what === FORK_CHECKPOINTS) {
        const [a, b] = items.map((item) => openCheckpoint(item, logKey, origin));
        if (a.size !== b.size || equal(a.root, b.root)) unverified('fork.no-contradiction');
        return { size: a.size };
    }
    const [a, b] = items.map((item) => {
        const { signature, header } = readHeaderFrame(item);
        const opened = openHeader(header, signature, logKey);
        if (opened.origin !== origin) unverified('fork.other-log', { origin: opened.origin });
        return { seq: opened.seq, header };
    });
    if (a.seq !== b.seq || equal(a.header, b.header)) unverified('fork.no-contradiction');
    return { seq: a.seq };
}
