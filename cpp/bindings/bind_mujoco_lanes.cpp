// plyo._native.MujocoLanes: packs of lanes of a model, and their comparison with MuJoCo.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <string>

#include "../engine/cpu_dispatch.hpp"
#include "../mujoco/lanes_check.hpp"
#include "gil.hpp"
#include "mujoco_lanes.hpp"
#include "mujoco_model.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

using DoubleArray = py::array_t<double, py::array::c_style>;

// Reads the numbers and arrays of a model by name.
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

std::int32_t to_int(double number) { return static_cast<std::int32_t>(number); }

physics3d::Model::Placed to_placed(const double* row) {
  physics3d::Model::Placed placed;
  placed.body = to_int(row[0]);
  placed.sameframe = static_cast<std::uint8_t>(row[1]);
  std::copy_n(row + 2, 3, placed.pos);
  std::copy_n(row + 5, 4, placed.quat);
  return placed;
}

void read_options(const Reader& from, physics3d::Model& model) {
  model.timestep = from.number<double>("timestep");
  model.density = from.number<double>("density");
  model.viscosity = from.number<double>("viscosity");
  model.tolerance = from.number<double>("tolerance");
  model.ls_tolerance = from.number<double>("ls_tolerance");
  model.iterations = from.number<std::int32_t>("iterations");
  model.ls_iterations = from.number<std::int32_t>("ls_iterations");
  model.integrator = from.number<bool>("is_runge_kutta") ? physics3d::Integrator::kRungeKutta4
                                                         : physics3d::Integrator::kEuler;
  model.dialect = {.adds_in_pairs = from.number<bool>("adds_in_pairs"),
                   .substitutes_forward = from.number<bool>("substitutes_forward"),
                   .corrects_stages = from.number<bool>("corrects_stages"),
                   .combines_accelerations = from.number<bool>("combines_accelerations"),
                   .weighs_difference = from.number<bool>("weighs_difference")};
  std::vector<double> vector;
  for (const auto& [name, out] :
       {std::pair{"gravity", model.gravity}, std::pair{"wind", model.wind},
        std::pair{"floor_normal", model.floor_normal}, std::pair{"floor_position", model.floor_position}}) {
    from.array(name, vector);
    std::copy_n(vector.begin(), 3, out);
  }
}

void read_bodies(const Reader& from, physics3d::Model& model) {
  model.nq = from.size("nq");
  model.nv = from.size("nv");
  model.nu = from.size("nu");
  model.nbody = from.size("nbody");
  model.njnt = from.size("njnt");
  model.nsite = from.size("nsite");
  model.ntree = from.size("ntree");
#define PLYO_READ(name) from.array(#name, model.name)
  PLYO_READ(body_parentid);
  PLYO_READ(body_rootid);
  PLYO_READ(body_jntadr);
  PLYO_READ(body_jntnum);
  PLYO_READ(body_dofadr);
  PLYO_READ(body_dofnum);
  PLYO_READ(body_sameframe);
  PLYO_READ(body_pos);
  PLYO_READ(body_quat);
  PLYO_READ(body_ipos);
  PLYO_READ(body_iquat);
  PLYO_READ(body_mass);
  PLYO_READ(body_subtreemass);
  PLYO_READ(body_inertia);
  PLYO_READ(jnt_type);
  PLYO_READ(jnt_qposadr);
  PLYO_READ(jnt_dofadr);
  PLYO_READ(jnt_pos);
  PLYO_READ(jnt_axis);
  PLYO_READ(jnt_stiffness);
  PLYO_READ(qpos0);
  PLYO_READ(qpos_spring);
  PLYO_READ(dof_bodyid);
  PLYO_READ(dof_jntid);
  PLYO_READ(dof_parentid);
  PLYO_READ(dof_simplenum);
  PLYO_READ(dof_treeid);
  PLYO_READ(dof_armature);
  PLYO_READ(dof_damping);
  PLYO_READ(dof_M0);
  PLYO_READ(M_rownnz);
  PLYO_READ(M_rowadr);
  PLYO_READ(M_colind);
#undef PLYO_READ
}

// What acts on the bodies: a row of each table is a struct, softnesses by solref and solimp.
void read_tables(const Reader& from, physics3d::Model& model) {
  const auto softness = [&model](const double* solref) {
    return physics3d::Softness::of(solref, solref + 2, model.timestep);
  };
  from.table("geoms", 9, [&](const double* row) { model.geoms.push_back(to_placed(row)); });
  from.table("sites", 9, [&](const double* row) { model.sites.push_back(to_placed(row)); });
  from.table("motors", 9, [&](const double* row) {
    model.motors.push_back({.dof = to_int(row[0]),
                            .gain = row[1],
                            .gear = row[2],
                            .limits_control = row[3] != 0,
                            .limits_force = row[4] != 0,
                            .control_low = row[5],
                            .control_high = row[6],
                            .force_low = row[7],
                            .force_high = row[8]});
  });
  from.table("limits", 13, [&](const double* row) {
    model.limits.push_back({.position = to_int(row[0]),
                            .dof = to_int(row[1]),
                            .low = row[2],
                            .high = row[3],
                            .margin = row[4],
                            .inverse_weight = row[5],
                            .softness = softness(row + 6)});
  });
  from.table("floor_geoms", 14, [&](const double* row) {
    model.floor_geoms.push_back({.geom = to_int(row[0]),
                                 .radius = row[1],
                                 .half_length = row[2],
                                 .is_capsule = row[3] != 0,
                                 .friction = row[4],
                                 .margin = row[5],
                                 .inverse_weight = row[6],
                                 .softness = softness(row + 7)});
  });
  from.table("other_pairs", 5, [&](const double* row) {
    model.other_pairs.push_back({.first = to_int(row[0]),
                                 .second = to_int(row[1]),
                                 .first_half_length = row[2],
                                 .second_half_length = row[3],
                                 .reach = row[4]});
  });
}

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
  physics3d::Model model;
  read_options(from, model);
  read_bodies(from, model);
  read_tables(from, model);
  lanes_ =
      std::make_shared<mujoco::Lanes>(std::move(model), read_places(from), read_sources(from), isa_of(isa));
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
  for (const std::shared_ptr<MujocoLanes>& each : lanes) all.push_back(each->lanes().get());
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
