// Readers of the vector files of the draw that hold more than one object (readers.mjs says what a reader is).

import {
    alphaOf, attrSaltOf, beaconDigest, checkDraw, checkNotDrawn, checkSupplement, drawKeys, dueDate, encodeAttributes, freezeRoots, hmac256,
    holds, inclusionProof, inspectorRecord, isBeaconLine, judgeUscc, KIND_LETTERS, leafHash, makeCalendar, markRecord, need,
    objectRecord, openProof, openSlip, pair, parseFreeze, parseRegistry, parseRules, parseSlip, parseUtf8,
    recusalRecord, seedOf, select, selectedRecord, sha256, sortRoster, ticket, toHex, uniform, utf8, verifyInclusion,
} from '../../protocol/js/index.js';
import { file } from './files.mjs';
import { is } from './tap.mjs';

// ---- lists: items that end with `;`, fields parted by one blank, `-` for nothing

const items = (v, key) => (v.values.get(key) || []).join(' ').split(';').map((item) => item.trim()).filter((item) => item);
const field = (text) => (text === '-' ? '' : text);
const codes = (text) => (text === '-' ? [] : text.split(',').map(Number));

const READ = {
    object: (item) => {
        const [id, cls, status, complaints, inspected, last, office, tags] = item.split(' ');
        return { id, kind: KIND_LETTERS.indexOf(id[0]) + 1, class: Number(cls), status: Number(status),
            complaints: Number(complaints), inspected: Number(inspected), last: Number(last), office: field(office),
            tags: codes(tags) };
    },
    mark: (item) => {
        const [id, kind, reason, scope, source] = item.split(' ');
        return { id, kind: Number(kind), reason: Number(reason), scope: field(scope),
            source: new Uint8Array(32).fill(Number(source)) };
    },
    inspector: (item) => {
        const [id, quals, available, load0] = item.split(' ');
        return { id, quals: codes(quals), available: Number(available), load0: Number(load0) };
    },
    recusal: (item) => {
        const [inspector, object] = item.split(' ');
        return { inspector, object };
    },
    selected: (item) => {
        const [mode, id] = item.split(' ');
        return { mode: Number(mode), id };
    },
};
const list = (v, key) => items(v, key).map(READ[key]);
const rosterOf = (v) => ({ objects: list(v, 'object'), marks: list(v, 'mark'), inspectors: list(v, 'inspector'),
    recusals: list(v, 'recusal') });
const said = (v, key) => items(v, key).join(';');

// ---- derivations

const RECORDS = { object: objectRecord, mark: markRecord, inspector: inspectorRecord, recusal: recusalRecord,
    selected: selectedRecord };
const idOf = (v) => parseUtf8(v.input);
const keysOf = (v) => drawKeys(v.bytes('seed'));
const VALUES = {
    'order-id': (v) => sha256(v.input),
    'beacon-digest': (v) => beaconDigest(v.input.length > 0 ? idOf(v) : undefined),
    alpha: (v) => alphaOf(v.bytes('order-id'), v.bytes('digest')),
    seed: (v) => {
        const all = v.bytes('beta');
        return seedOf(Array.from({ length: all.length / 64 }, (_, i) => all.slice(64 * i, 64 * i + 64)));
    },
    'attr-salt': (v) => attrSaltOf(idOf(v), v.bytes('salt-key')),
    ticket: (v) => ticket(keysOf(v), idOf(v)),
};

const KEYS = { 'key-objects': 'object', 'key-visits': 'visit', 'key-inspectors': 'inspector' };

function derive(v) {
    const what = v.get('what'), kind = what.replace(/-record$/, '');
    if (KEYS[what]) { // a key is known here by what it makes
        is(keysOf(v)[KEYS[what]](utf8(what)), hmac256(v.bytes('out.value'), utf8(what)), what);
    } else if (VALUES[what]) {
        is(VALUES[what](v), v.bytes('out.value'), what);
    } else if (what === 'uniform') {
        const number = uniform(keysOf(v), Number(v.get('round')), Number(v.get('slot')), idOf(v), BigInt(v.get('n')));
        is(String(number), v.get('out.number'), what);
    } else {
        const record = RECORDS[kind](READ[kind](v.get('item').replace(/;$/, '')), v.bytes('salt-key'));
        is(record.slice(-16), v.bytes('out.salt'), 'salt');
        is(leafHash(record), v.bytes('out.leaf'), 'leaf');
    }
}

// ---- rosters and draws

function roster(v) {
    const saltKey = v.bytes('salt-key'), given = rosterOf(v), asked = v.get('prove');
    const ordered = v.get('first') ? sortRoster(given) : given;
    const roots = freezeRoots(ordered, saltKey);
    if (asked !== undefined) {
        const leaves = ordered.objects.map((object) => leafHash(objectRecord(object, saltKey)));
        const at = ordered.objects.findIndex(({ id }) => id === asked);
        need(at >= 0, 'roster.no-object', { object: asked });
        verifyInclusion(BigInt(at), BigInt(leaves.length), leaves[at], inclusionProof(at, leaves), roots.objects.root);
    }
    for (const name of Object.keys(roots)) is(roots[name].root, v.bytes('out.' + name), name);
}

function selection(v) {
    const found = select(parseRules(v.bytes('rules')), rosterOf(v), keysOf(v));
    const strata = found.strata.map((s) => [s.no, s.base, s.pool, s.quota, s.cutOff ? toHex(s.cutOff) : '-'].join(' '));
    is(strata.join(';'), said(v, 'out.stratum'), 'strata');
    const pick = ({ id, mode, stratum }) => [mode === 1 ? 'must' : 'lot', stratum, id].join(' ');
    is(found.selected.map(pick).join(';'), said(v, 'out.selected'), 'selected');
    is(found.reserve.map(pick).join(';'), said(v, 'out.reserve'), 'reserve');
}

function visits(v) {
    const rules = [], targets = [];
    for (let n = 1; v.get('rules' + n) !== undefined; n++) {
        rules.push(parseRules(v.bytes('rules' + n)));
        targets.push(items(v, 'drawn' + n));
    }
    const found = pair(rules, targets, rosterOf(v), keysOf(v)).map((visit) => [
        visit.id, visit.slots.reduce((bits, slot) => bits + 2 ** (slot - 1), 0),
        ...visit.chosen.map((id, k) => (id || '-') + ':' + visit.chances[k] + (visit.overcap[k] ? '!' : '')),
    ].join(' '));
    is(found.join(';'), said(v, 'out.visit'), 'visits');
}

/** The expression stands for the population of rules that are otherwise sound. */
function expression(v) {
    const rules = parseRules(utf8(['draw-rules/1', 'slot 140600 2021 09 1', 'type both', 'population ' + v.get('expression'),
        'stratum 1 1/2 0 true', 'total -', 'must -', 'exclude -', 'cap -', 'role 1 2 -', 'pool 2', 'load -', 'age 30',
        'witness 48', 'return 10', 'supp 3', 'level offline', ''].join('\n')));
    is(Number(holds(rules.population, list(v, 'object')[0])), Number(v.get('out.holds')), 'holds');
}

// ---- what is released

const registry = parseRegistry(file('protocol/registry-1.txt'));
const registries = new Map([[registry.version, registry]]);

/** The certificates of a city and of a county that draws. */
function certificatesOf(v) {
    const cert = (office, level, keys) => ({ office, level, epoch: 1, lanes: 0x1f, keys,
        origin: 'test.example/' + office + '/1' });
    const all = [cert('1406', 2, { log: v.bytes('city-key') }),
        cert('140602', 3, { log: v.bytes('county-key'), vrf: v.bytes('county-vrf') })];
    const ofLog = (origin) => {
        const found = all.filter((one) => one.origin === origin);
        need(found.length > 0, 'site.no-certificate', { origin });
        return found;
    };
    return { ofLog, logKey: (origin) => ofLog(origin)[0].keys.log };
}

function evidence(v) {
    const state = checkDraw({ frames: v.input, certificates: certificatesOf(v), registries, rules: v.bytes('rules') });
    if (v.get('object') === undefined) return;
    const flag = v.get('standing') === 'stratum' ? 'pool' : v.get('standing');
    checkNotDrawn(state, v.get('object'), { flag, stratum: Number(v.get('stratum')) });
}

function supplement(v) {
    const exceptions = v.get('exceptions') ? v.bytes('exceptions') : new Uint8Array(0);
    checkSupplement({ frames: v.input, before: [v.bytes('main')], exceptions, certificates: certificatesOf(v), registries });
}

function slipOpen(v) {
    const slip = parseSlip(v.input);
    openSlip(slip, parseFreeze(v.bytes('freeze')));
    is(encodeAttributes(slip.attributes), v.bytes('out.attributes'), 'attributes');
}

// ---- days and codes

const days = (v, key) => items(v, key).map(Number);

function calendar(v) {
    const made = makeCalendar({ from: Number(v.get('from')), to: Number(v.get('to')), holidays: days(v, 'holiday'),
        makeups: days(v, 'makeup') });
    const due = dueDate(made, Number(v.get('start')), Number(v.get('days')));
    is(due.day, Number(v.get('out.due')), 'due');
    is(Number(due.provisional), Number(v.get('out.provisional')), 'provisional');
}

function creditCode(v) {
    // Of bytes that are no text each counts as one character.
    const bytewise = () => Array.from(v.input, (byte) => (byte < 128 ? String.fromCharCode(byte) : '\ufffd')).join('');
    const { code, verdict, reason } = judgeUscc(parseUtf8(v.input) || bytewise());
    need(verdict === 'valid', 'uscc.' + (reason || verdict).replace(' ', '-'));
    is(code, v.get('out.code'), 'code');
}

export const drawReaders = {
    'derive.txt': derive,
    'roster.txt': roster,
    'select.txt': selection,
    'pair.txt': visits,
    'beacon.txt': (v) => {
        const line = parseUtf8(v.input);
        need(line !== undefined && isBeaconLine(line), 'draw.beacon');
    },
    'expression.txt': expression,
    'slip-open.txt': slipOpen,
    'evidence.txt': evidence,
    'supplement.txt': supplement,
    'evidence-proof.txt': (v) => {
        openProof(v.input, v.bytes('key'), v.get('log'), Number(v.get('seq')), v.bytes('leaf'));
    },
    'calendar.txt': calendar,
    'uscc.txt': creditCode,
};

// What the program says of a fault, and what is said of it here, where a step is named after the page of a site.
export const alike = {
    'evidence.txt': {
        'evidence.link': ['public.freeze-place', 'public.order-freeze', 'public.order-id', 'public.order-place',
            'public.draw-freeze', 'public.order-office'],
        'evidence.order-office': ['public.order-office'],
        'evidence.order-note': ['note.unsigned'],
        'evidence.row': ['site.rows'],
        'evidence.vrf-office': ['public.vrf-key'],
        'evidence.vrf-keys': ['public.keys'],
        'evidence.beacon': ['public.beacon'],
        'evidence.vrf': ['vrf.proof'],
        'evidence.selected': ['public.list-root'],
        'evidence.cutoff': ['public.quota-sum', 'public.cut-off-lots', 'public.cut-off'],
        'evidence.quota': ['public.quota', 'public.strata'],
        'evidence.frames': ['site.frames'],
        'evidence.signature': ['entry.signature'],
        'evidence.commitment': ['entry.commitment'],
        'evidence.not-drawn': ['slip.cut-off'],
        'evidence.must': ['slip.standing'],
        'evidence.schema': ['entry.schema-hash'],
    },
    'supplement.txt': Object.assign({ 'evidence.row': ['site.rows'], 'evidence.frames': ['site.frames', 'site.kinds'] },
        ...['path', 'number', 'order', 'event', 'strata', 'stratum', 'list', 'tickets', 'named', 'voids']
            .map((name) => ({ ['evidence.supp-' + name]: ['public.supp-' + name] }))),
    'evidence-proof.txt': {
        'evidence.inclusion': ['merkle.inclusion', 'proof.other-index'],
        'evidence.checkpoint': ['checkpoint.other-log', 'note.unsigned'],
    },
    'slip-open.txt': {
        'slip.object': ['merkle.inclusion', 'merkle.index', 'merkle.left-over'],
        'slip.mark': ['merkle.inclusion'],
    },
};
