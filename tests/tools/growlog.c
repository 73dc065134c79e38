/* growlog.c - makes the log of a province longer than one tile, faster than a command for each entry would.
 *
 *   growlog DIR ENTRIES          each entry writes one row of the code table "grow"; the passphrase as for qian
 *   growlog DIR ENTRIES private [FIRST]   rows of recusal, for the office and those above it; of versions from FIRST
 *                                      on, else as many as the log has entries. No version is closed, so that nothing
 *                                      is frozen by itself and the log is as long as it was made                   */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/office.h"

static enum qn_code add(struct store *st, unsigned n, struct qn_err *err)
{
    struct qn_row row;
    char code[16];
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_open(&a, st, QN_KIND_TABLES, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    snprintf(code, sizeof(code), "G%u", n);
    row_start(&row, &a, "code", act_id(&a), 1);
    row_text(&row, "list", "grow");
    row_text(&row, "code", code);
    row_text(&row, "name_zh", code);
    row_text(&row, "name_en", code);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code add_private(struct store *st, int64_t version, struct qn_err *err)
{
    struct qn_row row;
    char insp[32];
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_open(&a, st, QN_KIND_ROSTER, QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    snprintf(insp, sizeof(insp), "%s/G1", store_self(st)->office);
    row_start(&row, &a, "recusal", act_id(&a), 1);
    row_int(&row, "roster", version ? version : (int64_t)a.seq + 1);
    row_text(&row, "insp_id", insp);
    row_text(&row, "object_id", "E:grow");
    row_int(&row, "active", 0);
    row_text(&row, "acted_by", "grow");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

int main(int argc, char **argv)
{
    struct qn_err err;
    struct office office;
    bool private = (argc == 4 || argc == 5) && strcmp(argv[3], "private") == 0;
    int64_t first = argc == 5 ? strtoll(argv[4], NULL, 10) : 0;
    unsigned entries = argc == 3 || private ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (!entries) {
        fprintf(stderr, "usage: growlog DIR ENTRIES [private [FIRST]]\n");
        return 2;
    }
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, argv[1], NULL, true, &err);
    if (!rc) {
        for (unsigned i = 0; !rc && i < entries; i++)
            rc = private ? add_private(office.st, first ? first + i : 0, &err)
                         : add(office.st, i, &err);
        office_close(&office);
    }
    if (rc)
        fprintf(stderr, "growlog: %s %s\n", err.id, err.args);
    return rc ? 1 : 0;
}
