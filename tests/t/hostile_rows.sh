#!/usr/bin/env bash
# An enrolled office signs rows by itself: the largest numbers, days that are none, chains that lead back to themselves. Every
# list, figure, form, export, report and page is made from them, at the office and above it, and answers as before.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
nodes hostile_rows.py '' 14 1406 140602 140622 140602S1
