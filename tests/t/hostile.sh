#!/usr/bin/env bash
# An office with valid keys attacks the one above it over TLS: each answer is exact, the database stays as it was, and an
# honest office exchanges at once behind every attack. hostile.py has the attacks. Nothing is rechecked meanwhile: where it is slow, that
# would be a change of its own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
KIT=$TOOLS/peerkit
[ -x "$KIT" ] && [ -x "$TOOLS/growlog" ] || skip_all 'tests/tools is not built'

ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
P=$(free_port)
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$P" --sync-every 0 --recheck 0 || done_testing
for o in 140602 140622; do quiet "$QIAN" -d $o peer set 1406 "https://127.0.0.1:$P"; done
ok 'both counties have work' eval '"$TOOLS/growlog" 140602 20 private && "$TOOLS/growlog" 140622 20 private'
ok 'the honest one brings it' "$QIAN" -d 140622 sync
ok 'the other one too' "$QIAN" -d 140602 sync
# The same office twice, from here on: two histories of one log.
cp -r 140602 140602.old
ok 'the copy goes its own way' eval '"$TOOLS/growlog" 140602 5 private && "$TOOLS/growlog" 140602.old 6 private'

python3 "$ROOT/tests/t/hostile.py" "$P" "$QIAN" "$KIT" >hostile.out 2>hostile.err
rc=$?
retold hostile.out
result $rc 'all attacks were made' "$(tail -n 5 hostile.err)"
match "$("$QIAN" -d 1406 --json status | json logs)" '"forks": [1-9]' 'the city holds the evidence against the one with two histories'
ok 'and ends as it should' stop_node 1406
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 1406)"
done_testing
