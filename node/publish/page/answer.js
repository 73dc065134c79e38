// The answer about one object: drawn, not among the selected, or ask for the slip; and with a slip, its stratum.

import { element } from './dom.js';
import { say } from './say.js';
import { judgeUscc } from './uscc.js';

/** The lines of one slot: a claim of the office, with where the ticket lies. */
function beside(told, strata) {
    const rows = strata.filter((s) => s.slot === told.slot);
    const table = element('table', '');
    const head = element('tr', '');
    for (const id of ['stratum', 'base', 'pool', 'quota', 'cutoff']) head.append(element('th', '', say('browser.col-' + id)));
    table.append(element('thead', '', head));
    const body = element('tbody', '');
    for (const s of rows) {
        const line = (told.cutOffs || []).find((c) => c.stratum === s.no);
        const place = s.cutOff === undefined ? say('browser.nobody-drawn') : line === undefined ? '—'
            : say(line.above ? 'browser.above' : 'browser.at-or-below');
        const row = element('tr', '');
        [['stratum', s.no], ['base', s.base], ['pool', s.pool], ['quota', s.quota], ['cutoff', place]].forEach(([id, value]) => {
            const cell = element('td', '', element('div', '', String(value)));
            cell.setAttribute('data-label', say('browser.col-' + id));
            row.append(cell);
        });
        body.append(row);
    }
    table.append(body);
    return table;
}

function verdictOf(told, standing) {
    if (told.answer === 'must') return ['drawn', say('browser.answer-must')];
    if (told.answer === 'lot') return ['drawn', say('browser.answer-lot', { place: told.place })];
    if (told.answer === 'drawn-before') return ['drawn', say('browser.answer-drawn-before')];
    if (standing !== undefined && standing.standing !== 'rules-not-published') {
        return ['not', standing.stratum === undefined ? say('browser.slip-' + standing.standing)
            : say('browser.slip-pool', { stratum: standing.stratum })];
    }
    if (told.answer === 'not-drawn') return ['not', say('browser.answer-not-drawn')];
    return ['ask', say('browser.answer-ask')];
}

/** outcome: of checkPublic; nothing is answered from steps that did not hold. typed: whether the fingerprint was. */
export function answerOf(outcome, object, typed) {
    const box = element('div', 'answer');
    if (outcome.answer === undefined) {
        box.append(element('p', 'warn', say('browser.no-answer')));
        return box;
    }
    const { slots, ticket } = outcome.answer, { orderText, result } = outcome.texts;
    const opened = outcome.steps.find(({ step, ok }) => step === 'slip' && ok);
    if (slots.length === 0) box.append(element('p', 'open', say('browser.answer-pairs'))); // draw-28
    const { reason } = judgeUscc(object.slice(2));
    // A slip of the pen would be told that it was not drawn, which is true of it and not what was asked (uscc-2).
    if (reason === 'check character' && slots.every((told) => verdictOf(told)[0] !== 'drawn')) {
        const doubt = element('p', 'warn', say('browser.code-doubt'));
        doubt.id = 'check-doubt';
        box.append(doubt);
    }
    for (const told of slots) {
        const [kind, text] = verdictOf(told, opened && opened.found[told.slot - 1]);
        const sure = !outcome.holds ? 'warn' : typed && kind !== 'ask' ? 'good' : 'open';
        const task = orderText.slots[told.slot - 1];
        if (slots.length > 1) box.append(element('h4', '', say('browser.slot', { task: task.task, round: task.round })));
        const line = element('p', sure, element('b', '', text));
        line.setAttribute('data-answer', kind);
        box.append(line);
        box.append(beside(told, result.strata));
    }
    if (!outcome.holds) box.append(element('p', 'warn', say('browser.answer-open')));
    else if (!typed) box.append(element('p', 'open', say('browser.answer-compare')));
    box.append(element('p', 'note', say('browser.claim')));
    const place = element('dl', 'facts');
    place.append(element('dt', '', say('browser.object')), element('dd', '', object));
    place.append(element('dt', '', say('browser.ticket')), element('dd', '', element('code', 'whole', ticket)));
    if (outcome.slip !== undefined) {
        const attributes = outcome.slip.attributes;
        place.append(element('dt', '', say('browser.class')), element('dd', '', attributes.class > 0 ? 'ABCD'[attributes.class - 1] : '—'));
        place.append(element('dt', '', say('browser.inspected')), element('dd', '', String(attributes.inspected)));
    }
    box.append(place);
    return box;
}
