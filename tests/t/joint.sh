#!/usr/bin/env bash
# One visit for several matters: three tasks that a plan joins are ordered, drawn, visited, released and verified together.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# joint_files TASK=NAME... : plan.csv and scopes.csv of these tasks, each with the group it is in
joint_files() {
    python3 - "$DATA" "$@" <<'END'
import csv, sys
joint = dict(a.split("=") for a in sys.argv[2:])
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] in joint]
    for r in rows:
        if key == "no":
            r.update(draw_from_month="1", draw_to_month="12", draw_window_text="1月-12月",
                     inspecting_levels="county", likely_merged_with_no="")
        else:
            r["joint"] = joint[r[key]]
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
END
}
import_plan() {
    "$QIAN" -d 1406 --json plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title Plan \
        --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
}
# codes DIR : "about: CODE CODE" of each verdict with findings
codes() {
    "$QIAN" -d "$1" --json verify all 2>/dev/null | python3 -c '
import json, sys
for v in json.load(sys.stdin)["verdicts"]:
    if v["findings"]:
        print(v["about"] + ": " + " ".join(dict.fromkeys(f["code"] for f in v["findings"])))'
}

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing

# ---- the plan says what belongs together -------------------------------------------------------------------------
joint_files 11=market 12= 4= 1= 7=
match "$(import_plan 2>&1)" plan.joint-alone 'a group of one task is a slip'
joint_files 11=a 12=a 4=a 1=a 7=a
match "$(import_plan 2>&1)" plan.joint-roles 'a visit of more than four inspectors cannot be'
joint_files 11=bad/name 12=bad/name 4= 1= 7=
match "$(import_plan 2>&1)" plan.joint-name 'a name is a name'
joint_files 11=market 12=market 4= 1= 7=
ok 'two tasks are joined as the plan is issued' import_plan || done_testing
P=1406/$YEAR
fails_with 1 plan.group-what "$QIAN" -d 1406 plan group "$P" 4 --reason test
fails_with 1 plan.no-task "$QIAN" -d 1406 plan group "$P" 99 --joint market --reason test
fails_with 1 plan.joint-roles "$QIAN" -d 1406 plan group "$P" 1 4 7 --joint market --reason test
fails_with 1 plan.not-ours "$QIAN" -d 14 plan group "$P" 4 --joint market --reason test
is "$("$QIAN" -d 1406 --json plan group "$P" 4 --joint market --reason 'one door' | json slots)" 1 'a third is joined afterwards'
is "$("$QIAN" -d 1406 --json plan group "$P" 4 --joint market --reason 'one door' | json slots)" 0 'said twice it changes nothing'
match "$("$QIAN" -d 1406 plan show "$P" 4)" 'both .*market' 'the plan shows it'
is "$("$QIAN" -d 1406 --json plan list | json 0.slots)" 5 'and has its five slots as before'
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406
carry 1406 140602
ok 'a roster is imported' import_roster 140602
ok 'and frozen' "$QIAN" -d 140602 freeze
carry 140602 1406

# ---- one order, one draw -----------------------------------------------------------------------------------------
issued=$("$QIAN" -d 1406 --json order issue)
is "$(json orders <<<"$issued" | python3 -c 'import json, sys; print(sorted(o["slot"] for o in json.load(sys.stdin)))')" \
    "['$P/1/1', '$P/11/1+12/1+4/1', '$P/7/1']" 'the three slots have one order, the others their own'
is "$("$QIAN" -d 1406 --json order issue | json had)" 5 'all five slots are ordered'
fails_with 1 plan.group-ordered "$QIAN" -d 1406 plan group "$P" 4 --alone --reason late
carry 1406 140602
is "$("$QIAN" -d 140602 --json order list | python3 -c 'import json, sys; print(max((o["slots"] for o in json.load(sys.stdin)), key=len))')" "['$P/11/1', '$P/12/1', '$P/4/1']" 'the county holds it'
drawn=$("$QIAN" -d 140602 --json draw run --slot "$P/4/1")
D=$(json 0.draw <<<"$drawn")
is "$(json 0.slot <<<"$drawn")/$(json 0.drawn <<<"$drawn")" "$P/11/1+12/1+4/1/true" 'drawn by the name of any of its slots'
fails_with 1 draw.slot-done "$QIAN" -d 140602 draw run --slot "$P/12/1"
ok 'the others are drawn too' "$QIAN" -d 140602 draw run --all
"$QIAN" -d 140602 --json draw show "$D" >shown
match "$("$QIAN" -d 140602 draw show "$D")" "$P/4/1 " 'the record for the room names the slot of each target'
is "$(python3 -c '
import json
d = json.load(open("shown"))
t = d["targets"]
of = {s: [x for x in t if x["slot"] == s] for s in (1, 2, 3)}
lots = {s: sorted(x["ticket"] for x in of[s] if x["mode"] == "lot") for s in of}
print(all(of.values()),
      all(len(lots[s]) == sum(l["quota"] for l in d["strata"] if l["slot"] == s) for s in of),
      all(len({x["inspectors"] for x in t if x["object"] == o}) == 1 for o in {x["object"] for x in t}),
      len({x["object"] for x in t}) <= len(t))')" 'True True True True' 'each slot has its quota, each object one visit'
carry 140602 1406 && carry 1406 14
is "$(codes 14)" '' 'the province computes the same'
is "$("$QIAN" -d 14 --json verify draw "$D" 2>/dev/null | json verdicts.0.slot)" "$P/11/1+12/1+4/1" 'its verdict names the slots'

# ---- visits ---------------------------------------------------------------------------------------------------------
python3 -c '
import json
for x in json.load(open("shown"))["targets"]:
    print(x["slot"], x["object"])' | sort >targets
twice=$(cut -d' ' -f2 targets | sort | uniq -d | head -n 1)
if [ -n "$twice" ]; then
    fails_with 1 result.which-task "$QIAN" -d 140602 result record --draw "$D" --object "$twice" --codes R01 --by tester
else
    skip 'an object in two slots' 'this draw has none'
fi
recorded=0
while read -r slot object; do
    task=$(sed -n "${slot}p" <<<$'11\n12\n4')
    quiet "$QIAN" -d 140602 result record --draw "$D" --object "$object" --task "$task/1" --codes R01 --by tester </dev/null ||
        recorded=1
    [ "$slot" = 1 ] && [ -z "${tried:-}" ] && tried=yes &&
        fails_with 1 result.exists "$QIAN" -d 140602 result record --draw "$D" --object "$object" --task 11 --codes R01 --by tester
done < <(head -n -1 targets)
result $recorded 'all targets but one get their results' "$(cat .quiet)"
fails_with 1 release.early "$QIAN" -d 140602 release --draw "$D"
read -r slot object < <(tail -n 1 targets)
ok 'the last one too' "$QIAN" -d 140602 result record --draw "$D" --object "$object" \
    --task "$(sed -n "${slot}p" <<<$'11\n12\n4')" --codes R01 --by tester
is "$("$QIAN" -d 140602 --json release --draw "$D" | json 0.released)" true 'then the draw is released'
carry 140602 1406 && carry 1406 14
is "$(codes 14)" '' 'the province still finds nothing'
ok 'results are published' "$QIAN" -d 140602 publish results
carry 140602 1406
ok 'the city makes its site' "$QIAN" -d 1406 publish site --out site
is "$("$QIAN" -d 1406 --json consolidate --series "$YEAR" | json offices.0.targets)" "$(("$(wc -l <targets)" + $("$QIAN" -d 140602 --json task list |
    python3 -c 'import json, sys; print(sum(t["task"] in ("1/1", "7/1") for t in json.load(sys.stdin)))')))" 'every target of every task counts'
said=$("$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$object" 2>&1)
is "$?" 0 'the site proves the draw'
match "$said" "$object" 'and the object'
done_testing
