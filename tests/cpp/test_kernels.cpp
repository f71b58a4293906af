// kernels/: every instruction set that this machine has gives the bits of the baseline, for every task, from
// states of real episodes and from states beside them.
#include <cmath>
#include <cstring>
#include <numeric>

#include "batches.hpp"
#include "engine/cpu_dispatch.hpp"
#include "engine/find_nonzero.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

constexpr std::size_t kLanes = 251;           // a prime, so that every vector width leaves a rest
constexpr std::size_t kStride = kLanes + 13;  // planes do not touch

std::vector<Isa> vector_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) isas.push_back(isa);
  }
  return isas;
}

// The planes of some lanes under the kernels of one instruction set, and their outputs.
struct Lanes {
  explicit Lanes(const TaskBuild& build, Isa isa)
      : ops(*build.task),
        state(*build.state),
        kernels(*build.kernels.find(isa)),
        words(kStride * state.bytes(), std::byte{0x5A}),
        params(ops.params_bytes),
        options(ops.reset_options_bytes),
        seen(build.info->observation),
        done(build.info->action),
        told(build.info->infos),
        observations(make_block(seen, kLanes)),
        listed(observations.size()),
        infos(make_block(told, kLanes)),
        rewards(kLanes, -7),
        terminated(kLanes, 7),
        rngs(kLanes) {
    ops.init_params(params.data());
    ops.init_reset_options(options.data());
    if (ops.make_table != nullptr) {
      this->table.resize(ops.table_bytes(params.data()));
      ops.make_table(params.data(), this->table.data());
    }
    for (std::size_t i = 0; i < kLanes; ++i) rngs[i] = seeded_rng(100 + i);
  }

  LaneView view() {
    LaneView lanes{words.data(), kStride, rngs.data(), params.data()};
    lanes.has_default_constants = knows_defaults;
    lanes.lane_params = own_params.empty() ? nullptr : own_params.data();
    lanes.params_stride = kStride;
    return lanes;
  }

  // Gives every lane a copy of the Params.
  void spread_params() {
    std::vector<std::uint64_t> one((params.size() + 7) / 8);
    std::memcpy(one.data(), params.data(), std::min(params.size(), one.size() * sizeof(one[0])));
    own_params.resize(one.size() * kStride);
    for (std::size_t w = 0; w < one.size(); ++w) {
      std::fill_n(own_params.begin() + static_cast<std::ptrdiff_t>(w * kStride), kStride, one[w]);
    }
  }

  void reset(const std::vector<LaneIndex>& lanes, std::size_t count) {
    kernels.reset(view(), lanes.data(), count, options.data(), true);
  }
  void observe(std::size_t count) {
    kernels.observe(view(), count, leaves_of(observations, seen, kLanes).at);
    if (kernels.inform != nullptr) kernels.inform(view(), count, leaves_of(infos, told, kLanes).at);
  }
  void observe_listed(const std::vector<LaneIndex>& lanes) {
    kernels.observe_lanes(view(), lanes.data(), lanes.size(), leaves_of(listed, seen, kLanes).at);
  }
  void step(const Bytes& actions, std::size_t count) {
    kernels.step(view(), count, leaves_of(actions, done, kLanes).at, rewards.data(), terminated.data());
  }
  void step_listed(const Bytes& actions, const std::vector<LaneIndex>& lanes) {
    kernels.step_lanes(view(), lanes.data(), lanes.size(), leaves_of(actions, done, kLanes).at,
                       rewards.data(), terminated.data());
  }

  bool operator==(const Lanes& other) const {
    for (std::size_t i = 0; i < kLanes; ++i) {
      if (!(rngs[i].state() == other.rngs[i].state())) return false;
    }
    return words == other.words && observations == other.observations && infos == other.infos &&
           listed == other.listed &&
           std::memcmp(rewards.data(), other.rewards.data(), kLanes * sizeof(double)) == 0 &&
           terminated == other.terminated;
  }

  const TaskOps& ops;
  const StateOps& state;
  const Kernels& kernels;
  Bytes words, params, options, table;
  RowSizes seen, done;
  InfoSizes told;
  Bytes observations, listed, infos;
  std::vector<double> rewards;
  Flags terminated;
  std::vector<Rng> rngs;
  bool knows_defaults = false;
  std::vector<std::uint64_t> own_params;
};

std::vector<LaneIndex> every_lane() {
  std::vector<LaneIndex> lanes(kLanes);
  std::iota(lanes.begin(), lanes.end(), LaneIndex{0});
  return lanes;
}

// Moves every floating-point word of a state a little, or much, so that states are met that no episode has.
void disturb(Lanes& lanes, Rng& rng, double size) {
  if (lanes.state.word_bytes != sizeof(double)) return;
  for (std::size_t w = 0; w < lanes.state.num_words; ++w) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      double value = 0;
      std::byte* const place = lanes.words.data() + (w * kStride + i) * sizeof(double);
      std::memcpy(&value, place, sizeof(double));
      const double factor = 1 + size * rng.uniform(-1.0, 1.0);
      // the bits of a small integer are a double tinier than any quantity
      if (std::abs(value) > 1e-200) value *= factor;
      std::memcpy(place, &value, sizeof(double));
    }
  }
}

std::string name_of(const Task& task, Isa isa) {
  return std::string(task.name) + " on " + std::string(isa_name(isa)) + " differs from the baseline";
}

#define CHECK_SAME(a, b, task, isa, where) \
  if (!((a) == (b))) plyo::testing::fail(__FILE__, __LINE__, name_of(task, isa) + where)

}  // namespace

PLYO_TEST(kernels_this_machine_has_the_baseline) {
  CHECK(isa_supported(Isa::kBaseline));
  CHECK(isa_supported(selected_isa()));
  CHECK_EQ(isa_name(Isa::kBaseline), std::string_view("baseline"));
  for (const Task& task : compiled_tasks()) CHECK(task.fast.kernels.find(Isa::kBaseline) != nullptr);
  for (const Task& task : plain_tasks()) {
    // one scalar build under every name
    for (const Isa isa : vector_isas()) {
      CHECK(task.reference.kernels.find(isa) == task.reference.kernels.find(Isa::kBaseline));
    }
  }
}

PLYO_TEST(kernels_every_instruction_set_gives_the_bits_of_the_baseline) {
  for (const Isa isa : vector_isas()) {
    for (const Task& task : plain_tasks()) {
      const EnvInfo& info = *task.fast.info;
      Lanes base(task.fast, Isa::kBaseline), vector(task.fast, isa);
      CHECK(base.kernels.step != vector.kernels.step);
      const std::vector<LaneIndex> all = every_lane();
      const std::vector<LaneIndex> some{0, 3, 4, 100, 249, 250};
      for (Lanes* lanes : {&base, &vector}) lanes->reset(all, kLanes);
      CHECK_SAME(base, vector, task, isa, " after the reset");
      Rng rng = seeded_rng(5);
      int terminations = 0;
      for (int t = 0; t < 1200; ++t) {
        const Bytes actions = random_actions(info.action, kLanes, rng);
        // every hundred steps states that no episode has, ever further out
        const double size = t % 100 == 0 ? 0.3 * t / 100 : 0;
        const Rng disturbance = rng;
        for (Lanes* lanes : {&base, &vector}) {
          if (size > 0) {
            Rng same = disturbance;
            disturb(*lanes, same, size);
          }
          lanes->observe(kLanes);
          if (t % 3 == 2) {
            lanes->step_listed(actions, some);
          } else {
            lanes->step(actions, kLanes);
          }
          lanes->observe_listed(some);
        }
        CHECK_SAME(base, vector, task, isa, " at step " + std::to_string(t));
        if (!(base == vector)) break;
        std::vector<LaneIndex> ended(kLanes);
        const std::size_t count = find_nonzero(base.terminated.data(), kLanes, ended.data());
        terminations += static_cast<int>(count);
        if (t % 3 == 2) continue;
        for (Lanes* lanes : {&base, &vector}) {
          lanes->reset(ended, count);
        }
      }
      const bool can_terminate =
          task.name != "Pendulum" && task.name != "NChain" && task.name.substr(0, 11) != "MountainCar";
      if (can_terminate && terminations == 0) {
        plyo::testing::fail(__FILE__, __LINE__, std::string(task.name) + " never terminated");
      }
    }
  }
}

PLYO_TEST(kernels_know_parameters_as_constants_as_one_set_and_by_lane) {
  std::vector<Isa> isas = vector_isas();
  isas.push_back(Isa::kBaseline);
  for (const Isa isa : isas) {
    for (const Task& task : plain_tasks()) {
      const EnvInfo& info = *task.fast.info;
      Lanes shared(task.fast, isa), constant(task.fast, isa), by_lane(task.fast, isa);
      CHECK(shared.kernels.knows_lane_params);
      constant.knows_defaults = true;
      by_lane.spread_params();
      Rng rng = seeded_rng(11);
      const std::vector<LaneIndex> all = every_lane();
      for (Lanes* lanes : {&shared, &constant, &by_lane}) lanes->reset(all, kLanes);
      for (int t = 0; t < 60; ++t) {
        const Bytes actions = random_actions(info.action, kLanes, rng);
        for (Lanes* lanes : {&shared, &constant, &by_lane}) {
          if (t % 3 == 2) {
            lanes->step_listed(actions, {0, 3, 4, 100, 249, 250});
          } else {
            lanes->step(actions, kLanes);
          }
          lanes->observe(kLanes);
        }
        CHECK_SAME(shared, constant, task, isa, " with constants");
        CHECK_SAME(shared, by_lane, task, isa, " with parameters by lane");
      }
    }
  }
}

PLYO_TEST(kernels_touch_only_the_lanes_that_they_are_given) {
  for (const Task& task : plain_tasks()) {
    const EnvInfo& info = *task.fast.info;
    for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
      if (!isa_supported(isa)) continue;
      for (const std::size_t count : {1, 2, 7, 8, 9, 31, 100}) {
        Lanes lanes(task.fast, isa);
        const std::vector<LaneIndex> all = every_lane();
        lanes.reset(all, kLanes);
        const Bytes before = lanes.words;
        Rng rng = seeded_rng(1);
        const Bytes actions = random_actions(info.action, kLanes, rng);
        lanes.step(actions, count);
        lanes.observe(count);
        for (std::size_t w = 0; w < lanes.state.num_words; ++w) {
          for (std::size_t i = count; i < kStride; ++i) {
            const std::size_t place = (w * kStride + i) * lanes.state.word_bytes;
            CHECK(std::memcmp(lanes.words.data() + place, before.data() + place, lanes.state.word_bytes) ==
                  0);
          }
        }
        CHECK_EQ(lanes.rewards[count], -7.0);
        CHECK_EQ(int{lanes.terminated[count]}, 7);
        for (std::size_t i = 0; i < count; ++i) CHECK(lanes.terminated[i] <= 1);
        const Bytes rest = part_of(lanes.observations, lanes.seen, kLanes, count, kLanes - count);
        CHECK(rest == Bytes(rest.size()));
      }
    }
  }
}
