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

/* Whether eight bytes are ASCII without NUL. */
static bool is_ascii8(uint64_t w)
{
    return !(((w - 0x0101010101010101u) | w) & 0x8080808080808080u);
}

/* The same of any number; the last ones may be looked at twice. */
static bool is_ascii(const uint8_t *p, size_t n)
{
    uint64_t first = 0, last = 0;
    if (n < 4) {
        while (n && p[n - 1] >= 1 && p[n - 1] < 0x80)
            n--;
        return !n;
    }
    if (n < 8) {
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return is_ascii8(first << 32 | last);
    }
    for (size_t i = 0; i + 8 < n; i += 8) {
        memcpy(&first, p + i, 8);
        if (!is_ascii8(first))
            return false;
    }
    memcpy(&last, p + n - 8, 8);
    return is_ascii8(last);
}

/* Sixteen bytes at once, as gcc and clang know them on every machine; a comparison gives 0xff or 0 in each place. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

static inline bytes16 load16(const uint8_t *p)
{
    bytes16 v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* Not 0 in each place where a byte cannot stand behind the three before it, which are read as well.
 * Unicode 15, table 3-7: the second byte's bounds keep out long forms, surrogates and > U+10FFFF. */
static inline bytes16 wrong16(const uint8_t *p)
{
    bytes16 b = load16(p), one = load16(p - 1), two = load16(p - 2), three = load16(p - 3);
    bytes16 must = (bytes16)(one >= 0xc0) | (bytes16)(two >= 0xe0) | (bytes16)(three >= 0xf0);
    bytes16 does = (bytes16)((b & 0xc0) == 0x80);
    bytes16 never = (bytes16)(b == 0) | (bytes16)((b & 0xfe) == 0xc0) | (bytes16)(b >= 0xf5);
    bytes16 low = (bytes16)((one == 0xe0) & (b < 0xa0)) | (bytes16)((one == 0xf0) & (b < 0x90));
    bytes16 high = (bytes16)((one == 0xed) & (b >= 0xa0)) | (bytes16)((one == 0xf4) & (b >= 0x90));
    return (must ^ does) | never | low | high;
}

static inline bool is_none(bytes16 wrong)
{
    uint64_t half[2];
    memcpy(half, &wrong, sizeof(half));
    return !(half[0] | half[1]);
}

#define BEFORE 3 /* bytes that wrong16 reads before its sixteen */

/* Between blanks: nothing that goes on stands before a text, nothing may be left open behind it. */
static bool is_short_utf8(const uint8_t *p, size_t n)
{
    uint8_t room[BEFORE + 32];
    memset(room, ' ', sizeof(room));
    memcpy(room + BEFORE, p, n);
    return is_none(wrong16(room + BEFORE) | wrong16(room + BEFORE + 16));
}

/* The first sixteen as above, then each sixteen where they lie; the last ones reach back into those before. */
static bool is_long_utf8(const uint8_t *p, size_t n)
{
    uint8_t room[BEFORE + 16] = {' ', ' ', ' '};
    memcpy(room + BEFORE, p, 16);
    bytes16 wrong = wrong16(room + BEFORE) | wrong16(p + n - 16);
    for (size_t i = 16; i + 16 < n; i += 16)
        wrong |= wrong16(p + i);
    return is_none(wrong) && p[n - 1] < 0xc0 && p[n - 2] < 0xe0 && p[n - 3] < 0xf0;
}

/* SPEC encoding-6: "shortest form, no surrogates, nothing above U+10FFFF" - with U+0000 refused as well.
 * Sixteen bytes at a time without a branch: in Chinese with digits and signs between, branches are guessed wrong. */
bool wire_is_utf8(struct qn_span s)
{
    if (is_ascii(s.p, s.n)) /* codes, dates */
        return true;
    return s.n < BEFORE + 16 ? is_short_utf8(s.p, s.n) : is_long_utf8(s.p, s.n);
}

size_t wire_hidden(const uint8_t *p, size_t n)
{
    if (n >= 2 && p[0] == 0xd8 && p[1] == 0x9c)
        return 2;
    if (n < 3)
        return 0;
    if (p[0] == 0xe2 && p[1] == 0x80 &&
        ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae)))
        return 3;
    if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf)
        return 3;
    return p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf ? 3 : 0;
}

size_t wire_control(const uint8_t *p, size_t n)
{
    if (n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
        return 2;
    return n && (p[0] == 0x7f || (p[0] < 0x20 && p[0] != '\t' && p[0] != '\n' && p[0] != '\r'));
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

int32_t wire_day_after(struct qn_span date, int64_t days)
{
    int32_t day = wire_day(date);
    if (day < 0 || days > WIRE_DAY_MAX - day)
        return WIRE_DAY_MAX;
    return days > 0 ? day + (int32_t)days : day;
}

bool wire_is_date(struct qn_span s)
{
    return wire_day(s) >= 0;
}

bool wire_is_time(struct qn_span s)
{
    static const char highest[] = "T29:59:59"; /* digits and marks in their places */
    if (s.n != 19 || !wire_is_date((struct qn_span){s.p, 10}))
        return false;
    for (size_t i = 0; i < sizeof(highest) - 1; i++) {
        char c = (char)s.p[10 + i];
        if (highest[i] >= '0' && highest[i] <= '9' ? c < '0' || c > highest[i] : c != highest[i])
            return false;
    }
    return s.p[11] < '2' || s.p[12] < '4';
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
    struct wire_mac m;
    wire_mac_init(&m, key);
    wire_mac(out, &m, parts, n);
    sodium_memzero(&m, sizeof(m));
}

void wire_mac_init(struct wire_mac *m, const uint8_t key[32])
{
    crypto_auth_hmacsha256_init(&m->keyed, key, 32);
}

void wire_mac(uint8_t out[QN_HASH], const struct wire_mac *m, const struct qn_span *parts, size_t n)
{
    crypto_auth_hmacsha256_state s = m->keyed;
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
