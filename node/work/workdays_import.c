#include "node/work/workdays_import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/work/record.h"
#include "protocol/wire.h"

static void put_list(struct qn_buf *out, const int32_t *day, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[11];
        wire_day_text(day[i], text);
        qn_put_fmt(out, "%s%s", i ? " " : "", text);
    }
}

/* The days of one year out of a list of all. */
static enum qn_code days_of(struct qn_buf *out, json_t *list, unsigned year, struct qn_err *err)
{
    int32_t day[WORKDAYS_YEAR], first, last;
    size_t n = 0, i;
    json_t *v;
    workdays_of_year(year, &first, &last);
    json_array_foreach(list, i, v)
    {
        const char *text = json_string_value(v);
        int32_t at = text ? wire_day(qn_str(text)) : -1;
        if (at < 0)
            return qn_fail(err, QN_MALFORMED, "workdays.day", "value=%.40s", text ? text : "");
        if (at < first || at > last)
            continue;
        if (n == WORKDAYS_YEAR)
            return qn_fail(err, QN_LIMIT, "workdays.many", "max=%d", WORKDAYS_YEAR);
        day[n++] = at;
    }
    put_list(out, day, n);
    qn_put(out, "", 1);
    return qn_buf_check(out, err);
}

struct importing {
    struct store *st;
    const struct workdays_import *o;
    struct workdays_imported *got;
    json_t *doc;
    struct act act; /* all years in one entry */
    bool begun;
};

static enum qn_code held_year(struct store *st, unsigned year, char name[80], struct qn_err *err)
{
    name[0] = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_CALENDAR_YEARS);
    while (q_step(&q))
        if (q_int(&q, 0) == year)
            record_name_text(name, q_text(&q, 2), q_int(&q, 1));
    return query_end(&q, err);
}

static enum qn_code put_year(struct importing *im, unsigned year, struct qn_err *err)
{
    char key[12], name[80], number[12];
    const struct record_type *t = record_type("calendar");
    QN_AUTO(record_draft) struct record_draft d = {0};
    QN_AUTO(qn_buf) struct qn_buf holidays = {0}, makeups = {0};
    qn_buf_init(&holidays, 16 * WORKDAYS_YEAR);
    qn_buf_init(&makeups, 16 * WORKDAYS_YEAR);
    snprintf(key, sizeof(key), "%u", year);
    snprintf(number, sizeof(number), "%u", year);
    const json_t *notice = json_object_get(json_object_get(im->doc, "years"), key);
    const char *title = json_string_value(json_object_get(notice, "notice"));
    enum qn_code rc = days_of(&holidays, json_object_get(im->doc, "holidays"), year, err);
    if (!rc)
        rc = days_of(&makeups, json_object_get(im->doc, "makeup_workdays"), year, err);
    if (!rc)
        rc = held_year(im->st, year, name, err);
    if (!rc && *name) {
        const char *reason = im->o->reason && *im->o->reason ? im->o->reason : " ";
        rc = record_revise(&d, im->st, t, name, im->o->by, reason, err);
    } else if (!rc) {
        rc = record_start(&d, im->st, t, im->o->by, err);
    }
    if (!rc && !*name)
        rc = record_set(&d, "year", qn_str(number), err);
    if (!rc && title)
        rc = record_set(&d, "title", qn_str(title), err);
    if (!rc)
        rc = record_set(&d, "holidays", qn_str((const char *)holidays.p), err);
    if (!rc)
        rc = record_set(&d, "makeups", qn_str((const char *)makeups.p), err);
    if (rc)
        return rc;
    bool same = *name && strcmp(record_text(&d, "holidays"), record_was(&d, "holidays")) == 0 &&
                strcmp(record_text(&d, "makeups"), record_was(&d, "makeups")) == 0 &&
                strcmp(record_text(&d, "title"), record_was(&d, "title")) == 0;
    if (same) {
        im->got->same++;
        return QN_OK;
    }
    if (*name && (!im->o->reason || !*im->o->reason))
        return qn_fail(err, QN_MALFORMED, "workdays.reason", "year=%u", year);
    if (*name)
        im->got->revised++;
    else
        im->got->added++;
    if (!im->begun)
        rc = record_act(&im->act, im->st, t, im->o->by, err);
    im->begun = true;
    return rc ? rc : record_put(&d, &im->act, err);
}

enum qn_code workdays_import(struct store *st, const struct workdays_import *o,
                             struct workdays_imported *out, struct qn_err *err)
{
    *out = (struct workdays_imported){0, 0, 0};
    json_error_t why;
    json_t *doc = json_load_file(o->path, JSON_REJECT_DUPLICATES, &why);
    struct importing im = {.st = st, .o = o, .got = out, .doc = doc};
    const char *schema = json_string_value(json_object_get(doc, "schema"));
    const char *from = json_string_value(json_object_get(doc, "covered_from"));
    const char *to = json_string_value(json_object_get(doc, "covered_to"));
    unsigned first = from && wire_day(qn_str(from)) >= 0 ? (unsigned)strtoul(from, NULL, 10) : 0;
    unsigned last = to && wire_day(qn_str(to)) >= 0 ? (unsigned)strtoul(to, NULL, 10) : 0;
    int32_t from_day, to_day, other;
    enum qn_code rc = QN_OK;
    workdays_of_year(first, &from_day, &other);
    workdays_of_year(last, &other, &to_day);
    /* SPEC calendar-8: "whole years" - a list that begins within one would make the days before it seem settled. */
    if (!schema || strcmp(schema, "workdays-cn/1") != 0 || !first || last < first ||
        from_day != wire_day(qn_str(from)) || to_day != wire_day(qn_str(to)) ||
        !json_is_array(json_object_get(doc, "holidays")) ||
        !json_is_array(json_object_get(doc, "makeup_workdays")))
        rc = qn_fail(err, QN_MALFORMED, "workdays.file", "file=%.200s", o->path);
    QN_AUTO(tx) struct tx tx = {0};
    if (!rc)
        rc = tx_begin(&tx, st, err);
    for (unsigned year = first; !rc && year <= last; year++)
        rc = put_year(&im, year, err);
    if (!rc && im.begun)
        rc = record_commit(&im.act, record_type("calendar"), err);
    act_end(&im.act);
    json_decref(doc);
    return rc || o->dry_run ? rc : tx_commit(&tx, err);
}
