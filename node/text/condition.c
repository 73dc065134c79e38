#include "node/text/condition.h"

#include <stdio.h>

static void say(struct qn_buf *out, enum text_lang lang, const char *id, uint32_t n)
{
    char args[32];
    snprintf(args, sizeof(args), "n=%u", n);
    text_put(out, lang, id, args);
}

/* condition.kind-1: where the catalogue has a word for that value, it; else the attribute with its number. */
static void compare(struct qn_buf *out, enum text_lang lang, const struct qn_expr_node *e)
{
    static const char *const attr[] = {"kind",       "class",     "status",
                                       "complaints", "inspected", "last"};
    const char *op = e->op == QN_EQ ? "eq" : e->op == QN_GE ? "ge" : "le", *name = attr[e->attr];
    char id[48], whole[48];
    snprintf(whole, sizeof(whole), "condition.%s-%s-%u", name, op, e->n);
    if (text_has(whole)) {
        text_put(out, lang, whole, "");
        return;
    }
    snprintf(id, sizeof(id), "condition.%s-%s", name, op);
    say(out, lang, id, e->n);
}

static void put(struct qn_buf *out, enum text_lang lang, const struct qn_rules *r, uint16_t at,
                unsigned depth)
{
    const struct qn_expr_node *e = &r->node[at];
    bool both = e->op == QN_AND || e->op == QN_OR;
    if (e->op == QN_TRUE) {
        text_put(out, lang, "condition.all", "");
    } else if (e->op == QN_HAS) {
        say(out, lang, "condition.has", e->n);
    } else if (e->op == QN_NOT) {
        text_put(out, lang, "condition.not", "");
        put(out, lang, r, e->left, depth + 1);
    } else if (both) {
        /* An "or" inside of an "and" is set apart. */
        bool apart = depth && e->op == QN_OR;
        qn_put_str(out, apart ? "(" : "");
        put(out, lang, r, e->left, depth + 1);
        qn_put_str(out, " ");
        text_put(out, lang, e->op == QN_AND ? "condition.and" : "condition.or", "");
        qn_put_str(out, " ");
        put(out, lang, r, e->right, depth + 1);
        qn_put_str(out, apart ? ")" : "");
    } else {
        compare(out, lang, e);
    }
}

void condition_put(struct qn_buf *out, enum text_lang lang, const struct qn_rules *r,
                   struct qn_expr e)
{
    put(out, lang, r, e.root, 0);
}
