#!/usr/bin/env bash
# Field statistics: three counties on one plan; one of them calls five times as many drawn businesses void as the others.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# line OFFICE MEASURE KEY : of the province's statistics
line() {
    python3 -c '
import json, sys
for l in json.load(open("field.json"))["lines"]:
    if (l["office"], l["measure"]) == tuple(sys.argv[1:3]):
        print(l.get(sys.argv[3]))' "$@"
}

# void OFFICE N : the first n targets of its draws are void
void() {
    local draw object n=$2
    while [ "$n" -gt 0 ] && read -r draw object; do
        quiet "$QIAN" -d "$1" draw void --draw "$draw" --object "$object" --reason closed --evidence record.pdf --by tester || return
        n=$((n - 1))
    done < <("$QIAN" -d "$1" --json draw list | python3 -c '
import json, subprocess, sys
for d in json.load(sys.stdin):
    show = json.loads(subprocess.run([sys.argv[1], "-d", sys.argv[2], "--json", "draw", "show", d["draw"]], capture_output=True).stdout)
    for t in show["targets"]:
        if t["mode"] == "lot":
            print(d["draw"], t["object"])' "$QIAN" "$1")
    [ "$n" -eq 0 ]
}

ok 'a province, a city and three counties are enrolled' tree 14 1406 140602 140622 140623 || done_testing
# A task of the sample plan, three tenths of all businesses.
python3 "$ROOT/tests/t/one_task.py" "$ROOT/examples" 30
ok 'the city issues a plan' quiet "$QIAN" -d 1406 plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" \
    --title Plan --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31" || done_testing
printf '%%PDF-1.4 record, signed by both\n' >record.pdf
for county in 140602 140622 140623; do
    carry 1406 $county
    import_roster $county
    quiet "$QIAN" -d $county freeze
    carry $county 1406
    quiet "$QIAN" -d 1406 order issue --office $county --level offline
    carry 1406 $county
    quiet "$QIAN" -d $county draw run --all
    carry $county 1406
done
carry 1406 14
"$QIAN" -d 14 --json stats field >field.json 2>/dev/null
is "$?" 0 'nothing happened yet: nothing to ask'
is "$(json flagged <field.json)/$(json looked <field.json)" 0/0 'neither a flag nor a look'
match "$(line 140602 voids n)/$(line 140602 absences n)" '^[78][0-9]/[12][0-9]$' 'some eighty targets, some twenty inspectors sent'
match "$("$QIAN" -d 14 --lang zh stats field --all 2>/dev/null)" '140622 +作废的对象 +0/[78][0-9] +0/2[0-9][0-9] +1 +正常' 'as a table too'

is "$(line 140602 rank-class-cd n)$(line 140623 rank-complaints n)" '' 'no ranks of draws that were witnessed'

# ---- one county in five times as many as the others -----------------------------------------------------------------
ok 'a county calls 30 businesses void' void 140602 30
ok 'another 6' void 140622 6
ok 'the third 6' void 140623 6
first=$("$QIAN" -d 140622 --json task list | python3 -c '
import json, sys
print(next(t["inspectors"].split(" ")[0] for t in json.load(sys.stdin) if t["state"] == "waiting"))')
ok 'an inspector is absent somewhere' quiet "$QIAN" -d 140622 draw absent --draw "$("$QIAN" -d 140622 --json draw list | json 0.draw)" \
    --inspector "$first" --reason sick --by tester
for county in 140602 140622 140623; do
    carry $county 1406
done
carry 1406 14
"$QIAN" -d 14 --json stats field >field.json 2>/dev/null
is "$?" 1 'the exit status tells that there is something to ask'
is "$(line 140602 voids x)/$(line 140602 voids all_x)" 30/42 'what is void is counted'
is "$(line 140602 voids state)" flag 'the county is flagged'
is "$(line 140622 voids state)/$(line 140623 voids state)" fine/fine 'the others are not'
is "$(line 140622 absences x)/$(line 140602 absences x)" 1/0 'absences of one draw count once'
is "$(line 140622 absences state)" fine 'and one is nothing to ask about'
is "$(json flagged <field.json)/$(json looked <field.json)" 1/0 'one flag in all'
said=$("$QIAN" -d 14 --lang en stats field 2>/dev/null)
match "$said" '140602 +void targets +30/[78][0-9] +42/2[0-9][0-9] +[0-9.]+e-[0-9]+ +ask' 'the table names the county, its counts, its peers and the chance'
not_ok 'and nobody else' grep -q '^140622' <<<"$said"
match "$said" 'less than once in a million.*less than once in a thousand' 'how often an honest office is marked'
match "$("$QIAN" -d 14 --lang zh stats field 2>/dev/null)" '单看一行，清白的局被标“要问”的机会不到百万分之一' 'in both languages'
match "$("$QIAN" -d 14 verify office 140602 2>/dev/null)" 'VOID_RATE_HIGH' 'verify finds the same'
fails_with 2 cli.option-unknown "$QIAN" -d 14 stats field --office 140602
done_testing
