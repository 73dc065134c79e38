#include "node/publish/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/publish/owner.h"

void check_free(struct check *c)
{
    for (size_t i = 0; i < c->ncerts; i++)
        qn_buf_release(&c->cert[i].bytes);
    free(c->cert);
    manifest_free(&c->m);
    qn_buf_release(&c->frames);
    qn_evidence_release(&c->ev);
    free(c->rules);
    for (size_t i = 0; c->before && i < CHECK_CHAIN_MAX; i++) {
        qn_buf_release(&c->before[i].frames);
        qn_evidence_release(&c->before[i].ev);
    }
    free(c->before);
    free(c);
}

static bool is_released(const struct check *c)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/entries.frames", c->dir);
    return manifest_find(&c->m, qn_str(path)) != NULL;
}

static bool is_sealed(const struct check *c)
{
    char path[256];
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(c->id, &epoch, &seq, &n);
    snprintf(path, sizeof(path), "sealed/%s-%u-%llu.frames", c->office, epoch,
             (unsigned long long)seq);
    return manifest_find(&c->m, qn_str(path)) != NULL;
}

/* SPEC public-1: "policy, certificates, files, entries, order, places and times, seed, list, strata, level, object" */
static void run(struct check *c)
{
    check_identity(c);
    check_files(c);
    check_script(c);
    if (c->has_manifest && !is_released(c)) {
        if (check_is_forgotten(c)) {
            check_forgotten(c);
            return;
        }
        if (is_sealed(c))
            c->report->answer = ANSWER_SEALED;
        check_fails(c, NULL, is_sealed(c) ? "check.sealed" : "check.no-draw", "draw=%s",
                    c->o->draw);
        return;
    }
    check_draw(c);
    check_verdicts(c);
    if (c->read && c->ev.has_seed)
        check_object(c);
}

enum qn_code check_site(struct check_report *out, const struct check_options *o, struct qn_err *err)
{
    struct check_report report = {.ok = true};
    struct check *c = calloc(1, sizeof(*c));
    if (!c)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    c->o = o;
    c->report = &report;
    enum qn_code rc = publish_draw_parse(c->office, &c->id, o->draw, err);
    if (!rc) {
        snprintf(c->dir, sizeof(c->dir), "draws/%s-%s", c->office, strchr(o->draw, ':') + 1);
        run(c);
        if (c->no_memory)
            rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    if (!report.ok && report.answer != ANSWER_SEALED && report.answer != ANSWER_FORGOTTEN)
        report.answer = ANSWER_OPEN;
    check_free(c);
    if (rc)
        check_release(&report);
    else
        *out = report;
    return rc;
}
