#!/usr/bin/env bash
# The second implementation of the protocol, protocol/js, against the vectors.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
node=$(command -v node || command -v nodejs) || {
    echo 'not ok 1 - Node.js is installed'
    echo '# scripts/deps test installs it'
    echo '1..1'
    exit 1
}
exec "$node" --no-warnings "$ROOT/tests/js/run.mjs" "$@"
