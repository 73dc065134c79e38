/* types_outside.c - what was entered by hand into systems outside, and the publications that are entered there
 * (domain.md, outside systems). e-CQS has its own record, ecqs_entry, beside the samples it is about.
 *                                                                           Spec: protocol/spec/exports.md */
#include <string.h>

#include "node/work/record_types.h"
#include "node/work/sampling_ask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Written when results are published; here so that entries can refer to them. */
static const struct record_field publication_fields[] = {
    {.name = "result", .kind = FIELD_RECORD, .flags = FIELD_MUST | FIELD_FIXED, .of = "inspection"},
    {.name = "channel", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "completed_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "published_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_FIXED},
};
const struct record_type record_publication = {
    .name = "publication",
    .table = {"publication"},
    .kind = QN_KIND_PUBLISH,
    .command = "publish results",
    .nfields = COUNT(publication_fields),
    .field = publication_fields,
};

static enum qn_code check_entry(const struct record_draft *d, struct qn_err *err)
{
    int64_t n[2];
    const char *on = record_text(d, "entered_on");
    QN_AUTO(record_draft) struct record_draft of = {0};
    enum qn_code rc = record_referred(&of, d, "publication", err);
    /* SPEC exports-6: "not before the check was completed, nor after the day of the record" */
    if (!rc && (strcmp(on, record_text(&of, "completed_on")) < 0 || strcmp(on, d->today) > 0))
        rc = qn_fail(err, QN_MALFORMED, "export.entered-on", "value=%s|from=%s|to=%s", on,
                     record_text(&of, "completed_on"), d->today);
    if (!rc)
        rc = sampling_ask(n, d->st,
                          &(struct sampling_ask){.sql = SQL_EXPORT_ENTERED,
                                                 .text = record_text(d, "system"),
                                                 .n = {record_number(d, "publication"), d->id},
                                                 .count = 2},
                          err);
    /* SPEC exports-6: "one for each system and publication" */
    if (!rc && n[0])
        rc = qn_fail(err, QN_CONFLICT, "export.entered-twice", "value=%s",
                     record_text(d, "publication"));
    return rc;
}

/* The same publication in the same system: what is entered once stands once. */
static enum qn_code entry_held(const struct record_draft *d, int64_t *id, struct qn_err *err)
{
    int64_t n[2];
    enum qn_code rc = sampling_ask(n, d->st,
                                   &(struct sampling_ask){.sql = SQL_EXPORT_HELD,
                                                          .text = record_text(d, "system"),
                                                          .n = {record_number(d, "publication")},
                                                          .count = 1},
                                   err);
    *id = rc ? 0 : n[0];
    return rc;
}

static const struct record_field entry_fields[] = {
    {.name = "system",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "gsxt|platform"},
    {.name = "publication",
     .kind = FIELD_RECORD,
     .flags = FIELD_MUST | FIELD_FIXED,
     .of = "publication"},
    {.name = "entered_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "outside_no", .kind = FIELD_TEXT},
};
const struct record_type record_system_entry = {
    .name = "system_entry",
    .table = {"system_entry"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_INSPECTOR | ROLE_REVIEWER | ROLE_HEAD,
    .ticked = "entered_on",
    .ticks = "publication",
    .held = entry_held,
    .nfields = COUNT(entry_fields),
    .field = entry_fields,
    .check = check_entry,
};
