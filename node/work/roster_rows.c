#include "node/work/roster_rows.h"

#include <stdio.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/work/forms.h"
#include "protocol/wire.h"
#include "qian/uscc.h"

enum recusal_cell { R_CERT, R_ISSUER, R_OBJECT, R_REASON, R_ACTIVE, R_COLUMNS };

static const struct sheet_column object_columns[ROSTER_COLUMNS] = {
    [O_ID] = {"对象编号", false, -1},
    [O_KIND] = {"对象类别", true, -1},
    [O_NAME] = {"名称", true, -1},
    [O_USCC] = {"统一社会信用代码", true, -1},
    [O_REG] = {"注册号", false, -1},
    [O_PARTY] = {"责任主体", false, -1},
    [O_ADDRESS] = {"地址", false, -1},
    [O_OFFICE] = {"检查机关", true, -1},
    [O_STATION] = {"所属监管所", false, -1},
    [O_INDUSTRY] = {"行业", false, -1},
    [O_TAGS] = {"标签", false, -1},
    [O_STATUS] = {"登记状态", true, -1},
    [O_CLASS] = {"信用风险分类", false, -1},
    [O_CLASS_ON] = {"风险评定日期", false, -1},
    [O_COMPLAINTS] = {"投诉次数", false, -1},
    [O_INSPECTED] = {"本年已查次数", false, -1},
    [O_LAST] = {"上次检查日期", false, -1},
};
static const struct sheet_column inspector_columns[ROSTER_COLUMNS] = {
    [I_NAME] = {"姓名", true, -1},           [I_CERT] = {"执法证号", true, -1},
    [I_ISSUER] = {"发证机关", true, -1},     [I_VALID] = {"证件有效期至", false, -1},
    [I_QUALS] = {"专业标签", false, -1},     [I_STATUS] = {"状态", true, -1},
    [I_STATION] = {"所属监管所", false, -1}, [I_AVAILABLE] = {"可参加抽查", true, -1},
    [I_LOAD] = {"已承担次数", false, -1},
};
static const struct sheet_column recusal_columns[ROSTER_COLUMNS] = {
    [R_CERT] = {"执法证号", true, -1},    [R_ISSUER] = {"发证机关", true, -1},
    [R_OBJECT] = {"对象编号", true, -1},  [R_REASON] = {"原因", true, -1},
    [R_ACTIVE] = {"是否有效", false, -1},
};

const struct sheet_form roster_forms[ROSTER_FORMS] = {
    {"roster import --objects", "list.objects", object_columns, O_COLUMNS},
    {"roster import --inspectors", "list.inspectors", inspector_columns, I_COLUMNS},
    {"roster import --recusals", "list.recusals", recusal_columns, R_COLUMNS},
};

const char *roster_heading(const char *column)
{
    static const struct {
        const char *column, *heading;
    } names[] = {
        {"object_id", "对象编号"},
        {"name", "名称"},
        {"uscc", "统一社会信用代码"},
        {"reg_no", "注册号"},
        {"party", "责任主体"},
        {"address", "地址"},
        {"inspecting_office", "检查机关"},
        {"station", "所属监管所"},
        {"industry", "行业"},
        {"tags", "标签"},
        {"status", "状态"},
        {"risk_class", "信用风险分类"},
        {"risk_as_of", "风险评定日期"},
        {"complaints", "投诉次数"},
        {"inspected_this_year", "本年已查次数"},
        {"last_inspected_on", "上次检查日期"},
        {"cert_no", "执法证号"},
        {"cert_valid_to", "证件有效期至"},
        {"quals", "专业标签"},
        {"available", "可参加抽查"},
        {"load0", "已承担次数"},
        {"active", "是否有效"},
        {"reason", "原因"},
        {"acted_by", "填报人"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].column, column) == 0)
            return names[i].heading;
    return column;
}

/* ---- cells ---------------------------------------------------------------------------------------------------- */

static enum qn_code bad(struct qn_err *err, const char *id, const struct sheet_row *raw,
                        const char *value)
{
    return qn_fail(err, QN_MALFORMED, id, "line=%u|value=%.80s", raw->line, value);
}

/* What no cell of a roster holds: it would break lines of lists, slips and forms. */
static enum qn_code check_text(const struct sheet_row *raw, const struct sheet_column *columns,
                               const char *const *cell, size_t n, struct qn_err *err)
{
    enum qn_code rc = sheet_check(raw, err);
    for (size_t i = 0; !rc && i < n; i++)
        for (const char *p = cell[i]; !rc && *p; p++)
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                rc = qn_fail(err, QN_MALFORMED, "roster.control", "line=%u|column=%s|value=%.80s",
                             raw->line, columns[i].heading, cell[i]);
    return rc;
}

static enum qn_code number(const struct sheet_row *raw, const char *cell, const char *column,
                           int64_t *out, struct qn_err *err)
{
    struct rd r = {.in = qn_str(cell)};
    *out = 0;
    if (!*cell)
        return QN_OK;
    *out = (int64_t)rd_dec(&r, UINT16_MAX);
    if (!rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "roster.number", "line=%u|column=%s|value=%.40s",
                       raw->line, column, cell);
    return QN_OK;
}

static enum qn_code date(const struct sheet_row *raw, const char *cell, const char *column,
                         struct qn_err *err)
{
    if (*cell && !wire_is_date(qn_str(cell)))
        return qn_fail(err, QN_MALFORMED, "roster.date", "line=%u|column=%s|value=%.40s", raw->line,
                       column, cell);
    return QN_OK;
}

static enum qn_code tags(struct roster_cells *c, const struct sheet_row *raw, const char *list,
                         const char *names, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc =
        words_tags_list(c->tag_list, sizeof(c->tag_list), c->st, c->tags, list, names, &why);
    if (rc == QN_ABSENT || rc == QN_LIMIT)
        return qn_fail(err, QN_MALFORMED, "roster.tag-line", "line=%u|%.200s", raw->line, why.args);
    if (rc && err)
        *err = why;
    return rc;
}

static bool yes_or_no(const char *cell, bool *yes)
{
    *yes = strcmp(cell, "是") == 0;
    return *yes || strcmp(cell, "否") == 0;
}

static void start(struct roster_cells *c, struct qn_row *row)
{
    row_int(row, "roster", c->version);
    row_text(row, "acted_by", c->by);
    row_text(row, "recorded_on", c->now);
}

/* ---- objects -------------------------------------------------------------------------------------------------- */

static bool is_ours(struct store *st, const char *code)
{
    const char *self = store_self(st)->office;
    return strcmp(code, self) == 0 || (tree_knows(st, code) && tree_is_above(st, self, code));
}

/* SPEC tables-19: "the kind letter, `:`, and the code in its normal form, else the registration number" */
static enum qn_code object_id(struct roster_cells *c, const struct sheet_row *raw,
                              const char *const *cell, char kind, const struct qn_uscc *u,
                              struct qn_err *err)
{
    struct qn_err why;
    bool given = *cell[O_ID] != 0;
    int n = given ? snprintf(c->id, sizeof(c->id), "%s", cell[O_ID])
                  : snprintf(c->id, sizeof(c->id), "%c:%s", kind,
                             u->verdict == QN_USCC_IS_MISSING ? cell[O_REG] : u->code);
    if (n >= (int)sizeof(c->id) || c->id[0] != kind ||
        qn_object_id_check(qn_str(c->id), &why) != QN_OK)
        return bad(err, "roster.object-id", raw, c->id);
    /* SPEC tables-19: "An entity's id and its code must agree" */
    if (given && strchr("EICNS", kind) && strlen(c->id) == 2 + QN_USCC &&
        u->verdict == QN_USCC_VALID && strcmp(c->id + 2, u->code) != 0)
        return qn_fail(err, QN_MALFORMED, "roster.id-differs", "line=%u|value=%s|code=%s",
                       raw->line, c->id, u->code);
    return QN_OK;
}

static enum qn_code check_object(struct roster_cells *c, const struct sheet_row *raw,
                                 const char *const *cell, struct qn_uscc *u, struct qn_err *err)
{
    enum qn_code rc = check_text(raw, object_columns, cell, O_COLUMNS, err);
    if (rc)
        return rc;
    char kind = words_object_kind(cell[O_KIND]);
    if (!*cell[O_NAME])
        return bad(err, "roster.name", raw, cell[O_USCC]);
    if (!kind)
        return bad(err, "roster.kind", raw, cell[O_KIND]);
    if (!words_status(cell[O_STATUS]))
        return bad(err, "roster.status", raw, cell[O_STATUS]);
    if (*cell[O_CLASS] && (strlen(cell[O_CLASS]) != 1 || !strchr("ABCD", *cell[O_CLASS])))
        return bad(err, "roster.class", raw, cell[O_CLASS]);
    if (c->any_office ? !wire_is_code(qn_str(cell[O_OFFICE])) : !is_ours(c->st, cell[O_OFFICE]))
        return bad(err, "roster.office", raw, cell[O_OFFICE]);
    rc = date(raw, cell[O_CLASS_ON], object_columns[O_CLASS_ON].heading, err);
    if (!rc)
        rc = date(raw, cell[O_LAST], object_columns[O_LAST].heading, err);
    if (!rc)
        rc = tags(c, raw, "tag", cell[O_TAGS], err);
    qn_uscc_read(u, qn_str(cell[O_USCC]));
    return rc ? rc : object_id(c, raw, cell, kind, u, err);
}

/* The check warns and never refuses: issued codes exist that fail it (uscc.md). What does not fit the column
 * stays in the remark.                                                                                    */
static void judge_code(struct roster_cells *c, const struct sheet_row *raw, const struct qn_uscc *u,
                       struct qn_row *row)
{
    c->note[0] = 0;
    memcpy(c->uscc, u->code, sizeof(c->uscc));
    if (u->characters == QN_USCC)
        row_text(row, "uscc", c->uscc);
    switch (u->verdict) {
    case QN_USCC_VALID:
    case QN_USCC_IS_MISSING:
        return;
    case QN_USCC_BAD_LENGTH:
        snprintf(c->note, sizeof(c->note), "统一社会信用代码“%s”不是 18 位，待核对", u->code);
        break;
    case QN_USCC_BAD_ALPHABET:
        snprintf(c->note, sizeof(c->note), "统一社会信用代码含不使用的字符，待核对");
        break;
    case QN_USCC_BAD_CHECK:
        snprintf(c->note, sizeof(c->note), "统一社会信用代码校验不符，待核对");
        break;
    case QN_USCC_IS_LEGACY:
        snprintf(c->note, sizeof(c->note), "统一社会信用代码栏填的是注册号“%s”", u->code);
        break;
    }
    qn_say(c->report, "roster.uscc-warning", "line=%u|value=%s", raw->line, u->code);
    ++*c->warned;
    row_text(row, "reason", c->note);
}

static enum qn_code make_object(struct roster_cells *c, struct qn_row *row,
                                const struct sheet_row *raw, const char *const *cell,
                                struct qn_err *err)
{
    struct qn_uscc u;
    int64_t complaints, inspected;
    enum qn_code rc = check_object(c, raw, cell, &u, err);
    if (!rc)
        rc =
            number(raw, cell[O_COMPLAINTS], object_columns[O_COMPLAINTS].heading, &complaints, err);
    if (!rc)
        rc = number(raw, cell[O_INSPECTED], object_columns[O_INSPECTED].heading, &inspected, err);
    if (rc)
        return rc;
    start(c, row);
    row_text(row, "object_id", c->id);
    row_text(row, "name", cell[O_NAME]);
    row_text(row, "reg_no", cell[O_REG]);
    row_text(row, "party", cell[O_PARTY]);
    row_text(row, "address", cell[O_ADDRESS]);
    row_text(row, "inspecting_office", cell[O_OFFICE]);
    row_text(row, "station", cell[O_STATION]);
    row_text(row, "industry", cell[O_INDUSTRY]);
    row_text(row, "tags", c->tag_list);
    row_text(row, "status", words_status(cell[O_STATUS]));
    row_text(row, "risk_class", cell[O_CLASS]);
    row_text(row, "risk_as_of", cell[O_CLASS_ON]);
    row_int(row, "complaints", complaints);
    row_int(row, "inspected_this_year", inspected);
    row_text(row, "last_inspected_on", cell[O_LAST]);
    judge_code(c, raw, &u, row);
    if (u.verdict == QN_USCC_IS_LEGACY && !*cell[O_REG])
        row_text(row, "reg_no", c->uscc);
    c->key = c->id;
    return QN_OK;
}

static void find_object(struct query *q, const struct roster_cells *c)
{
    q_bind_text(q, store_self(c->st)->office);
    q_bind_text(q, c->id);
}

/* ---- inspectors ----------------------------------------------------------------------------------------------- */

/* As typed by whoever types it: small letters and full-width forms are those of the certificate. */
static void fold_number(char out[CERT_MAX + 2], const char *cert)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)cert; *p && n <= CERT_MAX; p++) {
        unsigned char c = *p;
        if (c == 0xef && (p[1] == 0xbc || (p[1] == 0xbd && p[2] <= 0x9e)) && p[2]) {
            c = (unsigned char)(p[2] - (p[1] == 0xbc ? 0x60 : 0x20)); /* U+FF01 to U+FF5E */
            p += 2;
        }
        out[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    out[n] = 0;
}

static enum qn_code inspector_id(struct roster_cells *c, const struct sheet_row *raw,
                                 const char *issuer, const char *cert, struct qn_err *err)
{
    if (!wire_is_code(qn_str(issuer)))
        return bad(err, "roster.issuer", raw, issuer);
    fold_number(c->cert, cert);
    if (strlen(c->cert) > CERT_MAX || strchr(c->cert, '/') || !qn_is_number(qn_str(c->cert)))
        return bad(err, "roster.cert", raw, cert);
    snprintf(c->insp, sizeof(c->insp), "%s/%s", issuer, c->cert);
    return QN_OK;
}

static enum qn_code make_inspector(struct roster_cells *c, struct qn_row *row,
                                   const struct sheet_row *raw, const char *const *cell,
                                   struct qn_err *err)
{
    int64_t load;
    bool available;
    enum qn_code rc = check_text(raw, inspector_columns, cell, I_COLUMNS, err);
    if (!rc && (!*cell[I_NAME] || strlen(cell[I_NAME]) > 64))
        rc = bad(err, "roster.inspector-name", raw, cell[I_NAME]);
    if (!rc)
        rc = inspector_id(c, raw, cell[I_ISSUER], cell[I_CERT], err);
    if (!rc && !words_inspector_status(cell[I_STATUS]))
        rc = bad(err, "roster.inspector-status", raw, cell[I_STATUS]);
    if (!rc && !yes_or_no(cell[I_AVAILABLE], &available))
        rc = bad(err, "roster.available", raw, cell[I_AVAILABLE]);
    if (!rc)
        rc = date(raw, cell[I_VALID], inspector_columns[I_VALID].heading, err);
    if (!rc)
        rc = number(raw, cell[I_LOAD], inspector_columns[I_LOAD].heading, &load, err);
    if (!rc)
        rc = tags(c, raw, "qualification", cell[I_QUALS], err);
    if (rc)
        return rc;
    start(c, row);
    row_text(row, "insp_id", c->insp);
    row_text(row, "name", cell[I_NAME]);
    row_text(row, "cert_no", c->cert);
    row_text(row, "cert_valid_to", cell[I_VALID]);
    row_text(row, "quals", c->tag_list);
    row_text(row, "status", words_inspector_status(cell[I_STATUS]));
    row_text(row, "station", cell[I_STATION]);
    row_int(row, "available", available);
    row_int(row, "load0", load);
    c->key = c->insp;
    return QN_OK;
}

static void find_inspector(struct query *q, const struct roster_cells *c)
{
    q_bind_text(q, store_self(c->st)->office);
    q_bind_text(q, c->insp);
}

/* ---- recusals ------------------------------------------------------------------------------------------------- */

static bool is_here(const struct roster_cells *c, enum sql id, const char *key)
{
    QN_AUTO(query) struct query q = query_start(c->st, id);
    q_bind_text(&q, store_self(c->st)->office);
    q_bind_text(&q, key);
    return q_step(&q);
}

/* A recusal that names nobody does nothing, and the clerk who mistyped it believes that it does. */
static void warn_of_nobody(struct roster_cells *c, const struct sheet_row *raw)
{
    bool inspector = is_here(c, SQL_WORK_INSPECTOR_NOW, c->insp),
         object = is_here(c, SQL_WORK_OBJECT_NOW, c->id);
    if (!inspector)
        qn_say(c->report, "roster.recusal-inspector", "line=%u|value=%s", raw->line, c->insp);
    if (!object)
        qn_say(c->report, "roster.recusal-object", "line=%u|value=%s", raw->line, c->id);
    *c->warned += !inspector || !object;
}

static enum qn_code make_recusal(struct roster_cells *c, struct qn_row *row,
                                 const struct sheet_row *raw, const char *const *cell,
                                 struct qn_err *err)
{
    struct qn_err why;
    bool active = true;
    enum qn_code rc = check_text(raw, recusal_columns, cell, R_COLUMNS, err);
    if (!rc)
        rc = inspector_id(c, raw, cell[R_ISSUER], cell[R_CERT], err);
    if (!rc && qn_object_id_check(qn_str(cell[R_OBJECT]), &why) != QN_OK)
        rc = bad(err, "roster.object-id", raw, cell[R_OBJECT]);
    if (!rc && (!*cell[R_REASON] || strlen(cell[R_REASON]) > 400))
        rc = bad(err, "roster.recusal-reason", raw, cell[R_REASON]);
    if (!rc && *cell[R_ACTIVE] && !yes_or_no(cell[R_ACTIVE], &active))
        rc = bad(err, "roster.active", raw, cell[R_ACTIVE]);
    if (rc)
        return rc;
    snprintf(c->id, sizeof(c->id), "%s", cell[R_OBJECT]);
    snprintf(c->pair, sizeof(c->pair), "%s %s", c->insp, c->id);
    start(c, row);
    row_text(row, "insp_id", c->insp);
    row_text(row, "object_id", c->id);
    row_int(row, "active", active);
    row_text(row, "reason", cell[R_REASON]);
    c->key = c->pair;
    warn_of_nobody(c, raw);
    return QN_OK;
}

static void find_recusal(struct query *q, const struct roster_cells *c)
{
    q_bind_text(q, store_self(c->st)->office);
    q_bind_text(q, c->insp);
    q_bind_text(q, c->id);
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */

_Static_assert(O_COLUMNS <= ROSTER_COLUMNS, "the widest list has this many columns");
const struct roster_list roster_objects = {.name = "objects",
                                           .table = "object",
                                           .columns = object_columns,
                                           .n = O_COLUMNS,
                                           .make = make_object,
                                           .find = find_object,
                                           .now = SQL_WORK_OBJECT_NOW};
const struct roster_list roster_inspectors = {.name = "inspectors",
                                              .table = "inspector",
                                              .columns = inspector_columns,
                                              .n = I_COLUMNS,
                                              .make = make_inspector,
                                              .find = find_inspector,
                                              .now = SQL_WORK_INSPECTOR_NOW};
const struct roster_list roster_recusals = {.name = "recusals",
                                            .table = "recusal",
                                            .columns = recusal_columns,
                                            .n = R_COLUMNS,
                                            .make = make_recusal,
                                            .find = find_recusal,
                                            .now = SQL_WORK_RECUSAL_NOW,
                                            .reason_counts = true};
