#include "node/store/seal.h"

#include <string.h>

#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/tree.h"

bool seal_reads(struct store *st, const struct qn_part *part, const char *author)
{
    const char *self = st->self.office;
    /* SPEC entry-20: "Nobody else can say anything about it beyond entry-16" */
    if (part->audience == QN_RESTRICTED)
        return qn_span_is(part->to, self);
    return tree_part_is_for(st, part, author, self);
}

bool seal_carried(const struct store *st, int64_t log, uint64_t seq, unsigned part)
{
    size_t from = 0, to = st->ncarried;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        const struct store_carried *c = &st->carried[mid];
        if (c->log == log && c->seq == seq && c->part == part)
            return true;
        bool below = c->log != log ? c->log < log : c->seq != seq ? c->seq < seq : c->part < part;
        *(below ? &from : &to) = below ? mid + 1 : mid;
    }
    return false;
}

/* The newest epoch of this office whose box key is not among those at hand; 0: none. */
static uint16_t lost_epoch(struct store *st)
{
    uint16_t epoch = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ALL_OF);
    q_bind_text(&q, st->self.office);
    while (!epoch && q_step(&q)) {
        struct qn_cert c;
        struct qn_err none;
        const uint8_t *pk, *sk;
        bool here = tree_cert_decode(&c, st, q_span(&q, 0), &none) != QN_OK;
        for (unsigned i = 0; !here && keys_box(st->keys, i, &pk, &sk); i++)
            here = memcmp(pk, c.box, QN_PUBKEY) == 0;
        epoch = here ? 0 : c.epoch;
    }
    return epoch;
}

enum qn_code seal_open(struct qn_span *coded, struct qn_buf *room, struct store *st,
                       const struct qn_part *part, struct qn_span stored, struct qn_err *err)
{
    if (part->audience != QN_RESTRICTED) {
        *coded = stored;
        return QN_OK;
    }
    const uint8_t *pk, *sk;
    struct qn_cert newest;
    enum qn_code rc = QN_UNVERIFIED;
    if (!st->keys || !keys_match(st->keys, &st->self))
        return qn_fail(err, QN_ABSENT, "apply.seal-keys", "office=%s", st->self.office);
    for (unsigned i = 0; rc == QN_UNVERIFIED && keys_box(st->keys, i, &pk, &sk); i++)
        rc = part_open(coded, room, stored, pk, sk, err);
    if (rc != QN_UNVERIFIED)
        return rc;
    /* SPEC entry-21: "not yet, or not at hand, the keys that it names" - a new certificate may be known above before the
     * office took it in. What none of the keys opens is refused for good: waiting would stop the author's lane for a
     * key that nobody has any more.                                                                          */
    enum qn_code known = tree_cert(&newest, st, st->self.office, err);
    if (!known && !keys_match(st->keys, &newest))
        return qn_fail(err, QN_ABSENT, "apply.seal-keys", "office=%s", st->self.office);
    if (known)
        return known;
    uint16_t lost = lost_epoch(st);
    return lost ? qn_fail(err, QN_UNVERIFIED, "apply.seal-lost", "office=%s|epoch=%u",
                          st->self.office, lost)
                : qn_fail(err, QN_UNVERIFIED, "entry.seal", "stored=%zu", stored.n);
}
