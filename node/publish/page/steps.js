// The steps of the check as a list: what each found, or why it does not hold.

import { element } from './dom.js';
import { reason, say, sentence, timeText } from './say.js';

const hash = (hex) => element('code', 'whole', hex);

function checked(id, values) {
    return [say(id, values)];
}

function times(found, nameOf) {
    const list = element('ul', 'plain');
    for (const entry of ['order', 'freeze', 'draw']) {
        for (const office of Object.keys(found.times[entry])) {
            list.append(element('li', '', say('browser.cosigned', {
                entry: say('browser.entry-' + entry), office: nameOf(office), time: timeText(found.times[entry][office].time),
            })));
        }
    }
    return [found.above.length > 0 ? say('browser.found-places') : say('browser.found-places-root'), list];
}

/** What an office above found; its words are signed, and they are its words. */
function verdicts(found) {
    if (found.verdicts.length === 0) return [say('browser.no-verdict')];
    const list = element('ul', 'plain');
    for (const v of found.verdicts) {
        const outcome = sentence('browser.outcome-' + v.outcome) || v.outcome;
        const codes = v.codes && v.codes !== '-' ? '（' + v.codes + '）' : '';
        list.append(element('li', '', say('browser.verdict', { office: v.name, day: v.judged, outcome: outcome + codes })));
    }
    return [say('browser.found-verdicts'), list];
}

/** public-20 to public-23: what fits, and what these files do not suffice for. */
function supplement(f) {
    if (f.drawn === undefined) return [say('browser.supplement-alone', { supp: f.supp, shown: f.shown })];
    const list = element('ul', 'plain');
    if (f.hidden > 0) list.append(element('li', '', say('browser.supplement-hidden', { count: f.hidden })));
    for (const id of ['who', 'left', 'goes']) list.append(element('li', '', say('browser.supplement-not-' + id)));
    return [say('browser.found-supplement', { supp: f.supp, drawn: f.drawn, voids: f.voids }), list];
}

/** Sentences and elements for what a step found. */
const FOUND = {
    policy: (f, { typed }) => [say(typed ? 'browser.found-policy' : 'browser.compare-policy'), element('br'), hash(f.fingerprint)],
    certificates: (f) => checked('browser.found-certificates', { chain: f.chain.join(' → ') }),
    files: (f) => checked('browser.found-files', { looked: f.looked, all: f.files, office: f.name }),
    script: (f) => (f.digest === undefined ? checked('browser.no-script')
        : [say('browser.found-script', { day: f.registered, log: f.origin, seq: f.seq }), element('br'), hash(f.digest)]),
    entries: (f) => checked('browser.found-entries', { count: f.selected }),
    order: () => checked('browser.found-order'),
    places: (f, { nameOf }) => times(f, nameOf),
    seed: (f) => [say('browser.found-seed'), element('br'), hash(f.seed)],
    list: (f) => checked('browser.found-list', { count: f.slots.reduce((sum, n) => sum + n, 0) }),
    strata: (f) => checked(f.rules > 0 ? 'browser.found-strata' : 'browser.found-strata-bare'),
    supplement,
    level: (f) => checked('browser.found-level', { level: say('browser.level-' + f.level), ordered: say('browser.level-' + f.ordered) }),
    verdicts: (f) => verdicts(f),
    object: () => checked('browser.found-object'),
    'slip-place': (f) => checked('browser.found-slip-place', { leaf: f.leaf }),
    slip: () => checked('browser.found-slip'),
};

/** context: {typed: a fingerprint was typed and fits, nameOf: office code to name}. */
export function stepList(steps, context) {
    const list = element('ol', 'steps');
    for (const { step, ok, found, refusal } of steps) {
        const alone = ok && step === 'supplement' && found.drawn === undefined;
        const open = alone || (ok && step === 'policy' && !context.typed);
        const item = element('li', open ? 'open' : ok ? 'ok' : 'bad');
        item.setAttribute('data-step', step);
        item.append(element('b', '', say('browser.step-' + step)));
        item.append(element('span', 'mark', say(alone ? 'browser.mark-unchecked' : open ? 'browser.mark-open' : ok ? 'browser.mark-ok' : 'browser.mark-bad')));
        const told = element('div', 'told');
        if (ok) {
            told.append(...FOUND[step](found, context));
        } else {
            const why = reason(refusal);
            told.append(why.text, element('br'), element('code', '', why.rule));
        }
        item.append(told);
        list.append(item);
    }
    return list;
}
