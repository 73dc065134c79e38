/* test_verify_exception.c - cheats with exceptions: each row commits one against three real offices and names the codes
 * that the province finds, all of them. */
#include "tests/unit/exception_case.h"

/* ---- what a cheating office writes by hand ------------------------------------------------------------------------- */

/* Dispatch rows as they follow from what was logged, also where that was wrong: so nothing but the wrong is found. */
static void send_followers(struct test_office *o, int64_t draw_id)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    QN_AUTO(chain) struct chain c = {.st = NULL};
    MUST(order_list(&all, o->st, code_of(o), &offices_err));
    MUST(chain_load(&c, o->st, code_of(o), draw_id, &all, &g, &offices_err));
    for (size_t i = 0; i < c.ntargets; i++) {
        const struct qn_after_visit *v = qn_after_visit(&c.after, c.target[i].object);
        QN_AUTO(qn_buf) struct qn_buf who = {0};
        QN_AUTO(act) struct act a = {0};
        struct dispatch d;
        struct qn_err none;
        char object[QN_OBJECT_ID_MAX + 1], sent[400];
        qn_text_copy(object, sizeof(object), g.roster.r.object[c.target[i].object].id);
        MUST(dispatch_visitors(&who, &v->v, &g, &offices_err));
        sent_to(sent, o, code_of(o), draw_id, qn_str(object));
        if (qn_span_is(qn_buf_span(&who), sent))
            continue;
        if (dispatch_read(&d, o->st, code_of(o), draw_id, c.target[i].slot_no, object, &none) ==
            QN_OK) {
            d.rev++;
        } else {
            dispatch_new(&d, o->st, &c.draw[0].o.o, &c.draw[0].should, &c.listing, &g,
                         c.target[i].slot_no - 1u, c.target[i].object);
            d.draw_id = draw_id;
        }
        MUST(act_open(&a, o->st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, d.to, &offices_err));
        MUST(dispatch_put(&a, &d, qn_buf_span(&who), &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
}

/* What `next` of this exception should be, and the one behind it in the frozen order or the roster. */
static void due(struct qn_exc *x, char other[QN_EXC_ID], struct test_office *o, int64_t draw_id)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    QN_AUTO(chain) struct chain c = {.st = NULL};
    const struct chain_exc *e;
    MUST(order_list(&all, o->st, code_of(o), &offices_err));
    MUST(chain_load(&c, o->st, code_of(o), draw_id, &all, &g, &offices_err));
    MUST(chain_follow(&c, x, draw_id, &e, &offices_err));
    assert_true(e->counts);
    strcpy(x->next, e->x.next);
    other[0] = 0;
    if (x->kind == QN_EXC_VOID) {
        size_t next = qn_after_next(&c.after, 1, e->object);
        if (next != QN_NOBODY)
            qn_text_copy(other, QN_EXC_ID, g.roster.r.object[next].id);
        return;
    }
    for (size_t i = 1; i < g.roster.r.ninspectors; i++) { /* the first has no qualification */
        const struct qn_after_visit *v = qn_after_visit(&c.after, e->object);
        bool there = i == e->inspector;
        for (unsigned s = 0; s < v->v.n; s++)
            there = there || v->v.inspector[s] == (int32_t)i;
        if (!there)
            qn_text_copy(other, QN_EXC_ID, g.roster.r.inspector[i].id);
    }
}

static void give_evidence(struct test_office *o, int64_t exception, const uint8_t digest[QN_HASH])
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "evidence", act_id(&a), 1);
    row_int(&row, "inspection_id", exception);
    row_text(&row, "kind", "exception");
    row_blob(&row, "digest", digest, QN_HASH);
    row_int(&row, "size", 5);
    row_text(&row, "captured_on", "2021-08-16T09:00:00");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "media", "application/pdf");
    row_blob(&row, "tree", digest, QN_HASH);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static const uint8_t digest[QN_HASH] = {5};

/* A void by hand; NULL next: the one that is due. */
static void hand_void(struct family *f, int64_t id, const char *object, const char *next,
                      bool evidence, bool named)
{
    char other[QN_EXC_ID];
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, object, NULL);
    x.has_evidence = named;
    memcpy(x.evidence, digest, QN_HASH);
    due(&x, other, &f->k, id);
    if (next)
        strcpy(x.next, strcmp(next, "other") == 0 ? other : next);
    int64_t row = write_exception(&f->k, id, &x, NULL);
    if (evidence)
        give_evidence(&f->k, row, digest);
    send_followers(&f->k, id);
}

/* ---- the cheats of an offline draw --------------------------------------------------------------------------------- */

static void no_evidence(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    hand_void(f, id, object, NULL, false, false);
}

static void evidence_of_nothing(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    hand_void(f, id, object, NULL, false, true);
}

static void by_hand_and_right(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    hand_void(f, id, object, NULL, true, true);
}

static void inspected_all_the_same(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, object, NULL);
    write_result(&f->k, "140602", id, qn_str(object));
}

/* It was inspected, and is called void after that, so that somebody else is reached. */
static void inspected_before(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1], other[QN_EXC_ID];
    target(object, &f->k, id, QN_LOT, 0);
    write_result(&f->k, "140602", id, qn_str(object));
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, object, NULL);
    day(x.date, 1);
    x.has_evidence = true;
    memcpy(x.evidence, digest, QN_HASH);
    due(&x, other, &f->k, id);
    give_evidence(&f->k, write_exception(&f->k, id, &x, NULL), digest);
    send_followers(&f->k, id);
}

static void complained_about_since(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1], oid[32];
    target(object, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, object, NULL);
    QN_AUTO(act) struct act a = {0};
    int at = 0;
    for (object_id(oid, at); strcmp(oid, object) != 0; object_id(oid, at))
        at++;
    MUST(act_open(&a, f->k.st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    struct qn_row row;
    row_start(&row, &a, "object", act_id(&a), 1);
    put_common(&row, 2);
    row_text(&row, "object_id", object);
    row_text(&row, "name", "企业");
    row_text(&row, "inspecting_office", "140602");
    row_text(&row, "tags", "");
    row_text(&row, "status", "in_business");
    row_int(&row, "complaints", at + 1);
    row_int(&row, "inspected_this_year", 0);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    close_roster(&f->k, 2, 0);
}

static void not_the_next(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    hand_void(f, id, object, "other", true, true);
}

static void a_successor_left_out(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    hand_void(f, id, object, "", true, true);
}

static void a_successor_of_a_must(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1], lot[QN_OBJECT_ID_MAX + 1], other[QN_EXC_ID];
    target(object, &f->k, id, QN_MUST, 0);
    target(lot, &f->k, id, QN_LOT, 0);
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, lot, NULL);
    due(&x, other, &f->k, id);
    hand_void(f, id, object, x.next, true, true);
}

static void a_successor_without_a_void(struct family *f, int64_t id)
{
    char lot[QN_OBJECT_ID_MAX + 1], other[QN_EXC_ID];
    target(lot, &f->k, id, QN_LOT, 0);
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, lot, NULL);
    due(&x, other, &f->k, id);
    strcpy(x.object, other); /* it was not drawn */
    write_exception(&f->k, id, &x, NULL);
}

static void sent_without_an_exception(struct family *f, int64_t id)
{
    struct dispatch d;
    char lot[QN_OBJECT_ID_MAX + 1];
    target(lot, &f->k, id, QN_LOT, 0);
    MUST(dispatch_read(&d, f->k.st, "140602", id, 1, lot, &offices_err));
    d.rev++;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, f->k.st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    MUST(dispatch_put(&a, &d, qn_str("140602/JS000 检查员0;140602/JS004 检查员4"), &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void hand_person(struct family *f, int64_t id, enum qn_exc_kind kind, bool other_goes)
{
    char object[QN_OBJECT_ID_MAX + 1], gone[80], other[QN_EXC_ID];
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    struct qn_exc x = exception_of(&f->k, id, kind, object, gone);
    due(&x, other, &f->k, id);
    if (other_goes)
        strcpy(x.next, other);
    write_exception(&f->k, id, &x, NULL);
    send_followers(&f->k, id);
}

static void another_goes_instead(struct family *f, int64_t id)
{
    hand_person(f, id, QN_EXC_ABSENCE, true);
}

static void another_goes_for_good(struct family *f, int64_t id)
{
    hand_person(f, id, QN_EXC_REPLACE, true);
}

static void recused_too_late(struct family *f, int64_t id)
{
    hand_person(f, id, QN_EXC_RECUSAL, false);
}

/* Another target to which the inspector at place 0 of the first goes as well. */
static bool second_visit(char out[QN_OBJECT_ID_MAX + 1], struct family *f, int64_t id,
                         const char *gone)
{
    char sent[400];
    for (size_t i = 1; i < 8; i++) {
        target(out, &f->k, id, QN_LOT, i);
        sent_to(sent, &f->k, "140602", id, qn_str(out));
        if (strstr(sent, gone))
            return true;
    }
    return false;
}

static void seen_on_the_day(struct family *f, int64_t id, enum qn_exc_kind kind, int32_t from_today)
{
    char object[QN_OBJECT_ID_MAX + 1], second[QN_OBJECT_ID_MAX + 1], gone[80];
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    assert_true(second_visit(second, f, id, gone));
    except(&f->k, id, kind, object, gone);
    write_visit(&f->k, "140602", id, qn_str(second), &(struct visit_case){.on = from_today});
}

static void absent_and_there(struct family *f, int64_t id)
{
    seen_on_the_day(f, id, QN_EXC_ABSENCE, 0);
}

static void absent_and_there_tomorrow(struct family *f, int64_t id)
{
    seen_on_the_day(f, id, QN_EXC_ABSENCE, 1);
}

static void gone_and_there_tomorrow(struct family *f, int64_t id)
{
    seen_on_the_day(f, id, QN_EXC_REPLACE, 1);
}

static struct cheat {
    const char *name;
    void (*commit)(struct family *f, int64_t id);
    const char *want;
    enum qn_draw_level level;
} cheats[] = {
    {"written by hand and right", by_hand_and_right, "", QN_OFFLINE},
    {"a void without evidence", no_evidence, "draw: VOID_NO_EVIDENCE", QN_OFFLINE},
    {"evidence that no file is", evidence_of_nothing, "draw: VOID_NO_EVIDENCE", QN_OFFLINE},
    {"void and inspected", inspected_all_the_same, "draw: VOID_CONTRADICTED", QN_OFFLINE},
    {"inspected, then void", inspected_before, "draw: VOID_CONTRADICTED", QN_OFFLINE},
    {"void and complained about", complained_about_since, "draw: VOID_CONTRADICTED", QN_OFFLINE},
    {"not the next of the order", not_the_next, "draw: SUPP_OUT_OF_ORDER", QN_OFFLINE},
    {"the next left out", a_successor_left_out, "draw: SUPP_OUT_OF_ORDER", QN_OFFLINE},
    {"a must's successor", a_successor_of_a_must, "draw: SUPP_OUT_OF_ORDER", QN_OFFLINE},
    {"a successor of nobody", a_successor_without_a_void, "draw: SUPP_WITHOUT_VOID", QN_OFFLINE},
    {"others sent without a word", sent_without_an_exception, "draw: DISPATCH_MISMATCH",
     QN_OFFLINE},
    {"another goes instead", another_goes_instead, "draw: REPL_MISMATCH", QN_OFFLINE},
    {"another goes for good", another_goes_for_good, "draw: REPL_MISMATCH", QN_OFFLINE},
    {"recused too late", recused_too_late, "draw: RECUSAL_LATE", QN_OFFLINE},
    {"absent and there", absent_and_there, "draw: ABSENCE_INCONSISTENT", QN_OFFLINE},
    {"absent and there the day after", absent_and_there_tomorrow, "", QN_OFFLINE},
    {"retired and there the day after", gone_and_there_tomorrow, "draw: ABSENCE_INCONSISTENT",
     QN_OFFLINE},
};

static void a_cheat_is_found(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    int64_t id = drawn_at(f, row->level, "supp 2");
    row->commit(f, id);
    settle(f);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* ---- a witnessed draw: the parent and the office together ----------------------------------------------------------- */

/* Draws on the last order without any of the office's own checks; spoil may be NULL. */
static void force_supplement(struct test_office *o, void (*spoil)(struct draw_job *j))
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(ground) struct ground g = {.loaded = false}, own = {.loaded = false};
    QN_AUTO(chain) struct chain c = {.st = NULL};
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    static const uint8_t no_beacon[32];
    struct qn_draw_keys keys;
    struct chain_draw *d;
    struct draw_made made;
    uint8_t beta[1][QN_VRF_BETA];
    MUST(order_list(&all, o->st, code_of(o), &offices_err));
    const struct order_line *line = &all.at[all.n - 1];
    assert_true(line->supp > 0);
    MUST(order_read(&j.order, o->st, line->origin, line->seq, &offices_err));
    MUST(order_rules_find(&j.rules, o->st, &j.order.o, &offices_err));
    MUST(chain_load(&c, o->st, code_of(o), all.at[0].draw_id, &all, &g, &offices_err));
    MUST(ground_load(&own, o->st, g.log.origin, g.seq, &offices_err));
    qn_draw_alpha(j.alpha, j.order.o.id, no_beacon);
    MUST(qn_vrf_prove(j.pi[0], beta[0], keys_vrf_seed_of(o->keys, j.order.o.vrf[0]),
                      QN_SPAN(j.alpha), &offices_err));
    qn_draw_seed(j.r.seed, 1, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(&keys, j.r.seed);
    MUST(chain_draft(&c, &j.order.o, &keys, &d, &offices_err));
    j.r = d->should;
    d->should = (struct replay){.paired = false};
    if (spoil)
        spoil(&j);
    j.changed = calloc(j.r.pairs.nvisits + 1, sizeof(*j.changed));
    for (size_t i = 0; i < j.r.pairs.nvisits; i++) {
        QN_AUTO(qn_buf) struct qn_buf who = {0};
        const struct qn_visit *v = &j.r.pairs.visit[i];
        MUST(chain_visitors(&who, &c, v->object, v, &offices_err));
        for (size_t t = 0; t < c.ntargets; t++) {
            if (c.target[t].object != v->object)
                continue;
            struct draw_change *change = &j.changed[j.nchanged++];
            *change = (struct draw_change){.object = v->object,
                                           .slot_no = c.target[t].slot_no,
                                           .draw_id = c.draw[c.target[t].draw].r.id};
            qn_text_copy(change->who, sizeof(change->who), qn_buf_span(&who));
        }
    }
    MUST(draw_write(&made, o->st, &j, &own, &offices_err));
}

/* The honest supplement, with one thing changed before it is signed. */
static void give_supplement(struct family *f, void (*spoil)(struct qn_order *o, struct family *f))
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(order) struct order main = {.seq = 0};
    struct qn_head_ref head;
    struct log log;
    MUST(order_list(&all, f->c.st, "140602", &offices_err));
    MUST(order_read(&main, f->c.st, all.at[0].origin, all.at[0].seq, &offices_err));
    struct qn_order o = main.o;
    o.supp = 1;
    QN_AUTO(query) struct query q = query_start(f->c.st, SQL_EXCEPTIONS);
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    q_bind_text(&q, "140602");
    while (q_step(&q)) {
        uint16_t epoch, n;
        uint64_t seq;
        QN_AUTO(log_entry) struct log_entry e = {0};
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        MUST(log_entry_get(&e, f->c.st, &log, seq, &offices_err));
        struct qn_leaf_ref *line = &o.exc[o.nexc++];
        strcpy(line->origin, log.origin);
        line->index = seq;
        memcpy(line->leaf, e.leaf, QN_HASH);
    }
    MUST(query_end(&q, &offices_err));
    randombytes_buf(o.nonce, sizeof(o.nonce));
    spoil(&o, f);
    strcpy(head.origin, log.origin);
    head.size = log.verified;
    MUST(log_root(f->c.st, &log, log.verified, head.root, &offices_err));
    uint64_t seq;
    MUST(order_write(f->c.st, &o, "140602", &head, &seq, &offices_err));
    carry(&f->c, &f->k);
}

static void nothing(struct qn_order *o, struct family *f)
{
    (void)o;
    (void)f;
}

static void number_two(struct qn_order *o, struct family *f)
{
    (void)f;
    o->supp = 2;
}

static void for_no_exception(struct qn_order *o, struct family *f)
{
    (void)f;
    o->nexc = 0;
}

static void for_another_entry(struct qn_order *o, struct family *f)
{
    (void)f;
    o->exc[0].index = 1;
}

static void from_another_freeze(struct qn_order *o, struct family *f)
{
    o->freeze_head.size++; /* a later head of the same log */
    struct log log;
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    MUST(log_root(f->c.st, &log, o->freeze_head.size, o->freeze_head.root, &offices_err));
}

static void an_inspector_of_choice(struct draw_job *j)
{
    for (size_t i = 0; i < j->r.pairs.nvisits; i++) {
        struct qn_visit *v = &j->r.pairs.visit[i];
        bool picked = false;
        for (size_t k = 0; k < j->r.sel[0].npicks; k++)
            picked = picked || j->r.sel[0].pick[k].object == v->object;
        if (!picked)
            v->inspector[0] = v->inspector[0] == 1 || v->inspector[1] == 1 ? 0 : 1;
    }
}

static void next_is_named(struct family *f, int64_t id)
{
    char object[QN_OBJECT_ID_MAX + 1], other[QN_OBJECT_ID_MAX + 1];
    target(object, &f->k, id, QN_LOT, 0);
    target(other, &f->k, id, QN_LOT, 1);
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, object, NULL);
    x.has_evidence = true;
    memcpy(x.evidence, digest, QN_HASH);
    strcpy(x.next, other);
    give_evidence(&f->k, write_exception(&f->k, id, &x, NULL), digest);
}

static struct together {
    const char *name;
    enum qn_draw_level level;
    bool of_a_must, person;
    void (*order)(struct qn_order *o, struct family *f);
    void (*draw)(struct draw_job *j);
    const char *want;
} together[] = {
    {"forced and right", QN_WITNESSED, false, true, nothing, NULL, ""},
    {"the second before the first", QN_WITNESSED, false, false, number_two, NULL,
     "draw: SUPP_OUT_OF_ORDER"},
    {"another freeze line", QN_WITNESSED, false, false, from_another_freeze, NULL,
     "draw: SUPP_OUT_OF_ORDER"},
    {"a supplement for nothing", QN_WITNESSED, false, false, for_no_exception, NULL,
     "draw: SUPP_WITHOUT_VOID"},
    {"a supplement for an entry that is no exception", QN_WITNESSED, false, false,
     for_another_entry, NULL, "draw: SUPP_WITHOUT_VOID"},
    {"a supplement for a must", QN_WITNESSED, true, false, nothing, NULL,
     "draw: SUPP_WITHOUT_VOID"},
    {"a supplement of an offline draw", QN_OFFLINE, true, false, nothing, NULL,
     "draw: SUPP_WITHOUT_VOID"},
    {"an inspector of one's choice", QN_WITNESSED, false, true, nothing, an_inspector_of_choice,
     "draw: DISPATCH_MISMATCH; draw: REPL_MISMATCH"},
};

static void together_they_are_found(void **state)
{
    struct together *row = *state;
    void *made = NULL;
    char object[QN_OBJECT_ID_MAX + 1], gone[80];
    family_setup(&made);
    struct family *f = made;
    int64_t id = drawn_at(f, row->level, "supp 2");
    target(object, &f->k, id, row->of_a_must ? QN_MUST : QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, object, NULL);
    if (row->person) {
        target(object, &f->k, id, QN_LOT, 1);
        sent_at(gone, &f->k, id, object, 0);
        except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    }
    settle(f);
    give_supplement(f, row->order);
    /* What the two do together the honest office does not do. */
    if (row->order != nothing || row->of_a_must) {
        struct draw_outcome o = draw_open(&f->k);
        assert_false(o.drawn);
        assert_true(strcmp(o.why.id, "exc.supplement") == 0);
    }
    force_supplement(&f->k, row->draw);
    settle(f);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

static void a_named_next_is_found_on_the_witnessed_path(void **state)
{
    struct family *f = *state;
    next_is_named(f, drawn_at(f, QN_WITNESSED, "supp 2"));
    settle(f);
    expect_verdicts(&f->p, "draw: SUPP_OUT_OF_ORDER");
}

/* ---- what should have stayed --------------------------------------------------------------------------------------- */

/* Somebody with the sqlite3 shell makes the office forget its exceptions before it freezes again. */
static void draw_again_without(struct family *f, const char *forget)
{
    struct freeze_made m;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    settle(f);
    edit(&f->k, forget);
    close_roster(&f->k, 2, 0);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_true(m.made);
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "2021 T1 1", "2021 T2 1");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->c, &(struct plan_case){.rules = (const char *)rules.p, .task = "T2"});
    settle(f);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_open(&f->k).drawn);
    settle(f);
}

static void a_void_that_is_not_carried_over(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(object, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, object, NULL);
    draw_again_without(f, "DELETE FROM draw_exc");
    expect_verdicts(&f->p, "draw: CARRYOVER_MISSING");
}

static void a_recusal_that_is_not_kept(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    except(&f->k, id, QN_EXC_RECUSAL, object, gone);
    draw_again_without(f, "DELETE FROM draw_exc");
    expect_verdicts(&f->p, "draw: RECUSAL_LATE; draw: RECUSAL_NOT_KEPT");
}

/* ---- how often ------------------------------------------------------------------------------------------------------ */

/* Eight of nine at one county, none of twenty-four at the other: 9 in 13,884,156. Seven: 36 in 4,272,048. */
static void too_many_voids(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1];
    struct freeze_made m;
    QN_AUTO(qn_buf) struct qn_buf rules = {0}, all = {0};
    int64_t id = drawn_at(f, QN_WITNESSED, "supp 0");
    qn_buf_init(&rules, QN_RULES_MAX);
    qn_buf_init(&all, QN_RULES_MAX);
    swap_in(&rules, RULES, "2021 T1 1", "2021 T2 1");
    qn_put_uint(&rules, 0, 1);
    swap_in(&all, (const char *)rules.p, "stratum 1 1/2 1 ge(class,3)\nstratum 2 1/4 1 true",
            "stratum 1 1/1 1 true");
    qn_put_uint(&all, 0, 1);
    write_plan(&f->c,
               &(struct plan_case){.rules = (const char *)all.p, .task = "T2", .drawer = "140622"});
    carry(&f->c, &f->k2);
    write_roster(&f->k2, NULL);
    MUST(freeze_make(&m, f->k2.st, &offices_err));
    carry(&f->k2, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k2);
    assert_true(draw_open(&f->k2).drawn);
    for (int round = 0; round < 2; round++)
        carry(&f->k2, &f->c);
    for (size_t i = 0; i < 8; i++) {
        if (i == 7) {
            settle(f);
            expect_verdicts(&f->p, "");
        }
        target(object, &f->k, id, QN_LOT, i);
        except(&f->k, id, QN_EXC_VOID, object, NULL);
    }
    settle(f);
    expect_verdicts(&f->p, "draw: VOID_RATE_HIGH");
}

#define OF(name)   cmocka_unit_test_setup_teardown(name, family_setup, family_teardown)
#define TABLES_MAX 40

int main(void)
{
    struct CMUnitTest test[TABLES_MAX] = {
        OF(a_named_next_is_found_on_the_witnessed_path),
        OF(a_void_that_is_not_carried_over),
        OF(a_recusal_that_is_not_kept),
        OF(too_many_voids),
    };
    size_t n = 4;
    for (size_t i = 0; i < ARRAY_LEN(cheats); i++)
        test[n++] = (struct CMUnitTest){cheats[i].name, a_cheat_is_found, NULL, NULL, &cheats[i]};
    for (size_t i = 0; i < ARRAY_LEN(together); i++)
        test[n++] = (struct CMUnitTest){together[i].name, together_they_are_found, NULL, NULL,
                                        &together[i]};
    return _cmocka_run_group_tests("verify_exception", test, n, NULL, NULL);
}
