// The engine as Python sees it: arrays in and out, the GIL released while lanes are stepped.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../engine/buffer_pool.hpp"
#include "../engine/engine.hpp"
#include "../engine/errors.hpp"
#include "../rollout/policy.hpp"
#include "gil.hpp"
#include "lane_streams.hpp"
#include "leaf_arrays.hpp"
#include "mujoco_model.hpp"

namespace plyo::bindings {

// The names of infos after a prefix, as interned strings.
std::vector<py::object> interned_names(const InfoList& infos, const std::string& prefix);

class PyEngine {
 public:
  // `params` are the task's own keyword arguments, `options` those that all tasks share, as EngineOptions of
  // plyo.tasks.options gives them; they are taken out.
  PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params, const py::dict& options);

  Engine& engine() { return engine_; }

  // The whole batch.
  // `params` are as set_params() takes them, set before.
  py::tuple reset(const py::object& seed, const py::dict& options, const py::object& mask,
                  const py::object& out, const py::list& params);
  py::tuple step(const py::handle& actions, const py::object& out);
  py::object observe();
  py::object observation_arrays();
  py::bytes get_state(const std::vector<std::size_t>& lanes);
  void set_state(const py::bytes& state, const std::vector<std::size_t>& lanes);
  // The arrays over time of a rollout: the caller's, checked, or fresh ones.
  py::dict trajectory_arrays(py::ssize_t num_steps, const std::vector<std::string>& record,
                             const py::dict& out);
  py::dict rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                   const py::dict& out);
  // The same with a Python function from observations to actions, between whose calls others may only read.
  py::dict rollout_calling(const py::object& policy, py::ssize_t num_steps,
                           const std::vector<std::string>& record, const py::dict& out);

  // The only lane of a single environment, in Gymnasium's types.
  py::tuple reset_one(const py::object& seed, const py::dict& options, const py::list& params);
  py::tuple step_one(const py::handle& action);

  // Throws IndexError for a lane that there is not.
  void check_lane(std::size_t lane) const;

  // One lane's State and stream.
  py::bytes state_words(std::size_t lane);
  void set_state_words(std::size_t lane, const py::bytes& words);
  py::array_t<double> variables(std::size_t lane);
  void set_variables(std::size_t lane, const py::array_t<double, py::array::c_style>& values);
  std::optional<std::int32_t> elapsed_steps(std::size_t lane);
  py::dict stream_state(std::size_t lane);
  void set_stream_state(std::size_t lane, const py::dict& state);
  LaneStreams& streams() { return streams_; }
  // The lane gets another stream; bit generators over the old stream continue alone.
  void detach_streams(std::size_t lane);
  py::int_ entropy() const;

  // The spaces and infos under the batch's parameters, as plain Python values.
  py::dict observation_space() const;
  py::dict action_space() const;
  py::list infos() const;

  // Members of the task beside stepping.
  py::object attribute(const std::string& name, std::size_t lane) const;
  void set_attribute(const std::string& name, std::size_t lane, const py::object& value);
  // Parameters and constants: of one lane as a Python value, of listed lanes (all for an empty list) as an
  // array; texts and lists are the same for all.
  py::object param(const std::string& name, std::size_t lane) const;
  py::object param_values(const std::string& name, const std::vector<std::size_t>& lanes) const;
  void set_params(const py::list& settings, const std::vector<std::size_t>& lanes);
  // In steps, 0 for none.
  void set_time_limit(int max_episode_steps);
  py::object call(const std::string& name, const py::args& arguments) const;
  // Of MuJoCo tasks: makes the mjData of another model as it was after a lane's last step; or has the only
  // lane live in there from now on.
  void reproduce(std::size_t lane, MujocoModel& model);
  void go_live(MujocoModel& model);
  py::dict model() const;
  py::str render_text(std::size_t lane) const;

  // Pictures, uint8: of the listed lanes (n, height, width, 3), of one lane (height, width, 3), and of many
  // in rows of `columns`, `gap` pixels apart, on a ground of grey. `size` is (height, width) or None for the
  // scene's own; `out` is an array to draw into or None.
  py::array render(const std::vector<std::size_t>& lanes, const py::object& size, const std::string& style,
                   const py::object& out);
  py::array render_one(std::size_t lane, const py::object& size, const std::string& style,
                       const py::object& out);
  py::array render_grid(const std::vector<std::size_t>& lanes, std::size_t columns, const py::object& size,
                        std::size_t gap, const std::string& style);
  py::tuple picture_size() const;
  // One lane's picture as display list, and as SVG `width` CSS pixels wide.
  py::bytes display_list(std::size_t lane, const std::string& style) const;
  py::str svg(std::size_t lane, const std::string& style, int width, const std::string& title) const;

  // The bytes of one lane's action, one part after the other; raises InvalidAction.
  std::vector<std::byte> action_bytes(const py::handle& action) const;

 private:
  PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params, const py::dict& options,
           const py::object& resource);
  PyEngine(const EngineConfig& config, py::object resource);

  // The parameters that a reset sets; the store is made if there are any.
  ParamRequest masked_request(const py::list& settings, const std::uint8_t* mask,
                              std::optional<ValueStore>& store) const;
  void check_pictures() const;
  py::array draw(std::span<const std::size_t> lanes, const Shape& lead, const py::object& size,
                 const std::string& style, const py::object& out);
  bool worth_releasing() const;
  Shape lead() const { return {static_cast<py::ssize_t>(engine_.num_envs())}; }
  py::array output(const py::object& given, std::size_t i, const char* name, py::handle dtype,
                   const Shape& shape);
  struct Extras;
  // Fresh arrays of the info.
  ArrayList make_infos();
  // A bool array: this mask, or all true without one.
  py::array make_mask(const std::uint8_t* mask);
  void add_infos(py::dict& info, const ArrayList& infos, const std::uint8_t* mask, bool is_reset);
  void add_info(py::dict& info, const ArrayList& infos, std::size_t k, const std::uint8_t* mask,
                bool is_reset);
  void add_step_infos(py::dict& info, const Extras& extras);
  py::dict reset_info(const ArrayList& infos, const std::uint8_t* mask);
  py::dict lane_info(const InfoLeaves& infos, bool is_reset) const;

  // Reads an attribute. Unlike a call, which is refused while another thread uses the batch, it waits for the
  // end of that thread's call; Ctrl-C ends the waiting.
  template <class Read>
  static auto read_patiently(const Read& read) {
    for (;;) {
      try {
        return read();
      } catch (const InUse& error) {
        if (!error.can_wait) throw;
      }
      {
        const GilRelease release;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    }
  }

  // The records of a rollout, and their conversion to Python.
  struct Recording;
  void observe_reserved(const Leaves& observations);

  // The arrays that a step may have beside those that it returns.
  struct Extras {
    ArrayList infos, final_observations, final_infos;
    py::object returns, lengths, times;
    std::vector<std::uint8_t> resets;  // the lanes that the step has reset, if some infos are of steps only
  };
  py::dict step_info(const py::array& terminated, const py::array& truncated, Extras& extras, bool any_ended);

  py::object resource_;  // what the task needs
  Engine engine_;
  std::shared_ptr<BufferPool> pool_;
  LaneStreams streams_;
  bool records_statistics_;
  std::vector<py::object> info_names_, mask_names_;  // the keys of infos, made once: they know their hashes
  bool warned_past_end_ = false;
};

}  // namespace plyo::bindings
