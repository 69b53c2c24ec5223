"""Prints the admittance of a part in neospice: `frequency re im` per line.

usage: neospice_admittance.py DECK F_MIN F_MAX
"""
import sys

import neospice

deck, f_min, f_max = open(sys.argv[1]).read(), float(sys.argv[2]), float(sys.argv[3])
result = neospice.ac(deck, mode="dec", npoints=1, fstart=f_min, fstop=f_max)
for frequency, current in zip(result.frequency, result.current("v1")):
    print(frequency, -current.real, -current.imag)
