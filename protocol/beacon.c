#include "qian/draw.h"

#include <string.h>

#include "protocol/lines.h"

/* Two digits in low..high; 0 when they are not. */
static unsigned two_digits(const uint8_t *p, unsigned low, unsigned high)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return 0;
    unsigned v = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return v >= low && v <= high ? v : 0;
}

/* SPEC texts-17: "six two-digit numbers 01..33 ascending and, joined to the last by `+`, one of 01..16" */
static bool is_ssq(struct qn_span line)
{
    static const char form[] = "ssq ####### ## ## ## ## ## ##+##";
    if (line.n != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < line.n; i++) {
        bool digit = line.p[i] >= '0' && line.p[i] <= '9';
        if (form[i] == '#' ? !digit : line.p[i] != (uint8_t)form[i])
            return false;
    }
    unsigned last = 0;
    for (size_t i = 0; i < 6; i++) {
        unsigned red = two_digits(line.p + 12 + 3 * i, last + 1, 33);
        if (!red)
            return false;
        last = red;
    }
    return two_digits(line.p + 30, 1, 16) != 0;
}

enum qn_code qn_beacon_check(struct qn_span line, struct qn_err *err)
{
    return is_ssq(line) ? QN_OK : qn_fail(err, QN_MALFORMED, "draw.beacon", "");
}

/* SPEC draw-1: "32 zero bytes, or with a beacon" */
void qn_beacon_digest(uint8_t bd[32], struct qn_span line)
{
    memset(bd, 0, 32);
    static const char label[] = "draw1/beacon";
    const struct qn_span parts[] = {{(const uint8_t *)label, sizeof(label)}, line, qn_str("\n")};
    if (line.n)
        wire_sha256(bd, parts, 3);
}
