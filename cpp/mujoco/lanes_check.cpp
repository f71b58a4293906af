#include "lanes_check.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plyo::mujoco {
namespace {

using physics3d::LaneMask;
using physics3d::PackArrays;

// One array that both sides have: of mjData, and of a pack.
struct Quantity {
  const char* name;
  Reals theirs;
  const double* ours;
};

std::vector<Quantity> quantities(const Data& data, const Reals& warmstart, const PackArrays& pack) {
  return {{"qpos", data.qpos, pack.qpos},
          {"qvel", data.qvel, pack.qvel},
          {"qacc", data.qacc, pack.qacc},
          {"qacc_warmstart", warmstart, pack.qacc_warmstart},
          {"qfrc_constraint", data.qfrc_constraint, pack.qfrc_constraint},
          {"qfrc_actuator", data.qfrc_actuator, pack.qfrc_actuator},
          {"xpos", data.xpos, pack.xpos},
          {"xquat", data.xquat, pack.xquat},
          {"xipos", data.xipos, pack.xipos},
          {"site_xpos", data.site_xpos, pack.site_xpos},
          {"cvel", data.cvel, pack.cvel},
          {"cinert", data.cinert, pack.cinert},
          {"cfrc_ext", data.cfrc_ext, pack.cfrc_ext}};
}

bool are_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class Check {
 public:
  Check(const Model& model, const Lanes& lanes, bool is_single, const Trials& trials)
      : model_(model),
        places_(lanes.places()),
        trials_(trials),
        lease_(model),
        room_(lanes, is_single),
        state_(model.num_state) {
    quantities_ = quantities(lease_.data(), {state_.data() + places_.warmstart, model.nv}, arrays());
    for (const Quantity& quantity : quantities_) record_size_ += quantity.theirs.count;
  }

  Comparison run() {
    for (std::size_t first = 0; first < trials_.count && result_.difference.empty();
         first += arrays().lanes) {
      run_pack(first, std::min(arrays().lanes, trials_.count - first));
    }
    return result_;
  }

 private:
  const PackArrays& arrays() const { return room_->pack.arrays(); }
  std::size_t num_substeps() const {
    return trials_.num_steps * static_cast<std::size_t>(trials_.num_substeps);
  }
  const double* controls(std::size_t trial, std::size_t substep) const {
    const std::size_t step = substep / static_cast<std::size_t>(trials_.num_substeps);
    return trials_.controls + (trial * trials_.num_steps + step) * model_.nu;
  }
  double* record(std::size_t lane, std::size_t substep) {
    return records_.data() + (lane * num_substeps() + substep) * record_size_;
  }

  // Lets MuJoCo take one trial, and writes down all quantities after each substep.
  void record_trial(std::size_t trial, std::size_t lane) {
    const Library& library = model_.library();
    const Data& data = lease_.data();
    const double* start = trials_.starts + trial * (model_.nq + 2 * model_.nv);
    std::copy_n(model_.initial_state(), model_.num_state, state_.data());
    std::copy_n(start, model_.nq, state_.data() + places_.qpos);
    std::copy_n(start + model_.nq, model_.nv, state_.data() + places_.qvel);
    std::copy_n(start + model_.nq + model_.nv, model_.nv, state_.data() + places_.warmstart);
    library.reset_data(model_.raw(), data.raw);
    library.set_state(model_.raw(), data.raw, state_.data(), model_.state_signature());
    for (std::size_t substep = 0; substep < num_substeps(); ++substep) {
      std::copy_n(controls(trial, substep), model_.nu, data.ctrl.at);
      library.step(model_.raw(), data.raw);
      library.rne_post_constraint(model_.raw(), data.raw);
      library.get_state(model_.raw(), data.raw, state_.data(), model_.state_signature());
      double* out = record(lane, substep);
      for (const Quantity& quantity : quantities_) {
        out = std::copy_n(quantity.theirs.at, quantity.theirs.count, out);
      }
    }
  }

  void run_pack(std::size_t first, std::size_t count) {
    records_.resize(arrays().lanes * num_substeps() * record_size_);
    for (std::size_t lane = 0; lane < arrays().lanes; ++lane) {
      const std::size_t trial = first + std::min(lane, count - 1);
      record_trial(trial, lane);
      load(lane, trials_.starts + trial * (model_.nq + 2 * model_.nv), 0);
    }
    for (std::size_t substep = 0; substep < num_substeps(); ++substep) {
      for (std::size_t lane = 0; lane < arrays().lanes; ++lane) {
        const double* const given = controls(first + std::min(lane, count - 1), substep);
        for (std::size_t i = 0; i < model_.nu; ++i) arrays().ctrl[i * arrays().lanes + lane] = given[i];
      }
      const LaneMask escaped = room_->pack.step();
      room_->pack.compute_contact_forces();
      for (std::size_t lane = 0; lane < arrays().lanes; ++lane) {
        if ((escaped >> lane & 1U) != 0) {
          ++result_.escaped;
          // on with what MuJoCo has made of it
          load(lane, record(lane, substep), model_.nv);
          continue;
        }
        ++result_.compared;
        if (!compare_lane(first + lane, lane, substep)) return;
      }
    }
  }

  // Takes positions, velocities and, after `skip` other numbers, the warm start.
  void load(std::size_t lane, const double* numbers, std::size_t skip) {
    const PackArrays& to = arrays();
    const auto put = [&](double* array, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) array[i * to.lanes + lane] = numbers[i];
      numbers += count;
    };
    put(to.qpos, model_.nq);
    put(to.qvel, model_.nv);
    numbers += skip;
    put(to.qacc_warmstart, model_.nv);
  }

  bool compare_lane(std::size_t trial, std::size_t lane, std::size_t substep) {
    const double* expected = record(lane, substep);
    for (const Quantity& quantity : quantities_) {
      for (std::size_t i = 0; i < quantity.theirs.count; ++i, ++expected) {
        if (are_same(quantity.ours[i * arrays().lanes + lane], *expected)) continue;
        result_.difference = std::string(quantity.name) + "[" + std::to_string(i) + "] differs after " +
                             std::to_string(substep + 1) + " substeps of trial " + std::to_string(trial);
        return false;
      }
    }
    return true;
  }

  const Model& model_;
  const StatePlaces& places_;
  const Trials& trials_;
  const Model::Lease lease_;
  const Lanes::Lease room_;
  std::vector<double> state_;
  std::vector<Quantity> quantities_;
  std::size_t record_size_ = 0;
  std::vector<double> records_;
  Comparison result_;
};

}  // namespace

Comparison compare(const Model& model, const Lanes& lanes, bool is_single, const Trials& trials) {
  const Guard guard;
  return Check(model, lanes, is_single, trials).run();
}

}  // namespace plyo::mujoco
