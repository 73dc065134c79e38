#include "qian/rules.h"

#include <string.h>

#include "protocol/lines.h"

/* How an operation is followed: by nothing, "(attr,n)", "(tag,n)", one expression or two. */
enum shape { BARE, COMPARE, TAG, ONE, TWO };
static const struct {
    const char *name;
    enum qn_expr_op op;
    enum shape shape;
} ops[] = {
    {"true", QN_TRUE, BARE}, {"eq", QN_EQ, COMPARE}, {"ge", QN_GE, COMPARE}, {"le", QN_LE, COMPARE},
    {"has", QN_HAS, TAG},    {"and", QN_AND, TWO},   {"or", QN_OR, TWO},     {"not", QN_NOT, ONE},
};
static const char *const attrs[] = {
    [QN_ATTR_KIND] = "kind",           [QN_ATTR_CLASS] = "class",
    [QN_ATTR_STATUS] = "status",       [QN_ATTR_COMPLAINTS] = "complaints",
    [QN_ATTR_INSPECTED] = "inspected", [QN_ATTR_LAST] = "last",
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- reading ------------------------------------------------------------------------------------ */

/* A reader of one expression; like struct rd it remembers its first failure. */
struct parse {
    struct qn_span all;
    size_t at;
    struct qn_rules *r;
    const char *failed; /* id of the refusal */
    size_t wrong;       /* where the word, number or sign that does not fit begins */
};

static uint16_t fail(struct parse *p, const char *id, size_t wrong)
{
    if (!p->failed) {
        p->failed = id;
        p->wrong = wrong;
    }
    return 0;
}

static struct qn_span word(struct parse *p)
{
    size_t from = p->at;
    while (p->at < p->all.n && p->all.p[p->at] >= 'a' && p->all.p[p->at] <= 'z')
        p->at++;
    return (struct qn_span){p->all.p + from, p->at - from};
}

static void expect(struct parse *p, char c)
{
    if (p->at < p->all.n && p->all.p[p->at] == (uint8_t)c)
        p->at++;
    else
        fail(p, "rules.expr", p->at);
}

/* SPEC rules-13: "a decimal below 2^32; in `has` it is a tag below 65,536" */
static uint32_t number(struct parse *p, uint32_t max)
{
    uint64_t v = 0;
    size_t from = p->at;
    while (p->at < p->all.n && p->all.p[p->at] >= '0' && p->all.p[p->at] <= '9' && v <= max)
        v = v * 10 + (uint64_t)(p->all.p[p->at++] - '0');
    if (p->at == from || v > max || (p->at - from > 1 && p->all.p[from] == '0'))
        fail(p, "rules.expr", from);
    return v > max ? 0 : (uint32_t)v;
}

static void compare(struct parse *p, struct qn_expr_node *node)
{
    size_t from = p->at, i = 0;
    struct qn_span name = word(p);
    while (i < COUNT(attrs) && !qn_span_is(name, attrs[i]))
        i++;
    if (i == COUNT(attrs))
        fail(p, "rules.expr", from);
    node->attr = (enum qn_expr_attr)(i % COUNT(attrs));
    expect(p, ',');
    node->n = number(p, UINT32_MAX);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by rules-14 */
static uint16_t expression(struct parse *p, unsigned depth)
{
    size_t from = p->at, i = 0;
    struct qn_span name = word(p);
    while (i < COUNT(ops) && !qn_span_is(name, ops[i].name))
        i++;
    if (i == COUNT(ops))
        return fail(p, "rules.expr", from);
    /* SPEC rules-14: "The depth of an expression is at most 16" */
    if (depth > QN_EXPR_DEPTH)
        return fail(p, "rules.expr-depth", from);
    /* SPEC rules-15: "together at most 512 operations" */
    if (p->r->nnodes == QN_EXPR_NODES)
        return fail(p, "rules.expr-size", from);
    uint16_t at = (uint16_t)p->r->nnodes++;
    struct qn_expr_node node = {.op = ops[i].op};
    if (ops[i].shape != BARE)
        expect(p, '(');
    if (ops[i].shape == COMPARE)
        compare(p, &node);
    if (ops[i].shape == TAG) {
        size_t tag = p->at;
        if (!qn_span_is(word(p), "tag"))
            fail(p, "rules.expr", tag);
        expect(p, ',');
        node.n = number(p, UINT16_MAX);
    }
    if (!p->failed && (ops[i].shape == ONE || ops[i].shape == TWO))
        node.left = expression(p, depth + 1);
    if (!p->failed && ops[i].shape == TWO) {
        expect(p, ',');
        node.right = p->failed ? 0 : expression(p, depth + 1);
    }
    if (!p->failed && ops[i].shape != BARE)
        expect(p, ')');
    p->r->node[at] = node;
    return at;
}

enum qn_code lines_expr(struct lines *t, struct qn_rules *r, struct qn_expr *out,
                        struct qn_err *err)
{
    struct parse p = {.all = rd_field(&t->line), .r = r};
    if (t->line.failed) /* no field at all: the line does not fit */
        return QN_OK;
    uint16_t root = expression(&p, 1);
    if (!p.failed && p.at != p.all.n)
        fail(&p, "rules.expr", p.at);
    if (!p.failed) {
        out->root = root;
        return QN_OK;
    }
    if (strcmp(p.failed, "rules.expr-depth") == 0)
        return qn_fail(err, QN_LIMIT, "rules.expr-depth", "line=%u|max=%d", t->no, QN_EXPR_DEPTH);
    if (strcmp(p.failed, "rules.expr-size") == 0)
        return qn_fail(err, QN_LIMIT, "rules.expr-size", "line=%u|max=%d", t->no, QN_EXPR_NODES);
    return qn_fail(err, QN_MALFORMED, "rules.expr", "line=%u|at=%zu", t->no, p.wrong + 1);
}

/* ---- writing ------------------------------------------------------------------------------------ */

/* NOLINTNEXTLINE(misc-no-recursion): parsed rules are no deeper than rules-14 */
static void put(struct qn_buf *out, const struct qn_rules *r, uint16_t at, unsigned depth)
{
    const struct qn_expr_node *node = &r->node[at];
    size_t i = 0;
    while (i < COUNT(ops) && ops[i].op != node->op)
        i++;
    if (i == COUNT(ops) || depth > QN_EXPR_DEPTH || (size_t)node->attr >= COUNT(attrs)) {
        out->failed = QN_LIMIT; /* no expression that parses: composed wrongly */
        return;
    }
    qn_put_str(out, ops[i].name);
    switch (ops[i].shape) {
    case BARE:
        return;
    case COMPARE:
        qn_put_fmt(out, "(%s,%u)", attrs[node->attr], node->n);
        return;
    case TAG:
        qn_put_fmt(out, "(tag,%u)", node->n);
        return;
    case ONE:
    case TWO:
        qn_put_str(out, "(");
        put(out, r, node->left, depth + 1);
        if (ops[i].shape == TWO) {
            qn_put_str(out, ",");
            put(out, r, node->right, depth + 1);
        }
        qn_put_str(out, ")");
    }
}

void qn_expr_text(struct qn_buf *out, const struct qn_rules *r, struct qn_expr e)
{
    put(out, r, e.root, 1);
}

/* ---- judging ------------------------------------------------------------------------------------ */

static uint32_t value(const struct qn_object_attr *a, enum qn_expr_attr attr)
{
    switch (attr) {
    case QN_ATTR_KIND:
        return a->kind;
    case QN_ATTR_CLASS:
        return a->cls;
    case QN_ATTR_STATUS:
        return a->status;
    case QN_ATTR_COMPLAINTS:
        return a->complaints;
    case QN_ATTR_INSPECTED:
        return a->inspected_this_year;
    case QN_ATTR_LAST:
        return a->last_inspected_day;
    }
    return 0;
}

static bool has_tag(const struct qn_object_attr *a, uint32_t tag)
{
    for (unsigned i = 0; i < a->ntags; i++)
        if (a->tag[i] == tag)
            return true;
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): parsed rules are no deeper than rules-14 */
static bool holds(const struct qn_rules *r, uint16_t at, const struct qn_object_attr *a)
{
    const struct qn_expr_node *node = &r->node[at];
    switch (node->op) {
    case QN_TRUE:
        return true;
    case QN_EQ:
        return value(a, node->attr) == node->n;
    case QN_GE:
        return value(a, node->attr) >= node->n;
    case QN_LE:
        return value(a, node->attr) <= node->n;
    case QN_HAS:
        return has_tag(a, node->n);
    case QN_AND:
        return holds(r, node->left, a) && holds(r, node->right, a);
    case QN_OR:
        return holds(r, node->left, a) || holds(r, node->right, a);
    case QN_NOT:
        return !holds(r, node->left, a);
    }
    return false;
}

bool qn_expr_holds(const struct qn_rules *r, struct qn_expr e, const struct qn_object_attr *a)
{
    return holds(r, e.root, a);
}
