#include "node/work/register_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/register.h"
#include "node/work/keyset.h"
#include "node/work/rejects.h"
#include "node/work/roster_rows.h"
#include "protocol/wire.h"
#include "qian/merkle.h"
#include "qian/register.h"

enum { RO_ID, RO_KIND, RO_USCC, RO_REG, RO_OFFICE, RO_STATUS, RO_CLASS, RO_COLUMNS };
enum { RI_CERT, RI_ISSUER, RI_OFFICE, RI_VALID, RI_QUALS, RI_COLUMNS };

/* The headings of the rosters, so that one export serves both; what a register is not compared by is left out. */
static const struct sheet_column object_columns[RO_COLUMNS] = {
    [RO_ID] = {"对象编号", false, -1},          [RO_KIND] = {"对象类别", true, -1},
    [RO_USCC] = {"统一社会信用代码", true, -1}, [RO_REG] = {"注册号", false, -1},
    [RO_OFFICE] = {"检查机关", true, -1},       [RO_STATUS] = {"登记状态", true, -1},
    [RO_CLASS] = {"信用风险分类", false, -1},
};
static const struct sheet_column inspector_columns[RI_COLUMNS] = {
    [RI_CERT] = {"执法证号", true, -1},   [RI_ISSUER] = {"发证机关", true, -1},
    [RI_OFFICE] = {"所在机关", true, -1}, [RI_VALID] = {"证件有效期至", false, -1},
    [RI_QUALS] = {"专业标签", false, -1},
};
const struct sheet_form register_forms[REGISTER_FORMS] = {
    {"register import --objects", "list.register-objects", object_columns, RO_COLUMNS},
    {"register import --inspectors", "list.register-inspectors", inspector_columns, RI_COLUMNS},
};

struct import {
    struct roster_cells cells;
    struct act form; /* only for the rows that the roster's own readers fill in */
    struct keyset seen;
    struct rejects rejects;
    struct register_counts *counts;
    int64_t list, kinds;
    uint64_t warned;
    char now[20];
};

static void import_auto(struct import *im)
{
    keyset_release(&im->seen);
    rejects_auto(&im->rejects);
}

/* A statement without rows. */
static enum qn_code run(struct query *q, struct qn_err *err)
{
    (void)q_step(q);
    return query_end(q, err);
}

/* ---- one row ------------------------------------------------------------------------------------------------------- */

static struct qn_span column(const struct qn_row *row, const char *name)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (strcmp(row->table->col[c].name, name) == 0 && row->col[c].type == QN_TEXT)
            return row->col[c].s;
    return (struct qn_span){NULL, 0};
}

static enum qn_code object_row(struct import *im, const struct sheet_row *raw,
                               const char *const *cell, struct qn_err *err)
{
    const char *in[ROSTER_COLUMNS];
    struct qn_row row;
    for (size_t i = 0; i < ROSTER_COLUMNS; i++)
        in[i] = "";
    in[O_ID] = cell[RO_ID];
    in[O_KIND] = cell[RO_KIND];
    in[O_NAME] = "-"; /* a register is not compared by names */
    in[O_USCC] = cell[RO_USCC];
    in[O_REG] = cell[RO_REG];
    in[O_OFFICE] = cell[RO_OFFICE];
    in[O_STATUS] = cell[RO_STATUS];
    in[O_CLASS] = cell[RO_CLASS];
    row_start(&row, &im->form, "object", qn_row_id(1, 0, 0), 1);
    enum qn_code rc = roster_objects.make(&im->cells, &row, raw, in, err);
    bool fresh = true;
    uint8_t status = 0;
    if (!rc)
        rc = keyset_meet(&im->seen, im->cells.key, &fresh, err);
    if (!rc && !fresh)
        rc = qn_fail(err, QN_CONFLICT, "roster.duplicate", "line=%u|value=%.200s", raw->line,
                     im->cells.key);
    if (!rc && !qn_object_status_parse(&status, column(&row, "status")))
        rc = qn_fail(err, QN_MALFORMED, "roster.status", "line=%u|value=%.80s", raw->line,
                     cell[RO_STATUS]);
    if (rc)
        return rc;
    const char *letter = strchr(QN_KIND_LETTERS, im->cells.key[0]);
    im->kinds |= INT64_C(1) << (letter - QN_KIND_LETTERS);
    QN_AUTO(query) struct query q = query_start(im->cells.st, SQL_REGISTER_OBJECT_PUT);
    q_bind_int(&q, im->list);
    q_bind_text(&q, cell[RO_OFFICE]);
    q_bind_text(&q, im->cells.key);
    q_bind_int(&q, status);
    q_bind_int(&q, cell[RO_CLASS][0] ? cell[RO_CLASS][0] - 'A' + 1 : 0);
    return run(&q, err);
}

static enum qn_code inspector_row(struct import *im, const struct sheet_row *raw,
                                  const char *const *cell, struct qn_err *err)
{
    const char *in[ROSTER_COLUMNS];
    struct qn_row row;
    for (size_t i = 0; i < ROSTER_COLUMNS; i++)
        in[i] = "";
    in[I_NAME] = "-";
    in[I_CERT] = cell[RI_CERT];
    in[I_ISSUER] = cell[RI_ISSUER];
    in[I_VALID] = cell[RI_VALID];
    in[I_QUALS] = cell[RI_QUALS];
    in[I_STATUS] = "在岗";
    in[I_AVAILABLE] = "是";
    row_start(&row, &im->form, "inspector", qn_row_id(1, 0, 0), 1);
    enum qn_code rc = roster_inspectors.make(&im->cells, &row, raw, in, err);
    bool fresh = true;
    if (!rc && !wire_is_code(qn_str(cell[RI_OFFICE])))
        rc = qn_fail(err, QN_MALFORMED, "register.office", "line=%u|value=%.80s", raw->line,
                     cell[RI_OFFICE]);
    if (!rc)
        rc = keyset_meet(&im->seen, im->cells.key, &fresh, err);
    if (!rc && !fresh)
        rc = qn_fail(err, QN_CONFLICT, "roster.duplicate", "line=%u|value=%.200s", raw->line,
                     im->cells.key);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(im->cells.st, SQL_REGISTER_INSPECTOR_PUT);
    q_bind_int(&q, im->list);
    q_bind_text(&q, cell[RI_OFFICE]);
    q_bind_text(&q, im->cells.key);
    q_bind_text(&q, cell[RI_VALID]);
    q_bind_text(&q, im->cells.tag_list);
    return run(&q, err);
}

/* ---- one list ------------------------------------------------------------------------------------------------------ */

typedef enum qn_code read_row(struct import *im, const struct sheet_row *raw,
                              const char *const *cell, struct qn_err *err);
struct list {
    const char *name; /* in register_list */
    const char *kept; /* by which a sender's headings are kept */
    const struct sheet_column *columns;
    size_t n;
    read_row *row;
    enum sql all, drop;
    void (*line)(struct qn_buf *out, struct query *q); /* of a row of `all` */
};

static void object_line(struct qn_buf *out, struct query *q)
{
    qn_register_object_line(out, &(struct qn_register_object){.office = q_span(q, 0),
                                                              .id = q_span(q, 1),
                                                              .status = (uint8_t)q_int(q, 2),
                                                              .cls = (uint8_t)q_int(q, 3)});
}

static void inspector_line(struct qn_buf *out, struct query *q)
{
    qn_register_inspector_line(out, &(struct qn_register_inspector){.office = q_span(q, 0),
                                                                    .id = q_span(q, 1),
                                                                    .valid_to = q_span(q, 2),
                                                                    .quals = q_span(q, 3)});
}

static const struct list objects = {.name = "objects",
                                    .kept = "register-objects",
                                    .columns = object_columns,
                                    .n = RO_COLUMNS,
                                    .row = object_row,
                                    .all = SQL_REGISTER_OBJECTS,
                                    .drop = SQL_REGISTER_OBJECTS_DROP,
                                    .line = object_line};
static const struct list inspectors = {.name = "inspectors",
                                       .kept = "register-inspectors",
                                       .columns = inspector_columns,
                                       .n = RI_COLUMNS,
                                       .row = inspector_row,
                                       .all = SQL_REGISTER_INSPECTORS,
                                       .drop = SQL_REGISTER_INSPECTORS_DROP,
                                       .line = inspector_line};

#define TELL_EVERY 100000 /* lines between two lines of progress */

struct reading {
    struct import *im;
    const struct list *list;
};

static enum qn_code on_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                           struct qn_err *err)
{
    struct reading *r = ctx;
    struct qn_err why;
    enum qn_code rc = sheet_check(raw, &why);
    if (!rc)
        rc = r->list->row(r->im, raw, cell, &why);
    if (rc == QN_MALFORMED || rc == QN_CONFLICT) {
        r->im->counts->rejected++;
        qn_say(r->im->cells.report, why.id, "%s", why.args);
        rejects_add(&r->im->rejects, raw, &why);
        return QN_OK;
    }
    if (rc && err)
        *err = why;
    if (!rc && ++r->im->counts->lines % TELL_EVERY == 0)
        qn_say(r->im->cells.report, "register.progress", "lines=%llu",
               (unsigned long long)r->im->counts->lines);
    return rc;
}

/* SPEC register-5: "Its root is that of RFC 6962 over the lines as leaves" */
static enum qn_code root_of(struct import *im, const struct list *l, uint8_t root[QN_HASH],
                            struct qn_err *err)
{
    struct qn_frontier leaves = {.size = 0};
    QN_AUTO(qn_buf) struct qn_buf line = {0};
    qn_buf_init(&line, 2048);
    QN_AUTO(query) struct query q = query_start(im->cells.st, l->all);
    q_bind_int(&q, im->list);
    while (q_step(&q)) {
        uint8_t leaf[QN_HASH];
        line.n = 0;
        l->line(&line, &q);
        qn_leaf_hash(leaf, qn_buf_span(&line));
        qn_frontier_append(&leaves, leaf, NULL, NULL);
    }
    qn_frontier_root(&leaves, root);
    enum qn_code rc = qn_buf_check(&line, err);
    return rc ? rc : query_end(&q, err);
}

/* The same lines are held once, whatever the days of the snapshots that name them. */
static enum qn_code keep_list(struct import *im, const struct list *l, const uint8_t root[QN_HASH],
                              struct qn_err *err)
{
    {
        QN_AUTO(query) struct query q = query_start(im->cells.st, SQL_REGISTER_LIST_GET);
        q_bind_text(&q, l->name);
        q_bind_blob(&q, root, QN_HASH);
        im->counts->held = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    QN_AUTO(query)
    struct query q = query_start(im->cells.st, im->counts->held ? l->drop : SQL_REGISTER_LIST_PUT);
    q_bind_int(&q, im->list);
    if (!im->counts->held) {
        q_bind_text(&q, l->name);
        q_bind_blob(&q, root, QN_HASH);
        q_bind_int(&q, (int64_t)im->counts->lines);
        q_bind_int(&q, im->kinds);
    }
    return run(&q, err);
}

static void name_rejects(char name[40], const struct list *l, unsigned i)
{
    snprintf(name, 40, i ? "%s-%u" : "%s", l->name, i + 1);
}

/* Of an import that was given up. */
static void forget_rejects(struct store *st, const struct register_import *o, const struct list *l, unsigned n)
{
    char name[40];
    for (unsigned i = 0; i < n; i++) {
        name_rejects(name, l, i);
        rejects_forget(st, o->rejects, name);
    }
}

static enum qn_code read_list(struct import *im, const struct register_import *o,
                              const struct list *l, const char *const *path, unsigned n,
                              struct register_list *now, struct register_counts *counts,
                              struct qn_err *err)
{
    struct reading r = {im, l};
    if (!n)
        return QN_OK;
    im->counts = counts;
    im->kinds = 0;
    keyset_release(&im->seen);
    enum qn_code rc;
    {
        QN_AUTO(query) struct query q = query_start(im->cells.st, SQL_REGISTER_LIST_NEXT);
        im->list = q_step(&q) ? q_int(&q, 0) : 1;
        rc = query_end(&q, err);
    }
    for (unsigned i = 0; !rc && i < n; i++) {
        struct sheet_column columns[RO_COLUMNS];
        memcpy(columns, l->columns, l->n * sizeof(columns[0]));
        struct sheet_file file = {.path = path[i],
                                  .columns = columns,
                                  .n = l->n,
                                  .report = im->cells.report};
        /* rejects.csv -> rejects-objects.csv, and -objects-2 of the second file: each has its own headings. */
        char name[40];
        name_rejects(name, l, i);
        rejects_init(&im->rejects, o->lang, o->rejects, name);
        rc = list_read(im->cells.st, &o->use, l->kept, &file, on_row, &r, err);
        if (!rc)
            rc = rejects_write(&im->rejects, im->cells.st, im->cells.report, err);
    }
    if (!rc && !counts->lines)
        rc = qn_fail(err, QN_MALFORMED, "register.empty", "path=%s", path[0]);
    if (!rc)
        rc = root_of(im, l, now->root, err);
    if (!rc)
        rc = keep_list(im, l, now->root, err);
    now->told = true;
    now->lines = (int64_t)counts->lines;
    memcpy(now->on, o->taken_on, sizeof(now->on));
    return rc;
}

/* ---- the snapshot --------------------------------------------------------------------------------------------------- */

static void put_list(struct qn_row *row, const struct register_list *l, const char *const names[3])
{
    if (!l->told)
        return;
    row_int(row, names[0], l->lines);
    row_blob(row, names[1], l->root, QN_HASH);
    row_text(row, names[2], l->on);
}

static bool is_same(const struct register_list *a, const struct register_list *b)
{
    return a->told == b->told &&
           (!a->told || (memcmp(a->root, b->root, QN_HASH) == 0 && strcmp(a->on, b->on) == 0));
}

static enum qn_code sign(int64_t *id, struct import *im, const struct register_snapshot *now,
                         struct qn_err *err)
{
    static const char *const object_names[] = {"objects", "object_root", "objects_on"};
    static const char *const inspector_names[] = {"inspectors", "inspector_root", "inspectors_on"};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    enum qn_code rc = act_begin(&a, im->cells.st, duty_of(DUTY_REGISTER_IMPORT), im->cells.by,
                                QN_KIND_REGISTER, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    *id = act_id(&a);
    row_start(&row, &a, "register_snapshot", *id, 1);
    put_list(&row, &now->objects, object_names);
    put_list(&row, &now->inspectors, inspector_names);
    row_text(&row, "acted_by", im->cells.by);
    row_text(&row, "recorded_on", im->now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code check_words(struct store *st, const struct register_import *o,
                                struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    if (!o->nobjects && !o->ninspectors)
        return qn_fail(err, QN_MALFORMED, "register.nothing", "");
    if (!o->by || !*o->by || strlen(o->by) > 64)
        return qn_fail(err, QN_MALFORMED, "roster.by", "max=%d", 64);
    if (!wire_is_date(qn_str(o->taken_on)) || strcmp(o->taken_on, today) > 0)
        return qn_fail(err, QN_MALFORMED, "register.day", "date=%.20s", o->taken_on);
    if (store_self(st)->level > QN_CITY)
        return qn_fail(err, QN_DENIED, "register.level", "office=%s", store_self(st)->office);
    return duty_may(st, duty_of(DUTY_REGISTER_IMPORT), o->by, err);
}

enum qn_code register_import(struct store *st, const struct register_import *o,
                             struct register_imported *out, const struct qn_report *report,
                             struct qn_err *err)
{
    const struct keys *keys;
    struct register_imported made = {.id = 0};
    struct register_snapshot before, now;
    QN_AUTO(import)
    struct import im = {.cells = {.st = st, .by = o->by, .any_office = true, .report = report},
                        .form = {.st = st}};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = check_words(st, o, err);
    if (!rc)
        rc = register_newest(&before, st, store_self(st)->office, err);
    if (rc)
        return rc;
    now = before;
    im.cells.now = im.now;
    im.cells.warned = &im.warned;
    clock_local(st, im.now);
    QN_AUTO(tx) struct tx tx = {0};
    const struct sheet_column *const columns[] = {o->nobjects ? objects.columns : NULL,
                                                  o->ninspectors ? inspectors.columns : NULL};
    const size_t n[] = {objects.n, inspectors.n};
    rc = mapping_check(&o->use.from, columns, n, 2, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = read_list(&im, o, &objects, o->objects, o->nobjects, &now.objects, &made.objects, err);
    if (!rc)
        rc = read_list(&im, o, &inspectors, o->inspectors, o->ninspectors, &now.inspectors,
                       &made.inspectors, err);
    if (!rc &&
        (!is_same(&before.objects, &now.objects) || !is_same(&before.inspectors, &now.inspectors)))
        rc = sign(&made.id, &im, &now, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc) {
        *out = made;
        return QN_OK;
    }
    forget_rejects(st, o, &objects, o->nobjects);
    forget_rejects(st, o, &inspectors, o->ninspectors);
    return rc;
}
