#!/usr/bin/env bash
# A connection that is kept between two calls, over a line that is reset while nobody speaks or in the middle of a question.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a city and a county below a province' tree 14 1406 140602 || done_testing
C=$(free_port) F=$(free_port)
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C" --sync-every 0
"$TOOLS/faultproxy" --listen "$F" --to "127.0.0.1:$C" --cut-every 600 >proxy.out &
proxy=$!
until grep -q listening proxy.out 2>/dev/null; do sleep 0.05; done
quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$F"
ok 'the county runs, and calls when it is told to' start_node 140602 --sync-every 0
failed=0
for i in 1 2 3 4 5 6 7 8; do
    clue 140602 1406 "clue $i" "$i"
    quiet "$QIAN" -d 140602 sync >>sync.out || failed=$((failed + 1))
    sleep 0.$((i * 137 % 900 + 50))
done
note "$failed of 8 calls were cut in a way that is told"
kill -TERM $proxy
wait $proxy
note "$(tail -n 1 proxy.out)"
result "$([[ $(tail -n 1 proxy.out) =~ cuts\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 2 ]; echo $?)" 'the line was reset between'
quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$C"
ok 'over a whole line the last one' quiet "$QIAN" -d 140602 sync
is "$("$QIAN" -d 1406 --json record list clue | python3 -c 'import json, sys; print(sorted(c["title"] for c in json.load(sys.stdin)))')" \
    "['clue 1', 'clue 2', 'clue 3', 'clue 4', 'clue 5', 'clue 6', 'clue 7', 'clue 8']" 'each clue came once'
# Over a connection that is whole a call that follows another begins with a push (http-22): one question instead of two.
asked() {
    grep -cE "$1" "$(node_log 1406)"
}
one_more() {
    local pulls pushes
    pulls=$(asked 'pulled|取走') pushes=$(asked 'pushed|送来')
    clue 140602 1406 "clue $1" "$1"
    quiet "$QIAN" -d 140602 sync || return
    echo "$(($(asked 'pulled|取走') - pulls))/$(($(asked 'pushed|送来') - pushes))"
}
is "$(one_more 9)" 0/1 'a call that follows one over a whole line begins with a push'
quiet stop_node 1406
ok 'the city is started again' start_node 1406 --peer "127.0.0.1:$C" --sync-every 0
is "$(one_more 10)" 1/1 'its connection is gone: what follows begins with a pull'
is "$(one_more 11)" 0/1 'and the one behind it with a push'
quiet stop_node 140602
ok 'the county is started again' start_node 140602 --sync-every 0
is "$(one_more 12)" 1/1 'a database that was opened anew pulls first'
is "$("$QIAN" -d 1406 --json status | json held)/$("$QIAN" -d 1406 --json fork list)" '0/[]' 'nothing stands still'
done_testing
