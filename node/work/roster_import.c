#include "node/work/roster_import.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/log.h"
#include "node/store/tree.h"
#include "node/work/csv.h"
#include "node/work/words.h"
#include "protocol/wire.h"
#include "qian/merkle.h"
#include "qian/roster.h"
#include "qian/uscc.h"

#define ROWS_AN_ENTRY 1000 /* about 500 kB of changeset: half of QN_PART_MAX */
#define BYTES_AN_ENTRY \
    700000 /* rows with long texts fill a part sooner; the longest row is below 5 kB */
#define REJECTS_MAX (64u << 20)

/* The keys met in this file: the second of a kind is rejected, whether or not the first changed anything. */
#define KEY_BYTES 16
struct seen {
    uint8_t (*key)[KEY_BYTES]; /* open addressing, at most half full; all zero: free */
    size_t n, cap;
};

struct import {
    struct store *st;
    const struct roster_import *o;
    const struct qn_report *report;
    struct roster_imported *out;
    struct roster_counts *counts; /* of the list being read */
    struct words_tags *tags;      /* NULL: the code tables held */
    int64_t version;
    char now[20];
    struct act act;
    bool in_act;
    unsigned rows;
    size_t bytes; /* of the entry so far */
    uint64_t total_rows;
    struct qn_frontier leaves; /* of this version's entries: the root that closes it */
    struct qn_buf rejects;
    struct seen seen;
    /* The row being read: what a column refers to lives here until it is written. */
    char id[QN_OBJECT_ID_MAX + 1], insp[96], tag_list[512], uscc[80], note[400];
};

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static size_t place_of(const struct seen *s, const uint8_t key[KEY_BYTES])
{
    static const uint8_t none[KEY_BYTES];
    size_t at;
    memcpy(&at, key, sizeof(at)); /* a hash: any of its bytes will do */
    for (at &= s->cap - 1;
         memcmp(s->key[at], none, KEY_BYTES) != 0 && memcmp(s->key[at], key, KEY_BYTES) != 0;)
        at = (at + 1) & (s->cap - 1);
    return at;
}

static bool grow(struct seen *s)
{
    struct seen bigger = {.n = s->n, .cap = s->cap ? s->cap * 2 : 4096};
    static const uint8_t none[KEY_BYTES];
    bigger.key = calloc(bigger.cap, KEY_BYTES);
    if (!bigger.key)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (memcmp(s->key[i], none, KEY_BYTES) != 0)
            memcpy(bigger.key[place_of(&bigger, s->key[i])], s->key[i], KEY_BYTES);
    free(s->key);
    *s = bigger;
    return true;
}

static enum qn_code meet(struct seen *s, unsigned line, const char *key, struct qn_err *err)
{
    uint8_t hash[KEY_BYTES];
    if (2 * s->n >= s->cap && !grow(s))
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    crypto_generichash(hash, sizeof(hash), (const uint8_t *)key, strlen(key), NULL, 0);
    size_t at = place_of(s, hash);
    if (memcmp(s->key[at], hash, KEY_BYTES) == 0)
        return qn_fail(err, QN_CONFLICT, "roster.duplicate", "line=%u|value=%s", line, key);
    memcpy(s->key[at], hash, KEY_BYTES);
    s->n++;
    return QN_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static enum qn_code end_entry(struct import *im, struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    if (!im->in_act)
        return QN_OK;
    im->in_act = false;
    enum qn_code rc = act_commit(&im->act, NULL, leaf, err);
    act_end(&im->act);
    if (rc)
        return rc;
    qn_frontier_append(&im->leaves, leaf, NULL, NULL);
    im->out->entries++;
    im->rows = 0;
    im->bytes = 0;
    return QN_OK;
}

static enum qn_code begin_entry(struct import *im, struct qn_err *err)
{
    if (im->in_act)
        return QN_OK;
    enum qn_code rc = act_begin(&im->act, im->st, QN_KIND_ROSTER, QN_LANE_BULK, err);
    if (rc)
        return rc;
    im->in_act = true;
    return act_part(&im->act, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
}

static bool same_value(struct query *q, int col, const struct qn_value *v)
{
    switch (v->type) {
    case QN_NULL:
        return q_null(q, col);
    case QN_INTEGER:
        return !q_null(q, col) && q_int(q, col) == v->i;
    case QN_TEXT:
    case QN_BLOB:
        return !q_null(q, col) && qn_span_eq(q_span(q, col), v->s);
    case QN_REAL:
        break; /* rosters hold none */
    }
    return false;
}

static bool about_the_act(const char *col) /* who, when and why: not what the row says */
{
    return strcmp(col, "acted_by") == 0 || strcmp(col, "recorded_on") == 0 ||
           strcmp(col, "reason") == 0;
}

/* Writes the row as new, as the next revision, or not at all when nothing in it changed. */
static enum qn_code write_row(struct import *im, struct qn_row *row, struct query *now,
                              unsigned line, const char *key, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return qn_fail(err, QN_MALFORMED, "roster.too-long", "line=%u|column=%s|max=%u", line,
                           row->table->col[c].name, row->table->col[c].max);
    enum qn_code rc = meet(&im->seen, line, key, err);
    if (rc)
        return rc;
    bool there = q_step(now), same = there;
    int64_t id = 0, rev = 1;
    if (there) {
        id = q_int(now, 1);
        rev = q_int(now, 2) + 1;
    }
    for (unsigned c = 4; same && c < row->table->ncols; c++)
        same = about_the_act(row->table->col[c].name) || same_value(now, (int)c, &row->col[c]);
    rc = query_end(now, err);
    if (rc)
        return rc;
    if (same) {
        im->counts->same++;
        return QN_OK;
    }
    ++*(there ? &im->counts->updated : &im->counts->added);
    row->col[1].i = there ? id : act_id(&im->act);
    row->col[2].i = rev;
    if (there && row->col[row->table->ncols - 1].type == QN_NULL)
        row_text(row, "reason", "名录导入更新");
    rc = act_put(&im->act, row, err);
    im->total_rows++;
    for (unsigned c = 0; c < row->table->ncols; c++) /* type, length or eight bytes, text */
        im->bytes += 10 + (row->col[c].type == QN_TEXT ? row->col[c].s.n : 0);
    if (!rc && (++im->rows == ROWS_AN_ENTRY || im->bytes > BYTES_AN_ENTRY))
        rc = end_entry(im, err);
    return rc;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static enum qn_code bad(struct qn_err *err, const char *id, const struct csv_row *raw,
                        const char *value)
{
    return qn_fail(err, QN_MALFORMED, id, "line=%u|value=%.80s", raw->line, value);
}

static enum qn_code number(const struct csv_row *raw, const char *cell, const char *column,
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

static enum qn_code date(const struct csv_row *raw, const char *cell, const char *column,
                         struct qn_err *err)
{
    if (*cell && !wire_is_date(qn_str(cell)))
        return qn_fail(err, QN_MALFORMED, "roster.date", "line=%u|column=%s|value=%.40s", raw->line,
                       column, cell);
    return QN_OK;
}

static bool is_ours(struct store *st, const char *code)
{
    const char *self = store_self(st)->office;
    return strcmp(code, self) == 0 || (tree_knows(st, code) && tree_is_above(st, self, code));
}

enum {
    O_ID,
    O_KIND,
    O_NAME,
    O_USCC,
    O_REG,
    O_PARTY,
    O_ADDRESS,
    O_OFFICE,
    O_STATION,
    O_INDUSTRY,
    O_TAGS,
    O_STATUS,
    O_CLASS,
    O_CLASS_ON,
    O_COMPLAINTS,
    O_INSPECTED,
    O_LAST,
    O_COLUMNS
};
static const struct csv_column object_columns[O_COLUMNS] = {
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

/* The id of an object without one of its own: its kind and its code or registration number. */
static enum qn_code object_id(struct import *im, const struct csv_row *raw, const char *const *cell,
                              char kind, const struct qn_uscc *u, struct qn_err *err)
{
    struct qn_err why;
    if (*cell[O_ID])
        snprintf(im->id, sizeof(im->id), "%.254s", cell[O_ID]);
    else if (u->verdict != QN_USCC_IS_MISSING)
        snprintf(im->id, sizeof(im->id), "%c:%s", kind, u->code);
    else
        snprintf(im->id, sizeof(im->id), "%c:%.200s", kind, cell[O_REG]);
    if (im->id[0] != kind || qn_object_id_check(qn_str(im->id), &why) != QN_OK)
        return bad(err, "roster.object-id", raw, im->id);
    return QN_OK;
}

static enum qn_code check_object(struct import *im, const struct csv_row *raw,
                                 const char *const *cell, char *kind, struct qn_uscc *u,
                                 struct qn_err *err)
{
    enum qn_code rc = csv_check(raw, err);
    if (rc)
        return rc;
    if (!*cell[O_NAME])
        return bad(err, "roster.name", raw, cell[O_USCC]);
    *kind = words_object_kind(cell[O_KIND]);
    if (!*kind)
        return bad(err, "roster.kind", raw, cell[O_KIND]);
    if (!words_status(cell[O_STATUS]))
        return bad(err, "roster.status", raw, cell[O_STATUS]);
    if (*cell[O_CLASS] && (strlen(cell[O_CLASS]) != 1 || !strchr("ABCD", *cell[O_CLASS])))
        return bad(err, "roster.class", raw, cell[O_CLASS]);
    if (!is_ours(im->st, cell[O_OFFICE]))
        return bad(err, "roster.office", raw, cell[O_OFFICE]);
    rc = date(raw, cell[O_CLASS_ON], "风险评定日期", err);
    if (!rc)
        rc = date(raw, cell[O_LAST], "上次检查日期", err);
    if (rc)
        return rc;
    qn_uscc_read(u, qn_str(cell[O_USCC]));
    rc = words_tags_list(im->tag_list, sizeof(im->tag_list), im->st, im->tags, "tag", cell[O_TAGS],
                         err);
    if (rc) {
        char args[sizeof(err->args)];
        snprintf(args, sizeof(args), "%s", err->args);
        return qn_fail(err, QN_MALFORMED, "roster.tag-line", "line=%u|%.200s", raw->line, args);
    }
    return object_id(im, raw, cell, *kind, u, err);
}

static enum qn_code take_object(struct import *im, const struct csv_row *raw,
                                const char *const *cell, struct qn_err *err)
{
    struct qn_row row;
    struct qn_uscc u;
    char kind;
    int64_t complaints, inspected;
    enum qn_code rc = check_object(im, raw, cell, &kind, &u, err);
    if (!rc)
        rc = number(raw, cell[O_COMPLAINTS], "投诉次数", &complaints, err);
    if (!rc)
        rc = number(raw, cell[O_INSPECTED], "本年已查次数", &inspected, err);
    if (!rc)
        rc = begin_entry(im, err);
    if (rc)
        return rc;
    im->note[0] = 0;
    struct qn_err warning;
    /* The check character warns and never refuses: issued codes exist that fail it (data README, uscc). */
    if (u.verdict != QN_USCC_VALID && u.verdict != QN_USCC_IS_MISSING &&
        qn_uscc_judge(&u, &warning) != QN_OK) {
        qn_say(im->report, "roster.uscc-warning", "line=%u|value=%s", raw->line, u.code);
        snprintf(im->note, sizeof(im->note), "统一社会信用代码校验不符，待核对");
        im->counts->warned++;
    }
    row_start(&row, &im->act, "object", 0, 1);
    row_int(&row, "roster", im->version);
    row_text(&row, "object_id", im->id);
    row_text(&row, "name", cell[O_NAME]);
    memcpy(im->uscc, u.code, sizeof(im->uscc));
    row_text(&row, "uscc", u.characters == QN_USCC ? im->uscc : NULL);
    row_text(&row, "reg_no", cell[O_REG]);
    row_text(&row, "party", cell[O_PARTY]);
    row_text(&row, "address", cell[O_ADDRESS]);
    row_text(&row, "inspecting_office", cell[O_OFFICE]);
    row_text(&row, "station", cell[O_STATION]);
    row_text(&row, "industry", cell[O_INDUSTRY]);
    row_text(&row, "tags", im->tag_list);
    row_text(&row, "status", words_status(cell[O_STATUS]));
    row_text(&row, "risk_class", cell[O_CLASS]);
    row_text(&row, "risk_as_of", cell[O_CLASS_ON]);
    row_int(&row, "complaints", complaints);
    row_int(&row, "inspected_this_year", inspected);
    row_text(&row, "last_inspected_on", cell[O_LAST]);
    row_text(&row, "acted_by", im->o->by);
    row_text(&row, "recorded_on", im->now);
    row_text(&row, "reason", im->note);
    QN_AUTO(query) struct query now = query_start(im->st, SQL_WORK_OBJECT_NOW);
    q_bind_text(&now, store_self(im->st)->office);
    q_bind_text(&now, im->id);
    return write_row(im, &row, &now, raw->line, im->id, err);
}

enum {
    I_NAME,
    I_CERT,
    I_ISSUER,
    I_VALID,
    I_QUALS,
    I_STATUS,
    I_STATION,
    I_AVAILABLE,
    I_LOAD,
    I_COLUMNS
};
static const struct csv_column inspector_columns[I_COLUMNS] = {
    [I_NAME] = {"姓名", true, -1},           [I_CERT] = {"执法证号", true, -1},
    [I_ISSUER] = {"发证机关", true, -1},     [I_VALID] = {"证件有效期至", false, -1},
    [I_QUALS] = {"专业标签", false, -1},     [I_STATUS] = {"状态", true, -1},
    [I_STATION] = {"所属监管所", false, -1}, [I_AVAILABLE] = {"可参加抽查", true, -1},
    [I_LOAD] = {"已承担次数", false, -1},
};

static enum qn_code inspector_id(struct import *im, const struct csv_row *raw, const char *issuer,
                                 const char *cert, struct qn_err *err)
{
    if (!wire_is_code(qn_str(issuer)))
        return bad(err, "roster.issuer", raw, issuer);
    if (!*cert || strlen(cert) > 48 || strchr(cert, ' ') || strchr(cert, '/'))
        return bad(err, "roster.cert", raw, cert);
    snprintf(im->insp, sizeof(im->insp), "%s/%s", issuer, cert);
    return QN_OK;
}

static enum qn_code take_inspector(struct import *im, const struct csv_row *raw,
                                   const char *const *cell, struct qn_err *err)
{
    struct qn_row row;
    int64_t load;
    enum qn_code rc = csv_check(raw, err);
    if (!rc && (!*cell[I_NAME] || strlen(cell[I_NAME]) > 64))
        rc = bad(err, "roster.inspector-name", raw, cell[I_NAME]);
    if (!rc)
        rc = inspector_id(im, raw, cell[I_ISSUER], cell[I_CERT], err);
    if (!rc && !words_inspector_status(cell[I_STATUS]))
        rc = bad(err, "roster.inspector-status", raw, cell[I_STATUS]);
    if (!rc && strcmp(cell[I_AVAILABLE], "是") != 0 && strcmp(cell[I_AVAILABLE], "否") != 0)
        rc = bad(err, "roster.available", raw, cell[I_AVAILABLE]);
    if (!rc)
        rc = date(raw, cell[I_VALID], "证件有效期至", err);
    if (!rc)
        rc = number(raw, cell[I_LOAD], "已承担次数", &load, err);
    if (!rc && words_tags_list(im->tag_list, sizeof(im->tag_list), im->st, im->tags,
                               "qualification", cell[I_QUALS], err) != QN_OK)
        rc = bad(err, "roster.tag-line", raw, cell[I_QUALS]);
    if (!rc)
        rc = begin_entry(im, err);
    if (rc)
        return rc;
    row_start(&row, &im->act, "inspector", 0, 1);
    row_int(&row, "roster", im->version);
    row_text(&row, "insp_id", im->insp);
    row_text(&row, "name", cell[I_NAME]);
    row_text(&row, "cert_no", cell[I_CERT]);
    row_text(&row, "cert_valid_to", cell[I_VALID]);
    row_text(&row, "quals", im->tag_list);
    row_text(&row, "status", words_inspector_status(cell[I_STATUS]));
    row_text(&row, "station", cell[I_STATION]);
    row_int(&row, "available", strcmp(cell[I_AVAILABLE], "是") == 0);
    row_int(&row, "load0", load);
    row_text(&row, "acted_by", im->o->by);
    row_text(&row, "recorded_on", im->now);
    QN_AUTO(query) struct query now = query_start(im->st, SQL_WORK_INSPECTOR_NOW);
    q_bind_text(&now, store_self(im->st)->office);
    q_bind_text(&now, im->insp);
    return write_row(im, &row, &now, raw->line, im->insp, err);
}

enum { R_CERT, R_ISSUER, R_OBJECT, R_REASON, R_COLUMNS };
static const struct csv_column recusal_columns[R_COLUMNS] = {
    [R_CERT] = {"执法证号", true, -1},
    [R_ISSUER] = {"发证机关", true, -1},
    [R_OBJECT] = {"对象编号", true, -1},
    [R_REASON] = {"原因", true, -1},
};

static bool is_here(struct import *im, enum sql id, const char *key)
{
    QN_AUTO(query) struct query q = query_start(im->st, id);
    q_bind_text(&q, store_self(im->st)->office);
    q_bind_text(&q, key);
    return q_step(&q);
}

/* A recusal that names nobody does nothing, and the clerk who mistyped it believes that it does. */
static void warn_of_nobody(struct import *im, const struct csv_row *raw, const char *object)
{
    bool inspector = is_here(im, SQL_WORK_INSPECTOR_NOW, im->insp),
         known = is_here(im, SQL_WORK_OBJECT_NOW, object);
    if (!inspector)
        qn_say(im->report, "roster.recusal-inspector", "line=%u|value=%s", raw->line, im->insp);
    if (!known)
        qn_say(im->report, "roster.recusal-object", "line=%u|value=%s", raw->line, object);
    im->counts->warned += !inspector || !known;
}

static enum qn_code take_recusal(struct import *im, const struct csv_row *raw,
                                 const char *const *cell, struct qn_err *err)
{
    struct qn_row row;
    struct qn_err why;
    enum qn_code rc = csv_check(raw, err);
    if (!rc)
        rc = inspector_id(im, raw, cell[R_ISSUER], cell[R_CERT], err);
    if (!rc && qn_object_id_check(qn_str(cell[R_OBJECT]), &why) != QN_OK)
        rc = bad(err, "roster.object-id", raw, cell[R_OBJECT]);
    if (!rc && (!*cell[R_REASON] || strlen(cell[R_REASON]) > 400))
        rc = bad(err, "roster.recusal-reason", raw, cell[R_REASON]);
    if (!rc)
        rc = begin_entry(im, err);
    if (rc)
        return rc;
    row_start(&row, &im->act, "recusal", 0, 1);
    row_int(&row, "roster", im->version);
    row_text(&row, "insp_id", im->insp);
    row_text(&row, "object_id", cell[R_OBJECT]);
    row_int(&row, "active", 1);
    row_text(&row, "acted_by", im->o->by);
    row_text(&row, "recorded_on", im->now);
    row_text(&row, "reason", cell[R_REASON]);
    warn_of_nobody(im, raw, cell[R_OBJECT]);
    char pair[sizeof(im->insp) + QN_OBJECT_ID_MAX + 2];
    snprintf(pair, sizeof(pair), "%s %s", im->insp, cell[R_OBJECT]);
    QN_AUTO(query) struct query now = query_start(im->st, SQL_WORK_RECUSAL_NOW);
    q_bind_text(&now, store_self(im->st)->office);
    q_bind_text(&now, im->insp);
    q_bind_text(&now, cell[R_OBJECT]);
    return write_row(im, &row, &now, raw->line, pair, err);
}

/* ---- rejects ------------------------------------------------------------------------------------------------------ */

static void reject(struct import *im, const struct csv_row *raw, const struct qn_err *why)
{
    char reason[1200], line[24];
    im->counts->rejected++;
    qn_say(im->report, why->id, "%s", why->args);
    if (!im->o->rejects)
        return;
    text_error(reason, sizeof(reason), im->o->lang, why);
    if (!im->rejects
             .n) { /* the file's own headings behind ours: what was corrected can be imported as it is */
        qn_put_str(&im->rejects, "\xef\xbb\xbf行号,原因,");
        for (size_t i = 0; i < raw->headings; i++)
            csv_put(&im->rejects, raw->heading[i], i + 1 == raw->headings);
    }
    snprintf(line, sizeof(line), "%u", raw->line);
    csv_put(&im->rejects, line, false);
    csv_put(&im->rejects, reason, false);
    for (size_t i = 0; i < raw->n; i++)
        csv_put(&im->rejects, raw->cell[i], i + 1 == raw->n);
}

/* What concerns one row is told and skipped; what concerns the office's machine ends the import. */
static enum qn_code settle(struct import *im, const struct csv_row *raw, enum qn_code rc,
                           struct qn_err *err)
{
    switch (rc) {
    case QN_OK:
        return QN_OK;
    case QN_MALFORMED:
    case QN_CONFLICT:
        reject(im, raw, err);
        return QN_OK;
    case QN_UNVERIFIED:
    case QN_DENIED:
    case QN_ABSENT:
    case QN_LIMIT:
    case QN_LATER:
    case QN_IO:
    case QN_NOMEM:
        return rc;
    }
    return rc;
}

static enum qn_code on_object(void *ctx, const struct csv_row *raw, const char *const *cell,
                              struct qn_err *err)
{
    return settle(ctx, raw, take_object(ctx, raw, cell, err), err);
}

static enum qn_code on_inspector(void *ctx, const struct csv_row *raw, const char *const *cell,
                                 struct qn_err *err)
{
    return settle(ctx, raw, take_inspector(ctx, raw, cell, err), err);
}

static enum qn_code on_recusal(void *ctx, const struct csv_row *raw, const char *const *cell,
                               struct qn_err *err)
{
    return settle(ctx, raw, take_recusal(ctx, raw, cell, err), err);
}

/* ---- the import ----------------------------------------------------------------------------------------------------- */

/* rejects.csv -> rejects-objects.csv: each list has its own columns. */
static enum qn_code write_rejects(struct import *im, const char *list, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    const char *given = im->o->rejects, *dot = strrchr(given, '.');
    size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - given) : strlen(given);
    enum qn_code rc = qn_buf_check(&im->rejects, err);
    if (!rc && snprintf(path, sizeof(path), "%.*s-%s%s", (int)stem, given, list, given + stem) >=
                   (int)sizeof(path))
        rc = qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", given);
    if (!rc)
        rc = file_write(path, qn_buf_span(&im->rejects), 0600, true, err);
    if (!rc)
        qn_say(im->report, "work.roster-rejects", "path=%s", path);
    im->rejects.n = 0;
    return rc;
}

static enum qn_code read_list(struct import *im, const char *path, const char *list,
                              const struct csv_column *columns, size_t n, csv_row_fn *fn,
                              struct roster_counts *counts, struct qn_err *err)
{
    struct csv_column at[O_COLUMNS];
    if (!path)
        return QN_OK;
    memcpy(at, columns, n * sizeof(*columns));
    im->counts = counts;
    free(im->seen.key);
    im->seen = (struct seen){NULL, 0, 0};
    struct csv_file file = {
        .path = path, .charset = im->o->charset, .columns = at, .n = n, .report = im->report};
    enum qn_code rc = csv_read(&file, fn, im, err);
    return rc || !im->rejects.n ? rc : write_rejects(im, list, err);
}

static enum qn_code close_version(struct import *im, struct qn_err *err)
{
    struct qn_row row;
    uint8_t root[QN_HASH];
    qn_frontier_root(&im->leaves, root);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, im->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", im->version);
    row_int(&row, "entries", (int64_t)im->out->entries);
    row_int(&row, "rows", (int64_t)im->total_rows);
    row_blob(&row, "root", root, QN_HASH);
    row_text(&row, "acted_by", im->o->by);
    row_text(&row, "recorded_on", im->now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code last_version(struct store *st, int64_t *out, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_ROSTER_LAST);
    q_bind_text(&q, store_self(st)->office);
    *out = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

static enum qn_code run(struct import *im, struct qn_err *err)
{
    const struct roster_import *o = im->o;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, im->st, err);
    if (!rc)
        rc = last_version(im->st, &im->version, err);
    im->version++;
    if (!rc)
        rc = read_list(im, o->objects, "objects", object_columns, O_COLUMNS, on_object,
                       &im->out->objects, err);
    if (!rc)
        rc = read_list(im, o->inspectors, "inspectors", inspector_columns, I_COLUMNS, on_inspector,
                       &im->out->inspectors, err);
    if (!rc)
        rc = read_list(im, o->recusals, "recusals", recusal_columns, R_COLUMNS, on_recusal,
                       &im->out->recusals, err);
    if (!rc && im->rows)
        rc = end_entry(im, err);
    if (im->in_act)
        act_end(&im->act); /* begun, but no row of it was good */
    if (!rc && im->out->entries)
        rc = close_version(im, err);
    if (rc || o->dry_run)
        return rc; /* a dry run did everything but the last step */
    im->out->version = im->out->entries ? im->version : 0;
    return tx_commit(&tx, err);
}

enum qn_code roster_import(struct store *st, const struct roster_import *o,
                           struct roster_imported *out, const struct qn_report *report,
                           struct qn_err *err)
{
    const struct keys *keys;
    struct import *im = calloc(1, sizeof(*im));
    struct words_tags *tags = calloc(1, sizeof(*tags));
    enum qn_code rc =
        im && tags ? store_signer(st, &keys, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *out = (struct roster_imported){0};
    if (!rc) {
        *im = (struct import){.st = st, .o = o, .report = report, .out = out};
        qn_buf_init(&im->rejects, REJECTS_MAX);
        clock_local(im->now);
    }
    if (!rc && o->tags) {
        rc = words_tags_read(tags, o->tags, err);
        im->tags = tags;
    }
    if (!rc)
        rc = run(im, err);
    if (im) {
        qn_buf_release(&im->rejects);
        free(im->seen.key);
    }
    free(im);
    free(tags);
    return rc;
}
