#!/usr/bin/env bash
# What a neighbour writes of others, committed against real nodes: no honest office is accused, stopped or misled by it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
cheats neighbour
