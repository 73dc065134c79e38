#!/usr/bin/env bash
# What takes long is stopped by who asked for it: nothing half done stays, and done again it is done whole (web-90). A page that is
# loaded again, and a node that is started again, tell what became of it (web-91, web-92). web_jobs.py and tests/web/jobs.mjs drive.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
year() {
    issue_plan $C 1 && carry $C $K && import_roster $K 500 && quiet "$QIAN" -d $K freeze && carry $K $C && quiet "$QIAN" -d $C order issue && carry $C $K &&
        quiet "$QIAN" -d $K draw run --all && carry $K $C && quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
}
ok 'the county drew, and the province has news' year || done_testing
ok 'people of the city are entered' eval 'quiet "$QIAN" -d $C person set 管理员 --roles admin && quiet "$QIAN" -d $C person set 局长 --roles head,reviewer --by 管理员 && quiet "$QIAN" -d $C person set 副局长 --roles head,reviewer --by 管理员'
# A database that a backup takes long to copy: an answer that is kept for a while, of nobody's act.
ok 'the database is large' python3 -c '
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1])
db.execute("INSERT INTO done VALUES (?, ?, zeroblob(32), 200, zeroblob(?), ?)", ("x", "x", 96 << 20, int(time.time() * 1000)))
db.commit()' $C/qian.db
U=$(free_port) Q=$(free_port) R=$(free_port)
ok 'the province serves' start_node $P --peer "127.0.0.1:$Q" --sync-every 0 || done_testing
city() { start_node $C --ui "127.0.0.1:$U" --sync-every 0; }
ok 'it knows the way to the province' "$QIAN" -d $C peer set $P "https://127.0.0.1:$R" --by 管理员
drive() { # STEP
    python3 "$ROOT/tests/t/web_jobs.py" "$1" "$U" "$QIAN" $C $P "$R" "$Q" "${NODE[$C]}" >jobs.out 2>jobs.err
    local rc=$?
    retold jobs.out
    result $rc "all was asked: $1" "$(tail -n 5 jobs.err)"
}
ok 'the city serves its pages' city || done_testing
drive stopped
drive ended
gone() {
    local pid=${NODE[$C]}
    unset "NODE[$C]"
    wait "$pid"
}
ok 'the node ended as it was asked to' gone
ok 'and is started again' city || done_testing
drive told
drive cut
gone
ok 'it is started again after a power cut' city || done_testing
drive told-cut
if command -v "${CHROMIUM:-chromium}" >/dev/null && command -v npm >/dev/null; then
    . "$ROOT/tests/t/web_lib.sh"
    printf '{"head": {"name": "副局长", "link": "%s"}}' "$("$QIAN" -d $C --json ui invite 副局长 --by 管理员 | json link)" >people.json
    DB=$T/$C/qian.db timeout 200 "$JS" "$web/run.mjs" "http://127.0.0.1:$U" people.json jobs --shots "$shots" >web.out 2>web.err
    rc=$?
    retold web.out
    result $rc 'the browser ran to the end' "$(tail -n 5 web.err)"
else
    skip 'the same in a browser' 'Chromium or npm is not installed (scripts/deps browser)'
fi
for o in $C $P; do
    ok "$o ends as it should" stop_node $o
    not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log $o)"
done
ok 'what the city holds is sound' quiet "$QIAN" -d $C doctor
done_testing
