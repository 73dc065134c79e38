#!/usr/bin/env bash
# The README's commands, as they stand there: from the root keys to the province's verdict, one after the other.
# timeout: 600
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
printf 'a test passphrase\n' >pass
export QIAN_PASSPHRASE_FILE=$T/pass QIAN_LANG=zh
DATA=$ROOT/tests/data
YEAR=$(date +%Y)
P=$(free_port) C=$(free_port) U=$(free_port)

# The files that the commands name. One task of the real plan, open all the year, which draws of all objects.
cp "$DATA"/{tags,result-codes,disposal-codes}.csv .
python3 - "$DATA" <<'END'
import csv, sys
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] == "1"]
    for r in rows:
        if key == "no":
            r.update(draw_from_month="1", draw_to_month="12", draw_window_text="1月-12月")
        else:
            r.update(population="true", strata="", roles="2 -")
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
with open("objects.csv", "w", encoding="utf-8") as f:
    f.write("对象类别,名称,统一社会信用代码,注册号,检查机关,登记状态,信用风险分类\n")
    for i in range(60):
        f.write(f"企业,朔州市第{i}超市,,1406020000{i:05},140602,存续,A\n")
with open("inspectors.csv", "w", encoding="utf-8") as f:
    f.write("姓名,执法证号,发证机关,状态,可参加抽查\n")
    for i in range(6):
        f.write(f"人员{i},JS{i},140602,在岗,是\n")
END

fill_results() {
    local targets
    targets=$("$QIAN" -d 140602 --json task list) || return
    python3 -c '
import json, sys
print("抽取编号,对象编号,开始时间,完成时间,结果代码,问题描述,填报人")
for t in json.load(sys.stdin):
    print(t["draw"], t["object"], "", "", "R01", "", "李四", sep=",")' <<<"$targets" >results.csv
}

# Of the fenced blocks of commands each line, without its remark. What differs here: ports, year, quicker key files.
grep -A99 '^```sh' "$ROOT/README.md" | awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' |
    sed -E 's/ +# .*//; s/7400/'"$P"'/; s/7402/'"$C"'/; s/7403/'"$U"'/; s/2021/'"$YEAR"'/g
            s/^qian (root key.*|.* init .*)/qian \1 --kdf-mib 8/' >commands
match "$(wc -l <commands)" '^[34][0-9]$' 'the README has its commands'

qian() { "$QIAN" "$@"; }
n=0
while IFS= read -r line <&3; do
    n=$((n + 1))
    if [[ $line =~ ^qian\ -d\ ([0-9]+)\ serve\ (.*)\ \&$ ]]; then
        # shellcheck disable=SC2086
        ok "$line" start_node "${BASH_REMATCH[1]}" ${BASH_REMATCH[2]}
        continue
    fi
    [[ $line =~ enrol\ approve\ ([^ ]+) ]] && PRINT=$(qian --json enrol show "${BASH_REMATCH[1]}" | json fingerprint)
    [[ $line == *'result import'* ]] && ok 'the results are filled in' fill_results
    eval "$line" >out 2>&1
    result $? "$line" "$(cat out)"
    [[ $line =~ root\ policy ]] && ROOT_PRINT=$(grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' out | head -n 1)
    # shellcheck disable=SC2034
    [[ $line =~ root\ policy ]] && ROOT=$ROOT_PRINT
done 3<commands
match "$(cat out)" '140602:1-[0-9]+-0 .*通过' 'the province finds nothing wrong with the draw'
ok 'the site is there' test -s site/index.html
done_testing
