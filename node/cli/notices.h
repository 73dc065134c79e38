/* notices.h - what an import remarks on without refusing the row, as rows of its --json: "notices" of {line, id, said}. */
#ifndef QIAN_NODE_CLI_NOTICES_H
#define QIAN_NODE_CLI_NOTICES_H

#include <jansson.h>

#include "node/cli/cli.h"

struct notices {
    struct cli *c;
    struct qn_report report; /* for the import: tells c->report as before */
    json_t *list;            /* NULL without --json */
};
void notices_begin(struct notices *n, struct cli *c);
/* Into the answer; the list is gone then. Without an answer, notices_drop. */
void notices_put(struct notices *n, json_t *answer);
void notices_drop(struct notices *n);
#endif
