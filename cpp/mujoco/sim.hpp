// A lane while it is simulated: an mjData with its state, and what a task writes about it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "../core/rng.hpp"
#include "../core/text.hpp"
#include "model.hpp"

namespace plyo::mujoco {

// The parameters of every task. A task's own come after them.
struct CommonParams {
  const Model* model = nullptr;             // given when a batch is made
  const OwnNumbers* own_numbers = nullptr;  // of the lane; null where it has those of the model
  Text xml_file;
  std::int64_t frame_skip;  // substeps of MuJoCo a step
  bool report_warnings = false;

  constexpr CommonParams(Text file, std::int64_t skip) : xml_file(file), frame_skip(skip) {}
};

// Writes numbers one after the other.
class Writer {
 public:
  explicit Writer(double* at) : next_(at) {}

  void put(double number) { *next_++ = number; }
  void put(Reals numbers) { put(numbers, 0); }
  // The numbers from `first` on.
  void put(Reals numbers, std::size_t first) { put(numbers, first, numbers.count); }
  // Those in [first, last).
  void put(Reals numbers, std::size_t first, std::size_t last) {
    if (last > first) std::memcpy(next_, numbers.at + first, (last - first) * sizeof(double));
    next_ += last - first;
  }
  // All of them, clipped as by np.clip.
  void put_clipped(Reals numbers, double low, double high, std::size_t first = 0) {
    for (std::size_t i = first; i < numbers.count; ++i) put(clip(numbers[i], low, high));
  }

  double* next() const { return next_; }

  // np.clip of one number: NaN stays.
  static double clip(double number, double low, double high) {
    const double raised = number < low ? low : number;
    return raised > high ? high : raised;
  }

 private:
  double* next_;
};

class Sim {
 public:
  // `before` gets the state that a reset ends with forward(); `carried` are the task's numbers.
  Sim(const Model& model, const Data& data, double* before, double* carried)
      : memory(carried), model_(model), data_(data), before_(before) {}
  // A lane whose substeps a pack has taken, or some of them: `data` is in its state before the step. Where the pack
  // has taken all, data has no mjData, but the arrays of PackRun::open().
  Sim(const Model& model, const Data& data, double* before, double* carried, const PackRun& run,
      std::size_t seat)
      : memory(carried), model_(model), data_(data), before_(before), run_(&run), seat_(seat) {}

  // The task's own numbers: what it reads of the state before a step.
  double* const memory;

  const Model& model() const { return model_; }
  const Data& data() const { return data_; }
  Reals qpos() const { return data_.qpos; }
  Reals qvel() const { return data_.qvel; }
  // The position of a body, or of a site.
  const double* body_position(std::size_t body) const { return data_.xpos.at + 3 * body; }
  const double* site_position(std::size_t site) const { return data_.site_xpos.at + 3 * site; }
  // Seconds of a step.
  double dt(const CommonParams& params) const {
    return *model_.timestep * static_cast<double>(params.frame_skip);
  }

  // ---- in a reset ----

  // The state of mj_resetData; the task then writes qpos and qvel, and calls forward().
  void begin() {
    if (model_.is_live()) return model_.library().reset_data(model_.raw(), data_.raw);
    model_.library().set_state(model_.raw(), data_.raw, model_.initial_state(), model_.state_signature());
    std::fill(data_.cfrc_ext.begin(), data_.cfrc_ext.end(), 0.0);
  }
  // The same state with other first numbers: the time, positions and velocities, one after the other.
  void begin_at(const double* start) {
    std::vector<double> state = whole_state();
    std::copy_n(start, num_start(), state.begin());
    model_.library().set_state(model_.raw(), data_.raw, state.data(), model_.state_signature());
  }
  // Those numbers of the present state.
  std::vector<double> start() const {
    std::vector<double> state = whole_state();
    state.resize(num_start());
    return state;
  }
  std::size_t num_start() const { return 1 + model_.nq + model_.nv; }
  void forward() {
    model_.library().get_state(model_.raw(), data_.raw, before_, model_.state_signature());
    model_.library().forward(data_.model, data_.raw);
  }

  // numbers[i] = start[i] + uniform(-scale, scale).
  void draw_uniform(Reals numbers, const double* start, double scale, Rng& rng) const {
    for (std::size_t i = 0; i < numbers.count; ++i) {
      numbers[i] = (start == nullptr ? 0.0 : start[i]) + rng.uniform(-scale, scale);
    }
  }
  // numbers[i] = scale * standard_normal().
  void draw_normal(Reals numbers, double scale, Rng& rng) const {
    for (double& number : numbers) number = 0.0 + scale * model_.standard_normal(rng);
  }

  // ---- in a step ----

  // Writes an action of float32 to the controls, as they are.
  void act(const float* action) {
    for (std::size_t i = 0; i < data_.ctrl.count; ++i) data_.ctrl[i] = static_cast<double>(action[i]);
  }
  // Takes the substeps of a step. Positions of bodies and all else that MuJoCo derives from the state then
  // belong to its last evaluation of the forces, not to the new state, as in Gymnasium.
  void simulate(const CommonParams& params) {
    if (is_packed()) return run_->put(seat_, data_);
    std::int64_t taken = 0;
    if (run_ != nullptr && run_->taken(seat_) > 0) {
      taken = run_->taken(seat_);
      model_.library().set_state(model_.raw(), data_.raw, run_->state(seat_), model_.state_signature());
    }
    for (std::int64_t i = taken + 1; i < params.frame_skip; ++i) take_substep(data_.between);
    if (params.frame_skip > 0) take_substep(data_.model);
  }
  // Computes what follows from the state in the middle of a step.
  void evaluate() { model_.library().forward(data_.model, data_.raw); }
  // Computes where bodies and sites are in the middle of a step, and their Jacobians; forces too where somebody
  // else may read them.
  void evaluate_places() {
    if (!model_.places_suffice) return evaluate();
    model_.library().kinematics(data_.model, data_.raw);
    model_.library().com_pos(data_.model, data_.raw);
  }
  // Computes the external forces on the bodies, cfrc_ext.
  void compute_contact_forces() {
    // which a pack has done
    if (!is_packed()) model_.library().rne_post_constraint(data_.model, data_.raw);
  }

 private:
  void take_substep(const void* model) {
    if (data_.near_pairs != nullptr) return data_.near_pairs->step();
    model_.library().step(model, data_.raw);
  }
  bool is_packed() const { return run_ != nullptr && !run_->has_escaped(seat_); }
  std::vector<double> whole_state() const {
    std::vector<double> state(model_.num_state);
    model_.library().get_state(model_.raw(), data_.raw, state.data(), model_.state_signature());
    return state;
  }

  const Model& model_;
  const Data& data_;
  double* const before_;
  const PackRun* const run_ = nullptr;
  const std::size_t seat_ = 0;
};

}  // namespace plyo::mujoco
