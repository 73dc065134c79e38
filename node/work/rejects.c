#include "node/work/rejects.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void rejects_init(struct rejects *r, enum text_lang lang, const char *path, const char *name)
{
    rejects_auto(r);
    *r = (struct rejects){.lang = lang};
    const char *dot = path ? strrchr(path, '.') : NULL;
    size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - path) : path ? strlen(path) : 0;
    if (path && snprintf(r->path, sizeof(r->path), "%.*s%s%s%s", (int)stem, path, name ? "-" : "",
                         name ? name : "", path + stem) >= (int)sizeof(r->path))
        r->rc = qn_fail(&r->err, QN_LIMIT, "file.path-too-long", "path=%s", path);
}

static void begin(struct rejects *r, const struct sheet_row *raw)
{
    r->rc = sheet_out_open(&r->out, r->path, NULL, "退回", &r->err);
    if (r->rc)
        return;
    sheet_out_cell(r->out, "退回行号");
    sheet_out_cell(r->out, "退回原因");
    for (size_t i = 0; i < raw->headings; i++)
        sheet_out_cell(r->out, raw->heading[i]);
    sheet_out_end_row(r->out);
}

void rejects_add(struct rejects *r, const struct sheet_row *raw, const struct qn_err *why)
{
    char reason[1200], line[24];
    if (r->rc || !*r->path)
        return;
    if (!r->out)
        begin(r, raw);
    if (r->rc)
        return;
    text_error(reason, sizeof(reason), r->lang, why);
    snprintf(line, sizeof(line), "%u", raw->line);
    sheet_out_cell(r->out, line);
    sheet_out_cell(r->out, reason);
    for (size_t i = 0; i < raw->n; i++)
        sheet_out_cell(r->out, raw->cell[i]);
    sheet_out_end_row(r->out);
}

enum qn_code rejects_write(struct rejects *r, struct store *st, const struct qn_report *report,
                           struct qn_err *err)
{
    if (r->rc && err)
        *err = r->err;
    if (r->rc || !r->out)
        return r->rc;
    enum qn_code rc = store_goes_on(st, err);
    if (!rc)
        rc = sheet_out_close(&r->out, err);
    if (!rc)
        qn_say(report, "work.roster-rejects", "path=%s", r->path);
    return rc;
}

void rejects_forget(struct store *st, const char *path, const char *name)
{
    QN_AUTO(rejects) struct rejects r = {.out = NULL};
    struct qn_err none;
    rejects_init(&r, TEXT_ZH, path, name);
    if (!r.rc && *r.path && store_goes_on(st, &none) != QN_OK)
        unlink(r.path);
}

void rejects_auto(struct rejects *r)
{
    if (r->out)
        sheet_out_drop(QN_STEAL(r->out));
}
