#include "node/publish/site.h"

#include <string.h>

#include "node/publish/custodian.h"
#include "node/publish/site_parts.h"
#include "node/store/clock.h"
#include "node/store/duty.h"
#include "protocol/embedded.h"

static enum qn_code write_css(struct site *s)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    size_t n;
    const unsigned char *css = embedded_get("node/publish/site.css", &n);
    qn_buf_init(&b, SITE_FILE_MAX);
    if (css)
        qn_put(&b, css, n);
    return site_write(s, "site.css", &b);
}

/* SPEC site-16: "where the publisher has named a co-key" */
static enum qn_code write_custodian(struct site *s)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    QN_AUTO(query) struct query q = query_start(s->st, SQL_COKEY_NAMED);
    q_bind_text(&q, s->self->office);
    bool named = q_step(&q);
    enum qn_code rc = query_end(&q, s->err);
    if (rc || !named)
        return rc;
    rc = custodian_page(&b, TEXT_ZH, s->err);
    return rc ? rc : site_write(s, "cokey.html", &b);
}

static enum qn_code build(struct site *s)
{
    enum qn_code rc = site_script_register(s);
    if (!rc)
        rc = site_gather(s);
    if (!rc)
        rc = write_css(s);
    if (!rc)
        rc = site_identity(s);
    if (!rc)
        rc = site_logs(s);
    if (!rc)
        rc = site_released(s);
    if (!rc)
        rc = site_script(s);
    if (!rc)
        rc = write_custodian(s);
    if (!rc)
        rc = site_draw_pages(s);
    if (!rc)
        rc = site_result_pages(s);
    if (!rc)
        rc = site_object_pages(s);
    if (!rc)
        rc = site_open_data(s);
    if (!rc)
        rc = site_plan_pages(s);
    if (!rc)
        rc = site_office_pages(s);
    if (!rc)
        rc = site_sampling_pages(s);
    if (!rc)
        rc = site_find(s);
    if (!rc)
        rc = site_index(s);
    if (!rc)
        rc = site_verify_page(s);
    if (!rc)
        rc = site_feeds(s);
    if (!rc)
        rc = site_map(s);
    return rc ? rc : site_manifest(s);
}

static void site_release(struct site *s)
{
    site_abandon(s);
    list_free(&s->offices);
    list_free(&s->draws);
    list_free(&s->sealed);
    list_free(&s->published);
    list_free(&s->data);
    list_free(&s->results);
    list_free(&s->by_name);
    list_free(&s->objects);
    list_free(&s->rows);
    list_free(&s->by_object);
    list_free(&s->files);
    model_free(&s->m);
}

enum qn_code site_publish(struct site_made *made, struct store *st, const char *out,
                          const char *url, const struct qn_report *report, struct qn_err *err)
{
    const struct keys *keys;
    struct site s = {.st = st, .report = report, .self = store_self(st), .dir = -1, .err = err};
    char path[1024];
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/')
        n--;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && !qn_text_copy(path, sizeof(path), (struct qn_span){(const uint8_t *)out, n}))
        rc = qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", out);
    if (!rc)
        rc = site_address(&s, url);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_PUBLISH_SITE), NULL, path, err);
    if (rc)
        return rc;
    clock_local(st, s.made_on);
    s.made_on[10] = ' ';
    s.made_on[16] = 0; /* to the minute */
    rc = site_open(&s, path);
    if (!rc)
        rc = build(&s);
    if (!rc)
        rc = site_place(&s, path);
    if (!rc)
        *made = s.made;
    site_release(&s);
    return rc;
}
