#include "qian/change.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/wire.h"

static bool has_bit(unsigned set, unsigned bit)
{
    return set >> bit & 1;
}

static enum qn_code judge_table(const struct qn_table *t, const struct qn_header *header,
                                const struct qn_cert *signer, struct qn_err *err)
{
    /* SPEC changeset-15: "The table's levels include the signer's level" */
    if (!has_bit(t->levels, signer->level))
        return qn_fail(err, QN_DENIED, "authority.level", "table=%s|office=%s", t->name,
                       signer->office);
    /* SPEC changeset-16: "The table's lane is the header's lane, and the signer's certificate grants it" */
    if (t->lane != header->lane)
        return qn_fail(err, QN_DENIED, "authority.lane", "table=%s", t->name);
    if (!has_bit(signer->lanes, header->lane))
        return qn_fail(err, QN_DENIED, "authority.grant", "table=%s|office=%s", t->name,
                       signer->office);
    return QN_OK;
}

static enum qn_code wrong_id(const char *rule, const struct qn_row *row,
                             const struct qn_header *header, const struct qn_cert *signer,
                             struct qn_err *err)
{
    char text[40];
    qn_row_id_text(text, row->col[1].i);
    return qn_fail(err, QN_DENIED, rule, "table=%s|id=%s|epoch=%u|seq=%" PRIu64, row->table->name,
                   text, signer->epoch, header->seq);
}

static enum qn_code judge_id(const struct qn_row *row, const struct qn_header *header,
                             const struct qn_cert *signer, struct qn_err *err)
{
    int64_t id = row->col[1].i, rev = row->col[2].i;
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(id, &epoch, &seq, &n);
    /* SPEC changeset-22: "In a table that is written once, rev is 1" */
    if (row->table->once && rev != 1)
        return wrong_id("authority.once", row, header, signer, err);
    /* SPEC changeset-17: "With rev 1 the id carries the epoch of the signer's certificate and the seq of this
     * entry" */
    if (rev == 1 && (epoch != signer->epoch || seq != header->seq))
        return wrong_id("authority.id-new", row, header, signer, err);
    /* SPEC changeset-18: "an epoch and seq that are not after those of this entry" */
    if (epoch > signer->epoch || (epoch == signer->epoch && seq > header->seq))
        return wrong_id("authority.id-later", row, header, signer, err);
    return QN_OK;
}

enum qn_code qn_authorise(const struct qn_row *row, const struct qn_header *header,
                          const struct qn_cert *signer, struct qn_err *err)
{
    struct qn_span office = row->col[0].s;
    /* SPEC changeset-14: "office is the office of the signer's certificate" */
    if (!qn_span_is(office, signer->office)) {
        bool is_code = wire_is_code(office); /* else it is not fit to be shown */
        return qn_fail(err, QN_DENIED, "authority.office", "table=%s|have=%.*s|need=%s",
                       row->table->name, is_code ? (int)office.n : 1,
                       is_code ? (const char *)office.p : "?", signer->office);
    }
    enum qn_code rc = judge_table(row->table, header, signer, err);
    return rc ? rc : judge_id(row, header, signer, err);
}

/* ---- entries that a row is about: supersede, waiver, abandoned ------------------------------------------------------ */

struct named {
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
};

/* The log that a row names, in the signer's own deployment, and a place that a log can have. */
static bool names_entry(struct named *out, struct qn_span origin, int64_t seq, const struct qn_cert *signer)
{
    struct qn_err none;
    return seq >= 0 && (uint64_t)seq < QN_SEQ_END &&
           qn_origin_parse(origin, out->deployment, out->office, &out->epoch, &none) == QN_OK &&
           strcmp(out->deployment, signer->deployment) == 0;
}

enum qn_code qn_judge_supersede(struct qn_span origin, int64_t seq, const struct qn_header *header,
                                const struct qn_cert *signer, struct qn_err *err)
{
    struct named n;
    /* SPEC cursors-12: "an entry of the signer's own office: of its log before this entry, or of a log of an earlier
     * epoch" */
    if (names_entry(&n, origin, seq, signer) && strcmp(n.office, signer->office) == 0 &&
        (n.epoch < signer->epoch || (n.epoch == signer->epoch && (uint64_t)seq < header->seq)))
        return QN_OK;
    return qn_fail(err, QN_DENIED, "authority.supersede", "office=%s|seq=%" PRId64, signer->office, seq);
}

enum qn_code qn_judge_waiver(struct qn_span origin, int64_t seq, const struct qn_cert *subject,
                             const struct qn_cert *signer, struct qn_err *err)
{
    struct named n;
    /* SPEC cursors-14: "an entry of an office whose certificate of that epoch the signer's office gave" */
    if (names_entry(&n, origin, seq, signer) && strcmp(n.office, subject->office) == 0 && n.epoch == subject->epoch &&
        strcmp(subject->issuer, signer->office) == 0)
        return QN_OK;
    return qn_fail(err, QN_DENIED, "authority.waiver", "office=%s|seq=%" PRId64, signer->office, seq);
}

enum qn_code qn_judge_abandoned(struct qn_span origin, int64_t seq, const struct qn_cert *signer,
                                struct qn_err *err)
{
    struct named n;
    /* SPEC recovery-19: "an entry of a log of the signer's own office of an earlier epoch" */
    if (names_entry(&n, origin, seq, signer) && strcmp(n.office, signer->office) == 0 && n.epoch < signer->epoch)
        return QN_OK;
    return qn_fail(err, QN_DENIED, "authority.abandoned", "office=%s|seq=%" PRId64, signer->office, seq);
}

/* ---- what is forgotten: redaction and purge ------------------------------------------------------------------------ */

bool qn_redacts_own(struct qn_span origin, const struct qn_cert *signer)
{
    struct named n;
    return names_entry(&n, origin, 0, signer) && strcmp(n.office, signer->office) == 0;
}

enum qn_code qn_judge_redaction(struct qn_span origin, int64_t seq, int64_t part, const char *const *above, size_t n,
                                const struct qn_header *header, const struct qn_cert *signer, struct qn_err *err)
{
    struct named of;
    bool may = false;
    if (names_entry(&of, origin, seq, signer) && part >= 0 && part < QN_PARTS) {
        /* SPEC cursors-23: "of its log before this entry, or of a log of an earlier epoch" */
        if (strcmp(of.office, signer->office) == 0)
            may = of.epoch < signer->epoch || (of.epoch == signer->epoch && (uint64_t)seq < header->seq);
        else
            for (size_t i = 0; i < n; i++)
                may = may || strcmp(above[i], signer->office) == 0;
    }
    return may ? QN_OK
               : qn_fail(err, QN_DENIED, "authority.redaction", "office=%s|seq=%" PRId64, signer->office, seq);
}

enum qn_code qn_judge_purge(struct qn_span holder, struct qn_span subject, bool given, const struct qn_cert *signer,
                            struct qn_err *err)
{
    /* SPEC cursors-28: "an office that the signer's office gave a certificate, and subject neither of the two" */
    if (given && wire_is_code(holder) && wire_is_code(subject) && !qn_span_is(holder, signer->office) &&
        !qn_span_is(subject, signer->office) && !qn_span_eq(holder, subject))
        return QN_OK;
    return qn_fail(err, QN_DENIED, "authority.purge", "office=%s", signer->office);
}
