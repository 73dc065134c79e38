#!/usr/bin/env bash
# A target that the city drew is returned by one county and sent on to another: before that one's order, after it, witnessed and not.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
A=140602 B=140622 D=140681

# codes DIR : "about: CODE CODE" of each verdict with findings
codes() {
    "$QIAN" -d "$1" --json verify all 2>/dev/null | python3 -c '
import json, sys
for v in json.load(sys.stdin)["verdicts"]:
    if v["findings"]:
        print(v["about"] + " " + v["office"] + ": " + " ".join(dict.fromkeys(f["code"] for f in v["findings"])))'
}
up() { carry "$1" 1406; }
all_know() {
    local k
    for k in $A $B $D; do up $k; done
    carry 1406 14 && carry 14 1406
    for k in $A $B $D; do carry 1406 $k; done
}
# targets OFFICE DRAW : its objects
targets() {
    "$QIAN" -d "$1" --json draw show "$2" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"]), sep="\n")'
}
# task OFFICE OBJECT FIELD : of its task list, one a line
task() {
    "$QIAN" -d "$1" --json task list | python3 -c '
import json, sys
print(*(t[sys.argv[2]] for t in json.load(sys.stdin) if t["object"] == sys.argv[1]), sep="\n")' "$2" "$3"
}
# roster OFFICE : its inspectors, all with the load 0: the draws of this suite are as small as a load is
roster() {
    quiet "$TOOLS/gen_roster" --office "$1" --seed 1 --objects 500 --inspectors 20 --out "roster$1" || return
    python3 - "roster$1/inspectors.csv" <<'ENDPY' || return
import csv, sys
with open(sys.argv[1], encoding="gb18030", newline="") as f:
    rows = list(csv.DictReader(f))
for r in rows:
    r["已承担次数"] = "0"
    r["证件有效期至"] = "2099-12-31"
with open(sys.argv[1], "w", encoding="gb18030", newline="") as f:
    w = csv.DictWriter(f, rows[0].keys())
    w.writeheader()
    w.writerows(rows)
ENDPY
    "$QIAN" -d "$1" roster import --objects "roster$1/objects.csv" --inspectors "roster$1/inspectors.csv" \
        --recusals "roster$1/recusals.csv" --charset GB18030 --tags "$DATA/tags.csv" --by tester >/dev/null 2>&1
    [ $? -eq 1 ] # the generator spoils some rows on purpose
}
drawn() { "$QIAN" -d "$1" --json draw run --all | json 0.draw; }
return_it() { "$QIAN" -d "$1" draw return --draw "$2" --object "$3" --reason "${4:-district}" --evidence record.pdf --by 张三; }
send_on() { "$QIAN" -d 1406 draw reassign --draw "$C" --object "$1" --office "$2" --by 李四; }
no_way() { fails_with 1 "$1" "$QIAN" -d 1406 draw reassign --draw "$C" --object "$2" --office "$3" --by 李四; }
receive() { "$QIAN" -d "$1" draw receive --draw "$2" --object "$3" --by 王五; }

ok 'a province, a city and three counties are enrolled' tree 14 1406 $A $B $D || done_testing
python3 - "$DATA" <<'ENDPY'
import csv, sys
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] == "4"]
    for r in rows:
        if key == "no":
            r.update(draw_from_month="1", draw_to_month="12", draw_window_text="1月-12月", inspecting_levels="county")
        else:
            r["draw"] = "objects"
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
ENDPY
ok 'the city issues a plan' "$QIAN" -d 1406 plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" \
    --title Plan --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
quiet "$QIAN" -d 14 order auto off && quiet "$QIAN" -d 1406 order auto off
printf '%%PDF-1.4 record, signed by both\n' >record.pdf
up $A && carry 1406 14
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
quiet "$QIAN" -d 14 plan accept "1406/$YEAR"
carry 14 1406
# The city's roster: objects of two counties, none of the third.
quiet "$TOOLS/gen_roster" --office $A --seed 2 --objects 600 --inspectors 20 --out of_a
quiet "$TOOLS/gen_roster" --office $B --seed 3 --objects 600 --inspectors 20 --out of_b
(cat of_a/objects.csv; tail -n +2 of_b/objects.csv) >city.csv
"$QIAN" -d 1406 roster import --objects city.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester >city.out 2>&1
ok 'the city freezes its roster' "$QIAN" -d 1406 freeze
for k in $A $B $D; do
    carry 1406 $k
    roster $k && quiet "$QIAN" -d $k freeze
done
all_know
quiet "$QIAN" -d 14 order issue
carry 14 1406
C=$(drawn 1406)
all_know
match "$("$QIAN" -d 1406 order issue --office $D --level offline)" 'no list yet' 'the third county has nothing to inspect'
quiet "$QIAN" -d 1406 order issue --office $A --level witnessed
quiet "$QIAN" -d 1406 order issue --office $B --level offline
all_know
DA=$(drawn $A) DB=$(drawn $B)
all_know
is "$(codes 14)" '' 'nothing is found so far'
mapfile -t of_a < <(targets $A "$DA")
mapfile -t of_b < <(targets $B "$DB")

# ---- returned --------------------------------------------------------------------------------------------------------
first=${of_a[0]} second=${of_a[1]}
fails_with 1 exc.not-listed "$QIAN" -d 1406 draw return --draw "$C" --object "$first" --reason district --evidence record.pdf --by 张三
fails_with 1 exc.reason "$QIAN" -d $A draw return --draw "$DA" --object "$first" --reason tired --evidence record.pdf --by 张三
fails_with 1 exc.not-returned "$QIAN" -d 1406 draw reassign --draw "$C" --object "$first" --office $B --by 李四
ok 'a county returns a target' return_it $A "$DA" "$first"
fails_with 1 result.returned "$QIAN" -d $A result record --draw "$DA" --object "$first" --codes R01 --by 张三
fails_with 1 exc.is-returned "$QIAN" -d $A draw return --draw "$DA" --object "$first" --reason district --evidence record.pdf --by 张三
all_know
no_way exc.not-to "$first" $A
no_way exc.not-to "$first" 14
ok 'the city sends it on to a county that has drawn already' send_on "$first" $B
no_way exc.not-returned "$first" $D
all_know
is "$(codes 14)$(codes 1406)" '' 'province and city find it right'
is "$(task $B "$first" inspectors)" '' 'it stands on its task list, and nobody goes yet'
fails_with 1 exc.not-sent-on "$QIAN" -d $B draw receive --draw "$DB" --object "$second" --by 王五
ok 'it takes it on' receive $B "$DB" "$first"
fails_with 1 exc.not-sent-on "$QIAN" -d $B draw receive --draw "$DB" --object "$first" --by 王五
match "$(task $B "$first" inspectors)" ';' 'two are sent there, by the frozen order'
all_know
is "$(codes 14)$(codes 1406)" '' 'which province and city compute too'
after() { "$QIAN" -d "$1" --json draw show "$2" | python3 -c 'import json, sys
print(*[k for t in json.load(sys.stdin)["targets"] if t["object"] == sys.argv[1] for k in t if k in ("void", "succeeds", "returned", "sent-on", "received")])' "$first"; }
is "$(after $A "$DA"), $(after 1406 "$C"), $(after $B "$DB")" 'returned, sent-on, received' 'each draw shows what came of the target'
"$QIAN" -d $A draw sheet "$DA" --out sheet.html >/dev/null
match "$(grep -A3 "<code class=\"gone\">$first" sheet.html)" '已退回' 'so does the sheet of the one that had it'

# ---- before the order ------------------------------------------------------------------------------------------------
ok 'another is returned' return_it $A "$DA" "$second" interest
all_know
ok 'and sent on to the third county' send_on "$second" $D
all_know
quiet "$QIAN" -d 1406 order issue --office $D --level witnessed
carry 1406 $D
is "$("$QIAN" -d $D --json draw run --all | json 0.listed)" 1 'whose first order has it on its list'
DD=$("$QIAN" -d $D --json draw list | json 0.draw)
all_know
is "$(codes 14)$(codes 1406)" '' 'which is right'

# ---- witnessed -------------------------------------------------------------------------------------------------------
third=${of_b[0]}
ok 'the second county returns one as well' return_it $B "$DB" "$third" competence
all_know
ok 'it goes to the third, which has drawn' send_on "$third" $D
all_know
is "$(codes 14)$(codes 1406)" '' 'until it is taken on nothing is wrong'
match "$(receive $D "$DD" "$third")" 'order supplement' 'which the parent answers'
all_know
is "$("$QIAN" -d 1406 --json order supplement | json orders.0.issued)" true 'by a supplement'
carry 1406 $D
is "$("$QIAN" -d $D --json draw run --all | json 0.listed)" 1 'drawn as a visit of its own'
match "$(task $D "$third" inspectors)" ';' 'to which two are sent'
all_know
is "$(codes 14)$(codes 1406)" '' 'province and city compute the same'
no_way exc.not-returned "$third" $A

for k in $A $B; do
    is "$(task $k "$([ $k = $A ] && echo "$first" || echo "$third")" state)" returned "the task list of $k says what was returned"
done

# ---- each learns its own targets only ----------------------------------------------------------------------------------
knows() { python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/qian.db")
print(db.execute("SELECT count(*) FROM dispatch WHERE object_id = ? AND office = 1406", sys.argv[2:]).fetchone()[0])' "$1" "$2"; }
is "$(knows $D "$first")$(knows $A "$third")$(knows $B "$second")" 000 'no county learns of what is not its own'

# ---- visited, released -------------------------------------------------------------------------------------------------
fails_with 1 release.early "$QIAN" -d 1406 release --draw "$C"
for k in $A $B $D; do
    while read -r draw object; do
        quiet "$QIAN" -d $k result record --draw "$draw" --object "$object" --codes R01 --by tester </dev/null || result 1 "$object is visited by $k" "$(cat .quiet)"
    done < <("$QIAN" -d $k --json task list | python3 -c '
import json, sys
for t in json.load(sys.stdin):
    if t["state"] != "returned":
        print(t["draw"], t["object"])')
done
is "$("$QIAN" -d $A --json release --draw all | json 0.released)" true 'who returned them is done with the others'
all_know
is "$("$QIAN" -d 1406 --json release --draw "$C" | json 0.released)" true 'the city when all were visited by whom they were sent to'
for k in $B $D; do quiet "$QIAN" -d $k release --draw all; done
all_know
is "$(codes 14)" '' 'nothing is found'
quiet "$QIAN" -d 1406 slip --draw "$C" --object "$first" --out slip.txt
match "$(cat slip.txt)" '由本局转派' 'the slip says where the target went'

done_testing
