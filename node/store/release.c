#include "node/store/release.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "qian/draw.h"

static int by_place(const void *a, const void *b)
{
    const struct qn_release_part *x = a, *y = b;
    int c = strcmp(x->origin, y->origin);
    if (c)
        return c;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

enum qn_code release_own(struct store *st, const struct duty *duty, const char *by,
                         const struct release_ref *refs, size_t n, struct qn_err *err)
{
    struct qn_release r = {0};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    r.part = calloc(n, sizeof(*r.part));
    if (!r.part)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(r.origin, store_origin(st), sizeof(r.origin));
    for (size_t i = 0; i < n; i++) {
        qn_text_copy(r.part[i].origin, sizeof(r.part[i].origin),
                     qn_str(refs[i].origin ? refs[i].origin : store_origin(st)));
        r.part[i].seq = refs[i].seq;
        r.part[i].part = refs[i].part;
    }
    r.nparts = n;
    qsort(r.part, n, sizeof(*r.part), by_place);
    qn_release_text(&text, &r);
    qn_release_release(&r);
    enum qn_code rc = qn_buf_check(&text, err);
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    if (!rc)
        rc = act_begin(&a, st, duty, by, QN_KIND_RELEASE, QN_LANE_CONTROL, err);
    if (!rc) /* whoever got the parts learns that they are public: offices below too */
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "release", act_id(&a), 1);
    row_span(&row, "text", qn_buf_span(&text));
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}
