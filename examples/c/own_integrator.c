/*
 * A simulator that integrates by itself: ncm's cell in charge form, f(x) + dq(x)/dt = injected current,
 * under the trapezoidal rule and Newton's method with a dense matrix.
 *
 *   v(t) --- r_source --- p [ cell ] n --- ground
 *
 * The source rises smoothly to 0.4 V and falls back; the cell is the paper's (5 slits of 5 ohm and
 * 0.08 uF each, gamma 0.5; Zhan et al., arXiv 2010.08151), here with gamma 0.9 and leakage.
 *
 * The same terminal voltage is then given to the other way of using ncm, the stepper, which integrates
 * its inner states itself by another rule (BDF2). Both are of second order: the currents must agree to
 * 2e-4 of the maximum at 500 steps, and four times as well with each halving of the step. The exit code
 * says so.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncm.h>

enum { MAX_NODES = 32, MAX_ENTRIES = 256 };

static const double PI = 3.14159265358979323846;
static const double R_SOURCE = 2.0;
static const double T_END = 20e-6;

static const char CARD[] =
    "format = 1\n"
    "name = \"paper-cell\"\n"
    "[electrode]\n"
    "r_c = 5.0\n"
    "gamma = 0.9\n"
    "q_max = 1.6e-8\n"
    "c_slit = 8e-8\n"
    "slits = 5\n"
    "[cell]\n"
    "esr = 0.5\n"
    "r_leak = 1e5\n";

static void check(ncm_result result)
{
    if (result != NCM_RESULT_OK) {
        fprintf(stderr, "own_integrator: %s (%s)\n", ncm_last_error(), ncm_result_name(result));
        exit(2);
    }
}

static double source(double t)
{
    const double s = sin(PI * t / T_END);
    return 0.4 * s * s;
}

/* Solves a x = b by Gaussian elimination with row exchange; x replaces b. */
static int solve(size_t n, double a[MAX_NODES][MAX_NODES], double b[MAX_NODES])
{
    size_t i, j, k;
    for (k = 0; k < n; k++) {
        size_t best = k;
        for (i = k + 1; i < n; i++) {
            if (fabs(a[i][k]) > fabs(a[best][k])) {
                best = i;
            }
        }
        if (a[best][k] == 0.0) {
            return 0;
        }
        for (j = 0; j < n; j++) {
            double swap = a[k][j];
            a[k][j] = a[best][j];
            a[best][j] = swap;
        }
        {
            double swap = b[k];
            b[k] = b[best];
            b[best] = swap;
        }
        for (i = k + 1; i < n; i++) {
            const double factor = a[i][k] / a[k][k];
            for (j = k; j < n; j++) {
                a[i][j] -= factor * a[k][j];
            }
            b[i] -= factor * b[k];
        }
    }
    for (k = n; k-- > 0;) {
        for (j = k + 1; j < n; j++) {
            b[k] -= a[k][j] * b[j];
        }
        b[k] /= a[k][k];
    }
    return 1;
}

/* The cell and the arrays that its evaluation fills. */
struct circuit {
    ncm_charge_form *form;
    size_t nodes, entries;
    size_t start[MAX_NODES + 1], row[MAX_ENTRIES];
    double f[MAX_NODES], q[MAX_NODES], g[MAX_ENTRIES], c[MAX_ENTRIES];
};

/* Currents out of all nodes but for dq/dt: the cell's, the source's at p, ground at n. */
static void evaluate(struct circuit *s, const double *x, double t)
{
    check(ncm_charge_form_eval(s->form, x, s->nodes, s->entries, s->f, s->q, s->g, s->c));
    s->f[0] += (x[0] - source(t)) / R_SOURCE;
}

/*
 * One step of the trapezoidal rule: (q1 - q0)/h + (f1 + f0)/2 = 0 at every node but n, and x = 0 at n.
 * The arrays of `s` hold the values at the start of the step, and then those at its end.
 */
static int step(struct circuit *s, double *x, double t, double h)
{
    static double matrix[MAX_NODES][MAX_NODES];
    double f0[MAX_NODES], q0[MAX_NODES], dx[MAX_NODES];
    size_t i, j, k, iteration;

    memcpy(f0, s->f, sizeof f0);
    memcpy(q0, s->q, sizeof q0);
    for (iteration = 0; iteration < 30; iteration++) {
        double largest = 0.0;
        evaluate(s, x, t + h);
        memset(matrix, 0, sizeof matrix);
        for (j = 0; j < s->nodes; j++) {
            for (k = s->start[j]; k < s->start[j + 1]; k++) {
                matrix[s->row[k]][j] = s->c[k] / h + 0.5 * s->g[k];
            }
        }
        matrix[0][0] += 0.5 / R_SOURCE;
        for (i = 0; i < s->nodes; i++) {
            dx[i] = -((s->q[i] - q0[i]) / h + 0.5 * (s->f[i] + f0[i]));
        }
        for (j = 0; j < s->nodes; j++) {
            matrix[1][j] = j == 1 ? 1.0 : 0.0;
        }
        dx[1] = -x[1];
        if (!solve(s->nodes, matrix, dx)) {
            return 0;
        }
        for (i = 0; i < s->nodes; i++) {
            x[i] += dx[i];
            largest = fmax(largest, fabs(dx[i]));
        }
        if (largest < 1e-12) {
            evaluate(s, x, t + h);
            return 1;
        }
    }
    return 0;
}

/* Largest difference of the terminal current between both ways, of the largest current. */
static double difference(const ncm_card *card, size_t steps)
{
    static struct circuit s;
    double x[MAX_NODES] = {0.0};
    const double h = T_END / (double)steps;
    double worst = 0.0, largest = 0.0;
    ncm_stepper *stepper;
    size_t n;

    memset(&s, 0, sizeof s);
    check(ncm_charge_form_new(card, &s.form));
    check(ncm_charge_form_size(s.form, &s.nodes, &s.entries));
    if (s.nodes > MAX_NODES || s.entries > MAX_ENTRIES) {
        fprintf(stderr, "own_integrator: the cell has %zu nodes\n", s.nodes);
        exit(2);
    }
    check(ncm_charge_form_pattern(s.form, s.start, s.nodes + 1, s.row, s.entries));
    check(ncm_stepper_new(card, &stepper));

    evaluate(&s, x, 0.0);
    for (n = 0; n < steps; n++) {
        ncm_companion c;
        double i;
        if (!step(&s, x, (double)n * h, h)) {
            fprintf(stderr, "own_integrator: no convergence at step %zu\n", n);
            exit(2);
        }
        i = (source((double)(n + 1) * h) - x[0]) / R_SOURCE;
        check(ncm_stepper_try_voltage(stepper, h, x[0], &c));
        check(ncm_stepper_accept(stepper));
        worst = fmax(worst, fabs(c.i_A - i));
        largest = fmax(largest, fabs(i));
    }
    check(ncm_stepper_free(stepper));
    check(ncm_charge_form_free(s.form));
    return worst / largest;
}

int main(void)
{
    ncm_card *card;
    double coarse, fine, order;

    check(NCM_ABI_CHECK());
    check(ncm_card_from_toml(CARD, sizeof CARD - 1, "own_integrator", NULL, 0, &card));
    coarse = difference(card, 500);
    fine = difference(card, 1000);
    check(ncm_card_free(card));
    order = log2(coarse / fine);
    printf("largest difference of the current between charge form (trapezoidal) and stepper (BDF2):\n");
    printf("   500 steps %.2e of the maximum (at most 2e-4)\n  1000 steps %.2e, order %.2f (2 within "
           "0.2)\n",
           coarse, fine, order);
    if (!(coarse <= 2e-4) || !(fabs(order - 2.0) <= 0.2)) {
        puts("FAILED");
        return 1;
    }
    puts("ok");
    return 0;
}
