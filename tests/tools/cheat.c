/* cheat.c - the node that a cheating clerk would build, to show what the offices above see of it.
 *
 *   cheat --dir COPY --passphrase-file FILE --slot ISSUER/SERIES/TASK/ROUND [--blind yes] [--vrf-seed HEX]
 *
 * COPY is a copy of an office's data directory, made before its draw, in which roster rows were edited since. The
 * program is the node's own code but for one step: it does not hold the rows against the freeze. It draws on the
 * order again, signs, appends to the copy's log, and prints what it did. The fork that this makes is the point.
 * --blind yes: nor does it look at the order, so that it draws on one that no honest office would take, of several
 * for the slot on the last. --vrf-seed: with a key of its own choice in place of the one that its certificate names. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/draw/run.h"
#include "node/store/office.h"
#include "node/text/text.h"

static int failed(const struct qn_err *err)
{
    char text[1024];
    text_error(text, sizeof(text), TEXT_EN, err);
    fprintf(stderr, "cheat: %s\n", text);
    return 1;
}

struct wish {
    const char *slot, *blind, *vrf_seed;
};

static enum qn_code find_order(struct order_line *out, struct store *st, const struct wish *wish,
                               struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines l = {0};
    enum qn_code rc = order_list(&l, st, store_self(st)->office, err);
    bool found = false;
    for (size_t i = 0; !rc && i < l.n; i++) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &l.at[i].key);
        if (strcmp(name, wish->slot) != 0 || (found && !wish->blind))
            continue;
        *out = l.at[i];
        found = true;
    }
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "draw.no-order", "slot=%s", wish->slot);
}

static void print_draw(const struct draw_job *j, const struct ground *g, const struct draw_made *m,
                       struct store *st)
{
    char name[DRAW_NAME_MAX], leaf[2 * QN_HASH + 1];
    draw_name(name, store_self(st)->office, m->id);
    qn_hex(leaf, m->leaf, QN_HASH);
    printf("drew %s as entry %llu, leaf %s\n", name, (unsigned long long)m->seq, leaf);
    printf("the rows are%s those of the freeze: %llu objects frozen, %llu now\n",
           draw_check_roster(g, NULL) == QN_OK ? "" : " not",
           (unsigned long long)g->freeze.roots.objects, (unsigned long long)g->roots.objects);
    for (unsigned s = 0; s < j->r.nslots; s++)
        for (size_t i = 0; i < j->r.sel[s].npicks; i++) {
            const struct qn_pick *p = &j->r.sel[s].pick[i];
            struct qn_span id = g->roster.r.object[p->object].id;
            printf("%s %.*s %s\n", p->mode == QN_MUST ? "must" : "lot", (int)id.n,
                   (const char *)id.p, g->roster.about[p->object].name);
        }
}

/* What draw_take does, without its checks. */
static enum qn_code take_blindly(struct draw_job *j, struct store *st,
                                 const struct order_line *line, struct qn_err *err)
{
    enum qn_code rc = order_read(&j->order, st, line->origin, line->seq, err);
    if (!rc)
        rc = order_rules_find(&j->rules, st, &j->order.o, err);
    if (!rc && j->order.o.slot[0].type == QN_PAIRS)
        rc = listing_load(&j->listing, st, &j->order.o, err);
    memcpy(j->freeze_origin, j->order.o.freeze.origin, sizeof(j->freeze_origin));
    j->freeze_seq = j->order.o.freeze.index;
    return rc;
}

/* What draw_compute does, with the key of one's choice. */
static enum qn_code compute_with(struct draw_job *j, const struct ground *g, const char *hex,
                                 struct qn_err *err)
{
    static const uint8_t no_beacon[32];
    struct betas betas = {.n = 1};
    uint8_t seed[32];
    if (sodium_hex2bin(seed, sizeof(seed), hex, strlen(hex), NULL, NULL, NULL) != 0)
        return qn_fail(err, QN_MALFORMED, "base.hex", "");
    qn_draw_alpha(j->alpha, j->order.o.id, no_beacon);
    enum qn_code rc = qn_vrf_prove(j->pi[0], betas.at[0], seed, QN_SPAN(j->alpha), err);
    return rc ? rc : replay_run(&j->r, &j->rules, &g->roster.r, &j->listing, &betas, err);
}

static int cheat(struct store *st, const struct wish *wish)
{
    struct qn_err err;
    struct order_line line;
    struct draw_made made;
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    enum qn_code rc = store_self(st)
                          ? find_order(&line, st, wish, &err)
                          : qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc)
        rc = wish->blind ? take_blindly(&j, st, &line, &err)
                         : draw_take(&j, st, line.origin, line.seq, &err);
    if (!rc)
        rc = ground_load(&g, st, j.freeze_origin, j.freeze_seq, &err);
    /* Here an honest node calls draw_check_roster. */
    if (!rc)
        rc = wish->vrf_seed ? compute_with(&j, &g, wish->vrf_seed, &err)
                            : draw_compute(&j, st, &g, &err);
    if (!rc)
        rc = draw_write(&made, st, &j, &g, &err);
    if (rc)
        return failed(&err);
    print_draw(&j, &g, &made, st);
    return 0;
}

int main(int argc, char **argv)
{
    const char *dir = NULL, *passphrase = NULL;
    struct wish wish = {NULL, NULL, NULL};
    const struct {
        const char *name;
        const char **value;
    } opts[] = {{"--dir", &dir},
                {"--passphrase-file", &passphrase},
                {"--slot", &wish.slot},
                {"--blind", &wish.blind},
                {"--vrf-seed", &wish.vrf_seed}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t k = 0; k < sizeof(opts) / sizeof(opts[0]); k++)
            if (strcmp(argv[i], opts[k].name) == 0)
                *opts[k].value = argv[i + 1];
    if (!dir || !wish.slot) {
        fprintf(stderr, "usage: cheat --dir COPY --passphrase-file FILE --slot "
                        "ISSUER/SERIES/TASK/ROUND [--blind yes] [--vrf-seed HEX]\n");
        return 2;
    }
    struct qn_err err;
    struct office office;
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, dir, passphrase, true, &err);
    if (rc)
        return failed(&err);
    int code = cheat(office.st, &wish);
    office_close(&office);
    return code;
}
