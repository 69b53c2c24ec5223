#!/usr/bin/env bash
# Builds libncm and the fuzzer of call sequences with AddressSanitizer and UndefinedBehaviorSanitizer and
# runs it.
#
#   scripts/fuzz-capi.sh BUILD_DIRECTORY SEED:CALLS:THREADS...
#
# Rust's own sanitizer flag needs a compiler that allows unstable flags, which RUSTC_BOOTSTRAP makes of the
# stable one; only this instrumented copy is built so. Both halves share gcc's runtime. The standard
# library stays as it is shipped, uninstrumented, with its allocations seen by the runtime.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: scripts/fuzz-capi.sh BUILD_DIRECTORY SEED:CALLS:THREADS..." >&2
    exit 2
fi
build=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address -Zexternal-clangrt -Cdebuginfo=1" \
    cargo build --release --lib --no-default-features --features capi \
    --target "$host" --target-dir "$build/rust"
library=$build/rust/$host/release/libncm.a

compile() {
    "${CC:-gcc}" -std=c99 -g -O1 -Wall -Wextra -pedantic -Werror \
        -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude \
        "fuzz/$1.c" "$library" -lm -lpthread -ldl -o "$build/$1"
}
compile asan_sees_the_library
compile call_sequences

# The sanitizer must be able to fail: this writes to freed memory through the library.
if "$build/asan_sees_the_library" >"$build/sees.log" 2>&1 ||
    ! grep -q "heap-use-after-free" "$build/sees.log" || ! grep -q "ncm_law_eval" "$build/sees.log"; then
    echo "scripts/fuzz-capi.sh: AddressSanitizer does not see into the library:" >&2
    cat "$build/sees.log" >&2
    exit 1
fi

for job in "$@"; do
    IFS=: read -r seed calls threads <<<"$job"
    "$build/call_sequences" "$seed" "$calls" "${threads:-1}"
done
