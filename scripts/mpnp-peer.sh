#!/usr/bin/env bash
# `ncm mpnp` beside devsim, an independent code, on the same problem: benches/mpnp_peer.py says what
# is compared and takes the arguments. The first call puts devsim (PyPI) with what it needs into
# target/devsim, through the machine's own pip settings.
set -euo pipefail
cd "$(dirname "$0")/.."

place=target/devsim
python=$place/bin/python
# As tested; other releases may well do.
packages=("devsim==2.11.2" numpy mkl)

if ! "$python" -c 'import devsim, numpy' >/dev/null 2>&1; then
    echo "Installing ${packages[*]} into $place ..." >&2
    python3 -m venv "$place" || {
        echo "python3 cannot make a virtual environment here; on Debian: apt-get install python3-venv" >&2
        exit 1
    }
    "$python" -m pip install --quiet "${packages[@]}" || {
        echo "devsim could not be installed from the package index that pip is set to" >&2
        exit 1
    }
fi
[ -n "${NCM:-}" ] || cargo build --quiet --release --bin ncm
# One core for either code.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
exec "$python" benches/mpnp_peer.py --ncm "${NCM:-target/release/ncm}" "$@"
