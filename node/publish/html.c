#include "node/publish/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/sheet/sheet.h"
#include "node/store/clock.h"
#include "node/text/text.h"
#include "protocol/wire.h"

/* ---- text --------------------------------------------------------------------------------------- */

void html_span(struct qn_buf *b, struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        size_t skip = wire_hidden(s.p + i, s.n - i);
        if (skip || (skip = wire_control(s.p + i, s.n - i))) {
            qn_put_str(b, "\xef\xbf\xbd");
            i += skip - 1;
            continue;
        }
        switch (s.p[i]) {
        case '&':
            qn_put_str(b, "&amp;");
            break;
        case '<':
            qn_put_str(b, "&lt;");
            break;
        case '>':
            qn_put_str(b, "&gt;");
            break;
        case '"':
            qn_put_str(b, "&quot;");
            break;
        case '\'':
            qn_put_str(b, "&#39;");
            break;
        default:
            if (s.p[i] == '\r')
                qn_put_str(b, "\xef\xbf\xbd");
            else
                qn_put(b, s.p + i, 1);
        }
    }
}

void html_json(struct qn_buf *b, struct qn_span s)
{
    qn_put_str(b, "\"");
    for (size_t i = 0; i < s.n; i++) {
        size_t skip = wire_hidden(s.p + i, s.n - i);
        if (skip || s.p[i] < 0x20 || s.p[i] == 0x7f) {
            qn_put_str(b, "\xef\xbf\xbd");
            i += skip ? skip - 1 : 0;
        } else {
            if (s.p[i] == '"' || s.p[i] == '\\')
                qn_put_str(b, "\\");
            qn_put(b, s.p + i, 1);
        }
    }
    qn_put_str(b, "\"");
}

void html_str(struct qn_buf *b, const char *s)
{
    html_span(b, qn_str(s));
}

void html_fmt(struct qn_buf *b, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    html_str(b, text);
}

static void say(struct qn_buf *b, enum text_lang lang, const char *id, const char *args)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 65536);
    text_put(&text, lang, id, args);
    html_span(b, qn_buf_span(&text));
}

void html_say(struct qn_buf *b, const char *id, const char *fmt, ...)
{
    char args[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    say(b, TEXT_ZH, id, args);
}

void html_say_en(struct qn_buf *b, const char *id, const char *fmt, ...)
{
    char args[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    say(b, TEXT_EN, id, args);
}

static void open_tag(struct qn_buf *b, const char *tag, const char *cls)
{
    if (cls)
        qn_put_fmt(b, "<%s class=\"%s\">", tag, cls);
    else
        qn_put_fmt(b, "<%s>", tag);
}

void html_el(struct qn_buf *b, const char *tag, const char *cls, const char *id, const char *fmt,
             ...)
{
    char args[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    open_tag(b, tag, cls);
    say(b, TEXT_ZH, id, args);
    qn_put_fmt(b, "</%s>\n", tag);
}

void html_hash(struct qn_buf *b, const uint8_t *p, size_t n)
{
    char hex[2 * 64 + 1];
    qn_hex(hex, p, n <= 64 ? n : 64);
    qn_put_fmt(b, "<code class=\"hash\" title=\"%s\">%.12s…</code>", hex, hex);
}

void html_time(struct qn_buf *b, uint64_t time_s)
{
    char text[17];
    clock_shown(text, time_s * 1000);
    html_str(b, text);
}

/* ---- pages -------------------------------------------------------------------------------------- */

void html_root(struct qn_buf *b, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        qn_put_str(b, "../");
}

static void trail(struct qn_buf *b, const struct html_page *p)
{
    if (p->front)
        return;
    qn_put_str(b, "<nav class=\"trail\"><a href=\"");
    html_root(b, p->depth);
    qn_put_str(b, "index.html\">");
    html_say(b, "site.home", "");
    qn_put_str(b, "</a>");
    if (p->up) {
        qn_put_str(b, " <span>›</span> <a href=\"");
        html_root(b, p->depth);
        html_str(b, p->up);
        qn_put_str(b, "\">");
        html_str(b, p->up_title);
        qn_put_str(b, "</a>");
    }
    qn_put_str(b, "</nav>\n");
}

static void tool(struct qn_buf *b, unsigned depth, const char *path, const char *id)
{
    qn_put_str(b, "<a href=\"");
    html_root(b, depth);
    qn_put_str(b, path);
    qn_put_str(b, "\">");
    html_say(b, id, "");
    qn_put_str(b, "</a>");
}

/* SPEC site-21: "a box to be ticked in front of everything else" */
static void put_switch(struct qn_buf *b)
{
    qn_put_str(b, "<label for=\"large\"><span class=\"to-large\">");
    html_say(b, "site.large", "");
    qn_put_str(b, "</span><span class=\"to-normal\">");
    html_say(b, "site.normal", "");
    qn_put_str(b, "</span></label>");
}

/* SPEC site-4: "Content-Security-Policy of `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';
 * form-action 'none'`" SPEC site-4: "`script-src 'self'; connect-src 'self'` beside" */
void html_begin(struct qn_buf *b, const struct html_page *p)
{
    qn_put_str(b, "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'self'; img-src 'self'; ");
    qn_put_str(b, p->script ? "script-src 'self'; connect-src 'self'; " : "");
    qn_put_str(b, "base-uri 'none'; form-action 'none'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_str(b, p->title);
    qn_put_str(b, "</title>\n<link rel=\"stylesheet\" href=\"");
    html_root(b, p->depth);
    qn_put_str(b, "site.css\">\n<link rel=\"alternate\" type=\"application/atom+xml\" href=\"");
    html_root(b, p->depth);
    html_str(b, p->feed ? p->feed : "feed.xml");
    qn_put_str(b, "\">\n</head>\n<body>\n<input type=\"checkbox\" id=\"large\">\n"
                  "<header><div class=\"wrap\"><a class=\"brand\" href=\"");
    html_root(b, p->depth);
    qn_put_str(b, "index.html\"><span class=\"seal\" aria-hidden=\"true\">签</span><span><b>");
    html_str(b, p->owner);
    qn_put_str(b, "</b><small>");
    html_say(b, "site.tagline", "");
    qn_put_str(b, "</small></span></a><nav class=\"tools\">");
    tool(b, p->depth, "find/index.html", "site.find");
    tool(b, p->depth, "verify.html", "site.how");
    put_switch(b);
    qn_put_str(b, "</nav></div></header>\n<main class=\"wrap\">\n");
    trail(b, p);
    if (p->over) {
        qn_put_str(b, "<p class=\"over\">");
        html_str(b, p->over);
        qn_put_str(b, "</p>\n");
    }
    qn_put_str(b, "<h1>");
    html_str(b, p->title);
    qn_put_str(b, "</h1>\n");
    if (p->english) {
        qn_put_str(b, "<p class=\"en\" lang=\"en\">");
        say(b, TEXT_EN, p->english, p->english_args ? p->english_args : "");
        qn_put_str(b, "</p>\n");
    }
}

void html_end(struct qn_buf *b, const struct html_page *p, const char *made_on)
{
    qn_put_str(b, "</main>\n<footer><div class=\"wrap\"><p>");
    html_say(b, "site.footer", "name=%s|on=%s", p->owner, made_on);
    qn_put_str(b, "</p><p><a href=\"");
    html_root(b, p->depth);
    qn_put_str(b, "manifest.txt\">");
    html_say(b, "site.footer-manifest", "");
    qn_put_str(b, "</a> · <a href=\"");
    html_root(b, p->depth);
    qn_put_str(b, "root-policy.txt\">");
    html_say(b, "site.footer-policy", "");
    qn_put_str(b, "</a></p></div></footer>\n</body>\n</html>\n");
}

/* ---- lists of several pages --------------------------------------------------------------------- */

#define PAGES_AROUND 3 /* on either side of the one shown */

void html_page_path(char *out, size_t cap, const char *stem, size_t page)
{
    if (page)
        snprintf(out, cap, "%s-%zu.html", stem, page + 1);
    else
        snprintf(out, cap, "%s.html", stem);
}

static void page_link(struct qn_buf *b, unsigned depth, const char *stem, size_t page, struct qn_span text)
{
    char path[256];
    html_page_path(path, sizeof(path), stem, page);
    html_link(b, depth, path, text);
    qn_put_str(b, " ");
}

static void step_link(struct qn_buf *b, unsigned depth, const char *stem, size_t page, const char *id)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 256);
    text_put(&text, TEXT_ZH, id, "");
    page_link(b, depth, stem, page, qn_buf_span(&text));
}

/* SPEC site-22: "links to the page before and behind, to both ends, and to those around it" */
void html_pager(struct qn_buf *b, unsigned depth, const char *stem, size_t page, size_t pages)
{
    if (pages < 2)
        return;
    qn_put_str(b, "<nav class=\"pager\">");
    if (page)
        step_link(b, depth, stem, page - 1, "site.page-before");
    size_t last = pages; /* the page linked before; `pages` for none */
    for (size_t i = 0; i < pages; i++) {
        char no[24];
        if (i && i + 1 < pages && (i + PAGES_AROUND < page || i > page + PAGES_AROUND))
            continue;
        if (last != pages && i > last + 1)
            qn_put_str(b, "<span>…</span> ");
        last = i;
        snprintf(no, sizeof(no), "%zu", i + 1);
        if (i == page)
            qn_put_fmt(b, "<b>%s</b> ", no);
        else
            page_link(b, depth, stem, i, qn_str(no));
    }
    if (page + 1 < pages)
        step_link(b, depth, stem, page + 1, "site.page-next");
    qn_put_str(b, "</nav>\n");
}

/* ---- tables ------------------------------------------------------------------------------------- */

void html_table_begin(struct html_table *t, struct qn_buf *b, const char *const heads[],
                      unsigned ncols)
{
    *t = (struct html_table){.b = b, .ncols = ncols < HTML_COLUMNS ? ncols : HTML_COLUMNS};
    qn_put_str(b, "<table>\n<thead><tr>");
    for (unsigned i = 0; i < t->ncols; i++) {
        t->head[i] = heads[i];
        qn_put_str(b, "<th>");
        html_say(b, heads[i], "");
        qn_put_str(b, "</th>");
    }
    qn_put_str(b, "</tr></thead>\n<tbody>\n");
}

void html_cell(struct html_table *t, const char *cls)
{
    unsigned col = t->at++ % t->ncols;
    if (t->at > 1)
        qn_put_str(t->b, "</div></td>");
    if (col == 0)
        qn_put_str(t->b, t->at > 1 ? "</tr>\n<tr>" : "<tr>");
    qn_put_str(t->b, "<td data-label=\"");
    html_say(t->b, t->head[col], "");
    if (cls)
        qn_put_fmt(t->b, "\" class=\"%s\"><div>", cls);
    else
        qn_put_str(t->b, "\"><div>");
}

void html_number(struct html_table *t, uint64_t n)
{
    html_cell(t, "num");
    html_fmt(t->b, "%" PRIu64, n);
}

void html_table_end(struct html_table *t)
{
    if (t->at)
        qn_put_str(t->b, "</div></td></tr>\n");
    qn_put_str(t->b, "</tbody></table>\n");
}

void html_facts_begin(struct qn_buf *b)
{
    qn_put_str(b, "<dl class=\"facts\">\n");
}

void html_fact(struct qn_buf *b, const char *id)
{
    /* A dd needs no end tag before the next dt or the end of the list. */
    qn_put_str(b, "<dt>");
    html_say(b, id, "");
    qn_put_str(b, "</dt><dd>");
}

void html_facts_end(struct qn_buf *b)
{
    qn_put_str(b, "</dl>\n");
}

/* ---- CSV ---------------------------------------------------------------------------------------- */

void csv_cell(struct qn_buf *b, struct qn_span s, bool last)
{
    csv_put(b, s);
    qn_put_str(b, last ? "\r\n" : ",");
}

void csv_head(struct qn_buf *b, const char *id, bool last)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 4096);
    text_put(&text, TEXT_ZH, id, "");
    csv_cell(b, qn_buf_span(&text), last);
}

void html_link(struct qn_buf *b, unsigned depth, const char *path, struct qn_span text)
{
    qn_put_str(b, "<a href=\"");
    html_root(b, depth);
    html_str(b, path);
    qn_put_str(b, "\">");
    html_span(b, text);
    qn_put_str(b, "</a>");
}
