// cpp/physics3d: laws of mechanics that steps obey, lanes that do not see one another, and lanes that escape.
// That its numbers are MuJoCo's is tested in Python, beside MuJoCo itself. A variable makes the random steps more:
// PLYO_PHYSICS3D_STEPS, of each pack; 8000 are a hundred thousand of single lanes for each model, with the packs of
// all instruction sets together.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <vector>

#include "bodies.hpp"
#include "check.hpp"
#include "core/rng.hpp"
#include "engine/cpu_dispatch.hpp"
#include "engine/seeding.hpp"
#include "physics3d/step.hpp"
#include "stock_models.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;
using namespace plyo::physics3d;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of 3.11.
constexpr Dialect kOldest{.adds_in_pairs = false,
                          .substitutes_forward = false,
                          .corrects_stages = false,
                          .combines_accelerations = false,
                          .weighs_difference = false};

std::size_t num_steps(std::size_t usual) {
  const char* const given = std::getenv("PLYO_PHYSICS3D_STEPS");
  return given == nullptr ? usual : static_cast<std::size_t>(std::strtoull(given, nullptr, 10));
}

std::vector<Isa> usable_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) isas.push_back(isa);
  }
  return isas;
}

// A body that flies, with a ball of radius 0.1 m.
Model ball(double mass = 2) {
  ModelBuilder builder;
  const std::int32_t body = builder.add_body(0, {0, 0, 0}, mass, {0.01, 0.02, 0.03});
  builder.add_joint(JointType::kFree);
  builder.add_floor_geom(body, 0.1, 0, {0, 0, 0}, 1 / mass);
  return builder.model;
}

// A point of 1 kg at 0.5 m below a hinge.
Model pendulum() {
  ModelBuilder builder;
  builder.add_body(0, {0, 0, 1}, 1, {0.02, 0.02, 0.01}, {0, 0, -0.5});
  builder.add_joint(JointType::kHinge, {0, 1, 0});
  return builder.model;
}

// A torso that flies with two legs of two links each, limits, motors and friction; and a pendulum, a tree of
// its own.
Model walker() {
  ModelBuilder builder;
  const std::int32_t torso = builder.add_body(0, {0, 0, 0}, 3, {0.05, 0.06, 0.07});
  builder.add_joint(JointType::kFree);
  builder.add_floor_geom(torso, 0.1, 0, {0, 0, 0}, 0.3);
  for (const double side : {-1.0, 1.0}) {
    const std::int32_t thigh =
        builder.add_body(torso, {0, 0.15 * side, 0}, 1, {0.02, 0.02, 0.002}, {0, 0, -0.2});
    const std::int32_t hip = builder.add_joint(JointType::kHinge, {0, 1, 0}, 0.1, 0.5);
    builder.add_limit(static_cast<std::int32_t>(builder.model.njnt) - 1, -0.8, 0.8);
    builder.add_motor(hip, 20);
    builder.add_floor_geom(thigh, 0.05, 0.15, {0, 0, -0.2}, 1.1);
    const std::int32_t shin = builder.add_body(thigh, {0, 0, -0.4}, 0.7, {0.01, 0.01, 0.001}, {0, 0, -0.15});
    const std::int32_t knee = builder.add_joint(JointType::kHinge, {0, 1, 0}, 0.1);
    builder.add_limit(static_cast<std::int32_t>(builder.model.njnt) - 1, -1.2, 0.1);
    builder.add_motor(knee, 10);
    builder.add_floor_geom(shin, 0.04, 0.12, {0, 0, -0.15}, 1.6);
  }
  builder.add_body(0, {2, 0, 1}, 1, {0.02, 0.02, 0.01}, {0, 0, -0.5});
  builder.add_joint(JointType::kHinge, {1, 0, 0}, 0.05);
  builder.add_limit(static_cast<std::int32_t>(builder.model.njnt) - 1, -0.3, 0.4);
  return builder.model;
}

// A leg that hops in the xz plane: a torso on two slides and a hinge, a thigh and a shin.
Model hopper() {
  ModelBuilder builder;
  const std::int32_t torso = builder.add_body(0, {0, 0, 0}, 3, {0.05, 0.06, 0.07});
  builder.add_joint(JointType::kSlide, {1, 0, 0});
  builder.add_joint(JointType::kSlide, {0, 0, 1});
  builder.add_joint(JointType::kHinge, {0, 1, 0});
  builder.add_floor_geom(torso, 0.1, 0.2, {0, 0, 0}, 0.3);
  const std::int32_t thigh = builder.add_body(torso, {0, 0, -0.2}, 1, {0.02, 0.02, 0.002}, {0, 0, -0.2});
  builder.add_motor(builder.add_joint(JointType::kHinge, {0, -1, 0}, 0.5, 0.5), 20);
  builder.add_limit(static_cast<std::int32_t>(builder.model.njnt) - 1, -0.5, 0.5);
  builder.add_floor_geom(thigh, 0.05, 0.15, {0, 0, -0.2}, 1.1);
  const std::int32_t shin = builder.add_body(thigh, {0, 0, -0.4}, 0.7, {0.01, 0.01, 0.001}, {0.1, 0, -0.15});
  builder.add_motor(builder.add_joint(JointType::kHinge, {0, -1, 0}, 0.5), 10);
  builder.add_limit(static_cast<std::int32_t>(builder.model.njnt) - 1, -0.4, 0.1);
  builder.add_floor_geom(shin, 0.04, 0.12, {0, 0, -0.15}, 1.6);
  return builder.model;
}

struct State {
  std::vector<double> qpos, qvel, warmstart, ctrl;
};

State first_state(const Model& model) {
  State state{model.qpos0, std::vector<double>(model.nv), std::vector<double>(model.nv),
              std::vector<double>(model.nu)};
  for (std::size_t j = 0; j < model.njnt; ++j) {
    if (model.jnt_type[j] == static_cast<std::int32_t>(JointType::kFree)) {
      state.qpos[static_cast<std::size_t>(model.jnt_qposadr[j]) + 3] = 1;
    }
  }
  return state;
}

State random_state(const Model& model, Rng& rng) {
  State state = first_state(model);
  for (double& number : state.qpos) number += rng.uniform(-0.7, 0.7);
  for (double& number : state.qvel) number = rng.uniform(-2, 2);
  for (double& number : state.ctrl) number = rng.uniform(-1.2, 1.2);
  return state;
}

void write(const std::vector<double>& numbers, double* to, std::size_t lanes, std::size_t lane) {
  for (std::size_t i = 0; i < numbers.size(); ++i) to[i * lanes + lane] = numbers[i];
}
void put(const Pack& pack, std::size_t lane, const State& state) {
  const PackArrays& arrays = pack.arrays();
  write(state.qpos, arrays.qpos, arrays.lanes, lane);
  write(state.qvel, arrays.qvel, arrays.lanes, lane);
  write(state.warmstart, arrays.qacc_warmstart, arrays.lanes, lane);
  write(state.ctrl, arrays.ctrl, arrays.lanes, lane);
}
std::vector<double> read(const double* from, std::size_t count, std::size_t lanes, std::size_t lane) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = from[i * lanes + lane];
  return numbers;
}
// The state and all else that a lane is asked for.
std::vector<std::vector<double>> results(const Model& model, const Pack& pack, std::size_t lane) {
  const PackArrays& a = pack.arrays();
  const auto of = [&](const double* from, std::size_t count) { return read(from, count, a.lanes, lane); };
  return {of(a.qpos, model.nq),
          of(a.qvel, model.nv),
          of(a.qacc_warmstart, model.nv),
          of(a.qacc, model.nv),
          of(a.qfrc_constraint, model.nv),
          of(a.qfrc_actuator, model.nv),
          of(a.xpos, 3 * model.nbody),
          of(a.xquat, 4 * model.nbody),
          of(a.cfrc_ext, 6 * model.nbody),
          of(a.cvel, 6 * model.nbody),
          {static_cast<double>(a.num_rows[lane]), static_cast<double>(a.efforts[lane])}};
}

// A pack of one lane in that state.
State step_alone(const Model& model, const State& state, int steps = 1) {
  Pack pack(model, Isa::kBaseline);
  put(pack, 0, state);
  for (int k = 0; k < steps; ++k) CHECK_EQ(pack.step(), 0U);
  const PackArrays& a = pack.arrays();
  return {read(a.qpos, model.nq, 1, 0), read(a.qvel, model.nv, 1, 0), read(a.qacc_warmstart, model.nv, 1, 0),
          state.ctrl};
}

void check_near(double number, double expected, double most) { CHECK(std::fabs(number - expected) <= most); }

}  // namespace

PLYO_TEST(physics3d_body_falls) {
  for (const Integrator integrator : {Integrator::kEuler, Integrator::kRungeKutta4}) {
    Model model = ball();
    model.integrator = integrator;
    State state = first_state(model);
    state.qpos[2] = 50;
    state.qvel[0] = 3;
    const State later = step_alone(model, state, 500);  // one second
    check_near(later.qvel[2], -9.81, 1e-9);
    check_near(later.qpos[0], 3, 1e-9);
    const double first_order = integrator == Integrator::kEuler ? 9.81 * 0.002 / 2 : 0;
    check_near(later.qpos[2], 50 - 9.81 / 2 - first_order, 1e-9);
  }
}

PLYO_TEST(physics3d_body_spins_without_losing_angular_momentum) {
  Model model = ball();
  model.integrator = Integrator::kRungeKutta4;
  State state = first_state(model);
  state.qpos[2] = 50;
  for (std::size_t k = 3; k < 6; ++k) state.qvel[k] = static_cast<double>(k);
  const auto energy = [](const State& s) {
    return 0.01 * s.qvel[3] * s.qvel[3] + 0.02 * s.qvel[4] * s.qvel[4] + 0.03 * s.qvel[5] * s.qvel[5];
  };
  const auto momentum = [](const State& s) {
    return std::pow(0.01 * s.qvel[3], 2) + std::pow(0.02 * s.qvel[4], 2) + std::pow(0.03 * s.qvel[5], 2);
  };
  const State later = step_alone(model, state, 500);
  check_near(energy(later), energy(state), 1e-9);
  check_near(momentum(later), momentum(state), 1e-9);
  CHECK(std::fabs(later.qvel[3] - state.qvel[3]) > 0.1);  // it tumbles
}

PLYO_TEST(physics3d_pendulum_accelerates) {
  const Model model = pendulum();
  Pack pack(model, Isa::kBaseline);
  for (const double angle : {-2.0, 0.3, 1.5}) {
    State state = first_state(model);
    state.qpos[0] = angle;
    state.qvel[0] = 1;
    put(pack, 0, state);
    CHECK_EQ(pack.forward(), 0U);
    check_near(pack.arrays().qacc[0], -9.81 * 0.5 * std::sin(angle) / (0.02 + 0.25), 1e-12);
    CHECK_EQ(pack.arrays().qpos[0], angle);  // mj_forward leaves the state
    CHECK_EQ(pack.arrays().qvel[0], 1.0);
  }
}

PLYO_TEST(physics3d_motors_are_clamped) {
  ModelBuilder builder;
  builder.add_body(0, {0, 0, 0}, 2, {0.1, 0.1, 0.1});
  builder.add_motor(builder.add_joint(JointType::kSlide, {1, 0, 0}), 3);
  State state = first_state(builder.model);
  state.ctrl[0] = 5;
  check_near(step_alone(builder.model, state).qvel[0], 3.0 / 2 * 0.002, 1e-15);
  builder.model.motors[0].limits_control = false;
  check_near(step_alone(builder.model, state).qvel[0], 15.0 / 2 * 0.002, 1e-15);
  builder.model.motors[0].limits_force = true;
  builder.model.motors[0].force_high = 4;
  check_near(step_alone(builder.model, state).qvel[0], 12.0 / 2 * 0.002, 1e-15);
}

PLYO_TEST(physics3d_fluid_slows_and_wind_moves) {
  Model model = ball();
  model.gravity[2] = 0;
  model.density = 1000;
  model.viscosity = 0.1;
  State state = first_state(model);
  state.qpos[2] = 5;
  state.qvel[0] = 2;
  const State slower = step_alone(model, state, 10);
  CHECK(slower.qvel[0] < 2 && slower.qvel[0] > 0);
  // a body that goes with the wind feels none
  model.wind[0] = 2;
  CHECK_EQ(step_alone(model, state, 10).qvel[0], 2.0);
}

PLYO_TEST(physics3d_floor_carries_a_body) {
  const Model model = ball();
  State state = first_state(model);
  state.qpos[2] = 0.1;
  const State later = step_alone(model, state, 500);
  check_near(later.qvel[2], 0, 1e-6);
  CHECK(later.qpos[2] > 0.09 && later.qpos[2] < 0.1);
  Pack pack(model, Isa::kBaseline);
  put(pack, 0, later);
  CHECK_EQ(pack.forward(), 0U);
  pack.compute_contact_forces();
  CHECK_EQ(pack.arrays().num_rows[0], 4);
  CHECK_EQ(pack.arrays().efforts[0] >> 2, 1 << 3);  // one contact, no limit
  check_near(pack.arrays().cfrc_ext[6 + 5], 2 * 9.81, 1e-3);
  check_near(pack.arrays().qfrc_constraint[2], 2 * 9.81, 1e-3);
}

PLYO_TEST(physics3d_limit_stops_a_joint) {
  ModelBuilder builder;
  builder.model = pendulum();
  builder.model.gravity[2] = 0;
  builder.add_limit(0, -0.5, 0.25);
  for (const double speed : {-3.0, 3.0}) {
    State state = first_state(builder.model);
    state.qvel[0] = speed;
    const State later = step_alone(builder.model, state, 500);
    CHECK(later.qpos[0] > -0.6 && later.qpos[0] < 0.35);
    CHECK(std::fabs(later.qvel[0]) < 1);  // it takes most of the speed
  }
}

// What lanes are compared with: walkers of both integrators, in a fluid, and in older orders; and what hops in a plane.
std::vector<Model> varied_models() {
  std::vector<Model> models(5, walker());
  models.back() = hopper();
  for (std::size_t i = 1; i < models.size(); ++i) models[i].integrator = Integrator::kRungeKutta4;
  models[1].density = 100;
  models[2].dialect = kOldest;
  models[3].dialect.weighs_difference = false;
  return models;
}

// Steps a pack from random states and each of its lanes alone, which may escape if that is said; the most rows that a
// lane had.
int compare_with_packs_of_one(const Model& model, Isa isa, Rng& rng, bool may_escape) {
  constexpr std::size_t kStepsOfStart = 60;
  Pack pack(model, isa);
  const PackArrays& a = pack.arrays();
  Pack alone(model, Isa::kBaseline);
  std::vector<State> states(pack.lanes());
  const auto begin = [&](std::size_t l) {
    states[l] = random_state(model, rng);
    put(pack, l, states[l]);
  };
  int most_rows = 0;
  for (std::size_t k = 0; k < num_steps(kStepsOfStart); ++k) {
    for (std::size_t l = 0; l < pack.lanes() && k % kStepsOfStart == 0; ++l) begin(l);
    std::vector<State> before;
    for (std::size_t l = 0; l < pack.lanes(); ++l) {
      before.push_back({read(a.qpos, model.nq, a.lanes, l), read(a.qvel, model.nv, a.lanes, l),
                        read(a.qacc_warmstart, model.nv, a.lanes, l), states[l].ctrl});
    }
    const LaneMask escaped = pack.step();
    CHECK(may_escape || escaped == 0);
    pack.compute_contact_forces();
    for (std::size_t l = 0; l < pack.lanes(); ++l) {
      put(alone, 0, before[l]);
      CHECK_EQ(alone.step(), escaped >> l & 1U);
      if ((escaped >> l & 1U) != 0) {
        begin(l);
        continue;
      }
      alone.compute_contact_forces();
      CHECK(results(model, pack, l) == results(model, alone, 0));
      most_rows = std::max(most_rows, alone.arrays().num_rows[0]);
    }
  }
  return most_rows;
}

PLYO_TEST(physics3d_lanes_are_those_of_packs_of_one) {
  Rng rng = seeded_rng(11);
  for (const Isa isa : usable_isas()) {
    for (const Model& model : varied_models()) CHECK(compare_with_packs_of_one(model, isa, rng, false) > 8);
  }
}

PLYO_TEST(physics3d_lanes_of_stock_models_are_those_of_packs_of_one) {
  const std::vector<Model> models = stock_models(PLYO_TEST_STOCK_MODELS);
  CHECK_EQ(models.size(), std::size_t{9});
  Rng rng = seeded_rng(12);
  for (const Isa isa : usable_isas()) {
    for (const Model& model : models) {
      const int rows = compare_with_packs_of_one(model, isa, rng, true);
      CHECK(rows > 0 || (model.limits.empty() && model.floor_geoms.empty()));
    }
  }
}

// Of starts that are so many last places from the accelerations without forces: how often the pendulum, at its
// limit and on the way back, begins with the start. The limit pushes nothing, so that none is better than those.
int count_starts_kept(const Model& model, Isa isa, double angle) {
  Pack pack(model, isa);
  const PackArrays& a = pack.arrays();
  State state = first_state(model);
  state.qpos[0] = angle;
  state.qvel[0] = -3;
  put(pack, 0, state);
  CHECK_EQ(pack.forward(), 0U);
  CHECK_EQ(a.num_rows[0], 1);
  CHECK_EQ(a.efforts[0] >> 2, 1);  // no contact, one limit
  CHECK_EQ(a.qfrc_constraint[0], 0.0);
  const double smooth = a.qacc[0];
  int kept = 0;
  for (int places = -8; places <= 8; ++places) {
    state.warmstart[0] = smooth * (1 + places * std::numeric_limits<double>::epsilon());
    put(pack, 0, state);
    CHECK_EQ(pack.forward(), 0U);
    CHECK(a.qacc[0] == smooth || a.qacc[0] == state.warmstart[0]);
    if (a.qacc[0] != smooth) ++kept;
  }
  return kept;
}

PLYO_TEST(physics3d_no_start_is_better_than_that_without_forces) {
  ModelBuilder builder;
  builder.model = pendulum();
  builder.add_limit(0, -0.5, 0.25);
  Model older = builder.model;
  older.dialect.weighs_difference = false;
  for (const Isa isa : usable_isas()) {
    int kept_in_older = 0;
    for (double angle = 0.251; angle < 0.26; angle += 0.0003) {
      CHECK_EQ(count_starts_kept(builder.model, isa, angle), 0);
      kept_in_older += count_starts_kept(older, isa, angle);
    }
    CHECK(kept_in_older > 0);  // rounding makes some seem as good
  }
}

PLYO_TEST(physics3d_trees_do_not_see_one_another) {
  // a ball alone, and the same ball beside a pendulum at its limit: but for rounding, as MuJoCo too sums over all
  const Model one = ball();
  ModelBuilder builder;
  builder.model = ball();
  builder.add_body(0, {9, 0, 1}, 1, {0.02, 0.02, 0.01}, {0, 0, -0.5});
  builder.add_joint(JointType::kHinge, {0, 1, 0});
  builder.add_limit(1, -0.1, 0.1);
  State state = first_state(one), both = first_state(builder.model);
  state.qpos[2] = both.qpos[2] = 0.095;
  state.qvel[0] = both.qvel[0] = 1;
  both.qpos[7] = 0.2;
  const State alone = step_alone(one, state, 20), beside = step_alone(builder.model, both, 20);
  for (std::size_t i = 0; i < one.nq; ++i) check_near(beside.qpos[i], alone.qpos[i], 1e-14);
  for (std::size_t i = 0; i < one.nv; ++i) check_near(beside.qvel[i], alone.qvel[i], 1e-14);
}

PLYO_TEST(physics3d_lanes_escape_as_they_were) {
  Model model = walker();
  const double huge = 2e10;
  for (const Isa isa : usable_isas()) {
    Pack pack(model, isa);
    Pack undisturbed(model, isa);
    Rng rng = seeded_rng(5);
    std::vector<State> states;
    for (std::size_t l = 0; l < pack.lanes(); ++l) states.push_back(random_state(model, rng));
    const auto check = [&](const State& strange, Escape reason) {
      for (std::size_t l = 0; l < pack.lanes(); ++l) put(pack, l, l == 0 ? strange : states[l]);
      for (std::size_t l = 0; l < pack.lanes(); ++l) put(undisturbed, l, states[l]);
      CHECK_EQ(pack.step(), 1U);
      CHECK_EQ(undisturbed.step(), 0U);
      CHECK(pack.arrays().escapes[0] == reason);
      const PackArrays& a = pack.arrays();
      const std::vector<double> qpos = read(a.qpos, model.nq, a.lanes, 0);
      for (std::size_t i = 0; i < model.nq; ++i) {
        CHECK(qpos[i] == strange.qpos[i] || (std::isnan(qpos[i]) && std::isnan(strange.qpos[i])));
      }
      CHECK(read(a.qacc_warmstart, model.nv, a.lanes, 0) == strange.warmstart);
      for (std::size_t l = 1; l < pack.lanes(); ++l) {
        CHECK(results(model, pack, l) == results(model, undisturbed, l));
      }
    };
    for (const double number : {kNaN, huge, -huge, std::numeric_limits<double>::infinity()}) {
      State strange = states[0];
      strange.qpos[1] = number;
      check(strange, Escape::kBadNumber);
      strange = states[0];
      strange.qvel[3] = number;
      check(strange, Escape::kBadNumber);
      strange = states[0];
      strange.ctrl[2] = number;
      check(strange, Escape::kBadNumber);
    }
  }
}

PLYO_TEST(physics3d_lanes_with_near_pairs_escape) {
  ModelBuilder builder;
  std::int32_t geoms[2];
  for (int k = 0; k < 2; ++k) {
    const std::int32_t body = builder.add_body(0, {0, 0, 0}, 1, {0.1, 0.1, 0.1});
    builder.add_joint(JointType::kFree);
    geoms[k] = builder.add_geom(body, {0, 0, 0});
  }
  OtherPair pair;
  pair.first = geoms[0];
  pair.second = geoms[1];
  pair.first_half_length = pair.second_half_length = 0.5;
  pair.reach = 0.2;
  builder.model.other_pairs = {pair};
  Pack pack(builder.model, Isa::kBaseline);
  const auto escapes_at = [&](double x, double z, double turn) {
    State state = first_state(builder.model);
    state.qpos[7] = x;
    state.qpos[9] = z;
    state.qpos[10] = std::cos(turn / 2);
    state.qpos[12] = std::sin(turn / 2);  // about the y axis
    put(pack, 0, state);
    const LaneMask escaped = pack.step();
    CHECK(escaped == 0 || pack.arrays().escapes[0] == Escape::kNearPair);
    return escaped != 0;
  };
  const double quarter = std::acos(0.0);
  CHECK(escapes_at(0.19, 0, 0) && !escapes_at(0.21, 0, 0));              // side by side
  CHECK(escapes_at(0, 1.19, 0) && !escapes_at(0, 1.21, 0));              // end to end
  CHECK(escapes_at(0.69, 0, quarter) && !escapes_at(0.71, 0, quarter));  // an end at a side
  CHECK(escapes_at(0.3, 0.9, 0.7) != escapes_at(0.6, 0.9, 0.7));         // askew
}

PLYO_TEST(physics3d_lanes_with_too_many_contacts_escape) {
  ModelBuilder builder;
  const std::int32_t body = builder.add_body(0, {0, 0, 0}, 1, {0.1, 0.1, 0.1});
  builder.add_joint(JointType::kFree);
  for (std::size_t k = 0; k <= kMaxContacts; ++k)
    builder.add_floor_geom(body, 0.1, 0, {0.1 * double(k), 0, 0}, 1);
  Pack pack(builder.model, Isa::kBaseline);
  State state = first_state(builder.model);
  state.qpos[2] = 1;
  put(pack, 0, state);
  CHECK_EQ(pack.step(), 0U);
  state.qpos[2] = 0.09;
  put(pack, 0, state);
  CHECK_EQ(pack.step(), 1U);
  CHECK(pack.arrays().escapes[0] == Escape::kTooManyRows);
}

PLYO_TEST(physics3d_large_models_are_refused) {
  ModelBuilder builder;
  CHECK(walker().find_excess() == nullptr);
  for (std::size_t k = 0; k < kMaxBodies; ++k) builder.add_body(0, {0, 0, 0}, 1, {1, 1, 1});
  CHECK(builder.model.find_excess() != nullptr);
  bool is_refused = false;
  try {
    const Pack pack(builder.model, Isa::kBaseline);
  } catch (const std::invalid_argument&) {
    is_refused = true;
  }
  CHECK(is_refused);
}

PLYO_TEST(physics3d_softness_is_clamped) {
  constexpr double kImpedance[5] = {0, 1, 0.001, 0.5, 2}, kFlat[5] = {0.8, 0.8, 0.001, 0.5, 2};
  constexpr double kReference[2] = {0.001, 0.5}, kDirect[2] = {-100, -10};
  const Softness soft = Softness::of(kReference, kImpedance, 0.01);
  CHECK_EQ(soft.low, 0.0001);
  CHECK_EQ(soft.high, 0.9999);
  CHECK_EQ(soft.damping, 2 / (0.9999 * 0.02));  // a time constant of two steps at least
  CHECK_EQ(Softness::of(kDirect, kImpedance, 0.01).damping, 10 / 0.9999);
  const Softness flat = Softness::of(kReference, kFlat, 0.01);
  CHECK(flat.low == 0.8 && flat.high == 0.8);
}
