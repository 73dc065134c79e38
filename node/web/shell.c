/* shell.c - the page itself, its files, its sentences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/call.h"
#include "protocol/embedded.h"

#define PAGE_MAX (64u * 1024)
#define YEAR_S   31536000

static bool takes_gzip(const struct call *c)
{
    const char *how = c->in->header(c->in, "Accept-Encoding");
    return how && strstr(how, "gzip");
}

/* A file with {dir} for the directory of the page's files, whose name is their hash: what a browser keeps is never stale;
 * and {files} for all of those that are made for every page, parted by `","`. */
static bool put_filled(struct call *c, const char *name)
{
    struct asset page;
    static const char dir[] = "{dir}", files[] = "{files}";
    if (!asset_find(&page, name))
        return false;
    qn_buf_init(&c->out->body, PAGE_MAX);
    const char *at = (const char *)page.bytes.p, *end = at + page.bytes.n;
    for (const char *next; (next = memchr(at, '{', (size_t)(end - at))); at = next) {
        qn_put(&c->out->body, at, (size_t)(next - at));
        if ((size_t)(end - next) >= sizeof(dir) && memcmp(next, dir, sizeof(dir) - 1) == 0) {
            qn_put_fmt(&c->out->body, "/a/%s", c->web->assets.hash);
            next += sizeof(dir) - 1;
        } else if ((size_t)(end - next) >= sizeof(files) &&
                   memcmp(next, files, sizeof(files) - 1) == 0) {
            assets_put(&c->out->body, &c->web->assets, "\",\"");
            next += sizeof(files) - 1;
        } else {
            qn_put(&c->out->body, next++, 1);
        }
    }
    qn_put(&c->out->body, at, (size_t)(end - at));
    c->out->status = 200;
    pages_header(c->out, "Cache-Control", "no-store");
    return true;
}

void shell_get(struct call *c)
{
    if (put_filled(c, "index.html"))
        c->out->type = "text/html; charset=utf-8";
    else
        call_refuse_as(c, 404, "http.path", "");
}

/* SPEC web-72: "over TLS alone" */
void worker_get(struct call *c)
{
    if (!c->in->secure)
        call_refuse_as(c, 403, "web.only-tls", "");
    else if (put_filled(c, "worker.js"))
        c->out->type = "text/javascript; charset=utf-8";
    else
        call_refuse_as(c, 404, "http.path", "");
}

void asset_get(struct call *c)
{
    struct asset a;
    const char *slash = strchr(c->rest[0], '/');
    bool current = slash && (size_t)(slash - c->rest[0]) == ASSET_HASH &&
                   memcmp(c->rest[0], c->web->assets.hash, ASSET_HASH) == 0;
    if (!current || !asset_find(&a, slash + 1)) {
        call_refuse_as(c, 404, "http.path", "");
        return;
    }
    bool packed = a.packed.n && takes_gzip(c);
    c->out->status = 200;
    c->out->type = a.type;
    c->out->lent = packed ? a.packed : a.bytes;
    pages_header(c->out, "Cache-Control", "public, max-age=%d, immutable", YEAR_S);
    pages_header(c->out, "Vary", "Accept-Encoding");
    if (packed)
        pages_header(c->out, "Content-Encoding", "gzip");
}

static void put_text(json_t *all, const char *id, enum text_lang lang)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 65536);
    text_put(&b, lang, id, "");
    json_object_set_new(all, id, json_stringn((const char *)b.p, b.n));
}

/* Every sentence of the catalogue as pages say it, {"id": "…"}: they know no other text. */
static void put_texts(json_t *all, const unsigned char *p, size_t n, enum text_lang lang)
{
    char id[100] = "";
    const char *want = lang == TEXT_EN ? "en " : "zh ";
    for (size_t at = 0; at < n;) {
        const unsigned char *end = memchr(p + at, '\n', n - at);
        size_t len = end ? (size_t)(end - p) - at : n - at;
        const char *line = (const char *)p + at;
        if (!len)
            id[0] = 0;
        else if (len > 3 && memcmp(line, want, 3) == 0)
            put_text(all, id, lang);
        else if (!id[0] && *line != '#' && len < sizeof(id))
            snprintf(id, sizeof(id), "%.*s", (int)len, line);
        at += len + 1;
    }
}

void text_get(struct call *c)
{
    json_t *all = json_object();
    const char *name, *tag = c->in->header(c->in, "If-None-Match");
    char etag[ASSET_HASH + 8];
    for (size_t i = 0; (name = embedded_name(i)); i++) {
        size_t n, len = strlen(name);
        if (strncmp(name, "node/text/", 10) != 0 || len < 4 || strcmp(name + len - 4, ".txt") != 0)
            continue;
        const unsigned char *p = embedded_get(name, &n);
        put_texts(all, p, n, c->in->lang);
    }
    uint8_t hash[QN_HASH];
    char *text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    crypto_hash_sha256(hash, (const uint8_t *)(text ? text : ""), text ? strlen(text) : 0);
    free(text);
    etag[0] = '"';
    qn_hex(etag + 1, hash, ASSET_HASH / 2);
    memcpy(etag + 1 + ASSET_HASH, "\"", 2);
    pages_header(c->out, "ETag", "%s", etag);
    pages_header(c->out, "Cache-Control", "no-cache");
    if (tag && strcmp(tag, etag) == 0) {
        json_decref(all);
        call_empty(c, 304);
        return;
    }
    call_json(c, 200, all);
}
