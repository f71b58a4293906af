#include "time_observation.hpp"

#include <cstring>

#include "map_observation.hpp"

namespace plyo {
namespace {

// Calls `function` with a number of the type; false for one that has no numbers of C++.
template <class Function>
bool with_number(Number number, const Function& function) {
  switch (number) {
    case Number::kUint8:
      return function(std::uint8_t{}), true;
    case Number::kInt8:
      return function(std::int8_t{}), true;
    case Number::kInt32:
      return function(std::int32_t{}), true;
    case Number::kInt64:
      return function(std::int64_t{}), true;
    case Number::kFloat32:
      return function(float{}), true;
    case Number::kFloat64:
      return function(double{}), true;
    default:
      return false;
  }
}

}  // namespace

TimeObservation::TimeObservation(const RowFormat& rows, Number target, std::optional<double> limit,
                                 const AutoresetRules& rules, std::size_t num_envs)
    : rows_(rows),
      target_(target),
      limit_(limit),
      resets_at_once_(rules.resets_at_once),
      resets_waiting_(rules.resets_waiting),
      ended_steps_(rules.resets_at_once ? num_envs : 0) {}

bool TimeObservation::is_known(Number from, Number target, bool has_limit) {
  const Number time = has_limit ? Number::kFloat32 : Number::kInt32;
  return target != Number::kFloat16 && target != Number::kBfloat16 &&
         CastObservation::is_known(from, target) && CastObservation::is_known(time, target);
}

void TimeObservation::advance(const StageStep& step, const LaneRange& range) {
  for (std::size_t lane = range.first; lane < range.first + range.count; ++lane) {
    if (step.resting != nullptr && step.resting[lane] != 0) continue;
    const bool has_ended = resets_at_once_ && step.waiting[lane] != 0;
    const std::int64_t steps = lanes_.steps[lane] + 1;
    if (has_ended) ended_steps_[lane] = steps;
    const bool begins = has_ended || (resets_waiting_ && lanes_.ended_before[lane] != 0);
    lanes_.steps[lane] = begins ? 0 : steps;
  }
  std::memcpy(lanes_.ended_now + range.first, step.waiting + range.first, range.count);
}

// `steps(row)` is the time of a row.
template <class Steps>
void TimeObservation::write(const Leaves& from, const Leaves& to, const LaneRange& rows,
                            const Steps& steps) const {
  with_number(rows_.number, [&](auto source) {
    with_number(target_, [&](auto target) {
      using Source = decltype(source);
      using Target = decltype(target);
      const Source* numbers = rows_from<const Source>(from, rows.first, rows_.size);
      Target* made = rows_from<Target>(to, rows.first, rows_.size + 1);
      for (std::size_t row = rows.first; row < rows.first + rows.count; ++row) {
        // NOLINTNEXTLINE(bugprone-signed-char-misuse): an int8 is a number here, no letter
        for (std::size_t k = 0; k < rows_.size; ++k) made[k] = static_cast<Target>(numbers[k]);
        const std::int64_t time = steps(row);
        made[rows_.size] = limit_
                               ? static_cast<Target>(static_cast<float>(static_cast<double>(time) / *limit_))
                               : static_cast<Target>(static_cast<std::int32_t>(time));
        numbers += rows_.size;
        made += rows_.size + 1;
      }
    });
  });
}

void TimeObservation::show(const StageStep& step, const LaneRange& range) const {
  write(step.observations[position()], step.observations[position() + 1], range,
        [this](std::size_t lane) { return lanes_.steps[lane]; });
}

void TimeObservation::show_finals(const StageStep& step) const {
  write(step.finals[position()], step.finals[position() + 1], {0, step.ended.size()},
        [&](std::size_t row) { return ended_steps_[static_cast<std::size_t>(step.ended[row])]; });
}

}  // namespace plyo
