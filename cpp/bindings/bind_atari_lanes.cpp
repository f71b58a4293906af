// The lanes of an Atari batch: what they play, show and count.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "arrays.hpp"
#include "lane_bell.hpp"
#include "lane_frames.hpp"
#include "lane_player.hpp"
#include "lane_results.hpp"
#include "lane_team.hpp"
#include "register.hpp"

namespace plyo::bindings {
void register_atari_lanes(py::module_& module) {
  py::class_<LaneFrames>(module, "LaneFrames",
                         "The last frames of the steps of an Atari lane, and the ring of its pictures.")
      .def(
          py::init<py::object, py::object, const py::object&, py::list, py::array, py::array, py::array,
                   py::array>(),
          py::arg("get_screen"), py::arg("get_colours"), py::arg("shrink"), py::arg("frames"),
          py::arg("kept"), py::arg("seen"), py::arg("palette"), py::arg("ring"),
          "get_screen writes a frame into an array, get_colours returns its picture. frames, one array or "
          "two, are where frames are taken, the last one first; kept, (n, height, width), has those of the "
          "step before. seen, (256,), has 1 for the values whose colours palette, (256,) or (256, 3), has. "
          "shrink, an AreaShrink or None, makes the pictures of ring, (stack, ...). All arrays are of uint8.")
      .def("take_last", &LaneFrames::take_last, "Takes the present frame as the last of its step.")
      .def("take_before", &LaneFrames::take_before,
           "Takes the present frame as the last but one of its step, if pictures show it.")
      .def("turn", &LaneFrames::turn, "Goes to the next place of the ring.")
      .def("add", &LaneFrames::add,
           "Turns the ring and writes the picture of a step of which all frames were taken; False without "
           "one.")
      .def("begin", &LaneFrames::begin, "Begins an episode with the present frame as that of its first step.")
      .def("keep", &LaneFrames::keep, "Ends a step without a picture: takes its frames over into kept.")
      .def("restore", &LaneFrames::restore, py::arg("is_first"),
           "Goes on from frames that were written into kept; is_first as the property.")
      .def_property_readonly("newest", &LaneFrames::newest, "The place of the newest picture in the ring.")
      .def_property_readonly("is_whole", &LaneFrames::is_whole,
                             "Whether the last frame of the step was taken.")
      .def_property_readonly("is_first", &LaneFrames::is_first,
                             "Whether the step is the first of its episode, before which there is no frame.");
  py::class_<LaneCounts>(module, "LaneCounts", "What a lane of an Atari batch counts.")
      .def(py::init<>())
      .def_readwrite("reward", &LaneCounts::reward)
      .def_readwrite("terminated", &LaneCounts::terminated)
      .def_readwrite("truncated", &LaneCounts::truncated)
      .def_readwrite("is_over", &LaneCounts::is_over)
      .def_readwrite("lives", &LaneCounts::lives)
      .def_readwrite("frame_number", &LaneCounts::frame_number)
      .def_readwrite("episode_frame_number", &LaneCounts::episode_frame_number)
      .def_readwrite("elapsed_frames", &LaneCounts::elapsed_frames)
      .def_readwrite("elapsed_steps", &LaneCounts::elapsed_steps);
  py::class_<LanePlayer>(module, "LanePlayer", "Plays the steps of an Atari lane.")
      .def(py::init([](const py::object& ale, py::object frames, py::object add_rest, py::object fire,
                       int max_frames, int max_steps, bool lost_life_ends, bool lost_life_restarts) {
             return LanePlayer(ale, std::move(frames), std::move(add_rest), std::move(fire),
                               {.max_frames = max_frames,
                                .max_steps = max_steps,
                                .lost_life_ends = lost_life_ends,
                                .lost_life_restarts = lost_life_restarts});
           }),
           py::arg("ale"), py::arg("frames"), py::arg("add_rest"), py::arg("fire"), py::arg("max_frames"),
           py::arg("max_steps"), py::arg("lost_life_ends"), py::arg("lost_life_restarts"),
           "ale is the emulator. frames, LaneFrames or None, takes the last two frames of a step; add_rest() "
           "is called where it adds no picture. fire(), or None, is called after a lost life and returns a "
           "reward. Episodes have at most max_frames frames and, unless it is 0, max_steps steps; a lost "
           "life ends one or the game too.")
      .def("step", &LanePlayer::step, py::arg("lane"), py::arg("action"), py::arg("hold"),
           py::arg("strength"), py::arg("count"),
           "Plays count frames, or fewer where the episode ends, and writes what lane, LaneCounts, counts. "
           "hold, or None, makes of the action that of each frame.")
      .def("count_again", &LanePlayer::count_again, py::arg("lane"),
           "Writes what the emulator counts into lane, LaneCounts.");
  py::class_<LaneResults>(module, "LaneResults", "What the lanes of an Atari batch show and count.")
      .def(py::init<const py::array&, std::size_t, const py::array&, const py::array&, const py::array&,
                    const py::array&>(),
           py::arg("rings"), py::arg("places"), py::arg("newest"), py::arg("rewards"), py::arg("flags"),
           py::arg("counts"),
           "rings, uint8 (lanes, ...), has places pictures for each lane, of which that at newest, int32 "
           "(lanes,), is the newest and the next one the oldest. rewards are float64 (lanes,), flags, bool "
           "(3, lanes), tell what has terminated, was truncated and is over; counts, int32 (3, lanes), are "
           "lives and the two numbers of frames.")
      .def("put", &LaneResults::put, py::arg("index"), py::arg("lane"), py::arg("newest"),
           "Writes what a lane counts, and the place of its newest picture.")
      .def("observations", &LaneResults::observations,
           "A copy of the rings, the newest picture of each last.")
      .def("take", &LaneResults::take,
           "Copies of the observations, the rewards, each of the flags and each of the counts.");
  py::class_<LaneTeam>(module, "LaneTeam", "Consecutive lanes of an Atari batch, which take turns.")
      .def(py::init<const py::object&, std::size_t, const py::array&, const py::array&, py::list, int>(),
           py::arg("results"), py::arg("first"), py::arg("actions"), py::arg("strengths"), py::arg("legal"),
           py::arg("count"),
           "results, LaneResults, takes what the lanes show, from that of number first on. actions, int32, "
           "and strengths, float64, have one for each of them: places in legal, a list of the emulator's "
           "actions, and how far a paddle is turned. A step has count frames; if it is 0, lanes play their "
           "own steps.")
      .def("join", &LaneTeam::join, py::arg("place"), py::arg("lane"), py::arg("player"), py::arg("hold"),
           "Takes a lane, LaneCounts, with its LanePlayer; hold as LanePlayer.step takes it. A step that "
           "begins an episode is left to its method step(action, strength).")
      .def("step", &LaneTeam::step, "Steps all lanes.")
      .def("serve", &LaneTeam::serve, py::arg("bell"),
           "Steps whenever the batch asks a LaneBell for it; returns when there is another message.");
  py::class_<LaneBell>(module, "LaneBell",
                       "How an Atari batch and its worker processes tell each other to step, and that it "
                       "is done.")
      .def(py::init<py::buffer>(), py::arg("memory"), "memory, zeros at first, is shared by all of them.")
      .def("ask", &LaneBell::ask, py::arg("workers"), py::arg("seconds"),
           "Lets all workers, of which there are so many, step; returns as wait does.")
      .def("wait", &LaneBell::wait, py::arg("seconds"),
           "Whether all workers have stepped, for which it waits so long.")
      .def("call", &LaneBell::call, "Wakes the workers, for one of which there is a message.")
      .def("done", &LaneBell::done, py::arg("has_failed"), "Says that a worker has stepped, or could not.")
      .def_property_readonly("has_failed", &LaneBell::has_failed,
                             "Whether a worker could not step when it was asked last.");
  module.def("write_actions", &write_actions, py::arg("actions"), py::arg("out"),
             "Writes a list of integers into an array of int32.");
}

}  // namespace plyo::bindings
