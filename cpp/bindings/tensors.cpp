#include "tensors.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "convert_numbers.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;
using py::detail::npy_api;

// ---- DLPack's functions from C (dlpack.h 1.3), which a class offers in a capsule ----

struct DlDevice {
  std::int32_t type;
  std::int32_t id;
};

struct DlType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct DlTensor {
  void* data;
  DlDevice device;
  std::int32_t num_dimensions;
  DlType type;
  std::int64_t* shape;
  std::int64_t* strides;  // in elements; null: contiguous
  std::uint64_t byte_offset;
};

struct ExchangeHeader {
  std::uint32_t major;
  std::uint32_t minor;
  ExchangeHeader* previous;  // of an older version
};

struct ExchangeFunctions {
  ExchangeHeader header;
  void* allocate;
  void* managed_from_object;
  void* managed_to_object;
  int (*tensor_from_object)(void* object, DlTensor* out);  // borrows all; may be null
  void* current_stream;
};

constexpr std::uint32_t kMajor = 1;
constexpr std::int32_t kCpu = 1, kCudaHost = 3, kRocmHost = 11;  // devices whose memory this process reads

// ---- what is known of a class ----

// A property of objects of a class, or a method without arguments. Where C has it, it is called without a search
// for its name.
class Member {
 public:
  void find(PyObject* cls, const char* name) {
    name_ = interned(name);
    const py::object member = get_attribute(cls, name_);
    if (!member) return;
    if (Py_TYPE(member.ptr()) == &PyGetSetDescr_Type) {
      property_ = reinterpret_cast<PyGetSetDescrObject*>(member.ptr())->d_getset;
    } else if (Py_TYPE(member.ptr()) == &PyMethodDescr_Type) {
      const PyMethodDef* const method = reinterpret_cast<PyMethodDescrObject*>(member.ptr())->d_method;
      if (method->ml_flags == METH_NOARGS) method_ = method->ml_meth;
    }
  }

  // Whether an object of the class says yes.
  bool is_true(PyObject* object) const {
    py::object value;
    if (property_ != nullptr) {
      value = steal(property_->get(object, property_->closure));
    } else if (method_ != nullptr) {
      value = steal(method_(object, nullptr));
    } else {
      value = get_attribute(object, name_);
      if (value && PyCallable_Check(value.ptr()) != 0) value = steal(PyObject_CallNoArgs(value.ptr()));
    }
    if (!value) PyErr_Clear();
    return value && PyObject_IsTrue(value.ptr()) == 1;
  }

 private:
  PyObject* name_ = nullptr;
  const PyGetSetDef* property_ = nullptr;  // of the class, which is kept for ever, and so is the method
  PyCFunction method_ = nullptr;
};

struct KnownClass {
  enum class Way : std::uint8_t { kNone, kExchange, kBuffer };
  PyTypeObject* cls;  // kept for ever
  Way way;
  int (*tensor_from_object)(void* object, DlTensor* out);
  KnownClass* next;
  Member requires_grad, is_negative;  // of tensors that are exchanged
};

// Whether a class answers torch's operations itself, so that its tensors are more than their memory.
bool has_own_operations(PyObject* cls) {
  static PyObject* const dispatch_name = interned("__torch_dispatch__");
  static PyObject* const name_name = interned("__name__");
  const py::object dispatch = get_attribute(cls, dispatch_name);
  const py::object name = dispatch ? get_attribute(dispatch.ptr(), name_name) : py::object();
  return name && std::string(py::str(name)) != "_disabled_torch_dispatch_impl";
}

KnownClass::Way find_way(PyTypeObject* cls, int (*&function)(void*, DlTensor*)) {
  static PyObject* const exchange_name = interned("__dlpack_c_exchange_api__");
  static PyObject* const dlpack_name = interned("__dlpack__");
  auto* const object = reinterpret_cast<PyObject*>(cls);
  const py::object capsule = get_attribute(object, exchange_name);
  if (has_own_operations(object)) return KnownClass::Way::kNone;
  if (capsule && PyCapsule_IsValid(capsule.ptr(), "dlpack_exchange_api") != 0) {
    auto* header = static_cast<ExchangeHeader*>(PyCapsule_GetPointer(capsule.ptr(), "dlpack_exchange_api"));
    while (header != nullptr && header->major != kMajor) header = header->previous;
    if (header != nullptr) function = reinterpret_cast<ExchangeFunctions*>(header)->tensor_from_object;
    if (function != nullptr) return KnownClass::Way::kExchange;
  }
  // NumPy's own scalars, memory views and bytes have buffers too, and are left to NumPy
  const bool has_buffer = cls->tp_as_buffer != nullptr && cls->tp_as_buffer->bf_getbuffer != nullptr;
  if (has_buffer && get_attribute(object, dlpack_name)) return KnownClass::Way::kBuffer;
  return KnownClass::Way::kNone;
}

// Looks a class up once: few classes are ever asked for.
const KnownClass* known_class(PyTypeObject* cls) {
  constexpr int kMost = 64;
  static std::atomic<KnownClass*> first{nullptr};
  int count = 0;
  for (KnownClass* known = first.load(std::memory_order_acquire); known != nullptr; known = known->next) {
    if (known->cls == cls) return known;
    ++count;
  }
  if (count >= kMost) return nullptr;
  int (*function)(void*, DlTensor*) = nullptr;
  const KnownClass::Way way = find_way(cls, function);
  Py_INCREF(reinterpret_cast<PyObject*>(cls));
  auto* const fresh = new KnownClass{cls, way, function, first.load(std::memory_order_relaxed), {}, {}};
  fresh->requires_grad.find(reinterpret_cast<PyObject*>(cls), "requires_grad");
  fresh->is_negative.find(reinterpret_cast<PyObject*>(cls), "is_neg");
  while (!first.compare_exchange_weak(fresh->next, fresh, std::memory_order_release)) {
  }
  return fresh;
}

// ---- the memory of a tensor ----

// The numbers of a tensor where they lie, while this lives.
class TensorMemory {
 public:
  static constexpr int kMostDimensions = 8;

  TensorMemory() = default;
  ~TensorMemory() { PyBuffer_Release(&buffer_); }  // does nothing without a buffer
  TensorMemory(const TensorMemory&) = delete;
  TensorMemory& operator=(const TensorMemory&) = delete;

  // False for an object that is no tensor or cannot be read here; with a complaint if the caller is to change
  // that.
  bool open(PyObject* object, std::string& complaint) {
    const KnownClass* const known = known_class(Py_TYPE(object));
    if (known == nullptr || known->way == KnownClass::Way::kNone) return false;
    if (known->way == KnownClass::Way::kBuffer) return open_buffer(object);
    return open_exchange(*known, object, complaint);
  }

  ElementType type() const { return type_; }
  int num_dimensions() const { return num_dimensions_; }
  const Py_ssize_t* shape() const { return shape_; }
  const Py_ssize_t* strides() const { return strides_; }  // in bytes
  void* data() const { return data_; }
  bool is_writable() const { return buffer_.obj == nullptr || buffer_.readonly == 0; }
  // Takes the buffer that has to be released, if there is one.
  std::optional<Py_buffer> take_buffer() {
    if (buffer_.obj == nullptr) return std::nullopt;
    return std::exchange(buffer_, Py_buffer{});
  }

 private:
  bool open_exchange(const KnownClass& known, PyObject* object, std::string& complaint);
  bool open_buffer(PyObject* object);

  ElementType type_{};
  int num_dimensions_ = 0;
  Py_ssize_t shape_[kMostDimensions];
  Py_ssize_t strides_[kMostDimensions];
  void* data_ = nullptr;
  Py_buffer buffer_{};
};

// The element type of a DLPack type.
std::optional<ElementType> element_type_of(const DlType& type) {
  if (type.lanes != 1) return std::nullopt;
  using enum ElementType;
  switch (type.code * 256 + type.bits) {
    case 8:
      return kInt8;
    case 16:
      return kInt16;
    case 32:
      return kInt32;
    case 64:
      return kInt64;
    case 256 + 8:
      return kUInt8;
    case 256 + 16:
      return kUInt16;
    case 256 + 32:
      return kUInt32;
    case 256 + 64:
      return kUInt64;
    case 2 * 256 + 32:
      return kFloat32;
    case 2 * 256 + 64:
      return kFloat64;
    case 6 * 256 + 8:
      return kBool;
    default:
      return std::nullopt;
  }
}

bool TensorMemory::open_exchange(const KnownClass& known, PyObject* object, std::string& complaint) {
  DlTensor tensor{};
  if (known.tensor_from_object(object, &tensor) != 0) {
    PyErr_Clear();  // such as a sparse tensor: NumPy has the clearer error
    return false;
  }
  if (tensor.device.type != kCpu && tensor.device.type != kCudaHost && tensor.device.type != kRocmHost) {
    complaint = "a tensor on another device; copy it here with tensor.cpu()";
    return false;
  }
  const auto type = element_type_of(tensor.type);
  if (!type || tensor.num_dimensions > kMostDimensions) return false;
  // torch's stand-ins for tensors, such as those that torch.compile traces with, have no memory
  if (tensor.data == nullptr) return false;
  if (!spaces::is_integer(*type) && *type != ElementType::kBool) {
    if (known.requires_grad.is_true(object)) {
      complaint = "a tensor that requires grad; pass tensor.detach()";
      return false;
    }
    if (known.is_negative.is_true(object)) {
      complaint = "a tensor with its negative bit set; pass tensor.resolve_neg()";
      return false;
    }
  }
  type_ = *type;
  num_dimensions_ = tensor.num_dimensions;
  data_ = static_cast<char*>(tensor.data) + tensor.byte_offset;
  const auto bytes = static_cast<Py_ssize_t>(spaces::size_of(type_));
  Py_ssize_t step = bytes;
  for (int i = num_dimensions_ - 1; i >= 0; --i) {
    shape_[i] = static_cast<Py_ssize_t>(tensor.shape[i]);
    strides_[i] = tensor.strides == nullptr ? step : static_cast<Py_ssize_t>(tensor.strides[i]) * bytes;
    step *= shape_[i];
  }
  return true;
}

// The element type of a buffer in the order of this machine.
std::optional<ElementType> element_type_of(const Py_buffer& buffer) {
  const char* format = buffer.format == nullptr ? "B" : buffer.format;
  if (*format == '@' || *format == '=' || *format == '<') ++format;
  if (format[0] == '\0' || format[1] != '\0') return std::nullopt;
  using enum ElementType;
  switch (*format) {
    case '?':
      return kBool;
    case 'b':
      return kInt8;
    case 'B':
      return kUInt8;
    case 'h':
      return kInt16;
    case 'H':
      return kUInt16;
    case 'i':
    case 'l':
    case 'q':
      return buffer.itemsize == 4 ? kInt32 : kInt64;
    case 'I':
    case 'L':
    case 'Q':
      return buffer.itemsize == 4 ? kUInt32 : kUInt64;
    case 'f':
      return kFloat32;
    case 'd':
      return kFloat64;
    default:
      return std::nullopt;
  }
}

bool TensorMemory::open_buffer(PyObject* object) {
  if (PyObject_GetBuffer(object, &buffer_, PyBUF_STRIDED_RO | PyBUF_FORMAT) != 0) {
    PyErr_Clear();  // such as an array on another device: NumPy gets a copy
    return false;
  }
  const auto type = element_type_of(buffer_);
  if (!type || spaces::size_of(*type) != static_cast<std::size_t>(buffer_.itemsize) ||
      buffer_.ndim > kMostDimensions) {
    return false;
  }
  type_ = *type;
  num_dimensions_ = buffer_.ndim;
  data_ = buffer_.buf;
  std::copy_n(buffer_.shape, num_dimensions_, shape_);
  std::copy_n(buffer_.strides, num_dimensions_, strides_);
  return true;
}

// What keeps the memory of a view alive.
py::object owner_of(TensorMemory& memory, PyObject* object) {
  auto buffer = memory.take_buffer();
  if (!buffer) return py::reinterpret_borrow<py::object>(object);
  auto held = std::make_unique<Py_buffer>(*buffer);
  py::object owner = steal(PyCapsule_New(held.get(), nullptr, [](PyObject* capsule) {
    auto* const kept = static_cast<Py_buffer*>(PyCapsule_GetPointer(capsule, nullptr));
    PyBuffer_Release(kept);
    delete kept;
  }));
  if (!owner) {
    PyBuffer_Release(held.get());
    throw py::error_already_set();
  }
  [[maybe_unused]] const Py_buffer* const of_capsule = held.release();
  return owner;
}

}  // namespace

TensorView view_tensor(const py::handle& object) {
  TensorView view;
  TensorMemory memory;
  if (!memory.open(object.ptr(), view.complaint)) return view;
  const npy_api& numpy = npy_api::get();
  const bool is_writable = memory.is_writable();
  py::object owner = owner_of(memory, object.ptr());
  PyObject* const dtype = dtype_of(memory.type());
  Py_INCREF(dtype);  // the array steals a reference
  view.array = steal(numpy.PyArray_NewFromDescr_(numpy.PyArray_Type_, dtype, memory.num_dimensions(),
                                                 memory.shape(), memory.strides(), memory.data(),
                                                 is_writable ? npy_api::NPY_ARRAY_WRITEABLE_ : 0, nullptr));
  if (!view.array || numpy.PyArray_SetBaseObject_(view.array.ptr(), owner.release().ptr()) != 0) {
    throw py::error_already_set();
  }
  return view;
}

py::object read_tensor(const py::handle& object, const Shape& shape, ElementType type, bool takes_bools) {
  TensorMemory memory;
  std::string complaint;
  if (!memory.open(object.ptr(), complaint)) return {};
  if (memory.type() == ElementType::kBool && !takes_bools) return {};
  if (!std::equal(shape.begin(), shape.end(), memory.shape(), memory.shape() + memory.num_dimensions())) {
    return {};
  }
  return convert_numbers({memory.type(), memory.num_dimensions(), memory.shape(), memory.strides(),
                          static_cast<const std::byte*>(memory.data())},
                         type);
}

}  // namespace plyo::bindings
