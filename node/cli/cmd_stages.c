/* cmd_stages.c - qian status --record: how far one row has come, for its author and for those above. */
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/sync/stages.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void word(struct cli *c, const char *id, const char *args, char out[200])
{
    text_render(out, 200, c->lang, id, args);
}

static void row(struct cli *c, const char *stage, const char *office, const char *result,
                const char *when, const char *proof)
{
    char said[200];
    word(c, stage, "", said);
    cli_table_cell(c, "%s", said);
    cli_table_cell(c, "%s", office);
    cli_table_cell(c, "%s", result);
    cli_table_cell(c, "%s", when);
    cli_table_cell(c, "%s", proof);
}

/* A receipt tells that it had happened by its time: not when. */
static void when_text(char out[48], uint64_t s, bool exact)
{
    char at[32];
    cli_time(at, s * 1000);
    snprintf(out, 48, "%s%s", s && !exact ? "≤ " : "", at);
}

static void proof_text(struct cli *c, const struct stage_above *a, bool receipt, char out[200])
{
    char args[120];
    if (receipt && a->has_receipt) {
        snprintf(args, sizeof(args), "headers=%llu|stored=%llu|applied=%llu",
                 (unsigned long long)a->headers, (unsigned long long)a->stored,
                 (unsigned long long)a->applied);
        word(c, "stages.by-receipt", args, out);
    } else if (a->cosigned) {
        snprintf(args, sizeof(args), "size=%llu", (unsigned long long)a->size);
        word(c, "stages.by-cosignature", args, out);
    } else {
        word(c, "stages.by-nothing", "", out);
    }
}

static void received_row(struct cli *c, const char *stage, const struct stage_above *a)
{
    char result[200], proof[200], when[48];
    bool exact, got = stage_is_received(a->stage);
    uint64_t s = stage_received_s(a, &exact);
    word(c,
         got                        ? "stages.received"
         : a->stage == STAGE_HEADER ? "stages.header"
                                    : "stages.not-received",
         "", result);
    when_text(when, a->stage == STAGE_NOTHING ? 0 : s, exact);
    proof_text(c, a, got && !a->cosigned, proof);
    row(c, stage, a->office, result, when, proof);
}

static void applied_row(struct cli *c, const struct stage_above *a)
{
    char id[32], args[64], result[200], proof[200], when[48];
    snprintf(id, sizeof(id), "stages.at-%s", stage_name(a->stage));
    snprintf(args, sizeof(args), "rule=%s", a->rule);
    word(c, id, a->rule[0] ? args : "", result);
    when_text(when, a->stage > STAGE_STORED ? a->receipt_s : 0, false);
    if (a->has_receipt)
        proof_text(c, a, true, proof);
    else
        word(c, "stages.by-nothing", "", proof);
    row(c, "stages.parent-applied", a->office, result, when, proof);
}

/* The first office above the parent that has it. */
static const char *who_else(const struct stages *s)
{
    for (unsigned i = 1; i < s->n; i++)
        if (s->above[i].cosigned || stage_is_received(s->above[i].stage))
            return s->above[i].office;
    return "-";
}

static void show(struct cli *c, const struct stages *s)
{
    static const char *const heads[] = {"table.stage", "table.office", "table.result", "table.time",
                                        "table.proof"};
    char id[40], name[QN_CODE_MAX + 48], when[32], signed_[200], proof[200];
    qn_row_id_text(id, s->id);
    snprintf(name, sizeof(name), "%s:%s", s->office, id);
    if (s->table[0])
        cli_say(c, "stages.record-is", "record=%s|table=%s|rev=%lld|log=%s|seq=%llu", name,
                s->table, (long long)s->rev, s->origin, (unsigned long long)s->seq);
    else
        cli_say(c, "stages.record-entry", "record=%s|rev=%lld|log=%s|seq=%llu", name,
                (long long)s->rev, s->origin, (unsigned long long)s->seq);
    cli_time(when, s->claimed_ms);
    word(c, "stages.is-signed", "", signed_);
    word(c, "stages.by-claim", "", proof);
    cli_table_begin(c, COUNT(heads), heads);
    row(c, "stages.signed", s->office, signed_, when, proof);
    if (s->n) {
        received_row(c, "stages.parent-received", &s->above[0]);
        applied_row(c, &s->above[0]);
        for (unsigned i = 1; i + 1 < s->n; i++)
            received_row(c, "stages.between-received", &s->above[i]);
        received_row(c, "stages.province-received", &s->above[s->n - 1]);
    }
    cli_table_end(c);
    if (!s->n)
        cli_say(c, "stages.top", "office=%s", s->office);
    else if (s->bypassed)
        cli_say(c, "stages.bypassed", "parent=%s|by=%s", s->above[0].office, who_else(s));
    else if (s->above[0].stage == STAGE_NOTHING)
        cli_say(c, "stages.hint", "parent=%s", s->above[0].office);
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
