/* site_script.c - the programs of pages: the one that checks a draw in the reader's browser, the one that searches; their
 * digests are rows of the own log. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "protocol/embedded.h"
#include "protocol/wire.h"

static const char *const scripts[SITE_SCRIPTS] = {"check", "find"};

static void script_path(char out[SITE_PATH], enum site_script i, const char *kind)
{
    snprintf(out, SITE_PATH, "%s.%s", scripts[i], kind);
}

static struct qn_span script_bytes(enum site_script i)
{
    size_t n;
    char path[SITE_PATH];
    snprintf(path, sizeof(path), "node/publish/%s.js", scripts[i]);
    const uint8_t *p = embedded_get(path, &n);
    return (struct qn_span){p, n};
}

static void script_digest(uint8_t out[QN_HASH], enum site_script i)
{
    struct qn_span all = script_bytes(i);
    wire_sha256(out, &all, 1);
}

/* The row that says this digest, 0 when there is none: the newest counts, an older script may come back. */
static enum qn_code find_row(struct site *s, enum site_script i, int64_t *id)
{
    uint8_t digest[QN_HASH];
    char path[SITE_PATH];
    script_digest(digest, i);
    script_path(path, i, "js");
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_OWN_SCRIPT);
    q_bind_text(&q, s->self->office);
    q_bind_text(&q, path);
    *id = 0;
    if (q_step(&q)) {
        struct qn_span was = q_span(&q, 1);
        if (was.n == QN_HASH && memcmp(was.p, digest, QN_HASH) == 0)
            *id = q_int(&q, 0);
    }
    return query_end(&q, s->err);
}

/* SPEC site-14: "a row of `site_script` in the publisher's log, released in the same act or the next" */
static enum qn_code register_one(struct site *s, enum site_script i)
{
    uint8_t digest[QN_HASH];
    char today[11], path[SITE_PATH];
    int64_t id;
    script_digest(digest, i);
    script_path(path, i, "js");
    enum qn_code rc = find_row(s, i, &id);
    if (rc || id)
        return rc;
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(act) struct act a = {0};
    struct release_ref ref = {.part = 0};
    struct qn_row row;
    clock_today(s->st, today);
    rc = tx_begin(&tx, s->st, s->err);
    if (!rc)
        rc = act_begin(&a, s->st, duty_of(DUTY_PUBLISH_SITE), NULL, QN_KIND_PUBLISH, QN_LANE_RESULT,
                       s->err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, s->err);
    if (rc)
        return rc;
    row_start(&row, &a, "site_script", act_id(&a), 1);
    row_text(&row, "path", path);
    row_blob(&row, "digest", digest, QN_HASH);
    row_text(&row, "registered_on", today);
    rc = act_put(&a, &row, s->err);
    if (!rc)
        rc = act_commit(&a, &ref.seq, NULL, s->err);
    if (!rc)
        rc = release_own(s->st, duty_of(DUTY_PUBLISH_SITE), NULL, &ref, 1, s->err);
    return rc ? rc : tx_commit(&tx, s->err);
}

enum qn_code site_script_register(struct site *s)
{
    enum qn_code rc = QN_OK;
    for (int i = 0; !rc && i < SITE_SCRIPTS; i++)
        rc = register_one(s, (enum site_script)i);
    return rc;
}

static enum qn_code write_script(struct site *s, enum site_script i)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    char path[SITE_PATH];
    qn_buf_init(&b, SITE_FILE_MAX);
    qn_put_span(&b, script_bytes(i));
    script_path(path, i, "js");
    return site_write(s, path, &b);
}

/* SPEC site-14: "`check.frames` is that entry, and `check.proof` its place under the checkpoint of site-2" */
static enum qn_code write_one(struct site *s, enum site_script i)
{
    struct released_part from = {.part = 0};
    char file[SITE_PATH];
    uint16_t epoch, n;
    int64_t id;
    enum qn_code rc = write_script(s, i);
    if (!rc)
        rc = find_row(s, i, &id);
    if (rc)
        return rc;
    qn_row_id_split(id, &epoch, &from.seq, &n);
    const struct released *r = &s->m.released;
    for (from.log = 0; from.log < r->nlogs; from.log++)
        if (strcmp(r->log[from.log].office, s->self->office) == 0 &&
            r->log[from.log].epoch == epoch)
            break;
    if (!id || from.log == r->nlogs || r->log[from.log].verified <= from.seq)
        return qn_fail(s->err, QN_ABSENT, "publish.no-script-row", "");
    QN_AUTO(qn_buf) struct qn_buf frames = {0}, note = {0}, proof = {0};
    struct qn_proof path;
    qn_buf_init(&frames, SITE_FILE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_buf_init(&proof, 2 * QN_NOTE_MAX);
    const struct log *log = &r->log[from.log];
    rc = site_entry(s, &frames, &from);
    script_path(file, i, "frames");
    if (!rc)
        rc = site_write(s, file, &frames);
    if (!rc)
        rc = log_inclusion(s->st, log, from.seq, log->verified, &path, s->err);
    if (!rc)
        rc = log_checkpoint_note(&note, s->st, log, log->verified, s->err);
    if (rc)
        return rc;
    qn_proof_write(&proof, from.seq, &path, qn_buf_span(&note));
    script_path(file, i, "proof");
    return site_write(s, file, &proof);
}

enum qn_code site_script(struct site *s)
{
    enum qn_code rc = QN_OK;
    for (int i = 0; !rc && i < SITE_SCRIPTS; i++)
        rc = write_one(s, (enum site_script)i);
    return rc;
}

/* SPEC site-4: "with the digest of that file in its `integrity`" */
void site_script_tag(struct qn_buf *b, unsigned depth, enum site_script i)
{
    uint8_t digest[QN_HASH];
    char base64[sodium_base64_ENCODED_LEN(QN_HASH, sodium_base64_VARIANT_ORIGINAL)];
    script_digest(digest, i);
    sodium_bin2base64(base64, sizeof(base64), digest, QN_HASH, sodium_base64_VARIANT_ORIGINAL);
    qn_put_str(b, "<script src=\"");
    html_root(b, depth);
    qn_put_fmt(b, "%s.js\" integrity=\"sha256-%s\" defer></script>\n", scripts[i], base64);
}

/* ---- on the page of a draw ---------------------------------------------------------------------- */

void site_script_here(struct qn_buf *b, const struct site_view *v)
{
    uint8_t digest[QN_HASH];
    char id[40], hex[2 * QN_HASH + 1];
    script_digest(digest, SITE_SCRIPT_CHECK);
    qn_hex(hex, digest, QN_HASH);
    qn_row_id_text(id, v->sum->row->key.id);
    html_el(b, "h2", NULL, "site.h-browser", "");
    html_el(b, "p", "note", "site.browser-note", "");
    qn_put_fmt(b, "<div id=\"check\" data-draw=\"%s:%s\" data-root=\"../../\">\n", v->sum->office,
               id);
    html_el(b, "p", "warn", "site.browser-not-running", "");
    qn_put_str(b, "</div>\n<p class=\"note\">");
    html_say(b, "site.browser-digest", "");
    qn_put_fmt(b, " <code class=\"whole\">%s</code></p>\n", hex);
    site_script_tag(b, 2, SITE_SCRIPT_CHECK);
}
