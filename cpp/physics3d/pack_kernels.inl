// The pipeline over the lanes of one instruction set (lanes/lanes.hpp says how it is compiled).
// The folder's other .inl files are its parts, in the order of mj_step.

// Stages are functions of their own: less to compile and to fetch than one function of everything.
#define PLYO_LANES_STAGE PLYO_LANES_ENTRY __attribute__((noinline))

// clang-format off: a part needs those before it
#include "../physics3d/algebra.inl"
#include "../physics3d/plane.inl"
#include "../physics3d/work.inl"
#include "../physics3d/kinematics.inl"
#include "../physics3d/inertia.inl"
#include "../physics3d/forces.inl"
#include "../physics3d/contacts.inl"
#include "../physics3d/rows.inl"
#include "../physics3d/newton_terms.inl"
#include "../physics3d/line_search.inl"
#include "../physics3d/newton.inl"
#include "../physics3d/constraints.inl"
#include "../physics3d/integrate.inl"
// clang-format on

// The baseline has one lane: it serves single environments too.
using PackVector = lanes::Vector<double, kIsa == Isa::kBaseline ? 1 : kDoubles>;
using PackWork = Work<PackVector>;

PLYO_LANES_ENTRY PackArrays prepare(void* memory) {
  PackWork& work = *static_cast<PackWork*>(memory);
  place_world(work);
  PackArrays arrays;
  arrays.lanes = lanes::kLanesOf<PackVector>;
  arrays.qpos = reinterpret_cast<double*>(work.qpos);
  arrays.qvel = reinterpret_cast<double*>(work.qvel);
  arrays.qacc_warmstart = reinterpret_cast<double*>(work.qacc_warmstart);
  arrays.ctrl = reinterpret_cast<double*>(work.ctrl);
  arrays.numbers = reinterpret_cast<double*>(work.numbers);
  arrays.qacc = reinterpret_cast<double*>(work.qacc);
  arrays.qfrc_constraint = reinterpret_cast<double*>(work.qfrc_constraint);
  arrays.qfrc_actuator = reinterpret_cast<double*>(work.qfrc_actuator);
  arrays.xpos = reinterpret_cast<double*>(work.xpos);
  arrays.xquat = reinterpret_cast<double*>(work.xquat);
  arrays.xipos = reinterpret_cast<double*>(work.xipos);
  arrays.site_xpos = reinterpret_cast<double*>(work.site_xpos);
  arrays.site_xmat = reinterpret_cast<double*>(work.site_xmat);
  arrays.cfrc_ext = reinterpret_cast<double*>(work.cfrc_ext);
  arrays.subtree_com = reinterpret_cast<double*>(work.subtree_com);
  arrays.cvel = reinterpret_cast<double*>(work.cvel);
  arrays.cinert = reinterpret_cast<double*>(work.cinert);
  arrays.num_rows = work.num_rows;
  arrays.efforts = work.efforts;
  arrays.escapes = work.escapes;
  return arrays;
}

PLYO_LANES_ENTRY LaneMask step(const Plan& plan, void* work) {
  return step_pack(plan, *static_cast<PackWork*>(work));
}
PLYO_LANES_ENTRY LaneMask forward(const Plan& plan, void* work) {
  return forward_pack(plan, *static_cast<PackWork*>(work));
}
PLYO_LANES_STAGE void sum_forces(const Plan& plan, void* work) {
  sum_contact_forces(plan, *static_cast<PackWork*>(work));
}

constexpr PackKernels kTable{
    lanes::kLanesOf<PackVector>, sizeof(PackWork), &prepare, &step, &forward, &sum_forces};

#undef PLYO_LANES_STAGE
