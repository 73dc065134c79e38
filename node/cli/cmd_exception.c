/* cmd_exception.c - targets that are void, inspectors who do not come; the orders that answer them. */
#include <stdio.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/exception.h"
#include "node/draw/supplement.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define OFFICES_MAX 200

static json_t *made_json(const struct exception_options *o, const struct exception_line *m)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:b, s:b, s:s?}", "kind", qn_exc_kind_name(o->kind),
                     "draw", o->draw, "object", o->object, "task", m->task, "seq",
                     (json_int_t)m->seq, "supplement", m->parent_answers, "exhausted", m->exhausted,
                     "next", m->next[0] ? m->next : NULL);
}

static void say_made(struct cli *c, const struct exception_options *o,
                     const struct exception_line *m)
{
    bool is_void = o->kind == QN_EXC_VOID;
    if (o->kind == QN_EXC_APPOINT) {
        cli_say(c, "exc.appoint-done", "inspector=%s|object=%s|seq=%llu", o->inspector, o->object,
                (unsigned long long)m->seq);
        return;
    }
    if (o->kind == QN_EXC_RETURN || o->kind == QN_EXC_REASSIGN || o->kind == QN_EXC_RECEIVE) {
        cli_say(c,
                o->kind == QN_EXC_RETURN     ? "exc.return-done"
                : o->kind == QN_EXC_REASSIGN ? "exc.reassign-done"
                                             : "exc.receive-done",
                "object=%s|task=%s|seq=%llu", o->object, m->task, (unsigned long long)m->seq);
        return;
    }
    if (is_void)
        cli_say(c, "exc.void-done", "object=%s|task=%s|seq=%llu", o->object, m->task,
                (unsigned long long)m->seq);
    else
        cli_say(c, "exc.person-done", "inspector=%s|object=%s|seq=%llu", o->inspector, o->object,
                (unsigned long long)m->seq);
    if (m->next[0])
        cli_say(c, is_void ? "exc.next-object" : "exc.next-person", "next=%s", m->next);
    else if (!m->parent_answers)
        cli_say(c, is_void ? "exc.nothing-follows" : "exc.nobody-follows", "");
}

/* One object, or every open target of the inspector. */
static int record(struct cli *c, struct exception_options *o)
{
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf objects = {0};
    qn_buf_init(&objects, 1u << 20);
    enum qn_code rc = QN_OK;
    if (o->object) {
        qn_put_str(&objects, o->object);
        qn_put_str(&objects, "\n");
        rc = qn_buf_check(&objects, &err);
    } else {
        rc = exception_visits(&objects, c->office->st, o->draw, o->inspector, &err);
        if (!rc && !objects.n)
            rc =
                qn_fail(&err, QN_ABSENT, "exc.none", "draw=%s|inspector=%s", o->draw, o->inspector);
    }
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    bool parent = false;
    for (size_t at = 0; !rc && at < objects.n;) {
        const char *line = (const char *)objects.p + at;
        size_t n = strcspn(line, "\n");
        char object[QN_OBJECT_ID_MAX + 1];
        struct exception_made m;
        snprintf(object, sizeof(object), "%.*s", (int)n, line);
        at += n + 1;
        o->object = object;
        rc = exception_record(&m, c->office->st, o, &err);
        if (rc)
            break;
        for (unsigned i = 0; i < m.n; i++) {
            parent = parent || m.line[i].parent_answers;
            if (c->json)
                json_array_append_new(list, made_json(o, &m.line[i]));
            else
                say_made(c, o, &m.line[i]);
        }
    }
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_json(c, list, 0);
    if (parent)
        cli_say(c, "exc.parent-answers", "");
    return 0;
}

int cmd_draw_void(struct cli *c, int argc, char **argv)
{
    struct exception_options o = {.kind = QN_EXC_VOID};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "reason", .value = &o.reason, .required = true},
                         {.name = "evidence", .value = &o.evidence, .required = true},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "date", .value = &o.date, .kind = OPT_DATE}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

int cmd_draw_return(struct cli *c, int argc, char **argv)
{
    struct exception_options o = {.kind = QN_EXC_RETURN};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "reason", .value = &o.reason, .required = true},
                         {.name = "evidence", .value = &o.evidence, .required = true},
                         {.name = "by", .value = &o.by, .required = true}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

int cmd_draw_reassign(struct cli *c, int argc, char **argv)
{
    struct exception_options o = {.kind = QN_EXC_REASSIGN, .reason = "returned"};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "office", .value = &o.next, .required = true, .kind = OPT_CODE},
                         {.name = "by", .value = &o.by, .required = true}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

int cmd_draw_receive(struct cli *c, int argc, char **argv)
{
    struct exception_options o = {.kind = QN_EXC_RECEIVE, .reason = "reassigned"};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "by", .value = &o.by, .required = true}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

static int record_person(struct cli *c, int argc, char **argv, enum qn_exc_kind kind)
{
    struct exception_options o = {.kind = kind};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "inspector", .value = &o.inspector, .required = true},
                         {.name = "reason", .value = &o.reason, .required = true},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "object", .value = &o.object, .required = kind == QN_EXC_RECUSAL},
                         {.name = "date", .value = &o.date, .kind = OPT_DATE}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

int cmd_draw_absent(struct cli *c, int argc, char **argv)
{
    return record_person(c, argc, argv, QN_EXC_ABSENCE);
}

int cmd_draw_recuse(struct cli *c, int argc, char **argv)
{
    return record_person(c, argc, argv, QN_EXC_RECUSAL);
}

int cmd_draw_replace(struct cli *c, int argc, char **argv)
{
    return record_person(c, argc, argv, QN_EXC_REPLACE);
}

int cmd_draw_appoint(struct cli *c, int argc, char **argv)
{
    struct exception_options o = {.kind = QN_EXC_APPOINT};
    struct opt opts[] = {{.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "inspector", .value = &o.inspector, .required = true},
                         {.name = "reason", .value = &o.reason, .required = true},
                         {.name = "approved-by", .value = &o.approved_by, .required = true},
                         {.name = "note", .value = &o.note, .required = true},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "person", .value = &o.person},
                         {.name = "evidence", .value = &o.evidence}};
    return cli_opts(c, argc, argv, opts, COUNT(opts)) ? record(c, &o) : 2;
}

int cmd_order_supplement(struct cli *c, int argc, char **argv)
{
    const char *office[OFFICES_MAX], *series = NULL, *beacon = NULL;
    unsigned noffice = 0;
    struct opt opts[] = {{.name = "office",
                          .value = office,
                          .many = OFFICES_MAX,
                          .count = &noffice,
                          .kind = OPT_CODE},
                         {.name = "series", .value = &series},
                         {.name = "beacon", .value = &beacon}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    const struct order_options o = {
        .office = office, .noffice = noffice, .series = series, .beacon = beacon};
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    enum qn_code rc = supplement_issue(&all, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    size_t issued = 0, refused = 0;
    for (size_t i = 0; i < all.n; i++) {
        issued += all.at[i].issued;
        refused += !all.at[i].issued && all.at[i].why.code != QN_LATER;
    }
    if (c->json)
        return cli_json(c, json_pack("{s:o}", "orders", cli_orders_json(&all)), refused ? 1 : 0);
    cli_show_orders(c, &all);
    if (all.n)
        cli_say(c, "order.supplement-issued", "issued=%zu|waiting=%zu", issued, all.n - issued);
    else
        cli_say(c, "order.supplement-none", "");
    return refused ? 1 : 0;
}
