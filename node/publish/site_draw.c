/* site_draw.c - every released draw: its files, and what this program makes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/store/tree.h"
#include "node/text/text.h"

static enum qn_code no_memory(struct site *s)
{
    return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
}

/* ---- opening ------------------------------------------------------------------------------------ */

static void view_release(struct site_view *v)
{
    qn_buf_release(&v->frames);
    qn_evidence_release(&v->ev);
    free(v->rules);
    free(v);
}
QN_DEFINE_AUTO(struct site_view *, view, view_release)

static enum qn_code open_rules(struct site *s, struct site_view *v)
{
    struct qn_err bad;
    v->rules = calloc(QN_ORDER_SLOTS, sizeof(*v->rules));
    if (!v->rules)
        return no_memory(s);
    for (unsigned i = 0; i < v->ev.order.nslots; i++) {
        v->rules_row[i] = model_rules_by_hash(&s->m, v->ev.order.slot[i].rules_hash);
        if (v->rules_row[i] && qn_rules_parse(&v->rules[i], v->rules_row[i]->rules, &bad) != QN_OK)
            v->rules_row[i] = NULL;
    }
    return QN_OK;
}

/* The steps of the PUBLIC profile that follow from the frames; signatures were judged when the entries came in. */
static enum qn_code judge(struct site *s, struct site_view *v)
{
    struct qn_cert cert[QN_EV_ENTRIES];
    const struct qn_cert *signer[QN_EV_ENTRIES];
    enum qn_code rc = qn_evidence_split(&v->ev, qn_buf_span(&v->frames), s->err);
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        rc = tree_cert_at(&cert[i], s->st, v->ev.entry[i].office, v->ev.entry[i].epoch, s->err);
        signer[i] = &cert[i];
    }
    if (rc)
        return rc;
    v->read = qn_evidence_read(&v->ev, signer, &v->why) == QN_OK;
    if (!v->read)
        return QN_OK;
    rc = open_rules(s, v);
    if (rc)
        return rc;
    const struct qn_rules *rules[QN_ORDER_SLOTS] = {NULL};
    for (unsigned i = 0; i < v->ev.order.nslots; i++)
        rules[i] = v->rules_row[i] ? &v->rules[i] : NULL;
    /* The draw is signed with the keys of its epoch; its lot may be by those that the order was made for. */
    struct qn_err none;
    struct qn_cert named;
    const struct qn_cert *drawer = signer[QN_EV_DRAW];
    if (v->ev.order.nkeys && tree_cert_vrf(&named, s->st, drawer->office, drawer->epoch, v->ev.order.vrf[0], &none) == QN_OK)
        drawer = &named;
    v->holds = qn_evidence_order(&v->ev, signer[QN_EV_ORDER], &v->why) == QN_OK &&
               qn_evidence_links(&v->ev, &v->why) == QN_OK &&
               qn_evidence_seed(&v->ev, drawer, &v->why) == QN_OK &&
               qn_evidence_list(&v->ev, &v->why) == QN_OK &&
               qn_evidence_strata(&v->ev, rules, &v->why) == QN_OK;
    return QN_OK;
}

/* ---- the summary -------------------------------------------------------------------------------- */

static void set_title(struct site *s, const struct site_view *v, struct site_draw *d)
{
    size_t n = 0;
    for (unsigned i = 0; i < v->ev.order.nslots && n + 1 < sizeof(d->title); i++) {
        const struct qn_slot_key *k = &v->ev.order.slot[i];
        const struct m_plan *plan = model_plan(&s->m, qn_str(k->issuer), qn_str(k->series));
        const struct m_task *task = model_task(&s->m, plan, qn_str(k->task));
        char number[120], args[64];
        snprintf(args, sizeof(args), "task=%s", k->task);
        text_render(number, sizeof(number), TEXT_ZH, "site.task-number",
                    args); /* some tasks have no name */
        struct qn_span name = task && task->name.n ? task->name : qn_str(number);
        if (n + name.n + 4 > sizeof(d->title))
            break; /* sixteen long names: the page lists all slots below */
        n += (size_t)snprintf(d->title + n, sizeof(d->title) - n, "%s%.*s", i ? "、" : "",
                              (int)name.n, (const char *)name.p);
    }
}

static void set_times(struct site_view *v, struct site_draw *d)
{
    struct qn_ev_times t[QN_EV_ENTRIES] = {0};
    uint32_t hours = UINT32_MAX;
    for (int i = 0; i < QN_EV_ENTRIES; i++)
        for (unsigned k = 0; k < v->times[i].n; k++)
            if (v->times[i].by[k].above && t[i].n < QN_EV_WITNESSES) {
                memcpy(t[i].by[t[i].n].office, v->times[i].by[k].office, sizeof(t[i].by[0].office));
                t[i].by[t[i].n++].time_s = v->times[i].by[k].time_s;
            }
    for (unsigned i = 0; i < t[QN_EV_DRAW].n; i++)
        if (!d->first_s || t[QN_EV_DRAW].by[i].time_s < d->first_s)
            d->first_s = t[QN_EV_DRAW].by[i].time_s;
    for (unsigned i = 0; v->read && i < v->ev.order.nslots; i++) {
        uint32_t h = v->rules_row[i] ? v->rules[i].witness_hours : 0;
        hours = h < hours ? h : hours;
    }
    d->level = qn_evidence_level(t, hours == UINT32_MAX ? 0 : hours);
}

/* The highest ancestor that gave a verdict. */
static void set_verdict(struct site *s, struct site_draw *d)
{
    enum qn_level best = QN_STATION;
    size_t at = 0;
    for (const struct m_verdict *v; (v = site_next_verdict(s, d->row, &at)) != NULL;) {
        const struct site_office *o = site_office_of(s, v->key.office, NULL);
        if (o && o->cert.level <= best) {
            best = o->cert.level;
            d->verdict = v;
        }
    }
}

static void summarise(struct site *s, struct site_view *v)
{
    struct site_draw *d = v->sum;
    d->holds = v->holds;
    set_times(v, d);
    set_verdict(s, d);
    if (!v->read)
        return;
    set_title(s, v, d);
    d->pairs = v->ev.order.slot[0].type == QN_PAIRS;
    /* Spans of the summary outlive this view: they point into the model. */
    d->issuer = v->order->issuer;
    d->series = v->order->series;
    d->task = v->order->task;
    for (size_t i = 0; i < v->ev.nselected; i++)
        d->drawn +=
            i == 0 || !qn_span_eq(v->ev.selected[i - 1].object_id, v->ev.selected[i].object_id);
    struct site_office *o = site_office_of(s, qn_str(d->office), NULL);
    if (o) {
        o->draws++;
        o->drawn += d->drawn;
    }
}

/* ---- its files ---------------------------------------------------------------------------------- */

static enum qn_code write_span(struct site *s, const char *dir, const char *name,
                               struct qn_span bytes)
{
    char path[SITE_PATH];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    qn_put_span(&b, bytes);
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return qn_fail(s->err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    return site_write(s, path, &b);
}

static enum qn_code write_selected(struct site *s, const struct site_view *v)
{
    static const char *const heads[] = {"site.csv-slot",   "site.csv-object", "site.csv-mode",
                                        "site.csv-ticket", "site.csv-salt",   "site.csv-name",
                                        "site.csv-result"};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    qn_put_str(&b, CSV_BOM);
    for (unsigned i = 0; i < 7; i++)
        csv_head(&b, heads[i], i == 6);
    for (size_t i = 0; i < v->ev.nselected; i++) {
        const struct qn_ev_selected *x = &v->ev.selected[i];
        const struct qn_slot_key *k =
            &v->ev.order.slot[x->slot <= v->ev.order.nslots ? x->slot - 1 : 0];
        const struct site_result *r =
            site_result_of(s, v->sum->row->key.office, v->sum->row->key.id, x->object_id,
                           qn_str(k->task), k->round);
        uint8_t ticket[QN_HASH];
        char text[2 * QN_HASH + 1] = "";
        snprintf(text, sizeof(text), "%u", x->slot);
        csv_cell(&b, qn_str(text), false);
        csv_cell(&b, x->object_id, false);
        csv_head(&b, x->mode == QN_MUST ? "site.mode-must" : "site.mode-lot", false);
        text[0] = 0;
        if (v->ev.has_seed) {
            qn_evidence_ticket(ticket, &v->ev, x->object_id);
            qn_hex(text, ticket, QN_HASH);
        }
        csv_cell(&b, qn_str(text), false);
        qn_hex(text, x->salt, QN_SALT16);
        csv_cell(&b, qn_str(text), false);
        csv_cell(&b, r ? r->r->object_name : qn_str(""), false);
        csv_cell(&b, r ? r->r->text : qn_str(""), true);
    }
    char path[SITE_PATH + 16];
    snprintf(path, sizeof(path), "%s/selected.csv", v->sum->dir);
    return site_write(s, path, &b);
}

static enum qn_code write_files(struct site *s, const struct site_view *v)
{
    static const char *const names[QN_EV_ENTRIES] = {"order", "freeze", "draw"};
    const struct released_part *from[QN_EV_ENTRIES] = {&v->order->key.from, &v->freeze->key.from,
                                                       &v->sum->row->key.from};
    enum qn_code rc = write_span(s, v->sum->dir, "entries.frames", qn_buf_span(&v->frames));
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        char path[SITE_PATH + 16];
        snprintf(path, sizeof(path), "%s/%s", v->sum->dir, names[i]);
        rc = site_proofs(s, path, from[i], &v->times[i]);
    }
    if (rc || !v->read)
        return rc;
    rc = write_span(s, v->sum->dir, "order.txt", v->ev.note_bytes);
    if (!rc)
        rc = write_span(s, v->sum->dir, "freeze.txt", v->ev.freeze_text);
    if (!rc)
        rc = write_span(s, v->sum->dir, "result.txt", v->ev.result_text);
    for (unsigned i = 0; !rc && i < v->ev.order.nslots; i++) {
        char name[32];
        snprintf(name, sizeof(name), "rules-%u.txt", i + 1);
        if (v->rules_row[i])
            rc = write_span(s, v->sum->dir, name, v->rules_row[i]->rules);
    }
    if (!rc)
        rc = site_verdict_files(s, v->sum);
    if (!rc)
        rc = site_supplement_files(s, v);
    return rc ? rc : write_selected(s, v);
}

/* ---- all draws ---------------------------------------------------------------------------------- */

static enum qn_code publish_draw(struct site *s, const struct m_draw *d,
                                 const struct m_order *order, const struct m_freeze *freeze)
{
    QN_AUTO(view) struct site_view *v = calloc(1, sizeof(*v));
    struct site_draw *sum = v ? list_add(&s->draws, sizeof(*sum)) : NULL;
    if (!sum)
        return no_memory(s);
    char id[40];
    qn_row_id_text(id, d->key.id);
    *v = (struct site_view){.sum = sum, .order = order, .freeze = freeze};
    sum->row = d;
    qn_text_copy(sum->office, sizeof(sum->office), d->key.office);
    snprintf(sum->dir, sizeof(sum->dir), "draws/%s-%s", sum->office, id);
    snprintf(sum->title, sizeof(sum->title), "%s:%s", sum->office, id);
    qn_buf_init(&v->frames, SITE_FILE_MAX);
    enum qn_code rc = site_frames(s, &v->frames, d, order, freeze);
    if (!rc)
        rc = judge(s, v);
    const struct released_part *from[QN_EV_ENTRIES] = {&order->key.from, &freeze->key.from,
                                                       &d->key.from};
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++)
        rc = site_times(s, &v->times[i], from[i]->log, from[i]->seq, sum->office);
    if (rc)
        return rc;
    summarise(s, v);
    rc = write_files(s, v);
    if (!rc)
        rc = site_draw_page(s, v);
    s->made.draws++;
    if (!v->holds)
        qn_say(s->report, "publish.draw-fails", "draw=%s:%s|rule=%s", sum->office, id, v->why.id);
    return rc;
}

/* The freeze that a result names; NULL when the text does not parse or the freeze is not released. */
static const struct m_freeze *freeze_of(const struct site *s, const struct m_draw *d)
{
    struct qn_result *r = malloc(sizeof(*r));
    struct qn_err none;
    const struct m_freeze *f = NULL;
    if (r && qn_result_parse(r, d->text, &none) == QN_OK)
        f = model_freeze_at(&s->m, qn_str(r->freeze.origin), r->freeze.index);
    free(r);
    return f;
}

static int newest_first(const void *a, const void *b)
{
    const struct site_draw *x = a, *y = b;
    if (x->first_s != y->first_s)
        return x->first_s > y->first_s ? -1 : 1;
    return strcmp(x->dir, y->dir);
}

/* Entries of released draws beside the first: the rows of one are neighbours, so the list stays short. */
static bool draw_is_shown(const struct site *s, const struct m_selected *x)
{
    const struct site_draw *d = s->draws.at;
    for (size_t i = 0; i < s->draws.n; i++)
        if (d[i].row->key.id == x->draw_id && qn_span_eq(d[i].row->key.office, x->key.office))
            return true;
    return false;
}

static enum qn_code further_entries(struct list *out, struct site *s)
{
    const struct released_part *last = NULL;
    for (size_t i = 0; i < model_count(&s->m, M_SELECTED); i++) {
        const struct m_selected *x = model_at(&s->m, M_SELECTED, i);
        if (last && last->log == x->key.from.log && last->seq == x->key.from.seq)
            continue;
        last = &x->key.from;
        if (!draw_is_shown(s, x))
            continue;
        struct released_part *p = list_add(out, sizeof(*p));
        if (!p)
            return no_memory(s);
        *p = x->key.from;
    }
    return QN_OK;
}

static bool is_shown(const struct site *s, const struct list *further, unsigned log, uint64_t seq)
{
    const struct site_draw *d = s->draws.at;
    for (size_t i = 0; i < s->draws.n; i++)
        if (d[i].row->key.from.log == log && d[i].row->key.from.seq == seq)
            return true;
    const struct released_part *p = further->at;
    for (size_t i = 0; i < further->n; i++)
        if (p[i].log == log && p[i].seq == seq)
            return true;
    return false;
}

/* An entry that only says who is sent where is no draw to be released. */
static enum qn_code has_public(bool *out, struct site *s, unsigned log, uint64_t seq)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, s->st, &s->m.released.log[log], seq, s->err);
    *out = false;
    for (unsigned i = 0; !rc && i < e.h.nparts; i++)
        *out = *out || e.h.part[i].audience == QN_PUBLIC;
    return rc;
}

/* SPEC site-6: "A draw whose ORDER, FREEZE and DRAW are not all released is sealed" */
enum qn_code site_draw_pages(struct site *s)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < model_count(&s->m, M_DRAW); i++) {
        const struct m_draw *d = model_at(&s->m, M_DRAW, i);
        const struct m_order *order = model_order_of(&s->m, d);
        const struct m_freeze *freeze = freeze_of(s, d);
        bool lost = false;
        if (!order || !freeze || !model_newest(&s->m, M_DRAW, i))
            continue;
        rc = site_lost(&lost, s, &d->key.from);
        if (!rc && !lost)
            rc = publish_draw(s, d, order, freeze);
    }
    QN_AUTO(list) struct list further = {0};
    if (!rc)
        rc = further_entries(&further, s);
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_DRAW_ENTRIES);
    while (!rc && q_step(&q)) {
        unsigned log;
        uint64_t seq = (uint64_t)q_int(&q, 1);
        bool lists = false;
        if (!released_log(&s->m.released, q_span(&q, 0), &log) || is_shown(s, &further, log, seq))
            continue;
        rc = has_public(&lists, s, log, seq);
        if (!rc && lists)
            rc = site_sealed_page(s, log, seq);
    }
    if (!rc)
        rc = query_end(&q, s->err);
    if (s->draws.n)
        qsort(s->draws.at, s->draws.n, sizeof(struct site_draw), newest_first);
    return rc;
}
