#!/usr/bin/env bash
# 大同 2025, product sampling from the notice to the summary: 24 products, 400 batches, two labs with quotas; city office, two
# counties, the province above. What is printed in the notice is the expectation (400 batches, 210 and 190, the day of
# e-CQS, three working days, fifteen days to object, sixty to correct).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and two counties are enrolled' tree 14 1402 140213 140215 || done_testing
export QIAN_LANG=zh
GEN=("$ROOT/tests/t/seed_datong_sampling.py")
city() { "$QIAN" -d 1402 "$@" 2>&1; }
cityj() { "$QIAN" -d 1402 --json "$@"; }
count() { python3 -c "import json, sys; print(len(json.load(sys.stdin)))"; }
sheet() { python3 "${GEN[0]}" "$1" "$DATA" "${@:2}" >"$1.csv"; }
records() { "$QIAN" -d "$1" --json record list "$2" --limit 2000; }
state() { cityj record list sample --where sheet_no="$1" | json 0.state; }
late() { cityj due --kind "$1" --ended --limit 1000 | python3 -c 'import json, sys; print([r["about"] for r in json.load(sys.stdin)["deadlines"] if r["state"] == "late"])'; }

# ---- calendar, people, the notice
ok 'the province signs the working days and the disposals' bash -c '"$1" -d 14 calendar import "$2/workdays-cn.json" --by 张三 && "$1" -d 14 tables import "$2/disposal-codes.csv"' - "$QIAN" "$DATA"
ok 'they come down' carry 14 1402
for who in 管理:管理员 计划:计划 抽样:抽样 样品:样品 检验:检验 处理:处置; do
    ok "${who#*:} is entered" "$QIAN" -d 1402 person set "${who%:*}" --roles "${who#*:}" --by 管理
done
for lab in 天津五十一站质量检验中心有限公司 '律达检测服务(山东)有限公司'; do
    ok "$lab is a lab" "$QIAN" -d 1402 record add lab name="$lab" --by 计划
done
for p in 抽一:T01:抽样 抽二:T02:抽样和检验 抽三:T03:抽样 抽四:T04:抽样 验甲:T05:检验; do
    IFS=: read -r name no duty <<<"$p"
    city record add lab_person lab=天津五十一站质量检验中心有限公司 name="$name" staff_no="$no" duty="$duty" --by 计划 >>staff.out || echo "$p" >>bad
done
city record add lab_person lab='律达检测服务(山东)有限公司' name=验丙 staff_no=L01 duty=检验 --by 计划 >>staff.out || echo 验丙 >>bad
is "$(cat bad 2>/dev/null)" '' 'the staff of the labs is entered'

task=$(cityj record add sampling_task title=2025年机械及安防、轻工产品、环保产品等产品质量监督抽查 doc_no=同市监发〔2025〕56号 \
    scope=大同市范围内生产领域、流通领域 service_until=2025-11-10 ecqs_until=2025-11-15 report_until=2025-11-15 --by 计划 | json record)
match "$task" '^1402:1-' 'the notice is a task'
match "$(city record import sampling_product "$DATA/datong-2025-product-sampling.csv" --by 计划 --set task="$task" --map no=no --map category=category --map product=name --map batches=batches --map scope=scope)" '新增 24 条' 'its 24 products are read from the print'
match "$(city record import sampling_quota "$DATA/datong-2025-lab-split.csv" --by 计划 --set task="$task" --map product=product --map sampling_org=sampling_lab --map testing_lab=lab --map batches=batches --map assignment_basis=basis)" '新增 26 条' 'and what each lab tests'
is "$(cityj sample summary "$task" | python3 -c '
import json, sys, collections
n = collections.Counter()
for r in json.load(sys.stdin)[:-1]:
    n[r["lab"][:2]] += r["batches"]
print(sorted(n.items()))')" "[('天津', 190), ('律达', 210)]" '400 batches are given out, 190 and 210'

# ---- sheets
sheet sheets
match "$(city record import sample sheets.csv --by 抽样 --set task="$task")" '退回 400 行' 'no sheet before the scheme is approved'
quiet "$QIAN" -d 1402 record revise sampling_task "$task" scheme_approval=同市监质〔2025〕9号 scheme_approved_on=2025-08-20 rules_published_on=2025-08-25 --reason 方案批准 --by 计划
fails_with denied sampling.not-filed "$QIAN" -d 1402 record add sample task="$task" product=学生校服 lab=天津五十一站质量检验中心有限公司 sheet_no=1 county=140213 outcome=未抽到样品 stage=流通领域 sampled_on=2025-09-10 party=x samplers=T01、T02 note=无货 --by 抽样
read -ra filed < <(file_scheme 1402 14 2025-08-22 计划)
ok 'the province approves scheme and rules, the rules are public' "$QIAN" -d 1402 record revise sampling_task "$task" "${filed[@]}" --reason 省局批准 --by 计划
match "$(city record import sample sheets.csv --by 检验 --set task="$task")" '没有“抽样”职责' 'a tester writes no sheets'
match "$(city record import sample sheets.csv --by 抽样 --set task="$task")" '新增 400 条.*退回 0 行' 'all 400 batches are imported under the labels of the sheet'
sheet other_sheets
match "$(city record import sample other_sheets.csv --by 抽样 --set task="$task")" '新增 4 条' 'where nothing could be taken no quota is used'
sheet spoiled
match "$(city record import sample spoiled.csv --by 抽样 --set task="$task" --rejects back.csv)" '新增 0 条.*退回 4 行' 'a batch more is given back'
match "$(cat back.csv)" '5 批次已经用完.*至少要 2 人.*没有把' 'with the reason of each'
is "$(state DT20250001)" in_transit 'a sealed sample is on its way'
is "$(state DT20251001)" none_available 'nothing was there'

# ---- a refusal is determined by two offices
for n in 0011 0252; do
    city record add refusal_determination sample="DT2025$n" doc_no="拒2025-$n" facts=两次上门均拒绝抽样 determined_on=2025-09-26 --by 处理 >>refusal.out
done
ok 'one county gets its sheets' carry 1402 140213
ok 'the other gets its own' carry 1402 140215
is "$(records 140213 sample | count) $(records 140215 sample | count)" '202 202' 'each county those of its area'
for k in 140213 140215; do
    for d in $(records "$k" refusal_determination | python3 -c 'import json, sys; [print(r["record"]) for r in json.load(sys.stdin)]'); do
        quiet "$QIAN" -d "$k" record add refusal_cosign determination="$d" outcome=同意 cosigned_on=2025-09-27 --by 县局
    done
    carry "$k" 1402
done
is "$(state DT20250011) $(state DT20250252)" 'refusal_determined refusal_determined' 'both offices found the refusals'

# ---- the lab
sheet receptions
match "$(city record import sample_reception receptions.csv --by 样品)" '新增 398 条.*退回 0 行' 'samples are received, two rejected, one without a licence'
match "$(city sample numbers --by 检验)" '没有“样品”职责' 'a tester sees no numbers'
match "$(city sample number --by 检验)" '没有“样品”职责' 'and gives none'
match "$(city sample number --by 样品)" '已给 395 个' 'the custodian numbers 395'
cityj sample numbers --by 样品 >numbers.json
ok 'what goes up tells no number' carry 1402 14
is "$(python3 - <<'END'
import json, sqlite3
db = sqlite3.connect("14/qian.db")
told = "\n".join(db.iterdump())
print(sum(n["number"] in told for n in json.load(open("numbers.json"))), db.execute("SELECT count(*) FROM blind_mark").fetchone()[0])
END
)" '0 395' 'and no sample, but 395 digests'
sheet tests numbers.json; sheet items numbers.json; sheet conclusions numbers.json
match "$(city record import lab_test tests.csv --by 检验)" '新增 395 条.*退回 0 行' 'samples are tested under their numbers'
match "$(city record import test_item items.csv --by 检验 --map no=no)" '新增 788 条.*退回 0 行' 'with the result of each item'
match "$(city record import test_conclusion conclusions.csv --by 检验)" '新增 395 条.*退回 0 行' 'and concluded'
words=$(city record fields test_conclusion)
is "$(tail -n +2 "$DATA/sample-conclusions.csv" | grep -E '^S0[1268]' | while IFS=, read -r _ zh en; do [[ $words == *"$zh（$en）"* ]] || echo "$zh"; done)" '' 'the conclusions are those of the code list'
sheet reports
match "$(city record import test_report reports.csv --by 检验)" '退回 394 行' 'no report while the number is hidden'
match "$(city sample reveal --by 样品)" '已公开 395 个' 'then the numbers are revealed'
ok 'they go up' carry 1402 14
is "$("$QIAN" -d 14 --json sample check | json wrong)" 0 'and the province finds each to be the one that was bound'
is "$("$QIAN" -d 14 --json sample check | json revealed)" 395 'all of them'
match "$(city record import test_report reports.csv --by 检验)" '新增 394 条.*退回 0 行' 'reports are issued'
sheet services
match "$(city record import report_service services.csv --by 样品)" '新增 394 条.*退回 0 行' 'and served'
is "$(late report_service)" "['BG20250008']" 'one of them behind 10 November'

# ---- e-CQS
sheet ecqs
match "$(city record import ecqs_entry ecqs.csv --by 抽样)" '新增 794 条.*退回 0 行' 'what was entered into e-CQS is ticked'
is "$(late ecqs_sampling)" "['DT20250009']" 'a sheet entered behind the next day is late'
is "$(late ecqs_test)" "['BG20250010']" 'a result behind the third working day too'
is "$(cityj due --kind ecqs_sampling --all --limit 10 | python3 -c 'import json, sys; d = json.load(sys.stdin); print(sorted(r["about"] for r in d["deadlines"]))')" "['DT20251001', 'DT20251002', 'DT20251003', 'DT20251004']" 'what is still to be entered is listed'

# ---- objections: one retested, one too late
object() { city record add objection report="$1" objector=被抽样单位 objector_name=某站 subject=检验结论 text=不认可检验结论 "${@:2}" --by 处理; }
match "$(object BG20250151 received_on=2025-11-06)" '期限到 2025-11-05 为止' 'fifteen days behind the receipt an objection is late'
match "$(object BG20250151 received_on=2025-11-06 decision=异议不成立 decided_on=2025-11-07 answer=已过期限)" '已写好' 'and rejected'
objection=$(cityj record add objection report=BG20250051 objector=被抽样单位 objector_name=某站 subject=检验结论 text=不认可 received_on=2025-11-05 decision=安排复检 decided_on=2025-11-06 answer=同意复检 --by 处理 | json record)
is "$(state DT20250051)" retest 'another one is retested'
RETEST=(record add retest objection="$objection" backup_seal=B0050 notified_on=2025-11-07 formalities_on=2025-11-12 lab_named_on=2025-11-14 concluded_on=2025-12-01 report_no=FJ1 report_digest="$(printf x | sha256sum | cut -c1-64)" --by 处理)
lab=$(cityj record list sample --where sheet_no=DT20250051 | json 0.lab)
other=$(cityj record list lab | python3 -c 'import json, sys; print([r["record"] for r in json.load(sys.stdin) if r["record"] != sys.argv[1]][0])' "$lab")
match "$(city "${RETEST[@]}" lab="$lab" conclusion=合格 payer=组织抽查的机关)" '应由其他机构承担' 'not by the same lab'
match "$(city "${RETEST[@]}" lab="$other" conclusion=合格 payer=异议人)" '应为' 'who was right does not pay'
match "$(city "${RETEST[@]}" lab="$other" conclusion=合格 payer=组织抽查的机关)" '已写好' 'the retest finds it conforming'

# ---- samples, failing products
match "$(city record add sample_disposal sample=DT20250001 part=备用样品 manner=退还 receiver=被抽样单位0 done_on=2025-11-05 --by 样品)" '期满后才能处置' 'no sample goes before the period is over'
match "$(city record add sample_disposal sample=DT20250001 part=备用样品 manner=退还 receiver=被抽样单位0 done_on=2025-11-06 --by 样品)" '已写好' 'the day behind it goes'
match "$(city record add sample_disposal sample=DT20250006 part=备用样品 manner=退还 receiver=x done_on=2025-11-20 --by 样品)" '不能退还' 'one that fails is not returned'
is "$(state DT20250001)" disposed 'it is disposed of'
fails=(0006 0151 0261 0301 0400)
for n in "${fails[@]}"; do
    county=$(cityj record list sample --where sheet_no="DT2025$n" | json 0.county)
    city record add product_dispatch sample="DT2025$n" handler="$county" doc_no="处2025-$n" sent_on=2025-11-10 --by 处理 >>dispatch.out
    city record add improvement_proposal report="BG2025$n" failed_items=理化指标 problem_description=指标超出限值 improvement_advice=加强出厂检验 lab_seal=已盖章 issued_on=2025-11-10 --by 检验 >>proposal.out
done
is "$(records 1402 product_dispatch | count) $(records 1402 improvement_proposal | count)" '5 5' 'failing products are dispatched, with proposals'
match "$(city record add product_dispatch sample=DT20250051 handler=140213 doc_no=处2025-0051 sent_on=2025-12-02 --by 处理)" '没有不合格的结论' 'what the retest cleared is not'
form=$(cityj sample proposal "$(records 1402 improvement_proposal | json 0.record)")
is "$(python3 -c 'import json, sys; print("|".join(r["label"] for r in json.loads(sys.argv[1])))' "$form")" "$(python3 -c 'import csv, sys; print("|".join(r["label"] for r in csv.DictReader(open(sys.argv[1], encoding="utf-8"))))' "$DATA/form-improvement-proposal.csv")" 'the proposal has the lines of the form'
match "$form" 'BG20250(006|400).*被抽样单位' 'with what sheet and report say'

carry 1402 140213; carry 1402 140215
k=140215 d=$(records 140215 product_dispatch | json 0.record)
follow=$("$QIAN" -d $k --json record add follow_up dispatch="$d" disposal=D03 opened_on=2025-11-11 --by 县局 | json record)
match "$follow" "^$k:" 'the county opens its follow-up on the notice'
match "$("$QIAN" -d $k record add correction_order follow_up="$follow" doc_no=责1 matter=停止销售并整改 issued_on=2025-11-12 due_on=2026-01-12 --by 县局 2>&1)" '60 日' 'with sixty days at most'
ok 'and orders the correction' "$QIAN" -d $k record add correction_order follow_up="$follow" doc_no=责1 matter=停止销售并整改 issued_on=2025-11-12 due_on=2026-01-11 --by 县局
is "$("$QIAN" -d $k --json due --kind product_recheck --all --limit 10 | python3 -c 'import json, sys; d = json.load(sys.stdin); print([r["due"] for r in d["deadlines"]])')" "['2026-01-26']" 'the recheck is due within 75 days'
ok 'the city reads it' carry $k 1402

# ---- the summary equals what was put in
want='{"S01": 389, "S02": 5, "S03": 2, "S04": 3, "S05": 1, "S06": 1, "S07": 2, "S08": 1, "under_way": 0}'
is "$(cityj sample summary "$task" | python3 -c '
import json, sys
t = json.load(sys.stdin)
rows, total = t[:-1], t[-1]
for k in total["conclusions"]:
    assert total["conclusions"][k] == sum(r["conclusions"][k] for r in rows)
assert len(rows) == 26 and total["batches"] == 400 and total["sheets"] == 404, total
print(json.dumps(total["conclusions"]))')" "$want" 'the summary is what was put in'
# ---- what is final becomes public
quiet "$QIAN" -d 1402 person set 审核 --roles 审核 --by 管理
match "$(city publish samples "$task" --by 抽样)" '没有“审核”职责' 'a sampler publishes nothing'
nexts() { cityj sample next "$task" | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["next"], sort_keys=True))'; }
is "$(nexts)" '{"dispatch": 3, "disposal": 4, "done": 3, "publish": 394}' 'what is next with each of the 404 sheets'
is "$(cityj publish samples "$task" --by 审核 --dry-run | python3 -c 'import json, sys; o = json.load(sys.stdin); print(o["published"], len(o["batches"]), sum(b["conclusion"] == "conforming" for b in o["batches"]))')" '396 396 389' 'what would be published is shown'
is "$(records 1402 sample_publication | count)" 0 'and nothing is written'
match "$(city publish samples "$task" --by 审核)" '已公布 396 批次，更正 0 批次；另有 0 批次' 'the reviewer publishes what has a conclusion'
match "$(city publish samples "$task" --by 审核)" '已公布 0 批次，更正 0 批次' 'once'
is "$(nexts)" '{"dispatch": 3, "disposal": 397, "done": 4}' 'then the samples are to be disposed of'
way() { cityj sample show "$(cityj record list sample --where sheet_no=DT20250051 | json 0.record)" --by "$1" | python3 -c 'import json, sys; o = json.load(sys.stdin); print(o["next"], o["conclusion"], *[s["kind"] + ":" + s["word"] + ":" + s["said"] for s in o["steps"] if s["kind"] in ("objection", "retest")])'; }
is "$(way 处理)" 'disposal conforming objection:retest:某站 retest:conforming:天津五十一站质量检验中心有限公司' 'the way of a batch says who objected to whoever deals with it'
match "$(way 抽样)" 'objection:retest:\*\*\* retest:conforming' 'and to nobody else'
sheet=$(cityj record list sample --where sheet_no=DT20250006 | json 0.record)
ok 'a sheet is put right' "$QIAN" -d 1402 record revise sample "$sheet" model=更正后的型号 --reason 型号录入有误 --by 抽样
match "$(city publish samples "$task" --by 审核)" '更正要说明理由' 'what was published is not changed without a reason'
match "$(city publish samples "$task" --by 审核 --reason 型号录入有误)" '已公布 0 批次，更正 1 批次' 'with one it is corrected'
match "$(city publish samples "$task" --by 审核 --withdraw DT20250007)" '理由' 'nothing is taken back without a reason'
match "$(city publish samples "$task" --by 审核 --withdraw DT20250007 --reason 样品不是该单位的)" '撤' 'what shall stand no more is taken back'
ok 'all goes up' carry 1402 14
ok 'the province publishes its site' "$QIAN" -d 14 publish site --out site
[ -z "${SHOTS:-}" ] || cp -r site "$SHOTS"
is "$(python3 - "$task" <<'END'
import glob, html, json, os, re, sys
stem = "site/sampling/" + sys.argv[1].replace(":", "-")
pages = sorted(glob.glob(stem + "*.html"), key=lambda p: (len(p), p))
text = [open(p, encoding="utf-8").read() for p in pages]
rows = [r for t in text for r in re.findall(r'<tr><td[^>]*><div><a id="s-.*?</tr>', t, re.S)]
assert len(rows) == 396 and len(pages) == 2, (len(rows), pages)
now = [re.sub(r'<small class="was">.*?</small>', "", r, flags=re.S) for r in rows]
assert [("problem" in r) for r in now] == [True] * 7 + [False] * 389, "what fails stands first"
assert sum("拒检（不合格论处）" in r for r in now) == 2
corrected = [r for r in rows if "更正后的型号" in r]
back = [r for r in rows if "撤销公布" in r]
assert len(back) == 1 and "样品不是该单位的" in back[0] and 'class="was"' in back[0] and "problem" not in back[0].split("<small")[0], back
assert len(corrected) == 1 and "更正理由：型号录入有误" in corrected[0] and "型号：型号" in corrected[0] and 'class="was"' in corrected[0]
for p in glob.glob("site/**/*", recursive=True):
    if p.endswith((".html", ".json", ".xml", ".csv")):
        t = open(p, "rb").read()
        assert not any(w.encode(c) in t for w in ("抽一", "抽二", "验甲") for c in ("utf-8", "gb18030")), p
row = {r[2]: r for i in range(9) if os.path.exists("site/find/rows-%d.json" % i) for r in json.load(open("site/find/rows-%d.json" % i))}
assert row and all(os.path.exists("site/" + p.split("#")[0]) for p in row)
assert "公布监督抽查结果" in open("site/feed.xml", encoding="utf-8").read()
print(len(row) > 300)
END
)" True 'each batch with what failed in front, the correction beside what it corrects, and nobody of the staff'
is "$("$QIAN" -d 14 --json sample summary "$task" | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[-1]["conclusions"]))')" "$want" 'and the province counts the same'
figures() {
    "$QIAN" -d "$1" --json stats figures --year 2025 | python3 -c '
import json, sys
f = json.load(sys.stdin)["whole"]["figures"]
print(*("/".join(str(v) for v in f[k].values()) for k in ("batches", "conclusions", "nonconforming")))'
}
is "$(figures 1402)" '400 396/400 7/396' 'the figures have 400 batches, two refusals among the seven that fail'
is "$(figures 14)" '400 396/400 7/396' 'at the province too'
is "$(figures 14 | cut -d/ -f3) $("$QIAN" -d 14 --json stats rows nonconforming --year 2025 | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["rows"]))')" '396 7' 'and the seven sheets are listed'
is "$("$QIAN" -d 14 --json verify all | python3 -c 'import json, sys; print([f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]])')" '[]' 'nobody tested what he took'
done_testing
