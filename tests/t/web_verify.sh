#!/usr/bin/env bash
# A county is set back to an old backup, draws, and its province looks: what is wrong stands first, in words, down to the evidence
# that anybody checks. tests/web/verify.mjs drives; here is the cheat, on real nodes.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
year() {
    issue_plan $C 1 && carry $C $K && import_roster $K && quiet "$QIAN" -d $K freeze && carry $K $C && quiet "$QIAN" -d $C order issue && carry $C $K
}
ok 'the county has a plan, a roster and orders' year || done_testing
cp -r $K set-back
draw() { quiet "$QIAN" -d $K draw run --all && carry $K $C && carry $C $P; }
ok 'it draws, and the draws go up' draw || done_testing
# The same orders again by another roster: the branch on which the friend is missing.
again() {
    rm -rf $K && mv set-back $K && quiet "$TOOLS/growlog" $K 2 private && quiet "$QIAN" -d $K draw run --all && { carry $K $C || :; } && carry $C $P
}
ok 'set back, it draws once more' again
ok 'the province judges, for the record' sh -c '"$1" -d $2 verify all --record >verdicts; [ $? -le 1 ]' - "$QIAN" $P
ok 'an administrator is entered' "$QIAN" -d $P person set 管理员 --roles admin
ok 'and who looks at everything' "$QIAN" -d $P person set 督查员 --roles auditor --by 管理员
UI=$(free_port)
ok 'the province serves its pages' start_node $P --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
for s in 管理员:admin 督查员:auditor; do
    IFS=: read -r name role <<<"$s"
    printf '%s\t%s\t%s\n' "$role" "$name" "$("$QIAN" -d $P --json ui invite "$name" --by 管理员 | json link)"
done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "link": l} for r, n, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
timeout 500 "$JS" "$web/run.mjs" "http://127.0.0.1:$UI" people.json verify --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
match "$("$QIAN" fork verify evidence.txt --fingerprint "$ROOT_PRINT")" "Proved: the key of .*$K" 'what was downloaded proves it to anybody'
ended $P
done_testing
