// The running games of an Atari batch, and the actions that it takes.
#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "register.hpp"
#include "running_games.hpp"

namespace plyo::bindings {
namespace {

// Actions of a batch as a list; None for what is not an array of one legal number for each lane.
py::object plain_actions(const py::handle& actions, std::size_t num_envs, std::int64_t count) {
  const auto array = PlainArray::from(actions.ptr());
  if (!array || array->num_dimensions() != 1 || array->size() != num_envs) return py::none();
  return spaces::visit_type(array->type(), [&](auto example) -> py::object {
    using Number = decltype(example);
    if constexpr (std::is_integral_v<Number>) {
      const auto* const numbers = static_cast<const Number*>(array->data());
      py::list list(num_envs);
      for (std::size_t i = 0; i < num_envs; ++i) {
        // NOLINTNEXTLINE(bugprone-signed-char-misuse): an int8 is a number here, no letter
        const auto number = static_cast<std::int64_t>(numbers[i]);
        if (number < 0 || number >= count) return py::none();
        list[i] = number;
      }
      return list;
    } else {
      return py::none();
    }
  });
}

}  // namespace

void register_atari_games(py::module_& module) {
  py::class_<RunningGames>(module, "RunningGames", "What an Atari batch keeps of its running games.")
      .def(py::init<std::size_t, bool, bool>(), py::arg("num_envs"), py::arg("clips"),
           py::arg("lost_life_ends"),
           "clips: rewards are returned between -1 and 1, and whole in the infos. lost_life_ends: a lost "
           "life is returned as an end of the episode.")
      .def("begin", &RunningGames::begin, py::arg("lanes"), py::arg("seeds"), py::arg("lives"),
           "Begins the episodes of some lanes. seeds has a seed or None for each: without one, a lane that "
           "has only lost a life goes on with its game. lives, int32 (num_envs,), are those of all lanes.")
      .def("count", &RunningGames::count, py::arg("played"), py::arg("is_stepped"),
           "Counts a step and returns observations, rewards, terminated, truncated and infos. played is what "
           "an engine has (plyo.envs.atari.played); is_stepped, bool (num_envs,), are the lanes that have "
           "taken the step, None for all.")
      .def("counts", &RunningGames::counts, py::arg("played"), "The infos that each call has.")
      .def_property_readonly("ended", &RunningGames::ended,
                             "The lanes whose episodes have ended, so that the next step begins others.")
      .def_property_readonly("has_ended", &RunningGames::has_ended, "Whether an episode has.")
      .def("game", &RunningGames::game, py::arg("lane"),
           "The score and the length of a lane's game, and whether it is over.")
      .def(
          "set_game",
          [](RunningGames& games, std::size_t lane, double score, std::int64_t length, std::int32_t lives,
             bool is_over, bool has_ended) {
            games.set_game(lane, {.score = score,
                                  .length = length,
                                  .lives = lives,
                                  .is_over = is_over,
                                  .has_ended = has_ended});
          },
          py::arg("lane"), py::arg("score"), py::arg("length"), py::arg("lives"), py::arg("is_over"),
          py::arg("has_ended"), "Restores the game of a lane.");
  module.def(
      "plain_actions", &plain_actions, py::arg("actions"), py::arg("num_envs"), py::arg("count"),
      "Actions as a list; None for what is not a plain array of num_envs integers from 0 to count - 1.");
}

}  // namespace plyo::bindings
