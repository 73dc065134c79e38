#!/usr/bin/env bash
# The calls of the office's pages: who comes in and who does not, acts as by the command line, once each, files on one's
# own shelf. web_calls.py asks; here is the office.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_office.sh"

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
JS=$(command -v node || command -v nodejs)
# shellcheck disable=SC2046
ok 'what the pages are made of is read by the browsers of 2020' "$JS" "$ROOT/tests/browser/syntax.mjs" --module \
    $(find "$ROOT/node/web/app" -path '*/vendor' -prune -o \( -name '*.js' -o -name '*.css' \) -print)
served 140602
asked web_calls "${UI[140602]}" "$QIAN" 140602
ended 140602
done_testing
