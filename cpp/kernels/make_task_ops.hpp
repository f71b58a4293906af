// Makes the TaskOps table of an environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "../core/environment.hpp"
#include "task_ops.hpp"

namespace plyo {

namespace detail {

template <class Env, class Checked>
Text check_values(const void* values) {
  if constexpr (Checks<Env, Checked>) {
    return Env::check(*static_cast<const Checked*>(values));
  } else {
    return {};
  }
}

template <class Env>
double reward_past_end(double reward, bool terminated, const void* params) {
  return Env::reward_past_end(Step{reward, terminated}, *static_cast<const typename Env::Params*>(params));
}

template <class Env>
void complete(void* state) {
  Env::complete(*static_cast<StateOf<Env>*>(state));
}

template <class Env>
const typename Env::Params& params_of(const void* params) {
  return *static_cast<const typename Env::Params*>(params);
}

// The spaces and infos, which may depend on the Params.
template <class Env>
constexpr void add_spaces(TaskOps& ops) {
  ops.observation_space = [](const void* params) -> SpaceInfo {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::observation_space(p); }) {
      return Env::observation_space(params_of<Env>(params));
    } else {
      return Env::info.observation;
    }
  };
  ops.action_space = [](const void* params) -> SpaceInfo {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::action_space(p); }) {
      return Env::action_space(params_of<Env>(params));
    } else {
      return Env::info.action;
    }
  };
  if constexpr (requires(const typename Env::Params& p) { Env::infos(p); }) {
    ops.infos = [](const void* params) -> InfoList { return Env::infos(params_of<Env>(params)); };
  }
  ops.reward_type = [](const void* params) -> RewardType {
    static_cast<void>(params);
    if constexpr (requires(const typename Env::Params& p) { Env::reward_type(p); }) {
      return Env::reward_type(params_of<Env>(params));
    } else {
      return Env::info.reward_type;
    }
  };
}

template <class Env>
constexpr void add_table(TaskOps& ops) {
  if constexpr (HasTable<Env>) {
    static_assert(std::is_trivially_copyable_v<typename Env::Cell>, "Cell must be trivially copyable");
    ops.table_bytes = [](const void* params) {
      return Env::table_size(params_of<Env>(params)) * sizeof(typename Env::Cell);
    };
    ops.make_table = [](void* params, void* memory) {
      auto& own = *static_cast<typename Env::Params*>(params);
      const std::size_t size = Env::table_size(own);
      auto* const cells = new (memory) typename Env::Cell[size]{};
      Env::fill_table(own, cells);
      own.table = {cells, size};
    };
  }
}

// The model, the text, attributes and methods.
template <class Env>
constexpr void add_extras(TaskOps& ops) {
  if constexpr (HasModel<Env>) {
    ops.num_states = [](const void* params) { return Env::num_states(params_of<Env>(params)); };
    ops.transitions = [](const void* params, std::int64_t state, std::int64_t action, Transition* out) {
      return Env::transitions(params_of<Env>(params), state, action, out);
    };
    ops.max_transitions = Env::kMaxTransitions;
  }
  if constexpr (WritesText<Env>) {
    ops.write_text = [](const void* params, const void* state, TextWriter out) {
      Env::write_text(*static_cast<const StateOf<Env>*>(state), params_of<Env>(params), out);
    };
  }
  if constexpr (requires { Env::attributes(); }) ops.attributes = Env::attributes();
  if constexpr (requires { Env::methods(); }) ops.methods = Env::methods();
}

}  // namespace detail

template <class Env>
constexpr TaskOps make_task_ops() {
  TaskOps ops{};
  ops.params_bytes = sizeof(typename Env::Params);
  ops.reset_options_bytes = sizeof(typename Env::ResetOptions);
  ops.may_step_idly = !IsWorld<Env> && (MayDraw<Env> || !StepsWithDraws<Env>) && !ResetsFromPrevious<Env>;
  if constexpr (MayDraw<Env>) {
    ops.draws_in_step = [](const void* params) { return Env::draws_in_step(detail::params_of<Env>(params)); };
  }
  if constexpr (requires(const typename Env::Params& params) { Env::asks_for_other(params); }) {
    ops.asks_for_other = [](const void* params) {
      return Env::asks_for_other(detail::params_of<Env>(params));
    };
  }
  ops.looks_at_previous = ResetsFromPrevious<Env>;
  ops.init_params = [](void* params) { new (params) typename Env::Params{}; };
  ops.init_reset_options = [](void* options) { new (options) typename Env::ResetOptions{}; };
  ops.check_params = &detail::check_values<Env, typename Env::Params>;
  ops.check_reset_options = &detail::check_values<Env, typename Env::ResetOptions>;
  if constexpr (HasRewardPastEnd<Env>) ops.reward_past_end = &detail::reward_past_end<Env>;
  if constexpr (CompletesState<Env>) ops.complete = &detail::complete<Env>;
  detail::add_spaces<Env>(ops);
  detail::add_table<Env>(ops);
  detail::add_extras<Env>(ops);
  return ops;
}

}  // namespace plyo
