/* commands.c - the tables of all areas, and the command that words name. */
#include <string.h>

#include "node/cli/cli.h"

const struct cli_area cli_areas[CLI_AREAS] = {
    {"help.identity", cli_identity_commands}, {"help.work", cli_work_commands},
    {"help.draw", cli_draw_commands},         {"help.publish", cli_publish_commands},
    {"help.sync", cli_sync_commands},         {"help.years", cli_years_commands}};

const struct command *cli_find(int argc, char **argv, int *words)
{
    const struct command *found = NULL;
    *words = 0;
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++) {
            const char *space = strchr(k->name, ' ');
            size_t first = space ? (size_t)(space - k->name) : strlen(k->name);
            int n = space ? 2 : 1;
            if (argc < n || n <= *words || strlen(argv[0]) != first ||
                memcmp(argv[0], k->name, first) != 0 || (space && strcmp(argv[1], space + 1) != 0))
                continue;
            found = k;
            *words = n;
        }
    return found;
}
