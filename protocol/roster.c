#include "qian/roster.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

#define RECORD_MAX \
    1024 /* an object's: 1 + 1 + 255 + 32 + 16; a mark's: 307 + 255; a recusal's: 529 */

/* Labels go into hashes with their NUL. */
#define LABEL(s) ((struct qn_span){(const uint8_t *)(s), sizeof(s)})

/* ---- order -------------------------------------------------------------------------------------- */

/* SPEC roster-5: "texts bytewise (a prefix comes first), numbers by value" */
static int by_object(const void *x, const void *y)
{
    const struct qn_object *a = x, *b = y;
    return qn_span_cmp(a->id, b->id);
}

/* SPEC roster-5: "of a mark object_id, kind, reason, scope" */
static int by_mark(const void *x, const void *y)
{
    const struct qn_mark *a = x, *b = y;
    int c = qn_span_cmp(a->id, b->id);
    if (!c)
        c = (a->kind > b->kind) - (a->kind < b->kind);
    if (!c)
        c = (a->reason > b->reason) - (a->reason < b->reason);
    return c ? c : qn_span_cmp(a->scope, b->scope);
}

static int by_inspector(const void *x, const void *y)
{
    const struct qn_inspector *a = x, *b = y;
    return qn_span_cmp(a->id, b->id);
}

static int by_recusal(const void *x, const void *y)
{
    const struct qn_recusal *a = x, *b = y;
    int c = qn_span_cmp(a->inspector, b->inspector);
    return c ? c : qn_span_cmp(a->object, b->object);
}

typedef int compare_fn(const void *x, const void *y);
struct list {
    const char *name;
    void *at;
    size_t n, each;
    compare_fn *compare;
};

static void lists_of(const struct qn_roster *r, struct list out[4])
{
    out[0] = (struct list){"objects", r->object, r->nobjects, sizeof(*r->object), by_object};
    out[1] = (struct list){"marks", r->mark, r->nmarks, sizeof(*r->mark), by_mark};
    out[2] = (struct list){"inspectors", r->inspector, r->ninspectors, sizeof(*r->inspector),
                           by_inspector};
    out[3] = (struct list){"recusals", r->recusal, r->nrecusals, sizeof(*r->recusal), by_recusal};
}

/* The first place whose key is not above the one before it; n when there is none. */
static size_t out_of_order(const struct list *l, bool *twice)
{
    for (size_t i = 1; i < l->n; i++) {
        const char *at = (const char *)l->at + i * l->each;
        int c = l->compare(at - l->each, at);
        if (c >= 0) {
            *twice = c == 0;
            return i;
        }
    }
    return l->n;
}

enum qn_code qn_roster_check(const struct qn_roster *r, struct qn_err *err)
{
    struct list lists[4];
    lists_of(r, lists);
    for (size_t k = 0; k < 4; k++) {
        bool twice;
        size_t i = out_of_order(&lists[k], &twice);
        if (i < lists[k].n)
            return qn_fail(err, QN_CONFLICT, "roster.unsorted", "list=%s|no=%zu", lists[k].name,
                           i + 1);
    }
    return QN_OK;
}

/* What a person recognises of a key: the id it begins with. */
static struct qn_span first_id(const struct qn_roster *r, size_t list, size_t i)
{
    return list == 0   ? r->object[i].id
           : list == 1 ? r->mark[i].id
           : list == 2 ? r->inspector[i].id
                       : r->recusal[i].inspector;
}

enum qn_code qn_roster_sort(struct qn_roster *r, struct qn_err *err)
{
    struct list lists[4];
    lists_of(r, lists);
    for (size_t k = 0; k < 4; k++) {
        bool twice;
        if (lists[k].n)
            qsort(lists[k].at, lists[k].n, lists[k].each, lists[k].compare);
        size_t i = out_of_order(&lists[k], &twice);
        if (i == lists[k].n)
            continue;
        struct qn_span id = first_id(r, k, i);
        return qn_fail(err, QN_CONFLICT, "roster.twice", "list=%s|id=%.*s", lists[k].name,
                       (int)id.n, (const char *)id.p);
    }
    return QN_OK;
}

bool qn_roster_object(const struct qn_roster *r, struct qn_span id, size_t *index)
{
    struct qn_object key = {.id = id};
    const struct qn_object *at =
        r->nobjects ? bsearch(&key, r->object, r->nobjects, sizeof(key), by_object) : NULL;
    if (at)
        *index = (size_t)(at - r->object);
    return at != NULL;
}

bool qn_roster_inspector(const struct qn_roster *r, struct qn_span id, size_t *index)
{
    struct qn_inspector key = {.id = id};
    const struct qn_inspector *at =
        r->ninspectors ? bsearch(&key, r->inspector, r->ninspectors, sizeof(key), by_inspector)
                       : NULL;
    if (at)
        *index = (size_t)(at - r->inspector);
    return at != NULL;
}

/* ---- records ------------------------------------------------------------------------------------ */

static void put_short(struct qn_buf *out, struct qn_span s)
{
    if (s.n > UINT8_MAX && !out->failed)
        out->failed = QN_LIMIT;
    qn_put_uint(out, s.n, 1);
    qn_put_span(out, s);
}

static void put_codes(struct qn_buf *out, const uint16_t *code, unsigned n)
{
    if (n > QN_TAGS && !out->failed)
        out->failed = QN_LIMIT;
    qn_put_uint(out, n, 1);
    for (unsigned i = 0; i < n && i < QN_TAGS; i++)
        qn_put_uint(out, code[i], 2);
}

/* SPEC roster-4: "the first 16 bytes of M(K_salt, record without its salt)" */
void qn_record_salt(uint8_t out[16], struct qn_span record, const uint8_t salt_key[32])
{
    uint8_t mac[QN_HASH];
    wire_hmac(mac, salt_key, &record, 1);
    memcpy(out, mac, 16);
}

static void put_salt(struct qn_buf *out, size_t from, const uint8_t salt_key[32])
{
    uint8_t salt[16];
    if (out->failed)
        return;
    qn_record_salt(salt, (struct qn_span){out->p + from, out->n - from}, salt_key);
    qn_put(out, salt, sizeof(salt));
}

void qn_object_attributes(struct qn_buf *out, const struct qn_object *o)
{
    const struct qn_object_attr *a = &o->attr;
    qn_put_uint(out, a->kind, 1);
    qn_put_uint(out, a->cls, 1);
    qn_put_uint(out, a->status, 1);
    qn_put_uint(out, a->complaints, 2);
    qn_put_uint(out, a->inspected_this_year, 2);
    qn_put_uint(out, a->last_inspected_day, 4);
    put_short(out, qn_str(a->inspecting_office));
    put_codes(out, a->tag, a->ntags);
}

void qn_object_attr_salt(uint8_t out[QN_HASH], struct qn_span id, const uint8_t salt_key[32])
{
    const struct qn_span parts[] = {LABEL("attr"), id};
    wire_hmac(out, salt_key, parts, 2);
}

void qn_object_record(struct qn_buf *out, const struct qn_object *o, const uint8_t salt_key[32])
{
    uint8_t bytes[16 + QN_CODE_MAX + 2 * QN_TAGS], salt[QN_HASH], attr[QN_HASH];
    struct qn_buf a = {
        .p = bytes, .cap = sizeof(bytes) - 1, .max = sizeof(bytes) - 1}; /* never grows */
    qn_object_attributes(&a, o);
    if (a.failed && !out->failed)
        out->failed = a.failed;
    /* SPEC roster-2: "so an id can be opened without its attributes" */
    qn_object_attr_salt(salt, o->id, salt_key);
    const struct qn_span parts[] = {LABEL("draw1/attr"), QN_SPAN(salt), qn_buf_span(&a)};
    wire_sha256(attr, parts, 3);
    size_t from = out->n;
    qn_put_uint(out, 1, 1);
    put_short(out, o->id);
    qn_put(out, attr, sizeof(attr));
    put_salt(out, from, salt_key);
}

void qn_mark_record(struct qn_buf *out, const struct qn_mark *m, const uint8_t salt_key[32])
{
    size_t from = out->n;
    qn_put_uint(out, 2, 1);
    put_short(out, m->id);
    qn_put_uint(out, m->kind, 1);
    qn_put_uint(out, m->reason, 1);
    put_short(out, m->scope);
    qn_put(out, m->source, QN_HASH);
    put_salt(out, from, salt_key);
}

void qn_inspector_record(struct qn_buf *out, const struct qn_inspector *i,
                         const uint8_t salt_key[32])
{
    size_t from = out->n;
    qn_put_uint(out, 3, 1);
    put_short(out, i->id);
    put_codes(out, i->qual, i->nquals);
    qn_put_uint(out, i->available, 1);
    qn_put_uint(out, i->load0, 4);
    put_salt(out, from, salt_key);
}

void qn_recusal_record(struct qn_buf *out, const struct qn_recusal *c, const uint8_t salt_key[32])
{
    size_t from = out->n;
    qn_put_uint(out, 4, 1);
    put_short(out, c->inspector);
    put_short(out, c->object);
    put_salt(out, from, salt_key);
}

/* ---- roots -------------------------------------------------------------------------------------- */

/* Writes the record of item i of one list. */
typedef void record_fn(struct qn_buf *out, const struct qn_roster *r, size_t i,
                       const uint8_t salt_key[32]);

static void object_at(struct qn_buf *out, const struct qn_roster *r, size_t i,
                      const uint8_t salt_key[32])
{
    qn_object_record(out, &r->object[i], salt_key);
}

static void mark_at(struct qn_buf *out, const struct qn_roster *r, size_t i,
                    const uint8_t salt_key[32])
{
    qn_mark_record(out, &r->mark[i], salt_key);
}

static void inspector_at(struct qn_buf *out, const struct qn_roster *r, size_t i,
                         const uint8_t salt_key[32])
{
    qn_inspector_record(out, &r->inspector[i], salt_key);
}

static void recusal_at(struct qn_buf *out, const struct qn_roster *r, size_t i,
                       const uint8_t salt_key[32])
{
    qn_recusal_record(out, &r->recusal[i], salt_key);
}

/* SPEC roster-6: "The root of a list is that of RFC 6962 over its leaves in order" */
static enum qn_code tree(struct qn_frontier *f, const struct qn_roster *r, size_t n,
                         record_fn *record, const uint8_t salt_key[32], qn_node_made *made,
                         void *ctx, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, RECORD_MAX);
    *f = (struct qn_frontier){0};
    for (size_t i = 0; i < n; i++) {
        uint8_t leaf[QN_HASH];
        b.n = 0;
        record(&b, r, i, salt_key);
        enum qn_code rc = qn_buf_check(&b, err);
        if (rc)
            return rc;
        qn_leaf_hash(leaf, qn_buf_span(&b));
        qn_frontier_append(f, leaf, made, ctx);
    }
    return QN_OK;
}

enum qn_code qn_roster_roots(struct qn_roster_roots *out, const struct qn_roster *r,
                             const uint8_t salt_key[32], struct qn_err *err)
{
    struct qn_roster_roots roots = {r->nobjects, r->nmarks, r->ninspectors, r->nrecusals, {0}, {0},
                                    {0},         {0}};
    const struct {
        size_t n;
        record_fn *record;
        uint8_t *root;
    } lists[] = {
        {r->nobjects, object_at, roots.object_root},
        {r->nmarks, mark_at, roots.mark_root},
        {r->ninspectors, inspector_at, roots.inspector_root},
        {r->nrecusals, recusal_at, roots.recusal_root},
    };
    enum qn_code rc = qn_roster_check(r, err);
    for (size_t k = 0; !rc && k < sizeof(lists) / sizeof(lists[0]); k++) {
        struct qn_frontier f;
        rc = tree(&f, r, lists[k].n, lists[k].record, salt_key, NULL, NULL, err);
        if (!rc)
            qn_frontier_root(&f, lists[k].root);
    }
    if (!rc)
        *out = roots;
    return rc;
}

/* ---- one object's proof ------------------------------------------------------------------------- */

/* The nodes that one leaf's path can need: its sibling on each level as far as it is complete, and the
 * complete subtrees that make up the ragged right edge. No other node of the tree is kept.         */
struct path_nodes {
    uint64_t index;
    bool has[QN_TREE_LEVELS];
    uint8_t sibling[QN_TREE_LEVELS][QN_HASH];
    struct qn_frontier edge;
};

static void keep_sibling(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH])
{
    struct path_nodes *p = ctx;
    if (level < QN_TREE_LEVELS && index == ((p->index >> level) ^ 1)) {
        p->has[level] = true;
        memcpy(p->sibling[level], hash, QN_HASH);
    }
}

static bool get_node(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    const struct path_nodes *p = ctx;
    if (level >= QN_TREE_LEVELS)
        return false;
    if (p->has[level] && index == ((p->index >> level) ^ 1)) {
        memcpy(hash, p->sibling[level], QN_HASH);
        return true;
    }
    /* The frontier has one node for each 1 bit of the size, largest first. */
    unsigned at = 0;
    for (unsigned l = QN_TREE_LEVELS - 1; l > level; l--)
        at += (unsigned)(p->edge.size >> l & 1);
    if (((p->edge.size >> level) & 1) == 0 || index != (p->edge.size >> level) - 1)
        return false;
    memcpy(hash, p->edge.node[at], QN_HASH);
    return true;
}

enum qn_code qn_roster_prove(struct qn_proof *out, uint64_t *index, const struct qn_roster *r,
                             const uint8_t salt_key[32], struct qn_span object_id,
                             struct qn_err *err)
{
    size_t at;
    struct path_nodes p = {0};
    enum qn_code rc = qn_roster_check(r, err);
    if (rc)
        return rc;
    if (!qn_roster_object(r, object_id, &at))
        return qn_fail(err, QN_ABSENT, "roster.no-object", "id=%.*s", (int)object_id.n,
                       (const char *)object_id.p);
    p.index = at;
    rc = tree(&p.edge, r, r->nobjects, object_at, salt_key, keep_sibling, &p, err);
    if (!rc)
        rc = qn_prove_inclusion(at, r->nobjects, get_node, &p, out, err);
    if (!rc)
        *index = at;
    return rc;
}
