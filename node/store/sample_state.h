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
/* An objection that was accepted and takes the result away (sampling-36); one of the producer, who did not make it. */
#define SAMPLING_FALLEN "EXISTS (SELECT 1 FROM objection_now o WHERE o.office = r.office AND o.report_id = r.id AND o.decision = 'accepted' AND (instr(o.subject, 'sampling') > 0 OR (instr(o.subject, 'authenticity') > 0 AND o.objector = 'party')))"
#define SAMPLING_NOT_MADE "EXISTS (SELECT 1 FROM objection_now o WHERE o.office = r.office AND o.report_id = r.id AND o.decision = 'accepted' AND instr(o.subject, 'authenticity') > 0 AND o.objector = 'producer')"
#define SAMPLING_FOUND "coalesce((SELECT x.conclusion FROM objection_now o JOIN retest_now x ON x.office = o.office AND x.objection_id = o.id WHERE o.office = r.office AND o.report_id = r.id AND x.conclusion IS NOT NULL ORDER BY x.id DESC LIMIT 1), r.conclusion)"
#define SAMPLING_FINAL_OF "CASE WHEN " SAMPLING_FALLEN " THEN '' ELSE coalesce(" SAMPLING_FOUND ", CASE WHEN s.outcome = 'refused' AND " SAMPLING_REFUSAL " = 'agreed' THEN 'nonconforming' END, '') END"
#define SAMPLING_IS(t) "EXISTS (SELECT 1 FROM " t " x WHERE x.office = s.office AND x.sample_id = s.id)"
#define SAMPLING_UNTIL "(SELECT date(max(v.received_on), '+' || " SAMPLING_DAYS " || ' days') " SAMPLING_SERVICES ")"
/* SPEC sampling-37: "What is to be done with a sample next is the first that applies"; 'done': nothing any more. */
#define SAMPLE_NEXT(today, numbered) \
    "(SELECT CASE WHEN outcome = 'none_available' THEN 'done' WHEN outcome = 'terminated' THEN CASE WHEN sent THEN 'done' ELSE 'dispatch' END " \
    "WHEN outcome = 'refused' THEN CASE refusal WHEN 'disputed' THEN 'disputed' WHEN 'agreed' THEN CASE WHEN NOT sent THEN 'dispatch' WHEN NOT public THEN 'publish' ELSE 'done' END " \
    "ELSE CASE WHEN " SAMPLING_IS("refusal_determination_now") " THEN 'cosign' ELSE 'determine' END END " \
    "WHEN r.id IS NOT NULL THEN CASE WHEN open = 'retest' THEN 'retest' WHEN open IS NOT NULL THEN 'decide' WHEN fallen THEN gone WHEN served = 0 THEN 'service' WHEN served > received THEN 'receipt' WHEN until >= " today " THEN 'wait' " \
    "WHEN found = 'nonconforming' AND NOT sent THEN 'dispatch' WHEN NOT public THEN 'publish' ELSE gone END " \
    "WHEN reception IN ('rejected', 'terminated') OR ended IN ('testing_terminated', 'cannot_be_tested') THEN gone " \
    "WHEN ended IS NOT NULL THEN 'report' WHEN " numbered " OR " SAMPLING_IS("lab_test_now") " THEN 'test' WHEN reception = 'received' THEN 'number' ELSE 'reception' END FROM (SELECT s.outcome AS outcome, " SAMPLING_REFUSAL " AS refusal, " SAMPLING_OPEN " AS open, " \
    SAMPLING_FALLEN " AS fallen, " SAMPLING_FOUND " AS found, " SAMPLING_UNTIL " AS until, " SAMPLING_RECEPTION " AS reception, " SAMPLING_TEST_ENDED " AS ended, (SELECT count(*) " SAMPLING_SERVICES ") AS served, (SELECT count(v.received_on) " SAMPLING_SERVICES ") AS received, " \
    SAMPLING_IS("product_dispatch_now") " AS sent, " SAMPLING_IS("sample_publication") " AS public, CASE WHEN " SAMPLING_IS("sample_disposal_now") " THEN 'done' ELSE 'disposal' END AS gone))"
/* clang-format on */
#endif
