/* verify_blame.c - of each finding against whom it is held, and the proof that its evidence stands in the log. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

/* SPEC verdicts-45: "the office that draws; its orderer; the issuer of the plan; the author of the entry that is the evidence"
 * A code that this does not name is a warning of the compiler. */
static enum finding_role role_of(enum verdict_code c)
{
    switch (c) {
    case V_PLAN_NOT_LOGGED:
    case V_PLAN_AFTER_ORDER:
    case V_PLAN_NOT_ACCEPTED:
    case V_KEY_INVALID:
    case V_KEY_NOT_ENROLLED:
    case V_KEY_ENROLLED_LATE:
    case V_FREEZE_NOT_WITNESSED:
    case V_FREEZE_DATA_MISSING:
    case V_FREEZE_STALE:
    case V_FREEZE_PASSED_OVER:
    case V_LEVEL_FALSE:
    case V_ORDER_MISSING:
    case V_ORDER_SIG_BAD:
    case V_ORDER_NOT_LOGGED:
    case V_ORDER_BEFORE_FREEZE:
    case V_ORDER_DUPLICATE:
    case V_NONCE_REUSED:
    case V_BEACON_BEFORE_ORDER:
        return ROLE_ORDERER;
    case V_SLOT_REISSUED:
    case V_SCOPE_TINY:
        return ROLE_ISSUER;
    case V_LIST_MISMATCH:
    case V_LOG_FORK:
    case V_ORDER_FORGED:
    case V_ROSTER_LATE:
    case V_CONTRIBUTOR_MISSING:
    case V_RESULT_CHANGED:
    case V_RESULT_WITHOUT_DRAW:
    case V_SELF_TEST:
    case V_BLIND_FALSE:
        return ROLE_AUTHOR;
    case V_PUBLISH_MISMATCH:
    case V_PUBLISH_REVIEW:
    case V_PUBLISH_LATE:
        return ROLE_PUBLISHER;
    case V_KEY_CHANGED_OPEN_ORDER:
    case V_FREEZE_NOT_LOGGED:
    case V_FREEZE_UNBOUND:
    case V_FREEZE_DATE:
    case V_FREEZE_MISSING:
    case V_SEEN_FALSE:
    case V_BEACON_WRONG:
    case V_BEACON_MISMATCH:
    case V_ROOT_MISMATCH:
    case V_UNSORTED_OR_DUP:
    case V_ROSTER_OLD:
    case V_STATUS_FLIPPED:
    case V_REGISTER_OLD:
    case V_ROSTER_OMISSION:
    case V_ROSTER_PHANTOM:
    case V_CLASS_MISMATCH:
    case V_OBJECT_MINTED:
    case V_MUST_UNAUTHORISED:
    case V_EXCLUDE_UNAUTHORISED:
    case V_CAP_WRONG:
    case V_CAP_UNFOUNDED:
    case V_CARRYOVER_MISSING:
    case V_INSP_OMISSION:
    case V_QUAL_MISMATCH:
    case V_POOL_TOO_SMALL:
    case V_LOAD_UNFOUNDED:
    case V_RECUSALS_MANY:
    case V_DRAW_MALFORMED:
    case V_ALPHA_MISMATCH:
    case V_VRF_INVALID:
    case V_QUOTA_WRONG:
    case V_SELECT_MISMATCH:
    case V_PAIR_MISMATCH:
    case V_PAIR_UNFILLED:
    case V_APPOINT_MISMATCH:
    case V_OVERCAP:
    case V_DISPATCH_MISMATCH:
    case V_DRAW_WITHHELD:
    case V_DRAW_LATE:
    case V_DRAW_DUPLICATE:
    case V_DRAW_FORGOTTEN:
    case V_EVIDENCE_FORGOTTEN:
    case V_VISIT_MISSING:
    case V_VISIT_EXTRA:
    case V_VISIT_INSPECTORS:
    case V_VISIT_BEFORE_DRAW:
    case V_VOID_NO_EVIDENCE:
    case V_VOID_CONTRADICTED:
    case V_VOID_REPEATED:
    case V_VOID_RATE_HIGH:
    case V_RETURN_CONTRADICTED:
    case V_SUPP_WITHOUT_VOID:
    case V_SUPP_OUT_OF_ORDER:
    case V_SUPP_EXHAUSTED:
    case V_REPL_MISMATCH:
    case V_ABSENCE_INCONSISTENT:
    case V_REPLACED_REMAINS:
    case V_RECUSAL_LATE:
    case V_RECUSAL_NOT_KEPT:
    case V_RELEASE_EARLY:
    case V_RELEASE_MISSING:
    case V_CODES:
        return ROLE_DRAWER;
    }
    return ROLE_DRAWER;
}

static void blame(struct finding *x, struct store *st, const struct verdict *v)
{
    char deployment[QN_DEPLOYMENT_MAX + 1];
    uint16_t epoch;
    struct qn_err none;
    const char *slash = strchr(v->slot, '/');
    x->role = role_of(x->code);
    x->against[0] = 0;
    switch (x->role) {
    case ROLE_DRAWER:
        memcpy(x->against, v->office, sizeof(x->against));
        break;
    case ROLE_ORDERER:
        if (!tree_orderer(st, v->office, x->against))
            x->against[0] = 0;
        break;
    case ROLE_ISSUER:
        if (slash)
            qn_text_copy(x->against, sizeof(x->against),
                         (struct qn_span){(const uint8_t *)v->slot, (size_t)(slash - v->slot)});
        break;
    case ROLE_AUTHOR:
    case ROLE_PUBLISHER:
        if (qn_origin_parse(qn_str(x->origin), deployment, x->against, &epoch, &none) != QN_OK)
            x->against[0] = 0;
        else if (x->role == ROLE_PUBLISHER)
            verify_publisher(st, x->against);
        break;
    }
}

/* Where the entry is held in the branch that counts: its leaf, and how it leads to the newest checkpoint. */
static enum qn_code prove(struct finding *x, struct store *st, struct qn_err *err)
{
    struct log log;
    struct qn_err none;
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    e.bytes = (struct qn_buf){.p = NULL};
    if (!x->origin[0] || log_find(&log, st, x->origin, &none) != QN_OK || x->seq >= log.verified)
        return QN_OK;
    enum qn_code rc = log_entry_get(&e, st, &log, x->seq, err);
    if (rc || (x->has_leaf && memcmp(x->leaf, e.leaf, QN_HASH) != 0))
        return rc;
    memcpy(x->leaf, e.leaf, QN_HASH);
    x->has_leaf = true;
    x->proof = calloc(1, sizeof(*x->proof));
    if (!x->proof)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    x->size = log.verified;
    return log_inclusion(st, &log, x->seq, log.verified, x->proof, err);
}

enum qn_code verify_blame(struct verify *v)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->out->n; i++)
        for (size_t k = 0; !rc && k < v->out->at[i].f.n; k++) {
            struct finding *x = &v->out->at[i].f.at[k];
            blame(x, v->st, &v->out->at[i]);
            rc = prove(x, v->st, v->err);
        }
    return rc;
}
