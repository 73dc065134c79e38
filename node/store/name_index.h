/* name_index.h - objects of the register by a part of their name or code, without reading a million rows.
 *                                                                            Spec: protocol/spec/web.md (web-46)
 * DIR/find.db: which rows of `object` hold which pairs of characters. It is a view of them in a file of its own: never
 * carried, copied or restored, made anew when it is missing or not of this database, and gone at once when something is
 * forgotten. What it gives are rows that may fit: who asks looks at the row itself.                                  */
#ifndef QIAN_NODE_STORE_NAME_INDEX_H
#define QIAN_NODE_STORE_NAME_INDEX_H

#include "node/store/store.h"

#define NAME_INDEX_FILE "find.db" /* beside the database */

#define NAME_INDEX_CHARS  60   /* of what is looked for */
#define NAME_INDEX_INLINE 5000 /* rows that a search itself adds; more are the keeper's */

/* Adds what came since, through a connection of its own and without the office's lock. stop: asked now and then, may be
 * NULL. Rows that were not reached are the next call's. */
QN_MUST_USE enum qn_code name_index_keep(const char *dir, bool (*stop)(void *ctx), void *ctx,
                                         struct qn_err *err);
/* The rows of the database were renumbered, or something in them is forgotten. */
void name_index_forget(const char *dir);

struct name_index;
/* Rows that may hold `wanted`, ascending, or downward; behind row `past` (0: from the start). behind: rows that are not
 * in it yet. QN_MALFORMED "lists.short": fewer than two characters. */
QN_MUST_USE enum qn_code name_index_open(struct name_index **out, uint64_t *behind,
                                         struct store *st, const char *wanted, int64_t past,
                                         bool downward, struct qn_err *err);
bool name_index_next(struct name_index *x, int64_t *row);
/* Whether the characters of `wanted` stand behind one another in this text. */
bool name_index_holds(const struct name_index *x, const char *text);
void name_index_close(struct name_index *x);
QN_DEFINE_AUTO(struct name_index *, name_index, name_index_close)
#endif
