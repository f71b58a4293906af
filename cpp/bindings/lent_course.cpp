#include "lent_course.hpp"

#include <optional>
#include <utility>

#include "../engine/engine.hpp"
#include "../engine/stages/repeat_steps.hpp"
#include "../engine/stages/stick_action.hpp"
#include "wrapper_arrays.hpp"

namespace plyo::bindings {
namespace {

class LentRepeat final : public LentStage {
 public:
  LentRepeat(const py::object& wrapper, const StageBatch& batch, std::size_t steps)
      : LentStage(wrapper), batch_(batch), stage_(steps) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    if (!flags_.borrow(wrapper(), batch_)) return false;
    stage_.set_ended(flags_.now());
    return true;
  }
  void detach() override { flags_.detach(); }
  void give_back() override { flags_.give_back(wrapper()); }

 private:
  const StageBatch& batch_;
  RepeatSteps stage_;
  Flags flags_{"_prev_dones"};
};

class LentSkip final : public LentStage {
 public:
  LentSkip(const py::object& wrapper, const StageBatch& batch, const RowFormat& rows, std::size_t steps)
      : LentStage(wrapper),
        batch_(batch),
        stage_(steps, rows.bytes()),
        shown_("_observations", *element_type(rows.number), rows.size) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    if (!shown_.borrow(wrapper(), batch_.num_envs) || !flags_.borrow(wrapper(), batch_)) return false;
    aim();
    return true;
  }
  void detach() override {
    shown_.detach();
    flags_.detach();
    aim();
  }
  void give_back() override {
    shown_.give_back();
    flags_.give_back(wrapper());
  }

 private:
  void aim() {
    stage_.set_shown(shown_.data<std::byte>());
    stage_.set_ended(flags_.now());
  }

  const StageBatch& batch_;
  SkipSteps stage_;
  LaneArray shown_;
  Flags flags_{"_prev_dones"};
};

class LentStick final : public LentStage {
 public:
  LentStick(const py::object& wrapper, const StageBatch& batch, const StickAction::Settings& settings,
            ElementType type, std::size_t numbers)
      : LentStage(wrapper),
        batch_(batch),
        stage_(batch.engine, settings, batch.autoreset),
        last_actions_("_last_actions", type, numbers) {}
  BatchStage& stage() override { return stage_; }

  bool borrow() override {
    const std::size_t lanes = batch_.num_envs;
    if (!last_actions_.borrow(wrapper(), lanes) || !has_last_.borrow(wrapper(), lanes) ||
        !repeats_left_.borrow(wrapper(), lanes) || !flags_.borrow(wrapper(), batch_)) {
      return false;
    }
    aim();
    return true;
  }
  void detach() override {
    last_actions_.detach();
    has_last_.detach();
    repeats_left_.detach();
    flags_.detach();
    aim();
  }
  void give_back() override {
    last_actions_.give_back();
    has_last_.give_back();
    repeats_left_.give_back();
    flags_.give_back(wrapper());
  }

 private:
  void aim() {
    stage_.set_lanes({.last_actions = last_actions_.data<std::byte>(),
                      .has_last = has_last_.data<std::uint8_t>(),
                      .repeats_left = repeats_left_.data<std::int64_t>(),
                      .ended_before = flags_.before(),
                      .ended_now = flags_.now()});
  }

  const StageBatch& batch_;
  StickAction stage_;
  LaneArray last_actions_;
  LaneArray has_last_{"_has_last", ElementType::kBool};
  LaneArray repeats_left_{"_repeats_left", ElementType::kInt64};
  Flags flags_{"_prev_dones"};
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
