#include "node/store/roster.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/register.h"

/* ---- memory: texts in blocks that never move, lists that grow ----------------------------------------- */

#define BLOCK_BYTES 65536

struct roster_block {
    struct roster_block *next;
    size_t used, size;
    char bytes[];
};

/* One load: the roster in the making, and the first failure. */
struct load {
    struct store *st;
    const char *office;
    struct roster *r;
    size_t object_cap, mark_cap, inspector_cap, recusal_cap;
    uint64_t *visible; /* closed versions whose rows count, ascending */
    size_t nvisible;
    char year[5];
    struct qn_err *err;
};

static void load_auto(struct load *l)
{
    free(l->visible);
}

static const char *keep(struct load *l, struct qn_span s)
{
    struct roster_block *b = l->r->block;
    if (!b || b->size - b->used < s.n + 1) {
        size_t size = s.n + 1 > BLOCK_BYTES ? s.n + 1 : BLOCK_BYTES;
        b = malloc(sizeof(*b) + size);
        if (!b)
            return NULL;
        *b = (struct roster_block){.next = l->r->block, .size = size};
        l->r->block = b;
    }
    char *to = b->bytes + b->used;
    if (s.n)
        memcpy(to, s.p, s.n);
    to[s.n] = 0;
    b->used += s.n + 1;
    return to;
}

static bool keep_span(struct load *l, struct qn_span *out, struct qn_span s)
{
    const char *p = keep(l, s);
    *out = (struct qn_span){(const uint8_t *)p, s.n};
    return p != NULL;
}

/* Room for one more item of `each` bytes in a list of n; the list is returned, NULL when there is none. */
static void *grow(struct load *l, void *list, size_t n, size_t *cap, size_t each)
{
    if (n < *cap)
        return list;
    if (n >= ROSTER_ROWS_MAX) {
        (void)qn_fail(l->err, QN_LIMIT, "roster.rows", "office=%s|max=%d", l->office,
                      ROSTER_ROWS_MAX);
        return NULL;
    }
    size_t more = *cap ? *cap * 2 : 256;
    void *p = realloc(list, more * each);
    if (!p) {
        (void)qn_fail(l->err, QN_NOMEM, "base.no-memory", "");
        return NULL;
    }
    *cap = more;
    return p;
}

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

void roster_release(struct roster *r)
{
    for (struct roster_block *b = r->block, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(r->r.object);
    free(r->r.mark);
    free(r->r.inspector);
    free(r->r.recusal);
    free(r->about);
    free(r->person);
    *r = (struct roster){0};
}

/* ---- which versions' rows count ------------------------------------------------------------------------ */

enum qn_code roster_newest(struct store *st, const char *office, uint64_t *version,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ROSTER_NEWEST);
    q_bind_text(&q, office);
    bool found = q_step(&q) && !q_null(&q, 0);
    if (found)
        *version = (uint64_t)q_int(&q, 0);
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "roster.none", "office=%s", office);
    return rc;
}

struct close {
    uint64_t version, earlier;
    bool reverts;
};

static size_t find_close(const struct close *c, size_t n, uint64_t version)
{
    size_t i = 0;
    while (i < n && c[i].version != version)
        i++;
    return i;
}

/* SPEC rows-2: "the version itself, then the closed version before it, and so on" */
static enum qn_code choose_visible(struct load *l, const struct close *c, size_t n,
                                   uint64_t version)
{
    size_t at = find_close(c, n, version);
    if (at == n)
        return qn_fail(l->err, QN_ABSENT, "roster.not-closed", "office=%s|version=%llu", l->office,
                       (unsigned long long)version);
    l->visible = malloc(n * sizeof(*l->visible));
    if (!l->visible)
        return no_memory(l->err);
    for (;;) {
        if (c[at].reverts) {
            size_t to = find_close(c, at, c[at].earlier);
            if (to == at)
                return qn_fail(l->err, QN_MALFORMED, "roster.revert",
                               "office=%s|version=%llu|earlier=%llu", l->office,
                               (unsigned long long)c[at].version,
                               (unsigned long long)c[at].earlier);
            at = to;
            continue;
        }
        l->visible[l->nvisible++] = c[at].version;
        if (at == 0)
            break;
        at--;
    }
    for (size_t i = 0, j = l->nvisible - 1; i < j; i++, j--) {
        uint64_t t = l->visible[i];
        l->visible[i] = l->visible[j];
        l->visible[j] = t;
    }
    return QN_OK;
}

static enum qn_code read_closes(struct load *l, uint64_t version)
{
    struct close *c = NULL;
    size_t n = 0, cap = 0;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(l->st, SQL_ROSTER_CLOSES);
    q_bind_text(&q, l->office);
    q_bind_int(&q, (int64_t)version);
    while (!rc && q_step(&q)) {
        uint64_t v = (uint64_t)q_int(&q, 0);
        if (n && c[n - 1].version == v)
            continue; /* the first close of a version is the one that counts */
        struct close *more = grow(l, c, n, &cap, sizeof(*c));
        if (!more) {
            rc = l->err->code;
            break;
        }
        c = more;
        c[n++] = (struct close){
            .version = v, .earlier = (uint64_t)q_int(&q, 1), .reverts = !q_null(&q, 1)};
    }
    if (!rc)
        rc = query_end(&q, l->err);
    if (!rc)
        rc = choose_visible(l, c, n, version);
    free(c);
    return rc;
}

static bool is_visible(const struct load *l, int64_t version)
{
    size_t lo = 0, hi = l->nvisible;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->visible[mid] < (uint64_t)version)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->nvisible && version >= 0 && l->visible[lo] == (uint64_t)version;
}

/* ---- columns to fields ------------------------------------------------------------------------------------ */

static enum qn_code bad_row(struct load *l, const char *table, struct qn_span key,
                            const char *column)
{
    return qn_fail(l->err, QN_MALFORMED, "roster.column", "office=%s|table=%s|key=%.*s|column=%s",
                   l->office, table, (int)(key.n > 100 ? 100 : key.n), (const char *)key.p, column);
}

/* SPEC rows-6: "decimals without leading zeros, ascending, no repeats, joined by commas; empty for none" */
static bool parse_tags(struct qn_span s, uint16_t tag[QN_TAGS], unsigned *n)
{
    *n = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t v = 0;
        size_t from = i;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && v <= UINT16_MAX; i++)
            v = v * 10 + (uint32_t)(s.p[i] - '0');
        bool zero_led = i - from > 1 && s.p[from] == '0';
        if (i == from || zero_led || v > UINT16_MAX || *n == QN_TAGS || (*n && tag[*n - 1] >= v))
            return false;
        tag[(*n)++] = (uint16_t)v;
        if (i == s.n)
            return true;
        if (s.p[i++] != ',' || i == s.n)
            return false;
    }
    return true;
}

static uint16_t saturate(int64_t v)
{
    return v < 0 ? 0 : v > UINT16_MAX ? UINT16_MAX : (uint16_t)v;
}

enum object_column {
    O_ID,
    O_ROSTER,
    O_NAME,
    O_ADDRESS,
    O_STATION,
    O_OFFICE,
    O_TAGS,
    O_STATUS,
    O_CLASS,
    O_COMPLAINTS,
    O_INSPECTED,
    O_LAST,
    O_RECORDED,
};

static enum qn_code read_attributes(struct load *l, struct query *q, struct qn_span id,
                                    struct qn_object_attr *a)
{
    const char *letter = memchr(QN_KIND_LETTERS, id.n ? id.p[0] : 0, sizeof(QN_KIND_LETTERS) - 1);
    struct qn_err inner;
    if (!letter || qn_object_id_check(id, &inner) != QN_OK)
        return bad_row(l, "object", id, "object_id");
    a->kind = (uint8_t)(letter - QN_KIND_LETTERS + 1);
    if (!qn_object_status_parse(&a->status, q_span(q, O_STATUS)))
        return bad_row(l, "object", id, "status");
    struct qn_span cls = q_span(q, O_CLASS);
    if (cls.n > 1 || (cls.n && (cls.p[0] < 'A' || cls.p[0] > 'D')))
        return bad_row(l, "object", id, "risk_class");
    a->cls = cls.n ? (uint8_t)(cls.p[0] - 'A' + 1) : 0;
    struct qn_span office = q_span(q, O_OFFICE);
    if ((office.n && !wire_is_code(office)) ||
        !qn_text_copy(a->inspecting_office, sizeof(a->inspecting_office), office))
        return bad_row(l, "object", id, "inspecting_office");
    if (!parse_tags(q_span(q, O_TAGS), a->tag, &a->ntags))
        return bad_row(l, "object", id, "tags");
    a->complaints = saturate(q_int(q, O_COMPLAINTS));
    struct qn_span last = q_span(q, O_LAST);
    if (last.n) {
        int32_t day = wire_day(last);
        if (day < 0)
            return bad_row(l, "object", id, "last_inspected_on");
        a->last_inspected_day = (uint32_t)day;
    }
    /* SPEC rows-7: "counts for the calendar year of `last_inspected_on`, of `recorded_on` where that is absent" */
    struct qn_span year = last.n ? last : q_span(q, O_RECORDED);
    if (year.n >= 4 && memcmp(year.p, l->year, 4) == 0)
        a->inspected_this_year = saturate(q_int(q, O_INSPECTED));
    return QN_OK;
}

/* The rows of a key come newest first: those after the first visible one are history. */
static bool same_key(struct qn_span a, const struct qn_span *last)
{
    return last->p && qn_span_eq(a, *last);
}

static enum qn_code read_objects(struct load *l)
{
    struct qn_roster *r = &l->r->r;
    size_t about_cap = 0;
    QN_AUTO(query) struct query q = query_start(l->st, SQL_ROSTER_OBJECTS);
    q_bind_text(&q, l->office);
    q_bind_int(&q, (int64_t)l->r->version);
    struct qn_span last = {NULL, 0};
    while (q_step(&q)) {
        struct qn_span id = q_span(&q, O_ID);
        if (!is_visible(l, q_int(&q, O_ROSTER)) || same_key(id, &last))
            continue;
        struct qn_object *more = grow(l, r->object, r->nobjects, &l->object_cap, sizeof(*more));
        if (!more)
            return l->err->code;
        r->object = more;
        struct roster_about *about = grow(l, l->r->about, r->nobjects, &about_cap, sizeof(*about));
        if (!about)
            return l->err->code;
        l->r->about = about;
        struct qn_object *o = &more[r->nobjects];
        about += r->nobjects;
        *o = (struct qn_object){0};
        enum qn_code rc = read_attributes(l, &q, id, &o->attr);
        if (rc)
            return rc;
        *about = (struct roster_about){keep(l, q_span(&q, O_NAME)), keep(l, q_span(&q, O_ADDRESS)),
                                       keep(l, q_span(&q, O_STATION))};
        if (!keep_span(l, &o->id, id) || !about->name || !about->address || !about->station)
            return no_memory(l->err);
        last = o->id;
        r->nobjects++;
    }
    return query_end(&q, l->err);
}

/* ---- marks, inspectors, recusals ------------------------------------------------------------------------------ */

static enum qn_code read_marks(struct load *l)
{
    struct qn_roster *r = &l->r->r;
    QN_AUTO(query) struct query q = query_start(l->st, SQL_ROSTER_MARKS);
    q_bind_text(&q, l->office);
    q_bind_int(&q, (int64_t)l->r->version);
    struct qn_mark last = {0};
    while (q_step(&q)) {
        struct qn_span id = q_span(&q, 0), scope = q_span(&q, 3), source = q_span(&q, 4);
        int64_t kind = q_int(&q, 1), reason = q_int(&q, 2);
        if (!is_visible(l, q_int(&q, 6)))
            continue;
        if (last.id.p && qn_span_eq(last.id, id) && last.kind == kind && last.reason == reason &&
            qn_span_eq(last.scope, scope))
            continue;
        struct qn_err inner;
        if (qn_object_id_check(id, &inner) != QN_OK)
            return bad_row(l, "mark", id, "object_id");
        if (kind < 1 || kind > 2)
            return bad_row(l, "mark", id, "kind");
        if (reason < 0 || reason > UINT8_MAX)
            return bad_row(l, "mark", id, "reason_code");
        if (source.n != QN_HASH)
            return bad_row(l, "mark", id, "source");
        struct qn_mark m = {.kind = (uint8_t)kind, .reason = (uint8_t)reason};
        memcpy(m.source, source.p, QN_HASH);
        if (!keep_span(l, &m.id, id) || !keep_span(l, &m.scope, scope))
            return no_memory(l->err);
        last = m;
        if (!q_int(&q, 5))
            continue; /* lifted */
        struct qn_mark *more = grow(l, r->mark, r->nmarks, &l->mark_cap, sizeof(*more));
        if (!more)
            return l->err->code;
        r->mark = more;
        more[r->nmarks++] = m;
    }
    return query_end(&q, l->err);
}

/* SPEC rows-8: "an office code, `/`, and a certificate number as in roster-15, at most 255 bytes in all" */
static bool is_inspector_id(struct qn_span id)
{
    const uint8_t *slash = id.n ? memchr(id.p, '/', id.n) : NULL;
    size_t code = slash ? (size_t)(slash - id.p) : 0;
    return slash && id.n <= UINT8_MAX && wire_is_code((struct qn_span){id.p, code}) &&
           qn_is_number((struct qn_span){slash + 1, id.n - code - 1});
}

static enum qn_code read_inspectors(struct load *l)
{
    struct qn_roster *r = &l->r->r;
    size_t person_cap = 0;
    QN_AUTO(query) struct query q = query_start(l->st, SQL_ROSTER_INSPECTORS);
    q_bind_text(&q, l->office);
    q_bind_int(&q, (int64_t)l->r->version);
    struct qn_span last = {NULL, 0};
    while (q_step(&q)) {
        struct qn_span id = q_span(&q, 0);
        if (!is_visible(l, q_int(&q, 7)) || same_key(id, &last))
            continue;
        if (!is_inspector_id(id))
            return bad_row(l, "inspector", id, "insp_id");
        struct qn_inspector i = {0};
        if (!parse_tags(q_span(&q, 2), i.qual, &i.nquals))
            return bad_row(l, "inspector", id, "quals");
        struct qn_span valid_to = q_span(&q, 5);
        if (valid_to.n && !wire_is_date(valid_to))
            return bad_row(l, "inspector", id, "cert_valid_to");
        int64_t load0 = q_int(&q, 6);
        /* SPEC rows-8: "its certificate does not end before the date" */
        bool valid = !valid_to.n || wire_day(valid_to) >= wire_day(qn_str(l->r->date));
        i.available = q_int(&q, 4) != 0 && qn_span_is(q_span(&q, 3), "active") && valid;
        i.load0 = load0 < 0 ? 0 : load0 > UINT32_MAX ? UINT32_MAX : (uint32_t)load0;
        struct qn_inspector *more =
            grow(l, r->inspector, r->ninspectors, &l->inspector_cap, sizeof(*more));
        if (!more)
            return l->err->code;
        r->inspector = more;
        const char **person = grow(l, l->r->person, r->ninspectors, &person_cap, sizeof(*person));
        if (!person)
            return l->err->code;
        l->r->person = person;
        person[r->ninspectors] = keep(l, q_span(&q, 1));
        if (!keep_span(l, &i.id, id) || !person[r->ninspectors])
            return no_memory(l->err);
        last = i.id;
        more[r->ninspectors++] = i;
    }
    return query_end(&q, l->err);
}

static enum qn_code read_recusals(struct load *l)
{
    struct qn_roster *r = &l->r->r;
    QN_AUTO(query) struct query q = query_start(l->st, SQL_ROSTER_RECUSALS);
    q_bind_text(&q, l->office);
    q_bind_int(&q, (int64_t)l->r->version);
    struct qn_recusal last = {.inspector = {NULL, 0}};
    while (q_step(&q)) {
        struct qn_span inspector = q_span(&q, 0), object = q_span(&q, 1);
        if (!is_visible(l, q_int(&q, 3)))
            continue;
        if (same_key(inspector, &last.inspector) && qn_span_eq(object, last.object))
            continue;
        struct qn_err inner;
        if (!is_inspector_id(inspector))
            return bad_row(l, "recusal", inspector, "insp_id");
        if (qn_object_id_check(object, &inner) != QN_OK)
            return bad_row(l, "recusal", object, "object_id");
        struct qn_recusal c;
        if (!keep_span(l, &c.inspector, inspector) || !keep_span(l, &c.object, object))
            return no_memory(l->err);
        last = c;
        if (!q_int(&q, 2))
            continue;
        struct qn_recusal *more = grow(l, r->recusal, r->nrecusals, &l->recusal_cap, sizeof(*more));
        if (!more)
            return l->err->code;
        r->recusal = more;
        more[r->nrecusals++] = c;
    }
    return query_end(&q, l->err);
}

enum qn_code roster_load(struct roster *out, struct store *st, const char *office, uint64_t version,
                         const char *date, struct qn_err *err)
{
    QN_AUTO(roster) struct roster r = {.version = version};
    struct qn_err own; /* grow() tells its reason here when the caller wants none */
    QN_AUTO(load) struct load l = {.st = st, .office = office, .r = &r, .err = err ? err : &own};
    if (!wire_is_date(qn_str(date)))
        return qn_fail(err, QN_MALFORMED, "roster.as-of", "date=%s", date);
    memcpy(r.date, date, sizeof(r.date));
    memcpy(l.year, date, 4);
    enum qn_code rc = read_closes(&l, version);
    if (!rc)
        rc = read_objects(&l);
    if (!rc)
        rc = read_marks(&l);
    if (!rc)
        rc = read_inspectors(&l);
    if (!rc)
        rc = read_recusals(&l);
    /* The rows came by key, so this only says whether a key stands twice; names stay beside their records. */
    if (!rc)
        rc = qn_roster_sort(&r.r, l.err);
    if (rc)
        return rc;
    *out = r;
    r = (struct roster){0};
    return QN_OK;
}
