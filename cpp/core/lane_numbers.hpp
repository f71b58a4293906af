// Numbers of what a batch is made of, beside its Params, of which each lane may have its own: the masses of a
// model's bodies, for example. They are set, read, drawn and saved like parameters, by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plyo {

// What a number may be; all are finite.
enum class NumberBound : std::uint8_t { kFinite, kNotNegative, kPositive };

struct LaneNumber {
  std::string name;
  double usual = 0;  // where nobody has set it
  NumberBound bound = NumberBound::kFinite;
};

using LaneNumbers = std::vector<LaneNumber>;

}  // namespace plyo
