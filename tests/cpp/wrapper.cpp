// What include/ncm.hpp promises: ownership, exceptions, types. Prints "ok" or what failed.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <ncm.hpp>

namespace {

using namespace ncm::literals;

void require(bool condition, const char *what, int line) {
    if (!condition) {
        std::printf("line %d: %s\n", line, what);
        std::exit(1);
    }
}
#define REQUIRE(condition) require(condition, #condition, __LINE__)

// The code of the error that `call` throws; NCM_RESULT_OK if it throws none.
template <class Call>
ncm_result thrown(Call call, std::string *text = nullptr) {
    try {
        call();
    } catch (const ncm::error &failure) {
        if (text != nullptr) {
            *text = failure.what();
        }
        return failure.code();
    }
    return NCM_RESULT_OK;
}

const char *const toml = "format = 1\nname = \"x\"\n[electrode]\nr_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\n"
                         "c_slit = 8e-8\nslits = 5\n";

static_assert(!std::is_copy_constructible<ncm::stepper>::value, "owners are not copied");
static_assert(!std::is_copy_assignable<ncm::card>::value, "owners are not copied");
static_assert(std::is_nothrow_move_constructible<ncm::stepper>::value, "owners are moved");
static_assert(std::is_nothrow_move_assignable<ncm::law>::value, "owners are moved");
static_assert(!std::is_convertible<double, ncm::volts>::value, "a number is no voltage");
static_assert(!std::is_convertible<ncm::amperes, ncm::volts>::value, "a current is no voltage");
static_assert((2.0 * 1.5_V).value() == 3.0, "quantities are scaled at compile time");

void ownership() {
    REQUIRE(ncm::handles_alive() == 0);
    {
        ncm::card card = ncm::card::from_toml(toml);
        REQUIRE(ncm::handles_alive() == 1);
        ncm::card moved = std::move(card);
        REQUIRE(ncm::handles_alive() == 1);
        card = ncm::card::from_toml(toml, {"gamma=0.7"});
        REQUIRE(ncm::handles_alive() == 2);
        REQUIRE(card.params_of(ncm::electrode::positive).gamma == 0.7);
        REQUIRE(moved.params_of(ncm::electrode::positive).gamma == 0.5);
        ncm_card *raw = moved.release();
        REQUIRE(thrown([&] { moved.cell(); }) == NCM_RESULT_NULL_POINTER);
        ncm::check(ncm_card_free(raw));
        REQUIRE(ncm::card::from_toml(card.to_toml()).to_toml() == card.to_toml());
    }
    REQUIRE(ncm::handles_alive() == 0);
}

void errors() {
    std::string text;
    REQUIRE(thrown([] { ncm::card::from_toml(""); }) == NCM_RESULT_CARD_UNUSABLE);
    REQUIRE(thrown([] { ncm::card::from_toml({}); }) == NCM_RESULT_CARD_UNUSABLE);
    REQUIRE(thrown([] { ncm::card::from_file("/nonexistent"); }, &text) == NCM_RESULT_CARD_UNREADABLE);
    REQUIRE(text.find("/nonexistent") != std::string::npos);
    ncm_electrode_params electrode = ncm::electrode_params();
    electrode.r_c = -1.0;
    REQUIRE(thrown([&] { ncm::card::half_cell(ncm::cell_params(), electrode); }, &text) ==
            NCM_RESULT_PARAMETER);
    REQUIRE(text.find("r_c = -1: allowed is") != std::string::npos);
    const ncm::card card = ncm::card::from_toml(toml);
    ncm::stepper cell(card);
    REQUIRE(thrown([&] { cell.accept(); }) == NCM_RESULT_NO_TRIAL);
    REQUIRE(thrown([&] { cell.try_voltage(0.0_s, 1.0_V); }) == NCM_RESULT_BAD_STEP);
    REQUIRE(thrown([&] { cell.attempt_voltage(-1.0_ns, 1.0_V); }) == NCM_RESULT_BAD_STEP);
    try {
        cell.set_voltage(ncm::volts(NAN));
        REQUIRE(false);
    } catch (const std::runtime_error &failure) {
        REQUIRE(std::string(failure.what()).find("ncm_stepper_set_voltage") == 0);
    }
}

void stepping() {
    const ncm::card card = ncm::card::from_toml(toml, {"negative.r_c=6"});
    ncm::stepper cell(card);
    ncm::coulombs charge;
    for (int k = 1; k <= 40; k++) {
        const auto trial = cell.attempt_voltage(20.0_ns, 5.0_mV * k);
        REQUIRE(trial.has_value() && trial->i > 0.0_A && trial->di_dv.value() > 0.0);
        cell.accept();
        REQUIRE(cell.charge() > charge);
        charge = cell.charge();
    }
    REQUIRE(cell.voltage() == 5.0_mV * 40);
    REQUIRE(cell.stored_energy().value() > 0.0 && cell.dissipation().value() > 0.0);
    REQUIRE(cell.effective_resistance().value() > 0.0 && cell.fill() > 0.0);
    REQUIRE(cell.capacitance().value() > 1.9e-7 && cell.iterations() >= 40.0);

    const std::vector<double> sections = cell.section_charges_C(ncm::electrode::positive);
    REQUIRE(sections.size() == 5 && sections[0] > sections[4]);
    REQUIRE(cell.section_voltages_V(ncm::electrode::negative)[0] < 0.0);
    ncm::stepper twin = cell.clone();
    const std::vector<double> state = cell.save();
    twin.set_section_charges(ncm::electrode::positive, std::array<double, 5>{});
    REQUIRE(twin.charge() == 0.0_C);
    REQUIRE(thrown([&] { twin.set_section_charges(ncm::electrode::positive, std::vector<double>{1e-9}); }) ==
            NCM_RESULT_WRONG_LENGTH);
    twin.restore(state);
    REQUIRE(twin.charge() == charge);
    const ncm::companion here = cell.try_voltage(20.0_ns, 0.3_V);
    REQUIRE(std::abs(twin.try_current(20.0_ns, here.i).v / here.v - 1.0) < 1e-9);
    REQUIRE(cell.admittance(ncm::radians_per_second(1e6)).imag() > 0.0);
    cell.reject();
    cell.restart();
    cell.set_voltage(0.2_V);
    REQUIRE(std::abs(cell.frozen(0.2_V).i.value()) < 1e-15);

    // An owner moves to another thread.
    std::thread([moved = std::move(cell)]() mutable { moved.set_voltage(0.1_V); }).join();
}

void charge_form_and_law() {
    const ncm::card card = ncm::card::from_toml(toml);
    const ncm::charge_form form(card);
    const auto pattern = form.pattern();
    REQUIRE(pattern.column_start.size() == form.nodes() + 1);
    REQUIRE(pattern.row.size() == form.entries());
    REQUIRE(form.electrolyte_nodes(ncm::electrode::negative).size() >= 5);
    const std::vector<double> x(form.nodes(), 0.5);
    std::vector<double> f(form.nodes(), 7.0), c(form.entries(), 7.0);
    form.eval(x, f, {}, {}, c);
    for (double current : f) {
        REQUIRE(std::abs(current) < 1e-15);
    }
    REQUIRE(thrown([&] { form.eval(x, c, {}, {}, {}); }) == NCM_RESULT_WRONG_LENGTH);

    const ncm::law law(card, ncm::electrode::positive);
    REQUIRE(std::abs(law(ncm::coulombs(0.8e-8)).r - 5.0 * 0.75) < 1e-12);
    ncm_law_params params = ncm::law_params();
    params.law = static_cast<std::uint32_t>(ncm::law_kind::signed_);
    params.r_c = 1.0;
    params.gamma = 0.5;
    params.q_max = 1.0;
    REQUIRE(std::abs(ncm::law(params)(ncm::coulombs(-1.0)).r - 1.5) < 1e-12);
}

// What came with rising capacitances, histories, temperature and limits.
void device() {
    ncm_electrode_params electrode = ncm::electrode_params();
    electrode.r_c = 5.0;
    electrode.gamma = 0.5;
    electrode.q_max = 1.6e-8;
    electrode.c_slit = 8e-8;
    electrode.slits = 5;
    electrode.c_rise = 0.5;
    electrode.u_rise = 0.2;
    ncm_cell_params whole = ncm::cell_params();
    whole.esr = 1.0;
    ncm::card card = ncm::card::from_params(whole, electrode, electrode);
    REQUIRE(card.params_of(ncm::electrode::negative).u_rise == 0.2);
    REQUIRE(thrown([&] { ncm::stepper(card).state_of_charge(); }) == NCM_RESULT_PARAMETER);
    REQUIRE(thrown([&] { card.set_device("r_th", -1.0); }) == NCM_RESULT_PARAMETER);
    card.set_device("r_th", 1e5);
    card.set_device("c_th", 1e-9);
    card.set_device("v_max", 0.4);

    ncm::stepper cell(card);
    cell.set_history(0.4_V, 0.0_V, 1e6, 50.0_ns);
    const std::vector<double> uneven = cell.section_charges_C(ncm::electrode::positive);
    REQUIRE(uneven.front() > 1.01 * uneven.back() && uneven.back() > 0.0);
    REQUIRE(cell.voltage() < 0.4_V && cell.voltage() > 0.1_V);
    const double charge = cell.state_of_charge();
    REQUIRE(charge > 0.0 && charge < 1.0);
    ncm::stepper full(card);
    full.set_voltage(0.4_V);
    REQUIRE(std::abs(full.state_of_charge() - 1.0) < 1e-9);
    REQUIRE(thrown([&] { cell.set_history(0.4_V, 0.0_V, -1.0, 0.0_s); }) == NCM_RESULT_PARAMETER);

    cell.set_temperature_K(310.0);
    REQUIRE(cell.temperature_K() == 310.0);
    cell.set_surroundings_K(300.0);
    cell.try_voltage(1.0_us, 0.5_V);
    const auto heat = cell.heat_flow();
    REQUIRE(std::isfinite(heat.first) && heat.second < 0.0);
    cell.accept();
    const auto passed = cell.passed(NCM_LIMIT_OVER_VOLTAGE);
    REQUIRE(passed.first == 1 && passed.second == 0.5);
    REQUIRE(cell.passed(NCM_LIMIT_OVER_CURRENT).first == 0);

    ncm::stepper twin = cell.clone();
    twin.set_temperature_K(320.0);
    REQUIRE(cell.temperature_K() != 320.0);
}

} // namespace

int main() {
    ownership();
    errors();
    stepping();
    charge_form_and_law();
    device();
    REQUIRE(ncm::handles_alive() == 0);
    std::puts("ok");
    return 0;
}
