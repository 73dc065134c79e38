/* status.h - what this office holds, and what stands still: one view for the command line and the page. */
#ifndef QIAN_NODE_SYNC_STATUS_H
#define QIAN_NODE_SYNC_STATUS_H

#include "node/store/anchor.h"
#include "node/store/files.h"
#include "node/store/own.h"
#include "node/store/log.h"
#include "node/store/purge.h"
#include "node/sync/certs.h"
#include "node/store/own_claim.h"
#include "node/sync/children.h"
#include "node/sync/clocks.h"
#include "node/sync/fork.h"
#include "node/sync/peer.h"
#include "node/sync/progress.h"

#define STATUS_FATES 200 /* shown one by one; the counts tell of all */
#define STATUS_BACKS 20
#define STATUS_CLAIMS 4 /* the offices above, and one to spare */

struct status_log {
    struct log log;
    enum qn_level level;
    uint64_t received[QN_LANES], applied[QN_LANES];
    uint64_t forks; /* pieces of evidence of equivocation */
};
struct status_receipt {
    char from[QN_CODE_MAX + 1], about[QN_ORIGIN_MAX + 1];
    uint64_t time_s, size;
    uint64_t stored[QN_LANES], applied[QN_LANES];
    unsigned held, refused;
};
struct status_fate {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    char state[16], rule[48], args[400];
};
struct status {
    struct qn_cert self;
    char parent[QN_CODE_MAX + 1]; /* "" for the province */
    enum own_state own_state;
    struct qn_err stopped; /* why this office does not sign, when it does not */
    struct own_claim claim[STATUS_CLAIMS]; /* receipts that contradict the own log */
    size_t nclaims;
    struct anchor_told anchor;
    struct log own;
    struct status_log *log;
    size_t nlogs;
    struct status_receipt *receipt;
    size_t nreceipts;
    struct status_fate *fate;
    size_t nfates;
    struct forks forks;
    struct peers peers;
    struct children children;
    struct clocks_back back[STATUS_BACKS];
    size_t nbacks;
    uint64_t backs;           /* all of them */
    bool has_progress;        /* the parent said what it holds */
    struct progress progress; /* of our log at the parent */
    struct cert_lines certs; /* that end, have ended or are revoked: the own one, those given here, those above */
    bool root_rival;         /* two successions of one root policy are known, and nobody has decided */
    uint16_t newer_epoch;    /* of this office, certified and not taken in; 0: none */
    uint64_t held, refused, quarantined;
    uint64_t plans, draws, results;
    uint64_t persons; /* entered and here; 0: roles are not in force */
    struct files_standing files;
    struct purge_lines purges;
};
QN_MUST_USE enum qn_code status_read(struct status *out, struct store *st, struct qn_err *err);
void status_release(struct status *s);
static inline void status_auto(struct status *s)
{
    status_release(s);
}
const char *status_level_id(enum qn_level level); /* of the catalogue */
#endif
