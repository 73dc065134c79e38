#!/usr/bin/env bash
# The lists of the office by /api/v1: every row once however it is paged, found by a part of its name, masked, as files, and
# nothing of what is forgotten. web_lists.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
ok 'the county has a plan and a roster' county_year || done_testing
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
ok 'who audits is entered' "$QIAN" -d 140602 person set 审计员甲 --roles auditor --by 管理员甲
ok 'who tests is entered' "$QIAN" -d 140602 person set 检验员甲 --roles tester --by 管理员甲
served 140602
asked web_lists "${UI[140602]}" "$QIAN" 140602
ended 140602
done_testing
