#include "flatten.hpp"

#include <algorithm>
#include <cstring>

namespace plyo::spaces {
namespace {

void set_one(ElementType type, void* out, std::size_t index) {
  visit_type(type, [&](auto value) {
    using T = decltype(value);
    static_cast<T*>(out)[index] = T{1};
  });
}

// The index of the first number that is not zero, `size` if all are zero.
std::size_t first_nonzero(ElementType type, const void* in, std::size_t first, std::size_t size) {
  return visit_type(type, [&](auto value) {
    using T = decltype(value);
    const T* numbers = static_cast<const T*>(in) + first;
    const T* found = std::find_if(numbers, numbers + size, [](T number) { return number != T{0}; });
    return static_cast<std::size_t>(found - numbers);
  });
}

}  // namespace

void copy_as(ElementType from, const void* in, std::size_t size, ElementType to, void* out) {
  if (from == to) {
    if (size != 0) std::memcpy(out, in, size * size_of(to));
    return;
  }
  visit_type(from, [&](auto from_value) {
    visit_type(to, [&](auto to_value) {
      using From = decltype(from_value);
      using To = decltype(to_value);
      const From* numbers = static_cast<const From*>(in);
      std::transform(numbers, numbers + size, static_cast<To*>(out),
                     [](From number) { return convert<To>(number); });
    });
  });
}

std::size_t one_hot_size(const DiscreteView& discrete) { return static_cast<std::size_t>(discrete.count); }

std::size_t one_hot_size(const MultiDiscreteView& multi) {
  return visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* counts = static_cast<const T*>(multi.counts);
    std::size_t total = 0;
    for (std::size_t i = 0; i < multi.size; ++i) total += static_cast<std::size_t>(extend(counts[i]));
    return total;
  });
}

void one_hot(const DiscreteView& discrete, std::int64_t x, ElementType to, void* out) {
  std::memset(out, 0, one_hot_size(discrete) * size_of(to));
  set_one(
      to, out,
      static_cast<std::size_t>(static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(discrete.start)));
}

void one_hot(const MultiDiscreteView& multi, const void* x, ElementType to, void* out) {
  visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    const T* counts = static_cast<const T*>(multi.counts);
    std::memset(out, 0, one_hot_size(multi) * size_of(to));
    std::size_t first = 0;
    for (std::size_t i = 0; i < multi.size; ++i) {
      const auto offset = extend(static_cast<const T*>(x)[i]) - extend(static_cast<const T*>(multi.start)[i]);
      set_one(to, out, first + static_cast<std::size_t>(offset));
      first += static_cast<std::size_t>(extend(counts[i]));
    }
  });
}

bool from_one_hot(const DiscreteView& discrete, ElementType from, const void* in, std::int64_t& x) {
  const std::size_t size = one_hot_size(discrete);
  const std::size_t found = first_nonzero(from, in, 0, size);
  x = static_cast<std::int64_t>(static_cast<std::uint64_t>(discrete.start) + found);
  return found < size;
}

bool from_one_hot(const MultiDiscreteView& multi, ElementType from, const void* in, void* x) {
  return visit_integer_type(multi.type, [&](auto value) {
    using T = decltype(value);
    std::size_t first = 0;
    for (std::size_t i = 0; i < multi.size; ++i) {
      const auto count = static_cast<std::size_t>(extend(static_cast<const T*>(multi.counts)[i]));
      const std::size_t found = first_nonzero(from, in, first, count);
      if (found == count) return false;
      const std::size_t rest = count - found - 1;
      if (first_nonzero(from, in, first + found + 1, rest) != rest) return false;
      static_cast<T*>(x)[i] = static_cast<T>(extend(static_cast<const T*>(multi.start)[i]) + found);
      first += count;
    }
    return true;
  });
}

}  // namespace plyo::spaces
