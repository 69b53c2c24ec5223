"""How long does a bank of two 10 F cells hold up a load? An ideal capacitor with ESR beside the part whose pores fill and empty.

A load of constant power discharges the bank from 5 V; below 2.5 V the converter behind it stops. Power is swept in one ngspice, through
libngspice and PySpice.

    python holdup_sweep.py [--library FILE.lib] [--code-model FILE.cm] [--plot FILE.png]

NGSPICE_LIBRARY_PATH names libngspice where PySpice does not find it.
"""

import argparse
from pathlib import Path

import numpy as np
from PySpice.Spice.Netlist import Circuit
from PySpice.Spice.NgSpice.Shared import NgSpiceShared

ROOT = Path(__file__).absolute().parents[2]

V_START = 5.0  # V
V_STOP = 2.5  # V
# The data sheet of one cell, of which two are in series.
CAPACITANCE, ESR = 10.0, 75e-3


def bank(kind, power, library):
    """The bank with its load, a constant power above 1 V."""
    circuit = Circuit(f"{kind} bank, {power} W")
    if kind == "ncm":
        circuit.include(library)
        circuit.X("cells", "edlc_10f_2v7", "bus", circuit.gnd, series=2, ic=V_START)
    else:
        circuit.R("esr", "bus", "inside", 2 * ESR)
        circuit.C("cells", "inside", circuit.gnd, CAPACITANCE / 2, initial_condition=V_START)
    # What stands at the input of every converter.
    circuit.C("in", "bus", circuit.gnd, 100e-6, initial_condition=V_START)
    circuit.B("load", "bus", circuit.gnd, current_expression=f"{power}/max(V(bus), 1)")
    return circuit


def holdup(ngspice, circuit, power):
    """Seconds until the bus falls below V_STOP, from the waveform."""
    energy = 0.5 * CAPACITANCE / 2 * (V_START**2 - V_STOP**2)
    end = 1.1 * energy / power
    simulator = circuit.simulator(
        simulator="ngspice-shared", ngspice_shared=ngspice, temperature=25, nominal_temperature=25
    )
    analysis = simulator.transient(step_time=end / 1000, end_time=end, use_initial_condition=True)
    t, v = np.array(analysis.time), np.array(analysis.bus)
    below = np.flatnonzero(v < V_STOP)
    if below.size == 0:
        raise RuntimeError(f"{circuit.title}: the bus is still at {v[-1]:.2f} V after {end:.1f} s")
    k = below[0]
    if k == 0:
        return 0.0
    return float(np.interp(-V_STOP, -v[k - 1 : k + 1], t[k - 1 : k + 1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", default=ROOT / "models/xspice/edlc-10f-2v7.lib", type=Path)
    parser.add_argument("--code-model", default=ROOT / "dist/ncm.cm", type=Path)
    parser.add_argument("--plot", type=Path, help="draw the sweep into this file")
    arguments = parser.parse_args()

    ngspice = NgSpiceShared.new_instance()
    # Instead of a line in ~/.spiceinit: the script runs on a machine where nothing was installed.
    ngspice.exec_command(f"codemodel {arguments.code_model.resolve()}")

    powers = np.array([1, 2, 5, 10, 15, 20, 25, 30])
    times = {
        kind: [holdup(ngspice, bank(kind, power, arguments.library.resolve()), power) for power in powers]
        for kind in ("ideal", "ncm")
    }
    print("power_W  ideal_s  ncm_s  difference_%")
    for power, ideal, ncm in zip(powers, times["ideal"], times["ncm"]):
        print(f"{power:7d}  {ideal:7.3f}  {ncm:5.3f}  {100 * (ncm / ideal - 1):+.1f}")

    if arguments.plot:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        figure, (above, below) = plt.subplots(
            2, 1, sharex=True, figsize=(7, 6), height_ratios=[2, 1], layout="constrained"
        )
        above.loglog(powers, times["ideal"], "o--", color="#444444", label="10 F and 75 mΩ")
        above.loglog(powers, times["ncm"], "o-", color="#0072b2", label="edlc_10f_2v7")
        above.set_ylabel("hold-up time (s)")
        above.legend()
        below.plot(powers, 100 * (np.divide(times["ncm"], times["ideal"]) - 1), "o-", color="#0072b2")
        below.axhline(0, color="#444444", linewidth=0.8)
        below.set(xlabel="load (W)", ylabel="difference (%)", xticks=powers, xticklabels=[f"{p}" for p in powers])
        below.minorticks_off()
        for axes in (above, below):
            axes.grid(color="#e3e3e3")
        figure.savefig(arguments.plot, dpi=120)


if __name__ == "__main__":
    main()
