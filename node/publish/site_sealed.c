/* site_sealed.c - a draw before its release, or one of which a part was forgotten: header, place, time, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/text/text.h"

/* Only the header frame: it is public for ever; the parts it commits to are not read here. */
static enum qn_code write_header(struct site *s, const struct site_sealed *x)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    QN_AUTO(qn_buf) struct qn_buf head = {0}, out = {0};
    char path[SITE_PATH + 32];
    qn_buf_init(&head, QN_SIG + QN_HEADER_MAX);
    qn_buf_init(&out, QN_FRAME_MAX);
    enum qn_code rc = log_entry_get(&e, s->st, &s->m.released.log[x->log], x->seq, s->err);
    if (rc)
        return rc;
    qn_put(&head, e.sig, QN_SIG);
    qn_put_span(&head, qn_buf_span(&e.bytes));
    rc = qn_buf_check(&head, s->err);
    if (rc)
        return rc;
    qn_frame_put(&out, QN_FRAME_HEADER, qn_buf_span(&head));
    snprintf(path, sizeof(path), "sealed/%s.frames", x->name);
    return site_write(s, path, &out);
}

static void put_times(struct site *s, struct qn_buf *b, const struct site_times *times)
{
    static const char *const heads[] = {"site.col-witness", "site.col-time", "site.col-size"};
    struct html_table t;
    html_table_begin(&t, b, heads, 3);
    for (unsigned i = 0; i < times->n; i++) {
        html_cell(&t, NULL);
        html_str(b, site_name_of(s, qn_str(times->by[i].office)));
        if (!times->by[i].above)
            html_say(b, "site.own-witness", "");
        html_cell(&t, NULL);
        html_time(b, times->by[i].time_s);
        html_number(&t, times->by[i].size);
    }
    html_table_end(&t);
}

enum qn_code site_sealed_page(struct site *s, unsigned log, uint64_t seq)
{
    const struct log *l = &s->m.released.log[log];
    struct site_times times;
    struct released_part from = {.log = log, .seq = seq};
    struct site_sealed *x = list_add(&s->sealed, sizeof(*x));
    if (!x)
        return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    x->log = log;
    x->seq = seq;
    snprintf(x->name, sizeof(x->name), "%s-%u-%llu", l->office, l->epoch, (unsigned long long)seq);
    char path[SITE_PATH + 32], over[400], up[SITE_PATH], english[200];
    snprintf(path, sizeof(path), "sealed/%s", x->name);
    enum qn_code rc = write_header(s, x);
    if (!rc)
        rc = site_times(s, &times, log, seq, l->office);
    if (!rc)
        rc = site_proofs(s, path, &from, &times);
    if (rc)
        return rc;
    for (unsigned i = 0; i < times.n; i++)
        if (times.by[i].above && (!x->first_s || times.by[i].time_s < x->first_s))
            x->first_s = times.by[i].time_s;
    struct site_office *o = site_office_of(s, qn_str(l->office), NULL);
    if (o)
        o->sealed++;
    s->made.sealed++;
    struct qn_buf b;
    QN_AUTO(qn_buf) struct qn_buf forgotten = {0};
    qn_buf_init(&forgotten, SITE_FILE_MAX);
    rc = site_forgotten(s, log, seq, x->name, &forgotten);
    if (!rc)
        rc = qn_buf_check(&forgotten, s->err);
    if (rc)
        return rc;
    x->forgotten = forgotten.n > 0;
    const char *name = site_name_of(s, qn_str(l->office));
    snprintf(over, sizeof(over), "%s · %s", name, x->name);
    snprintf(up, sizeof(up), "offices/%s.html", l->office);
    snprintf(path, sizeof(path), "sealed/%s.html", x->name);
    snprintf(english, sizeof(english), "log=%s|seq=%llu", l->origin, (unsigned long long)seq);
    char title[120];
    text_render(title, sizeof(title), TEXT_ZH, x->forgotten ? "site.forgotten" : "site.sealed", "");
    struct html_page p = {.depth = 1,
                          .title = title,
                          .over = over,
                          .up = up,
                          .up_title = name,
                          .english = x->forgotten ? "site.en-forgotten" : "site.en-sealed",
                          .english_args = english};
    site_page(s, &p, &b);
    html_el(&b, "p", "note", x->forgotten ? "site.forgotten-note" : "site.sealed-note", "");
    if (x->forgotten) {
        qn_put_str(&b, "<ul>\n");
        qn_put_span(&b, qn_buf_span(&forgotten));
        qn_put_str(&b, "</ul>\n");
    }
    put_times(s, &b, &times);
    qn_put_str(&b, "<p>");
    snprintf(path, sizeof(path), "%s.frames", x->name);
    html_link(&b, 0, path, qn_str(path));
    for (unsigned i = 0; i < times.n; i++) {
        snprintf(path, sizeof(path), "%s.%s.proof", x->name, times.by[i].office);
        qn_put_str(&b, " · ");
        html_link(&b, 0, path, qn_str(path));
    }
    qn_put_str(&b, "</p>\n");
    snprintf(path, sizeof(path), "sealed/%s.html", x->name);
    return site_page_done(s, &p, &b, path);
}
