#include "node/form/render.h"

#include <stdio.h>
#include <string.h>

#include "node/form/block.h"
#include "node/publish/html.h"

#define COLS      16
#define LONG_CELL 900 /* bytes: such a line may go on on the next page */

/* ---- texts ------------------------------------------------------------------------------------------------------------ */

/* A text with its values marked; what is empty is a line to be written on. */
static enum qn_code put_text(const struct form_render *f, struct qn_span text, struct qn_err *err)
{
    struct form_bit bit;
    enum qn_code rc = QN_OK;
    while (!rc && form_bit(&text, &bit)) {
        if (!bit.path.p) {
            html_span(f->b, bit.words);
            continue;
        }
        QN_AUTO(qn_buf) struct qn_buf v = {0};
        qn_buf_init(&v, FORM_PAGE_MAX);
        f->r->sentence = true;
        if (f->root)
            rc = form_value(&v, f->r, f->root, bit.path, err);
        f->r->sentence = false;
        if (!rc)
            rc = qn_buf_check(&v, err);
        if (rc)
            return rc;
        if (!v.n && !(bit.otherwise.n && f->root)) {
            qn_put_str(f->b, "<span class=\"blank\"></span>");
            continue;
        }
        qn_put_str(f->b, "<span class=\"v\">");
        html_span(f->b, v.n ? qn_buf_span(&v) : bit.otherwise);
        qn_put_str(f->b, "</span>");
    }
    return rc;
}

/* The text of a cell. from NULL: what may be ticked there, by the kind of record that the line is of. */
static enum qn_code cell_text(struct qn_buf *out, const struct form_render *f,
                              const struct form_ref *from, const char *kind, struct qn_span text,
                              struct qn_err *err)
{
    bool empty;
    qn_buf_init(out, FORM_PAGE_MAX);
    if (from)
        return form_text(out, f->r, from, text, &empty, err);
    form_choices(out, store_registry(f->r->st), kind, text);
    return qn_buf_check(out, err);
}

/* What may be ticked: the box and its word stay on one line. */
static void put_cell(struct qn_buf *b, struct qn_span text, bool ticks)
{
    for (const uint8_t *gap; ticks && text.n && (gap = memmem(text.p, text.n, "　", 3)) != NULL;) {
        size_t n = (size_t)(gap - text.p);
        qn_put_str(b, "<span>");
        html_span(b, (struct qn_span){text.p, n});
        qn_put_str(b, "</span> ");
        text = (struct qn_span){gap + 3, text.n - n - 3};
    }
    qn_put_str(b, ticks ? "<span>" : "");
    html_span(b, text);
    qn_put_str(b, ticks ? "</span>" : "");
}

static enum qn_code put_element(const struct form_render *f, const char *open, const char *close,
                                struct qn_span text, struct qn_err *err)
{
    qn_put_str(f->b, open);
    enum qn_code rc = put_text(f, text, err);
    qn_put_str(f->b, close);
    return rc;
}

static void put_rules(struct qn_buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        qn_put_str(b, "<div class=\"rule\"></div>\n");
}

static enum qn_code put_lines(const struct form_render *f, const struct form_part *p,
                              struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf v = {0};
    enum qn_code rc = cell_text(&v, f, f->root, f->t->of, p->text, err);
    if (rc)
        return rc;
    if (!v.n) {
        put_rules(f->b, p->n);
        return QN_OK;
    }
    qn_put_str(f->b, "<div class=\"text\">");
    html_span(f->b, qn_buf_span(&v));
    qn_put_str(f->b, "</div>\n");
    return QN_OK;
}

/* ---- the grid of fields --------------------------------------------------------------------------------------------------- */

static enum qn_code put_grid_line(const struct form_render *f, const struct form_part *p,
                                  struct qn_err *err)
{
    struct qn_span rest = p->text, label, value;
    unsigned pairs = 1;
    for (size_t i = 0; i < rest.n; i++)
        pairs += rest.p[i] == '|';
    pairs = pairs > 2 ? 2 : 1;
    qn_put_str(f->b, "<tr>");
    while (form_piece(&rest, '|', &label)) {
        QN_AUTO(qn_buf) struct qn_buf v = {0};
        if (!form_piece(&rest, '|', &value))
            value = (struct qn_span){NULL, 0};
        enum qn_code rc = cell_text(&v, f, f->root, f->t->of, value, err);
        if (rc)
            return rc;
        qn_put_str(f->b, "<th scope=\"row\">");
        html_span(f->b, label);
        qn_put_fmt(f->b, "</th><td%s", pairs == 1 ? " colspan=\"3\"" : "");
        qn_put_fmt(f->b, " class=\"%s%s\"", f->root ? "" : "tick", p->n ? " tall" : "");
        if (p->n)
            qn_put_fmt(f->b, " style=\"height:%umm\"", 7 * p->n);
        qn_put_str(f->b, ">");
        put_cell(f->b, qn_buf_span(&v), !f->root);
        qn_put_str(f->b, "</td>");
    }
    qn_put_str(f->b, "</tr>\n");
    return QN_OK;
}

static enum qn_code put_grid(const struct form_render *f, unsigned *at, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    qn_put_str(f->b, "<table class=\"grid\"><tbody>\n");
    for (; !rc && *at < f->t->nparts && f->t->part[*at].kind == PART_GRID; ++*at)
        rc = put_grid_line(f, &f->t->part[*at], err);
    qn_put_str(f->b, "</tbody></table>\n");
    --*at;
    return rc;
}

/* ---- a table of records ------------------------------------------------------------------------------------------------------ */

struct table {
    struct qn_span path, order;
    unsigned ncols, nempty;
    const struct form_part *col[COLS];
    char kind[32]; /* of the records of its lines */
    char of[32];   /* of the empty form: the kind its lines may come from */
    struct qn_span empty_path;
};

static void read_table(struct table *t, const struct form_template *form, unsigned *at)
{
    *t = (struct table){.path = form->part[*at].text};
    for (++*at; *at < form->nparts; ++*at) {
        const struct form_part *p = &form->part[*at];
        if (p->kind == PART_COL && t->ncols < COLS) {
            t->col[t->ncols++] = p;
        } else if (p->kind == PART_ORDER) {
            t->order = p->text;
        } else if (p->kind == PART_EMPTY) {
            struct qn_span rest = p->text, kind;
            t->nempty = p->n;
            if (form_piece(&rest, ' ', &kind) && qn_text_copy(t->of, sizeof(t->of), kind))
                t->empty_path = rest;
        } else {
            break;
        }
    }
    --*at;
}

/* Of several paths all lead to one kind. */
static void kind_of_lines(struct table *t, const struct form_render *f)
{
    struct qn_span paths = t->path, path;
    if (!form_piece(&paths, '+', &path) ||
        !form_leads(t->kind, store_registry(f->r->st), f->t->of, path))
        t->kind[0] = 0;
}

static void put_table_head(struct qn_buf *b, const struct table *t)
{
    qn_put_str(b, "<table class=\"rows\"><colgroup>");
    for (unsigned i = 0; i < t->ncols; i++)
        qn_put_fmt(b, "<col style=\"width:%u%%\">", t->col[i]->n);
    qn_put_str(b, "</colgroup>\n<thead><tr>");
    for (unsigned i = 0; i < t->ncols; i++) {
        struct qn_span rest = t->col[i]->text, head;
        qn_put_str(b, "<th scope=\"col\">");
        if (form_piece(&rest, '|', &head))
            html_span(b, head);
        qn_put_str(b, "</th>");
    }
    qn_put_str(b, "</tr></thead>\n<tbody>\n");
}

/* which: the value of a record's line, or of an empty form's. from NULL: an empty line. */
static enum qn_code put_line(const struct form_render *f, const struct table *t, unsigned which,
                             const struct form_ref *from, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    bool is_long = false;
    QN_AUTO(qn_buf) struct qn_buf cells = {0};
    qn_buf_init(&cells, FORM_PAGE_MAX);
    for (unsigned i = 0; !rc && i < t->ncols; i++) {
        struct qn_span rest = t->col[i]->text, head, piece = {NULL, 0}, value;
        bool there = form_piece(&rest, '|', &head) && form_piece(&rest, '|', &piece);
        value = piece;
        if (which == 2) /* what is not known beforehand is to be filled in */
            there = form_piece(&rest, '|', &value);
        QN_AUTO(qn_buf) struct qn_buf v = {0};
        rc = cell_text(&v, f, there ? from : NULL, t->kind, there ? value : piece, err);
        is_long = is_long || v.n > LONG_CELL;
        qn_put_str(&cells, there && from ? "<td>" : "<td class=\"tick\">");
        put_cell(&cells, qn_buf_span(&v), !(there && from));
        qn_put_str(&cells, "</td>");
    }
    qn_put_str(f->b, !from ? "<tr class=\"empty\">" : is_long ? "<tr class=\"long\">" : "<tr>");
    qn_put_span(f->b, qn_buf_span(&cells));
    qn_put_str(f->b, "</tr>\n");
    if (!rc)
        rc = qn_buf_check(&cells, err);
    return rc ? rc : qn_buf_check(f->b, err);
}

/* Several paths stand one behind the other, divided by "+". */
static enum qn_code find_lines(struct form_refs *out, const struct form_render *f,
                               struct qn_span paths, struct qn_err *err)
{
    struct qn_span path;
    enum qn_code rc = QN_OK;
    while (!rc && form_piece(&paths, '+', &path))
        rc = path.n && path.p[0] == '@' ? form_source(out, f->r, path, err)
                                        : form_follow(out, f->r, f->root, path, err);
    return rc;
}

static enum qn_code put_table(const struct form_render *f, unsigned *at, struct qn_err *err)
{
    struct table t;
    unsigned which = 1;
    QN_AUTO(form_refs) struct form_refs lines = {0};
    enum qn_code rc = QN_OK;
    read_table(&t, f->t, at);
    kind_of_lines(&t, f);
    if (f->root) {
        rc = find_lines(&lines, f, t.path, err);
    } else if (f->from && strcmp(f->from->kind, t.of) == 0) {
        which = 2;
        rc = form_follow(&lines, f->r, f->from, t.empty_path, err);
    }
    put_table_head(f->b, &t);
    f->r->short_days = true;
    struct qn_span orders = t.order, order = {NULL, 0};
    bool ordered =
        form_piece(&orders, '|', &order) && (which == 1 || form_piece(&orders, '|', &order));
    if (!rc && ordered)
        rc = form_sort(&lines, f->r, order, err);
    for (size_t i = 0; !rc && i < lines.n; i++) {
        f->r->line = (unsigned)i + 1;
        rc = put_line(f, &t, which, &lines.at[i], err);
    }
    f->r->short_days = false;
    for (unsigned i = 0; !rc && !lines.n && !f->root && i < t.nempty; i++)
        rc = put_line(f, &t, 1, NULL, err);
    if (!rc && f->root && !lines.n) {
        qn_put_fmt(f->b, "<tr><td colspan=\"%u\" class=\"none\">", t.ncols);
        html_say(f->b, "form.no-lines", "");
        qn_put_str(f->b, "</td></tr>\n");
    }
    qn_put_str(f->b, "</tbody></table>\n");
    return rc;
}

/* ---- signatures, seal --------------------------------------------------------------------------------------------------------- */

static void put_sign(struct qn_buf *b, struct qn_span rest)
{
    struct qn_span label;
    qn_put_str(b, "<div class=\"sign\">\n");
    while (form_piece(&rest, '|', &label)) {
        qn_put_str(b, "<div>");
        html_span(b, label);
        qn_put_str(b, "</div>\n");
    }
    qn_put_str(b, "</div>\n");
}

static enum qn_code put_seal(const struct form_render *f, const struct form_part *p,
                             struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf who = {0}, day = {0};
    bool empty;
    qn_buf_init(&day, 400);
    enum qn_code rc = cell_text(&who, f, f->root, f->t->of, p->text, err);
    if (!rc && f->root)
        rc = form_text(&day, f->r, f->root, f->t->date, &empty, err);
    if (rc)
        return rc;
    qn_put_str(f->b, "<div class=\"seal\"><p>");
    if (who.n)
        html_span(f->b, qn_buf_span(&who));
    html_say(f->b, "form.seal", "");
    qn_put_str(f->b, "</p><p>");
    if (day.n)
        html_span(f->b, qn_buf_span(&day));
    else
        html_say(f->b, "form.day", "");
    qn_put_str(f->b, "</p></div>\n");
    return QN_OK;
}

/* ---- all parts -------------------------------------------------------------------------------------------------------------------- */

static enum qn_code put_part(const struct form_render *f, unsigned *at, struct qn_err *err)
{
    const struct form_part *p = &f->t->part[*at];
    switch (p->kind) {
    case PART_TO:
        return put_element(f, "<p class=\"to\">", "：</p>\n", p->text, err);
    case PART_PARA:
        return put_element(f, "<p class=\"para\">", "</p>\n", p->text, err);
    case PART_LINES:
        return put_lines(f, p, err);
    case PART_HEAD:
        return put_element(f, "<h2>", "</h2>\n", p->text, err);
    case PART_GRID:
        return put_grid(f, at, err);
    case PART_ROWS:
        return put_table(f, at, err);
    case PART_BLOCK:
        return form_block(f->b, f->root ? f->r : NULL, f->root, p->text, err);
    case PART_SIGN:
        put_sign(f->b, p->text);
        return QN_OK;
    case PART_SEAL:
        return put_seal(f, p, err);
    case PART_BASIS:
    case PART_NOTE:
        return put_element(f, "<p class=\"note\">", "</p>\n", p->text, err);
    case PART_COL:
    case PART_ORDER:
    case PART_EMPTY: /* belong to rows */
        break;
    }
    return qn_fail(err, QN_MALFORMED, "form.line", "form=%s|line=%u", f->t->code, *at + 1);
}

enum qn_code form_render(const struct form_render *f, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned at = 0; !rc && at < f->t->nparts; at++)
        rc = put_part(f, &at, err);
    return rc ? rc : qn_buf_check(f->b, err);
}
