#include "node/store/trail.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/entry_of.h"
#include "node/store/internal.h"
#include "node/store/rows.h"
#include "protocol/wire.h"

#define TAG        "qian-trail/1\n"
#define PLACES     4096 /* entries that speak of one object */
#define LINE_BYTES 2048

/* ---- written ------------------------------------------------------------------------------------------------------- */

struct line {
    struct trail_line l;
    uint8_t leaf[QN_HASH]; /* zeros without entry */
    uint8_t hash[QN_HASH];
};

static void put_text(struct qn_buf *b, const char *s)
{
    qn_put_uint(b, strlen(s), 2);
    qn_put_str(b, s);
}

/* SPEC roles-17: "the tag, the hash of the line before" */
static enum qn_code hash_line(uint8_t out[QN_HASH], const uint8_t before[QN_HASH],
                              const struct line *x, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, LINE_BYTES);
    qn_put_str(&b, TAG);
    qn_put_span(&b, (struct qn_span){before, QN_HASH});
    qn_put_uint(&b, x->l.no, 8);
    qn_put_uint(&b, x->l.at_ms, 8);
    put_text(&b, x->l.person);
    put_text(&b, x->l.act);
    put_text(&b, x->l.rule);
    put_text(&b, x->l.about);
    qn_put_uint(&b, x->l.epoch, 2);
    qn_put_uint(&b, (uint64_t)x->l.seq, 8); /* all ones: none */
    qn_put_span(&b, QN_SPAN(x->leaf));
    enum qn_code rc = qn_buf_check(&b, err);
    if (!rc)
        crypto_hash_sha256(out, b.p, b.n);
    return rc;
}

enum qn_code trail_last(uint64_t *no, uint8_t hash[QN_HASH], struct store *st,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_LAST);
    *no = 0;
    memset(hash, 0, QN_HASH);
    if (q_step(&q)) {
        *no = (uint64_t)q_int(&q, 0);
        struct qn_span h = q_span(&q, 1);
        if (h.n == QN_HASH)
            memcpy(hash, h.p, QN_HASH);
    }
    return query_end(&q, err);
}

static enum qn_code insert(struct store *st, const struct line *x, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_PUT);
    q_bind_int(&q, (int64_t)x->l.no);
    q_bind_int(&q, (int64_t)x->l.at_ms);
    q_bind_text(&q, x->l.person);
    q_bind_text(&q, x->l.act);
    q_bind_text(&q, x->l.rule);
    q_bind_text(&q, x->l.about);
    q_bind_int(&q, x->l.epoch);
    q_bind_int(&q, x->l.seq);
    q_bind_blob(&q, x->leaf, QN_HASH);
    q_bind_blob(&q, x->hash, QN_HASH);
    return store_run(&q, err);
}

static enum qn_code add(struct store *st, struct line *x, struct qn_err *err)
{
    uint8_t before[QN_HASH];
    const bool kept = st->kept;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = trail_last(&x->l.no, before, st, err);
    x->l.no++;
    x->l.at_ms = clock_now_ms(st);
    if (!rc)
        rc = hash_line(x->hash, before, x, err);
    if (!rc)
        rc = insert(st, x, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!st->depth)
        st->kept = kept; /* that it was begun is nothing of what was asked for */
    return rc;
}

enum qn_code trail_entry(struct store *st, const struct act *a, const uint8_t leaf[QN_HASH],
                         struct qn_err *err)
{
    struct line x = {.l = {.person = a->by,
                           .act = a->duty.name,
                           .rule = "",
                           .about = a->about,
                           .seq = (int64_t)a->seq,
                           .epoch = st->self.epoch}};
    memcpy(x.leaf, leaf, QN_HASH);
    return add(st, &x, err);
}

enum qn_code trail_put(struct store *st, const struct duty *d, const char *person,
                       const char *about, struct qn_err *err)
{
    char cut[TRAIL_ABOUT + 1];
    snprintf(cut, sizeof(cut), "%s", about);
    struct line x = {.l = {.person = person, .act = d->name, .rule = "", .about = cut, .seq = -1}};
    return add(st, &x, err);
}

void trail_refused(struct store *st, const struct duty *d, const char *person, const char *rule)
{
    struct store_refused *r = &st->refused;
    r->waits = true;
    snprintf(r->person, sizeof(r->person), "%.*s", PERSON_NAME, person);
    snprintf(r->act, sizeof(r->act), "%s", d->name);
    snprintf(r->rule, sizeof(r->rule), "%s", rule);
    if (!st->depth)
        trail_flush(st);
}

void trail_flush(struct store *st)
{
    struct store_refused r = st->refused;
    struct qn_err none;
    if (!r.waits || st->depth || store_given_up(st, &none) != QN_OK)
        return; /* of work that is given up: with its end (store_on_stop) */
    st->refused.waits = false;
    struct line x = {
        .l = {.person = r.person, .act = r.act, .rule = r.rule, .about = "", .seq = -1}};
    (void)!add(st, &x, &none); /* a database that is only looked at takes none */
}

/* ---- read ------------------------------------------------------------------------------------------------------------ */

/* Lends until the next step of the query. */
static void read_line(struct line *out, struct query *q)
{
    struct qn_span leaf = q_span(q, 8), hash = q_span(q, 9);
    *out = (struct line){.l = {.no = (uint64_t)q_int(q, 0),
                               .at_ms = (uint64_t)q_int(q, 1),
                               .person = q_text(q, 2),
                               .act = q_text(q, 3),
                               .rule = q_text(q, 4),
                               .about = q_text(q, 5),
                               .epoch = (uint16_t)q_int(q, 6),
                               .seq = q_int(q, 7)}};
    if (leaf.n == QN_HASH)
        memcpy(out->leaf, leaf.p, QN_HASH);
    if (hash.n == QN_HASH)
        memcpy(out->hash, hash.p, QN_HASH);
}

/* The entries of this office that hold rows about one object, or revisions of one record. */
struct places {
    unsigned n;
    struct {
        uint16_t epoch;
        uint64_t seq;
    } at[PLACES];
};

static enum qn_code add_place(struct places *p, struct store *st, const char *table, int64_t id,
                              int64_t rev, struct qn_err *err)
{
    struct log log;
    struct qn_err why;
    uint64_t seq;
    enum qn_code rc = entry_of_row(&log, &seq, st, table, st->self.office, id, rev, &why);
    if (rc == QN_ABSENT) /* purged, say */
        return QN_OK;
    if (rc || p->n == PLACES)
        return rc ? qn_fail(err, rc, why.id, "%s", why.args)
                  : qn_fail(err, QN_LIMIT, "trail.places", "max=%d", PLACES);
    p->at[p->n].epoch = log.epoch;
    p->at[p->n++].seq = seq;
    return QN_OK;
}

static enum qn_code places_of_object(struct places *p, struct store *st, const char *object,
                                     struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < st->reg->ntables; i++) {
        const struct qn_table *t = &st->reg->table[i];
        bool has = false;
        for (unsigned k = 0; k < t->ncols; k++)
            has = has || strcmp(t->col[k].name, "object_id") == 0;
        if (!has)
            continue;
        QN_AUTO(rows) struct rows r = {0};
        const struct rows_query q = {.table = t->name,
                                     .office = st->self.office,
                                     .where = {{.column = "object_id", .text = object}},
                                     .nwhere = 1,
                                     .history = true};
        rc = rows_open(&r, st, &q, err);
        while (!rc && rows_step(&r))
            rc = add_place(p, st, t->name, rows_int(&r, "id"), rows_int(&r, "rev"), err);
        if (!rc)
            rc = rows_end(&r, err);
    }
    return rc;
}

static enum qn_code places_of(struct places *p, struct store *st, const char *object,
                              struct qn_err *err)
{
    const size_t n = strlen(st->self.office);
    char table[QN_TABLE_NAME];
    struct qn_err none;
    int64_t id, newest;
    if (strncmp(object, st->self.office, n) != 0 || object[n] != ':' ||
        qn_row_id_parse(&id, qn_str(object + n + 1), &none) != QN_OK)
        return places_of_object(p, st, object, err);
    enum qn_code rc = entry_newest_rev(&newest, table, st, st->self.office, id, err);
    for (int64_t rev = 1; !rc && rev <= newest; rev++)
        rc = add_place(p, st, table, id, rev, err);
    return rc;
}

static bool is_at(const struct places *p, const struct trail_line *l)
{
    for (unsigned i = 0; i < p->n; i++)
        if (l->seq >= 0 && p->at[i].epoch == l->epoch && p->at[i].seq == (uint64_t)l->seq)
            return true;
    return false;
}

static bool is_wanted(const struct trail_filter *f, const struct places *p,
                      const struct trail_line *l)
{
    char day[11];
    wire_day_text(wire_day_at(l->at_ms / 1000), day);
    return (!f->person || strcmp(f->person, l->person) == 0) &&
           (!f->act || strcmp(f->act, l->act) == 0) && (!f->since || strcmp(day, f->since) >= 0) &&
           (!f->until || strcmp(day, f->until) <= 0) && (!f->refused || l->rule[0]) &&
           (!f->object || is_at(p, l) || strstr(l->about, f->object));
}

enum qn_code trail_read(struct store *st, const struct trail_filter *f,
                        bool (*each)(void *ctx, const struct trail_line *l), void *ctx,
                        struct qn_err *err)
{
    uint64_t n = 0;
    bool more = true;
    enum qn_code rc = duty_act(st, duty_of(DUTY_TRAIL), NULL, f->person ? f->person : "", err);
    struct places *p = rc ? NULL : calloc(1, sizeof(*p));
    if (!p)
        return rc ? rc : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (f->object && st->has_self)
        rc = places_of(p, st, f->object, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_ALL);
        q_bind_int(&q, (int64_t)f->past);
        while (more && q_step(&q)) {
            struct line x;
            read_line(&x, &q);
            if (!is_wanted(f, p, &x.l))
                continue;
            more = each(ctx, &x.l) && (!f->limit || ++n < f->limit);
        }
        rc = query_end(&q, err);
    }
    free(p);
    return rc;
}

/* ---- checked and carried ---------------------------------------------------------------------------------------------- */

static enum qn_code has_entry(bool *out, struct store *st, const struct line *x, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_LEAF);
    q_bind_text(&q, st->self.office);
    q_bind_int(&q, x->l.epoch);
    q_bind_int(&q, x->l.seq);
    q_bind_blob(&q, x->leaf, QN_HASH);
    *out = q_step(&q);
    return query_end(&q, err);
}

/* SPEC roles-17: "No line is missing between two" */
enum qn_code trail_check(struct trail_checked *out, struct store *st, struct qn_err *err)
{
    uint8_t before[QN_HASH] = {0}, hash[QN_HASH];
    enum qn_code rc = QN_OK;
    *out = (struct trail_checked){0};
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_ALL);
        q_bind_int(&q, 0);
        while (!rc && q_step(&q)) {
            struct line x;
            bool there = true;
            read_line(&x, &q);
            out->lines++;
            rc = hash_line(hash, before, &x, err);
            if (!rc && !out->wrong && (x.l.no != out->lines || memcmp(hash, x.hash, QN_HASH) != 0))
                out->wrong = x.l.no;
            if (!rc && x.l.seq >= 0)
                rc = has_entry(&there, st, &x, err);
            if (!there && !out->foreign)
                out->foreign = x.l.no;
            memcpy(before, x.hash, QN_HASH);
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_UNTOLD);
    q_bind_text(&q, st->self.office);
    out->untold = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
    rc = query_end(&q, err);
    return rc ? rc : trail_compare(out, st, err);
}

enum qn_code trail_copy(struct store *to, struct store *from, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(from, SQL_TRAIL_ALL);
    q_bind_int(&q, 0);
    while (!rc && q_step(&q)) {
        struct line x;
        read_line(&x, &q);
        rc = insert(to, &x, err);
    }
    return rc ? rc : query_end(&q, err);
}
