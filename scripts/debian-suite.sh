# Packages of another Debian suite than the machine's, without changes to the machine: sourced by the
# scripts that fetch programs so.

no_mirror="found no Debian mirror in this machine's apt sources; set NCM_DEBIAN_MIRROR"

# The Debian mirror of this machine: what apt itself takes for the source of the distribution's packages.
debian_mirror() {
    if [ -n "${NCM_DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "${NCM_DEBIAN_MIRROR%/}"
        return
    fi
    local mirror
    # Security suites live in a repository of their own, which lacks most programs.
    # A machine that never ran `apt-get update` has no release information: there the name must do.
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')
    if [ -z "$mirror" ]; then
        mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' |
            awk '/\/debian\/?$/ { print; exit }')
    fi
    printf '%s\n' "${mirror%/}"
}

# All of apt's state in FOLDER, with an empty list of installed packages: apt then fetches the whole
# closure, the C library included, and neither reads nor changes what is installed here.
private_apt() { # FOLDER SUITE MIRROR
    local folder=$1 suite=$2 mirror=$3 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    local main_suite=${suite%-backports} signed=""
    [ -r "$keyring" ] && signed="[signed-by=$keyring]"
    mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,etc/preferences.d}
    : >"$folder/state/status"
    # Backports hold only the newer packages: what they depend on comes from the suite they were made for.
    {
        printf 'deb %s %s %s main\n' "$signed" "$mirror" "$main_suite"
        if [ "$suite" != "$main_suite" ]; then
            printf 'deb %s %s %s main\n' "$signed" "$mirror" "$suite"
        fi
    } >"$folder/etc/sources.list"
    cat >"$folder/apt.conf" <<CONF
Dir::State "$folder/state";
Dir::State::status "$folder/state/status";
Dir::Cache "$folder/cache";
Dir::Etc::sourcelist "$folder/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "$folder/etc/preferences.d";
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
// An archived suite is never signed again, and its last signature has run out.
Acquire::Check-Valid-Until "false";
CONF
}

# Runs a command silently; its output is shown only when it fails.
quietly() { # LOG COMMAND...
    local log=$1
    shift
    "$@" >"$log" 2>&1 || { sed 's/^/    /' "$log" | tail -n 12 >&2; return 1; }
}

# A root folder as packages of a suite with a merged /usr expect it.
empty_root() { # FOLDER
    mkdir -p "$1/usr"/{bin,sbin,lib,lib64}
    ln -s usr/bin usr/sbin usr/lib usr/lib64 "$1/"
}

# Unpacks a package, without running its scripts.
unpack() { # PACKAGE ROOT
    # Through tar, for dpkg-deb -x replaces the links bin -> usr/bin by the folders of an older package.
    dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"
}
