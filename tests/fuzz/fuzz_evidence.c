/* entries.frames of a public site: splitting, committing and reading end in a verdict, whatever the bytes; what is
 * read may be judged by every later step.                                                                        */
#include <string.h>

#include "qian/evidence.h"
#include "tests/fuzz/fuzz.h"

/* A certificate that would fit, were it signed: the rows are then judged by themselves. */
static void fitting(struct qn_cert *c, const struct qn_ev_entry *e)
{
    *c = (struct qn_cert){.level = QN_COUNTY, .epoch = e->epoch, .lanes = 0x1f};
    memcpy(c->office, e->office, sizeof(c->office));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_cert cert[QN_EV_ENTRIES];
    const struct qn_cert *signer[QN_EV_ENTRIES];
    const struct qn_rules *rules[QN_ORDER_SLOTS] = {NULL};
    struct qn_evidence *e = calloc(1, sizeof(*e));
    struct qn_err err = {.code = QN_OK};
    if (!e)
        return 0;
    enum qn_code rc = qn_evidence_split(e, (struct qn_span){data, size}, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        free(e);
        return 0;
    }
    for (int i = 0; i < QN_EV_ENTRIES; i++) {
        fitting(&cert[i], &e->entry[i]);
        signer[i] = &cert[i];
        rc = qn_evidence_committed(e, (enum qn_ev)i, &err);
        if (rc)
            IS_REFUSAL(rc, err);
    }
    rc = qn_evidence_read(e, signer, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
    } else {
        (void)(qn_evidence_order(e, &cert[QN_EV_ORDER], &err) || qn_evidence_links(e, &err) ||
               qn_evidence_seed(e, &cert[QN_EV_DRAW], &err));
        (void)(qn_evidence_list(e, &err) || qn_evidence_strata(e, rules, &err));
    }
    qn_evidence_release(e);
    free(e);
    return 0;
}
