/* cmd_person.c - who works here, and what each may do. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/clock.h"
#include "node/store/person.h"
#include "node/work/record.h"
#include "node/work/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void role_word(struct cli *c, char out[64], unsigned i)
{
    char id[48];
    snprintf(id, sizeof(id), "role.%s", person_role_name[i]);
    text_render(out, 64, c->lang, id, "");
}

/* "抽取、检查" or "draw,inspector" */
static enum qn_code read_roles(struct cli *c, unsigned *out, const char *list, struct qn_err *err)
{
    *out = 0;
    for (const char *p = list; *p;) {
        size_t mark, n = words_item(p, true, &mark);
        unsigned found = ROLES;
        for (unsigned i = 0; i < ROLES; i++) {
            char said[64];
            role_word(c, said, i);
            if ((strlen(said) == n && memcmp(said, p, n) == 0) ||
                (strlen(person_role_name[i]) == n && memcmp(person_role_name[i], p, n) == 0))
                found = i;
        }
        if (found == ROLES)
            return qn_fail(err, QN_MALFORMED, "person.no-role", "value=%.*s", (int)n, p);
        *out |= 1u << found;
        p += n + mark;
    }
    return QN_OK;
}

int work_person_set(struct cli *c, int argc, char **argv)
{
    const char *name = NULL, *roles = NULL, *inspector = NULL, *since = NULL, *until = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true},
                         {.name = "roles", .value = &roles},
                         {.name = "inspector", .value = &inspector},
                         {.name = "since", .value = &since, .kind = OPT_DATE},
                         {.name = "until", .value = &until, .kind = OPT_DATE}};
    struct person p = {.roles = 0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = person_get(&p, c->office->st, name, &err);
    if (rc == QN_ABSENT) { /* somebody new: since today, unless told */
        rc = QN_OK;
        p = (struct person){.roles = 0};
        clock_today(c->office->st, p.since);
        if (!qn_text_copy(p.name, sizeof(p.name), qn_str(name)))
            rc = qn_fail(&err, QN_LIMIT, "person.name", "");
        if (!rc && !roles)
            return cli_usage(c, "cli.option-missing", "--roles");
    }
    if (!rc && roles)
        rc = read_roles(c, &p.roles, roles, &err);
    if (!rc && inspector && !qn_text_copy(p.insp_id, sizeof(p.insp_id), qn_str(inspector)))
        rc = qn_fail(&err, QN_LIMIT, "person.name", "");
    if (since)
        snprintf(p.since, sizeof(p.since), "%s", since);
    if (until)
        snprintf(p.until, sizeof(p.until), "%s", until);
    if (!rc)
        rc = person_set(c->office->st, &p, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:i}", "name", p.name, "roles", (int)p.roles));
    cli_say(c, "person.set", "name=%s", p.name);
    return 0;
}

/* "抽取、检查", ended by a zero byte; and the names as a list. */
static json_t *put_roles(struct cli *c, struct qn_buf *out, unsigned roles)
{
    json_t *names = json_array();
    for (unsigned i = 0; i < ROLES; i++)
        if (roles & (1u << i)) {
            char said[64];
            role_word(c, said, i);
            qn_put_fmt(out, "%s%s", out->n ? "、" : "", said);
            json_array_append_new(names, json_string(person_role_name[i]));
        }
    return names;
}

struct people {
    struct cli *c;
    json_t *list;
};

static void each(void *ctx, const struct person *p)
{
    struct people *l = ctx;
    QN_AUTO(qn_buf) struct qn_buf roles = {0};
    qn_buf_init(&roles, 1024);
    json_t *names = put_roles(l->c, &roles, p->roles);
    qn_put(&roles, "", 1);
    json_array_append_new(l->list,
                          json_pack("{s:s, s:o, s:s, s:s, s:s}", "name", p->name, "roles", names,
                                    "inspector", p->insp_id, "since", p->since, "until", p->until));
    if (l->c->json)
        return;
    cli_table_cell(l->c, "%s", p->name);
    cli_table_cell(l->c, "%s", (const char *)roles.p);
    cli_table_cell(l->c, "%s", p->insp_id);
    cli_table_cell(l->c, "%s", p->since);
    cli_table_cell(l->c, "%s", p->until);
}

int work_person_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.name", "head.roles", "head.inspector", "head.since",
                                        "head.until"};
    struct people l = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    l.list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = person_list(c->office->st, each, &l, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc || !c->json)
        json_decref(l.list);
    return rc ? cli_fail(c, &err) : c->json ? cli_print_json(c, l.list) : 0;
}

/* ---- what each role may do --------------------------------------------------------------------------------------- */

static void show_duty(struct cli *c, json_t *list, const struct duty *d, unsigned only)
{
    QN_AUTO(qn_buf) struct qn_buf roles = {0};
    char id[96], said[160];
    if (!d->roles || (only && !(d->roles & only))) /* a kind that is only referred to has none */
        return;
    qn_buf_init(&roles, 1024);
    json_t *names = put_roles(c, &roles, d->roles);
    if (d->roles & DUTY_ITSELF) {
        text_render(said, sizeof(said), c->lang, "role.itself", "");
        qn_put_fmt(&roles, "%s%s", roles.n ? "、" : "", said);
    }
    qn_put(&roles, "", 1);
    snprintf(id, sizeof(id), d->record ? "record.%s" : "duty.%s", d->name);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(said, sizeof(said), c->lang, id, "");
    json_array_append_new(list,
                          json_pack("{s:s, s:b, s:s, s:o, s:b, s:b}", "act", d->name, "record",
                                    d->record, "said", said, "roles", names, "itself",
                                    (d->roles & DUTY_ITSELF) != 0, "travels", d->kinds != 0));
    if (c->json)
        return;
    cli_table_cell(c, "%s", said);
    cli_table_cell(c, "%s", (const char *)roles.p);
}

int work_person_duties(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.act", "head.roles"};
    const char *role = NULL;
    unsigned only = 0;
    struct opt opts[] = {{.name = "role", .value = &role}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (role && read_roles(c, &only, role, &err) != QN_OK)
        return cli_fail(c, &err);
    json_t *list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; i < DUTIES; i++)
        show_duty(c, list, duty_of((enum duty_id)i), only);
    for (unsigned i = 0; record_type_at(i); i++) {
        const struct duty d = record_duty(record_type_at(i));
        show_duty(c, list, &d, only);
    }
    if (c->json)
        return cli_print_json(c, list);
    cli_table_end(c);
    json_decref(list);
    return 0;
}
