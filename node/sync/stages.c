#include "node/sync/stages.h"

#include <stdio.h>
#include <string.h>

#include "node/store/entry_of.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"
#include "node/store/receipts.h"

enum qn_code stages_parse(char office[QN_CODE_MAX + 1], int64_t *id, struct store *st,
                          const char *text, struct qn_err *err)
{
    const char *colon = strchr(text, ':');
    const struct qn_cert *self = store_self(st);
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!colon)
        memcpy(office, self->office, QN_CODE_MAX + 1);
    else if (!qn_text_copy(office, QN_CODE_MAX + 1,
                           (struct qn_span){(const uint8_t *)text, (size_t)(colon - text)}))
        return qn_fail(err, QN_MALFORMED, "stages.record", "record=%s", text);
    return qn_row_id_parse(id, qn_str(colon ? colon + 1 : text), err) == QN_OK
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "stages.record", "record=%s", text);
}

const char *stage_name(enum stage stage)
{
    switch (stage) {
    case STAGE_NOTHING:
        return "nothing";
    case STAGE_HEADER:
        return "header";
    case STAGE_STORED:
        return "stored";
    case STAGE_HELD:
        return "held";
    case STAGE_SETTLED:
        return "settled";
    case STAGE_REFUSED:
        return "refused";
    case STAGE_APPLIED:
        return "applied";
    }
    return "nothing";
}

bool stage_is_received(enum stage stage)
{
    return stage >= STAGE_STORED;
}

uint64_t stage_received_s(const struct stage_above *a, bool *exact)
{
    *exact = a->cosigned;
    return a->cosigned ? a->cosigned_s : a->has_receipt ? a->receipt_s : 0;
}

/* ---- one office above ---------------------------------------------------------------------------------------- */

static const struct qn_fate *named(const struct qn_fate *list, unsigned n, uint64_t seq)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].seq == seq)
            return &list[i];
    return NULL;
}

/* SPEC stages-3: "The newest receipt decides" */
static void judge(struct stage_above *a, const struct qn_receipt *r, enum qn_lane lane,
                  uint64_t seq)
{
    const struct qn_fate *refused = named(r->refused, r->nrefused, seq),
                         *held = named(r->held, r->nheld, seq);
    a->has_receipt = true;
    a->receipt_s = r->time_s;
    a->headers = r->size;
    a->stored = r->stored[lane];
    a->applied = r->applied[lane];
    if (refused || held) {
        a->stage = refused ? STAGE_REFUSED : STAGE_HELD;
        memcpy(a->rule, (refused ? refused : held)->id, sizeof(a->rule));
    } else if (seq < r->applied[lane]) {
        /* SPEC stages-3: "more than it names" */
        bool full = r->nrefused == QN_RECEIPT_NOTES && seq > r->refused[r->nrefused - 1].seq;
        a->stage = full ? STAGE_SETTLED : STAGE_APPLIED;
    } else if (seq < r->stored[lane]) {
        a->stage = STAGE_STORED;
    } else if (seq < r->size) {
        a->stage = STAGE_HEADER;
    }
}

static enum qn_code look(struct stage_above *a, struct store *st, const struct log *log,
                         enum qn_lane lane, uint64_t seq, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct qn_note note;
    struct qn_receipt r;
    struct qn_cert c;
    struct qn_err why;
    enum qn_code rc = tree_cert(&c, st, a->office, err);
    if (rc)
        return rc;
    a->level = c.level;
    rc = log_first_cosigned(st, log, seq, a->office, &a->size, &a->cosigned_s, &why);
    a->cosigned = rc == QN_OK;
    if (a->cosigned)
        a->stage = STAGE_HEADER;
    qn_buf_init(&bytes, QN_NOTE_MAX);
    if (rc == QN_OK || rc == QN_ABSENT)
        rc = receipt_get(&bytes, st, a->office, log->origin, &why);
    if (rc == QN_OK)
        rc = qn_note_parse(&note, qn_buf_span(&bytes), &why);
    if (rc == QN_OK)
        rc = qn_receipt_parse(&r, note.text, &why);
    if (rc == QN_OK)
        judge(a, &r, lane, seq);
    if (rc != QN_OK && rc != QN_ABSENT)
        return qn_fail(err, rc, why.id, "%s", why.args);
    return QN_OK;
}

static void name_row(char out[QN_CODE_MAX + 48], const struct stages *s)
{
    char id[40];
    qn_row_id_text(id, s->id);
    snprintf(out, QN_CODE_MAX + 48, "%s:%s", s->office, id);
}

static enum qn_code no_rev(const struct stages *s, int64_t newest, struct qn_err *err)
{
    char name[QN_CODE_MAX + 48];
    name_row(name, s);
    return qn_fail(err, QN_ABSENT, "stages.no-rev", "record=%s|newest=%lld|rev=%lld", name,
                   (long long)newest, (long long)s->rev);
}

/* An office need not ask anyone else for an entry of its own log. */
static enum qn_code no_own(const struct stages *s, struct qn_err *err)
{
    char name[QN_CODE_MAX + 48];
    name_row(name, s);
    return qn_fail(err, QN_ABSENT, "stages.no-own", "record=%s", name);
}

enum qn_code stages_read(struct stages *out, struct store *st, const struct stages_of *what,
                         struct qn_err *err)
{
    struct stages s = {.id = what->id, .rev = what->rev};
    struct log log;
    char at[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    int64_t newest;
    if (!qn_text_copy(s.office, sizeof(s.office), qn_str(what->office)))
        return qn_fail(err, QN_MALFORMED, "peer.office", "office=%s", what->office);
    enum qn_code rc = entry_newest_rev(&newest, s.table, st, s.office, s.id, err);
    if (!s.rev)
        s.rev = newest ? newest : 1;
    if (!rc && newest && s.rev > newest)
        return no_rev(&s, newest, err);
    if (!rc)
        rc = entry_of_row(&log, &s.seq, st, NULL, s.office, s.id, s.rev, err);
    if (rc == QN_ABSENT && !newest && strcmp(err->id, "log.no-entry") == 0 &&
        strcmp(s.office, store_self(st)->office) == 0)
        return no_own(&s, err);
    if (rc)
        return rc;
    {
        QN_AUTO(log_entry) struct log_entry e = {0};
        rc = log_entry_get(&e, st, &log, s.seq, err);
        if (rc)
            return rc;
        s.lane = e.h.lane;
        s.claimed_ms = e.h.time_ms;
        memcpy(s.leaf, e.leaf, sizeof(s.leaf));
        memcpy(s.sig, e.sig, sizeof(s.sig));
    }
    memcpy(s.origin, log.origin, sizeof(s.origin));
    memcpy(at, s.office, sizeof(at));
    while (!rc && s.n < STAGES_ABOVE && tree_parent(st, at, parent)) {
        memcpy(s.above[s.n].office, parent, sizeof(parent));
        rc = look(&s.above[s.n++], st, &log, s.lane, s.seq, err);
        memcpy(at, parent, sizeof(at));
    }
    if (rc)
        return rc;
    /* SPEC stages-5: "nothing tells that the direct parent received it" */
    for (unsigned i = 1; i < s.n; i++)
        s.bypassed = s.bypassed || (s.above[0].stage == STAGE_NOTHING &&
                                    (stage_is_received(s.above[i].stage) || s.above[i].cosigned));
    *out = s;
    return QN_OK;
}

/* ---- one log --------------------------------------------------------------------------------------------------- */

enum qn_code stages_received_at(uint64_t *time_s, char by[QN_CODE_MAX + 1], struct store *st,
                                const struct log *log, uint64_t seq, struct qn_err *err)
{
    char at[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1] = "";
    uint64_t size;
    enum qn_code rc = QN_ABSENT;
    memcpy(at, log->office, sizeof(at));
    /* SPEC stages-4: "the nearest office above it that cosigned" */
    for (int i = 0; rc == QN_ABSENT && i < STAGES_ABOVE && tree_parent(st, at, parent); i++) {
        rc = log_first_cosigned(st, log, seq, parent, &size, time_s, err);
        memcpy(at, parent, sizeof(at));
    }
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_ABSENT, "log.not-cosigned", "log=%s|seq=%llu|by=%s", log->origin,
                       (unsigned long long)seq, parent[0] ? parent : "-");
    if (!rc && by)
        memcpy(by, at, sizeof(at));
    return rc;
}

static enum qn_code newest_cosigned(uint64_t *size, struct store *st, const struct log *log,
                                    const char *office, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_STAGES_COSIGNED);
    q_bind_int(&q, log->no);
    q_bind_text(&q, office);
    *size = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
    return query_end(&q, err);
}

enum qn_code stages_bypassed(bool *out, uint64_t *from, struct store *st, const struct log *log,
                             struct qn_err *err)
{
    char at[QN_CODE_MAX + 1], above[QN_CODE_MAX + 1];
    uint64_t parent = 0, size;
    enum qn_code rc = QN_OK;
    *out = false;
    memcpy(at, log->office, sizeof(at));
    for (int i = 0; !rc && i < STAGES_ABOVE && tree_parent(st, at, above); i++) {
        rc = newest_cosigned(&size, st, log, above, err);
        if (i == 0)
            parent = size;
        else
            *out = *out || size > parent;
        memcpy(at, above, sizeof(at));
    }
    *from = parent;
    return rc;
}
