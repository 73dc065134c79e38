/* xlsx.c - the rows of a workbook's sheet (ECMA-376, SpreadsheetML). Read twice: which cells are merged is told behind
 * the rows. A merged cell that spans rows stands in each of them, as whoever reads the print understands it; one that
 * spans columns stands in the first.                                                                              */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/sheet/book.h"
#include "node/sheet/reader.h"
#include "protocol/wire.h"

#define MERGES 200000
#define ROWS   1048576 /* of a sheet, ECMA-376 */
#define COLS   16384
#define DIGITS 15 /* of a number that a spreadsheet keeps */

struct merge {
    unsigned first, last; /* rows */
    size_t col;
    char *text; /* of its first cell, once it came */
    size_t n;
};
struct merges {
    struct merge *of;
    size_t n, cap;
    size_t next;    /* the first that no row has reached */
    size_t *active; /* those that reach over the row now read */
    size_t nactive;
};
struct cell {
    size_t from, n; /* in rows.text */
    enum sheet_cell kind;
    bool there;
};
struct rows {
    struct sheet_reader *r;
    struct merges *m;
    unsigned row; /* 0: outside */
    size_t col;
    struct cell cell[SHEET_CELLS];
    size_t ncells;
    bool beyond;        /* a filled cell right of SHEET_CELLS */
    struct qn_buf text; /* of this row's cells */
    struct qn_buf now;  /* of the cell being read */
    bool in_text, too_long;
    unsigned reading;
    char type[12];
    size_t style;
};

/* "AB12": column from 0, row from 1. */
static bool read_ref(const char *ref, size_t *col, unsigned *row)
{
    size_t c = 0;
    unsigned long r = 0;
    const char *p = ref;
    for (; *p >= 'A' && *p <= 'Z' && c <= COLS; p++)
        c = c * 26 + (size_t)(*p - 'A') + 1;
    for (; *p >= '0' && *p <= '9' && r <= ROWS; p++)
        r = r * 10 + (unsigned long)(*p - '0');
    *col = c - 1;
    *row = (unsigned)r;
    return c && c <= COLS && r && r <= ROWS && (!*p || *p == ':');
}

/* ---- merged cells ------------------------------------------------------------------------------------------------- */

static void on_merge(struct book_part *p, const char *name, const char **at)
{
    struct merges *m = p->ctx;
    struct merge one = {.text = NULL};
    size_t last_col;
    const char *ref = book_attribute(at, "ref"), *colon = ref ? strchr(ref, ':') : NULL;
    if (strcmp(name, "mergeCell") != 0 || !colon)
        return;
    if (!read_ref(ref, &one.col, &one.first) || !read_ref(colon + 1, &last_col, &one.last)) {
        p->rc = book_damaged(p->book, p->book->sheet);
        return;
    }
    if (one.last <= one.first || one.col >= SHEET_CELLS)
        return; /* nothing to carry down */
    if (m->n == m->cap) {
        size_t cap = m->cap * 2 + 64;
        struct merge *more = cap > 2 * MERGES ? NULL : realloc(m->of, cap * sizeof(*more));
        if (!more) {
            p->rc = qn_fail(p->book->err, QN_LIMIT, "xlsx.large", "path=%s|max=%d",
                            p->book->file->path, MERGES);
            return;
        }
        m->of = more;
        m->cap = cap;
    }
    m->of[m->n++] = one;
}

static int by_row(const void *a, const void *b)
{
    const struct merge *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static enum qn_code read_merges(struct book *b, struct merges *m)
{
    struct book_part p = {.book = b, .start = on_merge, .ctx = m};
    enum qn_code rc = book_read(&p, b->sheet);
    if (rc)
        return rc == QN_ABSENT ? book_damaged(b, b->sheet) : rc;
    if (m->n)
        qsort(m->of, m->n, sizeof(*m->of), by_row);
    m->active = calloc(m->n + 1, sizeof(*m->active));
    return m->active ? QN_OK : qn_fail(b->err, QN_NOMEM, "base.no-memory", "");
}

static void release_merges(struct merges *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->of[i].text);
    free(m->of);
    free(m->active);
}

/* Which reach over this row: those that ended are dropped, those that begin are added. */
static void move_to(struct merges *m, unsigned row)
{
    size_t n = 0;
    for (size_t i = 0; i < m->nactive; i++) {
        struct merge *one = &m->of[m->active[i]];
        if (one->last >= row) {
            m->active[n++] = m->active[i];
        } else {
            free(one->text);
            one->text = NULL;
        }
    }
    m->nactive = n;
    for (; m->next < m->n && m->of[m->next].first <= row; m->next++)
        if (m->of[m->next].last >= row)
            m->active[m->nactive++] = m->next;
}

static void carry(struct rows *s)
{
    struct merges *m = s->m;
    move_to(m, s->row);
    for (size_t i = 0; i < m->nactive; i++) {
        struct merge *one = &m->of[m->active[i]];
        struct cell *c = &s->cell[one->col];
        bool there = one->col < s->ncells && c->there;
        if (one->first == s->row && there && c->kind == SHEET_GOOD) {
            free(one->text);
            one->text = malloc(c->n + 1);
            if (!one->text) {
                s->r->rc = qn_fail(s->r->err, QN_NOMEM, "base.no-memory", "");
                return;
            }
            memcpy(one->text, s->text.p + c->from, c->n);
            one->n = c->n;
        } else if (one->first < s->row && one->text && !(there && c->n)) {
            for (; s->ncells <= one->col; s->ncells++)
                s->cell[s->ncells] = (struct cell){.there = false};
            *c = (struct cell){.from = s->text.n, .n = one->n, .there = true};
            qn_put(&s->text, one->text, one->n);
        }
    }
}

/* ---- values --------------------------------------------------------------------------------------------------- */

/* Serial numbers count days; the 1900 calendar has a 29 February 1900, which never was (ECMA-376 part 1, 18.17.4.1). */
static bool date_text(const struct book *b, double serial, char out[32])
{
    double days = floor(serial), seconds = floor((serial - days) * 86400 + 0.5);
    if (seconds >= 86400) {
        days += 1;
        seconds = 0;
    }
    unsigned s = (unsigned)seconds;
    double first = b->from_1904 ? -24107
                   : days >= 61 ? -25569
                                : -25568; /* days from 1970 to serial 0 */
    if (!(serial >= 0) || days + first > WIRE_DAY_MAX)
        return false;
    if (days < 1 && !b->from_1904) {
        snprintf(out, 32, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
        return true;
    }
    /* wire_day_text begins with 1970; the cycle of the calendar is 146,097 days, or 400 years. */
    char day[11];
    int32_t at = (int32_t)(days + first), cycles = at < 0 ? 1 : 0;
    wire_day_text(at + cycles * 146097, day);
    snprintf(out, 32, "%04d%s", atoi(day) - cycles * 400, day + 4);
    if (s)
        snprintf(out + 10, 22, "T%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    return true;
}

static bool is_whole(struct qn_span v)
{
    size_t sign = v.n && v.p[0] == '-';
    for (size_t i = sign; i < v.n; i++)
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
    return v.n > sign && v.n - sign <= DIGITS;
}

/* As a person sees it: dates as dates, whole numbers without a point, others with the digits that count. */
static enum sheet_cell number_text(const struct rows *s, const struct book *b, struct qn_span v,
                                   char out[64])
{
    char text[64], *end;
    if (!qn_text_copy(text, sizeof(text), v))
        return SHEET_BROKEN;
    bool date = s->style < b->ndates && b->date[s->style];
    double d = strtod(text, &end);
    if (end == text || *end || !isfinite(d))
        return SHEET_BROKEN;
    if (date && date_text(b, d, out))
        return SHEET_GOOD;
    if (!date && is_whole(v)) {
        snprintf(out, 64, "%s", text);
        return SHEET_GOOD;
    }
    snprintf(out, 64, "%.*g", DIGITS, d);
    return fabs(d) >= 1e15 ? SHEET_DIGITS : SHEET_GOOD;
}

static void store_cell(struct rows *s, struct qn_span v, enum sheet_cell kind)
{
    struct cell *c = &s->cell[s->col];
    *c = (struct cell){.from = s->text.n, .n = v.n, .kind = kind, .there = true};
    qn_put_span(&s->text, v);
    s->ncells = s->col + 1;
}

static void end_cell(struct rows *s, struct book *b)
{
    struct qn_span v = qn_buf_span(&s->now);
    char text[64];
    enum sheet_cell kind = s->too_long ? SHEET_LONG : SHEET_GOOD;
    if (!v.n)
        return;
    if (s->col >= SHEET_CELLS) {
        s->beyond = true;
        return;
    }
    if (kind == SHEET_GOOD && strcmp(s->type, "s") == 0) {
        size_t i = 0;
        for (size_t k = 0; k < v.n; k++)
            i = v.p[k] >= '0' && v.p[k] <= '9' && k < 9 ? i * 10 + (size_t)(v.p[k] - '0')
                                                        : SIZE_MAX / 16;
        if (!book_text(b, i, &v))
            s->r->rc = book_damaged(b, b->sheet);
        else if (v.n > SHEET_CELL_MAX)
            kind = SHEET_LONG;
    } else if (kind == SHEET_GOOD && strcmp(s->type, "b") == 0) {
        v = qn_str(qn_span_is(v, "1") || qn_span_is(v, "true") ? "是" : "否");
    } else if (kind == SHEET_GOOD && (!*s->type || strcmp(s->type, "n") == 0)) {
        kind = number_text(s, b, v, text);
        v = kind == SHEET_GOOD || kind == SHEET_DIGITS ? qn_str(text) : v;
    }
    if (!s->r->rc)
        store_cell(s, v, kind);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void start_row(struct rows *s, struct book_part *p, const char *number)
{
    char *end = NULL;
    unsigned long row = number ? strtoul(number, &end, 10) : s->row + 1ul;
    if ((number && *end) || row <= s->row || row > ROWS) {
        p->rc = book_damaged(p->book, p->book->sheet);
        return;
    }
    s->row = (unsigned)row;
    s->ncells = 0;
    s->col = SIZE_MAX; /* the next is 0 */
    s->beyond = false;
    s->text.n = 0;
}

static void start_cell(struct rows *s, struct book_part *p, const char **at)
{
    const char *ref = book_attribute(at, "r"), *type = book_attribute(at, "t"),
               *style = book_attribute(at, "s");
    size_t col = s->col + 1;
    unsigned row = s->row;
    if ((ref && !read_ref(ref, &col, &row)) || row != s->row ||
        (s->col != SIZE_MAX && col <= s->col)) {
        p->rc = book_damaged(p->book, p->book->sheet);
        return;
    }
    s->col = col;
    for (; s->ncells < col && s->ncells < SHEET_CELLS; s->ncells++)
        s->cell[s->ncells] = (struct cell){.there = false};
    snprintf(s->type, sizeof(s->type), "%s", type ? type : "");
    s->style = style ? strtoul(style, NULL, 10) : 0;
    s->now.n = 0;
    s->too_long = false;
}

static void on_row_start(struct book_part *p, const char *name, const char **at)
{
    struct rows *s = p->ctx;
    if (strcmp(name, "row") == 0)
        start_row(s, p, book_attribute(at, "r"));
    else if (strcmp(name, "c") == 0)
        start_cell(s, p, at);
    s->reading += strcmp(name, "rPh") == 0;
    s->in_text = !s->reading && (strcmp(name, "v") == 0 || strcmp(name, "t") == 0);
}

static void on_row_text(struct book_part *p, struct qn_span text)
{
    struct rows *s = p->ctx;
    if (!s->in_text || s->too_long)
        return;
    s->too_long = s->now.n + text.n > SHEET_CELL_MAX;
    if (!s->too_long)
        qn_put_span(&s->now, text);
}

static void end_row(struct rows *s)
{
    carry(s);
    if (!s->r->rc)
        s->r->rc = qn_buf_check(&s->text, s->r->err);
    if (s->r->rc)
        return;
    s->r->now.line = s->row;
    for (size_t i = 0; i < s->ncells; i++)
        sheet_cell(
            s->r,
            (struct qn_span){s->text.p + s->cell[i].from, s->cell[i].there ? s->cell[i].n : 0},
            s->cell[i].there ? s->cell[i].kind : SHEET_GOOD);
    s->r->now.too_many = s->r->now.too_many || s->beyond;
    sheet_end_row(s->r, s->row + 1);
}

static void on_row_end(struct book_part *p, const char *name)
{
    struct rows *s = p->ctx;
    s->in_text = false;
    s->reading -= s->reading && strcmp(name, "rPh") == 0;
    if (strcmp(name, "c") == 0)
        end_cell(s, p->book);
    else if (strcmp(name, "row") == 0)
        end_row(s);
    p->rc = s->r->rc;
}

enum qn_code xlsx_read(struct sheet_reader *r, int fd)
{
    struct book b;
    struct merges m = {.n = 0};
    struct rows *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(r->err, QN_NOMEM, "base.no-memory", "");
    *s = (struct rows){.r = r, .m = &m};
    qn_buf_init(&s->text, SHEET_ROW_MAX);
    qn_buf_init(&s->now, SHEET_CELL_MAX);
    enum qn_code rc = book_open(&b, r->file, fd, r->err);
    if (!rc)
        rc = read_merges(&b, &m);
    if (!rc) {
        struct book_part p = {
            .book = &b, .start = on_row_start, .end = on_row_end, .text = on_row_text, .ctx = s};
        rc = book_read(&p, b.sheet);
    }
    if (!rc) {
        sheet_end(r);
        rc = r->rc;
    }
    release_merges(&m);
    book_release(&b);
    qn_buf_release(&s->text);
    qn_buf_release(&s->now);
    free(s);
    return rc;
}
