/* registry.h - the travelling tables of one schema version.   Spec: protocol/spec/registry.md
 *
 * One canonical text per version (protocol/registry-<n>.txt, compiled in); its SHA-256 is the schema
 * hash that every entry header names. It drives DDL, capture, validation and authority.
 *
 *   qian-registry/<version>
 *   table <name> public|system|restricted control|plan|draw|result|bulk <levels: of p c k s, or P C K S> <column> ...
 *   column = <name>:I or <name>:R, <name>:T:<bytes> or <name>:B:<bytes>; the type in lower case: may be NULL;
 *            behind it :p or :d, its mark
 */
#ifndef QIAN_REGISTRY_H
#define QIAN_REGISTRY_H

#include "qian/base.h"
#include "qian/cert.h"

#define QN_TABLES       256
#define QN_COLUMNS      48
#define QN_KEY_COLUMNS  3
#define QN_TABLE_NAME   32 /* with its NUL */
#define QN_COLUMN_NAME  32 /* with its NUL */
#define QN_REGISTRY_MAX 131072

enum qn_audience { QN_PUBLIC = 1, QN_SYSTEM = 2, QN_RESTRICTED = 3 };
enum qn_type {
    QN_INTEGER = 1,
    QN_REAL = 2,
    QN_TEXT = 3,
    QN_BLOB = 4,
    QN_NULL = 5
}; /* SQLite's codes */

/* What a column may tell of a natural person (spec registry-11). Who shows, exports or publishes rows asks for it. */
enum qn_privacy {
    QN_UNMARKED,  /* of nobody */
    QN_PERSONAL,  /* p: never public */
    QN_DISCLOSED, /* d: the name of a business, published with a result about it and not otherwise */
};
struct qn_column {
    char name[QN_COLUMN_NAME];
    enum qn_type type;
    bool nullable;
    uint32_t max; /* bytes of a TEXT or BLOB */
    enum qn_privacy privacy;
};
/* Every table's key is its first three columns: office, id, rev. */
struct qn_table {
    char name[QN_TABLE_NAME];
    enum qn_audience audience;
    enum qn_lane lane;
    uint8_t levels; /* bit (1 << enum qn_level): who may write */
    bool once;      /* its records are never revised: rev is always 1 */
    unsigned ncols;
    struct qn_column col[QN_COLUMNS];
};
struct qn_registry {
    uint16_t version;
    uint8_t hash[QN_HASH];
    unsigned ntables;
    struct qn_table table[QN_TABLES]; /* ascending by name */
};
QN_MUST_USE enum qn_code qn_registry_parse(struct qn_registry *out, struct qn_span text,
                                           struct qn_err *err);
/* The text again, byte for byte. */
void qn_registry_text(struct qn_buf *out, const struct qn_registry *r);
/* The compiled-in registry of a version; QN_ABSENT for one this program does not know. Lent: constant
 * data of the program. */
QN_MUST_USE enum qn_code qn_registry_get(const struct qn_registry **out, uint16_t version,
                                         struct qn_err *err);
uint16_t qn_registry_newest(void); /* the highest version this program knows, by which it writes */
#define QN_REGISTRY_CURRENT qn_registry_newest()
const struct qn_table *qn_registry_table(const struct qn_registry *r,
                                         struct qn_span name); /* or NULL */
/* The one CREATE TABLE statement of a table, for whoever captures or applies its rows. */
void qn_registry_ddl(struct qn_buf *out, const struct qn_table *table);
#endif
