// What follows a draw (protocol/spec/exceptions.md): who is drawn in the place of a target that is void, who goes instead
// of an inspector who does not come; by the frozen order, or by the draw on a supplement. The exceptions that hang on
// draws of other offices - return, reassign, receive - and appointments, which nobody follows, are not here.

import { compare, compareText, equal } from './bytes.js';
import { instead, pair, ticket } from './draw.js';

const PERSONAL = ['absence', 'recusal', 'replace'];

const sameLeaf = (a, b) => a.origin === b.origin && a.index === b.index && equal(a.hash, b.hash);

/** A main draw with all that follows it, worked through in the order of the office's log (exc-5). */
export class Chain {
    /** witnessed: the path, by the main order's level line (exc-6); rules, one for each slot line; drawn: what select()
     *  gave for each slot line, or of type pairs {listed: [ids]}; visits: what pair() gave, undefined of type objects; keys:
     *  of the main draw; at: {origin, index, hash} of its entry. */
    constructor({ witnessed, rules, roster, drawn, visits, keys, at }) {
        Object.assign(this, { witnessed, rules, roster, keys, paired: visits !== undefined });
        this.draws = [at];
        this.exceptions = [];
        this.voidedBy = new Map(); // object: the place of the exception, of the first where there are several
        this.successors = rules.map(() => 0);
        this.loads = roster.inspectors.map((who) => who.load0);
        this.visits = new Map();
        this.rounds = new Map(); // "object position": replacements so far
        (visits || []).forEach((visit) => this.send(visit));
        this.slots = drawn.map(({ listed, strata, selected, reserve }) => ({
            strata, reserve: reserve || [],
            place: new Map((selected || []).map((s) => [s.id, s]).concat((reserve || []).map((r) => [r.id, { mode: 2, stratum: r.stratum }]))),
            taken: new Set(listed || selected.map(({ id }) => id)),
        }));
        this.targets = [];
        this.slots.forEach(({ taken }, i) => taken.forEach((id) => this.target(0, i + 1, id)));
    }

    target(draw, slot, id) {
        this.targets.push({ draw, slot, id, open: true });
    }

    /** exc-12: each choice adds one; of a visit that stood already only who was added. */
    send(visit) {
        const before = this.visits.get(visit.id);
        visit.chosen.forEach((who, i) => {
            if (who !== undefined && !(before && i < before.chosen.length)) this.loads[this.roster.inspectors.findIndex(({ id }) => id === who)]++;
        });
        this.visits.set(visit.id, visit);
    }

    isSent(object, inspector) {
        const visit = this.visits.get(object);
        return visit !== undefined && inspector !== undefined && visit.chosen.includes(inspector);
    }

    byLot(slot, id) {
        const { taken, place } = this.slots[slot - 1], stood = place.get(id);
        return taken.has(id) && stood !== undefined && stood.mode === 2;
    }

    /** What is left of a stratum's reserve, as far as the first `known` exceptions say. */
    left(slot, stratum, known) {
        const { reserve, taken } = this.slots[slot - 1];
        return reserve.filter(({ id, stratum: no }) => no === stratum && !taken.has(id)
            && !(this.voidedBy.has(id) && this.voidedBy.get(id) < known)).map(({ id }) => id);
    }

    recusedUpTo(known) {
        return this.exceptions.slice(0, known).filter(({ counts, exc }) => counts && exc.kind === 'recusal').map(({ exc }) => exc);
    }

    past(known) {
        return { loads: this.loads, recused: this.recusedUpTo(known), visits: this.visits };
    }

    /** exc-13: everyone whom the office's exceptions make absent on that day or replace on or before it. */
    away(day, known) {
        const gone = ({ exc }) => (exc.kind === 'absence' && exc.date === day) || (exc.kind === 'replace' && exc.date <= day);
        return this.exceptions.slice(0, known).filter(gone).map(({ exc }) => exc.inspector);
    }

    replace({ object, inspector, date }, known, keys) {
        const visit = this.visits.get(object), position = visit.chosen.indexOf(inspector), name = object + ' ' + position;
        const round = (this.rounds.get(name) || 0) + 1; // draw-7
        const who = instead(visit, position, round, this.roster, keys, this.past(known), this.away(date, known));
        visit.chosen[position] = who;
        this.rounds.set(name, round);
        if (who !== undefined) this.loads[this.roster.inspectors.findIndex(({ id }) => id === who)]++;
        return who;
    }

    /** exc-9: by the frozen order. */
    successor(slot, id) {
        const { place, taken } = this.slots[slot - 1];
        if (!this.byLot(slot, id) || this.successors[slot - 1] >= this.rules[slot - 1].supp) return undefined;
        const [next] = this.left(slot, place.get(id).stratum, this.exceptions.length);
        if (next === undefined) return undefined;
        this.successors[slot - 1]++;
        taken.add(next);
        return next;
    }

    /** One more exception, of the entry `at`: whether it counts (exc-5), and who `next` should be. */
    follow(exc, at) {
        const draw = this.draws.findIndex((leaf) => sameLeaf(leaf, exc.draw));
        const target = this.targets.find((t) => t.draw === draw && t.slot === exc.slot && t.id === exc.object && t.open);
        const personal = PERSONAL.includes(exc.kind);
        const counts = target !== undefined && (exc.kind === 'void' || (personal && this.isSent(exc.object, exc.inspector)));
        this.exceptions.push({ exc, at, counts, answered: false });
        if (!counts) return { counts, next: undefined };
        return { counts, next: exc.kind === 'void' ? this.followVoid(exc, target) : this.witnessed ? undefined
            : this.replace(exc, this.exceptions.length, this.keys) };
    }

    followVoid({ slot, object }, target) {
        target.open = false;
        if (!this.voidedBy.has(object)) this.voidedBy.set(object, this.exceptions.length - 1);
        const next = this.witnessed ? undefined : this.successor(slot, object);
        if (next === undefined) return undefined;
        this.target(target.draw, slot, next);
        if (this.paired) this.pairMore(this.rules.map((r, i) => (i + 1 === slot ? [next] : [])), this.keys, this.exceptions.length);
        return next;
    }

    pairMore(targets, keys, known) {
        const visits = pair(this.rules, targets, this.roster, keys, this.past(known));
        visits.forEach((visit) => this.send(visit));
        return visits;
    }

    /** exc-11: the successors in one slot line. */
    selectMore(slot, named, keys, known) {
        const { strata, place, taken } = this.slots[slot - 1];
        const voided = named.filter(({ exc }) => exc.kind === 'void' && exc.slot === slot && this.byLot(slot, exc.object));
        const selected = [];
        const lines = strata.map(({ no, base }) => {
            const pool = this.left(slot, no, known).map((id) => ({ id, ticket: ticket(keys, id) }))
                .sort((a, b) => compare(a.ticket, b.ticket) || compareText(a.id, b.id));
            const quota = Math.min(pool.length, voided.filter(({ exc }) => place.get(exc.object).stratum === no).length);
            pool.slice(0, quota).forEach(({ id }) => selected.push({ id, mode: 2, stratum: no }));
            return { no, base, pool: pool.length, quota, cutOff: quota > 0 ? pool[quota - 1].ticket : undefined };
        });
        selected.sort((a, b) => compareText(a.id, b.id));
        selected.forEach(({ id }) => taken.add(id));
        return { strata: lines, selected };
    }

    /** The draw on a supplement with these keys, of the entry `at`: {slots: [{strata, selected}], undefined of type pairs;
     *  visits: those of its successors and those that it changed (exc-14), undefined of type objects}. */
    answer(order, keys, at) {
        const named = this.exceptions.filter((e) => e.counts && !e.answered && order.exceptions.some((leaf) => sameLeaf(leaf, e.at))
            && (e.exc.kind !== 'void' || this.byLot(e.exc.slot, e.exc.object)));
        const known = named.length > 0 ? this.exceptions.indexOf(named[named.length - 1]) + 1 : 0; // exc-14
        named.forEach((e) => {
            e.answered = true;
        });
        const slots = this.slots[0].strata && this.slots.map((s, i) => this.selectMore(i + 1, named, keys, known));
        const drawn = this.slots.map((s, i) => (slots ? slots[i].selected.map(({ id }) => id) : []));
        const visits = this.paired ? this.answerVisits(named, drawn, keys, known) : undefined;
        this.draws.push(at);
        drawn.forEach((ids, i) => ids.forEach((id) => this.target(this.draws.length - 1, i + 1, id)));
        return { slots, visits };
    }

    /** exc-14: "first the successors are paired, then the exceptions that the order names are answered". */
    answerVisits(named, drawn, keys, known) {
        const changed = new Set(this.pairMore(drawn, keys, known).map(({ id }) => id));
        named.forEach(({ exc }) => {
            if (exc.kind === 'void' || !this.isSent(exc.object, exc.inspector)) return;
            this.replace(exc, known, keys);
            changed.add(exc.object);
        });
        return Array.from(changed).sort(compareText).map((id) => this.visits.get(id));
    }
}
