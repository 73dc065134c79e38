#include "node/store/judge.h"

#include <string.h>

#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/redact.h"
#include "node/store/seal.h"
#include "node/store/tree.h"

enum qn_code judge_open(struct qn_span *coded, struct qn_buf *room, const struct judge *j,
                        unsigned part, struct qn_span stored, struct qn_err *err)
{
    enum qn_code rc = seal_open(coded, room, j->st, &j->h->part[part], stored, err);
    if (rc == QN_ABSENT)
        fate_wait(j->f, FATE_CERTIFICATE, 0, FATE_ON_KEYS);
    return rc;
}

/* A waiver is judged by the certificate of the office that it is about: without one it waits. */
static enum qn_code judge_waiver(const struct judge *j, const struct qn_row *row,
                                 struct qn_err *err)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct qn_cert subject;
    enum qn_code rc = qn_origin_parse(row->col[3].s, deployment, office, &epoch, err);
    if (rc)
        return rc;
    rc = tree_cert_at(&subject, j->st, office, epoch, err);
    if (rc == QN_ABSENT) {
        fate_wait(j->f, FATE_CERTIFICATE, 0, "cert %s/%u", office, epoch);
        return qn_fail(err, QN_LATER, "judge.subject", "office=%s|epoch=%u", office, epoch);
    }
    return rc ? rc : qn_judge_waiver(row->col[3].s, row->col[4].i, &subject, j->signer, err);
}

enum qn_code judge_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    const struct judge *j = ctx;
    enum qn_code rc = qn_authorise(row, j->h, j->signer, err);
    if (rc || row->table->lane != QN_LANE_CONTROL)
        return rc;
    if (strcmp(row->table->name, "certificate") == 0)
        return tree_judge_cert(row, j->signer, err);
    if (strcmp(row->table->name, "supersede") == 0)
        return qn_judge_supersede(row->col[3].s, row->col[4].i, j->h, j->signer, err);
    if (strcmp(row->table->name, "waiver") == 0)
        return judge_waiver(j, row, err);
    if (strcmp(row->table->name, "abandoned") == 0)
        return qn_judge_abandoned(row->col[3].s, row->col[4].i, j->signer, err);
    char on[64];
    rc = redact_judge(j->st, row, j->h, j->signer, on, err);
    if (rc == QN_LATER)
        fate_wait(j->f, FATE_CERTIFICATE, 0, "%s", on);
    return rc;
}

enum qn_code judge_part(struct log_part *out, bool *gone, struct store *st, const struct log *log,
                        const struct log_entry *e, unsigned no, struct qn_err *err)
{
    struct qn_err why;
    *gone = seal_carried(st, log->no, e->h.seq, no);
    if (*gone)
        return QN_OK;
    enum qn_code rc = log_part_get(out, st, log, e->h.seq, no, &why);
    if (rc == QN_ABSENT) {
        enum qn_code asked = redact_gone(gone, st, log, &e->h, no, err);
        if (asked || *gone)
            return asked;
    }
    if (rc && err)
        *err = why;
    return rc;
}

enum qn_code judge_entry(const struct judge *j, const struct log *log, const struct log_entry *e,
                         struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    struct judge each = *j;
    for (unsigned i = 0; !rc && i < e->h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded = {NULL, 0};
        if (!seal_reads(j->st, &e->h.part[i], log->office))
            continue;
        bool gone;
        rc = judge_part(&part, &gone, j->st, log, e, i, err);
        if (gone)
            continue;
        if (!rc)
            rc = judge_open(&coded, &opened, j, i, qn_buf_span(&part.stored), err);
        if (!rc)
            rc = part_rows(j->st->reg, &e->h, i, coded, &room, judge_row, &each, NULL, err);
    }
    return rc;
}
