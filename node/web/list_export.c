/* list_export.c - a whole list, filtered, as a file: .csv, .xlsx or .json (web-45). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/sheet/out.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/web/lists.h"

static enum qn_code write_rows(struct sheet_out *o, struct list_view *v, bool raw,
                               struct qn_err *err)
{
    QN_AUTO(list) struct list *l = NULL;
    char room[32], *words = malloc(LIST_WORDS);
    enum qn_code rc =
        words ? list_open(&l, v->st, &v->ask, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    while (!rc && list_step(l)) {
        for (unsigned i = 0; i < v->ask.type->n; i++) {
            const char *s = raw ? list_view_text(v, l, i, room) : list_view_words(v, l, i, words);
            sheet_out_cell(o, s ? s : "");
        }
        sheet_out_end_row(o);
    }
    free(words);
    if (!rc)
        rc = list_end(l, err);
    return rc ? rc : store_goes_on(v->st, err);
}

/* SPEC web-90: "ends when whoever asked for it has gone" */
static bool given_up(void *ctx)
{
    const struct call *c = ctx;
    return jobs_are_ending(&c->web->jobs) || c->in->gone(c->in);
}

static enum qn_code write_list(struct list_view *v, const char *path, enum sheet_format format,
                               struct qn_err *err)
{
    const struct list_type *t = v->ask.type;
    char title[200], label[LIST_COLUMNS][100];
    struct sheet_heading head[LIST_COLUMNS];
    list_label(title, sizeof(title), v->call->in->lang, "ui.lists.of.", t->name);
    struct sheet_how how = {.format = format, .title = title};
    for (unsigned i = 0; i < t->n; i++) {
        const struct list_column *c = &t->column[i];
        list_label(label[i], sizeof(label[i]), v->call->in->lang, "ui.lists.col.", c->name);
        head[i] = (struct sheet_heading){c->name, label[i],
                                         c->kind == LIST_NUMBER || c->kind == LIST_MS ||
                                             c->kind == LIST_CLAIMED};
    }
    QN_AUTO(sheet_out) struct sheet_out *o = NULL;
    enum qn_code rc = sheet_out_start(&o, path, &how, err);
    if (rc)
        return rc;
    sheet_out_headings(o, head, t->n);
    rc = write_rows(o, v, format == SHEET_JSON, err);
    return rc ? rc : sheet_out_close(&o, err);
}

/* SPEC web-45: "an act of its own, with its line in the trail" */
static enum qn_code may_export(struct call *c, const char *list, struct qn_err *err)
{
    struct store *st = c->in->office->st;
    pthread_mutex_lock(&c->in->office->lock);
    person_enter(st, c->person.name);
    enum qn_code rc = duty_act(st, duty_of(DUTY_EXPORT), NULL, list, err);
    person_enter(st, NULL);
    pthread_mutex_unlock(&c->in->office->lock);
    return rc;
}

/* A file of the person's own shelf, hidden there, that is gone as soon as it is open to be sent. */
static enum qn_code give(struct call *c, struct list_view *v, enum sheet_format format,
                         struct qn_err *err)
{
    char shelf[1024], name[64], path[FILE_PATH_MAX];
    uint8_t random[8];
    if (!shelf_path(c, shelf))
        return qn_fail(err, QN_IO, "web.shelf", "");
    memcpy(name, SHELF_LIST, sizeof(SHELF_LIST));
    randombytes_buf(random, sizeof(random));
    qn_hex(name + sizeof(SHELF_LIST) - 1, random, sizeof(random));
    enum qn_code rc = file_join(path, shelf, name, err);
    if (!rc)
        rc = write_list(v, path, format, err);
    if (!rc)
        rc = file_open(&c->out->fd, &c->out->length, path, err);
    unlink(path);
    if (rc)
        c->out->fd = -1;
    return rc;
}

static void export(struct call *c, const char *dot)
{
    static const struct {
        const char *end, *type;
        enum sheet_format format;
    } formats[] = {
        {".csv", "text/csv; charset=utf-8", SHEET_CSV},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", SHEET_XLSX},
        {".json", "application/json", SHEET_JSON}};
    char name[40];
    struct list_view v;
    struct qn_err err;
    size_t i = 0;
    while (i < 3 && strcmp(dot, formats[i].end) != 0)
        i++;
    snprintf(name, sizeof(name), "%.*s", (int)(dot - c->rest[0]), c->rest[0]);
    if (i == 3 || !list_type(name)) {
        call_refuse_as(c, 404, "http.path", "");
        return;
    }
    enum qn_code rc = may_export(c, name, &err);
    if (rc) {
        call_refuse(c, &err);
        return;
    }
    if (!list_view_open(&v, c, name))
        return;
    store_on_stop(v.st, given_up, c);
    rc = give(c, &v, formats[i].format, &err);
    list_view_close(&v);
    if (rc) {
        call_refuse(c, &err);
        return;
    }
    c->out->status = 200;
    c->out->type = formats[i].type;
    pages_header(c->out, "Content-Disposition", "attachment; filename=\"%s%s\"", name, dot);
}

void list_get(struct call *c)
{
    const char *dot = strrchr(c->rest[0], '.');
    if (dot)
        export(c, dot);
    else
        list_page(c);
}
