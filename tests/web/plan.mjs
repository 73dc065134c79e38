// What planners do beside issuing a plan: P is the province, C the city whose plan it is. Each act is read before it is signed.
import { hands } from './hands.mjs';

const P = '14-planner', C = '1406-planner';
const OBJECT = 'E:91140602MA006J474L';

export async function run(world) {
    const { ok, person, people } = world;
    const { at, words, says, see, sent, confirm } = hands(world, 'plan', { narrow: true });
    const plan = process.env.PLAN;
    const check = (page) => page.click('form button.main');
    const todayOf = (page) => page.evaluate(() => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10));
    /** What the page asks of that address waits until done(), which comes back behind its answer. */
    const held = async (page, of) => {
        let free;
        const until = new Promise((on) => (free = on));
        const answered = page.waitForResponse(of);
        await page.route(of, async (route) => until.then(() => route.continue()));
        return {
            async done() {
                free();
                await answered;
                await page.unroute(of);
            },
        };
    };
    const planPage = `plan/${encodeURIComponent(plan)}`;

    // ---- the plan is revised: nothing is signed before its changes were read
    let page = await at(C, 'plans', 'main table');
    await see(page, 'plans and what they rest on');
    page = await at(C, planPage, 'a.button:has-text("调整计划")');
    await page.click('a.button:has-text("调整计划")');
    await page.waitForSelector('#scopes');
    await check(page);
    await page.waitForSelector('.refusal');
    await ok('a revision without tables and a reason is not read', async () => (await page.$$('.refusal a')).length === 3);
    // A slow line: what is typed while a table is on its way stays, and of two tables the one chosen last counts.
    await sent(page, 'scopes', 'scopes.csv');
    const first = await held(page, '**/api/v1/files/*revised.csv*');
    await page.setInputFiles('#plan', 'revised.csv');
    await page.fill('#reason', '核对原表');
    await sent(page, 'plan', 'plan.csv');
    await first.done();
    await ok('what was typed while a file was on its way stays', async () => (await page.inputValue('#reason')) === '核对原表');
    await check(page);
    await page.waitForSelector('main .refusal');
    await says(page, 'the same tables change nothing, and that is said', /没有差别/);
    await sent(page, 'plan', 'revised.csv');
    await sent(page, 'scopes', 'scopes.csv');
    await page.fill('#reason', '辖区内市场增加');
    await see(page, 'a revision');
    await check(page);
    await confirm(page, 'a revision: its changes', '.note.good', /辖区内市场增加.*（新增）/);
    await page.click('nav.tabs button:has-text("调整")');
    await page.waitForSelector('td:has-text("（新增）")');
    await says(page, 'what was changed stands beside what was', /（新增）/, 'main table');

    // ---- lists of items: a new one, its items out of a table, its last day
    page = await at(C, 'items', '.empty');
    await page.click('a.button:has-text("新立清单")');
    await page.waitForSelector('#f-title');
    await page.fill('#f-title', '随机抽查事项清单');
    await page.fill('#f-version', '2016');
    await page.fill('#f-doc_no', '同市监〔2016〕8号');
    await page.fill('#f-valid_from', '2016-01-01');
    await check(page);
    await page.waitForSelector('.changes');
    await page.click('p.tools button.main');
    await page.waitForSelector('.note.good');
    page = await at(C, 'items', 'main table');
    await says(page, 'the list is in force', /随机抽查事项清单 ?2016 ?同市监.*2016-01-01 — ?有效/);
    await page.click('td a:has-text("随机抽查事项清单")');
    await page.waitForSelector('a.button:has-text("导入事项")');
    await see(page, 'a list without items');
    await page.click('a.button:has-text("导入事项")');
    await page.waitForSelector('#file');
    await sent(page, 'file', 'items.csv');
    await check(page);
    await page.waitForSelector('#m-0');
    await ok('the list is known beforehand', async () => (await page.$eval('#f-list', (e) => e.value)).startsWith('1406:'));
    const ours = await page.$$eval('main tbody label', (l) => l.map((e) => [e.htmlFor, e.textContent.replace(/（.*|\(.*/, '').trim()]));
    const theirs = { 序号: 'no', 名称: 'item', 抽查内容: 'content', 抽查方式: 'method', 抽查对象: 'objects', 备注: 'remark' };
    for (const [id, name] of ours) for (const [o, h] of Object.entries(theirs)) if (name.startsWith(o)) await page.selectOption(`#${id}`, h);
    await check(page);
    await page.waitForSelector('main .cards');
    await says(page, 'a rehearsal says how many items there are', /14 ?新增/);
    await page.click('p.tools button.main');
    await page.waitForSelector('p[role=status] strong');
    page = await at(C, 'items', 'main table');
    await page.click('td a:has-text("随机抽查事项清单")');
    await page.waitForSelector('main table');
    await says(page, 'its items stand in the list', /显示 ?14|14/, 'main section:nth-of-type(2)');
    await see(page, 'a list of items');
    await page.click('a.button:has-text("改起止日期")');
    await page.waitForSelector('#f-valid_to');
    await page.fill('#f-valid_to', '2020-12-31');
    await page.fill('#reason', '换用 2021 年版');
    await check(page);
    await page.waitForSelector('.changes');
    await says(page, 'the last day is said before it is written', /2020-12-31/, '.changes');
    await page.click('p.tools button.main');
    await page.waitForSelector('.note.good');
    page = await at(C, 'items', 'main table');
    await says(page, 'and the list is over', /已失效/);
    await see(page, 'lists of items');

    // ---- two tasks are drawn together, and apart again
    page = await at(C, planPage, 'a.button:has-text("合并抽取")');
    await page.click('a.button:has-text("合并抽取")');
    await page.waitForSelector('#reason');
    await check(page);
    await page.waitForSelector('.refusal');
    await ok('which tasks, under which name and why is asked', async () => (await page.$$('.refusal a')).length === 3, () => words(page, '.refusal'));
    for (const no of ['1', '3']) await page.check(`#tasks label:has-text("${no} ") input >> nth=0`);
    await page.fill('#joint', 'meters');
    await page.fill('#reason', '同一批市场，一次上门');
    await see(page, 'tasks to be drawn together');
    await check(page);
    await confirm(page, 'tasks drawn together: check answers', '.note.good', /meters.*修订的任务位 ?[1-9]/);
    page = await at(C, `${planPage}/group`, '#reason');
    await says(page, 'they bear the name now', /meters/, '#tasks');
    for (const no of ['1', '3']) await page.check(`#tasks label:has-text("${no} ") input >> nth=0`);
    await page.fill('#joint', 'meters');
    await page.fill('#reason', '再来一次');
    await check(page);
    await page.waitForSelector('main .ask');
    await says(page, 'the same again changes nothing, and that is said', /没有变化/);

    // ---- a revision of the plan as it no longer is
    page = await at(C, `${planPage}/revise`, '#scopes');
    const other = await person(C);
    await other.goto(`${people[C].base}/#/${planPage}/group`);
    await other.waitForSelector('#reason');
    for (const no of ['1', '3']) await other.check(`#tasks label:has-text("${no} ") input >> nth=0`);
    await other.check('#how input[value=alone]');
    await other.fill('#reason', '改为各自抽取');
    await other.click('form button.main');
    await other.waitForSelector('main .ask');
    await other.click('main .ask > .row button:first-child');
    await other.waitForSelector('.note.good');
    await sent(page, 'plan', 'plan.csv');
    await sent(page, 'scopes', 'scopes.csv');
    await page.fill('#reason', '退回原样');
    await check(page);
    await page.waitForSelector('main .refusal small:has-text("records.moved")');
    await ok('a plan that somebody else changed meanwhile is not revised unseen', async () => !(await page.$('main .ask')));

    // ---- a list is given to the county
    page = await at(C, `${planPage}?task=8`, 'a:has-text("下达名单")');
    await page.click('a:has-text("下达名单")');
    await page.waitForSelector('#objects');
    await sent(page, 'objects', 'plan.csv');
    await page.fill('#title', '关于开展专项检查的通知');
    await page.fill('#doc-no', '朔市监〔2021〕40号');
    await check(page);
    await page.waitForSelector('main .refusal');
    await ok('a file that is no list is refused before anything is done', async () => !(await page.$('main .ask')), () => words(page));
    await sent(page, 'objects', 'given.csv');
    await see(page, 'a list to be given');
    await check(page);
    await confirm(page, 'a list that is given: check answers', '.listpage', /德邦商贸.*小张商店/);
    page = await at(C, 'lists/given', 'main table');
    await says(page, 'the list stands among those given', /关于开展专项检查的通知.*8\/1/);
    await see(page, 'lists that were given');

    // ---- an object is taken in by a document
    page = await at(C, 'marks', '#office');
    await check(page);
    await page.waitForSelector('.refusal');
    await ok('what is missing is named', async () => (await page.$$('.refusal a')).length === 5, () => words(page, '.refusal'));
    await page.selectOption('#office', '140602');
    await page.selectOption('#reason', '2');
    await page.fill('#objects-find', '有限公司');
    await page.waitForSelector('#objects .box');
    await page.click('#objects .box >> nth=0');
    await page.waitForSelector('#objects .picked');
    await page.fill('#objects-find', OBJECT);
    await page.click('#objects button:has-text("加入编号")');
    await page.waitForSelector(`#objects .picked:has-text("${OBJECT}")`);
    await ok('two objects are picked, one by name and one by its number', async () => (await page.$$('#objects .picked')).length === 2);
    await page.selectOption('#scope', { index: 1 });
    await page.fill('#until', `${(await todayOf(page)).slice(0, 4)}-12-31`);
    await page.fill('#title', '关于交办检查的通知');
    await page.fill('#doc-no', '朔市监〔2021〕41号');
    await see(page, 'objects in or out');
    await check(page);
    await confirm(page, 'objects taken in: check answers', '.note.good', /上级交办.*关于交办检查的通知/);
    await page.waitForSelector('main table');
    await says(page, 'both stand in the list', /交办必查|必查.*必查/, 'main table');

    // ---- codes: all read them, the province imports them
    page = await at(C, 'tables', 'nav.tabs');
    await ok('the city does not import codes', async () => !(await page.$('a.button:has-text("导入代码表")')));
    page = await at(P, 'tables?list=disposal', 'main table');
    await see(page, 'a table of codes');
    await page.click('a.button:has-text("导入代码表")');
    await page.waitForSelector('#file');
    await sent(page, 'file', 'codes.csv');
    await check(page);
    await confirm(page, 'a table of codes: check answers', '.note.good', /检查结果.*新增 ?1/);
    await says(page, 'the code stands in its table', /R99 ?配合检查/);
}
