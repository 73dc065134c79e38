#include "node/sheet/reader.h"

#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"

void sheet_reader_init(struct sheet_reader *r, const struct sheet_file *file, sheet_row_fn *row,
                       void *ctx, struct qn_err *err)
{
    *r = (struct sheet_reader){
        .file = file, .row = row, .ctx = ctx, .err = err, .now = {.line = 1, .broken = -1}};
    qn_buf_init(&r->text, SHEET_ROW_MAX + SHEET_CELLS);
    qn_buf_init(&r->names, SHEET_ROW_MAX + SHEET_CELLS);
}

void sheet_reader_release(struct sheet_reader *r)
{
    qn_buf_release(&r->text);
    qn_buf_release(&r->names);
}

/* ---- cells ------------------------------------------------------------------------------------------------- */

static size_t blank_at(const uint8_t *p, size_t n) /* bytes of an ASCII blank or U+3000, else 0 */
{
    if (n >= 1 && (*p == ' ' || *p == '\t'))
        return 1;
    return n >= 3 && p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80 ? 3 : 0;
}

static struct qn_span trim(struct qn_span s)
{
    size_t bytes;
    while ((bytes = blank_at(s.p, s.n)) != 0)
        s = (struct qn_span){s.p + bytes, s.n - bytes};
    while (s.n && (blank_at(s.p + s.n - 1, 1) || (s.n >= 3 && blank_at(s.p + s.n - 3, 3) == 3)))
        s.n -= blank_at(s.p + s.n - 1, 1) ? 1 : 3;
    /* The apostrophe that csv_put set before a formula is not part of what was written. */
    if (s.n >= 2 && s.p[0] == '\'' && sheet_acts((struct qn_span){s.p + 1, s.n - 1}))
        s = (struct qn_span){s.p + 1, s.n - 1};
    return s;
}

/* SPEC tables-41: "are left out, which is told once for a list" */
static void put_seen(struct sheet_reader *r, struct qn_span text)
{
    for (size_t i = 0, skip; i < text.n; i += skip ? skip : 1) {
        skip = wire_hidden(text.p + i, text.n - i);
        if (!skip)
            qn_put(&r->text, text.p + i, 1);
        else if (!r->unseen++)
            r->unseen_line = r->now.line;
    }
}

/* SPEC tables-41: "A cell with any other control character spoils its row" */
static bool has_control(struct qn_span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (wire_control(text.p + i, text.n - i))
            return true;
    return false;
}

void sheet_cell(struct sheet_reader *r, struct qn_span text, enum sheet_cell kind)
{
    if (r->now.n == SHEET_CELLS) {
        r->now.too_many = r->now.too_many || kind != SHEET_GOOD || trim(text).n;
        return;
    }
    r->digits[r->now.n] = kind == SHEET_DIGITS;
    r->any_digits = r->any_digits || kind == SHEET_DIGITS;
    bool control = kind == SHEET_GOOD && has_control(text);
    if (control)
        kind = SHEET_BROKEN;
    if ((kind == SHEET_BROKEN || kind == SHEET_LONG) && r->now.broken < 0) {
        r->now.broken = (int)r->now.n;
        r->now.too_long = kind == SHEET_LONG;
        r->now.control = control;
    }
    r->start[r->now.n++] = r->text.n;
    if ((kind == SHEET_GOOD || kind == SHEET_DIGITS) && text.n)
        put_seen(r, trim(text));
    qn_put_uint(&r->text, 0, 1);
}

void sheet_skip(struct sheet_reader *r, size_t at)
{
    while (r->now.n < at && r->now.n < SHEET_CELLS)
        sheet_cell(r, (struct qn_span){NULL, 0}, SHEET_GOOD);
}

/* ---- headings ---------------------------------------------------------------------------------------------- */

static void join(char *out, size_t cap, const char *word)
{
    size_t n = strlen(out);
    if (n + strlen(word) + 4 < cap)
        snprintf(out + n, cap - n, "%s%s", n ? "、" : "", word);
}

static const struct sheet_alias *alias_of(const struct sheet_file *f, const char *heading)
{
    for (size_t i = 0; i < f->naliases; i++)
        if (strcmp(f->alias[i].heading, heading) == 0)
            return &f->alias[i];
    return NULL;
}

static int find(const struct sheet_row *row, const char *heading)
{
    for (size_t i = 0; heading && i < row->n; i++)
        if (strcmp(row->cell[i], heading) == 0)
            return (int)i;
    return -1;
}

/* A column of ours that stands twice could be read either way, so it is refused. */
static void settle_headings(struct sheet_reader *r)
{
    char ignored[300] = "";
    bool wanted[SHEET_CELLS] = {false};
    r->headings = r->now.n;
    qn_put(&r->names, r->text.p, r->text.n);
    r->rc = qn_buf_check(&r->names, r->err);
    for (size_t i = 0; !r->rc && i < r->now.n; i++)
        r->heading[i] = (const char *)r->names.p + r->start[i];
    for (size_t c = 0; !r->rc && c < r->file->n; c++) {
        int at = r->file->columns[c].at;
        if (at < 0)
            continue;
        wanted[at] = true;
        for (size_t i = (size_t)at + 1; !r->rc && i < r->now.n; i++)
            if (strcmp(r->heading[at], r->heading[i]) == 0)
                r->rc =
                    qn_fail(r->err, QN_MALFORMED, "sheet.heading-twice",
                            "path=%s|line=%u|column=%s", r->file->path, r->now.line, r->heading[i]);
    }
    for (size_t i = 0; i < r->now.n; i++)
        if (!r->rc && !wanted[i] && *r->heading[i])
            join(ignored, sizeof(ignored), r->heading[i]);
    if (*ignored && !r->file->among)
        qn_say(r->file->report, "sheet.ignored", "path=%s|columns=%s", r->file->path, ignored);
}

static void find_headings(struct sheet_reader *r)
{
    char missing[sizeof(r->missing)] = "";
    size_t have = 0;
    bool all = true, any = false;
    for (size_t c = 0; c < r->file->n; c++) {
        struct sheet_column *col = &r->file->columns[c];
        const struct sheet_alias *alias = alias_of(r->file, col->heading);
        const char *theirs = alias ? alias->theirs : NULL;
        r->all[c] = theirs && *theirs == SHEET_ALL ? theirs + 1 : NULL;
        col->at = r->all[c] ? -1 : find(&r->now, theirs);
        if (!r->all[c] && col->at < 0)
            col->at = find(&r->now, col->heading);
        if (col->required && col->at < 0 && !r->all[c]) {
            char both[300];
            snprintf(both, sizeof(both), "%s（%s）", theirs ? theirs : "", col->heading);
            join(missing, sizeof(missing),
                 alias && alias->ours ? both
                 : theirs             ? theirs
                                      : col->heading);
            all = false;
        }
        have += col->required && col->at >= 0;
        any = any || col->at >= 0;
    }
    /* With every required column said beforehand a title would do for headings. */
    if (all && (any || !r->file->n)) {
        settle_headings(r);
    } else if (have > r->nearest || !*r->missing) {
        r->nearest = have;
        memcpy(r->missing, missing, sizeof(missing));
    }
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

enum qn_code sheet_check(const struct sheet_row *raw, struct qn_err *err)
{
    if (raw->quotes)
        return qn_fail(err, QN_MALFORMED, "csv.quotes", "line=%u", raw->line);
    if (raw->too_long)
        return qn_fail(err, QN_MALFORMED, "sheet.cell-long", "line=%u|column=%d|max=%d", raw->line,
                       raw->broken + 1, SHEET_CELL_MAX);
    if (raw->digits)
        return qn_fail(err, QN_MALFORMED, "xlsx.digits", "line=%u|column=%d|value=%s", raw->line,
                       raw->broken + 1, raw->cell[raw->broken]);
    if (raw->control)
        return qn_fail(err, QN_MALFORMED, "sheet.control", "line=%u|column=%d", raw->line,
                       raw->broken + 1);
    if (raw->broken >= 0)
        return qn_fail(err, QN_MALFORMED, "csv.undecodable", "line=%u|column=%d", raw->line,
                       raw->broken + 1);
    if (raw->too_many)
        return qn_fail(err, QN_MALFORMED, "sheet.too-many", "line=%u", raw->line);
    return QN_OK;
}

static void next_row(struct sheet_reader *r, unsigned line)
{
    r->text.n = 0;
    r->any_digits = false;
    r->now = (struct sheet_row){.line = line, .broken = -1};
}

static void give_row(struct sheet_reader *r)
{
    const char *cell[SHEET_CELLS];
    for (size_t i = r->headings; i < r->now.n; i++)
        r->now.too_many = r->now.too_many || (*r->now.cell[i] && !r->now.quotes);
    r->now.heading = r->heading;
    r->now.headings = r->headings;
    for (size_t c = 0; r->any_digits && r->now.broken < 0 && c < r->file->n; c++) {
        int at = r->file->columns[c].at;
        r->now.digits = at >= 0 && (size_t)at < r->now.n && r->digits[at];
        if (r->now.digits)
            r->now.broken = at;
    }
    for (size_t c = 0; c < r->file->n; c++) {
        int at = r->file->columns[c].at;
        cell[c] = r->now.quotes ? "" : r->all[c] ? r->all[c] : at < 0 ? "" : r->now.cell[at];
    }
    r->given++;
    r->rc = r->row(r->ctx, &r->now, cell, r->err);
    if (!r->rc && r->given % SHEET_SAID == 0)
        qn_say(r->file->report, "sheet.progress", "path=%s|rows=%llu", r->file->path,
               (unsigned long long)r->given);
}

/* Lends the cells; false when none has a text. */
static bool lend_cells(struct sheet_reader *r)
{
    bool filled = r->now.broken >= 0;
    if (!r->rc)
        r->rc = qn_buf_check(&r->text, r->err);
    for (size_t i = 0; i < SHEET_CELLS; i++)
        r->now.cell[i] = !r->rc && i < r->now.n ? (const char *)r->text.p + r->start[i] : "";
    for (size_t i = 0; i < r->now.n; i++)
        filled = filled || *r->now.cell[i];
    return filled;
}

void sheet_end_row(struct sheet_reader *r, unsigned line)
{
    if (lend_cells(r) && !r->rc) {
        if (r->headings)
            give_row(r);
        else if (r->titles++ < SHEET_TITLES)
            find_headings(r); /* a title row otherwise */
    }
    next_row(r, line);
}

void sheet_damaged_row(struct sheet_reader *r, struct qn_span text, unsigned line)
{
    unsigned began = r->now.line;
    next_row(r, began);
    sheet_cell(r, text, SHEET_GOOD);
    r->now.quotes = true;
    lend_cells(r);
    if (!r->rc && r->headings)
        give_row(r);
    next_row(r, line);
}

void sheet_end(struct sheet_reader *r)
{
    if (r->rc)
        return;
    if (r->unseen)
        qn_say(r->file->report, "sheet.unseen", "path=%s|line=%u|count=%llu", r->file->path,
               r->unseen_line, (unsigned long long)r->unseen);
    if (r->headings && !r->given)
        qn_say(r->file->report, "sheet.only-heading", "path=%s", r->file->path);
    if (!r->headings && !*r->missing) /* not one row */
        r->rc = qn_fail(r->err, QN_MALFORMED, "sheet.empty", "path=%s", r->file->path);
    else if (!r->headings)
        r->rc = qn_fail(r->err, QN_MALFORMED, "sheet.no-heading", "path=%s|columns=%s",
                        r->file->path, r->missing);
}
