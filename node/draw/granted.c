#include "node/draw/granted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/roster.h"
#include "node/store/tree.h"
#include "protocol/wire.h"
#include "qian/merkle.h"

#define ROWS_AN_ENTRY 1000

/* ---- the office that draws --------------------------------------------------------------------------------------- */

struct wish {
    char object[QN_OBJECT_ID_MAX + 1], scope[2 * QN_NAME32 + 2], by[65];
    int64_t kind, reason, active, id, rev; /* id 0: no row of this key yet */
    uint8_t source[QN_HASH];
};
struct wishes {
    struct wish *at;
    size_t n, cap;
};
static void wishes_auto(struct wishes *w)
{
    free(w->at);
}

/* SPEC roster-19: "of an office above (of the root office: its own)" - one below could have itself taken out of a draw.
 * Codes between blanks. */
static void offices_above(char out[(QN_CHAIN_MAX + 1) * (QN_CODE_MAX + 1) + 2], struct store *st)
{
    char at[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    size_t n = 1;
    memcpy(out, " ", 2);
    memcpy(at, store_self(st)->office, sizeof(at));
    bool more = tree_parent(st, at, parent);
    if (!more)
        snprintf(out + n, QN_CODE_MAX + 2, "%s ", at);
    for (int i = 0; more && i < QN_CHAIN_MAX; i++) {
        n += (size_t)snprintf(out + n, QN_CODE_MAX + 2, "%s ", parent);
        memcpy(at, parent, sizeof(at));
        more = tree_parent(st, at, parent);
    }
}

static enum qn_code read_wishes(struct wishes *out, struct store *st, struct qn_err *err)
{
    char today[11], above[(QN_CHAIN_MAX + 1) * (QN_CODE_MAX + 1) + 2];
    clock_today(st, today);
    offices_above(above, st);
    QN_AUTO(query) struct query q = query_start(st, SQL_MARKS_DUE);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, today);
    q_bind_text(&q, above);
    while (q_step(&q)) {
        if (out->n == out->cap) {
            size_t cap = out->cap ? out->cap * 2 : 16;
            struct wish *more = realloc(out->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->at = more;
            out->cap = cap;
        }
        struct wish *w = &out->at[out->n];
        *w = (struct wish){.kind = q_int(&q, 1),
                           .reason = q_int(&q, 2),
                           .active = q_int(&q, 5),
                           .id = q_int(&q, 6),
                           .rev = q_int(&q, 7) + 1};
        /* What no roster could hold would make the whole version unusable (rows-4). */
        struct qn_err none;
        if (qn_object_id_check(q_span(&q, 0), &none) != QN_OK || w->kind < 1 || w->kind > 2 ||
            w->reason < 1 || w->reason > UINT8_MAX || q_span(&q, 4).n != QN_HASH ||
            !qn_text_copy(w->object, sizeof(w->object), q_span(&q, 0)) ||
            !qn_text_copy(w->scope, sizeof(w->scope), q_span(&q, 3)) ||
            !qn_text_copy(w->by, sizeof(w->by), q_span(&q, 8)))
            continue;
        memcpy(w->source, q_span(&q, 4).p, QN_HASH);
        out->n++;
    }
    return query_end(&q, err);
}

static enum qn_code put_wish(struct act *a, const struct wish *w, int64_t version, const char *now,
                             struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "mark", w->id ? w->id : act_id(a), w->rev);
    row_int(&row, "roster", version);
    row_text(&row, "object_id", w->object);
    row_int(&row, "kind", w->kind);
    row_int(&row, "reason_code", w->reason);
    row_text(&row, "scope", w->scope);
    row_blob(&row, "source", w->source, sizeof(w->source));
    row_int(&row, "active", w->active);
    row_text(&row, "acted_by", w->by);
    row_text(&row, "recorded_on", now);
    row_text(&row, "reason", w->active ? "上级文书" : "上级文书到期");
    return act_put(a, &row, err);
}

static enum qn_code write_entry(struct store *st, const struct wish *w, size_t n, int64_t version,
                                const char *now, struct qn_frontier *leaves, struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_ROSTER_CARRY), NULL, QN_KIND_ROSTER, QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = put_wish(&a, &w[i], version, now, err);
    if (!rc)
        rc = act_commit(&a, NULL, leaf, err);
    if (!rc)
        qn_frontier_append(leaves, leaf, NULL, NULL);
    return rc;
}

static enum qn_code close_version(struct store *st, const struct wishes *w, int64_t version,
                                  const char *now, const struct qn_frontier *leaves,
                                  struct qn_err *err)
{
    uint8_t root[QN_HASH];
    struct qn_row row;
    qn_frontier_root(leaves, root);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, st, duty_of(DUTY_ROSTER_CARRY), NULL, QN_KIND_ROSTER_CLOSE,
                                QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", version);
    row_int(&row, "entries", (int64_t)leaves->size);
    row_int(&row, "rows", (int64_t)w->n);
    row_blob(&row, "root", root, QN_HASH);
    row_text(&row, "acted_by", w->at[0].by);
    row_text(&row, "recorded_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* SPEC roster-20: "as one closed roster version" */
enum qn_code granted_marks(int64_t *version, struct store *st, struct qn_err *err)
{
    QN_AUTO(wishes) struct wishes w = {.n = 0};
    struct qn_frontier leaves = {.size = 0};
    struct qn_err why;
    uint64_t newest;
    char now[20];
    *version = 0;
    enum qn_code rc = roster_newest(st, store_self(st)->office, &newest, &why);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : qn_fail(err, rc, why.id, "%s", why.args);
    rc = read_wishes(&w, st, err);
    if (rc || !w.n)
        return rc;
    clock_local(st, now);
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    for (size_t i = 0; !rc && i < w.n; i += ROWS_AN_ENTRY)
        rc = write_entry(st, &w.at[i], w.n - i < ROWS_AN_ENTRY ? w.n - i : ROWS_AN_ENTRY,
                         (int64_t)newest + 1, now, &leaves, err);
    if (!rc)
        rc = close_version(st, &w, (int64_t)newest + 1, now, &leaves, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        *version = (int64_t)newest + 1;
    return rc;
}

/* ---- the office above -------------------------------------------------------------------------------------------- */

static bool is_scope(const char *s)
{
    const char *slash = strchr(s, '/');
    return slash && slash > s && slash[1] && !strchr(slash + 1, '/') && strlen(s) <= 65;
}

static enum qn_code check_words(struct store *st, const struct mark_grant *o, struct qn_err *err)
{
    const char *self = store_self(st)->office;
    bool root = !store_self(st)->issuer[0] && strcmp(self, o->office) == 0;
    struct qn_err none;
    if (!root && !(tree_knows(st, o->office) && tree_is_above(st, self, o->office)))
        return qn_fail(err, QN_DENIED, "mark.not-below", "office=%s", o->office);
    /* Reasons of a void are for voids; 0 is no reason. */
    if (!o->reason || o->reason > UINT8_MAX || o->reason == 4 || o->reason == UINT8_MAX)
        return qn_fail(err, QN_MALFORMED, "mark.reason", "reason=%u", o->reason);
    if (o->scope && !is_scope(o->scope))
        return qn_fail(err, QN_MALFORMED, "mark.scope", "scope=%.80s", o->scope);
    if (o->until && strcmp(o->until, o->given_on) < 0)
        return qn_fail(err, QN_MALFORMED, "mark.until", "until=%s|given=%s", o->until, o->given_on);
    for (unsigned i = 0; i < o->nobjects; i++)
        if (qn_object_id_check(qn_str(o->object[i]), &none) != QN_OK)
            return qn_fail(err, QN_MALFORMED, "mark.object", "object=%.80s", o->object[i]);
    return QN_OK;
}

enum qn_code mark_grant(struct store *st, const struct mark_grant *o, int64_t *id,
                        struct qn_err *err)
{
    const struct keys *keys;
    char now[20];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = check_words(st, o, err);
    if (rc)
        return rc;
    clock_local(st, now);
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, duty_of(DUTY_MARK_GRANT), o->by, QN_KIND_PLAN, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, o->office, err);
    for (unsigned i = 0; !rc && i < o->nobjects; i++) {
        struct qn_row row;
        int64_t own = act_id(&a);
        *id = i ? *id : own;
        row_start(&row, &a, "mark_basis", own, 1);
        row_text(&row, "drawer", o->office);
        row_text(&row, "object_id", o->object[i]);
        row_int(&row, "kind", strcmp(o->kind, "must") == 0 ? 1 : 2);
        row_int(&row, "reason_code", o->reason);
        row_text(&row, "scope", o->scope);
        row_text(&row, "until", o->until);
        row_text(&row, "title", o->title);
        row_text(&row, "doc_no", o->doc_no);
        row_text(&row, "given_on", o->given_on);
        row_text(&row, "acted_by", o->by);
        row_text(&row, "recorded_on", now);
        rc = act_put(&a, &row, err);
    }
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}
