// Entries: header, parts, commitments, row ids (protocol/spec/entry.md).

import {
    concat, equal, fail, isCode, label, latin, malformed, need, parseDecimal, parseOrigin, Reader, short, u16, u32,
    u64, u8, unverified,
} from './bytes.js';
import { verifyTagged } from './ed25519.js';
import { sha256 } from './sha2.js';

export const HEADER_MAX = 65535;
export const PART_MAX = 1048576;
export const SEQ_END = 2 ** 35;
export const TIME_END = 253402300800000;
const SEAL = 48; // entry-13: what crypto_box_seal adds
const RESTRICTED = 3, PUBLIC = 1;

/** versions-1: of the version and of the algorithm, 0 is malformed and a higher number is later. */
export function readVersion(reader, versionId, algorithmId) {
    const version = reader.u8();
    if (version !== 1) fail(version === 0 ? 'malformed' : 'later', versionId, { have: version });
    if (algorithmId === undefined) return;
    const algorithm = reader.u8();
    if (algorithm !== 1) fail(algorithm === 0 ? 'malformed' : 'later', algorithmId, { have: algorithm });
}

function readOrigin(reader, id) {
    const origin = latin(reader.short());
    need(parseOrigin(origin) !== undefined, id, { origin }); // entry-3
    return origin;
}

function readDep(reader, own, seen) {
    const origin = readOrigin(reader, 'entry.dep-origin');
    const size = reader.u64();
    need(size >= 1n && size <= SEQ_END, 'entry.dep-size', { size });
    need(origin !== own && !seen.has(origin), 'entry.dep-twice', { origin });
    seen.add(origin);
    return { origin, size: Number(size), root: reader.take(32) };
}

function readPart(reader, seen) {
    const audience = reader.u8();
    need(audience >= PUBLIC && audience <= RESTRICTED, 'entry.part-audience', { have: audience }); // entry-10
    const codec = reader.u8();
    need(audience !== PUBLIC || codec === 0, 'entry.part-codec', { have: codec }); // entry-12
    const reach = reader.u8();
    need(reach <= 1, 'entry.part-reach', { have: reach }); // entry-11
    need(audience !== RESTRICTED || reach === 0, 'entry.part-restricted');
    const to = latin(reader.short());
    need(isCode(to), 'entry.part-to', { to });
    const stored = reader.u32(), raw = reader.u32();
    const coded = stored - (audience === RESTRICTED ? SEAL : 0);
    const fits = codec === 0 ? coded === raw : codec === 1 ? coded < raw : true;
    const bounded = raw >= 1 && raw <= PART_MAX && stored <= PART_MAX && coded >= 1;
    need(bounded && fits, 'entry.part-lengths', { stored, raw });
    const commitment = reader.take(32);
    const key = [audience, reach, to].join(' ');
    need(!seen.has(key), 'entry.part-twice', { to }); // entry-9
    seen.add(key);
    return { audience, codec, reach, to, stored, raw, commitment };
}

/** entry-1 to entry-13: the fields of a header without its signature. */
export function decodeHeader(bytes) {
    need(bytes.length <= HEADER_MAX, 'entry.too-long', { have: bytes.length });
    const reader = new Reader(bytes, 'entry.short');
    readVersion(reader, 'entry.version', 'entry.algorithm'); // entry-2
    const origin = readOrigin(reader, 'entry.origin');
    const seq = reader.u64();
    need(seq < SEQ_END, 'entry.seq', { seq }); // entry-4
    const time = reader.u64();
    need(time < TIME_END, 'entry.time', { time }); // entry-5
    const lane = reader.u8();
    need(lane <= 4, 'entry.lane', { lane }); // entry-6
    const kind = reader.u8();
    need(kind >= 1, 'entry.kind', { kind });
    const schema = reader.u16(), schemaHash = reader.take(32); // entry-7
    const depCount = reader.u8();
    need(depCount <= 8, 'entry.deps', { have: depCount }); // entry-8
    const origins = new Set(), deps = [];
    for (let i = 0; i < depCount; i++) deps.push(readDep(reader, origin, origins));
    const partCount = reader.u16();
    need(partCount >= 1 && partCount <= 256, 'entry.parts', { have: partCount }); // entry-9
    const addresses = new Set(), parts = [];
    for (let i = 0; i < partCount; i++) parts.push(readPart(reader, addresses));
    need(reader.left === 0, 'entry.left-over', { have: reader.left }); // entry-1
    return { origin, seq: Number(seq), time: Number(time), lane, kind, schema, schemaHash, deps, parts };
}

export function encodeHeader(header) {
    const deps = header.deps.map((dep) => concat(short(dep.origin), u64(dep.size), dep.root));
    const parts = header.parts.map((part) => concat(
        u8(part.audience, part.codec, part.reach), short(part.to), u32(part.stored), u32(part.raw), part.commitment));
    return concat(u8(1, 1), short(header.origin), u64(header.seq), u64(header.time), u8(header.lane, header.kind),
        u16(header.schema), header.schemaHash, u8(deps.length), ...deps, u16(parts.length), ...parts);
}

/** entry-14: the header whose bytes the log key of its origin signed. */
export function openHeader(bytes, signature, logKey) {
    const header = decodeHeader(bytes);
    if (!verifyTagged(logKey, 'header', bytes, signature)) unverified('entry.signature', { origin: header.origin });
    return header;
}

/** entry-15. */
export function commitmentOf(salt, stored) {
    return sha256(label('qian/part/1'), salt, stored);
}

/** entry-16: refuses bytes that are not this part of the entry. */
export function verifyPart(part, salt, stored) {
    if (stored.length !== part.stored) malformed('entry.part-length', { have: stored.length, want: part.stored });
    if (!equal(commitmentOf(salt, stored), part.commitment)) unverified('entry.commitment');
}

/** entry-17: {epoch, seq, n} of an id, a BigInt. */
export function splitRowId(id) {
    need(id >= 1n << 51n && id < 1n << 63n, 'entry.row-id', { id });
    return { epoch: Number(id >> 51n), seq: Number(id >> 16n & 0x7ffffffffn), n: Number(id & 0xffffn) };
}

export function rowId({ epoch, seq, n }) {
    return BigInt(epoch) << 51n | BigInt(seq) << 16n | BigInt(n);
}

/** entry-18. */
export function printRowId(id) {
    const { epoch, seq, n } = splitRowId(id);
    return [epoch, seq, n].join('-');
}

export function parseRowId(text) {
    const [epoch, seq, n, ...more] = text.split('-').map((field) => parseDecimal(field));
    const fits = epoch >= 1n && epoch <= 4095n && seq < SEQ_END && n < 65536n;
    need(more.length === 0 && fits, 'entry.row-id', { id: text });
    return rowId({ epoch, seq, n });
}
