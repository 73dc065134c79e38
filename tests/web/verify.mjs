// The province and a draw that does not hold: from the front page to the evidence, on a wide screen and on a phone.
export async function run({ base, ok, person, axe, look }) {
    const page = await person('auditor');
    await page.waitForSelector('main .cards');
    await ok('the front page tells of the fork', async () => /分叉证据/.test(await page.textContent('main .card.loud')));
    await page.goto(`${base}/#/verify`);
    await page.waitForSelector('main section.alarm table');
    await page.waitForSelector('main .cards a.card.loud');
    const first = await page.textContent('main section');
    await ok('what is wrong stands first: who, from which entry on', /140602/.test(first) && /未了结/.test(first));
    const links = await page.$$('main section.alarm a');
    await ok('with the evidence', links.length > 0);
    await ok('a log that forked once is one row', async () => (await page.$$('main section.alarm tbody tr')).length === 1);
    await axe(page, 'verification: a fork');
    await look(page, 'verification: a fork');
    const verdict = (n) => page.textContent(`main section:not(.alarm) table tbody tr:nth-child(${n})`);
    await ok('then the draws that do not hold, in words beside the code', async () => /日志出现分叉/.test(await verdict(1)) && /LOG_FORK/.test(await verdict(1)));
    await page.click('main .cards a.card.loud');
    await page.waitForSelector('main [role=status]');
    await ok('a figure leads to its draws', () => /outcome=bad/.test(page.url()));
    const all = await page.$$('main section:not(.alarm) table tbody tr');
    await ok('and to these alone', async () => all.length > 0 && (await Promise.all(all.map((r) => r.textContent()))).every((s) => /有问题|不作数|LOG_FORK/.test(s)));
    await page.click('text=重新核验全部抽取');
    await page.waitForSelector('main h2:has-text("刚才的核验")', { timeout: 120000 });
    await page.click('main section:not(.alarm) table tbody tr:first-child button');
    await page.waitForSelector('.opened .evidence article');
    const found = await page.textContent('.opened');
    await ok('a verdict opens with whom it is held against and what follows', /责任机关/.test(found) && /第 \d+ 条/.test(found));
    await axe(page, 'verification: the evidence of a verdict');
    await look(page, 'verification: the evidence of a verdict');

    // ---- the evidence, to take away
    await page.click('main section.alarm a');
    await page.waitForSelector('text=导出证据');
    await ok('both sides are shown', async () => (await page.$$('main section:nth-of-type(2) tbody tr')).length === 2);
    const differs = 'main section:has-text("两边的条目有什么不同")';
    await page.waitForSelector(`${differs} tbody tr`);
    const rows = await page.$$eval(`${differs} tbody tr`, (l) => l.map((r) => r.textContent));
    const draw = /140602:1-\d+-\d+/.exec(rows.join())[0];
    await ok('what differs is said in words: which entry, which side, what it is, its time', rows.some((r) => /第 \d+ 条.*本局收存的.*抽取.*\d{4}-\d\d-\d\d/.test(r)) && rows.some((r) => /另一边/.test(r)), rows.join('\n'));
    await ok('and the draws by their numbers, with how many were drawn otherwise', rows.some((r) => /本局收存的.*140602:1-\d+-\d+.*抽中 \d+ 个/.test(r)) && rows.some((r) => /另一边.*140602:1-\d+-\d+.*抽中 \d+ 个.*同一张令的抽取 140602:1-/.test(r)), rows.join('\n'));
    await axe(page, 'a fork');
    await look(page, 'a fork');
    await page.click('text=导出证据');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('text=下载证据')]);
    await file.saveAs('evidence.txt');
    await ok('it is downloaded', true);

    // ---- what the two levels are
    await page.goto(`${base}/#/verify`);
    await page.waitForSelector('details.explain summary');
    await page.focus('details.explain summary');
    await page.keyboard.press('Enter');
    await page.waitForSelector('details.explain[open] dd');
    await ok('what the levels mean opens by the keyboard: both of them, and each of three', async () => /令上的级别.*证据的级别/.test(await page.textContent('details.explain')) && (await page.$$('details.explain dd')).length === 3);
    await axe(page, 'what the levels mean');
    await look(page, 'what the levels mean');
    await page.goto(`${base}/#/draw/${encodeURIComponent(draw)}`);
    await page.waitForSelector('details.explain summary');
    await ok('a draw says it too, and whose level it shows', async () => /令上的级别/.test(await page.textContent('main')));

    const phone = await person('auditor', { width: 360, scheme: 'dark' });
    await phone.goto(`${base}/#/verify`);
    await phone.waitForSelector('details.explain summary');
    await phone.click('details.explain summary');
    await look(phone, 'what the levels mean, on a phone');
    await phone.goto(`${base}/#/fork/1`);
    await phone.waitForSelector('main section:nth-of-type(3)');
    await look(phone, 'a fork on a phone');
    await phone.goto(`${base}/#/verify`);
    await phone.waitForSelector('main section.alarm');
    await axe(phone, 'verification on a phone');
    await look(phone, 'verification on a phone');
}
