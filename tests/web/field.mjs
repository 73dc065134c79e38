// An inspector's phone over TLS: visits are taken along, two results written without a line arrive once, one that somebody
// else was faster with is refused and shown, the session runs out meanwhile, the device keeps nothing in clear and nothing
// after going out. The suite (tests/t/web_field.sh) reads what arrived by the command line.
import { writeFileSync } from 'fs';
import { execFileSync } from 'child_process';
import { PASSWORD, PNG, sign } from './hands.mjs';

// In a page whose policy lets no string be a script, all is asked by functions.
const inDevice = (page) => page.evaluate(() => new Promise((yes) => {
    const r = indexedDB.open('qian', 1);
    r.onsuccess = () => {
        const tx = r.result.transaction(['key', 'item']);
        const keys = tx.objectStore('key').getAll(), items = tx.objectStore('item').getAll();
        tx.oncomplete = () => yes({ keys: keys.result.length, open: keys.result.filter((k) => k.open).length, items: items.result.length, fields: [...new Set(items.result.flatMap(Object.keys))].sort().join(' ') });
    };
}));
const caches = (page) => page.evaluate(async () => {
    const all = [];
    for (const n of await caches.keys()) for (const r of await (await caches.open(n)).keys()) all.push(new URL(r.url).pathname);
    return all;
});

/** The address of a target nobody has written anything of. */
async function fresh(page, base, i = 0) {
    await page.goto(`${base}/#/visits`);
    await page.waitForSelector('.visits a');
    return (await page.$$eval('.visits li', (l) => l.filter((x) => !/待提交|被退回|未提交/.test(x.textContent)).map((x) => x.querySelector('a').getAttribute('href'))))[i];
}
async function write(page, base, to, who, { signed = true } = {}) {
    await page.goto(base + '/' + to);
    await page.waitForSelector('form.visit');
    await page.check(`#i-0 input[value=${signed ? 'yes' : 'none'}]`);
    await page.setInputFiles('#album', { name: 'gate.png', mimeType: 'image/png', buffer: PNG });
    await page.waitForSelector('.photos img');
    await sign(page, '#s-0');
    await sign(page, '#s-1');
    if (signed) {
        await page.fill('#representative', who);
        await sign(page, '#s-party');
    } else {
        await page.check('#i-0-codes input[value=R04]');
        await page.fill('#i-0-problem', '大门上锁，登记电话无人接听');
        await page.fill('#refusal', '现场无人');
        await page.fill('#witness', who);
    }
}
async function confirm(page) {
    await page.click('form.visit button.main');
    await page.waitForSelector('.bar button.main');
    await page.click('.bar button.main');
}
const waits = (page, n) => page.waitForSelector(`section.waits li:nth-child(${n})`);
const place = (to) => {
    const [path, query] = to.slice(2).split('?');
    const [, draw, object] = path.split('/').map(decodeURIComponent);
    return { draw, object, task: new URLSearchParams(query).get('task') };
};

export async function run({ base, ok, person, axe, look, until }) {
    const qian = (...args) => JSON.parse(execFileSync(process.env.QIAN, ['-d', process.env.OFFICE, '--json', ...args], { encoding: 'utf8' }));
    const desk = await person('clerk');
    const phone = await person('inspector', { width: 360 });
    const context = phone.context();
    const bar = () => phone.textContent('.sync.queue');

    // ---- along
    await ok('nothing of a worker before it is asked for', async () => !(await phone.evaluate(() => navigator.serviceWorker.getRegistration().then((r) => !!r))));
    await phone.goto(`${base}/#/visits`);
    await phone.waitForSelector('.along button');
    await phone.click('.along button');
    await phone.waitForSelector('.along >> text=已在本机');
    await look(phone, 'visits that were taken along');
    await axe(phone, 'visits that were taken along');
    const kept = await caches(phone);
    await ok('the worker keeps pages and sentences', kept.includes('/') && kept.some((p) => /\/main\.js$/.test(p)) && kept.includes('/api/v1/text'), kept.join(' '));
    await ok('and nothing that holds data', !kept.some((p) => p.startsWith('/api/') && p !== '/api/v1/text'), kept.filter((p) => p.startsWith('/api/')).join(' '));
    await ok('what is on the device is sealed', async () => (await inDevice(phone)).fields === 'at data iv rid until who', async () => (await inDevice(phone)).fields);

    // ---- without a line
    await context.setOffline(true);
    await phone.reload();
    await phone.waitForSelector('.visits a');
    await ok('the page opens without a line and says so', async () => /连不上本局/.test(await phone.textContent('main')));
    const first = await fresh(phone, base);
    await write(phone, base, first, '刘经理');
    await look(phone, 'a visit without a line');
    await axe(phone, 'a visit without a line');
    await phone.reload();
    await phone.waitForSelector('form.visit .note.draft');
    await phone.waitForSelector('#s-party img.signed');
    await ok('what was typed outlives the page', async () => (await phone.inputValue('#representative')) === '刘经理');
    await confirm(phone);
    await waits(phone, 1);
    const second = await fresh(phone, base);
    await ok('what waits is not open any more', second !== first);
    await write(phone, base, second, '王五', { signed: false });
    await ok('where nobody was, nobody signs', () => phone.isChecked('#sign input[value=nobody]'));
    await confirm(phone);
    await waits(phone, 2);
    const third = await fresh(phone, base);
    await write(phone, base, third, '赵经理');
    await confirm(phone);
    await waits(phone, 3);
    await look(phone, 'what waits');
    await axe(phone, 'what waits');
    await ok('every page tells how many wait and since when', async () => /3 份检查结果等待提交.*\d{4}-\d\d-\d\d/.test(await bar()), () => bar());
    const there = [first, second, third].map(place);
    const open = () => qian('task', 'list', '--open').filter((x) => there.some((p) => p.draw === x.draw && p.object === x.object && p.task === x.task)).length;
    await ok('nothing of it is with the office', open() === 3, open());

    // ---- somebody at the desk is faster with one of them
    const said = await desk.evaluate(async ({ draw, object, task }) => {
        const session = await (await fetch('/api/v1/session')).json();
        const at = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
        const r = await fetch('/api/v1/commands/result/record', { method: 'POST', headers: { 'X-Qian-Token': session.guard, 'Content-Type': 'application/json' }, body: JSON.stringify({ draw, object, task, codes: 'R07', representative: '录入', started: `${at}:00`, completed: `${at}:00` }) });
        return r.status;
    }, there[2]);
    await ok('the desk enters one of them', said === 200, said);

    // ---- on the line again: the answer of the first one gets lost once more
    let times = 0;
    await context.route('**/commands/result/record*', async (route) => {
        if (times++ === 0) {
            await route.fetch();
            await route.abort();
        } else {
            await route.continue();
        }
    });
    await context.setOffline(false);
    await phone.waitForSelector('section.gone li:nth-child(2)', { timeout: 60000 });
    await phone.waitForSelector('section.back li');
    const why = await phone.textContent('section.back .refusal');
    await ok('the one that was faster elsewhere is refused, in the words of the office', /已有结果/.test(why) && /result\.exists/.test(why), why);
    await phone.click('section.back summary');
    await ok('and nothing that was written is lost', async () => /赵经理/.test(await phone.textContent('section.back details')) && (await phone.$$('section.back details img')).length === 4);
    await look(phone, 'what was sent and what was refused');
    await axe(phone, 'what was sent and what was refused');
    await ok('the lost answer did no harm', times >= 2);
    await context.unroute('**/commands/result/record*');
    const results = qian('result', 'list').filter((r) => there.some((p) => p.draw === r.draw && p.object === r.object));
    await ok('each is with the office once', results.length === 3 && new Set(results.map((r) => r.object)).size === 3, JSON.stringify(results));
    const arrived = qian('result', 'show', results.find((r) => r.object === there[0].object).result);
    await ok('with its pictures and signatures', arrived.photos.length === 4 && arrived.photos.filter((p) => p.kind === 'signature').length === 3, JSON.stringify(arrived.photos.map((p) => p.kind)));
    const gone = qian('result', 'show', results.find((r) => r.object === there[1].object).result).revisions[0];
    await ok('and that nobody was there to sign', gone.signature === 'nobody' && gone.witness === '王五' && gone.codes === 'R04', JSON.stringify(gone));
    await phone.click('section.back a.button.main');
    await phone.waitForSelector('details');
    await ok('its page leads to what the desk entered', async () => /已有别人录入/.test(await phone.textContent('main')));
    await phone.goto(`${base}/#/queue`);
    await phone.click('section.back >> text=放弃这一份');
    await phone.click('section.back button.bad');
    await until(phone, () => !document.querySelector('section.back'));
    await ok('it is discarded when that is said', true);

    // ---- the session ends while something is written
    const fourth = await fresh(phone, base);
    await context.setOffline(true);
    await write(phone, base, fourth, '孙经理');
    await confirm(phone);
    await waits(phone, 1);
    await context.clearCookies();
    await context.setOffline(false);
    await phone.waitForSelector('#password', { timeout: 60000 });
    await ok('who is in is asked again, at the same place', () => /#\/queue/.test(phone.url()), () => phone.url());
    await ok('and nothing was sent meanwhile', !qian('result', 'list').some((r) => r.object === place(fourth).object && r.draw === place(fourth).draw));
    await phone.fill('#person', '检查员甲');
    await phone.fill('#password', PASSWORD);
    await phone.click('button.main');
    await phone.waitForSelector('section.gone li:nth-child(3)', { timeout: 60000 });
    await ok('after coming in it is sent, once', qian('result', 'list').filter((r) => r.object === place(fourth).object && r.draw === place(fourth).draw).length === 1);

    // ---- locked, opened, left behind
    const fifth = await fresh(phone, base);
    await phone.goto(base + '/' + fifth);
    await phone.waitForSelector('form.visit');
    await phone.fill('#place', '二楼');
    await phone.click('text=退出');
    await phone.waitForSelector('text=还有 1 份没有提交');
    await look(phone, 'going out with something unsent');
    await axe(phone, 'going out with something unsent');
    await phone.click('text=退出，留在本机并锁上');
    await phone.waitForSelector('#person');
    const locked = await inDevice(phone);
    await ok('kept without an open key', locked.keys === 1 && locked.open === 0 && locked.items === 1, JSON.stringify(locked));
    await context.setOffline(true);
    await phone.reload();
    await phone.waitForSelector('#unlock');
    await phone.fill('#unlock', '不是这个口令 不是');
    await phone.click('button.main');
    await phone.waitForSelector('.error');
    await ok('another password does not open it', async () => (await inDevice(phone)).open === 0);
    await axe(phone, 'locked');
    await look(phone, 'locked');
    await context.setOffline(false);
    await phone.reload();
    await phone.waitForSelector('#person');
    await phone.fill('#person', '检查员甲');
    await phone.fill('#password', PASSWORD);
    await phone.click('button.main');
    await phone.waitForSelector('nav.side');
    await phone.goto(base + '/' + fifth);
    await phone.waitForSelector('form.visit .note.draft');
    await ok('the password brings it back', async () => (await phone.inputValue('#place')) === '二楼');
    await phone.click('text=放弃这份草稿');
    await until(phone, () => !document.querySelector('form.visit .note.draft'));
    await phone.click('text=退出');
    await phone.waitForSelector('#person');
    const left = await inDevice(phone);
    await ok('and after going out nothing is left', left.keys === 0 && left.items === 0, JSON.stringify(left));

    // ---- a code on paper opens its record, through the login
    const code = process.env.PAPER_CODE;
    await ok('the code on paper is an address of the pages', code.startsWith(`${base}/#/paper?code=`), code);
    await phone.goto(code);
    await phone.waitForSelector('#person');
    await phone.fill('#person', '检查员甲');
    await phone.fill('#password', PASSWORD);
    await phone.click('button.main');
    await phone.waitForSelector('.note .badge.good');
    await ok('it opens the record, and the two agree', () => /#\/record\/inspection\//.test(phone.url()), () => phone.url());

    // ---- a result is corrected
    await phone.click('text=更正结果');
    await phone.waitForSelector('#reason');
    await phone.check('#i-0 input[value=no]');
    await phone.check('#i-0-codes .box:nth-of-type(1) input');
    await phone.fill('#i-0-problem', '公示的电话与登记不一致');
    await phone.click('form.visit button.main');
    await phone.waitForSelector('.refusal a');
    await ok('a correction wants its reason', async () => (await phone.getAttribute('.refusal a', 'href')) === '#reason');
    await phone.fill('#reason', '录错了代码');
    await look(phone, 'a correction');
    await axe(phone, 'a correction');
    await phone.click('form.visit button.main');
    await phone.waitForSelector('.bar button.main');
    await ok('old and new stand side by side', async () => !!(await phone.$('table del')) && !!(await phone.$('table ins')));
    await phone.click('.bar button.main');
    await phone.waitForSelector('.note.good');
    const corrected = qian('result', 'show', decodeURIComponent(phone.url().split('/').pop().split('?')[0]));
    await ok('it is a row of its own', corrected.revisions.length === 2 && corrected.revisions.some((r) => r.reason === '录错了代码'), JSON.stringify(corrected.revisions.map((r) => [r.rev, r.reason])));
    writeFileSync('seen.json', JSON.stringify({ fifth: place(fifth) }));
}
