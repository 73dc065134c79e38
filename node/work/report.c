#include "node/work/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/work/record.h"
#include "protocol/wire.h"

#define REPORT_HEADS 4096

const char *const report_why_name[REPORT_WHYS] = {
    [REPORT_SAME] = "same",     [REPORT_LATER] = "later", [REPORT_MOVED] = "moved",
    [REPORT_BEHIND] = "behind", [REPORT_OTHER] = "other",
};

/* ---- the text ------------------------------------------------------------------------------------------------------ */

static void put_digest(struct qn_buf *out, bool there, const uint8_t hash[QN_HASH])
{
    qn_put(out, " ", 1);
    if (there)
        qn_put_hex(out, hash, QN_HASH);
    else
        qn_put(out, "-", 1);
}

/* SPEC figures-23: "qian-report/1" */
void report_text(struct qn_buf *out, const struct figures *f, const struct figure_heads *heads)
{
    char day[11];
    wire_day_text(f->q.on, day);
    qn_put_fmt(out, "qian-report/1\ndefinitions %d\noffice %s\nyear %u\nseries %s\non %s\n",
               FIGURES_VERSION, f->q.office, f->q.year, f->q.series ? f->q.series : "-", day);
    for (size_t i = 0; i < heads->n; i++) {
        const struct figure_head *h = &heads->at[i];
        qn_put_fmt(out, "log %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", h->office,
                   *h->origin ? h->origin : "-", h->size, h->seen_s, h->held, h->quarantined);
    }
    for (unsigned i = 0; i < FIGURES; i++) {
        const struct figure *at = &figure_table[i];
        bool lower = i == FIGURE_COVERAGE ? f->at[0].stated : at->over.must != 0;
        qn_put_fmt(out, "figure %s %" PRIu64, at->code, f->at[0].of[i]);
        if (lower)
            qn_put_fmt(out, " %" PRIu64, f->at[0].over[i]);
        else
            qn_put(out, " -", 2);
        put_digest(out, true, f->digest[i][0]);
        put_digest(out, at->over.must != 0, f->digest[i][1]);
        qn_put(out, "\n", 1);
    }
}

struct words {
    char word[7][QN_ORIGIN_MAX + 1];
    unsigned n;
};

/* One line, its words by single blanks. false: too many or too long. */
static bool split(struct words *w, struct qn_span line)
{
    w->n = 0;
    for (size_t i = 0; i <= line.n;) {
        size_t n = 0;
        while (i + n < line.n && line.p[i + n] != ' ')
            n++;
        if (!n || w->n == 7 ||
            !qn_text_copy(w->word[w->n], sizeof(w->word[0]), (struct qn_span){line.p + i, n}))
            return false;
        w->n++;
        i += n + 1;
    }
    return true;
}

static bool number(uint64_t *out, const char *text)
{
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 18)
        return false;
    *out = strtoull(text, &end, 10);
    return !*end;
}

static bool read_log(struct report *r, const struct words *w)
{
    struct figure_heads *all = &r->heads;
    if (w->n != 7 || all->n == REPORT_HEADS)
        return false;
    if (all->n == all->cap) {
        size_t cap = all->cap ? 2 * all->cap : 32;
        struct figure_head *at = realloc(all->at, cap * sizeof(*at));
        if (!at)
            return false;
        all->at = at;
        all->cap = cap;
    }
    struct figure_head *h = &all->at[all->n];
    memset(h, 0, sizeof(*h));
    if (!qn_text_copy(h->office, sizeof(h->office), qn_str(w->word[1])) ||
        !number(&h->size, w->word[3]) || !number(&h->seen_s, w->word[4]) ||
        !number(&h->held, w->word[5]) || !number(&h->quarantined, w->word[6]))
        return false;
    if (strcmp(w->word[2], "-") != 0)
        snprintf(h->origin, sizeof(h->origin), "%s", w->word[2]);
    all->n++;
    return true;
}

static bool read_figure(struct report *r, const struct words *w)
{
    const struct figure *f = w->n == 6 ? figure_find(w->word[1]) : NULL;
    if (!f)
        return w->n == 6; /* of definitions that this program does not know */
    struct report_number *at = &r->figure[f - figure_table];
    at->lower = strcmp(w->word[3], "-") != 0;
    if (at->known || !number(&at->of, w->word[2]) || (at->lower && !number(&at->over, w->word[3])))
        return false;
    at->known = true;
    for (unsigned k = 0; k < 2; k++)
        if (strcmp(w->word[4 + k], "-") != 0 &&
            !qn_hex_decode(at->digest[k], QN_HASH, qn_str(w->word[4 + k])))
            return false;
    return true;
}

static bool read_line(struct report *r, const struct words *w)
{
    uint64_t n = 0;
    const char *name = w->word[0], *value = w->word[1];
    if (strcmp(name, "log") == 0)
        return read_log(r, w);
    if (strcmp(name, "figure") == 0)
        return read_figure(r, w);
    if (w->n != 2)
        return false;
    if (strcmp(name, "office") == 0)
        return qn_text_copy(r->office, sizeof(r->office), qn_str(value));
    if (strcmp(name, "series") == 0)
        return strcmp(value, "-") == 0 || qn_text_copy(r->series, sizeof(r->series), qn_str(value));
    if (strcmp(name, "on") == 0)
        return (r->on = wire_day(qn_str(value))) >= 0;
    if (strcmp(name, "definitions") == 0 && number(&n, value) && n < 1000)
        return (r->definitions = (unsigned)n) > 0;
    if (strcmp(name, "year") == 0 && number(&n, value) && n < 10000)
        return (r->year = (unsigned)n) > 0;
    return false;
}

enum qn_code report_parse(struct report *out, struct qn_span text, struct qn_err *err)
{
    struct report r = {.definitions = 0};
    struct words *w = malloc(sizeof(*w));
    bool fine = w != NULL;
    size_t line = 0, at = 0;
    for (; fine && at < text.n; line++) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        struct qn_span s = {text.p + at, end ? (size_t)(end - text.p) - at : text.n - at};
        at += s.n + 1;
        fine = line == 0 ? qn_span_is(s, "qian-report/1") : split(w, s) && read_line(&r, w);
    }
    fine = fine && r.office[0] && r.definitions && r.year && r.on;
    bool memory = w != NULL;
    free(w);
    if (!fine) {
        report_auto(&r);
        return memory ? qn_fail(err, QN_MALFORMED, "snapshot.text", "line=%zu", line)
                      : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    *out = r;
    return QN_OK;
}

void report_auto(struct report *r)
{
    figure_heads_auto(&r->heads);
}

/* ---- made ---------------------------------------------------------------------------------------------------------- */

enum qn_code report_make(int64_t *id, struct store *st, const struct report_make *o,
                         struct qn_err *err)
{
    const struct figure_query q = {.year = o->year, .series = o->series};
    char year[12];
    QN_AUTO(figures) struct figures f = {.n = 0};
    QN_AUTO(figure_heads) struct figure_heads heads = {.n = 0};
    QN_AUTO(record_draft) struct record_draft d = {0};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, REPORT_TEXT);
    enum qn_code rc = record_start(&d, st, record_type("report_snapshot"), o->by, err);
    if (!rc)
        rc = figures_count(&f, st, &q, FIGURE_BY_NONE, err);
    if (!rc)
        rc = figure_heads(&heads, st, f.q.office, FIGURE_OLD_DAYS, err);
    if (rc)
        return rc;
    report_text(&text, &f, &heads);
    if (qn_buf_check(&text, err))
        return qn_fail(err, QN_LIMIT, "snapshot.large", "logs=%zu", heads.n);
    snprintf(year, sizeof(year), "%u", f.q.year);
    const struct {
        const char *field;
        struct qn_span value;
    } set[] = {
        {"title", qn_str(o->title)},  {"report_kind", qn_str(o->kind)},
        {"year", qn_str(year)},       {"series", qn_str(o->series ? o->series : "")},
        {"text", qn_buf_span(&text)},
    };
    for (size_t i = 0; !rc && i < sizeof(set) / sizeof(set[0]); i++)
        rc = record_set(&d, set[i].field, set[i].value, err);
    if (!rc)
        rc = record_write(&d, err);
    if (!rc)
        *id = d.id;
    return rc;
}

/* ---- checked ------------------------------------------------------------------------------------------------------- */

static void take(struct report_number out[FIGURES], const struct figures *f)
{
    for (unsigned i = 0; i < FIGURES; i++) {
        out[i].known = true;
        out[i].of = f->at[0].of[i];
        out[i].lower = i == FIGURE_COVERAGE ? f->at[0].stated : figure_table[i].over.must != 0;
        out[i].over = out[i].lower ? f->at[0].over[i] : 0;
        memcpy(out[i].digest[0], f->digest[i][0], QN_HASH);
        if (figure_table[i].over.must)
            memcpy(out[i].digest[1], f->digest[i][1], QN_HASH);
    }
}

static bool is_same(const struct report_number *a, const struct report_number *b)
{
    return a->of == b->of && a->lower == b->lower && a->over == b->over &&
           memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* The log of whoever signed goes on by the entry of the report itself. */
static uint64_t with_itself(const struct report_check *c, const struct figure_head *h, int64_t id)
{
    uint16_t epoch, n, of;
    uint64_t seq;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    struct qn_err none;
    qn_row_id_split(id, &epoch, &seq, &n);
    bool its = strcmp(h->office, c->report.office) == 0 && seq == h->size &&
               qn_origin_parse(qn_str(h->origin), deployment, office, &of, &none) == QN_OK &&
               of == epoch;
    return h->size + its;
}

/* Which logs went on since, and of which this office holds less. */
static enum qn_code compare_heads(struct report_check *c, struct store *st, int64_t id,
                                  struct qn_err *err)
{
    QN_AUTO(figure_heads) struct figure_heads now = {.n = 0};
    enum qn_code rc = figure_heads(&now, st, c->report.office, FIGURE_OLD_DAYS, err);
    for (size_t i = 0; !rc && i < now.n; i++) {
        uint64_t was = 0;
        for (size_t k = 0; k < c->report.heads.n; k++)
            if (strcmp(c->report.heads.at[k].origin, now.at[i].origin) == 0 &&
                strcmp(c->report.heads.at[k].office, now.at[i].office) == 0)
                was = with_itself(c, &c->report.heads.at[k], id);
        if (now.at[i].size > was && !c->grown++)
            memcpy(c->grown_office, now.at[i].office, sizeof(c->grown_office));
    }
    for (size_t k = 0; !rc && k < c->report.heads.n; k++) {
        const struct figure_head *h = &c->report.heads.at[k];
        uint64_t have = 0;
        for (size_t i = 0; i < now.n; i++)
            if (strcmp(now.at[i].origin, h->origin) == 0)
                have = now.at[i].size;
        if (h->size > have && !c->behind++)
            memcpy(c->behind_office, h->office, sizeof(c->behind_office));
    }
    return rc;
}

/* SPEC figures-25: "Later: without the things whose records lie beyond the sizes of the snapshot it is the same" */
static enum report_why judge(const struct report_check *c, const struct report_number *was,
                             const struct report_number *now, const struct report_number *then)
{
    if (!was->known || is_same(was, now))
        return REPORT_SAME;
    if (c->behind)
        return REPORT_BEHIND;
    if (!c->grown)
        return REPORT_OTHER;
    return is_same(was, then) ? REPORT_LATER : REPORT_MOVED;
}

enum qn_code report_check(struct report_check *out, struct store *st, const char *office,
                          int64_t id, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    QN_AUTO(figures) struct figures now = {.n = 0}, then = {.n = 0};
    struct report_number earlier[FIGURES];
    struct report_check c = {.grown = 0};
    memset(earlier, 0, sizeof(earlier));
    enum qn_code rc = record_load(&d, st, record_type("report_snapshot"), office, id, 0, err);
    if (!rc)
        rc = report_parse(&c.report, qn_str(record_text(&d, "text")), err);
    if (!rc && c.report.definitions != FIGURES_VERSION)
        rc = qn_fail(err, QN_ABSENT, "snapshot.definitions", "have=%u|known=%d",
                     c.report.definitions, FIGURES_VERSION);
    struct figure_query q = {.office = c.report.office,
                             .year = c.report.year,
                             .series = *c.report.series ? c.report.series : NULL,
                             .on = c.report.on};
    if (!rc)
        rc = figures_count(&now, st, &q, FIGURE_BY_NONE, err);
    q.below = &c.report.heads;
    if (!rc)
        rc = figures_count(&then, st, &q, FIGURE_BY_NONE, err);
    if (!rc)
        rc = compare_heads(&c, st, id, err);
    if (rc) {
        report_auto(&c.report);
        return rc;
    }
    take(c.now, &now);
    take(earlier, &then);
    for (unsigned i = 0; i < FIGURES; i++) {
        c.why[i] = judge(&c, &c.report.figure[i], &c.now[i], &earlier[i]);
        c.count[c.why[i]] += c.report.figure[i].known;
    }
    *out = c;
    return QN_OK;
}

void report_check_auto(struct report_check *c)
{
    report_auto(&c->report);
}
