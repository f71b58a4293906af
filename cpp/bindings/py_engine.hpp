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
#include "../xla/port.hpp"
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

  // Waits for the end of a compiled program's call.
  ~PyEngine();
  PyEngine(const PyEngine&) = delete;
  PyEngine& operator=(const PyEngine&) = delete;

  Engine& engine() { return engine_; }
  // Whether rewards are float32.
  bool has_float_rewards() const { return float_rewards_; }
  py::handle reward_dtype() const { return float_rewards_ ? float32_dtype() : float64_dtype(); }

  // The whole batch.
  // `params` are as set_params() takes them, set before.
  py::tuple reset(const py::object& seed, const py::dict& options, const py::object& mask,
                  const py::object& out, const py::list& params);
  py::tuple step(const py::handle& actions, const py::object& out) { return step_so({}, actions, out); }
  // The same on another course.
  py::tuple step_so(const StepCourse& course, const py::handle& actions, const py::object& out);
  // The same with the episodes that ended in compact form; `out` has dones and next observations as well.
  // Without `wants_next` there are no next observations.
  py::object step_compact(const py::handle& actions, const py::object& out, bool wants_next);
  // What Stable-Baselines3 wants of a step: observations, rewards of float32, dones, a list of dictionaries. Times are
  // in seconds after `start`, which is one of the system's clock. `reset_infos` gets those of the lanes that were reset.
  py::tuple step_listed(const py::handle& actions, double start, const py::list& reset_infos);
  // Some lanes in the order of `lanes`, an entry of which every row belongs to.
  py::tuple step_lanes(const py::handle& actions, const py::handle& lanes);
  py::tuple reset_lanes(const py::handle& lanes, const py::object& seed, const py::dict& options,
                        const py::list& params);
  py::object observe();
  py::object observation_arrays();
  py::bytes get_state(const std::vector<std::size_t>& lanes);
  void set_state(const py::bytes& state, const std::vector<std::size_t>& lanes);
  // The arrays over time of a rollout: the caller's, checked, or fresh ones.
  py::dict trajectory_arrays(py::ssize_t num_steps, const std::vector<std::string>& record,
                             const py::dict& out) {
    return trajectory_arrays_of({}, num_steps, record, out);
  }
  // With room for the hidden states of a policy.
  py::dict trajectory_arrays_of(const HiddenShape& hidden, py::ssize_t num_steps,
                                const std::vector<std::string>& record, const py::dict& out);
  py::dict rollout(Policy& policy, py::ssize_t num_steps, const std::vector<std::string>& record,
                   const py::dict& out, double gamma, double gae_lambda);
  // The same with a Python function from observations to actions, between whose calls others may only read.
  py::dict rollout_calling(const py::object& policy, py::ssize_t num_steps,
                           const std::vector<std::string>& record, const py::dict& out);

  // Makes the lanes of a fresh batch of the same task and arguments copies: its lane i is sources[i] of this.
  void copy_into(PyEngine& twin, const std::vector<std::size_t>& sources, const py::object& seed);

  // The only lane of a single environment, in Gymnasium's types.
  py::tuple reset_one(const py::object& seed, const py::dict& options, const py::list& params);
  py::tuple step_one(const py::handle& action);

  // What compiled programs of XLA pass from call to call: uint32 of shape (4,). With `any_number` it never gets old.
  py::array_t<std::uint32_t> xla_handle(bool any_number);

  // Throws IndexError for a lane that there is not.
  void check_lane(std::size_t lane) const;

  // One lane's State and stream.
  py::bytes state_words(std::size_t lane);
  void set_state_words(std::size_t lane, const py::bytes& words);
  py::array_t<double> variables(std::size_t lane);
  void set_variables(std::size_t lane, const py::array_t<double, py::array::c_style>& values);
  std::optional<std::int32_t> elapsed_steps(std::size_t lane);
  // Of every lane, -1 where it was never reset.
  py::array_t<std::int32_t> all_elapsed_steps();
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
  // Those beside the parameters, float64 of shape (lanes, numbers).
  py::array lane_numbers(const std::vector<std::size_t>& lanes) const;
  // In steps, 0 for none.
  void set_time_limit(int max_episode_steps);
  py::object call(const std::string& name, const py::args& arguments) const;
  // Of MuJoCo tasks: makes the mjData of another model as it was after a lane's last step; or has the only
  // lane live in there from now on.
  void reproduce(std::size_t lane, MujocoModel& model);
  void go_live(MujocoModel& model);
  // And what the user does to a lane between steps.
  void look_again(std::size_t lane);
  void draw_start(std::size_t lane);
  void set_goal(std::size_t lane, const py::array_t<double, py::array::c_style>& goal);
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

  // Where the time goes: seconds of threads by phase, and what Profile::Reading has beside them.
  void start_profile() { engine_.start_profile(); }
  void stop_profile() { engine_.stop_profile(); }
  py::dict read_profile() const;

  // The bytes of one lane's action, one part after the other; raises InvalidAction.
  std::vector<std::byte> action_bytes(const py::handle& action) const;

 private:
  PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params, const py::dict& options,
           const py::object& resource, bool float_rewards);
  PyEngine(const EngineConfig& config, py::object resource, bool float_rewards);

  // The parameters that a reset sets; the store is made if there are any.
  ParamRequest masked_request(const py::list& settings, const std::uint8_t* mask,
                              std::optional<ValueStore>& store) const;
  void check_pictures() const;
  py::array draw(std::span<const std::size_t> lanes, const Shape& lead, const py::object& size,
                 const std::string& style, const py::object& out);
  bool worth_releasing(std::size_t num_lanes) const;
  bool worth_releasing() const { return worth_releasing(engine_.num_envs()); }
  Shape lead() const { return {static_cast<py::ssize_t>(engine_.num_envs())}; }
  py::array output(const py::object& given, std::size_t i, const char* name, py::handle dtype,
                   const Shape& shape);
  struct Extras;
  // The first arrays of a step: fresh, or the caller's out of a sequence.
  struct Outputs {
    ArrayList observations;
    py::array rewards, terminated, truncated;

    // Throws ValueError if some of them, the actions or `more` share memory.
    void check_apart(const ArrayList& actions,
                     const std::vector<std::pair<const char*, py::array>>& more = {}) const;
  };
  Outputs outputs(const py::object& out, const Shape& lead);
  StepArrays step_arrays(const Outputs& outputs) const;
  // What the caller gave in place `i`, or the array.
  static py::object given_or(const py::object& out, std::size_t i, const py::object& array);
  // The same of observations; kWhole: `out` is what the caller gave for them.
  static constexpr std::size_t kWhole = ~std::size_t{0};
  py::object observations_or_given(const py::object& out, std::size_t i, ArrayList&& observations) const;
  // Steps the whole batch. `checked` are the actions as to_actions() gives them.
  bool run_step(const py::handle& actions, const ArrayList& checked, bool are_copies,
                const StepArrays& arrays);
  // The episodes that ended, as plyo.vector.step_result has them.
  py::object ended_object(const EndedRows& ended);
  void add_extras(Extras& extras, StepArrays& arrays, const Shape& lead);
  // Fresh arrays of the info.
  ArrayList make_infos(const Shape& lead);
  // A bool array of `count`: this mask, or all true without one.
  py::array make_mask(const std::uint8_t* mask, std::size_t count);
  void add_infos(py::dict& info, const ArrayList& infos, const std::uint8_t* mask, bool is_reset);
  void add_info(py::dict& info, const ArrayList& infos, std::size_t k, const std::uint8_t* mask,
                bool is_reset);
  void add_flags(py::dict& info, const py::array& flags, std::size_t k, const std::uint8_t* mask);
  void add_step_infos(py::dict& info, const Extras& extras);
  py::dict reset_info(const ArrayList& infos, const std::uint8_t* mask);
  // The info of the lane in row `row`, in Gymnasium's types.
  py::dict lane_info(const ConstInfoLeaves& infos, bool is_reset, std::size_t row = 0) const;
  py::list listed_infos(const InfoLeaves& infos, const std::uint8_t* dones) const;
  py::dict ended_info(const EndedRows::Part& part, std::size_t row, const py::object& seconds) const;

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
    std::optional<InfoLeaves> info_leaves, final_info_leaves;  // their addresses
    std::vector<std::uint8_t> resets;  // the lanes that the step has reset, if some infos are of steps only
  };
  py::dict step_info(const py::array& terminated, const py::array& truncated, Extras& extras, bool any_ended);

  py::object resource_;  // what the task needs
  Engine engine_;
  std::shared_ptr<BufferPool> pool_;
  LaneStreams streams_;
  bool records_statistics_;
  bool float_rewards_;  // rewards are float32
  // the fields of an EndedEpisodes without rows, null before the first
  py::tuple no_ended_ = py::reinterpret_steal<py::tuple>(py::handle());
  std::vector<py::object> info_names_, mask_names_;  // the keys of infos, made once: they know their hashes
  bool warned_past_end_ = false;
  std::unique_ptr<xla::Port> port_;  // null until a compiled program is to reach the batch
};

}  // namespace plyo::bindings
