/* site_lists.c - a draw of inspectors alone: where its objects come from. What was given from above is never called drawn. */
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/store/log.h"
#include "node/text/text.h"
#include "protocol/wire.h"

/* What the named entry is, by its header, which is public: a draw, or the document of a list. */
static bool is_draw(struct site *s, const struct qn_leaf_ref *ref)
{
    struct log log;
    struct qn_err none;
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    e.bytes = (struct qn_buf){.p = NULL};
    return log_find(&log, s->st, ref->origin, &none) == QN_OK && ref->index < log.size &&
           log_entry_get(&e, s->st, &log, ref->index, &none) == QN_OK && e.h.kind == QN_KIND_DRAW;
}

/* The page of that draw, where it is released too. */
static const struct site_draw *draw_at(const struct site *s, const struct qn_leaf_ref *ref)
{
    const struct site_draw *d = s->draws.at;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct qn_err none;
    if (qn_origin_parse(qn_str(ref->origin), deployment, office, &epoch, &none) != QN_OK)
        return NULL;
    for (size_t i = 0; i < s->draws.n; i++) {
        uint16_t of, n;
        uint64_t seq;
        qn_row_id_split(d[i].row->key.id, &of, &seq, &n);
        if (strcmp(d[i].office, office) == 0 && of == epoch && seq == ref->index)
            return &d[i];
    }
    return NULL;
}

/* SPEC publication-12: "whether another office drew its objects or a list was given from above" */
void site_lists(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    html_el(b, "h2", NULL, "site.h-lists", "");
    html_el(b, "p", "note", "site.lists-note", "");
    qn_put_str(b, "<ul>");
    for (unsigned i = 0; i < v->ev.order.nslots; i++) {
        const struct qn_leaf_ref *ref = &v->ev.order.list[i];
        bool drawn = is_draw(s, ref);
        const struct site_draw *d = drawn ? draw_at(s, ref) : NULL;
        qn_put_str(b, "<li>");
        html_say(b, drawn ? "site.list-drawn" : "site.list-given", "task=%s|log=%s|seq=%llu",
                 v->ev.order.slot[i].task, ref->origin, (unsigned long long)ref->index);
        if (d) {
            char path[SITE_PATH + 16];
            snprintf(path, sizeof(path), "%s/index.html", d->dir);
            qn_put_str(b, " ");
            html_link(b, 2, path, qn_str(d->dir + strlen("draws/")));
        }
        qn_put_str(b, "</li>");
    }
    qn_put_str(b, "</ul>\n");
}
