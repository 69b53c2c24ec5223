#!/usr/bin/env python3
"""Expected values of the QA cases, by a program that shares nothing with the library.

    tests/qa/reference.py            writes cases/*/{dc,ac,tran,tran_ic,noise}.csv anew
    tests/qa/reference.py --check    fails where a file differs by more than 1e-9 of its largest value
    tests/qa/reference.py half-linear ...    these cases only

Equations: docs/method.md, sections 1 to 4; docs/card.md for temperature and age. Nodes are integrated by
the classic Runge-Kutta method of order 4 with fixed steps, once more with half the step; both must agree
within 1e-9 of the largest current. Small signals are continued fractions in complex numbers. Nothing but
Python is needed.
"""

import csv
import math
import sys
import tomllib
from pathlib import Path

BOLTZMANN = 1.380649e-23
GAS = 8.31446261815324


def smooth_abs(x):
    a = abs(x)
    t = min(a / 1e-3, 1.0)
    inner = 1e-3 * (15 * t**2 - 10 * t**4 + 3 * t**6) / 8
    return inner + max(a - 1e-3, 0.0)


class Factors:
    """What temperature and age leave of resistances (pores and open electrolyte, ESR, leakage) and of
    capacitances."""

    def __init__(self, card):
        self.thermal = card.get("thermal", {})
        self.reference = self.thermal.get("t_ref", 298.15)
        self.worn, self.faded = 1.0, 1.0
        a = card.get("ageing", {})
        if "life" in a:
            x = a.get("age", 0.0) / a["life"]
            hotter = a.get("age_temperature", 298.15) - a.get("life_temperature", 338.15)
            higher = a.get("age_voltage", 0.0) - a.get("life_voltage", 0.0)
            x *= 2 ** (hotter / a.get("t_double", 10.0) + higher / a.get("v_double", 0.1))
            x **= a.get("exponent", 1.0)
            self.worn = 1 + (a.get("r_end", 2.0) - 1) * x
            self.faded = 1 / (1 + (1 / a.get("c_end", 0.8) - 1) * x)

    def drift(self, name, kelvin):
        ea, tc1, tc2 = (self.thermal.get(f"{name}_{end}", 0.0) for end in ("ea", "tc1", "tc2"))
        dt = kelvin - self.reference
        arrhenius = math.exp(ea / GAS * (1 / kelvin - 1 / self.reference))
        return arrhenius * max(1 + tc1 * dt + tc2 * dt * dt, 0.01)

    def at(self, kelvin):
        return {
            "r": self.worn * self.drift("r", kelvin),
            "esr": self.worn * self.drift("esr", kelvin),
            "c": self.faded * self.drift("c", kelvin),
            "leak": self.drift("leak", kelvin),
        }


class Electrode:
    def __init__(self, table, sign):
        self.law = table.get("law", "linear")
        self.r_c, self.gamma = table["r_c"], table["gamma"]
        self.q_max, self.c_slit = table["q_max"], table["c_slit"]
        self.rise, self.u_rise = table.get("c_rise", 0.0), table.get("u_rise", 1.0)
        self.n = table["slits"]
        self.entry = table.get("entry", 0.5)
        self.r_min = table.get("r_min", self.r_c / 1000)
        self.r_outside, self.c_outside = table.get("r_open", 0.0), table.get("c_open", 0.0)
        self.sign = sign

    def scale(self, factors):
        """Values at a temperature; the charge scale of the law stays."""
        self.hindered = factors["r"]
        self.r_open = self.r_outside * factors["r"]
        self.c, self.c_open = self.c_slit * factors["c"], self.c_outside * factors["c"]

    def held(self, u):
        """Charge over capacitance at zero voltage."""
        return u * (1 + self.rise * (1 - 1 / math.hypot(1, u / self.u_rise)))

    def ratio(self, u):
        """Differential capacitance in units of that at zero voltage."""
        return 1 + self.rise * (1 - math.hypot(1, u / self.u_rise) ** -3)

    def r(self, u):
        x = self.sign * self.c * self.held(u) / self.q_max
        g = self.gamma
        if self.law == "linear":
            y = 1 - g * smooth_abs(x)
        elif self.law == "signed":
            y = 1 - g * x
        elif g >= 0:
            y = 1 / math.sqrt(1 + ((1 - g) ** -2 - 1) * x * x)
        else:
            y = math.sqrt(1 + ((1 - g) ** 2 - 1) * x * x)
        y *= self.r_c
        if y < 2 * self.r_min:
            z = max(y / self.r_min, 0.0)
            y = self.r_min * (1 + z**3 * (4 - z) / 16)
        return self.hindered * y

    def nodes(self):
        return self.n + (1 if self.c_open else 0)

    def mouth(self, u):
        """Resistance from the bulk to the first node."""
        return self.r_open if self.c_open else self.r_open + self.entry * self.r(u[0])

    def links(self, u):
        """Capacitances of the nodes, and the resistance into each behind the first."""
        inner = [self.r(v) for v in (u[1:] if self.c_open else u)]
        if self.c_open:
            return [self.c_open] + [self.c] * self.n, [self.entry * inner[0]] + inner
        return [self.c] * self.n, inner

    def charging(self, u, current):
        """Rates of change of the charges, in farad of the node: volt per second."""
        caps, links = self.links(u)
        rates, before = [], current
        for k, c in enumerate(caps):
            after = (u[k] - u[k + 1]) / links[k] if k + 1 < len(caps) else 0.0
            rates.append((before - after) / c)
            before = after
        return rates

    def heat(self, u, current):
        _, links = self.links(u)
        inside = sum((u[k] - u[k + 1]) ** 2 / links[k] for k in range(len(u) - 1))
        return inside + self.mouth(u) * current**2

    def impedance(self, u, omega):
        """Of the electrode at rest at overpotential u, bulk to metal."""
        r, c = self.r(u), self.c * self.ratio(u)
        y = 1j * omega * c
        for _ in range(self.n - 1):
            y = 1j * omega * c + 1 / (r + 1 / y)
        z = self.entry * r + 1 / y
        if self.c_open:
            z = 1 / (1j * omega * self.c_open * self.ratio(u) + 1 / z)
        return self.r_open + z

    def total(self):
        return self.n * self.c + self.c_open


class Part:
    """At one temperature, unless it heats itself."""

    def __init__(self, card, ambient):
        shared = card.get("electrode", {})
        self.sides = [Electrode({**shared, **card.get("positive", {})}, 1)]
        if card.get("kind", "cell") == "cell":
            self.sides.append(Electrode({**shared, **card.get("negative", {})}, -1))
        cell = card.get("cell", {})
        self.contacts, self.leakage = cell.get("esr", 0.0), cell.get("r_leak", math.inf)
        self.factors, self.ambient = Factors(card), ambient
        thermal = card.get("thermal", {})
        self.r_th, self.c_th = thermal.get("r_th", 0.0), thermal.get("c_th", 0.0)
        self.history = [cell.get(key, 0.0) for key in ("ic_from", "ic_rate", "ic_rest")]
        self.scale(ambient)

    def scale(self, kelvin):
        factors = self.factors.at(kelvin)
        self.esr, self.r_leak = self.contacts * factors["esr"], self.leakage * factors["leak"]
        self.fuller = factors["c"]
        for side in self.sides:
            side.scale(factors)

    def at_rest(self, v):
        """Overpotentials of both electrodes, which carry the same charge."""
        if len(self.sides) == 1:
            return [v]
        one, other = self.sides
        low, high = 0.0, v
        for _ in range(200):
            u = (low + high) / 2
            ahead = one.total() * one.held(u) - other.total() * other.held(v - u)
            low, high = (u, high) if ahead * v < 0 else (low, u)
        return [u, v - u]

    def current(self, u, source, series):
        """Terminal current, the part of it that charges the electrodes, and the voltage."""
        leak = 1 / self.r_leak
        emf = sum(side[0] for side in u)
        inner = self.esr + sum(s.mouth(x) for s, x in zip(self.sides, u))
        if math.isinf(series):  # open
            i = -emf * leak / (1 + inner * leak)
        else:  # v = source - series i_t, i_t = i + v leak, v = emf + inner i
            i = (source - emf * (1 + series * leak)) / (inner * (1 + series * leak) + series)
        v = emf + inner * i
        return i + v * leak, i, v

    def rates(self, state, source, series):
        """Of the state: overpotentials, and in a part that heats itself charges in volt and temperature."""
        if not self.c_th:
            i = self.current(state, source, series)[1]
            return [
                [rate / s.ratio(v) for rate, v in zip(s.charging(x, i), x)]
                for s, x in zip(self.sides, state)
            ]
        u, [kelvin] = self.potentials(state), state[-1]
        _, i, v = self.current(u, source, series)
        heat = self.esr * i**2 + v**2 / self.r_leak
        heat += sum(s.heat(x, i) for s, x in zip(self.sides, u))
        # Charges are counted in volt of the capacitance at the ambient temperature without factors.
        moved = [[self.fuller * rate for rate in s.charging(x, i)] for s, x in zip(self.sides, u)]
        return moved + [[(heat - (kelvin - self.ambient) / self.r_th) / self.c_th]]

    def potentials(self, state):
        """Overpotentials, with the part scaled to the state's temperature."""
        if not self.c_th:
            return state
        *charges, [kelvin] = state
        assert all(s.rise == 0 for s in self.sides), "heat and rising capacitance are not put together here"
        self.scale(kelvin)
        return [[w / self.fuller for w in x] for x in charges]

    def integrate(self, state, source, series, duration, steps):
        """Runge-Kutta; yields time and state before each step and at the end."""
        h = duration / steps

        def moved(k, h):
            return [[a + h * b for a, b in zip(x, d)] for x, d in zip(state, k)]

        for n in range(steps):
            t = n * h
            yield t, state
            a = self.rates(state, source(t), series)
            b = self.rates(moved(a, h / 2), source(t + h / 2), series)
            c = self.rates(moved(b, h / 2), source(t + h / 2), series)
            d = self.rates(moved(c, h), source(t + h), series)
            state = [
                [y + h / 6 * (p + 2 * q + 2 * r + s) for y, p, q, r, s in zip(x, *ks)]
                for x, *ks in zip(state, a, b, c, d)
            ]
        yield duration, state

    def start(self, v, steps):
        """The state at the start of a run: at rest, or as its history leaves the part."""
        before, rate, rest = self.history
        self.scale(self.ambient)

        def uniform(v):
            state = [[x] * s.nodes() for s, x in zip(self.sides, self.at_rest(v))]
            if self.c_th:
                state = [[self.fuller * u for u in x] for x in state] + [[self.ambient]]
            return state

        if rate == 0:
            return uniform(v)
        span = abs(v - before) / rate
        slope = math.copysign(rate, v - before)
        *_, (_, state) = self.integrate(uniform(before), lambda t: before + slope * t, 0.0, span, 100 * steps)
        *_, (_, state) = self.integrate(state, lambda t: 0.0, math.inf, rest, 100 * steps)
        return state

    def transient(self, case, start, steps):
        amplitude, f, series = case["amplitude_V"], case["frequency_Hz"], case["series_ohm"]

        def source(t):
            return start + amplitude * math.sin(2 * math.pi * f * t)

        points = 100
        run = self.integrate(self.start(start, steps), source, series, case["stop_s"], points * steps)
        rows = []
        for n, (t, state) in enumerate(run):
            if n % steps == 0:
                rows.append((t, self.current(self.potentials(state), source(t), series)[0]))
        return rows

    def impedance(self, v, omega):
        z = self.esr + sum(
            s.impedance(x, omega) for s, x in zip(self.sides, self.at_rest(v))
        )
        return 1 / (1 / z + 1 / self.r_leak)


def frequencies(case):
    low, high = case["f_min_Hz"], case["f_max_Hz"]
    n = 20
    return [low * (high / low) ** (k / n) for k in range(n + 1)]


def expected(folder):
    case = tomllib.loads((folder / "case.toml").read_text())
    ambient = 273.15 + case.get("ambient_C", 27.0)
    part = Part(tomllib.loads((folder / "card.toml").read_text()), ambient)
    series, bias = case["series_ohm"], case["bias_V"]
    files = {}
    # Only the leak conducts; without one, nothing.
    levels = [bias * k / 4 for k in range(-4, 5)]
    files["dc"] = [("v_V", "i_A")] + [(v, v / (series + part.r_leak)) for v in levels]
    across = bias * (1 if math.isinf(part.r_leak) else part.r_leak / (series + part.r_leak))
    rows, noise = [], []
    for f in frequencies(case):
        z = part.impedance(across, 2 * math.pi * f)
        y = 1 / (series + z)
        rows.append((f, y.real, y.imag))
        seen = 1 / (1 / z + 1 / series)
        noise.append((f, 4 * BOLTZMANN * ambient * seen.real))
    files["ac"] = [("f_Hz", "re_S", "im_S")] + rows
    files["noise"] = [("f_Hz", "onoise_V2_per_Hz")] + noise
    if part.c_th or part.history[1]:
        # Of parts that heat themselves, and of those that have had a life before, transients.
        files = {}
    for name, start in [("tran", 0.0), ("tran_ic", case["ic_V"])]:
        if name == "tran" and part.history[1]:
            continue
        coarse = part.transient(case, start, case["steps"])
        fine = part.transient(case, start, 2 * case["steps"])
        largest = max(abs(i) for _, i in fine)
        gap = max(abs(a[1] - b[1]) for a, b in zip(coarse, fine))
        # Written so that a NaN does not pass.
        if not gap <= 1e-9 * largest:
            sys.exit(f"{folder.name}: {name}: steps differ by {gap / largest:.1e}")
        files[name] = [("t_s", "i_A")] + fine
    return files


def main():
    check = "--check" in sys.argv[1:]
    chosen = [name for name in sys.argv[1:] if name != "--check"]
    for folder in sorted((Path(__file__).parent / "cases").iterdir()):
        if chosen and folder.name not in chosen:
            continue
        for name, rows in expected(folder).items():
            path = folder / f"{name}.csv"
            if check:
                with path.open() as file:
                    there = [[float(x) for x in row] for row in list(csv.reader(file))[1:]]
                for column in range(1, len(rows[0])):
                    new = [row[column] for row in rows[1:]]
                    old = [row[column] for row in there]
                    largest = max(map(abs, new))
                    if not all(abs(a - b) <= 1e-9 * largest for a, b in zip(new, old)):
                        sys.exit(f"{path} is not what reference.py gives")
            else:
                text = ",".join(rows[0]) + "\n"
                text += "".join(",".join(f"{x:.15e}" for x in row) + "\n" for row in rows[1:])
                path.write_text(text)
        print(folder.name)


if __name__ == "__main__":
    main()
