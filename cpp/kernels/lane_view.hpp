// The lanes and the arrays that kernels work on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/rng.hpp"

namespace plyo {

// An index of a lane within the lanes that a kernel is given.
using LaneIndex = std::uint32_t;

// Tiles begin at multiples of this number of lanes, unless Kernels::tile_lanes is smaller.
inline constexpr std::size_t kLaneUnit = 16;

// The lanes that a kernel works on: state word w of lane i is at `words + (w * stride + i) * word_bytes`.
//
// Planes are padded to a multiple of kLaneUnit lanes, so a kernel that is given tiles of whole units may load
// and store the state words of whole units, also after its last lane: no other kernel works on them. Streams,
// actions, rewards, flags and observations are not padded.
struct LaneView {
  std::byte* words;
  std::size_t stride;  // lanes from one plane of words to the next
  Rng* rngs;           // one stream a lane
  const void* params;
  bool has_default_constants = false;  // whether the constants among them are the task's defaults
  // The lanes' own Params: word w of lane i is at `lane_params + w * params_stride + i`. Null if all lanes
  // have `params`.
  const std::uint64_t* lane_params = nullptr;
  std::size_t params_stride = 0;
};

// The arrays of an observation, action or info: one a leaf, each from the view's first lane on.
using LeafArrays = void* const*;
using ConstLeafArrays = const void* const*;

}  // namespace plyo
