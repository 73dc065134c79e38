/* test_witness_node.c - offices as witnesses and asking witnesses: what is stored, cosigned, kept, carried on. */
#include "tests/unit/family.h"

#include <sodium.h>

#include "node/store/ingest.h"
#include "node/sync/witness.h"

#define FORKS    "SELECT count(*) FROM fork"
#define COSIGNED "SELECT count(*) FROM cosignature WHERE office = '1406'"

static void log_of(struct log *out, struct test_office *at, const char *office)
{
    MUST(log_of_office(out, at->st, office, &offices_err));
}

/* A request about the log of `about` as `from` holds it: size entries (0: all), from old. */
static void request(struct qn_buf *out, struct test_office *from, const char *about, uint64_t old,
                    uint64_t size)
{
    struct log log;
    struct qn_proof proof = {.n = 0};
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_buf_init(out, QN_WITNESS_REQUEST_MAX);
    log_of(&log, from, about);
    size = size ? size : log.verified;
    if (old && old < size)
        MUST(log_consistency(from->st, &log, old, size, &proof, &offices_err));
    MUST(log_checkpoint_note(&note, from->st, &log, size, &offices_err));
    qn_witness_write(out, old, &proof, qn_buf_span(&note));
    MUST(qn_buf_check(out, &offices_err));
}

/* The outcome at `at`; when it is 200 the line was found to be a good one of its witness. */
static enum qn_witness_outcome add(struct test_office *at, const struct qn_buf *body,
                                   uint64_t *size, struct qn_buf *line)
{
    struct witness_reply r;
    struct qn_witness_request q;
    struct qn_vkey log, witness;
    struct qn_span own;
    uint64_t time_s;
    MUST(witness_add(&r, at->st, qn_buf_span(body), NULL, &offices_err));
    assert_int_equal(r.line.n > 0, r.outcome == QN_WITNESS_COSIGN);
    if (r.outcome == QN_WITNESS_COSIGN) {
        MUST(qn_witness_parse(&q, qn_buf_span(body), &offices_err));
        MUST(witness_own_keys(&log, &witness, at->st, &offices_err));
        MUST(qn_witness_answer(&own, &time_s, q.note.text, qn_buf_span(&r.line), &witness,
                               &offices_err));
        assert_int_equal(own.n, r.line.n);
    } else if (r.outcome != QN_WITNESS_STALE && r.outcome != QN_WITNESS_SPLIT) {
        assert_true(r.why.id[0]);
    }
    if (size)
        *size = r.size;
    if (line) {
        qn_buf_init(line, 1024);
        qn_put_span(line, qn_buf_span(&r.line));
    }
    qn_buf_release(&r.line);
    return r.outcome;
}

/* The headers of a log without their checkpoint: as a line that broke leaves them. */
static void headers_only(struct test_office *from, struct test_office *to, const char *office,
                         uint64_t first)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    struct log log;
    log_of(&log, from, office);
    MUST(ingest_open(&in, to->st, &offices_err));
    for (uint64_t seq = first; seq < log.verified; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
        MUST(log_entry_get(&e, from->st, &log, seq, &offices_err));
        qn_put(&b, e.sig, QN_SIG);
        qn_put_span(&b, qn_buf_span(&e.bytes));
        MUST(ingest_frame(in, QN_FRAME_HEADER, qn_buf_span(&b), &offices_err));
    }
    MUST(ingest_pause(in, &offices_err));
}

/* ---- being asked ------------------------------------------------------------------------------------- */

/* SPEC note-7: "are consistent with what the witness saw before and are stored by it" */
static void only_what_is_stored(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf q = {0};
    write_one(&f->k, 1);
    request(&q, &f->k, "140602", 0, 0);
    assert_int_equal(add(&f->c, &q, NULL, NULL), QN_WITNESS_LATER);
    assert_int_equal(count(&f->c, COSIGNED " AND size > 0 AND log = 3"), 0);
    carry(&f->k, &f->c);
    uint64_t size;
    assert_int_equal(add(&f->c, &q, &size, NULL), QN_WITNESS_STALE); /* exchange was faster */
    assert_int_equal(size, 1);
}

/* Headers were there, the checkpoint was not: the request brings it, and all goes the way of the exchange. */
static void request_brings_the_checkpoint(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf first = {0}, next = {0}, line = {0}, again = {0};
    struct log log;
    uint64_t size, time_s;
    write_one(&f->k, 1);
    write_one(&f->k, 2);
    request(&first, &f->k, "140602", 0, 0);
    headers_only(&f->k, &f->c, "140602", 0);
    assert_int_equal(add(&f->c, &first, &size, NULL), QN_WITNESS_COSIGN);
    assert_int_equal(size, 2);
    log_of(&log, &f->c, "140602");
    assert_int_equal(log.verified, 2);
    write_one(&f->k, 3);
    write_one(&f->k, 4);
    write_one(&f->k, 5);
    request(&next, &f->k, "140602", 2, 0);
    headers_only(&f->k, &f->c, "140602", 2);
    assert_int_equal(add(&f->c, &next, &size, &line), QN_WITNESS_COSIGN);
    assert_int_equal(size, 5);
    MUST(log_first_cosigned(f->c.st, &log, 2, "1406", &size, &time_s, &offices_err));
    assert_int_equal(size, 5);
    qn_buf_release(&next);
    request(&next, &f->k, "140602", 5, 0);
    assert_int_equal(add(&f->c, &next, NULL, &again), QN_WITNESS_COSIGN);
    assert_true(qn_span_eq(qn_buf_span(&line), qn_buf_span(&again)));
    /* And the county hears of it in the usual way. */
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    log_of(&log, &f->k, "140602");
    MUST(log_first_cosigned(f->k.st, &log, 4, "1406", &size, &time_s, &offices_err));
}

/* What the exchange cosigned is given out, with the same line. */
static void the_line_of_the_exchange(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf q = {0}, note = {0}, line = {0};
    struct log log;
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    request(&q, &f->k, "140602", 1, 0);
    assert_int_equal(add(&f->c, &q, NULL, &line), QN_WITNESS_COSIGN);
    log_of(&log, &f->c, "140602");
    qn_buf_init(&note, QN_NOTE_MAX);
    MUST(log_checkpoint_note(&note, f->c.st, &log, 1, &offices_err));
    assert_non_null(memmem(note.p, note.n, line.p, line.n));
    /* The province is a witness of the county as well, and knows nothing of it yet. */
    qn_buf_release(&q);
    request(&q, &f->k, "140602", 0, 0);
    assert_int_equal(add(&f->p, &q, NULL, NULL), QN_WITNESS_UNKNOWN);
    carry(&f->c, &f->p);
    qn_buf_release(&q);
    request(&q, &f->k, "140602", 1, 0);
    assert_int_equal(add(&f->p, &q, NULL, NULL), QN_WITNESS_COSIGN);
}

static void a_larger_size_came_first(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf small = {0}, large = {0};
    uint64_t size;
    write_one(&f->k, 1);
    request(&small, &f->k, "140602", 0, 0);
    write_one(&f->k, 2);
    request(&large, &f->k, "140602", 0, 0);
    assert_int_equal(add(&f->c, &large, NULL, NULL), QN_WITNESS_LATER);
    headers_only(&f->k, &f->c, "140602", 0);
    assert_int_equal(add(&f->c, &small, &size, NULL), QN_WITNESS_STALE);
    assert_int_equal(size, 2);
    assert_int_equal(
        count(&f->c, "SELECT count(*) FROM cosignature WHERE office = '1406' AND size = 1 AND "
                     "log = (SELECT no FROM log WHERE office = '140602')"),
        0);
}

/* Whose log a request is about, and whether the city watches it. */
static struct watched {
    const char *name, *office;
    bool yes;
} watched[] = {
    {"a county below", "140602", true},
    {"the office above", "14", false},
    {"its own log", "1406", false},
};

static void watches(void **state)
{
    const struct watched *w = *state;
    struct family *f;
    void *family;
    QN_AUTO(qn_buf) struct qn_buf q = {0};
    assert_int_equal(family_setup(&family), 0);
    f = family;
    write_one(&f->k, 1);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    write_addressed(&f->p, "1406", "a", "1406", "b");
    struct test_office *of = strcmp(w->office, "14") == 0     ? &f->p
                             : strcmp(w->office, "1406") == 0 ? &f->c
                                                              : &f->k;
    request(&q, of, w->office, 0, 0);
    assert_int_equal(add(&f->c, &q, NULL, NULL), w->yes ? QN_WITNESS_LATER : QN_WITNESS_UNKNOWN);
    family_teardown(&family);
}

static void counties_watch_nobody(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf q = {0}, junk = {0};
    write_one(&f->k, 1);
    request(&q, &f->k, "140602", 0, 0);
    assert_int_equal(add(&f->k2, &q, NULL, NULL), QN_WITNESS_UNKNOWN);
    qn_buf_init(&junk, 64);
    qn_put_str(&junk, "old 1\n");
    assert_int_equal(add(&f->c, &junk, NULL, NULL), QN_WITNESS_MALFORMED);
}

/* ---- a log with two branches ------------------------------------------------------------------------------ */

struct split {
    struct family *f;
    struct test_office copy;
};
/* The county and its copy went on from one entry; the city has cosigned the county's `to` entries. */
static void split(struct split *s, struct family *f, int to, int copys)
{
    s->f = f;
    write_one(&f->k, 1);
    copy_office(&s->copy, f, &f->k, "copy");
    for (int i = 2; i <= to; i++)
        write_one(&f->k, i);
    for (int i = 2; i <= copys; i++)
        write_one(&s->copy, 90 + i);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, FORKS), 0);
}

static void one_size_two_roots(void **state)
{
    struct split s;
    uint64_t size;
    QN_AUTO(qn_buf) struct qn_buf q = {0};
    split(&s, *state, 2, 2);
    request(&q, &s.copy, "140602", 2, 0);
    assert_int_equal(add(&s.f->c, &q, &size, NULL), QN_WITNESS_SPLIT);
    assert_int_equal(size, 2);
    assert_int_equal(count(&s.f->c, FORKS), 1);
    assert_int_equal(add(&s.f->c, &q, NULL, NULL), QN_WITNESS_SPLIT);
    assert_int_equal(count(&s.f->c, FORKS), 1);
    /* The evidence goes up like any other. */
    carry(&s.f->c, &s.f->p);
    assert_int_equal(count(&s.f->p, FORKS), 1);
    store_close(s.copy.st);
}

static void stale_but_telling(void **state)
{
    struct split s;
    QN_AUTO(qn_buf) struct qn_buf q = {0};
    split(&s, *state, 2, 2);
    request(&q, &s.copy, "140602", 0, 0);
    assert_int_equal(add(&s.f->c, &q, NULL, NULL), QN_WITNESS_STALE);
    assert_int_equal(count(&s.f->c, FORKS), 1);
    store_close(s.copy.st);
}

/* The copy's next checkpoint does not continue what was cosigned; when the true one of that size comes, both are
 * there to be shown.                                                                                          */
static void inconsistent_then_evidence(void **state)
{
    struct split s;
    uint64_t size, time_s;
    struct log log;
    QN_AUTO(qn_buf) struct qn_buf q = {0};
    split(&s, *state, 2, 3);
    request(&q, &s.copy, "140602", 2, 0);
    assert_int_equal(add(&s.f->c, &q, NULL, NULL), QN_WITNESS_INCONSISTENT);
    assert_int_equal(count(&s.f->c, FORKS), 0);
    write_one(&s.f->k, 3);
    carry(&s.f->k, &s.f->c);
    assert_int_equal(count(&s.f->c, FORKS), 1);
    log_of(&log, &s.f->c, "140602");
    MUST(log_first_cosigned(s.f->c.st, &log, 2, "1406", &size, &time_s, &offices_err));
    assert_int_equal(size, 3);
    store_close(s.copy.st);
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

/* The network of these tests: another office's store, or a witness outside the tree that signs all it gets. */
static struct test_office *asked;
static uint8_t foreign_pk[32], foreign_sk[64];
static unsigned posts;

static enum qn_code post(struct network_answer *out, const struct network_post *o,
                         struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    struct qn_witness_request q;
    uint64_t size = 0;
    posts++;
    *out = (struct network_answer){.status = 200};
    qn_buf_init(&body, QN_WITNESS_REQUEST_MAX);
    qn_put_span(&body, o->body);
    if (asked) {
        enum qn_witness_outcome how = add(asked, &body, &size, &out->body);
        out->status = how == QN_WITNESS_SPLIT ? 409 : (unsigned)how;
        if (out->status == 409) {
            qn_put_fmt(&out->body, "%llu\n", (unsigned long long)size);
            strcpy(out->type, "text/x.tlog.size; charset=utf-8");
        }
        return QN_OK;
    }
    qn_buf_init(&out->body, 4096);
    enum qn_code rc = qn_witness_parse(&q, qn_buf_span(&body), err);
    if (!rc)
        qn_cosign(&out->body, q.note.text, qn_str("witness.example/w1"), 1234, foreign_sk);
    return rc;
}
static const struct network net = {.post = post};

static enum qn_code ask(struct test_office *o, const char *url, const char *vkey,
                        struct witness_asked *out)
{
    struct office office = {.st = o->st, .keys = o->keys};
    struct witness_ask a = {.office = &office, .url = url, .vkey = vkey, .network = &net};
    pthread_mutex_init(&office.lock, NULL);
    enum qn_code rc = witness_ask(out, &a, &offices_err);
    pthread_mutex_destroy(&office.lock);
    return rc;
}

static void vkey_text(struct qn_buf *out, const struct qn_vkey *k)
{
    qn_buf_init(out, 1024);
    qn_vkey_write(out, k);
    qn_put(out, "", 1);
    MUST(qn_buf_check(out, &offices_err));
}

/* A witness above: its line counts, as one that came by exchange would. */
static void a_line_that_counts(void **state)
{
    struct family *f = *state;
    struct qn_vkey log_key, key;
    struct witness_asked a;
    struct log log;
    uint64_t size, time_s;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    MUST(witness_own_keys(&log_key, &key, f->c.st, &offices_err));
    vkey_text(&text, &key);
    asked = &f->c;
    write_one(&f->k, 1);
    assert_int_equal(ask(&f->k, "http://127.0.0.1:1", (char *)text.p, &a), QN_LATER);
    assert_string_equal(offices_err.id, "witness.busy");
    carry(&f->k, &f->c);
    log_of(&log, &f->k, "140602");
    assert_int_equal(log_first_cosigned(f->k.st, &log, 0, "1406", &size, &time_s, &offices_err),
                     QN_ABSENT);
    posts = 0;
    MUST(ask(&f->k, "http://127.0.0.1:1", (char *)text.p, &a));
    assert_int_equal(posts, 2); /* old 0, then old 1 */
    assert_true(a.size == 1 && a.from == 1);
    MUST(log_first_cosigned(f->k.st, &log, 0, "1406", &size, &time_s, &offices_err));
    assert_int_equal(size, 1);
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    MUST(log_checkpoint_note(&note, f->k.st, &log, 1, &offices_err));
    struct qn_note parsed;
    MUST(qn_note_parse(&parsed, qn_buf_span(&note), &offices_err));
    assert_int_equal(parsed.nsigs, 2); /* log, city: none of them twice */
    posts = 0;
    MUST(ask(&f->k, "http://127.0.0.1:1", NULL, &a));
    assert_int_equal(posts, 1);
}

struct found {
    bool line;
};
static enum qn_code look(void *ctx, enum qn_frame_type type, struct qn_span payload,
                         struct qn_err *err)
{
    struct found *f = ctx;
    (void)err;
    if (type == QN_FRAME_CHECKPOINT && memmem(payload.p, payload.n, "witness.example/w1 ", 19))
        f->line = true;
    return QN_OK;
}

/* A witness outside the tree: its line is carried, and means nothing to who gets it. */
static void a_line_that_is_carried(void **state)
{
    struct family *f = *state;
    struct qn_vkey key = {.name = "witness.example/w1", .type = QN_NOTE_COSIGNER};
    struct witness_asked a;
    struct exchange_sent sent;
    struct found found = {false};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    QN_AUTO(qn_have) struct qn_have theirs = {0};
    asked = NULL;
    memcpy(key.key, foreign_pk, sizeof(key.key));
    vkey_text(&text, &key);
    write_one(&f->k, 1);
    MUST(ask(&f->k, "http://127.0.0.1:1/w", (char *)text.p, &a));
    assert_int_equal(a.time_s, 1234);
    have_of(&theirs, &f->c, &f->k);
    theirs.able = 0; /* so that each frame is seen */
    struct exchange_options o = {.peer = &theirs, .emit = look, .ctx = &found};
    MUST(exchange_collect(f->k.st, &o, &sent, &offices_err));
    assert_true(found.line);
    carry(&f->k, &f->c);
    assert_int_equal(
        count(&f->c, "SELECT count(*) FROM cosignature WHERE line LIKE '%witness.example%'"), 0);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM cosignature WHERE office = '1406' AND log = (SELECT no FROM log WHERE office = '140602')"), 1);
}

static void sixteen_witnesses(void **state)
{
    struct family *f = *state;
    struct qn_vkey key = {.name = "witness.example/w1", .type = QN_NOTE_COSIGNER};
    struct witness_asked a;
    struct witness all[WITNESSES_MAX];
    unsigned n;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    asked = NULL;
    memcpy(key.key, foreign_pk, sizeof(key.key));
    vkey_text(&text, &key);
    write_one(&f->k, 1);
    for (int i = 1; i <= WITNESSES_MAX + 1; i++) {
        char url[64];
        snprintf(url, sizeof(url), "http://127.0.0.1:%d", i);
        enum qn_code rc = ask(&f->k, url, (char *)text.p, &a);
        assert_int_equal(rc, i <= WITNESSES_MAX ? QN_OK : QN_LIMIT);
    }
    assert_string_equal(offices_err.id, "witness.too-many");
    MUST(ask(&f->k, "http://127.0.0.1:16", NULL, &a));
    MUST(witness_list(all, &n, f->k.st, &offices_err));
    assert_int_equal(n, WITNESSES_MAX);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM witness_line"), 1);
}

#define FAMILY(test) cmocka_unit_test_setup_teardown(test, family_setup, family_teardown)
#define LEN(table)   (sizeof(table) / sizeof((table)[0]))

int main(void)
{
    static const struct CMUnitTest plain[] = {
        FAMILY(only_what_is_stored),      FAMILY(request_brings_the_checkpoint),
        FAMILY(the_line_of_the_exchange), FAMILY(a_larger_size_came_first),
        FAMILY(counties_watch_nobody),    FAMILY(one_size_two_roots),
        FAMILY(stale_but_telling),        FAMILY(inconsistent_then_evidence),
        FAMILY(a_line_that_counts),       FAMILY(a_line_that_is_carried),
        FAMILY(sixteen_witnesses),
    };
    static struct CMUnitTest tests[LEN(plain) + LEN(watched)];
    static const uint8_t seed[32] = {9};
    if (sodium_init() < 0)
        return 1;
    crypto_sign_seed_keypair(foreign_pk, foreign_sk, seed);
    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < LEN(watched); i++)
        tests[LEN(plain) + i] =
            (struct CMUnitTest){watched[i].name, watches, NULL, NULL, &watched[i]};
    return cmocka_run_group_tests_name("witness_node", tests, NULL, NULL);
}
