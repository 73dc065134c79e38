// Every file of tests/vectors: the verdict, the id of the refusal, and that what is accepted encodes again to the
// same bytes (encoding-2).

import { readdirSync } from 'fs';
import { decodeChangeset, encodeChangeset } from '../../protocol/js/change.js';
import { decodeHeader, encodeHeader } from '../../protocol/js/entry.js';
import { AUDIENCES, LANES, parseRegistry } from '../../protocol/js/registry.js';
import { file, url, vectors } from './files.mjs';
import { is, result, test } from './tap.mjs';

const changeRegistry = parseRegistry(file('tests/vectors/change-registry.txt'));

// What reads the vectors of a file: returns the bytes that the value encodes to again, or nothing.
const readers = {
    'header.txt': (v) => encodeHeader(decodeHeader(v.input)),
    'change.txt': (v) => {
        const rows = decodeChangeset(v.input, changeRegistry, {
            lane: LANES.indexOf(v.get('lane') || 'control'),
            audience: AUDIENCES.indexOf(v.get('audience') || 'public'),
            rowsMax: Number(v.get('rows-max') || 5000),
        });
        is(rows.length, Number(v.get('rows')), 'rows');
        return encodeChangeset(rows);
    },
};

// Files that are no vectors in this form: data that others are read by, and the draws (draw.test.mjs).
const others = ['README.md', 'change-registry.txt', 'draw.py', 'draw.txt'];

function judge(vector, read) {
    let got = 'ok', again;
    try {
        again = read(vector);
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        got = e.id;
    }
    is(got, vector.want, 'verdict');
    if (got === 'ok' && again) is(again, vector.input, 'written again');
}

for (const name of readdirSync(url('tests/vectors/')).sort()) {
    if (others.includes(name)) continue;
    if (!readers[name]) {
        result(false, name + ': somebody reads it', 'no reader for this file in vectors.test.mjs');
        continue;
    }
    for (const vector of vectors('tests/vectors/' + name)) {
        test(name + ': ' + vector.name, () => judge(vector, readers[name]));
    }
}
