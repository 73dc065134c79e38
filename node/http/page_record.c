/* page_record.c - one record: how far it has come, and its photographs. */
#include <stdio.h>
#include <string.h>

#include "node/http/page.h"
#include "node/sync/stages.h"

static void stages(struct page *p, const struct stages_told *t)
{
    static const char *const ids[] = {"table.stage", "table.office", "table.result", "table.time",
                                      "table.proof"};
    page_begin_table(p, "page.stages", ids, 5, 5);
    for (unsigned i = 0; i < t->n; i++) {
        const struct stages_line *l = &t->line[i];
        page_row(p);
        page_told(p, "", l->stage, "");
        page_cell(p, l->office);
        page_told(p, "", l->result, l->result_args);
        page_when_before(p, l->time_s * 1000, l->time_s && l->at_latest);
        page_told(p, "wrap dim", l->proof, l->proof_args);
        page_html(p, "</tr>\n");
    }
    page_end_table(p);
    if (!t->remark)
        return;
    page_html(p, "<section class=warn>");
    page_say(p, t->remark, t->remark_args);
    page_html(p, "</section>\n");
}

/* Small pictures where there can be any; of another file its type. */
static void photos(struct page *p, const struct http_photo *photo, size_t n)
{
    if (!n)
        return;
    page_html(p, "<section><h2>");
    page_say(p, "page.photos", "");
    page_html(p, "</h2>");
    for (size_t i = 0; i < n; i++) {
        page_html(p, "<figure>");
        if (photo[i].here && photo[i].jpeg)
            qn_put_fmt(p->b, "<img loading=lazy alt=\"\" src=\"/thumb?sha256=%s\">", photo[i].hex);
        char id[80];
        snprintf(id, sizeof(id), "photo-kind.%s", photo[i].kind);
        page_html(p, "<figcaption class=dim>");
        if (text_has(id))
            page_say(p, id, "");
        else
            page_text(p, qn_str(photo[i].kind));
        page_html(p, " · ");
        page_text(p, qn_str(photo[i].media));
        qn_put_fmt(p->b, " · <code>%.16s</code> ", photo[i].hex);
        if (!photo[i].here)
            page_say(p, "files-state.awaited", "");
        page_html(p, "</figcaption></figure>\n");
    }
    page_html(p, "</section>\n");
}

void http_record_page(struct http_request *req, struct http_reply *out)
{
    const char *name = http_query(req, "name");
    char office[QN_CODE_MAX + 1];
    struct stages_of what = {.office = office};
    struct stages s;
    struct stages_told told_;
    struct http_photo photo[HTTP_PHOTOS];
    size_t nphotos = 0;
    struct status self = {0};
    struct qn_err err;
    struct page p = {.b = &out->body, .lang = req->lang, .name = name ? name : ""};
    struct store *st = req->office->st;
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = store_self(st)
                          ? QN_OK
                          : qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc)
        self.self = *store_self(st);
    if (!rc)
        rc = stages_parse(office, &what.id, st, name ? name : "", &err);
    if (!rc)
        rc = stages_read(&s, st, &what, &err);
    if (!rc)
        nphotos = http_photos(photo, st, office, what.id);
    pthread_mutex_unlock(&req->office->lock);
    qn_buf_init(&out->body, PAGE_MAX);
    page_head(&p, &self);
    page_finder(&p, name ? name : "");
    if (rc) {
        page_html(&p, "<section class=warn>");
        page_say(&p, err.id, err.args);
        page_html(&p, "</section>\n");
    } else {
        stages_tell(&told_, &s);
        page_html(&p, "<section>");
        page_say(&p, told_.record, told_.record_args);
        page_html(&p, "</section>\n");
        stages(&p, &told_);
        photos(&p, photo, nphotos);
    }
    page_html(&p, "<section>");
    page_first_link(&p);
    page_html(&p, "</section></main></body></html>\n");
    page_send(out, rc == QN_OK ? 200 : rc == QN_MALFORMED ? 400 : 404);
}
