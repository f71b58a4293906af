// What MuJoCo's tasks are made of at run time: the rows of their lanes, their spaces and their infos, all of which follow
// from the model and the Params.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../core/environment.hpp"
#include "../mujoco/sim.hpp"

namespace plyo {

// The place of everything in a lane's row of doubles.
struct MujocoRow {
  // The first number of a row: how the lane came to its state.
  static constexpr double kNever = 0, kReset = 1, kStepped = 2;

  std::size_t num_state, action_size, memory_size, observation_size, info_size;

  // The kind, the version of MuJoCo, the divergences since the reset; then the arrays. The state and the task's
  // memory before the last step and its action, or before the last evaluation of a reset, make mjData as it was
  // after it.
  static constexpr std::size_t kHeader = 3;
  std::size_t before() const { return kHeader; }
  std::size_t memory_before() const { return before() + num_state; }
  std::size_t action() const { return memory_before() + memory_size; }
  std::size_t now() const { return action() + action_size; }
  std::size_t memory() const { return now() + num_state; }
  std::size_t observation() const { return memory() + memory_size; }
  std::size_t info() const { return observation() + observation_size; }
  std::size_t size() const { return info() + info_size; }
  // Behind a row: the lane's effort in its last step in a pack. Only the packing depends on it.
  std::size_t effort() const { return size(); }

  // Notes how a row's next state comes about: by an evaluation, or by a step with an action.
  void note_state(double* row) const {
    std::copy_n(row + now(), num_state, row + before());
    std::copy_n(row + memory(), memory_size, row + memory_before());
  }
  void note(double* row, const float* with) const {
    note_state(row);
    std::copy_n(with, action_size, row + action());
  }
};

template <class Env>
struct MujocoShape {
  using Params = typename Env::Params;

  static double*& row_of(const LaneView& view, std::size_t lane) {
    return reinterpret_cast<double**>(view.words)[lane];
  }
  static const Params& shared(const void* params) { return *static_cast<const Params*>(params); }

  // The Params of one lane, which may have its own numbers.
  class LaneParams {
   public:
    LaneParams(const LaneView& view, std::size_t lane) : shared_(static_cast<const Params*>(view.params)) {
      if (view.lane_params == nullptr) return;
      constexpr std::size_t kNumWords = (sizeof(Params) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
      std::uint64_t words[kNumWords];
      for (std::size_t w = 0; w < kNumWords; ++w) words[w] = view.lane_params[w * view.params_stride + lane];
      std::memcpy(static_cast<void*>(&own_), words, sizeof(Params));
      shared_ = &own_;
    }
    LaneParams(const LaneParams&) = delete;
    LaneParams& operator=(const LaneParams&) = delete;
    const Params& operator*() const { return *shared_; }

   private:
    Params own_;
    const Params* shared_;
  };

  static SpaceInfo observation_space(const void* params) {
    const Params& own = shared(params);
    if (own.model == nullptr) return Env::info.observation;
    if constexpr (requires { Env::observation_space(own); }) {
      return Env::observation_space(own);
    } else {
      return box_of(DType::kFloat64, Env::observation_size(own));
    }
  }
  static SpaceInfo action_space(const void* params) {
    const Params& own = shared(params);
    if (own.model == nullptr) return Env::info.action;
    if constexpr (requires { Env::action_space(own); }) {
      return Env::action_space(own);
    } else {
      SpaceInfo space = box_of(DType::kFloat32, own.model->nu);
      const double* const bounds = own.model->action_bounds();
      space.leaves[0].num_elements = own.model->nu;
      if (own.model->nu > SpaceInfo::kMaxElements) {
        space.leaves[0].bounds = bounds;
        return space;
      }
      for (std::size_t i = 0; i < own.model->nu; ++i) {
        space.elements[i] = {{}, {}, bounds[2 * i], bounds[2 * i + 1]};
      }
      return space;
    }
  }
  static std::size_t action_size(const Params& params) {
    if constexpr (requires { Env::kActionSize; }) {
      return Env::kActionSize;
    } else {
      return params.model->nu;
    }
  }
  static SpaceInfo box_of(DType dtype, std::size_t size) {
    SpaceInfo space{.num_leaves = 1};
    space.leaves[0] = {
        .kind = SpaceKind::kBox, .dtype = dtype, .size = size, .shape = {1, {size}}, .num_elements = 1};
    space.elements[0] = {};
    return space;
  }

  static std::size_t info_size(std::size_t k, const Params& params) {
    static_cast<void>(params);
    if constexpr (requires { Env::info_size(k, params); }) {
      return Env::info_size(k, params);
    } else {
      return Env::info.infos[k].shape.count();
    }
  }
  static DType info_dtype(std::size_t k, const Params& params) {
    static_cast<void>(params);
    if constexpr (requires { Env::info_dtype(k, params); }) {
      return Env::info_dtype(k, params);
    } else {
      return Env::info.infos[k].dtype;
    }
  }
  static MujocoRow layout(const void* params) {
    const Params& own = shared(params);
    std::size_t memory = 0, info = 0;
    if constexpr (requires { Env::memory_size(own); }) memory = Env::memory_size(own);
    for (std::size_t k = 0; k < Env::info.infos.size(); ++k) info += info_size(k, own);
    return {own.model->num_state, action_size(own), memory, Env::observation_size(own), info};
  }
  // What a task remembers of a lane, whose row is `state`.
  static const double* memory(const void* params, const void* state) {
    return static_cast<const double*>(state) + layout(params).memory();
  }

  // The infos of the task, and the divergences if they are asked for.
  static InfoList infos(const void* params) {
    const Params& own = shared(params);
    InfoList all = Env::info.infos;
    for (std::size_t k = 0; own.model != nullptr && k < all.count; ++k) {
      all.items[k].dtype = info_dtype(k, own);
      if (all.items[k].shape.rank > 0) all.items[k].shape = {1, {info_size(k, own)}};
    }
    if (own.report_warnings) {
      all.items[all.count++] =
          reported<std::int64_t>("mujoco_warnings", "divergences of the simulation since the reset");
    }
    return all;
  }
};

}  // namespace plyo
