/*
 * ncm for C++17: the C interface of ncm.h with owners, exceptions and units in the types.
 *
 * - An owner (card, law, charge_form, stepper) holds one handle, can be moved and not copied, and frees
 *   it at its end. A moved-from owner may only be destroyed or assigned to.
 * - A call that fails throws ncm::error with result code and text. A trial step that finds no answer is
 *   no error but an empty std::optional from attempt_..., or ncm::not_converged from try_....
 * - Quantities are types: a voltage does not pass for a current. Literals (1.0_V, 50.0_us) are in
 *   ncm::literals; .value() gives the SI number.
 * - Arrays are ncm::view, which any container with data() and size() converts to.
 *
 * Threads: as in C. An owner may be moved to another thread and used by one thread at a time; a second
 * one gets ncm::error with NCM_RESULT_BUSY.
 *
 * Header only; link with libncm.
 */
#ifndef NCM_HPP
#define NCM_HPP

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ncm.h"

namespace ncm {

/* ---- Errors ---- */

/// A call that failed: what() is the text of ncm_last_error, code() the result code.
class error : public std::runtime_error {
public:
    error(ncm_result code, const std::string &text) : std::runtime_error(text), code_(code) {}

    ncm_result code() const noexcept { return code_; }

    /// Name of the code, such as "NCM_RESULT_PARAMETER".
    const char *code_name() const noexcept { return ncm_result_name(code_); }

private:
    ncm_result code_;
};

/// A trial step without an answer: try a shorter one. The state is untouched.
class not_converged : public error {
public:
    using error::error;
};

/// Throws what a result code says, if it is a failure.
inline void check(ncm_result code) {
    if (code == NCM_RESULT_OK) {
        return;
    }
    if (code == NCM_RESULT_NOT_CONVERGED) {
        throw not_converged(code, ncm_last_error());
    }
    throw error(code, ncm_last_error());
}

/// Version of the library that is running.
inline std::string version() { return ncm_version(); }

/// Throws unless the library that is running serves the header this was compiled with. Cards and laws
/// ask by themselves.
inline void require_abi() { check(ncm_abi_check(NCM_ABI_VERSION)); }

/// How many handles of all kinds are alive in this process.
inline std::size_t handles_alive() {
    std::size_t count = 0;
    check(ncm_handles_alive(&count));
    return count;
}

/* ---- Quantities ---- */

/// A number with a unit. Quantities of one unit add up and compare; a plain number scales them.
template <class Unit>
class quantity {
public:
    constexpr quantity() noexcept = default;
    explicit constexpr quantity(double si) noexcept : value_(si) {}

    /// The number in SI units.
    constexpr double value() const noexcept { return value_; }

    constexpr quantity &operator+=(quantity b) noexcept { return value_ += b.value_, *this; }
    constexpr quantity &operator-=(quantity b) noexcept { return value_ -= b.value_, *this; }
    constexpr quantity &operator*=(double b) noexcept { return value_ *= b, *this; }

    friend constexpr quantity operator+(quantity a, quantity b) noexcept { return a += b; }
    friend constexpr quantity operator-(quantity a, quantity b) noexcept { return a -= b; }
    friend constexpr quantity operator-(quantity a) noexcept { return quantity(-a.value_); }
    friend constexpr quantity operator*(quantity a, double b) noexcept { return a *= b; }
    friend constexpr quantity operator*(double a, quantity b) noexcept { return b *= a; }
    friend constexpr quantity operator/(quantity a, double b) noexcept { return quantity(a.value_ / b); }
    friend constexpr double operator/(quantity a, quantity b) noexcept { return a.value_ / b.value_; }
    friend constexpr bool operator==(quantity a, quantity b) noexcept { return a.value_ == b.value_; }
    friend constexpr bool operator!=(quantity a, quantity b) noexcept { return a.value_ != b.value_; }
    friend constexpr bool operator<(quantity a, quantity b) noexcept { return a.value_ < b.value_; }
    friend constexpr bool operator>(quantity a, quantity b) noexcept { return a.value_ > b.value_; }
    friend constexpr bool operator<=(quantity a, quantity b) noexcept { return a.value_ <= b.value_; }
    friend constexpr bool operator>=(quantity a, quantity b) noexcept { return a.value_ >= b.value_; }

private:
    double value_ = 0.0;
};

using seconds = quantity<struct second_unit>;
using volts = quantity<struct volt_unit>;
using amperes = quantity<struct ampere_unit>;
using ohms = quantity<struct ohm_unit>;
using siemens = quantity<struct siemens_unit>;
using coulombs = quantity<struct coulomb_unit>;
using farads = quantity<struct farad_unit>;
using joules = quantity<struct joule_unit>;
using watts = quantity<struct watt_unit>;
using radians_per_second = quantity<struct radian_per_second_unit>;

namespace literals {
constexpr seconds operator""_s(long double x) { return seconds(static_cast<double>(x)); }
constexpr seconds operator""_ms(long double x) { return seconds(1e-3 * static_cast<double>(x)); }
constexpr seconds operator""_us(long double x) { return seconds(1e-6 * static_cast<double>(x)); }
constexpr seconds operator""_ns(long double x) { return seconds(1e-9 * static_cast<double>(x)); }
constexpr volts operator""_V(long double x) { return volts(static_cast<double>(x)); }
constexpr volts operator""_mV(long double x) { return volts(1e-3 * static_cast<double>(x)); }
constexpr amperes operator""_A(long double x) { return amperes(static_cast<double>(x)); }
constexpr amperes operator""_mA(long double x) { return amperes(1e-3 * static_cast<double>(x)); }
constexpr coulombs operator""_C(long double x) { return coulombs(static_cast<double>(x)); }
} // namespace literals

/* ---- Arrays ---- */

/// A run of values in somebody else's memory: std::span for C++17, as far as it is needed here.
template <class T>
class view {
public:
    constexpr view() noexcept = default;
    constexpr view(T *start, std::size_t size) noexcept : start_(start), size_(size) {}

    /// Any container with data() and size(), such as std::vector and std::array.
    template <class Container,
              class = std::enable_if_t<std::is_convertible<
                  decltype(std::declval<Container &>().data()), T *>::value>>
    constexpr view(Container &container) noexcept
        : start_(container.data()), size_(container.size()) {}

    /// Read-only views also see constant and passing containers; those must outlive the view.
    template <class Container, class U = T, class = std::enable_if_t<std::is_const<U>::value>,
              class = std::enable_if_t<std::is_convertible<
                  decltype(std::declval<const Container &>().data()), T *>::value>>
    constexpr view(const Container &container) noexcept
        : start_(container.data()), size_(container.size()) {}

    constexpr T *data() const noexcept { return start_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr T *begin() const noexcept { return start_; }
    constexpr T *end() const noexcept { return start_ + size_; }
    constexpr T &operator[](std::size_t k) const noexcept { return start_[k]; }

private:
    T *start_ = nullptr;
    std::size_t size_ = 0;
};

/* ---- Ownership ---- */

/// Owns one handle and frees it. Can be moved, not copied.
template <class Handle, ncm_result (*Free)(Handle *)>
class owner {
public:
    owner(owner &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    owner &operator=(owner &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;
    // A handle in use by another thread is not freed: that is the caller's mistake, and shows in
    // handles_alive(). A destructor has no way to say so.
    ~owner() { static_cast<void>(Free(handle_)); }

    /// The handle, still owned here, for calls of the C interface.
    Handle *get() const noexcept { return handle_; }

    /// Gives the handle away; the caller frees it.
    Handle *release() noexcept { return std::exchange(handle_, nullptr); }

protected:
    explicit owner(Handle *handle) noexcept : handle_(handle) {}

private:
    Handle *handle_;
};

/* ---- Parameters and cards ---- */

enum class electrode : std::uint32_t {
    positive = NCM_ELECTRODE_POSITIVE,
    negative = NCM_ELECTRODE_NEGATIVE,
};

enum class law_kind : std::uint32_t {
    linear = NCM_LAW_LINEAR,
    sqrt = NCM_LAW_SQRT,
    signed_ = NCM_LAW_SIGNED,
};

/// Defaults of a law; r_c, gamma and q_max are to be set.
inline ncm_law_params law_params() {
    ncm_law_params params;
    check(ncm_law_params_init(&params, sizeof params));
    return params;
}

/// Defaults of an electrode; r_c, gamma, q_max, c_slit and slits are to be set.
inline ncm_electrode_params electrode_params() {
    ncm_electrode_params params;
    check(ncm_electrode_params_init(&params, sizeof params));
    return params;
}

/// Defaults of what belongs to the whole cell.
inline ncm_cell_params cell_params() {
    ncm_cell_params params;
    check(ncm_cell_params_init(&params, sizeof params));
    return params;
}

/// The parameters of a part, checked and unchanging.
class card : public owner<ncm_card, ncm_card_free> {
public:
    /// From a TOML text. `overrides` are texts such as "gamma=0.7"; `source` names it in errors.
    static card from_toml(std::string_view text, const std::vector<std::string> &overrides = {},
                          const std::string &source = "card") {
        require_abi();
        const auto list = pointers(overrides);
        ncm_card *handle = nullptr;
        // An empty view may have a null pointer, which the C interface would refuse as such.
        const char *start = text.empty() ? "" : text.data();
        check(ncm_card_from_toml(start, text.size(), source.c_str(), list.data(), list.size(),
                                 &handle));
        return card(handle);
    }

    /// From a TOML file.
    static card from_file(const std::string &path, const std::vector<std::string> &overrides = {}) {
        require_abi();
        const auto list = pointers(overrides);
        ncm_card *handle = nullptr;
        check(ncm_card_from_file(path.c_str(), list.data(), list.size(), &handle));
        return card(handle);
    }

    /// A cell of two electrodes.
    static card from_params(const ncm_cell_params &cell, const ncm_electrode_params &positive,
                            const ncm_electrode_params &negative) {
        return made(cell, positive, &negative);
    }

    /// A half cell: its negative terminal is the bulk electrolyte.
    static card half_cell(const ncm_cell_params &cell, const ncm_electrode_params &positive) {
        return made(cell, positive, nullptr);
    }

    ncm_cell_params cell() const {
        ncm_cell_params params = cell_params();
        check(ncm_card_cell_params(get(), &params));
        return params;
    }

    ncm_electrode_params params_of(electrode which) const {
        ncm_electrode_params params = electrode_params();
        check(ncm_card_electrode_params(get(), static_cast<std::uint32_t>(which), &params));
        return params;
    }

    /// The explicit ladder of an electrode, mouth first; empty if it has none.
    std::vector<ncm_section> sections_of(electrode which) const {
        std::size_t count = 0;
        check(ncm_card_section_count(get(), static_cast<std::uint32_t>(which), &count));
        std::vector<ncm_section> sections(count);
        if (count > 0) {
            check(ncm_card_sections(get(), static_cast<std::uint32_t>(which), sections.data(), count));
        }
        return sections;
    }

    /// Sets one value of [thermal], [ageing] or [limits] by its name in cards.
    void set_device(const std::string &name, double value) {
        check(ncm_card_set_device(get(), name.c_str(), value));
    }

    std::string to_toml() const {
        std::size_t length = 0;
        check(ncm_card_to_toml(get(), nullptr, 0, &length));
        std::string text(length + 1, '\0');
        check(ncm_card_to_toml(get(), &text[0], text.size(), &length));
        text.resize(length);
        return text;
    }

private:
    explicit card(ncm_card *handle) noexcept : owner(handle) {}

    static card made(const ncm_cell_params &cell, const ncm_electrode_params &positive,
                     const ncm_electrode_params *negative) {
        require_abi();
        ncm_card *handle = nullptr;
        check(ncm_card_from_params(&cell, &positive, negative, &handle));
        return card(handle);
    }

    static std::vector<const char *> pointers(const std::vector<std::string> &texts) {
        std::vector<const char *> list;
        for (const std::string &text : texts) {
            list.push_back(text.c_str());
        }
        return list;
    }
};

/* ---- The resistor alone ---- */

/// R(Q) of one slit.
class law : public owner<ncm_law, ncm_law_free> {
public:
    explicit law(const ncm_law_params &params) : owner(made(params)) {}
    law(const card &of, electrode which) : owner(made(of, which)) {}

    /// Resistance (ohm) and its derivative (ohm per coulomb) at net charge `q`.
    ncm_resistance operator()(coulombs q) const {
        ncm_resistance resistance;
        check(ncm_law_eval(get(), q.value(), &resistance));
        return resistance;
    }

private:
    static ncm_law *made(const ncm_law_params &params) {
        require_abi();
        ncm_law *handle = nullptr;
        check(ncm_law_new(&params, &handle));
        return handle;
    }

    static ncm_law *made(const card &of, electrode which) {
        ncm_law *handle = nullptr;
        check(ncm_law_from_card(of.get(), static_cast<std::uint32_t>(which), &handle));
        return handle;
    }
};

/* ---- Charge form ---- */

/// The cell as f(x), q(x), G and C over its nodes, for simulators that integrate themselves.
class charge_form : public owner<ncm_charge_form, ncm_charge_form_free> {
public:
    explicit charge_form(const card &of) : owner(made(of)) {
        check(ncm_charge_form_size(get(), &nodes_, &entries_));
    }

    /// Number of nodes: 0 is the positive, 1 the negative terminal.
    std::size_t nodes() const noexcept { return nodes_; }
    /// Number of entries of G and C.
    std::size_t entries() const noexcept { return entries_; }

    /// Compressed columns: entry k of column j, column_start[j] <= k < column_start[j + 1], is in
    /// row[k].
    struct sparse_pattern {
        std::vector<std::size_t> column_start;
        std::vector<std::size_t> row;
    };

    sparse_pattern pattern() const {
        sparse_pattern p{std::vector<std::size_t>(nodes_ + 1), std::vector<std::size_t>(entries_)};
        check(ncm_charge_form_pattern(get(), p.column_start.data(), nodes_ + 1, p.row.data(),
                                      entries_));
        return p;
    }

    /// Electrolyte nodes of an electrode, mouth first.
    std::vector<std::size_t> electrolyte_nodes(electrode which) const {
        const auto number = static_cast<std::uint32_t>(which);
        std::size_t count = 0;
        check(ncm_charge_form_electrolyte_count(get(), number, &count));
        std::vector<std::size_t> nodes(count);
        if (count > 0) {
            check(ncm_charge_form_electrolyte_nodes(get(), number, nodes.data(), count));
        }
        return nodes;
    }

    /// Currents f (A), charges q (C), and the entries of G (S) and C (F), at potentials x (V). Pass {}
    /// for what is not wanted.
    void eval(view<const double> x_V, view<double> f_A, view<double> q_C, view<double> g_S,
              view<double> c_F) const {
        same_size("x_V", x_V.size(), nodes_);
        for (const view<double> &values : {f_A, q_C}) {
            if (values.data() != nullptr) {
                same_size("f_A and q_C", values.size(), nodes_);
            }
        }
        for (const view<double> &values : {g_S, c_F}) {
            if (values.data() != nullptr) {
                same_size("g_S and c_F", values.size(), entries_);
            }
        }
        check(ncm_charge_form_eval(get(), x_V.data(), nodes_, entries_, f_A.data(), q_C.data(),
                                   g_S.data(), c_F.data()));
    }

private:
    static ncm_charge_form *made(const card &of) {
        ncm_charge_form *handle = nullptr;
        check(ncm_charge_form_new(of.get(), &handle));
        return handle;
    }

    static void same_size(const char *name, std::size_t given, std::size_t wanted) {
        if (given != wanted) {
            throw error(NCM_RESULT_WRONG_LENGTH, std::string(name) + " has " +
                                                     std::to_string(given) + " entries, wanted are " +
                                                     std::to_string(wanted));
        }
    }

    std::size_t nodes_ = 0;
    std::size_t entries_ = 0;
};

/* ---- Trial steps ---- */

/// Terminal behaviour at the end of a trial step: i(v') = i + di_dv (v' - v).
struct companion {
    volts v;
    amperes i;
    siemens di_dv;
    /// Estimated local error of the step at the worst inner node.
    volts error;
};

/// A cell with its state, as a two-terminal element that integrates itself.
class stepper : public owner<ncm_stepper, ncm_stepper_free> {
public:
    /// At rest, charged to the card's initial voltage.
    explicit stepper(const card &of) : owner(made(of)) {}

    /// A second cell in the same state.
    stepper clone() const {
        ncm_stepper *handle = nullptr;
        check(ncm_stepper_clone(get(), &handle));
        return stepper(handle);
    }

    /// Puts the cell and its surroundings at a temperature, kelvin.
    void set_temperature_K(double t_K) { check(ncm_stepper_set_temperature(get(), t_K)); }

    /// Sets the temperature of the surroundings at the end of the trials that follow, kelvin.
    void set_surroundings_K(double t_K) { check(ncm_stepper_set_surroundings(get(), t_K)); }

    /// Temperature at the end of the trial in hand, else of the accepted state, kelvin.
    double temperature_K() const {
        double t_K = 0;
        check(ncm_stepper_temperature(get(), &t_K));
        return t_K;
    }

    /// Heat that leaves for the surroundings, watt, and its derivative with respect to their temperature, W/K.
    std::pair<double, double> heat_flow() const {
        double heat_W = 0, slope_W_per_K = 0;
        check(ncm_stepper_heat_flow(get(), &heat_W, &slope_W_per_K));
        return {heat_W, slope_W_per_K};
    }

    /// How often a limit has been passed at accepted steps, and the farthest value beyond it.
    std::pair<std::uint64_t, double> passed(ncm_limit limit) const {
        std::uint64_t count = 0;
        double worst = 0;
        check(ncm_stepper_limit(get(), limit, &count, &worst));
        return {count, worst};
    }

    void set_voltage(volts v) { check(ncm_stepper_set_voltage(get(), v.value())); }

    /// In equilibrium at `from`, ramped to `v`, then left open.
    void set_history(volts v, volts from, double rate_V_per_s, seconds rest) {
        check(ncm_stepper_set_history(get(), v.value(), from.value(), rate_V_per_s, rest.value()));
    }

    void set_section_charges(electrode which, view<const double> charges_C) {
        check(ncm_stepper_set_section_charges(get(), static_cast<std::uint32_t>(which),
                                              charges_C.data(), charges_C.size()));
    }

    /// Tries a step to terminal voltage `v`; empty if a shorter step is needed.
    std::optional<companion> attempt_voltage(seconds h, volts v) {
        ncm_companion c;
        return answer(ncm_stepper_try_voltage(get(), h.value(), v.value(), &c), c);
    }

    /// Tries a step with terminal current `i` at its end; empty if a shorter step is needed.
    std::optional<companion> attempt_current(seconds h, amperes i) {
        ncm_companion c;
        return answer(ncm_stepper_try_current(get(), h.value(), i.value(), &c), c);
    }

    /// As attempt_voltage, but throws not_converged.
    companion try_voltage(seconds h, volts v) {
        ncm_companion c;
        check(ncm_stepper_try_voltage(get(), h.value(), v.value(), &c));
        return from(c);
    }

    /// As attempt_current, but throws not_converged.
    companion try_current(seconds h, amperes i) {
        ncm_companion c;
        check(ncm_stepper_try_current(get(), h.value(), i.value(), &c));
        return from(c);
    }

    /// Makes the last trial the state.
    void accept() { check(ncm_stepper_accept(get())); }
    /// Drops the trial in hand.
    void reject() { check(ncm_stepper_reject(get())); }
    /// Forgets the history, at a discontinuity.
    void restart() { check(ncm_stepper_restart(get())); }

    /// What flows at `v` while all charges are held.
    companion frozen(volts v) const {
        ncm_companion c;
        check(ncm_stepper_frozen(get(), v.value(), &c));
        return from(c);
    }

    /// Small-signal admittance (S) of the accepted state.
    std::complex<double> admittance(radians_per_second omega) const {
        const double frequency = omega.value();
        ncm_complex y;
        check(ncm_stepper_admittance(get(), &frequency, 1, &y));
        return {y.re, y.im};
    }

    volts voltage() const { return volts(read(NCM_QUANTITY_VOLTAGE_V)); }
    amperes current() const { return amperes(read(NCM_QUANTITY_CURRENT_A)); }
    coulombs charge() const { return coulombs(read(NCM_QUANTITY_CHARGE_C)); }
    joules stored_energy() const { return joules(read(NCM_QUANTITY_STORED_ENERGY_J)); }
    watts dissipation() const { return watts(read(NCM_QUANTITY_DISSIPATION_W)); }
    ohms effective_resistance() const { return ohms(read(NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM)); }
    double fill() const { return read(NCM_QUANTITY_FILL); }
    /// Charge over that at rest at the card's v_max.
    double state_of_charge() const { return read(NCM_QUANTITY_STATE_OF_CHARGE); }
    farads capacitance() const { return farads(read(NCM_QUANTITY_CAPACITANCE_F)); }
    double iterations() const { return read(NCM_QUANTITY_ITERATIONS); }

    /// Voltage of the electrode against the electrolyte in each section, mouth first, volt.
    std::vector<double> section_voltages_V(electrode which) const {
        return sections(which, ncm_stepper_section_voltages);
    }

    /// Net charge of each section, mouth first, coulomb.
    std::vector<double> section_charges_C(electrode which) const {
        return sections(which, ncm_stepper_section_charges);
    }

    /// The accepted state with its history, for restore().
    std::vector<double> save() const {
        std::size_t length = 0;
        check(ncm_stepper_state_length(get(), &length));
        std::vector<double> state(length);
        check(ncm_stepper_save(get(), state.data(), length));
        return state;
    }

    void restore(view<const double> state) {
        check(ncm_stepper_restore(get(), state.data(), state.size()));
    }

private:
    explicit stepper(ncm_stepper *handle) noexcept : owner(handle) {}

    static ncm_stepper *made(const card &of) {
        ncm_stepper *handle = nullptr;
        check(ncm_stepper_new(of.get(), &handle));
        return handle;
    }

    static companion from(const ncm_companion &c) {
        return {volts(c.v_V), amperes(c.i_A), siemens(c.di_dv_S), volts(c.error_V)};
    }

    static std::optional<companion> answer(ncm_result code, const ncm_companion &c) {
        if (code == NCM_RESULT_NOT_CONVERGED) {
            return std::nullopt;
        }
        check(code);
        return from(c);
    }

    double read(std::uint32_t quantity) const {
        double value = 0.0;
        check(ncm_stepper_read(get(), quantity, &value));
        return value;
    }

    template <class Function>
    std::vector<double> sections(electrode which, Function *function) const {
        const auto number = static_cast<std::uint32_t>(which);
        std::size_t count = 0;
        check(ncm_stepper_section_count(get(), number, &count));
        std::vector<double> values(count);
        if (count > 0) {
            check(function(get(), number, values.data(), count));
        }
        return values;
    }
};

} // namespace ncm

#endif /* NCM_HPP */
