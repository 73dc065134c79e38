#!/usr/bin/env bash
# Cheats with logs, freezes and orders, each committed against real nodes and named by the province.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
cheats log
