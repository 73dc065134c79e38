#include "node/work/record_types.h"

#include <assert.h>
#include <string.h>

static const struct record_type *const types[] = {
    &record_plan,
    &record_plan_task,
    &record_task_item,
    &record_filing,
    &record_filing_answer,
    &record_item_list,
    &record_item,
    &record_item_basis,
    &record_checklist,
    &record_check_point,
    &record_follow_up,
    &record_correction_order,
    &record_recheck,
    &record_case_file,
    &record_transfer,
    &record_transfer_answer,
    &record_clue,
    &record_clue_answer,
    /* visits */
    &record_inspector_cert,
    &record_expert,
    &record_target_answer,
    &record_visit_approval,
    &record_visit_notice,
    &record_visit,
    &record_inspection,
    &record_item_result,
    &record_check_answer,
    &record_result_review,
    &record_draw_result,
    &record_scope_bound,
    &record_calendar,
    &record_deadline_rule,
    &record_business_count,
    &record_report_snapshot,
    &record_review_rule,
    /* product sampling */
    &record_lab,
    &record_lab_person,
    &record_sampling_task,
    &record_sampling_product,
    &record_sampling_quota,
    &record_sample,
    &record_refusal_determination,
    &record_refusal_cosign,
    &record_sample_reception,
    &record_blind_mark,
    &record_blind_reveal,
    &record_lab_test,
    &record_test_item,
    &record_test_conclusion,
    &record_test_report,
    &record_report_service,
    &record_objection,
    &record_retest,
    &record_sample_disposal,
    &record_product_dispatch,
    &record_improvement_proposal,
    &record_lab_report,
    &record_ecqs_entry,
    /* systems outside */
    &record_publication,
    &record_system_entry,
    &record_sample_publication,
};

const struct record_type *record_type_at(unsigned i)
{
    return i < sizeof(types) / sizeof(types[0]) ? types[i] : NULL;
}

const struct record_type *record_type(const char *name)
{
    for (unsigned i = 0; record_type_at(i); i++)
        if (strcmp(record_type_at(i)->name, name) == 0)
            return record_type_at(i);
    return NULL;
}

/* ISO dates compare as text. */
enum qn_code record_in_order(const struct record_draft *d, const char *first, const char *then,
                             struct qn_err *err)
{
    const char *a = record_text(d, first), *b = record_text(d, then);
    return !*a || !*b || strcmp(a, b) <= 0
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "value.order", "field=%s.%s|other=%s.%s|value=%s",
                         d->type->name, then, d->type->name, first, b);
}

enum qn_code record_since(const struct record_draft *d, const char *field, const char *from,
                          struct qn_err *err)
{
    const char *day = record_text(d, field);
    return !*day || !*from || strncmp(day, from, 10) >= 0
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "value.before", "field=%s.%s|value=%s|from=%.10s",
                         d->type->name, field, day, from);
}

enum qn_code record_needs(const struct record_draft *d, const char *field, struct qn_err *err)
{
    return *record_text(d, field)
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "value.empty", "field=%s.%s", d->type->name, field);
}

enum qn_code record_referred(struct record_draft *out, const struct record_draft *d,
                             const char *field, struct qn_err *err)
{
    const struct record_field *f = record_field(d->type, field);
    char office[QN_CODE_MAX + 1];
    int64_t id;
    assert(f && f->kind == FIELD_RECORD);
    enum qn_code rc = record_name(record_text(d, field), d->st, office, &id, err);
    return rc ? rc : record_load(out, d->st, record_type(f->of), office, id, 0, err);
}
