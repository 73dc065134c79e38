/* sql.h - every statement the node can run, by name. All are prepared when a store opens, so a slip stops
 * the start and each test that opens a store checks them all. One .def file per area.               */
#ifndef QIAN_NODE_STORE_SQL_H
#define QIAN_NODE_STORE_SQL_H

#include "node/store/sample_state.h"

/* A column that somebody else may have written, as it is added up: what is below nothing counts as nothing, what is above 10^9 as
 * 10^9 (records-30), as q_count reads it. scripts/check-sums looks for sums without it. */
#define ADDED(column) "min(max(" column ", 0), 1000000000)"
#define SQL(name, text) SQL_##name,
enum sql {
#include "node/store/sql-store.def"
#include "node/store/sql-sync.def"
#include "node/store/sql-draw.def"
#include "node/store/sql-work.def"
#include "node/store/sql-publish.def"
#include "node/store/sql-witness.def"
#include "node/store/sql-backup.def"
#include "node/store/sql-files.def"
#include "node/store/sql-deadline.def"
#include "node/store/sql-sampling.def"
#include "node/store/sql-figure.def"
#include "node/store/sql-export.def"
#include "node/store/sql-visit.def"
#include "node/store/sql-form.def"
#include "node/store/sql-trail.def"
#include "node/store/sql-account.def"
    SQL_COUNT
};
#undef SQL
const char *sql_text(enum sql id);
#endif
