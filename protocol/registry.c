#include "qian/registry.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/registries.h"
#include "protocol/wire.h"
#include "qian/entry.h"

/* ---- the text ------------------------------------------------------------------------------------ */

static const char *const audience_names[] = {
    [QN_PUBLIC] = "public", [QN_SYSTEM] = "system", [QN_RESTRICTED] = "restricted"};
static const char *const lane_names[] = {
    [QN_LANE_CONTROL] = "control", [QN_LANE_PLAN] = "plan", [QN_LANE_DRAW] = "draw",
    [QN_LANE_RESULT] = "result",   [QN_LANE_BULK] = "bulk",
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The index of the field in names, or 0 and a failed line; names[0] may be unused. */
static unsigned rd_one_of(struct rd *line, const char *const names[], size_t n)
{
    struct qn_span f = rd_field(line);
    for (unsigned i = 0; i < n; i++)
        if (names[i] && qn_span_is(f, names[i]))
            return i;
    line->failed = true;
    return 0;
}

/* SPEC registry-3: "a letter `a`–`z`, then letters, `0`–`9` and `_`" */
static bool is_identifier(struct qn_span s)
{
    if (s.n < 1 || s.n >= QN_TABLE_NAME || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

/* SPEC registry-5: "one or more of `p` province, `c` city, `k` county, `s` station, in that order; all of them capitals when" */
static const char level_letters[2][5] = {"pcks", "PCKS"};
static bool read_levels(struct qn_table *t, struct qn_span f)
{
    size_t at = 0;
    t->once = f.n && f.p[0] < 'a';
    for (unsigned level = QN_PROVINCE; level <= QN_STATION; level++)
        if (at < f.n && f.p[at] == (uint8_t)level_letters[t->once][level - 1]) {
            t->levels = (uint8_t)(t->levels | 1u << level);
            at++;
        }
    return f.n && at == f.n;
}

static const char type_letters[] = "IRTB";
static bool read_type(struct qn_column *c, struct qn_span letter)
{
    if (letter.n != 1)
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (letter.p[0] == (uint8_t)type_letters[i] ||
            letter.p[0] == (uint8_t)(type_letters[i] | 0x20)) {
            c->type = (enum qn_type)(QN_INTEGER + (int)i);
            c->nullable = letter.p[0] != (uint8_t)type_letters[i];
            return true;
        }
    return false;
}

/* Splits at the first ':'; more: there was one, so that something follows, be it empty. */
static struct qn_span until_colon(struct qn_span *rest, bool *more)
{
    const uint8_t *colon = rest->n ? memchr(rest->p, ':', rest->n) : NULL;
    struct qn_span head = *rest;
    if (colon) {
        head.n = (size_t)(colon - rest->p);
        *rest = (struct qn_span){colon + 1, rest->n - head.n - 1};
    } else {
        rest->n = 0;
    }
    *more = colon != NULL;
    return head;
}

/* SPEC registry-11: "A mark may end a column" */
static const char mark_letters[] = {[QN_PERSONAL] = 'p', [QN_DISCLOSED] = 'd'};
static bool read_mark(struct qn_column *c, struct qn_span letter)
{
    for (unsigned i = QN_PERSONAL; letter.n == 1 && i <= QN_DISCLOSED; i++)
        if (letter.p[0] == (uint8_t)mark_letters[i]) {
            c->privacy = (enum qn_privacy)i;
            return true;
        }
    return false;
}

/* SPEC registry-6: "A column is `<name>:I` (64-bit integer), `<name>:R` (finite double), `<name>:T:<max>`
 * (text) or `<name>:B:<max>`" */
static bool read_column(struct qn_column *c, struct qn_span field)
{
    bool more;
    struct qn_span rest = field, name = until_colon(&rest, &more);
    struct qn_span letter = until_colon(&rest, &more);
    if (!is_identifier(name) || !read_type(c, letter))
        return false;
    qn_text_copy(c->name, sizeof(c->name), name);
    if (c->type == QN_TEXT || c->type == QN_BLOB) {
        if (!more)
            return false;
        struct rd r = {.in = until_colon(&rest, &more)};
        c->max = (uint32_t)rd_dec(&r, QN_PART_MAX);
        if (!rd_end(&r) || !c->max)
            return false;
    }
    return !more || read_mark(c, rest);
}

/* SPEC registry-7: "The first three are `office:T:16 id:I rev:I`" */
static bool has_key(const struct qn_table *t)
{
    static const struct qn_column key[QN_KEY_COLUMNS] = {
        {"office", QN_TEXT, false, QN_CODE_MAX, QN_UNMARKED},
        {"id", QN_INTEGER, false, 0, QN_UNMARKED},
        {"rev", QN_INTEGER, false, 0, QN_UNMARKED}};
    for (unsigned i = 0; i < QN_KEY_COLUMNS; i++) {
        const struct qn_column *c = &t->col[i];
        if (i >= t->ncols || strcmp(c->name, key[i].name) != 0 || c->type != key[i].type ||
            c->nullable || c->max != key[i].max || c->privacy != key[i].privacy)
            return false;
    }
    return true;
}

static bool is_known_column(const struct qn_table *t, const char *name)
{
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, name) == 0)
            return true;
    return false;
}

static enum qn_code read_table(struct qn_table *t, struct qn_span text, unsigned no,
                               struct qn_err *err)
{
    struct rd line = {.in = text};
    rd_word(&line, "table");
    struct qn_span name = rd_field(&line);
    t->audience = (enum qn_audience)rd_one_of(&line, audience_names, COUNT(audience_names));
    t->lane = (enum qn_lane)rd_one_of(&line, lane_names, COUNT(lane_names));
    struct qn_span levels = rd_field(&line);
    if (line.failed || !is_identifier(name) || !read_levels(t, levels) ||
        /* SPEC registry-3: "No table name begins with `sqlite_`" */
        (name.n >= 7 && memcmp(name.p, "sqlite_", 7) == 0))
        return qn_fail(err, QN_MALFORMED, "registry.table", "line=%u", no);
    qn_text_copy(t->name, sizeof(t->name), name);
    while (rd_more(&line)) {
        struct qn_column c = {.type = QN_NULL};
        if (t->ncols == QN_COLUMNS)
            return qn_fail(err, QN_LIMIT, "registry.columns", "line=%u|max=%d", no, QN_COLUMNS);
        if (!read_column(&c, rd_field(&line)) || is_known_column(t, c.name))
            return qn_fail(err, QN_MALFORMED, "registry.column", "line=%u|column=%u", no,
                           t->ncols + 1);
        /* SPEC registry-11: "A public table has no column `:p`" */
        if (c.privacy == QN_PERSONAL && t->audience == QN_PUBLIC)
            return qn_fail(err, QN_MALFORMED, "registry.personal", "line=%u|table=%s|column=%s", no,
                           t->name, c.name);
        t->col[t->ncols++] = c;
    }
    if (!rd_end(&line) || !has_key(t))
        return qn_fail(err, QN_MALFORMED, "registry.key", "line=%u", no);
    return QN_OK;
}

static const char title[] = "qian-registry/";
static bool read_version(uint16_t *version, struct qn_span line)
{
    const size_t n = sizeof(title) - 1;
    if (line.n <= n || memcmp(line.p, title, n) != 0)
        return false;
    struct rd r = {.in = {line.p + n, line.n - n}};
    *version = (uint16_t)rd_dec(&r, UINT16_MAX);
    return rd_end(&r);
}

static enum qn_code parse(struct qn_registry *out, struct qn_span text, struct qn_err *err)
{
    struct rd r = {.in = text};
    *out = (struct qn_registry){.version = 0};
    if (text.n > QN_REGISTRY_MAX)
        return qn_fail(err, QN_LIMIT, "registry.too-long", "have=%zu|max=%d", text.n,
                       QN_REGISTRY_MAX);
    if (!read_version(&out->version, rd_line(&r)))
        return qn_fail(err, QN_MALFORMED, "registry.title", "");
    while (rd_more(&r)) {
        struct qn_span line = rd_line(&r);
        unsigned no = out->ntables + 2;
        if (r.failed)
            return qn_fail(err, QN_MALFORMED, "registry.unended", "line=%u", no);
        if (out->ntables == QN_TABLES)
            return qn_fail(err, QN_LIMIT, "registry.tables", "max=%d", QN_TABLES);
        struct qn_table *t = &out->table[out->ntables];
        enum qn_code rc = read_table(t, line, no, err);
        if (rc)
            return rc;
        /* SPEC registry-2: "1 to 256 of them, ascending by name" */
        if (out->ntables && strcmp(t[-1].name, t->name) >= 0)
            return qn_fail(err, QN_MALFORMED, "registry.order", "line=%u|table=%s", no, t->name);
        out->ntables++;
    }
    if (!out->ntables)
        return qn_fail(err, QN_MALFORMED, "registry.empty", "");
    wire_sha256(out->hash, &text, 1);
    return QN_OK;
}

enum qn_code qn_registry_parse(struct qn_registry *out, struct qn_span text, struct qn_err *err)
{
    /* Parsed aside, on the heap for its size: what the caller had stays when the text is refused. */
    struct qn_registry *r = malloc(sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = parse(r, text, err);
    if (!rc)
        *out = *r;
    free(r);
    return rc;
}

void qn_registry_text(struct qn_buf *out, const struct qn_registry *r)
{
    qn_put_fmt(out, "%s%u\n", title, r->version);
    for (const struct qn_table *t = r->table; t < r->table + r->ntables; t++) {
        qn_put_fmt(out, "table %s %s %s ", t->name, audience_names[t->audience],
                   lane_names[t->lane]);
        for (unsigned level = QN_PROVINCE; level <= QN_STATION; level++)
            if (t->levels >> level & 1)
                qn_put(out, &level_letters[t->once][level - 1], 1);
        for (const struct qn_column *c = t->col; c < t->col + t->ncols; c++) {
            char letter = type_letters[c->type - QN_INTEGER];
            qn_put_fmt(out, " %s:%c", c->name, c->nullable ? letter | 0x20 : letter);
            if (c->type == QN_TEXT || c->type == QN_BLOB)
                qn_put_fmt(out, ":%u", c->max);
            if (c->privacy)
                qn_put_fmt(out, ":%c", mark_letters[c->privacy]);
        }
        qn_put_str(out, "\n");
    }
}

/* ---- the ones compiled in ------------------------------------------------------------------------- */

uint16_t qn_registry_newest(void)
{
    return registries[nregistries - 1]->version;
}

enum qn_code qn_registry_get(const struct qn_registry **out, uint16_t version, struct qn_err *err)
{
    for (size_t i = 0; i < nregistries; i++)
        if (registries[i]->version == version) {
            *out = registries[i];
            return QN_OK;
        }
    return qn_fail(err, QN_ABSENT, "registry.unknown", "version=%u|newest=%u", version,
                   qn_registry_newest());
}

const struct qn_table *qn_registry_table(const struct qn_registry *r, struct qn_span name)
{
    unsigned low = 0, high = r->ntables;
    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        int c = qn_span_cmp(name, qn_str(r->table[mid].name));
        if (c == 0)
            return &r->table[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* SPEC registry-8: "TEXT, INTEGER, REAL and BLOB, NOT NULL unless the type letter is lower case" */
void qn_registry_ddl(struct qn_buf *out, const struct qn_table *table)
{
    static const char *const types[] = {
        [QN_INTEGER] = "INTEGER", [QN_REAL] = "REAL", [QN_TEXT] = "TEXT", [QN_BLOB] = "BLOB"};
    qn_put_fmt(out, "CREATE TABLE \"%s\"(", table->name);
    for (unsigned i = 0; i < table->ncols; i++) {
        const struct qn_column *c = &table->col[i];
        qn_put_fmt(out, "\"%s\" %s%s, ", c->name, types[c->type], c->nullable ? "" : " NOT NULL");
    }
    qn_put_str(out, "PRIMARY KEY(\"office\",\"id\",\"rev\")) STRICT;\n");
}
