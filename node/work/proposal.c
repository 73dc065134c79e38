#include "node/work/proposal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void proposals_free(struct proposals *p)
{
    for (size_t i = 0; i < p->ntargets; i++) {
        struct proposal_target *t = &p->target[i];
        char *const owned[] = {t->object, t->name,  t->address, t->inspectors,
                               t->uscc,   t->party, t->station};
        for (size_t k = 0; k < sizeof(owned) / sizeof(owned[0]); k++)
            free(owned[k]);
    }
    free(p->target);
    free(p->at);
    *p = (struct proposals){.n = 0};
}

/* ---- targets --------------------------------------------------------------------------------------------------------- */

/* An address without blanks: the same place is typed in many ways. */
static char *squeezed(const char *s)
{
    char *out = strdup(s), *to = out;
    for (const char *p = s; out && *p;) {
        if (*p == ' ' || *p == '\t') {
            p++;
        } else if (strncmp(p, "　", strlen("　")) == 0) {
            p += strlen("　");
        } else {
            *to++ = *p++;
        }
    }
    if (out)
        *to = 0;
    return out;
}

static bool take(struct proposal_target *t, struct query *q)
{
    const char *object = q_text(q, 4), *uscc = q_text(q, 10), *party = q_text(q, 11);
    *t = (struct proposal_target){.draw_id = q_int(q, 1), .round = q_int(q, 3)};
    qn_text_copy(t->office, sizeof(t->office), q_span(q, 0));
    snprintf(t->task, sizeof(t->task), "%s", q_text(q, 2));
    snprintf(t->from, sizeof(t->from), "%s", q_text(q, 8));
    snprintf(t->to, sizeof(t->to), "%s", q_text(q, 9));
    t->object = strdup(object);
    t->name = strdup(q_text(q, 5));
    t->address = squeezed(q_text(q, 6));
    t->inspectors = strdup(q_text(q, 7));
    /* An enterprise bears its code in its id; of a product or a device the party is who answers for it. */
    t->uscc = strdup(*uscc ? uscc : strncmp(object, "E:", 2) == 0 ? object + 2 : "");
    t->party = strdup(*party ? party : q_text(q, 5));
    t->station = strdup(q_text(q, 12));
    return t->object && t->name && t->address && t->inspectors && t->uscc && t->party && t->station;
}

static enum qn_code read_targets(struct proposals *out, struct store *st, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_WAITING);
    q_bind_text(&q, store_self(st)->office);
    while (q_step(&q)) {
        if (out->ntargets == cap) {
            cap = cap ? 2 * cap : 64;
            struct proposal_target *more = realloc(out->target, cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->target = more;
        }
        bool whole = take(&out->target[out->ntargets], &q);
        out->target[out->ntargets].group = out->ntargets;
        out->ntargets++;
        if (!whole)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    return query_end(&q, err);
}

/* ---- what belongs together ------------------------------------------------------------------------------------------- */

#define ADDRESS_LEAST 12 /* bytes: four characters; less names a town, not a door */

static const char *key_of(const struct proposal_target *t, enum proposal_reason why)
{
    switch (why) {
    case PROPOSAL_OBJECT:
        return t->object;
    case PROPOSAL_PARTY:
        return *t->uscc ? t->uscc : t->party;
    case PROPOSAL_ADDRESS:
        return strlen(t->address) >= ADDRESS_LEAST ? t->address : "";
    case PROPOSAL_DISTRICT:
        return t->station;
    }
    return "";
}

static size_t root_of(struct proposal_target *t, size_t i)
{
    while (t[i].group != i)
        i = t[i].group = t[t[i].group].group;
    return i;
}

struct keyed {
    const char *key;
    size_t at;
};
static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Targets with one key are of one group; a party without a code is also met by its name. */
static enum qn_code join(struct proposals *p, enum proposal_reason why, bool by_name,
                         struct qn_err *err)
{
    struct keyed *k = malloc((p->ntargets + 1) * sizeof(*k));
    if (!k)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < p->ntargets; i++)
        k[i] = (struct keyed){by_name ? p->target[i].party : key_of(&p->target[i], why), i};
    qsort(k, p->ntargets, sizeof(*k), by_key);
    for (size_t i = 1; i < p->ntargets; i++)
        if (*k[i].key && strcmp(k[i].key, k[i - 1].key) == 0)
            p->target[root_of(p->target, k[i].at)].group = root_of(p->target, k[i - 1].at);
    free(k);
    return QN_OK;
}

static int by_group(const void *a, const void *b)
{
    const struct proposal_target *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    int order = strcmp(x->to, y->to);
    return order ? order : strcmp(x->object, y->object);
}

/* ---- proposals ------------------------------------------------------------------------------------------------------- */

static unsigned reasons_of(const struct proposal_target *t, size_t n, bool district)
{
    unsigned why = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            why |= strcmp(t[i].object, t[k].object) == 0 ? PROPOSAL_OBJECT : 0u;
            why |= (*t[i].uscc && strcmp(t[i].uscc, t[k].uscc) == 0) ||
                           strcmp(t[i].party, t[k].party) == 0
                       ? PROPOSAL_PARTY
                       : 0u;
            why |= strlen(t[i].address) >= ADDRESS_LEAST && strcmp(t[i].address, t[k].address) == 0
                       ? PROPOSAL_ADDRESS
                       : 0u;
            why |= district && *t[i].station && strcmp(t[i].station, t[k].station) == 0
                       ? PROPOSAL_DISTRICT
                       : 0u;
        }
    return why;
}

/* What one joint draw sends to one object is one visit already. */
static bool is_one_visit(const struct proposal_target *t, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (t[i].draw_id != t[0].draw_id || strcmp(t[i].office, t[0].office) != 0 ||
            strcmp(t[i].object, t[0].object) != 0)
            return false;
    return true;
}

static enum qn_code add(struct proposals *p, size_t first, size_t n, bool district,
                        struct qn_err *err)
{
    const struct proposal_target *t = &p->target[first];
    if (n < 2 || is_one_visit(t, n))
        return QN_OK;
    struct proposal *more = realloc(p->at, (p->n + 1) * sizeof(*more));
    if (!more)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    p->at = more;
    struct proposal *to = &more[p->n++];
    *to = (struct proposal){
        .first = first, .n = n, .reasons = reasons_of(t, n, district), .same_inspectors = true};
    memcpy(to->from, t->from, sizeof(to->from));
    memcpy(to->to, t->to, sizeof(to->to));
    for (size_t i = 1; i < n; i++) {
        if (strcmp(t[i].from, to->from) > 0)
            memcpy(to->from, t[i].from, sizeof(to->from));
        to->same_inspectors = to->same_inspectors && strcmp(t[i].inspectors, t[0].inspectors) == 0;
    }
    return QN_OK;
}

/* SPEC plans-15: "one proposal has targets whose windows all have a day in common" */
static enum qn_code split(struct proposals *p, bool district, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < p->ntargets;) {
        size_t n = 1; /* by last day: who begins behind the first one's last day is of the next */
        while (i + n < p->ntargets && p->target[i + n].group == p->target[i].group &&
               strcmp(p->target[i + n].from, p->target[i].to) <= 0)
            n++;
        rc = add(p, i, n, district, err);
        i += n;
    }
    return rc;
}

static int by_end(const void *a, const void *b)
{
    const struct proposal *x = a, *y = b;
    int order = strcmp(x->to, y->to);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

enum qn_code proposals_read(struct proposals *out, struct store *st, bool district,
                            struct qn_err *err)
{
    QN_AUTO(proposals) struct proposals p = {.n = 0};
    enum qn_code rc = read_targets(&p, st, err);
    for (unsigned why = PROPOSAL_OBJECT; !rc && why <= PROPOSAL_ADDRESS; why <<= 1)
        rc = join(&p, (enum proposal_reason)why, false, err);
    if (!rc)
        rc = join(&p, PROPOSAL_PARTY, true, err);
    if (!rc && district)
        rc = join(&p, PROPOSAL_DISTRICT, false, err);
    for (size_t i = 0; i < p.ntargets; i++)
        p.target[i].group = root_of(p.target, i);
    if (!rc && p.ntargets)
        qsort(p.target, p.ntargets, sizeof(*p.target), by_group);
    if (!rc)
        rc = split(&p, district, err);
    if (rc)
        return rc;
    if (p.n)
        qsort(p.at, p.n, sizeof(*p.at), by_end);
    *out = p;
    p = (struct proposals){.n = 0};
    return QN_OK;
}
