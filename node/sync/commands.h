/* commands.h - the commands of the program, for who offers them by another mouth than the command line. node/cli knows
 * them; whoever starts the node lends this table.                                  Spec: protocol/spec/web.md
 *
 * A command is described by what its options are checked against, and run by the same function with the same words, so no
 * mouth can do what another cannot, nor leave out a check.                                                          */
#ifndef QIAN_NODE_SYNC_COMMANDS_H
#define QIAN_NODE_SYNC_COMMANDS_H

#include "node/store/office.h"
#include "node/text/text.h"

struct commands_run {
    int argc;
    char **
        argv; /* the words behind the program's name; argc + 1 of them, the last NULL; may be put in another order */
    const char *by;  /* who acts */
    const char *cwd; /* under which files are named */
    enum text_lang lang;
    struct qn_report report;
    bool (*stop)(void *ctx); /* asked while a network is waited for; may be NULL */
    void *stop_ctx;
    struct office *beside; /* of who reads without the office's lock; NULL: the office itself, under it */
    struct qn_buf out;  /* what it printed, as JSON; released by the caller. Failed: it was more than can be told (qn_buf_check) */
    struct qn_buf said; /* what it said beside that, as text */
};
/* Whether a command is run without the office's lock: as an act never is; where it also looks after what the node itself holds
 * while somebody has the lock; always. */
enum commands_beside { BESIDE_NEVER, BESIDE_WHEN_BUSY, BESIDE_ALWAYS };
struct commands {
    void *ctx;
    /* A JSON array of all commands that may be called so, in the language: web-20. */
    enum qn_code (*describe)(void *ctx, enum text_lang lang, struct qn_buf *json,
                             struct qn_err *err);
    /* Whether "roster import" may be called so; reads: it changes nothing. */
    bool (*known)(void *ctx, const char *name, bool *reads);
    enum commands_beside (*beside)(void *ctx, const char *name);
    /* Under the office's lock, which the caller holds, or beside. Gives the command's exit code. */
    int (*run)(void *ctx, struct commands_run *r);
};
#endif
