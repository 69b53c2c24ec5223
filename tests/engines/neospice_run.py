"""Prints the current of v1 in neospice: `x re im` per line.

usage: neospice_run.py DECK op | dc FROM TO STEP | ac F_MIN F_MAX | tran STEP STOP
"""
import sys

import neospice

deck, analysis = open(sys.argv[1]).read(), sys.argv[2]
a = [float(x) for x in sys.argv[3:]]
if analysis == "op":
    print(0, float(neospice.dc(deck).current("v1")), 0)
elif analysis == "dc":
    sweep = neospice.DCSweepParam()
    sweep.source_name, sweep.start, sweep.stop, sweep.step = "v1", *a
    result = neospice.dc_sweep(deck, [sweep])
    for k, i in enumerate(result.current("v1")):
        print(k, float(i), 0)
elif analysis == "ac":
    result = neospice.ac(deck, mode="dec", npoints=4, fstart=a[0], fstop=a[1])
    for f, i in zip(result.frequency, result.current("v1")):
        print(f, i.real, i.imag)
else:
    result = neospice.transient(deck, tstep=a[0], tstop=a[1])
    for t, i in zip(result.time, result.current("v1")):
        print(t, float(i), 0)
