// A lane of a MuJoCo task in an mjData.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "mujoco_shape.hpp"

namespace plyo {

// A lane in an mjData, for the time of a reset or step.
template <class Env>
class MujocoSession {
  using Shape = MujocoShape<Env>;
  using Writer = mujoco::Writer;

 public:
  MujocoSession(const LaneView& view, std::size_t lane)
      : row_(Shape::row_of(view, lane)),
        layout_(Shape::layout(view.params)),
        params_(view, lane),
        model_(*(*params_).model),
        lease_(model_, (*params_).own_numbers),
        sim_(model_, lease_.data(), row_ + layout_.before(), row_ + layout_.memory()) {}
  // For a step of which a pack has taken the first substeps.
  MujocoSession(const LaneView& view, std::size_t lane, const mujoco::PackRun& run, std::size_t seat)
      : row_(Shape::row_of(view, lane)),
        layout_(Shape::layout(view.params)),
        params_(view, lane),
        model_(*(*params_).model),
        lease_(model_, (*params_).own_numbers),
        sim_(model_, lease_.data(), row_ + layout_.before(), row_ + layout_.memory(), run, seat) {}
  ~MujocoSession() {
    // an exception has left a frame on MuJoCo's stack
    if (is_kept_) return;
    model_.library().reset_data(model_.raw(), lease_.data().raw);
    row_[0] = MujocoRow::kNever;
  }
  MujocoSession(const MujocoSession&) = delete;
  MujocoSession& operator=(const MujocoSession&) = delete;

  // Brings the lane into the mjData, if it is not there.
  void load() {
    double* const now = row_ + layout_.now();
    if (model_.is_live()) {
      model_.library().get_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
      if constexpr (requires { Env::remember(sim_, *params_); }) Env::remember(sim_, *params_);
    } else {
      model_.library().set_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
    }
  }
  // Brings the mjData that a lane lives in into its row. Where the user has changed that since the last step, the
  // state no longer comes about by that step.
  void take_over() {
    double* const now = row_ + layout_.now();
    const std::vector<double> known(now, now + layout_.num_state);
    load();
    if (std::memcmp(known.data(), now, layout_.num_state * sizeof(double)) != 0) {
      note_state();
      row_[0] = MujocoRow::kReset;
    }
    is_kept_ = true;
  }
  // Notes how the next state comes about.
  void note_state() { layout_.note_state(row_); }
  void note(const float* action) { layout_.note(row_, action); }
  // Keeps the new state, and what is reported about it.
  void keep(double kind) {
    if constexpr (requires { Env::remember(sim_, *params_); }) Env::remember(sim_, *params_);
    observe();
    double* const now = row_ + layout_.now();
    model_.library().get_state(model_.raw(), sim_.data().raw, now, model_.state_signature());
    // which a reset leaves at zero
    if (model_.is_live() && kind == MujocoRow::kStepped) sim_.compute_contact_forces();
    row_[0] = kind;
    is_kept_ = true;
  }
  void observe() {
    Writer observation(row_ + layout_.observation());
    Env::observe(sim_, *params_, observation);
  }
  void clear_warnings() const {
    for (const int kind : model_.divergences()) sim_.data().warnings[2 * static_cast<std::size_t>(kind)] = 0;
  }
  void count_warnings() {
    for (const int kind : model_.divergences()) {
      row_[2] += static_cast<double>(sim_.data().warnings[2 * static_cast<std::size_t>(kind)]);
    }
  }

  mujoco::Sim& sim() { return sim_; }
  double* row() { return row_; }
  Writer infos() { return Writer(row_ + layout_.info()); }
  const MujocoRow& places() const { return layout_; }
  const typename Shape::Params& params() const { return *params_; }

 private:
  double* const row_;
  const MujocoRow layout_;
  const typename Shape::LaneParams params_;
  const mujoco::Model& model_;
  const mujoco::Model::Lease lease_;
  const mujoco::Guard guard_;
  mujoco::Sim sim_;
  bool is_kept_ = false;
};

}  // namespace plyo
