#include "find_nonzero.hpp"

namespace plyo {

std::size_t find_nonzero(const std::uint8_t* bytes, std::size_t count, LaneIndex* positions) {
  std::size_t found = 0;
  for_each_marked(bytes, count, [&](std::size_t i) { positions[found++] = static_cast<LaneIndex>(i); });
  return found;
}

}  // namespace plyo
