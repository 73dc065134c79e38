#!/usr/bin/env bash
# qian serve calls by itself: it waits, fails, says when it tries again, and gets through when the other is there.
# timeout: 480
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
export QIAN_LANG=zh
OFFICE_NAME=机关

ok 'a province and a city are enrolled' tree 14 1406 || done_testing
peer() { # MEMBER : of the city's only peer
    "$QIAN" -d 1406 --json status | json "peers.0.$1"
}
# until SECONDS CONDITION...
until_() {
    local end=$((SECONDS + $1))
    shift
    while ! "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 1
    done
}
failed() { [ "$(peer failures)" -ge 1 ]; }
worked() { [ "$(peer last_ok_ms)" -gt 0 ] && [ "$(peer failures)" = 0 ]; }

is "$("$QIAN" -d 1406 serve --sync-every 1441 2>/dev/null; echo $?)" 2 'at most a day'
quiet "$QIAN" -d 1406 peer set 14 https://127.0.0.1:9 # nobody listens there
ok 'a node that does not call' start_node 1406 --sync-every 0
sleep 1
is "$(peer next_ms)" 0 'plans nothing'
ok 'it stops' stop_node 1406
now=$(date +%s%3N)
ok 'a node that calls every minute' start_node 1406 --sync-every 1
match "$(cat "$(node_log 1406)")" '每隔约 1 分钟自动' 'says so'
planned() { [ "$(peer next_ms)" -gt 0 ]; }
ok 'it plans its first call' until_ 10 planned
next=$(($(peer next_ms) - now))
result "$([ $next -ge 48000 ] && [ $next -le 85000 ]; echo $?)" 'within a fifth of a minute of a minute' "$next ms"
match "$("$QIAN" -d 1406 status)" '下次尝试.*14 +https://127.0.0.1:[0-9]+ +— +20' 'status shows when'
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
ok 'it stops' stop_node 1406
is "$(peer next_ms)" 0 'and nothing is planned any more'
done_testing
