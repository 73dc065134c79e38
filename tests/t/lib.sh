# lib.sh - results in TAP for the shell suites of tests/t. A suite sources it first and ends with done_testing:
#   . "$(dirname "$0")/lib.sh"
#   ok 'a node answers' "$QIAN" --help
#   done_testing
# Given by tests/run: QIAN (the program), BUILD (its build directory), PORT_BASE. Run alone, build/check is used.
# $T is the suite's own directory; it and all nodes that were started are gone when the suite ends.
set -u -o pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build/check}
QIAN=${QIAN:-$BUILD/qian}
T=$(mktemp -d "${TMPDIR:-/tmp}/qian-t.XXXXXX") || exit 1
declare -A NODE=() # data directory -> process id of its node
tests=0 failures=0 finished=no
: "${PORT_BASE:=$((21000 + $$ % 500 * 20))}"
echo 0 >"$T/.ports"

at_end() {
    local dir
    for dir in "${!NODE[@]}"; do
        kill -KILL "${NODE[$dir]}" 2>/dev/null
    done
    wait 2>/dev/null
    cd / && rm -rf "$T"
    [ $finished = yes ] || echo "# ended before done_testing"
}
trap at_end EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

done_testing() {
    echo "1..$tests"
    finished=yes
    exit $((failures > 0))
}

# Remarks under a result.
note() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

# result PASSED(0 or not) DESCRIPTION [REMARK]
result() {
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests - $2"
    else
        failures=$((failures + 1))
        echo "not ok $tests - $2"
        [ -z "${3:-}" ] || note "$3"
    fi
    return "$1"
}

# retold FILE : the results of another program's TAP, counted here; its notes are shown.
retold() {
    local line
    while IFS= read -r line; do
        case $line in
        'ok '*) result 0 "${line#ok *- }" ;;
        'not ok '*) result 1 "${line#not ok *- }" ;;
        1..*) ;;
        *) echo "$line" ;;
        esac
    done <"$1"
}

# ok DESCRIPTION COMMAND... : the command succeeds. Its output is shown when it does not. It runs in this shell, so
# that it may be start_node.
ok() {
    local what=$1 rc
    shift
    "$@" >"$T/.out" 2>&1
    rc=$?
    result $((rc != 0)) "$what" "exit $rc: $*
$(cat "$T/.out")"
}

# not_ok DESCRIPTION COMMAND... : the command fails, and not by a crash.
not_ok() {
    local what=$1 rc
    shift
    "$@" >"$T/.out" 2>&1
    rc=$?
    result $((rc == 0 || rc >= 126)) "$what" "exit $rc: $*
$(cat "$T/.out")"
}

# is GOT WANTED DESCRIPTION
is() {
    local rc=0
    [ "$1" = "$2" ] || rc=1
    result $rc "$3" "got:    $1
wanted: $2"
}

# match TEXT REGEX DESCRIPTION : extended regular expression, over the whole text.
match() {
    local rc=0
    [[ $1 =~ $2 ]] || rc=1
    result $rc "$3" "no match for: $2
in: $1"
}

# fails_with CODE ID COMMAND... : the command refuses with that message id. CODE is the exit status (1, 2, 3) or the
# name of the refusal's code (malformed, denied, ...). $QIAN is run with --json, so that the id can be read;
# any other command must name the id in what it prints.
fails_with() {
    local code=$1 id=$2 out rc bad=''
    shift 2
    if [ "$1" = "$QIAN" ]; then
        out=$("$1" --json "${@:2}" 2>&1)
        rc=$?
        [[ $out =~ \"id\":\ ?\""$id"\" ]] || bad="no refusal \"$id\""
        case $code in
        [0-9]*) ;;
        *) [[ $out =~ \"code\":\ ?\""$code"\" ]] || bad="no code \"$code\"" ;;
        esac
    else
        out=$("$@" 2>&1)
        rc=$?
        [[ $out == *"$id"* ]] || bad="no refusal \"$id\""
    fi
    case $code in
    [0-9]*) [ $rc -eq "$code" ] || bad="exit $rc, wanted $code" ;;
    *) [ $rc -gt 0 ] && [ $rc -lt 126 ] || bad="exit $rc" ;;
    esac
    result "$([ -z "$bad" ]; echo $?)" "refused with $id: ${*:2}" "$bad
$out"
}

# skip DESCRIPTION REASON : counted as skipped.
skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# skip_all REASON : the whole suite cannot run here.
skip_all() {
    echo "1..0 # SKIP $1"
    finished=yes
    exit 0
}

# json PATH : the value at a path such as offices.0.code in the JSON on stdin; fails when there is none.
json() {
    python3 -c '
import json, sys
v = json.load(sys.stdin)
for key in sys.argv[1].split(".") if sys.argv[1] else []:
    v = v[int(key)] if isinstance(v, list) else v[key]
print(v if isinstance(v, str) else json.dumps(v, ensure_ascii=False))' "$1" 2>/dev/null
}

# A loopback port on which nobody listens, another one each time.
free_port() {
    local n port
    while :; do
        n=$(cat "$T/.ports")
        echo $((n + 1)) >"$T/.ports"
        port=$((PORT_BASE + n))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# start_node DIR [ARGUMENT...] : qian serve in the background, ready when a socket in DIR takes a connection.
# Its output goes to $(node_log DIR). Not for a subshell: the process is remembered in NODE.
start_node() {
    local dir=$1
    shift
    "$QIAN" -d "$dir" serve "$@" >>"$(node_log "$dir")" 2>&1 &
    NODE[$dir]=$!
    # A clock that is moved is the node's: to sleep by it is refused by some (EINVAL).
    env -u LD_PRELOAD python3 - "$dir" "${NODE[$dir]}" <<'END' && return
import os, socket, stat, sys, time
os.chdir(sys.argv[1])  # a socket's name has room for 108 bytes only
pid, until = int(sys.argv[2]), time.monotonic() + 60
while time.monotonic() < until:
    try:
        with open(f"/proc/{pid}/stat") as f:
            if f.read().rpartition(")")[2].split()[0] == "Z":
                sys.exit(1)
    except FileNotFoundError:
        sys.exit(1)
    for name in os.listdir("."):
        try:
            if stat.S_ISSOCK(os.lstat(name).st_mode):
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(name)
                sys.exit(0)
        except OSError:
            pass
    time.sleep(0.02)
sys.exit(1)
END
    note "the node in $dir did not become ready:
$(tail -n 40 "$(node_log "$dir")")"
    kill_node "$dir"
    return 1
}

node_log() {
    printf '%s/%s.log' "$T" "$(printf '%s' "$1" | tr -c 'A-Za-z0-9._-' _)"
}

# stop_node DIR : asks the node to end, as systemd does; its exit status.
stop_node() {
    local pid=${NODE[$1]:-} i
    [ -n "$pid" ] || return 1
    kill -TERM "$pid" 2>/dev/null
    for ((i = 0; i < 1500; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    [ $i -lt 1500 ] || kill -KILL "$pid" 2>/dev/null
    unset "NODE[$1]"
    wait "$pid" 2>/dev/null
}

# kill_node DIR : as a power cut does.
kill_node() {
    local pid=${NODE[$1]:-}
    [ -n "$pid" ] || return 1
    kill -KILL "$pid" 2>/dev/null
    unset "NODE[$1]"
    wait "$pid" 2>/dev/null
    return 0
}
