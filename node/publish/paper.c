#include "node/publish/paper.h"

#include <string.h>

#include "node/publish/html.h"
#include "node/store/clock.h"
#include "protocol/embedded.h"

void paper_begin(struct qn_buf *b, const char *title, struct qn_span code)
{
    size_t n;
    const unsigned char *css = embedded_get("node/publish/paper.css", &n);
    qn_put_str(b,
               "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html_str(b, title);
    qn_put_str(b, "</title>\n");
    if (code.n) {
        qn_put_str(b, "<meta name=\"qian-form\" content=\"");
        html_span(b, code);
        qn_put_str(b, "\">\n");
    }
    qn_put_str(b, "<style>\n");
    if (css)
        qn_put(b, css, n);
    qn_put_str(b, "</style>\n</head>\n<body>\n");
}

void paper_title(struct qn_buf *b, struct store *st, const char *title, const char *secret)
{
    qn_put_str(b, "<p class=\"over\">");
    html_str(b, store_self(st)->name);
    qn_put_str(b, "</p>\n<h1>");
    html_str(b, title);
    qn_put_str(b, "</h1>\n");
    html_el(b, "p", "secret", secret, "");
}

void paper_end(struct qn_buf *b, struct store *st)
{
    char now[20];
    clock_local(st, now);
    now[10] = ' ';
    now[16] = 0;
    html_el(b, "p", "note", "paper.made", "office=%s|time=%s", store_self(st)->name, now);
    qn_put_str(b, "</body>\n</html>\n");
}
