/*
 * Random sequences of calls of the C interface, good and bad: NULL, freed, foreign and forged handles,
 * wrong lengths, NaN, huge and tiny numbers, damaged cards and states, several threads on the same
 * handles. Made to be run under AddressSanitizer (with libncm instrumented too, see docs/abi.md) and under
 * valgrind.
 *
 * After every call is checked that
 *   - the result code is one of the header's, and never NCM_RESULT_INTERNAL;
 *   - a failure is remembered for this thread, with the function's name in its text;
 *   - a failure has left the results untouched, and success has written finite numbers;
 *   - with one thread: a handle that is not alive was refused, a live one was neither taken for dead
 *     nor for busy.
 * In the end all is freed and no handle may be alive.
 *
 * Usage: call_sequences SEED CALLS [THREADS]
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncm.h>

/* ---- Random choices: a splitmix64 sequence, so that a seed tells the whole run ---- */

struct random {
    uint64_t state;
};

static uint64_t bits(struct random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(struct random *r, uint32_t n)
{
    return (uint32_t)(bits(r) % n);
}

static int one_in(struct random *r, uint32_t n)
{
    return below(r, n) == 0;
}

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * (double)(bits(r) >> 11) / 9007199254740992.0;
}

/* A number that somebody might pass by mistake. */
static double wild(struct random *r)
{
    static const double odd[] = {0.0,   -0.0, 1.0,    -1.0,   1e-300, -1e-300, 1e300,    -1e300,
                                 4e-324, 1e-9, 1.7e308, -1.7e308, 1e18, -1e18, 1e-18, 0.5};
    switch (below(r, 6)) {
    case 0: return NAN;
    case 1: return one_in(r, 2) ? INFINITY : -INFINITY;
    case 2: {
        const uint64_t any = bits(r);
        double x;
        memcpy(&x, &any, sizeof x);
        return x;
    }
    default: return odd[below(r, sizeof odd / sizeof odd[0])];
    }
}

/* Mostly a sensible number, now and then a wild one. */
static double number(struct random *r, double low, double high)
{
    return one_in(r, 12) ? wild(r) : between(r, low, high);
}

/* ---- Handles, shared by all threads ---- */

enum kind { CARD, LAW, FORM, STEPPER, KINDS };
enum { POOL = 12 };

static struct {
    pthread_mutex_t lock;
    void *handle[KINDS][POOL];
    int live[KINDS][POOL];
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int threads = 1;

/* What is to be called with: a handle, and whether it is known to be alive. */
struct subject {
    void *handle;
    int live;
    int place; /* in the pool, or -1 */
};

/* A forged handle may happen to be a real one. */
static int is_live(enum kind kind, const void *handle)
{
    int k, live = 0;
    pthread_mutex_lock(&pool.lock);
    for (k = 0; k < POOL; k++) {
        live |= pool.live[kind][k] && pool.handle[kind][k] == handle;
    }
    pthread_mutex_unlock(&pool.lock);
    return live;
}

static struct subject choose(struct random *r, enum kind kind)
{
    struct subject s = {NULL, 0, -1};
    const uint32_t how = below(r, 40);
    if (how == 0) {
        return s;
    }
    pthread_mutex_lock(&pool.lock);
    if (how == 1) {
        const enum kind other = (enum kind)((kind + 1 + below(r, KINDS - 1)) % KINDS);
        s.handle = pool.handle[other][below(r, POOL)];
    } else {
        s.place = (int)below(r, POOL);
        s.handle = pool.handle[kind][s.place];
        s.live = pool.live[kind][s.place];
    }
    pthread_mutex_unlock(&pool.lock);
    if (how == 2) {
        /* Forged: some bits of a real one turned, or any number. */
        uintptr_t forged = (uintptr_t)s.handle;
        forged = one_in(r, 2) ? (uintptr_t)bits(r) : forged ^ ((uintptr_t)1 << below(r, 64));
        s.handle = (void *)forged;
        s.live = is_live(kind, s.handle);
        s.place = -1;
    }
    return s;
}

/* Puts a new handle in the pool; what stood there, if alive, is freed. */
static void keep(struct random *r, enum kind kind, void *handle)
{
    const int place = (int)below(r, POOL);
    void *old = NULL;
    ncm_result result = NCM_RESULT_OK;

    pthread_mutex_lock(&pool.lock);
    if (pool.live[kind][place]) {
        old = pool.handle[kind][place];
    }
    pool.handle[kind][place] = handle;
    pool.live[kind][place] = 1;
    pthread_mutex_unlock(&pool.lock);
    /* Another thread may be using it: wait until it has done. */
    do {
        switch (kind) {
        case CARD: result = ncm_card_free(old); break;
        case LAW: result = ncm_law_free(old); break;
        case FORM: result = ncm_charge_form_free(old); break;
        default: result = ncm_stepper_free(old); break;
        }
    } while (result == NCM_RESULT_BUSY);
}

/* ---- Verdicts ---- */

static unsigned long long calls_ok, calls_refused;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

static void wrong(const char *function, const char *what, ncm_result result)
{
    fprintf(stderr, "%s: %s (%s: %s)\n", function, what, ncm_result_name(result), ncm_last_error());
    abort();
}

/* Judges a call on handle `s`; `before` and `after` are the `size` bytes of results. */
static void judge(const char *function, struct subject s, ncm_result result, const void *before,
                  const void *after, size_t size)
{
    pthread_mutex_lock(&count_lock);
    *(result == NCM_RESULT_OK ? &calls_ok : &calls_refused) += 1;
    pthread_mutex_unlock(&count_lock);
    if (strcmp(ncm_result_name(result), "unknown") == 0 || result == NCM_RESULT_INTERNAL) {
        wrong(function, "a result that must not be", result);
    }
    if (result != NCM_RESULT_OK) {
        if (ncm_last_error_code() != result
            || strncmp(ncm_last_error(), function, strlen(function)) != 0) {
            wrong(function, "the failure is not remembered", result);
        }
        if (size > 0 && memcmp(before, after, size) != 0) {
            wrong(function, "results were written in spite of failure", result);
        }
    }
    if (threads == 1) {
        if (!s.live && result == NCM_RESULT_OK) {
            wrong(function, "a dead handle was accepted", result);
        }
        if (s.live && (result == NCM_RESULT_INVALID_HANDLE || result == NCM_RESULT_BUSY)) {
            wrong(function, "a live handle was refused", result);
        }
    }
}

static void finite(const char *function, ncm_result result, const double *values, size_t count)
{
    size_t k;
    for (k = 0; result == NCM_RESULT_OK && k < count; k++) {
        if (!isfinite(values[k])) {
            fprintf(stderr, "number %zu of %zu is %g\n", k, count, values[k]);
            wrong(function, "success with a number that is not finite", result);
        }
    }
}

static const struct subject NONE = {NULL, 1, -1};

/* ---- Calls ---- */

static uint32_t any_electrode(struct random *r)
{
    return one_in(r, 20) ? (uint32_t)bits(r) : below(r, 2);
}

static void fill_electrode(struct random *r, ncm_electrode_params *p, ncm_section *list)
{
    static const uint64_t slits[] = {1, 1, 2, 3, 5, 5, 8, 20, 40, 2001, 60000, 10000000};
    size_t k;
    ncm_electrode_params_init(p, sizeof *p);
    p->law = one_in(r, 30) ? (uint32_t)bits(r) : below(r, 3);
    p->r_c = between(r, 0.1, 10.0);
    p->gamma = between(r, -1.0, 1.0);
    p->q_max = between(r, 0.1, 2.0) * 1e-8;
    p->c_slit = between(r, 0.1, 2.0) * 1e-7;
    p->slits = slits[below(r, sizeof slits / sizeof slits[0])];
    p->sections = p->slits > 30 && one_in(r, 2) ? 1 + below(r, 30) : 0;
    p->r_open = one_in(r, 2) ? 0.0 : between(r, 0.0, 5.0);
    p->c_open = one_in(r, 2) ? 0.0 : between(r, 0.0, 1e-7);
    if (one_in(r, 2)) {
        p->c_rise = between(r, -0.5, 3.0);
        p->u_rise = one_in(r, 2) ? 1.0 : between(r, 0.01, 1.0);
    }
    if (one_in(r, 8)) {
        for (k = 0; k < 4; k++) {
            list[k].slits = number(r, 1.0, 9.0);
            list[k].r_c = number(r, 0.1, 10.0);
            list[k].q_max = number(r, 1e-9, 1e-8);
            list[k].c_slit = number(r, 1e-8, 1e-7);
        }
        p->section_list = one_in(r, 10) ? NULL : list;
        p->section_list_length = below(r, 5);
    }
    if (one_in(r, 6)) {
        double *field[] = {&p->r_c, &p->gamma, &p->q_max, &p->r_min, &p->c_slit,
                           &p->r_open, &p->c_open, &p->entry, &p->c_rise, &p->u_rise};
        *field[below(r, sizeof field / sizeof field[0])] = wild(r);
    }
    if (one_in(r, 40)) {
        p->slits = bits(r);
    }
    if (one_in(r, 60)) {
        p->size = one_in(r, 2) ? below(r, 300) : (size_t)bits(r);
    }
}

static void card_from_params(struct random *r)
{
    ncm_electrode_params positive, negative;
    ncm_cell_params cell;
    ncm_section list[4], other[4];
    ncm_card *card = (ncm_card *)&card;
    ncm_card *const before = card;
    ncm_result result;

    fill_electrode(r, &positive, list);
    fill_electrode(r, &negative, other);
    ncm_cell_params_init(&cell, sizeof cell);
    cell.esr = one_in(r, 2) ? 0.0 : number(r, 0.0, 2.0);
    if (one_in(r, 2)) {
        cell.r_leak = number(r, 1e3, 1e6);
    }
    if (one_in(r, 4)) {
        cell.area = number(r, 0.1, 10.0);
        cell.series = floor(number(r, 1.0, 4.0));
        cell.parallel = number(r, 1.0, 1.0);
    }
    cell.ic = number(r, -0.5, 0.5);
    result = ncm_card_from_params(one_in(r, 60) ? NULL : &cell, one_in(r, 60) ? NULL : &positive,
                                  one_in(r, 4)   ? NULL
                                  : one_in(r, 2) ? &positive
                                                 : &negative,
                                  one_in(r, 60) ? NULL : &card);
    judge("ncm_card_from_params", NONE, result, &before, &card, sizeof card);
    if (result == NCM_RESULT_OK) {
        keep(r, CARD, card);
    }
}

static void card_from_toml(struct random *r)
{
    static const char good[] = "format = 1\nname = \"x\"\nkind = \"cell\"\n[electrode]\nlaw = \"sqrt\"\n"
                               "r_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\nc_slit = 8e-8\nslits = 5\n"
                               "c_rise = 0.4\nu_rise = 0.2\n[negative]\nr_c = 6.0\nc_rise = 0.0\n"
                               "[cell]\nesr = 0.5\nic = 0.1\n[thermal]\nr_th = 9.0\nc_th = 2.0\n"
                               "esr_tc1 = 3e-3\n[ageing]\nage = 10.0\nlife = 1e3\n[limits]\nv_max = 2.7\n";
    static const char *const texts[] = {"gamma=0.7", "negative.r_c=2", "slits=3", "gamma=nan",
                                        "nonsense", "", "=", "esr=-1", "\xff\xfe", "name=\"y\"",
                                        "c_rise=2", "negative.u_rise=0", "r_th=1", "v_max=-1", "age=inf"};
    const size_t length = one_in(r, 4) ? below(r, sizeof good) : sizeof good - 1;
    char *text = malloc(length + 1);
    const char *overrides[3];
    ncm_card *card = (ncm_card *)&card;
    ncm_card *const before = card;
    size_t k, count = one_in(r, 2) ? 0 : below(r, 4);
    ncm_result result;

    memcpy(text, good, length);
    if (length > 0 && one_in(r, 2)) {
        for (k = below(r, 4) + 1; k-- > 0;) {
            text[below(r, (uint32_t)length)] = (char)below(r, 256);
        }
    }
    for (k = 0; k < 3; k++) {
        overrides[k] = one_in(r, 40) ? NULL : texts[below(r, sizeof texts / sizeof texts[0])];
    }
    result = ncm_card_from_toml(one_in(r, 60) ? NULL : text, length, one_in(r, 2) ? NULL : "fuzz",
                                one_in(r, 60) ? NULL : overrides, count, &card);
    judge("ncm_card_from_toml", NONE, result, &before, &card, sizeof card);
    free(text);
    if (result == NCM_RESULT_OK) {
        keep(r, CARD, card);
    }
}

static void card_from_file(struct random *r)
{
    static const char *const paths[] = {"/nonexistent", "", "/", "/dev/null", "\xff"};
    ncm_card *card = (ncm_card *)&card;
    ncm_card *const before = card;
    ncm_result result = ncm_card_from_file(one_in(r, 9) ? NULL : paths[below(r, 5)], NULL, 0, &card);
    judge("ncm_card_from_file", NONE, result, &before, &card, sizeof card);
    if (result == NCM_RESULT_OK) {
        wrong("ncm_card_from_file", "a card from nothing", result);
    }
}

static void card_read(struct random *r)
{
    const struct subject s = choose(r, CARD);
    const uint32_t which = any_electrode(r);
    ncm_result result;
    switch (below(r, 4)) {
    case 0: {
        ncm_cell_params p, before;
        memset(&p, 0x5a, sizeof p);
        p.size = one_in(r, 10) ? (size_t)bits(r) : sizeof p;
        before = p;
        result = ncm_card_cell_params(s.handle, &p);
        judge("ncm_card_cell_params", s, result, &before, &p, sizeof p);
        break;
    }
    case 1: {
        ncm_electrode_params p, before;
        memset(&p, 0x5a, sizeof p);
        p.size = one_in(r, 10) ? (size_t)bits(r) : sizeof p;
        before = p;
        result = ncm_card_electrode_params(s.handle, which, &p);
        judge("ncm_card_electrode_params", s, result, &before, &p, sizeof p);
        break;
    }
    case 2: {
        size_t count = 77, before = 77;
        result = ncm_card_section_count(s.handle, which, one_in(r, 30) ? NULL : &count);
        judge("ncm_card_section_count", s, result, &before, &count, sizeof count);
        if (result == NCM_RESULT_OK && threads == 1) {
            const size_t room = one_in(r, 5) ? below(r, 9) : count;
            ncm_section *list = malloc(room * sizeof *list + 1);
            result = ncm_card_sections(s.handle, which, list, room);
            judge("ncm_card_sections", s, result, NULL, NULL, 0);
            if ((result == NCM_RESULT_OK) != (room == count)) {
                wrong("ncm_card_sections", "length", result);
            }
            free(list);
        }
        break;
    }
    default: {
        const size_t capacity = below(r, 900);
        char *buffer = malloc(capacity + 1);
        size_t length = 5, before = 5;
        result = ncm_card_to_toml(s.handle, one_in(r, 30) ? NULL : buffer, capacity, &length);
        judge("ncm_card_to_toml", s, result, &before, &length, sizeof length);
        if (result == NCM_RESULT_OK && capacity > 0 && strlen(buffer) >= capacity) {
            wrong("ncm_card_to_toml", "no NUL at the end", result);
        }
        free(buffer);
    }
    }
}

static void law_new(struct random *r)
{
    ncm_law *law = (ncm_law *)&law;
    ncm_law *const before = law;
    ncm_result result;
    if (one_in(r, 2)) {
        ncm_law_params p;
        ncm_law_params_init(&p, sizeof p);
        p.law = below(r, 4);
        p.r_c = number(r, 0.1, 10.0);
        p.gamma = number(r, -2.0, 1.0);
        p.q_max = number(r, 0.1, 10.0);
        if (one_in(r, 3)) {
            p.r_min = number(r, 1e-6, 0.05);
        }
        result = ncm_law_new(one_in(r, 60) ? NULL : &p, &law);
        judge("ncm_law_new", NONE, result, &before, &law, sizeof law);
    } else {
        const struct subject s = choose(r, CARD);
        result = ncm_law_from_card(s.handle, any_electrode(r), one_in(r, 60) ? NULL : &law);
        judge("ncm_law_from_card", s, result, &before, &law, sizeof law);
    }
    if (result == NCM_RESULT_OK) {
        keep(r, LAW, law);
    }
}

static void law_eval(struct random *r)
{
    const struct subject s = choose(r, LAW);
    ncm_resistance value = {7.0, 7.0}, before = value;
    ncm_result result = ncm_law_eval(s.handle, number(r, -20.0, 20.0), one_in(r, 60) ? NULL : &value);
    judge("ncm_law_eval", s, result, &before, &value, sizeof value);
    finite("ncm_law_eval", result, &value.r, 2);
    if (result == NCM_RESULT_OK && !(value.r > 0.0)) {
        wrong("ncm_law_eval", "a resistance that is not positive", result);
    }
}

static void form_new(struct random *r)
{
    const struct subject s = choose(r, CARD);
    ncm_charge_form *form = (ncm_charge_form *)&form;
    ncm_charge_form *const before = form;
    ncm_result result = ncm_charge_form_new(s.handle, one_in(r, 60) ? NULL : &form);
    judge("ncm_charge_form_new", s, result, &before, &form, sizeof form);
    if (result == NCM_RESULT_OK) {
        keep(r, FORM, form);
    }
}

static double *array(struct random *r, size_t count, double low, double high)
{
    double *values = malloc(count * sizeof *values + 1);
    size_t k;
    for (k = 0; k < count; k++) {
        values[k] = between(r, low, high);
    }
    if (count > 0 && one_in(r, 8)) {
        values[below(r, (uint32_t)count)] = wild(r);
    }
    return values;
}

static double *copy_of(const double *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy + 1);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static void form_eval(struct random *r)
{
    const struct subject s = choose(r, FORM);
    size_t size[2] = {9, 9}, before[2] = {9, 9};
    ncm_result result = ncm_charge_form_size(s.handle, &size[0], &size[1]);
    judge("ncm_charge_form_size", s, result, before, size, sizeof size);
    if (one_in(r, 8)) {
        size[0] = below(r, 50);
        size[1] = below(r, 50);
    }
    if (one_in(r, 3)) {
        size_t *start = malloc((size[0] + 1) * sizeof *start);
        size_t *row = malloc(size[1] * sizeof *row + 1);
        result = ncm_charge_form_pattern(s.handle, start, size[0] + 1, row, size[1]);
        judge("ncm_charge_form_pattern", s, result, NULL, NULL, 0);
        if (result == NCM_RESULT_OK && start[size[0]] != size[1]) {
            wrong("ncm_charge_form_pattern", "the last column ends elsewhere", result);
        }
        free(start);
        free(row);
    } else if (one_in(r, 3)) {
        const uint32_t which = any_electrode(r);
        size_t count = 3, old = 3;
        result = ncm_charge_form_electrolyte_count(s.handle, which, &count);
        judge("ncm_charge_form_electrolyte_count", s, result, &old, &count, sizeof count);
        if (one_in(r, 6)) {
            count = below(r, 40);
        }
        {
            size_t *nodes = malloc(count * sizeof *nodes + 1);
            result = ncm_charge_form_electrolyte_nodes(s.handle, which, nodes, count);
            judge("ncm_charge_form_electrolyte_nodes", s, result, NULL, NULL, 0);
            free(nodes);
        }
    } else {
        double *x = array(r, size[0], -1.0, 1.0);
        double *f = array(r, size[0], 0.0, 1.0), *q = array(r, size[0], 0.0, 1.0);
        double *g = array(r, size[1], 0.0, 1.0), *c = array(r, size[1], 0.0, 1.0);
        double *old = copy_of(g, size[1]);
        /* Now and then the results go where the potentials are. */
        result = ncm_charge_form_eval(s.handle, one_in(r, 60) ? NULL : x, size[0], size[1],
                                      one_in(r, 30)   ? x
                                      : one_in(r, 30) ? NULL
                                                      : f,
                                      q, g, one_in(r, 30) ? NULL : c);
        judge("ncm_charge_form_eval", s, result, old, g, size[1] * sizeof *g);
        finite("ncm_charge_form_eval", result, g, size[1]);
        finite("ncm_charge_form_eval", result, q, size[0]);
        free(x);
        free(f);
        free(q);
        free(g);
        free(c);
        free(old);
    }
}

static void stepper_new(struct random *r)
{
    ncm_stepper *stepper = (ncm_stepper *)&stepper;
    ncm_stepper *const before = stepper;
    ncm_result result;
    struct subject s;
    if (one_in(r, 3)) {
        s = choose(r, STEPPER);
        result = ncm_stepper_clone(s.handle, &stepper);
        judge("ncm_stepper_clone", s, result, &before, &stepper, sizeof stepper);
    } else {
        s = choose(r, CARD);
        result = ncm_stepper_new(s.handle, one_in(r, 60) ? NULL : &stepper);
        judge("ncm_stepper_new", s, result, &before, &stepper, sizeof stepper);
    }
    if (result == NCM_RESULT_OK) {
        keep(r, STEPPER, stepper);
    }
}

static void stepper_step(struct random *r)
{
    const struct subject s = choose(r, STEPPER);
    int k;
    for (k = (int)below(r, 6); k >= 0; k--) {
        ncm_companion c = {7.0, 7.0, 7.0, 7.0}, before = c;
        const double h = one_in(r, 15) ? wild(r) : pow(10.0, between(r, -10.0, -4.0));
        ncm_companion *out = one_in(r, 60) ? NULL : &c;
        const char *function;
        ncm_result result;
        switch (below(r, 5)) {
        case 0:
            function = "ncm_stepper_try_current";
            result = ncm_stepper_try_current(s.handle, h, number(r, -0.02, 0.02), out);
            break;
        case 1:
            function = "ncm_stepper_frozen";
            result = ncm_stepper_frozen(s.handle, number(r, -1.0, 1.0), out);
            break;
        default:
            function = "ncm_stepper_try_voltage";
            result = ncm_stepper_try_voltage(s.handle, h, number(r, -1.0, 1.0), out);
        }
        judge(function, s, result, &before, &c, sizeof c);
        finite(function, result, &c.v_V, 4);
        if (one_in(r, 2)) {
            judge("ncm_stepper_accept", s, ncm_stepper_accept(s.handle), NULL, NULL, 0);
        } else if (one_in(r, 3)) {
            judge("ncm_stepper_reject", s, ncm_stepper_reject(s.handle), NULL, NULL, 0);
        } else if (one_in(r, 5)) {
            judge("ncm_stepper_restart", s, ncm_stepper_restart(s.handle), NULL, NULL, 0);
        }
    }
}

static void stepper_set(struct random *r)
{
    const struct subject s = choose(r, STEPPER);
    if (one_in(r, 4)) {
        /* Equal parts: ramps much slower and much faster than the cells, short and long rests. */
        const double rate = one_in(r, 12) ? wild(r) : pow(10.0, between(r, -1.0, 7.0));
        const double rest = one_in(r, 12) ? wild(r) : one_in(r, 3) ? 0.0 : pow(10.0, between(r, -8.0, 1.0));
        judge("ncm_stepper_set_history", s,
              ncm_stepper_set_history(s.handle, number(r, -0.5, 0.5), number(r, -1.0, 1.0), rate, rest),
              NULL, NULL, 0);
    } else if (one_in(r, 2)) {
        judge("ncm_stepper_set_voltage", s, ncm_stepper_set_voltage(s.handle, number(r, -1.0, 1.0)),
              NULL, NULL, 0);
    } else {
        const uint32_t which = any_electrode(r);
        size_t count = 3;
        double *values;
        ncm_stepper_section_count(s.handle, which, &count);
        if (one_in(r, 8)) {
            count = below(r, 60);
        }
        values = array(r, count, -1e-8, 1e-8);
        judge("ncm_stepper_set_section_charges", s,
              ncm_stepper_set_section_charges(s.handle, which, one_in(r, 60) ? NULL : values, count),
              NULL, NULL, 0);
        free(values);
    }
}

static void stepper_thermal(struct random *r)
{
    const struct subject s = choose(r, STEPPER);
    double values[2] = {7.0, 8.0};
    const double before[2] = {7.0, 8.0};
    uint64_t count = 9;
    const uint64_t old = 9;
    ncm_result result;
    switch (below(r, 5)) {
    case 0:
        judge("ncm_stepper_set_temperature", s, ncm_stepper_set_temperature(s.handle, number(r, 200.0, 400.0)),
              NULL, NULL, 0);
        break;
    case 1:
        judge("ncm_stepper_set_surroundings", s,
              ncm_stepper_set_surroundings(s.handle, number(r, 200.0, 400.0)), NULL, NULL, 0);
        break;
    case 2:
        result = ncm_stepper_temperature(s.handle, one_in(r, 60) ? NULL : values);
        judge("ncm_stepper_temperature", s, result, before, values, sizeof before);
        finite("ncm_stepper_temperature", result, values, 1);
        break;
    case 3:
        result = ncm_stepper_heat_flow(s.handle, one_in(r, 60) ? NULL : values,
                                       one_in(r, 60) ? NULL : values + 1);
        judge("ncm_stepper_heat_flow", s, result, before, values, sizeof before);
        finite("ncm_stepper_heat_flow", result, values, 2);
        break;
    default:
        result = ncm_stepper_limit(s.handle, one_in(r, 20) ? (uint32_t)bits(r) : below(r, 4),
                                   one_in(r, 60) ? NULL : &count, one_in(r, 60) ? NULL : values);
        judge("ncm_stepper_limit", s, result, &old, &count, sizeof old);
        finite("ncm_stepper_limit", result, values, 1);
        break;
    }
}

/* Keys of [thermal], [ageing] and [limits], and what is none. */
static void card_set_device(struct random *r)
{
    static const struct {
        const char *name;
        double low, high;
    } keys[] = {
        {"temperature", 200.0, 400.0},  {"t_ref", 250.0, 350.0},        {"r_ea", -3e4, 3e4},
        {"r_tc1", -0.01, 0.01},         {"r_tc2", -1e-4, 1e-4},         {"esr_ea", -3e4, 3e4},
        {"esr_tc1", -0.01, 0.01},       {"esr_tc2", -1e-4, 1e-4},       {"c_ea", -1e4, 1e4},
        {"c_tc1", -0.005, 0.005},       {"c_tc2", -1e-4, 1e-4},         {"leak_ea", -5e4, 5e4},
        {"leak_tc1", -0.01, 0.01},      {"leak_tc2", -1e-4, 1e-4},      {"r_th", 0.0, 1e4},
        {"c_th", 0.0, 1e-3},            {"age", 0.0, 1e4},              {"age_temperature", 250.0, 350.0},
        {"age_voltage", 0.0, 3.0},      {"life", 100.0, 1e4},           {"life_temperature", 300.0, 350.0},
        {"life_voltage", 0.0, 3.0},     {"c_end", 0.5, 1.0},            {"r_end", 1.0, 4.0},
        {"t_double", 5.0, 20.0},        {"v_double", 0.05, 0.5},        {"exponent", 0.3, 2.0},
        {"v_max", 0.1, 1.0},            {"v_min", -1.0, 0.1},           {"i_max", 0.0, 0.01},
        {"t_max", 290.0, 350.0},        {"", 0.0, 1.0},                 {"nonsense", 0.0, 1.0},
    };
    const struct subject s = choose(r, CARD);
    const uint32_t which = below(r, sizeof keys / sizeof keys[0]);
    judge("ncm_card_set_device", s,
          ncm_card_set_device(s.handle, one_in(r, 60) ? NULL : keys[which].name,
                              number(r, keys[which].low, keys[which].high)),
          NULL, NULL, 0);
}

static void stepper_read(struct random *r)
{
    const struct subject s = choose(r, STEPPER);
    double value = 7.0, before = 7.0;
    ncm_result result = ncm_stepper_read(s.handle, one_in(r, 20) ? (uint32_t)bits(r) : below(r, 10),
                                         one_in(r, 60) ? NULL : &value);
    judge("ncm_stepper_read", s, result, &before, &value, sizeof value);
    finite("ncm_stepper_read", result, &value, 1);
    if (one_in(r, 2)) {
        const uint32_t which = any_electrode(r);
        size_t count = 3, old = 3;
        double *values, *copy;
        result = ncm_stepper_section_count(s.handle, which, &count);
        judge("ncm_stepper_section_count", s, result, &old, &count, sizeof count);
        if (one_in(r, 6)) {
            count = below(r, 60);
        }
        values = array(r, count, 0.0, 1.0);
        copy = copy_of(values, count);
        if (one_in(r, 2)) {
            result = ncm_stepper_section_voltages(s.handle, which, values, count);
            judge("ncm_stepper_section_voltages", s, result, copy, values, count * sizeof *values);
        } else {
            result = ncm_stepper_section_charges(s.handle, which, values, count);
            judge("ncm_stepper_section_charges", s, result, copy, values, count * sizeof *values);
        }
        finite("ncm_stepper_section_...", result, values, count);
        free(values);
        free(copy);
    }
}

static void stepper_ac(struct random *r)
{
    const struct subject s = choose(r, STEPPER);
    const size_t count = below(r, 5);
    double *omega = array(r, count, 0.0, 1e8);
    ncm_complex *y = malloc(count * sizeof *y + 1);
    ncm_complex *old = malloc(count * sizeof *y + 1);
    ncm_result result;
    memset(y, 0x3f, count * sizeof *y);
    memcpy(old, y, count * sizeof *y);
    result = ncm_stepper_admittance(s.handle, one_in(r, 60) ? NULL : omega, count,
                                    one_in(r, 60) ? NULL : y);
    judge("ncm_stepper_admittance", s, result, old, y, count * sizeof *y);
    finite("ncm_stepper_admittance", result, (const double *)y, 2 * count);
    free(omega);
    free(y);
    free(old);
}

static void stepper_save(struct random *r)
{
    const struct subject s = choose(r, STEPPER), to = one_in(r, 2) ? s : choose(r, STEPPER);
    size_t length = 3, old = 3;
    double *state, *copy;
    ncm_result result = ncm_stepper_state_length(s.handle, &length);
    judge("ncm_stepper_state_length", s, result, &old, &length, sizeof length);
    if (one_in(r, 10)) {
        length = below(r, 200);
    }
    state = array(r, length, 0.0, 3.0);
    copy = copy_of(state, length);
    result = ncm_stepper_save(s.handle, state, length);
    judge("ncm_stepper_save", s, result, copy, state, length * sizeof *state);
    finite("ncm_stepper_save", result, state, length);
    if (length > 0 && one_in(r, 4)) {
        state[below(r, (uint32_t)length)] = wild(r);
    }
    result = ncm_stepper_restore(to.handle, one_in(r, 60) ? NULL : state, length);
    judge("ncm_stepper_restore", to, result, NULL, NULL, 0);
    free(state);
    free(copy);
}

static void free_one(struct random *r)
{
    const enum kind kind = (enum kind)below(r, KINDS);
    struct subject s = choose(r, kind);
    const char *function;
    ncm_result result;
    if (s.handle == NULL) {
        s.live = 1; /* NULL is fine */
    }
    switch (kind) {
    case CARD: function = "ncm_card_free"; result = ncm_card_free(s.handle); break;
    case LAW: function = "ncm_law_free"; result = ncm_law_free(s.handle); break;
    case FORM: function = "ncm_charge_form_free"; result = ncm_charge_form_free(s.handle); break;
    default: function = "ncm_stepper_free"; result = ncm_stepper_free(s.handle);
    }
    judge(function, s, result, NULL, NULL, 0);
    if (result == NCM_RESULT_OK && s.handle != NULL) {
        int k;
        pthread_mutex_lock(&pool.lock);
        /* It stays in the pool: dead handles are to be tried too. */
        for (k = 0; k < POOL; k++) {
            if (pool.handle[kind][k] == s.handle) {
                pool.live[kind][k] = 0;
            }
        }
        pthread_mutex_unlock(&pool.lock);
    }
}

static void ask(struct random *r)
{
    char buffer[40];
    size_t length = 0, capacity = below(r, sizeof buffer);
    ncm_result result;
    memset(buffer, 'x', sizeof buffer);
    result = ncm_last_error_copy(one_in(r, 20) ? NULL : buffer, capacity, &length);
    judge("ncm_last_error_copy", NONE, result, NULL, NULL, 0);
    if (result == NCM_RESULT_OK && capacity > 0 && memchr(buffer, 0, capacity) == NULL) {
        wrong("ncm_last_error_copy", "no NUL at the end", result);
    }
    ncm_abi_check((uint32_t)bits(r));
    ncm_result_name((uint32_t)bits(r));
    if (strncmp(ncm_version(), "0.", 2) != 0) {
        wrong("ncm_version", ncm_version(), NCM_RESULT_ABI_MISMATCH);
    }
    if (ncm_abi_check(NCM_ABI_VERSION) != NCM_RESULT_OK || ncm_abi_version() != NCM_ABI_VERSION) {
        wrong("ncm_abi_check", "library and header differ", NCM_RESULT_ABI_MISMATCH);
    }
}

typedef void call(struct random *);
static call *const calls[] = {
    card_from_params, card_from_toml, card_from_file, card_read,    law_new,
    law_eval,         law_eval,       form_new,       form_eval,    form_eval,
    stepper_new,      stepper_step,   stepper_step,   stepper_step, stepper_step,
    stepper_thermal,  stepper_thermal, card_set_device, card_set_device,
    stepper_set,      stepper_read,   stepper_read,   stepper_ac,   stepper_save,
    stepper_save,     free_one,       ask,
};

struct job {
    uint64_t seed;
    long count;
};

static void *run(void *argument)
{
    const struct job *job = argument;
    struct random r = {job->seed};
    long k;
    for (k = 0; k < job->count; k++) {
        calls[below(&r, sizeof calls / sizeof calls[0])](&r);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    enum { MOST = 16 };
    pthread_t thread[MOST];
    struct job job[MOST];
    size_t alive = 99;
    int k, place;

    if (argc < 3) {
        fprintf(stderr, "usage: %s SEED CALLS [THREADS, up to %d]\n", argv[0], MOST);
        return 2;
    }
    threads = argc > 3 ? atoi(argv[3]) : 1;
    if (threads < 1 || threads > MOST) {
        threads = 1;
    }
    for (k = 0; k < threads; k++) {
        job[k].seed = strtoull(argv[1], NULL, 10) + 1000003u * (uint64_t)k;
        job[k].count = atol(argv[2]) / threads;
    }
    for (k = 1; k < threads; k++) {
        if (pthread_create(&thread[k], NULL, run, &job[k]) != 0) {
            return 2;
        }
    }
    run(&job[0]);
    for (k = 1; k < threads; k++) {
        pthread_join(thread[k], NULL);
    }
    for (place = 0; place < POOL; place++) {
        if (pool.live[CARD][place]) {
            ncm_card_free(pool.handle[CARD][place]);
        }
        if (pool.live[LAW][place]) {
            ncm_law_free(pool.handle[LAW][place]);
        }
        if (pool.live[FORM][place]) {
            ncm_charge_form_free(pool.handle[FORM][place]);
        }
        if (pool.live[STEPPER][place]) {
            ncm_stepper_free(pool.handle[STEPPER][place]);
        }
    }
    if (ncm_handles_alive(&alive) != NCM_RESULT_OK || alive != 0) {
        fprintf(stderr, "%zu handles are still alive\n", alive);
        return 1;
    }
    printf("seed %s, %d threads: %llu calls succeeded, %llu were refused\n", argv[1], threads, calls_ok,
           calls_refused);
    return 0;
}
