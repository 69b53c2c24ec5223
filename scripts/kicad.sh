#!/usr/bin/env bash
# Fetches KiCad's command line from a Debian suite that has a recent one, with the libraries it was built
# against, and makes it callable, without changes to the machine.
#
#   scripts/kicad.sh
#
# Result in $NCM_KICAD (default: target/kicad):
#
#   kicad-cli   runs it; sees the ordinary file system
#   run         runs any other program of that root folder (the ngspice that KiCad brings, say)
#   version     which release it is
#
# Its root folder takes about 1 GB. The packages come from the Debian mirror of the machine's own apt sources;
# NCM_DEBIAN_MIRROR names another one. Exit code: 0 it is there, 1 it could not be had, 2 unsuitable machine.
set -euo pipefail

# In the order they are tried; KiCad 7 was the first with a command line, and 6 is what Debian 12 has.
suites="trixie trixie-backports sid"
# Version of this layout: a folder made by an older form of this script is made anew.
layout=2

. "$(dirname "$0")/debian-suite.sh"

say() { printf 'kicad: %s\n' "$*"; }
fail() { say "$*" >&2; exit 2; }

# Fetches KiCad from SUITE into FOLDER/tree.
fetch() { # FOLDER SUITE MIRROR
    local folder=$1 suite=$2 mirror=$3 package
    private_apt "$folder/apt" "$suite" "$mirror"
    export APT_CONFIG=$folder/apt/apt.conf
    if ! quietly "$folder/apt/log" apt-get -q --error-on=any update; then
        say "the mirror has no usable suite $suite"
        return 1
    fi
    say "fetching from $suite, some minutes"
    if ! quietly "$folder/apt/log" apt-get -q -y -d -t "$suite" install kicad ngspice dash coreutils; then
        say "fetching from $suite failed"
        return 1
    fi
    unset APT_CONFIG
    empty_root "$folder/tree"
    for package in "$folder"/apt/cache/archives/*.deb; do
        # Icons, pictures of themes and manuals: half of it all, and nothing that a command line shows.
        case ${package##*/} in
        *-icon-theme_* | *-doc_* | fonts-*) continue ;;
        esac
        unpack "$package" "$folder/tree" || return 1
    done
    rm -rf "$folder/apt"
}

# The shell that starts PROGRAM, or its arguments, in the root folder at PLACE. KiCad finds its other halves
# beside itself, so it must believe that it lies in /usr/bin: the machine's files are made visible in the root
# folder, in a name space that ends with the program, and that folder becomes /.
write_wrapper() { # FILE PLACE PROGRAM-AND-ARGUMENTS
    cat >"$1.new" <<WRAPPER
#!/bin/sh
# Made by kicad.sh.
if [ "\$(id -u)" -eq 0 ]; then own=; else own='--user --map-root-user'; fi
exec unshare \$own --mount sh -c '
    set -e
    root=\$1 here=\$(pwd) home=\${HOME:-/}
    shift
    # Every folder at the top that is not the release'"'"'s own: /home, /tmp, /work ...
    for top in /*; do
        case \$top in
        /bin | /sbin | /lib* | /usr | /etc | /boot | /lost+found) continue ;;
        esac
        [ -d "\$top" ] && [ ! -L "\$top" ] || continue
        mkdir -p "\$root\$top"
        mount --rbind "\$top" "\$root\$top"
    done
    # libngspice looks for the home in the list of users, not in HOME, and breaks down where there is none.
    passwd=\$(mktemp)
    printf "user:x:0:0::%s:/bin/sh\\n" "\$home" >"\$passwd"
    mount --bind "\$passwd" "\$root/etc/passwd"
    rm "\$passwd"
    # The machine'"'"'s own paths name other programs, or none, in there.
    export HOME="\$home" PATH=/usr/bin:/usr/sbin
    exec chroot "\$root" /bin/sh -c "cd \\"\\\$0\\" && exec \\"\\\$@\\"" "\$here" "\$@"
' sh "$2/tree" $3
WRAPPER
    chmod +x "$1.new"
    mv "$1.new" "$1"
}

finish() { # FOLDER PLACE
    touch "$1/tree/etc/passwd"
    write_wrapper "$1/run" "$2" '"$@"'
    write_wrapper "$1/kicad-cli" "$2" '/usr/bin/kicad-cli "$@"'
    echo "$2" >"$1/place"
}

# Whether it runs at all.
check() { # FOLDER
    local answer
    if ! answer=$("$1/kicad-cli" version 2>&1) || ! grep -qE '^[0-9]+\.[0-9]+' <<<"$answer"; then
        say "does not run here; it said:" >&2
        tail -n 15 <<<"$answer" | sed 's/^/    /' >&2
        return 1
    fi
    tail -n 1 <<<"$answer" >"$1/version"
}

main() {
    local tool mirror place beside suite
    [ $# -eq 0 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; return 0; }
    for tool in apt-get dpkg dpkg-deb tar unshare chroot flock; do
        command -v "$tool" >/dev/null || fail "needs $tool, so a Debian machine"
    done
    place=${NCM_KICAD:-$(cd "$(dirname "$0")/.." && pwd)/target/kicad}
    mkdir -p "$(dirname "$place")"
    place=$(cd "$(dirname "$place")" && pwd)/$(basename "$place")
    exec 9>"$place.lock"
    flock 9

    if [ "$(cat "$place/layout" 2>/dev/null)" = "$layout" ]; then
        [ "$(cat "$place/place")" = "$place" ] || finish "$place" "$place"
        if check "$place"; then
            say "$(cat "$place/version"): there already"
            return 0
        fi
        say "the copy in $place is damaged; fetching it again"
    fi
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "$no_mirror"
    beside=$place.making
    for suite in $suites; do
        rm -rf "$beside"
        mkdir -p "$beside"
        fetch "$beside" "$suite" "$mirror" || continue
        finish "$beside" "$place"
        echo "$layout" >"$beside/layout"
        # Under its own name only when complete.
        rm -rf "$place"
        mv "$beside" "$place"
        if check "$place"; then
            say "$(cat "$place/version"): ready, $place/kicad-cli"
            return 0
        fi
        rm -rf "$place"
    done
    rm -rf "$beside"
    say "NOT available (tried: $suites)" >&2
    return 1
}

main "$@"
