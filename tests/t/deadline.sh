#!/usr/bin/env bash
# What is due, on real nodes: the province's working days go down, a county's plan, visits and results are listed with their
# last days, here and above.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
said() { "$QIAN" -d "$@" 2>&1; }

match "$(said 140602 calendar due --from 2021-09-30 --days 1)" '暂定为 2021-10-01' 'without a calendar weekdays count, provisionally'
match "$(said 140602 calendar show)" '还没有工作日历' 'and that is said'
fails_with denied authority.level "$QIAN" -d 1406 calendar import "$DATA/workdays-cn.json" --by 计划员
match "$(said 14 calendar import "$DATA/workdays-cn.json" --by 计划员 --dry-run)" '将新增 6 年' 'a rehearsal counts'
is "$("$QIAN" -d 14 --json calendar show | json covered_from)" '' 'and writes nothing'
match "$(said 14 calendar import "$DATA/workdays-cn.json" --by 计划员)" '新增 6 年' 'the province imports the notices'
match "$(said 14 calendar import "$DATA/workdays-cn.json" --by 计划员)" '不变 6 年' 'twice is once'
down() { "$QIAN" -d "$1" bundle make --to "$2" --out down.qb && "$QIAN" -d "$2" bundle import down.qb; }
ok 'it goes down' down 14 1406
ok 'and further' down 1406 140602
match "$(said 140602 calendar due --from 2021-09-30 --days 1)" '是 2021-10-08' 'the county counts by it'
match "$(said 140602 calendar show)" '2021 +250 .*10-01～10-07' 'and shows it'
bad=0
while IFS=, read -r from n due status _; do
    [ "$from" = start_date ] && continue
    got=$("$QIAN" -d 140602 --json calendar due --from "$from" --days "$n")
    [ "$(json due <<<"$got") $(json provisional <<<"$got")" = "$due $([ "$status" = final ] && echo false || echo true)" ] || bad=1
done <"$DATA/workday-test-vectors.csv"
is $bad 0 'every vector, from the signed data'

match "$(said 140602 due)" '没有快到期或已超期的事项' 'nothing is due yet'
match "$(said 140602 due kinds)" 'publication +公示检查结果 +工作日 +20' 'the kinds are listed'
fails_with absent deadline.unknown "$QIAN" -d 140602 due --kind x
fails_with malformed deadline.place "$QIAN" -d 140602 due --past x
"$QIAN" -d 14 record add deadline_rule deadline=transfer days=7 valid_from=2021-01-01 doc_no=试 --by 计划员 >/dev/null
ok 'a number of days is set by the province' down 14 1406
match "$(said 1406 due kinds)" 'transfer +答复移送 +工作日 +7' 'and counts below'
match "$(said 140602 due within 10)" '10 天以内' 'what is urgent is the office'"'"'s own setting'
done_testing
