/* test_part.c - codec 1: what is packed opens again, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zstd.h>

#include "node/store/part.h"

#define ROWS 40

/* A changeset of `code` rows of the current registry. */
static void sound_changeset(struct qn_buf *out, unsigned rows)
{
    const struct qn_registry *reg;
    struct qn_row row = {0};
    assert_int_equal(qn_registry_get(&reg, QN_REGISTRY_CURRENT, NULL), QN_OK);
    row.table = qn_registry_table(reg, qn_str("inspector"));
    assert_non_null(row.table);
    qn_buf_init(out, QN_PART_MAX);
    qn_change_table(out, row.table);
    for (unsigned n = 0; n < rows; n++) {
        for (unsigned i = 0; i < row.table->ncols; i++) {
            const struct qn_column *c = &row.table->col[i];
            row.col[i] = (struct qn_value){.type = c->type};
            if (c->type == QN_TEXT)
                row.col[i].s = qn_str("1406");
            else if (c->type == QN_INTEGER)
                row.col[i].i = i == 1 ? qn_row_id(1, 7, (uint16_t)n) : 1;
        }
        qn_change_row(out, &row);
    }
    assert_int_equal(out->failed, QN_OK);
}

static void header_for(struct qn_header *h, enum qn_codec codec, size_t stored, size_t raw)
{
    const struct qn_registry *reg;
    assert_int_equal(qn_registry_get(&reg, QN_REGISTRY_CURRENT, NULL), QN_OK);
    const struct qn_table *t = qn_registry_table(reg, qn_str("inspector"));
    *h = (struct qn_header){.lane = t->lane, .schema = reg->version, .nparts = 1};
    memcpy(h->schema_hash, reg->hash, QN_HASH);
    h->part[0] = (struct qn_part){
        .audience = t->audience, .codec = codec, .stored = (uint32_t)stored, .raw = (uint32_t)raw};
}

static void packs_and_opens(void **state)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    (void)state;
    for (unsigned rows = 1; rows <= ROWS; rows += 39) {
        QN_AUTO(qn_buf) struct qn_buf raw, coded, room = {0};
        enum qn_codec codec;
        uint32_t n = 0;
        sound_changeset(&raw, rows);
        qn_buf_init(&coded, 2 * QN_PART_MAX);
        qn_put_str(&coded, "x"); /* what stood there stays */
        assert_int_equal(part_pack(&codec, &coded, qn_buf_span(&raw), NULL), QN_OK);
        assert_int_equal(codec, rows == 1 ? QN_RAW : QN_ZSTD);
        struct qn_span stored =
            codec == QN_RAW ? qn_buf_span(&raw) : (struct qn_span){coded.p + 1, coded.n - 1};
        assert_true(rows == 1 ? coded.n == 1 : stored.n < raw.n / 4);
        header_for(h, codec, stored.n, raw.n);
        assert_int_equal(part_rows(NULL, h, 0, stored, &room, NULL, NULL, &n, NULL), QN_OK);
        assert_int_equal(n, rows);
    }
    free(h);
}

static void stays_raw(void **state)
{
    uint8_t noise[4096];
    uint32_t x = 1;
    enum qn_codec codec = QN_ZSTD;
    QN_AUTO(qn_buf) struct qn_buf coded = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    qn_buf_init(&coded, 2 * QN_PART_MAX);
    assert_int_equal(part_pack(&codec, &coded, QN_SPAN(noise), NULL), QN_OK);
    assert_int_equal(codec, QN_RAW);
    assert_int_equal(coded.n, 0);
}

enum spoil {
    CUT_ONE,
    CUT_HALF,
    TAIL,
    TWO_FRAMES,
    SKIPPABLE,
    RAW_MORE,
    RAW_LESS,
    NO_SIZE,
    NOT_ZSTD,
    FLIP,
    SPOILS
};

static void spoilt(void **state)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    (void)state;
    for (int s = 0; s < SPOILS; s++) {
        QN_AUTO(qn_buf) struct qn_buf raw, c, room = {0};
        enum qn_codec codec;
        struct qn_err err = {.code = QN_OK};
        sound_changeset(&raw, ROWS);
        qn_buf_init(&c, 4 * QN_PART_MAX);
        assert_int_equal(part_pack(&codec, &c, qn_buf_span(&raw), NULL), QN_OK);
        size_t whole = c.n, claimed = raw.n;
        switch ((enum spoil)s) {
        case CUT_ONE:
            c.n--;
            break;
        case CUT_HALF:
            c.n /= 2;
            break;
        case TAIL:
            qn_put_str(&c, "x");
            break;
        case TWO_FRAMES: /* each half the rows; together the bytes */
            c.n = 0;
            for (int half = 0; half < 2; half++) {
                size_t at = half ? raw.n / 2 : 0, len = half ? raw.n - raw.n / 2 : raw.n / 2;
                uint8_t *to = qn_buf_room(&c, ZSTD_compressBound(len));
                c.n -= ZSTD_compressBound(len) -
                       ZSTD_compress(to, ZSTD_compressBound(len), raw.p + at, len, 1);
            }
            break;
        case SKIPPABLE: /* a skippable frame before the true one */
            memmove(qn_buf_room(&c, 8) - whole + 8, c.p, whole);
            memcpy(c.p, "\x50\x2a\x4d\x18\0\0\0\0", 8);
            break;
        case RAW_MORE:
            claimed++;
            break;
        case RAW_LESS:
            claimed--;
            break;
        case NO_SIZE: {
            ZSTD_CCtx *z = ZSTD_createCCtx();
            ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
            c.n = 0;
            uint8_t *to = qn_buf_room(&c, ZSTD_compressBound(raw.n));
            c.n = ZSTD_compress2(z, to, c.n, raw.p, raw.n);
            ZSTD_freeCCtx(z);
            break;
        }
        case NOT_ZSTD:
            memset(c.p, 'T', c.n);
            break;
        case FLIP:
            c.p[0] ^= 1;
            break;
        case SPOILS:
            break;
        }
        header_for(h, QN_ZSTD, c.n, claimed);
        assert_int_equal(part_rows(NULL, h, 0, qn_buf_span(&c), &room, NULL, NULL, NULL, &err),
                         QN_MALFORMED);
        assert_string_equal(err.id, "entry.codec-bytes");
    }
    free(h);
}

static void waits(void **state)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    QN_AUTO(qn_buf) struct qn_buf raw, room = {0};
    struct qn_err err;
    (void)state;
    sound_changeset(&raw, 2);
    header_for(h, (enum qn_codec)2, raw.n, raw.n);
    assert_int_equal(part_rows(NULL, h, 0, qn_buf_span(&raw), &room, NULL, NULL, NULL, &err),
                     QN_LATER);
    assert_string_equal(err.id, "entry.codec");
    header_for(h, QN_RAW, raw.n, raw.n);
    h->schema = 60000;
    assert_int_equal(part_rows(NULL, h, 0, qn_buf_span(&raw), &room, NULL, NULL, NULL, &err),
                     QN_LATER);
    assert_string_equal(err.id, "apply.schema");
    header_for(h, QN_RAW, raw.n, raw.n);
    h->schema_hash[0] ^= 1;
    assert_int_equal(part_rows(NULL, h, 0, qn_buf_span(&raw), &room, NULL, NULL, NULL, &err),
                     QN_DENIED);
    assert_string_equal(err.id, "apply.schema-hash");
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(packs_and_opens),
                                       cmocka_unit_test(stays_raw), cmocka_unit_test(spoilt),
                                       cmocka_unit_test(waits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
