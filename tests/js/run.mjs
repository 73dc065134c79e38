// Runs the test files beside it, or those whose names hold one of the words given, and prints one TAP stream.

import { readdirSync } from 'fs';
import { done, note, result } from './tap.mjs';

const here = new URL('./', import.meta.url);
const words = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word))).sort();

async function run() {
    for (const name of files) {
        const start = Date.now();
        try {
            await import(new URL(name, here));
        } catch (e) {
            result(false, name + ' could be run', e.stack);
        }
        note(name + ': ' + (Date.now() - start) + ' ms');
    }
    if (files.length === 0) result(false, 'a test file was found');
    done();
}

run();
