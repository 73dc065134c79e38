#!/usr/bin/env bash
# Every verdict code of the specification is in the program, and a cheat against real nodes is found by it.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
ok 'the table of codes, the program and the cheats agree' \
    python3 "$ROOT/tests/t/cheat.py" --codes "$ROOT/protocol/spec/verdicts.md" "$ROOT/node/draw/findings.h"
printf '| NEVER_SEEN | F | never |\n' | cat "$ROOT/protocol/spec/verdicts.md" - >page.md
sed 's/^    X(PLAN_NOT_LOGGED, /    X(NEVER_SEEN, "F", "verdict.never") \\\n&/' "$ROOT/node/draw/findings.h" >header.h
fails_with 1 'codes that no cheat is found by: NEVER_SEEN' \
    python3 "$ROOT/tests/t/cheat.py" --codes page.md header.h
fails_with 1 'in the page and not in the program: NEVER_SEEN' \
    python3 "$ROOT/tests/t/cheat.py" --codes page.md "$ROOT/node/draw/findings.h"
done_testing
