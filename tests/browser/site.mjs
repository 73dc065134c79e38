// The page of a released draw in a real browser, over http, from a site that qian published.
//   node tests/browser/site.mjs SITE DRAW FINGERPRINT DRAWN OTHER SLIP-OF-OTHER PAPER [SCREENSHOTS]
// PAPER is a directory with sheet.html and slip.html, which are printed.
// Prints TAP.

import { readFileSync, readdirSync, writeFileSync } from 'fs';
import { join, resolve } from 'path';
import { openChromium } from './chrome.mjs';
import { serve } from './serve.mjs';

const [directory, draw, print, drawn, other, slipFile, paper, shots] = process.argv.slice(2);
let count = 0, failed = 0;

function result(passed, name, remark) {
    count++;
    if (!passed) failed++;
    console.log((passed ? 'ok ' : 'not ok ') + count + ' - ' + name);
    if (!passed) console.log(String(remark).replace(/^/gm, '# '));
}
const is = (got, want, name) => result(got === want, name, 'got:    ' + got + '\nwanted: ' + want);
const match = (got, pattern, name) => result(pattern.test(got), name, got + '\nhas no ' + pattern);

const site = await serve(directory);
const chromium = await openChromium();
const path = 'draws/' + draw.replace(':', '-') + '/', address = site.url + path + 'index.html';
const SUM = "document.getElementById('check-sum')";

async function opened(page, hash = '') {
    await page.go('about:blank');
    await page.go(address + hash);
    await page.until(`${SUM} || document.querySelector('#check > p.warn')`);
}

const holds = (page) => page.run(`${SUM} ? ${SUM}.getAttribute('data-holds') : 'not run'`);
const bad = (page) => page.run("[...document.querySelectorAll('.steps li.bad')].map((li) => li.getAttribute('data-step')).join(' ')");
const text = (page) => page.run("document.getElementById('check').innerText");

async function ask(page, fields) {
    await page.run(`for (const [id, value] of ${JSON.stringify(Object.entries(fields))}) document.getElementById('check-' + id).value = value;
        document.getElementById('check-go').click()`);
}
const answer = (page) => page.run("[...document.querySelectorAll('[data-answer]')].map((p) => p.getAttribute('data-answer')).join(' ')");

async function picture(page, name, width) {
    if (!shots) return;
    await page.size(width, 800);
    writeFileSync(join(shots, name + '-' + width + '.png'), await page.shot('#check'));
}

async function cleanSite() {
    const page = await chromium.page();
    await page.size(1280, 900);
    await opened(page);
    is(await holds(page), 'open', 'without the fingerprint nothing is said to hold');
    is(await bad(page), '', 'and no step is broken');
    match(await text(page), /还差一步要您来做/, 'the page says what is left to do');
    await picture(page, 'open', 1280);
    const before = page.asked.length;
    await ask(page, { object: drawn });
    match(await text(page), /比对一致，这个答案才成立/, 'nor is an answer');
    await ask(page, { object: drawn, print });
    is(await holds(page), 'yes', 'with it the check holds');
    is(await answer(page), 'drawn', 'who was drawn is told so');
    await picture(page, 'drawn', 1280);
    await picture(page, 'drawn', 360);
    await ask(page, { object: drawn.slice(2).toLowerCase(), print });
    is(await answer(page), 'drawn', 'the code as on the licence will do');
    await ask(page, { object: other, print });
    match(await answer(page), /^(not|ask)$/, 'who was not is told so');
    await picture(page, 'other', 360);
    const doubt = () => page.run("!!document.getElementById('check-doubt')");
    await ask(page, { object: drawn.slice(0, -1) + (drawn.endsWith('0') ? '1' : '0'), print });
    is(await doubt(), true, 'a code that cannot be one is doubted before it is answered');
    await ask(page, { object: drawn, print });
    is(await doubt(), false, 'not the one that was drawn');
    const slip = readFileSync(slipFile, 'utf8');
    await ask(page, { object: '', print, slip: slip.trimEnd().replace(/\n/g, '\r\n') });
    is(await holds(page), 'yes', 'a slip that was pasted opens');
    match(await text(page), /凭条表明：属于第 \d+ 层/, 'and names the stratum');
    await picture(page, 'slip', 360);
    await picture(page, 'slip', 1280);
    await ask(page, { slip: slip.replace(/^salt ./m, 'salt -') });
    match(await text(page), /凭条没有读懂/, 'one that was changed does not');
    is(page.asked.length, before, 'nothing was read or sent for any of these questions');
    is(page.asked.filter((line) => !line.startsWith('GET ' + site.url) && !line.includes('about:blank')).join(' '), '', 'nor from elsewhere');
    const wrong = print.replace(/.$/, (c) => (c === '0' ? '1' : '0'));
    await ask(page, { object: drawn, print: wrong, slip: '' });
    is((await holds(page)) + ' ' + (await bad(page)), 'no policy', 'another fingerprint is told');
    is(page.console.filter((line) => !line.endsWith('/favicon.ico')).join('\n'), '', 'no error in the console');
    await page.run("[...document.querySelectorAll('#check button')].pop().click()");
    match(await text(page), /does not hold/, 'in English as well');
}

/** [what is altered, files, the steps that say so, a word on the page]. One byte in the middle, or where `at` says. */
const ALTERED = [
    ['the result', path + 'result.txt', /^files entries$/, /result\.txt/],
    ['a proof', path + readdirSync(join(directory, path)).find((name) => /^draw\.\w+\.proof$/.test(name)), /^files( places level)?$/, /\.proof/],
    ['the list', path + 'entries.frames', /^files entries /, /entries\.frames/],
    ['the list for people', path + 'selected.csv', /^files$/, /selected\.csv/],
    ['the page itself', path + 'index.html', /^files$/, /index\.html/],
    ['a verdict', path + readdirSync(join(directory, path)).find((name) => /^verdict\./.test(name)), /^files verdicts$/, /verdict\./],
    ['a checkpoint', 'logs/' + draw.split('-')[0].replace(':', '-') + '/checkpoint', /^files$/, /logs\/.*checkpoint/],
    ['the row of the script', 'check.frames', /^files script$/, /check\.frames/],
    ['the manifest', 'manifest.txt', /^files/, /清单/],
    ['a certificate', readdirSync(join(directory, 'certs')).map((name) => 'certs/' + name)[0], /^certificates/, /./],
];

async function alteredSites() {
    const page = await chromium.page();
    for (const [what, file, steps, word] of ALTERED) {
        site.change = (asked, bytes) => {
            if (asked !== file) return bytes;
            const other_ = Buffer.from(bytes);
            // The end of a page is a comment's place: the page stands as it was, and is another one.
            other_[Math.floor(bytes.length * (file.endsWith('.html') ? 0.9 : 0.5))] ^= 1;
            return other_;
        };
        await opened(page);
        const told = await bad(page);
        match((await holds(page)) + ' ' + told, new RegExp('^no ' + steps.source.replace(/^\^/, '')), 'told: one byte of ' + what + ' (' + file + ')');
        match(await text(page), word, 'by name');
        if (what === 'the result') {
            await picture(page, 'altered', 1280);
            await picture(page, 'altered', 360);
        }
        await page.size(1280, 900);
    }
    site.change = (asked, bytes) => (asked === path + 'draw.1406.proof' ? undefined : bytes);
    await opened(page);
    match(await bad(page), /^files/, 'a file that cannot be read is told');
    // The script itself: the browser does not run what has not the digest that the page names.
    site.change = (asked, bytes) => (asked === 'check.js' ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes);
    await opened(page);
    is(await holds(page), 'not run', 'a changed script does not run');
    match(await text(page), /程序没有运行.*摘要不符/s, 'and the page says so');
    await picture(page, 'script', 360);
    site.change = (asked, bytes) => bytes;
}

async function withoutScripts() {
    const page = await chromium.page();
    await page.scripts(false);
    await page.go(address);
    match(await text(page), /不用脚本也能核对/, 'without JavaScript the page says how to check');
}

/** The search page: a piece of a name, the beginning of a code, what is nowhere; large type without any script. */
async function search() {
    const page = await chromium.page();
    await page.size(360, 800);
    await page.go(site.url + 'find/index.html');
    await page.until("document.getElementById('find-q')");
    const rows = JSON.parse(readFileSync(join(directory, 'find/rows-0.json'), 'utf8'));
    const found = async (text_) => {
        await page.run(`document.getElementById('find-q').value = ${JSON.stringify(text_)}; document.getElementById('find-go').click()`);
        await page.until("!/正在查询/.test(document.getElementById('find').innerText)");
        return page.run("[...document.querySelectorAll('.results a')].map((a) => a.textContent).join('|')");
    };
    const [code, name, path_] = rows[0], piece = name.slice(-5);
    const having = (test) => rows.filter(test).map((row) => row[1]).sort().join('|');
    const sorted = (list) => list.split('|').sort().join('|');
    is(sorted(await found(piece)), having((row) => row[1].includes(piece)), 'a piece of a name finds all that have it: ' + piece);
    is(sorted(await found(' ' + piece.split('').join(' ') + '（')), having((row) => row[1].includes(piece)), 'blanks and brackets do not matter');
    is(sorted(await found(code.slice(0, 8).toLowerCase())), having((row) => row[0].startsWith(code.slice(0, 8))), 'the beginning of a code as well');
    is(await found('查无此名'), '', 'what is nowhere is not found');
    match(await page.run("document.getElementById('find').innerText"), /没有查到/, 'and told so');
    await found('x');
    match(await page.run("document.getElementById('find').innerText"), /请多输入几个字/, 'one character is too short');
    is(page.asked.filter((line) => !line.startsWith('GET ' + site.url) || line.includes('?') || line.includes('%')).join(' '), '', 'nothing that was typed is sent');
    if (shots) writeFileSync(join(shots, 'find-360.png'), await page.shot('html'));
    await page.scripts(false);
    await page.go(site.url + path_);
    is(await page.run("[...document.querySelectorAll('section.object')].filter((s) => getComputedStyle(s).display !== 'none').length"), 1, 'an address shows the one object');
    match(await page.run("document.querySelector('section.object:target h2').textContent"), new RegExp('^' + name + '$'), 'by its name');
    const size = () => page.run("parseFloat(getComputedStyle(document.querySelector('section.object:target h2')).fontSize)");
    const before = await size();
    await page.run("document.querySelector('label[for=large]').click()");
    is(await size() > before * 1.3, true, 'large type is larger, without any script of the page');
    is(await page.run('document.documentElement.scrollWidth <= innerWidth'), true, 'and fits a phone');
    await page.run("document.querySelector('label[for=large]').click()");
    is(await size(), before, 'and small again');
}

/** The pages of a PDF, and whether each of them is A4. */
function pagesOf(pdf) {
    const boxes = pdf.toString('latin1').match(/\/MediaBox ?\[[^\]]*\]/g) || [];
    return { count: boxes.length, a4: boxes.every((box) => /\[0 0 59[45][.\d]* 84[12][.\d]*\]/.test(box)) };
}

async function sheets() {
    const page = await chromium.page();
    for (const name of ['sheet', 'slip']) {
        const html = readFileSync(join(paper, name + '.html'), 'utf8');
        // The same sheet with 200 objects: the rows again, as often as it takes.
        const at = html.lastIndexOf('<tbody>') + 7, end = html.indexOf('</tbody>', at);
        const rows = html.slice(at, end).split('</tr>').slice(0, -1);
        let long = '';
        for (let i = 0; name === 'sheet' && i < 200; i++) long += rows[i % rows.length] + '</tr>';
        for (const [what, text_] of [[name, html], ...(long ? [['sheet of 200', html.slice(0, at) + long + html.slice(end)]] : [])]) {
            const file = resolve(paper, what.replace(/ /g, '-') + '.html');
            writeFileSync(file, text_);
            await page.go('file://' + file);
            const pages = pagesOf(await page.pdf());
            is(pages.a4 && pages.count >= 1 && pages.count <= (what === 'slip' ? 1 : what === 'sheet' ? 2 : 14), true, what + ': ' + pages.count + ' pages of A4');
            // As wide as the paper between its margins, on a screen: what is wider would be cut.
            await page.size(669, 900);
            is(await page.run('document.documentElement.scrollWidth <= innerWidth'), true, what + ': nothing stands beyond the margin');
            is(await page.run("[...document.querySelectorAll('.qr')].every((q) => q.getBoundingClientRect().width > 100)"), true, what + ': its codes are there');
            is(page.console.join(' '), '', what + ': nothing was refused');
        }
    }
}

/** The same page from a node that serves its own site, with that node's headers. */
async function fromNode(url) {
    const page = await chromium.page();
    await page.size(360, 800);
    await page.go(url + path + 'index.html');
    await page.until(SUM);
    is(await holds(page), 'open', 'a page from qian serve checks itself');
    is(await bad(page), '', 'every step of it');
    for (const [name, file] of [['front', 'index.html'], ['how', 'verify.html']]) {
        await page.go(url + file);
        is(await page.run('document.documentElement.scrollWidth <= innerWidth'), true, 'no page is wider than a phone: ' + file);
        if (shots) writeFileSync(join(shots, name + '-360.png'), await page.shot('body'));
    }
}

try {
    if (process.env.NODE_SITE) await fromNode(process.env.NODE_SITE);
    await sheets();
    await cleanSite();
    await withoutScripts();
    await search();
    await alteredSites();
} catch (e) {
    result(false, 'the browser got to the end', e.stack);
} finally {
    await chromium.close();
    site.close();
}
console.log('1..' + count);
process.exitCode = failed ? 1 : 0;
