#include "node/draw/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/tree.h"

/* ---- a directory for what is derived --------------------------------------------------------------------------------- */

struct scratch {
    char path[FILE_PATH_MAX];
};

static enum qn_code scratch_make(struct scratch *s, const char *tmp, struct qn_err *err)
{
    enum qn_code rc = file_join(s->path, tmp, "qian-audit-XXXXXX", err);
    if (!rc && !mkdtemp(s->path)) {
        s->path[0] = 0;
        rc = qn_fail(err, QN_IO, "file.mkdir", "path=%s|why=%s", tmp, file_why(errno));
    }
    return rc;
}

static void scratch_auto(struct scratch *s)
{
    static const char *const pieces[] = {"qian.db", "qian.db-wal", "qian.db-shm", "lock"};
    char path[FILE_PATH_MAX];
    struct qn_err none;
    for (size_t i = 0; s->path[0] && i < sizeof(pieces) / sizeof(pieces[0]); i++)
        if (file_join(path, s->path, pieces[i], &none) == QN_OK)
            unlink(path);
    if (s->path[0])
        rmdir(s->path);
}

/* ---- what the file is about ------------------------------------------------------------------------------------------- */

static void scope_text(char out[AUDIT_SCOPE], const struct audit_scope *s)
{
    char name[DRAW_NAME_MAX];
    if (!s->office) {
        snprintf(out, AUDIT_SCOPE, "all");
    } else if (!s->draw_id) {
        snprintf(out, AUDIT_SCOPE, "office %s", s->office);
    } else {
        draw_name(name, s->office, s->draw_id);
        snprintf(out, AUDIT_SCOPE, "draw %s", name);
    }
}

/* SPEC audit-3: "`draw` and its name, `office` and its code, or `all`" */
static enum qn_code scope_parse(char office[QN_CODE_MAX + 1], int64_t *draw_id, const char *text,
                                struct qn_err *err)
{
    *draw_id = 0;
    office[0] = 0;
    if (strncmp(text, "draw ", 5) == 0)
        return draw_name_parse(office, draw_id, text + 5, err);
    if (strncmp(text, "office ", 7) == 0 &&
        qn_text_copy(office, QN_CODE_MAX + 1, qn_str(text + 7)) && office[0])
        return QN_OK;
    return strcmp(text, "all") == 0 ? QN_OK
                                    : qn_fail(err, QN_MALFORMED, "audit.scope", "scope=%s", text);
}

/* Whose parts a draw's verification reads: the drawer's, those of all above and below it, of this office, and of those to
 * whom it sent targets. */
struct whose {
    struct store *st;
    const char *office;
};

static bool is_wanted(void *ctx, const char *office)
{
    const struct whose *w = ctx;
    if (strcmp(office, w->office) == 0 || strcmp(office, store_self(w->st)->office) == 0 ||
        tree_is_above(w->st, office, w->office) || tree_is_above(w->st, w->office, office))
        return true;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_AUDIT_SENT);
    q_bind_text(&q, w->office);
    q_bind_text(&q, office);
    return q_step(&q);
}

/* ---- the same findings -------------------------------------------------------------------------------------------------- */

static bool same_finding(const struct finding *a, const struct finding *b)
{
    if (a->code != b->code || strcmp(a->against, b->against) != 0 || a->size != b->size ||
        strcmp(a->origin, b->origin) != 0 || a->seq != b->seq || a->n != b->n ||
        a->has_leaf != b->has_leaf || (a->has_leaf && memcmp(a->leaf, b->leaf, QN_HASH) != 0))
        return false;
    for (unsigned i = 0; i < a->n; i++)
        if (strcmp(a->value[i].key, b->value[i].key) != 0 ||
            strcmp(a->value[i].text, b->value[i].text) != 0)
            return false;
    return true;
}

/* SPEC audit-9: "what rests on a register's lines, which no file holds" */
static bool rests_on_lines(const struct verdict *there, enum verdict_code c)
{
    return there->f.state[c] == CHECK_SKIPPED &&
           strcmp(there->f.why[c], "verdict.skip.register-lines") == 0;
}

/* The next finding from `i` on that a file can show. */
static size_t shown_from(const struct verdict *v, const struct verdict *there, size_t i)
{
    while (i < v->f.n && rests_on_lines(there, v->f.at[i].code))
        i++;
    return i;
}

static bool same_findings(const struct verdict *here, const struct verdict *there)
{
    size_t i = shown_from(here, there, 0), k = 0;
    while (i < here->f.n && k < there->f.n) {
        if (!same_finding(&here->f.at[i], &there->f.at[k++]))
            return false;
        i = shown_from(here, there, i + 1);
    }
    return i == here->f.n && k == there->f.n;
}

static bool same_verdict(const struct verdict *here, const struct verdict *there)
{
    if (here->about != there->about || strcmp(here->office, there->office) != 0 ||
        here->draw_id != there->draw_id || strcmp(here->slot, there->slot) != 0 ||
        strcmp(here->origin, there->origin) != 0 || here->seq != there->seq ||
        here->claimed != there->claimed || here->shown != there->shown)
        return false;
    for (int c = 0; c < V_CODES; c++)
        if (!rests_on_lines(there, (enum verdict_code)c) &&
            (here->f.state[c] != there->f.state[c] ||
             (here->f.state[c] == CHECK_SKIPPED && strcmp(here->f.why[c], there->f.why[c]) != 0)))
            return false;
    return same_findings(here, there);
}

/* The first verdict in which they differ; NULL: none. */
static const struct verdict *difference(const struct verify_result *here,
                                        const struct verify_result *there)
{
    size_t n = here->n < there->n ? here->n : there->n;
    for (size_t i = 0; i < n; i++)
        if (!same_verdict(&here->at[i], &there->at[i]))
            return &here->at[i];
    return here->n > n ? &here->at[n] : there->n > n ? &there->at[n] : NULL;
}

/* ---- check ---------------------------------------------------------------------------------------------------------------- */

enum qn_code audit_check(struct audit_info *out, struct verify_result *said, const char *path,
                         const char *fingerprint, const char *tmp, struct store *with,
                         const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(scratch) struct scratch dir = {""};
    QN_AUTO(store) struct store *st = NULL; /* closed before its directory goes */
    struct audit_info info;
    char office[QN_CODE_MAX + 1];
    int64_t draw_id;
    enum qn_code rc = scratch_make(&dir, tmp, err);
    struct audit_open open = {
        .path = path, .dir = dir.path, .fingerprint = fingerprint, .report = report, .with = with};
    if (!rc)
        rc = audit_read(&st, &info, &open, err);
    if (!rc)
        rc = scope_parse(office, &draw_id, info.scope, err);
    if (!rc)
        rc = verify_run(said, st, office[0] ? office : NULL, draw_id, report, err);
    if (!rc)
        *out = info;
    struct qn_err why; /* whatever the file was refused for while the work was given up */
    if (rc && store_goes_on(with, &why) != QN_OK)
        rc = qn_fail(err, why.code, why.id, "%s", why.args);
    return rc;
}

/* ---- export ---------------------------------------------------------------------------------------------------------------- */

enum qn_code audit_export(struct audit_info *out, struct verify_result *said, struct store *st,
                          const struct audit_scope *scope, const char *path, const char *tmp,
                          const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(verify) struct verify_result here = {.at = NULL};
    char text[AUDIT_SCOPE], print[QN_FINGERPRINT];
    uint8_t hash[QN_HASH];
    enum qn_code rc =
        duty_act(st, duty_of(DUTY_AUDIT_EXPORT), NULL, scope->office ? scope->office : "all", err);
    if (!rc)
        rc = verify_run(&here, st, scope->office, scope->draw_id, report, err);
    if (rc)
        return rc;
    scope_text(text, scope);
    qn_policy_hash(hash, store_policy(st));
    qn_fingerprint(print, hash);
    struct whose whose = {st, scope->office};
    /* SPEC audit-9: "with the parts of every log when those are not enough" */
    for (int all = scope->office == NULL; all <= 1; all++) {
        QN_AUTO(verify) struct verify_result there = {.at = NULL};
        struct audit_make make = {.path = path,
                                  .scope = text,
                                  .wants = all ? NULL : is_wanted,
                                  .ctx = &whose,
                                  .report = report};
        struct audit_info back;
        rc = audit_write(out, st, &make, err);
        if (!rc)
            rc = audit_check(&back, &there, path, print, tmp, st, NULL, err);
        const struct verdict *differs = rc ? NULL : difference(&here, &there);
        if (!rc && !differs) {
            *said = there; /* what the reader of the file is told */
            there = (struct verify_result){.at = NULL};
            break;
        }
        if (!rc)
            rc = qn_fail(err, QN_CONFLICT, "audit.differs", "office=%s|slot=%s", differs->office,
                         differs->slot[0] ? differs->slot : "-");
    }
    if (rc)
        unlink(path);
    return rc;
}
