// The rows of one lane in a batch's arrays: its action as input, its observation and info as output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../core/environment.hpp"
#include "lane_view.hpp"

namespace plyo {

template <class Env>
struct LeafRows {
  using Action = typename Env::Action;
  using Observation = typename Env::Observation;

  static constexpr const SpaceInfo& kObservationSpace = Env::info.observation;
  static constexpr const SpaceInfo& kActionSpace = Env::info.action;

  // The leaves' arrays from some lane on.
  template <std::size_t kCount>
  struct Rows {
    std::byte* at[kCount];
  };
  template <std::size_t kCount>
  struct ConstRows {
    const std::byte* at[kCount];
  };
  static constexpr std::size_t kNumActionLeaves = kActionSpace.num_leaves;
  using ActionRows = ConstRows<kNumActionLeaves>;

  static ActionRows action_rows(ConstLeafArrays actions, std::size_t first) {
    ActionRows rows;
    for (std::size_t k = 0; k < kActionSpace.num_leaves; ++k) {
      rows.at[k] =
          static_cast<const std::byte*>(actions[k]) + first * kActionSpace.leaves[k].bytes_per_lane();
    }
    return rows;
  }
  static constexpr std::size_t action_bytes(std::size_t num_leaves) {
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < num_leaves; ++k) bytes += kActionSpace.leaves[k].bytes_per_lane();
    return bytes;
  }
  // Copies of the actions of some lanes.
  template <std::size_t kCount>
  struct CopiedActions {
    alignas(std::uint64_t) std::byte bytes[action_bytes(kNumActionLeaves) * kCount];
    const void* leaves[kNumActionLeaves];

    CopiedActions(ConstLeafArrays actions, const std::size_t* lanes) {
      for (std::size_t k = 0; k < kNumActionLeaves; ++k) {
        const std::size_t size = kActionSpace.leaves[k].bytes_per_lane();
        std::byte* const rows = bytes + action_bytes(k) * kCount;
        for (std::size_t i = 0; i < kCount; ++i)
          std::memcpy(rows + i * size, static_cast<const std::byte*>(actions[k]) + lanes[i] * size, size);
        leaves[k] = rows;
      }
    }
  };
  struct LoadedAction {
    Action value;
  };
  static LoadedAction load_action(const ActionRows& actions, std::size_t lane) {
    LoadedAction action;
    detail::visit_leaves<kActionSpace.has_parts(), kActionSpace.num_leaves>(
        action.value, [&](auto index, auto& member) {
          using T = std::remove_reference_t<decltype(member)>;
          constexpr std::size_t kLeaf = decltype(index)::value;
          if constexpr (std::is_array_v<T>) {
            load_array(member, actions.at[kLeaf], lane);
          } else {
            member = static_cast<T>(reinterpret_cast<const std::int64_t*>(actions.at[kLeaf])[lane]);
          }
        });
    return action;
  }

  template <class T>
  static void load_array(T& array, const std::byte* rows, std::size_t lane) {
    using Number = std::remove_all_extents_t<T>;
    constexpr std::size_t kSize = sizeof(T) / sizeof(Number);
    const auto* const values = reinterpret_cast<const Number*>(rows) + lane * kSize;
    if constexpr (std::rank_v<T> == 1) {
      for (std::size_t k = 0; k < kSize; ++k) array[k] = values[k];
    } else {
      std::memcpy(&array, values, sizeof(T));
    }
  }

  using ObservationRows = Rows<kObservationSpace.num_leaves>;
  using InfoRows = Rows<Env::info.infos.size() == 0 ? 1 : Env::info.infos.size()>;

  static ObservationRows observation_rows(LeafArrays arrays) {
    ObservationRows rows;
    for (std::size_t k = 0; k < kObservationSpace.num_leaves; ++k)
      rows.at[k] = static_cast<std::byte*>(arrays[k]);
    return rows;
  }
  static InfoRows info_rows(LeafArrays arrays) {
    InfoRows rows;
    for (std::size_t k = 0; k < Env::info.infos.size(); ++k) rows.at[k] = static_cast<std::byte*>(arrays[k]);
    return rows;
  }

  // A picture is written in its place: copying it would cost more than drawing it.
  static constexpr bool kWritesInPlace = std::rank_v<Observation> > 1;

  // Calls `observe` with an observation to fill in, which becomes row `row`.
  template <class Observe>
  static void write_observation(const ObservationRows& rows, std::size_t row, Observe observe) {
    if constexpr (kWritesInPlace) {
      observe(reinterpret_cast<Observation*>(rows.at[0])[row]);
    } else {
      Observation observation;
      observe(observation);
      detail::visit_leaves<kObservationSpace.has_parts(), kObservationSpace.num_leaves>(
          observation, [&](auto index, const auto& member) { store_leaf(member, rows.at[index], row); });
    }
  }

  // The same for an info, whose members are zeros at first.
  template <class Inform>
  static void write_info(const InfoRows& rows, std::size_t row, Inform inform) {
    typename Env::Info info{};
    inform(info);
    detail::visit_members<Env::info.infos.size()>(
        info, [&](auto index, const auto& member) { store_leaf(member, rows.at[index], row); });
  }

  template <class T>
  static void store_leaf(const T& member, std::byte* rows, std::size_t row) {
    if constexpr (std::rank_v<T> == 1) {
      using Number = std::remove_extent_t<T>;
      auto* const values = reinterpret_cast<Number*>(rows) + row * std::extent_v<T>;
      for (std::size_t k = 0; k < std::extent_v<T>; ++k) values[k] = member[k];
    } else if constexpr (std::is_array_v<T>) {
      std::memcpy(rows + row * sizeof(T), &member, sizeof(T));
    } else {
      reinterpret_cast<T*>(rows)[row] = member;
    }
  }
};

}  // namespace plyo
