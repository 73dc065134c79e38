// The pages of an office in Debian's Chromium, driven as a person would: node run.mjs BASE PEOPLE.json AREA… [--shots DIR]
// PEOPLE: {"角色": {"name", "link", "base"?}}: each chooses a password by the link first; base: of another office than BASE. An area is a module of this directory
// with `export async function run({ base, ok, person, axe, until })`; person(role, {width}) gives a page on which that person came in.
// A page shows what it has and goes on asking its office: whatever is judged is a function, asked again until it is so, or stands
// behind settled(page). LAG=MS holds each call of the pages back by up to so many milliseconds, to find what is judged too early.
// TRUST: of an https BASE the hash of the key that is trusted (base64 of SHA-256).
// A page error, a refusal by the Content-Security-Policy or a call to anywhere else fails the area in which it happened.
import { readFileSync, existsSync } from 'fs';
import { join, dirname } from 'path';
import { fileURLToPath } from 'url';
import { createRequire } from 'module';
import { chromium } from 'playwright-core';
import { PASSWORD } from './hands.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((p) => p && existsSync(p));
const args = process.argv.slice(2);
const at = args.indexOf('--shots');
const shots = at < 0 ? null : args.splice(at, 2)[1];
const [base, peopleFile, ...areas] = args;
const people = JSON.parse(readFileSync(peopleFile, 'utf8'));
const bases = [base, ...Object.values(people).map((p) => p.base).filter(Boolean)];
const PATIENCE = 20000, LAG = Number(process.env.LAG || 0); // ms
let n = 0, failed = 0, waiting = 0;

function told(good, name, why) {
    n++;
    failed += !good;
    console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name}`);
    if (!good && why) String(why).split('\n').slice(0, 12).forEach((line) => console.log(`# ${line}`));
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...(process.env.TRUST ? [`--ignore-certificate-errors-spki-list=${process.env.TRUST}`] : [])] });
let faults = [];
let said = [];
let shot = 0;

/** What is so or will be: `good`, a function, is asked again until it is true; `why` says what was there instead. */
async function ok(name, good, why) {
    const ask = typeof good === 'function';
    let is, broke = '';
    waiting++;
    for (const end = Date.now() + PATIENCE;;) {
        try {
            is = ask ? await good() : good;
            broke = '';
        } catch (e) {
            is = false;
            broke = e.message;
        }
        if (is || !ask || Date.now() > end) break;
        await new Promise((on) => setTimeout(on, 100));
    }
    waiting--;
    told(!!is, name, is ? '' : broke || (typeof why === 'function' ? await Promise.resolve(why()).catch((e) => e.message) : why));
}

const asked = new WeakMap(); // page: its calls without an answer
function watch(page) {
    if (asked.has(page)) return page;
    const open = new Set();
    asked.set(page, open);
    page.on('request', (r) => {
        if (r.isNavigationRequest()) open.clear(); // what the page before had asked is told by no event
        else if (r.url().includes('/api/')) open.add(r);
    });
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (r) => open.delete(r));
    page.on('pageerror', (e) => faults.push(`${page.url()}: ${e.message}`));
    page.on('console', (m) => {
        said.push(m.text());
        if (/Content Security Policy|TrustedHTML|TrustedScript/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`);
    });
    page.on('requestfailed', (r) => said.push(`${r.url()}: ${r.failure().errorText}`));
    page.on('request', (r) => {
        if (!bases.some((b) => r.url().startsWith(b)) && !/^(data|blob):/.test(r.url())) faults.push(`asked ${r.url()}`);
    });
    page.setDefaultTimeout(PATIENCE);
    return page;
}

/** Until the page has all that it asked for: nothing is under way and nothing says that it is read, twice in a row, as an answer
 *  leads to the next call. A job that goes on is not waited for. */
async function settled(page) {
    const reads = () => page.evaluate(() => Array.from(document.querySelectorAll('main [role="status"]')).some((e) => /^(正在读取|Loading)/.test(e.textContent)));
    for (let quiet = 0, end = Date.now() + PATIENCE; quiet < 2 && Date.now() < end;) {
        quiet = asked.get(page).size || (await reads().catch(() => true)) ? 0 : quiet + 1;
        await new Promise((on) => setTimeout(on, 30));
    }
}

async function open(width, scheme, more) {
    const context = await browser.newContext({ viewport: { width, height: width < 500 ? 740 : 900 }, locale: 'zh-CN', hasTouch: width < 500,
        timezoneId: 'Asia/Shanghai', bypassCSP: false, colorScheme: scheme || 'light', acceptDownloads: true, ...more });
    // Pages that a person opens beside the first are watched like it.
    context.on('page', watch);
    if (LAG) await context.route('**/api/**', (route) => setTimeout(() => route.continue().catch(() => {}), Math.random() * LAG));
    return watch(await context.newPage());
}

const passwords = new Set();
/** A page on which the person of that role came in. */
async function person(role, { width = 1280, scheme, ...more } = {}) {
    const page = await open(width, scheme, more), who = people[role];
    if (!who) throw new Error(`nobody is ${role}`);
    if (!passwords.has(role)) {
        await page.goto((who.base || base) + who.link.slice(who.link.indexOf('/#/')));
        await page.waitForSelector(`text=为 ${who.name} 设定`);
        await page.fill('#password', PASSWORD);
        await page.fill('#again', PASSWORD);
        passwords.add(role);
    } else {
        await page.goto((who.base || base) + '/');
        await page.fill('#person', who.name);
        await page.fill('#password', PASSWORD);
    }
    await page.click('button.main');
    await page.waitForSelector('nav.side');
    return page;
}

/** Rules of WCAG 2.1 A and AA that axe-core knows, on the page as it stands. */
async function axe(page, name) {
    await settled(page);
    // What is injected for the test alone goes past the page's policy by the debugging protocol, not through the page.
    const client = await page.context().newCDPSession(page);
    await client.send('Runtime.evaluate', { expression: axeSource });
    const { result } = await client.send('Runtime.evaluate', { awaitPromise: true, returnByValue: true,
        expression: "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(', '))))" });
    const found = JSON.parse(result.value || '["axe did not run"]');
    await client.detach();
    told(!found.length, `${name}: nothing that WCAG 2.1 AA forbids`, found.join('\n'));
}

/** Asked again and again by the debugging protocol: page.waitForFunction makes a script of its own, which the pages' policy forbids. */
async function until(page, is, value) {
    for (const end = Date.now() + PATIENCE; !(await page.evaluate(is, value));) {
        if (Date.now() > end) throw new Error(`never: ${is}`);
        await new Promise((on) => setTimeout(on, 100));
    }
}

/** A picture for a person to look at; also: nothing is wider than the window. */
async function look(page, name) {
    await settled(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    told(over <= 0, `${name}: as wide as the window`, `${over} px more`);
    if (shots) await page.screenshot({ path: join(shots, `${String(++shot).padStart(2, '0')}-${name.replace(/[^\p{L}\p{N}]+/gu, '-')}.png`), fullPage: true });
}

for (const area of areas) {
    faults = [];
    try {
        const { run } = await import(join(here, `${area}.mjs`));
        await run({ base, person, open, axe, look, until, settled, people, ok: (name, good, why) => ok(`${area}: ${name}`, good, why) });
        if (waiting) throw new Error(`${waiting} checks were not waited for`);
    } catch (e) {
        const stand = [];
        for (const c of browser.contexts()) for (const p of c.pages()) stand.push(`${p.url()}: ${(await p.textContent('body').catch(() => '')).replace(/\s+/g, ' ').slice(0, 300)}`);
        told(false, `${area}: it ran to the end`, `${e.message}\n${stand.join('\n')}\n${said.slice(-6).join('\n')}`);
    }
    told(!faults.length, `${area}: no error, nothing against the policy, nothing asked elsewhere`, faults.join('\n'));
    for (const c of browser.contexts()) await c.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
