#include "node/store/purge.h"

#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/files.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/redact.h"

enum qn_code purge_order(int64_t *id, struct store *st, const struct purge_order *o,
                         struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20], on[64];
    enum qn_code rc = act_begin(&a, st, QN_KIND_PURGE, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, o->holder, err);
    if (rc)
        return rc;
    clock_local(st, now);
    *id = act_id(&a);
    row_start(&row, &a, "purge", *id, 1);
    row_text(&row, "holder", o->holder);
    row_text(&row, "subject", o->subject);
    row_text(&row, "basis", o->basis);
    row_text(&row, "reason", o->reason);
    row_text(&row, "acted_by", o->by);
    row_text(&row, "ordered_on", now);
    struct qn_header h = {.seq = a.seq, .lane = QN_LANE_CONTROL};
    rc = redact_judge(st, &row, &h, &st->self, on, err);
    if (!rc)
        rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* ---- at the holder ------------------------------------------------------------------------------------------------- */

struct todo {
    char office[QN_CODE_MAX + 1], subject[QN_CODE_MAX + 1];
    int64_t id, rev;
};

static enum qn_code next(struct todo *out, bool *found, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_DUE);
    q_bind_text(&q, st->self.office);
    *found = q_step(&q);
    if (*found) {
        qn_text_copy(out->office, sizeof(out->office), q_span(&q, 0));
        out->id = q_int(&q, 1);
        out->rev = q_int(&q, 2);
        qn_text_copy(out->subject, sizeof(out->subject), q_span(&q, 3));
    }
    return query_end(&q, err);
}

static enum qn_code count(struct purge_done *d, struct store *st, const char *subject,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_COUNT);
    q_bind_text(&q, subject);
    if (q_step(&q)) {
        d->entries = (uint64_t)q_int(&q, 0);
        d->parts = (uint64_t)q_int(&q, 1);
        d->bytes = (uint64_t)q_int(&q, 2);
    }
    return query_end(&q, err);
}

/* SPEC cursors-29: "drops parts, rows and files of all logs of the subject but those of the control lane" - the control lane stays: certificates and
 * orders are what the headers are judged by.                                                                 */
static enum qn_code drop(struct store *st, const char *subject, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned t = 0; !rc && t < st->reg->ntables; t++)
        if (st->reg->table[t].lane != QN_LANE_CONTROL)
            rc = store_delete_made(st, &st->reg->table[t], subject, QN_ROW_ID_MIN, INT64_MAX, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_PARTS);
    q_bind_text(&q, subject);
    rc = store_run(&q, err);
    return rc ? rc : redact_soil(st, err);
}

static enum qn_code sign_report(struct store *st, const struct todo *t, const struct purge_done *d,
                           const char *by, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20];
    enum qn_code rc = act_begin(&a, st, QN_KIND_PURGE_REPORT, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    clock_local(st, now);
    row_start(&row, &a, "purge_report", act_id(&a), 1);
    row_text(&row, "purge_office", t->office);
    row_int(&row, "purge_id", t->id);
    row_int(&row, "purge_rev", t->rev);
    row_int(&row, "entries", (int64_t)d->entries);
    row_int(&row, "parts", (int64_t)d->parts);
    row_int(&row, "files", (int64_t)d->files);
    row_int(&row, "bytes", (int64_t)d->bytes);
    row_text(&row, "acted_by", by);
    row_text(&row, "done_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code purge_run(struct purge_done *out, struct store *st, const char *by,
                       const struct qn_report *report, struct qn_err *err)
{
    *out = (struct purge_done){0};
    for (;;) {
        struct todo t;
        struct purge_done d = {0};
        bool found;
        QN_AUTO(tx) struct tx tx = {0};
        enum qn_code rc = tx_begin(&tx, st, err);
        if (!rc)
            rc = next(&t, &found, st, err);
        if (rc)
            return rc;
        if (!found)
            break;
        rc = count(&d, st, t.subject, err);
        uint64_t of_files = 0;
        if (!rc)
            rc = files_forget_office(st, t.subject, &d.files, &of_files, err);
        d.bytes += of_files;
        if (!rc)
            rc = drop(st, t.subject, err);
        if (!rc)
            rc = sign_report(st, &t, &d, by, err);
        if (!rc)
            rc = tx_commit(&tx, err);
        if (rc)
            return rc;
        out->orders++;
        out->entries += d.entries;
        out->parts += d.parts;
        out->files += d.files;
        out->bytes += d.bytes;
    }
    if (!out->orders)
        return qn_fail(err, QN_ABSENT, "purge.none", "office=%s", st->self.office);
    redact_scrub(st, report);
    return QN_OK;
}
