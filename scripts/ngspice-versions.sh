#!/usr/bin/env bash
# Fetches several releases of ngspice, each with the libraries it was built against, and makes them
# callable side by side, without root rights, containers or changes to the machine.
#
#   scripts/ngspice-versions.sh            all releases below
#   scripts/ngspice-versions.sh 39.3 47    only these
#   scripts/ngspice-versions.sh --list     the releases and the suites they come from
#
# Result, for each release VERSION, in $NCM_NGSPICE_VERSIONS (default: target/ngspice-versions):
#
#   VERSION/ngspice   runs this ngspice; takes ngspice's own arguments, sees the ordinary file system
#   VERSION/run       runs any other program among this release's libraries (say, a host of libngspice)
#   VERSION/lib       this release's libraries, libngspice.so.0 among them
#   VERSION/cm        this release's code models (analog.cm, spice2poly.cm, ...)
#   VERSION/scripts   its start-up script `spinit`, which loads exactly these code models
#
# and in `unavailable` the releases that could not be had, one a line.
#
# Both wrappers set SPICE_LIB_DIR, SPICE_SCRIPTS and OMP_NUM_THREADS=1 unless the caller has set them.
#
# The packages come from the Debian mirror of the machine's own apt sources; NCM_DEBIAN_MIRROR names
# another one (an archive, when a suite has left the mirrors). Exit code: 0 every release is there,
# 1 some could not be had (the others are usable), 2 wrong usage or an unsuitable machine.
set -euo pipefail

# Release, and the suites that carry it, in the order they are tried.
releases=(
    "34    bullseye"
    "39.3  bookworm"
    "44.2  trixie"
    "46    bookworm-backports"
    "47    trixie-backports sid"
)

# Version of this layout: a cache made by an older form of this script is made anew.
layout=1

. "$(dirname "$0")/debian-suite.sh"

say() { printf 'ngspice-versions: %s\n' "$*"; }
fail() { say "$*" >&2; exit 2; }

list_releases() {
    local release
    for release in "${releases[@]}"; do
        read -r version suites <<<"$release"
        printf '%-6s %s\n' "$version" "$suites"
    done
}

# The upstream part of the Debian version of ngspice that FOLDER's apt would install: 44.2+ds-1 -> 44.2
candidate() { # FOLDER SUITE
    APT_CONFIG=$1/apt.conf apt-cache -t "$2" policy ngspice 2>/dev/null |
        awk '$1 == "Candidate:" { print $2 }' |
        sed -E 's/^[0-9]+://; s/[-+~].*//'
}

# Fetches VERSION from SUITE into FOLDER/tree and FOLDER/libc.
fetch_packages() { # FOLDER VERSION SUITE MIRROR
    local folder=$1 version=$2 suite=$3 mirror=$4 found package target
    rm -rf "$folder/apt" "$folder/tree" "$folder/libc"
    private_apt "$folder/apt" "$suite" "$mirror"
    if ! APT_CONFIG=$folder/apt/apt.conf quietly "$folder/apt/log" apt-get -q --error-on=any update; then
        say "$version: the mirror has no usable suite $suite"
        return 1
    fi
    found=$(candidate "$folder/apt" "$suite")
    if [ "$found" != "$version" ]; then
        say "$version: suite $suite carries ngspice ${found:-(none)}"
        return 1
    fi
    say "$version: fetching from $suite"
    if ! APT_CONFIG=$folder/apt/apt.conf quietly "$folder/apt/log" \
        apt-get -q -y -d -t "$suite" install ngspice libngspice0; then
        say "$version: fetching from $suite failed"
        return 1
    fi
    # The C library is unpacked apart, for it is used only where it is newer than the machine's (see finish).
    for target in tree libc; do
        empty_root "$folder/$target"
    done
    for package in "$folder"/apt/cache/archives/*.deb; do
        case ${package##*/} in
        libc6_*) target=libc ;;
        *) target=tree ;;
        esac
        unpack "$package" "$folder/$target" || return 1
    done
    rm -rf "$folder/apt"
}

# The shell that starts a program among the libraries of FOLDER.
write_wrapper() { # FILE PROGRAM-AND-ARGUMENTS LOADER LIBRARY-PATH FOLDER
    cat >"$1.new" <<WRAPPER
#!/bin/sh
# Made by ngspice-versions.sh, which makes it anew when the cache or the machine's C library has changed.
export SPICE_LIB_DIR="\${SPICE_LIB_DIR:-$5/tree/usr/share/ngspice}"
export SPICE_SCRIPTS="\${SPICE_SCRIPTS:-$5/scripts}"
# More threads than processors to spare make small circuits up to a hundred times slower.
export OMP_NUM_THREADS="\${OMP_NUM_THREADS:-1}"
exec "$3" --library-path "$4" $2
WRAPPER
    chmod +x "$1.new"
    mv "$1.new" "$1"
}

# What the wrappers of a release at PLACE depend on.
place_stamp() { # PLACE
    printf '%s, %s\n' "$1" "$(getconf GNU_LIBC_VERSION)"
}

# Links, start-up script and wrappers of FOLDER, which is or will be at PLACE.
finish() { # FOLDER PLACE
    local folder=$1 place=$2 triplet own host oldest loader path
    triplet=$(cd "$folder"/tree/usr/lib/*/ngspice/.. && basename "$PWD") || return 1
    ln -sfn "tree/usr/lib/$triplet" "$folder/lib"
    ln -sfn "tree/usr/lib/$triplet/ngspice" "$folder/cm"
    mkdir -p "$folder/scripts"
    cp -R "$folder"/tree/usr/share/ngspice/scripts/. "$folder/scripts/"
    # As packaged, the start-up script loads the code models of the ngspice that is installed on the machine.
    sed -E "s#(codemodel|osdi) +(/usr)?/lib/[^ ]*/ngspice/#\\1 $place/cm/#" \
        "$folder/tree/usr/share/ngspice/scripts/spinit" >"$folder/scripts/spinit"

    # An old program runs on a newer C library, never the other way round. So take the newer of the two,
    # the release's and the machine's: what is built on this machine then loads into every release.
    own=$(libc_version "$folder/libc/usr/lib/$triplet/libc.so.6")
    host=$(getconf GNU_LIBC_VERSION | awk '{ print $2 }')
    oldest=$(printf '%s\n%s\n' "$own" "$host" | sort -V | head -n 1)
    if [ "$oldest" = "$own" ]; then
        loader=$(host_loader)
        path=$place/lib
    else
        loader=$(echo "$folder"/libc/usr/lib/"$triplet"/ld-linux*.so.*)
        loader=$place${loader#"$folder"}
        path=$place/libc/usr/lib/$triplet:$place/lib
    fi
    write_wrapper "$folder/run" '"$@"' "$loader" "$path" "$place"
    write_wrapper "$folder/ngspice" "\"$place/tree/usr/bin/ngspice\" \"\$@\"" "$loader" "$path" "$place"
    place_stamp "$place" >"$folder/place"
}

# The version a C library was released as, from the banner in the file.
libc_version() { # LIBC
    grep -aoE 'stable release version [0-9]+\.[0-9]+' "$1" | head -n 1 | awk '{ print $4 }'
}

# The dynamic loader of the machine, as its own programs name it.
host_loader() {
    local loader
    for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do
        [ -x "$loader" ] && { readlink -f "$loader"; return; }
    done
}

# Runs a small circuit that needs a code model of the release: proof that wrapper, libraries and models fit.
check() { # FOLDER VERSION
    local folder=$1 version=$2 room answer
    room=$(mktemp -d)
    printf 'limiter\nv1 1 0 3\na1 1 2 lim\n.model lim limit(gain=1 out_upper_limit=2 out_lower_limit=-2)\nr1 2 0 1k\n.op\n.print op v(2)\n.end\n' >"$room/deck.cir"
    answer=$(cd "$room" && env -u SPICE_LIB_DIR -u SPICE_SCRIPTS HOME="$room" "$folder/ngspice" -b deck.cir 2>&1) || true
    rm -rf "$room"
    if ! grep -q "2\.0000*e+00" <<<"$answer"; then
        say "$version: does not run its own code models here; it said:" >&2
        tail -n 15 <<<"$answer" | sed 's/^/    /' >&2
        return 1
    fi
    # Only the first number is asked for: 39.3 calls itself 39.
    answer=$("$folder/ngspice" --version 2>&1 | grep -oE 'ngspice-[0-9]+' | head -n 1) || true
    if [ "$answer" != "ngspice-${version%%.*}" ]; then
        say "$version: calls itself ${answer:-nothing}" >&2
        return 1
    fi
}

provide() { # VERSION SUITES MIRROR CACHE
    local version=$1 suites=$2 mirror=$3 cache=$4 folder=$4/$1 beside suite
    if [ "$(cat "$folder/layout" 2>/dev/null)" = "$layout" ]; then
        # Left alone when nothing has changed: somebody may be running it just now.
        [ "$(cat "$folder/place" 2>/dev/null)" = "$(place_stamp "$folder")" ] || finish "$folder" "$folder"
        if check "$folder" "$version"; then
            say "$version: there already"
            return 0
        fi
        say "$version: the copy in the cache is damaged; fetching it again"
    fi
    beside=$cache/.making-$version
    for suite in $suites; do
        rm -rf "$beside"
        mkdir -p "$beside"
        fetch_packages "$beside" "$version" "$suite" "$mirror" || continue
        echo "$layout" >"$beside/layout"
        echo "$suite" >"$beside/suite"
        finish "$beside" "$folder"
        # Under its own name only when complete.
        rm -rf "$folder"
        mv "$beside" "$folder"
        if check "$folder" "$version"; then
            say "$version: ready, $folder/ngspice"
            return 0
        fi
        rm -rf "$folder"
    done
    rm -rf "$beside"
    say "$version: NOT available (tried: $suites). If the suite has left the mirror, name one that still has it: NCM_DEBIAN_MIRROR=..." >&2
    return 1
}

# Keeps the list of releases that could not be had, for the tests: what is on it they may pass over.
note_availability() { # CACHE VERSION there|missing
    local list=$1/unavailable
    touch "$list"
    {
        grep -vxF "$2" "$list" || true
        [ "$3" = there ] || printf '%s\n' "$2"
    } >"$list.new"
    mv "$list.new" "$list"
}

main() {
    local wanted=() release version suites mirror cache missing=0 known

    case ${1:-} in
    --list) list_releases; return 0 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; return 0 ;;
    esac
    known=$(list_releases | awk '{ print $1 }')
    for version in "$@"; do
        grep -qxF "$version" <<<"$known" || fail "no release $version here; known: $(echo $known)"
        wanted+=("$version")
    done
    [ ${#wanted[@]} -gt 0 ] || wanted=($known)

    for tool in apt-get apt-cache dpkg dpkg-deb tar getconf; do
        command -v "$tool" >/dev/null || fail "needs $tool, so a Debian machine"
    done
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "$no_mirror"

    cache=${NCM_NGSPICE_VERSIONS:-$(cd "$(dirname "$0")/.." && pwd)/target/ngspice-versions}
    mkdir -p "$cache"
    cache=$(cd "$cache" && pwd)
    exec 9>"$cache/.lock"
    flock 9

    for release in "${releases[@]}"; do
        read -r version suites <<<"$release"
        [[ " ${wanted[*]} " == *" $version "* ]] || continue
        if provide "$version" "$suites" "$mirror" "$cache"; then
            note_availability "$cache" "$version" there
        else
            note_availability "$cache" "$version" missing
            missing=1
        fi
    done
    return "$missing"
}

main "$@"
