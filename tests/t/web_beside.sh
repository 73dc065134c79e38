#!/usr/bin/env bash
# While an import holds the office, every list and every look of the main roles is answered: none waits for its end (web-43, web-47);
# and passwords wait in a short line (web-6).
# web_beside.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
ok 'the county has a plan and a roster' county_year || done_testing
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
persons() {
    local role
    for role in planner draw roster inspector head auditor; do
        "$QIAN" -d 140602 person set "$role甲" --roles $role --by 管理员甲 || return
    done
}
ok 'and those of the main roles' persons
ok 'a roster is made that takes long' "$TOOLS/gen_roster" --office 140602 --seed 7 --objects 150000 --inspectors 16 --out long
served 140602
asked web_beside "${UI[140602]}" "$QIAN" 140602 long/objects.csv "$YEAR" "${NODE[140602]}"
ended 140602
done_testing
