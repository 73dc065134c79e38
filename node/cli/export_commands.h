/* export_commands.h - commands about systems outside (cmd_export.c); their table is that of publication. */
#ifndef QIAN_NODE_CLI_EXPORT_COMMANDS_H
#define QIAN_NODE_CLI_EXPORT_COMMANDS_H

#include "node/cli/cli.h"

int export_list(struct cli *c, int argc, char **argv);
#endif
