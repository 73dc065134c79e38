/* server.h - the two listeners, with libmicrohttpd behind an adapter; as node/sync/network.h says.
 * Spec: protocol/spec/http.md                                                                      */
#ifndef QIAN_NODE_HTTP_SERVER_H
#define QIAN_NODE_HTTP_SERVER_H

#include "node/sync/network.h"

extern const struct network http_network;

QN_MUST_USE enum qn_code http_start(struct network_server **out, const struct network_listen *o,
                                    struct qn_err *err);
const char *http_peer_address(const struct network_server *s);
const char *http_ui_address(const struct network_server *s);
void http_stop(struct network_server *s);
#endif
