// Observations as entries of a table: the integers of a Discrete, or of a Tuple of them, as one index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../engine/errors.hpp"
#include "../engine/leaves.hpp"

namespace plyo {

class TableIndex {
 public:
  TableIndex() = default;
  // Throws std::invalid_argument if the space is not of integers only, or has too many elements.
  TableIndex(const SpaceInfo& space, std::string_view task) : space_(space) {
    constexpr std::size_t kMaxEntries = std::size_t{1} << 40;
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      const LeafInfo& leaf = space.leaves[k];
      if (space.is_dict() || leaf.kind != SpaceKind::kDiscrete || leaf.size == 0 ||
          leaf.size > kMaxEntries / size_) {
        throw std::invalid_argument(
            text("a table needs observations that are Discrete, or a Tuple of Discrete, those of ", task,
                 " are not"));
      }
      size_ *= leaf.size;
    }
  }

  // The number of entries.
  std::size_t size() const { return size_; }

  // The entry of a row; the last part of a Tuple changes fastest.
  std::size_t at(const ConstLeaves& observations, std::size_t row) const {
    std::size_t entry = 0;
    for (std::size_t k = 0; k < space_.num_leaves; ++k) {
      const std::int64_t value = static_cast<const std::int64_t*>(observations.at[k])[row];
      entry = entry * space_.leaves[k].size + static_cast<std::size_t>(value - space_.leaves[k].start);
    }
    return entry;
  }

 private:
  SpaceInfo space_{};
  std::size_t size_ = 1;
};

// The only Discrete of an action space; throws std::invalid_argument for any other space.
inline const LeafInfo& table_actions(const SpaceInfo& space, std::string_view task) {
  if (space.has_parts() || space.leaf().kind != SpaceKind::kDiscrete) {
    throw std::invalid_argument(text("a table needs Discrete actions, those of ", task, " are not"));
  }
  return space.leaf();
}

}  // namespace plyo
