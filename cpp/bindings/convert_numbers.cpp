#include "convert_numbers.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

#include "../engine/float_mode.hpp"
#include "../engine/number_casts.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

// Copies numbers of `kBytes` each one behind the other.
template <std::size_t kBytes>
void gather(const std::byte* from, const Py_ssize_t* shape, const Py_ssize_t* strides, int rank,
            std::byte*& to) {
  if (rank == 0) {
    std::memcpy(to, from, kBytes);
    to += kBytes;
    return;
  }
  for (Py_ssize_t i = 0; i < shape[0]; ++i, from += strides[0]) {
    if (rank > 1) {
      gather<kBytes>(from, shape + 1, strides + 1, rank - 1, to);
    } else {
      std::memcpy(to, from, kBytes);
      to += kBytes;
    }
  }
}

void gather_all(const NumbersAt& numbers, void* to) {
  auto* next = static_cast<std::byte*>(to);
  const auto run = [&](auto bytes) {
    gather<bytes()>(numbers.data, numbers.shape, numbers.strides, numbers.num_dimensions, next);
  };
  switch (spaces::size_of(numbers.type)) {
    case 1:
      return run(std::integral_constant<std::size_t, 1>());
    case 2:
      return run(std::integral_constant<std::size_t, 2>());
    case 4:
      return run(std::integral_constant<std::size_t, 4>());
    default:
      return run(std::integral_constant<std::size_t, 8>());
  }
}

// Whether they lie one behind the other.
bool is_contiguous(const NumbersAt& numbers) {
  auto step = static_cast<Py_ssize_t>(spaces::size_of(numbers.type));
  for (int i = numbers.num_dimensions - 1; i >= 0; --i) {
    if (numbers.shape[i] != 1 && numbers.strides[i] != step) return false;
    step *= numbers.shape[i];
  }
  return true;
}

}  // namespace

py::object convert_numbers(const NumbersAt& numbers, ElementType type) {
  const bool is_same = numbers.type == type;
  const NumberCast cast = is_same ? nullptr : number_cast(numbers.type, type);
  if (cast == nullptr && !is_same) return {};
  py::object result = steal(new_array(dtype_of(type), numbers.num_dimensions, numbers.shape));
  if (!result) throw py::error_already_set();
  std::size_t count = 1;
  for (int i = 0; i < numbers.num_dimensions; ++i) count *= static_cast<std::size_t>(numbers.shape[i]);
  if (count == 0) return result;
  void* const to = array_data(result.ptr());
  const std::size_t bytes = spaces::size_of(numbers.type);
  const bool is_plain = is_contiguous(numbers) && reinterpret_cast<std::uintptr_t>(numbers.data) % bytes == 0;
  const DefaultFloatMode mode;
  if (is_same && is_plain) {
    std::memcpy(to, numbers.data, count * bytes);
  } else if (is_same) {
    gather_all(numbers, to);
  } else if (is_plain) {
    cast(numbers.data, to, count);
  } else {
    // aligned for any type
    const auto copy = std::make_unique_for_overwrite<std::uint64_t[]>((count * bytes + 7) / 8);
    gather_all(numbers, copy.get());
    cast(copy.get(), to, count);
  }
  return result;
}

}  // namespace plyo::bindings
