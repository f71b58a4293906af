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

py::str key_of(const LeafInfo& leaf) { return {leaf.name.data(), leaf.name.size()}; }

std::vector<py::object> parts_of(const py::handle& field, const SpaceInfo& space) {
  std::vector<py::object> parts;
  if (!space.has_parts()) {
    parts.push_back(py::reinterpret_borrow<py::object>(field));
    return parts;
  }
  const bool is_right_type = space.is_dict()
                                 ? py::isinstance<py::dict>(field)
                                 : py::isinstance<py::tuple>(field) || py::isinstance<py::list>(field);
  if (!is_right_type || py::len(field) != space.num_leaves) return parts;
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    py::object key = space.is_dict() ? py::object(key_of(space.leaves[k])) : py::object(py::int_(k));
    if (space.is_dict() && !py::reinterpret_borrow<py::dict>(field).contains(key)) return {};
    parts.push_back(field[key]);
  }
  return parts;
}

std::string expected_parts(const SpaceInfo& space, const char* noun) {
  if (!space.is_dict()) return "a tuple of " + std::to_string(space.num_leaves) + " " + noun;
  std::string keys;
  for (std::size_t i = 0; i < space.num_leaves; ++i) {
    keys += (i == 0 ? "'" : ", '") + std::string(space.leaves[space.by_name[i]].name) + "'";
  }
  return std::string("a dict of ") + noun + " with the keys " + keys;
}

ArrayList check_leaves(const py::handle& given, const SpaceInfo& space, const Shape& lead, const char* name) {
  ArrayList arrays;
  const std::vector<py::object> parts = parts_of(given, space);
  if (parts.empty()) {
    const std::string found =
        space.is_dict() && py::isinstance<py::dict>(given)
            ? "one with the keys " +
                  std::string(py::repr(py::list(py::reinterpret_borrow<py::object>(given))))
            : std::string(py::str(py::type::handle_of(given)));
    throw py::type_error("out: '" + std::string(name) + "' must be " + expected_parts(space, "arrays") +
                         ", got " + found);
  }
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    const LeafInfo& leaf = space.leaves[k];
    std::string part = name;
    if (space.form == SpaceForm::kTuple) part += "[" + std::to_string(k) + "]";
    if (space.is_dict()) part += "['" + std::string(leaf.name) + "']";
    arrays.push_back(check_output(parts[k], dtype_of(leaf.dtype), with_lead(lead, leaf), part.c_str()));
  }
  return arrays;
}

namespace {

template <class Objects>
py::object join_parts(Objects& arrays, const SpaceInfo& space) {
  if (!space.has_parts()) return std::move(arrays[0]);
  if (space.is_dict()) {
    py::dict result;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const std::size_t k = space.by_name[i];
      result[key_of(space.leaves[k])] = std::move(arrays[k]);
    }
    return result;
  }
  py::tuple result(arrays.size());
  for (std::size_t k = 0; k < arrays.size(); ++k) result[k] = std::move(arrays[k]);
  return result;
}

}  // namespace

py::object to_object(ArrayList&& arrays, const SpaceInfo& space) { return join_parts(arrays, space); }

py::object to_object(std::vector<py::object>&& arrays, const SpaceInfo& space) {
  return join_parts(arrays, space);
}

namespace {

py::object leaf_object(const LeafInfo& leaf, const void* rows, std::size_t row) {
  if (leaf.kind == SpaceKind::kDiscrete) return number(leaf.dtype, rows, row);
  return copy_to_array(dtype_of(leaf.dtype), leaf.shape,
                       static_cast<const std::byte*>(rows) + row * leaf.bytes_per_lane());
}

}  // namespace

py::object row_object(const SpaceInfo& space, const ConstLeaves& leaves, std::size_t row) {
  if (!space.has_parts()) return leaf_object(space.leaf(), leaves.at[0], row);
  if (space.is_dict()) {
    py::dict result;
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      result[key_of(space.leaves[k])] = leaf_object(space.leaves[k], leaves.at[k], row);
    }
    return result;
  }
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
  if (leaf.style == InfoStyle::kNumpyScalar) {
    return numpy_scalar(dtype_of(leaf.dtype),
                        static_cast<const std::byte*>(rows) + row * leaf.bytes_per_lane());
  }
  if (leaf.style == InfoStyle::kBoolOrNone) return py::bool_(static_cast<const std::int8_t*>(rows)[row] > 0);
  py::object value = number(leaf.dtype, rows, row);
  if (leaf.style == InfoStyle::kIntegerAtReset && is_reset) return py::int_(value);
  return value;
}

}  // namespace plyo::bindings
