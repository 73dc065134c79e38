#!/usr/bin/env bash
# Cheats with the draw itself, each committed against real nodes and named by the province.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
cheats draw
