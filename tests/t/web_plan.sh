#!/usr/bin/env bash
# What planners do beside issuing a plan, in the pages of a province and a city: a plan is revised, lists of items have a term,
# tasks are drawn together, a list is given, objects are taken in by a document, codes are imported. tests/web/plan.mjs drives.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"
. "$ROOT/tests/t/web_lib.sh"

export QIAN_LANG=zh
P=14 C=1406 K=140602
OFFICE_NAME='市场监督管理局 '
ok 'a province, a city and a county are enrolled' tree $P $C $K || done_testing

# The printed plan and what becomes of it: of task 3 half as many, task 8 by a list from above.
paper() {
    python3 - "$DATA" <<'END'
import csv, sys
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] in ("1", "3", "8")]
    if name == "scopes.csv":
        rows = [{**r, "draw": "given" if r[key] == "8" else ""} for r in rows]
    def write(name):
        with open(name, "w", encoding="utf-8", newline="") as f:
            w = csv.DictWriter(f, rows[0].keys())
            w.writeheader()
            w.writerows(rows)
    write(name)
    if name == "plan.csv":
        rows[1] = {**rows[1], "quantity": "", "object_scope": rows[1]["object_scope"] + "（新增）"}
        write("revised.csv")
with open("given.csv", "w", encoding="utf-8") as f:
    f.write("对象编号,对象名称,地址\nE:91140602MA006J474L,朔州市朔城区德邦商贸广场有限公司,北街 1 号\nE:91140602MA0EAYCF6A,朔州市小张商店,\n")
with open("codes.csv", "w", encoding="utf-8") as f:
    f.write("code,name_zh,name_en,issue_found\nR99,配合检查,cooperated,N\n")
END
}
year() {
    paper && quiet "$QIAN" -d $P tables import "$DATA/tags.csv" "$DATA/disposal-codes.csv" &&
        quiet "$QIAN" -d $C plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title "朔州市市场监督管理局${YEAR}年度双随机抽查工作计划" \
            --doc-no "朔市监〔${YEAR}〕26号" --issued-on "$YEAR-01-05" && cp "$DATA/datong-county-items.csv" items.csv &&
        import_roster $K 500 && carry $P $C && carry $C $K && carry $K $C
}
ok 'the city has a plan and what the county has in its roster' year || done_testing
staff="$P:省局计划员:planner:planner,head
$C:市局计划员:planner:planner,head"
ok 'people are entered' enter $P $C
for o in $P $C; do served "$o"; done
invited
PLAN=$C/$YEAR browsed 500 $C plan
ended $P $C
done_testing
