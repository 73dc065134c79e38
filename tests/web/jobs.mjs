// A job that takes long: the page is loaded again while it runs, shows it at its head, and stops it there.
import { spawn } from 'child_process';

/** Nobody else writes meanwhile: what the page asks for waits until that is let go. */
async function hold() {
    const p = spawn('python3', ['-c', 'import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\ndb.execute("BEGIN IMMEDIATE")\nprint("held", flush=True)\nsys.stdin.read()\ndb.execute("ROLLBACK")', process.env.DB], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((on) => p.stdout.once('data', on));
    return () => new Promise((on) => {
        p.once('exit', on);
        p.stdin.end();
    });
}

export async function run({ ok, person, axe, look, until }) {
    const page = await person('head');
    const words = (s) => page.textContent(s).then((x) => x.replace(/\s+/g, ' ').trim());
    const go = async () => {
        await page.goto(page.url().split('#')[0] + '#/act/publish/site');
        await page.waitForSelector('form button.main');
        await page.click('form button.main');
    };
    let release = await hold();
    await go();
    await page.waitForSelector('.progress button');
    await ok('the page shows what it asked for, once', async () => (await page.$$('.jobs')).length === 0, () => words('body'));
    await page.reload();
    await page.waitForSelector('.jobs button');
    await ok('loaded again it stands at the head', async () => /网站/.test(await words('.jobs')), () => words('.jobs'));
    await axe(page, 'a job at the head');
    await look(page, 'a job at the head');
    await page.setViewportSize({ width: 360, height: 740 });
    await look(page, 'a job at the head, narrow');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.click('.jobs button');
    await until(page, () => /正在停止/.test(document.querySelector('.jobs').textContent));
    await release();
    await until(page, () => /已按要求停止/.test(document.querySelector('.jobs').textContent));
    await ok('it says that nothing was written', async () => /没有写入任何内容/.test(await words('.jobs')), () => words('.jobs'));
    await axe(page, 'a job that was stopped');
    await look(page, 'a job that was stopped');
    await page.click('.jobs button');
    await until(page, () => !document.querySelector('.jobs'));
    release = await hold();
    await go();
    await page.waitForSelector('.progress button');
    await page.click('.progress button');
    await until(page, () => /正在停止/.test(document.querySelector('.progress').textContent));
    await release();
    await page.waitForSelector('.refusal');
    await ok('the page of the act stops it too', async () => /已按要求停止/.test(await words('.refusal')), () => words('.refusal'));
    await page.click('form button.main');
    await page.waitForSelector('.answer h2');
    await ok('asked again it is done', async () => !(await page.$('.refusal')), () => words('main'));
    await page.reload();
    await page.waitForSelector('form button.main');
    await ok('and what was heard is not told again', async () => !(await page.$('.jobs')), () => words('body'));
}
