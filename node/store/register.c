#include "node/store/register.h"

#include <string.h>

#include "node/store/log.h"
#include "node/store/tree.h"
#include "qian/entry.h"

#define LEVELS 8 /* above an office: province, city, county, and room */

static void read_list(struct register_list *l, struct query *q, int col)
{
    l->told = !q_null(q, col) && q_span(q, col + 1).n == QN_HASH && !q_null(q, col + 2);
    if (!l->told)
        return;
    l->lines = q_int(q, col);
    memcpy(l->root, q_span(q, col + 1).p, QN_HASH);
    l->told = qn_text_copy(l->on, sizeof(l->on), q_span(q, col + 2));
    l->no = q_int(q, col + 3);
    l->kinds = q_int(q, col + 4);
}

/* From the columns of SQL_REGISTER_SNAPSHOTS. */
static void read_row(struct register_snapshot *out, struct query *q, const char *office)
{
    *out = (struct register_snapshot){.id = q_int(q, 0)};
    (void)qn_text_copy(out->office, sizeof(out->office), qn_str(office));
    read_list(&out->objects, q, 1);
    read_list(&out->inspectors, q, 6);
}

/* Whether its author had cosigned the entry of this row by then. */
static bool is_cosigned(struct store *st, const char *office, int64_t id, uint64_t before_s)
{
    struct log log;
    struct qn_err none;
    uint16_t epoch, n;
    uint64_t seq, size, time_s;
    qn_row_id_split(id, &epoch, &seq, &n);
    return log_at(&log, st, office, epoch, &none) == QN_OK &&
           log_first_cosigned(st, &log, seq, office, &size, &time_s, &none) == QN_OK &&
           time_s < before_s;
}

static enum qn_code newest_of(struct register_snapshot *out, struct store *st, const char *office,
                              uint64_t before_s, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_REGISTER_SNAPSHOTS);
    q_bind_text(&q, office);
    q_bind_int(&q, 0);
    bool found = false;
    while (!found && q_step(&q)) {
        found = before_s == UINT64_MAX || is_cosigned(st, office, q_int(&q, 0), before_s);
        if (found)
            read_row(out, &q, office);
    }
    return query_end(&q, err);
}

enum qn_code register_newest(struct register_snapshot *out, struct store *st, const char *office,
                             struct qn_err *err)
{
    struct register_snapshot found = {.office = ""};
    enum qn_code rc = newest_of(&found, st, office, UINT64_MAX, err);
    if (!rc)
        *out = found;
    return rc;
}

/* SPEC register-6: "of the highest office above the drawing one of which the office holds any; the root office its own" */
enum qn_code register_find(struct register_snapshot *out, struct store *st, const char *drawer,
                           uint64_t before_s, struct qn_err *err)
{
    char above[LEVELS][QN_CODE_MAX + 1];
    struct register_snapshot found = {.office = ""};
    unsigned n = 0;
    for (const char *o = drawer; n < LEVELS && tree_parent(st, o, above[n]); n++)
        o = above[n];
    enum qn_code rc = QN_OK;
    if (!n)
        rc = newest_of(&found, st, drawer, before_s, err);
    while (!rc && n-- > 0 && !found.office[0])
        rc = newest_of(&found, st, above[n], before_s, err);
    if (!rc)
        *out = found;
    return rc;
}

enum qn_code register_named(struct register_snapshot *out, struct store *st, const char *drawer,
                            const char *origin, uint64_t id, struct qn_err *err)
{
    struct register_snapshot found = {.office = ""};
    struct log log;
    struct qn_err why;
    char parent[QN_CODE_MAX + 1];
    uint16_t epoch, n;
    uint64_t seq;
    *out = found;
    enum qn_code rc = log_find(&log, st, origin, &why);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : qn_fail(err, rc, why.id, "%s", why.args);
    bool own = strcmp(log.office, drawer) == 0 && !tree_parent(st, drawer, parent);
    if (id > INT64_MAX || !(own || tree_is_above(st, log.office, drawer)))
        return QN_OK;
    qn_row_id_split((int64_t)id, &epoch, &seq, &n);
    if (epoch != log.epoch)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_REGISTER_SNAPSHOTS);
    q_bind_text(&q, log.office);
    q_bind_int(&q, (int64_t)id);
    if (q_step(&q))
        read_row(out, &q, log.office);
    return query_end(&q, err);
}
