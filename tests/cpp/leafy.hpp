// An environment that has everything: Tuples as observation and action, an info, a table, a look back, a
// model.
#pragma once

#include "batches.hpp"
#include "core/environment.hpp"
#include "kernels/make_task.hpp"

namespace PLYO_ENVS {

// A counter that walks over the letters of a list of texts.
struct Leafy {
  struct State {
    std::int32_t place, steps, episodes, last_move;
  };
  struct Cell {
    double letter;
    std::int64_t row;
  };
  struct Params {
    Texts rows{kDefaultRows, 2};
    Text name = "ab";
    Numbers rewards{{kDefaultRewards, 2}, true};
    View<Cell> table{};
  };
  struct ResetOptions {
    std::int64_t place = 0;
  };
  struct Observation {
    std::int64_t place;
    float pair[2];
    std::uint8_t picture[2][3][1];
  };
  struct Action {
    std::int32_t move;
    float push[2];
    std::int32_t choice;
  };
  struct Info {
    double chance;
    std::int8_t mask[3];
  };
  static constexpr Text kDefaultRows[2] = {"abc", "de"};
  static constexpr double kDefaultRewards[2] = {1, -2};
  static constexpr std::size_t kMaxTransitions = 2;

  static constexpr EnvInfo info{
      .summary = "Walk over letters.",
      .source = "this file",
      .variants = variants(Variant{"Leafy-v0", 9, 1.0, presets(preset("name", "ab"))}),
      .observation = tuple(named("place", discrete(5)), box({{"steps"}, {"last move"}}),
                           box<std::uint8_t[2][3][1]>({"picture", "", 0, 255})),
      .action = tuple(discrete({"stay", "go", "jump"}), box({{"x", "", -1, 1}, {"y", "", -2, 2}}),
                      named("choice", discrete(4, -1))),
      .reward_type = RewardType::kInt,
      .params = fields(field<&Params::rows>("rows", "the letters"), field<&Params::name>("name", "a name"),
                       field<&Params::rewards>("rewards", "at an even and at an odd place")),
      .reset_options = fields(field<&ResetOptions::place>("place", "where to begin")),
      .infos = report(reported<double>("chance", "drawn", InfoStyle::kIntegerAtReset),
                      reported<std::int8_t[3]>("mask", "legal moves"))};

  static constexpr Text check(const Params& params) {
    if (params.rows.empty()) return "rows must not be empty";
    return params.name == "bad" ? "name must not be {name} for rows {rows} and rewards {rewards}" : "";
  }
  static constexpr std::size_t table_size(const Params& params) {
    std::size_t size = 0;
    for (const Text row : params.rows) size += row.size();
    return size;
  }
  static constexpr void fill_table(const Params& params, Cell* cells) {
    for (std::size_t r = 0; r < params.rows.size(); ++r) {
      for (const char letter : params.rows[r])
        *cells++ = {static_cast<double>(letter), static_cast<std::int64_t>(r)};
    }
  }
  static constexpr SpaceInfo observation_space(const Params& params) {
    SpaceInfo space = info.observation;
    space.leaves[0].size = params.table.size();
    return space;
  }
  static constexpr RewardType reward_type(const Params& params) {
    return params.rewards.integers ? RewardType::kInt : RewardType::kFloat;
  }

  static constexpr void reset(State& s, const State* previous, Rng& rng, const Params& params,
                              const ResetOptions& options) {
    s.place = static_cast<std::int32_t>((options.place + rng.integers(0, 2)) %
                                        static_cast<std::int64_t>(params.table.size()));
    s.episodes = previous == nullptr ? 1 : previous->episodes + 1;
    s.last_move = -1;
  }
  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const auto size = static_cast<std::int64_t>(params.table.size());
    s.last_move = action.move;
    s.place = static_cast<std::int32_t>((s.place + action.move + (rng.next_double() < 0.25 ? 1 : 0)) % size);
    s.steps += 1;
    const double push = static_cast<double>(action.push[0]) + static_cast<double>(action.push[1]);
    return {params.rewards[s.place % 2 == 0 ? 0 : 1] + action.choice + 0 * push, s.place == size - 1};
  }
  static constexpr void observe(const State& s, const Params& params, Observation& out) {
    out.place = s.place;
    out.pair[0] = static_cast<float>(s.steps);
    out.pair[1] = static_cast<float>(s.last_move);
    const auto& cell = params.table[static_cast<std::size_t>(s.place)];
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t k = 0; k < 3; ++k) {
        out.picture[i][k][0] = static_cast<std::uint8_t>(cell.letter + static_cast<double>(3 * i + k));
      }
    }
  }
  static constexpr void inform(const State& s, const Params& params, Info& out) {
    out.chance = s.steps == 0 ? 1 : 0.25 * s.place;
    for (std::int8_t i = 0; i < 3; ++i)
      out.mask[i] = s.place + i < static_cast<int>(params.table.size()) ? 1 : 0;
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    return s.place >= 0 && s.place < num_states(params);
  }
  static constexpr std::int64_t num_states(const Params& params) {
    return static_cast<std::int64_t>(params.table.size());
  }
  static constexpr std::size_t transitions(const Params& params, std::int64_t state, std::int64_t action,
                                           Transition* out) {
    const auto size = static_cast<std::int64_t>(params.table.size());
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t next = (state + action + i) % size;
      out[i] = {i == 0 ? 0.75 : 0.25, next, params.rewards[next % 2 == 0 ? 0 : 1], next == size - 1};
    }
    return 2;
  }
  static constexpr void write_text(const State& s, const Params& params, TextWriter out) {
    for (const Text row : params.rows) out.write(row);
    out.write_colored("@", "41");
    out.write_integer(-s.place);
  }
  static constexpr AttributeList attributes() {
    Attribute place =
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.place}; }>(
            "s", "0 to the number of letters less 1");
    place.set = [](void* state, std::int64_t value) {
      static_cast<State*>(state)->place = static_cast<std::int32_t>(value);
    };
    place.legal = [](const void* params, std::int64_t value) {
      return value >= 0 && value < num_states(*static_cast<const Params*>(params));
    };
    return attribute_list(place, attribute<Params, State, [](const Params& p) { return p.rows; }>(
                                     "desc", "the letters", AttributeType::kCharacters));
  }
  static constexpr MethodList methods() {
    return method_list(
        Method{.name = "double",
               .doc = "twice a place",
               .arguments = make_list<ConstantList<Text, Method::kMaxArguments>>(Text("place")),
               .call = [](const void*, const std::int64_t* arguments, std::int64_t* results) {
                 results[0] = 2 * arguments[0];
                 return arguments[0] >= 0;
               }});
  }
};

// A State too large for planes.
struct Bulky {
  struct State {
    std::int32_t position, digits[63];
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;

  static constexpr EnvInfo info{.summary = "Read digits.",
                                .source = "this file",
                                .variants = variants(Variant{"Bulky-v0"}),
                                .observation = discrete(10),
                                .action = discrete(10, 5)};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    for (std::int32_t& digit : s.digits) digit = static_cast<std::int32_t>(rng.integers(0, 10));
  }
  static constexpr Step step(State& s, const Action& action, const Params&) {
    const bool right = s.digits[s.position] == action - 5;
    s.position = s.position + 1;
    return {right ? 1.0 : 0.0, s.position == 62};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out = s.digits[s.position];
  }
};

// Two numbers that an action moves; observed and moved in double precision.
struct Doubles {
  struct State {
    double at[2];
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = double[2];
  using Observation = double[2];

  static constexpr EnvInfo info{.summary = "Move two numbers.",
                                .source = "this file",
                                .variants = variants(Variant{"Doubles-v0", 20}),
                                .observation = box<double>({{"a"}, {"b"}}),
                                .action = box<double>({{"to a", "", -0.1, 0.7}, {"to b", "", -0.1, 0.7}})};

  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    for (double& number : s.at) number = rng.uniform(-1.0, 1.0);
  }
  static constexpr Step step(State& s, const Action& action, const Params&) {
    for (std::size_t i = 0; i < 2; ++i) s.at[i] = 0.9 * s.at[i] - 0.3 * action[i];
    return {-s.at[0] * s.at[0], false};
  }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    for (std::size_t i = 0; i < 2; ++i) out[i] = s.at[i];
  }
};

}  // namespace PLYO_ENVS

namespace plyo::testing {

template <class Env>
const Task& test_task(const char* name) {
  static const Task task{name, "tests", make_task<Env>(), make_task<Env>()};
  return task;
}

}  // namespace plyo::testing
