// The PUBLIC profile over a small site: an honest one passes every step, and each fault is told by the step whose
// matter it is (publication.md, public-1 to public-13).

import { compare, utf8 } from '../../protocol/js/bytes.js';
import { ticket } from '../../protocol/js/draw.js';
import { checkPublic } from '../../protocol/js/public.js';
import { parseSlip, encodeSlip } from '../../protocol/js/slip.js';
import { certBytes } from './office.mjs';
import { city, county, province, registryBytes, rulesBytes, smallSite } from './small-site.mjs';
import { is, refuses, test } from './tap.mjs';

function check(site, object, slip) {
    return checkPublic({ files: site.files, fingerprint: site.fingerprint, drawName: site.drawName, object, slip,
        registries: [registryBytes] });
}

const failed = (outcome) => outcome.steps.filter((step) => !step.ok).map((step) => step.step + ' ' + step.refusal.id).join(', ');
const found = (outcome, step) => outcome.steps.find((s) => s.step === step).found;

const honest = smallSite();
const drawnId = honest.selected[0].id;
const cutOff = (no) => honest.strata.find((s) => s.no === no).cutOff;
const pool = honest.objects.slice(0, 22).filter((object) => honest.selected.every(({ id }) => id !== object.id));
/* Nobody without the roster knows the stratum of an object: this one's ticket is above both cut-offs. */
const friend = pool.find(({ id }) => [1, 2].every((no) => compare(ticket(honest.keys, id), cutOff(no)) > 0));

test('an honest site passes every step', () => {
    for (const { id } of honest.objects) is(failed(check(honest, id)), '', id);
    const outcome = check(honest, drawnId);
    is(outcome.holds, true);
    is(outcome.answer.slots[0].answer, 'lot');
    is(found(outcome, 'level').level, 'witnessed');
});

test('every owner who brings the slip gets an answer', () => {
    for (const object of honest.objects) {
        const outcome = check(honest, object.id, honest.slip(object));
        is(failed(outcome), '', object.id);
        const [{ standing }] = found(outcome, 'slip');
        is(standing, object.status === 5 ? 'outside' : object.inspected >= 2 ? 'capped' : 'pool');
    }
});

test('without a slip: above every cut-off is not drawn, else the slip is asked for', () => {
    for (const object of pool) {
        const above = [1, 2].every((no) => compare(ticket(honest.keys, object.id), cutOff(no)) > 0);
        is(check(honest, object.id).answer.slots[0].answer, above ? 'not-drawn' : 'ask-for-the-slip');
    }
});

test('the level falls with the times', () => {
    is(found(check(smallSite({ late: 86401 }), drawnId), 'level').level, 'offline');
    is(found(check(smallSite({ late: 86300 }), drawnId), 'level').level, 'witnessed');
    is(found(check(smallSite({ late: 90000, frozenAt: 1001 }), drawnId), 'level').level, 'unwitnessed');
});

const dir = honest.directory;
const flip = (path, at) => (files) => {
    const bytes = files.get(path).slice();
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    files.set(path, bytes);
};
const put = (path, bytes) => (files) => {
    files.set(path, bytes);
};

// [what was done, how, the steps that tell it; "…" for more behind].
const FAULTS = [
    ['a file changed behind the manifest', { after: flip(dir + 'rules-1.txt', 40) }, 'files site.file-changed…'],
    ['a file more', { after: put('x.html', utf8('')) }, 'files site.file-unnamed'],
    ['a file less', { after: (files) => { files.delete('rules.html'); } }, 'files site.file-missing'],
    ['the manifest signed by another', { files: () => undefined, after: flip('manifest.note', -10) }, 'files note.sig…'],
    ['a certificate of nobody\'s', { files: flip('certs/140600-1-1.cert', -1) }, 'certificates cert.signature…'],
    ['a certificate under another name', { files: put('certs/140602-1-2.cert', certBytes(county)) }, 'certificates site.cert-name'],
    ['a header changed', { files: flip(dir + 'entries.frames', 120) }, 'entries …'],
    ['a row changed', { files: flip(dir + 'entries.frames', -3) }, 'entries entry.commitment…'],
    ['order.txt is not the order', { files: flip(dir + 'order.txt', 20) }, 'entries public.file-differs'],
    ['an order for another office', { order: (o) => { o.office = city.origin; o.freeze = undefined; o.level = 'unwitnessed'; } }, 'order public.order-office…'],
    ['an order with another VRF key', { order: (o) => { o.keys = [county.fields.keys.log]; } }, 'seed public.keys, …'],
    ['an order with a beacon', { order: (o) => { o.beacon = { source: 'ssq', event: '2021080' }; } }, 'seed public.beacon, …'],
    ['another freeze in the order', { order: (o) => { o.freeze.hash = o.nonce; } }, 'order public.order-freeze'],
    ['a freeze of another seq', { freeze: (f) => { f.seq = 5n; } }, 'order public.freeze-place'],
    ['another order_id', { result: (r) => { r.order.id = r.freeze.hash; } }, 'order public.order-id'],
    ['another place of the order', { result: (r) => { r.order.index = 7n; r.seen.size = 9n; } }, 'order public.order-place'],
    ['a proof of no leaf', { files: flip(dir + 'draw.140600.proof', 34) }, 'places …'],
    ['no proof of the order', { files: (files) => { files.delete(dir + 'order.140600.proof'); } }, 'places site.no-proof…'],
    ['a friend left out of the list', { rows: (rows) => { rows.shift(); } }, 'entries result.count…'],
    ['a friend exchanged for another', { rows: (rows) => rows.slice(1).concat({ id: friend.id, mode: 2 }).sort((a, b) => (a.id < b.id ? -1 : 1)) }, 'strata public.cut-off…'],
    ['a lot made a must', { rows: (rows) => { rows[0].mode = 1; } }, 'strata public.quota-sum'],
    ['a list that is not that of the result', { result: (r) => { r.selected[0].root = r.freeze.hash; } }, 'list public.list-root'],
    ['a quota below the rules', { result: (r) => { r.strata[0].base = 40; r.strata[0].pool = 40; } }, 'strata public.quota'],
    ['another script than the one in the log', { files: put('check.js', utf8('alert(1)')) }, 'script public.script'],
    ['a row with another digest', { script: (bytes) => bytes.slice(1) }, 'script public.script'],
    ['a script without its row', { files: (files) => { files.delete('check.frames'); } }, 'script site.file-missing'],
    ['a row that is in no log', { files: flip('check.proof', 60) }, 'script …'],
    ['a row of another script', { scriptPath: 'find.js' }, 'script site.rows'],
    ['a script registered by another office', { scriptBy: province }, 'script public.script-office'],
    ['a verdict of the office itself', { judge: county }, 'verdicts authority.level'],
    ['a verdict about another draw', { judged: 77n }, 'verdicts public.verdict-other'],
    ['a verdict changed', { files: flip(dir + 'verdict.140000.frames', -3) }, 'verdicts entry.commitment…'],
    ['other rules', { files: put(dir + 'rules-1.txt', utf8(new TextDecoder().decode(rulesBytes).replace('cap 2', 'cap 3'))) }, 'strata public.rules-hash, …'],
];
for (const [name, change, want] of FAULTS) {
    test('told: ' + name, () => {
        const got = failed(check(smallSite(change), drawnId));
        is(got.startsWith(want.replace(/…$/, '')) && (want.endsWith('…') || got === want), true, got + '\nwanted: ' + want);
    });
}

test('another fingerprint is told, and the rest all the same', () => {
    const outcome = check(Object.assign({}, honest, { fingerprint: honest.fingerprint.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }), drawnId);
    is(failed(outcome), 'policy fingerprint.group');
});

test('part of a site, as a browser reads it', () => {
    const part = new Map([...honest.files].filter(([path]) => path !== 'rules.html')), looked = new Set(part.keys());
    const some = (files, more = {}) => checkPublic(Object.assign({ files, looked, drawName: honest.drawName, registries: [registryBytes] }, more));
    const outcome = some(part);
    is(failed(outcome), '');
    is(outcome.answer, undefined, 'nothing was asked for');
    is(found(outcome, 'policy').fingerprint, honest.fingerprint, 'told, for the reader to compare');
    is(found(outcome, 'files').looked + 1, found(outcome, 'files').files, 'how many of how many');
    is(found(outcome, 'verdicts').verdicts.length, 1);
    is(some(part, { object: drawnId }).answer.slots[0].answer, 'lot');
    const bad = new Map(part);
    flip(dir + 'result.txt', 30)(bad);
    is(failed(some(bad)).startsWith('files site.file-changed, entries public.file-differs'), true);
    const less = new Map(part);
    less.delete(dir + 'draw.140600.proof');
    is(failed(some(less)), 'files site.file-missing, places site.no-proof, level public.step-failed', 'what could not be read is missing');
});

test('another draw\'s name', () => {
    is(failed(check(Object.assign({}, honest, { drawName: '140602:1-9-0' }), drawnId)).startsWith('entries site.file-missing'), true);
    refuses('public.draw-name', () => check(Object.assign({}, honest, { drawName: '140602' }), drawnId));
});

test('slips: written again; spoilt, of another object, with other attributes', () => {
    const object = pool[0], other = pool[1], bytes = honest.slip(object);
    is(encodeSlip(parseSlip(bytes)), bytes);
    for (let i = 0; i < bytes.length; i += 41) {
        const bad = bytes.slice();
        bad[i] ^= 1;
        is(check(honest, object.id, bad).holds, false, 'byte ' + i);
    }
    is(failed(check(honest, other.id, bytes)), 'slip-place slip.other-object, slip public.step-failed');
    const lie = parseSlip(bytes);
    lie.attributes.class = (lie.attributes.class + 1) % 5;
    is(failed(check(honest, object.id, encodeSlip(lie))), 'slip-place merkle.inclusion, slip public.step-failed');
});
