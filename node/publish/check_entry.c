/* check_entry.c - entries that stand alone in a file: the row of the site's script, and what offices above found. */
#include <stdio.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "protocol/wire.h"

/* A column by name; the registry of the entry has it, or nothing is there. */
static struct qn_span text_of(const struct qn_row *row, const char *name)
{
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return row->col[i].s;
    return (struct qn_span){NULL, 0};
}

static enum qn_code open_file(struct check *c, struct qn_buf *bytes, struct qn_ev_entry *x,
                              enum qn_ev_alone what, const char *path, qn_row_fn *row, void *ctx,
                              struct qn_err *why)
{
    enum qn_code rc = check_read(c, bytes, path, why);
    if (!rc)
        rc = qn_evidence_alone(x, what, qn_buf_span(bytes), why);
    if (rc)
        return rc;
    const struct qn_cert *signer = check_cert_of(c, x->office, x->epoch);
    return signer ? qn_evidence_alone_rows(x, what, signer, row, ctx, why)
                  : qn_fail(why, QN_UNVERIFIED, "check.no-certificate", "office=%s", x->office);
}

/* ---- the script --------------------------------------------------------------------------------- */

struct script_row {
    uint8_t digest[QN_HASH];
    bool found;
    char day[11];
};

static enum qn_code take_script(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct script_row *r = ctx;
    struct qn_span digest = text_of(row, "digest");
    if (strcmp(row->table->name, "site_script") != 0 || digest.n != QN_HASH ||
        !qn_span_is(text_of(row, "path"), "check.js"))
        return qn_fail(err, QN_MALFORMED, "evidence.row", "entry=PUBLISH|table=%s",
                       row->table->name);
    memcpy(r->digest, digest.p, QN_HASH);
    r->found = qn_text_copy(r->day, sizeof(r->day), text_of(row, "registered_on"));
    return QN_OK;
}

static enum qn_code script_place(struct check *c, const struct qn_ev_entry *x, struct qn_err *why)
{
    QN_AUTO(qn_buf) struct qn_buf proof = {0};
    struct qn_note note;
    enum qn_code rc = check_read(c, &proof, "check.proof", why);
    return rc ? rc
              : qn_evidence_proof(&note, x, qn_buf_span(&proof),
                                  check_cert_of(c, x->office, x->epoch), why);
}

/* SPEC public-15: "the digest of `check.js` is the one that a row of the publisher's log names" */
void check_script(struct check *c)
{
    QN_AUTO(qn_buf) struct qn_buf script = {0}, frames = {0};
    struct script_row r = {.found = false};
    struct qn_ev_entry x;
    struct qn_err why;
    uint8_t hash[QN_HASH];
    if (!c->has_manifest || !manifest_find(&c->m, qn_str("check.js")))
        return;
    enum qn_code rc = check_read(c, &script, "check.js", &why);
    if (!rc)
        rc = open_file(c, &frames, &x, QN_EV_SCRIPT, "check.frames", take_script, &r, &why);
    if (!rc && strcmp(x.office, c->publisher) != 0)
        rc = qn_fail(&why, QN_UNVERIFIED, "check.script-office", "office=%s", x.office);
    struct qn_span all = qn_buf_span(&script);
    wire_sha256(hash, &all, 1);
    if (!rc && (!r.found || memcmp(hash, r.digest, QN_HASH) != 0))
        rc = qn_fail(&why, QN_UNVERIFIED, "check.script-differs", "");
    if (!rc)
        rc = script_place(c, &x, &why);
    if (rc)
        check_fails(c, &why, "check.script", "day=%s|log=%s|seq=%s", "-", "-", "-");
    else
        check_ok(c, "check.script", "day=%s|log=%s|seq=%llu", r.day, x.origin,
                 (unsigned long long)x.seq);
}

/* ---- verdicts ----------------------------------------------------------------------------------- */

struct verdict_row {
    const struct check *c;
    bool found;
    char outcome[16], codes[400], day[11];
};

static enum qn_code take_verdict(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct verdict_row *v = ctx;
    int64_t id = 0;
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, "draw_id") == 0)
            id = row->col[i].i;
    if (strcmp(row->table->name, "draw_verdict") != 0 || id != v->c->id ||
        !qn_span_is(text_of(row, "draw_office"), v->c->office))
        return qn_fail(err, QN_MALFORMED, "evidence.row", "entry=VERDICT|table=%s",
                       row->table->name);
    struct qn_span codes = text_of(row, "codes");
    snprintf(v->codes, sizeof(v->codes), "%.*s", codes.n ? (int)codes.n : 1,
             codes.n ? (const char *)codes.p : "-");
    v->found = qn_text_copy(v->outcome, sizeof(v->outcome), text_of(row, "outcome")) &&
               qn_text_copy(v->day, sizeof(v->day), text_of(row, "judged_on"));
    return QN_OK;
}

static void check_verdict(struct check *c, const char *path)
{
    QN_AUTO(qn_buf) struct qn_buf frames = {0};
    struct verdict_row v = {.c = c};
    struct qn_ev_entry x = {.seq = 0};
    struct qn_err why;
    enum qn_code rc = open_file(c, &frames, &x, QN_EV_VERDICT, path, take_verdict, &v, &why);
    if (!rc && (!v.found || !check_is_above(c, x.office, c->office)))
        rc = qn_fail(&why, QN_UNVERIFIED, "check.verdict-office", "office=%s", x.office);
    if (rc)
        check_fails(c, &why, "check.verdict", "office=%s|day=%s|outcome=%s|codes=%s", path, "-",
                    "-", "-");
    else
        check_ok(c, "check.verdict", "office=%s|day=%s|outcome=%s|codes=%s",
                 check_cert_of(c, x.office, x.epoch)->name, v.day, v.outcome, v.codes);
}

/* SPEC public-16: "each `verdict.<office>.frames` is signed by an office above the one that drew, and is about this draw" */
void check_verdicts(struct check *c)
{
    char head[256], path[200];
    int n = snprintf(head, sizeof(head), "%s/verdict.", c->dir);
    for (size_t i = 0; i < c->m.n; i++) {
        struct qn_span p = c->m.line[i].path;
        if (p.n > (size_t)n && memcmp(p.p, head, (size_t)n) == 0 &&
            qn_text_copy(path, sizeof(path), p))
            check_verdict(c, path);
    }
}
