#!/usr/bin/env bash
# 重庆高新区 2023 from start to end: 46 institutions, 114 enterprises, 30 standards, all named by lists from above and never called
# drawn; the offices in the towns draw only who goes; experts of a third party go along and are none of the two.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'the municipality, the zone and two offices in towns are enrolled' tree 50 50GX 50GX01 50GX02 || done_testing
export QIAN_LANG=zh
quiet "$QIAN" -d 50 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
quiet "$QIAN" -d 50 order auto off && quiet "$QIAN" -d 50GX order auto off
carry 50 50GX
# The plan, from the table that was taken from the notice: areas with one number are one task.
python3 - "$DATA/gaoxin-2023-plan.csv" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
group = [r for r in rows if r["quantity_group"] == "G114"]
plan, scopes = [], []
def task(no, name, items, number, unit, population, source):
    plan.append(dict(no=no, name=name, type="定向", items=items, object_scope=source, quantity_text=f"{number}{unit}", ratio_op="", min_ratio="",
                     quantity=number, times_per_year="", draw_window_text="1月-12月", draw_from_month="1", draw_to_month="12",
                     initiator_guidance_text="高新区局/质量科", initiator="高新区局", guidance_unit="质量科", inspecting_level_text="各镇（街）市场监管所",
                     inspecting_levels="county", likely_merged_with_no="", note="最终数量以实际检查为准"))
    scopes.append(dict(task=no, population=population, strata="", roles="2 -", draw="given"))
task("1", "许可、认证、计量企业", "".join(r["checks_text"] for r in group), group[0]["quantity_group_total"], "家", "eq(kind,1)", "；".join(r["object_list_source"] for r in group))
for r in rows:
    if r["planned_quantity"]:
        task(r["area_no"], r["area"], r["checks_text"], r["planned_quantity"], "家" if r["object_kind"] == "laboratory" else "个", "eq(kind,8)" if r["object_kind"] == "standard" else "true", r["object_list_source"])
for name, rows in (("plan.csv", plan), ("scopes.csv", scopes)):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
# Who is on the lists is made up: the notice names nobody.
def given(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f)
        w.writerow(["对象编号", "对象名称", "地址"])
        w.writerows(rows)
def enterprise(n):
    return [f"E:91500107MA5U{n:05d}X", f"企业{n}", f"高新区科学大道{n % 20}号"]
for town, firsts in (("50GX01", (0, 0, 0)), ("50GX02", (60, 26, 18))):
    e, l, s = firsts
    ne, nl, ns = (60, 26, 18) if town == "50GX01" else (54, 20, 12)
    given(f"enterprises-{town}.csv", [enterprise(n) for n in range(e, e + ne)])
    given(f"laboratories-{town}.csv", [[f"E:91500107MA6U{n:05d}X", f"检测机构{n}", f"高新区科学大道{n % 20}号"] for n in range(l, l + nl)])
    given(f"standards-{town}.csv", [[f"T:91500107MA5U{n:05d}X/Q-{n}", f"企业标准{n}", ""] for n in range(s, s + ns)])
END
PLAN=50GX/$YEAR
ok 'the zone issues its plan' "$QIAN" -d 50GX plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" \
    --title 质量、标准、计量、认证认可领域“双随机、一公开”监督检查实施方案 --doc-no 渝高新市监发〔2023〕73号 --issued-on "$YEAR-01-05" \
    --deadline "$YEAR-12-31" --parent-doc-no 渝市监办发〔2023〕17号 --recipients 各镇（街）市场监督管理所 --by 质量科
is "$("$QIAN" -d 50GX --json plan show "$PLAN" | python3 -c 'import json, sys; print(*((t["task"], t["quantity"]) for t in json.load(sys.stdin)))')" "('1', '114家') ('2', '46家') ('5', '30个')" 'with the numbers of the notice'
filing=$("$QIAN" -d 50GX --json record add filing subject_kind=plan plan="$YEAR" sent_on="$YEAR-01-06" --by 质量科 | json record)
carry 50GX 50
ok 'the municipality puts it on file' "$QIAN" -d 50 record add filing_answer filing="$filing" outcome=acknowledged receipt_no=渝备1 answered_on="$YEAR-01-08" --by 市局
for town in 50GX01 50GX02; do carry 50GX $town; done
# ---- lists -------------------------------------------------------------------------------------------------------------
give() { "$QIAN" -d "$1" --json plan give-list "$PLAN" "$2" --office "$3" --objects "$4" --source "$5" --title "$6" --doc-no "$7" --given-on "$YEAR-02-01" --by 质量科; }
is "$(for town in 50GX01 50GX02; do give 50GX 1 $town enterprises-$town.csv external 总局2023年自愿性认证从业机构抽查名单 总局名单 | json objects; done | awk '{ n += $1 } END { print n }')" 114 '114 enterprises, by a list of another body'
is "$(for town in 50GX01 50GX02; do give 50GX 2 $town laboratories-$town.csv parent 2023年高新区认证认可检验检测监管计划 监管计划 | json objects; done | awk '{ n += $1 } END { print n }')" 46 '46 institutions'
is "$(for town in 50GX01 50GX02; do give 50 5 $town standards-$town.csv parent 市局2023年企业标准和团体标准名单 市局名单 | json objects; done | awk '{ n += $1 } END { print n }')" 30 '30 standards, by the municipality'
fails_with denied given.not-below "$QIAN" -d 50GX01 plan give-list "$PLAN" 1 --office 50GX02 --objects enterprises-50GX02.csv --source parent --title x --doc-no x --given-on "$YEAR-02-01" --by x
carry 50 50GX
for town in 50GX01 50GX02; do
    carry 50GX $town
    # Made up, under the division in which the zone lies; certificates that outlast the test.
    quiet "$TOOLS/gen_roster" --office 500107 --seed "${town#50GX0}" --objects 500 --inspectors 20 --out roster$town
    LC_ALL=C sed -i 's/,20[0-9][0-9]-\([0-9][0-9]-[0-9][0-9]\)/,2099-\1/' roster$town/inspectors.csv
    match "$("$QIAN" -d $town --json roster import --inspectors roster$town/inspectors.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester)" '"version":1' "$town has its inspectors"
    quiet "$QIAN" -d $town freeze
    carry $town 50GX
done
# ---- who goes ----------------------------------------------------------------------------------------------------------
quiet "$QIAN" -d 50GX order issue
for town in 50GX01 50GX02; do
    carry 50GX $town
    ok "$town draws who goes" "$QIAN" -d $town draw run --all
    carry $town 50GX
done
carry 50GX 50
targets() { for town in 50GX01 50GX02; do "$QIAN" -d $town --json task list; done | python3 -c '
import collections, json, sys
decode, text, n, pairs = json.JSONDecoder(), sys.stdin.read().strip(), collections.Counter(), True
while text:
    part, end = decode.raw_decode(text)
    text = text[end:].strip()
    for t in part:
        n[t["task"].split("/")[0]] += 1
        pairs = pairs and len(t["inspectors"].split(";")) >= 2
print(n["1"], n["2"], n["5"], pairs)'; }
is "$(targets)" '114 46 30 True' '114 enterprises, 46 institutions and 30 standards, two inspectors or more for each'
G=$("$QIAN" -d 50GX01 --json draw list | json 0.draw)
match "$("$QIAN" -d 50GX01 draw show "$G")" '名单' 'where the objects come from is told'
ok 'the municipality verifies it all' "$QIAN" -d 50 verify all
is "$("$QIAN" -d 50GX --json plan show "$PLAN" 2 | json state)" dispatched 'the zone sees its tasks dispatched'
# ---- one door, several matters ------------------------------------------------------------------------------------------
proposals=$("$QIAN" -d 50GX01 --json visit proposals)
match "$(python3 -c 'import json, sys
p = json.loads(sys.argv[1])
why = {r for x in p for r in x["reasons"]}
both = [x for x in p if {"1", "2"} <= {t["task"] for t in x["targets"]}]
print(len(both) > 0, "address" in why, all(len(x["targets"]) >= 2 for x in p))' "$proposals")" '^True True True$' 'an enterprise and an institution of one address are one visit'
match "$("$QIAN" -d 50GX01 visit proposals)" '同一地址' 'in words'
# ---- a visit, an expert, what follows -----------------------------------------------------------------------------------
read -r draw object two <<<"$("$QIAN" -d 50GX01 --json task list | python3 -c 'import json, sys
x = next(x for x in json.load(sys.stdin) if x["task"] == "2/1")
print(x["draw"], x["object"], ";".join(i.split(" ")[0] for i in x["inspectors"].split(";")[:2]))')"
printf '\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 gate' >gate.jpg
ok 'an institution is visited, with a photo of its gate' "$QIAN" -d 50GX01 result record --draw "$draw" --object "$object" --codes R05 --problem 检验设备超过检定周期 --disposal D03 --task 2/1 --photo gate.jpg --by 李四
result=$("$QIAN" -d 50GX01 --json result list | json 0.result)
IFS=: read -r office id <<<"$result"
follow=$("$QIAN" -d 50GX01 --json record add follow_up result="$result" disposal=D03 opened_on="$(TZ=Asia/Shanghai date +%F)" --by 李四 | json record)
match "$follow" '^50GX01:' 'what follows is opened'
digest=$(sha256sum gate.jpg | cut -d' ' -f1)
ok 'an expert of a third party is entered' "$QIAN" -d 50GX01 record add expert name=王工 body=第三方技术机构 fields=检验检测 --by 名录员
fails_with absent value.no-inspector "$QIAN" -d 50GX01 record add recheck follow_up="$follow" done_on="$(TZ=Asia/Shanghai date +%F)" inspectors="${two%%;*}、王工" outcome=corrected evidence="$digest" --by 李四
fails_with malformed value.inspectors "$QIAN" -d 50GX01 record add recheck follow_up="$follow" done_on="$(TZ=Asia/Shanghai date +%F)" inspectors="${two%%;*}" outcome=corrected evidence="$digest" --by 李四
ok 'two inspectors recheck it' "$QIAN" -d 50GX01 record add recheck follow_up="$follow" done_on="$(TZ=Asia/Shanghai date +%F)" inspectors="$two" outcome=corrected evidence="$digest" --by 李四
carry 50GX01 50GX
is "$("$QIAN" -d 50GX --json plan show "$PLAN" 2 | json standing.visited)" 1 'and the zone counts it'
done_testing
