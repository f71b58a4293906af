// The steps of a lane of an Atari batch, played by the methods of its emulator.
#pragma once

#include <cstdint>
#include <utility>

#include "lane_frames.hpp"

namespace plyo::bindings {

// What a lane counts, as plyo.envs.atari.lane says.
struct LaneCounts {
  double reward = 0;
  bool terminated = false;
  bool truncated = false;
  bool is_over = true;
  int lives = 0;
  int frame_number = 0;
  int episode_frame_number = 0;
  int elapsed_frames = 0;
  int elapsed_steps = 0;
};

class LanePlayer {
 public:
  // What ends an episode.
  struct Limits {
    int max_frames = 0;
    int max_steps = 0;  // 0: none
    bool lost_life_ends = false;
    bool lost_life_restarts = false;
  };

  LanePlayer(const py::object& ale, py::object frames, py::object add_rest, py::object fire,
             const Limits& limits)
      : act_(ale.attr("act")),
        game_over_(ale.attr("game_over")),
        lives_(ale.attr("lives")),
        frame_number_(ale.attr("getFrameNumber")),
        episode_frame_number_(ale.attr("getEpisodeFrameNumber")),
        frames_object_(std::move(frames)),
        add_rest_(std::move(add_rest)),
        fire_(std::move(fire)),
        frames_(frames_object_.is_none() ? nullptr : frames_object_.cast<LaneFrames*>()),
        limits_(limits) {}

  // Plays the frames of a step; the last two before an end are not looked at.
  void step(LaneCounts& lane, const py::object& action, const py::object& hold, const py::object& strength,
            int count) const {
    ++lane.elapsed_steps;
    long reward = 0;
    bool is_over = false;
    for (int left = count; left > 0; --left) {
      const py::object button = hold.is_none() ? action : call_fast(hold, action);
      reward += number(call_fast(act_, button, strength));
      ++lane.elapsed_frames;
      is_over = is_game_over();
      if (is_over || lane.elapsed_frames >= limits_.max_frames) break;
      if (limits_.lost_life_restarts && is_lost(lane)) break;
      if (frames_ == nullptr) continue;
      if (left == 1) {
        frames_->take_last();
      } else if (left == 2) {
        frames_->take_before();
      }
    }
    const bool lost = is_lost(lane);
    if (frames_ == nullptr || !frames_->add()) call_fast(add_rest_);
    if (lost && !is_over && !fire_.is_none()) {
      reward += number(call_fast(fire_));
      is_over = is_game_over();
    }
    const bool ends = lane.elapsed_frames >= limits_.max_frames ||
                      (limits_.max_steps != 0 && lane.elapsed_steps >= limits_.max_steps);
    lane.reward = static_cast<double>(reward);
    lane.terminated = is_over || (lost && limits_.lost_life_ends);
    lane.truncated = ends && !lane.terminated;
    lane.is_over = is_over || ends || (lost && limits_.lost_life_restarts);
    count_again(lane);
  }

  // The place of the newest picture in the ring of the lane.
  std::int32_t newest() const {
    return frames_ == nullptr ? 0 : static_cast<std::int32_t>(frames_->newest());
  }

  // Takes over what the emulator counts.
  void count_again(LaneCounts& lane) const {
    lane.lives = static_cast<int>(number(call_fast(lives_)));
    lane.frame_number = static_cast<int>(number(call_fast(frame_number_)));
    lane.episode_frame_number = static_cast<int>(number(call_fast(episode_frame_number_)));
  }

 private:
  static long number(const py::object& object) {
    const long value = PyLong_AsLong(object.ptr());
    if (value == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return value;
  }
  bool is_game_over() const { return call_fast(game_over_, false_).ptr() == Py_True; }
  bool is_lost(const LaneCounts& lane) const {
    const long now = number(call_fast(lives_));
    return 0 < now && now < lane.lives;
  }

  const py::object act_;
  const py::object game_over_;
  const py::object lives_;
  const py::object frame_number_;
  const py::object episode_frame_number_;
  const py::object frames_object_;
  const py::object add_rest_;
  const py::object fire_;
  LaneFrames* const frames_;
  const Limits limits_;
  const py::bool_ false_{false};
};

}  // namespace plyo::bindings
