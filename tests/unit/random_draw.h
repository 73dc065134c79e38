/* random_draw.h - small random worlds for the draw, made from a number: roster, slot rules, seed. tests/vectors/draw.py
 * makes the same ones, line for line.                                                                             */
#ifndef QIAN_TESTS_RANDOM_DRAW_H
#define QIAN_TESTS_RANDOM_DRAW_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "qian/draw.h"

#define OBJECTS 1024 /* 49 times a scale of 20 */
#define MARKS   32
#define PEOPLE  16
#define RECUSED 32
#define SLOTS   3

/* A generator that cannot make its world has no use going on. */
static inline void random_must(bool holds)
{
    if (!holds)
        abort();
}

static inline void hash(uint8_t out[32], const char *label, uint32_t a, const uint32_t *b)
{
    uint8_t bytes[32];
    size_t n = strlen(label);
    memcpy(bytes, label, n);
    for (unsigned i = 0; i < 4; i++)
        bytes[n++] = (uint8_t)(a >> (24 - 8 * i));
    for (unsigned i = 0; b && i < 4; i++)
        bytes[n++] = (uint8_t)(*b >> (24 - 8 * i));
    crypto_hash_sha256(out, bytes, n);
}

struct stream {
    uint32_t no, counter;
    uint8_t block[32];
    unsigned left;
};

static inline uint32_t next(struct stream *s, uint32_t n)
{
    if (!s->left) {
        hash(s->block, "instance", s->no, &s->counter);
        s->counter++;
        s->left = 32;
    }
    const uint8_t *p = s->block + 32 - s->left;
    s->left -= 4;
    return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) % n;
}

static inline unsigned subset(struct stream *s, uint16_t n, uint16_t *out)
{
    unsigned count = 0;
    for (uint16_t i = 1; i <= n; i++)
        if (next(s, 2))
            out[count++] = i;
    return count;
}

struct instance {
    struct qn_object object[OBJECTS];
    char object_id[OBJECTS][32];
    struct qn_mark mark[MARKS];
    struct qn_inspector inspector[PEOPLE];
    char inspector_id[PEOPLE][32];
    struct qn_recusal recusal[RECUSED];
    struct qn_roster roster;
    unsigned nslots;
    struct qn_buf text[SLOTS];
    struct qn_rules rules[SLOTS];
    struct qn_draw_keys keys;
    uint8_t salt_key[32];
};

static inline void random_expr(struct qn_buf *out, struct stream *s, unsigned depth)
{
    static const struct {
        const char *name;
        uint32_t n;
    } attrs[] = {{"kind", 4},       {"class", 5},     {"status", 3},
                 {"complaints", 4}, {"inspected", 4}, {"last", 20000}};
    static const char *const compare[] = {"eq", "ge", "le"};
    uint32_t op = next(s, depth < 4 ? 8 : 5);
    if (op == 0) {
        qn_put_str(out, "true");
    } else if (op == 4) {
        qn_put_fmt(out, "has(tag,%u)", next(s, 4) + 1);
    } else if (op < 4) {
        uint32_t a = next(s, 6);
        qn_put_fmt(out, "%s(%s,%u)", compare[op - 1], attrs[a].name, next(s, attrs[a].n));
    } else {
        qn_put_str(out, op == 7 ? "not(" : op == 6 ? "or(" : "and(");
        random_expr(out, s, depth + 1);
        if (op != 7) {
            qn_put_str(out, ",");
            random_expr(out, s, depth + 1);
        }
        qn_put_str(out, ")");
    }
}

static inline void put_codes(struct qn_buf *out, const uint16_t *code, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        qn_put_fmt(out, i ? ",%u" : "%u", code[i]);
    qn_put_str(out, n ? "\n" : "-\n");
}

static inline void random_strata(struct qn_buf *out, struct stream *s)
{
    uint32_t n = next(s, 4) + 1;
    for (uint32_t h = 0; h < n; h++) {
        uint32_t den = next(s, 20) + 1, num = next(s, den + 1), min = next(s, 3);
        qn_put_fmt(out, "stratum %u %u/%u %u ", h + 1, num, den, min);
        if (h == n - 1 && next(s, 8))
            qn_put_str(out, "true");
        else
            random_expr(out, s, 1);
        qn_put_str(out, "\n");
    }
}

static inline void random_roles(struct qn_buf *out, struct stream *s)
{
    const char *quals[] = {"-", "1", "2", "1,3"};
    unsigned nquals = 4, no = 1;
    for (uint32_t left = 4; left > 0; no++) {
        uint32_t k = next(s, left < 3 ? left : 3) + 1;
        if (left == 4 && k == 1 && next(s, 2))
            k = 2;
        uint32_t q = next(s, nquals);
        qn_put_fmt(out, "role %u %u %s\n", no, k, quals[q]);
        memmove(quals + q, quals + q + 1, (--nquals - q) * sizeof(*quals));
        left -= k;
        if (left <= 2 && next(s, 2))
            break;
    }
}

static inline void random_rules(struct qn_buf *out, struct stream *s, unsigned no)
{
    uint16_t codes[4];
    qn_put_fmt(out, "draw-rules/1\nslot 370000 s t%u 1\ntype both\npopulation ", no);
    if (next(s, 2))
        qn_put_str(out, "true");
    else
        random_expr(out, s, 1);
    qn_put_str(out, "\n");
    random_strata(out, s);
    uint32_t kind = next(s, 3);
    if (kind == 0) {
        qn_put_str(out, "total -\n");
    } else if (kind == 1) {
        uint32_t den = next(s, 10) + 1;
        qn_put_fmt(out, "total %u/%u\n", next(s, den + 1), den);
    } else {
        qn_put_fmt(out, "total count %u\n", next(s, 30));
    }
    unsigned n = subset(s, 3, codes);
    qn_put_str(out, "must ");
    put_codes(out, codes, n);
    n = subset(s, 3, codes);
    qn_put_str(out, "exclude ");
    put_codes(out, codes, n);
    if (next(s, 2))
        qn_put_fmt(out, "cap %u\n", next(s, 2) + 1);
    else
        qn_put_str(out, "cap -\n");
    random_roles(out, s);
    qn_put_str(out, "pool 2\n");
    if (next(s, 2))
        qn_put_fmt(out, "load %u\n", next(s, 4) + 1);
    else
        qn_put_str(out, "load -\n");
    qn_put_str(out, "age 30\nwitness 48\nreturn 10\nsupp 3\nlevel offline\n");
}

static inline void random_objects(struct instance *in, struct stream *s, uint32_t scale)
{
    static const char *const offices[] = {"", "370100", "370200"};
    struct qn_roster *r = &in->roster;
    r->object = in->object;
    r->nobjects = (size_t)next(s, 50) * scale;
    for (size_t i = 0; i < r->nobjects; i++) {
        struct qn_object *o = &in->object[i];
        uint8_t kind = (uint8_t)(next(s, 3) + 1);
        snprintf(in->object_id[i], sizeof(in->object_id[i]), "%c:91%06u%010zu",
                 QN_KIND_LETTERS[kind - 1], next(s, 1000000), i);
        *o = (struct qn_object){.id = qn_str(in->object_id[i]), .attr = {.kind = kind}};
        o->attr.cls = (uint8_t)next(s, 5);
        o->attr.status = (uint8_t)next(s, 2);
        o->attr.complaints = (uint16_t)next(s, 4);
        o->attr.inspected_this_year = (uint16_t)next(s, 3);
        o->attr.last_inspected_day = next(s, 20000);
        strcpy(o->attr.inspecting_office, offices[next(s, 3)]);
        o->attr.ntags = subset(s, 4, o->attr.tag);
    }
    random_must(qn_roster_sort(r, NULL) == QN_OK); /* the marks below name objects by place */
}

/* Sorts what there is and drops the repeats: the generator may draw one key twice, the later one counts. */
static inline void drop_twice(struct instance *in)
{
    struct qn_roster *r = &in->roster;
    for (size_t i = 0; i < r->nmarks; i++)
        for (size_t j = i + 1; j < r->nmarks; j++)
            if (qn_span_eq(r->mark[i].id, r->mark[j].id) && r->mark[i].kind == r->mark[j].kind &&
                r->mark[i].reason == r->mark[j].reason &&
                qn_span_eq(r->mark[i].scope, r->mark[j].scope)) {
                r->mark[i] = r->mark[j];
                r->mark[j--] = r->mark[--r->nmarks];
            }
}

static inline void random_marks(struct instance *in, struct stream *s)
{
    static const char *const scopes[] = {"", "s/t1", "s/t2", "s/t"};
    struct qn_roster *r = &in->roster;
    r->mark = in->mark;
    uint32_t n = next(s, 20);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = next(s, (uint32_t)r->nobjects + 1);
        struct qn_mark m = {.id =
                                at < r->nobjects ? r->object[at].id : qn_str("E:000000000000000")};
        m.kind = (uint8_t)(next(s, 2) + 1);
        m.reason = (uint8_t)(next(s, 3) + 1);
        m.scope = qn_str(scopes[next(s, 4)]);
        hash(m.source, "", i, NULL);
        r->mark[r->nmarks++] = m;
        drop_twice(in);
    }
}

static inline void random_people(struct instance *in, struct stream *s)
{
    struct qn_roster *r = &in->roster;
    r->inspector = in->inspector;
    r->recusal = in->recusal;
    r->ninspectors = next(s, 14);
    for (size_t i = 0; i < r->ninspectors; i++) {
        struct qn_inspector *who = &in->inspector[i];
        snprintf(in->inspector_id[i], sizeof(in->inspector_id[i]), "370100/%02zu", i);
        who->id = qn_str(in->inspector_id[i]);
        who->nquals = subset(s, 3, who->qual);
        who->available = next(s, 5) > 0;
        who->load0 = next(s, 3);
    }
    uint32_t n = next(s, 30);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t who = next(s, (uint32_t)r->ninspectors + 1),
                 what = next(s, (uint32_t)r->nobjects + 1);
        struct qn_recusal c = {who < r->ninspectors ? r->inspector[who].id : qn_str("370100/zz"),
                               what < r->nobjects ? r->object[what].id
                                                  : qn_str("E:000000000000000")};
        size_t k = 0;
        while (k < r->nrecusals && !(qn_span_eq(r->recusal[k].inspector, c.inspector) &&
                                     qn_span_eq(r->recusal[k].object, c.object)))
            k++;
        if (k == r->nrecusals)
            r->recusal[r->nrecusals++] = c;
    }
}

/* Instance `no`; scale: 1 as in draw.py, up to 20 for larger rosters. */
static inline void random_make(struct instance *in, uint32_t no, uint32_t scale)
{
    struct stream s = {.no = no};
    uint8_t seed[32];
    *in = (struct instance){.nslots = 1};
    random_objects(in, &s, scale);
    random_marks(in, &s);
    random_people(in, &s);
    random_must(qn_roster_sort(&in->roster, NULL) == QN_OK);
    if (next(&s, 2))
        in->nslots = next(&s, 3) + 1;
    for (unsigned i = 0; i < in->nslots; i++) {
        struct qn_err err = {.id = ""};
        qn_buf_init(&in->text[i], QN_RULES_MAX);
        random_rules(&in->text[i], &s, i + 1);
        random_must(qn_rules_parse(&in->rules[i], qn_buf_span(&in->text[i]), &err) == QN_OK);
    }
    hash(seed, "seed", no, NULL);
    hash(in->salt_key, "salt", no, NULL);
    qn_draw_keys(&in->keys, seed);
}

static inline void random_release(struct instance *in)
{
    for (unsigned i = 0; i < in->nslots; i++)
        qn_buf_release(&in->text[i]);
}
#endif
