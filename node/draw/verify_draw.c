/* verify_draw.c - the draw computed again: challenge, quota, selection, pairs; its time, its doubles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"

#define YES "\xe2\x9c\x93" /* the same sign in every language */
#define NO  "\xe2\x9c\x97"

static struct finding *draw_finding(struct facts *x, enum verdict_code code)
{
    return findings_add(x->f, code, x->r->log.origin, x->r->seq, x->r->leaf);
}

static void skip_all(struct facts *x, const enum verdict_code *code, size_t n, const char *why)
{
    for (size_t i = 0; i < n; i++)
        findings_skip(x->f, code[i], why);
}

static const enum verdict_code computed[] = {
    V_QUOTA_WRONG, V_SELECT_MISMATCH, V_PAIR_MISMATCH,    V_PAIR_UNFILLED,
    V_OVERCAP,     V_LOAD_UNFOUNDED,  V_DISPATCH_MISMATCH};
#define COMPUTED (sizeof(computed) / sizeof(computed[0]))

/* ---- the challenge ------------------------------------------------------------------------------------------------- */

/* Each key of the order has its line in the draw. */
static void check_contributors(struct facts *x)
{
    const struct qn_result *res = x->r->res;
    const struct qn_order *o = &x->order.o;
    QN_AUTO(name_list) struct name_list missing;
    name_list_init(&missing);
    for (unsigned i = 0; i < o->nkeys; i++) {
        char hex[2 * QN_PUBKEY + 1];
        qn_hex(hex, o->vrf[i], QN_PUBKEY);
        if (i >= res->nvrf || memcmp(res->vrf[i].pk, o->vrf[i], QN_PUBKEY) != 0)
            name_list_add(&missing, qn_str(hex));
    }
    if (!missing.n && res->nvrf == o->nkeys)
        return;
    struct finding *f = draw_finding(x, V_CONTRIBUTOR_MISSING);
    finding_put(x->f, f, "need", "%u", o->nkeys);
    finding_put(x->f, f, "named", "%u", o->nkeys);
    finding_put(x->f, f, "have", "%u", res->nvrf);
    finding_put(x->f, f, "missing", "%s", name_list_text(&missing));
}

static void check_challenge(struct facts *x)
{
    const struct qn_result *res = x->r->res;
    const struct qn_order *o = &x->order.o;
    char named[2 * QN_HASH + 1], is[2 * QN_HASH + 1];
    if (memcmp(res->order_id, o->id, QN_HASH) != 0) {
        qn_hex(named, res->order_id, QN_HASH);
        qn_hex(is, o->id, QN_HASH);
        struct finding *f = draw_finding(x, V_ALPHA_MISMATCH);
        finding_put(x->f, f, "named", "%s", named);
        finding_put(x->f, f, "order", "%s", is);
    }
    check_contributors(x);
    struct qn_err why;
    x->has_betas = draw_betas(&x->betas, o, res, &why) == QN_OK;
    if (!x->has_betas && x->betas.n >= res->nvrf && res->nvrf < o->nkeys)
        findings_skip(x->f, V_VRF_INVALID, "verdict.skip.proofs"); /* CONTRIBUTOR_MISSING says so */
    else if (!x->has_betas)
        finding_put(x->f, draw_finding(x, V_VRF_INVALID), "no", "%u", x->betas.n + 1);
}

/* ---- quota ------------------------------------------------------------------------------------------------------------ */

static const struct qn_stratum_line *claimed_stratum(const struct qn_result *res, uint8_t slot,
                                                     uint8_t no)
{
    for (unsigned i = 0; i < res->nstrata; i++)
        if (res->stratum[i].slot == slot && res->stratum[i].stratum == no)
            return &res->stratum[i];
    return NULL;
}

static void put_numbers(struct facts *x, struct finding *f, const char *key,
                        const struct qn_stratum_line *s)
{
    if (s)
        finding_put(x->f, f, key, "%llu/%llu/%llu", (unsigned long long)s->base,
                    (unsigned long long)s->pool, (unsigned long long)s->quota);
    else
        finding_put(x->f, f, key, "-");
}

static void quota_wrong(struct facts *x, const struct qn_stratum_line *at,
                        const struct qn_stratum_line *claimed,
                        const struct qn_stratum_line *computed_line)
{
    struct finding *f = draw_finding(x, V_QUOTA_WRONG);
    if (x->order.o.nslots > 1)
        finding_put(x->f, f, "stratum", "%u/%u", at->slot, at->stratum);
    else
        finding_put(x->f, f, "stratum", "%u", at->stratum);
    put_numbers(x, f, "claimed", claimed);
    put_numbers(x, f, "computed", computed_line);
}

/* SPEC verdicts-31: "of a joint draw QUOTA_WRONG and SELECT_MISMATCH are judged slot by slot" */
static void check_quota(struct facts *x)
{
    const struct qn_result *res = x->r->res;
    unsigned lines = 0;
    for (unsigned s = 0; s < x->replay.nslots; s++) {
        const struct qn_selection *sel = &x->replay.sel[s];
        lines += sel->nstrata;
        for (unsigned i = 0; i < sel->nstrata; i++) {
            const struct qn_stratum_line *is = &sel->stratum[i],
                                         *named = claimed_stratum(res, is->slot, is->stratum);
            if (!named || named->base != is->base || named->pool != is->pool ||
                named->quota != is->quota)
                quota_wrong(x, is, named, is);
        }
    }
    if (res->nstrata > lines)
        quota_wrong(x, &res->stratum[res->nstrata - 1], &res->stratum[res->nstrata - 1], NULL);
}

/* ---- selection ---------------------------------------------------------------------------------------------------------- */

struct by_target {
    const struct record *r;
    size_t i;
};

static int compare_slots(const struct record *r, size_t i, const struct record *s, size_t k)
{
    return (r->pick[i].slot_no > s->pick[k].slot_no) - (r->pick[i].slot_no < s->pick[k].slot_no);
}

static int compare_picks(const void *a, const void *b)
{
    const struct by_target *x = a, *y = b;
    int c = compare_slots(x->r, x->i, y->r, y->i);
    if (!c)
        c = qn_span_cmp(record_object(x->r, x->i), record_object(y->r, y->i));
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

/* The record's picks by slot and object id; NULL when memory has run out. */
static struct by_target *sorted_picks(const struct record *r)
{
    struct by_target *p = malloc((r->npicks + 1) * sizeof(*p));
    for (size_t i = 0; p && i < r->npicks; i++)
        p[i] = (struct by_target){r, i};
    if (p && r->npicks)
        qsort(p, r->npicks, sizeof(*p), compare_picks);
    return p;
}

static void check_order_of_list(struct facts *x)
{
    for (size_t i = 1; i < x->r->npicks; i++) {
        int c = compare_slots(x->r, i - 1, x->r, i);
        if (c > 0 || (!c && qn_span_cmp(record_object(x->r, i - 1), record_object(x->r, i)) >= 0)) {
            struct finding *f = draw_finding(x, V_UNSORTED_OR_DUP);
            struct qn_span id = record_object(x->r, i);
            finding_put(x->f, f, "list", "selected");
            finding_put(x->f, f, "object", "%.*s", (int)id.n, (const char *)id.p);
            return;
        }
    }
}

/* Root and count of one slot's rows, as written. */
static bool list_root(uint8_t root[QN_HASH], size_t *count, const struct record *r,
                      unsigned slot_no)
{
    struct qn_frontier tree = {.size = 0};
    *count = 0;
    for (size_t i = 0; i < r->npicks; i++) {
        if (r->pick[i].slot_no != slot_no)
            continue;
        QN_AUTO(qn_buf) struct qn_buf leaf = {0};
        uint8_t hash[QN_HASH];
        qn_buf_init(&leaf, 1024);
        qn_selected_record(&leaf, (enum qn_picked)r->pick[i].mode, record_object(r, i),
                           r->pick[i].salt);
        if (leaf.failed)
            return false;
        qn_leaf_hash(hash, qn_buf_span(&leaf));
        qn_frontier_append(&tree, hash, NULL, NULL);
        ++*count;
    }
    qn_frontier_root(&tree, root);
    return true;
}

/* Whether the lists that the text commits to are the lists in the rows. */
static bool list_is_claimed(const struct record *r, unsigned nslots)
{
    uint8_t root[QN_HASH];
    const struct qn_result *res = r->res;
    size_t count, all = 0;
    if (res->nselected != nslots)
        return false;
    for (unsigned i = 0; i < nslots; i++) {
        const struct qn_selected_line *l = &res->selected[i];
        if (l->slot != i + 1 || !list_root(root, &count, r, l->slot) || l->count != count ||
            memcmp(root, l->root, QN_HASH) != 0)
            return false;
        all += count;
    }
    return all == r->npicks;
}

static bool cut_offs_differ(struct facts *x)
{
    for (unsigned s = 0; s < x->replay.nslots; s++)
        for (unsigned i = 0; i < x->replay.sel[s].nstrata; i++) {
            const struct qn_stratum_line *is = &x->replay.sel[s].stratum[i];
            const struct qn_stratum_line *named = claimed_stratum(x->r->res, is->slot, is->stratum);
            if (named && (named->has_cutoff != is->has_cutoff ||
                          (is->has_cutoff && memcmp(named->cutoff, is->cutoff, QN_HASH) != 0)))
                return true;
        }
    return false;
}

/* With the business's name where the frozen roster has it. */
static void add_named(struct facts *x, struct name_list *l, struct qn_span id)
{
    const struct roster *r = &x->v->ground.roster;
    char text[QN_OBJECT_ID_MAX + 420];
    size_t at;
    if (qn_roster_object(&r->r, id, &at) && r->about[at].name[0]) {
        snprintf(text, sizeof(text), "%.*s %s", (int)id.n, (const char *)id.p, r->about[at].name);
        name_list_add(l, qn_str(text));
    } else {
        name_list_add(l, id);
    }
}

struct compared {
    struct name_list left_out, foreign, mode;
};

/* One slot's rows p[0..n) beside the list as computed. */
static void compare_slot(struct facts *x, struct compared *c, const struct by_target *p, size_t n,
                         const struct qn_selection *sel)
{
    const struct qn_roster *roster = &x->v->ground.roster.r;
    static const struct qn_span none;
    size_t i = 0, k = 0;
    while (i < n || k < sel->npicks) {
        struct qn_span has = i < n ? record_object(x->r, p[i].i) : none;
        struct qn_span want = k < sel->npicks ? roster->object[sel->pick[k].object].id : none;
        int order = i == n ? 1 : k == sel->npicks ? -1 : qn_span_cmp(has, want);
        if (order < 0)
            add_named(x, &c->foreign, has);
        else if (order > 0)
            add_named(x, &c->left_out, want);
        else if (x->r->pick[p[i].i].mode != (uint8_t)sel->pick[k].mode)
            add_named(x, &c->mode, has);
        i += order <= 0;
        k += order >= 0;
    }
}

static void compared_auto(struct compared *c)
{
    name_list_auto(&c->left_out);
    name_list_auto(&c->foreign);
    name_list_auto(&c->mode);
}

static enum qn_code check_selection(struct facts *x)
{
    QN_AUTO(compared) struct compared c;
    name_list_init(&c.left_out);
    name_list_init(&c.foreign);
    name_list_init(&c.mode);
    struct by_target *p = sorted_picks(x->r);
    if (!p)
        return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    size_t at = 0;
    for (; at < x->r->npicks && !x->r->pick[p[at].i].slot_no; at++) /* of no slot */
        add_named(x, &c.foreign, record_object(x->r, p[at].i));
    for (unsigned s = 0; s < x->replay.nslots; s++) {
        size_t n = 0;
        while (at + n < x->r->npicks && x->r->pick[p[at + n].i].slot_no == s + 1)
            n++;
        compare_slot(x, &c, p + at, n, &x->replay.sel[s]);
        at += n;
    }
    for (; at < x->r->npicks; at++)
        add_named(x, &c.foreign, record_object(x->r, p[at].i));
    free(p);
    bool claimed = list_is_claimed(x->r, x->order.o.nslots), cut = cut_offs_differ(x);
    if (c.left_out.n || c.foreign.n || c.mode.n || !claimed || cut) {
        struct finding *f = draw_finding(x, V_SELECT_MISMATCH);
        finding_put(x->f, f, "left_out", "%s", name_list_text(&c.left_out));
        finding_put(x->f, f, "foreign", "%s", name_list_text(&c.foreign));
        finding_put(x->f, f, "mode", "%s", name_list_text(&c.mode));
        finding_put(x->f, f, "list", "%s", claimed ? YES : NO);
        finding_put(x->f, f, "cut_off", "%s", cut ? NO : YES);
    }
    return QN_OK;
}

/* ---- pairs ----------------------------------------------------------------------------------------------------------------- */

static struct qn_span next_line(struct qn_span *text)
{
    const uint8_t *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
    size_t n = end ? (size_t)(end - text->p) : text->n;
    struct qn_span line = {text->p, n};
    n += end != NULL;
    *text = (struct qn_span){n ? text->p + n : text->p, text->n - n};
    return line;
}

/* The object of a "visit <slots> <object_id> ..." line; the whole line when it is another. */
static struct qn_span visit_object(struct qn_span line)
{
    struct qn_span rest = line;
    for (int field = 0; field < 2; field++) {
        const uint8_t *sp = rest.n ? memchr(rest.p, ' ', rest.n) : NULL;
        if (!sp)
            return line;
        rest.n -= (size_t)(sp - rest.p) + 1;
        rest.p = sp + 1;
    }
    const uint8_t *sp = rest.n ? memchr(rest.p, ' ', rest.n) : NULL;
    return sp ? (struct qn_span){rest.p, (size_t)(sp - rest.p)} : rest;
}

static bool has_line(struct qn_span text, struct qn_span line)
{
    while (text.n)
        if (qn_span_eq(next_line(&text), line))
            return true;
    return false;
}

/* A visit that a supplement changed is none of its own list. */
static bool is_replaced(const struct facts *x, struct qn_span object)
{
    size_t at;
    bool picked = false;
    if (!x->order.o.supp || !qn_roster_object(&x->chain.roster, object, &at))
        return false;
    for (unsigned s = 0; s < x->replay.nslots; s++)
        for (size_t i = 0; i < x->replay.sel[s].npicks; i++)
            picked = picked || x->replay.sel[s].pick[i].object == at;
    return !picked;
}

static enum qn_code check_pairs(struct facts *x)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    if (!x->replay.paired)
        return QN_OK;
    if (!x->r->has_pairs && x->r->rival) {
        findings_skip(x->f, V_PAIR_MISMATCH, "verdict.skip.parts");
        return QN_OK;
    }
    if (findings_has(x->f, V_LIST_MISMATCH)) {
        findings_skip(x->f, V_PAIR_MISMATCH, "verdict.skip.list");
        return QN_OK;
    }
    struct qn_roster over = replay_roster(&x->replay, &x->v->ground.roster.r);
    enum qn_code rc = qn_pairs_text(&text, qn_str(x->r->log.origin), x->order.o.id,
                                    &x->replay.pairs, &over, x->v->err);
    if (!rc)
        rc = qn_buf_check(&text, x->v->err);
    if (rc || qn_span_eq(qn_buf_span(&text), qn_buf_span(&x->r->pairs)))
        return rc;
    QN_AUTO(name_list) struct name_list visits, changed;
    name_list_init(&visits);
    name_list_init(&changed);
    for (struct qn_span rest = qn_buf_span(&text); rest.n;) {
        struct qn_span line = next_line(&rest);
        if (!has_line(qn_buf_span(&x->r->pairs), line))
            name_list_add(is_replaced(x, visit_object(line)) ? &changed : &visits,
                          visit_object(line));
    }
    if (changed.n) /* SPEC exc-24: "a supplement's pairs differ in a visit that it changed" */
        finding_put(x->f, draw_finding(x, V_REPL_MISMATCH), "objects", "%s",
                    name_list_text(&changed));
    if (!visits.n && changed.n)
        return QN_OK;
    struct finding *f = draw_finding(x, V_PAIR_MISMATCH);
    finding_put(x->f, f, "n", "%zu", visits.n);
    finding_put(x->f, f, "objects", "%s", name_list_text(&visits));
    return QN_OK;
}

/* SPEC exc-26: "PAIR_UNFILLED names each appointment that counts" */
static void list_appointed(const struct facts *x, struct name_list *out)
{
    for (size_t i = 0; x->has_chain && i < x->chain.nexcs; i++) {
        const struct chain_exc *e = &x->chain.exc[i];
        char line[2 * QN_EXC_ID + QN_NAME32 + 8];
        if (e->x.kind != QN_EXC_APPOINT || !e->ours || !e->counts)
            continue;
        snprintf(line, sizeof(line), "%s: %s (%s)", e->x.object, e->x.inspector, e->x.reason);
        name_list_add(out, qn_str(line));
    }
}

static void check_filled(struct facts *x)
{
    struct qn_roster roster = replay_roster(&x->replay, &x->v->ground.roster.r);
    QN_AUTO(name_list) struct name_list unfilled, overcap;
    name_list_init(&unfilled);
    name_list_init(&overcap);
    for (size_t i = 0; x->replay.paired && i < x->replay.pairs.nvisits; i++) {
        const struct qn_visit *v = &x->replay.pairs.visit[i];
        bool open = false, over = false;
        for (unsigned s = 0; s < v->n; s++) {
            open = open || v->inspector[s] < 0;
            over = over || v->overcap[s];
        }
        struct qn_span id = roster.object[v->object].id;
        if (open)
            name_list_add(&unfilled, id);
        if (over)
            name_list_add(&overcap, id);
    }
    if (unfilled.n) {
        QN_AUTO(name_list) struct name_list filled;
        name_list_init(&filled);
        list_appointed(x, &filled);
        struct finding *f = draw_finding(x, V_PAIR_UNFILLED);
        finding_put(x->f, f, "objects", "%s", name_list_text(&unfilled));
        finding_put(x->f, f, "filled", "%s", filled.n ? name_list_text(&filled) : "—");
    }
    if (overcap.n)
        finding_put(x->f, draw_finding(x, V_OVERCAP), "objects", "%s", name_list_text(&overcap));
}

/* ---- time and doubles ------------------------------------------------------------------------------------------------------- */

static void check_late(struct facts *x)
{
    if (!x->draw_s || !x->has_rules) {
        findings_skip(x->f, V_DRAW_LATE,
                      x->r->rival ? "verdict.skip.rival" : "verdict.skip.cosignature");
        return;
    }
    if (wire_day_at(x->draw_s) > slot_last_day(x->order.o.window_to, x->rules.return_days)) {
        struct finding *f = draw_finding(x, V_DRAW_LATE);
        finding_put(x->f, f, "to", "%s", x->order.o.window_to);
        finding_put(x->f, f, "days", "%u", x->rules.return_days);
    }
}

/* SPEC verdicts-18: "Two draws on one order are equal when their texts, `seen` and pi apart, their lists and pairs are" */
static bool same_text(const struct qn_result *a, const struct qn_result *b, bool *memory)
{
    struct qn_result *x = malloc(sizeof(*x));
    QN_AUTO(qn_buf) struct qn_buf one = {0}, two = {0};
    qn_buf_init(&one, QN_TEXT_MAX);
    qn_buf_init(&two, QN_TEXT_MAX);
    *memory = x != NULL;
    if (!x)
        return false;
    *x = *b;
    x->seen = a->seen;
    for (unsigned i = 0; i < a->nvrf && i < b->nvrf; i++)
        memcpy(x->vrf[i].pi, a->vrf[i].pi, sizeof(x->vrf[i].pi));
    qn_result_text(&one, a);
    qn_result_text(&two, x);
    free(x);
    *memory = !one.failed && !two.failed;
    return *memory && qn_span_eq(qn_buf_span(&one), qn_buf_span(&two));
}

/* Made again by the same software, from the same order. */
static bool same_draw(const struct record *a, const struct record *b, bool *memory)
{
    if (!a->res || !b->res || a->npicks != b->npicks || !same_text(a->res, b->res, memory))
        return false;
    struct by_target *p = sorted_picks(a), *q = sorted_picks(b);
    bool same = p && q;
    *memory = same;
    for (size_t i = 0; same && i < a->npicks; i++)
        same = compare_slots(a, p[i].i, b, q[i].i) == 0 &&
               qn_span_eq(record_object(a, p[i].i), record_object(b, q[i].i)) &&
               a->pick[p[i].i].mode == b->pick[q[i].i].mode;
    free(p);
    free(q);
    return same && (!a->has_pairs || !b->has_pairs ||
                    qn_span_eq(qn_buf_span(&a->pairs), qn_buf_span(&b->pairs)));
}

/* The first draw in the log that counts is the draw of its order; any other is a double. */
static enum qn_code check_double(struct facts *x)
{
    const struct record *r = x->r;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RESULTS_OF_ORDER);
    q_bind_text(&q, r->log.office);
    q_bind_text(&q, r->res->order.origin);
    q_bind_int(&q, (int64_t)r->res->order.index);
    int64_t first = q_step(&q) ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, x->v->err);
    if (rc || !first || (!r->rival && first == r->id))
        return rc;
    QN_AUTO(record) struct record other = {.rival = false};
    rc = record_read(&other, x->v->st, r->log.office, first, x->v->err);
    if (rc)
        return rc;
    bool memory = true;
    if (same_draw(r, &other, &memory))
        return QN_OK;
    if (!memory)
        return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    char name[DRAW_NAME_MAX];
    draw_name(name, r->log.office, first);
    finding_put(x->f, draw_finding(x, V_DRAW_DUPLICATE), "other", "%s", name);
    return QN_OK;
}

/* ---- all ---------------------------------------------------------------------------------------------------------------------- */

/* Why the draw cannot be computed again here; NULL when it can. */
static const char *not_computable(const struct facts *x)
{
    if (!x->has_rules)
        return "verdict.skip.rules";
    if (x->order.o.slot[0].type == QN_PAIRS && !x->has_listing)
        return "verdict.skip.list-rows";
    if (!x->has_betas)
        return "verdict.skip.vrf";
    if (!x->has_ground)
        return "verdict.skip.freeze-rows";
    return x->roots_ok ? NULL : "verdict.skip.roots";
}

/* SPEC draw-28: "A slot of type pairs draws no objects" */
static enum qn_code check_nothing_drawn(struct facts *x)
{
    const struct qn_result *res = x->r->res;
    if (res->nstrata)
        quota_wrong(x, &res->stratum[0], &res->stratum[0], NULL);
    if (res->nselected) {
        struct finding *f = draw_finding(x, V_SELECT_MISMATCH);
        finding_put(x->f, f, "left_out", "-");
        finding_put(x->f, f, "foreign", "-");
        finding_put(x->f, f, "mode", "-");
        finding_put(x->f, f, "list", NO);
        finding_put(x->f, f, "cut_off", NO);
    }
    return x->order.o.supp ? QN_OK : verify_listed(x); /* a supplement changes few visits */
}

static enum qn_code compute(struct facts *x)
{
    const char *why_not = not_computable(x);
    struct qn_err why;
    if (why_not) {
        skip_all(x, computed, COMPUTED, why_not);
        return QN_OK;
    }
    enum qn_code rc = verify_chain_load(x, &why_not);
    if (!rc && x->order.o.supp && !x->has_chain) {
        skip_all(x, computed, COMPUTED, why_not ? why_not : "verdict.skip.chain");
        return QN_OK;
    }
    if (!rc && x->order.o.supp) { /* the chain has it already */
        x->replay = x->chain.draw[x->chain_at].should;
        x->chain.draw[x->chain_at].should = (struct replay){.paired = false};
    } else if (!rc) {
        rc =
            replay_run(&x->replay, &x->rules, &x->v->ground.roster.r, &x->listing, &x->betas, &why);
    } else {
        return rc;
    }
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    if (rc) { /* the rules do not fit this freeze: nothing could be drawn, yet something was */
        struct finding *f = draw_finding(x, V_SELECT_MISMATCH);
        finding_put(x->f, f, "left_out", "-");
        finding_put(x->f, f, "foreign", "-");
        finding_put(x->f, f, "mode", "%s", why.args);
        finding_put(x->f, f, "list", NO);
        finding_put(x->f, f, "cut_off", NO);
        skip_all(x, computed, COMPUTED, "verdict.skip.rules");
        return QN_OK;
    }
    if (x->replay.nlisted) {
        rc = check_nothing_drawn(x);
    } else {
        check_quota(x);
        rc = check_selection(x);
    }
    if (!rc)
        rc = check_pairs(x);
    if (!rc)
        check_filled(x);
    if (!rc)
        rc = verify_loads(x);
    if (!rc)
        rc = verify_dispatch(x);
    return rc;
}

enum qn_code verify_draw(struct facts *x)
{
    static const enum verdict_code challenge[] = {V_ALPHA_MISMATCH, V_VRF_INVALID,
                                                  V_CONTRIBUTOR_MISSING, V_DRAW_LATE};
    check_order_of_list(x);
    if (!x->has_order) {
        skip_all(x, challenge, sizeof(challenge) / sizeof(challenge[0]), "verdict.skip.order");
        skip_all(x, computed, COMPUTED, "verdict.skip.order");
        return check_double(x);
    }
    check_challenge(x);
    enum qn_code rc = compute(x);
    check_late(x);
    return rc ? rc : check_double(x);
}
