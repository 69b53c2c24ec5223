#!/usr/bin/env python3
"""The same stack of sheets simulated by `ncm mpnp` and by devsim, an independent code.

    scripts/mpnp-peer.sh [--grids 1,2,3] [--finest 4] [--steps N] [-o table.md]

sets up devsim (PyPI: devsim, with numpy and mkl) and runs this. devsim solves on vertices of triangles
where `ncm` solves on centres of rectangles, in steps of its own; geometry and grid are set up here from
the description in docs/mpnp.md, not taken from `ncm`.

Every grid splits the cells of the first one along the same map. Both codes are of second order in space:
the results of each on its two finest grids lead to its limit of vanishing cells. The limit of vanishing steps is
for `ncm` that of tolerance 1e-6, for devsim what far shorter steps change on the first grid. Errors are root mean
squares over the cycle over that of the reference, the larger one of voltage and current, and are judged in two
ways: from the mean of both codes' limits, and from each code's own limit; with the latter devsim's error in time
is left out (its limit is that of the steps it takes), that of `ncm` is not. The time that `ncm` needs for devsim's
error is found between two of its grids, never beyond them. Times are processor time on one core, for `ncm` of the
whole process, for devsim of its solutions only (mesh and symbolic derivatives not counted).
"""

import argparse
import contextlib
import csv
import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import devsim  # noqa: E402
import numpy as np  # noqa: E402

SHEETS, SLIT, LENGTH, THICK, GAP, RESERVOIR, STERN = 3, 1.5, 30.0, 0.34, 1.0, 5.0, 0.33
EPS_STERN, EPS, ION, D = 35.0, 78.5, 0.36, (1.96, 2.03)  # nm, ns
HIGH, RATE = 0.2, 1e4
VT = 1.380649e-23 * 298.15 / 1.602176634e-19
FARADAY = 96485.33212
KAPPA = EPS * 8.8541878128e-12 * VT / (FARADAY * 1000.0) * 1e18  # nm2
PACK = ION**3 * 0.602214076
# devsim's short steps after a kink are as long as the time since the kink, split in so many.
SPLIT = 2
WALL, GROWTH, LARGEST = 0.05, 1.3, 3.0


def graded(length, refine):
    """Widths growing from the wall; every refinement splits the cells along the same map."""
    cells, total, h = 0, 0.0, WALL
    while total < length - 1e-12:
        h = min(WALL * GROWTH**cells, LARGEST)
        total += h
        cells += 1
    widths = np.minimum(WALL * GROWTH ** np.arange(cells), LARGEST)
    edges = np.concatenate([[0.0], np.cumsum(widths)]) * length / total
    fine = np.interp(np.arange(cells * refine + 1) / refine, np.arange(cells + 1), edges)
    return np.diff(fine)


def both(length, refine):
    half = graded(length / 2, refine)
    return np.concatenate([half, half[::-1]])


def axes(refine):
    stern = np.full(3 * refine, STERN / (3 * refine))
    x = []
    for _ in range(SHEETS - 1):
        x += [stern, both(SLIT - 2 * STERN, refine), stern, np.full(4 * refine, THICK / (4 * refine))]
    x += [stern, graded(RESERVOIR - STERN, refine)]
    end = np.concatenate([graded(GAP - STERN, refine)[::-1], stern])
    y = [end, both(LENGTH - GAP, refine), end[::-1]]
    return [np.concatenate([[0.0], np.cumsum(np.concatenate(a))]) for a in (x, y)]


def sheet_middle(i):
    return (SHEETS - i) * (SLIT + THICK) - THICK / 2


def kind(x, y, height):
    """m(etal), s(tern) or e(lectrolyte)."""
    grown = "s" if x < STERN else "e"
    for i in range(1, SHEETS):
        lo, hi = (-9e9, height - GAP) if i % 2 else (GAP, 9e9)
        dx = abs(x - sheet_middle(i)) - THICK / 2
        dy = max(lo - y, y - hi)
        if dx < 0 and dy < 0:
            return "m"
        if dx < STERN and dy < STERN:
            grown = "s"
    return grown


def build(refine):
    x, y = axes(refine)
    nx, ny = len(x), len(y)
    centre = lambda a, i: 0.5 * (a[i] + a[i + 1])
    kinds = [[kind(centre(x, i), centre(y, j), y[-1]) for j in range(ny - 1)] for i in range(nx - 1)]
    node = lambda i, j: i * ny + j
    names = ["electrolyte", "stern", "metal", "bath", "skin"]
    elements = []
    triangle = {"e": 0, "s": 1}
    for i in range(nx - 1):
        for j in range(ny - 1):
            if kinds[i][j] == "m":
                continue
            a, b, c, d = node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)
            elements += [2, triangle[kinds[i][j]], a, b, c, 2, triangle[kinds[i][j]], a, c, d]

    def border(k1, k2, a, b):
        pair = {k1, k2}
        if pair == {"m", "s"}:
            elements.extend([1, 2, a, b])
        elif pair == {"e", "s"}:
            elements.extend([1, 4, a, b])
        elif pair == {"e", "bath"}:
            elements.extend([1, 3, a, b])

    for j in range(ny - 1):
        border("m", kinds[0][j], node(0, j), node(0, j + 1))
        border("bath", kinds[-1][j], node(nx - 1, j), node(nx - 1, j + 1))
        for i in range(1, nx - 1):
            border(kinds[i - 1][j], kinds[i][j], node(i, j), node(i, j + 1))
    for i in range(nx - 1):
        for j in range(1, ny - 1):
            border(kinds[i][j - 1], kinds[i][j], node(i, j), node(i + 1, j))
    used = sorted({n for k in cells_of(elements) for n in k})
    number = {n: k for k, n in enumerate(used)}
    coordinates = [v for n in used for v in (x[n // ny], y[n % ny], 0.0)]
    renumbered = []
    at = 0
    while at < len(elements):
        size = elements[at] + 1
        renumbered += elements[at : at + 2] + [number[n] for n in elements[at + 2 : at + 2 + size]]
        at += 2 + size
    devsim.create_gmsh_mesh(
        mesh="m", coordinates=coordinates, elements=renumbered, physical_names=names
    )
    devsim.add_gmsh_region(mesh="m", gmsh_name="electrolyte", region="e", material="e")
    devsim.add_gmsh_region(mesh="m", gmsh_name="stern", region="s", material="s")
    devsim.add_gmsh_contact(mesh="m", gmsh_name="metal", region="s", material="metal", name="metal")
    devsim.add_gmsh_contact(mesh="m", gmsh_name="bath", region="e", material="metal", name="bath")
    devsim.add_gmsh_interface(mesh="m", gmsh_name="skin", region0="e", region1="s", name="skin")
    devsim.finalize_mesh(mesh="m")
    devsim.create_device(mesh="m", device="d")
    return x, y


def cells_of(elements):
    at = 0
    while at < len(elements):
        size = elements[at] + 1
        yield elements[at + 2 : at + 2 + size]
        at += 2 + size


def node_model(region, name, equation, variables):
    devsim.node_model(device="d", region=region, name=name, equation=equation)
    for v in variables:
        devsim.node_model(
            device="d", region=region, name=f"{name}:{v}", equation=f"simplify(diff({equation},{v}))"
        )


def edge_model(region, name, equation, variables):
    devsim.edge_model(device="d", region=region, name=name, equation=equation)
    for v in variables:
        for n in ("@n0", "@n1"):
            devsim.edge_model(
                device="d",
                region=region,
                name=f"{name}:{v}{n}",
                equation=f"simplify(diff({equation},{v}{n}))",
            )


def equations():
    for region, variables in (("e", ("psi", "cp", "cn")), ("s", ("psi",))):
        for v in variables:
            devsim.node_solution(device="d", region=region, name=v)
            devsim.edge_from_node_model(device="d", region=region, node_model=v)
        for v in ("x", "y"):
            devsim.edge_from_node_model(device="d", region=region, node_model=v)
        kappa = KAPPA * (1.0 if region == "e" else EPS_STERN / EPS)
        edge_model(region, "field", f"{kappa!r}*(psi@n0-psi@n1)*EdgeInverseLength", ["psi"])
    node_model("e", "space", "-(cp-cn)", ("cp", "cn"))
    devsim.equation(
        device="d", region="e", name="field", variable_name="psi", node_model="space", edge_model="field"
    )
    devsim.equation(device="d", region="s", name="field", variable_name="psi", edge_model="field")
    free = lambda n: f"1-{PACK!r}*(cp{n}+cn{n})"
    model = lambda name, equation: devsim.edge_model(
        device="d", region="e", name=name, equation=equation
    )
    for ion, z, d in (("cp", 1, D[0]), ("cn", -1, D[1])):
        # Derivatives by the chain rule: left to the code's symbolic algebra they take for ever.
        x = f"x{ion}"
        model(x, f"{z}*(psi@n1-psi@n0)+log({free('@n0')})-log({free('@n1')})")
        slopes = {"psi@n0": f"{-z}", "psi@n1": f"{z}"}
        for v in ("cp", "cn"):
            slopes[f"{v}@n0"] = f"-{PACK!r}/({free('@n0')})"
            slopes[f"{v}@n1"] = f"{PACK!r}/({free('@n1')})"
        scale = f"{d}*EdgeInverseLength"
        low, high = f"B({x})", f"(B({x})+{x})"
        model(f"j{ion}", f"{scale}*({ion}@n0*{low}-{ion}@n1*{high})")
        model(f"s{ion}", f"{scale}*({ion}@n0*dBdx({x})-{ion}@n1*(dBdx({x})+1))")
        for v, slope in slopes.items():
            own = {f"{ion}@n0": f"+{scale}*{low}", f"{ion}@n1": f"-{scale}*{high}"}.get(v, "")
            model(f"j{ion}:{v}", f"s{ion}*({slope}){own}")
        node_model("e", f"amount{ion}", ion, (ion,))
        devsim.equation(
            device="d",
            region="e",
            name=ion,
            variable_name=ion,
            edge_model=f"j{ion}",
            time_node_model=f"amount{ion}",
            variable_update="positive",
        )
    devsim.interface_model(device="d", interface="skin", name="same", equation="psi@r0-psi@r1")
    devsim.interface_model(device="d", interface="skin", name="same:psi@r0", equation="1")
    devsim.interface_model(device="d", interface="skin", name="same:psi@r1", equation="-1")
    devsim.interface_equation(
        device="d", interface="skin", name="field", interface_model="same", type="continuous"
    )
    devsim.set_parameter(device="d", name="vm", value=0.0)

    def fixed(contact, region, equation, variable, value):
        name = f"{contact}{variable}"
        devsim.contact_node_model(device="d", contact=contact, name=name, equation=f"{variable}-{value}")
        devsim.contact_node_model(device="d", contact=contact, name=f"{name}:{variable}", equation="1")
        devsim.contact_equation(device="d", contact=contact, name=equation, node_model=name)

    fixed("metal", "s", "field", "psi", "vm")
    fixed("bath", "e", "field", "psi", "0")
    fixed("bath", "e", "cp", "cp", "1")
    fixed("bath", "e", "cn", "cn", "1")
    for ion in ("cp", "cn"):
        count = len(devsim.get_node_model_values(device="d", region="e", name="x"))
        devsim.set_node_values(device="d", region="e", name=ion, values=[1.0] * count)


def values(name, of="node"):
    get = devsim.get_node_model_values if of == "node" else devsim.get_edge_model_values
    return np.array(get(device="d", region="e", name=name))


class Probe:
    def __init__(self, x, y):
        nodes = np.round(np.stack([values("x"), values("y")]), 9)
        where = {tuple(p): k for k, p in enumerate(nodes.T)}
        self.slit = []
        for i in (1, 2):
            at = (SHEETS - 1 - i) * (SLIT + THICK) + SLIT / 2
            at = x[np.argmin(abs(x - at))]
            self.slit.append(where[(round(at, 9), round(y[np.argmin(abs(y - y[-1] / 2))], 9))])
        self.couple = values("EdgeCouple", "edge")
        x0, x1 = values("x@n0", "edge"), values("x@n1", "edge")
        k = np.argmin(abs(x - sheet_middle(2)))
        self.sides = []
        for low, high in ((x[k - 1], x[k]), (x[k], x[k + 1])):
            up = (abs(x0 - low) < 1e-9) & (abs(x1 - high) < 1e-9)
            down = (abs(x1 - low) < 1e-9) & (abs(x0 - high) < 1e-9)
            self.sides.append((up, down))

    def __call__(self):
        psi = values("psi")
        density = (values("jcp", "edge") - values("jcn", "edge")) * self.couple
        current = np.mean([density[u].sum() - density[d].sum() for u, d in self.sides])
        # c_0 nm2/ns to ampere per metre.
        return (psi[self.slit[1]] - psi[self.slit[0]]) * VT, current * FARADAY * 1000 * 1e-18 * 1e9


def run_devsim(refine, steps, split):
    x, y = build(refine)
    equations()
    probe = Probe(x, y)
    half = HIGH / RATE * 1e9
    options = dict(
        absolute_error=1e10, relative_error=1e-6, charge_error=1e30, maximum_iterations=30
    )
    start = time.process_time()
    devsim.solve(type="transient_dc", **options)
    rows = [(0.0, 0.0, 0.0)]
    dt = half / steps
    t = 0.0
    gamma = 2 - math.sqrt(2)

    def solve(scheme, at, part):
        volts = HIGH * (at / half if at <= half else 2 - at / half)
        devsim.set_parameter(device="d", name="vm", value=volts / VT)
        devsim.solve(type=scheme, tdelta=part, gamma=gamma if scheme != "transient_bdf1" else 1.0, **options)

    for _ in ("up", "down"):
        # Ever longer parts after a kink: the space charge follows it within nanoseconds, the stack within
        # half a microsecond. Not split, they leave an error of 0.24 % in voltage and 0.29 % in current.
        parts = [2.0**-p * dt / split for p in (7, 7, 6, 5, 4, 3, 2, 1) for _ in range(split)]
        parts += [dt] * (steps - 1)
        for k, part in enumerate(parts):
            if k < 2:
                solve("transient_bdf1", t + part, part)
            else:
                # The trapezoidal rule alone rings for the rest of the run; with BDF2 behind it, it does not.
                solve("transient_tr", t + gamma * part, part)
                solve("transient_bdf2", t + part, part)
            t += part
            rows.append((t * 1e-9, *probe()))
    unknowns = 3 * len(values("x"))
    return np.array(rows), time.process_time() - start, unknowns


def run_ncm(program, refine, tolerance, folder):
    config = pathlib.Path(folder) / "config.toml"
    config.write_text(
        f"[geometry]\nsheets = {SHEETS}\nslit_nm = {SLIT}\nsheet_length_nm = {LENGTH}\n"
        f"reservoir_nm = {RESERVOIR}\n[grid]\nrefinement = {refine}\n[time]\ntolerance = {tolerance}\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([program, "mpnp", config, "-o", folder], check=True, capture_output=True)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    with open(pathlib.Path(folder) / "slits.csv") as file:
        rows = [r for r in csv.DictReader(file) if r["slit"] == "1"]
    effort = json.loads((pathlib.Path(folder) / "run.json").read_text())["effort"]
    data = np.array([[float(r[k]) for k in ("t_s", "dphi_V", "i_A")] for r in rows])
    return data, seconds, effort


def at_times(times, run):
    """Trans-slit voltage and current of a run at these times."""
    return np.stack([np.interp(times, run[:, 0], run[:, k]) for k in (1, 2)])


def error(times, found, reference):
    """Root mean square over time of the difference over that of the reference: voltage, current."""
    weights = np.gradient(times)
    mean = lambda v: np.sqrt((weights * v**2).sum(axis=1))
    return mean(found - reference) / mean(reference)


def extrapolated(fine, coarse, ratio):
    """What second order leads to where cells have no size; `ratio` of the cells' sizes."""
    return fine + (fine - coarse) / (ratio**2 - 1)


@contextlib.contextmanager
def quiet():
    """devsim reports every iteration."""
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def peer_in_a_process(refine, steps, split, folder):
    """One grid by devsim, which keeps one device per process."""
    file = pathlib.Path(folder) / f"devsim-{refine}-{steps}-{split}.npz"
    command = [sys.executable, __file__, "--one", str(refine), "--steps", str(steps)]
    command += ["--split", str(split), "-o", file]
    subprocess.run(command, check=True)
    found = np.load(file)
    return found["rows"], float(found["seconds"]), int(found["unknowns"])


def same_error(runs, wanted):
    """Time that `runs` (time, error) need for this error: on the line between two runs, in logarithms; the
    fastest where all are better, none where all are worse."""
    runs = sorted(runs, key=lambda r: -r[1])
    if wanted >= runs[0][1]:
        return runs[0][0]
    for (t0, e0), (t1, e1) in zip(runs, runs[1:]):
        if e1 <= wanted <= e0:
            part = math.log(e0 / wanted) / math.log(e0 / e1)
            return t0 * (t1 / t0) ** part
    return None


def compare(program, grids, finest, steps, split, say):
    peer, ours, fine = {}, {}, {}
    our_grids = list(range(grids[0], finest + 1))
    with tempfile.TemporaryDirectory() as folder:
        for r in grids:
            peer[r] = peer_in_a_process(r, steps, split, folder)
            print(f"devsim, cells in {r}: {peer[r][1]:.1f} s", file=sys.stderr)
        for r in our_grids:
            ours[r] = run_ncm(program, r, 1e-4, folder)
            fine[r] = run_ncm(program, r, 1e-6, folder)
            print(f"ncm, cells in {r}: {ours[r][1]:.2f} s", file=sys.stderr)
        short, _, _ = peer_in_a_process(grids[0], 2 * steps, 8, folder)
    times = peer[grids[0]][0][:, 0]
    of_peer = {r: at_times(times, peer[r][0]) for r in grids}
    of_ours = {r: at_times(times, ours[r][0]) for r in our_grids}
    of_fine = {r: at_times(times, fine[r][0]) for r in our_grids}
    limit = lambda found, all: extrapolated(found[all[-1]], found[all[-2]], all[-1] / all[-2])
    limits = {"devsim": limit(of_peer, grids), "ncm": limit(of_fine, our_grids)}
    steps_of_peer = at_times(times, short) - of_peer[grids[0]]
    all_limits = [limits["devsim"] + steps_of_peer, limits["ncm"]]
    mean = sum(all_limits) / 2
    percent = lambda e: f"{100 * e[0]:.3f} % | {100 * e[1]:.3f} %"
    runs = [("devsim", r, of_peer[r], peer[r][1], peer[r][2], len(peer[r][0]) - 1) for r in grids]
    for r in our_grids:
        effort = ours[r][2]
        runs.append(("ncm", r, of_ours[r], ours[r][1], effort["unknowns"], effort["steps"]))
    say("| code | cells split in | unknowns | steps | voltage off the mean limit | current | off its own limit | current | processor time, s |")
    say("|---|---|---|---|---|---|---|---|---|")
    judged = {"the mean of both limits": {"devsim": [], "ncm": []}, "each code's own limit": {"devsim": [], "ncm": []}}
    for code, r, found, seconds, unknowns, count in runs:
        errors = [error(times, found, mean), error(times, found, limits[code])]
        for points, e in zip(judged.values(), errors):
            points[code].append((seconds, max(e)))
        both = " | ".join(percent(e) for e in errors)
        say(f"| {code} | {r} | {unknowns} | {count} | {both} | {seconds:.2f} |")
    say("")
    say("| between | voltage | current |")
    say("|---|---|---|")
    for r in grids:
        say(f"| devsim and ncm, cells split in {r} | {percent(error(times, of_peer[r], of_fine[r]))} |")
    say(f"| both in the limit | {percent(error(times, *all_limits))} |")
    own = error(times, of_peer[grids[0]], at_times(times, short))
    say(f"| devsim with its steps and with far shorter ones | {percent(own)} |")
    own = error(times, of_ours[grids[0]], of_fine[grids[0]])
    say(f"| ncm with tolerance 1e-4 and with 1e-6 | {percent(own)} |")
    say("")
    say("| error counted from | error | devsim, s | ncm, s | ratio |")
    say("|---|---|---|---|---|")
    for judge, points in judged.items():
        for seconds, wanted in points["devsim"]:
            needed = same_error(points["ncm"], wanted)
            ours_say = f"{needed:.2f} | {seconds / needed:.0f}" if needed else "not reached | "
            say(f"| {judge} | {100 * wanted:.3f} % | {seconds:.1f} | {ours_say} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ncm", default="target/release/ncm", help="the program")
    parser.add_argument("--grids", default="1,2,3", help="into how many parts cells are split, rising")
    parser.add_argument("--finest", type=int, default=4, help="the same for ncm: up to so many")
    parser.add_argument("--steps", type=int, default=15, help="devsim's steps per half cycle")
    parser.add_argument("--split", type=int, default=SPLIT, help="into so many its short steps after a kink")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", help="the tables as a file too")
    a = parser.parse_args()
    if a.one:
        with quiet():
            rows, seconds, unknowns = run_devsim(a.one, a.steps, a.split)
        np.savez(a.output, rows=rows, seconds=seconds, unknowns=unknowns)
        return
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    compare(a.ncm, [int(g) for g in a.grids.split(",")], a.finest, a.steps, a.split, say)
    if a.output:
        pathlib.Path(a.output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
