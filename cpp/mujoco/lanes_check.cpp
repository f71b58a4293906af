#include "lanes_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <string>
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

// MuJoCo's side: some trials, and what it makes of them.
class Records {
 public:
  Records(const Model& model, const StatePlaces& places, const Trials& trials, std::size_t most)
      : model_(model),
        places_(places),
        trials_(trials),
        lease_(model),
        state_(model.num_state),
        warmstart_{state_.data() + places.warmstart, model.nv} {
    for (const Quantity& quantity : quantities(PackArrays())) record_size_ += quantity.theirs.count;
    records_.resize(most * num_substeps() * record_size_);
  }

  std::size_t num_substeps() const {
    return trials_.num_steps * static_cast<std::size_t>(trials_.num_substeps);
  }
  const double* start(std::size_t trial) const {
    return trials_.starts + trial * (model_.nq + 2 * model_.nv);
  }
  const double* controls(std::size_t trial, std::size_t substep) const {
    const std::size_t step = substep / static_cast<std::size_t>(trials_.num_substeps);
    return trials_.controls + (trial * trials_.num_steps + step) * model_.nu;
  }
  // All quantities after a substep, one after the other.
  const double* after(std::size_t trial, std::size_t substep) const {
    return records_.data() + ((trial - first_) * num_substeps() + substep) * record_size_;
  }
  std::vector<Quantity> quantities(const PackArrays& pack) const {
    return mujoco::quantities(lease_.data(), warmstart_, pack);
  }

  // Lets MuJoCo take the trials of [first, first + count).
  void make(std::size_t first, std::size_t count) {
    first_ = first;
    for (std::size_t trial = first; trial < first + count; ++trial) make(trial);
  }

 private:
  void make(std::size_t trial) {
    const Library& library = model_.library();
    const Data& data = lease_.data();
    std::copy_n(model_.initial_state(), model_.num_state, state_.data());
    std::copy_n(start(trial), model_.nq, state_.data() + places_.qpos);
    std::copy_n(start(trial) + model_.nq, model_.nv, state_.data() + places_.qvel);
    std::copy_n(start(trial) + model_.nq + model_.nv, model_.nv, state_.data() + places_.warmstart);
    library.reset_data(model_.raw(), data.raw);
    library.set_state(model_.raw(), data.raw, state_.data(), model_.state_signature());
    const std::vector<Quantity> all = quantities(PackArrays());
    double* out = records_.data() + (trial - first_) * num_substeps() * record_size_;
    for (std::size_t substep = 0; substep < num_substeps(); ++substep) {
      std::copy_n(controls(trial, substep), model_.nu, data.ctrl.at);
      library.step(model_.raw(), data.raw);
      library.rne_post_constraint(model_.raw(), data.raw);
      library.get_state(model_.raw(), data.raw, state_.data(), model_.state_signature());
      for (const Quantity& quantity : all) out = std::copy_n(quantity.theirs.at, quantity.theirs.count, out);
    }
  }

  const Model& model_;
  const StatePlaces& places_;
  const Trials& trials_;
  const Model::Lease lease_;
  std::vector<double> state_;
  const Reals warmstart_;  // which mjData has elsewhere
  std::size_t record_size_ = 0, first_ = 0;
  std::vector<double> records_;
};

// Our side: a pack that takes the same trials.
class Check {
 public:
  Check(const Model& model, const Lanes& lanes, bool is_single, const Records& records)
      : model_(model),
        records_(records),
        room_(lanes, is_single),
        quantities_(records.quantities(arrays())) {}

  std::size_t width() const { return arrays().lanes; }

  // Compares the trials of [first, first + count), and adds to the result, until there is a difference.
  void run(std::size_t first, std::size_t count, Comparison& result) {
    const std::size_t end = first + count;
    for (; first < end && result.difference.empty(); first += width()) {
      run_pack(first, std::min(width(), end - first), result);
    }
  }

 private:
  const PackArrays& arrays() const { return room_->pack.arrays(); }

  void run_pack(std::size_t first, std::size_t count, Comparison& result) {
    // a lane that is not needed takes the last trial once more
    const auto trial_of = [=](std::size_t lane) { return first + std::min(lane, count - 1); };
    for (std::size_t lane = 0; lane < width(); ++lane) load(lane, records_.start(trial_of(lane)), 0);
    for (std::size_t substep = 0; substep < records_.num_substeps(); ++substep) {
      for (std::size_t lane = 0; lane < width(); ++lane) {
        const double* const given = records_.controls(trial_of(lane), substep);
        for (std::size_t i = 0; i < model_.nu; ++i) arrays().ctrl[i * width() + lane] = given[i];
      }
      const LaneMask escaped = room_->pack.step();
      room_->pack.compute_contact_forces();
      for (std::size_t lane = 0; lane < width(); ++lane) {
        const double* const expected = records_.after(trial_of(lane), substep);
        // on with what MuJoCo has made of it
        const bool has_escaped = (escaped >> lane & 1U) != 0;
        if (has_escaped) load(lane, expected, model_.nv);
        if (lane >= count) continue;
        ++(has_escaped ? result.escaped : result.compared);
        if (!has_escaped) compare_lane(first + lane, lane, substep, expected, result.difference);
        if (!result.difference.empty()) return;
      }
    }
  }

  // Takes positions, velocities and, after `skip` other numbers, the warm start.
  void load(std::size_t lane, const double* numbers, std::size_t skip) {
    const auto put = [&](double* array, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) array[i * width() + lane] = numbers[i];
      numbers += count;
    };
    put(arrays().qpos, model_.nq);
    put(arrays().qvel, model_.nv);
    numbers += skip;
    put(arrays().qacc_warmstart, model_.nv);
  }

  void compare_lane(std::size_t trial, std::size_t lane, std::size_t substep, const double* expected,
                    std::string& difference) const {
    for (const Quantity& quantity : quantities_) {
      for (std::size_t i = 0; i < quantity.theirs.count; ++i, ++expected) {
        if (are_same(quantity.ours[i * width() + lane], *expected)) continue;
        difference = std::string(quantity.name) + "[" + std::to_string(i) + "] differs after " +
                     std::to_string(substep + 1) + " substeps of trial " + std::to_string(trial) +
                     " in packs of " + std::to_string(width());
        return;
      }
    }
  }

  const Model& model_;
  const Records& records_;
  const Lanes::Lease room_;
  const std::vector<Quantity> quantities_;
};

}  // namespace

Comparison compare(const Model& model, const std::vector<const Lanes*>& lanes, bool is_single,
                   const Trials& trials) {
  const Guard guard;
  Comparison result;
  if (lanes.empty()) return result;
  const std::size_t most = physics3d::Pack::lanes_of(Isa::kAvx512);  // of any set
  Records records(model, lanes[0]->places(), trials, most);
  std::deque<Check> checks;
  for (const Lanes* const each : lanes) checks.emplace_back(model, *each, is_single, records);
  for (std::size_t first = 0; first < trials.count && result.difference.empty(); first += most) {
    const std::size_t count = std::min(most, trials.count - first);
    records.make(first, count);
    for (Check& check : checks) check.run(first, count, result);
  }
  return result;
}

}  // namespace plyo::mujoco
