#!/usr/bin/env bash
# Product sampling in the pages, from the notice to a publication that is taken back: a province, a city and a county that
# exchange truly, and a person for each role who only clicks and types. tests/web/sampling.mjs drives; here are the offices.
# timeout: 1200
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"

clock '2025-08-18 09:00'
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
ok 'people are entered' enter $P $C $K || done_testing
for o in $P $C $K; do
    PEER[$o]=$(free_port)
    served "$o" --peer "127.0.0.1:${PEER[$o]}"
done
ok 'the city knows the province' quiet "$QIAN" -d $C peer set $P "https://127.0.0.1:${PEER[$P]}" --by 管理员
ok 'and the county the city' quiet "$QIAN" -d $K peer set $C "https://127.0.0.1:${PEER[$C]}" --by 管理员
invited
browsed 1100 $C sampling
ok 'all goes up at the end' carry $C $P
is "$("$QIAN" -d $P --json verify all | python3 -c 'import json, sys; print([f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]])')" '[]' 'and the province finds nothing against it'
ended $P $C $K
done_testing
