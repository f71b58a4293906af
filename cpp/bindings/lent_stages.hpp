// Stages over the state of wrappers in Python. A wrapper lends its arrays for a call and has the results
// afterwards, so that it may as well run by itself, be copied or pickled.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../core/space.hpp"
#include "../engine/autoreset.hpp"
#include "../engine/buffer_pool.hpp"
#include "../engine/stages/batch_stage.hpp"

namespace plyo {
class Engine;
}

namespace plyo::bindings {

namespace py = pybind11;

// What all stages of a chain know of their batch.
struct StageBatch {
  Engine& engine;
  std::size_t num_envs = 0;
  AutoresetRules autoreset{};
  bool has_float_rewards = false;
  SpaceInfo observation_space;  // of the task
  std::shared_ptr<BufferPool> pool;
};

// The episodes that a step has ended.
struct EndedNow {
  const std::uint8_t* marks;  // a byte a lane
  std::span<const std::int64_t> lanes;
};

class LentStage {
 public:
  explicit LentStage(py::object wrapper) : wrapper_(std::move(wrapper)) {}
  virtual ~LentStage() = default;
  LentStage(const LentStage&) = delete;
  LentStage& operator=(const LentStage&) = delete;

  virtual BatchStage& stage() = 0;
  const py::object& wrapper() const { return wrapper_; }

  // Reads the wrapper's state. False if it has another form than the stage knows: the wrapper has to run by itself.
  virtual bool borrow() { return true; }
  // After borrow(): works on copies until give_back(), so that a rollout that fails changes nothing.
  virtual void detach() {}
  // Hands the state back after a step or a rollout.
  virtual void give_back() {}
  // Makes arrays for the info of a step whose episodes have ended, before the stage runs.
  virtual void prepare_info() {}
  // Adds to the info of a step, before give_back().
  virtual void add_info(py::dict& /*info*/, const EndedNow& /*ended*/) {}

 private:
  py::object wrapper_;
};

// The observations in front of a stage.
struct StageInput {
  RowFormat rows;  // of a single leaf
  py::tuple shape;
  bool is_task = false;  // the task's own observations
};

// The stage of a name; `arguments` are its own, as plyo.wrappers.vector._fusing gives them. Null if the stage does
// not know such observations or arguments.
std::unique_ptr<LentStage> make_lent_stage(const std::string& name, const py::object& wrapper,
                                           const py::tuple& arguments, const StageInput& input,
                                           const StageBatch& batch);

// The number type of a name in NumPy or ml_dtypes; throws ValueError for others.
Number number_named(const std::string& name);

}  // namespace plyo::bindings
