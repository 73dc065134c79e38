#include "node/publish/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "protocol/wire.h"

void manifest_note_text(struct qn_buf *out, const struct manifest_note *n)
{
    qn_put_fmt(out, "qian-site/1\n%s\nmanifest ", n->origin);
    qn_put_hex(out, n->hash, QN_HASH);
    qn_put_fmt(out, " %llu\ntime %llu\n", (unsigned long long)n->files,
               (unsigned long long)n->time_s);
}

enum qn_code manifest_note_parse(struct manifest_note *out, struct qn_span text, struct qn_err *err)
{
    struct manifest_note n;
    struct rd r = {.in = text};
    bool sound = qn_span_is(rd_line(&r), "qian-site/1") &&
                 qn_text_copy(n.origin, sizeof(n.origin), rd_line(&r));
    struct rd line = {.in = rd_line(&r)};
    rd_word(&line, "manifest");
    rd_hex(&line, n.hash, QN_HASH);
    n.files = rd_dec(&line, MANIFEST_FILES);
    sound = sound && rd_end(&line);
    line = (struct rd){.in = rd_line(&r)};
    rd_word(&line, "time");
    n.time_s = rd_dec(&line, UINT64_MAX);
    if (!sound || !rd_end(&line) || !rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "manifest.note", "");
    *out = n;
    return QN_OK;
}

/* SPEC site-10: "a path is one to eight names of [0-9A-Za-z._-] joined by `/`, none of them beginning with a dot" */
static bool is_path(struct qn_span p)
{
    unsigned names = 1;
    bool begins = true;
    for (size_t i = 0; i < p.n; i++) {
        uint8_t c = p.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '_' || c == '-';
        if (c == '/' ? begins || ++names > MANIFEST_NAMES : begins ? !word : !word && c != '.')
            return false;
        begins = c == '/';
    }
    return p.n > 0 && p.n < 200 && !begins;
}

static enum qn_code read_lines(struct manifest *m, struct qn_err *err)
{
    struct rd r = {.in = qn_buf_span(&m->bytes)};
    size_t cap = 0;
    for (size_t no = 1; rd_more(&r); no++) {
        struct qn_span line = rd_line(&r);
        struct manifest_line l;
        bool sound = !r.failed && line.n > 66 && memcmp(line.p + 64, "  ", 2) == 0 &&
                     qn_hex_decode(l.hash, QN_HASH, (struct qn_span){line.p, 64}) &&
                     no <= MANIFEST_FILES;
        if (sound)
            l.path = (struct qn_span){line.p + 66, line.n - 66};
        if (!sound || !is_path(l.path) ||
            (m->n && qn_span_cmp(m->line[m->n - 1].path, l.path) >= 0))
            return qn_fail(err, QN_MALFORMED, "manifest.line", "line=%zu", no);
        if (m->n == cap) {
            cap = cap ? cap * 2 : 256;
            struct manifest_line *p = realloc(m->line, cap * sizeof(*p));
            if (!p)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            m->line = p;
        }
        m->line[m->n++] = l;
    }
    return m->n ? QN_OK : qn_fail(err, QN_MALFORMED, "manifest.line", "line=%d", 1);
}

enum qn_code manifest_load(struct manifest *out, const char *dir, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    struct manifest m = {0};
    enum qn_code rc = file_join(path, dir, "manifest.txt", err);
    if (!rc)
        rc = file_read(&m.bytes, path, MANIFEST_MAX, err);
    if (!rc)
        rc = read_lines(&m, err);
    if (rc)
        manifest_free(&m);
    else
        *out = m;
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct manifest_line *x = a, *y = b;
    return qn_span_cmp(x->path, y->path);
}

const struct manifest_line *manifest_find(const struct manifest *m, struct qn_span path)
{
    struct manifest_line key = {.path = path};
    return m->n ? bsearch(&key, m->line, m->n, sizeof(key), by_path) : NULL;
}

void manifest_free(struct manifest *m)
{
    qn_buf_release(&m->bytes);
    free(m->line);
    *m = (struct manifest){0};
}
