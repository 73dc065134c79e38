/* The whole derivation against an independent one: tests/vectors/draw.py, written in Python from the spec alone,
 * makes 1,200 small instances from their numbers and lists the SHA-256 of each result in tests/vectors/draw.txt.
 * The generator, random_draw.h, is the same as there. To see where an instance differs: draw.py NUMBER, and QIAN_INSTANCE=NUMBER
 * with this program.                                                                                             */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random_draw.h"

#define VECTORS "tests/vectors/draw.txt"
/* ---- the result, as draw.py writes it ------------------------------------------------------------- */

static void put_root(struct qn_buf *out, const char *name, uint64_t count,
                     const uint8_t root[QN_HASH])
{
    qn_put_fmt(out, "%s %llu ", name, (unsigned long long)count);
    qn_put_hex(out, root, QN_HASH);
    qn_put_str(out, "\n");
}

static void put_selection(struct qn_buf *out, const struct instance *in, unsigned slot,
                          const struct qn_selection *sel)
{
    uint8_t salt[OBJECTS][16], root[QN_HASH];
    char name[32];
    for (unsigned h = 0; h < sel->nstrata; h++) {
        const struct qn_stratum_line *l = &sel->stratum[h];
        qn_put_fmt(out, "stratum %u %u %u %u %u ", l->slot, l->stratum, (unsigned)l->base,
                   (unsigned)l->pool, (unsigned)l->quota);
        if (l->has_cutoff)
            qn_put_hex(out, l->cutoff, QN_HASH);
        qn_put_str(out, l->has_cutoff ? "\n" : "-\n");
    }
    for (size_t i = 0; i < sel->npicks; i++)
        qn_selected_salt(salt[i], sel->pick[i].mode, in->object[sel->pick[i].object].id,
                         in->salt_key);
    assert_int_equal(qn_selected_root(root, sel, &in->roster, (const uint8_t(*)[16])salt, NULL),
                     QN_OK);
    snprintf(name, sizeof(name), "selected %u", slot);
    put_root(out, name, sel->npicks, root);
    for (size_t i = 0; i < sel->nreserves; i++)
        qn_put_fmt(out, "reserve %s\n", (const char *)in->object[sel->reserve[i].object].id.p);
}

/* The lines of the pairs text, each with what was open to chance at its positions. */
static void put_visits(struct qn_buf *out, const struct instance *in, const struct qn_pairing *p)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    uint8_t id[QN_HASH] = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    assert_int_equal(qn_pairs_text(&text, qn_str("a.example/370100/1"), id, p, &in->roster, NULL),
                     QN_OK);
    qn_put(&text, "", 1);
    char *line = strtok((char *)text.p, "\n");
    for (int i = 0; i < 2; i++)
        line = strtok(NULL, "\n");
    for (size_t v = 0; v < p->nvisits; v++) {
        line = strtok(NULL, "\n");
        assert_non_null(line);
        qn_put_fmt(out, "%s\nchance", line);
        for (unsigned s = 0; s < p->visit[v].n; s++)
            qn_put_fmt(out, " %u%s", p->visit[v].eligible[s], p->visit[v].overcap[s] ? "!" : "");
        qn_put_str(out, "\n");
    }
}

static void put_result(struct qn_buf *out, const struct instance *in)
{
    struct qn_selection sel[SLOTS] = {0};
    struct qn_pair_slot slot[SLOTS];
    struct qn_roster_roots roots;
    struct qn_pairing p = {0};
    struct qn_err err;
    bool refused = false;
    for (unsigned i = 0; i < in->nslots; i++)
        qn_put_span(out, qn_buf_span(&in->text[i]));
    assert_int_equal(qn_roster_roots(&roots, &in->roster, in->salt_key, NULL), QN_OK);
    put_root(out, "objects", roots.objects, roots.object_root);
    put_root(out, "marks", roots.marks, roots.mark_root);
    put_root(out, "inspectors", roots.inspectors, roots.inspector_root);
    put_root(out, "recusals", roots.recusals, roots.recusal_root);
    for (unsigned i = 0; i < in->nslots; i++) {
        if (qn_select(&sel[i], &in->rules[i], (uint8_t)(i + 1), &in->roster, &in->keys, &err)) {
            qn_put_fmt(out, "refused %s\n", err.id);
            refused = true;
        } else {
            qn_reserve_sort(&sel[i]);
            put_selection(out, in, i + 1, &sel[i]);
        }
        slot[i] = (struct qn_pair_slot){&in->rules[i], sel[i].pick, sel[i].npicks};
    }
    if (!refused && qn_pair_joint(&p, in->nslots, slot, &in->roster, &in->keys, &err))
        qn_put_fmt(out, "refused %s\n", err.id);
    else if (!refused)
        put_visits(out, in, &p);
    for (unsigned i = 0; i < in->nslots; i++)
        qn_selection_release(&sel[i]);
    qn_pairing_release(&p);
}

static void digest(char hex[65], uint32_t no)
{
    static struct instance in;
    QN_AUTO(qn_buf) struct qn_buf out = {0};
    uint8_t sum[32];
    random_make(&in, no, 1);
    qn_buf_init(&out, 1 << 20);
    put_result(&out, &in);
    assert_int_equal(out.failed, QN_OK);
    crypto_hash_sha256(sum, out.p, out.n);
    qn_hex(hex, sum, 32);
    random_release(&in);
    if (getenv("QIAN_INSTANCE"))
        fwrite(out.p, 1, out.n, stderr);
}

static void agrees(void **state)
{
    (void)state;
    char line[128], want[65], hex[65];
    unsigned no, seen = 0, differ = 0, first = 0;
    FILE *f = fopen(VECTORS, "r");
    const char *only = getenv("QIAN_INSTANCE");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "digest %u %64s", &no, want), 2);
        if (only && no != (unsigned)strtoul(only, NULL, 10))
            continue;
        digest(hex, no);
        if (strcmp(hex, want) != 0 && differ++ == 0)
            first = no;
        seen++;
    }
    fclose(f);
    if (differ)
        fail_msg("%u of %u instances differ, the first is %u", differ, seen, first);
    assert_true(only || seen == 1200);
}

int main(void)
{
    const struct CMUnitTest test[] = {cmocka_unit_test(agrees)};
    return sodium_init() < 0 ||
           cmocka_run_group_tests_name("draw, against an independent derivation", test, NULL, NULL);
}
