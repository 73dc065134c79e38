/* worlds.h - the family of family.h with a station, each office under a clock of its own that a test moves. */
#ifndef QIAN_TESTS_WORLDS_H
#define QIAN_TESTS_WORLDS_H

#include <time.h>

#include "tests/unit/family.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (1440 * MINUTE_MS)

/* Clocks start now: certificates begin on the day of the machine that made them. */
struct clock {
    uint64_t ms;
};
struct worlds {
    struct family f;
    struct test_office s; /* a station of the first county */
    struct clock p, c, k, k2, at_s;
};

static inline uint64_t read_clock(void *ctx)
{
    return ((struct clock *)ctx)->ms;
}

static inline void put_into_world(struct test_office *o, struct clock *clock, uint64_t ms)
{
    struct store_world world = {.ctx = clock, .now_ms = read_clock};
    clock->ms = ms;
    store_close(o->st);
    MUST(store_open_in(&o->st, o->dir, STORE_OPEN, &world, &offices_err));
    store_lend_keys(o->st, o->keys);
}

static inline uint64_t machine_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000;
}

static inline int worlds_setup(void **state)
{
    struct worlds *w = calloc(1, sizeof(*w));
    struct family *f = &w->f;
    uint64_t now = machine_ms();
    offices_init(&f->all);
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    office_make(&f->k2, &f->all, &f->c, "140622", QN_COUNTY);
    office_make(&w->s, &f->all, &f->k, "140602S1", QN_STATION);
    put_into_world(&f->p, &w->p, now);
    put_into_world(&f->c, &w->c, now);
    put_into_world(&f->k, &w->k, now);
    put_into_world(&f->k2, &w->k2, now);
    put_into_world(&w->s, &w->at_s, now);
    *state = w;
    return 0;
}

static inline int worlds_teardown(void **state)
{
    struct worlds *w = *state;
    office_close_test(&w->s);
    office_close_test(&w->f.k2);
    office_close_test(&w->f.k);
    office_close_test(&w->f.c);
    office_close_test(&w->f.p);
    offices_release(&w->f.all);
    free(w);
    return 0;
}

/* One act of one row that a station may write, in the result lane. Gives the row's id. */
static inline int64_t write_evidence(struct test_office *o)
{
    static const uint8_t digest[QN_HASH] = {7};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "evidence", id, 1);
    row_int(&row, "inspection_id", qn_row_id(1, 0, 0));
    row_text(&row, "kind", "photo");
    row_blob(&row, "digest", digest, sizeof(digest));
    row_blob(&row, "tree", digest, sizeof(digest));
    row_text(&row, "media", "image/jpeg");
    row_int(&row, "size", 1);
    row_text(&row, "captured_on", "2021-08-16T09:00:00");
    row_text(&row, "acted_by", "tester");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}

/* A later revision of it. */
static inline void write_evidence_again(struct test_office *o, int64_t id, int64_t rev)
{
    static const uint8_t digest[QN_HASH] = {8};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "evidence", id, rev);
    row_int(&row, "inspection_id", qn_row_id(1, 0, 0));
    row_text(&row, "kind", "photo");
    row_blob(&row, "digest", digest, sizeof(digest));
    row_blob(&row, "tree", digest, sizeof(digest));
    row_text(&row, "media", "image/jpeg");
    row_int(&row, "size", 1);
    row_text(&row, "captured_on", "2021-08-16T09:00:00");
    row_text(&row, "acted_by", "tester");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

/* The same as a line does: what is sent counts as heard. */
static inline void carry_heard(struct test_office *from, struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf have;
    qn_buf_init(&have, QN_FRAME_MAX);
    MUST(exchange_have(&have, from->st, code_of(to), NULL, &offices_err));
    carry(from, to);
    MUST(peer_heard(to->st, code_of(from), qn_buf_span(&have), true, &offices_err));
}

#endif
