/* qn_authorise: a row, a header and a certificate that fit; then one thing changed at a time. */
#include "qian/change.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(x)       (uint8_t)(1u << (x))
#define ALL_LANES    (BIT(QN_LANES) - 1)

static const struct qn_registry *reg;

/* The county 140107 in its second epoch writes entry 40 of lane result: an inspection. */
struct scene {
    const char *table, *office;
    uint16_t id_epoch;
    uint64_t id_seq;
    uint16_t id_n;
    int64_t rev;
    enum qn_lane lane;
    uint8_t lanes;
    enum qn_level level;
};
static const struct scene sound = {"inspection",   "140107",  2,        40, 5, 1,
                                   QN_LANE_RESULT, ALL_LANES, QN_COUNTY};

static enum qn_code judge(const struct scene *s, struct qn_err *err)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    struct qn_cert signer = {.office = "140107", .epoch = 2, .level = s->level, .lanes = s->lanes};
    struct qn_row row = {.table = qn_registry_table(reg, qn_str(s->table))};
    assert_non_null(h);
    assert_non_null(row.table);
    h->seq = 40;
    h->lane = s->lane;
    row.col[0] = (struct qn_value){.type = QN_TEXT, .s = qn_str(s->office)};
    row.col[1] =
        (struct qn_value){.type = QN_INTEGER, .i = qn_row_id(s->id_epoch, s->id_seq, s->id_n)};
    row.col[2] = (struct qn_value){.type = QN_INTEGER, .i = s->rev};
    enum qn_code rc = qn_authorise(&row, h, &signer, err);
    free(h);
    return rc;
}

/* Members that are not 0 replace those of the sound scene. */
static struct change {
    const char *name;
    struct scene with;
    const char *want; /* "" is QN_OK */
    const char *args;
} changes[] = {
    {"a sound row", {.table = NULL}, "", NULL},
    {"the greatest number of an entry", {.id_n = 65535}, "", NULL},
    {"a revision of a row of this entry", {.rev = 2}, "", NULL},
    {"a revision of an older row", {.rev = 2, .id_seq = 39}, "", NULL},
    {"a revision of a row of the first entry", {.rev = 2147483647, .id_seq = 1}, "", NULL},
    {"a revision of a row of an earlier epoch",
     {.rev = 2, .id_epoch = 1, .id_seq = 34359738367},
     "",
     NULL},
    {"a station's inspection", {.level = QN_STATION}, "", NULL},
    {"the province's", {.level = QN_PROVINCE}, "", NULL},
    {"only this lane granted", {.lanes = BIT(QN_LANE_RESULT)}, "", NULL},

    {"another office's row",
     {.office = "140108"},
     "authority.office",
     "table=inspection|have=140108|need=140107"},
    {"the parent's row",
     {.office = "1401"},
     "authority.office",
     "table=inspection|have=1401|need=140107"},
    {"a child's row", {.office = "14010701"}, "authority.office", NULL},
    {"no office", {.office = "|"}, "authority.office", "table=inspection|have=?|need=140107"},
    {"an office in small letters",
     {.office = "14010a"},
     "authority.office",
     "table=inspection|have=?|need=140107"},
    {"a new id of the next entry",
     {.id_seq = 41},
     "authority.id-new",
     "table=inspection|id=2-41-5|epoch=2|seq=40"},
    {"a new id of the entry before", {.id_seq = 39}, "authority.id-new", NULL},
    {"a new id of an earlier epoch", {.id_epoch = 1}, "authority.id-new", NULL},
    {"a new id of a later epoch", {.id_epoch = 3}, "authority.id-new", NULL},
    {"a revision of the next entry's row",
     {.rev = 2, .id_seq = 41},
     "authority.id-later",
     "table=inspection|id=2-41-5|epoch=2|seq=40"},
    {"a revision of a later epoch's row",
     {.rev = 2, .id_epoch = 3, .id_seq = 1},
     "authority.id-later",
     NULL},
    {"a draw, written once", {.table = "draw_result", .lane = QN_LANE_DRAW}, "", NULL},
    {"a draw, revised",
     {.table = "draw_result", .lane = QN_LANE_DRAW, .rev = 2, .id_seq = 39},
     "authority.once",
     "table=draw_result|id=2-39-5|epoch=2|seq=40"},
    {"what was selected, revised at once",
     {.table = "draw_selected", .lane = QN_LANE_DRAW, .rev = 2},
     "authority.once",
     NULL},
    {"a table of another lane", {.table = "plan"}, "authority.lane", "table=plan"},
    {"a header of another lane", {.lane = QN_LANE_DRAW}, "authority.lane", "table=inspection"},
    {"the lane is not granted",
     {.lanes = ALL_LANES & ~BIT(QN_LANE_RESULT)},
     "authority.grant",
     "table=inspection|office=140107"},
    {"a station plans",
     {.table = "plan", .lane = QN_LANE_PLAN, .level = QN_STATION},
     "authority.level",
     "table=plan|office=140107"},
    {"a station draws",
     {.table = "draw_result", .lane = QN_LANE_DRAW, .level = QN_STATION},
     "authority.level",
     NULL},
    {"a station freezes",
     {.table = "draw_freeze", .lane = QN_LANE_DRAW, .level = QN_STATION},
     "authority.level",
     NULL},
    {"a county judges a draw",
     {.table = "draw_verdict", .lane = QN_LANE_DRAW},
     "authority.level",
     NULL},
    {"a county accepts a plan",
     {.table = "plan_accept", .lane = QN_LANE_PLAN},
     "authority.level",
     NULL},
    {"a city writes code tables",
     {.table = "code", .lane = QN_LANE_CONTROL, .level = QN_CITY},
     "authority.level",
     NULL},
};

static void authorises(void **state)
{
    const struct change *c = *state;
    struct scene s = sound;
    struct qn_err err = {.code = QN_OK};
    s.table = c->with.table ? c->with.table : s.table;
    s.office = c->with.office ? c->with.office : s.office;
    s.id_epoch = c->with.id_epoch ? c->with.id_epoch : s.id_epoch;
    s.id_seq = c->with.id_seq ? c->with.id_seq : s.id_seq;
    s.id_n = c->with.id_n ? c->with.id_n : s.id_n;
    s.rev = c->with.rev ? c->with.rev : s.rev;
    s.lane = c->with.lane || strcmp(s.table, "code") == 0 ? c->with.lane : s.lane;
    s.lanes = c->with.lanes ? c->with.lanes : s.lanes;
    s.level = c->with.level ? c->with.level : s.level;
    assert_int_equal(judge(&s, &err), c->want[0] ? QN_DENIED : QN_OK);
    assert_string_equal(err.id, c->want);
    if (c->args)
        assert_string_equal(err.args, c->args);
}

/* Every table, level and grant: allowed exactly where the registry and the certificate say so. */
static void matrix(void **state)
{
    unsigned allowed = 0, refused = 0;
    (void)state;
    for (unsigned t = 0; t < reg->ntables; t++)
        for (unsigned level = QN_PROVINCE; level <= QN_STATION; level++)
            for (unsigned lane = 0; lane < QN_LANES; lane++)
                for (unsigned lanes = 0; lanes <= ALL_LANES; lanes++) {
                    const struct qn_table *table = &reg->table[t];
                    struct scene s = sound;
                    s.table = table->name;
                    s.level = (enum qn_level)level;
                    s.lane = (enum qn_lane)lane;
                    s.lanes = (uint8_t)lanes;
                    bool want = (table->levels & BIT(level)) && table->lane == s.lane &&
                                (lanes & BIT(lane));
                    assert_int_equal(judge(&s, NULL), want ? QN_OK : QN_DENIED);
                    allowed += want;
                    refused += !want;
                }
    assert_true(allowed > 500);
    assert_true(refused > allowed);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(changes) + 1];
    if (qn_registry_get(&reg, QN_REGISTRY_CURRENT, NULL))
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        test[i] = (struct CMUnitTest){changes[i].name, authorises, NULL, NULL, &changes[i]};
    test[ARRAY_LEN(changes)] = (struct CMUnitTest)cmocka_unit_test(matrix);
    return cmocka_run_group_tests_name("authority", test, NULL, NULL);
}
