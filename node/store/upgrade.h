/* upgrade.h - the tables of a directory, brought to this program's registry and schema.   Spec: protocol/spec/versions.md
 *
 * What travels is made from the registry, everything else from node/store/schema-<n>.sql. Both only add. Who opens older
 * data first makes a copy of the database and checks it, then changes everything in one transaction, or nothing.
 * The copy lies in the directory as before-upgrade-<schema>-<registry>.db, mode 0600, not encrypted: it is what qian.db
 * was a moment before, beside it, and a passphrase is not at hand wherever a directory is opened.                  */
#ifndef QIAN_NODE_STORE_UPGRADE_H
#define QIAN_NODE_STORE_UPGRADE_H

#include "node/store/store.h"

/* For open.c, before any statement is prepared. change false: looks only.
 * QN_DENIED "store.newer", "store.older", "store.draft", "store.table". */
QN_MUST_USE enum qn_code upgrade_tables(struct store *st, bool change, struct qn_err *err);
/* After an upgrade: what was kept for a program that knows its registry is judged now. Nothing else waits for this: an
 * exchange does the same.                                                                                        */
QN_MUST_USE enum qn_code upgrade_replay(struct store *st, const struct qn_report *report, struct qn_err *err);
#endif
