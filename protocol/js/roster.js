// The records of a freeze, byte for byte (protocol/spec/draw-roster.md).
//   object     {id, kind, class, status, complaints, inspected, last, office, tags}
//   mark       {id, kind, reason, scope, source}
//   inspector  {id, quals, available, load0}
//   recusal    {inspector, object}

import {
    compareText, concat, fail, isCode, label, latin, malformed, need, Reader, short, u16, u32, u8, utf8,
} from './bytes.js';
import { leafHash, rootOf } from './merkle.js';
import { hmac256, sha256 } from './sha2.js';

export const KIND_LETTERS = 'EICNSPQTLO'; // roster-8
export const MUST = 1, EXCLUDED = 2; // roster-10
export const CARRIED = 255; // draw-9

const numbers16 = (numbers) => concat(u8(numbers.length), ...numbers.map(u16));

/** roster-3. */
export function encodeAttributes(o) {
    return concat(u8(o.kind, o.class, o.status), u16(o.complaints), u16(o.inspected), u32(o.last), short(o.office),
        numbers16(o.tags));
}

/** slip-3: "Attributes decode without a byte left over: kind 1..10, class 0..4, at most 64 tags ascending." */
export function decodeAttributes(bytes, id = 'slip.attributes') {
    const reader = new Reader(bytes, id);
    const o = {
        kind: reader.u8(), class: reader.u8(), status: reader.u8(), complaints: reader.u16(), inspected: reader.u16(),
        last: reader.u32(), office: latin(reader.short()), tags: [],
    };
    need(o.kind >= 1 && o.kind <= 10 && o.class <= 4, id);
    need(o.office === '' || isCode(o.office), id);
    const count = reader.u8();
    need(count <= 64, id);
    for (let i = 0; i < count; i++) o.tags.push(reader.u16());
    need(o.tags.every((tag, i) => i === 0 || o.tags[i - 1] < tag) && reader.left === 0, id);
    return o;
}

/** roster-4: the first 16 bytes of M(K_salt, record without its salt). */
function salted(record, saltKey) {
    return concat(record, hmac256(saltKey, record).subarray(0, 16));
}

/** roster-2. */
export function attrSaltOf(id, saltKey) {
    return hmac256(saltKey, label('attr'), utf8(id));
}

/** roster-2, for a salt that is given. */
export function attributeHash(attrSalt, attributes) {
    return sha256(label('draw1/attr'), attrSalt, attributes);
}

/** The part of an object's record before its salt. */
export function objectBody(id, attr32) {
    return concat(u8(1), short(id), attr32);
}

/** The part of a mark's record before its salt. */
export function markBody(m) {
    return concat(u8(2), short(m.id), u8(m.kind, m.reason), short(m.scope), m.source);
}

export function objectRecord(o, saltKey) {
    return salted(objectBody(o.id, attributeHash(attrSaltOf(o.id, saltKey), encodeAttributes(o))), saltKey);
}

export function markRecord(m, saltKey) {
    return salted(markBody(m), saltKey);
}

export function inspectorRecord(i, saltKey) {
    return salted(concat(u8(3), short(i.id), numbers16(i.quals), u8(i.available), u32(i.load0)), saltKey);
}

export function recusalRecord(r, saltKey) {
    return salted(concat(u8(4), short(r.inspector), short(r.object)), saltKey);
}

/** draw-16: the leaf's bytes of a drawn object, without and with a salt that is given. */
export function selectedBody(mode, id) {
    return concat(u8(5, mode), short(id));
}

export function selectedRecord({ mode, id }, saltKey) {
    return salted(selectedBody(mode, id), saltKey);
}

/** roster-6. */
export function recordsRoot(records) {
    return rootOf(records.map(leafHash));
}

// ---- order (roster-5)

const byText = (field) => (a, b) => compareText(a[field], b[field]);
const byNumber = (field) => (a, b) => a[field] - b[field];

function chain(...orders) {
    return (a, b) => {
        for (const order of orders) {
            const difference = order(a, b);
            if (difference !== 0) return difference;
        }
        return 0;
    };
}

export const ORDERS = {
    objects: byText('id'),
    marks: chain(byText('id'), byNumber('kind'), byNumber('reason'), byText('scope')),
    inspectors: byText('id'),
    recusals: chain(byText('inspector'), byText('object')),
};

const RECORDS = { objects: objectRecord, marks: markRecord, inspectors: inspectorRecord, recusals: recusalRecord };

/** roster-5: the four lists put in order; one record twice is refused. */
export function sortRoster(roster) {
    const out = {};
    for (const name of Object.keys(ORDERS)) {
        out[name] = [...roster[name]].sort(ORDERS[name]);
        const twice = out[name].findIndex((record, i) => i > 0 && ORDERS[name](out[name][i - 1], record) === 0);
        if (twice >= 0) fail('conflict', 'roster.twice', { list: name, at: twice });
    }
    return out;
}

/** roster-5: refuses lists that do not ascend. */
export function checkOrder(roster) {
    for (const name of Object.keys(ORDERS)) {
        const list = roster[name];
        const wrong = list.findIndex((record, i) => i > 0 && ORDERS[name](list[i - 1], record) >= 0);
        if (wrong >= 0) fail('conflict', 'roster.unsorted', { list: name, no: wrong });
    }
}

/** {objects: {count, root}, …}: what a FREEZE says of these records. */
export function freezeRoots(roster, saltKey) {
    checkOrder(roster);
    const out = {};
    for (const name of Object.keys(RECORDS)) {
        const list = roster[name];
        out[name] = { count: list.length, root: recordsRoot(list.map((record) => RECORDS[name](record, saltKey))) };
    }
    return out;
}

// ---- ids

// roster-12.
const ENTITY = /^(?:[0-9A-HJ-NP-RTUWXY]{18}|[0-9]{15})$/;

// roster-15: what a number in normal form has not: blanks, control characters, lower-case ASCII letters, full-width
// forms, and characters that look like others or like nothing.
const NOT_IN_NUMBER = /[\0-\x20a-z\x7f-\xa0\u0300-\u036f\u2000-\u206f\u2212\u3000\ufe50-\ufe6f\ufeff\uff01-\uff5e]/;

export function isNumber(text) {
    const length = utf8(text).length;
    return length >= 1 && length <= 128 && !NOT_IN_NUMBER.test(text);
}

/** roster-11 to roster-14. */
export function isObjectId(id) {
    const length = utf8(id).length;
    if (length < 3 || length > 255 || id[1] !== ':') return false;
    const rest = id.slice(2), slash = rest.indexOf('/');
    switch (id[0]) {
    case 'E':
    case 'I':
    case 'C':
    case 'N':
    case 'S':
        return ENTITY.test(rest);
    case 'P':
    case 'Q':
    case 'L':
        return slash > 0 && ENTITY.test(rest.slice(0, slash)) && isNumber(rest.slice(slash + 1));
    case 'T':
        return isNumber(rest);
    case 'O':
        return slash > 0 && isCode(rest.slice(0, slash)) && /^[0-9A-Z._-]{1,32}$/.test(rest.slice(slash + 1));
    default:
        return false;
    }
}

/** rows-8: "an office code, `/`, and a certificate number as in roster-15". */
export function isInspectorId(id) {
    const slash = id.indexOf('/');
    const number = id.slice(slash + 1);
    return utf8(id).length <= 255 && slash > 0 && isCode(id.slice(0, slash)) && isNumber(number);
}
