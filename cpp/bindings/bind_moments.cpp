// Running means and variances over NumPy arrays. Arguments of unusual types return None: the Python side then
// computes with NumPy.
#include <optional>

#include "../engine/float_mode.hpp"
#include "../engine/running_moments.hpp"
#include "arrays.hpp"
#include "gil.hpp"
#include "numpy_values.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

namespace py = pybind11;

// Mean and variance as Python objects: two arrays of the shape of a sample, or two numbers.
class MomentArrays {
 public:
  static std::optional<MomentArrays> from(PyObject* mean, PyObject* var, PyObject* count) {
    MomentArrays result;
    if (!PyFloat_CheckExact(count) && !PyLong_CheckExact(count)) return std::nullopt;
    result.count_ = PyFloat_AsDouble(count);
    if (PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      return std::nullopt;
    }
    if (PyFloat_Check(mean) && PyFloat_Check(var)) {  // float64 scalars too
      result.numbers_[0] = PyFloat_AS_DOUBLE(mean);
      result.numbers_[1] = PyFloat_AS_DOUBLE(var);
      return result;
    }
    result.mean_ = PlainArray::from(mean);
    result.var_ = PlainArray::from(var);
    if (!result.mean_ || !result.var_ || result.mean_->type() != result.var_->type() ||
        !result.mean_->has_shape_of(*result.var_) || result.mean_->type() < ElementType::kFloat32) {
      return std::nullopt;
    }
    return result;
  }

  ElementType type() const { return mean_ ? mean_->type() : ElementType::kFloat64; }
  int num_dimensions() const { return mean_ ? mean_->num_dimensions() : 0; }
  const Py_ssize_t* dimensions() const { return mean_ ? mean_->dimensions() : nullptr; }
  std::size_t size() const { return mean_ ? mean_->size() : 1; }
  double count() const { return count_; }

  template <class Moment>
  Moments<Moment> get() const {
    if (mean_) {
      return {static_cast<const Moment*>(mean_->data()), static_cast<const Moment*>(var_->data()), count_};
    }
    return {reinterpret_cast<const Moment*>(&numbers_[0]), reinterpret_cast<const Moment*>(&numbers_[1]),
            count_};
  }

 private:
  std::optional<PlainArray> mean_, var_;
  double numbers_[2] = {0, 0};
  double count_ = 0;
};

// The number of samples in an array, one or a batch; 0 if their shape differs from the moments' shape.
std::size_t count_rows(const PlainArray& samples, const MomentArrays& moments) {
  const int skipped = samples.num_dimensions() - moments.num_dimensions();
  if (skipped != 0 && skipped != 1) return 0;
  for (int i = 0; i < moments.num_dimensions(); ++i) {
    if (samples.dimensions()[i + skipped] != moments.dimensions()[i]) return 0;
  }
  return skipped == 0 ? 1 : static_cast<std::size_t>(samples.dimensions()[0]);
}

std::optional<PlainArray> read_samples(PyObject* samples) {
  auto array = PlainArray::from(samples);
  if (!array || array->type() < ElementType::kFloat32) return std::nullopt;
  return array;
}

// Calls `function` with a sample and a moment of the types of these arrays.
template <class Function>
void visit_types(ElementType samples, ElementType moments, const Function& function) {
  if (samples == ElementType::kFloat32 && moments == ElementType::kFloat32) {
    function(float{}, float{});
  } else if (samples == ElementType::kFloat32) {
    function(float{}, double{});
  } else if (moments == ElementType::kFloat32) {
    function(double{}, float{});
  } else {
    function(double{}, double{});
  }
}

// Releasing the GIL costs more than a few numbers.
template <class Work>
void compute(std::size_t num_elements, const Work& work) {
  std::optional<GilRelease> release;
  if (num_elements >= 8192) release.emplace();
  const DefaultFloatMode mode;
  work();
}

py::object new_floats(ElementType type, int num_dimensions, const Py_ssize_t* dimensions) {
  const py::handle dtype = type == ElementType::kFloat32 ? float32_dtype() : float64_dtype();
  PyObject* const array = new_array(dtype.ptr(), num_dimensions, dimensions);
  if (array == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(array);
}

// NumPy's operations return scalars where arrays have no dimension.
py::object scalar_if_flat(const py::object& array, int num_dimensions) {
  return num_dimensions == 0 ? py::object(array[py::tuple()]) : array;
}

struct Updated {
  py::object mean, var;
};

Updated update(const PlainArray& samples, std::size_t num_rows, const MomentArrays& so_far) {
  const ElementType type = so_far.type();
  Updated updated{new_floats(type, so_far.num_dimensions(), so_far.dimensions()),
                  new_floats(type, so_far.num_dimensions(), so_far.dimensions())};
  void* const mean = array_data(updated.mean.ptr());
  void* const var = array_data(updated.var.ptr());
  compute(samples.size(), [&] {
    visit_types(samples.type(), type, [&](auto sample, auto moment) {
      using Sample = decltype(sample);
      using Moment = decltype(moment);
      if constexpr (sizeof(Sample) <= sizeof(Moment)) {
        update_moments(static_cast<const Sample*>(samples.data()), num_rows, so_far.size(),
                       so_far.get<Moment>(), static_cast<Moment*>(mean), static_cast<Moment*>(var));
      }
    });
  });
  return updated;
}

py::object standardized(const PlainArray& samples, std::size_t num_rows, const MomentArrays& moments,
                        double epsilon) {
  py::object result = new_floats(ElementType::kFloat32, samples.num_dimensions(), samples.dimensions());
  auto* const out = static_cast<float*>(array_data(result.ptr()));
  compute(samples.size(), [&] {
    visit_types(samples.type(), moments.type(), [&](auto sample, auto moment) {
      standardize(static_cast<const decltype(sample)*>(samples.data()), num_rows, moments.size(),
                  moments.get<decltype(moment)>(), epsilon, out);
    });
  });
  return scalar_if_flat(result, samples.num_dimensions());
}

// Moments that are wider than the samples keep their type; narrower ones would be widened.
bool can_update(const PlainArray& samples, const MomentArrays& so_far) {
  return samples.type() <= so_far.type();
}

py::object update_moments_of(const py::handle& mean, const py::handle& var, const py::handle& count,
                             const py::handle& rows) {
  const auto so_far = MomentArrays::from(mean.ptr(), var.ptr(), count.ptr());
  const auto samples = read_samples(rows.ptr());
  if (!so_far || !samples || !can_update(*samples, *so_far)) return py::none();
  const std::size_t num_rows = count_rows(*samples, *so_far);
  if (num_rows == 0 || samples->num_dimensions() == so_far->num_dimensions()) return py::none();
  Updated updated = update(*samples, num_rows, *so_far);
  return py::make_tuple(scalar_if_flat(updated.mean, so_far->num_dimensions()),
                        scalar_if_flat(updated.var, so_far->num_dimensions()));
}

py::object standardize_with(const py::handle& mean, const py::handle& var, const py::handle& given,
                            double epsilon) {
  const auto moments = MomentArrays::from(mean.ptr(), var.ptr(), py::int_(1).ptr());
  const auto samples = read_samples(given.ptr());
  if (!moments || !samples) return py::none();
  const std::size_t num_rows = count_rows(*samples, *moments);
  if (num_rows == 0) return py::none();
  return standardized(*samples, num_rows, *moments, epsilon);
}

py::object update_and_standardize(const py::handle& mean, const py::handle& var, const py::handle& count,
                                  const py::handle& given, double epsilon) {
  const auto so_far = MomentArrays::from(mean.ptr(), var.ptr(), count.ptr());
  const auto samples = read_samples(given.ptr());
  if (!so_far || !samples || !can_update(*samples, *so_far)) return py::none();
  if (count_rows(*samples, *so_far) != 1 || samples->num_dimensions() != so_far->num_dimensions()) {
    return py::none();
  }
  Updated updated = update(*samples, 1, *so_far);
  const auto now = MomentArrays::from(updated.mean.ptr(), updated.var.ptr(), count.ptr());
  py::object result = standardized(*samples, 1, *now, epsilon);
  return py::make_tuple(scalar_if_flat(updated.mean, so_far->num_dimensions()),
                        scalar_if_flat(updated.var, so_far->num_dimensions()), std::move(result));
}

}  // namespace

void register_moments(py::module_& module) {
  module.def("update_moments", &update_moments_of, py::arg("mean"), py::arg("var"), py::arg("count"),
             py::arg("rows"),
             "Merges the moments of a batch (n, *shape) into `mean` and `var` of `count` samples of shape "
             "`shape`. Returns new ones, or None for types that are left to NumPy.");
  module.def("standardize", &standardize_with, py::arg("mean"), py::arg("var"), py::arg("samples"),
             py::arg("epsilon"),
             "(samples - mean) / sqrt(var + epsilon) in float32 of a batch or of one sample. None for types "
             "that are left to NumPy.");
  module.def(
      "update_and_standardize", &update_and_standardize, py::arg("mean"), py::arg("var"), py::arg("count"),
      py::arg("sample"), py::arg("epsilon"),
      "Does both with one sample: returns the new mean and variance and the sample standardised, or None.");
}

}  // namespace plyo::bindings
