// The base of the algorithmic tasks: a head that reads an input of symbols, an output that must be written
// symbol by symbol, and inputs that grow as the agent succeeds (Zaremba et al. 2015, arXiv:1511.07275).
// Reference: gym 0.18.3 AlgorithmicEnv. Differences: an overdue end is a termination; random numbers are from
// PCG64; no episode begins before the first reset.
//
// A task is a `Task<itself, State, Params>` and has `info`; `kMinLength`, the least length at first;
// `generate(State&, Rng&, const Params&, length)`, which draws an input and sets `length` and `target_length`;
// `target(const State&, const Params&, i)`; and members that replace those of Task. Its Params have the
// constants of `curriculum_fields`.
#pragma once

#include <bit>
#include <cstdint>

#include "../../../core/environment.hpp"

namespace PLYO_ENVS::algorithmic {

inline constexpr std::int32_t kLongestMinimum = 30;                     // where the curriculum stops
inline constexpr std::int32_t kLongestInput = kLongestMinimum + 3 - 1;  // a length is the minimum + 0, 1 or 2
inline constexpr std::int64_t kLargestBase = 16;
inline constexpr std::int64_t kLongestWindow = 1'000'000;  // episodes

inline constexpr double kRightSymbol = 1.0, kWrongSymbol = -0.5, kOverdue = -1.0;

enum Move : std::int32_t { kLeft, kRight, kUp, kDown };

struct Action {
  std::int32_t move, write, symbol;
};

// When inputs become longer: after `last` episodes in a row of which the return less the greatest possible was
// at least MIN_REWARD_SHORTFALL_FOR_PROMOTION. The constants have Gym's names.
template <class Params>
constexpr FieldList curriculum_fields() {
  return fields(limit(field<&Params::MIN_REWARD_SHORTFALL_FOR_PROMOTION>(
                    "MIN_REWARD_SHORTFALL_FOR_PROMOTION",
                    "what returns less the greatest possible must reach for inputs to become longer")),
                field<&Params::last>("last", "how many episodes in a row must reach it"));
}

// Symbols of four bits each, eight to a word.
template <std::int32_t kCapacity>
struct Symbols {
  static constexpr std::int32_t kWords = (kCapacity + 7) / 8;
  std::uint32_t words[kWords];

  // Fills a place that was zero.
  constexpr void fill(std::int32_t i, std::int64_t symbol) {
    words[i / 8] |= static_cast<std::uint32_t>(symbol) << (i % 8 * 4);
  }
  // Zero beyond the places. Masks over all words and a product with a power of two become vector code on every
  // instruction set; an index into the words, a choice among them and a shift by a variable would not.
  constexpr std::int32_t operator[](std::int32_t i) const {
    std::uint32_t word = 0;
    for (std::int32_t k = 0; k < kWords; ++k) {
      word |= words[k] & (0U - static_cast<std::uint32_t>((i >> 3) == k));
    }
    // what moves the place to the highest four bits, from a float of this exponent
    const std::int32_t exponent = 28 - (i & 7) * 4;
    const auto power = static_cast<std::int32_t>(std::bit_cast<float>((exponent + 127) << 23));
    return static_cast<std::int32_t>(word * static_cast<std::uint32_t>(power) >> 28);
  }
  // The same of a place, for a State in one piece, whose lanes are stepped one after another.
  constexpr std::int32_t at(std::int32_t place) const {
    return static_cast<std::int32_t>((words[place >> 3] >> ((place & 7) * 4)) & 15U);
  }
};

// An episode, and the facts about earlier episodes for the next one.
template <std::size_t kRows>
struct Episode {
  Symbols<kLongestInput> input[kRows];
  std::int32_t length;  // of each row
  std::int32_t target_length;
  std::int32_t x, y;  // the head; y counts downwards
  std::int32_t written, time;
  Action last;                 // the last action; before the first its move is -1
  float last_reward, total;    // multiples of a half
  std::int32_t min_length;     // of inputs
  std::int32_t num_succeeded;  // good episodes in a row, at most the window
};

// The action space of a tape, or of a grid, over symbols 0 to base - 1.
template <bool kIsGrid>
constexpr SpaceInfo action_space(std::int64_t base) {
  const SpaceInfo symbol = named("the symbol to write", discrete(static_cast<std::size_t>(base)));
  const SpaceInfo write = named("whether to write", discrete({"do not write", "write"}));
  if constexpr (kIsGrid) {
    return tuple(named("the head's move", discrete({"left", "right", "up", "down"})), write, symbol);
  } else {
    return tuple(named("the head's move", discrete({"left", "right"})), write, symbol);
  }
}

constexpr SpaceInfo observation_space(std::int64_t base) {
  return named("the symbol under the head; the last value is a blank, off the input",
               discrete(static_cast<std::size_t>(base) + 1));
}

template <class Params>
constexpr std::int32_t num_rows(const Params& params) {
  if constexpr (requires { params.rows; }) {
    return static_cast<std::int32_t>(params.rows);
  } else {
    return 1;
  }
}

// The symbol of a place, or a blank.
template <class State, class Params>
constexpr std::int32_t symbol_at(const State& s, const Params& params, std::int32_t x, std::int32_t y) {
  const bool inside = (x >= 0) & (x < s.length) & (y >= 0) & (y < num_rows(params));
  const auto blank = static_cast<std::int32_t>(params.base);
  if constexpr (std::extent_v<decltype(State::input)> == 1) {
    const std::int32_t symbol = s.input[0][x];
    return inside ? symbol : blank;
  } else {
    return inside ? s.input[y].at(x) : blank;
  }
}

// Draws a tape's symbols.
constexpr void draw_tape(Episode<1>& s, Rng& rng, std::int64_t base, std::int32_t length) {
  for (std::int32_t i = 0; i < length; ++i) s.input[0].fill(i, rng.integers(0, base));
  s.length = length;
}

// Whether a State can be stepped and shown, even an odd one.
template <class Task, class State, class Params>
constexpr bool is_state(const State& s, const Params& params) {
  constexpr auto kIsWithin = [](std::int32_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
  };
  constexpr std::int32_t kFar = 1 << 30;  // beyond any head and any clock
  constexpr bool kIsGrid = requires { params.rows; };
  bool legal = kIsWithin(s.length, 0, kLongestInput) && kIsWithin(s.target_length, 0, 3 * kLongestInput);
  legal = legal && kIsWithin(s.x, -kFar, kFar) && kIsWithin(s.y, -kFar, kFar);
  legal = legal && kIsWithin(s.written, 0, kFar) && kIsWithin(s.time, 0, kFar);
  legal = legal && kIsWithin(s.last.move, -1, kIsGrid ? kDown : kRight);
  legal = legal && kIsWithin(s.last.write, 0, 1) && kIsWithin(s.last.symbol, 0, params.base - 1);
  legal = legal && kIsWithin(s.min_length, 0, kLongestMinimum);
  legal = legal && kIsWithin(s.num_succeeded, 0, kFar);
  const auto last_reward = static_cast<double>(s.last_reward), total = static_cast<double>(s.total);
  legal = legal && last_reward >= -kFar && last_reward <= kFar && total >= -kFar && total <= kFar;
  for (const auto& row : s.input) {
    for (std::int32_t x = 0; x < kLongestInput; ++x) legal = legal && row[x] < params.base;
  }
  return legal;
}

// Begins an episode; `previous` is the episode before, or null.
template <class Task, class State, class Params>
constexpr void reset(State& s, const State* previous, Rng& rng, const Params& params) {
  std::int32_t min_length = Task::kMinLength, num_succeeded = 0;
  if (previous != nullptr) {
    const double missed = static_cast<double>(previous->total) - previous->target_length;
    const auto window = static_cast<std::int32_t>(params.last);
    const bool succeeded = missed >= params.MIN_REWARD_SHORTFALL_FOR_PROMOTION;
    const std::int32_t in_a_row = succeeded ? previous->num_succeeded + 1 : 0;
    const bool promoted = in_a_row >= window && previous->min_length < kLongestMinimum;
    min_length = previous->min_length + (promoted ? 1 : 0);
    num_succeeded = promoted ? 0 : (in_a_row < window ? in_a_row : window);
  }
  s = {};
  s.last.move = -1;
  s.min_length = min_length;
  s.num_succeeded = num_succeeded;
  const std::int64_t longer = rng.integers(0, 3);
  Task::generate(s, rng, params, static_cast<std::int32_t>(longer) + min_length);
}

template <class Task, class State, class Params>
constexpr Step step(State& s, const Action& action, const Params& params) {
  const bool writes = action.write != 0;
  const bool past_end = s.written >= s.target_length;
  const std::int32_t wanted = Task::target(s, params, past_end ? 0 : s.written);
  const bool right = (action.symbol == wanted) & !past_end;

  s.time += 1;
  s.written += writes ? 1 : 0;
  s.x += (action.move == kRight ? 1 : 0) - (action.move == kLeft ? 1 : 0);
  s.y += (action.move == kDown ? 1 : 0) - (action.move == kUp ? 1 : 0);
  s.last = action;

  const bool overdue = s.time > Task::time_limit(s);
  const bool ended = (writes & (!right | (s.written >= s.target_length))) | overdue;
  const double written_reward = writes ? (right ? kRightSymbol : kWrongSymbol) : 0.0;
  const double reward = overdue ? kOverdue : written_reward;
  s.last_reward = static_cast<float>(reward);
  s.total += static_cast<float>(reward);
  return {reward, ended};
}

template <class State, class Params>
constexpr void observe(const State& s, const Params& params, std::int64_t& out) {
  out = symbol_at(s, params, s.x, s.y);
}

// ---- the text ----

inline constexpr Text kLetters[kLargestBase] = {"A", "B", "C", "D", "E", "F", "G", "H",
                                                "I", "J", "K", "L", "M", "N", "O", "P"};
inline constexpr Text kDigits[kLargestBase] = {"0", "1", "2",  "3",  "4",  "5",  "6",  "7",
                                               "8", "9", "10", "11", "12", "13", "14", "15"};
inline constexpr Text kMoveNames[4] = {"left", "right", "up", "down"};
inline constexpr Text kOnGreen = "42", kOnRed = "41";  // codes of the terminal

constexpr std::int32_t num_digits(std::int32_t value) {
  std::int32_t digits = 1;
  for (; value >= 10; value /= 10) ++digits;
  return digits;
}

// A multiple of a half, with three digits after the point.
constexpr void write_halves(TextWriter out, float value) {
  const auto halves = static_cast<std::int64_t>(2 * value);
  const std::int64_t size = halves < 0 ? -halves : halves;
  if (halves < 0) out.write('-');
  out.write_integer(size / 2);
  out.write(size % 2 != 0 ? ".500" : ".000");
}

// Symbols as characters on the tape.
template <class Task, class State, class Params>
struct Printer {
  const State& s;
  const Params& params;
  TextWriter out;

  constexpr Text name(std::int32_t symbol) const {
    if (symbol >= params.base) return " ";
    return Task::has_letters(params) ? kLetters[symbol] : kDigits[symbol];
  }
  constexpr Text target_name(std::int32_t i) const {
    return i < 0 || i >= s.target_length ? Text(" ") : name(Task::target(s, params, i));
  }

  constexpr void write_head_line() const {
    constexpr Text kLength = "Total length of input instance: ", kStep = ", step: ";
    out.write(kLength);
    out.write_integer(s.length);
    out.write(kStep);
    out.write_integer(s.time);
    out.write("\n");
    const auto width = static_cast<std::int32_t>(kLength.size() + kStep.size());
    for (std::int32_t i = 0; i < width + num_digits(s.length) + num_digits(s.time); ++i) out.write("=");
    out.write("\n");
  }

  constexpr void write_row(std::int32_t y) const {
    for (std::int32_t x = -2; x < s.length + 2; ++x) {
      const Text piece = name(symbol_at(s, params, x, y));
      if (x == s.x && y == s.y) {
        out.write_colored(piece, kOnGreen);
      } else {
        out.write(piece);
      }
    }
    out.write("\n");
  }

  constexpr void write_input() const {
    if constexpr (requires { params.rows; }) {
      // one row of blanks on either side
      for (std::int32_t y = -1; y <= num_rows(params); ++y) {
        out.write(y < 0 ? "Observation Grid    : " : "                      ");
        write_row(y);
      }
    } else {
      out.write("Observation Tape    : ");
      write_row(0);
    }
  }

  // The output, in which only the last symbol can be wrong; a symbol of this step is coloured.
  constexpr void write_output() const {
    out.write("Output Tape         : ");
    for (std::int32_t i = -2; i < s.target_length + 2 && i < s.written; ++i) {
      if (i == s.written - 1 && s.last.move >= 0 && s.last.write != 0) {
        const bool right = i < s.target_length && s.last.symbol == Task::target(s, params, i);
        out.write_colored(name(s.last.symbol), right ? kOnGreen : kOnRed);
      } else {
        out.write(target_name(i));
      }
    }
    out.write("\nTargets             : ");
    for (std::int32_t i = -2; i < s.target_length + 2; ++i) out.write(target_name(i));
    out.write("\n\n");
  }

  constexpr void write_last_step() const {
    if (s.last.move < 0) {
      out.write("\n\n\n\n\n");
      return;
    }
    out.write("Current reward      :   ");
    write_halves(out, s.last_reward);
    out.write("\nCumulative reward   :   ");
    write_halves(out, s.total);
    out.write("\nAction              :   Tuple(move over input: ");
    out.write(kMoveNames[s.last.move]);
    out.write(",\n                              write to the output tape: ");
    out.write(s.last.write != 0 ? "True" : "False");
    out.write(",\n                              prediction: ");
    out.write(name(s.last.symbol));
    out.write(")\n");
  }
};

template <class Task, class State, class Params>
constexpr void write_text(const State& s, const Params& params, TextWriter out) {
  const Printer<Task, State, Params> printer{s, params, out};
  printer.write_head_line();
  printer.write_input();
  printer.write_output();
  printer.write_last_step();
}

// ---- members of env.unwrapped ----

template <class Task>
constexpr AttributeList attributes() {
  using State = typename Task::State;
  using Params = typename Task::Params;
  return attribute_list(
      attribute<Params, State, [](const Params& p) { return p.base; }>("base", "number of symbols"),
      attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.min_length}; }>(
          "min_length", "the least length of inputs, which grows with success"),
      attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.length}; }>(
          "input_width", "length of the input"),
      attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.written}; }>(
          "write_head_position", "symbols written"),
      attribute<Params, State, [](const Params&, const State& s) { return std::int64_t{s.time}; }>(
          "time", "steps of the episode"),
      attribute<Params, State,
                [](const Params&, const State& s) { return std::int64_t{Task::time_limit(s)}; }>(
          "time_limit", "steps after which the episode is overdue"),
      attribute<Params, State,
                [](const Params&, const State& s) { return static_cast<double>(s.last_reward); }>(
          "last_reward", "reward of the last step"),
      attribute<Params, State, [](const Params&, const State& s) { return static_cast<double>(s.total); }>(
          "episode_total_reward", "sum of the episode's rewards"));
}

// The default members of a task.
template <class Itself, class TaskState, class TaskParams>
class Task {
  friend Itself;
  Task() = default;

 public:
  using State = TaskState;
  using Params = TaskParams;
  using ResetOptions = NoResetOptions;
  using Action = algorithmic::Action;
  using Observation = std::int64_t;

  static constexpr bool kIsGrid = requires(const Params& params) { params.rows; };

  static constexpr Text check(const Params& params) {
    if (params.last < 1 || params.last > kLongestWindow) return "last must be from 1 to 1000000, got {last}";
    const bool legal = params.base >= 1 && params.base <= kLargestBase;
    return legal ? "" : "base ({base}) must be from 1 to 16";
  }
  static constexpr SpaceInfo observation_space(const Params& params) {
    return algorithmic::observation_space(params.base);
  }
  static constexpr SpaceInfo action_space(const Params& params) {
    return algorithmic::action_space<kIsGrid>(params.base);
  }

  static constexpr std::int32_t time_limit(const State& s) { return s.length + s.target_length + 4; }
  static constexpr bool has_letters(const Params&) { return true; }

  static constexpr bool is_state(const State& s, const Params& params) {
    return algorithmic::is_state<Itself>(s, params);
  }
  static constexpr void reset(State& s, const State* previous, Rng& rng, const Params& params,
                              const ResetOptions&) {
    algorithmic::reset<Itself>(s, previous, rng, params);
  }
  static constexpr Step step(State& s, const Action& action, const Params& params) {
    return algorithmic::step<Itself>(s, action, params);
  }
  // the same as before the end, so that users are warned
  static constexpr double reward_past_end(const Step& step, const Params&) { return step.reward; }
  static constexpr void observe(const State& s, const Params& params, Observation& out) {
    algorithmic::observe(s, params, out);
  }
  static constexpr void write_text(const State& s, const Params& params, TextWriter out) {
    algorithmic::write_text<Itself>(s, params, out);
  }
  static constexpr AttributeList attributes() { return algorithmic::attributes<Itself>(); }
};

}  // namespace PLYO_ENVS::algorithmic
