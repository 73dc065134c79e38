#!/usr/bin/env bash
# After a draw: a target that cannot be inspected, inspectors who do not come; by the frozen order and by a supplement.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# targets DRAW FILTER : object ids of a draw; the filter is a Python expression of t
targets() {
    "$QIAN" -d 140602 --json draw show "$1" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"] if eval(sys.argv[1])), sep="\n")' "$2"
}

# sent DRAW OBJECT : who is sent there, one id a line
sent() {
    "$QIAN" -d 140602 --json task list | python3 -c '
import json, sys
for t in json.load(sys.stdin):
    if (t["draw"], t["object"]) == tuple(sys.argv[1:]):
        print(*(i.split(" ")[0] for i in t["inspectors"].split(";")), sep="\n")' "$1" "$2"
}

# state DRAW OBJECT : as the task list says it
state() {
    "$QIAN" -d 140602 --json task list | python3 -c '
import json, sys
print(*(t["state"] for t in json.load(sys.stdin) if (t["draw"], t["object"]) == tuple(sys.argv[1:])))' "$1" "$2"
}

both_ways() { carry 140602 1406 && carry 1406 140602; }

ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
ok 'the city issues a plan' issue_plan 1406 1 10 || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406 && carry 1406 140602
ok 'a roster is imported' import_roster 140602
quiet "$QIAN" -d 140602 freeze
carry 140602 1406
printf '%%PDF-1.4 record, signed by both\n' >record.pdf

# ---- offline: the next of the frozen order -----------------------------------------------------------------------
quiet "$QIAN" -d 1406 order issue --office 140602 --level offline
carry 1406 140602
ok 'the county draws' "$QIAN" -d 140602 draw run --all
D=$("$QIAN" -d 140602 --json draw list | json 0.draw)
first=$(targets "$D" 't["mode"] == "lot"' | sed -n 1p)
second=$(targets "$D" 't["mode"] == "lot"' | sed -n 2p)
fails_with 2 cli.option-missing "$QIAN" -d 140602 draw void --draw "$D" --object "$first" --reason closed --by 张三
fails_with 1 exc.reason "$QIAN" -d 140602 draw void --draw "$D" --object "$first" --reason tired --evidence record.pdf --by 张三
match "$("$QIAN" -d 140602 draw absent --draw "$D" --inspector x --reason tired --by 张三 --object "$first" 2>&1)" 'it takes sick, leave, duty;' 'a wrong reason is answered with those of its kind'
fails_with 1 exc.not-drawn "$QIAN" -d 140602 draw void --draw "$D" --object E:1 --reason closed --evidence record.pdf --by 张三
made=$("$QIAN" -d 140602 --json draw void --draw "$D" --object "$first" --reason closed --evidence record.pdf --by 张三)
next=$(json 0.next <<<"$made")
match "$next" '^[A-Z]:' 'somebody follows'
is "$(json 0.supplement <<<"$made")" false 'without a supplement'
is "$(state "$D" "$first")/$(state "$D" "$next")" void/waiting 'the task list says both'
match "$("$QIAN" -d 140602 task list)" 'void \(recorded\)' 'in words'
match "$("$QIAN" -d 140602 draw show "$D")" "$next.*successor" 'the record for the room too'
fails_with 1 result.void "$QIAN" -d 140602 result record --draw "$D" --object "$first" --codes R01 --by 张三
gone=$(sent "$D" "$second" | sed -n 1p)
ok 'an inspector is absent' "$QIAN" -d 140602 draw absent --draw "$D" --inspector "$gone" --reason sick --by 张三
is "$(sent "$D" "$second" | grep -c "^$gone\$")" 0 'and is sent nowhere that day'
fails_with 1 exc.none "$QIAN" -d 140602 draw absent --draw "$D" --inspector "$gone" --reason sick --by 张三
both_ways && carry 1406 14
is "$("$QIAN" -d 1406 --json order supplement | json orders)" '[]' 'the parent has nothing to answer'
ok 'the city verifies: clean' "$QIAN" -d 1406 verify all
ok 'the province too' "$QIAN" -d 14 verify all
gone=$(sent "$D" "$second" | sed -n 1p)
match "$("$QIAN" -d 140602 draw recuse --draw "$D" --object "$second" --inspector "$gone" --reason kinship --by 张三)" \
    'goes instead' 'a recusal after the draw'
both_ways && carry 1406 14
match "$("$QIAN" -d 14 verify all 2>&1)" 'RECUSAL_LATE' 'which the province asks about'

# ---- witnessed: a supplement -------------------------------------------------------------------------------------
carry 1406 140622
ok 'the other county has a roster' import_roster 140622
quiet "$QIAN" -d 140622 freeze
carry 140622 1406
quiet "$QIAN" -d 1406 order issue --office 140622 --level witnessed
carry 1406 140622
quiet "$QIAN" -d 140622 draw run --all
W=$("$QIAN" -d 140622 --json draw list | json 0.draw)
lot=$("$QIAN" -d 140622 --json draw show "$W" | python3 -c '
import json, sys
print([t["object"] for t in json.load(sys.stdin)["targets"] if t["mode"] == "lot"][0])')
carry 140622 1406
match "$("$QIAN" -d 140622 draw void --draw "$W" --object "$lot" --reason not_found --evidence record.pdf --by 张三)" \
    'order supplement' 'the next step is named'
is "$("$QIAN" -d 1406 --json order supplement | json orders)" '[]' 'what has not come is not answered'
carry 140622 1406
is "$("$QIAN" -d 1406 --json order supplement | json orders.0.issued)" true 'the parent answers'
is "$("$QIAN" -d 1406 --json order supplement | json orders.0.why.id)" exc.waits 'and waits for the draw'
carry 1406 140622
is "$("$QIAN" -d 140622 --json draw run --all | json 0.lot)" 1 'one successor is drawn'
# Nobody asks for the second: it goes with the next bundle.
lot=$("$QIAN" -d 140622 --json draw show "$W" | python3 -c '
import json, sys
print([t["object"] for t in json.load(sys.stdin)["targets"] if t["mode"] == "lot"][1])')
quiet "$QIAN" -d 140622 draw void --draw "$W" --object "$lot" --reason closed --evidence record.pdf --by 张三
carry 140622 1406
match "$("$QIAN" -d 1406 bundle make --to 140622 --out down.qb 2>&1)" '1 supplements' 'the next supplement is given by itself'
ok 'and goes with the bundle' "$QIAN" -d 140622 bundle import down.qb
is "$("$QIAN" -d 140622 --json draw run --all | json 0.lot)" 1 'it is drawn as well'
carry 140622 1406
not_ok 'once' grep -q supplements <<<"$("$QIAN" -d 1406 bundle make --to 140622 --out down.qb 2>&1)"
carry 1406 14
is "$("$QIAN" -d 14 --json verify office 140622 2>/dev/null | python3 -c '
import json, sys
print([f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]])')" '[]' 'the province finds it right'

# ---- what anyone sees ---------------------------------------------------------------------------------------------
ok 'the county releases before its time' "$QIAN" -d 140602 release --draw "$D" --force-window
S=$("$QIAN" -d 140622 --json draw list | python3 -c 'import json, sys; print(json.load(sys.stdin)[-1]["draw"])')
F=$("$QIAN" -d 140622 --json draw list | python3 -c 'import json, sys; print(json.load(sys.stdin)[-2]["draw"])')
ok 'the last supplement of the other, before its main draw' "$QIAN" -d 140622 release --draw "$S" --force-window
carry 140622 1406
quiet "$QIAN" -d 1406 publish site --out early
next_of_s=$("$QIAN" -d 140622 --json draw show "$S" | json targets.0.object)
match "$("$QIAN" site check --site early --fingerprint "$ROOT_PRINT" --draw "$S" --object "$next_of_s" 2>&1)" \
    'not checked: of the draws before supplement 2 only 0 are on this site' 'alone it cannot be compared, and that is told'
ok 'the other too, with the supplement' "$QIAN" -d 140622 release --draw all --force-window
carry 140602 1406 && carry 140622 1406
ok 'the city makes its site' "$QIAN" -d 1406 publish site --out site
page=$(cat "site/draws/${D/:/-}/index.html")
match "$page" '抽取之后的例外' 'the page tells what happened after the draw'
match "$(sed 's/<[^>]*>/ /g' <<<"$page" | tr -s '\n ' ' ')" '对象无法检查 +停止经营 +1 ' 'by reason'
not_ok 'and neither whom nor who follows' grep -q "$next" <<<"${page/\/selected/}"
ok 'a draw with exceptions is proved' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$second"
said=$("$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$S" --object "$next_of_s" 2>&1)
is $? 0 'a supplement too'
match "$said" 'supplement 2 fits the draws before it: .* drew 1 for 1 that could not be inspected' 'which is compared with the draws before it'
match "$said" 'not checked: who could not be inspected' 'and what the files do not suffice for is told'
match "$("$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$S" --object "$lot" 2>&1)" \
    'was drawn before' 'who was drawn before is told so'
is "$(cat "site/draws/${S/:/-}/chain.txt")" "$W
$F" 'its chain stands beside it'
# The second implementation reads the same of it.
twin() {
    node --no-warnings "$ROOT/tests/js/site-check.mjs" site "$ROOT_PRINT" "$@"
}
is "$(twin "$S" "$next_of_s")" 'holds lot' 'so does the second implementation'
is "$(twin "$S" "$lot")" 'holds drawn-before' 'of who was drawn before as well'
ok 'the successor gets its slip' "$QIAN" -d 140602 slip --draw "$D" --object "$next" --out slip.txt
match "$(cat slip.txt)" '# 本户是任务 .*递补对象' 'which says why it is visited'
not_ok 'and not whom it follows' grep -q "$first" slip.txt
match "$("$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$next" --slip slip.txt 2>&1)" \
    'stratum' 'its stratum is proved'
quiet "$QIAN" -d 140602 slip --draw "$D" --object "$first" --out void.txt
match "$(cat void.txt)" '# 本户在任务 .*登记为无法检查' 'and that of the other that it was void'

done_testing
