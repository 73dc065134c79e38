#include "qian/uscc.h"

#include <string.h>

/* SPEC uscc-3: "`0123456789ABCDEFGHJKLMNPQRTUWXY`; a character's value is its place in it, from 0" */
static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/* SPEC uscc-4: "1 3 9 27 19 26 16 17 20 29 25 13 8 24 10 30 28" */
static const unsigned weight[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

static int value_of(char c)
{
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

/* Takes one character from the text: its code point, or the plain byte where the text is no UTF-8. */
static uint32_t take(struct qn_span *s)
{
    const uint8_t *p = s->p;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (i >= s->n || (p[i] & 0xc0) != 0x80) {
            n = 1;
            c = p[0];
            break;
        }
        c = c << 6 | (p[i] & 0x3fu);
    }
    s->p += n;
    s->n -= n;
    return c;
}

/* SPEC uscc-1: "space, tab, carriage return, line feed, U+00A0, U+200B, U+3000 and U+FEFF" */
static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x200b ||
           c == 0x3000 || c == 0xfeff;
}

void qn_uscc_read(struct qn_uscc *out, struct qn_span text)
{
    struct qn_uscc u = {.verdict = QN_USCC_VALID};
    char plain[QN_USCC + 1] = ""; /* each character as one byte, 0x7f for any beyond ASCII */
    size_t bytes = 0;
    bool digits = true;
    while (text.n) {
        const uint8_t *from = text.p;
        uint32_t c = take(&text);
        if (is_blank(c))
            continue;
        /* SPEC uscc-1: "U+FF01 to U+FF5E become U+0021 to U+007E" */
        bool wide = c >= 0xff01 && c <= 0xff5e;
        if (wide)
            c -= 0xff01 - 0x21;
        if (c >= 'a' && c <= 'z')
            c -= 'a' - 'A';
        char ascii = c > 0 && c < 0x7f ? (char)c : 0x7f;
        digits = digits && ascii >= '0' && ascii <= '9';
        if (u.characters < QN_USCC)
            plain[u.characters] = ascii;
        /* One character more than a code has is kept, so that a person sees what is too much. */
        if (u.characters <= QN_USCC) {
            size_t n = ascii == 0x7f ? (size_t)(text.p - from) : 1;
            memcpy(u.code + bytes, ascii == 0x7f ? (const char *)from : &ascii, n);
            bytes += n;
        }
        u.characters++;
    }
    if (u.characters == 0) {
        u.verdict = QN_USCC_IS_MISSING;
    } else if (u.characters == QN_USCC_LEGACY && digits) {
        /* SPEC uscc-2: "15 digits are a registration number from before the code" */
        u.verdict = QN_USCC_IS_LEGACY;
    } else if (u.characters != QN_USCC) {
        u.verdict = QN_USCC_BAD_LENGTH;
    } else {
        unsigned sum = 0;
        for (unsigned i = 0; i < QN_USCC && !u.at; i++) {
            int v = value_of(plain[i]);
            if (v < 0)
                u.at = i + 1;
            else if (i < 17)
                sum += (unsigned)v * weight[i];
        }
        /* SPEC uscc-4: "(31 − sum mod 31) mod 31" */
        char want = alphabet[(31 - sum % 31) % 31];
        if (u.at) {
            u.verdict = QN_USCC_BAD_ALPHABET;
        } else if (plain[17] != want) {
            u.verdict = QN_USCC_BAD_CHECK;
            u.want = want;
        }
    }
    *out = u;
}

enum qn_code qn_uscc_judge(const struct qn_uscc *u, struct qn_err *err)
{
    switch (u->verdict) {
    case QN_USCC_VALID:
        return QN_OK;
    case QN_USCC_BAD_LENGTH:
        return qn_fail(err, QN_MALFORMED, "uscc.length", "code=%s|have=%zu", u->code,
                       u->characters);
    case QN_USCC_BAD_ALPHABET:
        return qn_fail(err, QN_MALFORMED, "uscc.alphabet", "code=%s|at=%u", u->code, u->at);
    case QN_USCC_BAD_CHECK:
        return qn_fail(err, QN_MALFORMED, "uscc.check-character", "code=%s|want=%c", u->code,
                       u->want);
    case QN_USCC_IS_LEGACY:
        return qn_fail(err, QN_MALFORMED, "uscc.legacy", "code=%s", u->code);
    case QN_USCC_IS_MISSING:
        break;
    }
    return qn_fail(err, QN_ABSENT, "uscc.missing", "");
}

bool qn_uscc_make(char out[QN_USCC + 1], const char prefix[17])
{
    unsigned sum = 0;
    for (size_t i = 0; i < 17; i++) {
        int v = value_of(prefix[i]);
        if (v < 0)
            return false;
        sum += (unsigned)v * weight[i];
    }
    memmove(out, prefix, 17);
    out[17] = alphabet[(31 - sum % 31) % 31];
    out[18] = 0;
    return true;
}

char qn_uscc_inner(const char body[8])
{
    static const unsigned w[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (size_t i = 0; i < 8; i++) {
        char c = body[i];
        if (c >= '0' && c <= '9')
            sum += (unsigned)(c - '0') * w[i];
        else if (c >= 'A' && c <= 'Z')
            sum += (unsigned)(c - 'A' + 10) * w[i];
        else
            return 0;
    }
    /* SPEC uscc-6: "11 − sum mod 11, written X for 10 and 0 for 11" */
    unsigned v = 11 - sum % 11;
    return v == 10 ? 'X' : v == 11 ? '0' : (char)('0' + v);
}
