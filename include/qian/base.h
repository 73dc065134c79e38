/* base.h - what every part of libqian shares: spans, buffers, codes, refusals.
 *
 * Spec: protocol/spec/encoding.md
 * Ownership: a qn_span borrows; a qn_buf owns its bytes until qn_buf_release().
 * Errors: a function that can refuse returns enum qn_code and, on failure only, fills the caller's
 * struct qn_err. Outputs are not written on failure unless a header says otherwise.             */
#ifndef QIAN_BASE_H
#define QIAN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define QN_MUST_USE     __attribute__((warn_unused_result))
#define QN_PRINTF(a, b) __attribute__((format(printf, a, b)))
#else
#define QN_MUST_USE
#define QN_PRINTF(a, b)
#endif

/* What to do next. The id in qn_err says what happened. */
enum qn_code {
    QN_OK = 0,
    QN_MALFORMED,  /* the bytes break the format: refuse, never retry */
    QN_UNVERIFIED, /* a signature, hash or chain does not hold: refuse, record */
    QN_DENIED,     /* sound, but not this office's to do: refuse, record */
    QN_CONFLICT,   /* contradicts what is held already */
    QN_ABSENT,     /* something named is not here */
    QN_LIMIT,      /* over a bound of protocol/spec/limits.md */
    QN_LATER,      /* offline or busy: try again */
    QN_IO,         /* disk, network or library failed */
    QN_NOMEM
};

/* id: the stable code of the refusal, e.g. "entry.short"; the message catalogue has its sentences.
 * args: the values the sentence names, "key=value|key=value", UTF-8, cut at the end if too long. */
struct qn_err {
    enum qn_code code;
    char id[48];
    char args[400];
};

/* Fills err and returns code. err may be NULL. fmt makes args; "" when there are none. */
enum qn_code qn_fail(struct qn_err *err, enum qn_code code, const char *id, const char *fmt, ...)
    QN_PRINTF(4, 5);
const char *qn_code_name(enum qn_code code);

/* Progress and remarks on the way, told to whoever called; same ids and args as qn_err. */
struct qn_report {
    void (*say)(void *ctx, const char *id, const char *args);
    void *ctx;
};
void qn_say(const struct qn_report *to, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);

struct qn_span {
    const uint8_t *p;
    size_t n;
};
#define QN_SPAN(arr) ((struct qn_span){(arr), sizeof(arr)})
struct qn_span qn_str(const char *s);                       /* borrows, without the NUL */
bool qn_span_eq(struct qn_span a, struct qn_span b);        /* not for secrets */
int qn_span_cmp(struct qn_span a, struct qn_span b);        /* bytewise, shorter first */
bool qn_span_is(struct qn_span a, const char *s);
bool qn_text_copy(char *out, size_t cap, struct qn_span s); /* false: too long, or a NUL inside */

/* A growing buffer with a bound from birth. The first failure is kept: write all, ask once. */
struct qn_buf {
    uint8_t *p;
    size_t n, cap, max;
    enum qn_code failed; /* QN_OK, QN_LIMIT or QN_NOMEM; later writes do nothing */
};
void qn_buf_init(struct qn_buf *b, size_t max);
void qn_buf_release(struct qn_buf *b); /* also fine on a zeroed or released one */
/* Adds n bytes for the caller to write; NULL when they do not fit (qn_buf_check tells). */
uint8_t *qn_buf_room(struct qn_buf *b, size_t n);
void qn_put(struct qn_buf *b, const void *p, size_t n);
void qn_put_uint(struct qn_buf *b, uint64_t v, unsigned bytes); /* big-endian, bytes 1..8 */
void qn_put_span(struct qn_buf *b, struct qn_span s);
void qn_put_str(struct qn_buf *b, const char *s);
void qn_put_fmt(struct qn_buf *b, const char *fmt, ...) QN_PRINTF(2, 3);
void qn_put_hex(struct qn_buf *b, const uint8_t *p, size_t n);
QN_MUST_USE enum qn_code qn_buf_check(const struct qn_buf *b, struct qn_err *err);
struct qn_span qn_buf_span(const struct qn_buf *b);

/* Locals release themselves, so an early return is the only way out. Always initialise them. */
#define QN_AUTO(kind) __attribute__((cleanup(kind##_auto)))
#define QN_DEFINE_AUTO(T, kind, release)                                                           \
    static inline void kind##_auto(T *v)                                                           \
    {                                                                                              \
        if (*v)                                                                                    \
            release(*v);                                                                           \
    }
#define QN_STEAL(v)                                                                                \
    __extension__({                                                                                \
        __typeof__(v) v_ = (v);                                                                    \
        (v) = NULL;                                                                                \
        v_;                                                                                        \
    })
static inline void qn_buf_auto(struct qn_buf *b)
{
    qn_buf_release(b);
}

#define QN_HASH   32 /* SHA-256 */
#define QN_SIG    64 /* Ed25519 signature */
#define QN_PUBKEY 32 /* Ed25519 or X25519 public key */

/* Lower-case hex only; out holds exactly n bytes. */
bool qn_hex_decode(uint8_t *out, size_t n, struct qn_span hex);
void qn_hex(char *out /* 2n + 1 */, const uint8_t *p, size_t n);

/* Checked once at start: the library is new enough, its subgroup test is mended (CVE-2025-69277),
 * hashes and the VRF give their known answers. QN_IO names what is missing. */
QN_MUST_USE enum qn_code qn_selftest(struct qn_err *err);

#endif
