#!/usr/bin/env bash
# Offices exchange over HTTP and by file: real nodes on loopback, a link that breaks, commands through the socket.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# ---- five offices ------------------------------------------------------------------------------------------
ROOTS=2
five() { tree 14 1406 140602 140622 && office 140681S1; }
ok 'a province, a city and two counties are enrolled' five || done_testing

# ---- the node ----------------------------------------------------------------------------------------------
P=$(free_port) C=$(free_port) U=$(free_port)
fails_with malformed http.ui-name "$QIAN" -d 1406 serve --ui 0.0.0.0:"$U"
fails_with 1 http.address "$QIAN" -d 1406 serve --peer shuozhou.example:"$C"
fails_with 1 http.address "$QIAN" -d 1406 serve --peer "[::1::]:$C"
fails_with 1 peer.plain "$QIAN" -d 1406 peer set 14 http://10.1.2.3:80
fails_with 1 peer.plain "$QIAN" -d 1406 peer set 14 http://127.0.0.1:80
fails_with 1 peer.url "$QIAN" -d 1406 peer set 14 https://127.0.0.1
fails_with 1 sync.no-peer "$QIAN" -d 1406 sync
ok 'the province serves, for whoever can reach it' start_node 14 --peer "0.0.0.0:$P"
ok 'the city serves, with a page' start_node 1406 --peer "127.0.0.1:$C" --ui "127.0.0.1:$U"
match "$(cat "$(node_log 1406)")" "127.0.0.1:$C.*127.0.0.1:$U.*ready" 'it prints its addresses and that it is ready'
is "$(stat -c %a 1406/qian.sock)" 600 'its socket is for its owner only'
fails_with 1 serve.already "$QIAN" -d 1406 serve
ok 'peers are set through the running node' "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$P"
ok 'and beside it' "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$C"
match "$("$QIAN" -d 1406 peer list)" "https://127.0.0.1:$P" 'and are listed'

# ---- exchange ----------------------------------------------------------------------------------------------
ok 'a county exchanges with its city' "$QIAN" -d 140602 sync
ok 'the city, running, exchanges with the province' "$QIAN" -d 1406 sync
is "$(size 14 1406)" "$(size 1406 1406)" 'the province holds the city'\''s log'
is "$(size 140602 1406)" "$(size 1406 1406)" 'the county holds it too'
ok 'the county again: now the city relays the province'\''s log' "$QIAN" -d 140602 sync
is "$(size 140602 14)" "$(size 14 14)" 'the county holds that too'
again=$("$QIAN" -d 140602 --json sync)
is "$(json sent_frames <<<"$again")/$(json headers <<<"$again")" 0/0 'once more: nothing is left to say'
fails_with 1 peer.unknown "$QIAN" -d 140622 sync 1406
quiet "$QIAN" -d 140622 peer set 1406 "https://127.0.0.1:$(free_port)"
fails_with 3 sync.unreachable "$QIAN" -d 140622 sync

exits() { # CODE command...
    local want=$1
    shift
    "$@" >/dev/null 2>&1
    [ $? -eq "$want" ]
}

# ---- a link that breaks ------------------------------------------------------------------------------------
if [ -x "$TOOLS/gen_roster" ] && "$TOOLS/gen_roster" --office 140602 --seed 1 --objects 600 --inspectors 20 --out roster >/dev/null 2>&1; then
    # exit 1: the generator spoils some rows on purpose
    ok 'a roster is imported' exits 1 "$QIAN" -d 140602 roster import --objects roster/objects.csv \
        --inspectors roster/inspectors.csv --recusals roster/recusals.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester
    F=$(free_port)
    "$TOOLS/faultproxy" --listen "$F" --to "127.0.0.1:$C" --cut-after 12000 >proxy.out &
    proxy=$!
    sleep 0.5
    quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$F"
    before=$(size 1406 140602)
    fails_with 3 sync.broken "$QIAN" -d 140602 sync
    match "$(cat proxy.out)" 'cut 1 connection' 'the proxy says that it cut'
    sleep 1
    middle=$(size 1406 140602)
    result "$([ "$middle" -ge "$before" ] && echo 0 || echo 1)" 'what came whole is kept' "$before -> $middle"
    said=$("$QIAN" -d 140602 sync 2>&1)
    result $? 'again: it goes on' "$said"
    match "$said" 'entries, [0-9]+ bytes' 'and says what the city still lacks'
    is "$(size 1406 140602)" "$(size 140602 140602)" 'the city holds all of it'
    kill $proxy
    wait $proxy 2>/dev/null
    quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$C"
else
    skip 'a broken link resumes' 'gen_roster is not built'
fi

# ---- files -------------------------------------------------------------------------------------------------
ok 'a county without a line makes a file' "$QIAN" -d 140622 bundle make --to 1406 --out up.qb
ok 'the file tells what it is' "$QIAN" -d 140622 bundle verify up.qb
fails_with 1 bundle.own "$QIAN" -d 140622 bundle import up.qb
fails_with 1 bundle.not-for-us "$QIAN" -d 140602 bundle import up.qb
head -c $(($(stat -c %s up.qb) * 2 / 3)) up.qb >cut.qb
fails_with 3 bundle.truncated "$QIAN" -d 1406 bundle import cut.qb
ok 'the running city takes it in, by a path of the caller' "$QIAN" -d 1406 bundle import up.qb
ok 'twice is fine' "$QIAN" -d 1406 bundle import up.qb
printf 'x' >junk.qb
fails_with 1 bundle.not-a-bundle "$QIAN" -d 1406 bundle import junk.qb
ok 'the city answers with a file' "$QIAN" -d 1406 bundle make --to 140622 --out down.qb
ok 'which the county takes in' "$QIAN" -d 140622 bundle import down.qb
is "$(size 140622 1406)" "$(size 1406 1406)" 'and holds the city'\''s log'

# ---- the page ----------------------------------------------------------------------------------------------
http() { # PORT RAW-REQUEST : the status line's number
    python3 "$ROOT/tests/t/client.py" "$1" "$2" | sed -n 1p
}
G='HTTP/1.1\r\nHost: 127.0.0.1\r\n'
page() { python3 -c 'import sys, urllib.request as u; r = u.urlopen(sys.argv[1]); print(r.headers); print(r.read().decode())' "http://127.0.0.1:$U$1"; }
is "$(curl -s -H 'Accept-Language: zh-CN' "http://127.0.0.1:$U/nothing" | grep -c 'First page')" 1 \
    'the page speaks the language of its office, not of the browser'
match "$(curl -s "http://127.0.0.1:$U/nothing?lang=zh")" '首页' 'and Chinese when it is asked to'
match "$(page /)" "Content-Security-Policy: default-src 'none'" 'and runs nothing'
is "$(http "$U" "GET /site/ $G\r\n")" 404 'no site yet'
mkdir -p 1406/site/sub
echo '<p>site' >1406/site/index.html
echo 'a,b' >1406/site/sub/t.csv
ln -s ../keys 1406/site/link
is "$(http "$U" "GET /site/ $G\r\n")" 200 'the site'
is "$(http "$U" "GET /site $G\r\n")" 301 'its directory'
match "$(page /site/sub/t.csv)" 'text/csv' 'a type by its name'
for bad in /site/../keys /site/%2e%2e/keys /site/sub/../../keys /site/link /site//etc/passwd /site/sub /sitex /site/.hidden; do
    is "$(http "$U" "GET $bad $G\r\n")" 404 "nothing at $bad"
done

# ---- commands through the socket -----------------------------------------------------------------------------
is "$("$QIAN" -d 1406 nonsense 2>/dev/null; echo $?)" 2 'usage ends with 2'
is "$("$QIAN" -d 1406 status --nonsense 2>/dev/null; echo $?)" 2 'also in the node'
is "$("$QIAN" -d 1406 --json status | json office)" 1406 'json through the socket'
is "$("$QIAN" -d 1406 status --lang zh | head -n 1 | grep -c 上级)" 1 'the language is the caller'\''s'
# A reader that stops must not hold the office up.
"$QIAN" -d 1406 help >/dev/null
(for _ in $(seq 40); do "$QIAN" -d 1406 status; done) | head -n 1 >/dev/null
ok 'the node lives on behind a reader that left' "$QIAN" -d 1406 status
ok 'doctor' "$QIAN" -d 1406 doctor
ok 'version' "$QIAN" version
ok 'help of a command' "$QIAN" help bundle make
ok 'help of a family' "$QIAN" help bundle

# ---- the end --------------------------------------------------------------------------------------------------
ok 'SIGTERM ends the node well' stop_node 1406
result "$([ ! -e 1406/qian.sock ]; echo $?)" 'its socket is gone'
ok 'the directory is free again' "$QIAN" -d 1406 status
ok 'it starts again' start_node 1406 --peer "127.0.0.1:$C"
kill_node 1406
ok 'also after a power cut' start_node 1406 --peer "127.0.0.1:$C"
ok 'and exchanges' "$QIAN" -d 140602 sync
done_testing
