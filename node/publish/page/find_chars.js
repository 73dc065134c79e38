// Which characters of a name count for the search, and in which file a pair of them stands: as node/publish/find.c.

/** Small letters, half-width forms; signs and blanks left out. */
export function signs(text) {
    const out = [];
    for (const sign of text) {
        let c = sign.codePointAt(0);
        if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
        if (c >= 0x41 && c <= 0x5a) c += 0x20;
        const counts = c < 0x80 ? (c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x7a)
            : c > 0xbf && !(c >= 0x2000 && c <= 0x206f) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xfe00 && c <= 0xfeff) && c <= 0x3ffff;
        if (counts) out.push(c);
    }
    return out.slice(0, 400);
}

export function textOf(chars) {
    return String.fromCodePoint(...chars);
}

export function pairShard(first, second, shards) {
    return (31 * first + second) % shards;
}
