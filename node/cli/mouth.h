/* mouth.h - the commands for the office's pages (commands.h): described from the tables by which their words are checked,
 * and run in this process.                                                                                          */
#ifndef QIAN_NODE_CLI_MOUTH_H
#define QIAN_NODE_CLI_MOUTH_H

#include "node/cli/cli.h"
#include "node/sync/commands.h"

/* What a page's commands are run with; lent to the table until the node ends. */
struct mouth {
    struct office *office;
    const struct network *network;
    const char *dir;
    const char *passphrase_file; /* with which the node was started; may be NULL */
};
void mouth_commands(struct commands *out, struct mouth *m);
#endif
