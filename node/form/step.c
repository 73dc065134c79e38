#include "node/form/step.h"

#include <stdio.h>
#include <string.h>

/* ---- what it says -------------------------------------------------------------------------------------------------- */

static enum qn_code no_path(struct qn_err *err, struct qn_span path)
{
    return qn_fail(err, QN_MALFORMED, "form.path", "value=%.*s", (int)(path.n < 80 ? path.n : 80),
                   path.n ? (const char *)path.p : "");
}

/* Up to one of the marks, or the end. */
static struct qn_span word(struct qn_span *rest, const char *marks)
{
    size_t n = 0;
    while (n < rest->n && !strchr(marks, rest->p[n]))
        n++;
    struct qn_span w = {rest->p, n};
    *rest = (struct qn_span){rest->p + n, rest->n - n};
    return w;
}

/* The mark itself, if it comes next. */
static bool mark(struct qn_span *rest, char ch)
{
    if (!rest->n || rest->p[0] != (uint8_t)ch)
        return false;
    *rest = (struct qn_span){rest->p + 1, rest->n - 1};
    return true;
}

static bool name(char out[32], struct qn_span w)
{
    return w.n && qn_text_copy(out, 32, w);
}

enum qn_code form_step(struct form_step *out, struct qn_span *path, struct qn_err *err)
{
    static const char marks[] = "/:@?=>";
    const struct qn_span whole = *path;
    *out = (struct form_step){.way = STEP_REFERENCE};
    if (mark(path, '<')) {
        out->way = STEP_BACK;
        if (!name(out->to, word(path, marks)) || !mark(path, ':') ||
            !name(out->field, word(path, marks)))
            return no_path(err, whole);
        out->this_rev = mark(path, '=');
        if (mark(path, '?') && !name(out->alike, word(path, marks)))
            return no_path(err, whole);
    } else {
        if (!name(out->field, word(path, marks)))
            return no_path(err, whole);
        if (mark(path, '>') && !name(out->to, word(path, marks)))
            return no_path(err, whole);
        if (mark(path, '@')) {
            out->way = STEP_SAME_TEXT;
            if (!name(out->to, word(path, marks)) || !mark(path, ':') ||
                !name(out->column, word(path, marks)))
                return no_path(err, whole);
        }
    }
    return !path->n || mark(path, '/') ? QN_OK : no_path(err, whole);
}

/* ---- where it leads ------------------------------------------------------------------------------------------------- */

unsigned form_tables(const struct qn_table *out[RECORD_TABLES], const struct qn_registry *reg,
                     const char *kind)
{
    const struct record_type *t = record_type(kind);
    unsigned n = 0;
    for (unsigned i = 0; t && i < RECORD_TABLES && t->table[i]; i++)
        if ((out[n] = qn_registry_table(reg, qn_str(t->table[i]))))
            n++;
    if (!t && (out[0] = qn_registry_table(reg, qn_str(kind))))
        n = 1;
    return n;
}

bool form_has_column(const struct qn_table *t, const char *field, const char *end)
{
    char column[QN_COLUMN_NAME + 16];
    snprintf(column, sizeof(column), "%s%s", field, end);
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, column) == 0)
            return true;
    return false;
}

const struct qn_table *form_table_with(const struct qn_registry *reg, const char *kind,
                                       const char *field, const char *end)
{
    const struct qn_table *table[RECORD_TABLES];
    unsigned n = form_tables(table, reg, kind);
    for (unsigned i = 0; i < n; i++)
        if (form_has_column(table[i], field, end))
            return table[i];
    return NULL;
}

enum qn_code form_step_resolve(struct form_step *s, const struct qn_registry *reg, const char *from,
                               struct qn_err *err)
{
    const struct qn_table *room[RECORD_TABLES];
    const struct record_type *t = record_type(from);
    const struct record_field *f = t ? record_field(t, s->field) : NULL;
    bool right = true;
    if (s->way == STEP_REFERENCE) {
        if (!s->to[0] && f && f->kind == FIELD_RECORD)
            snprintf(s->to, sizeof(s->to), "%s", f->of);
        right = s->to[0] && form_table_with(reg, from, s->field, "_id");
    } else if (s->way == STEP_BACK) {
        right = form_table_with(reg, s->to, s->field, "_id") != NULL;
    } else {
        right =
            form_table_with(reg, from, s->field, "") && form_table_with(reg, s->to, s->column, "");
    }
    return right && form_tables(room, reg, s->to)
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "form.path", "value=%s.%s", from, s->field);
}

bool form_leads(char to[32], const struct qn_registry *reg, const char *from, struct qn_span path)
{
    struct qn_err none;
    snprintf(to, 32, "%s", from);
    while (path.n) {
        struct form_step s;
        if (form_step(&s, &path, &none) || form_step_resolve(&s, reg, to, &none))
            return false;
        snprintf(to, 32, "%s", s.to);
    }
    return true;
}
