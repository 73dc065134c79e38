#!/usr/bin/env bash
# A second custodian: the county cannot draw, nor know what it would draw, before another machine has answered.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
quiet "$QIAN" -d 1406 order auto off # the orders here are asked for
ok 'a plan is issued' issue_plan 1406 1
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406
mkdir phone
KEY=$("$QIAN" --json cokey key --out phone/co.key --kdf-mib 8 | json key)
match "$KEY" '^[0-9a-f]{64}$' 'the custodian makes a key'
fails_with 1 cokey.not-ours "$QIAN" -d 140602 cokey add --office 140602 --key "$KEY" --title friend
ok 'the city names it for the county' "$QIAN" -d 1406 cokey add --office 140602 --key "$KEY" --title 'Discipline'
fails_with 1 cokey.twice "$QIAN" -d 1406 cokey add --office 140602 --key "$KEY" --title 'Discipline'
carry 1406 140602
match "$("$QIAN" -d 140602 cokey list)" "$KEY" 'the county sees it'
ok 'a roster is imported' import_roster 140602
ok 'and frozen' "$QIAN" -d 140602 freeze
carry 140602 1406
is "$("$QIAN" -d 1406 --json order issue | json orders.0.issued)" true 'the city orders'
carry 1406 140602
SLOT=1406/$YEAR/1/1
fails_with 3 draw.answers "$QIAN" -d 140602 draw run --slot "$SLOT"
ok 'the county asks' "$QIAN" -d 140602 cokey ask --slot "$SLOT" --out question.txt
ok 'the custodian answers' "$QIAN" cokey answer --order question.txt --key phone/co.key --out answer.txt
is "$("$QIAN" cokey answer --text "$(cat question.txt)" --key phone/co.key)" "$(cat answer.txt)" 'the same question has the same answer'
is "$(($(wc -c <answer.txt) <= 560 && $(wc -l <phone/co.key.asked) == 1))" 1 'it is short, and recorded once'
match "$("$QIAN" cokey answer --order question.txt --key phone/co.key 2>&1 >/dev/null)" "$SLOT" 'the custodian is told what is answered'
sed '1s/ -$/ ssq 2026133 01 05 12 18 22 30+07/' question.txt >other.txt
fails_with 1 cokey.other-order "$QIAN" cokey answer --order other.txt --key phone/co.key
"$QIAN" cokey key --out phone/stranger.key --kdf-mib 8 >/dev/null
fails_with 1 cokey.not-asked "$QIAN" cokey answer --order question.txt --key phone/stranger.key
fails_with 1 cokey.question "$QIAN" cokey answer --order answer.txt --key phone/co.key
cut -c 1-300 answer.txt >short.txt
fails_with 1 cokey.answer "$QIAN" -d 140602 cokey take --answer short.txt
is "$("$QIAN" -d 140602 --json cokey take --answer answer.txt | json missing)" 0 'the county takes the answer'
D=$("$QIAN" -d 140602 --json draw run --slot "$SLOT" | json 0.draw)
match "$D" '^140602:' 'and draws'
carry 140602 1406 && carry 1406 14
match "$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null)" '"findings":\[\]' 'the province computes the same'
ok 'the key is named no longer' "$QIAN" -d 1406 cokey remove --office 140602 --key "$KEY" --reason 'moved'
fails_with 1 cokey.unknown "$QIAN" -d 1406 cokey remove --office 140602 --key "$KEY" --reason 'moved'
for target in $("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
print(" ".join(sorted({t["object"] for t in json.load(sys.stdin)["targets"]})))'); do
    quiet "$QIAN" -d 140602 result record --draw "$D" --object "$target" --codes R01 --by tester </dev/null
done
ok 'the draw is released' "$QIAN" -d 140602 release --draw "$D"
carry 140602 1406
ok 'the city makes its site' "$QIAN" -d 1406 publish site --out site
ok 'a page for the custodian can be written' "$QIAN" --lang zh cokey page --out cokey.html
ok 'and is on the site' cmp cokey.html site/cokey.html
ok 'the site proves the draw with both keys' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$target"
done_testing
