#include "lent_course.hpp"

#include <optional>
#include <utility>

#include "../engine/engine.hpp"
#include "../engine/stages/repeat_steps.hpp"
#include "../engine/stages/stick_action.hpp"
#include "wrapper_arrays.hpp"

namespace plyo::bindings {
namespace {

class LentRepeat final : public LentLanes {
 public:
  LentRepeat(const py::object& wrapper, const StageBatch& batch, std::size_t steps)
      : LentLanes(wrapper, batch, "_prev_dones"), stage_(steps) {}
  BatchStage& stage() override { return stage_; }

 private:
  void aim() override { stage_.set_ended(flags().now()); }

  RepeatSteps stage_;
};

class LentSkip final : public LentLanes {
 public:
  LentSkip(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, std::size_t steps)
      : LentLanes(wrapper, batch, "_prev_dones"),
        stage_(steps, rows.bytes()),
        shown_(lend("_observations", *element_type(rows.number), rows.size)) {}
  BatchStage& stage() override { return stage_; }

 private:
  void aim() override {
    stage_.set_shown(shown_.data<std::byte>());
    stage_.set_ended(flags().now());
  }

  SkipSteps stage_;
  LaneArray& shown_;
};

class LentStick final : public LentLanes {
 public:
  LentStick(const py::object& wrapper, const StageBatch& batch, const StickAction::Settings& settings,
            ElementType type, std::size_t numbers)
      : LentLanes(wrapper, batch, "_prev_dones"),
        stage_(batch.engine, settings, batch.autoreset),
        last_actions_(lend("_last_actions", type, numbers)) {}
  BatchStage& stage() override { return stage_; }

 private:
  void aim() override {
    stage_.set_lanes({.last_actions = last_actions_.data<std::byte>(),
                      .has_last = has_last_.data<std::uint8_t>(),
                      .repeats_left = repeats_left_.data<std::int64_t>(),
                      .ended_before = flags().before(),
                      .ended_now = flags().now()});
  }

  StickAction stage_;
  LaneArray& last_actions_;
  LaneArray& has_last_ = lend("_has_last", ElementType::kBool);
  LaneArray& repeats_left_ = lend("_repeats_left", ElementType::kInt64);
};

}  // namespace

std::unique_ptr<LentStage> make_lent_course(const std::string& name, const py::object& wrapper,
                                            const py::tuple& arguments, const StageInput& input,
                                            const StageBatch& batch) {
  if (name == "repeat_steps") {
    return std::make_unique<LentRepeat>(wrapper, batch, py::cast<std::size_t>(arguments[0]));
  }
  if (name == "skip_steps") {
    if (!element_type(input.rows.number)) return nullptr;
    return std::make_unique<LentSkip>(wrapper, batch, input.rows, py::cast<std::size_t>(arguments[0]));
  }
  const SpaceInfo& space = batch.engine.action_space();
  if (space.has_parts()) return nullptr;
  const LeafInfo& leaf = space.leaf();
  return std::make_unique<LentStick>(wrapper, batch,
                                     StickAction::Settings{.probability = py::cast<double>(arguments[0]),
                                                           .shortest = py::cast<std::int64_t>(arguments[1]),
                                                           .longest = py::cast<std::int64_t>(arguments[2]),
                                                           .action_bytes = leaf.bytes_per_lane()},
                                     *element_type(number_of(leaf.dtype)), leaf.values_per_lane());
}

}  // namespace plyo::bindings
