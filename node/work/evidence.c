#include "node/work/evidence.h"

#include <stdio.h>
#include <string.h>

#include "node/store/file.h"
#include "protocol/wire.h"

static bool is_image(struct qn_span b)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, jpeg[] = {0xff, 0xd8, 0xff};
    return (b.n >= sizeof(png) && memcmp(b.p, png, sizeof(png)) == 0) ||
           (b.n >= sizeof(jpeg) && memcmp(b.p, jpeg, sizeof(jpeg)) == 0);
}

enum qn_code evidence_keep(struct store *st, const char *path, uint8_t digest[QN_HASH], uint64_t *size,
                           struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    char at[FILE_PATH_MAX], name[80], hex[2 * QN_HASH + 1];
    enum qn_code rc = file_read(&file, path, EVIDENCE_MAX, err);
    if (rc)
        return rc;
    struct qn_span bytes = qn_buf_span(&file);
    if (!is_image(bytes))
        return qn_fail(err, QN_MALFORMED, "evidence.kind", "path=%s", path);
    wire_sha256(digest, &bytes, 1);
    *size = bytes.n;
    qn_hex(hex, digest, QN_HASH);
    rc = file_join(at, store_dir(st), "evidence", err);
    if (!rc)
        rc = file_mkdir(at, err);
    snprintf(name, sizeof(name), "evidence/%.2s", hex);
    if (!rc)
        rc = file_join(at, store_dir(st), name, err);
    if (!rc)
        rc = file_mkdir(at, err);
    snprintf(name, sizeof(name), "evidence/%.2s/%s", hex, hex);
    if (!rc)
        rc = file_join(at, store_dir(st), name, err);
    if (rc)
        return rc;
    rc = file_write(at, bytes, 0600, false, err);
    return rc == QN_CONFLICT ? QN_OK : rc; /* kept before: the name is the content */
}
