/* test_bundle_fixture.c - a bundle and sealed parts that were written when format 1 was frozen open for ever, to the
 * same bytes. The files are tests/data/bundle-1; none of them is ever made again.                                  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/store/part.h"
#include "node/sync/bundle.h"
#include "qian/frame.h"
#include "tests/unit/vectors.h"

#define DIR "tests/data/bundle-1/"

static struct qn_err fixture_err;
#define MUST(call) \
    do { \
        if ((call) != QN_OK) \
            fail_msg("%s: %s %s", #call, fixture_err.id, fixture_err.args); \
    } while (0)

static void seen_from_outside(void **state)
{
    struct bundle_info i;
    (void)state;
    MUST(bundle_look(DIR "up.qb", &i, &fixture_err));
    assert_true(i.whole && !i.opened);
    assert_string_equal(i.from, "140602");
    assert_string_equal(i.to, "1406");
    assert_int_equal(i.needs, 0);
    assert_int_equal(i.nrecipients, 2);
    assert_int_equal(i.chunks, 16);
    assert_true(i.created_ms > UINT64_C(1600000000000));
}

/* What a reader must be able to conclude from the frames alone. */
struct walk {
    FILE *list;
    struct qn_cert author;
    struct qn_buf have, header[8];
    unsigned headers, parts;
};

static enum qn_code each(void *ctx, enum qn_frame_type type, struct qn_span payload,
                         struct qn_err *err)
{
    struct walk *w = ctx;
    uint8_t hash[QN_HASH];
    char hex[2 * QN_HASH + 1], want[2 * QN_HASH + 1];
    int t;
    size_t n;
    assert_int_equal(fscanf(w->list, "%d %zu %64s\n", &t, &n, want), 3);
    crypto_hash_sha256(hash, payload.p, payload.n);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    assert_int_equal((int)type, t);
    assert_int_equal(payload.n, n);
    assert_string_equal(hex, want);
    struct qn_header *h = malloc(sizeof(*h));
    if (type == QN_FRAME_HAVE) {
        qn_put_span(&w->have, payload);
    } else if (type == QN_FRAME_CERT) {
        MUST(qn_cert_decode(&w->author, payload,
                            err)); /* the chain comes top down, the author's last */
    } else if (type == QN_FRAME_HEADER) {
        struct qn_buf *kept = &w->header[w->headers++];
        assert_true(w->headers <= 8);
        qn_buf_init(kept, QN_FRAME_MAX);
        qn_put(kept, payload.p + QN_SIG, payload.n - QN_SIG);
        MUST(qn_header_verify(qn_buf_span(kept), payload.p, w->author.log, err));
    } else if (type == QN_FRAME_PART) {
        struct qn_part_frame p;
        MUST(qn_part_frame_decode(&p, payload, err));
        assert_true(p.seq < w->headers);
        MUST(qn_header_decode(h, qn_buf_span(&w->header[p.seq]), err));
        MUST(qn_part_check(&h->part[p.part], p.salt, p.stored, err));
        w->parts++;
    }
    free(h);
    return QN_OK;
}

static void opens_with(const char *keys_path)
{
    QN_AUTO(keys) struct keys *keys = NULL;
    struct walk w = {.list = fopen(DIR "frames.txt", "r")};
    struct bundle_info i;
    char rest[8];
    assert_non_null(w.list);
    qn_buf_init(&w.have, QN_FRAME_MAX);
    MUST(keys_open(&keys, keys_path, qn_str("lone office"), &fixture_err));
    MUST(bundle_open(&(struct bundle_opener){keys, each, &w}, DIR "up.qb", &i, &fixture_err));
    assert_true(i.whole && i.opened);
    assert_int_equal(w.headers, 3);
    assert_int_equal(w.parts, 3);
    assert_int_equal(fscanf(w.list, "%7s", rest), EOF);
    assert_true(qn_have_verify(qn_buf_span(&w.have), w.author.log));
    fclose(w.list);
    qn_buf_release(&w.have);
    for (unsigned k = 0; k < w.headers; k++)
        qn_buf_release(&w.header[k]);
}

/* Bytes that this process read by system calls. */
static unsigned long long bytes_read(void)
{
    unsigned long long n = 0;
    FILE *f = fopen("/proc/self/io", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "rchar: %llu", &n), 1);
    fclose(f);
    return n;
}

/* The fixture's clear part, and fifty thousand chunks of nothing behind it: each byte is read once, not each chunk. */
static void tiny_chunks_cost_their_bytes(void **state)
{
    enum { CLEAR = 235, CHUNKS = 50000, CHUNK = 4 + 17 };
    static const uint8_t chunk[CHUNK] = {0, 0, 0, 17};
    char path[] = "/tmp/qian-tiny-XXXXXX";
    uint8_t clear[CLEAR];
    struct bundle_info i;
    struct qn_err err;
    (void)state;
    int fd = mkstemp(path);
    FILE *from = fopen(DIR "up.qb", "rb"), *to = fd < 0 ? NULL : fdopen(fd, "wb");
    assert_non_null(from);
    assert_non_null(to);
    assert_int_equal(fread(clear, 1, CLEAR, from), CLEAR);
    assert_int_equal(fwrite(clear, 1, CLEAR, to), CLEAR);
    for (unsigned n = 0; n < CHUNKS; n++)
        assert_int_equal(fwrite(chunk, 1, CHUNK, to), CHUNK);
    fclose(from);
    fclose(to);
    unsigned long long before = bytes_read();
    assert_int_equal(bundle_look(path, &i, &err), QN_LATER);
    unsigned long long took = bytes_read() - before;
    unlink(path);
    assert_string_equal(err.id, "bundle.looks-cut");
    assert_int_equal(i.chunks, CHUNKS);
    if (took > 2 * CHUNKS * CHUNK)
        fail_msg("%llu bytes were read of a file of %d", took, CLEAR + CHUNKS * CHUNK);
}

static void opens_to_the_same_frames(void **state)
{
    (void)state;
    opens_with(DIR "1406.keys");
    opens_with(DIR "140602.keys");
}

static void sealed_parts_open(void **state)
{
    (void)state;
    struct qn_header *h = malloc(sizeof(*h));
    assert_int_equal(vectors_read(DIR "sealed-part.txt"), 0);
    assert_int_equal(nvectors, 2);
    for (size_t i = 0; i < nvectors; i++) {
        QN_AUTO(qn_buf) struct qn_buf header, salt, secret, changeset, opened = {0}, room = {0};
        struct qn_span coded, raw;
        uint8_t box[32];
        assert_true(vector_bytes(&header, &vectors[i], "header") &&
                    vector_bytes(&salt, &vectors[i], "salt") &&
                    vector_bytes(&secret, &vectors[i], "box-secret") &&
                    vector_bytes(&changeset, &vectors[i], "out.changeset"));
        MUST(qn_header_decode(h, qn_buf_span(&header), &fixture_err));
        const struct qn_part *p = &h->part[0];
        assert_int_equal(p->audience, QN_RESTRICTED);
        assert_int_equal((int)p->codec, (int)i);
        MUST(qn_part_check(p, salt.p, vector_in(&vectors[i]), &fixture_err));
        assert_int_equal(crypto_scalarmult_base(box, secret.p), 0);
        MUST(part_open(&coded, &opened, vector_in(&vectors[i]), box, secret.p, &fixture_err));
        MUST(part_raw(&raw, &room, p, coded, &fixture_err));
        assert_true(qn_span_eq(raw, qn_buf_span(&changeset)));
        box[0] ^= 1;
        assert_int_equal(
            part_open(&coded, &opened, vector_in(&vectors[i]), box, secret.p, &fixture_err),
            QN_UNVERIFIED);
    }
    vectors_release();
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seen_from_outside),
        cmocka_unit_test(tiny_chunks_cost_their_bytes),
        cmocka_unit_test(opens_to_the_same_frames),
        cmocka_unit_test(sealed_parts_open),
    };
    if (qn_selftest(&fixture_err) != QN_OK)
        return 1;
    return cmocka_run_group_tests_name("bundle-fixture", tests, NULL, NULL);
}
