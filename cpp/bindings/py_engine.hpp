// The engine as Python sees it: arrays in and out, the GIL released while lanes are stepped.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "../engine/buffer_pool.hpp"
#include "../engine/engine.hpp"
#include "../rollout/policy.hpp"
#include "arrays.hpp"

namespace plyo::bindings {

class PyEngine {
 public:
  PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params, const std::string& math,
           const std::string& autoreset_mode, int max_episode_steps, int num_threads, bool record_statistics);

  Engine& engine() { return engine_; }

  // The whole batch.
  py::array reset(const py::object& seed, const py::dict& options, const py::object& mask,
                  const py::object& out);
  py::tuple step(const py::handle& actions, const py::object& out);
  py::array observe();
  py::bytes get_state(const std::vector<std::size_t>& lanes);
  void set_state(const py::bytes& state, const std::vector<std::size_t>& lanes);
  // The arrays over time of a rollout: the caller's, checked, or fresh ones.
  py::dict trajectory_arrays(py::ssize_t num_steps, const std::vector<std::string>& record,
                             const py::dict& out);
  py::dict rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                   const py::dict& out, bool continues);

  // The only lane of a single environment, in Gymnasium's types.
  py::object reset_one(const py::object& seed, const py::dict& options);
  py::tuple step_one(const py::handle& action);

  // One lane's State and stream.
  py::bytes state_words(std::size_t lane);
  void set_state_words(std::size_t lane, const py::bytes& words);
  py::array_t<double> variables(std::size_t lane);
  void set_variables(std::size_t lane, const py::array_t<double, py::array::c_style>& values);
  std::optional<std::int32_t> elapsed_steps(std::size_t lane);
  py::dict stream_state(std::size_t lane);
  void set_stream_state(std::size_t lane, const py::dict& state);
  py::int_ entropy() const;

  // The bytes of one lane's action; raises InvalidAction.
  std::vector<std::byte> action_bytes(const py::handle& action) const;

 private:
  void check_lane(std::size_t lane) const;
  bool worth_releasing() const;
  void read_action(const py::handle& action, void* row) const;
  Shape batch_shape(const SpaceInfo& space) const;
  py::array output(const py::object& given, std::size_t i, const char* name, py::handle dtype,
                   const Shape& shape);
  py::dict step_info(const py::array& terminated, const py::array& truncated,
                     const py::array& final_observations, const py::array& returns, const py::array& lengths,
                     const py::array& times);

  Engine engine_;
  std::shared_ptr<BufferPool> pool_;
  bool records_statistics_;
  bool warned_past_end_ = false;
};

}  // namespace plyo::bindings
