// The owner's slip (protocol/spec/publication.md, slip-1 to slip-7).

import {
    concat, equal, isName, malformed, need, parseHex, parseNumber, parseDecimal, parseOrigin, parseUtf8, toHex,
    utf8,
} from './bytes.js';
import { leafHash, verifyInclusion } from './merkle.js';
import { attributeHash, decodeAttributes, encodeAttributes, isObjectId, markBody, objectBody } from './roster.js';
import { sha256 } from './sha2.js';

const SLIP_MAX = 65536;
const INDEX_END = (1n << 63n) - 1n;

/** Takes the lines of a slip; a line is its word and a fixed number of fields. */
class SlipLines {
    constructor(lines) {
        this.lines = lines;
    }

    sees(word) {
        return this.lines.length > 0 && this.lines[0].startsWith(word + ' ');
    }

    fields(word, count) {
        const [first, ...fields] = (this.lines.shift() || '').split(' ');
        need(first === word && fields.length === count, 'slip.' + word);
        return fields;
    }
}

function hex(field, length, what) {
    const bytes = parseHex(field, length);
    return bytes || malformed('slip.' + what);
}

function index(field, what) {
    const number = parseDecimal(field, INDEX_END);
    return number === undefined ? malformed('slip.' + what) : number;
}

function place(lines, word) {
    const [origin, number, hash] = lines.fields(word, 3);
    need(parseOrigin(origin) !== undefined, 'slip.' + word);
    return { origin, index: index(number, word), hash: hex(hash, 32, word) };
}

/** slip-4. A scope of all slots is empty here, as in the record. */
function readMark(lines, object) {
    const [kindText, reasonText, scope, source, salt, number, pathText] = lines.fields('mark', 7);
    const kind = parseNumber(kindText, 2), reason = parseNumber(reasonText, 255);
    need(kind >= 1 && reason !== undefined, 'slip.mark');
    const names = scope.split('/');
    need(scope === '-' || (names.length === 2 && names.every(isName)), 'slip.mark');
    const path = pathText === '-' ? [] : pathText.split(',').map((hash) => hex(hash, 32, 'mark'));
    need(path.length <= 63, 'slip.mark');
    return { id: object, kind, reason, scope: scope === '-' ? '' : scope, source: hex(source, 32, 'mark'),
        salt: hex(salt, 16, 'mark'), index: index(number, 'mark'), path };
}

export function parseSlip(bytes) {
    need(bytes.length <= SLIP_MAX, 'slip.too-long', { have: bytes.length });
    const text = parseUtf8(bytes);
    need(text !== undefined && text.endsWith('\n'), 'slip.line');
    const lines = new SlipLines(text.slice(0, -1).split('\n')), slip = { remarks: [] };
    while (lines.lines.length > 0 && lines.lines[0].startsWith('#')) slip.remarks.push(lines.lines.shift());
    need(slip.remarks.length <= 64, 'slip.remarks');
    need(lines.lines.shift() === 'qian-slip/1', 'slip.head');
    slip.draw = place(lines, 'draw');
    slip.freeze = place(lines, 'freeze');
    [slip.object] = lines.fields('object', 1);
    need(isObjectId(slip.object), 'slip.object');
    const attributes = parseHex(lines.fields('attributes', 1)[0]);
    need(attributes !== undefined, 'slip.attributes');
    slip.attributes = decodeAttributes(attributes);
    slip.attrSalt = hex(lines.fields('attr-salt', 1)[0], 32, 'attr-salt');
    slip.salt = hex(lines.fields('salt', 1)[0], 16, 'salt');
    slip.leaf = index(lines.fields('leaf', 1)[0], 'leaf');
    slip.path = [];
    while (lines.sees('path')) slip.path.push(hex(lines.fields('path', 1)[0], 32, 'path'));
    need(slip.path.length <= 63, 'slip.path');
    slip.marks = [];
    while (lines.sees('mark')) slip.marks.push(readMark(lines, slip.object));
    need(slip.marks.length <= 8, 'slip.marks');
    const sum = hex(lines.fields('sum', 1)[0], 32, 'sum');
    need(lines.lines.length === 0, 'slip.left-over');
    // slip-5: it finds slips of copying, and proves nothing.
    const before = bytes.subarray(0, bytes.length - utf8('sum \n').length - 64);
    need(equal(sha256(before), sum), 'slip.sum');
    return slip;
}

export function encodeSlip(slip) {
    const leaf = ({ origin, index: at, hash }) => [origin, at, toHex(hash)].join(' ');
    const marks = slip.marks.map((m) => ['mark', m.kind, m.reason, m.scope || '-', toHex(m.source), toHex(m.salt),
        m.index, m.path.map(toHex).join(',') || '-'].join(' '));
    const body = utf8([...slip.remarks, 'qian-slip/1', 'draw ' + leaf(slip.draw), 'freeze ' + leaf(slip.freeze),
        'object ' + slip.object, 'attributes ' + toHex(encodeAttributes(slip.attributes)),
        'attr-salt ' + toHex(slip.attrSalt), 'salt ' + toHex(slip.salt), 'leaf ' + slip.leaf,
        ...slip.path.map((hash) => 'path ' + toHex(hash)), ...marks].map((line) => line + '\n').join(''));
    return concat(body, utf8('sum ' + toHex(sha256(body)) + '\n'));
}

/** slip-6: refuses unless the object and its marks lead to the roots of this freeze (texts.js). */
export function openSlip(slip, freeze) {
    const attr32 = attributeHash(slip.attrSalt, encodeAttributes(slip.attributes));
    const leaf = leafHash(concat(objectBody(slip.object, attr32), slip.salt));
    verifyInclusion(slip.leaf, freeze.objects.count, leaf, slip.path, freeze.objects.root);
    for (const mark of slip.marks) {
        const markLeaf = leafHash(concat(markBody(mark), mark.salt));
        verifyInclusion(mark.index, freeze.marks.count, markLeaf, mark.path, freeze.marks.root);
    }
}
