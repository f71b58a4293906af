// Steps of a tile that take their actions several times.
#include <cmath>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <vector>

#include "engine.hpp"
#include "find_nonzero.hpp"

namespace plyo {
namespace {

template <class T>
void take_largest(const void* before, void* row, std::size_t count) {
  const T* const old = static_cast<const T*>(before);
  T* const now = static_cast<T*>(row);
  for (std::size_t k = 0; k < count; ++k) {
    bool keeps_old = old[k] > now[k];
    if constexpr (std::is_floating_point_v<T>) keeps_old = keeps_old || std::isnan(old[k]);
    if (keeps_old) now[k] = old[k];
  }
}

// The larger of each two numbers, or NaN.
void take_largest(DType dtype, const void* before, void* row, std::size_t count) {
  switch (dtype) {
    case DType::kFloat32:
      return take_largest<float>(before, row, count);
    case DType::kFloat64:
      return take_largest<double>(before, row, count);
    case DType::kUint8:
      return take_largest<std::uint8_t>(before, row, count);
    case DType::kInt8:
      return take_largest<std::int8_t>(before, row, count);
    case DType::kInt32:
      return take_largest<std::int32_t>(before, row, count);
    case DType::kInt64:
      return take_largest<std::int64_t>(before, row, count);
  }
}

}  // namespace

// Takes the lanes from a list whose episodes have ended, and those that have failed: the call will end so.
void Engine::drop_ended(std::size_t first, LaneList& going) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < going.count; ++i) {
    going.lanes[count] = going.lanes[i];
    count += lanes_.status()[first + going.lanes[i]] == 0 ? 1 : 0;
  }
  going.count = count;
  if (!kernels_.may_throw) return;
  const std::lock_guard lock(failure_mutex_);
  for (const Failure& failure : failures_) {
    count = 0;
    for (std::size_t i = 0; i < going.count; ++i) {
      going.lanes[count] = going.lanes[i];
      count += first + going.lanes[i] != failure.lane ? 1 : 0;
    }
    going.count = count;
  }
}

// Keeps what these lanes show now.
void Engine::note_rows(std::size_t first, const LaneList& lanes, RowsBefore& before) {
  const RowBuffer rows(observation_sizes_, lanes.count);
  observe_lanes(first, lanes.lanes, lanes.count, rows.leaves());
  for (std::size_t i = 0; i < lanes.count; ++i) {
    observation_sizes_.copy_row(before.rows.leaves(), lanes.lanes[i], rows.leaves(), i);
    before.known[lanes.lanes[i]] = 1;
  }
}

// Steps most lanes of a tile, all in one loop: the others get back the States that they had. The kernel draws nothing.
void Engine::step_most_states(const TileStep& tile, const LaneList& going, const LaneList& skipped,
                              std::vector<std::byte>& scratch) {
  std::uint8_t is_kept[kTileLanes];
  std::memset(is_kept, 1, tile.count);
  for (std::size_t i = 0; i < going.count; ++i) is_kept[going.lanes[i]] = 0;
  // a reset follows, which overwrites these
  for (std::size_t i = 0; autoreset_.resets_waiting && i < skipped.count; ++i) is_kept[skipped.lanes[i]] = 0;
  LaneList kept;
  kept.count = find_nonzero(is_kept, tile.count, kept.lanes);
  const std::size_t bytes = lanes_.state_bytes();
  scratch.resize(kept.count * bytes);
  for (std::size_t i = 0; i < kept.count; ++i) {
    lanes_.save_state(tile.first + kept.lanes[i], scratch.data() + i * bytes);
  }
  double rewards[kTileLanes];
  std::uint8_t terminated[kTileLanes];
  kernels_.step(view(tile.first), tile.count, tile.actions.at, rewards, terminated);
  for (std::size_t i = 0; i < kept.count; ++i) {
    lanes_.load_state(tile.first + kept.lanes[i], scratch.data() + i * bytes);
  }
  for (std::size_t i = 0; i < going.count; ++i) {
    tile.rewards[going.lanes[i]] = rewards[going.lanes[i]];
    tile.terminated[going.lanes[i]] = terminated[going.lanes[i]];
  }
  advance_listed(tile, going);
}

// The further steps of the lanes whose episodes go on.
void Engine::repeat_step(const TileStep& tile, const LaneList& skipped, RowsBefore* before) {
  const auto counted = [&](double reward) {
    return tile.repetition.rounds_rewards ? static_cast<double>(static_cast<float>(reward)) : reward;
  };
  LaneList stepped;
  stepped.count = list_active(tile.count, skipped, stepped.lanes);
  double totals[kTileLanes];
  for (std::size_t i = 0; i < stepped.count; ++i) {
    const LaneIndex lane = stepped.lanes[i];
    totals[lane] = 0.0 + counted(tile.rewards[lane]);  // no negative zero
  }
  // a loop over whole vectors is worth many copies of States that are plain values
  const bool are_values = params_.may_step_idly() && state_.save == nullptr;
  std::vector<std::byte> scratch;
  LaneList going = stepped;
  for (std::size_t step = 1; step < tile.repetition.steps; ++step) {
    drop_ended(tile.first, going);
    if (going.count == 0) break;
    if (before != nullptr) note_rows(tile.first, going, *before);
    if (are_values && 2 * going.count > tile.count) {
      step_most_states(tile, going, skipped, scratch);
    } else {
      step_listed_states(tile, going);
    }
    for (std::size_t i = 0; i < going.count; ++i) {
      totals[going.lanes[i]] += counted(tile.rewards[going.lanes[i]]);
    }
  }
  for (std::size_t i = 0; i < stepped.count; ++i) tile.rewards[stepped.lanes[i]] = totals[stepped.lanes[i]];
}

// Makes rows of observations, one an entry of `lanes`, the larger of themselves and those before.
void Engine::show_largest(const RowsBefore& before, const LaneSet& lanes, const Leaves& rows) const {
  if (!rows) return;
  const LeafInfo& leaf = observation_space_.leaf();
  const std::size_t bytes = observation_sizes_.bytes[0];
  const auto* const old = static_cast<const std::byte*>(before.rows.leaves().at[0]);
  auto* const now = static_cast<std::byte*>(rows.at[0]);
  for (std::size_t i = 0; i < lanes.count; ++i) {
    const std::size_t lane = lanes[i];
    if (before.known[lane] == 0) continue;
    take_largest(leaf.dtype, old + lane * bytes, now + i * bytes, leaf.values_per_lane());
  }
}

}  // namespace plyo
