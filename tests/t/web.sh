#!/usr/bin/env bash
# The office in a browser: real nodes, Debian's Chromium, a person for each role. tests/web/run.mjs drives; here is the office.
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"

ROOTS=2
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
year() {
    issue_plan 1406 1 && quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602 &&
        quiet "$QIAN" -d 140602 freeze && carry 140602 1406 && quiet "$QIAN" -d 1406 order issue && carry 1406 140602
}
ok 'the county has a plan, a roster and orders' year || done_testing
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
# name:role:roles
staff='计划员甲:planner:planner,head 抽取员甲:draw:draw,follow-up 观察员甲:observer:observer 名录员甲:roster:roster 检查员甲:inspector:inspector 审核员甲:reviewer:reviewer 审计员甲:auditor:auditor 录入员甲:clerk:clerk'
for s in $staff; do
    IFS=: read -r name _ roles <<<"$s"
    ok "$name is entered" "$QIAN" -d 140602 person set "$name" --roles "$roles" --by 管理员甲
done
office 14060201 # a station that asks to be taken in
STATION=$T/14060201/14060201.request STATION_PRINT=$(print_of 14060201/14060201.request)
export STATION STATION_PRINT
UI=$(free_port)
ok 'the county serves its pages' start_node 140602 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
for s in 管理员甲:admin $staff; do
    IFS=: read -r name role _ <<<"$s"
    printf '%s\t%s\t%s\n' "$role" "$name" "$("$QIAN" -d 140602 --json ui invite "$name" --by 管理员甲 | json link)"
done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "link": l} for r, n, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
areas=$(cd "$ROOT/tests/web" && ls *.mjs | grep -vE '^(run|hands|setup|field|year|verify|plan|papers|sampling|jobs)\.mjs$' | sed 's/\.mjs$//')
# shellcheck disable=SC2086
timeout 800 "$JS" "$web/run.mjs" "http://127.0.0.1:$UI" people.json ${AREAS:-$areas} --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
[ ! -e station.chain ] || ok 'the certificate that was downloaded makes the station an office' quiet "$QIAN" -d 14060201 enrol accept station.chain
ended 140602
done_testing
