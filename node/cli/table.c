/* table.c - tables on a terminal: columns as wide as their widest cell, a Chinese character counts two. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/cli.h"

#define CELL_MAX   2048
#define CELLS_MAX  2000000 /* a roster of a city as a table; beyond it --json serves better */
#define GAP        2
#define COLUMN_MAX 64

struct cli_table {
    unsigned ncols;
    char **cell; /* owned; the first ncols are the headers */
    size_t n, cap;
    bool right[COLUMN_MAX]; /* only numbers so far */
    bool failed;
};

/* One character: its length in bytes, its width in columns. Bytes that are no UTF-8 count one each. */
static size_t character(const unsigned char *p, uint32_t *code)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
    *code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *code = p[0];
            return 1;
        }
        *code = *code << 6 | (p[i] & 0x3fu);
    }
    return n;
}

static unsigned width_of(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } wide[] = {
        /* Unicode 15, EastAsianWidth W and F, merged to the blocks that occur in Chinese text */
        {0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0x33ff}, {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (c < 0x20 || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || c == 0xfeff)
        return 0;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (c >= wide[i].from && c <= wide[i].to)
            return 2;
    return 1;
}

static size_t width(const char *s)
{
    size_t w = 0;
    uint32_t c;
    for (const unsigned char *p = (const unsigned char *)s; *p; w += width_of(c))
        p += character(p, &c);
    return w;
}

/* A line break in somebody's data must not break the table, nor an escape or a mark that turns the line around make it
 * say something else. */
static char *printable(const char *s)
{
    QN_AUTO(qn_buf) struct qn_buf plain = {0}, out = {0};
    qn_buf_init(&plain, CELL_MAX);
    qn_buf_init(&out, 8 * CELL_MAX);
    for (const char *p = s; *p; p++)
        qn_put(&plain, *p == '\n' || *p == '\r' || *p == '\t' ? " " : p, 1);
    text_value(&out, qn_buf_span(&plain));
    qn_put(&out, "", 1);
    return plain.failed || out.failed ? NULL : strdup((const char *)out.p);
}

static void add(struct cli_table *t, const char *s)
{
    if (t->failed)
        return;
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        char **grown = cap <= CELLS_MAX ? realloc(t->cell, cap * sizeof(*grown)) : NULL;
        if (!grown) {
            t->failed = true;
            return;
        }
        t->cell = grown;
        t->cap = cap;
    }
    char *copy = printable(s);
    if (!copy) {
        t->failed = true;
        return;
    }
    t->cell[t->n++] = copy;
}

static void table_free(struct cli_table *t)
{
    for (size_t i = 0; t && i < t->n; i++)
        free(t->cell[i]);
    if (t)
        free(t->cell);
    free(t);
}

void cli_table_begin(struct cli *c, unsigned ncols, const char *const header_ids[])
{
    table_free(c->table);
    c->table = calloc(1, sizeof(*c->table));
    if (!c->table)
        return;
    c->table->ncols = ncols <= COLUMN_MAX ? ncols : COLUMN_MAX;
    for (unsigned i = 0; i < c->table->ncols; i++) {
        char head[CELL_MAX];
        text_render(head, sizeof(head), c->lang, header_ids[i], "");
        add(c->table, head);
        c->table->right[i] = true;
    }
}

/* "%s", "%.16s", "%.*s" */
static bool prints_text(const char *fmt)
{
    for (const char *p = strchr(fmt, '%'); p; p = strchr(p + 1, '%'))
        if (p[1 + strspn(p + 1, "-.*0123456789")] == 's')
            return true;
    return false;
}

void cli_table_cell(struct cli *c, const char *fmt, ...)
{
    char value[CELL_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    if (!c->table)
        return;
    /* A code made of digits is no number: what was formatted decides, not what it looks like. */
    if (prints_text(fmt))
        c->table->right[c->table->n % c->table->ncols] = false;
    add(c->table, value);
}

static void pad(FILE *f, size_t n)
{
    while (n--)
        fputc(' ', f);
}

static void tell(struct cli *c, FILE *to, const char *id)
{
    char text[512];
    text_render(text, sizeof(text), c->lang, id, "");
    fprintf(to, "%s\n", text);
}

/* "none.draw-list": what brings rows into the list of this command. */
static void tell_empty(struct cli *c)
{
    char id[48] = "";
    if (c->command)
        snprintf(id, sizeof(id), "none.%s", c->command->name);
    for (char *p = id; *p; p++)
        if (*p == ' ')
            *p = '-';
    tell(c, c->out, text_has(id) ? id : "cli.no-rows");
}

void cli_table_end(struct cli *c)
{
    struct cli_table *t = c->table;
    size_t widest[COLUMN_MAX] = {0};
    c->table = NULL;
    if (!t || t->failed || t->n == t->ncols) {
        bool empty = t && !t->failed;
        table_free(t);
        if (empty)
            tell_empty(c);
        else
            tell(c, c->err, "base.no-memory");
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        size_t col = i % t->ncols, w = width(t->cell[i]);
        widest[col] = w > widest[col] ? w : widest[col];
    }
    for (size_t i = 0; i < t->n; i++) {
        size_t col = i % t->ncols, fill = widest[col] - width(t->cell[i]);
        bool last = col + 1 == t->ncols || i + 1 == t->n;
        if (t->right[col])
            pad(c->out, fill);
        fputs(t->cell[i], c->out);
        if (!last)
            pad(c->out, (t->right[col] ? 0 : fill) + GAP);
        else
            fputc('\n', c->out);
    }
    table_free(t);
}
