#include "node/draw/field.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/chances.h"
#include "node/draw/replay.h"
#include "node/store/tree.h"

#define KEY 16 /* bytes of a hash that stands for an id */

const char *field_measure_name(enum field_measure m)
{
    static const char *const names[] = {[FIELD_VOIDS] = "voids",
                                        [FIELD_RECUSALS] = "late-recusals",
                                        [FIELD_ABSENCES] = "absences",
                                        [FIELD_REPEATS] = "repeats",
                                        [FIELD_WITHHELD] = "withheld",
                                        [FIELD_CLASSES] = "rank-class-cd",
                                        [FIELD_COMPLAINTS] = "rank-complaints"};
    return names[m];
}

const char *field_state_name(enum field_state s)
{
    static const char *const names[] = {"fine", "look", "flag", "not-judged"};
    return names[s];
}

/* SPEC field-2: "below 10⁻⁶ a flag, below 10⁻³ a look" */
enum field_state field_judge(enum field_measure m, double chance)
{
    if (m == FIELD_WITHHELD) /* SPEC field-7: "any is a flag" */
        return FIELD_FLAGGED;
    return chance < FIELD_FLAG ? FIELD_FLAGGED : chance < FIELD_LOOK ? FIELD_LOOKED : FIELD_FINE;
}

/* ---- what is gathered ----------------------------------------------------------------------------------------------- */

/* An inspector at a business by lot: one position of one draw. */
struct went {
    unsigned office;
    uint8_t object[KEY], inspector[KEY];
    int64_t draw;
    double p;           /* of this inspector on this visit */
    uint32_t name, who; /* ids in `text` */
};
struct counted { /* of one office */
    char code[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    bool has_parent;
    uint64_t x[FIELD_MEASURES], n[FIELD_MEASURES];
};
struct gather {
    struct store *st;
    struct counted *office;
    size_t noffices, office_cap;
    struct went *went;
    size_t nwent, went_cap;
    struct qn_buf text;
};

static void gather_auto(struct gather *g)
{
    free(g->office);
    free(g->went);
    qn_buf_release(&g->text);
}

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

static struct counted *office_of(struct gather *g, const char *code)
{
    for (size_t i = g->noffices; i-- > 0;)
        if (strcmp(g->office[i].code, code) == 0)
            return &g->office[i];
    if (g->noffices == g->office_cap) {
        size_t cap = g->office_cap ? 2 * g->office_cap : 128;
        struct counted *grown = realloc(g->office, cap * sizeof(*grown));
        if (!grown)
            return NULL;
        g->office = grown;
        g->office_cap = cap;
    }
    struct counted *o = &g->office[g->noffices++];
    *o = (struct counted){.has_parent = false};
    qn_text_copy(o->code, sizeof(o->code), qn_str(code));
    o->has_parent = tree_parent(g->st, code, o->parent);
    return o;
}

static void key_of(uint8_t out[KEY], struct qn_span id)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, id.p, id.n);
    memcpy(out, hash, KEY);
}

static uint32_t keep_text(struct gather *g, struct qn_span s)
{
    uint32_t at = (uint32_t)g->text.n;
    qn_put_span(&g->text, s);
    qn_put_uint(&g->text, 0, 1);
    return at;
}

/* ---- of each draw ------------------------------------------------------------------------------------------------------ */

static enum qn_code take_visit(struct gather *g, size_t office, int64_t draw_id,
                               const struct qn_visit *v, const struct qn_roster *roster,
                               struct qn_err *err)
{
    double p = 0;
    uint32_t name = 0;
    for (unsigned s = 0; s < v->n; s++)
        p += v->eligible[s] ? 1.0 / v->eligible[s] : 0;
    for (unsigned s = 0; s < v->n; s++) {
        if (v->inspector[s] < 0)
            continue;
        if (g->nwent == g->went_cap) {
            size_t cap = g->went_cap ? 2 * g->went_cap : 4096;
            struct went *grown = realloc(g->went, cap * sizeof(*grown));
            if (!grown)
                return no_memory(err);
            g->went = grown;
            g->went_cap = cap;
        }
        struct went *w = &g->went[g->nwent++];
        struct qn_span who = roster->inspector[v->inspector[s]].id,
                       what = roster->object[v->object].id;
        if (!name)
            name = keep_text(g, what);
        *w = (struct went){
            .office = (unsigned)office, .draw = draw_id, .p = p > 1 ? 1 : p, .name = name};
        w->who = keep_text(g, who);
        key_of(w->object, what);
        key_of(w->inspector, who);
    }
    return qn_buf_check(&g->text, err);
}

/* SPEC field-8: "the first bit of the ticket is 0" */
static void take_ranks(struct counted *o, const struct replay *r, const struct qn_roster *roster)
{
    for (size_t i = 0; i < roster->nobjects; i++) {
        const struct qn_object_attr *a = &roster->object[i].attr;
        bool in[2] = {a->cls >= 3, a->complaints > 0};
        uint8_t ticket[QN_HASH];
        if (!in[0] && !in[1])
            continue;
        qn_ticket(ticket, &r->keys, roster->object[i].id);
        for (unsigned k = 0; k < 2; k++) {
            o->n[FIELD_CLASSES + k] += in[k];
            o->x[FIELD_CLASSES + k] += in[k] && !(ticket[0] & 0x80);
        }
    }
}

static enum qn_code take_draw(void *ctx, const struct verdict *v, const struct replay *r,
                              const struct qn_roster *roster, struct qn_err *err)
{
    struct gather *g = ctx;
    struct counted *o = office_of(g, v->office);
    if (!o)
        return no_memory(err);
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < r->pairs.nvisits; i++)
        rc = take_visit(g, (size_t)(o - g->office), v->draw_id, &r->pairs.visit[i], roster, err);
    if (!rc && v->shown == QN_UNWITNESSED && !r->nlisted)
        take_ranks(o, r, roster);
    return rc;
}

/* ---- exceptions -------------------------------------------------------------------------------------------------------- */

/* SPEC field-3: "targets in the lists of the office's draws" */
static enum qn_code take_targets(struct gather *g, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(g->st, SQL_FIELD_TARGETS);
    while (q_step(&q)) {
        struct counted *o = office_of(g, q_text(&q, 0));
        if (!o)
            return no_memory(err);
        o->n[FIELD_VOIDS] = o->n[FIELD_RECUSALS] = (uint64_t)q_int(&q, 1);
        o->x[FIELD_VOIDS] = (uint64_t)q_int(&q, 2);
        o->x[FIELD_RECUSALS] = (uint64_t)q_int(&q, 3);
    }
    return query_end(&q, err);
}

/* One inspector in one draw, and whether an absence names the two. */
struct sent {
    unsigned office;
    int64_t draw;
    uint8_t inspector[KEY];
    bool away;
};

static int by_sent(const void *x, const void *y)
{
    const struct sent *a = x, *b = y;
    int c = (a->office > b->office) - (a->office < b->office);
    if (!c)
        c = (a->draw > b->draw) - (a->draw < b->draw);
    if (!c)
        c = memcmp(a->inspector, b->inspector, KEY);
    return c ? c : b->away - a->away; /* who was away comes first */
}

static enum qn_code absences(struct gather *g, struct sent **out, size_t *n, struct qn_err *err)
{
    size_t cap = g->nwent + 64;
    *n = 0;
    *out = malloc(cap * sizeof(**out));
    if (!*out)
        return no_memory(err);
    for (size_t i = 0; i < g->nwent; i++) {
        struct sent *s = &(*out)[(*n)++];
        *s = (struct sent){.office = g->went[i].office, .draw = g->went[i].draw};
        memcpy(s->inspector, g->went[i].inspector, KEY);
    }
    QN_AUTO(query) struct query q = query_start(g->st, SQL_FIELD_ABSENCES);
    while (q_step(&q)) {
        struct qn_exc x;
        struct qn_err none;
        struct counted *o = office_of(g, q_text(&q, 0));
        if (!o)
            return no_memory(err);
        if (qn_exc_parse(&x, q_span(&q, 2), &none) != QN_OK || !x.inspector[0])
            continue;
        if (*n == cap) {
            cap *= 2;
            struct sent *grown = realloc(*out, cap * sizeof(*grown));
            if (!grown)
                return no_memory(err);
            *out = grown;
        }
        struct sent *s = &(*out)[(*n)++];
        *s = (struct sent){.office = (unsigned)(o - g->office), .draw = q_int(&q, 1), .away = true};
        key_of(s->inspector, qn_str(x.inspector));
    }
    return query_end(&q, err);
}

/* SPEC field-5: "an inspector in a draw counts once, however many visits the day had" */
static enum qn_code take_absences(struct gather *g, struct qn_err *err)
{
    struct sent *s = NULL;
    size_t n;
    enum qn_code rc = absences(g, &s, &n, err);
    if (!rc && n)
        qsort(s, n, sizeof(*s), by_sent);
    for (size_t i = 0; !rc && i < n; i++) {
        if (i && s[i].office == s[i - 1].office && s[i].draw == s[i - 1].draw &&
            memcmp(s[i].inspector, s[i - 1].inspector, KEY) == 0)
            continue;
        struct counted *o = &g->office[s[i].office];
        o->n[FIELD_ABSENCES]++;
        o->x[FIELD_ABSENCES] += s[i].away;
    }
    free(s);
    return rc;
}

/* ---- repeats ------------------------------------------------------------------------------------------------------------- */

static int by_object(const void *x, const void *y)
{
    const struct went *a = x, *b = y;
    int c = (a->office > b->office) - (a->office < b->office);
    if (!c)
        c = memcmp(a->object, b->object, KEY);
    if (!c)
        c = (a->draw > b->draw) - (a->draw < b->draw);
    return c ? c : memcmp(a->inspector, b->inspector, KEY);
}

static bool is_same_object(const struct went *a, const struct went *b)
{
    return a->office == b->office && memcmp(a->object, b->object, KEY) == 0;
}

struct worst {
    double chance;
    uint64_t pairs, x, n;
    uint32_t name, who;
};

/* All visits to one business: who came more than once, and how likely that was. room: 2n + 1 numbers. */
static void look_at(struct worst *w, const struct went *at, size_t n, double *room)
{
    double *p = room + n + 1;
    size_t visits = 0;
    uint64_t eligible = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || at[i].draw != at[i - 1].draw)
            p[visits++] = at[i].p;
    if (visits < 2)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t x = 0, before = 0;
        for (size_t k = 0; k < n; k++) {
            bool same = memcmp(at[k].inspector, at[i].inspector, KEY) == 0;
            x += same;
            before += same && k < i;
        }
        eligible += before == 0;
        if (x < 2 || before)
            continue;
        double chance = chance_of_each(p, visits, x, room);
        if (!w->x || chance < w->chance)
            *w = (struct worst){chance, w->pairs, x, visits, at[i].name, at[i].who};
    }
    w->pairs += eligible;
}

static enum qn_code take_repeats(struct gather *g, struct worst *worst, struct qn_err *err)
{
    size_t most = 0;
    if (!g->nwent)
        return QN_OK;
    qsort(g->went, g->nwent, sizeof(*g->went), by_object);
    for (size_t i = 0, n; i < g->nwent; i += n) {
        for (n = 1; i + n < g->nwent && is_same_object(&g->went[i], &g->went[i + n]);)
            n++;
        most = n > most ? n : most;
    }
    double *room = malloc((2 * most + 1) * sizeof(*room));
    if (!room)
        return no_memory(err);
    for (size_t i = 0, n; i < g->nwent; i += n) {
        for (n = 1; i + n < g->nwent && is_same_object(&g->went[i], &g->went[i + n]);)
            n++;
        look_at(&worst[g->went[i].office], &g->went[i], n, room);
    }
    free(room);
    return QN_OK;
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

static bool against_peers(enum field_measure m)
{
    return m == FIELD_VOIDS || m == FIELD_RECUSALS || m == FIELD_ABSENCES;
}

static void judge_line(const struct gather *g, const struct counted *o, const struct worst *w,
                       struct field_line *l)
{
    enum field_measure m = l->measure;
    l->chance = 1;
    l->x = o->x[m];
    l->n = o->n[m];
    if (against_peers(m)) {
        for (size_t i = 0; i < g->noffices; i++) {
            const struct counted *peer = &g->office[i];
            if (o->has_parent && peer->has_parent && strcmp(peer->parent, o->parent) == 0) {
                l->all_n += peer->n[m];
                l->all_x += peer->x[m];
            }
        }
        if (l->all_n == l->n) { /* SPEC field-1: "An office without peers is not judged" */
            l->state = FIELD_NOT_JUDGED;
            return;
        }
        l->chance = chance_of_drawn(l->all_n, l->all_x, l->n, l->x);
    } else if (m == FIELD_REPEATS) {
        /* SPEC field-6: "times the number of pairs looked at" */
        l->chance = w->chance * (double)w->pairs > 1 ? 1 : w->chance * (double)w->pairs;
        l->x = w->x;
        l->n = w->n;
        l->all_n = w->pairs;
        snprintf(l->inspector, sizeof(l->inspector), "%.79s", (const char *)g->text.p + w->who);
        snprintf(l->object, sizeof(l->object), "%.79s", (const char *)g->text.p + w->name);
    } else if (m == FIELD_WITHHELD) {
        l->chance = 0;
    } else {
        l->chance = chance_of_odd(l->n, 0.5, l->x);
    }
    l->state = field_judge(m, l->chance);
}

static int by_code(const void *x, const void *y)
{
    const struct field_line *a = x, *b = y;
    int c = strcmp(a->office, b->office);
    return c ? c : (a->measure > b->measure) - (a->measure < b->measure);
}

static enum qn_code put_lines(struct field_report *out, const struct gather *g,
                              const struct worst *worst, struct qn_err *err)
{
    out->at = calloc(g->noffices ? g->noffices * FIELD_MEASURES : 1, sizeof(*out->at));
    if (!out->at)
        return no_memory(err);
    out->offices = g->noffices;
    for (size_t i = 0; i < g->noffices; i++) {
        const struct counted *o = &g->office[i];
        for (unsigned m = 0; m < FIELD_MEASURES; m++) {
            bool any = m == FIELD_REPEATS ? worst[i].x > 0 : o->n[m] > 0;
            if (!any)
                continue;
            struct field_line *l = &out->at[out->n++];
            l->measure = (enum field_measure)m;
            memcpy(l->office, o->code, sizeof(l->office));
            if (o->has_parent)
                memcpy(l->parent, o->parent, sizeof(l->parent));
            judge_line(g, o, &worst[i], l);
            out->flagged += l->state == FIELD_FLAGGED;
            out->looked += l->state == FIELD_LOOKED;
        }
    }
    qsort(out->at, out->n, sizeof(*out->at), by_code);
    return QN_OK;
}

enum qn_code field_run(struct field_report *out, struct store *st, const struct qn_report *report,
                       struct qn_err *err)
{
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    QN_AUTO(gather) struct gather g = {.st = st};
    QN_AUTO(field) struct field_report made = {.at = NULL};
    struct verify_watch watch = {.draw = take_draw, .ctx = &g};
    qn_buf_init(&g.text, UINT32_MAX);
    qn_put_uint(&g.text, 0, 1); /* so that no id stands at 0 */
    enum qn_code rc = verify_watched(&r, st, NULL, 0, &watch, report, err);
    for (size_t i = 0; !rc && i < r.n; i++) {
        struct counted *o = NULL;
        if (!findings_has(&r.at[i].f, V_DRAW_WITHHELD))
            continue;
        o = office_of(&g, r.at[i].office);
        if (!o)
            return no_memory(err);
        o->x[FIELD_WITHHELD]++;
        o->n[FIELD_WITHHELD]++;
    }
    if (!rc)
        rc = take_targets(&g, err);
    if (!rc)
        rc = take_absences(&g, err);
    struct worst *worst = rc ? NULL : calloc(g.noffices + 1, sizeof(*worst));
    if (!rc && !worst)
        rc = no_memory(err);
    if (!rc)
        rc = take_repeats(&g, worst, err);
    if (!rc)
        rc = put_lines(&made, &g, worst, err);
    free(worst);
    if (rc)
        return rc;
    *out = made;
    made = (struct field_report){.at = NULL};
    return QN_OK;
}

void field_release(struct field_report *r)
{
    free(r->at);
    r->at = NULL;
    r->n = 0;
}
