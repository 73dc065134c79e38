// The search page of the site: names and codes are looked for in files of this site; what is typed is sent nowhere.

import { element, empty } from './dom.js';
import { pairShard, signs, textOf } from './find_chars.js';
import { say } from './say.js';

const SHOWN = 40; // results; who looks for one types more
const FILES = 24; // of rows, read for one question
const PAIRS = 6; // of characters, looked up for one question

const page = { files: new Map(), asked: 0 };

/** A file of the site, once; an error is told by whoever asked. */
function read(name) {
    if (!page.files.has(name)) {
        page.files.set(name, fetch(page.root + 'find/' + name, { credentials: 'omit', redirect: 'error' }).then((answer) => {
            if (!answer.ok) throw new Error(name);
            return answer.json();
        }).catch((e) => {
            page.files.delete(name);
            throw e;
        }));
    }
    return page.files.get(name);
}

/** Rows whose code begins so: they stand together, since rows are in the order of their codes. */
async function byCode(prefix) {
    const { first } = page.start, found = [];
    let at = 0;
    while (at + 1 < first.length && first[at + 1] < prefix) at++;
    for (; at < first.length && found.length <= SHOWN; at++) {
        const rows = await read('rows-' + at + '.json');
        const hits = rows.filter(([code]) => code.startsWith(prefix));
        found.push(...hits);
        if (rows[rows.length - 1][0] > prefix && !rows[rows.length - 1][0].startsWith(prefix)) break;
    }
    return found;
}

/** Numbers of the rows that have all pairs; undefined when every pair is too common. */
async function candidates(chars) {
    const { pairs: shards } = page.start;
    const pairs = [];
    for (let i = 1; i < chars.length && pairs.length < PAIRS; i++) pairs.push([chars[i - 1], chars[i]]);
    const lists = await Promise.all(pairs.map(async ([a, b]) => {
        const list = (await read('pairs-' + pairShard(a, b, shards) + '.json'))[textOf([a, b])];
        if (list === undefined || list === 0) return list === 0 ? undefined : [];
        let row = 0;
        return list.map((distance) => (row += distance));
    }));
    const known = lists.filter((list) => list !== undefined).sort((x, y) => x.length - y.length);
    if (known.length === 0) return undefined;
    const others = known.slice(1).map((list) => new Set(list));
    return known[0].filter((row) => others.every((set) => set.has(row)));
}

async function byName(chars) {
    const rows = await candidates(chars), found = [];
    if (rows === undefined) return undefined;
    const wanted = textOf(chars), files = new Map();
    rows.forEach((row) => {
        const file = Math.floor(row / page.start.each);
        files.set(file, (files.get(file) || []).concat(row % page.start.each));
    });
    let read_ = 0;
    for (const [file, places] of files) {
        if (found.length > SHOWN || read_++ === FILES) return { found, more: true };
        const all = await read('rows-' + file + '.json');
        places.forEach((place) => {
            if (textOf(signs(all[place][1])).includes(wanted)) found.push(all[place]);
        });
    }
    return { found, more: false };
}

function show(box, found, more) {
    if (found.length === 0) {
        box.append(element('p', 'note', say('find.nothing')));
        return;
    }
    const list = element('ul', 'results');
    found.slice(0, SHOWN).forEach(([code, name, path]) => {
        const link = element('a', '', name);
        link.href = page.root + path;
        list.append(element('li', '', link, ' ', element('code', '', code)));
    });
    box.append(element('p', 'note', more || found.length > SHOWN ? say('find.more', { shown: Math.min(SHOWN, found.length) })
        : say('find.count', { count: found.length })), list);
}

async function answer(text) {
    const mine = ++page.asked, box = element('div', '');
    const chars = signs(text), code = textOf(chars).toUpperCase();
    empty(page.answer).append(element('p', 'note', say('find.reading')));
    try {
        page.start = await read('start.json');
        let found = { found: [], more: false };
        if (/^[0-9A-Z]{3,}$/.test(code)) found.found = await byCode(code);
        if (found.found.length === 0) found = chars.length < 2 ? undefined : await byName(chars);
        if (found === undefined) box.append(element('p', 'note', say('find.too-short')));
        else show(box, found.found, found.more);
    } catch (e) {
        empty(box).append(element('p', 'warn', say('find.unread')));
    }
    if (mine === page.asked) empty(page.answer).append(box);
}

export function start() {
    const box = document.getElementById('find');
    if (box === null) return;
    page.root = box.getAttribute('data-root');
    page.answer = element('div', '');
    page.answer.setAttribute('role', 'status');
    const form = element('form', 'ask'), field = element('input', ''), go = element('button', 'button', say('find.go'));
    field.id = 'find-q';
    field.type = 'search';
    field.autocomplete = 'off';
    field.maxLength = 200;
    go.id = 'find-go';
    go.type = 'submit';
    form.append(element('label', 'field', element('b', '', say('find.what')), element('small', '', say('find.how')), field), go);
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        answer(field.value);
    });
    empty(box).append(form, page.answer);
}
