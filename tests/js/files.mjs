// The files that tests read.

import { existsSync, readFileSync } from 'fs';
import { concat, parseHex } from '../../protocol/js/bytes.js';

const root = new URL('../../', import.meta.url);

export function file(path) {
    return new Uint8Array(readFileSync(new URL(path, root)));
}

export function text(path) {
    return readFileSync(new URL(path, root), 'utf8');
}

export function exists(path) {
    return existsSync(new URL(path, root));
}

export function url(path) {
    return new URL(path, root);
}

/** The bytes of a `hex` line: digits, blanks that mean nothing, `x*n` for the byte x n times. */
function hexLine(line) {
    return concat(...line.split(/\s+/).filter((word) => word).map((word) => {
        const [digits, times] = word.split('*');
        const bytes = parseHex(digits);
        if (!bytes) throw new Error('bad hex in a vector: ' + word);
        return times === undefined ? bytes : new Uint8Array(Number(times)).fill(bytes[0]);
    }));
}

/** The vectors of a file: Maps of key to the list of its values, with `hex` joined in `.input`. */
export function vectors(path) {
    return text(path).replace(/^#.*\n/gm, '').split(/\n\n+/).filter((block) => block.trim()).map((block) => {
        const vector = { values: new Map() };
        for (const line of block.split('\n').filter((l) => l)) {
            const at = line.indexOf(' ') < 0 ? line.length : line.indexOf(' ');
            const key = line.slice(0, at);
            vector.values.set(key, (vector.values.get(key) || []).concat(line.slice(at + 1)));
        }
        vector.get = (key) => (vector.values.get(key) || [])[0];
        vector.bytes = (key) => concat(...(vector.values.get(key) || []).map(hexLine));
        vector.name = vector.get('name');
        vector.want = vector.get('want');
        vector.input = vector.bytes('hex');
        return vector;
    });
}
