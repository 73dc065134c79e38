// The PUBLIC profile (protocol/spec/publication.md): what anyone concludes about one object of one draw, from the
// files of a site and the fingerprint of the root policy. "Every step is told; a step that fails does not hide the
// ones after it": a step that lacks what an earlier one would have found is told as absent.

import {
    compare, compareText, concat, equal, fail, isCode, need, parseUtf8, QnError, toHex, unverified, utf8,
} from './bytes.js';
import { checkFingerprint, fingerprint, parsePolicy } from './cert.js';
import { alphaOf, beaconDigest, drawKeys, quotas, seedOf, standing, ticket } from './draw.js';
import { decodeHeader, openHeader, parseRowId } from './entry.js';
import { readHeaderFrame, splitFrames } from './frame.js';
import { leafHash, rootOf } from './merkle.js';
import { openProof, parseNote, verifyNote } from './note.js';
import { parseRegistry } from './registry.js';
import { selectedBody } from './roster.js';
import { LEVELS, parseRules } from './rules.js';
import {
    Certificates, checkFiles, fileOf, KIND, openAlone, openEntries, openExceptions, openManifest, openPlaces,
} from './site.js';
import { sha256 } from './sha2.js';
import { openSlip, parseSlip } from './slip.js';
import { compareSupplement, countVoids, drawnBefore } from './supplement.js';
import { parseFreeze, parseOrder, parseResult } from './texts.js';
import { verifyVrf } from './vrf.js';

export const STEPS = [
    'policy', 'certificates', 'files', 'script', 'entries', 'order', 'places', 'seed', 'list', 'strata', 'supplement', 'level',
    'verdicts', 'object', 'slip-place', 'slip',
];

const REDACTION = 19; // kind of an entry, entry-9

/** A draw is named `<office>:<epoch>-<seq>-<n>`. */
export function parseDrawName(name) {
    const [office, id, ...more] = name.split(':');
    need(more.length === 0 && isCode(office) && id !== undefined, 'public.draw-name', { name });
    return { office, id: parseRowId(id), directory: 'draws/' + office + '-' + id + '/' };
}

/** What an earlier step found; absent when that step failed. */
function have(state, name) {
    if (state[name] === undefined) fail('absent', 'public.step-failed', { need: name });
    return state[name];
}

const officeOf = (origin) => origin.split('/')[1];

// ---- the steps, in the order of public-1; each keeps in `state` what later ones read

function policyStep(state) {
    state.policy = parsePolicy(fileOf(state.files, 'root-policy.txt'));
    const print = fingerprint(state.policy.hash);
    if (state.fingerprint !== undefined) checkFingerprint(state.fingerprint, state.policy.hash); // public-2
    return { deployment: state.policy.deployment, fingerprint: print };
}

/** public-3. */
function certificatesStep(state) {
    const certificates = new Certificates(state.files, have(state, 'policy'));
    state.certificates = certificates;
    if (certificates.refusals.length > 0) throw certificates.refusals[0];
    need(certificates.of(state.draw.office).length > 0, 'site.no-certificate', { office: state.draw.office });
    const chain = [...certificates.above(state.draw.office).reverse(), state.draw.office];
    return { certificates: certificates.verified.length, codes: chain, chain: chain.map((code) => certificates.nameOf(code)) };
}

/** public-4. */
function filesStep(state) {
    const { publisher, lines } = openManifest(state.files, have(state, 'certificates'));
    state.publisher = publisher;
    const name = state.certificates.nameOf(officeOf(publisher));
    return Object.assign(checkFiles(state.files, lines, state.looked), { publisher, name });
}

/** public-15. A site without a script has nothing to compare. */
function scriptStep(state) {
    const bytes = state.files.get('check.js'), certificates = have(state, 'certificates');
    if (bytes === undefined && !(state.looked && state.looked.has('check.js'))) return {};
    const digest = sha256(fileOf(state.files, 'check.js'));
    const entry = openAlone(fileOf(state.files, 'check.frames'), KIND.publish, certificates, state.registries);
    const { origin, seq } = entry.header, [row] = entry.rows;
    need(entry.rows.length === 1 && row.table === 'site_script' && row.path === 'check.js', 'site.rows', { table: 'site_script', have: entry.rows.length });
    if (officeOf(origin) !== officeOf(have(state, 'publisher'))) unverified('public.script-office', { origin });
    if (!equal(row.digest, digest)) unverified('public.script', { digest: toHex(digest) });
    openProof(fileOf(state.files, 'check.proof'), certificates.logKey(origin), origin, seq, entry.leaf);
    return { digest: toHex(digest), registered: row.registered_on, origin, seq: String(seq) };
}

/** The texts that the rows carry. */
function openTexts(found) {
    const orderNote = parseNote(utf8(found.orderRow.note));
    return Object.assign(found, {
        orderNote, orderText: parseOrder(utf8(orderNote.text)), freezeText: parseFreeze(utf8(found.freezeRow.text)),
        result: parseResult(utf8(found.drawRow.text)),
    });
}

/** public-14: nobody can check this draw, and signed orders say why. */
function forgottenStep(state, bytes) {
    const { frames, rest } = splitFrames(bytes), { office } = state.draw, certificates = have(state, 'certificates');
    need(rest.length === 0 && frames.length > 0, 'site.frames');
    const orders = frames.map(({ name, payload }) => {
        need(name === 'HEADER', 'site.frames');
        const { signature, header: opened } = readHeaderFrame(payload);
        const origin = decodeHeader(opened).origin, by = origin.split('/')[1];
        const header = openHeader(opened, signature, certificates.logKey(origin));
        const mayOrder = by === office || certificates.above(office).includes(by);
        if (header.kind !== REDACTION || !mayOrder) unverified('public.forgotten-order', { origin, seq: header.seq });
        return { origin, seq: header.seq };
    });
    state.forgotten = orders;
    fail('absent', 'public.forgotten', { orders });
}

/** public-5. */
function entriesStep(state) {
    const { directory, office, id } = state.draw;
    const forgotten = state.files.get('sealed/' + directory.slice('draws/'.length).replace(/-[0-9]+\/$/, '') + '.forgotten.frames');
    if (forgotten !== undefined && !state.files.has(directory + 'entries.frames')) forgottenStep(state, forgotten);
    const frames = fileOf(state.files, directory + 'entries.frames');
    const found = openEntries(frames, have(state, 'certificates'), state.registries);
    if (found.drawRow.office !== office || found.drawRow.id !== id) unverified('public.other-draw');
    state.entries = openTexts(found);
    const beside = {
        'order.txt': found.orderRow.note, 'freeze.txt': found.freezeRow.text, 'result.txt': found.drawRow.text,
    };
    for (const name of Object.keys(beside)) {
        const same = equal(fileOf(state.files, directory + name), utf8(beside[name]));
        if (!same) unverified('public.file-differs', { name });
    }
    return { selected: found.list.length };
}

const isLeaf = (leaf, entry) => leaf.origin === entry.header.origin && leaf.index === BigInt(entry.header.seq) &&
    equal(leaf.hash, entry.leaf);

/** public-6. */
function orderStep(state) {
    const { order, freeze, draw, orderNote, orderText, freezeText, result } = have(state, 'entries');
    verifyNote(orderNote, orderText.parent, state.certificates.logKey(order.header.origin));
    if (orderText.parent !== order.header.origin) unverified('public.order-log');
    const drawer = draw.header.origin;
    // An order may outlive the epoch it was addressed to.
    if (officeOf(orderText.office) !== officeOf(drawer) || result.origin !== drawer) unverified('public.order-office');
    const { origin, index, id } = result.order;
    if (origin !== order.header.origin || index !== BigInt(order.header.seq)) unverified('public.order-place');
    if (!equal(id, orderText.id)) unverified('public.order-id');
    if (!isLeaf(result.freeze, freeze)) unverified('public.draw-freeze');
    if (orderText.freeze && !isLeaf(orderText.freeze, freeze)) unverified('public.order-freeze');
    if (freezeText.origin !== freeze.header.origin || freezeText.seq !== BigInt(freeze.header.seq)) {
        unverified('public.freeze-place');
    }
    return { level: orderText.level };
}

/** public-7. */
function placesStep(state) {
    const entries = have(state, 'entries'), above = state.certificates.above(state.draw.office), times = {};
    for (const name of ['order', 'freeze', 'draw']) {
        times[name] = openPlaces(state.files, state.draw.directory, name, entries[name], state.certificates, above);
    }
    state.times = times;
    return { above, times };
}

/** public-8. */
function seedStep(state) {
    const { orderText, result, draw } = have(state, 'entries');
    const same = result.proofs.length === orderText.keys.length &&
        result.proofs.every(({ key }, i) => equal(key, orderText.keys[i]));
    if (!same) unverified('public.keys');
    const certs = state.certificates.ofLog(draw.header.origin);
    if (!certs.some((cert) => equal(cert.keys.vrf, orderText.keys[0]))) unverified('public.vrf-key');
    const event = result.beacon && result.beacon.split(' ').slice(0, 2).join(' ');
    const ordered = orderText.beacon && orderText.beacon.source + ' ' + orderText.beacon.event;
    if (event !== ordered) unverified('public.beacon');
    const alpha = alphaOf(orderText.id, beaconDigest(result.beacon));
    const seed = seedOf(result.proofs.map(({ key, pi }) => verifyVrf(key, alpha, pi)));
    state.keys = drawKeys(seed);
    return { seed: toHex(seed) };
}

/** The rows of the opened list, slot by slot, each with its ticket when the seed is known. */
function listOf(state) {
    const { list, result } = have(state, 'entries');
    return result.selected.map(({ slot }) => list.filter((row) => row.slot_no === BigInt(slot)).map((row) => ({
        id: row.object_id, mode: Number(row.mode), salt: row.salt,
        ticket: state.keys && ticket(state.keys, row.object_id),
    })));
}

/** public-9, draw-16. */
function listStep(state) {
    const { list, result } = have(state, 'entries'), slots = listOf(state);
    state.slots = slots;
    if (slots.reduce((sum, rows) => sum + rows.length, 0) !== list.length) unverified('public.list-slot');
    result.selected.forEach(({ slot, count, root }, i) => {
        const rows = slots[i].sort((a, b) => compareText(a.id, b.id)); // draw-16
        rows.forEach((row, at) => {
            need((row.mode === 1 || row.mode === 2) && row.salt.length === 16, 'public.list-row', { slot });
            need(at === 0 || compareText(rows[at - 1].id, row.id) < 0, 'public.list-order', { slot });
        });
        const leaves = rows.map((row) => leafHash(concat(selectedBody(row.mode, row.id), row.salt)));
        if (count !== BigInt(rows.length) || !equal(root, rootOf(leaves))) unverified('public.list-root', { slot });
    });
    return { slots: slots.map((rows) => rows.length) };
}

const sum = (numbers) => numbers.reduce((all, n) => all + n, 0n);

/** public-10, for one slot, without its rules. */
function checkCutOffs(strata, rows, slot) {
    const lots = rows.filter((row) => row.mode === 2);
    if (sum(strata.map((s) => s.quota)) !== BigInt(lots.length)) unverified('public.quota-sum', { slot });
    for (const { cutOff, no } of strata.filter((s) => s.cutOff)) {
        if (!lots.some((lot) => equal(lot.ticket, cutOff))) unverified('public.cut-off', { slot, stratum: no });
        const below = lots.filter((lot) => compare(lot.ticket, cutOff) <= 0).length;
        const due = sum(strata.filter((s) => s.cutOff && compare(s.cutOff, cutOff) <= 0).map((s) => s.quota));
        if (BigInt(below) < due) unverified('public.cut-off-lots', { slot, stratum: no });
    }
}

/** public-10, public-11: the rules of a slot where they are published; undefined elsewhere. */
function rulesOf(state, slot, ordered) {
    const bytes = state.files.get(state.draw.directory + 'rules-' + slot + '.txt');
    if (bytes === undefined) return undefined;
    return checkRules(parseRules(bytes), ordered, slot);
}

function checkRules(rules, ordered, slot) {
    if (!equal(rules.hash, ordered.rulesHash)) unverified('public.rules-hash', { slot });
    const names = ['issuer', 'series', 'task', 'round'];
    if (names.some((name) => rules.slot[name] !== ordered[name])) unverified('public.rules-slot', { slot });
    return rules;
}

/** public-10: what the result says of every slot's strata, and the rules that are at hand. */
function strataStep(state, rulesAt = (ordered, i) => rulesOf(state, i + 1, ordered)) {
    const { orderText, result } = have(state, 'entries');
    state.rules = orderText.slots.map(rulesAt);
    const slots = have(state, 'slots');
    have(state, 'keys');
    const opened = orderText.type === 'pairs' ? 0 : orderText.slots.length; // draw-28
    if (slots.length !== opened) unverified('public.slots');
    slots.forEach((rows, i) => {
        const slot = i + 1, strata = result.strata.filter((s) => s.slot === slot), rules = state.rules[i];
        checkCutOffs(strata, rows, slot);
        if (rules === undefined) return;
        const numbers = rules.strata.map((s) => s.no).join(' ');
        if (strata.map((s) => s.no).join(' ') !== numbers) unverified('public.strata', { slot });
        if (orderText.supp > 0) return; // public-11: "The quotas of a supplement (exc-11) are its voids"
        const want = quotas(rules, strata.map((s) => Number(s.base)), strata.map((s) => Number(s.pool)));
        strata.forEach((s, h) => {
            if (s.quota !== BigInt(want[h])) unverified('public.quota', { slot, stratum: s.no, want: want[h] });
        });
    });
    return { rules: state.rules.filter((rules) => rules !== undefined).length };
}

/** A draw of the chain before this one, as far as a list can be compared with; its own page tells the rest. */
function openBefore(state, name) {
    const draw = parseDrawName(name), { certificates, registries, files } = state;
    const found = openEntries(fileOf(files, draw.directory + 'entries.frames'), certificates, registries);
    if (draw.office !== state.draw.office || found.drawRow.office !== draw.office || found.drawRow.id !== draw.id) unverified('public.other-draw');
    return listOfDraw({ draw, files, certificates, registries, entries: openTexts(found) });
}

/** Order, seed, list and strata of it hold; without its rules, which are those of this one. */
function listOfDraw(state) {
    orderStep(state);
    seedStep(state);
    listStep(state);
    strataStep(state, () => undefined);
    return besides(state);
}

/** A draw as supplement.js takes it. */
const besides = ({ entries: { orderText, result, drawRow }, slots, keys }) => ({
    id: drawRow.id, orderText, result, keys, rows: slots.reduce((all, rows, i) => all.concat(rows.map(({ id, mode }) => ({ slot: i + 1, id, mode }))), []),
});

/** public-20, public-21. */
function supplementStep(state) {
    const { directory } = state.draw, { supp } = have(state, 'entries').orderText, own = (have(state, 'rules'), besides(state));
    const chain = state.files.get(directory + 'chain.txt'), names = chain ? parseUtf8(chain) : '';
    need(names !== undefined && (names === '' || names.endsWith('\n')), 'public.draw-name', { name: 'chain.txt' });
    const before = names.split('\n').slice(0, -1).map((name) => openBefore(state, name));
    if (before.length < supp) return { supp, shown: before.length };
    compareSupplement(own, before);
    const frames = state.files.get(directory + 'exceptions.frames');
    const counted = countVoids(own, before, frames ? openExceptions(frames, state.certificates, state.registries) : []);
    state.before = before;
    return Object.assign({ supp, shown: before.length, drawn: own.rows.length }, counted);
}

/** public-9: "Of several slots the least `witness` counts." */
function levelStep(state) {
    const { order, freeze, draw } = have(state, 'times'), { orderText } = state.entries;
    const rules = have(state, 'rules').filter((r) => r !== undefined);
    const hours = rules.map((r) => r.witness).reduce((least, n) => Math.min(least, n), Infinity);
    // "unless some ancestor cosigned the FREEZE no later than the ORDER"
    const frozen = Object.keys(order).some((office) => (
        freeze[office] !== undefined && freeze[office].time <= order[office].time));
    // "the DRAW's first cosignature by an ancestor"
    const first = Object.keys(draw).reduce((a, b) => (a === undefined || draw[b].time < draw[a].time ? b : a), undefined);
    const inTime = rules.length > 0 && first !== undefined && order[first] !== undefined
        && draw[first].time <= order[first].time + BigInt(hours) * 3600n;
    const level = !frozen ? LEVELS[2] : inTime ? LEVELS[0] : LEVELS[1];
    return { level, ordered: orderText.level, rules: rules.length };
}

/** public-16: what offices above found; each is the newest that the publisher held. */
function verdictsStep(state) {
    const { directory, office, id } = state.draw, certificates = have(state, 'certificates');
    const above = certificates.above(office), found = [];
    for (const [path, bytes] of state.files) {
        if (!path.startsWith(directory + 'verdict.')) continue;
        const { header, rows: [row, ...more] } = openAlone(bytes, KIND.verdict, certificates, state.registries);
        const judge = officeOf(header.origin);
        const about = row !== undefined && more.length === 0 && row.table === 'draw_verdict' && row.draw_office === office
            && row.draw_id === id;
        if (!about || path !== directory + 'verdict.' + judge + '.frames') unverified('public.verdict-other', { path });
        if (!above.includes(judge)) unverified('public.verdict-office', { office: judge });
        found.push({ office: judge, name: certificates.nameOf(judge), outcome: row.outcome, codes: row.codes,
            judged: row.judged_on });
    }
    return { verdicts: found };
}

/** public-12: for each slot whether the object is on the list, how, and its ticket beside the cut-offs. */
function objectStep(state) {
    const slots = have(state, 'slots'), { result } = state.entries;
    const own = ticket(have(state, 'keys'), state.object);
    const told = slots.map((rows, i) => {
        const row = rows.find(({ id }) => id === state.object);
        const cutOffs = result.strata.filter((s) => s.slot === i + 1 && s.cutOff);
        if (row) {
            const place = rows.filter(({ mode, ticket: t }) => mode === 2 && compare(t, own) <= 0).length;
            return row.mode === 1 ? { slot: i + 1, answer: 'must' } : { slot: i + 1, answer: 'lot', place };
        }
        // public-22: "An object on an earlier list of the slot line could not be drawn once more"
        if (drawnBefore(state.before || [], i + 1, state.object)) return { slot: i + 1, answer: 'drawn-before', cutOffs: [] };
        const beside = cutOffs.map(({ no, cutOff }) => (
            { stratum: no, cutOff: toHex(cutOff), above: compare(own, cutOff) > 0 }));
        const above = beside.every((line) => line.above);
        return { slot: i + 1, answer: above ? 'not-drawn' : 'ask-for-the-slip', cutOffs: beside };
    });
    state.answer = { ticket: toHex(own), slots: told };
    return state.answer;
}

/** slip-6: the slip is of this draw and object, and leads to the freeze. */
function slipPlaceStep(state) {
    const slip = parseSlip(state.slipBytes), { draw, freeze, freezeText } = have(state, 'entries');
    if (slip.object !== state.object) unverified('slip.other-object', { object: slip.object });
    if (!isLeaf(slip.draw, draw)) unverified('slip.other-draw');
    if (!isLeaf(slip.freeze, freeze)) unverified('slip.other-freeze');
    openSlip(slip, freezeText);
    state.slip = slip;
    return { leaf: slip.leaf };
}

/** public-13: what the rules say of the opened object agrees with the list. */
function slipStep(state) {
    const slip = have(state, 'slip'), answer = have(state, 'answer'), rules = have(state, 'rules');
    const { result } = state.entries, object = Object.assign({ id: slip.object }, slip.attributes);
    return answer.slots.map((told, i) => {
        if (rules[i] === undefined) return { slot: told.slot, standing: 'rules-not-published' };
        const { flag, stratum } = standing(rules[i], object, slip.marks);
        if (drawnEarlier(state, told, flag)) return { slot: told.slot, standing: flag, stratum: undefined };
        const onList = told.answer === 'must' ? 'must' : told.answer === 'lot' ? 'pool' : undefined;
        if (onList !== undefined || flag === 'must') {
            if (onList !== flag) unverified('slip.standing', { slot: told.slot, standing: flag });
        }
        const line = flag === 'pool' ? result.strata.filter((s) => s.slot === told.slot)[stratum] : undefined;
        if (line) checkPoolObject(line, answer.ticket, onList !== undefined, told.slot);
        told.answer = onList === undefined ? 'not-drawn' : told.answer;
        return { slot: told.slot, standing: flag, stratum: line && line.no };
    });
}

/** public-22: of a supplement nothing follows from the slip of who was drawn before, in any slot line, or as a must. */
function drawnEarlier({ before = [], entries: { orderText }, slip }, told, flag) {
    const listed = told.answer === 'must' || told.answer === 'lot';
    return !listed && orderText.supp > 0 && (flag === 'must' || orderText.slots.some((s, i) => drawnBefore(before, i + 1, slip.object)));
}

/** public-13: "A pool object that is not drawn has a ticket above its stratum's cut-off, and its stratum's quota is
 *  smaller than its pool." One that is drawn has a ticket at or below it. */
function checkPoolObject(line, ticketHex, drawn, slot) {
    const within = line.cutOff !== undefined && ticketHex <= toHex(line.cutOff);
    if (drawn !== within) unverified('slip.cut-off', { slot, stratum: line.no });
    if (!drawn && line.quota >= line.pool) unverified('slip.pool', { slot, stratum: line.no });
}

const DO = {
    policy: policyStep, certificates: certificatesStep, files: filesStep, entries: entriesStep, order: orderStep,
    script: scriptStep, places: placesStep, seed: seedStep, list: listStep, strata: strataStep, level: levelStep,
    supplement: supplementStep, verdicts: verdictsStep, object: objectStep,
    'slip-place': slipPlaceStep, slip: slipStep,
};

/** public-5 to public-11 over the entries of one draw; the first refusal is thrown. certificates and registries as
 *  site.js takes them, rules those of slot line 1. What was found, for objectPlace. */
export function checkDraw({ frames, certificates, registries, rules }) {
    const state = { certificates, entries: openTexts(openEntries(frames, certificates, registries)) };
    const ofSlot = (ordered) => checkRules(parseRules(rules), ordered, 1);
    orderStep(state);
    seedStep(state);
    listStep(state);
    strataStep(state, (ordered, i) => (i === 0 ? ofSlot(ordered) : undefined));
    return state;
}

/** public-20, public-21 over the entries of one draw and of those before it, as checkDraw takes them; exceptions: the bytes
 *  of exceptions.frames. */
export function checkSupplement({ frames, before, exceptions, certificates, registries }) {
    const open = (bytes) => listOfDraw({ certificates, draw: { office: '' }, entries: openTexts(openEntries(bytes, certificates, registries)) });
    const own = open(frames), others = before.map(open);
    compareSupplement(own, others);
    return countVoids(own, others, openExceptions(exceptions, certificates, registries));
}

/** public-13: an object that the list of slot line 1 lacks, by where it stands. */
export function checkNotDrawn(state, object, { flag, stratum }) {
    if (flag === 'must') unverified('slip.standing', { slot: 1, standing: flag });
    const line = state.entries.result.strata.find((s) => s.slot === 1 && s.no === stratum);
    if (flag === 'pool') checkPoolObject(line, toHex(ticket(state.keys, object)), false, 1);
}

/** What entry.schema means to a person: the files are not wrong, this checker is too old for them. */
export const tooNew = ({ schema, known }) => (
    `这些文件用的是数据格式表第 ${schema} 版，本核对程序只认识第 ${known.join('、') || '（无）'} 版，没有核对；请换用较新的核对程序。\n`
    + `These files use registry ${schema}; this checker knows only ${known.join(', ') || 'none'} and did not check them. `
    + 'Use a newer checker.');

/** Checks one object of one draw, or without one the draw alone. files: a Map of path to bytes, of the whole site or, with
 *  looked, of the paths in that Set; fingerprint: undefined where nobody has typed one, then the policy's own is told;
 *  registries: the registry texts this checker knows; slip: the bytes of a slip, or undefined. {holds, steps: [{step, ok, found | refusal}], answer, forgotten}: forgotten is the list of orders
 *  where that, and nothing else, is why there is no answer (public-14). */
export function checkPublic({ files, looked, fingerprint: typed, drawName, object, slip, registries }) {
    const known = new Map(registries.map(parseRegistry).map((registry) => [registry.version, registry]));
    const state = { files, looked, fingerprint: typed, object, slipBytes: slip, draw: parseDrawName(drawName), registries: known };
    const asked = (step) => (step === 'object' ? object : step.startsWith('slip') ? slip : step) !== undefined;
    const steps = STEPS.filter(asked).map((step) => {
        const main = state.entries === undefined || state.entries.orderText.supp === 0;
        if (step === 'supplement' && main) return undefined;
        try {
            return { step, ok: true, found: DO[step](state) };
        } catch (e) {
            if (!(e instanceof QnError)) throw e;
            return { step, ok: false, refusal: { code: e.code, id: e.id, args: e.args } };
        }
    }).filter((step) => step !== undefined);
    const due = ['public.forgotten', 'public.step-failed'];
    const sound = steps.every(({ ok, refusal }) => ok || due.includes(refusal.id));
    return {
        holds: steps.every(({ ok }) => ok), steps, answer: state.answer, forgotten: sound ? state.forgotten : undefined,
        texts: state.entries, slip: state.slip, rules: state.rules,
    };
}
