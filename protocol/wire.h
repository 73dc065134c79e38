/* wire.h - reading fixed binary and line-based text.     Spec: protocol/spec/encoding.md
 *
 * A reader remembers its first failure: read all the fields, then ask rd_end() once. Spans that it
 * lends point into the input. Numbers are big-endian. Texts are lines ended by '\n', fields split by
 * one space, decimals without leading zeros.                                                     */
#ifndef QIAN_PROTOCOL_WIRE_H
#define QIAN_PROTOCOL_WIRE_H

#include <sodium.h>

#include "qian/base.h"

/* Of a large local of which only what was written is read: the release build fills all others with zeros, and here that
 * would cost more than the work. */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define WIRE_UNFILLED __attribute__((uninitialized))
#endif
#endif
#ifndef WIRE_UNFILLED
#define WIRE_UNFILLED
#endif

struct rd {
    struct qn_span in; /* what is left */
    bool failed;
};
uint64_t rd_uint(struct rd *r, unsigned bytes); /* 0 once failed */
struct qn_span rd_span(struct rd *r, size_t n); /* empty once failed */
void rd_copy(struct rd *r, uint8_t *out, size_t n);
bool rd_end(const struct rd *r); /* nothing failed and nothing is left */

/* Lines: lends the next line without its '\n'; fails when there is none or it is unterminated. */
struct qn_span rd_line(struct rd *r);
bool rd_more(const struct rd *r);
/* Fields of one line. */
struct qn_span rd_field(struct rd *line);             /* up to the next space or the end */
void rd_word(struct rd *line, const char *word);      /* the field must be this */
uint64_t rd_dec(struct rd *line, uint64_t max);       /* decimal, no leading zero, <= max */
void rd_hex(struct rd *line, uint8_t *out, size_t n); /* 2n lower-case hex digits */
bool rd_date(struct rd *line, char out[11]);          /* YYYY-MM-DD of a real day */

bool wire_is_code(struct qn_span s); /* office code: [0-9A-Z]{2,16} */
/* Of a version, algorithm or other number this program does not know.
 * SPEC versions-1: "0 is malformed; a higher number is later" */
static inline enum qn_code wire_unknown(unsigned have)
{
    return have ? QN_LATER : QN_MALFORMED;
}
bool wire_is_name(struct qn_span s); /* [0-9A-Za-z._-]{1,32}: series, task */
bool wire_is_utf8(struct qn_span s); /* valid UTF-8 without NUL */
/* Length of the character at p, if it hides itself or turns the direction of writing (U+061C, U+200B..F, U+2028..E,
 * U+2060..F, U+FEFF); if it is a control character (U+0000..1F but tab, LF and CR, U+007F..9F). Else 0.            */
size_t wire_hidden(const uint8_t *p, size_t n);
size_t wire_control(const uint8_t *p, size_t n);
bool wire_is_date(struct qn_span s);
bool wire_is_time(struct qn_span s); /* YYYY-MM-DDTHH:MM:SS */

/* Civil days since 1970-01-01, up to 9999-12-31; -1 when not a date. The text of a day beyond is the nearest. */
#define WIRE_DAY_MAX 2932896 /* 9999-12-31, as days since 1970-01-01 */
int32_t wire_day(struct qn_span date);
void wire_day_text(int32_t day, char out[11]);
/* So many days behind a date (none below 0); behind what is no date, and beyond the last day there is: WIRE_DAY_MAX. What is never
 * over ends there, and no sum of days leaves its type. */
int32_t wire_day_after(struct qn_span date, int64_t days);
/* SPEC encoding-15: "A day of the rules is a day of UTC+8" - of a moment in seconds since 1970 UTC; beyond the last day
 * WIRE_DAY_MAX + 1. And the first second of a day; of day 0 it is second 0. */
#define WIRE_ZONE_S (8 * 3600)
#define WIRE_DAY_S  86400
int32_t wire_day_at(uint64_t time_s);
uint64_t wire_day_start(int32_t day);

void wire_sha256(uint8_t out[QN_HASH], const struct qn_span *parts, size_t n);
void wire_hmac(uint8_t out[QN_HASH], const uint8_t key[32], const struct qn_span *parts, size_t n);
/* The same of many messages under one key: the key's own two blocks, half of the work of a short message, are hashed once. */
struct wire_mac {
    crypto_auth_hmacsha256_state keyed;
};
void wire_mac_init(struct wire_mac *m, const uint8_t key[32]);
void wire_mac(uint8_t out[QN_HASH], const struct wire_mac *m, const struct qn_span *parts, size_t n);

#endif
