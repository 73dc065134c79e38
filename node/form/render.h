/* render.h - the parts of a form as HTML: one renderer for all templates. */
#ifndef QIAN_NODE_FORM_RENDER_H
#define QIAN_NODE_FORM_RENDER_H

#include "node/form/form.h"
#include "node/form/value.h"

struct form_render {
    struct qn_buf *b;
    struct form_reader *r;
    const struct form_template *t;
    const struct form_ref *root; /* NULL: an empty form */
    const struct form_ref *from; /* of an empty form: where its lines come from; may be NULL */
};
/* All parts of the template, in their order. */
QN_MUST_USE enum qn_code form_render(const struct form_render *f, struct qn_err *err);
/* The page around them: style, head with code, foot with the digest. */
QN_MUST_USE enum qn_code form_page(struct qn_buf *page, const struct form_template *t,
                                   const struct form_proof *p, const struct form_reader *r,
                                   struct store *st, struct qn_span body, struct qn_err *err);
#endif
