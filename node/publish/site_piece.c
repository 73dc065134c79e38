/* site_piece.c - pieces that the pages of results, objects and draws all show: where an object is found, what a result says.
 *                                                                  Spec: protocol/spec/publication.md (site-17) */
#include <stdio.h>

#include "node/publish/publication.h"
#include "node/publish/site_parts.h"

void site_object_path(char out[SITE_PATH], struct qn_span id)
{
    char anchor[17];
    site_object_anchor(anchor, id);
    snprintf(out, SITE_PATH, "objects/%.*s.html#o-%s", SITE_PAGE_DIGITS, anchor, anchor);
}

void site_object_link(struct qn_buf *b, unsigned depth, struct qn_span id, struct qn_span name)
{
    char path[SITE_PATH];
    site_object_path(path, id);
    html_link(b, depth, path, name);
}

/* The wording that was published; where an office gave none, the names of the codes. */
void site_result_words(struct site *s, struct qn_buf *b, struct qn_span codes, struct qn_span text)
{
    if (text.n) {
        html_span(b, text);
        return;
    }
    for (size_t i = 0, n; i < codes.n; i += n + 1) {
        for (n = 0; i + n < codes.n && codes.p[i + n] != ',' && codes.p[i + n] != ';';)
            n++;
        struct qn_span code = {codes.p + i, n};
        const struct m_code *found = NULL;
        for (size_t k = 0; k < model_count(&s->m, M_CODE); k++) {
            const struct m_code *c = model_at(&s->m, M_CODE, k);
            if (qn_span_eq(c->code, code))
                found = c;
        }
        qn_put_str(b, i ? "；" : "");
        html_span(b, found ? found->name_zh : code);
    }
}

void site_result_cell(struct site *s, struct qn_buf *b, const struct site_result *r)
{
    if (!r) {
        qn_put_str(b, "<span class=\"quiet\">");
        html_say(b, "site.not-published-yet", "");
        qn_put_str(b, "</span>");
        return;
    }
    qn_put_str(b, publish_is_problem(s->st, r->r->codes) ? "<span class=\"problem\">" : "<span>");
    site_result_words(s, b, r->r->codes, r->r->text);
    qn_put_str(b, "</span>");
    if (!r->earlier)
        return;
    const struct site_published *was = site_earlier(s, r, r->earlier - 1);
    qn_put_str(b, "<small class=\"was\">");
    html_say(b, "site.corrected", "on=%.*s", (int)r->p->published_on.n,
             (const char *)r->p->published_on.p);
    html_span(b, was->p->published_on);
    qn_put_str(b, " ");
    site_result_words(s, b, was->r->codes, was->r->text);
    qn_put_str(b, "</small>");
}

const struct site_draw *site_draw_of(const struct site *s, const struct m_result *r)
{
    const struct site_draw *d = s->draws.at;
    for (size_t i = 0; i < s->draws.n; i++)
        if (d[i].row->key.id == r->draw_id && qn_span_eq(d[i].row->key.office, r->draw_office))
            return &d[i];
    return NULL;
}
