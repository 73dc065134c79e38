// What reads each file of tests/vectors: returns the bytes that the value encodes to again, or nothing, or throws a
// QnError. The ids of refusals are compared where this implementation has taken them over (`ids`).

import {
    AUDIENCES, authorise, authorisePurge, authoriseRedaction, authoriseSkip, checkFingerprint, checkpointText, decodeAttributes, decodeCert, decodeChangeset, decodeFork,
    decodeEntryBundle, decodeHave, decodeHeader, decodeRequest, encodeFileName, encodeCert, encodeChangeset, encodeEntryBundle, encodeException, encodeFork, encodeFrame, encodeFreeze,
    encodeHave, encodeHeader, encodeNote, encodeOrder, encodePairs, encodePartFrame, encodePolicy, encodeProof,
    encodeRegistry, encodeRelease, encodeRequest, encodeResult, encodeRules, encodeSlip, encodeSuccession, short,
    encodeWitnessRequest, fail, governingCert, isObjectId, LANES, need, parseCheckpoint, parseException, parseFreeze, parseNote,
    parseOrder, parseOrigin, parsePairs, parsePolicy, parseProof, parseReceipt, parseRegistry, parseRelease, parseResult,
    parseRowId, parseRules, parseSlip, parseSuccession, parseUtf8, parseVerifierKey, parseWitnessRequest,
    parseWitnessSize, printRowId, readEndFrame, readFileFrame, readKeptFrame, readOfferFrame, readPartFrame, readRunFrame, readToldFrame, readWantFrame, receiptText,
    sha256, splitFrames, takeWitnessAnswer, u32, u8, unverified, utf8,
    verifierKey, verifyChildCert, verifyConsistency, verifyCosignature, verifyFork, verifyInclusion, verifyNote,
    verifyPart, verifyRootCert, verifySuccession, verifyTagged, verifyVrf, concat, equal, u64,
} from '../../protocol/js/index.js';
import { file } from './files.mjs';
import { drawReaders } from './readers-draw.mjs';
import { is } from './tap.mjs';

const changeRegistry = parseRegistry(file('tests/vectors/change-registry.txt'));

/** A text that must be UTF-8 to be one. */
const textOf = (bytes) => {
    const text = parseUtf8(bytes);
    need(text !== undefined, 'test.utf8');
    return text;
};
const hashes = (bytes) => Array.from({ length: bytes.length / 32 }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
/** A certificate of a body alone: only its fields are asked for. */
const bodyCert = (body) => {
    try {
        return decodeCert(concat(body, u8(1), new Uint8Array(64)));
    } catch (e) {
        return decodeCert(concat(body, u8(2, 1, 0), new Uint8Array(64)));
    }
};
const certUnder = (cert, parent) => {
    verifyChildCert(cert, parent);
    return encodeCert(cert);
};

export const readers = {
    'header.txt': (v) => encodeHeader(decodeHeader(v.input)),
    'change.txt': (v) => {
        const rows = decodeChangeset(v.input, changeRegistry, {
            lane: LANES.indexOf(v.get('lane') || 'control'),
            audience: AUDIENCES.indexOf(v.get('audience') || 'public'),
            rowsMax: Number(v.get('rows-max') || 5000),
        });
        is(rows.length, Number(v.get('rows')), 'rows');
        return encodeChangeset(rows);
    },
    'note.txt': (v) => encodeNote(parseNote(v.input)),
    'note-bounds.txt': (v) => encodeNote(parseNote(v.input)),
    'note-by.txt': (v) => verifyNote(parseNote(v.input), textOf(v.bytes('signer')), v.bytes('key')),
    'cosigned-by.txt': (v) => {
        const time = verifyCosignature(parseNote(v.input), textOf(v.bytes('signer')), v.bytes('key'));
        is(String(time), v.get('out.time'), 'time');
    },
    'checkpoint.txt': (v) => utf8(checkpointText(parseCheckpoint(textOf(v.input)))),
    'proof.txt': (v) => encodeProof(parseProof(v.input)),
    'inclusion.txt': (v) => verifyInclusion(BigInt(v.get('index')), BigInt(v.get('size')), v.bytes('leaf'),
        hashes(v.bytes('proof')), v.bytes('root')),
    'consistency.txt': (v) => verifyConsistency(BigInt(v.get('from')), BigInt(v.get('to')), hashes(v.bytes('proof')),
        v.bytes('from-root'), v.bytes('to-root')),
    'witness-request.txt': (v) => encodeWitnessRequest(parseWitnessRequest(v.input)),
    'vkey.txt': (v) => utf8(verifierKey(parseVerifierKey(textOf(v.input)))),
    'policy.txt': (v) => encodePolicy(parsePolicy(v.input)),
    'fingerprint.txt': (v) => checkFingerprint(textOf(v.input), v.bytes('hash')),
    'cert-root.txt': (v) => {
        const cert = decodeCert(v.input);
        verifyRootCert(cert, parsePolicy(v.bytes('policy')));
        return encodeCert(cert);
    },
    'cert-under.txt': (v) => certUnder(decodeCert(v.input), bodyCert(v.bytes('parent'))),
    'chain.txt': (v) => certUnder(decodeCert(v.input), decodeCert(v.bytes('parent'))),
    'request.txt': (v) => encodeRequest(decodeRequest(v.input)),
    'origin.txt': (v) => {
        need(parseOrigin(textOf(v.input)) !== undefined, 'cert.origin');
    },
    'row-id.txt': (v) => utf8(printRowId(parseRowId(textOf(v.input)))),
    'succession.txt': (v) => {
        const succession = parseSuccession(v.input);
        verifySuccession(succession, parsePolicy(v.bytes('policy')));
        return encodeSuccession(succession);
    },
    'governing.txt': (v) => {
        const given = (v.values.get('given') || []).join(' ').split(';').map((one) => one.trim()).filter((one) => one);
        const certs = given.map((one) => {
            const [serial, firstDay, lastDay, lanes, time] = one.split(/\s+/).map(Number);
            return { cert: { serial, firstDay, lastDay, lanes, office: '1406' }, time };
        });
        const { cert, covered } = governingCert(certs, Number(v.get('time')));
        if (!covered) fail('later', 'cert.not-covered');
        is(String(cert.serial), v.get('out.serial'), 'serial');
    },
    'header-by.txt': (v) => {
        if (!verifyTagged(v.bytes('key'), 'header', v.input, v.bytes('sig'))) unverified('entry.signature');
    },
    'part.txt': (v) => verifyPart({ stored: Number(v.get('stored')), commitment: v.bytes('commitment') },
        v.bytes('salt'), v.input),
    'registry.txt': (v) => encodeRegistry(parseRegistry(v.input)),
    'authority.txt': (v) => {
        const levels = v.get('levels');
        const table = { name: 't', lane: Number(v.get('table-lane')), levels: levels.toLowerCase(),
            once: levels !== levels.toLowerCase() };
        authorise({ table, values: [v.get('office'), parseRowId(v.get('id')), BigInt(v.get('rev'))] },
            { lane: Number(v.get('lane')), seq: Number(v.get('seq')) },
            { office: v.get('signer'), level: Number(v.get('level')), epoch: Number(v.get('epoch')),
                lanes: Number(v.get('lanes')) });
    },
    'frame.txt': (v) => { // the first frame alone is asked for
        need(v.input.length >= 5, 'frame.more');
        const length = new DataView(v.input.buffer, v.input.byteOffset + 1, 4).getUint32(0);
        const { frames } = splitFrames(v.input.slice(0, 5 + length));
        need(frames.length === 1, 'frame.more');
        return concat(encodeFrame(frames[0].type, frames[0].payload), v.input.slice(5 + length));
    },
    'part-frame.txt': (v) => encodePartFrame(readPartFrame(v.input)),
    'file-frame.txt': (v) => {
        const { name, offset, path, bytes } = readFileFrame(v.input);
        return concat(encodeFileName(name), u64(offset), u8(path.length / 32), path, bytes);
    },
    'want.txt': (v) => {
        const { name, offset } = readWantFrame(v.input);
        return concat(encodeFileName(name), u64(offset));
    },
    'offer.txt': (v) => encodeFileName(readOfferFrame(v.input).name),
    'kept.txt': (v) => {
        const { name, fate } = readKeptFrame(v.input);
        return concat(encodeFileName(name), u8(fate));
    },
    'run-frame.txt': (v) => {
        const { raw, coded } = readRunFrame(v.input);
        return concat(u32(raw), coded);
    },
    'told-frame.txt': (v) => {
        const { origin, told } = readToldFrame(v.input);
        return concat(short(origin), told);
    },
    'end.txt': (v) => u8(readEndFrame(v.input).more ? 1 : 0),
    'have.txt': (v) => encodeHave(decodeHave(v.input)),
    'fork.txt': (v) => encodeFork(decodeFork(v.input)),
    'fork-of.txt': (v) => {
        verifyFork(decodeFork(v.input), textOf(v.bytes('origin')), v.bytes('key'));
    },
    'receipt.txt': (v) => utf8(receiptText(parseReceipt(textOf(v.input)))),
    'rules.txt': (v) => encodeRules(parseRules(v.input)),
    'freeze.txt': (v) => encodeFreeze(parseFreeze(v.input)),
    'order.txt': (v) => encodeOrder(parseOrder(v.input)),
    'result.txt': (v) => encodeResult(parseResult(v.input)),
    'pairs.txt': (v) => encodePairs(parsePairs(v.input)),
    'release.txt': (v) => encodeRelease(parseRelease(v.input)),
    'exc.txt': (v) => encodeException(parseException(v.input)),
    'object-id.txt': (v) => need(isObjectId(textOf(v.input)), 'object.form'),
    'attributes.txt': (v) => {
        decodeAttributes(v.input);
    },
    'slip.txt': (v) => encodeSlip(parseSlip(v.input)),
    'vrf.txt': (v) => {
        is(verifyVrf(v.bytes('key'), v.bytes('alpha'), v.input), v.bytes('out.beta'), 'beta');
    },
    'witness-size.txt': (v) => utf8(parseWitnessSize(v.input) + '\n'),
    'witness-answer.txt': (v) => {
        const { time } = takeWitnessAnswer(v.input, textOf(v.bytes('text')), parseVerifierKey(v.get('vkey')));
        is(String(time), v.get('out.time'), 'time');
    },
    'entry-bundle.txt': (v) => encodeEntryBundle(decodeEntryBundle(v.input, Number(v.get('width')))),
    'entry-bundle-leaf.txt': (v) => {
        is(encodeEntryBundle([v.input]), v.bytes('out.bundle'), 'bundle');
    },
    'skip.txt': (v) => {
        const table = v.get('table'), about = { office: v.get('office'), epoch: Number(v.get('epoch')) };
        const signer = table === 'waiver' ? { office: '1406', epoch: 1 } : about;
        authoriseSkip(table, { origin: v.get('origin'), seq: v.get('seq') }, { seq: 40 },
            { ...signer, deployment: 'test.example' }, { ...about, issuer: v.get('issuer') });
    },
    'forget.txt': (v) => {
        const cert = { deployment: 'test.example', office: '1406', epoch: 2 };
        if (v.get('table') === 'purge') {
            authorisePurge({ holder: v.get('holder'), subject: v.get('subject') }, cert, v.get('given') === 'yes');
        } else {
            const above = v.get('above') === '-' ? [] : v.get('above').split(' ');
            authoriseRedaction({ origin: v.get('origin'), seq: v.get('seq'), part: v.get('part') }, { seq: 40 }, cert, above);
        }
    },
    ...drawReaders,
    'serial.txt': (v) => {
        const serial = Number(v.get('serial')), last = Number(v.get('last'));
        const same = equal(sha256(v.input), v.bytes('last-hash'));
        if (serial === last && last > 0 && same) return;
        need(serial === last + 1, serial === last && last > 0 ? 'cert.serial-recycled'
            : serial <= last ? 'cert.serial-regression' : 'cert.serial-gap'); // rotation-1
    },
};

// The ids of these files are the program's own; of the others only the verdict is compared.
export const ids = ['header.txt', 'change.txt', 'authority.txt', 'governing.txt', 'serial.txt', 'header-by.txt',
    'part.txt', 'row-id.txt', 'skip.txt', 'forget.txt', 'entry-bundle.txt', 'entry-bundle-leaf.txt', 'select.txt', 'roster.txt', 'pair.txt',
    'beacon.txt', 'calendar.txt', 'uscc.txt', 'witness-size.txt', 'witness-answer.txt'];
