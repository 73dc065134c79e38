#!/usr/bin/env bash
# The public site in a real browser: the page of a draw checks itself, over plain http, and says which byte was altered.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

JS=$(command -v node || command -v nodejs) || skip_all 'Node.js is not installed (scripts/deps test)'
# A machine may test qian without a browser; where tests are run for others (CI) it must not be missing.
if ! command -v "${CHROMIUM:-chromium}" >/dev/null && [ -z "${CI:-}" ]; then
    skip_all 'Chromium is not installed (scripts/deps browser)'
fi

ROOTS=2
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
draws() {
    issue_plan 1406 1 && quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602 && quiet "$QIAN" -d 140602 freeze &&
        carry 140602 1406 && quiet "$QIAN" -d 1406 order issue && carry 1406 140602 && quiet "$QIAN" -d 140602 draw run --all --operator 张三 --observer 李四 --observer 王五
}
ok 'the county draws' draws || done_testing
D=$("$QIAN" -d 140602 --json draw list | json 0.draw)
read -ra drawn <<<"$("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"]))')"
for o in "${drawn[@]}"; do quiet "$QIAN" -d 140602 result record --draw "$D" --object "$o" --codes R01 --by tester || break; done
quiet "$QIAN" -d 140602 publish results
quiet "$QIAN" -d 140602 release --draw "$D"
carry 140602 1406
carry 1406 14
quiet "$QIAN" -d 14 verify all --record
carry 14 1406
ok 'the city publishes the site' "$QIAN" -d 1406 publish site --out site || done_testing
# One of the population of task 1 that was not drawn: its tags are 101 to 105.
other=$(python3 - "${drawn[@]}" <<'END'
import sqlite3, sys
print(next(o for o, tags in sqlite3.connect("140602/qian.db").execute(
    "SELECT object_id, tags FROM object WHERE office = '140602' AND status = 'in_business' ORDER BY object_id")
    if o not in sys.argv[1:] and set((tags or "").split(",")) & {"101", "102", "103", "104", "105"}))
END
)
ok 'and the county gives a slip, and its page' "$QIAN" -d 140602 slip --draw "$D" --object "$other" --out slip.txt --page slip.html
ok 'and the record for the room' "$QIAN" -d 140602 draw sheet "$D" --out sheet.html
is "$(stat -c %a sheet.html slip.html | tr '\n' ' ')" '600 600 ' 'neither is for everybody'
match "$(cat sheet.html)" '张三.*李四、王五' 'the sheet names who was there'
match "$(cat sheet.html)" "${drawn[0]}" 'and what was drawn'
not_ok 'no sheet loads anything' grep -qE '<script|src=|href=|url\(' sheet.html slip.html
not_ok 'nobody of the room is on the site' grep -rqE '张三|李四' site
"$JS" "$ROOT/tests/browser/syntax.mjs" site/check.js >syntax.out 2>&1
result $? 'the script keeps to what a browser of 2020 reads' "$(cat syntax.out)"
[ -z "${SHOTS:-}" ] || cp -r site slip.txt slip.html sheet.html "$SHOTS"
cp -r site 1406/site
UI=$(free_port)
ok 'the city serves its site' start_node 1406 --ui "127.0.0.1:$UI"
NODE_SITE=http://127.0.0.1:$UI/site/ timeout 200 "$JS" "$ROOT/tests/browser/site.mjs" site "$D" "$ROOT_PRINT" "${drawn[0]}" "$other" slip.txt . ${SHOTS:+"$SHOTS"} >browser.out 2>browser.err
rc=$?
retold browser.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 browser.err)"
done_testing
