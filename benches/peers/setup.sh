#!/bin/sh
# What run.py needs, under target/peers: a Python environment with the peers from PyPI, the peer from
# crates.io, our own tool and the data. Package indexes are those that pip and cargo are set up with.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
peers=target/peers
if [ ! -x "$peers/venv/bin/python" ]; then
    # On Debian: apt install python3-venv
    python3 -m venv "$peers/venv"
fi
"$peers/venv/bin/python" -m pip install --quiet -r benches/peers/requirements.txt
cargo build --release --bin ncm --example discover_data
cargo build --release --manifest-path benches/peers/crate/Cargo.toml --target-dir "$peers/crate"
target/release/examples/discover_data "$peers/data"
