/* cli.h - commands: one table an area, options parsed one way, results to out, all else to err.
 *
 * A command runs in this process (which then holds the data directory's lock) or, when `qian serve` holds it,
 * inside that process with the caller's own descriptors: same functions, same output, same exit code.
 * Exit codes: 0 done, 1 refused or failed, 2 usage, 3 not finished, run it again (QN_LATER).               */
#ifndef QIAN_NODE_CLI_H
#define QIAN_NODE_CLI_H

#include <stdio.h>

#include "node/store/office.h"
#include "node/store/program.h"
#include "node/sync/network.h"
#include "node/sync/pages.h"
#include "node/text/text.h"

struct opt;
struct cli {
    FILE *out, *err;
    const char *cwd; /* of whoever called; relative paths are under it */
    const char *dir; /* data directory */
    bool json;
    enum text_lang lang;
    const char *passphrase_file;
    const char *by;          /* --by, of every command: who acts; also the value of its own option of that name */
    struct office *office;   /* NULL for commands that need none */
    struct qn_report report; /* progress to err, one sentence a line */
    const struct qn_report *listens; /* of a page: told of progress in place of err, and files are names under cwd */
    struct cli_table *table;       /* being filled; see cli_table_begin */
    const struct network *network; /* lent by main.c */
    const struct pages_maker *maker; /* likewise */
    const struct command *command; /* being run */
    int (*run)(struct cli *c, int argc, char **argv); /* a command line: cli_run, lent to the socket */
    bool (*stop)(void *ctx);       /* the node that runs it ends: no more waiting for a network; may be NULL */
    void *stop_ctx;
    enum { RUN, REHEARSAL, REHEARSED } stage; /* see cli_opts */
    bool invited;                  /* serve: the first pages have just given the first person's link (setup.h) */
    bool by_pages;                 /* init: the first pages ask for it */
    bool signs;                    /* by the rehearsal: this command line needs the keys */
    bool alone;                    /* by the rehearsal: this command line needs no office */
    /* In place of a rehearsal: cli_opts hands over what the command's words are checked against (mouth.h). */
    void (*describe)(void *ctx, const struct opt *opts, size_t n);
    void *describe_ctx;
};
enum cli_needs {
    NEEDS_NOTHING = 0,
    NEEDS_STORE = 1,
    NEEDS_KEYS = 2,         /* and the store */
    NEEDS_KEYS_IF_THERE = 3 /* the same where -d names an office, or one is where they usually are; else nothing */
};
struct command {
    const char *name; /* "roster import": one or two words */
    const char *args; /* "--objects FILE [--dry-run]": ASCII; what is in capitals is named by meta.* */
    const char *summary; /* catalogue id, "cmd.roster-import" */
    int (*run)(struct cli *c, int argc, char **argv); /* argv[0] is the first word after the name */
    enum cli_needs needs;
};
/* One table an area, ended by a row whose name is NULL; cli.c joins them. */
extern const struct command cli_identity_commands[], cli_sync_commands[], cli_years_commands[], cli_work_commands[],
    cli_draw_commands[], cli_publish_commands[];

/* Options: "--name VALUE" and "--flag". A value may be given many times (many > 0: up to that number). What a value
 * must look like is said here and checked in one place, before any file, passphrase or office is touched.        */
enum opt_kind {
    OPT_TEXT,
    OPT_NUMBER,  /* decimal, min to max, into *number */
    OPT_DATE,    /* 2021-03-05 */
    OPT_TIME,    /* 2021-03-05T09:00:00 */
    OPT_ADDRESS, /* [HOST:]PORT */
    OPT_URL,     /* http://HOST:PORT */
    OPT_CODE,    /* of an office */
    OPT_CHOICE,  /* one of choices */
};
struct opt {
    const char *name;   /* without the dashes; "" takes positional words */
    const char **value; /* array of `many` (or 1) pointers; NULL for a flag or a number */
    bool *flag;
    unsigned many;
    unsigned *count; /* how many came; may be NULL */
    bool required;   /* positional words: the first `least` (or 1) */
    unsigned least;
    enum opt_kind kind;
    unsigned *number, min, max; /* left as it is when the option does not come */
    const char *choices;        /* "city|county|station" */
    const char *not_with;       /* the name of an option that excludes this one */
    bool signs;                 /* only with this flag the command needs the keys */
    bool alone;                 /* with this option it needs no office */
    /* Words that depend on each other; NULL when they are fine, else the id of a sentence without values. */
    const char *(*check)(const char *const *value, unsigned n);
};
/* false: return 2; the sentence was printed to err, or this was the rehearsal: every command is first run as far as
 * its cli_opts, without an office, so that a slip of the pen is told before anything is opened. Hence every command
 * calls cli_opts once, before all else, and has nothing to give back when that says no.                             */
bool cli_opts(struct cli *c, int argc, char **argv, const struct opt *opts, size_t n);
/* A refusal of usage with {option}, said as cli_fail does; gives 2. */
int cli_usage(struct cli *c, const char *id, const char *option);
/* "--draw DRAW" -> "--draw 抽取编号": each word in capitals as meta.* says it. */
void cli_put_words(struct cli *c, struct qn_buf *out, const char *args, size_t n);
/* The n-th positional word of a command, as its help names it: "抽取编号". */
/* The n-th word that is no option and no option's value, as "ISSUER/SERIES"; false when there is none. */
bool cli_word(char out[64], const struct command *k, unsigned n);
void cli_word_name(struct cli *c, char out[128], const struct command *k, unsigned n);
/* A path as the caller meant it, under its own working directory. */
QN_MUST_USE enum qn_code cli_path(struct cli *c, char out[1024], const char *path, struct qn_err *err);
/* A whole file so named, of at most `max` bytes; one written in its place. */
QN_MUST_USE enum qn_code cli_read(struct cli *c, struct qn_buf *out, const char *path, size_t max, struct qn_err *err);
QN_MUST_USE enum qn_code cli_write(struct cli *c, const char *path, struct qn_span bytes, struct qn_err *err);
/* Prints the refusal's sentence (and, with --json, {"code","id","args"} to out); gives the exit code. */
int cli_fail(struct cli *c, const struct qn_err *err);
/* Whether an office is known here by its certificate; QN_ABSENT "cli.office-unknown" names it. */
QN_MUST_USE enum qn_code cli_known_office(struct cli *c, const char *code, struct qn_err *err);
/* A sentence of the catalogue to out. */
void cli_say(struct cli *c, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
/* Tables: columns padded by display width (a Chinese character counts two); header ids from the catalogue. A cell
 * whose fmt prints a string is text and stands left, one that prints numbers only stands right. Without rows the
 * table is one line that says so, and how rows come where the catalogue has none.<command>.                    */
void cli_table_begin(struct cli *c, unsigned ncols, const char *const header_ids[]);
void cli_table_cell(struct cli *c, const char *fmt, ...) QN_PRINTF(2, 3);
void cli_table_end(struct cli *c);
/* Help on a command, on all that begin with a word, on a topic; no words: all commands. false: nothing is called so. */
bool cli_help(struct cli *c, FILE *to, int argc, char **argv);
void cli_help_short(struct cli *c, FILE *to);
/* The commands that begin with this word, shortly; false: none. */
bool cli_help_family(struct cli *c, FILE *to, const char *word);
/* The command that these words begin with; the longer name wins. words: how many its name takes. */
const struct command *cli_find(int argc, char **argv, int *words);
struct cli_area {
    const char *title;
    const struct command *table;
};
#define CLI_AREAS 6
extern const struct cli_area cli_areas[CLI_AREAS];
/* Whole program: parses global options (-d DIR, --json, --lang, --passphrase-file), finds the command. */
int cli_main(int argc, char **argv, const struct network *network, const struct pages_maker *maker);
/* The same inside a running node, for a forwarded command line. */
int cli_run(struct cli *c, int argc, char **argv);
#endif
