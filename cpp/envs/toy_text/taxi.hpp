// Driving a passenger to a hotel (Dietterich 2000).
// Reference: gymnasium 1.4.0 Taxi-v4. Differences: a probability out of range is an error.
#pragma once

#include "../../core/categorical.hpp"
#include "../../core/environment.hpp"

namespace PLYO_ENVS {

struct Taxi {
  enum Outcome : std::int32_t { kCertain, kAhead, kAside };

  struct State {
    std::int32_t s;            // ((row * 5 + column) * 5 + passenger) * 4 + destination
    std::int32_t last_action;  // -1: none
    std::int32_t outcome;      // how the last step came about, for the probability in the info
    std::int32_t fickle;       // whether the passenger will have second thoughts
  };
  struct Params {
    bool is_rainy = false;
    bool fickle_passenger = false;
    double rainy_probability = 0.8;
    double fickle_probability = 0.3;
  };
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = std::int64_t;
  struct Info {
    double prob;
    std::int8_t action_mask[6];
  };

  static constexpr std::int32_t kSize = 5;  // rows and columns
  static constexpr std::int32_t kNumStates = 500;
  static constexpr std::int32_t kInTaxi = 4;                  // a passenger's place, after the four stands
  static constexpr std::int32_t kStands[4] = {0, 4, 20, 23};  // row * kSize + column
  static constexpr double kStepReward = -1, kWrongReward = -10, kArrivalReward = 20;
  static constexpr Text kMap[7] = {"+---------+", "|R: | : :G|", "| : | : : |", "| : : : : |",
                                   "| | : | : |", "|Y| : |B: |", "+---------+"};

  static constexpr EnvInfo info{
      .summary = "Pick up a passenger at one of four stands and drop them off at another.",
      .source = "Dietterich (2000); gymnasium 1.4.0 Taxi",
      .variants = variants(Variant{"Taxi-v4", 200, 8.0}),
      .observation = named("((row * 5 + column) * 5 + passenger) * 4 + destination", discrete(kNumStates)),
      .action = discrete({"south", "north", "east", "west", "pick up", "drop off"}),
      .reward_type = RewardType::kInt,
      .params = fields(field<&Params::is_rainy>("is_rainy", "whether a move may go to either side"),
                       live(field<&Params::fickle_passenger>("fickle_passenger",
                                                             "whether the destination may change once")),
                       field<&Params::rainy_probability>("rainy_probability",
                                                         "probability of the intended move in the rain"),
                       live(field<&Params::fickle_probability>("fickle_probability",
                                                               "probability of a change in an episode"))),
      .infos = report(reported<double>("prob", "probability of the transition taken"),
                      reported<std::int8_t[6]>("action_mask", "1 for the actions that change the state")),
      .render_fps = 4};

  static constexpr Text check(const Params& params) {
    if (!(params.rainy_probability >= 0 && params.rainy_probability <= 1)) {
      return "rainy_probability must be from 0 to 1, got {rainy_probability}";
    }
    if (!(params.fickle_probability >= 0 && params.fickle_probability <= 1)) {
      return "fickle_probability must be from 0 to 1, got {fickle_probability}";
    }
    return "";
  }

  // The parts of a state.
  struct Parts {
    std::int32_t row, column, passenger, destination;
  };
  static constexpr Parts decode(std::int32_t s) { return {s / 100, s / 20 % 5, s / 4 % 5, s % 4}; }
  static constexpr std::int32_t encode(const Parts& p) {
    return ((p.row * kSize + p.column) * 5 + p.passenger) * 4 + p.destination;
  }

  static constexpr void reset(State& s, Rng& rng, const Params& params, const ResetOptions&) {
    // twelve states a cell: the passenger at a stand that is not the destination
    const std::size_t start = draw_evenly(300, rng);
    const auto place = static_cast<std::int32_t>(start / 12), pair = static_cast<std::int32_t>(start % 12);
    const std::int32_t passenger = pair / 3, other = pair % 3;
    const std::int32_t destination = other + (other >= passenger ? 1 : 0);
    s.s = start < 300 ? (place * 5 + passenger) * 4 + destination : 0;
    s.last_action = -1;
    s.outcome = kCertain;
    s.fickle = params.fickle_passenger && rng.next_double() < params.fickle_probability ? 1 : 0;
  }

  // Whether a wall or the frame is in the way of a move.
  static constexpr bool is_open(std::int32_t row, std::int32_t column, std::int32_t move) {
    if (move == 0) return row < kSize - 1;
    if (move == 1) return row > 0;
    const auto line = 1 + static_cast<std::size_t>(row);
    return kMap[line][2 * static_cast<std::size_t>(column) + (move == 2 ? 2 : 0)] == ':';
  }
  static constexpr Parts moved(Parts p, std::int32_t move) {
    p.row += (move == 0 ? 1 : 0) - (move == 1 ? 1 : 0);
    p.column += (move == 2 ? 1 : 0) - (move == 3 ? 1 : 0);
    return p;
  }

  // To the left of each move, and to its right.
  static constexpr std::int32_t kLeftOf[4] = {2, 3, 1, 0};
  static constexpr std::int32_t kRightOf[4] = {3, 2, 0, 1};

  // The nearest row or column among `count`.
  static constexpr std::int32_t inside(std::int32_t value, std::int32_t count) {
    return value < 0 ? 0 : (value < count ? value : count - 1);
  }

  // Where a move to the side ends. The reference looks for a wall beside the cell behind it: a column less or
  // more than where the move leads is kept inside the grid first.
  static constexpr Parts drifted(const Parts& p, std::int32_t move) {
    Parts next = moved(p, move);
    next.row = inside(next.row, kSize);
    next.column = inside(next.column, kSize);
    if (move < 2) return next;
    const auto line = 1 + static_cast<std::size_t>(next.row);
    const std::int32_t wall = 2 * next.column + (move == 2 ? 0 : 2);
    return kMap[line][static_cast<std::size_t>(wall)] == ':' ? next : p;
  }

  // The ways that a step can end.
  static constexpr std::size_t kMaxTransitions = 3;
  static constexpr std::size_t transitions(const Params& params, std::int64_t state, std::int64_t action,
                                           Transition* out) {
    const Parts p = decode(static_cast<std::int32_t>(state));
    const auto move = static_cast<std::int32_t>(action);
    if (move >= 4) {
      out[0] = handled(p, move);
      return 1;
    }
    const bool open = is_open(p.row, p.column, move);
    out[0] = {1.0, encode(open ? moved(p, move) : p), kStepReward, false};
    if (!params.is_rainy) return 1;
    const double aside = (1.0 - params.rainy_probability) / 2.0;
    out[0].probability = params.rainy_probability;
    out[1] = {aside, encode(open ? drifted(p, kLeftOf[move]) : p), kStepReward, false};
    out[2] = {aside, encode(open ? drifted(p, kRightOf[move]) : p), kStepReward, false};
    return 3;
  }
  static constexpr std::int64_t num_states(const Params&) { return kNumStates; }

  // Picking up or dropping off.
  static constexpr Transition handled(Parts p, std::int32_t action) {
    const std::int32_t place = p.row * kSize + p.column;
    std::int32_t stand = 0;
    while (stand < 4 && kStands[stand] != place) ++stand;
    if (action == 4) {
      const bool here = stand < 4 && stand == p.passenger;
      if (here) p.passenger = kInTaxi;
      return {1.0, encode(p), here ? kStepReward : kWrongReward, false};
    }
    if (p.passenger != kInTaxi || stand == 4) return {1.0, encode(p), kWrongReward, false};
    p.passenger = stand;
    const bool arrived = stand == p.destination;
    return {1.0, encode(p), arrived ? kArrivalReward : kStepReward, arrived};
  }

  // The effect of each action in each state without rain, and whether it has an effect.
  struct Way {
    std::int16_t next;
    std::int8_t reward;
    bool arrived;
  };
  struct Tables {
    Way ways[kNumStates][6];
    std::int8_t masks[kNumStates][6];
  };
  static const Tables kTables;
  static constexpr Tables make_tables() {
    Tables tables{};
    for (std::int32_t s = 0; s < kNumStates; ++s) {
      fill_mask(s, tables.masks[s]);
      for (std::int32_t action = 0; action < 6; ++action) {
        Transition way[kMaxTransitions]{};
        transitions(Params{}, s, action, way);
        tables.ways[s][action] = {static_cast<std::int16_t>(way[0].next),
                                  static_cast<std::int8_t>(way[0].reward), way[0].terminated};
      }
    }
    return tables;
  }

  static constexpr Step step(State& s, const Action& action, Rng& rng, const Params& params) {
    const std::int32_t before = s.s;
    Way way = kTables.ways[before][action];
    s.outcome = kCertain;
    if (params.is_rainy && action < 4) {
      way = drive_in_rain(s, action, rng, params);
    } else {
      constexpr double kOnly[] = {1.0};
      draw_categorical(kOnly, 1, rng);
    }
    s.last_action = action;
    s.s = way.next;
    if (s.fickle != 0 && params.fickle_passenger) think_again(s, before, rng);
    return {static_cast<double>(way.reward), way.arrived};
  }

  static constexpr Way drive_in_rain(State& s, std::int32_t move, Rng& rng, const Params& params) {
    Transition ways[kMaxTransitions]{};
    const std::size_t count = transitions(params, s.s, move, ways);
    double probabilities[kMaxTransitions]{};
    for (std::size_t i = 0; i < count; ++i) probabilities[i] = ways[i].probability;
    const std::size_t chosen = draw_categorical(probabilities, count, rng);
    s.outcome = chosen == 0 ? kAhead : kAside;
    return {static_cast<std::int16_t>(ways[chosen].next), static_cast<std::int8_t>(kStepReward), false};
  }

  // A fickle passenger in the taxi may change the destination at its first move.
  static constexpr void think_again(State& s, std::int32_t before, Rng& rng) {
    Parts after = decode(s.s);
    const Parts then = decode(before);
    if (then.passenger != kInTaxi || (after.row == then.row && after.column == then.column)) return;
    s.fickle = 0;
    const auto other = static_cast<std::int32_t>(rng.integers(0, 3));
    after.destination = other + (other >= then.destination ? 1 : 0);
    s.s = encode(after);
  }

  static constexpr bool is_state(const State& s, const Params&) {
    return s.s >= 0 && s.s < kNumStates && s.last_action >= -1 && s.last_action < 6 &&
           s.outcome >= kCertain && s.outcome <= kAside && (s.fickle == 0 || s.fickle == 1);
  }

  static constexpr void observe(const State& s, const Params&, Observation& out) { out = s.s; }
  static constexpr void inform(const State& s, const Params& params, Info& out) {
    const double aside = (1.0 - params.rainy_probability) / 2.0;
    out.prob = s.outcome == kCertain ? 1.0 : (s.outcome == kAhead ? params.rainy_probability : aside);
    for (std::size_t action = 0; action < 6; ++action) out.action_mask[action] = kTables.masks[s.s][action];
  }

  static constexpr void fill_mask(std::int32_t s, std::int8_t* mask) {
    const Parts p = decode(s);
    for (std::int32_t move = 0; move < 4; ++move) mask[move] = is_open(p.row, p.column, move) ? 1 : 0;
    const std::int32_t place = p.row * kSize + p.column;
    bool at_stand = false;
    for (const std::int32_t stand : kStands) at_stand = at_stand || stand == place;
    mask[4] = p.passenger < kInTaxi && kStands[p.passenger] == place ? 1 : 0;
    mask[5] = p.passenger == kInTaxi && at_stand ? 1 : 0;
  }

  static constexpr void write_text(const State& s, const Params&, TextWriter out) {
    constexpr Text kNames[] = {"South", "North", "East", "West", "Pickup", "Dropoff"};
    const Parts p = decode(s.s);
    const bool waits = p.passenger < kInTaxi;
    const auto at = [](std::int32_t place, std::size_t line, std::size_t letter) {
      return line == 1 + static_cast<std::size_t>(place / kSize) &&
             letter == 2 * static_cast<std::size_t>(place % kSize) + 1;
    };
    for (std::size_t line = 0; line < 7; ++line) {
      for (std::size_t letter = 0; letter < kMap[line].size(); ++letter) {
        // nested codes: a later code is the outer one
        Text codes[3]{};
        std::size_t depth = 0;
        const bool taxi = at(p.row * kSize + p.column, line, letter);
        if (at(kStands[p.destination], line, letter)) codes[depth++] = "35";
        if (waits && at(kStands[p.passenger], line, letter)) codes[depth++] = "34;1";
        if (taxi) codes[depth++] = waits ? "43" : "42";
        for (std::size_t i = 0; i < depth; ++i) {
          out.write("\x1b[");
          out.write(codes[i]);
          out.write("m");
        }
        const Text shown = kMap[line].substr(letter, 1);
        out.write(taxi && !waits && shown == " " ? "_" : shown);
        for (std::size_t i = 0; i < depth; ++i) out.write("\x1b[0m");
      }
      out.write("\n");
    }
    if (s.last_action >= 0) {
      out.write("  (");
      out.write(kNames[s.last_action]);
      out.write(")");
    }
    out.write("\n");
  }

  static constexpr AttributeList attributes() {
    return attribute_list(
        settable(
            attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.s}; }>(
                "s", "the state, 0 to 499"),
            [](void* state, std::int64_t value) {
              static_cast<State*>(state)->s = static_cast<std::int32_t>(value);
            },
            [](const void*, std::int64_t value) { return value >= 0 && value < kNumStates; }),
        attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.last_action}; }>(
            "lastaction", "the last action, None after a reset", AttributeType::kIntegerOrNone),
        attribute<Params, State, [](const Params&, const State& s) { return s.fickle != 0; }>(
            "fickle_step", "whether the passenger will change the destination"),
        attribute<Params, State, [](const Params&) { return Texts{kMap, 7}; }>(
            "desc", "the map, letter by letter", AttributeType::kCharacters),
        attribute<Params, State, [](const Params& p) { return p.rainy_probability; }>(
            "rainy_probability", "probability of the intended move in the rain"),
        attribute<Params, State, [](const Params&) { return std::int64_t{kSize - 1}; }>("max_row",
                                                                                        "the last row"),
        attribute<Params, State, [](const Params&) { return std::int64_t{kSize - 1}; }>("max_col",
                                                                                        "the last column"));
  }

  static constexpr MethodList methods() {
    return method_list(
        Method{.name = "encode",
               .doc = "The state of a row, a column, a passenger's place and a destination.",
               .arguments = argument_names("taxi_row", "taxi_col", "pass_loc", "dest_idx"),
               .call =
                   [](const void*, const std::int64_t* a, std::int64_t* results) {
                     constexpr std::int64_t kFar = std::int64_t{1}
                                                   << 50;  // where sums stay far from an overflow
                     for (std::size_t k = 0; k < 4; ++k) {
                       if (a[k] < -kFar || a[k] > kFar) return false;
                     }
                     results[0] = ((a[0] * 5 + a[1]) * 5 + a[2]) * 4 + a[3];
                     return true;
                   }},
        Method{.name = "decode",
               .doc = "The row, the column, the passenger's place and the destination of a state.",
               .arguments = argument_names("i"),
               .result = ResultType::kIntegers,
               .num_results = 4,
               .call =
                   [](const void*, const std::int64_t* a, std::int64_t* results) {
                     if (a[0] < 0 || a[0] >= kNumStates) return false;
                     const Parts p = decode(static_cast<std::int32_t>(a[0]));
                     results[0] = p.row;
                     results[1] = p.column;
                     results[2] = p.passenger;
                     results[3] = p.destination;
                     return true;
                   }},
        Method{.name = "action_mask",
               .doc = "1 for the actions that change a state, int8 of shape (6,).",
               .arguments = argument_names("state"),
               .result = ResultType::kInt8Array,
               .num_results = 6,
               .call = [](const void*, const std::int64_t* a, std::int64_t* results) {
                 if (a[0] < 0 || a[0] >= kNumStates) return false;
                 for (std::size_t action = 0; action < 6; ++action) {
                   results[action] = kTables.masks[a[0]][action] != 0 ? 1 : 0;
                 }
                 return true;
               }});
  }
};

inline constexpr Taxi::Tables Taxi::kTables = Taxi::make_tables();

}  // namespace PLYO_ENVS
