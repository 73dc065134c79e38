#!/usr/bin/env bash
# The office at the top signed two histories: two cities hold one each. It gets a new epoch from the custodians, on real nodes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
GROW=$TOOLS/growlog
[ -x "$GROW" ] || skip_all 'tests/tools/growlog is not built'
ok 'a province, two cities and a county are enrolled' eval 'ROOTS=2 tree 140000 140600 140700 140602' || done_testing
own() { "$QIAN" -d "$1" --json recover status | json "$2"; }
query() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
codes() { query "$1" "SELECT coalesce(group_concat(code), '') FROM (SELECT code FROM code WHERE office = '140000' ORDER BY code)"; }
forks() { "$QIAN" -d "$1" --json fork list | python3 -c 'import json, sys; print(" ".join(sorted({f["log"] for f in json.load(sys.stdin)})))'; }
# log OFFICE EPOCH : how many entries of the province's log it has verified
log() { query "$1" "SELECT coalesce(max(verified), 0) FROM log WHERE office = '140000' AND epoch = $2"; }
P=$(free_port) C=$(free_port)
serve() { start_node 140000 --peer "127.0.0.1:$P" --sync-every 0; }
ok 'the province serves' serve
for o in 140600 140700; do quiet "$QIAN" -d $o peer set 140000 "https://127.0.0.1:$P"; done
quiet "$QIAN" -d 140602 peer set 140600 "https://127.0.0.1:$C"
ok 'the city serves' start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
around() { for o in 140602 140600 140700 140602; do quiet "$QIAN" -d $o sync || return; done; }
ok 'all meet' around
# grow ENTRIES... : the province writes while it does not serve
grow() { stop_node 140000 && "$GROW" 140000 "$@" && serve; }
# leaf OFFICE : what it holds in the place where the branches part
leaf() { query "$1" "SELECT coalesce(max(hex(e.leaf)), '') FROM entry e JOIN log l ON l.no = e.log WHERE l.office = '140000' AND l.epoch = 1 AND e.seq = $place"; }
ok 'the province writes' grow 2
ok 'and all have it' around
place=$(log 140600 1)
cp -r 140000 snapshot
ok 'it writes more' grow 2
ok 'which one city has' quiet "$QIAN" -d 140600 sync
ok 'and its county' quiet "$QIAN" -d 140602 sync
stop_node 140000
first=$(leaf 140600)
rm -rf 140000 && mv snapshot 140000
ok 'the machine is set back, its anchor with it' serve
ok 'it writes others in their place' grow 3
ok 'and something for itself alone' grow 1 private 100
ok 'which the other city has' quiet "$QIAN" -d 140700 sync
second=$(leaf 140700)
is "$([ "$first" != "$second" ] && echo two)/$(leaf 140000)" "two/$second" 'there are two histories'
"$QIAN" -d 140600 sync >/dev/null 2>&1
is "$(own 140000 state)" forked 'the first city tells it'
not_ok 'nothing more is signed' grow 1
ok 'it serves on' serve
ok 'an office below it still meets it' quiet "$QIAN" -d 140700 sync
for o in 140600 140700 140602; do quiet "$QIAN" -d $o sync; done
is "$(forks 140000)/$(forks 140600)" test.example/140000/1/test.example/140000/1 'who met both holds the evidence'

branch() { "$QIAN" -d 140000 --json recover status | python3 -c 'import json, sys; print({h["office"]: h["branch"] for h in json.load(sys.stdin)["holders"]}[sys.argv[1]])' "$1"; }
is "$(branch 140600)/$(branch 140700)" other/same 'it is shown who holds which'

# ---- a new epoch -------------------------------------------------------------------------------------------------------
fails_with denied renew.serving "$QIAN" -d 140000 recover run
stop_node 140000
run=$("$QIAN" -d 140000 --json recover run --kdf-mib 8 2>/dev/null)
is "$(json state <<<"$run")/$(json epoch <<<"$run")" renewing/2 'its database is put aside, and it asks for the next epoch'
ok 'it asks the city whose branch shall count' quiet "$QIAN" -d 140000 bundle make --to 140600 --out ask.qb
ok 'which answers' quiet "$QIAN" -d 140600 bundle import ask.qb --reply first.qb
ok 'which is read before anybody can call' quiet "$QIAN" -d 140000 bundle import first.qb
is "$(leaf 140000)" "$first" 'that branch is taken'
ok 'it serves' serve
ok 'that city calls' quiet "$QIAN" -d 140600 sync
is "$(leaf 140000)/$(log 140000 1)" "$first/$((place + 2))" 'it is filled with that branch'
"$QIAN" -d 140700 sync >/dev/null 2>&1
is "$(leaf 140000)" "$first" 'the other city changes nothing in it'
is "$(own 140000 state)" renewing 'nothing is signed yet'
stop_node 140000
request=$(json request <<<"$run")
sign() { # SERIAL : the custodians
    quiet "$QIAN" root draft --policy policy.txt --request "$request" --scope 14 --serial "$1" --out again.draft || return
    for k in 1 2; do quiet "$QIAN" root sign --draft again.draft --key root$k.key --out again.sig$k || return; done
    quiet "$QIAN" root certify --policy policy.txt --draft again.draft --sig again.sig1 --sig again.sig2 --out again.chain
}
ok 'the custodians of the root sign' sign 2
ok 'the province takes the certificate in' "$QIAN" -d 140000 enrol accept again.chain
done=$("$QIAN" -d 140000 --json recover run)
is "$(json abandoned <<<"$done")/$(json again <<<"$done")" 4/1 'what is abandoned is told, and what holds is written again'
is "$("$QIAN" -d 140000 --json rebuild 2>/dev/null | json found)" 0 'it is what its logs say'
ok 'it writes in the new epoch' "$GROW" 140000 1
ok 'it serves' serve
ok 'all meet' eval 'around && around'
for o in 140600 140700 140602; do
    is "$(log $o 2)" "$(log 140000 2)" "$o has the log of the new epoch"
    is "$("$QIAN" -d $o --json status | json held)" 0 "nothing stands still at $o"
    is "$("$QIAN" -d $o --json rebuild 2>/dev/null | json found)" 0 "$o is what its logs say"
done
is "$(leaf 140700)/$(leaf 140600)" "$second/$first" 'each city keeps what it was told first'
for o in 140000 140600 140700; do
    match "$("$QIAN" -d $o fork show 1)" 'This is over: .*epoch 2' "$o is told that the fork is over"
done
match "$("$QIAN" -d 140000 fork abandoned)" "140000/1 +$((place + 3)) .*as entry 0 of epoch 2" 'and lists what it abandoned'
done_testing
