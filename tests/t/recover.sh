#!/usr/bin/env bash
# Old backups on real nodes: what was acknowledged comes back from others, nothing is signed meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
GROW=$TOOLS/growlog
[ -x "$GROW" ] || skip_all 'tests/tools/growlog is not built'
ok 'a province, a city and two counties are enrolled' tree 140000 140600 140602 140622 || done_testing

own() { "$QIAN" -d "$1" --json recover status | json "$2"; }
count() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
codes() { count "$1" "SELECT count(*) FROM $([ "${2:-$1}" = 140000 ] && echo code || echo recusal) WHERE office = '${2:-$1}'"; }
# grow OFFICE N : so many entries
grow() { if [ "$1" = 140000 ]; then "$GROW" "$1" "$2"; else "$GROW" "$1" "$2" private; fi; }
P=$(free_port) C=$(free_port)
serve_all() { start_node 140000 --peer "127.0.0.1:$P" --sync-every 0 && start_node 140600 --peer "127.0.0.1:$C" --sync-every 0; }
# backup OFFICE : its database as it is now; its anchor stays out of it
backup() { rm -rf "bak-$1" && mkdir "bak-$1" && cp "$1"/qian.db* "bak-$1/"; }
restore() { rm -f "$1"/qian.db* && cp "bak-$1"/qian.db* "$1/"; }
around() {
    quiet "$QIAN" -d 140602 sync && quiet "$QIAN" -d 140622 sync && quiet "$QIAN" -d 140600 sync &&
        quiet "$QIAN" -d 140602 sync && quiet "$QIAN" -d 140622 sync
}
ok 'two of them serve' serve_all || done_testing
quiet "$QIAN" -d 140600 peer set 140000 "https://127.0.0.1:$P"
for o in 140602 140622; do quiet "$QIAN" -d $o peer set 140600 "https://127.0.0.1:$C"; done
ok 'the county writes' grow 140602 3
ok 'and all meet' around

# ---- a county restores an old backup, and wrote nothing since ------------------------------------------------------
is "$(own 140602 state)/$(own 140602 size)/$(own 140602 anchor)" signs/3/3 'the anchor knows what was signed'
backup 140602
ok 'it writes more' grow 140602 2
ok 'which the city gets' "$QIAN" -d 140602 sync
restore 140602
is "$(own 140602 state)" behind 'the machine tells that its database is old'
match "$("$QIAN" -d 140602 status --lang zh)" '已签过 5 条，此数据库里只有 3 条.*qian sync' 'in words, with the next step'
match "$("$QIAN" -d 140602 doctor)" 'has signed 5 entries and this database holds 3' 'the doctor says so too'
fails_with 1 own.behind "$QIAN" -d 140602 freeze
not_ok 'nothing is signed' grow 140602 1
match "$("$QIAN" -d 140602 sync 2>&1)" 'own log is back in full \(5 entries\)' 'one exchange brings it back'
is "$(own 140602 state)/$(codes 140602)" signs/5 'rows and all, and it signs'
fails_with 1 own.signs "$QIAN" -d 140602 recover run
ok 'it goes on writing' grow 140602 1
ok 'the city takes it' "$QIAN" -d 140602 sync
is "$(codes 140600 140602)/$("$QIAN" -d 140600 --json fork list)" '6/[]' 'without a fork'

# ---- the whole machine is set back, its anchor with it: that shows at the first exchange ---------------------------
cp -r 140602 snapshot
ok 'more again' grow 140602 2
ok 'sent' "$QIAN" -d 140602 sync
rm -rf 140602 && mv snapshot 140602
is "$(own 140602 state)" signs 'the machine itself cannot tell'
match "$("$QIAN" -d 140602 sync 2>&1)" 'own log is back in full \(8 entries\)' 'the city can'
is "$(codes 140602)" 8 'nothing is lost'

# ---- the disk is new: no anchor -------------------------------------------------------------------------------------
rm 140602/anchor
is "$(own 140602 state)" unsure 'without its anchor the office does not sign'
fails_with 1 own.unsure "$QIAN" -d 140602 freeze
ok 'until it has met its city' "$QIAN" -d 140602 sync
is "$(own 140602 state)/$(own 140602 anchor)" signs/8 'then it goes on'

# ---- by file: a bundle that the office made --------------------------------------------------------------------------
backup 140602
ok 'entries that go by stick' grow 140602 2
ok 'a bundle' "$QIAN" -d 140602 bundle make --to 140600 --out up.qb
restore 140602
is "$(own 140602 state)" behind 'the backup is old'
ok 'a kept bundle brings them back' "$QIAN" -d 140602 recover run --from up.qb
is "$(own 140602 state)/$(codes 140602)" signs/10 'without a line'
quiet "$QIAN" -d 140600 bundle make --to 140602 --out down.qb
fails_with 1 bundle.not-own "$QIAN" -d 140602 recover run --from down.qb
ok 'and the city gets them' "$QIAN" -d 140602 sync

# ---- the city loses its last weeks -------------------------------------------------------------------------------------
ok 'all meet' around
stop_node 140600
backup 140600
ok 'the city writes' grow 140600 2
start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
ok 'a county too' grow 140602 2
ok 'and one that the city refuses' "$TOOLS/forge" --dir 140602 --passphrase-file pass --what office
ok 'and the other' grow 140622 3
ok 'all meet again' around
have=$(count 140600 'SELECT (SELECT count(*) FROM recusal) || "/" || (SELECT sum(verified) FROM log) || "/" || (SELECT count(*) FROM part)')
stop_node 140600
restore 140600
is "$(own 140600 state)" behind 'the city is an old copy'
start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
ok 'a county that calls is served all the same' "$QIAN" -d 140602 sync
ok 'the city asks the province' "$QIAN" -d 140600 sync
ok 'the other county calls' "$QIAN" -d 140622 sync
is "$(own 140600 state)" signs 'the city signs again'
is "$(count 140600 'SELECT (SELECT count(*) FROM recusal) || "/" || (SELECT sum(verified) FROM log) || "/" || (SELECT count(*) FROM part)')" "$have" 'all is there again: rows, entries, parts'
ok 'and it goes on' "$QIAN" -d 140600 quarantine list
is "$("$QIAN" -d 140000 --json fork list)$("$QIAN" -d 140602 --json fork list)" '[][]' 'nobody saw a fork'

# ---- the province loses its last weeks: its log comes back from below ---------------------------------------------------
ok 'all meet' around
stop_node 140000
backup 140000
ok 'the province writes' grow 140000 3
start_node 140000 --peer "127.0.0.1:$P" --sync-every 0
ok 'the city hears of it' "$QIAN" -d 140600 sync
stop_node 140000
restore 140000
is "$(own 140000 state)" behind 'the province is an old copy'
start_node 140000 --peer "127.0.0.1:$P" --sync-every 0
ok 'the city calls' "$QIAN" -d 140600 sync
is "$(own 140000 state)/$(codes 140000)" signs/3 'and brings the province its own log'

# ---- what nobody below was sent ---------------------------------------------------------------------------------------
stop_node 140000
backup 140000
ok 'the province writes something for itself alone' "$GROW" 140000 2 private
start_node 140000 --peer "127.0.0.1:$P" --sync-every 0
ok 'the city has the headers' "$QIAN" -d 140600 sync
stop_node 140000
restore 140000
start_node 140000 --peer "127.0.0.1:$P" --sync-every 0
ok 'the city calls' "$QIAN" -d 140600 sync
is "$(own 140000 state)" incomplete 'the headers are back, what they say is not'
match "$("$QIAN" -d 140000 recover status)" 'recover run --without-parts' 'the person is told the way out'
ok 'and takes it' "$QIAN" -d 140000 recover run --without-parts
is "$(own 140000 state)" signs 'it signs again'
ok 'and everybody goes on' around

# ---- what was sealed to another comes back to its author, who reads it again -------------------------------------------
clues() { "$QIAN" -d "$1" --json record list clue | python3 -c 'import json, sys; print(" ".join(sorted(c["title"] for c in json.load(sys.stdin))))'; }
backup 140602
ok 'the county hands a clue to its city' clue 140602 140600 to-the-city
ok 'and one to the province, past the city' clue 140602 140000 to-the-province
ok 'they go' "$QIAN" -d 140602 sync
restore 140602
is "$(own 140602 state)/$(clues 140602)" 'behind/' 'the disk with both is gone'
ok 'the city sends what it holds' "$QIAN" -d 140602 sync
is "$(own 140602 state)/$(clues 140602)" 'signs/to-the-city to-the-province' 'the county reads both again'
is "$(clues 140600)/$(count 140600 'SELECT count(*) FROM part JOIN entry USING (log, seq) WHERE lane = 3')" to-the-city/4 'the city opens what is its own, and holds four parts'
is "$("$QIAN" -d 140602 --json rebuild 2>/dev/null | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["carried"], r["sealed"], [f["rule"] for f in r["findings"]])')" "0 0 ['apply.own-office']" 'both follow from the log, like all but the entry that was forged above'
done_testing
