#include "leaf_arrays.hpp"

#include <cstring>
#include <string>

namespace plyo::bindings {
namespace {

void append(Shape& shape, const LeafShape& more) {
  for (std::size_t i = 0; i < more.rank; ++i) shape.push_back(static_cast<py::ssize_t>(more.sizes[i]));
}

template <class T>
T value_at(const void* rows, std::size_t row) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(rows) + row * sizeof(T), sizeof(T));
  return value;
}

// A single number as a Python int or float.
py::object number(DType dtype, const void* rows, std::size_t row) {
  switch (dtype) {
    case DType::kFloat32:
      return py::float_(static_cast<double>(value_at<float>(rows, row)));
    case DType::kFloat64:
      return py::float_(value_at<double>(rows, row));
    case DType::kUint8:
      return py::int_(value_at<std::uint8_t>(rows, row));
    case DType::kInt8:
      return py::int_(value_at<std::int8_t>(rows, row));
    case DType::kInt32:
      return py::int_(value_at<std::int32_t>(rows, row));
    case DType::kInt64:
      break;
  }
  return py::int_(value_at<std::int64_t>(rows, row));
}

}  // namespace

Shape with_lead(const Shape& lead, const LeafInfo& leaf) {
  Shape shape = lead;
  if (leaf.kind == SpaceKind::kBox) append(shape, leaf.shape);
  return shape;
}

Shape with_lead(const Shape& lead, const InfoLeaf& leaf) {
  Shape shape = lead;
  append(shape, leaf.shape);
  return shape;
}

ArrayList make_leaves(BufferPool& pool, const SpaceInfo& space, const Shape& lead) {
  ArrayList arrays;
  arrays.reserve(space.num_leaves);
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    arrays.push_back(make_array(pool, dtype_of(leaf.dtype), with_lead(lead, leaf)));
  }
  return arrays;
}

ArrayList check_leaves(const py::handle& given, const SpaceInfo& space, const Shape& lead, const char* name) {
  ArrayList arrays;
  if (!space.is_tuple) {
    const LeafInfo& leaf = space.leaf();
    arrays.push_back(check_output(given, dtype_of(leaf.dtype), with_lead(lead, leaf), name));
    return arrays;
  }
  if (!(py::isinstance<py::tuple>(given) || py::isinstance<py::list>(given)) ||
      py::len(given) != space.num_leaves) {
    throw py::type_error("out: '" + std::string(name) + "' must be a tuple of " +
                         std::to_string(space.num_leaves) + " arrays, got " +
                         std::string(py::str(py::type::handle_of(given))));
  }
  const auto parts = py::reinterpret_borrow<py::sequence>(given);
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    const std::string part = std::string(name) + "[" + std::to_string(k) + "]";
    arrays.push_back(
        check_output(py::object(parts[k]), dtype_of(leaf.dtype), with_lead(lead, leaf), part.c_str()));
  }
  return arrays;
}

Leaves addresses(const ArrayList& arrays) {
  Leaves leaves;
  for (std::size_t k = 0; k < arrays.size(); ++k) leaves.at[k] = data_of(arrays[k]);
  return leaves;
}

py::object to_object(ArrayList&& arrays, const SpaceInfo& space) {
  if (!space.is_tuple) return std::move(arrays[0]);
  py::tuple result(arrays.size());
  for (std::size_t k = 0; k < arrays.size(); ++k) result[k] = std::move(arrays[k]);
  return result;
}

namespace {

py::object leaf_object(const LeafInfo& leaf, const void* rows, std::size_t row) {
  if (leaf.kind == SpaceKind::kDiscrete) return number(leaf.dtype, rows, row);
  return copy_to_array(dtype_of(leaf.dtype), leaf.shape,
                       static_cast<const std::byte*>(rows) + row * leaf.bytes_per_lane());
}

}  // namespace

py::object row_object(const SpaceInfo& space, const ConstLeaves& leaves, std::size_t row) {
  if (!space.is_tuple) return leaf_object(space.leaf(), leaves.at[0], row);
  py::tuple result(space.num_leaves);
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    result[k] = leaf_object(space.leaves[k], leaves.at[k], row);
  }
  return result;
}

py::object info_object(const InfoLeaf& leaf, const void* rows, std::size_t row, bool is_reset) {
  if (leaf.shape.rank > 0) {
    return copy_to_array(dtype_of(leaf.dtype), leaf.shape,
                         static_cast<const std::byte*>(rows) + row * leaf.bytes_per_lane());
  }
  py::object value = number(leaf.dtype, rows, row);
  if (leaf.style == InfoStyle::kNumpyScalar) {
    return py::reinterpret_borrow<py::object>(dtype_of(leaf.dtype)).attr("type")(value);
  }
  if (leaf.style == InfoStyle::kIntegerAtReset && is_reset) return py::int_(value);
  return value;
}

}  // namespace plyo::bindings
