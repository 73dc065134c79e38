#include "node/backup/head.h"

#include <string.h>

#include "protocol/wire.h"

static const char title[] = "qian-backup/";

static void put_hex(struct qn_buf *out, const char *name, const uint8_t *p, size_t n)
{
    qn_put_fmt(out, "%s ", name);
    qn_put_hex(out, p, n);
    qn_put_str(out, "\n");
}

void backup_head_put(struct qn_buf *out, const struct backup_head *h)
{
    size_t from = out->n;
    qn_put_fmt(out, "%s1\noffice %s\norigin %s\nsize %llu\n", title, h->office, h->origin,
               (unsigned long long)h->size);
    put_hex(out, "root", h->root, sizeof(h->root));
    qn_put_fmt(out, "time %s\nprogram %s\nschema %u\nregistry %u ", h->time, h->program, h->schema,
               h->registry);
    qn_put_hex(out, h->registry_hash, sizeof(h->registry_hash));
    qn_put_fmt(out, "\nfiles %llu %llu\nlength %llu\n", (unsigned long long)h->files,
               (unsigned long long)h->contained, (unsigned long long)h->length);
    put_hex(out, "digest", h->digest, sizeof(h->digest));
    qn_put_fmt(out, "kdf argon2id %u %u ", h->kdf.ops, h->kdf.mem_kib);
    qn_put_hex(out, h->kdf.salt, sizeof(h->kdf.salt));
    qn_put_str(out, "\n");
    put_hex(out, "check", h->check, sizeof(h->check));
    put_hex(out, "stream", h->stream, sizeof(h->stream));
    if (out->failed)
        return;
    uint8_t sum[QN_HASH];
    struct qn_span lines = {out->p + from, out->n - from};
    wire_sha256(sum, &lines, 1);
    put_hex(out, "sum", sum, sizeof(sum));
    qn_put_str(out, "\n");
}

/* A line of this name; what follows it is left in *r. */
static struct rd line(struct rd *in, const char *name)
{
    struct rd r = {.in = rd_line(in)};
    rd_word(&r, name);
    r.failed = r.failed || in->failed;
    return r;
}

static void whole(struct rd *in, const struct rd *line)
{
    in->failed = in->failed || !rd_end(line);
}

static void take_text(struct rd *in, const char *name, char *out, size_t cap)
{
    struct rd r = line(in, name);
    struct qn_span s = rd_field(&r);
    if (!s.n || !wire_is_utf8(s) || !qn_text_copy(out, cap, s))
        r.failed = true;
    whole(in, &r);
}

static uint64_t take_dec(struct rd *in, const char *name, uint64_t max)
{
    struct rd r = line(in, name);
    uint64_t v = rd_dec(&r, max);
    whole(in, &r);
    return v;
}

static void take_hex(struct rd *in, const char *name, uint8_t *out, size_t n)
{
    struct rd r = line(in, name);
    rd_hex(&r, out, n);
    whole(in, &r);
}

/* Of UTC, unlike those of the records. */
static bool is_time_z(const char *s)
{
    size_t n = strlen(s);
    return n && s[n - 1] == 'Z' && wire_is_time((struct qn_span){(const uint8_t *)s, n - 1});
}

static void read_lines(struct backup_head *h, struct rd *in)
{
    take_text(in, "office", h->office, sizeof(h->office));
    take_text(in, "origin", h->origin, sizeof(h->origin));
    h->size = take_dec(in, "size", QN_SEQ_END);
    take_hex(in, "root", h->root, sizeof(h->root));
    take_text(in, "time", h->time, sizeof(h->time));
    take_text(in, "program", h->program, sizeof(h->program));
    h->schema = (unsigned)take_dec(in, "schema", UINT16_MAX);
    struct rd r = line(in, "registry");
    h->registry = (unsigned)rd_dec(&r, UINT16_MAX);
    rd_hex(&r, h->registry_hash, sizeof(h->registry_hash));
    whole(in, &r);
    r = line(in, "files");
    h->files = rd_dec(&r, UINT32_MAX);
    h->contained = rd_dec(&r, h->files);
    whole(in, &r);
    h->length = take_dec(in, "length", INT64_MAX >> 1);
    take_hex(in, "digest", h->digest, sizeof(h->digest));
    r = line(in, "kdf");
    rd_word(&r, "argon2id");
    h->kdf.ops = (uint32_t)rd_dec(&r, UINT32_MAX);
    h->kdf.mem_kib = (uint32_t)rd_dec(&r, UINT32_MAX);
    rd_hex(&r, h->kdf.salt, sizeof(h->kdf.salt));
    whole(in, &r);
    take_hex(in, "check", h->check, sizeof(h->check));
    take_hex(in, "stream", h->stream, sizeof(h->stream));
}

/* SPEC backup-2: "The first line names the format and its version" */
static enum qn_code read_title(struct rd *in, struct qn_err *err)
{
    const size_t n = sizeof(title) - 1;
    struct qn_span first = rd_line(in);
    if (in->failed || first.n <= n || memcmp(first.p, title, n) != 0)
        return qn_fail(err, QN_MALFORMED, "backup.not-one", "");
    struct rd r = {.in = {first.p + n, first.n - n}};
    unsigned version = (unsigned)rd_dec(&r, UINT16_MAX);
    if (!rd_end(&r) || version == 1)
        return rd_end(&r) ? QN_OK : qn_fail(err, QN_MALFORMED, "backup.not-one", "");
    return qn_fail(err, wire_unknown(version), "backup.version", "version=%u", version);
}

/* SPEC backup-3: "the SHA-256 of all lines before it" - judged before any of them is read, so that a damaged header is
 * told from one of another format, and from a wrong passphrase.                                               */
static enum qn_code check_sum(size_t *used, struct qn_span in, struct qn_err *err)
{
    uint8_t sum[QN_HASH], claimed[QN_HASH] = {0};
    struct rd r = {.in = in};
    for (;;) {
        struct qn_span before = {in.p, in.n - r.in.n};
        struct rd l = {.in = rd_line(&r)};
        if (r.failed)
            return qn_fail(err, QN_UNVERIFIED, "backup.head-damaged", "");
        if (!qn_span_is(rd_field(&l), "sum"))
            continue;
        rd_hex(&l, claimed, sizeof(claimed));
        struct qn_span empty = rd_line(&r);
        wire_sha256(sum, &before, 1);
        if (!rd_end(&l) || r.failed || empty.n || memcmp(sum, claimed, QN_HASH) != 0)
            return qn_fail(err, QN_UNVERIFIED, "backup.head-damaged", "");
        *used = in.n - r.in.n;
        return QN_OK;
    }
}

enum qn_code backup_head_read(struct backup_head *out, size_t *used, struct qn_span in,
                              struct qn_err *err)
{
    struct backup_head h = {.size = 0};
    struct rd r = {.in = in};
    size_t n = 0;
    enum qn_code rc = read_title(&r, err);
    if (!rc)
        rc = check_sum(&n, in, err);
    if (rc)
        return rc;
    read_lines(&h, &r);
    struct rd sum = line(&r, "sum"); /* the next line after those above, and no other */
    if (sum.failed || !wire_is_code(qn_str(h.office)) || !is_time_z(h.time) || !h.length ||
        !keys_kdf_sane(&h.kdf))
        return qn_fail(err, QN_MALFORMED, "backup.head", "");
    *out = h;
    *used = n;
    return QN_OK;
}
