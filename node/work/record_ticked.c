#include "node/work/record_ticked.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX (64u << 20) /* bytes: a million names of records, and room to spare */

static int column_of(const struct record_type *t, const char *field, int first)
{
    return field ? (int)(record_field(t, field) - t->field) + first : -1;
}

void record_ticked_init(struct record_ticked *k, const struct record_type *t, int first_column)
{
    *k = (struct record_ticked){.tick = column_of(t, t->ticked, first_column),
                                .of = column_of(t, t->ticks, first_column)};
    qn_buf_init(&k->text, NAMES_MAX);
}

void record_ticked_auto(struct record_ticked *k)
{
    qn_buf_release(&k->text);
    free(k->name);
}

bool record_ticked_blank(const struct record_ticked *k, const char *const *cell)
{
    return k->tick >= 0 && !*cell[k->tick];
}

static enum qn_code note(void *ctx, const struct sheet_row *raw, const char *const *cell,
                         struct qn_err *err)
{
    struct record_ticked *k = ctx;
    struct qn_err why;
    if (sheet_check(raw, &why) != QN_OK || k->of < 0 || !record_ticked_blank(k, cell) ||
        !*cell[k->of])
        return QN_OK; /* a row that cannot be read is told when it is taken */
    qn_put(&k->text, cell[k->of], strlen(cell[k->of]) + 1);
    k->n++;
    return qn_buf_check(&k->text, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum qn_code record_ticked_read(struct record_ticked *k, const struct sheet_file *file,
                                struct qn_err *err)
{
    struct sheet_file quiet = *file;
    quiet.report = NULL; /* what is told of the file is told when its rows are taken */
    enum qn_code rc = k->tick < 0 ? QN_OK : sheet_read(&quiet, note, k, err);
    if (rc || !k->n)
        return rc;
    k->name = calloc(k->n, sizeof(*k->name));
    if (!k->name)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    const char *p = (const char *)k->text.p;
    for (size_t i = 0; i < k->n; i++, p += strlen(p) + 1)
        k->name[i] = p;
    qsort(k->name, k->n, sizeof(*k->name), by_name);
    return QN_OK;
}

bool record_ticked_half(const struct record_ticked *k, const char *const *cell)
{
    const char *name = k->of >= 0 ? cell[k->of] : "";
    return k->n && bsearch(&name, k->name, k->n, sizeof(*k->name), by_name) != NULL;
}
