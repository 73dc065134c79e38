/* web.h - the office in a browser: pages, sessions, the calls of /api/v1.          Spec: protocol/spec/web.md
 *
 * Acts are commands (commands.h): what the command line can do a page can, by the same functions and the same checks.
 * Threads of the listener call in; each takes the office's lock for a piece of work and never waits with it.          */
#ifndef QIAN_NODE_WEB_H
#define QIAN_NODE_WEB_H

#include "node/sync/commands.h"
#include "node/sync/pages.h"

extern const struct pages_maker web_maker;
#endif
