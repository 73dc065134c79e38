#!/usr/bin/env bash
# Papers in the pages of a county and its city: a slip that an owner brings, the sheet of a task. tests/web/papers.mjs drives.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_lib.sh"

export QIAN_LANG=zh
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing
drawn() {
    issue_plan $C 1 && quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry $P $C && carry $C $K &&
        import_roster $K && quiet "$QIAN" -d $K freeze && carry $K $C && quiet "$QIAN" -d $C order issue && carry $C $K && quiet "$QIAN" -d $K draw run --all
}
ok 'the county draws' drawn || done_testing
D=$("$QIAN" -d $K --json task list | json 0.draw) O=$("$QIAN" -d $K --json task list | json 0.object)
slip() { quiet "$QIAN" -d $K release --draw "$D" --force-window && quiet "$QIAN" -d $K slip --draw "$D" --object "$O" --out slip.txt && carry $K $C; }
ok 'the draw is released, and an owner has a slip' slip || done_testing
staff="$C:审核员:reviewer:reviewer,head
$K:检查员:inspector:inspector,follow-up
$K:计划员:planner:planner,head"
declare -A UI
for o in $C $K; do
    ok "an administrator of $o" quiet "$QIAN" -d $o person set 管理员 --roles admin
    UI[$o]=$(free_port)
done
while IFS=: read -r o name _ roles; do
    ok "$name is entered" quiet "$QIAN" -d "$o" person set "$name" --roles "$roles" --by 管理员
done <<<"$staff"
for o in $C $K; do ok "$o serves its pages" start_node "$o" --ui "127.0.0.1:${UI[$o]}" --sync-every 0 || done_testing; done
while IFS=: read -r o name role _; do
    printf '%s\t%s\t%s\t%s\n' "$o-$role" "$name" "http://127.0.0.1:${UI[$o]}" "$("$QIAN" -d "$o" --json ui invite "$name" --by 管理员 | json link)"
done <<<"$staff" | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "base": b, "link": l} for r, n, b, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
DRAW=$D OBJECT=$O timeout 250 "$JS" "$web/run.mjs" "http://127.0.0.1:${UI[$K]}" people.json papers --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
for o in $C $K; do
    ok "$o ends as it should" stop_node "$o"
    not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log "$o")"
done
done_testing
