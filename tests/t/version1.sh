#!/usr/bin/env bash
# Data of version 1 is read for ever: backups of four offices, what the province exported, and what all of it says. Each is
# restored by this program, and by one of the next version, and every row is what it was; so is what is found. The files are
# those of tests/fixtures/1; before the registry is released there are none, and they are made here, as for the release.
# timeout: 900
. "$(dirname "$0")/lib.sh"
VERSION=1
KEPT=$ROOT/tests/fixtures/$VERSION
REGISTRY=$ROOT/protocol/registry-$VERSION.txt
ROWS=$ROOT/tests/tools/rows.py
if [ ! -d "$KEPT" ]; then
    KEPT=$T/made
    ok 'offices of this version are made, since none are kept yet' "$ROOT/tests/tools/make-fixtures" "$KEPT" || done_testing
fi
LIB=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$LIB" ] || skip_all 'libfaketime is not installed'
cd "$T" || exit 1
about() { json "$1" <"$KEPT/about.json"; }
WHEN=$(about when) TOP=$(about province)
OFFICES=$(about offices | tr -d '[]",')
QIAN_BY=$(about admin)
export QIAN_BY QIAN_PASSPHRASE_FILE=$KEPT/passphrase QIAN_LANG=en TZ=UTC
# moment COMMAND... : at the moment at which all of it was kept
moment() { env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$LIB" FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="@$WHEN" "$@"; }
same() { "$ROWS" same "$REGISTRY" "$KEPT/$1.rows" "$2/qian.db"; }

is "$(about registry) $(about empty_tables)" "$VERSION []" 'in each table of this version some office has a row'
next=$BUILD/next/qian
[ -x "$next" ] || skip_all 'the next version is not built (make next)'
read_by() { # PROGRAM WORDS : all of it, by this program
    local program=$1 words=$2 o dir
    for o in $OFFICES; do
        dir=$o-$words
        ok "$o is restored, by $words" moment "$program" -d "$dir" backup restore "$KEPT/$o.qbk"
        ok 'each row is there as it was' same "$o" "$dir"
        is "$(moment "$program" -d "$dir" --json rebuild 2>/dev/null | json findings)" '[]' 'and what the logs say'
        # The logs alone say all of it, but for what was sealed to another and opens here no more.
        python3 - "$dir/qian.db" "$REGISTRY" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for words in (line.split() for line in open(sys.argv[2], encoding="utf-8")):
    if words[0] == "table" and words[2] != "restricted":
        db.execute('DELETE FROM "%s"' % words[1])
db.commit()
PY
        not_ok 'without its rows nothing is' same "$o" "$dir"
        ok 'they are derived again' moment "$program" -d "$dir" rebuild --replace
        ok 'each as it was' same "$o" "$dir"
    done
    moment "$program" -d "$TOP-$words" --json verify all >verified.json 2>/dev/null
    ok "the province finds what it found, by $words" "$ROWS" same-found "$KEPT/$TOP.verified" <verified.json
    moment "$program" --json audit check "$KEPT/$TOP.qa" --fingerprint "$(about fingerprint)" >audited.json 2>/dev/null
    ok 'and from the exported file the same is found' "$ROWS" same-found "$KEPT/$TOP.audited" <audited.json
}
read_by "$QIAN" 'this version'
read_by "$next" 'the next version'

# ---- what is not the same is told ------------------------------------------------------------------------------------
DIR="$TOP-this version"
# changed SQL WORDS DESCRIPTION : in a copy of the province's database, and the remark on it
changed() {
    local said
    rm -rf changed && mkdir changed && cp "$DIR/qian.db" changed/
    python3 -c 'import sqlite3, sys; db = sqlite3.connect("changed/qian.db"); db.executescript(sys.argv[1]); db.commit()' "$1"
    said=$(same "$TOP" changed) && said="no difference"
    match "$said" "$2" "$3"
}
changed 'UPDATE plan SET title = title' '^no difference$' 'what is not changed'
changed 'DELETE FROM plan WHERE rowid = (SELECT max(rowid) FROM plan)' '^plan 1406:[0-9-]+ revision 1 is missing$' 'a row that is missing'
changed "INSERT INTO plan_accept SELECT office, id + 1, rev, plan_office, plan_id, plan_rev, outcome, acted_by, acted_on, reason FROM plan_accept LIMIT 1" \
    '^plan_accept [0-9]+:[0-9-]+ revision 1 was not there$' 'a row too many'
changed "UPDATE code SET name_en = 'other' WHERE rowid = 3" '^code 14:[0-9-]+ revision 1: name_en was ".*", is "other"$' 'a changed value'
changed "UPDATE clue SET facts = 1 || substr(facts, 2) WHERE rowid = 1" '^clue 140602:[0-9-]+ revision 1: facts was ' 'a changed character'
changed "UPDATE certificate SET cert = zeroblob(length(cert)) WHERE rowid = 1" '^certificate 14:[0-9-]+ revision 1: cert was \{"begins"' 'bytes that were changed'
changed 'UPDATE slot SET joint = 0 WHERE joint IS NULL AND rowid = 1' '^slot 1406:[0-9-]+ revision 1: joint was null, is ' 'nothing that became something'
changed 'DROP TABLE site_script' '^table site_script is gone$' 'a table that is gone'
changed 'ALTER TABLE plan DROP COLUMN object_cap' '^column plan.object_cap is gone$' 'a column that is gone'
changed 'ALTER TABLE plan ADD COLUMN later TEXT; CREATE TABLE later (x)' '^no difference$' 'a column more and a table more'
sed '/^table waiver /,$d' "$KEPT/$TOP.rows" >cut.rows
match "$("$ROWS" same "$REGISTRY" cut.rows "$DIR/qian.db")" "the kept rows are not those of .*'waiver'" 'kept rows without a table'

# other EXPRESSION WORDS DESCRIPTION : a changed judgement of the province, and the remark on it
other() {
    local said
    python3 -c 'import json, sys; a = json.load(open("verified.json")); v = a["verdicts"]; exec(sys.argv[1]); print(json.dumps(a))' "$1" >other.json
    said=$("$ROWS" same-found "$KEPT/$TOP.verified" <other.json) && said="no difference"
    match "$said" "$2" "$3"
}
other 'v[0]["ok"].append("LATER_CHECK")' '^no difference$' 'a check more'
other 'v[0]["findings"].pop()' ': not found any more: ' 'a finding less'
other 'v[0]["findings"].append(dict(v[0]["findings"][0], code="OTHER"))' ': found now: OTHER' 'a finding more'
other 'v[0]["ok"].remove("ROOT_MISMATCH")' 'ROOT_MISMATCH is checked no more$' 'a check less'
other 'v.pop()' 'is judged no more$' 'a judgement less'
done_testing
