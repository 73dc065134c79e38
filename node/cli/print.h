/* print.h - what commands of several areas print in one way; print.c also holds the sentences and paths of cli.h. */
#ifndef QIAN_NODE_CLI_PRINT_H
#define QIAN_NODE_CLI_PRINT_H

#include <jansson.h>

#include "node/cli/cli.h"

/* Progress as a sentence to err; ctx: the command. */
void cli_report(void *ctx, const char *id, const char *args);
/* One line to out; takes the object, NULL is a failure. Gives the exit code. */
int cli_print_json(struct cli *c, json_t *o);
/* What an entry's kind is called: "draw". Returns out. */
#define CLI_ACT 64
const char *cli_act(const struct cli *c, char out[CLI_ACT], int kind);
/* "2021-08-16 09:30" "—" for 0. */
void cli_time(char out[32], uint64_t ms);
/* "Label: value" as one paragraph: lines behind the first are set in, so that no value passes for another label. What
 * could act on a terminal is shown as text. */
void cli_field(struct cli *c, const char *label_id, const char *value);
/* Text of several lines from a row, each as a sentence shows a value. */
void cli_lines(struct cli *c, const char *indent, const char *text);
#endif
