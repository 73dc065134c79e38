# shellcheck shell=bash
# cheat_tree.sh - the offices of a cheat suite, on a clock of their own, and the cheats of one area (cheat.py):
#   . "$(dirname "$0")/lib.sh"
#   . "$(dirname "$0")/cheat_tree.sh"
#   cheats draw
# The nodes are built once; each cheat works on a copy of them.
. "$(dirname "${BASH_SOURCE[0]}")/tree.sh"
FAKETIME_LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$FAKETIME_LIB" ] || skip_all 'libfaketime is not installed'
export TZ=UTC FAKETIME_LIB TOOLS DATA ROOT

# nodes PROGRAM ARGUMENT OFFICE... : enrols these and hands them to a program of this directory, which goes on counting.
nodes() {
    local real=$QIAN program=$1 argument=$2
    mkdir nodes && cd nodes && mv ../pass . || exit 1
    export QIAN_PASSPHRASE_FILE=$PWD/pass
    date -d '2025-07-20 01:00' +%s >../clock
    # Each command is two seconds later than the one before.
    cat >../timed <<END
#!/bin/bash
read -r t <"$T/clock"
echo \$((t + 2)) >"$T/clock"
printf -v at '@%(%F %T)T' "\$t"
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$FAKETIME_LIB FAKETIME="\$at" "$real" "\$@"
END
    chmod +x ../timed
    QIAN=$T/timed
    ok 'the offices are enrolled' tree "${@:3}" || done_testing
    quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
    finished=yes
    # shellcheck disable=SC2086
    QIAN=$real python3 "$ROOT/tests/t/$program" $argument "$T/nodes" "$(cat "$T/clock")" "$tests"
    exit
}
cheats() { nodes cheat.py "$1" 14 1406 140602 140622; }
