#!/usr/bin/env bash
# The lists of the office by /api/v1: every row once however it is paged, found by a part of its name, masked, as files, and
# nothing of what is forgotten. web_lists.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
year() {
    issue_plan 1406 1 && quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602
}
ok 'the county has a plan and a roster' year || done_testing
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
ok 'who audits is entered' "$QIAN" -d 140602 person set 审计员甲 --roles auditor --by 管理员甲
ok 'who tests is entered' "$QIAN" -d 140602 person set 检验员甲 --roles tester --by 管理员甲
UI=$(free_port)
ok 'the county serves its pages' start_node 140602 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
python3 "$ROOT/tests/t/web_lists.py" "$UI" "$QIAN" 140602 >lists.out 2>lists.err
rc=$?
retold lists.out
result $rc 'all lists were asked' "$(tail -n 5 lists.err)"
ok 'and it ends as it should' stop_node 140602
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 140602)"
done_testing
