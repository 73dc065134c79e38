/* types_bound.c - how small the scope of a slot may be (protocol/spec/bounds.md). */
#include <string.h>

#include "node/store/tree.h"
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_task(const char *s)
{
    const char *slash = strchr(s, '/');
    return slash && slash > s && slash[1] && !strchr(slash + 1, '/');
}

/* SPEC bounds-1: "an office bounds the plans of offices below it" */
static enum qn_code check_bound(const struct record_draft *d, struct qn_err *err)
{
    const char *issuer = record_text(d, "issuer"), *scope = record_text(d, "scope");
    if (*issuer && !tree_is_above(d->st, store_self(d->st)->office, issuer))
        return qn_fail(err, QN_DENIED, "bound.not-below", "office=%s", issuer);
    if (*scope && !is_task(scope))
        return qn_fail(err, QN_MALFORMED, "bound.scope", "scope=%.80s", scope);
    /* SPEC bounds-1: "at least one of them is stated" */
    if (!*record_text(d, "objects") && !*record_text(d, "permille"))
        return qn_fail(err, QN_MALFORMED, "bound.empty", "");
    return QN_OK;
}

static const struct record_field bound_fields[] = {
    {.name = "issuer", .kind = FIELD_OFFICE, .flags = FIELD_FIXED},
    {.name = "scope", .kind = FIELD_TEXT, .flags = FIELD_FIXED},
    {.name = "objects", .kind = FIELD_NUMBER, .most = 100000000},
    {.name = "permille", .kind = FIELD_NUMBER, .least = 1, .most = 1000},
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "set_on", .kind = FIELD_DATE, .flags = FIELD_MUST},
};
const struct record_type record_scope_bound = {
    .name = "scope_bound",
    .table = {"scope_bound"},
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .called = "doc_no",
    .nfields = COUNT(bound_fields),
    .field = bound_fields,
    .check = check_bound,
};
