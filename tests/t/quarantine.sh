#!/usr/bin/env bash
# What stands still, and who ends it: real nodes over HTTP and by file, entries that no honest node signs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
FORGE=$BUILD/tests/tools/forge
[ -x "$FORGE" ] || skip_all 'tests/tools/forge is not built'

ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
P=$(free_port) C=$(free_port)
ok 'the province serves' start_node 14 --peer "127.0.0.1:$P"
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C"
quiet "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$P"
quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$C"

forge() { "$FORGE" --dir "$1" --passphrase-file pass --what "$2"; }
around() { # the county up, the city up, the county again for what came down
    quiet "$QIAN" -d 140602 sync && quiet "$QIAN" -d 1406 sync && quiet "$QIAN" -d 140602 sync
}
# fate OFFICE SEQ : "state rule" of the county's entry there, or nothing
fate() {
    "$QIAN" -d "$1" --json quarantine list | python3 -c '
import json, sys
for s in json.load(sys.stdin):
    if s["office"] == "140602" and s["seq"] == int(sys.argv[1]):
        print(s["state"], s["rule"])' "$2"
}
# lane OFFICE : up to where the bulk lane of the county's log is applied there
lane() {
    "$QIAN" -d "$1" --json status | python3 -c '
import json, sys
print([l["applied"][4] for l in json.load(sys.stdin)["logs"] if l["office"] == "140602"][0])'
}
count() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
ok 'they have met' around

# ---- refused ---------------------------------------------------------------------------------------------------
bad=$(forge 140602 office)
ok 'a row in another name goes up' around
is "$(fate 1406 "$bad")" 'refused authority.office' 'the city refuses it'
is "$(fate 14 "$bad")" 'refused authority.office' 'the province refuses alike'
is "$(fate 140602 "$bad")" 'refused authority.office' 'the author is shown it'
is "$(lane 1406)/$(lane 14)" "$((bad + 1))/$((bad + 1))" 'the lane goes on'
is "$(count 14 'SELECT group_concat(office) FROM refusal')" 1406 'one refusal, signed by the parent'
ok 'once more' around
is "$(count 140602 'SELECT count(*) FROM refusal')" 1 'it is said once'
match "$("$QIAN" -d 140602 quarantine show 140602 "$bad")" 'quarantine supersede' 'the author is told what to do'
fails_with absent quarantine.none "$QIAN" -d 1406 quarantine show 140602 77
fails_with absent log.unknown "$QIAN" -d 1406 quarantine show 150000 0
fails_with malformed quarantine.number "$QIAN" -d 1406 quarantine show 140602 first
fails_with malformed quarantine.number "$QIAN" -d 1406 quarantine show 140602 +1
is "$("$QIAN" -d 1406 quarantine show 140602 >/dev/null 2>&1; echo $?)" 2 'an entry has a number'
is "$("$QIAN" -d 1406 quarantine waive 140602 "$bad" >/dev/null 2>&1; echo $?)" 2 'a waiver has a reason'
ok 'the author withdraws it' "$QIAN" -d 140602 quarantine supersede "$bad" --reason 'wrong name'
fails_with conflict quarantine.asked "$QIAN" -d 140602 quarantine supersede "$bad" --reason again
fails_with absent log.no-entry "$QIAN" -d 140602 quarantine supersede 999 --reason 'not written'
ok 'and it goes round' around
for o in 1406 14 140602; do is "$(fate $o "$bad")" 'superseded fate.superseded' "$o knows it withdrawn"; done
fails_with conflict quarantine.done "$QIAN" -d 140602 quarantine supersede "$bad" --reason again

# ---- held, superseded --------------------------------------------------------------------------------------------
held=$(forge 140602 revision)
stuck=$(forge 140602 schema)
ok 'a revision of nothing goes up' around
is "$(fate 1406 "$held")" 'held apply.revision' 'the city holds it'
is "$(fate 14 "$held")" 'held apply.revision' 'the province too'
is "$(lane 1406)/$(lane 14)" "$held/$held" 'the lane stands there at both'
is "$("$QIAN" -d 1406 --json quarantine list | json 1.waits_on)" "140602 roster_close 1, 1-$held-0" 'what it waits for is named'
is "$("$QIAN" -d 1406 --json status --brief | json held)/$("$QIAN" -d 1406 --json status --brief | json parent)" 1/14 'a page is told so, shortly'
is "$("$QIAN" -d 1406 --json quarantine show 140602 "$held" | json rows.0.here)" null 'nothing stands here under that name'
ok 'trying again is allowed' "$QIAN" -d 1406 quarantine retry
is "$(fate 1406 "$held")" 'held apply.revision' 'and changes nothing'
fails_with absent quarantine.none "$QIAN" -d 1406 quarantine retry 140602 999
fails_with denied authority.waiver "$QIAN" -d 14 quarantine waive 140602 "$held" --reason 'not my child'
fails_with denied authority.waiver "$QIAN" -d 140602 quarantine waive 140602 "$held" --reason 'my own'
fails_with denied quarantine.not-standing "$QIAN" -d 140602 quarantine supersede "$stuck" --reason 'nobody judged it yet'
ok 'the author withdraws it' "$QIAN" -d 140602 quarantine supersede "$held" --reason 'written too early'
ok 'and it goes round' around
is "$(lane 1406)/$(lane 14)" "$stuck/$stuck" 'the lane has gone on at both, to the next'
is "$(fate 14 "$stuck")" 'held apply.schema' 'which waits for a newer program'

# ---- waived ------------------------------------------------------------------------------------------------------
show=$("$QIAN" -d 14 --json quarantine show test.example/140602/1 "$stuck")
is "$(json unread <<<"$show")/$(json parts_here <<<"$show")" apply.schema/1 'its bytes are there, its rows unread'
ok 'the city waives it' "$QIAN" -d 1406 quarantine waive 140602 "$stuck" --reason 'a test program wrote it'
twice=$(forge 140602 twice)
ok 'another comes' around
is "$(fate 14 "$stuck")" 'waived fate.waived' 'the province skips what the city waived'
is "$(lane 1406)/$(lane 14)" "$twice/$twice" 'its lane went on to the next'
is "$(fate 14 "$twice")" 'quarantined row.exists' 'which is quarantined'
show=$("$QIAN" -d 1406 --json quarantine show 140602 "$twice")
is "$(json rows.1.values.id <<<"$show")/$(json rows.1.values.acted_by <<<"$show")" "1-$twice-0/forger" 'and shows its rows'
match "$("$QIAN" -d 1406 quarantine show 140602 "$twice")" 'row.exists.*acted_by +forger.*2 rows read' 'also to people'
ok 'the city waives that too' "$QIAN" -d 1406 quarantine waive 140602 "$twice" --reason 'one key twice'
fails_with conflict quarantine.done "$QIAN" -d 1406 quarantine waive 140602 "$twice" --reason again
ok 'round' around
is "$(lane 1406)/$(lane 14)" "$((twice + 1))/$((twice + 1))" 'nothing stands any more'
is "$("$QIAN" -d 14 --json status | json held)" 0 'the province counts none'
match "$("$QIAN" -d 14 quarantine list)" "$twice.*waived" 'the waiver is shown for ever'
match "$("$QIAN" -d 14 quarantine list --lang zh)" '已批准跳过' 'in Chinese'
is "$(count 14 "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602' AND p.seq = $twice")" 1 'the bytes stay'

# ---- by file -----------------------------------------------------------------------------------------------------
far=$(forge 140622 revision)
ok 'a county without a line sends a file' "$QIAN" -d 140622 bundle make --to 1406 --out up.qb
ok 'the city takes it in' "$QIAN" -d 1406 bundle import up.qb
match "$("$QIAN" -d 1406 quarantine list)" 'test.example/140622/1' 'and holds what it cannot apply'
ok 'it answers' "$QIAN" -d 1406 bundle make --to 140622 --out down.qb
ok 'which the county takes in' "$QIAN" -d 140622 bundle import down.qb
ok 'and withdraws its entry' "$QIAN" -d 140622 quarantine supersede "$far" --reason 'an old stick'
ok 'another file' "$QIAN" -d 140622 bundle make --to 1406 --out up2.qb
ok 'taken in' "$QIAN" -d 1406 bundle import up2.qb
match "$("$QIAN" -d 1406 --json quarantine list)" '"office": ?"140622"[^}]*"superseded"' 'it is withdrawn'

# ---- what came beside what is here -------------------------------------------------------------------------------
ok 'an entry with which nothing is wrong' forge 140622 fine
third=$(forge 140622 third)
ok 'and one that jumps' "$QIAN" -d 140622 bundle make --to 1406 --out up3.qb
ok 'come in' "$QIAN" -d 1406 bundle import up3.qb
row=$("$QIAN" -d 1406 --json quarantine show 140622 "$third" | json rows.0)
is "$(json here.rev <<<"$row")/$(json here.roster <<<"$row") $(json values.rev <<<"$row")/$(json values.roster <<<"$row")" \
    '1/99 3/100' 'the row that came is shown beside the one that is here'
is "$(json here.id <<<"$row")" "$(json values.id <<<"$row")" 'under the same name'
done_testing
