#include "node/store/seal.h"

#include <string.h>

#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/tree.h"

bool seal_reads(struct store *st, const struct qn_part *part, const char *author)
{
    const char *self = st->self.office;
    /* SPEC entry-20: "Nobody else can say anything about it beyond entry-16" */
    if (part->audience == QN_RESTRICTED)
        return qn_span_is(part->to, self);
    return tree_part_is_for(st, part, author, self);
}

enum qn_code seal_open(struct qn_span *coded, struct qn_buf *room, struct store *st,
                       const struct qn_part *part, struct qn_span stored, struct qn_err *err)
{
    if (part->audience != QN_RESTRICTED) {
        *coded = stored;
        return QN_OK;
    }
    /* Also while the newest certificate names keys that were not brought here yet: they will open it. */
    if (!st->keys || !keys_match(st->keys, &st->self))
        return qn_fail(err, QN_ABSENT, "apply.seal-keys", "office=%s", st->self.office);
    /* SPEC entry-21: "A part that this does not open is refused" - for good: waiting would stop the author's lane
     * for a key that nobody has any more.                                                                    */
    return part_open(coded, room, stored, st->self.box, keys_box_sk(st->keys), err);
}
