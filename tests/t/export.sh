#!/usr/bin/env bash
# What an office types into systems outside: the lists, what was entered, and what a correction opens again.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

K=140602
county() { "$QIAN" -d $K "$@"; }
# cells FILE COLUMN... : these columns of a list, one row a line; CSV in either charset, workbook, JSON
cells() { python3 "$ROOT/tests/t/export.py" "$@"; }

ok 'a province, a city and a county are enrolled' tree 14 1406 $K || done_testing
ok 'the city issues a plan' issue_plan 1406 1 10 || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406
carry 1406 $K
import_roster $K && quiet county freeze && carry $K 1406 && quiet "$QIAN" -d 1406 order issue && carry 1406 $K
ok 'the county draws' quiet county draw run --all || done_testing
D=$(county --json draw list | python3 -c '
import json, sys
print(*(d["draw"] for d in json.load(sys.stdin) if d["slot"].split("/")[2] == "1"))')
mapfile -t drawn < <(county --json draw show "$D" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"]), sep="\n")')
n=${#drawn[@]}
result "$([ "$n" -ge 3 ]; echo $?)" 'there are enough targets to choose from'

# ---- what is listed ----------------------------------------------------------------------------------------------
quiet county export gsxt --out none.csv
is "$(cells none.csv plan_no | wc -l)" 0 'before anything is published there is nothing to type in'
recorded=0
for ((i = 0; i < n; i++)); do
    items=(--codes R01)
    # two items, one of them named like a formula and over two lines
    [ $i -gt 0 ] || items=(--item '@SUM(A1)检定=R01' --item '证书=R05' --problem '证书=过期' --disposal '证书=D02')
    quiet county result record --draw "$D" --object "${drawn[i]}" "${items[@]}" --by 填报人甲 --place '某街 1 号' \
        --representative 店主乙 || recorded=1
done
result $recorded 'every target has its result' "$(cat .quiet)"
first=$(county --json result list | python3 -c 'import json, sys; print(next(r["result"] for r in json.load(sys.stdin) if "R05" in r["codes"]))')
is "$(county --json result show "$first" | python3 -c 'import json, sys
r = json.load(sys.stdin)["revisions"][0]
print(r["signature"], r["representative"], *(i["name"] + "=" + i["codes"] + i["problem"] + i["disposal"] for i in r["items"]))')" 'signed 店主乙 @SUM(A1)检定=R01 证书=R05过期D02' 'a result is shown item by item, with who signed'
match "$(QIAN_LANG=zh county result show "$first" | tr '\n' ' ')" '当事人签字[：: ]+已签字.*当事人代表[：: ]+店主乙.*抽查事项.*@SUM\(A1\)检定 +R01.*证书 +R05 ' 'in words too'
quiet county export gsxt --out none.csv
is "$(cells none.csv plan_no | wc -l)" 0 'what is not released is in no list'
quiet county publish results
made=$(county --json export gsxt --out gsxt.csv --series "1406/$YEAR")
is "$(json rows <<<"$made")/$(json open <<<"$made")" "$((n + 1))/$n" 'then each item of each result is a row, each result one to be entered'
match "$(QIAN_LANG=zh county export gsxt --out gsxt.csv)" "未录入 $n 条" 'which is told in words'
is "$(head -c 3 gsxt.csv | od -An -tx1 | tr -d ' ')" efbbbf 'the list begins with the mark of UTF-8'
is "$(cells gsxt.csv plan_no plan_name task_no office_name | sort -u)" "26|Plan|1|Office $K" 'it names plan, task and authority'
is "$(cells gsxt.csv object_code | sort -u | sort)" "$(printf '%s\n' "${drawn[@]#?:}" | sort)" 'and every object by its code'
is "$(cells gsxt.csv item result | grep -c '未发现问题')" "$n" 'and item by item what was found'
not_ok 'nobody is named who inspected, wrote or was met' grep -E '填报人甲|店主乙|某街|Inspector' gsxt.csv
insp=$(county --json task list | json 0.inspectors)
insp=${insp%%;*}
not_ok 'nor any inspector of the draw' grep -F "${insp#* }" gsxt.csv
is "$(cells gsxt.csv item | grep -c "^'@SUM")" 1 'what a spreadsheet would run is made harmless'

quiet county export gsxt --out gb.csv --charset GB18030
quiet county export gsxt --out gsxt.xlsx
quiet county export gsxt --out gsxt.json
for f in gb.csv gsxt.xlsx gsxt.json; do
    is "$(cells $f plan_no task_no object_code completed_on result publication)" \
        "$(cells gsxt.csv plan_no task_no object_code completed_on result publication)" "the same rows as $f"
done
quiet county export gsxt --out named.dat --format xlsx
is "$(cells gsxt.xlsx object_code)" "$(python3 "$ROOT/tests/t/export.py" --as xlsx named.dat object_code)" 'the kind of file is chosen by name or by option'
is "$(cells gsxt.xlsx item | grep -c '^@SUM')" 1 'a workbook keeps the cell as it is, as text'
fails_with 1 csv.charset "$QIAN" -d $K export gsxt --out x.json --charset GB18030
fails_with 1 csv.charset "$QIAN" -d $K export gsxt --out x.csv --charset BIG5
fails_with 1 export.no-series "$QIAN" -d $K export gsxt --out x.csv --series 1999
fails_with 1 export.no-series "$QIAN" -d $K export gsxt --out x.csv --series "14/$YEAR"
not_ok 'what is refused leaves no file' ls x.csv x.json
is "$(county --json export platform --out platform.csv --task 1 | json rows)" $((n + 1)) 'the platform has its own list'
is "$(cells platform.csv year series round draw_type office | sort -u)" "$YEAR|$YEAR|1|定向|$K" 'with codes, round and type'
is "$(county --json export platform --out p10.csv --task 10 | json rows)" 0 'of one task alone'

# ---- what was entered --------------------------------------------------------------------------------------------
pub=$(cells gsxt.csv publication | sed -n 3p)
today=$(TZ=UTC-8 date +%F)
fails_with malformed export.entered-on "$QIAN" -d $K record add system_entry system=gsxt publication="$pub" entered_on=2001-01-01 --by 填报人甲
fails_with malformed export.entered-on "$QIAN" -d $K record add system_entry system=gsxt publication="$pub" entered_on=2099-01-01 --by 填报人甲
ok 'one is noted by itself' quiet county record add system_entry system=gsxt publication="$pub" entered_on="$today" outside_no=007E5 --by 填报人甲
fails_with conflict export.entered-twice "$QIAN" -d $K record add system_entry system=gsxt publication="$pub" entered_on="$today" --by 填报人甲
made=$(county --json export gsxt --out gsxt.csv)
is "$(json open <<<"$made")/$(json entered <<<"$made")" "$((n - 1))/1" 'it is counted as entered'
is "$(cells gsxt.csv state outside_no | grep -c '^已录入|007E5$')" 1 'and stands so in the list, its number as text'
is "$(county --json export platform --out platform.csv | json entered)" 0 'each system by itself'
is "$(county --json export gsxt --out due.csv --due | json rows)" $((n)) 'what is still to be entered can be listed alone'

# the list comes back: all rows of the first result but one, and all of the second
python3 "$ROOT/tests/t/export.py" --tick "$today" gsxt.csv ticked.csv "$(cells gsxt.csv publication item | awk -F'|' '$2 == "证书" {print $1}')"
match "$(QIAN_LANG=zh county record import system_entry ticked.csv --by 填报人甲 --rejects back.xlsx 2>&1)" \
    "新增 $((n - 2)) 条，修改 0 条，不变 1 条，退回 1 行.*没有填写的 1 行" 'the filled-in list is imported: what was entered stands, what is half filled in is given back'
match "$(cells back.xlsx 退回原因)" '有几行' 'with the reason, as a spreadsheet'
is "$(county --json record import system_entry ticked.csv --by 填报人甲 2>/dev/null | json added)" 0 'the same list again is no second entry'
is "$(county --json export gsxt --out gsxt.csv | json open)" 1 'one result is left'
python3 "$ROOT/tests/t/export.py" --tick "$today" gsxt.csv all.xlsx
is "$(county --json record import system_entry all.xlsx --by 填报人甲 | json added)" 1 'a workbook is imported as well: two rows, one entry'
is "$(county --json export gsxt --out gsxt.csv | json entered)" "$n" 'all are entered'

# ---- a correction opens it again ------------------------------------------------------------------------------------
r=$(county --json result list | python3 -c '
import json, sys
print(*(r["result"] for r in json.load(sys.stdin) if r["object"] == sys.argv[1]))' "${drawn[1]}")
quiet county result correct "$r" --codes R05 --problem 过期 --disposal D02 --reason 复核 --by 填报人甲
is "$(county --json export gsxt --out gsxt.csv | json changed)" 0 'a correction that is not published changes nothing outside'
quiet county publish results
made=$(county --json export gsxt --out gsxt.csv)
is "$(json changed <<<"$made")/$(json entered <<<"$made")" "1/$((n - 1))" 'once published it is to be entered again'
match "$(cells gsxt.csv object_code state entered_on | grep "^${drawn[1]#?:}|")" '已更正，须重新录入\|$' 'and says so, the day being open'
quiet county export gsxt --out due.csv --due
is "$(cells due.csv object_code)" "${drawn[1]#?:}" 'alone in what is to be done'
python3 "$ROOT/tests/t/export.py" --tick "$today" due.csv again.csv
is "$(county --json record import system_entry again.csv --by 填报人甲 | json added)" 1 'entered again, it is ticked again'
is "$(county --json export gsxt --out gsxt.csv | json entered)" "$n" 'and nothing is open'
one=$(county --json record list system_entry --limit 1 | json 0.record)
quiet county record withdraw system_entry "$one" --reason 误登 --by 填报人甲
is "$(county --json export gsxt --out gsxt.csv | json entered)" $((n - 1)) 'an entry that was noted by mistake is taken back'
# ---- clocks, where somebody has set one -------------------------------------------------------------------------------
is "$(county --json due --kind gsxt_entry --all | json deadlines)" '[]' 'nobody has said how many days there are to enter results: nothing is due'
fails_with denied deadline.not-set "$QIAN" -d $K record add deadline_rule deadline=correction days=20 valid_from=2020-01-01 --by 填报人甲
ok 'the county sets twenty working days' quiet county record add deadline_rule deadline=gsxt_entry days=20 valid_from=2020-01-01 --by 填报人甲
is "$(county --json due --kind gsxt_entry --all | json deadlines.0.kind)" publication 'then what is open is due'
is "$(county --json due --kind gsxt_entry --all | json counts)" "$(county --json due --kind gsxt_entry --all --limit 1 | json counts)" 'once'
is "$(county --json due --kind gsxt_entry --ended --limit 100 | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["deadlines"]))')" $((n - 1)) 'and what was entered has ended'
is "$(county --json due --kind platform_entry --all | json deadlines)" '[]' 'the other system has none'

# ---- open data on the site --------------------------------------------------------------------------------------------
carry $K 1406
quiet "$QIAN" -d 1406 publish site --out site
is "$(find site/data -name 'results.csv')" site/data/rest/results.csv 'while the draw is not released no plan is named'
is "$(cells site/data/rest/results.csv plan_name series | sort -u)" '|' 'in any column'
quiet county release --draw "$D"
carry $K 1406
quiet "$QIAN" -d 1406 publish site --out site
ok 'the data files stand in the manifest' sh -c 'cd site && sha256sum --quiet -c manifest.txt'
match "$(grep -o 'data/.*' site/manifest.txt)" "data/1406-$YEAR/results.gb18030.csv.*data/1406-$YEAR/tasks.xlsx.*data/codes.json" 'five for each set of each plan, and the code tables'
is "$(find site/data -name 'results.*' | wc -l)" 5 'results of a released draw stand with their plan alone'
base=site/data/1406-$YEAR
is "$(cells $base/results.csv record | wc -l)" $((n + 1)) 'each item of each result is a row'
for f in results.gb18030.csv results.xlsx results.json; do
    is "$(cells "$base/$f" plan_no object_code item result revision)" "$(cells $base/results.csv plan_no object_code item result revision | if [[ $f == *.csv ]]; then cat; else sed "s/|'@/|@/"; fi)" "the same in $f"
done
ok 'the schema says what each column is, and the data keep to it' python3 "$ROOT/tests/t/export.py" --schema $base/results $base/tasks site/data/codes
is "$(cells site/data/codes.csv 代码表 代码 | grep -c '^result|R05$')" 1 'codes are explained in the code tables'
match "$(cat "site/plans/1406-$YEAR.html")" "href=\"../data/1406-$YEAR/results.csv\"" 'the page of the plan leads to its files'
ok 'and the page of all data to every set' grep -q "href=\"../data/codes.schema.json\"" site/data/index.html
grep -rlaE '填报人甲|店主乙|某街' site >named
is "$(cat named)" '' 'no file of the site names anybody'
object=${drawn[0]}
site_check() { "$QIAN" --json site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$object"; }
is "$(site_check | json answer)" drawn 'the site is sound'
sed -i 's/R05/R01/' $base/results.json
not_ok 'a data file that somebody changed is found' site_check
match "$(site_check)" "data/1406-$YEAR/results.json" 'and named'

# ---- review, where somebody has set days for it -------------------------------------------------------------------------
quiet county record add deadline_rule deadline=review days=5 valid_from=2020-01-01 --by 填报人甲
is "$(county --json due --kind review --all | json deadlines)" '[]' 'what is published waits for no review'
quiet county result correct "$r" --codes R01 --reason 再核 --by 填报人甲
waits=$(county --json due --kind review --all)
is "$(json deadlines.0.basis <<<"$waits")/$(json deadlines.0.basis_office <<<"$waits")/$(json deadlines.0.days <<<"$waits")/$(json deadlines.0.counted <<<"$waits")" "rule/$K/5/working-days" 'a correction does, so long as its office has set, which is told'
match "$(county due --kind review --all)" "5 working days from [0-9-]+, set by $K" 'in words'
is "$(county --json due --kind ecqs_sampling --all | json deadlines)" '[]' 'no sample is owed'
quiet county person set 审核人 --roles reviewer --by 填报人甲
quiet county record add result_review inspection="$r" outcome=approved reviewed_on="$today" --by 审核人
is "$(county --json due --kind review --all | json deadlines)/$(county --json due --kind review --ended | json counts.met)" '[]/1' 'until it is reviewed'
done_testing
