// The episodes that ended in a step, in compact form: one row an episode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "leaves.hpp"

namespace plyo {

// Rows that are appended one by one, the arrays of the leaves one by one.
template <std::size_t kMost>
struct BasicRowList {
  std::vector<std::byte> leaves[kMost];

  void append(const BasicRowSizes<kMost>& sizes, const BasicConstLeaves<kMost>& rows, std::size_t row) {
    for (std::size_t k = 0; k < sizes.count; ++k) {
      const auto* const begin = static_cast<const std::byte*>(rows.at[k]) + row * sizes.bytes[k];
      leaves[k].insert(leaves[k].end(), begin, begin + sizes.bytes[k]);
    }
  }
};

// In the order of the lanes: by parts, each of which a thread has written.
struct EndedRows {
  struct Part {
    std::vector<std::int64_t> lanes;
    std::vector<double> returns;
    std::vector<std::int64_t> lengths;   // steps
    std::vector<std::uint8_t> timeouts;  // whether only the time limit ended it
    BasicRowList<kMaxLeaves> final_observations;
    BasicRowList<kMaxInfos> final_infos;
    bool is_whole = true;  // false where memory has ended
  };
  std::vector<Part> parts;

  std::size_t count() const {
    std::size_t all = 0;
    for (const Part& part : parts) all += part.lanes.size();
    return all;
  }
};

}  // namespace plyo
