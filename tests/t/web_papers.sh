#!/usr/bin/env bash
# Papers in the pages of a county and its city: a slip that an owner brings, the sheet of a task. tests/web/papers.mjs drives.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"

export QIAN_LANG=zh
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
c() { "$QIAN" -d $C --json record add "$@" --by 计划员 | json record; }
# What is looked at in task 1: an item of a list, and a checklist of three points.
items() {
    local list item check no=0 text
    list=$(c item_list title=随机抽查事项清单 version="$YEAR" valid_from="$YEAR-01-01") && item=$(c item list="$list" no=3 name=在用计量器具的监督检查 "content=是否按周期检定；铅封是否完好；是否有作弊装置。") &&
        c task_item task="$("$QIAN" -d $C --json plan show "$C/$YEAR" 1 | json record)" item="$item" && check=$(c checklist title=计量器具监督检查表 version=1 item="$item" valid_from="$YEAR-01-01") || return
    for text in 经营资质是否有效 在用强检计量器具是否按周期检定 加油机铅封是否完好; do
        no=$((no + 1))
        c check_point checklist="$check" no=$no text=$text answer_kind=yes_no_na evidence=if_wrong || return
    done
}
drawn() {
    issue_plan $C 1 && items && quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry $P $C && carry $C $K &&
        import_roster $K && quiet "$QIAN" -d $K freeze && carry $K $C && quiet "$QIAN" -d $C order issue && carry $C $K && quiet "$QIAN" -d $K draw run --all
}
ok 'the county draws' drawn || done_testing
D=$("$QIAN" -d $K --json task list | json 0.draw) O=$("$QIAN" -d $K --json task list | json 0.object)
slip() { quiet "$QIAN" -d $K release --draw "$D" --force-window && quiet "$QIAN" -d $K slip --draw "$D" --object "$O" --out slip.txt && carry $K $C; }
ok 'the draw is released, and an owner has a slip' slip || done_testing
lab() {
    local no
    quiet "$QIAN" -d $K record add lab name=某检验所 --by 计划员 || return
    for no in 1 2 3; do quiet "$QIAN" -d $K record add lab_person lab=某检验所 name="抽样员$no" staff_no=S7$no duty=both --by 计划员 || return; done
}
ok 'a lab has people who sample' lab
LIST=$("$QIAN" -d $K --json record add item_list title=县局清单 version=1 --by 计划员 | json record)
staff="$C:审核员:reviewer:reviewer,head
$K:检查员:inspector:inspector,follow-up
$K:抽取员:draw:draw,sampler,reviewer
$K:计划员:planner:planner,head"
ok 'people are entered' enter $C $K
for o in $C $K; do served "$o"; done
invited
export LIST QR=$ROOT/tests/t/qr_read.py DRAW=$D OBJECT=$O
TASK=$("$QIAN" -d $K --json task list | json 0.task) browsed 500 $K papers
ended $C $K
done_testing
