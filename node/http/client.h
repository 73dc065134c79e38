/* client.h - calls another office over HTTP with libcurl; as node/sync/network.h says. */
#ifndef QIAN_NODE_HTTP_CLIENT_H
#define QIAN_NODE_HTTP_CLIENT_H

#include "node/sync/network.h"
#include "node/sync/peer.h"

/* Asks the office at that address for its chain. true: it has another key now, which the root policy bears out. */
bool client_introduce(struct office *office, const struct peer *peer);
QN_MUST_USE enum qn_code client_sync(const struct network_sync *o, struct network_result *out,
                                     struct qn_err *err);
QN_MUST_USE enum qn_code client_post(struct network_answer *out, const struct network_post *o,
                                     struct qn_err *err);
void client_library(void); /* libcurl, once for all threads */
#endif
