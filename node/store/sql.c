#include "node/store/sql.h"

#define SQL(name, text) [SQL_##name] = text,
static const char *const texts[SQL_COUNT] = {
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
};
#undef SQL

const char *sql_text(enum sql id)
{
    return texts[id];
}
