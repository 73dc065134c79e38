// What the PUBLIC profile reads of a site: certificates, manifest, the entries of a draw, proofs of their places
// (protocol/spec/publication.md, site-6 to site-11, public-2 to public-7). A site is a Map of path to bytes.

import {
    compareText, equal, fail, malformed, need, parseHex, parseNumber, parseOrigin, parseUtf8, unverified,
} from './bytes.js';
import { decodeCert, verifyChildCert, verifyRootCert } from './cert.js';
import { authorise, decodeChangeset, rowObject } from './change.js';
import { openHeader, verifyPart } from './entry.js';
import { readHeaderFrame, readPartFrame, splitFrames } from './frame.js';
import { leafHash } from './merkle.js';
import { keyIdOf, openProof, parseNote, TYPE_COSIGNATURE, verifyCosignature, verifyNote, witnessName } from './note.js';
import { sha256 } from './sha2.js';

const PUBLIC = 1;
export const KIND = { freeze: 7, order: 8, draw: 9, exc: 10, publish: 13, verdict: 14 };

export function fileOf(files, path) {
    return files.get(path) || fail('absent', 'site.file-missing', { path });
}

// ---- certificates (site-8, public-3)

/** The certificates of a site that have a chain to the policy, and the refusals of the others. */
export class Certificates {
    constructor(files, policy) {
        this.verified = [];
        this.refusals = [];
        const found = [];
        for (const [path, bytes] of files) {
            if (!path.startsWith('certs/')) continue;
            try {
                const cert = decodeCert(bytes);
                const serial = cert.issuerEpoch > 1 ? cert.issuerEpoch + '.' + cert.serial : cert.serial; // site-8
                const name = ['certs/' + cert.office, cert.epoch, serial].join('-') + '.cert';
                need(path === name, 'site.cert-name', { path, want: name });
                found.push(cert);
            } catch (e) {
                this.refuse(e);
            }
        }
        // A parent's level is strictly below its children's, so one pass in the order of levels verifies every chain.
        found.sort((a, b) => a.level - b.level || a.serial - b.serial);
        for (const cert of found) {
            try {
                this.verify(cert, policy);
                this.verified.push(cert);
            } catch (e) {
                this.refuse(e);
            }
        }
    }

    refuse(error) {
        if (error.name !== 'QnError') throw error;
        this.refusals.push(error);
    }

    verify(cert, policy) {
        if (cert.issuer === '') {
            verifyRootCert(cert, policy);
            return;
        }
        // A renewal may have narrowed the parent's scope or lanes: one certificate of the issuer's epoch is enough.
        const parents = this.of(cert.issuer).filter((parent) => parent.epoch === cert.issuerEpoch);
        let refusal;
        for (const parent of parents) {
            try {
                verifyChildCert(cert, parent);
                return;
            } catch (e) {
                refusal = e;
            }
        }
        throw refusal || unverified('cert.no-issuer', { office: cert.office, issuer: cert.issuer });
    }

    /** The verified certificates of an office, the newest last. */
    of(office) {
        return this.verified.filter((cert) => cert.office === office);
    }

    /** The name in the newest certificate of an office, or its code. */
    nameOf(office) {
        const certs = this.of(office);
        return certs.length > 0 ? certs[certs.length - 1].name : office;
    }

    /** Those of the epoch that this log is of. */
    ofLog(origin) {
        const certs = this.verified.filter((cert) => cert.origin === origin);
        return certs.length > 0 ? certs : fail('absent', 'site.no-certificate', { origin });
    }

    /** rotation-4: all certificates of one office and epoch have one log key. */
    logKey(origin) {
        return this.ofLog(origin)[0].keys.log;
    }

    /** The offices above, the direct parent first. */
    above(office) {
        const above = [];
        for (let cert = this.of(office)[0]; cert && cert.issuer !== ''; cert = this.of(cert.issuer)[0]) {
            above.push(cert.issuer);
        }
        return above;
    }
}

// ---- manifest (site-9, site-10, public-4)

const PATH = /^[0-9A-Za-z_-][0-9A-Za-z._-]*(?:\/[0-9A-Za-z_-][0-9A-Za-z._-]*){0,7}$/; // site-10

/** [{hash, path}] of a manifest's bytes. */
export function parseManifest(bytes) {
    const text = parseUtf8(bytes);
    need(text !== undefined && (text === '' || text.endsWith('\n')), 'manifest.line');
    const lines = text.split('\n').slice(0, -1).map((line) => {
        const match = /^([0-9a-f]{64}) {2}(.*)$/.exec(line);
        need(match && PATH.test(match[2]) && match[2].length < 200, 'manifest.line', { line });
        return { hash: parseHex(match[1], 32), path: match[2] };
    });
    lines.forEach(({ path }, i) => {
        need(i === 0 || compareText(lines[i - 1].path, path) < 0, 'manifest.order', { path });
    });
    return lines;
}

/** public-4: the lines of a manifest that is signed, and by whom. */
export function openManifest(files, certificates) {
    const manifest = fileOf(files, 'manifest.txt'), lines = parseManifest(manifest);
    const note = parseNote(fileOf(files, 'manifest.note'));
    const [head, origin, named, time, ...more] = note.text.split('\n');
    need(head === 'qian-site/1' && more.length === 1 && more[0] === '', 'site.note');
    need(parseOrigin(origin) !== undefined, 'site.note');
    const match = /^manifest ([0-9a-f]{64}) ([0-9]+)$/.exec(named) || malformed('site.note');
    const count = parseNumber(match[2], Number.MAX_SAFE_INTEGER);
    need(/^time [0-9]+$/.test(time) && parseNumber(time.slice(5), Number.MAX_SAFE_INTEGER) !== undefined, 'site.note');
    verifyNote(note, origin, certificates.logKey(origin));
    if (!equal(sha256(manifest), parseHex(match[1], 32)) || count !== lines.length) unverified('site.manifest');
    return { publisher: origin, lines };
}

/** public-4: refuses unless every file that a manifest names has its hash, and no other file is there.
 *  looked: a Set of the paths that a reader of a part of the site has asked for (public-17); undefined: all of it. */
export function checkFiles(files, lines, looked) {
    for (const { hash, path } of lines) {
        if (looked !== undefined && !looked.has(path)) continue;
        if (!equal(sha256(fileOf(files, path)), hash)) unverified('site.file-changed', { path });
    }
    const known = new Set(lines.map((line) => line.path).concat('manifest.txt', 'manifest.note'));
    for (const path of files.keys()) {
        if (!known.has(path)) unverified('site.file-unnamed', { path });
    }
    return { files: lines.length, looked: looked === undefined ? lines.length : files.size - 2 };
}

// ---- entries (site-7, public-5)

/** Some certificate of the log's office and epoch must grant every row: which of them governed an entry hangs on
 *  times that the site does not show. */
function authoriseRows(rows, header, certs) {
    let refusal;
    for (const cert of certs) {
        try {
            rows.forEach((row) => authorise(row, header, cert));
            return;
        } catch (e) {
            refusal = e;
        }
    }
    throw refusal;
}

/** One HEADER and one PART frame: the entry with the rows of its public part. */
function openEntry(headerFrame, partFrame, certificates, registries) {
    need(headerFrame.name === 'HEADER' && partFrame && partFrame.name === 'PART', 'site.frames');
    const { signature, header: bytes } = readHeaderFrame(headerFrame.payload);
    const part = readPartFrame(partFrame.payload);
    const certs = certificates.ofLog(part.origin);
    const header = openHeader(bytes, signature, certs[0].keys.log);
    need(header.origin === part.origin && header.seq === part.seq, 'site.other-entry', { origin: part.origin });
    const descriptor = header.parts[part.part];
    need(descriptor !== undefined && descriptor.audience === PUBLIC, 'site.part', { part: part.part });
    verifyPart(descriptor, part.salt, part.stored);
    const registry = registries.get(header.schema) || fail('later', 'entry.schema', { schema: header.schema,
        known: [...registries.keys()] });
    need(equal(registry.hash, header.schemaHash), 'entry.schema-hash', { schema: header.schema }); // entry-7
    const rows = decodeChangeset(part.stored, registry, { lane: header.lane, audience: descriptor.audience });
    authoriseRows(rows, header, certs);
    return { header, leaf: leafHash(bytes), rows: rows.map(rowObject) };
}

function onlyRow(entry, table) {
    const rows = entry.rows.filter((row) => row.table === table);
    need(rows.length === 1, 'site.rows', { table, have: rows.length });
    return rows[0];
}

/** site-15: the one entry of a file. */
export function openAlone(bytes, kind, certificates, registries) {
    const { frames, rest } = splitFrames(bytes);
    need(rest.length === 0 && frames.length === 2, 'site.frames');
    const entry = openEntry(frames[0], frames[1], certificates, registries);
    need(entry.header.kind === kind, 'site.kinds');
    return entry;
}

/** site-25: the entries of exceptions that a supplement names. */
export function openExceptions(bytes, certificates, registries) {
    const { frames, rest } = splitFrames(bytes), entries = [];
    need(rest.length === 0 && frames.length % 2 === 0, 'site.frames');
    for (let i = 0; i < frames.length; i += 2) {
        const entry = openEntry(frames[i], frames[i + 1], certificates, registries);
        need(entry.header.kind === KIND.exc, 'site.kinds');
        entries.push(entry);
    }
    return entries;
}

/** The entries of a draw: {order, freeze, draw, more}, each {header, leaf, rows}; and the rows that carry the texts. */
export function openEntries(bytes, certificates, registries) {
    const { frames, rest } = splitFrames(bytes);
    need(rest.length === 0 && frames.length >= 6 && frames.length % 2 === 0, 'site.frames');
    const entries = [];
    for (let i = 0; i < frames.length; i += 2) {
        entries.push(openEntry(frames[i], frames[i + 1], certificates, registries));
    }
    const [order, freeze, draw, ...more] = entries;
    need(order.header.kind === KIND.order && freeze.header.kind === KIND.freeze, 'site.kinds');
    need([draw, ...more].every((entry) => entry.header.kind === KIND.draw), 'site.kinds');
    const orderRow = onlyRow(order, 'draw_order'), freezeRow = onlyRow(freeze, 'draw_freeze');
    const drawRow = onlyRow(draw, 'draw_result');
    const tables = [[order, ['draw_order']], [freeze, ['draw_freeze']], [draw, ['draw_result', 'draw_selected']]];
    for (const [entry, own] of tables) need(entry.rows.every((row) => own.includes(row.table)), 'site.rows'); // public-5
    let seq = draw.header.seq;
    for (const entry of more) {
        need(entry.header.origin === draw.header.origin && entry.header.seq > seq, 'site.more-draws');
        need(entry.rows.every((row) => row.table === 'draw_selected'), 'site.more-draws');
        seq = entry.header.seq;
    }
    // verdicts-6: "The list is the draw_selected rows of a draw_id in the order of their ids."
    const list = [draw, ...more].reduce((all, entry) => all.concat(entry.rows), [])
        .filter((row) => row.table === 'draw_selected' && row.draw_id === drawRow.id)
        .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    return { order, freeze, draw, orderRow, freezeRow, drawRow, list };
}

// ---- places and times (public-7)

/** The time at which this witness office cosigned the checkpoint, under any of its keys; undefined if it did not. */
function cosignedAt(note, certs) {
    for (const cert of certs) {
        const name = witnessName(cert.origin), keyId = keyIdOf(name, TYPE_COSIGNATURE, cert.keys.witness);
        if (note.signatures.some((line) => line.name === name && equal(line.keyId, keyId))) {
            return verifyCosignature(note, name, cert.keys.witness);
        }
    }
    return undefined;
}

/** The proofs beside a draw for one of its entries: {office: {size, time}} for every office above that cosigned a
 *  checkpoint over it, the smallest size of each. Refuses when a proof does not hold. */
export function openPlaces(files, directory, name, entry, certificates, above) {
    const times = {}, head = directory + name + '.';
    let proofs = 0;
    for (const [path, bytes] of files) {
        if (!path.startsWith(head) || !path.endsWith('.proof')) continue;
        const { origin, seq } = entry.header;
        const checkpoint = openProof(bytes, certificates.logKey(origin), origin, seq, entry.leaf);
        // The file is named for the office whose first cosignature it holds.
        const named = path.slice(head.length, -'.proof'.length);
        if (cosignedAt(checkpoint.note, certificates.of(named)) === undefined) {
            unverified('site.not-cosigned', { entry: name, office: named });
        }
        proofs++;
        for (const office of above) {
            const time = cosignedAt(checkpoint.note, certificates.of(office));
            if (time === undefined || (times[office] && times[office].size <= checkpoint.size)) continue;
            times[office] = { size: checkpoint.size, time };
        }
    }
    if (proofs === 0) fail('absent', 'site.no-proof', { entry: name });
    if (above.length > 0 && Object.keys(times).length === 0) unverified('site.not-cosigned', { entry: name });
    return times;
}
