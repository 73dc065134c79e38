# shellcheck shell=bash
# tree.sh - offices that are enrolled, and what they do in most suites. A suite sources it behind lib.sh and is then in $T:
#   . "$(dirname "$0")/lib.sh"
#   . "$(dirname "$0")/tree.sh"
#   ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
# All have one passphrase, $T/pass; the data directory of an office is its code. Names begin with $OFFICE_NAME.
cd "$T" || exit 1
printf 'a test passphrase\n' >pass
export QIAN_PASSPHRASE_FILE=$T/pass QIAN_LANG=en
TOOLS=$BUILD/tests/tools
DATA=$ROOT/tests/data
YEAR=$(TZ=Asia/Shanghai date +%Y)
OFFICE_NAME='Office '
ROOT_PRINT='' # of the root policy, policy.txt

# quiet COMMAND... : its output only when it fails
quiet() { "$@" >"$T/.quiet" 2>&1 || { cat "$T/.quiet"; return 1; }; }

# SQL OFFICE STATEMENT : the first column of its first row
SQL() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1] + "/qian.db"); r = c.execute(sys.argv[2]).fetchone(); c.commit(); print(r[0] if r else "")' "$1" "$2"; }

# clue FROM TO TITLE [DOC_NO] : handed over in confidence
clue() {
    quiet "$QIAN" -d "$1" record add clue receiver_office="$2" receiver_kind=discipline receiver=group doc_no="${4:-7}" title="$3" \
        sent_on="$(TZ=Asia/Shanghai date +%F)" facts="$3" --by tester
}

# file_scheme OFFICE PARENT DAY BY : sends scheme and rules of a product sampling up, which approves them on DAY; what a
# task then says of it
file_scheme() {
    local kind filing said=''
    for kind in scheme rules; do
        filing=$("$QIAN" -d "$1" --json record add filing subject_kind=$kind subject="$kind" sent_on="$3" --by "$4" | json record) || return
        carry "$1" "$2" && quiet "$QIAN" -d "$2" record add filing_answer filing="$filing" outcome=approved receipt_no="$kind 1" answered_on="$3" --by "${5:-$4}" &&
            carry "$2" "$1" || return
        said="$said ${kind}_filing=$filing"
    done
    echo "$said"
}

# scope CODE : 140600 -> 1406; what the offices below begin with
scope() { sed -E 's/(00)+$//' <<<"$1"; }

# office CODE : a directory with keys and a request, not enrolled yet
office() {
    quiet "$QIAN" -d "$1" init --office "$1" --name "$OFFICE_NAME$1" --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
}

# enrol PARENT CHILD [LEVEL [SCOPE]] : the parent approves, the child accepts
enrol() {
    local fp of=${4:-$(scope "$2")} level=${3:-}
    case ${#of} in 4) level=${level:-city} ;; 6) level=${level:-county} ;; *) level=${level:-station} ;; esac
    fp=$(print_of "$2/$2.request") || return
    quiet "$QIAN" -d "$1" enrol approve "$2/$2.request" --fingerprint "$fp" --level "$level" --scope "$of" --out "$2.chain" &&
        quiet "$QIAN" -d "$2" enrol accept "$2.chain"
}

# print_of REQUEST : its fingerprint
print_of() { "$QIAN" --json enrol show "$1" | json fingerprint; }

# root_keys N : a root policy of N keys, of which $THRESHOLD (else all) must sign: policy.txt and ROOT_PRINT
root_keys() {
    local i pubs=()
    ROOTS=$1
    for ((i = 1; i <= ROOTS; i++)); do
        quiet "$QIAN" root key --out "root$i" --kdf-mib 8 || return
        pubs+=(--pub "root$i.pub")
    done
    "$QIAN" root policy --deployment test.example --threshold "${THRESHOLD:-$ROOTS}" "${pubs[@]}" --out policy.txt >policy.out || return
    ROOT_PRINT=$(grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' policy.out | head -n 1)
}

# certify PROVINCE : the root keys sign, the province accepts
certify() {
    local i sigs=()
    quiet "$QIAN" root draft --policy policy.txt --request "$1/$1.request" --scope "$(scope "$1")" --out draft || return
    for ((i = 1; i <= ROOTS; i++)); do
        quiet "$QIAN" root sign --draft draft --key "root$i.key" --out "sig$i" || return
        sigs+=(--sig "sig$i")
    done
    quiet "$QIAN" root certify --policy policy.txt --draft draft "${sigs[@]}" --out "$1.chain" &&
        quiet "$QIAN" -d "$1" enrol accept "$1.chain"
}

# tree PROVINCE [OFFICE]... : enrolled, each by the nearest before it whose scope its code lies in. ROOTS=2 tree ... has
# two root keys; one serves otherwise.
tree() {
    local code parent up
    root_keys "${ROOTS:-1}" && office "$1" && certify "$1" || return
    local -a before=("$1")
    for code in "${@:2}"; do
        parent=''
        for up in "${before[@]}"; do
            [[ $(scope "$code") == "$(scope "$up")"?* && $(scope "$up") == "$(scope "${parent:-}")"* ]] && parent=$up
        done
        office "$code" && enrol "$parent" "$code" || return
        before+=("$code")
    done
}

# carry FROM TO : one bundle, made and taken in
carry() {
    rm -f stick.qb
    quiet "$QIAN" -d "$1" bundle make --to "$2" --out stick.qb && quiet "$QIAN" -d "$2" bundle import stick.qb
}

# size OFFICE LOG : how many entries of that log the office has verified
size() {
    "$QIAN" -d "$1" --json status | python3 -c '
import json, sys
print(sum(l["verified"] for l in json.load(sys.stdin)["logs"] if l["office"] == sys.argv[1]))' "$2"
}

# issue_plan CITY TASK... : issues these tasks of the real plan, open all the year
issue_plan() {
    python3 - "$DATA" "${@:2}" <<'END' || return
import csv, sys
for source, name, key in (("plan", "plan.csv", "no"), ("scopes", "scopes.csv", "task")):
    with open(f"{sys.argv[1]}/shuozhou-2021-{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] in sys.argv[2:]]
    for r in rows:
        if key == "no":
            r.update(draw_from_month="1", draw_to_month="12", draw_window_text="1月-12月")
    with open(name, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
END
    quiet "$QIAN" -d "$1" plan import --plan plan.csv --scopes scopes.csv --series "$YEAR" --year "$YEAR" --title Plan \
        --doc-no 26 --issued-on "$YEAR-01-05" --deadline "$YEAR-12-31"
}

# import_roster COUNTY [OBJECTS] : made up; certificates end in 2099, so that the day of the test does not matter
import_roster() {
    quiet "$TOOLS/gen_roster" --office "$1" --seed 1 --objects "${2:-600}" --inspectors 20 --out "roster$1" || return
    LC_ALL=C sed -i 's/,20[0-9][0-9]-\([0-9][0-9]-[0-9][0-9]\)/,2099-\1/' "roster$1/inspectors.csv"
    # exit 1: the generator spoils some rows on purpose
    "$QIAN" -d "$1" roster import --objects "roster$1/objects.csv" --inspectors "roster$1/inspectors.csv" \
        --recusals "roster$1/recusals.csv" --charset GB18030 --tags "$DATA/tags.csv" --by tester >/dev/null 2>&1
    [ $? -eq 1 ]
}
