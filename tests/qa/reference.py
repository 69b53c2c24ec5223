#!/usr/bin/env python3
"""Expected values of the QA cases, by a program that shares nothing with the library.

    tests/qa/reference.py            writes cases/*/{dc,ac,tran,tran_ic,noise}.csv anew
    tests/qa/reference.py --check    fails where a file differs by more than 1e-9 of its largest value

Equations: docs/method.md, sections 1 to 3. Nodes are integrated by the classic Runge-Kutta method of
order 4 with fixed steps, once more with half the step; both must agree within 1e-9 of the largest
current. Small signals are continued fractions in complex numbers. Nothing but Python is needed.
"""

import csv
import math
import sys
import tomllib
from pathlib import Path

BOLTZMANN = 1.380649e-23
ROOM_K = 300.15


def smooth_abs(x):
    a = abs(x)
    t = min(a / 1e-3, 1.0)
    inner = 1e-3 * (15 * t**2 - 10 * t**4 + 3 * t**6) / 8
    return inner + max(a - 1e-3, 0.0)


class Electrode:
    def __init__(self, table, sign):
        self.law = table.get("law", "linear")
        self.r_c, self.gamma = table["r_c"], table["gamma"]
        self.q_max, self.c = table["q_max"], table["c_slit"]
        self.rise, self.u_rise = table.get("c_rise", 0.0), table.get("u_rise", 1.0)
        self.n = table["slits"]
        self.entry = table.get("entry", 0.5)
        self.r_min = table.get("r_min", self.r_c / 1000)
        self.r_open, self.c_open = table.get("r_open", 0.0), table.get("c_open", 0.0)
        self.sign = sign

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
        return y

    def nodes(self):
        return self.n + (1 if self.c_open else 0)

    def mouth(self, u):
        """Resistance from the bulk to the first node."""
        return self.r_open if self.c_open else self.r_open + self.entry * self.r(u[0])

    def charging(self, u, current):
        """Rates of change of the overpotentials."""
        caps = [self.c] * self.n
        links = [self.r(v) for v in (u[1:] if self.c_open else u)]
        if self.c_open:
            caps = [self.c_open] + caps
            links = [self.entry * links[0]] + links
        rates, before = [], current
        for k, c in enumerate(caps):
            after = (u[k] - u[k + 1]) / links[k] if k + 1 < len(caps) else 0.0
            rates.append((before - after) / (c * self.ratio(u[k])))
            before = after
        return rates

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
    def __init__(self, card):
        shared = card.get("electrode", {})
        self.sides = [Electrode({**shared, **card.get("positive", {})}, 1)]
        if card.get("kind", "cell") == "cell":
            self.sides.append(Electrode({**shared, **card.get("negative", {})}, -1))
        cell = card.get("cell", {})
        self.esr, self.r_leak = cell.get("esr", 0.0), cell.get("r_leak", math.inf)

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
        """Terminal current and the part of it that charges the electrodes."""
        leak = 1 / self.r_leak
        emf = sum(side[0] for side in u)
        inner = self.esr + sum(s.mouth(x) for s, x in zip(self.sides, u))
        # v = source - series i_t, i_t = i + v leak, v = emf + inner i
        i = (source - emf * (1 + series * leak)) / (inner * (1 + series * leak) + series)
        v = emf + inner * i
        return i + v * leak, i

    def transient(self, case, start, steps):
        amplitude, f, series = case["amplitude_V"], case["frequency_Hz"], case["series_ohm"]
        bias = start
        u = [[x] * s.nodes() for s, x in zip(self.sides, self.at_rest(start))]

        def source(t):
            return bias + amplitude * math.sin(2 * math.pi * f * t)

        def rates(t, u):
            i = self.current(u, source(t), series)[1]
            return [s.charging(x, i) for s, x in zip(self.sides, u)]

        def moved(u, k, h):
            return [[a + h * b for a, b in zip(x, d)] for x, d in zip(u, k)]

        stop, points = case["stop_s"], 100
        h = stop / (points * steps)
        rows = []
        for n in range(points * steps + 1):
            t = n * h
            if n % steps == 0:
                rows.append((t, self.current(u, source(t), series)[0]))
            a = rates(t, u)
            b = rates(t + h / 2, moved(u, a, h / 2))
            c = rates(t + h / 2, moved(u, b, h / 2))
            d = rates(t + h, moved(u, c, h))
            for x, *ks in zip(u, a, b, c, d):
                for j in range(len(x)):
                    x[j] += h / 6 * (ks[0][j] + 2 * ks[1][j] + 2 * ks[2][j] + ks[3][j])
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
    part = Part(tomllib.loads((folder / "card.toml").read_text()))
    case = tomllib.loads((folder / "case.toml").read_text())
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
        noise.append((f, 4 * BOLTZMANN * ROOM_K * seen.real))
    files["ac"] = [("f_Hz", "re_S", "im_S")] + rows
    files["noise"] = [("f_Hz", "onoise_V2_per_Hz")] + noise
    for name, start in [("tran", 0.0), ("tran_ic", case["ic_V"])]:
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
    for folder in sorted((Path(__file__).parent / "cases").iterdir()):
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
