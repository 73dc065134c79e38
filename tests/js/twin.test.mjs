// Whole draws against the program: tests/tools/random_draws makes them in C, and this makes each text again from the
// records, the rules and the proofs alone. A draw that differs is printed.
//   DRAWS=17 node tests/js/run.mjs twin          draw 17 alone, or DRAWS=17,100 a hundred from it

import { spawnSync } from 'child_process';
import { fileURLToPath } from 'url';
import { parseHex, toHex, utf8 } from '../../protocol/js/bytes.js';
import { alphaOf, beaconDigest, drawKeys, pair, seedOf, select } from '../../protocol/js/draw.js';
import { checkOrder, freezeRoots, recordsRoot, selectedRecord } from '../../protocol/js/roster.js';
import { encodeRules, parseRules } from '../../protocol/js/rules.js';
import {
    encodeFreeze, encodeOrder, encodePairs, encodeResult, parseFreeze, parseOrder, parseResult,
} from '../../protocol/js/texts.js';
import { verifyVrf } from '../../protocol/js/vrf.js';
import { url } from './files.mjs';
import { is, note, test } from './tap.mjs';

const TOOL = (process.env.BUILD || fileURLToPath(url('build/check'))) + '/tests/tools/random_draws';
const [FIRST, COUNT] = process.env.DRAWS ? process.env.DRAWS.split(',').concat('1') : ['5000000', '1400'];
const WHOLE = process.env.DRAWS ? 0 : 1000; // so many are refused by no rule

const numbers = (field) => (field === '-' ? [] : field.split(',').map(Number));
const orEmpty = (field) => (field === '-' ? '' : field);

const READ = {
    object: ([id, kind, cls, status, complaints, inspected, last, office, tags]) => ({
        id, kind: Number(kind), class: Number(cls), status: Number(status), complaints: Number(complaints),
        inspected: Number(inspected), last: Number(last), office: orEmpty(office), tags: numbers(tags),
    }),
    mark: ([id, kind, reason, scope, source]) => ({
        id, kind: Number(kind), reason: Number(reason), scope: orEmpty(scope), source: parseHex(source, 32),
    }),
    inspector: ([id, quals, available, load0]) => ({
        id, quals: numbers(quals), available: Number(available), load0: Number(load0),
    }),
    recusal: ([inspector, object]) => ({ inspector, object }),
};

/** The lines of one draw by their first words. */
function readDraw(lines) {
    const given = { rules: [], object: [], mark: [], inspector: [], recusal: [], list: [], reserve: [], chance: [] };
    for (const line of lines) {
        const [word, ...fields] = line.split(' ').filter((field) => field !== '');
        if (given[word] !== undefined && Array.isArray(given[word])) given[word].push(READ[word] ? READ[word](fields) : fields.join(' '));
        else given[word] = fields.join(' ');
    }
    return given;
}

/** A refusal is an outcome like any other: its rule is compared. */
function orRefused(make) {
    try {
        return make();
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        return { refused: e.id };
    }
}

function remakeDraw(given) {
    const saltKey = parseHex(given['salt-key'], 32), text = (word) => parseHex(given[word]);
    const rules = given.rules.map((hex) => {
        const parsed = parseRules(parseHex(hex));
        is(encodeRules(parsed), parseHex(hex), 'rules');
        return parsed;
    });
    const roster = { objects: given.object, marks: given.mark, inspectors: given.inspector, recusals: given.recusal };
    checkOrder(roster);
    const roots = freezeRoots(roster, saltKey), counted = {};
    for (const list of Object.keys(roots)) counted[list] = { count: BigInt(roots[list].count), root: roots[list].root };
    is(encodeFreeze(Object.assign(parseFreeze(text('freeze')), counted)), text('freeze'), 'freeze');
    const order = parseOrder(text('order'));
    is(encodeOrder(order), text('order'), 'order');
    rules.forEach((r, i) => is(order.slots[i].rulesHash, r.hash, 'hash of the rules'));
    return remakeResult(given, { rules, roster, saltKey, order });
}

const words = (list) => list.join('\n');

function remakeResult(given, { rules, roster, saltKey, order }) {
    if (given.result === undefined) { // nothing was drawn, so no proof was told: the rules refuse any seed
        const keys = drawKeys(new Uint8Array(32));
        const refusals = rules.map((r) => orRefused(() => select(r, roster, keys)).refused).filter((id) => id);
        is(refusals[0], given.refused, 'refusal');
        return;
    }
    const told = parseResult(parseHex(given.result)), alpha = alphaOf(order.id, beaconDigest(told.beacon));
    const keys = drawKeys(seedOf(told.proofs.map(({ pi }, i) => verifyVrf(order.keys[i], alpha, pi))));
    const ids = rules.map((r, i) => given.list.filter((line) => line.startsWith(i + 1 + ' ')).map((line) => line.split(' ')[1]));
    const reserve = [];
    if (order.type !== 'pairs') {
        const drawn = rules.map((r) => select(r, roster, keys));
        told.strata = [];
        told.selected = drawn.map(({ strata, selected, reserve: rest }, i) => {
            strata.forEach((s) => told.strata.push(Object.assign({ slot: i + 1 }, s)));
            rest.forEach(({ id }) => reserve.push(i + 1 + ' ' + id));
            ids[i] = selected.map(({ id }) => id);
            const root = recordsRoot(selected.map((pick) => selectedRecord(pick, saltKey)));
            return { slot: i + 1, count: selected.length, root };
        });
    }
    is(words(reserve), words(given.reserve), 'reserve');
    is(encodeResult(told), parseHex(given.result), 'result');
    if (order.type === 'objects') return;
    const visits = orRefused(() => pair(rules, ids, roster, keys));
    is(visits.refused, given.refused, 'refusal of the pairs');
    if (visits.refused) return;
    const text = encodePairs({ origin: told.origin, orderId: order.id, visits });
    is(new TextDecoder().decode(text), new TextDecoder().decode(parseHex(given.pairs)), 'pairs');
    const chances = visits.map((v) => v.chances.map((n, i) => n + (v.overcap[i] ? '!' : '')).join(' '));
    is(words(chances), words(given.chance), 'chances');
}

const made = spawnSync(TOOL, [FIRST, COUNT], { encoding: 'utf8', maxBuffer: 1 << 28 });
test('the program makes ' + COUNT + ' draws', () => is(made.error ? String(made.error) : made.status, 0, made.stderr));
const draws = (made.stdout || '').split(/^end\n/m).slice(0, -1), start = Date.now(), seen = {};
let whole = 0;
for (let from = 0; from < draws.length; from += 50) {
    const some = draws.slice(from, from + 50);
    test('whole draws ' + from + ' to ' + (from + some.length - 1), () => some.forEach((text) => {
        const given = readDraw(text.split('\n').slice(0, -1));
        try {
            remakeDraw(given);
        } catch (e) {
            e.stack = text + e.stack;
            throw e;
        }
        const { type } = parseOrder(parseHex(given.order));
        const kind = type + (given.rules.length > 1 ? ' joint' : '') + (given.refused ? ' refused' : '');
        seen[kind] = (seen[kind] || 0) + 1;
        if (!given.refused) whole++;
    }));
}
test('every draw was compared, ' + WHOLE + ' of them to the end', () => is(draws.length === Number(COUNT) && whole >= WHOLE, true));
note(Object.keys(seen).sort().map((kind) => kind + ' ' + seen[kind]).join(', ') + ': ' + (Date.now() - start) + ' ms');
