#!/usr/bin/env bash
# A second custodian with a phone: the question goes out as a code that the camera opens, the answer comes back as one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

PHONE="$ROOT/tests/js/custodian-page.mjs"
PAGE_AT=https://city.example/cokey.html
SLOT=1406/$YEAR/1/1
picture=${PICTURE:-} # PICTURE=FILE.png: the page with an answer, to be looked at
unset PICTURE
# phone ACTION... : what the custodian does with the page; without a browser the rest is told as skipped
phone() { timeout 100 node --no-warnings "$PHONE" page.html "$T/profile" "$@"; }
# refuses WORDS ACTION... : the page refuses, and says so
refuses() {
    local want=$1 said
    shift
    said=$(phone "$@")
    is "$?" 1 "the page refuses: $want"
    match "$said" "$want" 'and says why'
}

ok 'the page is written' "$QIAN" cokey page --out page.html
is "$(grep -cE "https?://[^w]|src=|@import|url\(" page.html)" 0 'it names no other resource'
phone backup >/dev/null 2>&1
[ $? -ne 77 ] || {
    echo 'ok 3 - the page in a browser # SKIP no Chromium (scripts/deps browser installs it)'
    tests=3
    done_testing
}
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
quiet "$QIAN" -d 1406 order auto off # the orders here are asked for
ok 'a plan is issued' issue_plan 1406 1
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406
KEY=$(phone key 'correct horse')
match "$KEY" '^[0-9a-f]{64}$' 'the custodian makes a key on the phone'
ok 'the city names it, in groups of four as the phone shows it' "$QIAN" -d 1406 cokey add --office 140602 --key "$(sed 's/..../& /g' <<<"$KEY")" --title 'Discipline'
carry 1406 140602
ok 'a roster is imported' import_roster 140602
ok 'and frozen' "$QIAN" -d 140602 freeze
carry 140602 1406
is "$("$QIAN" -d 1406 --json order issue | json orders.0.issued)" true 'the city orders'
carry 1406 140602

# ---- out, and back -----------------------------------------------------------------------------------------------------
ok 'the county asks by a code' "$QIAN" -d 140602 cokey ask --slot "$SLOT" --page "$PAGE_AT" --svg ask.svg
LINK=$(python3 "$ROOT/tests/t/qr_read.py" ask.svg)
match "$LINK" "^$PAGE_AT#draw-ask/1,[0-9a-f]{64}," 'a camera reads a link from it'
ok 'or in lines' "$QIAN" -d 140602 cokey ask --slot "$SLOT" --out question.txt
refuses 'passphrase is not the one' answer "$LINK" 'wrong horse'
is "$(phone backup | grep -c draw-ask)" 0 'nothing was recorded'
ANSWER=$(PICTURE=$picture phone answer "$LINK" 'correct horse' code.svg)
match "$ANSWER" "^draw-answer/1 [0-9a-f]{64} [0-9a-f]{64} $KEY [0-9a-f]{160} [0-9a-f]{160}\$" 'the phone answers'
is "$(python3 "$ROOT/tests/t/qr_read.py" code.svg)" "$ANSWER" 'a scanner reads the answer from it'
is "$(phone backup | grep -c draw-ask)" 1 'it was recorded'
is "$(phone answer "$(cat question.txt)" 'correct horse')" "$ANSWER" 'the same question has the same answer, pasted too'

# ---- what the custodian does not answer ----------------------------------------------------------------------------------
FREEZE=$(sed -n '1s/^draw-ask.1 [^ ]* \([^ ]*\) .*/\1/p' question.txt)
sed "1s/$FREEZE/$(tr 0-9a-f 1-9a-f0 <<<"$FREEZE")/" question.txt >other.txt
refuses 'do not belong together' answer "$(cat other.txt)" 'correct horse'
sed 's/^slot 1406/slot 1407/' question.txt >other.txt
refuses 'do not belong together' answer "$(cat other.txt)" 'correct horse'
refuses 'no question of an order' answer "$(head -n 1 question.txt)" 'correct horse'
phone backup >copy.txt
mv profile old
head -n 1 copy.txt >bad.txt
refuses 'no sound copy' restore bad.txt
phone restore copy.txt >/dev/null
is "$?" 0 'a new phone takes the copy'
is "$(phone answer "$(cat question.txt)" 'correct horse')" "$ANSWER" 'and answers as the old one did'
sed "s/$FREEZE/$(tr 0-9a-f 1-9a-f0 <<<"$FREEZE")/" copy.txt >bad.txt
refuses 'in other words' restore bad.txt
mv profile new
phone restore bad.txt >/dev/null
refuses 'in other words' answer "$LINK" 'correct horse'

# ---- what the office does not take ----------------------------------------------------------------------------------------
last=${ANSWER: -1}
fails_with 1 cokey.answer-wrong "$QIAN" -d 140602 cokey take --text "${ANSWER%?}$([ "$last" = 0 ] && echo 1 || echo 0)"
fails_with 1 cokey.answer-wrong "$QIAN" -d 140602 cokey take --text "$(sed "s/$KEY/$(openssl rand -hex 32)/" <<<"$ANSWER")"
fails_with 1 cokey.answer "$QIAN" -d 140602 cokey take --text "${ANSWER% *}"
fails_with 3 draw.answers "$QIAN" -d 140602 draw run --slot "$SLOT"
is "$("$QIAN" -d 140602 --json cokey take --text "$ANSWER" | json missing)" 0 'a hand scanner types the answer'
D=$("$QIAN" -d 140602 --json draw run --slot "$SLOT" | json 0.draw)
match "$D" '^140602:' 'the county draws'
carry 140602 1406 && carry 1406 14
match "$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null)" '"findings":\[\]' 'the province finds nothing'
done_testing
