/* cmd_plan_more.c - what is said of a plan after it was issued: tasks drawn together, lists of objects given from above. */
#include <jansson.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/draw/group.h"
#include "node/work/given.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int work_plan_group(struct cli *c, int argc, char **argv)
{
    const char *word[1 + QN_ORDER_SLOTS], *joint = NULL, *reason = NULL;
    unsigned n = 0;
    bool alone = false, dry_run = false;
    unsigned seen = 0;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 1 + QN_ORDER_SLOTS, .count = &n, .required = true},
        {.name = "joint", .value = &joint, .not_with = "alone"},
        {.name = "alone", .flag = &alone},
        {.name = "reason", .value = &reason, .required = true},
        {.name = "if-rev", .kind = OPT_NUMBER, .number = &seen, .min = 1, .max = INT32_MAX},
        {.name = "dry-run", .flag = &dry_run}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    size_t slots;
    struct plan_group o = {.plan = word[0],
                           .joint = joint,
                           .reason = reason,
                           .task = word + 1,
                           .ntasks = n - 1,
                           .seen = seen,
                           .dry_run = dry_run};
    enum qn_code rc = QN_OK;
    if (n < 2 || (!joint && !alone))
        rc = qn_fail(&err, QN_MALFORMED, "plan.group-what", "");
    if (!rc)
        rc = plan_group(c->office->st, &o, &slots, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s?, s:I, s:b}", "plan", o.plan, "joint", joint,
                                     "slots", (json_int_t)slots, "written", !dry_run && slots > 0));
    else if (dry_run)
        cli_say(c, "work.plan-group-dry", "plan=%s|tasks=%u|slots=%zu", o.plan, n - 1, slots);
    else if (joint)
        cli_say(c, "work.plan-grouped", "plan=%s|joint=%s|tasks=%u|slots=%zu", o.plan, joint, n - 1,
                slots);
    else
        cli_say(c, "work.plan-alone", "plan=%s|tasks=%u|slots=%zu", o.plan, n - 1, slots);
    return 0;
}

static void take_given(void *ctx, const char *object, const char *name, const char *address)
{
    json_array_append_new(
        ctx, json_pack("{s:s, s:s, s:s}", "object", object, "name", name, "address", address));
}

int work_plan_give_list(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL, NULL};
    unsigned n = 0;
    struct list_said said = {.nmap = 0};
    struct given_list o = {.plan = NULL};
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .count = &n, .required = true},
        {.name = "office", .value = &o.office, .required = true, .kind = OPT_CODE},
        {.name = "objects", .value = &o.path, .required = true},
        {.name = "source",
         .value = &o.source,
         .required = true,
         .kind = OPT_CHOICE,
         .choices = "parent|external"},
        {.name = "title", .value = &o.title, .required = true},
        {.name = "doc-no", .value = &o.doc_no, .required = true},
        {.name = "given-on", .value = &o.given_on, .required = true, .kind = OPT_DATE},
        {.name = "by", .value = &o.by, .required = true},
        {.name = "dry-run", .flag = &o.dry_run},
        LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char room[1024], name[80];
    int64_t id;
    size_t objects;
    json_t *listed = c->json && o.dry_run ? json_array() : NULL;
    o.plan = word[0];
    o.task = n > 1 ? word[1] : "";
    o.each = listed ? take_given : NULL;
    o.ctx = listed;
    enum qn_code rc = work_path(c, room, &o.path, &err);
    if (!rc)
        rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = given_import(c->office->st, &o, &id, &objects, &c->report, &err);
    if (rc) {
        json_decref(listed);
        return cli_fail(c, &err);
    }
    work_name(name, store_self(c->office->st)->office, id);
    if (listed)
        work_print_json(c, json_pack("{s:s, s:I, s:o, s:b}", "office", o.office, "objects",
                                     (json_int_t)objects, "listed", listed, "written", 0));
    else if (o.dry_run)
        cli_say(c, "work.list-dry", "task=%s|office=%s|objects=%zu", o.task, o.office, objects);
    else if (c->json)
        work_print_json(c, json_pack("{s:s, s:s, s:I}", "list", name, "office", o.office, "objects",
                                     (json_int_t)objects));
    else
        cli_say(c, "work.list-given", "list=%s|task=%s|office=%s|objects=%zu", name, o.task,
                o.office, objects);
    return 0;
}
