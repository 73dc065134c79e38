// The page of a draw checks itself: reads the files it rests on, tells every step, and answers for any id typed.
// No library, no address but this site's, no crypto.subtle: it works on http:// too.

import { answerOf } from './answer.js';
import { parseUtf8, utf8 } from './bytes.js';
import { button, element, empty } from './dom.js';
import { fetchDraw } from './fetch.js';
import { checkPublic, parseDrawName } from './public.js';
import { REGISTRIES } from './registries.js';
import { isEnglish, reason, say, speak } from './say.js';
import { parseSlip } from './slip.js';
import { stepList } from './steps.js';

const page = { object: '', fingerprint: '', slip: undefined, slipText: '' };

function reader(root) {
    return async (path) => {
        try {
            const answer = await fetch(root + path, { cache: 'no-store', credentials: 'omit', redirect: 'error' });
            return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
        } catch (e) {
            return undefined;
        }
    };
}

function run() {
    const names = new Map();
    const outcome = checkPublic({
        files: page.found.files, looked: page.found.looked, drawName: page.draw, registries: REGISTRIES.map(utf8),
        fingerprint: page.fingerprint === '' ? undefined : page.fingerprint,
        object: page.object === '' ? undefined : page.object, slip: page.object === '' ? undefined : page.slip,
    });
    const verdicts = outcome.steps.find(({ step }) => step === 'verdicts');
    if (verdicts && verdicts.ok) verdicts.found.verdicts.forEach((v) => names.set(v.office, v.name));
    const chain = outcome.steps.find(({ step }) => step === 'certificates');
    if (chain && chain.ok) chain.found.codes.forEach((code, i) => names.set(code, chain.found.chain[i]));
    outcome.nameOf = (code) => names.get(code) || code;
    return outcome;
}

function summary(outcome) {
    const bad = outcome.steps.filter(({ ok }) => !ok);
    const first = bad.filter(({ refusal }) => refusal.id !== 'public.step-failed');
    const all = (test) => first.length > 0 && first.every(test);
    let made;
    if (all(({ step }) => step.startsWith('slip'))) {
        made = element('p', 'warn', element('b', '', say('browser.sum-slip')), ' ' + reason(first[0].refusal).text);
    } else if (all(({ refusal }) => refusal.id.startsWith('fingerprint.'))) {
        made = element('p', 'warn', element('b', '', reason(first[0].refusal).text));
    } else if (bad.length > 0) {
        const which = first.map(({ step }) => say('browser.step-' + step)).join(isEnglish() ? ', ' : '、');
        made = element('p', 'warn', element('b', '', say('browser.sum-bad', { steps: which })));
    } else if (page.fingerprint === '') {
        const { found } = outcome.steps.find(({ step }) => step === 'policy');
        made = element('p', 'open', element('b', '', say('browser.sum-open')), element('br'), element('code', 'whole', found.fingerprint));
    } else {
        made = element('p', 'good', element('b', '', say('browser.sum-good')));
    }
    made.id = 'check-sum';
    made.setAttribute('data-holds', bad.length > 0 ? 'no' : page.fingerprint === '' ? 'open' : 'yes');
    made.setAttribute('role', 'status');
    return made;
}

function labelled(id, field, help) {
    const label = element('label', 'field', element('b', '', say(id)));
    if (help) label.append(element('small', '', say(help)));
    label.append(field);
    return label;
}

function textField(name, value) {
    const field = element('input', '');
    field.id = 'check-' + name;
    field.type = 'text';
    field.value = value;
    field.autocomplete = 'off';
    field.spellcheck = false;
    return field;
}

/** A slip that was opened here stays here: it is read in this page and goes nowhere. */
function takeSlip(text) {
    page.slipText = text;
    page.slip = undefined;
    page.slipRefusal = undefined;
    if (text.trim() === '') return;
    // Pasting adds or eats the last line's end, and some phones write CR LF; the sum finds what else was changed.
    // The texts of several codes (paper_slip.c) end in a hash, and may have lost the line's end behind it.
    const lines = text.replace(/\r\n?/g, '\n').replace(/([0-9a-f]{64})[ \n]*(?=(?:draw|freeze|object|attributes|attr-salt|salt|leaf|path|mark|sum) )/g, '$1\n');
    const bytes = utf8(lines.replace(/\s*$/, '') + '\n');
    try {
        const { object } = parseSlip(bytes);
        if (page.object === '') page.object = object;
        page.slip = bytes;
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        page.slipRefusal = { id: e.id, args: e.args };
    }
}

function slipFields(done) {
    const box = element('details', ''), area = element('textarea', ''), file = element('input', '');
    box.open = page.slipText !== '';
    area.id = 'check-slip';
    area.rows = 6;
    area.value = page.slipText;
    area.spellcheck = false;
    file.type = 'file';
    file.id = 'check-slip-file';
    file.addEventListener('change', () => {
        if (file.files.length === 0) return;
        const read = new FileReader();
        read.onload = () => {
            try {
                area.value = parseUtf8(new Uint8Array(read.result)) || '';
            } catch (e) {
                area.value = '';
            }
            takeSlip(area.value);
            done();
        };
        read.readAsArrayBuffer(file.files[0]);
    });
    const inner = element('div', 'inner', element('p', 'note', say('browser.slip-help')),
        labelled('browser.slip-text', area), labelled('browser.slip-file', file));
    box.append(element('summary', '', say('browser.slip-open')), inner);
    return box;
}

function form() {
    const id = textField('object', page.object), print = textField('print', page.fingerprint);
    const slip = slipFields(() => show());
    const made = element('form', 'ask');
    const go = element('button', 'button', say('browser.ask'));
    go.type = 'submit';
    go.id = 'check-go';
    made.append(element('h3', '', say('browser.h-ask')), labelled('browser.object', id, 'browser.object-help'),
        labelled('browser.print', print, 'browser.print-help'), slip, element('p', '', go));
    made.addEventListener('submit', (event) => {
        event.preventDefault();
        const typed = id.value.trim();
        // A licence shows eighteen characters; the letter in front says what kind of body it is.
        page.object = /^[0-9A-HJ-NP-RT-UW-Y]{18}$/i.test(typed) ? kindOf(typed) + ':' + typed.toUpperCase() : typed;
        page.fingerprint = print.value.trim();
        takeSlip(made.querySelector('textarea').value);
        show();
    });
    return made;
}

/** The letter in front of a credit code: that of the list, where the code stands there; else by who registered it: 1 the
 *  staffing office, 5 civil affairs, 9 market supervision with 92 individual businesses and 93 cooperatives. */
function kindOf(code) {
    const known = page.known.find((id) => id.slice(2) === code.toUpperCase());
    if (known !== undefined) return known[0];
    const first = code.slice(0, 2).toUpperCase();
    return first === '92' ? 'I' : first === '93' ? 'C' : first[0] === '5' ? 'S' : first[0] === '1' ? 'N' : 'E';
}

function show() {
    const box = empty(page.box), outcome = run();
    page.known = outcome.texts ? outcome.texts.list.map((row) => row.object_id) : [];
    const language = button(say('browser.language'), () => {
        speak(!isEnglish());
        show();
    });
    language.classList.add('small');
    box.append(summary(outcome));
        box.append(form());
    if (page.slipRefusal !== undefined) {
        box.append(element('p', 'warn', say('browser.slip-unread', { why: reason(page.slipRefusal).text })));
    }
    if (page.object !== '') box.append(answerOf(outcome, page.object, page.fingerprint !== ''));
    const steps = element('details', 'all', element('summary', '', say('browser.all-steps', { count: outcome.steps.length })),
        stepList(outcome.steps, { typed: page.fingerprint !== '', nameOf: outcome.nameOf }));
    // What was not checked of a supplement stands in its step.
    steps.open = outcome.steps.some(({ step, ok }) => !ok || step === 'supplement') || page.stepsOpen === true;
    steps.addEventListener('toggle', () => {
        page.stepsOpen = steps.open;
    });
    box.append(steps);
    const ordered = outcome.texts && outcome.texts.orderText.level;
    if (ordered && ordered !== 'witnessed') {
        box.append(element('p', 'note', say('browser.offline-successor', { level: say('browser.level-' + ordered) })));
    }
    box.append(element('p', '', language));
}

export async function start() {
    page.box = document.getElementById('check');
    if (page.box === null) return;
    page.draw = page.box.getAttribute('data-draw');
    empty(page.box).append(element('p', 'note', say('browser.reading')));
    try {
        const { directory, office } = parseDrawName(page.draw);
        page.known = [];
        page.found = await fetchDraw(reader(page.box.getAttribute('data-root')), directory, office);
        if (page.found.files.size === 0) {
            empty(page.box).append(element('p', 'warn', say('browser.nothing-read')));
            return;
        }
        show();
    } catch (e) {
        empty(page.box).append(element('p', 'warn', say('browser.broken', { why: String(e && e.message) })));
        throw e;
    }
}
