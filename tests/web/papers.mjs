// Papers that somebody brings or takes along: an owner's slip at the city, the sheet of a task at the county.
import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { hands } from './hands.mjs';

const C = '1406-reviewer', K = '140602-inspector', D = '140602-draw';

export async function run(world) {
    const { ok, person, open, axe, look, people } = world;
    const { at, words, says, see } = hands(world, 'papers', { narrow: true });

    // ---- a slip is brought to the city
    const slip = readFileSync('slip.txt', 'utf8');
    let page = await at(C, 'draws', 'a.button:has-text("核对凭条")');
    await page.click('a.button:has-text("核对凭条")');
    await page.waitForSelector('#text');
    await page.click('form button.main');
    await page.waitForSelector('.refusal');
    await ok('without a text nothing is checked', async () => (await page.$$('.refusal a')).length === 1);
    // As a mail or a scanner gives it: other ends of lines, blanks around it.
    await page.fill('#text', `  \r\n${slip.replace(/\n/g, '\r\n')}\r\n  `);
    await page.click('form button.main');
    await page.waitForSelector('.steps-told');
    await says(page, 'the slip agrees, in words', new RegExp(`相符：${process.env.OBJECT}`));
    await ok('each step is told', async () => (await page.$$('.steps-told li')).length >= 6);
    await see(page, 'a slip that agrees');
    await ok('and leads to the draw', async () => (await page.getAttribute('main section a.button', 'href')).includes(encodeURIComponent(process.env.DRAW)));
    await page.fill('#text', slip.replace(/^salt ./m, (m) => m.slice(0, -1) + (m.endsWith('0') ? '1' : '0')));
    await page.click('form button.main');
    await page.waitForSelector('main .refusal');
    await says(page, 'one letter more or less, and it is refused', /校验和不符/, 'main .refusal');
    await page.fill('#text', '请给我查一下');
    await page.click('form button.main');
    await page.waitForSelector('main .refusal small:has-text("slip.")');
    await see(page, 'a text that is no slip');

    // ---- the sheet of a task, on paper
    const visit = `visit/${encodeURIComponent(process.env.DRAW)}/${encodeURIComponent(process.env.OBJECT)}?task=${encodeURIComponent(process.env.TASK)}`;
    page = await at(K, visit, 'button:has-text("打印任务单")');
    const name = (await page.textContent('main h1')).trim();
    await page.click('button:has-text("打印任务单")');
    await page.waitForSelector('a:has-text("下载任务单")');
    await see(page, 'a task with its sheet');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('a:has-text("下载任务单")')]);
    await file.saveAs('sheet.html');
    const paper = await open(800);
    await paper.goto('about:blank');
    await paper.setContent(readFileSync('sheet.html', 'utf8'));
    await ok('the paper has the target, its inspectors and room for what is found', async () => (await paper.textContent('body')).includes(name) && (await paper.$$('.sign div')).length === 4 && !!(await paper.$('svg')));
    await axe(paper, 'the sheet of a task');
    await look(paper, 'papers the sheet of a task');
    // What its code holds is read in the pages, as from the phone: the target opens.
    page = await at(K, 'scan', '#code');
    await page.fill('#code', execFileSync('python3', [process.env.QR, 'sheet.html'], { encoding: 'utf8' }).trim());
    await page.click('form button.main');
    await page.waitForSelector(`h1:has-text("${name}")`);
    await ok('its code opens the target', () => page.url().includes('#/visit/'), () => page.url());

    // ---- whoever is named is picked: staff of a lab, who approved, who sampled
    page = await at(D, 'records/sample/add', '#f-samplers .box');
    await page.fill('#f-samplers-find', 'S72');
    await page.waitForSelector('#f-samplers .box:has-text("抽样员2")');
    await ok('a number finds one of three', async () => (await page.$$('#f-samplers .box')).length === 1);
    await page.click('#f-samplers .box');
    await page.fill('#f-samplers-find', '');
    await page.click('#f-samplers .box:has-text("抽样员3")');
    await ok('two samplers are chosen', async () => (await page.$$('#f-samplers .box input:checked')).length === 2);
    await see(page, 'samplers are picked');
    page = await at(D, `draw/${encodeURIComponent(process.env.DRAW)}?act=appoint`, '#f-approved-by .box');
    await ok('heads stand first', async () => /计划员/.test(await page.textContent('#f-approved-by .box >> nth=0')));
    await page.click('#f-approved-by .box >> nth=0');
    await see(page, 'who approved is picked');
    await page.fill('#f-approved-by-find', '市局王局长');
    await page.click('#f-approved-by button:has-text("市局王局长")');
    await says(page, 'somebody of another office is typed', /市局王局长/, '#f-approved-by .picked');
    await ok('and is the only one', async () => !(await page.$('#f-approved-by .box input:checked')));

    // ---- what is changed by the form of its command is read first, and nobody's change is passed over unseen
    const list = process.env.LIST;
    page = await at('140602-planner', 'act/record/withdraw', 'form button.main');
    await ok('nothing is asked before the record was looked at', async () => !(await page.$('#o-reason')) && !(await page.$('#o-if-rev')));
    await page.fill('#w-0', 'item_list');
    await page.fill('#w-1', '140602:1-1-0');
    await page.click('form button.main');
    await page.waitForSelector('main .refusal');
    await ok('what is not there is told at once', async () => !(await page.$('#o-reason')), () => words(page, 'main .refusal'));
    page = await at('140602-planner', 'act/record/revise', 'form button.main');
    await page.fill('#w-0', 'item_list');
    await page.fill('#w-1', list);
    await page.fill('#w-2', 'version=2');
    await page.click('form button.main');
    await page.waitForSelector('#o-reason');
    await says(page, 'what stands is shown, and dates in one form', /第 ?1 ?版 ?[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} 计划员.*县局清单/, 'main form section');
    await see(page, 'a form that shows what stands');
    const other = await person('140602-planner');
    await other.goto(`${people['140602-planner'].base}/#/record/item_list/${encodeURIComponent(list)}/revise`);
    await other.waitForSelector('#f-doc_no');
    await other.fill('#f-doc_no', '另一个文号');
    await other.fill('#reason', '补文号');
    await other.click('form button.main');
    await other.click('p.tools button.main');
    await other.waitForSelector('.note.good');
    await ok('the page of the record tells its moments in the same form', async () => /[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} 计划员/.test(await other.textContent('.revisions')) && !/[0-9]T[0-9]/.test(await other.textContent('.revisions')));
    await page.fill('#o-reason', '换版');
    await page.click('form button.main');
    await page.waitForSelector('main .refusal small:has-text("records.moved")');
    await ok('and the record is looked at anew', async () => !(await page.$('#o-reason')));
    await page.click('form button.main');
    await page.waitForSelector('main form section:has-text("另一个文号")');
    await page.fill('#o-reason', '换版');
    await page.click('form button.main');
    await page.waitForSelector('section.answer');
    await ok('then it is written', true);
}
