#!/usr/bin/env bash
# Objects drawn by one office and visited by another, and a list given from above: the county draws only who goes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# codes DIR : "about: CODE CODE" of each verdict with findings
codes() {
    "$QIAN" -d "$1" --json verify all 2>/dev/null | python3 -c '
import json, sys
for v in json.load(sys.stdin)["verdicts"]:
    if v["findings"]:
        print(v["about"] + ": " + " ".join(dict.fromkeys(f["code"] for f in v["findings"])))'
}
all_know() {
    carry 140602 1406 && carry 1406 14 && carry 14 1406 && carry 1406 140602
}
# sql DIR STATEMENT : what somebody with a database shell does
sql() {
    python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/qian.db", timeout=10)
db.execute(sys.argv[2])
db.commit()' "$1" "$2"
}

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
python3 - "$DATA" <<'END'
import csv, sys
how = {"1": "given", "4": "objects"}
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] in how]
    for r in rows:
        if key == "no":
            r.update(draw_from_month="1", draw_to_month="12", draw_window_text="1月-12月", inspecting_levels="county")
        else:
            r["draw"] = how[r[key]]
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
END
import_plan() {
    "$QIAN" -d 1406 --json plan import --plan plan.csv --scopes "$1" --series "$YEAR" --year "$YEAR" --title Plan \
        --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
}
sed 's/,given$/,drawn/; s/,given\r$/,drawn\r/' scopes.csv >bad.csv
match "$(import_plan bad.csv 2>&1)" plan.scope-draw 'a word that the column does not know'
is "$(import_plan scopes.csv | json slots)" 3 'one slot of objects, two of pairs'
match "$("$QIAN" -d 1406 plan show "1406/$YEAR" 4)" '1406 +objects .*140602 +pairs ' 'the plan shows who draws what'
# Each order is asked for here, when it is due and when it is not.
quiet "$QIAN" -d 14 order auto off && quiet "$QIAN" -d 1406 order auto off
carry 1406 140602 && carry 1406 14
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
quiet "$QIAN" -d 14 plan accept "1406/$YEAR"
carry 14 1406
# The city keeps a roster of what the county inspects.
quiet "$TOOLS/gen_roster" --office 140602 --seed 2 --objects 600 --inspectors 20 --out roster1406
"$QIAN" -d 1406 roster import --objects roster1406/objects.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester >city.out 2>&1
ok 'the city freezes its roster' "$QIAN" -d 1406 freeze
ok 'a roster is imported' import_roster 140602
ok 'and frozen' "$QIAN" -d 140602 freeze
all_know

# ---- drawn by the city, visited by the county -------------------------------------------------------------------------
match "$("$QIAN" -d 1406 order issue)" 'no list yet' 'without a list nobody is ordered to visit'
is "$("$QIAN" -d 14 --json order issue | json orders.0.slot)" "1406/$YEAR/4/1" 'the province orders the objects'
carry 14 1406
C=$("$QIAN" -d 1406 --json draw run --all | json 0.draw)
all_know
is "$("$QIAN" -d 140602 --json task list | json 0.inspectors)" '' 'the county learns the objects, and nobody goes yet'
issued=$("$QIAN" -d 1406 --json order issue)
is "$(json orders <<<"$issued" | python3 -c 'import json, sys; print([(o["slot"], o["issued"]) for o in json.load(sys.stdin)])')" \
    "[('1406/$YEAR/1/1', False), ('1406/$YEAR/4/1', True)]" 'now the county is ordered to match inspectors, for this list'
all_know
drawn=$("$QIAN" -d 140602 --json draw run --slot "1406/$YEAR/4/1")
D=$(json 0.draw <<<"$drawn")
n=$(json 0.listed <<<"$drawn")
is "$(json 0.lot <<<"$drawn")/$(("$n" > 0))" 0/1 'it draws no object'
is "$("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
print(*sorted(t["object"] for t in json.load(sys.stdin)["targets"]))')" "$("$QIAN" -d 1406 --json draw show "$C" | python3 -c '
import json, sys
print(*sorted(t["object"] for t in json.load(sys.stdin)["targets"]))')" 'but visits those of the list'
match "$("$QIAN" -d 140602 draw show "$D")" "$n objects were drawn above" 'which the record says'
is "$("$QIAN" -d 140602 --json task list | python3 -c '
import json, sys
t = json.load(sys.stdin)
print(len(t), {x["draw"] for x in t}, all(";" in x["inspectors"] for x in t))')" "$n {'$D'} True" 'each is a target once, with two inspectors'
all_know
is "$(codes 14)" '' 'the province computes the same'

# ---- given from above ---------------------------------------------------------------------------------------------------
python3 -c '
print("对象编号,对象名称,地址")
for i in range(7):
    print(f"P:91140602MA0K0000{i}X/A-{i},产品{i},车间{i}")' >given.csv
give() {
    "$QIAN" -d 1406 --json plan give-list "1406/$YEAR" "$1" --office "$2" --objects "$3" --source parent --title 抽查名单 \
        --doc-no 省局30号 --given-on "$YEAR-02-01" --by tester
}
match "$(give 4/2 140602 given.csv 2>&1)" given.no-slot 'only where the plan says so'
match "$(give 4 140602 given.csv 2>&1)" given.ordered 'not once it is ordered'
match "$(give 1 14 given.csv 2>&1)" given.not-below 'downward only'
sed 's/P:/p-/' given.csv >bad.csv
match "$(give 1 140602 bad.csv 2>&1)" given.object 'ids in their normal form'
(cat given.csv; tail -n 1 given.csv) >bad.csv
match "$(give 1 140602 bad.csv 2>&1)" given.twice 'each once'
head -n 1 given.csv >bad.csv
match "$(give 1 140602 bad.csv 2>&1)" given.empty 'and some'
is "$(give 1 140602 given.csv | json objects)" 7 'the city gives a list'
is "$("$QIAN" -d 1406 --json order issue | json orders.0.issued)" true 'and orders the match'
all_know
# A county that spares one: in a copy made before the draw it takes it off its list, and visits the rest.
cp -r 140602 cheat && cp -r 1406 city
sql cheat "DELETE FROM given_object WHERE object_id LIKE '%/A-3'"
is "$("$QIAN" -d cheat --json draw run --all | json 0.listed)" 6 'a county that spares one draws all the same'
quiet "$QIAN" -d cheat bundle make --to 1406 --out cheat.qb && quiet "$QIAN" -d city bundle import cheat.qb
is "$(codes city)" 'draw: LIST_MISMATCH' 'which the city finds, by its code'
match "$("$QIAN" -d city verify all 2>/dev/null)" 'Listed and left out: P:91140602MA0K00003X/A-3' 'with the object that was spared'
G=$("$QIAN" -d 140602 --json draw run --all | json 0.draw)
said=$("$QIAN" -d 140602 draw show "$G")
match "$said" '7 objects are from a list given from above, they were not drawn by lot' 'it is never called drawn'
not_ok 'no target is called drawn' grep -q 'by lot *[0-9a-f—]' <<<"$(grep P: <<<"$said")"
all_know
is "$(codes 14)$(codes 1406)" '' 'province and city compute the same'

# ---- who cannot go, what cannot be visited -------------------------------------------------------------------------------
printf '%%PDF-1.4 record, signed by both\n' >record.pdf
# Whoever stays away that day has no other visit: by lot some have several.
for d in $("$QIAN" -d 140602 --json draw list | python3 -c 'import json, sys; print(*(d["draw"] for d in json.load(sys.stdin)))'); do
    "$QIAN" -d 140602 --json draw show "$d"
done >shown.json
read -r at first void gone < <(python3 - "$D" <<'END'
import collections, json, sys
text, draws = open("shown.json").read(), []
while text.strip():
    draw, end = json.JSONDecoder().raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    draws.append(draw)
who = lambda t: [w.split(" ")[0] for w in t["inspectors"].split(";") if w]
load = collections.Counter(w for d in draws for t in d["targets"] for w in who(t))
mine = next(d["targets"] for d in draws if d["draw"] == sys.argv[1])
print(*next((i, t["object"], mine[(i + 1) % len(mine)]["object"], w) for i, t in enumerate(mine) for w in who(t) if load[w] == 1))
END
)
away=$(date -u -d '+8 hours' +%F)
next=$("$QIAN" -d 140602 --json draw absent --draw "$D" --inspector "$gone" --object "$first" --reason leave \
    --date "$away" --by tester | json 0.next)
match "$("$QIAN" -d 140602 --json draw show "$D" | json "targets.$at.inspectors")" "$next" 'somebody else visits a listed object'
fails_with 1 exc.objects "$QIAN" -d 1406 draw void --draw "$C" --object "$void" --reason closed --evidence record.pdf --by tester
is "$("$QIAN" -d 140602 --json draw void --draw "$D" --object "$void" --reason closed --evidence record.pdf --by tester | json 0.exhausted)" \
    false 'what the city drew can be void for the county'
is "$("$QIAN" -d 140602 --json draw void --draw "$G" --object P:91140602MA0K00005X/A-5 --reason not_found --evidence record.pdf --by tester |
    json 0.exhausted)" false 'what was given too, and nobody follows'
all_know
is "$(codes 14)$(codes 1406)" '' 'the offices above find it right'

# ---- visits count for both ------------------------------------------------------------------------------------------------
fails_with 1 release.early "$QIAN" -d 1406 release --draw "$C"
recorded=0
while read -r draw object; do
    on=() # the visit from which somebody is absent is made on that day (exc-24)
    [ "$draw $object" = "$D $first" ] && on=(--started "${away}T09:00:00" --completed "${away}T10:00:00")
    quiet "$QIAN" -d 140602 result record --draw "$draw" --object "$object" --codes R01 --by tester "${on[@]}" </dev/null || recorded=1
done < <("$QIAN" -d 140602 --json task list | python3 -c '
import json, sys
for t in json.load(sys.stdin):
    if t["state"] != "void":
        print(t["draw"], t["object"])')
result $recorded 'every other target is visited' "$(cat .quiet)"
is "$("$QIAN" -d 140602 --json release --draw all | json 1.released)" true 'the county releases its draws'
all_know
is "$("$QIAN" -d 1406 --json release --draw "$C" | json 0.released)" true 'the city its own'
carry 1406 14
is "$(codes 14)" '' 'nothing is found'
ok 'the city makes its site' "$QIAN" -d 1406 publish site --out site
ok 'it proves the draw of the objects' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$C" \
    --object "$("$QIAN" -d 1406 --json draw show "$C" | json targets.0.object)"
given=$(cat "site/draws/${G/:/-}/index.html")
match "$given" '任务 1：名单上级下达，不是随机抽取的（日志 test.example/1406/1 条目 [0-9]+）' 'a list from above is told as one'
not_ok 'and never called drawn' grep -Eq '<h2>抽中名单|随机抽中|抽中 [0-9]+ 户' <<<"$given"
not_ok 'nor is what stands on it' grep -q 'MA0K00001X' <<<"$given"
match "$(cat "site/draws/${D/:/-}/index.html")" "由另一机关随机抽取后派发.*href=\"../../draws/${C/:/-}/index.html\"" 'what another office drew leads to that draw'
match "$(cat site/offices/140602.html)" '只配人员' 'and the table of draws says what was drawn'
ok 'and that of the inspectors' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$G" \
    --object "$("$QIAN" -d 140602 --json draw show "$G" | json targets.0.object)"

done_testing
