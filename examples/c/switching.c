/*
 * A charger for a supercapacitor, simulated with a small circuit simulator of its own around ncm's
 * cell.
 *
 *            switch S (r_on)    L      r_l        i
 *   source --o/ o--------+----uuuu---/\/\/---> + ------.
 *    5 V                 |                     |  cell |
 *                        ^ diode D (v_d, r_d)  |       |
 *                        |                     - ------'
 *   ground --------------+---------------------'
 *
 * S closes when the inductor's current falls to 1.8 A and opens when it rises to 2.2 A: a buck converter
 * with hysteretic control that charges the cell from 0 V to 2 V at 2 A. The part is a pulse
 * supercapacitor of 50 mF.
 *
 * What it shows of the C interface:
 *   - a card from structs, and a stepper made from it;
 *   - a trial step inside Newton's method: the inductor (trapezoidal rule) is coupled with the cell's
 *     companion i(v), di/dv, both at the end of the step;
 *   - a step that is cut so that it ends on the switching edge: the longer trial is simply replaced;
 *   - restart at the edge, where the derivative of the current jumps.
 *
 * The bookkeeping at the end must come out: the charge that flowed is on the electrode (1e-12, by the
 * formula that the cell itself integrates with), and the energy from the source is stored or has
 * become heat (1e-4). The exit code says so.
 *
 * Usage: switching [SECONDS]      how long to simulate at most; by default until 2 V are reached
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ncm.h>

/* The circuit, SI units. */
static const double V_SOURCE = 5.0;
static const double R_ON = 0.03;
static const double V_DIODE = 0.35;
static const double R_DIODE = 0.02;
static const double INDUCTANCE = 47e-6;
static const double R_INDUCTOR = 0.05;
static const double I_LOW = 1.8;
static const double I_HIGH = 2.2;
static const double V_FULL = 2.0;

/* The longest step, and how close to the threshold a switching edge must be. */
static const double H_MAX = 0.25e-6;
static const double I_EDGE = 1e-5;

/* Stops with the library's own words where a call failed. */
static void check(ncm_result result)
{
    if (result != NCM_RESULT_OK) {
        fprintf(stderr, "switching: %s (%s)\n", ncm_last_error(), ncm_result_name(result));
        exit(2);
    }
}

static double readout(const ncm_stepper *cell, uint32_t quantity)
{
    double value;
    check(ncm_stepper_read(cell, quantity, &value));
    return value;
}

static ncm_card *pulse_supercapacitor(void)
{
    ncm_electrode_params electrode;
    ncm_cell_params whole;
    ncm_card *card;

    check(ncm_electrode_params_init(&electrode, sizeof electrode));
    electrode.r_c = 3e-3;   /* 20 of them: a third of 60 mohm to a slow current */
    electrode.gamma = 0.6;
    electrode.q_max = 5e-3; /* the resistance has fallen by gamma at 1 V on the electrode */
    electrode.c_slit = 5e-3;
    electrode.slits = 20;
    check(ncm_cell_params_init(&whole, sizeof whole));
    whole.esr = 0.02;
    check(ncm_card_from_params(&whole, &electrode, &electrode, &card));
    return card;
}

/* Voltage that drives inductor and cell: the source behind the switch, or the diode. */
static double drive(int closed, double i)
{
    return closed ? V_SOURCE - R_ON * i : -V_DIODE - R_DIODE * i;
}

static double drive_slope(int closed)
{
    return closed ? -R_ON : -R_DIODE;
}

/* The circuit's state at the end of an accepted step. */
struct point {
    double v; /* cell, volt */
    double i; /* inductor and cell, ampere */
};

/*
 * One implicit step of the whole circuit: L (i1 - i0)/h is the mean of the voltage across the inductor
 * at both ends, and i1 = i(v1) is the cell's. Newton's method on v1; the cell's part of the derivative
 * comes with the trial. The last trial is left in hand.
 */
static int step(ncm_stepper *cell, double h, int closed, struct point from, struct point *to)
{
    const double across = drive(closed, from.i) - R_INDUCTOR * from.i - from.v;
    /* A nanovolt, or what rounding of the current leaves uncertain in a very short step. */
    const double tolerance = 1e-9 + 1e-14 * INDUCTANCE / h;
    double v = from.v;
    int k;

    for (k = 0; k < 20; k++) {
        ncm_companion c;
        double gap, slope;
        ncm_result result = ncm_stepper_try_voltage(cell, h, v, &c);
        if (result == NCM_RESULT_NOT_CONVERGED) {
            return 0;
        }
        check(result);
        gap = INDUCTANCE * (c.i_A - from.i) / h
            - 0.5 * (across + drive(closed, c.i_A) - R_INDUCTOR * c.i_A - c.v_V);
        slope = (INDUCTANCE / h - 0.5 * (drive_slope(closed) - R_INDUCTOR)) * c.di_dv_S + 0.5;
        if (fabs(gap) < tolerance) {
            to->v = c.v_V;
            to->i = c.i_A;
            return 1;
        }
        v = c.v_V - gap / slope;
    }
    return 0;
}

/* Power that leaves the source and that becomes heat outside of the cell. */
static double source_power(int closed, double i)
{
    return closed ? V_SOURCE * i : 0.0;
}

static double loss_power(int closed, double i)
{
    double loss = R_INDUCTOR * i * i;
    loss += closed ? R_ON * i * i : (V_DIODE + R_DIODE * i) * i;
    return loss;
}

int main(int argc, char **argv)
{
    const double t_end = argc > 1 ? atof(argv[1]) : 1.0;
    ncm_card *card;
    ncm_stepper *cell;
    struct point now = {0.0, 0.0};
    double t = 0.0;
    int closed = 1;
    long edges = 0, steps = 0;
    /* Books: charge by the cell's own rule, energies by the trapezoidal rule. */
    double q_in = 0.0, q_moved = 0.0, q_step = 0.0, h_before = 0.0;
    double e_source = 0.0, e_loss = 0.0, e_heat = 0.0;
    double charge_gap, energy_gap, stored, magnetic, r_empty;
    size_t alive;

    check(NCM_ABI_CHECK());
    card = pulse_supercapacitor();
    check(ncm_stepper_new(card, &cell));
    check(ncm_card_free(card));
    r_empty = readout(cell, NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM);

    while (t < t_end && now.v < V_FULL) {
        struct point next;
        double h = H_MAX, before, w;
        int edge = 0, cuts;

        /* A step, cut until it ends before the threshold or on it. */
        for (cuts = 0;; cuts++) {
            const double threshold = closed ? I_HIGH : I_LOW;
            double beyond;
            if (cuts > 40) {
                fprintf(stderr, "switching: no step from t = %g s\n", t);
                return 2;
            }
            if (!step(cell, h, closed, now, &next)) {
                h *= 0.25;
                continue;
            }
            beyond = closed ? next.i - threshold : threshold - next.i;
            if (fabs(beyond) <= I_EDGE) {
                edge = 1;
                break;
            }
            if (beyond < 0.0) {
                break;
            }
            h *= (threshold - now.i) / (next.i - now.i);
        }
        before = readout(cell, NCM_QUANTITY_DISSIPATION_W);
        check(ncm_stepper_accept(cell));

        /*
         * Charge as the cell integrates it (docs/abi.md, "The rule"): BDF2, or backward Euler after
         * a restart and where the step grows by more than 2.4.
         */
        w = h_before > 0.0 ? h / h_before : 0.0;
        if (w > 2.4) {
            w = 0.0;
        }
        q_step = (h * next.i + w * w / (1.0 + w) * q_step) * (1.0 + w) / (1.0 + 2.0 * w);
        q_in += q_step;
        q_moved += fabs(q_step);
        h_before = h;

        e_source += 0.5 * h * (source_power(closed, now.i) + source_power(closed, next.i));
        e_loss += 0.5 * h * (loss_power(closed, now.i) + loss_power(closed, next.i));
        e_heat += 0.5 * h * (before + readout(cell, NCM_QUANTITY_DISSIPATION_W));

        t += h;
        steps++;
        now = next;
        if (edge) {
            closed = !closed;
            edges++;
            check(ncm_stepper_restart(cell));
            h_before = 0.0;
        }
    }

    stored = readout(cell, NCM_QUANTITY_STORED_ENERGY_J);
    magnetic = 0.5 * INDUCTANCE * now.i * now.i;
    charge_gap = fabs(q_in - readout(cell, NCM_QUANTITY_CHARGE_C)) / q_moved;
    energy_gap = fabs(e_source - e_loss - e_heat - stored - magnetic) / e_source;
    printf("%.3f ms, %ld steps, %ld switching edges\n", 1e3 * t, steps, edges);
    printf("cell %.4f V, %.4f mC, slow resistance %.2f mohm (empty %.2f)\n", now.v, 1e3 * q_in,
           1e3 * readout(cell, NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM), 1e3 * r_empty);
    printf("energy: source %.4f mJ = cell %.4f + inductor %.4f + heat in the cell %.4f + heat outside "
           "%.4f\n",
           1e3 * e_source, 1e3 * stored, 1e3 * magnetic, 1e3 * e_heat, 1e3 * e_loss);
    printf("charge balance %.1e of the charge moved (at most 1e-12)\n", charge_gap);
    printf("energy balance %.1e of the energy delivered (at most 1e-4)\n", energy_gap);
    check(ncm_stepper_free(cell));
    check(ncm_handles_alive(&alive));
    if (!(charge_gap <= 1e-12) || !(energy_gap <= 1e-4) || alive != 0 || edges < 4) {
        puts("FAILED");
        return 1;
    }
    puts("ok");
    return 0;
}
