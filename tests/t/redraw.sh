#!/usr/bin/env bash
# Drawn, set back to before the draw, drawn once more: the same order gives the same draw, and the second one shows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
[ -x "$TOOLS/gen_roster" ] || skip_all 'tests/tools/gen_roster is not built'
ok 'a province, a city and a county are enrolled' tree 140000 140600 140602 || done_testing
ok 'the city issues a plan' issue_plan 140600 1 4 || done_testing
carry 140600 140602
ok 'the county has a roster' import_roster 140602
ok 'and freezes it' "$QIAN" -d 140602 freeze
carry 140602 140600
ok 'the city orders' "$QIAN" -d 140600 order issue --office 140602
carry 140600 140602
SLOT=140600/$YEAR/1/1

own() { "$QIAN" -d "$1" --json recover status | json "$2"; }
drawn() { "$QIAN" -d 140602 --json draw show "$1" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d.get("seed"), *(t["object"] for t in d["targets"]))'; }
codes() { "$QIAN" -d "$1" --json verify all 2>/dev/null | python3 -c '
import json, sys
print(" ".join(sorted({f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]})))'; }

cp -r 140602 snapshot
cp 140602/qian.db old.db
D=$("$QIAN" -d 140602 --json draw run --slot "$SLOT" | json 0.draw)
first=$(drawn "$D")
match "$first" '[0-9a-f]{64}' 'the county draws'

# ---- an old database: its anchor stops it before it draws again ------------------------------------------------------
cp -r 140602 kept
rm -f 140602/qian.db* && cp old.db 140602/qian.db
fails_with 1 own.behind "$QIAN" -d 140602 draw run --slot "$SLOT"
rm -rf 140602 && mv kept 140602

# ---- the whole machine was set back: it draws again ---------------------------------------------------------------------
carry 140602 140600
mv 140602 done && mv snapshot 140602
rm -f note && printf 'another clerk' >note
ok 'something else comes first' "$QIAN" -d 140602 draw run --slot "140600/$YEAR/4/1"
E=$("$QIAN" -d 140602 --json draw run --slot "$SLOT" | json 0.draw)
is "$(drawn "$E")" "$first" 'one order, one key: the draw is the same'
not_ok 'its entry is not' [ "$E" = "$D" ]
carry 140602 140600
match "$("$QIAN" -d 140600 fork list)" '140602/1' 'the city sees two histories'
carry 140600 140602
is "$(own 140602 state)" forked 'the county is stopped'
carry 140602 140600
is "$(codes 140600)" LOG_FORK 'the city judges both: a fork, and no other draw (verdicts-18)'
is "$("$QIAN" -d 140600 --json verify all 2>/dev/null | json verdicts | grep -o '"about": "rival"' | wc -l)" 2 'the draws of the branch among them'
carry 140600 140000
is "$(codes 140000)" LOG_FORK 'so does the province'
match "$("$QIAN" -d 140000 status)" 'signed two different.*fork show' 'whose board tells of it, with the next step'

# ---- recovery: the draw above counts, and none is made anew ---------------------------------------------------------------
run=$("$QIAN" -d 140602 --json recover run --kdf-mib 8 2>/dev/null)
carry 140602 140600 && carry 140600 140602
ok 'the city approves a new epoch' "$QIAN" -d 140600 enrol approve "$(json request <<<"$run")" --fingerprint "$(json fingerprint <<<"$run")" --out new.chain
ok 'the county takes it in' "$QIAN" -d 140602 enrol accept new.chain
told=$("$QIAN" -d 140602 recover run)
match "$told" 'was a draw.*abandoned, and not drawn anew' 'the abandoned draws are named'
is "$("$QIAN" -d 140602 --json draw list | python3 -c 'import json, sys; print(*(d["draw"] for d in json.load(sys.stdin)))')" "$D" 'the first draw stands alone'
is "$(drawn "$D")" "$first" 'with what it drew'
F=$("$QIAN" -d 140602 --json draw run --slot "140600/$YEAR/4/1" | json 0.draw)
match "$F" '^140602:2-' 'what the parent never had is drawn by the same order in the new log'
carry 140602 140600
match "$("$QIAN" -d 140600 --json verify all 2>/dev/null)" "\"$F\"" 'the city judges the draw in the new log'
is "$(codes 140600 | grep -c KEY_NOT_ENROLLED)" 0 'whose key is the one that its order was made for (verdicts-8)'
fails_with 1 draw.slot-done "$QIAN" -d 140602 draw run --slot "$SLOT"
done_testing
