/* test_call.c - both sides of an exchange without a network: call.h asks, serve.h answers. */
#include "tests/unit/family.h"

#include "node/store/own.h"
#include "node/store/receipts.h"
#include "node/sync/call.h"
#include "node/sync/serve.h"

#define ROWS "SELECT count(*) FROM roster_close"

/* What happens to the messages on the way. */
struct way {
    size_t piece; /* bytes fed at a time; 0: all */
    size_t cut;   /* the answer breaks off behind so many bytes; 0: never */
    bool other;   /* the answer is that to the question before */
    bool
        closed; /* the other reads the first question, and its connection is gone before it answers */
    bool
        certs_first; /* the first answer has room for certificates only, and says that there is more */
    bool follow;     /* the call follows the one before that went this way */
    struct qn_buf left;     /* by that one */
    struct qn_buf question; /* the last one, kept */
    struct qn_buf answer;   /* and what came to it */
    unsigned questions;
    char paths[400]; /* of the first questions */
};

static void way_auto(struct way *w)
{
    qn_buf_release(&w->left);
    qn_buf_release(&w->question);
    qn_buf_release(&w->answer);
}

static void keep(struct qn_buf *to, struct qn_span bytes)
{
    qn_buf_release(to);
    qn_buf_init(to, 64u << 20);
    qn_put_span(to, bytes);
}

static enum qn_code serve(struct test_office *o, enum sync_what what, struct qn_span question,
                          size_t piece, struct qn_buf *answer, struct qn_err *err)
{
    QN_AUTO(sync_serve) struct sync_serve *s = NULL;
    MUST(sync_serve_open(&s, o->st, what, NULL, &offices_err));
    while (question.n) {
        size_t n = piece && piece < question.n ? piece : question.n;
        sync_serve_feed(s, (struct qn_span){question.p, n});
        question.p += n;
        question.n -= n;
    }
    return sync_serve_answer(s, answer, err);
}

static void only_certs(struct qn_buf *answer)
{
    struct qn_buf kept;
    struct qn_span in = qn_buf_span(answer), payload;
    enum qn_frame_type type;
    size_t need;
    qn_buf_init(&kept, 64u << 20);
    while (in.n) {
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type == QN_FRAME_HAVE || type == QN_FRAME_CERT)
            qn_frame_put(&kept, type, payload);
    }
    qn_frame_put(&kept, QN_FRAME_END, (struct qn_span){(const uint8_t[]){1}, 1});
    qn_buf_release(answer);
    *answer = kept;
}

static enum qn_code call(struct test_office *from, struct test_office *to, struct way *w,
                         struct network_result *out, struct qn_err *err)
{
    QN_AUTO(sync_call) struct sync_call *c = NULL;
    MUST(peer_set(from->st, code_of(to), "https://127.0.0.1:1", &offices_err));
    MUST(sync_call_open(&c, from->st, code_of(to), NULL, &offices_err));
    enum qn_code rc = QN_OK;
    w->questions = 0;
    w->paths[0] = 0;
    if (w->follow)
        sync_call_follow(c, qn_buf_span(&w->left));
    while (!rc) {
        QN_AUTO(qn_buf) struct qn_buf answer = {0};
        QN_AUTO(qn_buf) struct qn_buf before = {0};
        struct qn_err refusal = {0};
        struct sync_question q;
        rc = sync_call_next(c, &q, err);
        if (rc || !q.path)
            break;
        bool push = strstr(q.path, "push") != NULL;
        assert_int_equal(q.follows,
                         push && !w->questions); /* no other may go over the same connection only */
        w->questions++;
        snprintf(w->paths + strlen(w->paths), sizeof(w->paths) - strlen(w->paths), "%s ",
                 push ? "push" : "pull");
        keep(&w->question, q.body);
        enum qn_code no =
            serve(to, push ? SYNC_PUSH : SYNC_PULL, q.body, w->piece, &answer, &refusal);
        if (w->closed && w->questions == 1) {
            sync_call_again(c);
            continue;
        }
        if (!no && w->certs_first && w->questions == 1)
            only_certs(&answer);
        keep(&before, qn_buf_span(&w->answer));
        keep(&w->answer, qn_buf_span(&answer));
        struct qn_span came = qn_buf_span(w->other && before.n ? &before : &answer);
        struct sync_answer a = {.status = no ? 403 : 200, .rule = refusal.id, .why = "cut"};
        if (!no && w->cut && came.n > w->cut) {
            came.n = w->cut;
            a.ending = SYNC_BROKEN;
        }
        while (!no && came.n) {
            size_t n = w->piece && w->piece < came.n ? w->piece : came.n;
            struct qn_err told;
            if (sync_call_feed(c, 200, (struct qn_span){came.p, n}, &told))
                break;
            came.p += n;
            came.n -= n;
        }
        rc = sync_call_end(c, &a, err);
    }
    *out = *sync_call_result(c);
    keep(&w->left, sync_call_left(c));
    return rc;
}

/* SPEC http-20: "it asks once more over a new one, in a HAVE with a new nonce" - with the old one it would be a replay. */
static void asks_again(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {.closed = true};
    struct network_result r;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull pull push ");
    assert_int_equal(r.rounds, 1);
    assert_int_equal(count(&f->c, ROWS), 1);
}

static void both_ways(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {.piece = 7};
    struct network_result r;
    write_one(&f->k, 1);
    write_one(&f->k, 2);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull push ");
    assert_int_equal(r.not_taken, 0);
    assert_int_equal(count(&f->c, ROWS), 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM receipt WHERE office = '1406'"), 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err)); /* no news: nothing is pushed */
    assert_string_equal(w.paths, "pull ");
}

static void a_stranger_brings_its_chain(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    struct network_result r;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->p, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull pull push ");
    assert_int_equal(count(&f->p, ROWS), 1);
}

static void cut_answers_are_gone_on_from(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct network_result r;
    unsigned broken = 0;
    for (int i = 1; i <= 6; i++)
        write_addressed(&f->c, "140602", "a", "140622", "b");
    for (size_t cut = 200; cut < 40000; cut += 997) {
        QN_AUTO(way) struct way w = {.cut = cut, .piece = 64};
        enum qn_code rc = call(&f->k, &f->c, &w, &r, &err);
        if (!rc)
            break;
        assert_string_equal(err.id, "sync.broken");
        broken++;
    }
    assert_true(broken > 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 6);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM peer WHERE last_error = ''"), 1);
}

static void another_answer_is_not_taken(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct network_result r;
    QN_AUTO(way) struct way w = {0};
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    write_addressed(&f->c, "140602", "a", "140622", "b");
    w.other = true;
    assert_int_equal(call(&f->k, &f->c, &w, &r, &err), QN_DENIED);
    assert_string_equal(err.id, "sync.other-answer");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM peer WHERE last_error LIKE 'sync.other%'"),
                     1);
}

static void certificates_are_progress(void **state)
{
    struct family *f = *state;
    struct test_office s;
    QN_AUTO(way) struct way first = {0};
    QN_AUTO(way) struct way w = {.certs_first = true};
    struct network_result r;
    MUST(call(&f->c, &f->p, &first, &r, &offices_err));
    office_make(&s, &f->all, &f->k, "140602S1", QN_STATION);
    carry(&f->k, &f->p);
    MUST(call(&f->c, &f->p, &w, &r, &offices_err));
    assert_true(w.questions >= 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM certificate WHERE subject = '140602S1'"),
                     1);
    office_close_test(&s);
}

/* ---- a call that follows another ------------------------------------------------------------------------- */

/* Entries of the county's log that are applied, by the city's receipt for it. */
static int64_t receipted(struct family *f)
{
    struct qn_note note;
    struct qn_receipt r;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_NOTE_MAX);
    MUST(receipt_get(&b, f->k.st, "1406", store_origin(f->k.st), &offices_err));
    MUST(qn_note_parse(&note, qn_buf_span(&b), &offices_err));
    MUST(qn_receipt_parse(&r, note.text, &offices_err));
    return (int64_t)r.applied[QN_LANE_BULK];
}

static void a_call_that_follows_pushes_first(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {.piece = 7};
    struct network_result r;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull push ");
    w.follow = true;
    write_one(&f->k, 2);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push ");
    assert_int_equal(r.not_taken, 0);
    assert_int_equal(count(&f->c, ROWS), 2);
    assert_int_equal(receipted(f), 2);
    /* SPEC http-5: "all that the answer to a pull with the same HAVE would hold" */
    write_one(&f->k, 3);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push ");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 1);
    assert_int_equal(receipted(f), 3);
    /* SPEC http-22: "Where it has nothing to push, or its own HAVE is full, it pulls" */
    write_addressed(&f->c, "140602", "a", "140622", "b");
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull ");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 2);
    write_one(&f->k, 4);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push ");
    assert_int_equal(receipted(f), 4);
}

/* What a call left, and what became of the office or of those bytes before the next one. */
enum doubt {
    LEFT_NOTHING,
    LEFT_BY_ANOTHER,
    LEFT_TO_ANOTHER,
    LEFT_BROKEN,
    SET_BACK,
    SET_BACK_AND_WROTE,
    UNSURE
};

static void pulls_first(struct family *f, enum doubt doubt)
{
    QN_AUTO(way) struct way w = {.follow = true};
    QN_AUTO(way) struct way other = {0};
    struct test_office old, *k = &f->k;
    struct network_result r;
    copy_office(&old, f, &f->k, "old");
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    switch (doubt) {
    case LEFT_NOTHING:
        qn_buf_release(&w.left);
        break;
    case LEFT_BY_ANOTHER:
        MUST(call(&f->c, &f->p, &other, &r, &offices_err));
        keep(&w.left, qn_buf_span(&other.left));
        break;
    case LEFT_TO_ANOTHER:
        MUST(call(&f->k2, &f->c, &other, &r, &offices_err));
        keep(&w.left, qn_buf_span(&other.left));
        break;
    case LEFT_BROKEN:
        w.left.n--;
        break;
    case SET_BACK_AND_WROTE:
        write_one(&old, 7);
        write_one(&old, 8);
        k = &old;
        break;
    case SET_BACK:
        k = &old;
        break;
    case UNSURE:
        MUST(own_unsure(f->k.st, &offices_err));
        break;
    }
    bool writes = doubt != SET_BACK && doubt != SET_BACK_AND_WROTE && doubt != UNSURE;
    if (writes)
        write_one(k, 2);
    MUST(call(k, &f->c, &w, &r, &offices_err));
    if (strncmp(w.paths, "pull ", 5) != 0)
        fail_msg("doubt %d: %s", (int)doubt, w.paths);
    assert_int_equal(count(&f->c, ROWS), writes ? 2 : 1);
    if (doubt == SET_BACK_AND_WROTE) /* it heard of its own log first, and stands still */
        assert_int_equal(own_state(k->st, NULL), OWN_FORKED);
    store_close(old.st);
}

/* SPEC http-22: "nothing casts doubt on the own log (recovery-4), and it begins with what that HAVE names of it" */
static void in_doubt_it_pulls_first(void **state)
{
    struct family *f = *state;
    char cmd[300];
    for (int doubt = LEFT_NOTHING; doubt <= UNSURE; doubt++) {
        family_fresh(f);
        pulls_first(f, (enum doubt)doubt);
        snprintf(cmd, sizeof(cmd), "rm -rf '%.100s/old'", f->all.dir);
        assert_int_equal(system(cmd), 0);
    }
}

/* SPEC http-22: "to an office above" */
static void downward_it_pulls_first(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {.follow = true};
    struct network_result r;
    for (int i = 0; i < 2; i++) {
        write_addressed(&f->c, "140602", "a", "140622", "b");
        MUST(call(&f->c, &f->k, &w, &r, &offices_err));
        assert_string_equal(w.paths, "pull push ");
    }
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 2);
}

/* The other was set back between two calls: what is pushed does not continue what it holds, and its HAVE says so. */
static void the_other_was_set_back(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    struct test_office old;
    struct network_result r;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    copy_office(&old, f, &f->c, "old");
    write_one(&f->k, 2);
    w.follow = true;
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push ");
    write_one(&f->k, 3);
    MUST(call(&f->k, &old, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push push ");
    assert_int_equal(r.not_taken, 0);
    assert_int_equal(count(&old, ROWS), 3);
    assert_int_equal(receipted(f), 3);
    store_close(old.st);
}

/* SPEC http-22: "Whoever fails in any way forgets the HAVE, and pulls first" */
static void a_lost_answer_is_forgotten(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    struct network_result r;
    struct qn_err err;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    write_one(&f->k, 2);
    w.follow = true;
    w.cut = 100; /* in its HAVE */
    assert_int_equal(call(&f->k, &f->c, &w, &r, &err), QN_LATER);
    assert_string_equal(w.paths, "push ");
    assert_string_equal(err.id, "sync.broken");
    assert_int_equal(w.left.n, 0);
    assert_int_equal(count(&f->c, ROWS), 2); /* it came, and nobody here knows */
    assert_int_equal(receipted(f), 1);
    w.cut = 0;
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "pull ");
    assert_int_equal(receipted(f), 2);
    assert_true(w.left.n > 0);
}

static void another_answer_to_a_first_push_is_not_taken(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    struct network_result r;
    struct qn_err err;
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    write_one(&f->k, 1);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    w.follow = w.other = true;
    assert_int_equal(call(&f->k, &f->c, &w, &r, &err), QN_DENIED);
    assert_string_equal(w.paths, "push ");
    assert_string_equal(err.id, "sync.other-answer");
    assert_int_equal(w.left.n, 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM receipt"), 0);
}

/* SPEC http-20: "A call that began with a push begins again with a pull" */
static void a_first_push_over_a_closed_connection(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    struct network_result r;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    write_one(&f->k, 2);
    w.follow = w.closed = true;
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_string_equal(w.paths, "push pull ");
    assert_int_equal(r.rounds, 1);
    assert_int_equal(count(&f->c, ROWS), 2);
    assert_int_equal(receipted(f), 2);
}

/* ---- nonces ----------------------------------------------------------------------------------------------- */

static void question_of(struct qn_buf *out, struct test_office *from, struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(out, QN_FRAME_MAX + QN_FRAME_HEAD);
    MUST(exchange_have(&have, from->st, code_of(to), NULL, &offices_err));
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&have));
}

static void asked(struct test_office *to, const struct qn_buf *question, const char *want)
{
    QN_AUTO(qn_buf) struct qn_buf answer = {0};
    struct qn_err err = {0};
    enum qn_code rc = serve(to, SYNC_PULL, qn_buf_span(question), 0, &answer, &err);
    if (rc != (want ? QN_DENIED : QN_OK) || (want && strcmp(err.id, want) != 0))
        fail_msg("%s, not %s", err.id, want ? want : "answered");
}

/* SPEC http-10: "no sender pushes out another's, and a restart forgets none" */
static void a_nonce_counts_once(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf first = {0}, second = {0};
    question_of(&first, &f->k, &f->c);
    asked(&f->c, &first, NULL);
    asked(&f->c, &first, "sync.replayed");
    for (int i = 0; i < 300; i++) {
        QN_AUTO(qn_buf) struct qn_buf other = {0};
        question_of(&other, &f->k2, &f->c);
        asked(&f->c, &other, NULL);
    }
    assert_int_equal(count(&f->c, "SELECT count(*) FROM nonce WHERE office = '140622'"), 256);
    asked(&f->c, &first, "sync.replayed");
    store_close(f->c.st);
    MUST(store_open(&f->c.st, f->c.dir, STORE_OPEN, &offices_err));
    store_lend_keys(f->c.st, f->c.keys);
    asked(&f->c, &first, "sync.replayed");
    question_of(&second, &f->k, &f->c);
    asked(&f->c, &second, NULL);
    for (int i = 0; i < 255; i++) {
        QN_AUTO(qn_buf) struct qn_buf more = {0};
        question_of(&more, &f->k, &f->c);
        asked(&f->c, &more, NULL);
    }
    asked(&f->c, &second, "sync.replayed"); /* the last of 256 */
    assert_int_equal(count(&f->c, "SELECT count(*) FROM nonce"), 512);
}

static void a_replayed_push_changes_no_row(void **state)
{
    struct family *f = *state;
    QN_AUTO(way) struct way w = {0};
    QN_AUTO(qn_buf) struct qn_buf answer = {0};
    struct network_result r;
    struct qn_err err;
    write_one(&f->k, 1);
    MUST(call(&f->k, &f->c, &w, &r, &offices_err));
    assert_int_equal(serve(&f->c, SYNC_PUSH, qn_buf_span(&w.question), 0, &answer, &err),
                     QN_DENIED);
    assert_string_equal(err.id, "sync.replayed");
    assert_int_equal(count(&f->c, ROWS), 1);
    /* Nor does it bring what was lost on the way the first time. */
    QN_AUTO(qn_buf) struct qn_buf push = {0};
    write_one(&f->k, 2);
    MUST(stream_from(&push, &f->k, &f->c, 0, &(struct exchange_sent){0}, NULL, &offices_err));
    struct qn_span in = qn_buf_span(&push), have;
    enum qn_frame_type type;
    size_t need;
    MUST(qn_frame_take(&in, &type, &have, &need, &offices_err));
    QN_AUTO(sync_serve) struct sync_serve *s = NULL;
    MUST(sync_serve_open(&s, f->c.st, SYNC_PUSH, NULL, &offices_err));
    sync_serve_feed(s, (struct qn_span){push.p, QN_FRAME_HEAD + have.n}); /* and the link breaks */
    sync_serve_broke(s);
    qn_buf_release(&answer);
    assert_int_equal(serve(&f->c, SYNC_PUSH, qn_buf_span(&push), 0, &answer, &err), QN_DENIED);
    assert_string_equal(err.id, "sync.replayed");
    assert_int_equal(count(&f->c, "SELECT size FROM log WHERE office = '140602'"), 1);
    assert_int_equal(
        count(&f->c, "SELECT count(*) FROM peer WHERE last_error LIKE 'sync.replayed%'"), 0);
}

/* ---- what is no question ---------------------------------------------------------------------------------- */

/* ---- a crowd of logs ---------------------------------------------------------------------------------------- */

/* An office certifies n below it, by nothing but its key: as many as a hostile one likes. `to` comes to know them. */
static void certify_many(struct test_office *issuer, struct test_office *to, enum qn_level level,
                         unsigned n)
{
    struct qn_cert c = *store_self(issuer->st), self = c;
    QN_AUTO(tx) struct tx tx = {0};
    MUST(tx_begin(&tx, to->st, &offices_err));
    memcpy(c.issuer, self.office, sizeof(c.issuer));
    c.issuer_epoch = self.epoch;
    c.level = level;
    c.lanes =
        level == QN_STATION ? (uint8_t)(1u << QN_LANE_CONTROL | 1u << QN_LANE_RESULT) : c.lanes;
    c.nscopes = 1;
    for (unsigned i = 0; i < n; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_CERT_MAX);
        c.serial = 1000 + i;
        snprintf(c.office, sizeof(c.office), "%.8sX%u", self.office, 1000 + i);
        memcpy(c.scope[0], c.office, sizeof(c.scope[0]));
        qn_cert_seal(&b, &c, keys_log_sk(issuer->keys));
        MUST(tree_add_cert(to->st, qn_buf_span(&b), &offices_err));
    }
    MUST(tx_commit(&tx, &offices_err));
}

/* 1,404 logs, of which a HAVE names 1,024: one call finds what is new in any of them, on either side, and certificates of
 * those that the other does not know at all.                                                                      */
static void a_crowd_of_logs_goes_round(void **state)
{
    struct family *f = *state;
    struct network_result r;
    certify_many(&f->k, &f->c, QN_STATION, 480);
    certify_many(&f->k2, &f->c, QN_STATION, 480);
    {
        QN_AUTO(way) struct way w = {0};
        MUST(call(&f->c, &f->p, &w, &r,
                  &offices_err)); /* the province's HAVE is short yet: it gets all at once */
        assert_int_equal(count(&f->p, "SELECT count(*) FROM log"),
                         count(&f->c, "SELECT count(*) FROM log"));
    }
    certify_many(&f->c, &f->c, QN_COUNTY, 440);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM log"), 1404);
    {
        QN_AUTO(way) struct way w = {0};
        MUST(call(&f->c, &f->p, &w, &r, &offices_err));
        assert_true(w.questions >= 3);
        assert_int_equal(count(&f->p, "SELECT count(*) FROM log"), 1404);
    }
    for (int i = 1; i <= 2; i++) { /* wherever the window begins */
        QN_AUTO(way) struct way w = {0};
        write_one(&f->k2, i);
        carry(&f->k2, &f->c);
        MUST(call(&f->c, &f->p, &w, &r, &offices_err));
        assert_int_equal(r.not_taken, 0);
        assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close WHERE office = '140622'"),
                         i);
        assert_int_equal(
            count(&f->c,
                  "SELECT count(*) FROM receipt r JOIN log l ON l.no = r.log WHERE r.office = "
                  "'14' AND l.office = '140622'"),
            1);
        assert_int_equal(
            count(&f->c,
                  "SELECT max(g.size) FROM cosignature g JOIN log l ON l.no = g.log WHERE g.office "
                  "= '14' AND l.office = '140622'"),
            i);
    }
}

static void no_question(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *bytes, *want;
        size_t n;
        enum sync_what what;
    } rows[] = {
        {"empty pull", "", "sync.no-have", 0, SYNC_PULL},
        {"empty push", "", "sync.no-have", 0, SYNC_PUSH},
        {"half a frame", "\1\0\0\0\7ab", "sync.no-have", 7, SYNC_PULL},
        {"END alone", "\12\0\0\0\1\0", "sync.no-have", 6, SYNC_PUSH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        QN_AUTO(qn_buf) struct qn_buf answer = {0};
        struct qn_err err = {0};
        struct qn_span q = {(const uint8_t *)rows[i].bytes, rows[i].n};
        if (serve(&f->c, rows[i].what, q, 0, &answer, &err) != QN_MALFORMED ||
            strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, err.id);
        assert_int_equal(answer.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
        T(both_ways),
        T(asks_again),
        T(a_stranger_brings_its_chain),
        T(cut_answers_are_gone_on_from),
        T(another_answer_is_not_taken),
        T(certificates_are_progress),
        T(a_call_that_follows_pushes_first),
        T(in_doubt_it_pulls_first),
        T(downward_it_pulls_first),
        T(the_other_was_set_back),
        T(a_lost_answer_is_forgotten),
        T(another_answer_to_a_first_push_is_not_taken),
        T(a_first_push_over_a_closed_connection),
        T(a_nonce_counts_once),
        T(a_replayed_push_changes_no_row),
        T(a_crowd_of_logs_goes_round),
        T(no_question),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
