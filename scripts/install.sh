#!/usr/bin/env bash
# Builds the C library and installs it with headers, pkg-config and CMake files.
#
#   scripts/install.sh PREFIX
#
# Environment: DESTDIR is put before PREFIX when writing (for packagers); LIBDIR is the directory for
# libraries below PREFIX (default lib); CARGO_TARGET_DIR is where it builds (default target).
set -euo pipefail

if [ $# -ne 1 ] || [ "${1#/}" = "$1" ]; then
    echo "usage: scripts/install.sh PREFIX (an absolute path, such as /usr/local)" >&2
    exit 2
fi
prefix=${1%/}
libdir=${LIBDIR:-lib}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# A directory of its own below the target directory: the library with the C ABI and without the
# command line must not take the place of the one that `cargo build` leaves.
target=${CARGO_TARGET_DIR:-target}/capi
cargo build --release --lib --no-default-features --features capi --target-dir "$target"

version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' Cargo.toml)
number=$(sed -n 's/^#define NCM_ABI_VERSION \([0-9]*\)$/\1/p' include/ncm.h)
if [ -z "$version" ] || [ -z "$number" ]; then
    echo "scripts/install.sh: no version in Cargo.toml or no ABI version in include/ncm.h" >&2
    exit 1
fi
abi_major=$((number >> 16))
abi=$abi_major.$((number & 65535))
# From lib/cmake/ncm up to the prefix.
up=$(printf '%s/cmake/ncm' "$libdir" | sed 's:[^/][^/]*:..:g')

to=${DESTDIR:-}$prefix

# put SOURCE DESTINATION MODE: written beside and renamed, so that nobody sees half a file.
put() {
    mkdir -p "$(dirname "$2")"
    install -m "$3" "$1" "$2.new"
    mv -f "$2.new" "$2"
}

# fill TEMPLATE DESTINATION
fill() {
    mkdir -p "$(dirname "$2")"
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$libdir|g" -e "s|@VERSION@|$version|g" \
        -e "s|@ABI@|$abi|g" -e "s|@ABI_MAJOR@|$abi_major|g" -e "s|@UP_FROM_CMAKE@|$up|g" \
        "$1" >"$2.new"
    chmod 644 "$2.new"
    mv -f "$2.new" "$2"
}

# link TARGET NAME
link() {
    ln -sfn "$1" "$2.new"
    mv -fT "$2.new" "$2"
}

put include/ncm.h "$to/include/ncm.h" 644
put include/ncm.hpp "$to/include/ncm.hpp" 644

strip --strip-unneeded -o "$target/release/libncm.so.stripped" "$target/release/libncm.so"
strip --strip-debug -o "$target/release/libncm.a.stripped" "$target/release/libncm.a"
put "$target/release/libncm.so.stripped" "$to/$libdir/libncm.so.$abi" 755
link "libncm.so.$abi" "$to/$libdir/libncm.so.$abi_major"
link "libncm.so.$abi_major" "$to/$libdir/libncm.so"
put "$target/release/libncm.a.stripped" "$to/$libdir/libncm.a" 644

fill packaging/ncm.pc.in "$to/$libdir/pkgconfig/ncm.pc"
fill packaging/cmake/ncm-config.cmake.in "$to/$libdir/cmake/ncm/ncm-config.cmake"
fill packaging/cmake/ncm-config-version.cmake.in "$to/$libdir/cmake/ncm/ncm-config-version.cmake"

put docs/abi.md "$to/share/doc/ncm/abi.md" 644

echo "ncm $version (ABI $abi) is installed in $to"
