#include "node/work/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/trail.h"
#include "node/work/evidence.h"
#include "node/work/inspector.h"
#include "node/work/record_types.h"
#include "node/work/target.h"
#include "node/work/words.h"
#include "protocol/wire.h"
#include "qian/entry.h"

#define CODES_MAX 16

enum qn_code result_name(const char *name, char office[QN_CODE_MAX + 1], int64_t *id,
                         struct qn_err *err)
{
    const char *colon = strchr(name, ':');
    struct qn_err why;
    if (!colon ||
        !qn_text_copy(office, QN_CODE_MAX + 1,
                      (struct qn_span){(const uint8_t *)name, (size_t)(colon - name)}) ||
        qn_row_id_parse(id, qn_str(colon + 1), &why) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "result.name", "value=%.80s", name);
    return QN_OK;
}

/* ---- codes ------------------------------------------------------------------------------------------------------ */

/* What was found, of one item or of all. */
struct codes {
    char text[1001]; /* names joined, for people */
    char codes[201]; /* canonical: as given, joined by commas, none twice */
    bool issue;
};

static enum qn_code code_name(struct store *st, const char *list, const char *code, char *name,
                              size_t cap, bool *issue, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CODE);
    q_bind_text(&q, list);
    q_bind_text(&q, code);
    bool found = q_step(&q);
    if (found) {
        snprintf(name, cap, "%s", q_text(&q, 0));
        *issue = strcmp(q_text(&q, 1), "issue") == 0;
    }
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc
                       : qn_fail(err, QN_ABSENT, "result.code", "list=%s|value=%.40s", list, code);
}

/* One more code behind the others; what is there already stays where it is. */
static enum qn_code add_code(struct codes *out, struct store *st, const char *code, bool *twice,
                             struct qn_err *err)
{
    char name[401], held[210], wanted[40];
    bool issue;
    size_t used = strlen(out->codes), text = strlen(out->text);
    enum qn_code rc = code_name(st, "result", code, name, sizeof(name), &issue, err);
    if (rc)
        return rc;
    snprintf(held, sizeof(held), ",%s,", out->codes);
    snprintf(wanted, sizeof(wanted), ",%s,", code);
    *twice = strstr(held, wanted) != NULL;
    if (*twice)
        return QN_OK;
    out->issue = out->issue || issue;
    used +=
        (size_t)snprintf(out->codes + used, sizeof(out->codes) - used, used ? ",%s" : "%s", code);
    text +=
        (size_t)snprintf(out->text + text, sizeof(out->text) - text, text ? "；%s" : "%s", name);
    return used < sizeof(out->codes) && text < sizeof(out->text)
               ? QN_OK
               : qn_fail(err, QN_LIMIT, "result.codes", "value=%.80s", out->codes);
}

static enum qn_code read_codes(struct codes *out, struct store *st, const char *list,
                               struct qn_err *err)
{
    unsigned n = 0;
    bool clean = false;
    *out = (struct codes){.issue = false};
    for (const char *p = list; *p; n++) {
        char code[33];
        bool twice;
        size_t mark, len = words_item(p, true, &mark);
        if (!len || len >= sizeof(code) || (mark && !p[len + mark]) || n == CODES_MAX)
            return qn_fail(err, n == CODES_MAX ? QN_LIMIT : QN_MALFORMED, "result.codes",
                           "value=%.80s", list);
        memcpy(code, p, len);
        code[len] = 0;
        p += len + mark;
        enum qn_code rc = add_code(out, st, code, &twice, err);
        if (rc)
            return rc;
        if (twice)
            return qn_fail(err, QN_MALFORMED, "result.codes", "value=%.80s", list);
        clean = clean || strcmp(code, RESULT_CLEAN) == 0;
    }
    if (!n)
        return qn_fail(err, QN_MALFORMED, "result.codes", "value=%.80s", list);
    /* SPEC visits-10: "R01 excludes all others of its item" */
    if (clean && n > 1)
        return qn_fail(err, QN_MALFORMED, "result.clean-and-more", "value=%.80s", list);
    return QN_OK;
}

static enum qn_code check_disposal(struct store *st, const char *disposal, struct qn_err *err)
{
    char name[401];
    bool issue;
    return disposal && *disposal
               ? code_name(st, "disposal", disposal, name, sizeof(name), &issue, err)
               : QN_OK;
}

/* SPEC visits-10: "those of its items, each once, in their order, without R01 where there is any other" */
static enum qn_code derive(struct codes *all, struct store *st, const struct codes *item,
                           unsigned n, struct qn_err *err)
{
    bool other = false;
    *all = (struct codes){.issue = false};
    for (unsigned i = 0; i < n; i++)
        other = other || strcmp(item[i].codes, RESULT_CLEAN) != 0;
    for (unsigned i = 0; i < n; i++) {
        if (other && strcmp(item[i].codes, RESULT_CLEAN) == 0)
            continue;
        for (const char *p = item[i].codes; *p;) {
            char code[33];
            bool twice;
            size_t len = strcspn(p, ",");
            snprintf(code, sizeof(code), "%.*s", (int)len, p);
            p += len + (p[len] == ',');
            enum qn_code rc = add_code(all, st, code, &twice, err);
            if (rc)
                return rc;
        }
    }
    return QN_OK;
}

/* ---- items -------------------------------------------------------------------------------------------------------- */

struct item {
    int64_t id;                      /* 0: new */
    const struct result_item *found; /* NULL: stays as it is */
};
struct finding { /* all items of one revision of a result */
    struct item item[RESULT_ITEMS];
    struct codes codes[RESULT_ITEMS], all;
    unsigned n;
};

static enum qn_code read_item(struct codes *codes, struct store *st, const struct result_item *o,
                              const char *object, struct qn_err *err)
{
    enum qn_code rc = read_codes(codes, st, o->codes ? o->codes : "", err);
    if (!rc)
        rc = check_disposal(st, o->disposal, err);
    if (!rc && codes->issue && !(o->problem && *o->problem))
        rc = qn_fail(err, QN_MALFORMED, "result.problem", "codes=%s|object=%s", codes->codes,
                     object);
    return rc;
}

/* An item of a list is referred to, by its number or by what it is called; any other has only its name. */
static enum qn_code name_item(struct record_draft *d, const char *typed, const char *task,
                              struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft item = {0};
    struct qn_err why;
    const char *name = typed && *typed ? typed : task;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    enum qn_code rc = record_set(d, "item", qn_str(name), &why);
    if (!rc && !record_name(record_text(d, "item"), d->st, office, &id, &why) &&
        !record_load(&item, d->st, &record_item, office, id, 0, &why))
        name = record_text(&item, "name");
    if (rc == QN_IO || rc == QN_NOMEM) {
        *err = why;
        return rc;
    }
    return record_set(d, "name", qn_str(name), err);
}

static enum qn_code fill_item(struct record_draft *d, const struct result_item *o,
                              const struct codes *codes, struct qn_err *err)
{
    enum qn_code rc = record_set(d, "codes", qn_str(codes->codes), err);
    if (!rc)
        rc = record_set(d, "result_text", qn_str(codes->text), err);
    if (!rc)
        rc = record_set(d, "problem", qn_str(o->problem ? o->problem : ""), err);
    return rc ? rc : record_set(d, "disposal", qn_str(o->disposal ? o->disposal : ""), err);
}

/* SPEC visits-11: "Every revision of a result writes all of its items" */
static enum qn_code put_item(struct act *a, const struct record_draft *result,
                             const struct item *it, const struct codes *codes, const char *task,
                             struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    char name[80];
    enum qn_code rc;
    if (it->id) {
        record_name_text(name, store_self(a->st)->office, it->id);
        rc = record_revise(&d, a->st, &record_item_result, name, result->by, result->reason, err);
    } else {
        rc = record_start(&d, a->st, &record_item_result, result->by, err);
        d.reason = result->reason;
        if (!rc)
            rc = name_item(&d, it->found ? it->found->item : NULL, task, err);
    }
    if (!rc)
        rc = record_refer(&d, "inspection", result, err);
    if (!rc && it->found)
        rc = fill_item(&d, it->found, codes, err);
    return rc ? rc : record_put(&d, a, err);
}

static enum qn_code put_items(struct act *a, const struct record_draft *result,
                              const struct finding *f, const char *task, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < f->n; i++)
        rc = put_item(a, result, &f->item[i], &f->codes[i], task, err);
    return rc;
}

/* ---- whose result ------------------------------------------------------------------------------------------------- */

/* Who stands with the person: a number of this office's roster may be entered without the office before it. */
static bool is_named(struct store *st, const char *inspectors, const struct person *p)
{
    char whole[QN_CODE_MAX + sizeof(p->insp_id) + 2];
    if (!p->insp_id[0])
        return inspector_among(inspectors, p->name);
    snprintf(whole, sizeof(whole), "%s/%s", store_self(st)->office, p->insp_id);
    return inspector_among(inspectors, p->insp_id) ||
           (!strchr(p->insp_id, '/') && inspector_among(inspectors, whole));
}

/* SPEC visits-18: "An inspector records and corrects results of the targets for which he is named" */
static enum qn_code check_own(struct store *st, const char *by, const char *object,
                              const char *inspectors, struct qn_err *err)
{
    const struct duty duty = record_duty(&record_inspection);
    struct person p;
    bool in_force;
    enum qn_code rc = duty_may(st, &duty, by, err);
    if (!rc)
        rc = person_in_force(&in_force, st, err);
    if (rc || !in_force)
        return rc;
    rc = person_get(&p, st, by, err);
    if (rc || p.roles & ROLE_CLERK || is_named(st, inspectors, &p))
        return rc;
    trail_refused(st, &duty, by, "result.not-yours");
    return qn_fail(err, QN_DENIED, "result.not-yours", "name=%s|object=%s|inspectors=%.200s", by,
                   object, inspectors);
}

/* ---- a visit of its own ------------------------------------------------------------------------------------------- */

static enum qn_code set_texts(struct record_draft *d, const char *const (*pair)[2], size_t n,
                              struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = record_set(d, pair[i][0], qn_str(pair[i][1] ? pair[i][1] : ""), err);
    return rc;
}
#define SET_TEXTS(d, err, ...) \
    set_texts(d, (const char *const[][2]){__VA_ARGS__}, \
              sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(char *[2]), err)

static enum qn_code make_visit(struct record_draft *v, struct act *a, const struct target *t,
                               const struct result_record *o, const char *started,
                               const char *completed, struct qn_err *err)
{
    /* SPEC visits-7: "`unrecorded` says that nobody entered what the party did" */
    const char *signature = o->nobody                                 ? "nobody"
                            : o->refusal && *o->refusal               ? "refused"
                            : o->representative && *o->representative ? "signed"
                                                                      : "unrecorded";
    enum qn_code rc = record_start(v, a->st, &record_visit, o->by, err);
    if (!rc)
        rc = SET_TEXTS(v, err, {"object_id", t->object}, {"started", started},
                       {"completed", completed}, {"inspectors", t->inspectors}, {"place", o->place},
                       {"method", "现场检查"}, {"signature", signature}, {"refusal", o->refusal},
                       {"witness", o->witness}, {"representative", o->representative},
                       {"over_cap", o->over_cap});
    return rc ? rc : record_put(v, a, err);
}

/* SPEC visits-9: "by those who were drawn for the target or who follow them" */
static enum qn_code check_sent(const struct record_draft *v, const struct target *t,
                               const struct qn_span *time, struct qn_err *err)
{
    const char *list = t->inspectors;
    struct inspector who;
    if (strcmp(record_text(v, "object_id"), t->object) != 0)
        return qn_fail(err, QN_DENIED, "result.other-visit", "object=%s|have=%s", t->object,
                       record_text(v, "object_id"));
    while (inspector_next(&who, &list))
        if (!inspector_among(record_text(v, "inspectors"), who.id))
            return qn_fail(err, QN_DENIED, "result.not-there", "object=%s|value=%s", t->object,
                           who.name);
    if (strcmp((const char *)time[0].p, record_text(v, "started")) < 0 ||
        strcmp((const char *)time[1].p, record_text(v, "completed")) > 0)
        return qn_fail(err, QN_MALFORMED, "result.outside-visit", "started=%s|completed=%s",
                       record_text(v, "started"), record_text(v, "completed"));
    return QN_OK;
}

static enum qn_code load_visit(struct record_draft *v, struct store *st, const char *name,
                               struct qn_err *err)
{
    char office[QN_CODE_MAX + 1];
    int64_t id;
    enum qn_code rc = record_name(name, st, office, &id, err);
    if (!rc && strcmp(office, store_self(st)->office) != 0)
        rc = qn_fail(err, QN_DENIED, "records.not-own", "value=%s", name);
    if (!rc)
        rc = record_load(v, st, &record_visit, office, id, 0, err);
    return rc || !v->withdrawn ? rc
                               : qn_fail(err, QN_DENIED, "records.withdrawn", "value=%s", name);
}

/* ---- recorded ------------------------------------------------------------------------------------------------------- */

static enum qn_code find_target(struct target *t, struct store *st, const struct result_record *o,
                                struct qn_err *err)
{
    const char *list;
    struct inspector who;
    unsigned n = 0;
    enum qn_code rc = target_named(t, st, o->draw, o->object, o->task, err);
    if (rc)
        return rc;
    if (t->is_void)
        return qn_fail(err, QN_CONFLICT, "result.void", "draw=%s|object=%s", o->draw, o->object);
    if (t->is_returned)
        return qn_fail(err, QN_CONFLICT, "result.returned", "draw=%s|object=%s", o->draw,
                       o->object);
    for (list = t->inspectors; inspector_next(&who, &list);)
        n++;
    if (n < 2) /* two officers or more, by law (行政处罚法 第四十二条) */
        return qn_fail(err, QN_DENIED, "result.inspectors", "object=%s|have=%u", o->object, n);
    if (t->result) {
        char id[40];
        qn_row_id_text(id, t->result);
        return qn_fail(err, QN_CONFLICT, "result.exists", "object=%s|result=%s:%s", o->object,
                       t->result_office, id);
    }
    return QN_OK;
}

/* Without items the codes are those of the one item that the task is. */
static enum qn_code read_found(struct finding *f, struct store *st, const struct result_record *o,
                               struct result_item *alone, const char *object, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *alone = (struct result_item){NULL, o->codes, o->problem, o->disposal};
    f->n = o->nitems ? o->nitems : 1;
    for (unsigned i = 0; !rc && i < f->n; i++) {
        f->item[i] = (struct item){0, o->nitems ? &o->item[i] : alone};
        rc = read_item(&f->codes[i], st, f->item[i].found, object, err);
        for (unsigned k = 0; !rc && k < i; k++)
            if (strcmp(o->item[k].item, o->item[i].item) == 0)
                rc = qn_fail(err, QN_MALFORMED, "result.item-twice", "value=%s", o->item[i].item);
    }
    return rc ? rc : derive(&f->all, st, f->codes, f->n, err);
}

static enum qn_code put_result(struct act *a, struct record_draft *d, const struct record_draft *v,
                               const struct target *t, const struct codes *all,
                               const struct qn_span *time, struct qn_err *err)
{
    char draw[80], slot[24], round[24];
    record_name_text(draw, t->office, t->draw);
    snprintf(slot, sizeof(slot), "%lld", (long long)t->slot);
    snprintf(round, sizeof(round), "%lld", (long long)t->round);
    enum qn_code rc =
        SET_TEXTS(d, err, {"draw", draw}, {"slot_no", slot}, {"task", t->task}, {"round", round},
                  {"object_id", t->object}, {"object_name", t->name}, {"inspectors", t->inspectors},
                  {"started", (const char *)time[0].p}, {"completed", (const char *)time[1].p},
                  {"codes", all->codes}, {"result_text", all->text});
    if (!rc)
        rc = record_set(d, "completed_on", (struct qn_span){time[1].p, 10}, err);
    if (!rc)
        rc = record_refer(d, "visit", v, err);
    return rc ? rc : record_put(d, a, err);
}

/* Visit, result, items and photos: one entry. */
static enum qn_code write_all(struct store *st, const struct result_record *o,
                              const struct target *t, const struct finding *f,
                              struct record_draft *v, const struct qn_span *time, int64_t *id,
                              struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    QN_AUTO(record_draft) struct record_draft d = {0};
    char task[401];
    enum qn_code rc = target_task_name(task, st, t, err);
    if (!rc)
        rc = record_start(&d, st, &record_inspection, o->by, err);
    if (!rc)
        rc = record_act(&a, st, &record_inspection, o->by, err);
    if (!rc && !v->type)
        rc = make_visit(v, &a, t, o, (const char *)time[0].p, (const char *)time[1].p, err);
    if (!rc)
        rc = put_result(&a, &d, v, t, &f->all, time, err);
    if (!rc)
        rc = put_items(&a, &d, f, task, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (!rc)
        rc = evidence_put(&a,
                          &(struct evidence_put){d.id, (const char *)time[1].p, o->by, NULL,
                                                 o->photo, o->nphotos},
                          err);
    if (!rc)
        rc = record_commit(&a, &record_inspection, err);
    if (!rc)
        *id = d.id;
    return rc;
}

enum qn_code result_write(struct store *st, const struct result_record *o, int64_t *id, bool *issue,
                          struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft visit = {0};
    struct target t;
    struct result_item alone;
    char now[20], from[24], to[24];
    const struct keys *keys;
    const char *started = o->started, *completed = o->completed;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && (!o->by || !*o->by))
        rc = qn_fail(err, QN_MALFORMED, "result.by", "");
    if (!rc && o->visit && *o->visit)
        rc = load_visit(&visit, st, o->visit, err);
    if (rc)
        return rc;
    clock_local(st, now);
    if (!started || !*started)
        started = visit.type ? record_text(&visit, "started") : now;
    if (!completed || !*completed)
        completed = visit.type ? record_text(&visit, "completed") : started;
    if (!words_when(from, qn_str(started), false) || !words_when(to, qn_str(completed), false) ||
        strcmp(from, to) > 0)
        return qn_fail(err, QN_MALFORMED, "result.time", "started=%.30s|completed=%.30s", started,
                       completed);
    const struct qn_span time[2] = {qn_str(from), qn_str(to)};
    struct finding *f = calloc(1, sizeof(*f));
    if (!f)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    rc = find_target(&t, st, o, err);
    if (!rc)
        rc = check_own(st, o->by, t.object, t.inspectors, err);
    if (!rc && visit.type)
        rc = check_sent(&visit, &t, time, err);
    if (!rc)
        rc = read_found(f, st, o, &alone, t.object, err);
    if (!rc)
        rc = write_all(st, o, &t, f, &visit, time, id, err);
    if (!rc)
        *issue = f->all.issue;
    free(f);
    return rc;
}

enum qn_code result_record(struct store *st, const struct result_record *o, int64_t *id,
                           struct qn_err *err)
{
    bool issue;
    return result_write(st, o, id, &issue, err);
}

/* ---- corrections --------------------------------------------------------------------------------------------------- */

/* SPEC visits-10: "a result without items has one, which has the name of the task" */
static enum qn_code is_whole_task(bool *out, struct store *st, const struct record_draft *result,
                                  const char *name, bool of_list, struct qn_err *err)
{
    struct target t = {.office = ""};
    char task[401];
    *out = false;
    if (of_list)
        return QN_OK;
    enum qn_code rc = record_name(record_text(result, "draw"), st, t.office, &t.draw, err);
    if (!rc && !qn_text_copy(t.task, sizeof(t.task), qn_str(record_text(result, "task"))))
        rc = qn_fail(err, QN_LIMIT, "records.name", "value=%.80s", record_text(result, "task"));
    if (!rc)
        rc = target_task_name(task, st, &t, err);
    *out = !rc && strcmp(task, name) == 0;
    return rc;
}

/* What stands, with what the correction says in its place; an item that is not there yet comes behind. What was said
 * of the task as a whole stands no more where the correction says it item by item. */
static enum qn_code merge(struct finding *f, struct store *st, const struct result_correct *o,
                          const struct record_draft *result, struct result_item *alone,
                          struct qn_err *err)
{
    bool used[RESULT_ITEMS] = {false}, whole = false;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_ITEMS_OF);
    q_bind_text(&q, store_self(st)->office);
    q_bind_int(&q, result->id);
    q_bind_int(&q, result->rev - 1);
    for (; !rc && f->n < RESULT_ITEMS && q_step(&q); f->n++) {
        f->item[f->n].id = q_int(&q, 0);
        for (unsigned i = 0; i < o->nitems; i++)
            if (!used[i] && qn_span_is(q_span(&q, 1), o->item[i].item)) {
                f->item[f->n].found = &o->item[i];
                used[i] = true;
            }
        if (!f->item[f->n].found) {
            rc = read_codes(&f->codes[f->n], st, q_text(&q, 2), err);
            if (!rc)
                rc = is_whole_task(&whole, st, result, q_text(&q, 1), q_int(&q, 5), err);
        }
    }
    enum qn_code end = query_end(&q, err);
    if (rc || end)
        return rc ? rc : end;
    if (o->nitems && f->n == 1 && whole)
        f->n = 0;
    for (unsigned i = 0; i < o->nitems; i++) {
        if (used[i])
            continue;
        if (f->n == RESULT_ITEMS)
            return qn_fail(err, QN_LIMIT, "result.items", "max=%d", RESULT_ITEMS);
        f->item[f->n++] = (struct item){0, &o->item[i]};
    }
    if (!o->nitems && f->n > 1)
        return qn_fail(err, QN_MALFORMED, "result.which-item", "result=%s|have=%u", o->result,
                       f->n);
    if (!o->nitems) {
        f->item[0].found = alone;
        f->n = 1;
    }
    for (unsigned i = 0; !rc && i < f->n; i++)
        if (f->item[i].found)
            rc = read_item(&f->codes[i], st, f->item[i].found, o->result, err);
    return rc ? rc : derive(&f->all, st, f->codes, f->n, err);
}

static enum qn_code write_correction(struct store *st, struct record_draft *d,
                                     const struct finding *f, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = record_set(d, "codes", qn_str(f->all.codes), err);
    if (!rc)
        rc = record_set(d, "result_text", qn_str(f->all.text), err);
    if (!rc)
        rc = record_act(&a, st, &record_inspection, d->by, err);
    if (!rc)
        rc = record_put(d, &a, err);
    if (!rc)
        rc = put_items(&a, d, f, record_text(d, "task"), err);
    return rc ? rc : record_commit(&a, &record_inspection, err);
}

enum qn_code result_correct(struct store *st, const struct result_correct *o, int64_t *rev,
                            struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    const struct keys *keys;
    struct result_item alone = {NULL, o->codes, o->problem, o->disposal};
    char office[QN_CODE_MAX + 1];
    int64_t id;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = result_name(o->result, office, &id, err);
    if (!rc && strcmp(office, store_self(st)->office) != 0)
        rc = qn_fail(err, QN_DENIED, "result.not-ours", "result=%s|office=%s", o->result, office);
    if (!rc && (!o->reason || !*o->reason))
        rc = qn_fail(err, QN_MALFORMED, "result.reason", "result=%s", o->result);
    if (!rc && (!o->by || !*o->by))
        rc = qn_fail(err, QN_MALFORMED, "result.by", "");
    if (!rc)
        rc = record_revise(&d, st, &record_inspection, o->result, o->by, o->reason, err);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_ABSENT, "result.unknown", "result=%s", o->result);
    if (!rc)
        rc = record_seen(&d, o->result, o->seen, err);
    if (!rc)
        rc = check_own(st, o->by, record_text(&d, "object_id"), record_text(&d, "inspectors"), err);
    if (rc)
        return rc;
    struct finding *f = calloc(1, sizeof(*f));
    if (!f)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    rc = merge(f, st, o, &d, &alone, err);
    if (!rc)
        rc = write_correction(st, &d, f, err);
    if (!rc)
        *rev = d.rev;
    free(f);
    return rc;
}
