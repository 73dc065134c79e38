// Texts in lines (encoding-3), as rules and the texts of a draw are written. `area` begins the ids of refusals.

import {
    isCode, isName, malformed, parseDate, parseDecimal, parseHex, parseNumber, parseOrigin, parseUtf8,
} from './bytes.js';

const U32_MAX = 0xffffffff;

/** Takes the lines of a text one by one. */
export class Lines {
    constructor(bytes, area, max) {
        this.area = area;
        this.number = 0;
        if (bytes.length > max) this.refuse('too-long');
        const text = parseUtf8(bytes);
        if (text === undefined) this.refuse('utf8');
        if (!text.endsWith('\n')) this.refuse('line');
        this.lines = text.slice(0, -1).split('\n');
    }

    refuse(what) {
        malformed(this.area + '.' + what, { line: this.number });
    }

    need(condition, what) {
        if (!condition) this.refuse(what);
        return condition;
    }

    /** Whether the next line begins with this word. */
    sees(word) {
        const line = this.lines[this.number];
        return line !== undefined && (line === word || line.startsWith(word + ' '));
    }

    whole(what) {
        this.need(this.number < this.lines.length, what);
        return this.lines[this.number++];
    }

    /** The fields behind the word that the next line begins with. */
    fields(word, least, most = least) {
        const fields = this.whole(word).split(' ');
        this.need(fields.shift() === word && fields.length >= least && fields.length <= most, word);
        this.need(fields.every((field) => field !== ''), word);
        return fields;
    }

    /** The fields of the following lines that begin with the word, `most` of them or fewer. */
    every(word, count, least, most, read) {
        const found = [];
        while (this.sees(word)) {
            this.need(found.length < most, word);
            found.push(read(this.fields(word, ...[].concat(count)), this.lines[this.number - 1]));
        }
        this.need(found.length >= least, word);
        return found;
    }

    /** texts-3: compared as whole lines, byte by byte. All that ascends here begins alike and is compared in UTF-8. */
    ascending(lines, order, what) {
        for (let i = 1; i < lines.length; i++) this.need(order(lines[i - 1], lines[i]) < 0, what);
    }

    end() {
        this.need(this.number === this.lines.length, 'left-over');
    }

    head(line) {
        this.need(this.whole('head') === line, 'head');
    }

    // ---- fields

    value(parsed, what) {
        this.need(parsed !== undefined, what);
        return parsed;
    }

    number32(field, what, least = 0, most = U32_MAX) {
        const value = this.value(parseNumber(field, most), what);
        this.need(value >= least, what);
        return value;
    }

    number64(field, what) {
        return this.value(parseDecimal(field), what);
    }

    hex(field, length, what) {
        return this.value(parseHex(field, length), what);
    }

    origin(field, what) {
        this.value(parseOrigin(field), what);
        return field;
    }

    code(field, what) {
        this.need(isCode(field), what);
        return field;
    }

    name(field, what) {
        this.need(isName(field), what);
        return field;
    }

    date(field, what) {
        this.value(parseDate(field), what);
        return field;
    }

    /** texts-4: `<origin> <leaf index> <leaf hash>`. */
    leaf([origin, index, hash], what) {
        return { origin: this.origin(origin, what), index: this.number64(index, what), hash: this.hex(hash, 32, what) };
    }

    /** texts-4: `<origin> <size> <root>`. */
    treeHead([origin, size, root], what) {
        return { origin: this.origin(origin, what), size: this.number64(size, what), root: this.hex(root, 32, what) };
    }

    /** Decimals joined by commas, ascending without repeats; `-` for none. */
    list(field, least, most, count, what) {
        if (field === '-') return [];
        const numbers = field.split(',').map((item) => this.number32(item, what, least, most));
        this.need(numbers.length <= count && numbers.every((n, i) => i === 0 || numbers[i - 1] < n), what);
        return numbers;
    }

    oneOf(field, words, what) {
        this.need(words.includes(field), what);
        return field;
    }
}

export const listText = (numbers) => numbers.join(',') || '-';
