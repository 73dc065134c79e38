/* copy.h - a copy of an office's database while others write it, and whether a copy is sound.
 *
 * The copy is what had been committed when it began. It is made through a connection of its own that keeps that moment
 * in view (WAL), page by page: nobody waits for it, and it never starts over. Needs no lock of the office.          */
#ifndef QIAN_NODE_STORE_COPY_H
#define QIAN_NODE_STORE_COPY_H

#include "qian/base.h"

/* DIR/qian.db to a file that is not there yet, mode 0600, on the disk when this returns; a failure leaves none.
 * Says "copy.progress" now and then. stop: asked every 4 MiB, may be NULL. QN_LATER "store.stopped".           */
QN_MUST_USE enum qn_code copy_make(const char *dir, const char *to, const struct qn_report *report,
                                   bool (*stop)(void *ctx), void *ctx, struct qn_err *err);
/* Every page, index and foreign key. QN_UNVERIFIED "copy.damaged" names the first thing that is wrong. */
QN_MUST_USE enum qn_code copy_check(const char *path, struct qn_err *err);
#endif
