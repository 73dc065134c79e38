#!/usr/bin/env bash
# Cheats with the keys that draw and with the root office's own draws, each committed against real nodes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
cheats key
