// A directory over plain HTTP on the loopback, as any web server would give it. `change(path, bytes)` may alter an answer.

import { createServer } from 'http';
import { readFileSync } from 'fs';
import { extname, join, normalize } from 'path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.txt': 'text/plain; charset=utf-8', '.svg': 'image/svg+xml' };

export async function serve(directory) {
    const site = { change: (path, bytes) => bytes };
    const server = createServer((request, answer) => {
        const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(/^\/+/, '');
        let bytes;
        try {
            bytes = site.change(path, readFileSync(join(directory, path)));
        } catch (e) {
            bytes = undefined;
        }
        answer.writeHead(bytes === undefined ? 404 : 200, { 'Content-Type': TYPES[extname(path)] || 'application/octet-stream' });
        answer.end(bytes);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    site.url = 'http://127.0.0.1:' + server.address().port + '/';
    site.close = () => server.close();
    return site;
}
