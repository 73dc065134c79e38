#!/usr/bin/env bash
# What is due from the plan to the publication, on real nodes and a clock of their own (deadline.py).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
nodes deadline.py '' 14 1406 140602 140622
