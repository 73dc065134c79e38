/* witness.h - being a witness to others, and asking one.   Spec: protocol/spec/witness.md
 *
 * Whoever calls holds the office's lock; witness_ask gives it back while it waits for the network. */
#ifndef QIAN_NODE_SYNC_WITNESS_H
#define QIAN_NODE_SYNC_WITNESS_H

#include "node/sync/network.h"
#include "qian/witness.h"

#define WITNESSES_MAX \
    16 /* asked by one office: with the lines of log and levels a note keeps below 32 */
#define WITNESS_URL_MAX 256

struct witness_reply {
    enum qn_witness_outcome outcome;
    char origin[QN_ORIGIN_MAX + 1]; /* "" when the request was not understood */
    uint64_t size;      /* cosigned last, for STALE and SPLIT; the checkpoint's for COSIGN */
    struct qn_buf line; /* COSIGN: the signature line; released by the caller */
    struct qn_err why;  /* the other outcomes */
};
/* Judges a request; what it shows is kept as if it had come by exchange. A code other than QN_OK says that
 * nothing could be decided (disk, memory).                                                               */
QN_MUST_USE enum qn_code witness_add(struct witness_reply *out, struct store *st,
                                     struct qn_span request, const struct qn_report *report,
                                     struct qn_err *err);

/* Asks the witness at url (https://HOST or http on loopback, perhaps with a path) to cosign the own newest checkpoint, and keeps
 * its line. vkey: its verifier key; may be NULL when it has been asked before.                           */
struct witness_ask {
    struct office *office;
    const char *url, *vkey;
    const struct network *network;
    const struct qn_report *report;
};
struct witness_asked {
    char name[QN_VKEY_NAME];
    uint64_t from, size, time_s;
};
QN_MUST_USE enum qn_code witness_ask(struct witness_asked *out, const struct witness_ask *o,
                                     struct qn_err *err);

struct witness {
    char url[WITNESS_URL_MAX + 1];
    char vkey[QN_VKEY_NAME + 64], name[QN_VKEY_NAME];
    uint64_t size, ok_ms;
};
/* The witnesses that were asked with success; n of them. */
QN_MUST_USE enum qn_code witness_list(struct witness out[WITNESSES_MAX], unsigned *n,
                                      struct store *st, struct qn_err *err);
/* The verifier keys of this office: of its log and as a witness. */
QN_MUST_USE enum qn_code witness_own_keys(struct qn_vkey *log, struct qn_vkey *witness,
                                          struct store *st, struct qn_err *err);
#endif
