// The tree, checkpoints and notes against public transparency-log vectors, where they are at hand.

import { existsSync, readdirSync, readFileSync } from 'fs';
import { equal, parseBase64, toHex, utf8 } from '../../protocol/js/bytes.js';
import {
    EMPTY_ROOT, consistencyProof, inclusionProof, leafHash, rootOf, verifyConsistency, verifyInclusion,
} from '../../protocol/js/merkle.js';
import { parseCheckpoint, parseNote, verifyNote, encodeNote } from '../../protocol/js/note.js';
import { url } from './files.mjs';
import { is, refuses, skip, test, verdictOf } from './tap.mjs';

const leaves = Array.from({ length: 40 }, (_, i) => leafHash(utf8('leaf ' + i)));

test('every inclusion proof of trees of 1 to 40 leaves holds, and no other', () => {
    for (let size = 1; size <= leaves.length; size++) {
        const tree = leaves.slice(0, size), root = rootOf(tree);
        for (let index = 0; index < size; index++) {
            const proof = inclusionProof(index, tree);
            verifyInclusion(index, size, tree[index], proof, root);
            const other = (index + 1) % size;
            if (size > 1) is(verdictOf(() => verifyInclusion(other, size, tree[index], proof, root)) === 'ok', false);
            is(verdictOf(() => verifyInclusion(index, size, tree[index], proof.concat([root]), root)), 'merkle.left-over');
            if (size > 1) is(verdictOf(() => verifyInclusion(index, size, tree[index], proof.slice(1), root)) === 'ok', false);
        }
    }
});

test('every consistency proof of trees of 1 to 40 leaves holds, and no other', () => {
    for (let size = 1; size <= leaves.length; size++) {
        const tree = leaves.slice(0, size), root = rootOf(tree);
        for (let old = 1; old <= size; old++) {
            const proof = consistencyProof(old, tree), oldRoot = rootOf(tree.slice(0, old));
            verifyConsistency(old, size, proof, oldRoot, root);
            if (old === size) continue;
            is(verdictOf(() => verifyConsistency(old, size, proof, root, root)) === 'ok', false);
            is(verdictOf(() => verifyConsistency(old, size, proof.concat([root]), oldRoot, root)) === 'ok', false);
        }
        refuses('merkle.from-zero', () => verifyConsistency(0, size, [], EMPTY_ROOT, root));
    }
    verifyConsistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT);
});

const public_ = new URL('../shared/tlog-vectors/', url(''));

function filesBelow(directory) {
    return readdirSync(directory, { withFileTypes: true }).reduce((all, entry) => {
        const below = new URL(entry.name.replace(/%/g, '%25').replace(/#/g, '%23') + (entry.isDirectory() ? '/' : ''), directory);
        return all.concat(entry.isDirectory() ? filesBelow(below) : [below]);
    }, []);
}

function merkleVectors(kind, check) {
    const found = filesBelow(new URL('merkle/testdata/' + kind + '/', public_));
    test(kind + ' proofs of transparency-dev/merkle: ' + found.length, () => {
        is(found.length > 50, true);
        for (const path of found) {
            const v = JSON.parse(readFileSync(path, 'utf8'));
            is(verdictOf(() => check(v)) === 'ok', !v.wantErr, path.pathname);
        }
    });
}

if (existsSync(public_)) {
    const hashes = (list) => (list || []).map(hash);
    // One vector has symbolic roots in place of hashes.
    const hash = (base64) => {
        const bytes = parseBase64(base64 || '');
        return bytes && (bytes.length === 32 || bytes.length === 0) ? bytes : leafHash(utf8(base64));
    };
    merkleVectors('inclusion', (v) => verifyInclusion(v.leafIdx, v.treeSize, hash(v.leafHash), hashes(v.proof), hash(v.root)));
    merkleVectors('consistency', (v) => verifyConsistency(v.size1, v.size2, hashes(v.proof), hash(v.root1), hash(v.root2)));

    const log = new URL('tessera-testlog/testdata/log/', public_);
    const key = parseBase64('AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx').slice(1);
    const last = new Uint8Array(readFileSync(new URL('tile/0/000.p/15', log)));
    const tile = Array.from({ length: 15 }, (_, i) => last.slice(32 * i, 32 * i + 32));
    test('the checkpoints of a log of 15 entries are its roots, signed by its key', () => {
        for (let size = 0; size <= 15; size++) {
            const bytes = new Uint8Array(readFileSync(new URL('checkpoint.' + size, log)));
            const note = parseNote(bytes);
            verifyNote(note, 'example.com/log/testdata', key);
            const checkpoint = parseCheckpoint(note.text);
            is(checkpoint.size, BigInt(size));
            is(toHex(checkpoint.root), toHex(rootOf(tile.slice(0, size))));
            is(equal(encodeNote(note), bytes), true, 'written again');
        }
    });
} else {
    skip('public vectors of transparency logs', 'no ../shared/tlog-vectors');
}
