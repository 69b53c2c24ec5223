"""The peers from PyPI, each set up as its own documentation advises, on columns of unit size.

Each function takes a job of run.py and returns values on the rows to check, processor seconds, and
evaluations of a row where the tool counts them.
"""

import contextlib
import io
import operator
import random
import time
import warnings

import numpy as np


def tamed(v):
    """Powers of ten that bring columns to unit size, as users of these tools do."""
    size = np.abs(v).max(axis=0)
    return np.where((size >= 0.1) & (size <= 10), 1.0, 10.0 ** np.round(np.log10(size)))


def scaled(job):
    x_scale, y_scale = tamed(job.x), float(tamed(job.y))
    return job.x / x_scale, job.y / y_scale, job.x_check / x_scale, y_scale


def operon(job, stretch):
    from pyoperon.sklearn import SymbolicRegressor

    names = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
    symbols = ",".join(names.get(o, o) for o in job.operators.split(","))
    x, y, x_check, y_scale = scaled(job)
    # Constants by Levenberg-Marquardt. Without noise the error alone is the objective, since only then
    # the search ends when it has found a match; with noise error and length, and the choice by BIC.
    model = SymbolicRegressor(
        allowed_symbols=symbols + ",constant,variable",
        objectives=["mse", "length"] if job.noisy else ["r2"],
        model_selection_criterion="bayesian_information_criterion",
        optimizer_iterations=10,
        max_length=30,
        population_size=1000,
        pool_size=1000,
        generations=10**6,
        max_evaluations=10**9,
        max_time=max(1, round(job.limit * stretch)),
        epsilon=1e-12 * float(np.mean(y**2)),
        n_threads=1,
        random_state=job.seed,
    )
    began = time.process_time()
    model.fit(x, y)
    seconds = time.process_time() - began
    stats = model.stats_
    passes = stats["residual_evaluations"] + stats["jacobian_evaluations"]
    return model.predict(x_check) * y_scale, seconds, passes * len(y)


def gplearn(job):
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor

    def exp(x):
        with np.errstate(over="ignore"):
            return np.where(np.abs(x) < 50, np.exp(x), 0.0)

    names = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
    made = {
        "exp": make_function(function=exp, name="exp", arity=1),
        "square": make_function(function=np.square, name="square", arity=1),
    }
    x, y, x_check, y_scale = scaled(job)
    model = SymbolicRegressor(
        population_size=1000,
        function_set=[made.get(o, names.get(o, o)) for o in job.operators.split(",")],
        metric="mse",
        stopping_criteria=1e-12,
        parsimony_coefficient=1e-4,
        n_jobs=1,
        random_state=job.seed,
        low_memory=True,
        warm_start=True,
        generations=2,
    )
    # It has no time limit: generations are added until the time is used up.
    began = time.process_time()
    generations = 0
    while True:
        generations += 2
        model.set_params(generations=generations)
        model.fit(x, y)
        spent = time.process_time() - began
        if model._program.raw_fitness_ < 1e-12 or spent > job.limit:
            break
    return model.predict(x_check) * y_scale, spent, None


def geppy(job):
    # It prints what optional packages it misses.
    with contextlib.redirect_stdout(io.StringIO()):
        import geppy as gep
    from deap import base, creator, tools

    warnings.filterwarnings("ignore")
    random.seed(job.seed)
    np.random.seed(job.seed)
    x, y, x_check, y_scale = scaled(job)
    pset = gep.PrimitiveSet("Main", input_names=job.inputs)
    two = {
        "+": (operator.add, "add"),
        "-": (operator.sub, "sub"),
        "*": (operator.mul, "mul"),
        "/": (np.divide, "div"),
    }
    for o in job.operators.split(","):
        if o in two:
            pset.add_function(two[o][0], 2, name=two[o][1])
        else:
            # It wants a function with a signature of its own.
            pset.add_function((lambda f: lambda v: f(v))(getattr(np, o)), 1, name=o)
    pset.add_rnc_terminal()
    if not hasattr(creator, "Least"):
        creator.create("Least", base.Fitness, weights=(-1,))
        creator.create("Individual", gep.Chromosome, fitness=creator.Least, a=float, b=float)
    toolbox = gep.Toolbox()
    toolbox.register("rnc_gen", random.uniform, a=-5, b=5)
    toolbox.register(
        "gene_gen", gep.GeneDc, pset=pset, head_length=7, rnc_gen=toolbox.rnc_gen, rnc_array_length=6
    )
    toolbox.register(
        "individual", creator.Individual, gene_gen=toolbox.gene_gen, n_genes=2, linker=operator.add
    )
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("compile", gep.compile_, pset=pset)

    def values(individual, columns):
        return toolbox.compile(individual)(*columns.T) * np.ones(len(columns))

    def evaluate(individual):
        try:
            v = values(individual, x)
        except (ArithmeticError, ValueError, TypeError):
            v = np.full(len(y), np.nan)
        # Linear scaling, as its documentation recommends.
        spread = np.mean((v - v.mean()) ** 2)
        a = np.mean((v - v.mean()) * (y - y.mean())) / spread if spread > 0 else 0.0
        individual.a, individual.b = a, y.mean() - a * v.mean()
        error = np.mean((individual.a * v + individual.b - y) ** 2)
        return (error if np.isfinite(error) else 1e30,)

    toolbox.register("evaluate", evaluate)
    toolbox.register("select", tools.selTournament, tournsize=3)
    toolbox.register("mut_uniform", gep.mutate_uniform, pset=pset, ind_pb=0.05, pb=1)
    for name, change in [
        ("mut_invert", gep.invert),
        ("mut_is_transpose", gep.is_transpose),
        ("mut_ris_transpose", gep.ris_transpose),
        ("mut_gene_transpose", gep.gene_transpose),
    ]:
        toolbox.register(name, change, pb=0.1)
    toolbox.register("cx_1p", gep.crossover_one_point, pb=0.3)
    toolbox.register("cx_2p", gep.crossover_two_point, pb=0.2)
    toolbox.register("cx_gene", gep.crossover_gene, pb=0.1)
    toolbox.register("mut_dc", gep.mutate_uniform_dc, ind_pb=0.05, pb=1)
    toolbox.register(
        "mut_rnc_array_dc", gep.mutate_rnc_array_dc, rnc_gen=toolbox.rnc_gen, ind_pb="0.5p"
    )
    toolbox.pbs["mut_rnc_array_dc"] = 1
    population, best = toolbox.population(n=100), tools.HallOfFame(1)
    began = time.process_time()
    with np.errstate(all="ignore"):
        while time.process_time() - began < job.limit:
            population, _ = gep.gep_simple(
                population, toolbox, n_generations=10, n_elites=1, hall_of_fame=best, verbose=False
            )
            if best[0].fitness.values[0] < 1e-12 * np.mean(y**2):
                break
        seconds = time.process_time() - began
        found = best[0].a * values(best[0], x_check) + best[0].b
    return found * y_scale, seconds, None
