// The protocol in JavaScript, written from protocol/spec alone. Bytes in, a value out, or a QnError thrown.

export * from './bytes.js';
export * from './sha2.js';
export * from './ed25519.js';
export * from './vrf.js';
export * from './prove.js';
export * from './merkle.js';
export * from './note.js';
export * from './cert.js';
export * from './registry.js';
export * from './change.js';
export * from './entry.js';
export * from './frame.js';
export * from './roster.js';
export * from './rows.js';
export * from './texts.js';
export * from './draw.js';
export * from './cokey.js';
export * from './slip.js';
export * from './site.js';
export * from './public.js';
export * from './rotation.js';
export * from './witness.js';
export * from './bundle.js';
export * from './uscc.js';
export * from './calendar.js';
export * from './tile.js';
export { encodeRules, expressionText, holds, parseRules } from './rules.js';
