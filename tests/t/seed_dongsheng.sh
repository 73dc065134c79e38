#!/usr/bin/env bash
# 东胜 2025 from start to end: seven areas with 47 checks, seventy enterprises and at least a tenth of each area; drawn,
# approved, visited, answered point by point, reviewed, published, followed up, and judged by the province.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$LIB" ] || skip_all 'libfaketime is not installed'
export TZ=Asia/Shanghai QIAN_LANG=zh
REAL=$QIAN K=150602

# day DATE : from now on it is that morning; each command is two seconds later than the one before
day() { date -d "$1 09:00" +%s >"$T/clock"; }
cat >"$T/timed" <<END
#!/bin/bash
read -r t <"$T/clock"
echo \$((t + 2)) >"$T/clock"
printf -v at '%(%F %T)T' "\$t"
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LIB FAKETIME="@\$at" "$REAL" "\$@"
END
chmod +x "$T/timed"
QIAN=$T/timed
k() { "$QIAN" -d $K "$@"; }
said() { k "$@" 2>&1; }
count() { python3 -c "import json, sys; print(len(json.load(sys.stdin)))"; }

day 2025-05-06
ok 'a region, a city and the district are enrolled' tree 15 1506 $K || done_testing
quiet "$QIAN" -d 15 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 15 1506 && carry 1506 $K

# ---- what is checked, as printed ------------------------------------------------------------------------------------------
list=$(k --json record add item_list 标题=质量计量标准化抽查事项 version=2025 --by 计划员 | json record)
match "$(said record import item "$DATA/dongsheng-2025-plan.csv" --by 计划员 --set list="$list" --map area_no=no --map area=name --map checks_text=content --map method=methods)" \
    '新增 7 条' 'seven areas are items of the list'
python3 - "$DATA" <<'END'
import csv, sys
with open(f"{sys.argv[1]}/dongsheng-2025-plan.csv", encoding="utf-8", newline="") as f, open("lists.csv", "w", encoding="utf-8", newline="") as out:
    w = csv.writer(out)
    w.writerow(["title", "item"])
    w.writerows([r["area"], r["area"]] for r in csv.DictReader(f))
END
match "$(said record import checklist lists.csv --by 计划员 --set version=2025 --set valid_from=2025-06-01 --map title=title --map item=item)" '新增 7 条' 'each has its checklist'
match "$(said record import check_point "$DATA/dongsheng-2025-checks.csv" --by 计划员 --set answer_kind=yes_no_na --set evidence=none --map area=checklist --map check_no=no --map check=text)" \
    '新增 47 条' 'of 47 points in all'

# ---- the plan: one number for seven areas, a tenth of each; the issuer inspects, which the import calls city -----------------
python3 - "$DATA" <<'END'
import csv, sys
tags = ["集贸市场", "食品相关产品生产企业", "工业产品生产许可证获证企业", "检验检测机构", "加油站", "自愿性认证获证组织", "商标使用人"]
codes = [101, 115, 114, 105, 102, 121, 118]
have = [120, 60, 50, 30, 130, 60, 50]
with open(f"{sys.argv[1]}/dongsheng-2025-plan.csv", encoding="utf-8", newline="") as f:
    rows = list(csv.DictReader(f))
def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
strata = ";".join(f"10/100 1 {'has(tag,%d)' % c}" for c in codes)
any_of = "has(tag,%d)" % codes[-1]
for c in reversed(codes[:-1]):
    any_of = "or(has(tag,%d),%s)" % (c, any_of)
write("plan.csv", [{"no": "1", "name": "质量计量标准化抽查", "type": "非定向", "items": "；".join(r["area"] for r in rows), "object_scope": "见各项",
      "quantity_text": f"不低于10%，共{rows[0]['quantity']}户", "ratio_op": rows[0]["ratio_op"], "min_ratio": rows[0]["min_ratio"], "quantity": rows[0]["quantity"],
      "times_per_year": "", "draw_window_text": "6月-9月", "draw_from_month": "6", "draw_to_month": "9", "initiator_guidance_text": "", "initiator": "",
      "guidance_unit": "", "inspecting_level_text": "", "inspecting_levels": "city", "likely_merged_with_no": "", "note": ""}])
write("scopes.csv", [{"task": "1", "population": f"and(eq(status,0),{any_of})", "strata": strata, "roles": "2 -", "joint": "", "draw": "", "total": "",
      "must": "", "exclude": "", "cap": "1", "pool": "4", "load": "40", "reason": "各事项按标签取"}])
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
def uscc(n):
    body = "91150602MA0K%04dX" % n
    return body + alphabet[(31 - sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))) % 31]
objects, n = [], 0
for tag, many in zip(tags, have):
    for _ in range(many):
        n += 1
        objects.append({"对象类别": "企业", "名称": f"东胜区测试企业{n:03d}", "统一社会信用代码": uscc(n), "检查机关": "150602", "标签": tag, "登记状态": "存续"})
write("objects.csv", objects)
write("inspectors.csv", [{"姓名": f"检查员{c}", "执法证号": f"06{i:02d}", "发证机关": "150602", "证件有效期至": "2026-12-31", "状态": "在岗", "可参加抽查": "是"}
                         for i, c in enumerate("甲乙丙丁戊己庚辛壬癸", 1)])
write("certs.csv", [{"检查人员": f"150602/06{i:02d}", "证件种类": "行政执法证", "证号": f"蒙K06{i:02d}", "发证机关": "内蒙古自治区司法厅",
                     "有效期起": "2021-01-01", "有效期止": "2026-12-31", "状态": "有效"} for i in range(1, 11)])
END
match "$(said plan import --plan plan.csv --scopes scopes.csv --series 2025 --year 2025 --title '质量计量标准化“双随机、一公开”抽查计划' --doc-no 2025-1 --issued-on 2025-05-06 --deadline 2025-10-01 --coverage 10/100)" '1' 'the district issues its plan'
carry $K 1506
ok 'and the city accepts it' quiet "$QIAN" -d 1506 plan accept $K/2025
ok 'the roster is imported' quiet k roster import --objects objects.csv --inspectors inspectors.csv --tags "$DATA/tags.csv" --by 名录员
match "$(said record import inspector_cert certs.csv --by 名录员)" '新增 10 条' 'with the certificates of its inspectors'

# ---- seventy, drawn --------------------------------------------------------------------------------------------------------
day 2025-06-03
quiet k freeze
carry $K 1506 && quiet "$QIAN" -d 1506 order issue && carry 1506 $K
drawn=$(k --json draw run --all)
D=$(json 0.draw <<<"$drawn")
is "$(json 0.lot <<<"$drawn")/$(json 0.unfilled <<<"$drawn")" 70/0 'seventy enterprises are drawn, two inspectors for each'
is "$(k --json draw show "$D" | python3 -c '
import json, sys
s = json.load(sys.stdin)["strata"]
print(len(s), sum(x["quota"] for x in s), all(x["quota"] >= -(-x["base"] // 10) for x in s))')" '7 70 True' 'at least a tenth of each of seven areas'
carry $K 1506 && carry 1506 15

# ---- approved, announced, visited ------------------------------------------------------------------------------------------
day 2025-06-06
match "$(said record add visit_approval doc_no=东市监检批1号 draw="$D" items=见计划 from_on=2025-06-09 to_on=2025-09-30 method=实地核查 approved_on=2025-06-04 announced=announced --by 局长)" '已写好' 'the head approves the visits of the draw'
k --json task list >targets.json
is "$(python3 -c 'import json; print({t["state"] for t in json.load(open("targets.json"))})')" "{'waiting'}" 'all are waiting'
python3 - "$DATA" "$D" <<'END'
import csv, json, sys
data, draw = sys.argv[1:]
with open(f"{data}/dongsheng-2025-plan.csv", encoding="utf-8", newline="") as f:
    area = [r["area"] for r in csv.DictReader(f)]
ends, at = [120, 180, 230, 260, 390, 450, 500], {}
targets = sorted(json.load(open("targets.json")), key=lambda t: t["name"])
def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
results, notices = [], []
for i, t in enumerate(targets):
    n = int(t["name"][-3:])
    item = area[next(k for k, e in enumerate(ends) if n <= e)]
    day = f"2025-06-{10 + i // 10:02d}"
    code, problem, disposal = {3: ("R05", "未公示检定证书", "D02"), 4: ("R08", "使用超过检定周期的计量器具", "D03"), 5: ("R08", "涉嫌无证生产", "D05")}.get(i, ("R01", "", ""))
    notices.append({"对象编号": t["object"], "文书编号": f"东市监检通{i + 1}号"})
    if i:
        results.append({"抽取编号": draw, "对象编号": t["object"], "开始时间": f"{day}T09:00:00", "完成时间": f"{day}T10:30:00", "结果代码": code,
                        "问题描述": problem, "处置": disposal, "填报人": "录入员", "抽查事项": item, "签字人": "周某"})
write("results.csv", results)
write("notices.csv", notices)
END
match "$(said record import visit_notice notices.csv --by 录入员 --set approval=东市监检批1号 --set served_on=2025-06-06 --set received_by=前台 --set mode=direct --set materials=台账、检定证书)" '新增 70 条' 'seventy notices are served'
is "$(k --json task list | python3 -c 'import json, sys; print({t["state"] for t in json.load(sys.stdin)})')" "{'notified'}" 'and told'
day 2025-06-20
match "$(said result import results.csv)" 69 'sixty-nine results, each of the item that was looked at'
read -r first item one two < <(python3 - <<'END'
import csv, json
t = sorted(json.load(open("targets.json")), key=lambda t: t["name"])[0]
who = [w.split(" ")[0] for w in t["inspectors"].split(";")]
print(t["object"], "生产流通领域产品质量监督检查", *who)
END
)
notice=$(k --json record list visit_notice --where object_id="$first" | json 0.record)
k record add expert name=吴工 body=计量检定所 fields=计量 --by 名录员 >/dev/null
DOOR=(record add visit object_id="$first" "started=2025-06-10 09:00" "completed=2025-06-10 11:00" method=实地核查 "inspectors=$one、$two" experts=吴工 approval=东市监检批1号 notice="$notice")
match "$(said "${DOOR[@]}" signature=拒绝签字 refusal=对检查有异议 --by 录入员)" '见证人”没有填写' 'who refuses to sign does so before a witness'
visit=$(k --json "${DOOR[@]}" signature=拒绝签字 refusal=对检查有异议 witness=社区工作人员 --by 录入员 | json record)
match "$visit" "^$K:1-" 'a visit with an expert, refused signature and witness'
match "$(said result record --visit "$visit" --draw "$D" --object "$first" --item "$item=R01" --by 录入员)" '已' 'and its result'
match "$(said record add visit object_id="$first" "started=2025-06-17 09:00" "completed=2025-06-17 10:00" method=实地核查 "inspectors=$one、$two" signature=signed representative=周某 --by 录入员)" '每年不超过 1 次' 'a second visit in the year is beyond the cap'
ok 'with a reason it is made' quiet k record add visit object_id="$first" "started=2025-06-17 09:00" "completed=2025-06-17 10:00" method=实地核查 "inspectors=$one、$two" signature=signed representative=周某 over_cap=群众举报 --by 录入员
is "$(k --json visit list --over-cap | json 0.over_cap)/$(k --json visit list --over-cap | count)/$(k --json visit list | count)" 群众举报/1/71 'and listed'

# ---- answered point by point, reviewed ----------------------------------------------------------------------------------------
k --json result list >results.json
k --json record list check_point --limit 100 >points.json
k --json record list checklist --limit 100 >lists.json
k --json record list item_result --limit 200 >items.json
python3 - <<'END'
import csv, json
lists = {c["record"]: c["title"] for c in json.load(open("lists.json"))}
points = {}
for p in json.load(open("points.json")):
    points.setdefault(lists[p["checklist"]], []).append(p["record"])
def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
answers = []
for i in json.load(open("items.json")):
    for n, p in enumerate(points[i["name"]]):
        wrong = i["codes"] != "R01" and n == 0
        answers.append({"检查结果": i["inspection"], "检查要点": p, "判定": "不符合" if wrong else "符合", "说明": i.get("problem", "") if wrong else ""})
write("answers.csv", answers[1:])
write("reviews.csv", [{"检查结果": r["result"]} for r in json.load(open("results.json"))])
write("last.csv", answers[:1])
END
is "$(k --json record import check_answer answers.csv --by 录入员 | json rejected)" 0 'every point of the checklists of the items is answered but one'
match "$(said record import result_review reviews.csv --set outcome=approved --set reviewed_on=2025-06-20 --by 录入员 | tail -n 1)" '退回 70 行' 'who entered them does not review them'
match "$(said record import result_review reviews.csv --set outcome=approved --set reviewed_on=2025-06-20 --by 审核员)" '新增 69 条.*退回 1 行' 'the reviewer passes all that are whole'
quiet k record import check_answer last.csv --by 录入员
match "$(said record import result_review reviews.csv --set outcome=approved --set reviewed_on=2025-06-20 --by 审核员)" '新增 70 条' 'and the last one'
is "$(k --json task list | python3 -c 'import json, sys; print({t["state"] for t in json.load(sys.stdin)})')" "{'reviewed'}" 'all are reviewed'

# ---- published, followed up ---------------------------------------------------------------------------------------------
day 2025-07-01
is "$(k --json publish results | json published)" 70 'seventy are published'
follow() { k --json record add follow_up result="$1" disposal="$2" opened_on=2025-07-01 --by 处置员 | json record; }
of() { python3 -c 'import json, sys; print(next(i["inspection"] for i in json.load(open("items.json")) if i.get("disposal") == sys.argv[1]))' "$1"; }
spot=$(follow "$(of D02)" D02)
order=$(follow "$(of D03)" D03)
team=$(follow "$(of D05)" D05)
state() { k --json record show "$1" "$2" | json state; }
printf '\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 shown' >spot.jpg
quiet k evidence add "$(of D02)" --photo spot.jpg --by 录入员
digest=$(sha256sum spot.jpg | cut -d' ' -f1)
fails_with absent follow.evidence "$QIAN" -d $K record add recheck follow_up="$spot" done_on=2025-07-01 "inspectors=$one、$two" outcome=corrected evidence="$(printf x | sha256sum | cut -c1-64)" --by 处置员
quiet k record add recheck follow_up="$spot" done_on=2025-07-01 "inspectors=$one、$two" outcome=corrected evidence="$digest" --by 处置员
is "$(state follow_up "$spot")" corrected 'what was put right on the spot is corrected, and not closed by that'
quiet k record add case_file follow_up="$spot" outcome=not_filed note=情节轻微并当场改正 --by 处置员
is "$(state follow_up "$spot")" closed 'it is with a reason why no case is filed'
quiet k record add correction_order follow_up="$order" doc_no=东市监责改1号 matter=停用并送检 issued_on=2025-07-01 due_on=2025-07-31 served_on=2025-07-01 received_by=负责人 --by 处置员
is "$(state follow_up "$order")" ordered 'an order'
transfer=$(k --json record add transfer follow_up="$team" receiver_kind=enforcement_team receiver=东胜区市场监管综合行政执法局 doc_no=东市监移1号 sent_on=2025-07-02 --by 处置员 | json record)
quiet k record add transfer_answer transfer="$transfer" outcome=accepted doc_no=执受1号 answered_on=2025-07-04 --by 处置员
is "$(state follow_up "$team")" transferred 'a transfer to the enforcement bureau, with its answer'
is "$(k --json task list | python3 -c '
import collections, json, sys
print(sorted(collections.Counter(t["state"] for t in json.load(sys.stdin)).items()))')" "[('closed', 1), ('follow_up', 2), ('published', 67)]" 'targets tell how far each is'

# ---- counted: at least a tenth of the enterprises in business ----------------------------------------------------------------
figures() { "$QIAN" -d "$1" --json stats figures --year 2025 "${@:2}"; }
match "$(said stats figures --year 2025)" '要求覆盖率 10/100，但没有申报在营企业数' 'coverage needs a count of enterprises'
quiet k record add business_count year=2025 enterprises=500 counted_on=2025-05-31 source=登记系统 --by 名录员
match "$(said stats figures --year 2025)" '抽查覆盖率 +coverage +70/500 +14.0%.*要求的覆盖率 10/100（至少 50 户）已达到' 'seventy of five hundred: a tenth is reached'
is "$(figures $K | python3 -c '
import json, sys
f = json.load(sys.stdin)["whole"]["figures"]
print({k: "/".join(str(x) for x in f[k].values()) for k in ("targets", "completion", "publication", "on_time", "finding", "closure", "correction_orders", "transfers", "cases")})')" \
    "{'targets': '70', 'completion': '70/70', 'publication': '70/70', 'on_time': '0/0', 'finding': '3/70', 'closure': '68/70', 'correction_orders': '1', 'transfers': '1', 'cases': '0'}" 'the figures of the year; without a calendar nobody is late or in time'
match "$(said stats figures --year 2025)" '70 个对象的公示期限按暂定的工作日历计算' 'and that is told'
quiet k record revise business_count "$(k --json record list business_count | json 0.record)" enterprises=800 counted_on=2025-06-30 --reason 半年数据 --by 名录员
match "$(said stats figures --year 2025)" '（至少 80 户）还差 10 户' 'of eight hundred ten would be missing'
report=$(k --json report make --title 2025年质量计量标准化抽查情况 --kind year --year 2025 --by 局长 | json report)
match "$(said report check "$report")" '21 项指标与报告完全相同' 'the report is what the rows say'

# ---- judged ---------------------------------------------------------------------------------------------------------------------
quiet k release --draw all
carry $K 1506 && carry 1506 15
ok 'the region finds nothing' "$QIAN" -d 15 verify all
is "$("$QIAN" -d 15 --json record list visit --limit 100 | count)" 71 'and has the visits'
is "$(figures 15 | json whole.figures.coverage.of)/$(figures 15 --office $K | json whole.figures.completion.of)" 70/70 'counts the same seventy'
match "$("$QIAN" -d 15 report check "$report" 2>&1)" '21 项指标与报告完全相同' 'and finds the report to be what the rows say'
done_testing
