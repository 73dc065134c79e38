// Papers that somebody brings or takes along: an owner's slip at the city, the sheet of a task at the county.
import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';

const C = '1406-reviewer', K = '140602-inspector';

export async function run({ ok, person, open, axe, look, people }) {
    const here = {};
    const seen = new Set();
    const at = async (who, to, there = 'main h1') => {
        if (!here[who]) here[who] = await person(who);
        const page = here[who];
        await page.goto('about:blank');
        await page.goto(`${people[who].base}/#/${to}`);
        await page.waitForSelector(there);
        return page;
    };
    const words = async (page, where = 'main') => (await page.textContent(where)).replace(/\s+/g, ' ');
    const says = async (page, name, pattern, where) => {
        const said = await words(page, where);
        ok(name, pattern.test(said), said.slice(0, 900));
    };
    const see = async (page, name) => {
        if (seen.has(name)) return;
        seen.add(name);
        await axe(page, name);
        await look(page, `papers ${name}`);
        await page.setViewportSize({ width: 360, height: 740 });
        await look(page, `papers ${name} 360`);
        await page.setViewportSize({ width: 1280, height: 900 });
    };

    // ---- a slip is brought to the city
    const slip = readFileSync('slip.txt', 'utf8');
    let page = await at(C, 'draws', 'a.button:has-text("核对凭条")');
    await page.click('a.button:has-text("核对凭条")');
    await page.waitForSelector('#text');
    await page.click('form button.main');
    await page.waitForSelector('.refusal');
    ok('without a text nothing is checked', (await page.$$('.refusal a')).length === 1);
    // As a mail or a scanner gives it: other ends of lines, blanks around it.
    await page.fill('#text', `  \r\n${slip.replace(/\n/g, '\r\n')}\r\n  `);
    await page.click('form button.main');
    await page.waitForSelector('.steps-told');
    await says(page, 'the slip agrees, in words', new RegExp(`相符：${process.env.OBJECT}`));
    ok('each step is told', (await page.$$('.steps-told li')).length >= 6);
    await see(page, 'a slip that agrees');
    ok('and leads to the draw', (await page.getAttribute('main section a.button', 'href')).includes(encodeURIComponent(process.env.DRAW)));
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
    ok('the paper has the target, its inspectors and room for what is found', (await paper.textContent('body')).includes(name) && (await paper.$$('.sign div')).length === 4 && !!(await paper.$('svg')));
    await axe(paper, 'the sheet of a task');
    await look(paper, 'papers the sheet of a task');
    // What its code holds is read in the pages, as from the phone: the target opens.
    page = await at(K, 'scan', '#code');
    await page.fill('#code', execFileSync('python3', [process.env.QR, 'sheet.html'], { encoding: 'utf8' }).trim());
    await page.click('form button.main');
    await page.waitForSelector(`h1:has-text("${name}")`);
    ok('its code opens the target', page.url().includes('#/visit/'), page.url());
}
