#include "qian/roster.h"

#include <string.h>

#include "protocol/wire.h"

#define NUMBER_MAX 128 /* bytes: roster-15 */

static bool all_of(struct qn_span s, const char *alphabet)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(alphabet, s.p[i]))
            return false;
    return true;
}

/* SPEC roster-12: "18 characters of `0123456789ABCDEFGHJKLMNPQRTUWXY`, or a registration number of 15 digits" */
static bool is_entity(struct qn_span s)
{
    return (s.n == 18 && all_of(s, "0123456789ABCDEFGHJKLMNPQRTUWXY")) ||
           (s.n == 15 && all_of(s, "0123456789"));
}

/* Decodes one character of well-formed UTF-8. */
static uint32_t next_char(struct qn_span s, size_t *at)
{
    uint8_t c = s.p[(*at)++];
    unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    uint32_t v = more ? c & (0x3fu >> more) : c;
    while (more--)
        v = v << 6 | (s.p[(*at)++] & 0x3fu);
    return v;
}

/* Look-alikes and invisible characters would give one object two ids, and two tickets. */
bool qn_is_number(struct qn_span s)
{
    if (s.n < 1 || s.n > NUMBER_MAX || !wire_is_utf8(s))
        return false;
    for (size_t i = 0; i < s.n;) {
        uint32_t c = next_char(s, &i);
        /* SPEC roster-15: "without blanks, control characters, lower-case ASCII letters, full-width forms of ASCII" */
        if (c <= 0x20 || c == 0x7f || (c >= 'a' && c <= 'z') || (c >= 0xff01 && c <= 0xff5e))
            return false;
        /* SPEC roster-15: "U+0080–U+00A0, U+0300–U+036F, U+2000–U+206F, U+2212, U+3000, U+FE50–U+FE6F, U+FEFF" */
        if ((c >= 0x80 && c <= 0xa0) || (c >= 0x300 && c <= 0x36f) ||
            (c >= 0x2000 && c <= 0x206f) || c == 0x2212 || c == 0x3000 ||
            (c >= 0xfe50 && c <= 0xfe6f) || c == 0xfeff)
            return false;
    }
    return true;
}

/* Splits at the first '/'; false when there is none. */
static bool split(struct qn_span s, struct qn_span *owner, struct qn_span *number)
{
    const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    if (!slash)
        return false;
    size_t n = (size_t)(slash - s.p);
    *owner = (struct qn_span){s.p, n};
    *number = (struct qn_span){slash + 1, s.n - n - 1};
    return true;
}

static bool is_minted(struct qn_span office, struct qn_span number)
{
    return wire_is_code(office) && number.n >= 1 && number.n <= 32 &&
           all_of(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
}

static const char *judge(uint8_t kind, struct qn_span s)
{
    struct qn_span owner, number;
    if (strchr("EICNS", kind))
        return is_entity(s) ? NULL : "object.entity";
    if (kind == 'T')
        return qn_is_number(s) ? NULL : "object.standard";
    bool two = split(s, &owner, &number);
    if (kind == 'O')
        return two && is_minted(owner, number) ? NULL : "object.minted";
    return two && is_entity(owner) && qn_is_number(number) ? NULL : "object.owned";
}

/* Ids are quoted in refusals: what could not be shown or would break the args is left out. */
static struct qn_span shown(struct qn_span id)
{
    struct qn_span s = {id.p, id.n > QN_OBJECT_ID_MAX ? 0 : id.n};
    return s.n && wire_is_utf8(s) && !memchr(s.p, '|', s.n)
               ? s
               : (struct qn_span){(const uint8_t *)"?", 1};
}

enum qn_code qn_object_id_check(struct qn_span id, struct qn_err *err)
{
    struct qn_span s = shown(id);
    /* SPEC roster-11: "kind letter ‖ `:` ‖ identifier, 3 to 255 bytes" */
    if (id.n < 3 || id.n > QN_OBJECT_ID_MAX || !id.p[0] || !strchr(QN_KIND_LETTERS, id.p[0]) ||
        id.p[1] != ':')
        return qn_fail(err, QN_MALFORMED, "object.form", "id=%.*s", (int)s.n, (const char *)s.p);
    const char *wrong = judge(id.p[0], (struct qn_span){id.p + 2, id.n - 2});
    if (!wrong)
        return QN_OK;
    return qn_fail(err, QN_MALFORMED, wrong, "id=%.*s", (int)s.n, (const char *)s.p);
}
