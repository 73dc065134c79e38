/* cli.h - commands: one table an area, options parsed one way, results to out, all else to err.
 *
 * A command runs in this process (which then holds the data directory's lock) or, when `qian serve` holds it,
 * inside that process with the caller's own descriptors: same functions, same output, same exit code.
 * Exit codes: 0 done, 1 refused or failed, 2 usage, 3 not finished, run it again (QN_LATER).               */
#ifndef QIAN_NODE_CLI_H
#define QIAN_NODE_CLI_H

#include <stdio.h>

#include "node/store/office.h"
#include "node/sync/network.h"
#include "node/text/text.h"

struct cli {
    FILE *out, *err;
    const char *cwd; /* of whoever called; relative paths are under it */
    const char *dir; /* data directory */
    bool json;
    enum text_lang lang;
    const char *passphrase_file;
    struct office *office;   /* NULL for commands that need none */
    struct qn_report report; /* progress to err, one sentence a line */
    struct cli_table *table;       /* being filled; see cli_table_begin */
    const struct network *network; /* lent by main.c */
};
enum cli_needs { NEEDS_NOTHING = 0, NEEDS_STORE = 1, NEEDS_KEYS = 2 /* and the store */ };
struct command {
    const char *name; /* "roster import": one or two words */
    const char *args; /* "--objects FILE [--dry-run]": ASCII, for --help */
    const char *summary; /* catalogue id, "cmd.roster-import" */
    int (*run)(struct cli *c, int argc, char **argv); /* argv[0] is the first word after the name */
    enum cli_needs needs;
};
/* One table an area, ended by a row whose name is NULL; cli.c joins them. */
extern const struct command cli_identity_commands[], cli_sync_commands[], cli_work_commands[], cli_draw_commands[],
    cli_publish_commands[];

/* Options: "--name VALUE" and "--flag". A value may be given many times (many > 0: up to that number). */
struct opt {
    const char *name;   /* without the dashes; "" takes positional words */
    const char **value; /* array of `many` (or 1) pointers; NULL for a flag */
    bool *flag;
    unsigned many;
    unsigned *count; /* how many came; may be NULL */
    bool required;
};
/* false: the sentence was printed to err; return 2. */
bool cli_opts(struct cli *c, int argc, char **argv, const struct opt *opts, size_t n);
/* A path as the caller meant it, under its own working directory. */
QN_MUST_USE enum qn_code cli_path(struct cli *c, char out[1024], const char *path, struct qn_err *err);
/* Prints the refusal's sentence (and, with --json, {"code","id","args"} to out); gives the exit code. */
int cli_fail(struct cli *c, const struct qn_err *err);
/* A sentence of the catalogue to out. */
void cli_say(struct cli *c, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
/* Tables: columns padded by display width (a Chinese character counts two); header ids from the catalogue. */
void cli_table_begin(struct cli *c, unsigned ncols, const char *const header_ids[]);
void cli_table_cell(struct cli *c, const char *fmt, ...) QN_PRINTF(2, 3);
void cli_table_end(struct cli *c);
/* Whole program: parses global options (-d DIR, --json, --lang, --passphrase-file), finds the command. */
int cli_main(int argc, char **argv, const struct network *network);
/* The same inside a running node, for a forwarded command line. */
int cli_run(struct cli *c, int argc, char **argv);
#endif
