#include "arrays.hpp"

#include <new>
#include <string>

#include "tensors.hpp"

namespace plyo::bindings {
namespace {

using py::detail::npy_api;

py::handle make_dtype(const char* name) {
  // never released: used until the interpreter is gone
  return py::dtype(name).release();
}

void release_block(PyObject* capsule) {
  BufferPool::release(static_cast<BufferPool::Block*>(PyCapsule_GetPointer(capsule, nullptr)));
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

py::handle float32_dtype() {
  static const py::handle dtype = make_dtype("float32");
  return dtype;
}
py::handle float64_dtype() {
  static const py::handle dtype = make_dtype("float64");
  return dtype;
}
py::handle int64_dtype() {
  static const py::handle dtype = make_dtype("int64");
  return dtype;
}
py::handle bool_dtype() {
  static const py::handle dtype = make_dtype("bool");
  return dtype;
}
py::handle dtype_of(DType dtype) {
  static const py::handle dtypes[] = {float32_dtype(),    float64_dtype(),     make_dtype("uint8"),
                                      make_dtype("int8"), make_dtype("int32"), int64_dtype()};
  return dtypes[static_cast<std::size_t>(dtype)];
}

py::array make_array(BufferPool& pool, py::handle dtype, const Shape& shape) {
  static const npy_api& api = npy_api::get();
  std::size_t bytes = static_cast<std::size_t>(py::reinterpret_borrow<py::dtype>(dtype).itemsize());
  for (const py::ssize_t size : shape) {
    if (size != 0 && bytes > static_cast<std::size_t>(PY_SSIZE_T_MAX / size)) throw std::bad_alloc();
    bytes *= static_cast<std::size_t>(size);
  }
  BufferPool::Block* const block = pool.acquire(bytes);
  PyObject* const capsule = PyCapsule_New(block, nullptr, &release_block);
  if (capsule == nullptr) {
    BufferPool::release(block);
    throw py::error_already_set();
  }
  dtype.inc_ref();  // the array steals a reference
  PyObject* const array = api.PyArray_NewFromDescr_(
      api.PyArray_Type_, dtype.ptr(), static_cast<int>(shape.size()), shape.data(), nullptr,
      BufferPool::data(block),
      npy_api::NPY_ARRAY_C_CONTIGUOUS_ | npy_api::NPY_ARRAY_ALIGNED_ | npy_api::NPY_ARRAY_WRITEABLE_,
      nullptr);
  if (array == nullptr) {
    Py_DECREF(capsule);
    throw py::error_already_set();
  }
  api.PyArray_SetBaseObject_(array, capsule);  // steals the capsule
  return py::reinterpret_steal<py::array>(array);
}

py::object numpy_scalar(py::handle dtype, const void* value) {
  PyObject* const scalar = npy_api::get().PyArray_Scalar_(const_cast<void*>(value), dtype.ptr(), nullptr);
  if (scalar == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(scalar);
}

py::object copy_to_array(py::handle dtype, const LeafShape& shape, const void* data) {
  static const npy_api& api = npy_api::get();
  dtype.inc_ref();
  py::ssize_t sizes[3];
  for (std::size_t i = 0; i < shape.rank; ++i) sizes[i] = static_cast<py::ssize_t>(shape.sizes[i]);
  PyObject* const array = api.PyArray_NewFromDescr_(
      api.PyArray_Type_, dtype.ptr(), static_cast<int>(shape.rank), sizes, nullptr, nullptr, 0, nullptr);
  if (array == nullptr) throw py::error_already_set();
  const auto bytes = static_cast<std::size_t>(py::reinterpret_borrow<py::dtype>(dtype).itemsize());
  std::memcpy(py::detail::array_proxy(array)->data, data, bytes * shape.count());
  return py::reinterpret_steal<py::object>(array);
}

py::array check_output(const py::handle& array, py::handle dtype, const Shape& shape, const char* name) {
  // written only for an error: text of a dtype costs more than a step of many lanes
  const auto expected = [&] {
    return "a writable C-contiguous numpy array of " + std::string(py::str(dtype)) + " and shape " +
           shape_text(shape);
  };
  py::object given = py::reinterpret_borrow<py::object>(array);
  if (!py::isinstance<py::array>(array)) {
    TensorView view = view_tensor(array);
    if (!view.array) {
      throw py::type_error(
          "out: '" + std::string(name) + "' must be " + expected() + ", got " +
          (view.complaint.empty() ? std::string(py::str(py::type::handle_of(array))) : view.complaint));
    }
    given = std::move(view.array);
  }
  auto result = py::reinterpret_borrow<py::array>(given);
  if (!result.dtype().equal(dtype)) {
    throw py::type_error("out: '" + std::string(name) + "' must be " + expected() + ", got dtype " +
                         std::string(py::str(result.dtype())));
  }
  const Shape actual(result.shape(), result.shape() + result.ndim());
  if (actual != shape) {
    throw py::value_error("out: '" + std::string(name) + "' must be " + expected() + ", got shape " +
                          shape_text(actual));
  }
  if ((result.flags() & py::array::c_style) == 0) {
    throw py::value_error("out: '" + std::string(name) + "' must be " + expected() +
                          ", got one that is not C-contiguous");
  }
  if (!is_aligned(result)) {
    throw py::value_error("out: '" + std::string(name) + "' must be " + expected() +
                          ", got one that is not aligned");
  }
  if (!result.writeable()) {
    throw py::value_error("out: '" + std::string(name) + "' must be " + expected() + ", got a read-only one");
  }
  return result;
}

void check_disjoint(const std::vector<std::pair<const char*, py::array>>& arrays) {
  for (auto a = arrays.begin(); a != arrays.end(); ++a) {
    for (auto b = a + 1; b != arrays.end(); ++b) {
      const auto* const begin_a = static_cast<const std::byte*>(a->second.data());
      const auto* const begin_b = static_cast<const std::byte*>(b->second.data());
      if (begin_a + a->second.nbytes() <= begin_b || begin_b + b->second.nbytes() <= begin_a) continue;
      throw py::value_error("out: '" + std::string(a->first) + "' and '" + b->first +
                            "' share memory; each needs an array of its own");
    }
  }
}

}  // namespace plyo::bindings
