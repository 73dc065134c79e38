#!/usr/bin/env bash
# A sender's own headings: given once, kept with the import, used by the next list from there; rows that were given back
# as a workbook are taken from it as they stand.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
county() { "$QIAN" -d 140602 "$@" 2>&1; }
{
    printf '朔城区行政审批局 2021 年名录\r\n'
    printf '主体类型,企业名称,统一代码,管辖机关,标签,登记状态,信用风险分类\r\n'
    printf '企业,朔州市甲超市有限公司,91140602MA0K0001X1,140602,集贸市场,存续,A\r\n'
    printf '企业,朔州市丁加油站,91140602MA0K0004X4,140602,加油站,存续,B\r\n'
} | iconv -f UTF-8 -t GB18030 >one.csv
MAP=(--map 主体类型=对象类别 --map 企业名称=名称 --map 统一代码=统一社会信用代码 --map 管辖机关=检查机关)

match "$(county roster import --objects one.csv --by 张三)" '缺少：对象类别、名称、统一社会信用代码、检查机关.*--map' 'missing headings are named, and what to do'
match "$(county roster import --objects one.csv --by 张三 "${MAP[@]}" --map 法人=法定代表人)" '“法定代表人”不是' 'a heading that is none of ours is refused'
match "$(county roster import --objects one.csv --by 张三 --map 企业名称)" '“企业名称”不是表头的对应关系' 'a pair needs both'
match "$(county roster import --objects one.csv --by 张三 --from 审批局 "${MAP[@]}" --dry-run)" '退回 2' 'a rehearsal reads under the headings of the sender'
is "$("$QIAN" -d 140602 --json mapping list)" '[]' 'and keeps nothing'
out=$(county roster import --objects one.csv --by 张三 --from 审批局 "${MAP[@]}" --rejects back.xlsx)
match "$out" 'back-objects.xlsx.*退回 2' 'rows with tags that nobody has told are given back as a workbook'
is "$(head -c 2 back-objects.xlsx)" PK 'which it is'
is "$("$QIAN" -d 140602 --json mapping list | json 3.theirs)" 统一代码 'the headings are kept'
match "$(county roster import --objects back-objects.xlsx --by 张三 --from 审批局 --tags "$DATA/tags.csv")" '新增 2.*退回 0' 'the workbook is imported as it stands, under the headings kept'
match "$(county roster import --objects one.csv --by 张三 --from 审批局 --tags "$DATA/tags.csv")" '不变 2' 'it says what the first file said'
match "$(county roster import --objects one.csv --by 张三 --from 税务局 --tags "$DATA/tags.csv")" '缺少：' 'another sender has headings of his own'
# What nobody sees is left out, and told; other control characters spoil their row.
printf '对象类别,名称,统一社会信用代码,检查机关,登记状态,信用风险分类\n企业,\u202a朔州市戊店\u202c,\ufeff91140602MA0K0005X5,140602,存续,A\n企业,朔州\x1b[2J己店,91140602MA0K0006X6,140602,存续,A\n' >unseen.csv
out=$(county roster import --objects unseen.csv --by 张三 --rejects unseen-back.csv)
match "$out" '3 个看不见的字符.*第 2 行' 'characters that nobody sees are left out, which is told'
match "$out" '第 3 行第 2 格里有看不见的控制字符' 'a cell with control characters spoils its row'
is "$(SQL 140602 "SELECT group_concat(name) FROM object WHERE name LIKE '%店%'")" 朔州市戊店 'the name is what is seen'
match "$(county roster import --objects back-objects.xlsx --sheet 名录 --by 张三)" '没有叫“名录”的工作表；有：退回' 'a sheet that is not there is named with those that are'
match "$(county mapping list)" '审批局 +检查对象名录（objects） +企业名称 +名称' 'the list shows them'
match "$(county mapping drop 审批局 objects)" '已删去' 'they can be dropped'
match "$(county mapping drop 审批局 objects)" '没有“审批局”' 'once'

# ---- what every row says the same of need not stand in the file -----------------------------------------------------------
printf '企业名称,统一代码,登记状态\n朔州市戊商行,91140602MA0K0005XQ,存续\n' >short.csv
SET=(--set 对象类别=企业 --set 检查机关=140602 --set 标签=集贸市场)
match "$(county roster import --objects short.csv --by 张三 "${MAP[@]:2:4}")" '缺少：对象类别、检查机关.*--set' 'a short list names what it lacks, and what to do'
match "$(county roster import --objects short.csv --by 张三 --set 对象类别)" '没有写成“表头=内容”' 'a heading without a value is refused'
match "$(county roster import --objects short.csv --by 张三 --set 法定代表人=张)" '“法定代表人”不是' 'and one that is none of ours'
match "$(county roster import --objects short.csv --by 张三 --from 二局 "${MAP[@]:2:4}" "${SET[@]}" --tags "$DATA/tags.csv")" '新增 1.*退回 0' 'with them it is read'
match "$(county roster import --objects short.csv --by 张三 --from 二局 --tags "$DATA/tags.csv")" '不变 1' 'and the next time by itself'
match "$(county mapping list)" '二局.*=140602 +检查机关' 'the list shows it'

# ---- results are read in the same way --------------------------------------------------------------------------------
printf '第一次\n抽取,对象编号,开始时间,完成时间,结果代码,问题描述,填报人,备注\n140602:1-0-0,E:1,,,R01,,李四,=1+1\n140602:1-0-0,E:2,,,R01,,李四,乙\n' >results.csv
match "$(county result import results.csv)" '缺少：抽取编号.*--map' 'a list of results under other headings'
match "$(county result import results.csv --map 抽取=编号)" '“编号”不是' 'a heading that is none of ours is refused'
match "$(county result import results.csv --from 二所 --map 抽取=抽取编号 --rejects rows.xlsx)" 'rows.xlsx.*录入 0 条.*退回 2 行' 'is read under them; rows that name no target are given back'
match "$("$QIAN" -d 140602 --json mapping list)" '"list":"results"' 'the headings are kept'
is "$(python3 "$ROOT/tests/t/export.py" rows.xlsx 抽取 对象编号 备注)" "140602:1-0-0|E:1|=1+1
140602:1-0-0|E:2|乙" 'the workbook has the rows as they came, under the headings that they came with'
match "$(county result import rows.xlsx --from 二所 --sheet 退回)" '录入 0 条.*退回 2 行' 'and is imported as it stands'
match "$(county result import rows.xlsx --from 二所 --sheet 结果)" '没有叫“结果”的工作表；有：退回' 'by the name of its sheet'

# ---- and so is the table of a plan -------------------------------------------------------------------------------------
python3 - "$DATA" "$ROOT/tests/t" <<'END'
import csv, sys
sys.path.insert(0, sys.argv[2])
from export import write_book
for name in ("plan", "scopes"):
    with open(f"{sys.argv[1]}/shuozhou-2021-{name}.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    if name == "plan":
        rows[0][rows[0].index("name")] = "任务名"
    write_book(name + ".xlsx", rows)
END
PLAN=(plan import --plan plan.xlsx --scopes scopes.xlsx --series 2021 --year 2021 --title 计划 --doc-no 26 --issued-on 2021-03-05)
city() { "$QIAN" -d 1406 "$@" 2>&1; }
match "$(city "${PLAN[@]}")" '缺少：任务名称（name）。.*--map' 'a plan in a workbook under headings of its own'
match "$(city "${PLAN[@]}" --sheet b)" '没有叫“b”的工作表' 'the sheet is named'
match "$(city "${PLAN[@]}" --map 任务名=name --scopes-sheet b)" '没有叫“b”的工作表' 'that of the scopes too'
match "$(city "${PLAN[@]}" --map 任务名=name --map x=y)" '“y”不是' 'a heading of neither is refused'
match "$(city "${PLAN[@]}" --from 计划科 --map 任务名=name --sheet a --dry-run)" '21 项' 'a draft is rehearsed'
is "$("$QIAN" -d 1406 --json mapping list)" '[]' 'and keeps nothing'
match "$(city "${PLAN[@]}" --from 计划科 --map 任务名=name)" '21 项' 'the plan is issued'
match "$(city mapping list)" '计划科 +计划表（plan） +任务名 +任务名称（name）' 'its headings are kept, our column by its name in words'
match "$(city plan revise 1406/2021 --plan plan.xlsx --scopes scopes.xlsx --from 计划科 --reason x --by 计划员)" '没有差别' 'and a revision is read under them'
# The templates of the pages have the Chinese names of the columns, and words in place of letters.
TEMPLATE=(plan import --plan "$ROOT/node/web/app/templates/plan.csv" --scopes "$ROOT/node/web/app/templates/scopes.csv" --series t --year 2021 --title 计划 --doc-no 27 --issued-on 2021-03-05 --dry-run)
match "$(city "${TEMPLATE[@]}")" '2 项' 'a plan is read under the Chinese names of its columns'
is "$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.1.ratio_op)/$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.1.levels)" ge/county 'and so are their words'
is "$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.0.draws.population)" 在业对象 'the draft says from whom is drawn, in words'
is "$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.1.draws.population)/$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.1.draws.strata.0.condition)/$("$QIAN" -d 1406 --json "${TEMPLATE[@]}" | json draft.1.draws.strata.3.condition)" '在业对象 且 企业/D 类/A 类或未分类' 'with its strata'
# ---- what is taken as it stands, and remarked on
printf '对象类别,名称,统一社会信用代码,检查机关,登记状态,信用风险分类\n企业,朔州市庚店,91140602MA0K0005X0,140602,存续,A\n' >digit.csv
is "$("$QIAN" -d 140602 --json roster import --objects digit.csv --by 张三 --dry-run | json notices.0.id)" roster.uscc-warning 'a remark stands in the answer'
# ---- registers of record and code tables
printf '主体类型,统一代码,管辖机关,登记状态,信用风险分类\n企业,91140602MA0K0001X1,140602,存续,A\n' | iconv -f UTF-8 -t GB18030 >register.csv
TAKE=(register import --objects register.csv --taken-on "$(TZ=Asia/Shanghai date +%F)" --by 王五 --from 省数据中心)
match "$("$QIAN" -d 1406 "${TAKE[@]}" 2>&1)" '缺少：对象类别' 'a register under headings of its own'
match "$("$QIAN" -d 1406 "${TAKE[@]}" --map 法人=法定代表人 2>&1)" '“法定代表人”不是' 'a heading of neither is refused'
ok 'is read under them' quiet "$QIAN" -d 1406 "${TAKE[@]}" --map 主体类型=对象类别 --map 统一代码=统一社会信用代码 --map 管辖机关=检查机关
ok 'which are kept' quiet "$QIAN" -d 1406 "${TAKE[@]}"
match "$("$QIAN" -d 1406 mapping list)" '省数据中心.*register-objects.*统一代码' 'by the name of that list'
printf '编号,name_zh,name_en,source\nD01,无需后续处置,none,x\n' >codes.csv
match "$("$QIAN" -d 14 tables import codes.csv 2>&1)" 'codes.csv' 'a code table under a heading of its own'
ok 'is read under it' quiet "$QIAN" -d 14 tables import codes.csv --map 编号=code --from 省局法规处
ok 'and again' quiet "$QIAN" -d 14 tables import codes.csv --from 省局法规处
fails_with 1 mapping.unknown "$QIAN" -d 14 tables import codes.csv --map 编号=代码
done_testing
