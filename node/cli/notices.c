#include "node/cli/notices.h"

#include <stdlib.h>
#include <string.h>

#define NOTICES_MAX 500 /* of one import: who has more has a mistake in the list, not in its rows */

static bool remarks(const char *id)
{
    static const char *const ids[] = {"roster.uscc-warning",   "roster.recusal-inspector",
                                      "roster.recusal-object", "sheet.only-heading",
                                      "sheet.ignored",         "xlsx.first-sheet"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

static void say(void *ctx, const char *id, const char *args)
{
    struct notices *n = ctx;
    char said[1024];
    qn_say(&n->c->report, id, "%s", args);
    if (!n->list || !remarks(id) || json_array_size(n->list) >= NOTICES_MAX)
        return;
    const char *line = strncmp(args, "line=", 5) == 0 ? args + 5 : "0";
    text_render(said, sizeof(said), n->c->lang, id, args);
    json_array_append_new(n->list,
                          json_pack("{s:I, s:s, s:s}", "line", (json_int_t)strtoul(line, NULL, 10),
                                    "id", id, "said", said));
}

void notices_begin(struct notices *n, struct cli *c)
{
    *n = (struct notices){.c = c, .report = {say, n}, .list = c->json ? json_array() : NULL};
}

void notices_put(struct notices *n, json_t *answer)
{
    json_object_set(answer, "notices", n->list);
    notices_drop(n);
}

void notices_drop(struct notices *n)
{
    json_decref(n->list);
    n->list = NULL;
}
