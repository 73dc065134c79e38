#include "node/web/asset.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "protocol/embedded.h"

#define UNDER "node/web/app/"

static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
                 {".html", "text/html; charset=utf-8"},     {".svg", "image/svg+xml"},
                 {".txt", "text/plain; charset=utf-8"},     {".csv", "text/csv; charset=utf-8"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(dot, types[i].end) == 0)
            return types[i].type;
    return "application/octet-stream";
}

void assets_init(struct assets *a)
{
    uint8_t hash[QN_HASH];
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    const char *name;
    for (size_t i = 0; (name = embedded_name(i)); i++) {
        size_t n;
        if (strncmp(name, UNDER, sizeof(UNDER) - 1) != 0)
            continue;
        const unsigned char *p = embedded_get(name, &n);
        crypto_hash_sha256_update(&s, (const unsigned char *)name, strlen(name) + 1);
        crypto_hash_sha256_update(&s, p, n);
    }
    crypto_hash_sha256_final(&s, hash);
    qn_hex(a->hash, hash, ASSET_HASH / 2);
}

bool asset_find(struct asset *out, const char *name)
{
    char full[200];
    if ((size_t)snprintf(full, sizeof(full), UNDER "%s", name) >= sizeof(full) - 4)
        return false;
    *out = (struct asset){.type = type_of(name)};
    out->bytes.p = embedded_get(full, &out->bytes.n);
    memcpy(full + strlen(full), ".gz", 4);
    out->packed.p = embedded_get(full, &out->packed.n);
    return out->bytes.p != NULL;
}

/* What is loaded when it is asked for (charts of figures) and what is only read (licences, tables to
 * fill in) is no part of every page. */
static bool in_every_page(const char *name)
{
    const char *dot = strrchr(name, '.');
    return strcmp(name, "index.html") != 0 && strcmp(name, "worker.js") != 0 &&
           strcmp(name, "vendor/echarts.js") != 0 && dot && strcmp(dot, ".txt") != 0 &&
           strcmp(dot, ".csv") != 0;
}

void assets_put(struct qn_buf *out, const struct assets *a, const char *between)
{
    const char *name;
    bool more = false;
    for (size_t i = 0; (name = embedded_name(i)); i++) {
        size_t n = strlen(name);
        if (strncmp(name, UNDER, sizeof(UNDER) - 1) != 0 ||
            !in_every_page(name + sizeof(UNDER) - 1) || (n > 3 && strcmp(name + n - 3, ".gz") == 0))
            continue;
        qn_put_fmt(out, "%s/a/%s/%s", more ? between : "", a->hash, name + sizeof(UNDER) - 1);
        more = true;
    }
}
