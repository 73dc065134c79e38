#!/usr/bin/env bash
# No personal field reaches a public byte: real offices write a marker into every column that the registry calls personal,
# publish, consolidate, exchange, serve; then every public byte is searched for them, spelled in many ways.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
LEAK_PORT=$(free_port)
export LEAK_PORT
nodes markers.py '' 14 1406 140602 140622 140602S1
