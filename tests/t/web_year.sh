#!/usr/bin/env bash
# A year in the pages: a province, a city and a county that exchange truly, and a person for each role who only clicks and
# types. tests/web/year.mjs drives; here are the offices. Their clock is moved by libfaketime, the browser's is the machine's.
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"

clock '2021-03-01 09:00'
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
ok 'people are entered' enter $P $C $K || done_testing
for o in $P $C $K; do
    PEER[$o]=$(free_port)
    served "$o" --peer "127.0.0.1:${PEER[$o]}"
done
ok 'the city knows the province' quiet "$QIAN" -d $C peer set $P "https://127.0.0.1:${PEER[$P]}" --by 管理员
ok 'and the county the city' quiet "$QIAN" -d $K peer set $C "https://127.0.0.1:${PEER[$C]}" --by 管理员
invited "$P:管理员:admin" "$C:管理员:admin" "$K:管理员:admin"
browsed 800 $K year
ended $P $C $K
done_testing
