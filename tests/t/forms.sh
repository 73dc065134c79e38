#!/usr/bin/env bash
# Every printed form, F01 to F24: made from records of real nodes (item list of 大同县, sampling of 大同 2025), as a page of A4
# whose code says the digest; empty; held against the records here and above; a changed digit is found.
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
OFFICE_NAME='测试机关 '
ok 'a province, a city and a county are enrolled' tree 14 1402 140227 || done_testing
export QIAN_LANG=zh
K=140227
GEN=$ROOT/tests/t/seed_datong_sampling.py
k() { "$QIAN" -d $K "$@"; }
city() { "$QIAN" -d 1402 "$@"; }
add() { "$QIAN" -d "$1" --json record add "${@:2}" | json record; }
quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1402 && carry 1402 $K

# ---- a year of the county: items, plan, draw, visit, order -------------------------------------------------------------------
list=$(add $K item_list title=随机抽查事项清单 version="$YEAR" valid_from="$YEAR-01-01" --by 计划员)
quiet k record import item "$DATA/datong-county-items.csv" --by 计划员 --set list="$list" --map item=name --map method=methods --map objects=objects_text --map no=no --map content=content --map remark=remark
quiet k record import item_basis "$DATA/datong-county-item-bases.csv" --by 计划员 --map item=item --map base_no=no --map law_title=law --map base_text=text
item=销售、使用计量器具的监督检查
check=$(add $K checklist title=计量器具监督检查表 version=1 valid_from="$YEAR-01-01" item=$item --by 计划员)
points=()
for text in 经营资质是否有效 在用强检计量器具是否按周期检定 铅封是否完好; do
    points+=("$(add $K check_point checklist="$check" no=$((${#points[@]} + 1)) text=$text answer_kind=yes_no_na evidence=none --by 计划员)")
done
python3 - "$item" <<'END'
import csv, sys
plan = dict(no="1", name="计量器具监督检查", type="定向", items=sys.argv[1], object_scope="全县企业", quantity_text="不低于10%", ratio_op="ge", min_ratio="0.10", quantity="",
            times_per_year="", draw_window_text="1月-12月", draw_from_month="1", draw_to_month="12", initiator_guidance_text="县局", initiator="县局", guidance_unit="",
            inspecting_level_text="县局", inspecting_levels="city", likely_merged_with_no="", note="", departments="")
scopes = dict(task="1", population="eq(status,0)", strata="", roles="2 -", items=sys.argv[1])
for name, row in (("plan.csv", plan), ("scopes.csv", scopes)):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, row.keys())
        w.writeheader()
        w.writerow(row)
END
PLAN=$K/$YEAR
drawn() {
    quiet k plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title 县局年度计划 --doc-no "云市监〔$YEAR〕1号" --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31" --by 计划员 &&
        carry $K 1402 && quiet city plan accept "$PLAN" && import_roster $K 500 && quiet k freeze && carry $K 1402 && quiet city order issue --office $K && carry 1402 $K && quiet k draw run --all --operator 张三 --observer 李四
}
ok 'the county has a plan and draws' drawn || done_testing
read -r D object one two <<<"$(k --json task list | python3 -c '
import json, sys
x = json.load(sys.stdin)[0]
print(x["draw"], x["object"], *[w.split(" ")[0] for w in x["inspectors"].split(";")[:2]])')"
TODAY=$(TZ=Asia/Shanghai date +%F)
quiet k record add visit_approval doc_no=云市监检批1号 draw="$D" items=$item from_on="$TODAY" to_on="$YEAR-12-31" method=实地核查 approved_on="$TODAY" announced=announced --by 局长
notice=$(add $K visit_notice doc_no=云市监检通1号 object_id="$object" approval=云市监检批1号 served_on="$TODAY" received_by=前台 mode=direct materials=台账、检定证书 --by 李四)
visit=$(add $K visit object_id="$object" started="$TODAY 00:01" completed="$TODAY 00:02" method=实地核查 inspectors="$one、$two" approval=云市监检批1号 notice="$notice" signature=signed representative=王经理 advice=按期检定 --by 李四)
ok 'a target is visited' k result record --visit "$visit" --draw "$D" --object "$object" --item "$item=R08" --problem "$item=使用超过检定周期的计量器具" --disposal "$item=D03" --by 李四
R=$(k --json result list | json 0.result)
for p in "${points[@]}"; do quiet k record add check_answer inspection="$R" point="$p" judged=right --by 李四; done
follow=$(add $K follow_up result="$R" disposal=D03 opened_on="$TODAY" --by 处置员)
quiet k record add correction_order follow_up="$follow" doc_no=云市监责改1号 matter=停用并送检 issued_on="$TODAY" due_on="$YEAR-12-31" --by 处置员

# ---- the city's sampling, a few sheets of the four hundred ---------------------------------------------------------------------
for lab in 天津五十一站质量检验中心有限公司 '律达检测服务(山东)有限公司'; do quiet city record add lab name="$lab" --by 计划; done
for p in 抽一:T01:抽样 抽二:T02:抽样 抽三:T03:抽样 抽四:T04:抽样 验甲:T05:检验; do
    IFS=: read -r name no duty <<<"$p"
    quiet city record add lab_person lab=天津五十一站质量检验中心有限公司 name="$name" staff_no="$no" duty="$duty" --by 计划
done
read -ra filed < <(file_scheme 1402 14 2025-08-20 计划)
task=$(add 1402 sampling_task "${filed[@]}" title=2025年机械及安防、轻工产品、环保产品等产品质量监督抽查 doc_no=同市监发〔2025〕56号 scope=大同市范围内生产领域、流通领域 \
    scheme_approval=同市监质〔2025〕9号 scheme_approved_on=2025-08-20 rules_published_on=2025-08-25 service_until=2025-11-10 report_until=2025-11-15 --by 计划)
quiet city record import sampling_product "$DATA/datong-2025-product-sampling.csv" --by 计划 --set task="$task" --map no=no --map category=category --map product=name --map batches=batches --map scope=scope
quiet city record import sampling_quota "$DATA/datong-2025-lab-split.csv" --by 计划 --set task="$task" --map product=product --map sampling_org=sampling_lab --map testing_lab=lab --map batches=batches --map assignment_basis=basis
# Some rows of the seed's spreadsheets, one of them failing, one refused, one rejected, in the one county of this test.
some() {
    python3 "$GEN" "$1" "$DATA" "${@:2}" | python3 -c '
import csv, re, sys
keep = {"0001", "0002", "0006", "0011", "0021", "1004"}
rows = list(csv.DictReader(sys.stdin))
w = csv.DictWriter(sys.stdout, rows[0].keys())
w.writeheader()
for r in rows:
    no = re.search(r"(?:DT|BG)2025(\d{4})", r.get("抽样单编号") or r.get("抽样单") or r.get("检验报告") or "DT20250001")
    if no.group(1) in keep:
        w.writerow({k: "140227" if v in ("140213", "140215") else v for k, v in r.items()})' >"$1.csv"
}
sampled() {
    some sheets && some other_sheets && some receptions &&
        quiet city record import sample sheets.csv --by 抽样 --set task="$task" && quiet city record import sample other_sheets.csv --by 抽样 --set task="$task" &&
        quiet city record import sample_reception receptions.csv --by 样品 && quiet city sample number --by 样品 && city --json sample numbers --by 样品 >numbers.json &&
        some tests numbers.json && some items numbers.json && some conclusions numbers.json && some reports && some services &&
        quiet city record import lab_test tests.csv --by 检验 && quiet city record import test_item items.csv --by 检验 --map no=no && quiet city record import test_conclusion conclusions.csv --by 检验 &&
        quiet city sample reveal --by 样品 && quiet city record import test_report reports.csv --by 检验 && quiet city record import report_service services.csv --by 样品
}
ok 'samples are taken, tested and reported' sampled || done_testing
refusal=$(add 1402 refusal_determination sample=DT20250011 doc_no=拒2025-0011 facts=两次上门均拒绝抽样 determined_on=2025-09-26 --by 处理)
quiet city record add sample_disposal sample=DT20250001 part=备用样品 manner=退还 receiver=被抽样单位0 done_on=2025-11-06 --by 样品
quiet city record add product_dispatch sample=DT20250006 handler=$K doc_no=处2025-0006 sent_on=2025-11-10 --by 处理
quiet city record add improvement_proposal report=BG20250006 failed_items=理化指标 problem_description=指标超出限值 improvement_advice=加强出厂检验 lab_seal=已盖章 issued_on=2025-11-10 --by 检验
quota=$(city --json record list sampling_quota | json 0.record)
carry 1402 $K
quiet k record add refusal_cosign determination="$refusal" outcome=同意 cosigned_on=2025-09-27 --by 县局
carry $K 1402

# ---- all of them ------------------------------------------------------------------------------------------------------------------
is "$(city --json form list | python3 -c 'import json, sys; print(" ".join(f["form"] for f in json.load(sys.stdin)))')" "$(printf 'F%02d ' {1..24} | sed 's/ $//')" 'there are 24 forms'
# FORM OFFICE REFERENCE, and words that stand on it
while read -r form office reference words; do
    quiet "$QIAN" -d "$office" --json form print "$form" --for "$reference" --by 督查 --out "$form.html" >>bad || echo "$form" >>bad
    for w in $words; do grep -qF -- "$w" "$form.html" || echo "$form: $w" >>bad; done
done <<END
F01 $K 随机抽查事项清单 产品质量监督抽查 中华人民共和国计量法 实地核查
F02 $K $YEAR 云市监〔$YEAR〕1号 计量器具监督检查 不低于10%
F03 $K $R 在用强检计量器具是否按周期检定 使用超过检定周期的计量器具 王经理
F04 $K 云市监责改1号 停用并送检 中华人民共和国计量法
F05 $K $YEAR 使用超过检定周期的计量器具
F06 1402 DT20250001 被抽样单位0 学生校服 抽一、抽二
F07 1402 $quota 同市监发〔2025〕56号 抽一
F08 1402 DT20250001 J0000 B0000 5.50 2025年9月1日
F09 1402 DT20250001 5.50 标价
F10 1402 DT20250001 B0000 被抽样单位0
F11 1402 DT20251004 涉嫌无照经营
F12 1402 拒2025-0011 两次上门均拒绝抽样 2025-09-27
F13 1402 BG20250006 理化指标 不符合 不合格
F14 1402 BG20250006 被抽样单位5 EM00000005
F15 1402 DT20250021 封条撕裂
F16 1402 同市监发〔2025〕56号 指标超出限值
F17 1402 同市监发〔2025〕56号 BG20250001 BG20250006
F18 1402 同市监发〔2025〕56号 退还 被抽样单位0
F19 1402 BG20250006 指标超出限值 加强出厂检验
F20 1402 处2025-0006 BG20250006 被抽样单位5
F21 1402 同市监发〔2025〕56号 车用柴油 2025年8月25日
F22 $K 云市监检通1号 台账、检定证书 $item
F23 $K $visit 使用超过检定周期的计量器具 云市监检批1号
F24 $K $D 张三
END
is "$(cat bad 2>/dev/null)" '' 'each is printed from its record, with what the record says'
is "$(grep -lE '<script|src=|href=|url\(' F??.html)" '' 'none of them loads anything'
is "$(stat -c %a F??.html | sort -u)" 600 'and none is for everybody'

# ---- the code, the digest ----------------------------------------------------------------------------------------------------------
other_digit() { # of the hash that ends the last line
    python3 -c '
import sys
text = open(sys.argv[1], encoding="utf-8").read()
at = len(text.rstrip()) - 1
sys.stdout.write(text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1:])' "$1"
}
for i in {1..24}; do
    f=$(printf F%02d "$i") office=1402
    [[ $i -le 5 || $i -ge 22 ]] && office=$K
    python3 "$ROOT/tests/t/qr_read.py" $f.html >$f.code 2>>bad || echo "$f: no code" >>bad
    "$QIAN" -d $office --json form check $f.html >$f.page.json 2>&1 || echo "$f: page $(cat $f.page.json)" >>bad
    "$QIAN" -d $office --json form check $f.code >$f.code.json 2>&1 || echo "$f: code $(cat $f.code.json)" >>bad
    [ $f = F24 ] || grep -qF "digest $(json digest <$f.page.json)" $f.code || echo "$f: digest" >>bad
    other_digit $f.code >wrong.code
    "$QIAN" -d $office --json form check wrong.code >wrong.json 2>&1 && echo "$f: a changed digest passes" >>bad
    grep -q '"agrees": *false' wrong.json || echo "$f: $(cat wrong.json)" >>bad
done
is "$(cat bad 2>/dev/null)" '' 'the code of each is read back and holds the digest; a changed digit of it is found'
sed 's/5\.50/5.40/' F08.html >altered.html
match "$(city form check altered.html; echo " $?")" '不相符.*5\.40.* 1$' 'a changed price is found'
match "$(city form check F08.html)" '没有更改' 'and what was not changed is sound'
sheet=$(city --json record list sample --where sheet_no=DT20250001 | json 0.record)
quiet city record revise sample "$sheet" price='6.50 元' --reason 更正 --by 抽样
match "$(city form check F08.html --out anew.html)" '已有更改' 'behind a revision it is told to be an earlier one'
match "$(cat anew.html)" '5\.50' 'which is made again as it was'
carry $K 1402
match "$(city form check F04.code)" '没有更改' "the office above checks the county's paper"
fails_with malformed form.no-proof "$QIAN" -d 1402 form check plan.csv
fails_with absent form.no-record "$QIAN" -d 1402 form print F13 --for BG20259999 --by 督查 --out x.html
fails_with malformed form.needs-by "$QIAN" -d $K form print F24 --for "$D" --out x.html
fails_with malformed form.needs-by "$QIAN" -d 1402 form print F13 --for BG20250006 --out x.html
quiet city person set 管理 --roles 管理员
quiet city person set 样品员 --roles 样品 --by 管理
fails_with denied person.role "$QIAN" -d 1402 form print F08 --for DT20250001 --by 样品员 --out x.html
ok 'who has the role prints it' city form print F15 --for DT20250021 --by 样品员 --out x.html
ok 'an announcement is for everybody' city form print F21 --for 同市监发〔2025〕56号 --out x.html

# ---- empty ---------------------------------------------------------------------------------------------------------------------------
for i in {1..23}; do
    f=$(printf F%02d "$i")
    quiet city form print $f --blank --out "B$f.html" >>bad || echo $f >>bad
    [[ $(python3 "$ROOT/tests/t/qr_read.py" B$f.html) == *"form $f/"*blank* ]] || echo "$f: code" >>bad
done
is "$(cat bad 2>/dev/null)" '' 'each is printed empty'
ok 'a checklist has its points on the empty form' k form print F03 --blank --for 计量器具监督检查表 --out points.html
match "$(cat points.html)" '铅封是否完好' 'to be answered by hand'
ok 'which is checked as well' k form check points.html

# ---- on paper ------------------------------------------------------------------------------------------------------------------------
CHROMIUM=${CHROMIUM:-chromium}
if command -v "$CHROMIUM" >/dev/null || [ -n "${CI:-}" ]; then
    for f in F??.html BF03.html BF08.html; do
        timeout 60 "$CHROMIUM" --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf="${f%.html}.pdf" "$f" >pdf.log 2>&1
    done
    is "$(python3 - F??.pdf BF03.pdf BF08.pdf <<'END'
import re, sys
bad = []
for name in sys.argv[1:]:
    boxes = [tuple(float(x) for x in b.split()) for b in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", open(name, "rb").read())]
    wide = name in ("F01.pdf", "F02.pdf", "F05.pdf", "F17.pdf")
    a4 = (841.9, 595.3) if wide else (595.3, 841.9)
    if not boxes or any(abs(b[2] - a4[0]) > 1 or abs(b[3] - a4[1]) > 1 for b in boxes):
        bad.append((name, boxes[:1]))
    if name[:3] in ("F04", "F06", "F08", "F09", "F10", "F11", "F12", "F14", "F15", "F19", "F20", "F22") and len(boxes) != 1:
        bad.append((name, len(boxes), "pages"))
print(bad)
END
)" '[]' 'all are A4, and a notice or a sheet is one page'
    # Nine pages of legal bases: each begins with the heads of its columns.
    if command -v pdftotext >/dev/null; then
        is "$(pdftotext -layout F01.pdf - | python3 -c '
import sys
pages = sys.stdin.read().split("\f")[:-1]
print(len(pages) > 5, [n for n, p in enumerate(pages, 1) if "检查依据" not in p])')" 'True []' 'the heads of a table are on every page'
    else
        skip 'the heads of a table are on every page' 'pdftotext is not installed'
    fi
else
    skip 'all are A4' 'Chromium is not installed'
fi
[ -z "${SHOTS:-}" ] || cp ./*F??.* points.html "$SHOTS" 2>/dev/null
done_testing
