/* certs.h - the certificates known here, how each stands, and which of them end.   Spec: protocol/spec/rotation.md */
#ifndef QIAN_NODE_SYNC_CERTS_H
#define QIAN_NODE_SYNC_CERTS_H

#include "node/sync/certify.h"

#define CERTS_AMBER_DAYS 60 /* before the last day */

enum cert_state {
    CERT_VALID,
    CERT_AHEAD,    /* its first day is yet to come */
    CERT_ENDING,   /* within CERTS_AMBER_DAYS */
    CERT_ENDED,    /* its last day is over: warns and stops nothing */
    CERT_REVOKED,  /* it takes the keys of its epoch back */
    CERT_REPLACED, /* a later certificate of the epoch stands */
    CERT_EARLIER   /* the newest of an epoch that another followed */
};
const char *cert_state_name(enum cert_state s);
struct cert_line {
    struct qn_cert c;
    enum cert_state state;
    bool counted;  /* until and days are told: of the newest certificate of the newest epoch */
    int32_t until; /* the last day that any certificate of the epoch covers */
    int64_t days;  /* until then; below 0: since then */
    uint64_t
        given_s; /* when its issuer's witness first cosigned it; 0: not known here, or by the root policy */
    char reason[CERTIFY_REASON + 1]; /* of a revocation, where it was given here */
};
struct cert_lines {
    struct cert_line *line;
    size_t n;
};
/* By level, office, epoch and order of being given. office NULL: of all; newest: one of each office. */
QN_MUST_USE enum qn_code certs_read(struct cert_lines *out, struct store *st, const char *office,
                                    bool newest, struct qn_err *err);
void cert_lines_release(struct cert_lines *l);
static inline void cert_lines_auto(struct cert_lines *l)
{
    cert_lines_release(l);
}
/* The catalogue's sentence about one that ends or has ended, with its values; NULL: it needs none. What to do next
 * depends on who reads it: the office itself, its parent, or another.                                       */
const char *certs_warning(char args[400], const struct qn_cert *self, const struct cert_line *l);
#endif
