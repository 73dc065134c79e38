/* make_photos.c - photographs of a county that nobody took: files of noise that begin as a JPEG does, and the rows that name
 * them, as `qian evidence add` writes both. For measured runs.
 *
 *   make_photos --dir DIR --passphrase-file FILE --count N --bytes SIZE [--each N]
 *
 * One entry names --each of them (100). Prints "N files of SIZE bytes in M entries".                              */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/act.h"
#include "node/store/files.h"
#include "node/store/office.h"

static int fail(const struct qn_err *err)
{
    fprintf(stderr, "make_photos: %s %s\n", err->id, err->args);
    return 1;
}

static enum qn_code one(struct act *a, const char *path, size_t size, struct qn_err *err)
{
    QN_AUTO(vault_file) struct vault_file f = {.size = 0};
    static uint8_t *bytes;
    struct qn_row row;
    if (!bytes)
        bytes = malloc(size);
    FILE *out = bytes ? fopen(path, "wb") : NULL;
    if (!out)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=open", path);
    randombytes_buf(bytes, size);
    memcpy(bytes, "\xff\xd8\xff\xe0", size < 4 ? size : 4);
    bool wrote = fwrite(bytes, 1, size, out) == size;
    if (fclose(out) != 0 || !wrote)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=write", path);
    enum qn_code rc = files_keep(&f, a->st, path, err);
    if (rc)
        return rc;
    row_start(&row, a, "evidence", act_id(a), 1);
    row_int(&row, "inspection_id", qn_row_id(1, 0, 0));
    row_text(&row, "kind", "process");
    row_blob(&row, "digest", f.sha256, QN_HASH);
    row_int(&row, "size", (int64_t)f.size);
    row_text(&row, "captured_on", "2021-09-06T09:00:00");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "media", f.media);
    row_blob(&row, "tree", f.tree, QN_HASH);
    return act_put(a, &row, err);
}

int main(int argc, char **argv)
{
    const char *dir = NULL, *pass = NULL;
    unsigned long count = 0, size = 0, each = 100, entries = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--dir") == 0)
            dir = argv[i + 1];
        else if (strcmp(argv[i], "--passphrase-file") == 0)
            pass = argv[i + 1];
        else if (strcmp(argv[i], "--count") == 0)
            count = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--bytes") == 0)
            size = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--each") == 0)
            each = strtoul(argv[i + 1], NULL, 10);
    }
    if (!dir || !pass || !count || size < 4 || !each) {
        fprintf(stderr, "usage: make_photos --dir DIR --passphrase-file FILE --count N --bytes "
                        "SIZE [--each N]\n");
        return 2;
    }
    struct office office;
    struct qn_err err;
    char path[1100];
    snprintf(path, sizeof(path), "%s/photo.tmp", dir);
    if (qn_selftest(&err) != QN_OK || office_open(&office, dir, pass, true, &err) != QN_OK)
        return fail(&err);
    enum qn_code rc = QN_OK;
    for (unsigned long done = 0; !rc && done < count; entries++) {
        QN_AUTO(act) struct act a = {0};
        rc = act_open(&a, office.st, QN_KIND_RESULT, QN_LANE_RESULT, &err);
        if (!rc)
            rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &err);
        for (unsigned long i = 0; !rc && i < each && done < count; i++, done++)
            rc = one(&a, path, size, &err);
        if (!rc)
            rc = act_commit(&a, NULL, NULL, &err);
    }
    unlink(path);
    if (!rc)
        printf("%lu files of %lu bytes in %lu entries\n", count, size, entries);
    office_close(&office);
    return rc ? fail(&err) : 0;
}
