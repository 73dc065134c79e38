#include "protocol/wire.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static struct qn_span fail(struct rd *r)
{
    r->failed = true;
    return (struct qn_span){NULL, 0};
}

struct qn_span rd_span(struct rd *r, size_t n)
{
    if (r->failed || n > r->in.n)
        return fail(r);
    struct qn_span s = {r->in.p, n};
    r->in.p = n ? r->in.p + n : r->in.p;
    r->in.n -= n;
    return s;
}

uint64_t rd_uint(struct rd *r, unsigned bytes)
{
    struct qn_span s = rd_span(r, bytes);
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | s.p[i];
    return v;
}

void rd_copy(struct rd *r, uint8_t *out, size_t n)
{
    struct qn_span s = rd_span(r, n);
    if (s.n)
        memcpy(out, s.p, s.n);
    else
        memset(out, 0, n);
}

bool rd_end(const struct rd *r)
{
    return !r->failed && r->in.n == 0;
}

bool rd_more(const struct rd *r)
{
    return !r->failed && r->in.n > 0;
}

/* SPEC encoding-3: "Every line ends with `\n`, the last one too" */
struct qn_span rd_line(struct rd *r)
{
    const uint8_t *nl = r->failed || !r->in.n ? NULL : memchr(r->in.p, '\n', r->in.n);
    if (!nl)
        return fail(r);
    struct qn_span line = rd_span(r, (size_t)(nl - r->in.p));
    rd_span(r, 1);
    return line;
}

struct qn_span rd_field(struct rd *line)
{
    if (line->failed || !line->in.n)
        return fail(line);
    const uint8_t *sp = memchr(line->in.p, ' ', line->in.n);
    if (!sp)
        return rd_span(line, line->in.n);
    struct qn_span f = rd_span(line, (size_t)(sp - line->in.p));
    rd_span(line, 1);
    /* SPEC encoding-3: "a field is never empty" - two spaces, or one at the end of the line */
    if (!f.n || !line->in.n)
        return fail(line);
    return f;
}

void rd_word(struct rd *line, const char *word)
{
    if (!qn_span_is(rd_field(line), word))
        fail(line);
}

/* SPEC encoding-4: "digits `0`–`9` without a leading zero (zero itself is `0`)" */
uint64_t rd_dec(struct rd *line, uint64_t max)
{
    struct qn_span f = rd_field(line);
    uint64_t v = 0;
    if (!f.n || f.n > 20 || (f.n > 1 && f.p[0] == '0')) {
        fail(line);
        return 0;
    }
    for (size_t i = 0; i < f.n; i++) {
        unsigned d = (unsigned)(f.p[i] - '0');
        if (d > 9 || v > (UINT64_MAX - d) / 10) {
            fail(line);
            return 0;
        }
        v = v * 10 + d;
    }
    if (v > max) {
        fail(line);
        return 0;
    }
    return v;
}

void rd_hex(struct rd *line, uint8_t *out, size_t n)
{
    if (!qn_hex_decode(out, n, rd_field(line))) {
        memset(out, 0, n);
        fail(line);
    }
}

bool rd_date(struct rd *line, char out[11])
{
    struct qn_span f = rd_field(line);
    if (wire_is_date(f) && qn_text_copy(out, 11, f))
        return true;
    fail(line);
    out[0] = 0;
    return false;
}

/* SPEC encoding-8: "2 to 16 characters of `0`–`9` and `A`–`Z`" */
bool wire_is_code(struct qn_span s)
{
    if (s.n < 2 || s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
            return false;
    return true;
}

/* SPEC encoding-9: "1 to 32 characters of `0`–`9`, `A`–`Z`, `a`–`z`, `.`, `_` and `-`" */
bool wire_is_name(struct qn_span s)
{
    if (s.n < 1 || s.n > 32)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '.' || c == '_' || c == '-';
        if (!ok)
            return false;
    }
    return true;
}

/* Length of the well-formed sequence that starts here, 0 when there is none. */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    uint8_t c = p[0], low = 0x80, high = 0xbf;
    size_t n;
    /* Unicode 15, table 3-7: the second byte's bounds keep out long forms, surrogates and > U+10FFFF. */
    if (c >= 1 && c <= 0x7f) {
        return 1;
    } else if (c >= 0xc2 && c <= 0xdf) {
        n = 2;
    } else if (c >= 0xe0 && c <= 0xef) {
        n = 3;
        low = c == 0xe0 ? 0xa0 : 0x80;
        high = c == 0xed ? 0x9f : 0xbf;
    } else if (c >= 0xf0 && c <= 0xf4) {
        n = 4;
        low = c == 0xf0 ? 0x90 : 0x80;
        high = c == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Whether eight bytes are ASCII without NUL. */
static bool is_ascii8(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return !(((w - 0x0101010101010101u) | w) & 0x8080808080808080u);
}

/* Whether two Chinese characters stand in these eight bytes: three each, the lead E1..EC or EE..EF. */
static bool is_wide2(const uint8_t *p)
{
    static const uint8_t mask[8] = {0xf0, 0xc0, 0xc0, 0xf0, 0xc0, 0xc0, 0, 0};
    static const uint8_t want[8] = {0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80, 0, 0};
    uint64_t w, m, v;
    memcpy(&w, p, 8);
    memcpy(&m, mask, 8);
    memcpy(&v, want, 8);
    return (w & m) == v && p[0] != 0xe0 && p[0] != 0xed && p[3] != 0xe0 && p[3] != 0xed;
}

static inline uint64_t word_of(const uint8_t b[8])
{
    uint64_t w;
    memcpy(&w, b, 8);
    return w;
}

/* Bits that are wrong in eight bytes of which those with a bit in `lead` (0x10 each) begin a character of three. */
static inline uint64_t wrong_wide(const uint8_t *p, uint64_t lead)
{
    const uint64_t rest = UINT64_C(0x1010101010101010) ^ lead, low_half = lead - (lead >> 4);
    uint64_t w = word_of(p), low = w & low_half;
    uint64_t form = (w & (lead * 15 | rest * 12)) ^ (lead * 14 | rest * 8);
    /* A lead's low half plus 15 reaches bit 4 unless it is 0 (E0); so does its difference from 13 (ED). */
    uint64_t not_e0 = low + low_half, not_ed = (low ^ (lead >> 4) * 13) + low_half;
    return form | ((not_e0 & not_ed & lead) ^ lead);
}

/* The same for eight characters in 24 bytes. */
static bool is_wide8(const uint8_t *p)
{
    static const uint8_t a[8] = {16, 0, 0, 16, 0, 0, 16, 0}, b[8] = {0, 16, 0, 0, 16, 0, 0, 16},
                         c[8] = {0, 0, 16, 0, 0, 16, 0, 0};
    return !(wrong_wide(p, word_of(a)) | wrong_wide(p + 8, word_of(b)) |
             wrong_wide(p + 16, word_of(c)));
}

/* SPEC encoding-6: "shortest form, no surrogates, nothing above U+10FFFF" - with U+0000 refused as well.
 * Most bytes here are ASCII (codes, dates) or Chinese (names, addresses): these are taken many at a
 * time; the sequence table decides everything else. */
bool wire_is_utf8(struct qn_span s)
{
    const uint8_t *p = s.p;
    for (size_t left = s.n, n; left; p += n, left -= n) {
        if (p[0] < 0x80) {
            n = 8;
            if (left >= 8 && is_ascii8(p))
                continue;
            /* The end of a longer text: the last eight bytes, of which some were judged before. */
            if (left < 8 && s.n >= 8 && is_ascii8(p + left - 8))
                return true;
            for (n = 0; n < left && p[n] < 0x80; n++)
                if (!p[n])
                    return false;
            continue;
        }
        n = 24;
        if (left >= 24 && is_wide8(p))
            continue;
        n = 6;
        if (left >= 8 && is_wide2(p))
            continue;
        n = 3;
        if (left >= 3 && p[0] >= 0xe1 && p[0] <= 0xec && (p[1] & 0xc0) == 0x80 &&
            (p[2] & 0xc0) == 0x80)
            continue;
        n = utf8_sequence(p, left);
        if (!n)
            return false;
    }
    return true;
}

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days from 1970-01-01 to the first of January of y. */
static int32_t year_start(int y)
{
    int before = y - 1;
    return 365 * (y - 1970) + (before / 4 - 492) - (before / 100 - 19) + (before / 400 - 4);
}

/* SPEC encoding-7: "a real day of the Gregorian calendar from 1970-01-01 to 9999-12-31" */
int32_t wire_day(struct qn_span d)
{
    if (d.n != 10 || d.p[4] != '-' || d.p[7] != '-')
        return -1;
    int v[3] = {0, 0, 0};
    static const size_t at[3] = {0, 5, 8}, len[3] = {4, 2, 2};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < len[k]; i++) {
            int x = d.p[at[k] + i] - '0';
            if (x < 0 || x > 9)
                return -1;
            v[k] = v[k] * 10 + x;
        }
    int y = v[0], m = v[1], day = v[2];
    if (y < 1970 || m < 1 || m > 12 || day < 1 || day > month_days(y, m))
        return -1;
    int32_t total = year_start(y);
    for (int i = 1; i < m; i++)
        total += month_days(y, i);
    return total + day - 1;
}

bool wire_is_date(struct qn_span s)
{
    return wire_day(s) >= 0;
}

void wire_day_text(int32_t day, char out[11])
{
    int32_t left = day < 0 ? 0 : day > WIRE_DAY_MAX ? WIRE_DAY_MAX : day;
    int y = 1970 + left / 366, m = 1; /* never too late a year */
    while (year_start(y + 1) <= left)
        y++;
    for (left -= year_start(y); left >= month_days(y, m); m++)
        left -= month_days(y, m);
    char text[40];
    snprintf(text, sizeof(text), "%04d-%02d-%02d", y, m, (int)left + 1);
    memcpy(out, text, 10);
    out[10] = 0;
}

void wire_sha256(uint8_t out[QN_HASH], const struct qn_span *parts, size_t n)
{
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n)
            crypto_hash_sha256_update(&s, parts[i].p, parts[i].n);
    crypto_hash_sha256_final(&s, out);
}

void wire_hmac(uint8_t out[QN_HASH], const uint8_t key[32], const struct qn_span *parts, size_t n)
{
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, key, 32);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n)
            crypto_auth_hmacsha256_update(&s, parts[i].p, parts[i].n);
    crypto_auth_hmacsha256_final(&s, out);
}

int32_t wire_day_at(uint64_t time_s)
{
    uint64_t last = (uint64_t)WIRE_DAY_MAX + 1;
    return (int32_t)(time_s >= last * WIRE_DAY_S - WIRE_ZONE_S
                         ? last
                         : (time_s + WIRE_ZONE_S) / WIRE_DAY_S);
}

uint64_t wire_day_start(int32_t day)
{
    return day > 0 ? (uint64_t)day * WIRE_DAY_S - WIRE_ZONE_S : 0;
}
