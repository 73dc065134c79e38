// Slot rules, draw-rules/1, and their expressions (protocol/spec/draw-rules.md).

import { malformed, parseNumber, utf8 } from './bytes.js';
import { Lines, listText } from './lines.js';
import { sha256 } from './sha2.js';

export const RULES_MAX = 65536;
export const LEVELS = ['witnessed', 'offline', 'unwitnessed']; // rules-11: "witnessed is the highest"
export const TYPES = ['both', 'objects', 'pairs'];

// ---- expressions (rules-12 to rules-16)

const DEPTH_MAX = 16;
const OPERATIONS_MAX = 512;
const ATTRIBUTES = ['kind', 'class', 'status', 'complaints', 'inspected', 'last'];

/** Reads expressions of one text: they have together at most 512 operations (rules-15). */
class ExpressionReader {
    constructor() {
        this.operations = 0;
    }

    read(text) {
        this.text = text;
        this.at = 0;
        const expression = this.expression(1);
        if (this.at !== text.length) malformed('rules.expr', { at: this.at });
        return expression;
    }

    /** The longest word of letters here. */
    word() {
        const from = this.at;
        while (/[a-z]/.test(this.text.charAt(this.at))) this.at++;
        return this.text.slice(from, this.at);
    }

    take(character) {
        if (this.text.charAt(this.at) !== character) malformed('rules.expr', { at: this.at });
        this.at++;
    }

    number(most) {
        const digits = /^[0-9]*/.exec(this.text.slice(this.at, this.at + 11))[0];
        const value = parseNumber(digits, most);
        if (value === undefined) malformed('rules.expr', { at: this.at });
        this.at += digits.length;
        return value;
    }

    /** rules-14: what is `depth` levels deep must not be deeper than 16. */
    expression(depth) {
        if (depth > DEPTH_MAX) malformed('rules.expr-depth', { at: this.at });
        const op = this.word();
        if (++this.operations > OPERATIONS_MAX) malformed('rules.expr-operations', { most: OPERATIONS_MAX });
        if (op === 'true') return { op };
        this.take('(');
        const expression = this.operands(op, depth);
        this.take(')');
        return expression;
    }

    operands(op, depth) {
        switch (op) {
        case 'eq':
        case 'ge':
        case 'le': {
            const attribute = this.word();
            if (!ATTRIBUTES.includes(attribute)) malformed('rules.expr', { at: this.at });
            this.take(',');
            return { op, attribute, number: this.number(0xffffffff) };
        }
        case 'has':
            if (this.word() !== 'tag') malformed('rules.expr', { at: this.at });
            this.take(',');
            return { op, tag: this.number(0xffff) };
        case 'and':
        case 'or': {
            const left = this.expression(depth + 1);
            this.take(',');
            return { op, left, right: this.expression(depth + 1) };
        }
        case 'not':
            return { op, left: this.expression(depth + 1) };
        default:
            return malformed('rules.expr', { at: this.at });
        }
    }
}

export function expressionText(e) {
    switch (e.op) {
    case 'true':
        return 'true';
    case 'has':
        return 'has(tag,' + e.tag + ')';
    case 'and':
    case 'or':
        return e.op + '(' + expressionText(e.left) + ',' + expressionText(e.right) + ')';
    case 'not':
        return 'not(' + expressionText(e.left) + ')';
    default:
        return e.op + '(' + e.attribute + ',' + e.number + ')';
    }
}

/** rules-16: whether an expression holds for an object (roster.js). */
export function holds(e, object) {
    switch (e.op) {
    case 'true':
        return true;
    case 'eq':
        return object[e.attribute] === e.number;
    case 'ge':
        return object[e.attribute] >= e.number;
    case 'le':
        return object[e.attribute] <= e.number;
    case 'has':
        return object.tags.includes(e.tag);
    case 'and':
        return holds(e.left, object) && holds(e.right, object);
    case 'or':
        return holds(e.left, object) || holds(e.right, object);
    default:
        return !holds(e.left, object);
    }
}

// ---- the text

/** rules-5. */
function readRatio(lines, field, what) {
    const [num, den, ...more] = field.split('/');
    lines.need(den !== undefined && more.length === 0, what);
    const ratio = { num: lines.number32(num, what), den: lines.number32(den, what, 1) };
    lines.need(ratio.num <= ratio.den, what);
    return ratio;
}

/** rules-6: {ratio}, {count} or {}. */
function readTotal(lines) {
    const fields = lines.fields('total', 1, 2);
    if (fields.length === 2) {
        lines.need(fields[0] === 'count', 'total');
        return { count: lines.number32(fields[1], 'total') };
    }
    return fields[0] === '-' ? {} : { ratio: readRatio(lines, fields[0], 'total') };
}

function optional(lines, word) {
    const [field] = lines.fields(word, 1);
    return field === '-' ? undefined : lines.number32(field, word, 1);
}

function readRoles(lines) {
    const roles = lines.every('role', 3, 1, 8, ([no, k, quals]) => ({
        no: lines.number32(no, 'role', 1, 255),
        k: lines.number32(k, 'role', 1),
        quals: lines.list(quals, 0, 65535, 16, 'role'),
    }));
    lines.ascending(roles, (a, b) => a.no - b.no, 'role');
    // rules-9: "The sum of k is at least 2 and at most 4. No two roles have the same qualifications".
    const sum = roles.reduce((all, role) => all + role.k, 0);
    lines.need(sum >= 2 && sum <= 4, 'role-sum');
    lines.need(new Set(roles.map((role) => listText(role.quals))).size === roles.length, 'role-same');
    return roles;
}

/** rules-1 to rules-15: the rules of a slot, with their hash (rules-2). */
export function parseRules(bytes) {
    const lines = new Lines(bytes, 'rules', RULES_MAX);
    const expressions = new ExpressionReader();
    lines.head('draw-rules/1');
    const [issuer, series, task, round] = lines.fields('slot', 4);
    const slot = { // rules-3
        issuer: lines.code(issuer, 'slot'), series: lines.name(series, 'slot'), task: lines.name(task, 'slot'),
        round: lines.number32(round, 'slot', 1),
    };
    const type = lines.oneOf(lines.fields('type', 1)[0], TYPES, 'type');
    const population = expressions.read(lines.fields('population', 1)[0]);
    const strata = lines.every('stratum', 4, 1, 32, ([no, ratio, min, expression]) => ({
        no: lines.number32(no, 'stratum', 1, 255),
        ratio: readRatio(lines, ratio, 'stratum'),
        min: lines.number32(min, 'stratum'),
        expression: expressions.read(expression),
    }));
    lines.ascending(strata, (a, b) => a.no - b.no, 'stratum'); // rules-4
    const total = readTotal(lines);
    const must = lines.list(lines.fields('must', 1)[0], 1, 255, 32, 'must'); // rules-7
    const exclude = lines.list(lines.fields('exclude', 1)[0], 1, 255, 32, 'exclude');
    const cap = optional(lines, 'cap'); // rules-8
    const roles = readRoles(lines);
    const pool = lines.number32(lines.fields('pool', 1)[0], 'pool');
    const load = optional(lines, 'load'); // rules-10
    const [age, witness, back, supp] = ['age', 'witness', 'return', 'supp']
        .map((word) => lines.number32(lines.fields(word, 1)[0], word)); // rules-11
    const level = lines.oneOf(lines.fields('level', 1)[0], LEVELS, 'level');
    lines.end();
    return { slot, type, population, strata, total, must, exclude, cap, roles, pool, load, age, witness, return: back,
        supp, level, hash: sha256(bytes) };
}

export function encodeRules(rules) {
    const { slot } = rules;
    const ratio = ({ num, den }) => num + '/' + den;
    const number = (n) => (n === undefined ? '-' : n);
    const total = rules.total.ratio ? ratio(rules.total.ratio)
        : rules.total.count !== undefined ? 'count ' + rules.total.count : '-';
    const lines = [
        'draw-rules/1',
        ['slot', slot.issuer, slot.series, slot.task, slot.round].join(' '),
        'type ' + rules.type,
        'population ' + expressionText(rules.population),
        ...rules.strata.map((s) => ['stratum', s.no, ratio(s.ratio), s.min, expressionText(s.expression)].join(' ')),
        'total ' + total,
        'must ' + listText(rules.must),
        'exclude ' + listText(rules.exclude),
        'cap ' + number(rules.cap),
        ...rules.roles.map((role) => ['role', role.no, role.k, listText(role.quals)].join(' ')),
        'pool ' + rules.pool,
        'load ' + number(rules.load),
        'age ' + rules.age,
        'witness ' + rules.witness,
        'return ' + rules.return,
        'supp ' + rules.supp,
        'level ' + rules.level,
    ];
    return utf8(lines.map((line) => line + '\n').join(''));
}
