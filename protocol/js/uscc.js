// Unified social credit codes (protocol/spec/uscc.md). A verdict is a remark: no row is refused because of it.

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'; // uscc-3
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]; // uscc-4

/** uscc-1: blanks left out, full-width forms and small letters brought to capitals of ASCII. */
export function normalUscc(text) {
    return text.replace(/[ \t\r\n\u00a0\u200b\u3000\ufeff]/g, '')
        .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
        .replace(/[a-z]/g, (c) => c.toUpperCase());
}

/** uscc-2: {code, verdict, reason, position}, the first verdict that applies. */
export function judgeUscc(text) {
    const code = normalUscc(text), characters = Array.from(code);
    const verdict = (name, reason, position) => ({ code, verdict: name, reason, position });
    if (characters.length === 0) return verdict('missing');
    if (/^[0-9]{15}$/.test(code)) return verdict('legacy');
    if (characters.length !== 18) return verdict('invalid', 'length');
    const bad = characters.findIndex((c) => !ALPHABET.includes(c));
    if (bad >= 0) return verdict('invalid', 'alphabet', bad + 1);
    const sum = WEIGHTS.reduce((all, weight, i) => all + weight * ALPHABET.indexOf(characters[i]), 0);
    return characters[17] === ALPHABET[(31 - sum % 31) % 31] ? verdict('valid') : verdict('invalid', 'check character');
}
