#include "node/http/page.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"

#define PLAIN "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:-" /* in a link */
#define PAGE_POLICY \
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'"

void page_text(struct page *p, struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '&':
            qn_put_str(p->b, "&amp;");
            break;
        case '<':
            qn_put_str(p->b, "&lt;");
            break;
        case '>':
            qn_put_str(p->b, "&gt;");
            break;
        case '"':
            qn_put_str(p->b, "&quot;");
            break;
        case '\'':
            qn_put_str(p->b, "&#39;");
            break;
        default:
            qn_put(p->b, s.p + i, 1);
        }
}

/* A sentence of the catalogue; its values may come from outside, so it is escaped as a whole. */
void page_say(struct page *p, const char *id, const char *args)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 8192);
    text_put(&b, p->lang, id, args);
    page_text(p, qn_buf_span(&b));
}

void page_html(struct page *p, const char *s)
{
    qn_put_str(p->b, s);
}

void page_row(struct page *p)
{
    p->col = 0;
    page_html(p, "<tr>");
}

/* Every cell knows its heading: on a narrow screen a row becomes a card. */
void page_open_cell(struct page *p, const char *class)
{
    qn_put_fmt(p->b, *class ? "<td class=\"%s\" data-h=\"" : "<td%s data-h=\"", class);
    page_say(p, p->heads[p->col++], "");
    page_html(p, "\">");
}

void page_cell(struct page *p, const char *value)
{
    page_open_cell(p, "");
    page_text(p, qn_str(value));
    page_html(p, "</td>");
}

void page_log_cell(struct page *p, const char *origin)
{
    page_open_cell(p, "");
    page_html(p, "<code>");
    page_text(p, qn_str(origin));
    page_html(p, "</code></td>");
}

void page_number_as(struct page *p, const char *class, uint64_t v)
{
    page_open_cell(p, class);
    qn_put_fmt(p->b, "%llu</td>", (unsigned long long)v);
}

void page_number(struct page *p, uint64_t v)
{
    page_number_as(p, "n", v);
}

/* A sentence in a cell, coloured or not. */
void page_told(struct page *p, const char *class, const char *id, const char *args)
{
    page_open_cell(p, class);
    page_say(p, id, args);
    page_html(p, "</td>");
}

void page_when_before(struct page *p, uint64_t ms, bool at_latest)
{
    char at[17], out[40] = "—";
    clock_shown(at, ms);
    if (ms)
        snprintf(out, sizeof(out), at_latest ? "≤ %s" : "%s", at);
    page_cell(p, out);
}

void page_when(struct page *p, uint64_t ms)
{
    page_when_before(p, ms, false);
}

void page_begin_table(struct page *p, const char *title, const char *const ids[], size_t n,
                      size_t numeric_from)
{
    p->heads = ids;
    page_html(p, "<section><h2>");
    page_say(p, title, "");
    page_html(p, "</h2><table><tr>");
    for (size_t i = 0; i < n; i++) {
        page_html(p, i >= numeric_from ? "<th class=n>" : "<th>");
        page_say(p, ids[i], "");
        page_html(p, "</th>");
    }
    page_html(p, "</tr>\n");
}

void page_end_table(struct page *p)
{
    page_html(p, "</table></section>\n");
}

void page_card(struct page *p, const char *id, uint64_t n, const char *class)
{
    qn_put_fmt(p->b, "<div class=card><span class=dim>");
    page_say(p, id, "");
    qn_put_fmt(p->b, "</span><b class=%s>%llu</b></div>\n", n ? class : "dim",
               (unsigned long long)n);
}

const char *page_lang(enum text_lang lang)
{
    return lang == TEXT_EN ? "en" : "zh";
}

/* The same page in the other language: also the record stays the one that was asked for. */
static void other_language(struct page *p)
{
    page_html(p, p->name ? "<a href=\"/record?name=" : "<a href=\"/status?");
    for (const char *c = p->name ? p->name : ""; *c; c++)
        qn_put_fmt(p->b, strchr(PLAIN, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    qn_put_fmt(p->b, "%slang=%s\">%s</a>", p->name ? "&amp;" : "",
               page_lang(p->lang == TEXT_EN ? TEXT_ZH : TEXT_EN),
               p->lang == TEXT_EN ? "中文" : "English");
}

void page_first_link(struct page *p)
{
    qn_put_fmt(p->b, "<a href=\"/status?lang=%s\">", page_lang(p->lang));
    page_say(p, "page.first", "");
    page_html(p, "</a>");
}

void page_head(struct page *p, const struct status *s)
{
    qn_put_fmt(p->b,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><meta name=viewport "
               "content=\"width=device-width,initial-scale=1\"><meta http-equiv=refresh content=60>"
               "<link rel=stylesheet href=/qian.css><title>",
               p->lang == TEXT_EN ? "en" : "zh-CN");
    page_text(p, qn_str(s->self.name));
    page_html(p, "</title></head><body>\n<header><h1>");
    page_text(p, qn_str(s->self.name));
    page_html(p, "</h1><span class=dim>");
    page_text(p, qn_str(s->self.office));
    page_html(p, " · ");
    page_say(p, status_level_id(s->self.level), "");
    page_html(p, "</span>");
    other_language(p);
    page_html(p, "</header>\n<main>\n");
}

/* Asks for the stages of one row. */
void page_finder(struct page *p, const char *name)
{
    page_html(p, "<section><form action=/record><label>");
    page_say(p, "page.find", "");
    page_html(p, " <input name=name size=32 value=\"");
    page_text(p, qn_str(name));
    qn_put_fmt(p->b, "\"></label> <input type=hidden name=lang value=%s><button>",
               page_lang(p->lang));
    page_say(p, "page.find-button", "");
    page_html(p, "</button></form></section>\n");
}

void page_send(struct http_reply *out, unsigned status)
{
    out->status = status;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}

void http_absent_page(struct http_reply *out, enum text_lang lang)
{
    struct page p = {.b = &out->body, .lang = lang};
    qn_buf_init(&out->body, 8192);
    qn_put_fmt(&out->body,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><link rel=stylesheet "
               "href=/qian.css><title>404</title></head><body><main><section><h1>404</h1><p>",
               lang == TEXT_EN ? "en" : "zh-CN");
    page_say(&p, "http.path", "");
    page_html(&p, "</p><p>");
    page_first_link(&p);
    page_html(&p, "</p></section></main></body></html>\n");
    page_send(out, 404);
}
