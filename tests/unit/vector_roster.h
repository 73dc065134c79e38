/* vector_roster.h - rosters, selections and visits as the vector files of select, pair and roster write them. Each
 * list is one text of items that end with ';', fields parted by one space; '-' stands for nothing. */
#ifndef QIAN_TESTS_VECTOR_ROSTER_H
#define QIAN_TESTS_VECTOR_ROSTER_H

#include <stdlib.h>
#include <string.h>

#include "qian/draw.h"

#define LIST_MAX 256

struct vector_roster {
    struct qn_object object[LIST_MAX];
    struct qn_mark mark[LIST_MAX];
    struct qn_inspector inspector[LIST_MAX];
    struct qn_recusal recusal[LIST_MAX];
    struct qn_roster roster;
};

static inline struct qn_span list_cut(struct qn_span *in, char mark)
{
    const uint8_t *at = in->n ? memchr(in->p, mark, in->n) : NULL;
    struct qn_span head = {in->p, at ? (size_t)(at - in->p) : in->n};
    size_t gone = head.n + (at ? 1 : 0);
    *in = (struct qn_span){in->p + gone, in->n - gone};
    return head;
}

/* The next item; a list that stands on several lines has a blank between. */
static inline struct qn_span list_item(struct qn_span *in)
{
    while (in->n && *in->p == ' ')
        *in = (struct qn_span){in->p + 1, in->n - 1};
    return list_cut(in, ';');
}

static inline struct qn_span list_text(struct qn_span *in)
{
    struct qn_span s = list_cut(in, ' ');
    return qn_span_is(s, "-") ? (struct qn_span){NULL, 0} : s;
}

static inline uint32_t list_number(struct qn_span *in)
{
    char text[16] = "";
    struct qn_span s = list_cut(in, ' ');
    if (s.n < sizeof(text))
        memcpy(text, s.p, s.n);
    return (uint32_t)strtoul(text, NULL, 10);
}

static inline unsigned list_codes(struct qn_span *in, uint16_t *out)
{
    struct qn_span s = list_text(in);
    unsigned n = 0;
    while (s.n && n < QN_TAGS) {
        struct qn_span one = list_cut(&s, ',');
        out[n++] = (uint16_t)list_number(&one);
    }
    return n;
}

/* object:    id class status complaints inspected last office tags;    the kind is the place of the id's letter
 * mark:      id kind reason scope source;                              source: one byte in decimal, 32 times
 * inspector: id qualifications available load0;
 * recusal:   inspector-id object-id;                                   All spans borrow from the texts. */
static inline void vector_roster_read(struct vector_roster *out, const char *object,
                                      const char *mark, const char *inspector, const char *recusal)
{
    struct qn_span all = qn_str(object);
    memset(out, 0, sizeof(*out));
    struct qn_roster *r = &out->roster;
    *r = (struct qn_roster){.object = out->object,
                            .mark = out->mark,
                            .inspector = out->inspector,
                            .recusal = out->recusal};
    while (all.n && r->nobjects < LIST_MAX) {
        struct qn_span f = list_item(&all);
        struct qn_object *o = &out->object[r->nobjects++];
        o->id = list_text(&f);
        const char *letter = o->id.n ? strchr(QN_KIND_LETTERS, o->id.p[0]) : NULL;
        o->attr.kind = (uint8_t)(letter ? letter - QN_KIND_LETTERS + 1 : 0);
        o->attr.cls = (uint8_t)list_number(&f);
        o->attr.status = (uint8_t)list_number(&f);
        o->attr.complaints = (uint16_t)list_number(&f);
        o->attr.inspected_this_year = (uint16_t)list_number(&f);
        o->attr.last_inspected_day = list_number(&f);
        if (!qn_text_copy(o->attr.inspecting_office, sizeof(o->attr.inspecting_office),
                          list_text(&f)))
            o->attr.inspecting_office[0] = 0;
        o->attr.ntags = list_codes(&f, o->attr.tag);
    }
    all = qn_str(mark);
    while (all.n && r->nmarks < LIST_MAX) {
        struct qn_span f = list_item(&all);
        struct qn_mark *m = &out->mark[r->nmarks++];
        m->id = list_text(&f);
        m->kind = (uint8_t)list_number(&f);
        m->reason = (uint8_t)list_number(&f);
        m->scope = list_text(&f);
        memset(m->source, (int)list_number(&f), QN_HASH);
    }
    all = qn_str(inspector);
    while (all.n && r->ninspectors < LIST_MAX) {
        struct qn_span f = list_item(&all);
        struct qn_inspector *i = &out->inspector[r->ninspectors++];
        i->id = list_text(&f);
        i->nquals = list_codes(&f, i->qual);
        i->available = list_number(&f) != 0;
        i->load0 = list_number(&f);
    }
    all = qn_str(recusal);
    while (all.n && r->nrecusals < LIST_MAX) {
        struct qn_span f = list_item(&all);
        struct qn_recusal *c = &out->recusal[r->nrecusals++];
        c->inspector = list_text(&f);
        c->object = list_text(&f);
    }
}

static inline void put_hash(struct qn_buf *out, const uint8_t hash[QN_HASH])
{
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, hash, QN_HASH);
    qn_put_str(out, hex);
}

/* stratum: no base pool quota cut-off; */
static inline void put_strata(struct qn_buf *out, const struct qn_selection *s)
{
    for (unsigned h = 0; h < s->nstrata; h++) {
        const struct qn_stratum_line *l = &s->stratum[h];
        qn_put_fmt(out, "%u %llu %llu %llu ", l->stratum, (unsigned long long)l->base,
                   (unsigned long long)l->pool, (unsigned long long)l->quota);
        if (l->has_cutoff)
            put_hash(out, l->cutoff);
        else
            qn_put_str(out, "-");
        qn_put_str(out, ";");
    }
}

/* selected: must|lot stratum object-id; */
static inline void put_picks(struct qn_buf *out, const struct qn_pick *pick, size_t n,
                             const struct qn_roster *r)
{
    for (size_t i = 0; i < n; i++) {
        qn_put_fmt(out, "%s %u ", pick[i].mode == QN_MUST ? "must" : "lot", pick[i].stratum);
        qn_put_span(out, r->object[pick[i].object].id);
        qn_put_str(out, ";");
    }
}

/* visit: object-id slots then for each position inspector-id/eligible, with '!' behind when over the cap; */
static inline void put_visits(struct qn_buf *out, const struct qn_pairing *p,
                              const struct qn_roster *r)
{
    for (size_t i = 0; i < p->nvisits; i++) {
        const struct qn_visit *v = &p->visit[i];
        qn_put_span(out, r->object[v->object].id);
        qn_put_fmt(out, " %u", v->slots);
        for (unsigned k = 0; k < v->n; k++) {
            qn_put_str(out, " ");
            if (v->inspector[k] < 0)
                qn_put_str(out, "-");
            else
                qn_put_span(out, r->inspector[v->inspector[k]].id);
            qn_put_fmt(out, ":%u%s", v->eligible[k], v->overcap[k] ? "!" : "");
        }
        qn_put_str(out, ";");
    }
}
#endif
