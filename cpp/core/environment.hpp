// The rules for a struct that is an environment. The one header that an environment includes.
//
//   namespace PLYO_ENVS {
//   struct MyTask {
//     struct State { double position, velocity; };        // trivially copyable, members of one size
//     struct Params { double gravity = 9.8; };             // keyword arguments of make()
//     struct ResetOptions { double low = -1, high = 1; };  // keys of reset(options=...)
//     using Action = std::int32_t;                         // as info.action describes it, see below
//     using Observation = float[2];                        // as info.observation describes it
//     static constexpr EnvInfo info{...};                  // constants of the dynamics: info.constants
//     static constexpr void reset(State&, Rng&, const Params&, const ResetOptions&);
//     static constexpr Step step(State&, const Action&, const Params&);
//     static constexpr void observe(const State&, const Params&, Observation&);
//   };
//   }
//
// A Box is an array of its type and shape, such as float[2] or std::uint8_t[40][32][3]; a Discrete is a
// std::int64_t in Observation and a std::int32_t in Action; a Tuple or a Dict is a plain struct of such members.
//
// Optional members:
// - `step(State&, const Action&, Rng&, const Params&)` in place of the above for a task that draws random
//   numbers in its steps; a task that has both chooses by `draws_in_step(const Params&)`;
// - `reset(State&, const State* previous, Rng&, const Params&, const ResetOptions&)` in place of the above
//   for a task whose episodes depend on the one before, which is null at a lane's first reset;
// - `check(const Params&)` and `check(const ResetOptions&)`, which return an empty text or an error text,
//   with `{name}` where a value belongs;
// - `Cell`, `table_size(const Params&)` and `fill_table(const Params&, Cell*)` with a member
//   `View<Cell> table` of Params: a table that is made once a batch, after the check;
// - `observation_space(const Params&)`, `action_space(const Params&)`, where the number of choices or the
//   bounds depend on the parameters (types and shapes do not), and `reward_type(const Params&)`;
// - `Info`, a plain struct as info.infos describes it, with `inform(const State&, const Params&, Info&)`;
//   `infos(const Params&)`, where the descriptions depend on the parameters (types and shapes do not);
// - `reward_past_end(const Step&, const Params&)`, the reward of a step after the end of a terminated
//   episode;
// - `complete(State&)`, which computes the rest of a State whose first EnvInfo::num_variables doubles were
//   set from outside;
// - `is_state(const State&, const Params&)`: whether a State from outside, as in a snapshot, may be stepped.
//   A task needs it if some States may not be: if it reads a table at an index in the State, for example;
// - `num_states(const Params&)`, `kMaxTransitions` and `transitions(const Params&, std::int64_t state,
//   std::int64_t action, Transition*)`, which returns their number: the model of a task with a Discrete
//   observation;
// - `write_text(const State&, const Params&, TextWriter)`: the text of `render_mode="ansi"`;
// - `attributes()` and `methods()`: further members of `env.unwrapped`;
// - `static constexpr bool folds_constants = true`: compiles the step a second time, for constants (info.constants)
//   with their defaults, as numbers that the compiler knows. Measure it: it may be slower too;
// - `Ahead`, `look_ahead<kNear>(const State&)`, which returns it, and step() with it as the last argument: what a step
//   computes of the State alone, for a block of lanes before the rest of their steps, which keeps the processor busier.
//   kNear is for States of which `is_near(const State&)` is true: the same bits, quicker. Measure it too;
// - `static constexpr StateLayout layout`, the memory layout of States. The default is planes up to 128
//   bytes, one piece above.
//
// A lane has a State of zeros before its first reset; `observe` must accept it.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "attributes.hpp"
#include "env_info.hpp"
#include "math.hpp"
#include "rng.hpp"

// The namespace of environments. The build with the platform's libm compiles them a second time under another
// name, in which `math::` means reference_math.
#if defined(PLYO_REFERENCE_MATH)
#include "reference_math.hpp"
#define PLYO_ENVS plyo::envs::reference
namespace PLYO_ENVS {
namespace math = plyo::reference_math;
inline constexpr bool kReferenceMath = true;
}  // namespace PLYO_ENVS
#else
#define PLYO_ENVS plyo::envs::fast
namespace PLYO_ENVS {
namespace math = plyo::math;
inline constexpr bool kReferenceMath = false;
}  // namespace PLYO_ENVS
#endif

namespace plyo {

// The result of a step beside the new state: `return {reward, fallen};`.
struct Step {
  double reward;
  // 0 or 1: as wide as the doubles that it is computed from, so that GCC 12 vectorises the loop
  double terminated;

  constexpr Step() = default;
  constexpr Step(double step_reward, bool is_terminated)
      : reward(step_reward), terminated(is_terminated ? 1.0 : 0.0) {}
};

// For environments without keyword arguments or without reset options.
struct NoParams {};
struct NoResetOptions {};

// The memory layout of a batch's States: planes of words, which vector code steps, or each State in one
// piece.
enum class StateLayout : std::uint8_t { kPlanes, kWhole };

namespace detail {

// Calls `visit(std::integral_constant<std::size_t, k>, member)` for the members of a plain struct.
template <std::size_t kCount, class Struct, class Visit>
constexpr void visit_members(Struct& value, Visit visit) {
  static_assert(kCount <= 16, "a plain struct of leaves has at most sixteen members");
  const auto all = [&visit](auto&... members) {
    const auto each = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      (visit(std::integral_constant<std::size_t, kIndex>{}, members), ...);
    };
    each(std::make_index_sequence<sizeof...(members)>{});
  };
  if constexpr (kCount == 1) {
    auto& [a] = value;
    all(a);
  } else if constexpr (kCount == 2) {
    auto& [a, b] = value;
    all(a, b);
  } else if constexpr (kCount == 3) {
    auto& [a, b, c] = value;
    all(a, b, c);
  } else if constexpr (kCount == 4) {
    auto& [a, b, c, d] = value;
    all(a, b, c, d);
  } else if constexpr (kCount == 5) {
    auto& [a, b, c, d, e] = value;
    all(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    auto& [a, b, c, d, e, f] = value;
    all(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    all(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    auto& [a, b, c, d, e, f, g, h] = value;
    all(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = value;
    all(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kCount == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = value;
    all(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kCount == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
    all(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kCount == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    all(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kCount == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (kCount == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (kCount == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (kCount == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  }
}

// The same for the leaves of an Observation or Action.
template <bool kHasParts, std::size_t kCount, class Value, class Visit>
constexpr void visit_leaves(Value& value, Visit visit) {
  if constexpr (kHasParts) {
    visit_members<kCount>(value, visit);
  } else {
    visit(std::integral_constant<std::size_t, 0>{}, value);
  }
}

// Calls `visit` for every number of an array of any rank.
template <class T, class Visit>
constexpr void visit_numbers(T& value, Visit visit) {
  if constexpr (std::is_array_v<T>) {
    for (auto& part : value) visit_numbers(part, visit);
  } else {
    visit(value);
  }
}

// Whether a C++ type holds a leaf; a Discrete is a kDiscrete.
template <class T, class kDiscrete>
constexpr bool holds(const LeafInfo& leaf) {
  if (leaf.kind == SpaceKind::kDiscrete) return std::is_same_v<T, kDiscrete>;
  if constexpr (std::is_array_v<T>) {
    return leaf.dtype == dtype_of<std::remove_all_extents_t<T>>() && leaf.shape == shape_of<T>();
  } else {
    return false;
  }
}

// The bytes of a struct of the leaves that a space describes.
template <class kDiscrete>
constexpr std::size_t struct_bytes(const SpaceInfo& space) {
  std::size_t bytes = 0, widest = 1;
  const auto round_up = [&](std::size_t unit) { bytes = (bytes + unit - 1) / unit * unit; };
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    const std::size_t unit = leaf.kind == SpaceKind::kDiscrete ? sizeof(kDiscrete) : size_of(leaf.dtype);
    round_up(unit);
    bytes += unit * leaf.values_per_lane();
    widest = widest > unit ? widest : unit;
  }
  round_up(widest);
  return bytes;
}

// Whether Value fits the description of a space.
template <class Value, class kDiscrete, bool kHasParts, std::size_t kCount>
constexpr bool matches(const SpaceInfo& space) {
  if constexpr (kHasParts) {
    bool all = true;
    Value value{};
    visit_members<kCount>(value, [&](auto index, auto& member) {
      all = all && holds<std::remove_reference_t<decltype(member)>, kDiscrete>(space.leaves[index]);
    });
    return all;
  } else {
    return holds<Value, kDiscrete>(space.leaf());
  }
}

// Whether single values in Python's types are as wide as the arrays of them.
constexpr bool has_array_types(const InfoList& infos) {
  for (const InfoLeaf& leaf : infos) {
    const bool is_wide = leaf.style == InfoStyle::kBoolOrNone
                             ? leaf.dtype == DType::kInt8
                             : leaf.dtype == DType::kFloat64 || leaf.dtype == DType::kInt64;
    if (leaf.shape.rank == 0 && leaf.style != InfoStyle::kNumpyScalar && !is_wide) return false;
  }
  return true;
}

// Whether the members of Info fit the descriptions in info.infos.
template <class Info, std::size_t kCount>
constexpr bool matches_infos(const InfoList& infos) {
  bool all = true;
  Info value{};
  visit_members<kCount>(value, [&](auto index, auto& member) {
    using T = std::remove_reference_t<decltype(member)>;
    const InfoLeaf& leaf = infos[index];
    all = all && leaf.dtype == dtype_of<std::remove_all_extents_t<T>>() && leaf.shape == shape_of<T>();
  });
  return all;
}

}  // namespace detail

// A task whose state is a C++ object and not a plain value (kernels/world_kernels.hpp).
template <class Env>
concept IsWorld = requires { typename Env::World; };

namespace detail {

template <class Env>
struct StateType {
  using Type = typename Env::State;
};
template <IsWorld Env>
struct StateType<Env> {
  using Type = typename Env::World;
};

}  // namespace detail

// The type of a lane's state in functions of a task.
template <class Env>
using StateOf = typename detail::StateType<Env>::Type;

template <class Env>
concept StepsWithoutDraws =
    requires(StateOf<Env>& state, const typename Env::Action& action, const typename Env::Params& params) {
      { Env::step(state, action, params) } -> std::same_as<Step>;
    };

template <class Env>
concept StepsWithDraws = requires(StateOf<Env>& state, const typename Env::Action& action, Rng& rng,
                                  const typename Env::Params& params) {
  { Env::step(state, action, rng, params) } -> std::same_as<Step>;
};

// A task that draws in its steps under some Params only.
template <class Env>
concept MayDraw =
    StepsWithoutDraws<Env> && StepsWithDraws<Env> && requires(const typename Env::Params& params) {
      { Env::draws_in_step(params) } -> std::same_as<bool>;
    };

// A task whose step is compiled a second time, with the defaults of its constants.
template <class Env>
concept FoldsConstants = requires { requires Env::folds_constants; };

// A task whose step is in two parts.
template <class Env>
concept LooksAhead = requires(StateOf<Env>& state, const typename Env::Action& action,
                              const typename Env::Params& params, const typename Env::Ahead& ahead) {
  { Env::is_near(state) } -> std::same_as<bool>;
  { Env::template look_ahead<false>(state) } -> std::same_as<typename Env::Ahead>;
  { Env::step(state, action, params, ahead) } -> std::same_as<Step>;
};

template <class Env>
concept HasRewardPastEnd = requires(const Step& step, const typename Env::Params& params) {
  { Env::reward_past_end(step, params) } -> std::same_as<double>;
};

template <class Env>
concept CompletesState = requires(StateOf<Env>& state) { Env::complete(state); };

template <class Env>
concept ResetsPlainly =
    requires(StateOf<Env>& state, Rng& rng, const typename Env::Params& params,
             const typename Env::ResetOptions& options) { Env::reset(state, rng, params, options); };

template <class Env>
concept ResetsFromPrevious = requires(
    StateOf<Env>& state, const StateOf<Env>* previous, Rng& rng, const typename Env::Params& params,
    const typename Env::ResetOptions& options) { Env::reset(state, previous, rng, params, options); };

template <class Env>
concept HasTable = requires(typename Env::Params& params, typename Env::Cell* cells) {
  { Env::table_size(params) } -> std::same_as<std::size_t>;
  Env::fill_table(params, cells);
  params.table = View<typename Env::Cell>{cells, 0};
};

template <class Env>
concept Informs = requires(const StateOf<Env>& state, const typename Env::Params& params,
                           typename Env::Info& out) { Env::inform(state, params, out); };

template <class Env>
concept KnowsStates = requires(const StateOf<Env>& state, const typename Env::Params& params) {
  { Env::is_state(state, params) } -> std::same_as<bool>;
};

template <class Env>
concept HasModel = requires(const typename Env::Params& params, std::int64_t state, Transition* out) {
  { Env::num_states(params) } -> std::same_as<std::int64_t>;
  { Env::transitions(params, state, state, out) } -> std::same_as<std::size_t>;
  { Env::kMaxTransitions } -> std::convertible_to<std::size_t>;
};

template <class Env>
concept WritesText = requires(const StateOf<Env>& state, const typename Env::Params& params, TextWriter out) {
  Env::write_text(state, params, out);
};

template <class Env, class Checked>
concept Checks = requires(const Checked& checked) {
  { Env::check(checked) } -> std::convertible_to<Text>;
};

namespace detail {

// Reads every byte of a State that was made by State{}.
template <class State>
constexpr bool reads_all_bytes() {
  using Word = std::conditional_t<alignof(State) == 8, std::uint64_t, std::uint32_t>;
  struct Words {
    Word at[sizeof(State) / sizeof(Word)];
  };
  const Words words = std::bit_cast<Words>(State{});
  Word all = 0;
  for (const Word word : words.at) all |= word;
  return all == all;
}

}  // namespace detail

// Whether a State has no bytes between or after its members: the compiler refuses to read padding.
template <class State>
concept HasNoPadding = requires { typename std::bool_constant<detail::reads_all_bytes<State>()>; };

// Fails to compile, with a sentence, where a type or function that every task needs is missing.
template <class Env>
constexpr bool check_functions() {
  using State = StateOf<Env>;
  using Params = typename Env::Params;
  using Options = typename Env::ResetOptions;
  using Observation = typename Env::Observation;
  using Action = typename Env::Action;
  static_assert(std::is_trivially_copyable_v<Params>, "Params must be trivially copyable");
  static_assert(std::is_trivially_copyable_v<Options>, "ResetOptions must be trivially copyable");
  constexpr const SpaceInfo& kObservationSpace = Env::info.observation;
  constexpr const SpaceInfo& kActionSpace = Env::info.action;
  static_assert(!kObservationSpace.has_parts() ||
                    sizeof(Observation) == detail::struct_bytes<std::int64_t>(kObservationSpace),
                "the Observation of a Tuple or Dict must be a plain struct of the leaves that "
                "info.observation describes");
  static_assert(
      !kActionSpace.has_parts() || sizeof(Action) == detail::struct_bytes<std::int32_t>(kActionSpace),
      "the Action of a Tuple or Dict must be a plain struct of the leaves that info.action describes");
  static_assert(
      detail::matches<Observation, std::int64_t, kObservationSpace.has_parts(), kObservationSpace.num_leaves>(
          kObservationSpace),
      "Observation must be of the types and shapes that info.observation describes: an array such as "
      "float[k] for a Box, std::int64_t for a Discrete, a plain struct of these for a Tuple or Dict");
  static_assert(
      detail::matches<Action, std::int32_t, kActionSpace.has_parts(), kActionSpace.num_leaves>(kActionSpace),
      "Action must be of the types and shapes that info.action describes: an array such as float[k] for "
      "a Box, std::int32_t for a Discrete, a plain struct of these for a Tuple or Dict");
  static_assert(detail::has_keys(kObservationSpace) && detail::has_keys(kActionSpace),
                "the parts of a Dict need names, all of them different: named(\"key\", box(...))");
  static_assert(
      detail::has_array_types(Env::info.infos),
      "a single value of an info in Python's type is a double or a std::int64_t, or a std::int8_t of "
      "InfoStyle::kBoolOrNone; others need InfoStyle::kNumpyScalar");
  if constexpr (Env::info.infos.size() > 0) {
    static_assert(Informs<Env>,
                  "an environment whose info.infos are not empty needs a struct Info and "
                  "static constexpr void inform(const State&, const Params&, Info&)");
    if constexpr (Informs<Env>) {
      static_assert(detail::matches_infos<typename Env::Info, Env::info.infos.size()>(Env::info.infos),
                    "Info must have the members that info.infos describes, in its order");
    }
  } else {
    static_assert(!Informs<Env>,
                  "an environment that informs must describe the members of Info in info.infos");
  }
  if constexpr (requires { typename Env::Cell; }) {
    static_assert(HasTable<Env>,
                  "an environment with a Cell needs std::size_t table_size(const Params&), "
                  "void fill_table(const Params&, Cell*) and a View<Cell> table in its Params");
  }
  static_assert(StepsWithoutDraws<Env> || StepsWithDraws<Env>,
                "an environment needs static constexpr Step step(State&, const Action&, const Params&), "
                "or with an Rng& before the Params if it draws random numbers");
  static_assert(StepsWithoutDraws<Env> != StepsWithDraws<Env> || MayDraw<Env>,
                "an environment with both forms of step needs static constexpr bool draws_in_step(const "
                "Params&), which chooses between them");
  static_assert(
      requires(const State& state, const Params& params, Observation& out) {
        Env::observe(state, params, out);
      }, "an environment needs static constexpr void observe(const State&, const Params&, Observation&)");
  static_assert(Env::info.variants.size() > 0, "info.variants must name at least one id");
  return true;
}

// Fails to compile, with a sentence, where Env is not an environment.
template <class Env>
constexpr bool check_environment() {
  using State = typename Env::State;
  static_assert(std::is_trivially_copyable_v<State> && std::is_default_constructible_v<State>,
                "State must be a plain value: trivially copyable and default constructible");
  static_assert(sizeof(State) % alignof(State) == 0 && (alignof(State) == 4 || alignof(State) == 8),
                "the members of State must all be 4 or all be 8 bytes wide");
  static_assert(
      HasNoPadding<State>,
      "State must have no padding: its members, each initialised by State{}, must fill it, as bytes between "
      "or behind them have no value that snapshots could compare; add a member that fills the gap");
  static_assert(ResetsPlainly<Env> || ResetsFromPrevious<Env>,
                "an environment needs static constexpr void reset(State&, Rng&, const Params&, const "
                "ResetOptions&), or with a const State* after the State if it looks back");
  return check_functions<Env>();
}

}  // namespace plyo
