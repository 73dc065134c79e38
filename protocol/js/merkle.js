// The tree of RFC 6962 (protocol/spec/log.md). Sizes and indexes are BigInts, since they go up to 2^63.

import { equal, malformed, need, u8, unverified } from './bytes.js';
import { sha256 } from './sha2.js';

const LEAF = u8(0), NODE = u8(1);
export const EMPTY_ROOT = sha256(new Uint8Array(0));

/** log-2, roster-6: the hash of a leaf's bytes. */
export function leafHash(bytes) {
    return sha256(LEAF, bytes);
}

export function nodeHash(left, right) {
    return sha256(NODE, left, right);
}

/** The root over leaf hashes in order. */
export function rootOf(leaves) {
    if (leaves.length === 0) return EMPTY_ROOT;
    // Level by level, an odd last node going up as it is: the same tree as RFC 6962's split at a power of two.
    let level = leaves;
    while (level.length > 1) {
        const above = [];
        for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i], level[i + 1]));
        if (level.length % 2) above.push(level[level.length - 1]);
        level = above;
    }
    return level[0];
}

const SIZE_END = 1n << 63n; // log-6
const PROOF_MAX = 63;

function checkProof(size, proof, ...hashes) {
    need(size >= 0n && size < SIZE_END, 'merkle.size', { size });
    need(proof.length <= PROOF_MAX, 'merkle.proof-length', { have: proof.length });
    need(proof.concat(hashes).every((hash) => hash.length === 32), 'merkle.hash-length');
}

/** log-4 (RFC 9162 section 2.1.3.2): refuses unless the leaf stands at the index of the tree with this root. */
export function verifyInclusion(index, size, leaf, proof, root) {
    index = BigInt(index);
    size = BigInt(size);
    checkProof(size, proof, leaf, root);
    need(index >= 0n && index < size, 'merkle.index', { index, size });
    let f = index, s = size - 1n, hash = leaf;
    for (const sibling of proof) {
        if (s === 0n) malformed('merkle.left-over');
        if (f & 1n || f === s) {
            hash = nodeHash(sibling, hash);
            for (; !(f & 1n) && f !== 0n; f >>= 1n) s >>= 1n;
        } else {
            hash = nodeHash(hash, sibling);
        }
        f >>= 1n;
        s >>= 1n;
    }
    if (s !== 0n) malformed('merkle.missing');
    if (!equal(hash, root)) unverified('merkle.inclusion');
}

/** log-4, log-5 (RFC 9162 section 2.1.4.2): refuses unless the larger tree begins with the smaller one. */
export function verifyConsistency(size1, size2, proof, root1, root2) {
    size1 = BigInt(size1);
    size2 = BigInt(size2);
    checkProof(size1, proof, root1, root2);
    checkProof(size2, proof);
    need(size1 <= size2, 'merkle.sizes', { size1, size2 });
    if (size1 === size2) {
        // log-5: "For two equal sizes it has no hashes and holds when the roots are equal".
        need(proof.length === 0, 'merkle.left-over');
        if (!equal(root1, root2)) unverified('merkle.consistency');
        if (size1 === 0n && !equal(root1, EMPTY_ROOT)) unverified('merkle.consistency');
        return;
    }
    need(size1 > 0n, 'merkle.from-zero'); // log-5: from size 0 it proves nothing
    need(proof.length > 0, 'merkle.missing');
    // A complete subtree is its own first hash, and is not sent.
    const path = (size1 & (size1 - 1n)) === 0n ? [root1].concat(proof) : proof;
    let f = size1 - 1n, s = size2 - 1n;
    for (; f & 1n; f >>= 1n) s >>= 1n;
    let hash1 = path[0], hash2 = path[0];
    for (const sibling of path.slice(1)) {
        if (s === 0n) malformed('merkle.left-over');
        if (f & 1n || f === s) {
            hash1 = nodeHash(sibling, hash1);
            hash2 = nodeHash(sibling, hash2);
            for (; !(f & 1n) && f !== 0n; f >>= 1n) s >>= 1n;
        } else {
            hash2 = nodeHash(hash2, sibling);
        }
        f >>= 1n;
        s >>= 1n;
    }
    if (s !== 0n) malformed('merkle.missing');
    if (!equal(hash1, root1) || !equal(hash2, root2)) unverified('merkle.consistency');
}

/** log-4: the hashes of RFC 6962 section 2.1.1, from the leaf upward. */
export function inclusionProof(index, leaves) {
    if (leaves.length <= 1) return [];
    const k = split(leaves.length);
    return index < k
        ? inclusionProof(index, leaves.slice(0, k)).concat([rootOf(leaves.slice(k))])
        : inclusionProof(index - k, leaves.slice(k)).concat([rootOf(leaves.slice(0, k))]);
}

/** log-4: the hashes of RFC 6962 section 2.1.2 for the first `size1` of the leaves. */
export function consistencyProof(size1, leaves, whole = true) {
    if (size1 === leaves.length) return whole ? [] : [rootOf(leaves)];
    const k = split(leaves.length);
    return size1 <= k
        ? consistencyProof(size1, leaves.slice(0, k), whole).concat([rootOf(leaves.slice(k))])
        : consistencyProof(size1 - k, leaves.slice(k), false).concat([rootOf(leaves.slice(0, k))]);
}

/** The largest power of two below n. */
function split(n) {
    let k = 1;
    while (2 * k < n) k *= 2;
    return k;
}
