// Every file of tests/vectors: the verdict, the id of the refusal, and that what is accepted encodes again to the
// same bytes (encoding-2).

import { readdirSync } from 'fs';
import { url, vectors } from './files.mjs';
import { alike } from './readers-draw.mjs';
import { ids, readers } from './readers.mjs';
import { is, result, test } from './tap.mjs';

// Files that are no vectors in this form: data that others are read by, and the draws (draw.test.mjs).
const noVectors = ['README.md', 'change-registry.txt', 'draw.py', 'draw.txt'];

function judge(vector, read, exact, others) {
    let got = 'ok', again;
    try {
        again = read(vector);
    } catch (e) {
        if (e.name !== 'QnError') throw e;
        got = e.id;
    }
    const told = (id) => (exact || id === 'ok' ? id : 'refused');
    const same = others && others[vector.want] && others[vector.want].includes(got);
    if (others ? !same && got !== vector.want : told(got) !== told(vector.want)) is(got, vector.want, 'verdict');
    if (got === 'ok' && again) is(again, vector.input, 'written again');
}

for (const name of readdirSync(url('tests/vectors/')).sort()) {
    if (noVectors.includes(name)) continue;
    if (!readers[name]) {
        result(false, name + ': somebody reads it', 'no reader for this file in vectors.test.mjs');
        continue;
    }
    for (const vector of vectors('tests/vectors/' + name)) {
        test(name + ': ' + vector.name, () => judge(vector, readers[name], ids.includes(name), alike[name]));
    }
}
