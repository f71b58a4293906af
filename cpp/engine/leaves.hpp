// The arrays of an observation, an action or an info: one a leaf.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "../core/env_info.hpp"

namespace plyo {

// Addresses, one a leaf; all null if nothing is wanted.
struct Leaves {
  void* at[kMaxLeaves]{};

  Leaves() = default;
  Leaves(void* only) : at{only} {}  // NOLINT(google-explicit-constructor): the array of a space of one leaf

  explicit operator bool() const { return at[0] != nullptr; }
};

struct ConstLeaves {
  const void* at[kMaxLeaves]{};

  ConstLeaves() = default;
  ConstLeaves(const void* only) : at{only} {}  // NOLINT(google-explicit-constructor): likewise
  ConstLeaves(const Leaves& leaves) {  // NOLINT(google-explicit-constructor): a view of the same arrays
    for (std::size_t k = 0; k < kMaxLeaves; ++k) at[k] = leaves.at[k];
  }

  explicit operator bool() const { return at[0] != nullptr; }
};

// The bytes of one lane in each array.
struct RowSizes {
  std::size_t count = 0;  // the number of leaves
  std::size_t bytes[kMaxLeaves]{};
  std::size_t total = 0;

  RowSizes() = default;
  explicit RowSizes(const SpaceInfo& space) {
    for (std::size_t k = 0; k < space.num_leaves; ++k) add(space.leaves[k].bytes_per_lane());
  }
  explicit RowSizes(const InfoList& infos) {
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

// Memory for some rows.
class RowBuffer {
 public:
  RowBuffer() = default;
  RowBuffer(const RowSizes& sizes, std::size_t rows) { resize(sizes, rows); }

  void resize(const RowSizes& sizes, std::size_t rows) {
    // every array is aligned for any type
    constexpr std::size_t kUnit = 16;
    std::size_t places[kMaxLeaves]{}, end = 0;
    for (std::size_t k = 0; k < sizes.count; ++k) {
      places[k] = end;
      end += (sizes.bytes[k] * rows + kUnit - 1) / kUnit * kUnit;
    }
    if (memory_.size() < end) memory_.resize(end);
    leaves_ = {};
    for (std::size_t k = 0; k < sizes.count; ++k) leaves_.at[k] = memory_.data() + places[k];
  }

  const Leaves& leaves() const { return leaves_; }

 private:
  std::vector<std::byte> memory_;
  Leaves leaves_;
};

}  // namespace plyo
