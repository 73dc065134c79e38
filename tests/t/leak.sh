#!/usr/bin/env bash
# Before its RELEASE nothing of a draw but an office's own targets leaves the drawing office and those above it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
LEAK_PORT=$(free_port)
export LEAK_PORT
nodes leak.py '' 14 1406 140602 140622 140602S1
