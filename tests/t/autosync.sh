#!/usr/bin/env bash
# qian serve calls by itself: it waits, fails, says when it tries again, and gets through when the other is there; a call
# that is under way does not keep it from ending.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
export QIAN_LANG=zh
OFFICE_NAME=机关

# The waits are those of real use, minutes: for the node that makes them time runs twenty times as fast, where there is
# libfaketime. HASTE: by how much.
HASTE=1
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
printf '#!/bin/sh\nexec "%s" "$@"\n' "$QIAN" >hasty
if [ -n "$lib" ]; then
    HASTE=20
    printf '#!/bin/sh\nexport ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=%s FAKETIME="+0 x%s"\nexec "%s" "$@"\n' \
        "$lib" $HASTE "$QIAN" >hasty
fi
chmod +x hasty
hasty_node() { QIAN=$T/hasty start_node "$@"; }

peer() { # MEMBER : of the city's only peer
    "$QIAN" -d 1406 --json status | json "peers.0.$1"
}
# until_ SECONDS CONDITION... : of the hasty node
until_() {
    local end=$((SECONDS + $1 / HASTE + 5))
    shift
    while ! "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}
failed() { [ "$(peer failures)" -ge 1 ]; }
worked() { [ "$(peer last_ok_ms)" -gt 0 ] && [ "$(peer failures)" = 0 ]; }
planned() { [ "$(peer next_ms)" -gt 0 ]; }

ok 'a province and a city are enrolled' tree 14 1406 || done_testing
"$TOOLS/peerkit" key 14 >14.pem || exit 1
is "$("$QIAN" -d 1406 serve --sync-every 1441 2>/dev/null; echo $?)" 2 'at most a day'
quiet "$QIAN" -d 1406 peer set 14 https://127.0.0.1:9 # nobody listens there
ok 'a node that does not call' start_node 1406 --sync-every 0
sleep 1
is "$(peer next_ms)" 0 'plans nothing'
ok 'it stops' stop_node 1406
now=$(date +%s%3N)
ok 'a node that calls every minute' start_node 1406 --sync-every 1
match "$(cat "$(node_log 1406)")" '每隔约 1 分钟自动' 'says so'
ok 'it plans its first call' until_ 100 planned
next=$(($(peer next_ms) - now))
result "$([ $next -ge 48000 ] && [ $next -le 85000 ]; echo $?)" 'within a fifth of a minute of a minute' "$next ms"
match "$("$QIAN" -d 1406 status)" '下次尝试.*14 +https://127.0.0.1:[0-9]+ +— +20' 'status shows when'
ok 'it stops' stop_node 1406
is "$(peer next_ms)" 0 'and nothing is planned any more'

ok 'it starts again' hasty_node 1406 --sync-every 1
ok 'nobody is there: it fails' until_ 90 failed
match "$("$QIAN" -d 1406 status)" '连不上 14' 'status shows why'
match "$(cat "$(node_log 1406)")" '自动交换失败（连续第 1 次）' 'the log says when it tries again'
is "$("$QIAN" -d 1406 sync >/dev/null 2>&1; echo $?)" 3 'a command does not wait for that time, and fails too'
result "$([ "$(peer failures)" -ge 2 ]; echo $?)" 'which counts' "$(peer failures)"
P=$(free_port)
ok 'the province is there' start_node 14 --peer "127.0.0.1:$P" --sync-every 0
ok 'its address is set while the node runs' "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$P"
ok 'it gets through by itself' until_ 270 worked
is "$("$QIAN" -d 14 --json status | json children.0.heard_by)" line 'the province heard it'
is "$(peer last_error)" '' 'the failure is forgotten'
ok 'a command calls over the connection that is there' "$QIAN" -d 1406 sync
stop_node 14
ok 'the province is started anew' start_node 14 --peer "127.0.0.1:$P" --sync-every 0
ok 'the connection that was kept is gone: it makes another' "$QIAN" -d 1406 sync
ok 'it stops' stop_node 1406
is "$(peer next_ms)" 0 'and nothing is planned any more'

# ---- a call that is under way when it ends -------------------------------------------------------------------
# Somebody takes the question and never answers; a call gives him a minute.
L=$(free_port)
python3 "$ROOT/tests/t/liar.py" "$L" silent 14.pem "$P" 14.pem >liar.out 2>&1 &
LIAR=$!
trap 'kill $LIAR 2>/dev/null; at_end' EXIT
asked() { [ "$(grep -c request liar.out)" -ge "$1" ]; }
# ends WHAT : within a few seconds
ends() {
    local began=$SECONDS
    stop_node 1406
    result "$(($? != 0 || SECONDS - began > 5))" "$1" "$((SECONDS - began)) s"
}
ok 'a silent peer' until_ 100 grep -qs up liar.out
quiet "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$L"
ok 'the node calls it' hasty_node 1406 --sync-every 1
ok 'the question has come' until_ 90 asked 1
ends 'the node ends without waiting for the answer'
match "$(cat "$(node_log 1406)")" '与 14 的交换因本机的 qian serve 停止而中断' 'and says so'
ok 'a node that does not call' start_node 1406 --sync-every 0
"$QIAN" --json -d 1406 sync >sync.out 2>&1 &
SYNC=$!
ok 'a command asks through it' until_ 200 asked 2
ends 'the node ends without waiting for that either'
wait $SYNC
is "$?" 3 'the command is not finished'
match "$(cat sync.out)" 'sync.stopped' 'and says why'
done_testing
