/* sample_state.h - how far a sample has come, as SQL: of one record (sql-sampling.def) and of the rows of a list (list.def).
 * SPEC: protocol/spec/sampling.md (sampling-25)                                                                        */
#ifndef QIAN_NODE_STORE_SAMPLE_STATE_H
#define QIAN_NODE_STORE_SAMPLE_STATE_H

/* clang-format off */
/* Of a sample s and its report r, if any. */
#define SAMPLING_TEST_ENDED \
    "coalesce((SELECT c.conclusion FROM blind_reveal v JOIN lab_test_now t ON t.office = v.office AND t.mark_id = v.mark_id JOIN test_conclusion c ON c.office = t.office AND c.test_id = t.id WHERE v.office = s.office AND v.sample_id = s.id), " \
    "(SELECT c.conclusion FROM lab_test_now t JOIN test_conclusion c ON c.office = t.office AND c.test_id = t.id WHERE t.office = s.office AND t.sample_id = s.id))"
#define SAMPLING_RECEPTION "(SELECT p.outcome FROM sample_reception_now p WHERE p.office = s.office AND p.sample_id = s.id)"
#define SAMPLING_REFUSAL \
    "(SELECT c.outcome FROM refusal_determination_now d JOIN refusal_cosign_now c ON c.determination_office = d.office AND c.determination_id = d.id AND c.office = s.county WHERE d.office = s.office AND d.sample_id = s.id)"
#define SAMPLING_OPEN \
    "(SELECT CASE WHEN o.decision = 'retest' THEN 'retest' ELSE 'objection' END FROM objection_now o WHERE o.office = r.office AND o.report_id = r.id AND (o.decision IS NULL OR (o.decision = 'retest' AND NOT EXISTS " \
    "(SELECT 1 FROM retest_now x WHERE x.office = o.office AND x.objection_id = o.id AND x.conclusion IS NOT NULL))) ORDER BY o.id LIMIT 1)"
#define SAMPLING_SERVICES "FROM report_service_now v WHERE v.office = r.office AND v.report_id = r.id AND v.receiver_kind IN ('party', 'producer')"
#define SAMPLING_DAYS "coalesce((SELECT t.objection_days FROM sampling_task_now t WHERE t.office = s.office AND t.id = s.task_id AND t.objection_days BETWEEN 1 AND 365), 15)"
/* today: a date; numbered: whether this office gave the sample a blind number. */
#define SAMPLE_STATE(today, numbered) \
    "CASE WHEN EXISTS (SELECT 1 FROM sample_disposal_now x WHERE x.office = s.office AND x.sample_id = s.id) THEN 'disposed' WHEN EXISTS (SELECT 1 FROM product_dispatch_now x WHERE x.office = s.office AND x.sample_id = s.id) THEN 'follow_up' " \
    "WHEN s.outcome = 'refused' THEN CASE " SAMPLING_REFUSAL " WHEN 'agreed' THEN 'refusal_determined' WHEN 'disputed' THEN 'refusal_disputed' ELSE 'refused' END WHEN s.outcome <> 'sampled' THEN s.outcome " \
    "WHEN " SAMPLING_RECEPTION " = 'rejected' THEN 'rejected' WHEN " SAMPLING_RECEPTION " = 'terminated' THEN 'testing_terminated' " \
    "WHEN r.id IS NOT NULL THEN coalesce(" SAMPLING_OPEN ", CASE WHEN NOT EXISTS (SELECT 1 " SAMPLING_SERVICES ") THEN 'reported' WHEN EXISTS (SELECT 1 " SAMPLING_SERVICES " AND v.received_on IS NULL) THEN 'served' WHEN (SELECT date(max(v.received_on), '+' || " SAMPLING_DAYS " || ' days') " SAMPLING_SERVICES ") < " today " THEN 'final' ELSE 'served' END) " \
    "WHEN " SAMPLING_TEST_ENDED " IN ('testing_terminated', 'cannot_be_tested') THEN " SAMPLING_TEST_ENDED " WHEN " SAMPLING_TEST_ENDED " IS NOT NULL OR EXISTS (SELECT 1 FROM blind_reveal v WHERE v.office = s.office AND v.sample_id = s.id) THEN 'tested' " \
    "WHEN " numbered " THEN 'blind_numbered' WHEN " SAMPLING_RECEPTION " = 'received' THEN 'received' WHEN s.shipped_on IS NOT NULL THEN 'in_transit' ELSE 'sealed' END"
/* clang-format on */
#endif
