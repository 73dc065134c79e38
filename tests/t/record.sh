#!/usr/bin/env bash
# Records from the command line, by the item list of 大同县: what kinds there are, written, imported under the sender's own
# headings, refused in words, given back to be put right, revised, withdrawn, and read by the offices below.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
count() { python3 -c "import json, sys; print(len(json.load(sys.stdin)))"; }
said() { "$QIAN" -d 1406 "$@" 2>&1; }

match "$(said record kinds)" 抽查事项清单 'the kinds of record are listed with their names'
match "$(said record fields item)" '重点检查事项.key' 'fields say what they accept'

list=$("$QIAN" -d 1406 --json record add item_list 标题=随机抽查事项清单 version=2016 --by 计划员 | json record)
match "$list" '^1406:1-' 'a record is written under labels and names alike'
match "$(said record add item_list version=2016 --by 计划员)" '“标题”没有填写' 'what is missing is named in words'
match "$(said record add item list="$list" name=x item_class=重要 --by 计划员)" '“事项类别”不能是“重要”' 'a word that is none is named'

ITEMS=(record import item "$DATA/datong-county-items.csv" --by 计划员 --set list="$list" --map item=name --map method=methods --map objects=objects_text --map no=no --map content=content --map remark=remark)
match "$(said "${ITEMS[@]}" --dry-run)" '新增 14 条' 'a rehearsal counts what would come'
is "$("$QIAN" -d 1406 --json record list item | count)" 0 'and writes nothing'
match "$(said "${ITEMS[@]}")" '新增 14 条' 'the items of the print are imported under its headings'
is "$("$QIAN" -d 1406 --json record list item --where list="$list" | count)" 14 'they are listed by their list'

BASES=(record import item_basis "$DATA/datong-county-item-bases.csv" --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text)
match "$(said "${BASES[@]}")" '新增 40 条' 'legal bases name their item by what it is called'
head -n 3 "$DATA/datong-county-item-bases.csv" | sed 's/产品质量监督抽查,/没有的事项,/' >wrong.csv
match "$(said record import item_basis wrong.csv --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text --rejects back.csv)" '退回 2 行' 'rows that name no item are given back'
match "$(cat back.csv)" '退回原因,item_seq,item' 'under the headings they came with'

one=$("$QIAN" -d 1406 --json record list item --limit 1 | json 0.record)
match "$(said record revise item "$one" 备注=已停止 --reason 清理 --by 计划员)" '第 2 版' 'a record is revised'
match "$(said record revise item "$one" list=1406:1-1-0 --reason 清理 --by 计划员)" '不在本局|撤回这条记录' 'what it is about stays'
match "$(said record withdraw item "$one" --reason 清理 --by 计划员)" '第 3 版' 'and withdrawn'
match "$(said record revise item "$one" 备注=x --reason 清理 --by 计划员)" '已经撤回' 'nothing is revised behind that'
match "$(said record show item "$one")" '已停止' 'its history is shown'
is "$("$QIAN" -d 1406 --json record show item "$one" | json revisions.2.withdrawn)" true 'to the end'
is "$("$QIAN" -d 1406 --json record show item "$one" | json revisions.0.by)" 计划员 'with who acted'

ok 'the list goes down' bash -c '"$1" -d 1406 bundle make --to 140602 --out down.qb && "$1" -d 140602 bundle import down.qb' - "$QIAN"
is "$("$QIAN" -d 140602 --json record list item --where content= --limit 100 | count)" 0 'an empty filter is none of them'
is "$("$QIAN" -d 140602 --json record list item_basis --limit 100 | count)" 40 'the county reads it'
is "$("$QIAN" -d 140602 --json record show item "$one" | json revisions.0.by)" '' 'without the name of who wrote it'
match "$("$QIAN" -d 140602 record revise item "$one" 备注=x --reason x --by 李四 2>&1)" '别的机关的记录' 'and does not change it'

fails_with denied value.foreign "$QIAN" -d 140602 record add item list="$list" name=x --by 李四
match "$("$QIAN" -d 140602 person set 李四 --roles 检查 2>&1)" '第一个登记的人必须有' 'the first person is an administrator'
ok 'persons are entered' bash -c '"$1" -d 140602 person set 钱七 --roles 管理员 && "$1" -d 140602 person set 李四 --roles 检查、处置' - "$QIAN"
match "$("$QIAN" -d 140602 record add item_list 标题=x version=1 --by 李四 2>&1)" '没有“计划”职责' 'a role is needed, and named'
match "$("$QIAN" -d 140602 record add item_list 标题=x version=1 --by 王五 2>&1)" '没有登记为本局人员' 'and to be entered'
match "$("$QIAN" -d 140602 person list)" '检查、处置' 'persons are listed with their roles'
done_testing
