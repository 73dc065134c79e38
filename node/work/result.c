#include "node/work/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/work/evidence.h"
#include "node/work/forms.h"
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

static enum qn_code read_codes(struct codes *out, struct store *st, const char *list,
                               struct qn_err *err)
{
    unsigned n = 0;
    bool clean = false;
    char seen[CODES_MAX][33];
    size_t used = 0, text = 0;
    *out = (struct codes){.issue = false};
    for (const char *p = list; *p;) {
        char *code = seen[n], name[401];
        bool issue;
        size_t mark, len = words_item(p, true, &mark);
        if (!len || len >= sizeof(seen[0]) || (mark && !p[len + mark]))
            return qn_fail(err, QN_MALFORMED, "result.codes", "value=%.80s", list);
        memcpy(code, p, len);
        code[len] = 0;
        for (unsigned i = 0; i < n; i++)
            if (strcmp(seen[i], code) == 0)
                return qn_fail(err, QN_MALFORMED, "result.codes", "value=%.80s", list);
        p += len + mark;
        enum qn_code rc = code_name(st, "result", code, name, sizeof(name), &issue, err);
        if (rc)
            return rc;
        clean = clean || strcmp(code, "R01") == 0;
        out->issue = out->issue || issue;
        used +=
            (size_t)snprintf(out->codes + used, sizeof(out->codes) - used, n ? ",%s" : "%s", code);
        text +=
            (size_t)snprintf(out->text + text, sizeof(out->text) - text, n ? "；%s" : "%s", name);
        if (used >= sizeof(out->codes) || text >= sizeof(out->text) || (++n == CODES_MAX && *p))
            return qn_fail(err, QN_LIMIT, "result.codes", "value=%.80s", list);
    }
    if (!n)
        return qn_fail(err, QN_MALFORMED, "result.codes", "value=%.80s", list);
    if (clean && n > 1) /* 未发现问题 excludes all others (domain §4.5) */
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

/* ---- rows -------------------------------------------------------------------------------------------------------- */

struct target {
    char office[QN_CODE_MAX + 1];
    int64_t draw;
    int64_t slot, round;
    char task[33], object[256], name[401], inspectors[401];
};

static unsigned count_of(const char *list)
{
    unsigned n = *list != 0;
    for (; *list; list++)
        n += *list == ';';
    return n;
}

/* "3" or "3/1", as the list of tasks says it. */
static bool is_task(const char *wanted, struct qn_span task, int64_t round)
{
    char full[64];
    snprintf(full, sizeof(full), "%.*s/%lld", (int)task.n, (const char *)task.p, (long long)round);
    return !wanted || !*wanted || qn_span_is(task, wanted) || strcmp(full, wanted) == 0;
}

/* In a joint draw one object is a target of several tasks, each with a result of its own. */
static enum qn_code read_target(struct target *t, struct store *st, const struct result_record *o,
                                struct qn_err *err)
{
    char tasks[200] = "";
    unsigned n = 0;
    bool is_void = false;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_TARGET);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, t->office);
    q_bind_int(&q, t->draw);
    q_bind_text(&q, o->object);
    while (q_step(&q)) {
        if (!is_task(o->task, q_span(&q, 1), q_int(&q, 2)))
            continue;
        size_t used = strlen(tasks);
        snprintf(tasks + used, sizeof(tasks) - used, "%s%s/%lld", n ? ", " : "", q_text(&q, 1),
                 (long long)q_int(&q, 2));
        if (n++)
            continue;
        is_void = q_int(&q, 5);
        t->slot = q_int(&q, 0);
        t->round = q_int(&q, 2);
        qn_text_copy(t->task, sizeof(t->task), q_span(&q, 1));
        qn_text_copy(t->name, sizeof(t->name), q_span(&q, 3));
        qn_text_copy(t->inspectors, sizeof(t->inspectors), q_span(&q, 4));
        qn_text_copy(t->object, sizeof(t->object), qn_str(o->object));
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        return rc;
    if (n > 1)
        return qn_fail(err, QN_MALFORMED, "result.which-task", "object=%s|tasks=%s", o->object,
                       tasks);
    if (is_void)
        return qn_fail(err, QN_CONFLICT, "result.void", "draw=%s|object=%s", o->draw, o->object);
    return n ? QN_OK
             : qn_fail(err, QN_ABSENT, "result.no-target", "draw=%s|object=%s", o->draw, o->object);
}

static enum qn_code find_target(struct target *t, struct store *st, const struct result_record *o,
                                struct qn_err *err)
{
    enum qn_code rc = result_name(o->draw, t->office, &t->draw, err);
    if (!rc)
        rc = read_target(t, st, o, err);
    if (rc)
        return rc;
    if (count_of(t->inspectors) < 2) /* two officers or more, by law (行政处罚法 第四十二条) */
        return qn_fail(err, QN_DENIED, "result.inspectors", "object=%s|have=%u", o->object,
                       count_of(t->inspectors));
    QN_AUTO(query) struct query r = query_start(st, SQL_WORK_RESULT_OF);
    q_bind_text(&r, t->office);
    q_bind_int(&r, t->draw);
    q_bind_text(&r, o->object);
    q_bind_text(&r, t->task);
    q_bind_int(&r, t->round);
    q_bind_text(&r, store_self(st)->office);
    if (q_step(&r)) {
        char id[40];
        qn_row_id_text(id, q_int(&r, 1));
        return qn_fail(err, QN_CONFLICT, "result.exists", "object=%s|result=%s:%s", o->object,
                       q_text(&r, 0), id);
    }
    return query_end(&r, err);
}

struct revision {
    const struct target *t;
    const struct codes *codes;
    int64_t id, rev;
    const char *started, *completed, *method, *place, *signature, *problem, *disposal, *by, *reason;
};

/* What the registry would refuse at the end is told here by the clerk's own field. */
enum qn_code result_put(struct act *a, const struct qn_row *row, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return qn_fail(err, QN_MALFORMED, "work.too-long", "column=%s|max=%u",
                           row->table->col[c].name, row->table->col[c].max);
    return act_put(a, row, err);
}

static enum qn_code put_rows(struct act *a, const struct revision *v, struct qn_err *err)
{
    struct qn_row row;
    char now[20], day[11];
    clock_local(a->st, now);
    memcpy(day, v->completed, 10);
    day[10] = 0;
    row_start(&row, a, "inspection", v->id, v->rev);
    row_text(&row, "draw_office", v->t->office);
    row_int(&row, "draw_id", v->t->draw);
    row_int(&row, "slot_no", v->t->slot);
    row_text(&row, "object_id", v->t->object);
    row_text(&row, "inspectors", v->t->inspectors);
    row_text(&row, "started", v->started);
    row_text(&row, "completed", v->completed);
    row_text(&row, "method", v->method);
    row_text(&row, "place", v->place);
    row_text(&row, "signature", v->signature);
    row_text(&row, "problem", v->problem);
    row_text(&row, "disposal", v->disposal);
    row_text(&row, "acted_by", v->by);
    row_text(&row, "recorded_on", now);
    row_text(&row, "reason", v->reason);
    enum qn_code rc = result_put(a, &row, err);
    if (!rc)
        rc = act_part(a, QN_PUBLIC, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, "inspection_result", v->id, v->rev);
    row_text(&row, "draw_office", v->t->office);
    row_int(&row, "draw_id", v->t->draw);
    row_text(&row, "task", v->t->task);
    row_int(&row, "round", v->t->round);
    row_text(&row, "object_id", v->t->object);
    row_text(&row, "object_name", v->t->name);
    row_text(&row, "completed_on", day);
    row_text(&row, "codes", v->codes->codes);
    row_text(&row, "result_text", v->codes->text);
    row_text(&row, "reason", v->reason);
    return result_put(a, &row, err);
}

static enum qn_code record(struct store *st, const struct result_record *o, int64_t *id,
                           bool *issue, struct qn_err *err)
{
    struct target t = {.slot = 0};
    struct codes codes;
    char now[20];
    clock_local(st, now);
    const char *started = o->started && *o->started ? o->started : now;
    const char *completed = o->completed && *o->completed ? o->completed : started;
    if (!o->by || !*o->by)
        return qn_fail(err, QN_MALFORMED, "result.by", "");
    if (!wire_is_time(qn_str(started)) || !wire_is_time(qn_str(completed)) || strcmp(started, completed) > 0)
        return qn_fail(err, QN_MALFORMED, "result.time", "started=%.30s|completed=%.30s", started,
                       completed);
    enum qn_code rc = find_target(&t, st, o, err);
    if (!rc)
        rc = read_codes(&codes, st, o->codes, err);
    if (!rc)
        rc = check_disposal(st, o->disposal, err);
    if (!rc && codes.issue && !(o->problem && *o->problem))
        rc = qn_fail(err, QN_MALFORMED, "result.problem", "codes=%s|object=%s", codes.codes,
                     t.object);
    if (rc)
        return rc;
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, QN_KIND_RESULT, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    struct revision v = {.t = &t,
                         .codes = &codes,
                         .id = act_id(&a),
                         .rev = 1,
                         .started = started,
                         .completed = completed,
                         .method = "现场检查",
                         .place = o->place,
                         .signature = "signed",
                         .problem = o->problem,
                         .disposal = o->disposal,
                         .by = o->by};
    rc = evidence_put(
        &a, &(struct evidence_put){v.id, completed, o->by, NULL, o->photo, o->nphotos}, err);
    if (!rc)
        rc = put_rows(&a, &v, err);
    if (!rc)
        rc = act_commit(&a, NULL, NULL, err);
    if (!rc) {
        *id = v.id;
        *issue = codes.issue;
    }
    return rc;
}

enum qn_code result_record(struct store *st, const struct result_record *o, int64_t *id,
                           struct qn_err *err)
{
    const struct keys *keys;
    bool issue;
    enum qn_code rc = store_signer(st, &keys, err);
    return rc ? rc : record(st, o, id, &issue, err);
}

/* ---- corrections --------------------------------------------------------------------------------------------------- */

enum qn_code result_correct(struct store *st, const struct result_correct *o, int64_t *rev,
                            struct qn_err *err)
{
    const struct keys *keys;
    struct target t = {.slot = 0};
    struct codes codes;
    char office[QN_CODE_MAX + 1], started[20], completed[20], method[101], place[401],
        signature[17];
    int64_t id, now = 0;
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
        rc = read_codes(&codes, st, o->codes, err);
    if (!rc)
        rc = check_disposal(st, o->disposal, err);
    if (!rc && codes.issue && !(o->problem && *o->problem))
        rc = qn_fail(err, QN_MALFORMED, "result.problem", "codes=%s|object=%s", codes.codes,
                     o->result);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_RESULT_NOW);
        q_bind_text(&q, office);
        q_bind_int(&q, id);
        if (q_step(&q)) {
            now = q_int(&q, 0);
            t.draw = q_int(&q, 2);
            t.round = q_int(&q, 4);
            t.slot = q_int(&q, 8);
            qn_text_copy(t.office, sizeof(t.office), q_span(&q, 1));
            qn_text_copy(t.task, sizeof(t.task), q_span(&q, 3));
            qn_text_copy(t.object, sizeof(t.object), q_span(&q, 5));
            qn_text_copy(t.name, sizeof(t.name), q_span(&q, 6));
            qn_text_copy(t.inspectors, sizeof(t.inspectors), q_span(&q, 9));
            qn_text_copy(started, sizeof(started), q_span(&q, 10));
            qn_text_copy(completed, sizeof(completed), q_span(&q, 11));
            qn_text_copy(method, sizeof(method), q_span(&q, 12));
            qn_text_copy(place, sizeof(place), q_span(&q, 13));
            qn_text_copy(signature, sizeof(signature), q_span(&q, 14));
        }
        rc = query_end(&q, err);
    }
    if (!rc && !now)
        rc = qn_fail(err, QN_ABSENT, "result.unknown", "result=%s", o->result);
    if (rc)
        return rc;
    struct revision v = {.t = &t,
                         .codes = &codes,
                         .id = id,
                         .rev = now + 1,
                         .started = started,
                         .completed = completed,
                         .method = method,
                         .place = place,
                         .signature = signature,
                         .problem = o->problem,
                         .disposal = o->disposal,
                         .by = o->by,
                         .reason = o->reason};
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, QN_KIND_RESULT, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (!rc)
        rc = put_rows(&a, &v, err);
    if (!rc)
        rc = act_commit(&a, NULL, NULL, err);
    if (!rc)
        *rev = v.rev;
    return rc;
}

/* ---- a file of results ----------------------------------------------------------------------------------------------- */

enum {
    C_DRAW,
    C_OBJECT,
    C_STARTED,
    C_COMPLETED,
    C_CODES,
    C_PROBLEM,
    C_DISPOSAL,
    C_PHOTOS,
    C_PLACE,
    C_TASK,
    C_BY,
    C_COLUMNS
};

struct reading {
    struct store *st;
    const struct result_import *o;
    struct result_imported *out;
    const struct qn_report *report;
};

static enum qn_code take(void *ctx, const struct sheet_row *raw, const char *const *cell,
                         struct qn_err *err)
{
    struct reading *r = ctx;
    char paths[RESULT_PHOTOS][FILE_PATH_MAX];
    struct result_record o = {.draw = cell[C_DRAW],
                              .object = cell[C_OBJECT],
                              .started = cell[C_STARTED],
                              .completed = cell[C_COMPLETED],
                              .codes = cell[C_CODES],
                              .problem = cell[C_PROBLEM],
                              .disposal = cell[C_DISPOSAL],
                              .place = cell[C_PLACE],
                              .task = cell[C_TASK],
                              .by = cell[C_BY]};
    int64_t id;
    bool issue = false;
    enum qn_code rc = sheet_check(raw, err);
    for (const char *p = cell[C_PHOTOS]; !rc && *p;) {
        static const char wide[] = "；"; /* a comma may stand in a file's name */
        const char *at = strstr(p, wide);
        size_t n = strcspn(p, ";"), mark = p[n] == ';';
        if (at && (size_t)(at - p) < n) {
            n = (size_t)(at - p);
            mark = sizeof(wide) - 1;
        }
        if (o.nphotos == RESULT_PHOTOS ||
            snprintf(paths[o.nphotos], FILE_PATH_MAX, "%s%s%.*s", *p == '/' ? "" : r->o->cwd,
                     *p == '/' ? "" : "/", (int)n, p) >= FILE_PATH_MAX)
            rc = qn_fail(err, QN_LIMIT, "result.photos", "max=%d", RESULT_PHOTOS);
        else
            o.photo[o.nphotos] = paths[o.nphotos];
        o.nphotos++;
        p += n + mark;
    }
    if (!rc)
        rc = record(r->st, &o, &id, &issue, err);
    if (rc == QN_IO || rc == QN_NOMEM ||
        rc == QN_LATER) /* not the row's fault: nothing is written */
        return rc;
    if (rc) {
        r->out->rejected++;
        qn_say(r->report, "result.rejected", "line=%u", raw->line);
        qn_say(r->report, err->id, "%s", err->args);
        return QN_OK;
    }
    r->out->recorded++;
    r->out->with_issue += issue;
    r->out->photos += o.nphotos;
    return QN_OK;
}

static const struct sheet_column result_columns[C_COLUMNS] = {
    [C_DRAW] = {"抽取编号", true, -1},    [C_OBJECT] = {"对象编号", true, -1},
    [C_STARTED] = {"开始时间", true, -1}, [C_COMPLETED] = {"完成时间", true, -1},
    [C_CODES] = {"结果代码", true, -1},   [C_PROBLEM] = {"问题描述", true, -1},
    [C_DISPOSAL] = {"处置", false, -1},   [C_PHOTOS] = {"照片", false, -1},
    [C_PLACE] = {"检查地点", false, -1},  [C_TASK] = {"任务", false, -1},
    [C_BY] = {"填报人", true, -1},
};
const struct sheet_form result_form = {"result import", "form.results", result_columns, C_COLUMNS};

enum qn_code result_import(struct store *st, const struct result_import *o,
                           struct result_imported *out, const struct qn_report *report,
                           struct qn_err *err)
{
    const struct keys *keys;
    struct sheet_column columns[C_COLUMNS];
    memcpy(columns, result_columns, sizeof(columns));
    struct sheet_file file = {.path = o->path,
                            .charset = o->charset,
                            .columns = columns,
                            .n = C_COLUMNS,
                            .report = report};
    struct reading r = {st, o, out, report};
    *out = (struct result_imported){0};
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = sheet_read(&file, take, &r, err);
    return rc ? rc : tx_commit(&tx, err);
}
