/* family.h - a province, a city, two counties; a county's acts; an exchange through a buffer. */
#ifndef QIAN_TESTS_FAMILY_H
#define QIAN_TESTS_FAMILY_H

#include "tests/unit/offices.h"

#include <sqlite3.h>

#include "node/store/act.h"
#include "node/store/log.h"
#include "node/store/tree.h"
#include "node/sync/exchange.h"
#include "node/sync/peer.h"

struct family {
    struct offices all;
    struct test_office p, c, k, k2;
};

static inline int family_setup(void **state)
{
    struct family *f = calloc(1, sizeof(*f));
    offices_init(&f->all);
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    office_make(&f->k2, &f->all, &f->c, "140622", QN_COUNTY);
    *state = f;
    return 0;
}

static inline int family_teardown(void **state)
{
    struct family *f = *state;
    office_close_test(&f->k2);
    office_close_test(&f->k);
    office_close_test(&f->c);
    office_close_test(&f->p);
    offices_release(&f->all);
    free(f);
    return 0;
}

/* The offices as they were at the first call: making them anew costs eight times as much, for their keys. */
static inline void family_fresh(struct family *f)
{
    struct test_office *all[] = {&f->p, &f->c, &f->k, &f->k2};
    char cmd[400];
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        store_close(all[i]->st);
    snprintf(cmd, sizeof(cmd),
             "cd '%s' && if [ -d first ]; then rm -rf 14 1406 140602 140622 && cp -r first/. .; "
             "else mkdir first && cp -r 14 1406 140602 140622 first; fi",
             f->all.dir);
    assert_int_equal(system(cmd), 0);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        MUST(store_open(&all[i]->st, all[i]->dir, STORE_OPEN, &offices_err));
        store_lend_keys(all[i]->st, all[i]->keys);
    }
}

/* One act of one row in the bulk lane, for the ancestors; version tells the rows apart. */
static inline void write_one(struct test_office *o, int64_t version)
{
    static const uint8_t root[QN_HASH] = {1};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", version);
    row_int(&row, "entries", 0);
    row_int(&row, "rows", 0);
    row_blob(&row, "root", root, sizeof(root));
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static inline void put_accept(struct act *a, const char *to, enum qn_reach reach, const char *text)
{
    struct qn_row row;
    MUST(act_part(a, QN_SYSTEM, reach, to, &offices_err));
    row_start(&row, a, "plan_accept", act_id(a), 1);
    row_text(&row, "plan_office", "1406");
    row_int(&row, "plan_id", qn_row_id(1, 0, 0));
    row_int(&row, "plan_rev", 1);
    row_text(&row, "outcome", "accepted");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "acted_on", "2021-08-16");
    row_text(&row, "reason", text);
    MUST(act_put(a, &row, &offices_err));
}

/* One act of the city (or province): a row for each of two offices, with a text of its own. */
static inline void write_addressed(struct test_office *o, const char *to1, const char *text1,
                                   const char *to2, const char *text2)
{
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_ACCEPT, QN_LANE_PLAN, &offices_err));
    put_accept(&a, to1, QN_TO_OFFICE, text1);
    put_accept(&a, to2, QN_TO_OFFICE, text2);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static inline int64_t count(struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* A copy of an office's directory as it is now, opened with the same keys. */
static inline void copy_office(struct test_office *copy, struct family *f,
                               const struct test_office *from, const char *name)
{
    char cmd[900];
    *copy = (struct test_office){0};
    snprintf(copy->dir, sizeof(copy->dir), "%.100s/%s", f->all.dir, name);
    snprintf(cmd, sizeof(cmd), "cp -r '%s' '%s'", from->dir, copy->dir);
    assert_int_equal(system(cmd), 0);
    MUST(store_open(&copy->st, copy->dir, STORE_OPEN, &offices_err));
    store_lend_keys(copy->st, from->keys);
}

static inline const char *code_of(const struct test_office *o)
{
    return store_self(o->st)->office;
}

/* What `of` says to `to` that it holds. */
static inline void have_of(struct qn_have *out, struct test_office *of,
                           const struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf b;
    qn_buf_init(&b, QN_FRAME_MAX);
    MUST(exchange_have(&b, of->st, code_of(to), NULL, &offices_err));
    MUST(qn_have_decode(out, qn_buf_span(&b), &offices_err));
}

/* The stream from one to the other: HAVE, what the other lacks, END. able: what the other says of itself. */
static inline enum qn_code stream_for(struct qn_buf *out, struct test_office *from,
                                      struct test_office *to, uint32_t able, size_t bytes_max,
                                      struct exchange_sent *sent, const struct qn_report *report,
                                      struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have theirs = {0};
    QN_AUTO(qn_buf) struct qn_buf have;
    qn_buf_init(out, 64u * 1024 * 1024);
    qn_buf_init(&have, QN_FRAME_MAX);
    have_of(&theirs, to, from);
    theirs.able = able;
    MUST(exchange_have(&have, from->st, code_of(to), NULL, &offices_err));
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&have));
    struct exchange_options o = {.peer = &theirs,
                                 .bytes_max = bytes_max,
                                 .line = true,
                                 .report = report,
                                 .emit = exchange_emit_buf,
                                 .ctx = out};
    return exchange_collect(from->st, &o, sent, err);
}

/* For one that reads no RUN: every frame stands by itself. */
static inline enum qn_code stream_from(struct qn_buf *out, struct test_office *from,
                                       struct test_office *to, size_t bytes_max,
                                       struct exchange_sent *sent, const struct qn_report *report,
                                       struct qn_err *err)
{
    return stream_for(out, from, to, 0, bytes_max, sent, report, err);
}

struct took {
    struct ingest_tally tally;
    struct exchange_came came;
    enum qn_code rc;
    struct qn_err err;
};

/* Feeds bytes in pieces of `piece` (0: all at once), whatever happens settles what came. */
static inline struct took take(struct test_office *to, const char *from, struct qn_span bytes,
                               size_t piece, const struct qn_report *report)
{
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    struct took t = {0};
    MUST(exchange_stream_open(&s, to->st, from, report, &offices_err));
    while (!t.rc && bytes.n) {
        size_t n = piece && piece < bytes.n ? piece : bytes.n;
        t.rc = exchange_stream_feed(s, (struct qn_span){bytes.p, n}, &t.err);
        MUST(exchange_stream_pause(s, &offices_err));
        bytes.p += n;
        bytes.n -= n;
    }
    if (exchange_stream_have(s))
        MUST(exchange_stream_finish(s, &offices_err));
    t.tally = *exchange_stream_tally(s);
    t.came = exchange_stream_came(s);
    return t;
}

/* The ids that were reported, in a row. */
struct heard {
    char ids[4000];
};
static inline void hear(void *ctx, const char *id, const char *args)
{
    struct heard *h = ctx;
    size_t n = strlen(h->ids);
    snprintf(h->ids + n, sizeof(h->ids) - n, "%s(%s) ", id, args);
}

/* One way, all of it, without a hitch. Gives how many frames were news. */
static inline uint64_t carry(struct test_office *from, struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf b;
    struct exchange_sent sent;
    MUST(stream_from(&b, from, to, 0, &sent, NULL, &offices_err));
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct took t = take(to, code_of(from), qn_buf_span(&b), 0, &report);
    assert_int_equal(t.rc, QN_OK);
    if (t.came.refused)
        fail_msg("refused: %s", heard.ids);
    assert_true(t.came.ended);
    return sent.news;
}

#endif
