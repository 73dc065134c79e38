#!/usr/bin/env bash
# Derived again from the logs, read again in the background, made anew from the parent: real nodes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
found() { "$QIAN" -d "$1" --json rebuild 2>/dev/null | json found; }
ok 'a province, a city and two counties are enrolled' tree 140000 140600 140602 140622 || done_testing
round() { carry 140602 140600 && carry 140600 140000 && carry 140000 140600 && carry 140600 140602 && carry 140600 140622; }
ok 'a plan' issue_plan 140600 1
ok 'a roster' import_roster 140602 600
ok 'it goes round' round
ok 'twice' round
for o in 140000 140600 140602 140622; do is "$(found $o)" 0 "$o is what its logs say"; done

# ---- a hand in the tables --------------------------------------------------------------------------------------------
SQL 140600 "UPDATE object SET name = '改过的' WHERE id = (SELECT min(id) FROM object)"
SQL 140600 "DELETE FROM inspector WHERE id = (SELECT min(id) FROM inspector)"
SQL 140600 "INSERT INTO roster_close SELECT office, id, rev + 7, roster, entries, rows, root, earlier, acted_by, recorded_on, 'x' FROM roster_close LIMIT 1"
SQL 140600 "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND idx = 0 AND log = (SELECT no FROM log WHERE office = '140602')"
out=$("$QIAN" -d 140600 --json rebuild 2>/dev/null)
is "$?" 1 'what differs is exit 1'
is "$(json found <<<"$out")" 4 'four things differ'
match "$(python3 -c 'import json, sys; print(sorted((f["what"], f["table"]) for f in json.load(sys.stdin)["findings"]))' <<<"$out")" \
    "differs', 'node.*differs', 'object.*extra', 'roster_close.*lacks', 'inspector" 'each is named'
match "$("$QIAN" -d 140600 rebuild 2>&1)" 'differs: object 140602 .*4 differences' 'also for people'
ok 'the derived one is put in place' "$QIAN" -d 140600 rebuild --replace
is "$(found 140600)" 0 'and nothing differs'
is "$(ls 140600 | grep -c '^qian.db.before-')" 1 'the old one is kept'
is "$(SQL 140600 "SELECT count(*) FROM object WHERE name = '改过的'")" 0 'the name is what was signed'
match "$("$QIAN" -d 140600 rebuild --replace 2>/dev/null)" 'nothing was replaced' 'asked again, it says that nothing was replaced'
is "$(ls 140600 | grep -c '^qian.db.before-')" 1 'and keeps no second one'
ok 'it goes on' import_roster 140602 600
ok 'and round' round
is "$(found 140000)" 0 'the province too'

# ---- an old disk ------------------------------------------------------------------------------------------------------
SQL 140000 "UPDATE part SET salt = zeroblob(32) WHERE log = (SELECT no FROM log WHERE office = '140602') AND seq = 1"
out=$("$QIAN" -d 140000 doctor --deep 2>&1)
is "$?" 1 'a damaged part is found by reading all again'
match "$out" '✗.*rebuild --replace' 'and the next step is told'
match "$("$QIAN" -d 140000 status)" 'rebuild --replace' 'status tells it too'
ok 'it is left out' "$QIAN" -d 140000 rebuild --replace
ok 'and comes again' carry 140600 140000
ok 'from below' carry 140600 140000
ok 'all is sound' "$QIAN" -d 140000 doctor --deep
is "$(found 140000)" 0 'nothing differs'
SQL 140602 "UPDATE part SET stored = zeroblob(7) WHERE log = (SELECT no FROM log WHERE office = '140602') AND seq = 1"
fails_with denied rebuild.own-unsound "$QIAN" -d 140602 rebuild --replace

match "$("$QIAN" -d 140622 doctor)" 'never read again.*doctor --deep' 'a plain look says that it did not read'
# ---- in the background -----------------------------------------------------------------------------------------------
SQL 140622 "UPDATE plan_task SET name = '改过的'"
ok 'a county serves' start_node 140622 --recheck 1
for i in $(seq 100); do "$QIAN" -d 140622 status | grep -q 'rebuild --replace' && break; sleep 0.3; done
match "$("$QIAN" -d 140622 status)" 'rebuild --replace' 'what was altered is found in the background'
match "$(cat "$(node_log 140622)")" 'doctor --deep' 'and told in its log'
out=$("$QIAN" -d 140622 doctor)
is "$?" 1 'a plain look passes it no more'
match "$out" 'in the background, last at 20.*✗.*rebuild --replace' 'and tells when it was seen, and what to do'
ok 'put right while it serves' "$QIAN" -d 140622 rebuild --replace
ok 'it is whole' "$QIAN" -d 140622 doctor --deep
ok 'it ends' stop_node 140622

# ---- what was applied before its key was known to be revoked (rotation-23) ------------------------------------------
kept() { SQL 140000 "SELECT count(*) FROM fate WHERE state = 'kept' AND rule = 'cert.revoked'"; }
clues() { "$QIAN" -d 140000 --json record list clue | python3 -c 'import json, sys; print([c["title"] for c in json.load(sys.stdin)])'; }
ok 'the city revokes the county' "$QIAN" -d 140600 enrol revoke 140622 --reason 'a stolen machine'
sleep 1.1 # cosignatures have seconds
ok 'which has not heard, and writes to the province' clue 140622 140000 'past the city'
ok 'nor has the province, which takes it in' carry 140622 140000
is "$(clues)/$(kept)" "['past the city']/0" 'and reads it'
ok 'it hears of it' carry 140600 140000
is "$(clues)/$(kept)" "['past the city']/1" 'what it had applied is kept'
is "$(found 140000)" 0 'and is what its logs say'
ok 'a backup is made' "$QIAN" -d 140000 backup create --out kept.backup
ok 'and a drill of it succeeds' "$QIAN" -d 140000 backup drill kept.backup
SQL 140000 "DELETE FROM clue"
is "$("$QIAN" -d 140000 --json rebuild 2>/dev/null | json findings.0.what)" lacks 'a row of it that is lost is told'
ok 'derived anew and put in place' "$QIAN" -d 140000 rebuild --replace
is "$(clues)/$(kept)/$(found 140000)" "['past the city']/1/0" 'it is there as before, and kept'

done_testing
