// Whether what a browser is given keeps to what Chromium 86 and Firefox 78 read: scripts to ECMAScript 2020 and the functions
// of then (Node's own parser reads them), style sheets to the selectors, units and properties of then.
//   node tests/browser/syntax.mjs [--module] FILE...      --module: the scripts are modules of the office's pages, which may
//   ask for random bytes and make links; the page of a draw may not

import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';

const args = process.argv.slice(2);
const module = args[0] === '--module';
const LATER = [/\.at\(/, /\.replaceAll\(/, /\bstructuredClone\b/, /\bObject\.(hasOwn|groupBy)\b/, /\.find(Last|LastIndex)\(/, /\bAggregateError\b/,
    /\.to(Sorted|Reversed|Spliced)\(/, /\bArray\.fromAsync\b/, /\.groupBy\(/, /\bPromise\.(any|withResolvers)\b/, /\bWeakRef\b/, /\brandomUUID\b/,
    /[^?] \w+\.replaceChildren\(/, /\.hex\b.*\bUint8Array\.from/, /\beval\(/, /\bdocument\.write\b/, /https?:\/\//, /\bAbortSignal\.(timeout|any)\b/,
    /\bIntl\.(ListFormat|Segmenter)\b/, /\.requestSubmit\(/, /\bscheduler\b/, /\.showModal\(/, /\bnavigator\.locks\b/, /\.static\b/];
const NOT_ON_A_PUBLIC_PAGE = [/\bcrypto\b/, /\binnerHTML\b/, /\.replaceChildren\(/];
// A selector that a browser does not know takes its whole rule away. :focus-visible (Firefox 85) may: the browser's own ring stays.
const LATER_CSS = [/:has\(/, /:is\(/, /:where\(/, /\binset(-\w+)?:/, /\baspect-ratio:/,
    /\b\d+(dvh|svh|lvh|dvw|cqw|lh)\b/, /\bcolor-mix\(/, /@layer\b/, /@container\b/, /\baccent-color:/, /^\s*&/m, /text-wrap:/, /\burl\((?!data:)/];
// Prints {FILE: what its parser said} of the files that are not ECMAScript 2020.
const PARSE = `const { parse } = require('internal/deps/acorn/acorn/dist/acorn'), [sourceType, ...files] = process.argv.slice(1), said = {};
for (const f of files) try { parse(require('fs').readFileSync(f, 'utf8'), { ecmaVersion: 2020, sourceType }); } catch (e) { said[f] = e.message; }
console.log(JSON.stringify(said));`;

const files = args.slice(module ? 1 : 0);
const said = JSON.parse(execFileSync(process.execPath, ['--no-warnings', '--expose-internals', '-e', PARSE, '--', module ? 'module' : 'script',
    ...files.filter((f) => !f.endsWith('.css'))], { encoding: 'utf8' }));
for (const file of files) {
    const source = readFileSync(file, 'utf8'), css = file.endsWith('.css');
    const code = css ? source.replace(/\/\*[^]*?\*\//g, '')
        : source.replace(/^\s*(\/\/|\/\*|\*).*$/gm, '').replace(/\/\/ .*$/gm, '').replace(/"(\\.|[^"\\])*"/g, '""');
    const found = (css ? LATER_CSS : module ? LATER : LATER.concat(NOT_ON_A_PUBLIC_PAGE)).filter((pattern) => pattern.test(code)).map(String);
    if (said[file]) found.push(said[file]);
    if (found.length > 0) {
        console.log(`${file}: not for every browser: ${found.join(' ')}`);
        process.exitCode = 1;
    }
}
