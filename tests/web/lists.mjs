// Lists as a person reads them: found by two characters, filtered, turned over, opened, and kept as a file.
export async function run({ until, base, ok, person, axe, look }) {
    const page = await person('auditor');
    await page.goto(base + '/#/lists');
    await page.waitForSelector('.listgroup a');
    await ok('all twenty-one lists for who audits', async () => (await page.$$('.listgroup a')).length === 21);
    await look(page, 'lists');
    await axe(page, 'lists');
    await page.click('.listgroup a[href="#/lists/objects"]');
    await page.waitForSelector('table.list tbody tr');
    await ok('a page of fifty', async () => (await page.$$('table.list tbody tr')).length === 50);
    await look(page, 'objects');
    await axe(page, 'objects');
    const names = () => page.$$eval('table.list tbody td:first-child', (all) => all.map((c) => c.textContent));
    const first = await names();
    await page.click('nav.pages a >> nth=-1');
    await until(page, (was) => { const c = document.querySelector('table.list tbody td'); return c && c.textContent !== was; }, first[0]);
    await ok('the next page has none of the first', async () => !(await names()).some((n) => first.includes(n)));
    await page.click('nav.pages a:has-text("上一页")');
    await until(page, (was) => { const c = document.querySelector('table.list tbody td'); return c && c.textContent === was; }, first[0]);
    await ok('and back it is the first again', async () => JSON.stringify(await names()) === JSON.stringify(first));
    const part = first[3].slice(-6, -4);
    await page.fill('#q', part);
    // What the office says is asked for anew when the language changes; what was typed stays.
    const head = (await page.textContent('table.list thead')).trim();
    await page.click('button:has-text("English")');
    await until(page, (was) => { const h = document.querySelector('table.list thead'); return h && h.textContent.trim() !== was; }, head);
    await ok('headings follow the language', async () => !/[\u3400-\u9fff]/.test(await page.textContent('table.list thead')), () => page.textContent('table.list thead'));
    await ok('and what was typed stays', async () => (await page.inputValue('#q')) === part);
    await page.click('button:has-text("中文")');
    await until(page, (was) => { const h = document.querySelector('table.list thead'); return h && h.textContent.trim() === was; }, head);
    await page.click('form.search button.main');
    await until(page, (q) => location.hash.includes(encodeURIComponent(q)), part);
    await page.waitForSelector('table.list tbody tr');
    await until(page, (q) => { const all = Array.from(document.querySelectorAll('table.list tbody td:first-child')); return all.length && all.every((c) => c.textContent.includes(q)); }, part);
    await ok('two characters find a name', async () => (await names()).includes(first[3]));
    await page.click('form.search button[aria-expanded]');
    await page.selectOption('#f-status', 'in_business');
    await page.click('form.search button.main');
    await until(page, () => location.hash.includes('status=in_business'));
    await page.reload();
    await page.waitForSelector('table.list tbody tr');
    await ok('the address keeps what is looked for', async () => (await page.inputValue('#q')) === part && (await page.inputValue('#f-status')) === 'in_business');
    await page.click('table.list tbody td:first-child a');
    await page.waitForSelector('dl.pairs code');
    await ok('a row tells its entry, hash and signature', async () => (await page.$$('section dl.pairs code')).length >= 3);
    await ok('and how far it has come', async () => (await page.$$('ol.stages li')).length === 2);
    await look(page, 'an object');
    await axe(page, 'an object');
    await page.goto(base + '/#/lists/objects?q=x');
    await page.waitForSelector('.refusal');
    await ok('one character is too short', async () => /两个字/.test(await page.textContent('.refusal')));
    await page.goto(base + '/#/lists/recusals');
    await page.waitForSelector('table.list tbody tr');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[download]:has-text("CSV")')]);
    await ok('a list is kept as a file', file.suggestedFilename() === 'recusals.csv');
    await page.goto(base + '/#/lists/trail');
    await page.waitForSelector('table.list tbody tr');
    await ok('and the trail tells of it', async () => (await page.textContent('table.list')).includes('recusals'));

    await page.goto(base + '/#/lists/samples?state=blind_numbered');
    await page.waitForSelector('table.list tbody tr, p.empty');
    await ok('samples are filtered by how far they have come', async () => (await page.inputValue('#f-state')) === 'blind_numbered');

    const other = await person('observer', { width: 360 });
    await other.goto(base + '/#/lists');
    await other.waitForSelector('.listgroup a');
    await ok('no trail for who does not audit', async () => !(await other.$('a[href="#/lists/trail"]')));
    await other.goto(base + '/#/lists/inspectors');
    await other.waitForSelector('table.list tbody tr');
    await ok('names that a role does not need are hidden', () => other.$$eval('table.list tbody td:first-child', (all) => all.every((c) => c.textContent === '（未公开）')));
    await look(other, 'inspectors on a phone');
    await axe(other, 'inspectors on a phone');
    for (const id of ['plans', 'tasks', 'draws', 'targets', 'results', 'samples', 'follow-ups', 'clues', 'publications', 'entries', 'held', 'receipts', 'files', 'persons']) {
        await other.goto(`${base}/#/lists/${id}`);
        await other.waitForSelector('table.list tbody tr, p.empty');
        await look(other, `list of ${id} on a phone`);
    }
}
