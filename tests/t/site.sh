#!/usr/bin/env bash
# From a released draw to the public site, and from the site's files alone back to the truth of one object.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

up() { carry 140602 1406 && carry 1406 14; }
down() { carry 14 1406 && carry 1406 140602; }

draws() {
    import_roster 140602 && quiet "$QIAN" -d 140602 freeze && carry 140602 1406 && quiet "$QIAN" -d 1406 order issue &&
        carry 1406 140602 && quiet "$QIAN" -d 140602 draw run --all && up
}
draw_of() { # TASK : the name of its draw
    "$QIAN" -d 140602 --json draw list | python3 -c '
import json, sys
print(*(d["draw"] for d in json.load(sys.stdin) if d["slot"].split("/")[2] == sys.argv[1]))' "$1"
}
targets() { "$QIAN" -d 140602 --json draw show "$1" | python3 -c '
import json, sys
print(*(t["object"] for t in json.load(sys.stdin)["targets"]))'; }
check() { "$QIAN" --json site check --site "${SITE:-site}" --fingerprint "$ROOT_PRINT" --draw "$D" --object "$@"; }
# The same question to the second implementation, which shares no code with the program.
JS=$(command -v node || command -v nodejs) || JS=''
twin() { # OBJECT [SLIP]
    "$JS" "$ROOT/tests/js/site-check.mjs" site "$ROOT_PRINT" "$D" "$@" 2>.twin
}
twin_says() { # REGEX DESCRIPTION OBJECT [SLIP]
    if [ -n "$JS" ]; then match "$(twin "${@:3}")" "$1" "$2"; else skip "$2" 'Node.js is not installed'; fi
}
why() { # the refusals of a check, on one line
    python3 -c '
import json, sys
print(*(s.get("why", s["id"]) for s in json.load(sys.stdin)["steps"] if not s["ok"]))'
}
checks_with() { # ID MESSAGE ARGUMENT... : the check fails, and says so
    local id=$1 what=$2 out rc
    shift 2
    out=$(check "$@")
    rc=$?
    match "$rc $(why <<<"$out")" "^1 .*$id" "$what"
}

ROOTS=2
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
ok 'the city issues a plan' issue_plan 1406 1 10 || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
down
ok 'the county draws' draws || done_testing
D=$(draw_of 1) SEALED=$(draw_of 10)
read -ra drawn <<<"$(targets "$D")"
read -ra hidden <<<"$(targets "$SEALED")"

# ---- results ----------------------------------------------------------------------------------------------------
is "$("$QIAN" -d 140602 --json publish results | json released)" 0 'before the first result there is nothing to publish'
recorded=0
for o in "${drawn[@]}"; do
    quiet "$QIAN" -d 140602 result record --draw "$D" --object "$o" --codes R01 --by tester || recorded=1
done
result $recorded 'every target has its result' "$(cat .quiet)"
published=$("$QIAN" -d 140602 --json publish results)
is "$(json published <<<"$published")" "${#drawn[@]}" 'each result is published'
is "$("$QIAN" -d 140602 --json publish results | json published)" 0 'once'
first=$("$QIAN" -d 140602 --json result list | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["result"])')
quiet "$QIAN" -d 140602 result correct "$first" --codes R05 --problem '=cmd()' --disposal D02 --reason mistake --by tester
is "$("$QIAN" -d 140602 --json publish results | json corrected)" 1 'a correction is published beside it'
quiet "$QIAN" -d 140602 release --draw "$D"
up

# ---- consolidation ----------------------------------------------------------------------------------------------
fails_with 1 publish.not-above "$QIAN" -d 140602 consolidate --series "$YEAR"
fails_with 1 publish.no-series "$QIAN" -d 1406 consolidate --series 1999
list=$("$QIAN" -d 1406 --json consolidate --series "$YEAR")
is "$(json listed <<<"$list")" $((${#drawn[@]} + 1)) 'the city lists every publication'
is "$(json offices.0.published <<<"$list")/$(json offices.0.problems <<<"$list")" "${#drawn[@]}/1" 'and counts each target once'
is "$(json total.targets <<<"$list")" $((${#drawn[@]} + ${#hidden[@]})) 'beside what is still to be inspected'
is "$("$QIAN" -d 1406 --json consolidate --series "$YEAR" | json listed)" 0 'a second time nothing is new'
match "$("$QIAN" -d 1406 consolidate --series "$YEAR")" 'no percentages added' 'the figures say how they are made'
carry 1406 14
is "$("$QIAN" -d 14 --json consolidate --series "1406/$YEAR" | json listed)" $((${#drawn[@]} + 1)) 'the province lists them by reference as well, the correction beside what it corrects'
is "$("$QIAN" -d 14 --json consolidate --series "1406/$YEAR" | json total.problems)" 1 'and counts each target once'
quiet "$QIAN" -d 14 verify all --record
ok 'the province publishes a site of its own' "$QIAN" -d 14 publish site --out provincial
match "$(cat provincial/objects/*.html)" '未发现问题.*更正理由：</b>mistake' 'where the corrected result stands with what it said before, and why'
down

# ---- the site ---------------------------------------------------------------------------------------------------
fails_with malformed publish.url "$QIAN" -d 1406 publish site --out site --url 'https://x.example/?a'
made=$("$QIAN" -d 1406 --json publish site --out site --url https://gs.example.cn/sc)
is "$(json draws <<<"$made")/$(json sealed <<<"$made")/$(json plans <<<"$made")" 1/1/1 'the site has one draw released, one sealed'
ok 'its manifest is what sha256sum reads' sh -c 'cd site && sha256sum --quiet -c manifest.txt'
is "$(find site -type f | wc -l)" "$(($(json files <<<"$made") + 2))" 'and names every file'
not_ok 'no page acts by itself' grep -rqi 'javascript:\|onclick\|onload=' site --include=*.html
is "$(grep -rli '<script' site --include=*.html | sort | tr '\n' ' ')" "site/draws/${D/:/-}/index.html site/find/index.html " 'only the page of a released draw and the search have a script'
sri=$(openssl dgst -sha256 -binary site/check.js | base64)
sri=${sri//+/\\+} # a digest may hold what is an operator in a pattern
match "$(cat "site/draws/${D/:/-}/index.html")" "<script src=\"../../check.js\" integrity=\"sha256-$sri\" defer></script>" 'the one of the site, named by its digest'
sri=$(openssl dgst -sha256 -binary site/find.js | base64)
match "$(cat site/find/index.html)" "<script src=\"../find.js\" integrity=\"sha256-${sri//+/\\+}\" defer></script>" 'the search by its own'
is "$(python3 - "${#drawn[@]}" <<'END'
import json, re, sys, xml.dom.minidom, os
from html.parser import HTMLParser
drawn = int(sys.argv[1])
feed = xml.dom.minidom.parse("site/feed.xml")
titles = [t.firstChild.data for e in feed.getElementsByTagName("entry") for t in e.getElementsByTagName("title")]
assert any("更正" in t for t in titles) and any("公示检查结果 %d 条" % drawn in t for t in titles) and any("印发计划" in t for t in titles), titles
ids = [i.firstChild.data for i in feed.getElementsByTagName("id")]
assert len(set(ids)) == len(ids) and all(i.startswith("tag:test.example,") for i in ids), ids
county = xml.dom.minidom.parse("site/feeds/140602.xml")
assert len(county.getElementsByTagName("entry")) == 2
pages = sorted(os.path.join(d, f)[5:] for d, _, fs in os.walk("site") for f in fs if f.endswith(".html"))
listed = sorted(l.firstChild.data for l in xml.dom.minidom.parse("site/sitemap.xml").getElementsByTagName("loc"))
assert listed == ["https://gs.example.cn/sc/" + p for p in pages], (listed, pages)

class Page(HTMLParser): # every link of every page leads somewhere, to a section that is there
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if a.get("id"):
            self.ids.add(a["id"])
        for x in ("href", "src"):
            if a.get(x):
                self.links.append(a[x])
found = {}
for p in pages:
    page = Page()
    page.ids, page.links = set(), []
    page.feed(open("site/" + p, encoding="utf-8").read())
    found[p] = page
for p in pages:
    for link in found[p].links:
        path, _, anchor = link.partition("#")
        to = os.path.normpath(os.path.join(os.path.dirname(p), path)) if path else p
        assert os.path.exists("site/" + to), (p, link)
        assert not anchor or anchor in found[to].ids, (p, link)
start = json.load(open("site/find/start.json"))
rows = [r for i in range(0, start["rows"], start["each"]) for r in json.load(open("site/find/rows-%d.json" % (i // start["each"])))]
assert len(rows) == start["rows"] == drawn and rows == sorted(rows), rows
for code, name, path in rows:
    page, anchor = path.split("#")
    assert anchor in found[page].ids and code in open("site/" + page, encoding="utf-8").read()
    pair = json.load(open("site/find/pairs-%d.json" % ((31 * ord(name[0]) + ord(name[1])) % start["pairs"])))[name[:2]]
    at = 0
    assert rows.index([code, name, path]) in [at := at + d for d in pair]
print(len([f for f in found.values() if "large" in f.ids]) == len(pages))
END
)" True 'every link leads somewhere; feeds, list of pages and search name what is there; every page can be enlarged'
match "$(cat "site/draws/${D/:/-}/index.html")" "$(sha256sum site/check.js | cut -d' ' -f1)" 'which stands there in full'
not_ok 'nothing is loaded from elsewhere' grep -rqE '(src|href)="(https?:)?//' site --include=*.html
ok 'every page forbids both' sh -c '! find site -name "*.html" | xargs grep -L "default-src .none."  | grep .'
only=$(comm -13 <(printf '%s\n' "${drawn[@]}" | sort) <(printf '%s\n' "${hidden[@]}" | sort) | head -n 1)
not_ok 'nothing tells who was drawn in the sealed draw' grep -rqF "$only" site
page=site/sealed/$(sed 's/:/-/; s/-0$//' <<<"$SEALED").html
match "$(cat "$page")" '未解封' 'the sealed draw says that it is'
ok 'a formula is harmless in the CSV' python3 - <<'END'
import csv
with open("site/results.csv", encoding="utf-8-sig", newline="") as f:
    for row in csv.reader(f):
        assert not any(c[:1] in "=+-@" and c for c in row), row
END
is "$(head -c 3 site/results.csv | od -An -tx1 | tr -d ' ')" efbbbf 'which begins with its mark'
ok 'again, in place of the old one' "$QIAN" -d 1406 publish site --out site
echo mine >site/mine.txt
fails_with 1 publish.foreign-file "$QIAN" -d 1406 publish site --out site
is "$(cat site/mine.txt)" mine "nobody's file is lost"
rm site/mine.txt
mkdir home && echo thesis >home/thesis
fails_with 1 publish.not-a-site "$QIAN" -d 1406 publish site --out home
is "$(find . -maxdepth 1 -name 'site.*' -o -maxdepth 1 -name 'home.*' | wc -l)" 0 'and nothing is left beside it'

# ---- the check --------------------------------------------------------------------------------------------------
is "$(check "${drawn[0]}" | json answer)" drawn 'who was drawn is told so'
twin_says '^holds lot$' 'the second implementation says so too' "${drawn[0]}"
words() { QIAN_LANG=zh "$QIAN" "$@"; }
zh() { case $1 in witnessed) echo 全程见证 ;; offline) echo 离线抽取 ;; unwitnessed) echo 未经见证 ;; esac; }
ordered=$("$QIAN" -d 140602 --json draw show "$D" | json level)
shown=$("$QIAN" -d 1406 --json verify draw "$D" | json verdicts.0.level)
is "$ordered/$shown" offline/witnessed 'an order for an office behind a stick promises less than the evidence shows'
for list in 'draw show '"$D" 'draw list' 'order list'; do
    # shellcheck disable=SC2086
    match "$(words -d 140602 $list)" "$(zh "$ordered")" "what was ordered, in the words of the site: $list"
done
match "$(words -d 1406 verify draw "$D")" "$(zh "$shown")" 'what the evidence shows, in the same words: verify'
match "$(cat "site/draws/${D/:/-}/index.html")" "level-$shown\">$(zh "$shown")" 'on the page'
match "$(words site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "${drawn[0]}")" "见证级别：$(zh "$shown")" 'in the check'
if [ -n "$JS" ]; then
    twin "${drawn[0]}" >/dev/null
    is "$(cat .twin)" "level $shown" 'and by the second implementation'
    mkdir shelf && sed '1s/.*/qian-registry\/7/' "$ROOT/protocol/registry-1.txt" >shelf/registry-7.txt
    match "$(REGISTRIES=shelf twin "${drawn[0]}")" '^open .*entry.schema' 'what it has no registry for it does not pass'
    match "$(cat .twin)" '第 1 版，本核对程序只认识第 7 版.*registry 1; this checker knows only 7' 'and says so in words'
else
    skip 'and by the second implementation' 'Node.js is not installed'
fi
mapfile -t others < <(python3 - "${drawn[@]}" <<'END'
import sqlite3, sys
drawn = set(sys.argv[1:])
for (o,) in sqlite3.connect("140602/qian.db").execute(
        "SELECT DISTINCT object_id FROM object WHERE office = '140602' ORDER BY object_id"):
    if o not in drawn:
        print(o)
END
)
other=${others[0]}
match "$(check "$other" | json answer)" '^(not-selected|ask-slip)$' 'who was not drawn is told so'
twin_says '^holds (not-drawn|ask-for-the-slip)$' 'by both implementations' "$other"
ok 'the county writes a slip' "$QIAN" -d 140602 slip --draw "$D" --object "$other" --out slip.txt
is "$(stat -c %a slip.txt)" 600 'which is for one owner only'
is "$(check "$other" --slip slip.txt | json answer)" complete 'with it the answer is complete'
twin_says '^holds not-drawn$' 'by both implementations' "$other" slip.txt
match "$(QIAN_LANG=zh "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$D" --object "$other" --slip slip.txt)" \
    '核对完整' 'in Chinese as well'
# What somebody brings is held against the logs of an office that has them: the one that drew, and one above.
for o in 140602 1406; do
    is "$("$QIAN" -d $o --json slip check slip.txt | json verdict)" agrees "$o answers who brings the slip"
done
match "$(QIAN_LANG=zh "$QIAN" -d 1406 slip check slip.txt | tr -d '\n')" "不在任务.*相符：$other" 'in words'
sed "s/^# .*/# 另一张/" slip.txt >changed.txt
fails_with 1 slip.sum "$QIAN" -d 1406 slip check changed.txt
# Whole in itself, and of another record, freeze or draw: the sum proves nothing.
forge() { python3 -c 'import hashlib, re, sys
text = re.sub(sys.argv[1], lambda m: m[0][:-8] + "0" * 8, open("slip.txt").read().split("\nsum ")[0] + "\n", count=1, flags=re.M)
print(text + "sum " + hashlib.sha256(text.encode()).hexdigest())' "$1" >forged.txt; "$QIAN" -d 1406 --json slip check forged.txt | tr -d ' \n'; }
for what in draw:slip.is-no-draw freeze:slip.is-no-freeze salt:slip.object; do
    said=$(forge "^${what%%:*} .*$")
    match "$said" "\"verdict\":\"contradicts\".*${what#*:}" "another ${what%%:*} is told"
done
for object in $("$QIAN" -d 140602 --json draw show "$D" | json targets.0.object); do
    quiet "$QIAN" -d 140602 slip --draw "$D" --object "$object" --out drawn.txt
    match "$("$QIAN" -d 1406 --json slip check drawn.txt | tr -d ' \n')" '"verdict":"agrees".*check\.(drawn|must)"' 'who was drawn is told so'
done
head -n 8 slip.txt >half.txt
"$QIAN" -d 1406 slip check half.txt >/dev/null 2>&1
is $? 1 'a part of a slip is refused'
fails_with 1 slip.not-ours "$QIAN" -d 1406 slip --draw "$D" --object "$other" --out x
fails_with 3 slip.sealed "$QIAN" -d 140602 slip --draw "$SEALED" --object "$other" --out x
fails_with 1 slip.not-in-freeze "$QIAN" -d 140602 slip --draw "$D" --object E:91000000MA00000000 --out x
fails_with 1 check.draw-name "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw 140602 --object "$other"
"$QIAN" site check --site site --draw "$D" --object "$other" >/dev/null 2>&1
is $? 2 'without a fingerprint there is no check'
sed 's/^salt ./salt -/' slip.txt >edited.txt
checks_with slip.sum 'a slip that was edited is refused' "$other" --slip edited.txt
twin_says '^open slip-place:slip\.' 'by both' "$other" edited.txt
twin_says '^open slip-place:slip.other-object' "so is another's, by the second" "${drawn[0]}" slip.txt
checks_with check.slip-object "so is another's" "${drawn[0]}" --slip slip.txt
is "$(D=$SEALED check "$other" | json answer)" sealed 'a sealed draw gives no answer'

# ---- one result, from the same files ------------------------------------------------------------------------------
result_of() { "$QIAN" --json site result "$1" --site site --fingerprint "${2:-$ROOT_PRINT}"; }
told() { # the steps of a check that are about the result: "id" or "id!why"
    python3 -c '
import json, sys
print(*(s["id"].partition(".")[2] + ("" if s["ok"] else "!" + s.get("why", "")) for s in json.load(sys.stdin)["steps"] if "result" in s["id"]))'
}
is "$(result_of "$first" | told)" 'result result-published result-corrected result-published result-log' 'both revisions of a corrected result are signed, published and in the log'
match "$(QIAN_LANG=zh "$QIAN" site result "$first" --site site --fingerprint "$ROOT_PRINT")" '更正理由：mistake.*见证.*签名和日志位置都成立' 'in words, with the reason'
is "$(result_of 140602:1-9999-0 | told)" 'no-result!' 'of another there is none'
fails_with malformed result.name "$QIAN" site result 140602 --site site --fingerprint "$ROOT_PRINT"
for f in "$(find site/released/140602-1 -name '*.frames' | head -n 1)" "$(find site/logs/140602-1/tile/entries -type f | head -n 1)" site/logs/140602-1/checkpoint; do
    cp "$f" kept
    python3 - "$f" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[30 if sys.argv[1].endswith("checkpoint") else len(b) // 2] ^= 1 # in its root: a cosignature alone may be missing
open(sys.argv[1], "wb").write(b)
END
    match "$(result_of "$first" | told)" '(result-file|result-log)!(evidence|check|note|tile|checkpoint|entry|wire)' "a turned bit in ${f#site/} is caught, also by itself"
    cp kept "$f"
done

# Every file of the draw, a bit of it turned: caught, and the file named.
dir=site/draws/$(sed 's/:/-/' <<<"$D")
for f in "$dir"/* site/root-policy.txt site/certs/* site/results.csv site/index.html site/site.css site/manifest.txt; do
    cp "$f" kept
    python3 - "$f" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[len(b) // 2] ^= 1
open(sys.argv[1], "wb").write(b)
END
    out=$(check "${drawn[0]}")
    is "$?/$(json answer <<<"$out")" 1/open "a turned bit in ${f#site/} is caught"
    twin_says '^open ' 'by both implementations' "${drawn[0]}"
    case $f in */manifest.txt) ;; *) match "$out" "${f#site/}" 'and the file named' ;; esac
    cp kept "$f"
done
is "$(check "${drawn[0]}" | json ok)" true 'whole again, it holds again'
twin_says '^holds lot$' 'for both' "${drawn[0]}"

# ---- part of a draw is erased -------------------------------------------------------------------------------------
# Of the draw that is released the freeze, of the one that is sealed the draw itself; the province orders it.
place=$(python3 - "$D" "$SEALED" <<'END'
import sqlite3, sys
db = sqlite3.connect("1406/qian.db")
def split(name):
    office, row = name.split(":")
    epoch, seq, n = map(int, row.split("-"))
    return office, (epoch << 51) + (seq << 16) + n, seq
office, row, seq = split(sys.argv[1])
frozen = next(l.split() for l in db.execute("SELECT text FROM draw_result WHERE office = ? AND id = ?", (office, row)).fetchone()[0].split("\n") if l.startswith("freeze "))
print(frozen[1], frozen[2], frozen[1], split(sys.argv[2])[2])
END
)
read -r flog fseq slog sseq <<<"$place"
why=(--basis '个人信息保护法第四十七条' --reason '张三撤回同意' --by 李四)
ok 'the province has the freeze of the released draw forgotten' "$QIAN" -d 14 redact order "$flog" "$fseq" 0 "${why[@]}"
ok 'and a part of the sealed one' "$QIAN" -d 14 redact order "$slog" "$sseq" 0 "${why[@]}"
down
made=$("$QIAN" -d 1406 --json publish site --out site)
is "$(json draws <<<"$made")/$(json sealed <<<"$made")" 0/2 'the site shows neither as released'
for d in "$D" "$SEALED"; do
    out=$(D=$d check "${drawn[0]}")
    is "$?/$(json answer <<<"$out")/$(why <<<"$out")" '1/forgotten/check.whole' "the check says so: neither fine nor refuted ($d)"
    D=$d twin_says '^forgotten entries:public.forgotten ' 'so does the second implementation' "${drawn[0]}"
    match "$(QIAN_LANG=zh "$QIAN" site check --site site --fingerprint "$ROOT_PRINT" --draw "$d" --object "${drawn[0]}")" '无法核验.*不等于抽取有问题' 'in words'
    page=site/sealed/$(sed 's/:/-/; s/-0$//' <<<"$d").html
    match "$(cat "$page")" '无法核验.*Office 14.*个人信息保护法第四十七条' 'the page says who ordered it, and on which basis'
done
not_ok 'no reason and no name of a person is on the site' grep -rqE '张三|李四' site
f=site/sealed/$(sed 's/:/-/; s/-0$//' <<<"$D").forgotten.frames
cp "$f" kept
python3 - "$f" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[20] ^= 1
open(sys.argv[1], "wb").write(b)
END
is "$(check "${drawn[0]}" | json answer)" open 'an order that is not signed explains nothing'
twin_says '^open ' 'for both' "${drawn[0]}"
cp site/sealed/$(sed 's/:/-/; s/-0$//' <<<"$D").frames "$f"
checks_with check.other-order 'nor does an entry that is no order' "${drawn[0]}"
twin_says 'public.forgotten-order' 'for both' "${drawn[0]}"
cp kept "$f"
is "$(check "${drawn[0]}" | json answer)" forgotten 'whole again, it says the same again'
done_testing
