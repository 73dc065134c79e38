/* check_report.c - what a check has to say, step by step, and how its parts read a file of the site. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/store/file.h"

const char *check_answer_name(enum check_answer a)
{
    switch (a) {
    case ANSWER_OPEN:
        return "open";
    case ANSWER_SEALED:
        return "sealed";
    case ANSWER_FORGOTTEN:
        return "forgotten";
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
