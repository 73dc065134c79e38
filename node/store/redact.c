#include "node/store/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/fate.h"
#include "node/store/files.h"
#include "node/store/internal.h"
#include "node/store/leftover.h"
#include "node/store/name_index.h"
#include "node/store/part.h"
#include "node/store/seal.h"
#include "node/store/tree.h"

#define SETTING    "scrub"              /* set: deleted bytes may still lie in the file */
#define FORGOT     "forgot"             /* when something was deleted last, in ms since 1970 */
#define TELL_BYTES (UINT64_C(64) << 20) /* below that it is over before anybody has read so */

/* ---- what is forgotten -------------------------------------------------------------------------------------------- */

/* SPEC cursors-24: "where its `commitment` is that of the part, and the entry is neither of the control lane nor an ORDER" */
static bool has_effect(const struct qn_header *h, unsigned no, struct qn_span commitment)
{
    return h->lane != QN_LANE_CONTROL && h->kind != QN_KIND_ORDER && no < h->nparts &&
           qn_span_eq(commitment, QN_SPAN(h->part[no].commitment));
}

/* SPEC cursors-30: "A log of a later epoch is kept again where the holder itself gave the certificate of that epoch" */
enum qn_code redact_purged(bool *out, struct store *st, const char *office, uint16_t epoch,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGED);
    q_bind_text(&q, st->self.office);
    q_bind_text(&q, office);
    q_bind_int(&q, epoch);
    *out = q_step(&q);
    return query_end(&q, err);
}

enum qn_code redact_gone(bool *out, struct store *st, const struct log *log,
                         const struct qn_header *h, unsigned no, struct qn_err *err)
{
    *out = false;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_REDACTED);
        q_bind_text(&q, log->origin);
        q_bind_int(&q, (int64_t)h->seq);
        q_bind_int(&q, no);
        while (!*out && q_step(&q))
            *out = has_effect(h, no, q_span(&q, 0));
        enum qn_code rc = query_end(&q, err);
        if (rc || *out)
            return rc;
    }
    return h->lane == QN_LANE_CONTROL ? QN_OK
                                      : redact_purged(out, st, log->office, log->epoch, err);
}

enum qn_code redact_forerunner(bool *out, struct store *st, const struct qn_row *row,
                               struct qn_err *err)
{
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(row->col[1].i, &epoch, &seq, &n);
    bool second = row->col[2].i == 2;
    QN_AUTO(query) struct query q = query_start(st, SQL_REDACTED_OFFICE);
    q_bind_span(&q, row->col[0].s);
    q_bind_int(&q, row->table->lane);
    q_bind_int(&q, second ? epoch : -1);
    q_bind_int(&q, (int64_t)seq);
    *out = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    char office[QN_CODE_MAX + 1];
    if (rc || *out || !qn_text_copy(office, sizeof(office), row->col[0].s))
        return rc;
    /* SPEC cursors-30: "whose first revision was purged" */
    return redact_purged(out, st, office, epoch, err);
}

/* ---- judging -------------------------------------------------------------------------------------------------------- */

static enum qn_code judge_redaction(struct store *st, const struct qn_row *row,
                                    const struct qn_header *h, const struct qn_cert *signer,
                                    char on[64], struct qn_err *err)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1],
        code[QN_CHAIN_MAX][QN_CODE_MAX + 1];
    const char *above[QN_CHAIN_MAX];
    uint16_t epoch;
    size_t n = 0;
    struct qn_cert c;
    enum qn_code rc = qn_origin_parse(row->col[3].s, deployment, office, &epoch, err);
    if (rc)
        return rc;
    while (!qn_redacts_own(row->col[3].s, signer) && n < QN_CHAIN_MAX) {
        rc = tree_cert_at(&c, st, office, epoch, err);
        if (rc == QN_ABSENT && !n) {
            snprintf(on, 64, "cert %s/%u", office, epoch);
            return qn_fail(err, QN_LATER, "judge.subject", "office=%s|epoch=%u", office, epoch);
        }
        if (rc || !c.issuer[0])
            break;
        memcpy(office, c.issuer, sizeof(office));
        memcpy(code[n], c.issuer, sizeof(office));
        above[n] = code[n];
        n++;
        epoch = c.issuer_epoch;
    }
    return rc ? rc
              : qn_judge_redaction(row->col[3].s, row->col[4].i, row->col[5].i, above, n, h, signer,
                                   err);
}

static enum qn_code judge_purge(struct store *st, const struct qn_row *row,
                                const struct qn_cert *signer, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_BY);
    q_bind_span(&q, row->col[3].s);
    q_bind_text(&q, signer->office);
    bool given = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc ? rc : qn_judge_purge(row->col[3].s, row->col[4].s, given, signer, err);
}

enum qn_code redact_judge(struct store *st, const struct qn_row *row, const struct qn_header *h,
                          const struct qn_cert *signer, char on[64], struct qn_err *err)
{
    if (strcmp(row->table->name, "redaction") == 0)
        return judge_redaction(st, row, h, signer, on, err);
    if (strcmp(row->table->name, "purge") == 0)
        return judge_purge(st, row, signer, err);
    return QN_OK;
}

/* ---- carrying it out ------------------------------------------------------------------------------------------------ */

enum qn_code redact_soil(struct store *st, struct qn_err *err)
{
    char now[24];
    snprintf(now, sizeof(now), "%llu", (unsigned long long)clock_now_ms(st));
    name_index_forget(st->dir);
    enum qn_code rc = store_set(st, FORGOT, now, err);
    return rc ? rc : store_set(st, SETTING, "1", err);
}

uint64_t redact_when(struct store *st)
{
    char text[24];
    return store_get(st, FORGOT, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

bool redact_unscrubbed(struct store *st)
{
    char set[8];
    return store_get(st, SETTING, set, sizeof(set)) && set[0] == '1';
}

struct dropping {
    struct store *st;
};

/* Rows are unique by their key, so a row with the values of the part is the one that the part brought. */
static enum qn_code drop_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct store *st = ((struct dropping *)ctx)->st;
    enum row_held held;
    enum qn_code rc = store_held(st, row, &held, err);
    if (rc || held != ROW_SAME)
        return rc;
    rc = store_delete(st, row, err);
    if (rc || strcmp(row->table->name, "evidence") != 0)
        return rc;
    /* SPEC cursors-25: "A file that no other row names is deleted." */
    char office[QN_CODE_MAX + 1];
    for (unsigned c = 3; c < row->table->ncols; c++)
        if (strcmp(row->table->col[c].name, "digest") == 0 && row->col[c].s.n == QN_HASH &&
            qn_text_copy(office, sizeof(office), row->col[0].s))
            rc = files_forget_row(st, office, row->col[c].s.p, err);
    return rc;
}

static enum qn_code run(struct store *st, enum sql id, int64_t log, uint64_t seq, unsigned no,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_int(&q, log);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, no);
    return store_run(&q, err);
}

/* SPEC cursors-25: "drops the rows of restricted tables whose ids are of that entry" */
static enum qn_code drop_sealed(struct store *st, const struct log *log, const struct qn_header *h,
                                struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned t = 0; !rc && t < st->reg->ntables; t++)
        if (st->reg->table[t].audience == QN_RESTRICTED)
            rc = store_delete_made(st, &st->reg->table[t], log->office,
                                   qn_row_id(log->epoch, h->seq, 0),
                                   qn_row_id(log->epoch, h->seq, UINT16_MAX), err);
    return rc;
}

static enum qn_code drop_rows(struct store *st, const struct log *log, const struct qn_header *h,
                              unsigned no, struct qn_span stored, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
    struct dropping d = {st};
    struct qn_span coded;
    struct qn_err unread;
    const struct qn_part *part = &h->part[no];
    if (!seal_reads(st, part, log->office)) {
        bool ours = part->audience == QN_RESTRICTED && strcmp(log->office, st->self.office) == 0;
        /* SPEC cursors-25: "Where the author's copy is, the author drops the rows with the copy." */
        return ours && qn_header_copy(h) == QN_NO_COPY ? drop_sealed(st, log, h, err) : QN_OK;
    }
    if (seal_open(&coded, &opened, st, part, stored, &unread) != QN_OK)
        return part->audience == QN_RESTRICTED ? drop_sealed(st, log, h, err)
                                               : QN_OK; /* by keys that are lost */
    enum qn_code rc = part_rows(st->reg, h, no, coded, &room, drop_row, &d, NULL, &unread);
    if (rc == QN_IO || rc == QN_NOMEM) {
        *err = unread;
        return rc;
    }
    return QN_OK; /* nor did what does not decode */
}

enum qn_code redact_part(struct store *st, const struct log *log, const struct qn_header *h,
                         unsigned no, struct qn_err *err)
{
    QN_AUTO(log_part) struct log_part p = {0};
    struct qn_err none;
    enum qn_code rc = log_part_get(&p, st, log, h->seq, no, &none);
    if (rc == QN_ABSENT)
        return QN_OK;
    if (rc) {
        *err = none;
        return rc;
    }
    rc = drop_rows(st, log, h, no, qn_buf_span(&p.stored), err);
    if (!rc)
        rc = run(st, SQL_PART_DROP, log->no, h->seq, no, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_PART_DROP);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)h->seq);
        q_bind_blob(&q, p.salt, QN_SALT);
        rc = store_run(&q, err);
    }
    return rc ? rc : redact_soil(st, err);
}

/* What waited for the part, or for a revision that was in it, is tried again. */
static enum qn_code wake(struct store *st, const struct log *log, struct qn_err *err)
{
    char from[FATE_ON], to[FATE_ON];
    snprintf(from, sizeof(from), "row %s ", log->office);
    snprintf(to, sizeof(to), "row %s!", log->office);
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_READY_ROWS);
    q_bind_text(&q, from);
    q_bind_text(&q, to);
    enum qn_code rc = store_run(&q, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query s = query_start(st, SQL_LOG_STIR_OFFICE);
    q_bind_text(&s, log->office);
    return store_run(&s, err);
}

enum qn_code redact_take_row(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct log log;
    struct qn_err none;
    uint64_t seq = (uint64_t)row->col[4].i;
    unsigned no = (unsigned)row->col[5].i;
    if (strcmp(row->table->name, "redaction") != 0)
        return QN_OK;
    if (!qn_text_copy(origin, sizeof(origin), row->col[3].s) ||
        log_find(&log, st, origin, &none) != QN_OK || seq >= log.size)
        return QN_OK; /* when it comes */
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, &log, seq, err);
    if (!rc && has_effect(&e.h, no, row->col[6].s)) {
        rc = redact_part(st, &log, &e.h, no, err);
        if (!rc)
            rc = wake(st, &log, err);
    }
    return rc;
}

enum qn_code redact_scrubbed(struct store *st, const struct qn_report *report, struct qn_err *err)
{
    struct leftover_count left;
    struct qn_err none;
    enum qn_code rc = files_look_anew(st, err); /* rows were numbered anew */
    if (!rc)
        rc = store_set(st, SETTING, "", err);
    if (!rc && leftover_count(&left, st, &none) == QN_OK && left.holding)
        qn_say(report, "redact.left", "n=%llu", (unsigned long long)left.holding);
    return rc;
}

void redact_scrub_later(struct store *st, bool later)
{
    st->scrub_later = later;
}

void redact_scrub(struct store *st, const struct qn_report *report)
{
    struct qn_err err;
    uint64_t bytes = 0;
    if (st->depth || st->scrub_later || !redact_unscrubbed(st))
        return;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_DATABASE_BYTES);
        if (q_step(&q))
            bytes = (uint64_t)q_int(&q, 0);
    }
    if (bytes >= TELL_BYTES)
        qn_say(report, "redact.scrubbing", "mib=%llu", (unsigned long long)(bytes >> 20));
    /* Rewriting the file is the one way that leaves nothing: pages that were split keep what moved out of them. */
    enum qn_code rc = store_rewrite(st, &err);
    if (!rc)
        rc = redact_scrubbed(st, report, &err);
    if (rc) {
        qn_say(report, "redact.not-scrubbed", "mib=%llu", (unsigned long long)(bytes >> 20));
        qn_say(report, err.id, "%s", err.args);
    }
}

/* ---- which part -------------------------------------------------------------------------------------------------------- */

struct sought {
    const char *table; /* NULL: any */
    int64_t id, rev;
    bool found;
};

static enum qn_code seek(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct sought *s = ctx;
    (void)err;
    s->found = s->found || ((!s->table || strcmp(row->table->name, s->table) == 0) &&
                            row->col[1].i == s->id && row->col[2].i == s->rev);
    return QN_OK;
}

enum qn_code redact_part_of(int *part, struct store *st, const struct log *log, uint64_t seq,
                            const char *table, int64_t id, int64_t rev, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    int sealed = -1, nsealed = 0;
    *part = -1;
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    for (unsigned i = 0; !rc && *part < 0 && i < e.h.nparts; i++) {
        QN_AUTO(log_part) struct log_part p = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct sought s = {.table = table, .id = id, .rev = rev};
        struct qn_span coded;
        struct qn_err none;
        if (e.h.part[i].audience == QN_RESTRICTED && !seal_reads(st, &e.h.part[i], log->office)) {
            sealed = (int)i;
            nsealed++;
        }
        if (log_part_get(&p, st, log, seq, i, &none) == QN_OK &&
            seal_reads(st, &e.h.part[i], log->office) &&
            seal_open(&coded, &opened, st, &e.h.part[i], qn_buf_span(&p.stored), &none) == QN_OK &&
            part_rows(st->reg, &e.h, i, coded, &room, seek, &s, NULL, &none) == QN_OK && s.found)
            *part = (int)i;
    }
    if (*part < 0 && nsealed == 1)
        *part = sealed;
    return rc;
}

/* ---- the order ------------------------------------------------------------------------------------------------------- */

static enum qn_code find(struct log *log, struct store *st, const char *name, struct qn_err *err)
{
    return strchr(name, '/') ? log_find(log, st, name, err) : log_of_office(log, st, name, err);
}

struct ordering {
    struct store *st;
    const struct redact_order *o;
    const struct log *log;
    const struct log_entry *e;
    bool named[QN_PARTS];
    int64_t id[QN_PARTS];
    char today[20];
};

static void order_row(struct qn_row *row, struct act *a, const struct ordering *x, unsigned part)
{
    row_start(row, a, "redaction", x->id[part], 1);
    row_text(row, "origin", x->log->origin);
    row_int(row, "seq", (int64_t)x->o->seq);
    row_int(row, "part", part);
    row_blob(row, "commitment", x->e->h.part[part].commitment, QN_HASH);
    row_text(row, "basis", x->o->basis);
    row_text(row, "ordered_on", x->today);
}

/* SPEC tables-28: "Why, and who signed it, stands in `redaction_case` under the same id" */
static void case_row(struct qn_row *row, struct act *a, const struct ordering *x, unsigned part)
{
    row_start(row, a, "redaction_case", x->id[part], 1);
    row_text(row, "reason", x->o->reason);
    row_text(row, "acted_by", x->o->by);
}

/* What is forgotten already is not named again. */
static enum qn_code name_parts(struct ordering *x, unsigned *n, struct qn_err *err)
{
    const struct qn_header *h = &x->e->h;
    enum qn_code rc = QN_OK;
    *n = 0;
    qn_header_forget(x->named, h, x->o->part);
    for (unsigned i = 0; !rc && i < h->nparts; i++) {
        bool gone = false;
        if (x->named[i])
            rc = redact_gone(&gone, x->st, x->log, h, i, err);
        x->named[i] = x->named[i] && !gone;
        *n += x->named[i];
    }
    return rc || *n ? rc
                    : qn_fail(err, QN_CONFLICT, "redact.done", "log=%s|seq=%llu|part=%u",
                              x->log->origin, (unsigned long long)x->o->seq, x->o->part);
}

static enum qn_code write_order(struct ordering *x, struct qn_err *err)
{
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, x->st, duty_of(DUTY_REDACTION), x->o->by, QN_KIND_REDACTION, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, x->log->office, err);
    for (unsigned i = 0; !rc && i < x->e->h.nparts; i++) {
        if (!x->named[i])
            continue;
        char on[64];
        struct qn_header h = {.seq = a.seq, .lane = QN_LANE_CONTROL};
        x->id[i] = act_id(&a);
        order_row(&row, &a, x, i);
        rc = redact_judge(x->st, &row, &h, &x->st->self, on, err);
        if (!rc)
            rc = act_put(&a, &row, err);
    }
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, x->log->office, err);
    for (unsigned i = 0; !rc && i < x->e->h.nparts; i++)
        if (x->named[i]) {
            case_row(&row, &a, x, i);
            rc = act_put(&a, &row, err);
        }
    if (!rc)
        rc = act_commit(&a, NULL, NULL, err);
    for (unsigned i = 0; !rc && i < x->e->h.nparts; i++) {
        if (!x->named[i])
            continue;
        order_row(&row, &a, x, i);
        rc = redact_take_row(x->st, &row, err);
    }
    return rc;
}

enum qn_code redact_entry(struct log *log, struct log_entry *e, struct store *st, const char *name,
                          uint64_t seq, unsigned part, struct qn_err *err)
{
    unsigned n;
    struct redact_order o = {.seq = seq, .part = part};
    struct ordering x = {.st = st, .o = &o, .log = log, .e = e};
    enum qn_code rc = find(log, st, name, err);
    if (!rc)
        rc = log_entry_get(e, st, log, seq, err);
    if (rc)
        return rc;
    if (part >= e->h.nparts)
        return qn_fail(err, QN_ABSENT, "redact.no-part", "log=%s|seq=%llu|parts=%u", log->origin,
                       (unsigned long long)seq, e->h.nparts);
    if (e->h.lane == QN_LANE_CONTROL)
        return qn_fail(err, QN_DENIED, "redact.control", "log=%s|seq=%llu", log->origin,
                       (unsigned long long)seq);
    if (e->h.kind == QN_KIND_ORDER)
        return qn_fail(err, QN_DENIED, "redact.draw-order", "log=%s|seq=%llu", log->origin,
                       (unsigned long long)seq);
    return name_parts(&x, &n, err);
}

enum qn_code redact_order(unsigned *named, struct store *st, const struct redact_order *o,
                          struct qn_err *err)
{
    struct log log;
    unsigned n;
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct ordering x = {.st = st, .o = o, .log = &log, .e = &e};
    enum qn_code rc = redact_entry(&log, &e, st, o->log, o->seq, o->part, err);
    if (!rc)
        rc = name_parts(&x, &n, err);
    if (rc)
        return rc;
    if (named)
        *named = n;
    clock_local(st, x.today);
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = write_order(&x, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        redact_scrub(st, o->report);
    return rc;
}
