/* sync_commands.h - the commands of two areas: exchange, joined in cmd_sync.c, and what years bring, in cmd_years.c. */
#ifndef QIAN_NODE_CLI_SYNC_COMMANDS_H
#define QIAN_NODE_CLI_SYNC_COMMANDS_H

#include "node/cli/print.h"

int cmd_bundle_make(struct cli *c, int argc, char **argv);
int cmd_bundle_import(struct cli *c, int argc, char **argv);
int cmd_bundle_verify(struct cli *c, int argc, char **argv);
int cmd_serve(struct cli *c, int argc, char **argv);
int cmd_status(struct cli *c, int argc, char **argv);
int cli_stages(struct cli *c, const char *record, unsigned rev); /* of one row */
int cmd_doctor(struct cli *c, int argc, char **argv);
int cmd_backup_create(struct cli *c, int argc, char **argv);
int cmd_backup_show(struct cli *c, int argc, char **argv);
int cmd_backup_verify(struct cli *c, int argc, char **argv);
int cmd_backup_drill(struct cli *c, int argc, char **argv);
int cmd_backup_restore(struct cli *c, int argc, char **argv);
int cmd_redact_order(struct cli *c, int argc, char **argv);
int cmd_redact_find(struct cli *c, int argc, char **argv);
int cmd_redact_list(struct cli *c, int argc, char **argv);
/* What redact order would have forgotten; nothing is signed. Gives the exit code. */
int cli_redact_preview(struct cli *c, const char *log, uint64_t seq, unsigned part);
int cmd_redact_sweep(struct cli *c, int argc, char **argv);
int cmd_purge_order(struct cli *c, int argc, char **argv);
int cmd_purge_run(struct cli *c, int argc, char **argv);
int cmd_purge_list(struct cli *c, int argc, char **argv);
int cmd_rebuild(struct cli *c, int argc, char **argv);
int cmd_recover_status(struct cli *c, int argc, char **argv);
int cmd_recover_run(struct cli *c, int argc, char **argv);
int cmd_fork_list(struct cli *c, int argc, char **argv);
int cmd_fork_show(struct cli *c, int argc, char **argv);
int cmd_fork_abandoned(struct cli *c, int argc, char **argv);
int cmd_fork_export(struct cli *c, int argc, char **argv);
int cmd_fork_verify(struct cli *c, int argc, char **argv);
int cmd_ui_invite(struct cli *c, int argc, char **argv);
int cmd_ui_stop(struct cli *c, int argc, char **argv);
int cmd_version(struct cli *c, int argc, char **argv);
int cmd_witness_ask(struct cli *c, int argc, char **argv);
int cmd_witness_list(struct cli *c, int argc, char **argv);
int cmd_witness_key(struct cli *c, int argc, char **argv);
int cmd_quarantine_list(struct cli *c, int argc, char **argv);
int cmd_quarantine_show(struct cli *c, int argc, char **argv);
int cmd_quarantine_retry(struct cli *c, int argc, char **argv);
int cmd_quarantine_waive(struct cli *c, int argc, char **argv);
int cmd_quarantine_supersede(struct cli *c, int argc, char **argv);
#endif
