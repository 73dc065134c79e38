/* cheat.c - the node that a cheating clerk would build, to show what the offices above see of it.
 *
 *   cheat --dir COPY --passphrase-file FILE --slot ISSUER/SERIES/TASK/ROUND
 *
 * COPY is a copy of an office's data directory, made before its draw, in which roster rows were edited since. The
 * program is the node's own code but for one step: it does not hold the rows against the freeze. It draws on the
 * order again, signs, appends to the copy's log, and prints what it did. The fork that this makes is the point. */
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

static enum qn_code find_order(struct order_line *out, struct store *st, const char *slot,
                               struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines l = {0};
    enum qn_code rc = order_list(&l, st, store_self(st)->office, err);
    for (size_t i = 0; !rc && i < l.n; i++) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &l.at[i].key);
        if (strcmp(name, slot) == 0) {
            *out = l.at[i];
            return QN_OK;
        }
    }
    return rc ? rc : qn_fail(err, QN_ABSENT, "draw.no-order", "slot=%s", slot);
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

static int cheat(struct store *st, const char *slot)
{
    struct qn_err err;
    struct order_line line;
    struct draw_made made;
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    enum qn_code rc = store_self(st)
                          ? find_order(&line, st, slot, &err)
                          : qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc)
        rc = draw_take(&j, st, line.origin, line.seq, &err);
    if (!rc)
        rc = ground_load(&g, st, j.freeze_origin, j.freeze_seq, &err);
    /* Here an honest node calls draw_check_roster. */
    if (!rc)
        rc = draw_compute(&j, st, &g, &err);
    if (!rc)
        rc = draw_write(&made, st, &j, &g, &err);
    if (rc)
        return failed(&err);
    print_draw(&j, &g, &made, st);
    return 0;
}

int main(int argc, char **argv)
{
    const char *dir = NULL, *passphrase = NULL, *slot = NULL;
    const struct {
        const char *name;
        const char **value;
    } opts[] = {{"--dir", &dir}, {"--passphrase-file", &passphrase}, {"--slot", &slot}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t k = 0; k < sizeof(opts) / sizeof(opts[0]); k++)
            if (strcmp(argv[i], opts[k].name) == 0)
                *opts[k].value = argv[i + 1];
    if (!dir || !slot) {
        fprintf(stderr,
                "usage: cheat --dir COPY --passphrase-file FILE --slot ISSUER/SERIES/TASK/ROUND\n");
        return 2;
    }
    struct qn_err err;
    struct office office;
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, dir, passphrase, true, &err);
    if (rc)
        return failed(&err);
    int code = cheat(office.st, slot);
    office_close(&office);
    return code;
}
