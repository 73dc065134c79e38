#include <assert.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/cert.h"


enum qn_code qn_cert_follows(const struct qn_cert *c, struct qn_span bytes, uint32_t last,
                             const uint8_t last_hash[QN_HASH], struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    wire_sha256(hash, &bytes, 1);
    if (last && c->serial == last && memcmp(hash, last_hash, QN_HASH) == 0)
        return QN_OK;
    /* SPEC rotation-1: "with the serial of the newest one but other bytes has a *recycled number*" */
    if (last && c->serial == last)
        return qn_fail(err, QN_DENIED, "cert.serial-recycled", "issuer=%s|office=%s|serial=%u",
                       c->issuer, c->office, c->serial);
    /* SPEC rotation-1: "one with a lower serial is a *regression*" */
    if (c->serial <= last)
        return qn_fail(err, QN_DENIED, "cert.serial-regression",
                       "issuer=%s|office=%s|serial=%u|last=%u", c->issuer, c->office, c->serial,
                       last);
    /* SPEC rotation-1: "one that leaves numbers out is a *gap*" */
    if (c->serial - last > 1)
        return qn_fail(err, QN_DENIED, "cert.serial-gap", "issuer=%s|office=%s|serial=%u|last=%u",
                       c->issuer, c->office, c->serial, last);
    return QN_OK;
}

/* SPEC rotation-3: "*Revocation*: the same epoch and log key with lanes 0" */
static bool revokes(const struct qn_cert *c)
{
    return !c->lanes;
}

/* SPEC rotation-8: "They stand in the order of the issuer's epoch, then of the serial" - serials begin again in each. */
static bool before(const struct qn_cert *a, const struct qn_cert *b)
{
    return a->issuer_epoch != b->issuer_epoch ? a->issuer_epoch < b->issuer_epoch : a->serial < b->serial;
}

/* SPEC rotation-8: "the last one among those whose time is not after the entry's; where there is none, the first one" */
static const struct qn_cert *governing(const struct qn_cert_given *given, size_t n, uint64_t time_s)
{
    const struct qn_cert *best = NULL, *first = given[0].cert;
    for (size_t i = 0; i < n; i++) {
        const struct qn_cert *c = given[i].cert;
        if (before(c, first))
            first = c;
        if (given[i].time_s <= time_s && (!best || before(best, c)))
            best = c;
    }
    return best ? best : first;
}

enum qn_code qn_cert_governing(const struct qn_cert **out, const struct qn_cert_given *given,
                               size_t n, uint64_t time_s, struct qn_err *err)
{
    assert(n > 0);
    const struct qn_cert *c = governing(given, n, time_s);
    if (revokes(c))
        return qn_fail(err, QN_DENIED, "cert.revoked", "office=%s|epoch=%u|serial=%u", c->office,
                       c->epoch, c->serial);
    /* SPEC rotation-11: "covered when any certificate of its office and epoch, revocations apart, has first day <= day
     * <= last day, whenever that certificate was given" */
    int32_t day = wire_day_at(time_s);
    for (size_t i = 0; i < n; i++) {
        const struct qn_cert *g = given[i].cert;
        if (!revokes(g) && g->from_day <= day && day <= g->to_day) {
            *out = c;
            return QN_OK;
        }
    }
    char from[11], to[11];
    wire_day_text(c->from_day, from);
    wire_day_text(c->to_day, to);
    return qn_fail(err, QN_LATER, "cert.not-covered", "office=%s|from=%s|to=%s", c->office, from,
                   to);
}
