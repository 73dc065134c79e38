#include "node/work/list_read.h"

#include <stdio.h>
#include <string.h>

#include "node/text/text.h"

/* SPEC tables-42: "the Chinese names of its columns" */
static size_t add_names(struct sheet_alias *alias, size_t n, char (*name)[LIST_HEADING],
                        const char *list, const struct sheet_file *f)
{
    char id[96];
    bool has = strcmp(list, "plan") == 0 || strcmp(list, "scopes") == 0;
    for (size_t c = 0; has && c < f->n && n < MAPPING_MAX; c++) {
        bool theirs = false;
        for (size_t i = 0; i < n; i++)
            theirs = theirs || strcmp(alias[i].heading, f->columns[c].heading) == 0;
        snprintf(id, sizeof(id), "plan-column.%s", f->columns[c].heading);
        for (char *p = id; *p; p++)
            *p = *p == '_' ? '-' : *p;
        if (theirs || !text_has(id))
            continue;
        text_render(name[n], LIST_HEADING, TEXT_ZH, id, "");
        alias[n] = (struct sheet_alias){f->columns[c].heading, name[n], true};
        n++;
    }
    return n;
}

enum qn_code list_begin(struct list_headings *h, struct sheet_file *file, struct store *st,
                        const struct list_use *use, const char *list, struct qn_err *err)
{
    enum qn_code rc =
        mapping_begin(&h->kept, h->alias, st, &use->from, list, file->columns, file->n, err);
    if (rc)
        return rc;
    file->charset = use->charset;
    file->sheet = use->sheet;
    file->alias = h->alias;
    file->naliases = add_names(h->alias, h->kept.n, h->name, list, file);
    return QN_OK;
}

enum qn_code list_read(struct store *st, const struct list_use *use, const char *list,
                       const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                       struct qn_err *err)
{
    struct list_headings h;
    struct sheet_file f = *file;
    enum qn_code rc = list_begin(&h, &f, st, use, list, err);
    return rc ? rc : sheet_read(&f, row, ctx, err);
}
