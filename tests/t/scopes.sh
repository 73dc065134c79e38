#!/usr/bin/env bash
# Plans of other places than the one of most suites: numbers, strata, products, standards, lists; and what draw check foretells.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# make_plan NAME : plan.csv and scopes.csv of a plan of the data directory, as its clerk would write them
make_plan() {
    python3 - "$DATA" "$1" <<'END'
import csv, sys
data, which = sys.argv[1:]
def rows_of(name):
    with open(f"{data}/{name}.csv", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))
plan, scopes = [], []
def task(no, name, items, text, ratio, count, population, roles="2 -", **stated):
    plan.append({"no": no, "name": name, "type": "非定向", "items": items or name, "object_scope": name, "quantity_text": text,
                 "ratio_op": "ge" if ratio else "", "min_ratio": ratio, "quantity": count, "times_per_year": "",
                 "draw_window_text": "1月-12月", "draw_from_month": "1", "draw_to_month": "12", "initiator_guidance_text": "",
                 "initiator": "", "guidance_unit": "", "inspecting_level_text": "", "inspecting_levels": "county",
                 "likely_merged_with_no": "", "note": ""})
    scopes.append({"task": no, "population": population, "strata": "", "roles": roles, "joint": "", "draw": "", "total": "",
                   "must": "", "exclude": "", "cap": "", "pool": "", "load": "", **stated})
if which == "dongsheng": # 70 enterprises for all areas, at least 10 % of each
    rows = rows_of("dongsheng-2025-plan")
    strata = ";".join(f"10/100 1 {e}" for e in ("has(tag,115)", "has(tag,114)", "has(tag,123)", "has(tag,102)", "true"))
    task("1", "质量计量标准化抽查", "；".join(r["area"] for r in rows), f"不低于10%，共{rows[0]['quantity']}家", rows[0]["min_ratio"],
         rows[0]["quantity"], "and(eq(status,0),or(eq(kind,1),eq(kind,2)))", strata=strata, must="1,2,7", exclude="64,66",
         cap="2", pool="6", load="40")
if which == "gaoxin": # several areas share one number; standards are objects; some lists come from above
    rows = rows_of("gaoxin-2023-plan")
    group = [r for r in rows if r["quantity_group"] == "G114"]
    task("1", "许可、认证、计量企业", "；".join(r["area"] for r in group), f"共{group[0]['quantity_group_total']}家", "",
         group[0]["quantity_group_total"], "and(eq(status,0),eq(kind,1))", strata="0/1 2 has(tag,114);0/1 2 has(tag,122);0/1 0 true")
    for r in rows:
        if r["planned_quantity"] and r["object_kind"] == "laboratory":
            task("2", r["area"], r["checks_text"], f"{r['planned_quantity']}家", "", r["planned_quantity"], "has(tag,123)", draw="given")
        elif r["planned_quantity"]:
            task("5", r["area"], r["checks_text"], f"{r['planned_quantity']}项", "", r["planned_quantity"], "eq(kind,8)")
if which == "datong": # products by kind, so many batches of each
    for r in rows_of("datong-2025-product-sampling"):
        task(r["no"], r["product"], r["category"], f"{r['batches']}批次", "", r["batches"], f"and(eq(kind,6),has(tag,{200 + int(r['no'])}))")
for name, rows in (("plan.csv", plan), ("scopes.csv", scopes)):
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
END
}
import_plan() {
    "$QIAN" -d 1406 --json plan import --plan plan.csv --scopes scopes.csv --series "$1" --year "$YEAR" --title Plan \
        --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
}
rules() {
    "$QIAN" -d 1406 --json plan show "1406/$1" "$2" | json rules.0
}

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
make_plan datong
is "$(import_plan datong | json slots)" 24 '24 products, a slot each'
is "$(for no in $(seq 24); do rules datong "$no" | grep '^total'; done | awk '{n += $3} END {print n}')" 400 'all 400 batches are in their rules'
match "$(rules datong 5)" 'population and\(eq\(kind,6\),has\(tag,205\)\)
stratum 1 0/1 0 true
total count 230
must -' 'a number without a ratio is the total'
make_plan gaoxin
is "$(import_plan gaoxin | json slots)" 3 'areas with one number are one task, with strata'
match "$(rules gaoxin 2)" 'type pairs' 'a list from above has only its visits drawn'
match "$(rules gaoxin 5)" 'population eq\(kind,8\)' 'standards are objects'
make_plan dongsheng
sed -i 's/共70家/共71家/' plan.csv
match "$(import_plan bad 2>&1)" plan.quantity 'a number that the print does not have'
sed -i 's/共71家/70%/' plan.csv
match "$(import_plan bad 2>&1)" plan.quantity 'nor as a percentage'
make_plan dongsheng
sed -i 's/"1,2,7"/"2,1"/' scopes.csv
match "$(import_plan bad 2>&1)" plan.rules 'what is stated must be canonical'
make_plan dongsheng
is "$(import_plan dongsheng | json slots)" 1 'one task for seven areas'
match "$(rules dongsheng 1)" 'stratum 5 10/100 1 true
total count 70
must 1,2,7
exclude 64,66
cap 2
role 1 2 -
pool 6
load 40' 'all that was stated stands in the rules'

# ---- what a draw would be ----------------------------------------------------------------------------------------------
carry 1406 140602
ok 'a roster is imported' import_roster 140602
match "$("$QIAN" -d 140602 draw check --slot 1406/dongsheng/1/1)" 'cannot be worked out yet: No freeze' 'without a freeze nothing is foretold'
fails_with 1 draw.not-planned "$QIAN" -d 140602 draw check --slot 1406/dongsheng/9/1
quiet "$QIAN" -d 140602 freeze
foretold=$("$QIAN" -d 140602 --json draw check --slot 1406/dongsheng/1/1)
is "$?" 0 'enough people'
is "$(json 0.lots <<<"$foretold")/$(json 0.short_handed <<<"$foretold")" 70/false 'seventy will be drawn'
carry 140602 1406
is "$("$QIAN" -d 1406 --json draw check --office 140602 --slot 1406/dongsheng/1/1)" "$foretold" 'the parent foretells the same'
"$QIAN" -d 1406 order issue --office 140602 --series dongsheng >/dev/null
carry 1406 140602
drawn=$("$QIAN" -d 140602 --json draw run --slot 1406/dongsheng/1/1)
D=$(json 0.draw <<<"$drawn")
is "$(json 0.lot <<<"$drawn")/$(json 0.must <<<"$drawn")/$(json 0.unfilled <<<"$drawn")" \
    "$(json 0.lots <<<"$foretold")/$(json 0.must <<<"$foretold")/$(json 0.blocked <<<"$foretold")" 'and so it is'
is "$("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
s = json.load(sys.stdin)["strata"]
print(sum(x["base"] for x in s), sum(x["pool"] for x in s), all(x["quota"] >= min(x["pool"], -(-x["base"] // 10)) for x in s))')" \
    "$(json 0.base <<<"$foretold") $(json 0.pool <<<"$foretold") True" 'from so many, at least a tenth of each stratum'
match "$("$QIAN" -d 140602 draw check)" 'Left out: 1 that are drawn' 'what is drawn is not foretold again'
is "$("$QIAN" -d 140602 --json draw check --slot 1406/dongsheng/1/1 | json 0.lots)" 70 'unless it is named'
carry 140602 1406 && carry 1406 14
ok 'the province finds nothing' "$QIAN" -d 14 verify all

# ---- a shortage is foreseen -------------------------------------------------------------------------------------------------
make_plan dongsheng
sed -i 's/,2 -,/,1 77;1 -,/' scopes.csv
quiet import_plan short
carry 1406 140602
short=$("$QIAN" -d 140602 --json draw check --slot 1406/short/1/1)
is "$?" 1 'a shortage is told by the exit code'
is "$(json 0.short_handed <<<"$short")/$(json 0.roles.0.eligible <<<"$short")" true/0 'nobody has that qualification'
is "$(json 0.blocked <<<"$short")" "$(json 0.base <<<"$short")" 'so no visit could have its full team'
match "$("$QIAN" -d 140602 draw check --slot 1406/short/1/1)" 'asks for 1 inspectors with 77, 0 are available' 'in words'
done_testing
