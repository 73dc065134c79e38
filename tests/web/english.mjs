// The pages in English: walked from link to link, each kind of address once. Whatever stands there as the Chinese catalogue says it
// is a fault, so are marks of Chinese punctuation between English words, and the id of a sentence in place of the sentence.
// Names, titles and codes are data and stay as they were written.
const HAN = /[\u3400-\u9fff]/;
const MARKS = /[\u3001\u3002\uff08\uff09\uff0c\uff1a\uff1b]/;
const ID = /^(ui|word|state|field|record|deadline|figure|role|table|head|cmd|opt|hint|choice|duty)\.[a-z0-9][a-z0-9.-]+$/;
const PAGES = 110;

// Addresses of the same kind: one of them is enough. Acts are forms of one page; a few stand for all.
export const kindOf = (hash) => hash.replace(/\?.*/, (q) => q.replace(/=[^&]*/g, '=')).split('/').map((part, i) => (i > 1 && !/^[a-z-]+$/.test(part.split('?')[0]) ? '*' : part)).join('/').replace(/^#\/(act|figure|records|record|import)\/[^/?]*/, '#/$1/*').replace(/^#\/act\/.*/, '#/act/*');

async function catalogue(page, base) {
    const get = (lang) => page.evaluate((l) => fetch(`/api/v1/text?lang=${l}`).then((r) => r.json()), lang);
    const [zh, en] = [await get('zh'), await get('en')];
    const whole = new Map(), made = [];
    for (const [id, s] of Object.entries(zh)) {
        const plain = s.replace(/\{[a-z0-9_]+\}/g, '');
        if (!HAN.test(plain) || s === en[id]) continue;
        if (plain === s) whole.set(s.trim(), id);
        else if (plain.replace(/[^\u3400-\u9fff]/g, '').length > 2) made.push([new RegExp(`^${s.trim().split(/\{[a-z0-9_]+\}/).map((x) => x.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`), id]);
    }
    return (text) => whole.get(text) || (made.find(([re]) => re.test(text)) || [])[1];
}

// Texts, and what is read aloud: {text, data}: whether it stands where values stand.
const read = (page) => page.evaluate(() => {
    const all = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const data = (e) => !!e.closest('td, dd, code, pre, option, caption, .data, [lang="zh-CN"] button');
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
        const e = n.parentElement, text = n.data.trim();
        if (text && !e.closest('[lang]:not(html), script, style, canvas, svg')) all.push({ text, data: data(e) });
    }
    for (const e of document.body.querySelectorAll('[aria-label], [title], [placeholder]'))
        for (const a of ['aria-label', 'title', 'placeholder']) if (e.getAttribute(a) && !e.closest('[lang]:not(html)')) all.push({ text: e.getAttribute(a).trim(), data: data(e) });
    return all;
});

export async function run({ settled, base, ok, person }) {
    const seen = new Set(), faults = [];
    let chinese = null, walked = 0;
    for (const role of ['planner', 'draw', 'reviewer', 'inspector', 'clerk', 'auditor', 'admin']) {
        const page = await person(role);
        await page.evaluate(() => localStorage.setItem('qian.lang', 'en'));
        await page.reload();
        await page.waitForSelector('nav.side');
        chinese = chinese || (await catalogue(page, base));
        const left = ['#/', '#/me'];
        while (left.length && walked < PAGES) {
            const hash = left.shift(), kind = hash === '#/' ? `home of ${role}` : kindOf(hash);
            if (seen.has(kind)) continue;
            seen.add(kind);
            walked++;
            await page.goto(`${base}/${hash}`);
            await page.waitForSelector('main h1, main .refusal');
            if (!(await page.$('main h1'))) faults.push(`${hash}: leads to a refusal: ${await page.textContent('main .refusal')}`);
            await settled(page);
            for (const { text, data } of await read(page)) {
                const id = HAN.test(text) ? chinese(text) : null;
                if (ID.test(text)) faults.push(`${hash}: no sentence ${text}`);
                else if (id && !(data && !id.startsWith('ui.'))) faults.push(`${hash}: ${text} (${id})`);
                else if (!data && !HAN.test(text) && MARKS.test(text)) faults.push(`${hash}: ${text}`);
            }
            left.push(...(await page.$$eval('a[href^="#/"]', (all) => all.map((a) => a.getAttribute('href')))));
        }
        await page.context().close();
    }
    await ok(`${walked} pages in English: nothing that the catalogue says in Chinese`, !faults.length, faults.join('\n'));
    await ok('many pages were walked', walked > 60, walked);
}
