/* random_draws.c - random_draws FIRST COUNT: whole draws, from the records of a freeze to who visits whom, as lines that
 * the second implementation makes again (tests/js/twin.test.mjs). Every text is what an office would log, given in
 * hexadecimal; the betas are not given, they follow from the proofs. Draw `no` is always the same one.
 *
 *   draw <no>   salt-key <hex>   rules <text>, one a slot line   object, mark, inspector, recusal <fields>
 *   list <slot line> <id>                               of slots of type pairs: who is to be visited
 *   freeze <text>  order <text>  result <text>|refused <rule>  reserve <slot line> <id>
 *   pairs <text>  chance <number, ! over the load>…     one a visit; not of type objects
 *   end                                                                                                       */
#include "tests/unit/random_draw.h"
#include "tests/tools/vector_out.h"

#define DRAWER "shanxi.example/370100/2"
#define PARENT "shanxi.example/37/1"
#define OTHER  "shanxi.example/370200/1"

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
    QN_AUTO(qn_buf) struct qn_buf text;
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
    QN_AUTO(qn_buf) struct qn_buf text;
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
static void make_beacon(void)
{
    unsigned n = 0;
    char *at = d.result.beacon;
    at += sprintf(at, "ssq %.7s", d.order.beacon_event);
    for (unsigned ball = 1; ball <= 33 && n < 6; ball++)
        if (next(&chance, 34 - ball) < 6 - n) {
            at += sprintf(at, " %02u", ball);
            n++;
        }
    sprintf(at, "+%02u", 1 + next(&chance, 16));
}

static void make_seed(void)
{
    uint8_t bd[32], alpha[76], beta[QN_ORDER_KEYS][QN_VRF_BETA], seed[32];
    struct qn_result *r = &d.result;
    *r = (struct qn_result){.origin = DRAWER, .nvrf = d.order.nkeys};
    r->has_beacon = d.order.has_beacon;
    if (r->has_beacon)
        make_beacon();
    qn_beacon_digest(bd, qn_str(r->beacon));
    qn_draw_alpha(alpha, d.order.id, bd);
    for (unsigned i = 0; i < r->nvrf; i++) {
        memcpy(r->vrf[i].pk, d.order.vrf[i], QN_PUBKEY);
        vector_must(qn_vrf_prove(r->vrf[i].pi, beta[i], d.secret[i],
                                 (struct qn_span){alpha, sizeof(alpha)}, NULL) == QN_OK,
                    "proof");
    }
    qn_draw_seed(seed, r->nvrf, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(&d.keys, seed);
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

static void put_selection(unsigned slot)
{
    static uint8_t salt[OBJECTS][16];
    struct qn_selection *s = &d.sel[slot];
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
    qn_reserve_sort(s);
    for (size_t i = 0; i < s->nreserves; i++) {
        printf("reserve %u", slot + 1);
        put_span(world.roster.object[s->reserve[i].object].id);
        printf("\n");
    }
}

static void put_pairs(void)
{
    QN_AUTO(qn_buf) struct qn_buf text;
    struct qn_pair_slot slot[SLOTS];
    struct qn_pairing p = {0};
    struct qn_err err = {.id = ""};
    qn_buf_init(&text, QN_TEXT_MAX);
    for (unsigned i = 0; i < world.nslots; i++)
        slot[i] = (struct qn_pair_slot){&world.rules[i], d.sel[i].pick, d.sel[i].npicks};
    if (qn_pair_joint(&p, world.nslots, slot, &world.roster, &d.keys, &err)) {
        printf("refused %s\n", err.id);
        return;
    }
    vector_must(qn_pairs_text(&text, qn_str(DRAWER), d.order.id, &p, &world.roster, NULL) == QN_OK,
                "pairs");
    put_text("pairs", &text);
    for (size_t v = 0; v < p.nvisits; v++) {
        printf("chance");
        for (unsigned i = 0; i < p.visit[v].n; i++)
            printf(" %u%s", p.visit[v].eligible[i], p.visit[v].overcap[i] ? "!" : "");
        printf("\n");
    }
    qn_pairing_release(&p);
}

static void put_draw(void)
{
    QN_AUTO(qn_buf) struct qn_buf text;
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
            put_selection(i);
        }
    }
    qn_result_text(&text, r);
    put_text("result", &text);
    if (d.type != QN_OBJECTS)
        put_pairs();
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
        make_seed();
        put_draw();
        printf("end\n");
        for (unsigned i = 0; i < world.nslots; i++)
            qn_selection_release(&d.sel[i]);
        random_release(&world);
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
