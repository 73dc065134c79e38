#!/usr/bin/env bash
# The checks of make check against small trees with one thing wrong in each.
. "$(dirname "$0")/lib.sh"

# tree FILE TEXT [FILE TEXT]... : a fresh sound tree in $T/tree, then these files in it.
tree() {
    local d=$T/tree
    rm -rf "$d"
    mkdir -p "$d"/{include/qian,protocol/spec,node/{text,store,keys,sync,draw,http,cli}}
    echo '#include <stdint.h>' >"$d/include/qian/base.h"
    printf '#include "qian/base.h"\n#include <string.h>\n#include <sodium.h>\n' >"$d/protocol/wire.h"
    printf '#include "node/keys/keys.h"\n#include <sqlite3.h>\n' >"$d/node/store/store.h"
    echo '#include "node/text/text.h"' >"$d/node/keys/keys.h"
    echo '#include "protocol/wire.h"' >"$d/node/text/text.h"
    echo '#include "node/store/store.h"' >"$d/node/sync/sync.h"
    echo '#include "node/store/store.h"' >"$d/node/draw/draw.h"
    printf '#include "node/sync/sync.h"\n#include <curl/curl.h>\n' >"$d/node/http/http.h"
    echo '#include "node/draw/draw.h"' >"$d/node/cli/cli.h"
    printf '#include "node/http/http.h"\n#include "node/cli/cli.h"\n' >"$d/node/main.c"
    printf '# Page\n\n- **page-1** The first byte\n  is 0.\n- **page-2** Sizes are "big-endian".\n\n## More\nText.\n' \
        >"$d/protocol/spec/page.md"
    cat >"$d/protocol/wire.c" <<'END'
/* SPEC page-1: "first byte is
 * 0" */
int f(void) { return qn_fail(err, QN_LIMIT, "area.long", "max=%zu|have=%" PRIu64 "|what=%s", 1, n, s); }
int g(void) { return bad ? qn_fail(err, QN_IO, "area.none", "") : refuse(err, "area.none", n); }
const char *verdict(char *id, int n) { snprintf(id, 9, "verdict.%s", name[n]); return "file.json"; }
END
    cat >"$d/node/text/a.txt" <<'END'
# A remark.
area.long
zh 太长：{what} 有 {have}，上限 {max}。
en Too long: {what} has {have}, the limit is {max}.

area.none
zh 没有。
en None.

verdict.good
zh 好。
en Good.
END
    while [ $# -gt 1 ]; do
        printf '%b\n' "$2" >"$d/$1"
        shift 2
    done
}
# holds CHECK DESCRIPTION, breaks CHECK WORDS DESCRIPTION : over $T/tree.
holds() {
    ok "$2" "$ROOT/scripts/check-$1" "$T/tree"
}
breaks() {
    local out rc
    out=$("$ROOT/scripts/check-$1" "$T/tree" 2>&1)
    rc=$?
    match "$rc $out" "^1 .*$2" "$3"
}

tree
holds layers 'a tree that keeps the layers'
tree include/qian/base.h '#include "protocol/wire.h"'
breaks layers 'include must not include protocol' 'a public header looks inside'
tree include/qian/base.h '#include <sodium.h>'
breaks layers 'standard types only' 'a public header shows a library'
tree protocol/wire.h '#include "node/text/text.h"'
breaks layers 'protocol must not include node' 'the core looks at the node'
tree protocol/wire.h '#include <time.h>'
breaks layers 'pure .*<time.h>' 'the core reads the clock'
tree protocol/wire.h '  #  include   <unistd.h> /* why */'
breaks layers 'pure .*<unistd.h>' 'the core does input and output, oddly spaced'
tree node/store/store.h '#include "node/sync/sync.h"'
breaks layers 'arrow points the other way' 'the store looks up'
tree node/sync/sync.h '#include "node/draw/draw.h"'
breaks layers 'neighbours' 'siblings know each other'
tree node/cli/cli.h '#include "node/http/http.h"'
breaks layers 'neighbours' 'mouths know each other'
tree node/sync/sync.h '#include <sqlite3.h>'
breaks layers 'node/store only' 'SQL outside the store'
tree node/sync/sync.h '#include <curl/curl.h>'
breaks layers 'node/http only' 'the network outside http'
tree node/store/store.h '#include "store.h"'
breaks layers 'not a file named from the root' 'an include that is not written from the root'
tree node/store/store.h '#include "node/store/../keys/keys.h"'
breaks layers 'not a file named from the root' 'an include that climbs'
tree node/store/store.h '#include "node/store/gone.h"'
breaks layers 'not a file named from the root' 'an include of a file that is not there'
tree node/store/store.h '#include HEADER'
breaks layers 'cannot read' 'an include by macro'
tree
mkdir -p "$T/tree/node/extra" && echo 'int x;' >"$T/tree/node/extra/x.c"
breaks layers 'stands in no layer' 'a directory that has no place'
rm -rf "$T/tree" && mkdir "$T/tree"
breaks layers 'no sources' 'an empty tree'

tree
holds spec 'quotations that stand in the rules'
tree protocol/wire.c '/* SPEC page-1: "first byte is 1" */'
breaks spec 'page-1 does not say' 'other words than the rule'
tree protocol/wire.c '/* SPEC page-1: "Sizes" */'
breaks spec 'page-1 does not say' 'words of the next rule'
tree protocol/wire.c '/* SPEC page-2: "Text" */'
breaks spec 'page-2 does not say' 'words behind the next heading'
tree protocol/wire.c '\n\n/* SPEC page-3: "x" */'
breaks spec 'wire.c:3: .*which no page has' 'a rule that does not exist, with its line'
tree protocol/wire.c '/* SPEC page-1 says so */'
breaks spec 'no quotation' 'a reference without words'
tree protocol/spec/page.md '- **page-1** The first byte is 0.\n- **page-1** Again.'
breaks spec 'page-1 stands already' 'a rule id twice'
tree protocol/spec/page.md 'No rules.'
breaks spec 'no rule' 'pages without rules'

tree
holds messages 'a catalogue that fits the code'
long='zh 长{max}{have}{what}\nen Long {max} {have} {what}'
none='\n\narea.none\nzh 没有。\nen None.\n\nverdict.good\nzh 好。\nen Good.'
tree node/text/a.txt "area.long\n$long\n\narea.none\nzh 没有。\nen None."
holds messages 'a family of ids whose area has no sentence yet'
tree node/text/a.txt "area.long\n$long\n\nverdict.good\nzh 好。\nen Good."
breaks messages 'wire.c:4: area.none has no sentence' 'an id without a sentence'
tree node/text/a.txt "area.long\nzh 长{max}{have}{what}$none"
breaks messages "area.long has no 'en' sentence" 'a sentence in one language'
tree node/text/a.txt "area.long\nzh 长{max}{have}\nen Long {max} {have} {what}$none"
breaks messages 'placeholders of the two' 'placeholders that differ by language'
tree node/text/a.txt "area.long\nzh 长{max}{have}\nen Long {max} {have}$none"
breaks messages 'area.long is given' 'a key that the sentence does not name'
tree node/text/a.txt "area.long\nzh 长{max}{have}{what}{x}\nen Long {max} {have} {what} {x}$none"
breaks messages 'area.long is given' 'a placeholder without a key'
tree node/text/a.txt "area.long\n$long$none\n\narea.none\nzh 没有。\nen None."
breaks messages 'stands already' 'an id twice'
tree node/text/a.txt "area.long\n$long$none\n\narea.spare\nzh 多。\nen Spare."
breaks messages 'area.spare is used nowhere' 'an entry that nobody uses'
tree node/text/a.txt "area.long\nzh 长{max},{have}{what}\nen Long {max} {have} {what}$none"
breaks messages 'full-width punctuation' 'a half-width comma in Chinese'
tree node/text/a.txt "area.long\nzh 下一纪元{max}{have}{what}\nen Long {max} {have} {what}$none"
breaks messages "should be '期'" 'a word that another has replaced'
tree node/text/a.txt "area.long\n$long {$none"
breaks messages 'a brace' 'a brace that is no placeholder'
tree node/text/a.txt "Area\nzh 长\nen L$none"
breaks messages 'is no id' 'an id that is not written like one'
tree node/cli/cli.h 'static const char *const heads[] = {"area.none", "area.unknown"};'
breaks messages 'area.unknown is written like an id' 'an id in a table without a sentence'
tree node/cli/cli.h 'int h(void) { return refuse(err, "area.none", "max=%u", 1); }'
breaks messages 'cli.h:1: area.none is given' "keys of a wrapper's call"
tree node/cli/cli.h '/* qn_fail(err, X, "area.gone", "") */'
holds messages 'a call in a comment is none'
tree node/cli/cli.h 'int h(void) { return qn_say(r, n ? "area.none" : "area.gone", ""); }'
breaks messages 'area.gone has no sentence' 'both sides of a choice are ids'
tree node/cli/cli.h 'int h(void) { return qn_fail(err, c, "area.long", "%s|max=%u", e.args, n); }'
holds messages "an inner refusal's args passed on"

# frozen [FILE TEXT]... : a tree with two released registries, their data, a draft and a schema step, then these files in it.
T1='table a system bulk pck office:T:16 id:I rev:I x:T:9'
frozen() {
    local d=$T/tree
    rm -rf "$d" && mkdir -p "$d"/{protocol,node/store,tests/fixtures/{1,2}}
    touch "$d"/tests/fixtures/{1,2}/14.qbk
    printf 'qian-registry/1\n%s\n' "$T1" >"$d/protocol/registry-1.txt"
    printf 'qian-registry/2\n%s y:t:9\n' "$T1" >"$d/protocol/registry-2.txt"
    printf 'qian-registry/3\n%s y:t:9 z:i\n%s\n' "$T1" "${T1/ a / b }" >"$d/protocol/registry-3.txt"
    echo 'CREATE TABLE t (x);' >"$d/node/store/schema-1.sql"
    (cd "$d" && sha256sum protocol/registry-[12].txt node/store/schema-1.sql tests/fixtures/*/* >protocol/released.sha256)
    while [ $# -gt 1 ]; do
        printf '%b\n' "$2" >"$d/$1"
        shift 2
    done
}
frozen
holds released 'released registries that only grow, and a draft'
frozen protocol/registry-2.txt "qian-registry/2\n$T1 y:t:10"
breaks released 'registry-2.txt: was released and is changed; put it back \(git checkout protocol/registry-2.txt\) and write what is new into protocol/registry-3.txt,' \
    'a released registry that was edited, and where to write instead'
frozen protocol/registry-2.txt "qian-registry/2\n$T1 y:t:10" && rm "$T/tree/protocol/registry-3.txt"
breaks released 'write what is new into protocol/registry-3.txt,' 'also when there is no draft yet'
frozen node/store/schema-1.sql 'CREATE TABLE t (x, y);'
breaks released 'schema-1.sql: was released and is changed; put it back \(git checkout node/store/schema-1.sql\) and write what is new into node/store/schema-2.sql' \
    'a released schema step that was edited'
frozen tests/fixtures/1/14.qbk other
breaks released 'fixtures/1/14.qbk: was released and is changed; put it back' 'kept data that was changed'
frozen tests/fixtures/1/15.qbk other
breaks released 'fixtures/1/15.qbk: is not in' 'kept data that is not listed'
frozen && rm "$T/tree/tests/fixtures/2/14.qbk"
breaks released 'fixtures/2/14.qbk: was released and is gone' 'kept data that is gone'
frozen && rm -r "$T/tree/tests/fixtures/2" && sed -i '/fixtures.2/d' "$T/tree/protocol/released.sha256"
breaks released 'registry-2.txt: is released, and no data of it is kept in tests/fixtures/2' 'a released registry without data'
frozen && rm "$T/tree/protocol/registry-2.txt"
breaks released 'registry-2.txt: was released and is gone' 'a released registry that is gone'
frozen protocol/registry-3.txt "qian-registry/3\n$T1 y:t:9 z:I"
breaks released 'a.z is new and may not be NULL' 'a new column that must have a value'
frozen protocol/registry-3.txt "qian-registry/3\n$T1 z:i y:t:9"
breaks released 'with columns added at its end' 'a new column that is not at the end'
frozen protocol/registry-3.txt "qian-registry/3\n${T1/ a / b }"
breaks released 'table a of protocol/registry-2.txt is gone' 'a table that is gone'
frozen protocol/registry-3.txt "qian-registry/3\n${T1/ pck / pc } y:t:9"
breaks released 'is not what it was' 'a table that others may write'
frozen protocol/registry-4.txt "qian-registry/4\n$T1 y:t:9 z:i"
breaks released 'registry-3.txt: is not released, and there is a later one' 'two drafts'
frozen protocol/released.sha256 'no hash'
breaks released 'released.sha256:1: no hash' 'a list that cannot be read'
tree node/store/sql-some.def 'SQL(A, "SELECT sum(" ADDED("n") "), sum(a = 1), sum(length(b)), sum(size) FROM t")'
holds sums 'sums of conditions, of lengths, of what is kept within bounds'
tree node/store/sql-some.def 'SQL(A, "SELECT coalesce(sum(b.batches), 0) FROM t")'
breaks sums 'what others wrote is added up' 'a sum of what somebody else may have written'
done_testing
