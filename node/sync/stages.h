/* stages.h - how far one row has come: signed, received, applied, received by the province.
 *                                                                   Spec: protocol/spec/stages.md
 * Judged from what the receivers themselves signed, cosignatures and receipts, as far as it came here. So any office
 * that holds the author's log can tell, the author, its ancestors, and its addressees for what they hold.
 * Ownership: plain values.                                                                                        */
#ifndef QIAN_NODE_SYNC_STAGES_H
#define QIAN_NODE_SYNC_STAGES_H

#include "node/store/log.h"

#define STAGES_ABOVE (QN_CHAIN_MAX - 1) /* offices above a station */

/* Of one entry at one office above its author, by its newest receipt. Ascending. */
enum stage {
    STAGE_NOTHING, /* neither receipt nor cosignature tells of it */
    STAGE_HEADER,  /* cosigned: its header is there, not all its parts */
    STAGE_STORED,
    STAGE_HELD,    /* stored, and waits there; rule tells for what */
    STAGE_SETTLED, /* applied or refused: more is refused there than a receipt names */
    STAGE_REFUSED,
    STAGE_APPLIED,
};
const char *stage_name(enum stage stage); /* "stored" */

struct stage_above {
    char office[QN_CODE_MAX + 1];
    enum qn_level level;
    enum stage stage;
    char rule[48];             /* of STAGE_HELD and STAGE_REFUSED */
    bool cosigned;             /* the two below */
    uint64_t size, cosigned_s; /* its first cosigned checkpoint that covers the entry */
    bool has_receipt;          /* the four below */
    uint64_t receipt_s, headers, stored, applied; /* of the entry's lane */
};
struct stages {
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
    char table[QN_TABLE_NAME]; /* "": no such row is applied here */
    int64_t id, rev;
    uint64_t seq, claimed_ms;
    uint8_t leaf[QN_HASH], sig[QN_SIG]; /* of the entry */
    enum qn_lane lane;
    bool bypassed; /* an office above the parent received it, and the parent did not */
    unsigned n;
    struct stage_above above[STAGES_ABOVE]; /* direct parent first, the province last */
};
struct stages_of {
    const char *office;
    int64_t id, rev; /* rev 0: the newest that is here */
};
/* "epoch-seq-n" of this office, or OFFICE:epoch-seq-n; a draw's name is of that form. */
QN_MUST_USE enum qn_code stages_parse(char office[QN_CODE_MAX + 1], int64_t *id, struct store *st,
                                      const char *text, struct qn_err *err);
/* QN_ABSENT "log.unknown", "log.no-entry", "stages.no-own", "stages.no-rev". */
QN_MUST_USE enum qn_code stages_read(struct stages *out, struct store *st,
                                     const struct stages_of *what, struct qn_err *err);
/* One JSON object, for the command line and the API. */
QN_MUST_USE enum qn_code stages_json(struct qn_buf *out, const struct stages *s,
                                     struct qn_err *err);

/* An office above as a stage of four: whether it received the row, and when by its own clock. */
bool stage_is_received(enum stage stage);
/* exact: it is the time of a cosignature; else not later than that, the time of a receipt. 0: not known. */
uint64_t stage_received_s(const struct stage_above *a, bool *exact);

/* The same for people: a row for each stage, ids of the catalogue with their values. */
#define STAGES_LINES (STAGES_ABOVE + 2)
struct stages_line {
    const char *stage, *result, *proof; /* ids */
    char office[QN_CODE_MAX + 1], result_args[64], proof_args[120];
    uint64_t time_s; /* 0: not known */
    bool at_latest;  /* it had happened by then */
};
struct stages_told {
    const char *record; /* what the row is, and where it stands */
    char record_args[2 * QN_CODE_MAX + QN_TABLE_NAME + QN_ORIGIN_MAX + 120];
    struct stages_line line[STAGES_LINES];
    unsigned n;
    const char *remark; /* NULL: none */
    char remark_args[64];
};
void stages_tell(struct stages_told *out, const struct stages *s);

/* When an entry of another office was received, by the clock of its direct parent or, where that was passed by, of
 * the nearest office above that cosigned it. QN_ABSENT "log.not-cosigned". by may be NULL.                        */
QN_MUST_USE enum qn_code stages_received_at(uint64_t *time_s, char by[QN_CODE_MAX + 1],
                                            struct store *st, const struct log *log, uint64_t seq,
                                            struct qn_err *err);
/* Entries of a log, from *from on, that no direct parent is known to have cosigned though somebody above did.
 * false: none.                                                                                                   */
QN_MUST_USE enum qn_code stages_bypassed(bool *out, uint64_t *from, struct store *st,
                                         const struct log *log, struct qn_err *err);
#endif
