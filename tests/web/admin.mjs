// What keeps the office going: how fresh the data is, exchange by file, persons, the own account, backups, the check-up.
export async function run({ until, base, ok, person, axe, look }) {
    const page = await person('admin');
    const open = async (to, there) => {
        await page.goto(`${base}/#/${to}`);
        await page.waitForSelector(there);
    };
    await page.waitForSelector('.sync a');
    await ok('each page tells how fresh the data is', async () => /上级/.test(await page.textContent('.sync')));

    await open('sync', '#to');
    await look(page, 'exchange');
    await axe(page, 'exchange');
    await page.locator('section', { has: page.locator('#to') }).locator('button.main').click();
    await page.waitForSelector('a[download]');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[download]')]);
    await ok('a file for the office above is made and taken along', /\.qb$/.test(file.suggestedFilename()));
    await page.locator('section', { has: page.locator('#bundle') }).locator('button.main').click();
    await page.waitForSelector('.refusal');
    await ok('without a file nothing is taken in', async () => /请选择交换文件/.test(await page.textContent('.refusal')));

    await open('incoming', '.tabs');
    await look(page, 'incoming');
    await axe(page, 'incoming');

    await open('people/set', '#name');
    await page.fill('#name', '采样员乙');
    await page.click('form button.main');
    await page.waitForSelector('.refusal');
    await ok('a person has a role', async () => /请至少选一项职责/.test(await page.textContent('main')));
    await page.check('#role-sampler');
    await axe(page, 'entering a person');
    await page.click('form button.main');
    await page.waitForSelector('.row button.main');
    await ok('what was filled in is shown before it is done', async () => /采样员乙/.test(await page.textContent('dl.pairs')));
    await page.click('.row button.main');
    await page.waitForSelector('p.good');
    await page.click('section button');
    await page.waitForSelector('#link');
    await ok('an invitation is shown once', async () => new RegExp(`^${base}/#/invite/[0-9a-f]{64}$`).test(await page.inputValue('#link')));
    await look(page, 'a link');
    await open('people', 'table');
    await ok('the person is in the list', async () => /采样员乙/.test(await page.textContent('table')));
    await axe(page, 'persons');
    await page.click('table a:has-text("采样员乙")');
    await page.click('#stop');
    await page.waitForSelector('h1:has-text("停用 采样员乙")');
    await axe(page, 'putting a person out: check answers');
    await page.click('.row button.bad');
    await page.waitForSelector('p.good:has-text("已停用")');
    await ok('a person can be put out at once', true);
    await open('people/duties', 'table');
    await axe(page, 'duties');
    for (const name of ['me', 'keys', 'backups', 'doctor']) {
        await open(name, name === 'doctor' ? 'table' : 'section');
        await look(page, name);
        await axe(page, name);
    }
    // ---- an office below
    await open('keys', 'a:has-text("批准下级登记")');
    await page.click('a:has-text("批准下级登记")');
    await page.waitForSelector('#file');
    await page.setInputFiles('#file', process.env.STATION);
    await page.waitForSelector('form strong:has-text("14060201")');
    await ok('level and districts are proposed from the code', async () => (await page.inputValue('#level')) === 'station' && (await page.inputValue('#scope')) === '14060201');
    await page.click('form button.main');
    await page.waitForSelector('.refusal');
    await ok('without the fingerprint nobody is taken in', async () => /指纹/.test(await page.textContent('.refusal')));
    await page.fill('#fingerprint', `${process.env.STATION_PRINT.slice(0, -1)}${process.env.STATION_PRINT.endsWith('A') ? 'B' : 'A'}`);
    await axe(page, 'an office below');
    await look(page, 'an office below');
    await page.click('form button.main');
    await page.click('.row button.main');
    await page.waitForSelector('.refusal');
    await ok('nor with another', async () => /指纹/.test(await page.textContent('.refusal')));
    await page.click('.row button:not(.main)');
    await page.fill('#fingerprint', process.env.STATION_PRINT);
    await page.click('form button.main');
    await page.click('.row button.main');
    const [chain] = await Promise.all([page.waitForEvent('download'), page.click('section[role=status] a[download]')]);
    await ok('the certificate has a name that says whose it is', chain.suggestedFilename() === '14060201-1.chain', chain.suggestedFilename());
    await chain.saveAs('station.chain');
    await open('backups', 'button.main');
    await page.click('button.main');
    await page.waitForSelector('a[download]');
    await ok('a backup is made and can be taken along', async () => /\.qbak$/.test(await page.getAttribute('a[download]', 'href')));
    const small = await person('admin', { width: 360, scheme: 'dark' });
    for (const name of ['sync', 'people', 'doctor']) {
        await small.goto(`${base}/#/${name}`);
        await small.waitForSelector('table');
        await look(small, `${name} on a phone`);
        await axe(small, `${name} on a phone`);
    }
    const auditor = await person('auditor');
    await auditor.goto(`${base}/#/trail`);
    await auditor.waitForSelector('table');
    await ok('the auditor reads who did what', async () => /采样员乙|管理员甲/.test(await auditor.textContent('table')));
    await auditor.check('#refused');
    await until(auditor, () => location.hash.includes('refused=1'));
    await ok('what is filtered by stands in the address', true);
    await look(auditor, 'trail');
    await axe(auditor, 'trail');
}
