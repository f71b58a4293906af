#include "layout.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace plyo::spaces {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

template <class... Functions>
auto match(const Leaf& leaf, Functions&&... functions) {
  return std::visit(Overloaded<std::decay_t<Functions>...>{std::forward<Functions>(functions)...}, leaf);
}

std::size_t num_elements(const Leaf& leaf) {
  return match(
      leaf, [](const Box& box) { return box.bounded_below.size(); },
      [](const Discrete&) { return std::size_t{1}; },
      [](const MultiDiscrete& multi) { return multi.start.size() / size_of(multi.type); },
      [](const MultiBinary& binary) { return binary.size; });
}

ElementType type_of(const Leaf& leaf) {
  return match(
      leaf, [](const Box& box) { return box.type; }, [](const Discrete& discrete) { return discrete.type; },
      [](const MultiDiscrete& multi) { return multi.type; },
      [](const MultiBinary&) { return ElementType::kInt8; });
}

std::size_t flat_size_of(const Leaf& leaf) {
  return match(
      leaf, [](const Discrete& discrete) { return one_hot_size(discrete); },
      [](const MultiDiscrete& multi) { return one_hot_size(multi.view()); },
      [&](const auto&) { return num_elements(leaf); });
}

std::int64_t read_integer(ElementType type, const void* data) {
  std::int64_t value = 0;
  copy_as(type, data, 1, ElementType::kInt64, &value);
  return value;
}

}  // namespace

BoxView Box::view() const {
  return {.type = type,
          .size = bounded_below.size(),
          .low = low.data(),
          .high = high.data(),
          .bounded_below = bounded_below.data(),
          .bounded_above = bounded_above.data()};
}

MultiDiscreteView MultiDiscrete::view() const {
  return {.type = type, .size = start.size() / size_of(type), .start = start.data(), .counts = counts.data()};
}

Box box(ElementType type, std::size_t size, double low, double high) {
  Box box{.type = type, .low = {}, .high = {}, .bounded_below = {}, .bounded_above = {}};
  const auto fill = [&](std::vector<std::byte>& numbers, double bound) {
    numbers.resize(size * size_of(type));
    visit_type(type, [&](auto value) {
      using T = decltype(value);
      // an infinite bound of integers is the end of their type
      T number = bound < 0 ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
      if (std::isfinite(bound) || !std::numeric_limits<T>::is_integer) number = convert<T>(bound);
      for (std::size_t i = 0; i < size; ++i) std::memcpy(numbers.data() + i * sizeof(T), &number, sizeof(T));
    });
  };
  fill(box.low, low);
  fill(box.high, high);
  box.bounded_below.assign(size, std::isinf(low) ? Bool::kFalse : Bool::kTrue);
  box.bounded_above.assign(size, std::isinf(high) ? Bool::kFalse : Bool::kTrue);
  return box;
}

Layout::Layout(std::vector<Leaf> leaves) : leaves_(std::move(leaves)) {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    bytes_.push_back(num_elements(leaves_[i]) * size_of(type(i)));
    offsets_.push_back(offsets_.back() + flat_size_of(leaves_[i]));
    flat_type_ = i == 0 ? type(i) : promote(flat_type_, type(i));
  }
}

ElementType Layout::type(std::size_t i) const { return type_of(leaves_[i]); }

void Layout::check_can_sample(const Distributions& distributions) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const Obstacle found = match(
        leaves_[i], [&](const Box& box) { return obstacle(box.view(), distributions); },
        [](const Discrete& discrete) { return obstacle(discrete); },
        [](const MultiDiscrete& multi) { return obstacle(multi.view()); },
        [](const MultiBinary&) { return Obstacle::kNone; });
    if (found == Obstacle::kNone) continue;
    const std::string leaf = "leaf " + std::to_string(i) + " of " + std::to_string(leaves_.size());
    if (found == Obstacle::kRange) {
      throw std::invalid_argument(leaf + " has an empty range, or one that a draw could leave");
    }
    throw std::invalid_argument(leaf +
                                " is not bounded on both sides: its samples are normal or exponential, which "
                                "this build does not have (they come with NumPy, in builds for Python)");
  }
}

void Layout::sample(std::span<const Stream> streams, Buffers element) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const Stream& stream = streams[i];
    void* const out = element[i];
    match(
        leaves_[i], [&](const Box& box) { spaces::sample(box.view(), stream, out); },
        [&](const Discrete& discrete) {
          const std::int64_t drawn = spaces::sample(discrete, *stream.bits);
          copy_as(ElementType::kInt64, &drawn, 1, discrete.type, out);
        },
        [&](const MultiDiscrete& multi) { spaces::sample(multi.view(), *stream.bits, out); },
        [&](const MultiBinary& binary) {
          sample_bits(binary.size, *stream.bits, static_cast<std::int8_t*>(out));
        });
  }
}

bool Layout::contains(ConstBuffers element) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const void* const x = element[i];
    const bool inside = match(
        leaves_[i], [&](const Box& box) { return spaces::contains(box.view(), x); },
        [&](const Discrete& discrete) { return spaces::contains(discrete, read_integer(discrete.type, x)); },
        [&](const MultiDiscrete& multi) { return spaces::contains(multi.view(), x); },
        [&](const MultiBinary& binary) { return contains_bits(ElementType::kInt8, binary.size, x); });
    if (!inside) return false;
  }
  return true;
}

void Layout::put(ConstBuffers element, std::size_t index, Buffers batch) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (bytes_[i] != 0) std::memcpy(static_cast<char*>(batch[i]) + index * bytes_[i], element[i], bytes_[i]);
  }
}

void Layout::get(ConstBuffers batch, std::size_t index, Buffers element) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (bytes_[i] != 0)
      std::memcpy(element[i], static_cast<const char*>(batch[i]) + index * bytes_[i], bytes_[i]);
  }
}

void Layout::flatten(ConstBuffers element, void* flat) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const void* const x = element[i];
    void* const out = static_cast<char*>(flat) + offsets_[i] * size_of(flat_type_);
    match(
        leaves_[i],
        [&](const Discrete& discrete) { one_hot(discrete, read_integer(discrete.type, x), flat_type_, out); },
        [&](const MultiDiscrete& multi) { one_hot(multi.view(), x, flat_type_, out); },
        [&](const auto&) { copy_as(type(i), x, num_elements(leaves_[i]), flat_type_, out); });
  }
}

bool Layout::unflatten(const void* flat, Buffers element) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const void* const in = static_cast<const char*>(flat) + offsets_[i] * size_of(flat_type_);
    void* const x = element[i];
    const bool valid = match(
        leaves_[i],
        [&](const Discrete& discrete) {
          std::int64_t value = 0;
          if (!from_one_hot(discrete, flat_type_, in, value)) return false;
          copy_as(ElementType::kInt64, &value, 1, discrete.type, x);
          return true;
        },
        [&](const MultiDiscrete& multi) { return from_one_hot(multi.view(), flat_type_, in, x); },
        [&](const auto&) {
          copy_as(flat_type_, in, num_elements(leaves_[i]), type(i), x);
          return true;
        });
    if (!valid) return false;
  }
  return true;
}

}  // namespace plyo::spaces
