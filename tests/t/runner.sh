#!/usr/bin/env bash
# The runner counts what suites did, and takes nothing for success that did not report it. The shell library too.
. "$(dirname "$0")/lib.sh"

d=$T/tree
mkdir -p "$d"/{scripts,tests/{t,unit,fuzz},b/tests/{unit,fuzz}}
cp "$ROOT/tests/run" "$d/tests/"
for check in layers messages spec released; do
    printf '#!/bin/sh\necho fine\n' >"$d/scripts/check-$check"
done
chmod +x "$d"/scripts/*

# suite NAME LINES [STATUS] : a shell suite that prints these lines. unit NAME LINES [STATUS] : a unit binary.
suite() {
    printf '%b\nexit %s\n' "$2" "${3:-0}" >"$d/tests/t/$1.sh"
}
unit() {
    : >"$d/tests/unit/test_$1.c"
    printf '#!/bin/sh\nprintf "%b"\nexit %s\n' "$2" "${3:-0}" >"$d/b/tests/unit/test_$1"
    chmod +x "$d/b/tests/unit/test_$1"
}
# run WORDS... : sets out, rc and last (the closing line).
run() {
    out=$(env -u JOBS TEST_TIMEOUT=5 bash "$d/tests/run" b "$@" 2>&1)
    rc=$?
    last=$(tail -n 1 <<<"$out")
}
gives() { # CLOSING STATUS DESCRIPTION
    is "$last / $rc" "$1 / $2" "$3" || note "$out"
}

run
gives '4 passed, 0 failed, 0 skipped' 0 'the four checks alone'
run nothing-has-this-name
gives '0 passed, 0 failed, 0 skipped' 1 'nothing ran'
unit good '1..2\nok 1 - a\nok 2 # SKIP b\n'
run good
gives '1 passed, 0 failed, 1 skipped' 0 'a skipped test is not a passed one'
unit groups '1..1\nok 1 - a\n# ok - x\n1..2\nok 1 - b\nok 2 - c\n'
run groups
gives '3 passed, 0 failed, 0 skipped' 0 'two groups in one binary'
unit bad '1..2\nok 1 - a\nnot ok 2 - b\n# why it is bad\n' 1
run bad
gives '1 passed, 1 failed, 0 skipped' 1 'a failing test'
match "$out" 'why it is bad' 'its output is shown'
run good bad
gives '2 passed, 1 failed, 1 skipped' 1 'two suites are added up'
unit short '1..3\nok 1 - a\nok 2 - b\n'
run short
gives '2 passed, 1 failed, 0 skipped' 1 'fewer results than planned'
unit quiet ''
run quiet
gives '0 passed, 1 failed, 0 skipped' 1 'a binary that says nothing'
unit leak '1..1\nok 1 - a\n' 23
run leak
gives '1 passed, 1 failed, 0 skipped' 1 'a status that no result explains'
match "$out" 'exit status 23' 'the status is named'
: >"$d/tests/unit/test_unbuilt.c"
run unbuilt
gives '0 passed, 1 failed, 0 skipped' 1 'a test that was not built'
suite crash 'echo ok 1 - a\necho 1..1\nkill -SEGV $$'
run crash
gives '1 passed, 1 failed, 0 skipped' 1 'a crash behind the last result'
suite hang 'echo ok 1 - a\nsleep 60'
run hang
gives '1 passed, 1 failed, 0 skipped' 1 'a suite that hangs'
match "$out" 'stopped after 5 s' 'its time limit is named'
suite away 'echo "1..0 # SKIP no network here"'
run away good
gives '1 passed, 0 failed, 2 skipped' 0 'a suite that skips itself'
run away
gives '0 passed, 0 failed, 1 skipped' 1 'only skipped: nothing ran'
: >"$d/tests/fuzz/fuzz_x.c"
printf '#!/bin/sh\necho "$1"\nexit 0\n' >"$d/b/tests/fuzz/fuzz_x"
chmod +x "$d/b/tests/fuzz/fuzz_x"
run fuzz/x
gives '1 passed, 0 failed, 0 skipped' 0 'a corpus replayed'
printf '#!/bin/sh\necho boom >&2\nkill -ABRT $$\n' >"$d/b/tests/fuzz/fuzz_x"
run fuzz/x
gives '0 passed, 1 failed, 0 skipped' 1 'a corpus on which the target stops'
printf '#!/bin/sh\necho "a.c:1: breach"\nexit 1\n' >"$d/scripts/check-spec"
run check
gives '3 passed, 1 failed, 0 skipped' 1 'a check that finds a breach'

# The library, with a program of its own kind.
cp "$ROOT/tests/t/lib.sh" "$d/tests/t/lib.sh"
cat >"$d/b/qian" <<'END'
#!/bin/sh
case "$*" in
"--json refuse") echo '{"code": "denied", "id": "area.no", "args": ""}'; exit 1 ;;
"--json done") exit 0 ;;
"--json crash") kill -SEGV $$ ;;
"-d "*" serve") cd "$2" && exec python3 -c '
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen(); time.sleep(60)' ;;
"-d "*" serve --fail") exit 1 ;;
esac
END
chmod +x "$d/b/qian"
# lib SCRIPT : runs it as a suite and gives what it printed, results only.
lib() {
    printf '. "$(dirname "$0")/lib.sh"\n%s\n' "$1" >"$d/tests/t/one.sh"
    BUILD=$d/b QIAN=$d/b/qian bash "$d/tests/t/one.sh" 2>&1 | grep -v '^#'
}
is "$(lib 'ok a true; ok b false; not_ok c false; not_ok d true; done_testing')" \
    $'ok 1 - a\nnot ok 2 - b\nok 3 - c\nnot ok 4 - d\n1..4' 'ok and not_ok'
is "$(lib 'is 1 1 a; is 1 2 b; match abc "b.$" c; match abc "^b" d; skip e why; done_testing')" \
    $'ok 1 - a\nnot ok 2 - b\nok 3 - c\nnot ok 4 - d\nok 5 - e # SKIP why\n1..5' 'is, match and skip'
is "$(lib 'fails_with 1 area.no "$QIAN" refuse; fails_with denied area.no "$QIAN" refuse; done_testing' | grep -c '^ok')" 2 \
    'a refusal is recognised by status and by code'
for wrong in '2 area.no "$QIAN" refuse' 'absent area.no "$QIAN" refuse' '1 area.other "$QIAN" refuse' \
    '1 area.no "$QIAN" done' 'denied area.no "$QIAN" crash' '1 area.no false'; do
    is "$(lib "fails_with $wrong; done_testing" | grep -c '^not ok')" 1 "fails_with $wrong"
done
is "$(lib 'fails_with 1 area.no sh -c "echo area.no; exit 1"; done_testing' | grep -c '^ok')" 1 'another command that names the id'
is "$(lib 'exit 0')" '' 'a suite that ends early has no plan'
is "$(lib 'echo "{\"a\":[{\"b\":\"x\"}]}" | json a.0.b; echo "{}" | json a || echo none; done_testing')" \
    $'x\nnone\n1..0' 'json'
is "$(lib '[ "$(free_port)" != "$(free_port)" ] && echo differ; done_testing')" $'differ\n1..0' 'free ports'
is "$(lib 'mkdir $T/n; ok up start_node $T/n; kill -0 ${NODE[$T/n]} && echo runs; stop_node $T/n
    start_node $T/n --fail >$T/o || echo refused; [ -z "${NODE[$T/n]:-}" ] && echo gone; echo $T >'"$T"'/where; done_testing')" \
    $'ok 1 - up\nruns\nrefused\ngone\n1..1' 'nodes are started, awaited and stopped'
not_ok 'the private directory is gone' test -e "$(cat "$T/where")"

done_testing
