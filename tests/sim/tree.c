/* tree.c - the offices: enrolled once as in life, then laid into memory; their clocks; a restart. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/sync/enrol.h"
#include "protocol/wire.h"
#include "tests/sim/sim.h"

static uint64_t clock_shows(void *ctx)
{
    const struct clock *c = ctx;
    uint64_t gone = c->sim->now - c->since;
    if (c->rate > 0)
        return c->base + gone;
    return c->rate < 0 && gone < c->base ? c->base - gone : c->rate < 0 ? 0 : c->base;
}

/* Clocks in the field: right, nine years ahead, ten behind, running backwards, frozen, a dead battery. */
void node_set_clock(struct sim *s, struct node *n)
{
    struct clock *c = &n->clock;
    uint64_t right = START + s->now;
    c->since = s->now;
    c->rate = 1;
    switch (rng_below(&s->rng, 8)) {
    case 0:
        c->base =
            right +
            3300 *
                DAY; /* further on certificates are over, and entries wait for new ones (rotation-11) */
        break;
    case 1:
        c->base = right - 3650 * DAY;
        break;
    case 2:
        c->base = right;
        c->rate = -1;
        break;
    case 3:
        c->base = clock_shows(c);
        c->rate = 0;
        break;
    case 4:
        c->base = 0;
        break;
    case 5:
        c->base = right - rng_below(&s->rng, HOUR);
        break;
    default:
        c->base = right;
        break;
    }
    sim_trace(s, n, "clock now shows %llu, rate %d", (unsigned long long)c->base, c->rate);
}

struct store_world node_world(struct node *n)
{
    return (struct store_world){.ctx = &n->clock, .now_ms = clock_shows, .as = n->as};
}

struct node *node_of(struct sim *s, const char *code)
{
    for (unsigned i = 0; i < s->n; i++)
        if (strcmp(s->node[i].code, code) == 0)
            return &s->node[i];
    return NULL;
}

bool node_above(const struct sim *s, int above, int no)
{
    for (int at = s->node[no].parent; at >= 0; at = s->node[at].parent)
        if (at == s->node[above].office)
            return true;
    return false;
}

/* The rule of entry.md in our own words, so that a slip in the node's does not hide itself. */
bool node_part_for(struct sim *s, int author, const struct part_rec *p, int reader)
{
    reader = s->node[reader].office;
    if (author == reader || node_above(s, reader, author))
        return true;
    struct node *to = node_of(s, p->to);
    if (!to || !node_above(s, author, reader))
        return false;
    return to->no == reader || node_above(s, reader, to->no) ||
           (p->reach == QN_TO_SUBTREE && node_above(s, to->no, reader));
}

/* ---- enrolment -------------------------------------------------------------------------------------------------- */

struct root {
    struct keys *key[3];
    struct qn_buf policy;
    struct qn_policy parsed;
    char fingerprint[QN_FINGERPRINT];
};

static void root_make(struct sim *s, struct root *r)
{
    struct qn_policy p = {.deployment = "sim.example", .k = 2, .n = 3};
    uint8_t hash[QN_HASH];
    for (int i = 0; i < 3; i++)
        SIM_MUST(s, keys_create(&r->key[i], KEYS_ROOT, &must));
    for (int i = 0; i < 3; i++) /* the policy lists its keys ascending */
        for (int k = i; k < 3; k++) {
            struct qn_request a, b;
            keys_public(r->key[i], &a);
            keys_public(r->key[k], &b);
            if (memcmp(a.log, b.log, QN_PUBKEY) > 0) {
                struct keys *t = r->key[i];
                r->key[i] = r->key[k];
                r->key[k] = t;
                a = b;
            }
            memcpy(p.key[i], a.log, QN_PUBKEY);
        }
    qn_buf_init(&r->policy, QN_POLICY_MAX);
    qn_policy_text(&r->policy, &p);
    SIM_MUST(s, qn_policy_parse(&r->parsed, qn_buf_span(&r->policy), &must));
    qn_policy_hash(hash, &r->parsed);
    qn_fingerprint(r->fingerprint, hash);
}

static void root_release(struct root *r)
{
    for (int i = 0; i < 3; i++)
        keys_free(r->key[i]);
    qn_buf_release(&r->policy);
}

/* The draft's days come from the machine's clock: put right, for the custodians sign what they see. */
static void certify_province(struct sim *s, struct root *r, struct node *n, struct qn_buf *chain)
{
    QN_AUTO(qn_buf) struct qn_buf draft = {0}, right = {0};
    struct qn_cert c;
    uint8_t sig[2][QN_SIG];
    const char *scope[] = {n->code};
    qn_buf_init(&draft, ENROL_FILE_MAX);
    qn_buf_init(&right, ENROL_FILE_MAX);
    SIM_MUST(s, enrol_root_draft(&draft, &r->parsed, qn_buf_span(&n->request), scope, 1, 1, &must));
    SIM_MUST(s, qn_cert_body_decode(&c, qn_buf_span(&draft), &must));
    c.from_day = wire_day(qn_str("2021-01-01"));
    c.to_day = c.from_day + ENROL_YEARS * 365;
    qn_cert_body(&right, &c);
    SIM_MUST(s, enrol_root_sign(sig[0], qn_buf_span(&right), r->key[0], &must));
    SIM_MUST(s, enrol_root_sign(sig[1], qn_buf_span(&right), r->key[2], &must));
    SIM_MUST(s, enrol_root_seal(chain, &r->parsed, qn_buf_span(&right),
                                (const uint8_t(*)[QN_SIG])sig, 2, &must));
}

static void enrol(struct sim *s, struct root *r, struct node *n)
{
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    char request_path[1024], keys_path[FILE_PATH_MAX];
    struct store_world world = node_world(n);
    struct enrol_init init = {.dir = n->dir,
                              .office = n->code,
                              .name = n->code,
                              .policy = qn_buf_span(&r->policy),
                              .fingerprint = r->fingerprint,
                              .passphrase = qn_str(PASSPHRASE),
                              .kdf_mib = KEYS_KDF_MIB_MIN,
                              .world = &world};
    SIM_MUST(s, enrol_init(&init, request_path, &must));
    SIM_MUST(s, file_read(&n->request, request_path, ENROL_FILE_MAX, &must));
    qn_buf_init(&chain, ENROL_FILE_MAX);
    if (n->parent < 0) {
        certify_province(s, r, n, &chain);
    } else {
        struct qn_cert made;
        uint8_t hash[QN_HASH];
        char print[QN_FINGERPRINT];
        const char *scope[] = {n->code};
        qn_request_hash(hash, qn_buf_span(&n->request));
        qn_fingerprint(print, hash);
        struct enrol_approve a = {.request = qn_buf_span(&n->request),
                                  .fingerprint = print,
                                  .level = n->level,
                                  .scope = scope,
                                  .nscope = 1};
        SIM_MUST(s, enrol_approve(s->node[n->parent].st, &a, &made, &chain, &must));
    }
    SIM_MUST(s, file_join(keys_path, n->dir, "keys", &must));
    SIM_MUST(s, keys_open(&n->keys, keys_path, qn_str(PASSPHRASE), &must));
    SIM_MUST(s, store_open_in(&n->st, n->dir, STORE_OPEN, &world, &must));
    store_lend_keys(n->st, n->keys);
    SIM_MUST(s, enrol_accept(n->st, n->keys, qn_buf_span(&chain), &must));
    memcpy(n->origin, store_origin(n->st), sizeof(n->origin));
    memcpy(n->book.origin, n->origin, sizeof(n->origin));
    for (int at = n->parent; at >= 0; at = s->node[at].parent)
        SIM_MUST(s, peer_set(n->st, s->node[at].code, "https://127.0.0.1:1", &must));
}

/* ---- memory ------------------------------------------------------------------------------------------------------- */

sqlite3 *node_memory(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        "memdb") != SQLITE_OK)
        abort();
    return db;
}

void node_to_memory(struct sim *s, struct node *n)
{
    char path[FILE_PATH_MAX];
    sqlite3 *disk;
    store_close(n->st);
    n->st = NULL;
    SIM_MUST(s, file_join(path, n->dir, "qian.db", &must));
    n->db = node_memory(path);
    if (sqlite3_open_v2(path, &disk, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(disk, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_backup *b = sqlite3_backup_init(n->db, "main", disk, "main");
    if (!b || sqlite3_backup_step(b, -1) != SQLITE_DONE || sqlite3_backup_finish(b) != SQLITE_OK)
        sim_fail(s, "setup", "%s cannot be copied into memory", path);
    sqlite3_close(disk);
}

/* Where a node gives its lock back in the middle of settling: anybody may look, or pull the plug. */
static void breath(void *ctx)
{
    struct sim *s = ctx;
    s->count.breaths++;
    for (unsigned i = 0; i < s->n; i++)
        if (node_in_transaction(&s->node[i]))
            sim_fail(s, "I1", "%s gave its lock back inside a transaction", s->node[i].code);
    if (rng_chance(&s->rng, 5))
        check_now(s);
}

static void set_piece(struct sim *s, struct node *n)
{
    n->st->piece = s->piece;
    store_on_breath(n->st, breath, s);
}

void node_pieces(struct sim *s)
{
    for (unsigned i = 0; i < s->n; i++)
        set_piece(s, &s->node[i]);
}

void node_open(struct sim *s, struct node *n)
{
    char lock[FILE_PATH_MAX];
    struct store_world world = node_world(n);
    world.vfs = "memdb";
    /* A seed runs in a child of the process that made the tree, which still holds the old lock; so may another seed. */
    SIM_MUST(s, file_join(lock, n->dir, "lock", &must));
    struct qn_err err;
    enum qn_code rc;
    do {
        unlink(lock);
        rc = store_open_in(&n->st, n->dir, STORE_OPEN, &world, &err);
    } while (rc == QN_LATER);
    if (rc)
        sim_fail(s, "step", "%s cannot be opened: %s %s", n->code, err.id, err.args);
    store_lend_keys(n->st, n->keys);
    work_on_exchange(s, n);
    if (n->anchored)
        SIM_MUST(s, anchor_open(n->st, &must));
    set_piece(s, n);
}

void node_restart(struct sim *s, struct node *n)
{
    sim_trace(s, n, "restarts");
    net_drop_node(s, n);
    store_close(n->st);
    bug_restart(s, n);
    node_open(s, n);
    n->restarts++;
    s->count.restarts++;
}

bool node_in_transaction(const struct node *n)
{
    return n->st->depth != 0 || !sqlite3_get_autocommit(n->st->db);
}

/* ---- the tree ------------------------------------------------------------------------------------------------------ */

static struct node *add(struct sim *s, int parent, enum qn_level level, const char *fmt,
                        unsigned no)
{
    struct node *n = &s->node[s->n];
    *n = (struct node){.no = (int)s->n,
                       .office = (int)s->n,
                       .parent = parent,
                       .level = level,
                       .as = &version_older};
    s->n++;
    n->clock = (struct clock){.sim = s, .base = START, .rate = 1};
    char code[QN_CODE_MAX + 1] = "", dir[sizeof(n->dir)];
    if (parent >= 0)
        memcpy(code, s->node[parent].code, sizeof(code));
    size_t at = strlen(code);
    snprintf(code + at, sizeof(code) - at, fmt, no);
    snprintf(dir, sizeof(dir), "%s/%s", s->dir, code);
    memcpy(n->code, code, sizeof(n->code));
    memcpy(n->dir, dir, sizeof(n->dir));
    return n;
}

/* One province; of the others about a fifth are cities, three counties to a city, the rest stations. */
static void lay_out(struct sim *s, unsigned offices)
{
    add(s, -1, QN_PROVINCE, "%02u", 14);
    unsigned cities = offices > 5 ? (offices - 1) / 5 : 1;
    for (unsigned c = 0; c < cities && s->n < offices; c++)
        add(s, 0, QN_CITY, "%02u", c + 1);
    for (unsigned k = 0; k < 3; k++)
        for (unsigned c = 0; c < cities && s->n < offices; c++)
            add(s, 1 + (int)c, QN_COUNTY, "%02u", k + 1);
    for (unsigned i = 0; s->n < offices; i++)
        add(s, 1 + (int)cities + (int)(i % (3 * cities)), QN_STATION, "S%u", i / (3 * cities) + 1);
}

void tree_make(struct sim *s, const char *dir, unsigned offices)
{
    struct root root = {0};
    snprintf(s->dir, sizeof(s->dir), "%s", dir);
    root_make(s, &root);
    memcpy(s->fingerprint, root.fingerprint, sizeof(s->fingerprint));
    lay_out(s, offices);
    for (unsigned i = 0; i < s->n; i++)
        enrol(s, &root, &s->node[i]);
    for (unsigned i = 0; i < s->n; i++)
        node_to_memory(s, &s->node[i]);
    for (unsigned i = 0; i < s->n; i++) {
        node_open(s, &s->node[i]);
        book_learn(s, &s->node[i]);
    }
    root_release(&root);
}

void tree_release(struct sim *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        struct node *n = &s->node[i];
        store_close(n->st);
        sqlite3_close(n->db);
        keys_free(n->keys);
        qn_buf_release(&n->request);
        book_release(&n->book);
        book_release(&n->past);
        book_release(&n->before[0]);
        book_release(&n->before[1]);
    }
}
