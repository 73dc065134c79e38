#include "node/work/mapping.h"

#include "node/store/duty.h"

#include <stdio.h>
#include <string.h>

static enum qn_code put(struct mapping *m, struct qn_span ours, struct qn_span theirs,
                        struct qn_err *err)
{
    size_t i = 0;
    while (i < m->n && !qn_span_is(ours, m->of[i].ours))
        i++;
    if (i == MAPPING_MAX)
        return qn_fail(err, QN_LIMIT, "mapping.many", "max=%d", MAPPING_MAX);
    if (!ours.n || !theirs.n || !qn_text_copy(m->of[i].ours, MAPPING_OURS, ours) ||
        !qn_text_copy(m->of[i].theirs, MAPPING_TEXT, theirs))
        return qn_fail(err, QN_MALFORMED, "mapping.pair", "value=%.*s=%.*s",
                       (int)(theirs.n < 80 ? theirs.n : 80), (const char *)theirs.p,
                       (int)(ours.n < 80 ? ours.n : 80), (const char *)ours.p);
    m->n += i == m->n;
    return QN_OK;
}

enum qn_code mapping_add(struct mapping *m, const char *pair, struct qn_err *err)
{
    /* The last "=": a sender's heading may hold one, none of ours does. */
    const char *eq = strrchr(pair, '=');
    if (!eq)
        return qn_fail(err, QN_MALFORMED, "mapping.pair", "value=%.100s", pair);
    return put(m, qn_str(eq + 1), (struct qn_span){(const uint8_t *)pair, (size_t)(eq - pair)},
               err);
}

enum qn_code mapping_set(struct mapping *m, const char *pair, struct qn_err *err)
{
    char all[MAPPING_TEXT + 1];
    const char *eq = strchr(pair, '=');
    int n = eq ? snprintf(all, sizeof(all), "%c%s", SHEET_ALL, eq + 1) : -1;
    if (n < 2 || (size_t)n >= sizeof(all))
        return qn_fail(err, QN_MALFORMED, "mapping.set", "value=%.100s|max=%d", pair,
                       MAPPING_TEXT - 2);
    return put(m, (struct qn_span){(const uint8_t *)pair, (size_t)(eq - pair)}, qn_str(all), err);
}

enum qn_code mapping_read(struct mapping *m, struct store *st, const char *sender, const char *list,
                          struct qn_err *err)
{
    m->n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_MAPPING);
    q_bind_text(&q, sender);
    q_bind_text(&q, list);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q))
        rc = put(m, q_span(&q, 0), q_span(&q, 1), err);
    return rc ? rc : query_end(&q, err);
}

static enum qn_code forget(struct store *st, const char *sender, const char *list,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_MAPPING_DROP);
    q_bind_text(&q, sender);
    q_bind_text(&q, list);
    (void)q_step(&q);
    return query_end(&q, err);
}

enum qn_code mapping_save(const struct mapping *m, struct store *st, const char *sender,
                          const char *list, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = forget(st, sender, list, err);
    for (size_t i = 0; !rc && i < m->n; i++) {
        QN_AUTO(query) struct query q = query_start(st, SQL_MAPPING_PUT);
        q_bind_text(&q, sender);
        q_bind_text(&q, list);
        q_bind_text(&q, m->of[i].ours);
        q_bind_text(&q, m->of[i].theirs);
        (void)q_step(&q);
        rc = query_end(&q, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code mapping_drop(struct store *st, const char *sender, const char *list,
                          struct qn_err *err)
{
    struct mapping m;
    enum qn_code rc = mapping_read(&m, st, sender, list, err);
    if (!rc && !m.n)
        rc = qn_fail(err, QN_ABSENT, "mapping.absent", "sender=%.80s|list=%.40s", sender, list);
    m.n = 0;
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_MAPPING), NULL, sender, err);
    return rc ? rc : mapping_save(&m, st, sender, list, err);
}

enum qn_code mapping_each(struct store *st, mapping_fn *each, void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_MAPPINGS);
    while (q_step(&q))
        each(ctx, q_text(&q, 0), q_text(&q, 1), q_text(&q, 3), q_text(&q, 2));
    return query_end(&q, err);
}

/* ---- an import ------------------------------------------------------------------------------------------------ */

static bool has(const struct sheet_column *columns, size_t n, const char *ours)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(columns[i].heading, ours) == 0)
            return true;
    return false;
}

enum qn_code mapping_check(const struct mapping_use *use, const struct sheet_column *const *columns,
                           const size_t *n, size_t lists, struct qn_err *err)
{
    for (size_t i = 0; use->given && i < use->given->n; i++) {
        bool known = false;
        for (size_t k = 0; k < lists; k++)
            known = known || (columns[k] && has(columns[k], n[k], use->given->of[i].ours));
        if (!known)
            return qn_fail(err, QN_MALFORMED, "mapping.unknown", "column=%s",
                           use->given->of[i].ours);
    }
    return QN_OK;
}

enum qn_code mapping_begin(struct mapping *m, struct sheet_alias alias[MAPPING_MAX],
                           struct store *st, const struct mapping_use *use, const char *list,
                           const struct sheet_column *columns, size_t n, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    size_t fresh = 0;
    m->n = 0;
    if (use->sender)
        rc = mapping_read(m, st, use->sender, list, err);
    for (size_t i = 0; !rc && use->given && i < use->given->n; i++)
        if (has(columns, n, use->given->of[i].ours)) {
            rc = put(m, qn_str(use->given->of[i].ours), qn_str(use->given->of[i].theirs), err);
            fresh++;
        }
    /* Within the import's own transaction: kept if it is, gone with it. */
    if (!rc && use->sender && fresh)
        rc = mapping_save(m, st, use->sender, list, err);
    for (size_t i = 0; i < m->n; i++)
        alias[i] = (struct sheet_alias){m->of[i].ours, m->of[i].theirs, false};
    return rc;
}
