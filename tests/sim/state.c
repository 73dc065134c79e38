/* state.c - an office whose database is not its newest one: an old copy was put back, with the anchor or without.
 * Drawn from a stream of its own, so that a seed without such a fault is the seed that it was before.          */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/own.h"
#include "tests/sim/net.h"

enum back { BACK_ONE, BACK_SOME, BACK_HUNDRED, BACK_ALL, BACKS };
enum step { STEP_COPY, STEP_RESTORE };
enum with { ANCHOR_KEPT, ANCHOR_BACK, ANCHOR_GONE };

static struct fault {
    struct rng rng;
    enum back back;
    enum with with;
    struct qn_buf anchor; /* as it was when the copy was made */
    sqlite3 *copy;        /* the backup: a database in this process's memory */
} fault;

void state_copy_db(struct sim *s, sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (!b || sqlite3_backup_step(b, -1) != SQLITE_DONE || sqlite3_backup_finish(b) != SQLITE_OK)
        sim_fail(s, "setup", "a database cannot be copied: %s", sqlite3_errmsg(to));
}

/* Seeds run side by side over one tree: an office with an anchor needs a directory of its own. */
void state_move_out(struct sim *s, struct node *n)
{
    char dir[sizeof(n->dir)], path[FILE_PATH_MAX];
    snprintf(dir, sizeof(dir), "%.100s/state-%d-%s", s->dir, (int)getpid(), n->code);
    SIM_MUST(s, file_mkdir(dir, &must));
    SIM_MUST(s, file_join(path, dir, "qian.db", &must));
    SIM_MUST(s, file_write(path, qn_str(""), 0600, true, &must));
    sqlite3 *db = node_memory(path);
    store_close(n->st);
    state_copy_db(s, db, n->db);
    sqlite3_close(n->db);
    n->db = db;
    memcpy(n->dir, dir, sizeof(n->dir));
    n->anchored = true;
    node_open(s, n);
}

static void later(struct sim *s, struct node *n, uint64_t at, enum step what)
{
    event_push(s, &(struct event){.at = at, .node = n->no, .kind = EV_STATE, .nth = what});
}

static void draw_set_back(struct sim *s, struct node *n)
{
    struct fault *f = &fault;
    f->back = (enum back)rng_below(&f->rng, BACKS);
    if (f->back == BACK_HUNDRED && rng_chance(&f->rng, 700)) /* it takes long */
        f->back = BACK_SOME;
    f->with = rng_chance(&f->rng, 400)   ? ANCHOR_KEPT
              : rng_chance(&f->rng, 700) ? ANCHOR_BACK
                                         : ANCHOR_GONE;
    state_move_out(s, n);
    later(s, n, f->back == BACK_ALL ? 0 : rng_below(&f->rng, 6 * DAY), STEP_COPY);
    if (f->with != ANCHOR_KEPT)
        renew_draw(s, n);
}

/* Of a hundred seeds forty set an office back, twelve the province, and in fifteen one office is there twice. */
void state_draw(struct sim *s)
{
    struct fault *f = &fault;
    rng_init(&f->rng, s->seed, "state");
    bool any = rng_chance(&f->rng, 400);
    struct node *n = &s->node[1 + rng_below(&f->rng, s->n - 1)];
    uint64_t other = rng_below(&f->rng, 100);
    if (any)
        draw_set_back(s, n);
    else if (other < 20)
        draw_set_back(s, &s->node[0]); /* what it wrote for itself alone no office below holds */
    else if (other < 45)
        clone_begin(s, n);
}

static void copy(struct sim *s, struct node *n)
{
    struct fault *f = &fault;
    unsigned acts = f->back == BACK_ONE ? 1 : f->back == BACK_HUNDRED ? 100 : 2;
    if (sqlite3_open_v2(":memory:", &f->copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        abort();
    char path[FILE_PATH_MAX];
    state_copy_db(s, f->copy, n->db);
    SIM_MUST(s, file_join(path, n->dir, "anchor", &must));
    struct qn_err none;
    if (file_read(&f->anchor, path, 65536, &none) != QN_OK) /* a planted mistake makes none */
        f->anchor.n = 0;
    sim_trace(s, n, "a backup is made at %zu entries", n->book.n);
    for (unsigned i = 0; i < acts; i++)
        work_act(s, n);
    later(s, n, s->now + 1 + rng_below(&f->rng, 6 * DAY), STEP_RESTORE);
}

static void restore(struct sim *s, struct node *n)
{
    struct fault *f = &fault;
    sim_trace(s, n, "its backup is restored, the anchor %s",
              f->with == ANCHOR_KEPT   ? "is the newest"
              : f->with == ANCHOR_BACK ? "as well"
                                       : "is gone");
    net_drop_node(s, n);
    store_close(n->st);
    state_copy_db(s, n->db, f->copy);
    sqlite3_close(f->copy);
    f->copy = NULL;
    char path[FILE_PATH_MAX];
    SIM_MUST(s, file_join(path, n->dir, "anchor", &must));
    if (f->with != ANCHOR_KEPT)
        unlink(path);
    if (f->with == ANCHOR_GONE && f->back == BACK_ALL) /* not a copy: it was enrolled again */
        sqlite3_exec(n->db, "DELETE FROM setting WHERE name = 'anchored'", NULL, NULL, NULL);
    if (f->with == ANCHOR_BACK && f->anchor.n)
        SIM_MUST(s, file_write(path, qn_buf_span(&f->anchor), 0600, true, &must));
    n->set_back = true;
    n->loose = f->with != ANCHOR_KEPT;
    n->forgot = s->net->nuids;
    node_open(s, n);
    n->seen = state_size(s, n);
    s->count.states++;
    state_may_sign(s, n);
}

void state_step(struct sim *s, struct event *e)
{
    struct node *n = &s->node[e->node];
    if (!s->faulty)
        return;
    if (e->nth == STEP_COPY)
        copy(s, n);
    else
        restore(s, n);
}

void state_release(void)
{
    sqlite3_close(fault.copy);
    fault.copy = NULL;
    qn_buf_release(&fault.anchor);
}

/* ---- what holds then ------------------------------------------------------------------------------------------------ */

uint64_t state_size(struct sim *s, struct node *n)
{
    struct log log;
    SIM_MUST(s, log_find(&log, n->st, n->origin, &must));
    return log.size;
}

/* I4: whoever may sign holds all that it signed before; who may not is refused. */
bool state_may_sign(struct sim *s, struct node *n)
{
    struct qn_err why;
    if (!n->set_back)
        return true;
    if (own_state(n->st, &why) == OWN_SIGNS) {
        if (!n->loose && state_size(s, n) < n->book.n)
            sim_fail(s, "I4", "%s would sign on at %llu, it signed %zu entries before", n->code,
                     (unsigned long long)state_size(s, n), n->book.n);
        return true;
    }
    QN_AUTO(act) struct act a = {0};
    if (act_open(&a, n->st, QN_KIND_RESULT, QN_LANE_RESULT, &why) != QN_DENIED ||
        strncmp(why.id, "own.", 4) != 0)
        sim_fail(s, "I4", "%s stands still and was not kept from writing", n->code);
    return false;
}

bool state_whole(struct sim *s, struct node *n)
{
    return !n->copy && n->loss != LOST_OF_OTHERS &&
           (!n->set_back ||
            (!n->past.n && !n->renewing && state_may_sign(s, n) && state_size(s, n) == n->book.n));
}

/* When all is well again: what the parent holds is here again, and then the office goes on by itself. Of the province no
 * office below holds what it wrote for itself alone: that is lost, until a person says so.                         */
void state_quiet(struct sim *s, struct node *n, uint64_t verified, uint64_t relayable)
{
    uint64_t size = state_size(s, n);
    bool signs = state_may_sign(s, n);
    enum own_state why = own_state(n->st, NULL);
    if (n->past.n)
        return;
    if (size < verified)
        sim_fail(s, "I1", "%s holds %llu entries of its own, others hold %llu", n->code,
                 (unsigned long long)size, (unsigned long long)verified);
    bool unasked =
        n->parent < 0 ? why != OWN_INCOMPLETE && verified == n->book.n : relayable == n->book.n;
    if (!signs && (unasked || why == OWN_UNSURE))
        sim_fail(s, "I1", "%s still stands still (%s), others hold all of its %zu entries", n->code,
                 own_state_name(why), n->book.n);
}

/* ---- parts that are lost -------------------------------------------------------------------------------------------- */

static bool has_part(struct sim *s, struct node *n, const char *origin, uint64_t seq, unsigned part)
{
    char sql[QN_ORIGIN_MAX + 160];
    snprintf(
        sql, sizeof(sql),
        "SELECT 1 FROM part p JOIN log l ON l.no = p.log WHERE l.origin = '%s' AND p.seq = %llu "
        "AND p.part = %u",
        origin, (unsigned long long)seq, part);
    sqlite3_stmt *q = look(s, n->db, sql);
    bool has = sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    return has;
}

static bool is_neighbour(const struct node *a, const struct node *b)
{
    return a->parent == b->no || b->parent == a->no;
}

static bool has_row(struct sim *s, struct node *n, const struct row_rec *r)
{
    const struct qn_registry *reg = NULL;
    char sql[160];
    SIM_MUST(s, qn_registry_get(&reg, QN_REGISTRY_CURRENT, &must));
    snprintf(sql, sizeof(sql),
             "SELECT 1 FROM \"%s\" WHERE office = '%s' AND id = %lld AND rev = %lld",
             reg->table[r->table].name, n->code, (long long)r->id, (long long)r->rev);
    sqlite3_stmt *q = look(s, n->db, sql);
    bool has = sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    return has;
}

static bool has_parts(struct sim *s, struct node *n, uint64_t seq)
{
    for (unsigned p = 0; p < n->book.entry[seq].nparts; p++)
        if (!has_part(s, n, n->origin, seq, p))
            return false;
    return true;
}

/* Where parts are lost for good, the rows of all other entries are here. */
static void check_rows_back(struct sim *s, struct node *n)
{
    for (size_t i = 0; i < n->book.nrows; i++) {
        const struct row_rec *r = &n->book.row[i];
        if (has_parts(s, n, r->seq) && !has_row(s, n, r))
            sim_fail(s, "I1", "%s holds all of its entry %u and not its rows", n->code, r->seq);
    }
}

/* Of the own log everything that a parent or a child holds is here again. What nobody holds may be lost. */
void state_check_back(struct sim *s, struct node *n)
{
    uint64_t size = state_size(s, n);
    if (n->past.n || n->renewing)
        return;
    for (uint64_t e = 0; e < size && e < n->book.n; e++)
        for (unsigned p = 0; p < n->book.entry[e].nparts; p++) {
            if (has_part(s, n, n->origin, e, p))
                continue;
            for (unsigned i = 0; i < s->n; i++)
                if (is_neighbour(n, &s->node[i]) && has_part(s, &s->node[i], n->origin, e, p))
                    sim_fail(s, "I1", "%s lacks part %u of its entry %llu, which %s holds", n->code,
                             p, (unsigned long long)e, s->node[i].code);
        }
    if (n->loss != LOST_NOTHING)
        check_rows_back(s, n);
}

static enum loss what_is_lost(struct sim *s, struct node *n)
{
    enum loss loss = LOST_NOTHING;
    for (uint64_t e = 0; e < state_size(s, n) && e < n->book.n; e++)
        for (unsigned p = 0; p < n->book.entry[e].nparts; p++) {
            if (has_part(s, n, n->origin, e, p))
                continue;
            loss = loss == LOST_OF_OTHERS ? loss : LOST_OWN;
            for (unsigned i = 0; i < s->n; i++)
                if ((int)i != n->no && node_part_for(s, n->no, &n->book.entry[e].part[p], (int)i))
                    loss = LOST_OF_OTHERS;
        }
    return loss;
}

/* recovery-12: a person says that what is missing is lost. */
bool state_declare(struct sim *s)
{
    bool any = false;
    for (unsigned i = 0; i < s->n; i++) {
        struct node *n = &s->node[i];
        if (!n->set_back || n->past.n || own_state(n->st, NULL) != OWN_INCOMPLETE)
            continue;
        n->loss = what_is_lost(s, n);
        sim_trace(s, n, "a person says that parts of its log are lost");
        SIM_MUST(s, own_declare(n->st, &must));
        if (n->loss == LOST_NOTHING)
            sim_fail(s, "I1", "%s misses parts of its log, and all are there", n->code);
        any = true;
    }
    return any;
}
