/* stages_json.c - the stages of a row for machines; what the members mean is in protocol/spec/stages.md. */
#include <jansson.h>
#include <stdlib.h>

#include "node/sync/stages.h"

static void put_time(json_t *o, const char *name, bool known, uint64_t s)
{
    json_object_set_new(o, name, known ? json_integer((json_int_t)s) : json_null());
}

static json_t *four(const char *stage, bool done, const char *office)
{
    return json_pack("{s:s, s:b, s:s}", "stage", stage, "done", done, "office", office);
}

static json_t *received(const char *stage, const struct stage_above *a)
{
    bool exact, done = stage_is_received(a->stage);
    uint64_t s = stage_received_s(a, &exact);
    json_t *o = four(stage, done, a->office);
    put_time(o, "time_s", done && s, s);
    json_object_set_new(o, "exact", json_boolean(done && exact));
    return o;
}

static json_t *applied(const struct stage_above *a)
{
    bool done = a->stage == STAGE_APPLIED;
    json_t *o = four("parent-applied", done, a->office);
    put_time(o, "time_s", a->has_receipt && a->stage > STAGE_STORED, a->receipt_s);
    json_object_set_new(o, "exact", json_false());
    json_object_set_new(o, "state", json_string(stage_name(a->stage)));
    json_object_set_new(o, "rule", a->rule[0] ? json_string(a->rule) : json_null());
    return o;
}

static json_t *proof(const struct stage_above *a)
{
    json_t *o = json_pack("{s:s, s:i, s:s}", "office", a->office, "level", (int)a->level, "state",
                          stage_name(a->stage));
    json_object_set_new(o, "rule", a->rule[0] ? json_string(a->rule) : json_null());
    json_object_set_new(o, "cosigned",
                        a->cosigned ? json_pack("{s:I, s:I}", "size", (json_int_t)a->size, "time_s",
                                                (json_int_t)a->cosigned_s)
                                    : json_null());
    json_object_set_new(o, "receipt",
                        a->has_receipt
                            ? json_pack("{s:I, s:I, s:I, s:I}", "time_s", (json_int_t)a->receipt_s,
                                        "headers", (json_int_t)a->headers, "stored",
                                        (json_int_t)a->stored, "applied", (json_int_t)a->applied)
                            : json_null());
    return o;
}

enum qn_code stages_json(struct qn_buf *out, const struct stages *s, struct qn_err *err)
{
    static const char *const lanes[] = {"control", "plan", "draw", "result", "bulk"};
    char id[40], name[QN_CODE_MAX + 48];
    char leaf[2 * QN_HASH + 1], sig[2 * QN_SIG + 1];
    json_t *list = json_array(), *above = json_array();
    qn_row_id_text(id, s->id);
    snprintf(name, sizeof(name), "%s:%s", s->office, id);
    json_t *signed_ = four("signed", true, s->office);
    json_object_set_new(signed_, "time_s", json_integer((json_int_t)(s->claimed_ms / 1000)));
    json_object_set_new(signed_, "exact", json_false()); /* a claim of the author's clock */
    json_array_append_new(list, signed_);
    if (s->n) {
        json_array_append_new(list, received("parent-received", &s->above[0]));
        json_array_append_new(list, applied(&s->above[0]));
        json_array_append_new(list, received("province-received", &s->above[s->n - 1]));
    }
    for (unsigned i = 0; i < s->n; i++)
        json_array_append_new(above, proof(&s->above[i]));
    json_t *o = json_pack("{s:s, s:I, s:s, s:s, s:I, s:s, s:b, s:o, s:o}", "record", name, "rev",
                          (json_int_t)s->rev, "table", s->table, "origin", s->origin, "seq",
                          (json_int_t)s->seq, "lane", lanes[s->lane], "bypassed", s->bypassed,
                          "stages", list, "offices", above);
    qn_hex(leaf, s->leaf, sizeof(s->leaf));
    qn_hex(sig, s->sig, sizeof(s->sig));
    json_object_set_new(o, "hash", json_string(leaf));
    json_object_set_new(o, "signature", json_string(sig));
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    enum qn_code rc = text ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (text)
        qn_put_str(out, text);
    free(text);
    json_decref(o);
    return rc ? rc : qn_buf_check(out, err);
}
