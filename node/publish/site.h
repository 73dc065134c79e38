/* site.h - the public site: static files from released parts, replaced as a whole.
 *                                                          Spec: protocol/spec/publication.md          */
#ifndef QIAN_NODE_PUBLISH_SITE_H
#define QIAN_NODE_PUBLISH_SITE_H

#include "node/store/store.h"

struct site_made {
    uint64_t files, bytes;
    uint64_t plans, draws, sealed, results;
};
/* Writes the site aside and puts it in the place of `out`. QN_CONFLICT "publish.not-a-site" when `out` exists and
 * is no site of ours, "publish.foreign-file" when somebody put a file of his own into it: neither is touched.
 * url: the address where readers will find it, for the list of pages that search engines read; NULL: without.    */
QN_MUST_USE enum qn_code site_publish(struct site_made *made, struct store *st, const char *out,
                                      const char *url, const struct qn_report *report, struct qn_err *err);
#endif
