/* site_exception.c - what happened after a draw, by reason: how many targets were void, how often somebody did not come. */
#include <stdio.h>

#include "node/publish/site_parts.h"
#include "node/text/text.h"

static const struct m_exception *exception_at(struct site *s, const struct m_draw *d, size_t i)
{
    const struct m_exception *e = model_at(&s->m, M_EXCEPTION, i);
    return e->draw_id == d->key.id && qn_span_eq(e->key.office, d->key.office) ? e : NULL;
}

static bool is_same(const struct m_exception *a, const struct m_exception *b)
{
    return qn_span_eq(a->kind, b->kind) && qn_span_eq(a->reason, b->reason);
}

/* A reason that this program does not know stands as it was written. */
static void put_word(struct qn_buf *b, struct qn_span word)
{
    char id[80], name[48];
    size_t n = 0;
    for (; n < word.n && n + 1 < sizeof(name); n++)
        name[n] = word.p[n] == '_' ? '-' : (char)word.p[n];
    name[n] = 0;
    snprintf(id, sizeof(id), "site.exc-%s", name);
    if (text_has(id))
        html_say(b, id, "");
    else
        html_span(b, word);
}

/* SPEC publication-11: "for each kind and reason how many; no object, no person" */
void site_exceptions(struct site *s, struct qn_buf *b, const struct m_draw *d)
{
    static const char *const heads[] = {"site.col-exception", "site.col-reason", "site.col-times"};
    struct html_table t;
    bool any = false;
    for (size_t i = 0; i < model_count(&s->m, M_EXCEPTION); i++) {
        const struct m_exception *e = exception_at(s, d, i);
        size_t times = 0;
        for (size_t k = 0; e && k < model_count(&s->m, M_EXCEPTION); k++) {
            const struct m_exception *other = exception_at(s, d, k);
            if (!other || !is_same(e, other))
                continue;
            if (k < i)
                break;
            times++;
        }
        if (!times)
            continue;
        if (!any) {
            html_el(b, "h2", NULL, "site.h-exceptions", "");
            html_el(b, "p", "note", "site.exceptions-note", "");
            html_table_begin(&t, b, heads, 3);
            any = true;
        }
        html_cell(&t, NULL);
        put_word(b, e->kind);
        html_cell(&t, NULL);
        put_word(b, e->reason);
        html_number(&t, times);
    }
    if (any)
        html_table_end(&t);
}
