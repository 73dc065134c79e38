// Headless Chromium over its debugging pipe: messages are JSON ended by a NUL byte, on descriptors 3 and 4. No package
// is needed but Debian's chromium.

import { spawn } from 'child_process';
import { existsSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

export const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    .find((path) => path && existsSync(path));

export async function openChromium() {
    const profile = mkdtempSync(join(tmpdir(), 'chrome-'));
    const child = spawn(CHROMIUM, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
        '--hide-scrollbars', '--lang=zh-CN', '--remote-debugging-pipe', '--user-data-dir=' + profile, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const waiting = new Map(), listeners = [];
    let next = 1, left = Buffer.alloc(0);
    child.stdio[4].on('data', (bytes) => {
        left = Buffer.concat([left, bytes]);
        for (let end; (end = left.indexOf(0)) >= 0; left = left.subarray(end + 1)) {
            const message = JSON.parse(left.subarray(0, end).toString());
            const call = waiting.get(message.id);
            if (call === undefined) {
                listeners.forEach((listener) => listener(message));
            } else {
                waiting.delete(message.id);
                if (message.error) call.reject(new Error(message.error.message));
                else call.resolve(message.result);
            }
        }
    });
    const lost = (why) => waiting.forEach(({ reject }) => reject(new Error(why)));
    child.on('exit', () => lost('Chromium has ended'));
    const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    async function close() {
        send('Browser.close').catch(() => undefined);
        const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
        await gone;
        clearTimeout(timer);
        rmSync(profile, { recursive: true, force: true });
    }

    /** A page of its own: {go(url), run(script), until(script), type(selector, text), shot(), pdf(), size(w, h), console, asked}. */
    async function page() {
        const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
        const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
        const own = (method, params) => send(method, params, sessionId), console_ = [], asked = [];
        listeners.push((message) => {
            if (message.sessionId !== sessionId) return;
            const { method, params } = message;
            if (method === 'Runtime.exceptionThrown') console_.push(params.exceptionDetails.exception.description);
            if (method === 'Log.entryAdded') console_.push(params.entry.text + ' ' + (params.entry.url || ''));
            if (method === 'Network.requestWillBeSent') asked.push(params.request.method + ' ' + params.request.url);
        });
        for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await own(domain + '.enable');
        const run = async (expression) => {
            const { result, exceptionDetails } = await own('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
            if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
            return result.value;
        };
        const until = async (expression) => {
            for (const end = Date.now() + 30000; ;) {
                const value = await run(expression);
                if (value) return value;
                if (Date.now() > end) throw new Error('never: ' + expression);
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        };
        return {
            run, until, console: console_, asked,
            size: (width, height) => own('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 }),
            go: async (url) => {
                await own('Page.navigate', { url });
                await until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`);
            },
            scripts: (on) => own('Emulation.setScriptExecutionDisabled', { value: !on }),
            /** A picture of the page, or of one element of it at the page's whole width. */
            shot: async (selector = 'html') => {
                const box = await run(`(() => { const r = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
                    return { y: r.top + scrollY, height: r.height, width: document.documentElement.clientWidth } })()`);
                const clip = { x: 0, y: Math.max(0, box.y - 12), width: box.width, height: Math.min(box.height + 24, 16000), scale: 1 };
                return Buffer.from((await own('Page.captureScreenshot', { captureBeyondViewport: true, clip })).data, 'base64');
            },
            pdf: async () => Buffer.from((await own('Page.printToPDF', { preferCSSPageSize: true, printBackground: true })).data, 'base64'),
        };
    }
    return { page, close };
}
