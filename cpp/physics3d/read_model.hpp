// Makes a model from numbers and arrays by name, wherever somebody keeps them:
//
//   struct Source {
//     template <class T> T number(const char* name) const;
//     std::size_t size(const char* name) const;
//     template <class T> void array(const char* name, std::vector<T>& out) const;
//     // Calls take(row), with a pointer to as many numbers, for each row.
//     template <class Take> void table(const char* name, columns, const Take& take) const;
//   };
//
// The names are those of plyo.mujoco.lane_constants.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "model.hpp"

namespace plyo::physics3d {
namespace detail {

inline std::int32_t to_int(double number) { return static_cast<std::int32_t>(number); }

inline Model::Placed to_placed(const double* row) {
  Model::Placed placed;
  placed.body = to_int(row[0]);
  placed.sameframe = static_cast<std::uint8_t>(row[1]);
  std::copy_n(row + 2, 3, placed.pos);
  std::copy_n(row + 5, 4, placed.quat);
  return placed;
}

template <class Source>
void read_options(const Source& from, Model& model) {
  model.timestep = from.template number<double>("timestep");
  model.density = from.template number<double>("density");
  model.viscosity = from.template number<double>("viscosity");
  model.tolerance = from.template number<double>("tolerance");
  model.ls_tolerance = from.template number<double>("ls_tolerance");
  model.iterations = from.template number<std::int32_t>("iterations");
  model.ls_iterations = from.template number<std::int32_t>("ls_iterations");
  model.integrator =
      from.template number<bool>("is_runge_kutta") ? Integrator::kRungeKutta4 : Integrator::kEuler;
  model.dialect = {.adds_in_pairs = from.template number<bool>("adds_in_pairs"),
                   .substitutes_forward = from.template number<bool>("substitutes_forward"),
                   .corrects_stages = from.template number<bool>("corrects_stages"),
                   .combines_accelerations = from.template number<bool>("combines_accelerations"),
                   .weighs_difference = from.template number<bool>("weighs_difference")};
  std::vector<double> vector;
  for (const auto& [name, out] :
       {std::pair{"gravity", model.gravity}, std::pair{"wind", model.wind},
        std::pair{"floor_normal", model.floor_normal}, std::pair{"floor_position", model.floor_position}}) {
    from.array(name, vector);
    std::copy_n(vector.begin(), 3, out);
  }
}

template <class Source>
void read_bodies(const Source& from, Model& model) {
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
template <class Source>
void read_tables(const Source& from, Model& model) {
  const auto softness = [&model](const double* solref) {
    return Softness::of(solref, solref + 2, model.timestep);
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

}  // namespace detail

template <class Source>
Model read_model(const Source& from) {
  Model model;
  detail::read_options(from, model);
  detail::read_bodies(from, model);
  detail::read_tables(from, model);
  return model;
}

}  // namespace plyo::physics3d
