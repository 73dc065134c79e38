/* room.h - arrays that grow by what a database holds: as far as their limit, and then with a refusal that says so. */
#ifndef QIAN_NODE_DRAW_ROOM_H
#define QIAN_NODE_DRAW_ROOM_H

#include <stdlib.h>
#include <string.h>

#include "qian/base.h"

#define ROOM_FIRST 64

/* Room for one more behind the n that are there. at: of the pointer to them, which may move; *cap: how many there is room for.
 * QN_LIMIT "draw.too-many" from max on, QN_NOMEM; all is as it was then.                                             */
QN_MUST_USE static inline enum qn_code room_for_one(void *at, size_t n, size_t *cap, size_t size, size_t max,
                                                    struct qn_err *err)
{
    if (n < *cap)
        return QN_OK;
    if (n >= max)
        return qn_fail(err, QN_LIMIT, "draw.too-many", "max=%zu", max);
    size_t more = *cap ? *cap * 2 : ROOM_FIRST;
    void *p;
    more = more < max ? more : max;
    memcpy(&p, at, sizeof(p)); /* a pointer to whatever: not a void ** */
    p = realloc(p, more * size);
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(at, &p, sizeof(p));
    *cap = more;
    return QN_OK;
}
#endif
