#include "policy.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"

namespace plyo {

void Policy::start_streams(const SeedWords& seed, std::size_t num_lanes, std::size_t parts) {
  std::vector<Rng>& all = streams();
  const std::size_t total = num_lanes * std::max<std::size_t>(1, parts);
  if (all.size() == total) return;
  if (!all.empty()) {
    throw std::invalid_argument(text("this policy draws for ", all.size() / std::max<std::size_t>(1, parts),
                                     " environments, the batch has ", num_lanes,
                                     "; make a policy for each batch"));
  }
  all.resize(total);
  for (std::size_t lane = 0; lane < num_lanes; ++lane) {
    Rng rng = seeded_rng(add(seed, lane));
    for (std::size_t part = 0; part < parts; ++part) {
      // as Tuple.seed and Dict.seed start those of their parts
      constexpr std::int64_t kSeeds = 0x7FFFFFFF;
      all[part * num_lanes + lane] = seeded_rng(static_cast<std::uint64_t>(rng.integers(0, kSeeds)));
    }
    if (parts == 0) all[lane] = rng;
  }
}

void RandomPolicy::prepare(const PolicyBatch& engine, std::size_t num_steps) {
  space_ = engine.action_space();
  sizes_ = engine.action_sizes();
  num_lanes_ = engine.num_envs();
  num_steps_ = num_steps;
  for (std::size_t l = 0; l < space_.num_leaves; ++l) {
    const LeafInfo& leaf = space_.leaves[l];
    for (std::size_t k = 0; leaf.kind == SpaceKind::kBox && k < leaf.size; ++k) {
      const Element element = space_.element(leaf, k);
      if (std::isfinite(element.low) && std::isfinite(element.high)) continue;
      throw std::invalid_argument(text("Random needs a bounded action space; element ", k,
                                       " of the actions of ", engine.config().task->name, " has bounds [",
                                       element.low, ", ", element.high, "]"));
    }
  }
  kernels_ = &random_kernels(selected_isa());
  start_streams(seed_, engine.num_envs(), space_.has_parts() ? space_.num_leaves : 0);
}

void RandomPolicy::make_room(PolicyScratch& scratch, std::size_t num_lanes) const {
  scratch.rows.resize(sizes_, kStepsAhead * num_lanes);
}

ConstLeaves RandomPolicy::act(const PolicyTile& tile) {
  // a few steps ahead: a stream stays in registers meanwhile
  RowBuffer& buffer = tile.scratch->rows;
  const std::size_t ahead = tile.time % kStepsAhead;
  if (ahead == 0) {
    buffer.resize(sizes_, kStepsAhead * tile.count);
    const std::size_t num_steps = std::min(kStepsAhead, num_steps_ - tile.time);
    for (std::size_t l = 0; l < sizes_.count; ++l) draw_leaf(l, tile, num_steps, buffer.leaves().at[l]);
  }
  return sizes_.from(buffer.leaves(), ahead * tile.count);
}

// Draws one part of the actions of the next steps, [step][lane][element].
void RandomPolicy::draw_leaf(std::size_t l, const PolicyTile& tile, std::size_t num_steps, void* actions) {
  const LeafInfo& leaf = space_.leaves[l];
  Rng* const streams = this->streams().data() + space_.place_of(l) * num_lanes_ + tile.first_lane;
  if (leaf.kind == SpaceKind::kBox) {
    draw_box(leaf, streams, tile.count, num_steps, actions);
  } else {
    draw_choices(leaf, streams, tile.count, num_steps, static_cast<std::int64_t*>(actions));
  }
}

namespace {

// A uniform number as a Box of integers draws it: the upper bound belongs to it.
template <class Integer>
void draw_integers(Rng* streams, std::size_t count, std::size_t size, std::size_t num_steps, void* actions,
                   const auto& bounds) {
  auto* const chosen = static_cast<Integer*>(actions);
  for (std::size_t t = 0; t < num_steps; ++t) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < size; ++k) {
        const auto [low, high] = bounds(k);
        const double drawn = std::floor(streams[i].uniform(low, high + 1));
        chosen[(t * count + i) * size + k] = static_cast<Integer>(std::clamp(drawn, low, high));
      }
    }
  }
}

void draw_doubles(Rng* streams, std::size_t count, std::size_t size, std::size_t num_steps, void* actions,
                  const auto& bounds) {
  auto* const chosen = static_cast<double*>(actions);
  for (std::size_t t = 0; t < num_steps; ++t) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < size; ++k) {
        const auto [low, high] = bounds(k);
        chosen[(t * count + i) * size + k] = streams[i].uniform(low, high);
      }
    }
  }
}

}  // namespace

// A stream draws the elements of an action one after the other.
void RandomPolicy::draw_box(const LeafInfo& leaf, Rng* streams, std::size_t count, std::size_t num_steps,
                            void* actions) {
  const std::size_t size = leaf.size;
  const auto bounds = [&](std::size_t k) {
    const Element element = space_.element(leaf, k);
    return std::pair(element.low, element.high);
  };
  switch (leaf.dtype) {
    case DType::kFloat32:
      break;
    case DType::kFloat64:
      return draw_doubles(streams, count, size, num_steps, actions, bounds);
    case DType::kUint8:
      return draw_integers<std::uint8_t>(streams, count, size, num_steps, actions, bounds);
    case DType::kInt8:
      return draw_integers<std::int8_t>(streams, count, size, num_steps, actions, bounds);
    case DType::kInt32:
      return draw_integers<std::int32_t>(streams, count, size, num_steps, actions, bounds);
    case DType::kInt64:
      return draw_integers<std::int64_t>(streams, count, size, num_steps, actions, bounds);
  }
  // the bounds of the space are float32
  auto* const chosen = static_cast<float*>(actions);
  const auto low = [&](std::size_t k) { return static_cast<double>(static_cast<float>(bounds(k).first)); };
  const auto high = [&](std::size_t k) { return static_cast<double>(static_cast<float>(bounds(k).second)); };
  if (size == 1) {
    kernels_->uniforms(streams, count, low(0), high(0), num_steps, chosen, count, 1);
    return;
  }
  for (std::size_t t = 0; t < num_steps; ++t) {
    for (std::size_t k = 0; k < size; ++k) {
      kernels_->uniforms(streams, count, low(k), high(k), 1, chosen + t * count * size + k, 0, size);
    }
  }
}

void RandomPolicy::draw_choices(const LeafInfo& leaf, Rng* streams, std::size_t count, std::size_t num_steps,
                                std::int64_t* chosen) {
  const std::size_t size = leaf.size;
  const auto draw_one = [&](std::size_t t) {
    for (std::size_t i = 0; i < count; ++i) {
      chosen[t * count + i] = streams[i].integers(0, static_cast<std::int64_t>(size));
    }
  };
  const auto left_over = [&] {
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < count; ++i) any |= streams[i].state().has_uint32;
    return any != 0;
  };
  // pairs of draws share a word; the half that an odd number of steps left comes first
  std::size_t t = 0;
  if (left_over()) draw_one(t++);
  if (size > 1 && !left_over()) {
    const std::size_t even = (num_steps - t) / 2 * 2;
    kernels_->integers(streams, count, static_cast<std::uint32_t>(size), even, chosen + t * count, count);
    t += even;
  }
  // after a rejected half word the lanes have different halves left
  for (; t < num_steps; ++t) draw_one(t);
  if (leaf.start == 0) return;
  for (std::size_t i = 0; i < num_steps * count; ++i) chosen[i] += leaf.start;
}

void ConstantPolicy::prepare(const PolicyBatch& engine, std::size_t /*num_steps*/) {
  sizes_ = engine.action_sizes();
  if (row_.size() != sizes_.total) {
    throw std::invalid_argument(text("Constant holds an action of ", row_.size(), " bytes, an action of ",
                                     engine.config().task->name, " has ", sizes_.total));
  }
}

void ConstantPolicy::make_room(PolicyScratch& scratch, std::size_t num_lanes) const {
  scratch.rows.resize(sizes_, num_lanes);
}

ConstLeaves ConstantPolicy::act(const PolicyTile& tile) {
  // the first step of a tile fills the rows, which later steps hand out again
  RowBuffer& buffer = tile.scratch->rows;
  if (tile.time == 0) {
    buffer.resize(sizes_, tile.count);
    const std::byte* part = row_.data();
    for (std::size_t l = 0; l < sizes_.count; ++l) {
      auto* const rows = static_cast<std::byte*>(buffer.leaves().at[l]);
      for (std::size_t i = 0; i < tile.count; ++i) {
        std::memcpy(rows + i * sizes_.bytes[l], part, sizes_.bytes[l]);
      }
      part += sizes_.bytes[l];
    }
  }
  return buffer.leaves();
}

void SequencePolicy::prepare(const PolicyBatch& engine, std::size_t num_steps) {
  if (num_lanes_ != engine.num_envs() || num_steps_ < num_steps) {
    throw std::invalid_argument(text("Sequence holds actions for ", num_steps_, " steps of ", num_lanes_,
                                     " environments; the rollout takes ", num_steps, " steps of ",
                                     engine.num_envs()));
  }
  sizes_ = engine.action_sizes();
}

ConstLeaves SequencePolicy::all() const {
  ConstLeaves leaves;
  for (std::size_t l = 0; l < actions_.size(); ++l) leaves.at[l] = actions_[l].get();
  return leaves;
}

ConstLeaves SequencePolicy::act(const PolicyTile& tile) {
  return sizes_.from(all(), tile.time * num_lanes_ + tile.first_lane);
}

}  // namespace plyo
