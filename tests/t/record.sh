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

match "$(said "${ITEMS[@]}")" '新增 0 条.*不变 14 条' 'once more they are as they were'
sed 's/,产品质量监督抽查,/,产品质量监督抽查工作,/' "$DATA/datong-county-items.csv" >renamed.csv
match "$(said "${ITEMS[@]:0:3}" renamed.csv "${ITEMS[@]:4}")" '新增 0 条.*退回 1 行.*' 'one that has changed wants a reason'
match "$(said "${ITEMS[@]:0:3}" renamed.csv "${ITEMS[@]:4}" --reason 更名)" '新增 0 条，修改 1 条，不变 13 条' 'and is revised under its number'
quiet said "${ITEMS[@]}" --reason 恢复原名
is "$("$QIAN" -d 1406 --json record list item --where list="$list" | count)" 14 'none stands twice'
again=$("$QIAN" -d 1406 --json record add item_list 标题=随机抽查事项清单2017 version=2017 --by 计划员 | json record)
match "$(said "${ITEMS[@]/list=$list/list=$again}" --dry-run)" '新增 14 条' 'another version of the list has items of its own'
BASES=(record import item_basis "$DATA/datong-county-item-bases.csv" --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text)
match "$(said "${BASES[@]}")" '新增 40 条' 'legal bases name their item by what it is called'
match "$(said "${BASES[@]}")" '新增 0 条.*不变 40 条' 'once each'
head -n 3 "$DATA/datong-county-item-bases.csv" | sed 's/产品质量监督抽查,/没有的事项,/' >wrong.csv
match "$(said record import item_basis wrong.csv --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text --rejects back.csv)" '退回 2 行' 'rows that name no item are given back'
match "$(cat back.csv)" '退回原因,item_seq,item' 'under the headings they came with'

is "$("$QIAN" -d 1406 --json record links item_list "$list" | count)" 14 'what refers to a record is listed'
is "$("$QIAN" -d 1406 --json record links item_list "$list" | json 0.field)" list 'with the field by which it does'
is "$("$QIAN" -d 1406 --json record fields item | python3 -c 'import json, sys; print(*(f"{f['"'kind'"']}:{f.get('"'of'"', '"''"')}:{len(f.get('"'words'"', []))}" for f in json.load(sys.stdin)[:4]))')" 'record:item_list:0 text::0 text::0 word::2' 'a form learns what each field is'
is "$("$QIAN" -d 1406 --json mapping columns item | json 3.heading)" 名称 'the headings of a list are told'
not_ok 'of a kind that there is' "$QIAN" -d 1406 mapping columns nothing
printf '抽查事项清单,,\n名称,类别\n食品,一般\n' | iconv -t GB18030 >gb.csv
is "$("$QIAN" -d 1406 --json mapping preview gb.csv | json rows.1.0)" 名称 'a file is looked at before it is imported, whatever its charset'
is "$("$QIAN" -d 1406 --json mapping preview gb.csv --limit 2 | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["rows"]))')" 2 'and no further than asked for'

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
ok 'persons are entered' bash -c '"$1" -d 140602 person set 钱七 --roles 管理员 && "$1" -d 140602 person set 李四 --roles 检查、处置 --by 钱七' - "$QIAN"
match "$("$QIAN" -d 140602 record add item_list 标题=x version=1 --by 李四 2>&1)" '没有“计划”职责' 'a role is needed, and named'
match "$("$QIAN" -d 140602 record add item_list 标题=x version=1 --by 王五 2>&1)" '没有登记为本局人员' 'and to be entered'
match "$("$QIAN" -d 140602 person list)" '检查、处置' 'persons are listed with their roles'

# ---- what is personal is shown to whom it concerns
county() { "$QIAN" -d 140602 "$@" 2>&1; }
ok 'a planner and an auditor are entered' bash -c '"$1" -d 140602 person set 赵八 --roles 计划 --by 钱七 && "$1" -d 140602 person set 孙九 --roles 督查 --by 钱七' - "$QIAN"
quiet county record add lab name=某检验所 --by 赵八
who=$("$QIAN" -d 140602 --json record add lab_person lab=某检验所 name=吴检 staff_no=S77 duty=检验 --by 赵八 | json record)
quiet county record revise lab_person "$who" valid_to=2030-01-01 --reason 吴检换证 --by 赵八
for by in '' '--by 李四' '--by 王五'; do
    # shellcheck disable=SC2086
    said=$("$QIAN" -d 140602 --json record show lab_person "$who" $by)$("$QIAN" -d 140602 --json record list lab_person $by)$(county record show lab_person "$who" $by)$(county record list lab_person $by)
    is "$(grep -cE '吴检|S77|赵八' <<<"$said")" 0 "names and numbers are masked for ${by:-nobody}"
    match "$said" '"by":"\*\*\*".*"reason":"\*\*\*".*"name":"\*\*\*".*"duty":"tester"' 'the rest is shown'
done
for by in 赵八 孙九; do
    match "$("$QIAN" -d 140602 --json record show lab_person "$who" --by $by)" '"by":"赵八".*"reason":"吴检换证".*"name":"吴检"' "$by sees all of it"
done
match "$(county record list lab_person --by 孙九)" 吴检 'in lists too'
fails_with denied records.masked "$QIAN" -d 140602 record list lab_person --where name=吴检 --by 李四
is "$("$QIAN" -d 140602 --json record list lab_person --where name=吴检 --by 孙九 | count)" 1 'who sees it may look for it'
is "$("$QIAN" -d 140602 --json record list lab_person --where duty=检验 | count)" 1 'all may look for the rest'
is "$("$QIAN" -d 140602 --json record show item_list "$list" | json revisions.0.values.title)" 随机抽查事项清单 'what is public is never masked'
done_testing
