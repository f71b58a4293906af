// plyo._native.Engine.
#include <pybind11/stl.h>

#include "py_engine.hpp"
#include "register.hpp"

namespace plyo::bindings {
void register_engine(py::module_& module) {
  py::class_<PyEngine> engine(module, "Engine", "A batch of one task's environments.");
  add_steps(engine);
  engine
      .def(py::init([](const std::string& task, std::size_t num_envs, const py::dict& params,
                       const py::kwargs& options) {
             return std::make_unique<PyEngine>(task, num_envs, params, options);
           }),
           py::kw_only(), py::arg("task"), py::arg("num_envs"), py::arg("params"))
      .def("start_profile", &PyEngine::start_profile, "Counts from now on where the time goes.")
      .def("stop_profile", &PyEngine::stop_profile)
      .def("read_profile", &PyEngine::read_profile, "The counters since the start, as a dictionary.")
      .def("observation_arrays", &PyEngine::observation_arrays, "Arrays of zeros to write observations into.")
      .def("observation_space", &PyEngine::observation_space,
           "The observation space of one environment, as plain values.")
      .def("action_space", &PyEngine::action_space, "The action space of one environment, as plain values.")
      .def("infos", &PyEngine::infos, "The keys of the info of one environment, as plain values.")
      .def("attribute", &PyEngine::attribute, py::arg("name"), py::arg("lane"),
           "The value of one of the task's attributes.")
      .def("set_attribute", &PyEngine::set_attribute, py::arg("name"), py::arg("lane"), py::arg("value"))
      .def("param", &PyEngine::param, py::arg("name"), py::arg("lane"),
           "A parameter or constant of one lane.")
      .def("param_values", &PyEngine::param_values, py::arg("name"), py::arg("lanes"),
           "A parameter or constant of the listed lanes, of all for an empty list.")
      .def("set_params", &PyEngine::set_params, py::arg("settings"), py::arg("lanes"),
           "Sets parameters and constants of the listed lanes, of all for an empty list.")
      .def("lane_numbers", &PyEngine::lane_numbers, py::arg("lanes"),
           "The numbers beside parameters of the listed lanes, of all for an empty list: float64 (n, "
           "numbers).")
      .def("set_time_limit", &PyEngine::set_time_limit, py::arg("max_episode_steps"))
      .def("reproduce", &PyEngine::reproduce, py::arg("lane"), py::arg("model"),
           "Makes the mjData of a model as it was after the lane's last step.")
      .def("go_live", &PyEngine::go_live, py::arg("model"),
           "From now on the only environment lives in the mjData of a model.")
      .def("look_again", &PyEngine::look_again, py::arg("lane"),
           "Observes a lane anew that lives in memory of the user's.")
      .def("draw_start", &PyEngine::draw_start, py::arg("lane"),
           "Draws the state in which an episode begins, without beginning one.")
      .def("set_goal", &PyEngine::set_goal, py::arg("lane"), py::arg("goal"),
           "Gives a lane another goal, float64.")
      .def("call", &PyEngine::call, py::arg("name"), "Calls one of the task's methods.")
      .def("model", &PyEngine::model, "The transitions of every state and action, as arrays.")
      .def("render_text", &PyEngine::render_text, py::arg("lane"))
      .def("render_grid", &PyEngine::render_grid, py::arg("lanes"), py::arg("columns"), py::arg("size"),
           py::arg("gap"), py::arg("style"), "One picture of the listed lanes, in rows.")
      .def("display_list", &PyEngine::display_list, py::arg("lane"), py::arg("style"),
           "The picture of one lane as the bytes of a display list.")
      .def("svg", &PyEngine::svg, py::arg("lane"), py::arg("style"), py::arg("width"), py::arg("title"),
           "The picture of one lane as an <svg> element.")
      .def("picture_size", &PyEngine::picture_size, "(height, width) of the task's own pictures.")
      .def("trajectory_arrays", &PyEngine::trajectory_arrays, py::arg("num_steps"), py::arg("record"),
           py::arg("out"), "The arrays over time of a rollout: the caller's, checked, or fresh ones.")
      .def("rollout", &PyEngine::rollout, py::arg("policy"), py::arg("num_steps"), py::arg("record"),
           py::arg("out"), py::arg("gamma"), py::arg("gae_lambda"))
      .def("rollout_calling", &PyEngine::rollout_calling, py::arg("policy"), py::arg("num_steps"),
           py::arg("record"), py::arg("out"),
           "A rollout that asks a Python function for the actions of every step.")
      .def("get_state", &PyEngine::get_state, py::arg("lanes"),
           "A snapshot of the listed lanes, of all for an empty list.")
      .def("set_state", &PyEngine::set_state, py::arg("state"), py::arg("lanes"))
      .def("copy_into", &PyEngine::copy_into, py::arg("twin"), py::arg("sources"), py::arg("seed"),
           "Makes the lanes of a fresh batch copies of these: its lane i is sources[i] of this.")
      .def("state_words", &PyEngine::state_words, py::arg("lane"), "The bytes of one lane's State.")
      .def("set_state_words", &PyEngine::set_state_words, py::arg("lane"), py::arg("words"))
      .def("variables", &PyEngine::variables, py::arg("lane"), "The variables of one lane's State.")
      .def("set_variables", &PyEngine::set_variables, py::arg("lane"), py::arg("values"))
      .def("elapsed_steps", &PyEngine::elapsed_steps, py::arg("lane"),
           "Steps since the last reset of a lane, None if it was never reset.")
      .def("all_elapsed_steps", &PyEngine::all_elapsed_steps,
           "The same of every lane: int32, -1 where it was never reset.")
      .def("stream_state", &PyEngine::stream_state, py::arg("lane"), "As numpy.random.PCG64.state.")
      .def("set_stream_state", &PyEngine::set_stream_state, py::arg("lane"), py::arg("state"))
      .def(
          "lane_stream",
          [](const py::object& self, std::size_t lane) {
            py::cast<PyEngine&>(self).check_lane(lane);
            return std::make_unique<LaneStream>(self, lane);
          },
          py::arg("lane"), "The random stream of a lane, for a bit generator.")
      .def("detach_streams", &PyEngine::detach_streams, py::arg("lane"),
           "Bit generators over a lane's stream go on alone.")
      .def("xla_handle", &PyEngine::xla_handle, py::arg("any_number"),
           "What compiled programs of XLA pass from call to call: uint32 of shape (4,).")
      .def_property_readonly("entropy", &PyEngine::entropy, "The seed of lane 0 if no seed is given.")
      .def_property_readonly("num_threads", [](PyEngine& self) { return self.engine().num_threads(); });
}

}  // namespace plyo::bindings
