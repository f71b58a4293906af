// The arrays of a space as Python objects: one array, or a tuple of them.
#pragma once

#include <memory>
#include <vector>

#include "../engine/leaves.hpp"
#include "arrays.hpp"

namespace plyo::bindings {

// One array a leaf.
using ArrayList = std::vector<py::array>;

// The shape of a leaf's array after some leading dimensions.
Shape with_lead(const Shape& lead, const LeafInfo& leaf);
Shape with_lead(const Shape& lead, const InfoLeaf& leaf);

// Uninitialised arrays on memory from the pool.
ArrayList make_leaves(BufferPool& pool, const SpaceInfo& space, const Shape& lead);

// The caller's arrays for results, checked: one, or a sequence of them for a Tuple.
ArrayList check_leaves(const py::handle& given, const SpaceInfo& space, const Shape& lead, const char* name);

// Their addresses.
Leaves addresses(const ArrayList& arrays);

// The array, or the tuple of them.
py::object to_object(ArrayList&& arrays, const SpaceInfo& space);

// Row `row` as the observation of a single environment: an int, an array that owns its memory, or a tuple.
py::object row_object(const SpaceInfo& space, const ConstLeaves& leaves, std::size_t row);

// Info leaf `k`'s value in row `row` of a single environment.
py::object info_object(const InfoLeaf& leaf, const void* rows, std::size_t row, bool is_reset);

// Memory for one lane's row, on the stack if it is small.
class OneRow {
 public:
  explicit OneRow(const RowSizes& sizes) {
    if (sizes.total + kUnit * sizes.count <= kSmall) {
      std::size_t end = 0;
      for (std::size_t k = 0; k < sizes.count; ++k) {
        leaves_.at[k] = small_ + end;
        end += (sizes.bytes[k] + kUnit - 1) / kUnit * kUnit;
      }
    } else {
      large_ = std::make_unique<RowBuffer>(sizes, 1);
      leaves_ = large_->leaves();
    }
  }
  OneRow(const OneRow&) = delete;
  OneRow& operator=(const OneRow&) = delete;
  const Leaves& leaves() const { return leaves_; }

 private:
  static constexpr std::size_t kUnit = 16;    // every array is aligned for any type
  static constexpr std::size_t kSmall = 256;  // bytes
  alignas(kUnit) std::byte small_[kSmall];
  std::unique_ptr<RowBuffer> large_;
  Leaves leaves_;
};

}  // namespace plyo::bindings
