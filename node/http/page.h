/* page.h - what the office's pages are written with: escaped text, sentences of the catalogue, tables. No scripts.
 *
 * Whatever comes from outside goes through page_text or page_say, which escape it. */
#ifndef QIAN_NODE_HTTP_PAGE_H
#define QIAN_NODE_HTTP_PAGE_H

#include "node/http/request.h"
#include "node/sync/status.h"

#define PAGE_MAX (4u * 1024 * 1024)

struct page {
    struct qn_buf *b;
    enum text_lang lang;
    const char *name;         /* of the record that is asked for; NULL on the first page */
    const char *const *heads; /* of the table being written */
    size_t col;
};

void page_text(struct page *p, struct qn_span s);
/* A sentence of the catalogue. */
void page_say(struct page *p, const char *id, const char *args);
/* As it is: never anything from outside. */
void page_html(struct page *p, const char *s);

/* ids: of the headings; the columns from numeric_from on hold numbers. Each row: page_row, a cell for each heading, "</tr>". */
void page_begin_table(struct page *p, const char *title, const char *const ids[], size_t n,
                      size_t numeric_from);
void page_end_table(struct page *p);
void page_row(struct page *p);
void page_open_cell(struct page *p, const char *class);
void page_cell(struct page *p, const char *value);
void page_log_cell(struct page *p, const char *origin);
void page_number_as(struct page *p, const char *class, uint64_t v);
void page_number(struct page *p, uint64_t v);
/* A sentence in a cell, coloured or not. */
void page_told(struct page *p, const char *class, const char *id, const char *args);
void page_when_before(struct page *p, uint64_t ms, bool at_latest);
void page_when(struct page *p, uint64_t ms);

void page_card(struct page *p, const char *id, uint64_t n, const char *class);
const char *page_lang(enum text_lang lang);
void page_first_link(struct page *p);
void page_head(struct page *p, const struct status *s);
void page_finder(struct page *p, const char *name);
void page_send(struct http_reply *out, unsigned status);

#endif
