#!/usr/bin/env bash
# While an import holds the office, every list and every look of the main roles is answered: none waits for its end (web-43, web-47);
# and passwords wait in a short line (web-6).
# web_beside.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
year() {
    issue_plan 1406 1 && quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602
}
ok 'the county has a plan and a roster' year || done_testing
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
persons() {
    local role
    for role in planner draw roster inspector head auditor; do
        "$QIAN" -d 140602 person set "$role甲" --roles $role --by 管理员甲 || return
    done
}
ok 'and those of the main roles' persons
ok 'a roster is made that takes long' "$TOOLS/gen_roster" --office 140602 --seed 7 --objects 150000 --inspectors 16 --out long
UI=$(free_port)
ok 'the county serves its pages' start_node 140602 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
python3 "$ROOT/tests/t/web_beside.py" "$UI" "$QIAN" 140602 long/objects.csv "$YEAR" "${NODE[140602]}" >beside.out 2>beside.err
rc=$?
retold beside.out
result $rc 'all was asked' "$(tail -n 5 beside.err)"
ok 'and it ends as it should' stop_node 140602
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 140602)"
done_testing
