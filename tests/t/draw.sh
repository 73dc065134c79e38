#!/usr/bin/env bash
# The way of a draw between a province, a city and two counties that meet by files only; then a cheating clerk.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# sql DIR STATEMENT : what somebody with a database shell does
sql() {
    python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/qian.db", timeout=10)
db.execute(sys.argv[2])
db.commit()' "$1" "$2"
}

# codes DIR ARGUMENT... : "about: CODE CODE" of each verdict with findings, a line each
codes() {
    local dir=$1
    shift
    "$QIAN" -d "$dir" --json verify "$@" 2>/dev/null | python3 -c '
import json, sys
for v in json.load(sys.stdin)["verdicts"]:
    if v["findings"]:
        names = []
        [names.append(f["code"]) for f in v["findings"] if f["code"] not in names]
        print(v["about"] + ": " + " ".join(names))'
}

ROOTS=2
ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
# One task by a ratio, one of all objects, one by a small ratio.
ok 'the city issues a plan' issue_plan 1406 1 4 10 || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406

# ---- freeze and order ------------------------------------------------------------------------------------------
fails_with 1 roster.none "$QIAN" -d 140602 freeze
carry 1406 140602
ok 'a roster is imported' import_roster 140602
match "$("$QIAN" -d 140602 draw run --all)" 'no open order' 'without an order nothing is drawn'
fails_with 1 draw.no-order "$QIAN" -d 140602 draw run --slot "1406/$YEAR/1/1"
match "$("$QIAN" -d 1406 order issue)" '140602: 3 slots.*No freeze of 140602 has come' 'without a freeze nothing is ordered'
is "$("$QIAN" -d 140602 --json freeze | json made)" true 'the county freezes'
is "$("$QIAN" -d 140602 --json freeze | json made)" false 'a second time there is nothing to freeze'
ok 'the freeze goes to the city' carry 140602 1406
fails_with 2 cli.choice "$QIAN" -d 1406 order issue --level best
fails_with 2 cli.date "$QIAN" -d 1406 order issue --from tomorrow
is "$("$QIAN" -d 1406 --json order issue --office 140622 | json orders.0.why.id)" order.no-freeze 'orders for one office only'
issued=$("$QIAN" -d 1406 --json order issue --office 140602)
is "$(json orders.0.issued <<<"$issued")/$(json orders.2.issued <<<"$issued")" true/true 'the city orders'
is "$(json orders.0.level <<<"$issued")" offline 'for an office that was never heard: offline'
is "$("$QIAN" -d 1406 --json order issue --office 140602 | json had)" 3 'and never twice'
ok 'the orders go to the county' carry 1406 140602
cp -r 140602 copy
check=$("$QIAN" -d 140602 --json draw check --slot "1406/$YEAR/1/1")

# ---- draw -------------------------------------------------------------------------------------------------------
sql 140602 "UPDATE object SET name = name || ' ' WHERE rowid = 1"
drawn=$("$QIAN" -d 140602 --json draw run --slot "1406/$YEAR/1/1")
is "$(json 0.drawn <<<"$drawn")" true 'a name is no part of what was frozen: the draw is made'
D=$(json 0.draw <<<"$drawn")
match "$D" '^140602:1-[0-9]+-0$' 'it has its name'
object=$("$QIAN" -d 140602 --json draw show "$D" | json targets.0.object)
class=$(python3 -c '
import sqlite3, sys
print(sqlite3.connect("140602/qian.db").execute("SELECT coalesce(risk_class, \"-\") FROM object WHERE object_id = ?",
                                                sys.argv[1:]).fetchone()[0])' "$object")
sql 140602 "UPDATE object SET risk_class = CASE risk_class WHEN 'A' THEN 'B' ELSE 'A' END WHERE object_id = '$object'"
run=$("$QIAN" -d 140602 --json draw run --all)
is "$?" 1 'with an edited roster the command fails'
is "$(json 0.why.id <<<"$run")/$(json 1.why.id <<<"$run")" draw.roster-changed/draw.roster-changed 'and draws nothing'
[ "$class" = - ] && back=NULL || back="'$class'"
sql 140602 "UPDATE object SET risk_class = $back WHERE object_id = '$object'"
ok 'restored, it draws the rest' "$QIAN" -d 140602 draw run --all
fails_with 1 draw.slot-done "$QIAN" -d 140602 draw run --slot "1406/$YEAR/1/1"
match "$("$QIAN" -d 140602 draw run --slot "1406/$YEAR/1/1" 2>&1)" "drawn already: $D" 'the draw is named'
match "$("$QIAN" -d 140602 order list)" "order's level" 'the level of an order'
is "$("$QIAN" -d 140602 --json draw list | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 3 'three draws are listed'
shown=$("$QIAN" -d 140602 --json draw show "$D")
is "$(json freeze.leaf <<<"$shown")/$(json freeze.objects <<<"$shown")" "$(json 0.freeze.leaf <<<"$check")/$(json 0.freeze.objects <<<"$check")" 'it stands on the freeze that draw check had named'
is "$(json strata.0.base <<<"$shown")" "$(json 0.strata.0.base <<<"$check")" 'and on its strata'
show=$("$QIAN" -d 140602 draw show "$D")
match "$show" 'Seed: [0-9a-f]{64}' 'the record for the room has the seed'
match "$show" "$object" 'and the list'
match "$show" '140602/' 'and who goes'
fails_with 1 draw.name "$QIAN" -d 140602 draw show 140602
fails_with 1 draw.unknown "$QIAN" -d 140602 draw show 140602:1-1-0
fails_with 1 draw.unknown "$QIAN" -d 140622 draw show "$D"

# ---- verify -----------------------------------------------------------------------------------------------------
ok 'the draws go up' carry 140602 1406
ok 'and further up' carry 1406 14
fails_with 2 verify.scope "$QIAN" -d 14 verify everything
fails_with 1 verify.not-below "$QIAN" -d 140602 verify office 1406
for office in 140602 1406 14; do
    ok "$office verifies: all clean" env -u QIAN_PASSPHRASE_FILE "$QIAN" -d "$office" verify all
done
match "$("$QIAN" -d 14 verify all 2>&1)" "evidence's level" 'is not the level of the evidence'
is "$("$QIAN" -d 14 --json verify all --record 2>/dev/null | json recorded)" 3 'the province records its verdicts'
is "$("$QIAN" -d 14 --json verify all --record 2>/dev/null | json recorded)" 0 'once'
is "$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null | json draws)" 1 'one draw alone'
carry 14 1406 && carry 1406 140602
is "$(python3 -c 'import sqlite3; print(*sqlite3.connect("140602/qian.db").execute(
    "SELECT count(*), min(outcome), min(level) FROM draw_verdict WHERE office = \"14\"").fetchone())')" \
    '3 verified witnessed' 'the county holds them'
is "$("$QIAN" -d 140602 --json draw list | json 0.verdicts.0.outcome)" verified 'and its list of draws tells them'

# ---- release ----------------------------------------------------------------------------------------------------
fails_with 1 release.early "$QIAN" -d 140602 release --draw "$D"
fails_with 1 release.not-ours "$QIAN" -d 140602 release --draw 140622:1-1-0
targets=$("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"]))')
recorded=0
for o in $targets; do
    quiet "$QIAN" -d 140602 result record --draw "$D" --object "$o" --codes R01 --by tester || recorded=1
done
result $recorded 'every target gets its result' "$(cat .quiet)"
ok 'then the draw is released' "$QIAN" -d 140602 release --draw all
is "$("$QIAN" -d 140602 --json draw list | json 0.released)" true 'and shown so'
is "$("$QIAN" -d 140602 --json draw list | json 1.released)" false 'the others are not'
carry 140602 1406 && carry 1406 14
ok 'the province still finds nothing' "$QIAN" -d 14 verify all
ok 'released all the same' "$QIAN" -d 140602 release --draw all --force-window
carry 140602 1406 && carry 1406 14
is "$(codes 14 all | sort | uniq -c | tr -s ' ')" ' 2 draw: RELEASE_EARLY' 'which the province sees'

# ---- a photo of a result: its small picture, and what is told when it is not here ---------------------------------
python3 -c '
import sys
sys.stdout.buffer.write(b"P6 800 600 255\n" + bytes(v for y in range(600) for x in range(800) for v in (x & 255, y & 255, x * y & 127)))' |
    cjpeg -quality 90 >photo.jpg
R=$("$QIAN" -d 140602 --json result list | json 0.result)
ok 'a photo is added to a result' "$QIAN" -d 140602 evidence add "$R" --photo photo.jpg:gate --by tester
P=$(sha256sum <photo.jpg | cut -c1-64)
U=$(free_port)
ok 'the county serves a page' start_node 140602 --ui "127.0.0.1:$U" --sync-every 0
said=$("$QIAN" -d 140602 --json evidence thumb "$P" --out small.jpg)
if [ "$(json path <<<"$said")" = null ]; then
    skip 'small pictures' "$(json why <<<"$said")"
else
    is "$(djpeg small.jpg | head -c 9 | tr '\n' ' ')" 'P6 100 75' 'the small picture of it'
    ok 'it lies beside the files' test -f "140602/thumbs/${P:0:2}/${P:2}"
fi
echo 'no picture' >text.jpg
ok 'a file that is no picture is no error' "$QIAN" -d 140602 evidence thumb text.jpg --out none.jpg
not_ok 'and gives nothing' test -e none.jpg
stop_node 140602
mv "140602/files/${P:0:2}/${P:2}" kept.jpg
quiet "$QIAN" -d 140602 evidence verify
match "$("$QIAN" -d 140602 --lang zh task list)" '照片待到（0 / 1）' 'a photo that is not here: the list of tasks tells'
match "$("$QIAN" -d 140602 --lang zh result show "$R")" "$P, 照片待到.*照片待到（0 / 1）" 'and its result'
mv kept.jpg "140602/files/${P:0:2}/${P:2}"
quiet "$QIAN" -d 140602 evidence verify
not_ok 'it is here again' grep -q 照片待到 <<<"$("$QIAN" -d 140602 --lang zh task list; "$QIAN" -d 140602 --lang zh result show "$R")"

# ---- the fraud --------------------------------------------------------------------------------------------------
# The drawn business is taken off the roster in a copy made before the draw; a node without the check draws again.
sql copy "UPDATE object SET status = 'deregistered' WHERE object_id = '$object'"
fails_with 1 draw.roster-changed "$QIAN" -d copy draw run --slot "1406/$YEAR/1/1"
out=$("$TOOLS/cheat" --dir copy --passphrase-file pass --slot "1406/$YEAR/1/1")
is "$?" 0 'the cheat draws'
match "$out" 'the rows are not those of the freeze' 'from other rows'
not_ok 'without the business' grep -q "$object" <<<"$out"
quiet "$QIAN" -d copy bundle make --to 1406 --out fraud.qb
"$QIAN" -d 1406 bundle import fraud.qb >import.out 2>&1
match "$(codes 1406 all | grep rival)" 'LOG_FORK .*QUOTA_WRONG SELECT_MISMATCH PAIR_MISMATCH DRAW_DUPLICATE' 'the city names the fraud'
carry 1406 14
match "$(codes 14 all | grep rival)" 'LOG_FORK .*QUOTA_WRONG SELECT_MISMATCH PAIR_MISMATCH DRAW_DUPLICATE' 'so does the province'
said=$("$QIAN" -d 14 verify office 140602 2>/dev/null)
is "$?" 1 'its exit code tells of findings'
match "$said" "Left out: [^;]*$object" 'the business that was to be spared is named'
is "$("$QIAN" -d 14 --json verify draw "$D" --record 2>/dev/null | json recorded)" 1 'the disputed verdict is recorded'
done_testing
