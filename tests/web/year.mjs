// A year in the pages of a province (14), a city (1406) and a county (140602): whatever is done is clicked or typed by the
// person whose work it is. Their clock is the file `clock` of the suite; each day begins with whoever works coming in anew.
// STAGES="plan draw" in the environment runs these alone, for whoever works on one of them with offices that stay.
import { readFileSync, writeFileSync } from 'fs';
import { hands, PNG } from './hands.mjs';

const P = '14', C = '1406', K = '140602';
const TITLE = '朔州市市场监督管理局2021年度双随机抽查工作计划';

export async function run(world) {
    const { ok, open, axe, look, people } = world;
    const { day, come, at, words, says, see, sent, confirm, exchange, base } = hands(world, 'year');
    const download = async (page, link) => {
        const [file] = await Promise.all([page.waitForEvent('download'), page.click(link)]);
        return file.path();
    };
    /** A record of that kind: the form is open; texts are typed, choices taken. */
    const record = async (page, kind, values, codes = {}) => {
        await page.waitForSelector('form button.main');
        for (const [field, v] of Object.entries(values)) {
            const tag = await page.$eval(`#f-${field}`, (e) => e.tagName);
            if (tag === 'FIELDSET') await page.check(`#f-${field} input[value=${v}]`);
            else if (tag === 'SELECT') await page.selectOption(`#f-${field}`, v);
            else await page.fill(`#f-${field}`, v);
        }
        for (const [field, n] of Object.entries(codes)) {
            const tag = await page.$eval(`#f-${field}`, (e) => e.tagName);
            if (tag === 'FIELDSET') await page.check(`#f-${field} .box:nth-of-type(${n}) input`);
            else await page.selectOption(`#f-${field}`, { index: n });
        }
        await see(page, `form of ${kind}`);
        await page.click('form button.main');
        await page.waitForSelector('.changes, main .refusal');
        if (!(await page.$('.changes'))) throw new Error(`${kind}: ${await words(page, 'main .refusal')}`);
        await page.click('p.tools button.main');
        await page.waitForSelector('.note.good, main .refusal');
        await ok(`${kind}: it is written`, () => page.$('.note.good'), () => words(page));
        return page;
    };
    const draw = async () => (await words(await at(`${K}-reviewer`, 'draws', 'td a:has-text("140602:")'), 'td a:has-text("140602:")')).trim();
    let result = '', targets = [], drawn = null, found = '', history = '';

    const stages = {
        come,

        async calendar() {
            await day('2021-03-01 09:30');
            const page = await at(`${P}-planner`, 'calendar', '#file');
            await see(page, 'calendar without an arrangement');
            await sent(page, 'file', 'workdays-cn.json');
            await page.click('form[novalidate] button.main');
            await confirm(page, 'calendar: check answers', '.note.good', /新增/);
            await page.waitForSelector(':text("安排已有")');
            await says(page, 'the calendar covers the year', /2021-01-01 至 2026-12-31/);
            await page.fill('#from', '2021-04-30');
            await page.fill('#days', '5');
            await page.click('form.row button');
            await page.waitForSelector('p[role=status] strong');
            await says(page, 'and passes over the holiday of May', /2021-05-11/, 'p[role=status] strong');
            await exchange(`${C}-planner`);
        },

        async plan() {
            await day('2021-03-02 09:00');
            let page = await at(`${C}-planner`, 'plans', 'text=导入计划');
            await page.click('main a.button:has-text("导入计划")');
            await page.waitForSelector('#scopes');
            await page.click('form button.main');
            await page.waitForSelector('.refusal');
            await ok('a plan without tables is not read', async () => (await page.$$('.refusal a')).length >= 3);
            await sent(page, 'plan', 'plan.csv');
            await sent(page, 'scopes', 'scopes.csv');
            await page.fill('#title', TITLE);
            await page.fill('#doc-no', '朔市监〔2021〕26号');
            await see(page, 'a new plan');
            await page.click('form button.main');
            await confirm(page, 'a new plan: as it is read', '.note.good', /不低于5%.*集贸市场|集贸市场.*不低于5%/);
            await says(page, 'the plan is issued with its two tasks', /对在用计量器具的监督抽查.*对计量单位使用情况的监督抽查/);
            await see(page, 'a plan of the city');

            await page.click('button:has-text("备案")');
            await page.click('main a.button:has-text("报送备案")');
            await page.waitForSelector('#note');
            await page.click('form button.main');
            await confirm(page, 'filing: check answers', '.note.good', /26号/);
            await exchange(`${C}-planner`);
            page = await at(`${P}-planner`, `plan/${encodeURIComponent(`${C}/2021`)}?part=filing`, 'text=答复备案');
            await page.click('main table button');
            await page.waitForSelector('#outcome');
            await page.selectOption('#outcome', 'acknowledged');
            await page.fill('#receipt_no', '晋市监备〔2021〕7号');
            await page.click('form button.main');
            await confirm(page, 'the answer to a filing', ':text("晋市监备")');
            await page.click('main button:has-text("同意这份计划")');
            await confirm(page, 'agreeing to a plan', ':text("上级已同意")');
            await exchange(`${C}-planner`);
            page = await at(`${C}-planner`, `plan/${encodeURIComponent(`${C}/2021`)}?part=filing`, 'text=晋市监备');
            await ok('the city reads the receipt', true);
            await see(page, 'a plan that is on file');
            await exchange(`${K}-planner`);
            page = await at(`${K}-planner`, `plan/${encodeURIComponent(`${C}/2021`)}`, 'main table');
            await says(page, 'the county has the plan', /对在用计量器具的监督抽查/);
        },

        // A roster of another system: GB 18030 and headings of its own.
        async roster() {
            await day('2021-04-01 09:00');
            const theirs = { 名称: '企业名称', 统一社会信用代码: '信用代码', 地址: '住所', 姓名: '人员姓名', 执法证号: '证件号码' };
            for (const [list, file] of [['objects', 'objects'], ['inspectors', 'inspectors'], ['recusals', 'recusals']]) {
                const page = await at(`${K}-roster`, `import/${list}`, '#file');
                await sent(page, 'file', `roster/${file}.csv`);
                await page.fill('#from', '登记科');
                await page.selectOption('#charset', 'GB18030');
                await see(page, 'a list: which file');
                await page.click('form button.main');
                await page.waitForSelector('table select');
                const labels = await page.$$eval('td label', (l) => l.map((x) => [x.textContent.replace(/ .*/, '').trim(), x.getAttribute('for')]));
                for (const [ours, id] of labels) if (theirs[ours]) await page.selectOption(`#${id}`, theirs[ours]);
                await see(page, 'a list: which column');
                await page.click('form button.main');
                await page.waitForSelector('.cards');
                await see(page, `a list: rehearsal of ${list}`);
                await page.click('p.tools button.main');
                await page.waitForSelector('p[role=status] strong');
                const [added, , , rejected] = await page.$$eval('.cards b', (l) => l.map((b) => Number(b.textContent)));
                await ok(`${list} are imported, bad rows told`, list === 'objects' ? added > 480 && rejected > 0 : added > 0, `${added} ${rejected}`);
            }
        },

        async draw() {
            let page = await at(`${K}-draw`, `ceremony/${encodeURIComponent(`${C}/2021/1/1`)}`, '.steps');
            await page.click('main button:has-text("现在冻结名录")');
            await page.waitForSelector('.digest');
            await see(page, 'the room before the order');
            page = await at(`${C}-draw`, 'draws', 'main button:has-text("改为由人签发")');
            await page.click('main button:has-text("改为由人签发")');
            await page.waitForSelector(':text("抽签令只由人")');
            await exchange(`${K}-draw`);
            page = await at(`${C}-draw`, 'draws', 'main button:has-text("签发抽签令")');
            await page.click('main button:has-text("签发抽签令")');
            await confirm(page, 'orders: check answers', '.note');
            await see(page, 'orders');
            await exchange(`${K}-draw`);
            page = await at(`${K}-draw`, 'draws', 'text=进入抽取');
            await page.click('tr:has-text("对在用计量器具") >> a.button');
            for (const step of ['可行性', '抽签令', '在场人员']) {
                await page.waitForSelector('.steps');
                await page.click('main button.main');
                await page.waitForSelector(`main h2:has-text("${step}")`);
            }
            await page.check('#observer-0');
            await page.click('main button.main');
            await confirm(page, 'a draw: check answers', ':text("抽中对象")', /不能重抽/);
            await says(page, 'the draw has its targets and its people', /全程见证.*抽取员.*观察员/);
            await see(page, 'a draw');
            await page.click('main button:has-text("生成现场记录")');
            await page.waitForSelector('text=下载现场记录');
            const sheet = readFileSync(await download(page, 'text=下载现场记录'), 'utf8');
            await ok('its sheet is made to be signed', /观察员/.test(sheet) && /<svg/.test(sheet), sheet.slice(0, 300));
            await exchange(`${K}-draw`);
        },

        // Who was drawn first comes in from now on, as the inspector of the roster.
        async enter() {
            await day('2021-04-12 09:00');
            let page = await at(`${K}-draw`, 'visits?whose=all', '.visits a');
            targets = await page.$$eval('.visits a', (l) => l.map((a) => a.getAttribute('href').slice(2)));
            await ok('three targets are to be visited', targets.length === 3, targets.join(' '));
            page = await at(`${K}-draw`, targets[0], '.about .who');
            const both = await page.$$eval('.about .who', (l) => l.map((e) => e.textContent.trim().split(/\s+/)));
            const [name, id] = both[0];
            drawn = { name, both: both.map((p) => p[0]) };
            page = await at(`${K}-admin`, 'people/set', '#name');
            await page.fill('#name', name);
            await page.check('#role-inspector');
            await page.fill('#inspector-find', id.split('/').pop());
            await page.click(`#inspector label:has(input[type=radio]):has-text("${name}")`);
            await see(page, 'a person is entered');
            await page.click('form button.main');
            await page.waitForSelector('.row button.main');
            await page.click('.row button.main');
            await page.waitForSelector('p.good');
            await page.click('section button');
            await page.waitForSelector('#link');
            people[`${K}-inspector`] = { name, base: base(`${K}-admin`), link: await page.inputValue('#link') };
            page = await at(`${K}-inspector`, '', '.work-inspector .visits a', 360);
            await see(page, 'phone: the inspector at home');
        },

        // On a phone, at the door: one target with a problem, and two that a clerk enters from the signed sheets.
        async visits() {
            await day('2021-04-13 15:00');
            for (const [i, to] of targets.entries()) {
                const who = i ? `${K}-clerk` : `${K}-inspector`;
                const page = await at(who, to, 'form.visit', 360);
                if (!i) await see(page, 'phone: a visit');
                await page.fill('#started', `2021-04-13T0${9 - (i && 1)}:00`);
                await page.fill('#completed', '2021-04-13T11:30');
                await page.check(`#i-0 input[value=${i ? 'yes' : 'no'}]`);
                if (!i) {
                    await page.check('#i-0-codes .box:nth-of-type(1) input');
                    await page.fill('#i-0-problem', '一台电子秤没有检定合格证');
                    await page.setInputFiles('#album', { name: 'scale.png', mimeType: 'image/png', buffer: PNG });
                    await page.waitForSelector('.photos img');
                }
                await page.fill('#representative', '刘经理');
                await page.click('form.visit button.main');
                await page.waitForSelector('.bar button.big:nth-of-type(2)');
                if (!i) await see(page, 'phone: what will be sent');
                await page.click('.bar button.main');
                await page.waitForSelector('.note.good, .refusal');
                await ok(`result ${i + 1} is with the office`, () => page.$('.note.good'), () => words(page));
                if (i) continue;
                await see(page, 'phone: a result');
                result = decodeURIComponent(page.url().split('/').pop().split('?')[0]);
            }
        },

        // What was wrong is ordered to be put right, looked at again, and closed.
        async follow() {
            let page = await at(`${K}-follow-up`, '', '.work-follow-up .todo a');
            await says(page, 'a problem that nobody follows is counted where it is to be followed, by the name of whom it is about', /1\s*待写后续处置的问题/, '.work-follow-up .cards');
            await see(page, 'home: a problem without a follow-up');
            page = await at(`${K}-follow-up`, `record/inspection/${encodeURIComponent(result)}`, 'text=新增后续处置');
            await page.click('main a.button:has-text("新增后续处置")');
            page = await record(page, 'follow_up', { opened_on: '2021-04-13' }, { disposal: 3 });
            const followed = page.url().split('#/')[1];
            page = await at(`${K}-follow-up`, `records/follow_up/add?result=${encodeURIComponent(result)}`, '.already');
            await says(page, 'who writes a second one is told of the first', /已有 1 条后续处置/, '.already');
            page = await at(`${K}-follow-up`, '', '.work-follow-up .todo a');
            await says(page, 'it waits by its name', /0\s*待写后续处置的问题/, '.work-follow-up .cards');
            await ok('and not by a number', async () => /^\s*[\u3400-\u9fff]/.test(await words(page, '.work-follow-up .todo a')), () => words(page, '.work-follow-up .todo a'));
            page = await at(`${K}-follow-up`, followed, 'text=新增责令整改通知书');
            await page.click('main a.button:has-text("新增责令整改通知书")');
            page = await record(page, 'correction_order', { doc_no: '朔城市监责改〔2021〕3号', matter: '十五日内送检电子秤', issued_on: '2021-04-13', due_on: '2021-04-28' });
            await page.click('.paper button');
            await page.waitForSelector('.paper a');
            await see(page, 'an order to put right');
            const order = decodeURIComponent(page.url().split('/').pop().split('?')[0]);
            await day('2021-04-26 16:00');
            page = await at(`${K}-follow-up`, `record/correction_order/${encodeURIComponent(order)}`, 'text=新增复查');
            await page.click('main a.button:has-text("新增复查")');
            await page.waitForSelector('#f-evidence-file');
            await page.setInputFiles('#f-evidence-file', { name: 'scale.png', mimeType: 'image/png', buffer: Buffer.concat([PNG, Buffer.from('later')]) });
            await page.waitForSelector('#f-evidence-file ~ [role=status]');
            for (const name of drawn.both) {
                await page.fill('#f-inspectors-find', name);
                await page.click(`label:has(input[type=checkbox]):has-text("${name}")`);
            }
            page = await record(page, 'recheck', { done_on: '2021-04-26', outcome: 'corrected' });
            page = await at(`${K}-follow-up`, 'records/follow_up', 'main table');
            await says(page, 'the follow-up is over', /已改正/, 'main table');
            await see(page, 'follow-ups');
        },

        // The line is down: what the county did goes to the city on a stick, and the answer comes back on it.
        async stick() {
            let page = await at(`${K}-admin`, 'sync', '#to');
            await page.selectOption('#to', C);
            await page.click('section:has(#to) button.main');
            await page.waitForSelector('section:has(#to) a[download]');
            const up = await download(page, 'section:has(#to) a[download]');
            const take = async (who, file) => {
                const page = await at(who, 'sync', '#bundle');
                await sent(page, 'bundle', file);
                await page.click('section:has(#bundle) button.main');
                await page.waitForSelector('section:has(#bundle) > div[role=status], main .refusal');
                return page;
            };
            page = await take(`${C}-admin`, { name: 'up.qb', mimeType: 'application/octet-stream', buffer: readFileSync(up) });
            await says(page, 'the city takes in what the county has', /140602/, 'section:has(#bundle) > div[role=status]');
            await see(page, 'a stick at the city');
            const down = await download(page, 'section:has(#bundle) a[download]');
            page = await take(`${K}-admin`, { name: 'down.qb', mimeType: 'application/octet-stream', buffer: readFileSync(down) });
            await page.waitForSelector(':text("本局条目已全部送达上级")');
            await ok('and the county knows that all has come', true);
            page = await at(`${C}-reviewer`, `draw/${encodeURIComponent(await draw())}`, 'main button:has-text("核验并记录结论")');
            await page.click('main button:has-text("核验并记录结论")');
            await confirm(page, 'a verdict: check answers', '.evidence');
            await says(page, 'the city verifies the draw from what came, and records it', /核验通过/);
        },

        async publish() {
            let page = await at(`${K}-reviewer`, 'publish', 'main table');
            await see(page, 'what waits to be public');
            await ok('three results wait', async () => (await page.$$('main section:first-of-type tbody tr')).length === 3);
            await page.click('main section:first-of-type tr:has-text("未按规定") td:first-child a');
            await page.waitForSelector('article.public');
            found = (await page.textContent('article.public .found')).trim();
            await says(page, 'what stays inside is not in the frame', /电子秤/, 'article.public + section');
            await see(page, 'before publication');
            for (let i = 0; i < 3; i++) {
                page = await at(`${K}-reviewer`, 'publish', 'main table');
                await page.click('tr:has-text("已录入") a[href*="review="]');
                await page.waitForSelector('#outcome');
                await page.selectOption('#outcome', 'approved');
                await page.click('form button.main');
                await confirm(page, 'a review: check answers', 'main table');
            }
            page = await at(`${K}-reviewer`, 'publish?publish=all', 'main .ask');
            await confirm(page, 'publication: check answers', '.empty:has-text("没有待公示的检查结果")');
            await says(page, 'nothing waits any more', /没有待公示的检查结果/);
        },

        // Another look at the sheet: the result is corrected, with its reason, and goes through review again.
        async correct() {
            await day('2021-05-06 10:00');
            let page = await at(`${K}-inspector`, `record/inspection/${encodeURIComponent(result)}`, 'main a.button:has-text("更正结果")');
            await page.click('main a.button:has-text("更正结果")');
            await page.waitForSelector('#i-0-codes input');
            await page.check('#i-0-codes .box:nth-of-type(2) input');
            await page.fill('#reason', '录入时漏了一项');
            await see(page, 'a correction');
            await page.click('form button.main');
            await page.waitForSelector('button:has-text("确认更正")');
            await see(page, 'a correction: check answers');
            await page.click('button:has-text("确认更正")');
            await page.waitForSelector('.note.good');
            page = await at(`${K}-reviewer`, 'publish', 'a[href*="review="]');
            await page.click('a[href*="review="]');
            await page.waitForSelector('article.public');
            found = (await page.textContent('article.public .found')).replace(/ ?[0-9-]+ 更正/, '').trim();
            history = (await words(page, 'article.public .history')).replace(/\s/g, '');
            await see(page, 'review of a correction');
            await page.selectOption('#outcome', 'approved');
            await page.click('form button.main');
            await confirm(page, 'a review: check answers', 'main table');
            page = await at(`${K}-reviewer`, 'publish?publish=all', 'main .ask');
            await confirm(page, 'publication: check answers', '.empty:has-text("没有待公示的检查结果")');
        },

        // The window is over: the draw is opened, all goes up, the city counts and makes its site.
        async site() {
            await day('2021-12-01 09:00');
            let page = await at(`${K}-reviewer`, 'publish', 'main table');
            await page.click('main section:nth-of-type(2) tbody a');
            await confirm(page, 'release: check answers', ':text("已解封")', /任何人都能核对/);
            await exchange(`${K}-planner`);
            page = await at(`${C}-reviewer`, 'publish', '#series');
            await page.selectOption('#series', '2021');
            await page.click('section:has(#series) button');
            await confirm(page, 'consolidation: check answers', 'main table:has(td:has-text("140602"))');
            await says(page, 'the county has three targets, all published', /140602\s*3\s*3\s*3\s*1/);
            await see(page, 'consolidation');
            await page.click('a.button:has-text("公示网站")');
            await page.waitForSelector('#url');
            await page.click('form button.main');
            await confirm(page, 'the site: check answers', 'p.good');
            await says(page, 'the site has three results', /公示的结果 ?3/);
            await see(page, 'the site is made');
        },

        // A citizen reads it, without scripts, on a phone: what the reviewer was shown, and nothing of what stays inside.
        async citizen() {
            const page = await open(360, 'light', { javaScriptEnabled: false });
            await page.goto(`${base(`${C}-reviewer`)}/site/`);
            await look(page, 'year public site');
            await page.click('a:has-text("市场监督管理局 140602")');
            await page.click('a[href*="results/140602"]');
            const all = await words(page, 'body');
            await ok('the list has all three', async () => (await page.$$('tbody tr')).length === 3, all.slice(0, 600));
            await look(page, 'year public results');
            await page.click('tr:has(.problem) a[href*="objects/"]');
            const got = (await page.textContent('article .found')).replace(/ ?[0-9-]+ 更正/, '').trim();
            const told = (await words(page, 'article .history')).replace(/\s/g, '');
            await ok('the correction stands with its reason, as the reviewer was shown', told === history && told.includes('录入时漏了一项'), `${told} / ${history}`);
            await ok('and what was found in the words that were shown before', got === found, `${got} / ${found}`);
            await look(page, 'year public object');
            const body = await words(page, 'body');
            await ok('nobody is named, nor what was written for the office', !body.includes(drawn.name) && !body.includes('电子秤'), body.slice(0, 900));
            await page.context().close();
        },

        async report() {
            const page = await at(`${C}-planner`, 'figures', 'main table');
            await see(page, 'figures of the city');
            await says(page, 'three of three targets are published', /100%/);
            await at(`${C}-planner`, 'reports?make=1', '#title');
            await page.fill('#title', '2021年双随机抽查情况');
            await page.selectOption('#kind', 'year');
            await page.click('form button.main');
            await confirm(page, 'a report: check answers', 'main table');
            await page.click('main button:has-text("重新核对")');
            await page.waitForSelector('p.note[role=status]');
            await see(page, 'a report');
        },
    };
    if (process.env.STATE) [result, targets, drawn, found] = JSON.parse(readFileSync(process.env.STATE, 'utf8'));
    for (const [name, stage] of Object.entries(stages)) if (!process.env.STAGES || process.env.STAGES.split(' ').includes(name)) await stage();
    void open;
    if (process.env.STATE_OUT) writeFileSync(process.env.STATE_OUT, JSON.stringify([result, targets, drawn, found]));
}
