// What every person does in the pages of several offices, whatever the work is: goes to a page, reads what stands there, sends a
// file, reads what is about to be done and confirms it, exchanges with the office above. An area takes what it needs of
// hands(what run.mjs gives, its name); `narrow`: each picture also as narrow as a phone.
import { basename } from 'path';
import { writeFileSync } from 'fs';

export const PASSWORD = '四月的柿子树 又开了花';
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** A signature of two strokes, both of which stay. */
export async function sign(page, where) {
    const canvas = await page.waitForSelector(`${where} canvas`);
    await canvas.scrollIntoViewIfNeeded();
    const r = await canvas.boundingBox();
    const stroke = async (fromX, fromY, toX, toY) => {
        await page.mouse.move(r.x + fromX, r.y + fromY);
        await page.mouse.down();
        await page.mouse.move(r.x + toX, r.y + toY);
        await page.mouse.up();
    };
    await stroke(20, 30, 80, 60);
    // What is kept of the first stroke must not end the signature: a name has many.
    await page.waitForTimeout(300);
    await stroke(30, 70, 90, 35);
    const ink = await canvas.evaluate((c) => {
        const g = c.getContext('2d'), at = (x, y) => g.getImageData((x * c.width) / c.clientWidth - 6, (y * c.height) / c.clientHeight - 6, 12, 12).data.some((v, i) => i % 4 === 0 && v < 128);
        return [at(50, 45), at(60, 52)];
    });
    if (!ink[0] || !ink[1]) throw new Error(`strokes were lost: ${ink}`);
}

export function hands({ ok, person, axe, look, settled, people }, area, { narrow = false } = {}) {
    let here = {};
    const seen = new Set();
    const base = (who) => people[who].base;
    /** From now on it is then in the offices, whose clock is the file `clock` of the suite: whoever was in has gone home. */
    const day = async (when) => {
        for (const page of Object.values(here)) await page.context().close();
        here = {};
        const off = Math.round(Date.parse(`${when.replace(' ', 'T')}:00+08:00`) / 1000) - Math.round(Date.now() / 1000);
        writeFileSync('clock', `${off < 0 ? '' : '+'}${off}\n`);
    };
    /** Links are good for 72 hours: everybody chooses a password on the first day, the people of one office one after the other. */
    const come = async () => {
        const of = {};
        for (const who of Object.keys(people)) (of[base(who)] = of[base(who)] || []).push(who);
        await Promise.all(Object.values(of).map(async (all) => {
            for (const who of all) await (await person(who)).context().close();
        }));
        await ok('everybody has chosen a password', true);
    };
    const at = async (who, to, there = 'main h1', width) => {
        const key = `${who} ${width || ''}`;
        if (!here[key]) here[key] = await person(who, { width });
        const page = here[key];
        await page.goto('about:blank');
        await page.goto(`${base(who)}/#/${to}`);
        await page.waitForSelector(there);
        await settled(page);
        return page;
    };
    const words = async (page, where = 'main') => (await page.textContent(where)).replace(/\s+/g, ' ');
    const says = async (page, name, pattern, where) => await ok(name, async () => pattern.test(await words(page, where)), async () => (await words(page, where)).slice(0, 900));
    /** A page as a person sees it: once each, without what WCAG forbids, with a picture. */
    const see = async (page, name) => {
        if (seen.has(name)) return;
        seen.add(name);
        await axe(page, name);
        await look(page, `${area} ${name}`);
        const size = page.viewportSize();
        if (!narrow || size.width <= 360) return;
        await page.setViewportSize({ width: 360, height: 740 });
        await look(page, `${area} ${name} 360`);
        await page.setViewportSize(size);
    };
    const sent = async (page, id, file) => {
        await page.setInputFiles(`#${id}`, file);
        await page.waitForSelector(`#${id} ~ [role=status]:has-text("已上传：${file.name || basename(file)}")`);
    };
    /** What is about to be done for good is read and confirmed; then `after` is there. */
    const confirm = async (page, name, after, pattern, looked = true) => {
        await page.waitForSelector('main .ask, main .refusal');
        if (!(await page.$('main .ask'))) throw new Error(`${name}: ${await words(page, 'main .refusal')}`);
        if (pattern) await says(page, `${name}: said before it is done`, pattern);
        if (looked) await see(page, name);
        await page.click('main .ask > .row button:first-child');
        await page.waitForSelector(`${after}, main .refusal`);
        if (await page.$('main .refusal')) throw new Error(`${name}: ${await words(page, 'main .refusal')}`);
    };
    const exchange = async (who) => {
        const page = await at(who, 'sync', 'section table button.whole');
        await page.waitForSelector('section table tbody td:has-text("市场监督管理局")'); // names come behind the table
        await page.click('section table button.whole');
        await page.waitForSelector('p.good, main .refusal');
        await ok(`${who} exchanges with the office above`, () => page.$('p.good'), () => words(page));
        await see(page, 'exchange');
    };
    return { day, come, at, words, says, see, sent, confirm, exchange, base };
}
