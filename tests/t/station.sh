#!/usr/bin/env bash
# A station with a node of its own: it is sent its targets, records what it found, and publishes nothing itself; its county
# makes its results public, and they reach the county's site, the city's list and the province's figures.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
S=140602S1
ok 'a province, a city, a county and its station are enrolled' tree 14 1406 140602 $S || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
down() { carry 14 1406 && carry 1406 140602 && carry 140602 $S; }
up() { carry $S 140602 && carry 140602 1406 && carry 1406 14; }
count() { python3 -c "import json, sys; print(len(json.load(sys.stdin)))"; }
# One task, of all businesses; every second one is the station's.
python3 - "$ROOT/tests/t" $S <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from cheat_nodes import table, uscc
table("plan.csv", [dict(no="1", name="年报公示信息检查", type="定向", items="公示信息", object_scope="全部", quantity_text="不低于20%", ratio_op="ge", min_ratio="0.20",
      quantity="", times_per_year="", draw_window_text="1月-12月", draw_from_month="1", draw_to_month="12", initiator_guidance_text="各局", initiator="各局",
      guidance_unit="科", inspecting_level_text="县级", inspecting_levels="county", likely_merged_with_no="", note="")])
table("scopes.csv", [dict(task="1", population="eq(status,0)", strata="1/3 1 true", roles="2 -", reason="")])
table("objects.csv", [{"对象类别": "企业", "名称": "站前街%d号商店" % i, "统一社会信用代码": uscc(i), "检查机关": "140602", "登记状态": "存续",
      "所属监管所": sys.argv[2] if i % 2 else ""} for i in range(60)])
table("inspectors.csv", [{"姓名": "检查员%d" % i, "执法证号": "JS%03d" % i, "发证机关": "140602", "状态": "在岗", "可参加抽查": "是", "证件有效期至": "2099-12-31"}
      for i in range(10)])
END
ok 'the city issues a plan' quiet "$QIAN" -d 1406 plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title Plan --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
down
ok 'the county has its roster' quiet "$QIAN" -d 140602 roster import --objects objects.csv --inspectors inspectors.csv --by tester
quiet "$QIAN" -d 140602 freeze && carry 140602 1406 && quiet "$QIAN" -d 1406 order issue && carry 1406 140602
ok 'the county draws' "$QIAN" -d 140602 draw run --all
D=$("$QIAN" -d 140602 --json draw list | json 0.draw)
is "$("$QIAN" -d $S --json task list)" '[]' 'before it hears of it the station has nothing to do'
carry 140602 $S
"$QIAN" -d $S --json task list >targets.json
mine=$(count <targets.json)
is "$((mine > 1))" 1 'then it has its targets'
is "$("$QIAN" -d 140602 --json draw show "$D" | python3 -c '
import json, sys
mine = {t["object"] for t in json.load(open("targets.json"))}
drawn = {t["object"] for t in json.load(sys.stdin)["targets"]}
print(mine < drawn)')" True 'and those alone'
read -r one two <<<"$(python3 -c 'import json; print(*[t["object"] for t in json.load(open("targets.json"))][:2])')"
name() { python3 -c 'import json, sys; print(next(t["name"] for t in json.load(open("targets.json")) if t["object"] == sys.argv[1]))' "$1"; }

is "$("$QIAN" -d $S --json task list --open | count)" "$mine" 'all of them are still to be visited'
he=$(python3 -c 'import json; print(json.load(open("targets.json"))[0]["inspectors"].split(";")[0].split(" ")[1])')
is "$("$QIAN" -d $S --json task list --inspector "$he" | python3 -c '
import json, sys
his, all = json.load(sys.stdin), json.load(open("targets.json"))
print(bool(his) and [t["object"] for t in his] == [t["object"] for t in all if sys.argv[1] in t["inspectors"]])' "$he")" True 'an inspector has his own'
is "$("$QIAN" -d $S --json task list --inspector 没有的人)" '[]' 'and nobody has those of others'
"$QIAN" -d $S --json task show --draw "$D" --object "$one" >shown.json
is "$(json name <shown.json)" "$(name "$one")" 'a target is shown before somebody goes there'
is "$(json state <shown.json)" waiting 'with how far it is'
fails_with absent result.no-target "$QIAN" -d $S task show --draw "$D" --object E:none

# ---- found there, published by the county -----------------------------------------------------------------------------
ok 'the station records a result' "$QIAN" -d $S result record --draw "$D" --object "$one" --codes R05 --problem 未公示证书 --disposal D02 --by 所员甲
ok 'and another' "$QIAN" -d $S result record --draw "$D" --object "$two" --codes R01 --by 所员乙
fails_with absent result.no-target "$QIAN" -d $S result record --draw "$D" --object "$(python3 - "$D" <<'END'
import json, sqlite3
mine = {t["object"] for t in json.load(open("targets.json"))}
print(next(o for o, in sqlite3.connect("140602/qian.db").execute("SELECT object_id FROM draw_selected ORDER BY id") if o not in mine))
END
)" --codes R01 --by 所员甲
first=$("$QIAN" -d $S --json result list | json 0.result)
is "$("$QIAN" -d $S --json result list --state recorded | count)" 2 'both wait for a review'
is "$("$QIAN" -d $S --json result list --state approved)" '[]' 'none is approved'
is "$("$QIAN" -d $S --json task list --open | count)" $((mine - 2)) 'and nobody goes there again'
rows() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(f"file:{sys.argv[1]}/qian.db?mode=ro", uri=True).execute(sys.argv[2]).fetchone()[0])' "$@"; }
out=$("$QIAN" -d $S --json publish results)
is "$(rows $S 'SELECT count(*) FROM publication')" 0 'what the station publishes is no publication'
is "$("$QIAN" -d 140602 --json publish results | json published)" 0 'and the county publishes nothing that it does not hold'
carry $S 140602
is "$("$QIAN" -d 140602 --json publish results | json published)" 2 'the county publishes both for it'
is "$(rows 140602 "SELECT count(*) FROM publication WHERE office = '140602' AND result_office = '$S'")" 2 'in its own name, by reference'
is "$("$QIAN" -d 140602 --json publish results | json published)" 0 'once'
carry 140602 $S
is "$("$QIAN" -d $S --json task list | python3 -c 'import json, sys; print(sum(t["state"] == "published" for t in json.load(sys.stdin)))')" 2 'the station hears of it'

# ---- seen on the site, in the city's list, in the figures ----------------------------------------------------------------
quiet "$QIAN" -d 140602 publish site --out site
has() { grep -rlF --include='*.html' -- "$1" "${2:-site}" | wc -l; }
is "$(($(has "$(name "$one")") > 0))/$(($(has "$(name "$two")") > 0))" 1/1 "both businesses are on the county's site"
is "$(tail -n +2 site/results.csv | grep -c .)" 2 'and in its list of results'
is "$(grep -rlE '所员甲|所员乙' site | wc -l)" 0 'and not who went there'
carry 140602 1406
is "$("$QIAN" -d 1406 --json consolidate --series "$YEAR" | json listed)" 2 'the city lists them'
total=$("$QIAN" -d 1406 --json consolidate --series "$YEAR")
is "$(json offices.0.office <<<"$total")/$(json offices.0.published <<<"$total")/$(json offices.0.problems <<<"$total")" 140602/2/1 'as the work of the county'
quiet "$QIAN" -d 1406 publish site --out citysite
is "$(($(has "$(name "$one")" citysite) > 0))" 1 "they are on the city's site too"
carry 1406 14
is "$("$QIAN" -d 14 --json verify all | python3 -c 'import json, sys; print(sorted({f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]}))')" '[]' 'and the province finds nothing wrong with it'

# ---- corrected at the station ----------------------------------------------------------------------------------------
ok 'the station corrects a result' "$QIAN" -d $S result correct "$first" --codes R08 --problem 使用超期器具 --disposal D03 --reason 代码填错 --by 所员甲
carry $S 140602
is "$("$QIAN" -d 140602 --json publish results | json corrected)" 0 'which stays with the offices until the station releases it'
quiet "$QIAN" -d $S publish results && carry $S 140602
is "$("$QIAN" -d 140602 --json publish results | json corrected)" 1 'then it publishes the correction beside it'
quiet "$QIAN" -d 140602 publish site --out site
is "$(($(has 代码填错) > 0))" 1 'the site tells why'
up
is "$("$QIAN" -d 14 --json verify all | python3 -c 'import json, sys; print(sorted({f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]}))')" '[]' 'and nothing is held against anybody'
done_testing
