/* Frames, and what is inside them: PART, FILE, WANT, END, HAVE. */
#include "qian/frame.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t pk[32], sk[64];

/* ---- frames ----------------------------------------------------------------------------------------- */

static void frames_one_by_one(void **state)
{
    struct qn_buf b;
    struct qn_span in, payload;
    enum qn_frame_type type;
    size_t need;
    (void)state;
    qn_buf_init(&b, 100);
    qn_frame_put(&b, QN_FRAME_CERT, qn_str("abc"));
    qn_frame_put(&b, QN_FRAME_END, (struct qn_span){(const uint8_t *)"\1", 1});
    qn_frame_put(&b, (enum qn_frame_type)200, (struct qn_span){NULL, 0});
    in = qn_buf_span(&b);
    assert_int_equal(qn_frame_take(&in, &type, &payload, &need, NULL), QN_OK);
    assert_int_equal(type, QN_FRAME_CERT);
    assert_true(qn_span_is(payload, "abc"));
    assert_int_equal(qn_frame_take(&in, &type, &payload, &need, NULL), QN_OK);
    assert_int_equal(type, QN_FRAME_END);
    assert_int_equal(qn_frame_take(&in, &type, &payload, &need, NULL), QN_OK);
    assert_int_equal((int)type, 200); /* a type to come: taken, for the caller to skip */
    assert_int_equal(payload.n, 0);
    assert_int_equal(in.n, 0);
    qn_buf_release(&b);
}

/* However the bytes are cut, the reader says how many it needs and leaves them alone. */
static void not_whole_yet(void **state)
{
    static const uint8_t bytes[] = {2, 0, 0, 0, 3, 'a', 'b', 'c'};
    (void)state;
    for (size_t n = 0; n < sizeof(bytes); n++) {
        struct qn_span in = {bytes, n}, payload;
        enum qn_frame_type type;
        size_t need = 0;
        struct qn_err err;
        assert_int_equal(qn_frame_take(&in, &type, &payload, &need, &err), QN_ABSENT);
        assert_string_equal(err.id, "frame.more");
        assert_ptr_equal(in.p, bytes);
        assert_int_equal(in.n, n);
        assert_int_equal(need, n < 5 ? 5 : 8);
    }
}

static struct head {
    const char *name;
    uint8_t type;
    uint32_t at_most;
} heads[] = {
    {"HAVE", 1, 392067},
    {"CERT", 2, 2048},
    {"CHECKPOINT", 3, 131072},
    {"HEADER", 4, 65599},
    {"PART", 5, 1048715},
    {"RECEIPT", 6, 131072},
    {"FORK", 7, 262153},
    {"FILE", 8, 262562},
    {"WANT", 9, 97},
    {"END", 10, 1},
    {"a run", 11, 1048580},
    {"OFFER", 12, 89},
    {"KEPT", 13, 90},
    {"TOLD", 14, 161},
    {"a type to come", 15, 1052672},
    {"type 255", 255, 1052672},
};
/* The bound is told from the five bytes: one above is refused before anything more is read. */
static void bounded(void **state)
{
    const struct head *h = *state;
    for (uint32_t over = 0; over < 2; over++) {
        uint32_t n = h->at_most + over;
        uint8_t head[5] = {h->type, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                           (uint8_t)n};
        struct qn_span in = QN_SPAN(head), payload;
        enum qn_frame_type type;
        size_t need = 0;
        struct qn_err err;
        assert_int_equal(qn_frame_take(&in, &type, &payload, &need, &err),
                         over ? QN_LIMIT : QN_ABSENT);
        assert_string_equal(err.id, over ? "frame.too-long" : "frame.more");
        assert_int_equal(need, over ? 0 : n + 5);
    }
}

static void type_zero(void **state)
{
    struct qn_span in = {(const uint8_t *)"\0\0\0\0\1x", 6}, payload;
    enum qn_frame_type type;
    size_t need;
    struct qn_err err;
    (void)state;
    assert_int_equal(qn_frame_take(&in, &type, &payload, &need, &err), QN_MALFORMED);
    assert_string_equal(err.id, "frame.type");
    in = (struct qn_span){(const uint8_t *)"\5\xff\xff\xff\xff", 5};
    assert_int_equal(qn_frame_take(&in, &type, &payload, &need, &err), QN_LIMIT);
}

/* ---- PART, FILE, WANT, END --------------------------------------------------------------------------- */

static const uint8_t hash[32] = {0xaa, 1, 2};

static struct part_row {
    const char *name, *origin;
    uint64_t seq;
    uint16_t part;
    size_t stored;
    enum qn_code want;
} part_rows[] = {
    {"a part", "shanxi.example/14/1", 7, 0, 10, QN_OK},
    {"the last part of the last entry", "shanxi.example/14/1", QN_SEQ_END - 1, 255, 1, QN_OK},
    {"a part of 1 MiB", "shanxi.example/14/1", 7, 0, QN_PART_MAX, QN_OK},
    {"a part of 1 MiB and a byte", "shanxi.example/14/1", 7, 0, QN_PART_MAX + 1, QN_MALFORMED},
    {"a part of no bytes", "shanxi.example/14/1", 7, 0, 0, QN_MALFORMED},
    {"part 256", "shanxi.example/14/1", 7, 256, 10, QN_MALFORMED},
    {"a part of seq 2^35", "shanxi.example/14/1", QN_SEQ_END, 0, 10, QN_MALFORMED},
    {"a part of no log", "", 7, 0, 10, QN_MALFORMED},
    {"a part of a log with a bad name", "shanxi.example/14/0", 7, 0, 10, QN_MALFORMED},
};
static void part_frames(void **state)
{
    const struct part_row *r = *state;
    struct qn_part_frame p = {qn_str(r->origin), r->seq, r->part, hash, {NULL, r->stored}}, back;
    struct qn_buf b, again;
    struct qn_err err;
    uint8_t *bytes = calloc(1, QN_PART_MAX + 1);
    assert_non_null(bytes);
    p.stored.p = bytes;
    qn_buf_init(&b, 2 * QN_PART_MAX);
    qn_buf_init(&again, 2 * QN_PART_MAX);
    qn_part_frame_encode(&b, &p);
    assert_int_equal(qn_part_frame_decode(&back, qn_buf_span(&b), &err), r->want);
    if (r->want) {
        assert_string_equal(err.id, "frame.part");
    } else {
        qn_part_frame_encode(&again, &back);
        assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
        for (size_t n = 0; n < b.n - r->stored + 1; n++)
            assert_int_equal(qn_part_frame_decode(&back, (struct qn_span){b.p, n}, NULL),
                             QN_MALFORMED);
    }
    qn_buf_release(&b);
    qn_buf_release(&again);
    free(bytes);
}

static struct file_row {
    const char *name, *office;
    uint64_t size, offset;
    unsigned path;
    size_t n;
    enum qn_code want;
} file_rows[] = {
    {"a whole file", "140602", 5, 0, 0, 5, QN_OK},
    {"bytes in the middle", "140602", 100, 10, 0, 20, QN_OK},
    {"the last byte of the largest file", "140602", QN_FILE_MAX, QN_FILE_MAX - 1, 10, 1, QN_OK},
    {"a whole piece", "140602", QN_FILE_MAX, QN_FILE_PIECE, 10, QN_FILE_PIECE, QN_OK},
    {"the last byte of a piece", "140602", QN_FILE_MAX, QN_FILE_PIECE - 1, 10, 1, QN_OK},
    {"a byte more than a piece", "140602", QN_FILE_MAX, 0, 10, QN_FILE_PIECE + 1, QN_MALFORMED},
    {"bytes over the end of a piece", "140602", QN_FILE_MAX, 1, 10, QN_FILE_PIECE, QN_MALFORMED},
    {"a file of a byte more", "140602", QN_FILE_MAX + 1, 0, 0, 1, QN_MALFORMED},
    {"an empty file", "140602", 0, 0, 0, 0, QN_MALFORMED},
    {"no bytes", "140602", 5, 0, 0, 0, QN_MALFORMED},
    {"bytes behind the end", "140602", 5, 5, 0, 1, QN_MALFORMED},
    {"bytes over the end", "140602", 5, 3, 0, 3, QN_MALFORMED},
    {"an offset that wraps", "140602", 5, UINT64_MAX, 0, 2, QN_MALFORMED},
    {"a path of eleven", "140602", QN_FILE_MAX, 0, 11, 1, QN_MALFORMED},
    {"an office in small letters", "14060a", 5, 0, 0, 5, QN_MALFORMED},
    {"an office of one character", "1", 5, 0, 0, 5, QN_MALFORMED},
};
static void file_frames(void **state)
{
    static const uint8_t path[11 * QN_HASH] = {1};
    const struct file_row *r = *state;
    uint8_t *bytes = calloc(1, QN_FILE_PIECE + 1);
    struct qn_file_frame f = {.name = {.size = r->size},
                              .offset = r->offset,
                              .npath = r->path,
                              .path = path,
                              .bytes = {bytes, r->n}},
                         back;
    struct qn_buf b, again;
    struct qn_err err;
    assert_non_null(bytes);
    snprintf(f.name.office, sizeof(f.name.office), "%s", r->office);
    memcpy(f.name.sha256, hash, sizeof(hash));
    qn_buf_init(&b, 2 * QN_FILE_PIECE);
    qn_buf_init(&again, 2 * QN_FILE_PIECE);
    qn_file_frame_encode(&b, &f);
    assert_int_equal(qn_file_frame_decode(&back, qn_buf_span(&b), &err), r->want);
    if (r->want) {
        assert_string_equal(err.id, "frame.file");
    } else {
        qn_file_frame_encode(&again, &back);
        assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
        assert_true(qn_file_name_eq(&f.name, &back.name));
        for (size_t n = 0; n <= b.n - r->n; n++)
            assert_int_equal(qn_file_frame_decode(&back, (struct qn_span){b.p, n}, NULL),
                             QN_MALFORMED);
    }
    qn_buf_release(&b);
    qn_buf_release(&again);
    free(bytes);
}

static void file_names(void **state)
{
    struct qn_file_name a = {.office = "140602", .size = 5}, b = a;
    (void)state;
    assert_true(qn_file_name_eq(&a, &b));
    b.tree[31] = 1;
    assert_false(qn_file_name_eq(&a, &b));
    b = a;
    b.sha256[0] = 1;
    assert_false(qn_file_name_eq(&a, &b));
    b = a;
    b.size = 6;
    assert_false(qn_file_name_eq(&a, &b));
    b = a;
    b.office[5] = '3';
    assert_false(qn_file_name_eq(&a, &b));
    assert_int_equal(qn_file_pieces(1), 1);
    assert_int_equal(qn_file_pieces(QN_FILE_PIECE), 1);
    assert_int_equal(qn_file_pieces(QN_FILE_PIECE + 1), 2);
    assert_int_equal(qn_file_pieces(QN_FILE_MAX), 1 << QN_FILE_PATH);
}

static struct run_row {
    const char *name;
    uint32_t raw;
    size_t coded;
    enum qn_code want;
} run_rows[] = {
    {"a run", 100, 20, QN_OK},
    {"the shortest run", 2, 1, QN_OK},
    {"a run of 16 times what it is packed into", 320, 20, QN_OK},
    {"a run of a byte more", 321, 20, QN_MALFORMED},
    {"a header five thousand times", QN_RUN_MAX, 300, QN_MALFORMED},
    {"a run of 1 MiB", QN_RUN_MAX, QN_RUN_MAX - 1, QN_OK},
    {"a run of no bytes", 0, 1, QN_MALFORMED},
    {"a run of 1 MiB and a byte", QN_RUN_MAX + 1, 20, QN_MALFORMED},
    {"a run of nothing packed", 100, 0, QN_MALFORMED},
    {"a run that did not shrink", 20, 20, QN_MALFORMED},
};
static void run_frames(void **state)
{
    const struct run_row *r = *state;
    struct qn_run_frame f = {r->raw, {NULL, r->coded}}, back;
    struct qn_buf b, again;
    struct qn_err err;
    uint8_t *bytes = calloc(1, QN_RUN_MAX);
    assert_non_null(bytes);
    f.coded.p = bytes;
    qn_buf_init(&b, 2 * QN_RUN_MAX);
    qn_buf_init(&again, 2 * QN_RUN_MAX);
    qn_run_frame_encode(&b, &f);
    assert_int_equal(qn_run_frame_decode(&back, qn_buf_span(&b), &err), r->want);
    if (r->want) {
        assert_string_equal(err.id, "frame.run");
    } else {
        qn_run_frame_encode(&again, &back);
        assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
        for (size_t n = 0; n < 5; n++)
            assert_int_equal(qn_run_frame_decode(&back, (struct qn_span){b.p, n}, NULL),
                             QN_MALFORMED);
    }
    qn_buf_release(&b);
    qn_buf_release(&again);
    free(bytes);
}

static void want_and_end(void **state)
{
    struct qn_want w = {.name = {.office = "140602", .size = 9}, .offset = 8}, back;
    struct qn_kept k = {.name = w.name, .fate = QN_FILE_NOT_HERE}, kept;
    struct qn_file_name offered;
    struct qn_buf b;
    struct qn_err err;
    bool more = false;
    (void)state;
    qn_buf_init(&b, 200);
    qn_want_encode(&b, &w);
    assert_int_equal(qn_want_decode(&back, qn_buf_span(&b), &err), QN_OK);
    assert_true(qn_file_name_eq(&back.name, &w.name));
    assert_int_equal(back.offset, 8);
    assert_int_equal(qn_want_decode(&back, (struct qn_span){b.p, b.n - 1}, &err), QN_MALFORMED);
    assert_string_equal(err.id, "frame.want");
    qn_put(&b, "", 1);
    assert_int_equal(qn_want_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    b.n = 0;
    w.offset = 9;
    qn_want_encode(&b, &w);
    assert_int_equal(qn_want_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    b.n = 0;
    qn_offer_encode(&b, &w.name);
    assert_int_equal(qn_offer_decode(&offered, qn_buf_span(&b), &err), QN_OK);
    assert_true(qn_file_name_eq(&offered, &w.name));
    assert_int_equal(qn_offer_decode(&offered, (struct qn_span){b.p, b.n - 1}, &err), QN_MALFORMED);
    assert_string_equal(err.id, "frame.offer");
    b.n = 0;
    qn_kept_encode(&b, &k);
    assert_int_equal(qn_kept_decode(&kept, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(kept.fate, QN_FILE_NOT_HERE);
    b.p[b.n - 1] = QN_FILE_FATES;
    assert_int_equal(qn_kept_decode(&kept, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "frame.kept");
    b.n = 0;
    qn_end_encode(&b, true);
    assert_int_equal(qn_end_decode(&more, qn_buf_span(&b), &err), QN_OK);
    assert_true(more);
    b.n = 0;
    qn_end_encode(&b, false);
    assert_int_equal(qn_end_decode(&more, qn_buf_span(&b), &err), QN_OK);
    assert_false(more);
    assert_int_equal(qn_end_decode(&more, (struct qn_span){(const uint8_t *)"\2", 1}, &err),
                     QN_MALFORMED);
    assert_string_equal(err.id, "frame.end");
    assert_int_equal(qn_end_decode(&more, (struct qn_span){(const uint8_t *)"\0\0", 2}, &err),
                     QN_MALFORMED);
    assert_int_equal(qn_end_decode(&more, (struct qn_span){NULL, 0}, &err), QN_MALFORMED);
    qn_buf_release(&b);
}

/* ---- HAVE ---------------------------------------------------------------------------------------------- */

/* A sound one: the county asks the city, holds three logs. */
static void sound_have(struct qn_have *h, struct qn_have_origin o[4])
{
    memset(o, 0, 4 * sizeof(*o));
    *h = (struct qn_have){
        .from = "140107", .to = "1401", .time_ms = 1735689600000, .n = 3, .origin = o};
    memcpy(h->nonce, "0123456789abcdef", 16);
    h->able = 0x80000001; /* what is not known is not judged, and encodes again the same */
    h->schema = 513;
    strcpy(o[0].origin, "shanxi.example/14/1");
    crypto_hash_sha256(o[0].root, NULL, 0);
    strcpy(o[1].origin, "shanxi.example/1401/1");
    o[1].size = 12;
    o[1].cursor[QN_LANE_BULK] = 12;
    o[1].nwitness = 1;
    strcpy(o[1].witness[0].office, "14");
    o[1].witness[0].size = 20; /* above the headers held: fine */
    strcpy(o[2].origin, "shanxi.example/140107/1");
    o[2].size = QN_SEQ_END;
    o[2].nwitness = 4;
    strcpy(o[2].witness[0].office, "14");
    strcpy(o[2].witness[1].office, "1401");
    strcpy(o[2].witness[2].office, "140107");
    strcpy(o[2].witness[3].office, "14A");
    strcpy(o[3].origin, "shanxi.example/1499/1");
    o[3].size = 1;
}

enum twist {
    SOUND,
    NO_LOGS,
    FOUR_LOGS,
    FROM_SMALL,
    FROM_EMPTY,
    SAME_OFFICE,
    LATE,
    ORIGIN_BAD,
    ORIGIN_EMPTY,
    SIZE_OVER,
    ROOT_OF_NONE,
    CURSOR_OVER,
    WITNESS_BAD,
    WITNESS_TWICE,
    WITNESS_OVER,
    LOGS_SWAPPED,
    LOG_TWICE,
};
static struct have_row {
    const char *name;
    enum twist twist;
    const char *want;
} have_rows[] = {
    {"a sound HAVE", SOUND, ""},
    {"who holds nothing", NO_LOGS, ""},
    {"four logs", FOUR_LOGS, ""},
    {"from in small letters", FROM_SMALL, "have.offices"},
    {"from nobody", FROM_EMPTY, "have.offices"},
    {"from and to are one", SAME_OFFICE, "have.offices"},
    {"the year 10000", LATE, "have.time"},
    {"a log with a bad name", ORIGIN_BAD, "have.log"},
    {"a log without a name", ORIGIN_EMPTY, "have.log"},
    {"a size of 2^35 + 1", SIZE_OVER, "have.log"},
    {"a root of nothing that is none", ROOT_OF_NONE, "have.log"},
    {"a cursor above the size", CURSOR_OVER, "have.log"},
    {"a witness that is no code", WITNESS_BAD, "have.log"},
    {"a witness twice", WITNESS_TWICE, "have.log"},
    {"a witness of 2^35 + 1", WITNESS_OVER, "have.log"},
    {"logs that descend", LOGS_SWAPPED, "have.order"},
    {"a log twice", LOG_TWICE, "have.order"},
};

static void twist(struct qn_have *h, struct qn_have_origin o[4], enum twist t)
{
    struct qn_have_origin swap;
    switch (t) {
    case SOUND:
        break;
    case NO_LOGS:
        h->n = 0;
        break;
    case FOUR_LOGS:
        h->n = 4;
        break;
    case FROM_SMALL:
        strcpy(h->from, "14010a");
        break;
    case FROM_EMPTY:
        h->from[0] = 0;
        break;
    case SAME_OFFICE:
        strcpy(h->to, h->from);
        break;
    case LATE:
        h->time_ms = QN_TIME_END;
        break;
    case ORIGIN_BAD:
        strcpy(o[1].origin, "shanxi.example/1401");
        break;
    case ORIGIN_EMPTY:
        o[0].origin[0] = 0;
        break;
    case SIZE_OVER:
        o[1].size = QN_SEQ_END + 1;
        break;
    case ROOT_OF_NONE:
        o[0].root[0] ^= 1;
        break;
    case CURSOR_OVER:
        o[2].cursor[QN_LANE_PLAN] = o[2].size + 1;
        break;
    case WITNESS_BAD:
        strcpy(o[2].witness[0].office, "1");
        break;
    case WITNESS_TWICE:
        strcpy(o[2].witness[1].office, "14");
        break;
    case WITNESS_OVER:
        o[2].witness[0].size = QN_SEQ_END + 1;
        break;
    case LOGS_SWAPPED:
        swap = o[1];
        o[1] = o[2];
        o[2] = swap;
        break;
    case LOG_TWICE:
        o[2] = o[1];
        break;
    }
}

static void haves(void **state)
{
    const struct have_row *r = *state;
    struct qn_have h, back = {.n = 777};
    struct qn_have_origin o[4];
    struct qn_buf b, again;
    struct qn_err err = {.code = QN_OK};
    sound_have(&h, o);
    twist(&h, o, r->twist);
    qn_buf_init(&b, 10000);
    qn_buf_init(&again, 10000);
    qn_have_seal(&b, &h, sk);
    enum qn_code rc = qn_have_decode(&back, qn_buf_span(&b), &err);
    assert_string_equal(err.id, r->want);
    if (rc) {
        assert_int_equal(rc, QN_MALFORMED);
        assert_int_equal(back.n, 777);
    } else {
        assert_true(qn_have_verify(qn_buf_span(&b), pk));
        qn_have_seal(&again, &back, sk);
        assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
        for (size_t n = 0; n < b.n; n++) {
            struct qn_have none;
            assert_int_not_equal(qn_have_decode(&none, (struct qn_span){b.p, n}, NULL), QN_OK);
            assert_false(qn_have_verify((struct qn_span){b.p, n}, pk));
        }
        for (size_t i = 0; i < b.n; i++) {
            b.p[i] ^= 0x20;
            assert_false(qn_have_verify(qn_buf_span(&b), pk));
            b.p[i] ^= 0x20;
        }
        qn_have_release(&back);
        qn_have_release(&back);
    }
    qn_buf_release(&b);
    qn_buf_release(&again);
}

static void have_bytes(void **state)
{
    struct qn_have h, back;
    struct qn_have_origin o[4];
    struct qn_buf b;
    struct qn_err err;
    (void)state;
    sound_have(&h, o);
    qn_buf_init(&b, 10000);
    qn_have_seal(&b, &h, sk);
    qn_put(&b, "x", 1);
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.end");
    b.n--;
    assert_int_equal(qn_have_decode(&back, (struct qn_span){b.p, 20}, &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.short");
    b.p[0] = 0;
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.version");
    b.p[0] = 2; /* a newer program's: nobody is to blame */
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_LATER);
    assert_string_equal(err.id, "have.version");
    b.p[0] = 1;
    size_t count = 1 + 7 + 5 + 8 + 16 + 4 + 2; /* version, from, to, time, nonce, able, schema */
    b.p[count] = 4;
    b.p[count + 1] = 1;
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_LIMIT);
    assert_string_equal(err.id, "have.logs");
    b.p[count + 1] = 0; /* 1024 logs promised: refused before anything is allocated for them */
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.short");
    /* Five witnesses of one log. */
    h.n = 1;
    h.origin[0].nwitness = 0;
    b.n = 0;
    qn_have_seal(&b, &h, sk);
    b.p[b.n - QN_SIG - 1] = 5;
    b.n -= QN_SIG;
    for (char w = '0'; w < '5'; w++) {
        qn_put(&b, (char[]){2, '1', w}, 3);
        qn_put_uint(&b, 1, 8);
    }
    qn_put(&b, b.p, QN_SIG);
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.log");
    b.p[b.n - QN_SIG - 5 * 11 - 1] = 4; /* with four of them the rest is left over */
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "have.end");
    qn_buf_release(&b);
}

static void largest_have(void **state)
{
    struct qn_have h = {.from = "1234567890123456", .to = "1401", .n = QN_HAVE_ORIGINS}, back;
    struct qn_buf b;
    struct qn_err err;
    (void)state;
    h.origin = calloc(QN_HAVE_ORIGINS, sizeof(*h.origin));
    h.held = calloc(QN_HAVE_HELD, sizeof(*h.held));
    h.nheld = QN_HAVE_HELD;
    assert_true(h.origin && h.held);
    for (unsigned i = 0; i < QN_HAVE_HELD; i++)
        h.held[i] = (struct qn_have_held){0, 1, (uint8_t)(i % 8)};
    for (unsigned i = 0; i < QN_HAVE_ORIGINS; i++) {
        snprintf(h.origin[i].origin, sizeof(h.origin[i].origin), "%064u/1234567890123456/4095", i);
        h.origin[i].size = 1;
        h.origin[i].nwitness = QN_HAVE_WITNESSES;
        h.origin[i].ntold = QN_TOLD_MAX;
        if (i < QN_HAVE_HOLES)
            h.origin[i].hole[i % QN_LANES] = (struct qn_have_hole){0, 1, (size_t)i * 8, 8};
        for (unsigned w = 0; w < QN_HAVE_WITNESSES; w++) {
            h.origin[i].witness[w].size = QN_SEQ_END;
            snprintf(h.origin[i].witness[w].office, sizeof(h.origin[i].witness[w].office), "%016u",
                     w);
        }
    }
    qn_buf_init(&b, 392067);
    qn_have_seal(&b, &h, sk);
    assert_int_equal(qn_buf_check(&b, &err), QN_OK);
    if (qn_have_decode(&back, qn_buf_span(&b), &err))
        fail_msg("%s %s", err.id, err.args);
    assert_int_equal(back.n, QN_HAVE_ORIGINS);
    assert_int_equal(back.nheld, QN_HAVE_HELD);
    qn_have_release(&back);
    /* One hole more, of a log that has one already. */
    h.origin[0].hole[1] = (struct qn_have_hole){0, 1, 0, 0};
    h.origin[QN_HAVE_HOLES - 1].hole[(QN_HAVE_HOLES - 1) % QN_LANES].to = 0;
    b.n = 0;
    h.nheld = QN_HAVE_HELD - 8;
    qn_have_seal(&b, &h, sk);
    assert_int_equal(qn_have_decode(&back, qn_buf_span(&b), &err), QN_OK); /* as many as may be */
    qn_have_release(&back);
    qn_have_release(&h);
    qn_buf_release(&b);
}

int main(void)
{
    static const uint8_t seed[32] = {3};
    static const struct CMUnitTest rest[] = {
        cmocka_unit_test(frames_one_by_one), cmocka_unit_test(not_whole_yet),
        cmocka_unit_test(type_zero),         cmocka_unit_test(want_and_end),
        cmocka_unit_test(file_names),        cmocka_unit_test(have_bytes),
        cmocka_unit_test(largest_have),
    };
    struct CMUnitTest test[128];
    size_t n = 0;
    if (sodium_init() < 0)
        return 1;
    crypto_sign_seed_keypair(pk, sk, seed);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        test[n++] = (struct CMUnitTest){heads[i].name, bounded, NULL, NULL, &heads[i]};
    for (size_t i = 0; i < ARRAY_LEN(run_rows); i++)
        test[n++] = (struct CMUnitTest){run_rows[i].name, run_frames, NULL, NULL, &run_rows[i]};
    for (size_t i = 0; i < ARRAY_LEN(part_rows); i++)
        test[n++] = (struct CMUnitTest){part_rows[i].name, part_frames, NULL, NULL, &part_rows[i]};
    for (size_t i = 0; i < ARRAY_LEN(file_rows); i++)
        test[n++] = (struct CMUnitTest){file_rows[i].name, file_frames, NULL, NULL, &file_rows[i]};
    for (size_t i = 0; i < ARRAY_LEN(have_rows); i++)
        test[n++] = (struct CMUnitTest){have_rows[i].name, haves, NULL, NULL, &have_rows[i]};
    for (size_t i = 0; i < ARRAY_LEN(rest); i++)
        test[n++] = rest[i];
    return _cmocka_run_group_tests("frame", test, n, NULL, NULL);
}
