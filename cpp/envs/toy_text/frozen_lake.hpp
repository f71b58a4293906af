// Crossing a frozen lake without falling into a hole.
// Reference: gymnasium 1.4.0 FrozenLake-v1. Differences: an illegal map, name or probability is an error.
#pragma once

#include "../../core/categorical.hpp"
#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct FrozenLake {
  // How a step came about, for the probability in the info.
  enum Outcome : std::int32_t { kReset, kCertain, kIntended, kSlipped };
  enum Ground : std::int32_t { kGoal, kHole, kIce };  // in the order of the rewards

  struct State {
    std::int32_t s;            // row * columns + column
    std::int32_t last_action;  // -1: none
    std::int32_t outcome;
  };
  struct Cell {
    std::int32_t next[4];  // the next cell of each direction
    std::int32_t ground;
    std::int32_t start;  // entry i is the cell of start i
  };
  static constexpr double kDefaultRewards[3] = {1, 0, 0};
  struct Params {
    Texts desc{};
    Text map_name = "4x4";
    bool is_slippery = true;
    double success_rate = 1.0 / 3.0;
    Numbers reward_schedule{{kDefaultRewards, 3}, true};

    // made from those above
    View<Cell> table{};
    Texts map{};
    std::int64_t rows = 0, columns = 0;
    std::size_t num_starts = 0;
    double fail_rate = 0;
    double reward_range[2]{};
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;
  struct Info {
    double prob;
  };

  static constexpr Text kMap4x4[4] = {"SFFF", "FHFH", "FFFH", "HFFG"};
  static constexpr Text kMap8x8[8] = {"SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF",
                                      "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"};

  static constexpr EnvInfo info{
      .summary = "Cross a frozen lake from the start to the goal without falling into a hole.",
      .source = "gymnasium 1.4.0 FrozenLake",
      .variants = variants(Variant{"FrozenLake-v1", 100, 0.70, presets(preset("map_name", "4x4"))},
                           Variant{"FrozenLake8x8-v1", 200, 0.85, presets(preset("map_name", "8x8"))}),
      .observation = named("cell, row by row", discrete(16)),
      .action = discrete({"left", "down", "right", "up"}),
      .reward_type = RewardType::kInt,
      .params = fields(
          field<&Params::desc>("desc",
                               "rows of S (start), F (ice), H (hole) and G (goal), in place of map_name"),
          field<&Params::map_name>("map_name", "'4x4' or '8x8'; with neither a map nor a name a random one"),
          field<&Params::is_slippery>("is_slippery", "whether a move may go to either side"),
          field<&Params::success_rate>("success_rate", "probability of the intended move on slippery ice"),
          field<&Params::reward_schedule>("reward_schedule", "rewards of reaching the goal, a hole and ice")),
      .infos =
          report(reported<double>("prob", "probability of the transition taken", InfoStyle::kIntegerAtReset)),
      .render_fps = 4};

  static constexpr Text check(const Params& params) {
    if (params.desc.empty() && params.map_name != "4x4" && params.map_name != "8x8") {
      return "map_name must be '4x4' or '8x8', got {map_name}";
    }
    std::size_t starts = 0;
    for (const Text row : params.desc) {
      if (row.empty() || row.size() != params.desc[0].size()) {
        return "the rows of desc must have one length, of at least 1, got {desc}";
      }
      for (const char letter : row) starts += letter == 'S' ? 1 : 0;
    }
    if (!params.desc.empty() && starts == 0) return "desc must have a start, S, got {desc}";
    if (!(params.success_rate >= 0 && params.success_rate <= 1)) {
      return "success_rate must be from 0 to 1, got {success_rate}";
    }
    if (params.reward_schedule.size() != 3) {
      return "reward_schedule must be three numbers, for the goal, a hole and ice, got {reward_schedule}";
    }
    return "";
  }

  static constexpr Texts map_of(const Params& params) {
    if (!params.desc.empty()) return params.desc;
    return params.map_name == "8x8" ? Texts{kMap8x8, 8} : Texts{kMap4x4, 4};
  }
  static constexpr std::size_t table_size(const Params& params) {
    const Texts map = map_of(params);
    return map.size() * map[0].size();
  }
  static constexpr void fill_table(Params& params, Cell* cells) {
    params.map = map_of(params);
    params.rows = static_cast<std::int64_t>(params.map.size());
    params.columns = static_cast<std::int64_t>(params.map[0].size());
    params.num_starts = 0;
    params.fail_rate = (1.0 - params.success_rate) / 2.0;
    for (std::int64_t s = 0; s < params.rows * params.columns; ++s) {
      const std::int64_t row = s / params.columns, column = s % params.columns;
      const char letter = params.map[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
      Cell& cell = cells[s];
      cell.ground = letter == 'G' ? kGoal : (letter == 'H' ? kHole : kIce);
      const bool rests = cell.ground != kIce;
      const auto to = [s, rests](bool inside, std::int64_t way) {
        return static_cast<std::int32_t>(inside && !rests ? s + way : s);
      };
      cell.next[0] = to(column > 0, -1);
      cell.next[1] = to(row + 1 < params.rows, params.columns);
      cell.next[2] = to(column + 1 < params.columns, 1);
      cell.next[3] = to(row > 0, -params.columns);
      if (letter == 'S') cells[params.num_starts++].start = static_cast<std::int32_t>(s);
    }
    params.reward_range[0] = params.reward_range[1] = params.reward_schedule[0];
    for (const double reward : params.reward_schedule) {
      params.reward_range[0] = reward < params.reward_range[0] ? reward : params.reward_range[0];
      params.reward_range[1] = reward > params.reward_range[1] ? reward : params.reward_range[1];
    }
  }
  static constexpr SpaceInfo observation_space(const Params& params) {
    return named(info.observation.leaf().name, discrete(params.table.size()));
  }
  static constexpr RewardType reward_type(const Params& params) {
    return params.reward_schedule.integers ? RewardType::kInt : RewardType::kFloat;
  }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
    const std::size_t start = draw_evenly(params.num_starts, rng);
    s.s = start < params.num_starts ? params.table[start].start : 0;
    s.last_action = -1;
    s.outcome = kReset;
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const Cell& here = params.table[static_cast<std::size_t>(s.s)];
    const double drawn = rng.next_double();
    s.last_action = action;
    // holes and the goal are absorbing
    const bool rests = here.ground != kIce;
    const bool certain = rests | !params.is_slippery;
    // to the left of the action, along it, to its right; rounding may leave nothing, which means the first
    const double upto_left = params.fail_rate;
    const double upto_ahead = upto_left + params.success_rate;
    const double upto_right = upto_ahead + params.fail_rate;
    const bool left = (upto_left > drawn) | !(upto_right > drawn);
    const bool ahead = certain | (!left & (upto_ahead > drawn));
    const std::int32_t turn = ahead ? 0 : (left ? 3 : 1);
    s.outcome = certain ? kCertain : (ahead ? kIntended : kSlipped);
    s.s = here.next[(action + turn) & 3];
    const std::int32_t ground = params.table[static_cast<std::size_t>(s.s)].ground;
    return {rests ? 0.0 : params.reward_schedule[static_cast<std::size_t>(ground)], ground != kIce};
  }

  static constexpr bool is_state(const State& s, const Params& params) {
    return s.s >= 0 && s.s < num_states(params) && s.last_action >= -1 && s.last_action < 4 &&
           s.outcome >= kReset && s.outcome <= kSlipped;
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.s; }

  static constexpr void inform(const State& s, const Params& params, Info& out) {
    out.prob =
        s.outcome == kIntended ? params.success_rate : (s.outcome == kSlipped ? params.fail_rate : 1.0);
  }

  static constexpr std::size_t kMaxTransitions = 3;
  static constexpr std::int64_t num_states(const Params& params) {
    return static_cast<std::int64_t>(params.table.size());
  }
  static constexpr std::size_t transitions(const Params& params, std::int64_t state, std::int64_t action,
                                           Transition* out) {
    const Cell& here = params.table[static_cast<std::size_t>(state)];
    if (here.ground != kIce) {
      out[0] = {1.0, state, 0.0, true};
      return 1;
    }
    const auto along = [&](std::int64_t direction, double probability) {
      const std::int32_t next = here.next[direction & 3];
      const std::int32_t ground = params.table[static_cast<std::size_t>(next)].ground;
      return Transition{probability, next, params.reward_schedule[static_cast<std::size_t>(ground)],
                        ground != kIce};
    };
    if (!params.is_slippery) {
      out[0] = along(action, 1.0);
      return 1;
    }
    out[0] = along(action + 3, params.fail_rate);
    out[1] = along(action, params.success_rate);
    out[2] = along(action + 1, params.fail_rate);
    return 3;
  }

  static constexpr void write_text(const State& s, const Params& params, TextWriter out) {
    constexpr Text kNames[] = {"Left", "Down", "Right", "Up"};
    if (s.last_action >= 0) {
      out.write("  (");
      out.write(kNames[s.last_action]);
      out.write(")");
    }
    out.write("\n");
    for (std::int64_t row = 0; row < params.rows; ++row) {
      const Text letters = params.map[static_cast<std::size_t>(row)];
      const std::int64_t column = s.s - row * params.columns;
      if (column < 0 || column >= params.columns) {
        out.write(letters);
      } else {
        const auto at = static_cast<std::size_t>(column);
        out.write(letters.substr(0, at));
        out.write_colored(letters.substr(at, 1), "41");
        out.write(letters.substr(at + 1));
      }
      out.write("\n");
    }
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        settable(
            attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.s}; }>(
                "s", "the cell, 0 to the number of cells less 1"),
            [](void* state, std::int64_t value) {
              static_cast<State*>(state)->s = static_cast<std::int32_t>(value);
            },
            [](const void* params, std::int64_t value) {
              return value >= 0 && value < num_states(*static_cast<const Params*>(params));
            }),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.last_action}; }>(
            "lastaction", "the last action, None after a reset", AttributeType::kIntegerOrNone),
        attribute<Params, State, [](const Params& p) { return p.map; }>("desc", "the map, letter by letter",
                                                                        AttributeType::kCharacters),
        attribute<Params, State, [](const Params& p) { return p.rows; }>("nrow", "rows of the map"),
        attribute<Params, State, [](const Params& p) { return p.columns; }>("ncol", "columns of the map"),
        attribute<Params, State, [](const Params& p) {
          return Numbers{{p.reward_range, 2}, p.reward_schedule.integers};
        }>("reward_range", "the least and the greatest reward"));
  }
};

}  // namespace PLYO_ENVS
