/* cmd_proposal.c - targets that one visit could serve. */
#include <jansson.h>
#include <string.h>

#include "node/cli/work_commands.h"
#include "node/work/proposal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const reason_name[] = {"object", "party", "address", "district"};

static json_t *target_json(const struct proposal_target *t)
{
    char draw[80];
    work_name(draw, t->office, t->draw_id);
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "draw", draw, "task", t->task,
                     "round", (json_int_t)t->round, "object", t->object, "name", t->name, "address",
                     t->address, "inspectors", t->inspectors, "from", t->from, "to", t->to);
}

static json_t *proposal_json(const struct proposals *p, const struct proposal *one)
{
    json_t *reasons = json_array(), *targets = json_array();
    for (size_t i = 0; i < COUNT(reason_name); i++)
        if (one->reasons & (1u << i))
            json_array_append_new(reasons, json_string(reason_name[i]));
    for (size_t i = 0; i < one->n; i++)
        json_array_append_new(targets, target_json(&p->target[one->first + i]));
    return json_pack("{s:o, s:s, s:s, s:b, s:o}", "reasons", reasons, "from", one->from, "to",
                     one->to, "same_inspectors", one->same_inspectors, "targets", targets);
}

static void say_reasons(struct cli *c, const struct proposal *one, struct qn_buf *out)
{
    for (size_t i = 0; i < COUNT(reason_name); i++) {
        char id[48];
        if (!(one->reasons & (1u << i)))
            continue;
        snprintf(id, sizeof(id), "proposal.%s", reason_name[i]);
        qn_put_str(out, out->n ? "、" : "");
        text_put(out, c->lang, id, "");
    }
    qn_put(out, "", 1);
}

static void say_proposals(struct cli *c, const struct proposals *p)
{
    static const char *const heads[] = {"head.visit", "head.reason",     "head.task", "head.object",
                                        "head.name",  "head.inspectors", "head.days"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t k = 0; k < p->n; k++)
        for (size_t i = 0; i < p->at[k].n; i++) {
            const struct proposal *one = &p->at[k];
            const struct proposal_target *t = &p->target[one->first + i];
            QN_AUTO(qn_buf) struct qn_buf why = {0};
            qn_buf_init(&why, 1024);
            say_reasons(c, one, &why);
            cli_table_cell(c, "%zu", k + 1);
            cli_table_cell(c, "%s", i ? "" : (const char *)why.p);
            cli_table_cell(c, "%s/%lld", t->task, (long long)t->round);
            cli_table_cell(c, "%s", t->object);
            cli_table_cell(c, "%s", t->name);
            cli_table_cell(c, "%s", t->inspectors);
            cli_table_cell(c, "%s…%s", one->from, one->to);
        }
    cli_table_end(c);
    cli_say(c, "work.proposals", "visits=%zu", p->n);
}

int work_visit_proposals(struct cli *c, int argc, char **argv)
{
    bool district = false;
    struct opt opts[] = {{.name = "district", .flag = &district}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    QN_AUTO(proposals) struct proposals p = {.n = 0};
    if (proposals_read(&p, c->office->st, district, &err))
        return cli_fail(c, &err);
    if (!c->json) {
        say_proposals(c, &p);
        return 0;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < p.n; i++)
        json_array_append_new(list, proposal_json(&p, &p.at[i]));
    work_print_json(c, list);
    return 0;
}
