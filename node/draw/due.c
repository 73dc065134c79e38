#include "node/draw/due.h"

#include <stdio.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/order.h"
#include "node/draw/supplement.h"
#include "node/store/duty.h"
#include "node/store/own.h"
#include "node/store/trail.h"
#include "node/store/tree.h"

#define ORDERS "order-auto" /* setting: "off" */
#define FAILED \
    "freeze-failed" /* setting: "VERSION DATE ID ARGS" of the freeze that could not be made */

/* ---- the freeze --------------------------------------------------------------------------------------------------- */

static bool read_failed(struct freeze_due *of, struct qn_err *why, struct store *st)
{
    char text[800], id[sizeof(why->id)];
    unsigned long long version;
    int args = 0;
    if (!store_get(st, FAILED, text, sizeof(text)) ||
        sscanf(text, "%llu %10s %n", &version, of->date, &args) != 2 || !args)
        return false;
    of->version = version;
    size_t n = strcspn(text + args, " ");
    snprintf(id, sizeof(id), "%.*s", (int)n, text + args);
    (void)qn_fail(why, QN_LATER, id, "%s", text[args + (int)n] ? text + args + n + 1 : "");
    return true;
}

bool due_freeze_failed(struct qn_err *out, struct store *st)
{
    struct freeze_due of, now;
    struct qn_err why, none;
    /* One that came late or was made by hand since is forgotten. */
    if (!read_failed(&of, &why, st) || freeze_is_due(&now, st, &none) != QN_OK || !now.due)
        return false;
    *out = why;
    return true;
}

static void remember(struct store *st, const struct freeze_due *d, const struct qn_err *why)
{
    char text[800];
    struct qn_err none;
    snprintf(text, sizeof(text), "%llu %s %s %s", (unsigned long long)d->version, d->date, why->id,
             why->args);
    (void)!store_set(st, FAILED, text, &none);
}

/* SPEC verdicts-44: "One that could not be made is tried again when roster or date have changed" - else a spoilt row
 * would have a million others read at each exchange. */
static bool failed_already(struct store *st, const struct freeze_due *d)
{
    struct freeze_due of;
    struct qn_err why;
    return read_failed(&of, &why, st) && of.version == d->version && strcmp(of.date, d->date) == 0;
}

static void freeze_by_itself(struct store *st, const struct qn_report *report)
{
    struct freeze_due d;
    struct freeze_made m;
    struct qn_err why;
    enum qn_code rc = freeze_is_due(&d, st, &why);
    if (!rc && (!d.due || failed_already(st, &d)))
        return;
    if (!rc)
        rc = freeze_make(&m, st, &why);
    if (rc) {
        remember(st, &d, &why);
        qn_say(report, "due.freeze-failed", "id=%s", why.id);
        qn_say(report, why.id, "%s", why.args);
    } else if (m.made) {
        qn_say(report, "due.froze", "seq=%llu|version=%llu|date=%s|objects=%llu|inspectors=%llu",
               (unsigned long long)m.seq, (unsigned long long)m.version, m.date,
               (unsigned long long)m.objects, (unsigned long long)m.inspectors);
    }
}

/* ---- the orders --------------------------------------------------------------------------------------------------- */

bool due_orders(struct store *st)
{
    char text[8];
    return !store_get(st, ORDERS, text, sizeof(text)) || strcmp(text, "off") != 0;
}

enum qn_code due_set_orders(struct store *st, bool on, struct qn_err *err)
{
    enum qn_code rc = duty_act(st, duty_of(DUTY_ORDER_AUTO), NULL, on ? "on" : "off", err);
    return rc ? rc : store_set(st, ORDERS, on ? "on" : "off", err);
}

static void order_by_itself(struct store *st, const char *peer, const struct qn_report *report)
{
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    struct qn_err why;
    size_t issued = 0;
    const struct order_options o = {
        .office = &peer, .noffice = 1, .ahead_days = -1, .by_itself = true};
    if (order_issue(&all, st, &o, &why) != QN_OK) {
        qn_say(report, why.id, "%s", why.args);
        return;
    }
    for (size_t i = 0; i < all.n; i++)
        issued += all.at[i].issued;
    if (issued)
        qn_say(report, "due.ordered", "office=%s|n=%zu", peer, issued);
}

/* SPEC verdicts-51: "It signs the supplements too that it owes to the child" */
static void answer_by_itself(struct store *st, const char *peer, const struct qn_report *report)
{
    struct qn_err why;
    size_t issued;
    if (supplement_due(&issued, st, peer, &why) != QN_OK)
        qn_say(report, why.id, "%s", why.args);
    else if (issued)
        qn_say(report, "due.supplemented", "office=%s|n=%zu", peer, issued);
}

/* Last: what was done just now is among its lines. */
static void head_by_itself(struct store *st, const struct qn_report *report)
{
    struct qn_err why;
    if (trail_anchor(st, &why) != QN_OK)
        qn_say(report, why.id, "%s", why.args);
}

void draw_due(struct store *st, const char *peer, const struct qn_report *report)
{
    const struct qn_cert *self = store_self(st);
    const struct keys *keys;
    struct qn_err none;
    char parent[QN_CODE_MAX + 1];
    if (!self || own_state(st, NULL) != OWN_SIGNS || store_signer(st, &keys, &none) != QN_OK)
        return;
    bool was = person_itself(st, true);
    freeze_by_itself(st, report);
    /* SPEC verdicts-43: "to a child, and no office else" */
    if (due_orders(st) && tree_parent(st, peer, parent) && strcmp(parent, self->office) == 0) {
        order_by_itself(st, peer, report);
        answer_by_itself(st, peer, report);
    }
    head_by_itself(st, report);
    person_itself(st, was);
}
