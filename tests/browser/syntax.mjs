// Whether a script keeps to ECMAScript 2020 and to functions that Chromium 86 has. Node's own parser reads it.
//   node tests/browser/syntax.mjs FILE

import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';

const source = readFileSync(process.argv[2], 'utf8');
const LATER = [/\.at\(/, /\.replaceAll\(/, /\bstructuredClone\b/, /\bObject\.hasOwn\b/, /\.find(Last|LastIndex)\(/,
    /\.to(Sorted|Reversed|Spliced)\(/, /\bcrypto\b/, /\bArray\.fromAsync\b/, /\.groupBy\(/, /\bPromise\.any\b/, /\bWeakRef\b/,
    /\.replaceChildren\(/, /\.hex\b.*\bUint8Array\.from/, /\beval\(/, /\binnerHTML\b/, /\bdocument\.write\b/, /https?:\/\//];
const code = source.replace(/^\s*(\/\/|\/\*|\*).*$/gm, '').replace(/\/\/ .*$/gm, '').replace(/"(\\.|[^"\\])*"/g, '""');
const found = LATER.filter((pattern) => pattern.test(code)).map(String);
const parse = `require('internal/deps/acorn/acorn/dist/acorn').parse(require('fs').readFileSync(process.argv[1], 'utf8'), { ecmaVersion: 2020, sourceType: 'script' })`;
try {
    execFileSync(process.execPath, ['--no-warnings', '--expose-internals', '-e', parse, '--', process.argv[2]], { stdio: ['ignore', 'pipe', 'pipe'] });
} catch (e) {
    found.push(String(e.stderr).split('\n').slice(0, 8).join('\n'));
}
if (found.length > 0) console.log('not for every browser: ' + found.join(' '));
process.exitCode = found.length > 0 ? 1 : 0;
