// The second custodian at the page of `qian cokey page`, in a real browser:
//   custodian-page.mjs PAGE PROFILE key PASSPHRASE              makes a key, prints its public half
//   custodian-page.mjs PAGE PROFILE answer QUESTION PASSPHRASE [SVG]  prints the answer, its code to SVG; exit 1 with what the page says
//   custodian-page.mjs PAGE PROFILE backup                      prints what is kept
//   custodian-page.mjs PAGE PROFILE restore FILE                exit 1 with what the page says, when it refuses
// With PICTURE=FILE.png the page as it then looks is put there.  Exit 77: there is no browser.

import { readFileSync, writeFileSync } from 'fs';
import { pathToFileURL } from 'url';
import { Browser, findBrowser } from './browser.mjs';

const [page, profile, what, ...words] = process.argv.slice(2);
const url = pathToFileURL(page).href;
const js = JSON.stringify;

async function picture(browser) {
    if (process.env.PICTURE) writeFileSync(process.env.PICTURE, Buffer.from(await browser.picture(), 'base64'));
}

/** Whether the page refused what was done, and its words. */
async function outcome(browser, done) {
    const refused = 'document.querySelector(".told.trouble") !== null';
    await browser.until(`(${done}) || ${refused}`);
    await picture(browser);
    if (await browser.run(refused)) {
        console.log(await browser.run('document.getElementById("told").textContent'));
        process.exitCode = 1;
        return false;
    }
    return true;
}

const fill = (id, text) => `document.getElementById(${js(id)}).value = ${js(text)}`;
const press = (id) => `document.getElementById(${js(id)}).click()`;

async function ask(browser, question) {
    if (question.includes('#')) {
        await browser.open(url + question.slice(question.indexOf('#')));
    } else {
        await browser.open(url);
        await browser.run([fill('text', question), press('read')].join(';'));
    }
    return outcome(browser, '!document.getElementById("asked").hidden');
}

const does = {
    async key(browser, passphrase) {
        await browser.open(url);
        await browser.run([fill('pass-new', passphrase), fill('pass-again', passphrase), press('make')].join(';'));
        if (await outcome(browser, '!document.getElementById("keeping").hidden')) {
            console.log((await browser.run('document.getElementById("mine").textContent')).replace(/ /g, ''));
        }
    },
    async answer(browser, question, passphrase) {
        if (!await ask(browser, question)) return;
        await browser.run([fill('pass', passphrase), press('answer')].join(';'));
        if (await outcome(browser, '!document.getElementById("answered").hidden')) {
            console.log(await browser.run('document.getElementById("line").value'));
            if (words[2]) writeFileSync(words[2], await browser.run('document.querySelector("#code svg").outerHTML'));
        }
    },
    async backup(browser) {
        await browser.open(url);
        process.stdout.write(decodeURIComponent(await browser.run('document.getElementById("backup").href')).replace(/^[^,]*,/, ''));
    },
    async restore(browser, file) {
        await browser.open(url);
        await browser.run(`(() => {
            const input = [...document.querySelectorAll('.restore')].find((one) => one.offsetParent), given = new DataTransfer();
            given.items.add(new File([${js(readFileSync(file, 'utf8'))}], 'qian-cokey.txt'));
            input.files = given.files;
            input.dispatchEvent(new Event('change'));
        })()`);
        await outcome(browser, 'document.getElementById("told").textContent !== ""');
    },
};

if (!findBrowser()) process.exit(77);
const browser = new Browser(profile);
try {
    await does[what](browser, ...words);
} catch (e) {
    console.error(e.stack);
    process.exitCode = 2;
}
await browser.close();
