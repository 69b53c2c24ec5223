"""Monte Carlo over a card's parameters: the hold-up time of a bank when new and at the end of its life.

Every draw is a run of ngspice, started by spicelib, several at a time; its raw file is read by spicelib too. ngspice must find the
code models (`ncm install`), or be given the library of the door `plain`.

    python tolerance.py [--draws N] [--library FILE.lib] [--folder DIR] [--plot FILE.png]
"""

import argparse
from pathlib import Path

import numpy as np
from spicelib import RawRead, SimRunner
from spicelib.simulators.ngspice_simulator import NGspiceSimulator

ROOT = Path(__file__).absolute().parents[2]

POWER = 10.0  # W
V_STOP = 2.5  # V

# The card's numbers with a factor each. Filled in here: spicelib's own SpiceEditor reads the included library too, and knows no
# code models.
DECK = """* bank of two cells in series on a load of constant power
.include {library}
.param c={c} r={r} v0={v0}
X1 bus 0 edlc_10f_2v7 series=2 ic={{v0}} cslit={{0.2*c}} qmax={{0.27*c}} rc={{1.2m*r}} esr={{35m*r}}
B1 bus 0 I={power}/max(V(bus), 1)
.save v(bus)
.tran 5m 8 uic
.end
"""

# The usual end of life in data sheets: 20 % less capacitance, twice the resistance.
AGES = {"new": (1.0, 1.0), "end of life": (0.8, 2.0)}


def draws(rng, count, c_mean, r_mean):
    """Capacitance within +-20 % (uniform), resistance 15 % (log-normal), charger 5 V +-1 % (uniform)."""
    c = c_mean * rng.uniform(0.8, 1.2, count)
    r = r_mean * rng.lognormal(0.0, 0.15, count)
    v0 = rng.uniform(4.95, 5.05, count)
    return zip(c, r, v0)


def holdup(raw):
    """Seconds until the bus falls below V_STOP."""
    run = RawRead(raw, dialect="ngspice")
    t, v = (np.array(run.get_wave(name), dtype=float) for name in ("time", "v(bus)"))
    below = np.flatnonzero(v < V_STOP)
    if below.size == 0:
        raise RuntimeError(f"{raw}: the bus is still at {v[-1]:.2f} V: lengthen .tran")
    k = below[0]
    return float(np.interp(-V_STOP, -v[k - 1 : k + 1], t[k - 1 : k + 1])) if k else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", default=200, type=int, help="of each age [200]")
    parser.add_argument("--library", default=ROOT / "models/xspice/edlc-10f-2v7.lib", type=Path)
    parser.add_argument("--folder", default=Path("tolerance-runs"), type=Path, help="for decks and raw files")
    parser.add_argument("--plot", type=Path, help="draw the histograms into this file")
    arguments = parser.parse_args()

    arguments.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20201008)
    runner = SimRunner(simulator=NGspiceSimulator, output_folder=str(arguments.folder), parallel_sims=2)
    library = arguments.library.resolve()
    deck = arguments.folder / "bank.net"
    times = {}
    for age, (c_mean, r_mean) in AGES.items():
        tasks = []
        for number, (c, r, v0) in enumerate(draws(rng, arguments.draws, c_mean, r_mean)):
            deck.write_text(DECK.format(library=library, power=POWER, c=c, r=r, v0=v0))
            # The runner copies the deck under the new name.
            tasks.append(runner.run(deck, run_filename=f"{age.replace(' ', '-')}-{number}.net", exe_log=True))
        if not runner.wait_completion():
            raise SystemExit("ngspice failed; its words are in the .log files of " + str(arguments.folder))
        times[age] = np.array([holdup(task.raw_file) for task in tasks])

    print("age          mean_s  5%_s   95%_s")
    for age, t in times.items():
        low, high = np.percentile(t, [5, 95])
        print(f"{age:11s}  {t.mean():6.3f}  {low:5.3f}  {high:5.3f}")

    if arguments.plot:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        everything = np.concatenate(list(times.values()))
        bins = np.linspace(everything.min(), everything.max(), 40)
        for (age, t), colour in zip(times.items(), ("#0072b2", "#d55e00")):
            axes.hist(t, bins, alpha=0.75, color=colour, label=f"{age}: 5 % below {np.percentile(t, 5):.2f} s")
        axes.set(xlabel=f"hold-up time at {POWER:g} W (s)", ylabel=f"of {arguments.draws} draws")
        axes.legend()
        figure.savefig(arguments.plot, dpi=120)


if __name__ == "__main__":
    main()
