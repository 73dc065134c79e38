#include "node/work/inspector.h"

#include <stdio.h>
#include <string.h>

static const char *self(struct store *st)
{
    const struct qn_cert *cert = store_self(st);
    return cert ? cert->office : "";
}

enum qn_code inspector_called(struct inspector *out, unsigned *found, struct store *st,
                              const char *called, struct qn_err *err)
{
    *found = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_INSPECTOR_CALLED);
    q_bind_text(&q, self(st));
    q_bind_text(&q, called);
    while (q_step(&q) && ++*found == 1) {
        snprintf(out->id, sizeof(out->id), "%s", q_text(&q, 0));
        snprintf(out->name, sizeof(out->name), "%s", q_text(&q, 1));
    }
    return query_end(&q, err);
}

bool inspector_next(struct inspector *out, const char **list)
{
    size_t n = strcspn(*list, ";"), id = strcspn(*list, " ;");
    *out = (struct inspector){{0}, {0}};
    if (!n)
        return false;
    snprintf(out->id, sizeof(out->id), "%.*s", (int)id, *list);
    if (id < n)
        snprintf(out->name, sizeof(out->name), "%.*s", (int)(n - id - 1), *list + id + 1);
    *list += n + ((*list)[n] == ';');
    return true;
}

bool inspector_among(const char *list, const char *called)
{
    struct inspector who;
    while (*called && inspector_next(&who, &list))
        if (strcmp(who.id, called) == 0 || strcmp(who.name, called) == 0)
            return true;
    return false;
}

/* "140602/0001" is one of office 140602. */
static bool is_ours(struct store *st, const struct inspector *who)
{
    const char *slash = strchr(who->id, '/');
    const char *office = self(st);
    return !slash || (strlen(office) == (size_t)(slash - who->id) &&
                      memcmp(office, who->id, strlen(office)) == 0);
}

static enum qn_code not_valid(const struct inspector *who, const char *on, const char *why,
                              struct qn_err *err)
{
    return qn_fail(err, QN_DENIED, "value.inspector-not-valid", "value=%s|on=%.10s|until=%s",
                   who->name[0] ? who->name : who->id, on, why);
}

/* SPEC visits-2: "has a certificate record whose days hold that day and which was valid on it" */
static enum qn_code by_certificates(bool *any, struct store *st, const struct inspector *who,
                                    const char *on, struct qn_err *err)
{
    char last[11] = "";
    bool valid = false;
    *any = false;
    QN_AUTO(query) struct query q = query_start(st, SQL_INSPECTOR_CERTS);
    q_bind_text(&q, self(st));
    q_bind_text(&q, who->id);
    while (q_step(&q)) {
        const char *from = q_text(&q, 0), *to = q_text(&q, 1), *status = q_text(&q, 2),
                   *since = q_text(&q, 3);
        *any = true;
        snprintf(last, sizeof(last), "%s", to);
        valid = valid || (strncmp(from, on, 10) <= 0 && strncmp(on, to, 10) <= 0 &&
                          (strcmp(status, "valid") == 0 || strncmp(since, on, 10) > 0));
    }
    enum qn_code rc = query_end(&q, err);
    return rc || valid || !*any ? rc : not_valid(who, on, last, err);
}

enum qn_code inspector_valid(struct store *st, const struct inspector *who, const char *on,
                             struct qn_err *err)
{
    bool any;
    if (!is_ours(st, who))
        return QN_OK;
    enum qn_code rc = by_certificates(&any, st, who, on, err);
    if (rc || any)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_INSPECTOR_CALLED);
    q_bind_text(&q, self(st));
    q_bind_text(&q, who->id);
    if (!q_step(&q)) {
        rc = query_end(&q, err);
        return rc ? rc : qn_fail(err, QN_ABSENT, "visit.unknown-inspector", "value=%s", who->id);
    }
    const char *status = q_text(&q, 2), *until = q_text(&q, 3);
    if (strcmp(status, "active") != 0 || (*until && strncmp(until, on, 10) < 0))
        return not_valid(who, on, *until ? until : status, err);
    return query_end(&q, err);
}

enum qn_code inspector_not_recused(struct store *st, const struct inspector *who,
                                   const char *object, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_INSPECTOR_RECUSED);
    q_bind_text(&q, self(st));
    q_bind_text(&q, who->id);
    q_bind_text(&q, object);
    bool recused = q_step(&q) && q_int(&q, 0);
    enum qn_code rc = query_end(&q, err);
    return rc || !recused ? rc
                          : qn_fail(err, QN_DENIED, "visit.recused", "value=%s|object=%.80s",
                                    who->name, object);
}
