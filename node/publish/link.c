#include "node/publish/link.h"

#include <string.h>

/* SPEC web-70: "an `https` address at which the pages were last served" */
bool link_base(char out[LINK_BASE], struct store *st)
{
    static const char scheme[] = "https://";
    if (!store_get(st, "ui", out, LINK_BASE) || strncmp(out, scheme, sizeof(scheme) - 1) != 0)
        out[0] = 0;
    return out[0] != 0;
}

static bool plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (c && strchr("-._~:", c));
}

void link_value(struct qn_buf *out, struct qn_span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (plain(value.p[i]))
            qn_put(out, &value.p[i], 1);
        else
            qn_put_fmt(out, "%%%02x", value.p[i]);
}

bool link_value_read(struct qn_buf *out, struct qn_span text)
{
    for (size_t i = 0; i < text.n && text.p[i] != '&'; i++) {
        uint8_t c = text.p[i];
        if (c == '%') {
            if (text.n - i < 3 || !qn_hex_decode(&c, 1, (struct qn_span){text.p + i + 1, 2}))
                return false;
            i += 2;
        } else if (!plain(c)) {
            return false;
        }
        qn_put(out, &c, 1);
    }
    return true;
}
