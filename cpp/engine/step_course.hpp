// How the actions of a call become steps of the environments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "function_ref.hpp"
#include "leaves.hpp"

namespace plyo {

// Each lane takes its action several times and gets the sum of the rewards. The end of its episode ends that too.
struct Repetition {
  std::size_t steps = 1;
  bool rounds_rewards = false;  // each reward becomes a float32 before it is added
  bool shows_largest = false;   // observations are the larger numbers of the last two; they are one array
};

struct StepCourse {
  Repetition repetition{};
  // Changes legal actions, rows of all lanes, at the last moment at which nothing has changed. May be null.
  const FunctionRef<void(void* actions)>* settle = nullptr;
};

// What the lanes of a tile have shown before the last step of a repetition.
struct RowsBefore {
  RowBuffer rows;                   // a row a lane
  std::vector<std::uint8_t> known;  // whether the lane has one: it has taken a second step
};

}  // namespace plyo
