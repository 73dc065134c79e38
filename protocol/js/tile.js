// Logs as files (protocol/spec/tiles.md): the bundles of leaves that stand beside the hash tiles.

import { concat, fail, need, u16 } from './bytes.js';

const WIDTH = 256;
const LEAF_MAX = 65535;

/** tiles-6: the leaves of a bundle; width is what its path says. */
export function decodeEntryBundle(bytes, width) {
    if (!(width >= 1 && width <= WIDTH)) fail('limit', 'tile.width', { have: width });
    const leaves = [];
    let at = 0;
    while (leaves.length < width) {
        need(at + 2 <= bytes.length, 'tile.short', { leaf: leaves.length });
        const length = 256 * bytes[at] + bytes[at + 1];
        at += 2;
        need(at + length <= bytes.length, 'tile.short', { leaf: leaves.length });
        need(length > 0, 'tile.empty-leaf', { leaf: leaves.length });
        leaves.push(bytes.slice(at, at + length));
        at += length;
    }
    need(at === bytes.length, 'tile.left-over', { left: bytes.length - at });
    return leaves;
}

export function encodeEntryBundle(leaves) {
    return concat(...leaves.map((leaf) => {
        if (!(leaf.length >= 1 && leaf.length <= LEAF_MAX)) fail('limit', 'tile.leaf', { have: leaf.length });
        return concat(u16(leaf.length), leaf);
    }));
}
