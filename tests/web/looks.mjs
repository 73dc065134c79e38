// How the pages look to who sees little, magnifies much or has no mouse: each kind of page once at 320 px, which is 1280 px at 400 %
// (WCAG 2.1, 1.4.10), with the large type and in the reader's own colours; and all of one page by the keyboard.
import { kindOf } from './english.mjs';

const NARROW = 320, LARGE = 22, PAGES = 80;

// What is cut off at the right, beside what may be moved in its own frame.
const stand = (page) => page.evaluate(() => ({
    over: document.documentElement.scrollWidth - window.innerWidth,
    cut: Array.from(document.querySelectorAll('header *, main *')).filter((e) => {
        const r = e.getBoundingClientRect();
        return r.width > 1 && r.right > window.innerWidth + 1 && !e.closest('.scroll, pre, .unseen, thead, .skip, .aside');
    }).slice(0, 3).map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 30)}`),
    focus: document.activeElement ? document.activeElement.tagName : '',
    large: document.documentElement.classList.contains('large'),
    type: parseFloat(getComputedStyle(document.querySelector('main')).fontSize),
    title: document.title,
    menu: document.querySelector('.side .menu').textContent,
}));

async function walk({ page, base, until, settled, seen, faults, role }) {
    const left = ['#/', '#/me'];
    let walked = 0;
    while (left.length && seen.size < PAGES) {
        const hash = left.shift(), kind = hash === '#/' ? `home of ${role}` : kindOf(hash);
        if (seen.has(kind)) continue;
        seen.add(kind);
        walked++;
        await page.goto(`${base}/${hash}`);
        await until(page, () => new Promise((on) => setTimeout(() => on(!!document.querySelector('main h1, main .refusal')), 50)));
        await settled(page);
        let is = await stand(page);
        for (let i = 0; i < 50 && is.focus !== 'H1'; i++) { // a heading that comes with what is looked up has the focus when it comes
            await page.waitForTimeout(100);
            is = await stand(page);
        }
        if (is.over > 0) faults.push(`${hash}: ${is.over} px wider than the window`);
        if (is.cut.length) faults.push(`${hash}: cut off: ${is.cut.join('; ')}`);
        if (is.focus !== 'H1') faults.push(`${hash}: begins at ${is.focus}`);
        if (is.large && is.type < LARGE) faults.push(`${hash}: large type is ${is.type} px`);
        if (!/^#\/(me|people)/.test(hash) && !/：/.test(is.menu)) faults.push(`${hash}: of no section`);
        if (!/\S · 签$/.test(is.title)) faults.push(`${hash}: is called ${is.title}`);
        left.push(...(await page.$$eval('a[href^="#/"]', (all) => all.map((a) => a.getAttribute('href')))));
    }
    return walked;
}

// What the keyboard is at: how it shows, and whether it can be seen.
const at = (page) => page.evaluate(() => {
    const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
    const label = e.nextElementSibling && e.nextElementSibling.tagName === 'LABEL' ? getComputedStyle(e.nextElementSibling) : s;
    return { id: e.tagName === 'BODY' ? '' : `${e.tagName} ${e.id || e.getAttribute('href') || e.textContent.slice(0, 20)}`, n: Array.from(document.querySelectorAll('*')).indexOf(e),
        shows: [s, label].some((x) => x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) >= 2), there: r.bottom > 0 && r.top < window.innerHeight && r.right > 0 && r.left < window.innerWidth };
});
// How far the rings stand out from the ground around: the better of both.
const ring = (page) => page.evaluate(() => {
    const rgb = (c) => (c.match(/[\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]].reduce((n, [v, w]) => n + w * (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4), 0);
    const between = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const e = document.activeElement, s = getComputedStyle(e);
    let ground = [255, 255, 255];
    for (let p = e.parentElement; p; p = p.parentElement) {
        const c = rgb(getComputedStyle(p).backgroundColor);
        if (c.length === 3 || c[3] > 0) {
            ground = c.slice(0, 3);
            break;
        }
    }
    return Math.max(...[s.outlineColor, s.boxShadow.slice(0, s.boxShadow.indexOf(')') + 1)].filter((c) => /rgb/.test(c)).map((c) => between(rgb(c).slice(0, 3), ground)));
});
async function keyboard(page) {
    const faults = [], been = [];
    for (let i = 0; i < 150; i++) {
        await page.keyboard.press('Tab');
        const is = await at(page);
        if (is.n === been[been.length - 1]) continue; // a date has a stop for each of its parts
        if (!is.id || been.includes(is.n)) break;
        been.push(is.n);
        if (!is.shows) faults.push(`${is.id}: nothing shows that it has the focus`);
        if (!is.there) faults.push(`${is.id}: out of sight`);
    }
    if (been.some((n, i) => i && n < been[i - 1])) faults.push('the order is not that of the page');
    const all = await page.evaluate(() => Array.from(document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')).filter((e, i, them) => !e.disabled && e.tabIndex >= 0 && !e.closest('details:not([open]) > :not(summary)') && !(e.type === 'radio' && them.findIndex((x) => x.type === 'radio' && x.name === e.name) < i) && e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden').length);
    return { faults, been: been.length, all };
}

export async function run({ until, settled, base, ok, person, axe }) {
    const seen = new Set(), faults = [];
    let walked = 0;
    for (const role of ['planner', 'draw', 'observer', 'reviewer', 'inspector', 'clerk', 'auditor', 'admin']) {
        const page = await person(role, { width: NARROW });
        walked += await walk({ page, base, until, settled, seen, faults, role });
        await page.context().close();
    }
    await ok(`${walked} kinds of pages at ${NARROW} px: nothing is cut off or moves sideways, each begins at its heading`, !faults.length && walked > 50, `${walked}\n${faults.join('\n')}`);

    const large = await person('clerk', { width: 360, scheme: 'dark' });
    await large.evaluate(() => localStorage.setItem('qian.large', '1'));
    await large.reload();
    await large.waitForSelector('nav.side');
    const big = [];
    for (const hash of ['#/visits', '#/lists/objects', '#/figures', '#/sync']) {
        await large.goto(`${base}/${hash}`);
        await large.waitForSelector('main table, main .visits, main form');
        const is = await stand(large);
        if (is.over > 0 || is.cut.length || is.type < LARGE) big.push(`${hash}: ${JSON.stringify(is)}`);
    }
    await ok('the large type is large and fits a phone', !big.length, big.join('\n'));
    await axe(large, 'large type, dark');
    await large.context().close();

    // On a narrow screen the sections are behind a button.
    const phone = await person('clerk', { width: NARROW });
    await phone.goto(`${base}/#/records`);
    await phone.waitForSelector('main h1');
    await ok('the button says where one is', async () => /记录/.test(await phone.textContent('.side .menu')) && !(await phone.isVisible('.side a')));
    await phone.focus('.side .menu');
    await phone.keyboard.press('Enter');
    await ok('a key opens it', () => phone.isVisible('.side a[aria-current="page"]'));
    await phone.focus('.side a[href="#/import"]');
    await phone.keyboard.press('Enter');
    await until(phone, () => location.hash === '#/import' && document.activeElement.tagName === 'H1');
    await ok('and it is shut behind who went on', async () => !(await phone.isVisible('.side a')));
    await phone.context().close();

    for (const [name, role, hash] of [['a home', 'reviewer', '#/'], ['a list', 'clerk', '#/lists/objects'], ['a form', 'planner', '#/plans/add'], ['a person', 'admin', '#/people/set']]) {
        const page = await person(role, { forcedColors: 'active', reducedMotion: 'reduce' });
        await page.goto(`${base}/${hash}`);
        await page.waitForSelector('main h1');
        await settled(page);
        await page.evaluate(() => document.querySelector('.skip').focus());
        await ok(`${name}: the first thing that Tab reaches leads past the rest`, async () => (await at(page)).there);
        await page.keyboard.press('Enter');
        await ok(`${name}: to its heading`, async () => /^H1/.test((await at(page)).id));
        await page.evaluate(() => {
            document.activeElement.blur();
            document.querySelector('.skip').focus();
        });
        const k = await keyboard(page);
        await ok(`${name}: all ${k.all} controls are reached by Tab in their order and seen, in the reader's own colours`, !k.faults.length && k.been >= k.all - 1, `${k.been} of ${k.all}\n${k.faults.join('\n')}`);
        const still = await page.evaluate(() => document.getAnimations().length);
        await ok(`${name}: nothing moves by itself`, !still, still);
        await page.context().close();
    }

    for (const scheme of ['light', 'dark']) {
        const page = await person('clerk', { scheme });
        await page.goto(`${base}/#/lists/objects`);
        await page.waitForSelector('main table a');
        const low = [];
        await page.keyboard.press('Tab'); // who uses the keyboard sees where it is
        for (const what of ['.brand', '.me button', '.sync a', '.side a', 'main form button', 'main table a']) {
            await page.focus(what);
            const far = await ring(page);
            if (!(far >= 3)) low.push(`${what}: ${far}`);
        }
        await ok(`${scheme}: where the keyboard is stands out 3 to 1 (1.4.11)`, !low.length, low.join('\n'));
        await page.context().close();
    }

    // A page whose program fails leaves the way to the others.
    const lost = await person('clerk');
    for (const hash of ['#/ceremony', '#/plan', '#/figure', '#/fork']) {
        await lost.goto(`${base}/${hash}`);
        await until(lost, () => /没有这个页面/.test((document.querySelector('main h1') || {}).textContent || ''));
    }
    await ok('an address without its name is told as one that leads nowhere', true);
}
