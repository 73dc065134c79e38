/* setup.h - an office's beginning as its first pages ask for it: node/cli answers with the commands (init, enrol accept, ui
 * invite), node/web asks.                                                        Spec: protocol/spec/web.md (web-50)
 *
 * How far it has come is nowhere but in what the commands wrote: whoever asks again, after a power cut too, is told. */
#ifndef QIAN_NODE_SYNC_SETUP_H
#define QIAN_NODE_SYNC_SETUP_H

#include "node/text/text.h"
#include "qian/cert.h"

enum setup_step {
    SETUP_NOTHING, /* no keys, no database */
    SETUP_ASKED,   /* both, and a request whose answer is awaited */
    SETUP_DONE,    /* certified: the node takes over */
};
struct setup_look {
    enum setup_step step;
    char dir[1024];
    char passphrase_file[1024]; /* as the program was told; "" for none */
    bool passphrase_there; /* it need not be said: the file is there, or it was said in this run */
    /* From SETUP_ASKED on. */
    char office[QN_CODE_MAX + 1], name[QN_NAME_MAX + 1], deployment[QN_DEPLOYMENT_MAX + 1],
        fingerprint[QN_FINGERPRINT];
    struct qn_buf request; /* the bytes; released by the caller */
};
struct setup_init {
    const char *office, *name, *fingerprint;
    struct qn_span policy;     /* the file's bytes */
    const char *passphrase; /* where none is there */
};
struct setup_acts {
    void *ctx;
    enum qn_code (*look)(void *ctx, struct setup_look *out, struct qn_err *err);
    enum qn_code (*init)(void *ctx, const struct setup_init *o, struct qn_err *err);
    /* invite: the token with which the first person chooses a password, as hex. The listener ends soon behind it. */
    enum qn_code (*accept)(void *ctx, struct qn_span chain, const char *passphrase,
                           char invite[65], struct qn_err *err);
    /* What init made goes again; fingerprint: of the request that is meant. */
    enum qn_code (*again)(void *ctx, const char *fingerprint, struct qn_err *err);
};
struct setup_start {
    const struct setup_acts *acts; /* lent until stop */
    const char *dir;
    enum text_lang lang;
};
#define SETUP_LINK 65
#endif
