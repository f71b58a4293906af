// Consecutive lanes of an Atari batch, which take turns in one process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lane_bell.hpp"
#include "lane_player.hpp"
#include "lane_results.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {

class LaneTeam {
 public:
  LaneTeam(const py::object& results, std::size_t first, const py::array& actions, const py::array& strengths,
           py::list legal, int count)
      : results_object_(results),
        results_(results.cast<LaneResults*>()),
        first_(first),
        actions_(check_output(actions, py::dtype::of<std::int32_t>(), {actions.size()}, "actions")),
        strengths_(check_output(strengths, float64_dtype(), {actions.size()}, "strengths")),
        legal_(std::move(legal)),
        count_(count),
        members_(static_cast<std::size_t>(actions.size())) {}

  void join(std::size_t place, py::object lane, py::object player, py::object hold) {
    auto* const counts = lane.cast<LaneCounts*>();
    auto* const plays = player.cast<LanePlayer*>();
    members_.at(place) = {std::move(lane), std::move(player), std::move(hold), counts, plays};
  }

  void step() {
    const auto* const actions = static_cast<const std::int32_t*>(actions_.data());
    const auto* const strengths = static_cast<const double*>(strengths_.data());
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Member& member = members_[i];
      if (member.player == nullptr) throw py::value_error("a lane has not joined");
      const py::object strength = strengths[i] == 1 ? whole_ : py::float_(strengths[i]);
      if (count_ > 0 && !member.counts->terminated && !member.counts->truncated) {
        const auto action = static_cast<std::size_t>(actions[i]);
        if (action >= legal_.size()) throw py::index_error("there is no such action");
        member.player->step(*member.counts, py::object(legal_[action]), member.hold, strength, count_);
      } else {
        member.lane.attr("step")(actions[i], strength);
      }
      results_->put(first_ + i, *member.counts, member.player->newest());
    }
  }

  // Steps whenever the batch asks for it, until there is another message, or now and then.
  void serve(LaneBell& bell) {
    while (bell.wait_asked()) {
      step();
      bell.done(false);
    }
  }

 private:
  struct Member {
    py::object lane;
    py::object player_object;
    py::object hold;
    LaneCounts* counts = nullptr;
    const LanePlayer* player = nullptr;
  };

  const py::object results_object_;
  LaneResults* const results_;
  const std::size_t first_;
  const py::array actions_;
  const py::array strengths_;
  const py::list legal_;
  const int count_;  // the frames of a step; 0 if lanes play their own steps
  std::vector<Member> members_;
  const py::float_ whole_{1.0};
};

// Actions of a batch, as it shares them with its workers.
inline void write_actions(const py::list& actions, const py::handle& out) {
  const auto array = PlainArray::from(out.ptr());
  if (!array || array->type() != ElementType::kInt32 || array->size() != actions.size() ||
      !array->is_writable()) {
    throw py::type_error("out must be an array of int32, one for each action");
  }
  auto* numbers = static_cast<std::int32_t*>(array->data());
  for (const py::handle& action : actions) *numbers++ = action.cast<std::int32_t>();
}

}  // namespace plyo::bindings
