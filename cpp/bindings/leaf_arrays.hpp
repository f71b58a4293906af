// The arrays of a space as Python objects: one array, a tuple or a dict of them.
#pragma once

#include <memory>
#include <string>
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

// The caller's arrays for results, checked: one, a sequence of them for a Tuple, a dict of them for a Dict.
ArrayList check_leaves(const py::handle& given, const SpaceInfo& space, const Shape& lead, const char* name);

// Their addresses.
template <std::size_t kMost = kMaxLeaves>
BasicLeaves<kMost> addresses(const ArrayList& arrays) {
  BasicLeaves<kMost> leaves;
  for (std::size_t k = 0; k < arrays.size(); ++k) leaves.at[k] = data_of(arrays[k]);
  return leaves;
}

// The key of a leaf of a Dict.
py::str key_of(const LeafInfo& leaf);

// What `field` has for the leaves of a space, in their order: the object itself, the parts of a sequence, the
// values of a dict. Empty if it has not exactly these.
std::vector<py::object> parts_of(const py::handle& field, const SpaceInfo& space);

// What there must be for the leaves of a space with parts: "a tuple of 3 arrays", "a dict of arrays with the
// keys 'a', 'b'".
std::string expected_parts(const SpaceInfo& space, const char* noun);

// The array, or the tuple or dict of them. A dict has its keys in the order of the space.
py::object to_object(ArrayList&& arrays, const SpaceInfo& space);
// The same of what stands for the arrays.
py::object to_object(std::vector<py::object>&& arrays, const SpaceInfo& space);

// Row `row` as the observation of a single environment: an int, an array that owns its memory, a tuple, or a
// dict in the order of the task.
py::object row_object(const SpaceInfo& space, const ConstLeaves& leaves, std::size_t row);

// Info leaf `k`'s value in row `row` of a single environment.
py::object info_object(const InfoLeaf& leaf, const void* rows, std::size_t row, bool is_reset);

// Memory for one lane's row, on the stack if it is small.
template <std::size_t kMost>
class OneRow {
 public:
  explicit OneRow(const BasicRowSizes<kMost>& sizes) {
    if (sizes.total + kUnit * sizes.count <= kSmall) {
      std::size_t end = 0;
      for (std::size_t k = 0; k < sizes.count; ++k) {
        leaves_.at[k] = small_ + end;
        end += (sizes.bytes[k] + kUnit - 1) / kUnit * kUnit;
      }
    } else {
      large_ = std::make_unique<BasicRowBuffer<kMost>>(sizes, 1);
      leaves_ = large_->leaves();
    }
  }
  OneRow(const OneRow&) = delete;
  OneRow& operator=(const OneRow&) = delete;
  const BasicLeaves<kMost>& leaves() const { return leaves_; }

 private:
  static constexpr std::size_t kUnit = 16;    // every array is aligned for any type
  static constexpr std::size_t kSmall = 256;  // bytes
  alignas(kUnit) std::byte small_[kSmall];
  std::unique_ptr<BasicRowBuffer<kMost>> large_;
  BasicLeaves<kMost> leaves_;
};

}  // namespace plyo::bindings
