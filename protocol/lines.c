#include "protocol/lines.h"

#include <string.h>

void lines_fail(struct lines *t)
{
    if (!t->bad)
        t->bad = t->no;
    t->all.failed = t->line.failed = true;
}

void lines_next(struct lines *t)
{
    if (t->no && !rd_end(&t->line))
        lines_fail(t);
    if (t->bad)
        return;
    t->no++;
    t->line = (struct rd){.in = rd_line(&t->all)};
    if (t->all.failed)
        lines_fail(t);
}

void lines_open(struct lines *t, struct qn_span text, const char *first)
{
    *t = (struct lines){.all = {.in = text}};
    lines_next(t);
    rd_word(&t->line, first);
}

void lines_word(struct lines *t, const char *word)
{
    lines_next(t);
    rd_word(&t->line, word);
}

bool lines_ahead(const struct lines *t, const char *word)
{
    size_t n = strlen(word);
    return !t->bad && !t->all.failed && t->all.in.n > n && memcmp(t->all.in.p, word, n) == 0 &&
           t->all.in.p[n] == ' ';
}

bool lines_end(struct lines *t)
{
    if (!t->bad && !rd_end(&t->line))
        lines_fail(t);
    if (!t->bad && !rd_end(&t->all)) {
        t->no++;
        lines_fail(t);
    }
    return !t->bad;
}

void lines_origin(struct lines *t, char out[QN_ORIGIN_MAX + 1])
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct qn_span f = rd_field(&t->line);
    if (qn_origin_parse(f, deployment, office, &epoch, NULL) ||
        !qn_text_copy(out, QN_ORIGIN_MAX + 1, f))
        t->line.failed = true;
}

void lines_code(struct lines *t, char out[QN_CODE_MAX + 1])
{
    struct qn_span f = rd_field(&t->line);
    if (!wire_is_code(f) || !qn_text_copy(out, QN_CODE_MAX + 1, f))
        t->line.failed = true;
}

void lines_name(struct lines *t, char out[QN_NAME32])
{
    struct qn_span f = rd_field(&t->line);
    if (!wire_is_name(f) || !qn_text_copy(out, QN_NAME32, f))
        t->line.failed = true;
}

void lines_leaf(struct lines *t, struct qn_leaf_ref *out)
{
    lines_origin(t, out->origin);
    out->index = rd_dec(&t->line, UINT64_MAX);
    rd_hex(&t->line, out->leaf, QN_HASH);
}

void lines_head(struct lines *t, struct qn_head_ref *out)
{
    lines_origin(t, out->origin);
    out->size = rd_dec(&t->line, UINT64_MAX);
    rd_hex(&t->line, out->root, QN_HASH);
}

bool lines_absent(struct lines *t)
{
    if (t->line.failed || t->line.in.n != 1 || t->line.in.p[0] != '-')
        return false;
    rd_field(&t->line);
    return true;
}

void lines_put_hash(struct qn_buf *out, const uint8_t hash[QN_HASH])
{
    qn_put_str(out, " ");
    qn_put_hex(out, hash, QN_HASH);
    qn_put_str(out, "\n");
}

void lines_put_leaf(struct qn_buf *out, const char *word, const struct qn_leaf_ref *r)
{
    qn_put_fmt(out, "%s %s %llu", word, r->origin, (unsigned long long)r->index);
    lines_put_hash(out, r->leaf);
}

void lines_put_head(struct qn_buf *out, const char *word, const struct qn_head_ref *r)
{
    qn_put_fmt(out, "%s %s %llu", word, r->origin, (unsigned long long)r->size);
    lines_put_hash(out, r->root);
}

bool lines_list(struct qn_span field, uint16_t *out, unsigned cap, uint16_t max, unsigned *n)
{
    *n = 0;
    if (qn_span_is(field, "-"))
        return true;
    for (size_t from = 0; field.n && from <= field.n;) {
        const uint8_t *comma = from < field.n ? memchr(field.p + from, ',', field.n - from) : NULL;
        size_t to = comma ? (size_t)(comma - field.p) : field.n;
        struct rd item = {.in = {field.p + from, to - from}};
        uint64_t v = rd_dec(&item, max);
        if (!rd_end(&item) || *n == cap || (*n && out[*n - 1] >= v))
            return false;
        out[(*n)++] = (uint16_t)v;
        from = to + 1;
    }
    return *n > 0;
}

unsigned lines_differ(struct qn_span text, struct qn_span again)
{
    unsigned line = 1;
    for (size_t i = 0; i < text.n && i < again.n; i++) {
        if (text.p[i] != again.p[i])
            return line;
        line += text.p[i] == '\n';
    }
    return text.n == again.n ? 0 : line;
}
