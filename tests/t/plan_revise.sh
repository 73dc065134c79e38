#!/usr/bin/env bash
# A plan that was issued is revised: a ratio, a window, a task more, a task less; field by field, at the issuer and above. A slot
# that has an order stays as it was ordered, and its draw is verified as before.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
export QIAN_LANG=zh
on() { "$QIAN" -d "$@" 2>&1; }
# edit TASK COLUMN VALUE … : in plan.csv
edit() {
    python3 - "$@" <<'END'
import csv, sys
rows = list(csv.DictReader(open("plan.csv", encoding="utf-8", newline="")))
for task, column, value in zip(*[iter(sys.argv[1:])] * 3):
    next(r for r in rows if r["no"] == task)[column] = value
w = csv.DictWriter(open("plan.csv", "w", encoding="utf-8", newline=""), rows[0].keys())
w.writeheader()
w.writerows(rows)
END
}
# only TASK... : these lines stay in plan.csv and scopes.csv, from the whole of them
only() {
    python3 - "$@" <<'END'
import csv, sys
for name, key in (("plan.csv", "no"), ("scopes.csv", "task")):
    rows = [r for r in csv.DictReader(open("all-" + name, encoding="utf-8", newline="")) if r[key] in sys.argv[1:]]
    w = csv.DictWriter(open(name, "w", encoding="utf-8", newline=""), rows[0].keys())
    w.writeheader()
    w.writerows(rows)
END
}
# change of a JSON answer: "task round drawer field before after", those of one kind
of() {
    python3 -c '
import json, sys
for c in json.load(sys.stdin)["changes"]:
    if c["change"] == sys.argv[1]:
        print("|".join(str(c[k]) for k in ("task", "round", "drawer", "field", "before", "after")))' "$1"
}
REVISE=(plan revise "1406/$YEAR" --plan plan.csv --scopes scopes.csv --reason 按省局要求调整 --by 计划员)

ok 'the city issues four tasks' issue_plan 1406 1 4 5 8
cp plan.csv all-plan.csv && cp scopes.csv all-scopes.csv
ok 'the county has a roster and freezes it' eval 'import_roster 140602 && "$QIAN" -d 140602 freeze && carry 1406 140602 && carry 140602 1406'
ok 'and gets its orders' eval '"$QIAN" -d 1406 order issue --office 140602 && carry 1406 140602'
is "$("$QIAN" -d 1406 --json plan changes "1406/$YEAR" --rev 2 | json id)" plan.no-revision 'there is no revision yet'
fails_with conflict plan.same "$QIAN" -d 1406 "${REVISE[@]}"

only 1 4 5
edit 5 quantity_text 不低于8% 5 min_ratio 0.08 1 draw_window_text 3月-12月 1 draw_from_month 3
before=$(size 1406 1406)
dry=$("$QIAN" -d 1406 --json "${REVISE[@]}" --dry-run)
is "$(json written <<<"$dry")" false 'a rehearsal tells'
is "$(size 1406 1406)" "$before" 'and writes nothing'
done=$("$QIAN" -d 1406 --json "${REVISE[@]}")
is "$(json rev <<<"$done")" 2 'the revision is written'
is "$(json changes <<<"$done")" "$(json changes <<<"$dry")" 'as it was rehearsed'
match "$(of task <<<"$done")" '5\|0\|\|quantity_text\|不低于5%\|不低于8%' 'a ratio is told as printed'
match "$(of task <<<"$done")" '5\|0\|\|ratio_num\|5\|8' 'and as read'
match "$(of task-dropped <<<"$done")" '^8\|' 'a task that is not in the table is dropped'
is "$(of rules <<<"$done")" '' 'rules of a round that one county has an order for stay for all'
match "$(of slot-kept <<<"$done")" '8\|1\|140602\|both' 'the order for the dropped task stands'
match "$(of slot-dropped <<<"$done")" '8\|1\|140622' 'the other county does not draw it any more'
match "$(of slot <<<"$done")" "1\|1\|140622\|both\|$YEAR-01-01…$YEAR-12-31\|$YEAR-03-01…$YEAR-12-31" 'a window moves where there is no order'
is "$(of slot <<<"$done" | grep -c '|140602|')" 0 'and nowhere else'

only 1 4 5 8
fails_with denied plan.dropped-no "$QIAN" -d 1406 "${REVISE[@]}"
only 1 4 5
edit 5 quantity_text 不低于8% 5 min_ratio 0.08 1 draw_window_text 3月-12月 1 draw_from_month 3
sed 's/^4,/40,/' plan.csv >plan40.csv && sed 's/^4,/40,/' scopes.csv >scopes40.csv
tail -n +1 plan.csv >kept && grep '^40,' plan40.csv >>plan.csv && grep '^40,' scopes40.csv >>scopes.csv
added=$("$QIAN" -d 1406 --json "${REVISE[@]}" --doc-no 朔市监〔2021〕60号)
match "$(of task-added <<<"$added")" '^40\|' 'a task is added'
match "$(of plan <<<"$added")" 'doc_no\|26\|朔市监' 'the revision has its own document'
is "$(of slot-added <<<"$added")" '' 'its slots go without saying'
is "$("$QIAN" -d 1406 --json plan show "1406/$YEAR" 40 | json slots.1.drawer)" 140622 'and every county draws it'
is "$("$QIAN" -d 1406 --json plan show "1406/$YEAR" | python3 -c 'import json, sys; print(*(t["task"] for t in json.load(sys.stdin)))')" '1 4 5 40' 'the plan has the tasks that stand'

carry 1406 140602; carry 1406 140622; carry 1406 14
is "$("$QIAN" -d 14 --json plan changes "1406/$YEAR" --rev 2 | json changes)" "$(json changes <<<"$done")" 'the office above reads the same changes'
match "$(on 14 plan changes "1406/$YEAR" --rev 2)" '取消任务' 'in words'
ok 'the county draws what was ordered, the dropped task too' "$QIAN" -d 140602 draw run --all
carry 140602 1406; carry 1406 14
ok 'what was drawn is found right' "$QIAN" -d 14 verify all
is "$("$QIAN" -d 140602 --json draw list | python3 -c 'import json, sys; print(sum(d["slot"].split("/")[2] == "8" for d in json.load(sys.stdin)))')" 1 'the draw of the dropped task counts'
ok 'the other county freezes and is ordered' eval 'import_roster 140622 && "$QIAN" -d 140622 freeze && carry 140622 1406'
issued=$("$QIAN" -d 1406 --json order issue --office 140622)
is "$(grep -c '/8/1' <<<"$issued")" 0 'nobody is ordered to draw a task that was dropped'
match "$issued" '/40/1' 'but the new one'
# A city that orders what it had dropped: its database says that the slot stands, and so does the county's.
for dir in 1406 140622; do
    python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/qian.db", timeout=10)
db.execute("DELETE FROM slot WHERE withdrawn IS NOT NULL")
db.commit()' $dir
done
match "$("$QIAN" -d 1406 --json order issue --office 140622)" '/8/1' 'a city may be made to order it all the same'
carry 1406 140622
quiet "$QIAN" -d 140622 draw run --all
carry 140622 1406; carry 1406 14
match "$("$QIAN" -d 14 --json verify office 140622 2>&1)" 'PLAN_NOT_LOGGED' 'the province finds an order for a slot that was withdrawn before'
filing=$("$QIAN" -d 1406 --json record add filing subject_kind=revision plan="$YEAR" sent_on="$YEAR-07-01" --by 计划员 | json record)
match "$("$QIAN" -d 1406 --json record show filing "$filing" | json revisions.0.values.plan)" '^1406:' 'the revision is filed'
done_testing
