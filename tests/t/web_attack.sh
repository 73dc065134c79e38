#!/usr/bin/env bash
# The office's pages before those who mean no good: a stranger, a page in another tab, a colleague who wants what others may do
# or have. web_attack.py attacks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province and a city are enrolled' tree 14 1406 || done_testing
early=$("$QIAN" -d 1406 --json ui invite | json link)
ok 'the administrator is entered at the machine' quiet "$QIAN" -d 1406 person set 王管理 --roles admin
UI=$(free_port)
ok 'the city serves its pages' start_node 1406 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
printf 'MARKER-of-the-machine,b\n1,2\n' >secret.csv
python3 "$ROOT/tests/t/web_attack.py" "$UI" "$QIAN" 1406 "${early##*/}" "${NODE[1406]}" >attack.out 2>attack.err
rc=$?
wait "${NODE[1406]}" # web_attack.py asked it to end
ended=$?
unset 'NODE[1406]'
retold attack.out
result $rc 'all was tried' "$(tail -n 5 attack.err)"
result $ended 'it ends as it should, with a job under way and somebody who waits'
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 1406)"
done_testing
