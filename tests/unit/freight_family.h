/* freight_family.h - evidence files of a family of offices: written, named by rows, exchanged over a line that may break. */
#ifndef QIAN_TESTS_FREIGHT_FAMILY_H
#define QIAN_TESTS_FREIGHT_FAMILY_H

#include "tests/unit/family.h"

#include <sys/stat.h>

#include "node/store/files.h"
#include "node/sync/freight.h"
#include "node/sync/call.h"
#include "node/sync/serve.h"

#define FILES_HERE_SQL "SELECT count(*) FROM file WHERE state = 2"

/* The n-th file of that length: a JPEG by its first bytes, all else noise that n makes. */
static inline void make_file(char path[300], const struct family *f, unsigned n, size_t size)
{
    uint32_t x = n * 2654435761u + 12345;
    snprintf(path, 300, "%s/photo%u.jpg", f->all.dir, n);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        fputc(i == 0 ? 0xff : i == 1 ? 0xd8 : i == 2 ? 0xff : (int)(x >> 24), out);
    }
    assert_int_equal(fclose(out), 0);
}

static inline void put_evidence_row(struct act *a, const struct qn_file_name *n)
{
    struct qn_row row;
    row_start(&row, a, "evidence", act_id(a), 1);
    row_int(&row, "inspection_id", qn_row_id(1, 0, 0));
    row_text(&row, "kind", "process");
    row_blob(&row, "digest", n->sha256, QN_HASH);
    row_int(&row, "size", (int64_t)n->size);
    row_text(&row, "captured_on", "2021-09-06T09:00:00");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "media", "image/jpeg");
    row_blob(&row, "tree", n->tree, QN_HASH);
    MUST(act_put(a, &row, &offices_err));
}

/* A row that names a file, whether there is one or not. */
static inline void name_file(struct test_office *o, const struct qn_file_name *n)
{
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    put_evidence_row(&a, n);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static inline void name_of(struct qn_file_name *n, struct test_office *o,
                           const struct vault_file *v)
{
    *n = (struct qn_file_name){.size = v->size};
    snprintf(n->office, sizeof(n->office), "%s", code_of(o));
    memcpy(n->sha256, v->sha256, QN_HASH);
    memcpy(n->tree, v->tree, QN_HASH);
}

/* Taken by the office, named by a row of it. */
static inline void photograph(struct qn_file_name *n, struct family *f, struct test_office *o,
                              unsigned no, size_t size)
{
    char path[300];
    QN_AUTO(vault_file) struct vault_file v = {.size = 0};
    make_file(path, f, no, size);
    QN_AUTO(tx) struct tx tx = {0};
    MUST(tx_begin(&tx, o->st, &offices_err));
    MUST(files_keep(&v, o->st, path, &offices_err));
    name_of(n, o, &v);
    name_file(o, n);
    MUST(tx_commit(&tx, &offices_err));
}

/* Both offices' files of that name have the same bytes, or the second one has none. */
static inline bool same_bytes(struct test_office *a, struct test_office *b,
                              const struct qn_file_name *n)
{
    QN_AUTO(vault_file) struct vault_file x = {.size = 0}, y = {.size = 0};
    MUST(vault_measure(&x, a->dir, n->sha256, &offices_err));
    return vault_measure(&y, b->dir, n->sha256, &offices_err) == QN_OK && x.size == y.size &&
           memcmp(x.sha256, y.sha256, QN_HASH) == 0 && memcmp(x.tree, y.tree, QN_HASH) == 0;
}

static inline enum files_state state_at(struct test_office *o, const struct qn_file_name *n)
{
    struct files_line line;
    MUST(files_look(o->st, &offices_err));
    MUST(files_find(&line, o->st, n, &offices_err));
    return line.state;
}

/* A line: the question breaks off behind `cut` bytes of pushes (0: never), counted over all calls. */
struct line {
    uint64_t cut, gone;
    size_t piece; /* in which the bytes arrive */
    unsigned pulls, pushes;
    bool lose_answers; /* of pushes: what arrived is kept, and nobody hears of it */
    struct heard *heard;
};

static inline enum qn_code call_over(struct line *l, struct test_office *from,
                                     struct test_office *to, struct network_result *out,
                                     struct qn_err *err)
{
    QN_AUTO(sync_call) struct sync_call *c = NULL;
    struct qn_report report = {hear, l->heard};
    const struct qn_report *told = l->heard ? &report : NULL;
    MUST(peer_set(from->st, code_of(to), "https://127.0.0.1:1", &offices_err));
    MUST(sync_call_open(&c, from->st, code_of(to), told, &offices_err));
    enum qn_code rc = QN_OK;
    while (!rc) {
        QN_AUTO(qn_buf) struct qn_buf answer = {0};
        QN_AUTO(sync_serve) struct sync_serve *s = NULL;
        struct sync_question q;
        struct qn_err refusal = {0};
        struct sync_answer a = {.status = 200, .why = "cut"};
        enum qn_code no = QN_OK;
        rc = sync_call_next(c, &q, err);
        if (rc || !q.path)
            break;
        bool push = strstr(q.path, "push") != NULL, broke = false;
        *(push ? &l->pushes : &l->pulls) += 1;
        MUST(sync_serve_open(&s, to->st, push ? SYNC_PUSH : SYNC_PULL, told, &offices_err));
        for (struct qn_span in = q.body; in.n && !broke;) {
            size_t n = l->piece && l->piece < in.n ? l->piece : in.n;
            if (l->cut && push && l->gone + n >= l->cut) {
                n = (size_t)(l->cut - l->gone);
                broke = true;
            }
            sync_serve_feed(s, (struct qn_span){in.p, n});
            l->gone += push ? n : 0;
            in.p += n;
            in.n -= n;
        }
        if (broke) {
            sync_serve_broke(s);
            a.ending = SYNC_BROKEN;
            l->gone = 0;
        } else {
            no = sync_serve_answer(s, &answer, &refusal);
            if (push && l->lose_answers)
                a.ending = SYNC_BROKEN;
        }
        a.status = no ? 403 : 200;
        a.rule = refusal.id;
        if (!no && !a.ending) {
            struct qn_err fed;
            if (sync_call_feed(c, 200, qn_buf_span(&answer), &fed) != QN_OK)
                print_message("answer: %s %s\n", fed.id, fed.args);
        }
        rc = sync_call_end(c, &a, err);
    }
    *out = *sync_call_result(c);
    return rc;
}

static inline struct network_result meet(struct test_office *from, struct test_office *to)
{
    struct line l = {0};
    struct network_result r;
    MUST(call_over(&l, from, to, &r, &offices_err));
    return r;
}

static inline struct files_standing standing(struct test_office *o)
{
    struct files_standing s;
    MUST(files_standing(&s, o->st, &offices_err));
    return s;
}

/* A stream from one to the other that holds HAVE, these frames, END. */
static inline struct took hand_over(struct test_office *from, struct test_office *to,
                                    struct qn_span frames, const struct qn_report *report,
                                    struct freight *left)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    struct took t = {0};
    qn_buf_init(&b, 64u << 20);
    qn_buf_init(&have, QN_FRAME_MAX);
    MUST(exchange_have(&have, from->st, code_of(to), NULL, &offices_err));
    qn_frame_put(&b, QN_FRAME_HAVE, qn_buf_span(&have));
    qn_put_span(&b, frames);
    qn_frame_put(&b, QN_FRAME_END, (struct qn_span){(const uint8_t[]){0}, 1});
    MUST(exchange_stream_open(&s, to->st, code_of(from), report, &offices_err));
    t.rc = exchange_stream_feed(s, qn_buf_span(&b), &t.err);
    MUST(exchange_stream_finish(s, &offices_err));
    t.tally = *exchange_stream_tally(s);
    t.came = exchange_stream_came(s);
    if (left) {
        MUST(freight_init(left, to->st, &offices_err));
        struct freight *f = exchange_stream_freight(s);
        memcpy(left->wants, f->wants, f->nwants * sizeof(*f->wants));
        left->nwants = f->nwants;
        freight_move(left, f);
    }
    return t;
}
#endif
