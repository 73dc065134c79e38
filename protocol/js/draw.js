// The draw (protocol/spec/draw.md): a pure function of the slot rules, the records of the freeze and the seed.

import { compare, compareText, concat, fail, label, malformed, u16, u32, u8, utf8 } from './bytes.js';
import { CARRIED, checkOrder, EXCLUDED, MUST } from './roster.js';
import { holds } from './rules.js';
import { hmac256, hmac256Key, sha256 } from './sha2.js';

// ---- randomness (draw-1 to draw-7)

/** draw-1: bd of a beacon line (texts-17), or without one. */
export function beaconDigest(line) {
    return line === undefined ? new Uint8Array(32) : sha256(label('draw1/beacon'), utf8(line + '\n'));
}

/** draw-2: digest is that of the beacon's line. */
export function alphaOf(orderId, digest) {
    return concat(label('draw1/alpha'), orderId, digest);
}

/** cokey-14: what says on which freeze a custodian answered. */
export function boundOf(orderId, freeze) {
    return concat(label('draw1/bound'), orderId, freeze);
}

/** draw-3: over the betas in the order of the keys. */
export function seedOf(betas) {
    return sha256(label('draw1/seed'), u8(betas.length), ...betas);
}

/** draw-4: the three keyed functions of a seed. */
export function drawKeys(seed) {
    const key = (name) => hmac256Key(hmac256(seed, label('draw1/' + name)));
    return { object: key('obj'), visit: key('visit'), inspector: key('insp') };
}

/** draw-5. */
export function ticket(keys, objectId) {
    return keys.object(utf8(objectId));
}

/** draw-6: a number in [0, n), each equally likely; a BigInt. */
export function uniform(keys, round, slot, objectId, n) {
    const bound = BigInt(n), least = (1n << 64n) % bound, id = utf8(objectId);
    for (let j = 0; ; j++) {
        const block = keys.inspector(u16(round), u16(slot), u32(j), id);
        const view = new DataView(block.buffer);
        for (let at = 0; at < 32; at += 8) {
            const x = view.getBigUint64(at);
            if (x >= least) return x % bound;
        }
    }
}

// ---- flags, strata, quotas (draw-8 to draw-17)

/** draw-9: whether a mark counts under these rules. */
function counts(mark, rules) {
    const scope = rules.slot.series + '/' + rules.slot.task;
    const reasons = mark.kind === MUST ? rules.must : rules.exclude;
    if (mark.kind === MUST && mark.reason === CARRIED && mark.scope === '') return true;
    return (mark.scope === '' || mark.scope === scope) && reasons.includes(mark.reason);
}

/** draw-10, slip-7: where an object stands: 'outside', 'excluded', 'must', 'capped' or 'pool', the first that
 *  applies; and the index of its stratum (rules-17: in the population an object without one refuses the rules). */
export function standing(rules, object, marks) {
    if (!holds(rules.population, object)) return { flag: 'outside' };
    const stratum = rules.strata.findIndex((s) => holds(s.expression, object));
    if (stratum < 0) malformed('rules.no-stratum', { object: object.id });
    const marked = (kind) => marks.some((mark) => mark.kind === kind && counts(mark, rules));
    if (marked(EXCLUDED)) return { flag: 'excluded', stratum };
    if (marked(MUST)) return { flag: 'must', stratum };
    const capped = rules.cap !== undefined && object.inspected >= rules.cap;
    return { flag: capped ? 'capped' : 'pool', stratum };
}

/** draw-13: ceil(n num / den), in integers of 64 bits. */
function share(n, { num, den }) {
    return Number((BigInt(n) * BigInt(num) + BigInt(den) - 1n) / BigInt(den));
}

/** draw-13, draw-14: the quotas that follow from bases and pools. */
export function quotas(rules, bases, pools) {
    const out = rules.strata.map((s, h) => Math.min(pools[h], Math.max(s.min, share(bases[h], s.ratio))));
    const sum = (list) => list.reduce((all, n) => all + n, 0);
    let total = 0;
    if (rules.total.ratio) total = share(sum(bases), rules.total.ratio);
    else if (rules.total.count !== undefined) total = rules.total.count;
    let missing = total - sum(out); // a total never lowers a quota
    for (let h = 0; h < out.length && missing > 0; h++) {
        const more = Math.min(missing, pools[h] - out[h]);
        out[h] += more;
        missing -= more;
    }
    return out;
}

const byTicket = (a, b) => compare(a.ticket, b.ticket) || compareText(a.id, b.id);

/** draw-8 to draw-15: {strata: [{no, base, pool, quota, cutOff}], selected: [{id, mode, stratum}],
 *  reserve: [{id, stratum}]}. */
export function select(rules, roster, keys) {
    if (rules.type === 'pairs') fail('denied', 'select.type', { task: rules.slot.task }); // draw-28
    checkOrder(roster);
    const marks = new Map();
    for (const mark of roster.marks) marks.set(mark.id, (marks.get(mark.id) || []).concat(mark));
    const bases = rules.strata.map(() => 0), pools = rules.strata.map(() => []), selected = [];
    for (const object of roster.objects) {
        const { flag, stratum } = standing(rules, object, marks.get(object.id) || []);
        if (flag === 'outside' || flag === 'excluded') continue;
        bases[stratum]++; // draw-12
        if (flag === 'must') selected.push({ id: object.id, mode: 1, stratum: rules.strata[stratum].no });
        if (flag === 'pool') pools[stratum].push({ id: object.id, ticket: ticket(keys, object.id) });
    }
    const quota = quotas(rules, bases, pools.map((pool) => pool.length));
    const reserve = [];
    const strata = rules.strata.map((s, h) => {
        const pool = pools[h].sort(byTicket);
        pool.slice(0, quota[h]).forEach(({ id }) => selected.push({ id, mode: 2, stratum: s.no }));
        pool.slice(quota[h]).forEach(({ id }) => reserve.push({ id, stratum: s.no }));
        const cutOff = quota[h] > 0 ? pool[quota[h] - 1].ticket : undefined; // texts-19
        return { no: s.no, base: bases[h], pool: pool.length, quota: quota[h], cutOff };
    });
    selected.sort((a, b) => compareText(a.id, b.id)); // draw-16
    return { strata, selected, reserve };
}

// ---- inspectors (draw-18 to draw-25)

const POSITIONS_MAX = 4; // draw-19

/** draw-18: the positions of a visit, each by its list of qualifications. exc-12: positions that it has already come
 *  first, as they are; only what is lacking comes behind them. */
function positionsOf(rulesOfSlots, kept = []) {
    const roles = new Map();
    for (const role of rulesOfSlots.reduce((all, rules) => all.concat(rules.roles), [])) {
        const same = role.quals.join(',');
        const k = roles.has(same) ? roles.get(same).k : 0;
        roles.set(same, { quals: role.quals, k: Math.max(k, role.k) });
    }
    const positions = kept.slice();
    for (const [same, { quals, k }] of roles) {
        const has = kept.filter((have) => have.join(',') === same).length;
        for (let i = has; i < k; i++) positions.push(quals);
    }
    return positions;
}

/** draw-23: whether each of these lists has a member of its own that is not among those taken. */
function hasRepresentatives(lists, taken) {
    if (lists.length === 0) return true;
    const [list, ...rest] = lists;
    return list.some((i) => !taken.has(i) && hasRepresentatives(rest, new Set(taken).add(i)));
}

/** A list this long has somebody left whatever the other positions take; leaving it out keeps the search small. */
const ENOUGH = 2 * POSITIONS_MAX;

/** draw-20, without who was recused since the freeze: places in the roster, ascending. */
function ableFor(id, quals, roster, recused) {
    return roster.inspectors.map((who, i) => i).filter((i) => {
        const who = roster.inspectors[i];
        return who.available && quals.every((q) => who.quals.includes(q)) && !recused.has(who.id + '\n' + id);
    });
}

export const recusals = (list) => new Set(list.map((r) => r.inspector + '\n' + r.object));

/** draw-24: of these, one of those with the least load. */
function lot(list, loads, keys, round, position, id) {
    const least = list.reduce((low, i) => Math.min(low, loads[i]), Infinity);
    const candidates = list.filter((i) => loads[i] === least); // the roster ascends by insp_id
    return candidates[Number(uniform(keys, round, position, id, candidates.length))];
}

function choose(visit, loads, roster, keys) {
    const order = visit.eligible.map((list, position) => position).slice(visit.kept)
        .sort((a, b) => visit.eligible[a].length - visit.eligible[b].length || a - b); // draw-21
    const chosen = new Set(roster.inspectors.map((who, i) => i).filter((i) => visit.chosen.includes(roster.inspectors[i].id)));
    order.forEach((position, at) => {
        let e = visit.eligible[position].filter((i) => !chosen.has(i)); // draw-22
        if (e.length === 0) return;
        const later = order.slice(at + 1).map((p) => visit.eligible[p].filter((i) => !chosen.has(i)))
            .filter((list) => list.length < ENOUGH);
        const sparing = e.filter((i) => hasRepresentatives(later, new Set(chosen).add(i)));
        if (sparing.length > 0) e = sparing; // draw-23
        const i = lot(e, loads, keys, 0, position, visit.id);
        visit.chosen[position] = roster.inspectors[i].id;
        visit.overcap[position] = visit.load !== undefined && loads[i] >= visit.load; // draw-25
        loads[i]++;
        chosen.add(i);
    });
}

const NOTHING_BEFORE = { recused: [], visits: new Map() };

/** Who visits whom: targets is, for each slot in order, the ids drawn or listed. [{id, slots (numbers from 1),
 *  positions (lists of qualifications), chosen: [insp_id or undefined], chances: [number], overcap: [boolean]}], ascending
 *  by id. past: of what follows a draw (exc-12): {loads by place in the roster, recused: [{inspector, object}] since the
 *  freeze, visits: Map of id to a visit as returned here}. */
export function pair(rulesOfSlots, targets, roster, keys, past = NOTHING_BEFORE) {
    if (positionsOf(rulesOfSlots).length > POSITIONS_MAX) malformed('pair.roles'); // draw-19
    checkOrder(roster);
    const recused = recusals(roster.recusals.concat(past.recused)), slotsOf = new Map();
    targets.forEach((ids, slot) => ids.forEach((id) => slotsOf.set(id, (slotsOf.get(id) || new Set()).add(slot))));
    const visits = Array.from(slotsOf, ([id, fresh]) => {
        const before = past.visits.get(id) || { slots: [], positions: [], chosen: [], chances: [], overcap: [] };
        before.slots.forEach((number) => fresh.add(number - 1));
        const slots = Array.from(fresh).sort((a, b) => a - b), rules = slots.map((slot) => rulesOfSlots[slot]);
        const positions = positionsOf(rules, before.positions), kept = before.positions.length;
        const eligible = positions.map((quals) => ableFor(id, quals, roster, recused));
        const limits = rules.map((r) => r.load).filter((load) => load !== undefined);
        const all = (list, other) => positions.map((quals, i) => (i < kept ? list[i] : other(i)));
        return {
            id, slots: slots.map((slot) => slot + 1), positions, kept, eligible,
            least: Math.min(...eligible.slice(kept).map((list) => list.length)),
            order: keys.visit(utf8(id)),
            load: limits.length > 0 ? Math.min(...limits) : undefined,
            chosen: all(before.chosen, () => undefined), overcap: all(before.overcap, () => false),
            chances: all(before.chances, (i) => eligible[i].length), // draw-27
        };
    });
    visits.sort((a, b) => (a.least < b.least ? -1 : a.least > b.least ? 1 : 0) || compare(a.order, b.order) || compareText(a.id, b.id)); // draw-21
    const loads = past.loads ? past.loads.slice() : roster.inspectors.map((who) => who.load0);
    for (const visit of visits) choose(visit, loads, roster, keys);
    return visits.sort((a, b) => compareText(a.id, b.id))
        .map(({ id, slots, positions, chosen, overcap, chances }) => ({ id, slots, positions, chosen, overcap, chances }));
}

/** exc-13: who goes instead of the one in this position of a visit, undefined when there is nobody. away: inspectors;
 *  round as draw-7 counts. */
export function instead(visit, position, round, roster, keys, past, away) {
    const recused = recusals(roster.recusals.concat(past.recused));
    const others = visit.chosen.filter((who, i) => i !== position && who !== undefined).concat(away, visit.chosen[position]);
    const e = ableFor(visit.id, visit.positions[position], roster, recused).filter((i) => !others.includes(roster.inspectors[i].id));
    return e.length === 0 ? undefined : roster.inspectors[lot(e, past.loads, keys, round, position, visit.id)].id;
}
