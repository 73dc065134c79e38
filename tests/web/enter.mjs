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
    await ok('a wrong password is told', async () => /密码不对/.test(await out.textContent('.refusal')));
    const page = await person('admin');
    const used = people.admin.link.slice(people.admin.link.indexOf('/#/'));
    for (const [width, name] of [[1280, 'a link that was used'], [360, 'a link that was used, on a phone']]) {
        const again = await open(width);
        await again.goto(base + used);
        await again.waitForSelector('.refusal');
        await ok(`${name} is told so at once`, async () => /用过了/.test(await again.textContent('.refusal')) && !(await again.$('#password')));
        await look(again, name);
        await axe(again, name);
        await again.click('main a.button');
        await again.waitForSelector('#person');
    }
    await ok('who came in is named', async () => (await page.textContent('header')).includes(people.admin.name));
    await look(page, 'home of the administrator');
    await axe(page, 'home of the administrator');
    await page.click('text=English');
    await page.waitForSelector('text=All acts');
    await ok('the other language', async () => (await page.getAttribute('html', 'lang')) === 'en');
    await page.click('text=中文');
    await page.waitForSelector('text=全部操作');
    await page.goto(base + '/#/acts');
    const offered = async (p) => {
        await p.goto(base + '/#/acts');
        await p.waitForSelector('section.acts a');
        return p.$$eval('section.acts a', (all) => all.map((a) => a.getAttribute('href')));
    };
    const acts = await offered(page);
    await ok('every command that the administrator may call has a form', acts.length > 70 && acts.includes('#/act/person/set'), acts.length);
    await ok('what others do is not offered', !acts.includes('#/act/draw/run') && !acts.includes('#/act/plan/import') && !acts.includes('#/act/quarantine/waive'));
    await axe(page, 'all acts');
    await page.goto(base + '/#/act/draw/run');
    await page.waitForSelector('main p.note');
    await ok('and its address tells whose it is', async () => /抽取/.test(await page.textContent('main p.note')) && !(await page.$('main form')));
    const whose = async (p, at, role) => {
        await p.goto(`${base}/#/${at}`);
        await p.waitForSelector('#not-yours');
        await ok(`#/${at} says at once whose it is and asks nothing`, async () => role.test(await p.textContent('#not-yours')) && !(await p.$('main form, main button')), () => p.textContent('main'));
    };
    for (const [at, role] of [['plans/add', /计划/], ['plan/1406%2F1/revise', /计划/], ['plan/1406%2F1/file', /计划/], ['records/item_list/add', /计划/], ['record/correction_order/1-1-1/withdraw', /后续处理|处置/],
        ['import/objects', /名录/], ['import/results', /检查/], ['sampling/add', /计划/], ['labs/add', /抽样|计划/]]) await whose(page, at, role);
    await look(page, 'a form of somebody else');
    await axe(page, 'a form of somebody else');
    const head = await person('planner');
    await whose(head, 'keys/approve', /管理员/);
    await head.goto(base + '/#/act/record/add');
    await head.waitForSelector('#w-0');
    await head.fill('#w-0', 'inspection');
    await head.waitForSelector('#not-yours');
    await ok('a form of every kind says so when the kind is known, and has no press', async () => await head.$eval('main form button.main', (b) => b.disabled) && /检查/.test(await head.textContent('#not-yours')));
    await head.fill('#w-0', 'item_list');
    await head.waitForSelector('main form button.main:not([disabled])');
    await ok('of a kind that is one’s own it does not', async () => !(await head.$('#not-yours')));
    const heads = await offered(head);
    await ok('a head and planner is offered what both do', ['#/act/plan/import', '#/act/quarantine/waive', '#/act/order/issue'].every((a) => heads.includes(a)) && !heads.includes('#/act/draw/run'));
    await head.goto(base + '/#/act/mark/grant');
    await head.waitForSelector('#o-kind');
    await ok('options have labels, hints and words', async () => /必查或排除/.test(await head.textContent('label[for=o-kind]')) && /必查/.test(await head.textContent('#o-kind')) && /文号/.test(await head.textContent('label[for=o-doc-no]')));
    await axe(head, 'a form');
    for (const href of acts.filter((h, i) => i % 9 === 0)) {
        await page.goto(base + '/' + href);
        await page.waitForSelector('main form button.main');
    }
    await ok('and the forms open', true);
    await page.click('text=大字');
    await axe(page, 'large type');
    await page.click('text=大字');
    await page.click('text=退出');
    await page.waitForSelector('#password');
    const dark = await person('admin', { width: 360, scheme: 'dark' });
    await look(dark, 'phone and dark');
    await axe(dark, 'phone and dark');
}
