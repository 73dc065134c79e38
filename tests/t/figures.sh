#!/usr/bin/env bash
# Figures on real nodes: a province, a city and two counties of one plan, where one business is on both rosters. Everything is
# drawn and counted by hand below: six targets in one county, five in the other, ten at the city.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$LIB" ] || skip_all 'libfaketime is not installed'
export TZ=Asia/Shanghai
REAL=$QIAN

# day DATE : from now on it is that morning; each command is two seconds later than the one before
day() { date -d "$1 09:00" +%s >"$T/clock"; }
cat >"$T/timed" <<END
#!/bin/bash
read -r t <"$T/clock"
echo \$((t + 2)) >"$T/clock"
printf -v at '%(%F %T)T' "\$t"
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LIB FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="@\$at" "$REAL" "\$@"
END
chmod +x "$T/timed"
QIAN=$T/timed
P=14 C=1406 K=140602 L=140622

# figure OFFICE CODE [ARGUMENT...] : "6" or "2/6"
figure() {
    "$QIAN" -d "$1" --json stats figures --year 2021 "${@:3}" | python3 -c '
import json, sys
f = json.load(sys.stdin)["whole"]["figures"][sys.argv[1]]
print("/".join(str(f[k]) for k in ("of", "over") if k in f))' "$2"
}
# rows OFFICE CODE [ARGUMENT...] : how many
rows() { "$QIAN" -d "$1" --json stats rows "$2" --year 2021 --limit 1000 "${@:3}" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["rows"]))'; }
up() { carry $K $C && carry $L $C && carry $C $P; }

day 2021-06-01
ok 'a province, a city and two counties are enrolled' tree $P $C $K $L || done_testing
quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
quiet "$QIAN" -d $P calendar import "$DATA/workdays-cn.json" --by Planner
carry $P $C
python3 "$ROOT/tests/t/one_task.py" "$ROOT/examples" 100
python3 - <<'END'
import csv
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
def uscc(n):
    body = "91140602MA0K%04dX" % n
    return body + alphabet[(31 - sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))) % 31]
def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
# Number 6 is on both rosters.
for county, numbers in (("140602", range(1, 7)), ("140622", range(6, 11))):
    write(f"objects{county}.csv", [{"对象类别": "企业", "名称": f"测试企业{n:02d}", "统一社会信用代码": uscc(n), "检查机关": county, "标签": "", "登记状态": "存续",
                                    "信用风险分类": "D" if n == 1 else "B"} for n in numbers])
    write(f"inspectors{county}.csv", [{"姓名": f"检查员{c}", "执法证号": f"06{i:02d}", "发证机关": county, "证件有效期至": "2026-12-31", "状态": "在岗", "可参加抽查": "是"}
                                      for i, c in enumerate("甲乙丙丁戊己", 1)])
END
ok 'the city issues a plan that asks for a coverage of one half' quiet "$QIAN" -d $C plan import --plan plan.csv --scopes scopes.csv --series 2021 --year 2021 --title Plan --doc-no 26 \
    --issued-on 2021-06-01 --deadline 2021-12-20 --coverage 50/100
for county in $K $L; do
    carry $C $county
    quiet "$QIAN" -d $county roster import --objects objects$county.csv --inspectors inspectors$county.csv --tags "$DATA/tags.csv" --by Keeper
    quiet "$QIAN" -d $county freeze
    carry $county $C
done
quiet "$QIAN" -d $C order issue
for county in $K $L; do
    carry $C $county
    quiet "$QIAN" -d $county draw run --all
    carry $county $C
done
is "$(figure $K targets)+$(figure $L targets)=$(figure $C targets)" '6+5=10' 'the business of both counties is one target of the city'

# ---- visited and published ------------------------------------------------------------------------------------------------
# visit OFFICE NAME=CODE... : results of these businesses on 6 September
visit() {
    "$QIAN" -d "$1" --json task list >targets.json
    "$QIAN" -d "$1" --json draw list | json 0.draw >draw.txt
    python3 - "${@:2}" <<'END'
import csv, json, sys
draw = open("draw.txt").read().strip()
names = {t["name"]: t["object"] for t in json.load(open("targets.json"))}
with open("results.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.writer(f)
    w.writerow(["抽取编号", "对象编号", "开始时间", "完成时间", "结果代码", "问题描述", "处置", "填报人"])
    for n, pair in enumerate(sys.argv[1:]):
        name, code = pair.split("=")
        w.writerow([draw, names["测试企业" + name], f"2021-09-06T{9 + n:02d}:00:00", f"2021-09-06T{9 + n:02d}:30:00", code, "" if code == "R01" else "问题", "" if code == "R01" else "D03", "Clerk"])
END
    quiet "$QIAN" -d "$1" result import results.csv --dry-run && quiet "$QIAN" -d "$1" result import results.csv
}
day 2021-09-07
ok 'one county visits five of six, and finds one problem' visit $K 01=R01 02=R08 03=R01 04=R01 06=R01
ok 'the other three of five, and a problem at the business of both' visit $L 06=R08 07=R01 08=R01
day 2021-09-10
quiet "$QIAN" -d $K publish results
up
is "$(figure $K completion) $(figure $L completion) $(figure $C completion)" '5/6 0/5 5/10' 'completion is counted anew, and not 5/11'
is "$(figure $K publication) $(figure $C publication)" '5/5 5/7' 'so is the publication rate'
is "$(figure $K finding) $(figure $L finding) $(figure $C finding)" '1/5 1/3 2/7' 'and the finding rate'
is "$(figure $C on_time)" 5/5 'all that is due so far came in time'
is "$(figure $P completion) $(figure $P on_time)" '5/10 5/5' 'the province counts the same'
is "$(figure $P targets --office $L)" 5 'of one county too'
day 2021-12-01
quiet "$QIAN" -d $L publish results
up
is "$(figure $C on_time)" 4/7 'the other county was late, with the business of both as well'
is "$(figure $C closure)" 5/7 'two problems have no follow-up'
problem=$("$QIAN" -d $K --json record list item_result --limit 100 | python3 -c '
import json, sys
print(next(i["inspection"] for i in json.load(sys.stdin) if i["codes"] == "R08"))')
follow=$("$QIAN" -d $K --json record add follow_up result="$problem" disposal=D03 opened_on=2021-12-01 --by Officer | json record)
quiet "$QIAN" -d $K record add correction_order follow_up="$follow" doc_no=1 matter=Mend issued_on=2021-12-01 due_on=2021-12-31 --by Officer
up
is "$(figure $C follow_ups) $(figure $C correction_orders) $(figure $C cases)" '1 1 0' 'a follow-up and its order'

# ---- what is behind each number ---------------------------------------------------------------------------------------------
bad=''
while IFS=' ' read -r code of over; do
    [ "$(rows $C "$code")" = "$of" ] || bad="$bad $code"
    [ "$over" = - ] || [ "$(rows $C "$code" --over)" = "$over" ] || bad="$bad $code/"
done < <("$QIAN" -d $C --json stats figures --year 2021 | python3 -c '
import json, sys
for code, f in json.load(sys.stdin)["whole"]["figures"].items():
    print(code, f["of"], f.get("over", "-"))')
is "$bad" '' 'every number is the number of rows that are listed'
is "$(rows $C targets --risk D) $(rows $C targets --task $C/2021/21) $(rows $C targets --task $C/2021/20)" '1 10 0' 'of a class, of a task'
page=$("$QIAN" -d $C --json stats rows targets --year 2021 --limit 7)
is "$(json more <<<"$page") $(rows $C targets --past "$(json past <<<"$page")")" 'true 3' 'page by page'
ok 'to a workbook' quiet "$QIAN" -d $C stats rows finding --year 2021 --out finding.xlsx
ok 'and as CSV' quiet "$QIAN" -d $C stats rows finding --year 2021 --out finding.csv
is "$(python3 -c '
import csv
r = list(csv.DictReader(open("finding.csv", encoding="utf-8-sig")))
print(len(r), next(x["office"] for x in r if "、" in x["office"]))')" "2 $K、$L" 'with the offices of each'
ok '--by names the person, of this command as of every other' "$QIAN" -d $C stats figures --year 2021 --by Head
match "$("$QIAN" -d $C stats figures --year 2021 --group office)" "$K +6 +5/6 +83.3%.*$L +5 +3/5.*whole \(distinct\) +10 +7/10 +70.0%" 'a line for each office, and the whole'
match "$("$QIAN" -d $C --lang zh stats figures --year 2021)" '问题发现率 +finding +2/7 +28.5% +发现问题的对象' 'with code, number, rate and definition'
fails_with 1 figure.unknown "$QIAN" -d $C stats rows nonsense
fails_with 1 figure.no-part "$QIAN" -d $C stats rows targets --over
fails_with 1 figure.series "$QIAN" -d $C stats figures --series 1406/1999
fails_with 1 figure.office "$QIAN" -d $K stats figures --office $C

# ---- coverage ---------------------------------------------------------------------------------------------------------------
match "$("$QIAN" -d $C stats figures --year 2021)" 'asks for a coverage of 50/100, and no count' 'nobody stated how many there are'
quiet "$QIAN" -d $K record add business_count year=2021 enterprises=10 counted_on=2021-06-30 source=Register --by Keeper
quiet "$QIAN" -d $L record add business_count year=2021 enterprises=9 counted_on=2021-06-30 source=Register --by Keeper
up
is "$(figure $K coverage) $(figure $L coverage) $(figure $C coverage)" '5/10 3/9 7/19' 'each enterprise once, over what was stated'
match "$("$QIAN" -d $C stats figures --year 2021)" '1406/2021 asks for \(10 enterprises at least\) is short by 3' 'short by three'
match "$("$QIAN" -d $K stats figures --year 2021)" '\(5 enterprises at least\) is reached' 'one county has reached it'
match "$("$QIAN" -d $C stats figures --year 2021 --group office --figure coverage)" "$K +5/10 +50.0%.*$L +3/9 +33.3%.*whole .distinct. +7/19.*$L: plan 1406/2021 asks for 5 enterprises at least, short by 2" 'office by office, and who is short'
is "$("$QIAN" -d $C --json stats figures --year 2021 | json whole.coverage_beyond)" '' 'none of them is above the whole'
is "$(rows $C coverage --over)" 2 'the statements are behind the lower number'

# ---- as of when -------------------------------------------------------------------------------------------------------------
match "$("$QIAN" -d $C stats figures --year 2021)" 'data of all offices is current .3 logs, the oldest as of 2021-12-01' 'all that was brought counts'
day 2021-12-12
carry $K $C
match "$("$QIAN" -d $C stats figures --year 2021)" "$L +[0-9]+ +2021-12-01 09:[0-9]+ +OLD.*Mind: of 3 logs 1" 'who was not heard of for a week is named'
day 2026-12-01
office 140681 && quiet enrol $C 140681
match "$("$QIAN" -d $C stats figures --year 2021)" '140681 +0 +— +MISSING' 'and who never was'
day 2021-12-13

# ---- reports ----------------------------------------------------------------------------------------------------------------
report=$("$QIAN" -d $C --json report make --title 'Report of 2021' --kind year --year 2021 --by Head | json report)
match "$report" "^$C:1-" 'a report is signed'
match "$("$QIAN" -d $C report check "$report")" 'All [0-9]+ figures are those of the report' 'and is what the rows say'
carry $C $P
ok 'the province checks it against its own rows' quiet "$QIAN" -d $P report check "$report"
match "$("$QIAN" -d $P report check "$report")" 'All [0-9]+ figures' 'with the same answer'
cp -r $C copy
visit $L 09=R01
quiet "$QIAN" -d $L publish results
up
check=$("$QIAN" -d $P --json report check "$report")
is "$(python3 -c '
import json, sys
f = {x["figure"]: (x["report"]["of"], x["now"]["of"], x["why"]) for x in json.loads(sys.argv[1])["figures"]}
print(f["completion"], f["cases"])' "$check")" "(7, 8, 'later') (0, 0, 'same')" 'later rows are told from those of then, both numbers shown'
is "$(json counts.other <<<"$check")" 0 'nothing is wrong with the report'
match "$("$QIAN" -d $C report show "$report")" 'completion +7/10 +8/10 +later rows only' 'beside each other'
python3 - <<'END'
import sqlite3
db = sqlite3.connect("copy/qian.db")
db.execute("DELETE FROM publication WHERE id = (SELECT max(id) FROM publication WHERE office = '140602') AND office = '140602'")
db.commit()
END
said=$("$QIAN" -d copy report check "$report" 2>&1)
is "$?" 1 'rows that are not those of then, and no news since: it fails'
match "$said" 'OTHER ROWS.*Mind: [0-9]+ figures are not those of the report though no log went on' 'and says so'
match "$("$QIAN" -d $P report list)" "$report +$C +Report of 2021 +year +2021" 'reports are listed'
fails_with 1 records.command "$QIAN" -d $C record add report_snapshot title=x --by Head

# ---- more than there are ------------------------------------------------------------------------------------------------------
quiet "$QIAN" -d $K record add business_count year=2021 enterprises=4 counted_on=2021-11-30 source=Register --by Keeper
is "$(figure $K coverage)/$("$QIAN" -d $K --json stats figures --year 2021 | json whole.coverage_beyond)" '5/4/1' 'a coverage above the whole is shown as it is'
match "$("$QIAN" -d $K stats figures --year 2021)" "$K inspected 5 enterprises in 2021, more than the 4 .*above 100 %.*stats rows coverage" 'and told, with what can cause it'
done_testing
