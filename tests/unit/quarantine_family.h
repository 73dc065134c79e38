/* quarantine_family.h - offices whose county signs what it should not, and how an entry stands at the others. */
#ifndef QIAN_TESTS_QUARANTINE_FAMILY_H
#define QIAN_TESTS_QUARANTINE_FAMILY_H

#include "tests/unit/family.h"

#include "node/store/ingest.h"
#include "node/store/quarantine.h"
#include "node/store/skip.h"
#include "tests/tools/forge_entry.h"

#define T(f)         cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what to forge --------------------------------------------------------------------------------------- */

static inline uint64_t next_seq(struct test_office *o)
{
    struct log log;
    MUST(log_find(&log, o->st, store_origin(o->st), &offices_err));
    return log.size;
}

static inline void close_row(struct qn_row *row, struct test_office *o, uint64_t seq, uint16_t n,
                             int64_t rev)
{
    static const uint8_t root[QN_HASH] = {1};
    forge_row(row, o->st, "roster_close", seq, n, rev);
    row_int(row, "roster", 1000 + (int64_t)seq); /* between those that write_one closes before and after */
    row_int(row, "entries", 0);
    row_int(row, "rows", 0);
    row_blob(row, "root", root, sizeof(root));
    row_text(row, "acted_by", "tester");
    row_text(row, "recorded_on", "2021-08-16T09:00:00");
}

static inline void put(struct forge *f, const struct qn_row *row)
{
    if (!f->rows.n)
        qn_change_table(&f->rows, row->table);
    qn_change_row(&f->rows, row);
}

/* A row of supersede, waiver or abandoned about an entry. */
static inline void about_row(struct qn_row *row, struct test_office *o, const char *table,
                             const char *origin, int64_t seq)
{
    forge_row(row, o->st, table, next_seq(o), 0, 1);
    row_text(row, "origin", origin);
    row_int(row, "seq", seq);
    if (strcmp(table, "waiver") == 0)
        row_text(row, "rule", "row.exists");
    if (strcmp(table, "abandoned") == 0) {
        static const uint8_t leaf[QN_HASH] = {1};
        row_blob(row, "leaf", leaf, sizeof(leaf));
        row_int(row, "kind", QN_KIND_ROSTER_CLOSE);
    }
    row_text(row, "reason", "forged");
}

static inline uint64_t commit(struct forge *f, struct test_office *o)
{
    uint64_t seq;
    MUST(forge_commit(f, o->st, &seq, &offices_err));
    return seq;
}

enum what {
    GOOD,
    OTHER_OFFICE,
    LEVEL,
    LANE,
    ID_NEW,
    ID_LATER,
    ONCE,
    GARBAGE,
    UPDATE,
    SCHEMA_HASH,
    CERT_ROW,
    SUPERSEDE_OTHER,
    SUPERSEDE_LATER,
    ABANDON_PRESENT,
    WAIVE_OWN,
    WAIVE_SIBLING,
    LATER_AND_BAD,
    DEP_AND_BAD,
    TWICE,
    SPLIT_VIEW,
    REVISION,
    DEPENDENCY,
    SCHEMA,
};

static inline uint64_t forge(struct test_office *o, enum what what)
{
    struct forge f;
    struct qn_row row;
    uint64_t seq = next_seq(o);
    static const char foreign[] = "test.example/140622/1";
    bool control =
        what == LEVEL || what == CERT_ROW || (what >= SUPERSEDE_OTHER && what <= WAIVE_SIBLING);
    forge_init(&f, control || what == ONCE ? QN_LANE_CONTROL : QN_LANE_BULK, QN_KIND_ROSTER_CLOSE);
    close_row(&row, o, seq, 0, 1);
    switch (what) {
    case GOOD:
        break;
    case OTHER_OFFICE:
        row_text(&row, "office", "140622");
        break;
    case LEVEL:
        f.audience = QN_PUBLIC;
        forge_row(&row, o->st, "code", seq, 0, 1);
        row_text(&row, "list", "tag");
        row_text(&row, "code", "1");
        row_text(&row, "name_zh", "x");
        row_text(&row, "name_en", "x");
        break;
    case LANE:
        f.lane = QN_LANE_PLAN;
        break;
    case ID_NEW:
        close_row(&row, o, seq + 1, 0, 1);
        break;
    case ID_LATER:
        close_row(&row, o, seq + 1, 0, 2);
        break;
    case ONCE:
        about_row(&row, o, "supersede", store_origin(o->st), 0);
        row_int(&row, "rev", 2);
        break;
    case GARBAGE:
        qn_put_str(&f.rows, "no changeset");
        break;
    case UPDATE:
        break;
    case SCHEMA_HASH:
        f.other_hash = true;
        break;
    case CERT_ROW:
        forge_row(&row, o->st, "certificate", seq, 0, 1);
        row_text(&row, "subject", "140622");
        row_blob(&row, "cert", "x", 1);
        f.audience = QN_PUBLIC;
        break;
    case SUPERSEDE_OTHER:
        about_row(&row, o, "supersede", foreign, 0);
        break;
    case SUPERSEDE_LATER:
        about_row(&row, o, "supersede", store_origin(o->st), (int64_t)seq);
        break;
    case ABANDON_PRESENT:
        about_row(&row, o, "abandoned", store_origin(o->st), 0);
        break;
    case WAIVE_OWN:
        about_row(&row, o, "waiver", store_origin(o->st), 0);
        break;
    case WAIVE_SIBLING:
        about_row(&row, o, "waiver", foreign, 0);
        break;
    case LATER_AND_BAD:
        close_row(&row, o, seq, 9,
                  2); /* its rev 1 is not here, and the row behind it is another office's */
        put(&f, &row);
        close_row(&row, o, seq, 1, 1);
        row_text(&row, "office", "140622");
        break;
    case DEP_AND_BAD:
        f.dep[f.ndeps++] = (struct qn_dep){.origin = qn_str(foreign), .size = 99};
        row_text(&row, "office", "140622");
        break;
    case TWICE:
        put(&f, &row);
        break;
    case SPLIT_VIEW:
        f.dep[f.ndeps++] =
            (struct qn_dep){.origin = qn_str("test.example/1406/1"), .size = 1, .root = {1}};
        break;
    case REVISION:
        close_row(&row, o, seq, 9, 2);
        break;
    case DEPENDENCY:
        f.dep[f.ndeps++] = (struct qn_dep){.origin = qn_str(foreign), .size = 99};
        break;
    case SCHEMA:
        f.schema = 9;
        break;
    }
    if (what != GARBAGE)
        put(&f, &row);
    if (what == UPDATE)
        for (size_t i = 0; i < f.rows.n; i++)
            if (f.rows.p[i] == 0x12) {
                f.rows.p[i] = 0x17;
                break;
            }
    return commit(&f, o);
}

static inline int64_t fates(struct test_office *o, const char *where)
{
    char sql[300];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM fate f JOIN log l ON l.no = f.log WHERE %s",
             where);
    return count(o, sql);
}

/* "held apply.revision", or "" for one that is applied. */
static inline void fate_of(struct test_office *o, const char *log, uint64_t seq, char out[100])
{
    struct standing s;
    struct qn_err err;
    out[0] = 0;
    if (quarantine_get(&s, o->st, log, seq, &err) == QN_OK)
        snprintf(out, 100, "%s %s", fate_state_name(s.state), s.rule);
    else
        assert_string_equal(err.id, "quarantine.none");
}

static inline void expect(struct test_office *o, const char *log, uint64_t seq, const char *want)
{
    char is[100];
    fate_of(o, log, seq, is);
    if (strcmp(is, want) != 0)
        fail_msg("%s about %s %llu: \"%s\", wanted \"%s\"", code_of(o), log,
                 (unsigned long long)seq, is, want);
}

static inline int64_t rows_of(struct test_office *o, const char *table)
{
    char sql[100];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE office = '140602'", table);
    return count(o, sql);
}
#endif
