#!/usr/bin/env bash
# Filing: a city's plan and its revision go up to be put on file, the answer comes back with its receipt number, or with what
# is wanting; sampling rules need an approval; nobody but the office above answers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
on() { "$QIAN" -d "$@" 2>&1; }
state() { "$QIAN" -d "$1" --json record show "$2" "$3" | json state; }

ok 'the city issues its plan' issue_plan 1406 4
fails_with malformed value.empty "$QIAN" -d 1406 record add filing 报送内容=年度计划 sent_on="$YEAR-03-05" --by 计划员
fails_with absent value.no-such "$QIAN" -d 1406 record add filing subject_kind=plan plan=2099 sent_on="$YEAR-03-05" --by 计划员
fails_with malformed filing.no-revision "$QIAN" -d 1406 record add filing subject_kind=revision plan="$YEAR" sent_on="$YEAR-03-05" --by 计划员
fails_with denied records.no-parent "$QIAN" -d 14 record add filing subject_kind=rules subject=x sent_on="$YEAR-03-05" --by 处长
filing=$("$QIAN" -d 1406 --json record add filing 报送内容=年度计划 抽查计划="$YEAR" doc_no=朔市监〔2021〕26号 报送日期="$YEAR年3月5日" --by 计划员 | json record)
is "$(state 1406 filing "$filing")" sent 'a filing waits for its answer'
fails_with denied filing.not-above "$QIAN" -d 1406 record add filing_answer filing="$filing" outcome=已备案 receipt_no=1 answered_on="$YEAR-03-08" --by 计划员
fails_with absent value.no-such "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=acknowledged receipt_no=1 answered_on="$YEAR-03-08" --by 处长
carry 1406 14
fails_with malformed value.empty "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=acknowledged answered_on="$YEAR-03-08" --by 处长
fails_with malformed value.empty "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=returned receipt_no=1 answered_on="$YEAR-03-08" --by 处长
fails_with malformed value.order "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=returned note=x answered_on="$YEAR-03-04" --by 处长
answer=$("$QIAN" -d 14 --json record add filing_answer filing="$filing" outcome=已退回 说明=缺少抽查比例的依据 answered_on="$YEAR-03-08" --by 处长 | json record)
fails_with conflict filing.answered "$QIAN" -d 14 record add filing_answer filing="$filing" outcome=acknowledged receipt_no=1 answered_on="$YEAR-03-09" --by 处长
is "$(state 1406 filing "$filing")" sent 'the city does not know yet'
carry 14 1406
is "$(state 1406 filing "$filing")" returned 'and then reads that it was returned'
match "$(on 1406 record show filing_answer "$answer")" 缺少抽查比例的依据 'and why'
ok 'the answer is revised by a new mind' "$QIAN" -d 14 record revise filing_answer "$answer" outcome=acknowledged receipt_no=晋市监备〔2021〕7号 --reason 补正后备案 --by 处长
carry 14 1406
is "$(state 1406 filing "$filing")" acknowledged 'which travels like every revision'
match "$(on 1406 record list filing)" 已备案 'the list says it in words'

rules=$("$QIAN" -d 1406 --json record add filing 报送内容=抽查实施细则 subject=2021年产品质量监督抽查实施细则 sent_on="$YEAR-03-05" --by 计划员 | json record)
carry 1406 14
fails_with denied filing.needs-approval "$QIAN" -d 14 record add filing_answer filing="$rules" outcome=acknowledged receipt_no=2 answered_on="$YEAR-03-08" --by 处长
ok 'rules of a sampling are approved' "$QIAN" -d 14 record add filing_answer filing="$rules" outcome=已批准 receipt_no=2 answered_on="$YEAR-03-08" --by 处长
carry 14 1406
is "$(state 1406 filing "$rules")" approved 'and the city knows'
carry 1406 140602
is "$("$QIAN" -d 140602 --json record list filing)" '[]' 'what is filed above is not for those below'
done_testing
