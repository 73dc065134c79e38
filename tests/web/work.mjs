// The daily work: a visit's result from a phone with a draft that outlives a reload, its review, a record of its own, a list
// imported in steps, a form on paper that leads back to its record.
import { writeFileSync, mkdtempSync, readFileSync } from 'fs';
import { join } from 'path';
import { tmpdir } from 'os';
import { PASSWORD, PNG, sign } from './hands.mjs';

/** The targets of whoever is named: the office's pages show them, so the person need not be one of the inspectors to look. */
async function visits(page, base) {
    await page.goto(`${base}/#/visits?whose=all`);
    await page.reload();
    await page.waitForSelector('.visits a, .empty');
    return page.$$eval('.visits a', (l) => l.map((a) => a.getAttribute('href')));
}

async function record(page, base, kind, values, ok) {
    await page.goto(`${base}/#/records/${kind}/add`);
    await page.waitForSelector('form button.main');
    for (const [field, v] of Object.entries(values)) await page.fill(`#f-${field}`, v);
    await page.click('form button.main');
    await page.waitForSelector('.changes');
    await ok(`${kind}: the answers are shown before anything is written`, async () => (await page.textContent('.changes')).includes(Object.values(values)[0]));
    await page.click('p.tools button.main');
    await page.waitForSelector('.note.good');
    return decodeURIComponent(page.url().split('/').pop().split('?')[0]);
}

export async function run({ base, ok, person, axe, look, people }) {
    const dir = mkdtempSync(join(tmpdir(), 'work-'));
    for (const role of ['planner', 'draw', 'roster', 'reviewer', 'auditor', 'admin']) {
        const page = await person(role);
        await page.waitForSelector('main section h2');
        await look(page, `home of ${role}`);
        await axe(page, `home of ${role}`);
        await page.context().close();
    }

    // ---- records
    const planner = await person('planner');
    await planner.goto(`${base}/#/records/item_list/add`);
    await planner.waitForSelector('form button.main');
    await planner.click('form button.main');
    await planner.waitForSelector('.refusal a');
    await ok('what is missing is listed', async () => (await planner.$$('.refusal a')).length === 2);
    await planner.click('.refusal a');
    await ok('and leads to its field', async () => (await planner.evaluate(() => document.activeElement.id)) === 'f-title');
    await axe(planner, 'a form with mistakes');
    const list = await record(planner, base, 'item_list', { title: '随机抽查事项清单', version: '2021' }, ok);
    await look(planner, 'a record');
    await axe(planner, 'a record');
    await planner.click('text=修改');
    await planner.waitForSelector('#reason');
    await planner.fill('#f-version', '2022');
    await planner.fill('#reason', '换版');
    await planner.click('form button.main');
    await ok('a revision shows old and new', async () => /2021.*→.*2022/s.test(await planner.textContent('.changes')));
    await planner.click('p.tools button.main');
    await planner.waitForSelector('.note.good');
    await ok('both stand in its history', async () => /2021.*→.*2022/s.test(await planner.textContent('.revisions')));
    // ---- two who have one record open
    const other = await planner.context().newPage();
    for (const page of [planner, other]) {
        await page.goto(`${base}/#/record/item_list/${encodeURIComponent(list)}/revise`);
        await page.waitForSelector('#f-version');
    }
    const revise = async (page, version) => {
        await page.fill('#f-version', version);
        await page.fill('#reason', '再换版');
        await page.click('form button.main');
        await page.click('p.tools button.main');
    };
    await revise(planner, '2023');
    await planner.waitForSelector('.note.good');
    await revise(other, '2024');
    await other.waitForSelector('.refusal');
    await ok('who looked at the revision before is told, and writes nothing', async () => /records\.moved/.test(await other.textContent('.refusal')), () => other.textContent('main'));
    await other.close();
    // ---- out in another page, or timed out, while a form is open
    await planner.goto(`${base}/#/records/item_list/add`);
    await planner.waitForSelector('form button.main');
    await planner.fill('#f-title', '写到一半的清单');
    await planner.fill('#f-version', '2025');
    const second = await planner.context().newPage();
    await second.goto(`${base}/#/`);
    await second.click('.me button:last-child');
    await second.waitForSelector('#password');
    await ok('who goes out is told nothing of a session that ended', async () => !(await second.$('.note.bad')));
    await second.close();
    await planner.click('form button.main');
    await planner.waitForSelector('.changes');
    await planner.click('p.tools button.main');
    await planner.waitForSelector('#password');
    await ok('whose session ended is told so, and that nothing was sent', async () => /已退出或超时，内容没有提交/.test(await planner.textContent('.note.bad')), () => planner.textContent('main'));
    await ok('and what stood on the page is not to be seen meanwhile', async () => !(await planner.isVisible('#f-title')));
    await look(planner, 'the session ended');
    await axe(planner, 'the session ended');
    await planner.fill('#person', people.planner.name);
    await planner.fill('#password', PASSWORD);
    await planner.click('button.main');
    await planner.waitForSelector('nav.side');
    await planner.waitForSelector('#f-title');
    await ok('after coming in again the form is as it was', async () => (await planner.inputValue('#f-title')) === '写到一半的清单' && (await planner.inputValue('#f-version')) === '2025');
    const item = await record(planner, base, 'item', { list, name: '登记事项检查' }, ok);
    await planner.goto(`${base}/#/record/item_list/${encodeURIComponent(list)}`);
    await planner.waitForSelector(`a[href="#/record/item/${encodeURIComponent(item)}"]`);
    await ok('what refers to it is linked', true);

    // ---- a form on paper
    await planner.click('text=生成');
    const [download] = await Promise.all([planner.waitForEvent('download'), planner.click('.paper a')]);
    const paper = readFileSync(await download.path(), 'utf8');
    const code = /<meta name="qian-form" content="([^"]+)"/.exec(paper);
    await ok('a form is made and given out', !!code, paper.slice(0, 300));
    await planner.goto(`${base}/#/scan`);
    await planner.fill('#code', code ? code[1].replace(/&#10;|&#x0a;/gi, '\n') : '');
    await planner.click('form button.main');
    await planner.waitForSelector('.note .badge');
    await ok('its code agrees with the records', async () => !!(await planner.$('.note .badge.good')), () => planner.textContent('main'));
    await ok('and leads to its record', () => new URL(planner.url()).hash.startsWith(`#/record/item_list/${encodeURIComponent(list)}`), () => planner.url());
    await axe(planner, 'a form on paper');

    // ---- a list in steps
    const file = join(dir, 'items.csv');
    writeFileSync(file, `﻿${'事项,内容,多余\n计量检查,衡器,x\n,缺名称,x\n'}`);
    await planner.goto(`${base}/#/import/item`);
    await planner.waitForSelector('#file');
    await planner.setInputFiles('#file', file);
    await planner.fill('#from', '计量科');
    await planner.waitForSelector('.field [role=status]');
    await planner.click('form button.main');
    await planner.waitForSelector('table select');
    await planner.click('form button.main');
    await planner.waitForSelector('.refusal');
    await ok('a column that is missing is told', async () => /名称/.test(await planner.textContent('.refusal')));
    const label = async (text) => `#${await planner.$$eval('td label', (l, w) => l.find((x) => x.textContent.startsWith(w)).getAttribute('for'), text)}`;
    await planner.selectOption(await label('名称'), '事项');
    await planner.selectOption(await label('抽查内容'), '内容');
    await planner.fill('#f-list', list);
    await axe(planner, 'columns of a list');
    await look(planner, 'columns of a list');
    await planner.click('form button.main');
    await planner.waitForSelector('.cards');
    const numbers = () => planner.$$eval('.cards b', (l) => l.map((b) => b.textContent).join(' '));
    await ok('the rehearsal counts', async () => (await numbers()) === '1 0 0 1 1', () => numbers());
    await planner.waitForSelector('section ~ section tbody td');
    await ok('and shows the refused row with why', async () => /名称/.test((await planner.$$eval('tbody', (l) => l.map((b) => b.textContent).join(' ')))));
    await axe(planner, 'a rehearsal');
    await planner.click('p.tools button.main');
    await planner.waitForSelector('p[role=status] strong');
    await ok('then it is imported', async () => (await numbers()) === '1 0 0 1 1', () => numbers());
    await planner.goto(`${base}/#/`);
    await planner.waitForSelector('a[download]');
    await ok('the refused rows wait at home', async () => /rejects-item/.test(await planner.textContent('main')));

    const clerk = await person('roster');
    const objects = join(dir, 'objects.csv');
    writeFileSync(objects, '\uFEFF对象类别,名称,统一社会信用代码,地址,检查机关,登记状态,信用风险分类\n企业,,91140602MA02WG1G4X,迎宾路242号,140602,存续,C\n');
    await clerk.goto(`${base}/#/import/objects`);
    await clerk.setInputFiles('#file', objects);
    await clerk.waitForSelector('.field [role=status]');
    await clerk.click('form button.main');
    await clerk.waitForSelector('table select');
    await clerk.click('form button.main');
    await clerk.waitForSelector('.cards');
    await clerk.waitForSelector('tbody td:has-text("没有名称")');
    const [refused] = await Promise.all([clerk.waitForEvent('download'), clerk.click('section a[download]')]);
    await ok('a row that the roster refuses is shown with why, and given back', async () => /没有名称/.test(readFileSync(await refused.path(), 'utf8')));

    // ---- what is no list, and what is remarked on
    const roster = await person('roster');
    const choose = async (name, bytes) => {
        await roster.goto(`${base}/#/`);
        await roster.goto(`${base}/#/import/objects`);
        await roster.waitForSelector('#file');
        await roster.setInputFiles('#file', { name, mimeType: 'text/csv', buffer: Buffer.from(bytes) });
        await roster.waitForSelector('.field [role=status]');
        await roster.click('form button.main');
    };
    await choose('照片.csv', [0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46, 0]);
    await roster.waitForSelector('.refusal');
    await ok('a picture is no table, by its own name', async () => /照片\.csv 不是表格/.test(await roster.textContent('.refusal')) && !/shelf/.test(await roster.textContent('.refusal')), () => roster.textContent('.refusal'));
    const heads = '对象类别,名称,统一社会信用代码,检查机关,登记状态,信用风险分类\n';
    await choose('空表.csv', heads);
    await roster.waitForSelector('.refusal');
    await ok('headings alone are told at once', async () => /只有表头/.test(await roster.textContent('.refusal')), () => roster.textContent('.refusal'));
    const office = await roster.evaluate(async () => (await (await fetch('/api/v1/session')).json()).office);
    await choose('名录.csv', `${heads}企业,朔州市庚店,91140602MA0K0005X0,${office},存续,A\n`);
    await roster.waitForSelector('table select');
    await roster.click('form button.main');
    await roster.waitForSelector('.cards');
    await ok('a code that fails its check is remarked on before anything is written', async () => /提示核对/.test(await roster.textContent('.cards')) && /91140602MA0K0005X0 校验不符/.test(await roster.textContent('main')), () => roster.textContent('main'));
    await axe(roster, 'a rehearsal with remarks');
    await look(roster, 'a rehearsal with remarks');
    const spoken = await roster.evaluate(async () => {
        const bad = [];
        for (const lang of ['zh', 'en'])
            for (const [id, s] of Object.entries(await (await fetch(`/api/v1/text?lang=${lang}`)).json()))
                if (!/^(help|site)\./.test(id) && /(^|[^a-z-])(qian [a-z]|--[a-z])/.test(s)) bad.push(`${id}: ${s}`);
        return bad;
    });
    await ok('no sentence of the pages names a command or an option of a command line', spoken.length === 0, spoken.slice(0, 5).join('\n'));
    await roster.context().close();

    // ---- a visit, on a phone
    const draw = await person('draw');
    if (!(await visits(draw, base)).length) {
        const said = await draw.evaluate(async () => {
            const session = await (await fetch('/api/v1/session')).json();
            const r = await fetch('/api/v1/commands/draw/run', { method: 'POST', headers: { 'X-Qian-Token': session.guard, 'Content-Type': 'application/json' }, body: JSON.stringify({ all: true, operator: session.person, observer: ['观察员甲', '名录员甲'] }) });
            let job = await r.json();
            while (job.id && !job.answer) job = await (await fetch(`/api/v1/jobs/${job.id}?wait=2000`)).json();
            return JSON.stringify(job);
        });
        await ok('the county draws', !/"exit":[^0]/.test(said), said);
    }
    const targets = await visits(draw, base);
    await ok('there is something to visit', targets.length > 0);
    if (!targets.length) return;
    const card = await draw.textContent('.visits li');
    await ok('a visit is called by the name of its task', /抽查|检查/.test(card) && !/任务 \d/.test(card), card);
    const phone = await person('clerk', { width: 360 });
    await phone.goto(base + '/' + targets[0]);
    await phone.waitForSelector('form.visit');
    await look(phone, 'a visit on a phone');
    await axe(phone, 'a visit on a phone');
    const small = await phone.$$eval('form.visit .box, form.visit button:not(.plain)', (l) => l.filter((e) => e.getBoundingClientRect().height < 40).length);
    await ok('what is touched is big enough', small === 0, small);
    await phone.click('form.visit button.main');
    await phone.waitForSelector('.refusal a');
    await ok('a form that is not whole is not given an end', async () => (await phone.inputValue('#completed')) === '', () => phone.inputValue('#completed'));
    await phone.setInputFiles('#album', { name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
    await phone.waitForSelector('.refusal >> text=list.csv');
    await ok('what is no photograph is refused when it is chosen', async () => !(await phone.$('.photos li')));
    await phone.check('#i-0 input[value=no]');
    await phone.check('#i-0-codes .box:nth-of-type(1) input');
    await phone.fill('#i-0-problem', '公示的电话与登记不一致');
    await phone.setInputFiles('#album', { name: 'gate.png', mimeType: 'image/png', buffer: PNG });
    await phone.waitForSelector('.photos img');
    await sign(phone, '#s-0');
    await phone.click('#s-1 button.plain');
    await phone.fill('#s-1-name', '检查员乙');
    await phone.fill('#s-1-witness', '王五');
    await phone.click('#s-1 button:not(.plain)');
    await phone.waitForSelector('#s-1 img.signed');
    await phone.fill('#representative', '刘经理');
    await axe(phone, 'a visit that is filled in');
    await phone.reload();
    await phone.waitForSelector('.note.draft');
    await ok('the draft outlives a reload, and says that it is not sent', async () => (await phone.inputValue('#representative')) === '刘经理' && /未提交/.test(await phone.textContent('.note.draft')));
    await phone.waitForSelector('#s-1 img.signed');
    await ok('with its pictures and signatures', async () => (await phone.$$('form.visit img')).length === 3, async () => (await phone.$$('form.visit img')).length);
    const now = await phone.inputValue('#started');
    await phone.fill('#completed', now);
    await phone.click('form.visit button.main');
    await phone.waitForSelector('.bar button.main');
    await look(phone, 'what will be sent');
    await axe(phone, 'what will be sent');
    // The line breaks behind the office's back: the answer is lost, the result is there.
    await phone.context().route('**/commands/result/record*', async (route) => {
        await route.fetch();
        await route.abort();
    }, { times: 1 });
    await phone.click('.bar button.main');
    await phone.waitForSelector('section.waits li');
    await ok('a line that broke loses nothing', async () => /等待提交/.test(await phone.textContent('.sync.queue')));
    await phone.click('section.waits button.main');
    await phone.waitForSelector('section.gone li a');
    await phone.click('section.gone li a');
    await phone.waitForSelector('.evidence-of .photos img');
    await ok('and sent again it is there once', () => /inspection/.test(phone.url()), () => phone.url());
    await look(phone, 'a result');
    await axe(phone, 'a result');
    await ok('the draft is gone with its pictures', () => phone.evaluate(() => new Promise((yes) => {
        const r = indexedDB.open('qian', 1);
        r.onsuccess = () => {
            const all = r.result.transaction('item').objectStore('item').getAll();
            all.onsuccess = () => yes(all.result.length === 1 && !all.result.some((i) => i.picture));
        };
    })), 'but for the line that it was sent');
    const evidence = (await phone.$$eval('.evidence-of .photos strong', (l) => l.map((e) => e.textContent))).join('|');
    await ok('its pictures are evidence, a signature says whose it is', evidence.split('|').length === 3 && /检查人员/.test(evidence) && !/(^|\|)签字(\||$)/.test(evidence), evidence);

    // ---- its correction
    await phone.goto(`${phone.url().split('?')[0]}/correct`);
    await phone.waitForSelector('#reason');
    await ok('whoever corrects is told that the reason is public, and what is mended elsewhere', async () => /随结果公开，不要写人名/.test(await phone.textContent('#reason-hint')) && (await phone.$$('.rest a')).length === 2);
    await look(phone, 'a correction on a phone');
    await axe(phone, 'a correction on a phone');

    // ---- its review
    const reviewer = await person('reviewer');
    await reviewer.waitForSelector('.work-reviewer .todo a');
    await reviewer.click('.work-reviewer .todo a');
    await reviewer.waitForSelector('text=审核通过');
    await reviewer.waitForSelector('.evidence-of .photos img');
    const page = await reviewer.textContent('main');
    await ok('who judges it reads on one page what was found, who signed and which task it is', async () => /公示的电话与登记不一致/.test(page) && /刘经理/.test(page) && !/任务位/.test(await reviewer.textContent('.result-page')), page.slice(0, 800));
    await ok('and sees the pictures', async () => (await reviewer.$$('.evidence-of .photos img')).length >= 1);
    await reviewer.click('.evidence-of .photos .picture');
    await reviewer.waitForSelector('.large-picture img');
    await look(reviewer, 'what a reviewer reads');
    await axe(reviewer, 'what a reviewer reads');
    await reviewer.click('.large-picture button');
    await ok('a picture opens large, and closes', async () => !(await reviewer.$('.large-picture')));
    await reviewer.click('.title >> text=退回修改');
    await reviewer.waitForSelector('#f-note');
    await reviewer.fill('#f-note', '请补充门头照片');
    await reviewer.click('form button.main');
    await reviewer.waitForSelector('.changes');
    await reviewer.click('p.tools button.main');
    await reviewer.waitForSelector('.note.good');
    await reviewer.goto(`${base}/#/`);
    await reviewer.waitForSelector('.work-reviewer .cards');
    await ok('it is sent back', async () => (await reviewer.$$eval('.work-reviewer .cards b', (l) => l[1].textContent)) === '1');
}
