"""Equation discovery beside its peers: the same files, one core each, in one run.

    python3 -m venv peers && peers/bin/pip install pyoperon gplearn geppy
    cargo build --release --bin ncm --example discover_data
    cargo build --release --manifest-path benches/peers/crate/Cargo.toml
    peers/bin/python benches/peers/run.py [--seeds N] [--limit SECONDS] [--tools a,b] [--problems a,b]

Times are processor times of the tool's own process, so that other work on the machine does not count.
A closed form counts as recovered if its values on new rows are right to 1e-5 of their root mean
square. The ladder's law counts as recovered if the values found lie in the span of I and I*Q (to
1e-5), which is what "I*(a + b*Q) and nothing else" means, and within 2 % of the truth.
"""

import argparse, json, os, resource, subprocess, sys, tempfile, time
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LADDER = "+,-,*,/,square,sqrt,exp,log"
CLASSIC = "+,-,*,/,square,sqrt,sin,cos,exp,log"
PROBLEMS = [
    ("ladder-clean", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-noise1", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-noise5", "ladder-check", "dphi", "I,Q", LADDER),
    ("ladder-distractors", "ladder-check-distractors", "dphi", "I,Q,t,T,x1,x2", LADDER),
    ("ladder-pooled5", "ladder-check", "dphi", "I,Q", LADDER),
] + [
    (name, name + "-check", "f", inputs, CLASSIC)
    for name, inputs in [
        ("Nguyen-1", "x"), ("Nguyen-5", "x"), ("Nguyen-7", "x"), ("Nguyen-10", "x,y"),
        ("I_12_2", "q1,q2,epsilon,r"), ("I_27_6", "d1,d2,n"), ("I_6_20a", "theta"),
        ("I_8_14", "x1,x2,y1,y2"),
    ]
]


def read(path, inputs, target):
    with open(path) as f:
        names = [h.split("[")[0].strip() for h in f.readline().split(",")]
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    pick = lambda n: table[:, names.index(n)]
    return np.column_stack([pick(n) for n in inputs]), pick(target)


def tamed(v):
    size = np.abs(v).max(axis=0)
    return np.where((size >= 1e-2) & (size < 1e2), 1.0, 10.0 ** np.round(np.log10(size)))


def child(command):
    """Standard output and processor time of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-500:])
    return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def ncm(job):
    command = [os.path.join(ROOT, "target/release/ncm"), "discover", job.train, "--target", job.target,
               "--inputs", ",".join(job.inputs), "--operators", job.operators, "--threads", "1",
               "--seed", str(job.seed), "--json"]
    if not job.ladder:
        # Data without noise from a formula: known to rounding.
        command += ["--resolution", "1e-10", "--time-limit", str(job.limit), "--starts", "20"]
    out, seconds = child(command)
    result = json.loads(out)
    text = result["front"][result["chosen"]]["exact"].replace("^", "**")
    scope = {n: job.x_check[:, k] for k, n in enumerate(job.inputs)}
    for f in ("sqrt", "exp", "log", "sin", "cos", "tanh", "abs"):
        scope[f] = getattr(np, f)
    return eval(text, {"__builtins__": {}}, scope), seconds, result["row_evaluations"]


def crate(job):
    names = {"square": "square", "-": "sub"}
    operators = ",".join(names.get(o, o) for o in job.operators.split(","))
    program = os.path.join(HERE, "crate/target/release/peer-symbolic-regression")
    os.environ["RAYON_NUM_THREADS"] = "1"
    out, seconds = child([program, job.train, job.check, job.target, ",".join(job.inputs), operators,
                          str(job.seed), str(job.limit)])
    return np.array([float(v) for v in out.splitlines()[1:]]), seconds, None


def operon(job):
    from pyoperon.sklearn import SymbolicRegressor
    names = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
    symbols = ",".join(names.get(o, o) for o in job.operators.split(","))
    model = SymbolicRegressor(
        allowed_symbols=symbols + ",constant,variable", optimizer_iterations=5, max_length=30,
        n_threads=1, random_state=job.seed, max_evaluations=10**7, generations=10**6,
        max_time=int(job.limit), epsilon=1e-12,
        objectives=["mse", "length"], population_size=500, pool_size=500)
    return fitted(job, model)


def gplearn(job):
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor
    def exp(x):
        with np.errstate(over="ignore"):
            return np.where(np.abs(x) < 50, np.exp(x), 0.0)
    functions = {"+": "add", "-": "sub", "*": "mul", "/": "div", "sqrt": "sqrt", "log": "log",
                 "sin": "sin", "cos": "cos", "exp": make_function(function=exp, name="exp", arity=1),
                 "square": make_function(function=np.square, name="square", arity=1)}
    model = SymbolicRegressor(
        population_size=1000, generations=10**6, stopping_criteria=1e-12, n_jobs=1,
        function_set=[functions[o] for o in job.operators.split(",")], metric="mse",
        parsimony_coefficient=1e-4, random_state=job.seed, low_memory=True)
    # It has no time limit: generations are added until the time is used up.
    scale = tamed(job.x), float(tamed(job.y))
    began = time.process_time()
    model.set_params(generations=5, warm_start=True)
    generations = 5
    while True:
        model.set_params(generations=generations)
        model.fit(job.x / scale[0], job.y / scale[1])
        best = model._program.raw_fitness_
        if best < 1e-12 or time.process_time() - began > job.limit:
            break
        generations += 5
    seconds = time.process_time() - began
    return model.predict(job.x_check / scale[0]) * scale[1], seconds, None


def geppy(job):
    import operator, random, warnings
    import geppy as gep
    from deap import base, creator, tools
    warnings.filterwarnings("ignore")
    random.seed(job.seed)
    np.random.seed(job.seed)
    scale = tamed(job.x), float(tamed(job.y))
    x, y = job.x / scale[0], job.y / scale[1]
    guarded = lambda f: (lambda *a: f(*a))
    pset = gep.PrimitiveSet("Main", input_names=job.inputs)
    for o in job.operators.split(","):
        two = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide}
        if o in two:
            pset.add_function(two[o], 2, name={"+": "add", "-": "sub", "*": "mul", "/": "div"}[o])
        else:
            pset.add_function(guarded(getattr(np, o)), 1, name=o)
    pset.add_rnc_terminal()
    if not hasattr(creator, "Least"):
        creator.create("Least", base.Fitness, weights=(-1,))
        creator.create("Individual", gep.Chromosome, fitness=creator.Least, a=float, b=float)
    toolbox = gep.Toolbox()
    toolbox.register("rnc_gen", random.uniform, a=-5, b=5)
    toolbox.register("gene_gen", gep.GeneDc, pset=pset, head_length=7,
                     rnc_gen=toolbox.rnc_gen, rnc_array_length=6)
    toolbox.register("individual", creator.Individual, gene_gen=toolbox.gene_gen, n_genes=2,
                     linker=operator.add)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("compile", gep.compile_, pset=pset)
    def evaluate(individual):
        try:
            p = toolbox.compile(individual)(*x.T) * np.ones(len(y))
            # Linear scaling, as its authors recommend.
            q = np.column_stack([p, np.ones(len(p))])
            (individual.a, individual.b), *_ = np.linalg.lstsq(q, y, rcond=None)
            error = np.mean((q @ [individual.a, individual.b] - y) ** 2)
            return (error if np.isfinite(error) else 1e30,)
        except Exception:
            individual.a, individual.b = 1.0, 0.0
            return (1e30,)
    toolbox.register("evaluate", evaluate)
    toolbox.register("select", tools.selTournament, tournsize=3)
    toolbox.register("mut_uniform", gep.mutate_uniform, pset=pset, ind_pb=0.05, pb=1)
    toolbox.register("mut_invert", gep.invert, pb=0.1)
    toolbox.register("mut_is_transpose", gep.is_transpose, pb=0.1)
    toolbox.register("mut_ris_transpose", gep.ris_transpose, pb=0.1)
    toolbox.register("mut_gene_transpose", gep.gene_transpose, pb=0.1)
    toolbox.register("cx_1p", gep.crossover_one_point, pb=0.3)
    toolbox.register("cx_2p", gep.crossover_two_point, pb=0.2)
    toolbox.register("cx_gene", gep.crossover_gene, pb=0.1)
    toolbox.register("mut_dc", gep.mutate_uniform_dc, ind_pb=0.05, pb=1)
    toolbox.register("mut_rnc_array_dc", gep.mutate_rnc_array_dc, rnc_gen=toolbox.rnc_gen,
                     ind_pb="0.5p")
    toolbox.pbs["mut_rnc_array_dc"] = 1
    population, best = toolbox.population(n=100), tools.HallOfFame(1)
    began = time.process_time()
    with np.errstate(all="ignore"):
        while time.process_time() - began < job.limit:
            population, _ = gep.gep_simple(population, toolbox, n_generations=10, n_elites=1,
                                           hall_of_fame=best, verbose=False)
            if best[0].fitness.values[0] < 1e-12 * np.mean(y**2):
                break
        seconds = time.process_time() - began
        p = toolbox.compile(best[0])(*(job.x_check / scale[0]).T) * np.ones(len(job.y_check))
    return (best[0].a * p + best[0].b) * scale[1], seconds, None


def fitted(job, model):
    """Columns and target at unit size, as the tools' users do."""
    scale = tamed(job.x), float(tamed(job.y))
    began = time.process_time()
    model.fit(job.x / scale[0], job.y / scale[1])
    seconds = time.process_time() - began
    stats = getattr(model, "stats_", {}) or {}
    passes = stats.get("residual_evaluations", 0) + stats.get("jacobian_evaluations", 0)
    return model.predict(job.x_check / scale[0]) * scale[1], seconds, passes * len(job.y) or None


TOOLS = {"ncm": ncm, "pyoperon": operon, "gplearn": gplearn, "geppy": geppy,
         "symbolic_regression": crate}


class Job:
    def __init__(self, folder, problem, seed, limit):
        name, check, self.target, inputs, self.operators = problem
        self.name, self.seed, self.limit = name, seed, limit
        self.ladder = name.startswith("ladder")
        self.inputs = inputs.split(",")
        self.train = os.path.join(folder, name + ".csv")
        self.check = os.path.join(folder, check + ".csv")
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=10)
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--problems", default="")
    a = parser.parse_args()
    wanted = [p for p in a.problems.split(",") if p]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(ROOT, "target/release/examples/discover_data"), folder], check=True)
        print("| problem | tool | recovered | median s | rows x evaluations per s |")
        print("|---|---|---|---|---|")
        for problem in PROBLEMS:
            if wanted and problem[0] not in wanted:
                continue
            for tool in a.tools.split(","):
                hits, times, rates = 0, [], []
                for seed in range(1, a.seeds + 1):
                    job = Job(folder, problem, seed, a.limit)
                    try:
                        values, seconds, passes = TOOLS[tool](job)
                    except Exception as e:
                        print(f"{tool} on {problem[0]}, seed {seed}: {e}", file=sys.stderr)
                        continue
                    hits += bool(job.recovered(values))
                    times.append(seconds)
                    rates += [passes / seconds] if passes else []
                median = f"{np.median(times):.2f}" if times else "-"
                rate = f"{np.median(rates):.2e}" if rates else ""
                print(f"| {problem[0]} | {tool} | {hits}/{a.seeds} | {median} | {rate} |", flush=True)


if __name__ == "__main__":
    main()
