"""Prints the current of v1 in neospice, for decks with one analysis each: `deck` before each, then
`x re im` per line.

usage: neospice_run.py DECK...
"""
import sys

import neospice


def columns(path):
    result = neospice.run(open(path).read())
    if (curve := result.transient) is not None:
        return curve.time, curve.current("v1")
    if (curve := result.ac) is not None:
        return curve.frequency, curve.current("v1")
    if (curve := result.dc_sweep) is not None:
        current = curve.current("v1")
        return range(len(current)), current
    return [0], [result.dc.current("v1")]


for path in sys.argv[1:]:
    print("deck")
    for x, i in zip(*columns(path)):
        print(float(x), complex(i).real, complex(i).imag)
