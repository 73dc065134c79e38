#!/usr/bin/env bash
# One key, two histories, on real nodes: both kept, nothing signed, evidence that anybody checks, a new epoch, and what
# was abandoned told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
GROW=$TOOLS/growlog
[ -x "$GROW" ] || skip_all 'tests/tools/growlog is not built'
ok 'a province, a city and two counties are enrolled' tree 140000 140600 140602 140622 || done_testing

own() { "$QIAN" -d "$1" --json recover status | json "$2"; }
count() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
versions() { count "$1" "SELECT group_concat(roster) FROM (SELECT roster FROM recusal WHERE office = '$2' ORDER BY id)"; }
forks() { "$QIAN" -d "$1" --json fork list | python3 -c 'import json, sys; print(" ".join(sorted({f["log"].split("/")[1] for f in json.load(sys.stdin)})))'; }
P=$(free_port) C=$(free_port)
serve_all() { start_node 140000 --peer "127.0.0.1:$P" --sync-every 0 && start_node 140600 --peer "127.0.0.1:$C" --sync-every 0; }
ok 'two of them serve' serve_all || done_testing
quiet "$QIAN" -d 140600 peer set 140000 "https://127.0.0.1:$P"
for o in 140602 140622; do quiet "$QIAN" -d $o peer set 140600 "https://127.0.0.1:$C"; done
ok 'the county writes' "$GROW" 140602 3 private
ok 'and meets its city' "$QIAN" -d 140602 sync

# ---- written after an old backup was restored with its anchor -------------------------------------------------------
cp -r 140602 snapshot
ok 'it writes two entries' "$GROW" 140602 2 private
ok 'which the city has' "$QIAN" -d 140602 sync
rm -rf 140602 && mv snapshot 140602
ok 'set back, it writes others in their place' "$GROW" 140602 3 private 101
ok 'and hands a clue to the city' clue 140602 140600 'a clue'
told=$("$QIAN" -d 140602 sync 2>&1)
match "$told" 'new pieces of evidence.*fork list' 'evidence that is new is told'
match "$told" 'Exchange with .*recover run' 'and behind the exchange why nothing is signed, and the next step'
quiet "$QIAN" -d 140602 sync
told=$("$QIAN" -d 140602 sync 2>&1)
not_ok 'what is known is not told again' grep -qE 'evidence of a fork|holds another version|claims|receipt' <<<"$told"
match "$told" 'recover run' 'only what to do'
is "$(own 140602 state)" forked 'the first exchange tells it'
match "$("$QIAN" -d 140602 --lang zh status)" '日志第 [0-9]+ 条处签过两种内容.*qian recover status.*qian recover run' 'in words, with the next step'
not_ok 'nor that the parent had all of a branch that it does not hold' grep -qE 'has all|holds all|up to' <<<"$("$QIAN" -d 140602 status)"
is "$("$QIAN" -d 140602 --json status | json progress)" null 'in figures neither'
not_ok 'nothing more is signed' "$GROW" 140602 1 private
is "$(own 140602 rivals)" 2 'it holds both branches'
is "$(forks 140600)" 140602 'the city holds the evidence'
is "$(count 140600 'SELECT count(*) FROM rival')" 4 'and the branch that it does not hold as the log'
ok 'the city goes up' "$QIAN" -d 140600 sync
is "$(forks 140000)" 140602 'the province has it too'
is "$(versions 140600 140602)" 1,2,3,4,5 'the rows are those of the first branch'

is "$("$QIAN" -d 140602 --json rebuild 2>/dev/null | json found)" 0 'what the forked office has is what its branch says'
ok 'a backup of a forked office' "$QIAN" -d 140602 backup create --out forked.backup
ok 'stands a drill' "$QIAN" -d 140602 backup drill forked.backup
mkdir -p forked && ok 'and is restored' "$QIAN" -d forked backup restore forked.backup
is "$(own forked state)/$(own forked rivals)" "$(own 140602 state)/2" 'with both branches, and as little a signer as before'

# ---- evidence, alone ------------------------------------------------------------------------------------------------
no=$("$QIAN" -d 140000 --json fork list | json 0.no)
match "$("$QIAN" -d 140000 fork show "$no")" 'one key signed two different.*Side 1.*Side 2.*Next' 'both sides are shown, and what to do'
shown=$("$QIAN" -d 140600 fork show "$("$QIAN" -d 140600 --json fork list | json 0.no)")
match "$shown" 'Side 1: hash [0-9a-f]+…, roster, claimed time 20.*parent approves a new epoch' 'the city shows them too, in words'
not_ok 'and no value is left out' grep -q '{[a-z]*}' <<<"$shown"
ok 'it is written as a file' "$QIAN" -d 140000 fork export "$no" --out evidence
match "$("$QIAN" fork verify evidence --fingerprint "$ROOT_PRINT")" 'Proved: the key of Office 140602' 'anybody can check it'
bad=$(tr 'A-Z' 'B-ZA' <<<"$ROOT_PRINT")
not_ok 'with the right fingerprint only' "$QIAN" fork verify evidence --fingerprint "$bad"
head -c -1 evidence >cut
fails_with 1 fork.file "$QIAN" fork verify cut --fingerprint "$ROOT_PRINT"
{ cat evidence; printf x; } >long
fails_with 1 fork.file "$QIAN" fork verify long --fingerprint "$ROOT_PRINT"
python3 - <<'PY'
b = bytearray(open("evidence", "rb").read())
b[-5] ^= 1
open("spoilt", "wb").write(b)
PY
not_ok 'unspoilt only' "$QIAN" fork verify spoilt --fingerprint "$ROOT_PRINT"
fails_with absent fork.none "$QIAN" -d 140000 fork show 999
fails_with malformed fork.number "$QIAN" -d 140000 fork show first

# ---- a new epoch ------------------------------------------------------------------------------------------------------
before=$(sha256sum <140602/qian.db)
run=$("$QIAN" -d 140602 --json recover run --kdf-mib 8 2>/dev/null)
is "$(json state <<<"$run")/$(json epoch <<<"$run")/$(json size <<<"$run")" renewing/2/5 'a fresh database gets the branch that counts'
[ -f 140602/aside-1/qian.db ]
result $? 'the old one lies beside it'
is "$(versions 140602 140602)" 1,2,3,4,5 'rows and all'
is "$(own 140602 state)" renewing 'nothing is signed yet'
fails_with 1 own.renewing "$QIAN" -d 140602 freeze
is "$("$QIAN" -d 140602 --json rebuild 2>/dev/null | json found)" 0 'what is filled so far is what the logs say'
ok 'a backup while it renews' "$QIAN" -d 140602 backup create --out renewing.backup
ok 'stands a drill' "$QIAN" -d 140602 backup drill renewing.backup
match "$("$QIAN" -d 140602 status)" 'enrol approve.*enrol accept.*recover run' 'the next steps are told'
again=$("$QIAN" -d 140602 --json recover run --kdf-mib 8 2>/dev/null)
is "$(json fingerprint <<<"$again")" "$(json fingerprint <<<"$run")" 'asked again, the same request'
ok 'the city approves' "$QIAN" -d 140600 enrol approve "$(json request <<<"$run")" --fingerprint "$(json fingerprint <<<"$run")" --out new.chain
ok 'the county takes the certificate in' "$QIAN" -d 140602 enrol accept new.chain
done=$("$QIAN" -d 140602 --json recover run)
is "$(json abandoned <<<"$done")/$(json again <<<"$done")" 4/4 'the abandoned entries are told, and what holds is written again'
is "$(versions 140602 140602)" 1,2,3,4,5,101,102,103 'nothing that was acknowledged is lost'
ok 'it goes on' "$GROW" 140602 1 private 300
ok 'and meets its city' "$QIAN" -d 140602 sync
ok 'which goes up' "$QIAN" -d 140600 sync
for o in 140600 140000; do
    is "$(versions $o 140602)" 1,2,3,4,5,101,102,103,300 "$o has the rows of both epochs"
    is "$(count $o "SELECT group_concat(seq || ':' || again) FROM (SELECT seq, again FROM abandoned ORDER BY seq)")" 3:0,4:1,5:2,6:3 "$o knows what was abandoned, and where it stands again"
done
for o in 140600 140602; do
    match "$("$QIAN" -d $o record list clue)" '140602:2-3-0.*a clue' "$o reads the clue, which was read from the author's copy"
done
for o in 140602 140600 140000; do
    match "$("$QIAN" -d $o fork show "$no")" 'This is over: .*epoch 2' "$o is told that it is over"
    match "$("$QIAN" -d $o status)" 'forked at entry.*this is over' "and so says its status"
    match "$("$QIAN" -d $o fork abandoned)" '140602/1 +3 .*as entry 0 of epoch 2.*140602/1 +5 .*as entry 2' "$o lists what was abandoned"
    is "$("$QIAN" -d $o --json fork abandoned 140602 | json 1.again)" 1 'for programs too'
    is "$("$QIAN" -d $o --json fork abandoned 140622)" '[]' 'by office'
done
fails_with absent cli.office-unknown "$QIAN" -d 140000 fork abandoned 140699
not_ok 'an exchange says nothing of a fork that is over' grep -q fork <<<"$("$QIAN" -d 140602 sync 2>&1)"
is "$(own 140602 state)/$("$QIAN" -d 140602 --json status | json origin)" signs/test.example/140602/2 'its log is that of the new epoch'
fails_with 1 own.signs "$QIAN" -d 140602 recover run
is "$("$QIAN" -d 140602 --json rebuild 2>/dev/null | json found)" 0 'both epochs are what the logs say'
ok 'a backup of the new epoch' "$QIAN" -d 140602 backup create --out renewed.backup
for b in forked renewing renewed; do ok "a drill of the $b one" "$QIAN" -d 140602 backup drill $b.backup; done

# ---- a machine that was copied: both write ----------------------------------------------------------------------------
ok 'the other county writes' "$GROW" 140622 2 private
ok 'and meets its city' "$QIAN" -d 140622 sync
cp -r 140622 clone
ok 'the one writes' "$GROW" 140622 1 private 301
ok 'the copy too' "$GROW" clone 1 private 302
ok 'the one is heard first' "$QIAN" -d 140622 sync
"$QIAN" -d clone sync >/dev/null 2>&1
is "$(own clone state)" forked 'the copy is told'
"$QIAN" -d 140622 sync >/dev/null 2>&1
is "$(own 140622 state)" forked 'and so is the other: nobody can tell which is the office'
match "$(forks 140600)" 140622 'the city holds the evidence'
is "$(versions 140600 140622)" 1,2,301 'and the rows of the first'
not_ok 'neither signs' "$GROW" clone 1 private
not_ok 'nor the other' "$GROW" 140622 1 private
done_testing
