// Hold-up: when its supply fails, a 5 V load lives on a supercapacitor behind a boost converter. A small
// circuit simulator of its own around ncm's cell, through the C++ wrapper.
//
//          L     r_l   i     diode (v_d, r_d)
//   + ----uuuu---/\/\/---+-------->|-------+-------.
//   cell                 o                 |       |
//                         / S (r_on)     C_out   load 5 W at 5 V
//                        o                 |       |
//   - -------------------+-----------------+-------'
//
// S is driven hysteretically about a set current that holds the output. The run ends when the cell is
// down to 1.2 V: the converter gives up. Then the same converter runs on the usual model of the part, a
// capacitor with a constant series resistance, so that the difference to an engineer shows: hold-up
// time and heat in the part.
//
// What it shows of the wrapper: owners and exceptions, quantities with units, a trial step inside Newton's
// method, attempt_... for a step that may need to be cut, restart at switching edges.
//
// Charge (1e-12) and energy (1e-4) must balance for the cell; the exit code says so.
//
// Usage: switching [SECONDS]      how long to simulate at most
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <ncm.hpp>

namespace {

using namespace ncm::literals;

// The circuit, SI units.
constexpr double inductance = 22e-6;
constexpr double r_inductor = 0.03;
constexpr double r_on = 0.02;
constexpr double v_diode = 0.3;
constexpr double r_diode = 0.03;
constexpr double c_out = 220e-6;
constexpr double v_set = 5.0;
constexpr double r_load = 5.0;
constexpr double half_band = 0.3;
constexpr ncm::volts v_start = 2.5_V;
constexpr ncm::volts v_end = 1.2_V;

// The longest step, and how close to the threshold a switching edge must be.
constexpr ncm::seconds h_max = 0.125_us;
constexpr double i_edge = 1e-5;

// A pulse supercapacitor of 50 mF.
ncm::card pulse_supercapacitor() {
    ncm_electrode_params electrode = ncm::electrode_params();
    electrode.r_c = 5e-3;
    electrode.gamma = 0.6;
    electrode.q_max = 6.25e-3; // the resistance has fallen by gamma at 1.25 V on the electrode
    electrode.c_slit = 5e-3;
    electrode.slits = 20;
    ncm_cell_params whole = ncm::cell_params();
    whole.esr = 0.02;
    return ncm::card::from_params(whole, electrode, electrode);
}

// What the converter needs of a storage part: a trial step, and the books at the end of it.
class part {
public:
    virtual ~part() = default;
    virtual std::optional<ncm::companion> attempt(ncm::seconds h, ncm::volts v) = 0;
    virtual void accept() = 0;
    virtual void restart() = 0;
    virtual double charge_C() const = 0;
    virtual double stored_J() const = 0;
    virtual double heat_W() const = 0;
};

class ncm_part final : public part {
public:
    explicit ncm_part(const ncm::card &card) : cell_(card) { cell_.set_voltage(v_start); }

    std::optional<ncm::companion> attempt(ncm::seconds h, ncm::volts v) override {
        return cell_.attempt_voltage(h, v);
    }
    void accept() override { cell_.accept(); }
    void restart() override { cell_.restart(); }
    double charge_C() const override { return cell_.charge().value(); }
    double stored_J() const override { return cell_.stored_energy().value(); }
    double heat_W() const override { return cell_.dissipation().value(); }

private:
    ncm::stepper cell_;
};

// Capacitor and constant series resistance, trapezoidal rule.
class usual_part final : public part {
public:
    usual_part(double capacitance, double esr)
        : capacitance_(capacitance), esr_(esr), charge_(capacitance * v_start.value()) {}

    std::optional<ncm::companion> attempt(ncm::seconds h, ncm::volts v) override {
        // v = (Q + h (i + i_before)/2)/C + r i
        const double g = 1.0 / (esr_ + 0.5 * h.value() / capacitance_);
        const double held = (charge_ + 0.5 * h.value() * current_) / capacitance_;
        trial_current_ = (v.value() - held) * g;
        trial_charge_ = charge_ + 0.5 * h.value() * (current_ + trial_current_);
        return ncm::companion{v, ncm::amperes(trial_current_), ncm::siemens(g), 0.0_V};
    }
    void accept() override {
        charge_ = trial_charge_;
        current_ = trial_current_;
    }
    void restart() override {}
    double charge_C() const override { return charge_; }
    double stored_J() const override { return 0.5 * charge_ * charge_ / capacitance_; }
    double heat_W() const override { return esr_ * current_ * current_; }

private:
    double capacitance_, esr_, charge_;
    double current_ = 0.0, trial_charge_ = 0.0, trial_current_ = 0.0;
};

// The circuit at one moment. `i` flows out of the part and through the inductor.
struct point {
    double v = v_start.value();
    double i = 0.0;
    double v_out = v_set;
};

double diode_current(bool closed, const point &p) { return closed ? 0.0 : p.i; }

// Voltage across the inductor.
double across(bool closed, const point &p) {
    const double far_side = closed ? r_on * p.i : v_diode + r_diode * p.i + p.v_out;
    return p.v - r_inductor * p.i - far_side;
}

// One implicit step of the whole circuit (trapezoidal rule outside of the part) from `from` on, by
// Newton's method on the part's voltage. The last trial is left in hand.
std::optional<point> step(part &storage, ncm::seconds h, bool closed, const point &from) {
    // The output capacitor follows from the current: v_out = held + lift i.
    const double storage_rate = c_out / h.value() + 0.5 / r_load;
    const double held = ((c_out / h.value() - 0.5 / r_load) * from.v_out +
                         0.5 * diode_current(closed, from)) / storage_rate;
    const double lift = closed ? 0.0 : 0.5 / storage_rate;
    const double resistance = r_inductor + (closed ? r_on : r_diode + lift);
    // A nanovolt, or what rounding of the current leaves uncertain in a very short step.
    const double tolerance = 1e-9 + 1e-14 * inductance / h.value();
    double v = from.v;
    for (int k = 0; k < 20; k++) {
        const std::optional<ncm::companion> trial = storage.attempt(h, ncm::volts(v));
        if (!trial) {
            return std::nullopt;
        }
        point to;
        to.v = trial->v.value();
        to.i = -trial->i.value();
        to.v_out = held + lift * to.i;
        const double gap = inductance * (to.i - from.i) / h.value() -
                           0.5 * (across(closed, from) + across(closed, to));
        if (std::abs(gap) < tolerance) {
            return to;
        }
        const double slope =
            -(inductance / h.value() + 0.5 * resistance) * trial->di_dv.value() - 0.5;
        v = to.v - gap / slope;
    }
    return std::nullopt;
}

struct outcome {
    double hold_up_s, heat_part_J, charge_gap, energy_gap;
    long edges;
    bool given_up;
};

outcome run(part &storage, double t_end) {
    point now;
    bool closed = true;
    double t = 0.0;
    long edges = 0;
    const double q_0 = storage.charge_C(), e_0 = storage.stored_J() + 0.5 * c_out * v_set * v_set;
    double q_out = 0.0, q_moved = 0.0, q_step = 0.0, h_before = 0.0;
    double e_heat = 0.0, e_lost = 0.0, e_load = 0.0;

    const auto lost_W = [&](const point &p) {
        return r_inductor * p.i * p.i + (closed ? r_on * p.i * p.i : (v_diode + r_diode * p.i) * p.i);
    };
    while (t < t_end && now.v > v_end.value()) {
        // What the load takes, at what the converter can make of the part's voltage, and more when
        // the output is low.
        const double i_set =
            1.15 * v_set * v_set / r_load / now.v + 8.0 * std::max(v_set - now.v_out, 0.0);
        const double threshold = closed ? i_set + half_band : i_set - half_band;
        ncm::seconds h = h_max;
        std::optional<point> next;
        bool edge = false;
        // A step, cut until it ends before the threshold or on it. A threshold that has moved past
        // the current is an edge at once.
        if ((closed ? now.i - threshold : threshold - now.i) >= 0.0) {
            closed = !closed;
            edges++;
            storage.restart();
            h_before = 0.0;
            continue;
        }
        for (int cuts = 0;; cuts++) {
            if (cuts > 40) {
                throw std::runtime_error("no step from t = " + std::to_string(t));
            }
            next = step(storage, h, closed, now);
            if (!next) {
                h *= 0.25;
                continue;
            }
            const double beyond = closed ? next->i - threshold : threshold - next->i;
            edge = std::abs(beyond) <= i_edge;
            if (edge || beyond < 0.0) {
                break;
            }
            h *= (threshold - now.i) / (next->i - now.i);
        }
        const double heat_before = storage.heat_W();
        storage.accept();

        // Charge as the cell integrates it (docs/abi.md, "The rule").
        double w = h_before > 0.0 ? h.value() / h_before : 0.0;
        w = w > 2.4 ? 0.0 : w;
        q_step = (h.value() * next->i + w * w / (1.0 + w) * q_step) * (1.0 + w) / (1.0 + 2.0 * w);
        q_out += q_step;
        q_moved += std::abs(q_step);
        h_before = h.value();

        const double half = 0.5 * h.value();
        e_heat += half * (heat_before + storage.heat_W());
        e_lost += half * (lost_W(now) + lost_W(*next));
        e_load += half * (now.v_out * now.v_out + next->v_out * next->v_out) / r_load;
        t += h.value();
        now = *next;
        if (edge) {
            closed = !closed;
            edges++;
            storage.restart();
            h_before = 0.0;
        }
    }
    const double e_end = storage.stored_J() + 0.5 * c_out * now.v_out * now.v_out +
                         0.5 * inductance * now.i * now.i;
    return {t,
            e_heat,
            std::abs(q_0 - q_out - storage.charge_C()) / q_moved,
            std::abs(e_0 - e_end - e_heat - e_lost - e_load) / e_load,
            edges,
            now.v <= v_end.value()};
}

} // namespace

int main(int argc, char **argv) {
    try {
        const double t_end = argc > 1 ? std::atof(argv[1]) : 1.0;
        outcome real{}, usual{};
        {
            const ncm::card card = pulse_supercapacitor();
            ncm_part cell(card);
            real = run(cell, t_end);
            // The usual model gets the capacitance at rest, and the resistance of the empty cell: what
            // an impedance measurement at 0 V says.
            const ncm::stepper empty(card);
            usual_part plain(empty.capacitance().value(), empty.effective_resistance().value());
            usual = run(plain, t_end);
        }
        const char *what = real.given_up ? "hold-up" : "simulated";
        std::printf("ncm cell   %s %.3f ms, heat in the part %.3f mJ, %ld switching edges\n", what,
                    1e3 * real.hold_up_s, 1e3 * real.heat_part_J, real.edges);
        std::printf("C and ESR  %s %.3f ms, heat in the part %.3f mJ\n", what,
                    1e3 * usual.hold_up_s, 1e3 * usual.heat_part_J);
        std::printf("charge balance %.1e of the charge moved (at most 1e-12)\n", real.charge_gap);
        std::printf("energy balance %.1e of the energy to the load (at most 1e-4)\n", real.energy_gap);
        const bool good = real.charge_gap <= 1e-12 && real.energy_gap <= 1e-4 && real.edges >= 4 &&
                          ncm::handles_alive() == 0;
        std::puts(good ? "ok" : "FAILED");
        return good ? 0 : 1;
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "switching: %s\n", failure.what());
        return 2;
    }
}
