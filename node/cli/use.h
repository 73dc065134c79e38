/* use.h - who uses which command: what a page offers to whom (web-9).   The table: node/cli/use.def */
#ifndef QIAN_NODE_CLI_USE_H
#define QIAN_NODE_CLI_USE_H

#include "node/store/person.h"

struct command_use {
    unsigned under; /* the role under which it is listed; 0: all */
    unsigned roles; /* any of them may; 0: whoever came in */
};
/* False when the table has no line of that name. */
bool command_use(struct command_use *out, const char *name);
#endif
