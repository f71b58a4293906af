// Runs an environment in the compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../core/environment.hpp"

namespace plyo {

namespace detail {

// The table of the default Params at compile time; nothing for a task without one.
template <class Env>
struct DefaultTable {
  constexpr explicit DefaultTable(typename Env::Params&) {}
};
template <class Env>
  requires HasTable<Env>
struct DefaultTable<Env> {
  static constexpr std::size_t kSize = Env::table_size(typename Env::Params{});
  typename Env::Cell cells[kSize == 0 ? 1 : kSize]{};

  constexpr explicit DefaultTable(typename Env::Params& params) {
    Env::fill_table(params, cells);
    params.table = {cells, kSize};
  }
};

}  // namespace detail

// Runs the environment at compile time: code that touches anything except its arguments, reads out of bounds
// or uses an uninitialised value on the way is a compile error here.
template <class Env>
constexpr bool compile_time_rollout() {
  constexpr int kSteps = 100;
  constexpr const SpaceInfo& kObservationSpace = Env::info.observation;
  constexpr const SpaceInfo& kActionSpace = Env::info.action;
  Rng rng = seeded_rng(2024);
  typename Env::Params params{};
  [[maybe_unused]] detail::DefaultTable<Env> table(params);
  const typename Env::ResetOptions options{};
  typename Env::State state{};
  typename Env::Observation observation{};
  double total = 0;
  // a picture is read now and then: every look costs thousands of operations, which compilers limit and are slow at
  constexpr std::size_t kLookEvery = 1 + sizeof(typename Env::Observation) / 32;
  std::size_t looks = 0;
  const auto look = [&] {
    if (looks++ % kLookEvery != 0) return;
    Env::observe(state, params, observation);
    detail::visit_leaves<kObservationSpace.has_parts(), kObservationSpace.num_leaves>(
        observation, [&](auto, const auto& member) {
          detail::visit_numbers(member, [&](const auto& value) { total += static_cast<double>(value); });
        });
    if constexpr (Informs<Env>) {
      typename Env::Info info{};
      Env::inform(state, params, info);
      detail::visit_members<Env::info.infos.size()>(info, [&](auto, const auto& member) {
        detail::visit_numbers(member, [&](const auto& value) { total += static_cast<double>(value); });
      });
    }
  };
  const auto reset = [&](bool is_first) {
    if constexpr (ResetsFromPrevious<Env>) {
      const typename Env::State previous = state;
      state = {};
      Env::reset(state, is_first ? nullptr : &previous, rng, params, options);
    } else {
      state = {};
      Env::reset(state, rng, params, options);
    }
    look();
  };
  if constexpr (KnowsStates<Env>) {
    if (!Env::is_state(state, params)) return false;
  }
  look();
  reset(true);
  for (int t = 0; t < kSteps; ++t) {
    typename Env::Action action{};
    detail::visit_leaves<kActionSpace.has_parts(), kActionSpace.num_leaves>(
        action, [&](auto index, auto& member) {
          using T = std::remove_reference_t<decltype(member)>;
          constexpr const LeafInfo& kLeaf = kActionSpace.leaves[decltype(index)::value];
          if constexpr (std::is_array_v<T>) {
            detail::visit_numbers(member, [&](auto& value) {
              value = static_cast<std::remove_reference_t<decltype(value)>>(rng.uniform(-1.0, 1.0));
            });
          } else {
            member = static_cast<T>(kLeaf.start + rng.integers(0, static_cast<std::int64_t>(kLeaf.size)));
          }
        });
    Step result{};
    if constexpr (StepsWithDraws<Env>) {
      result = Env::step(state, action, rng, params);
    } else {
      result = Env::step(state, action, params);
    }
    look();
    total += result.reward;
    if (result.terminated != 0) reset(false);
  }
  return total == total;
}

}  // namespace plyo
