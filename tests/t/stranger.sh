#!/usr/bin/env bash
# A stranger with Go's sumdb libraries reads the published logs as C2SP tiles, and finds every byte that was turned;
# and libqian judges the notes, proofs and bundles that Go makes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod ] || skip_all 'go or golang.org/x/mod is not here'

build_go() {
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=$T/gocache HOME=$T go build -o "$T/stranger" \
        "$ROOT"/tests/go/tiles/*.go
}
draws() {
    import_roster 140602 500 || return
    quiet "$QIAN" -d 140602 freeze && carry 140602 1406 && quiet "$QIAN" -d 1406 order issue &&
        carry 1406 140602 && quiet "$QIAN" -d 140602 draw run --all && carry 140602 1406 && carry 1406 14 && carry 14 1406 || return
    DRAW=$("$QIAN" -d 140602 --json draw list | python3 -c '
import json, sys
print(*(d["draw"] for d in json.load(sys.stdin) if d["slot"].split("/")[2] == "1"))') || return
    OBJECT=$("$QIAN" -d 140602 --json draw show "$DRAW" | json targets.0.object) || return
    quiet "$QIAN" -d 140602 release --draw "$DRAW" --force-window && carry 140602 1406
}
stranger() { ./stranger check -site "${1:-site}" -policy policy.txt; }

# flip FILE WHERE : turns one bit, at an offset or within the nth field of the last line that a pattern finds.
flip() {
    python3 - "$@" <<'END'
import base64, re, sys
path, where = sys.argv[1:]
b = bytearray(open(path, "rb").read())
if where.startswith("line "):  # of a note: a bit within the signature, behind the key id and the time
    lines = bytes(b).split(b"\n")
    i = [n for n, l in enumerate(lines) if re.search(where[5:].encode(), l)][-1]
    head, _, last = lines[i].rpartition(b" ")
    raw = bytearray(base64.b64decode(last))
    raw[len(raw) // 2] ^= 1
    lines[i] = (head + b" " if head else b"") + base64.b64encode(raw)
    b = b"\n".join(lines)
else:
    b[int(where) % len(b)] ^= 1
open(path, "wb").write(b)
END
}
# caught WHAT FILE WHERE REASON : a copy of the site with that bit turned is refused, for that reason.
caught() {
    local out rc
    rm -rf bad && cp -r site bad && flip "bad/$2" "$3" || { result 1 "$1 could be turned"; return; }
    out=$(stranger bad)
    rc=$?
    match "$rc $(tail -n 1 <<<"$out")" "^1 WRONG: .*$4" "$1 turned: refused"
}

ok 'the stranger is built from sumdb/note and sumdb/tlog' build_go || done_testing
ROOTS=2
ok 'three offices are enrolled' tree 14 1406 140602 || done_testing
ok 'a plan is issued' issue_plan 1406 1 10 || done_testing
ok 'and carried to the county' carry 1406 140602
ok 'the county draws, one draw is released' draws || done_testing
# More entries than a tile has; the checkpoint cosigned before lies far behind the newest.
ok "the province's log grows" "$TOOLS/growlog" 14 300
# Twice: of the checkpoints that come before their headers a receiver keeps the first 64, and verifies so far.
carry 14 1406
ok 'and comes down to the city' carry 14 1406
ok 'the city publishes its site' "$QIAN" -d 1406 publish site --out site || done_testing
is "$(find site/logs -name checkpoint | wc -l)" 3 'with the logs of the three offices'
ok 'whose own check holds' "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$DRAW" --object "$OBJECT"

is "$(cd site/logs/14-1/tile && find . -type f | sort | sed 's/p.[0-9]*$/p/' | tr '\n' ' ')" \
    './0/000 ./0/001.p ./1/000.p ./entries/000 ./entries/001.p ' 'the longest in two bundles and three hash tiles'

# ---- the stranger reads -------------------------------------------------------------------------------------------
ok 'the stranger accepts it' stranger
seen=$(stranger)
match "$seen" 'all of [0-9]+ things hold' 'and says how much it checked'
note "$(tail -n 1 <<<"$seen"): $(cut -d ' ' -f 1 <<<"$seen" | sort | uniq -c | tr -s ' \n' ' ')"
for what in certificate checkpoint root tile inclusion consistency header part; do
    match "$(grep -c "^$what " <<<"$seen")" '^[1-9]' "among it: $what"
done
match "$(./stranger check -site site -hash "$(sha256sum <policy.txt | cut -c 1-64)" | tail -n 1)" '^all of' 'the hash of the policy will do'
match "$(./stranger check -site site -hash "$(sha256sum <pass | cut -c 1-64)" | tail -n 1)" '^WRONG: root-policy' 'another does not'

# ---- and finds what was turned ------------------------------------------------------------------------------------
L=logs/140602-1
draw=draws/$(sed 's/:/-/' <<<"$DRAW")
bundle=$(cd site && find "$L/tile/entries" -type f | sort | head -n 1)
hashes=$(cd site && find "$L/tile/0" -type f | sort | head -n 1)
proof=$(cd site && find "$draw" -name 'freeze.*.proof' | sort | head -n 1)
cert=$(cd site && find certs -name '140602-*' | head -n 1)
caught 'a byte of an entry bundle' "$bundle" 200 "$L"
caught 'the last byte of an entry bundle' "$bundle" -1 "$L"
caught 'the first byte of an entry bundle' "$bundle" 0 "$L"
caught 'a byte of a hash tile' "$hashes" 40 "$hashes is not the tile"
caught 'a byte of a full hash tile' logs/14-1/tile/0/000 -1 'logs/14-1/tile/0/000 is not the tile'
caught 'a byte of a tile above' "$(cd site && find logs/14-1/tile/1 -type f)" 3 'logs/14-1/tile/1/.* is not the tile'
caught 'a byte of a full entry bundle' logs/14-1/tile/entries/000 9000 logs/14-1
caught "a byte of a checkpoint's text" "$L/checkpoint" 30 "$L/checkpoint: "
caught "a byte of a checkpoint's signature" "$L/checkpoint" 'line /1 ' "$L/checkpoint: invalid signature"
caught 'a byte of a cosignature' "$L/checkpoint" 'line /witness ' "$L/checkpoint: invalid signature"
caught "a hash of a proof" "$proof" 'line ^[0-9A-Za-z+/]{43}=$' "$proof: "
caught "a cosignature of a proof's checkpoint" "$proof" 'line /witness ' "$proof: invalid signature"
caught 'a byte of a certificate' "$cert" 60 "$cert"
caught "a byte of a certificate's signature" "$cert" -9 "$cert: the signature"
caught "the signature of an entry's header" "$draw/entries.frames" 9 'is not signed by its office'
caught 'a byte of a part' "$draw/entries.frames" -9 'is not the one its header commits to'
rm -rf bad && cp -r site bad && rm "bad/$hashes"
match "$(stranger bad)" 'WRONG: .*no such file' 'a tile that is missing is missed'
rm -rf bad && cp -r site bad && cp "bad/$hashes" "bad/$L/tile/0/001"
match "$(stranger bad)" 'WRONG: .* is no file of a log' 'one too many is noticed'
rm -rf bad && cp -r site bad && cp "site/logs/1406-1/checkpoint" "bad/$L/checkpoint"
match "$(stranger bad)" 'WRONG: .*holds the log' "so is another log's checkpoint"

# ---- a store that was changed publishes nothing -------------------------------------------------------------------
cp -r 1406 changed && python3 - <<'END'
import sqlite3
db = sqlite3.connect("changed/qian.db")
for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entry'").fetchall():
    db.execute(f"DROP TRIGGER {name}")
log, seq, h = db.execute("SELECT log, seq, header FROM entry WHERE log = (SELECT no FROM log WHERE office = '14') AND seq = 299").fetchone()
h = bytearray(h)
h[3 + h[2] + 8 + 7] ^= 1  # the time
db.execute("UPDATE entry SET header = ? WHERE log = ? AND seq = ?", (bytes(h), log, seq))
db.commit()
END
fails_with 1 tile.root "$QIAN" -d changed publish site --out other
is "$(find . -maxdepth 1 -name 'other*' | wc -l)" 0 'nor is anything left of it'

# ---- the other way ------------------------------------------------------------------------------------------------
mkdir go
ok 'Go signs notes and makes proofs' ./stranger make -out go
ok 'libqian judges each of them as it should' "$TOOLS/logcheck" go
note "$("$TOOLS/logcheck" go)"
sed -i '0,/^no /s//yes /' go/list
not_ok 'and takes no bad one for a good one' "$TOOLS/logcheck" go
done_testing
