/* html.h - pages for the public: escaped text, tables that fold on a phone, CSV that cannot act.
 *                                                              Spec: protocol/spec/publication.md
 * Every word of ours comes from the message catalogue, every value from outside is escaped. Pages need no
 * JavaScript and load nothing but site.css beside them, those of draws also check.js.                                              */
#ifndef QIAN_NODE_PUBLISH_HTML_H
#define QIAN_NODE_PUBLISH_HTML_H

#include "qian/base.h"

/* ---- text ---- */
void html_span(struct qn_buf *b, struct qn_span s);
/* The same characters as a JSON string, with its quotes. */
void html_json(struct qn_buf *b, struct qn_span s);
void html_str(struct qn_buf *b, const char *s);
void html_fmt(struct qn_buf *b, const char *fmt, ...)
    QN_PRINTF(2, 3); /* escaped after formatting; at most 1 KiB */
/* A sentence of the catalogue, Chinese or English, escaped. */
void html_say(struct qn_buf *b, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
void html_say_en(struct qn_buf *b, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
/* Markup of our own, as it stands. */
#define html_raw qn_put_str
/* <tag class="cls">sentence</tag>; cls may be NULL. */
void html_el(struct qn_buf *b, const char *tag, const char *cls, const char *id, const char *fmt,
             ...) QN_PRINTF(5, 6);
/* A hash or ticket: its first digits shown, all of them kept for reading and copying. */
void html_hash(struct qn_buf *b, const uint8_t *p, size_t n);
/* Seconds since 1970 as date and time (encoding-15) to the minute. */
void html_time(struct qn_buf *b, uint64_t time_s);

/* ---- pages ---- */
struct html_page {
    unsigned depth;    /* directories between the page and the root of the site */
    bool front;        /* the front page itself: no trail back */
    bool script;       /* it loads the script of the same site */
    const char *title; /* what the page is about, shown as heading and in the tab */
    const char *over;  /* a line above the heading: whose page it is; may be NULL */
    const char *up,
        *up_title; /* where the trail leads back to besides the front page; may be NULL */
    const char *english, *english_args; /* catalogue id of the one English line, and its args */
    const char *feed;                   /* path of the feed of what the page is about; NULL: of the site */
    const char *owner;                  /* name of the office that publishes */
};
void html_begin(struct qn_buf *b, const struct html_page *p);
void html_end(struct qn_buf *b, const struct html_page *p, const char *made_on);
void html_root(struct qn_buf *b, unsigned depth); /* "", "../", "../../" */
/* The pages of a list: `stem`.html is page 0, `stem`-2.html page 1. The pager shows where it stands, and links to the
 * pages around it and at both ends; nothing when there is one page. */
void html_page_path(char *out, size_t cap, const char *stem, size_t page);
void html_pager(struct qn_buf *b, unsigned depth, const char *stem, size_t page, size_t pages);
/* <a href>: path is relative to the site's top, depth says how deep the page lies. */
void html_link(struct qn_buf *b, unsigned depth, const char *path, struct qn_span text);

/* ---- tables: the headings are also shown beside each cell when the table folds ---- */
#define HTML_COLUMNS 10
struct html_table {
    struct qn_buf *b;
    unsigned ncols, at;
    const char *head[HTML_COLUMNS]; /* catalogue ids */
};
void html_table_begin(struct html_table *t, struct qn_buf *b, const char *const heads[],
                      unsigned ncols);
/* Closes the cell before, opens the next; cls "num" is set to the right. Follow it with html_span and the like. */
void html_cell(struct html_table *t, const char *cls);
/* A cell that is a number. */
void html_number(struct html_table *t, uint64_t n);
void html_table_end(struct html_table *t);
/* A list of names and values: <dl>; follow each html_fact with the value. */
void html_facts_begin(struct qn_buf *b);
void html_fact(struct qn_buf *b, const char *id);
void html_facts_end(struct qn_buf *b);

/* ---- CSV ---- */
#define CSV_BOM "\xef\xbb\xbf"
/* One cell of RFC 4180, then a comma or, at the end of a line, CR LF. Cells that a spreadsheet would run
 * (beginning with = + - @, tab or CR) get an apostrophe in front.                                        */
void csv_cell(struct qn_buf *b, struct qn_span s, bool last);
void csv_head(struct qn_buf *b, const char *id, bool last); /* a heading from the catalogue */
#endif
