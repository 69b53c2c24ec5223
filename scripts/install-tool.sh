#!/usr/bin/env bash
# Installs the command line with what it brings: code models and OSDI libraries, cards, the library files and
# KiCad symbols made from them, man pages and completions. The C library is scripts/install.sh's.
#
#   scripts/install-tool.sh PREFIX
#   scripts/install-tool.sh --remove PREFIX     takes everything away again, the C library included
#
# Environment: DESTDIR is put before PREFIX when writing (for packagers); LIBDIR is the directory of the C library
# below PREFIX (default lib); DIST is what `make build` left (default dist).
#
#   PREFIX/bin/ncm
#   PREFIX/lib/ncm/                       ncm.cm, ncm-0.3.osdi, ncm-0.4.osdi
#   PREFIX/share/ncm/models/              the cards, and the data sheets of commercial ones
#   PREFIX/share/ncm/models/DOOR/         a library file for each card: xspice, osdi, plain/DIALECT
#   PREFIX/share/ncm/kicad/ncm.kicad_sym  symbols, which name the files of the door xspice
set -euo pipefail

remove=
if [ "${1:-}" = --remove ]; then
    remove=yes
    shift
fi
if [ $# -ne 1 ] || [ "${1#/}" = "$1" ]; then
    echo "usage: scripts/install-tool.sh [--remove] PREFIX (an absolute path, such as /usr/local)" >&2
    exit 2
fi
prefix=${1%/}
libdir=${LIBDIR:-lib}
to=${DESTDIR:-}$prefix
cd "$(dirname "$0")/.."
dist=${DIST:-dist}

completions=(
    "bash share/bash-completion/completions/ncm"
    "zsh  share/zsh/site-functions/_ncm"
    "fish share/fish/vendor_completions.d/ncm.fish"
)

if [ -n "$remove" ]; then
    rm -f "$to/bin/ncm" "$to"/include/ncm.h "$to"/include/ncm.hpp "$to/$libdir"/libncm.{a,so,so.*} \
        "$to/$libdir/pkgconfig/ncm.pc" "$to"/share/man/man1/ncm{,-*}.1
    for completion in "${completions[@]}"; do
        read -r _ file <<<"$completion"
        rm -f "$to/$file"
    done
    rm -rf "$to/lib/ncm" "$to/share/ncm" "$to/share/doc/ncm" "$to/$libdir/cmake/ncm"
    # Folders that are empty now; others use the rest.
    for folder in share/man/man1 share/man share/bash-completion/completions share/bash-completion \
        share/zsh/site-functions share/zsh share/fish/vendor_completions.d share/fish share/doc share \
        "$libdir/pkgconfig" "$libdir/cmake" "$libdir" lib include bin; do
        rmdir "$to/$folder" 2>/dev/null || true
    done
    echo "ncm is removed from $to; what \`ncm install\` put into a user's folders goes by \`ncm install --undo\` before"
    exit 0
fi

for file in ncm ncm.cm; do
    [ -f "$dist/$file" ] || { echo "scripts/install-tool.sh: no $dist/$file: run make build" >&2; exit 1; }
done

install -D -m 755 "$dist/ncm" "$to/bin/ncm"
for file in ncm.cm ncm-0.3.osdi ncm-0.4.osdi; do
    # OSDI libraries may be left out of a build.
    [ ! -f "$dist/$file" ] || install -D -m 755 -t "$to/lib/ncm" "$dist/$file"
done

models=$to/share/ncm/models
cards=()
# What names its format is a card; the other files are configurations of `ncm mpnp`.
for card in $(grep -lE '^format *=' models/*.toml models/*/*.toml); do
    install -D -m 644 "$card" "$to/share/ncm/$card"
    cards+=("$card")
done

# Data sheets lie beside the cards made of them: `ncm datasheet` and `ncm bank` look there.
for sheet in models/commercial/sheets/*.toml; do
    install -D -m 644 "$sheet" "$to/share/ncm/$sheet"
done

# A library file of each card behind each door. Exit code 2 is a card that the door has no form for.
for door in xspice osdi plain/ngspice plain/ltspice plain/pspice plain/xyce; do
    mkdir -p "$models/$door"
    dialect=${door#plain}
    dialect=${dialect#/}
    [ "${door%%/*}" = plain ] || dialect=ngspice
    for card in "${cards[@]}"; do
        name=$(basename "$card" .toml)
        status=0
        "$dist/ncm" netlist "$card" --door "${door%%/*}" --dialect "$dialect" -o "$models/$door/$name.lib" >/dev/null || status=$?
        [ "$status" = 0 ] || [ "$status" = 2 ] || exit "$status"
    done
done

mkdir -p "$to/share/ncm/kicad"
"$dist/ncm" symbol "${cards[@]}" --libraries "$prefix/share/ncm/models/xspice" -o "$to/share/ncm/kicad/ncm.kicad_sym" >/dev/null

"$dist/ncm" man "$to/share/man/man1" >/dev/null
for completion in "${completions[@]}"; do
    read -r shell file <<<"$completion"
    mkdir -p "$to/$(dirname "$file")"
    "$dist/ncm" completions "$shell" >"$to/$file"
done
echo "ncm with ${#cards[@]} parts is installed in $to; \`ncm install\` makes them known to ngspice and KiCad"
