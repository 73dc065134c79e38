/* check_supplement.c - a draw on a supplement beside its main draw and the supplements before it, and beside the exceptions
 * that it answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/publish/owner.h"

/* ---- the draws before it ------------------------------------------------------------------------ */

/* What makes the list of an earlier draw one that can be compared with: its own page tells the rest. */
static enum qn_code open_before(struct check *c, struct check_before *b, struct qn_err *why)
{
    char path[256];
    const struct qn_cert *signer[QN_EV_ENTRIES];
    const struct qn_rules *none[QN_ORDER_SLOTS] = {NULL};
    snprintf(path, sizeof(path), "%s/entries.frames", b->dir);
    enum qn_code rc = check_read(c, &b->frames, path, why);
    if (!rc)
        rc = qn_evidence_split(&b->ev, qn_buf_span(&b->frames), why);
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        const struct qn_ev_entry *x = &b->ev.entry[i];
        signer[i] = check_cert_of(c, x->office, x->epoch);
        rc = signer[i] ? qn_evidence_signed(&b->ev, (enum qn_ev)i, signer[i], why)
                       : qn_fail(why, QN_UNVERIFIED, "check.no-certificate", "office=%s", x->office);
        if (!rc)
            rc = qn_evidence_committed(&b->ev, (enum qn_ev)i, why);
    }
    if (!rc)
        rc = qn_evidence_read(&b->ev, signer, why);
    if (!rc)
        rc = qn_evidence_order(&b->ev, signer[QN_EV_ORDER], why);
    if (!rc)
        rc = qn_evidence_links(&b->ev, why);
    if (rc)
        return rc;
    const struct qn_cert *drawer =
        b->ev.order.nkeys ? check_vrf_cert(c, c->office, b->ev.order.vrf[0]) : NULL;
    rc = qn_evidence_seed(&b->ev, drawer ? drawer : signer[QN_EV_DRAW], why);
    if (!rc)
        rc = qn_evidence_list(&b->ev, why);
    return rc ? rc : qn_evidence_strata(&b->ev, none, why);
}

/* SPEC site-25: "one line for each draw of its chain before it that is shown" */
static enum qn_code open_chain(struct check *c, struct qn_err *why)
{
    char path[256];
    QN_AUTO(qn_buf) struct qn_buf list = {0};
    snprintf(path, sizeof(path), "%s/chain.txt", c->dir);
    if (!manifest_find(&c->m, qn_str(path)))
        return QN_OK;
    enum qn_code rc = check_read(c, &list, path, why);
    c->before = rc ? NULL : calloc(CHECK_CHAIN_MAX, sizeof(*c->before));
    if (!rc && !c->before) {
        c->no_memory = true;
        return qn_fail(why, QN_NOMEM, "base.no-memory", "");
    }
    for (struct qn_span rest = qn_buf_span(&list); !rc && rest.n && c->nchain < CHECK_CHAIN_MAX;) {
        char line[100], office[QN_CODE_MAX + 1];
        const uint8_t *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        struct check_before *b = &c->before[c->nchain];
        if (!qn_text_copy(line, sizeof(line), (struct qn_span){rest.p, n}) ||
            publish_draw_parse(office, &b->id, line, why) != QN_OK || strcmp(office, c->office) != 0)
            return qn_fail(why, QN_MALFORMED, "check.chain-line", "path=%s", path);
        rest = end ? (struct qn_span){end + 1, rest.n - n - 1} : (struct qn_span){NULL, 0};
        snprintf(b->dir, sizeof(b->dir), "draws/%s-%s", office, strchr(line, ':') + 1);
        rc = open_before(c, b, why);
        if (!rc && b->ev.draw_id != b->id)
            rc = qn_fail(why, QN_UNVERIFIED, "check.chain-line", "path=%s", path);
        if (!rc)
            c->chain[c->nchain++] = &b->ev;
    }
    return rc;
}

/* ---- the exceptions ----------------------------------------------------------------------------- */

static const struct qn_cert *cert_of(void *ctx, const char *office, uint16_t epoch)
{
    return check_cert_of(ctx, office, epoch);
}

static enum qn_code read_answers(struct check *c, struct qn_ev_answers *a, struct qn_err *why)
{
    char path[256];
    QN_AUTO(qn_buf) struct qn_buf frames = {0};
    enum qn_code rc = QN_OK;
    snprintf(path, sizeof(path), "%s/exceptions.frames", c->dir);
    if (manifest_find(&c->m, qn_str(path)))
        rc = check_read(c, &frames, path, why);
    return rc ? rc
              : qn_evidence_answers(a, &c->ev, c->chain, c->nchain, qn_buf_span(&frames), cert_of, c,
                                    why);
}

/* ---- all ---------------------------------------------------------------------------------------- */

void check_supplement(struct check *c)
{
    struct qn_err why;
    struct qn_ev_answers a = {.voids = 0};
    enum qn_code rc = open_chain(c, &why);
    if (!rc && c->nchain < c->ev.order.supp) {
        /* SPEC public-20: "Where one of them is not on the site, nothing is compared, and that is told" */
        check_ok(c, "check.supplement-alone", "supp=%u|shown=%zu", c->ev.order.supp, c->nchain);
        c->nchain = 0;
        return;
    }
    if (!rc)
        rc = qn_evidence_follows(&c->ev, c->chain, c->nchain, &why);
    if (!rc)
        rc = read_answers(c, &a, &why);
    if (rc) {
        check_fails(c, &why, "check.supplement", "supp=%u|drawn=%zu|voids=%u", c->ev.order.supp,
                    c->ev.nselected, a.voids);
        return;
    }
    check_ok(c, "check.supplement", "supp=%u|drawn=%zu|voids=%u", c->ev.order.supp,
             c->ev.nselected, a.voids);
    if (a.hidden)
        check_ok(c, "check.supplement-hidden", "count=%u", a.hidden);
    check_ok(c, "check.supplement-unchecked", "");
}
