/* verify_publish.c - whether the results of a draw were published in time, and as they are.
 *                                                                        Spec: protocol/spec/deadlines.md
 * A publication is seen when an office above its author has cosigned both its entry and a RELEASE of it; what the
 * author says of the day is beside that.                                                                         */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/draw/verify_review.h"
#include "node/store/entry_of.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"
#include "node/store/workdays.h"
#include "protocol/wire.h"
#include "qian/draw.h"

/* ---- what an office has released ------------------------------------------------------------------------------------- */

struct released_part {
    int64_t log; /* its number here */
    uint64_t seq,
        by; /* by: the entry of the first RELEASE that names it, in the office's own log */
    int64_t by_log;
};
struct publish_notes {            /* of one run */
    char office[QN_CODE_MAX + 1]; /* whose releases are loaded: draws come by office */
    struct released_part *at;     /* owned */
    size_t n, cap;
    struct workdays *days; /* owned; NULL until it is needed */
};

void publish_notes_free(struct publish_notes *p)
{
    if (!p)
        return;
    free(p->at);
    free(p->days);
    free(p);
}

static int by_place(const void *a, const void *b)
{
    const struct released_part *x = a, *y = b;
    int c = (x->log > y->log) - (x->log < y->log);
    if (!c)
        c = (x->seq > y->seq) - (x->seq < y->seq);
    return c ? c : (x->by > y->by) - (x->by < y->by);
}

static enum qn_code add_released(struct publish_notes *p, struct store *st,
                                 const struct log *by_log, uint64_t by,
                                 const struct qn_release *rel, struct qn_err *err)
{
    struct log log = {.origin = ""};
    struct qn_err none;
    for (size_t i = 0; i < rel->nparts; i++) { /* ascending by origin */
        const struct qn_release_part *part = &rel->part[i];
        if (strcmp(part->origin, log.origin) != 0 &&
            log_find(&log, st, part->origin, &none) != QN_OK)
            continue;
        if (p->n == p->cap) {
            size_t cap = p->cap ? p->cap * 2 : 256;
            struct released_part *more = realloc(p->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            p->at = more;
            p->cap = cap;
        }
        p->at[p->n++] = (struct released_part){log.no, part->seq, by, by_log->no};
    }
    return QN_OK;
}

static enum qn_code load_released(struct publish_notes *p, struct store *st, const char *office,
                                  struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (strcmp(p->office, office) == 0)
        return QN_OK;
    p->n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_RELEASES_OF);
    q_bind_text(&q, office);
    while (!rc && q_step(&q)) {
        struct qn_release rel = {.part = NULL};
        struct qn_err none;
        struct log log;
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (qn_release_parse(&rel, q_span(&q, 1), &none) != QN_OK)
            continue;
        if (verify_log_at(&log, st, office, epoch, &none))
            rc = add_released(p, st, &log, seq, &rel, err);
        qn_release_release(&rel);
    }
    if (!rc)
        rc = query_end(&q, err);
    if (p->n)
        qsort(p->at, p->n, sizeof(*p->at), by_place);
    snprintf(p->office, sizeof(p->office), "%s", rc ? "" : office);
    return rc;
}

static const struct released_part *released(const struct publish_notes *p, const struct log *log,
                                            uint64_t seq)
{
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct released_part *r = &p->at[mid];
        if (r->log < log->no || (r->log == log->no && r->seq < seq))
            low = mid + 1;
        else
            high = mid;
    }
    return low < p->n && p->at[low].log == log->no && p->at[low].seq == seq ? &p->at[low] : NULL;
}

static enum qn_code notes(struct publish_notes **out, struct verify *v)
{
    if (!v->notes) {
        v->notes = calloc(1, sizeof(*v->notes));
        if (!v->notes || !(v->notes->days = malloc(sizeof(*v->notes->days))))
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        enum qn_code rc = workdays_load(v->notes->days, v->st, v->err);
        if (rc)
            return rc;
    }
    *out = v->notes;
    return QN_OK;
}

/* ---- one result -------------------------------------------------------------------------------------------------------- */

struct published {
    char office[QN_CODE_MAX + 1], object[QN_OBJECT_ID_MAX + 1], task[QN_NAME32];
    char completed[11]; /* of the newest revision */
    int64_t id, rev, round;
};
/* The findings of one publisher, told once: the first entry stands for all. */
struct told {
    char publisher[QN_CODE_MAX + 1], orderer[QN_CODE_MAX + 1];
    struct name_list late;
    char late_log[QN_ORIGIN_MAX + 1];
    uint64_t late_seq;
    struct told_of {
        struct name_list names;
        char log[QN_ORIGIN_MAX + 1];
        uint64_t seq;
    } wrong, unreviewed;
    int32_t due; /* the earliest of those that are late */
};

static void told_start(struct told *t)
{
    *t = (struct told){.due = WIRE_DAY_MAX};
    name_list_init(&t->late);
    name_list_init(&t->wrong.names);
    name_list_init(&t->unreviewed.names);
}

static void tell(struct facts *x, const struct told *t, enum verdict_code code, struct told_of *of)
{
    if (of->names.n) {
        struct finding *f = findings_add(x->f, code, of->log, of->seq, NULL);
        finding_put(x->f, f, "office", "%s", t->publisher);
        finding_put(x->f, f, "n", "%zu", of->names.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&of->names));
    }
    name_list_auto(&of->names);
}

static void told_finish(struct facts *x, struct told *t)
{
    char day[11];
    if (t->late.n) {
        struct finding *f = findings_add(x->f, V_PUBLISH_LATE, t->late_log, t->late_seq, NULL);
        wire_day_text(t->due, day);
        finding_put(x->f, f, "office", "%s", t->publisher);
        finding_put(x->f, f, "n", "%zu", t->late.n);
        finding_put(x->f, f, "due", "%s", day);
        finding_put(x->f, f, "objects", "%s", name_list_text(&t->late));
    }
    name_list_auto(&t->late);
    tell(x, t, V_PUBLISH_MISMATCH, &t->wrong);
    tell(x, t, V_PUBLISH_REVIEW, &t->unreviewed);
    told_start(t);
}

static void told_auto(struct told *t)
{
    name_list_auto(&t->late);
    name_list_auto(&t->wrong.names);
    name_list_auto(&t->unreviewed.names);
}

static void add_late(struct told *t, const struct published *r, int32_t due, const struct log *log,
                     uint64_t seq)
{
    if (!t->late.n) {
        memcpy(t->late_log, log->origin, sizeof(t->late_log));
        t->late_seq = seq;
    }
    if (due < t->due)
        t->due = due;
    name_list_add(&t->late, qn_str(r->object));
}

static void add_to(struct told_of *of, const struct published *r, const struct log *log,
                   uint64_t seq)
{
    if (!of->names.n) {
        memcpy(of->log, log->origin, sizeof(of->log));
        of->seq = seq;
    }
    name_list_add(&of->names, qn_str(r->object));
}

/* SPEC publication-6: "its own and its stations'" */
void verify_publisher(struct store *st, char office[QN_CODE_MAX + 1])
{
    char parent[QN_CODE_MAX + 1];
    struct qn_cert c;
    struct qn_err none;
    if (tree_cert(&c, st, office, &none) == QN_OK && c.level == QN_STATION &&
        tree_parent(st, office, parent))
        memcpy(office, parent, sizeof(parent));
}

/* The day on which the office above had an entry; -1 when no cosignature of it is held. */
static int32_t seen_day(struct store *st, const struct log *log, uint64_t seq, const char *orderer)
{
    uint64_t s = *orderer ? first_cosigned_s(st, log, seq, orderer) : 0;
    return s ? wire_day_at(s) : -1;
}

/* ---- in time ----------------------------------------------------------------------------------------------------------- */

struct clock {
    int32_t from; /* -1: it does not run yet */
    unsigned days;
};

/* SPEC deadlines-10: "or of the first cosignature of the result, where that is earlier" */
static enum qn_code read_clock(struct clock *c, struct facts *x, const struct published *r,
                               const struct qn_slot_key *slot, int32_t seen)
{
    bool whole = false;
    c->from = -1;
    {
        QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUBLICATION_CLOCK);
        q_bind_text(&q, slot->issuer);
        q_bind_text(&q, slot->series);
        if (q_step(&q)) {
            c->days = q_u32(&q, 0);
            c->from = wire_day(qn_str(r->completed));
            whole = qn_span_is(q_span(&q, 1), "task_completed");
        }
        enum qn_code rc = query_end(&q, x->v->err);
        if (rc || c->from < 0)
            return rc;
    }
    if (!whole) {
        c->from = seen >= 0 && seen < c->from ? seen : c->from;
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_TASK_DONE);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    q_bind_text(&q, r->office);
    q_bind_text(&q, r->task);
    q_bind_int(&q, r->round);
    c->from = q_step(&q) && !q_int(&q, 0) ? wire_day(q_span(&q, 1)) : -1;
    return query_end(&q, x->v->err);
}

/* What of a result is to be seen by `due`, and `grace` days later at the office above. */
struct awaited {
    int64_t rev; /* or a later one */
    int32_t due, grace;
    const struct log *log; /* of the entry that is to be published */
    uint64_t seq;
};

static enum qn_code judge_time(struct facts *x, struct told *t, const struct published *r,
                               const struct awaited *w)
{
    struct log log, first_log = {.no = 0};
    uint64_t seq = 0, first_seq = 0;
    bool in_time = false;
    const struct publish_notes *p = x->v->notes;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUBLICATIONS_OF_RESULT);
    q_bind_text(&q, r->office);
    q_bind_int(&q, r->id);
    q_bind_text(&q, t->publisher);
    while (q_step(&q)) {
        uint16_t epoch, n;
        struct qn_err none;
        const struct released_part *by;
        struct log by_log;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (q_int(&q, 6) != 1 || q_int(&q, 1) < w->rev ||
            !verify_log_at(&log, x->v->st, t->publisher, epoch, &none) ||
            !(by = released(p, &log, seq)) || log_by_no(&by_log, x->v->st, by->by_log, &none))
            continue;
        int32_t word = wire_day(q_span(&q, 3));
        int32_t seen = seen_day(x->v->st, &log, seq, t->orderer);
        int32_t shown = seen_day(x->v->st, &by_log, by->by, t->orderer);
        in_time =
            in_time || (word <= w->due && seen <= w->due + w->grace && shown <= w->due + w->grace);
        if (!first_log.no) {
            first_log = log;
            first_seq = seq;
        }
    }
    if (!in_time && first_log.no)
        add_late(t, r, w->due, &first_log, first_seq);
    else if (!in_time && x->v->today > w->due + w->grace)
        add_late(t, r, w->due, w->log, w->seq);
    return query_end(&q, x->v->err);
}

/* SPEC deadlines-10: "A correction of what was published" */
static enum qn_code judge_correction(struct facts *x, struct told *t, const struct published *r,
                                     const struct clock *c)
{
    struct log log;
    struct qn_err none;
    struct awaited w = {.rev = r->rev, .grace = (int32_t)x->rules.return_days, .log = &log};
    struct qn_due due;
    bool was = false;
    if (entry_of_row(&log, &w.seq, x->v->st, "inspection_result", r->office, r->id, r->rev,
                     &none) != QN_OK)
        return QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUBLICATIONS_OF_RESULT);
        q_bind_text(&q, r->office);
        q_bind_int(&q, r->id);
        q_bind_text(&q, t->publisher);
        while (q_step(&q))
            was = was || q_int(&q, 1) < r->rev;
        enum qn_code rc = query_end(&q, x->v->err);
        if (rc)
            return rc;
    }
    int32_t from = seen_day(x->v->st, &log, w.seq, t->orderer);
    if (!was || from < 0)
        return QN_OK;
    enum qn_code rc = qn_due_date(&due, &x->v->notes->days->cal, from, c->days, x->v->err);
    if (rc)
        return rc;
    w.due = due.day;
    if (due.provisional) {
        findings_skip(x->f, V_PUBLISH_LATE, "verdict.skip.calendar");
        return QN_OK;
    }
    return judge_time(x, t, r, &w);
}

static const struct qn_slot_key *slot_of(const struct facts *x, const struct published *r)
{
    for (unsigned i = 0; i < x->order.o.nslots; i++)
        if (strcmp(x->order.o.slot[i].task, r->task) == 0 && x->order.o.slot[i].round == r->round)
            return &x->order.o.slot[i];
    return NULL; /* VISIT_EXTRA says so */
}

static enum qn_code check_time(struct facts *x, struct told *t, const struct published *r)
{
    struct log log;
    struct qn_err none;
    struct clock c = {.days = 0};
    struct qn_due due;
    uint16_t epoch, n;
    struct awaited w = {.rev = 1, .grace = (int32_t)x->rules.return_days, .log = &log};
    const struct qn_slot_key *slot = slot_of(x, r);
    qn_row_id_split(r->id, &epoch, &w.seq, &n);
    if (!slot || !verify_log_at(&log, x->v->st, r->office, epoch, &none))
        return QN_OK;
    enum qn_code rc = read_clock(&c, x, r, slot, seen_day(x->v->st, &log, w.seq, t->orderer));
    if (rc || c.from < 0)
        return rc;
    if (c.days < 1 || c.days > QN_WORKDAYS_MAX)
        return QN_OK; /* a plan that sets no time */
    rc = qn_due_date(&due, &x->v->notes->days->cal, c.from, c.days, x->v->err);
    if (rc)
        return rc;
    w.due = due.day;
    /* SPEC deadlines-10: "While the due date is provisional nothing is judged" */
    if (due.provisional)
        findings_skip(x->f, V_PUBLISH_LATE, "verdict.skip.calendar");
    else
        rc = judge_time(x, t, r, &w);
    return rc || r->rev == 1 ? rc : judge_correction(x, t, r, &c);
}

/* ---- as it is ---------------------------------------------------------------------------------------------------------- */

/* Whether the next revision stood in the publisher's own log before this publication of an older one. */
static bool was_corrected(struct facts *x, const struct told *t, const struct published *r,
                          int64_t rev, const struct log *log, uint64_t seq)
{
    struct log of;
    struct qn_err none;
    uint64_t at;
    return rev < r->rev && strcmp(t->publisher, r->office) == 0 &&
           entry_of_row(&of, &at, x->v->st, "inspection_result", r->office, r->id, rev + 1,
                        &none) == QN_OK &&
           of.no == log->no && at < seq;
}

/* SPEC deadlines-11: "its `completed_on` is not that of the revision that it names" */
static enum qn_code check_match(struct facts *x, struct told *t, const struct published *r)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUBLICATIONS_OF_RESULT);
    q_bind_text(&q, r->office);
    q_bind_int(&q, r->id);
    q_bind_text(&q, t->publisher);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        struct log log;
        struct qn_err none;
        uint16_t epoch, n;
        uint64_t seq;
        bool unreviewed = false;
        char on[11];
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (q_null(&q, 4) || !verify_log_at(&log, x->v->st, t->publisher, epoch, &none))
            continue; /* of a revision that is not there: verify_published_rows */
        bool wrong = !qn_span_eq(q_span(&q, 2), q_span(&q, 4)) ||
                     (!q_null(&q, 5) && !qn_span_eq(q_span(&q, 4), q_span(&q, 5)));
        if (wrong || (q_int(&q, 6) == 1 && was_corrected(x, t, r, q_int(&q, 1), &log, seq)))
            add_to(&t->wrong, r, &log, seq);
        if (q_int(&q, 6) != 1 || !qn_text_copy(on, sizeof(on), q_span(&q, 3)))
            continue;
        const struct review_of of = {.publisher = t->publisher,
                                     .orderer = t->orderer,
                                     .office = r->office,
                                     .id = r->id,
                                     .rev = q_int(&q, 1),
                                     .log = &log,
                                     .seq = seq,
                                     .published_on = on};
        rc = verify_review(&unreviewed, x, &of);
        if (!rc && unreviewed)
            add_to(&t->unreviewed, r, &log, seq);
    }
    return rc ? rc : query_end(&q, x->v->err);
}

/* ---- a draw ------------------------------------------------------------------------------------------------------------ */

static bool read_result(struct published *r, struct query *q)
{
    *r = (struct published){.id = q_int(q, 1), .rev = q_int(q, 2), .round = q_int(q, 5)};
    return qn_text_copy(r->office, sizeof(r->office), q_span(q, 0)) &&
           qn_text_copy(r->object, sizeof(r->object), q_span(q, 3)) &&
           qn_text_copy(r->task, sizeof(r->task), q_span(q, 4)) &&
           qn_text_copy(r->completed, sizeof(r->completed), q_span(q, 6));
}

enum qn_code verify_publish(struct facts *x)
{
    struct publish_notes *p;
    QN_AUTO(told) struct told t;
    told_start(&t);
    enum qn_code rc = notes(&p, x->v);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUBLISH_RESULTS);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    while (!rc && q_step(&q)) {
        struct published r;
        char publisher[QN_CODE_MAX + 1];
        if (!read_result(&r, &q))
            continue;
        memcpy(publisher, r.office, sizeof(publisher));
        verify_publisher(x->v->st, publisher);
        if (strcmp(publisher, t.publisher) != 0) {
            told_finish(x, &t);
            memcpy(t.publisher, publisher, sizeof(t.publisher));
            if (!tree_orderer(x->v->st, publisher, t.orderer))
                t.orderer[0] = 0;
            rc = load_released(p, x->v->st, publisher, x->v->err);
        }
        if (!rc)
            rc = check_match(x, &t, &r);
        if (!rc)
            rc = check_time(x, &t, &r);
    }
    told_finish(x, &t);
    return rc ? rc : query_end(&q, x->v->err);
}

/* ---- publications of nothing ----------------------------------------------------------------------------------------------- */

enum qn_code verify_is_whole(bool *out, struct verify *v, const char *office, int64_t id)
{
    struct log log;
    struct qn_err none;
    uint16_t epoch, n;
    uint64_t seq, received, applied;
    *out = false;
    qn_row_id_split(id, &epoch, &seq, &n);
    if (!verify_log_at(&log, v->st, office, epoch, &none))
        return QN_OK;
    enum qn_code rc = ingest_cursor(v->st, &log, QN_LANE_RESULT, &received, &applied, v->err);
    *out = !rc && log.verified > seq && applied >= log.verified;
    return rc;
}

/* SPEC deadlines-11: "names no result of its office or of one of its stations" */
static enum qn_code is_nothing(bool *out, struct verify *v, struct query *q, const char *by)
{
    char of[QN_CODE_MAX + 1];
    int64_t id = q_int(q, 1), result = q_int(q, 3);
    *out = false;
    if (!qn_text_copy(of, sizeof(of), q_span(q, 2)) || !tree_knows(v->st, of))
        return QN_OK;
    *out = q_int(q, 4) || (strcmp(by, of) == 0 && result > id);
    if (*out)
        return QN_OK;
    enum qn_code rc = verify_is_whole(out, v, by, id);
    return rc || !*out ? rc : verify_is_whole(out, v, of, result);
}

struct nothings {
    struct verdict *to;
    struct finding *f;
    struct name_list names;
};

static enum qn_code finish_nothings(struct verify *v, struct nothings *l)
{
    enum qn_code rc = QN_OK;
    if (l->to) {
        finding_put(&l->to->f, l->f, "office", "%s", l->to->office);
        finding_put(&l->to->f, l->f, "n", "%zu", l->names.n);
        finding_put(&l->to->f, l->f, "objects", "%s", name_list_text(&l->names));
        rc = findings_finish(&l->to->f, v->err);
    }
    name_list_auto(&l->names);
    *l = (struct nothings){.to = NULL};
    name_list_init(&l->names);
    return rc;
}

static enum qn_code add_nothing(struct verify *v, struct nothings *l, const char *by, int64_t id)
{
    char name[DRAW_NAME_MAX];
    if (!l->to) {
        struct log log = {.no = 0};
        struct qn_err none;
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(id, &epoch, &seq, &n);
        (void)verify_log_at(&log, v->st, by, epoch, &none);
        l->to = verify_add(v, VERDICT_ROWS, by);
        if (!l->to)
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        qn_text_copy(l->to->origin, sizeof(l->to->origin), qn_str(log.origin));
        l->to->seq = seq;
        l->f = findings_add(&l->to->f, V_PUBLISH_MISMATCH, log.origin, seq, NULL);
    }
    draw_name(name, by, id);
    name_list_add(&l->names, qn_str(name));
    return QN_OK;
}

enum qn_code verify_published_rows(struct verify *v, const char *office)
{
    struct nothings l = {.to = NULL};
    enum qn_code rc = QN_OK;
    name_list_init(&l.names);
    QN_AUTO(query) struct query q = query_start(v->st, SQL_PUBLICATIONS_ALONE);
    while (!rc && q_step(&q)) {
        char by[QN_CODE_MAX + 1];
        bool nothing = false;
        if (!qn_text_copy(by, sizeof(by), q_span(&q, 0)) || !verify_in_scope(v, by, office))
            continue;
        if (l.to && strcmp(l.to->office, by) != 0)
            rc = finish_nothings(v, &l);
        if (!rc)
            rc = is_nothing(&nothing, v, &q, by);
        if (!rc && nothing)
            rc = add_nothing(v, &l, by, q_int(&q, 1));
    }
    enum qn_code last = finish_nothings(v, &l);
    name_list_auto(&l.names);
    rc = rc ? rc : last;
    return rc ? rc : query_end(&q, v->err);
}
