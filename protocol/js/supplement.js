// A draw on a supplement beside the draws of its chain before it (publication.md, public-20 to public-22): what the files
// of a site suffice for. A draw is {orderText, result, rows, keys}: rows of its list {slot, id, mode}.

import { compare, equal, need, unverified } from './bytes.js';
import { ticket } from './draw.js';

/** exc-10: the lines of the main order that a supplement repeats, as one text. */
function repeated({ office, slots, lists, attempt, level, freeze, keys, beacon }) {
    const leaf = ({ origin, index, hash }) => [origin, String(index), Array.from(hash).join()];
    return JSON.stringify([office, attempt, level, slots.map((s) => [s.issuer, s.series, s.task, s.round, s.type, Array.from(s.rulesHash).join()]),
        lists.map(leaf), freeze && [leaf(freeze), String(freeze.size), Array.from(freeze.root).join()], keys.map((key) => Array.from(key).join()),
        beacon !== undefined]);
}

function compareOrders({ orderText: order }, before) {
    if (before.length === 0) unverified('public.supp-number', { supp: order.supp, before: 0 });
    if (before[0].orderText.level !== 'witnessed') unverified('public.supp-path');
    before.forEach(({ orderText: other }, i) => {
        if (other.supp !== i || order.supp !== before.length) unverified('public.supp-number', { supp: order.supp, before: other.supp });
        if (repeated(other) !== repeated(order)) unverified('public.supp-order', { supp: other.supp });
        const same = order.beacon && other.beacon.source === order.beacon.source && other.beacon.event === order.beacon.event;
        if (same) unverified('public.supp-event', { event: order.beacon.event });
    });
}

const lineOf = ({ result }, slot, no) => result.strata.find((s) => s.slot === slot && s.no === no);

function compareStrata(own, before) {
    if (own.result.strata.length !== before[0].result.strata.length) unverified('public.supp-strata');
    own.result.strata.forEach(({ slot, no, base, pool }) => {
        const lines = before.map((draw) => lineOf(draw, slot, no)), [first] = lines;
        const left = lines.includes(undefined) ? -1n : lines.reduce((rest, line) => rest - line.quota, first.pool);
        const fits = first !== undefined && first.base === base && left >= 0n
            && (pool === left || (pool < left && own.orderText.slots.length > 1));
        if (!fits) unverified('public.supp-stratum', { slot, stratum: no, pool, left });
    });
}

/** public-22: whether an object stands on a list of the chain in this slot line. */
export const drawnBefore = (before, slot, id) => before.some(({ rows }) => rows.some((row) => row.slot === slot && row.id === id));

function compareLists(own, before) {
    own.rows.forEach(({ slot, id, mode }) => {
        if (mode !== 2 || drawnBefore(before, slot, id)) unverified('public.supp-list', { slot, object: id });
    });
    const [main] = before;
    main.result.strata.filter((s) => s.cutOff !== undefined).forEach(({ slot, no, cutOff }) => {
        const due = main.result.strata.filter((s) => s.slot === slot && s.cutOff !== undefined && compare(s.cutOff, cutOff) >= 0)
            .reduce((sum, s) => sum + lineOf(own, s.slot, s.no).quota, 0n);
        const behind = own.rows.filter((row) => row.slot === slot && compare(ticket(main.keys, row.id), cutOff) > 0).length;
        if (BigInt(behind) < due) unverified('public.supp-tickets', { slot, stratum: no });
    });
}

/** public-20: refuses unless this draw fits those before it, the main one first. */
export function compareSupplement(own, before) {
    compareOrders(own, before);
    compareStrata(own, before);
    compareLists(own, before);
}

/** public-21: how many of the exceptions that the order names are voids, and how many are not there. entries: opened. */
export function countVoids({ orderText, result }, before, entries) {
    let last;
    entries.forEach(({ header, leaf, rows }) => {
        const { origin, seq } = header;
        const named = orderText.exceptions.some((exc) => exc.origin === origin && exc.index === BigInt(seq) && equal(exc.hash, leaf));
        if (!named) unverified('public.supp-named', { log: origin, seq });
        need(last === undefined || last.origin !== origin || last.seq < seq, 'site.frames');
        const [row] = rows, ours = rows.length === 1 && row.table === 'draw_exc_reason' && before.some(({ id }) => id === row.draw_id);
        need(ours, 'site.rows', { table: 'draw_exc_reason', have: rows.length });
        last = header;
    });
    const voids = entries.filter(({ rows: [row] }) => row.kind === 'void').length, hidden = orderText.exceptions.length - entries.length;
    const drawn = result.strata.reduce((sum, { quota }) => sum + quota, 0n);
    if (drawn > BigInt(voids + hidden)) unverified('public.supp-voids', { drawn, voids: voids + hidden });
    return { voids, hidden };
}
