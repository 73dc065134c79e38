// Results in TAP for tests/js. A test file says `test(name, function)`; run.mjs prints the plan at the end.

import { equal, toHex } from '../../protocol/js/bytes.js';

let count = 0, failures = 0;

export function result(passed, name, remark) {
    count++;
    if (!passed) failures++;
    console.log((passed ? 'ok ' : 'not ok ') + count + ' - ' + name.replace(/#/g, ''));
    if (!passed && remark) console.log(String(remark).replace(/^/gm, '# '));
    return passed;
}

export function skip(name, reason) {
    count++;
    console.log('ok ' + count + ' - ' + name + ' # SKIP ' + reason);
}

export function note(text) {
    console.log('# ' + text);
}

/** A test passes when the function returns; what it throws is shown. */
export function test(name, body) {
    try {
        body();
        result(true, name);
    } catch (e) {
        result(false, name, e.id ? e.code + ' ' + e.id + ' ' + JSON.stringify(e.args, printable) : e.stack);
    }
}

const printable = (key, value) => (typeof value === 'bigint' ? value.toString() : value);

function show(value) {
    return value instanceof Uint8Array ? toHex(value) : JSON.stringify(value, printable);
}

export function is(got, wanted, what = '') {
    const same = got instanceof Uint8Array && wanted instanceof Uint8Array ? equal(got, wanted) : got === wanted;
    if (!same) throw new Error(what + '\ngot:    ' + show(got) + '\nwanted: ' + show(wanted));
}

/** 'ok', or the id of the refusal; an error that is no refusal goes on. */
export function verdictOf(body) {
    try {
        body();
        return 'ok';
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        return e.id;
    }
}

export function refuses(id, body) {
    is(verdictOf(body), id, 'verdict');
}

export function done() {
    console.log('1..' + count);
    process.exitCode = failures > 0 ? 1 : 0;
}
