/* work.c - what offices do: real acts in all lanes, revisions, dependencies, certificates renewed. */
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/sync/enrol.h"
#include "tests/sim/sim.h"

/* Tables that any office may fill with any contents: their meaning is tested elsewhere. */
static const struct kind {
    enum qn_kind kind;
    const char *table[4];
} kinds[] = {
    {QN_KIND_ROSTER, {"object", "inspector", "mark", "recusal"}},
    {QN_KIND_ROSTER_CLOSE, {"roster_close"}},
    {QN_KIND_PLAN, {"plan", "plan_task", "slot", "slot_rules"}},
    {QN_KIND_ACCEPT, {"plan_accept"}},
    {QN_KIND_ORDER, {"draw_order"}},
    {QN_KIND_DRAW, {"draw_result", "draw_selected", "dispatch", "draw_pairs"}},
    {QN_KIND_RESULT, {"inspection_result", "inspection", "evidence", "publication"}},
    {QN_KIND_TABLES, {"code"}},
    {QN_KIND_VERDICT, {"draw_verdict"}},
    {QN_KIND_ROSTER, {"recusal", "visit_note"}}, /* of the next version (tests/next) */
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void fill(struct sim *s, struct qn_value *v, const struct qn_column *col, uint8_t *room,
                 bool bulky)
{
    static const char words[] = "朔城区某某商店有限公司抽查检查结果未发现问题信息公示";
    if (col->nullable && rng_chance(&s->rng, 300)) {
        *v = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
        return;
    }
    v->type = col->type;
    if (col->type == QN_INTEGER) {
        v->i = (int64_t)rng_below(&s->rng, 1000);
    } else if (col->type == QN_REAL) {
        v->r = (double)rng_below(&s->rng, 1000) / 8;
    } else {
        size_t max = col->max < 60 ? col->max : bulky && col->max > 4000 ? 4000 : 60;
        size_t n = rng_below(&s->rng, max - 1) + 1;
        if (col->type == QN_BLOB) { /* sized ones are hashes */
            n = col->max <= 32 ? col->max : n;
            rng_bytes(&s->rng, room, n);
        } else {
            n = n < 3 ? n : n / 3 * 3; /* whole characters */
            for (size_t i = 0; i < n; i++)
                room[i] = n < 3 ? 'a' : (uint8_t)words[(i + 3 * (n % 7)) % (sizeof(words) - 1)];
        }
        v->s = (struct qn_span){room, n};
    }
}

/* A result stays with its draw and object (changeset-25): all of ours are about one. */
static bool is_subject(const char *name)
{
    static const char *const kept[] = {"draw_office", "draw_id", "object_id",
                                       "task",        "round",   "slot_no"};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

static bool may_write(const struct node *n, const struct qn_table *t)
{
    bool station_lane = t->lane == QN_LANE_CONTROL || t->lane == QN_LANE_RESULT;
    return (t->levels >> n->level & 1) && (n->level != QN_STATION || station_lane);
}

static void put_row(struct sim *s, struct node *n, struct act *a, const struct qn_table *t,
                    int64_t id, int64_t rev, bool bulky)
{
    static uint8_t room[QN_COLUMNS][4096];
    struct qn_row row;
    row_start(&row, a, t->name, id, rev);
    for (unsigned c = 3; c < t->ncols; c++) {
        struct qn_value *v = &row.col[c];
        fill(s, v, &t->col[c], room[c], bulky);
        if (strcmp(t->col[c].name, "roster") ==
            0) { /* changeset-24: above all versions that are closed */
            v->i = (int64_t)n->book.closed + 1;
            n->book.closing = n->book.closing || strcmp(t->name, "roster_close") == 0;
        } else if (is_subject(t->col[c].name)) {
            *v = t->col[c].type == QN_INTEGER
                     ? (struct qn_value){.type = QN_INTEGER, .i = 1}
                     : (struct qn_value){.type = t->col[c].type, .s = qn_str("1")};
        }
    }
    SIM_MUST(s, act_put(a, &row, &must));
}

/* Whom it is for: those above get everything; downward one office, a subtree, or all. */
static void choose_reader(struct sim *s, struct node *n, struct part_rec *p)
{
    *p = (struct part_rec){.reach = rng_chance(&s->rng, 400) ? QN_TO_SUBTREE : QN_TO_OFFICE};
    memcpy(p->to, n->code, sizeof(p->to));
    if (rng_chance(&s->rng, 400))
        return;
    struct node *to = &s->node[rng_below(&s->rng, s->n)];
    /* Of an office that it does not know yet nobody would write: it is in no list. */
    if (node_above(s, n->no, to->no) && tree_knows(n->st, to->code))
        memcpy(p->to, to->code, sizeof(p->to));
}

/* A later revision of a row goes where the first one went. */
static bool revise(struct sim *s, struct node *n, struct act *a)
{
    const struct book *b = &n->book;
    for (int tries = 0; b->nrows && tries < 4; tries++) {
        const struct row_rec *r = &b->row[rng_below(&s->rng, b->nrows)];
        const struct part_rec *p = &b->entry[r->seq].part[r->part];
        const struct qn_registry *reg = store_registry(n->st);
        const struct qn_table *t = reg->table;
        while (t < reg->table + reg->ntables && table_no(t->name) != r->table)
            t++;
        bool known = false;
        for (size_t i = 0; i < KINDS; i++)
            for (int k = 0; k < 4 && kinds[i].table[k]; k++)
                known = known || strcmp(kinds[i].table[k], t->name) == 0;
        if (!known || t->once || book_find(b, r->table, r->id, r->rev + 1))
            continue;
        SIM_MUST(s, act_open(a, n->st, QN_KIND_EXC, t->lane, &must));
        SIM_MUST(s, act_part(a, p->audience, p->reach, p->to, &must));
        put_row(s, n, a, t, r->id, r->rev + 1, false);
        return true;
    }
    return false;
}

/* Rests on another log as seen now: only of such a one as all readers of the part get as well. */
static void depend(struct sim *s, struct node *n, struct act *a, const struct part_rec *p)
{
    struct node *on = &s->node[rng_below(&s->rng, s->n)];
    bool mine = strcmp(p->to, n->code) == 0 && p->reach == QN_TO_OFFICE;
    bool theirs = strcmp(p->to, on->code) == 0 && p->reach == QN_TO_OFFICE;
    struct log log;
    struct qn_err none;
    uint8_t root[QN_HASH];
    if (on->anchored || !node_above(s, n->no, on->no) || (!mine && !theirs) ||
        log_find(&log, n->st, on->origin, &none) != QN_OK || !log.verified)
        return;
    SIM_MUST(s, log_root(n->st, &log, log.verified, root, &must));
    SIM_MUST(s, act_dep(a, log.origin, log.verified, root, &must));
}

static void write_rows(struct sim *s, struct node *n, struct act *a)
{
    const struct kind *k;
    const struct qn_table *first;
    do {
        k = &kinds[rng_below(&s->rng, KINDS - (n->as != NULL))];
        first = qn_registry_table(store_registry(n->st), qn_str(k->table[0]));
        for (int i = 0; i < 4 && k->table[i] && !may_write(n, first); i++)
            first = qn_registry_table(store_registry(n->st), qn_str(k->table[i]));
    } while (!may_write(n, first));
    SIM_MUST(s, act_open(a, n->st, k->kind, first->lane, &must));
    unsigned parts = 1 + (unsigned)rng_below(&s->rng, 3);
    bool bulky = rng_chance(&s->rng, 30);
    bool one_reader = parts == 1;
    for (unsigned i = 0; i < parts; i++) {
        struct part_rec p;
        choose_reader(s, n, &p);
        if (one_reader && rng_chance(&s->rng, 300))
            depend(s, n, a, &p);
        unsigned rows = 1 + (unsigned)rng_below(&s->rng, bulky ? 60 : 5);
        for (unsigned r = 0; r < rows; r++) {
            const char *name = k->table[rng_below(&s->rng, 4)];
            const struct qn_table *t =
                name ? qn_registry_table(store_registry(n->st), qn_str(name)) : first;
            if (!may_write(n, t) || t->lane != first->lane)
                t = first;
            SIM_MUST(s, act_part(a, t->audience, p.reach, p.to, &must));
            put_row(s, n, a, t, act_id(a), 1, bulky);
        }
    }
}

/* The parent certifies again what it certified before: the next serial, to all above and below. */
static bool renew(struct sim *s, struct node *n)
{
    unsigned first = (unsigned)rng_below(&s->rng, s->n);
    for (unsigned i = 0; i < s->n; i++) {
        struct node *child = &s->node[(first + i) % s->n];
        if (child->parent != n->office)
            continue;
        QN_AUTO(qn_buf) struct qn_buf chain = {0};
        struct qn_cert made;
        uint8_t hash[QN_HASH];
        char print[QN_FINGERPRINT];
        const char *scope[] = {child->code};
        qn_buf_init(&chain, ENROL_FILE_MAX);
        qn_request_hash(hash, qn_buf_span(&child->request));
        qn_fingerprint(print, hash);
        struct enrol_approve a = {.request = qn_buf_span(&child->request),
                                  .fingerprint = print,
                                  .level = child->level,
                                  .scope = scope,
                                  .nscope = 1};
        struct qn_err why;
        enum qn_code rc = enrol_approve(n->st, &a, &made, &chain, &why);
        if (rc == QN_DENIED && strcmp(why.id, "enrol.clock") == 0)
            return false; /* its administrator is told to set the clock right first */
        if (rc)
            sim_fail(s, "work", "%s: enrol_approve: %s %s", n->code, why.id, why.args);
        sim_trace(s, n, "certifies %s again, serial %u", child->code, made.serial);
        return true;
    }
    return false;
}

void work_act(struct sim *s, struct node *n)
{
    QN_AUTO(act) struct act a = {0};
    uint64_t seq = 0;
    if (!state_may_sign(s, n))
        return;
    /* What it wrote and forgot it does not revise. */
    if (n->loose && !n->past.n && state_size(s, n) < n->book.n)
        book_branch(n, state_size(s, n));
    s->count.acts++;
    if (rng_chance(&s->rng, 40) && renew(s, n)) {
        book_learn(s, n);
        return;
    }
    if (!rng_chance(&s->rng, 250) || !revise(s, n, &a))
        write_rows(s, n, &a);
    SIM_MUST(s, act_commit(&a, &seq, NULL, &must));
    n->book.closed += n->book.closing;
    n->book.closing = false;
    book_learn(s, n);
    if (n->book.n != seq + 1)
        sim_fail(s, "I1", "%s: entry %llu was acknowledged, %zu are there", n->code,
                 (unsigned long long)seq, n->book.n);
    sim_trace(s, n, "wrote entry %llu, %u parts", (unsigned long long)seq,
              n->book.entry[seq].nparts);
}

/* ---- what an office does by itself when it exchanges ------------------------------------------------------------- */

/* The real node freezes and orders there (due.h); what it signs is the same to all that is checked here. */
static struct sim *exchanging;

static void due(struct store *st, const char *peer, const struct qn_report *report)
{
    struct sim *s = exchanging;
    unsigned i = 0;
    (void)report;
    while (i <= s->n && s->node[i].st != st)
        i++;
    if (i > s->n || !s->faulty || !rng_chance(&s->rng, 40))
        return;
    struct node *n = &s->node[i];
    if (node_in_transaction(n))
        sim_fail(s, "I1", "%s begins to speak to %s within a transaction", n->code, peer);
    sim_trace(s, n, "does what is due before it speaks to %s", peer);
    book_learn(s, n); /* what was settled in this very step */
    work_act(s, n);
    s->count.dues++;
}

void work_on_exchange(struct sim *s, struct node *n)
{
    exchanging = s;
    store_on_exchange(n->st, due);
}
