#!/usr/bin/env bash
# How pages ask the office, without a browser: what is told when a line breaks, when an answer is late, and what a file is called.
. "$(dirname "$0")/lib.sh"
JS=$(command -v node || command -v nodejs) || skip_all 'Node.js is not installed (scripts/deps test)'

# Modules, whatever stands beside them.
cp -r "$ROOT/node/web/app" "$T/app" && echo '{"type": "module"}' >"$T/app/package.json"
"$JS" "$ROOT/tests/t/pages.mjs" "$T/app" >"$T/out" 2>"$T/err"
rc=$?
retold "$T/out"
result $rc 'all was asked' "$(tail -n 5 "$T/err")"
done_testing
