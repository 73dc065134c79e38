// The draw against tests/vectors/draw.txt: SHA-256 of the results of made-up instances. The instances come from the
// generator of tests/vectors/draw.py, whose functions stand here under their names.

import { parseHex, toHex, u32, utf8 } from '../../protocol/js/bytes.js';
import { alphaOf, beaconDigest, drawKeys, pair, seedOf, select, ticket } from '../../protocol/js/draw.js';
import { freezeRoots, recordsRoot, selectedRecord } from '../../protocol/js/roster.js';
import { encodeRules, parseRules } from '../../protocol/js/rules.js';
import { sha256 } from '../../protocol/js/sha2.js';
import { verifyVrf } from '../../protocol/js/vrf.js';
import { text } from './files.mjs';
import { prove } from '../../protocol/js/prove.js';
import { is, note, test } from './tap.mjs';

const KIND_LETTERS = 'EICNSPQTLO';
const pad = (number, width) => String(number).padStart(width, '0');
const ascii = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Numbers from SHA-256("instance" u32 no, u32 counter), four bytes at a time. */
class Stream {
    constructor(no) {
        this.no = no;
        this.counter = 0;
        this.left = [];
    }

    next(n) {
        if (this.left.length === 0) {
            const view = new DataView(sha256(utf8('instance'), u32(this.no), u32(this.counter++)).buffer);
            for (let i = 0; i < 32; i += 4) this.left.push(view.getUint32(i));
        }
        return this.left.shift() % n;
    }

    subset(n) {
        const out = [];
        for (let i = 1; i <= n; i++) if (this.next(2)) out.push(i);
        return out;
    }
}

const ATTRS = [['kind', 4], ['class', 5], ['status', 3], ['complaints', 4], ['inspected', 4], ['last', 20000]];

function randomExpr(s, depth) {
    const op = s.next(depth < 4 ? 8 : 5);
    if (op === 0) return 'true';
    if (op === 4) return 'has(tag,' + (s.next(4) + 1) + ')';
    if (op < 4) {
        const [name, n] = ATTRS[s.next(ATTRS.length)];
        return ['eq', 'ge', 'le'][op - 1] + '(' + name + ',' + s.next(n) + ')';
    }
    if (op === 7) return 'not(' + randomExpr(s, depth + 1) + ')';
    const left = randomExpr(s, depth + 1);
    return ['and', 'or'][op - 5] + '(' + left + ',' + randomExpr(s, depth + 1) + ')';
}

const codes = (list) => list.join(',') || '-';

function randomRules(s, no) {
    const lines = ['draw-rules/1', 'slot 370000 s t' + no + ' 1', 'type both'];
    lines.push('population ' + (s.next(2) ? 'true' : randomExpr(s, 1)));
    const n = s.next(4) + 1;
    for (let h = 0; h < n; h++) {
        const den = s.next(20) + 1, num = s.next(den + 1), min = s.next(3);
        const expr = h === n - 1 && s.next(8) ? 'true' : randomExpr(s, 1);
        lines.push(['stratum', h + 1, num + '/' + den, min, expr].join(' '));
    }
    const kind = s.next(3);
    if (kind === 0) {
        lines.push('total -');
    } else if (kind === 1) {
        const den = s.next(10) + 1;
        lines.push('total ' + s.next(den + 1) + '/' + den);
    } else {
        lines.push('total count ' + s.next(30));
    }
    lines.push('must ' + codes(s.subset(3)), 'exclude ' + codes(s.subset(3)));
    lines.push('cap ' + (s.next(2) ? s.next(2) + 1 : '-'));
    const quals = [[], [1], [2], [1, 3]];
    for (let left = 4, role = 1; left > 0; role++) {
        let k = s.next(Math.min(left, 3)) + 1;
        if (left === 4 && k === 1 && s.next(2)) k = 2;
        lines.push(['role', role, k, codes(quals.splice(s.next(quals.length), 1)[0])].join(' '));
        left -= k;
        if (left <= 2 && s.next(2)) break;
    }
    lines.push('pool 2', 'load ' + (s.next(2) ? s.next(4) + 1 : '-'));
    lines.push('age 30', 'witness 48', 'return 10', 'supp 3', 'level offline');
    return lines.map((line) => line + '\n').join('');
}

function instance(no) {
    const s = new Stream(no), objects = [], inspectors = [], marks = new Map(), recusals = new Map();
    for (let i = 0, n = s.next(50); i < n; i++) {
        const kind = s.next(3) + 1;
        objects.push({
            id: KIND_LETTERS[kind - 1] + ':91' + pad(s.next(1000000), 6) + pad(i, 10), kind, class: s.next(5),
            status: s.next(2), complaints: s.next(4), inspected: s.next(3), last: s.next(20000),
            office: ['', '370100', '370200'][s.next(3)], tags: s.subset(4),
        });
    }
    objects.sort((a, b) => ascii(a.id, b.id));
    for (let i = 0, n = s.next(20); i < n; i++) {
        const at = s.next(objects.length + 1);
        const id = at < objects.length ? objects[at].id : 'E:000000000000000';
        const kind = s.next(2) + 1, reason = s.next(3) + 1, scope = ['', 's/t1', 's/t2', 's/t'][s.next(4)];
        marks.set([id, kind, reason, scope].join(' '), { id, kind, reason, scope, source: sha256(u32(i)) });
    }
    for (let i = 0, n = s.next(14); i < n; i++) {
        const quals = s.subset(3), available = s.next(5) > 0 ? 1 : 0;
        inspectors.push({ id: '370100/' + pad(i, 2), quals, available, load0: s.next(3) });
    }
    for (let i = 0, n = s.next(30); i < n; i++) {
        const who = s.next(inspectors.length + 1), what = s.next(objects.length + 1);
        const recusal = { inspector: who < inspectors.length ? inspectors[who].id : '370100/zz',
            object: what < objects.length ? objects[what].id : 'E:000000000000000' };
        recusals.set(recusal.inspector + ' ' + recusal.object, recusal);
    }
    const sorted = (map) => Array.from(map.keys()).sort(ascii).map((key) => map.get(key));
    const nslots = s.next(2) ? s.next(3) + 1 : 1, rules = [];
    for (let n = 1; n <= nslots; n++) rules.push(randomRules(s, n));
    const roster = { objects, marks: sorted(marks), inspectors, recusals: sorted(recusals) };
    return { rules, roster, seed: sha256(utf8('seed'), u32(no)), saltKey: sha256(utf8('salt'), u32(no)) };
}

function result(no) {
    const { rules, roster, seed, saltKey } = instance(no), keys = drawKeys(seed), out = [...rules];
    const read = rules.map((rulesText) => {
        const parsed = parseRules(utf8(rulesText));
        is(encodeRules(parsed), utf8(rulesText), 'rules written again');
        return parsed;
    });
    const roots = freezeRoots(roster, saltKey);
    for (const list of ['objects', 'marks', 'inspectors', 'recusals']) {
        out.push(list + ' ' + roots[list].count + ' ' + toHex(roots[list].root) + '\n');
    }
    const selections = [];
    read.forEach((r, n) => {
        let found;
        try {
            found = select(r, roster, keys);
        } catch (e) {
            out.push('refused ' + e.id + '\n');
            return;
        }
        selections.push(found);
        for (const x of found.strata) {
            out.push(['stratum', n + 1, x.no, x.base, x.pool, x.quota, x.cutOff ? toHex(x.cutOff) : '-'].join(' ') + '\n');
        }
        const root = recordsRoot(found.selected.map((pick) => selectedRecord(pick, saltKey)));
        out.push('selected ' + (n + 1) + ' ' + found.selected.length + ' ' + toHex(root) + '\n');
        for (const { id } of found.reserve) out.push('reserve ' + id + '\n');
    });
    if (selections.length < rules.length) return out.join('');
    let visits;
    try {
        visits = pair(read, selections.map((x) => x.selected.map((pick) => pick.id)), roster, keys);
    } catch (e) {
        return out.join('') + 'refused ' + e.id + '\n';
    }
    for (const v of visits) {
        out.push('visit ' + v.slots.join(',') + ' ' + v.id + ' ' + v.chosen.map((who, i) => i + ':' + (who || '-')).join(' ') + '\n');
        out.push('chance ' + v.chances.map((n, i) => n + (v.overcap[i] ? '!' : '')).join(' ') + '\n');
    }
    return out.join('');
}

const digests = text('tests/vectors/draw.txt').split('\n').filter((line) => line.startsWith('digest ')).map((line) => line.split(' '));
const start = Date.now();
for (let from = 0; from < digests.length; from += 100) {
    const some = digests.slice(from, from + 100);
    test('draws ' + from + ' to ' + (from + some.length - 1), () => {
        for (const [, no, digest] of some) {
            const got = result(Number(no));
            is(toHex(sha256(utf8(got))), digest, 'instance ' + no + '\n' + got);
        }
    });
}
note(digests.length + ' draws: ' + (Date.now() - start) + ' ms');

test('the worked check of draw.md', () => {
    const [example] = JSON.parse(text('tests/data/rfc9381-ecvrf-tai.json')).vectors;
    const [secret, publicKey] = [parseHex(example.sk), parseHex(example.pk)];
    // "The body is no valid order; it serves the hashes only."
    const orderId = sha256(utf8('draw-order/1\ncity.example/log\nplan 3 ' + '0'.repeat(64) + '\n'));
    is(toHex(orderId).slice(0, 8) + '…' + toHex(orderId).slice(-4), '01ef8fea…389a');
    const alpha = alphaOf(orderId, beaconDigest());
    is(alpha.length, 76);
    const beta = verifyVrf(publicKey, alpha, prove(secret, publicKey, alpha));
    is(toHex(beta).slice(0, 8) + '…' + toHex(beta).slice(-4), '33a378fc…46ae');
    const seed = seedOf([beta]);
    is(toHex(seed), 'e410b328de78fa5eec43c9e528a4d6ca7839de6a656f8074a3e5508ec61b650f');
    is(toHex(ticket(drawKeys(seed), 'E:913300000000000001')), '17837e2d9276dad2562871c830b898fec02b1942619466643fd4d652d776c6a1');
});
