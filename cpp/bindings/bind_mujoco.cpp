// plyo._native.MujocoModel: a model of MuJoCo and its data, which Python has made, for the kernels.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "../mujoco/model.hpp"
#include "../spaces/bit_source.hpp"
#include "mujoco_model.hpp"
#include "numpy_values.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

using mujoco::Data;
using mujoco::Ints;
using mujoco::ModelParts;
using mujoco::Reals;

void* to_address(std::uintptr_t number) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): MuJoCo's bindings give numbers
  return reinterpret_cast<void*>(number);
}

// A view of an array in MuJoCo's memory.
template <class T>
mujoco::Numbers<T> view(const py::handle& object, const std::string& name) {
  const auto array = py::reinterpret_borrow<py::array>(object);
  if (!py::isinstance<py::array_t<T>>(array)) {
    throw py::type_error("MuJoCo's array " + name + " is not of the type that Plyo knows: " +
                         py::cast<std::string>(py::str(array.dtype())));
  }
  // also of an array without elements, which has an address all the same
  return {const_cast<T*>(static_cast<const T*>(array.data())), static_cast<std::size_t>(array.size())};
}

Data to_data(const py::tuple& described) {
  const auto arrays = py::cast<py::dict>(described[1]);
  Data data;
  data.raw = to_address(py::cast<std::uintptr_t>(described[0]));
  const std::pair<const char*, Reals*> members[] = {{"qpos", &data.qpos},
                                                    {"qvel", &data.qvel},
                                                    {"act", &data.act},
                                                    {"ctrl", &data.ctrl},
                                                    {"xpos", &data.xpos},
                                                    {"xquat", &data.xquat},
                                                    {"xipos", &data.xipos},
                                                    {"cinert", &data.cinert},
                                                    {"cvel", &data.cvel},
                                                    {"cfrc_ext", &data.cfrc_ext},
                                                    {"site_xpos", &data.site_xpos},
                                                    {"site_xmat", &data.site_xmat},
                                                    {"qacc", &data.qacc},
                                                    {"qfrc_actuator", &data.qfrc_actuator},
                                                    {"qfrc_constraint", &data.qfrc_constraint},
                                                    {"ten_length", &data.ten_length},
                                                    {"ten_velocity", &data.ten_velocity},
                                                    {"mocap_pos", &data.mocap_pos},
                                                    {"mocap_quat", &data.mocap_quat},
                                                    {"sensordata", &data.sensordata},
                                                    {"geom_xpos", &data.geom_xpos},
                                                    {"geom_xmat", &data.geom_xmat}};
  for (const auto& [name, member] : members) *member = view<double>(arrays[name], name);
  data.num_placed = view<std::int32_t>(arrays["num_placed"], "num_placed");
  // every second number of pairs
  data.warnings = view<std::int32_t>(arrays["warnings"], "warnings");
  return data;
}

// A tuple of the count, the offset and whether the array is in the struct itself.
mujoco::ArrayPlace to_place(const py::handle& described) {
  const auto place = py::cast<std::tuple<std::size_t, std::size_t, bool>>(described);
  return {std::get<0>(place), std::get<1>(place), std::get<2>(place)};
}

mujoco::NumberParts to_number_parts(const py::dict& described) {
  mujoco::NumberParts parts;
  if (described.empty()) return parts;
  for (const py::handle& each : described["numbers"]) {
    const auto number = py::cast<std::tuple<std::string, double, std::string>>(each);
    const std::string& bound = std::get<2>(number);
    parts.numbers.push_back({std::get<0>(number), std::get<1>(number),
                             bound == "positive"       ? NumberBound::kPositive
                             : bound == "not_negative" ? NumberBound::kNotNegative
                                                       : NumberBound::kFinite});
  }
  for (const py::handle& each : described["settable"]) parts.settable.push_back(to_place(each));
  for (const py::handle& each : described["derived"]) parts.derived.push_back(to_place(each));
  for (const py::handle& each : described["pairs"]) {
    const auto geoms = py::cast<std::pair<std::size_t, std::size_t>>(each);
    parts.pairs.push_back({geoms.first, geoms.second});
  }
  parts.body_mass = to_place(described["body_mass"]);
  if (!parts.pairs.empty()) {
    parts.geom_friction = to_place(described["geom_friction"]);
    parts.pair_friction = to_place(described["pair_friction"]);
  }
  return parts;
}

std::shared_ptr<const mujoco::ListedPairs> to_listed_pairs(const py::dict& described) {
  if (described.empty()) return nullptr;
  const auto listed = std::make_shared<mujoco::ListedPairs>();
  for (const py::handle& each : described["rows"]) {
    const auto rows = py::cast<std::pair<std::size_t, std::size_t>>(each);
    listed->rows.push_back({rows.first, rows.second});
  }
  for (const py::handle& each : described["geoms"]) {
    const auto capsule = py::cast<std::pair<double, double>>(each);
    listed->geoms.push_back({capsule.first, capsule.second});
  }
  for (const py::handle& each : described["pairs"]) {
    const auto pair = py::cast<std::tuple<std::size_t, std::size_t, bool, double>>(each);
    listed->pairs.push_back({std::get<0>(pair), std::get<1>(pair), std::get<2>(pair), std::get<3>(pair)});
  }
  listed->count_offset = py::cast<std::size_t>(described["count_offset"]);
  listed->flags_offset = py::cast<std::size_t>(described["flags_offset"]);
  listed->no_contacts = py::cast<std::int32_t>(described["no_contacts"]);
  return listed;
}

double standard_normal(Rng& rng) {
  spaces::BitSource bits = spaces::bit_source(rng);
  return numpy_distributions().standard_normal(&bits);
}

}  // namespace

// Keeps the Python objects alive whose memory the model uses.
MujocoModel::MujocoModel(const std::string& library_path, std::uintptr_t model, std::uintptr_t between,
                         const py::dict& numbers, const py::dict& arrays, const py::list& datas,
                         py::object owners, const MujocoLanes* lanes, const py::dict& own_numbers,
                         const py::dict& near_pairs)
    : owners_(std::move(owners)) {
  ModelParts parts;
  parts.library_path = library_path;
  parts.raw = to_address(model);
  parts.between = to_address(between);
  parts.numbers = py::cast<std::map<std::string, int>>(numbers);
  for (const auto& [key, array] : arrays) {
    const auto name = py::cast<std::string>(key);
    if (py::isinstance<py::array_t<std::int32_t>>(array)) {
      parts.ints[name] = view<std::int32_t>(array, name);
    } else {
      parts.reals[name] = view<double>(array, name);
    }
  }
  for (const py::handle data : datas) parts.datas.push_back(to_data(py::cast<py::tuple>(data)));
  parts.standard_normal = &standard_normal;
  if (lanes != nullptr) parts.lanes = lanes->lanes();
  parts.own_numbers = to_number_parts(own_numbers);
  parts.listed_pairs = to_listed_pairs(near_pairs);
  model_ = std::make_shared<mujoco::Model>(std::move(parts));
}

void MujocoModel::step_near_pairs(std::int64_t num_substeps) const {
  const mujoco::Model::Lease lease(*model_);
  if (lease.data().near_pairs == nullptr) throw py::value_error("the model was given no near pairs");
  const mujoco::Guard guard;
  for (std::int64_t i = 0; i < num_substeps; ++i) lease.data().near_pairs->step();
}

void MujocoModel::become_live(MujocoModel& other) {
  other.model_->set_live();
  model_->become(std::move(*other.model_));
  std::swap(owners_, other.owners_);
}

void register_mujoco(py::module_& module) {
  py::class_<MujocoModel, std::shared_ptr<MujocoModel>>(module, "MujocoModel",
                                                        "A model of MuJoCo with one mjData a thread.")
      .def(py::init([](const std::string& library_path, std::uintptr_t model, std::uintptr_t between,
                       const py::dict& numbers, const py::dict& arrays, const py::list& datas,
                       py::object owners, const std::optional<std::shared_ptr<MujocoLanes>>& lanes,
                       const py::dict& own_numbers, const py::dict& near_pairs) {
             return std::make_shared<MujocoModel>(library_path, model, between, numbers, arrays, datas,
                                                  std::move(owners), lanes ? lanes->get() : nullptr,
                                                  own_numbers, near_pairs);
           }),
           py::kw_only(), py::arg("library_path"), py::arg("model"), py::arg("between"), py::arg("numbers"),
           py::arg("arrays"), py::arg("datas"), py::arg("owners"), py::arg("lanes") = py::none(),
           py::arg("own_numbers") = py::dict(), py::arg("near_pairs") = py::dict())
      .def(
          "setup", [](const MujocoModel& model) { return model.model()->setup(); },
          "The numbers that the task has computed once, [] if it computes none.")
      .def("step_near_pairs", &MujocoModel::step_near_pairs, py::arg("num_substeps"),
           "Takes substeps in the first mjData, as tasks do, with the pairs of geoms that are near.")
      .def("compare_lanes", &compare_lanes, py::arg("lanes"), py::arg("starts"), py::arg("controls"),
           py::arg("num_substeps"), py::arg("single"),
           "Steps trials in the packs of each of `lanes` and with MuJoCo: the first difference in words, the "
           "substeps that were compared, and those that packs left to MuJoCo.");
  module.def(
      "zero_clock_address", [] { return reinterpret_cast<std::uintptr_t>(&mujoco::zero_clock); },
      "The address of a clock for mjcb_time that stands still.");
  // the functions of libm that steps call, for results of the same bits
  module.def("libm_acos", py::vectorize([](double x) { return std::acos(x); }), py::arg("x"));
  module.def("libm_sin", py::vectorize([](double x) { return std::sin(x); }), py::arg("x"));
  module.def("libm_cos", py::vectorize([](double x) { return std::cos(x); }), py::arg("x"));
  module.def("libm_atan2", py::vectorize([](double y, double x) { return std::atan2(y, x); }), py::arg("y"),
             py::arg("x"));
}

}  // namespace plyo::bindings
