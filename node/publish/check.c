#include "node/publish/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/publish/owner.h"
#include "node/store/file.h"

const char *check_answer_name(enum check_answer a)
{
    switch (a) {
    case ANSWER_OPEN:
        return "open";
    case ANSWER_SEALED:
        return "sealed";
    case ANSWER_DRAWN:
        return "drawn";
    case ANSWER_NOT_SELECTED:
        return "not-selected";
    case ANSWER_ASK_SLIP:
        return "ask-slip";
    case ANSWER_COMPLETE:
        return "complete";
    }
    return "open";
}

void check_release(struct check_report *r)
{
    free(r->step);
    *r = (struct check_report){0};
}

/* ---- steps -------------------------------------------------------------------------------------- */

static struct check_step *add_step(struct check *c, const char *id)
{
    struct check_report *r = c->report;
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 32;
        struct check_step *p = realloc(r->step, cap * sizeof(*p));
        if (!p) {
            c->no_memory = true;
            return NULL;
        }
        r->step = p;
        r->cap = cap;
    }
    struct check_step *s = &r->step[r->n++];
    *s = (struct check_step){.ok = true};
    snprintf(s->id, sizeof(s->id), "%s", id);
    return s;
}

void check_ok(struct check *c, const char *id, const char *fmt, ...)
{
    struct check_step *s = add_step(c, id);
    if (!s)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->args, sizeof(s->args), fmt, ap);
    va_end(ap);
}

void check_fails(struct check *c, const struct qn_err *why, const char *id, const char *fmt, ...)
{
    struct check_step *s = add_step(c, id);
    c->report->ok = false;
    if (!s)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->args, sizeof(s->args), fmt, ap);
    va_end(ap);
    s->ok = false;
    if (why)
        s->why = *why;
}

enum qn_code check_read(struct check *c, struct qn_buf *out, const char *path, struct qn_err *err)
{
    char full[FILE_PATH_MAX];
    enum qn_code rc = file_join(full, c->o->site, path, err);
    return rc ? rc : file_read(out, full, CHECK_FILE_MAX, err);
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static void free_check(struct check *c)
{
    for (size_t i = 0; i < c->ncerts; i++)
        qn_buf_release(&c->cert[i].bytes);
    free(c->cert);
    manifest_free(&c->m);
    qn_buf_release(&c->frames);
    qn_evidence_release(&c->ev);
    free(c->rules);
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
    if (c->has_manifest && !is_released(c)) {
        if (is_sealed(c))
            c->report->answer = ANSWER_SEALED;
        check_fails(c, NULL, is_sealed(c) ? "check.sealed" : "check.no-draw", "draw=%s",
                    c->o->draw);
        return;
    }
    check_draw(c);
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
    if (!report.ok && report.answer != ANSWER_SEALED)
        report.answer = ANSWER_OPEN;
    free_check(c);
    free(c);
    if (rc)
        check_release(&report);
    else
        *out = report;
    return rc;
}
