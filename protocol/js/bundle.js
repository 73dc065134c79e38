// The head of a bundle (protocol/spec/bundle.md): all that stands in the clear. Its chunks are sealed to offices.

import { concat, fail, isCode, latin, need, Reader, short, u32, u64, u8, utf8 } from './bytes.js';
import { TIME_END } from './entry.js';

const MAGIC = 'qian-bundle/1\n';

/** bundle-1, bundle-13: the head at the front of bytes, and `length`, where the chunks begin. */
export function decodeBundleHead(bytes) {
    const reader = new Reader(bytes, 'bundle.short');
    const magic = latin(bytes.subarray(0, MAGIC.length));
    if (magic !== MAGIC) {
        // "A magic with another number than 1 is one of those too": a newer program is needed.
        fail(/^qian-bundle\/[1-9]/.test(magic) ? 'later' : 'malformed', 'bundle.magic');
    }
    reader.take(MAGIC.length);
    const [from, to] = [0, 1].map(() => latin(reader.short()));
    need(isCode(from) && isCode(to) && from !== to, 'bundle.offices', { from, to });
    const created = reader.u64();
    need(created < TIME_END, 'bundle.created', { created });
    const needs = reader.u32();
    if (needs !== 0) fail('later', 'bundle.needs', { needs }); // bundle-13
    const count = reader.u8(), recipients = [];
    need(count >= 1 && count <= 4, 'bundle.recipients', { have: count });
    for (let i = 0; i < count; i++) {
        const office = latin(reader.short());
        need(isCode(office) && recipients.every((r) => r.office !== office), 'bundle.recipient', { office });
        recipients.push({ office, sealedKey: reader.take(80) });
    }
    const streamHeader = reader.take(24);
    return { from, to, created: Number(created), needs, recipients, streamHeader, length: reader.at };
}

export function encodeBundleHead(head) {
    const recipients = head.recipients.map(({ office, sealedKey }) => concat(short(office), sealedKey));
    return concat(utf8(MAGIC), short(head.from), short(head.to), u64(head.created), u32(head.needs),
        u8(recipients.length), ...recipients, head.streamHeader);
}
