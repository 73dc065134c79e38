#include "qian/slip.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

#define SUM_LINE (4 + 64 + 1) /* "sum ", hex, '\n' */

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_ref(struct qn_buf *out, const char *word, const struct qn_leaf_ref *r)
{
    qn_put_fmt(out, "%s %s %llu ", word, r->origin, (unsigned long long)r->index);
    qn_put_hex(out, r->leaf, QN_HASH);
    qn_put_str(out, "\n");
}

static void put_hex_line(struct qn_buf *out, const char *word, const uint8_t *p, size_t n)
{
    qn_put_fmt(out, "%s ", word);
    qn_put_hex(out, p, n);
    qn_put_str(out, "\n");
}

static void put_mark(struct qn_buf *out, const struct qn_slip_mark *m)
{
    qn_put_fmt(out, "mark %u %u %s ", m->mark.kind, m->mark.reason,
               m->scope_text[0] ? m->scope_text : "-");
    qn_put_hex(out, m->mark.source, QN_HASH);
    qn_put_str(out, " ");
    qn_put_hex(out, m->salt, QN_SALT16);
    qn_put_fmt(out, " %llu ", (unsigned long long)m->index);
    for (size_t i = 0; i < m->path.n; i++) {
        qn_put_str(out, i ? "," : "");
        qn_put_hex(out, m->path.hash[i], QN_HASH);
    }
    qn_put_str(out, m->path.n ? "\n" : "-\n");
}

void qn_slip_text(struct qn_buf *out, const struct qn_slip *s, struct qn_span remarks)
{
    size_t from = out->n;
    struct rd r = {.in = remarks};
    while (rd_more(&r)) {
        struct qn_span line = rd_line(&r);
        if (r.failed)
            break;
        qn_put_str(out, line.n ? "# " : "#");
        qn_put_span(out, line);
        qn_put_str(out, "\n");
    }
    qn_put_str(out, "qian-slip/1\n");
    put_ref(out, "draw", &s->draw);
    put_ref(out, "freeze", &s->freeze);
    qn_put_fmt(out, "object %s\n", s->object_id);
    put_hex_line(out, "attributes", s->attributes, s->nattributes);
    put_hex_line(out, "attr-salt", s->attr_salt, QN_HASH);
    put_hex_line(out, "salt", s->salt, QN_SALT16);
    qn_put_fmt(out, "leaf %llu\n", (unsigned long long)s->index);
    for (size_t i = 0; i < s->path.n; i++)
        put_hex_line(out, "path", s->path.hash[i], QN_HASH);
    for (unsigned i = 0; i < s->nmarks; i++)
        put_mark(out, &s->mark[i]);
    if (out->failed)
        return;
    uint8_t sum[QN_HASH];
    struct qn_span all = {out->p + from, out->n - from};
    wire_sha256(sum, &all, 1);
    put_hex_line(out, "sum", sum, QN_HASH);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static void read_ref(struct rd *text, const char *word, struct qn_leaf_ref *out)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, word);
    if (!qn_text_copy(out->origin, sizeof(out->origin), rd_field(&line)))
        text->failed = true;
    out->index = rd_dec(&line, UINT64_MAX);
    rd_hex(&line, out->leaf, QN_HASH);
    if (!rd_end(&line))
        text->failed = true;
}

static void read_hex_line(struct rd *text, const char *word, uint8_t *out, size_t n)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, word);
    rd_hex(&line, out, n);
    if (!rd_end(&line))
        text->failed = true;
}

static bool starts(const struct rd *text, const char *word)
{
    size_t n = strlen(word);
    return !text->failed && text->in.n > n && memcmp(text->in.p, word, n) == 0 &&
           text->in.p[n] == ' ';
}

static void read_object(struct rd *text, struct qn_slip *s)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, "object");
    struct qn_span id = rd_field(&line);
    if (!rd_end(&line) || !id.n || !qn_text_copy(s->object_id, sizeof(s->object_id), id))
        text->failed = true;
    line = (struct rd){.in = rd_line(text)};
    rd_word(&line, "attributes");
    struct qn_span hex = rd_field(&line);
    s->nattributes = hex.n / 2;
    if (!rd_end(&line) || s->nattributes > sizeof(s->attributes) ||
        !qn_hex_decode(s->attributes, s->nattributes, hex))
        text->failed = true;
}

/* SPEC slip-4: "`scope` is `-` or `series/task`" */
static bool read_scope(struct qn_slip_mark *m, struct qn_span scope)
{
    if (qn_span_is(scope, "-"))
        return true;
    const uint8_t *slash = scope.n ? memchr(scope.p, '/', scope.n) : NULL;
    if (!slash)
        return false;
    size_t n = (size_t)(slash - scope.p);
    return wire_is_name((struct qn_span){scope.p, n}) &&
           wire_is_name((struct qn_span){slash + 1, scope.n - n - 1}) &&
           qn_text_copy(m->scope_text, sizeof(m->scope_text), scope);
}

static bool read_path(struct qn_proof *out, struct qn_span path)
{
    out->n = 0;
    if (qn_span_is(path, "-"))
        return true;
    for (size_t i = 0;; i += 65) {
        if (out->n == QN_TREE_LEVELS || path.n < i + 64 ||
            !qn_hex_decode(out->hash[out->n], QN_HASH, (struct qn_span){path.p + i, 64}))
            return false;
        out->n++;
        if (path.n == i + 64)
            return true;
        if (path.p[i + 64] != ',')
            return false;
    }
}

static void read_mark(struct rd *text, struct qn_slip *s)
{
    struct rd line = {.in = rd_line(text)};
    if (s->nmarks == QN_SLIP_MARKS) {
        text->failed = true;
        return;
    }
    struct qn_slip_mark *m = &s->mark[s->nmarks++];
    rd_word(&line, "mark");
    m->mark.kind = (uint8_t)rd_dec(&line, 2);
    m->mark.reason = (uint8_t)rd_dec(&line, UINT8_MAX);
    bool scope = read_scope(m, rd_field(&line));
    rd_hex(&line, m->mark.source, QN_HASH);
    rd_hex(&line, m->salt, QN_SALT16);
    m->index = rd_dec(&line, UINT64_MAX);
    bool path = read_path(&m->path, rd_field(&line));
    if (!rd_end(&line) || m->mark.kind == 0 || !scope || !path)
        text->failed = true;
}

/* SPEC slip-5: "`sum` is the SHA-256 of every byte before its line" */
static enum qn_code check_sum(struct qn_span *in, struct qn_err *err)
{
    uint8_t said[QN_HASH], sum[QN_HASH];
    if (in->n < SUM_LINE)
        return qn_fail(err, QN_MALFORMED, "slip.format", "line=1");
    struct qn_span body = {in->p, in->n - SUM_LINE};
    struct rd last = {.in = {in->p + body.n, SUM_LINE}};
    read_hex_line(&last, "sum", said, QN_HASH);
    if (!rd_end(&last))
        return qn_fail(err, QN_MALFORMED, "slip.no-sum", "");
    wire_sha256(sum, &body, 1);
    if (memcmp(said, sum, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "slip.sum", "");
    *in = body;
    return QN_OK;
}

static unsigned line_of(struct qn_span all, const struct rd *at)
{
    unsigned line = 0;
    for (const uint8_t *p = all.p; p < at->in.p; p++)
        line += *p == '\n';
    return line ? line : 1;
}

enum qn_code qn_slip_parse(struct qn_slip *out, struct qn_span in, struct qn_err *err)
{
    if (in.n > QN_SLIP_MAX)
        return qn_fail(err, QN_LIMIT, "slip.too-long", "max=%d", QN_SLIP_MAX);
    struct qn_span body = in;
    enum qn_code rc = check_sum(&body, err);
    if (rc)
        return rc;
    struct qn_slip s = {0};
    struct rd r = {.in = body};
    for (unsigned i = 0; rd_more(&r) && r.in.p[0] == '#'; i++)
        if (i == QN_SLIP_REMARKS || !wire_is_utf8(rd_line(&r)))
            r.failed = true;
    if (!qn_span_is(rd_line(&r), "qian-slip/1"))
        r.failed = true;
    read_ref(&r, "draw", &s.draw);
    read_ref(&r, "freeze", &s.freeze);
    read_object(&r, &s);
    read_hex_line(&r, "attr-salt", s.attr_salt, QN_HASH);
    read_hex_line(&r, "salt", s.salt, QN_SALT16);
    struct rd line = {.in = rd_line(&r)};
    rd_word(&line, "leaf");
    s.index = rd_dec(&line, UINT64_MAX);
    if (!rd_end(&line))
        r.failed = true;
    while (starts(&r, "path")) {
        if (s.path.n == QN_TREE_LEVELS)
            r.failed = true;
        else
            read_hex_line(&r, "path", s.path.hash[s.path.n++], QN_HASH);
    }
    while (starts(&r, "mark"))
        read_mark(&r, &s);
    if (!rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "slip.format", "line=%u", line_of(in, &r));
    *out = s;
    return QN_OK;
}

/* ---- opening ------------------------------------------------------------------------------------ */

enum qn_code qn_attributes_decode(struct qn_object_attr *out, struct qn_span in, struct qn_err *err)
{
    struct qn_object_attr a = {0};
    struct rd r = {.in = in};
    a.kind = (uint8_t)rd_uint(&r, 1);
    a.cls = (uint8_t)rd_uint(&r, 1);
    a.status = (uint8_t)rd_uint(&r, 1);
    a.complaints = (uint16_t)rd_uint(&r, 2);
    a.inspected_this_year = (uint16_t)rd_uint(&r, 2);
    a.last_inspected_day = (uint32_t)rd_uint(&r, 4);
    struct qn_span office = rd_span(&r, rd_uint(&r, 1));
    a.ntags = (unsigned)rd_uint(&r, 1);
    bool fits = qn_text_copy(a.inspecting_office, sizeof(a.inspecting_office), office) &&
                a.ntags <= QN_TAGS;
    for (unsigned i = 0; fits && i < a.ntags; i++) {
        a.tag[i] = (uint16_t)rd_uint(&r, 2);
        fits = i == 0 || a.tag[i] > a.tag[i - 1];
    }
    if (!fits || !rd_end(&r) || a.kind == 0 || a.kind > sizeof(QN_KIND_LETTERS) - 1 || a.cls > 4)
        return qn_fail(err, QN_MALFORMED, "slip.attributes", "");
    *out = a;
    return QN_OK;
}

/* SPEC slip-6: "the object's leaf, made from the slip's own fields, leads to the freeze's `objects` root" */
static enum qn_code open_object(const struct qn_slip *s, const struct qn_freeze *f,
                                struct qn_err *err)
{
    uint8_t attr[QN_HASH], leaf[QN_HASH];
    size_t len = strlen(s->object_id);
    const struct qn_span sealed[] = {{(const uint8_t *)"draw1/attr", 11},
                                     QN_SPAN(s->attr_salt),
                                     {s->attributes, s->nattributes}};
    wire_sha256(attr, sealed, 3);
    QN_AUTO(qn_buf) struct qn_buf record = {0};
    qn_buf_init(&record, 512);
    qn_put_uint(&record, 1, 1);
    qn_put_uint(&record, len, 1);
    qn_put(&record, s->object_id, len);
    qn_put(&record, attr, QN_HASH);
    qn_put(&record, s->salt, QN_SALT16);
    enum qn_code rc = qn_buf_check(&record, err);
    if (rc)
        return rc;
    qn_leaf_hash(leaf, qn_buf_span(&record));
    struct qn_err inner;
    if (qn_check_inclusion(leaf, s->index, f->roots.objects, &s->path, f->roots.object_root,
                           &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "slip.object", "object=%s", s->object_id);
    return QN_OK;
}

static enum qn_code open_mark(const struct qn_slip *s, const struct qn_slip_mark *m,
                              const struct qn_freeze *f, struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    size_t len = strlen(s->object_id), scope = strlen(m->scope_text);
    QN_AUTO(qn_buf) struct qn_buf record = {0};
    qn_buf_init(&record, 512);
    qn_put_uint(&record, 2, 1);
    qn_put_uint(&record, len, 1);
    qn_put(&record, s->object_id, len);
    qn_put_uint(&record, m->mark.kind, 1);
    qn_put_uint(&record, m->mark.reason, 1);
    qn_put_uint(&record, scope, 1);
    qn_put(&record, m->scope_text, scope);
    qn_put(&record, m->mark.source, QN_HASH);
    qn_put(&record, m->salt, QN_SALT16);
    enum qn_code rc = qn_buf_check(&record, err);
    if (rc)
        return rc;
    qn_leaf_hash(leaf, qn_buf_span(&record));
    struct qn_err inner;
    if (qn_check_inclusion(leaf, m->index, f->roots.marks, &m->path, f->roots.mark_root, &inner) !=
        QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "slip.mark", "object=%s|reason=%u", s->object_id,
                       m->mark.reason);
    return QN_OK;
}

enum qn_code qn_slip_open(struct qn_object_attr *out, const struct qn_slip *s,
                          const struct qn_freeze *freeze, struct qn_err *err)
{
    struct qn_object_attr a;
    enum qn_code rc = open_object(s, freeze, err);
    if (!rc)
        rc = qn_attributes_decode(&a, (struct qn_span){s->attributes, s->nattributes}, err);
    for (unsigned i = 0; !rc && i < s->nmarks; i++)
        rc = open_mark(s, &s->mark[i], freeze, err);
    if (!rc)
        *out = a;
    return rc;
}

/* ---- judging ------------------------------------------------------------------------------------ */

/* The reason of the first mark of this kind that the rules accept and whose scope is this slot; 0 for none. */
static uint8_t decided_by(const struct qn_slip *s, const struct qn_rules *r, uint8_t kind,
                          const uint8_t *accepted, unsigned n)
{
    char here[2 * QN_NAME32];
    size_t series = strlen(r->series), task = strlen(r->task);
    memcpy(here, r->series, series);
    here[series] = '/';
    memcpy(here + series + 1, r->task, task + 1);
    for (unsigned i = 0; i < s->nmarks; i++) {
        const struct qn_slip_mark *m = &s->mark[i];
        if (m->mark.kind != kind || (m->scope_text[0] && strcmp(m->scope_text, here) != 0))
            continue;
        /* SPEC draw-9: "A must mark of reason 255 and empty scope counts for every slot" */
        bool carried = kind == 1 && m->mark.reason == QN_MARK_CARRIED && !m->scope_text[0];
        if (carried || (n && memchr(accepted, m->mark.reason, n)))
            return m->mark.reason;
    }
    return 0;
}

/* SPEC slip-7: "outside, excluded, must, capped, stratum: the first that applies" */
void qn_slip_place(struct qn_place *out, const struct qn_slip *s, const struct qn_object_attr *attr,
                   const struct qn_rules *rules)
{
    *out = (struct qn_place){.standing = QN_STANDS_OUTSIDE};
    if (!qn_expr_holds(rules, rules->population, attr))
        return;
    unsigned h = 0;
    while (h < rules->nstrata && !qn_expr_holds(rules, rules->stratum[h].expr, attr))
        h++;
    if (h == rules->nstrata)
        return;
    out->stratum = rules->stratum[h].no;
    uint8_t excluded = decided_by(s, rules, 2, rules->exclude, rules->nexclude);
    uint8_t must = decided_by(s, rules, 1, rules->must, rules->nmust);
    if (excluded)
        out->standing = QN_STANDS_EXCLUDED;
    else if (must)
        out->standing = QN_STANDS_MUST;
    else if (rules->has_cap && attr->inspected_this_year >= rules->cap)
        out->standing = QN_STANDS_CAPPED;
    else
        out->standing = QN_STANDS_IN_STRATUM;
    out->reason = excluded ? excluded : must;
}
