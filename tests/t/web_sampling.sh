#!/usr/bin/env bash
# Product sampling in the pages, from the notice to a publication that is taken back: a province, a city and a county that
# exchange truly, and a person for each role who only clicks and types. tests/web/sampling.mjs drives; here are the offices.
# timeout: 1200
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$LIB" ] || skip_all 'libfaketime is not installed'
. "$ROOT/tests/t/web_lib.sh"

export TZ=Asia/Shanghai YEAR=2025
# The clock goes on from where it is put: seconds by which it is off.
at() { echo "$(($(date -d "$1" +%s) - $(date +%s)))" | sed 's/^[0-9]/+&/' >clock; }
at '2025-08-18 09:00'
cat >timed <<END
#!/bin/bash
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LIB FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE=$T/clock "$QIAN" "\$@"
END
chmod +x timed
QIAN=$T/timed
P=14 C=1402 K=140213
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
tables() { quiet "$QIAN" -d $P calendar import "$DATA/workdays-cn.json" --by 张三 && quiet "$QIAN" -d $P tables import "$DATA/disposal-codes.csv" && carry $P $C && carry $C $K; }
ok 'the working days and the disposals come down' tables

# office:name:role:roles
staff="$P:省局计划员:planner:planner,head
$C:计划员:planner:planner,head
$C:抽样员:sampler:sampler
$C:样品员:custodian:custodian
$C:检验员:tester:tester
$C:处置员:follow-up:follow-up
$C:审核员:reviewer:reviewer
$K:县局处置员:follow-up:follow-up"
enter() {
    local o name roles
    for o in $P $C $K; do quiet "$QIAN" -d "$o" person set 管理员 --roles admin || return; done
    while IFS=: read -r o name _ roles; do
        quiet "$QIAN" -d "$o" person set "$name" --roles "$roles" --by 管理员 || return
    done <<<"$staff"
}
ok 'people are entered' enter || done_testing
declare -A PEER UI
for o in $P $C $K; do
    PEER[$o]=$(free_port) UI[$o]=$(free_port)
    ok "$o serves its pages" start_node "$o" --peer "127.0.0.1:${PEER[$o]}" --ui "127.0.0.1:${UI[$o]}" --sync-every 0 || done_testing
done
ok 'the city knows the province' quiet "$QIAN" -d $C peer set $P "https://127.0.0.1:${PEER[$P]}" --by 管理员
ok 'and the county the city' quiet "$QIAN" -d $K peer set $C "https://127.0.0.1:${PEER[$C]}" --by 管理员
echo "$staff" | while IFS=: read -r o name role _; do
    printf '%s\t%s\t%s\t%s\n' "$o-$role" "$name" "http://127.0.0.1:${UI[$o]}" "$("$QIAN" -d "$o" --json ui invite "$name" --by 管理员 | json link)"
done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "base": b, "link": l} for r, n, b, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
timeout 1100 "$JS" "$web/run.mjs" "http://127.0.0.1:${UI[$C]}" people.json sampling --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
ok 'all goes up at the end' carry $C $P
is "$("$QIAN" -d $P --json verify all | python3 -c 'import json, sys; print([f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]])')" '[]' 'and the province finds nothing against it'
for o in $P $C $K; do
    ok "$o ends as it should" stop_node "$o"
    not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log "$o")"
done
done_testing
