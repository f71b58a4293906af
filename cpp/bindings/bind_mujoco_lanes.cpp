// plyo._native.MujocoLanes: packs of lanes of a model, and their comparison with MuJoCo.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <string>

#include "../engine/cpu_dispatch.hpp"
#include "../mujoco/lanes_check.hpp"
#include "../physics3d/read_model.hpp"
#include "gil.hpp"
#include "mujoco_lanes.hpp"
#include "mujoco_model.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

using DoubleArray = py::array_t<double, py::array::c_style>;

// The numbers and arrays of a model by name, for physics3d::read_model.
class Reader {
 public:
  Reader(const py::dict& numbers, const py::dict& arrays) : numbers_(numbers), arrays_(arrays) {}

  template <class T>
  T number(const char* name) const {
    return py::cast<T>(numbers_[name]);
  }
  std::size_t size(const char* name) const { return number<std::size_t>(name); }
  template <class T>
  void array(const char* name, std::vector<T>& out) const {
    const auto array = py::cast<py::array_t<T, py::array::c_style | py::array::forcecast>>(arrays_[name]);
    out.assign(array.data(), array.data() + array.size());
  }
  // Calls `take(row)` with each row of a table of so many columns.
  template <class Take>
  void table(const char* name, py::ssize_t columns, const Take& take) const {
    const auto array = py::cast<DoubleArray>(arrays_[name]);
    if (array.ndim() != 2 || array.shape(1) != columns) {
      throw std::invalid_argument(std::string(name) + " must have " + std::to_string(columns) + " columns");
    }
    for (py::ssize_t i = 0; i < array.shape(0); ++i) take(array.data(i, 0));
  }

 private:
  const py::dict& numbers_;
  const py::dict& arrays_;
};

// Rows of a group of physics3d::Numbers, the place in it, a kind, and two places in the numbers of a lane of its own.
std::vector<mujoco::NumberSource> read_sources(const Reader& from) {
  using physics3d::Numbers;
  using Kind = mujoco::NumberSource::Kind;
  constexpr std::size_t kGroups[] = {Numbers::kGravity,     Numbers::kMass,           Numbers::kOverMass,
                                     Numbers::kBodyInertia, Numbers::kInitialInertia, Numbers::kArmature,
                                     Numbers::kDamping,     Numbers::kStiffness,      Numbers::kGear,
                                     Numbers::kLimitWeight, Numbers::kFriction,       Numbers::kFloorWeight};
  std::vector<mujoco::NumberSource> sources;
  from.table("sources", 6, [&](const double* row) {
    const auto group = static_cast<std::size_t>(row[0]);
    if (group >= std::size(kGroups))
      throw std::invalid_argument("sources have a group that packs do not know");
    sources.push_back({.to = kGroups[group] + static_cast<std::size_t>(row[1]),
                       .kind = row[2] == 1   ? Kind::kSum
                               : row[2] == 2 ? Kind::kLarger
                               : row[2] == 3 ? Kind::kOverMass
                                             : Kind::kCopy,
                       .from = static_cast<std::size_t>(row[3]),
                       .other = static_cast<std::size_t>(row[4]),
                       .least = row[5]});
  });
  return sources;
}

mujoco::StatePlaces read_places(const Reader& from) {
  return {.time = from.size("state_time"),
          .qpos = from.size("state_qpos"),
          .qvel = from.size("state_qvel"),
          .warmstart = from.size("state_warmstart"),
          .ctrl = from.size("state_ctrl"),
          .forces = from.size("state_forces"),
          .num_forces = from.size("num_forces"),
          .size = from.size("num_state")};
}

// The instruction set of a name, or the one in use.
Isa isa_of(const std::string& name) {
  if (name.empty()) return selected_isa();
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
    if (name == isa_name(isa) && isa_supported(isa)) return isa;
  }
  throw std::invalid_argument("isa must be an instruction set of this machine, got '" + name + "'");
}

py::dict counts(const MujocoLanes& lanes) {
  const mujoco::PackCounts counts = lanes.lanes()->counts();
  py::dict escapes;
  const char* const reasons[] = {"too_many_rows",  "near_pair", "rank_deficient", "bad_number",
                                 "applied_forces", "callback",  "own_parameters"};
  static_assert(std::size(reasons) + 1 == mujoco::PackCounts::kNumReasons);
  // physics3d::Escape::kNone is no reason
  for (std::size_t i = 1; i < counts.escapes.size(); ++i) escapes[reasons[i - 1]] = counts.escapes[i];
  py::dict all;
  all["in_packs"] = counts.in_packs;
  all["by_mujoco"] = counts.by_mujoco;
  all["escapes"] = escapes;
  return all;
}

}  // namespace

MujocoLanes::MujocoLanes(const py::dict& numbers, const py::dict& arrays, const std::string& isa) {
  const Reader from(numbers, arrays);
  lanes_ = std::make_shared<mujoco::Lanes>(physics3d::read_model(from), read_places(from), read_sources(from),
                                           isa_of(isa));
}

py::tuple compare_lanes(const MujocoModel& model, const std::vector<std::shared_ptr<MujocoLanes>>& lanes,
                        const DoubleArray& starts, const DoubleArray& controls, std::int64_t num_substeps,
                        bool single) {
  const mujoco::Model& stock = *model.model();
  const auto width = static_cast<py::ssize_t>(stock.nq + 2 * stock.nv);
  if (starts.ndim() != 2 || controls.ndim() != 3 || starts.shape(1) != width ||
      controls.shape(0) != starts.shape(0) || controls.shape(2) != static_cast<py::ssize_t>(stock.nu)) {
    throw std::invalid_argument("starts must be (trials, nq + 2 nv), controls (trials, steps, nu)");
  }
  const mujoco::Trials trials{.count = static_cast<std::size_t>(starts.shape(0)),
                              .num_steps = static_cast<std::size_t>(controls.shape(1)),
                              .num_substeps = num_substeps,
                              .starts = starts.data(),
                              .controls = controls.data()};
  std::vector<const mujoco::Lanes*> all;
  all.reserve(lanes.size());
  for (const std::shared_ptr<MujocoLanes>& each : lanes) {
    if (each == nullptr) throw std::invalid_argument("lanes must be MujocoLanes, not None");
    all.push_back(each->lanes().get());
  }
  mujoco::Comparison result;
  {
    const GilRelease release;
    result = mujoco::compare(stock, all, single, trials);
  }
  return py::make_tuple(result.difference, result.compared, result.escaped);
}

void register_mujoco_lanes(py::module_& module) {
  py::class_<MujocoLanes, std::shared_ptr<MujocoLanes>>(
      module, "MujocoLanes", "What steps lanes of a model of MuJoCo in packs, in vector registers.")
      .def(py::init<const py::dict&, const py::dict&, const std::string&>(), py::kw_only(),
           py::arg("numbers"), py::arg("arrays"), py::arg("isa") = "")
      .def("counts", &counts,
           "How many substeps of lanes packs have taken, and how many they left to MuJoCo.");
}

}  // namespace plyo::bindings
