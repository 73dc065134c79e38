#!/usr/bin/env bash
# 朔州市 2021 年度计划 from start to end: what the notice prints is what the node has, task by task; filed, put on file, revised,
# filed again; and the same 21 tasks issued for this year, drawn by city and county, visited, published, closed.
. "$(dirname "$0")/lib.sh"
OFFICE_NAME=市场监督管理局
. "$(dirname "$0")/tree.sh"
ok 'a province, the city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
PLAN=1406/2021
draft=(plan import --plan "$DATA/shuozhou-2021-plan.csv" --scopes "$DATA/shuozhou-2021-scopes.csv" --series 2021 --year 2021
    --title 朔州市市场监督管理局2021年度双随机抽查工作计划 --doc-no 朔市监〔2021〕26号 --issued-on 2021-03-05
    --parent-doc-no 晋市监发〔2021〕23号 --recipients 各县（市、区）市场监管局，开发区分局 --by 计划员 --coverage)
match "$("$QIAN" -d 1406 "${draft[@]}" 3/100 --dry-run)" '21 项任务' 'the draft is rehearsed'
is "$("$QIAN" -d 1406 --json plan list)" '[]' 'and is no plan yet'
fails_with malformed plan.coverage "$QIAN" -d 1406 "${draft[@]}" 4/3
ok 'the city issues it' "$QIAN" -d 1406 "${draft[@]}" 3/100

# ---- the print ----------------------------------------------------------------------------------------------------------
"$QIAN" -d 1406 --json plan show $PLAN >node.json
compare() {
    python3 - "$DATA/shuozhou-2021-plan.txt" node.json "$1" <<'END'
import json, sys
rows = []
for line in open(sys.argv[1], encoding="utf-8"):
    cells = line.rstrip("\n").split("\t")
    if len(cells) > 2 and cells[0].isdigit():
        rows.append(cells + [""] * (9 - len(cells)))
node = json.load(open(sys.argv[2], encoding="utf-8"))
keys = dict(no=("task", 0), name=("name", 1), items=("items", 3), scope=("scope", 4), quantity=("quantity", 5),
            window=("window", 6), initiator=("initiator_text", 7), level=("level_text", 8))
key, column = keys[sys.argv[3]]
bad = [r[0] for r, t in zip(rows, node) if r[column].strip() != t[key]]
print(len(rows), len(node), *bad)
END
}
for what in no name items scope quantity window initiator level; do
    is "$(compare $what)" '21 21' "what the notice prints stands in the node: $what"
done
read_as() { python3 -c '
import json
for t in json.load(open("node.json", encoding="utf-8")):
    print(t["task"], "%s%g%%" % (">=" if t["ratio_op"] == "ge" else "=", 100 * t["ratio_num"] / t["ratio_den"]), t["times"], t["window_from"][5:], t["window_to"][5:], t["levels"], t["merged_from"] or "-")'; }
is "$(read_as)" '1 >=5% 1 04-01 11-30 city;county -
2 >=30% 1 04-01 11-30 city -
3 >=5% 1 04-01 11-30 city;county -
4 =100% 1 06-01 08-31 city;county -
5 >=5% 1 07-01 10-31 city;county -
6 =50% 1 07-01 10-31 city;county -
7 >=30% 1 07-01 10-31 city;county -
8 =50% 1 06-01 11-30 county -
9 =50% 1 06-01 11-30 county -
10 >=30% 1 04-01 11-30 city;county -
11 >=3% 1 04-01 11-30 city;county 10
12 >=3% 1 04-01 11-30 city;county 10
13 >=30% 1 04-01 11-30 city;county 10
14 >=30% 1 08-01 12-20 city;county -
15 >=5% 1 03-01 12-20 city -
16 >=10% 1 03-01 12-20 city -
17 >=1% 1 03-01 12-20 city -
18 >=20% 1 02-01 12-20 county -
19 >=5% 2 04-01 11-30 city;county -
20 >=1% 1 04-01 10-31 city;county 19
21 >=1% 2 04-01 10-31 city;county 19' 'and is read as it says: nothing behind 20 December'
is "$(python3 -c 'import json; print({t["initiator"] for t in json.load(open("node.json")) if t["task"] in ("10", "11", "13")})')" "{'市局'}" 'merged cells mean what stands above them'
match "$(python3 -c 'import json; print(*{t["state"] + str(t["overdue"]) for t in json.load(open("node.json"))})')" '^plannedTrue$' 'nothing of 2021 was done here, and all of it is overdue'

# ---- filing -------------------------------------------------------------------------------------------------------------
is "$("$QIAN" -d 1406 --json plan list | json 0.filing)" '' 'it is not filed'
filing=$("$QIAN" -d 1406 --json record add filing subject_kind=plan plan=2021 doc_no=朔市监〔2021〕26号 sent_on=2021-03-08 --by 计划员 | json record)
is "$("$QIAN" -d 1406 --json plan list | json 0.filing)" sent 'now it is'
carry 1406 14
ok 'the province puts it on file' "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=acknowledged receipt_no=晋备2021-06 answered_on=2021-03-15 --by 处长
carry 14 1406
is "$("$QIAN" -d 1406 --json plan list | json 0.filing)" acknowledged 'which the city reads'
match "$("$QIAN" -d 1406 plan list)" '执行中.*已备案' 'in words'
sed 's/^4,\(.*\),100%,eq,1.00,/4,\1,50%,eq,0.50,/' "$DATA/shuozhou-2021-plan.csv" >plan.csv
revise=(plan revise $PLAN --plan plan.csv --scopes "$DATA/shuozhou-2021-scopes.csv" --reason 拍卖企业数量增加 --by 计划员 --none-given)
revised=$("$QIAN" -d 1406 --json "${revise[@]}")
is "$(python3 -c 'import json, sys
for c in json.loads(sys.argv[1])["changes"]: print(c["change"], c["task"], c["field"], c["before"], c["after"], sep="|")' "$revised")" \
'task|4|quantity_text|100%|50%
task|4|ratio_num|100|50
rules|4|stratum 1|stratum 1 100/100 0 true|stratum 1 50/100 0 true' 'a ratio is revised'
match "$("$QIAN" -d 1406 plan list)" 调整后尚未备案 'and the revision is to be filed'
match "$("$QIAN" -d 1406 --json due --all 2>/dev/null)" '"filing"' 'which is among what is due'
second=$("$QIAN" -d 1406 --json record add filing subject_kind=revision plan=2021 sent_on="$(TZ=Asia/Shanghai date +%F)" --by 计划员 | json record)
carry 1406 14
match "$("$QIAN" -d 14 plan changes $PLAN)" '抽查比例/数量（原文）.*100%.*50%' 'the province reads what was changed'
ok 'and returns it' "$QIAN" -d 14 record add filing_answer filing="$second" outcome=returned note=比例不得降低 answered_on="$(TZ=Asia/Shanghai date +%F)" --by 处长
carry 14 1406
is "$("$QIAN" -d 1406 --json plan list | json 0.filing)" returned 'with its reason'

# ---- this year ----------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2046
ok 'the 21 tasks are issued for this year' issue_plan 1406 $(seq 21)
quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 1406 14
ok 'the province accepts it' "$QIAN" -d 14 plan accept "1406/$YEAR"
carry 14 1406 && carry 1406 140602
# The city's own roster: what it inspects itself.
quiet "$TOOLS/gen_roster" --office 140600 --seed 2 --objects 600 --inspectors 20 --out roster1406
LC_ALL=C sed -i 's/,20[0-9][0-9]-\([0-9][0-9]-[0-9][0-9]\)/,2099-\1/' roster1406/inspectors.csv
"$QIAN" -d 1406 roster import --objects roster1406/objects.csv --inspectors roster1406/inspectors.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester >city.out 2>&1
ok 'city and county have rosters, and freeze them' eval 'import_roster 140602 500 && "$QIAN" -d 140602 freeze && "$QIAN" -d 1406 freeze'
carry 140602 1406 && carry 1406 14
state() { "$QIAN" -d 1406 --json plan show "1406/$YEAR" "$1" | json state; }
is "$(state 4)" planned 'no order yet'
ok 'orders come down' eval '"$QIAN" -d 14 order issue --office 1406; carry 14 1406; "$QIAN" -d 1406 order issue --office 140602; carry 1406 140602'
is "$(state 4)" drawing 'ordered'
ok 'the county draws' "$QIAN" -d 140602 draw run --all
ok 'the city draws what it inspects itself' "$QIAN" -d 1406 draw run --all
carry 140602 1406 && carry 1406 14
is "$("$QIAN" -d 1406 --json plan show "1406/$YEAR" | python3 -c 'import json, sys
t = json.load(sys.stdin)
print(len(t), sum(x["standing"]["drawn"] == x["standing"]["slots"] for x in t if x["times"] == 1), {x["state"] for x in t if x["standing"]["targets"] and x["times"] == 1} or {"dispatched"})')" "21 19 {'dispatched'}" 'every slot of one round is drawn, and its targets dispatched'
ok 'the province verifies every draw' "$QIAN" -d 14 verify all
D=$("$QIAN" -d 140602 --json task list | python3 -c 'import json, sys
t = [x for x in json.load(sys.stdin) if x["task"] == "4/1" or x["task"] == "4"]
for x in t: print(x["draw"], x["object"])')
[ -n "$D" ] || note 'nobody of task 4 was drawn'
while read -r draw object; do
    quiet "$QIAN" -d 140602 result record --draw "$draw" --object "$object" --codes R01 --task 4/1 --by 李四 || quiet "$QIAN" -d 140602 result record --draw "$draw" --object "$object" --codes R01 --task 4 --by 李四
done <<<"$D"
carry 140602 1406
is "$(state 4)" completed 'visited'
ok 'results are published' "$QIAN" -d 140602 publish results
carry 140602 1406
is "$(state 4)" closed 'published, and nothing follows'
match "$("$QIAN" -d 1406 plan show "1406/$YEAR")" '已办结' 'the plan says so in words'
proposals=$("$QIAN" -d 140602 --json visit proposals)
match "$(python3 -c 'import json, sys
p = json.loads(sys.argv[1])
print(len(p) > 0, all(len(x["targets"]) > 1 and x["reasons"] and x["from"] <= x["to"] for x in p))' "$proposals")" '^True True$' 'targets that one visit could serve are proposed'
done_testing
