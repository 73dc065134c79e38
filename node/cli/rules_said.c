#include "node/cli/rules_said.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/text/condition.h"

static json_t *words(enum text_lang lang, const struct qn_rules *r, struct qn_expr e)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_RULES_MAX);
    condition_put(&b, lang, r, e);
    return json_stringn((const char *)b.p, b.n);
}

static json_t *strata_of(enum text_lang lang, const struct qn_rules *r)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < r->nstrata; i++) {
        const struct qn_stratum *s = &r->stratum[i];
        json_array_append_new(all, json_pack("{s:I, s:I, s:I, s:o}", "num", (json_int_t)s->num,
                                             "den", (json_int_t)s->den, "least", (json_int_t)s->min,
                                             "condition", words(lang, r, s->expr)));
    }
    return all;
}

static json_t *roles_of(const struct qn_rules *r)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < r->nroles; i++) {
        json_t *quals = json_array();
        for (unsigned k = 0; k < r->role[i].nquals; k++)
            json_array_append_new(quals, json_integer(r->role[i].qual[k]));
        json_array_append_new(all, json_pack("{s:I, s:o}", "inspectors", (json_int_t)r->role[i].k,
                                             "qualifications", quals));
    }
    return all;
}

json_t *rules_said(enum text_lang lang, struct qn_span rules)
{
    struct qn_err err;
    struct qn_rules *r = malloc(sizeof(*r));
    json_t *o = r && qn_rules_parse(r, rules, &err) == QN_OK
                    ? json_pack("{s:o, s:o, s:o}", "population", words(lang, r, r->population),
                                "strata", strata_of(lang, r), "roles", roles_of(r))
                    : json_null();
    free(r);
    return o;
}
