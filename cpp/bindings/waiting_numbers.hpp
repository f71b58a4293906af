// Numbers that wait until somebody looks at the queue that they belong to.
#pragma once

#include <pybind11/numpy.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "numpy_values.hpp"

namespace plyo::bindings {

// Only the last ones are kept where a queue has a greatest length: those that others have pushed out again are dropped
// once there are many of them.
class WaitingNumbers {
 public:
  WaitingNumbers(std::optional<std::size_t> most_kept, std::size_t most_outdated)
      : most_kept_(most_kept), most_outdated_(most_outdated) {}

  std::size_t size() const { return numbers_.size(); }

  // Whether numbers of a type can wait behind the others: those of one type at a time, float64 or int64.
  bool takes(ElementType type) const {
    return type == type_ ||
           (numbers_.empty() && (type == ElementType::kFloat64 || type == ElementType::kInt64));
  }
  // Appends numbers of a type that it takes.
  void add(ElementType type, const void* numbers, std::size_t count);
  // The same of an array; false if it takes no such arrays.
  bool add_array(const pybind11::object& array);
  // All of them as an array; none waits then.
  pybind11::object take();

 private:
  std::optional<std::size_t> most_kept_;
  std::size_t most_outdated_;
  ElementType type_ = ElementType::kFloat64;
  std::vector<std::uint64_t> numbers_;  // their bits
};

}  // namespace plyo::bindings
