// Arrays that a wrapper of a batch has as attributes, lent to its stage for a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "lent_stages.hpp"
#include "numpy_values.hpp"

namespace plyo::bindings {

inline void set_attribute(const py::object& owner, PyObject* name, const py::object& value) {
  if (PyObject_SetAttr(owner.ptr(), name, value.ptr()) != 0) throw py::error_already_set();
}

// An array of one number a lane, or several, that a wrapper has as an attribute.
class LaneArray {
 public:
  LaneArray(const char* name, ElementType type, std::size_t numbers = 1)
      : name_(interned(name)), type_(type), numbers_(numbers) {}

  // False for an attribute of another kind.
  bool borrow(const py::object& wrapper, std::size_t num_lanes) {
    object_ = get_attribute(wrapper.ptr(), name_);
    if (!object_) return false;
    const auto array = PlainArray::from(object_.ptr());
    if (!array || array->type() != type_ || array->num_dimensions() == 0 ||
        static_cast<std::size_t>(array->dimensions()[0]) != num_lanes ||
        array->size() != num_lanes * numbers_ || !array->is_writable()) {
      return false;
    }
    data_ = array->data();
    bytes_ = array->size() * size_of(type_);
    copy_.clear();
    return true;
  }
  void detach() {
    copy_.resize(bytes_);
    std::memcpy(copy_.data(), data_, bytes_);
  }
  void give_back() {
    if (!copy_.empty()) std::memcpy(data_, copy_.data(), bytes_);
    object_ = py::object();
  }
  template <class T>
  T* data() {
    return static_cast<T*>(copy_.empty() ? data_ : static_cast<void*>(copy_.data()));
  }
  PyObject* name() const { return name_; }
  const py::object& object() const { return object_; }
  // Whether nobody but the wrapper and this has the array.
  bool is_unshared() const { return Py_REFCNT(object_.ptr()) == 2; }

 private:
  PyObject* name_;
  ElementType type_;
  std::size_t numbers_;
  py::object object_;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<std::byte> copy_;
};

// The flags of lanes that wait for a reset: each step leaves a new array of them, or the old one if nobody would see a
// difference.
class Flags {
 public:
  explicit Flags(const char* name) : before_(name, ElementType::kBool) {}

  bool borrow(const py::object& wrapper, const StageBatch& batch) {
    if (!before_.borrow(wrapper, batch.num_envs)) return false;
    batch_ = &batch;
    now_ = before_.is_unshared() ? before_.object() : make_flags();
    is_detached_ = false;
    return true;
  }
  void detach() {
    now_ = make_flags();
    std::memcpy(now(), before_.data<std::uint8_t>(), batch_->num_envs);
    is_detached_ = true;
  }
  const std::uint8_t* before() { return is_detached_ ? now() : before_.data<std::uint8_t>(); }
  std::uint8_t* now() { return static_cast<std::uint8_t*>(array_data(now_.ptr())); }
  void give_back(const py::object& wrapper) {
    if (!now_.is(before_.object())) set_attribute(wrapper, before_.name(), now_);
    now_ = py::object();
    before_.give_back();
  }

 private:
  py::object make_flags() const {
    return make_array(*batch_->pool, bool_dtype(), {static_cast<py::ssize_t>(batch_->num_envs)});
  }

  LaneArray before_;
  const StageBatch* batch_ = nullptr;
  py::object now_;
  bool is_detached_ = false;
};

// A stage whose state is arrays with a row a lane, and the flags of the lanes that wait for a reset.
class LentLanes : public LentStage {
 public:
  // `flags`: the name of the wrapper's attribute.
  LentLanes(py::object wrapper, const StageBatch& batch, const char* flags)
      : LentStage(std::move(wrapper)), batch_(batch), flags_(flags) {}

  bool borrow() final {
    if (!read()) return false;
    for (LaneArray& array : arrays_) {
      if (!array.borrow(wrapper(), batch_.num_envs)) return false;
    }
    if (!flags_.borrow(wrapper(), batch_)) return false;
    aim();
    return true;
  }
  void detach() final {
    for (LaneArray& array : arrays_) array.detach();
    flags_.detach();
    aim();
  }
  void give_back() final {
    for (LaneArray& array : arrays_) array.give_back();
    flags_.give_back(wrapper());
    write();
  }

 protected:
  // Lends one more array of the wrapper.
  LaneArray& lend(const char* name, ElementType type, std::size_t numbers = 1) {
    return arrays_.emplace_back(name, type, numbers);
  }
  const StageBatch& batch() const { return batch_; }
  Flags& flags() { return flags_; }

 private:
  // Points the stage to the arrays as they lie now.
  virtual void aim() = 0;
  // The state of the wrapper that is not in such arrays; false if it has another form than the stage knows.
  virtual bool read() { return true; }
  virtual void write() {}

  const StageBatch& batch_;
  std::deque<LaneArray> arrays_;
  Flags flags_;
};

// The type of an array of such numbers, if it is one of NumPy's own.
inline std::optional<ElementType> element_type(Number number) {
  constexpr std::pair<Number, ElementType> kTypes[] = {
      {Number::kUint8, ElementType::kUInt8},     {Number::kInt8, ElementType::kInt8},
      {Number::kInt32, ElementType::kInt32},     {Number::kInt64, ElementType::kInt64},
      {Number::kFloat32, ElementType::kFloat32}, {Number::kFloat64, ElementType::kFloat64}};
  for (const auto& [known, type] : kTypes) {
    if (known == number) return type;
  }
  return std::nullopt;
}

}  // namespace plyo::bindings
