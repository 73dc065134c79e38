#!/usr/bin/env bash
# The calls of the office's pages: who comes in and who does not, acts as by the command line, once each, files on one's
# own shelf. web_calls.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
JS=$(command -v node || command -v nodejs)
# shellcheck disable=SC2046
ok 'what the pages are made of is read by the browsers of 2020' "$JS" "$ROOT/tests/browser/syntax.mjs" --module \
    $(find "$ROOT/node/web/app" -path '*/vendor' -prune -o \( -name '*.js' -o -name '*.css' \) -print)
UI=$(free_port)
ok 'the county serves its pages' start_node 140602 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
python3 "$ROOT/tests/t/web_calls.py" "$UI" "$QIAN" 140602 >calls.out 2>calls.err
rc=$?
retold calls.out
result $rc 'all calls were made' "$(tail -n 5 calls.err)"
ok 'and it ends as it should' stop_node 140602
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 140602)"
done_testing
