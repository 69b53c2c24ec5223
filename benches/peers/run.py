"""Equation discovery beside its peers: the same files, one core each, in one run.

    benches/peers/setup.sh
    target/peers/venv/bin/python benches/peers/run.py [--seeds N] [--limit SECONDS] [--tools a,b]
        [--problems a,b] [--write docs/discover.md]

Times are processor times, so that other work on the machine does not count; limits that a tool takes
as time on the clock are stretched by what the machine is busy with.

A closed form counts as recovered if its values on new rows are right to 1e-5 of their root mean
square. The ladder's law counts as recovered if the values found lie in the span of I and I*Q (to
1e-5), which is what "I*(a + b*Q) and nothing else" means, and within 2 % of the truth.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

import peers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "target/peers/data")
NCM = os.path.join(ROOT, "target/release/ncm")
CRATE = os.path.join(ROOT, "target/peers/crate/release/peer-symbolic-regression")
LADDER = "+,-,*,/,square,sqrt,exp,log"
CLASSIC = "+,-,*,/,square,sqrt,sin,cos,exp,log"

# Name, file to check on, target, inputs, operators.
LADDERS = [
    ("ladder-clean", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-noise1", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-noise5", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-distractors", "ladder-check-distractors", "dphi", "I,Q,t,T,x1,x2", LADDER),
    ("ladder-distractors5", "ladder-check-distractors", "dphi", "I,Q,t,T,x1,x2", LADDER),
    ("ladder-pooled5", "ladder-check", "dphi", "I,Q", LADDER),
]
NOISY = ("ladder-noise1", "ladder-noise5", "ladder-distractors5", "ladder-pooled5")
CLASSICS = [
    (name, name + "-check", "f", inputs, CLASSIC)
    for name, inputs in [
        ("Nguyen-1", "x"),
        ("Nguyen-5", "x"),
        ("Nguyen-7", "x"),
        ("Nguyen-10", "x,y"),
        ("I_12_2", "q1,q2,epsilon,r"),
        ("I_27_6", "d1,d2,n"),
        ("I_6_20a", "theta"),
        ("I_8_14", "x1,x2,y1,y2"),
    ]
]
PROBLEMS = LADDERS + CLASSICS

# Slit sizes in nm with R_c and gamma, as tests/discover_data makes them, and the charge scale.
SIZES = {"1.5": (5.0, 0.5), "2": (4.2, 0.38), "3": (3.1, 0.27), "5": (2.0, 0.15)}
Q_MAX = 16e-9


def read(path, inputs, target):
    with open(path) as f:
        names = [h.split("[")[0].strip() for h in f.readline().split(",")]
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    pick = lambda n: table[:, names.index(n)]
    return np.column_stack([pick(n) for n in inputs]), pick(target)


class Job:
    """One problem with one seed."""

    def __init__(self, problem, seed, limit):
        name, check, self.target, inputs, self.operators = problem
        self.seed, self.limit = seed, limit
        self.ladder = name.startswith("ladder")
        self.noisy = name in NOISY
        self.inputs = inputs.split(",")
        self.train = os.path.join(DATA, name + ".csv")
        self.check = os.path.join(DATA, check + ".csv")
        self.x, self.y = read(self.train, self.inputs, self.target)
        self.x_check, self.y_check = read(self.check, self.inputs, self.target)

    def recovered(self, values):
        values = np.asarray(values, float) * np.ones(len(self.y_check))
        if not np.isfinite(values).all():
            return False
        rms = lambda v: np.sqrt(np.mean(v**2))
        error = rms(values - self.y_check) / rms(self.y_check)
        if not self.ladder:
            return error < 1e-5
        i, q = self.x_check[:, 0], self.x_check[:, 1] / 1e-8
        basis = np.column_stack([i, i * q])
        rest = values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0]
        return rms(rest) / rms(values) < 1e-5 and error < 0.02


def stretch():
    """Time on the clock per processor time, now."""
    clock, processor = time.monotonic(), time.process_time()
    while time.process_time() - processor < 0.1:
        sum(range(1000))
    return (time.monotonic() - clock) / (time.process_time() - processor)


def child(command):
    """Standard output and processor time of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-500:])
    return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def discover(job, *more):
    out, seconds = child(
        [NCM, "discover", job.train, "--target", job.target, "--inputs", ",".join(job.inputs)]
        + ["--operators", job.operators, "--threads", "1", "--seed", str(job.seed), "--json"]
        + list(more)
    )
    return json.loads(out), seconds


def ncm(job):
    limit = str(job.limit * stretch())
    # Data without noise from a formula are known to rounding.
    exact = [] if job.ladder else ["--resolution", "1e-10", "--starts", "20"]
    result, seconds = discover(job, "--time-limit", limit, *exact)
    text = result["front"][result["chosen"]]["exact"][0].replace("^", "**")
    scope = {n: job.x_check[:, k] for k, n in enumerate(job.inputs)}
    for f in ("sqrt", "exp", "log", "sin", "cos", "tanh", "abs"):
        scope[f] = getattr(np, f)
    # "One evaluation" is a candidate's value on one row, with the derivatives by its constants.
    return eval(text, {"__builtins__": {}}, scope), seconds, result["row_evaluations"]


def crate(job):
    names = {"-": "sub", "square": "abs2"}
    operators = ",".join(names.get(o, o) for o in job.operators.split(","))
    out, seconds = child(
        [CRATE, job.train, job.check, job.target, ",".join(job.inputs), operators]
        + [str(job.seed), str(job.limit * stretch())]
    )
    return np.array([float(v) for v in out.splitlines()[1:]]), seconds, None


TOOLS = {
    "ncm": ncm,
    "pyoperon": lambda job: peers.operon(job, stretch()),
    "symbolic_regression": crate,
    "gplearn": peers.gplearn,
    "geppy": peers.geppy,
}


def compare(tools, problems, seeds, limit):
    """Rows of the comparison."""
    yield "| problem | tool | recovered | median s | evaluations of a row per s |"
    yield "|---|---|---|---|---|"
    for problem in problems:
        for tool in tools:
            hits, times, rates = 0, [], []
            for seed in range(1, seeds + 1):
                job = Job(problem, seed, limit)
                try:
                    values, seconds, evaluations = TOOLS[tool](job)
                except Exception as e:
                    print(f"{tool} on {problem[0]}, seed {seed}: {e}", file=sys.stderr)
                    continue
                hits += bool(job.recovered(values))
                times.append(seconds)
                rates += [evaluations / seconds] if evaluations else []
            median = f"{np.median(times):.2f}" if times else "-"
            rate = f"{np.median(rates) / 1e6:.0f} million" if rates else ""
            yield f"| {problem[0].replace('_', '.')} | {tool} | {hits} of {seeds} | {median} | {rate} |"


def ladders():
    """Our own tool on the ladder, five seeds; sizes as categories with five draws of noise."""
    yield "| data | law chosen | processor s, seeds 1 to 5 | rivals | worst error of R_c | of gamma |"
    yield "|---|---|---|---|---|---|"
    sizes = [(f"sizes-{n}", None, "dphi", "I,Q", LADDER) for n in ("clean", "noise1", "noise5", "dense5")]
    for problem in LADDERS + sizes:
        hits, times, rivals, r_error, gamma_error = 0, [], [], 0.0, 0.0
        for seed in range(1, 6):
            job = Job.__new__(Job)
            name, _, job.target, inputs, job.operators = problem
            job.inputs, job.seed = inputs.split(","), seed
            by_size = name.startswith("sizes")
            job.train = os.path.join(DATA, f"{name}-{seed}.csv" if by_size else f"{name}.csv")
            result, seconds = discover(job, *(["--category", "d"] if by_size else []))
            law = result["front"][result["chosen"]]
            times.append(seconds)
            rivals.append(len(result["rivals"]))
            if law["form"] != "I*(c0 + c1*Q)":
                continue
            hits += 1
            for size, (a, b) in zip(result["categories"], law["constants"]):
                r_c, gamma = SIZES[size or "1.5"]
                r_error = max(r_error, abs(a / r_c - 1))
                gamma_error = max(gamma_error, abs(-b * Q_MAX / a / gamma - 1))
        listed = " ".join(f"{t:.2f}" for t in times)
        few = f"{min(rivals)} to {max(rivals)}" if min(rivals) < max(rivals) else str(rivals[0])
        percent = lambda e: "0" if e < 1e-6 else f"{100 * e:.2f} %"
        yield (
            f"| {problem[0]} | {hits} of 5 | {listed} | {few} | {percent(r_error)} "
            f"| {percent(gamma_error)} |"
        )


def shown(rows):
    """The rows, printed as they come, as one text."""
    lines = []
    for row in rows:
        print(row, flush=True)
        lines.append(row)
    return "\n".join(lines)


def write(path, name, table):
    """Puts a table between its marks in a page."""
    begin, end = f"<!-- {name}: written by benches/peers/run.py -->", f"<!-- end of {name} -->"
    with open(path) as f:
        page = f.read()
    head, rest = page.split(begin)
    with open(path + ".new", "w") as f:
        f.write(head + begin + "\n" + table + "\n" + end + rest.split(end)[1])
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=10, help="processor seconds per run")
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--problems", default=",".join(p[0] for p in PROBLEMS))
    parser.add_argument("--write", help="page whose tables are written anew")
    parser.add_argument("--only", choices=["ladder", "peers"], help="one of the two tables")
    a = parser.parse_args()
    if a.only != "peers":
        table = shown(ladders())
        if a.write:
            write(a.write, "ladder", table)
    if a.only != "ladder":
        wanted = a.problems.split(",")
        problems = [p for p in PROBLEMS if p[0] in wanted]
        table = shown(compare(a.tools.split(","), problems, a.seeds, a.limit))
        if a.write:
            write(a.write, "peers", table)


if __name__ == "__main__":
    main()
