// The arrays of an observation, an action or an info: one a leaf.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "../core/env_info.hpp"

namespace plyo {

// Addresses, one a leaf, kMost at most; all null if nothing is wanted.
template <std::size_t kMost>
struct BasicLeaves {
  void* at[kMost]{};

  BasicLeaves() = default;
  BasicLeaves(void* only) : at{only} {}  // NOLINT(google-explicit-constructor): the array of the only leaf

  explicit operator bool() const { return at[0] != nullptr; }
};

template <std::size_t kMost>
struct BasicConstLeaves {
  const void* at[kMost]{};

  BasicConstLeaves() = default;
  BasicConstLeaves(const void* only) : at{only} {}  // NOLINT(google-explicit-constructor): likewise
  // NOLINTNEXTLINE(google-explicit-constructor): a view of the same arrays
  BasicConstLeaves(const BasicLeaves<kMost>& leaves) {
    for (std::size_t k = 0; k < kMost; ++k) at[k] = leaves.at[k];
  }

  explicit operator bool() const { return at[0] != nullptr; }
};

// Of observations and actions, and of infos, which may have more leaves.
using Leaves = BasicLeaves<kMaxLeaves>;
using ConstLeaves = BasicConstLeaves<kMaxLeaves>;
using InfoLeaves = BasicLeaves<kMaxInfos>;
using ConstInfoLeaves = BasicConstLeaves<kMaxInfos>;

// The bytes of one lane in each array.
template <std::size_t kMost>
struct BasicRowSizes {
  using Leaves = BasicLeaves<kMost>;
  using ConstLeaves = BasicConstLeaves<kMost>;

  std::size_t count = 0;  // the number of leaves
  std::size_t bytes[kMost]{};
  std::size_t total = 0;

  BasicRowSizes() = default;
  explicit BasicRowSizes(const SpaceInfo& space)
    requires(kMost == kMaxLeaves)
  {
    for (std::size_t k = 0; k < space.num_leaves; ++k) add(space.leaves[k].bytes_per_lane());
  }
  explicit BasicRowSizes(const InfoList& infos)
    requires(kMost == kMaxInfos)
  {
    for (const InfoLeaf& leaf : infos) add(leaf.bytes_per_lane());
  }

  void add(std::size_t row_bytes) {
    bytes[count++] = row_bytes;
    total += row_bytes;
  }

  // The same arrays from row `rows` on.
  Leaves from(const Leaves& leaves, std::size_t rows) const {
    Leaves result;
    if (!leaves) return result;
    for (std::size_t k = 0; k < count; ++k) {
      result.at[k] = static_cast<std::byte*>(leaves.at[k]) + rows * bytes[k];
    }
    return result;
  }
  ConstLeaves from(const ConstLeaves& leaves, std::size_t rows) const {
    ConstLeaves result;
    if (!leaves) return result;
    for (std::size_t k = 0; k < count; ++k) {
      result.at[k] = static_cast<const std::byte*>(leaves.at[k]) + rows * bytes[k];
    }
    return result;
  }

  // Copies a row of one set of arrays to a row of another.
  void copy_row(const Leaves& to, std::size_t to_row, const ConstLeaves& source, std::size_t row) const {
    for (std::size_t k = 0; k < count; ++k) {
      std::memcpy(static_cast<std::byte*>(to.at[k]) + to_row * bytes[k],
                  static_cast<const std::byte*>(source.at[k]) + row * bytes[k], bytes[k]);
    }
  }

  void clear_row(const Leaves& leaves, std::size_t row) const {
    for (std::size_t k = 0; k < count; ++k) {
      std::memset(static_cast<std::byte*>(leaves.at[k]) + row * bytes[k], 0, bytes[k]);
    }
  }
};

using RowSizes = BasicRowSizes<kMaxLeaves>;
using InfoSizes = BasicRowSizes<kMaxInfos>;

// Memory for some rows.
template <std::size_t kMost>
class BasicRowBuffer {
 public:
  BasicRowBuffer() = default;
  BasicRowBuffer(const BasicRowSizes<kMost>& sizes, std::size_t rows) { resize(sizes, rows); }

  void resize(const BasicRowSizes<kMost>& sizes, std::size_t rows) {
    // every array is aligned for any type
    constexpr std::size_t kUnit = 16;
    std::size_t places[kMost]{}, end = 0;
    for (std::size_t k = 0; k < sizes.count; ++k) {
      places[k] = end;
      end += (sizes.bytes[k] * rows + kUnit - 1) / kUnit * kUnit;
    }
    if (memory_.size() < end) memory_.resize(end);
    leaves_ = {};
    for (std::size_t k = 0; k < sizes.count; ++k) leaves_.at[k] = memory_.data() + places[k];
  }

  const BasicLeaves<kMost>& leaves() const { return leaves_; }

 private:
  std::vector<std::byte> memory_;
  BasicLeaves<kMost> leaves_;
};

using RowBuffer = BasicRowBuffer<kMaxLeaves>;
using InfoBuffer = BasicRowBuffer<kMaxInfos>;

}  // namespace plyo
