#include "node/publish/owner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/released.h"
#include "node/store/roster.h"
#include "node/store/trail.h"
#include "node/text/text.h"
#include "protocol/wire.h"
#include "qian/slip.h"

enum qn_code publish_draw_parse(char office[QN_CODE_MAX + 1], int64_t *id, const char *name,
                                struct qn_err *err)
{
    const char *colon = strchr(name, ':');
    struct qn_span code = {(const uint8_t *)name, colon ? (size_t)(colon - name) : 0};
    struct qn_err inner;
    if (!colon || !wire_is_code(code) || !qn_text_copy(office, QN_CODE_MAX + 1, code) ||
        qn_row_id_parse(id, qn_str(colon + 1), &inner) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "check.draw-name", "draw=%s", name);
    return QN_OK;
}

struct making {
    struct store *st;
    const char *draw;
    struct qn_span object;
    struct qn_slip slip;
    struct qn_freeze freeze;
    uint8_t salt_key[32];
    struct roster roster;
    struct qn_err *err;
};

static void making_auto(struct making *m)
{
    qn_freeze_release(&m->freeze);
    roster_release(&m->roster);
}

/* ---- draw and freeze ---------------------------------------------------------------------------- */

static enum qn_code leaf_of(struct making *m, struct qn_leaf_ref *out, const char *origin,
                            uint64_t seq, struct log *log)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_find(log, m->st, origin, m->err);
    if (!rc)
        rc = log_entry_get(&e, m->st, log, seq, m->err);
    if (rc)
        return rc;
    memcpy(out->origin, log->origin, sizeof(out->origin));
    out->index = seq;
    memcpy(out->leaf, e.leaf, QN_HASH);
    return QN_OK;
}

/* SPEC slip-9: "only for a released draw of its own" */
static enum qn_code check_released(struct making *m, const struct log *log, uint64_t seq)
{
    QN_AUTO(released) struct released r = {0};
    unsigned at;
    enum qn_code rc = released_load(&r, m->st, m->err);
    if (rc)
        return rc;
    if (released_log(&r, qn_str(log->origin), &at))
        for (size_t i = 0; i < r.nparts; i++)
            if (r.part[i].log == at && r.part[i].seq == seq)
                return QN_OK;
    return qn_fail(m->err, QN_LATER, "slip.sealed", "draw=%s", m->draw);
}

static enum qn_code freeze_of(struct making *m, int64_t id, const char *office,
                              char origin[QN_ORIGIN_MAX + 1], uint64_t *index)
{
    struct qn_result *r = malloc(sizeof(*r));
    if (!r)
        return qn_fail(m->err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(m->st, SQL_PUB_DRAW_TEXT);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    enum qn_code rc = QN_OK;
    if (q_step(&q)) {
        rc = qn_result_parse(r, q_span(&q, 0), m->err);
        if (!rc) {
            memcpy(origin, r->freeze.origin, sizeof(r->freeze.origin));
            *index = r->freeze.index;
        }
    } else {
        rc = query_end(&q, m->err);
        if (!rc)
            rc = qn_fail(m->err, QN_ABSENT, "slip.no-draw", "draw=%s", m->draw);
    }
    free(r);
    return rc;
}

static enum qn_code load_freeze(struct making *m, const struct log *log, uint64_t seq)
{
    int64_t first = qn_row_id(log->epoch, seq, 0);
    QN_AUTO(query) struct query q = query_start(m->st, SQL_PUB_FREEZE_ROW);
    q_bind_text(&q, log->office);
    q_bind_int(&q, first);
    q_bind_int(&q, first + 0x10000); /* n < 2^16: the rows of one entry */
    bool found = q_step(&q);
    enum qn_code rc = found ? qn_freeze_parse(&m->freeze, q_span(&q, 0), m->err) : QN_OK;
    if (!rc)
        rc = query_end(&q, m->err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query s = query_start(m->st, SQL_PUB_FREEZE_SALT);
    q_bind_text(&s, log->office);
    q_bind_int(&s, first);
    q_bind_int(&s, first + 0x10000);
    found = q_step(&s) && q_span(&s, 0).n == sizeof(m->salt_key) && found;
    if (found)
        memcpy(m->salt_key, q_span(&s, 0).p, sizeof(m->salt_key));
    rc = query_end(&s, m->err);
    if (!rc && !found)
        rc = qn_fail(m->err, QN_ABSENT, "slip.no-freeze", "log=%s|seq=%llu", log->origin,
                     (unsigned long long)seq);
    return rc;
}

/* ---- records ------------------------------------------------------------------------------------ */

static void salt_of(uint8_t salt[QN_SALT16], const struct qn_buf *record)
{
    if (record->n >= QN_SALT16) /* it is the record's end */
        memcpy(salt, record->p + record->n - QN_SALT16, QN_SALT16);
}

static enum qn_code put_object(struct making *m, size_t at)
{
    const struct qn_object *o = &m->roster.r.object[at];
    QN_AUTO(qn_buf) struct qn_buf record = {0}, attributes = {0};
    qn_buf_init(&record, 1024);
    qn_buf_init(&attributes, QN_SLIP_ATTRIBUTES);
    qn_object_record(&record, o, m->salt_key);
    qn_object_attributes(&attributes, o);
    enum qn_code rc = qn_buf_check(&record, m->err);
    if (!rc)
        rc = qn_buf_check(&attributes, m->err);
    if (rc)
        return rc;
    memcpy(m->slip.attributes, attributes.p, attributes.n);
    m->slip.nattributes = attributes.n;
    qn_object_attr_salt(m->slip.attr_salt, o->id, m->salt_key);
    salt_of(m->slip.salt, &record);
    return qn_roster_prove(&m->slip.path, &m->slip.index, &m->roster.r, m->salt_key, o->id, m->err);
}

struct leaves {
    uint8_t (*leaf)[QN_HASH];
    uint64_t n;
};

/* A complete node, from its leaves: marks are few, and slips are rare. */
static bool node_of(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    const struct leaves *l = ctx;
    uint8_t left[QN_HASH], right[QN_HASH];
    if (level >= 63 || index >= l->n >> level)
        return false;
    if (level == 0) {
        memcpy(hash, l->leaf[index], QN_HASH);
        return true;
    }
    if (!node_of(ctx, level - 1, 2 * index, left) || !node_of(ctx, level - 1, 2 * index + 1, right))
        return false;
    qn_node_hash(hash, left, right);
    return true;
}

static enum qn_code put_mark(struct making *m, struct leaves *l, size_t at)
{
    const struct qn_mark *from = &m->roster.r.mark[at];
    if (m->slip.nmarks == QN_SLIP_MARKS)
        return qn_fail(m->err, QN_LIMIT, "slip.marks", "max=%d", QN_SLIP_MARKS);
    struct qn_slip_mark *to = &m->slip.mark[m->slip.nmarks++];
    QN_AUTO(qn_buf) struct qn_buf record = {0};
    qn_buf_init(&record, 1024);
    qn_mark_record(&record, from, m->salt_key);
    enum qn_code rc = qn_buf_check(&record, m->err);
    if (rc)
        return rc;
    to->mark = *from;
    qn_text_copy(to->scope_text, sizeof(to->scope_text), from->scope);
    to->mark.scope = qn_str(to->scope_text);
    salt_of(to->salt, &record);
    to->index = at;
    return qn_prove_inclusion(at, l->n, node_of, l, &to->path, m->err);
}

static enum qn_code put_marks(struct making *m)
{
    struct leaves l = {.n = m->roster.r.nmarks};
    enum qn_code rc = QN_OK;
    l.leaf = malloc((l.n ? l.n : 1) * QN_HASH);
    if (!l.leaf)
        return qn_fail(m->err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < l.n; i++) {
        QN_AUTO(qn_buf) struct qn_buf record = {0};
        qn_buf_init(&record, 1024);
        qn_mark_record(&record, &m->roster.r.mark[i], m->salt_key);
        qn_leaf_hash(l.leaf[i], qn_buf_span(&record));
    }
    for (size_t i = 0; !rc && i < l.n; i++)
        if (qn_span_eq(m->roster.r.mark[i].id, m->object))
            rc = put_mark(m, &l, i);
    free(l.leaf);
    return rc;
}

/* ---- what the owner reads ----------------------------------------------------------------------- */

static void remark(struct qn_buf *out, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
static void remark(struct qn_buf *out, const char *id, const char *fmt, ...)
{
    char args[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    text_put(out, TEXT_ZH, id, args);
    qn_put_str(out, "\n");
}

static enum qn_code task_of(char task[QN_NAME32], struct making *m, int64_t draw_id,
                            uint8_t slot_no)
{
    char object[QN_OBJECT_ID_MAX + 1];
    qn_text_copy(object, sizeof(object), m->object);
    QN_AUTO(query) struct query q = query_start(m->st, SQL_DISPATCH_ROW);
    q_bind_text(&q, store_self(m->st)->office);
    q_bind_int(&q, draw_id);
    q_bind_text(&q, object);
    q_bind_int(&q, slot_no);
    task[0] = 0;
    if (q_step(&q))
        qn_text_copy(task, QN_NAME32, q_span(&q, 2));
    return query_end(&q, m->err);
}

/* What an exception says of the object; NULL: nothing. */
static const char *exception_remark(const struct qn_exc *x, struct qn_span object)
{
    if (x->kind == QN_EXC_VOID && qn_span_is(object, x->next))
        return "slip.successor";
    if (!qn_span_is(object, x->object))
        return NULL;
    return x->kind == QN_EXC_VOID       ? "slip.void"
           : x->kind == QN_EXC_RETURN   ? "slip.returned"
           : x->kind == QN_EXC_REASSIGN ? "slip.sent-on"
                                        : NULL;
}

/* SPEC slip-10: "Remarks say of an exception of the draw that the object is void by it, follows by it, went back by it" */
static enum qn_code put_exceptions(struct qn_buf *out, struct making *m, int64_t draw_id)
{
    enum qn_code rc = QN_OK;
    unsigned lines = 0;
    QN_AUTO(query) struct query q = query_start(m->st, SQL_EXCEPTIONS);
    q_bind_text(&q, store_self(m->st)->office);
    while (!rc && lines < 2 * QN_ORDER_SLOTS && q_step(&q)) {
        struct qn_exc x;
        struct qn_err none;
        char task[QN_NAME32];
        uint16_t epoch, n;
        uint64_t seq;
        const char *says =
            q_int(&q, 1) == draw_id && qn_exc_parse(&x, q_span(&q, 5), &none) == QN_OK
                ? exception_remark(&x, m->object)
                : NULL;
        if (!says)
            continue;
        lines++;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        rc = task_of(task, m, draw_id, x.slot);
        remark(out, says, "task=%s|date=%s|seq=%llu", task, x.date, (unsigned long long)seq);
    }
    return rc ? rc : query_end(&q, m->err);
}

static enum qn_code readable(struct qn_buf *out, struct making *m, size_t at, int64_t draw_id)
{
    static const char *const classes[] = {"slip.class-none", "slip.class-a", "slip.class-b",
                                          "slip.class-c", "slip.class-d"};
    static const char *const states[] = {"slip.status-0", "slip.status-1", "slip.status-2",
                                         "slip.status-3", "slip.status-4", "slip.status-5"};
    const struct qn_object_attr *a = &m->roster.r.object[at].attr;
    char cls[64], status[64], last[64];
    text_render(cls, sizeof(cls), TEXT_ZH, classes[a->cls <= 4 ? a->cls : 0], "");
    text_render(status, sizeof(status), TEXT_ZH, states[a->status <= 5 ? a->status : 0], "");
    if (a->last_inspected_day)
        wire_day_text((int32_t)a->last_inspected_day, last);
    else
        text_render(last, sizeof(last), TEXT_ZH, "slip.never", "");
    remark(out, "slip.title", "");
    remark(out, "slip.about", "name=%s|object=%.*s", m->roster.about[at].name, (int)m->object.n,
           (const char *)m->object.p);
    remark(out, "slip.of-draw", "office=%s|draw=%s", store_self(m->st)->name, m->draw);
    remark(out, "slip.frozen", "date=%s|count=%llu", m->freeze.date,
           (unsigned long long)m->freeze.roots.objects);
    remark(out, "slip.record", "class=%s|status=%s|complaints=%u|inspected=%u|last=%s", cls, status,
           a->complaints, a->inspected_this_year, last);
    enum qn_code rc = put_exceptions(out, m, draw_id);
    remark(out, "slip.use", "");
    remark(out, "slip.keep", "");
    return rc;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static enum qn_code make(struct qn_buf *out, struct making *m)
{
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
    int64_t id;
    uint16_t epoch, n;
    uint64_t seq, index = 0;
    struct log log;
    struct qn_cert c;
    size_t at;
    const struct qn_cert *self = store_self(m->st);
    if (!self)
        return qn_fail(m->err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(m->st));
    enum qn_code rc = publish_draw_parse(office, &id, m->draw, m->err);
    if (!rc && strcmp(office, self->office) != 0)
        rc =
            qn_fail(m->err, QN_DENIED, "slip.not-ours", "draw=%s|office=%s", m->draw, self->office);
    if (rc)
        return rc;
    qn_row_id_split(id, &epoch, &seq, &n);
    c = *self;
    c.epoch = epoch; /* an older log of this office */
    qn_cert_origin(origin, &c);
    rc = leaf_of(m, &m->slip.draw, origin, seq, &log);
    if (!rc)
        rc = check_released(m, &log, seq);
    if (!rc)
        rc = freeze_of(m, id, office, origin, &index);
    if (!rc)
        rc = leaf_of(m, &m->slip.freeze, origin, index, &log);
    if (!rc)
        rc = load_freeze(m, &log, index);
    if (!rc)
        rc = roster_load(&m->roster, m->st, office, m->freeze.roster_version, m->freeze.date,
                         m->err);
    if (rc)
        return rc;
    if (!qn_roster_object(&m->roster.r, m->object, &at) ||
        !qn_text_copy(m->slip.object_id, sizeof(m->slip.object_id), m->object))
        return qn_fail(m->err, QN_ABSENT, "slip.not-in-freeze", "object=%.*s|date=%s",
                       (int)m->object.n, (const char *)m->object.p, m->freeze.date);
    rc = put_object(m, at);
    if (!rc)
        rc = put_marks(m);
    if (rc)
        return rc;
    struct qn_object_attr attr;
    struct qn_err inner;
    if (qn_slip_open(&attr, &m->slip, &m->freeze, &inner) != QN_OK)
        return qn_fail(m->err, QN_UNVERIFIED, "slip.roster-changed", "draw=%s", m->draw);
    QN_AUTO(qn_buf) struct qn_buf remarks = {0};
    qn_buf_init(&remarks, 8192);
    rc = readable(&remarks, m, at, id);
    if (rc)
        return rc;
    qn_slip_text(out, &m->slip, qn_buf_span(&remarks));
    return qn_buf_check(out, m->err);
}

enum qn_code owner_slip(struct qn_buf *out, struct store *st, const char *draw, const char *object,
                        struct qn_err *err)
{
    __attribute__((cleanup(making_auto))) struct making m = {
        .st = st, .draw = draw, .object = qn_str(object), .err = err};
    char about[TRAIL_ABOUT];
    snprintf(about, sizeof(about), "%s %s", draw, object);
    enum qn_code rc = duty_act(st, duty_of(DUTY_SLIP), NULL, about, err);
    return rc ? rc : make(out, &m);
}
