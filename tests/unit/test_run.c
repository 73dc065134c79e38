/* test_run.c - runs of frames: what is packed and for whom, what a run that is wrong loses. */
#include "tests/unit/family.h"

#include <zstd.h>

#include "node/sync/run.h"

#define OF_LATER ((enum qn_frame_type)97) /* skipped by who does not know it */
#define HELD_ROWS "SELECT count(*) FROM roster_close WHERE office = '140602'"

struct counts {
    size_t runs, bare[QN_FRAME_TYPES];
};

static struct counts count_frames(struct qn_span in)
{
    struct counts c = {0};
    while (in.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type == QN_FRAME_RUN)
            c.runs++;
        else
            c.bare[type]++;
    }
    return c;
}

/* ---- who gets them ------------------------------------------------------------------------------------------------ */

static void only_who_reads_them(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf bare = {0}, packed = {0};
    struct exchange_sent sent, same;
    for (int i = 1; i <= 40; i++)
        write_one(&f->k, i);
    MUST(stream_for(&bare, &f->k, &f->c, ~QN_ABLE_RUN, 0, &sent, NULL, &offices_err));
    MUST(stream_for(&packed, &f->k, &f->c, QN_ABLE_RUN, 0, &same, NULL, &offices_err));
    struct counts c = count_frames(qn_buf_span(&bare));
    assert_int_equal(c.runs, 0);
    assert_int_equal(c.bare[QN_FRAME_HEADER], 40);
    c = count_frames(qn_buf_span(&packed));
    assert_int_equal(c.runs, 1);
    assert_int_equal(c.bare[QN_FRAME_HEADER], 0);
    assert_int_equal(c.bare[QN_FRAME_HAVE], 1);
    assert_int_equal(c.bare[QN_FRAME_END], 1);
    /* What was sent is counted by frame, how much by what went over. */
    assert_memory_equal(sent.frames, same.frames, sizeof(sent.frames));
    assert_int_equal(sent.news, same.news);
    assert_true(same.bytes < sent.bytes * 6 / 10);
    size_t have = QN_FRAME_HEAD + packed.p[3] * 256u + packed.p[4];
    assert_int_equal(same.bytes, packed.n - have);
    struct took t = take(&f->c, "140602", qn_buf_span(&packed), 100, NULL);
    assert_int_equal(t.rc, QN_OK);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(t.came.frames, 1 + 81 + 1);
    assert_int_equal(t.came.bytes, packed.n);
    assert_int_equal(t.tally.headers, 40);
    assert_int_equal(count(&f->c, HELD_ROWS), 40);
    /* We say that we read them. */
    QN_AUTO(qn_have) struct qn_have h = {0};
    have_of(&h, &f->c, &f->k);
    assert_int_equal(h.able, QN_ABLE_RUN);
}

static void certificates_go_bare(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    MUST(stream_for(&b, &f->c, &f->p, QN_ABLE_RUN, 0, &sent, NULL, &offices_err));
    struct counts c = count_frames(qn_buf_span(&b));
    assert_int_equal(c.bare[QN_FRAME_CERT], sent.frames[QN_FRAME_CERT]);
    struct took t = take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(count(&f->p, HELD_ROWS), 1);
}

static void cap_counts_what_goes_over(void **state)
{
    struct family *f = *state;
    bool more = true;
    unsigned rounds = 0;
    for (int i = 1; i <= 80; i++)
        write_one(&f->k, i);
    for (; more; rounds++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        assert_true(rounds < 40);
        MUST(stream_for(&b, &f->k, &f->c, QN_ABLE_RUN, 8000, &sent, NULL, &offices_err));
        assert_true(sent.bytes <= 8000 + QN_FRAME_HEAD + 1);
        more = sent.more;
        struct took t = take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
        assert_int_equal(t.came.refused, 0);
    }
    assert_true(rounds > 1);
    assert_int_equal(count(&f->c, HELD_ROWS), 80);
}

/* ---- runs that are wrong -------------------------------------------------------------------------------------------- */

/* A RUN that says raw and holds bytes, packed in one frame unless cut or doubled. */
static void put_run(struct qn_buf *out, struct qn_span bytes, uint32_t raw, size_t cut, bool twice)
{
    static uint8_t packed[4096];
    size_t n = ZSTD_compress(packed, sizeof(packed), bytes.p, bytes.n, 1);
    assert_false(ZSTD_isError(n));
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 2 * sizeof(packed));
    qn_put_uint(&b, raw, 4);
    qn_put(&b, packed, n - cut);
    if (twice)
        qn_put(&b, packed, n);
    qn_frame_put(out, QN_FRAME_RUN, qn_buf_span(&b));
}

static struct row {
    const char *name;
    const char *want; /* what is told; "" for nothing */
    enum qn_frame_type inside;
    int more_raw;  /* what the raw length claims too much */
    unsigned cut;  /* bytes of the zstd frame that are missing */
    bool twice;    /* two zstd frames */
    unsigned tail; /* bytes behind the last frame inside */
    unsigned kept; /* of the two frames inside: those before the wrong place */
} rows[] = {
    {"sound", "", OF_LATER, 0, 0, false, 0, 2},
    {"a type to come inside", "", (enum qn_frame_type)99, 0, 0, false, 0, 2},
    {"raw length too large", "run.packed", OF_LATER, 1, 0, false, 0, 0},
    {"raw length too small", "run.packed", OF_LATER, -1, 0, false, 0, 0},
    {"a zstd frame that is cut", "run.packed", OF_LATER, 0, 1, false, 0, 0},
    {"two zstd frames", "run.packed", OF_LATER, 0, 0, true, 0, 0},
    {"a frame inside that is cut", "run.cut", OF_LATER, 0, 0, false, 3, 2},
    {"a run inside", "run.inside", QN_FRAME_RUN, 0, 0, false, 0, 1},
    {"an end inside", "run.inside", QN_FRAME_END, 0, 0, false, 0, 1},
    {"a have inside", "run.inside", QN_FRAME_HAVE, 0, 0, false, 0, 1},
    {"no type inside", "frame.type", (enum qn_frame_type)0, 0, 0, false, 0, 1},
};

/* The run stands between HAVE and the frames of an entry: those are taken whatever it is. */
static void loses_only_itself(void **state)
{
    struct family *p;
    const struct row *row = *state;
    void *made;
    static const uint8_t filler[200];
    QN_AUTO(qn_buf) struct qn_buf b = {0}, inside, out;
    struct exchange_sent sent;
    family_setup(&made);
    p = made;
    write_one(&p->k, 1);
    MUST(stream_from(&b, &p->k, &p->c, 0, &sent, NULL, &offices_err));
    qn_buf_init(&inside, 4096);
    qn_buf_init(&out, b.max);
    qn_frame_put(&inside, (enum qn_frame_type)98, QN_SPAN(filler));
    qn_frame_put(&inside, row->inside,
                 (struct qn_span){filler, row->inside == OF_LATER ? 40 : 1});
    for (unsigned i = 0; i < row->tail; i++)
        qn_put_uint(&inside, 5, 1);
    struct qn_span rest = qn_buf_span(&b), payload;
    enum qn_frame_type type;
    size_t need;
    MUST(qn_frame_take(&rest, &type, &payload, &need, &offices_err));
    qn_put(&out, b.p, b.n - rest.n);
    put_run(&out, qn_buf_span(&inside), (uint32_t)((int)inside.n + row->more_raw), row->cut,
            row->twice);
    qn_put_span(&out, rest);
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct took t = take(&p->c, "140602", qn_buf_span(&out), 0, &report);
    assert_int_equal(t.rc, QN_OK);
    assert_true(t.came.ended);
    assert_int_equal(t.came.refused, row->want[0] != 0);
    if (row->want[0])
        assert_non_null(strstr(heard.ids, row->want));
    assert_int_equal(t.came.frames, 1 + row->kept + 3 + 1);
    assert_int_equal(count(&p->c, HELD_ROWS), 1);
    family_teardown(&made);
}

/* One header five thousand times in three hundred bytes: told from its lengths, and never inflated. */
static void no_bomb(void **state)
{
    struct family *f = *state;
    static uint8_t zeros[64 * 1024];
    QN_AUTO(qn_buf) struct qn_buf out = {0}, inside, have;
    qn_buf_init(&inside, sizeof(zeros));
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(&out, QN_FRAME_MAX);
    MUST(exchange_have(&have, f->k.st, "1406", NULL, &offices_err));
    qn_frame_put(&out, QN_FRAME_HAVE, qn_buf_span(&have));
    while (inside.n + 1000 < inside.max)
        qn_frame_put(&inside, (enum qn_frame_type)99, (struct qn_span){zeros, 900});
    put_run(&out, qn_buf_span(&inside), (uint32_t)inside.n, 0, false);
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct took t = take(&f->c, "140602", qn_buf_span(&out), 0, &report);
    assert_int_equal(t.rc, QN_OK);
    assert_int_equal(t.came.frames, 1);
    assert_int_equal(t.came.refused, 1);
    assert_non_null(strstr(heard.ids, "frame.run("));
}

/* Who writes does not make what a reader refuses: what shrinks too well goes bare. */
static void too_good_goes_bare(void **state)
{
    struct family *f = *state;
    static uint8_t zeros[900];
    struct run r;
    uint64_t bytes = 0;
    QN_AUTO(qn_have) struct qn_have peer = {.able = QN_ABLE_RUN};
    QN_AUTO(qn_buf) struct qn_buf out = {0};
    (void)f;
    qn_buf_init(&out, 1u << 20);
    struct exchange_options o = {.peer = &peer, .emit = exchange_emit_buf, .ctx = &out};
    run_init(&r, &o);
    for (int i = 0; i < 60; i++)
        MUST(run_put(&r, (enum qn_frame_type)5, QN_SPAN(zeros), false, &bytes, &offices_err));
    MUST(run_flush(&r, &bytes, &offices_err));
    run_release(&r);
    struct counts c = count_frames(qn_buf_span(&out));
    assert_int_equal(c.runs, 0);
    assert_int_equal(c.bare[5], 60);
    assert_int_equal(bytes, out.n);
}

/* Nobody speaks through a run before a HAVE. */
static void not_the_first_frame(void **state)
{
    struct family *f = *state;
    static const uint8_t filler[200];
    QN_AUTO(qn_buf) struct qn_buf inside = {0}, out = {0};
    qn_buf_init(&inside, 4096);
    qn_buf_init(&out, 4096);
    qn_frame_put(&inside, OF_LATER, (struct qn_span){filler, 40});
    put_run(&out, qn_buf_span(&inside), (uint32_t)inside.n, 0, false);
    struct took t = take(&f->c, "140602", qn_buf_span(&out), 0, NULL);
    assert_int_equal(t.rc, QN_MALFORMED);
    assert_string_equal(t.err.id, "sync.no-have");
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t n = 0;
#define T(f) (struct CMUnitTest){#f, f, family_setup, family_teardown, NULL}
    tests[n++] = T(only_who_reads_them);
    tests[n++] = T(certificates_go_bare);
    tests[n++] = T(cap_counts_what_goes_over);
    tests[n++] = T(not_the_first_frame);
    tests[n++] = T(no_bomb);
    tests[n++] = T(too_good_goes_bare);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[n++] = (struct CMUnitTest){rows[i].name, loses_only_itself, NULL, NULL, &rows[i]};
    return _cmocka_run_group_tests("run", tests, n, NULL, NULL);
}
