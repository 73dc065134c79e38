// Coming in, going out, the other language, large type, every command's form: the frame around all pages.
export async function run({ base, ok, person, open, axe, look, people }) {
    const out = await open(1280);
    await out.goto(base + '/');
    await out.waitForSelector('#person');
    await axe(out, 'coming in');
    await look(out, 'coming in');
    await out.fill('#person', people.admin.name);
    await out.fill('#password', 'not the password');
    await out.click('button.main');
    await out.waitForSelector('.refusal');
    ok('a wrong password is told', /密码不对/.test(await out.textContent('.refusal')));
    const page = await person('admin');
    ok('who came in is named', (await page.textContent('header')).includes(people.admin.name));
    await look(page, 'home of the administrator');
    await axe(page, 'home of the administrator');
    await page.click('text=English');
    await page.waitForSelector('text=All acts');
    ok('the other language', (await page.getAttribute('html', 'lang')) === 'en');
    await page.click('text=中文');
    await page.waitForSelector('text=全部操作');
    await page.goto(base + '/#/acts');
    await page.waitForSelector('ul.acts a');
    const acts = await page.$$eval('ul.acts a', (all) => all.map((a) => a.getAttribute('href')));
    ok('every command has a form', acts.length > 100, acts.length);
    for (const href of acts.filter((h, i) => i % 9 === 0)) {
        await page.goto(base + '/' + href);
        await page.waitForSelector('main form button.main');
    }
    ok('and the forms open', true);
    await page.click('text=大字');
    await axe(page, 'large type');
    await page.click('text=大字');
    await page.click('text=退出');
    await page.waitForSelector('#password');
    const dark = await person('admin', { width: 360, scheme: 'dark' });
    await look(dark, 'phone and dark');
    await axe(dark, 'phone and dark');
}
