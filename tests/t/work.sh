#!/usr/bin/env bash
# The clerk's files at the command line: what is wrong with them is said in one sentence, and nothing is changed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
export QIAN_LANG=zh
CITY=(--series 2021 --year 2021 --title Plan --doc-no 26 --issued-on 2021-03-05)

# What an office holds: the rows of every table that travels, and the entries of its log.
held() {
    python3 -c '
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}/qian.db?mode=ro", uri=True)
total = db.execute("SELECT sum(size) FROM log").fetchone()[0] or 0
for t in "code plan plan_task slot slot_rules plan_accept release object inspector recusal roster_close inspection inspection_result evidence".split():
    total += db.execute(f"SELECT count(*) FROM {t}").fetchone()[0]
print(total)' "$1"
}

# refuses EXIT ID DIR ARGUMENT... : by that id, with that exit code; in either language one sentence on stderr and
# nothing on stdout; nothing is changed.
refuses() {
    local want=$1 id=$2 dir=$3 bad='' before lang out rc
    shift 3
    before=$(held "$dir")
    if [ "$want" -ne 2 ]; then
        out=$(timeout 20 "$QIAN" -d "$dir" --json "$@" 2>/dev/null)
        [[ $out =~ \"id\":\"$id\" ]] || bad="no refusal $id in: $out"
    fi
    for lang in zh en; do
        out=$(QIAN_LANG=$lang timeout 20 "$QIAN" -d "$dir" "$@" 2>&1 >.stdout)
        rc=$?
        [ $rc -eq "$want" ] || bad+=" exit $rc in $lang;"
        [ -s .stdout ] && bad+=" something on stdout: $(head -n 1 .stdout);"
        [ "$(wc -l <<<"$out")" -eq 1 ] || bad+=" not one line in $lang: $out;"
        [[ $out =~ [.。]$ ]] || [ "$want" -eq 2 ] || bad+=" no sentence in $lang: $out;"
        [[ $out == *'{'* ]] && bad+=" an open brace in $lang: $out;"
    done
    [ "$(held "$dir")" = "$before" ] || bad+=' something was written'
    result "$([ -z "$bad" ]; echo $?)" "refused with $id: ${*:1:6}" "$bad"
}

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing

# ---- files that are none, whatever they are to be ---------------------------------------------------------------
: >empty.csv
printf 'a,b\n1,2\n' >other.csv
printf 'PK\003\004....' >book.csv
printf '\377\376n\000o\000' >utf16.csv
mkdir folder.csv
mkfifo fifo.csv
head -c 67108865 /dev/zero >huge.csv
for file in absent:file.absent empty:sheet.empty other:sheet.no-heading book:xlsx.damaged utf16:csv.utf16 \
    folder:file.not-regular fifo:file.not-regular huge:sheet.row-long; do
    id=${file#*:} file=${file%:*}.csv
    refuses 1 "$id" 1406 plan import --plan "$file" --scopes "$DATA/shuozhou-2021-scopes.csv" "${CITY[@]}"
    refuses 1 "$id" 1406 plan import --plan "$DATA/shuozhou-2021-plan.csv" --scopes "$file" "${CITY[@]}"
    refuses 1 "$id" 140602 roster import --objects "$file" --by 张三
    refuses 1 "$id" 140602 result import "$file"
    [ "$id" = sheet.no-heading ] && id=tables.kind
    refuses 1 "$id" 14 tables import "$file"
done
rm huge.csv

# ---- code tables ----------------------------------------------------------------------------------------------
printf 'code,name_zh,name_en,issue_found\nR01,x,y,N\nR01,z,y,N\n' >twice.csv
refuses 1 tables.twice 14 tables import twice.csv
refuses 1 authority.level 1406 tables import "$DATA/result-codes.csv"
refuses 2 - 14 tables import
is "$("$QIAN" -d 14 --json tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" | json 2.list)" \
    disposal 'the province imports its code tables'

# ---- plans ----------------------------------------------------------------------------------------------------
PLAN=(plan import --plan "$DATA/shuozhou-2021-plan.csv" --scopes "$DATA/shuozhou-2021-scopes.csv")
sed 's/,ge,0.05,/,ge,5%,/' "$DATA/shuozhou-2021-plan.csv" >percent.csv
sed 's/,4月-11月,4,11,/,4月-11月,4,12,/' "$DATA/shuozhou-2021-plan.csv" >month.csv
iconv -f UTF-8 -t GB18030 "$DATA/shuozhou-2021-plan.csv" >gb-plan.csv
grep -v '^7,' "$DATA/shuozhou-2021-scopes.csv" >no7.csv
refuses 1 plan.ratio 1406 plan import --plan percent.csv --scopes "$DATA/shuozhou-2021-scopes.csv" "${CITY[@]}"
refuses 1 plan.window 1406 plan import --plan month.csv --scopes "$DATA/shuozhou-2021-scopes.csv" "${CITY[@]}"
refuses 1 plan.no-scope 1406 plan import --plan "$DATA/shuozhou-2021-plan.csv" --scopes no7.csv "${CITY[@]}"
refuses 1 plan.series 1406 "${PLAN[@]}" "${CITY[@]:2}" --series '2021 年'
refuses 2 - 1406 "${PLAN[@]}" --series 2021 --year 2021年 --title P --doc-no 1 --issued-on 2021-03-05
refuses 2 - 1406 "${PLAN[@]}" --series 2021 --year 2021 --title P --doc-no 1 --issued-on 2021年3月5日
refuses 1 plan.deadline 1406 "${PLAN[@]}" "${CITY[@]}" --deadline 2021-06-30
refuses 1 plan.no-county 140602 "${PLAN[@]}" "${CITY[@]}"
refuses 2 - 1406 plan import --plan "$DATA/shuozhou-2021-plan.csv" "${CITY[@]}"
refuses 1 plan.publication-clock 1406 "${PLAN[@]}" "${CITY[@]}" --publication-clock 任务完成
refuses 2 - 1406 "${PLAN[@]}" "${CITY[@]}" --publication-days 0
issued=$(QIAN_LANG=en "$QIAN" -d 1406 "${PLAN[@]}" "${CITY[@]}" --publication-days 15 --publication-clock task_completed)
match "$issued" '21 tasks, 23 slots; 5 tasks take merged cells.*, 4 are drawn by this office' 'the plan is issued, and what was read of it is told'
is "$(python3 -c 'import sqlite3; print(*sqlite3.connect("file:1406/qian.db?mode=ro", uri=True).execute("SELECT publication_days, publication_clock FROM plan").fetchone())')" '15 task_completed' 'with its clock of publication'
refuses 1 plan.exists 1406 "${PLAN[@]}" "${CITY[@]}"
refuses 1 plan.unknown 1406 plan show 1406/2020
refuses 1 plan.no-task 1406 plan show 1406/2021 22
refuses 1 plan.name 1406 plan show 2021
refuses 1 plan.not-child 1406 plan accept 1406/2021
refuses 1 plan.unknown 14 plan accept 1406/2021
is "$("$QIAN" -d 1406 --json plan show 1406/2021 | json 12.name)" '' 'task 13 has no printed name'
is "$("$QIAN" -d 1406 --json plan show 1406/2021 | json 12.merged_from)" 10 'and is merged with task 10'
is "$("$QIAN" -d 1406 --json plan show 1406/2021 19 | json slots.1.window_to)" 2021-11-30 'one task as JSON, with its slots'
number=$("$QIAN" -d 1406 --json plan show 1406/2021 19 | json record)
match "$number" '^1406:[0-9]+-[0-9]+-[0-9]+$' 'a task has a number, by which records name it'
match "$("$QIAN" -d 1406 plan show 1406/2021)" "19 +$number " 'which stands in the list of tasks'
match "$(QIAN_LANG=zh "$QIAN" -d 1406 plan show 1406/2021 19 | tr '\n' ' ')" "编号[：: ]+$number.*比例.*解析.*状态" 'and with the task: as printed, as read, how it stands'
is "$("$QIAN" -d 1406 --json plan show 1406/2021 --past 3 --limit 2 | python3 -c 'import json, sys; print(*(t["task"] for t in json.load(sys.stdin)))')" '4 5' 'tasks are shown page by page'
match "$("$QIAN" -d 1406 plan show 1406/2021 --limit 2)" 'past 2$' 'and where the next page begins is told'
fails_with 1 plan.no-task "$QIAN" -d 1406 plan show 1406/2021 --past 99
match "$(QIAN_LANG=zh "$QIAN" -d 1406 plan show 1406/2021 19)" '2021-04-01…2021-07-31.*2021-08-01…2021-11-30' 'two rounds share the months'

# ---- rosters --------------------------------------------------------------------------------------------------
{
    printf '2021年检查对象名录\r\n\r\n'
    printf '对象类别,名称,统一社会信用代码,检查机关,标签,登记状态,信用风险分类\r\n'
    printf '企业,朔州市甲超市有限公司,91140602MA0K0001X1,140602,集贸市场,存续,A\r\n'
    printf '企业,朔州市乙超市有限公司,91140602MA0K0002X2,140699,集贸市场,存续,A\r\n' # no such office
    printf '企业,朔州市丙超市有限公司,91140602MA0K0003X3,140602,夜市,存续,A\r\n'     # no such tag
    printf '企业,朔州市丁加油站,91140602MA0K0004X4,140602,加油站,存续,B\r\n'
} >objects.csv
iconv -f UTF-8 -t GB18030 objects.csv >gb.csv
TAGS=(--tags "$DATA/tags.csv" --by 张三)
refuses 2 - 140602 roster import --objects gb.csv
refuses 1 roster.nothing 140602 roster import --by 张三
refuses 1 csv.charset 140602 roster import --objects gb.csv --charset BIG5 "${TAGS[@]}"
refuses 1 sheet.no-heading 140602 roster import --objects gb.csv --charset UTF-8 "${TAGS[@]}"
refuses 1 sheet.no-heading 140602 roster import --objects objects.csv --charset GB18030 "${TAGS[@]}"
refuses 1 sheet.no-heading 140602 roster import --inspectors gb.csv --charset GB18030 "${TAGS[@]}"
refuses 1 file.absent 140602 roster import --objects gb.csv --tags absent.csv --by 张三
# the first list is good, the second is not there: neither is taken
printf '姓名,执法证号,发证机关,状态,可参加抽查\n王芳,JS1,140602,在岗,是\n' >inspectors.csv
refuses 1 file.absent 140602 roster import --inspectors inspectors.csv --recusals absent.csv "${TAGS[@]}"

before=$(held 140602)
out=$("$QIAN" -d 140602 --json roster import --objects gb.csv --dry-run "${TAGS[@]}" 2>.err)
is "$?/$(json objects.added <<<"$out")/$(json objects.rejected <<<"$out")" 1/2/2 'a dry run counts as the import would, also its exit code'
is "$(held 140602)" "$before" 'and writes nothing'
is "$(wc -l <.err)" 4 'each rejected row is told in one sentence, each doubtful one too'
out=$(QIAN_LANG=zh "$QIAN" -d 140602 roster import --objects gb.csv --charset GB18030 --rejects back.csv "${TAGS[@]}" 2>.err)
is $? 1 'rejected rows make the exit code 1'
match "$(cat .err)" '第 5 行.*140699.*第 6 行.*夜市' 'the lines are those of the file, title rows counted'
match "$out" '新增 2.*退回 2.*第 1 版已封版' 'the good rows are a closed version'
is "$(grep -c '' back-objects.csv)" 3 'headings and two rows come back'
sed -i 's/,140699,/,140602,/; s/,夜市,/,集贸市场,/' back-objects.csv
out=$("$QIAN" -d 140602 --json roster import --objects back-objects.csv "${TAGS[@]}" 2>.err)
is "$?/$(json objects.added <<<"$out")/$(json version <<<"$out")" 0/2/2 'what came back is mended and imported as it is'
before=$(held 140602)
out=$("$QIAN" -d 140602 --json roster import --objects back-objects.csv "${TAGS[@]}" 2>.err)
is "$?/$(json objects.same <<<"$out")/$(json version <<<"$out")" 0/2/0 'again: nothing new, no version'
is "$(held 140602)" "$before" 'and nothing written'
head -n 1 inspectors.csv >heading.csv
match "$(QIAN_LANG=zh "$QIAN" -d 140602 roster import --inspectors heading.csv "${TAGS[@]}" 2>&1)" '只有表头.*新增 0' 'a file without rows is told as one'
ok 'inspectors without a rejected row: exit 0' "$QIAN" -d 140602 roster import --inspectors inspectors.csv "${TAGS[@]}"

# ---- results --------------------------------------------------------------------------------------------------
refuses 1 result.name 140602 result record --draw 140602 --object E:1 --codes R01 --by 李四
refuses 1 result.no-target 140602 result record --draw 140602:1-0-0 --object E:1 --codes R01 --by 李四
refuses 2 - 140602 result record --draw 140602:1-0-0 --object E:1 --codes R01 --by 李四 --completed 昨天
refuses 2 - 140602 result record --draw 140602:1-0-0 --object E:1 --codes R01
refuses 2 - 140602 result correct 140602:1-0-0 --codes R01 --by 李四
refuses 1 result.not-ours 140602 result correct 140622:1-0-0 --codes R01 --by 李四 --reason x
printf '抽取编号,对象编号,开始时间,完成时间,结果代码,问题描述,填报人\n140602:1-0-0,E:1,,,R01,,李四\n' >results.csv
before=$(held 140602)
is "$("$QIAN" -d 140602 --json result import results.csv 2>/dev/null | json rejected)" 1 'a rejected result is counted'
out=$(QIAN_LANG=zh "$QIAN" -d 140602 result import results.csv 2>.err)
is $? 1 'a rejected result makes the exit code 1'
match "$out" '录入 0 条.*退回 1 行' 'and is counted'
match "$(cat .err)" '第 2 行' 'and named by its line'
is "$(held 140602)" "$before" 'and leaves nothing'

done_testing
