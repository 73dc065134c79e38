#include "node/cli/print.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "qian/entry.h"

const char *cli_act(const struct cli *c, char out[CLI_ACT], int kind)
{
    char id[32];
    snprintf(id, sizeof(id), "act-kind.%d", kind);
    text_render(out, CLI_ACT, c->lang,
                kind >= QN_KIND_CERTIFICATE && kind <= QN_KIND_PURGE_REPORT ? id : "act-kind.other",
                "");
    return out;
}

void cli_time(char out[32], uint64_t ms)
{
    if (ms)
        clock_shown(out, ms);
    else
        memcpy(out, "—", sizeof("—"));
}

int cli_print_json(struct cli *c, json_t *o)
{
    int failed = !o || json_dumpf(o, c->out, JSON_COMPACT) != 0;
    if (!failed)
        fputc('\n', c->out);
    json_decref(o);
    return failed ? 1 : 0;
}
