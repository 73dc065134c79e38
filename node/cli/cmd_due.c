/* cmd_due.c - what is due, and the working days by which it is counted. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/clock.h"
#include "node/work/deadline.h"
#include "node/work/record.h"
#include "node/work/workdays_import.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE     50
#define WORD     96

/* Of the id "deadline.plan-acceptance", whose name has an underscore. */
static const char *word(const struct cli *c, char out[WORD], const char *fmt, const char *name)
{
    char id[WORD];
    snprintf(id, sizeof(id), fmt, name);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, WORD, c->lang, id, "");
    return out;
}

static const char *const units[] = {
    [DEADLINE_FIXED] = "fixed", [DEADLINE_WORKING_DAYS] = "working-days",
    [DEADLINE_DAYS] = "days",   [DEADLINE_MONTHS] = "months",
    [DEADLINE_RULED] = "ruled",
};
/* What the days of a deadline are counted in, said of one that has a number. */
static const char *counted_in(enum deadline_unit u)
{
    return units[u == DEADLINE_RULED ? DEADLINE_WORKING_DAYS : u];
}

/* ---- the lists ----------------------------------------------------------------------------------------------------- */

static json_t *deadline_json(const struct deadline *d, bool ended)
{
    char due[11], day[11], from[11], name[80], place[DEADLINE_PLACE], seen[20];
    wire_day_text(d->due, due);
    wire_day_text(d->from, from);
    record_name_text(name, d->office, d->id);
    deadline_place(place, d, ended);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:b, s:s, s:s}", "deadline",
                          d->source->name, "office", d->owes, "record", name, "kind",
                          d->source->table, "part", d->part, "about", d->about, "n",
                          (json_int_t)d->n, "due", due, "provisional", d->provisional, "state",
                          deadline_state_name[d->state], "place", place);
    if (!o)
        return o;
    json_object_set_new(o, "basis", json_string(deadline_basis_name[d->basis]));
    json_object_set_new(o, "counted", json_string(counted_in(d->unit)));
    if (*d->instead)
        json_object_set_new(o, "instead_of", json_string(d->instead));
    if (d->unit != DEADLINE_FIXED) {
        json_object_set_new(o, "from", json_string(from));
        json_object_set_new(o, "days", json_integer(d->count));
    }
    if (*d->by)
        json_object_set_new(o, "basis_office", json_string(d->by));
    if (!ended)
        return o;
    wire_day_text(d->ended, day);
    json_object_set_new(o, "ended_on", json_string(day));
    if (*d->recorded)
        json_object_set_new(o, "recorded_on", json_string(d->recorded));
    if (d->received_s) {
        clock_text(seen, d->received_s * 1000);
        json_object_set_new(o, "received_on", json_string(seen));
        json_object_set_new(o, "received_by", json_string(d->receiver));
    }
    if (d->doubt)
        json_object_set_new(o, "doubt", json_string(deadline_doubt_name[d->doubt]));
    return o;
}

static int list_json(struct cli *c, const struct deadlines *p, bool ended)
{
    json_t *list = json_array(), *counts = json_object();
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(list, deadline_json(&p->at[i], ended));
    for (unsigned s = ended ? DEADLINE_MET : DEADLINE_AHEAD;
         s <= (ended ? DEADLINE_LATE : DEADLINE_OVERDUE); s++)
        json_object_set_new(counts, deadline_state_name[s], json_integer((json_int_t)p->state[s]));
    json_object_set_new(counts, "provisional", json_integer((json_int_t)p->provisional));
    if (ended)
        json_object_set_new(counts, "doubtful", json_integer((json_int_t)p->doubtful));
    return cli_print_json(
        c, json_pack("{s:o, s:o, s:b}", "deadlines", list, "counts", counts, "more", p->more));
}

static void put_due(struct cli *c, const struct deadline *d)
{
    char due[11], said[WORD];
    wire_day_text(d->due, due);
    if (d->provisional)
        cli_table_cell(c, "%s%s", due, word(c, said, "deadline.%s", "provisional-mark"));
    else
        cli_table_cell(c, "%s", due);
}

/* SPEC deadlines-14: "from which day, how many of which days, and by whose word" */
static void put_basis(struct cli *c, const struct deadline *d)
{
    char from[11], unit[WORD], id[WORD], args[2 * WORD], said[2 * WORD];
    wire_day_text(d->from, from);
    word(c, unit, "deadline.unit-%s", counted_in(d->unit));
    snprintf(id, sizeof(id), "deadline.basis-%s",
             d->unit == DEADLINE_FIXED ? "date" : deadline_basis_name[d->basis]);
    snprintf(args, sizeof(args), "from=%s|n=%u|unit=%s|office=%s", from, d->count, unit, d->by);
    text_render(said, sizeof(said), c->lang, id, args);
    cli_table_cell(c, "%s", said);
}

static void put_ended(struct cli *c, const struct deadline *d)
{
    char day[11], seen[17] = "—", said[WORD], doubt[WORD] = "";
    wire_day_text(d->ended, day);
    if (d->received_s)
        clock_shown(seen, d->received_s * 1000);
    if (d->doubt)
        word(c, doubt, "deadline.doubt-%s", deadline_doubt_name[d->doubt]);
    cli_table_cell(c, "%s", day);
    cli_table_cell(c, "%.10s", d->recorded);
    cli_table_cell(c, "%s", seen);
    cli_table_cell(c, "%s%s%s", word(c, said, "deadline.state-%s", deadline_state_name[d->state]),
                   *doubt ? " " : "", doubt);
}

/* "1406/2025/1/1 (instead of 140602)" */
static void put_about(struct cli *c, const struct deadline *d)
{
    char args[WORD], said[WORD];
    snprintf(args, sizeof(args), "office=%s", d->instead);
    text_render(said, sizeof(said), c->lang, "deadline.instead-of", args);
    cli_table_cell(c, "%s%s", d->about, *d->instead ? said : "");
}

static void say_list(struct cli *c, const struct deadlines *p, bool ended)
{
    static const char *const open[] = {"head.due",   "head.state",  "head.deadline", "head.owes",
                                       "head.about", "head.things", "head.basis",    "head.record"};
    static const char *const over[] = {
        "head.due",      "head.ended", "head.recorded", "head.received", "head.state",
        "head.deadline", "head.owes",  "head.about",    "head.basis",    "head.record"};
    cli_table_begin(c, ended ? COUNT(over) : COUNT(open), ended ? over : open);
    for (size_t i = 0; i < p->n; i++) {
        const struct deadline *d = &p->at[i];
        char said[WORD], name[80];
        record_name_text(name, d->office, d->id);
        put_due(c, d);
        if (ended)
            put_ended(c, d);
        else
            cli_table_cell(c, "%s",
                           word(c, said, "deadline.state-%s", deadline_state_name[d->state]));
        cli_table_cell(c, "%s", word(c, said, "deadline.%s", d->source->name));
        cli_table_cell(c, "%s", d->owes);
        put_about(c, d);
        if (!ended)
            cli_table_cell(c, "%llu", (unsigned long long)d->n);
        put_basis(c, d);
        cli_table_cell(c, "%s", name);
    }
    cli_table_end(c);
    if (ended)
        cli_say(c, "deadline.total-ended", "met=%llu|late=%llu|doubtful=%llu",
                (unsigned long long)p->state[DEADLINE_MET],
                (unsigned long long)p->state[DEADLINE_LATE], (unsigned long long)p->doubtful);
    else
        cli_say(c, "deadline.total", "overdue=%llu|urgent=%llu",
                (unsigned long long)p->state[DEADLINE_OVERDUE],
                (unsigned long long)p->state[DEADLINE_URGENT]);
    if (p->provisional)
        cli_say(c, "deadline.provisional", "n=%llu", (unsigned long long)p->provisional);
    if (p->more && p->n) {
        char place[DEADLINE_PLACE];
        deadline_place(place, &p->at[p->n - 1], ended);
        cli_say(c, "deadline.more", "place=%s", place);
    }
}

int work_due(struct cli *c, int argc, char **argv)
{
    struct deadline_query q = {.within = -1};
    unsigned limit = PAGE, within = DEADLINE_DAYS_MAX + 1;
    const char *past = NULL;
    struct opt opts[] = {
        {.name = "office", .value = &q.office, .kind = OPT_CODE},
        {.name = "kind", .value = &q.source},
        {.name = "all", .flag = &q.all, .not_with = "overdue"},
        {.name = "overdue", .flag = &q.only_overdue, .not_with = "ended"},
        {.name = "provisional", .flag = &q.only_provisional},
        {.name = "ended", .flag = &q.ended, .not_with = "all"},
        {.name = "late", .flag = &q.only_late, .not_with = "overdue"},
        {.name = "within",
         .kind = OPT_NUMBER,
         .number = &within,
         .min = 0,
         .max = DEADLINE_DAYS_MAX},
        {.name = "past", .value = &past},
        {.name = "limit", .kind = OPT_NUMBER, .number = &limit, .min = 1, .max = 100000}};
    struct qn_err err;
    QN_AUTO(deadlines) struct deadlines p = {.at = NULL};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (within <= DEADLINE_DAYS_MAX)
        q.within = (int)within;
    q.ended = q.ended || q.only_late;
    enum qn_code rc = q.office ? cli_known_office(c, q.office, &err) : QN_OK;
    if (!rc)
        rc = deadline_page(&p, c->office->st, &q, past, limit, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return list_json(c, &p, q.ended);
    say_list(c, &p, q.ended);
    return 0;
}

int work_due_within(struct cli *c, int argc, char **argv)
{
    unsigned n = 0;
    struct opt opts[] = {{.name = "",
                          .kind = OPT_NUMBER,
                          .number = &n,
                          .min = 1,
                          .max = DEADLINE_DAYS_MAX,
                          .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (deadline_set_within(c->office->st, n, &err))
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I}", "within", (json_int_t)n));
    cli_say(c, "deadline.within", "n=%u", n);
    return 0;
}

int work_due_kinds(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.kind", "head.deadline", "head.counted", "head.days"};
    const struct deadline_source *s;
    char today[11], said[WORD];
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    const struct qn_cert *self = store_self(c->office->st);
    json_t *list = json_array();
    clock_today(c->office->st, today);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; (s = deadline_source_at(i)); i++) {
        unsigned days = s->days;
        if (self &&
            deadline_count(&days, c->office->st, s, self->office, wire_day(qn_str(today)), &err)) {
            json_decref(list);
            return cli_fail(c, &err);
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "deadline", s->name, "name",
                                              word(c, said, "deadline.%s", s->name), "counted",
                                              units[s->unit], "days", (int)days));
        if (c->json)
            continue;
        cli_table_cell(c, "%s", s->name);
        cli_table_cell(c, "%s", word(c, said, "deadline.%s", s->name));
        cli_table_cell(c, "%s", word(c, said, "deadline.unit-%s", units[s->unit]));
        if (days)
            cli_table_cell(c, "%s%u", "", days);
        else
            cli_table_cell(c, "%s", "");
    }
    if (!c->json)
        cli_table_end(c);
    return c->json ? cli_print_json(c, list) : (json_decref(list), 0);
}

/* ---- working days -------------------------------------------------------------------------------------------------- */

int work_calendar_import(struct cli *c, int argc, char **argv)
{
    struct workdays_import o = {.path = NULL};
    struct workdays_imported got;
    char room[1024];
    struct qn_err err;
    struct opt opts[] = {{.name = "", .value = &o.path, .required = true},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "reason", .value = &o.reason},
                         {.name = "dry-run", .flag = &o.dry_run}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = work_path(c, room, &o.path, &err);
    if (!rc)
        rc = workdays_import(c->office->st, &o, &got, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:i, s:i, s:i, s:b}", "added", got.added, "revised",
                                           got.revised, "same", got.same, "dry_run", o.dry_run));
    cli_say(c, o.dry_run ? "workdays.rehearsed" : "workdays.imported",
            "added=%u|revised=%u|same=%u", got.added, got.revised, got.same);
    return 0;
}

static enum qn_code load(struct workdays **out, struct cli *c, struct qn_err *err)
{
    *out = malloc(sizeof(**out));
    if (!*out)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = workdays_load(*out, c->office->st, err);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

static json_t *days_json(const int32_t *day, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        char text[11];
        wire_day_text(day[i], text);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

/* The holidays of a year as it runs, so that a person sees them: 2021-10-01 … 2021-10-07. */
static void put_runs(struct qn_buf *out, const int32_t *day, size_t n, int32_t from, int32_t to)
{
    for (size_t i = 0; i < n; i++) {
        char a[11], b[11];
        size_t end = i;
        if (day[i] < from || day[i] > to)
            continue;
        while (end + 1 < n && day[end + 1] == day[end] + 1 && day[end + 1] <= to)
            end++;
        wire_day_text(day[i], a);
        wire_day_text(day[end], b);
        qn_put_fmt(out, "%s%s", out->n ? "、" : "", a + 5);
        if (end > i)
            qn_put_fmt(out, "～%s", b + 5);
        i = end;
    }
    qn_put(out, "", 1);
}

int work_calendar_show(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.year-of", "head.workdays", "head.holidays",
                                        "head.makeups"};
    struct workdays *w;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (load(&w, c, &err))
        return cli_fail(c, &err);
    char from[11] = "", to[11] = "";
    if (w->from_year) {
        wire_day_text(w->cal.from_day, from);
        wire_day_text(w->cal.to_day, to);
    }
    if (c->json) {
        json_t *o = json_pack("{s:s, s:s, s:o, s:o}", "covered_from", from, "covered_to", to,
                              "holidays", days_json(w->cal.holiday, w->cal.nholidays),
                              "makeup_workdays", days_json(w->cal.makeup, w->cal.nmakeups));
        free(w);
        return cli_print_json(c, o);
    }
    cli_table_begin(c, COUNT(heads), heads);
    for (unsigned year = w->from_year; year && year <= w->to_year; year++) {
        QN_AUTO(qn_buf) struct qn_buf off = {0}, on = {0};
        int32_t first, last;
        int worked = 0;
        qn_buf_init(&off, 8192);
        qn_buf_init(&on, 8192);
        workdays_of_year(year, &first, &last);
        for (int32_t d = first; d <= last; d++)
            worked += qn_is_workday(&w->cal, d);
        put_runs(&off, w->cal.holiday, w->cal.nholidays, first, last);
        put_runs(&on, w->cal.makeup, w->cal.nmakeups, first, last);
        cli_table_cell(c, "%u", year);
        cli_table_cell(c, "%d", worked);
        cli_table_cell(c, "%s", (const char *)off.p);
        cli_table_cell(c, "%s", (const char *)on.p);
    }
    cli_table_end(c);
    if (w->from_year)
        cli_say(c, "workdays.covered", "from=%s|to=%s", from, to);
    else
        cli_say(c, "workdays.none", "");
    free(w);
    return 0;
}

int work_calendar_due(struct cli *c, int argc, char **argv)
{
    const char *from = NULL;
    unsigned days = 0;
    struct workdays *w;
    struct qn_due due;
    char text[11];
    struct qn_err err;
    struct opt opts[] = {{.name = "from", .value = &from, .kind = OPT_DATE, .required = true},
                         {.name = "days",
                          .kind = OPT_NUMBER,
                          .number = &days,
                          .min = 1,
                          .max = QN_WORKDAYS_MAX,
                          .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = load(&w, c, &err);
    if (rc)
        return cli_fail(c, &err);
    rc = qn_due_date(&due, &w->cal, wire_day(qn_str(from)), days, &err);
    free(w);
    if (rc)
        return cli_fail(c, &err);
    wire_day_text(due.day, text);
    if (c->json)
        return cli_print_json(c,
                              json_pack("{s:s, s:b}", "due", text, "provisional", due.provisional));
    cli_say(c, due.provisional ? "workdays.due-provisional" : "workdays.due", "from=%s|n=%u|due=%s",
            from, days, text);
    return 0;
}
