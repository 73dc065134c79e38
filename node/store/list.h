/* list.h - the lists of the office, row by row: what there is of one kind, filtered, searched, in pages.
 *                                                                            Spec: protocol/spec/web.md (web-40 on)
 * One table (list.def) says of every list where its rows come from and what is shown of them; pages and exports are
 * made from it. A page begins behind the key of the row before it, never by counting rows.
 * Ownership: a list, list_close() or QN_AUTO(list); texts are lent until the next step.                         */
#ifndef QIAN_NODE_STORE_LIST_H
#define QIAN_NODE_STORE_LIST_H

#include "node/store/person.h"

#define LIST_COLUMNS 32
#define LIST_KEYS    5
#define LIST_FILTERS 24
#define LIST_CURSOR  1024
#define LIST_SCAN \
    20000 /* rows of the index that one page looks at; behind them it goes on with the next */

enum list_kind {
    LIST_TEXT,
    LIST_NUMBER,
    LIST_DATE,
    LIST_MS,      /* since 1970 */
    LIST_OFFICE,  /* code */
    LIST_RECORD,  /* "140602:1-7-0" */
    LIST_RESULT,  /* the same, of a result */
    LIST_DRAW,    /* the same, of a draw */
    LIST_WORD,    /* of the catalogue */
    LIST_CODES,   /* of a code list */
    LIST_PEOPLE,  /* "id name;id name" */
    LIST_HASH,    /* hex */
    LIST_ROLES,   /* names, joined by commas */
    LIST_SAID,    /* id of a sentence, a line break, its args */
    LIST_CLAIMED, /* ms, out of an entry's header */
};
enum list_flag {
    LIST_FIRST = 1,   /* leads to the row's own page */
    LIST_FOUND = 2,   /* is searched */
    LIST_EQUAL = 4,   /* NAME=value filters */
    LIST_RANGE = 8,   /* NAME-from and NAME-to do */
    LIST_MASKED = 16, /* personal: shown to those whose duty needs it */
    LIST_MORE = 32,   /* stands on the row's own page and in exports */
};
struct list_column {
    const char *name;
    enum list_kind kind;
    const char *sql, *words;
    unsigned flags;
};
enum list_id {
#define LIST(id, about, from, where, keys, way, masks) LISTS_##id,
#define COLUMN(name, kind, sql, words, flags)
#include "node/store/list.def"
#undef LIST
#undef COLUMN
    LISTS
};
struct list_type {
    const char *name; /* "follow-ups" */
    const char *about, *from, *where, *keys;
    int way;
    unsigned masks; /* roles that see what is masked, beside those who see all; 0: nothing is */
    unsigned n;
    struct list_column column[LIST_COLUMNS];
};
/* NULL when there is none of that name, or behind the last. */
const struct list_type *list_type(const char *name);
const struct list_type *list_type_at(unsigned i);
bool list_is(const struct list_type *t, enum list_id id);

struct list_filter {
    const char *name, *value; /* of a column; of a range "due-from" */
};
struct list_ask {
    const struct list_type *type;
    struct list_filter filter[LIST_FILTERS];
    unsigned nfilters;
    const char *wanted; /* a part of a name or code; NULL or "": all */
    const char *cursor; /* the row behind which the page begins; NULL: at the start */
    bool backward;      /* the page before that row instead, its rows in the other order */
    bool only;          /* the one row of that cursor */
    bool masked;        /* what is masked is not searched either */
    unsigned limit;     /* rows; 0: all */
};
struct list_value {
    bool null, is_number;
    int64_t number;
    const char *text; /* "" for a number */
};
struct list;
/* QN_MALFORMED "lists.filter", "lists.cursor", "lists.short". */
QN_MUST_USE enum qn_code list_open(struct list **out, struct store *st, const struct list_ask *ask,
                                   struct qn_err *err);
bool list_step(struct list *l);
struct list_value list_at(struct list *l, unsigned column);
void list_cursor(struct list *l, char out[LIST_CURSOR]); /* of the row that stands */
/* After the last row: where a search stopped that has more to look at; "" when it is through. behind: rows that cannot be
 * found yet, since they are still being prepared. */
void list_searched(struct list *l, char out[LIST_CURSOR], uint64_t *behind);
QN_MUST_USE enum qn_code list_end(struct list *l,
                                  struct qn_err *err); /* QN_IO when a step failed */
void list_close(struct list *l);
QN_DEFINE_AUTO(struct list *, list, list_close)
/* How many rows there are, counted no further than max. */
QN_MUST_USE enum qn_code list_count(uint64_t *n, struct store *st, const struct list_ask *ask,
                                    unsigned max, struct qn_err *err);
#endif
