#!/usr/bin/env bash
# add-checkpoint both ways: real nodes, and a witness and a client in Go that share nothing with them but C2SP's texts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod ] || skip_all 'go or golang.org/x/mod is not here'

grow() { # SEED [DIRECTORY] : the county's log grows by an entry, of which nothing follows by itself at an exchange
    "$TOOLS/growlog" "${2:-140602}" 1 private "$1"
}

# ---- the Go program ---------------------------------------------------------------------------------------------
build_go() {
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=$T/gocache HOME=$T go build -o "$T/witness" "$ROOT/tests/go/witness/main.go"
}
declare -A GO=()
W='' KEY=''
go_witness() { # ARGUMENT... : sets W, its prefix, and KEY
    local port i
    port=$(free_port)
    "$T/witness" serve -port "$port" "$@" >"$T/go.$port" 2>&1 &
    GO[$port]=$!
    for ((i = 0; i < 200; i++)); do
        grep -qs ready "$T/go.$port" && break
        sleep 0.05
    done
    W=http://127.0.0.1:$port
    KEY=$(sed -n 's/^key //p' "$T/go.$port")
    [ -n "$KEY" ]
}
stop_go() {
    local port
    for port in "${!GO[@]}"; do
        kill "${GO[$port]}" 2>/dev/null
        wait "${GO[$port]}" 2>/dev/null
    done
    GO=()
}
trap 'stop_go; at_end' EXIT

ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
ok 'the witness in Go builds' build_go || done_testing
LOG=$("$QIAN" -d 140602 --json witness key | json log)
CITY=$("$QIAN" -d 1406 --json witness key | json witness)
match "$LOG" '^test\.example/140602/1\+[0-9a-f]{8}\+.{44}$' 'the county tells the key of its log'
match "$CITY" '^test\.example/1406/1/witness\+[0-9a-f]{8}\+.{44}$' 'the city that of its witness'

# ---- asking -------------------------------------------------------------------------------------------------------
mkdir seen
ok 'a witness runs' go_witness -log "$LOG" -record seen
GOOD=$W
ask() { "$QIAN" -d 140602 witness ask "$@"; }
fails_with 1 witness.empty "$QIAN" -d 140602 witness ask "$W" --key "$KEY"
ok 'the county writes' grow 1
fails_with 3 witness.unreachable "$QIAN" -d 140602 witness ask "http://127.0.0.1:$(free_port)" --key "$KEY"
fails_with 1 witness.no-key "$QIAN" -d 140602 witness ask "$W"
fails_with 1 witness.vkey "$QIAN" -d 140602 witness ask "$W" --key nonsense
fails_with 1 witness.vkey-id "$QIAN" -d 140602 witness ask "$W" --key "x$KEY"
fails_with 1 witness.not-a-witness "$QIAN" -d 140602 witness ask "$W" --key "$LOG"
fails_with 1 witness.url "$QIAN" -d 140602 witness ask 'https://witness.example/a?b' --key "$KEY"
fails_with 1 peer.url "$QIAN" -d 140602 witness ask 'https://me@witness.example' --key "$KEY"
fails_with 1 http.loopback-only "$QIAN" -d 140602 witness ask http://10.1.2.3:80 --key "$KEY"
fails_with 1 witness.url "$QIAN" -d 140602 witness ask "$W/a?b" --key "$KEY"
is "$(ls seen)" '' 'none of these reached it'
ok 'the first time' ask "$W/" --key "$KEY"
S1=$(size 140602 140602)
is "$(head -n 2 seen/1 | tr '\n' ' ')" 'old 0  ' 'from nothing, without a proof'
is "$("$QIAN" -d 140602 --json witness list | json 0.size)" "$S1" 'what it confirmed is kept'
ok 'again: its key is known by now' ask "$W"
is "$(head -n 1 seen/2)" "old $S1" 'from the size that it confirmed'
for i in 21 22 23 24 25 26; do grow $i; done
ok 'the log grows' grow 2
ok 'and is asked for with a proof' ask "$W"
S2=$(size 140602 140602)
is "$(head -n 1 seen/3)" "old $S1" 'from the size before'
match "$(sed -n 3p seen/3)" '^[A-Za-z0-9+/]{43}=$' 'with hashes'
fails_with 1 witness.other-key "$QIAN" -d 140602 witness ask "$W" --key "$CITY"

# What the witness knows and we do not: an office that was restored, or lost its list.
forget() { python3 -c "
import sqlite3
d = sqlite3.connect('140602/qian.db', isolation_level=None)
d.execute('DELETE FROM witness')"; }
forget
ok 'a witness that knows more is asked once more from there' ask "$W" --key "$KEY"
is "$(head -n 1 seen/4) $(head -n 1 seen/5)" "old 0 old $S2" 'first from nothing, then from its size'

# A second witness: both lines stand in the note.
ok 'a second witness' go_witness -log "$LOG" -name witness.example/w2
ok 'is asked' ask "$W" --key "$KEY"
ok 'for the first one again' ask "$GOOD"
last=$(ls seen | sort -n | tail -n 1)
is "$(grep -c '^— witness.example/w' "seen/$last")" 2 'the note bears both lines'
is "$(grep -n '^— ' "seen/$last" | tail -n 2 | grep -c witness.example)" 2 'behind all others'

# ---- lies ------------------------------------------------------------------------------------------------------------
lie() { # EXIT ID KIND
    go_witness -log "$LOG" -lie "$3"
    fails_with "$1" "$2" "$QIAN" -d 140602 witness ask "$W" --key "$KEY"
}
lie 1 witness.no-signature wrong-key
lie 1 witness.bad-signature bad-signature
lie 1 witness.bad-signature wrong-time
lie 1 witness.bad-signature other-text
lie 1 witness.wavers wrong-size
lie 1 witness.ahead far-size
lie 1 witness.split same-size
lie 1 witness.size bare-409
lie 1 witness.answer junk
lie 1 witness.answer empty
lie 1 witness.answer-long huge
lie 3 witness.busy status-503
lie 3 witness.busy status-429
lie 1 witness.refused status-301
lie 1 witness.refused status-403
lie 3 witness.broken slow
go_witness -log "$("$QIAN" -d 1406 --json witness key | json log)"
fails_with 1 witness.not-watched "$QIAN" -d 140602 witness ask "$W" --key "$KEY"
is "$("$QIAN" -d 140602 --json witness list | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 2 'no liar is kept'
ok 'and none stopped the office' grow 3

# ---- being asked -------------------------------------------------------------------------------------------------------
C=$(free_port)
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C"
U=https://127.0.0.1:$C
quiet "$QIAN" -d 140602 peer set 1406 "$U"
go_ask() { "$T/witness" ask -url "$U" -key "$CITY" -request "$@" 2>&1; }
is "$(go_ask seen/1)" '503 problem witness.not-stored retry 60' 'nothing of the county is stored yet'
ok 'the county exchanges with the city' "$QIAN" -d 140602 sync
S3=$(size 140602 140602)
is "$(go_ask seen/1)" "409 size $S3" 'the city cosigned what it got, so old is another'
ok 'the county asks its own witness' ask "$GOOD"
NOW=seen/$(ls seen | sort -n | tail -n 1)
is "$(go_ask "$NOW")" "409 size $S3" 'and so it is for a request that was good before the exchange'
GOT=$(go_ask "$NOW" -old "$S3")
match "$GOT" "^200 cosigned $S3 [0-9]+\$" 'what the exchange cosigned is given to whoever asks'
sleep 1.1
is "$(go_ask "$NOW" -old "$S3")" "$GOT" 'once a size: with the same time again'
is "$(go_ask "$NOW" -old $((S3 + 1)))" '400 problem witness.checkpoint' 'old above the size'
is "$(go_ask "$NOW" -spoil size)" '400 problem note.checkpoint' 'a size with a leading zero'
is "$(go_ask "$NOW" -spoil signature)" '403 problem witness.not-signed' 'a signature that was altered'
is "$(go_ask "$NOW" -spoil text)" '403 problem witness.not-signed' 'a root that was altered'
is "$(go_ask "$NOW" -spoil origin)" '404 problem witness.unknown-log' 'an unknown log'
ok 'the county writes again' grow 4
ok 'and asks its witness' ask "$GOOD"
NEXT=seen/$(ls seen | sort -n | tail -n 1)
S4=$(size 140602 140602)
is "$(go_ask "$NEXT" -spoil proof)" '422 problem witness.inconsistent' 'a proof with another hash'
is "$(go_ask "$NEXT" -spoil proof-more)" '422 problem witness.inconsistent' 'with one too many'
is "$(go_ask "$NEXT" -spoil proof-none)" '422 problem witness.inconsistent' 'without one'
is "$(go_ask "$NEXT")" '503 problem witness.not-stored retry 60' 'sound, but not stored: come back'
fails_with 3 witness.busy "$QIAN" -d 140602 witness ask "$U" --key "$CITY"
ok 'exchange' "$QIAN" -d 140602 sync
match "$(go_ask "$NEXT" -old "$S4")" "^200 cosigned $S4 " 'now it is'
ok 'the county asks the city by the same call' ask "$U" --key "$CITY"
code() { # METHOD FILE : status of the call with a file as body
    python3 -c '
import ssl, sys, urllib.request, urllib.error
any = ssl._create_unverified_context()
body = open(sys.argv[2], "rb").read() if sys.argv[2] else None
try:
    print(urllib.request.urlopen(urllib.request.Request(sys.argv[3] + "/add-checkpoint", body, method=sys.argv[1]), timeout=10, context=any).status)
except urllib.error.HTTPError as e:
    print(e.code)
except OSError:
    print("closed")' "$1" "$2" "$U"
}
head -c 200000 /dev/zero | tr '\0' a >long
printf 'old 1\nAAAA\n\nx\n' >short
is "$(code GET '')" 405 'the call is a POST'
is "$(code POST short)" 400 'no request'
is "$(code POST long)" 413 'a body over the bound'

# ---- a log that was split ------------------------------------------------------------------------------------------
cp -r 140602 copy
ok 'the county goes on' grow 5
ok 'its copy too' grow 6 copy
ok 'exchange' "$QIAN" -d 140602 sync
S5=$(size 140602 140602)
is "$(size copy 140602)" "$S5" 'both have one size'
forks() { python3 -c "
import sqlite3
print(sqlite3.connect('1406/qian.db').execute('SELECT count(*) FROM fork').fetchone()[0])"; }
is "$(forks)" 0 'the city knows of no fork'
fails_with 1 witness.split "$QIAN" -d copy witness ask "$U"
is "$(forks)" 1 'now it has the two checkpoints, as evidence'
ok 'the true one is cosigned as before' ask "$U"
fails_with 1 witness.split "$QIAN" -d copy witness ask "$U"
stop_node 1406
done_testing
