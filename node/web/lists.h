/* lists.h - what the files about lists share: a list as one person sees it, its values in words. */
#ifndef QIAN_NODE_WEB_LISTS_H
#define QIAN_NODE_WEB_LISTS_H

#include "node/store/list.h"
#include "node/web/call.h"

#define LIST_WORDS 32768 /* bytes of a value in words, and of a cell of a workbook */

struct list_view {
    struct call *call;
    struct store *st; /* owned: a connection that reads beside the office's */
    struct tx moment; /* of it: SPEC web-43: "is of one moment, and so is a file" */
    struct list_ask ask;
    const char *over; /* a filter beyond those that are taken */
};
/* Of the list that the path names, with what stands behind the "?". false: refused. Closed by list_view_close. */
bool list_view_open(struct list_view *v, struct call *c, const char *name);
void list_view_close(struct list_view *v);
/* A page of the list that the path names. */
void list_page(struct call *c);
/* The value as it is, "***" in place of what is masked; NULL: none. Lent until the next step. */
const char *list_view_text(struct list_view *v, struct list *l, unsigned column, char room[32]);
/* And as people read it. */
const char *list_view_words(struct list_view *v, struct list *l, unsigned column,
                            char out[LIST_WORDS]);
/* ui.lists.col.<name> */
void list_label(char *out, size_t cap, enum text_lang lang, const char *family, const char *name);
#endif
