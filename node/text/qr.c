#include "node/text/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#define QUIET 4 /* modules around the symbol: ISO/IEC 18004 asks for four */

static void code_release(QRcode **code)
{
    if (*code)
        QRcode_free(*code);
}

static enum qn_code encode(QRcode **out, struct qn_span text, struct qn_err *err)
{
    if (!text.n || memchr(text.p, 0, text.n))
        return qn_fail(err, QN_MALFORMED, "qr.text", "");
    if (text.n > QR_MOST)
        return qn_fail(err, QN_LIMIT, "qr.long", "have=%zu|most=%d", text.n, QR_MOST);
    *out = QRcode_encodeData((int)text.n, text.p, 0, QR_ECLEVEL_M);
    return *out ? QN_OK : qn_fail(err, QN_NOMEM, "qr.memory", "");
}

static bool is_dark(const QRcode *code, int x, int y)
{
    x -= QUIET;
    y -= QUIET;
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1);
}

/* Text of an attribute; the words come from the catalogue, names in them from anywhere. */
static void put_label(struct qn_buf *out, const char *label)
{
    for (; *label; label++)
        switch (*label) {
        case '&':
            qn_put_str(out, "&amp;");
            break;
        case '<':
            qn_put_str(out, "&lt;");
            break;
        case '"':
            qn_put_str(out, "&quot;");
            break;
        default:
            qn_put(out, label, 1);
        }
}

enum qn_code qr_svg(struct qn_buf *out, struct qn_span text, const char *label, struct qn_err *err)
{
    __attribute__((cleanup(code_release))) QRcode *code = NULL;
    enum qn_code rc = encode(&code, text, err);
    if (rc)
        return rc;
    int side = code->width + 2 * QUIET;
    qn_put_fmt(out,
               "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
               "shape-rendering=\"crispEdges\" ",
               side, side);
    if (*label) {
        qn_put_str(out, "role=\"img\" aria-label=\"");
        put_label(out, label);
        qn_put_str(out, "\"");
    } else {
        qn_put_str(out, "aria-hidden=\"true\"");
    }
    qn_put_fmt(out,
               "><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
               "<path fill=\"#000\" d=\"",
               side, side);
    /* One step for each run of dark modules in a line: a third of the bytes of one for each module. */
    for (int y = 0; y < side; y++)
        for (int x = 0, run; x < side; x += run) {
            for (run = 1; is_dark(code, x, y) && is_dark(code, x + run, y);)
                run++;
            if (is_dark(code, x, y))
                qn_put_fmt(out, "M%d %dh%dv1h-%dz", x, y, run, run);
        }
    qn_put_str(out, "\"/></svg>\n");
    return qn_buf_check(out, err);
}

/* Light modules are drawn and dark ones left, with both colours set: so it reads on any terminal. */
enum qn_code qr_lines(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    __attribute__((cleanup(code_release))) QRcode *code = NULL;
    enum qn_code rc = encode(&code, text, err);
    if (rc)
        return rc;
    int side = code->width + 2 * QUIET;
    for (int y = 0; y < side; y += 2) {
        qn_put_str(out, "\033[97;40m");
        for (int x = 0; x < side; x++) {
            bool above = !is_dark(code, x, y);
            bool below = y + 1 < side && !is_dark(code, x, y + 1);
            qn_put_str(out, above && below ? "█" : above ? "▀" : below ? "▄" : " ");
        }
        qn_put_str(out, "\033[0m\n");
    }
    return qn_buf_check(out, err);
}
