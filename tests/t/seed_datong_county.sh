#!/usr/bin/env bash
# 大同县随机抽查事项清单 from start to end: 14 items and 40 legal bases, a checklist, a plan whose tasks refer to items; bases and
# lists that are not in force are told; a draw, a visit, its result.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and the county are enrolled' tree 14 1402 140227 || done_testing
export QIAN_LANG=zh
K=140227
quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1402 && carry 1402 $K
list=$("$QIAN" -d $K --json record add item_list title=随机抽查事项清单 version="$YEAR" valid_from="$YEAR-01-01" valid_to="$YEAR-12-31" --by 计划员 | json record)
ok 'the items are imported' "$QIAN" -d $K record import item "$DATA/datong-county-items.csv" --by 计划员 --set list="$list" --map item=name --map method=methods --map objects=objects_text --map no=no --map content=content --map remark=remark
ok 'and their legal bases' "$QIAN" -d $K record import item_basis "$DATA/datong-county-item-bases.csv" --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text
is "$("$QIAN" -d $K --json record list item --limit 100 | python3 -c '
import csv, json, sys
have = {(i.get("no", ""), i["name"]): i for i in json.load(sys.stdin)}
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
same = lambda a, b: a.replace("\r\n", "\n").strip() == b
print(len(have), sum(same(r["content"], have[r["no"], r["item"]].get("content", "")) and same(r["objects"], have[r["no"], r["item"]].get("objects_text", "")) for r in rows))' "$DATA/datong-county-items.csv")" '14 14' 'number, name, content and objects as printed'
is "$("$QIAN" -d $K --json record list item_basis --limit 100 | python3 -c 'import json, sys; print(len({(b["item"], b["no"]) for b in json.load(sys.stdin)}))')" 40 '40 bases, numbered within their items'
check=$("$QIAN" -d $K --json record add checklist title=计量器具监督检查表 version=1 item=销售、使用计量器具的监督检查 --by 计划员 | json record)
no=0
for text in 经营资质是否有效 在用强检计量器具是否按周期检定 铅封是否完好; do
    no=$((no + 1))
    quiet "$QIAN" -d $K record add check_point checklist="$check" no=$no text=$text answer_kind=yes_no_na evidence=if_wrong --by 计划员
done
is "$("$QIAN" -d $K --json record list check_point --where checklist="$check" | json 0.answer_kind)" yes_no_na 'a checklist has its points'

# ---- a plan that refers to items -----------------------------------------------------------------------------------------
make_plan() { # ITEMS of task 1, of task 2
    python3 - "$@" <<'END'
import csv, sys
plan = [dict(no=str(n), name=name, type="定向", items=name, object_scope="全县企业", quantity_text="不低于10%", ratio_op="ge", min_ratio="0.10", quantity="",
             times_per_year="", draw_window_text="1月-12月", draw_from_month="1", draw_to_month="12", initiator_guidance_text="县局", initiator="县局", guidance_unit="",
             inspecting_level_text="县局", inspecting_levels="city", likely_merged_with_no="", note="", departments=departments)
        for n, name, departments in ((1, "计量器具监督检查", ""), (2, "产品质量监督检查", "县工信局"))]
scopes = [dict(task=str(n), population="eq(status,0)", strata="", roles="2 -", items=sys.argv[n]) for n in (1, 2)]
for name, rows in (("plan.csv", plan), ("scopes.csv", scopes)):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
END
}
PLAN=$K/$YEAR
import=(plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title 县局年度计划 --doc-no 1号 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31" --by 计划员)
make_plan 没有的事项 产品质量监督抽查
fails_with absent plan.item "$QIAN" -d $K "${import[@]}"
make_plan '制造（修理）计量器具企业证后监督检查；销售、使用计量器具的监督检查' 产品质量监督抽查
ok 'a plan names the items of its tasks' "$QIAN" -d $K "${import[@]}"
is "$("$QIAN" -d $K --json record list task_item | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 3 'two and one'
is "$("$QIAN" -d $K --json plan check "$PLAN")" '[]' 'all of them are in force'
basis=$("$QIAN" -d $K --json record list item_basis --limit 100 | python3 -c 'import json, sys; print(next(b["record"] for b in json.load(sys.stdin) if b["law"] == "制造、修理计量器具许可监督管理办法"))')
quiet "$QIAN" -d $K record revise item_basis "$basis" valid_to="$YEAR-03-31" --reason 已废止 --by 计划员
match "$("$QIAN" -d $K --json plan check "$PLAN")" '"flaw":"basis_ended","law":"制造、修理计量器具许可监督管理办法","on":"'"$YEAR"'-03-31"' 'a basis that ends within the window is told'
quiet "$QIAN" -d $K record revise item_list "$list" valid_to="$YEAR-06-30" --reason 换新版 --by 计划员
match "$("$QIAN" -d $K plan check "$PLAN")" '事项清单期满' 'and a list that ends'
make_plan 销售、使用计量器具的监督检查 产品质量监督抽查
changed=$("$QIAN" -d $K plan revise "$PLAN" --plan plan.csv --scopes scopes.csv --reason 依据废止 --by 计划员 --none-given)
match "$changed" '有 2 处抽查事项' 'a revision tells it as well'
is "$("$QIAN" -d $K --json plan check "$PLAN" | python3 -c 'import json, sys; print(*sorted(x["flaw"] for x in json.load(sys.stdin)))')" 'list_ended list_ended' 'the item without a basis is out of the plan'
quiet "$QIAN" -d $K record revise item_list "$list" valid_to="$YEAR-12-31" --reason 延期 --by 计划员
is "$("$QIAN" -d $K --json plan check "$PLAN")" '[]' 'and the list holds again'

# ---- drawn, visited ------------------------------------------------------------------------------------------------------
carry $K 1402
is "$("$QIAN" -d 1402 --json record list task_item | python3 -c 'import json, sys; print(sum("withdrawn" not in x for x in json.load(sys.stdin)))')" 2 'the city reads which items the plan inspects'
ok 'the city accepts the plan as it stands' "$QIAN" -d 1402 plan accept "$PLAN"
ok 'the county has its roster' import_roster $K 500
ok 'freezes' "$QIAN" -d $K freeze
carry $K 1402
ok 'is ordered' eval '"$QIAN" -d 1402 order issue --office $K; carry 1402 $K'
ok 'and draws' "$QIAN" -d $K draw run --all
read -r draw object <<<"$("$QIAN" -d $K --json task list | python3 -c 'import json, sys
x = next(x for x in json.load(sys.stdin) if str(x["task"]).split("/")[0] == "1")
print(x["draw"], x["object"])')"
ok 'a target of the task gets its result' "$QIAN" -d $K result record --draw "$draw" --object "$object" --codes R05 --problem 计量器具超过检定周期 --disposal D02 --task 1/1 --by 李四
carry $K 1402
is "$("$QIAN" -d 1402 --json plan show "$PLAN" 1 | json state)" in_progress 'the city sees the task in progress'
is "$("$QIAN" -d 1402 --json plan show "$PLAN" 2 | json state)" dispatched 'and the other dispatched'
done_testing
