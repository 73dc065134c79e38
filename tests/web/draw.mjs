// Plans, the draw as it is held in the room, its record, what follows it, verification, figures and publication.
export async function run({ base, ok, person, axe, look }) {
    const page = await person('draw');
    const at = async (hash, wait) => {
        await page.goto(`${base}/#/${hash}`);
        await page.waitForSelector(wait || 'main h1');
    };
    await at('plans', 'main table');
    await page.click('main table a');
    await page.waitForSelector('.filters');
    await ok('a plan lists its tasks', async () => (await page.$$('main table tbody tr')).length > 0);
    await axe(page, 'a plan');
    await look(page, 'a plan');
    await page.click('main table a');
    await page.waitForSelector('main pre');
    await ok('a task stands as printed beside what is read', async () => (await page.textContent('main')).includes('原文'));

    // ---- the room
    await at('draws', 'text=进入抽取');
    await page.click('text=进入抽取');
    await page.waitForSelector('.steps');
    await page.waitForSelector('.digest');
    const digest = (await page.textContent('.digest')).trim();
    await axe(page, 'the room: roster');
    await look(page, 'the room: roster');
    for (const step of ['可行性', '抽签令', '在场人员']) {
        await page.click('main button.main');
        await page.waitForSelector(`main h2:has-text("${step}")`);
        await look(page, `the room: ${step}`);
    }
    await page.check('#observer-0');
    await page.click('main button.main');
    await page.waitForSelector('main h1:has-text("确认抽取")');
    await ok('what is done for good is said first', async () => /不能重抽/.test(await page.textContent('main')));
    await ok('with the digest that was shown', async () => (await page.textContent('main .ask')).includes(digest));
    await axe(page, 'the room: check answers');
    await look(page, 'the room: check answers');
    await page.click('main button:has-text("返回")');
    await page.waitForSelector('.steps');
    await ok('and going back draws nothing', () => !/#\/draw\//.test(page.url()));
    await page.click('main button.main');
    await page.click('main button.bad');
    await page.waitForSelector('text=抽中对象');
    const draw = decodeURIComponent(page.url().split('#/draw/')[1].split('?')[0]);
    const record = await page.textContent('main');
    await ok('the record opens with targets, operator and observer', /140602:1-/.test(draw) && /抽取员甲/.test(record) && /观察员甲/.test(record));
    await ok('it stands on the roster that was shown', record.includes(digest));
    await axe(page, 'the record');
    await look(page, 'the record');
    await page.click('text=核验这次抽取');
    await page.waitForSelector('.evidence');
    await ok('its own verification passes', async () => /核验通过/.test(await page.textContent('.evidence')));
    await page.click('text=生成现场记录');
    await page.waitForSelector('text=下载现场记录');
    await ok('the sheet can be fetched', async () => (await page.getAttribute('a:has-text("下载现场记录")', 'href')).startsWith('/api/v1/files/'));
    await ok('no slip is offered before the release, which would be refused', async () => !(await page.$('#slip-object')) && /解封后才能开/.test(await page.textContent('main')));

    // ---- after the draw
    await page.click('text=人员当日不能到场');
    await page.waitForSelector('#f-inspector');
    await page.click('main button.main');
    await page.waitForSelector('.refusal');
    await ok('what is missing is told', async () => /请先改正/.test(await page.textContent('.refusal')));
    await page.selectOption('#f-inspector', { index: 1 });
    await page.selectOption('#f-reason', 'sick');
    await page.click('main button.main');
    await page.waitForSelector('text=不能删除');
    await look(page, 'an absence: check answers');
    await page.click('main button:has-text("返回")');
    await page.waitForSelector('#f-inspector');
    await at(`draw/${encodeURIComponent(draw)}?act=release`, 'main .open-targets');
    const held = await page.textContent('main');
    const listed = await page.$$('main .open-targets a');
    await ok('a release counts and names what has no result yet', /\d+ 个对象中 \d+ 个还没有检查结果/.test(held) && listed.length > 0, held);
    await ok('and offers no press that forces it', async () => !(await page.$('main button.bad')));
    await axe(page, 'release: targets without a result');
    await look(page, 'release: targets without a result');
    await page.click('text=提前解封…');
    await page.waitForSelector('#early-sure');
    await ok('a release says what becomes public, an early one what is noted above', async () => /任何人都能核对/.test(await page.textContent('main')) && /RELEASE_EARLY/.test(await page.textContent('main')));
    await axe(page, 'release: check answers');
    await look(page, 'release: early');
    await page.click('main button.bad');
    await page.waitForSelector('.refusal');
    await ok('an early release wants to be confirmed', async () => /先确认/.test(await page.textContent('.refusal')) && !/已解封/.test(await page.textContent('main')));

    // ---- figures, verification, publication
    await at('figures', 'main table');
    await ok('there are 21 figures', async () => (await page.$$('main section:first-of-type tbody tr')).length === 21);
    await axe(page, 'figures');
    await look(page, 'figures');
    await page.click('main table a');
    await page.waitForSelector('text=写成表格');
    await at('verify', 'text=重新核验全部抽取');
    await page.click('text=重新核验全部抽取');
    await page.waitForSelector('.cards', { timeout: 120000 });
    await page.click(`main table button:has-text("${draw}")`);
    await page.waitForSelector('.opened .evidence');
    await axe(page, 'verification');
    await look(page, 'verification');
    await at('publish', 'main section');
    await axe(page, 'publication');
    await look(page, 'publication');
    await ok('the draw waits for its release', async () => (await page.textContent('main')).includes(draw));
    const first = await page.textContent('main section:nth-of-type(2) tbody td:first-child a');
    await ok('by the name of its task, its number behind it', /^[^0-9]{4}/.test(first), first);

    const phone = await person('reviewer', { width: 360, scheme: 'dark' });
    for (const hash of ['draws', `draw/${encodeURIComponent(draw)}`, 'figures', 'publish']) {
        await phone.goto(`${base}/#/${hash}`);
        await phone.waitForSelector('main table, main .empty');
        await look(phone, `phone: ${hash.split('/')[0]}`);
        await axe(phone, `phone: ${hash.split('/')[0]}`);
    }
}
