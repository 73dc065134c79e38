/* paper_slip.c - the owner's slip on paper: its remarks to be read, its lines as codes to be scanned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/html.h"
#include "node/publish/link.h"
#include "node/publish/paper.h"
#include "node/text/qr.h"
#include "node/text/text.h"
#include "qian/slip.h"

#define CHUNK 760 /* bytes of one code, below QR_MOST: 101 modules, read from a page by any phone */

/* Whether a line ends in a hash: behind such a line a reader can be put together again when an end of line got lost. */
static bool ends_in_hash(const uint8_t *p, size_t n)
{
    if (n < 65)
        return false;
    for (size_t i = n - 64; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
            return false;
    return true;
}

/* The lines of one code: as many as fit, ended behind a hash. */
static size_t chunk_of(struct qn_span rest)
{
    size_t end = 0;
    for (size_t from = 0; from < rest.n;) {
        const uint8_t *nl = memchr(rest.p + from, '\n', rest.n - from);
        size_t line = nl ? (size_t)(nl - rest.p) - from : rest.n - from;
        size_t next = from + line + (nl ? 1 : 0);
        if (next > CHUNK && end)
            break;
        if (ends_in_hash(rest.p + from, line) || next == rest.n)
            end = next;
        from = next;
    }
    return end ? end : rest.n;
}

static enum qn_code put_codes(struct qn_buf *b, struct qn_span slip, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    unsigned all = 0, no = 0;
    for (struct qn_span rest = slip; rest.n; all++) {
        size_t n = chunk_of(rest);
        rest = (struct qn_span){rest.p + n, rest.n - n};
    }
    html_el(b, "h2", NULL, "paper.h-codes", "");
    if (all > 1)
        html_el(b, "p", "note", "paper.scan-several", "all=%u", all);
    else
        html_el(b, "p", "note", "paper.scan-one", "");
    qn_put_str(b, "<div class=\"codes\">\n");
    for (struct qn_span rest = slip; !rc && rest.n;) {
        size_t n = chunk_of(rest);
        char label[120], args[48];
        snprintf(args, sizeof(args), "no=%u|all=%u", ++no, all);
        text_render(label, sizeof(label), TEXT_ZH, "paper.code", args);
        qn_put_str(b, "<figure>");
        rc = qr_svg(b, (struct qn_span){rest.p, n}, label, err);
        qn_put_str(b, "<figcaption>");
        html_str(b, label);
        qn_put_str(b, "</figcaption></figure>\n");
        rest = (struct qn_span){rest.p + n, rest.n - n};
    }
    qn_put_str(b, "</div>\n");
    return rc;
}

/* "名称：…", a name and its value. */
static void put_field(struct qn_buf *b, struct qn_span text)
{
    const uint8_t *colon = memmem(text.p, text.n, "：", 3);
    if (!colon)
        return; /* the title stands above, what a program reads below */
    qn_put_str(b, "<dt>");
    html_span(b, (struct qn_span){text.p, (size_t)(colon - text.p)});
    qn_put_str(b, "</dt><dd>");
    html_span(b, (struct qn_span){colon + 3, text.n - (size_t)(colon - text.p) - 3});
    qn_put_str(b, "</dd>\n");
}

/* The remarks, "# 名称：…" with an ideographic space between two fields of one line, as a list to be read. */
static void put_remarks(struct qn_buf *b, struct qn_span slip)
{
    qn_put_str(b, "<dl class=\"facts\">\n");
    for (size_t at = 0; at < slip.n && slip.p[at] == '#';) {
        const uint8_t *nl = memchr(slip.p + at, '\n', slip.n - at);
        size_t n = nl ? (size_t)(nl - slip.p) - at : slip.n - at;
        struct qn_span text = {slip.p + at + 1, n - 1};
        at += n + 1;
        if (text.n && text.p[0] == ' ')
            text = (struct qn_span){text.p + 1, text.n - 1};
        for (const uint8_t *gap; (gap = memmem(text.p, text.n, "　", 3)) != NULL;) {
            size_t one = (size_t)(gap - text.p);
            put_field(b, (struct qn_span){text.p, one});
            text = (struct qn_span){gap + 3, text.n - one - 3};
        }
        put_field(b, text);
    }
    qn_put_str(b, "</dl>\n");
}

bool paper_target_address(struct qn_buf *to, struct store *st, const char *draw, const char *object,
                          const char *task)
{
    char base[LINK_BASE] = "";
    bool there = link_base(base, st);
    qn_put_fmt(to, "%s/#/visit/", there ? base : "");
    link_value(to, qn_str(draw));
    qn_put_str(to, "/");
    link_value(to, qn_str(object));
    if (task && *task) {
        qn_put_str(to, "?task=");
        link_value(to, qn_str(task));
    }
    return there;
}

enum qn_code paper_target_code(struct qn_buf *b, struct store *st, const char *draw,
                               const char *object, const char *task, struct qn_err *err)
{
    char label[200];
    QN_AUTO(qn_buf) struct qn_buf to = {0};
    qn_buf_init(&to, QR_MOST);
    if (!paper_target_address(&to, st, draw, object, task))
        return QN_OK;
    text_render(label, sizeof(label), TEXT_ZH, "paper.open-target", "");
    qn_put_str(b, "<div class=\"codes\">\n<figure>");
    enum qn_code rc = qr_svg(b, qn_buf_span(&to), label, err);
    qn_put_str(b, "<figcaption>");
    html_str(b, label);
    qn_put_str(b, "</figcaption></figure>\n</div>\n");
    return rc;
}

enum qn_code paper_slip(struct qn_buf *out, struct store *st, struct qn_span slip, const char *draw,
                        const char *object, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bare = {0};
    char title[120];
    struct qn_slip *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = qn_slip_parse(s, slip, err);
    qn_buf_init(&bare, QN_SLIP_MAX);
    if (!rc)
        qn_slip_text(&bare, s,
                     (struct qn_span){
                         NULL, 0}); /* remarks are read above, and would make the codes larger */
    free(s);
    if (!rc)
        rc = qn_buf_check(&bare, err);
    if (rc)
        return rc;
    text_render(title, sizeof(title), TEXT_ZH, "paper.slip-title", "");
    paper_begin(out, title, (struct qn_span){NULL, 0});
    paper_title(out, st, title, "paper.slip-owner");
    put_remarks(out, slip);
    rc = put_codes(out, qn_buf_span(&bare), err);
    if (!rc)
        rc = paper_target_code(out, st, draw, object, NULL, err);
    if (rc)
        return rc;
    paper_end(out, st);
    return qn_buf_check(out, err);
}
