/* frame_file.c - the frames about evidence files.                     Spec: protocol/spec/files.md */
#include <string.h>

#include "protocol/wire.h"
#include "qian/frame.h"

bool qn_file_name_eq(const struct qn_file_name *a, const struct qn_file_name *b)
{
    return a->size == b->size && strcmp(a->office, b->office) == 0 &&
           memcmp(a->sha256, b->sha256, QN_HASH) == 0 && memcmp(a->tree, b->tree, QN_HASH) == 0;
}

uint64_t qn_file_pieces(uint64_t size)
{
    return (size + QN_FILE_PIECE - 1) / QN_FILE_PIECE;
}

static void put_name(struct qn_buf *out, const struct qn_file_name *n)
{
    qn_put_uint(out, strlen(n->office), 1);
    qn_put_str(out, n->office);
    qn_put(out, n->sha256, QN_HASH);
    qn_put(out, n->tree, QN_HASH);
    qn_put_uint(out, n->size, 8);
}

static bool read_name(struct rd *r, struct qn_file_name *n)
{
    struct qn_span office = rd_span(r, (size_t)rd_uint(r, 1));
    rd_copy(r, n->sha256, QN_HASH);
    rd_copy(r, n->tree, QN_HASH);
    n->size = rd_uint(r, 8);
    /* SPEC files-6: "size is 1 to 268,435,456" */
    return !r->failed && wire_is_code(office) &&
           qn_text_copy(n->office, sizeof(n->office), office) && n->size >= 1 &&
           n->size <= QN_FILE_MAX;
}

void qn_file_frame_encode(struct qn_buf *out, const struct qn_file_frame *f)
{
    put_name(out, &f->name);
    qn_put_uint(out, f->offset, 8);
    qn_put_uint(out, f->npath, 1);
    qn_put(out, f->path, (size_t)f->npath * QN_HASH);
    qn_put_span(out, f->bytes);
}

enum qn_code qn_file_frame_decode(struct qn_file_frame *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_file_frame f;
    bool named = read_name(&r, &f.name);
    f.offset = rd_uint(&r, 8);
    f.npath = (unsigned)rd_uint(&r, 1);
    f.path = rd_span(&r, (size_t)f.npath * QN_HASH).p;
    f.bytes = rd_span(&r, r.in.n);
    /* SPEC files-7: "1 to 262,144 bytes that begin within the file and end within the piece they begin in" */
    if (r.failed || !named || f.npath > QN_FILE_PATH || f.offset >= f.name.size || f.bytes.n < 1 ||
        f.bytes.n > QN_FILE_PIECE - f.offset % QN_FILE_PIECE || f.bytes.n > f.name.size - f.offset)
        return qn_fail(err, QN_MALFORMED, "frame.file", "bytes=%zu", in.n);
    *out = f;
    return QN_OK;
}

void qn_want_encode(struct qn_buf *out, const struct qn_want *w)
{
    put_name(out, &w->name);
    qn_put_uint(out, w->offset, 8);
}

enum qn_code qn_want_decode(struct qn_want *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_want w;
    bool named = read_name(&r, &w.name);
    w.offset = rd_uint(&r, 8);
    /* SPEC files-8: "from offset on, which is below its size" */
    if (!rd_end(&r) || !named || w.offset >= w.name.size)
        return qn_fail(err, QN_MALFORMED, "frame.want", "bytes=%zu", in.n);
    *out = w;
    return QN_OK;
}

void qn_offer_encode(struct qn_buf *out, const struct qn_file_name *n)
{
    put_name(out, n);
}

enum qn_code qn_offer_decode(struct qn_file_name *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_file_name n;
    bool named = read_name(&r, &n);
    if (!rd_end(&r) || !named)
        return qn_fail(err, QN_MALFORMED, "frame.offer", "bytes=%zu", in.n);
    *out = n;
    return QN_OK;
}

void qn_kept_encode(struct qn_buf *out, const struct qn_kept *k)
{
    put_name(out, &k->name);
    qn_put_uint(out, k->fate, 1);
}

enum qn_code qn_kept_decode(struct qn_kept *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_kept k;
    bool named = read_name(&r, &k.name);
    uint64_t fate = rd_uint(&r, 1);
    /* SPEC files-9: "fate is 0 to 3" */
    if (!rd_end(&r) || !named || fate >= QN_FILE_FATES)
        return qn_fail(err, QN_MALFORMED, "frame.kept", "bytes=%zu", in.n);
    k.fate = (enum qn_fate_of_file)fate;
    *out = k;
    return QN_OK;
}
