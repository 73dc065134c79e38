#!/usr/bin/env bash
# Whole trees of offices, simulated: tests/sim/README.md. Each seed must keep all invariants and give the same digest
# twice, in both builds; each planted mistake must be seen by one of a few seeds. SIM_SEEDS=A-B runs others.
. "$(dirname "$0")/lib.sh"

# Most seeds run without the sanitizers, which take three times as long; `make test` builds both.
SLOW=$BUILD/tests/sim/sim
FAST=${BUILD%/*}/release/tests/sim/sim
[ -x "$FAST" ] || FAST=$SLOW
seeds=${SIM_SEEDS:-1-200}

digests() {
    sed -n 's/^\(seed [0-9]* [0-9a-f]\{32\}\) .*/\1/p' "$1" | sort -u
}

"$FAST" --seeds "$seeds" --twice 4 >"$T/seeds" 2>&1
rc=$?
note "$(tail -n 1 "$T/seeds")"
result $rc "seeds $seeds keep all invariants" "$(grep -A 1 'BROKE' "$T/seeds" || tail -n 5 "$T/seeds")"
is "$(digests "$T/seeds" | wc -l)" "$((${seeds#*-} - ${seeds%-*} + 1))" 'each seed has one digest, the first four were run twice'

few=${seeds%-*}-$((${seeds%-*} + 3))
"$SLOW" --seeds "$few" >"$T/few" 2>&1
rc=$?
note "$(tail -n 1 "$T/few")"
result $rc "seeds $few keep them under the sanitizers" "$(grep -v '^seed [0-9]* [0-9a-f]\{32\} ' "$T/few" | head -n 60)"
is "$(digests "$T/few")" "$(digests "$T/seeds" | grep -F -x -f <(digests "$T/few"))" 'and give the same digests there'

# The simulator itself: what it cannot see it does not test.
for bug in $("$FAST" --help 2>&1 | sed -n 's/^bugs: //p'); do
    # Faults that few seeds have are further on.
    "$FAST" --seeds 1-16 --bug "$bug" >"$T/bug" 2>&1 && "$FAST" --seeds 17-112 --bug "$bug" >"$T/bug" 2>&1
    rc=$?
    match "$rc $(grep -m 1 BROKE "$T/bug")" '^1 seed [0-9]+ BROKE' "a planted mistake is seen: $bug"
done
done_testing
