/* test_bundle.c - an exchange in a file: made, cut, flipped, misdirected, taken in twice. */
#include "tests/unit/family.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/sync/bundle.h"

#define HELD_ROWS "SELECT count(*) FROM roster_close WHERE office = '140602'"

static void path_of(char out[300], struct family *f, const char *name)
{
    snprintf(out, 300, "%s/%s", f->all.dir, name);
}

static void make(struct test_office *from, const struct test_office *to, const char *path, bool all,
                 struct exchange_sent *sent)
{
    struct bundle_make o = {.to = code_of(to), .path = path, .all = all};
    MUST(bundle_make(from->st, &o, sent, &offices_err));
}

static void read_file(struct qn_buf *out, const char *path)
{
    MUST(file_read(out, path, 1u << 26, &offices_err));
}

static void write_file(const char *path, const uint8_t *p, size_t n)
{
    MUST(file_write(path, (struct qn_span){p, n}, 0600, true, &offices_err));
}

/* Where each chunk begins, from the layout of bundle.md; the last one is the end of the file. */
static size_t chunks(struct qn_span in, size_t at[], size_t max)
{
    struct rd r = {.in = in};
    size_t n = 0;
    rd_span(&r, strlen(BUNDLE_MAGIC));
    rd_span(&r, (size_t)rd_uint(&r, 1));
    rd_span(&r, (size_t)rd_uint(&r, 1));
    rd_uint(&r, 8);
    rd_uint(&r, 4);
    for (unsigned k = (unsigned)rd_uint(&r, 1); k; k--) {
        rd_span(&r, (size_t)rd_uint(&r, 1));
        rd_span(&r, 80);
    }
    rd_span(&r, 24);
    for (; n < max && rd_more(&r); n++) {
        at[n] = in.n - r.in.n;
        rd_span(&r, (size_t)rd_uint(&r, 4));
    }
    assert_true(rd_end(&r) && n < max);
    at[n] = in.n;
    return n;
}

/* ---- honest ------------------------------------------------------------------------------------------------ */

static void there_and_back(void **state)
{
    struct family *f = *state;
    char up[300], down[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct log own;
    uint64_t size, time_s;
    path_of(up, f, "up.qb");
    path_of(down, f, "down.qb");
    write_one(&f->k, 1);
    write_one(&f->k, 2);
    make(&f->k, &f->c, up, false, &sent);
    assert_int_equal(sent.frames[QN_FRAME_PART], 2);
    MUST(bundle_verify(f->c.st, up, &info, &offices_err));
    assert_true(info.whole);
    assert_string_equal(info.from, "140602");
    assert_string_equal(info.to, "1406");
    MUST(bundle_verify(f->k.st, up, &info, &offices_err)); /* the sender reads its own */
    assert_int_equal(count(&f->c, HELD_ROWS), 0);
    MUST(bundle_import(f->c.st, up, NULL, &info, &t, &offices_err));
    assert_true(info.whole);
    assert_int_equal(t.headers, 2);
    assert_int_equal(count(&f->c, HELD_ROWS), 2);
    MUST(bundle_preview(f->c.st, "140602", &sent, &offices_err));
    assert_true(sent.frames[QN_FRAME_CHECKPOINT] >= 1); /* the city's cosignature */
    assert_int_equal(sent.frames[QN_FRAME_RECEIPT], 1);
    make(&f->c, &f->k, down, false, &sent);
    MUST(bundle_import(f->k.st, down, NULL, &info, &t, &offices_err));
    MUST(log_of_office(&own, f->k.st, "140602", &offices_err));
    MUST(log_first_cosigned(f->k.st, &own, 1, "1406", &size, &time_s, &offices_err));
    /* Now the receipt tells the county what the city holds. */
    write_one(&f->k, 3);
    make(&f->k, &f->c, up, false, &sent);
    assert_int_equal(sent.frames[QN_FRAME_HEADER], 1);
    assert_int_equal(sent.frames[QN_FRAME_PART], 1);
    make(&f->k, &f->c, up, true, &sent);
    assert_int_equal(sent.frames[QN_FRAME_HEADER], 3);
}

static void twice_and_out_of_order(void **state)
{
    struct family *f = *state;
    char first[300], second[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    path_of(first, f, "1.qb");
    path_of(second, f, "2.qb");
    write_one(&f->k, 1);
    make(&f->k, &f->c, first, false, &sent);
    write_one(&f->k, 2);
    make(&f->k, &f->c, second, false, &sent);
    MUST(bundle_import(f->c.st, second, NULL, &info, &t, &offices_err));
    assert_int_equal(count(&f->c, HELD_ROWS), 2);
    for (int i = 0; i < 2; i++) {
        MUST(bundle_import(f->c.st, i ? second : first, NULL, &info, &t, &offices_err));
        assert_int_equal(t.headers + t.applied, 0);
    }
    QN_AUTO(qn_have) struct qn_have h = {0};
    MUST(peer_last_have(&h, f->c.st, "140602",
                        &offices_err)); /* the older one did not replace the newer */
    assert_int_equal(exchange_have_of(&h, store_origin(f->k.st))->size, 2);
}

/* The province has never heard of the county: its chain comes along. */
static void past_the_city(void **state)
{
    struct family *f = *state;
    char up[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    path_of(up, f, "up.qb");
    write_one(&f->k, 1);
    make(&f->k, &f->p, up, false, &sent);
    MUST(bundle_verify(f->p.st, up, &info, &offices_err));
    MUST(bundle_import(f->p.st, up, NULL, &info, &t, &offices_err));
    assert_int_equal(count(&f->p, HELD_ROWS), 1);
}

/* ---- cut ------------------------------------------------------------------------------------------------------ */

static void cut_everywhere(void **state)
{
    struct family *f = *state;
    char up[300], cut[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    size_t at[64];
    QN_AUTO(qn_buf) struct qn_buf whole = {0};
    path_of(up, f, "up.qb");
    path_of(cut, f, "cut.qb");
    write_one(&f->k, 1);
    write_one(&f->k, 2);
    make(&f->k, &f->c, up, false, &sent);
    read_file(&whole, up);
    size_t n = chunks(qn_buf_span(&whole), at, 64);
    static const size_t early[] = {0, 1, 13, 14, 15, 40, 120};
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        assert_true(early[i] < at[0]);
        write_file(cut, whole.p, early[i]);
        enum qn_code rc = bundle_import(f->c.st, cut, NULL, &info, &t, &err);
        assert_string_equal(err.id, early[i] < 14 ? "bundle.not-a-bundle" : "bundle.truncated");
        assert_int_equal(rc, early[i] < 14 ? QN_MALFORMED : QN_LATER);
        assert_int_equal(info.frames, 0);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t where[] = {
            at[i], at[i] + 1, at[i] + 4, at[i] + 5, (at[i] + at[i + 1]) / 2, at[i + 1] - 1};
        for (size_t k = 0; k < sizeof(where) / sizeof(where[0]); k++) {
            write_file(cut, whole.p, where[k]);
            assert_int_equal(bundle_import(f->c.st, cut, NULL, &info, &t, &err), QN_LATER);
            assert_string_equal(err.id, "bundle.truncated");
            assert_int_equal(info.frames, i);
            assert_false(info.whole);
            assert_int_equal(bundle_verify(f->c.st, cut, &info, &err), QN_LATER);
            assert_int_equal(info.frames, i);
        }
    }
    assert_int_equal(count(&f->c, HELD_ROWS), 2); /* all but END had come */
    MUST(bundle_import(f->c.st, up, NULL, &info, &t, &offices_err));
    assert_int_equal(t.headers, 0);
}

/* ---- spoiled -------------------------------------------------------------------------------------------------- */

static void flipped(void **state)
{
    struct family *f = *state;
    char up[300], bad[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    size_t at[64];
    QN_AUTO(qn_buf) struct qn_buf whole = {0};
    path_of(up, f, "up.qb");
    path_of(bad, f, "bad.qb");
    write_one(&f->k, 1);
    make(&f->k, &f->c, up, false, &sent);
    read_file(&whole, up);
    size_t n = chunks(qn_buf_span(&whole), at, 64), last = n - 1;
    const struct {
        const char *name;
        size_t where;
        uint8_t mask;
        const char *want;
        size_t frames;
    } rows[] = {
        {"magic", 3, 1, "bundle.not-a-bundle", 0},
        {"version 0", 12, 1, "bundle.not-a-bundle", 0},
        {"version 3", 12, 2, "bundle.needs", 0},
        {"from's length", 14, 0x40, "bundle.header", 0},
        {"from is no code", 15, 0x40, "bundle.header", 0},
        {"from is another", 20, 1, "bundle.damaged", 0},
        {"to is another", 22, 1, "bundle.not-for-us", 0},
        {"created", 33, 1, "bundle.damaged", 0},
        {"created beyond time", 26, 0x80, "bundle.header", 0},
        {"an ability we lack", 37, 1, "bundle.needs", 0},
        {"another ability", 34, 0x80, "bundle.needs", 0},
        {"count of recipients", 38, 0x80, "bundle.header", 0},
        {"our name", 40, 2, "bundle.not-for-us", 0},
        {"our sealed key", 64, 1, "bundle.key", 0},
        {"stream header", at[0] - 1, 1, "bundle.damaged", 0},
        {"length of the first chunk", at[0] + 3, 1, "bundle.damaged", 0},
        {"huge length", at[0], 0x80, "bundle.damaged", 0},
        {"HAVE", at[0] + 20, 1, "bundle.damaged", 0},
        {"second chunk", at[1] + 6, 0x10, "bundle.damaged", 1},
        {"a tag", at[3] - 1, 1, "bundle.damaged", 2},
        {"END", at[last] + 5, 1, "bundle.damaged", last},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        whole.p[rows[i].where] ^= rows[i].mask;
        write_file(bad, whole.p, whole.n);
        whole.p[rows[i].where] ^= rows[i].mask;
        enum qn_code rc = bundle_import(f->c.st, bad, NULL, &info, &t, &err);
        if (!rc || strcmp(err.id, rows[i].want) != 0 || info.frames != rows[i].frames)
            fail_msg("%s: %d %s %s", rows[i].name, rc, rc ? err.id : "", rc ? err.args : "");
        if (i == 18)
            assert_int_equal(count(&f->c, HELD_ROWS), 0);
    }
    assert_int_equal(count(&f->c, HELD_ROWS), 1); /* the last row spoiled END only */
}

static void swapped_and_doubled_chunks(void **state)
{
    struct family *f = *state;
    char up[300], bad[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    size_t at[64];
    QN_AUTO(qn_buf) struct qn_buf whole = {0}, b;
    path_of(up, f, "up.qb");
    path_of(bad, f, "bad.qb");
    write_one(&f->k, 1);
    make(&f->k, &f->c, up, false, &sent);
    read_file(&whole, up);
    size_t n = chunks(qn_buf_span(&whole), at, 64);
    assert_true(n >= 4);
    for (int what = 0; what < 4; what++) {
        qn_buf_init(&b, whole.n * 2);
        qn_put(&b, whole.p, at[1]);
        switch (what) {
        case 0:
            qn_put(&b, whole.p + at[2], whole.n - at[2]);
            break; /* one left out */
        case 1:
            qn_put(&b, whole.p + at[0], whole.n - at[0]);
            break; /* one doubled */
        case 2:    /* two swapped */
            qn_put(&b, whole.p + at[2], at[3] - at[2]);
            qn_put(&b, whole.p + at[1], at[2] - at[1]);
            qn_put(&b, whole.p + at[3], whole.n - at[3]);
            break;
        default: /* something behind END */
            qn_put(&b, whole.p + at[1], whole.n - at[1]);
            qn_put_uint(&b, 7, 1);
        }
        write_file(bad, b.p, b.n);
        qn_buf_release(&b);
        assert_int_equal(bundle_import(f->c.st, bad, NULL, &info, &t, &err), QN_UNVERIFIED);
        assert_string_equal(err.id, "bundle.damaged");
        assert_int_equal(info.frames, what < 3 ? 1 : n - 1);
    }
}

static void wrong_hands(void **state)
{
    struct family *f = *state;
    char up[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    path_of(up, f, "up.qb");
    write_one(&f->k, 1);
    make(&f->k, &f->c, up, false, &sent);
    assert_int_equal(bundle_import(f->k2.st, up, NULL, &info, &t, &err), QN_DENIED);
    assert_string_equal(err.id, "bundle.not-for-us");
    assert_int_equal(bundle_verify(f->k2.st, up, &info, &err), QN_DENIED);
    assert_int_equal(bundle_import(f->p.st, up, NULL, &info, &t, &err), QN_DENIED);
    assert_int_equal(bundle_import(f->k.st, up, NULL, &info, &t, &err), QN_DENIED);
    assert_string_equal(err.id, "bundle.own");
    struct bundle_make o = {.to = "140622",
                            .path = up}; /* a sibling: unknown here, and not related */
    assert_int_not_equal(bundle_make(f->k.st, &o, &sent, &err), QN_OK);
    MUST(bundle_verify(f->c.st, up, &info, &offices_err)); /* the old file is still there, whole */
    store_lend_keys(f->c.st, NULL);
    assert_int_equal(bundle_import(f->c.st, up, NULL, &info, &t, &err), QN_ABSENT);
    assert_string_equal(err.id, "store.no-keys");
    store_lend_keys(f->c.st, f->c.keys);
}

static void not_files(void **state)
{
    struct family *f = *state;
    char path[300], target[300];
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    struct exchange_sent sent;
    path_of(target, f, "up.qb");
    make(&f->k, &f->c, target, false, &sent);
    path_of(path, f, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(bundle_import(f->c.st, path, NULL, &info, &t, &err), QN_DENIED);
    assert_string_equal(err.id, "file.not-regular");
    path_of(path, f, "link");
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(bundle_import(f->c.st, path, NULL, &info, &t, &err), QN_DENIED);
    assert_int_equal(bundle_import(f->c.st, f->all.dir, NULL, &info, &t, &err), QN_DENIED);
    path_of(path, f, "nothing");
    assert_int_equal(bundle_import(f->c.st, path, NULL, &info, &t, &err), QN_ABSENT);
    path_of(path, f, "long");
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, (off_t)BUNDLE_MAX + 1), 0); /* sparse */
    close(fd);
    assert_int_equal(bundle_import(f->c.st, path, NULL, &info, &t, &err), QN_LIMIT);
    struct bundle_make o = {.to = "1406", .path = "/nonexistent/dir/up.qb"};
    assert_int_equal(bundle_make(f->k.st, &o, &sent, &err), QN_IO);
}

/* An office that never spoke to us is still known by the receipts that came down to us. */
static void receipts_tell_what_is_held(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_have) struct qn_have h = {0};
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    MUST(bundle_known(&h, f->k.st, "1406",
                      &offices_err)); /* it never spoke by itself: only the receipt is here */
    const struct qn_have_origin *o = exchange_have_of(&h, store_origin(f->k.st));
    assert_non_null(o);
    assert_int_equal(o->size, 1);
    assert_int_equal(o->cursor[QN_LANE_BULK], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
        T(there_and_back),
        T(twice_and_out_of_order),
        T(past_the_city),
        T(cut_everywhere),
        T(flipped),
        T(swapped_and_doubled_chunks),
        T(wrong_hands),
        T(not_files),
        T(receipts_tell_what_is_held),
    };
    return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
