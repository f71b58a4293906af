// What a batch of Atari games keeps of its running games, and what it returns of a step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "arrays.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {

// The running game of each lane; a lost life that ends an episode but not the game ends none of these.
class RunningGames {
 public:
  struct Game {
    double score = 0;  // the sum of its rewards, not clipped
    std::int64_t length = 0;
    std::int32_t lives = 0;  // after the last call
    bool is_over = false;    // the last step has ended it
    bool has_ended = false;  // its episode has, and the next step begins one
  };

  RunningGames(std::size_t lanes, bool clips, bool lost_life_ends)
      : clips_(clips), lost_life_ends_(lost_life_ends), games_(lanes) {}

  // Begins the episodes of some lanes: new games, unless without a seed where only a life was lost.
  void begin(const std::vector<std::size_t>& lanes, const py::list& seeds, const py::handle& lives) {
    const auto* const counted = column<std::int32_t>(lives, ElementType::kInt32);
    if (lanes.size() != seeds.size()) throw py::value_error("each lane that begins needs a seed or None");
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      Game& game = games_.at(lanes[i]);
      if (seeds[i].is_none() && game.has_ended && !game.is_over) {
        game.has_ended = false;
      } else {
        game = {};
      }
    }
    for (std::size_t i = 0; i < games_.size(); ++i) games_[i].lives = counted[i];
  }

  // Counts a step, and makes its results. Lanes that have not taken it stay as they are.
  py::tuple count(const py::tuple& played, const py::object& is_stepped) {
    if (played.size() != kParts) throw py::value_error("played must have eight parts");
    const auto* const rewards = column<double>(played[1], ElementType::kFloat64);
    const auto* const terminated = column<bool>(played[2], ElementType::kBool);
    const auto* const truncated = column<bool>(played[3], ElementType::kBool);
    const auto* const is_over = column<bool>(played[4], ElementType::kBool);
    const auto* const lives = column<std::int32_t>(played[5], ElementType::kInt32);
    const bool* const steps = is_stepped.is_none() ? nullptr : column<bool>(is_stepped, ElementType::kBool);
    py::object life_lost = make(ElementType::kBool);
    auto* const lost = static_cast<bool*>(array_data(life_lost.ptr()));
    bool is_any_over = false;
    for (std::size_t i = 0; i < games_.size(); ++i) {
      Game& game = games_[i];
      const bool is_left_out = steps != nullptr && !steps[i];
      const bool was_reset = game.has_ended && !is_left_out;
      lost[i] = lives[i] < game.lives && lives[i] > 0 && !was_reset;
      if (was_reset && game.is_over) game = {};
      game.length += was_reset || is_left_out ? 0 : 1;
      game.score += rewards[i];
      game.lives = lives[i];
      game.is_over = game.is_over || is_over[i];
      game.has_ended = terminated[i] || truncated[i] || (game.has_ended && is_left_out);
      is_any_over = is_any_over || is_over[i];
    }
    py::dict infos = counts(played);
    infos["life_lost"] = life_lost;
    py::object shown_rewards = played[1];
    if (clips_) {
      infos["reward"] = shown_rewards;
      shown_rewards = make(ElementType::kFloat64);
      std::transform(rewards, rewards + games_.size(), static_cast<double*>(array_data(shown_rewards.ptr())),
                     [](double reward) { return std::min(std::max(reward, -1.0), 1.0); });
    }
    if (is_any_over) report(infos, is_over);
    py::object shown_terminated = played[2], shown_truncated = played[3];
    if (lost_life_ends_) {
      shown_terminated = merged([&](std::size_t i) { return terminated[i] || lost[i]; });
      shown_truncated = merged([&](std::size_t i) { return truncated[i] && !terminated[i] && !lost[i]; });
    }
    return py::make_tuple(played[0], shown_rewards, shown_terminated, shown_truncated, infos);
  }

  // The infos that each call has.
  py::dict counts(const py::tuple& played) const {
    constexpr const char* kNames[] = {"lives", "frame_number", "episode_frame_number"};
    py::object numbers = make(ElementType::kInt32);
    auto* const each = static_cast<std::int32_t*>(array_data(numbers.ptr()));
    for (std::size_t i = 0; i < games_.size(); ++i) each[i] = static_cast<std::int32_t>(i);
    py::dict infos;
    infos["env_id"] = numbers;
    for (std::size_t i = 0; i < std::size(kNames); ++i) infos[kNames[i]] = played[kCounts + i];
    return infos;
  }

  // Which episodes have ended, so that the next step begins others.
  py::object ended() const {
    return merged([&](std::size_t i) { return games_[i].has_ended; });
  }
  bool has_ended() const {
    return std::any_of(games_.begin(), games_.end(), [](const Game& game) { return game.has_ended; });
  }

  py::tuple game(std::size_t lane) const {
    const Game& game = games_.at(lane);
    return py::make_tuple(game.score, game.length, game.is_over);
  }
  void set_game(std::size_t lane, const Game& game) { games_.at(lane) = game; }

 private:
  static constexpr std::size_t kParts = 8, kCounts = 5;  // of what an engine has played

  py::object make(ElementType type) const {
    PyObject* const array = new_array(type, static_cast<Py_ssize_t>(games_.size()));
    if (array == nullptr) throw py::error_already_set();
    return steal(array);
  }

  // A fresh array of bool.
  template <class Flag>
  py::object merged(Flag flag) const {
    py::object array = make(ElementType::kBool);
    auto* const flags = static_cast<bool*>(array_data(array.ptr()));
    for (std::size_t i = 0; i < games_.size(); ++i) flags[i] = flag(i);
    return array;
  }

  // The numbers of an array of one for each lane.
  template <class Number>
  const Number* column(const py::handle& object, ElementType type) const {
    const auto array = PlainArray::from(object.ptr());
    if (!array || array->type() != type || array->size() != games_.size()) {
      throw py::type_error("an array is of another type, size or layout");
    }
    return static_cast<const Number*>(array->data());
  }

  // Adds the infos of the games that have just ended.
  void report(py::dict& infos, const bool* is_over) const {
    const py::object scores = make(ElementType::kFloat64), lengths = make(ElementType::kInt64);
    auto* const score = static_cast<double*>(array_data(scores.ptr()));
    auto* const length = static_cast<std::int64_t*>(array_data(lengths.ptr()));
    for (std::size_t i = 0; i < games_.size(); ++i) {
      score[i] = is_over[i] ? games_[i].score : 0;
      length[i] = is_over[i] ? games_[i].length : 0;
    }
    const auto mask = [&](std::size_t i) { return is_over[i]; };
    infos["score"] = scores;
    infos["_score"] = merged(mask);
    infos["length"] = lengths;
    infos["_length"] = merged(mask);
  }

  const bool clips_;
  const bool lost_life_ends_;
  std::vector<Game> games_;
};

}  // namespace plyo::bindings
