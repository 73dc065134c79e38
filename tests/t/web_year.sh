#!/usr/bin/env bash
# A year in the pages: a province, a city and a county that exchange truly, and a person for each role who only clicks and
# types. tests/web/year.mjs drives; here are the offices. Their clock is moved by libfaketime, the browser's is the machine's.
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$LIB" ] || skip_all 'libfaketime is not installed'
. "$ROOT/tests/t/web_lib.sh"

export TZ=Asia/Shanghai YEAR=2021
# The clock goes on from where it is put: seconds by which it is off.
at() { echo "$(($(date -d "$1" +%s) - $(date +%s)))" | sed 's/^[0-9]/+&/' >clock; }
at '2021-03-01 09:00'
cat >timed <<END
#!/bin/bash
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LIB FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE=$T/clock "$QIAN" "\$@"
END
chmod +x timed
QIAN=$T/timed
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
ok 'the tables of codes are there' quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"

# What people bring along: the working days, two tasks of the real plan, a roster of another system.
cp "$DATA/workdays-cn.json" .
paper() {
    quiet "$TOOLS/gen_roster" --office "$K" --seed 7 --objects 500 --inspectors 16 --out roster && python3 - "$DATA" <<'END'
import csv, sys
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] in ("1", "3")]
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
theirs = {"名称": "企业名称", "统一社会信用代码": "信用代码", "地址": "住所", "姓名": "人员姓名", "执法证号": "证件号码"}
for name in ("objects", "inspectors", "recusals"):
    with open(f"roster/{name}.csv", "rb") as f:
        head, rest = f.read().split(b"\n", 1)
    head = ",".join(theirs.get(h, h) for h in head.decode("gb18030").strip().split(","))
    with open(f"roster/{name}.csv", "wb") as f:
        f.write(head.encode("gb18030") + b"\n" + rest)
END
}
ok 'a plan and a roster lie on the clerks tables' paper || done_testing

# office:name:role:roles
staff="$P:省局计划员:planner:planner,head
$C:市局计划员:planner:planner,head
$C:市局签发员:draw:draw
$C:市局审核员:reviewer:reviewer
$K:名录员:roster:roster
$K:抽取员:draw:draw
$K:观察员:observer:observer
$K:录入员:clerk:clerk
$K:处置员:follow-up:follow-up
$K:审核员:reviewer:reviewer
$K:计划员:planner:planner,head"
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
{
    for o in $P $C $K; do echo "$o:管理员:admin:admin"; done
    echo "$staff"
} | while IFS=: read -r o name role _; do
    printf '%s\t%s\t%s\t%s\n' "$o-$role" "$name" "http://127.0.0.1:${UI[$o]}" "$("$QIAN" -d "$o" --json ui invite "$name" --by 管理员 | json link)"
done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "base": b, "link": l} for r, n, b, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
timeout 800 "$JS" "$web/run.mjs" "http://127.0.0.1:${UI[$K]}" people.json year --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
for o in $P $C $K; do
    ok "$o ends as it should" stop_node "$o"
    not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log "$o")"
done
done_testing
