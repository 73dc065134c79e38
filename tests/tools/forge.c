/* forge.c - writes one entry into an office's log that an honest node never signs, to show what the others do with it.
 *
 *   forge --dir DIR --passphrase-file FILE --what office|twice|revision|schema|fine|third
 *
 * office: a row in another office's name (refused); twice: one key twice (quarantined); revision: the second revision
 * of a record that nobody wrote (held); schema: a registry of the future (held); fine: nothing is wrong with it; third:
 * the third revision of what the entry before wrote, without the second (held). Prints the number of the entry. */
#include <stdio.h>

#include "node/store/office.h"
#include "node/text/text.h"
#include "tests/tools/forge_entry.h"

static int failed(const struct qn_err *err)
{
    char text[1024];
    text_error(text, sizeof(text), TEXT_EN, err);
    fprintf(stderr, "forge: %s\n", text);
    return 1;
}

static int forge(struct store *st, const char *what)
{
    static const uint8_t root[QN_HASH] = {1};
    struct forge f;
    struct qn_row row;
    struct qn_err err;
    struct log log;
    uint64_t seq;
    enum qn_code rc = log_find(&log, st, store_origin(st), &err);
    if (rc)
        return failed(&err);
    forge_init(&f, QN_LANE_BULK, QN_KIND_ROSTER_CLOSE);
    bool third = strcmp(what, "third") == 0;
    forge_row(&row, st, "roster_close", log.size - third, 0,
              third                            ? 3
              : strcmp(what, "revision") == 0 ? 2
                                               : 1);
    row_int(&row, "roster", third ? 100 : 99);
    row_int(&row, "entries", 0);
    row_int(&row, "rows", 0);
    row_blob(&row, "root", root, sizeof(root));
    row_text(&row, "acted_by", "forger");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    if (strcmp(what, "office") == 0)
        row_text(&row, "office", "140699");
    f.schema = strcmp(what, "schema") == 0 ? 9 : 0;
    qn_change_table(&f.rows, row.table);
    qn_change_row(&f.rows, &row);
    if (strcmp(what, "twice") == 0)
        qn_change_row(&f.rows, &row);
    rc = forge_commit(&f, st, &seq, &err);
    if (rc)
        return failed(&err);
    printf("%llu\n", (unsigned long long)seq);
    return 0;
}

int main(int argc, char **argv)
{
    const char *dir = NULL, *passphrase = NULL, *what = NULL;
    const struct {
        const char *name;
        const char **value;
    } opts[] = {{"--dir", &dir}, {"--passphrase-file", &passphrase}, {"--what", &what}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t k = 0; k < sizeof(opts) / sizeof(opts[0]); k++)
            if (strcmp(argv[i], opts[k].name) == 0)
                *opts[k].value = argv[i + 1];
    if (!dir || !what) {
        fprintf(
            stderr,
            "usage: forge --dir DIR --passphrase-file FILE --what office|twice|revision|schema|fine|third\n");
        return 2;
    }
    struct qn_err err;
    struct office office;
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, dir, passphrase, true, &err);
    if (rc)
        return failed(&err);
    int code = forge(office.st, what);
    office_close(&office);
    return code;
}
