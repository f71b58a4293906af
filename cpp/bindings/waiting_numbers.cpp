#include "waiting_numbers.hpp"

#include <cstring>
#include <utility>

namespace plyo::bindings {

void WaitingNumbers::add(ElementType type, const void* numbers, std::size_t count) {
  if (count == 0) return;
  type_ = type;
  const auto* first = static_cast<const std::byte*>(numbers);
  if (most_kept_ && count >= *most_kept_) {
    first += (count - *most_kept_) * sizeof(std::uint64_t);
    count = *most_kept_;
    numbers_.clear();
  }
  const std::size_t before = numbers_.size();
  numbers_.resize(before + count);
  if (count != 0) std::memcpy(numbers_.data() + before, first, count * sizeof(std::uint64_t));
  if (!most_kept_ || numbers_.size() < *most_kept_ + most_outdated_) return;
  numbers_.erase(numbers_.begin(), numbers_.end() - static_cast<std::ptrdiff_t>(*most_kept_));
}

bool WaitingNumbers::add_array(const pybind11::object& array) {
  const auto plain = PlainArray::from(array.ptr());
  if (!plain || plain->num_dimensions() != 1 || !takes(plain->type())) return false;
  add(plain->type(), plain->data(), plain->size());
  return true;
}

pybind11::object WaitingNumbers::take() {
  // making an array may run code of others, which may add
  const std::vector<std::uint64_t> taken = std::exchange(numbers_, {});
  pybind11::object array = steal(new_array(type_, static_cast<Py_ssize_t>(taken.size())));
  if (!array) throw pybind11::error_already_set();
  if (!taken.empty()) {
    std::memcpy(array_data(array.ptr()), taken.data(), taken.size() * sizeof(std::uint64_t));
  }
  return array;
}

}  // namespace plyo::bindings
