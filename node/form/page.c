/* page.c - the page around a form: A4, its head with the code to be scanned, its foot with the digest. */
#include <stdio.h>
#include <string.h>

#include "node/form/render.h"
#include "node/publish/html.h"
#include "node/store/tree.h"
#include "node/text/qr.h"
#include "node/text/text.h"
#include "protocol/embedded.h"

#define LONG_TITLE 42 /* bytes: more would need a second line between the margins of the head */
#define SHORT_DIGEST \
    8 /* digits at the foot of every page: the sheets of one document belong together */

/* Within a CSS string of a <style>: letters, digits and whatever is not ASCII as they are, the rest by its number. */
static void put_css_text(struct qn_buf *b, struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'))
            qn_put(b, &c, 1);
        else
            qn_put_fmt(b, "\\%06x", c);
    }
}

static void put_style(struct qn_buf *b, const struct form_template *t, const struct form_proof *p,
                      const struct form_reader *r)
{
    size_t n;
    char hex[2 * QN_HASH + 1] = "";
    const unsigned char *css = embedded_get("node/form/form.css", &n);
    if (!p->blank)
        qn_hex(hex, p->digest, QN_HASH);
    qn_put_str(b, "<style>\n");
    if (css)
        qn_put(b, css, n);
    qn_put_fmt(b, "@page { size: A4%s; @bottom-left { content: \"%s ", t->wide ? " landscape" : "",
               t->code);
    put_css_text(b, qn_str(r->number ? r->number : ""));
    qn_put_fmt(b, "\"; } @bottom-center { content: \"%.*s\"; } }\n</style>\n", SHORT_DIGEST, hex);
}

/* The lines of the code stand in the page too, for whoever checks the file (forms-6). */
static enum qn_code put_head(struct qn_buf *b, const struct form_template *t,
                             const struct form_proof *p, const struct form_reader *r,
                             struct store *st, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf code = {0}, scanned = {0};
    qn_buf_init(&code, QR_MOST);
    qn_buf_init(&scanned, QR_MOST);
    form_proof_put(&code, p);
    form_proof_code(&scanned, p, st);
    qn_put_str(b, "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\">\n<meta name=\"qian-form\" content=\"");
    html_span(b, qn_buf_span(&code));
    qn_put_str(b, "\">\n<title>");
    html_span(b, t->title);
    qn_put_str(b, "</title>\n");
    put_style(b, t, p, r);
    qn_put_fmt(b, "</head>\n<body%s>\n<header><div class=\"side\"></div><div class=\"mid\">",
               t->wide ? " class=\"wide\"" : "");
    if (r->maker && r->maker[0]) {
        qn_put_str(b, "<p class=\"maker\">");
        html_str(b, r->maker);
        qn_put_str(b, "</p>");
    }
    qn_put_str(b, t->title.n > LONG_TITLE ? "<h1 class=\"long\">" : "<h1>");
    html_span(b, t->title);
    qn_put_str(b, "</h1></div><figure class=\"side\">");
    char label[120];
    text_render(label, sizeof(label), TEXT_ZH, "form.code", "");
    enum qn_code rc = qr_svg(b, qn_buf_span(&scanned), label, err);
    qn_put_str(b, "</figure></header>\n<p class=\"number\"><span>");
    if (t->numbered.n)
        html_span(b, t->numbered);
    else
        html_say(b, "form.number", "");
    if (r->number && r->number[0])
        html_str(b, r->number);
    else
        qn_put_str(b, "<span class=\"blank\"></span>");
    qn_put_str(b, "</span>");
    qn_put_str(b, "<span>");
    html_say(b, "form.date", "");
    if (r->date && r->date[0])
        html_str(b, r->date);
    else
        html_say(b, "form.day", "");
    qn_put_str(b, "</span></p>\n");
    if (r->withdrawn)
        html_el(b, "p", "withdrawn", "form.withdrawn", "");
    qn_put_str(b, "<main>\n");
    return rc;
}

static void put_digest(struct qn_buf *b, const struct form_proof *p)
{
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, p->digest, QN_HASH);
    qn_put_str(b, "<code>");
    for (unsigned i = 0; i < 2 * QN_HASH; i += 8)
        qn_put_fmt(b, "%s%.8s", i ? " " : "", hex + i);
    qn_put_str(b, "</code>");
}

static void put_foot(struct qn_buf *b, const struct form_proof *p, struct store *st)
{
    char made[20];
    snprintf(made, sizeof(made), "%s", p->made);
    made[10] = ' ';
    made[16] = 0;
    qn_put_str(b, "</main>\n<footer>");
    struct qn_cert c;
    struct qn_err none;
    qn_put_str(b, "<p>");
    if (p->blank) {
        html_say(b, "form.blank-foot", "");
    } else {
        html_say(b, "form.digest", "form=%s/%u|record=%s|at=%u-%llu", p->code, p->version,
                 p->reference, p->epoch, (unsigned long long)p->size);
        qn_put_str(b, "<br>");
        put_digest(b, p);
        qn_put_str(b, "<br>");
        html_say(b, "form.how", "");
    }
    html_say(b, "paper.made", "office=%s|time=%s",
             tree_cert(&c, st, p->maker, &none) == QN_OK ? c.name : p->maker, made);
    qn_put_str(b, "</p>");
    qn_put_str(b, "</footer>\n</body>\n</html>\n");
}

enum qn_code form_page(struct qn_buf *page, const struct form_template *t,
                       const struct form_proof *p, const struct form_reader *r, struct store *st,
                       struct qn_span body, struct qn_err *err)
{
    enum qn_code rc = put_head(page, t, p, r, st, err);
    if (rc)
        return rc;
    qn_put_span(page, body);
    put_foot(page, p, st);
    return qn_buf_check(page, err);
}
