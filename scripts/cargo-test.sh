#!/usr/bin/env bash
# Runs the tests of the workspace, those of the C ABI included.
#
#   scripts/cargo-test.sh          all but the slow ones
#   scripts/cargo-test.sh --slow   only the slow ones (marked `#[ignore = "slow: ..."]`)
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
    "") slow=() ;;
    --slow) slow=(--ignored) ;;
    *)
        echo "usage: scripts/cargo-test.sh [--slow]" >&2
        exit 2
        ;;
esac

# The code models that the tests load, and the tools that the documented commands call.
make --no-print-directory build
export NCM_CODE_MODEL="$PWD/dist/ncm.cm"
export NCM_OSDI="$PWD/dist"

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --features capi --no-fail-fast \
        ${slow:+--run-ignored only}
    # nextest leaves out the examples in the documentation.
    [ ${#slow[@]} -gt 0 ] || cargo test --workspace --features capi --doc
else
    cargo test --workspace --features capi --no-fail-fast -- "${slow[@]}"
fi
