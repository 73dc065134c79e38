/* renew.c - a new epoch after a fork, by the node's own functions (renew.h, enrol.h): the database is put aside, the parent
 * and own relatives fill a fresh one, the parent certifies the next epoch, and what was abandoned is told. A person
 * looks once a day how far it is; faults go on meanwhile.                                                       */
#include <string.h>
#include <unistd.h>

#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/own.h"
#include "node/sync/enrol.h"
#include "node/sync/renew.h"
#include "tests/sim/net.h"

static struct renewal {
    struct node *of;
    enum { RENEW_WAITS, RENEW_FILLS, RENEW_FINISHES, RENEW_DONE } at;
    uint64_t held; /* entries of the branch that the parent holds */
} renewal;

void renew_draw(struct sim *s, struct node *n)
{
    struct rng rng;
    rng_init(&rng, s->seed, "renew");
    if (n->parent < 0 || rng_chance(&rng, 200)) /* the others stand still to the end */
        return;
    renewal.of = n;
    event_push(s,
               &(struct event){.at = rng_below(&rng, 10 * DAY), .node = n->no, .kind = EV_RENEW});
}

/* renew_begin() works on files: the database goes to its disk for it, and comes back into memory. */
static void to_disk(struct sim *s, struct node *n)
{
    char path[FILE_PATH_MAX];
    sqlite3 *disk;
    net_drop_node(s, n);
    store_close(n->st);
    SIM_MUST(s, file_join(path, n->dir, "qian.db", &must));
    if (sqlite3_open_v2(path, &disk, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        sim_fail(s, "setup", "%s cannot be opened", path);
    state_copy_db(s, disk, n->db);
    sqlite3_close(disk);
    sqlite3_close(n->db);
    struct store_world world = node_world(n);
    SIM_MUST(s, file_join(path, n->dir, "lock", &must));
    unlink(path);
    SIM_MUST(s, store_open_in(&n->st, n->dir, STORE_OPEN, &world, &must));
    store_lend_keys(n->st, n->keys);
    SIM_MUST(s, anchor_open(n->st, &must));
}

static void begin(struct sim *s, struct node *n)
{
    clone_end(s);
    sim_trace(s, n, "its database is put aside at %zu entries", n->book.n);
    to_disk(s, n);
    struct office o = {.st = n->st, .keys = n->keys};
    SIM_MUST(s, renew_begin(&o, &must));
    n->st = o.st;
    node_to_memory(s, n);
    n->before[0] = n->book;
    n->before[1] = n->past;
    n->past = (struct book){.n = 0};
    n->book =
        (struct book){.closed = n->before[0].closed > n->before[1].closed ? n->before[0].closed
                                                                          : n->before[1].closed};
    n->renewing = true;
    n->forgot = s->net->nuids;
    node_open(s, n);
    if (own_state(n->st, NULL) != OWN_RENEWING)
        sim_fail(s, "I4", "%s has a fresh database, and is %s", n->code,
                 own_state_name(own_state(n->st, NULL)));
}

/* The request goes to the parent's administrator, who compares its fingerprint; the chain comes back. */
static bool certify(struct sim *s, struct node *n)
{
    struct node *parent = &s->node[n->parent];
    struct enrol_rotate rotate = {
        .keys = n->keys, .passphrase = qn_str(PASSPHRASE), .kdf_mib = KEYS_KDF_MIB_MIN};
    QN_AUTO(qn_buf) struct qn_buf request = {0}, chain = {0};
    char path[FILE_PATH_MAX], print[QN_FINGERPRINT];
    uint8_t hash[QN_HASH];
    uint16_t epoch;
    struct qn_cert made;
    struct qn_err why;
    struct keys *keys;
    if (!state_may_sign(s, parent))
        return false;
    SIM_MUST(s, enrol_rotate(n->st, &rotate, &epoch, path, &must));
    SIM_MUST(s, file_read(&request, path, ENROL_FILE_MAX, &must));
    qn_request_hash(hash, qn_buf_span(&request));
    qn_fingerprint(print, hash);
    qn_buf_init(&chain, ENROL_FILE_MAX);
    struct enrol_approve a = {.request = qn_buf_span(&request), .fingerprint = print};
    enum qn_code rc = enrol_approve(parent->st, &a, &made, &chain, &why);
    if (rc == QN_DENIED && strcmp(why.id, "enrol.clock") == 0)
        return false;
    if (rc)
        sim_fail(s, "work", "%s: enrol_approve: %s %s", parent->code, why.id, why.args);
    book_learn(s, parent);
    SIM_MUST(s, office_key_path(path, n->dir, epoch, &must));
    SIM_MUST(s, keys_open(&keys, path, qn_str(PASSPHRASE), &must));
    SIM_MUST(s, enrol_accept(n->st, keys, qn_buf_span(&chain), &must));
    store_lend_keys(n->st, keys);
    anchor_close(n->st);
    SIM_MUST(s, anchor_open(n->st, &must));
    keys_free(n->keys);
    n->keys = keys;
    qn_buf_release(&n->request);
    n->request = request;
    request = (struct qn_buf){0};
    memcpy(n->origin, store_origin(n->st), sizeof(n->origin));
    memcpy(n->book.origin, n->origin, sizeof(n->origin));
    n->renewing = n->loose = false;
    n->seen = 0;
    sim_trace(s, n, "is certified for epoch %u", epoch);
    book_learn(s, n);
    return true;
}

/* ---- what was abandoned ------------------------------------------------------------------------------------------- */

static bool holds(struct sim *s, struct node *at, const struct book *b, uint64_t seq)
{
    char sql[QN_ORIGIN_MAX + 140];
    snprintf(
        sql, sizeof(sql),
        "SELECT e.leaf FROM entry e JOIN log l ON l.no = e.log WHERE l.origin = '%s' AND e.seq = "
        "%llu",
        b->origin, (unsigned long long)seq);
    sqlite3_stmt *q = look(s, at->db, sql);
    bool same = sqlite3_step(q) == SQLITE_ROW &&
                memcmp(sqlite3_column_blob(q, 0), b->entry[seq].leaf, QN_HASH) == 0;
    sqlite3_finalize(q);
    return same;
}

/* recovery-16: a row for each entry that is in the branch put aside and not in the one that counts; no other. */
static void check_abandoned(struct sim *s, struct node *n)
{
    const struct book *b = &n->before[0];
    uint64_t told = 0, want = 0;
    for (uint64_t e = 0; e < b->n; e++)
        want += !holds(s, n, b, e);
    sqlite3_stmt *q = look(s, n->db, "SELECT origin, seq, leaf, office FROM abandoned");
    while (sqlite3_step(q) == SQLITE_ROW) {
        uint64_t seq = (uint64_t)sqlite3_column_int64(q, 1);
        if (strcmp((const char *)sqlite3_column_text(q, 3), n->code) != 0)
            continue;
        if (strcmp((const char *)sqlite3_column_text(q, 0), b->origin) != 0 || seq >= b->n ||
            memcmp(sqlite3_column_blob(q, 2), b->entry[seq].leaf, QN_HASH) != 0 ||
            holds(s, n, b, seq))
            sim_fail(s, "I1", "%s says that it abandoned entry %llu, which it did not", n->code,
                     (unsigned long long)seq);
        told++;
    }
    sqlite3_finalize(q);
    if (told != want)
        sim_fail(s, "I1", "%s abandoned %llu entries and tells of %llu", n->code,
                 (unsigned long long)want, (unsigned long long)told);
}

/* Rosters that are said again have versions of their own (recovery-16): what the office writes next is above those. */
static void learn_closed(struct sim *s, struct node *n)
{
    char sql[120];
    snprintf(sql, sizeof(sql),
             "SELECT max(roster) FROM roster_close WHERE office = '%s' AND rev = 1", n->code);
    sqlite3_stmt *q = look(s, n->db, sql);
    if (sqlite3_step(q) == SQLITE_ROW && (uint64_t)sqlite3_column_int64(q, 0) > n->book.closed)
        n->book.closed = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
}

static bool finish(struct sim *s, struct node *n, struct qn_err *why)
{
    static struct renew_done done; /* large */
    enum qn_code rc = renew_finish(n->st, &done, why);
    if (rc == QN_LATER)
        return false;
    if (rc)
        sim_fail(s, "I1", "%s cannot finish its recovery: %s %s", n->code, why->id, why->args);
    book_learn(s, n);
    learn_closed(s, n);
    check_abandoned(s, n);
    s->count.renewed++;
    sim_trace(s, n, "goes on: %llu entries abandoned, %llu of them said again",
              (unsigned long long)done.abandoned, (unsigned long long)done.again);
    return true;
}

/* ---- day by day ----------------------------------------------------------------------------------------------------- */

static bool advance(struct sim *s, struct qn_err *why)
{
    struct node *n = renewal.of;
    *why = (struct qn_err){.code = QN_OK};
    switch (renewal.at) {
    case RENEW_WAITS:
        if (own_state(n->st, NULL) != OWN_FORKED)
            return false;
        begin(s, n);
        break;
    case RENEW_FILLS:
        if (!certify(s, n))
            return false;
        break;
    case RENEW_FINISHES:
        if (!finish(s, n, why))
            return false;
        break;
    case RENEW_DONE:
        return false;
    }
    renewal.at++;
    return true;
}

void renew_step(struct sim *s, struct event *e)
{
    struct qn_err why;
    if (!s->faulty || renewal.at == RENEW_DONE)
        return;
    advance(s, &why);
    event_push(s, &(struct event){.at = soon(s, DAY), .node = e->node, .kind = EV_RENEW});
}

static void set_right(struct sim *s, struct node *n)
{
    n->clock.base = START + s->now;
    n->clock.since = s->now;
    n->clock.rate = 1;
}

bool renew_end(struct sim *s)
{
    struct qn_err why;
    if (!renewal.of || renewal.at == RENEW_DONE)
        return false;
    if (renewal.at == RENEW_FILLS) { /* the administrator is told to set the clock right first */
        set_right(s, renewal.of);
        set_right(s, &s->node[renewal.of->parent]);
    }
    bool done = advance(s, &why);
    if (!done && renewal.at == RENEW_FINISHES)
        sim_fail(s, "I9", "%s does not come to an end with its recovery: %s %s", renewal.of->code,
                 why.id, why.args);
    return done;
}
