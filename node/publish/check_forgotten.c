/* check_forgotten.c - a draw of which a part was forgotten by order: no answer, and why, and who says so. */
#include <stdio.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/store/clock.h"
#include "qian/frame.h"

#define ORDERS_MAX 64 /* orders about one draw; a part is forgotten once */

static void path_of(const struct check *c, char out[256], const char *ending)
{
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(c->id, &epoch, &seq, &n);
    snprintf(out, 256, "sealed/%s-%u-%llu%s", c->office, epoch, (unsigned long long)seq, ending);
}

bool check_is_forgotten(const struct check *c)
{
    char path[256];
    path_of(c, path, ".forgotten.frames");
    return manifest_find(&c->m, qn_str(path)) != NULL;
}

/* SPEC public-14: "signed by the log key of the drawing office or of one above it" */
static enum qn_code read_order(struct check *c, struct qn_span frame, struct qn_header *h,
                               const struct qn_cert **by, struct qn_err *why)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    if (frame.n <= QN_SIG)
        return qn_fail(why, QN_MALFORMED, "frame.header", "bytes=%zu", frame.n);
    struct qn_span bytes = {frame.p + QN_SIG, frame.n - QN_SIG};
    enum qn_code rc = qn_header_decode(h, bytes, why);
    if (!rc)
        rc = qn_origin_parse(h->origin, deployment, office, &epoch, why);
    if (rc)
        return rc;
    *by = check_cert_of(c, office, epoch);
    if (!*by)
        return qn_fail(why, QN_UNVERIFIED, "check.no-certificate", "office=%s", office);
    rc = qn_header_verify(bytes, frame.p, (*by)->log, why);
    if (rc)
        return rc;
    if (h->kind != QN_KIND_REDACTION ||
        (strcmp(office, c->office) != 0 && !check_is_above(c, office, c->office)))
        return qn_fail(why, QN_UNVERIFIED, "check.other-order", "office=%s|seq=%llu", office,
                       (unsigned long long)h->seq);
    return QN_OK;
}

/* SPEC public-14: "the answer is *forgotten*" */
void check_forgotten(struct check *c)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    char path[256];
    struct qn_err why;
    path_of(c, path, ".forgotten.frames");
    enum qn_code rc = check_read(c, &b, path, &why);
    struct qn_span in = qn_buf_span(&b);
    if (rc || !in.n) {
        check_fails(c, rc ? &why : NULL, "check.forgotten-orders", "path=%s", path);
        return;
    }
    for (int i = 0; !rc && in.n && i < ORDERS_MAX; i++) {
        struct qn_header h;
        const struct qn_cert *by = NULL;
        enum qn_frame_type type;
        struct qn_span frame;
        size_t need;
        rc = qn_frame_take(&in, &type, &frame, &need, &why);
        if (!rc && type != QN_FRAME_HEADER)
            rc = qn_fail(&why, QN_MALFORMED, "frame.header", "bytes=%zu", frame.n);
        if (!rc)
            rc = read_order(c, frame, &h, &by, &why);
        if (rc)
            break;
        char when[32];
        clock_text(when, h.time_ms);
        check_ok(c, "check.forgotten-order", "office=%s|day=%.10s|log=%.*s|seq=%llu", by->name,
                 when, (int)h.origin.n, (const char *)h.origin.p, (unsigned long long)h.seq);
    }
    if (!rc && in.n)
        rc =
            qn_fail(&why, QN_LIMIT, "check.other-order", "office=%s|seq=%d", c->office, ORDERS_MAX);
    if (rc) {
        check_fails(c, &why, "check.forgotten-orders", "path=%s", path);
        return;
    }
    if (c->report->ok) /* what else did not hold is no less wrong for it */
        c->report->answer = ANSWER_FORGOTTEN;
    check_fails(c, NULL, "check.whole", "draw=%s", c->o->draw);
}
