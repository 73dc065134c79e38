/* types_review.c - whether results are reviewed before they are made public: what an office decides for itself and those
 * below it.                                                     Spec: protocol/spec/publication.md (publication-14) */
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct record_field rule_fields[] = {
    {.name = "review", .kind = FIELD_WORD, .flags = FIELD_MUST, .of = "required|not_required"},
    {.name = "valid_from", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT},
};
const struct record_type record_review_rule = {
    .name = "review_rule",
    .table = {"review_rule"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(rule_fields),
    .field = rule_fields,
};
