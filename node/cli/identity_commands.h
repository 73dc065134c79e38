/* identity_commands.h - the commands of the identity area, joined in cmd_identity.c. */
#ifndef QIAN_NODE_CLI_IDENTITY_COMMANDS_H
#define QIAN_NODE_CLI_IDENTITY_COMMANDS_H

#include "node/cli/cli.h"

/* A root policy from a file. */
QN_MUST_USE enum qn_code cli_root_policy(struct cli *c, struct qn_policy *out, const char *path, struct qn_err *err);

int cmd_enrol_renew(struct cli *c, int argc, char **argv);
int cmd_enrol_revoke(struct cli *c, int argc, char **argv);
int cmd_root_succession(struct cli *c, int argc, char **argv);
int cmd_root_follow(struct cli *c, int argc, char **argv);
int cmd_cert_list(struct cli *c, int argc, char **argv);
int cmd_cert_show(struct cli *c, int argc, char **argv);
#endif
