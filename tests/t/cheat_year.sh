#!/usr/bin/env bash
# A county's year and its city's sampling, with what a clerk would try by the program that everybody has: days before the visit, a
# finding that vanishes, a retest until it fits, less time to object; each is refused by its rule, or told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cheat_tree.sh"
nodes cheat_year.py '' 14 1406 140602 140622
