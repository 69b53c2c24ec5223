#!/usr/bin/env bash
# Installs the Debian packages that the demo or the tests need and this machine lacks.
#
#   scripts/debian-packages.sh demo
#   scripts/debian-packages.sh test
set -euo pipefail

# Program that must be there, and the package that brings it.
demo=(
    "cc       gcc"
    "ngspice  ngspice"
)
test=(
    "${demo[@]}"
    "g++          g++"
    "cmake        cmake"
    "pkg-config   pkg-config"
    "valgrind     valgrind"
    "make         make"
)

case "${1:-}" in
    demo) needs=("${demo[@]}") ;;
    test) needs=("${test[@]}") ;;
    *)
        echo "usage: scripts/debian-packages.sh demo|test" >&2
        exit 2
        ;;
esac

missing=()
for need in "${needs[@]}"; do
    read -r program package <<<"$need"
    # NCM_NGSPICE names an ngspice of the user's own.
    if [ "$program" = ngspice ] && [ -n "${NCM_NGSPICE:-}" ]; then continue; fi
    command -v "$program" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

by_hand="install by hand: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "This machine has no apt-get; please $by_hand" >&2
    exit 1
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Neither root nor sudo here; please $by_hand" >&2
        echo "    apt-get install ${missing[*]}" >&2
        exit 1
    fi
    root=(sudo)
fi
echo "Installing ${missing[*]} ..."
# The lists of a fresh machine are empty or old; without them nothing is found.
"${root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
