/* export_ecqs.c - what is typed into e-CQS, in the order in which it falls due: each sheet, each result. */
#include <stdio.h>
#include <string.h>

#include "node/publish/export.h"
#include "node/store/duty.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* SPEC exports-11: "task, product, lab, number, outcome, stage and day of the sheet, party with its code, producer" */
static const struct {
    const char *key, *heading; /* NULL: column.<key> */
    const char
        *words; /* what the catalogue calls its words: "word.outcome.%s"; NULL: as it stands */
} cells[] = {
    {"sampling_task", "field.sampling-task", NULL},
    {"product", "field.product", NULL},
    {"lab", "field.lab", NULL},
    {"sheet_no", "field.sheet-no", NULL},
    {"outcome", NULL, "word.outcome.%s"},
    {"stage", "field.stage", "word.stage.%s"},
    {"sampled_on", "field.sampled-on", NULL},
    {"party", "field.party", NULL},
    {"party_uscc", "field.party-uscc", NULL},
    {"producer", "field.producer", NULL},
    {"model", "field.model", NULL},
    {"trademark", "field.trademark", NULL},
    {"batch_no", "field.batch-no", NULL},
    {"quantity", "field.quantity", NULL},
    {"report_no", "field.report-no", NULL},
    {"conclusion", "field.conclusion", "word.conclusion.%s"},
    {"ended_on", "field.ended-on", NULL},
    {"issued_on", NULL, NULL},
};
/* Of SQL_EXPORT_ECQS, in front of these. */
enum {
    Q_DATA,
    Q_DAY,
    Q_SAMPLE,
    Q_SAMPLE_REV,
    Q_REPORT,
    Q_REPORT_REV,
    Q_RETEST,
    Q_RETEST_REV,
    Q_ENTERED,
    Q_NO,
    Q_STATE,
    Q_CELLS
};

static void put_name(struct sheet_out *o, const char *office, int64_t id, int64_t rev)
{
    char row[40], name[96];
    qn_row_id_text(row, id);
    snprintf(name, sizeof(name), "%s:%s@%lld", office, row, (long long)rev);
    sheet_out_cell(o, id ? name : "");
}

static void put_row(struct sheet_out *o, const char *office, struct query *q,
                    enum export_state state)
{
    char word[FINDING_WORD];
    for (unsigned i = 0; i < COUNT(cells); i++) {
        const char *v = q_text(q, (int)(Q_CELLS + i));
        if (cells[i].words && *v)
            finding_word(word, TEXT_ZH, cells[i].words, v);
        else
            snprintf(word, sizeof(word), "%s", v);
        sheet_out_cell(o, cells[i].words && *v ? word : v);
    }
    export_state_word(word, state);
    sheet_out_cell(o, word);
    finding_word(word, TEXT_ZH, "word.data.%s", q_text(q, Q_DATA));
    sheet_out_cell(o, word);
    put_name(o, office, q_int(q, Q_SAMPLE), q_int(q, Q_SAMPLE_REV));
    put_name(o, office, q_int(q, Q_REPORT), q_int(q, Q_REPORT_REV));
    put_name(o, office, q_int(q, Q_RETEST), q_int(q, Q_RETEST_REV));
    sheet_out_cell(o, state == EXPORT_ENTERED ? q_text(q, Q_ENTERED) : "");
    sheet_out_cell(o, q_text(q, Q_NO));
    sheet_out_end_row(o);
}

static enum qn_code task_id(int64_t *id, const struct export_ask *o, const char *self,
                            struct qn_err *err)
{
    const char *colon = o->task ? strchr(o->task, ':') : NULL;
    *id = 0;
    if (!o->task)
        return QN_OK;
    if (colon && (strlen(self) != (size_t)(colon - o->task) ||
                  memcmp(self, o->task, (size_t)(colon - o->task)) != 0))
        return qn_fail(err, QN_DENIED, "export.not-own-task", "task=%.80s", o->task);
    return qn_row_id_parse(id, qn_str(colon ? colon + 1 : o->task), err);
}

enum qn_code export_ecqs(struct export_made *out, struct store *st, const struct export_ask *o,
                         struct qn_err *err)
{
    struct export_headings h = {0};
    char title[FINDING_WORD];
    int64_t task;
    *out = (struct export_made){0};
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    const char *self = store_self(st)->office;
    enum qn_code rc = task_id(&task, o, self, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_EXPORT), NULL, "ecqs", err);
    if (rc)
        return rc;
    text_render(title, sizeof(title), TEXT_ZH, "export.title.ecqs", "");
    for (unsigned i = 0; i < COUNT(cells); i++)
        export_heading(&h, cells[i].key, cells[i].heading, false);
    export_heading(&h, "state", NULL, false);
    export_heading(&h, "data", "field.data", false);
    export_heading(&h, "sample", "field.sample", false);
    export_heading(&h, "report", "field.report", false);
    export_heading(&h, "retest", "record.retest", false);
    export_heading(&h, "entered_on", "field.entered-on", false);
    export_heading(&h, "ecqs_no", "field.ecqs-no", false);
    struct sheet_how how = o->how;
    how.title = title;
    QN_AUTO(sheet_out) struct sheet_out *to = NULL;
    rc = sheet_out_start(&to, o->path, &how, err);
    if (rc)
        return rc;
    sheet_out_headings(to, h.at, h.n);
    QN_AUTO(query) struct query q = query_start(st, SQL_EXPORT_ECQS);
    q_bind_text(&q, self);
    q_bind_int(&q, task);
    while (q_step(&q)) {
        const enum export_state state = (enum export_state)q_int(&q, Q_STATE);
        out->state[state]++;
        if (o->due && state == EXPORT_ENTERED)
            continue;
        put_row(to, self, &q, state);
        out->rows++;
    }
    rc = query_end(&q, err);
    if (!rc)
        rc = store_goes_on(st, err);
    return rc ? rc : sheet_out_close(&to, err);
}
