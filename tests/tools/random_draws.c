/* random_draws.c - random_draws FIRST COUNT: whole draws, from the records of a freeze to who visits whom, as lines that
 * the second implementation makes again (tests/js/twin.test.mjs). Every text is what an office would log, given in
 * hexadecimal; the betas are not given, they follow from the proofs. Draw `no` is always the same one.
 *
 *   draw <no>   salt-key <hex>   rules <text>, one a slot line   object, mark, inspector, recusal <fields>
 *   list <slot line> <id>                               of slots of type pairs: who is to be visited
 *   freeze <text>  order <text>  result <text>|refused <rule>  reserve <slot line> <id>
 *   pairs <text>  chance <number, ! over the load>…     one a visit; not of type objects
 *   drawn <index> <leaf>                                the DRAW entry, then what follows it, in the order of the log:
 *   exc <counts: 0 or 1> <index> <leaf>  text <exception>                  as the node's chain judges it
 *   supplement <order>  result <text>  pairs <text>  logged <index> <leaf>
 *   end                                                                                                       */
#include "node/draw/chain_internal.h"
#include "tests/tools/vector_out.h"
#include "tests/unit/random_draw.h"

#define DRAWER "shanxi.example/370100/2"
#define PARENT "shanxi.example/37/1"
#define OTHER  "shanxi.example/370200/1"

#define EVENTS 24

static struct instance world;
static struct stream chance;

static void bytes(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)next(&chance, 256);
}

static void put_hex(const char *key, struct qn_span s)
{
    printf("%s ", key);
    for (size_t i = 0; i < s.n; i++)
        printf("%02x", s.p[i]);
    printf("\n");
}

static void put_text(const char *key, struct qn_buf *text)
{
    vector_must(!text->failed, key);
    put_hex(key, qn_buf_span(text));
}

static void put_numbers(unsigned n, const uint16_t *list)
{
    printf(n ? " " : " -");
    for (unsigned i = 0; i < n; i++)
        printf(i ? ",%u" : "%u", list[i]);
}

static void put_span(struct qn_span s)
{
    printf(" %.*s", (int)s.n, s.n ? (const char *)s.p : "");
}

static void put_roster(const struct qn_roster *r)
{
    for (size_t i = 0; i < r->nobjects; i++) {
        const struct qn_object_attr *a = &r->object[i].attr;
        printf("object");
        put_span(r->object[i].id);
        printf(" %u %u %u %u %u %u %s", a->kind, a->cls, a->status, a->complaints,
               a->inspected_this_year, a->last_inspected_day,
               a->inspecting_office[0] ? a->inspecting_office : "-");
        put_numbers(a->ntags, a->tag);
        printf("\n");
    }
    for (size_t i = 0; i < r->nmarks; i++) {
        const struct qn_mark *m = &r->mark[i];
        printf("mark");
        put_span(m->id);
        printf(" %u %u", m->kind, m->reason);
        put_span(m->scope.n ? m->scope : qn_str("-"));
        put_hex("", (struct qn_span){m->source, QN_HASH});
    }
    for (size_t i = 0; i < r->ninspectors; i++) {
        printf("inspector");
        put_span(r->inspector[i].id);
        put_numbers(r->inspector[i].nquals, r->inspector[i].qual);
        printf(" %u %u\n", r->inspector[i].available, r->inspector[i].load0);
    }
    for (size_t i = 0; i < r->nrecusals; i++) {
        printf("recusal");
        put_span(r->recusal[i].inspector);
        put_span(r->recusal[i].object);
        printf("\n");
    }
}

/* ---- the texts of one draw ---------------------------------------------------------------------- */

static struct draw {
    enum qn_slot_type type;
    struct qn_selection sel[SLOTS]; /* of type pairs: who is listed */
    struct qn_pairing pairs;
    bool whole; /* no rule refused it */
    struct qn_freeze freeze;
    struct qn_head_ref source;
    struct qn_order order;
    struct qn_result result;
    uint8_t secret[QN_ORDER_KEYS][32];
    struct qn_draw_keys keys;
} d;

static struct qn_leaf_ref leaf_of(const char *origin)
{
    struct qn_leaf_ref leaf = {.index = next(&chance, 1000)};
    snprintf(leaf.origin, sizeof(leaf.origin), "%s", origin);
    bytes(leaf.leaf, QN_HASH);
    return leaf;
}

/* The rules of the world are of type both; here every slot of a draw gets the draw's type. */
static void retype(void)
{
    for (unsigned i = 0; i < world.nslots; i++) {
        world.rules[i].type = d.type;
        qn_buf_release(&world.text[i]);
        qn_buf_init(&world.text[i], QN_RULES_MAX);
        qn_rules_text(&world.text[i], &world.rules[i]);
        vector_must(qn_rules_parse(&world.rules[i], qn_buf_span(&world.text[i]), NULL) == QN_OK,
                    "rules");
        put_text("rules", &world.text[i]);
    }
}

static void make_freeze(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    d.freeze = (struct qn_freeze){.origin = DRAWER, .date = "2021-08-16"};
    d.freeze.roster_version = next(&chance, 100);
    d.freeze.seq = next(&chance, 1000);
    d.freeze.has_register = next(&chance, 2);
    if (d.freeze.has_register) {
        strcpy(d.freeze.register_origin, PARENT);
        d.freeze.register_id = next(&chance, 50);
    }
    d.freeze.nsources = next(&chance, 2);
    d.freeze.source = &d.source;
    d.source = (struct qn_head_ref){.origin = OTHER, .size = 1 + next(&chance, 1000)};
    bytes(d.source.root, QN_HASH);
    vector_must(qn_roster_roots(&d.freeze.roots, &world.roster, world.salt_key, NULL) == QN_OK,
                "roots");
    qn_freeze_text(&text, &d.freeze);
    put_text("freeze", &text);
}

static void make_keys(void)
{
    d.order.nkeys = 1 + (next(&chance, 4) == 0 ? 1 + next(&chance, 2) : 0);
    for (unsigned i = 0; i < d.order.nkeys; i++) {
        bytes(d.secret[i], 32);
        qn_vrf_public(d.order.vrf[i], d.secret[i]);
    }
    if (d.order.nkeys == 3 && memcmp(d.order.vrf[1], d.order.vrf[2], QN_PUBKEY) > 0) {
        uint8_t swap[32];
        memcpy(swap, d.secret[1], 32);
        memcpy(d.secret[1], d.secret[2], 32);
        memcpy(d.secret[2], swap, 32);
        for (unsigned i = 1; i < 3; i++)
            qn_vrf_public(d.order.vrf[i], d.secret[i]);
    }
}

/* Writes the order and reads it again, as an office would: the id is that of the text. */
static void make_order(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_order *o = &d.order;
    qn_buf_init(&text, QN_TEXT_MAX);
    *o = (struct qn_order){.parent = PARENT, .office_origin = DRAWER, .nslots = world.nslots};
    for (unsigned i = 0; i < o->nslots; i++) {
        struct qn_slot_key *k = &o->slot[i];
        *k = (struct qn_slot_key){.round = world.rules[i].round, .type = d.type};
        strcpy(k->issuer, world.rules[i].issuer);
        strcpy(k->series, world.rules[i].series);
        strcpy(k->task, world.rules[i].task);
        memcpy(k->rules_hash, world.rules[i].hash, QN_HASH);
        if (d.type == QN_PAIRS)
            o->list[i] = leaf_of(next(&chance, 2) ? PARENT : OTHER);
    }
    o->attempt = next(&chance, 3);
    o->level = (enum qn_draw_level)(QN_WITNESSED + next(&chance, 3));
    o->has_freeze = o->level != QN_UNWITNESSED;
    o->freeze = leaf_of(DRAWER);
    o->freeze_head = (struct qn_head_ref){.origin = DRAWER, .size = 1000 + next(&chance, 9)};
    bytes(o->freeze_head.root, QN_HASH);
    make_keys();
    o->has_beacon = next(&chance, 3) == 0;
    strcpy(o->beacon_source, "ssq");
    snprintf(o->beacon_event, sizeof(o->beacon_event), "%07u", 2021000 + next(&chance, 150));
    strcpy(o->window_from, "2021-08-16");
    strcpy(o->window_to, "2021-09-15");
    bytes(o->nonce, 32);
    qn_order_text(&text, o);
    put_text("order", &text);
    struct qn_err err = {.id = ""};
    if (qn_order_parse(o, qn_buf_span(&text), &err))
        vector_must(false, err.id);
}

/* Six of 33, ascending, and one of 16. */
static void make_beacon(const struct qn_order *order)
{
    unsigned n = 0;
    char *at = d.result.beacon;
    at += sprintf(at, "ssq %.7s", order->beacon_event);
    for (unsigned ball = 1; ball <= 33 && n < 6; ball++)
        if (next(&chance, 34 - ball) < 6 - n) {
            at += sprintf(at, " %02u", ball);
            n++;
        }
    sprintf(at, "+%02u", 1 + next(&chance, 16));
}

static void make_seed(struct qn_draw_keys *keys, const struct qn_order *order)
{
    uint8_t bd[32], alpha[76], beta[QN_ORDER_KEYS][QN_VRF_BETA], seed[32];
    struct qn_result *r = &d.result;
    *r = (struct qn_result){.origin = DRAWER, .nvrf = order->nkeys};
    r->has_beacon = order->has_beacon;
    if (r->has_beacon)
        make_beacon(order);
    qn_beacon_digest(bd, qn_str(r->beacon));
    qn_draw_alpha(alpha, order->id, bd);
    for (unsigned i = 0; i < r->nvrf; i++) {
        memcpy(r->vrf[i].pk, order->vrf[i], QN_PUBKEY);
        vector_must(qn_vrf_prove(r->vrf[i].pi, beta[i], d.secret[i],
                                 (struct qn_span){alpha, sizeof(alpha)}, NULL) == QN_OK,
                    "proof");
    }
    qn_draw_seed(seed, r->nvrf, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(keys, seed);
}

/* Who is to be visited in a slot of type pairs: some of the objects, as a list from above gives them. */
static void make_list(unsigned slot)
{
    struct qn_selection *s = &d.sel[slot];
    s->pick = calloc(world.roster.nobjects + 1, sizeof(*s->pick));
    vector_must(s->pick != NULL, "memory");
    for (size_t i = 0; i < world.roster.nobjects; i++) {
        if (next(&chance, 4))
            continue;
        s->pick[s->npicks++] = (struct qn_pick){.object = i, .mode = QN_LOT};
        printf("list %u", slot + 1);
        put_span(world.roster.object[i].id);
        printf("\n");
    }
}

static void put_selection(unsigned slot, const struct qn_selection *s)
{
    static uint8_t salt[OBJECTS][16];
    struct qn_result *r = &d.result;
    struct qn_selected_line *line = &r->selected[r->nselected++];
    for (unsigned h = 0; h < s->nstrata; h++)
        r->stratum[r->nstrata++] = s->stratum[h];
    for (size_t i = 0; i < s->npicks; i++)
        qn_selected_salt(salt[i], s->pick[i].mode, world.roster.object[s->pick[i].object].id,
                         world.salt_key);
    *line = (struct qn_selected_line){.slot = (uint8_t)(slot + 1), .count = s->npicks};
    vector_must(qn_selected_root(line->root, s, &world.roster, (const uint8_t(*)[16])salt, NULL) ==
                    QN_OK,
                "root");
}

static void put_reserve(unsigned slot)
{
    struct qn_selection *s = &d.sel[slot];
    qn_reserve_sort(s);
    for (size_t i = 0; i < s->nreserves; i++) {
        printf("reserve %u", slot + 1);
        put_span(world.roster.object[s->reserve[i].object].id);
        printf("\n");
    }
}

static void put_pairs(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_pair_slot slot[SLOTS];
    struct qn_pairing *p = &d.pairs;
    struct qn_err err = {.id = ""};
    qn_buf_init(&text, QN_TEXT_MAX);
    for (unsigned i = 0; i < world.nslots; i++)
        slot[i] = (struct qn_pair_slot){&world.rules[i], d.sel[i].pick, d.sel[i].npicks};
    d.whole = qn_pair_joint(p, world.nslots, slot, &world.roster, &d.keys, &err) == QN_OK;
    if (!d.whole) {
        printf("refused %s\n", err.id);
        return;
    }
    vector_must(qn_pairs_text(&text, qn_str(DRAWER), d.order.id, p, &world.roster, NULL) == QN_OK,
                "pairs");
    put_text("pairs", &text);
    for (size_t v = 0; v < p->nvisits; v++) {
        printf("chance");
        for (unsigned i = 0; i < p->visit[v].n; i++)
            printf(" %u%s", p->visit[v].eligible[i], p->visit[v].overcap[i] ? "!" : "");
        printf("\n");
    }
}

static void put_draw(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_result *r = &d.result;
    struct qn_err err = {.id = ""};
    qn_buf_init(&text, QN_TEXT_MAX);
    r->order.index = next(&chance, 500);
    strcpy(r->order.origin, PARENT);
    memcpy(r->order_id, d.order.id, QN_HASH);
    r->freeze = d.order.has_freeze ? d.order.freeze : leaf_of(DRAWER);
    r->seen = (struct qn_head_ref){.origin = PARENT, .size = 501 + next(&chance, 500)};
    bytes(r->seen.root, QN_HASH);
    for (unsigned i = 0; i < world.nslots; i++) {
        if (d.type == QN_PAIRS) {
            make_list(i);
        } else if (qn_select(&d.sel[i], &world.rules[i], (uint8_t)(i + 1), &world.roster, &d.keys,
                             &err)) {
            printf("refused %s\n", err.id);
            return;
        } else {
            put_selection(i, &d.sel[i]);
            put_reserve(i);
        }
    }
    qn_result_text(&text, r);
    put_text("result", &text);
    d.whole = true;
    if (d.type != QN_OBJECTS)
        put_pairs();
}

/* ---- what follows it ---------------------------------------------------------------------------- */

/* The chain of the node itself, filled without a store: what it is worked through from is all in memory here. */
static struct chain chain;
static int64_t row; /* ids of rows, and places in the log */

static struct chain_draw *add_draw(void)
{
    vector_must(chain.ndraws < EVENTS, "draws");
    return &chain.draw[chain.ndraws++];
}

/* The list of a draw as it was logged: its entry and its objects. */
static void log_draw(struct chain_draw *c)
{
    struct record *r = &c->r;
    r->id = ++row;
    r->seq = (uint64_t)row;
    strcpy(r->log.origin, DRAWER);
    strcpy(r->log.office, "370100");
    bytes(r->leaf, QN_HASH);
    qn_buf_init(&r->ids, QN_TEXT_MAX);
    for (unsigned s = 0; s < world.nslots; s++) {
        const struct qn_selection *sel = &c->should.sel[s];
        struct record_pick *more = realloc(r->pick, (r->npicks + sel->npicks + 1) * sizeof(*more));
        vector_must(more != NULL, "memory");
        r->pick = more;
        for (size_t i = 0; i < sel->npicks; i++) {
            struct qn_span id = world.roster.object[sel->pick[i].object].id;
            r->pick[r->npicks++] = (struct record_pick){.mode = (uint8_t)sel->pick[i].mode,
                                                        .slot_no = (uint8_t)(s + 1),
                                                        .at = (uint32_t)r->ids.n,
                                                        .n = (uint32_t)id.n};
            qn_put_span(&r->ids, id);
        }
    }
    vector_must(!r->ids.failed && chain_take_list(&chain, (size_t)(c - chain.draw), NULL) == QN_OK,
                "list");
}

static void begin(void)
{
    struct qn_after_slot slot[SLOTS];
    row = 1000;
    chain = (struct chain){.witnessed = d.order.level == QN_WITNESSED, .roster = world.roster};
    chain.draw = calloc(EVENTS, sizeof(*chain.draw));
    vector_must(chain.draw != NULL, "memory");
    struct chain_draw *c = add_draw();
    c->o.o = d.order;
    c->should.keys = d.keys;
    c->should.paired = d.type != QN_OBJECTS;
    c->has_order = c->has_keys = true;
    /* Of a list only how many there are is looked at: that there is one. */
    c->should.nlisted = d.type == QN_PAIRS;
    c->should.nslots = world.nslots;
    for (unsigned s = 0; s < world.nslots; s++) {
        c->should.sel[s] = d.sel[s]; /* lent */
        slot[s] = (struct qn_after_slot){&world.rules[s], d.type == QN_PAIRS ? NULL : &d.sel[s]};
    }
    if (c->should.nlisted)
        c->should.listed = calloc(1, sizeof(*c->should.listed));
    vector_must(qn_after_start(&chain.after, world.nslots, slot,
                               c->should.paired ? &d.pairs : NULL, &chain.roster, NULL) == QN_OK,
                "after");
    log_draw(c);
    printf("drawn %lld", (long long)row);
    put_hex("", (struct qn_span){c->r.leaf, QN_HASH});
}

/* Mostly what an office would record; now and then of a target that is void, of somebody who is not sent there. */
static void make_exception(struct qn_exc *x, int64_t *draw_id)
{
    static const char *const days[] = {"2021-08-20", "2021-08-21", "2021-08-22"};
    const struct chain_target *t = &chain.target[next(&chance, (uint32_t)chain.ntargets)];
    for (unsigned again = 0; again < 4 && t->void_by != CHAIN_NONE; again++)
        t = &chain.target[next(&chance, (uint32_t)chain.ntargets)];
    /* Often what happened before is met again: the same visit, others who do not come. */
    size_t same = chain.nexcs && next(&chance, 2)
                      ? chain_open_target(&chain, chain.exc[chain.nexcs - 1].object, 0)
                      : CHAIN_NONE;
    if (same != CHAIN_NONE)
        t = &chain.target[same];
    const struct chain_draw *c = &chain.draw[t->draw];
    const struct qn_after_visit *v = qn_after_visit(&chain.after, t->object);
    *x = (struct qn_exc){.origin = DRAWER, .slot = t->slot_no, .reason = "other"};
    *draw_id = c->r.id;
    x->draw.index = c->r.seq;
    strcpy(x->draw.origin, DRAWER);
    memcpy(x->draw.leaf, c->r.leaf, QN_HASH);
    qn_text_copy(x->object, sizeof(x->object), world.roster.object[t->object].id);
    strcpy(x->date, days[next(&chance, 3)]);
    x->has_evidence = next(&chance, 2);
    bytes(x->evidence, QN_HASH);
    x->kind = (enum qn_exc_kind)(QN_EXC_VOID + (world.roster.ninspectors ? next(&chance, 4) : 0));
    if (x->kind == QN_EXC_VOID)
        return;
    uint32_t who = next(&chance, (uint32_t)world.roster.ninspectors);
    unsigned at = v && v->v.n ? next(&chance, v->v.n) : 0;
    if (v && v->v.n && v->v.inspector[at] >= 0 && next(&chance, 8))
        who = (uint32_t)v->v.inspector[at];
    qn_text_copy(x->inspector, sizeof(x->inspector), world.roster.inspector[who].id);
}

static void put_exception(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_exc x;
    const struct chain_exc *made;
    int64_t draw_id;
    struct qn_err err = {.id = ""};
    make_exception(&x, &draw_id);
    if (chain_follow(&chain, &x, draw_id, &made, &err))
        vector_must(false, err.id);
    struct chain_exc *e = &chain.exc[chain.nexcs - 1];
    e->id = ++row;
    e->seq = (uint64_t)row;
    strcpy(e->origin, DRAWER);
    bytes(e->leaf, QN_HASH);
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_exc_text(&text, &e->x);
    printf("exc %d %lld", e->counts, (long long)row);
    put_hex("", (struct qn_span){e->leaf, QN_HASH});
    put_text("text", &text);
}

/* The parent's answer to some of what is open, mostly to all of it. */
static bool make_supplement(struct qn_order *o)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    size_t open[EVENTS + 1], n = chain_open(&chain, open);
    *o = d.order;
    o->supp = (uint32_t)chain.ndraws;
    o->nexc = 0;
    for (size_t i = 0; i < n; i++) {
        const struct chain_exc *e = &chain.exc[open[i]];
        if (n > 1 && next(&chance, 5) == 0)
            continue;
        /* Their lines ascend: all are of one log, and their places have the same number of digits. */
        struct qn_leaf_ref *line = &o->exc[o->nexc++];
        *line = (struct qn_leaf_ref){.index = e->seq};
        strcpy(line->origin, e->origin);
        memcpy(line->leaf, e->leaf, QN_HASH);
    }
    if (!o->nexc)
        return false;
    snprintf(o->beacon_event, sizeof(o->beacon_event), "%07u", 2021150 + o->supp);
    bytes(o->nonce, 32);
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_order_text(&text, o);
    struct qn_err err = {.id = ""};
    if (qn_order_parse(o, qn_buf_span(&text), &err))
        vector_must(false, err.id);
    put_text("supplement", &text);
    return true;
}

static void put_supplement(void)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0}, pairs = {0};
    struct qn_order *o = malloc(sizeof(*o));
    struct qn_draw_keys keys;
    struct chain_draw *made;
    struct qn_err err = {.id = ""};
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_buf_init(&pairs, QN_TEXT_MAX);
    vector_must(o != NULL, "memory");
    struct qn_result was = d.result;
    if (make_supplement(o)) {
        make_seed(&keys, o);
        struct qn_result *r = &d.result;
        r->order = was.order;
        memcpy(r->order_id, o->id, QN_HASH);
        r->freeze = was.freeze;
        r->seen = was.seen;
        if (chain_draft(&chain, o, &keys, &made, &err))
            vector_must(false, err.id);
        for (unsigned s = 0; d.type != QN_PAIRS && s < world.nslots; s++)
            put_selection(s, &made->should.sel[s]);
        qn_result_text(&text, r);
        put_text("result", &text);
        if (made->should.paired) {
            vector_must(qn_pairs_text(&pairs, qn_str(DRAWER), o->id, &made->should.pairs,
                                      &world.roster, NULL) == QN_OK,
                        "pairs");
            put_text("pairs", &pairs);
        }
        log_draw(made);
        printf("logged %lld", (long long)row);
        put_hex("", (struct qn_span){made->r.leaf, QN_HASH});
    }
    d.result = was;
    free(o);
}

static void follow(uint32_t no)
{
    chance = (struct stream){.no = no ^ 0xC0000000u};
    begin();
    unsigned n = chain.ntargets ? next(&chance, EVENTS) : 0;
    for (unsigned i = 0; i < n; i++)
        if (chain.witnessed && next(&chance, 4) == 0)
            put_supplement();
        else
            put_exception();
    if (chain.witnessed)
        put_supplement();
    for (unsigned s = 0; s < world.nslots; s++)
        chain.draw[0].should.sel[s] = (struct qn_selection){.npicks = 0};
    chain_release(&chain);
}

int main(int argc, char **argv)
{
    vector_must(argc == 3 && sodium_init() >= 0, "usage: random_draws FIRST COUNT");
    uint32_t first = (uint32_t)strtoul(argv[1], NULL, 10), n = (uint32_t)strtoul(argv[2], NULL, 10);
    for (uint32_t no = first; no < first + n; no++) {
        memset(&d, 0, sizeof(d));
        chance = (struct stream){.no = no ^ 0x80000000u};
        random_make(&world, no, no % 50 == 0 ? 20 : 1);
        d.type = (enum qn_slot_type)(QN_BOTH + (next(&chance, 2) ? next(&chance, 3) : 0));
        printf("draw %u\n", no);
        put_hex("salt-key", (struct qn_span){world.salt_key, 32});
        retype();
        put_roster(&world.roster);
        make_freeze();
        make_order();
        make_seed(&d.keys, &d.order);
        put_draw();
        if (d.whole)
            follow(no);
        printf("end\n");
        for (unsigned i = 0; i < world.nslots; i++)
            qn_selection_release(&d.sel[i]);
        qn_pairing_release(&d.pairs);
        random_release(&world);
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
