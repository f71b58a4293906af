// Models of rigid bodies, built body by body as the tests of cpp/physics3d need them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "physics3d/model.hpp"

namespace plyo::testing {

using physics3d::FloorGeom;
using physics3d::JointType;
using physics3d::Limit;
using physics3d::Model;
using physics3d::OtherPair;
using physics3d::SameFrame;
using physics3d::Softness;

// Adds bodies to a model, parents before children. Everything lies in the frame of its body.
class ModelBuilder {
 public:
  Model model;

  ModelBuilder() {
    model.nbody = 1;
    append(model.body_parentid, {0});
    append(model.body_rootid, {0});
    append(model.body_jntadr, {-1});
    append(model.body_jntnum, {0});
    append(model.body_dofadr, {-1});
    append(model.body_dofnum, {0});
    append_body_numbers({0, 0, 0}, 0, {0, 0, 0}, {0, 0, 0});
  }

  // A body at `position` (m) in its parent's frame, with its centre of mass at `centre`. Returns its number.
  std::int32_t add_body(std::int32_t parent, std::initializer_list<double> position, double mass,
                        std::initializer_list<double> inertia,
                        std::initializer_list<double> centre = {0, 0, 0}) {
    const auto body = static_cast<std::int32_t>(model.nbody++);
    append(model.body_parentid, {parent});
    append(model.body_rootid, {parent == 0 ? body : model.body_rootid[static_cast<std::size_t>(parent)]});
    append(model.body_jntadr, {-1});
    append(model.body_jntnum, {0});
    append(model.body_dofadr, {-1});
    append(model.body_dofnum, {0});
    append_body_numbers(position, mass, inertia, centre);
    for (std::int32_t b = parent; b > 0; b = model.body_parentid[static_cast<std::size_t>(b)]) {
      model.body_subtreemass[static_cast<std::size_t>(b)] += mass;
    }
    return body;
  }

  // A joint of the newest body. Returns its first degree of freedom.
  std::int32_t add_joint(JointType type, std::initializer_list<double> axis = {0, 0, 1}, double damping = 0,
                         double stiffness = 0) {
    const std::size_t body = model.nbody - 1;
    const bool is_free = type == JointType::kFree;
    const auto joint = static_cast<std::int32_t>(model.njnt++), dof = static_cast<std::int32_t>(model.nv);
    if (model.body_jntnum[body]++ == 0) model.body_jntadr[body] = joint;
    if (model.body_dofnum[body] == 0) model.body_dofadr[body] = dof;
    append(model.jnt_type, {static_cast<std::int32_t>(type)});
    append(model.jnt_qposadr, {static_cast<std::int32_t>(model.nq)});
    append(model.jnt_dofadr, {dof});
    append(model.jnt_pos, {0.0, 0.0, 0.0});
    append(model.jnt_axis, axis);
    append(model.jnt_stiffness, {stiffness});
    const std::size_t positions = is_free ? 7 : 1;
    model.nq += positions;
    model.qpos0.resize(model.nq, 0.0);
    model.qpos_spring.resize(model.nq, 0.0);
    for (std::size_t k = 0; k < (is_free ? 6U : 1U); ++k) add_dof(body, joint, damping);
    return dof;
  }

  // A capsule along the body's z axis, or a sphere (half_length 0), that can touch the floor.
  void add_floor_geom(std::int32_t body, double radius, double half_length,
                      std::initializer_list<double> position, double inverse_weight) {
    FloorGeom geom;
    geom.geom = add_geom(body, position);
    geom.radius = radius;
    geom.half_length = half_length;
    geom.is_capsule = half_length > 0;
    geom.inverse_weight = inverse_weight;
    geom.softness = softness();
    model.floor_geoms.push_back(geom);
  }
  std::int32_t add_geom(std::int32_t body, std::initializer_list<double> position) {
    Model::Placed geom;
    geom.body = body;
    geom.sameframe = static_cast<std::uint8_t>(SameFrame::kBodyRotation);
    std::size_t k = 0;
    for (const double number : position) geom.pos[k++] = number;
    model.geoms.push_back(geom);
    return static_cast<std::int32_t>(model.geoms.size()) - 1;
  }
  void add_limit(std::int32_t joint, double low, double high) {
    Limit limit;
    limit.position = model.jnt_qposadr[static_cast<std::size_t>(joint)];
    limit.dof = model.jnt_dofadr[static_cast<std::size_t>(joint)];
    limit.low = low;
    limit.high = high;
    limit.inverse_weight = 1;
    limit.softness = softness();
    model.limits.push_back(limit);
  }
  void add_motor(std::int32_t dof, double gear) {
    Model::Motor motor;
    motor.dof = dof;
    motor.gear = gear;
    motor.limits_control = true;
    motor.control_low = -1;
    motor.control_high = 1;
    model.motors.push_back(motor);
    model.nu = model.motors.size();
  }

 private:
  template <class Number>
  static void append(std::vector<Number>& to, std::initializer_list<Number> numbers) {
    to.insert(to.end(), numbers.begin(), numbers.end());
  }
  void append_body_numbers(std::initializer_list<double> position, double mass,
                           std::initializer_list<double> inertia, std::initializer_list<double> centre) {
    append(model.body_sameframe, {static_cast<std::uint8_t>(SameFrame::kBodyRotation)});
    append(model.body_pos, position);
    append(model.body_quat, {1.0, 0.0, 0.0, 0.0});
    append(model.body_ipos, centre);
    append(model.body_iquat, {1.0, 0.0, 0.0, 0.0});
    append(model.body_mass, {mass});
    append(model.body_subtreemass, {mass});
    append(model.body_inertia, inertia);
  }
  // A degree of freedom below those of its body and of the bodies above.
  void add_dof(std::size_t body, std::int32_t joint, double damping) {
    const auto dof = static_cast<std::int32_t>(model.nv++);
    std::int32_t above = -1;
    if (model.body_dofnum[body] > 0) {
      above = dof - 1;
    } else {
      for (auto b = model.body_parentid[body]; b > 0 && above < 0;
           b = model.body_parentid[static_cast<std::size_t>(b)]) {
        const auto parent = static_cast<std::size_t>(b);
        if (model.body_dofnum[parent] > 0) above = model.body_dofadr[parent] + model.body_dofnum[parent] - 1;
      }
    }
    ++model.body_dofnum[body];
    append(model.dof_bodyid, {static_cast<std::int32_t>(body)});
    append(model.dof_jntid, {joint});
    append(model.dof_parentid, {above});
    append(model.dof_simplenum, {0});
    append(model.dof_treeid, {above < 0 ? static_cast<std::int32_t>(model.ntree++)
                                        : model.dof_treeid[static_cast<std::size_t>(above)]});
    append(model.dof_armature, {0.0});
    append(model.dof_damping, {damping});
    append(model.dof_M0, {1.0});
    add_inertia_row(dof);
  }
  // The row of the inertia matrix has all degrees of freedom above, then the own one.
  void add_inertia_row(std::int32_t dof) {
    std::vector<std::int32_t> columns;
    for (std::int32_t d = dof; d >= 0; d = model.dof_parentid[static_cast<std::size_t>(d)]) {
      columns.insert(columns.begin(), d);
    }
    append(model.M_rowadr, {static_cast<std::int32_t>(model.M_colind.size())});
    append(model.M_rownnz, {static_cast<std::int32_t>(columns.size())});
    model.M_colind.insert(model.M_colind.end(), columns.begin(), columns.end());
  }
  // MuJoCo's defaults.
  Softness softness() const {
    constexpr double kReference[2] = {0.02, 1}, kImpedance[5] = {0.9, 0.95, 0.001, 0.5, 2};
    return Softness::of(kReference, kImpedance, model.timestep);
  }
};

}  // namespace plyo::testing
