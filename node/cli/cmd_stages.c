/* cmd_stages.c - qian status --record: how far one row has come, for its author and for those above. */
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/sync/stages.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void cell(struct cli *c, const char *id, const char *args)
{
    char said[200];
    text_render(said, sizeof(said), c->lang, id, args);
    cli_table_cell(c, "%s", said);
}

static void show(struct cli *c, const struct stages *s)
{
    static const char *const heads[] = {"table.stage", "table.office", "table.result", "table.time",
                                        "table.proof"};
    struct stages_told t;
    stages_tell(&t, s);
    cli_say(c, t.record, "%s", t.record_args);
    cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; i < t.n; i++) {
        const struct stages_line *l = &t.line[i];
        char when[32];
        cli_time(when, l->time_s * 1000);
        cell(c, l->stage, "");
        cli_table_cell(c, "%s", l->office);
        cell(c, l->result, l->result_args);
        cli_table_cell(c, "%s%s", l->time_s && l->at_latest ? "≤ " : "", when);
        cell(c, l->proof, l->proof_args);
    }
    cli_table_end(c);
    if (t.remark)
        cli_say(c, t.remark, "%s", t.remark_args);
}

int cli_stages(struct cli *c, const char *record, unsigned rev)
{
    struct stages_of what = {.rev = rev};
    char office[QN_CODE_MAX + 1];
    struct stages s;
    struct qn_err err;
    enum qn_code rc = stages_parse(office, &what.id, c->office->st, record, &err);
    what.office = office;
    if (!rc)
        rc = cli_known_office(c, office, &err);
    if (!rc)
        rc = stages_read(&s, c->office->st, &what, &err);
    if (rc)
        return cli_fail(c, &err);
    if (!c->json) {
        show(c, &s);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 65536);
    rc = stages_json(&text, &s, &err);
    if (rc)
        return cli_fail(c, &err);
    fprintf(c->out, "%.*s\n", (int)text.n, (const char *)text.p);
    return 0;
}
