/* draw_commands.h - the commands of the draw area, joined in cmd_draw.c. */
#ifndef QIAN_NODE_CLI_DRAW_COMMANDS_H
#define QIAN_NODE_CLI_DRAW_COMMANDS_H

#include <jansson.h>

#include "node/cli/cli.h"
#include "qian/rules.h"

int cmd_draw_list(struct cli *c, int argc, char **argv);
int cmd_draw_check(struct cli *c, int argc, char **argv);
int cmd_draw_show(struct cli *c, int argc, char **argv);
struct trail_checked;
/* The values of what doctor and audit trail say of the heads. */
void cli_trail_args(char out[160], const struct trail_checked *t);
int cmd_draw_sheet(struct cli *c, int argc, char **argv);
/* The same page by the name of the draw, NULL when none was given, into the file `out`; gives the exit code. */
int draw_sheet_form(struct cli *c, const char *name, const char *out);
int cmd_form_list(struct cli *c, int argc, char **argv);
int cmd_form_print(struct cli *c, int argc, char **argv);
int cmd_form_check(struct cli *c, int argc, char **argv);
int cmd_beacon_record(struct cli *c, int argc, char **argv);
int cmd_beacon_list(struct cli *c, int argc, char **argv);
int cmd_cokey(struct cli *c, int argc, char **argv); /* all that begin with this word */
int cmd_verify(struct cli *c, int argc, char **argv);
int cmd_stats_field(struct cli *c, int argc, char **argv);
int cmd_audit_export(struct cli *c, int argc, char **argv);
int cmd_audit_check(struct cli *c, int argc, char **argv);
int cmd_audit_trail(struct cli *c, int argc, char **argv);
int cmd_draw_void(struct cli *c, int argc, char **argv);
int cmd_draw_absent(struct cli *c, int argc, char **argv);
int cmd_draw_recuse(struct cli *c, int argc, char **argv);
int cmd_escrow(struct cli *c, int argc, char **argv);
int cmd_draw_return(struct cli *c, int argc, char **argv);
int cmd_draw_reassign(struct cli *c, int argc, char **argv);
int cmd_draw_receive(struct cli *c, int argc, char **argv);
int cmd_draw_appoint(struct cli *c, int argc, char **argv);
int cmd_draw_replace(struct cli *c, int argc, char **argv);
int cmd_order_supplement(struct cli *c, int argc, char **argv);

struct verify_result;
/* What a verification said, and the words that name what it is about; of audit as of verify. */
json_t *verify_json(const struct verify_result *r, size_t findings, size_t recorded);
void verify_show(struct cli *c, const struct verify_result *r, size_t findings);
const char *verify_check_scope(const char *const *word, unsigned n);
QN_MUST_USE enum qn_code verify_read_scope(struct cli *c, const char *const word[2],
                                           char office[QN_CODE_MAX + 1], int64_t *draw_id,
                                           struct qn_err *err);

struct order_outcomes;
/* Orders as they were issued, or as JSON values in a list; what waits is told with its reason. */
void cli_show_orders(struct cli *c, const struct order_outcomes *all);
json_t *cli_orders_json(const struct order_outcomes *all);

/* The level as the language and the public site say it: 全程见证 / witnessed; "—" for 0. */
void cli_draw_level(struct cli *c, char out[32], enum qn_draw_level level);
/* A sentence as one line of text to `to`, however long its values are. */
void cli_long(struct cli *c, FILE *to, const char *id, const char *args);
/* Prints one JSON value and lets it go; gives the exit code. NULL: memory has run out. */
int cli_json(struct cli *c, json_t *value, int exit_code);
json_t *cli_json_err(const struct qn_err *err);
json_t *cli_json_hex(const uint8_t *p, size_t n);

#endif
