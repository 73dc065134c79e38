/* check_draw.c - the three entries of one draw: signatures, places, times, seed, list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/store/clock.h"

static const char *const file_of[QN_EV_ENTRIES] = {"order", "freeze", "draw"};
static const char *const entry_id[QN_EV_ENTRIES] = {"check.entry-order", "check.entry-freeze",
                                                    "check.entry-draw"};
static const char *const place_id[QN_EV_ENTRIES] = {"check.place-order", "check.place-freeze",
                                                    "check.place-draw"};

/* ---- entries ------------------------------------------------------------------------------------ */

/* Signature and commitment of one entry: only then its bytes may be read. */
static bool check_entry(struct check *c, enum qn_ev which)
{
    const struct qn_ev_entry *e = &c->ev.entry[which];
    struct qn_err why;
    c->signer[which] = check_cert_of(c, e->office, e->epoch);
    enum qn_code rc = c->signer[which] ? qn_evidence_signed(&c->ev, which, c->signer[which], &why)
                                       : qn_fail(&why, QN_UNVERIFIED, "check.no-certificate",
                                                 "office=%s", e->office);
    if (!rc)
        rc = qn_evidence_committed(&c->ev, which, &why);
    if (rc)
        check_fails(c, &why, entry_id[which], "log=%s|seq=%llu", e->origin,
                    (unsigned long long)e->seq);
    else
        check_ok(c, entry_id[which], "log=%s|seq=%llu", e->origin, (unsigned long long)e->seq);
    return !rc;
}

static enum qn_code is_this_draw(const struct check *c, struct qn_err *why)
{
    uint16_t epoch, n;
    uint64_t seq;
    const struct qn_ev_entry *d = &c->ev.entry[QN_EV_DRAW];
    qn_row_id_split(c->id, &epoch, &seq, &n);
    if (strcmp(d->office, c->office) == 0 && d->epoch == epoch && d->seq == seq)
        return QN_OK;
    return qn_fail(why, QN_UNVERIFIED, "check.other-draw", "draw=%s|log=%s|seq=%llu", c->o->draw,
                   d->origin, (unsigned long long)d->seq);
}

static bool check_entries(struct check *c)
{
    char path[256];
    struct qn_err why;
    snprintf(path, sizeof(path), "%s/entries.frames", c->dir);
    enum qn_code rc = check_read(c, &c->frames, path, &why);
    if (!rc)
        rc = qn_evidence_split(&c->ev, qn_buf_span(&c->frames), &why);
    if (!rc)
        rc = is_this_draw(c, &why);
    if (rc) {
        check_fails(c, &why, "check.frames", "path=%s", path);
        return false;
    }
    bool sound = true;
    for (int i = 0; i < QN_EV_ENTRIES; i++)
        sound = check_entry(c, (enum qn_ev)i) && sound;
    return sound;
}

static bool check_texts(struct check *c)
{
    struct qn_err why;
    enum qn_code rc = qn_evidence_read(&c->ev, c->signer, &why);
    if (rc) {
        check_fails(c, &why, "check.texts", "");
        return false;
    }
    const struct qn_span text[QN_EV_ENTRIES] = {c->ev.note_bytes, c->ev.freeze_text,
                                                c->ev.result_text};
    static const char *const name[QN_EV_ENTRIES] = {"order.txt", "freeze.txt", "result.txt"};
    bool same = true;
    for (int i = 0; i < QN_EV_ENTRIES; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", c->dir, name[i]);
        if (check_read(c, &b, path, &why) == QN_OK && !qn_span_eq(qn_buf_span(&b), text[i]))
            (void)qn_fail(&why, QN_UNVERIFIED, "check.text-differs", "path=%s", path);
        else if (b.n)
            continue;
        check_fails(c, &why, "check.texts", "");
        same = false;
    }
    if (same)
        check_ok(c, "check.texts", "");
    return true;
}

static void check_order(struct check *c)
{
    struct qn_err why;
    if (qn_evidence_order(&c->ev, c->signer[QN_EV_ORDER], &why) != QN_OK)
        check_fails(c, &why, "check.order", "office=%s", c->signer[QN_EV_ORDER]->name);
    else
        check_ok(c, "check.order", "office=%s", c->signer[QN_EV_ORDER]->name);
    if (qn_evidence_links(&c->ev, &why) != QN_OK)
        check_fails(c, &why, "check.links", "");
    else
        check_ok(c, "check.links", "");
}

/* ---- places and times --------------------------------------------------------------------------- */

/* Any verified certificate of the witness may have signed: a witness key may be renewed within an epoch. */
const struct qn_cert *check_cosigner(const struct check *c, const struct qn_note *note,
                                     const char *office, uint64_t *time_s)
{
    struct qn_err none;
    for (size_t i = 0; i < c->ncerts; i++) {
        const struct qn_cert *x = &c->cert[i].c;
        char origin[QN_ORIGIN_MAX + 1], name[QN_ORIGIN_MAX + 16];
        if (!c->cert[i].verified || strcmp(x->office, office) != 0)
            continue;
        qn_cert_origin(origin, x);
        snprintf(name, sizeof(name), "%s/witness", origin);
        if (qn_cosign_verify(note, qn_str(name), x->witness, time_s, &none) == QN_OK)
            return x;
    }
    return NULL;
}

static void local_time(char out[32], uint64_t time_s)
{
    clock_text(out, time_s * 1000);
    out[10] = ' ';
}

static void check_proof(struct check *c, enum qn_ev which, const char *path, const char *office)
{
    const struct qn_ev_entry *e = &c->ev.entry[which];
    struct qn_ev_times *t = &c->times[which];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_note *note = malloc(sizeof(*note));
    struct qn_err why;
    uint64_t time_s = 0;
    const struct qn_cert *by = NULL;
    enum qn_code rc =
        note ? check_read(c, &b, path, &why) : qn_fail(&why, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = qn_evidence_proof(note, e, qn_buf_span(&b), c->signer[which], &why);
    if (!rc) {
        by = check_cosigner(c, note, office, &time_s);
        rc = by ? QN_OK : qn_fail(&why, QN_UNVERIFIED, "check.not-cosigned", "office=%s", office);
    }
    free(note);
    if (rc) {
        check_fails(c, &why, "check.proof", "entry=%s|path=%s", qn_ev_name(which), path);
        return;
    }
    char when[32];
    local_time(when, time_s);
    check_ok(c, place_id[which], "office=%s|time=%s", by->name, when);
    if (check_is_above(c, office, c->office) && t->n < QN_EV_WITNESSES) {
        memcpy(t->by[t->n].office, by->office, sizeof(t->by[0].office));
        t->by[t->n++].time_s = time_s;
    }
}

/* SPEC public-7: "at least one office above the one that drew has cosigned each of the three" */
static void check_places(struct check *c)
{
    const struct qn_cert *self = check_cert_of(c, c->office, 0);
    for (int i = 0; i < QN_EV_ENTRIES; i++) {
        char prefix[256];
        if (!c->signer[i])
            continue;
        snprintf(prefix, sizeof(prefix), "%s/%s.", c->dir, file_of[i]);
        size_t n = strlen(prefix);
        for (size_t k = 0; k < c->m.n; k++) {
            struct qn_span p = c->m.line[k].path;
            char path[200], office[QN_CODE_MAX + 1];
            if (p.n <= n + 6 || memcmp(p.p, prefix, n) != 0 ||
                memcmp(p.p + p.n - 6, ".proof", 6) != 0 || !qn_text_copy(path, sizeof(path), p) ||
                !qn_text_copy(office, sizeof(office), (struct qn_span){p.p + n, p.n - n - 6}))
                continue;
            check_proof(c, (enum qn_ev)i, path, office);
        }
        if (!c->times[i].n && (!self || self->issuer[0]))
            check_fails(c, NULL, "check.no-witness", "entry=%s", qn_ev_name((enum qn_ev)i));
    }
}

/* ---- seed, list, strata, level ------------------------------------------------------------------ */

static void check_seed(struct check *c)
{
    struct qn_err why;
    char hex[2 * 32 + 1];
    const struct qn_cert *drawer =
        c->ev.order.nkeys ? check_vrf_cert(c, c->office, c->ev.order.vrf[0]) : NULL;
    if (qn_evidence_seed(&c->ev, drawer ? drawer : c->signer[QN_EV_DRAW], &why) != QN_OK) {
        check_fails(c, &why, "check.vrf", "keys=%u", c->ev.order.nkeys);
        return;
    }
    check_ok(c, "check.vrf", "keys=%u", c->ev.order.nkeys);
    qn_hex(hex, c->ev.seed, 32);
    check_ok(c, "check.seed", "seed=%s", hex);
    if (qn_evidence_list(&c->ev, &why) != QN_OK)
        check_fails(c, &why, "check.list", "count=%zu", c->ev.nselected);
    else
        check_ok(c, "check.list", "count=%zu", c->ev.nselected);
}

static void check_rules(struct check *c)
{
    c->rules = calloc(QN_ORDER_SLOTS, sizeof(*c->rules));
    if (!c->rules) {
        c->no_memory = true;
        return;
    }
    for (unsigned i = 0; i < c->ev.order.nslots; i++) {
        char path[256];
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct qn_err why;
        snprintf(path, sizeof(path), "%s/rules-%u.txt", c->dir, i + 1);
        if (!manifest_find(&c->m, qn_str(path))) {
            check_ok(c, "check.rules-absent", "slot=%u", i + 1);
            continue;
        }
        enum qn_code rc = check_read(c, &b, path, &why);
        if (!rc)
            rc = qn_rules_parse(&c->rules[i], qn_buf_span(&b), &why);
        if (!rc && memcmp(c->rules[i].hash, c->ev.order.slot[i].rules_hash, QN_HASH) != 0)
            rc = qn_fail(&why, QN_UNVERIFIED, "check.rules-differ", "path=%s", path);
        if (rc) {
            check_fails(c, &why, "check.rules", "slot=%u", i + 1);
            continue;
        }
        c->rules_of[i] = &c->rules[i];
        check_ok(c, "check.rules", "slot=%u", i + 1);
    }
    struct qn_err why;
    if (qn_evidence_strata(&c->ev, c->rules_of, &why) != QN_OK)
        check_fails(c, &why, "check.strata", "count=%u", c->ev.result.nstrata);
    else
        check_ok(c, "check.strata", "count=%u", c->ev.result.nstrata);
}

static void check_level(struct check *c)
{
    uint32_t hours = UINT32_MAX;
    for (unsigned i = 0; i < c->ev.order.nslots; i++) {
        if (!c->rules_of[i])
            return; /* the hours are in the rules, which the step before said are not here */
        hours = c->rules_of[i]->witness_hours < hours ? c->rules_of[i]->witness_hours : hours;
    }
    switch (qn_evidence_level(c->times, hours)) {
    case QN_WITNESSED:
        check_ok(c, "check.level-witnessed", "hours=%u", hours);
        return;
    case QN_OFFLINE:
        check_ok(c, "check.level-offline", "hours=%u", hours);
        return;
    case QN_UNWITNESSED:
        check_ok(c, "check.level-unwitnessed", "");
        return;
    }
}

void check_draw(struct check *c)
{
    bool sound = check_entries(c);
    if (c->frames.n && c->ev.entry[QN_EV_DRAW].sig)
        check_places(c); /* leaves are hashes: their places can be told whatever the parts are */
    c->read = sound && check_texts(c);
    if (!c->read)
        return;
    check_order(c);
    check_seed(c);
    if (!c->ev.has_seed)
        return;
    check_rules(c);
    if (c->ev.order.supp)
        check_supplement(c);
    if (c->rules)
        check_level(c);
}
