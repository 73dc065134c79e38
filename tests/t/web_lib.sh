# shellcheck shell=bash
# web_lib.sh - what drives Chromium: node.js and the two packages of tests/web. A suite sources it behind lib.sh; it then has
# $JS, $web (the modules beside their packages) and $shots.
JS=$(command -v node || command -v nodejs) || skip_all 'Node.js is not installed (scripts/deps test)'
# A machine may test qian without a browser; where tests are run for others (CI) it must not be missing.
if [ -z "${CI:-}" ]; then
    command -v "${CHROMIUM:-chromium}" >/dev/null || skip_all 'Chromium is not installed (scripts/deps browser)'
    command -v npm >/dev/null || skip_all 'npm is not installed (scripts/deps browser)'
fi
# By the lock file alone, once for all runs of this build; two suites do not install at once.
web=$ROOT/build/web
packages() {
    mkdir -p "$web" && cp "$ROOT"/tests/web/package*.json "$web/" && exec 8>"$web/.lock" && flock 8 &&
        { cmp -s "$web/package-lock.json" "$web/node_modules/.of" || { (cd "$web" && npm ci --no-audit --no-fund --ignore-scripts) && cp "$web/package-lock.json" "$web/node_modules/.of"; }; } && exec 8>&-
}
ok 'the two packages of the lock file' quiet packages || done_testing
# The modules stand beside their packages, so that both are found.
cp "$ROOT"/tests/web/*.mjs "$web/"
shots=$ROOT/build/web-shots
mkdir -p "$shots"
