/*
 * ncm: a supercapacitor whose ionic resistance depends on its charge, as a circuit element.
 *
 * Conventions (docs/abi.md has them in full):
 * - A function that can fail returns an ncm_result; ncm_last_error() says what went wrong, with
 *   parameter, value and allowed range. Results come through the last parameters, which are written
 *   only on success.
 * - What a ..._new, ..._from_... or ..._clone function makes is freed by the caller with the matching
 *   ..._free. Handles are opaque; NULL, freed and foreign handles are refused, not followed.
 * - A handle may be used from any thread, by one thread at a time; a second one is told
 *   NCM_RESULT_BUSY. The last error belongs to the calling thread.
 * - Arrays come with their length, which must be the one wanted. NaN and infinities are refused.
 * - Units are SI and stand in the names (v_V, i_A, h_s) or in the comments.
 *
 * Made from src/capi by `cargo run -p ncm-header`; not to be edited by hand.
 */

#ifndef NCM_H
#define NCM_H

#include <stddef.h>
#include <stdint.h>

/**
 * Version of the binary interface that this header describes: the major number in the upper, the
 * minor number in the lower 16 bits. The minor number grows with every addition; the major number
 * (and with it the soname, libncm.so.MAJOR) would change only if something were taken away.
 */
#define NCM_ABI_VERSION 65536

/**
 * What every function that can fail returns. Codes are grouped by hundreds and never change their
 * number; new ones may be added, so treat an unknown code as a failure.
 */
enum ncm_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done.
   */
  NCM_RESULT_OK = 0,
  /**
   * 1xx, the call itself: a pointer that must not be NULL is.
   */
  NCM_RESULT_NULL_POINTER = 100,
  /**
   * A pointer is not aligned for its type.
   */
  NCM_RESULT_MISALIGNED_POINTER = 101,
  /**
   * Not a handle of this kind, or one that has been freed.
   */
  NCM_RESULT_INVALID_HANDLE = 102,
  /**
   * Another thread is using the handle at this moment.
   */
  NCM_RESULT_BUSY = 103,
  /**
   * An array has not the length that is wanted.
   */
  NCM_RESULT_WRONG_LENGTH = 104,
  /**
   * A value is NaN or infinite, or the result would not be a finite number.
   */
  NCM_RESULT_NOT_FINITE = 105,
  /**
   * A step length that is not positive and finite.
   */
  NCM_RESULT_BAD_STEP = 106,
  /**
   * A number that is none of an enumeration's.
   */
  NCM_RESULT_UNKNOWN_CHOICE = 107,
  /**
   * A text that is not UTF-8.
   */
  NCM_RESULT_NOT_UTF8 = 108,
  /**
   * A struct whose `size` field is none that this library knows.
   */
  NCM_RESULT_STRUCT_SIZE = 109,
  /**
   * 2xx, parameters and cards: a parameter is missing or outside its range.
   */
  NCM_RESULT_PARAMETER = 200,
  /**
   * The card's file cannot be read.
   */
  NCM_RESULT_CARD_UNREADABLE = 201,
  /**
   * The card has mistakes; the error text lists them all.
   */
  NCM_RESULT_CARD_UNUSABLE = 202,
  /**
   * 3xx, running: the trial step has no answer; a shorter one will. The state is untouched.
   * The one failure that a simulator should expect and handle by itself.
   */
  NCM_RESULT_NOT_CONVERGED = 300,
  /**
   * Accept without a trial step in hand.
   */
  NCM_RESULT_NO_TRIAL = 301,
  /**
   * A half cell has no negative electrode.
   */
  NCM_RESULT_NO_SUCH_ELECTRODE = 302,
  /**
   * A saved state that belongs to another cell, or is damaged.
   */
  NCM_RESULT_STATE_MISMATCH = 303,
  /**
   * 9xx, the library: it does not fit the caller's header.
   */
  NCM_RESULT_ABI_MISMATCH = 900,
  /**
   * No more handles can be given out.
   */
  NCM_RESULT_OUT_OF_HANDLES = 901,
  /**
   * A mistake inside the library, caught at the boundary. The handles in use are refused from
   * then on; free them.
   */
  NCM_RESULT_INTERNAL = 999,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ncm_result ncm_result;
#else
typedef uint32_t ncm_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Form of the resistance law R(Q). For the `law` field of parameter structs.
 */
enum ncm_law_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * r_c (1 - gamma |Q|/q_max): the law of Zhan et al., even in Q.
   */
  NCM_LAW_LINEAR = 0,
  /**
   * r_c / sqrt(1 + k (Q/q_max)^2): the Donnan form, positive for every Q.
   */
  NCM_LAW_SQRT = 1,
  /**
   * r_c (1 - gamma Q/q_max): the literal formula, odd in Q.
   */
  NCM_LAW_SIGNED = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ncm_law_kind ncm_law_kind;
#else
typedef uint32_t ncm_law_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which electrode of a cell.
 */
enum ncm_electrode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The electrode at the positive terminal; the only one of a half cell.
   */
  NCM_ELECTRODE_POSITIVE = 0,
  /**
   * The electrode at the negative terminal.
   */
  NCM_ELECTRODE_NEGATIVE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ncm_electrode ncm_electrode;
#else
typedef uint32_t ncm_electrode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What can be read off a cell's accepted state as one number.
 */
enum ncm_quantity
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Terminal voltage at the end of the last accepted step, volt.
   */
  NCM_QUANTITY_VOLTAGE_V = 0,
  /**
   * Current into the positive terminal at the end of the last accepted step, ampere.
   */
  NCM_QUANTITY_CURRENT_A = 1,
  /**
   * Net charge of the positive electrode as the terminals see it, coulomb.
   */
  NCM_QUANTITY_CHARGE_C = 2,
  /**
   * Energy stored in the double layers, joule.
   */
  NCM_QUANTITY_STORED_ENERGY_J = 3,
  /**
   * Power turned into heat at the end of the last accepted step, watt.
   */
  NCM_QUANTITY_DISSIPATION_W = 4,
  /**
   * Series resistance in slow charging at the present charges, ohm: the low-frequency limit of
   * the real part of the impedance, leakage not counted.
   */
  NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM = 5,
  /**
   * State of fill, 1: sum of |Q| over sum of q_max, over the slits of both electrodes.
   */
  NCM_QUANTITY_FILL = 6,
  /**
   * Capacitance at rest, farad.
   */
  NCM_QUANTITY_CAPACITANCE_F = 7,
  /**
   * Newton iterations since the cell was made: the effort.
   */
  NCM_QUANTITY_ITERATIONS = 8,
  /**
   * State of charge, 1: charge over that at rest at the card's highest voltage (`v_max` of `[limits]`), which
   * must be given.
   */
  NCM_QUANTITY_STATE_OF_CHARGE = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ncm_quantity ncm_quantity;
#else
typedef uint32_t ncm_quantity;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A limit of a card's table [limits].
 */
enum ncm_limit
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Voltage of one cell above v_max.
   */
  NCM_LIMIT_OVER_VOLTAGE = 0,
  /**
   * Voltage of one cell below v_min.
   */
  NCM_LIMIT_REVERSE_VOLTAGE = 1,
  /**
   * Current of one string beyond i_max.
   */
  NCM_LIMIT_OVER_CURRENT = 2,
  /**
   * Temperature above t_max.
   */
  NCM_LIMIT_OVER_TEMPERATURE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ncm_limit ncm_limit;
#else
typedef uint32_t ncm_limit;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The parameters of a part, checked. Made by `ncm_card_from_toml`, `ncm_card_from_file` or
 * `ncm_card_from_params`, freed by `ncm_card_free`. Nothing changes it; what is made from it
 * keeps no tie to it.
 */
typedef struct ncm_card ncm_card;

/**
 * A cell as f(x), q(x), G = df/dx and C = dq/dx over its nodes: node 0 is the positive terminal,
 * node 1 the negative one, the others are inside. Kirchhoff's current law at every node reads
 * f(x) + dq(x)/dt = current injected from outside (0 at the inner nodes).
 *
 * Made by `ncm_charge_form_new`, freed by `ncm_charge_form_free`.
 */
typedef struct ncm_charge_form ncm_charge_form;

/**
 * The law R(Q) of one slit. Made by `ncm_law_new` or `ncm_law_from_card`, freed by `ncm_law_free`.
 */
typedef struct ncm_law ncm_law;

/**
 * A cell with its state. `v` is the voltage of the positive against the negative terminal, `i` the
 * current into the positive terminal. Made by `ncm_stepper_new` or `ncm_stepper_clone`, freed by
 * `ncm_stepper_free`.
 */
typedef struct ncm_stepper ncm_stepper;

/**
 * The law of one slit. Fill with `ncm_law_params_init`, then set `r_c`, `gamma` and `q_max`.
 */
typedef struct ncm_law_params {
  /**
   * sizeof this struct; set by `ncm_law_params_init`.
   */
  size_t size;
  /**
   * An `ncm_law_kind`; default NCM_LAW_LINEAR.
   */
  uint32_t law;
  /**
   * Resistance of the empty slit, ohm, 1e-18 to 1e18. Must be set.
   */
  double r_c;
  /**
   * Relative fall of that resistance at `q_max`, 1, from -100 to 1. Must be set.
   */
  double gamma;
  /**
   * Charge scale of one slit, coulomb, 1e-30 to 1e12; not a limit. Must be set.
   */
  double q_max;
  /**
   * Lowest resistance, ohm, above 0 and at most r_c/2. Default 0, which stands for r_c/1000.
   */
  double r_min;
} ncm_law_params;

/**
 * A run of equal slits lumped into one section of an explicit ladder. Values of one slit.
 */
typedef struct ncm_section {
  /**
   * Number of slits lumped, 1 to 1e12; need not be whole.
   */
  double slits;
  /**
   * Resistance of one empty slit, ohm.
   */
  double r_c;
  /**
   * Charge scale of one slit, coulomb.
   */
  double q_max;
  /**
   * Capacitance of one slit, farad.
   */
  double c_slit;
} ncm_section;

/**
 * One electrode. Fill with `ncm_electrode_params_init`, then set `r_c`, `gamma`, `q_max`,
 * `c_slit` and `slits`.
 */
typedef struct ncm_electrode_params {
  /**
   * sizeof this struct; set by `ncm_electrode_params_init`.
   */
  size_t size;
  /**
   * An `ncm_law_kind`; default NCM_LAW_LINEAR.
   */
  uint32_t law;
  /**
   * Resistance of the path from one empty slit to the next, ohm, 1e-18 to 1e18. Must be set.
   */
  double r_c;
  /**
   * Relative fall of that resistance at `q_max`, 1, from -100 to 1. Must be set.
   */
  double gamma;
  /**
   * Charge scale of one slit, coulomb, 1e-30 to 1e12; not a limit. Must be set.
   */
  double q_max;
  /**
   * Lowest resistance of one slit, ohm, above 0 and at most r_c/2. Default 0, which stands for
   * r_c/1000.
   */
  double r_min;
  /**
   * Capacitance of one slit, farad, 1e-30 to 1e12. Must be set.
   */
  double c_slit;
  /**
   * Number of slits, 1 to 10000000. Must be set.
   */
  uint64_t slits;
  /**
   * Number of sections that the slits are lumped into, up to `slits`; default 0, which chooses.
   */
  uint64_t sections;
  /**
   * Resistance of the open electrolyte, ohm, 0 to 1e18; default 0.
   */
  double r_open;
  /**
   * Capacitance of the electrode's outer face, farad, 0 to 1e12; default 0.
   */
  double c_open;
  /**
   * Path from the open electrolyte to the middle of the first slit, in units of its resistance,
   * 1e-3 to 1e3; default 0.5.
   */
  double entry;
  /**
   * An explicit ladder, mouth first, or NULL (default). With it `slits`, `sections` and
   * `c_slit` are not used, and `r_c`, `r_min` and `q_max` only for the floor r_min/r_c. The
   * array is copied.
   */
  const struct ncm_section *section_list;
  /**
   * Number of entries of `section_list`; default 0.
   */
  size_t section_list_length;
  /**
   * Relative rise of all of the electrode's capacitances far above `u_rise`, 1, -0.5 to 10: with
   * p = sqrt(1 + (u/u_rise)^2) the capacitance is c_slit (1 + c_rise (1 - 1/p^3)), u the voltage of the
   * slit. Default 0, a constant capacitance.
   */
  double c_rise;
  /**
   * Voltage of a slit on whose scale the capacitance rises, volt, 1e-6 to 1e6; default 1.
   */
  double u_rise;
} ncm_electrode_params;

/**
 * What belongs to the whole cell. Fill with `ncm_cell_params_init`; every field has a default.
 */
typedef struct ncm_cell_params {
  /**
   * sizeof this struct; set by `ncm_cell_params_init`.
   */
  size_t size;
  /**
   * Series resistance of contacts, collectors and separator, ohm, 0 to 1e18; default 0.
   */
  double esr;
  /**
   * Leakage resistance across the terminals, ohm, from 1e-18; default infinite.
   */
  double r_leak;
  /**
   * Scale of the whole part: C with it, R with its inverse; default 1.
   */
  double area;
  /**
   * Cells in series, a whole number from 1 to 1e6; default 1.
   */
  double series;
  /**
   * Strings in parallel, a whole number from 1 to 1e6; default 1.
   */
  double parallel;
  /**
   * Voltage between the terminals at the start, volt; default 0.
   */
  double ic;
} ncm_cell_params;

/**
 * A resistance and how it changes with charge.
 */
typedef struct ncm_resistance {
  /**
   * R(Q), ohm.
   */
  double r;
  /**
   * dR/dQ, ohm per coulomb.
   */
  double dr_dq;
} ncm_resistance;

/**
 * Terminal behaviour at the end of a trial step: i(v') = i_A + di_dv_S (v' - v_V).
 */
typedef struct ncm_companion {
  /**
   * Terminal voltage, volt.
   */
  double v_V;
  /**
   * Current into the positive terminal, ampere.
   */
  double i_A;
  /**
   * Conductance over the step, siemens.
   */
  double di_dv_S;
  /**
   * Estimated local error of the step at the worst inner node, volt; 0 while there is too little
   * history to tell.
   */
  double error_V;
} ncm_companion;

/**
 * A complex number. Two doubles, as C99's `double _Complex` and C++'s `std::complex<double>` are
 * laid out.
 */
typedef struct ncm_complex {
  double re;
  double im;
} ncm_complex;

/**
 * Every code, in the order of their numbers.
 */
#define ncm_result_ALL { NCM_RESULT_OK, NCM_RESULT_NULL_POINTER, NCM_RESULT_MISALIGNED_POINTER, NCM_RESULT_INVALID_HANDLE, NCM_RESULT_BUSY, NCM_RESULT_WRONG_LENGTH, NCM_RESULT_NOT_FINITE, NCM_RESULT_BAD_STEP, NCM_RESULT_UNKNOWN_CHOICE, NCM_RESULT_NOT_UTF8, NCM_RESULT_STRUCT_SIZE, NCM_RESULT_PARAMETER, NCM_RESULT_CARD_UNREADABLE, NCM_RESULT_CARD_UNUSABLE, NCM_RESULT_NOT_CONVERGED, NCM_RESULT_NO_TRIAL, NCM_RESULT_NO_SUCH_ELECTRODE, NCM_RESULT_STATE_MISMATCH, NCM_RESULT_ABI_MISMATCH, NCM_RESULT_OUT_OF_HANDLES, NCM_RESULT_INTERNAL, }

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Version of the library as text, such as "0.1.0". Static, never NULL.
 */
const char *ncm_version(void);

/**
 * The ABI version of the library that is running, to compare with NCM_ABI_VERSION of the header.
 */
uint32_t ncm_abi_version(void);

/**
 * Checks that the library that is running serves a caller compiled with `header_version`:
 * the same major number, and a minor number no older than the header's. Call it once at start as
 * `ncm_abi_check(NCM_ABI_VERSION)`.
 *
 * Returns NCM_RESULT_ABI_MISMATCH, with both versions in the error text, where it does not.
 */
ncm_result ncm_abi_check(uint32_t header_version);

/**
 * Text of the calling thread's last failure: function, what is wrong, with parameter, value and
 * allowed range where there are such. UTF-8, never NULL, empty before the first failure.
 *
 * The text belongs to the library and stays until the thread's next failing call or its end; a
 * call that succeeds leaves it alone. `ncm_last_error_copy` gives a copy.
 */
const char *ncm_last_error(void);

/**
 * Code of the calling thread's last failure; NCM_RESULT_OK before the first.
 */
ncm_result ncm_last_error_code(void);

/**
 * Copies the text of `ncm_last_error` into `buffer` (`capacity` bytes), cut to fit and always
 * ended by NUL, and writes the whole text's length without NUL to `length`. `buffer` may be NULL
 * if `capacity` is 0, to ask for the length.
 */
ncm_result ncm_last_error_copy(char *buffer, size_t capacity, size_t *length);

/**
 * Name of a result code, such as "NCM_RESULT_BUSY"; "unknown" for a number that is none.
 * Static, never NULL.
 */
const char *ncm_result_name(uint32_t code);

/**
 * Fills `params` with defaults; what has none is NaN or 0 and must be set. `size` is
 * `sizeof(ncm_law_params)`.
 */
ncm_result ncm_law_params_init(struct ncm_law_params *params, size_t size);

/**
 * Fills `params` with defaults; what has none is NaN or 0 and must be set. `size` is
 * `sizeof(ncm_electrode_params)`.
 */
ncm_result ncm_electrode_params_init(struct ncm_electrode_params *params, size_t size);

/**
 * Fills `params` with defaults. `size` is `sizeof(ncm_cell_params)`.
 */
ncm_result ncm_cell_params_init(struct ncm_cell_params *params, size_t size);

/**
 * Makes a card from a TOML text of `length` bytes (UTF-8, no NUL needed); docs/card.md explains
 * its keys. `source` names the text in error messages; NULL stands for "card".
 * `overrides` are `override_count` texts such as "gamma=0.7" or "negative.r_c=2" that replace what
 * the text says; NULL and 0 for none. On success the new handle is written to `card`.
 *
 * Returns NCM_RESULT_CARD_UNUSABLE with every mistake found: line, column, parameter, value,
 * allowed range and remedy.
 */
ncm_result ncm_card_from_toml(const char *text,
                              size_t length,
                              const char *source,
                              const char *const *overrides,
                              size_t override_count,
                              struct ncm_card **card);

/**
 * Makes a card from the TOML file at `path` (UTF-8). `overrides` as for `ncm_card_from_toml`.
 *
 * Returns NCM_RESULT_CARD_UNREADABLE where there is no such text, NCM_RESULT_CARD_UNUSABLE where it
 * has mistakes.
 */
ncm_result ncm_card_from_file(const char *path,
                              const char *const *overrides,
                              size_t override_count,
                              struct ncm_card **card);

/**
 * Makes a card from structs. `negative` NULL makes a half cell, whose negative terminal is the
 * bulk electrolyte; pass the same struct twice for two equal electrodes. The structs are copied.
 *
 * Returns NCM_RESULT_PARAMETER naming the first parameter that is missing or out of range, its
 * value and what is allowed; those of the negative electrode are named "negative.r_c" and so on.
 */
ncm_result ncm_card_from_params(const struct ncm_cell_params *cell,
                                const struct ncm_electrode_params *positive,
                                const struct ncm_electrode_params *negative,
                                struct ncm_card **card);

/**
 * Frees a card; NULL is fine.
 */
ncm_result ncm_card_free(struct ncm_card *card);

/**
 * Writes the parameters of the whole cell to `params`, whose `size` must be set
 * (`ncm_cell_params_init`).
 */
ncm_result ncm_card_cell_params(const struct ncm_card *card, struct ncm_cell_params *params);

/**
 * Writes the parameters of one electrode (an `ncm_electrode`) to `params`, whose `size` must be set
 * (`ncm_electrode_params_init`). An explicit ladder is not part of it: see `ncm_card_sections`.
 */
ncm_result ncm_card_electrode_params(const struct ncm_card *card,
                                     uint32_t which,
                                     struct ncm_electrode_params *params);

/**
 * Writes the number of sections of an electrode's explicit ladder to `count`; 0 if it has none.
 */
ncm_result ncm_card_section_count(const struct ncm_card *card, uint32_t which, size_t *count);

/**
 * Writes an electrode's explicit ladder, mouth first, to `sections`, which must have room for
 * `length` = `ncm_card_section_count` entries.
 */
ncm_result ncm_card_sections(const struct ncm_card *card,
                             uint32_t which,
                             struct ncm_section *sections,
                             size_t length);

/**
 * Writes the card as TOML into `buffer` (`capacity` bytes), cut to fit and always ended by NUL, and
 * the whole text's length without NUL to `length`. `buffer` may be NULL if `capacity` is 0, to ask
 * for the length. The text reads back to the same numbers, bit for bit.
 */
ncm_result ncm_card_to_toml(const struct ncm_card *card,
                            char *buffer,
                            size_t capacity,
                            size_t *length);

/**
 * Makes a law from a struct. On success the new handle is written to `law`.
 */
ncm_result ncm_law_new(const struct ncm_law_params *params, struct ncm_law **law);

/**
 * Makes the law of one slit of a card's electrode (an `ncm_electrode`) at area 1.
 */
ncm_result ncm_law_from_card(const struct ncm_card *card, uint32_t which, struct ncm_law **law);

/**
 * Frees a law; NULL is fine.
 */
ncm_result ncm_law_free(struct ncm_law *law);

/**
 * Writes resistance and derivative at the net charge `q_C` (coulomb) to `resistance`. The resistance
 * is positive at every charge.
 */
ncm_result ncm_law_eval(const struct ncm_law *law,
                        double q_C,
                        struct ncm_resistance *resistance);

/**
 * Makes the charge form of a card's cell. On success the new handle is written to `form`.
 */
ncm_result ncm_charge_form_new(const struct ncm_card *card, struct ncm_charge_form **form);

/**
 * Frees a charge form; NULL is fine.
 */
ncm_result ncm_charge_form_free(struct ncm_charge_form *form);

/**
 * Writes the number of nodes, the two terminals included, to `nodes`, and the number of entries of
 * the sparse matrices G and C to `entries`.
 */
ncm_result ncm_charge_form_size(const struct ncm_charge_form *form, size_t *nodes, size_t *entries);

/**
 * Writes the sparse pattern that G and C share, in compressed columns: the entries of column j are
 * those from `column_start[j]` up to, not including, `column_start[j + 1]`, and entry k stands in row
 * `row[k]`. Rows ascend within a column and none is there twice. `column_start` has room for
 * `starts` = nodes + 1 numbers, `row` for `entries`.
 */
ncm_result ncm_charge_form_pattern(const struct ncm_charge_form *form,
                                   size_t *column_start,
                                   size_t starts,
                                   size_t *row,
                                   size_t entries);

/**
 * Writes the number of electrolyte nodes of an electrode (an `ncm_electrode`) to `count`; 0 for the
 * negative electrode of a half cell.
 */
ncm_result ncm_charge_form_electrolyte_count(const struct ncm_charge_form *form,
                                             uint32_t which,
                                             size_t *count);

/**
 * Writes the numbers of the electrolyte nodes of an electrode, mouth first, to `nodes`, which must
 * have room for `length` = `ncm_charge_form_electrolyte_count` numbers.
 */
ncm_result ncm_charge_form_electrolyte_nodes(const struct ncm_charge_form *form,
                                             uint32_t which,
                                             size_t *nodes,
                                             size_t length);

/**
 * Evaluates the cell at the node potentials `x_V` (`nodes` values, volt): static currents leaving
 * the nodes `f_A` (ampere) and charges `q_C` (coulomb), `nodes` values each, and the entries of
 * G = df/dx `g_S` (siemens) and C = dq/dx `c_F` (farad), `entries` values each, in the order of the
 * pattern. Any of the four may be NULL if not wanted.
 *
 * Returns NCM_RESULT_WRONG_LENGTH if `nodes` or `entries` are not what `ncm_charge_form_size` says,
 * NCM_RESULT_NOT_FINITE if a potential is NaN or infinite or a result would be.
 */
ncm_result ncm_charge_form_eval(const struct ncm_charge_form *form,
                                const double *x_V,
                                size_t nodes,
                                size_t entries,
                                double *f_A,
                                double *q_C,
                                double *g_S,
                                double *c_F);

/**
 * Makes a cell from a card, at rest and charged to the card's `ic` (0 where it leaves that open), or where
 * the card's `ic_rate` says that a ramp to `ic` left it. All memory that steps need is
 * allocated here. On success the new handle is written to `stepper`.
 */
ncm_result ncm_stepper_new(const struct ncm_card *card,
                           struct ncm_stepper **stepper);

/**
 * Makes a copy of a cell, state and trial included.
 */
ncm_result ncm_stepper_clone(const struct ncm_stepper *stepper, struct ncm_stepper **copy);

/**
 * Frees a cell; NULL is fine.
 */
ncm_result ncm_stepper_free(struct ncm_stepper *stepper);

/**
 * Puts the cell at rest, charged to the terminal voltage `v_V` (volt). History is forgotten.
 */
ncm_result ncm_stepper_set_voltage(struct ncm_stepper *stepper, double v_V);

/**
 * Puts the cell where a history leaves it: in equilibrium at `from_V`, ramped at `rate_V_per_s` (above 0) to
 * `v_V`, then left open for `rest_s`. Charge is then spread unevenly over the slits, and the terminal voltage is that
 * of the open circuit.
 */
ncm_result ncm_stepper_set_history(struct ncm_stepper *stepper,
                                   double v_V,
                                   double from_V,
                                   double rate_V_per_s,
                                   double rest_s);

/**
 * Sets the net charge of every section of an electrode (an `ncm_electrode`), mouth first, coulomb, of
 * one cell: `length` = `ncm_stepper_section_count` values, as `ncm_stepper_section_charges` gives
 * them. History is forgotten; the terminal voltage becomes that of the open circuit.
 */
ncm_result ncm_stepper_set_section_charges(struct ncm_stepper *stepper,
                                           uint32_t which,
                                           const double *charges_C,
                                           size_t length);

/**
 * Tries a step of `h_s` seconds from the accepted state to the terminal voltage `v_V` and writes what
 * flows to `companion`. May be called any number of times; each trial replaces the one before.
 *
 * Returns NCM_RESULT_NOT_CONVERGED if the step is too long (try a shorter one), NCM_RESULT_BAD_STEP
 * or NCM_RESULT_NOT_FINITE for a bad argument. The accepted state is untouched, and there is no
 * trial in hand then.
 */
ncm_result ncm_stepper_try_voltage(struct ncm_stepper *stepper,
                                   double h_s,
                                   double v_V,
                                   struct ncm_companion *companion);

/**
 * Tries a step of `h_s` seconds with the current `i_A` into the positive terminal at its end; the
 * voltage is in `companion`. Else as `ncm_stepper_try_voltage`.
 */
ncm_result ncm_stepper_try_current(struct ncm_stepper *stepper,
                                   double h_s,
                                   double i_A,
                                   struct ncm_companion *companion);

/**
 * Makes the last trial the state of the cell.
 *
 * Returns NCM_RESULT_NO_TRIAL if there is none in hand.
 */
ncm_result ncm_stepper_accept(struct ncm_stepper *stepper);

/**
 * Drops the trial in hand, if there is one.
 */
ncm_result ncm_stepper_reject(struct ncm_stepper *stepper);

/**
 * Forgets the history, and the trial: the next step is backward Euler. To be called at every
 * discontinuity of the circuit, such as a switching edge.
 */
ncm_result ncm_stepper_restart(struct ncm_stepper *stepper);

/**
 * Writes to `companion` what flows at the terminal voltage `v_V` while all charges are held: the cell
 * at this very instant, a source with the cell's fast resistance. For operating points of a cell
 * with a given initial voltage. Changes nothing.
 */
ncm_result ncm_stepper_frozen(const struct ncm_stepper *stepper,
                              double v_V,
                              struct ncm_companion *companion);

/**
 * Sets one value of a card's table [thermal], [ageing] or [limits] by its name there, such as "r_th", "age" or
 * "v_max" (docs/card.md lists them). On an error the card stays as it was.
 */
ncm_result ncm_card_set_device(struct ncm_card *card,
                               const char *name,
                               double value);

/**
 * Puts a cell and its surroundings at temperature `t_K`, kelvin, 50 to 2000. The charges stay, the history and a
 * trial are forgotten.
 */
ncm_result ncm_stepper_set_temperature(struct ncm_stepper *stepper,
                                       double t_K);

/**
 * Sets the temperature of the surroundings at the end of the trials that follow, kelvin, 50 to 2000. A cell whose
 * card has no r_th takes it on.
 */
ncm_result ncm_stepper_set_surroundings(struct ncm_stepper *stepper,
                                        double t_K);

/**
 * Writes the temperature of the cell at the end of the trial in hand (of the accepted state if there is none) to
 * `t_K`, kelvin.
 */
ncm_result ncm_stepper_temperature(const struct ncm_stepper *stepper,
                                   double *t_K);

/**
 * Writes the heat that leaves for the surroundings at the end of the trial in hand to `heat_W`, watt, and its
 * derivative with respect to their temperature to `slope_W_per_K`, W/K: a Norton companion for a thermal network.
 * The cell's current does not depend on the temperatures of the trial in hand.
 */
ncm_result ncm_stepper_heat_flow(const struct ncm_stepper *stepper,
                                 double *heat_W,
                                 double *slope_W_per_K);

/**
 * Writes how often a limit (an `ncm_limit`) has been passed at accepted steps to `count`, and the farthest value
 * beyond it (volt, ampere or kelvin; 0 while there is none) to `worst`. The library prints nothing.
 */
ncm_result ncm_stepper_limit(const struct ncm_stepper *stepper,
                             uint32_t limit,
                             uint64_t *count,
                             double *worst);

/**
 * Writes the small-signal admittance (siemens) of the cell, linearised about its accepted state, at
 * each of `count` angular frequencies `omega_rad_per_s` to `admittance_S`. At 0 only leakage conducts.
 */
ncm_result ncm_stepper_admittance(const struct ncm_stepper *stepper,
                                  const double *omega_rad_per_s,
                                  size_t count,
                                  struct ncm_complex *admittance_S);

/**
 * Writes an `ncm_quantity` of the accepted state to `value`.
 */
ncm_result ncm_stepper_read(const struct ncm_stepper *stepper, uint32_t quantity, double *value);

/**
 * Writes the number of sections of an electrode (an `ncm_electrode`) to `count`; 0 for the negative
 * electrode of a half cell.
 */
ncm_result ncm_stepper_section_count(const struct ncm_stepper *stepper,
                                     uint32_t which,
                                     size_t *count);

/**
 * Writes the voltage of an electrode against the electrolyte in each section, mouth first, volt, of
 * one cell, to `voltages_V`: `length` = `ncm_stepper_section_count` values.
 */
ncm_result ncm_stepper_section_voltages(const struct ncm_stepper *stepper,
                                        uint32_t which,
                                        double *voltages_V,
                                        size_t length);

/**
 * Writes the net charge of each section of an electrode, mouth first, coulomb, of one cell, to
 * `charges_C`: `length` = `ncm_stepper_section_count` values.
 */
ncm_result ncm_stepper_section_charges(const struct ncm_stepper *stepper,
                                       uint32_t which,
                                       double *charges_C,
                                       size_t length);

/**
 * Writes the number of values that `ncm_stepper_save` needs to `length`.
 */
ncm_result ncm_stepper_state_length(const struct ncm_stepper *stepper, size_t *length);

/**
 * Writes the accepted state, history included but not a trial in hand, to `state`: `length` =
 * `ncm_stepper_state_length` values, for `ncm_stepper_restore` of the same library version.
 */
ncm_result ncm_stepper_save(const struct ncm_stepper *stepper, double *state, size_t length);

/**
 * Puts back a state of `length` values that `ncm_stepper_save` wrote, of this cell or of another one
 * made from the same card. A trial in hand is dropped.
 *
 * Returns NCM_RESULT_WRONG_LENGTH or NCM_RESULT_STATE_MISMATCH, the state untouched, if it belongs to
 * another cell or is damaged.
 */
ncm_result ncm_stepper_restore(struct ncm_stepper *stepper,
                               const double *state,
                               size_t length);

/**
 * Writes how many handles of all kinds are alive: 0 when all that was made has been freed. For leak
 * checks, since the library's tables keep every object reachable.
 */
ncm_result ncm_handles_alive(size_t *count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* NCM_H */

/* Proof that the library that is running serves this header; see ncm_abi_check. */
#define NCM_ABI_CHECK() ncm_abi_check(NCM_ABI_VERSION)
