/* model.h - what may be shown, as lists: rows of released parts, column by column from an allow-list.
 *                                                                Spec: protocol/spec/publication.md
 * Ownership: a loaded model owns the parts' bytes; every span borrows from them. model_free() empties it. */
#ifndef QIAN_NODE_PUBLISH_MODEL_H
#define QIAN_NODE_PUBLISH_MODEL_H

#include "node/publish/released.h"

/* Every row begins with its key and where it stands: log, entry and part. */
struct m_key {
    struct qn_span office;
    int64_t id, rev;
    struct released_part from;
};
struct m_plan {
    struct m_key key;
    struct qn_span series, title, doc_no, issued_on, deadline;
    int64_t year, publication_days;
};
struct m_task {
    struct m_key key;
    int64_t plan_id, withdrawn;
    struct qn_span no, name, draw_type, items, object_scope, quantity_text, window_text,
        window_from, window_to, initiator_guidance, inspecting_level;
};
struct m_slot {
    struct m_key key;
    int64_t plan_id, round;
    struct qn_span task, type, drawer, window_from, window_to;
};
struct m_rules {
    struct m_key key;
    int64_t plan_id, round;
    struct qn_span task, rules;
    uint8_t hash[QN_HASH]; /* SHA-256 of the text: how an order names it */
};
struct m_order {
    struct m_key key;
    struct qn_span drawer, issuer, series, task, type, note;
    int64_t round, attempt, supp;
};
struct m_freeze {
    struct m_key key;
    struct qn_span text;
};
struct m_draw {
    struct m_key key;
    struct qn_span order_origin, text;
    int64_t order_seq;
};
struct m_selected {
    struct m_key key;
    int64_t draw_id, slot_no, mode;
    struct qn_span object_id, salt;
};
struct m_exception {
    struct m_key key;
    struct qn_span kind, reason;
    int64_t draw_id;
};
struct m_verdict {
    struct m_key key;
    struct qn_span draw_office, level, outcome, codes, not_checked, judged_on;
    int64_t draw_id;
};
struct m_result {
    struct m_key key;
    struct qn_span draw_office, task, object_id, object_name, completed_on, codes, text, reason;
    int64_t draw_id, round;
};
struct m_item {
    struct m_key key;
    struct qn_span name, codes, text;
    int64_t result_id, result_rev, withdrawn;
};
struct m_publication {
    struct m_key key;
    struct qn_span result_office, channel, completed_on, published_on;
    int64_t result_id, result_rev;
};
struct m_consolidated {
    struct m_key key;
    struct qn_span series, publication_office;
    int64_t publication_id, publication_rev;
};
struct m_stask {
    struct m_key key;
    struct qn_span title, doc_no, issued_on, scope;
    int64_t withdrawn;
};
struct m_sproduct {
    struct m_key key;
    struct qn_span no, category, name;
    int64_t task_id, batches, withdrawn;
};
struct m_spublic {
    struct m_key key;
    struct qn_span product, model, trademark, batch_no, producer, party, party_uscc, stage, sampled_on,
        lab, report_no, conclusion, failed_items, published_on, reason;
    int64_t task_id, withdrawn;
};
struct m_code {
    struct m_key key;
    struct qn_span list, code, name_zh, name_en;
};

enum model_list {
    M_PLAN,
    M_TASK,
    M_SLOT,
    M_RULES,
    M_ORDER,
    M_FREEZE,
    M_DRAW,
    M_SELECTED,
    M_EXCEPTION,
    M_VERDICT,
    M_RESULT,
    M_ITEM,
    M_PUBLICATION,
    M_CONSOLIDATED,
    M_CODE,
    M_STASK,
    M_SPRODUCT,
    M_SPUBLIC,
    M_LISTS
};
struct model {
    struct released released;
    struct list list
        [M_LISTS]; /* each by (office, id, rev); M_SELECTED by (office, draw_id, slot_no, object_id), M_ITEM by
                      (office, result_id, result_rev, id) */
    struct list bytes; /* struct qn_buf */
};
/* which: bits (1 << enum model_list) of the lists wanted. */
QN_MUST_USE enum qn_code model_load(struct model *out, struct store *st, unsigned which,
                                    struct qn_err *err);
#define MODEL_ALL ((1u << M_LISTS) - 1)
void model_free(struct model *m);
static inline void model_auto(struct model *m)
{
    model_free(m);
}
size_t model_count(const struct model *m, enum model_list list);
const void *model_at(const struct model *m, enum model_list list, size_t i);
/* Whether row i is the newest revision of its record in this list. */
bool model_newest(const struct model *m, enum model_list list, size_t i);
/* The newest revision of (office, id), or the one of rev when rev > 0; NULL when it is not there. */
const void *model_find(const struct model *m, enum model_list list, struct qn_span office,
                       int64_t id, int64_t rev);
/* The first row of a draw in M_SELECTED, and how many follow it (itself counted). */
const struct m_selected *model_selected(const struct model *m, struct qn_span office,
                                        int64_t draw_id, size_t *n);

/* The first item of a result at a revision (visits-11), and how many follow it (itself counted). */
const struct m_item *model_items(const struct model *m, struct qn_span office, int64_t result_id,
                                 int64_t result_rev, size_t *n);

/* The order that a draw answers, its freeze, a slot's rules by hash; NULL when not released or not here. */
const struct m_order *model_order_of(const struct model *m, const struct m_draw *d);
const struct m_freeze *model_freeze_at(const struct model *m, struct qn_span origin, uint64_t seq);
const struct m_rules *model_rules_by_hash(const struct model *m, const uint8_t hash[QN_HASH]);
const struct m_plan *model_plan(const struct model *m, struct qn_span issuer,
                                struct qn_span series);
const struct m_task *model_task(const struct model *m, const struct m_plan *plan,
                                struct qn_span no);
/* A row of another office by name: the references of publication and consolidated. */
struct m_ref {
    struct qn_span office;
    int64_t id, rev;
};
int m_ref_cmp(const void *a, const void *b);
/* A sorted list of struct m_ref: the first that is not before (office, id, 0). */
size_t m_ref_first(const struct list *refs, struct qn_span office, int64_t id);
#endif
