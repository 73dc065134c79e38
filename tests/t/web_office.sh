# shellcheck shell=bash
# web_office.sh - offices that serve their pages, and whoever comes in: what the suites of pages begin and end with. A suite sources it
# behind tree.sh. Those who look by a browser source web_lib.sh too.
#   staff="1406:计划员:planner:planner,head"   a line each: office, name, key in people.json, roles
#   enter 1406 && served 1406 --peer "127.0.0.1:${PEER[1406]}" && invited && browsed 500 1406 plan && ended 1406
declare -A PEER=() UI=()

# clock 'YEAR-MM-DD HH:MM' : $QIAN runs by a clock of its own from here on, which `at` sets.
at() { echo "$(($(date -d "$1" +%s) - $(date +%s)))" | sed 's/^[0-9]/+&/' >clock; }
clock() {
    local lib
    lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
    [ -n "$lib" ] || skip_all 'libfaketime is not installed'
    export TZ=Asia/Shanghai YEAR=${1%%-*}
    at "$1"
    # the sanitizer must be loaded behind it
    cat >timed <<END
exec env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$lib FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE=$T/clock "$QIAN" "\$@"
END
    chmod +x timed
    QIAN=$T/timed
}

# county_year : the city has issued its plan, and the county has it with a roster
county_year() {
    issue_plan 1406 1 && quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602
}

# enter OFFICE... : an administrator in each, 管理员, and those of $staff
enter() {
    local o name roles
    for o; do quiet "$QIAN" -d "$o" person set 管理员 --roles admin || return; done
    while IFS=: read -r o name _ roles; do
        quiet "$QIAN" -d "$o" person set "$name" --roles "$roles" --by 管理员 || return
    done <<<"$staff"
}

# served OFFICE OPTION... : its pages on a port of their own, ${UI[OFFICE]}
served() {
    local o=$1
    shift
    UI[$o]=$(free_port)
    ok "$o serves its pages" start_node "$o" --ui "127.0.0.1:${UI[$o]}" --sync-every 0 "$@" || done_testing
}

# invited [LINE...] : those of $staff, and of lines of the same form, are in people.json with the links by which they come in
invited() {
    local o name key
    printf '%s\n' "$@" "$staff" | grep . | while IFS=: read -r o name key _; do
        printf '%s\t%s\t%s\t%s\n' "$o-$key" "$name" "http://127.0.0.1:${UI[$o]}" "$("$QIAN" -d "$o" --json ui invite "$name" --by 管理员 | json link)"
    done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "base": b, "link": l} for r, n, b, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
}

# browsed SECONDS OFFICE MODULE : the browser drives a module of tests/web at this office
browsed() {
    local rc
    timeout "$1" "$JS" "$web/run.mjs" "http://127.0.0.1:${UI[$2]}" people.json "$3" --shots "$shots" >web.out 2>web.err
    rc=$?
    retold web.out
    result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
}

# asked NAME ARGUMENT... : a client of tests/t, NAME.py, asks the pages by itself
asked() {
    local rc name=$1
    shift
    python3 "$ROOT/tests/t/$name.py" "$@" >asked.out 2>asked.err
    rc=$?
    retold asked.out
    result $rc 'all was asked' "$(tail -n 5 asked.err)"
}

# ended OFFICE... : each ends, and made no mistake of its own
ended() {
    local o
    for o; do
        ok "$o ends as it should" stop_node "$o"
        not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log "$o")"
    done
}
