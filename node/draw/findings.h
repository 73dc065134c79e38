/* findings.h - what a verification found: codes, consequences, evidence, values.   Spec: protocol/spec/verdicts.md
 *
 * Every check of one draw ends as ok, as a finding or as not checked for a reason; all are told, in the order of
 * the table below, which is the specification's.
 * Ownership: findings own their values; findings_release() frees them, zeroed ones are fine.                    */
#ifndef QIAN_NODE_DRAW_FINDINGS_H
#define QIAN_NODE_DRAW_FINDINGS_H

#include "qian/base.h"
#include "qian/cert.h"
#include "qian/merkle.h"
#include "qian/note.h"

/* code, consequence, catalogue id. C: correct by re-deriving from the same seed. N: order or level is void.
 * L: the level claimed is lowered. F: a flag for people.                                                  */
#define VERDICT_TABLE(X) \
    X(PLAN_NOT_LOGGED, "N", "verdict.plan-not-logged") \
    X(PLAN_AFTER_ORDER, "N", "verdict.plan-after-order") \
    X(PLAN_NOT_ACCEPTED, "N", "verdict.plan-not-accepted") \
    X(SLOT_REISSUED, "F", "verdict.slot-reissued") \
    X(SCOPE_TINY, "F", "verdict.scope-tiny") \
    X(LIST_MISMATCH, "C", "verdict.list-mismatch") \
    X(KEY_INVALID, "N", "verdict.key-invalid") \
    X(KEY_NOT_ENROLLED, "N", "verdict.key-not-enrolled") \
    X(KEY_ENROLLED_LATE, "N", "verdict.key-enrolled-late") \
    X(KEY_CHANGED_OPEN_ORDER, "C", "verdict.key-changed-open-order") \
    X(LOG_FORK, "F", "verdict.log-fork") \
    X(FREEZE_NOT_LOGGED, "L", "verdict.freeze-not-logged") \
    X(FREEZE_NOT_WITNESSED, "L", "verdict.freeze-not-witnessed") \
    X(FREEZE_DATA_MISSING, "N", "verdict.freeze-data-missing") \
    X(FREEZE_STALE, "F", "verdict.freeze-stale") \
    X(FREEZE_PASSED_OVER, "F", "verdict.freeze-passed-over") \
    X(FREEZE_UNBOUND, "F", "verdict.freeze-unbound") \
    X(FREEZE_DATE, "F", "verdict.freeze-date") \
    X(FREEZE_MISSING, "F", "verdict.freeze-missing") \
    X(LEVEL_FALSE, "LF", "verdict.level-false") \
    X(ORDER_MISSING, "F", "verdict.order-missing") \
    X(ORDER_FORGED, "F", "verdict.order-forged") \
    X(ORDER_SIG_BAD, "N", "verdict.order-sig-bad") \
    X(ORDER_NOT_LOGGED, "N", "verdict.order-not-logged") \
    X(SEEN_FALSE, "F", "verdict.seen-false") \
    X(ORDER_BEFORE_FREEZE, "L", "verdict.order-before-freeze") \
    X(ORDER_DUPLICATE, "F", "verdict.order-duplicate") \
    X(NONCE_REUSED, "N", "verdict.nonce-reused") \
    X(BEACON_WRONG, "C", "verdict.beacon-wrong") \
    X(BEACON_MISMATCH, "N", "verdict.beacon-mismatch") \
    X(BEACON_BEFORE_ORDER, "L", "verdict.beacon-before-order") \
    X(ROOT_MISMATCH, "C", "verdict.root-mismatch") \
    X(UNSORTED_OR_DUP, "C", "verdict.unsorted-or-dup") \
    X(ROSTER_OLD, "F", "verdict.roster-old") \
    X(ROSTER_LATE, "F", "verdict.roster-late") \
    X(STATUS_FLIPPED, "F", "verdict.status-flipped") \
    X(REGISTER_OLD, "F", "verdict.register-old") \
    X(ROSTER_OMISSION, "C", "verdict.roster-omission") \
    X(ROSTER_PHANTOM, "C", "verdict.roster-phantom") \
    X(CLASS_MISMATCH, "C", "verdict.class-mismatch") \
    X(OBJECT_MINTED, "F", "verdict.object-minted") \
    X(MUST_UNAUTHORISED, "F", "verdict.must-unauthorised") \
    X(EXCLUDE_UNAUTHORISED, "C", "verdict.exclude-unauthorised") \
    X(CAP_WRONG, "C", "verdict.cap-wrong") \
    X(CAP_UNFOUNDED, "F", "verdict.cap-unfounded") \
    X(CARRYOVER_MISSING, "C", "verdict.carryover-missing") \
    X(INSP_OMISSION, "F", "verdict.insp-omission") \
    X(QUAL_MISMATCH, "F", "verdict.qual-mismatch") \
    X(POOL_TOO_SMALL, "F", "verdict.pool-too-small") \
    X(RECUSALS_MANY, "F", "verdict.recusals-many") \
    X(DRAW_MALFORMED, "C", "verdict.draw-malformed") \
    X(ALPHA_MISMATCH, "C", "verdict.alpha-mismatch") \
    X(VRF_INVALID, "C", "verdict.vrf-invalid") \
    X(CONTRIBUTOR_MISSING, "C", "verdict.contributor-missing") \
    X(QUOTA_WRONG, "C", "verdict.quota-wrong") \
    X(SELECT_MISMATCH, "C", "verdict.select-mismatch") \
    X(PAIR_MISMATCH, "C", "verdict.pair-mismatch") \
    X(PAIR_UNFILLED, "F", "verdict.pair-unfilled") \
    X(APPOINT_MISMATCH, "F", "verdict.appoint-mismatch") \
    X(OVERCAP, "F", "verdict.overcap") \
    X(LOAD_UNFOUNDED, "F", "verdict.load-unfounded") \
    X(DISPATCH_MISMATCH, "C", "verdict.dispatch-mismatch") \
    X(DRAW_WITHHELD, "C", "verdict.draw-withheld") \
    X(DRAW_LATE, "F", "verdict.draw-late") \
    X(DRAW_DUPLICATE, "F", "verdict.draw-duplicate") \
    X(DRAW_FORGOTTEN, "F", "verdict.draw-forgotten") \
    X(EVIDENCE_FORGOTTEN, "F", "verdict.evidence-forgotten") \
    X(VISIT_MISSING, "C", "verdict.visit-missing") \
    X(VISIT_EXTRA, "F", "verdict.visit-extra") \
    X(VISIT_INSPECTORS, "F", "verdict.visit-inspectors") \
    X(VISIT_BEFORE_DRAW, "F", "verdict.visit-before-draw") \
    X(RESULT_CHANGED, "F", "verdict.result-changed") \
    X(RESULT_WITHOUT_DRAW, "F", "verdict.result-without-draw") \
    X(SELF_TEST, "C", "verdict.self-test") \
    X(BLIND_FALSE, "F", "verdict.blind-false") \
    X(VOID_NO_EVIDENCE, "C", "verdict.void-no-evidence") \
    X(VOID_CONTRADICTED, "C", "verdict.void-contradicted") \
    X(VOID_REPEATED, "F", "verdict.void-repeated") \
    X(VOID_RATE_HIGH, "F", "verdict.void-rate-high") \
    X(RETURN_CONTRADICTED, "F", "verdict.return-contradicted") \
    X(SUPP_WITHOUT_VOID, "F", "verdict.supp-without-void") \
    X(SUPP_OUT_OF_ORDER, "C", "verdict.supp-out-of-order") \
    X(SUPP_EXHAUSTED, "F", "verdict.supp-exhausted") \
    X(REPL_MISMATCH, "C", "verdict.repl-mismatch") \
    X(ABSENCE_INCONSISTENT, "F", "verdict.absence-inconsistent") \
    X(REPLACED_REMAINS, "F", "verdict.replaced-remains") \
    X(RECUSAL_LATE, "F", "verdict.recusal-late") \
    X(RECUSAL_NOT_KEPT, "F", "verdict.recusal-not-kept") \
    X(RELEASE_EARLY, "F", "verdict.release-early") \
    X(RELEASE_MISSING, "F", "verdict.release-missing") \
    X(PUBLISH_MISMATCH, "C", "verdict.publish-mismatch") \
    X(PUBLISH_REVIEW, "F", "verdict.publish-review") \
    X(PUBLISH_LATE, "F", "verdict.publish-late")

enum verdict_code {
#define X(name, consequence, id) V_##name,
    VERDICT_TABLE(X)
#undef X
        V_CODES
};
const char *verdict_code_name(enum verdict_code c);        /* "ROOT_MISMATCH" */
const char *verdict_code_id(enum verdict_code c);          /* "verdict.root-mismatch" */
const char *verdict_code_consequence(enum verdict_code c); /* "C" */

/* Against whom a finding is held (verdicts-45). */
enum finding_role { ROLE_DRAWER, ROLE_ORDERER, ROLE_ISSUER, ROLE_AUTHOR, ROLE_PUBLISHER };
const char *
finding_role_name(enum finding_role r); /* "drawer" "orderer" "issuer" "author" "publisher" */

#define FINDING_VALUES 7
struct finding_value {
    const char *key; /* a literal */
    char *text;
};
struct finding {
    enum verdict_code code;
    char origin[QN_ORIGIN_MAX + 1]; /* where the evidence stands: log, entry, leaf */
    uint64_t seq;
    bool has_leaf;
    uint8_t leaf[QN_HASH];
    enum finding_role role;
    char against[QN_CODE_MAX + 1]; /* "": not known */
    uint64_t size;                 /* of the tree that the proof leads to */
    struct qn_proof *proof; /* owned; NULL: the entry is not held in the branch that counts */
    unsigned n;
    struct finding_value value[FINDING_VALUES];
};
enum check_state { CHECK_OPEN, CHECK_OK, CHECK_SKIPPED, CHECK_FOUND };
struct findings {
    struct finding *at;
    size_t n, cap;
    enum check_state state[V_CODES];
    const char *why[V_CODES]; /* CHECK_SKIPPED: catalogue id of the reason, a literal */
    bool no_memory;           /* kept until findings_finish */
};
#define FINDINGS_FORGOTTEN "verdict.skip.forgotten" /* why a check was skipped */
/* Whether a check could not be made because something was forgotten. */
bool findings_forgotten(const struct findings *f);
void findings_ok(struct findings *f, enum verdict_code c);
void findings_skip(struct findings *f, enum verdict_code c, const char *why_id);
/* What was found under this code is taken back: it may come from what is not there. */
void findings_withdraw(struct findings *f, enum verdict_code c, const char *why_id);
/* The finding to be filled, NULL when memory has run out: finding_put takes that, findings_finish tells it.
 * leaf may be NULL.                                                                                      */
struct finding *findings_add(struct findings *f, enum verdict_code c, const char *origin,
                             uint64_t seq, const uint8_t leaf[QN_HASH]);
void finding_put(struct findings *f, struct finding *x, const char *key, const char *fmt, ...)
    QN_PRINTF(4, 5);
/* Sorted by the table; what is still open counts as ok. */
QN_MUST_USE enum qn_code findings_finish(struct findings *f, struct qn_err *err);
void findings_release(struct findings *f);

struct findings_totals {
    size_t ok, found, skipped;
};
void findings_count(struct findings_totals *t, const struct findings *f);
bool findings_has(const struct findings *f, enum verdict_code c);
/* "key=value|key=value" for the catalogue. */
void finding_args(struct qn_buf *out, const struct finding *x);
/* Names of the codes found, or of those not checked, each once, in order, one space between. */
void findings_codes(struct qn_buf *out, const struct findings *f, enum check_state state);

/* A list of names for a value: the first LIST_NAMES, then how many more there are. */
#define LIST_NAMES 30
struct name_list {
    struct qn_buf text;
    size_t n;
};
void name_list_init(struct name_list *l);
void name_list_add(struct name_list *l, struct qn_span name);
/* Valid until the list is released; "-" when it is empty. */
const char *name_list_text(struct name_list *l);
static inline void name_list_auto(struct name_list *l)
{
    qn_buf_release(&l->text);
}

#endif
