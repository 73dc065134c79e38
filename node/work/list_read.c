#include "node/work/list_read.h"

#include <stdio.h>
#include <string.h>

#include "node/text/text.h"

#define NAME_MAX_ 96

/* SPEC tables-42: "the Chinese names of its columns" */
static size_t add_names(struct sheet_alias *alias, size_t n, char (*name)[NAME_MAX_],
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
        text_render(name[n], NAME_MAX_, TEXT_ZH, id, "");
        alias[n] = (struct sheet_alias){f->columns[c].heading, name[n], true};
        n++;
    }
    return n;
}

enum qn_code list_read(struct store *st, const struct list_use *use, const char *list,
                       const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                       struct qn_err *err)
{
    struct mapping headings;
    struct sheet_alias alias[MAPPING_MAX];
    char name[MAPPING_MAX][NAME_MAX_];
    struct sheet_file f = *file;
    enum qn_code rc = mapping_begin(&headings, alias, st, &use->from, list, f.columns, f.n, err);
    if (rc)
        return rc;
    f.charset = use->charset;
    f.sheet = use->sheet;
    f.alias = alias;
    f.naliases = add_names(alias, headings.n, name, list, &f);
    return sheet_read(&f, row, ctx, err);
}
