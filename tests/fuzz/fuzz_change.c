/* Changesets: the first byte chooses lane and audience, the rest is read by a registry of the
 * target's own, that of tests/vectors, for which the corpus was made. What is read is written
 * again to the same bytes, validating alone gives the same verdict, and authority judges every row. */
#include "qian/change.h"

#include "tests/fuzz/fuzz.h"

static const char text[] =
    "qian-registry/7\n"
    "table certificate public control pck office:T:16 id:I rev:I subject:T:16 cert:B:2048\n"
    "table code public control p office:T:16 id:I rev:I list:T:32 code:T:32 name_zh:T:400 "
    "name_en:T:400\n"
    "table evidence system result pcks office:T:16 id:I rev:I inspection_id:I kind:T:16 "
    "digest:B:32 size:I "
    "captured_on:T:20 note:t:400 acted_by:T:64\n"
    "table refusal system control pck office:T:16 id:I rev:I origin:T:96 seq:I rule:T:48 "
    "detail:T:400\n"
    "table sample public result pck office:T:16 id:I rev:I score:R other:r\n";

struct again {
    struct qn_buf out;
    const struct qn_table *table;
    uint32_t rows;
};

static enum qn_code write_again(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    static const struct qn_cert signer = {
        .office = "140107", .epoch = 1, .level = QN_COUNTY, .lanes = 0x1f};
    static struct qn_header header;
    struct again *a = ctx;
    header.lane = row->table->lane;
    header.seq = 7;
    enum qn_code rc = qn_authorise(row, &header, &signer, err);
    HOLDS(rc == QN_OK || rc == QN_DENIED);
    if (!rc)
        HOLDS(qn_span_is(row->col[0].s, "140107") && row->table->levels >> QN_COUNTY & 1);
    if (row->table != a->table)
        qn_change_table(&a->out, row->table);
    a->table = row->table;
    qn_change_row(&a->out, row);
    a->rows++;
    for (unsigned i = 0; i < QN_COLUMNS; i++)
        HOLDS(row->col[i].type == QN_NULL ||
              (i < row->table->ncols && row->col[i].type == row->table->col[i].type));
    return QN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_registry reg;
    struct qn_err err = {.code = QN_OK};
    uint32_t rows = 0;
    if (!size)
        return 0;
    if (!reg.ntables)
        HOLDS(qn_registry_parse(&reg, qn_str(text), NULL) == QN_OK);
    struct qn_span in = {data + 1, size - 1};
    struct qn_change_limits l = {.registry = &reg,
                                 .lane = (enum qn_lane)(data[0] % QN_LANES),
                                 .audience = (enum qn_audience)(data[0] / QN_LANES % 3 + 1),
                                 .rows_max = 50};
    struct again a = {.table = NULL};
    qn_buf_init(&a.out, 2 * QN_PART_MAX);
    enum qn_code rc = qn_change_read(in, &l, write_again, &a, &rows, &err);
    if (rc)
        HOLDS(err.id[0]);
    else
        HOLDS(rows == a.rows && rows <= 50 && qn_span_eq(qn_buf_span(&a.out), in));
    HOLDS(qn_change_read(in, &l, NULL, NULL, NULL, NULL) == rc);
    qn_buf_release(&a.out);
    return 0;
}
