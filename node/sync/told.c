#include "node/sync/told.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/sync/exchange.h"
#include "protocol/wire.h"

#define MARK_SIZE  8 /* of the digest in front of the places */
#define BYTES      (MARK_SIZE + 8 * TOLD_PLACES)
#define PREFIX_MAX (5 + QN_CODE_MAX + 1 + 1)

_Static_assert(BYTES <= QN_TOLD_MAX, "it fits into a TOLD");

/* ---- the writer ------------------------------------------------------------------------------------------ */

/* The first n rows, each by what names it; *all: so many there are. */
static enum qn_code hash_rows(crypto_hash_sha256_state *h, struct store *st, enum sql sql,
                              const struct log *log, uint64_t n, bool *all, struct qn_err *err)
{
    uint64_t found = 0;
    QN_AUTO(query) struct query q = query_start(st, sql);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)n);
    while (q_step(&q)) {
        struct qn_span name = q_span(&q, 0);
        crypto_hash_sha256_update(h, name.p, name.n);
        found++;
    }
    *all = *all && found == n;
    return query_end(&q, err);
}

static void hash_uint(crypto_hash_sha256_state *h, uint64_t v)
{
    uint8_t room[8];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, sizeof(room));
    qn_put_uint(&b, v, 8);
    crypto_hash_sha256_update(h, b.p, b.n);
}

/* SPEC exchange-35: "the reader's HAVE names another size or root than when it was told, or the writer's own database has other
 * evidence in the places that were told of" */
static enum qn_code mark_of(uint8_t out[MARK_SIZE], struct store *st, const struct told *t,
                            const struct qn_have_origin *reader, bool *fits, struct qn_err *err)
{
    static const struct {
        enum told_what what;
        enum sql sql;
    } rows[] = {{TOLD_FORK, SQL_TOLD_FORKS},
                {TOLD_RIVAL, SQL_TOLD_RIVALS},
                {TOLD_RIVAL_PART, SQL_TOLD_RIVAL_PARTS}};
    const uint64_t sizes[] = {t->at[TOLD_NOTE], t->at[TOLD_HEADER], t->at[TOLD_PART] >> 8};
    crypto_hash_sha256_state h;
    uint8_t hash[QN_HASH];
    enum qn_code rc = QN_OK;
    crypto_hash_sha256_init(&h);
    hash_uint(&h, t->branch);
    if (t->branch && reader) {
        hash_uint(&h, reader->size);
        crypto_hash_sha256_update(&h, reader->root, sizeof(reader->root));
    }
    *fits = true;
    for (size_t i = 0; !rc && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        *fits = *fits && sizes[i] <= t->log.size;
        if (*fits)
            rc = log_root(st, &t->log, sizes[i], hash, err);
        crypto_hash_sha256_update(&h, hash, *fits && !rc ? sizeof(hash) : 0);
    }
    for (size_t i = 0; !rc && *fits && i < sizeof(rows) / sizeof(rows[0]); i++)
        rc = hash_rows(&h, st, rows[i].sql, &t->log, t->at[rows[i].what], fits, err);
    crypto_hash_sha256_final(&h, hash);
    memcpy(out, hash, MARK_SIZE);
    return rc;
}

enum qn_code told_read(struct told *t, struct store *st, const struct qn_have_origin *reader,
                       struct qn_err *err)
{
    uint8_t said[MARK_SIZE], mark[MARK_SIZE];
    struct rd r = {.in = {reader ? reader->told : NULL, reader ? reader->ntold : 0}};
    bool fits;
    memset(t->at, 0, sizeof(t->at));
    if (r.in.n != BYTES)
        return QN_OK;
    rd_copy(&r, said, sizeof(said));
    for (int i = 0; i < TOLD_PLACES; i++) {
        t->at[i] = rd_uint(&r, 8);
        if (t->at[i] > QN_SEQ_END * 256)
            t->at[i] = QN_SEQ_END * 256;
    }
    enum qn_code rc = mark_of(mark, st, t, reader, &fits, err);
    if (!rc && (!fits || memcmp(mark, said, sizeof(mark)) != 0))
        memset(t->at, 0, sizeof(t->at));
    return rc;
}

enum qn_code told_frame(struct qn_buf *out, struct store *st, const struct told *t,
                        const struct qn_have_origin *reader, struct qn_err *err)
{
    uint8_t mark[MARK_SIZE];
    bool fits;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = mark_of(mark, st, t, reader, &fits, err);
    if (rc)
        return rc;
    qn_buf_init(&b, QN_TOLD_MAX);
    qn_put(&b, mark, sizeof(mark));
    for (int i = 0; i < TOLD_PLACES; i++)
        qn_put_uint(&b, t->at[i], 8);
    rc = qn_buf_check(&b, err);
    if (rc)
        return rc;
    qn_told_frame_encode(out, &(struct qn_told_frame){qn_str(t->log.origin), qn_buf_span(&b)});
    return qn_buf_check(out, err);
}

/* ---- the reader ------------------------------------------------------------------------------------------- */

static void prefix_of(char out[PREFIX_MAX + 1], const char *office)
{
    snprintf(out, PREFIX_MAX + 1, "told/%s/", office);
}

enum qn_code told_keep(struct store *st, const char *from, struct qn_span payload,
                       struct qn_err *err)
{
    struct qn_told_frame t;
    struct log log;
    char origin[QN_ORIGIN_MAX + 1], prefix[PREFIX_MAX + 1];
    char name[PREFIX_MAX + QN_ORIGIN_MAX + 1], hex[2 * QN_TOLD_MAX + 1];
    enum qn_code rc = qn_told_frame_decode(&t, payload, err);
    if (!rc && !qn_text_copy(origin, sizeof(origin), t.origin))
        rc = qn_fail(err, QN_MALFORMED, "frame.told", "bytes=%zu", payload.n);
    if (!rc)
        rc = log_find(&log, st, origin, err);
    if (rc || !tree_log_is_for(st, log.office, from))
        return rc;
    prefix_of(prefix, from);
    snprintf(name, sizeof(name), "%s%s", prefix, origin);
    sodium_bin2hex(hex, sizeof(hex), t.told.p, t.told.n);
    return store_set(st, name, hex, err);
}

enum qn_code told_say(struct qn_have *h, struct store *st, struct qn_err *err)
{
    char prefix[PREFIX_MAX + 1];
    prefix_of(prefix, h->to);
    QN_AUTO(query) struct query q = query_start(st, SQL_TOLD_BY);
    q_bind_text(&q, prefix);
    while (q_step(&q)) {
        const struct qn_have_origin *found = exchange_have_of(h, q_text(&q, 0));
        struct qn_span hex = q_span(&q, 1);
        if (!found)
            continue;
        struct qn_have_origin *o = &h->origin[found - h->origin];
        if (sodium_hex2bin(o->told, sizeof(o->told), (const char *)hex.p, hex.n, NULL, &o->ntold,
                           NULL) != 0)
            o->ntold = 0;
    }
    return query_end(&q, err);
}
