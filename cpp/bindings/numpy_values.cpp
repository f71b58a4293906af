#include "numpy_values.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>

// NumPy's static library of distributions; `bitgen_t` has the layout of BitSource.
extern "C" {
double random_standard_normal(plyo::spaces::BitSource* bits);
double random_standard_exponential(plyo::spaces::BitSource* bits);
}

namespace plyo::bindings {
namespace {

namespace py = pybind11;
using py::detail::npy_api;

const npy_api& numpy() { return npy_api::get(); }

constexpr ElementType integer_type(std::size_t size, bool is_signed_type) {
  switch (size) {
    case 1:
      return is_signed_type ? ElementType::kInt8 : ElementType::kUInt8;
    case 2:
      return is_signed_type ? ElementType::kInt16 : ElementType::kUInt16;
    case 4:
      return is_signed_type ? ElementType::kInt32 : ElementType::kUInt32;
    default:
      return is_signed_type ? ElementType::kInt64 : ElementType::kUInt64;
  }
}

// By the number that NumPy gives a type.
std::optional<ElementType> element_type_of_number(int number) {
  switch (number) {
    case npy_api::NPY_BOOL_:
      return ElementType::kBool;
    case npy_api::NPY_BYTE_:
      return ElementType::kInt8;
    case npy_api::NPY_UBYTE_:
      return ElementType::kUInt8;
    case npy_api::NPY_SHORT_:
      return ElementType::kInt16;
    case npy_api::NPY_USHORT_:
      return ElementType::kUInt16;
    case npy_api::NPY_INT_:
      return integer_type(sizeof(int), true);
    case npy_api::NPY_UINT_:
      return integer_type(sizeof(int), false);
    case npy_api::NPY_LONG_:
      return integer_type(sizeof(long), true);
    case npy_api::NPY_ULONG_:
      return integer_type(sizeof(long), false);
    case npy_api::NPY_LONGLONG_:
      return integer_type(sizeof(long long), true);
    case npy_api::NPY_ULONGLONG_:
      return integer_type(sizeof(long long), false);
    case npy_api::NPY_FLOAT_:
      return ElementType::kFloat32;
    case npy_api::NPY_DOUBLE_:
      return ElementType::kFloat64;
    default:
      return std::nullopt;
  }
}

std::optional<ElementType> element_type_of_descriptor(const PyObject* descriptor) {
  const auto* const proxy = py::detail::array_descriptor_proxy(descriptor);
  if (proxy->byteorder != '=' && proxy->byteorder != '|') return std::nullopt;
  return element_type_of_number(proxy->type_num);
}

PyObject* scalar_class(const PyObject* dtype) { return py::detail::array_descriptor_proxy(dtype)->typeobj; }

// The integer type of a NumPy scalar's class.
std::optional<ElementType> integer_type_of_class(PyTypeObject* cls) {
  static std::array<std::atomic<PyObject*>, npy_api::NPY_ULONGLONG_ + 1> classes{};
  for (int number = npy_api::NPY_BYTE_; number <= npy_api::NPY_ULONGLONG_; ++number) {
    std::atomic<PyObject*>& known = classes[static_cast<std::size_t>(number)];
    if (known.load() == nullptr) known = numpy().PyArray_TypeObjectFromType_(number);  // never released
    if (known.load() == reinterpret_cast<PyObject*>(cls)) return element_type_of_number(number);
  }
  return std::nullopt;
}

std::int64_t read_integer_bits(const void* data, ElementType type) {
  return spaces::visit_integer_type(type, [&](auto value) {
    return static_cast<std::int64_t>(*static_cast<const decltype(value)*>(data));
  });
}

// The bits of a scalar of an integer class; empty with an exception set where there is no memory.
std::optional<std::int64_t> read_scalar_bits(PyObject* scalar) {
  // quicker than the functions that NumPy has for this
  const auto integer = py::reinterpret_steal<py::object>(PyNumber_Index(scalar));
  if (!integer) return std::nullopt;
  return static_cast<std::int64_t>(PyLong_AsUnsignedLongLongMask(integer.ptr()));
}

// Whether this value of `from` can be an element of a space of `to` by its type; what an int64 cannot say is
// left out.
Integer judge_integer(std::int64_t value, ElementType from, ElementType to) {
  if (from == ElementType::kUInt64 && value < 0) return {Integer::Kind::kOther};
  if (!spaces::casts_safely(from, to)) return {Integer::Kind::kTooLarge};
  return {Integer::Kind::kValue, value};
}

constexpr std::size_t kNumBitGenerators = 5;

PyObject* generator_class() {
  static std::atomic<PyObject*> cls{};
  return attribute_of_module(cls, "numpy.random", "Generator");
}

// The place of a class among NumPy's own bit generators.
std::optional<std::size_t> bit_generator_index(const PyTypeObject* cls) {
  static constexpr std::array<const char*, kNumBitGenerators> kNames{"PCG64", "PCG64DXSM", "MT19937",
                                                                     "Philox", "SFC64"};
  static std::array<std::atomic<PyObject*>, kNumBitGenerators> classes{};
  for (std::size_t i = 0; i < kNumBitGenerators; ++i) {
    const PyObject* const known = attribute_of_module(classes[i], "numpy.random", kNames[i]);
    if (known == reinterpret_cast<const PyObject*>(cls)) return i;
  }
  return std::nullopt;
}

// Where in a bit generator its table of functions lies. The capsule tells; it is the same for all of a class.
std::optional<Py_ssize_t> table_offset(PyObject* bit_generator, std::size_t class_index) {
  static std::array<std::atomic<Py_ssize_t>, kNumBitGenerators> offsets{};
  std::atomic<Py_ssize_t>& offset = offsets[class_index];
  if (offset.load() == 0) {
    static PyObject* const capsule_name = interned("capsule");
    const py::object capsule = get_attribute(bit_generator, capsule_name);
    if (!capsule || !PyCapsule_IsValid(capsule.ptr(), "BitGenerator")) return std::nullopt;
    const auto* const table = static_cast<char*>(PyCapsule_GetPointer(capsule.ptr(), "BitGenerator"));
    const Py_ssize_t distance = table - reinterpret_cast<char*>(bit_generator);
    const Py_ssize_t room =
        Py_TYPE(bit_generator)->tp_basicsize - static_cast<Py_ssize_t>(sizeof(spaces::BitSource));
    if (distance <= 0 || distance > room) return std::nullopt;
    offset = distance;
  }
  return offset.load();
}

// Whether nobody else can have a lock, or take one before this thread gives the GIL away. Asking this takes
// less time than taking a lock, which half of a draw goes into.
bool is_only_thread() {
#ifdef Py_GIL_DISABLED
  return false;
#else
  return PyThreadState_Next(PyInterpreterState_ThreadHead(PyInterpreterState_Get())) == nullptr;
#endif
}

}  // namespace

PyObject* interned(const char* name) {
  PyObject* const string = PyUnicode_InternFromString(name);
  if (string == nullptr) throw py::error_already_set();
  return string;
}

PyObject* attribute_of_module(std::atomic<PyObject*>& cache, const char* module, const char* name) {
  PyObject* known = cache.load();
  if (known == nullptr) {
    known = py::object(py::module_::import(module).attr(name)).release().ptr();
    cache = known;
  }
  return known;
}

PyObject* dtype_of(ElementType type) {
  static constexpr std::array<int, spaces::kNumElementTypes> kNumbers{
      npy_api::NPY_BOOL_,   npy_api::NPY_INT8_,  npy_api::NPY_UINT8_,  npy_api::NPY_INT16_,
      npy_api::NPY_UINT16_, npy_api::NPY_INT32_, npy_api::NPY_UINT32_, npy_api::NPY_INT64_,
      npy_api::NPY_UINT64_, npy_api::NPY_FLOAT_, npy_api::NPY_DOUBLE_};
  PyObject* const dtype = numpy().PyArray_DescrFromType_(kNumbers[static_cast<std::size_t>(type)]);
  Py_DECREF(dtype);  // NumPy keeps its own for ever
  return dtype;
}

std::optional<ElementType> element_type_of(PyObject* dtype) {
  if (!numpy().PyArrayDescr_Check_(dtype)) return std::nullopt;
  return element_type_of_descriptor(dtype);
}

std::optional<PlainArray> PlainArray::from(PyObject* object) {
  if (Py_TYPE(object) != numpy().PyArray_Type_) return std::nullopt;
  constexpr int kPlain = npy_api::NPY_ARRAY_C_CONTIGUOUS_ | npy_api::NPY_ARRAY_ALIGNED_;
  const auto* const proxy = py::detail::array_proxy(static_cast<const void*>(object));
  if ((proxy->flags & kPlain) != kPlain) return std::nullopt;
  const auto type = element_type_of_descriptor(proxy->descr);
  if (!type) return std::nullopt;
  return PlainArray(proxy, *type);
}

std::size_t PlainArray::size() const {
  std::size_t size = 1;
  for (int i = 0; i < proxy_->nd; ++i) size *= static_cast<std::size_t>(dimensions()[i]);
  return size;
}

bool PlainArray::is_writable() const { return (proxy_->flags & npy_api::NPY_ARRAY_WRITEABLE_) != 0; }

bool PlainArray::has_shape_of(const PlainArray& other) const {
  return proxy_->nd == other.proxy_->nd &&
         std::equal(dimensions(), dimensions() + proxy_->nd, other.dimensions());
}

bool PlainArray::has_shape(PyObject* tuple) const {
  if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != proxy_->nd) return false;
  for (int i = 0; i < proxy_->nd; ++i) {
    PyObject* const length = PyTuple_GET_ITEM(tuple, i);
    if (!PyLong_CheckExact(length) || PyLong_AsSsize_t(length) != dimensions()[i]) {
      PyErr_Clear();
      return false;
    }
  }
  return true;
}

PyObject* new_array(PyObject* dtype, int num_dimensions, const Py_ssize_t* dimensions) {
  Py_INCREF(dtype);  // the array steals a reference
  return numpy().PyArray_NewFromDescr_(numpy().PyArray_Type_, dtype, num_dimensions, dimensions, nullptr,
                                       nullptr, 0, nullptr);
}

PyObject* new_array(ElementType type, Py_ssize_t size) { return new_array(dtype_of(type), 1, &size); }

PyObject* new_view(PyObject* array, int num_dimensions, const Py_ssize_t* dimensions, void* data) {
  constexpr int kKept =
      npy_api::NPY_ARRAY_C_CONTIGUOUS_ | npy_api::NPY_ARRAY_ALIGNED_ | npy_api::NPY_ARRAY_WRITEABLE_;
  const auto* const proxy = py::detail::array_proxy(static_cast<const void*>(array));
  Py_INCREF(proxy->descr);  // the view steals a reference
  PyObject* const view =
      numpy().PyArray_NewFromDescr_(numpy().PyArray_Type_, proxy->descr, num_dimensions, dimensions, nullptr,
                                    data, proxy->flags & kKept, nullptr);
  if (view == nullptr) return nullptr;
  if (numpy().PyArray_SetBaseObject_(view, Py_NewRef(array)) != 0) {
    Py_DECREF(view);
    return nullptr;
  }
  return view;
}

std::optional<std::int64_t> integer_scalar(PyObject* object, PyObject* dtype) {
  if (reinterpret_cast<PyObject*>(Py_TYPE(object)) != scalar_class(dtype)) return std::nullopt;
  return read_scalar_bits(object);
}

PyObject* new_integer_scalar(std::int64_t value, PyObject* dtype, ElementType type) {
  // the low bytes of the value, wherever this machine keeps them
  return spaces::visit_integer_type(type, [&](auto kind) {
    auto element = static_cast<decltype(kind)>(value);
    return numpy().PyArray_Scalar_(&element, dtype, nullptr);
  });
}

Integer read_integer(PyObject* object, ElementType type) {
  if (PyLong_CheckExact(object) || PyBool_Check(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0)
      return {type == ElementType::kUInt64 ? Integer::Kind::kOther : Integer::Kind::kTooLarge};
    return {Integer::Kind::kValue, value};
  }
  if (const auto from = integer_type_of_class(Py_TYPE(object))) {
    const auto value = read_scalar_bits(object);
    if (!value) throw py::error_already_set();
    return judge_integer(*value, *from, type);
  }
  const auto array = PlainArray::from(object);
  if (!array || array->num_dimensions() != 0 || !spaces::is_integer(array->type()))
    return {Integer::Kind::kOther};
  return judge_integer(read_integer_bits(array->data(), array->type()), array->type(), type);
}

bool GeneratorStream::open(PyObject* generator) {
  if (reinterpret_cast<PyObject*>(Py_TYPE(generator)) != generator_class()) return false;
  static PyObject* const bit_generator_name = interned("bit_generator");
  static PyObject* const lock_name = interned("lock");
  static PyObject* const acquire_name = interned("acquire");
  bit_generator_ = get_attribute(generator, bit_generator_name);
  if (!bit_generator_) return false;
  const auto index = bit_generator_index(Py_TYPE(bit_generator_.ptr()));
  if (!index) return false;
  const auto offset = table_offset(bit_generator_.ptr(), *index);
  if (!offset) return false;

  if (!is_only_thread()) {
    // NumPy holds it, and gives the GIL away, while it fills an array
    py::object lock = get_attribute(bit_generator_.ptr(), lock_name);
    if (!lock) return false;
    const auto taken = py::reinterpret_steal<py::object>(PyObject_CallMethodNoArgs(lock.ptr(), acquire_name));
    if (!taken) throw py::error_already_set();
    lock_ = std::move(lock);
  }
  bits_ = reinterpret_cast<spaces::BitSource*>(reinterpret_cast<char*>(bit_generator_.ptr()) + *offset);
  return true;
}

GeneratorStream::~GeneratorStream() {
  if (!lock_) return;
  static PyObject* const release = interned("release");
  const auto released = py::reinterpret_steal<py::object>(PyObject_CallMethodNoArgs(lock_.ptr(), release));
  if (!released) PyErr_Clear();
}

spaces::Stream GeneratorStream::stream() const {
  return {.bits = bits_, .distributions = numpy_distributions()};
}

spaces::Distributions numpy_distributions() {
  return {.standard_normal = &random_standard_normal, .standard_exponential = &random_standard_exponential};
}

}  // namespace plyo::bindings
