// The page of a second custodian (protocol/spec/cokey.md), for a phone: it keeps the sealed key and what was answered
// in the browser, reads a question from its own address or from what is pasted, and shows the answer. It sends nothing.

import { toHex, utf8 } from '../../../protocol/js/bytes.js';
import {
    answerTo, askedBefore, joinKeeps, keepText, newKeep, openKeep, parseKeep, parseQuestion, recordQuestion,
} from '../../../protocol/js/cokey.js';
import { parseOrigin } from '../../../protocol/js/bytes.js';
import { qrPath } from './qrcode.js';

const STORE = 'qian-cokey';
const ROUNDS = 100000;
const PASSPHRASE_LEAST = 8;
const SVG = 'http://www.w3.org/2000/svg';

const by = (id) => document.getElementById(id);
let question;

// ---- words: the sentences of the catalogue that the page was made with

function say(id, values = {}) {
    const found = document.querySelector('[data-word="' + id + '"]');
    const text = found ? found.textContent : by('words').lastElementChild.textContent + ' (' + id + ')';
    return text.replace(/\{([a-z]+)\}/g, (all, key) => (values[key] === undefined ? all : String(values[key])));
}

function tell(text, trouble) {
    by('told').textContent = text;
    by('told').className = trouble ? 'told trouble' : 'told';
    if (text) by('told').scrollIntoView({ block: 'nearest' });
}

/** Does something, and tells why when it is refused. */
function attempt(act) {
    tell('');
    try {
        act();
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        tell(say(e.id, e.args), true);
    }
}

function refuse(id) {
    const e = new Error(id);
    e.name = 'QnError';
    e.id = id;
    throw e;
}

/** Shows a line first: what follows takes a second or more on a phone. */
function slowly(act) {
    tell(say('custodian.wait'));
    setTimeout(() => attempt(act), 50);
}

// ---- what is kept

function load() {
    let text;
    try {
        text = localStorage.getItem(STORE);
    } catch (e) {
        refuse('custodian.no-storage');
    }
    return text ? parseKeep(text) : undefined;
}

/** Read back before anything rests on it. */
function store(keep) {
    const text = keepText(keep);
    let kept;
    try {
        localStorage.setItem(STORE, text);
        kept = localStorage.getItem(STORE);
    } catch (e) {
        kept = undefined;
    }
    if (kept !== text) refuse('custodian.no-storage');
    return keep;
}

function random(n) {
    return crypto.getRandomValues(new Uint8Array(n));
}

// ---- what is shown

function drawCode(box, text, label) {
    const [side, d] = qrPath(utf8(text));
    const svg = document.createElementNS(SVG, 'svg'), white = document.createElementNS(SVG, 'path');
    const dark = document.createElementNS(SVG, 'path');
    svg.setAttribute('class', 'qr');
    svg.setAttribute('viewBox', '0 0 ' + side + ' ' + side);
    svg.setAttribute('shape-rendering', 'crispEdges');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    white.setAttribute('fill', '#fff');
    white.setAttribute('d', 'M0 0h' + side + 'v' + side + 'h-' + side + 'z');
    dark.setAttribute('fill', '#000');
    dark.setAttribute('d', d);
    svg.append(white, dark);
    box.replaceChildren(svg);
}

function fact(name, value, cls) {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    dt.textContent = say(name);
    dd.textContent = value;
    if (cls) dd.className = cls;
    by('facts').append(dt, dd);
}

const inFours = (hex) => hex.replace(/(.{4})/g, '$1 ').trim();

function showQuestion(keep) {
    const { order } = question, before = askedBefore(keep, question);
    by('facts').replaceChildren();
    fact('custodian.office', parseOrigin(order.office).office);
    fact('custodian.signer', parseOrigin(order.parent).office);
    fact('custodian.slot', order.slots.map(({ issuer, series, task, round }) => [issuer, series, task, round].join('/')).join('\n'));
    fact('custodian.kind', say(order.supp ? 'custodian.supplement' : 'custodian.main', { n: order.supp }));
    fact('custodian.window', order.window.join(' — '));
    fact('custodian.beacon', question.beacon || say('custodian.none'));
    fact('custodian.freeze', inFours(toHex(question.freeze)), 'hash');
    fact('custodian.order', inFours(toHex(question.orderId)), 'hash');
    by('before').textContent = before ? say('custodian.answered', { date: before.date }) : say('custodian.once');
    by('asked').hidden = false;
    by('answered').hidden = true;
}

function show() {
    const keep = load();
    by('start').hidden = Boolean(keep);
    by('asking').hidden = by('keeping').hidden = !keep;
    by('asked').hidden = by('answered').hidden = true;
    if (!keep) return;
    by('mine').textContent = inFours(toHex(keep.publicKey));
    drawCode(by('mine-code'), toHex(keep.publicKey), say('custodian.mine'));
    by('count').textContent = say('custodian.count', { n: keep.asked.length });
    by('backup').href = 'data:text/plain;charset=utf-8,' + encodeURIComponent(keepText(keep));
    if (question) showQuestion(keep);
}

// ---- what is done

function make() {
    const [first, second] = [by('pass-new').value, by('pass-again').value];
    if (first.length < PASSPHRASE_LEAST) refuse('custodian.short');
    if (first !== second) refuse('custodian.differ');
    if (load()) refuse('custodian.has-key');
    store(newKeep(random(32), first, random(16), ROUNDS));
    by('pass-new').value = by('pass-again').value = '';
    show();
    tell(say('custodian.made'));
}

function restore(text) {
    const keep = load(), given = parseKeep(text);
    store(keep ? joinKeeps(keep, given) : given);
    show();
    tell(say('custodian.restored'));
}

function read(text) {
    question = undefined;
    question = parseQuestion(text);
    by('text').value = '';
    show();
}

function answer() {
    const keep = load(), seed = openKeep(keep, by('pass').value);
    const today = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
    const recorded = store(recordQuestion(keep, question, today)); // cokey-5: before it answers
    const line = answerTo(recorded, question, seed);
    seed.fill(0);
    by('pass').value = '';
    show();
    by('line').value = line;
    drawCode(by('code'), line, say('custodian.answer'));
    by('answered').hidden = false;
    tell(say('custodian.done'));
    by('answered').scrollIntoView();
}

function copy() {
    by('line').select();
    tell(say(document.execCommand('copy') ? 'custodian.copied' : 'custodian.copy-by-hand'));
}

export function start() {
    document.querySelectorAll('[data-say]').forEach((node) => { node.textContent = say(node.dataset.say); });
    by('make').onclick = () => slowly(make);
    by('read').onclick = () => attempt(() => read(by('text').value));
    by('answer').onclick = () => slowly(answer);
    by('copy').onclick = copy;
    document.querySelectorAll('.restore').forEach((input) => {
        input.onchange = () => input.files[0] && input.files[0].text().then((text) => attempt(() => restore(text)));
    });
    const fromAddress = () => attempt(() => (location.hash.length > 1 ? read(location.hash) : show()));
    window.addEventListener('hashchange', fromAddress);
    attempt(show);
    fromAddress();
}
