// A chain of wrappers around a native batch: their stages, run over a step or a rollout in one call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../engine/stages/stage_chain.hpp"
#include "../engine/usage.hpp"
#include "lent_stages.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {

class PyStageChain {
 public:
  // `wrappers` are tuples (stage, wrapper, arguments, observations, pins), the innermost first. `observations` is None,
  // or (dtype, its name, shape) of those that the stage shows; pins are (object, attribute, value).
  PyStageChain(PyEngine& engine, const py::list& wrappers);

  // How many of the wrappers, counted from the innermost, have a stage for this batch.
  std::size_t size() const { return lent_.size(); }
  // Whether the arrays of the engine may be those of the chain.
  bool keeps_arrays() const { return is_in_place_; }

  // Whether the attributes that the stages were made from are still the same.
  bool holds() const;

  // As PyEngine::step; None if a wrapper has state of another form and must run by itself: nothing has changed then.
  py::object step(const py::object& engine, const py::object& actions, const py::object& out,
                  double clock_offset);
  // As PyEngine::rollout and rollout_calling, for a native policy or a Python function; None likewise.
  py::object rollout(const py::object& engine, const py::object& policy, py::ssize_t num_steps,
                     const std::vector<std::string>& record, const py::dict& out, double gamma,
                     double gae_lambda, double clock_offset);

 private:
  // The observations that a stage shows.
  struct Shown {
    py::object dtype;
    Shape shape;  // of one environment
    Number number{};
  };
  // An attribute that the stages were made from: with another value they do not hold.
  struct Pin {
    py::object owner;
    PyObject* name;
    py::object value;
  };
  struct Recording;

  bool add(const py::tuple& wrapper);
  void show_as(const py::tuple& described, const py::object& dtype, const Shape& shape);
  bool take_bounds(const std::string& name, const py::object& wrapper);
  bool borrow();
  Shape with_envs(const Shape& shape) const;
  const Shown& last_shown() const { return shown_.back(); }
  bool shows() const { return !shown_.empty(); }
  py::object take_actions(const SpaceInfo& space, const py::object& actions);
  py::object engine_out(const py::object& out, py::object& last);
  void read_finals(StageStep& step, const py::object& finals);
  void write_finals(const StageStep& step, const py::object& finals) const;
  void run_native(PyEngine& engine, Policy& policy, Recording& recording, double clock_offset);
  void run_calling(PyEngine& engine, const py::object& policy, Recording& recording, double clock_offset);
  py::object observations_to_object(const Leaves& rows) const;

  StageBatch batch_;
  std::vector<std::unique_ptr<LentStage>> lent_;
  std::vector<Pin> pins_;
  StageChain chain_;
  std::vector<Shown> shown_;     // by each stage that shows observations
  std::vector<RowSizes> sizes_;  // of the observations of the task, and of each of these
  bool is_in_place_ = true;
  std::vector<double> rewards_;  // in which stages compute, where those of the batch are float32
  SpaceInfo action_space_;       // of the outermost wrapper
  SpaceInfo observation_space_;  // likewise, as policies know it
  bool policies_can_see_ = true;
  std::vector<RowBuffer> rows_, finals_;
  std::vector<std::int64_t> ended_;
  std::vector<std::uint8_t> marks_;
  Usage usage_{"this batch of environments"};
};

}  // namespace plyo::bindings
