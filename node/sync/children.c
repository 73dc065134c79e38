#include "node/sync/children.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/log.h"
#include "node/store/tree.h"
#include "node/sync/peer.h"
#include "node/sync/stages.h"
#include "protocol/wire.h"

#define DAY_MS UINT64_C(86400000)

const char *children_how_name(enum children_how how)
{
    switch (how) {
    case HEARD_NEVER:
        return "never";
    case HEARD_LINE:
        return "line";
    case HEARD_FILE:
        return "file";
    case HEARD_RELAY:
        return "relay";
    }
    return "never";
}

const char *children_colour_name(enum children_colour colour)
{
    switch (colour) {
    case COLOUR_GREY:
        return "grey";
    case COLOUR_GREEN:
        return "green";
    case COLOUR_AMBER:
        return "amber";
    case COLOUR_RED:
        return "red";
    }
    return "grey";
}

enum children_colour children_colour(bool heard, uint64_t quiet_days, unsigned amber_days,
                                     unsigned red_days)
{
    /* SPEC stages-10: "red from the red bound on" */
    if (quiet_days >= red_days)
        return COLOUR_RED;
    if (!heard)
        return COLOUR_GREY;
    return quiet_days >= amber_days ? COLOUR_AMBER : COLOUR_GREEN;
}

static unsigned setting(struct store *st, const char *name, unsigned usual)
{
    char text[16];
    unsigned long v = store_get(st, name, text, sizeof(text)) ? strtoul(text, NULL, 10) : usual;
    return v >= 1 && v <= CHILDREN_DAYS_MAX ? (unsigned)v : usual;
}

void children_days(struct store *st, unsigned *amber, unsigned *red)
{
    *amber = setting(st, "quiet.amber-days", CHILDREN_AMBER_DAYS);
    *red = setting(st, "quiet.red-days", CHILDREN_RED_DAYS);
}

enum qn_code children_set_days(struct store *st, unsigned amber, unsigned red, struct qn_err *err)
{
    const struct {
        const char *name;
        unsigned days;
    } set[] = {{"quiet.amber-days", amber}, {"quiet.red-days", red}};
    if (amber < 1 || amber >= red || red > CHILDREN_DAYS_MAX)
        return qn_fail(err, QN_MALFORMED, "children.days", "amber=%u|red=%u|max=%d", amber, red,
                       CHILDREN_DAYS_MAX);
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_SETTING), NULL, "peer quiet", err);
    for (size_t i = 0; !rc && i < sizeof(set) / sizeof(set[0]); i++) {
        char text[16];
        snprintf(text, sizeof(text), "%u", set[i].days);
        rc = store_set(st, set[i].name, text, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}

/* ---- one office ---------------------------------------------------------------------------------------------- */

/* When anything of it last came here, by our own clock: its own word, or our cosignature under its newest entry. */
static enum qn_code read_heard(struct child *c, struct store *st, const struct log *log,
                               struct qn_err *err)
{
    struct peer p;
    struct qn_err why;
    uint64_t size, s;
    enum qn_code rc = peer_get(&p, st, c->office, &why);
    if (rc == QN_OK && (p.online_ms || p.file_ms)) {
        bool line = p.online_ms >= p.file_ms;
        c->heard_ms = line ? p.online_ms : p.file_ms;
        c->how = line ? HEARD_LINE : HEARD_FILE;
    }
    if ((rc == QN_OK || rc == QN_ABSENT) && log) {
        rc =
            log_first_cosigned(st, log, log->verified - 1, store_self(st)->office, &size, &s, &why);
        /* What was relayed counts where the office does not speak to us itself, or not for more than a day. */
        uint64_t beyond = c->how == HEARD_NEVER ? 0 : c->heard_ms + DAY_MS;
        if (rc == QN_OK && s * 1000 > beyond) {
            c->heard_ms = s * 1000;
            c->how = HEARD_RELAY;
        }
    }
    return rc == QN_OK || rc == QN_ABSENT ? QN_OK : qn_fail(err, rc, why.id, "%s", why.args);
}

static enum qn_code read_child(struct child *c, struct store *st, const struct children *all,
                               struct qn_err *err)
{
    struct qn_cert cert;
    struct qn_err why;
    struct log log;
    uint64_t now = clock_now_ms(st);
    enum qn_code rc = tree_cert(&cert, st, c->office, err);
    if (rc)
        return rc;
    memcpy(c->name, cert.name, sizeof(c->name));
    bool has_log = log_of_office(&log, st, c->office, &why) == QN_OK && log.verified;
    c->entries = has_log ? log.verified : 0;
    rc = read_heard(c, st, has_log ? &log : NULL, err);
    if (rc)
        return rc;
    if (has_log && stages_received_at(&c->data_s, NULL, st, &log, log.verified - 1, &why) != QN_OK)
        c->data_s = 0;
    if (has_log)
        rc = stages_bypassed(&c->bypassed, &c->bypass_from, st, &log, err);
    uint64_t since = c->heard_ms;
    if (c->how == HEARD_NEVER)
        since = wire_day_start(cert.from_day) * 1000;
    c->quiet_days = now > since ? (now - since) / DAY_MS : 0;
    c->colour =
        children_colour(c->how != HEARD_NEVER, c->quiet_days, all->amber_days, all->red_days);
    return rc;
}

enum qn_code children_read(struct children *out, struct store *st, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(children) struct children all = {0};
    size_t cap = 0;
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    children_days(st, &all.amber_days, &all.red_days);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_CERT_OFFICES);
        while (q_step(&q) && all.n < PEERS_MAX) {
            struct child c = {.level = (enum qn_level)q_int(&q, 2)};
            if (!qn_text_copy(c.office, sizeof(c.office), q_span(&q, 0)) ||
                !tree_is_above(st, self->office, c.office) ||
                !tree_parent(st, c.office, c.parent) ||
                (all.n && strcmp(all.child[all.n - 1].office, c.office) == 0))
                continue;
            if (all.n == cap) {
                cap = cap ? cap * 2 : 16;
                struct child *grown = realloc(all.child, cap * sizeof(*grown));
                if (!grown)
                    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
                all.child = grown;
            }
            all.child[all.n++] = c;
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < all.n; i++)
        rc = read_child(&all.child[i], st, &all, err);
    if (rc)
        return rc;
    *out = all;
    all = (struct children){0};
    return QN_OK;
}

void children_release(struct children *c)
{
    free(c->child);
    *c = (struct children){0};
}
