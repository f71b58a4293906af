// The members of a task beside stepping: attributes, assigned ones included, and its text.
#include <cmath>

#include "engine.hpp"
#include "errors.hpp"

namespace plyo {

Value Engine::attribute(const Attribute& attribute, std::size_t lane) const {
  const Exclusive guard = reading();
  std::vector<std::uint64_t> scratch, params;
  return attribute.get(params_.of_lane(lane, params), lanes_.whole_state(lane, scratch));
}

void Engine::set_attribute(const Attribute& attribute, std::size_t lane, std::int64_t value) {
  const Exclusive guard = exclusive();
  if (attribute.set == nullptr) {
    throw std::invalid_argument(
        text("the attribute '", attribute.name, "' of ", config_.task->name, " cannot be assigned"));
  }
  std::vector<std::uint64_t> params;
  if (attribute.legal != nullptr && !attribute.legal(params_.of_lane(lane, params), value)) {
    throw std::invalid_argument(text(value, " is no legal value of the attribute '", attribute.name, "' of ",
                                     config_.task->name, ": ", attribute.doc));
  }
  std::vector<std::byte> words = words_of(lane);
  attribute.set(words.data(), value);
  put_words(lane, words);
}

void Engine::reproduce(std::size_t lane, const void* where) const {
  const Exclusive guard = reading();
  if (kernels_.reproduce == nullptr) {
    throw std::invalid_argument(text(config_.task->name, " has no state that can be reproduced elsewhere"));
  }
  if (is_never_reset(lane)) {
    throw ResetNeeded(text("environment ", lane, " must be reset before its state can be looked at"));
  }
  try {
    kernels_.reproduce(const_cast<Engine*>(this)->view(0), lane, where);  // NOLINT: it only reads the lane
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw TaskFailed(text("the state of environment ", lane, " cannot be reproduced: ", error.what()));
  }
}

// Calls a function of the task that changes a lane's State.
void Engine::rework(std::size_t lane, void (*function)(const LaneView&, std::size_t), const char* what) {
  const Exclusive guard = exclusive();
  if (function == nullptr) throw std::invalid_argument(text(config_.task->name, " has no state that ", what));
  try {
    function(view(0), lane);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    if (!is_never_reset(lane)) ++num_never_reset_;
    lanes_.status()[lane] = lane_status::kNeverReset;
    throw TaskFailed(text("environment ", lane, " has to be reset: ", error.what()));
  }
}

void Engine::look_again(std::size_t lane) { rework(lane, kernels_.look_again, "can be looked at again"); }

void Engine::draw_start(std::size_t lane) {
  rework(lane, kernels_.draw_start, "can be drawn without a reset");
}

void Engine::set_goal(std::size_t lane, std::span<const double> goal) {
  const Exclusive guard = exclusive();
  if (kernels_.goal_size == 0) throw std::invalid_argument(text(config_.task->name, " has no goals"));
  if (goal.size() != kernels_.goal_size) {
    throw std::invalid_argument(text("the goal of environment ", lane, " must have shape (",
                                     kernels_.goal_size, ",), got ", goal.size(), " numbers"));
  }
  for (const double number : goal) {
    if (std::isfinite(number)) continue;
    throw std::invalid_argument(text("the goal of environment ", lane, " must be finite, got ", number));
  }
  if (is_never_reset(lane)) {
    throw ResetNeeded(
        text("environment ", lane, " must be reset before it is given a goal: resets draw one"));
  }
  kernels_.set_goal(view(0), lane, goal.data());
}

std::string Engine::render_text(std::size_t lane) const {
  const Exclusive guard = reading();
  std::vector<std::uint64_t> scratch, params;
  std::string whole;
  const TextWriter writer(&whole, [](void* owner, Text piece) {
    static_cast<std::string*>(owner)->append(piece.items, piece.count);
  });
  task_.write_text(params_.of_lane(lane, params), lanes_.whole_state(lane, scratch), writer);
  return whole;
}

// ---- parameters ----

void Engine::check_can_change() const {
  if (state_.create != nullptr && !state_.outlives_params) {
    throw std::invalid_argument(text(config_.task->name,
                                     " makes its environments from its parameters, which stay; make others "
                                     "with the arguments"));
  }
}

// Throws if the State of a lane cannot be stepped under these Params.
void Engine::check_state_under(std::size_t lane, const void* params) const {
  if (state_.is_record == nullptr || is_never_reset(lane)) return;
  if (state_.is_record(params, words_of(lane).data())) return;
  throw std::invalid_argument(text("environment ", lane, " is in a state that ", config_.task->name,
                                   " with these parameters cannot be in; reset it with them: "
                                   "reset(options={'params': ...})"));
}

// Whether kernels are for the Params that lanes have after a change.
bool Engine::suit(const Kernels& kernels, const LaneParams::Change& change) const {
  if (change.is_by_lane()) return kernels.knows_lane_params;
  if (kernels.knows_constants && kernels.knows_draws) return true;
  // draws for the only lane may lead to any
  if (change.draws()) return false;
  const void* const shared = params_.shared_after(change);
  return (kernels.knows_constants || params_.has_default_constants(shared)) &&
         (kernels.knows_draws || !task_.draws_in_step(shared));
}

// Takes kernels that are for the Params after a change, before it is made.
void Engine::take_kernels_for(const LaneParams::Change& change) {
  if (suit(kernels_, change)) return;
  const Kernels& more = Registry::shared().more_kernels(*config_.task);
  if (!suit(more, change)) {
    throw std::invalid_argument(
        text("all environments of a batch of ", config_.task->name, " have the same parameters"));
  }
  kernels_ = more;
}

void Engine::apply(LaneParams::Change&& change) {
  params_.apply(std::move(change));
  reward_type_ = task_.reward_type(params_.shared());
}

Value Engine::param(const Field& field, std::size_t lane) const {
  const Exclusive guard = reading();
  return params_.value(field, lane);
}

void Engine::set_params(const ParamRequest& request) {
  const Exclusive guard = exclusive();
  check_can_change();
  LaneParams::Change change = params_.prepare(
      request, [this](std::size_t lane, const void* params) { check_state_under(lane, params); });
  take_kernels_for(change);
  apply(std::move(change));
}

void Engine::set_time_limit(int max_episode_steps) {
  const Exclusive guard = exclusive();
  config_.max_episode_steps = max_episode_steps;
}

}  // namespace plyo
