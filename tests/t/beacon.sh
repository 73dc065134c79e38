#!/usr/bin/env bash
# An order that names a public lottery: nobody draws before its numbers are written down by two persons.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

EVENT="ssq ${YEAR}133" TRUE="ssq ${YEAR}133 01 05 12 18 22 30+07" FALSE="ssq ${YEAR}133 02 05 12 18 22 30+07"
TODAY=$(TZ=UTC-8 date +%F)
record() { "$QIAN" -d "$1" --json beacon record "$2" --drawn-on "$TODAY" --by "$3"; }

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
quiet "$QIAN" -d 1406 order auto off # the orders here are asked for
ok 'a plan is issued' issue_plan 1406 1
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406
carry 1406 140602
ok 'a roster is imported' import_roster 140602
ok 'and frozen' "$QIAN" -d 140602 freeze
carry 140602 1406
fails_with 1 beacon.event "$QIAN" -d 1406 order issue --beacon "dlt ${YEAR}133"
fails_with 1 beacon.known "$QIAN" -d 1406 order issue --beacon 'ssq 2003001'
is "$("$QIAN" -d 1406 --json order issue --beacon "$EVENT" | json orders.0.level)" offline 'the order waits for the lottery'
carry 1406 140602
SLOT=1406/$YEAR/1/1
fails_with 3 draw.beacon-waiting "$QIAN" -d 140602 draw run --slot "$SLOT"
fails_with 1 beacon.drawn-on "$QIAN" -d 140602 beacon record "$TRUE" --drawn-on 2999-01-01 --by One
fails_with 1 draw.beacon "$QIAN" -d 140602 beacon record "$EVENT" --drawn-on "$TODAY" --by One
is "$(record 140602 "$TRUE" One | json settled)" false 'one person is not enough'
fails_with 1 beacon.twice "$QIAN" -d 140602 beacon record "$FALSE" --drawn-on "$TODAY" --by One
is "$(record 140602 "$FALSE" Two | json settled)" false 'a second who reads something else stops it'
match "$("$QIAN" -d 140602 draw run --slot "$SLOT" 2>&1)" 'transcriptions differ' 'the draw says why it waits'
is "$(record 140602 "$TRUE" Three | json settled)" true 'a third decides'
is "$("$QIAN" -d 140602 --json beacon list | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 3 'all three stand'
D=$("$QIAN" -d 140602 --json draw run --slot "$SLOT" | json 0.draw)
match "$D" '^140602:' 'then it is drawn'
carry 140602 1406 && carry 1406 14
said=$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null)
match "$said" '"BEACON_BEFORE_ORDER"' 'the province finds that the drawing was on the day of the order'
match "$("$QIAN" -d 14 verify draw "$D" 2>/dev/null)" 'wrote the lottery' 'and that nobody above looked the numbers up'
quiet record 14 "$FALSE" Four && quiet record 14 "$FALSE" Five
match "$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null)" '"BEACON_WRONG"' 'two persons of the province read other numbers'
for target in $("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
print(" ".join(sorted({t["object"] for t in json.load(sys.stdin)["targets"]})))'); do
    quiet "$QIAN" -d 140602 result record --draw "$D" --object "$target" --codes R01 --by tester </dev/null
done
ok 'the draw is released' "$QIAN" -d 140602 release --draw "$D"
carry 140602 1406
ok 'the city makes its site' "$QIAN" -d 1406 publish site --out site
ok 'the site proves the draw with its numbers' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$target"
done_testing
