/* stages_tell.c - the stages of a row for people: which sentence of the catalogue says what. */
#include <stdio.h>
#include <string.h>

#include "node/sync/stages.h"

static struct stages_line *add(struct stages_told *t, const char *stage, const char *office)
{
    struct stages_line *l = &t->line[t->n++];
    l->stage = stage;
    memcpy(l->office, office, sizeof(l->office));
    return l;
}

static void prove(struct stages_line *l, const struct stage_above *a, bool receipt)
{
    l->proof = "stages.by-nothing";
    if (receipt && a->has_receipt) {
        l->proof = "stages.by-receipt";
        snprintf(l->proof_args, sizeof(l->proof_args), "headers=%llu|stored=%llu|applied=%llu",
                 (unsigned long long)a->headers, (unsigned long long)a->stored,
                 (unsigned long long)a->applied);
    } else if (!receipt && a->cosigned) {
        l->proof = "stages.by-cosignature";
        snprintf(l->proof_args, sizeof(l->proof_args), "size=%llu", (unsigned long long)a->size);
    }
}

static const char *received_id(const struct stages *s, const struct stage_above *a)
{
    if (stage_is_received(a->stage))
        return "stages.received";
    if (a->stage == STAGE_NOTHING)
        return "stages.not-received";
    /* A cosignature that no receipt accompanies tells of the header, and nothing of what belongs to it. */
    return a->has_receipt && s->seq < a->headers ? "stages.header" : "stages.cosigned";
}

static void received(struct stages_told *t, const char *stage, const struct stages *s, unsigned i)
{
    const struct stage_above *a = &s->above[i];
    struct stages_line *l = add(t, stage, a->office);
    bool exact;
    l->result = received_id(s, a);
    if (a->stage != STAGE_NOTHING) {
        l->time_s = stage_received_s(a, &exact);
        l->at_latest = !exact;
    }
    prove(l, a, !a->cosigned);
}

static const char *applied_id(enum stage stage)
{
    switch (stage) {
    case STAGE_NOTHING:
    case STAGE_HEADER:
        return "stages.not-applied";
    case STAGE_STORED:
        return "stages.only-stored";
    case STAGE_HELD:
        return "stages.held";
    case STAGE_SETTLED:
        return "stages.settled";
    case STAGE_REFUSED:
        return "stages.refused";
    case STAGE_APPLIED:
        return "stages.applied";
    }
    return "stages.not-applied";
}

static void applied(struct stages_told *t, const struct stage_above *a)
{
    struct stages_line *l = add(t, "stages.parent-applied", a->office);
    l->result = applied_id(a->stage);
    if (a->rule[0])
        snprintf(l->result_args, sizeof(l->result_args), "rule=%s", a->rule);
    if (a->stage > STAGE_STORED) {
        l->time_s = a->receipt_s;
        l->at_latest = true;
    }
    prove(l, a, true);
}

/* The first office above the parent that has it. */
static const char *who_else(const struct stages *s)
{
    for (unsigned i = 1; i < s->n; i++)
        if (s->above[i].cosigned || stage_is_received(s->above[i].stage))
            return s->above[i].office;
    return "-";
}

static void name_record(struct stages_told *t, const struct stages *s)
{
    char id[40], name[QN_CODE_MAX + 48];
    qn_row_id_text(id, s->id);
    snprintf(name, sizeof(name), "%s:%s", s->office, id);
    t->record = s->table[0] ? "stages.record-is" : "stages.record-entry";
    snprintf(t->record_args, sizeof(t->record_args), "record=%s|table=%s|rev=%lld|log=%s|seq=%llu",
             name, s->table, (long long)s->rev, s->origin, (unsigned long long)s->seq);
}

void stages_tell(struct stages_told *out, const struct stages *s)
{
    *out = (struct stages_told){.n = 0};
    name_record(out, s);
    struct stages_line *l = add(out, "stages.signed", s->office);
    l->result = "stages.is-signed";
    l->proof = "stages.by-claim";
    l->time_s = s->claimed_ms / 1000;
    if (!s->n) {
        out->remark = "stages.top";
        snprintf(out->remark_args, sizeof(out->remark_args), "office=%s", s->office);
        return;
    }
    received(out, "stages.parent-received", s, 0);
    applied(out, &s->above[0]);
    for (unsigned i = 1; i + 1 < s->n; i++)
        received(out, "stages.between-received", s, i);
    received(out, "stages.province-received", s, s->n - 1);
    const char *parent = s->above[0].office;
    if (s->bypassed) {
        out->remark = "stages.bypassed";
        snprintf(out->remark_args, sizeof(out->remark_args), "parent=%s|by=%s", parent,
                 who_else(s));
    } else if (s->above[0].stage == STAGE_NOTHING) {
        out->remark = "stages.hint";
        snprintf(out->remark_args, sizeof(out->remark_args), "parent=%s", parent);
    }
}
