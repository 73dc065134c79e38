#include "node/work/blind.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/work/record_types.h"
#include "qian/blind.h"

#define AN_ENTRY 500 /* marks or numbers of one entry */

static const char *own(struct store *st)
{
    const struct qn_cert *self = store_self(st);
    return self ? self->office : "";
}

/* ---- given ----------------------------------------------------------------------------------------------------------- */

struct fresh {
    int64_t sample;
    char number[BLIND_NUMBER + 1];
    uint8_t salt[QN_HASH], digest[QN_HASH];
};

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct fresh *)a)->digest, ((const struct fresh *)b)->digest, QN_HASH);
}

/* Eight characters that are not taken for one another. */
static void make_number(struct fresh *f)
{
    static const char letters[] = "23456789ACDEFGHJKLMNPQRTUVWXYZ";
    unsigned n = 0;
    f->number[n++] = 'M';
    while (n < 9)
        f->number[n++] = letters[randombytes_uniform(sizeof(letters) - 1)];
    f->number[n] = 0;
}

static enum qn_code keep(struct store *st, const struct fresh *f, const char *by, const char *now,
                         struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_ADD);
    q_bind_int(&q, f->sample);
    q_bind_text(&q, f->number);
    q_bind_blob(&q, f->salt, QN_HASH);
    q_bind_blob(&q, f->digest, QN_HASH);
    q_bind_text(&q, by);
    q_bind_text(&q, now);
    (void)q_step(&q);
    return query_end(&q, err);
}

static enum qn_code put_mark(struct act *a, struct store *st, const struct fresh *f, const char *by,
                             struct qn_err *err)
{
    char hex[2 * QN_HASH + 1];
    QN_AUTO(record_draft) struct record_draft d = {0};
    qn_hex(hex, f->digest, QN_HASH);
    enum qn_code rc = record_start(&d, st, &record_blind_mark, by, err);
    if (!rc)
        rc = keep(st, f, by, d.now, err);
    if (!rc)
        rc = record_set(&d, "digest", qn_str(hex), err);
    if (!rc)
        rc = record_put(&d, a, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_MARKED);
    q_bind_int(&q, f->sample);
    q_bind_int(&q, d.id);
    (void)q_step(&q);
    return query_end(&q, err);
}

/* The samples that wait for a number, or the ones named, if they do. */
static enum qn_code waiting(struct fresh **out, size_t *n, struct store *st,
                            const char *const *sample, unsigned named, struct qn_err *err)
{
    size_t cap = 0;
    struct fresh *list = NULL;
    QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_WAITING);
    q_bind_text(&q, own(st));
    *n = 0;
    while (q_step(&q)) {
        bool wanted = !named;
        char row[40];
        qn_row_id_text(row, q_int(&q, 0));
        for (unsigned i = 0; i < named; i++)
            wanted = wanted || strcmp(sample[i], q_text(&q, 1)) == 0 || strcmp(sample[i], row) == 0;
        if (!wanted)
            continue;
        if (*n == cap) {
            struct fresh *more = realloc(list, (cap = cap ? 2 * cap : 64) * sizeof(*list));
            if (!more) {
                free(list);
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            }
            list = more;
        }
        list[(*n)++] = (struct fresh){.sample = q_int(&q, 0)};
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && named && *n != named)
        rc = qn_fail(err, QN_DENIED, "sampling.not-received", "have=%zu|named=%u", *n, named);
    if (rc)
        free(list);
    else
        *out = list;
    return rc;
}

static enum qn_code write_marks(struct store *st, const struct fresh *f, size_t n, const char *by,
                                struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = record_act(&a, st, &record_blind_mark, by, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = put_mark(&a, st, &f[i], by, err);
    return rc ? rc : record_commit(&a, &record_blind_mark, err);
}

enum qn_code blind_assign(unsigned *made, struct store *st, const char *const *sample, unsigned n,
                          const char *by, struct qn_err *err)
{
    struct fresh *list = NULL;
    size_t have = 0;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = duty_may(st, duty_of(DUTY_BLIND), by, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = waiting(&list, &have, st, sample, n, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < have; i++) {
        char name[80];
        record_name_text(name, own(st), list[i].sample);
        make_number(&list[i]);
        randombytes_buf(list[i].salt, QN_HASH);
        qn_blind_digest(list[i].digest, qn_str(name), qn_str(list[i].number), list[i].salt);
    }
    /* SPEC sampling-11: "the marks stand in the order of their digests" */
    if (have)
        qsort(list, have, sizeof(*list), by_digest);
    for (size_t at = 0; !rc && at < have; at += AN_ENTRY)
        rc = write_marks(st, list + at, have - at < AN_ENTRY ? have - at : AN_ENTRY, by, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (list)
        sodium_memzero(list, have * sizeof(*list));
    free(list);
    *made = (unsigned)have;
    return rc;
}

enum qn_code blind_check_mark(const struct record_draft *d, struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    bool found = false;
    if (!qn_hex_decode(digest, QN_HASH, qn_str(record_text(d, "digest"))))
        return qn_fail(err, QN_MALFORMED, "sampling.blind-own", "");
    QN_AUTO(query) struct query q = query_start(d->st, SQL_BLIND_OF_DIGEST);
    q_bind_blob(&q, digest, QN_HASH);
    found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_DENIED, "sampling.blind-own", "");
}

/* ---- shown ----------------------------------------------------------------------------------------------------------- */

enum qn_code blind_list(struct store *st, const char *by,
                        void (*each)(void *ctx, const struct blind_number *b), void *ctx,
                        struct qn_err *err)
{
    enum qn_code rc = duty_act(st, duty_of(DUTY_BLIND), by, "list", err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_LIST);
    q_bind_text(&q, own(st));
    while (q_step(&q)) {
        struct blind_number b = {.concluded = q_int(&q, 3) != 0, .revealed = q_int(&q, 4) != 0};
        snprintf(b.sheet_no, sizeof(b.sheet_no), "%s", q_text(&q, 0));
        snprintf(b.lab, sizeof(b.lab), "%s", q_text(&q, 1));
        snprintf(b.number, sizeof(b.number), "%s", q_text(&q, 2));
        each(ctx, &b);
    }
    return query_end(&q, err);
}

static enum qn_code find(enum sql sql, struct store *st, const char *called, int64_t *id,
                         struct qn_err *err)
{
    bool found;
    QN_AUTO(query) struct query q = query_start(st, sql);
    q_bind_text(&q, own(st));
    q_bind_text(&q, called);
    found = q_step(&q);
    *id = found ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "sampling.no-number", "value=%.40s", called);
}

enum qn_code blind_find(struct store *st, const char *number, int64_t *id, struct qn_err *err)
{
    return find(SQL_BLIND_MARK_OF, st, number, id, err);
}

enum qn_code blind_find_test(struct store *st, const char *number, int64_t *id, struct qn_err *err)
{
    return find(SQL_BLIND_TEST_OF, st, number, id, err);
}

enum qn_code blind_sample(struct record_draft *out, struct store *st, int64_t mark,
                          struct qn_err *err)
{
    int64_t sample;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_OF_MARK);
        q_bind_int(&q, mark);
        sample = q_step(&q) ? q_int(&q, 0) : 0;
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    return sample ? record_load(out, st, &record_sample, own(st), sample, 0, err)
                  : qn_fail(err, QN_ABSENT, "sampling.number-lost", "");
}

/* ---- revealed -------------------------------------------------------------------------------------------------------- */

/* SPEC sampling-12: "once the test of the mark has its conclusion and not before" */
enum qn_code blind_check_reveal(const struct record_draft *d, struct qn_err *err)
{
    uint8_t salt[QN_HASH], digest[QN_HASH];
    char hex[2 * QN_HASH + 1];
    bool concluded;
    QN_AUTO(record_draft) struct record_draft mark = {0};
    enum qn_code rc = record_referred(&mark, d, "mark", err);
    if (rc)
        return rc;
    if (!qn_hex_decode(salt, QN_HASH, qn_str(record_text(d, "salt"))))
        return qn_fail(err, QN_MALFORMED, "sampling.blind-false", "");
    qn_blind_digest(digest, qn_str(record_text(d, "sample")), qn_str(record_text(d, "number")),
                    salt);
    qn_hex(hex, digest, QN_HASH);
    if (strcmp(hex, record_text(&mark, "digest")) != 0)
        return qn_fail(err, QN_DENIED, "sampling.blind-false", "");
    QN_AUTO(query) struct query q = query_start(d->st, SQL_BLIND_CONCLUDED);
    q_bind_text(&q, own(d->st));
    q_bind_int(&q, record_number(d, "mark"));
    concluded = q_step(&q) && q_int(&q, 0) == 1 && q_int(&q, 1) == 0;
    rc = query_end(&q, err);
    return rc || concluded ? rc : qn_fail(err, QN_DENIED, "sampling.not-concluded", "");
}

static enum qn_code put_reveal(struct act *a, struct store *st, const char *const value[4],
                               const char *by, struct qn_err *err)
{
    static const char *const field[] = {"mark", "sample", "number", "salt"};
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = record_start(&d, st, &record_blind_reveal, by, err);
    for (int i = 0; !rc && i < 4; i++)
        rc = record_set(&d, field[i], qn_str(value[i]), err);
    return rc ? rc : record_put(&d, a, err);
}

/* Some at a time: what was revealed is not found again. */
static enum qn_code reveal_some(unsigned *made, struct store *st, const char *by,
                                struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    char(*text)[4][2 * QN_HASH + 1] = calloc(AN_ENTRY, sizeof(*text));
    unsigned n = 0;
    if (!text)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_TO_REVEAL);
        q_bind_text(&q, own(st));
        q_bind_int(&q, AN_ENTRY);
        while (n < AN_ENTRY && q_step(&q)) {
            qn_row_id_text(text[n][0], q_int(&q, 0));
            qn_row_id_text(text[n][1], q_int(&q, 1));
            snprintf(text[n][2], sizeof(text[n][2]), "%s", q_text(&q, 2));
            struct qn_span salt = q_span(&q, 3);
            qn_hex(text[n][3], salt.p, salt.n == QN_HASH ? QN_HASH : 0);
            n++;
        }
        rc = query_end(&q, err);
    }
    if (!rc && n)
        rc = record_act(&a, st, &record_blind_reveal, by, err);
    for (unsigned i = 0; !rc && i < n; i++)
        rc = put_reveal(
            &a, st, (const char *const[]){text[i][0], text[i][1], text[i][2], text[i][3]}, by, err);
    if (!rc && n)
        rc = record_commit(&a, &record_blind_reveal, err);
    free(text);
    *made = n;
    return rc;
}

enum qn_code blind_reveal(unsigned *made, struct store *st, const char *by, struct qn_err *err)
{
    unsigned n = AN_ENTRY;
    *made = 0;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = duty_may(st, duty_of(DUTY_BLIND), by, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    while (!rc && n == AN_ENTRY) {
        rc = reveal_some(&n, st, by, err);
        *made += n;
    }
    return rc ? rc : tx_commit(&tx, err);
}

/* SPEC sampling-12: "Anyone who holds both can recompute the digest" */
enum qn_code blind_verify(struct blind_checked *out, struct store *st,
                          void (*each)(void *ctx, const char *sample), void *ctx,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_BLIND_ALL);
    *out = (struct blind_checked){0};
    while (q_step(&q)) {
        uint8_t digest[QN_HASH];
        char name[80];
        if (q_null(&q, 2)) {
            out->waiting++;
            continue;
        }
        record_name_text(name, q_text(&q, 0), q_int(&q, 2));
        struct qn_span mark = q_span(&q, 1), salt = q_span(&q, 4);
        out->revealed++;
        if (salt.n == QN_HASH)
            qn_blind_digest(digest, qn_str(name), q_span(&q, 3), salt.p);
        if (salt.n == QN_HASH && mark.n == QN_HASH && memcmp(digest, mark.p, QN_HASH) == 0)
            continue;
        out->wrong++;
        if (each)
            each(ctx, name);
    }
    return query_end(&q, err);
}
