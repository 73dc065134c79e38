/* socket.h - a running node takes command lines over DIR/qian.sock; a second program only forwards.
 *
 * The caller's stdin, stdout and stderr travel with the request, so the output is the same as if it had run
 * there. What a command prints is buffered in the node: a caller that stops reading never holds up the
 * office. Commands take turns by the office's lock.                                                       */
#ifndef QIAN_NODE_CLI_SOCKET_H
#define QIAN_NODE_CLI_SOCKET_H

#include "node/store/office.h"

struct cli;
struct socket_server;
/* node: the command that serves; its office, directory and network are those of every caller. */
QN_MUST_USE enum qn_code socket_start(struct socket_server **out, const struct cli *node,
                                      struct qn_err *err);
/* Takes no more, waits for those that run. The caller does not hold the office's lock. */
void socket_stop(struct socket_server *s);

/* QN_ABSENT: nobody listens there. QN_OK: the node ran it, *exit_code is its answer. */
QN_MUST_USE enum qn_code socket_forward(const char *dir, const char *cwd, int argc, char **argv,
                                        int *exit_code, struct qn_err *err);
#endif
