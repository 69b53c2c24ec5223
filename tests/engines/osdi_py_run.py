"""A simulator in a hundred lines on osdi-py, which evaluates an OSDI library and leaves the rest to its
user: source, resistor, and instances of the library's first model.

usage: osdi_py_run.py CIRCUIT.json

Prints for each analysis `deck` and lines `x re im` of the current into the source. Operating points by
Newton's method, small signals by G + j omega C, transients on equal steps by the trapezoidal rule,
the first step by Euler's.
"""

import json
import math
import sys

import numpy as np
import osdi_py as osdi

RESISTIVE = osdi.CALC_RESIST_RESIDUAL | osdi.CALC_RESIST_JACOBIAN
REACTIVE = osdi.CALC_REACT_RESIDUAL | osdi.CALC_REACT_JACOBIAN
AT_REST = RESISTIVE | osdi.ANALYSIS_DC | osdi.ANALYSIS_STATIC
SMALL = RESISTIVE | REACTIVE | osdi.ANALYSIS_AC
STEP = RESISTIVE | REACTIVE | osdi.ANALYSIS_TRAN
START = osdi.CALC_REACT_RESIDUAL | osdi.ANALYSIS_TRAN


class Instance:
    def __init__(self, library, circuit, terminals, first):
        """Terminals are numbers of unknowns, None for ground; inner nodes follow from `first` on."""
        ids = {p["name"]: k for k, p in enumerate(library.get_params())}
        model = library.create_model()
        for name, value in circuit["parameters"].items():
            if isinstance(value, str):
                model.set_str_param(ids[name], value)
            else:
                model.set_real_param(ids[name], value)
        model.process_params()
        self.device = model.create_instance()
        if circuit["multiplicity"] != 1:
            self.device.set_real_param(ids["$mfactor"], circuit["multiplicity"])
        self.device.process_params(circuit["temperature_K"], library.num_terminals)
        self.device.init_node_mapping(list(range(library.num_terminals)))
        self.n = library.num_nodes
        inner = range(first, first + self.n - library.num_terminals)
        self.place = list(terminals) + list(inner)
        # osdi-py merges no nodes, so this does: without an ESR the collector is the terminal.
        if circuit["parameters"]["esr"] == 0:
            self.place[library.get_nodes().index("collector")] = terminals[0]
        # The package calls the equation "col" and the unknown "row".
        entries = [(e, self.place[e["col"]], self.place[e["row"]]) for e in library.get_jacobian_entries()]
        self.resistive = [(i, j) for e, i, j in entries if e["has_resist"]]
        self.reactive = [(i, j) for e, i, j in entries if e["has_react"]]

    def add(self, x, flags, f, q, g, c):
        local = [0.0 if k is None else float(x[k]) for k in self.place]
        self.device.eval(local, flags, 0.0)
        zeros = [0.0] * self.n
        for values, total in [
            (self.device.load_residual_resist(zeros), f),
            (self.device.load_residual_react(zeros), q),
        ]:
            for k, value in zip(self.place, values):
                if k is not None:
                    total[k] += value
        for places, values, matrix in [
            (self.resistive, self.device.write_jacobian_array_resist(), g),
            (self.reactive, self.device.write_jacobian_array_react(), c),
        ]:
            for (i, j), value in zip(places, values):
                if i is not None and j is not None:
                    matrix[i, j] += value


class Circuit:
    """Unknown 0 is the node behind the resistor, 1 the one between two instances in series."""

    def __init__(self, circuit):
        library = osdi.OsdiLibrary(circuit["library"])
        self.resistance = circuit["resistance"]
        self.instances = []
        self.size = 2
        for terminals in circuit["instances"]:
            instance = Instance(library, circuit, terminals, self.size)
            self.size += instance.n - library.num_terminals
            self.instances.append(instance)
        # Nodes that no instance needs have no equation.
        _, _, g, c = self.equations(np.zeros(self.size), 0.0, STEP)
        self.used = np.flatnonzero(np.abs(g).sum(1) + np.abs(c).sum(1))

    def equations(self, x, volts, flags):
        f, q = np.zeros(self.size), np.zeros(self.size)
        g, c = np.zeros((self.size, self.size)), np.zeros((self.size, self.size))
        for instance in self.instances:
            instance.add(x, flags, f, q, g, c)
        f[0] += (x[0] - volts) / self.resistance
        g[0, 0] += 1 / self.resistance
        return f, q, g, c

    def solved(self, x, residual):
        """Newton's method; `residual` gives values and matrix."""
        x = x.copy()
        for _ in range(50):
            values, matrix = residual(x)
            step = np.zeros(self.size)
            step[self.used] = np.linalg.solve(matrix[np.ix_(self.used, self.used)], values[self.used])
            x -= step
            if np.max(np.abs(step)) < 1e-11:
                return x
        raise RuntimeError("Newton's method does not converge")

    def at_rest(self, volts, x=None):
        def residual(x):
            f, _, g, _ = self.equations(x, volts, AT_REST)
            return f, g

        return self.solved(np.zeros(self.size) if x is None else x, residual)

    def into_source(self, x, volts):
        return (x[0] - volts) / self.resistance

    def admittance(self, x, volts, frequency):
        _, _, g, c = self.equations(x, volts, SMALL)
        matrix = (g + 2j * math.pi * frequency * c)[np.ix_(self.used, self.used)]
        drive = np.zeros(len(self.used))
        drive[0] = 1 / self.resistance
        return (np.linalg.solve(matrix, drive)[0] - 1) / self.resistance

    def transient(self, source, stop, steps, uic):
        h = stop / steps
        x = np.zeros(self.size) if uic else self.at_rest(source(0.0))
        _, q, _, _ = self.equations(x, source(0.0), START if uic else STEP)
        before, rate = x, None
        if not uic:
            yield 0.0, self.into_source(x, source(0.0))
        for n in range(1, steps + 1):
            volts = source(n * h)
            order, old = (1, 0.0) if rate is None else (2, rate)
            last = {}

            def residual(x):
                f, charge, g, c = self.equations(x, volts, STEP)
                last["x"], last["q"], last["c"] = x.copy(), charge, c
                return f + order * (charge - q) / h - old, g + order * c / h

            guess = x if rate is None else 2 * x - before
            before, x = x, self.solved(guess, residual)
            # The last correction is so small that the charges follow it in proportion.
            new = last["q"] + last["c"] @ (x - last["x"])
            rate, q = order * (new - q) / h - old, new
            yield n * h, self.into_source(x, volts)


def rows(circuit, what):
    kind = what["analysis"]
    if kind == "op":
        yield 0, circuit.into_source(circuit.at_rest(what["volts"]), what["volts"])
    elif kind == "dc":
        x = None
        for volts in what["volts"]:
            x = circuit.at_rest(volts, x)
            yield volts, circuit.into_source(x, volts)
    elif kind == "ac":
        x = circuit.at_rest(what["volts"])
        for frequency in what["frequencies"]:
            yield frequency, circuit.admittance(x, what["volts"], frequency)
    else:
        omega = 2 * math.pi * what["frequency"]
        source = lambda t: what["offset"] + what["amplitude"] * math.sin(omega * t)
        yield from circuit.transient(source, what["stop"], what["steps"], what["uic"])


task = json.load(open(sys.argv[1]))
for what in task["analyses"]:
    print("deck")
    for x, i in rows(Circuit(task), what):
        print(x, complex(i).real, complex(i).imag)
