/* deadline_page.c - a page of the deadlines: the next `limit` behind a place, of rows that come in no order. Only so many are
 * ever kept, whatever a province holds.                                                                            */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/work/deadline.h"
#include "node/work/record.h"
#include "protocol/wire.h"

struct page {
    struct deadlines *out;
    size_t limit;
    bool ended;
    const struct deadline *past;
};

/* By day, then by what else tells them apart. */
static int order(const struct deadline *a, const struct deadline *b, bool ended)
{
    int32_t x = ended ? b->ended : a->due, y = ended ? a->ended : b->due;
    int c = (x > y) - (x < y);
    if (!c)
        c = (a->source > b->source) - (a->source < b->source);
    if (!c)
        c = strcmp(a->owes, b->owes);
    if (!c)
        c = strcmp(a->office, b->office);
    if (!c)
        c = (a->id > b->id) - (a->id < b->id);
    return c ? c : strcmp(a->part, b->part);
}

static void swap(struct deadline *a, struct deadline *b)
{
    struct deadline t = *a;
    *a = *b;
    *b = t;
}

/* The last one of those kept stands first, so that it goes when a nearer one comes. */
static void sift_down(struct deadlines *p, size_t at, bool ended)
{
    for (;;) {
        size_t big = at;
        for (size_t k = 2 * at + 1; k <= 2 * at + 2 && k < p->n; k++)
            if (order(&p->at[k], &p->at[big], ended) > 0)
                big = k;
        if (big == at)
            return;
        swap(&p->at[at], &p->at[big]);
        at = big;
    }
}

static void sift_up(struct deadlines *p, size_t at, bool ended)
{
    for (; at && order(&p->at[at], &p->at[(at - 1) / 2], ended) > 0; at = (at - 1) / 2)
        swap(&p->at[at], &p->at[(at - 1) / 2]);
}

static enum qn_code keep(struct page *p, const struct deadline *d, struct qn_err *err)
{
    struct deadlines *out = p->out;
    if (out->n == p->limit) {
        out->more = true;
        if (order(d, &out->at[0], p->ended) < 0) {
            out->at[0] = *d;
            sift_down(out, 0, p->ended);
        }
        return QN_OK;
    }
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 64;
        struct deadline *at = realloc(out->at, cap * sizeof(*at));
        if (!at)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        out->at = at;
        out->cap = cap;
    }
    out->at[out->n] = *d;
    sift_up(out, out->n++, p->ended);
    return QN_OK;
}

static enum qn_code on_each(void *ctx, const struct deadline *d, struct qn_err *err)
{
    struct page *p = ctx;
    p->out->state[d->state]++;
    p->out->provisional += d->provisional;
    p->out->doubtful += d->doubt != DEADLINE_SOUND;
    if (p->past && order(d, p->past, p->ended) <= 0)
        return QN_OK;
    return keep(p, d, err);
}

void deadline_place(char out[DEADLINE_PLACE], const struct deadline *d, bool ended)
{
    char day[11], name[80];
    wire_day_text(ended ? d->ended : d->due, day);
    record_name_text(name, d->office, d->id);
    snprintf(out, DEADLINE_PLACE, "%s,%s,%s,%s,%s", day, d->source->name, d->owes, name, d->part);
}

static enum qn_code read_place(struct deadline *d, struct store *st, const char *text,
                               struct qn_err *err)
{
    char word[5][80] = {""};
    struct qn_err none;
    const char *p = text;
    memset(d, 0, sizeof(*d));
    for (unsigned i = 0; i < 5 && p; i++) {
        size_t n = i < 4 ? strcspn(p, ",") : strlen(p);
        if (!qn_text_copy(word[i], sizeof(word[i]), (struct qn_span){(const uint8_t *)p, n}))
            break;
        p = p[n] ? p + n + 1 : i == 4 ? "" : NULL;
    }
    int32_t day = wire_day(qn_str(word[0]));
    d->due = d->ended = day;
    d->source = deadline_source(word[1]);
    if (!p || day < 0 || !d->source || !qn_text_copy(d->owes, sizeof(d->owes), qn_str(word[2])) ||
        !qn_text_copy(d->part, sizeof(d->part), qn_str(word[4])) ||
        record_name(word[3], st, d->office, &d->id, &none) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "deadline.place", "value=%.100s", text);
    return QN_OK;
}

static int due_order(const void *a, const void *b)
{
    return order(a, b, false);
}

static int end_order(const void *a, const void *b)
{
    return order(a, b, true);
}

enum qn_code deadline_page(struct deadlines *out, struct store *st, const struct deadline_query *q,
                           const char *past, size_t limit, struct qn_err *err)
{
    struct deadline behind;
    struct page p = {.out = out, .limit = limit, .ended = q->ended};
    enum qn_code rc = past ? read_place(&behind, st, past, err) : QN_OK;
    if (rc)
        return rc;
    p.past = past ? &behind : NULL;
    rc = deadline_each(st, q, on_each, &p, err);
    if (!rc && out->n)
        qsort(out->at, out->n, sizeof(*out->at), q->ended ? end_order : due_order);
    return rc;
}

void deadlines_auto(struct deadlines *d)
{
    free(d->at);
    *d = (struct deadlines){.at = NULL};
}
