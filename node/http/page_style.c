/* page_style.c - how the office's own page looks: one style sheet, no fonts and pictures from outside. */
#include "node/http/request.h"

static const char style[] =
    ":root{--ink:#1b2430;--dim:#667085;--line:#e4e7ec;--paper:#fff;--back:#f5f6f8;--mark:#a6192e;"
    "--good:#1a7f4b;--warn:#b54708}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:15px/1.6 system-ui,\"PingFang SC\","
    "\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif}\n"
    "header{background:var(--paper);border-bottom:3px solid var(--mark);padding:18px "
    "28px;display:flex;"
    "align-items:baseline;gap:16px;flex-wrap:wrap}\n"
    "h1{font-size:22px;margin:0}\nh2{font-size:16px;margin:0 0 10px}\n"
    "header .dim{flex:1;white-space:nowrap}\n.dim{color:var(--dim)}\na{color:var(--mark)}\n"
    "main{max-width:1120px;margin:20px auto;padding:0 20px}\n"
    "section{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:16px "
    "20px;"
    "margin-bottom:16px;overflow-x:auto}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:12px;margin-"
    "bottom:16px}\n"
    ".card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px "
    "16px}\n"
    ".card span{white-space:nowrap}section p{margin:0}\n"
    ".card b{display:block;font-size:26px;line-height:1.3;font-variant-numeric:tabular-nums}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{font-weight:600;text-align:left;color:var(--dim);font-size:13px}\n"
    "td{min-width:3.5em}td+td{white-space:nowrap}td.wrap,td[colspan]{white-space:normal;"
    "min-width:16em}\n"
    "input,button{font:inherit;padding:4px 10px;border:1px solid #c4c9d2;border-radius:6px}\n"
    "button{background:var(--back);cursor:pointer}label input{max-width:100%}\n"
    "th{white-space:nowrap}\n"
    "th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "tr:last-child "
    "td{border-bottom:0}\ntd.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "code{font:13px ui-monospace,Menlo,Consolas,monospace}\n"
    "figure{display:inline-block;margin:0 12px 12px 0;max-width:240px;vertical-align:top}"
    "figure img{display:block;max-width:100%;max-height:240px;background:var(--back)}\n"
    ".stop{border-color:var(--mark);border-left:6px solid var(--mark)}\n"
    ".past{border-left:6px solid var(--good)}\n"
    ".good{color:var(--good)}\n.warn{color:var(--warn)}\n.bad{color:var(--mark)}\n"
    /* A row becomes a card, its headings stand before the values. */
    "@media(max-width:640px){header{padding:12px 16px;gap:4px 12px}h1{font-size:19px;width:100%}"
    "main{padding:0 10px;margin:12px auto}section{padding:12px}.cards{gap:8px;margin-bottom:12px;"
    "grid-template-columns:repeat(4,1fr)}.card{padding:8px 8px}.card b{font-size:21px}"
    ".card span{font-size:12px}table,tbody,tr,td{display:block;width:100%}tr:first-child{display:"
    "none}tr{border-bottom:1px solid var(--line);padding:6px 0}tr:last-child{border-bottom:0}"
    "td,td+td,td.n{border:0;padding:2px 0;text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:0;display:grid;"
    "grid-template-columns:7.5em "
    "1fr;gap:8px}td:first-child{font-weight:600}td[colspan]{display:block;font-weight:400}td "
    "code{overflow-wrap:"
    "anywhere}td::before{content:attr(data-h);color:var(--dim);font-size:13px}}\n";

void http_style(struct http_request *req, struct http_reply *out)
{
    (void)req;
    out->status = 200;
    out->type = "text/css; charset=utf-8";
    qn_buf_init(&out->body, sizeof(style));
    qn_put(&out->body, style, sizeof(style) - 1);
}
