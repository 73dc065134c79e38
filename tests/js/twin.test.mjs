// Whole draws against the program: tests/tools/random_draws makes them in C, and this makes each text again from the
// records, the rules and the proofs alone; then what follows each draw, who is drawn and sent in another's place, by the
// frozen order or on supplements. A draw that differs is printed.
//   DRAWS=17 node tests/js/run.mjs twin          draw 17 alone, or DRAWS=17,100 a hundred from it

import { spawnSync } from 'child_process';
import { fileURLToPath } from 'url';
import { parseHex, toHex, utf8 } from '../../protocol/js/bytes.js';
import { Chain } from '../../protocol/js/after.js';
import { alphaOf, beaconDigest, drawKeys, pair, seedOf, select } from '../../protocol/js/draw.js';
import { checkOrder, freezeRoots, recordsRoot, selectedRecord } from '../../protocol/js/roster.js';
import { encodeRules, parseRules } from '../../protocol/js/rules.js';
import {
    encodeException, encodeFreeze, encodeOrder, encodePairs, encodeResult, parseException, parseFreeze, parseOrder, parseResult,
} from '../../protocol/js/texts.js';
import { verifyVrf } from '../../protocol/js/vrf.js';
import { url } from './files.mjs';
import { is, note, test } from './tap.mjs';

const TOOL = (process.env.BUILD || fileURLToPath(url('build/check'))) + '/tests/tools/random_draws';
const [FIRST, COUNT] = process.env.DRAWS ? process.env.DRAWS.split(',').concat('1') : ['5000000', '1400'];
const WHOLE = process.env.DRAWS ? 0 : 1000; // so many are refused by no rule
const FOLLOWED = { exceptions: 8000, counting: 5000, successors: 300, instead: 800, supplements: 600, drawn: 150, changed: 700 };

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

/** The lines of one draw by their first words; `after` are those behind it, in their order. */
function readDraw(all) {
    const end = all.findIndex((line) => line.startsWith('drawn ')), lines = end < 0 ? all : all.slice(0, end);
    const given = { rules: [], object: [], mark: [], inspector: [], recusal: [], list: [], reserve: [], chance: [] };
    given.after = end < 0 ? [] : all.slice(end).map((line) => line.split(' ').filter((field) => field !== ''));
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
    let drawn;
    if (order.type !== 'pairs') {
        drawn = rules.map((r) => select(r, roster, keys));
        setLists(told, drawn, saltKey);
        drawn.forEach(({ selected, reserve: rest }, i) => {
            rest.forEach(({ id }) => reserve.push(i + 1 + ' ' + id));
            ids[i] = selected.map(({ id }) => id);
        });
    }
    is(words(reserve), words(given.reserve), 'reserve');
    is(encodeResult(told), parseHex(given.result), 'result');
    const main = { rules, roster, saltKey, order, told, keys, drawn: drawn || ids.map((listed) => ({ listed })) };
    if (order.type === 'objects') {
        remakeAfter(given.after, main);
        return;
    }
    const visits = orRefused(() => pair(rules, ids, roster, keys));
    is(visits.refused, given.refused, 'refusal of the pairs');
    if (visits.refused) return;
    const text = encodePairs({ origin: told.origin, orderId: order.id, visits });
    is(new TextDecoder().decode(text), new TextDecoder().decode(parseHex(given.pairs)), 'pairs');
    const chances = visits.map((v) => v.chances.map((n, i) => n + (v.overcap[i] ? '!' : '')).join(' '));
    is(words(chances), words(given.chance), 'chances');
    remakeAfter(given.after, Object.assign(main, { visits }));
}

/** Strata and lists of a result from what was drawn in each slot line. */
function setLists(told, drawn, saltKey) {
    told.strata = [];
    told.selected = drawn.map(({ strata, selected }, i) => {
        strata.forEach((s) => told.strata.push(Object.assign({ slot: i + 1 }, s)));
        const root = recordsRoot(selected.map((pick) => selectedRecord(pick, saltKey)));
        return { slot: i + 1, count: selected.length, root };
    });
}

const tally = { exceptions: 0, counting: 0, successors: 0, instead: 0, supplements: 0, drawn: 0, changed: 0 };

/** exc-9 to exc-14: every exception with who follows, every supplement with its list and pairs. */
function remakeAfter(lines, main) {
    if (lines.length === 0) return;
    const leafAt = (index, hash) => ({ origin: main.told.origin, index: BigInt(index), hash: parseHex(hash, 32) });
    const [[, index, hash], ...rest] = lines;
    const chain = new Chain(Object.assign({ witnessed: main.order.level === 'witnessed', at: leafAt(index, hash) }, main));
    for (let i = 0; i < rest.length; i++) {
        const [word, ...fields] = rest[i];
        if (word === 'exc') {
            const text = parseHex(rest[++i][1]), exc = parseException(text);
            const { counts, next } = chain.follow(exc, leafAt(fields[1], fields[2]));
            is(counts ? '1' : '0', fields[0], 'whether the exception counts');
            is(encodeException(Object.assign(exc, { next })), text, 'exception');
            tally.exceptions++;
            tally.counting += counts ? 1 : 0;
            tally[exc.kind === 'void' ? 'successors' : 'instead'] += next === undefined ? 0 : 1;
        } else {
            const count = main.order.type === 'objects' ? 2 : 3, [result, ...more] = rest.slice(i + 1, i + 1 + count);
            remakeSupplement(chain, main, { order: fields[0], result: result[1], pairs: more.length > 1 ? more[0][1] : undefined,
                at: leafAt(...more[more.length - 1].slice(1)) });
            i += count;
        }
    }
}

function remakeSupplement(chain, main, given) {
    const order = parseOrder(parseHex(given.order)), told = parseResult(parseHex(given.result));
    is(encodeOrder(order), parseHex(given.order), 'order of the supplement');
    const alpha = alphaOf(order.id, beaconDigest(told.beacon));
    const keys = drawKeys(seedOf(told.proofs.map(({ pi }, i) => verifyVrf(order.keys[i], alpha, pi))));
    const { slots, visits } = chain.answer(order, keys, given.at);
    if (slots) setLists(told, slots, main.saltKey);
    is(encodeResult(told), parseHex(given.result), 'result of the supplement');
    tally.supplements++;
    tally.drawn += told.selected.reduce((sum, { count }) => sum + Number(count), 0);
    is(visits !== undefined, given.pairs !== undefined, 'pairs of the supplement');
    if (!visits) return;
    const text = encodePairs({ origin: told.origin, orderId: order.id, visits });
    is(new TextDecoder().decode(text), new TextDecoder().decode(parseHex(given.pairs)), 'pairs of the supplement');
    tally.changed += visits.length;
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
test('so was what follows them', () => Object.keys(FOLLOWED).forEach((name) => (
    is(process.env.DRAWS !== undefined || tally[name] >= FOLLOWED[name], true, name + ' ' + tally[name]))));
note(Object.keys(tally).map((name) => name + ' ' + tally[name]).join(', '));
note(Object.keys(seen).sort().map((kind) => kind + ' ' + seen[kind]).join(', ') + ': ' + (Date.now() - start) + ' ms');
