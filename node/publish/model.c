#include "node/publish/model.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

/* ---- the allow-list ----------------------------------------------------------------------------- */

struct field {
    const char *column; /* NULL ends the list */
    size_t at;
    bool number;
};
#define TEXT_OF(T, member, col) \
    { \
        col, offsetof(struct T, member), false \
    }
#define NUM_OF(T, member, col) \
    { \
        col, offsetof(struct T, member), true \
    }

/* SPEC publication-3: "No other column of any table is ever read for the site." */
static const struct {
    const char *table;
    size_t each;
    struct field field[18];
} allowed[M_LISTS] = {
    [M_PLAN] = {"plan",
                sizeof(struct m_plan),
                {TEXT_OF(m_plan, series, "series"), TEXT_OF(m_plan, title, "title"),
                 TEXT_OF(m_plan, doc_no, "doc_no"), TEXT_OF(m_plan, issued_on, "issued_on"),
                 TEXT_OF(m_plan, deadline, "deadline"), NUM_OF(m_plan, year, "year"),
                 NUM_OF(m_plan, publication_days, "publication_days")}},
    [M_TASK] = {"plan_task",
                sizeof(struct m_task),
                {NUM_OF(m_task, plan_id, "plan_id"), TEXT_OF(m_task, no, "no"),
                 TEXT_OF(m_task, name, "name"), TEXT_OF(m_task, draw_type, "draw_type"),
                 TEXT_OF(m_task, items, "items"), TEXT_OF(m_task, object_scope, "object_scope"),
                 TEXT_OF(m_task, quantity_text, "quantity_text"),
                 TEXT_OF(m_task, window_text, "window_text"),
                 TEXT_OF(m_task, window_from, "window_from"),
                 TEXT_OF(m_task, window_to, "window_to"),
                 TEXT_OF(m_task, initiator_guidance, "initiator_guidance_text"),
                 TEXT_OF(m_task, inspecting_level, "inspecting_level_text"),
                 NUM_OF(m_task, withdrawn, "withdrawn")}},
    [M_SLOT] = {"slot",
                sizeof(struct m_slot),
                {NUM_OF(m_slot, plan_id, "plan_id"), TEXT_OF(m_slot, task, "task"),
                 NUM_OF(m_slot, round, "round"), TEXT_OF(m_slot, type, "type"),
                 TEXT_OF(m_slot, drawer, "drawer"), TEXT_OF(m_slot, window_from, "window_from"),
                 TEXT_OF(m_slot, window_to, "window_to")}},
    [M_RULES] = {"slot_rules",
                 sizeof(struct m_rules),
                 {NUM_OF(m_rules, plan_id, "plan_id"), TEXT_OF(m_rules, task, "task"),
                  NUM_OF(m_rules, round, "round"), TEXT_OF(m_rules, rules, "rules")}},
    [M_ORDER] = {"draw_order",
                 sizeof(struct m_order),
                 {TEXT_OF(m_order, drawer, "drawer"), TEXT_OF(m_order, issuer, "issuer"),
                  TEXT_OF(m_order, series, "series"), TEXT_OF(m_order, task, "task"),
                  NUM_OF(m_order, round, "round"), TEXT_OF(m_order, type, "type"),
                  NUM_OF(m_order, attempt, "attempt"), NUM_OF(m_order, supp, "supp"),
                  TEXT_OF(m_order, note, "note")}},
    [M_FREEZE] = {"draw_freeze", sizeof(struct m_freeze), {TEXT_OF(m_freeze, text, "text")}},
    [M_DRAW] = {"draw_result",
                sizeof(struct m_draw),
                {TEXT_OF(m_draw, order_origin, "order_origin"),
                 NUM_OF(m_draw, order_seq, "order_seq"), TEXT_OF(m_draw, text, "text")}},
    [M_SELECTED] = {"draw_selected",
                    sizeof(struct m_selected),
                    {NUM_OF(m_selected, draw_id, "draw_id"), NUM_OF(m_selected, slot_no, "slot_no"),
                     TEXT_OF(m_selected, object_id, "object_id"), NUM_OF(m_selected, mode, "mode"),
                     TEXT_OF(m_selected, salt, "salt")}},
    [M_EXCEPTION] = {"draw_exc_reason",
                     sizeof(struct m_exception),
                     {NUM_OF(m_exception, draw_id, "draw_id"), TEXT_OF(m_exception, kind, "kind"),
                      TEXT_OF(m_exception, reason, "reason")}},
    [M_VERDICT] = {"draw_verdict",
                   sizeof(struct m_verdict),
                   {TEXT_OF(m_verdict, draw_office, "draw_office"),
                    NUM_OF(m_verdict, draw_id, "draw_id"), TEXT_OF(m_verdict, level, "level"),
                    TEXT_OF(m_verdict, outcome, "outcome"), TEXT_OF(m_verdict, codes, "codes"),
                    TEXT_OF(m_verdict, not_checked, "not_checked"),
                    TEXT_OF(m_verdict, judged_on, "judged_on")}},
    [M_RESULT] = {"inspection_result",
                  sizeof(struct m_result),
                  {TEXT_OF(m_result, draw_office, "draw_office"),
                   NUM_OF(m_result, draw_id, "draw_id"), TEXT_OF(m_result, task, "task"),
                   NUM_OF(m_result, round, "round"), TEXT_OF(m_result, object_id, "object_id"),
                   TEXT_OF(m_result, object_name, "object_name"),
                   TEXT_OF(m_result, completed_on, "completed_on"),
                   TEXT_OF(m_result, codes, "codes"), TEXT_OF(m_result, text, "result_text"),
                   TEXT_OF(m_result, reason, "reason")}},
    [M_ITEM] = {"item_result",
                sizeof(struct m_item),
                {NUM_OF(m_item, result_id, "inspection_id"),
                 NUM_OF(m_item, result_rev, "inspection_rev"), TEXT_OF(m_item, name, "name"),
                 TEXT_OF(m_item, codes, "codes"), TEXT_OF(m_item, text, "result_text"),
                 NUM_OF(m_item, withdrawn, "withdrawn")}},
    [M_PUBLICATION] = {"publication",
                       sizeof(struct m_publication),
                       {TEXT_OF(m_publication, result_office, "result_office"),
                        NUM_OF(m_publication, result_id, "result_id"),
                        NUM_OF(m_publication, result_rev, "result_rev"),
                        TEXT_OF(m_publication, channel, "channel"),
                        TEXT_OF(m_publication, completed_on, "completed_on"),
                        TEXT_OF(m_publication, published_on, "published_on")}},
    [M_CONSOLIDATED] = {"consolidated",
                        sizeof(struct m_consolidated),
                        {TEXT_OF(m_consolidated, series, "series"),
                         TEXT_OF(m_consolidated, publication_office, "publication_office"),
                         NUM_OF(m_consolidated, publication_id, "publication_id"),
                         NUM_OF(m_consolidated, publication_rev, "publication_rev")}},
    [M_CODE] = {"code",
                sizeof(struct m_code),
                {TEXT_OF(m_code, list, "list"), TEXT_OF(m_code, code, "code"),
                 TEXT_OF(m_code, name_zh, "name_zh"), TEXT_OF(m_code, name_en, "name_en")}},
    [M_STASK] = {"sampling_task",
                 sizeof(struct m_stask),
                 {TEXT_OF(m_stask, title, "title"), TEXT_OF(m_stask, doc_no, "doc_no"),
                  TEXT_OF(m_stask, issued_on, "issued_on"), TEXT_OF(m_stask, scope, "scope"),
                  NUM_OF(m_stask, withdrawn, "withdrawn")}},
    [M_SPRODUCT] = {"sampling_product",
                    sizeof(struct m_sproduct),
                    {NUM_OF(m_sproduct, task_id, "task_id"), TEXT_OF(m_sproduct, no, "no"),
                     TEXT_OF(m_sproduct, category, "category"), TEXT_OF(m_sproduct, name, "name"),
                     NUM_OF(m_sproduct, batches, "batches"),
                     NUM_OF(m_sproduct, withdrawn, "withdrawn")}},
    [M_SPUBLIC] =
        {"sample_publication",
         sizeof(struct m_spublic),
         {NUM_OF(m_spublic, task_id, "task_id"), TEXT_OF(m_spublic, product, "product"),
          TEXT_OF(m_spublic, model, "model"), TEXT_OF(m_spublic, trademark, "trademark"),
          TEXT_OF(m_spublic, batch_no, "batch_no"), TEXT_OF(m_spublic, producer, "producer"),
          TEXT_OF(m_spublic, party, "party"), TEXT_OF(m_spublic, party_uscc, "party_uscc"),
          TEXT_OF(m_spublic, stage, "stage"), TEXT_OF(m_spublic, sampled_on, "sampled_on"),
          TEXT_OF(m_spublic, lab, "lab"), TEXT_OF(m_spublic, report_no, "report_no"),
          TEXT_OF(m_spublic, conclusion, "conclusion"),
          TEXT_OF(m_spublic, failed_items, "failed_items"),
          TEXT_OF(m_spublic, published_on, "published_on"), TEXT_OF(m_spublic, reason, "reason"),
          NUM_OF(m_spublic, withdrawn, "withdrawn")}},
};

struct loading {
    struct model *m;
    unsigned which;
    struct released_part from;
};

static enum qn_code take_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct loading *l = ctx;
    unsigned i = 0;
    while (i < M_LISTS && strcmp(allowed[i].table, row->table->name) != 0)
        i++;
    if (i == M_LISTS || !(l->which & (1u << i)))
        return QN_OK;
    uint8_t *made = list_add(&l->m->list[i], allowed[i].each);
    if (!made)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    struct m_key key = {
        .office = row->col[0].s, .id = row->col[1].i, .rev = row->col[2].i, .from = l->from};
    memcpy(made, &key, sizeof(key));
    for (const struct field *f = allowed[i].field; f->column; f++) {
        const struct qn_value *v = row_column(row, f->column);
        if (f->number)
            memcpy(made + f->at, &v->i, sizeof(v->i));
        else
            memcpy(made + f->at, &v->s, sizeof(v->s));
    }
    if (i == M_RULES) {
        struct m_rules *r = (struct m_rules *)(void *)made;
        wire_sha256(r->hash, &r->rules, 1);
    }
    return QN_OK;
}

/* ---- loading ------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
    const struct m_key *x = a, *y = b;
    int c = qn_span_cmp(x->office, y->office);
    if (c)
        return c;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->rev > y->rev) - (x->rev < y->rev);
}

static int by_draw(const struct m_selected *x, struct qn_span office, int64_t draw_id)
{
    int c = qn_span_cmp(x->key.office, office);
    return c ? c : (x->draw_id > draw_id) - (x->draw_id < draw_id);
}

static int by_selected(const void *a, const void *b)
{
    const struct m_selected *x = a, *y = b;
    int c = by_draw(x, y->key.office, y->draw_id);
    if (c)
        return c;
    if (x->slot_no != y->slot_no)
        return x->slot_no < y->slot_no ? -1 : 1;
    return qn_span_cmp(x->object_id, y->object_id);
}

static int of_result(const struct m_item *x, struct qn_span office, int64_t id, int64_t rev)
{
    int c = qn_span_cmp(x->key.office, office);
    if (!c)
        c = (x->result_id > id) - (x->result_id < id);
    return c ? c : (x->result_rev > rev) - (x->result_rev < rev);
}

static int by_item(const void *a, const void *b)
{
    const struct m_item *x = a, *y = b;
    int c = of_result(x, y->key.office, y->result_id, y->result_rev);
    return c ? c : by_key(a, b);
}

/* SPEC publication-2: "A verdict goes with its draw: its part counts as released when the draw it judges is." */
static enum qn_code load_verdicts(struct loading *l, struct store *st, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    l->which = 1u << M_VERDICT;
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_VERDICT_ENTRIES);
    while (!rc && q_step(&q)) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        l->from = (struct released_part){.seq = (uint64_t)q_int(&q, 1)};
        if (!released_log(&l->m->released, q_span(&q, 0), &l->from.log))
            continue;
        const struct log *log = &l->m->released.log[l->from.log];
        rc = log_entry_get(&e, st, log, l->from.seq, err);
        for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
            if (e.h.part[i].audience != QN_PUBLIC)
                continue;
            struct qn_buf *bytes = list_add(&l->m->bytes, sizeof(*bytes));
            if (!bytes)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            l->from.part = (uint16_t)i;
            rc = released_rows(bytes, st, log, l->from.seq, i, take_row, l, err);
            if (rc == QN_ABSENT)
                rc = QN_OK;
        }
    }
    if (!rc)
        rc = query_end(&q, err);
    /* Draws are sorted by now: what judges one that is not released goes again. */
    struct m_verdict *v = l->m->list[M_VERDICT].at;
    size_t n = 0;
    for (size_t i = 0; i < l->m->list[M_VERDICT].n; i++)
        if (model_find(l->m, M_DRAW, v[i].draw_office, v[i].draw_id, 0))
            v[n++] = v[i];
    l->m->list[M_VERDICT].n = n;
    return rc;
}

static void sort_list(struct model *m, int i)
{
    if (m->list[i].n)
        qsort(m->list[i].at, m->list[i].n, m->list[i].each,
              i == M_SELECTED ? by_selected
              : i == M_ITEM   ? by_item
                              : by_key);
}

enum qn_code model_load(struct model *out, struct store *st, unsigned which, struct qn_err *err)
{
    struct model m = {0};
    struct loading l = {.m = &m, .which = which & ~(1u << M_VERDICT)};
    enum qn_code rc = released_load(&m.released, st, err);
    for (size_t i = 0; !rc && i < m.released.nparts; i++) {
        struct qn_buf *bytes = list_add(&m.bytes, sizeof(*bytes));
        if (!bytes) {
            rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
            break;
        }
        l.from = m.released.part[i];
        rc = released_rows(bytes, st, &m.released.log[l.from.log], l.from.seq, l.from.part,
                           take_row, &l, err);
        if (rc == QN_ABSENT) /* released, but the part did not come here */
            rc = QN_OK;
    }
    for (int i = 0; i < M_LISTS; i++)
        sort_list(&m, i);
    if (!rc && (which & (1u << M_VERDICT)))
        rc = load_verdicts(&l, st, err);
    sort_list(&m, M_VERDICT);
    if (rc)
        model_free(&m);
    else
        *out = m;
    return rc;
}

void model_free(struct model *m)
{
    struct qn_buf *b = m->bytes.at;
    for (size_t i = 0; i < m->bytes.n; i++)
        qn_buf_release(&b[i]);
    list_free(&m->bytes);
    for (int i = 0; i < M_LISTS; i++)
        list_free(&m->list[i]);
    released_free(&m->released);
}

/* ---- reading ------------------------------------------------------------------------------------ */

size_t model_count(const struct model *m, enum model_list list)
{
    return m->list[list].n;
}

const void *model_at(const struct model *m, enum model_list list, size_t i)
{
    return (const uint8_t *)m->list[list].at + i * allowed[list].each;
}

static const struct m_key *key_at(const struct model *m, enum model_list list, size_t i)
{
    return model_at(m, list, i);
}

bool model_newest(const struct model *m, enum model_list list, size_t i)
{
    if (i + 1 == m->list[list].n)
        return true;
    const struct m_key *a = key_at(m, list, i), *b = key_at(m, list, i + 1);
    return a->id != b->id || !qn_span_eq(a->office, b->office);
}

/* The first row that is not before the key. */
static size_t lower(const struct model *m, enum model_list list, const struct m_key *key)
{
    size_t lo = 0, hi = m->list[list].n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_key(key_at(m, list, mid), key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const void *model_find(const struct model *m, enum model_list list, struct qn_span office,
                       int64_t id, int64_t rev)
{
    struct m_key key = {.office = office, .id = id, .rev = rev ? rev : INT64_MAX};
    size_t at = lower(m, list, &key);
    if (!rev) /* the last one before "after all revisions" */
        at = at ? at - 1 : m->list[list].n;
    if (at >= m->list[list].n)
        return NULL;
    const struct m_key *k = key_at(m, list, at);
    bool found = k->id == id && qn_span_eq(k->office, office) && (!rev || k->rev == rev);
    return found ? k : NULL;
}

const struct m_selected *model_selected(const struct model *m, struct qn_span office,
                                        int64_t draw_id, size_t *n)
{
    const struct m_selected *s = m->list[M_SELECTED].at;
    size_t lo = 0, hi = m->list[M_SELECTED].n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_draw(&s[mid], office, draw_id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo;
    while (end < m->list[M_SELECTED].n && by_draw(&s[end], office, draw_id) == 0)
        end++;
    *n = end - lo;
    return *n ? &s[lo] : NULL;
}

const struct m_item *model_items(const struct model *m, struct qn_span office, int64_t result_id,
                                 int64_t result_rev, size_t *n)
{
    const struct m_item *x = m->list[M_ITEM].at;
    size_t lo = 0, hi = m->list[M_ITEM].n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (of_result(&x[mid], office, result_id, result_rev) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo;
    while (end < m->list[M_ITEM].n && of_result(&x[end], office, result_id, result_rev) == 0)
        end++;
    *n = end - lo;
    return *n ? &x[lo] : NULL;
}

/* Row ids carry epoch and seq: the rows of one entry are a range of ids. */
static const void *at_entry(const struct model *m, enum model_list list, struct qn_span origin,
                            uint64_t seq)
{
    unsigned log;
    if (!released_log(&m->released, origin, &log))
        return NULL;
    const struct log *l = &m->released.log[log];
    struct m_key from = {.office = qn_str(l->office), .id = qn_row_id(l->epoch, seq, 0)};
    size_t i = lower(m, list, &from);
    if (i == m->list[list].n)
        return NULL;
    const struct m_key *k = key_at(m, list, i);
    return k->from.log == log && k->from.seq == seq ? k : NULL;
}

const struct m_order *model_order_of(const struct model *m, const struct m_draw *d)
{
    return at_entry(m, M_ORDER, d->order_origin, (uint64_t)d->order_seq);
}

const struct m_freeze *model_freeze_at(const struct model *m, struct qn_span origin, uint64_t seq)
{
    return at_entry(m, M_FREEZE, origin, seq);
}

const struct m_rules *model_rules_by_hash(const struct model *m, const uint8_t hash[QN_HASH])
{
    const struct m_rules *r = m->list[M_RULES].at;
    for (size_t i = 0; i < m->list[M_RULES].n; i++)
        if (memcmp(r[i].hash, hash, QN_HASH) == 0)
            return &r[i];
    return NULL;
}

const struct m_plan *model_plan(const struct model *m, struct qn_span issuer, struct qn_span series)
{
    const struct m_plan *p = m->list[M_PLAN].at, *found = NULL;
    for (size_t i = 0; i < m->list[M_PLAN].n; i++)
        if (qn_span_eq(p[i].key.office, issuer) && qn_span_eq(p[i].series, series))
            found = &p[i]; /* later revisions come later */
    return found;
}

const struct m_task *model_task(const struct model *m, const struct m_plan *plan, struct qn_span no)
{
    const struct m_task *t = m->list[M_TASK].at, *found = NULL;
    for (size_t i = 0; plan && i < m->list[M_TASK].n; i++)
        if (t[i].plan_id == plan->key.id && qn_span_eq(t[i].key.office, plan->key.office) &&
            qn_span_eq(t[i].no, no))
            found = &t[i];
    return found;
}

int m_ref_cmp(const void *a, const void *b)
{
    const struct m_ref *x = a, *y = b;
    int c = qn_span_cmp(x->office, y->office);
    if (c)
        return c;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->rev > y->rev) - (x->rev < y->rev);
}

size_t m_ref_first(const struct list *refs, struct qn_span office, int64_t id)
{
    const struct m_ref *r = refs->at, key = {office, id, 0};
    size_t lo = 0, hi = refs->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (m_ref_cmp(&r[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
