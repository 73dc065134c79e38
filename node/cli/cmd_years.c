/* cmd_years.c - the commands for what happens over years: backups, old copies, two histories, what must be forgotten. */
#include "node/cli/sync_commands.h"

const struct command cli_years_commands[] = {
    {"backup create", "--out FILE [--with-files] [--since FILE]", "cmd.backup-create",
     cmd_backup_create, NEEDS_STORE},
    {"backup show", "FILE", "cmd.backup-show", cmd_backup_show, NEEDS_NOTHING},
    {"backup verify", "FILE [--work DIR]", "cmd.backup-verify", cmd_backup_verify, NEEDS_NOTHING},
    {"backup drill", "FILE", "cmd.backup-drill", cmd_backup_drill, NEEDS_STORE},
    {"backup restore", "FILE [--files FILE...]", "cmd.backup-restore", cmd_backup_restore,
     NEEDS_NOTHING},
    {"redact order", "LOG SEQ PART --basis TEXT --reason TEXT --by NAME", "cmd.redact-order",
     cmd_redact_order, NEEDS_KEYS},
    {"redact find", "[OFFICE] RECORD", "cmd.redact-find", cmd_redact_find, NEEDS_KEYS},
    {"redact list", "", "cmd.redact-list", cmd_redact_list, NEEDS_STORE},
    {"purge order", "--holder OFFICE --subject OFFICE --basis TEXT --reason TEXT --by NAME",
     "cmd.purge-order", cmd_purge_order, NEEDS_KEYS},
    {"purge run", "--by NAME", "cmd.purge-run", cmd_purge_run, NEEDS_KEYS},
    {"purge list", "", "cmd.purge-list", cmd_purge_list, NEEDS_STORE},
    {"rebuild", "[--replace]", "cmd.rebuild", cmd_rebuild, NEEDS_KEYS},
    {"recover status", "", "cmd.recover-status", cmd_recover_status, NEEDS_STORE},
    {"recover run", "[--from FILE...] [--without-parts] [--kdf-mib N]", "cmd.recover-run",
     cmd_recover_run, NEEDS_KEYS},
    {"fork list", "", "cmd.fork-list", cmd_fork_list, NEEDS_STORE},
    {"fork show", "NO", "cmd.fork-show", cmd_fork_show, NEEDS_STORE},
    {"fork export", "NO --out FILE", "cmd.fork-export", cmd_fork_export, NEEDS_STORE},
    {"fork verify", "FILE --fingerprint TEXT", "cmd.fork-verify", cmd_fork_verify, NEEDS_NOTHING},
    {NULL, NULL, NULL, NULL, NEEDS_NOTHING},
};
