/* record_types.h - the kinds of record, one file an area (types_*.c); record_types.c joins them. */
#ifndef QIAN_NODE_WORK_RECORD_TYPES_H
#define QIAN_NODE_WORK_RECORD_TYPES_H

#include "node/work/record.h"

extern const struct record_type record_follow_up, record_correction_order, record_recheck,
    record_case_file, record_transfer, record_transfer_answer, record_clue, record_clue_answer;
extern const struct record_type record_inspector_cert, record_expert, record_target_answer,
    record_visit_approval, record_visit_notice, record_visit, record_check_answer,
    record_result_review;
/* Written by their own commands (result.h, draw); here so that others can refer to them. */
extern const struct record_type record_inspection, record_item_result, record_draw_result;

extern const struct record_type record_item_list, record_item, record_item_basis, record_checklist,
    record_check_point;
/* Plans and their tasks have their own commands; here so that others can refer to them. */
extern const struct record_type record_plan, record_plan_task, record_task_item, record_filing,
    record_filing_answer;

extern const struct record_type record_scope_bound;
extern const struct record_type record_calendar, record_deadline_rule;
extern const struct record_type record_business_count, record_report_snapshot;
extern const struct record_type record_review_rule;

/* Product sampling: types_sampling.c (tasks, sheets), types_sampling_test.c (lab), types_sampling_after.c (reports). */
extern const struct record_type record_lab, record_lab_person, record_sampling_task,
    record_sampling_product, record_sampling_quota, record_sample, record_refusal_determination,
    record_refusal_cosign, record_sample_reception, record_blind_mark, record_blind_reveal,
    record_lab_test, record_test_item, record_test_conclusion, record_test_report,
    record_report_service, record_objection, record_retest, record_sample_disposal,
    record_product_dispatch, record_improvement_proposal, record_ecqs_entry, record_lab_report,
    record_sample_publication;

/* Systems outside that people type into: types_outside.c. */
extern const struct record_type record_publication, record_system_entry;

/* For checks: two dates in this order, either may be empty; a field that is filled. */
/* SPEC records-31: "What follows is of no day before what it follows" - a filled field and the day from which it may be. */
QN_MUST_USE enum qn_code record_since(const struct record_draft *d, const char *field,
                                      const char *from, struct qn_err *err);
QN_MUST_USE enum qn_code record_in_order(const struct record_draft *d, const char *first,
                                         const char *then, struct qn_err *err);
QN_MUST_USE enum qn_code record_needs(const struct record_draft *d, const char *field,
                                      struct qn_err *err);
/* The record that a reference names, as it stands; the field must not be empty. */
QN_MUST_USE enum qn_code record_referred(struct record_draft *out, const struct record_draft *d,
                                         const char *field, struct qn_err *err);
#endif
