/* verify_blame.c - of each finding against whom it is held, and the proof that its evidence stands in the log. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

/* SPEC verdicts-45: "the office that draws; its orderer; the issuer of the plan; the author of the entry that is the evidence" */
static enum finding_role role_of(enum verdict_code c)
{
    static const enum verdict_code orderer[] = {
        V_PLAN_NOT_LOGGED,    V_PLAN_AFTER_ORDER,    V_PLAN_NOT_ACCEPTED,    V_KEY_INVALID,
        V_KEY_NOT_ENROLLED,   V_KEY_ENROLLED_LATE,   V_FREEZE_NOT_WITNESSED, V_FREEZE_DATA_MISSING,
        V_FREEZE_STALE,       V_LEVEL_FALSE,         V_ORDER_MISSING,        V_ORDER_SIG_BAD,
        V_ORDER_NOT_LOGGED,   V_ORDER_BEFORE_FREEZE, V_ORDER_DUPLICATE,      V_NONCE_REUSED,
        V_BEACON_BEFORE_ORDER};
    static const enum verdict_code issuer[] = {V_SLOT_REISSUED, V_SCOPE_TINY};
    static const enum verdict_code author[] = {
        V_LOG_FORK,           V_ORDER_FORGED,        V_ROSTER_LATE,
        V_RESULT_CHANGED,     V_RESULT_WITHOUT_DRAW, V_LIST_MISMATCH,
        V_CONTRIBUTOR_MISSING};
    for (size_t i = 0; i < sizeof(orderer) / sizeof(orderer[0]); i++)
        if (orderer[i] == c)
            return ROLE_ORDERER;
    for (size_t i = 0; i < sizeof(issuer) / sizeof(issuer[0]); i++)
        if (issuer[i] == c)
            return ROLE_ISSUER;
    for (size_t i = 0; i < sizeof(author) / sizeof(author[0]); i++)
        if (author[i] == c)
            return ROLE_AUTHOR;
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
        if (qn_origin_parse(qn_str(x->origin), deployment, x->against, &epoch, &none) != QN_OK)
            x->against[0] = 0;
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
