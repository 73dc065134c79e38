// A headless Chromium for tests, spoken to over a pipe. It reaches no network; `open` gives a page of a phone's size.

import { spawn } from 'child_process';
import { existsSync } from 'fs';

const FLAGS = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-extensions', '--allow-file-access-from-files',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--remote-debugging-pipe',
];

export function findBrowser() {
    return [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));
}

export class Browser {
    constructor(profile) {
        this.child = spawn(findBrowser(), FLAGS.concat('--user-data-dir=' + profile),
            { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
        this.waiting = new Map();
        this.listening = [];
        this.next = 1;
        let rest = '';
        this.child.stdio[4].setEncoding('utf8').on('data', (data) => {
            const whole = (rest + data).split('\0');
            rest = whole.pop();
            whole.map(JSON.parse).forEach((message) => this.take(message));
        });
    }

    take({ id, result, error, method }) {
        if (id === undefined) {
            this.listening.filter((one) => one.method === method).forEach((one) => one.done());
            this.listening = this.listening.filter((one) => one.method !== method);
            return;
        }
        const { done, fail } = this.waiting.get(id);
        this.waiting.delete(id);
        if (error) fail(new Error(error.message));
        else done(result);
    }

    send(method, params = {}) {
        const id = this.next++;
        this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + '\0');
        return new Promise((done, fail) => this.waiting.set(id, { done, fail }));
    }

    event(method) {
        return new Promise((done) => this.listening.push({ method, done }));
    }

    async open(url, width = 360, height = 740) {
        if (!this.session) {
            const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
            const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
            this.session = sessionId;
            await this.send('Page.enable');
            await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 2, mobile: true });
        }
        const loaded = this.event('Page.loadEventFired');
        await this.send('Page.navigate', { url });
        if (!url.includes('#') || !this.at || this.at !== url.split('#')[0]) await loaded;
        [this.at] = url.split('#');
    }

    /** The value of an expression in the page; a promise is waited for. */
    async run(expression) {
        const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception.description || exceptionDetails.text);
        return result.value;
    }

    /** Waits until an expression is true in the page. */
    async until(expression, seconds = 60) {
        for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
            if (await this.run(expression)) return;
            await new Promise((done) => setTimeout(done, 50));
        }
        throw new Error('still not: ' + expression);
    }

    /** A picture of the whole page, as base64 of a PNG. */
    async picture() {
        const { cssContentSize: { width, height } } = await this.send('Page.getLayoutMetrics');
        const { data } = await this.send('Page.captureScreenshot',
            { format: 'png', captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
        return data;
    }

    async close() {
        const ended = new Promise((done) => this.child.on('exit', done));
        this.session = undefined;
        await this.send('Browser.close').catch(() => undefined);
        await ended;
    }
}
