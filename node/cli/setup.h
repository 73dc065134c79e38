/* setup.h - `qian serve --ui` where there is no office yet: the first pages, until there is one.
 *                                                       Spec: protocol/spec/web.md (web-50 to web-57)                  */
#ifndef QIAN_NODE_CLI_SETUP_H
#define QIAN_NODE_CLI_SETUP_H

#include "node/cli/cli.h"

#define SERVE_UI_NAMES 8

struct serve_words {
    const char *peer, *ui, *ui_name[SERVE_UI_NAMES];
    unsigned n_ui_names, every, recheck, kdf_mib;
};
/* false: as cli_opts. */
bool serve_words(struct cli *c, int argc, char **argv, struct serve_words *w);
/* Before the office's directory is opened. -1: there is an office, or now there is, and the node goes on with it; else the
 * exit code.                                                                                                       */
int setup_before_serve(struct cli *c, int argc, char **argv);
#endif
