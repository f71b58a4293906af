#include "policy.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../engine/cpu_dispatch.hpp"
#include "../engine/errors.hpp"

namespace plyo {

void Policy::start_streams(const SeedWords& seed, std::size_t num_lanes) {
  if (streams_.size() == num_lanes) return;
  if (!streams_.empty()) {
    throw std::invalid_argument(text("this policy draws for ", streams_.size(),
                                     " environments, the batch has ", num_lanes,
                                     "; make a policy for each batch"));
  }
  streams_.resize(num_lanes);
  for (std::size_t lane = 0; lane < num_lanes; ++lane) streams_[lane] = seeded_rng(add(seed, lane));
}

void RandomPolicy::prepare(const Engine& engine, std::size_t num_steps) {
  space_ = engine.info().action;
  num_steps_ = num_steps;
  for (std::size_t k = 0; space_.kind == SpaceKind::kBox && k < space_.size; ++k) {
    const Element& element = space_.elements[k];
    if (std::isfinite(element.low) && std::isfinite(element.high)) continue;
    throw std::invalid_argument(text("Random needs a bounded action space; element ", k,
                                     " of the actions of ", engine.config().task->name, " has bounds [",
                                     element.low, ", ", element.high, "]"));
  }
  kernels_ = &random_kernels(selected_isa());
  start_streams(seed_, engine.num_envs());
}

const void* RandomPolicy::act(const PolicyTile& tile) {
  // a few steps ahead: a stream stays in registers meanwhile; one buffer a thread, which takes one tile at a
  // time through all its steps
  thread_local std::vector<std::byte> buffer;
  const std::size_t step_bytes = tile.count * space_.bytes_per_lane();
  const std::size_t ahead = tile.time % kStepsAhead;
  if (ahead == 0) {
    if (buffer.size() < kStepsAhead * step_bytes) buffer.resize(kStepsAhead * step_bytes);
    draw(tile, std::min(kStepsAhead, num_steps_ - tile.time), buffer.data());
  }
  return buffer.data() + ahead * step_bytes;
}

// Draws the actions of the next steps, [step][lane][element].
void RandomPolicy::draw(const PolicyTile& tile, std::size_t num_steps, void* actions) {
  Rng* const streams = this->streams().data() + tile.first_lane;
  const std::size_t count = tile.count;
  const std::size_t size = space_.size;
  if (space_.kind == SpaceKind::kBox) {
    auto* const chosen = static_cast<float*>(actions);
    // the bounds of the space are float32; a stream draws the elements of one action after the other
    const auto low = [this](std::size_t k) {
      return static_cast<double>(static_cast<float>(space_.elements[k].low));
    };
    const auto high = [this](std::size_t k) {
      return static_cast<double>(static_cast<float>(space_.elements[k].high));
    };
    if (size == 1) {
      kernels_->uniforms(streams, count, low(0), high(0), num_steps, chosen, count, 1);
      return;
    }
    for (std::size_t t = 0; t < num_steps; ++t) {
      for (std::size_t k = 0; k < size; ++k) {
        kernels_->uniforms(streams, count, low(k), high(k), 1, chosen + t * count * size + k, 0, size);
      }
    }
    return;
  }
  auto* const chosen = static_cast<std::int64_t*>(actions);
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
  // after a rejected half word the lanes disagree about what is left over
  for (; t < num_steps; ++t) draw_one(t);
}

void ConstantPolicy::prepare(const Engine& engine, std::size_t /*num_steps*/) {
  const std::size_t expected = engine.info().action.bytes_per_lane();
  if (row_.size() != expected) {
    throw std::invalid_argument(text("Constant holds an action of ", row_.size(), " bytes, an action of ",
                                     engine.config().task->name, " has ", expected));
  }
}

const void* ConstantPolicy::act(const PolicyTile& tile) {
  // the first step of a tile fills the rows of a buffer of the thread's own, which later steps hand out again
  thread_local std::vector<std::byte> buffer;
  if (tile.time == 0) {
    buffer.resize(tile.count * row_.size());
    for (std::size_t i = 0; i < tile.count; ++i) {
      std::memcpy(buffer.data() + i * row_.size(), row_.data(), row_.size());
    }
  }
  return buffer.data();
}

void SequencePolicy::prepare(const Engine& engine, std::size_t num_steps) {
  if (num_lanes_ != engine.num_envs() || num_steps_ < num_steps) {
    throw std::invalid_argument(text("Sequence holds actions for ", num_steps_, " steps of ", num_lanes_,
                                     " environments; the rollout takes ", num_steps, " steps of ",
                                     engine.num_envs()));
  }
  row_bytes_ = engine.info().action.bytes_per_lane();
  // whether a step ignores an action is seen as the rollout goes, which has to check only if there is a bad
  // one
  may_be_invalid_ = false;
  try {
    engine.check_action_rows(actions_.get(), num_steps * num_lanes_);
  } catch (const InvalidAction&) {
    may_be_invalid_ = true;
  }
}

const void* SequencePolicy::act(const PolicyTile& tile) {
  return static_cast<const std::byte*>(actions_.get()) +
         (tile.time * num_lanes_ + tile.first_lane) * row_bytes_;
}

}  // namespace plyo
